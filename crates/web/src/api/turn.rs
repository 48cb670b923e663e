//! The turn: one pass through all analyses: `/turn-runs`.

use axum::extract::State;
use axum::http::StatusCode;
use cycle::analyze::Day;
use cycle::turn::{self as verbs, Payload};
use platform::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, Page};
use super::asked::{Asked, Body, PageAsked};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// One pass through the analyses.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TurnRun {
    id: String,
    /// `running`, `done` or `failed`.
    state: String,
    /// Nothing later is known to the analyses.
    as_of: Time,
    started_at: Time,
    finished_at: Option<Time>,
    steps: Vec<TurnStep>,
    /// The step that failed and why.
    error: Option<String>,
}

/// What a step took.
#[derive(Debug, Serialize, ToSchema)]
struct TurnStep {
    name: String,
    seconds: f64,
    n_rows: u64,
    /// Peak of resident memory in MiB.
    peak_mb: Option<u64>,
}

impl From<verbs::TurnRun> for TurnRun {
    fn from(run: verbs::TurnRun) -> Self {
        let step = |step: verbs::StepRecord| TurnStep {
            name: step.name,
            seconds: step.seconds,
            n_rows: step.n_rows,
            peak_mb: step.peak_mb,
        };
        Self {
            id: run.id,
            state: run.state,
            as_of: Time(run.as_of),
            started_at: Time(run.started_at),
            finished_at: run.finished_at.map(Time),
            steps: run.steps.into_iter().map(step).collect(),
            error: run.error,
        }
    }
}

/// How a turn is run.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TurnAsked)]
pub(crate) struct Wanted {
    /// The last day that the analyses know; left out, it is chosen by the data.
    #[schema(value_type = Option<String>, format = Date)]
    last_day: Option<Day>,
}

/// A turn that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TurnQueued {
    /// Null where one waits or runs already.
    job_id: Option<String>,
    is_new: bool,
}

/// Ask the worker to run a turn. `GET /turn-runs/latest` tells how it ends.
#[utoipa::path(post, path = "/turn-runs", tag = "analyses", request_body = Wanted, responses((status = 202, body = TurnQueued)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(wanted): Body<Wanted>) -> Result {
    let payload = Payload { last_day: wanted.last_day };
    let job_id = app.store.write(caller.by(), move |tx| verbs::enqueue(tx, &payload)).await?;
    Ok(answers::json(StatusCode::ACCEPTED, &TurnQueued { is_new: job_id.is_some(), job_id }))
}

/// List the newest turns; this list has one page.
#[utoipa::path(get, path = "/turn-runs", tag = "analyses", params(PageAsked), responses((status = 200, body = Page<TurnRun>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let limit = asked.limit()?;
    if let Some(after) = &asked.after {
        return Err(super::asked::no_place(after));
    }
    let found = app.store.read(move |s| verbs::list(s, limit)).await?;
    answers::page(&Page { data: found.into_iter().map(TurnRun::from).collect(), next: None })
}

/// Show the newest turn.
#[utoipa::path(get, path = "/turn-runs/latest", tag = "analyses", responses((status = 200, body = TurnRun)))]
pub(crate) async fn latest(State(app): State<App>, _: Caller) -> Result {
    let found = app.store.read(verbs::newest).await?;
    let run = found.ok_or_else(|| Error::missing("turn", "that was run"))?;
    Ok(answers::json(StatusCode::OK, &TurnRun::from(run)))
}
