//! Every recurring job on one screen, and the tick that enqueues what is due.
//!
//! When each was last enqueued is kept in the database, so that a restart neither forgets nor repeats, and several
//! servers on one database do not each do it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use cycle::act::deliver::Post;
use cycle::analyze::FactsCache;
use platform::clock::{DAY, HOUR, MINUTE, Micros};
use platform::jobs::{self, Job, NewJob, Registry};
use platform::{By, Result, Store, Tx, auth, settings};

/// A job that comes again and again; it takes no payload.
struct Recurring {
    kind: &'static str,
    /// **Units:** microseconds.
    every: Micros,
}

const TIMETABLE: [Recurring; 4] = [
    // Sessions that have ended are removed.
    Recurring { kind: "sessions.sweep", every: HOUR },
    // Every experiment whose window is open is looked at.
    Recurring { kind: cycle::measure::effects::JOB, every: DAY },
    // Bounces and complaints that were put into the folder of returned mail are read.
    Recurring { kind: cycle::act::bounces::JOB, every: 5 * MINUTE },
    // A turn that began gets its global control group.
    Recurring { kind: cycle::act::global_control::JOB, every: HOUR },
];

/// The setting that holds when each was last enqueued.
const LAST: &str = "timetable";

/// Every kind of job with what is done for it. `files` is the folder in which handed-in files are kept; `post` is where mail
/// goes; `facts` are those of the analyses.
pub fn registry(files: PathBuf, post: &Arc<Post>, facts: &FactsCache) -> Arc<Registry> {
    let sweep = |store: &Store, _: &Job| store.write(By::system(), auth::sweep).wait().map(drop);
    Arc::new(cycle::jobs::registry(files, post, facts).on("sessions.sweep", sweep))
}

/// Enqueues what is due; returns how many.
pub fn tick(tx: &mut Tx<'_>) -> Result<usize> {
    let now = tx.now();
    let mut last: BTreeMap<String, Micros> = settings::get(tx, LAST)?.unwrap_or_default();
    let due: Vec<_> =
        TIMETABLE.iter().filter(|r| last.get(r.kind).is_none_or(|at| now - at >= r.every)).collect();
    for recurring in &due {
        jobs::enqueue(tx, NewJob::once(recurring.kind, recurring.kind), &())?;
        last.insert(recurring.kind.to_string(), now);
    }
    if !due.is_empty() {
        settings::set(tx, LAST, &last)?;
    }
    Ok(due.len())
}
