//! A straight line through the last periods, and what it says about the next.
//!
//! For a glance at twelve months or weeks. It knows no season and no change of direction; where neighbours resemble each
//! other (see [`Trend::autocorrelation`]) its intervals are too narrow.

use crate::distributions::{student_t_cdf, student_t_quantile};
use crate::intervals::Interval;

/// The fitted line.
///
/// **Units.** Those of the values; the slope per period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Periods that were used.
    pub n: usize,
    /// Value of the line at the first period.
    pub start: f64,
    /// Change per period, with its interval.
    pub slope: Interval,
    /// p-value of "there is no trend", two-sided.
    pub p_value: f64,
    /// Share of the variance that the line explains; 0 where nothing varies.
    pub r_squared: f64,
    /// Correlation of each deviation from the line with the next one. Above about 0.5 do not trust the intervals.
    pub autocorrelation: f64,
    /// Standard deviation of the deviations from the line.
    pub deviation: f64,
    level: f64,
}

/// With fewer periods a line fits anything.
pub const FEWEST_PERIODS: usize = 4;

/// Fits a line through equally spaced values by least squares.
///
/// **Shape.** One value for each period, oldest first. `level` is that of the intervals, such as 0.95.
///
/// Returns `None` for fewer than [`FEWEST_PERIODS`] values, values that are not finite, or a level outside (0, 1).
pub fn fit(values: &[f64], level: f64) -> Option<Trend> {
    let n = values.len();
    if n < FEWEST_PERIODS || values.iter().any(|v| !v.is_finite()) || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let count = n as f64;
    let (middle, mean) = (0.5 * (count - 1.0), values.iter().sum::<f64>() / count);
    let spread = count * (count * count - 1.0) / 12.0;
    let periods = || (0u32..).map(f64::from).zip(values);
    let slope = periods().map(|(t, v)| (t - middle) * (v - mean)).sum::<f64>() / spread;
    let start = mean - slope * middle;
    let rest: Vec<f64> = periods().map(|(t, v)| v - start - slope * t).collect();
    let squares: f64 = rest.iter().map(|e| e * e).sum();
    let total: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let degrees = count - 2.0;
    let deviation = (squares / degrees).sqrt();
    let error = deviation / spread.sqrt();
    let half = student_t_quantile(0.5 + 0.5 * level, degrees) * error;
    let p_value = match (error > 0.0, slope == 0.0) {
        (true, _) => 2.0 * student_t_cdf(-(slope / error).abs(), degrees),
        (false, true) => 1.0,
        (false, false) => 0.0,
    };
    let neighbours: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum();
    Some(Trend {
        n,
        start,
        slope: Interval { estimate: slope, low: slope - half, high: slope + half },
        p_value,
        r_squared: if total > 0.0 { (1.0 - squares / total).clamp(0.0, 1.0) } else { 0.0 },
        autocorrelation: if squares > 0.0 { neighbours / squares } else { 0.0 },
        deviation,
        level,
    })
}

impl Trend {
    /// The line `ahead` periods after the last one (1 is the next), with the interval in which that single period's value
    /// will fall.
    ///
    /// **Source.** Any textbook on regression: variance s² (1 + 1/n + (t − t̄)² / Σ(t − t̄)²), Student's t with n − 2.
    pub fn predict(&self, ahead: u32) -> Interval {
        self.at(self.n as f64 - 1.0 + f64::from(ahead))
    }

    /// The line at one of the periods that were used (the first is 0), with the interval in which a single value there was
    /// to be expected.
    pub fn corridor(&self, period: usize) -> Interval {
        self.at(period as f64)
    }

    fn at(&self, t: f64) -> Interval {
        let n = self.n as f64;
        let middle = 0.5 * (n - 1.0);
        let spread = n * (n * n - 1.0) / 12.0;
        let error = self.deviation * (1.0 + 1.0 / n + (t - middle).powi(2) / spread).sqrt();
        let half = student_t_quantile(0.5 + 0.5 * self.level, n - 2.0) * error;
        let estimate = self.start + self.slope.estimate * t;
        Interval { estimate, low: estimate - half, high: estimate + half }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn a_small_line_agrees_with_the_formulas_by_hand() {
        // Values 1, 3, 2, 5, 4: slope 0.8, start 1.4, residual sum of squares 3.6.
        let found = fit(&[1.0, 3.0, 2.0, 5.0, 4.0], 0.95).expect("a line");
        near(found.slope.estimate, 0.8, 1e-12);
        near(found.start, 1.4, 1e-12);
        near(found.r_squared, 0.64, 1e-12);
        near(found.deviation, 1.2f64.sqrt(), 1e-12);
        near(found.slope.high - 0.8, 3.182_446_305 * 0.12f64.sqrt(), 1e-8);
        // R: summary(lm(c(1,3,2,5,4) ~ c(0:4))) prints p = 0.1041.
        near(found.p_value, 0.1041, 5e-5);
        let next = found.predict(1);
        near(next.estimate, 5.4, 1e-12);
        near(next.high - 5.4, 3.182_446_305 * (1.2f64 * 2.1).sqrt(), 1e-8);
    }

    #[test]
    fn nine_of_ten_next_values_fall_into_their_interval() {
        let mut g = Generator::from_seed(12);
        let mut within = 0;
        for _ in 0..4000 {
            let mut values: Vec<f64> =
                (0..13).map(|t| 50.0 + 2.0 * f64::from(t) + 8.0 * g.normal()).collect();
            let next = values.pop().expect("thirteen values");
            let found = fit(&values, 0.9).expect("a line").predict(1);
            within += i32::from(found.low <= next && next <= found.high);
        }
        near(f64::from(within) / 4000.0, 0.9, 0.015);
    }

    #[test]
    fn what_cannot_be_fitted_is_none_and_what_does_not_vary_has_no_trend() {
        assert_eq!(fit(&[1.0, 2.0, 3.0], 0.9), None);
        assert_eq!(fit(&[1.0, 2.0, f64::NAN, 3.0], 0.9), None);
        assert_eq!(fit(&[1.0; 6], 0.0), None);
        let flat = fit(&[7.0; 12], 0.9).expect("a line");
        assert_eq!((flat.slope.estimate, flat.p_value, flat.r_squared), (0.0, 1.0, 0.0));
        assert_eq!(flat.predict(3), Interval { estimate: 7.0, low: 7.0, high: 7.0 });
    }
}
