//! VADER as its reference implementation computes it, release 3.3.2, to the last digit and with its quirks.
//!
//! For comparing with figures that others computed. The quirks are kept on purpose and named where they stand; a scorer
//! without them is [`super::customer`].

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::customer_words::ENGLISH;
use super::function_words::{self, named};
use super::key::{Entry, LONGEST, Table, key, key_at, kind, long_word, short_word};
use super::{Score, compound, emoji, emphasis, rounded};

/// What a booster adds.
const BOOST: f64 = 0.293;
/// What capitals among words that are not add.
const CAPITALS: f64 = 0.733;
/// What a negation multiplies with.
const NEGATION: f64 = -0.74;

const NO: u16 = named("no");
const OR: u16 = named("or");
const NOR: u16 = named("nor");
const NEVER: u16 = named("never");
const SO: u16 = named("so");
const THIS: u16 = named("this");
const WITHOUT: u16 = named("without");
const DOUBT: u16 = named("doubt");
const LEAST: u16 = named("least");
const AT: u16 = named("at");
const VERY: u16 = named("very");
const BUT: u16 = named("but");
const KIND: u16 = named("kind");
const OF: u16 = named("of");
const THE: u16 = named("the");

/// Idioms of two words with their valence. The reference's "badass" can never match as a sequence and is left out.
const PAIRS: [([u16; 2], f64); 6] = [
    ([THE, named("shit")], 3.0),
    ([THE, named("bomb")], 3.0),
    ([named("bad"), named("ass")], 1.5),
    ([named("bus"), named("stop")], 0.0),
    ([named("yeah"), named("right")], -2.0),
    ([named("beating"), named("heart")], 3.5),
];
/// Idioms of three words.
const TRIPLES: [([u16; 3], f64); 2] =
    [([named("kiss"), OF, named("death")], -1.5), ([named("to"), named("die"), named("for")], 3.0)];
/// Dampeners of two words.
const DAMPENING_PAIRS: [[u16; 2]; 3] = [[named("just"), named("enough")], [KIND, OF], [named("sort"), OF]];

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let lexicon = &super::lexicon::LEXICON;
    let mut table = Table::for_words(lexicon.len() + 200);
    // What comes first is found at the first look: the words that texts consist of.
    for word in ENGLISH.split_whitespace() {
        table.entry(word);
    }
    for &(word, valence) in lexicon {
        table.entry(word).set_valence(valence);
    }
    function_words::mark(&mut table);
    function_words::name(&mut table);
    table
});

/// The words of one text and what concerns all of them.
#[derive(Debug, Default)]
struct Reading {
    /// The words and emoticons, with how they are written.
    tokens: Vec<Entry>,
    /// Places of the words that carry a tone.
    laden_at: Vec<usize>,
    n_capitals: usize,
    /// Place of the first "but".
    but_at: Option<usize>,
}

impl Reading {
    fn clear(&mut self) {
        self.tokens.clear();
        self.laden_at.clear();
        self.n_capitals = 0;
        self.but_at = None;
    }

    #[inline(always)]
    fn add(&mut self, entry: Option<Entry>, further: u8) {
        let mut entry = entry.unwrap_or_default();
        entry.kind |= further;
        let Entry { name, kind, .. } = entry;
        if kind & kind::LADEN != 0 {
            self.laden_at.push(self.tokens.len());
        }
        if name == BUT && self.but_at.is_none() {
            self.but_at = Some(self.tokens.len());
        }
        self.n_capitals += usize::from(kind & kind::CAPITALS != 0);
        self.tokens.push(entry);
    }
}

/// Scores text after text, keeping its buffers.
#[derive(Debug, Default)]
pub struct Vader {
    reading: Reading,
    /// Place and valence of the tokens whose valence is not 0.
    laden: Vec<(usize, f64)>,
    /// The text with room behind it, and without emoji.
    padded: Vec<u8>,
    without_emoji: String,
}

impl Vader {
    /// A scorer; one per thread.
    pub fn new() -> Vader {
        Vader::default()
    }

    /// The tone of a text, equal to the reference implementation: compound to 4 decimals, shares to 3.
    ///
    /// **Source.** Hutto and Gilbert (2014); reference implementation 3.3.2.
    ///
    /// ```
    /// let score = language::sentiment::Vader::new().score("VADER is smart, handsome, and funny!");
    /// assert_eq!((score.compound, score.positive), (0.8439, 0.752));
    /// ```
    pub fn score(&mut self, text: &str) -> Score {
        self.reading.clear();
        let emphasis = if text.is_ascii() {
            self.padded.clear();
            self.padded.extend_from_slice(text.as_bytes());
            self.padded.extend_from_slice(&[b' '; LONGEST]);
            let has_marks = read_ascii(&self.padded, &mut self.reading);
            if has_marks { emphasis(text.as_bytes()) } else { 0.0 }
        } else {
            emoji::in_words(text, &mut self.without_emoji);
            read(&self.without_emoji, &mut self.reading);
            emphasis(self.without_emoji.as_bytes())
        };
        self.weigh();
        self.summed(emphasis)
    }

    fn weigh(&mut self) {
        let Reading { tokens, laden_at, n_capitals, but_at } = &self.reading;
        let mixed = *n_capitals > 0 && *n_capitals < tokens.len();
        self.laden.clear();
        for &i in laden_at {
            if !tokens[i].is(kind::BOOSTS | kind::DAMPENS) && !is_kind_of(tokens, i) {
                let valence = valence(tokens, i, mixed);
                if valence != 0.0 {
                    self.laden.push((i, valence));
                }
            }
        }
        if let Some(but) = *but_at {
            shift_to_after_but(&mut self.laden, but);
        }
    }

    fn summed(&self, emphasis: f64) -> Score {
        if self.laden.is_empty() {
            let neutral = if self.reading.tokens.is_empty() { 0.0 } else { 1.0 };
            return Score { neutral, ..Score::default() };
        }
        let (mut sum, mut positive, mut negative) = (0.0, 0.0, 0.0);
        for &(_, valence) in &self.laden {
            sum += valence;
            if valence > 0.0 {
                positive += valence + 1.0;
            } else {
                negative += valence - 1.0;
            }
        }
        let neutral = (self.reading.tokens.len() - self.laden.len()) as f64;
        if sum != 0.0 {
            sum += emphasis.copysign(sum);
        }
        if positive > -negative {
            positive += emphasis;
        } else if positive < -negative {
            negative -= emphasis;
        }
        let total = positive - negative + neutral;
        Score {
            compound: rounded(compound(sum), 1e4),
            positive: rounded(positive / total, 1e3),
            negative: rounded(negative.abs() / total, 1e3),
            neutral: rounded(neutral / total, 1e3),
        }
    }
}

fn is_kind_of(tokens: &[Entry], i: usize) -> bool {
    tokens[i].name == KIND && tokens.get(i + 1).is_some_and(|next| next.name == OF)
}

/// The valence of the word at `i` among its neighbours.
fn valence(tokens: &[Entry], i: usize, mixed: bool) -> f64 {
    let token = tokens[i];
    let name_before = |k: usize| if i >= k { tokens[i - k].name } else { 0 };
    let mut valence = token.valence();
    if !(mixed && token.is(kind::CAPITALS)) && is_alone(tokens, i) {
        return valence;
    }
    if token.name == NO && tokens.get(i + 1).is_some_and(|next| next.is(kind::LADEN)) {
        valence = 0.0;
    }
    let after_no = name_before(1) == NO
        || name_before(2) == NO
        || (name_before(3) == NO && matches!(name_before(1), OR | NOR));
    if after_no {
        valence = token.valence() * NEGATION;
    }
    if mixed && token.is(kind::CAPITALS) {
        valence += if valence > 0.0 { CAPITALS } else { -CAPITALS };
    }
    for back in 1..=3.min(i) {
        let before = tokens[i - back];
        if before.is(kind::LADEN) {
            continue;
        }
        valence += change(before, valence, mixed) * [1.0, 0.95, 0.9][back - 1];
        valence *= negation(tokens, i, back);
        if back == 3 {
            valence = idiom(tokens, i, valence);
        }
    }
    let not_the_least = i > 1 && matches!(name_before(2), AT | VERY);
    if name_before(1) == LEAST && !tokens[i - 1].is(kind::LADEN) && !not_the_least {
        valence *= NEGATION;
    }
    valence
}

/// Whether no rule speaks of the word at `i` or of the three before it: they have no number and change nothing.
fn is_alone(tokens: &[Entry], i: usize) -> bool {
    let around = &tokens[i.saturating_sub(3)..=i];
    let names = around.iter().fold(0, |names, token| names | token.name);
    let kinds = around.iter().fold(0, |kinds, token| kinds | token.kind);
    (names == 0) & (kinds & (kind::NEGATES | kind::BOOSTS | kind::DAMPENS) == 0)
}

/// What a booster or dampener adds to a valence.
fn change(before: Entry, valence: f64, mixed: bool) -> f64 {
    if !before.is(kind::BOOSTS | kind::DAMPENS) {
        return 0.0;
    }
    let mut change = if before.is(kind::BOOSTS) { BOOST } else { -BOOST };
    if valence < 0.0 {
        change = -change;
    }
    if mixed && before.is(kind::CAPITALS) {
        change += if valence > 0.0 { CAPITALS } else { -CAPITALS };
    }
    change
}

/// What the word `back` places before multiplies the valence with.
///
/// A quirk of the reference: at three places "so" or "this" just before counts as "never so", whatever stands before it.
fn negation(tokens: &[Entry], i: usize, back: usize) -> f64 {
    let name = |k: usize| tokens[i - k].name;
    let negates = tokens[i - back].is(kind::NEGATES);
    let factor = if negates { NEGATION } else { 1.0 };
    match back {
        1 => factor,
        2 if name(2) == NEVER && matches!(name(1), SO | THIS) => 1.25,
        2 if name(2) == WITHOUT && name(1) == DOUBT => 1.0,
        3 if (name(3) == NEVER && matches!(name(2), SO | THIS)) || matches!(name(1), SO | THIS) => 1.25,
        3 if name(3) == WITHOUT && (name(2) == DOUBT || name(1) == DOUBT) => 1.0,
        _ => factor,
    }
}

/// Idioms around the word at `i`, which has three words before it: a valence of their own, or a dampener of two words.
fn idiom(tokens: &[Entry], i: usize, mut valence: f64) -> f64 {
    let names: [u16; 6] = std::array::from_fn(|k| tokens.get(i + k - 3).map_or(0, |t| t.name));
    let [three, two, one, here, next, second] = names;
    let pair = |a: u16, b: u16| PAIRS.iter().find(|(pair, _)| *pair == [a, b]).map(|&(_, v)| v);
    let triple = |a: u16, b: u16, c: u16| TRIPLES.iter().find(|(t, _)| *t == [a, b, c]).map(|&(_, v)| v);
    let before = pair(one, here)
        .or_else(|| triple(two, one, here))
        .or_else(|| pair(two, one))
        .or_else(|| triple(three, two, one))
        .or_else(|| pair(three, two));
    valence = before.unwrap_or(valence);
    valence = pair(here, next).unwrap_or(valence);
    valence = triple(here, next, second).unwrap_or(valence);
    for dampener in [[three, two], [two, one]] {
        if DAMPENING_PAIRS.contains(&dampener) {
            valence -= BOOST;
        }
    }
    valence
}

/// Halves what stands before "but" and adds half to what stands after it.
///
/// A quirk of the reference: each valence is looked up by its value while the list changes, so that of equal ones the first
/// is taken, even where it was changed already.
fn shift_to_after_but(laden: &mut [(usize, f64)], but: usize) {
    let factor = |place: usize| match place.cmp(&but) {
        std::cmp::Ordering::Less => 0.5,
        std::cmp::Ordering::Equal => 1.0,
        std::cmp::Ordering::Greater => 1.5,
    };
    if laden.len() <= FEW {
        for k in 0..laden.len() {
            let value = laden[k].1;
            let first = laden.iter().position(|&(_, v)| v == value).unwrap_or(k);
            laden[first].1 *= factor(laden[first].0);
        }
        return;
    }
    let mut places: HashMap<u64, BTreeSet<usize>> = HashMap::new();
    for (k, &(_, valence)) in laden.iter().enumerate() {
        places.entry(valence.to_bits()).or_default().insert(k);
    }
    for k in 0..laden.len() {
        let equal = places.get_mut(&laden[k].1.to_bits()).expect("every value has its places");
        let first = equal.pop_first().expect("a value in the list has a place");
        laden[first].1 *= factor(laden[first].0);
        places.entry(laden[first].1.to_bits()).or_default().insert(first);
    }
}

/// So many valences are searched one by one; a text of a million letters is not.
const FEW: usize = 64;

/// What a byte is to the tokeniser.
mod class {
    pub(super) const SPACE: u8 = 1;
    pub(super) const PUNCTUATION: u8 = 2;
    pub(super) const UPPER: u8 = 4;
    pub(super) const LOWER: u8 = 8;
    pub(super) const APOSTROPHE: u8 = 16;
    /// "!" and "?".
    pub(super) const MARK: u8 = 32;
}

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut b = 0;
    while b < 128 {
        let byte = b as u8;
        classes[b] = if matches!(byte, b'\t'..=b'\r' | 0x1c..=b' ') {
            class::SPACE
        } else if byte == b'\'' {
            class::PUNCTUATION | class::APOSTROPHE
        } else if matches!(byte, b'!' | b'?') {
            class::PUNCTUATION | class::MARK
        } else if byte.is_ascii_punctuation() {
            class::PUNCTUATION
        } else if byte.is_ascii_uppercase() {
            class::UPPER
        } else if byte.is_ascii_lowercase() {
            class::LOWER
        } else {
            0
        };
        b += 1;
    }
    classes
};

/// Reads a text that is followed by [`LONGEST`] blanks; tells whether it has exclamation or question marks.
fn read_ascii(text: &[u8], reading: &mut Reading) -> bool {
    let table = &*TABLE;
    let mut seen_at_all = 0;
    let mut i = 0;
    while i + LONGEST < text.len() {
        let start = i;
        if let Some(word) = short_word(text, i)
            && CLASSES[usize::from(text[i + word.n_bytes])] & class::SPACE != 0
        {
            reading.add(Some(table.short(word.key)), capitals(word.is_capitals));
            seen_at_all |= CLASSES[usize::from(word.last)];
            i += word.n_bytes + 1;
            continue;
        }
        if let Some(word) = long_word(text, i)
            && CLASSES[usize::from(text[i + word.n_bytes])] & class::SPACE != 0
        {
            reading.add(table.get(&word.key), capitals(word.is_capitals));
            seen_at_all |= CLASSES[usize::from(word.last)];
            i += word.n_bytes + 1;
            continue;
        }
        let mut seen = 0;
        while CLASSES[usize::from(text[i])] & class::SPACE == 0 {
            seen |= CLASSES[usize::from(text[i])];
            i += 1;
        }
        if i > start {
            let (from, to) =
                if seen & class::PUNCTUATION == 0 { (start, i) } else { stripped(text, start, i) };
            let entry = key_at(text, from, to - from).and_then(|key| table.get(&key));
            reading.add(entry, further(&text[from..to], seen));
            seen_at_all |= seen;
        }
        i += 1;
    }
    seen_at_all & class::MARK != 0
}

#[inline]
fn capitals(are: bool) -> u8 {
    if are { kind::CAPITALS } else { 0 }
}

/// Without punctuation around it, unless no more than two characters would be left: then it may be an emoticon.
fn stripped(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let is_mark = |i: usize| CLASSES[usize::from(text[i])] & class::PUNCTUATION != 0;
    let (mut from, mut to) = (start, end);
    while from < to && is_mark(from) {
        from += 1;
    }
    while to > from && is_mark(to - 1) {
        to -= 1;
    }
    if to - from <= 2 { (start, end) } else { (from, to) }
}

/// What the writing of a word tells, besides its entry.
#[inline]
fn further(word: &[u8], seen: u8) -> u8 {
    let mut kind = 0;
    if seen & (class::UPPER | class::LOWER) == class::UPPER {
        kind |= kind::CAPITALS;
    }
    if seen & class::APOSTROPHE != 0
        && word.windows(3).any(|w| w[1] == b'\'' && w.eq_ignore_ascii_case(b"n't"))
    {
        kind |= kind::NEGATES;
    }
    kind
}

/// Reads a text with other letters than ASCII, by the rules of the reference's language for blanks and capitals.
fn read(text: &str, reading: &mut Reading) {
    let is_blank = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    for chunk in text.split(is_blank).filter(|chunk| !chunk.is_empty()) {
        let bare = chunk.trim_matches(|c: char| c.is_ascii_punctuation());
        let word = if bare.chars().nth(2).is_none() { chunk } else { bare };
        let lower = word.to_lowercase();
        let mut further = further(lower.as_bytes(), class::APOSTROPHE);
        if is_upper(word) {
            further |= kind::CAPITALS;
        }
        reading.add(key(lower.as_bytes()).and_then(|key| TABLE.get(&key)), further);
    }
}

/// At least one letter in upper case and none in lower or title case.
fn is_upper(word: &str) -> bool {
    let is_title = |c: char| {
        matches!(c, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}')
            || matches!(c, '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
    };
    word.chars().any(char::is_uppercase) && !word.chars().any(|c| c.is_lowercase() || is_title(c))
}
