//! The gates of a turn: for each stage, what must hold before it counts as done, worked out from the data.
//!
//! A gate stops nobody from working; it says what is missing and where that is done. What somebody lets pass is kept
//! with a reason and a name. Hard are two only: nothing goes out without a lawful basis, and a turn does not end while a
//! goal has no verdict.

mod conditions;
mod plan;

use super::chain::Chain;
use super::records_of_runs;
use super::vocabulary::Stage;
use crate::calendar::Day;
use crate::interpret::{self, Status};
use crate::plan::turns::{self, Turn, Waiver};
use crate::process::{dedupe, quality};
use platform::store::Snapshot;
use platform::{Micros, Result};

/// The gate of the close comes after those of the seven stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Stage(Stage),
    Close,
}

impl Of {
    pub fn name(self) -> &'static str {
        match self {
            Self::Stage(stage) => stage.name(),
            Self::Close => "close",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Stage(stage) => stage.label(),
            Self::Close => "Close",
        }
    }
}

/// What must hold, whether it does, and in words why.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// `plan.goals`: names it in waivers and the API.
    pub key: &'static str,
    /// What must hold, in a few words.
    pub label: &'static str,
    pub holds: bool,
    /// What was found.
    pub words: String,
    /// Where it is worked on.
    pub href: String,
    pub waiver: Option<Waiver>,
}

impl Condition {
    /// Whether it stands in nobody's way.
    pub fn lets_pass(&self) -> bool {
        self.holds || self.waiver.is_some()
    }
}

/// How a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Passed,
    /// Everything that does not hold was waived.
    Waived,
    NotYet,
}

impl Standing {
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Waived => "waived",
            Self::NotYet => "not_yet",
        }
    }
}

/// The gate of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    pub of: Of,
    pub conditions: Vec<Condition>,
}

impl Gate {
    pub fn standing(&self) -> Standing {
        if self.conditions.iter().all(|condition| condition.holds) {
            Standing::Passed
        } else if self.conditions.iter().all(Condition::lets_pass) {
            Standing::Waived
        } else {
            Standing::NotYet
        }
    }

    /// What stands in the way.
    pub fn missing(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(|condition| !condition.lets_pass())
    }
}

/// Every condition's key, so that nobody waives what nobody asks.
pub const KEYS: &[&str] = &[
    "plan.goals",
    "plan.audience",
    "plan.personas",
    "plan.strategy",
    "plan.champion",
    "plan.budget",
    "plan.needs",
    "plan.basis",
    "collect.arrived",
    "collect.contracts",
    "process.quality",
    "process.duplicates",
    "analyze.fresh",
    "interpret.reviewed",
    "act.launched",
    "act.experiments",
    "measure.effects",
    "close.verdicts",
    "close.review",
];

/// The gates of a turn, in the order of the stages, and that of the close.
pub fn of_turn(snapshot: &mut Snapshot<'_>, turn: &Turn, chain: &Chain) -> Result<Vec<Gate>> {
    let seen = Seen::read(snapshot)?;
    let mut gates = vec![
        Gate { of: Of::Stage(Stage::Plan), conditions: plan::conditions(snapshot, turn, chain)? },
        Gate { of: Of::Stage(Stage::Collect), conditions: conditions::collect(snapshot, turn)? },
        Gate { of: Of::Stage(Stage::Process), conditions: conditions::process(&seen, turn) },
        Gate { of: Of::Stage(Stage::Analyze), conditions: vec![conditions::fresh(&seen, turn)] },
        Gate { of: Of::Stage(Stage::Interpret), conditions: vec![conditions::reviewed(&seen)] },
        Gate { of: Of::Stage(Stage::Act), conditions: conditions::act(chain) },
        Gate { of: Of::Stage(Stage::Measure), conditions: conditions::measure(snapshot, turn, chain)? },
        Gate { of: Of::Close, conditions: conditions::close(snapshot, turn, chain)? },
    ];
    let waivers = turns::waivers(snapshot, &turn.id)?;
    for condition in gates.iter_mut().flat_map(|gate| &mut gate.conditions) {
        condition.waiver = waivers.iter().find(|waiver| waiver.condition == condition.key).cloned();
    }
    Ok(gates)
}

/// How many conditions of the plan are missing: cheap enough to be read for every page.
pub fn n_missing_in_plan(snapshot: &mut Snapshot<'_>, turn: &Turn, chain: &Chain) -> Result<usize> {
    let waivers = turns::waivers(snapshot, &turn.id)?;
    let is_waived = |one: &Condition| waivers.iter().any(|waiver| waiver.condition == one.key);
    let conditions = plan::conditions(snapshot, turn, chain)?;
    Ok(conditions.iter().filter(|one| !one.holds && !is_waived(one)).count())
}

/// What the stages left behind, as far as the gates ask.
struct Seen {
    now: Micros,
    quality_at: Option<Micros>,
    n_pairs: i64,
    /// When the last run that went through began, and the last day that it knows.
    run: Option<(Micros, Day)>,
    last_import_at: Option<Micros>,
    /// Insights that nobody looked at; None before they were looked for.
    n_new_insights: Option<u64>,
}

impl Seen {
    fn read(snapshot: &mut Snapshot<'_>) -> Result<Self> {
        let most = super::PAIRS_COUNTED_TO;
        let n_pairs = dedupe::counts(snapshot, "person", most)? + dedupe::counts(snapshot, "company", most)?;
        let has_looked = interpret::latest_summary(snapshot)?.is_some();
        let n_new = interpret::counts(snapshot)?.get(&Status::New).copied().unwrap_or(0);
        Ok(Self {
            now: snapshot.now(),
            quality_at: quality::latest(snapshot)?.map(|run| run.ran_at),
            n_pairs,
            run: records_of_runs::last_done(snapshot)?.map(|run| (run.started_at, run.last_day())),
            last_import_at: snapshot.one(
                "SELECT max(finished_at) FROM imports WHERE state = 'done'",
                &[],
                |row| row.get(0),
            )?,
            n_new_insights: has_looked.then_some(n_new),
        })
    }
}

/// A condition that nobody has waived.
fn condition(key: &'static str, label: &'static str, found: (bool, String), href: &str) -> Condition {
    debug_assert!(KEYS.contains(&key), "{key} is not listed");
    let (holds, words) = found;
    Condition { key, label, holds, words, href: href.to_string(), waiver: None }
}

/// `1 goal`, `3 goals`.
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    let count = interpret::words::count(n as u64);
    format!("{count} {}", if n == 1 { one } else { many })
}
