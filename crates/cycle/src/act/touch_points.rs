//! Changes at touch points: what changed where and when, so that whoever reads a figure later knows.
//!
//! Rondel does not make the change; it is recorded. A change may be an action with an experiment (then somebody else shows
//! it to the treated only, by the exported list), or stand alone.

use super::actions::Action;
use crate::calendar::Day;
use platform::events::{self, Entry};
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Problem, Result, params};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "touch_point";
/// Longest place in characters, and longest description in bytes.
const PLACE_LENGTH: usize = 120;
const LONGEST_TEXT: usize = 10_000;

/// A change that customers meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TouchPoint {
    pub id: String,
    pub action_id: Option<String>,
    /// Where: website, shop, invoice, telephone …
    pub place: String,
    pub what: String,
    /// Who meets it; None is everybody.
    pub segment_id: Option<String>,
    pub changed_on: Day,
    pub ended_on: Option<Day>,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub version: i64,
}

/// What somebody states about a change. An empty day is today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    pub place: String,
    pub what: String,
    pub changed_on: String,
}

/// Records a change that is no action of its own.
///
/// **Errors** at `place`, `what`, `changed_on` (later than today) and `segment`.
pub fn record(tx: &mut Tx<'_>, input: &Input, segment_id: Option<&str>) -> Result<TouchPoint> {
    let mut problems = problems(input);
    if let Some(id) = segment_id
        && super::segments::get(tx, id).is_err()
    {
        problems.push(Problem { field: "segment".into(), message: "there is no such segment".into() });
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let day = day(input, Day::of(tx.now()))?;
    if day > Day::of(tx.now()) {
        return Err(Error::invalid("changed_on", "that day has not come; record the change when it is made"));
    }
    let point = new(tx, None, input, segment_id.map(str::to_string), day);
    insert(tx, &point)?;
    Ok(point)
}

/// Says that a change was taken back today.
///
/// **Errors** with a conflict when it was already.
pub fn end(tx: &mut Tx<'_>, id: &str) -> Result<TouchPoint> {
    let before = get(tx, id)?;
    if before.ended_on.is_some() {
        return Err(Error::Conflict("the change was taken back already".into()));
    }
    let today = Day::of(tx.now());
    ended(tx, &before, today)
}

/// A page of changes, the newest first, from before the id `before` on.
pub fn list(snapshot: &mut Snapshot<'_>, before: Option<&str>, limit: i64) -> Result<Vec<TouchPoint>> {
    let sql = format!("SELECT {COLUMNS} FROM touch_points WHERE id < $1 ORDER BY id DESC LIMIT $2");
    snapshot.query(&sql, &params![before.unwrap_or("~"), limit], read)
}

/// The changes that customers met between two days, for whoever reads a figure of that time; at most `limit`.
pub fn between(snapshot: &mut Snapshot<'_>, from: Day, to: Day, limit: i64) -> Result<Vec<TouchPoint>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM touch_points WHERE changed_on <= $2 AND (ended_on IS NULL OR ended_on >= $1)
         ORDER BY changed_on DESC, id DESC LIMIT $3"
    );
    snapshot.query(&sql, &params![from.to_string(), to.to_string(), limit], read)
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<TouchPoint> {
    let sql = format!("SELECT {COLUMNS} FROM touch_points WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

pub fn of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Option<TouchPoint>> {
    let sql = format!("SELECT {COLUMNS} FROM touch_points WHERE action_id = $1");
    snapshot.first(&sql, &params![action_id], read)
}

/// What speaks against a change, at `place`, `what` and `changed_on`.
pub(super) fn problems(input: &Input) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut problem =
        |field: &str, message: &str| found.push(Problem { field: field.into(), message: message.into() });
    match input.place.trim().chars().count() {
        0 => problem("place", "say where it changed: website, shop, invoice, telephone …"),
        n if n > PLACE_LENGTH => problem("place", "at most 120 characters"),
        _ => {}
    }
    match input.what.trim().len() {
        0 => problem("what", "say what changed, so that somebody else understands it in a year"),
        n if n > LONGEST_TEXT => problem("what", "at most 10,000 letters are kept"),
        _ => {}
    }
    let typed = input.changed_on.trim();
    if !typed.is_empty() && Day::parse(typed).is_err() {
        problem("changed_on", "write a date such as 2026-01-31");
    }
    found
}

/// Keeps the draft of an action's change.
pub(super) fn of_draft(tx: &mut Tx<'_>, action: &Action, input: &Input) -> Result<()> {
    let day = day(input, Day::of(tx.now()))?;
    match of_action(tx, &action.id)? {
        None => {
            let point = new(tx, Some(&action.id), input, action.segment_id.clone(), day);
            insert(tx, &point)
        }
        Some(before) => {
            let point = TouchPoint {
                place: input.place.trim().to_string(),
                what: input.what.trim().to_string(),
                segment_id: action.segment_id.clone(),
                changed_on: day,
                updated_at: tx.now(),
                version: before.version + 1,
                ..before.clone()
            };
            write(tx, &point, "touch_point.updated", &before)
        }
    }
}

/// The change stands from the day of the launch, where a later one was not stated.
pub(super) fn begun(tx: &mut Tx<'_>, action: &Action) -> Result<()> {
    let Some(before) = of_action(tx, &action.id)? else { return Ok(()) };
    let today = Day::of(tx.now());
    let point = TouchPoint {
        changed_on: before.changed_on.max(today),
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &point, "touch_point.began", &before)
}

pub(super) fn closed(tx: &mut Tx<'_>, action: &Action) -> Result<()> {
    match of_action(tx, &action.id)? {
        Some(before) if before.ended_on.is_none() && action.why_ended.is_some() => {
            let today = Day::of(tx.now());
            ended(tx, &before, today).map(drop)
        }
        _ => Ok(()),
    }
}

fn ended(tx: &mut Tx<'_>, before: &TouchPoint, today: Day) -> Result<TouchPoint> {
    let point = TouchPoint {
        ended_on: Some(today),
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &point, "touch_point.ended", before)?;
    Ok(point)
}

fn day(input: &Input, today: Day) -> Result<Day> {
    match input.changed_on.trim() {
        "" => Ok(today),
        text => Day::parse(text).map_err(|_| Error::invalid("changed_on", "write a date such as 2026-01-31")),
    }
}

fn new(
    tx: &mut Tx<'_>,
    action_id: Option<&str>,
    input: &Input,
    segment_id: Option<String>,
    changed_on: Day,
) -> TouchPoint {
    let now = tx.now();
    TouchPoint {
        id: tx.new_id("tch"),
        action_id: action_id.map(str::to_string),
        place: input.place.trim().to_string(),
        what: input.what.trim().to_string(),
        segment_id,
        changed_on,
        ended_on: None,
        created_by: tx.by().id.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

const COLUMNS: &str = "id, action_id, place, what, segment_id, changed_on, ended_on, created_by, created_at, updated_at, version";

fn insert(tx: &mut Tx<'_>, point: &TouchPoint) -> Result<()> {
    let p = point;
    tx.execute(
        "INSERT INTO touch_points (id, action_id, place, what, segment_id, changed_on, ended_on, created_by, created_at,
           updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &params![
            p.id,
            p.action_id,
            p.place,
            p.what,
            p.segment_id,
            p.changed_on.to_string(),
            p.ended_on.map(|day| day.to_string()),
            p.created_by,
            p.created_at,
            p.updated_at,
            p.version
        ],
    )?;
    log(tx, "touch_point.recorded", point, None)
}

fn write(tx: &mut Tx<'_>, point: &TouchPoint, verb: &str, before: &TouchPoint) -> Result<()> {
    let p = point;
    tx.execute(
        "UPDATE touch_points SET place = $2, what = $3, segment_id = $4, changed_on = $5, ended_on = $6, updated_at = $7,
           version = $8
         WHERE id = $1",
        &params![
            p.id,
            p.place,
            p.what,
            p.segment_id,
            p.changed_on.to_string(),
            p.ended_on.map(|day| day.to_string()),
            p.updated_at,
            p.version
        ],
    )?;
    log(tx, verb, point, Some(before))
}

fn log(tx: &mut Tx<'_>, verb: &str, point: &TouchPoint, before: Option<&TouchPoint>) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let subject_id = point.action_id.as_deref().unwrap_or(&point.id);
    let entry = Entry { verb, record_kind: KIND, record_id: &point.id, subject_id, before, after: None };
    events::append(tx, entry).map(drop)
}

fn read(row: &Row<'_>) -> Result<TouchPoint> {
    let ended_on = match row.text(6)? {
        "" => None,
        day => Some(Day::parse(day)?),
    };
    Ok(TouchPoint {
        id: row.get(0)?,
        action_id: row.get(1)?,
        place: row.get(2)?,
        what: row.get(3)?,
        segment_id: row.get(4)?,
        changed_on: Day::parse(row.text(5)?)?,
        ended_on,
        created_by: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        version: row.get(10)?,
    })
}
