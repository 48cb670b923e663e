//! The nouns of the CRM: shape, rules, verbs and SQL of each record.
//!
//! A verb is a plain function over a transaction: it changes the record, appends one event, enqueues what has to happen
//! outside the database, and its effects are read in it. Nothing here knows HTTP, files or statistics.

pub mod companies;
pub mod consents;
mod field_writer;
pub mod filter;
mod image;
pub mod notes;
pub mod orders;
pub mod people;
pub mod products;
pub mod reference;
pub mod tags;
pub mod values;

use platform::events::Event;
use platform::store::Snapshot;
use platform::{Error, Result, params};
use std::collections::BTreeMap;

/// The JSON of a map, or NULL for an empty one.
fn json_or_null(map: &BTreeMap<String, String>) -> Result<Option<String>> {
    if map.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(map)?)) }
}

/// The map of a JSON text; the empty text, as which NULL is read, is the empty map.
fn from_json(text: &str) -> Result<BTreeMap<String, String>> {
    if text.is_empty() { Ok(BTreeMap::new()) } else { Ok(serde_json::from_str(text)?) }
}

/// Refuses to undo an event where somebody changed the same record later, outside the event's origin.
///
/// **Errors** with a conflict that names the record and the later change.
pub fn refuse_if_changed_since(snapshot: &mut Snapshot<'_>, event: &Event) -> Result<()> {
    let later = snapshot.first(
        "SELECT verb FROM events WHERE subject_id = $1 AND id > $2 AND record_id = $3
           AND (origin IS NULL OR origin <> $4) AND verb NOT LIKE '%.undone' ORDER BY subject_id, id LIMIT 1",
        &params![event.subject_id, event.id, event.record_id, event.origin.as_deref().unwrap_or("")],
        |row| row.get::<String>(0),
    )?;
    match later {
        None => Ok(()),
        Some(verb) => Err(Error::Conflict(format!(
            "{} {} was changed afterwards ({verb}); it is left as it is",
            event.record_kind, event.record_id
        ))),
    }
}
