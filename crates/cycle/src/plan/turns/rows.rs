//! Turns in the database: reading and writing.

use super::{Cadence, State, Turn};
use crate::calendar::Day;
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use records::values::fold::fold;
use serde::{Deserialize, Serialize};

/// Turns in one list.
pub const MOST_LISTED: usize = 500;

const COLUMNS: &str = "id, name, cadence, starts_on, ends_on, state, champion_id, previous_turn_id, vocabulary,
    business_need, customer_need, opened_at, closed_at, created_by, created_at, updated_at, deleted_at, version";

/// The turn that is running or being closed.
pub fn current(snapshot: &mut Snapshot<'_>) -> Result<Option<Turn>> {
    let sql = format!("SELECT {COLUMNS} FROM turns WHERE is_open = 1");
    snapshot.first(&sql, &[], read)
}

/// The turn that was planned and begins next.
pub fn next_planned(snapshot: &mut Snapshot<'_>) -> Result<Option<Turn>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM turns WHERE state = 'planned' AND deleted_at IS NULL ORDER BY starts_on, id LIMIT 1"
    );
    snapshot.first(&sql, &[], read)
}

/// The turn that was closed last.
pub fn newest_closed(snapshot: &mut Snapshot<'_>) -> Result<Option<Turn>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM turns WHERE state = 'closed' AND deleted_at IS NULL
         ORDER BY starts_on DESC, id DESC LIMIT 1"
    );
    snapshot.first(&sql, &[], read)
}

/// The turn, if it is not deleted.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Turn> {
    let turn = any(snapshot, id)?;
    if turn.deleted_at.is_some() { Err(Error::missing(super::KIND, id)) } else { Ok(turn) }
}

pub(super) fn any(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Turn> {
    let sql = format!("SELECT {COLUMNS} FROM turns WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(super::KIND, id))
}

/// The turns, the latest first; at most [`MOST_LISTED`].
pub fn list(snapshot: &mut Snapshot<'_>, limit: usize) -> Result<Vec<Turn>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM turns WHERE deleted_at IS NULL ORDER BY starts_on DESC, id DESC LIMIT $1"
    );
    snapshot.query(&sql, &params![limit.min(MOST_LISTED) as i64], read)
}

pub(super) fn taken(tx: &mut Tx<'_>, turn: &Turn) -> Result<bool> {
    let wanted = fold(&turn.name);
    Ok(list(tx, MOST_LISTED)?.iter().any(|other| other.id != turn.id && fold(&other.name) == wanted))
}

pub(super) fn write(tx: &mut Tx<'_>, turn: &Turn) -> Result<()> {
    let t = turn;
    let is_open = t.state.is_open() && t.deleted_at.is_none();
    let (starts_on, ends_on) = (t.starts_on.to_string(), t.ends_on.to_string());
    tx.execute(
        "INSERT INTO turns (id, name, cadence, starts_on, ends_on, state, champion_id, previous_turn_id, vocabulary,
           business_need, customer_need, opened_at, closed_at, created_by, created_at, updated_at, deleted_at, version,
           is_open)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, cadence = excluded.cadence,
           starts_on = excluded.starts_on, ends_on = excluded.ends_on, state = excluded.state,
           champion_id = excluded.champion_id, previous_turn_id = excluded.previous_turn_id,
           vocabulary = excluded.vocabulary, business_need = excluded.business_need,
           customer_need = excluded.customer_need, opened_at = excluded.opened_at, closed_at = excluded.closed_at,
           updated_at = excluded.updated_at, deleted_at = excluded.deleted_at, version = excluded.version,
           is_open = excluded.is_open",
        &params![
            t.id,
            t.name,
            t.cadence.name(),
            starts_on,
            ends_on,
            t.state.name(),
            t.champion_id,
            t.previous_turn_id,
            t.vocabulary,
            t.business_need,
            t.customer_need,
            t.opened_at,
            t.closed_at,
            t.created_by,
            t.created_at,
            t.updated_at,
            t.deleted_at,
            t.version,
            is_open
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Turn> {
    Ok(Turn {
        id: row.get(0)?,
        name: row.get(1)?,
        cadence: Cadence::parse(row.text(2)?)
            .ok_or_else(|| Error::database("a turn has no known cadence"))?,
        starts_on: Day::parse(row.text(3)?)?,
        ends_on: Day::parse(row.text(4)?)?,
        state: State::read(row.text(5)?)?,
        champion_id: row.get(6)?,
        previous_turn_id: row.get(7)?,
        vocabulary: row.get(8)?,
        business_need: row.get(9)?,
        customer_need: row.get(10)?,
        opened_at: row.get(11)?,
        closed_at: row.get(12)?,
        created_by: row.get(13)?,
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
        deleted_at: row.get(16)?,
        version: row.get(17)?,
    })
}

/// A condition of a gate that somebody let pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiver {
    pub condition: String,
    pub note: String,
    pub by: Option<String>,
    pub at: Micros,
}

/// What was waived in a turn; there are no more than conditions.
pub fn waivers(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Vec<Waiver>> {
    snapshot.query(
        "SELECT condition_key, note, waived_by, waived_at FROM turn_waivers WHERE turn_id = $1 ORDER BY condition_key",
        &params![turn_id],
        |row| Ok(Waiver { condition: row.get(0)?, note: row.get(1)?, by: row.get(2)?, at: row.get(3)? }),
    )
}

/// Keeps a waiver; None takes it away.
pub(super) fn write_waiver(
    tx: &mut Tx<'_>,
    turn_id: &str,
    condition: &str,
    waiver: Option<&Waiver>,
) -> Result<()> {
    match waiver {
        Some(waiver) => tx.execute(
            "INSERT INTO turn_waivers (turn_id, condition_key, note, waived_by, waived_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (turn_id, condition_key) DO UPDATE
               SET note = excluded.note, waived_by = excluded.waived_by, waived_at = excluded.waived_at",
            &params![turn_id, condition, waiver.note, waiver.by, waiver.at],
        )?,
        None => tx.execute(
            "DELETE FROM turn_waivers WHERE turn_id = $1 AND condition_key = $2",
            &params![turn_id, condition],
        )?,
    };
    Ok(())
}
