//! A text as words with what stands between them, in one pass over its bytes.

use super::emoji;
use crate::detect::Words;

use super::key::{LONGEST, Table, key_at, kind, plain_word};

/// What stands before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Break {
    #[default]
    None,
    /// A comma, dash, colon or bracket: the clause ends.
    Comma,
    /// The sentence ends.
    Stop,
}

/// One word or emoticon.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub valence: f64,
    pub name: u16,
    pub kind: u8,
    pub before: Break,
    /// Written with a letter three times or more ("sooo").
    pub elongated: bool,
}

impl Word {
    /// Takes away what the word says by itself.
    pub(super) fn quieten(&mut self) {
        self.valence = 0.0;
        self.kind &= !(kind::LADEN | kind::NEGATES | kind::BOOSTS | kind::DAMPENS);
    }
}

/// What is counted while reading.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub words: Words,
    pub n_capitals: usize,
    /// Words that begin a phrase.
    pub n_begins: usize,
    /// Whether there are exclamation or question marks.
    pub has_marks: bool,
}

/// Replaces what is not ASCII by what means the same to the reader, and adds [`LONGEST`] blanks.
///
/// Typographic quotes and dashes become plain ones, emoji their descriptions between commas; every other letter becomes one
/// that stands in no word we know.
pub(super) fn padded(text: &str, out: &mut Vec<u8>) {
    out.clear();
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        for sign in text.chars() {
            match sign {
                '\0'..='\x7f' => out.push(sign as u8),
                '\u{2018}' | '\u{2019}' | '\u{2bc}' => out.push(b'\''),
                '\u{201c}' | '\u{201d}' | '\u{ab}' | '\u{bb}' => out.push(b'"'),
                '\u{2013}' | '\u{2014}' => out.extend_from_slice(b" - "),
                '\u{2026}' => out.extend_from_slice(b"..."),
                '\u{fe0f}' | '\u{200b}'..='\u{200d}' => {}
                _ if sign.is_whitespace() => out.push(b' '),
                _ => match emoji::description(sign) {
                    Some(description) => {
                        out.extend_from_slice(b" , ");
                        out.extend(description.bytes().filter(u8::is_ascii));
                        out.extend_from_slice(b" , ");
                    }
                    None => out.push(0x7f),
                },
            }
        }
    }
    out.extend_from_slice(&[b' '; LONGEST]);
}

/// Reads a text that [`padded`] made.
pub(super) fn read(text: &[u8], table: &Table, words: &mut Vec<Word>) -> Tally {
    words.clear();
    let mut reader = Reader { table, words, tally: Tally::default(), pending: Break::None };
    let mut i = 0;
    while i + LONGEST < text.len() {
        let (n, is_plain, key) = plain_word(text, i);
        if is_plain && n < 8 && text[i + n] == b' ' {
            let entry = table.get(&key);
            reader.add(entry.map_or((0.0, 0, 0), |e| (e.valence(), e.name, e.kind)), false);
            i += n + 1;
        } else if text[i].is_ascii_whitespace() || text[i] < b' ' {
            i += 1;
        } else {
            let n = text[i..].iter().position(|b| *b <= b' ').unwrap_or(0);
            reader.chunk(text, i, i + n);
            i += n;
        }
    }
    reader.tally
}

struct Reader<'a> {
    table: &'a Table,
    words: &'a mut Vec<Word>,
    tally: Tally,
    /// What was seen since the last word.
    pending: Break,
}

impl Reader<'_> {
    /// Reads what stands between two blanks.
    fn chunk(&mut self, text: &[u8], start: usize, end: usize) {
        if text[start..end].iter().any(u8::is_ascii_punctuation) && self.emoticon(text, start, end) {
            return;
        }
        let mut i = start;
        while i < end {
            if is_letter(text[i]) {
                let n = text[i..end]
                    .iter()
                    .position(|&b| !is_letter(b) && !matches!(b, b'\'' | b'-'))
                    .unwrap_or(end - i);
                self.compound(text, i, i + n);
                i += n;
            } else {
                self.mark(text, i, start, end);
                i += 1;
            }
        }
    }

    fn emoticon(&mut self, text: &[u8], start: usize, end: usize) -> bool {
        let entry = key_at(text, start, end - start).and_then(|key| self.table.get(&key));
        let Some(entry) = entry.filter(|entry| entry.kind & kind::LADEN != 0) else { return false };
        if text[start..end].iter().any(|b| b.is_ascii_alphabetic()) && end - start > 4 {
            return false;
        }
        self.pending = self.pending.max(Break::Comma);
        self.add((entry.valence(), entry.name, entry.kind), false);
        self.tally.words.n -= 1;
        true
    }

    /// Takes note of a punctuation mark inside or around words.
    fn mark(&mut self, text: &[u8], i: usize, start: usize, end: usize) {
        let seen = match text[i] {
            b'!' | b'?' => {
                self.tally.has_marks = true;
                Break::Stop
            }
            b'.' if i > start
                && i + 1 < end
                && text[i - 1].is_ascii_digit()
                && text[i + 1].is_ascii_digit() =>
            {
                Break::None
            }
            b'.' => Break::Stop,
            b',' | b';' | b':' | b'(' | b')' | b'-' => Break::Comma,
            _ => Break::None,
        };
        self.pending = self.pending.max(seen);
    }

    /// A word that may have apostrophes and hyphens: known as a whole, or else its parts.
    fn compound(&mut self, text: &[u8], start: usize, end: usize) {
        let last = (start..end).rev().find(|&i| is_letter(text[i])).map_or(end, |i| i + 1);
        let word = &text[start..last];
        let is_known = key_at(text, start, last - start).is_some_and(|key| self.table.get(&key).is_some());
        if is_known || !word.contains(&b'-') {
            self.word(text, start, last);
        } else {
            let mut from = start;
            while from < last {
                let n = text[from..last].iter().position(|&b| b == b'-').unwrap_or(last - from);
                if n > 0 {
                    self.word(text, from, from + n);
                }
                from += n + 1;
            }
        }
        if text[last..end].contains(&b'-') {
            self.pending = self.pending.max(Break::Comma);
        }
    }

    fn word(&mut self, text: &[u8], start: usize, end: usize) {
        let word = &text[start..end];
        let mut elongated = false;
        let mut entry = key_at(text, start, end - start).and_then(|key| self.table.get(&key));
        if entry.is_none() && word.windows(3).any(|w| w[0] == w[1] && w[1] == w[2]) {
            entry =
                [2, 1].into_iter().find_map(|most| self.table.get(&super::key::key(&shortened(word, most))?));
            elongated = entry.is_some();
        }
        if entry.is_none() && word.ends_with(b"'s") {
            entry = key_at(text, start, end - start - 2).and_then(|key| self.table.get(&key));
        }
        let (valence, name, mut kind) = entry.map_or((0.0, 0, 0), |e| (e.valence(), e.name, e.kind));
        if word.len() > 1
            && word.iter().any(u8::is_ascii_uppercase)
            && !word.iter().any(u8::is_ascii_lowercase)
        {
            kind |= kind::CAPITALS;
        }
        if word.len() > 3 && word[word.len() - 3..].eq_ignore_ascii_case(b"n't") {
            kind |= kind::NEGATES;
        }
        self.add((valence, name, kind), elongated);
    }

    fn add(&mut self, (valence, name, kind): (f64, u16, u8), elongated: bool) {
        let before = if self.words.is_empty() { Break::None } else { self.pending };
        self.pending = Break::None;
        self.tally.words.n += 1;
        self.tally.n_capitals += usize::from(kind & kind::CAPITALS != 0);
        self.tally.words.n_english += usize::from(kind & kind::ENGLISH != 0);
        self.tally.words.n_foreign += usize::from(kind & kind::FOREIGN != 0);
        self.tally.words.n_laden += usize::from(kind & kind::LADEN != 0);
        self.tally.n_begins += usize::from(kind & kind::BEGINS != 0);
        self.words.push(Word { valence, name, kind, before, elongated });
    }
}

/// Digits and letters, 0x7f standing for every letter outside ASCII.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == 0x7f
}

/// A word in which no letter stands more than `most` times in a row.
fn shortened(word: &[u8], most: usize) -> Vec<u8> {
    let mut short: Vec<u8> = Vec::with_capacity(word.len());
    for &b in word {
        if short.len() < most || !short[short.len() - most..].iter().all(|s| s.eq_ignore_ascii_case(&b)) {
            short.push(b);
        }
    }
    short
}
