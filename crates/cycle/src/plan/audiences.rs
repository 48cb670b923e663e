//! Audiences: who belonged to a segment when somebody took note of it.
//!
//! A segment lives as the data live; what a goal is about, and whom an experiment was done with, must not.

use platform::events::{self, Entry};
use platform::store::{Param, Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use records::filter::{self, Filter};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "audience";

/// People of a segment at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audience {
    pub id: String,
    /// None where it was made from a filter alone.
    pub segment_id: Option<String>,
    pub segment_version: Option<i64>,
    /// What the segment asked for then.
    pub filter: Filter,
    pub taken_at: Micros,
    pub n_people: i64,
}

/// Takes note of who belongs to a segment now.
///
/// **Errors** when there is no such segment; at `segment` when nobody belongs to it.
pub fn snapshot(tx: &mut Tx<'_>, segment_id: &str) -> Result<Audience> {
    let (filter, version) = segment(tx, segment_id)?;
    take(tx, Some((segment_id, version)), filter)
}

/// Takes note of who matches a filter now.
///
/// **Errors** at the condition that cannot be read; at `segment` when nobody matches.
pub fn snapshot_of_filter(tx: &mut Tx<'_>, filter: &Filter) -> Result<Audience> {
    take(tx, None, filter.clone())
}

fn take(tx: &mut Tx<'_>, segment: Option<(&str, i64)>, filter: Filter) -> Result<Audience> {
    let mut audience = Audience {
        id: tx.new_id("aud"),
        segment_id: segment.map(|segment| segment.0.to_string()),
        segment_version: segment.map(|segment| segment.1),
        filter,
        taken_at: tx.now(),
        n_people: 0,
    };
    let mut condition = filter::condition(&audience.filter, tx.dialect(), tx.now())?;
    let place = condition.place(Param::Text(audience.id.clone().into()));
    let n = tx.execute(
        &format!(
            "INSERT INTO audience_people (audience_id, person_id)
             SELECT CAST({place} AS TEXT), id FROM people WHERE {} ORDER BY id",
            condition.text
        ),
        &condition.params,
    )?;
    if n == 0 {
        return Err(Error::invalid(
            "segment",
            "nobody belongs to this segment now; choose another, or widen it",
        ));
    }
    audience.n_people = i64::try_from(n).unwrap_or(i64::MAX);
    let a = &audience;
    let asked_for = serde_json::to_string(&a.filter)?;
    tx.execute(
        "INSERT INTO audiences (id, segment_id, segment_version, filter_json, taken_at, n_people)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &params![a.id, a.segment_id, a.segment_version, asked_for, a.taken_at, a.n_people],
    )?;
    let entry = Entry {
        verb: "audience.taken",
        record_kind: KIND,
        record_id: &a.id,
        subject_id: a.segment_id.as_deref().unwrap_or(&a.id),
        before: None,
        after: Some(serde_json::json!({ "n_people": a.n_people }).to_string()),
    };
    events::append(tx, entry)?;
    Ok(audience)
}

/// What a segment asks for, and its version. Segments are made by a later stage; plan reads only their row.
pub fn segment(snapshot: &mut Snapshot<'_>, id: &str) -> Result<(Filter, i64)> {
    let found = snapshot.first(
        "SELECT filter_json, version FROM segments WHERE id = $1 AND deleted_at IS NULL",
        &params![id],
        |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
    )?;
    let (filter, version) = found.ok_or_else(|| Error::missing("segment", id))?;
    Ok((serde_json::from_str(&filter)?, version))
}

/// The audience with this id.
///
/// **Errors** when there is none.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Audience> {
    let sql = "SELECT id, segment_id, segment_version, filter_json, taken_at, n_people FROM audiences WHERE id = $1";
    snapshot.first(sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

/// The next people of an audience in the order of their ids, behind the id `after`.
pub fn people(snapshot: &mut Snapshot<'_>, id: &str, after: &str, limit: usize) -> Result<Vec<String>> {
    snapshot.query(
        "SELECT person_id FROM audience_people WHERE audience_id = $1 AND person_id > $2
         ORDER BY audience_id, person_id LIMIT $3",
        &params![id, after, limit as i64],
        |row| row.get(0),
    )
}

fn read(row: &Row<'_>) -> Result<Audience> {
    Ok(Audience {
        id: row.get(0)?,
        segment_id: row.get(1)?,
        segment_version: row.get(2)?,
        filter: serde_json::from_str(row.text(3)?)?,
        taken_at: row.get(4)?,
        n_people: row.get(5)?,
    })
}
