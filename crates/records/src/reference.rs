//! Records of any kind by id, for what can be attached to all of them: tags and notes.
//!
//! The prefix of an id says what it is.

use crate::{companies, orders, people, products};
use platform::{Error, Result, Snapshot};

/// The kind of record that an id names.
pub fn kind_of(id: &str) -> Option<&'static str> {
    match id.split_once('_')?.0 {
        "per" => Some("person"),
        "com" => Some("company"),
        "prd" => Some(products::KIND),
        "ord" => Some(orders::KIND),
        _ => None,
    }
}

/// The kind of a record that exists.
///
/// **Errors** at `record_id` when there is none.
pub(crate) fn existing(snapshot: &mut Snapshot<'_>, id: &str) -> Result<&'static str> {
    let nothing = || Error::invalid("record_id", format!("there is no record {id}"));
    let kind = kind_of(id).ok_or_else(nothing)?;
    let found = match kind {
        "person" => people::get(snapshot, id).map(drop),
        "company" => companies::get(snapshot, id).map(drop),
        products::KIND => products::get(snapshot, id).map(drop),
        _ => orders::get(snapshot, id).map(drop),
    };
    match found {
        Ok(()) => Ok(kind),
        Err(Error::Missing { .. }) => Err(nothing()),
        Err(other) => Err(other),
    }
}
