//! How good a model's probabilities are, as it is kept and shown: the figures of `statistics::scoring::quality` with
//! intervals for each class.

use serde::{Deserialize, Serialize};
use statistics::intervals::{Interval, wilson};
use statistics::scoring::quality;

/// An estimate with its interval at 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

impl Range {
    fn of(interval: Interval) -> Self {
        Self { estimate: interval.estimate, low: interval.low, high: interval.high }
    }

    fn of_share(hits: u64, n: u64) -> Self {
        wilson(hits, n, 0.95).map_or(Self { estimate: 0.0, low: 0.0, high: 1.0 }, Self::of)
    }
}

/// Rows with about the same probability: what was said and what came.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Class {
    pub n: u64,
    pub n_positive: u64,
    /// Mean of the probabilities.
    pub expected: f64,
    /// Share in which it happened.
    pub came: Range,
}

/// A tenth of the rows, the highest scores first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    pub n: u64,
    pub n_positive: u64,
    pub expected: f64,
    /// Share divided by the share over all rows.
    pub lift: f64,
    pub lift_low: f64,
    pub lift_high: f64,
    /// Share of all that happened which lies in this tenth and those above it.
    pub captured: f64,
}

/// How good probabilities are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    pub n: u64,
    pub n_positive: u64,
    pub base_rate: f64,
    pub auc: Option<Range>,
    pub brier: f64,
    pub log_loss: f64,
    pub ece: f64,
    pub reliability: Vec<Class>,
    pub deciles: Vec<Decile>,
}

impl Quality {
    /// Judges probabilities; None for no rows.
    pub fn of(probabilities: &[f64], happened: &[bool]) -> Option<Self> {
        let found = quality::judge(probabilities, happened)?;
        let n_positive = happened.iter().filter(|h| **h).count() as u64;
        let class = |r: &quality::Reliability| {
            let hits = (r.rate * r.n as f64).round() as u64;
            Class {
                n: r.n as u64,
                n_positive: hits,
                expected: r.expected,
                came: Range::of_share(hits, r.n as u64),
            }
        };
        let decile = |d: &quality::Decile| {
            let share = Range::of_share(d.n_positive as u64, d.n as u64);
            let base = found.base_rate.max(f64::MIN_POSITIVE);
            Decile {
                n: d.n as u64,
                n_positive: d.n_positive as u64,
                expected: d.expected,
                lift: d.lift,
                lift_low: share.low / base,
                lift_high: share.high / base,
                captured: d.captured,
            }
        };
        Some(Self {
            n: found.n as u64,
            n_positive,
            base_rate: found.base_rate,
            auc: found.auc.map(Range::of),
            brier: found.brier,
            log_loss: found.log_loss,
            ece: found.ece,
            reliability: found.reliability.iter().filter(|r| r.n > 0).map(class).collect(),
            deciles: found.deciles.iter().map(decile).collect(),
        })
    }
}

/// Another way to rank the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub name: String,
    pub auc: Range,
}

impl Compared {
    /// None where all or none happened.
    pub fn of(name: &str, scores: &[f64], happened: &[bool]) -> Option<Self> {
        let auc = quality::auc(scores, happened, 0.95)?;
        Some(Self { name: name.to_string(), auc: Range::of(auc) })
    }
}

/// The same model as it would have been a period ago, judged on what came since.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Nothing after the end of this day was known to it.
    pub known_until: String,
    pub judged_until: String,
    pub quality: Quality,
    pub baselines: Vec<Compared>,
    /// How many it expected it to happen to.
    pub expected: f64,
    pub came: u64,
}
