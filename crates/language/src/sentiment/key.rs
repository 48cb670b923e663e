//! Words as fixed-size keys, and the table that knows them: a look-up is a few machine words, without a copy of the text.

/// A word of at most [`LONGEST`] ASCII characters in lower case, filled up with zeros.
pub(super) type Key = [u64; 3];

/// Longer words stand in no lexicon of ours.
pub(super) const LONGEST: usize = 24;

const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;

/// The key of a word whatever its case; nothing where it is empty, too long or not ASCII.
pub(super) fn key(word: &[u8]) -> Option<Key> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let mut padded = [0; LONGEST];
    padded[..word.len()].copy_from_slice(word);
    key_at(&padded, 0, word.len()).filter(|key| (key[0] | key[1] | key[2]) & HIGH_BITS == 0)
}

/// The key of the ASCII word of `n` bytes at `from`, in a text that goes on for at least [`LONGEST`] bytes from there.
#[inline]
pub(super) fn key_at(text: &[u8], from: usize, n: usize) -> Option<Key> {
    match n {
        0 => None,
        1..=8 => Some([lower(first(eight(text, from), n)), 0, 0]),
        9..=LONGEST => {
            let two = first(eight(text, from + 8), n.min(16) - 8);
            let three = if n > 16 { first(eight(text, from + 16), n - 16) } else { 0 };
            Some([lower(eight(text, from)), lower(two), lower(three)])
        }
        _ => None,
    }
}

#[inline]
fn eight(text: &[u8], from: usize) -> u64 {
    let bytes = text[from..].first_chunk::<8>().expect("the caller has padded the text");
    u64::from_le_bytes(*bytes)
}

/// The first `n` of eight bytes, 1 to 8, the others 0.
#[inline]
fn first(bytes: u64, n: usize) -> u64 {
    bytes & (u64::MAX >> (64 - 8 * n))
}

/// Eight ASCII bytes in lower case.
#[inline]
fn lower(bytes: u64) -> u64 {
    let from_a = bytes + ONES * u64::from(0x80 - b'A');
    let beyond_z = bytes + ONES * u64::from(0x7f - b'Z');
    bytes | (from_a & !beyond_z & HIGH_BITS) >> 2
}

/// How many of eight ASCII bytes stand before the first that is a blank or control character, and whether all of those are
/// letters in lower case; with the key of a word that consists of them.
#[inline]
pub(super) fn plain_word(text: &[u8], from: usize) -> (usize, bool, Key) {
    let bytes = eight(text, from);
    let blanks = !(bytes + ONES * u64::from(0x7f - b' ')) & HIGH_BITS;
    let n = (blanks.trailing_zeros() / 8) as usize;
    if n == 0 {
        return (0, false, [0; 3]);
    }
    let from_a = bytes + ONES * u64::from(0x80 - b'a');
    let beyond_z = bytes + ONES * u64::from(0x7f - b'z');
    let others = !(from_a & !beyond_z) & HIGH_BITS;
    (n, first(others, n) == 0, [first(bytes, n), 0, 0])
}

/// A word of letters in any case, with at most one of `. , ! ?` behind it and then a blank: nearly every word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain<K> {
    /// Of the word without the mark.
    pub key: K,
    /// The mark behind it, or its last letter.
    pub last: u8,
    /// What stands before the blank.
    pub n_bytes: usize,
    pub is_capitals: bool,
}

/// What stands in eight bytes before the first blank.
struct Eight {
    n_bytes: usize,
    n_letters: usize,
    last: u8,
    has_mark: bool,
    /// The letters in lower case.
    key: u64,
    are_letters: bool,
    are_capitals: bool,
}

static IS_MARK: [bool; 256] = {
    let mut is_mark = [false; 256];
    let mut at = 0;
    while at < 4 {
        is_mark[b".,!?"[at] as usize] = true;
        at += 1;
    }
    is_mark
};

impl Eight {
    /// Without a branch, as what words are made of cannot be foreseen.
    #[inline]
    fn of(bytes: u64) -> Eight {
        let blanks = !(bytes + ONES * u64::from(0x7f - b' ')) & HIGH_BITS;
        let n_bytes = (blanks.trailing_zeros() / 8) as usize;
        let last = (bytes << ((64 - 8 * n_bytes as u32) & 63) >> 56) as u8;
        let has_mark = (n_bytes > 0) & IS_MARK[usize::from(last)];
        let n_letters = n_bytes - usize::from(has_mark);
        let some = u64::from(n_letters == 0).wrapping_sub(1);
        let gone = (64 - 8 * n_letters as u32) & 63;
        let word = (bytes << gone >> gone) & some;
        let wanted = (HIGH_BITS << gone >> gone) & some;
        let key = lower(word);
        let from_a = key + ONES * u64::from(0x80 - b'a');
        let beyond_z = key + ONES * u64::from(0x7f - b'z');
        Eight {
            n_bytes,
            n_letters,
            last,
            has_mark,
            key,
            are_letters: from_a & !beyond_z & HIGH_BITS == wanted,
            are_capitals: (word ^ key) << 2 == wanted,
        }
    }
}

/// The word of up to eight letters at `from`, in a text that goes on for at least [`LONGEST`] bytes; None where something else
/// stands there, or so few letters before a mark that it might be an emoticon.
#[inline]
pub(super) fn short_word(text: &[u8], from: usize) -> Option<Plain<u64>> {
    let it = Eight::of(eight(text, from));
    let is_word = it.are_letters & (it.n_letters > 0) & ((it.n_letters > 2) | !it.has_mark);
    is_word.then_some(Plain { key: it.key, last: it.last, n_bytes: it.n_bytes, is_capitals: it.are_capitals })
}

/// The word of 8 to 16 letters at `from`, as [`short_word`].
#[inline]
pub(super) fn long_word(text: &[u8], from: usize) -> Option<Plain<Key>> {
    let (it, more) = (Eight::of(eight(text, from)), Eight::of(eight(text, from + 8)));
    let is_word = it.are_letters & (it.n_letters == 8) & more.are_letters & (more.n_bytes > 0);
    is_word.then_some(Plain {
        key: [it.key, more.key, 0],
        last: more.last,
        n_bytes: 8 + more.n_bytes,
        is_capitals: it.are_capitals & more.are_capitals,
    })
}

/// What is known of a word, besides its valence.
pub(super) mod kind {
    /// Stands in the lexicon with a valence.
    pub const LADEN: u8 = 1;
    /// Turns what follows into its opposite.
    pub const NEGATES: u8 = 2;
    /// Strengthens what follows.
    pub const BOOSTS: u8 = 4;
    /// Weakens what follows.
    pub const DAMPENS: u8 = 8;
    /// Written in capitals; a property of one token, never of an entry.
    pub const CAPITALS: u8 = 16;
    /// A frequent word of English.
    pub const ENGLISH: u8 = 32;
    /// A frequent word of another language.
    pub const FOREIGN: u8 = 64;
    /// Begins a phrase.
    pub const BEGINS: u8 = 128;
}

/// What the table says of a word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    /// Valence in tenths.
    tenths: i8,
    /// Bits of [`kind`].
    pub kind: u8,
    /// Number of the word among those that rules call by name; 0 for all others.
    pub name: u16,
}

impl Entry {
    /// From −4 to 4, the double nearest to the printed one.
    #[inline]
    pub(super) fn valence(self) -> f64 {
        f64::from(self.tenths) / 10.0
    }

    pub(super) fn is(self, bit: u8) -> bool {
        self.kind & bit != 0
    }

    /// Gives the word a valence with one decimal.
    pub(super) fn set_valence(&mut self, valence: f64) {
        self.tenths = (valence * 10.0).round() as i8;
        self.kind |= kind::LADEN;
    }
}

/// Words by key: those of up to eight letters, which are nearly all that texts consist of, and the longer ones.
#[derive(Debug, Clone)]
pub(super) struct Table {
    short: Slots<u64>,
    long: Slots<Key>,
}

impl Table {
    /// An empty table for up to `n` words.
    pub(super) fn for_words(n: usize) -> Table {
        Table { short: Slots::for_words(n), long: Slots::for_words(n) }
    }

    /// The entry of a word, made with no meaning where it is new. Words without a key are programming errors.
    pub(super) fn entry(&mut self, word: &str) -> &mut Entry {
        let key = key(word.as_bytes()).expect("words of the lexicons are short and ASCII");
        if word.len() <= 8 { self.short.entry(key[0]) } else { self.long.entry(key) }
    }

    /// What is known of a word of at most eight letters; an entry that says nothing where it is unknown.
    #[inline]
    pub(super) fn short(&self, key: u64) -> Entry {
        self.short.slots[self.short.find(key)].1
    }

    /// What is known of a word.
    #[inline]
    pub(super) fn get(&self, key: &Key) -> Option<Entry> {
        if key[1] == 0 { self.short.get(key[0]) } else { self.long.get(*key) }
    }
}

/// Open addressing at no more than half of load.
#[derive(Debug, Clone)]
struct Slots<K> {
    /// What is empty has an empty key and says nothing.
    slots: Vec<(K, Entry)>,
    shift: u32,
}

/// A key of letters; the empty one stands for no word.
trait Letters: Copy + Default + Eq {
    fn mixed(self) -> u64;

    /// Whether a slot holds this key or none.
    fn may_stand_at(self, held: Self) -> bool;
}

/// The fraction of the golden ratio: its multiples are spread evenly over the high bits.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Letters for u64 {
    #[inline]
    fn mixed(self) -> u64 {
        self.wrapping_mul(GOLDEN)
    }

    /// As one question: whether a word is known cannot be foreseen, whether another has its place can.
    #[inline]
    fn may_stand_at(self, held: u64) -> bool {
        held.min(held ^ self) == 0
    }
}

impl Letters for Key {
    #[inline]
    fn mixed(self) -> u64 {
        (self[0] ^ self[1].rotate_left(23) ^ self[2].rotate_left(41)).mixed()
    }

    #[inline]
    fn may_stand_at(self, held: Key) -> bool {
        held == self || held == [0; 3]
    }
}

impl<K: Letters> Slots<K> {
    fn for_words(n: usize) -> Slots<K> {
        let n_slots = (2 * n + 2).next_power_of_two();
        Slots { slots: vec![(K::default(), Entry::default()); n_slots], shift: 64 - n_slots.trailing_zeros() }
    }

    fn entry(&mut self, key: K) -> &mut Entry {
        let slot = self.find(key);
        self.slots[slot].0 = key;
        &mut self.slots[slot].1
    }

    #[inline(always)]
    fn get(&self, key: K) -> Option<Entry> {
        let (held, entry) = self.slots[self.find(key)];
        (held == key && key != K::default()).then_some(entry)
    }

    /// The slot that holds the key, or the empty one where it belongs.
    #[inline]
    fn find(&self, key: K) -> usize {
        let mut slot = (key.mixed() >> self.shift) as usize;
        loop {
            if key.may_stand_at(self.slots[slot].0) {
                return slot;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_length_keep_their_letters_and_lose_their_case() {
        for n in 1..=LONGEST {
            let word: String = ('A'..).take(n).map(|c| if c > 'Z' { '!' } else { c }).collect();
            let found = key(word.as_bytes()).unwrap();
            let mut bytes = [0u8; 24];
            bytes[..n].copy_from_slice(word.to_lowercase().as_bytes());
            let expected: Vec<u64> =
                bytes.chunks(8).map(|c| u64::from_le_bytes(*c.first_chunk().unwrap())).collect();
            assert_eq!(found.to_vec(), expected, "{word}");
        }
        assert_eq!(key(b"@[`{A"), key(b"@[`{a"));
        assert_ne!(key(b"@[`{"), key(b"`{@["));
    }

    #[test]
    fn what_is_empty_too_long_or_not_ascii_has_no_key() {
        assert_eq!(key(b""), None);
        assert_eq!(key(&[b'a'; 25]), None);
        assert_eq!(key("naïve".as_bytes()), None);
    }

    #[test]
    fn a_table_finds_what_was_put_in_and_nothing_else() {
        let mut table = Table::for_words(100);
        for i in 0..100 {
            table.entry(&format!("word{i}")).name = i;
        }
        for i in 0..100 {
            assert_eq!(table.get(&key(format!("WORD{i}").as_bytes()).unwrap()).unwrap().name, i);
        }
        assert!(table.get(&key(b"word100").unwrap()).is_none());
    }
}
