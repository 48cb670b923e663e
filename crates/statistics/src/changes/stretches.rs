//! The cheapest cut of a series into stretches, each level or each with a slope of its own.
//!
//! Exact: among all cuts the one with the least squared error plus a price per stretch. Beginnings that can no longer be part
//! of the cheapest cut are dropped on the way, so that the time is nearly linear where there are changes.

use super::Change;

/// What a stretch looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Level,
    Sloped,
}

/// A cut with what each stretch says.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) shape: Shape,
    /// First places of the stretches.
    pub(super) starts: Vec<usize>,
    pub(super) line: Vec<f64>,
    pub(super) noise: f64,
    slopes: Vec<f64>,
}

/// Shorter stretches are not cut off.
const SHORTEST: usize = 4;

/// Sums from the beginning, so that a stretch costs the same whatever its length.
struct Sums {
    /// Σ v, Σ v², Σ t v of the first k values, around their mean.
    sums: Vec<[f64; 3]>,
}

impl Sums {
    fn new(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let mut sums = Vec::with_capacity(values.len() + 1);
        let mut sum = [0.0; 3];
        sums.push(sum);
        for (t, v) in values.iter().enumerate() {
            let v = v - mean;
            sum = [sum[0] + v, sum[1] + v * v, sum[2] + t as f64 * v];
            sums.push(sum);
        }
        Self { sums }
    }

    /// Least squared error of the stretch from `start` to before `end`, and its slope.
    fn error(&self, start: usize, end: usize, shape: Shape) -> (f64, f64) {
        let n = (end - start) as f64;
        let [s, q, c]: [f64; 3] = std::array::from_fn(|i| self.sums[end][i] - self.sums[start][i]);
        let level = (q - s * s / n).max(0.0);
        if shape == Shape::Level || end - start < 3 {
            return (level, 0.0);
        }
        let middle = 0.5 * (start as f64 + (end - 1) as f64);
        let (cross, spread) = (c - middle * s, n * (n * n - 1.0) / 12.0);
        ((level - cross * cross / spread).max(0.0), cross / spread)
    }
}

/// Price of one more stretch, in squared noise: its place and its parameters.
fn price(n: usize, penalty: f64, shape: Shape) -> f64 {
    let parameters = match shape {
        Shape::Level => 1.0,
        Shape::Sloped => 2.0,
    };
    penalty * (2.0 + parameters) * (n as f64).ln()
}

/// Finds the cheapest cut.
///
/// **Source.** Killick, Fearnhead and Eckley (2012), the PELT recursion.
pub(super) fn cut(values: &[f64], noise: f64, penalty: f64, shape: Shape) -> Fit {
    let n = values.len();
    let (sums, price) = (Sums::new(values), price(n, penalty, shape));
    let error = |start: usize, end: usize| sums.error(start, end, shape).0 / (noise * noise);
    // The cost of the cheapest cut of the first k values, and where its last stretch begins.
    let mut best = vec![(f64::INFINITY, 0usize); n + 1];
    best[0].0 = -price;
    let mut starts: Vec<usize> = vec![0];
    for end in SHORTEST.min(n)..=n {
        let mut least = (f64::INFINITY, 0);
        for &start in &starts {
            let cost = best[start].0 + error(start, end) + price;
            if cost < least.0 {
                least = (cost, start);
            }
        }
        best[end] = least;
        starts.retain(|&start| best[start].0 + error(start, end) <= least.0);
        // The next end can begin a stretch at the place that then is far enough back.
        if end + 1 >= 2 * SHORTEST {
            starts.push(end + 1 - SHORTEST);
        }
    }
    let mut cuts = Vec::new();
    let mut end = n;
    while end > 0 {
        end = best[end].1;
        cuts.push(end);
    }
    cuts.reverse();
    Fit::new(values, cuts, noise, shape, &sums)
}

impl Fit {
    fn new(values: &[f64], starts: Vec<usize>, noise: f64, shape: Shape, sums: &Sums) -> Self {
        let (mut line, mut slopes) = (Vec::with_capacity(values.len()), Vec::new());
        for (k, &start) in starts.iter().enumerate() {
            let end = starts.get(k + 1).copied().unwrap_or(values.len());
            let mean = values[start..end].iter().sum::<f64>() / (end - start) as f64;
            let slope = sums.error(start, end, shape).1;
            let middle = 0.5 * (start as f64 + (end - 1) as f64);
            line.extend((start..end).map(|t| mean + slope * (t as f64 - middle)));
            slopes.push(slope);
        }
        Self { shape, starts, line, noise, slopes }
    }

    /// Squared error in squared noise plus the price of the stretches.
    pub(super) fn cost(&self, values: &[f64], noise: f64, penalty: f64) -> f64 {
        let squared: f64 = values.iter().zip(&self.line).map(|(v, l)| (v - l) * (v - l)).sum();
        squared / (noise * noise) + price(values.len(), penalty, self.shape) * self.starts.len() as f64
    }

    /// The price of all stretches, in squared noise.
    pub(super) fn price(&self) -> f64 {
        price(self.line.len(), 1.0, self.shape) * self.starts.len() as f64
    }

    /// The changes between stretches, by place in the values that were cut.
    pub(super) fn changes(&self, noise: f64) -> Vec<Change> {
        let n = self.line.len();
        let change = |k: usize| {
            let (first, at) = (self.starts[k - 1], self.starts[k]);
            let end = self.starts.get(k + 1).copied().unwrap_or(n);
            let before = self.line[at - 1] + self.slopes[k - 1];
            let after = self.line[at];
            let (slope_before, slope_after) = (self.slopes[k - 1], self.slopes[k]);
            let (own, next) = ((at - first) as f64, (end - at) as f64);
            // At its end a line is known half as well as in its middle.
            let widened = if self.shape == Shape::Sloped { 2.0 } else { 1.0 };
            let error = widened * noise * (1.0 / own + 1.0 / next).sqrt();
            let of_slopes = noise * (12.0 / own.powi(3) + 12.0 / next.powi(3)).sqrt();
            let (z, by_slope) = ((after - before) / error, (slope_after - slope_before) / of_slopes);
            let z = if self.shape == Shape::Sloped && by_slope.abs() > z.abs() { by_slope } else { z };
            Change { at, before, after, slope_before, slope_after, z }
        };
        (1..self.starts.len()).map(change).collect()
    }
}
