//! Insights: what the figures mean, each with its evidence and counter-checks, and what somebody decided about it.

mod decide;
mod show;

pub(crate) use decide::{decide, refute, reopen, review};
pub(crate) use show::show;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use cycle::interpret::{self, Insight, List, Silent, Status};
use serde::Deserialize;

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Tab, Tone};
use crate::state::App;
use crate::{respond, words};

/// What the report may do in a browser: show itself, and nothing else.
pub(crate) const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

#[derive(Template)]
#[template(path = "insights/index.html")]
struct Index {
    page: Layout,
    may_write: bool,
    has_run: bool,
    tabs: Vec<Tab>,
    groups: Vec<Group>,
    silent: Vec<Quiet>,
}

/// The insights of one status.
struct Group {
    title: &'static str,
    meaning: &'static str,
    cards: Vec<Card>,
}

/// An insight in short.
pub(crate) struct Card {
    pub(crate) href: String,
    pub(crate) kind: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) claim: String,
    pub(crate) customers: String,
    pub(crate) money: Option<String>,
    pub(crate) level: String,
    pub(crate) confidence: &'static str,
    pub(crate) action: String,
}

/// A kind of which nothing was found.
struct Quiet {
    kind: &'static str,
    why: String,
    is_unknown: bool,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    status: String,
}

pub(crate) async fn index(State(app): State<App>, current: Current, Query(wanted): Query<Wanted>) -> Result {
    let list =
        List { status: Status::from_name(&wanted.status), gone: wanted.status == "gone", ..List::default() };
    let found = app
        .store
        .read(move |s| Ok((interpret::list(s, list)?, interpret::counts(s)?, interpret::latest_summary(s)?)));
    let (insights, counts, summary) = found.await?;
    let is_gone = list.gone;
    let groups = Status::ALL.into_iter().filter_map(|status| group(status, &insights, is_gone)).collect();
    respond::page(&Index {
        page: current.layout(Place::Insights, "Insights"),
        may_write: current.may_write(),
        has_run: summary.is_some(),
        tabs: tabs(&wanted.status, &counts),
        groups,
        silent: summary.map(|latest| latest.result.silent.iter().map(quiet).collect()).unwrap_or_default(),
    })
}

fn tabs(here: &str, counts: &std::collections::BTreeMap<Status, u64>) -> Vec<Tab> {
    let tab = |label: &str, name: &str, n: Option<u64>| Tab {
        label: label.to_string(),
        href: if name.is_empty() { "/insights".to_string() } else { format!("/insights?status={name}") },
        current: name == here,
        count: n.map(words::count),
    };
    let mut tabs = vec![tab("All", "", Some(counts.values().sum()))];
    for status in Status::ALL {
        let n = counts.get(&status).copied().unwrap_or(0);
        if n > 0 || matches!(status, Status::New | Status::Decided) {
            tabs.push(tab(status_label(status), status.name(), Some(n)));
        }
    }
    tabs.push(tab("No longer found", "gone", None));
    tabs
}

fn group(status: Status, insights: &[Insight], is_gone: bool) -> Option<Group> {
    let cards: Vec<Card> = insights.iter().filter(|one| one.status == status).map(card).collect();
    let meaning = match status {
        _ if is_gone => "The last run of the analyses found these no more.",
        Status::New => "Nobody has looked at these yet.",
        Status::Reviewed => "Somebody has looked; nothing is decided.",
        Status::Decided => "Something is to be done, with what is expected of it.",
        Status::Acting => "It is being done.",
        Status::Measured => "It was compared with what came.",
        Status::Refuted => "Somebody found that these do not hold.",
    };
    (!cards.is_empty()).then_some(Group { title: status_label(status), meaning, cards })
}

pub(crate) fn card(insight: &Insight) -> Card {
    Card {
        href: format!("/insights/{}", insight.id),
        kind: insight.kind.label(),
        tone: kind_tone(insight).class(),
        claim: insight.claim.clone(),
        customers: words::counted(insight.n_customers, "customer", "customers"),
        money: insight.money_in_words(),
        level: insight
            .money
            .map(|money| format!("{:.0} % interval", money.level * 100.0))
            .unwrap_or_default(),
        confidence: insight.confidence_in_words(),
        action: insight.suggested_action.clone(),
    }
}

fn kind_tone(insight: &Insight) -> Tone {
    match insight.kind {
        interpret::Kind::DataFault => Tone::Warning,
        interpret::Kind::SecondOrder | interpret::Kind::CrossSell => Tone::Good,
        _ => Tone::Accent,
    }
}

fn quiet(silent: &Silent) -> Quiet {
    Quiet { kind: silent.kind.label(), why: silent.why.clone(), is_unknown: silent.abstained }
}

fn status_label(status: Status) -> &'static str {
    match status {
        Status::New => "New",
        Status::Reviewed => "Reviewed",
        Status::Decided => "Decided",
        Status::Acting => "Acting",
        Status::Measured => "Measured",
        Status::Refuted => "Refuted",
    }
}

fn status_tone(status: Status) -> Tone {
    match status {
        Status::New => Tone::Accent,
        Status::Reviewed => Tone::Neutral,
        Status::Decided | Status::Acting | Status::Measured => Tone::Good,
        Status::Refuted => Tone::Bad,
    }
}

#[derive(Deserialize)]
pub(crate) struct How {
    download: Option<String>,
}

/// The report: one file that stands alone, to be read here or taken away.
pub(crate) async fn report(State(app): State<App>, _: Current, Query(how): Query<How>) -> Result {
    let html = app.store.scan(interpret::report::html).await?;
    let disposition = if how.download.is_some() { "attachment; filename=\"report.html\"" } else { "inline" };
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, REPORT_POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, html).into_response())
}
