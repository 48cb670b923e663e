//! Small numbers for the different values of a column, in the order of their first appearance.
//!
//! Texts are equal only if every byte is: no case, accent or blank is looked through.

use super::Texts;
use super::texts::Arena;

/// A code for each row and the text that each code stands for.
#[derive(Debug, Clone)]
pub struct Codes {
    /// `u32::MAX` where the cell is empty.
    pub values: Vec<u32>,
    /// By code.
    pub names: Texts,
}

impl Codes {
    /// How many different values there are, empty cells not counted.
    pub fn n_names(&self) -> usize {
        self.names.len()
    }
}

/// No value.
pub const NO_CODE: u32 = u32::MAX;

/// Gives codes to keys: an open hash table whose slots hold half a hash and a code.
pub(crate) struct Interner {
    /// The upper half of the hash and the code, or `EMPTY`.
    slots: Vec<u64>,
    /// By code, read only when the table grows.
    hashes: Vec<u64>,
}

const EMPTY: u64 = u64::MAX;

impl Interner {
    pub(crate) fn new() -> Interner {
        Interner { slots: vec![EMPTY; 1 << 10], hashes: Vec::new() }
    }

    /// The code of a key, and whether it is new: `is_same` compares it with the key of a code.
    #[inline]
    pub(crate) fn code(&mut self, hash: u64, is_same: impl Fn(usize) -> bool) -> (u32, bool) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                break;
            }
            let code = slot as u32;
            if slot >> 32 == hash >> 32 && is_same(code as usize) {
                return (code, false);
            }
            at = (at + 1) & mask;
        }
        let code = self.hashes.len() as u32;
        self.slots[at] = hash >> 32 << 32 | u64::from(code);
        self.hashes.push(hash);
        if self.hashes.len() * 2 > self.slots.len() {
            self.grow();
        }
        (code, true)
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        let mut slots = vec![EMPTY; mask + 1];
        for (code, hash) in self.hashes.iter().enumerate() {
            let mut at = *hash as usize & mask;
            while slots[at] != EMPTY {
                at = (at + 1) & mask;
            }
            slots[at] = hash >> 32 << 32 | code as u64;
        }
        self.slots = slots;
    }
}

/// A code for each row and the row in which each code first stands.
#[derive(Debug, Clone)]
pub struct Distinct {
    /// [`NO_CODE`] where the cell is empty.
    pub values: Vec<u32>,
    /// By code.
    pub first_rows: Vec<u32>,
}

/// Codes of texts, without a copy of any.
pub(crate) fn distinct(texts: &Texts) -> Distinct {
    let mut interner = Interner::new();
    let mut first_rows: Vec<u32> = Vec::new();
    let values = texts.iter().enumerate().map(|(row, text)| {
        if text.is_empty() {
            return NO_CODE;
        }
        let (code, is_new) =
            interner.code(hash_text(text), |code| texts.get(first_rows[code] as usize) == text);
        if is_new {
            first_rows.push(row as u32);
        }
        code
    });
    Distinct { values: values.collect(), first_rows }
}

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// A fast hash of a text; the same on every machine and in every run.
#[inline]
pub(crate) fn hash_text(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut hash = K0 ^ bytes.len() as u64;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        hash = fold(hash ^ u64::from_le_bytes(word.try_into().expect("eight bytes")), K1);
    }
    let mut last = [0; 8];
    let rest = words.remainder();
    last[..rest.len()].copy_from_slice(rest);
    fold(fold(hash ^ u64::from_le_bytes(last), K1), K0)
}

#[inline]
pub(crate) fn hash_whole(value: i64) -> u64 {
    fold(value as u64 ^ K0, K1)
}

/// Codes of texts.
pub(crate) fn of_texts(texts: &Texts) -> Codes {
    if let Some((codes, names)) = texts.as_coded() {
        return of_coded(codes, names);
    }
    let mut interner = Interner::new();
    let mut names = Arena::default();
    let values = texts
        .iter()
        .map(|text| {
            if text.is_empty() {
                return NO_CODE;
            }
            let (code, is_new) = interner.code(hash_text(text), |code| names.get(code) == text);
            if is_new {
                names.push(text);
            }
            code
        })
        .collect();
    Codes { values, names: Texts::flat(names) }
}

/// Codes in the order of first appearance from codes in any order, whose names may be empty or stand twice.
fn of_coded(codes: &[u32], names: &Texts) -> Codes {
    let mut renamed = vec![None; names.len()];
    let mut interner = Interner::new();
    let mut kept = Arena::default();
    let mut rename = |old: u32| {
        let name = names.get(old as usize);
        if name.is_empty() {
            return NO_CODE;
        }
        let (code, is_new) = interner.code(hash_text(name), |code| kept.get(code) == name);
        if is_new {
            kept.push(name);
        }
        code
    };
    let values = codes
        .iter()
        .map(|&old| match old {
            NO_CODE => NO_CODE,
            old => *renamed[old as usize].get_or_insert_with(|| rename(old)),
        })
        .collect();
    Codes { values, names: Texts::flat(kept) }
}

/// Codes of whole numbers (`i64::MIN` is none), named by `name`.
pub(crate) fn of_whole(values: &[i64], name: impl Fn(i64) -> String) -> Codes {
    let (codes, different) = distinct_whole(values);
    Codes { values: codes, names: different.into_iter().map(name).collect() }
}

/// A code for each number and the numbers by code.
fn distinct_whole(values: &[i64]) -> (Vec<u32>, Vec<i64>) {
    let mut different = Vec::new();
    let present = values.iter().filter(|&&value| value != i64::MIN);
    let (least, most) = present.fold((i64::MAX, i64::MIN), |(a, b), &v| (a.min(v), b.max(v)));
    let range = most.checked_sub(least).filter(|_| least <= most).map(|range| range as u64);
    if let Some(range) = range.filter(|&range| range < 4 * values.len() as u64) {
        let mut by_value = vec![NO_CODE; range as usize + 1];
        let codes = values.iter().map(|&value| {
            if value == i64::MIN {
                return NO_CODE;
            }
            let code = &mut by_value[(value - least) as usize];
            if *code == NO_CODE {
                *code = different.len() as u32;
                different.push(value);
            }
            *code
        });
        return (codes.collect(), different);
    }
    let mut interner = Interner::new();
    let codes = values.iter().map(|&value| {
        if value == i64::MIN {
            return NO_CODE;
        }
        let (code, is_new) = interner.code(hash_whole(value), |code| different[code] == value);
        if is_new {
            different.push(value);
        }
        code
    });
    (codes.collect(), different)
}

/// How many different rows there are in columns that are given as codes.
pub fn n_distinct_rows(columns: &[&[u32]], n_rows: usize) -> usize {
    let mut interner = Interner::new();
    let mut first_rows: Vec<u32> = Vec::new();
    for row in 0..n_rows {
        let hash = columns.iter().fold(K0, |hash, column| fold(hash ^ u64::from(column[row]), K1));
        let is_same = |code: usize| {
            let first = first_rows[code] as usize;
            columns.iter().all(|column| column[first] == column[row])
        };
        if interner.code(hash, is_same).1 {
            first_rows.push(row as u32);
        }
    }
    first_rows.len()
}
