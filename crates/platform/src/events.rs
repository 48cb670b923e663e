//! The log of events: one row per verb on a record, in the transaction of the change.
//!
//! Timeline, audit, undo and measurement all read this one log. It holds before-images, not the present: that is in the
//! record itself. Nothing reacts to an event by itself; the effects of a verb are read in the verb.

use crate::clock::Micros;
use crate::store::{Param, Row, Snapshot, Tx};
use crate::{Error, Result, params};

/// Who changes something, and as part of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    pub kind: &'static str,
    pub id: Option<String>,
    /// The import, merge or undo to which the change belongs.
    pub origin: Option<String>,
}

impl By {
    pub fn user(id: impl Into<String>) -> Self {
        Self { kind: "user", id: Some(id.into()), origin: None }
    }

    /// Somebody at the command line of the server.
    pub fn console() -> Self {
        Self { kind: "console", id: None, origin: None }
    }

    /// The program itself: timetable, migration, analysis.
    pub fn system() -> Self {
        Self { kind: "system", id: None, origin: None }
    }

    pub fn within(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }
}

/// What a verb tells the log.
#[derive(Debug, Clone, Default)]
pub struct Entry<'a> {
    /// `person.created`: the record and what happened to it.
    pub verb: &'a str,
    pub record_kind: &'a str,
    pub record_id: &'a str,
    /// The record in whose timeline it stands; often the record itself.
    pub subject_id: &'a str,
    /// JSON of the record before the change; None for a creation.
    pub before: Option<String>,
    /// JSON that a reader of the timeline needs and cannot see in the record.
    pub after: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: String,
    pub at: Micros,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub verb: String,
    pub record_kind: String,
    pub record_id: String,
    pub subject_id: String,
    pub before_json: Option<String>,
    pub after_json: Option<String>,
    pub origin: Option<String>,
}

/// How an event stands when somebody wants to take it back.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Nothing changed its record since.
    Latest,
    /// It was taken back already.
    Undone,
    /// A later change of the same record still stands.
    ChangedLater(Box<Event>),
}

const COLUMN_NAMES: [&str; 11] = [
    "id",
    "at",
    "actor_kind",
    "actor_id",
    "verb",
    "record_kind",
    "record_id",
    "subject_id",
    "before_json",
    "after_json",
    "origin",
];

const COLUMNS: &str =
    "id, at, actor_kind, actor_id, verb, record_kind, record_id, subject_id, before_json, after_json, origin";

/// Appends one event as the transaction's actor; returns its id.
pub fn append(tx: &mut Tx<'_>, entry: Entry<'_>) -> Result<String> {
    let id = tx.new_id("evt");
    let (now, by) = (tx.now(), tx.by().clone());
    tx.execute(
        "INSERT INTO events (id, at, actor_kind, actor_id, verb, record_kind, record_id, subject_id, before_json, after_json, origin)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &params![
            id, now, by.kind, by.id, entry.verb, entry.record_kind, entry.record_id, entry.subject_id,
            entry.before, entry.after, by.origin
        ],
    )?;
    tx.records_changed();
    Ok(id)
}

/// Appends many events at once as the transaction's actor.
pub fn append_many(tx: &mut Tx<'_>, entries: &[Entry<'_>]) -> Result<()> {
    let ids: Vec<String> = entries.iter().map(|_| tx.new_id("evt")).collect();
    let (now, by) = (tx.now(), tx.by().clone());
    let mut values = Vec::with_capacity(entries.len() * COLUMN_NAMES.len());
    for (id, entry) in ids.iter().zip(entries) {
        values.extend(params![
            *id,
            now,
            by.kind,
            by.id,
            entry.verb,
            entry.record_kind,
            entry.record_id,
            entry.subject_id,
            entry.before,
            entry.after,
            by.origin
        ]);
    }
    tx.insert_rows("events", &COLUMN_NAMES, "", &values)?;
    tx.records_changed();
    Ok(())
}

/// Appends that `event` was taken back: its verb with `.undone`, and its id in `after_json`.
///
/// `before` is the record as it stood until now, so that taking back can be taken back too.
pub fn append_undone(
    tx: &mut Tx<'_>,
    event: &Event,
    subject_id: &str,
    before: Option<String>,
) -> Result<String> {
    let verb = format!("{}{UNDONE}", event.verb);
    let entry = Entry {
        verb: &verb,
        record_kind: &event.record_kind,
        record_id: &event.record_id,
        subject_id,
        before,
        after: Some(serde_json::json!({ "undone": event.id }).to_string()),
    };
    append(tx, entry)
}

const UNDONE: &str = ".undone";

/// Whether an event can be taken back without losing what came after it.
///
/// `subject_now` is the record in whose timeline the changed record stands today; it may have moved since.
/// Changes that were themselves taken back do not count.
pub fn standing(snapshot: &mut Snapshot<'_>, event: &Event, subject_now: &str) -> Result<Standing> {
    let mut later = later_events(snapshot, event, &event.subject_id)?;
    if subject_now != event.subject_id {
        later.extend(later_events(snapshot, event, subject_now)?);
        later.sort_by(|a, b| b.id.cmp(&a.id));
    }
    let mut undone = std::collections::HashSet::new();
    for change in later {
        if undone.contains(&change.id) {
            continue;
        }
        if !change.verb.ends_with(UNDONE) {
            return Ok(Standing::ChangedLater(Box::new(change)));
        }
        let after: serde_json::Value = serde_json::from_str(change.after_json.as_deref().unwrap_or("{}"))?;
        undone.extend(after["undone"].as_str().map(str::to_owned));
    }
    Ok(if undone.contains(&event.id) { Standing::Undone } else { Standing::Latest })
}

/// What happened to the event's record after it, in the timeline of `subject_id`, from the newest to the oldest.
fn later_events(snapshot: &mut Snapshot<'_>, event: &Event, subject_id: &str) -> Result<Vec<Event>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE subject_id = $1 AND id > $2 AND record_id = $3
         ORDER BY subject_id DESC, id DESC"
    );
    snapshot.query(&sql, &params![subject_id, event.id, event.record_id], read)
}

/// The newest events in a record's timeline, before the event `before` if one is given.
pub fn timeline(
    snapshot: &mut Snapshot<'_>,
    subject_id: &str,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<Event>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE subject_id = $1 AND id < $2 ORDER BY subject_id DESC, id DESC LIMIT $3"
    );
    snapshot.query(&sql, &params![subject_id, before.unwrap_or("~"), limit as i64], read)
}

/// Which entries of a timeline are wanted; empty lists do not narrow.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    pub record_kinds: &'a [&'a str],
    pub without_verbs: &'a [&'a str],
    /// Only events of this record.
    pub record_id: Option<&'a str>,
}

/// As [`timeline`], with only the entries that are wanted.
pub fn timeline_of(
    snapshot: &mut Snapshot<'_>,
    subject_id: &str,
    wanted: Wanted<'_>,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<Event>> {
    let (before, limit) = (before.unwrap_or("~"), limit as i64);
    let mut values = params![subject_id, before, limit].to_vec();
    let mut narrowed = |words: &'static str, list: &[&str]| {
        let places: Vec<String> = list
            .iter()
            .map(|word| {
                values.push(Param::Text(word.to_string().into()));
                format!("${}", values.len())
            })
            .collect();
        if places.is_empty() { String::new() } else { format!(" AND {words} ({})", places.join(", ")) }
    };
    let kinds = narrowed("record_kind IN", wanted.record_kinds);
    let verbs = narrowed("verb NOT IN", wanted.without_verbs);
    let record: Vec<&str> = wanted.record_id.into_iter().collect();
    let record = narrowed("record_id IN", &record);
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE subject_id = $1 AND id < $2{kinds}{verbs}{record}
         ORDER BY subject_id DESC, id DESC LIMIT $3"
    );
    snapshot.query(&sql, &values, read)
}

/// The event with this id.
///
/// **Errors** with [`Error::Missing`].
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Event> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("event", id))
}

/// The next event on the same record, whose before-image is therefore how `event` left it.
pub fn next_on_record(snapshot: &mut Snapshot<'_>, event: &Event) -> Result<Option<Event>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE subject_id = $1 AND id > $2 AND record_id = $3
         ORDER BY subject_id, id LIMIT 1"
    );
    snapshot.first(&sql, &params![event.subject_id, event.id, event.record_id], read)
}

/// Events of one import, merge or undo from the newest to the oldest, before the event `before` if one is given.
pub fn of_origin(
    snapshot: &mut Snapshot<'_>,
    origin: &str,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<Event>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM events WHERE origin = $1 AND id < $2 ORDER BY origin DESC, id DESC LIMIT $3"
    );
    snapshot.query(&sql, &params![origin, before.unwrap_or("~"), limit as i64], read)
}

/// The newest events of all records.
pub fn newest(snapshot: &mut Snapshot<'_>, before: Option<&str>, limit: usize) -> Result<Vec<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE id < $1 ORDER BY id DESC LIMIT $2");
    snapshot.query(&sql, &params![before.unwrap_or("~"), limit as i64], read)
}

/// Events in the order of their ids, behind `after`: the feed of changes.
///
/// On a database server the order of ids is not quite the order of commits: a reader that must miss nothing begins a
/// little before the last id that it saw and ignores the events that it knows.
pub fn behind(snapshot: &mut Snapshot<'_>, after: &str, limit: usize) -> Result<Vec<Event>> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE id > $1 ORDER BY id LIMIT $2");
    snapshot.query(&sql, &params![after, limit as i64], read)
}

fn read(row: &Row<'_>) -> Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        at: row.get(1)?,
        actor_kind: row.get(2)?,
        actor_id: row.get(3)?,
        verb: row.get(4)?,
        record_kind: row.get(5)?,
        record_id: row.get(6)?,
        subject_id: row.get(7)?,
        before_json: row.get(8)?,
        after_json: row.get(9)?,
        origin: row.get(10)?,
    })
}
