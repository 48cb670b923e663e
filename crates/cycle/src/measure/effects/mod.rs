//! Effects: the treated against those held out, looked at once a day until the window is over.
//!
//! Everybody counts in the arm they were assigned to. A look is a record; it can be made again (when late data came) and
//! then replaces itself. Which interval may be believed on any day, and why, is in `docs/methods/always_valid.md`.

mod compare;
mod conclude;
mod keep;
mod look;
mod outcomes;
mod read;
mod run;

pub use keep::keep;
pub use look::{Look, look};
pub use read::{About, List, get, history, latest, latest_of_action, list, metrics_of};
pub use run::{JOB, enqueue, enqueue_where_open, measure, run, run_job};

use crate::plan::metrics::MetricRef;
use platform::Micros;
use serde::{Deserialize, Serialize};

/// Probability with which intervals hold the truth.
pub const LEVEL: f64 = 0.95;

/// What a look concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    Works,
    Harms,
    NoEffectShown,
    CannotTellYet,
}

impl Conclusion {
    pub const ALL: [Self; 4] = [Self::Works, Self::Harms, Self::NoEffectShown, Self::CannotTellYet];

    pub fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Harms => "harms",
            Self::NoEffectShown => "no_effect_shown",
            Self::CannotTellYet => "cannot_tell_yet",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|conclusion| conclusion.name() == name)
    }
}

/// Why a metric was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The experiment's own.
    Primary,
    /// Revenue.
    Money,
    /// That of the goal which the action serves.
    Goal,
    /// One that must not get worse.
    Guardrail,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Primary, Self::Money, Self::Goal, Self::Guardrail];

    pub fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Money => "money",
            Self::Goal => "goal",
            Self::Guardrail => "guardrail",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// An estimate with the interval of one look and the one that holds on all days together.
///
/// **Units.** Those of the metric, for one person; treated less held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
    pub always_low: f64,
    pub always_high: f64,
}

impl Estimate {
    /// All of it times so many people.
    pub fn times(&self, n: f64) -> Self {
        Self {
            estimate: self.estimate * n,
            low: self.low * n,
            high: self.high * n,
            always_low: self.always_low * n,
            always_high: self.always_high * n,
        }
    }
}

/// One metric of a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectMetric {
    pub role: Role,
    pub metric: MetricRef,
    pub mean_treated: Option<f64>,
    pub mean_holdout: Option<f64>,
    /// None where too little happened to say anything.
    pub found: Option<Estimate>,
    /// With the estimate at the look before; None where this look claims nothing.
    pub correlation: Option<f64>,
    /// Standard errors that the always-valid interval reaches.
    pub critical: Option<f64>,
    pub method: String,
}

/// Money: expected, with the ends of its always-valid interval. **Units:** minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyEffect {
    pub minor: i64,
    pub low_minor: i64,
    pub high_minor: i64,
}

/// One look at one arm of an experiment, against the people held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    pub id: String,
    pub experiment_id: String,
    pub action_id: Option<String>,
    pub turn_id: Option<String>,
    pub arm: String,
    pub insight_kind: Option<String>,
    pub action_kind: Option<String>,
    pub metric: MetricRef,
    /// The last day that the look knows.
    pub as_of: String,
    pub until_at: Micros,
    pub time_share: f64,
    pub n_treated: i64,
    pub n_holdout: i64,
    pub mean_treated: Option<f64>,
    pub mean_holdout: Option<f64>,
    pub found: Option<Estimate>,
    pub method: String,
    /// The estimate times the people treated.
    pub total_effect: Option<f64>,
    pub money: Option<MoneyEffect>,
    /// None where nobody stated a cost.
    pub cost_minor: Option<i64>,
    pub conclusion: Conclusion,
    /// The conclusion in a sentence.
    pub why: String,
    pub is_final: bool,
    /// How likely arms of these sizes are by chance.
    pub srm_p: Option<f64>,
    pub computed_at: Micros,
}
