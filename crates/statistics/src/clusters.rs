//! Groups of rows that are alike: k-means, how many groups there are, and whether they would come again.
//!
//! It always finds the groups that it is asked for; [`choose`] asks first whether data without groups would look as good. It
//! scales nothing: a column with large numbers decides alone.

mod choice;
mod k_means;
mod stability;

pub use choice::{Choice, Tried, choose};
pub use k_means::{Clustering, k_means};
pub use stability::{Stability, rand_index, stability};

/// Rows of equally many numbers, one after another.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    values: &'a [f64],
    n_columns: usize,
}

impl<'a> Points<'a> {
    /// `None` where the values are no whole rows, or not finite.
    pub fn new(values: &'a [f64], n_columns: usize) -> Option<Self> {
        let sound =
            n_columns > 0 && values.len().is_multiple_of(n_columns) && values.iter().all(|v| v.is_finite());
        sound.then_some(Self { values, n_columns })
    }

    pub fn len(&self) -> usize {
        self.values.len() / self.n_columns
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    pub fn row(&self, row: usize) -> &'a [f64] {
        &self.values[row * self.n_columns..(row + 1) * self.n_columns]
    }

    /// The values of some rows.
    fn some(&self, rows: impl Iterator<Item = usize>) -> Vec<f64> {
        rows.flat_map(|row| self.row(row)).copied().collect()
    }
}

/// Squared distance.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
