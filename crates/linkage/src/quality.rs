//! How many of the pairs that were found are true, and how many of the true ones were found.

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
    let both = known().map(|(found, truth)| u64::from(*found) << 32 | u64::from(*truth));
    Quality {
        n_found: n_equal(known().map(|(found, _)| u64::from(*found)).collect()),
        n_true: n_equal(known().map(|(_, truth)| u64::from(*truth)).collect()),
        n_right: n_equal(both.collect()),
    }
}

/// Pairs of equal numbers.
fn n_equal(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers.chunk_by(|x, y| x == y).map(|same| same.len() as u64 * (same.len() as u64 - 1) / 2).sum()
}
