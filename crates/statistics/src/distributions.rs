//! Distribution functions and quantiles of the normal, Student's t and the chi-square with one degree of freedom.
//!
//! Only what the intervals and tests of this crate use; it is not a catalogue of distributions.

use crate::special_functions::{erfc, incomplete_beta, incomplete_gamma_upper};

/// P(Z ≤ z) of the standard normal distribution.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// P(Z > z) of the standard normal distribution, precise in the upper tail.
pub fn normal_upper_tail(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// The z below which a share `p` of the standard normal distribution lies; NaN unless 0 < p < 1.
///
/// **Source.** Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988); about 16 digits.
pub fn normal_quantile(p: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return f64::NAN;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&AS241_CENTRE, r);
    }
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let z = if r <= 5.0 { ratio(&AS241_MIDDLE, r - 1.6) } else { ratio(&AS241_TAIL, r - 5.0) };
    z.copysign(q)
}

type Rational = ([f64; 8], [f64; 8]);

fn ratio((numerator, denominator): &Rational, r: f64) -> f64 {
    let horner = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
    horner(numerator) / horner(denominator)
}

const AS241_CENTRE: Rational = (
    [
        3.387_132_872_796_366_5,
        133.141_667_891_784_38,
        1_971.590_950_306_551_3,
        13_731.693_765_509_46,
        45_921.953_931_549_87,
        67_265.770_927_008_7,
        33_430.575_583_588_13,
        2_509.080_928_730_122_7,
    ],
    [
        1.0,
        42.313_330_701_600_91,
        687.187_007_492_057_9,
        5_394.196_021_424_751,
        21_213.794_301_586_597,
        39_307.895_800_092_71,
        28_729.085_735_721_943,
        5_226.495_278_852_854,
    ],
);

const AS241_MIDDLE: Rational = (
    [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        0.241_780_725_177_450_6,
        0.022_723_844_989_269_184,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        0.689_767_334_985_1,
        0.148_103_976_427_480_08,
        0.015_198_666_563_616_457,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
);

const AS241_TAIL: Rational = (
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        0.296_560_571_828_504_87,
        0.026_532_189_526_576_124,
        0.001_242_660_947_388_078_4,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        0.599_832_206_555_887_9,
        0.136_929_880_922_735_8,
        0.014_875_361_290_850_615,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_445_8e-7,
        2.044_263_103_389_939_8e-15,
    ],
);

/// P(T ≤ t) of Student's t with `degrees` of freedom (> 0).
///
/// **Source.** Abramowitz and Stegun 26.7.1.
pub fn student_t_cdf(t: f64, degrees: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + t * t));
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The t below which a share `p` of Student's t with `degrees` of freedom lies; NaN unless 0 < p < 1 and degrees > 0.
pub fn student_t_quantile(p: f64, degrees: f64) -> f64 {
    if !(p > 0.0 && p < 1.0 && degrees > 0.0) {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    // Solve on the upper side, where the bracket is positive; the bisection halves an exponent first, then the value.
    let upper = p.max(1.0 - p);
    let (mut low, mut high) = (0.0, 1.0);
    while student_t_cdf(high, degrees) < upper && high < 1e150 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if student_t_cdf(middle, degrees) < upper {
            low = middle;
        } else {
            high = middle;
        }
    }
    (0.5 * (low + high)).copysign(p - 0.5)
}

/// P(X > x) of the chi-square distribution with `degrees` (> 0) of freedom, precise in the upper tail.
///
/// ```
/// assert!((statistics::distributions::chi_square_upper_tail(5.991_464_547, 2.0) - 0.05).abs() < 1e-9);
/// ```
pub fn chi_square_upper_tail(x: f64, degrees: f64) -> f64 {
    incomplete_gamma_upper(0.5 * degrees, 0.5 * x.max(0.0))
}

/// P(X > x) of the chi-square distribution with one degree of freedom.
pub fn chi_square_1_upper_tail(x: f64) -> f64 {
    erfc((0.5 * x.max(0.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantile_inverts_the_distribution_function() {
        for p in [1e-12, 1e-6, 0.001, 0.025, 0.05, 0.3, 0.5, 0.8, 0.975, 0.999_999] {
            let back = normal_cdf(normal_quantile(p));
            assert!((back / p - 1.0).abs() < 1e-11, "{p} came back as {back}");
        }
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!(normal_quantile(0.0).is_nan() && normal_quantile(1.0).is_nan());
    }

    #[test]
    fn student_t_quantiles_agree_with_printed_tables() {
        for (p, degrees, expected) in [
            (0.975, 1.0, 12.706_204_736),
            (0.975, 10.0, 2.228_138_852),
            (0.95, 5.0, 2.015_048_373),
            (0.005, 30.0, -2.749_995_654),
        ] {
            assert!((student_t_quantile(p, degrees) - expected).abs() < 1e-7);
        }
        assert!((student_t_quantile(0.975, 1e7) - 1.959_964).abs() < 1e-5);
    }

    #[test]
    fn chi_square_tail_agrees_with_the_printed_critical_value() {
        assert!((chi_square_1_upper_tail(3.841_458_820_694_124) - 0.05).abs() < 1e-12);
    }
}
