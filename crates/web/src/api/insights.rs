//! Insights: what the last turn claims, on what it stands, and what people decided: `/insights`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::interpret::{self as verbs, Deciding, Kind, Status};
use platform::Error;
use platform::store::{Snapshot, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{self, Asked, Body, PageAsked};
use super::values::{Money, Time};
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// A claim of the last turn.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Insight {
    id: String,
    /// The turn run that found it last.
    run_id: String,
    /// The kind of claim, such as `likely_lost`; with `about` it names the same insight from run to run.
    kind: &'static str,
    about: String,
    claim: String,
    /// What is counted.
    definition: String,
    /// Nothing after this day was known.
    last_day: String,
    figures: Vec<Figure>,
    n_customers: u64,
    /// Money at stake with its interval; null where none can be said.
    money: Option<MoneyAtStake>,
    /// How the money was computed, or why there is none.
    money_how: String,
    checks: Vec<Check>,
    #[schema(minimum = 0, maximum = 1)]
    confidence: f64,
    /// What the list is sorted by, in the smallest unit of the currency.
    worth: f64,
    /// What one would have to see to drop the claim.
    refuted_by: String,
    suggested_action: String,
    /// `new`, `reviewed`, `decided`, `acting`, `measured` or `refuted`.
    status: &'static str,
    decision: Option<Decision>,
    found_at: Time,
    updated_at: Time,
    /// When a run no longer found it.
    gone_at: Option<Time>,
}

/// A number behind a claim.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Figure {
    name: String,
    label: String,
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
    /// Probability that the interval holds.
    level: Option<f64>,
    /// Of how many it is a share or mean.
    denominator: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MoneyAtStake {
    expected: Money,
    low: Money,
    high: Money,
    /// Probability that the interval holds.
    level: f64,
}

/// Another explanation that was tested.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    question: &'static str,
    /// Whether the other explanation holds: `no`, `in part`, `maybe all of it` or `can't tell`.
    answer: &'static str,
    words: String,
}

/// What somebody decided, said before anything was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decision {
    /// The user's id; null from the command line.
    by: Option<String>,
    at: Time,
    why: String,
    expected_effect: String,
}

impl From<verbs::Insight> for Insight {
    fn from(found: verbs::Insight) -> Self {
        let money = |minor: i64| Money::new(minor, found.currency);
        let figure = |figure: &verbs::Figure| Figure {
            name: figure.name.clone(),
            label: figure.label.clone(),
            value: figure.value,
            low: figure.low,
            high: figure.high,
            level: figure.level,
            denominator: figure.denominator,
        };
        let check = |check: &verbs::Check| Check {
            question: check.question.in_words(),
            answer: check.verdict.in_words(),
            words: check.words.clone(),
        };
        Self {
            kind: found.kind.name(),
            definition: found.evidence.definition.clone(),
            last_day: found.evidence.last_day.clone(),
            figures: found.evidence.figures.iter().map(figure).collect(),
            n_customers: found.n_customers,
            money: found.money.map(|stake| MoneyAtStake {
                expected: money(stake.expected_minor),
                low: money(stake.low_minor),
                high: money(stake.high_minor),
                level: stake.level,
            }),
            checks: found.checks.iter().map(check).collect(),
            confidence: found.confidence,
            worth: found.worth,
            status: found.status.name(),
            decision: found.decision.map(|decision| Decision {
                by: decision.by,
                at: Time(decision.at),
                why: decision.why,
                expected_effect: decision.expected_effect,
            }),
            found_at: Time(found.found_at),
            updated_at: Time(found.updated_at),
            gone_at: found.gone_at.map(Time),
            id: found.id,
            run_id: found.run_id,
            about: found.about,
            claim: found.claim,
            money_how: found.money_how,
            refuted_by: found.refuted_by,
            suggested_action: found.suggested_action,
        }
    }
}

/// Which insights.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAsked {
    /// `new`, `reviewed`, `decided`, `acting`, `measured` or `refuted`.
    #[serde(default, deserialize_with = "asked::filled")]
    status: Option<String>,
    #[serde(default, deserialize_with = "asked::filled")]
    kind: Option<String>,
    /// Those that the last run no longer found, instead of those that stand.
    #[param(default = false)]
    gone: Option<bool>,
}

/// List insights, the most worth first; refuted ones stand last.
#[utoipa::path(get, path = "/insights", tag = "insights", params(ListAsked), responses((status = 200, body = Page<Insight>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<ListAsked>) -> Result {
    let unknown = |field: &str, name: &str| Error::invalid(field, format!("“{name}” is not known"));
    let status = asked
        .status
        .as_deref()
        .map(|name| Status::from_name(name).ok_or_else(|| unknown("status", name)))
        .transpose()?;
    let kind = asked
        .kind
        .as_deref()
        .map(|name| Kind::from_name(name).ok_or_else(|| unknown("kind", name)))
        .transpose()?;
    let wanted = verbs::List { status, kind, gone: asked.gone.unwrap_or(false) };
    let found = app.store.read(move |s| verbs::list(s, wanted)).await?;
    answers::page(&Page { data: found.into_iter().map(Insight::from).collect(), next: None })
}

/// Show an insight.
#[utoipa::path(get, path = "/insights/{id}", tag = "insights", params(("id" = String, Path)),
    responses((status = 200, body = Insight)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| verbs::get(s, &id)).await?;
    Ok(answers::json(StatusCode::OK, &Insight::from(found)))
}

/// A person behind an insight.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    person_id: String,
    /// What made the person part of it.
    figures: Vec<MemberFigure>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberFigure {
    label: String,
    value: f64,
}

/// List the people behind an insight, the one with the most money first; at most 5,000 are kept.
#[utoipa::path(get, path = "/insights/{id}/people", tag = "insights", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<Member>)))]
pub(crate) async fn people(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let from = match &asked.after {
        Some(after) => after.parse::<i64>().map_err(|_| asked::no_place(after))?,
        None => 0,
    };
    let found = app.store.read(move |s: &mut Snapshot<'_>| {
        verbs::get(s, &id)?;
        verbs::people(s, &id, from, limit)
    });
    let page = found.await?;
    let told = |row: verbs::PersonRow| Member {
        person_id: row.person_id,
        figures: row.figures.into_iter().map(|f| MemberFigure { label: f.label, value: f.value }).collect(),
    };
    answers::page(&Page {
        data: page.rows.into_iter().map(told).collect(),
        next: page.next.map(|next| next.to_string()),
    })
}

/// What is decided about an insight.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decided {
    /// What will be done, and why.
    why: String,
    /// What is expected to change.
    expected_effect: String,
}

/// Why a claim does not hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refuted {
    why: String,
}

async fn changed(
    app: &App,
    caller: &Writing,
    id: String,
    change: impl Fn(&mut Tx<'_>, &str) -> platform::Result<()> + Send + 'static,
) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        change(tx, &id)?;
        verbs::get(tx, &id)
    });
    Ok(answers::json(StatusCode::OK, &Insight::from(done.await?)))
}

/// Say that somebody looked at it.
#[utoipa::path(post, path = "/insights/{id}/review", tag = "insights", params(("id" = String, Path)),
    responses((status = 200, body = Insight)))]
pub(crate) async fn review(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    changed(&app, &caller, id, verbs::review).await
}

/// Decide to act on it. An action that is made from it records the decision by itself.
#[utoipa::path(post, path = "/insights/{id}/decision", tag = "insights", params(("id" = String, Path)), request_body = Decided,
    responses((status = 200, body = Insight)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(stated): Body<Decided>,
) -> Result {
    let deciding = Deciding { why: stated.why, expected_effect: stated.expected_effect };
    changed(&app, &caller, id, move |tx, id| verbs::decide(tx, id, &deciding)).await
}

/// Say that the claim does not hold; it stays refuted when a run finds it again.
#[utoipa::path(post, path = "/insights/{id}/refutation", tag = "insights", params(("id" = String, Path)), request_body = Refuted,
    responses((status = 200, body = Insight)))]
pub(crate) async fn refute(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(stated): Body<Refuted>,
) -> Result {
    changed(&app, &caller, id, move |tx, id| verbs::refute(tx, id, &stated.why)).await
}

/// Take a decided or refuted insight up again.
#[utoipa::path(post, path = "/insights/{id}/reopening", tag = "insights", params(("id" = String, Path)),
    responses((status = 200, body = Insight)))]
pub(crate) async fn reopen(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    changed(&app, &caller, id, verbs::reopen).await
}
