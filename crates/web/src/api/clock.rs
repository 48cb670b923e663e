//! The time of the program: `/clock`. Where it was started with a held clock, a simulation moves it here.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use platform::{By, Error, jobs};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::answers;
use super::asked::{Asked, Body};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::{Failure, Result};
use crate::state::App;

/// Longest wait for the work of the background. **Units:** seconds.
const LONGEST_WAIT_S: u64 = 600;
const USUAL_WAIT_S: u64 = 60;
/// How often the queue is looked at while somebody waits for it.
const LOOK_EVERY: Duration = Duration::from_millis(3);

/// The time, and the work that is due by it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Clock {
    now: Time,
    /// True where the clock stands until it is moved.
    is_held: bool,
    /// True where nothing runs and nothing that is due waits.
    is_idle: bool,
    /// Jobs that run, or wait and are due.
    n_due: i64,
}

/// How long an answer may wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Patience {
    /// Wait up to so many seconds until the background has nothing to do; left out, answer at once.
    wait_s: Option<u64>,
}

/// Where the clock shall stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClockMoved)]
pub(crate) struct Moved {
    /// Not before the present time.
    at: Time,
    /// How long to wait, each time, for what is due before the clock moves and for what becomes due by it. 60 seconds where
    /// it is left out.
    wait_s: Option<u64>,
}

/// Show the time of the program; with `wait_s`, once the background has nothing to do.
#[utoipa::path(get, path = "/clock", tag = "clock", params(Patience), responses((status = 200, body = Clock)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Asked(asked): Asked<Patience>) -> Result {
    let n_due = wait_until_idle(&app, patience(asked.wait_s, 0)?).await?;
    Ok(answers::json(StatusCode::OK, &stand(&app, n_due)))
}

/// Move a held clock forward. What is due is done before, and what becomes due is done before the answer.
#[utoipa::path(put, path = "/clock", tag = "clock", request_body = Moved, responses((status = 200, body = Clock)))]
pub(crate) async fn update(State(app): State<App>, caller: Writing, Body(moved): Body<Moved>) -> Result {
    if !caller.role.may_administer() {
        return Err(Failure::forbidden(
            "move the clock: it takes the token of an administrator or the owner",
        ));
    }
    let wait = patience(moved.wait_s, USUAL_WAIT_S)?;
    if app.clock().is_held() && wait_until_idle(&app, wait).await? > 0 {
        let words = "work of the present time is still going on; ask again when GET /clock says is_idle";
        return Err(Error::Conflict(words.to_string()).into());
    }
    app.store.move_clock(moved.at.0)?;
    app.store.write(By::system(), app.options.timetable).await?;
    let n_due = wait_until_idle(&app, wait).await?;
    Ok(answers::json(StatusCode::OK, &stand(&app, n_due)))
}

fn patience(asked: Option<u64>, usual: u64) -> Result<Duration> {
    match asked.unwrap_or(usual) {
        wait_s @ 0..=LONGEST_WAIT_S => Ok(Duration::from_secs(wait_s)),
        wait_s => {
            Err(Error::invalid("wait_s", format!("{wait_s} is more than {LONGEST_WAIT_S} seconds")).into())
        }
    }
}

/// How many jobs are due when the queue is empty or the wait is over.
async fn wait_until_idle(app: &App, at_most: Duration) -> Result<i64> {
    let until = Instant::now() + at_most;
    loop {
        let n_due = app.store.read(jobs::n_due).await?;
        if n_due == 0 || Instant::now() >= until {
            return Ok(n_due);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn stand(app: &App, n_due: i64) -> Clock {
    Clock { now: Time(app.store.now()), is_held: app.clock().is_held(), is_idle: n_due == 0, n_due }
}
