//! Many texts in one piece of memory, and texts that are codes into few different ones.
//!
//! Does not tell an empty text from a missing one: neither says anything.

use std::sync::Arc;

/// Rows that share one base offset; small enough that offsets within fit 32 bits at the longest cell allowed.
const ROWS_PER_BASE: usize = 1 << 12;

/// Texts one after another, each found by where it ends.
#[derive(Debug, Default, Clone)]
pub(crate) struct Arena {
    bytes: String,
    /// Offset of the first byte of every block of rows.
    bases: Vec<usize>,
    /// Where each text ends, from the base of its block.
    ends: Vec<u32>,
}

impl Arena {
    pub(crate) fn push(&mut self, text: &str) {
        if self.ends.len().is_multiple_of(ROWS_PER_BASE) {
            self.bases.push(self.bytes.len());
        }
        self.bytes.push_str(text);
        let base = self.bases[self.bases.len() - 1];
        self.ends.push((self.bytes.len() - base) as u32);
    }

    /// Adds texts that stand behind each other, each up to where it ends.
    pub(crate) fn append(&mut self, texts: &str, ends: &[u32]) {
        let start = self.bytes.len();
        self.bytes.push_str(texts);
        self.ends.reserve(ends.len());
        let mut previous = 0;
        for &end in ends {
            if self.ends.len().is_multiple_of(ROWS_PER_BASE) {
                self.bases.push(start + previous as usize);
            }
            let base = self.bases[self.bases.len() - 1];
            self.ends.push((start + end as usize - base) as u32);
            previous = end;
        }
    }

    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, n_bytes: usize, n_texts: usize) {
        self.bytes.reserve(n_bytes);
        self.ends.reserve(n_texts);
        self.bases.reserve(n_texts / ROWS_PER_BASE + 1);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> &str {
        let base = self.bases[row / ROWS_PER_BASE];
        let start = if row.is_multiple_of(ROWS_PER_BASE) { 0 } else { self.ends[row - 1] };
        &self.bytes[base + start as usize..base + self.ends[row] as usize]
    }
}

impl<T: AsRef<str>> FromIterator<T> for Arena {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Arena {
        let mut arena = Arena::default();
        texts.into_iter().for_each(|text| arena.push(text.as_ref()));
        arena
    }
}

/// The texts of one column, one a row; cheap to clone.
#[derive(Debug, Clone)]
pub struct Texts(Arc<Held>);

#[derive(Debug)]
enum Held {
    Flat(Arena),
    /// A code for each row; `u32::MAX` is empty.
    Coded(Vec<u32>, Texts),
}

impl Texts {
    pub(crate) fn flat(arena: Arena) -> Texts {
        Texts(Arc::new(Held::Flat(arena)))
    }

    pub(crate) fn coded(codes: Vec<u32>, names: Texts) -> Texts {
        Texts(Arc::new(Held::Coded(codes, names)))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        match &*self.0 {
            Held::Flat(arena) => arena.len(),
            Held::Coded(codes, _) => codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a row as it stands in the file; empty where there is none.
    #[inline]
    pub fn get(&self, row: usize) -> &str {
        match &*self.0 {
            Held::Flat(arena) => arena.get(row),
            Held::Coded(codes, names) => match codes[row] {
                u32::MAX => "",
                code => names.get(code as usize),
            },
        }
    }

    /// All texts from the first row to the last.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The codes and their names, where the column is held so.
    pub(crate) fn as_coded(&self) -> Option<(&[u32], &Texts)> {
        match &*self.0 {
            Held::Flat(_) => None,
            Held::Coded(codes, names) => Some((codes, names)),
        }
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Texts {
        Texts::flat(texts.into_iter().collect())
    }
}
