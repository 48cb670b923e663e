//! The record of an import: where it stands, its counts, its ledger and its rejected rows.

use super::apply::Outcome;
use super::fields::Kind;
use super::plan::Plan;
use platform::store::Row;
use platform::{Error, Micros, Result, Snapshot, Tx, params};
use serde::{Deserialize, Serialize};

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file is here; somebody looks at the mapping.
    Mapping,
    Queued,
    Running,
    Done,
    /// The file could not be read to its end; what was read before stays.
    Failed,
    Undoing,
    Undone,
}

impl State {
    const ALL: [Self; 7] =
        [Self::Mapping, Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Undoing, Self::Undone];

    pub fn name(self) -> &'static str {
        match self {
            Self::Mapping => "mapping",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
        }
    }

    /// Whether a worker has it in hand or will soon.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Undoing)
    }
}

/// How the file is opened: what somebody said instead of leaving it to be guessed, and what was found, in words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Format {
    pub separator: Option<char>,
    pub encoding: Option<String>,
    pub sheet: Option<String>,
    /// `guess`, `none`, or the number of the row.
    pub header: Option<String>,
    pub words: String,
    /// What was changed or skipped to get names for the columns.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The sheets that the file has; none in a plain file.
    #[serde(default)]
    pub sheets: Vec<String>,
    /// Whether it is a plain file with separators, whose separator and encoding can be said.
    #[serde(default)]
    pub is_separated: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    pub id: String,
    pub import_no: i64,
    pub kind: Kind,
    pub file_name: String,
    pub stored_name: String,
    pub sha256: String,
    pub n_bytes: i64,
    pub format: Format,
    pub plan: Plan,
    pub state: State,
    pub cursor_row: i64,
    pub undo_cursor: Option<String>,
    pub counts: Counts,
    pub bytes_done: i64,
    pub error: Option<String>,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub finished_at: Option<Micros>,
}

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub new: i64,
    pub changed: i64,
    pub same: i64,
    pub conflict: i64,
    pub error: i64,
    /// Rejected rows that were mended and taken later.
    pub replayed: i64,
    /// Changes that an undo left, because somebody had changed the record since.
    pub left_by_undo: i64,
}

impl Counts {
    /// All rows of the file that have an outcome.
    pub fn rows(&self) -> i64 {
        self.new + self.changed + self.same + self.conflict + self.error
    }

    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::New => self.new += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Same => self.same += 1,
            Outcome::Conflict => self.conflict += 1,
            Outcome::Error => self.error += 1,
        }
    }

    /// Rows with this outcome.
    pub fn of(&self, outcome: Outcome) -> i64 {
        match outcome {
            Outcome::New => self.new,
            Outcome::Changed => self.changed,
            Outcome::Same => self.same,
            Outcome::Conflict => self.conflict,
            Outcome::Error => self.error,
        }
    }
}

const COLUMNS: &str = "id, import_no, kind, file_name, stored_name, sha256, n_bytes, format_json, plan_json, state,
    cursor_row, undo_cursor, n_new, n_changed, n_same, n_conflict, n_error, n_replayed, n_left_by_undo, bytes_done,
    error, created_by, created_at, finished_at";

fn read(row: &Row<'_>) -> Result<Import> {
    let (kind, state) = (row.text(2)?, row.text(9)?);
    let unknown = |word: &str| Error::database(format!("an import has the unknown word {word}"));
    Ok(Import {
        id: row.get(0)?,
        import_no: row.get(1)?,
        kind: Kind::parse(kind).ok_or_else(|| unknown(kind))?,
        file_name: row.get(3)?,
        stored_name: row.get(4)?,
        sha256: row.get(5)?,
        n_bytes: row.get(6)?,
        format: serde_json::from_str(row.text(7)?)?,
        plan: serde_json::from_str(row.text(8)?)?,
        state: State::ALL.into_iter().find(|known| known.name() == state).ok_or_else(|| unknown(state))?,
        cursor_row: row.get(10)?,
        undo_cursor: row.get(11)?,
        counts: Counts {
            new: row.get(12)?,
            changed: row.get(13)?,
            same: row.get(14)?,
            conflict: row.get(15)?,
            error: row.get(16)?,
            replayed: row.get(17)?,
            left_by_undo: row.get(18)?,
        },
        bytes_done: row.get(19)?,
        error: row.get(20)?,
        created_by: row.get(21)?,
        created_at: row.get(22)?,
        finished_at: row.get(23)?,
    })
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Import> {
    let sql = format!("SELECT {COLUMNS} FROM imports WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("import", id))
}

/// The newest imports, older than `before` if one is given.
pub fn list(snapshot: &mut Snapshot<'_>, before: Option<&str>, limit: usize) -> Result<Vec<Import>> {
    let sql = format!("SELECT {COLUMNS} FROM imports WHERE id < $1 ORDER BY id DESC LIMIT $2");
    snapshot.query(&sql, &params![before.unwrap_or("~"), limit as i64], read)
}

/// A file that came, before anybody looked at it.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub(super) file_name: String,
    pub(super) stored_name: String,
    pub(super) sha256: String,
    pub(super) n_bytes: i64,
    pub(super) format: Format,
    pub(super) plan: Plan,
}

pub(super) fn insert(tx: &mut Tx<'_>, file: &Arrived) -> Result<String> {
    let (id, now) = (tx.new_id("imp"), tx.now());
    let number: i64 = tx.one("SELECT coalesce(max(import_no), 0) + 1 FROM imports", &[], |row| row.get(0))?;
    let (format, plan) = (serde_json::to_string(&file.format)?, serde_json::to_string(&file.plan)?);
    let by = tx.by().id.clone();
    tx.execute(
        "INSERT INTO imports (id, import_no, kind, file_name, stored_name, sha256, n_bytes, format_json, plan_json,
                              state, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'mapping', $10, $11)",
        &params![
            id, number, file.plan.kind.name(), file.file_name, file.stored_name, file.sha256, file.n_bytes, format,
            plan, by, now
        ],
    )?;
    Ok(id)
}

/// Puts another plan in the place of the one that was guessed.
///
/// **Errors** as [`Plan::check`]; with a conflict once the import runs.
pub fn set_plan(tx: &mut Tx<'_>, id: &str, plan: &Plan) -> Result<()> {
    let text = serde_json::to_string(plan)?;
    let n = tx.execute(
        "UPDATE imports SET plan_json = $2, kind = $3 WHERE id = $1 AND state = 'mapping'",
        &params![id, text, plan.kind.name()],
    )?;
    if n == 1 { Ok(()) } else { Err(Error::Conflict("the import has begun; its mapping stands".to_string())) }
}

/// Opens a file in another way: its format, and the plan that was guessed from what is seen now.
///
/// **Errors** with a conflict once the import runs.
pub(super) fn set_format(tx: &mut Tx<'_>, id: &str, format: &Format, plan: &Plan) -> Result<()> {
    set_plan(tx, id, plan)?;
    let text = serde_json::to_string(format)?;
    tx.execute("UPDATE imports SET format_json = $2 WHERE id = $1", &params![id, text])?;
    Ok(())
}

pub(super) fn set_state(tx: &mut Tx<'_>, id: &str, state: State, error: Option<&str>) -> Result<()> {
    let finished = (!state.is_under_way()).then_some(tx.now());
    tx.execute(
        "UPDATE imports SET state = $2, error = $3, finished_at = $4 WHERE id = $1",
        &params![id, state.name(), error, finished],
    )?;
    Ok(())
}

/// Where an import stands after a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) cursor_row: i64,
    pub(super) bytes_done: i64,
    pub(super) counts: Counts,
}

/// Writes where an import stands after a chunk that began behind row `from`; part of the chunk's transaction.
///
/// **Errors** with a conflict when another process has gone on from there: the chunk is then taken back, not doubled.
pub(super) fn set_progress(tx: &mut Tx<'_>, id: &str, from: i64, now_at: Place) -> Result<()> {
    let (place, c) = (now_at, now_at.counts);
    let n = tx.execute(
        "UPDATE imports SET cursor_row = $2, bytes_done = $3, n_new = $4, n_changed = $5, n_same = $6, n_conflict = $7,
                            n_error = $8, n_replayed = $9 WHERE id = $1 AND cursor_row = $10",
        &params![
            id, place.cursor_row, place.bytes_done, c.new, c.changed, c.same, c.conflict, c.error, c.replayed, from
        ],
    )?;
    if n == 1 { Ok(()) } else { Err(Error::Conflict("another process goes on with this import".to_string())) }
}

/// One row of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerRow {
    pub row: i64,
    pub outcome: String,
    pub record_id: Option<String>,
    pub note: Option<String>,
}

/// A page of the ledger: rows behind `after`, of one outcome or of all.
pub fn ledger(
    snapshot: &mut Snapshot<'_>,
    import_no: i64,
    outcome: Option<Outcome>,
    after: i64,
    limit: usize,
) -> Result<Vec<LedgerRow>> {
    let wanted = outcome.map_or("", Outcome::name);
    snapshot.query(
        "SELECT row_no, outcome, record_id, note FROM import_rows
         WHERE import_no = $1 AND row_no > $2 AND ($3 = '' OR outcome = $3) ORDER BY row_no LIMIT $4",
        &params![import_no, after, wanted, limit as i64],
        |row| {
            Ok(LedgerRow {
                row: row.get(0)?,
                outcome: row.get(1)?,
                record_id: row.get(2)?,
                note: row.get(3)?,
            })
        },
    )
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    pub row: i64,
    pub column: Option<String>,
    pub reason: String,
    /// The cells in the order of the file's columns.
    pub cells: Vec<String>,
    pub replayed_at: Option<Micros>,
}

/// A page of the rejected rows behind `after`.
pub fn rejected(
    snapshot: &mut Snapshot<'_>,
    import_no: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Rejected>> {
    snapshot.query(
        "SELECT row_no, column_name, reason, cells_json, replayed_at FROM rejected_rows
         WHERE import_no = $1 AND row_no > $2 ORDER BY row_no LIMIT $3",
        &params![import_no, after, limit as i64],
        |row| {
            Ok(Rejected {
                row: row.get(0)?,
                column: row.get(1)?,
                reason: row.get(2)?,
                cells: serde_json::from_str(row.text(3)?)?,
                replayed_at: row.get(4)?,
            })
        },
    )
}

/// What an undo left as it is, and why.
pub fn undo_conflicts(snapshot: &mut Snapshot<'_>, import_no: i64, limit: usize) -> Result<Vec<String>> {
    snapshot.query(
        "SELECT reason FROM undo_conflicts WHERE import_no = $1 ORDER BY event_id LIMIT $2",
        &params![import_no, limit as i64],
        |row| row.get(0),
    )
}
