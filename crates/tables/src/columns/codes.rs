//! Small numbers for the different values of a column, in the order of their first appearance.
//!
//! Texts are equal only if every byte is: no case, accent or blank is looked through.

use super::Texts;

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

/// Rows that tell whether nearly all values are different.
const N_TRIED: usize = 1 << 16;

/// Codes of texts, without a copy of any.
pub(crate) fn distinct(texts: &Texts) -> Distinct {
    if let Some((codes, names)) = texts.as_coded() {
        return distinct_of_coded(codes, names);
    }
    let hash = |row: usize| match texts.get(row) {
        "" => None,
        text => Some(hash_text(text)),
    };
    distinct_rows(texts.len(), hash, |a, b| texts.get(a) == texts.get(b))
}

/// Codes of rows by their hashes (`None`: no value), in the order of first appearance.
fn distinct_rows(
    n: usize,
    hash: impl Fn(usize) -> Option<u64>,
    is_same: impl Fn(usize, usize) -> bool,
) -> Distinct {
    let mut interner = Interner::new();
    let mut first_rows: Vec<u32> = Vec::new();
    let mut values = Vec::with_capacity(n);
    for row in 0..n {
        // A table of millions of values would be missed by the cache at every row.
        if row == N_TRIED && first_rows.len() * 4 > N_TRIED {
            return distinct_by_parts(n, hash, is_same);
        }
        let Some(hash) = hash(row) else {
            values.push(NO_CODE);
            continue;
        };
        let (code, is_new) = interner.code(hash, |code| is_same(first_rows[code] as usize, row));
        if is_new {
            first_rows.push(row as u32);
        }
        values.push(code);
    }
    Distinct { values, first_rows }
}

/// The same where values are many: rows are brought together by the upper bits of their hashes first.
fn distinct_by_parts(
    n: usize,
    hash: impl Fn(usize) -> Option<u64>,
    is_same: impl Fn(usize, usize) -> bool,
) -> Distinct {
    const BITS: u32 = 8;
    let part = |hash: u64| (hash >> (64 - BITS)) as usize;
    // A hash of 0 stands for no value.
    let hashes: Vec<u64> = (0..n).map(|row| hash(row).map_or(0, |hash| hash.max(1))).collect();
    let mut starts = vec![0usize; (1 << BITS) + 1];
    hashes.iter().filter(|&&hash| hash != 0).for_each(|&hash| starts[part(hash) + 1] += 1);
    (0..1 << BITS).for_each(|at| starts[at + 1] += starts[at]);
    let mut next = starts.clone();
    let mut entries = vec![(0u64, 0u32); starts[1 << BITS]];
    for (row, &hash) in hashes.iter().enumerate() {
        if hash != 0 {
            let place = &mut next[part(hash)];
            entries[*place] = (hash, row as u32);
            *place += 1;
        }
    }
    drop(hashes);
    // The first row with the same value, for every row that has one.
    let mut values = vec![NO_CODE; n];
    let mut slots: Vec<u32> = Vec::new();
    for ends in starts.windows(2) {
        let mine = &entries[ends[0]..ends[1]];
        slots.clear();
        slots.resize((mine.len() * 2).next_power_of_two(), NO_CODE);
        let mask = slots.len() - 1;
        for (index, &(hash, row)) in mine.iter().enumerate() {
            let mut at = hash as usize & mask;
            values[row as usize] = loop {
                match slots[at] {
                    NO_CODE => {
                        slots[at] = index as u32;
                        break row;
                    }
                    known => {
                        let (known_hash, known_row) = mine[known as usize];
                        if known_hash == hash && is_same(known_row as usize, row as usize) {
                            break known_row;
                        }
                    }
                }
                at = (at + 1) & mask;
            };
        }
    }
    let mut first_rows = Vec::new();
    for row in 0..n {
        let first = values[row];
        if first == row as u32 {
            values[row] = first_rows.len() as u32;
            first_rows.push(first);
        } else if first != NO_CODE {
            values[row] = values[first as usize];
        }
    }
    Distinct { values, first_rows }
}

/// From codes in any order, whose names may be empty or stand twice.
fn distinct_of_coded(codes: &[u32], names: &Texts) -> Distinct {
    let of_names = distinct_rows(
        names.len(),
        |code| Some(names.get(code)).filter(|name| !name.is_empty()).map(hash_text),
        |a, b| names.get(a) == names.get(b),
    );
    let mut renamed = vec![NO_CODE; of_names.first_rows.len()];
    let mut first_rows = Vec::new();
    let values = codes.iter().enumerate().map(|(row, &code)| {
        let name = if code == NO_CODE { NO_CODE } else { of_names.values[code as usize] };
        if name == NO_CODE {
            return NO_CODE;
        }
        let renamed = &mut renamed[name as usize];
        if *renamed == NO_CODE {
            *renamed = first_rows.len() as u32;
            first_rows.push(row as u32);
        }
        *renamed
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

/// Codes of texts, with a copy of each name.
pub(crate) fn of_texts(texts: &Texts) -> Codes {
    let Distinct { values, first_rows } = distinct(texts);
    Codes { values, names: first_rows.iter().map(|&row| texts.get(row as usize)).collect() }
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
    // Row by row through each column, which lies behind each other in memory.
    let mut hashes = vec![K0; n_rows];
    for column in columns {
        hashes.iter_mut().zip(*column).for_each(|(hash, &code)| *hash = fold(*hash ^ u64::from(code), K1));
    }
    let is_same = |a: usize, b: usize| columns.iter().all(|column| column[a] == column[b]);
    distinct_rows(n_rows, |row| Some(hashes[row]), is_same).first_rows.len()
}
