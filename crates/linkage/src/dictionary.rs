//! Distinct values of one field, each with a small number, how often it was seen, and what comparing it needs.

use crate::fold::{hash, mix};
use crate::lists::{nicknames, words::is_free_provider};

/// What is prepared for every value of a dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// Nothing: the value is only compared for being equal.
    None,
    /// Which letters it has, for leaving out hopeless comparisons.
    Letters,
    /// Letters and the groups of nicknames.
    Names,
    /// Letters and its words, with how many values have each.
    Words,
    /// Letters and whether the domain gives mailboxes to anybody.
    Domains,
}

/// The number of "no value".
pub(crate) const NOTHING: u32 = 0;

#[derive(Debug, Clone)]
pub(crate) struct Dictionary {
    marks: Marks,
    heads: Vec<Head>,
    /// Values that are too long for a head, one behind the other.
    text: String,
    /// Half of the hash and the number of each value: most values are told apart without looking at their text. Empty while
    /// nothing is added.
    table: Vec<u64>,
    /// Of a dictionary of words: how many values have each.
    seen: Vec<u32>,
    groups: Vec<[u16; nicknames::MOST_GROUPS]>,
    /// Values that are two values of other dictionaries, which have no head.
    pairs: Vec<[u32; 2]>,
    word_ends: Vec<u32>,
    word_list: Vec<u32>,
    words: Option<Box<Dictionary>>,
}

impl Dictionary {
    pub(crate) fn new(marks: Marks) -> Dictionary {
        let words = (marks == Marks::Words).then(|| Box::new(Dictionary::new(Marks::Letters)));
        let mut dictionary = Dictionary {
            marks,
            heads: vec![Head::EMPTY],
            text: String::new(),
            table: vec![EMPTY; LEAST_PLACES],
            seen: Vec::new(),
            groups: Vec::new(),
            pairs: Vec::new(),
            word_ends: Vec::new(),
            word_list: Vec::new(),
            words,
        };
        dictionary.mark("");
        dictionary
    }

    /// Values, "nothing" among them.
    pub(crate) fn len(&self) -> usize {
        self.heads.len() + self.pairs.len()
    }

    pub(crate) fn get(&self, code: u32) -> &str {
        let head = &self.heads[code as usize];
        match head.n_bytes {
            LONG => {
                let [start, end] =
                    [0, 4].map(|at| head.bytes[at..].first_chunk().expect("a head has 27 bytes"));
                &self.text[u32::from_le_bytes(*start) as usize..u32::from_le_bytes(*end) as usize]
            }
            n => {
                std::str::from_utf8(&head.bytes[..usize::from(n)]).expect("a head holds the bytes of a text")
            }
        }
    }

    /// The two values that a value is, where it is one of [`Dictionary::intern_pair`].
    pub(crate) fn pair(&self, code: u32) -> Option<[u32; 2]> {
        self.pairs.get((code as usize).checked_sub(1)?).copied()
    }

    /// A number for the text of a value that is the same in every run and for every set of records.
    pub(crate) fn key(&self, code: u32) -> u64 {
        hash(self.get(code).as_bytes())
    }

    /// Which letters and digits a value has, one bit each.
    pub(crate) fn letters(&self, code: u32) -> u32 {
        self.heads[code as usize].letters & !FLAG
    }

    /// Something of a value, so that what comparing it needs is in the cache.
    pub(crate) fn touch(&self, code: u32) -> u32 {
        self.heads.get(code as usize).map_or(0, |head| head.letters)
    }

    /// Whether a value has several words; of a domain, whether it gives mailboxes to anybody.
    pub(crate) fn is_flagged(&self, code: u32) -> bool {
        self.heads[code as usize].letters & FLAG != 0
    }

    pub(crate) fn groups(&self, code: u32) -> &[u16; nicknames::MOST_GROUPS] {
        &self.groups[code as usize]
    }

    /// The words of a value in ascending order of their numbers.
    pub(crate) fn words_of(&self, code: u32) -> &[u32] {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.word_ends[code - 1] as usize };
        &self.word_list[start..self.word_ends[code] as usize]
    }

    /// How many values of this dictionary have a word.
    pub(crate) fn n_with_word(&self, word: u32) -> u32 {
        self.words.as_ref().and_then(|words| words.seen.get(word as usize)).copied().unwrap_or(0)
    }

    /// The dictionary of words, where there is one.
    pub(crate) fn words(&self) -> Option<&Dictionary> {
        self.words.as_deref()
    }

    /// The number of a value, a new one if it was never seen.
    ///
    /// A dictionary holds at most 4 GiB of text; what comes later counts as nothing.
    pub(crate) fn intern(&mut self, value: &str) -> u32 {
        if value.is_empty() || self.text.len() + value.len() > u32::MAX as usize {
            return NOTHING;
        }
        self.open();
        let hash = hash(value.as_bytes());
        let head = Head::of(value);
        let is_same = |code: u32| match &head {
            Some(head) => self.heads[code as usize].is_text_of(head),
            None => self.get(code) == value,
        };
        let place = match self.find(hash, is_same) {
            Ok(code) => return code,
            Err(place) => place,
        };
        let code = self.len() as u32;
        let head = head.unwrap_or_else(|| self.long(value));
        self.heads.push(head);
        self.mark(value);
        self.note(place, entry(hash, code));
        code
    }

    /// The number of two values of other dictionaries as one. A dictionary has either such values or texts.
    pub(crate) fn intern_pair(&mut self, pair: [u32; 2]) -> u32 {
        if pair.contains(&NOTHING) {
            return NOTHING;
        }
        self.open();
        let hash = hash_of_pair(pair);
        let place = match self.find(hash, |code| self.pair(code) == Some(pair)) {
            Ok(code) => return code,
            Err(place) => place,
        };
        let code = self.len() as u32;
        self.pairs.push(pair);
        self.note(place, entry(hash, code));
        code
    }

    /// Writes a long value down; its head.
    fn long(&mut self, value: &str) -> Head {
        let mut head = Head { n_bytes: LONG, ..Head::EMPTY };
        head.bytes[..4].copy_from_slice(&(self.text.len() as u32).to_le_bytes());
        self.text.push_str(value);
        head.bytes[4..8].copy_from_slice(&(self.text.len() as u32).to_le_bytes());
        head
    }

    /// The number of the value with this hash that is the same, or the place in the table where it belongs.
    fn find(&self, hash: u64, is_same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.table.len() - 1;
        let mut at = place(hash, mask);
        loop {
            match self.table[at] {
                EMPTY => return Err(at),
                held if held >> 32 == hash >> 32 && is_same(held as u32) => return Ok(held as u32),
                _ => at = (at + 1) & mask,
            }
        }
    }

    /// Notes a new value in the table.
    fn note(&mut self, place: usize, entry: u64) {
        self.table[place] = entry;
        if self.len() * 3 > self.table.len() * 2 {
            self.grow();
        }
    }

    /// Gives back the memory that only adding values needs, until one is added.
    pub(crate) fn close(&mut self) {
        self.table = Vec::new();
        self.words.iter_mut().for_each(|words| words.close());
    }

    /// Makes the table anew where it was given back.
    pub(crate) fn open(&mut self) {
        if !self.table.is_empty() {
            return;
        }
        self.words.iter_mut().for_each(|words| words.open());
        let n_places = (self.len() * 3 / 2 + 1).next_power_of_two().max(LEAST_PLACES);
        let hash = |code| self.pair(code).map_or_else(|| self.key(code), hash_of_pair);
        self.table = filled(n_places, (1..self.len() as u32).map(|code| entry(hash(code), code)));
    }

    fn grow(&mut self) {
        let held = self.table.iter().filter(|held| **held != EMPTY);
        self.table = filled(self.table.len() * 2, held.copied());
    }

    fn mark(&mut self, value: &str) {
        if self.marks != Marks::None {
            let is_flagged = match self.marks {
                Marks::Domains => is_free_provider(value),
                _ => value.contains(' '),
            };
            let last = self.heads.len() - 1;
            self.heads[last].letters = letters(value) | if is_flagged { FLAG } else { 0 };
        }
        if self.marks == Marks::Names {
            self.groups.push(nicknames::groups(value));
        }
        if let Some(words) = &mut self.words {
            let start = self.word_list.len();
            for word in value.split(' ').filter(|word| !word.is_empty()) {
                let word = words.intern(word);
                self.word_list.push(word);
            }
            self.word_list[start..].sort_unstable();
            let mut at = start;
            for next in start..self.word_list.len() {
                if next == start || self.word_list[next] != self.word_list[next - 1] {
                    self.word_list[at] = self.word_list[next];
                    at += 1;
                }
            }
            self.word_list.truncate(at);
            for &word in &self.word_list[start..] {
                if words.seen.len() <= word as usize {
                    words.seen.resize(word as usize + 1, 0);
                }
                words.seen[word as usize] += 1;
            }
            self.word_ends.push(self.word_list.len() as u32);
        }
    }
}

/// What comparing a value needs first, so that it costs one look into memory: its letters, and its text where it is short.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Head {
    letters: u32,
    /// Length of a short text, or [`LONG`].
    n_bytes: u8,
    /// The text of a short value, or where a long one begins and ends.
    bytes: [u8; 27],
}

/// The length that stands for a text elsewhere.
const LONG: u8 = 255;

impl Head {
    const EMPTY: Head = Head { letters: 0, n_bytes: 0, bytes: [0; 27] };

    /// The head of a value that fits into it, without its letters.
    fn of(value: &str) -> Option<Head> {
        let mut head = Head::EMPTY;
        head.bytes.get_mut(..value.len())?.copy_from_slice(value.as_bytes());
        head.n_bytes = value.len() as u8;
        Some(head)
    }

    fn is_text_of(&self, other: &Head) -> bool {
        self.n_bytes == other.n_bytes && self.bytes == other.bytes
    }
}

/// Places of a table at least.
const LEAST_PLACES: usize = 64;
/// A place of the table that holds no value.
const EMPTY: u64 = 0;

/// What the table holds of a value: the upper half of its hash, and its number.
fn entry(hash: u64, code: u32) -> u64 {
    hash >> 32 << 32 | u64::from(code)
}

/// A table of so many places, a power of two and more than there are entries.
fn filled(n_places: usize, entries: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut table = vec![EMPTY; n_places];
    let mask = n_places - 1;
    for entry in entries {
        let mut at = place(entry, mask);
        while table[at] != EMPTY {
            at = (at + 1) & mask;
        }
        table[at] = entry;
    }
    table
}

fn hash_of_pair([one, other]: [u32; 2]) -> u64 {
    mix(u64::from(one) << 32 | u64::from(other))
}

/// Where to look for a value first, by the upper half of its hash, which the table keeps.
fn place(hash: u64, mask: usize) -> usize {
    (hash >> 32) as usize & mask
}

/// The bit beside the letters and digits.
const FLAG: u32 = 1 << 31;

/// Which letters a word has, one bit each, and which digits, two to a bit.
fn letters(value: &str) -> u32 {
    let mut mask = 0;
    for sign in value.bytes() {
        mask |= match sign {
            b'a'..=b'z' => 1 << (sign - b'a'),
            b'0'..=b'9' => 1 << (26 + (sign - b'0') / 2),
            _ => 0,
        };
    }
    mask
}
