//! Chance from one seed: a xoshiro256++ generator and the distributions that the simulated company needs.
//!
//! It is deliberately not fit for secrets, and it never looks at the clock or the machine: the same seed, purpose and
//! index give the same numbers on every run.

/// What a stream of chance is used for; streams of different purposes are independent of each other, so that a change
/// in how names are drawn does not move a single order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Traits = 1,
    Purchases = 2,
    Baskets = 3,
    Person = 4,
    Firm = 5,
    Dirt = 6,
    Duplicate = 7,
    Departure = 8,
    Guest = 9,
    Day = 10,
    Basket = 11,
    Response = 12,
    Manner = 13,
    Staff = 14,
    Newcomer = 15,
    Return = 16,
    Words = 17,
    Subscription = 18,
}

/// A xoshiro256++ generator, seeded by SplitMix64.
///
/// **Source**: Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47 (2021).
#[derive(Clone, Debug)]
pub struct Chance {
    state: [u64; 4],
    spare_normal: Option<f64>,
}

impl Chance {
    /// The stream of one purpose and one index (a customer, a firm) under a seed.
    pub fn new(seed: u64, purpose: Purpose, index: u64) -> Chance {
        let mut mix = seed ^ (purpose as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
        let mut stream = split_mix(&mut mix) ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let state = std::array::from_fn(|_| split_mix(&mut stream));
        Chance { state, spare_normal: None }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let shifted = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= shifted;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number in the half-open interval [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// True with the given probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A whole number from 0 to `n - 1`; 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.bits() as u128 * n as u128) >> 64) as usize
    }

    /// One of the things in a list that is known not to be empty.
    pub fn pick<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }

    /// The index of a weight, chosen in proportion to it.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// A standard normal number, by the polar method of Marsaglia.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare_normal = Some(v * factor);
                return u * factor;
            }
        }
    }

    /// An exponential number with the given rate (mean `1 / rate`).
    pub fn exponential(&mut self, rate: f64) -> f64 {
        -(1.0 - self.uniform()).ln() / rate
    }

    /// A gamma number with the given shape and rate (mean `shape / rate`).
    ///
    /// **Source**: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000).
    pub fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        if shape < 1.0 {
            let boost = (1.0 - self.uniform()).powf(1.0 / shape);
            return self.gamma(shape + 1.0, rate) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v / rate;
            }
        }
    }

    /// A beta number with mean `a / (a + b)`.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let x = self.gamma(a, 1.0);
        let y = self.gamma(b, 1.0);
        if x + y > 0.0 { x / (x + y) } else { a / (a + b) }
    }

    /// A Poisson count; large means are halved until Knuth's product method is exact in double precision.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 30.0 {
            return self.poisson(mean / 2.0) + self.poisson(mean / 2.0);
        }
        let floor = (-mean).exp();
        let mut product = self.uniform();
        let mut count = 0;
        while product > floor {
            product *= self.uniform();
            count += 1;
        }
        count
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_variance(n: usize, mut draw: impl FnMut(&mut Chance) -> f64) -> (f64, f64) {
        let mut chance = Chance::new(7, Purpose::Traits, 0);
        let values: Vec<f64> = (0..n).map(|_| draw(&mut chance)).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        (mean, variance)
    }

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "found {found}, expected {expected}");
    }

    #[test]
    fn split_mix_gives_the_published_first_values_of_seed_zero() {
        let mut state = 0;
        assert_eq!(split_mix(&mut state), 0xE220_A839_7B1D_CDAF);
        assert_eq!(split_mix(&mut state), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn samplers_have_the_moments_of_their_textbook_distributions() {
        let n = 200_000;
        let (mean, variance) = mean_and_variance(n, |c| c.normal());
        close(mean, 0.0, 0.01);
        close(variance, 1.0, 0.02);
        let (mean, variance) = mean_and_variance(n, |c| c.gamma(0.6, 2.0));
        close(mean, 0.3, 0.006);
        close(variance, 0.15, 0.006);
        let (mean, variance) = mean_and_variance(n, |c| c.gamma(5.0, 0.5));
        close(mean, 10.0, 0.05);
        close(variance, 20.0, 0.5);
        let (mean, variance) = mean_and_variance(n, |c| c.beta(0.8, 2.4));
        close(mean, 0.25, 0.004);
        close(variance, 0.8 * 2.4 / (3.2f64.powi(2) * 4.2), 0.003);
        let (mean, variance) = mean_and_variance(n, |c| f64::from(c.poisson(50.0)));
        close(mean, 50.0, 0.1);
        close(variance, 50.0, 1.0);
        let (mean, _) = mean_and_variance(n, |c| c.exponential(4.0));
        close(mean, 0.25, 0.004);
    }

    #[test]
    fn streams_of_neighbouring_customers_are_not_alike() {
        let mut a = Chance::new(1, Purpose::Traits, 1);
        let mut b = Chance::new(1, Purpose::Traits, 2);
        let mut c = Chance::new(1, Purpose::Person, 1);
        let first = a.bits();
        assert_ne!(first, b.bits());
        assert_ne!(first, c.bits());
    }
}
