//! What the counts leave open about the two shapes: a grid of shapes, each with its probability.
//!
//! The delta method believes in a likelihood that is as round as a bell. Of a few hundred contracts and renewals far ahead it is
//! not, and an interval by it is too narrow; a grid has the shape that the likelihood has.
//!
//! The two are looked at as the share that leaves at the first renewal, p = α / (α + β), and as how unlike customers are,
//! φ = 1 / (1 + α + β), both from 0 to 1. Before anything was seen each p is held to be as likely as any other, and √φ as well, so
//! that customers who are nearly alike are not ruled out by the prior.

use super::Renewal;
use crate::special_functions::ln_gamma;

/// Points of the grid on each side.
const SIDE: usize = 61;
/// Points on each side while it is looked for where the probability lies.
const ROUGH_SIDE: usize = 21;
/// Steps that the search may take.
const MOST_STEPS: usize = 60;
/// What is less likely than the likeliest by more than this is left out. **Units.** Logarithms of a density.
const DEPTH: f64 = 14.0;
/// How far the log-odds of p and of φ may go: customers whose φ is less cannot be told from those who are all alike.
const LIMITS: [(f64, f64); 2] = [(-16.0, 16.0), (-12.0, 12.0)];

/// Shapes with their probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Likely {
    alpha: f64,
    beta: f64,
    weight: f64,
}

impl Likely {
    /// The share of contracts that outlives `n` renewals: B(α, β + n) / B(α, β).
    fn survival(&self, n: f64) -> f64 {
        let (beta, all) = (self.beta, self.alpha + self.beta);
        (ln_gamma(beta + n) - ln_gamma(all + n) + ln_gamma(all) - ln_gamma(beta)).min(0.0).exp()
    }
}

/// The shapes that the counts leave open; `near` are shapes to begin at.
pub(super) fn likely(renewals: &[Renewal], near: [f64; 2]) -> Vec<Likely> {
    let density = |at: [f64; 2]| log_density(renewals, at);
    let extent = extent(near, &density);
    let points = grid(&extent, SIDE);
    let values: Vec<f64> = points.iter().map(|at| density(*at)).collect();
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut likely: Vec<Likely> = points
        .iter()
        .zip(&values)
        .filter(|(_, value)| **value > most - DEPTH)
        .map(|(at, value)| {
            let [alpha, beta] = shapes(*at);
            Likely { alpha, beta, weight: (value - most).exp() }
        })
        .collect();
    let whole: f64 = likely.iter().map(|point| point.weight).sum();
    likely.iter_mut().for_each(|point| point.weight /= whole);
    likely
}

/// The middle part of what the share that outlives `n` renewals may be, in which it lies with a probability of `level`.
pub(super) fn interval(likely: &[Likely], n: u32, level: f64) -> (f64, f64) {
    let mut shares: Vec<(f64, f64)> =
        likely.iter().map(|point| (point.survival(f64::from(n)), point.weight)).collect();
    shares.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    let at = |share: f64| {
        let mut below = 0.0;
        let found = shares.iter().find(|(_, weight)| {
            below += weight;
            below >= share
        });
        found.or(shares.last()).map_or(f64::NAN, |(survival, _)| *survival)
    };
    let tail = 0.5 - 0.5 * level.clamp(0.0, 1.0);
    (at(tail), at(1.0 - tail))
}

/// From the log-odds of p and φ to α and β.
fn shapes([p, unlike]: [f64; 2]) -> [f64; 2] {
    let (p, all) = (1.0 / (1.0 + (-p).exp()), (-unlike).exp());
    [p * all, (1.0 - p) * all]
}

/// Logarithm of the density of the posterior over the log-odds, but for a constant: the likelihood, the prior, and what the
/// log-odds are stretched by.
fn log_density(renewals: &[Renewal], at: [f64; 2]) -> f64 {
    let [alpha, beta] = shapes(at);
    let mut value = 0.0;
    for (n, renewal) in renewals.iter().enumerate() {
        let (lost, stayed) = (renewal.n_lost as f64, (renewal.n_faced - renewal.n_lost) as f64);
        let stays = beta + n as f64;
        value += lost * alpha.ln() + stayed * stays.ln() - (lost + stayed) * (alpha + stays).ln();
    }
    let stretch = |odds: f64| -odds.abs() - 2.0 * (-odds.abs()).exp().ln_1p();
    let ln_unlike = -(-at[1]).exp().ln_1p();
    value + stretch(at[0]) + stretch(at[1]) - 0.5 * ln_unlike
}

/// Where nearly all of the probability lies: from a piece around the start, whose sides give way while they cut off something,
/// and come nearer while there is nothing at them.
fn extent(near: [f64; 2], density: &impl Fn([f64; 2]) -> f64) -> [(f64, f64); 2] {
    let all = near[0] + near[1];
    let start = [(near[0] / near[1]).ln(), -all.ln()];
    let mut extent: [(f64, f64); 2] = std::array::from_fn(|of| {
        let (low, high) = LIMITS[of];
        let middle = start[of].clamp(low + 0.5, high - 0.5);
        (middle - 0.5, middle + 0.5)
    });
    for _ in 0..MOST_STEPS {
        let values: Vec<f64> = grid(&extent, ROUGH_SIDE).into_iter().map(density).collect();
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_empty = |of: usize, line: usize| {
            (0..ROUGH_SIDE).all(|at| {
                let (x, y) = if of == 0 { (line, at) } else { (at, line) };
                values[x * ROUGH_SIDE + y] < most - DEPTH
            })
        };
        let next = std::array::from_fn(|of| moved(extent[of], LIMITS[of], |line| is_empty(of, line)));
        if next == extent {
            break;
        }
        extent = next;
    }
    extent
}

/// A side of the extent after a step; `is_empty` tells of each line across it whether nothing lies there.
fn moved((low, high): (f64, f64), limits: (f64, f64), is_empty: impl Fn(usize) -> bool) -> (f64, f64) {
    let step = (high - low) / (ROUGH_SIDE - 1) as f64;
    // One empty line stays on each side: what lies between it and the next one is not known.
    let n_below = (0..ROUGH_SIDE).take_while(|line| is_empty(*line)).count();
    let n_above = (0..ROUGH_SIDE).rev().take_while(|line| is_empty(*line)).count();
    let by = |n_empty: usize| match n_empty {
        0 => -((high - low) / 2.0),
        n => (n - 1) as f64 * step,
    };
    ((low + by(n_below)).max(limits.0), (high - by(n_above)).min(limits.1))
}

/// Points at equal steps over an extent, the first side outside.
fn grid(extent: &[(f64, f64); 2], side: usize) -> Vec<[f64; 2]> {
    let place = |(low, high): (f64, f64), at: usize| low + (high - low) * at as f64 / (side - 1) as f64;
    let line = |x: usize| (0..side).map(move |y| [place(extent[0], x), place(extent[1], y)]);
    (0..side).flat_map(line).collect()
}
