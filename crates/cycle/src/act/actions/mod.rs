//! Actions: what is done about an insight, to whom, and what is expected of it.
//!
//! Every action has an experiment, unless somebody writes down why not. An action is drafted, perhaps approved, launched
//! (its audience is frozen then), and ends. What each kind does with its people is in the file of the kind: `call_lists`,
//! `offers`, `touch_points`, `campaigns`.

mod from_insight;
mod launch;
mod read;
mod verbs;

pub use from_insight::{Proposal, blank, from_insight, propose};
pub use launch::{Check, approve, checklist, launch, people};
pub(super) use launch::{MAIL, begun};
pub use read::{List, counts, find, get, goal_name, goals_to_serve, list, of_goal, of_insight};
pub(super) use verbs::could_not_begin;
pub use verbs::{Draft, Expected, create, discard, finish, sentence, stop, update};

use super::experiments::Reach;
use platform::Micros;
use serde::{Deserialize, Serialize};

pub const KIND: &str = "action";
/// The purpose of contacts that serve what was bought: they are no marketing, and the global control group gets them too.
pub const SERVICE: &str = "service";

/// What sort of deed it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An e-mail.
    #[default]
    Campaign,
    /// Somebody calls.
    CallList,
    /// A code of their own with a discount.
    Offer,
    /// Something that customers meet was changed; it is only recorded.
    TouchPoint,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Campaign, Self::CallList, Self::Offer, Self::TouchPoint];

    pub fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::CallList => "call_list",
            Self::Offer => "offer",
            Self::TouchPoint => "touch_point",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Campaign => "E-mail campaign",
            Self::CallList => "Call list",
            Self::Offer => "Offer with codes",
            Self::TouchPoint => "Change at a touch point",
        }
    }

    /// Whether it contacts customers, so that its purpose needs a lawful basis.
    pub fn contacts(self) -> bool {
        !matches!(self, Self::TouchPoint)
    }

    pub(super) fn reach(self) -> Reach {
        match self {
            Self::Campaign => Reach::Email,
            Self::CallList => Reach::Phone,
            Self::Offer | Self::TouchPoint => Reach::Any,
        }
    }
}

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Draft,
    Approved,
    Running,
    Stopped,
    Done,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Draft, Self::Approved, Self::Running, Self::Stopped, Self::Done];

    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Something that is done about customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub id: String,
    pub turn_id: Option<String>,
    pub insight_id: Option<String>,
    pub goal_id: Option<String>,
    pub kind: Kind,
    pub name: String,
    pub hypothesis: String,
    pub state: State,
    pub segment_id: Option<String>,
    /// The people as they were at the launch.
    pub audience_id: Option<String>,
    pub purpose: String,
    /// **Units.** That of the experiment's metric, per treated customer, over the window of the experiment.
    pub expected: Option<Expected>,
    /// Where the expectation comes from.
    pub expected_how: String,
    /// None: it has an experiment.
    pub why_no_experiment: Option<String>,
    /// Why it was stopped.
    pub why_ended: Option<String>,
    pub approved_by: Option<String>,
    pub launched_at: Option<Micros>,
    pub ended_at: Option<Micros>,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub version: i64,
}

impl Action {
    /// Whether its audience is frozen and its people are just being assigned.
    pub fn is_launching(&self) -> bool {
        self.launched_at.is_some() && matches!(self.state, State::Draft | State::Approved)
    }

    /// Whether it can still be changed.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Draft | State::Approved) && self.launched_at.is_none()
    }

    /// Whether the global control group is left out.
    pub fn spares_control(&self) -> bool {
        self.kind.contacts() && self.purpose != SERVICE
    }
}
