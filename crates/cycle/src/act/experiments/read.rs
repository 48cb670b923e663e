//! Reading experiments.

use super::{Arm, Experiment, KIND, State, Unit};
use crate::plan::metrics::MetricRef;
use platform::store::{Row, Snapshot};
use platform::{Error, Result, params};
use statistics::sample_ratio::{self, SampleRatio};

const COLUMNS: &str = "id, action_id, turn_id, name, unit, assignment_key, holdout_permille, arms_json, metric_key,
    metric_version, window_days, pre_days, guardrails_json, plan_json, why_underpowered, state, assigned_up_to, n_people,
    n_in_control, n_unreachable, launched_at, ends_at, ended_at, decision_json, created_at, updated_at, version";

/// Which experiments are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    pub state: Option<State>,
    /// Only those before this one: the last of the page before.
    pub before: Option<String>,
    pub limit: i64,
}

/// One experiment.
///
/// **Errors** when there is none with this id.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Experiment> {
    find(snapshot, id)?.ok_or_else(|| Error::missing(KIND, id))
}

pub fn find(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Option<Experiment>> {
    snapshot.first(&format!("SELECT {COLUMNS} FROM experiments WHERE id = $1"), &params![id], read)
}

/// The experiment of an action, if it has one.
pub fn of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Option<Experiment>> {
    snapshot.first(
        &format!("SELECT {COLUMNS} FROM experiments WHERE action_id = $1"),
        &params![action_id],
        read,
    )
}

/// The newest global control group that runs.
pub(in crate::act) fn running_control(snapshot: &mut Snapshot<'_>) -> Result<Option<Experiment>> {
    snapshot.first(
        &format!(
            "SELECT {COLUMNS} FROM experiments WHERE action_id IS NULL AND state <> 'ended'
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
        &[],
        read,
    )
}

/// Whether a turn has had its global control group, which may have ended before the turn.
pub(in crate::act) fn has_had_control(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM experiments WHERE action_id IS NULL AND turn_id = $1";
    snapshot.one(sql, &params![turn_id], |row| Ok(row.get::<i64>(0)? > 0))
}

/// A page of experiments, the newest first; ids are in the order of time.
pub fn list(snapshot: &mut Snapshot<'_>, wanted: &List) -> Result<Vec<Experiment>> {
    let state = wanted.state.map(State::name);
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM experiments WHERE id < $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3"
        ),
        &params![wanted.before.as_deref().unwrap_or("~"), state.unwrap_or(""), wanted.limit],
        read,
    )
}

/// The people of one arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmCount {
    pub name: String,
    pub permille: i64,
    pub n_people: i64,
}

/// How many people the draw put into each arm, in the order of the arms.
pub fn arms(snapshot: &mut Snapshot<'_>, experiment: &Experiment) -> Result<Vec<ArmCount>> {
    let counted = snapshot.query(
        "SELECT arm, count(*) FROM experiment_people WHERE experiment_id = $1 GROUP BY arm",
        &params![experiment.id],
        |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
    )?;
    let n_of = |name: &str| counted.iter().find(|(arm, _)| arm == name).map_or(0, |(_, n)| *n);
    let arms = experiment.arms.iter();
    Ok(arms
        .map(|arm| ArmCount { name: arm.name.clone(), permille: arm.permille, n_people: n_of(&arm.name) })
        .collect())
}

/// Whether the arms have the sizes that were planned, as far as chance goes; None before the draw.
pub fn lot(arms: &[ArmCount]) -> Option<SampleRatio> {
    let counts: Vec<u64> = arms.iter().map(|arm| arm.n_people.unsigned_abs()).collect();
    let weights: Vec<f64> = arms.iter().map(|arm| arm.permille as f64).collect();
    sample_ratio::check(&counts, &weights)
}

/// The newest experiments that a person is part of, with the arm: for the person's page.
pub fn of_person(
    snapshot: &mut Snapshot<'_>,
    person_id: &str,
    limit: i64,
) -> Result<Vec<(Experiment, String)>> {
    let columns =
        COLUMNS.split(',').map(|column| format!("e.{}", column.trim())).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {columns}, p.arm FROM experiment_people p JOIN experiments e ON e.id = p.experiment_id
         WHERE p.person_id = $1 ORDER BY p.experiment_id DESC LIMIT $2"
    );
    let n = COLUMNS.split(',').count();
    snapshot.query(&sql, &params![person_id, limit], |row| Ok((read(row)?, row.get(n)?)))
}

fn read(row: &Row<'_>) -> Result<Experiment> {
    let unknown = |what: &str| Error::database(format!("unknown {what} of an experiment"));
    let arms: Vec<Arm> = serde_json::from_str(row.text(7)?)?;
    Ok(Experiment {
        id: row.get(0)?,
        action_id: row.get(1)?,
        turn_id: row.get(2)?,
        name: row.get(3)?,
        unit: Unit::from_name(row.text(4)?).ok_or_else(|| unknown("unit"))?,
        assignment_key: row.get(5)?,
        holdout_permille: row.get(6)?,
        arms,
        metric: MetricRef { key: row.get(8)?, version: row.get(9)? },
        window_days: row.get(10)?,
        pre_days: row.get(11)?,
        guardrails: serde_json::from_str(row.text(12)?)?,
        plan_json: row.get(13)?,
        why_underpowered: row.get(14)?,
        state: State::from_name(row.text(15)?).ok_or_else(|| unknown("state"))?,
        assigned_up_to: row.get(16)?,
        n_people: row.get(17)?,
        n_in_control: row.get(18)?,
        n_unreachable: row.get(19)?,
        launched_at: row.get(20)?,
        ends_at: row.get(21)?,
        ended_at: row.get(22)?,
        decision_json: row.get(23)?,
        created_at: row.get(24)?,
        updated_at: row.get(25)?,
        version: row.get(26)?,
    })
}
