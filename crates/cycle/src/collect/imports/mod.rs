//! Imports: a file becomes records, row by row, and can be taken back whole.

mod apply;
mod companies;
pub mod dry_run;
mod fields;
mod files;
mod import;
mod orders;
mod people;
mod plan;
mod preview;
mod products;
mod rejected;
mod replay;
mod rows;
mod run;
pub mod undo;

pub use apply::{Difference, Outcome, ReadRow, RowOutcome};
pub use dry_run::{DRY_RUN_JOB, DryRun};
pub use fields::{FIELDS, Field, Holds, Kind, field, fields_of};
pub use files::{Incoming, arrive, assumptions, guess_again, read_again};
pub use import::{
    Counts, Format, Import, LedgerRow, Rejected, State, get, ledger, list, rejected, set_plan, undo_conflicts,
};
pub use plan::{Assumptions, Column, Plan, guess};
pub use preview::{Preview, SHOWN, preview};
pub use rejected::write_rejected;
pub use replay::{Correction, replay};
pub use run::{Progress, run};

use super::likeness::Noun;
use platform::jobs::{self, NewJob};
use platform::{Result, Tx};

/// The kinds of the jobs that run and undo imports; their payload is the import's id.
pub const RUN_JOB: &str = "import.run";
pub const UNDO_JOB: &str = "import.undo";

/// What the rows of a kind become that can be there twice; None for what is told apart by its number alone.
pub fn noun_of(kind: Kind) -> Option<Noun> {
    match kind {
        Kind::People => Some(Noun::Person),
        Kind::Companies => Some(Noun::Company),
        Kind::Orders | Kind::Products => None,
    }
}

/// Starts an import whose mapping stands: the plan is remembered, the job enqueued.
///
/// **Errors** as [`Plan::check`]; with a conflict when it runs already.
pub fn start(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let found = get(tx, id)?;
    if !matches!(found.state, State::Mapping | State::Failed) {
        return Err(platform::Error::Conflict(format!("the import is {} already", found.state.name())));
    }
    found.plan.check()?;
    files::remember(tx, &found.plan)?;
    import::set_state(tx, id, State::Queued, None)?;
    jobs::enqueue(tx, NewJob::once(RUN_JOB, format!("{RUN_JOB} {id}")), &id)?;
    Ok(())
}

/// As [`start`], for a command that runs the import itself: no job is enqueued.
pub fn start_here(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let found = get(tx, id)?;
    found.plan.check()?;
    files::remember(tx, &found.plan)?;
    if found.state == State::Mapping { import::set_state(tx, id, State::Queued, None) } else { Ok(()) }
}

/// Forgets an import that was only looked at. Its file stays where it is kept.
///
/// **Errors** with a conflict once it has begun.
pub fn discard(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let n = tx.execute("DELETE FROM imports WHERE id = $1 AND state = 'mapping'", &platform::params![id])?;
    if n == 1 { Ok(()) } else { Err(platform::Error::Conflict("the import has begun".to_string())) }
}

/// Starts the undoing of an import.
///
/// **Errors** with a conflict while it runs.
pub fn start_undo(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    undo::begin(tx, id)?;
    jobs::enqueue(tx, NewJob::once(UNDO_JOB, format!("{UNDO_JOB} {id}")), &id)?;
    Ok(())
}
