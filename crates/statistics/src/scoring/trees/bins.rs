//! Columns cut into at most 255 bins, so that growing a tree counts instead of sorting.
//!
//! Bin 0 is always "unknown". The cuts look at the columns only, never at what happened.

use crate::pseudo_random::thinned;
use crate::scoring::Column;

/// Most bins of a column, the unknown among them.
pub const MOST_BINS: usize = 256;
/// Values looked at to place the cuts of a column, evenly spread over its rows.
const SAMPLE: usize = 40_000;
/// A category with fewer rows joins the rest.
const FEWEST_OF_CATEGORY: u32 = 5;

/// How each column is cut.
#[derive(Debug, Clone)]
pub struct Cuts {
    columns: Vec<ColumnCuts>,
}

#[derive(Debug, Clone)]
enum ColumnCuts {
    /// Upper ends of the bins 1, 2, …; the last bin has no end.
    Numbers(Vec<f64>),
    /// The bin of each code; the last bin is the rest.
    Codes { bin_of: Vec<u8>, n_bins: usize },
}

/// Rows as bins, row by row.
#[derive(Debug, Clone)]
pub struct Binned {
    pub n_columns: usize,
    pub bins: Vec<u8>,
}

impl Binned {
    pub fn row(&self, row: usize) -> &[u8] {
        &self.bins[row * self.n_columns..(row + 1) * self.n_columns]
    }

    pub fn n_rows(&self) -> usize {
        self.bins.len().checked_div(self.n_columns).unwrap_or(0)
    }
}

impl Cuts {
    /// Cuts columns into at most `most_bins` bins each, by quantiles for numbers and by frequency for categories.
    pub fn of(columns: &[Column<'_>], most_bins: usize) -> Self {
        let most = most_bins.clamp(3, MOST_BINS);
        let cut = |column: &Column<'_>| match column {
            Column::Numbers(values) => ColumnCuts::Numbers(quantile_cuts(values, most - 1)),
            Column::Codes { values, n } => frequent_codes(values, *n, most),
        };
        Self { columns: columns.iter().map(cut).collect() }
    }

    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// Bins of a column, the unknown among them.
    pub fn n_bins(&self, column: usize) -> usize {
        match &self.columns[column] {
            ColumnCuts::Numbers(cuts) => cuts.len() + 2,
            ColumnCuts::Codes { n_bins, .. } => *n_bins,
        }
    }

    pub fn is_categories(&self, column: usize) -> bool {
        matches!(self.columns[column], ColumnCuts::Codes { .. })
    }

    /// The bins of rows. **Shape.** The same columns in the same order as when the cuts were made.
    pub fn apply(&self, columns: &[Column<'_>]) -> Binned {
        let n_rows = columns.first().map_or(0, Column::len);
        let n_columns = columns.len();
        let mut bins = vec![0u8; n_rows * n_columns];
        for (place, (column, cuts)) in columns.iter().zip(&self.columns).enumerate() {
            let cells = bins.iter_mut().skip(place).step_by(n_columns.max(1));
            match (column, cuts) {
                (Column::Numbers(values), ColumnCuts::Numbers(cuts)) => {
                    cells.zip(*values).for_each(|(bin, v)| *bin = number_bin(cuts, *v));
                }
                (Column::Codes { values, .. }, ColumnCuts::Codes { bin_of, n_bins }) => {
                    let rest = (*n_bins - 1) as u8;
                    let of = |code: u32| match code {
                        super::super::UNKNOWN => 0,
                        code => bin_of.get(code as usize).copied().unwrap_or(rest),
                    };
                    cells.zip(*values).for_each(|(bin, code)| *bin = of(*code));
                }
                _ => {} // another kind of column than the cuts were made for: everything is unknown
            }
        }
        Binned { n_columns, bins }
    }
}

fn number_bin(cuts: &[f64], value: f64) -> u8 {
    if value.is_finite() { 1 + cuts.partition_point(|c| *c < value) as u8 } else { 0 }
}

/// Cuts between distinct values so that the bins hold about equally many rows; every distinct value its own bin if they fit.
fn quantile_cuts(values: &[f64], most: usize) -> Vec<f64> {
    let rows = thinned(values.len(), SAMPLE);
    let mut sample: Vec<f64> = rows.into_iter().map(|r| values[r]).filter(|v| v.is_finite()).collect();
    sample.sort_unstable_by(f64::total_cmp);
    let groups: Vec<(f64, usize)> = sample.chunk_by(|a, b| a == b).map(|g| (g[0], g.len())).collect();
    let middle = |a: f64, b: f64| {
        let m = a + 0.5 * (b - a);
        if m < b { m } else { a }
    };
    if groups.len() <= most {
        return groups.windows(2).map(|w| middle(w[0].0, w[1].0)).collect();
    }
    let (mut cuts, mut rows, mut left) = (Vec::with_capacity(most), 0, sample.len());
    for pair in groups.windows(2) {
        rows += pair[0].1;
        let bins_left = most - cuts.len();
        if bins_left > 1 && rows * bins_left >= left {
            cuts.push(middle(pair[0].0, pair[1].0));
            left -= rows;
            rows = 0;
        }
    }
    cuts
}

fn frequent_codes(values: &[u32], n: usize, most: usize) -> ColumnCuts {
    let mut counts = vec![0u32; n];
    values.iter().filter_map(|v| counts.get_mut(*v as usize).map(|c| *c += 1)).count();
    let mut order: Vec<usize> = (0..n).filter(|c| counts[*c] >= FEWEST_OF_CATEGORY).collect();
    order.sort_by_key(|c| (std::cmp::Reverse(counts[*c]), *c));
    order.truncate(most - 2);
    let rest = order.len() + 1;
    let mut bin_of = vec![rest as u8; n];
    order.iter().enumerate().for_each(|(place, code)| bin_of[*code] = place as u8 + 1);
    ColumnCuts::Codes { bin_of, n_bins: rest + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::UNKNOWN;

    #[test]
    fn few_distinct_values_keep_a_bin_each_and_gaps_have_their_own() {
        let values = [3.0, 1.0, f64::NAN, 2.0, 1.0, f64::INFINITY];
        let columns = [Column::Numbers(&values)];
        let cuts = Cuts::of(&columns, 64);
        assert_eq!(cuts.apply(&columns).bins, [3, 1, 0, 2, 1, 0]);
    }

    #[test]
    fn many_values_are_cut_into_equal_parts() {
        let values: Vec<f64> = (0..10_000).map(f64::from).collect();
        let columns = [Column::Numbers(&values)];
        let cuts = Cuts::of(&columns, 65);
        let binned = cuts.apply(&columns);
        let mut counts = [0; 65];
        binned.bins.iter().for_each(|b| counts[*b as usize] += 1);
        assert_eq!(counts[0], 0);
        assert!(counts[1..].iter().all(|c| (140..=175).contains(c)), "{counts:?}");
    }

    #[test]
    fn a_hundred_thousand_categories_become_the_frequent_ones_and_the_rest() {
        let values: Vec<u32> =
            (0..100_000).map(|i| if i % 4 == 0 { 7 } else { i }).chain([UNKNOWN]).collect();
        let columns = [Column::Codes { values: &values, n: 100_000 }];
        let cuts = Cuts::of(&columns, 256);
        let binned = cuts.apply(&columns);
        assert_eq!(cuts.n_bins(0), 3);
        assert_eq!((binned.bins[0], binned.bins[1], binned.bins[100_000]), (1, 2, 0));
    }

    #[test]
    fn columns_of_nothing_have_no_cuts() {
        let empty: [f64; 0] = [];
        let nothing = [f64::NAN; 3];
        let equal = [5.0; 3];
        for values in [&empty[..], &nothing[..], &equal[..]] {
            let columns = [Column::Numbers(values)];
            let cuts = Cuts::of(&columns, 64);
            assert_eq!(cuts.n_bins(0), 2);
            assert_eq!(cuts.apply(&columns).n_rows(), values.len());
        }
    }
}
