//! People as a file: everybody who matches the address of a list, or those who are ticked.

use axum::extract::State;
use cycle::collect::exports::{self, Whom};
use platform::Error;

use super::filter::filter_of;
use crate::current::Current;
use crate::download;
use crate::error::Result;
use crate::forms::Fields;
use crate::query::Query;
use crate::state::App;

pub(crate) async fn matching(State(app): State<App>, _: Current, query: Query) -> Result {
    let whom = Whom::Matching(filter_of(&query)?);
    Ok(file(&app, whom))
}

pub(crate) async fn ticked(State(app): State<App>, _: Current, fields: Fields) -> Result {
    let ids: Vec<String> = fields.all("id").map(str::to_string).collect();
    if ids.is_empty() {
        return Err(Error::invalid("id", "tick at least one row first").into());
    }
    Ok(file(&app, Whom::Ids(ids)))
}

fn file(app: &App, whom: Whom) -> axum::response::Response {
    download::csv_of_snapshot("people.csv", &app.store, move |snapshot, out| {
        exports::people(snapshot, &whom, out).map(drop)
    })
}
