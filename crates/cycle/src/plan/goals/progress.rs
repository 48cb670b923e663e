//! How a goal stands: its metric over the newest whole period, with its interval, beside target and trend.

use super::measured::measured;
use super::prepare::known_until;
use super::{Goal, LEVEL};
use crate::calendar::Day;
use crate::plan::audiences;
use crate::plan::metrics::{self, Direction, Kind, Measured, Metric, PeopleOf, Unit};
use crate::plan::periods::Period;
use platform::store::Snapshot;
use platform::{Error, Result};
use statistics::distributions::normal_quantile;
use statistics::intervals;

/// Where a goal stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The version that was agreed.
    pub metric: Metric,
    /// The version that is valid now, where it is another.
    pub newer_version: Option<i64>,
    pub as_of: Day,
    /// The last whole periods, of the audience.
    pub series: Vec<Measured>,
    /// The period of this length that ends where the data do, or on the due date once that is over.
    pub now: Measured,
    /// Interval of the value now; None where nothing can be told.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// How much of the way from baseline to target is behind; may be below 0 and above 1.
    pub share_of_way: Option<f64>,
    pub standing: Standing,
    /// Guardrails that are worse than was accepted: name, value, worst accepted.
    pub broken: Vec<(String, f64, f64)>,
}

/// The value now against the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The whole interval is at the target or better.
    Reached,
    /// The target lies within the interval.
    CannotTellYet,
    /// The whole interval is worse than the target.
    NotYet,
    /// There is no figure or no target.
    Unknown,
}

/// Measures how a goal stands; None for one without a metric.
pub fn progress(snapshot: &mut Snapshot<'_>, goal: &Goal) -> Result<Option<Progress>> {
    let Some(wanted) = &goal.metric else { return Ok(None) };
    let metric = metrics::get(snapshot, wanted)?;
    let newest = metrics::latest(snapshot, &wanted.key)?.version;
    let people = people_of(snapshot, goal)?;
    let as_of = known_until(snapshot)?;
    let end = goal.due_on.map_or(as_of, |due| due.min(as_of));
    let period = match metric.kind {
        Kind::Snapshot => Period::ending(Day::of(snapshot.now()), goal.period),
        _ => Period::ending(end, goal.period),
    };
    let mut asked = vec![metric.clone()];
    for guardrail in &goal.guardrails {
        asked.push(metrics::get(snapshot, &guardrail.metric)?);
    }
    let mut found = metrics::series_of_many(snapshot, &asked, &people, &[period])?.into_iter().flatten();
    let now = found.next().unwrap_or(Measured {
        period,
        numerator: 0.0,
        denominator: 0.0,
        value: None,
        error: None,
    });
    let broken = asked[1..]
        .iter()
        .zip(&goal.guardrails)
        .zip(found)
        .filter_map(|((metric, guardrail), now)| {
            let (value, worst) = (now.value?, guardrail.worst?);
            metric.direction.is_better(worst, value).then(|| (guardrail.name.clone(), value, worst))
        })
        .collect();
    let series = measured(snapshot, std::slice::from_ref(&metric), &people, goal.period, as_of)?;
    let ends = interval(&metric, &now);
    Ok(Some(Progress {
        newer_version: (newest > metric.version).then_some(newest),
        as_of,
        series: series.into_iter().next().unwrap_or_default(),
        low: ends.map(|ends| ends.0),
        high: ends.map(|ends| ends.1),
        share_of_way: share_of_way(goal, &now),
        standing: standing(&metric, goal.target, ends),
        now,
        metric,
        broken,
    }))
}

/// Whom a goal is about: those who were noted when it opened, or before that the segment as it is now.
pub fn people_of(snapshot: &mut Snapshot<'_>, goal: &Goal) -> Result<PeopleOf> {
    match (&goal.audience_id, &goal.segment_id) {
        (Some(id), _) => Ok(PeopleOf::Audience(id.clone())),
        (None, Some(id)) => match audiences::segment(snapshot, id) {
            Ok((filter, _)) => Ok(PeopleOf::Matching(filter)),
            Err(Error::Missing { .. }) => Ok(PeopleOf::Everybody),
            Err(other) => Err(other),
        },
        (None, None) => Ok(PeopleOf::Everybody),
    }
}

/// The interval of a measured value, had other customers come by the same chances.
pub fn interval(metric: &Metric, measured: &Measured) -> Option<(f64, f64)> {
    let (value, error) = (measured.value?, measured.error?);
    let (x, n) = (measured.numerator, measured.denominator);
    if metric.is_share_of_people() && n > 0.0 {
        return intervals::wilson(x as u64, n as u64, LEVEL).map(|i| (i.low, i.high));
    }
    let half = normal_quantile(0.5 + 0.5 * LEVEL) * error;
    let least = if metric.unit == Unit::Share { f64::NEG_INFINITY } else { 0.0 };
    Some(((value - half).max(least), value + half))
}

fn share_of_way(goal: &Goal, now: &Measured) -> Option<f64> {
    let (from, to, value) = (goal.baseline.as_ref()?.value, goal.target?, now.value?);
    (from != to).then(|| (value - from) / (to - from))
}

fn standing(metric: &Metric, target: Option<f64>, ends: Option<(f64, f64)>) -> Standing {
    let (Some(target), Some((low, high))) = (target, ends) else { return Standing::Unknown };
    let (worse, better) = match metric.direction {
        Direction::Up => (low, high),
        Direction::Down => (high, low),
    };
    if !metric.direction.is_better(target, worse) {
        Standing::Reached
    } else if metric.direction.is_better(target, better) {
        Standing::NotYet
    } else {
        Standing::CannotTellYet
    }
}
