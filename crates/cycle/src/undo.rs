//! Taking one event back, whatever noun it is about: the nouns decide what that means.

use crate::act::{call_lists, campaigns, segments};
use crate::plan::{goals, metrics};
use crate::{interpret, turn};
use platform::Result;
use platform::events::{self, Event};
use platform::store::Tx;

/// Takes back the event with this id, by a new event; returns the one that was taken back.
///
/// **Errors** when there is no such event; with a conflict where something later stands on it, or it is taken back already.
pub fn undo_event(tx: &mut Tx<'_>, id: &str) -> Result<Event> {
    let event = events::get(tx, id)?;
    match event.record_kind.as_str() {
        campaigns::KIND => campaigns::undo_event(tx, &event)?,
        segments::KIND => segments::undo_event(tx, &event)?,
        call_lists::KIND => call_lists::undo_event(tx, &event)?,
        goals::KIND => goals::undo_event(tx, &event)?,
        metrics::KIND => metrics::undo_event(tx, &event)?,
        interpret::KIND => interpret::undo_event(tx, &event)?,
        _ if turn::undo_event(tx, &event)?.is_some() => {}
        _ => records::undo_event(tx, &event)?,
    }
    Ok(event)
}
