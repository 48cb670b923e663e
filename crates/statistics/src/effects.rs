//! What an action changed: the difference between a treated and a held-out arm, with its interval.
//!
//! A [`Contrast`] holds estimate and error; its interval is asked for with the number of standard errors, so that one look
//! (1.96) and daily looks ([`crate::always_valid`]) use the same mathematics. It knows nothing of how people were assigned.

use crate::distributions::{normal_cdf, normal_quantile, normal_upper_tail, student_t_quantile};
use crate::intervals::Interval;
use crate::moments::Moments;

/// Outcomes that are not 0 below which an arm says nothing about its mean.
pub const FEWEST_OUTCOMES: u64 = 8;

/// A difference, treated minus held out.
///
/// **Units.** Those of one person's outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    estimate: f64,
    error: f64,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// Means, with what their error is worth in degrees of freedom.
    Mean { degrees: f64 },
    /// Shares of hits among people.
    Share { treated: (u64, u64), held_out: (u64, u64) },
}

/// The difference of two means that need not have the same variance.
///
/// Right for money: most people spend nothing and a few much, so that the variance itself is uncertain; its degrees of
/// freedom come from the kurtosis of each arm and not from the number of people. Returns `None` for fewer than two people in
/// an arm, no variance at all, or values that are not finite.
///
/// **Source.** Welch (1947); degrees of freedom of a sample variance: O'Neill, "Some useful moment results in sampling
/// problems", The American Statistician 68 (2014): 2n / (κ − (n − 3)/(n − 1)), which is n − 1 for normal values.
pub fn means(treated: &Moments, held_out: &Moments) -> Option<Contrast> {
    let of = |arm: &Moments| {
        let (n, variance) = (arm.n() as f64, arm.variance()?);
        let kurtosis = arm.kurtosis().unwrap_or(3.0).max(3.0);
        Some((variance / n, 2.0 * n / (kurtosis - (n - 3.0) / (n - 1.0))))
    };
    let (a, degrees_a) = of(treated)?;
    let (b, degrees_b) = of(held_out)?;
    let variance = a + b;
    if !(variance > 0.0 && variance.is_finite()) {
        return None;
    }
    let degrees = variance.powi(2) / (a * a / degrees_a + b * b / degrees_b);
    let estimate = treated.mean() - held_out.mean();
    Some(Contrast { estimate, error: variance.sqrt(), shape: Shape::Mean { degrees } })
}

/// The difference of two shares, each as hits and people.
///
/// Returns `None` for an empty arm or more hits than people.
///
/// **Source.** Newcombe (1998), method 10, as in [`crate::intervals::newcombe_difference`].
pub fn shares(treated: (u64, u64), held_out: (u64, u64)) -> Option<Contrast> {
    if treated.1 == 0 || held_out.1 == 0 || treated.0 > treated.1 || held_out.0 > held_out.1 {
        return None;
    }
    let share = |(hits, n): (u64, u64)| hits as f64 / n as f64;
    let variance = |arm: (u64, u64)| share(arm) * (1.0 - share(arm)) / arm.1 as f64;
    Some(Contrast {
        estimate: share(treated) - share(held_out),
        error: (variance(treated) + variance(held_out)).sqrt(),
        shape: Shape::Share { treated, held_out },
    })
}

/// Numerators and denominators of people, for a ratio of sums such as the average order value.
///
/// **Shape.** One (numerator, denominator) for each person of the arm, those with a denominator of 0 too.
///
/// Returns `None` where an arm has no denominator at all or fewer than two people.
///
/// **Source.** Delta method: Deng, Knoblich and Lu, "Applying the Delta Method in Metric Analytics" (2018), equation (4):
/// each person counts as (numerator − ratio × denominator) / mean denominator.
pub fn ratios(treated: &[(f64, f64)], held_out: &[(f64, f64)]) -> Option<Contrast> {
    let (ratio_a, rest_a) = ratio(treated)?;
    let (ratio_b, rest_b) = ratio(held_out)?;
    let contrast = means(&Moments::of(&rest_a), &Moments::of(&rest_b))?;
    Some(Contrast { estimate: ratio_a - ratio_b, ..contrast })
}

/// The ratio of an arm, and what each person counts as in its error; `None` as for [`ratios`].
pub fn ratio(arm: &[(f64, f64)]) -> Option<(f64, Vec<f64>)> {
    let numerator: f64 = arm.iter().map(|v| v.0).sum();
    let denominator: f64 = arm.iter().map(|v| v.1).sum();
    let ratio = numerator / denominator;
    if !(denominator > 0.0 && ratio.is_finite()) {
        return None;
    }
    let mean = denominator / arm.len() as f64;
    Some((ratio, arm.iter().map(|(n, d)| (n - ratio * d) / mean).collect()))
}

/// Correlation of a difference of means with the same people's difference at an earlier look.
///
/// **Shape.** For each arm what each person counted as, now and before, in the same order. 0 where nothing varied.
pub fn correlation(treated: (&[f64], &[f64]), held_out: (&[f64], &[f64])) -> f64 {
    let of = |(now, before): (&[f64], &[f64])| {
        let n = now.len().min(before.len()) as f64;
        let (mean_now, mean_before) = (now.iter().sum::<f64>() / n, before.iter().sum::<f64>() / n);
        let pairs = now.iter().zip(before).map(|(a, b)| (a - mean_now, b - mean_before));
        let sums = pairs.fold((0.0, 0.0, 0.0), |s, (a, b)| (s.0 + a * a, s.1 + a * b, s.2 + b * b));
        (sums.0 / (n * n), sums.1 / (n * n), sums.2 / (n * n))
    };
    let (a, b) = (of(treated), of(held_out));
    let found = (a.1 + b.1) / ((a.0 + b.0) * (a.2 + b.2)).sqrt();
    if found.is_finite() { found.clamp(-1.0, 1.0) } else { 0.0 }
}

impl Contrast {
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Standard error of the estimate.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The interval that reaches `critical` standard errors to both sides, in the sense of a normal distribution.
    ///
    /// Returns `None` for a critical value that is not above 0.
    pub fn interval(&self, critical: f64) -> Option<Interval> {
        if !(critical > 0.0 && critical.is_finite()) {
            return None;
        }
        let Self { estimate, error, .. } = *self;
        let (low, high) = match self.shape {
            Shape::Mean { degrees } => {
                let reach = error * student_reach(critical, degrees);
                (estimate - reach, estimate + reach)
            }
            Shape::Share { treated, held_out } => newcombe(treated, held_out, critical),
        };
        Some(Interval { estimate, low, high })
    }

    /// The interval for one look at a two-sided level such as 0.95.
    pub fn at_level(&self, level: f64) -> Option<Interval> {
        if level > 0.0 && level < 1.0 { self.interval(normal_quantile(0.5 + 0.5 * level)) } else { None }
    }

    /// Two-sided p-value of "no difference" for one look: the level at which the interval just touches 0.
    pub fn p_value(&self) -> f64 {
        let touches = |critical: f64| self.interval(critical).is_some_and(|i| i.low <= 0.0 && 0.0 <= i.high);
        let (mut low, mut high) = (1e-9, 40.0);
        if self.estimate == 0.0 || touches(low) {
            return 1.0;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if touches(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        (2.0 * normal_upper_tail(high)).min(1.0)
    }
}

/// The reach of Student's t that leaves the tail that `critical` leaves of the normal distribution.
fn student_reach(critical: f64, degrees: f64) -> f64 {
    if !degrees.is_finite() || degrees > 1e6 {
        return critical; // the two agree to more digits than a table prints
    }
    if critical > 6.0 {
        // The tail is smaller than t can be inverted at: go on in proportion.
        return student_reach(6.0, degrees) * critical / 6.0;
    }
    let reach = student_t_quantile(normal_cdf(critical), degrees);
    if reach.is_finite() { reach.max(critical) } else { critical }
}

fn newcombe(treated: (u64, u64), held_out: (u64, u64), z: f64) -> (f64, f64) {
    let (a, low_a, high_a) = wilson(treated, z);
    let (b, low_b, high_b) = wilson(held_out, z);
    (a - b - (a - low_a).hypot(high_b - b), a - b + (high_a - a).hypot(b - low_b))
}

/// Share with the ends of Wilson's interval.
fn wilson((hits, n): (u64, u64), z: f64) -> (f64, f64, f64) {
    let (count, share) = (n as f64, hits as f64 / n as f64);
    let z2 = z * z / count;
    let centre = (share + 0.5 * z2) / (1.0 + z2);
    let half = z / (1.0 + z2) * (share * (1.0 - share) / count + 0.25 * z2 / count).sqrt();
    (share, (centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::newcombe_difference;
    use crate::pseudo_random::Generator;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn shares_agree_with_newcombe_1998() {
        for (a, b) in [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((0, 10), (0, 20))] {
            let found = shares(a, b).unwrap().at_level(0.95).unwrap();
            let printed = newcombe_difference(a, b, 0.95).unwrap();
            near(found.low, printed.low, 1e-9);
            near(found.high, printed.high, 1e-9);
        }
    }

    #[test]
    fn means_agree_with_scipy_where_the_values_are_near_normal() {
        // scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95) on values whose kurtosis is below 3, where the
        // degrees of freedom are Welch's.
        let a = Moments::of(&[5.0, 7.0, 9.0, 6.0, 8.0, 10.0]);
        let b = Moments::of(&[4.0, 6.0, 8.0, 5.0, 6.5, 5.5, 6.0]);
        let found = means(&a, &b).unwrap().at_level(0.95).unwrap();
        near(found.estimate, 1.642_857_142_857_142_7, 1e-12);
        near(found.low, -0.406_028_653_653_903_06, 1e-9);
        near(found.high, 3.691_742_939_368_189_5, 1e-9);
    }

    #[test]
    fn the_p_value_is_where_the_interval_touches_nothing() {
        let contrast = shares((56, 70), (48, 80)).unwrap();
        let p = contrast.p_value();
        near(contrast.at_level(1.0 - p).unwrap().low, 0.0, 1e-6);
        assert_eq!(shares((5, 10), (5, 10)).unwrap().p_value(), 1.0);
    }

    #[test]
    fn what_cannot_be_compared_is_none() {
        let fine = Moments::of(&[1.0, 2.0, 4.0]);
        assert_eq!(means(&fine, &Moments::of(&[1.0])), None);
        assert_eq!(means(&Moments::of(&[1.0, 1.0]), &Moments::of(&[1.0, 1.0])), None);
        assert_eq!(means(&fine, &Moments::of(&[1.0, f64::INFINITY])), None);
        assert_eq!(shares((1, 0), (1, 2)), None);
        assert_eq!(shares((3, 2), (1, 2)), None);
        assert_eq!(ratios(&[(1.0, 0.0), (2.0, 0.0)], &[(1.0, 1.0), (2.0, 1.0)]), None);
        let contrast = means(&fine, &fine).unwrap();
        assert_eq!(contrast.interval(f64::NAN), None);
        assert_eq!(contrast.at_level(1.0), None);
    }

    #[test]
    fn looks_at_growing_sums_are_correlated_by_the_root_of_their_time() {
        let mut g = Generator::from_seed(23);
        let mut arm = |n: usize| -> (Vec<f64>, Vec<f64>) {
            let pair = |first: f64, second: f64| (first + second, first);
            (0..n).map(|_| pair((0..3).map(|_| g.normal()).sum(), g.normal())).unzip()
        };
        let ((a, a_before), (b, b_before)) = (arm(20_000), arm(5_000));
        near(correlation((&a, &a_before), (&b, &b_before)), 0.75f64.sqrt(), 0.01);
        assert_eq!(correlation((&[1.0; 3], &[1.0; 3]), (&[0.0; 2], &[0.0; 2])), 0.0);
        assert_eq!(correlation((&[], &[]), (&[], &[])), 0.0);
    }

    /// Money of one person: mostly nothing, else log-normal.
    fn spending(g: &mut Generator, buys: f64) -> f64 {
        if g.uniform() < buys { (3.0 + 0.9 * g.normal()).exp() } else { 0.0 }
    }

    #[test]
    fn money_of_lopsided_arms_is_covered_about_as_often_as_it_says() {
        let mut g = Generator::from_seed(21);
        let mean = (3.0f64 + 0.405).exp();
        let truth = 0.05 * mean;
        let (mut covered, n_worlds) = (0, 3000);
        for _ in 0..n_worlds {
            let mut arm = |n: usize, buys: f64| {
                let mut moments = Moments::default();
                (0..n).for_each(|_| moments.push(spending(&mut g, buys)));
                moments
            };
            let contrast = means(&arm(800, 0.20), &arm(200, 0.15)).unwrap();
            let found = contrast.at_level(0.95).unwrap();
            covered += u32::from(found.low <= truth && truth <= found.high);
        }
        near(f64::from(covered) / f64::from(n_worlds), 0.95, 0.012);
    }

    #[test]
    fn a_ratio_of_sums_is_covered_about_as_often_as_it_says() {
        let mut g = Generator::from_seed(22);
        let mut covered = 0;
        for _ in 0..1000 {
            let mut arm = |n: usize, price: f64| -> Vec<(f64, f64)> {
                (0..n)
                    .map(|_| {
                        let n_orders = (g.exponential(0.8)).floor();
                        let level = price + 4.0 * g.normal();
                        (n_orders * level, n_orders)
                    })
                    .collect()
            };
            let found = ratios(&arm(600, 22.0), &arm(300, 20.0)).unwrap().at_level(0.95).unwrap();
            covered += u32::from(found.low <= 2.0 && 2.0 <= found.high);
        }
        near(f64::from(covered) / 1000.0, 0.95, 0.02);
    }
}
