//! People: customers, contacts, leads. Their shape, their verbs, and how they are found.
//!
//! Values are normalised when they are written; what came in is kept beside them where that changed it. What a person
//! bought is in `orders`, which also keeps the totals here up to date.

mod find;
mod input;
mod list;
mod merge;
mod state;
mod steer;
mod verbs;

pub use find::{Totals, by_email, by_external_id, by_phone, countries, get, many, search, totals_of_company};
pub use input::{Defaults, Input, Outcome, apply, defaults};
pub use list::{ListQuery, Page, Sort, count_up_to, list, matching_after, matching_ids};
pub use merge::{MERGE_FIELDS, merge, survivor};
pub(crate) use merge::{move_to_company, name_anew, perform};
pub(crate) use state::check_number;
pub use state::state;
pub use verbs::{create, delete, insert_many, restore, save, undo_event, update};

use platform::store::{Param, Row};
use platform::{Micros, Result, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const KIND: &str = "person";

/// One person. Serialized only as the before-image in the log of events.
///
/// **Units.** `revenue_minor`: minor units of the workspace's currency, returns taken off; times: microseconds UTC.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Person {
    pub id: String,
    /// The number under which another system knows the person.
    pub external_id: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    /// What to call the person: the names, or the e-mail address or number where no name is known.
    pub name: String,
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    pub company_id: Option<String>,
    pub street: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: Option<String>,
    /// `YYYY-MM-DD`.
    pub birthday: Option<String>,
    pub language: Option<String>,
    /// Where the person came from: a channel such as `newsletter` or `fair`.
    pub source: Option<String>,
    pub customer_since: Option<Micros>,
    /// What came in, by field, where normalising changed it or could not read it.
    pub raw: BTreeMap<String, String>,
    /// Fields that only this firm has.
    pub custom: BTreeMap<String, String>,
    pub n_orders: i64,
    pub revenue_minor: i64,
    pub first_order_at: Option<Micros>,
    pub last_order_at: Option<Micros>,
    pub created_at: Micros,
    pub updated_at: Micros,
    /// The person into whom this one was merged.
    pub merged_into: Option<String>,
    pub deleted_at: Option<Micros>,
}

impl Person {
    /// Whether pages and analyses show the person: neither deleted nor merged into another.
    pub fn is_present(&self) -> bool {
        self.deleted_at.is_none() && self.merged_into.is_none()
    }
}

pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "external_id",
    "given_name",
    "family_name",
    "name",
    "name_key",
    "family_key",
    "email",
    "email_key",
    "phone",
    "company_id",
    "street",
    "postcode",
    "city",
    "country",
    "birthday",
    "language",
    "source",
    "customer_since",
    "raw_json",
    "custom_json",
    "n_orders",
    "revenue_minor",
    "first_order_at",
    "last_order_at",
    "created_at",
    "updated_at",
    "merged_into",
    "deleted_at",
];

/// The row of a person in the order of [`COLUMNS`].
fn row_of(person: &Person) -> Result<Vec<Param<'static>>> {
    let keys = crate::people::verbs::keys(person);
    let (raw, custom) = (crate::json_or_null(&person.raw)?, crate::json_or_null(&person.custom)?);
    let p = person;
    Ok(params![
        p.id,
        p.external_id,
        p.given_name,
        p.family_name,
        p.name,
        keys.name,
        keys.family,
        p.email,
        keys.email,
        p.phone,
        p.company_id,
        p.street,
        p.postcode,
        p.city,
        p.country,
        p.birthday,
        p.language,
        p.source,
        p.customer_since,
        raw,
        custom,
        p.n_orders,
        p.revenue_minor,
        p.first_order_at,
        p.last_order_at,
        p.created_at,
        p.updated_at,
        p.merged_into,
        p.deleted_at,
    ]
    .map(Param::into_owned)
    .into())
}

fn read(row: &Row<'_>) -> Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        external_id: row.get(1)?,
        given_name: row.get(2)?,
        family_name: row.get(3)?,
        name: row.get(4)?,
        email: row.get(7)?,
        phone: row.get(9)?,
        company_id: row.get(10)?,
        street: row.get(11)?,
        postcode: row.get(12)?,
        city: row.get(13)?,
        country: row.get(14)?,
        birthday: row.get(15)?,
        language: row.get(16)?,
        source: row.get(17)?,
        customer_since: row.get(18)?,
        raw: crate::from_json(row.text(19)?)?,
        custom: crate::from_json(row.text(20)?)?,
        n_orders: row.get(21)?,
        revenue_minor: row.get(22)?,
        first_order_at: row.get(23)?,
        last_order_at: row.get(24)?,
        created_at: row.get(25)?,
        updated_at: row.get(26)?,
        merged_into: row.get(27)?,
        deleted_at: row.get(28)?,
    })
}
