//! Mean, variance and kurtosis of values that pass by one after another, mergeable.
//!
//! What a comparison of two arms needs from a million people without keeping them.

/// The first four moments of what was seen.
///
/// **Units.** Those of the values.
///
/// **Source.** Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical
/// moments" (2008), equations (2.1)–(2.9).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    /// Sums of the second, third and fourth power of the deviations from the mean.
    squares: f64,
    cubes: f64,
    fourths: f64,
    n_not_zero: u64,
}

impl Moments {
    pub fn of(values: &[f64]) -> Self {
        let mut moments = Self::default();
        values.iter().for_each(|v| moments.push(*v));
        moments
    }

    /// Values that are 1 `hits` times and 0 else; `None` for more hits than values.
    pub fn of_share(hits: u64, n: u64) -> Option<Self> {
        if hits > n {
            return None;
        }
        let (count, p) = (n as f64, if n == 0 { 0.0 } else { hits as f64 / n as f64 });
        let squares = count * p * (1.0 - p);
        let cubes = squares * (1.0 - 2.0 * p);
        let fourths = squares * (1.0 - 3.0 * p * (1.0 - p));
        Some(Self { n, mean: p, squares, cubes, fourths, n_not_zero: hits })
    }

    pub fn push(&mut self, value: f64) {
        let before = self.n as f64;
        self.n += 1;
        self.n_not_zero += u64::from(value != 0.0);
        let n = self.n as f64;
        let delta = value - self.mean;
        let step = delta / n;
        let term = delta * step * before;
        self.mean += step;
        self.fourths += term * step * step * (n * n - 3.0 * n + 3.0) + 6.0 * step * step * self.squares
            - 4.0 * step * self.cubes;
        self.cubes += term * step * (n - 2.0) - 3.0 * step * self.squares;
        self.squares += term;
    }

    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let (a, b) = (self.n as f64, other.n as f64);
        let n = a + b;
        if n == 0.0 {
            return self;
        }
        let delta = other.mean - self.mean;
        Self {
            n: self.n + other.n,
            mean: self.mean + delta * b / n,
            squares: self.squares + other.squares + delta * delta * a * b / n,
            cubes: self.cubes
                + other.cubes
                + delta.powi(3) * a * b * (a - b) / (n * n)
                + 3.0 * delta * (a * other.squares - b * self.squares) / n,
            fourths: self.fourths
                + other.fourths
                + delta.powi(4) * a * b * (a * a - a * b + b * b) / n.powi(3)
                + 6.0 * delta * delta * (a * a * other.squares + b * b * self.squares) / (n * n)
                + 4.0 * delta * (a * other.cubes - b * self.cubes) / n,
            n_not_zero: self.n_not_zero + other.n_not_zero,
        }
    }

    pub fn n(&self) -> u64 {
        self.n
    }

    /// How many of the values were not 0.
    pub fn n_not_zero(&self) -> u64 {
        self.n_not_zero
    }

    /// 0 for no values.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    pub fn sum(&self) -> f64 {
        self.mean * self.n as f64
    }

    /// With n − 1 below; `None` for fewer than two values or what is not finite.
    pub fn variance(&self) -> Option<f64> {
        let variance = self.squares / (self.n as f64 - 1.0);
        (self.n >= 2 && variance.is_finite()).then_some(variance.max(0.0))
    }

    /// Fourth central moment over the squared second, 3 for the normal distribution; `None` where nothing varies.
    pub fn kurtosis(&self) -> Option<f64> {
        let kurtosis = self.n as f64 * self.fourths / (self.squares * self.squares);
        (self.squares > 0.0 && kurtosis.is_finite()).then_some(kurtosis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    fn long_way(values: &[f64]) -> (f64, f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let power = |p: i32| values.iter().map(|v| (v - mean).powi(p)).sum::<f64>();
        (mean, power(2) / (n - 1.0), n * power(4) / power(2).powi(2))
    }

    #[test]
    fn one_pass_agrees_with_the_definition_and_so_does_a_merge() {
        let values: Vec<f64> = (0..500).map(|i| f64::from(i % 7) * 3.5 + f64::from(i % 13).powi(2)).collect();
        let (mean, variance, kurtosis) = long_way(&values);
        let whole = Moments::of(&values);
        let merged = Moments::of(&values[..123]).merge(Moments::of(&values[123..]));
        for found in [whole, merged] {
            near(found.mean(), mean);
            near(found.variance().unwrap(), variance);
            near(found.kurtosis().unwrap(), kurtosis);
        }
        assert_eq!(whole.merge(Moments::default()), whole);
    }

    #[test]
    fn a_share_is_the_moments_of_ones_and_zeros() {
        let found = Moments::of_share(3, 10).unwrap();
        let same = Moments::of(&[1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        near(found.variance().unwrap(), same.variance().unwrap());
        near(found.kurtosis().unwrap(), same.kurtosis().unwrap());
        assert_eq!(found.n_not_zero(), same.n_not_zero());
        assert_eq!(Moments::of_share(2, 1), None);
    }

    #[test]
    fn too_few_values_have_no_variance() {
        assert_eq!(Moments::of(&[]).variance(), None);
        assert_eq!(Moments::of(&[4.0]).variance(), None);
        assert_eq!(Moments::of(&[4.0, f64::NAN]).variance(), None);
        assert_eq!(Moments::of(&[4.0, 4.0]).variance(), Some(0.0));
    }
}
