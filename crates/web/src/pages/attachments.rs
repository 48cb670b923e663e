//! What can be put on any record: notes and tags.

use askama::Template;
use axum::extract::{Path, State};
use platform::{Result as Done, Tx};
use records::{notes, tags};

use super::changes;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::Fields;
use crate::parts::Toast;
use crate::query::Query;
use crate::respond;
use crate::state::App;

/// Tags offered while somebody types.
const TAGS_OFFERED: usize = 20;

pub(crate) async fn write_note(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let body = fields.get("body").to_string();
    put(&app, &current, id, "Note written", move |tx, id| notes::write(tx, id, &body).map(|_| true)).await
}

pub(crate) async fn add_tag(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let tag = fields.get("tag").to_string();
    let said = format!("Tag “{}” added", tag.trim());
    put(&app, &current, id, &said, move |tx, id| tags::add(tx, id, &tag)).await
}

pub(crate) async fn remove_tag(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let tag = fields.get("tag").to_string();
    let said = format!("Tag “{}” removed", tag.trim());
    put(&app, &current, id, &said, move |tx, id| tags::remove(tx, id, &tag)).await
}

/// Changes something on a record and goes back to its page; `change` says whether anything changed.
async fn put(
    app: &App,
    current: &Current,
    id: String,
    said: &str,
    change: impl Fn(&mut Tx<'_>, &str) -> Done<bool> + Send + 'static,
) -> Result {
    let there = changes::place_of(&id);
    let undo = app.store.write(current.by(), move |tx| match change(tx, &id)? {
        true => changes::of_newest(tx, &id).map(Some),
        false => Ok(None),
    });
    Ok(match undo.await? {
        Some(undo) => respond::redirect_with(&there, Toast::done(said).undo(undo)),
        None => respond::redirect_with(&there, Toast::done("That was so already")),
    })
}

/// The tags in use that begin with what was typed, as options of a list.
pub(crate) async fn tag_names(State(app): State<App>, _: Current, query: Query) -> Result {
    let typed = query.get("tag").to_string();
    let used = app.store.read(move |snapshot| tags::beginning_with(snapshot, &typed, TAGS_OFFERED)).await?;
    respond::fragment(&Names { names: used.into_iter().map(|tag| tag.name).collect() })
}

#[derive(Template)]
#[template(path = "people/names.html")]
pub(crate) struct Names {
    pub(crate) names: Vec<String>,
}
