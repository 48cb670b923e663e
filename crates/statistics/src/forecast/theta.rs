//! The Theta method: half the long-run slope plus simple exponential smoothing, after the season is taken out.
//!
//! Simple, and hard to beat on monthly business series: it won the M3 competition. It sees no damping and one slope only.
//!
//! **Source.** Assimakopoulos and Nikolopoulos, "The theta model" (2000); Hyndman and Billah, "Unmasking the Theta method"
//! (2003).

use super::season::{Kind, indices};
use crate::simplex::minimise;

/// A fitted Theta method.
#[derive(Debug, Clone, PartialEq)]
pub struct Theta {
    /// Smoothing parameter, from 0 to 1.
    pub alpha: f64,
    /// Added for each period: half the slope of the straight line through the values.
    pub drift: f64,
    season: Option<(Kind, Vec<f64>)>,
    level: f64,
    n: usize,
    /// Forecasts one period ahead at each place, with the level before it.
    levels: Vec<f64>,
}

/// Fits the method to a series without gaps; with a period above 1, to what is left without the season.
///
/// Returns `None` for fewer than four values.
pub fn fit(values: &[f64], period: usize) -> Option<Theta> {
    if values.len() < 4 {
        return None;
    }
    let positive = values.iter().all(|v| *v > 0.0);
    let kind = if positive { Kind::Multiplied } else { Kind::Added };
    let season = indices(values, period, kind).map(|i| (kind, i));
    let without: Vec<f64> = match &season {
        Some((kind, indices)) => {
            values.iter().enumerate().map(|(t, v)| remove(*v, *kind, indices[t % period])).collect()
        }
        None => values.to_vec(),
    };
    let drift = 0.5 * slope(&without);
    let squared = |[logit]: [f64; 1]| smooth(&without, drift, share(logit)).0;
    let ([logit], _) = minimise([0.0], 0.8, 60, squared);
    let alpha = share(logit);
    let (_, levels) = smooth(&without, drift, alpha);
    Some(Theta { alpha, drift, season, level: levels[levels.len() - 1], n: values.len(), levels })
}

/// A number between .001 and .999 from any number.
fn share(logit: f64) -> f64 {
    0.001 + 0.998 / (1.0 + (-logit).exp())
}

fn remove(value: f64, kind: Kind, index: f64) -> f64 {
    match kind {
        Kind::Added => value - index,
        Kind::Multiplied => value / index,
    }
}

/// The slope of the straight line through the values.
fn slope(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let middle = 0.5 * (n - 1.0);
    let mean = values.iter().sum::<f64>() / n;
    let sum: f64 = values.iter().enumerate().map(|(t, v)| (t as f64 - middle) * (v - mean)).sum();
    sum / (n * (n * n - 1.0) / 12.0)
}

/// Sum of squared one-step errors of smoothing with drift, and the level before each value and after the last.
fn smooth(values: &[f64], drift: f64, alpha: f64) -> (f64, Vec<f64>) {
    let mut level = values[0];
    let (mut squared, mut levels) = (0.0, Vec::with_capacity(values.len() + 1));
    levels.push(level);
    for value in &values[1..] {
        levels.push(level);
        let error = value - level - drift;
        squared += error * error;
        level += drift + alpha * error;
    }
    levels.push(level);
    (squared, levels)
}

impl Theta {
    /// Forecasts of the next `horizon` periods.
    pub fn ahead(&self, horizon: usize) -> Vec<f64> {
        self.from(self.n, self.level, horizon)
    }

    /// Forecasts that the fitted method would have given before value `origin`.
    pub fn ahead_at(&self, origin: usize, horizon: usize) -> Vec<f64> {
        self.from(origin, self.levels[origin], horizon)
    }

    fn from(&self, origin: usize, level: f64, horizon: usize) -> Vec<f64> {
        let step = |h: usize| {
            let value = level + self.drift * h as f64;
            match &self.season {
                None => value,
                Some((kind, indices)) => {
                    let index = indices[(origin + h - 1) % indices.len()];
                    match kind {
                        Kind::Added => value + index,
                        Kind::Multiplied => value * index,
                    }
                }
            }
        };
        (1..=horizon).map(step).collect()
    }
}
