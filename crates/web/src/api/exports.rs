//! Records as files, written while they are sent: `/exports`.

use axum::extract::State;
use cycle::collect::exports::{self, Whom};
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::{self, Asked};
use super::{Caller, orders, people};
use crate::download;
use crate::error::Result;
use crate::state::App;

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleAsked {
    /// Conditions as JSON, as for the list of people.
    #[serde(default, deserialize_with = "asked::filled")]
    filter: Option<String>,
}

/// Export people as CSV with their tags and own fields; the file can be imported again.
#[utoipa::path(get, path = "/exports/people.csv", tag = "exports", params(PeopleAsked),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn people(State(app): State<App>, _: Caller, Asked(asked): Asked<PeopleAsked>) -> Result {
    let filter = asked.filter.as_deref().map(people::filter_of).transpose()?.unwrap_or_default();
    let whom = Whom::Matching(filter);
    Ok(download::csv_of_snapshot("people.csv", &app.store, move |snapshot, out| {
        exports::people(snapshot, &whom, out).map(drop)
    }))
}

/// Export companies as CSV.
#[utoipa::path(get, path = "/exports/companies.csv", tag = "exports",
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn companies(State(app): State<App>, _: Caller) -> Result {
    Ok(download::csv_of_snapshot("companies.csv", &app.store, |snapshot, out| {
        exports::companies(snapshot, out).map(drop)
    }))
}

/// Export orders as CSV, one row a line. Which orders is asked as for the list; `limit` and `after` say nothing here.
#[utoipa::path(get, path = "/exports/orders.csv", tag = "exports", params(orders::ListAsked),
    responses((status = 200, content_type = "text/csv", body = String)))]
pub(crate) async fn orders(
    State(app): State<App>,
    _: Caller,
    Asked(asked): Asked<orders::ListAsked>,
) -> Result {
    let filter = asked.filter()?;
    Ok(download::csv_of_snapshot("orders.csv", &app.store, move |snapshot, out| {
        exports::orders(snapshot, &filter, out).map(drop)
    }))
}
