//! Customers with the same history merged into one weighted row, and equal times stored once.
//!
//! With times in days a million customers have few distinct times, so that the logarithms of a likelihood are taken from
//! a table. It changes no result: only equal rows are merged.

use super::bg_nbd::Customer;

/// Customers in ascending order of (purchases, age, recency), identical ones merged.
pub(super) struct Compressed {
    times: Vec<f64>,
    rows: Vec<Row>,
    /// (purchases, first row, customers), one for each number of purchases.
    starts: Vec<(u32, usize, f64)>,
    n_customers: f64,
}

/// One distinct history. `age` and `recency` are positions in [`Compressed::times`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) age: u32,
    pub(super) recency: u32,
    pub(super) weight: f64,
}

/// All rows with one number of purchases.
pub(super) struct Group<'a> {
    pub(super) n_repeat: u32,
    pub(super) n_customers: f64,
    pub(super) rows: &'a [Row],
}

impl Compressed {
    /// Merges the customers, whose times must be finite and not negative.
    pub(super) fn new(customers: &[Customer]) -> Self {
        let (times, places) = distinct_times(customers);
        let mut keys: Vec<u128> = customers
            .iter()
            .zip(&places)
            .map(|(c, &(age, recency))| {
                u128::from(c.n_repeat) << 64 | u128::from(age) << 32 | u128::from(recency)
            })
            .collect();
        keys.sort_unstable();
        let distinct = keys.chunk_by(|a, b| a == b).map(|equal| {
            let (key, weight) = (equal[0], equal.len() as f64);
            ((key >> 64) as u32, Row { age: (key >> 32) as u32, recency: key as u32, weight })
        });
        Self::from_sorted(times, distinct)
    }

    fn from_sorted(times: Vec<f64>, distinct: impl Iterator<Item = (u32, Row)>) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        let mut starts: Vec<(u32, usize, f64)> = Vec::new();
        for (n_repeat, row) in distinct {
            match starts.last_mut() {
                Some(last) if last.0 == n_repeat => last.2 += row.weight,
                _ => starts.push((n_repeat, rows.len(), row.weight)),
            }
            rows.push(row);
        }
        let n_customers = starts.iter().map(|start| start.2).sum();
        Self { times, rows, starts, n_customers }
    }

    /// Every `stride`-th distinct history with its weight: an even draw, because the histories are in order.
    pub(super) fn every(&self, stride: usize) -> Self {
        let all = self.groups().flat_map(|group| group.rows.iter().map(move |row| (group.n_repeat, *row)));
        Self::from_sorted(self.times.clone(), all.step_by(stride.max(1)))
    }

    /// Mean time from the first purchase to the day of observation.
    pub(super) fn mean_age(&self) -> f64 {
        self.rows.iter().map(|row| row.weight * self.times[row.age as usize]).sum::<f64>() / self.n_customers
    }

    pub(super) fn n_distinct(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn n_customers(&self) -> f64 {
        self.n_customers
    }

    pub(super) fn times(&self) -> &[f64] {
        &self.times
    }

    /// The groups in ascending number of purchases.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.starts.iter().enumerate().map(|(i, &(n_repeat, start, n_customers))| {
            let end = self.starts.get(i + 1).map_or(self.rows.len(), |next| next.1);
            Group { n_repeat, n_customers, rows: &self.rows[start..end] }
        })
    }
}

/// The distinct times in ascending order, and for each customer the places of age and recency among them.
fn distinct_times(customers: &[Customer]) -> (Vec<f64>, Vec<(u32, u32)>) {
    let mut numbers = Numbering::with_room_for(1024);
    // Adding 0 turns −0 into +0, so that equal times have equal bits.
    let mut places: Vec<(u32, u32)> = customers
        .iter()
        .map(|c| (numbers.number_of((c.age + 0.0).to_bits()), numbers.number_of((c.recency + 0.0).to_bits())))
        .collect();
    let mut order: Vec<(u64, u32)> = numbers.values.iter().copied().zip(0..).collect();
    // Bits of floats that are not negative sort as the floats do.
    order.sort_unstable();
    let mut place_of = vec![0u32; order.len()];
    for (place, &(_, number)) in (0u32..).zip(&order) {
        place_of[number as usize] = place;
    }
    for place in &mut places {
        *place = (place_of[place.0 as usize], place_of[place.1 as usize]);
    }
    (order.iter().map(|&(bits, _)| f64::from_bits(bits)).collect(), places)
}

/// Numbers values in order of appearance, by open addressing.
struct Numbering {
    slots: Vec<u32>,
    values: Vec<u64>,
}

const EMPTY: u32 = u32::MAX;

impl Numbering {
    fn with_room_for(n: usize) -> Self {
        Self { slots: vec![EMPTY; (2 * n).next_power_of_two()], values: Vec::with_capacity(n) }
    }

    fn number_of(&mut self, value: u64) -> u32 {
        let mut slot = self.slot_of(value);
        loop {
            let number = self.slots[slot];
            if number == EMPTY {
                break;
            }
            if self.values[number as usize] == value {
                return number;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        let number = self.values.len() as u32;
        self.slots[slot] = number;
        self.values.push(value);
        if self.values.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn slot_of(&self, value: u64) -> usize {
        let mixed = (value ^ (value >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize & (self.slots.len() - 1)
    }

    fn grow(&mut self) {
        self.slots = vec![EMPTY; self.slots.len() * 2];
        for number in 0..self.values.len() {
            let mut slot = self.slot_of(self.values[number]);
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & (self.slots.len() - 1);
            }
            self.slots[slot] = number as u32;
        }
    }
}
