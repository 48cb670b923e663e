//! Goals: a metric, of whom, from where, to where, by when, and who answers for it.
//!
//! A goal begins as a draft and opens only through the gate ([`gate`]): then its baseline, audience and metric version are
//! fixed, so that the verdict is about what was agreed. What the verdict is, is found out by a later stage.

mod gate;
mod measured;
mod prepare;
mod progress;
mod read;
mod verbs;

pub use gate::{Gate, Letter, gate};
pub use measured::{
    KeptSeries, baseline_lately, measured, measured_lately, measured_of_counted, whole_periods,
};
pub use prepare::{Prepared, known_until, prepare, trend_values};
pub use progress::{Progress, Standing, interval, people_of, progress};
pub use read::{List, get, history, list, of_insight, of_turn};
pub use verbs::{Concluded, conclude, create, drop_goal, open, undo_event, update};

use crate::calendar::Day;
use crate::plan::metrics::{Measured, MetricRef, SHIPPED, Shipped, Unit};
use crate::plan::periods::Cadence;
use platform::Micros;
use serde::{Deserialize, Serialize};

pub const KIND: &str = "goal";

/// Goals that may be drafts or open at once.
pub const MOST_GOALS: i64 = 200;
/// Longest name in characters.
pub const NAME_LENGTH: usize = 160;
/// Guardrails of one goal.
pub const MOST_GUARDRAILS: usize = 6;
/// Probability of the interval in which the trend is expected to lead.
pub const LEVEL: f64 = 0.95;
/// Periods from which the trend is read.
pub const TREND_PERIODS: usize = 12;
/// Periods that are measured and shown where the data reach so far back.
pub const PERIODS_SHOWN: usize = 24;

/// How far a goal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Draft,
    Open,
    Met,
    Missed,
    CannotTell,
    Dropped,
}

impl State {
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Open, Self::Met, Self::Missed, Self::CannotTell, Self::Dropped];

    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Met => "met",
            Self::Missed => "missed",
            Self::CannotTell => "cannot_tell",
            Self::Dropped => "dropped",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub fn in_words(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Open => "Open",
            Self::Met => "Met",
            Self::Missed => "Missed",
            Self::CannotTell => "Can’t tell",
            Self::Dropped => "Dropped",
        }
    }
}

/// Where a goal begins, and where the trend alone would lead.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The metric in the newest period that was over.
    pub value: f64,
    /// Interval of the value at the due date if the trend goes on; None where no trend can be told.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Periods from the newest one to the due date.
    pub n_ahead: u32,
    /// The newest period lies outside of what those before it made likely: part of the way back comes by itself.
    pub is_unusual: bool,
    /// Neighbouring periods resemble each other, so that the interval is too narrow.
    pub neighbours_alike: bool,
    pub series: Vec<Measured>,
    /// What the gate had to say when the goal opened.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// A metric that must not get worse while the goal is pursued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guardrail {
    pub metric: MetricRef,
    pub name: String,
    /// In the newest period that was over.
    pub baseline: Option<f64>,
    /// The worst value that is still accepted; None while nothing can be measured.
    pub worst: Option<f64>,
    /// Whether somebody stated it; else it is the worse end of the trend.
    #[serde(default)]
    pub is_stated: bool,
}

impl Guardrail {
    /// In what it is measured; None for a metric that this program does not know.
    pub fn metric_unit(&self) -> Option<Unit> {
        self.shipped().map(|shipped| shipped.unit)
    }

    fn shipped(&self) -> Option<&'static Shipped> {
        SHIPPED.iter().find(|shipped| shipped.key == self.metric.key)
    }
}

/// How many of the audience have what is needed to act and to measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub key: String,
    pub name: String,
    pub n_have: i64,
    pub n_of: i64,
    /// The metric is counted from it.
    pub is_needed: bool,
}

impl Coverage {
    /// None of nobody.
    pub fn share(&self) -> Option<f64> {
        (self.n_of > 0).then(|| self.n_have as f64 / self.n_of as f64)
    }
}

/// Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    pub id: String,
    pub turn_id: Option<String>,
    pub insight_id: Option<String>,
    pub name: String,
    pub metric: Option<MetricRef>,
    /// What one value of the metric is measured over.
    pub period: Cadence,
    /// None is everybody.
    pub segment_id: Option<String>,
    /// Who belonged to the segment when the goal opened.
    pub audience_id: Option<String>,
    pub baseline: Option<Baseline>,
    /// The value wanted in the period that ends on the due date.
    pub target: Option<f64>,
    pub due_on: Option<Day>,
    pub owner_id: Option<String>,
    pub guardrails: Vec<Guardrail>,
    pub sources: Vec<Coverage>,
    pub state: State,
    /// What the close of the turn found.
    pub verdict: Option<serde_json::Value>,
    pub opened_at: Option<Micros>,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    /// Grows with every change.
    pub version: i64,
}

impl Goal {
    /// What somebody has stated about it, to be prepared or changed.
    pub fn input(&self) -> Input {
        Input {
            name: self.name.clone(),
            metric: self.metric.as_ref().map(|metric| metric.key.clone()),
            period: self.period,
            segment_id: self.segment_id.clone(),
            target: self.target,
            due_on: self.due_on,
            owner_id: self.owner_id.clone(),
            guardrails: self
                .guardrails
                .iter()
                .map(|g| (g.metric.key.clone(), g.worst.filter(|_| g.is_stated)))
                .collect(),
            turn_id: self.turn_id.clone(),
            insight_id: self.insight_id.clone(),
        }
    }
}

/// What somebody states about a goal; a draft may lack anything but a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub name: String,
    /// The key of a metric; the goal takes its valid version.
    pub metric: Option<String>,
    pub period: Cadence,
    pub segment_id: Option<String>,
    /// Minor units for money, from 0 to 1 for a share.
    pub target: Option<f64>,
    pub due_on: Option<Day>,
    pub owner_id: Option<String>,
    /// Keys of metrics, and the worst value that is accepted; None takes the worse end of its trend.
    pub guardrails: Vec<(String, Option<f64>)>,
    pub turn_id: Option<String>,
    pub insight_id: Option<String>,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            name: String::new(),
            metric: None,
            period: Cadence::Month,
            segment_id: None,
            target: None,
            due_on: None,
            owner_id: None,
            guardrails: Vec::new(),
            turn_id: None,
            insight_id: None,
        }
    }
}
