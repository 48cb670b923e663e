//! Replaying rejected rows: with corrected cells, or as they are after something else was mended.

use super::apply::Outcome;
use super::apply::ReadRow;
use super::import::{self, Import, Rejected, State};
use super::rows::{Reader, Rejection};
use super::run::{Chunk, author, take};
use platform::{Error, Result, Store, params};
use std::collections::BTreeMap;

/// The corrected cells of a rejected row, in the order of the file's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    pub row: i64,
    pub cells: Vec<String>,
}

const ROWS_AT_ONCE: usize = 500;

/// Takes the rejected rows that were not taken yet, corrected where a correction is given; returns how many were taken
/// and how many are still rejected.
///
/// **Errors** with a conflict while the import runs, and at `row` when a correction is for a row that was not rejected.
pub fn replay(store: &Store, id: &str, corrections: Vec<Correction>) -> Result<(usize, usize)> {
    let wanted = id.to_string();
    let import = store.read(move |s| import::get(s, &wanted)).wait()?;
    if !matches!(import.state, State::Done | State::Failed) {
        return Err(Error::Conflict(format!(
            "the import is {}; rows are replayed when it has ended",
            import.state.name()
        )));
    }
    let only_corrected = !corrections.is_empty();
    let mut corrected: BTreeMap<i64, Vec<String>> =
        corrections.into_iter().map(|c| (c.row, c.cells)).collect();
    let (mut n_taken, mut n_left, mut after) = (0, 0, 0);
    loop {
        let number = import.import_no;
        let page = store.read(move |s| import::rejected(s, number, after, ROWS_AT_ONCE)).wait()?;
        let Some(last) = page.last() else { break };
        after = last.row;
        let mut chosen: Vec<Rejected> = Vec::new();
        for mut row in page.into_iter().filter(|row| row.replayed_at.is_none()) {
            match corrected.remove(&row.row) {
                Some(cells) => row.cells = cells,
                None if only_corrected => continue,
                None => {}
            }
            chosen.push(row);
        }
        let (taken, left) = replay_some(store, &import, chosen)?;
        n_taken += taken;
        n_left += left;
    }
    match corrected.keys().next() {
        Some(row) => Err(Error::invalid("row", format!("row {row} was not rejected, or was taken already"))),
        None => Ok((n_taken, n_left)),
    }
}

fn replay_some(store: &Store, import: &Import, rows: Vec<Rejected>) -> Result<(usize, usize)> {
    let reader = Reader::new(&import.plan)?;
    let mut chunk = Chunk::default();
    for rejected in rows {
        let row = tables::Row::from_cells(rejected.row as u64, &rejected.cells);
        let said = if row.len() == import.plan.columns.len() {
            reader.read(&row)
        } else {
            let reason =
                format!("the row has {} cells, the file {} columns", row.len(), import.plan.columns.len());
            Err(Rejection { column: rejected.column.clone(), reason })
        };
        chunk.rows.push(ReadRow { number: row.number, said });
        chunk.cells.push(rejected.cells);
    }
    let import = import.clone();
    store
        .write(author(&import), move |tx| {
            let mut counts = import::get(tx, &import.id)?.counts;
            let (mut n_taken, mut n_left) = (0, 0);
            for told in take(tx, &import, &chunk)? {
                if matches!(told.outcome, Outcome::Conflict | Outcome::Error) {
                    n_left += 1;
                    continue;
                }
                n_taken += 1;
                let now = tx.now();
                tx.execute(
                    "UPDATE rejected_rows SET replayed_at = $3 WHERE import_no = $1 AND row_no = $2",
                    &params![import.import_no, told.row as i64, now],
                )?;
            }
            counts.replayed += n_taken as i64;
            tx.execute(
                "UPDATE imports SET n_replayed = $2 WHERE id = $1",
                &params![import.id, counts.replayed],
            )?;
            Ok((n_taken, n_left))
        })
        .wait()
}
