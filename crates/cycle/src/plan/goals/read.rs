//! Goals as they are found: one, those of a turn, those in a state.

use super::{Goal, KIND, State};
use crate::calendar::Day;
use crate::plan::metrics::MetricRef;
use crate::plan::periods::Cadence;
use platform::events::{self, Event};
use platform::store::{Row, Snapshot};
use platform::{Error, Result, params};

/// Goals in one list.
const MOST_LISTED: i64 = 500;

const COLUMNS: &str = "id, turn_id, insight_id, name, metric_key, metric_version, period, segment_id, audience_id, baseline,
    baseline_series_json, target, due_on, owner_id, guardrails_json, sources_json, state, verdict_json, opened_at,
    created_by, created_at, updated_at, version";

/// Which goals are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum List {
    /// Drafts, open goals and those that were judged; without those that were dropped.
    #[default]
    Standing,
    Of(State),
}

/// The goal with this id.
///
/// **Errors** when there is none.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Goal> {
    let sql = format!("SELECT {COLUMNS} FROM goals WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

/// Goals, open ones first, then drafts, then what is over; within these by due date.
pub fn list(snapshot: &mut Snapshot<'_>, wanted: List) -> Result<Vec<Goal>> {
    let (condition, state) = match wanted {
        List::Standing => ("state <> $1", State::Dropped),
        List::Of(state) => ("state = $1", state),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM goals WHERE {condition}
         ORDER BY CASE state WHEN 'open' THEN 0 WHEN 'draft' THEN 1 ELSE 2 END, due_on NULLS LAST, id LIMIT $2"
    );
    snapshot.query(&sql, &params![state.name(), MOST_LISTED], read)
}

/// The goals of a turn, in the order in which they were made; without those that were dropped.
pub fn of_turn(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Vec<Goal>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM goals WHERE turn_id = $1 AND state <> 'dropped' ORDER BY turn_id, id LIMIT $2"
    );
    snapshot.query(&sql, &params![turn_id, MOST_LISTED], read)
}

/// The goals that answer an insight.
pub fn of_insight(snapshot: &mut Snapshot<'_>, insight_id: &str) -> Result<Vec<Goal>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM goals WHERE insight_id = $1 AND state <> 'dropped' ORDER BY id LIMIT $2"
    );
    snapshot.query(&sql, &params![insight_id, MOST_LISTED], read)
}

/// What happened to a goal, the newest first.
pub fn history(snapshot: &mut Snapshot<'_>, id: &str, limit: usize) -> Result<Vec<Event>> {
    events::timeline(snapshot, id, None, limit)
}

fn read(row: &Row<'_>) -> Result<Goal> {
    let unknown = |what: &str, value: &str| Error::database(format!("“{value}” is no {what} of a goal"));
    let metric = match (row.get::<Option<String>>(4)?, row.get::<Option<i64>>(5)?) {
        (Some(key), Some(version)) => Some(MetricRef { key, version }),
        _ => None,
    };
    let baseline = match row.get::<Option<f64>>(9)? {
        None => None,
        Some(_) => Some(serde_json::from_str(row.text(10)?)?),
    };
    let verdict = match row.text(17)? {
        "" => None,
        text => Some(serde_json::from_str(text)?),
    };
    Ok(Goal {
        id: row.get(0)?,
        turn_id: row.get(1)?,
        insight_id: row.get(2)?,
        name: row.get(3)?,
        metric,
        period: Cadence::parse(row.text(6)?)
            .ok_or_else(|| unknown("period", row.text(6).unwrap_or_default()))?,
        segment_id: row.get(7)?,
        audience_id: row.get(8)?,
        baseline,
        target: row.get(11)?,
        due_on: row.get::<Option<String>>(12)?.map(|day| Day::parse(&day)).transpose()?,
        owner_id: row.get(13)?,
        guardrails: serde_json::from_str(row.text(14)?)?,
        sources: serde_json::from_str(row.text(15)?)?,
        state: State::parse(row.text(16)?)
            .ok_or_else(|| unknown("state", row.text(16).unwrap_or_default()))?,
        verdict,
        opened_at: row.get(18)?,
        created_by: row.get(19)?,
        created_at: row.get(20)?,
        updated_at: row.get(21)?,
        version: row.get(22)?,
    })
}
