//! The quality board (F35): how complete, valid, unique, fresh and consistent the records are, per field and source.
//!
//! Every figure has a numerator, a denominator, a definition in words, and a way to the rows at fault. The condition that
//! counts a row at fault is the one that finds it again. The board corrects nothing: it shows where to look.

mod board;
mod checks;
mod lines;
mod oddities;
mod orders;
mod rows;
mod scan;
mod spellings;

pub use board::{Board, Check, Dimension, Kind, SourceShare};
pub use oddities::{Oddity, OddityKind};
pub use rows::{FaultyRow, RowPage, rows};

use platform::store::{Snapshot, Store};
use platform::{By, Micros, Result, params};
use std::collections::BTreeMap;

/// Runs that are kept for the trend; older ones are removed.
pub const RUNS_KEPT: i64 = 100;
/// Sources shown by name in a figure; the rest is summed up.
pub const SOURCES_SHOWN: usize = 20;

/// One computation of the board.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityRun {
    pub id: String,
    pub ran_at: Micros,
    pub board: Board,
}

/// Computes the board from one snapshot of the records and keeps it.
pub fn run(store: &Store) -> Result<QualityRun> {
    let board = store.scan(measure).wait()?;
    store
        .write(By::system(), move |tx| {
            let run = QualityRun { id: tx.new_id("qua"), ran_at: tx.now(), board: board.clone() };
            let text = serde_json::to_string(&run.board)?;
            tx.execute(
                "INSERT INTO quality_runs (id, ran_at, result_json) VALUES ($1, $2, $3)",
                &params![run.id, run.ran_at, text],
            )?;
            tx.execute(
                "DELETE FROM quality_runs WHERE id NOT IN
                   (SELECT id FROM quality_runs ORDER BY ran_at DESC, id DESC LIMIT $1)",
                &params![RUNS_KEPT],
            )?;
            Ok(run)
        })
        .wait()
}

/// The whole board from what the snapshot shows.
fn measure(snapshot: &mut Snapshot<'_>) -> Result<Board> {
    let mut board = Board::default();
    scan::people(snapshot, &mut board)?;
    scan::companies(snapshot, &mut board)?;
    scan::products(snapshot, &mut board)?;
    spellings::products(snapshot, &mut board)?;
    orders::scan(snapshot, &mut board)?;
    lines::scan(snapshot, &mut board)?;
    Ok(board)
}

/// The newest board, if one was computed.
pub fn latest(snapshot: &mut Snapshot<'_>) -> Result<Option<QualityRun>> {
    Ok(newest(snapshot, 1)?.pop())
}

fn newest(snapshot: &mut Snapshot<'_>, limit: usize) -> Result<Vec<QualityRun>> {
    let rows = snapshot.query(
        "SELECT id, ran_at, result_json FROM quality_runs ORDER BY ran_at DESC, id DESC LIMIT $1",
        &params![limit as i64],
        |row| Ok((row.get::<String>(0)?, row.get(1)?, row.get::<String>(2)?)),
    )?;
    rows.into_iter()
        .map(|(id, ran_at, text)| Ok(QualityRun { id, ran_at, board: serde_json::from_str(&text)? }))
        .collect()
}

/// What each figure was at one run.
///
/// **Units.** `shares`: by the name of the check, the share of checked rows without the fault, from 0 to 1; checks that
/// had nothing to look at are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendPoint {
    pub ran_at: Micros,
    pub shares: BTreeMap<String, f64>,
}

/// The figures of the last runs, the oldest first.
pub fn trend(snapshot: &mut Snapshot<'_>, n_runs: usize) -> Result<Vec<TrendPoint>> {
    let mut points: Vec<TrendPoint> = newest(snapshot, n_runs)?
        .into_iter()
        .map(|run| TrendPoint {
            ran_at: run.ran_at,
            shares: run.board.checks.iter().filter_map(|c| Some((c.name.clone(), c.share()?))).collect(),
        })
        .collect();
    points.reverse();
    Ok(points)
}
