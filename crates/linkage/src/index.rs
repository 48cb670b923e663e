//! One record against many: the duplicates of a record that is just being written, with the score that the batch would give.
//!
//! Built from what [`find`](crate::find) learnt. Learning anew is the batch's work: shares of values and weights stay as they
//! were, so that a score does not move while people look at it.

use std::collections::HashMap;

use crate::block::Blocks;
use crate::cluster::Pair;
use crate::model::{Explanation, Model, bits_of};
use crate::records::Records;
use crate::run::Found;

/// Records by the keys that the batch has chosen.
#[derive(Debug)]
pub struct Index {
    records: Records,
    model: Model,
    /// `None` where the batch compared all pairs.
    keys: Option<Keys>,
}

#[derive(Debug)]
struct Keys {
    blocks: Blocks,
    /// Value and record of each key, in order.
    entries: Vec<Vec<u64>>,
    /// Records that came later, by key and value.
    later: HashMap<(usize, u32), Vec<u32>>,
}

impl Index {
    /// An index over the records of a batch.
    pub fn new(mut records: Records, found: Found) -> Index {
        records.open();
        let keys = found.blocks.map(|blocks| {
            let entries = (0..blocks.keys.len()).map(|key| blocks.all_entries(key)).collect();
            Keys { blocks: blocks.without_values(), entries, later: HashMap::new() }
        });
        Index { records, model: found.model, keys }
    }

    /// Records in the index.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the index has no record.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records that are one with this one at least with the given probability, likeliest first; each as the right of a
    /// pair whose left is [`Index::len`]. Cells are in the order of the fields.
    pub fn matches(&mut self, cells: &[&str], least: f64) -> Vec<Pair> {
        let record = self.records.push(cells);
        let found = self.matches_of(record, bits_of(least) as f32);
        self.records.pop();
        found
    }

    /// Why a record that is not in the index is held to be one with one that is.
    pub fn explain(&mut self, cells: &[&str], other: u32) -> Explanation {
        let record = self.records.push(cells);
        let explanation = self.model.explain(&self.records, other, record);
        self.records.pop();
        explanation
    }

    /// Takes a record into the index and gives its number.
    pub fn insert(&mut self, cells: &[&str]) -> u32 {
        let record = self.records.push(cells);
        if let Some(keys) = &mut self.keys {
            for (key, value) in keys.blocks.values_of(&self.records, record) {
                keys.later.entry((key, value)).or_default().push(record);
            }
        }
        record
    }

    fn matches_of(&self, record: u32, least: f32) -> Vec<Pair> {
        let row = self.records.row(record);
        let score = |other: u32| {
            let bits = self.model.score(&self.records, row, self.records.row(other));
            (bits >= least).then_some(Pair { left: record, right: other, bits })
        };
        let mut found: Vec<Pair> = match &self.keys {
            None => (0..record).filter_map(score).collect(),
            Some(keys) => keys.others(&self.records, record).into_iter().filter_map(score).collect(),
        };
        found.sort_by(|x, y| y.bits.total_cmp(&x.bits).then(x.right.cmp(&y.right)));
        found
    }
}

impl Keys {
    /// Records that share a key with this one, each once, in order.
    fn others(&self, records: &Records, record: u32) -> Vec<u32> {
        let mut others = Vec::new();
        for (key, value) in self.blocks.values_of(records, record) {
            let entries = &self.entries[key];
            let start = entries.partition_point(|entry| ((entry >> 32) as u32) < value);
            let block = entries[start..].iter().take_while(|entry| (**entry >> 32) as u32 == value);
            others.extend(block.map(|entry| *entry as u32));
            if let Some(later) = self.later.get(&(key, value)) {
                others.extend(later);
            }
        }
        others.sort_unstable();
        others.dedup();
        others
    }
}
