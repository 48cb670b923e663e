//! Rows that are copies of each other: learnt from in one fold and judged in another, they make a score look better than it is.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use statistics::scoring::Column;

use super::features::Features;

/// Rows that equal an earlier one in everything that is learnt from.
pub struct Copies {
    pub n: usize,
    /// The same number for rows that are equal.
    pub groups: Vec<u32>,
}

/// Share of copies from which they are looked at.
const WORTH_A_LOOK: f64 = 0.01;
/// A column with so many different values, as a share of the different rows and at least, makes it unlikely that rows are equal by
/// chance.
const NEARLY_UNIQUE: f64 = 0.2;
const FEWEST_VALUES: usize = 50;

/// The copies, if there are more than a few and rows are not equal because their columns have few values.
pub fn find(features: &Features) -> Option<Copies> {
    let columns = features.columns();
    let n_rows = columns.first().map_or(0, Column::len);
    let mut places: HashMap<u64, u32> = HashMap::new();
    let groups: Vec<u32> = (0..n_rows)
        .map(|row| {
            let mut hasher = DefaultHasher::new();
            columns.iter().for_each(|column| bits(column, row).hash(&mut hasher));
            let next = places.len() as u32;
            *places.entry(hasher.finish()).or_insert(next)
        })
        .collect();
    let n = n_rows - places.len();
    if (n as f64) < WORTH_A_LOOK * n_rows as f64 || n == 0 {
        return None;
    }
    let n_different = |column: &Column<'_>| (0..n_rows).map(|row| bits(column, row)).collect::<HashSet<u64>>().len();
    let widest = columns.iter().map(n_different).max().unwrap_or(0);
    let is_told = widest >= FEWEST_VALUES && widest as f64 >= NEARLY_UNIQUE * places.len() as f64;
    is_told.then_some(Copies { n, groups })
}

/// A value as bits that are equal where the values are.
fn bits(column: &Column<'_>, row: usize) -> u64 {
    match column {
        Column::Numbers(values) if values[row].is_nan() => u64::MAX,
        Column::Numbers(values) => (values[row] + 0.0).to_bits(),
        Column::Codes { values, .. } => u64::from(values[row]),
    }
}
