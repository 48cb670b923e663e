//! Taking back an import, whole: what it created goes, what it changed is as it was before.
//!
//! A record that somebody changed since is left as it is and reported. Done in chunks that a crash cannot split.

use super::import::{self, Import, State};
use super::run::author;
use platform::events::{self, By, Event};
use platform::{Error, Result, Store, Tx, params};

const EVENTS_AT_ONCE: usize = 500;

/// Marks an import to be taken back; the job does it.
///
/// **Errors** with a conflict while it runs or when it was taken back already.
pub fn begin(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let import = import::get(tx, id)?;
    match import.state {
        State::Done | State::Failed => import::set_state(tx, id, State::Undoing, None),
        other => {
            Err(Error::Conflict(format!("the import is {}; only one that has ended is undone", other.name())))
        }
    }
}

/// Takes back the events of the import from the newest to the oldest, from where it stands.
pub fn run(store: &Store, id: &str, progress: &mut dyn FnMut(u64)) -> Result<Import> {
    let wanted = id.to_string();
    let import = store.read(move |s| import::get(s, &wanted)).wait()?;
    if import.state == State::Undone {
        return Ok(import);
    }
    let by = By { origin: Some(format!("undo:{}", import.id)), ..author(&import) };
    let mut n_done = 0;
    loop {
        let id = import.id.clone();
        let n = store.write(by.clone(), move |tx| undo_some(tx, &id)).wait()?;
        if n == 0 {
            break;
        }
        n_done += n as u64;
        progress(n_done);
    }
    let id = import.id.clone();
    store
        .write(By::system(), move |tx| {
            import::set_state(tx, &id, State::Undone, None)?;
            import::get(tx, &id)
        })
        .wait()
}

fn undo_some(tx: &mut Tx<'_>, id: &str) -> Result<usize> {
    let import = import::get(tx, id)?;
    let some = events::of_origin(tx, &import.id, import.undo_cursor.as_deref(), EVENTS_AT_ONCE)?;
    let Some(last) = some.last() else { return Ok(0) };
    let cursor = last.id.clone();
    let mut n_left = 0;
    let mut touched = Vec::new();
    for event in &some {
        match undo_one(tx, event, &mut touched) {
            Ok(()) => {}
            Err(Error::Conflict(reason)) => {
                n_left += 1;
                note_conflict(tx, import.import_no, event, &reason)?;
            }
            Err(Error::Missing { kind, id }) => {
                n_left += 1;
                note_conflict(tx, import.import_no, event, &format!("{kind} {id} is gone already"))?;
            }
            Err(error) => return Err(error),
        }
    }
    touched.sort_unstable();
    touched.dedup();
    let touched: Vec<&str> = touched.iter().map(String::as_str).collect();
    records::orders::refresh_person_totals(tx, &touched)?;
    tx.execute(
        "UPDATE imports SET undo_cursor = $2, n_left_by_undo = n_left_by_undo + $3 WHERE id = $1",
        &params![id, cursor, n_left],
    )?;
    Ok(some.len())
}

fn undo_one(tx: &mut Tx<'_>, event: &Event, touched: &mut Vec<String>) -> Result<()> {
    if event.record_kind != records::orders::KIND {
        return records::undo_event(tx, event);
    }
    // The totals of people are refreshed once for all orders.
    touched.extend(records::orders::put_back(tx, event)?);
    Ok(())
}

fn note_conflict(tx: &mut Tx<'_>, import_no: i64, event: &Event, reason: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO undo_conflicts (import_no, event_id, reason) VALUES ($1, $2, $3)
         ON CONFLICT (import_no, event_id) DO UPDATE SET reason = excluded.reason",
        &params![import_no, event.id, reason],
    )?;
    Ok(())
}
