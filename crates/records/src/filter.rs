//! The one filter language: conditions on people that lists, segments, workflows and the API share.
//!
//! A filter is a tree of *all*, *any* and *not* over conditions on attributes, scores, tags, consents, orders and
//! events. It becomes one SQL condition with parameters that means the same on both engines; nothing that a user typed
//! is ever part of the SQL. It does not choose an order or a page: that is `people::list`.

mod fields;
mod sql;

pub use fields::{FIELDS, Field, Kind, field};
pub use sql::{Condition, condition};
pub(crate) use sql::{ScoredAre, condition_alone, condition_on_scores, condition_where};

use serde::{Deserialize, Serialize};

/// Conditions that may stand in one filter, and how deep they may nest.
pub const MAX_CONDITIONS: usize = 100;
pub const MAX_DEPTH: usize = 8;

/// A condition on a person. As JSON: `{"all":[{"field":{"name":"country","op":"is","value":"DE"}}]}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Filter {
    /// Every one holds; an empty list is everybody.
    All(Vec<Filter>),
    /// At least one holds; an empty list is nobody.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Field(FieldCondition),
    Tag(String),
    Consent(ConsentCondition),
    Orders(OrdersCondition),
    Events(EventsCondition),
    /// The people kept with an insight, by its id.
    Insight(String),
}

impl Default for Filter {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// A comparison of an attribute or score of the person with a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldCondition {
    /// A name from [`FIELDS`], or `custom.NAME`.
    pub name: String,
    pub op: Op,
    /// Text as typed; numbers, money (`12.50`) and dates (`2026-01-31`) are read by the field's kind.
    #[serde(default)]
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Is,
    IsNot,
    AtLeast,
    AtMost,
    StartsWith,
    Contains,
    /// A time not longer ago than so many days.
    WithinDays,
    /// A time longer ago than so many days.
    OlderThanDays,
    IsSet,
    IsNotSet,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentCondition {
    pub purpose: String,
    pub channel: String,
    /// `granted` or `denied`.
    pub state: String,
}

/// How many orders, or how much in money, in a period. Returns reduce the money and are not counted as orders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrdersCondition {
    pub measure: Measure,
    pub op: Op,
    /// A whole number for `count`, an amount such as `120.00` for `revenue`.
    pub value: String,
    /// Only the last so many days; all time where it is missing.
    #[serde(default)]
    pub within_days: Option<u32>,
    /// Only from this date on, such as `2026-01-01`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Only until the end of this date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Only orders with this product.
    #[serde(default)]
    pub sku: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Count,
    Revenue,
}

/// How often something happened to the person, by the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsCondition {
    /// `person.updated`, `note.written` …
    pub verb: String,
    pub op: Op,
    pub value: String,
    #[serde(default)]
    pub within_days: Option<u32>,
}
