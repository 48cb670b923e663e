//! The dry run: the import as it would go, with every row's outcome and differences, and nothing written.
//!
//! It runs the very code of the import in one transaction that is always taken back. On the embedded engine it works on
//! a copy of the database, so that nobody waits for it.

use super::apply::{Difference, Outcome, RowOutcome};
use super::fields;
use super::import::{Counts, Import};
use super::noun_of;
use super::plan::Plan;
use super::run::{self, Chunks};
use crate::collect::likeness::{Alike, Arrivals};
use platform::{Error, Result, Store};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What an import would do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    pub counts: Counts,
    /// The first rows of each outcome, with their differences, and the number of the outcome in `counts`.
    pub rows: Vec<RowOutcome>,
    /// Whether the file has more rows than were looked at.
    pub is_cut: bool,
    /// Rows that would make a new record although one that is there is probably the same, and the surest of them.
    #[serde(default)]
    pub n_alike: i64,
    #[serde(default)]
    pub alike: Vec<Alike>,
}

/// Rows of one outcome that a preview shows.
pub const SHOWN: usize = 100;

/// Runs the import without writing. `visit` is told of every row; `at_most` bounds the rows that are looked at.
///
/// **Errors** when the file cannot be read; at the plan's faults.
pub fn preview(
    store: &Store,
    folder: &Path,
    import: &Import,
    at_most: u64,
    visit: impl FnMut(&RowOutcome) + Send + 'static,
) -> Result<Preview> {
    let rehearsal = store.rehearsal(folder)?;
    let told = Arc::new(Mutex::new((Preview::default(), visit)));
    let (collected, folder, import) = (told.clone(), folder.to_path_buf(), import.clone());
    let ended = rehearsal
        .store()
        .write(run::author(&import), move |tx| -> Result<()> {
            let mut collected = collected.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (preview, visit) = &mut *collected;
            *preview = Preview::default();
            let mut chunks = Chunks::open(&folder, &import)?;
            let mut arrivals = noun_of(import.kind).map(Arrivals::new);
            while let Some(chunk) = chunks.next()? {
                for (row, cells) in run::take(tx, &import, &chunk)?.iter().zip(&chunk.cells) {
                    preview.add(row, &import.plan, cells);
                    visit(row);
                    if let (Outcome::New, Some(arrivals), Some(id)) =
                        (row.outcome, &mut arrivals, &row.record_id)
                    {
                        arrivals.add(row.row, id);
                    }
                }
                if preview.counts.rows() as u64 >= at_most {
                    preview.is_cut = chunks.next()?.is_some();
                    break;
                }
            }
            if let Some(arrivals) = arrivals {
                (preview.n_alike, preview.alike) = arrivals.alike(tx, SHOWN)?;
            }
            Err(taken_back())
        })
        .wait();
    match ended {
        Err(error) if error.to_string() == taken_back().to_string() => {}
        Err(error) => return Err(error),
        Ok(()) => {}
    }
    let preview = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner).0.clone();
    Ok(preview)
}

/// What a row says that has nothing to be compared with: its cells by the fields that they become.
fn said(plan: &Plan, cells: &[String]) -> Vec<Difference> {
    let mapped = plan.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
    mapped
        .filter_map(|(column, cell)| {
            let name = column.field.as_deref()?;
            let label = fields::field(plan.kind, name).map_or(name, |field| field.label);
            Some(Difference { field: label.to_string(), before: String::new(), after: cell.clone() })
        })
        .collect()
}

/// How the transaction of a dry run ends.
fn taken_back() -> Error {
    Error::Conflict("a dry run is taken back".to_string())
}

impl Preview {
    fn add(&mut self, row: &RowOutcome, plan: &Plan, cells: &[String]) {
        self.counts.add(row.outcome);
        if self.counts.of(row.outcome) > SHOWN as i64 {
            return;
        }
        let mut row = row.clone();
        if row.differences.is_empty() && row.outcome != Outcome::Same && cells.len() == plan.columns.len() {
            row.differences = said(plan, cells);
        }
        self.rows.push(row);
    }

    /// The rows shown of one outcome.
    pub fn of(&self, outcome: Outcome) -> impl Iterator<Item = &RowOutcome> {
        self.rows.iter().filter(move |row| row.outcome == outcome)
    }
}
