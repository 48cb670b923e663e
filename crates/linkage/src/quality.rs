//! How many of the pairs that were found are true, and how many of the true ones were found.

use std::collections::HashMap;

/// Pairs found and true pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    pub n_found: u64,
    pub n_true: u64,
    /// Found and true.
    pub n_right: u64,
}

impl Quality {
    /// Share of the found pairs that are true; `None` if none was found.
    pub fn precision(&self) -> Option<f64> {
        (self.n_found > 0).then(|| self.n_right as f64 / self.n_found as f64)
    }

    /// Share of the true pairs that were found; `None` if there are none.
    pub fn recall(&self) -> Option<f64> {
        (self.n_true > 0).then(|| self.n_right as f64 / self.n_true as f64)
    }

    /// The harmonic mean of precision and recall; `None` if there is neither a found nor a true pair.
    pub fn f1(&self) -> Option<f64> {
        let all = self.n_found + self.n_true;
        (all > 0).then(|| 2.0 * self.n_right as f64 / all as f64)
    }
}

/// Compares a grouping with the true one, pair by pair.
///
/// **Shape.** One group for each record in both; `u32::MAX` in `truth` is a record whose group is not known and that is left out.
///
/// ```
/// let quality = linkage::pairwise(&[0, 0, 2, 2], &[7, 7, 7, 8]);
/// assert_eq!((quality.n_found, quality.n_true, quality.n_right), (2, 3, 1));
/// ```
pub fn pairwise(found: &[u32], truth: &[u32]) -> Quality {
    let known = || found.iter().zip(truth).filter(|(_, truth)| **truth != u32::MAX);
    let pairs = |counts: HashMap<(u32, u32), u64>| counts.values().map(|n| n * (n - 1) / 2).sum();
    let count = |keys: &mut dyn Iterator<Item = (u32, u32)>| {
        let mut counts = HashMap::new();
        keys.for_each(|key| *counts.entry(key).or_default() += 1);
        counts
    };
    Quality {
        n_found: pairs(count(&mut known().map(|(found, _)| (*found, 0)))),
        n_true: pairs(count(&mut known().map(|(_, truth)| (*truth, 0)))),
        n_right: pairs(count(&mut known().map(|(found, truth)| (*found, *truth)))),
    }
}
