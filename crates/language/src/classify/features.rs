//! Texts as sparse vectors: words, pairs of words and letter sequences within words, weighted by how rare they are.
//!
//! No list of words to leave out and no stemming: the weights and the letter sequences do both.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A text is read up to this many bytes; what follows adds little to what it is about.
pub const LONGEST_TEXT: usize = 20_000;
/// Letter sequences from and to this length, a blank at the ends of the word counted.
const SEQUENCES: std::ops::RangeInclusive<usize> = 2..=5;

/// A term by a hash of 64 bits, wide enough that different terms of one collection do not meet.
pub(super) type Term = u64;

/// A map whose keys are hashes already.
pub(super) type TermMap<V> = HashMap<Term, V, BuildHasherDefault<AsIs>>;

/// Uses the key itself.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(self.0, bytes);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Words and letter sequences of one text with their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    pub words: Vec<(Term, u32)>,
    pub sequences: Vec<(Term, u32)>,
}

fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut h = seed ^ 0xcbf2_9ce4_8422_2325;
    for &b in bytes {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (h ^ (h >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// Counts the terms of a text.
pub(super) fn counted(text: &str) -> Counted {
    let text = &text[..text.floor_char_boundary(LONGEST_TEXT)];
    let lower = text.to_lowercase();
    let mut words: Vec<Term> = Vec::new();
    let mut sequences: Vec<Term> = Vec::new();
    let mut before: Option<Term> = None;
    let mut letters: Vec<usize> = Vec::new();
    let mut padded = String::new();
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        let here = hash(1, word.as_bytes());
        words.push(here);
        if let Some(before) = before {
            words.push(hash(before, word.as_bytes()));
        }
        before = Some(here);
        padded.clear();
        padded.push(' ');
        padded.push_str(word);
        padded.push(' ');
        letters.clear();
        letters.extend(padded.char_indices().map(|(at, _)| at));
        letters.push(padded.len());
        for n in SEQUENCES {
            for window in letters.windows(n + 1) {
                sequences.push(hash(2, &padded.as_bytes()[window[0]..window[n]]));
            }
        }
    }
    Counted { words: tallied(words), sequences: tallied(sequences) }
}

fn tallied(mut terms: Vec<Term>) -> Vec<(Term, u32)> {
    terms.sort_unstable();
    terms.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

/// A vector whose coordinates are mostly 0: place and value, by place.
pub(super) type Sparse = Vec<(u32, f32)>;

/// Which terms are known and how much each says.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    /// Place and weight of each term.
    terms: TermMap<(u32, f32)>,
    n_places: usize,
}

impl Vocabulary {
    /// The terms that stand in at least `n_texts_least` of the texts, with weight 1 + ln((1 + N) / (1 + n)); one in fewer
    /// says nothing about another text.
    pub(super) fn of<'a>(texts: impl Iterator<Item = &'a Counted>, n_texts_least: u32) -> Vocabulary {
        let mut n_with: TermMap<u32> = TermMap::default();
        let mut n = 0u32;
        for text in texts {
            n += 1;
            for (term, _) in text.words.iter().chain(&text.sequences) {
                *n_with.entry(*term).or_default() += 1;
            }
        }
        let mut known: Vec<(Term, u32)> = n_with.into_iter().filter(|&(_, k)| k >= n_texts_least).collect();
        known.sort_unstable();
        let weight = |k: u32| 1.0 + (f64::from(1 + n) / f64::from(1 + k)).ln();
        let terms =
            known.iter().enumerate().map(|(at, &(term, k))| (term, (at as u32, weight(k) as f32))).collect();
        Vocabulary { terms, n_places: known.len() }
    }

    /// Coordinates of a vector, the constant at the end counted.
    pub(super) fn n_places(&self) -> usize {
        self.n_places + 1
    }

    /// The vector of a text, of length 1 before the constant, and the share of its words that are known.
    pub(super) fn vector(&self, text: &Counted) -> (Sparse, f64) {
        let mut vector = Sparse::with_capacity(text.words.len() + text.sequences.len() + 1);
        for part in [&text.words, &text.sequences] {
            let from = vector.len();
            for &(term, n) in part {
                if let Some(&(place, weight)) = self.terms.get(&term) {
                    vector.push((place, weight * (1.0 + (n as f32).ln())));
                }
            }
            let length = vector[from..].iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
            let half = if length > 0.0 { std::f32::consts::FRAC_1_SQRT_2 / length } else { 0.0 };
            vector[from..].iter_mut().for_each(|(_, v)| *v *= half);
        }
        let n_known = text.words.iter().filter(|(term, _)| self.terms.contains_key(term)).count();
        let known = if text.words.is_empty() { 0.0 } else { n_known as f64 / text.words.len() as f64 };
        vector.sort_unstable_by_key(|&(place, _)| place);
        vector.push((self.n_places as u32, CONSTANT));
        (vector, known)
    }
}

/// The constant coordinate that stands for the bias of each class.
const CONSTANT: f32 = 0.5;
