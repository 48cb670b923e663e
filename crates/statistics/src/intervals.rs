//! Intervals for shares, differences of shares, means and anything else by the bootstrap.
//!
//! Every interval is two-sided with equal tails; `level` is the probability that it holds the truth, such as 0.95. None of
//! them knows about samples that are not random.

use crate::distributions::{normal_quantile, student_t_quantile};
use crate::pseudo_random::Generator;

/// An estimate with its interval.
///
/// **Units.** Those of the estimate; a share is between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate itself.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The standard normal quantile that belongs to a two-sided level; `None` unless 0 < level < 1.
fn two_sided(level: f64) -> Option<f64> {
    (level > 0.0 && level < 1.0).then(|| normal_quantile(0.5 + 0.5 * level))
}

/// Wilson's score interval for a share of `hits` among `n`. Good from n = 1 and for shares of 0 and 1.
///
/// Returns `None` for n = 0, more hits than n, or a level outside (0, 1).
///
/// **Source.** Wilson (1927); recommended by Brown, Cai and DasGupta (2001).
pub fn wilson(hits: u64, n: u64, level: f64) -> Option<Interval> {
    let z = two_sided(level)?;
    if n == 0 || hits > n {
        return None;
    }
    let (count, share) = (n as f64, hits as f64 / n as f64);
    let z2 = z * z / count;
    let centre = (share + 0.5 * z2) / (1.0 + z2);
    let half = z / (1.0 + z2) * (share * (1.0 - share) / count + 0.25 * z2 / count).sqrt();
    // At shares of 0 and 1 the ends are exact but for rounding.
    let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits == n { 1.0 } else { (centre + half).min(1.0) };
    Some(Interval { estimate: share, low, high })
}

/// Newcombe's hybrid score interval for the difference of two independent shares, first minus second.
///
/// Returns `None` where [`wilson`] does for either.
///
/// **Source.** Newcombe, "Interval estimation for the difference between independent proportions" (1998), method 10.
pub fn newcombe_difference(first: (u64, u64), second: (u64, u64), level: f64) -> Option<Interval> {
    let a = wilson(first.0, first.1, level)?;
    let b = wilson(second.0, second.1, level)?;
    let difference = a.estimate - b.estimate;
    let below = (a.estimate - a.low).hypot(b.high - b.estimate);
    let above = (a.high - a.estimate).hypot(b.estimate - b.low);
    Some(Interval { estimate: difference, low: difference - below, high: difference + above })
}

/// Student's interval for the mean of a sample.
///
/// Not for few values of a heavily skewed quantity such as order values: use [`bootstrap`] there.
///
/// Returns `None` for fewer than two values, a value that is not finite, or a level outside (0, 1).
pub fn student_mean(sample: &[f64], level: f64) -> Option<Interval> {
    two_sided(level)?;
    if sample.len() < 2 || sample.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = student_t_quantile(0.5 + 0.5 * level, n - 1.0) * (variance / n).sqrt();
    Some(Interval { estimate: mean, low: mean - half, high: mean + half })
}

/// The percentile bootstrap interval of any statistic of one sample.
///
/// Resamples with replacement `n_resamples` times (1,000 or more), with chance from the caller's generator only, so that
/// the same seed gives the same interval.
///
/// Returns `None` for an empty sample, fewer than 100 resamples, a statistic that is not finite, or a level outside (0, 1).
///
/// **Source.** Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
pub fn bootstrap(
    sample: &[f64],
    level: f64,
    n_resamples: usize,
    generator: &mut Generator,
    statistic: impl Fn(&[f64]) -> f64,
) -> Option<Interval> {
    two_sided(level)?;
    if sample.is_empty() || n_resamples < 100 {
        return None;
    }
    let estimate = statistic(sample);
    let mut resample = sample.to_vec();
    let mut values = Vec::with_capacity(n_resamples);
    for _ in 0..n_resamples {
        for value in &mut resample {
            *value = sample[generator.below(sample.len())];
        }
        values.push(statistic(&resample));
    }
    if !estimate.is_finite() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - level);
    Some(Interval {
        estimate,
        low: sorted_quantile(&values, tail),
        high: sorted_quantile(&values, 1.0 - tail),
    })
}

/// The quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan, the default of R and numpy).
///
/// **Shape.** `sorted` ascending and not empty.
pub fn sorted_quantile(sorted: &[f64], p: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let place = p.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - place.floor()) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn wilson_agrees_with_newcombe_1998_table_1() {
        let cases = [
            ((81, 263), 0.2553, 0.3662),
            ((15, 148), 0.0624, 0.1605),
            ((0, 20), 0.0, 0.1611),
            ((1, 29), 0.0061, 0.1718),
        ];
        for ((hits, n), low, high) in cases {
            let found = wilson(hits, n, 0.95).expect("a valid share");
            near(found.low, low, 5e-5);
            near(found.high, high, 5e-5);
        }
        assert_eq!(wilson(20, 20, 0.95).expect("valid").high, 1.0);
    }

    #[test]
    fn newcombe_difference_agrees_with_newcombe_1998_table_2() {
        let cases = [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
        ];
        for (first, second, low, high) in cases {
            let found = newcombe_difference(first, second, 0.95).expect("valid shares");
            near(found.low, low, 5e-5);
            near(found.high, high, 5e-5);
        }
    }

    #[test]
    fn student_mean_agrees_with_r_t_test() {
        // R: t.test(c(1, 2, 3, 4, 10))
        let found = student_mean(&[1.0, 2.0, 3.0, 4.0, 10.0], 0.95).expect("valid sample");
        near(found.estimate, 4.0, 1e-12);
        near(found.low, -0.389_9, 2e-4);
        near(found.high, 8.389_9, 2e-4);
    }

    #[test]
    fn the_bootstrap_is_reproducible_and_near_student_for_a_mean() {
        let mut g = Generator::from_seed(5);
        let sample: Vec<f64> = (0..200).map(|_| 10.0 + 2.0 * g.normal()).collect();
        let mean = |s: &[f64]| s.iter().sum::<f64>() / s.len() as f64;
        let one = bootstrap(&sample, 0.9, 2000, &mut Generator::from_seed(1), mean).expect("valid");
        let two = bootstrap(&sample, 0.9, 2000, &mut Generator::from_seed(1), mean).expect("valid");
        assert_eq!(one, two);
        let student = student_mean(&sample, 0.9).expect("valid");
        near(one.low, student.low, 0.05);
        near(one.high, student.high, 0.05);
    }

    #[test]
    fn wilson_covers_the_true_share_about_as_often_as_it_says() {
        let mut g = Generator::from_seed(11);
        let mut covered = 0;
        for _ in 0..4000 {
            let hits = (0..40).filter(|_| g.uniform() < 0.1).count() as u64;
            let found = wilson(hits, 40, 0.95).expect("valid");
            covered += i32::from(found.low <= 0.1 && 0.1 <= found.high);
        }
        near(f64::from(covered) / 4000.0, 0.95, 0.02);
    }

    #[test]
    fn what_cannot_be_answered_is_none() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(3, 2, 0.95), None);
        assert_eq!(wilson(1, 2, 1.0), None);
        assert_eq!(wilson(1, 2, f64::NAN), None);
        assert_eq!(student_mean(&[1.0], 0.95), None);
        assert_eq!(student_mean(&[1.0, f64::NAN], 0.95), None);
        assert_eq!(bootstrap(&[], 0.95, 1000, &mut Generator::from_seed(1), |_| 0.0), None);
    }
}
