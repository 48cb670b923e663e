//! Addresses to which nothing is sent, whatever the purpose.

use askama::Template;
use axum::extract::State;
use cycle::act::suppression::{self, About, Reason, Suppressed};
use platform::Micros;

use super::tabs;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Moment, Tab, Toast};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "campaigns/suppressions.html")]
struct Page {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    rows: Vec<Row>,
    counts: Vec<(&'static str, String)>,
    older: Option<String>,
    typed: String,
    problems: Problems,
}

struct Row {
    address: String,
    reason: &'static str,
    may_remove: bool,
    detail: String,
    person: Option<String>,
    at: Moment,
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::HardBounce => "Does not exist",
        Reason::Complaint => "Complained",
        Reason::Unsubscribed => "Wants nothing",
        Reason::ByHand => "By hand",
    }
}

pub(crate) async fn suppressions(State(app): State<App>, current: Current, query: Query) -> Result {
    let place = query.filled("before").and_then(|place| {
        let (at, address) = place.split_once('.')?;
        Some((at.parse::<Micros>().ok()?, address.to_string()))
    });
    respond::page(&page(&app, &current, place, "", Problems::default()).await?)
}

async fn page(
    app: &App,
    current: &Current,
    place: Option<(Micros, String)>,
    typed: &str,
    problems: Problems,
) -> Result<Page> {
    let read = app.store.read(move |s| {
        let before = place.as_ref().map(|(at, address)| (*at, address.as_str()));
        Ok((suppression::list(s, before, SHOWN + 1)?, suppression::counts(s)?, s.now()))
    });
    let (mut found, counts, now) = read.await?;
    let has_more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let older = found.last().filter(|_| has_more);
    let older = older.map(|last| {
        format!("/suppressions?before={}.{}", last.created_at, crate::forms::percent(&last.address))
    });
    let row = |entry: Suppressed| Row {
        reason: reason(entry.reason),
        may_remove: entry.reason != Reason::Complaint,
        detail: entry.detail.unwrap_or_default(),
        person: entry.person_id.map(|id| format!("/people/{id}")),
        at: words::moment(entry.created_at, now, current.zone()),
        address: entry.address,
    };
    Ok(Page {
        page: current.layout(Place::Campaigns, "Suppressed addresses"),
        tabs: tabs("/suppressions"),
        may_write: current.may_write(),
        rows: found.into_iter().map(row).collect(),
        counts: counts.into_iter().map(|(why, n)| (reason(why), words::count(n))).collect(),
        older,
        typed: typed.to_string(),
        problems,
    })
}

pub(crate) async fn add_suppression(
    State(app): State<App>,
    Writer(current): Writer,
    fields: Fields,
) -> Result {
    let (address, why) = (fields.trimmed("address").to_string(), fields.trimmed("why").to_string());
    let wanted = address.clone();
    let write = app.store.write(current.by(), move |tx| {
        let about = About { detail: Some(why.as_str()).filter(|why| !why.is_empty()), ..About::default() };
        suppression::add(tx, &wanted, Reason::ByHand, about)
    });
    match write.await {
        Ok(true) => {
            Ok(respond::redirect_with("/suppressions", Toast::done(format!("Nothing is sent to {address}"))))
        }
        Ok(false) => {
            let text = format!("{address} was on the list already");
            Ok(respond::redirect_with("/suppressions", Toast::done(text)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, None, &address, problems).await?)
        }
    }
}

pub(crate) async fn remove_suppression(
    State(app): State<App>,
    Writer(current): Writer,
    fields: Fields,
) -> Result {
    let address = fields.trimmed("address").to_string();
    let wanted = address.clone();
    app.store.write(current.by(), move |tx| suppression::remove(tx, &wanted)).await?;
    Ok(respond::redirect_with("/suppressions", Toast::done(format!("{address} can be written to again"))))
}
