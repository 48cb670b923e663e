//! Companies: the organisations that people work for and that buy.

mod merge;
mod state;
mod verbs;

pub(crate) use merge::perform;
pub use merge::{MERGE_FIELDS, merge, survivor};
pub use state::state;
pub(crate) use verbs::COLUMNS;
pub use verbs::{
    apply, by_external_id, by_name, count, create, delete, get, insert_many, list, many, people_of, restore,
    save, search, undo_event, update,
};

use platform::Micros;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const KIND: &str = "company";

/// One company. Serialized only as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Company {
    pub id: String,
    /// The number under which another system knows the company.
    pub external_id: Option<String>,
    pub name: String,
    /// The domain of its e-mail addresses.
    pub domain: Option<String>,
    pub industry: Option<String>,
    pub n_employees: Option<i64>,
    /// E.164.
    pub phone: Option<String>,
    pub website: Option<String>,
    pub street: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: Option<String>,
    pub source: Option<String>,
    pub raw: BTreeMap<String, String>,
    pub custom: BTreeMap<String, String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub merged_into: Option<String>,
    pub deleted_at: Option<Micros>,
}

/// Fields as they came. None leaves a field as it is; an empty text clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub external_id: Option<String>,
    pub name: Option<String>,
    pub domain: Option<String>,
    pub industry: Option<String>,
    pub n_employees: Option<String>,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub street: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub source: Option<String>,
    pub custom: BTreeMap<String, String>,
}

/// A page of companies by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub companies: Vec<Company>,
    pub next: Option<String>,
}
