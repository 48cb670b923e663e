//! The two classical tests of a difference, as every other program prints them: Welch's t for means, z for shares.
//!
//! For answers that are laid beside those of another program. Where tails are heavy, [`crate::effects::means`] is the more
//! careful one.

use crate::distributions::{normal_upper_tail, student_t_quantile};
use crate::intervals::Interval;
use crate::moments::Moments;
use crate::special_functions::incomplete_beta;

/// A difference with its test.
///
/// **Units.** Estimate, error and interval in those of one person's outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    pub estimate: f64,
    pub error: f64,
    /// t or z.
    pub statistic: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Of Welch's t; `None` for z.
    pub degrees: Option<f64>,
}

/// Welch's test of two means, treated minus held out.
///
/// Returns `None` for fewer than two values in an arm, no variance at all, or values that are not finite.
///
/// **Source.** Welch (1947), with Satterthwaite's degrees of freedom.
///
/// ```
/// use statistics::{moments::Moments, significance::welch};
/// let (a, b) = (Moments::of(&[5.0, 7.0, 9.0, 6.0, 8.0, 10.0]), Moments::of(&[4.0, 6.0, 8.0, 5.0, 6.5, 5.5, 6.0]));
/// let test = welch(&a, &b).expect("two arms");
/// assert!((test.statistic - 1.8297818).abs() < 1e-6);
/// ```
pub fn welch(treated: &Moments, held_out: &Moments) -> Option<Test> {
    let of = |arm: &Moments| Some((arm.variance()? / arm.n() as f64, arm.n() as f64 - 1.0));
    let ((a, degrees_a), (b, degrees_b)) = (of(treated)?, of(held_out)?);
    let variance = a + b;
    let estimate = treated.mean() - held_out.mean();
    if !(variance > 0.0 && variance.is_finite() && estimate.is_finite()) {
        return None;
    }
    let degrees = variance * variance / (a * a / degrees_a + b * b / degrees_b);
    let error = variance.sqrt();
    let statistic = estimate / error;
    // The tail as an incomplete beta keeps its digits where 1 − cdf has lost them.
    let p_value =
        incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + statistic * statistic)).clamp(0.0, 1.0);
    Some(Test { estimate, error, statistic, p_value, degrees: Some(degrees) })
}

impl Test {
    /// The interval of Welch's test; `None` for z, whose interval is [`crate::intervals::newcombe_difference`].
    pub fn interval(&self, level: f64) -> Option<Interval> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        let reach = self.error * student_t_quantile(0.5 + 0.5 * level, self.degrees?);
        let Self { estimate, .. } = *self;
        Some(Interval { estimate, low: estimate - reach, high: estimate + reach })
    }
}

/// The z-test of two shares, each as hits and people, treated minus held out.
///
/// The error is that of the arms as they are; the statistic takes the arms together, as "no difference" says. Returns `None` for
/// an empty arm, more hits than people, or where all or none of both arms hit.
///
/// **Source.** Fleiss, "Statistical Methods for Rates and Proportions" (1981), section 2.3, without continuity correction.
pub fn share_z(treated: (u64, u64), held_out: (u64, u64)) -> Option<Test> {
    if treated.1 == 0 || held_out.1 == 0 || treated.0 > treated.1 || held_out.0 > held_out.1 {
        return None;
    }
    let share = |(hits, n): (u64, u64)| hits as f64 / n as f64;
    let of_one = |p: f64| p * (1.0 - p);
    let (n, m) = (treated.1 as f64, held_out.1 as f64);
    let together = (treated.0 + held_out.0) as f64 / (n + m);
    let pooled = (of_one(together) * (1.0 / n + 1.0 / m)).sqrt();
    if pooled <= 0.0 {
        return None;
    }
    let estimate = share(treated) - share(held_out);
    let error = (of_one(share(treated)) / n + of_one(share(held_out)) / m).sqrt();
    let statistic = estimate / pooled;
    let p_value = (2.0 * normal_upper_tail(statistic.abs())).min(1.0);
    Some(Test { estimate, error, statistic, p_value, degrees: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn welch_agrees_with_scipy() {
        // scipy.stats.ttest_ind(a, b, equal_var=False) and its confidence_interval(0.95).
        let a = Moments::of(&[0.0, 0.0, 0.0, 120.0, 0.0, 3.0, 0.0, 55.0]);
        let b = Moments::of(&[0.0, 1.0, 0.0, 2.0, 0.0, 9.0]);
        let test = welch(&a, &b).unwrap();
        near(test.statistic, WELCH[0], 1e-9);
        near(test.p_value, WELCH[1], 1e-9);
        near(test.degrees.unwrap(), WELCH[2], 1e-9);
        let interval = test.interval(0.95).unwrap();
        near(interval.low, WELCH[3], 1e-6);
        near(interval.high, WELCH[4], 1e-6);
    }

    const WELCH: [f64; 5] =
        [1.2999347789339908, 0.2341225249360683, 7.120036819162514, -16.45990151152256, 56.95990151152256];

    #[test]
    fn shares_agree_with_statsmodels() {
        // statsmodels.stats.proportion.proportions_ztest([56, 48], [70, 80]).
        let test = share_z((56, 70), (48, 80)).unwrap();
        near(test.statistic, SHARES[0], 1e-9);
        near(test.p_value, SHARES[1], 1e-12);
    }

    const SHARES: [f64; 2] = [2.6501719512585336, 0.00804508136819656];

    #[test]
    fn what_cannot_be_tested_is_none() {
        let one = Moments::of(&[1.0]);
        let equal = Moments::of(&[1.0, 1.0]);
        assert_eq!(welch(&one, &equal), None);
        assert_eq!(welch(&equal, &equal), None);
        assert_eq!(share_z((0, 5), (0, 7)), None);
        assert_eq!(share_z((1, 0), (1, 2)), None);
        assert_eq!(share_z((1, 2), (0, 2)).unwrap().interval(0.95), None);
    }
}
