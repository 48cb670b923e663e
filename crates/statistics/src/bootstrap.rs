//! The bootstrap for the difference of two arms' means: a second opinion on money, without any formula for the tails.
//!
//! For up to some ten thousand people; beyond that the formula of [`crate::effects`] and this agree.

use crate::distributions::{normal_cdf, normal_quantile};
use crate::intervals::{Interval, sorted_quantile};
use crate::moments::Moments;
use crate::pseudo_random::Generator;

/// Fewer resamples than this leave the ends of an interval to chance.
pub const FEWEST_RESAMPLES: usize = 200;

/// The bias-corrected and accelerated (BCa) interval of mean treated − mean held out.
///
/// Each arm is drawn anew with replacement, `n_resamples` times (2,000 is usual), from the caller's generator only.
///
/// Returns `None` for fewer than three people in an arm, values that are not finite or do not vary, fewer than
/// [`FEWEST_RESAMPLES`], or a level outside (0, 1).
///
/// **Source.** Efron, "Better bootstrap confidence intervals" (1987); for several samples Efron and Tibshirani (1993),
/// chapter 14.3, with the acceleration from the jackknife over both arms.
pub fn difference(
    treated: &[f64],
    held_out: &[f64],
    level: f64,
    n_resamples: usize,
    generator: &mut Generator,
) -> Option<Interval> {
    let fine = |arm: &[f64]| arm.len() >= 3 && arm.iter().all(|v| v.is_finite());
    if !(fine(treated) && fine(held_out) && level > 0.0 && level < 1.0 && n_resamples >= FEWEST_RESAMPLES) {
        return None;
    }
    let (a, b) = (Moments::of(treated), Moments::of(held_out));
    let estimate = a.mean() - b.mean();
    if a.variance()? + b.variance()? <= 0.0 {
        return None;
    }
    let (few_a, few_b) = (Squeezed::of(treated), Squeezed::of(held_out));
    let mut drawn: Vec<f64> =
        (0..n_resamples).map(|_| few_a.mean(generator) - few_b.mean(generator)).collect();
    drawn.sort_unstable_by(f64::total_cmp);
    let below = drawn.partition_point(|d| *d < estimate) as f64 / n_resamples as f64;
    let least = 0.5 / n_resamples as f64;
    let bias = normal_quantile(below.clamp(least, 1.0 - least));
    let acceleration = acceleration(treated, &a, held_out, &b);
    let end = |share: f64| {
        let z = bias + normal_quantile(share);
        let corrected = bias + z / (1.0 - acceleration * z);
        sorted_quantile(&drawn, if corrected.is_finite() { normal_cdf(corrected) } else { share })
    };
    let tail = 0.5 * (1.0 - level);
    Some(Interval { estimate, low: end(tail), high: end(1.0 - tail) })
}

/// Σ u³ / 6 (Σ u²)^1.5 over the influence u of each person on the difference.
fn acceleration(treated: &[f64], a: &Moments, held_out: &[f64], b: &Moments) -> f64 {
    let (mut squares, mut cubes) = (0.0, 0.0);
    let mut count = |u: f64| {
        squares += u * u;
        cubes += u * u * u;
    };
    treated.iter().for_each(|v| count((v - a.mean()) / a.n() as f64));
    held_out.iter().for_each(|v| count((b.mean() - v) / b.n() as f64));
    cubes / (6.0 * squares.powf(1.5))
}

/// An arm without its zeros: how many of a resample are not 0 is drawn as one number.
struct Squeezed {
    n: usize,
    not_zero: Vec<f64>,
}

impl Squeezed {
    fn of(arm: &[f64]) -> Self {
        Self { n: arm.len(), not_zero: arm.iter().copied().filter(|v| *v != 0.0).collect() }
    }

    fn mean(&self, g: &mut Generator) -> f64 {
        let n_not_zero = binomial(g, self.n, self.not_zero.len() as f64 / self.n as f64);
        let sum: f64 = (0..n_not_zero).map(|_| self.not_zero[g.below(self.not_zero.len())]).sum();
        sum / self.n as f64
    }
}

/// A binomial number by the gaps between successes: the time it takes goes with n·p.
fn binomial(g: &mut Generator, n: usize, p: f64) -> usize {
    if p <= 0.0 {
        return 0;
    }
    if p > 0.5 {
        return n - binomial(g, n, 1.0 - p);
    }
    let log_failure = (1.0 - p).ln();
    let (mut hits, mut place) = (0, 0.0);
    loop {
        place += (g.uniform().ln() / log_failure).floor() + 1.0;
        if place > n as f64 {
            return hits;
        }
        hits += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::means;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn bca_agrees_with_scipy_bootstrap() {
        // scipy.stats.bootstrap((a, b), lambda x, y, axis: x.mean(axis) - y.mean(axis), method="BCa", n_resamples=100000).
        let a: Vec<f64> = (0..40).map(|i| if i % 4 == 0 { f64::from(i * i) } else { 0.0 }).collect();
        let b: Vec<f64> = (0..25).map(|i| if i % 5 == 0 { f64::from(7 * i) } else { 0.0 }).collect();
        let found = difference(&a, &b, 0.95, 40_000, &mut Generator::from_seed(2)).unwrap();
        near(found.estimate, 100.0, 1e-9);
        near(found.low, 31.0, 3.0);
        near(found.high, 229.0051048008987, 6.0);
    }

    #[test]
    fn for_many_ordinary_values_it_agrees_with_the_formula() {
        let mut g = Generator::from_seed(4);
        let a: Vec<f64> = (0..3000).map(|_| 5.0 + g.normal()).collect();
        let b: Vec<f64> = (0..1000).map(|_| 4.5 + g.normal()).collect();
        let found = difference(&a, &b, 0.95, 2000, &mut g).unwrap();
        let formula = means(&Moments::of(&a), &Moments::of(&b)).unwrap().at_level(0.95).unwrap();
        near(found.low, formula.low, 0.006);
        near(found.high, formula.high, 0.006);
        let again = difference(&a, &b, 0.95, 2000, &mut Generator::from_seed(1)).unwrap();
        assert_eq!(again, difference(&a, &b, 0.95, 2000, &mut Generator::from_seed(1)).unwrap());
    }

    #[test]
    fn binomial_numbers_have_their_mean_and_variance() {
        let mut g = Generator::from_seed(8);
        for p in [0.02, 0.4, 0.9] {
            let drawn: Vec<f64> = (0..20_000).map(|_| binomial(&mut g, 50, p) as f64).collect();
            let moments = Moments::of(&drawn);
            near(moments.mean(), 50.0 * p, 0.12);
            near(moments.variance().unwrap() / (50.0 * p * (1.0 - p)), 1.0, 0.06);
        }
        assert_eq!((binomial(&mut g, 9, 0.0), binomial(&mut g, 9, 1.0)), (0, 9));
    }

    #[test]
    fn what_cannot_be_drawn_is_none() {
        let mut g = Generator::from_seed(1);
        assert_eq!(difference(&[1.0, 2.0], &[1.0, 2.0, 3.0], 0.95, 1000, &mut g), None);
        assert_eq!(difference(&[1.0; 5], &[2.0; 5], 0.95, 1000, &mut g), None);
        assert_eq!(difference(&[1.0, 2.0, 3.0], &[1.0, f64::NAN, 3.0], 0.95, 1000, &mut g), None);
        assert_eq!(difference(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], 0.95, 10, &mut g), None);
    }
}
