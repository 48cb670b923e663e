//! One insight: its claim, what it stands on, what speaks against it, who it is about, what was decided.

use askama::Template;
use axum::extract::{Path, Query, State};
use cycle::act::actions::{self, Action};
use cycle::interpret::{self, Check, Figure, Insight, PeoplePage, Status, Table, Unit, Verdict};
use cycle::measure::effects::{self, Conclusion};
use platform::{Snapshot, auth};
use serde::Deserialize;

use super::{status_label, status_tone};
use crate::current::Current;
use crate::error::Result;
use crate::forms::{Fields, Problems, percent};
use crate::layout::{Layout, Place};
use crate::pages::actions::{state_label, state_tone};
use crate::pages::experiments::{conclusion_tone, in_words};
use crate::pages::{named, rows};
use crate::parts::{Crumb, Moment, Pager, Stat, Tone};
use crate::state::App;
use crate::{respond, words};

/// People of an insight on one page.
const PEOPLE_SHOWN: usize = 20;
/// Events of its history.
const HISTORY_SHOWN: usize = 30;

#[derive(Template)]
#[template(path = "insights/show.html")]
pub(super) struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    address: String,
    claim: String,
    kind: &'static str,
    status: &'static str,
    tone: &'static str,
    is_gone: bool,
    found_at: Moment,
    stats: Vec<Stat>,
    action: String,
    money_how: String,
    definition: String,
    query: String,
    last_day: String,
    figures: Vec<Line>,
    tables: Vec<Table>,
    checks: Vec<Checked>,
    refuted_by: String,
    quality_href: Option<String>,
    people: Vec<Member>,
    people_heads: Vec<String>,
    people_pager: Pager,
    people_note: String,
    decision: Option<Decided>,
    insight_id: String,
    actions: Vec<Acted>,
    may_act: bool,
    may_review: bool,
    may_decide: bool,
    may_refute: bool,
    may_reopen: bool,
    fields: Fields,
    problems: Problems,
    history: Vec<Past>,
}

/// A figure of the evidence.
struct Line {
    label: String,
    value: String,
    interval: String,
    of: String,
}

/// A counter-check.
struct Checked {
    question: &'static str,
    verdict: &'static str,
    tone: &'static str,
    words: String,
}

struct Member {
    name: String,
    href: Option<String>,
    figures: Vec<String>,
}

struct Decided {
    by: String,
    at: Moment,
    why: String,
    expected_effect: String,
    is_refutation: bool,
}

/// An action that answers the insight.
struct Acted {
    /// What was measured, and its tone.
    came_out: Option<(&'static str, &'static str)>,
    href: String,
    name: String,
    state: &'static str,
    tone: &'static str,
}

struct Past {
    words: &'static str,
    by: String,
    at: Moment,
    /// How often it happened without anything between.
    n_times: usize,
}

#[derive(Deserialize)]
pub(crate) struct From {
    #[serde(default)]
    from: i64,
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    Query(From { from }): Query<From>,
) -> Result {
    respond::page(&page(&app, &current, id, from, Fields::default(), Problems::default()).await?)
}

struct Found {
    insight: Insight,
    people: PeoplePage,
    names: std::collections::HashMap<String, named::Named>,
    users: Vec<auth::User>,
    history: Vec<platform::events::Event>,
    /// What is done, and what came out of it.
    actions: Vec<(Action, Option<Conclusion>)>,
}

fn read(snapshot: &mut Snapshot<'_>, id: &str, from: i64) -> platform::Result<Found> {
    let insight = interpret::get(snapshot, id)?;
    let people = interpret::people(snapshot, id, from, PEOPLE_SHOWN)?;
    let names = named::all(snapshot, people.rows.iter().map(|row| row.person_id.as_str()))?;
    let history = interpret::history(snapshot, id, None, HISTORY_SHOWN)?;
    let mut actions = Vec::new();
    for action in actions::of_insight(snapshot, id)? {
        let looks = effects::latest_of_action(snapshot, &action.id)?;
        actions.push((action, looks.first().map(|look| look.conclusion)));
    }
    Ok(Found { insight, people, names, users: auth::list(snapshot)?, history, actions })
}

pub(super) async fn page(
    app: &App,
    current: &Current,
    id: String,
    from: i64,
    fields: Fields,
    problems: Problems,
) -> Result<Show> {
    let found = app.store.read(move |s| read(s, &id, from)).await?;
    let insight = &found.insight;
    let now = app.store.now();
    let moment = |at| words::moment(at, now, current.zone());
    let who = |id: Option<&String>| {
        let user = found.users.iter().find(|user| Some(&user.id) == id);
        user.map_or_else(|| "the program".to_string(), |user| user.name.clone())
    };
    let (may_write, status) = (current.may_write(), insight.status);
    Ok(Show {
        page: current.layout(Place::Insights, insight.kind.label()),
        crumbs: vec![Crumb { label: "Insights".to_string(), href: "/insights".to_string() }],
        address: format!("/insights/{}", insight.id),
        claim: insight.claim.clone(),
        kind: insight.kind.label(),
        status: status_label(status),
        tone: status_tone(status).class(),
        is_gone: insight.gone_at.is_some(),
        found_at: moment(insight.found_at),
        stats: stats(insight),
        action: insight.suggested_action.clone(),
        money_how: insight.money_how.clone(),
        definition: insight.evidence.definition.clone(),
        query: insight.evidence.query.clone(),
        last_day: insight.evidence.last_day.clone(),
        figures: insight.evidence.figures.iter().map(|figure| line(insight, figure)).collect(),
        tables: insight.evidence.tables.clone(),
        checks: insight.checks.iter().map(checked).collect(),
        refuted_by: insight.refuted_by.clone(),
        quality_href: quality_href(insight),
        people_heads: heads(&found.people),
        people: found.people.rows.iter().map(|row| member(insight, row, &found.names)).collect(),
        people_pager: pager(insight, &found.people, from),
        people_note: insight.evidence.filter_note.clone(),
        decision: insight
            .decision
            .as_ref()
            .map(|one| decided(one, status, who(one.by.as_ref()), moment(one.at))),
        insight_id: insight.id.clone(),
        may_act: may_write && status != Status::Refuted,
        actions: found.actions.iter().map(acted).collect(),
        may_review: may_write && status == Status::New,
        may_decide: may_write && matches!(status, Status::New | Status::Reviewed | Status::Decided),
        may_refute: may_write && status != Status::Refuted,
        may_reopen: may_write && matches!(status, Status::Decided | Status::Refuted | Status::Measured),
        fields,
        problems,
        history: in_short(found.history.iter().map(|e| Past {
            words: happened(&e.verb),
            by: who(e.actor_id.as_ref()),
            at: moment(e.at),
            n_times: 1,
        })),
    })
}

/// The same thing again and again is one line, at its newest time.
fn in_short(all: impl Iterator<Item = Past>) -> Vec<Past> {
    let mut shown: Vec<Past> = Vec::new();
    for past in all {
        match shown.last_mut().filter(|newer| newer.words == past.words && newer.by == past.by) {
            Some(newer) => newer.n_times += 1,
            None => shown.push(past),
        }
    }
    shown
}

fn acted((action, conclusion): &(Action, Option<Conclusion>)) -> Acted {
    Acted {
        came_out: conclusion.map(|one| (in_words(one), conclusion_tone(one))),
        href: format!("/actions/{}", action.id),
        name: action.name.clone(),
        state: state_label(action),
        tone: state_tone(action.state).class(),
    }
}

/// The rows on the quality board behind a data fault.
fn quality_href(insight: &Insight) -> Option<String> {
    let name = insight.evidence.quality_rows.as_ref()?;
    Some(format!("/quality/rows?check={}", percent(name)))
}

fn heads(people: &PeoplePage) -> Vec<String> {
    let first = people.rows.first();
    first.map(|row| row.figures.iter().map(|figure| figure.label.clone()).collect()).unwrap_or_default()
}

fn decided(decision: &interpret::Decision, status: Status, by: String, at: Moment) -> Decided {
    Decided {
        by,
        at,
        why: decision.why.clone(),
        expected_effect: decision.expected_effect.clone(),
        is_refutation: status == Status::Refuted,
    }
}

fn happened(verb: &str) -> &'static str {
    match verb {
        "insight.found" => "Found by the analyses",
        "insight.found_again" => "Found again by the analyses",
        "insight.updated" => "Brought up to date by the analyses",
        "insight.gone" => "No longer found",
        "insight.reviewed" => "Reviewed",
        "insight.decided" => "Decided",
        "insight.refuted" => "Refuted",
        "insight.reopened" => "Taken up again",
        "insight.acted_on" => "Acted on",
        "insight.set_back" => "Not acted on after all",
        "insight.measured" => "Measured",
        _ => "Changed",
    }
}

fn stats(insight: &Insight) -> Vec<Stat> {
    let definition = &insight.evidence.definition;
    let customers = Stat::new("Customers", words::count(insight.n_customers), definition);
    let customers = match &insight.evidence.filter {
        Some(filter) => customers.rows(rows::people(filter)),
        None => customers.rows("#people"),
    };
    let code = insight.currency.code();
    let money = match insight.money {
        Some(money) => {
            Stat::new("Money at stake", words::money_whole(money.expected_minor, code), &insight.money_how)
                .interval(
                    format!(
                        "{} – {}",
                        words::money_whole(money.low_minor, code),
                        words::money_whole(money.high_minor, code)
                    ),
                    &format!("{:.0} % interval", money.level * 100.0),
                )
        }
        None => Stat::cannot_tell("Money at stake", insight.money_how.clone(), "What the claim is worth."),
    };
    let confidence = Stat::new(
        "Confidence",
        insight.confidence_in_words(),
        "From 0 to 1 after the counter-checks: each other explanation that holds takes some of it away.",
    )
    .unit(&format!("{:.2}", insight.confidence));
    vec![customers, money, confidence]
}

fn line(insight: &Insight, figure: &Figure) -> Line {
    let interval = match (figure.low, figure.high) {
        (Some(_), Some(_)) => interpret::words::interval(figure, insight.currency),
        _ => String::new(),
    };
    Line {
        label: figure.label.clone(),
        value: interpret::words::value(figure.value, figure.unit, insight.currency),
        interval,
        of: figure.denominator.map(words::count).unwrap_or_default(),
    }
}

fn checked(check: &Check) -> Checked {
    let tone = match check.verdict {
        Verdict::Stands => Tone::Good,
        Verdict::Weakened => Tone::Warning,
        Verdict::Explained => Tone::Bad,
        Verdict::CannotTell => Tone::Neutral,
    };
    Checked {
        question: check.question.in_words(),
        verdict: check.verdict.in_words(),
        tone: tone.class(),
        words: check.words.clone(),
    }
}

fn member(
    insight: &Insight,
    row: &interpret::PersonRow,
    names: &std::collections::HashMap<String, named::Named>,
) -> Member {
    let known = names.get(&row.person_id);
    let told = |value: f64, unit: Unit| interpret::words::value(value, unit, insight.currency);
    Member {
        name: known.map_or_else(|| row.person_id.clone(), |known| known.name.clone()),
        href: known.and_then(|known| known.href.clone()),
        figures: row.figures.iter().map(|figure| told(figure.value, figure.unit)).collect(),
    }
}

fn pager(insight: &Insight, people: &PeoplePage, from: i64) -> Pager {
    let base = format!("/insights/{}", insight.id);
    Pager {
        shown: format!(
            "{} to {} of {}",
            words::count(from + 1),
            words::count(from + people.rows.len() as i64),
            words::counted(insight.n_customers, "customer", "customers")
        ),
        previous: (from > 0).then(|| format!("{base}?from={}#people", (from - PEOPLE_SHOWN as i64).max(0))),
        next: people.next.map(|next| format!("{base}?from={next}#people")),
        ..Pager::default()
    }
}
