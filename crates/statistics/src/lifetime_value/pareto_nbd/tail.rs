//! The integral from 0 to ∞ of (a+u)^−A (b+u)^−B du with its derivatives, on the log scale.
//!
//! It is Gauss' hypergeometric function in disguise. In the variable y with u = u₀ exp(c · sinh y), where u₀ is where
//! u times the integrand is greatest, the integrand falls double-exponentially on both sides, and the trapezoidal rule is
//! precise to eight digits or more whatever a, b and however large A: a power series would need thousands of terms when a and b
//! are far apart, and would overflow for thousands of purchases. All terms are positive, so nothing cancels.
//!
//! **Source.** Takahasi and Mori, "Double exponential formulas for numerical integration" (1974).

use std::sync::LazyLock;

/// The integrand; A + B must be above 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub(super) a: f64,
    pub(super) b: f64,
    /// The exponent A of (a + u).
    pub(super) of_a: f64,
    /// The exponent B of (b + u).
    pub(super) of_b: f64,
}

/// The logarithm of the integral with gradient and Hessian (upper triangle) in (A, a, B, b).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LogTail {
    pub(super) value: f64,
    pub(super) gradient: [f64; 4],
    pub(super) hessian: [[f64; 4]; 4],
}

const STEP: f64 = 0.15;
const SPREAD: f64 = std::f64::consts::FRAC_PI_2;
/// Points on either side of the peak; the outermost lie at e^±600 of it.
const POINTS: i32 = 44;
/// A point that adds less than this share ends the sum on its side.
const NEGLIGIBLE: f64 = 1e-13;

/// (u / u₀, weight without u₀) of the points above the peak and below it, outwards; the first list begins at the peak.
static GRID: LazyLock<[Vec<(f64, f64)>; 2]> = LazyLock::new(|| {
    let point = |k: i32| {
        let y = STEP * f64::from(k);
        let u = (SPREAD * y.sinh()).exp();
        (u, STEP * SPREAD * y.cosh() * u)
    };
    [(0..=POINTS).map(point).collect(), (1..=POINTS).map(|k| point(-k)).collect()]
});

impl Tail {
    /// Where u times the integrand is greatest.
    fn peak(&self) -> f64 {
        let Self { a, b, of_a, of_b } = *self;
        let (quadratic, linear) = (of_a + of_b - 1.0, a * (1.0 - of_b) + b * (1.0 - of_a));
        let root = (linear * linear + 4.0 * quadratic * a * b).sqrt();
        if linear > 0.0 { (linear + root) / (2.0 * quadratic) } else { 2.0 * a * b / (root - linear) }
    }

    /// The logarithm of the integral.
    pub(super) fn ln_integral(&self) -> f64 {
        let Self { a, b, of_a, of_b } = *self;
        let peak = self.peak();
        let (ln_a, ln_b) = ((a + peak).ln(), (b + peak).ln());
        let highest = -of_a * ln_a - of_b * ln_b;
        let mut sum = 0.0;
        for side in GRID.iter() {
            for &(ratio, weight) in side {
                let u = peak * ratio;
                let term = weight * (-of_a * (a + u).ln() - of_b * (b + u).ln() - highest).exp();
                sum += term;
                if term < NEGLIGIBLE * sum {
                    break;
                }
            }
        }
        highest + peak.ln() + sum.ln()
    }

    /// The logarithm of the integral with its derivatives: moments of ln(a+u), 1/(a+u), ln(b+u) and 1/(b+u) under the
    /// normalised integrand.
    pub(super) fn with_derivatives(&self) -> LogTail {
        let Self { a, b, of_a, of_b } = *self;
        let peak = self.peak();
        let (ln_a, ln_b) = ((a + peak).ln(), (b + peak).ln());
        let (mut sum, mut mean, mut square) = (0.0, [0.0; 4], [[0.0; 4]; 4]);
        for side in GRID.iter() {
            for &(ratio, weight) in side {
                let u = peak * ratio;
                let (at_a, at_b) = (a + u, b + u);
                let by = [at_a.ln() - ln_a, 1.0 / at_a, at_b.ln() - ln_b, 1.0 / at_b];
                let term = weight * (-of_a * by[0] - of_b * by[2]).exp();
                sum += term;
                for i in 0..4 {
                    let part = term * by[i];
                    mean[i] += part;
                    for j in i..4 {
                        square[i][j] += part * by[j];
                    }
                }
                if term < NEGLIGIBLE * sum {
                    break;
                }
            }
        }
        let highest = -of_a * ln_a - of_b * ln_b;
        self.log_tail(
            highest + peak.ln() + sum.ln(),
            [ln_a, ln_b],
            mean.map(|m| m / sum),
            square.map(|row| row.map(|s| s / sum)),
        )
    }

    fn log_tail(&self, value: f64, [ln_a, ln_b]: [f64; 2], mean: [f64; 4], square: [[f64; 4]; 4]) -> LogTail {
        let (of_a, of_b) = (self.of_a, self.of_b);
        // The integrand's logarithm has the derivatives −ln(a+u), −A/(a+u), −ln(b+u), −B/(b+u).
        let scale = [-1.0, -of_a, -1.0, -of_b];
        let mut hessian = [[0.0; 4]; 4];
        for i in 0..4 {
            for j in i..4 {
                hessian[i][j] = scale[i] * scale[j] * (square[i][j] - mean[i] * mean[j]);
            }
        }
        hessian[0][1] -= mean[1];
        hessian[2][3] -= mean[3];
        hessian[1][1] += of_a * square[1][1];
        hessian[3][3] += of_b * square[3][3];
        let gradient = [-mean[0] - ln_a, -of_a * mean[1], -mean[2] - ln_b, -of_b * mean[3]];
        LogTail { value, gradient, hessian }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special_functions::hypergeometric_2f1;

    /// ₂F₁(A + B − 1, B; A + B; (a − b) / a) / (A + B − 1) a^(1−A−B), for a > b.
    fn by_series(t: &Tail) -> f64 {
        let order = t.of_a + t.of_b - 1.0;
        (hypergeometric_2f1(order, t.of_b, order + 1.0, (t.a - t.b) / t.a) / order).ln() - order * t.a.ln()
    }

    #[test]
    fn the_integral_agrees_with_the_hypergeometric_series() {
        for a in [0.5, 10.0, 800.0] {
            for share in [0.01, 0.3, 0.97, 1.0] {
                for of_a in [0.01, 0.3, 1.5, 40.0, 900.0] {
                    for of_b in [1.02, 1.6, 8.0] {
                        let tail = Tail { a, b: a * share, of_a, of_b };
                        let (found, series) = (tail.ln_integral(), by_series(&tail));
                        assert!((found - series).abs() < 2e-8, "{tail:?}: {found} is not {series}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_overflows_with_5000_purchases() {
        let tail = Tail { a: 700.0, b: 0.01, of_a: 5000.6, of_b: 1.5 }.with_derivatives();
        assert!(tail.value.is_finite() && tail.gradient.iter().all(|g| g.is_finite()));
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let at = |p: [f64; 4]| Tail { of_a: p[0], a: p[1], of_b: p[2], b: p[3] }.with_derivatives();
        let p = [2.4, 15.0, 1.6, 40.0];
        let here = at(p);
        for i in 0..4 {
            let step = 1e-5 * p[i];
            let (mut above, mut below) = (p, p);
            above[i] += step;
            below[i] -= step;
            let (above, below) = (at(above), at(below));
            assert!(((above.value - below.value) / (2.0 * step) - here.gradient[i]).abs() < 1e-7);
            for j in i..4 {
                let slope = (above.gradient[j] - below.gradient[j]) / (2.0 * step);
                assert!((slope - here.hessian[i][j]).abs() < 1e-6, "{i} {j}: {slope} {}", here.hessian[i][j]);
            }
        }
    }
}
