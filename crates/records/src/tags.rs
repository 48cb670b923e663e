//! Tags: words that people of the firm put on any record.
//!
//! Two spellings that fold to the same key are one tag. There is no list of allowed tags; what was used before is
//! offered while typing.

use crate::image::{self, Shape, after_prefix, places};
use crate::reference;
use crate::values::fold::{fold, tidy};
use platform::events::{self, Entry, Event};
use platform::{Error, Param, Result, Snapshot, Tx, params};
use std::borrow::Cow;
use std::collections::HashMap;

pub const KIND: &str = "tag";

/// A tag that is in use, and on how many records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    pub name: String,
    pub name_key: String,
    pub n_records: i64,
}

pub(crate) const SHAPE: Shape =
    Shape { table: "tags", subject: "record_id", columns: &["record_id", "name_key", "name", "created_at"] };

/// Longest tag in characters.
const NAME_CHARS: usize = 60;
/// Tags that one record may have.
const TAGS_PER_RECORD: usize = 100;
/// Records whose tags are asked for or renamed in one statement.
const RECORDS_AT_ONCE: usize = 100;

/// The key by which a tag is compared.
pub fn name_key(name: &str) -> String {
    let folded = fold(name);
    if folded.is_empty() { tidy(name).to_lowercase() } else { folded }
}

/// Puts a tag on a record; false when it was there already.
///
/// **Errors** at `tag` or `record_id`.
pub fn add(tx: &mut Tx<'_>, record_id: &str, name: &str) -> Result<bool> {
    let (name, key) = checked(name)?;
    reference::existing(tx, record_id)?;
    let there = of_record(tx, record_id)?;
    if there.iter().any(|tag| name_key(tag) == key) {
        return Ok(false);
    }
    if there.len() >= TAGS_PER_RECORD {
        return Err(Error::invalid("tag", format!("a record has at most {TAGS_PER_RECORD} tags")));
    }
    put(tx, record_id, &name, &key)?;
    Ok(true)
}

/// Takes a tag off a record; false when it was not there.
pub fn remove(tx: &mut Tx<'_>, record_id: &str, name: &str) -> Result<bool> {
    take(tx, record_id, &name_key(name))
}

/// Gives a tag another name on all records that have it; returns how many. Where both were, one is left.
///
/// **Errors** at `tag` when the new name is none.
pub fn rename(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<usize> {
    let (to, to_key) = checked(to)?;
    let from_key = name_key(from);
    let mut n_records = 0;
    let mut after = String::new();
    loop {
        let records = records_with(tx, from, &after, RECORDS_AT_ONCE)?;
        let Some(last) = records.last() else { return Ok(n_records) };
        for record_id in &records {
            take(tx, record_id, &from_key)?;
            if row(tx, record_id, &to_key)?.is_none() {
                put(tx, record_id, &to, &to_key)?;
            }
        }
        n_records += records.len();
        after.clone_from(last);
    }
}

/// Puts the tags of `from` on `to` as well, as merging two records does; returns how many were new there.
pub fn adopt(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<usize> {
    let mut n_new = 0;
    for name in of_record(tx, from)? {
        n_new += usize::from(add(tx, to, &name)?);
    }
    Ok(n_new)
}

/// The tags of a record, by key.
pub fn of_record(snapshot: &mut Snapshot<'_>, record_id: &str) -> Result<Vec<String>> {
    snapshot.query(
        "SELECT name FROM tags WHERE record_id = $1 ORDER BY name_key",
        &params![record_id],
        |row| row.get(0),
    )
}

/// The tags of many records, as a list needs them; records without tags are left out.
pub fn of_records(snapshot: &mut Snapshot<'_>, record_ids: &[&str]) -> Result<HashMap<String, Vec<String>>> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for chunk in record_ids.chunks(RECORDS_AT_ONCE) {
        let sql = format!(
            "SELECT record_id, name FROM tags WHERE record_id IN ({}) ORDER BY record_id, name_key",
            places(chunk.len())
        );
        let ids: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(Cow::Borrowed(id))).collect();
        snapshot.each(&sql, &ids, |row| {
            found.entry(row.get(0)?).or_default().push(row.get(1)?);
            Ok(())
        })?;
    }
    Ok(found)
}

/// A page of the records that have a tag, by id, after the record `after`.
pub fn records_with(
    snapshot: &mut Snapshot<'_>,
    name: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<String>> {
    snapshot.query(
        "SELECT record_id FROM tags WHERE name_key = $1 AND record_id > $2 ORDER BY record_id LIMIT $3",
        &params![name_key(name), after, limit as i64],
        |row| row.get(0),
    )
}

/// The tags in use that begin with `typed`, by key; all of them when nothing is typed.
pub fn beginning_with(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Result<Vec<Used>> {
    let key = name_key(typed);
    snapshot.query(
        "SELECT min(name), name_key, count(*) FROM tags WHERE name_key >= $1 AND name_key < $2
         GROUP BY name_key ORDER BY name_key LIMIT $3",
        &params![key, after_prefix(&key), limit as i64],
        |row| Ok(Used { name: row.get(0)?, name_key: row.get(1)?, n_records: row.get(2)? }),
    )
}

/// Puts a tag back on its record, or takes it off, as it was before `event`.
///
/// **Errors** with [`Error::Conflict`] when the tag was put on or taken off later.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let (record_id, key) = event.record_id.split_once(':').unwrap_or((&event.record_id, ""));
    image::undo_row(tx, event, &SHAPE, ("record_id = $1 AND name_key = $2", &params![record_id, key]), |_| {
        format!("tag {key} of {record_id}")
    })
}

fn checked(name: &str) -> Result<(String, String)> {
    let tidied = tidy(name);
    if tidied.is_empty() {
        return Err(Error::invalid("tag", "a tag needs a name"));
    }
    if tidied.chars().count() > NAME_CHARS {
        return Err(Error::invalid("tag", format!("a tag has at most {NAME_CHARS} characters")));
    }
    let key = name_key(&tidied);
    Ok((tidied.into_owned(), key))
}

fn row(tx: &mut Tx<'_>, record_id: &str, key: &str) -> Result<Option<image::Image>> {
    image::row(tx, &SHAPE, "record_id = $1 AND name_key = $2", &params![record_id, key])
}

fn put(tx: &mut Tx<'_>, record_id: &str, name: &str, key: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO tags (record_id, name_key, name, created_at) VALUES ($1, $2, $3, $4)",
        &params![record_id, key, name, now],
    )?;
    log(tx, "tag.added", record_id, (name, key), None)
}

fn take(tx: &mut Tx<'_>, record_id: &str, key: &str) -> Result<bool> {
    let Some(before) = row(tx, record_id, key)? else { return Ok(false) };
    let name = image::text(&before, "name").unwrap_or_default().to_string();
    tx.execute("DELETE FROM tags WHERE record_id = $1 AND name_key = $2", &params![record_id, key])?;
    log(tx, "tag.removed", record_id, (&name, key), Some(image::to_json(before)))?;
    Ok(true)
}

fn log(
    tx: &mut Tx<'_>,
    verb: &str,
    record_id: &str,
    (name, key): (&str, &str),
    before: Option<String>,
) -> Result<()> {
    let entry = Entry {
        verb,
        record_kind: KIND,
        record_id: &format!("{record_id}:{key}"),
        subject_id: record_id,
        before,
        after: Some(serde_json::json!({ "name": name }).to_string()),
    };
    events::append(tx, entry).map(drop)
}
