//! The shape of a text: which kinds of letters it has, and its pattern (`Aa 999-9999`).
//!
//! Runs of letters count as one, digits are counted: a telephone number keeps its form, a name only its capitals.

use std::collections::HashMap;

pub(super) const DIGIT: u16 = 1;
pub(super) const UPPER: u16 = 2;
pub(super) const LOWER: u16 = 4;
pub(super) const BLANK: u16 = 8;
pub(super) const AT: u16 = 16;
pub(super) const POINT: u16 = 32;
pub(super) const COMMA: u16 = 64;
pub(super) const SIGN: u16 = 128;
pub(super) const SLASH: u16 = 256;
pub(super) const COLON: u16 = 512;
pub(super) const BRACKET: u16 = 1024;
/// Anything else in ASCII.
pub(super) const OTHER: u16 = 2048;
/// Anything beyond ASCII, counted as a letter.
pub(super) const BEYOND: u16 = 4096;

const fn class(byte: u8) -> u16 {
    match byte {
        b'0'..=b'9' => DIGIT,
        b'A'..=b'Z' => UPPER,
        b'a'..=b'z' => LOWER,
        b' ' | b'\t' => BLANK,
        b'@' => AT,
        b'.' => POINT,
        b',' => COMMA,
        b'+' | b'-' => SIGN,
        b'/' => SLASH,
        b':' => COLON,
        b'(' | b')' => BRACKET,
        0x80.. => BEYOND,
        _ => OTHER,
    }
}

const CLASSES: [u16; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class(byte as u8);
        byte += 1;
    }
    classes
};

/// Runs of these are one letter of the pattern.
const RUNS: u16 = UPPER | LOWER | BLANK | BEYOND;

/// The kinds of letters in a text, and a number that is the same for texts of the same pattern.
#[inline]
pub(super) fn shape(text: &str) -> (u16, u64) {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (mut kinds, mut before) = (0, 0);
    let mut pattern = FACTOR;
    for &byte in text.as_bytes() {
        let class = CLASSES[usize::from(byte)];
        kinds |= class;
        if class == before && class & RUNS != 0 {
            continue;
        }
        let letter = if class & (RUNS | DIGIT) == 0 { u64::from(byte) } else { 256 + u64::from(class) };
        pattern = (pattern ^ letter).wrapping_mul(FACTOR).rotate_left(23);
        before = class;
    }
    (kinds, pattern)
}

/// The pattern in words: `A` and `a` for letters, `9` for each digit.
pub(super) fn pattern(text: &str) -> String {
    const LONGEST: usize = 60;
    let (mut pattern, mut before) = (String::new(), 0);
    for letter in text.chars() {
        let class = if letter.is_ascii() { CLASSES[letter as usize] } else { BEYOND };
        if class == before && class & RUNS != 0 {
            continue;
        }
        before = class;
        pattern.push(match class {
            DIGIT => '9',
            UPPER => 'A',
            LOWER => 'a',
            BEYOND => 'ä',
            BLANK => ' ',
            _ => letter,
        });
        if pattern.len() > LONGEST {
            pattern.push('…');
            break;
        }
    }
    pattern
}

/// How often each pattern stands in a column.
#[derive(Default)]
pub(super) struct Patterns {
    /// Cells, and the code of the first value of that pattern.
    counts: HashMap<u64, (u64, u32), Whole>,
}

/// The key is a hash already.
#[derive(Default, Clone)]
struct Whole;

struct AsItIs(u64);

impl std::hash::BuildHasher for Whole {
    type Hasher = AsItIs;
    fn build_hasher(&self) -> AsItIs {
        AsItIs(0)
    }
}

impl std::hash::Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0.rotate_left(8) ^ u64::from(byte));
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl Patterns {
    #[inline]
    pub(super) fn add(&mut self, pattern: u64, n: u64, code: u32) {
        self.counts.entry(pattern).or_insert((0, code)).0 += n;
    }

    pub(super) fn n(&self) -> usize {
        self.counts.len()
    }

    /// The most frequent ones: how often, and a value that shows it.
    pub(super) fn top(&self, n: usize) -> Vec<(u64, u32)> {
        let mut all: Vec<(u64, u32)> = self.counts.values().copied().collect();
        all.sort_unstable_by_key(|&(n, code)| (std::cmp::Reverse(n), code));
        all.truncate(n);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_keep_their_form_and_names_their_capitals() {
        assert_eq!((pattern("+1 (310) 850-7898"), pattern("McZoë  Lang")), ("+9 (999) 999-9999".into(), "AaAaä Aa".into()));
        assert_eq!(shape("Ada Lovelace").1, shape("Zed Bo").1);
        assert_ne!(shape("12-34").1, shape("123-4").1);
        assert_eq!(shape("a@b.c").0, LOWER | AT | POINT);
        assert_eq!(shape("").0, 0);
    }
}
