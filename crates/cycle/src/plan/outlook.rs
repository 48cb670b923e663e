//! The outlook of a metric: what it was, the corridor of its trend, and where that leads.

use crate::plan::goals::{LEVEL, trend_values};
use crate::plan::metrics::Measured;
use crate::plan::periods::{Cadence, Period};
use statistics::intervals::Interval;
use statistics::trend;

/// One period of an outlook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub period: Period,
    /// What was measured; None ahead, and where there was nothing to measure.
    pub value: Option<f64>,
    /// The trend with the interval in which a single period is expected; None for periods that it is not read from.
    pub trend: Option<Interval>,
}

/// Lays the trend through the measured periods and on for `n_ahead` more.
pub fn of(series: &[Measured], cadence: Cadence, n_ahead: u32) -> Vec<Point> {
    let values = trend_values(series);
    let fitted = trend::fit(&values, LEVEL);
    let before = series.len() - values.len();
    let mut points: Vec<Point> = series
        .iter()
        .enumerate()
        .map(|(at, measured)| Point {
            period: measured.period,
            value: measured.value,
            trend: fitted.filter(|_| at >= before).map(|trend| trend.corridor(at - before)),
        })
        .collect();
    let (Some(trend), Some(newest)) = (fitted, series.last()) else { return points };
    let mut period = newest.period;
    for ahead in 1..=n_ahead {
        period = period.following(cadence);
        points.push(Point { period, value: None, trend: Some(trend.predict(ahead)) });
    }
    points
}
