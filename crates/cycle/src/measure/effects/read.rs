//! Reading effects: the newest of an experiment, all its looks, all results there are.

use super::{Conclusion, Effect, EffectMetric, Estimate, MoneyEffect, Role};
use crate::plan::metrics::MetricRef;
use platform::store::{Row, Snapshot};
use platform::{Error, Micros, Result, params};

const COLUMNS: &str = "f.id, f.experiment_id, f.action_id, f.turn_id, f.arm, f.insight_kind, f.action_kind, f.metric_key,
    f.metric_version, f.as_of, f.until_at, f.time_share, f.n_treated, f.n_holdout, f.mean_treated, f.mean_holdout, f.estimate,
    f.low, f.high, f.always_low, f.always_high, f.method, f.total_effect, f.money_minor, f.money_low_minor,
    f.money_high_minor, f.cost_minor, f.conclusion, f.why, f.is_final, f.srm_p, f.computed_at";

/// Looks of one experiment that are read at once: a year of days in five arms.
const MOST_LOOKS: i64 = 2_000;

/// What a look is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// One action.
    Action,
    /// Everything that was done in a turn, against the global control group.
    Everything,
}

/// Which effects are listed: the newest look of each arm of each experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    pub conclusion: Option<Conclusion>,
    /// Only those that are final.
    pub is_final: bool,
    pub turn_id: Option<String>,
    /// Only those of actions, or only those of global control groups.
    pub about: Option<About>,
    /// Only those behind this one: the last of the page before.
    pub before: Option<String>,
    pub limit: i64,
}

/// One look.
///
/// **Errors** when there is none with this id.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Effect> {
    let sql = format!("SELECT {COLUMNS} FROM effects f WHERE f.id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("effect", id))
}

/// The newest look of each arm of an experiment.
pub fn latest(snapshot: &mut Snapshot<'_>, experiment_id: &str) -> Result<Vec<Effect>> {
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM effects f WHERE f.experiment_id = $1 AND f.as_of =
               (SELECT max(g.as_of) FROM effects g WHERE g.experiment_id = $1) ORDER BY f.arm"
        ),
        &params![experiment_id],
        read,
    )
}

/// The newest look of each arm of an action's experiment.
pub fn latest_of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Vec<Effect>> {
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM effects f WHERE f.action_id = $1 AND f.as_of =
               (SELECT max(g.as_of) FROM effects g WHERE g.action_id = $1) ORDER BY f.arm"
        ),
        &params![action_id],
        read,
    )
}

/// Every look at an experiment, the oldest first.
pub fn history(snapshot: &mut Snapshot<'_>, experiment_id: &str) -> Result<Vec<Effect>> {
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM effects f WHERE f.experiment_id = $1 ORDER BY f.as_of, f.arm LIMIT $2"
        ),
        &params![experiment_id, MOST_LOOKS],
        read,
    )
}

/// A page of the newest looks of experiments, the newest experiment first.
pub fn list(snapshot: &mut Snapshot<'_>, wanted: &List) -> Result<Vec<Effect>> {
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM effects f
             WHERE f.as_of = (SELECT max(g.as_of) FROM effects g WHERE g.experiment_id = f.experiment_id)
               AND f.id < $1 AND ($2 = '' OR f.conclusion = $2) AND (f.is_final = 1 OR $3 = 0)
               AND ($4 = '' OR f.turn_id = $4) AND ($6 = '' OR $6 = CASE WHEN f.action_id IS NULL THEN 'all' ELSE 'one' END)
             ORDER BY f.id DESC LIMIT $5"
        ),
        &params![
            wanted.before.as_deref().unwrap_or("~"),
            wanted.conclusion.map_or("", Conclusion::name),
            i64::from(wanted.is_final),
            wanted.turn_id.as_deref().unwrap_or(""),
            wanted.limit,
            wanted.about.map_or("", |about| if about == About::Everything { "all" } else { "one" })
        ],
        read,
    )
}

/// The metrics of a look, the experiment's own first.
pub fn metrics_of(snapshot: &mut Snapshot<'_>, effect_id: &str) -> Result<Vec<EffectMetric>> {
    let mut found = snapshot.query(
        "SELECT role, metric_key, metric_version, mean_treated, mean_holdout, estimate, low, high, always_low, always_high,
           correlation, critical, method
         FROM effect_metrics WHERE effect_id = $1 ORDER BY role, metric_key, metric_version",
        &params![effect_id],
        |row| {
            let role = row.text(0)?;
            Ok(EffectMetric {
                role: Role::from_name(role)
                    .ok_or_else(|| Error::database(format!("“{role}” is no role of a metric")))?,
                metric: MetricRef { key: row.get(1)?, version: row.get(2)? },
                mean_treated: row.get(3)?,
                mean_holdout: row.get(4)?,
                found: estimate(row, 5)?,
                correlation: row.get(10)?,
                critical: row.get(11)?,
                method: row.get(12)?,
            })
        },
    )?;
    found.sort_by_key(|metric| metric.role);
    Ok(found)
}

/// Until when the look before a day knew.
pub(super) fn look_before(
    snapshot: &mut Snapshot<'_>,
    experiment_id: &str,
    as_of: &str,
) -> Result<Option<Micros>> {
    snapshot.one(
        "SELECT max(until_at) FROM effects WHERE experiment_id = $1 AND as_of < $2",
        &params![experiment_id, as_of],
        |row| row.get(0),
    )
}

/// Time and correlation of the looks before a day that claimed something about a metric, the oldest first.
pub(super) fn past_looks(
    snapshot: &mut Snapshot<'_>,
    experiment_id: &str,
    arm: &str,
    (role, metric): (Role, &MetricRef),
    as_of: &str,
) -> Result<Vec<(f64, f64)>> {
    snapshot.query(
        "SELECT f.time_share, m.correlation FROM effects f JOIN effect_metrics m ON m.effect_id = f.id
         WHERE f.experiment_id = $1 AND f.arm = $2 AND f.as_of < $3 AND m.role = $4 AND m.metric_key = $5
           AND m.metric_version = $6 AND m.correlation IS NOT NULL
         ORDER BY f.as_of LIMIT $7",
        &params![experiment_id, arm, as_of, role.name(), metric.key, metric.version, MOST_LOOKS],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn estimate(row: &Row<'_>, at: usize) -> Result<Option<Estimate>> {
    let value = |i: usize| row.get::<Option<f64>>(at + i);
    Ok(match (value(0)?, value(1)?, value(2)?, value(3)?, value(4)?) {
        (Some(estimate), Some(low), Some(high), Some(always_low), Some(always_high)) => {
            Some(Estimate { estimate, low, high, always_low, always_high })
        }
        _ => None,
    })
}

fn read(row: &Row<'_>) -> Result<Effect> {
    let money = match (row.get::<Option<i64>>(23)?, row.get::<Option<i64>>(24)?, row.get::<Option<i64>>(25)?)
    {
        (Some(minor), Some(low_minor), Some(high_minor)) => {
            Some(MoneyEffect { minor, low_minor, high_minor })
        }
        _ => None,
    };
    let conclusion = row.text(27)?;
    Ok(Effect {
        id: row.get(0)?,
        experiment_id: row.get(1)?,
        action_id: row.get(2)?,
        turn_id: row.get(3)?,
        arm: row.get(4)?,
        insight_kind: row.get(5)?,
        action_kind: row.get(6)?,
        metric: MetricRef { key: row.get(7)?, version: row.get(8)? },
        as_of: row.get(9)?,
        until_at: row.get(10)?,
        time_share: row.get(11)?,
        n_treated: row.get(12)?,
        n_holdout: row.get(13)?,
        mean_treated: row.get(14)?,
        mean_holdout: row.get(15)?,
        found: estimate(row, 16)?,
        method: row.get(21)?,
        total_effect: row.get(22)?,
        money,
        cost_minor: row.get(26)?,
        conclusion: Conclusion::from_name(conclusion)
            .ok_or_else(|| Error::database(format!("“{conclusion}” is no conclusion")))?,
        why: row.get(28)?,
        is_final: row.get(29)?,
        srm_p: row.get(30)?,
        computed_at: row.get(31)?,
    })
}
