//! How good probabilities are beside what happened: ranking, distance and reliability.
//!
//! It takes probabilities from rows that the model has not seen; whether that is so, only the caller knows.

use crate::distributions::normal_quantile;
use crate::intervals::Interval;

/// How good a score is.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    pub n: usize,
    /// Share of the rows in which it happened.
    pub base_rate: f64,
    /// Chance that a row in which it happened has the higher score; `None` where all or none happened.
    pub auc: Option<Interval>,
    /// Mean squared distance of probability and outcome: 0 is perfect.
    pub brier: f64,
    /// Mean of −ln of the probability of what happened.
    pub log_loss: f64,
    /// Mean distance of probability and share over ten equally wide classes of probability.
    pub ece: f64,
    /// Tenths of the rows, the highest scores first.
    pub deciles: Vec<Decile>,
    /// The classes of probability that [`Quality::ece`] compares.
    pub reliability: Vec<Reliability>,
}

/// A tenth of the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decile {
    pub n: usize,
    pub n_positive: usize,
    /// Mean of the probabilities.
    pub expected: f64,
    /// Share in which it happened.
    pub rate: f64,
    /// Share divided by the share over all rows.
    pub lift: f64,
    /// Share of all that happened which lies in this tenth and those above it.
    pub captured: f64,
}

/// Rows with about the same probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reliability {
    pub n: usize,
    pub expected: f64,
    pub rate: f64,
}

/// Judges probabilities.
///
/// **Shape.** One probability and one outcome for each row. **Units.** Probabilities from 0 to 1. Returns `None` for no rows,
/// different lengths or a probability that is none.
///
/// **Source.** Brier (1950); reliability in ten classes: Naeini, Cooper and Hauskrecht, "Obtaining well calibrated
/// probabilities using Bayesian binning" (2015), equation (3).
///
/// ```
/// use statistics::scoring::quality::judge;
/// let found = judge(&[0.9, 0.6, 0.4, 0.1], &[true, false, true, false]).expect("four rows");
/// assert!((found.auc.expect("both").estimate - 0.75).abs() < 1e-12);
/// assert!((found.brier - (0.01 + 0.36 + 0.36 + 0.01) / 4.0).abs() < 1e-12);
/// ```
pub fn judge(probabilities: &[f64], happened: &[bool]) -> Option<Quality> {
    let n = probabilities.len();
    let sound = probabilities.iter().all(|p| (0.0..=1.0).contains(p));
    if n == 0 || happened.len() != n || !sound {
        return None;
    }
    let n_positive = happened.iter().filter(|h| **h).count();
    let base_rate = n_positive as f64 / n as f64;
    let pairs = || probabilities.iter().zip(happened);
    let brier = pairs().map(|(p, h)| (p - f64::from(u8::from(*h))).powi(2)).sum::<f64>() / n as f64;
    let log_loss = pairs().map(|(p, h)| surprise(*p, *h)).sum::<f64>() / n as f64;
    let reliability = reliability(probabilities, happened);
    let ece = reliability.iter().map(|r| (r.expected - r.rate).abs() * r.n as f64).sum::<f64>() / n as f64;
    let deciles = deciles(probabilities, happened, base_rate);
    Some(Quality {
        n,
        base_rate,
        auc: auc(probabilities, happened, 0.95),
        brier,
        log_loss,
        ece,
        deciles,
        reliability,
    })
}

/// −ln of the probability that was given to what happened; a probability of 0 costs as much as one of 1e-15.
pub fn surprise(probability: f64, happened: bool) -> f64 {
    -(if happened { probability } else { 1.0 - probability }).max(1e-15).ln()
}

/// Area under the ROC curve with its interval: the chance that of two rows the one in which it happened scores higher, a
/// tie counting half.
///
/// Returns `None` where all or none happened, for different lengths, or a score that is not a number.
///
/// **Source.** DeLong, DeLong and Clarke-Pearson (1988), by ranks as in Sun and Xu, "Fast implementation of DeLong's
/// algorithm" (2014); the interval on the logit, so that it stays inside (0, 1).
pub fn auc(scores: &[f64], happened: &[bool], level: f64) -> Option<Interval> {
    let m = happened.iter().filter(|h| **h).count();
    let n = happened.len() - m;
    let sound = scores.len() == happened.len() && scores.iter().all(|s| !s.is_nan());
    if m == 0 || n == 0 || !sound || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(happened.iter().copied()).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Each group of ties: how many of either kind lie below it, and how many of either kind it has.
    let (mut below_positive, mut below_negative) = (0.0, 0.0);
    let (mut sum, mut squares_positive, mut squares_negative) = (0.0, 0.0, 0.0);
    for ties in order.chunk_by(|a, b| a.0 == b.0) {
        let positive = ties.iter().filter(|t| t.1).count() as f64;
        let negative = ties.len() as f64 - positive;
        let beats = (below_negative + 0.5 * negative) / n as f64;
        let is_beaten_by = (m as f64 - below_positive - 0.5 * positive) / m as f64;
        sum += positive * beats;
        squares_positive += positive * beats * beats;
        squares_negative += negative * is_beaten_by * is_beaten_by;
        below_positive += positive;
        below_negative += negative;
    }
    let estimate = sum / m as f64;
    let variance =
        |squares: f64, count: f64| (squares / count - estimate * estimate).max(0.0) / (count - 1.0).max(1.0);
    let error = (variance(squares_positive, m as f64) + variance(squares_negative, n as f64)).sqrt();
    let spread = estimate * (1.0 - estimate);
    if spread <= 0.0 {
        return Some(Interval { estimate, low: estimate, high: estimate });
    }
    let reach = normal_quantile(0.5 + 0.5 * level) * error / spread;
    let at = |offset: f64| super::probability(super::log_odds(estimate) + offset);
    Some(Interval { estimate, low: at(-reach), high: at(reach) })
}

fn reliability(probabilities: &[f64], happened: &[bool]) -> Vec<Reliability> {
    let mut sums = [(0usize, 0.0, 0usize); 10];
    for (p, h) in probabilities.iter().zip(happened) {
        let class = &mut sums[((p * 10.0) as usize).min(9)];
        class.0 += 1;
        class.1 += p;
        class.2 += usize::from(*h);
    }
    let filled = sums.iter().filter(|s| s.0 > 0);
    filled
        .map(|(n, p, h)| Reliability { n: *n, expected: p / *n as f64, rate: *h as f64 / *n as f64 })
        .collect()
}

/// Ties are cut where they fall in the order of the rows, so a score that ties over a cut is a matter of that order.
fn deciles(probabilities: &[f64], happened: &[bool], base_rate: f64) -> Vec<Decile> {
    let n = probabilities.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
    let all = base_rate * n as f64;
    let mut captured = 0;
    let cut = |tenth: usize| n * tenth / 10;
    let tenths = (0..10).map(|tenth| &order[cut(tenth)..cut(tenth + 1)]).filter(|rows| !rows.is_empty());
    tenths
        .map(|rows| {
            let n_positive = rows.iter().filter(|r| happened[**r]).count();
            captured += n_positive;
            let rate = n_positive as f64 / rows.len() as f64;
            let expected = rows.iter().map(|r| probabilities[*r]).sum::<f64>() / rows.len() as f64;
            let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
            Decile {
                n: rows.len(),
                n_positive,
                expected,
                rate,
                lift: ratio(rate, base_rate),
                captured: ratio(captured as f64, all),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn auc_counts_pairs_and_halves_ties() {
        let found = auc(&[1.0, 2.0, 2.0, 3.0], &[false, true, false, true], 0.95).unwrap();
        assert!((found.estimate - 0.875).abs() < 1e-12);
        assert_eq!(auc(&[1.0, 2.0], &[true, true], 0.95), None);
        assert_eq!(auc(&[1.0, f64::NAN], &[true, false], 0.95), None);
        assert_eq!(auc(&[], &[], 0.95), None);
        let perfect = auc(&[0.0, 1.0], &[false, true], 0.95).unwrap();
        assert_eq!((perfect.low, perfect.high), (1.0, 1.0));
    }

    #[test]
    fn the_interval_of_auc_holds_the_truth_about_as_often_as_it_says() {
        // Two normal groups one deviation apart: AUC = Φ(1/√2).
        let truth = crate::distributions::normal_cdf(0.5f64.sqrt());
        let mut g = Generator::from_seed(5);
        let mut covered = 0;
        for _ in 0..600 {
            let happened: Vec<bool> = (0..200).map(|i| i % 4 == 0).collect();
            let scores: Vec<f64> = happened.iter().map(|h| g.normal() + if *h { 1.0 } else { 0.0 }).collect();
            let found = auc(&scores, &happened, 0.95).unwrap();
            covered += u32::from(found.low <= truth && truth <= found.high);
        }
        assert!((f64::from(covered) / 600.0 - 0.95).abs() < 0.03, "{covered} of 600");
    }

    #[test]
    fn what_cannot_be_judged_is_none_and_one_row_is_no_ranking() {
        assert_eq!(judge(&[], &[]), None);
        assert_eq!(judge(&[1.5], &[true]), None);
        assert_eq!(judge(&[f64::NAN], &[true]), None);
        let one = judge(&[0.3], &[true]).unwrap();
        assert_eq!((one.auc, one.deciles.len()), (None, 1));
    }

    #[test]
    fn tenths_hold_every_row_once() {
        let p: Vec<f64> = (0..103).map(|i| f64::from(i) / 103.0).collect();
        let happened: Vec<bool> = (0..103).map(|i| i > 60).collect();
        let found = judge(&p, &happened).unwrap();
        assert_eq!(found.deciles.iter().map(|d| d.n).sum::<usize>(), 103);
        assert!((found.deciles.last().unwrap().captured - 1.0).abs() < 1e-12);
        assert!(found.deciles[0].lift > 2.0 && found.deciles[9].lift == 0.0);
    }
}
