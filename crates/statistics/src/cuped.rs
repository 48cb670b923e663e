//! Less noise from what people did before: outcomes adjusted by the pre-period (CUPED).
//!
//! The adjustment leaves the effect as it is and takes out what could have been foreseen. It needs pre-period values from
//! before the assignment only; anything later would take out a part of the effect.

use crate::effects::{Contrast, means};
use crate::moments::Moments;

/// Below this correlation the adjustment gains less than one percent of the variance: not worth explaining.
pub const LEAST_CORRELATION: f64 = 0.1;

/// People of one arm: what they did in the outcome window and before it.
///
/// **Shape.** Both slices have one value for each person, in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Arm<'a> {
    pub outcome: &'a [f64],
    pub before: &'a [f64],
}

/// What the adjustment found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// Outcome expected for one more unit before.
    pub slope: f64,
    /// Correlation of outcome and pre-period within the arms: 1 − its square is the share of the variance that is left.
    pub correlation: f64,
    pub treated: Moments,
    pub held_out: Moments,
    pub contrast: Contrast,
}

/// How one unit before the assignment predicts the outcome, from both arms together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    pub slope: f64,
    pub correlation: f64,
    /// Mean of the pre-period over both arms: values are adjusted to it.
    pub middle: f64,
}

impl Line {
    /// The outcome without what could have been foreseen.
    pub fn adjust(&self, outcome: f64, before: f64) -> f64 {
        outcome - self.slope * (before - self.middle)
    }
}

/// Fits how the pre-period predicts the outcome, pooled within the arms.
///
/// Returns `None` for slices of different length, fewer than three people in an arm, a pre-period that does not vary, or
/// values that are not finite.
///
/// **Source.** Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by utilizing
/// pre-experiment data" (2013), equations (4) and (5).
pub fn fit(treated: Arm<'_>, held_out: Arm<'_>) -> Option<Line> {
    let a = Sums::of(treated)?;
    let b = Sums::of(held_out)?;
    let (xx, xy, yy) = (a.xx + b.xx, a.xy + b.xy, a.yy + b.yy);
    let n = a.n + b.n;
    let middle = (a.mean_x * a.n + b.mean_x * b.n) / n;
    let slope = xy / xx;
    if !(xx > 0.0 && slope.is_finite() && middle.is_finite()) {
        return None;
    }
    let correlation = if yy > 0.0 { (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0) } else { 0.0 };
    Some(Line { slope, correlation, middle })
}

/// The difference of the adjusted means.
///
/// Returns `None` where [`fit`] or [`means`] does.
pub fn difference(treated: Arm<'_>, held_out: Arm<'_>) -> Option<Adjusted> {
    let line = fit(treated, held_out)?;
    let adjust = |arm: Arm<'_>| {
        let mut moments = Moments::default();
        arm.outcome.iter().zip(arm.before).for_each(|(y, x)| moments.push(line.adjust(*y, *x)));
        moments
    };
    let (treated, held_out) = (adjust(treated), adjust(held_out));
    let contrast = means(&treated, &held_out)?;
    Some(Adjusted { slope: line.slope, correlation: line.correlation, treated, held_out, contrast })
}

/// Sums of squares and products around the means of one arm.
struct Sums {
    n: f64,
    mean_x: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Sums {
    fn of(arm: Arm<'_>) -> Option<Self> {
        if arm.outcome.len() != arm.before.len() || arm.outcome.len() < 3 {
            return None;
        }
        let n = arm.outcome.len() as f64;
        let mean_x = arm.before.iter().sum::<f64>() / n;
        let mean_y = arm.outcome.iter().sum::<f64>() / n;
        let mut sums = Self { n, mean_x, xx: 0.0, xy: 0.0, yy: 0.0 };
        for (y, x) in arm.outcome.iter().zip(arm.before) {
            let (dy, dx) = (y - mean_y, x - mean_x);
            sums.xx += dx * dx;
            sums.xy += dx * dy;
            sums.yy += dy * dy;
        }
        sums.yy.is_finite().then_some(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    /// People whose spending before and after shares a habit; treated ones spend `effect` more.
    fn arm(g: &mut Generator, n: usize, effect: f64) -> (Vec<f64>, Vec<f64>) {
        (0..n)
            .map(|_| {
                let habit = g.gamma(2.0, 0.5);
                (habit + effect + g.exponential(0.5), habit + g.exponential(0.5))
            })
            .unzip()
    }

    fn world(g: &mut Generator) -> Adjusted {
        let (y_a, x_a) = arm(g, 400, 0.5);
        let (y_b, x_b) = arm(g, 100, 0.0);
        difference(Arm { outcome: &y_a, before: &x_a }, Arm { outcome: &y_b, before: &x_b }).unwrap()
    }

    #[test]
    fn the_adjusted_interval_is_narrower_by_what_the_correlation_says_and_holds_the_truth() {
        let mut g = Generator::from_seed(31);
        let (mut covered, mut sum, mut n_narrower) = (0, 0.0, 0);
        for _ in 0..1500 {
            let found = world(&mut g);
            let interval = found.contrast.at_level(0.95).unwrap();
            covered += u32::from(interval.low <= 0.5 && 0.5 <= interval.high);
            sum += found.contrast.estimate();
            n_narrower += u32::from(found.correlation > 0.5);
        }
        near(f64::from(covered) / 1500.0, 0.95, 0.015);
        near(sum / 1500.0, 0.5, 0.03);
        assert!(n_narrower > 1400, "habit is two thirds of the variance");
    }

    #[test]
    fn the_variance_left_is_one_minus_the_squared_correlation() {
        let mut g = Generator::from_seed(32);
        let (y_a, x_a) = arm(&mut g, 20_000, 0.0);
        let (y_b, x_b) = arm(&mut g, 20_000, 0.0);
        let found =
            difference(Arm { outcome: &y_a, before: &x_a }, Arm { outcome: &y_b, before: &x_b }).unwrap();
        let plain = means(&Moments::of(&y_a), &Moments::of(&y_b)).unwrap();
        near((found.contrast.error() / plain.error()).powi(2), 1.0 - found.correlation.powi(2), 0.01);
        // Habit has variance 8, each exponential 4: the correlation is 8/12.
        near(found.correlation, 2.0 / 3.0, 0.02);
    }

    #[test]
    fn a_pre_period_that_says_nothing_changes_nothing() {
        let outcome = [1.0, 2.0, 3.0, 4.0];
        let flat = [5.0; 4];
        let arm = Arm { outcome: &outcome, before: &flat };
        assert!(fit(arm, arm).is_none());
        assert!(fit(Arm { outcome: &outcome, before: &flat[..3] }, arm).is_none());
        let broken = Arm { outcome: &outcome, before: &[1.0, f64::NAN, 2.0, 3.0] };
        assert!(fit(broken, broken).is_none());
    }
}
