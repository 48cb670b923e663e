//! The series that are foretold: each metric in each month and week that is over, out of the facts and the store.

use super::super::facts::Kind as FactKind;
use super::super::{Day, Facts};
use crate::plan::metrics::tally::{self, Calendar, Counter, Everybody};
use crate::plan::metrics::{self, Measured, Metric, Recipe};
use crate::plan::periods::{Cadence, Period};
use platform::Result;
use platform::store::Snapshot;
use serde::{Deserialize, Serialize};

/// Periods that are looked back at most: five years of months, two and a half of weeks.
pub const MONTHS: usize = 60;
pub const WEEKS: usize = 130;

/// What a period of a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Month,
    /// From Monday to Sunday.
    Week,
}

impl Grain {
    pub const ALL: [Self; 2] = [Self::Month, Self::Week];

    pub fn name(self) -> &'static str {
        self.word()
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.name() == name)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
        }
    }

    /// Periods of a year.
    pub fn season(self) -> usize {
        match self {
            Self::Month => 12,
            Self::Week => 52,
        }
    }

    /// Periods that are foretold.
    pub fn horizon(self) -> usize {
        match self {
            Self::Month => 6,
            Self::Week => 8,
        }
    }

    pub fn following(self, period: Period) -> Period {
        match self {
            Self::Month => period.following(Cadence::Month),
            Self::Week => Period { first: period.last.next(), last: period.last.plus(7) },
        }
    }

    /// The whole periods from `first` on that were over by the end of `last`, the oldest first.
    pub fn complete(self, first: Day, last: Day) -> Vec<Period> {
        let mut periods = match self {
            Self::Month => Period::complete(Cadence::Month, last, MONTHS),
            Self::Week => {
                // Day 0 was a Thursday, so day 3 was a Sunday.
                let sunday = last.0 - (last.0 - 3).rem_euclid(7);
                let week =
                    |back: i32| Period { first: Day(sunday - 7 * back - 6), last: Day(sunday - 7 * back) };
                (0..WEEKS as i32).rev().map(week).collect()
            }
        };
        // A period into which the data begin late is not whole.
        let grace = if self == Self::Month { 7 } else { 0 };
        periods.retain(|period| period.first.plus(grace) >= first);
        periods
    }
}

/// A metric over the periods that are over.
#[derive(Debug, Clone)]
pub struct Series {
    pub metric: Metric,
    pub grain: Grain,
    /// Without a gap between periods.
    pub points: Vec<Measured>,
    /// Whether only its values at turns are known.
    pub is_standing: bool,
}

/// A value of a metric that is known only as it stands, on the day of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandingValue {
    pub key: String,
    pub version: i64,
    pub day: Day,
    pub numerator: f64,
    pub denominator: f64,
}

/// Days after which a newer value no longer takes the place of the last one.
const KEPT_APART_DAYS: i32 = 6;
/// Values of one metric that are kept.
const MOST_KEPT: usize = 160;

/// The metrics that can be measured, and the days of silence of those that have such a window.
pub(crate) struct Counting {
    pub metrics: Vec<Metric>,
    pub windows: Vec<i32>,
}

impl Counting {
    pub fn new(snapshot: &mut Snapshot<'_>) -> Result<Self> {
        let mut metrics = metrics::list(snapshot)?;
        metrics.retain(|metric| metric.lacks().is_none());
        let mut windows: Vec<i32> = metrics
            .iter()
            .filter_map(|metric| metric.params.window_days)
            .map(|days| i32::try_from(days).unwrap_or(i32::MAX))
            .collect();
        windows.sort_unstable();
        windows.dedup();
        Ok(Self { metrics, windows })
    }

    /// Counts the purchases of everybody by the periods; `each` sees every customer with what it came to.
    pub fn count(
        &self,
        snapshot: &mut Snapshot<'_>,
        facts: &Facts,
        calendar: &Calendar,
        each: &mut dyn FnMut(u32, &metrics::tally::One),
    ) -> Result<Everybody> {
        let end = calendar.periods.last().map_or(Day(i32::MIN), |period| period.last);
        let mut counter = Counter::new(calendar, &self.windows);
        for customer in 0..facts.n_customers() {
            let rows = facts.orders(customer).until(end).each();
            let one =
                counter.customer(rows.map(|(day, value, kind)| (day, value, kind == FactKind::Purchase)));
            each(customer, one);
        }
        counter.others(snapshot)?;
        Ok(counter.finish())
    }

    /// The place of a metric's window among the windows.
    pub fn window(&self, metric: &Metric) -> usize {
        let days = metric.params.window_days.and_then(|days| i32::try_from(days).ok());
        days.and_then(|days| self.windows.iter().position(|window| *window == days)).unwrap_or(0)
    }

    /// The series of every metric over one kind of period.
    ///
    /// Metrics that are read from the store are measured by months only: their rows are few, and each asks the store anew.
    pub fn series(
        &self,
        snapshot: &mut Snapshot<'_>,
        all: &Everybody,
        (grain, calendar): (Grain, &Calendar),
        kept: &[StandingValue],
    ) -> Result<Vec<Series>> {
        let mut asked = Vec::new();
        for metric in &self.metrics {
            match metric.shipped()?.recipe {
                Recipe::Standing(_) => {}
                Recipe::Purchases(_) => asked.push(metric.clone()),
                _ if grain == Grain::Week => {}
                _ => asked.push(metric.clone()),
            }
        }
        let measured = metrics::series_of_counted(snapshot, &asked, all, calendar, &self.windows)?;
        let mut measured = asked.iter().zip(measured).peekable();
        let mut found = Vec::new();
        for metric in &self.metrics {
            let recipe = metric.shipped()?.recipe;
            let (points, is_standing) = match measured.next_if(|(asked, _)| asked.key == metric.key) {
                Some((_, points)) if matches!(recipe, Recipe::Purchases(_)) => {
                    (after_the_window(metric, calendar, points), false)
                }
                Some((_, points)) => (since_the_first(points), false),
                None if matches!(recipe, Recipe::Standing(_)) => (standing(calendar, metric, kept), true),
                None => continue,
            };
            found.push(Series { metric: metric.clone(), grain, points, is_standing });
        }
        Ok(found)
    }
}

/// Where nobody can have been silent for the window yet, silence says nothing: the series begins when it can.
fn after_the_window(metric: &Metric, calendar: &Calendar, points: Vec<Measured>) -> Vec<Measured> {
    let Some(first) = calendar.periods.first().map(|period| period.first) else { return Vec::new() };
    let window = metric.params.window_days.and_then(|days| i32::try_from(days).ok()).unwrap_or(0);
    points.into_iter().filter(|point| window == 0 || point.period.first >= first.plus(window)).collect()
}

/// What is counted since a day has nothing to say of the time before it.
fn since_the_first(mut points: Vec<Measured>) -> Vec<Measured> {
    let first = points.iter().position(|point| point.denominator > 0.0).unwrap_or(points.len());
    points.split_off(first)
}

/// The last value in each period that was kept.
fn standing(calendar: &Calendar, metric: &Metric, kept: &[StandingValue]) -> Vec<Measured> {
    let of = |period: &Period| {
        let within = kept.iter().filter(|one| {
            one.key == metric.key
                && one.version == metric.version
                && period.first <= one.day
                && one.day <= period.last
        });
        let last = within.max_by_key(|one| one.day.0);
        let (numerator, denominator) = last.map_or((0.0, 0.0), |one| (one.numerator, one.denominator));
        let value = tally::value(metric, (numerator, denominator));
        Measured { period: *period, numerator, denominator, value, error: None }
    };
    since_the_first(calendar.periods.iter().map(of).collect())
}

/// Adds how things stand now to what earlier runs kept.
pub(in crate::analyze) fn keep(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    mut kept: Vec<StandingValue>,
) -> Result<Vec<StandingValue>> {
    let today = Day::of(snapshot.now());
    for metric in metrics {
        let found = metrics::standing_today(snapshot, metric)?;
        let Some(Measured { numerator, denominator, .. }) = found.filter(|now| now.denominator > 0.0) else {
            continue;
        };
        let is_same = |one: &StandingValue| one.key == metric.key && one.version == metric.version;
        let newest = kept.iter().rposition(is_same);
        // Runs that follow each other within a week are one value of that week; months keep their own.
        if let Some(at) = newest.filter(|at| {
            let day = kept[*at].day;
            day.0 + KEPT_APART_DAYS > today.0 && day.month() == today.month()
        }) {
            kept.remove(at);
        }
        kept.push(StandingValue {
            key: metric.key.clone(),
            version: metric.version,
            day: today,
            numerator,
            denominator,
        });
        let n = kept.iter().filter(|one| is_same(one)).count();
        if let Some(at) = kept.iter().position(is_same).filter(|_| n > MOST_KEPT) {
            kept.remove(at);
        }
    }
    Ok(kept)
}
