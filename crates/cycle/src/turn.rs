//! The turn: one pass through the stages that refreshes every analysis and insight.
//!
//! The steps are a table of functions over one [`Pass`]. Each leaves its seconds, rows and peak of memory in the run's
//! record. A step that fails ends the run with its error, and what an earlier run published stays visible; a run that was
//! stopped in the middle is marked failed by the next one. Running again on the same data gives the same results.

pub mod agenda;
pub mod cadence;
pub mod chain;
pub mod close;
mod counts;
pub mod gates;
mod memory;
pub mod overview;
mod records_of_runs;
pub mod report;
mod standing;
mod steps;
pub mod vocabulary;
pub mod words;

pub use records_of_runs::{StepRecord, TurnRun, last_done, list, newest};
pub use standing::{Collect, OpenTurn, PAIRS_COUNTED_TO, Quality, Standing, standing};
pub use steps::{Pass, STEPS, Step};

use crate::analyze::FactsCache;
use crate::calendar::Day;
use crate::plan::kept;
use crate::plan::{budget, lead_scoring, personas, preflight, sources, turns};
use platform::events::Event;
use platform::jobs::{Job, NewJob};
use platform::store::{Store, Tx};
use platform::{By, Error, Result};
use records_of_runs::{begin, end};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The kind of the job that runs a turn.
pub const JOB: &str = "turn.run";

/// How a turn is run.
#[derive(Clone)]
pub struct Options {
    /// The last day that the analyses know; None chooses it by the data (see [`crate::calendar::last_day`]).
    pub last_day: Option<Day>,
    /// The program's facts, so that they are not read twice.
    pub facts: FactsCache,
    /// Orders from which on what pages show is counted by the turn and kept.
    pub kept_from_orders: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { last_day: None, facts: FactsCache::default(), kept_from_orders: kept::FROM_ORDERS }
    }
}

/// How far a turn is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub step: &'static str,
    /// The step's number, from 1, and how many there are.
    pub step_no: usize,
    pub n_steps: usize,
    /// Rows of this step that are done; 0 where the step does not count.
    pub n_rows: usize,
}

/// Runs every step; returns the record of the finished run.
///
/// **Errors** with what ended the run; the same stands in its record.
pub fn run(store: &Store, options: &Options, progress: &mut dyn FnMut(&Progress)) -> Result<TurnRun> {
    run_steps(store, options, STEPS, progress)
}

/// Runs these steps instead of [`STEPS`], for tests and for commands that need only a part.
pub fn run_steps(
    store: &Store,
    options: &Options,
    steps: &[Step],
    progress: &mut dyn FnMut(&Progress),
) -> Result<TurnRun> {
    let today = Day::of(store.now());
    let run_id = begin(store, options.last_day.unwrap_or(today))?;
    let mut pass = Pass::new(store, options, &run_id);
    let mut done = Vec::with_capacity(steps.len());
    let mut failed = None;
    for (number, step) in steps.iter().enumerate() {
        let now = |n_rows| Progress { step: step.name, step_no: number + 1, n_steps: steps.len(), n_rows };
        progress(&now(0));
        memory::forget_peak();
        let started = Instant::now();
        let result = (step.run)(&mut pass, &mut |n_rows| progress(&now(n_rows)));
        let (n_rows, error) = match result {
            Ok(n_rows) => (n_rows, None),
            Err(error) => (0, Some(error)),
        };
        let seconds = started.elapsed().as_secs_f64();
        done.push(StepRecord { name: step.name.to_string(), seconds, n_rows, peak_mb: memory::peak_mb() });
        if let Some(error) = error {
            failed = Some((step.name, error));
            break;
        }
    }
    let as_of = pass.last_day().unwrap_or(today).next().start();
    let words = failed.as_ref().map(|(step, error)| format!("{step}: {error}"));
    let record = end(store, &run_id, as_of, done, words)?;
    match failed {
        None => Ok(record),
        Some((step, error)) => Err(named(step, error)),
    }
}

/// Takes back one event of a turn or of what is planned with it; None where the event is about something else.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<Option<()>> {
    match event.record_kind.as_str() {
        turns::KIND => turns::undo_event(tx, event),
        turns::WAIVER_KIND => turns::undo_waiver(tx, event),
        agenda::KIND => agenda::undo_event(tx, event),
        budget::KIND => budget::undo_event(tx, event),
        lead_scoring::KIND => lead_scoring::undo_event(tx, event),
        personas::KIND => personas::undo_event(tx, event),
        preflight::KIND => preflight::undo_event(tx, event),
        sources::KIND => sources::undo_event(tx, event),
        _ => return Ok(None),
    }
    .map(Some)
}

/// Says in which step a problem came up, where the problem is not at a field.
fn named(step: &str, error: Error) -> Error {
    match error {
        Error::Database { message, statement } => {
            Error::Database { message: format!("{step}: {message}"), statement }
        }
        other => other,
    }
}

/// What a job of kind [`JOB`] is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    #[serde(default)]
    pub last_day: Option<Day>,
}

/// Asks the worker to run a turn; None where one already waits or runs.
pub fn enqueue(tx: &mut Tx<'_>, payload: &Payload) -> Result<Option<String>> {
    platform::jobs::enqueue(tx, NewJob::once(JOB, JOB), payload)
}

/// Runs a turn as a job, with its progress in the job's record.
pub fn run_job(store: &Store, job: &Job, facts: &FactsCache) -> Result<()> {
    let payload: Payload = job.payload()?;
    let options = Options { last_day: payload.last_day, facts: facts.clone(), ..Options::default() };
    let mut told = 0;
    let mut tell = |progress: &Progress| {
        if progress.step_no == told {
            return;
        }
        told = progress.step_no;
        let (id, done, total) = (job.id.clone(), progress.step_no as i64 - 1, progress.n_steps as i64);
        let written =
            store.write(By::system(), move |tx| platform::jobs::progress(tx, &id, done, Some(total))).wait();
        if let Err(error) = written {
            tracing::warn!(job = job.id, %error, "the progress of a turn could not be written");
        }
    };
    run(store, &options, &mut tell).map(drop)
}
