//! The records of turns: begun, ended, listed.

use crate::analyze::Day;
use platform::clock::Micros;
use platform::store::{Row, Snapshot, Store, Tx};
use platform::{By, Error, Result, params};
use serde::{Deserialize, Serialize};

/// One pass through the steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TurnRun {
    pub id: String,
    /// `running`, `done` or `failed`.
    pub state: String,
    /// The moment at which the analyses stand: nothing later is known to them.
    pub as_of: Micros,
    pub started_at: Micros,
    pub finished_at: Option<Micros>,
    pub steps: Vec<StepRecord>,
    /// The step that failed and why.
    pub error: Option<String>,
}

/// What a step took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    pub name: String,
    /// How long the turn was at it; of what goes on beside others, how long the turn waited for it.
    pub seconds: f64,
    pub n_rows: u64,
    /// Peak of resident memory in MiB, the mapped file of the database included; None where the system does not tell.
    pub peak_mb: Option<u64>,
}

impl TurnRun {
    /// The last day that the analyses know.
    pub fn last_day(&self) -> Day {
        Day::of(self.as_of - 1)
    }
}

/// Records that a run begins; a run that a stopped program left behind is marked failed.
pub(super) fn begin(store: &Store, last_day: Day) -> Result<String> {
    let as_of = last_day.next().start();
    store
        .write(By::system(), move |tx| {
            let (id, now) = (tx.new_id("run"), tx.now());
            tx.execute(
                "UPDATE turn_runs SET state = 'failed', finished_at = $1, error = $2 WHERE state = 'running'",
                &params![now, "the program stopped in the middle; what an earlier run found stayed visible"],
            )?;
            tx.execute(
                "INSERT INTO turn_runs (id, state, as_of, started_at, steps_json) VALUES ($1, 'running', $2, $3, '[]')",
                &params![id, as_of, now],
            )?;
            Ok(id)
        })
        .wait()
}

/// Records how a run ended: failed where there is an error, else done.
pub(super) fn end(
    store: &Store,
    run_id: &str,
    as_of: Micros,
    steps: Vec<StepRecord>,
    error: Option<String>,
) -> Result<TurnRun> {
    let id = run_id.to_string();
    let steps_json = serde_json::to_string(&steps)?;
    store
        .write(By::system(), move |tx| {
            let now = tx.now();
            let state = if error.is_some() { "failed" } else { "done" };
            tx.execute(
                "UPDATE turn_runs SET state = $2, as_of = $3, finished_at = $4, steps_json = $5, error = $6 WHERE id = $1",
                &params![id, state, as_of, now, steps_json, error],
            )?;
            get(tx, &id)
        })
        .wait()
}

/// Notes the day on which the analyses of a running turn stand, for metrics that ask how much is known.
pub(super) fn stands_at(store: &Store, run_id: &str, last_day: Day) -> Result<()> {
    let (id, as_of) = (run_id.to_string(), last_day.next().start());
    let note = move |tx: &mut Tx<'_>| {
        tx.execute("UPDATE turn_runs SET as_of = $2 WHERE id = $1", &params![id, as_of]).map(drop)
    };
    store.write(By::system(), note).wait()
}

const COLUMNS: &str = "id, state, as_of, started_at, finished_at, steps_json, error";

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<TurnRun> {
    let sql = format!("SELECT {COLUMNS} FROM turn_runs WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("turn", id))
}

/// The newest runs, whatever became of them.
pub fn list(snapshot: &mut Snapshot<'_>, limit: usize) -> Result<Vec<TurnRun>> {
    let sql = format!("SELECT {COLUMNS} FROM turn_runs ORDER BY started_at DESC, id DESC LIMIT $1");
    snapshot.query(&sql, &params![limit as i64], read)
}

/// The newest run.
pub fn newest(snapshot: &mut Snapshot<'_>) -> Result<Option<TurnRun>> {
    Ok(list(snapshot, 1)?.pop())
}

/// The newest run that went through.
pub fn last_done(snapshot: &mut Snapshot<'_>) -> Result<Option<TurnRun>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM turn_runs WHERE state = 'done' ORDER BY started_at DESC, id DESC LIMIT 1"
    );
    snapshot.first(&sql, &[], read)
}

fn read(row: &Row<'_>) -> Result<TurnRun> {
    Ok(TurnRun {
        id: row.get(0)?,
        state: row.get(1)?,
        as_of: row.get(2)?,
        started_at: row.get(3)?,
        finished_at: row.get(4)?,
        steps: serde_json::from_str(row.text(5)?)?,
        error: row.get(6)?,
    })
}
