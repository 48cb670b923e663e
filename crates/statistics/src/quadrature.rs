//! Integration by a fixed number of points.
//!
//! Only the rule that the models use; it is not adaptive.

/// Points and weights of the 16-point Gauss–Legendre rule on the interval from 0 to 1.
///
/// Exact for polynomials up to degree 31; the weights sum to 1.
///
/// **Source.** Abramowitz and Stegun, table 25.4.
///
/// ```
/// let cube: f64 = statistics::quadrature::gauss_legendre_16().map(|(x, weight)| weight * x * x * x).sum();
/// assert!((cube - 0.25).abs() < 1e-14);
/// ```
pub fn gauss_legendre_16() -> impl Iterator<Item = (f64, f64)> {
    HALF.iter().flat_map(|&(x, weight)| [(0.5 * (1.0 - x), 0.5 * weight), (0.5 * (1.0 + x), 0.5 * weight)])
}

const HALF: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_6),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];
