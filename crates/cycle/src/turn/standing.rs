//! How the loop stands: what waits at each step, as the loop bar and the first page tell it.
//!
//! It is read for every page, so it counts no further than it has to and reads no record of a customer.

use super::records_of_runs::{self, TurnRun};
use super::{chain, gates};
use crate::act::segments;
use crate::calendar::Day;
use crate::collect::imports::{self, Import, State};
use crate::interpret::{self, Status};
use crate::plan::turns;
use crate::process::{dedupe, quality};
use platform::store::Snapshot;
use platform::{Micros, Result, jobs};
use std::collections::BTreeMap;

/// Imports that are looked at, the newest first.
const IMPORTS: usize = 50;
/// Pairs are counted no further.
pub const PAIRS_COUNTED_TO: i64 = 1_000;

/// What waits at each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub collect: Collect,
    pub quality: Option<Quality>,
    /// Pairs of people and companies that wait for a decision; see [`PAIRS_COUNTED_TO`].
    pub n_pairs: i64,
    /// Insights that stand, by how far they are; None before they were looked for.
    pub insights: Option<BTreeMap<Status, u64>>,
    pub n_segments: i64,
    /// The newest turn, whatever became of it.
    pub newest: Option<TurnRun>,
    pub last_done: Option<TurnRun>,
    /// Whether a turn runs or waits for the worker.
    pub is_turning: bool,
    pub open: Option<OpenTurn>,
}

/// The turn that is open, in figures.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenTurn {
    pub name: String,
    pub is_closing: bool,
    /// Negative after its last day.
    pub days_left: i64,
    /// Conditions of the plan that do not hold and were not waived.
    pub n_missing_in_plan: usize,
    /// Goals that were not dropped.
    pub n_goals: usize,
    pub n_judged: usize,
    pub n_actions: usize,
    pub n_begun: usize,
    /// Experiments of the actions that have begun, and those that have ended.
    pub n_experiments: usize,
    pub n_ended: usize,
}

/// What came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Collect {
    /// The newest imports.
    pub newest: Vec<Import>,
    /// Files whose columns nobody has looked at.
    pub n_unmapped: i64,
    pub n_under_way: i64,
    /// Rows that were rejected and are not mended yet.
    pub n_rejected: i64,
}

/// All figures of the board together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    pub ran_at: Micros,
    pub n_good: u64,
    pub n_checked: u64,
    pub n_oddities: usize,
}

impl Standing {
    /// Insights that nobody has looked at.
    pub fn n_new_insights(&self) -> u64 {
        self.insights.as_ref().and_then(|counts| counts.get(&Status::New).copied()).unwrap_or(0)
    }
}

impl Quality {
    /// The share without a fault; None where there was nothing to check.
    pub fn share(&self) -> Option<f64> {
        (self.n_checked > 0).then(|| self.n_good as f64 / self.n_checked as f64)
    }
}

/// Reads how the loop stands.
pub fn standing(snapshot: &mut Snapshot<'_>) -> Result<Standing> {
    let quality = quality::latest(snapshot)?.map(|run| Quality {
        ran_at: run.ran_at,
        n_good: run.board.checks.iter().map(|check| check.n_good).sum(),
        n_checked: run.board.checks.iter().map(|check| check.n_checked).sum(),
        n_oddities: run.board.oddities.len(),
    });
    let n_people = dedupe::counts(snapshot, "person", PAIRS_COUNTED_TO)?;
    let n_companies = dedupe::counts(snapshot, "company", PAIRS_COUNTED_TO)?;
    let insights = interpret::counts(snapshot)?;
    let has_looked = interpret::latest_summary(snapshot)?.is_some();
    Ok(Standing {
        insights: has_looked.then_some(insights),
        n_segments: segments::list(snapshot)?.len() as i64,
        collect: collect(imports::list(snapshot, None, IMPORTS)?),
        quality,
        n_pairs: (n_people + n_companies).min(PAIRS_COUNTED_TO),
        newest: records_of_runs::newest(snapshot)?,
        last_done: records_of_runs::last_done(snapshot)?,
        is_turning: jobs::under_way(snapshot, super::JOB)?.is_some(),
        open: open_turn(snapshot)?,
    })
}

fn open_turn(snapshot: &mut Snapshot<'_>) -> Result<Option<OpenTurn>> {
    let Some(turn) = turns::current(snapshot)? else { return Ok(None) };
    let chain = chain::of_turn(snapshot, &turn.id)?;
    let goals = chain.goals.iter().filter(|goal| !goal.is_dropped());
    let begun = chain.actions.iter().filter(|action| action.was_launched());
    let experiments = begun.clone().filter_map(|action| action.experiment.as_ref());
    Ok(Some(OpenTurn {
        is_closing: turn.state == turns::State::Closing,
        days_left: turn.days_left(Day::of(snapshot.now())),
        n_missing_in_plan: gates::n_missing_in_plan(snapshot, &turn, &chain)?,
        n_judged: goals.clone().filter(|goal| goal.has_verdict()).count(),
        n_goals: goals.count(),
        n_actions: chain.actions.len(),
        n_ended: experiments.clone().filter(|experiment| experiment.state == "ended").count(),
        n_experiments: experiments.count(),
        n_begun: begun.count(),
        name: turn.name,
    }))
}

fn collect(newest: Vec<Import>) -> Collect {
    let n = |holds: fn(&Import) -> bool| newest.iter().filter(|import| holds(import)).count() as i64;
    Collect {
        n_unmapped: n(|import| import.state == State::Mapping),
        n_under_way: n(|import| import.state.is_under_way()),
        n_rejected: newest
            .iter()
            .filter(|import| matches!(import.state, State::Done | State::Failed))
            .map(|import| import.counts.conflict + import.counts.error - import.counts.replayed)
            .sum::<i64>()
            .max(0),
        newest,
    }
}
