//! Which metrics moved in the last month, beyond what noise and season bring, and which customers moved them.
//!
//! A metric moved if its value lies outside what the months before let expect, corrected for the number of metrics that were
//! looked at, and if the search for changes in its whole past sees it too. Its change is then taken apart by who bought:
//! where they came from, where they live, what they were worth before, whether they are new, and what they bought. That is
//! bookkeeping: it says where a number moved, not why.

mod groups;
mod judge;
mod parts;

use groups::Groups;
pub use groups::Side;
pub use judge::{Break, Expectation, Odd, Verdict, YearBefore};
pub use parts::{Dimension, Part};

use super::forecasts::{self, Counting, Grain, Series, StandingValue};
use super::{Day, Facts};
use crate::plan::metrics::tally::{self, Calendar, Everybody, One, Tally};
use crate::plan::periods::Period;
use platform::Result;
use platform::store::Snapshot;
use serde::{Deserialize, Serialize};

/// A metric moved where chance would do that in fewer than so many of all looks together.
pub const ALARM: f64 = 0.05;

/// What moved in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub last_day: Day,
    /// The last month that is over, and the one before it.
    pub period: Option<Period>,
    pub before: Option<Period>,
    /// Metrics that were judged: for so many looks the chances are corrected.
    pub n_tested: usize,
    /// In the order of the dictionary.
    pub metrics: Vec<Move>,
}

impl Report {
    pub fn of(&self, key: &str) -> Option<&Move> {
        self.metrics.iter().find(|found| found.key == key)
    }
}

/// One metric in the last month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    pub key: String,
    pub version: i64,
    /// In the last month and in the one before; None where there was nothing to measure.
    pub value: Option<f64>,
    pub before: Option<f64>,
    /// What the months before let expect, and how likely such a value is if nothing changed.
    pub expectation: Option<Expectation>,
    pub verdict: Verdict,
    /// The verdict as a sentence.
    pub why: String,
    /// In how many of the months before the same reckoning would have raised an alarm: alarms, months.
    pub earlier: (usize, usize),
    /// The same month of the year before; None where too few months can be compared with theirs.
    pub year_before: Option<YearBefore>,
    /// Whether the search over the whole past sees the last month as odd, or a change shortly before it.
    pub is_seen: bool,
    /// Changes of level or slope in the past, and single months that stand out.
    pub breaks: Vec<Break>,
    pub odd: Vec<Odd>,
    /// The change since the month before, taken apart.
    pub dimensions: Vec<Dimension>,
}

/// Purchases counted by group while everybody passes by.
struct Grouped {
    groups: Vec<Groups>,
    tallies: Vec<Tally>,
    by_age: Tally,
}

impl Grouped {
    /// Prepares the groups of customers as they stood before the two months that are compared.
    fn new(facts: &Facts, calendar: &Calendar, n_windows: usize) -> Self {
        let then = match &calendar.periods[..] {
            [.., before, _] => before.first.plus(-1),
            _ => Day(i32::MIN),
        };
        let groups = groups::all(facts, then);
        let tallies = groups.iter().map(|g| Tally::new(calendar, g.labels.len(), n_windows)).collect();
        Self { groups, tallies, by_age: Tally::new(calendar, 2, n_windows) }
    }

    fn add(&mut self, customer: u32, one: &One) {
        for (groups, tally) in self.groups.iter().zip(&mut self.tallies) {
            tally.add(groups.of(customer), one);
        }
        self.by_age.add_by_age((0, 1), one);
    }
}

/// Counts all purchases once by months and once by weeks; foretells every metric, and says which moved and by whom.
///
/// `kept` is what earlier runs kept of metrics that are known only as they stand.
pub fn run(
    snapshot: &mut Snapshot<'_>,
    facts: &Facts,
    last_day: Day,
    kept: Vec<StandingValue>,
) -> Result<(forecasts::Report, Report)> {
    let counting = Counting::new(snapshot)?;
    let kept = forecasts::keep(snapshot, &counting.metrics, kept)?;
    let first = facts.span().map_or(last_day, |span| span.0);
    let [months, weeks] = Grain::ALL.map(|grain| Calendar::new(grain.complete(first, last_day)));
    let mut grouped = Grouped::new(facts, &months, counting.windows.len());
    let all_by_month =
        counting.count(snapshot, facts, &months, &mut |customer, one| grouped.add(customer, one))?;
    let all_by_week = counting.count(snapshot, facts, &weeks, &mut |_, _| ())?;
    let by_month = counting.series(snapshot, &all_by_month, (Grain::Month, &months), &kept)?;
    let by_week = counting.series(snapshot, &all_by_week, (Grain::Week, &weeks), &kept)?;
    let moved = analyze(snapshot, &counting, (&months, &all_by_month, &grouped), &by_month, last_day)?;
    let all: Vec<Series> = by_month.into_iter().chain(by_week).collect();
    Ok((forecasts::analyze(&all, kept, last_day), moved))
}

/// Judges every series of months and takes apart what changed.
fn analyze(
    snapshot: &mut Snapshot<'_>,
    counting: &Counting,
    (calendar, everybody, grouped): (&Calendar, &Everybody, &Grouped),
    series: &[Series],
    last_day: Day,
) -> Result<Report> {
    let (before, period) = match &calendar.periods[..] {
        [.., before, last] => (Some(*before), Some(*last)),
        [last] => (None, Some(*last)),
        [] => (None, None),
    };
    let mut metrics: Vec<Move> = series.iter().map(judge::of).collect();
    let n_tested = judge::correct(&mut metrics);
    let categories = match before.zip(period) {
        Some(periods) => parts::categories(snapshot, everybody, calendar, periods)?,
        None => None,
    };
    for (found, series) in metrics.iter_mut().zip(series) {
        let window = counting.window(&series.metric);
        found.dimensions = parts::of(&series.metric, found.verdict, grouped, window);
        if series.metric.key == "revenue" {
            found.dimensions.extend(categories.clone());
        }
    }
    Ok(Report { last_day, period, before, n_tested, metrics })
}

/// Numerator and denominator as a value; the groups of a metric are measured as the metric is.
fn value_of(metric: &crate::plan::metrics::Metric, ratio: (f64, f64)) -> Option<f64> {
    tally::value(metric, ratio)
}
