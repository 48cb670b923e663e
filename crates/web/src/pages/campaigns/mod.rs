//! Campaigns: the list, the editor with its preview, how one goes out, the outbox, and the addresses that get nothing.

mod editor;
mod form;
mod outbox;
mod show;
mod suppressions;
mod told;

pub(crate) use editor::{create, edit, new, of_action, preview, update};
pub(crate) use outbox::{letter, outbox, source};
pub(crate) use show::{act, messages, progress, resolve, show, test};
pub(crate) use suppressions::{add_suppression, remove_suppression, suppressions};

use askama::Template;
use axum::extract::State;
use cycle::act::campaigns;
use cycle::act::mail_rules::{self, Rules};

use crate::current::{Administrator, Current};
use crate::error::Result;
use crate::forms::Fields;
use crate::layout::{Layout, Place};
use crate::parts::{Moment, Tab, Toast};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

/// Campaigns on one page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "campaigns/list.html")]
struct List {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    may_administer: bool,
    rules: Rules,
    campaigns: Vec<Row>,
    older: Option<String>,
    is_first: bool,
}

struct Row {
    href: String,
    name: String,
    subject: String,
    state: &'static str,
    tone: &'static str,
    uplift: told::Uplift,
    sent: String,
    delivered: String,
    clicked: String,
    launched: Option<Moment>,
}

/// The pages about mail, side by side.
pub(crate) fn tabs(here: &str) -> Vec<Tab> {
    let tabs = [
        ("Campaigns", "/campaigns"),
        ("Outbox", "/campaigns/outbox"),
        ("Suppressed addresses", "/suppressions"),
    ];
    tabs.into_iter()
        .map(|(label, href)| Tab {
            label: label.into(),
            href: href.into(),
            current: href == here,
            count: None,
        })
        .collect()
}

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let before = query.filled("before").map(str::to_string);
    let is_first = before.is_none();
    let read = app
        .store
        .read(move |s| Ok((campaigns::list(s, before.as_deref(), SHOWN + 1)?, mail_rules::get(s)?, s.now())));
    let (mut found, rules, now) = read.await?;
    let has_more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let older = found.last().filter(|_| has_more).map(|last| format!("/campaigns?before={}", last.id));
    let row = |row: campaigns::Row| {
        let counts = row.counts;
        Row {
            href: format!("/campaigns/{}", row.id),
            state: told::state(row.state),
            tone: told::tone(row.state).class(),
            uplift: told::uplift(row.uplift.as_ref(), current.currency()),
            sent: format!("{} of {}", words::count(counts.accepted), words::count(counts.planned)),
            delivered: told::share_of(counts.delivered(), counts.accepted),
            clicked: told::share_of(counts.clicked, counts.delivered()),
            launched: row.launched_at.map(|at| words::moment(at, now, current.zone())),
            name: row.name,
            subject: row.subject,
        }
    };
    respond::page(&List {
        page: current.layout(Place::Campaigns, "Campaigns"),
        tabs: tabs("/campaigns"),
        may_write: current.may_write(),
        may_administer: current.may_administer(),
        rules,
        campaigns: found.into_iter().map(row).collect(),
        older,
        is_first,
    })
}

/// The switch that stops all outgoing mail, and lets it go again.
pub(crate) async fn switch_all(
    State(app): State<App>,
    Administrator(current): Administrator,
    fields: Fields,
) -> Result {
    let (stops, why) = (fields.get("switch") == "stop", fields.trimmed("why").to_string());
    let done = app.store.write(current.by(), move |tx| match stops {
        true => mail_rules::stop_everything(tx, if why.is_empty() { "by hand" } else { &why }),
        false => mail_rules::let_go(tx),
    });
    done.await?;
    let text = if stops { "All outgoing mail is stopped" } else { "Mail goes out again" };
    Ok(respond::redirect_with("/campaigns", Toast::done(text)))
}
