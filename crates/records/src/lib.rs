//! The nouns of the CRM: shape, rules, verbs and SQL of each record.
//!
//! A verb is a plain function over a transaction: it changes the record, appends one event, enqueues what has to happen
//! outside the database, and its effects are read in it. Nothing here knows HTTP, files or statistics.

pub mod companies;
pub mod consents;
mod field_writer;
pub mod filter;
mod image;
pub mod merges;
pub mod notes;
pub mod orders;
pub mod people;
pub mod products;
pub mod reference;
pub mod tags;
pub mod values;

use platform::events::Event;
use platform::{Error, Result, Tx};
use std::collections::BTreeMap;

/// The JSON of a map, or NULL for an empty one.
fn json_or_null(map: &BTreeMap<String, String>) -> Result<Option<String>> {
    if map.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(map)?)) }
}

/// The map of a JSON text; the empty text, as which NULL is read, is the empty map.
fn from_json(text: &str) -> Result<BTreeMap<String, String>> {
    if text.is_empty() { Ok(BTreeMap::new()) } else { Ok(serde_json::from_str(text)?) }
}

/// Takes back one event of one kind of record.
type Undo = fn(&mut Tx<'_>, &Event) -> Result<()>;

/// Of each kind of record, who knows how to take back its changes.
const UNDO: [(&str, Undo); 7] = [
    (people::KIND, people::undo_event),
    (companies::KIND, companies::undo_event),
    (products::KIND, products::undo_event),
    (orders::KIND, orders::undo_event),
    (consents::KIND, consents::undo_event),
    (tags::KIND, tags::undo_event),
    (notes::KIND, notes::undo_event),
];

fn undo_of(record_kind: &str) -> Option<Undo> {
    UNDO.into_iter().find(|known| known.0 == record_kind).map(|known| known.1)
}

/// Takes back one event, whatever its record: the record is as it was before, or gone if the event created it.
///
/// **Errors** with [`Error::Conflict`] when something later stands on it or nobody knows how to take it back.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let kind = event.record_kind.as_str();
    let undo = undo_of(kind)
        .ok_or_else(|| Error::Conflict(format!("nobody knows how to take back a change of a {kind}")))?;
    undo(tx, event)
}

/// Whether changes of such a record can be taken back here: what was sent to somebody cannot.
pub fn may_undo(record_kind: &str) -> bool {
    undo_of(record_kind).is_some()
}

/// Takes back everything that belongs to one origin, from the newest change to the oldest; returns how many.
///
/// **Errors** as [`undo_event`]; nothing is taken back then.
pub fn undo_origin(tx: &mut Tx<'_>, origin: &str) -> Result<usize> {
    let (mut n_undone, mut before) = (0, None);
    loop {
        let events = platform::events::of_origin(tx, origin, before.as_deref(), UNDONE_AT_ONCE)?;
        let Some(last) = events.last() else { return Ok(n_undone) };
        before = Some(last.id.clone());
        for event in &events {
            undo_event(tx, event)?;
        }
        n_undone += events.len();
    }
}

/// Events held in memory while an origin is taken back.
const UNDONE_AT_ONCE: usize = 500;
