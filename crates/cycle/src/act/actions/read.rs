//! Reading actions.

use super::{Action, Expected, KIND, Kind, State};
use platform::store::{Row, Snapshot};
use platform::{Error, Result, params};

const COLUMNS: &str =
    "id, turn_id, insight_id, goal_id, kind, name, hypothesis, state, segment_id, audience_id, purpose,
    expected_per_person, expected_low, expected_high, expected_how, why_no_experiment, why_ended, approved_by,
    launched_at, ended_at, created_by, created_at, updated_at, version";

/// Actions of one insight or goal that are shown together.
const MOST_TOGETHER: i64 = 100;

/// Which actions are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    pub state: Option<State>,
    pub kind: Option<Kind>,
    pub turn_id: Option<String>,
    /// Only those before this one: the last of the page before.
    pub before: Option<String>,
    pub limit: i64,
}

/// One action.
///
/// **Errors** when there is none with this id.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Action> {
    find(snapshot, id)?.ok_or_else(|| Error::missing(KIND, id))
}

pub fn find(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Option<Action>> {
    snapshot.first(&format!("SELECT {COLUMNS} FROM actions WHERE id = $1"), &params![id], read)
}

/// A page of actions, the newest first; ids are in the order of time.
pub fn list(snapshot: &mut Snapshot<'_>, wanted: &List) -> Result<Vec<Action>> {
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM actions
             WHERE id < $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR turn_id = $4)
             ORDER BY id DESC LIMIT $5"
        ),
        &params![
            wanted.before.as_deref().unwrap_or("~"),
            wanted.state.map_or("", State::name),
            wanted.kind.map_or("", Kind::name),
            wanted.turn_id.as_deref().unwrap_or(""),
            wanted.limit
        ],
        read,
    )
}

/// How many actions are in each state.
pub fn counts(snapshot: &mut Snapshot<'_>) -> Result<Vec<(State, i64)>> {
    let rows =
        snapshot.query("SELECT state, count(*) FROM actions GROUP BY state ORDER BY state", &[], |row| {
            Ok((State::from_name(row.text(0)?), row.get::<i64>(1)?))
        })?;
    Ok(rows.into_iter().filter_map(|(state, n)| Some((state?, n))).collect())
}

/// The actions that answer an insight, the newest first.
pub fn of_insight(snapshot: &mut Snapshot<'_>, insight_id: &str) -> Result<Vec<Action>> {
    let sql = format!("SELECT {COLUMNS} FROM actions WHERE insight_id = $1 ORDER BY id DESC LIMIT $2");
    snapshot.query(&sql, &params![insight_id, MOST_TOGETHER], read)
}

/// The actions that serve a goal, the newest first.
pub fn of_goal(snapshot: &mut Snapshot<'_>, goal_id: &str) -> Result<Vec<Action>> {
    let sql = format!("SELECT {COLUMNS} FROM actions WHERE goal_id = $1 ORDER BY id DESC LIMIT $2");
    snapshot.query(&sql, &params![goal_id, MOST_TOGETHER], read)
}

/// The goals that an action can serve, and that of one which does: id and name, those that are due first.
pub fn goals_to_serve(snapshot: &mut Snapshot<'_>) -> Result<Vec<(String, String)>> {
    snapshot.query(
        "SELECT id, name FROM goals WHERE state IN ('draft','open') ORDER BY due_on NULLS LAST, id LIMIT $1",
        &params![MOST_TOGETHER],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The name of the goal that an action serves, if it serves one.
pub fn goal_name(snapshot: &mut Snapshot<'_>, action: &Action) -> Result<Option<String>> {
    let sql = "SELECT name FROM goals WHERE id = $1";
    snapshot.first(sql, &params![action.goal_id], |row| row.get(0))
}

fn read(row: &Row<'_>) -> Result<Action> {
    let unknown = |what: &str| Error::database(format!("unknown {what} of an action"));
    let expected = match row.get::<Option<f64>>(11)? {
        None => None,
        Some(per_person) => {
            let (low, high) = (row.get::<Option<f64>>(12)?, row.get::<Option<f64>>(13)?);
            Some(Expected { per_person, low, high })
        }
    };
    Ok(Action {
        id: row.get(0)?,
        turn_id: row.get(1)?,
        insight_id: row.get(2)?,
        goal_id: row.get(3)?,
        kind: Kind::from_name(row.text(4)?).ok_or_else(|| unknown("kind"))?,
        name: row.get(5)?,
        hypothesis: row.get(6)?,
        state: State::from_name(row.text(7)?).ok_or_else(|| unknown("state"))?,
        segment_id: row.get(8)?,
        audience_id: row.get(9)?,
        purpose: row.get(10)?,
        expected,
        expected_how: row.get(14)?,
        why_no_experiment: row.get(15)?,
        why_ended: row.get(16)?,
        approved_by: row.get(17)?,
        launched_at: row.get(18)?,
        ended_at: row.get(19)?,
        created_by: row.get(20)?,
        created_at: row.get(21)?,
        updated_at: row.get(22)?,
        version: row.get(23)?,
    })
}
