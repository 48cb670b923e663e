//! Experiments: who is left alone, so that what an action changed can be seen.
//!
//! An experiment is planned with its action, frozen at the launch and refuses changes from then on. The arm of a customer
//! follows from a keyed hash of the unit's id, so that anybody can draw it again; it is written down once, at the launch,
//! for the audience as it was then. The effect is not reckoned here: that is measured later, from these rows.

mod assign;
mod design;
mod read;

pub use assign::{
    ASSIGN_JOB, arm_of, assigned, bucket, expose, expose_many, exposed_by_arm, run_job, treated,
};
pub(super) use assign::{Reach, begin, begin_later};
pub use design::{Design, MOST_VARIANTS, MOST_WINDOW_DAYS, design, end, plan_kept, problems, underpowered};
pub(super) use design::{insert, log, new, withdraw, write};
pub use read::{ArmCount, List, arms, find, get, list, lot, of_action, of_person};
pub(super) use read::{has_had_control, running_control};

use crate::plan::metrics::MetricRef;
use platform::Micros;
use serde::{Deserialize, Serialize};

pub const KIND: &str = "experiment";
/// The arm that is left alone.
pub const HOLDOUT: &str = "holdout";
/// The arm of everybody else where there is one variant.
pub const TREATED: &str = "treated";

/// What is assigned as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    #[default]
    Person,
    /// All people of one company are in the same arm; somebody without a company stands alone.
    Company,
}

impl Unit {
    pub const ALL: [Self; 2] = [Self::Person, Self::Company];

    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }
}

/// How far an experiment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Planned,
    Running,
    Ended,
}

impl State {
    pub const ALL: [Self; 3] = [Self::Planned, Self::Running, Self::Ended];

    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One arm and its share of the units, in thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    pub name: String,
    pub permille: i64,
}

/// A comparison of customers who were treated with customers who were left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    pub id: String,
    /// None is the global control group of a turn.
    pub action_id: Option<String>,
    pub turn_id: Option<String>,
    pub name: String,
    pub unit: Unit,
    pub assignment_key: String,
    pub holdout_permille: i64,
    /// [`HOLDOUT`] first; the shares add up to 1000.
    pub arms: Vec<Arm>,
    pub metric: MetricRef,
    pub window_days: i64,
    pub pre_days: i64,
    pub guardrails: Vec<MetricRef>,
    /// What was reckoned before the launch, as JSON of `power::Plan`.
    pub plan_json: Option<String>,
    /// Why it runs though it can hardly answer.
    pub why_underpowered: Option<String>,
    pub state: State,
    /// The last person who was assigned, while an assignment is under way.
    pub assigned_up_to: Option<String>,
    pub n_people: i64,
    pub n_in_control: i64,
    pub n_unreachable: i64,
    pub launched_at: Option<Micros>,
    /// When the window of the outcome is over.
    pub ends_at: Option<Micros>,
    pub ended_at: Option<Micros>,
    pub decision_json: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub version: i64,
}

impl Experiment {
    pub fn is_global_control(&self) -> bool {
        self.action_id.is_none()
    }
}
