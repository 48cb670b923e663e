//! Columns that know the answer: values that came to be known only after what is to be foretold.
//!
//! A score learnt from such a column looks brilliant and is worth nothing. Figures cannot prove that a column leaks, only that
//! it knows too much; whether it was known in time is for a person to say.

use super::Column;
use super::trees::bins::Cuts;

/// How well each value class of one column alone ranks the rows, from 0.5 (not at all) to 1.
///
/// **Shape.** `happened` and `folds` have an entry for each row. The rates of classes come from the other folds, so that a column
/// with a value for each row knows nothing. `None` where no fold has both kinds.
pub fn alone(column: Column<'_>, happened: &[bool], folds: &[usize]) -> Option<f64> {
    let n_folds = folds.iter().max()? + 1;
    // Numbers in classes that are wide enough to have a rate; categories as they are.
    let most_bins = if matches!(column, Column::Numbers(_)) { 21 } else { 256 };
    let cuts = Cuts::of(&[column], most_bins);
    let bins = cuts.apply(&[column]).bins;
    let n_bins = cuts.n_bins(0);
    let mut counts = vec![[0.0f64; 2]; n_bins * n_folds];
    for ((bin, h), fold) in bins.iter().zip(happened).zip(folds) {
        counts[fold * n_bins + usize::from(*bin)][usize::from(*h)] += 1.0;
    }
    let mut total = vec![[0.0f64; 2]; n_bins];
    for fold in counts.chunks(n_bins) {
        total.iter_mut().zip(fold).for_each(|(t, c)| (t[0] += c[0], t[1] += c[1]).0);
    }
    let n_positive: f64 = total.iter().map(|t| t[1]).sum();
    let common = n_positive / happened.len() as f64;
    let (mut sum, mut weight) = (0.0, 0.0);
    for fold in counts.chunks(n_bins) {
        let rate = |bin: usize| {
            let [misses, hits] = [total[bin][0] - fold[bin][0], total[bin][1] - fold[bin][1]];
            (hits + common) / (hits + misses + 1.0)
        };
        let mut order: Vec<(f64, [f64; 2])> = (0..n_bins).map(|b| (rate(b), fold[b])).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut below, mut pairs) = (0.0, 0.0);
        for ties in order.chunk_by(|a, b| a.0 == b.0) {
            let misses: f64 = ties.iter().map(|t| t.1[0]).sum();
            let hits: f64 = ties.iter().map(|t| t.1[1]).sum();
            pairs += hits * (below + 0.5 * misses);
            below += misses;
        }
        let hits: f64 = order.iter().map(|o| o.1[1]).sum();
        sum += pairs;
        weight += hits * below;
    }
    (weight > 0.0).then(|| (sum / weight).max(0.5))
}

/// What the filling of a column tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filling {
    pub n_filled: usize,
    pub n_gaps: usize,
    pub rate_filled: f64,
    pub rate_gaps: f64,
}

/// Rows on either side below which the filling of a column is not judged.
pub const FEWEST_ROWS: usize = 10;

/// Whether a column is filled almost only where it happened, or almost only where it did not: `Some` then.
///
/// That is so where the odds of the filled rows and of the gaps are more than e⁴ ≈ 55 times apart, with half a row of each kind
/// added to both.
pub fn filling(column: Column<'_>, happened: &[bool]) -> Option<Filling> {
    let known = |row: usize| match column {
        Column::Numbers(values) => values[row].is_finite(),
        Column::Codes { values, n } => (values[row] as usize) < n,
    };
    let mut counts = [[0usize; 2]; 2];
    happened.iter().enumerate().for_each(|(row, h)| counts[usize::from(known(row))][usize::from(*h)] += 1);
    let [gaps, filled] = counts;
    let (n_gaps, n_filled) = (gaps[0] + gaps[1], filled[0] + filled[1]);
    if n_gaps < FEWEST_ROWS || n_filled < FEWEST_ROWS {
        return None;
    }
    let odds = |c: [usize; 2]| ((c[1] as f64 + 0.5) / (c[0] as f64 + 0.5)).ln();
    let rate = |c: [usize; 2]| c[1] as f64 / (c[0] + c[1]) as f64;
    let apart = (odds(filled) - odds(gaps)).abs();
    (apart > 4.0).then(|| Filling { n_filled, n_gaps, rate_filled: rate(filled), rate_gaps: rate(gaps) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;
    use crate::scoring::UNKNOWN;

    #[test]
    fn a_column_alone_ranks_as_well_as_its_auc_says() {
        let mut g = Generator::from_seed(1);
        let happened: Vec<bool> = (0..4_000).map(|_| g.uniform() < 0.3).collect();
        let x: Vec<f64> = happened.iter().map(|h| g.normal() + if *h { 1.0 } else { 0.0 }).collect();
        let folds: Vec<usize> = (0..4_000).map(|i| i % 5).collect();
        let found = alone(Column::Numbers(&x), &happened, &folds).unwrap();
        assert!((found - 0.76).abs() < 0.025, "{found}");
        let noise: Vec<f64> = (0..4_000).map(|_| g.normal()).collect();
        assert!(alone(Column::Numbers(&noise), &happened, &folds).unwrap() < 0.54);
        let names: Vec<u32> = (0..4_000).collect();
        assert!(alone(Column::Codes { values: &names, n: 4_000 }, &happened, &folds).unwrap() < 0.51);
    }

    #[test]
    fn a_column_that_is_filled_only_where_it_happened_is_told() {
        let happened: Vec<bool> = (0..200).map(|i| i % 4 == 0).collect();
        let reason: Vec<u32> = (0..200).map(|i| if i % 4 == 0 { i % 3 } else { UNKNOWN }).collect();
        let told = filling(Column::Codes { values: &reason, n: 3 }, &happened).unwrap();
        assert_eq!((told.rate_filled, told.rate_gaps, told.n_filled), (1.0, 0.0, 50));
        let harmless: Vec<f64> = (0..200).map(|i| if i % 3 == 0 { f64::NAN } else { 1.0 }).collect();
        assert_eq!(filling(Column::Numbers(&harmless), &happened), None);
        assert_eq!(filling(Column::Numbers(&[]), &[]), None);
        assert_eq!(alone(Column::Numbers(&[]), &[], &[]), None);
    }
}
