//! Running an import: chunks of rows, each whole with its ledger and the place up to which the file is done.
//!
//! A crash loses nothing that was acknowledged and does nothing twice: the place moves in the transaction of the rows.

use super::apply::{self, Outcome, ReadRow, RowOutcome, Run};
use super::fields::Kind;
use super::files;
use super::import::{self, Counts, Import, Place, State};
use super::rows::{Reader, Said};
use crate::collect::likeness::Likeness;
use platform::events::By;
use platform::store::Param;
use platform::{Error, Result, Store, Tx, params};
use std::path::Path;
use tables::{Row, Table};

/// Rows that one transaction takes. The lines of one order are kept together for so many rows more.
const ROWS_AT_ONCE: usize = 2_000;
const ROWS_MORE: usize = 500;

/// Told after each chunk: the rows done and the share of the file, 0 to 1.
pub type Progress<'a> = &'a mut dyn FnMut(&Counts, f64);

/// Runs an import from where it stands to its end.
///
/// **Errors** when the file cannot be read any further; the import is then marked as failed and keeps what it has.
pub fn run(store: &Store, folder: &Path, id: &str, progress: Progress<'_>) -> Result<Import> {
    let wanted = id.to_string();
    let import = store
        .write(By::system(), move |tx| {
            let import = import::get(tx, &wanted)?;
            if matches!(import.state, State::Queued | State::Running | State::Failed) {
                import::set_state(tx, &wanted, State::Running, None)?;
                return Ok(import);
            }
            Err(Error::Conflict(format!("the import is {}, not waiting to run", import.state.name())))
        })
        .wait()?;
    let ended = run_chunks(store, folder, &import, progress);
    let (state, error) = match &ended {
        Ok(()) => (State::Done, None),
        Err(error) => (State::Failed, Some(error.to_string())),
    };
    let wanted = id.to_string();
    let import = store
        .write(By::system(), move |tx| {
            import::set_state(tx, &wanted, state, error.as_deref())?;
            import::get(tx, &wanted)
        })
        .wait()?;
    ended.map(|()| import)
}

fn run_chunks(store: &Store, folder: &Path, import: &Import, progress: Progress<'_>) -> Result<()> {
    let mut chunks = Chunks::open(folder, import)?;
    chunks.skip_to(import.cursor_row)?;
    let (mut counts, mut from) = (import.counts, import.cursor_row);
    let by = author(import);
    let mut read = chunks.next()?;
    while let Some(chunk) = read {
        let import = import.clone();
        let before = counts;
        let (bytes, total) = (chunk.bytes_read, chunks.table.total_bytes().unwrap_or_default());
        let (begin, last) = (from, chunk.rows.last().map_or(from, |row| row.number as i64));
        let written = store.write(by.clone(), move |tx| {
            let mut counts = before;
            for told in take(tx, &import, &chunk)? {
                counts.add(told.outcome);
            }
            let place = Place { cursor_row: last, bytes_done: bytes as i64, counts };
            import::set_progress(tx, &import.id, begin, place)?;
            Ok(counts)
        });
        // The next chunk is read while this one is written.
        let next = chunks.next();
        counts = written.wait()?;
        read = next?;
        from = last;
        progress(&counts, if total == 0 { 0.0 } else { bytes as f64 / total as f64 });
    }
    Ok(())
}

/// Who the log names: the person who started the import, and the import as origin.
pub(super) fn author(import: &Import) -> By {
    let by = import.created_by.clone().map_or_else(By::console, By::user);
    by.within(import.id.clone())
}

/// Applies a chunk and writes its ledger.
pub(super) fn take(tx: &mut Tx<'_>, import: &Import, chunk: &Chunk) -> Result<Vec<RowOutcome>> {
    let run = Run { import_no: import.import_no, keys: import.plan.keys.clone(), alike: alike(tx, import)? };
    let outcomes = apply::apply(tx, &run, &chunk.rows)?;
    let mut ledger: Vec<Param<'_>> = Vec::with_capacity(outcomes.len() * 5);
    for (told, cells) in outcomes.iter().zip(&chunk.cells) {
        let row = told.row as i64;
        ledger.extend(
            params![import.import_no, row, told.outcome.name(), told.record_id, told.note]
                .map(Param::into_owned),
        );
        if matches!(told.outcome, Outcome::Conflict | Outcome::Error) {
            let cells = serde_json::to_string(cells)?;
            tx.execute(
                "INSERT INTO rejected_rows (import_no, row_no, column_name, reason, cells_json) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (import_no, row_no) DO UPDATE SET column_name = excluded.column_name,
                   reason = excluded.reason, cells_json = excluded.cells_json",
                &params![import.import_no, row, told.column, told.note.as_deref().unwrap_or(""), cells],
            )?;
        }
    }
    tx.insert_rows(
        "import_rows",
        &["import_no", "row_no", "outcome", "record_id", "note"],
        "ON CONFLICT (import_no, row_no) DO UPDATE SET outcome = excluded.outcome, record_id = excluded.record_id, note = excluded.note",
        &ledger,
    )?;
    note_likeness(tx, import, &outcomes)?;
    Ok(outcomes)
}

/// Notes the rows that found their record by likeness: both sides of such a likeness are the one record.
fn note_likeness(tx: &mut Tx<'_>, import: &Import, outcomes: &[RowOutcome]) -> Result<()> {
    for told in outcomes.iter().filter(|told| told.is_by_likeness) {
        tx.execute(
            "INSERT INTO import_likenesses (import_no, row_no, record_id, other_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (import_no, row_no, other_id) DO NOTHING",
            &params![import.import_no, told.row as i64, told.record_id, told.record_id],
        )?;
    }
    Ok(())
}

/// By what likeness rows without a key are matched, if the plan wants it.
fn alike(tx: &mut Tx<'_>, import: &Import) -> Result<Option<(Likeness, f64)>> {
    match import.plan.match_by_likeness.filter(|_| import.kind == Kind::People) {
        Some(least) => Ok(Some((Likeness::in_use(tx)?, least))),
        None => Ok(None),
    }
}

/// Rows that are applied together, with the cells as they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunk {
    pub(super) rows: Vec<ReadRow>,
    pub(super) cells: Vec<Vec<String>>,
    /// Bytes of the file up to the end of this chunk.
    bytes_read: u64,
}

/// The file, cut into chunks.
pub(super) struct Chunks {
    pub(super) table: Table,
    reader: Reader,
    keeps_orders_together: bool,
    row: Row,
    ahead: Option<(ReadRow, Vec<String>)>,
}

impl Chunks {
    pub(super) fn open(folder: &Path, import: &Import) -> Result<Self> {
        let table = files::open(folder, import)?;
        let reader = Reader::new(&import.plan)?;
        let keeps_orders_together = import.plan.kind == Kind::Orders;
        Ok(Self { table, reader, keeps_orders_together, row: Row::default(), ahead: None })
    }

    /// Goes on behind a row.
    pub(super) fn skip_to(&mut self, row: i64) -> Result<()> {
        let row = u64::try_from(row).unwrap_or_default();
        if row > self.table.position() { self.table.skip_to(row).map_err(files::told) } else { Ok(()) }
    }

    pub(super) fn next(&mut self) -> Result<Option<Chunk>> {
        let mut chunk = Chunk::default();
        while let Some((row, cells)) = self.next_row()? {
            let full = chunk.rows.len() >= ROWS_AT_ONCE;
            if full && (chunk.rows.len() >= ROWS_AT_ONCE + ROWS_MORE || !self.belongs_to_last(&chunk, &row)) {
                self.ahead = Some((row, cells));
                break;
            }
            chunk.rows.push(row);
            chunk.cells.push(cells);
        }
        chunk.bytes_read = self.table.bytes_read();
        Ok((!chunk.rows.is_empty()).then_some(chunk))
    }

    fn belongs_to_last(&self, chunk: &Chunk, row: &ReadRow) -> bool {
        let number = |row: &ReadRow| match &row.said {
            Ok(Said::Line(line)) => Some(line.number.clone()),
            _ => None,
        };
        self.keeps_orders_together
            && number(row).is_some_and(|wanted| chunk.rows.last().and_then(number) == Some(wanted))
    }

    fn next_row(&mut self) -> Result<Option<(ReadRow, Vec<String>)>> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        if !self.table.next_row(&mut self.row).map_err(files::told)? {
            return Ok(None);
        }
        let said = self.reader.read(&self.row);
        // The cells are kept for rows that may be refused; a row that cannot be read keeps its raw text.
        let cells = match &self.row.problem {
            Some(problem) => vec![problem.raw.clone()],
            None => self.row.cells().map(str::to_string).collect(),
        };
        Ok(Some((ReadRow { number: self.row.number, said }, cells)))
    }
}
