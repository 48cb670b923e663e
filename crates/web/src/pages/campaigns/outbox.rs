//! The outbox: mails that go to a folder while no server is named, to be looked at as they are.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use cycle::act::deliver::{self, Letter};

use super::tabs;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::named;
use crate::parts::{Moment, Tab};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "campaigns/outbox.html")]
struct Outbox {
    page: Layout,
    tabs: Vec<Tab>,
    destination: String,
    is_outbox: bool,
    rows: Vec<Row>,
    older: Option<String>,
}

struct Row {
    href: String,
    id: String,
    at: Option<Moment>,
    campaign: Option<(String, String)>,
    person: String,
    address: String,
}

pub(crate) async fn outbox(State(app): State<App>, current: Current, query: Query) -> Result {
    let before = query.filled("before").map(str::to_string);
    let post = app.options.post.clone();
    let mut names = app.blocking(move |_| deliver::letter_names(&post, before.as_deref(), SHOWN + 1)).await?;
    let has_more = names.len() > SHOWN;
    names.truncate(SHOWN);
    let older = names.last().filter(|_| has_more).map(|last| format!("/campaigns/outbox?before={last}"));
    let read = app.store.read(move |s| {
        let letters = deliver::about_letters(s, names)?;
        let ids: Vec<&str> =
            letters.iter().filter_map(|letter| Some(letter.about.as_ref()?.person_id.as_str())).collect();
        Ok((named::all(s, ids)?, letters, s.now()))
    });
    let (people, letters, now) = read.await?;
    let row = |letter: Letter| {
        let about = letter.about.as_ref();
        Row {
            href: format!("/campaigns/outbox/{}", letter.id),
            at: letter.at.map(|at| words::moment(at, now, current.zone())),
            campaign: about
                .map(|about| (format!("/campaigns/{}", about.campaign_id), about.campaign.clone())),
            person: about
                .and_then(|about| people.get(&about.person_id))
                .map_or("A test".to_string(), |known| known.name.clone()),
            address: about.map(|about| about.address.clone()).unwrap_or_default(),
            id: letter.id,
        }
    };
    respond::page(&Outbox {
        page: current.layout(Place::Campaigns, "Outbox"),
        tabs: tabs("/campaigns/outbox"),
        destination: app.options.post.destination(),
        is_outbox: app.options.post.is_outbox(),
        rows: letters.into_iter().map(row).collect(),
        older,
    })
}

#[derive(Template)]
#[template(path = "campaigns/letter.html")]
struct Page {
    page: Layout,
    name: String,
    source: String,
}

/// A mail as it lies in the folder.
pub(crate) async fn letter(State(app): State<App>, current: Current, Path(name): Path<String>) -> Result {
    let (post, wanted) = (app.options.post.clone(), name.clone());
    let source = app.blocking(move |_| deliver::letter_source(&post, &wanted)).await?;
    respond::page(&Page { page: current.layout(Place::Campaigns, "Mail"), name, source })
}

/// The file, for a mail program.
pub(crate) async fn source(State(app): State<App>, _: Current, Path(name): Path<String>) -> Result {
    let (post, wanted) = (app.options.post.clone(), name.clone());
    let source = app.blocking(move |_| deliver::letter_source(&post, &wanted)).await?;
    let headers = [
        (header::CONTENT_TYPE, "message/rfc822".to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.eml\"")),
    ];
    Ok((headers, source).into_response())
}
