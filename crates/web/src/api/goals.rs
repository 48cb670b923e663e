//! Goals: a metric, from where to where, by when: `/goals`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::calendar::Day;
use cycle::plan::goals::{self as verbs, Coverage, Gate, Input, List, Prepared, Standing};
use cycle::plan::periods::Cadence;
use platform::{Error, Snapshot};
use records::orders::workspace_currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{Asked, Body, IfMatch};
use super::values::{Text, Time};
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// A goal. Money is in the smallest unit of the workspace's currency, a share from 0 to 1.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Goal {
    id: String,
    name: String,
    /// `draft`, `open`, `met`, `missed`, `cannot_tell` or `dropped`.
    state: &'static str,
    metric: Option<String>,
    /// The version that was agreed.
    metric_version: Option<i64>,
    /// `month` or `quarter`: what one value is measured over.
    period: &'static str,
    /// Null is everybody.
    segment_id: Option<String>,
    /// The people as they were when the goal opened.
    audience_id: Option<String>,
    baseline: Option<f64>,
    /// Where the trend alone would lead by the due date, 19 times out of 20.
    baseline_low: Option<f64>,
    baseline_high: Option<f64>,
    target: Option<f64>,
    due_on: Option<String>,
    owner_id: Option<String>,
    turn_id: Option<String>,
    insight_id: Option<String>,
    guardrails: Vec<GoalGuardrail>,
    sources: Vec<GoalSource>,
    /// What the gate had to say when the goal opened.
    warnings: Vec<String>,
    #[schema(value_type = Option<Object>)]
    verdict: Option<serde_json::Value>,
    opened_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
    /// Grows with every change; it is the entity tag.
    version: i64,
}

/// What must not get worse meanwhile.
#[derive(Debug, Serialize, ToSchema)]
struct GoalGuardrail {
    metric: String,
    metric_version: i64,
    baseline: Option<f64>,
    worst: Option<f64>,
}

/// How many of the audience have what is needed.
#[derive(Debug, Serialize, ToSchema)]
struct GoalSource {
    key: String,
    n_have: i64,
    n_of: i64,
    is_needed: bool,
}

impl From<Coverage> for GoalSource {
    fn from(source: Coverage) -> Self {
        Self { key: source.key, n_have: source.n_have, n_of: source.n_of, is_needed: source.is_needed }
    }
}

impl From<verbs::Goal> for Goal {
    fn from(goal: verbs::Goal) -> Self {
        let (metric, metric_version) = goal.metric.map(|m| (m.key, m.version)).unzip();
        let baseline = goal.baseline;
        let guardrail = |one: verbs::Guardrail| GoalGuardrail {
            metric: one.metric.key,
            metric_version: one.metric.version,
            baseline: one.baseline,
            worst: one.worst,
        };
        Self {
            id: goal.id,
            name: goal.name,
            state: goal.state.name(),
            metric,
            metric_version,
            period: goal.period.name(),
            segment_id: goal.segment_id,
            audience_id: goal.audience_id,
            baseline: baseline.as_ref().map(|b| b.value),
            baseline_low: baseline.as_ref().and_then(|b| b.low),
            baseline_high: baseline.as_ref().and_then(|b| b.high),
            target: goal.target,
            due_on: goal.due_on.map(|day| day.to_string()),
            owner_id: goal.owner_id,
            turn_id: goal.turn_id,
            insight_id: goal.insight_id,
            guardrails: goal.guardrails.into_iter().map(guardrail).collect(),
            sources: goal.sources.into_iter().map(GoalSource::from).collect(),
            warnings: baseline.map(|b| b.warnings).unwrap_or_default(),
            verdict: goal.verdict,
            opened_at: goal.opened_at.map(Time),
            created_at: Time(goal.created_at),
            updated_at: Time(goal.updated_at),
            version: goal.version,
        }
    }
}

/// What is stated about a new goal; a draft may lack anything but a name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GoalInput)]
pub(crate) struct Stated {
    name: String,
    /// Key of a metric.
    #[schema(example = "revenue")]
    metric: Option<String>,
    /// `month` or `quarter`; a month where left out.
    period: Option<String>,
    segment_id: Option<String>,
    /// Minor units for money, from 0 to 1 for a share.
    target: Option<f64>,
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<Day>,
    owner_id: Option<String>,
    /// Metrics that must not get worse.
    #[serde(default)]
    guardrails: Vec<Guarded>,
    turn_id: Option<String>,
    insight_id: Option<String>,
}

/// A change of a draft: what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GoalChange)]
pub(crate) struct Change {
    name: Option<String>,
    metric: Option<String>,
    period: Option<String>,
    #[serde(default)]
    segment_id: Text,
    target: Option<f64>,
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<Day>,
    owner_id: Option<String>,
    guardrails: Option<Vec<Guarded>>,
}

/// A metric that must not get worse: its key, or its key with the worst value that is accepted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = GuardrailStated)]
pub(crate) enum Guarded {
    Key(String),
    Limited {
        metric: String,
        /// Minor units for money, from 0 to 1 for a share; the worse end of its trend where left out.
        #[serde(default)]
        worst: Option<f64>,
    },
}

impl Guarded {
    fn limited(self) -> (String, Option<f64>) {
        match self {
            Self::Key(key) => (key, None),
            Self::Limited { metric, worst } => (metric, worst),
        }
    }
}

fn period(name: Option<&str>, usual: Cadence) -> platform::Result<Cadence> {
    let Some(name) = name else { return Ok(usual) };
    Cadence::parse(name)
        .ok_or_else(|| Error::invalid("period", format!("“{name}” is neither month nor quarter")))
}

impl Stated {
    fn input(self) -> platform::Result<Input> {
        Ok(Input {
            period: period(self.period.as_deref(), Cadence::Month)?,
            name: self.name,
            metric: self.metric,
            segment_id: self.segment_id,
            target: self.target,
            due_on: self.due_on,
            owner_id: self.owner_id,
            guardrails: self.guardrails.into_iter().map(Guarded::limited).collect(),
            turn_id: self.turn_id,
            insight_id: self.insight_id,
        })
    }
}

fn told(goal: verbs::Goal) -> (i64, Goal) {
    (goal.version, goal.into())
}

/// Which goals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GoalsAsked {
    /// `draft`, `open`, `met`, `missed`, `cannot_tell` or `dropped`; all but dropped ones where left out.
    state: Option<String>,
}

/// List goals, open ones first; this list has one page.
#[utoipa::path(get, path = "/goals", tag = "goals", params(GoalsAsked), responses((status = 200, body = Page<Goal>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<GoalsAsked>) -> Result {
    let wanted = match asked.state.as_deref() {
        None => List::Standing,
        Some(name) => {
            let known = verbs::State::parse(name);
            List::Of(known.ok_or_else(|| Error::invalid("state", format!("“{name}” is no state of a goal")))?)
        }
    };
    let found = app.store.read(move |s| verbs::list(s, wanted)).await?;
    answers::page(&Page { data: found.into_iter().map(Goal::from).collect(), next: None })
}

async fn prepared(app: &App, input: &Input) -> Result<Prepared> {
    let input = input.clone();
    Ok(app.store.scan(move |s| verbs::prepare(s, &input)).await?)
}

/// Keep a goal as a draft.
#[utoipa::path(post, path = "/goals", tag = "goals", request_body = Stated, responses((status = 201, body = Goal)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let input = stated.input()?;
    let prepared = prepared(&app, &input).await?;
    let write = move |tx: &mut platform::Tx<'_>| verbs::create(tx, &input, &prepared).map(told);
    let (stamp, goal) = app.store.write(caller.by(), write).await?;
    answers::stated(true, &format!("/api/v1/goals/{}", goal.id), stamp, &goal)
}

/// Show a goal.
#[utoipa::path(get, path = "/goals/{id}", tag = "goals", params(("id" = String, Path)), responses((status = 200, body = Goal)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let (stamp, goal) = app.store.read(move |s| verbs::get(s, &id).map(told)).await?;
    answers::record(StatusCode::OK, stamp, &goal)
}

/// Change what is named, while the goal is a draft.
#[utoipa::path(patch, path = "/goals/{id}", tag = "goals", params(("id" = String, Path)), request_body = Change,
    responses((status = 200, body = Goal)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
    Body(change): Body<Change>,
) -> Result {
    let wanted = id.clone();
    let before = app.store.read(move |s| verbs::get(s, &wanted)).await?;
    let was = before.input();
    let input = Input {
        period: period(change.period.as_deref(), was.period)?,
        name: change.name.unwrap_or(was.name),
        metric: change.metric.or(was.metric),
        segment_id: change.segment_id.over(was.segment_id.as_deref()).map(str::to_string),
        target: change.target.or(was.target),
        due_on: change.due_on.or(was.due_on),
        owner_id: change.owner_id.or(was.owner_id),
        guardrails: match change.guardrails {
            Some(stated) => stated.into_iter().map(Guarded::limited).collect(),
            None => was.guardrails,
        },
        ..was
    };
    let prepared = prepared(&app, &input).await?;
    let changed = app.store.write(caller.by(), move |tx| {
        if !if_match.holds(before.version) {
            return Ok(None);
        }
        verbs::update(tx, &id, before.version, &input, &prepared).map(told).map(Some)
    });
    let (stamp, goal) = answers::unchanged_since(changed.await?)?;
    answers::record(StatusCode::OK, stamp, &goal)
}

/// What the gate says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalGate {
    /// Nothing keeps the goal from opening.
    is_open: bool,
    problems: Vec<GateProblem>,
    /// What should be read before it opens.
    warnings: Vec<String>,
    baseline: Option<f64>,
    baseline_low: Option<f64>,
    baseline_high: Option<f64>,
    n_people: i64,
    sources: Vec<GoalSource>,
}

/// What keeps the goal from opening.
#[derive(Debug, Serialize, ToSchema)]
struct GateProblem {
    field: String,
    message: String,
}

/// Hold a goal against the gate; nothing is kept.
#[utoipa::path(post, path = "/goals/check", tag = "goals", request_body = Stated, responses((status = 200, body = GoalGate)))]
pub(crate) async fn check(State(app): State<App>, _: Caller, Body(stated): Body<Stated>) -> Result {
    let input = stated.input()?;
    let read = move |s: &mut Snapshot<'_>| {
        let prepared = verbs::prepare(s, &input)?;
        let gate = verbs::gate(&input, &prepared, workspace_currency(s)?);
        Ok((gate, prepared))
    };
    let (gate, prepared) = app.store.scan(read).await?;
    let Gate { problems, warnings, .. } = gate;
    let baseline = prepared.baseline.as_ref();
    let gate = GoalGate {
        is_open: problems.is_empty(),
        problems: problems
            .into_iter()
            .map(|problem| GateProblem { field: problem.field, message: problem.message })
            .collect(),
        warnings,
        baseline: baseline.map(|b| b.value),
        baseline_low: baseline.and_then(|b| b.low),
        baseline_high: baseline.and_then(|b| b.high),
        n_people: prepared.n_people,
        sources: prepared.sources.into_iter().map(GoalSource::from).collect(),
    };
    Ok(answers::json(StatusCode::OK, &gate))
}

/// Open a draft: baseline, metric version and audience are fixed.
#[utoipa::path(post, path = "/goals/{id}/opening", tag = "goals", params(("id" = String, Path)),
    responses((status = 200, body = Goal)))]
pub(crate) async fn open(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    let before = app.store.read(move |s| verbs::get(s, &wanted)).await?;
    let prepared = prepared(&app, &before.input()).await?;
    let opened = app.store.write(caller.by(), move |tx| {
        if !if_match.holds(before.version) {
            return Ok(None);
        }
        verbs::open(tx, &id, before.version, &prepared).map(told).map(Some)
    });
    let (stamp, goal) = answers::unchanged_since(opened.await?)?;
    answers::record(StatusCode::OK, stamp, &goal)
}

/// Why a goal is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoalDropping {
    why: String,
}

/// Give a goal up.
#[utoipa::path(post, path = "/goals/{id}/dropping", tag = "goals", params(("id" = String, Path)),
    request_body = GoalDropping, responses((status = 200, body = Goal)))]
pub(crate) async fn drop_goal(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(dropping): Body<GoalDropping>,
) -> Result {
    let write = move |tx: &mut platform::Tx<'_>| verbs::drop_goal(tx, &id, &dropping.why).map(told);
    let (stamp, goal) = app.store.write(caller.by(), write).await?;
    answers::record(StatusCode::OK, stamp, &goal)
}

/// How a goal stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalProgress {
    first_day: String,
    last_day: String,
    value: Option<f64>,
    /// 95 % interval.
    low: Option<f64>,
    high: Option<f64>,
    /// How much of the way from baseline to target is behind.
    share_of_way: Option<f64>,
    /// `reached`, `not_yet`, `cannot_tell_yet` or `unknown`.
    standing: &'static str,
    /// Names of guardrails that are worse than was accepted.
    broken_guardrails: Vec<String>,
    /// The version of the metric that is valid now, where it is newer than the agreed one.
    newer_metric_version: Option<i64>,
}

/// Measure how a goal stands now.
#[utoipa::path(get, path = "/goals/{id}/progress", tag = "goals", params(("id" = String, Path)),
    responses((status = 200, body = GoalProgress)))]
pub(crate) async fn progress(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let read = move |s: &mut Snapshot<'_>| {
        let goal = verbs::get(s, &id)?;
        let found = verbs::progress(s, &goal)?;
        found.ok_or_else(|| Error::Conflict(format!("goal {} has no metric yet", goal.name)))
    };
    let found = app.store.scan(read).await?;
    let progress = GoalProgress {
        first_day: found.now.period.first.to_string(),
        last_day: found.now.period.last.to_string(),
        value: found.now.value,
        low: found.low,
        high: found.high,
        share_of_way: found.share_of_way,
        standing: match found.standing {
            Standing::Reached => "reached",
            Standing::NotYet => "not_yet",
            Standing::CannotTellYet => "cannot_tell_yet",
            Standing::Unknown => "unknown",
        },
        broken_guardrails: found.broken.into_iter().map(|broken| broken.0).collect(),
        newer_metric_version: found.newer_version,
    };
    Ok(answers::json(StatusCode::OK, &progress))
}
