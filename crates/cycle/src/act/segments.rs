//! Segments: groups of people by a filter, with a name, that live as the data live.
//!
//! A segment holds conditions, not people: who belongs to it is asked when it is used. Every change makes a new version and
//! an event with the segment as it was. It sends nothing to anybody.

mod starters;

pub use starters::{Starter, count_starters, starters};

use platform::events::{self, Entry, Event, Standing};
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Problem, Result, params};
use records::filter::{self, Filter};
use records::people::{self, ListQuery, Page};
use records::values::fold::{fold, tidy};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "segment";

/// Segments that one workspace may have.
pub const MOST_SEGMENTS: i64 = 1_000;
/// Longest name in characters.
pub const NAME_LENGTH: usize = 120;
/// A live count goes no further; above it the answer is "more than".
pub const COUNT_UP_TO: i64 = 100_000;

/// A group of people by a filter. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub filter: Filter,
    /// Grows with every change.
    pub version: i64,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub deleted_at: Option<Micros>,
}

/// What somebody states about a segment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub name: String,
    pub description: Option<String>,
    pub filter: Filter,
}

/// **Errors** at `name` and at the path of a condition (`filter.all.2`).
pub fn create(tx: &mut Tx<'_>, input: &Input) -> Result<Segment> {
    let now = tx.now();
    let segment = Segment {
        id: tx.new_id("seg"),
        name: tidy(&input.name).into_owned(),
        description: description(input),
        filter: input.filter.clone(),
        version: 1,
        created_by: tx.by().id.clone(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    refuse(tx, &segment)?;
    let n = tx.one("SELECT count(*) FROM segments WHERE deleted_at IS NULL", &[], |row| row.get::<i64>(0))?;
    if n >= MOST_SEGMENTS {
        return Err(Error::invalid(
            "name",
            format!("there are {MOST_SEGMENTS} segments already; delete one first"),
        ));
    }
    insert(tx, &segment)?;
    log(tx, "segment.created", &segment, None)?;
    Ok(segment)
}

/// States the segment anew; `version` is the one that the editor saw.
///
/// **Errors** as [`create`], and with a conflict when somebody changed it since.
pub fn update(tx: &mut Tx<'_>, id: &str, version: i64, input: &Input) -> Result<Segment> {
    let before = get(tx, id)?;
    if before.version != version {
        return Err(Error::Conflict(format!(
            "segment {} was changed in the meantime (version {} now, {version} when you opened it); open it again",
            before.name, before.version
        )));
    }
    let segment = Segment {
        name: tidy(&input.name).into_owned(),
        description: description(input),
        filter: input.filter.clone(),
        version: before.version + 1,
        updated_at: tx.now(),
        ..before.clone()
    };
    if (&segment.name, &segment.description, &segment.filter)
        == (&before.name, &before.description, &before.filter)
    {
        return Ok(before);
    }
    refuse(tx, &segment)?;
    write(tx, &segment)?;
    log(tx, "segment.updated", &segment, Some(&before))?;
    Ok(segment)
}

/// Hides the segment; [`restore`] brings it back.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let before = get(tx, id)?;
    let now = tx.now();
    let segment =
        Segment { deleted_at: Some(now), updated_at: now, version: before.version + 1, ..before.clone() };
    write(tx, &segment)?;
    log(tx, "segment.deleted", &segment, Some(&before))
}

/// **Errors** at `name` when another segment has taken the name.
pub fn restore(tx: &mut Tx<'_>, id: &str) -> Result<Segment> {
    let before = any(tx, id)?;
    let segment =
        Segment { deleted_at: None, updated_at: tx.now(), version: before.version + 1, ..before.clone() };
    refuse(tx, &segment)?;
    write(tx, &segment)?;
    log(tx, "segment.restored", &segment, Some(&before))?;
    Ok(segment)
}

/// Takes back one event: the segment is as it was before, under a new version; a creation is hidden.
///
/// **Errors** with a conflict when somebody changed the segment after the event.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = any(tx, &event.record_id)?;
    match events::standing(tx, event, &now.id)? {
        Standing::Latest => {}
        Standing::Undone => return Err(Error::Conflict("this change was already taken back".to_string())),
        Standing::ChangedLater(later) => {
            return Err(Error::Conflict(format!(
                "segment {} was changed afterwards ({}); it is left as it is",
                now.name, later.verb
            )));
        }
    }
    let at = tx.now();
    let was = match &event.before_json {
        None => Segment { deleted_at: Some(at), ..now.clone() },
        Some(before) => serde_json::from_str(before)?,
    };
    let segment = Segment { version: now.version + 1, updated_at: at, ..was };
    if segment.deleted_at.is_none() {
        refuse(tx, &segment)?;
    }
    write(tx, &segment)?;
    events::append_undone(tx, event, &now.id, Some(serde_json::to_string(&now)?)).map(drop)
}

fn description(input: &Input) -> Option<String> {
    let text = input.description.as_deref().map(str::trim).unwrap_or_default();
    (!text.is_empty()).then(|| text.to_string())
}

fn refuse(tx: &mut Tx<'_>, segment: &Segment) -> Result<()> {
    let mut problems = Vec::new();
    let mut problem =
        |field: &str, message: String| problems.push(Problem { field: field.to_string(), message });
    if segment.name.is_empty() {
        problem("name", "a segment needs a name".to_string());
    } else if segment.name.chars().count() > NAME_LENGTH {
        problem("name", format!("a name has at most {NAME_LENGTH} characters"));
    } else if taken(tx, segment)? {
        problem("name", format!("there is already a segment called {}", segment.name));
    }
    match filter::condition(&segment.filter, tx.dialect(), tx.now()) {
        Ok(_) => {}
        Err(Error::Invalid(more)) => problems.extend(more),
        Err(other) => return Err(other),
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn taken(tx: &mut Tx<'_>, segment: &Segment) -> Result<bool> {
    let wanted = fold(&segment.name);
    let others = tx.query(
        "SELECT name FROM segments WHERE deleted_at IS NULL AND id <> $1",
        &params![segment.id],
        |row| row.get::<String>(0),
    )?;
    Ok(others.iter().any(|name| fold(name) == wanted))
}

fn insert(tx: &mut Tx<'_>, segment: &Segment) -> Result<()> {
    let filter = serde_json::to_string(&segment.filter)?;
    let s = segment;
    tx.execute(
        "INSERT INTO segments (id, name, description, filter_json, version, created_by, created_at, updated_at, deleted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &params![
            s.id, s.name, s.description, filter, s.version, s.created_by, s.created_at, s.updated_at, s.deleted_at
        ],
    )?;
    Ok(())
}

fn write(tx: &mut Tx<'_>, segment: &Segment) -> Result<()> {
    let filter = serde_json::to_string(&segment.filter)?;
    let s = segment;
    tx.execute(
        "UPDATE segments SET name = $2, description = $3, filter_json = $4, version = $5, updated_at = $6, deleted_at = $7
         WHERE id = $1",
        &params![s.id, s.name, s.description, filter, s.version, s.updated_at, s.deleted_at],
    )?;
    Ok(())
}

fn log(tx: &mut Tx<'_>, verb: &str, segment: &Segment, before: Option<&Segment>) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let id = segment.id.as_str();
    events::append(
        tx,
        Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after: None },
    )?;
    Ok(())
}

const COLUMNS: &str =
    "id, name, description, filter_json, version, created_by, created_at, updated_at, deleted_at";

/// The segment, if it is not deleted.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Segment> {
    let segment = any(snapshot, id)?;
    if segment.deleted_at.is_some() { Err(Error::missing(KIND, id)) } else { Ok(segment) }
}

fn any(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Segment> {
    let sql = format!("SELECT {COLUMNS} FROM segments WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

/// All segments by name; there are at most [`MOST_SEGMENTS`].
pub fn list(snapshot: &mut Snapshot<'_>) -> Result<Vec<Segment>> {
    let sql = format!("SELECT {COLUMNS} FROM segments WHERE deleted_at IS NULL ORDER BY name, id LIMIT $1");
    let mut found = snapshot.query(&sql, &params![MOST_SEGMENTS], read)?;
    found.sort_by_cached_key(|segment| (fold(&segment.name), segment.id.clone()));
    Ok(found)
}

/// How many people match now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveCount {
    pub n: i64,
    /// There are more than `n`: counting stopped there.
    pub is_more: bool,
}

/// Counts who matches, at most `at_most` of them ([`COUNT_UP_TO`] for a page).
///
/// **Errors** at the condition that cannot be read, so that a filter can be counted while it is being typed.
pub fn count(snapshot: &mut Snapshot<'_>, filter: &Filter, at_most: i64) -> Result<LiveCount> {
    let n = people::count_up_to(snapshot, filter, at_most.saturating_add(1))?;
    Ok(LiveCount { n: n.min(at_most), is_more: n > at_most })
}

/// One page of the people in the segment; the query's own filter narrows it further.
pub fn members(snapshot: &mut Snapshot<'_>, segment: &Segment, query: &ListQuery) -> Result<Page> {
    let filter = match &query.filter {
        Filter::All(parts) if parts.is_empty() => segment.filter.clone(),
        narrower => Filter::All(vec![segment.filter.clone(), narrower.clone()]),
    };
    people::list(snapshot, &ListQuery { filter, ..query.clone() })
}

/// The ids of all members, ascending.
pub fn ids(snapshot: &mut Snapshot<'_>, segment: &Segment) -> Result<Vec<String>> {
    people::matching_ids(snapshot, &segment.filter)
}

/// The segments to which one person belongs now.
pub fn of_person(snapshot: &mut Snapshot<'_>, person_id: &str) -> Result<Vec<Segment>> {
    let mut found = Vec::new();
    for segment in list(snapshot)? {
        let mut condition = filter::condition(&segment.filter, snapshot.dialect(), snapshot.now())?;
        let place = condition.place(platform::Param::Text(person_id.to_string().into()));
        let sql = format!("SELECT 1 FROM people WHERE id = {place} AND {}", condition.text);
        if snapshot.first(&sql, &condition.params, |row| row.get::<i64>(0))?.is_some() {
            found.push(segment);
        }
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Segment> {
    Ok(Segment {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        filter: serde_json::from_str(row.text(3)?)?,
        version: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        deleted_at: row.get(8)?,
    })
}
