//! Metrics in the last periods that are over: counted anew, or as the newest turn kept them.

use super::prepare::{baseline, known_until};
use super::{Baseline, PERIODS_SHOWN};
use crate::calendar::Day;
use crate::plan::kept::{self, Kept};
use crate::plan::metrics::tally::{Calendar, Everybody};
use crate::plan::metrics::{self, Measured, Metric, PeopleOf, Recipe};
use crate::plan::periods::{Cadence, Period};
use platform::store::Snapshot;
use platform::{Micros, Result};
use serde::{Deserialize, Serialize};

/// A metric of everybody as a turn counted it, the oldest period first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptSeries {
    pub key: String,
    pub version: i64,
    pub cadence: Cadence,
    pub measured: Vec<Measured>,
}

/// The metrics in the last periods that were over, from the first period with whole data on.
pub fn measured(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    people: &PeopleOf,
    cadence: Cadence,
    as_of: Day,
) -> Result<Vec<Vec<Measured>>> {
    let periods = whole_periods(snapshot, cadence, as_of)?;
    // What is known only of how things stand now is measured in the period that holds today.
    let now = Period::ending(Day::of(snapshot.now()), cadence);
    let over_time: Vec<Metric> = metrics.iter().filter(|metric| !is_standing(metric)).cloned().collect();
    let mut over_time = metrics::series_of_many(snapshot, &over_time, people, &periods)?.into_iter();
    let mut found = Vec::with_capacity(metrics.len());
    for metric in metrics {
        found.push(match is_standing(metric) {
            true => metrics::series_of_many(snapshot, std::slice::from_ref(metric), people, &[now])?
                .pop()
                .unwrap_or_default(),
            false => over_time.next().unwrap_or_default(),
        });
    }
    Ok(found)
}

/// As [`measured`] for everybody, by every cadence of which purchases were counted in its [`whole_periods`].
///
/// `windows` are the days of silence that were counted.
pub fn measured_of_counted(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    purchases: &[(Cadence, Calendar, Everybody)],
    windows: &[i32],
) -> Result<Vec<KeptSeries>> {
    let series = |metric: &Metric, cadence: Cadence, measured: Vec<Measured>| KeptSeries {
        key: metric.key.clone(),
        version: metric.version,
        cadence,
        measured,
    };
    let mut kept = Vec::new();
    let (standing, over_time): (Vec<Metric>, Vec<Metric>) = metrics.iter().cloned().partition(is_standing);
    for (cadence, calendar, all) in purchases {
        let found = metrics::series_of_counted(snapshot, &over_time, all, calendar, windows)?;
        kept.extend(over_time.iter().zip(found).map(|(metric, measured)| series(metric, *cadence, measured)));
    }
    let today = Day::of(snapshot.now());
    for metric in &standing {
        let Some(now) = metrics::standing_today(snapshot, metric)? else { continue };
        let of = |(cadence, _, _): &(Cadence, _, _)| {
            let period = Period::ending(today, *cadence);
            series(metric, *cadence, vec![Measured { period, ..now.clone() }])
        };
        kept.extend(purchases.iter().map(of));
    }
    Ok(kept)
}

/// As [`measured`] for everybody; where the newest turn counted so many orders that a page cannot, what it counted, with when
/// that was. A metric that was defined anew since is counted anew.
pub fn measured_lately(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    cadence: Cadence,
    as_of: Day,
) -> Result<(Vec<Vec<Measured>>, Option<Micros>)> {
    let everybody = PeopleOf::Everybody;
    let Some(Kept { counted, counted_at }) = kept::read::<Vec<KeptSeries>>(snapshot, kept::METRICS)? else {
        return Ok((measured(snapshot, metrics, &everybody, cadence, as_of)?, None));
    };
    let is_of = |series: &KeptSeries, metric: &Metric| {
        series.key == metric.key && series.version == metric.version && series.cadence == cadence
    };
    let kept_of = |metric: &Metric| counted.iter().find(|series| is_of(series, metric));
    let anew: Vec<Metric> = metrics.iter().filter(|metric| kept_of(metric).is_none()).cloned().collect();
    let mut anew = measured(snapshot, &anew, &everybody, cadence, as_of)?.into_iter();
    let series = |metric| match kept_of(metric) {
        Some(series) => series.measured.clone(),
        None => anew.next().unwrap_or_default(),
    };
    Ok((metrics.iter().map(series).collect(), Some(counted_at)))
}

/// What a goal for everybody would start from, by month.
pub fn baseline_lately(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    due_on: Option<Day>,
) -> Result<Option<Baseline>> {
    let as_of = known_until(snapshot)?;
    let (mut series, _) = measured_lately(snapshot, std::slice::from_ref(metric), Cadence::Month, as_of)?;
    Ok(baseline(series.pop().unwrap_or_default(), due_on, Cadence::Month))
}

/// The last periods that were over, from the first with whole data on.
pub fn whole_periods(snapshot: &mut Snapshot<'_>, cadence: Cadence, as_of: Day) -> Result<Vec<Period>> {
    let first = snapshot
        .one("SELECT min(ordered_at) FROM orders", &[], |row| row.get::<Option<i64>>(0))?
        .map_or(as_of, Day::of);
    let mut periods = Period::complete(cadence, as_of, PERIODS_SHOWN);
    // A period into which the data begin more than a week late is not whole.
    periods.retain(|period| period.first.plus(7) >= first);
    Ok(periods)
}

/// Whether a metric is known only as it stands.
pub(super) fn is_standing(metric: &Metric) -> bool {
    metric.shipped().is_ok_and(|shipped| matches!(shipped.recipe, Recipe::Standing(_)))
}
