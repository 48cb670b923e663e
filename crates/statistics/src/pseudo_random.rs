//! A small reproducible generator for the bootstrap and for simulations with known truth.
//!
//! The seed always comes from the caller, so that a result can be computed again. It is not for secrets.

use crate::distributions::normal_quantile;

/// xoshiro256++ seeded by SplitMix64.
///
/// **Source.** Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021).
#[derive(Debug, Clone)]
pub struct Generator {
    state: [u64; 4],
}

impl Generator {
    /// A generator whose whole sequence is fixed by `seed`.
    pub fn from_seed(seed: u64) -> Self {
        let mut z = seed;
        let state = std::array::from_fn(|_| {
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut x = z;
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ (x >> 31)
        });
        Self { state }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// A whole number from 0 to `bound` − 1; 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// An exponential number with mean 1 / `rate`.
    pub fn exponential(&mut self, rate: f64) -> f64 {
        -self.uniform().ln() / rate
    }

    /// A gamma number with the given shape (> 0) and rate; mean shape / rate.
    ///
    /// **Source.** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
    pub fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0, rate) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / rate;
            }
        }
    }

    /// A beta number with both shapes > 0.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let x = self.gamma(a, 1.0);
        let y = self.gamma(b, 1.0);
        if x + y > 0.0 { x / (x + y) } else { 0.5 }
    }
}

/// About `most` of the places 0 .. `n`, drawn evenly and always the same; all of them where there are no more.
///
/// Unlike every tenth row it cannot fall in step with the order of a file.
///
/// ```
/// use statistics::pseudo_random::thinned;
/// assert_eq!(thinned(3, 5), [0, 1, 2]);
/// assert!((900..1_100).contains(&thinned(100_000, 1_000).len()));
/// ```
pub fn thinned(n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    let below = (most as f64 / n as f64 * u64::MAX as f64) as u64;
    let mixed = |place: usize| {
        let x = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    (0..n).filter(|place| mixed(*place) < below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let (mut a, mut b, mut c) =
            (Generator::from_seed(7), Generator::from_seed(7), Generator::from_seed(8));
        assert_eq!(a.next_u64(), b.next_u64());
        assert_ne!(b.next_u64(), c.next_u64());
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut g = Generator::from_seed(1);
        let n = 200_000;
        let mut mean = |draw: &mut dyn FnMut(&mut Generator) -> f64| {
            (0..n).map(|_| draw(&mut g)).sum::<f64>() / f64::from(n)
        };
        assert!((mean(&mut |g| g.uniform()) - 0.5).abs() < 0.003);
        assert!(mean(&mut |g| g.normal()).abs() < 0.01);
        assert!((mean(&mut |g| g.gamma(0.3, 2.0)) - 0.15).abs() < 0.003);
        assert!((mean(&mut |g| g.gamma(6.0, 3.0)) - 2.0).abs() < 0.01);
        assert!((mean(&mut |g| g.beta(0.8, 2.4)) - 0.25).abs() < 0.003);
        assert!((mean(&mut |g| g.exponential(4.0)) - 0.25).abs() < 0.003);
    }
}
