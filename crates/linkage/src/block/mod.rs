//! Blocking: which pairs are compared at all.
//!
//! Two records become candidates when they agree in one of the chosen keys. Each pair is met once: at the first key that gives
//! it.

pub(crate) mod atoms;
pub(crate) mod choose;
pub(crate) mod parts;
mod table;

use rayon::prelude::*;

use crate::extent::Extent;
use crate::records::Records;
use choose::{Key, LARGEST_BLOCK};
use parts::Parts;
use table::Table;

/// The chosen keys and their values in every record.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    parts: Parts,
    pub(crate) keys: Vec<Key>,
    /// Where the columns of each key begin.
    columns: Vec<usize>,
    values: Table,
}

/// Memory that is filled again for every key: touching new memory costs as much as what is done with it.
#[derive(Debug, Default)]
struct Desk {
    /// How many records have the values of each place of a hash table, 255 at most.
    met: Vec<u8>,
    /// Value and record.
    entries: Vec<u64>,
}

/// Blocks whose rows are brought into the cache together.
const AT_ONCE: usize = 16;

impl Blocks {
    pub(crate) fn new(mut parts: Parts, keys: Vec<Key>) -> Blocks {
        let mut columns = vec![0];
        for key in &keys {
            columns.push(columns[columns.len() - 1] + key.width);
        }
        let values = std::mem::take(&mut parts.values);
        let values = values.map(columns[keys.len()], |row, out| write(&parts, &keys, &columns, row, out));
        let mut blocks = Blocks { parts, keys, columns, values };
        blocks.close_large();
        blocks
    }

    /// Key and value of a record that need not be among those of the blocks; keys without a value are left out.
    pub(crate) fn values_of(&self, records: &Records, record: u32) -> Vec<(usize, u32)> {
        let mut row = vec![0; self.parts.width()];
        let mut out = vec![0; self.columns[self.keys.len()]];
        self.parts.write(records, record, &[], &mut row);
        write(&self.parts, &self.keys, &self.columns, &row, &mut out);
        let of_key =
            |key: usize| out[self.columns[key]..self.columns[key + 1]].iter().map(move |value| (key, *value));
        (0..self.keys.len()).flat_map(of_key).filter(|(_, value)| *value != 0).collect()
    }

    /// The blocks without their records, for an index that holds them in another order.
    pub(crate) fn without_values(self) -> Blocks {
        Blocks { values: Table::default(), ..self }
    }

    /// Value and record of a key, in order, for all records.
    pub(crate) fn all_entries(&self, key: usize) -> Vec<u64> {
        let columns = self.columns[key]..self.columns[key + 1];
        let mut entries = Vec::new();
        for (record, row) in self.values.rows() {
            let values = row[columns.clone()].iter().filter(|value| **value != 0);
            entries.extend(values.map(|value| u64::from(*value) << 32 | u64::from(record)));
        }
        entries.sort_unstable();
        entries
    }

    /// Value and record of a key, in order, without most of those that only one record has.
    fn entries<'a>(&self, key: usize, desk: &'a mut Desk) -> &'a [u64] {
        self.read(key, desk);
        let mask = desk.met.len() - 1;
        desk.entries.retain(|entry| desk.met[(entry >> 32) as usize & mask] > 1);
        desk.entries.sort_unstable();
        &desk.entries
    }

    /// Value and record of a key as they come, and about how many records have each value.
    fn read(&self, key: usize, desk: &mut Desk) {
        let columns = self.columns[key]..self.columns[key + 1];
        desk.met.clear();
        desk.met.resize((self.values.n_rows() * 4).next_power_of_two(), 0);
        desk.entries.clear();
        let mask = desk.met.len() - 1;
        for (record, row) in self.values.rows() {
            for &value in row[columns.clone()].iter().filter(|value| **value != 0) {
                let place = &mut desk.met[value as usize & mask];
                *place = place.saturating_add(1);
                desk.entries.push(u64::from(value) << 32 | u64::from(record));
            }
        }
    }

    /// Takes away the values that too many records have, so that a pair that shares one is met at a later key.
    fn close_large(&mut self) {
        const { assert!(LARGEST_BLOCK < u8::MAX as usize) };
        let mut desk = Desk::default();
        for key in 0..self.keys.len() {
            self.read(key, &mut desk);
            let Desk { met, entries } = &mut desk;
            let mask = met.len() - 1;
            entries.retain(|entry| usize::from(met[(entry >> 32) as usize & mask]) > LARGEST_BLOCK);
            entries.sort_unstable();
            let columns = self.columns[key]..self.columns[key + 1];
            for block in
                entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|block| block.len() > LARGEST_BLOCK)
            {
                let value = (block[0] >> 32) as u32;
                for entry in block {
                    let row = self.values.row_mut(*entry as u32);
                    row[columns.clone()].iter_mut().filter(|held| **held == value).for_each(|held| *held = 0);
                }
            }
        }
    }

    /// Calls `look` with every candidate pair once, many at a time, and keeps what it gives; also says how many there were.
    /// Where `changed` is given, a pair is one only if at least one of its records is.
    pub(crate) fn candidates<T: Send>(
        &self,
        extent: Extent,
        changed: Option<&[bool]>,
        look: impl Fn(&[(u32, u32)]) -> Vec<T> + Sync,
    ) -> (u64, Vec<T>) {
        let (mut n_pairs, mut kept) = (0, Vec::new());
        let mut desk = Desk::default();
        let is_wanted = |record: &u64| changed.is_none_or(|changed| changed[*record as u32 as usize]);
        for key in 0..self.keys.len() {
            let entries = self.entries(key, &mut desk);
            let blocks: Vec<&[u64]> = entries
                .chunk_by(|x, y| x >> 32 == y >> 32)
                .filter(|block| block.len() > 1 && block.iter().any(is_wanted))
                .collect();
            let pieces: Vec<(u64, Vec<T>)> = blocks
                .par_chunks(2048)
                .map(|blocks| {
                    let mut met = Vec::new();
                    for blocks in blocks.chunks(AT_ONCE) {
                        self.values
                            .touch(blocks.iter().flat_map(|block| block.iter().map(|entry| *entry as u32)));
                        for block in blocks {
                            self.pairs(key, block, extent, |left, right| {
                                if is_wanted(&u64::from(left)) || is_wanted(&u64::from(right)) {
                                    met.push((left, right));
                                }
                            });
                        }
                    }
                    (met.len() as u64, look(&met))
                })
                .collect();
            for (n, found) in pieces {
                n_pairs += n;
                kept.extend(found);
            }
        }
        (n_pairs, kept)
    }

    /// The pairs of a block that no earlier key gives.
    fn pairs(&self, key: usize, block: &[u64], extent: Extent, mut meet: impl FnMut(u32, u32)) {
        let value = (block[0] >> 32) as u32;
        for (at, one) in block.iter().enumerate() {
            let left = *one as u32;
            for two in &block[at + 1..] {
                let right = *two as u32;
                if extent.has(left, right) && !self.met_before(key, value, left, right) {
                    meet(left, right);
                }
            }
        }
    }

    fn met_before(&self, key: usize, value: u32, left: u32, right: u32) -> bool {
        let (one, two) = (self.values.row(left), self.values.row(right));
        for (at, earlier) in self.keys[..=key].iter().enumerate() {
            let columns = self.columns[at]..self.columns[at + 1];
            if earlier.width == 1 {
                let held = one[columns.start];
                if at < key && held != 0 && held == two[columns.start] {
                    return true;
                }
                continue;
            }
            let (x, y) = (&one[columns.clone()], &two[columns]);
            if x.iter().any(|held| *held != 0 && (at < key || *held < value) && y.contains(held)) {
                return true;
            }
        }
        false
    }
}

/// Writes the values of all keys of a record whose parts are given.
fn write(parts: &Parts, keys: &[Key], columns: &[usize], row: &[u32], out: &mut [u32]) {
    for (at, key) in keys.iter().enumerate() {
        choose::key_values(key, &parts.starts, row, &mut out[columns[at]..columns[at + 1]]);
    }
}
