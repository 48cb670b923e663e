//! Taking changes back: one event, or everything that one press of a button changed.
//!
//! Every page that writes offers the way back with [`of_newest`] or [`together`]; what taking back means is decided by
//! the records.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use cycle::plan::metrics;
use cycle::undo::undo_event as undo_event_of;
use platform::events::{self, Event};
use platform::{Error, Result as Done, Snapshot, Tx};
use records::reference;

use crate::current::Writer;
use crate::error::Result;
use crate::parts::Toast;
use crate::respond::{self, is_own_path};
use crate::state::App;
use crate::words;

/// The beginning of the names of origins that belong to one press of a button.
const ORIGIN: &str = "chg";

/// The address that takes back the newest event in a record's timeline; empty where there is none.
pub(crate) fn of_newest(snapshot: &mut Snapshot<'_>, subject_id: &str) -> Done<String> {
    let newest = events::timeline(snapshot, subject_id, None, 1)?.pop();
    Ok(newest.map(|event| address_of(&event.id)).unwrap_or_default())
}

/// The address that takes back one event.
pub(crate) fn address_of(event_id: &str) -> String {
    format!("/events/{event_id}/undo")
}

/// Does several changes as one, and names the address that takes all of them back.
pub(crate) fn together<T>(tx: &mut Tx<'_>, change: impl FnOnce(&mut Tx<'_>) -> Done<T>) -> Done<(T, String)> {
    let origin = tx.new_id(ORIGIN);
    let outer = tx.set_origin(Some(origin.clone()));
    let done = change(tx);
    tx.set_origin(outer);
    Ok((done?, format!("/changes/{origin}/undo")))
}

/// Whether an event was made by hand, so that it can be taken back by itself; imports and merges are taken back whole.
pub(crate) fn is_by_hand(event: &Event) -> bool {
    event.origin.as_deref().is_none_or(|origin| origin.starts_with("chg_"))
}

pub(crate) async fn undo_event(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result {
    let event = app.store.write(current.by(), move |tx| undo_event_of(tx, &id)).await?;
    let is_gone = event.before_json.is_none() && event.record_id == event.subject_id;
    let there = match came_from(&headers) {
        Some(there) if !is_gone => there,
        _ if is_gone => place_of_kind(&event.subject_id).to_string(),
        _ => place_of(&event.subject_id),
    };
    Ok(respond::redirect_with(&there, Toast::done("Taken back")))
}

pub(crate) async fn undo_together(
    State(app): State<App>,
    Writer(current): Writer,
    Path(origin): Path<String>,
    headers: HeaderMap,
) -> Result {
    if !origin.starts_with("chg_") {
        return Err(Error::missing("change", origin).into());
    }
    let n = app.store.write(current.by(), move |tx| records::undo_origin(tx, &origin)).await?;
    let there = came_from(&headers).unwrap_or_else(|| "/people".to_string());
    let text = format!("{} taken back", words::counted(n as i64, "change", "changes"));
    Ok(respond::redirect_with(&there, Toast::done(text)))
}

/// The page on which the button was pressed.
fn came_from(headers: &HeaderMap) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = referer.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    is_own_path(path).then(|| path.to_string())
}

/// The page of a record, by its id.
pub(crate) fn place_of(id: &str) -> String {
    match place_of_kind(id) {
        "/" => "/".to_string(),
        place => format!("{place}/{id}"),
    }
}

fn place_of_kind(id: &str) -> &'static str {
    match reference::kind_of(id) {
        Some("person") => "/people",
        Some("company") => "/companies",
        Some("product") => "/products",
        Some("order") => "/orders",
        _ if id.starts_with("seg_") => "/segments",
        _ if id.starts_with("goal_") => "/goals",
        _ if metrics::SHIPPED.iter().any(|metric| metric.key == id) => "/dictionary",
        _ if id.starts_with("turn_") => "/turns",
        _ if id.starts_with("persona_") => "/personas",
        _ if id.starts_with("cmp_") => "/campaigns",
        _ => "/",
    }
}
