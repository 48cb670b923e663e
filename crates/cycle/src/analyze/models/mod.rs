//! The registry of models: what each was trained on, how good it is, what it foretold and what came, or what it needs.
//!
//! A run trains a model and hands its [`Trained`] report over; what the report says beyond the figures is the model's own
//! affair. A model trained again on the same data is the same version. It trains nothing and scores nobody.

mod judged;
mod learn;
mod registry;

pub use judged::{Backtest, Class, Compared, Decile, Quality, Range};
pub use learn::{Learnt, Reason, Sample, learn};
pub use registry::{Model, State, get, keep, latest, list, settle, unsettled, versions};

use super::Day;
use serde::{Deserialize, Serialize};

/// Versions of one model that are kept; older ones that are settled are forgotten.
pub const MOST_VERSIONS: i64 = 24;
/// Probability with which a forecast of a number of people is meant to hold.
pub const LEVEL: f64 = 0.8;

/// What a model is, as the run that trained it tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What is foretold, of whom, until when.
    pub definition: String,
    /// Of how many days it speaks; None where it speaks of the next purchase.
    pub horizon_days: Option<i32>,
    /// How that number of days was chosen.
    pub horizon_how: String,
    /// What the model is: "logistic regression", "boosted trees".
    pub method: String,
    /// Judged on rows that each part of the model had not seen.
    pub quality: Option<Quality>,
    pub backtest: Option<Backtest>,
    /// What moves the score, the strongest first.
    pub drivers: Vec<Driver>,
    /// Figures of its own: name and value in words.
    pub figures: Vec<(String, String)>,
    /// Tables of its own.
    #[serde(default)]
    pub tables: Vec<Table>,
    /// Of lead scores: the grades by fit, each with its people by engagement.
    #[serde(default)]
    pub grades: Vec<([String; 3], [u64; 3])>,
    /// What is missing, where it abstains: sentences.
    pub needs: Vec<String>,
    /// What a reader has to know.
    pub notes: Vec<String>,
}

/// A small table, its cells as words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// How much one column moves a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    pub name: String,
    pub label: String,
    /// Mean size of what it adds to the log-odds.
    pub weight: f64,
    /// Whether more of it means more probable; None where it goes both ways or has no order.
    pub raises: Option<bool>,
}

/// How many of the scored it is expected to happen to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    pub due_on: Day,
    pub n_scored: u64,
    pub expected: f64,
    pub low: f64,
    pub high: f64,
}

/// A model as a run trained it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    pub name: &'static str,
    pub data_from: Option<Day>,
    pub data_until: Day,
    pub n_rows: u64,
    pub n_positive: u64,
    pub report: Report,
    /// None where it abstains, or foretells no number.
    pub outlook: Option<Outlook>,
}

impl Trained {
    /// A model that cannot be trained, with what it needs.
    pub fn abstains(name: &'static str, data_until: Day, report: Report) -> Self {
        Self { name, data_from: None, data_until, n_rows: 0, n_positive: 0, report, outlook: None }
    }

    pub fn is_used(&self) -> bool {
        self.report.needs.is_empty()
    }
}
