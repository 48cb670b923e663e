//! Turns as records: `/turns`. The runs of the analyses are `/turn-runs`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::calendar::Day;
use cycle::measure::verdicts;
use cycle::plan::goals::Concluded;
use cycle::plan::history::day_at;
use cycle::plan::turns::{self as verbs, Cadence, Input};
use cycle::turn::close::{self, Proposal, Review};
use cycle::turn::{chain, gates, report};
use platform::{Error, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, Page};
use super::asked::{Asked, Body, PageAsked};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// One pass of the loop, planned, run and closed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Turn {
    id: String,
    name: String,
    /// `month` or `quarter`.
    cadence: String,
    /// The first and the last day.
    starts_on: String,
    ends_on: String,
    /// `planned`, `running`, `closing` or `closed`.
    state: String,
    champion_id: Option<String>,
    previous_turn_id: Option<String>,
    business_need: Option<String>,
    customer_need: Option<String>,
    opened_at: Option<Time>,
    closed_at: Option<Time>,
    /// Grows with every change; it is the entity tag.
    version: i64,
}

impl From<verbs::Turn> for Turn {
    fn from(turn: verbs::Turn) -> Self {
        Self {
            id: turn.id,
            name: turn.name,
            cadence: turn.cadence.name().to_string(),
            starts_on: turn.starts_on.to_string(),
            ends_on: turn.ends_on.to_string(),
            state: turn.state.name().to_string(),
            champion_id: turn.champion_id,
            previous_turn_id: turn.previous_turn_id,
            business_need: turn.business_need,
            customer_need: turn.customer_need,
            opened_at: turn.opened_at.map(Time),
            closed_at: turn.closed_at.map(Time),
            version: turn.version,
        }
    }
}

/// A turn to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TurnInput)]
pub(crate) struct Stated {
    /// Left out, it is that of the period.
    name: Option<String>,
    /// `month` or `quarter`.
    cadence: String,
    starts_on: String,
    /// Left out, it follows from the first day and the cadence.
    ends_on: Option<String>,
    champion_id: Option<String>,
}

impl Stated {
    /// **Errors** at the field that cannot be read.
    fn input(self) -> platform::Result<Input> {
        let cadence = Cadence::parse(&self.cadence).ok_or_else(|| {
            Error::invalid("cadence", format!("“{}” is neither month nor quarter", self.cadence))
        })?;
        let mut input = Input::from(day_at("starts_on", &self.starts_on)?, cadence);
        if let Some(last) = self.ends_on.as_deref() {
            input.ends_on = day_at("ends_on", last)?;
        }
        input.name = self.name.unwrap_or(input.name);
        input.champion_id = self.champion_id;
        Ok(input)
    }
}

/// List turns, the latest first; this list has one page.
#[utoipa::path(get, path = "/turns", tag = "turns", params(PageAsked), responses((status = 200, body = Page<Turn>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let limit = asked.limit()?;
    if let Some(after) = &asked.after {
        return Err(super::asked::no_place(after));
    }
    let found = app.store.read(move |s| verbs::list(s, limit)).await?;
    answers::page(&Page { data: found.into_iter().map(Turn::from).collect(), next: None })
}

/// Plan a turn.
#[utoipa::path(post, path = "/turns", tag = "turns", request_body = Stated, responses((status = 201, body = Turn)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let input = stated.input()?;
    let turn = Turn::from(app.store.write(caller.by(), move |tx| verbs::create(tx, &input)).await?);
    answers::stated(true, &format!("/api/v1/turns/{}", turn.id), turn.version, &turn)
}

/// Show the open turn.
#[utoipa::path(get, path = "/turns/current", tag = "turns", responses((status = 200, body = Turn)))]
pub(crate) async fn current(State(app): State<App>, _: Caller) -> Result {
    let found = app.store.read(verbs::current).await?;
    told(found.ok_or_else(|| Error::missing("turn", "that is open"))?)
}

/// Show a turn.
#[utoipa::path(get, path = "/turns/{id}", tag = "turns", params(("id" = String, Path)), responses((status = 200, body = Turn)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    told(app.store.read(move |s| verbs::get(s, &id)).await?)
}

fn told(turn: verbs::Turn) -> Result {
    let turn = Turn::from(turn);
    answers::record(StatusCode::OK, turn.version, &turn)
}

async fn done(
    app: &App,
    caller: &Writing,
    verb: impl Fn(&mut Tx<'_>) -> platform::Result<verbs::Turn> + Send + 'static,
) -> Result {
    told(app.store.write(caller.by(), verb).await?)
}

/// Open a planned turn; there is one open turn at a time.
#[utoipa::path(post, path = "/turns/{id}/opening", tag = "turns", params(("id" = String, Path)), responses((status = 200, body = Turn)))]
pub(crate) async fn open(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    done(&app, &caller, move |tx| verbs::open(tx, &id)).await
}

/// Begin the close of the running turn.
#[utoipa::path(post, path = "/turns/{id}/closing", tag = "turns", params(("id" = String, Path)), responses((status = 200, body = Turn)))]
pub(crate) async fn begin_close(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    done(&app, &caller, move |tx| verbs::begin_close(tx, &id)).await
}

/// What is needed from a turn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TurnNeeds)]
pub(crate) struct Needs {
    business_need: Option<String>,
    customer_need: Option<String>,
}

/// State what the business and the customers need from a turn.
#[utoipa::path(put, path = "/turns/{id}/needs", tag = "turns", params(("id" = String, Path)), request_body = Needs, responses((status = 200, body = Turn)))]
pub(crate) async fn state_needs(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(needs): Body<Needs>,
) -> Result {
    done(&app, &caller, move |tx| {
        verbs::state_needs(tx, &id, needs.business_need.as_deref(), needs.customer_need.as_deref())
    })
    .await
}

/// What must hold before a step counts as done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Gate {
    /// `plan`, `collect`, `process`, `analyze`, `interpret`, `act`, `measure` or `close`.
    step: String,
    /// `passed`, `waived` or `not_yet`.
    state: String,
    conditions: Vec<Condition>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Condition {
    key: String,
    label: String,
    holds: bool,
    /// What was found.
    found: String,
    /// Why it was let pass; null where it was not.
    waived: Option<String>,
}

/// The gates of a turn, worked out from the data.
#[utoipa::path(get, path = "/turns/{id}/gates", tag = "turns", params(("id" = String, Path)), responses((status = 200, body = Page<Gate>)))]
pub(crate) async fn gates(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| {
        let turn = verbs::get(s, &id)?;
        let chain = chain::of_turn(s, &id)?;
        gates::of_turn(s, &turn, &chain)
    });
    let condition = |one: &gates::Condition| Condition {
        key: one.key.to_string(),
        label: one.label.to_string(),
        holds: one.holds,
        found: one.words.clone(),
        waived: one.waiver.as_ref().map(|waiver| waiver.note.clone()),
    };
    let gate = |gate: &gates::Gate| Gate {
        step: gate.of.name().to_string(),
        state: gate.standing().name().to_string(),
        conditions: gate.conditions.iter().map(condition).collect(),
    };
    answers::page(&Page { data: found.await?.iter().map(gate).collect(), next: None })
}

/// A condition to let pass.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TurnWaiver)]
pub(crate) struct Waiver {
    /// A key of `GET /turns/{id}/gates`.
    condition: String,
    /// Why; empty lets it count again.
    note: String,
}

/// Let a condition of a gate pass, with the reason.
#[utoipa::path(post, path = "/turns/{id}/waivers", tag = "turns", params(("id" = String, Path)), request_body = Waiver, responses((status = 204)))]
pub(crate) async fn waive(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(waiver): Body<Waiver>,
) -> Result {
    if !gates::KEYS.contains(&waiver.condition.as_str()) {
        let words = format!("“{}” is no condition of a gate", waiver.condition);
        return Err(Error::invalid("condition", words).into());
    }
    let verb = move |tx: &mut Tx<'_>| verbs::waive(tx, &id, &waiver.condition, &waiver.note);
    app.store.write(caller.by(), verb).await?;
    answers::done()
}

/// What is written down while a turn is closed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TurnReview {
    worked: Option<String>,
    stopped: Option<String>,
    learned: Option<String>,
    #[serde(default)]
    proposals: Vec<NextGoal>,
    /// The one that was read; 0 before anything was written.
    version: i64,
}

/// A goal that is proposed for the next turn.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextGoal {
    name: String,
    metric: String,
    segment_id: Option<String>,
    target: Option<f64>,
    #[serde(default)]
    why: String,
    /// It becomes a draft of the next turn.
    is_taken: bool,
}

fn review_told(review: Review) -> TurnReview {
    let goal = |one: Proposal| NextGoal {
        name: one.name,
        metric: one.metric_key,
        segment_id: one.segment_id,
        target: one.target,
        why: one.why,
        is_taken: one.is_taken,
    };
    TurnReview {
        worked: review.worked,
        stopped: review.stopped,
        learned: review.learned,
        proposals: review.proposals.into_iter().map(goal).collect(),
        version: review.version,
    }
}

/// Show what was written down while closing a turn.
#[utoipa::path(get, path = "/turns/{id}/review", tag = "turns", params(("id" = String, Path)), responses((status = 200, body = TurnReview)))]
pub(crate) async fn review(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        verbs::get(s, &id)?;
        close::review(s, &id)
    });
    Ok(answers::json(StatusCode::OK, &review_told(found.await?)))
}

/// Write down what worked, what stops, what was learnt, and goals for the next turn.
#[utoipa::path(put, path = "/turns/{id}/review", tag = "turns", params(("id" = String, Path)), request_body = TurnReview, responses((status = 200, body = TurnReview)))]
pub(crate) async fn state_review(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(stated): Body<TurnReview>,
) -> Result {
    let proposal = |one: NextGoal| Proposal {
        name: one.name,
        metric_key: one.metric,
        segment_id: one.segment_id,
        target: one.target,
        why: one.why,
        is_taken: one.is_taken,
    };
    let review = Review {
        worked: stated.worked,
        stopped: stated.stopped,
        learned: stated.learned,
        proposals: stated.proposals.into_iter().map(proposal).collect(),
        version: stated.version,
    };
    let kept = app.store.write(caller.by(), move |tx| close::state_review(tx, &id, &review)).await?;
    Ok(answers::json(StatusCode::OK, &review_told(kept)))
}

/// A verdict by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GoalVerdictByHand)]
pub(crate) struct ByHand {
    goal_id: String,
    /// `met`, `missed` or `cannot_tell`; or `from_data`, judged by what was measured.
    verdict: String,
    why: String,
}

/// Judge a goal by hand, for what the data cannot judge.
#[utoipa::path(post, path = "/turns/{id}/verdicts", tag = "turns", params(("id" = String, Path)), request_body = ByHand, responses((status = 204)))]
pub(crate) async fn judge(
    State(app): State<App>,
    caller: Writing,
    Path(_): Path<String>,
    Body(stated): Body<ByHand>,
) -> Result {
    if stated.verdict == "from_data" {
        let verb = move |tx: &mut Tx<'_>| verdicts::conclude(tx, &stated.goal_id).map(drop);
        app.store.write(caller.by(), verb).await?;
        return answers::done();
    }
    let concluded = match stated.verdict.as_str() {
        "met" => Concluded::Met,
        "missed" => Concluded::Missed,
        "cannot_tell" => Concluded::CannotTell,
        other => {
            let words = format!("“{other}” is none of met, missed, cannot_tell and from_data");
            return Err(Error::invalid("verdict", words).into());
        }
    };
    let verb = move |tx: &mut Tx<'_>| close::judge_by_hand(tx, &stated.goal_id, concluded, &stated.why);
    app.store.write(caller.by(), verb).await?;
    answers::done()
}

/// What the close of a turn came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TurnClosed {
    closed: Turn,
    next: Turn,
    /// Drafts of goals that were made of the proposals.
    n_drafts: usize,
}

/// End a turn that is being closed: its report is frozen, and the next turn planned. The body states the next one; `{}`
/// leaves it to the dates of this one.
#[utoipa::path(post, path = "/turns/{id}/closure", tag = "turns", params(("id" = String, Path)), request_body = Next, responses((status = 200, body = TurnClosed)))]
pub(crate) async fn finish(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(stated): Body<Next>,
) -> Result {
    let stated = stated.next.map(Stated::input).transpose()?;
    let done = app.store.write(caller.by(), move |tx| {
        let turn = verbs::get(tx, &id)?;
        let next = stated.clone().unwrap_or_else(|| {
            let start = turn.ends_on.max(Day::of(tx.now())).next();
            Input { champion_id: turn.champion_id.clone(), ..Input::from(start, turn.cadence) }
        });
        close::finish(tx, &id, &next)
    });
    let done = done.await?;
    let told = TurnClosed { closed: done.closed.into(), next: done.next.into(), n_drafts: done.n_drafts };
    Ok(answers::json(StatusCode::OK, &told))
}

/// The turn that comes next.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TurnNext)]
pub(crate) struct Next {
    next: Option<Stated>,
}

/// The report of a turn as a document: title, subtitle and blocks. Frozen once the turn is closed.
#[utoipa::path(get, path = "/turns/{id}/report", tag = "turns", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn report(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let document = app.store.scan(move |s| close::report_of(s, &id)).await?;
    Ok(answers::json(StatusCode::OK, &report::json(&document)))
}
