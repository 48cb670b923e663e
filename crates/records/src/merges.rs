//! Merges: two records of one person or company become one, and can become two again at any later time.
//!
//! A merge keeps every row that it changed, as it was and as it became, column by column. Taking it back puts a column back
//! only where it still is as the merge left it: what somebody changed later survives and is reported. Orders, notes and
//! statements that came in after the merge stay with the record that was kept. Which fields survive is decided in
//! `people::merge` and `companies::merge`.

mod changes;

pub(crate) use changes::Recorder;

use crate::{companies, people};
use platform::events::{self, Event};
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// From which of the two records a field is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Kept,
    Lost,
}

/// What somebody chose, by field; a field that is not named survives by the rules of the record.
pub type Choices = BTreeMap<String, Side>;

#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    pub id: String,
    /// `person` or `company`.
    pub record_kind: String,
    pub kept_id: String,
    pub merged_id: String,
    pub choices: Choices,
    pub merged_at: Micros,
    /// The user, if it was one.
    pub merged_by: Option<String>,
    pub undone_at: Option<Micros>,
}

/// Something that was changed after the merge and stays as it is now, though the merge is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The table: `people`, `orders`, `tags` …
    pub table: String,
    pub record_id: String,
    /// The column; empty for a whole row.
    pub field: String,
    pub message: String,
}

const COLUMNS: &str =
    "id, record_kind, kept_id, merged_id, choices_json, merged_at, merged_by, undone_at, before_json";

/// One merge.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Merge> {
    let sql = format!("SELECT {COLUMNS} FROM merges WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("merge", id))
}

/// A page of merges from the newest to the oldest, before the merge `before` if one is given.
pub fn list(snapshot: &mut Snapshot<'_>, before: Option<&str>, limit: usize) -> Result<Vec<Merge>> {
    let sql = format!("SELECT {COLUMNS} FROM merges WHERE id < $1 ORDER BY id DESC LIMIT $2");
    snapshot.query(&sql, &params![before.unwrap_or("~"), limit as i64], read)
}

/// The merges that stand and in which the record took part, the oldest first.
pub fn of_record(snapshot: &mut Snapshot<'_>, record_id: &str) -> Result<Vec<Merge>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM merges WHERE (kept_id = $1 OR merged_id = $1) AND undone_at IS NULL ORDER BY id"
    );
    snapshot.query(&sql, &params![record_id], read)
}

fn read(row: &Row<'_>) -> Result<Merge> {
    Ok(Merge {
        id: row.get(0)?,
        record_kind: row.get(1)?,
        kept_id: row.get(2)?,
        merged_id: row.get(3)?,
        choices: serde_json::from_str(row.text(4)?)?,
        merged_at: row.get(5)?,
        merged_by: row.get(6)?,
        undone_at: row.get(7)?,
    })
}

/// Runs `change` as a merge with an id of its own, and keeps what it did to the rows that `recorder` watches.
pub(crate) fn carry_out(
    tx: &mut Tx<'_>,
    kind: &str,
    (kept_id, merged_id): (&str, &str),
    choices: &Choices,
    change: impl FnOnce(&mut Tx<'_>) -> Result<()>,
) -> Result<String> {
    if kept_id == merged_id {
        return Err(Error::invalid("merged", "a record cannot be merged into itself"));
    }
    let (id, now) = (tx.new_id("mer"), tx.now());
    let by = if tx.by().kind == "user" { tx.by().id.clone() } else { None };
    let changes = recorded(tx, kind, &id, (kept_id, merged_id), change)?;
    tx.execute(
        "INSERT INTO merges (id, record_kind, kept_id, merged_id, choices_json, before_json, merged_at, merged_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &params![id, kind, kept_id, merged_id, serde_json::to_string(choices)?, changes, now, by],
    )?;
    Ok(id)
}

fn recorded(
    tx: &mut Tx<'_>,
    kind: &str,
    id: &str,
    (kept_id, merged_id): (&str, &str),
    change: impl FnOnce(&mut Tx<'_>) -> Result<()>,
) -> Result<String> {
    let recorder = Recorder::start(tx, kind, (kept_id, merged_id))?;
    let outer = tx.set_origin(Some(id.to_string()));
    let done = change(tx);
    tx.set_origin(outer);
    done?;
    recorder.finish(tx)
}

/// Takes a merge back; returns what was changed since and stays.
///
/// Later merges of the same records are taken back before and carried out again after, so that nothing of the record that
/// leaves stays in them.
///
/// **Errors** with [`Error::Conflict`] when it was taken back already.
pub fn unmerge(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Conflict>> {
    let merge = get(tx, id)?;
    if merge.undone_at.is_some() {
        return Err(Error::Conflict("the merge was taken back already".to_string()));
    }
    let later = later_merges(tx, &merge)?;
    let mut conflicts = Vec::new();
    for other in later.iter().rev() {
        conflicts.extend(take_back(tx, other)?);
    }
    conflicts.extend(take_back(tx, &merge)?);
    let now = tx.now();
    tx.execute("UPDATE merges SET undone_at = $2 WHERE id = $1", &params![id, now])?;
    for other in &later {
        let sides = (other.kept_id.as_str(), other.merged_id.as_str());
        let changes =
            recorded(tx, &other.record_kind, &other.id, sides, |tx| match other.record_kind.as_str() {
                people::KIND => people::perform(tx, sides, &other.choices),
                _ => companies::perform(tx, sides, &other.choices),
            })?;
        tx.execute("UPDATE merges SET before_json = $2 WHERE id = $1", &params![other.id, changes])?;
    }
    conflicts.dedup();
    Ok(conflicts)
}

/// Merges that stand, came after `merge` and build on its records, the oldest first.
fn later_merges(tx: &mut Tx<'_>, merge: &Merge) -> Result<Vec<Merge>> {
    let mut records = BTreeSet::new();
    let mut waiting = vec![merge.kept_id.clone(), merge.merged_id.clone()];
    let mut found: BTreeMap<String, Merge> = BTreeMap::new();
    while let Some(record_id) = waiting.pop() {
        if !records.insert(record_id.clone()) {
            continue;
        }
        for other in of_record(tx, &record_id)?.into_iter().filter(|other| other.id > merge.id) {
            waiting.extend([other.kept_id.clone(), other.merged_id.clone()]);
            found.insert(other.id.clone(), other);
        }
    }
    Ok(found.into_values().collect())
}

/// Puts back the rows of one merge and says of each of its events that it was taken back.
fn take_back(tx: &mut Tx<'_>, merge: &Merge) -> Result<Vec<Conflict>> {
    let changes: String =
        tx.one("SELECT before_json FROM merges WHERE id = $1", &params![merge.id], |row| row.get(0))?;
    let mut before = BTreeMap::new();
    for id in [&merge.kept_id, &merge.merged_id] {
        before.insert(id.clone(), record_json(tx, &merge.record_kind, id)?);
    }
    let conflicts = changes::put_back(tx, &changes)?;
    if merge.record_kind == people::KIND {
        let ids = [merge.kept_id.as_str(), merge.merged_id.as_str()];
        crate::orders::refresh_person_totals(tx, &ids)?;
        for id in ids {
            people::name_anew(tx, id)?;
        }
    }
    let outer = tx.set_origin(Some(merge.id.clone()));
    let done = say_undone(tx, &merge.id, &before);
    tx.set_origin(outer);
    done?;
    Ok(conflicts)
}

fn record_json(tx: &mut Tx<'_>, kind: &str, id: &str) -> Result<String> {
    Ok(match kind {
        people::KIND => serde_json::to_string(&people::get(tx, id)?)?,
        _ => serde_json::to_string(&companies::get(tx, id)?)?,
    })
}

/// Events asked for at once.
const EVENTS_AT_ONCE: usize = 500;

fn say_undone(tx: &mut Tx<'_>, origin: &str, before: &BTreeMap<String, String>) -> Result<()> {
    let mut all: Vec<Event> = Vec::new();
    loop {
        let oldest = all.last().map(|event| event.id.clone());
        let page = events::of_origin(tx, origin, oldest.as_deref(), EVENTS_AT_ONCE)?;
        let is_last = page.len() < EVENTS_AT_ONCE;
        all.extend(page);
        if is_last {
            break;
        }
    }
    let mut undone = HashSet::new();
    for event in &all {
        let after = event.after_json.as_deref().unwrap_or("{}");
        let after: serde_json::Value = serde_json::from_str(after)?;
        undone.extend(after["undone"].as_str().map(str::to_owned));
    }
    for event in all.iter().filter(|e| !e.verb.ends_with(".undone") && !undone.contains(&e.id)) {
        let image = before.get(&event.record_id).cloned();
        events::append_undone(tx, event, &event.subject_id, image)?;
    }
    Ok(())
}
