//! One column, looked at value by value: each different value once, with how often it stands.

use statistics::moments::Moments;
use statistics::quantiles::{Outliers, outliers, quantiles};
use tables::columns::{Columns, Distinct, NO_CODE, NO_DAY, Texts};

use super::kinds::{Kind, Reading};
use super::nulls::{is_null_word, may_be_a_name};
use super::personal::personal;
use super::shape::{Patterns, pattern, shape};

/// Shares at which quantiles are told.
pub(super) const SHARES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
const N_TOP: usize = 10;
const N_PATTERNS: usize = 5;
const N_SAMPLE: usize = 2_000;
/// A word in less than one of so many rows of text is taken for a name.
const RARE: u64 = 1_000;

/// A value, and how many cells have it.
pub(super) struct Counted {
    pub(super) value: String,
    pub(super) n: u64,
}

/// A pattern, how many cells have it, and one of them.
pub(super) struct PatternFound {
    pub(super) pattern: String,
    pub(super) n: u64,
    pub(super) example: String,
}

/// What was found about the numbers of a column.
pub(super) struct Numeric {
    pub(super) moments: Moments,
    pub(super) min: f64,
    pub(super) max: f64,
    /// At [`SHARES`].
    pub(super) quantiles: Vec<f64>,
    pub(super) outliers: Outliers,
    pub(super) n_zero: u64,
    pub(super) n_negative: u64,
}

/// What was found about a column.
pub(super) struct Profiled {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) n_empty: u64,
    /// Words that say that nothing is known.
    pub(super) null_words: Vec<Counted>,
    /// Such words that are so rare among other texts that they may be names; they count as values.
    pub(super) rare_words: Vec<Counted>,
    /// Cells that say something.
    pub(super) n_filled: u64,
    pub(super) n_distinct: u64,
    /// The words that say nothing included.
    pub(super) n_distinct_texts: u64,
    /// Filled cells that are not of the kind, and the most frequent of them.
    pub(super) n_other: u64,
    pub(super) others: Vec<Counted>,
    pub(super) top: Vec<Counted>,
    pub(super) patterns: Vec<PatternFound>,
    pub(super) n_patterns: u64,
    /// Least, greatest and mean number of letters.
    pub(super) lengths: (usize, usize, f64),
    /// First and last in the order of letters.
    pub(super) ends: Option<(String, String)>,
    pub(super) numeric: Option<Numeric>,
    /// First and last day, and how many lie before 1900 or far in the future.
    pub(super) days: Option<(i32, i32)>,
    pub(super) n_padded: u64,
    pub(super) personal: Option<(&'static str, &'static str)>,
    /// The code of every row, to compare rows.
    pub(super) codes: Vec<u32>,
}

impl Profiled {
    pub(super) fn n_null(&self) -> u64 {
        self.n_empty + self.null_words.iter().map(|word| word.n).sum::<u64>()
    }

    /// Every row has a value and no two have the same.
    pub(super) fn is_key(&self) -> bool {
        self.n_null() == 0 && self.n_filled > 0 && self.n_distinct == self.n_filled
    }
}

/// The different values that say something.
struct Values<'a> {
    texts: &'a Texts,
    first_rows: &'a [u32],
    counts: &'a [u32],
    /// Codes of values that say something.
    filled: Vec<u32>,
}

impl Values<'_> {
    fn text(&self, code: u32) -> &str {
        self.texts.get(self.first_rows[code as usize] as usize)
    }

    fn n(&self, code: u32) -> u64 {
        u64::from(self.counts[code as usize])
    }

    /// The most frequent of some values, the first in the file before others.
    fn top(&self, codes: impl Iterator<Item = u32>, n: usize) -> Vec<Counted> {
        let mut codes: Vec<u32> = codes.collect();
        // Where many stand once only, those that stand more often are enough.
        if codes.len() > n {
            let often: Vec<u32> = codes.iter().copied().filter(|&code| self.n(code) > 1).collect();
            if often.len() >= n {
                codes = often;
            } else if often.is_empty() {
                codes.truncate(n);
            }
        }
        let key = |code: &u32| (std::cmp::Reverse(self.counts[*code as usize]), *code);
        if codes.len() > n {
            codes.select_nth_unstable_by_key(n, key);
            codes.truncate(n);
        }
        codes.sort_unstable_by_key(key);
        codes.into_iter().map(|code| Counted { value: self.text(code).to_owned(), n: self.n(code) }).collect()
    }
}

/// Looks at a column.
pub(super) fn profiled(name: &str, texts: &Texts) -> Profiled {
    let Distinct { values: codes, first_rows } = Columns::distinct(texts);
    let mut counts = vec![0u32; first_rows.len()];
    let mut n_empty = 0;
    for &code in &codes {
        match code {
            NO_CODE => n_empty += 1,
            code => counts[code as usize] += 1,
        }
    }
    let mut values = Values { texts, first_rows: &first_rows, counts: &counts, filled: Vec::new() };
    let mut words = Vec::new();
    for code in 0..first_rows.len() as u32 {
        if is_null_word(values.text(code)) { words.push(code) } else { values.filled.push(code) }
    }
    let step = (values.filled.len() / N_SAMPLE).max(1);
    let sample: Vec<(&str, u16)> = values
        .filled
        .iter()
        .step_by(step)
        .map(|&code| (values.text(code), shape(values.text(code)).0))
        .collect();
    let reading = Reading::of(&sample);
    let personal = personal(name, reading.kind, &sample);
    let is_rare = |code: &u32| {
        reading.kind == Kind::Text
            && may_be_a_name(values.text(*code))
            && values.n(*code) * RARE < codes.len() as u64
    };
    let (rare, words): (Vec<u32>, Vec<u32>) = words.into_iter().partition(is_rare);
    values.filled.extend(&rare);
    let mut pass = Pass::new(reading);
    values.filled.iter().for_each(|&code| pass.look(&values, code));
    let n_filled = values.filled.iter().map(|&code| values.n(code)).sum();
    Profiled {
        name: name.to_owned(),
        kind: reading.kind,
        n_empty,
        null_words: values.top(words.into_iter(), usize::MAX),
        rare_words: values.top(rare.into_iter(), 5),
        n_distinct_texts: first_rows.len() as u64,
        n_filled,
        n_distinct: values.filled.len() as u64,
        n_other: pass.n_other,
        others: values.top(pass.others.iter().copied(), 5),
        top: values.top(values.filled.iter().copied(), N_TOP),
        patterns: patterns(&pass.patterns, &values),
        n_patterns: pass.patterns.n() as u64,
        lengths: (pass.shortest, pass.longest, pass.n_letters as f64 / (n_filled as f64).max(1.0)),
        ends: pass.ends.map(|(first, last)| (values.text(first).to_owned(), values.text(last).to_owned())),
        numeric: reading.kind.is_number().then(|| numeric(pass.numbers)).flatten(),
        days: (pass.days.0 != NO_DAY).then_some(pass.days),
        n_padded: pass.n_padded,
        personal,
        codes,
    }
}

fn patterns(patterns: &Patterns, values: &Values<'_>) -> Vec<PatternFound> {
    let top = patterns.top(N_PATTERNS).into_iter();
    top.map(|(n, code)| PatternFound {
        pattern: pattern(values.text(code)),
        n,
        example: values.text(code).to_owned(),
    })
    .collect()
}

/// What is gathered in one pass over the different values.
struct Pass {
    reading: Reading,
    patterns: Patterns,
    n_other: u64,
    others: Vec<u32>,
    shortest: usize,
    longest: usize,
    n_letters: u64,
    ends: Option<(u32, u32)>,
    /// The first letters of both.
    starts: (u64, u64),
    /// A number for every cell that has one.
    numbers: Vec<f64>,
    days: (i32, i32),
    n_padded: u64,
}

impl Pass {
    fn new(reading: Reading) -> Pass {
        Pass {
            reading,
            patterns: Patterns::default(),
            n_other: 0,
            others: Vec::new(),
            shortest: usize::MAX,
            longest: 0,
            n_letters: 0,
            ends: None,
            starts: (0, 0),
            numbers: Vec::new(),
            days: (NO_DAY, NO_DAY),
            n_padded: 0,
        }
    }

    fn look(&mut self, values: &Values<'_>, code: u32) {
        const MOST_OTHERS: usize = 10_000;
        let (text, n) = (values.text(code), values.n(code));
        let (kinds, pattern) = shape(text);
        self.patterns.add(pattern, n, code);
        let length = if text.is_ascii() { text.len() } else { text.chars().count() };
        self.shortest = self.shortest.min(length);
        self.longest = self.longest.max(length);
        self.n_letters += length as u64 * n;
        let bytes = text.as_bytes();
        self.n_padded += if bytes[0] == b' ' || bytes[bytes.len() - 1] == b' ' { n } else { 0 };
        self.compare_ends(values, code, text);
        let fits = match self.reading.kind {
            kind if kind.is_number() => match self.reading.number(text, kinds) {
                Some(number) => {
                    (0..n).for_each(|_| self.numbers.push(number));
                    true
                }
                None => false,
            },
            kind if kind.is_date() => match self.reading.moment(text, kinds) {
                Some((day, _)) => {
                    let (first, last) = self.days;
                    self.days = (if first == NO_DAY { day } else { first.min(day) }, last.max(day));
                    true
                }
                None => false,
            },
            _ => self.reading.fits(text, kinds),
        };
        if !fits {
            self.n_other += n;
            if self.others.len() < MOST_OTHERS {
                self.others.push(code);
            }
        }
    }
}

impl Pass {
    /// Keeps the first and the last text in the order of letters.
    fn compare_ends(&mut self, values: &Values<'_>, code: u32, text: &str) {
        let start = start_of(text);
        let Some((first, last)) = self.ends else {
            self.ends = Some((code, code));
            self.starts = (start, start);
            return;
        };
        // Eight letters decide nearly always.
        if start < self.starts.0 || (start == self.starts.0 && text < values.text(first)) {
            self.ends = Some((code, last));
            self.starts.0 = start;
        } else if start > self.starts.1 || (start == self.starts.1 && text > values.text(last)) {
            self.ends = Some((first, code));
            self.starts.1 = start;
        }
    }
}

/// The first eight letters as a number that is ordered as they are.
#[inline]
fn start_of(text: &str) -> u64 {
    let bytes = text.as_bytes();
    match bytes.first_chunk::<8>() {
        Some(start) => u64::from_be_bytes(*start),
        None => bytes.iter().enumerate().fold(0, |start, (at, &byte)| start | u64::from(byte) << (56 - 8 * at)),
    }
}

fn numeric(mut values: Vec<f64>) -> Option<Numeric> {
    if values.is_empty() {
        return None;
    }
    let mut moments = Moments::default();
    let (mut min, mut max, mut n_zero, mut n_negative) = (f64::INFINITY, f64::NEG_INFINITY, 0, 0);
    for &value in &values {
        moments.push(value);
        min = min.min(value);
        max = max.max(value);
        n_zero += u64::from(value == 0.0);
        n_negative += u64::from(value < 0.0);
    }
    let quantiles = quantiles(&mut values, &SHARES);
    let outliers = outliers(&values, (quantiles[3], quantiles[5]));
    Some(Numeric { moments, min, max, quantiles, outliers, n_zero, n_negative })
}
