//! The special functions that the models need, in double precision.
//!
//! It does not cover negative or complex arguments: the models never ask for them, and such a call returns NaN.

/// Coefficients B₂ₖ / (2k (2k − 1)) of Stirling's series for ln Γ.
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];

/// Coefficients B₂ₖ / 2k of the asymptotic series for ψ.
const DIGAMMA: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32_760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
];

/// Coefficients B₂ₖ of the asymptotic series for ψ′.
const TRIGAMMA: [f64; 8] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
];

/// From here on the asymptotic series are exact to double precision.
const ASYMPTOTIC_FROM: f64 = 12.0;

/// Σ cₖ yᵏ by Horner's rule.
fn polynomial(coefficients: &[f64], y: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * y + c)
}

/// Natural logarithm of the gamma function, for x > 0; NaN otherwise.
///
/// **Source.** Abramowitz and Stegun 6.1.41 (Stirling's series) after shifting by 6.1.15.
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut x, mut product) = (x, 1.0);
    while x < ASYMPTOTIC_FROM {
        product *= x;
        x += 1.0;
    }
    let half_ln_two_pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
    (x - 0.5) * x.ln() - x + half_ln_two_pi + polynomial(&STIRLING, 1.0 / (x * x)) / x - product.ln()
}

/// Digamma ψ(x) = d ln Γ(x) / dx, for x > 0; NaN otherwise.
///
/// **Source.** Abramowitz and Stegun 6.3.18 after shifting by 6.3.5.
pub fn digamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut x, mut shift) = (x, 0.0);
    while x < ASYMPTOTIC_FROM {
        shift += 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    x.ln() - 0.5 / x - y * polynomial(&DIGAMMA, y) - shift
}

/// Trigamma ψ′(x), for x > 0; NaN otherwise.
///
/// **Source.** Abramowitz and Stegun 6.4.12 after shifting by 6.4.6.
pub fn trigamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut x, mut shift) = (x, 0.0);
    while x < ASYMPTOTIC_FROM {
        shift += 1.0 / (x * x);
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    1.0 / x + 0.5 * y + y / x * polynomial(&TRIGAMMA, y) + shift
}

/// Logarithm of the beta function B(a, b), for a, b > 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// Gauss' hypergeometric function ₂F₁(a, b; c; z) for 0 ≤ z < 1 by its power series; NaN outside.
///
/// The callers transform first (Euler), so that the upper parameters are small and the series cannot overflow even for a
/// customer with thousands of purchases.
///
/// **Source.** Abramowitz and Stegun 15.1.1.
pub fn hypergeometric_2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
    const MOST_TERMS: u32 = 200_000;
    if !((0.0..1.0).contains(&z) && a.is_finite() && b.is_finite() && c.is_finite()) {
        return f64::NAN;
    }
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 0..MOST_TERMS {
        let k = f64::from(k);
        let ratio = (a + k) * (b + k) / ((c + k) * (k + 1.0)) * z;
        term *= ratio;
        sum += term;
        // The rest is at most a geometric series in the present ratio.
        if term == 0.0 || (ratio.abs() < 1.0 && term.abs() <= 1e-16 * sum.abs() * (1.0 - ratio.abs())) {
            break;
        }
    }
    sum
}

/// Regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 ≤ x ≤ 1; NaN outside.
///
/// **Source.** Didonato and Morris (1992), "Algorithm 708", ACM Transactions on Mathematical Software 18.
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x)) {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        return x;
    }
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b)).exp();
    incomplete_beta_from(front, a, b, x, 1e-15)
}

/// I_x(a, b) where the caller has xᵃ (1 − x)ᵇ / B(a, b) at hand, for 0 < x < 1, to about this relative precision of the
/// smaller tail.
pub(crate) fn incomplete_beta_from(front: f64, a: f64, b: f64, x: f64, precision: f64) -> f64 {
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x, precision) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x, precision) / b
    }
}

/// The continued fraction of the incomplete beta function, times a: its even part, of which each step does what two steps of
/// the textbook's do, by the recurrence of numerators and denominators, which divides once a step.
///
/// **Source.** Didonato and Morris (1992), "Algorithm 708", equation (9.1).
fn beta_fraction(a: f64, b: f64, x: f64, precision: f64) -> f64 {
    const MOST_STEPS: u32 = 10_000;
    const LARGE: f64 = 1e120;
    let lean = a - (a + b) * x + 1.0;
    let mut inverse = 1.0 / (a + 1.0);
    let (mut top, mut bottom) = (a * lean * inverse, 1.0);
    let (mut top_before, mut bottom_before) = (1.0, 0.0);
    for m in 1..=MOST_STEPS {
        let m = f64::from(m);
        let half = m * (b - m) * x * inverse;
        let partial_top = (a + m - 1.0) * (a + b + m - 1.0) * x * inverse * half;
        inverse = 1.0 / (a + 2.0 * m + 1.0);
        let partial_bottom = m + half + (a + m) * (lean + m * (2.0 - x)) * inverse;
        let next = partial_bottom * top + partial_top * top_before;
        let next_bottom = partial_bottom * bottom + partial_top * bottom_before;
        let has_settled = (next * bottom - top * next_bottom).abs() <= precision * (next * bottom).abs();
        (top_before, bottom_before, top, bottom) = (top, bottom, next, next_bottom);
        if has_settled {
            break;
        }
        if top.abs().max(bottom.abs()) > LARGE {
            (top_before, bottom_before) = (top_before / LARGE, bottom_before / LARGE);
            (top, bottom) = (top / LARGE, bottom / LARGE);
        }
    }
    a * bottom / top
}

/// Regularised lower incomplete gamma function P(a, x), for a > 0 and x ≥ 0; NaN outside.
///
/// **Source.** Series 6.5.29 and continued fraction 6.5.31 of Abramowitz and Stegun.
pub fn incomplete_gamma(a: f64, x: f64) -> f64 {
    if x < a + 1.0 { gamma_series(a, x) } else { 1.0 - gamma_fraction(a, x) }
}

/// Regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x), precise where it is small; NaN outside a > 0, x ≥ 0.
///
/// **Source.** As [`incomplete_gamma`].
pub fn incomplete_gamma_upper(a: f64, x: f64) -> f64 {
    if x < a + 1.0 { 1.0 - gamma_series(a, x) } else { gamma_fraction(a, x) }
}

/// P(a, x) by its series, for x < a + 1.
fn gamma_series(a: f64, x: f64) -> f64 {
    if !(a > 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
    while term > 1e-17 * sum {
        k += 1.0;
        term *= x / k;
        sum += term;
    }
    front * sum
}

/// Q(a, x) by its continued fraction, for x ≥ a + 1.
fn gamma_fraction(a: f64, x: f64) -> f64 {
    const MOST_STEPS: u32 = 100_000;
    if !(a > 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..=MOST_STEPS {
        let i = f64::from(i);
        let step = -i * (i - a);
        b += 2.0;
        d = 1.0 / (step * d + b);
        c = b + step / c;
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * h
}

/// The quantile of a gamma distribution with rate 1 and the given shape (> 0), for 0 < share < 1.
pub fn gamma_quantile(shape: f64, share: f64) -> f64 {
    let (mut low, mut high) = (0.0, shape + 1.0);
    while incomplete_gamma(shape, high) < share && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    // For small shapes the quantile may be many orders of magnitude below 1: halve the exponent while the bracket is wide.
    for _ in 0..300 {
        let middle = if high > 4.0 * low { (low.max(1e-300) * high).sqrt() } else { 0.5 * (low + high) };
        if incomplete_gamma(shape, middle) < share {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-12 * high || high <= 1e-300 {
            break;
        }
    }
    0.5 * (low + high)
}

/// Complementary error function erfc(x), with full relative precision in the upper tail.
///
/// **Source.** Abramowitz and Stegun 7.1.6 (series) below 2.5 and 7.1.14 (continued fraction) above.
pub fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 2.5 {
        let (mut term, mut sum, mut k) = (x, x, 0.0);
        while term > 1e-17 * sum {
            k += 1.0;
            term *= 2.0 * x * x / (2.0 * k + 1.0);
            sum += term;
        }
        return 1.0 - std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp() * sum;
    }
    let mut fraction = x;
    for k in (1..=120).rev() {
        fraction = x + 0.5 * f64::from(k) / fraction;
    }
    (-x * x).exp() / (fraction * std::f64::consts::PI.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, relative: f64) {
        assert!(
            (found - expected).abs() <= relative * expected.abs().max(1e-300),
            "{found} is not {expected}"
        );
    }

    #[test]
    fn gamma_functions_agree_with_known_values() {
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-14);
        close(ln_gamma(11.0), 3_628_800f64.ln(), 1e-15);
        close(ln_gamma(1e-5), 11.512_919_692_895_826, 1e-14);
        close(
            ln_gamma(5000.25),
            5000.25f64.ln() * 4999.75 - 5000.25 + 0.918_938_533_204_672_7 + 1.0 / (12.0 * 5000.25),
            1e-13,
        );
        let euler = 0.577_215_664_901_532_9;
        close(digamma(1.0), -euler, 1e-14);
        close(digamma(0.5), -euler - 2.0 * 2f64.ln(), 1e-14);
        close(trigamma(1.0), std::f64::consts::PI.powi(2) / 6.0, 1e-14);
        close(trigamma(0.5), std::f64::consts::PI.powi(2) / 2.0, 1e-14);
    }

    #[test]
    fn hypergeometric_agrees_with_elementary_cases() {
        close(hypergeometric_2f1(1.0, 1.0, 2.0, 0.5), 2.0 * 2f64.ln(), 1e-14);
        close(hypergeometric_2f1(0.7, 2.0, 2.0, 0.9), 0.1f64.powf(-0.7), 1e-12);
        close(hypergeometric_2f1(0.5, 1.0, 1.5, 0.81), (1.9f64 / 0.1).ln() / (2.0 * 0.9), 1e-12);
        assert!(hypergeometric_2f1(1.0, 1.0, 2.0, 1.0).is_nan());
    }

    #[test]
    fn incomplete_beta_agrees_with_the_binomial_sum() {
        close(incomplete_beta(2.0, 3.0, 0.4), 0.5248, 1e-13);
        close(incomplete_beta(0.5, 0.5, 0.25), 2.0 / std::f64::consts::PI * 0.25f64.sqrt().asin(), 1e-13);
        close(incomplete_beta(30_000.0, 20_000.0, 0.6), 0.500, 2e-3);
        assert!(incomplete_beta(0.0, 1.0, 0.5).is_nan());
    }

    #[test]
    fn incomplete_gamma_agrees_with_the_exponential_and_the_normal() {
        close(incomplete_gamma(1.0, 2.0), 1.0 - (-2f64).exp(), 1e-14);
        close(incomplete_gamma(0.5, 0.3), 1.0 - erfc(0.3f64.sqrt()), 1e-13);
        close(incomplete_gamma(3.0, 9.0), 1.0 - (-9f64).exp() * (1.0 + 9.0 + 40.5), 1e-13);
    }

    #[test]
    fn gamma_quantile_inverts_the_distribution_function() {
        for (shape, share) in [(0.01, 0.9), (0.5, 0.1), (3.74, 0.5), (200.0, 0.975), (1e6, 0.025)] {
            close(incomplete_gamma(shape, gamma_quantile(shape, share)), share, 1e-8);
        }
    }

    #[test]
    fn erfc_agrees_with_printed_values() {
        close(erfc(0.5), 0.479_500_122_186_953_5, 1e-14);
        close(erfc(2.0), 0.004_677_734_981_047_265, 1e-12);
        close(erfc(2.5), 0.000_406_952_017_444_958_9, 1e-11);
        close(erfc(5.0), 1.537_459_794_428_034_8e-12, 1e-12);
        close(erfc(-1.0), 1.842_700_792_949_714_8, 1e-14);
    }

    #[test]
    fn arguments_outside_the_domain_give_nan() {
        for x in [f64::NAN, 0.0, -1.0] {
            assert!(ln_gamma(x).is_nan() && digamma(x).is_nan() && trigamma(x).is_nan());
        }
    }
}
