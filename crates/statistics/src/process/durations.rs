//! Durations in a few figures.

use crate::intervals::sorted_quantile;

/// Mean, middle and tail of durations.
///
/// **Units.** Seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Durations {
    pub n: usize,
    pub sum: f64,
    pub mean: f64,
    pub median: f64,
    /// Nine of ten are no longer; interpolated between neighbours.
    pub p90: f64,
    pub max: f64,
}

impl Durations {
    /// The figures of a list, which is put in order; nothing for an empty one.
    pub fn of(seconds: &mut [f64]) -> Option<Durations> {
        seconds.sort_unstable_by(f64::total_cmp);
        let max = *seconds.last()?;
        let sum: f64 = seconds.iter().sum();
        Some(Durations {
            n: seconds.len(),
            sum,
            mean: sum / seconds.len() as f64,
            median: sorted_quantile(seconds, 0.5),
            p90: sorted_quantile(seconds, 0.9),
            max,
        })
    }
}
