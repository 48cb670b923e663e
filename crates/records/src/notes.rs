//! Notes: what somebody of the firm wrote about a record.
//!
//! A note is plain text; how it is shown is up to the page. A deleted note is out of sight and still in the log.

use crate::image::{self, Shape};
use crate::reference;
use crate::values::fold::is_invisible;
use platform::events::{self, Entry, Event};
use platform::{Error, Micros, Param, Result, Row, Snapshot, Tx, params};

pub const KIND: &str = "note";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: String,
    pub record_kind: String,
    pub record_id: String,
    pub body: String,
    /// The user who wrote it; None for an import or the program.
    pub author_id: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// Where a list continues: the last note of the page before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub created_at: Micros,
    pub id: String,
}

pub(crate) const SHAPE: Shape = Shape {
    table: "notes",
    subject: "record_id",
    columns: &[
        "id",
        "record_kind",
        "record_id",
        "body",
        "author_id",
        "created_at",
        "updated_at",
        "deleted_at",
    ],
};

const COLUMNS: &str = "id, record_kind, record_id, body, author_id, created_at, updated_at";

/// Ids asked for in one statement.
const IDS_AT_ONCE: usize = 200;

/// Longest note in characters.
pub const BODY_CHARS: usize = 20_000;

/// Writes a note about a record; returns its id.
///
/// **Errors** at `body` (empty, too long) or `record_id`.
pub fn write(tx: &mut Tx<'_>, record_id: &str, body: &str) -> Result<String> {
    let body = checked(body)?;
    let kind = reference::existing(tx, record_id)?;
    let (id, now) = (tx.new_id("not"), tx.now());
    let author_id = if tx.by().kind == "user" { tx.by().id.clone() } else { None };
    tx.execute(
        "INSERT INTO notes (id, record_kind, record_id, body, author_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        &params![id, kind, record_id, body, author_id, now],
    )?;
    log(tx, "note.written", &id, record_id, None)?;
    Ok(id)
}

/// Writes a note anew; false when it says the same.
///
/// **Errors** at `body`, and when there is no such note.
pub fn edit(tx: &mut Tx<'_>, id: &str, body: &str) -> Result<bool> {
    let body = checked(body)?;
    let note = get(tx, id)?;
    if note.body == body {
        return Ok(false);
    }
    let (before, now) = (before(tx, id)?, tx.now());
    tx.execute("UPDATE notes SET body = $2, updated_at = $3 WHERE id = $1", &params![id, body, now])?;
    log(tx, "note.edited", id, &note.record_id, before)?;
    Ok(true)
}

/// Takes a note out of sight.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let note = get(tx, id)?;
    let (before, now) = (before(tx, id)?, tx.now());
    tx.execute("UPDATE notes SET deleted_at = $2 WHERE id = $1", &params![id, now])?;
    log(tx, "note.deleted", id, &note.record_id, before)
}

/// Moves the notes about `from` to `to`, as merging two records does; returns how many.
///
/// **Errors** at `record_id` when there is no record `to`.
pub fn adopt(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<usize> {
    let kind = reference::existing(tx, to)?;
    let ids: Vec<String> = tx.query(
        "SELECT id FROM notes WHERE record_id = $1 ORDER BY created_at, id",
        &params![from],
        |row| row.get(0),
    )?;
    for id in &ids {
        let before = before(tx, id)?;
        tx.execute(
            "UPDATE notes SET record_id = $2, record_kind = $3 WHERE id = $1",
            &params![id, to, kind],
        )?;
        log(tx, "note.moved", id, to, before)?;
    }
    Ok(ids.len())
}

/// A note that is not deleted.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Note> {
    let sql = format!("SELECT {COLUMNS} FROM notes WHERE id = $1 AND deleted_at IS NULL");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

/// The notes with these ids that are not deleted, in no order.
pub fn many(snapshot: &mut Snapshot<'_>, ids: &[&str]) -> Result<Vec<Note>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let ids: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text((*id).into())).collect();
        let places = image::places(chunk.len());
        let sql = format!("SELECT {COLUMNS} FROM notes WHERE id IN ({places}) AND deleted_at IS NULL");
        found.extend(snapshot.query(&sql, &ids, read)?);
    }
    Ok(found)
}

/// A page of the notes about a record from the newest to the oldest, after `after`.
pub fn of_record(
    snapshot: &mut Snapshot<'_>,
    record_id: &str,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<Note>> {
    let (created_at, id) = after.map_or((i64::MAX, "~"), |cursor| (cursor.created_at, cursor.id.as_str()));
    let sql = format!(
        "SELECT {COLUMNS} FROM notes WHERE record_id = $1 AND (created_at, id) < ($2, $3) AND deleted_at IS NULL
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    snapshot.query(&sql, &params![record_id, created_at, id, limit as i64], read)
}

/// Puts a note back to where it stood before `event`; a new one is taken away.
///
/// **Errors** with [`Error::Conflict`] when it was changed later.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let key = params![event.record_id];
    image::undo_row(tx, event, &SHAPE, ("id = $1", &key), |_| format!("note {}", event.record_id))
}

/// The body without what nobody typed; its lines stay as they are.
fn checked(body: &str) -> Result<String> {
    let body: String =
        body.chars().filter(|sign| matches!(sign, '\n' | '\t') || !is_invisible(*sign)).collect();
    let body = body.trim();
    if body.is_empty() {
        return Err(Error::invalid("body", "a note needs a text"));
    }
    if body.chars().count() > BODY_CHARS {
        return Err(Error::invalid("body", format!("a note has at most {BODY_CHARS} characters")));
    }
    Ok(body.to_string())
}

fn before(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>> {
    Ok(image::row(tx, &SHAPE, "id = $1", &params![id])?.map(image::to_json))
}

fn log(tx: &mut Tx<'_>, verb: &str, id: &str, record_id: &str, before: Option<String>) -> Result<()> {
    let entry = Entry { verb, record_kind: KIND, record_id: id, subject_id: record_id, before, after: None };
    events::append(tx, entry).map(drop)
}

fn read(row: &Row<'_>) -> Result<Note> {
    Ok(Note {
        id: row.get(0)?,
        record_kind: row.get(1)?,
        record_id: row.get(2)?,
        body: row.get(3)?,
        author_id: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
    })
}
