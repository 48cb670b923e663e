//! What each metric of the dictionary will be in the periods to come, with what was said of the last one and how wrong it was.
//!
//! Every metric that is measured over time has two series, by calendar month and by week, of periods that are over. Which
//! method speaks is settled by its errors at origins in the past (`statistics::forecast`). A metric with too few periods has
//! no forecast, and says what it needs. Nothing here knows of a plan or a campaign: it carries on what was.

mod one;
mod series;

pub use one::{Ahead, LastOne, MetricForecast, Past, Point};
pub(super) use one::{expected_next, numbers};
pub(crate) use series::Counting;
pub(super) use series::keep;
pub use series::{Grain, MONTHS, Series, StandingValue, WEEKS};

use super::Day;
use crate::plan::metrics::Metric;
use serde::{Deserialize, Serialize};

/// Probability with which the interval of a period is meant to hold.
pub const LEVEL: f64 = 0.95;
/// Periods with a value below which nothing is foretold.
pub const FEWEST_PERIODS: usize = 8;

/// The forecasts of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The last day that is known.
    pub last_day: Day,
    pub level: f64,
    /// One for each metric that can be measured and each grain, in the order of the dictionary.
    pub metrics: Vec<MetricForecast>,
    /// What is known only of how things stand, as each run found it: the history that the next run goes on from.
    #[serde(rename = "kept")]
    pub standing: Vec<StandingValue>,
}

impl Report {
    /// The forecast of a metric.
    pub fn of(&self, key: &str, grain: Grain) -> Option<&MetricForecast> {
        self.metrics.iter().find(|found| found.key == key && found.grain == grain)
    }
}

/// Foretells every series.
pub fn analyze(series: &[Series], standing: Vec<StandingValue>, last_day: Day) -> Report {
    let metrics = series.iter().map(one::of).collect();
    Report { last_day, level: LEVEL, metrics, standing }
}

/// What is said of a metric whose values are not kept over time.
fn standing_words(metric: &Metric, n: usize) -> String {
    format!(
        "{} is known only as it stands; each turn keeps one value, and {n} of the {FEWEST_PERIODS} periods that a forecast needs \
         are there",
        metric.name
    )
}
