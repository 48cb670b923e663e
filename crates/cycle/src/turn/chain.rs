//! The chain of records of one turn, as far as it has come: goals, actions, experiments, effects.
//!
//! It is read for pages, gates and the report; nothing is decided here.

use crate::calendar::Day;
use crate::measure::effects;
use crate::plan::metrics::{Direction, Unit};
use crate::plan::periods::Cadence;
use platform::store::{Row, Snapshot};
use platform::{Micros, Result, params};
use serde::{Deserialize, Serialize};

/// Records of each kind that are read for one turn.
const MOST: i64 = 500;

/// A goal as the turn sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    pub id: String,
    pub name: String,
    /// `draft`, `open`, `met`, `missed`, `cannot_tell` or `dropped`.
    pub state: String,
    pub metric_key: Option<String>,
    pub metric_version: Option<i64>,
    pub metric_name: Option<String>,
    /// The newest version of the metric: another than the goal's where its definition changed since.
    pub newest_version: Option<i64>,
    pub unit: Option<Unit>,
    pub direction: Option<Direction>,
    pub baseline: Option<f64>,
    pub baseline_low: Option<f64>,
    pub baseline_high: Option<f64>,
    pub target: Option<f64>,
    pub due_on: Option<Day>,
    /// How long a stretch the metric is measured over.
    pub cadence: Cadence,
    pub segment_id: Option<String>,
    pub audience_id: Option<String>,
    pub owner_id: Option<String>,
    pub verdict: Option<serde_json::Value>,
}

impl Goal {
    pub fn has_verdict(&self) -> bool {
        matches!(self.state.as_str(), "met" | "missed" | "cannot_tell")
    }

    pub fn is_dropped(&self) -> bool {
        self.state == "dropped"
    }

    /// Whether the metric's definition changed after the goal was set.
    pub fn metric_changed(&self) -> bool {
        matches!((self.metric_version, self.newest_version), (Some(own), Some(newest)) if newest > own)
    }
}

/// An action of the turn with its experiment and what was measured last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub purpose: String,
    pub goal_id: Option<String>,
    pub insight_id: Option<String>,
    pub why_no_experiment: Option<String>,
    pub launched_at: Option<Micros>,
    pub ended_at: Option<Micros>,
    pub experiment: Option<Experiment>,
}

impl Action {
    pub fn was_launched(&self) -> bool {
        self.launched_at.is_some()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    pub id: String,
    pub name: String,
    pub state: String,
    pub metric_key: String,
    pub n_people: i64,
    pub launched_at: Option<Micros>,
    pub ends_at: Option<Micros>,
}

/// The chain of a turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    pub goals: Vec<Goal>,
    pub actions: Vec<Action>,
}

/// The newest looks at the experiments of a turn, for [`effects::list`].
pub fn effects_of(turn_id: &str) -> effects::List {
    effects::List { turn_id: Some(turn_id.to_string()), limit: MOST, ..effects::List::default() }
}

/// Reads the chain of a turn.
pub fn of_turn(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Chain> {
    Ok(Chain { goals: goals(snapshot, turn_id)?, actions: actions(snapshot, turn_id)? })
}

fn goals(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Vec<Goal>> {
    snapshot.query(
        "SELECT g.id, g.name, g.state, g.metric_key, g.metric_version, m.name,
           (SELECT max(n.version) FROM metrics n WHERE n.key = g.metric_key), m.unit, m.direction, g.baseline,
           g.baseline_low, g.baseline_high, g.target, g.due_on, g.segment_id, g.audience_id, g.owner_id, g.verdict_json, g.period
         FROM goals g LEFT JOIN metrics m ON m.key = g.metric_key AND m.version = g.metric_version
         WHERE g.turn_id = $1 ORDER BY g.created_at, g.id LIMIT $2",
        &params![turn_id, MOST],
        goal,
    )
}

fn goal(row: &Row<'_>) -> Result<Goal> {
    let (unit, direction): (Option<String>, Option<String>) = (row.get(7)?, row.get(8)?);
    let (due_on, verdict): (Option<String>, Option<String>) = (row.get(13)?, row.get(17)?);
    Ok(Goal {
        id: row.get(0)?,
        name: row.get(1)?,
        state: row.get(2)?,
        metric_key: row.get(3)?,
        metric_version: row.get(4)?,
        metric_name: row.get(5)?,
        newest_version: row.get(6)?,
        unit: unit.as_deref().and_then(Unit::parse),
        direction: direction.as_deref().and_then(Direction::parse),
        baseline: row.get(9)?,
        baseline_low: row.get(10)?,
        baseline_high: row.get(11)?,
        target: row.get(12)?,
        due_on: due_on.as_deref().map(Day::parse).transpose()?,
        segment_id: row.get(14)?,
        audience_id: row.get(15)?,
        cadence: Cadence::parse(row.text(18)?).unwrap_or(Cadence::Quarter),
        owner_id: row.get(16)?,
        verdict: verdict.as_deref().map(serde_json::from_str).transpose()?,
    })
}

fn actions(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Vec<Action>> {
    snapshot.query(
        "SELECT a.id, a.name, a.kind, a.state, a.purpose, a.goal_id, a.insight_id, a.why_no_experiment, a.launched_at,
           a.ended_at, e.id, e.name, e.state, e.metric_key, e.n_people, e.launched_at, e.ends_at
         FROM actions a LEFT JOIN experiments e ON e.action_id = a.id
         WHERE a.turn_id = $1 ORDER BY a.created_at, a.id LIMIT $2",
        &params![turn_id, MOST],
        action,
    )
}

fn action(row: &Row<'_>) -> Result<Action> {
    let experiment: Option<String> = row.get(10)?;
    let experiment = match experiment {
        Some(id) => Some(Experiment {
            id,
            name: row.get(11)?,
            state: row.get(12)?,
            metric_key: row.get(13)?,
            n_people: row.get(14)?,
            launched_at: row.get(15)?,
            ends_at: row.get(16)?,
        }),
        None => None,
    };
    Ok(Action {
        id: row.get(0)?,
        name: row.get(1)?,
        kind: row.get(2)?,
        state: row.get(3)?,
        purpose: row.get(4)?,
        goal_id: row.get(5)?,
        insight_id: row.get(6)?,
        why_no_experiment: row.get(7)?,
        launched_at: row.get(8)?,
        ended_at: row.get(9)?,
        experiment,
    })
}
