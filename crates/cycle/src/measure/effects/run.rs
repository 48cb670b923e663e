//! Looking at experiments: one when somebody asks, all of them once a day.

use super::Effect;
use super::keep::keep;
use super::look::look;
use platform::jobs::{Job, NewJob};
use platform::store::{Store, Tx};
use platform::{By, Result, params};
use std::sync::Arc;

/// The kind of the job that looks at every experiment whose window is open.
pub const JOB: &str = "measure.effects";
/// Experiments that are looked at in one run.
const MOST_EXPERIMENTS: i64 = 1_000;

/// Looks at one experiment and keeps what is seen; nothing where it has no outcome yet, or its last look was taken.
pub fn measure(store: &Store, experiment_id: &str) -> Result<Vec<Effect>> {
    let id = experiment_id.to_string();
    let Some(found) = store.scan(move |s| look(s, &id)).wait()? else { return Ok(Vec::new()) };
    let found = Arc::new(found);
    store.write(By::system(), move |tx| keep(tx, &found)).wait()
}

/// Looks at every experiment that was launched and has no final look; returns how many were seen.
pub fn run(store: &Store) -> Result<usize> {
    let open: Vec<String> = store
        .read(|s| {
            s.query(&format!("SELECT id {OPEN} ORDER BY id LIMIT $1"), &params![MOST_EXPERIMENTS], |row| {
                row.get(0)
            })
        })
        .wait()?;
    let mut n_seen = 0;
    for id in &open {
        n_seen += usize::from(!measure(store, id)?.is_empty());
    }
    Ok(n_seen)
}

/// As a job, by the timetable: with what follows from the looks.
pub fn run_job(store: &Store, _: &Job) -> Result<()> {
    crate::measure::daily(store)
}

/// Experiments that were launched and have no final look.
const OPEN: &str = "FROM experiments e WHERE launched_at IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM effects f WHERE f.experiment_id = e.id AND f.is_final = 1)";

/// Asks the worker to look at everything, if any experiment waits for its answer: new data may hold it.
pub fn enqueue_where_open(tx: &mut Tx<'_>) -> Result<()> {
    let is_open = tx.first(&format!("SELECT 1 {OPEN} LIMIT 1"), &[], |_| Ok(()))?.is_some();
    if is_open {
        enqueue(tx)?;
    }
    Ok(())
}

/// Asks the worker to look at everything; None where one already waits or runs.
pub fn enqueue(tx: &mut Tx<'_>) -> Result<Option<String>> {
    platform::jobs::enqueue(tx, NewJob::once(JOB, JOB), &())
}
