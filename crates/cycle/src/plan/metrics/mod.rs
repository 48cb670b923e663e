//! The dictionary of metrics: one versioned definition for each number, used by every page, goal and experiment.
//!
//! A metric is evaluated where it is defined, over periods for a goal ([`series`]) and for each person for an experiment
//! ([`per_person`]), by the same recipe. A change makes a new version; what was agreed on an old one keeps it.

mod change;
mod contracts;
mod dictionary;
mod evaluate;
mod mail;
mod purchases;
mod recipes;
pub mod rows;
mod shipped;
mod spending;
mod standing;
mod streams;
pub mod tally;
pub mod values;

pub use change::{Change, WINDOW_DAYS, change, has_window, undo_event};
pub use contracts::GRACE_DAYS;
pub use dictionary::{KIND, Metric, MetricRef, all_versions, get, latest, list, ship};
pub use evaluate::{
    Measured, PeopleOf, per_person, per_person_many, series, series_of_counted, series_of_many,
    standing_today,
};
pub(crate) use purchases::Purchase;
pub use recipes::{OfContracts, OfPurchases, Recipe};
pub use shipped::{SHIPPED, Shipped};
pub(crate) use streams::{each_buyer, each_of_absent, each_of_nobody};

use serde::{Deserialize, Serialize};

/// What the value of a metric counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Minor units of the workspace's currency.
    Money,
    Count,
    /// From 0 to 1; growth may lie below and above.
    Share,
    Days,
    /// So many of one for each of another.
    Ratio,
}

impl Unit {
    const ALL: [Self; 5] = [Self::Money, Self::Count, Self::Share, Self::Days, Self::Ratio];

    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Count => "count",
            Self::Share => "share",
            Self::Days => "days",
            Self::Ratio => "ratio",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Up,
    Down,
}

impl Direction {
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Up, Self::Down].into_iter().find(|direction| direction.name() == name)
    }

    /// Whether `value` is better than `other`.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self {
            Self::Up => value > other,
            Self::Down => value < other,
        }
    }
}

/// How the figures of people make the figure of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The sum of an amount of each person.
    Sum,
    /// How many people did it: 0 or 1 of each.
    Binary,
    /// A sum divided by a sum.
    Ratio,
    /// How things stand at the end of a period.
    Snapshot,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Sum, Self::Binary, Self::Ratio, Self::Snapshot];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Binary => "binary",
            Self::Ratio => "ratio",
            Self::Snapshot => "snapshot",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the value is numerator divided by denominator, instead of the numerator.
    pub fn is_divided(self) -> bool {
        matches!(self, Self::Ratio | Self::Snapshot)
    }
}

/// What a definition leaves open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Days without a purchase after which a customer counts as gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_days: Option<u32>,
}
