//! Which pairs there are: all of one file, or those between two.

use crate::fold::mix;

/// Which pairs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Records in all.
    pub n: u32,
    /// Where the second file begins, if there are two.
    pub split: Option<u32>,
}

impl Extent {
    /// The number of pairs.
    pub fn n_pairs(&self) -> f64 {
        let n = f64::from(self.n);
        self.split.map_or(n * (n - 1.0) / 2.0, |split| f64::from(split) * f64::from(self.n - split))
    }

    /// Whether two records, the smaller number first, are to be compared.
    pub(crate) fn has(&self, left: u32, right: u32) -> bool {
        left < right && self.split.is_none_or(|split| left < split && split <= right)
    }

    /// All pairs in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (u32, u32)> + use<> {
        let Extent { n, split } = *self;
        let lefts = split.unwrap_or(n);
        (0..lefts).flat_map(move |left| (split.unwrap_or(left + 1)..n).map(move |right| (left, right)))
    }

    /// `count` pairs by lot, the same in every run.
    pub(crate) fn drawn(&self, count: u32) -> Vec<(u32, u32)> {
        if self.n_pairs() <= f64::from(count) {
            return self.all().collect();
        }
        let lot = |seed: u64, below: u32| ((u128::from(mix(seed)) * u128::from(below)) >> 64) as u32;
        let pair = |at: u64| {
            let (one, two) = (2 * at + 1, 2 * at + 2);
            match self.split {
                Some(split) => (lot(one, split), split + lot(two, self.n - split)),
                None => {
                    let (left, right) = (lot(one, self.n), lot(two, self.n));
                    (left.min(right), left.max(right))
                }
            }
        };
        (0..u64::from(count)).map(pair).filter(|(left, right)| self.has(*left, *right)).collect()
    }
}
