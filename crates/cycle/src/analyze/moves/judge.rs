//! One metric: did it move in the last month, or is that noise and season?

use super::super::forecasts::{FEWEST_PERIODS, Series, expected_next, numbers};
use super::{ALARM, Move};
use crate::plan::periods::Period;
use serde::{Deserialize, Serialize};
use statistics::changes::{self, Options};
use statistics::distributions::student_t_cdf;
use statistics::multiple::holm;

/// Earlier months to which the same reckoning is put.
const EARLIER: usize = 6;
/// A single month stands out from this many robust standard deviations on.
const THRESHOLD: f64 = 3.5;
/// A change of level this many months back or less belongs to the last month.
const LATELY: usize = 2;
/// Months before a month by which its level is carried on from a year before.
const LEVEL_MONTHS: usize = 3;
/// The season is excluded below this chance: few years are behind it.
const SEASON_ALARM: f64 = 0.01;
/// Earlier comparisons with the year before that are needed to know how far they go astray.
const FEWEST_YEARLY: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Beyond noise and season.
    Moved,
    /// Within what noise and season bring.
    Within,
    CannotTell,
}

/// What the months before let expect of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// The chance of a value this far off; corrected for all metrics that were looked at.
    pub p_value: f64,
    pub p_adjusted: f64,
}

/// The last month beside the same month of the year before, carried on by how the months before both changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct YearBefore {
    pub expected: f64,
    /// What came less that, and the chance of being so far off, by how far earlier months went astray.
    pub away: f64,
    pub p_value: f64,
}

impl YearBefore {
    /// Whether it lies off in the same direction beyond chance: then it is not the season.
    fn agrees(&self, away: f64) -> bool {
        self.p_value < SEASON_ALARM && self.away * away > 0.0
    }
}

/// A change of level or slope in the past.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Break {
    /// The first month after the change.
    pub period: Period,
    pub before: f64,
    pub after: f64,
}

/// A month that stands out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Odd {
    pub period: Period,
    pub value: f64,
    pub expected: f64,
    pub low: f64,
    pub high: f64,
}

/// Judges a series alone; the correction for many looks comes after all are there.
pub(super) fn of(series: &Series) -> Move {
    let values = numbers(series);
    let point = |back: usize| {
        let at = series.points.len().checked_sub(back)?;
        series.points.get(at).and_then(|point| point.value)
    };
    let (breaks, odd) = past(series, &values);
    let expectation = expectation(&values, series.grain.season());
    let n = values.iter().filter(|value| !value.is_nan()).count();
    let (last, season) = (values.len().saturating_sub(1), series.grain.season());
    Move {
        key: series.metric.key.clone(),
        version: series.metric.version,
        value: point(1),
        before: point(2),
        expectation,
        verdict: Verdict::CannotTell,
        why: why_not(n, point(1)),
        earlier: earlier(&values, series.grain.season()),
        year_before: beside_the_year_before(&values, last, season),
        is_seen: is_seen(&values, season),
        breaks,
        odd,
        dimensions: Vec::new(),
    }
}

fn why_not(n: usize, value: Option<f64>) -> String {
    if value.is_none() {
        return "Nothing was measured in the last month.".to_string();
    }
    format!("{n} months have a value; to tell a change from noise takes {}.", FEWEST_PERIODS + 1)
}

fn expectation(values: &[f64], season: usize) -> Option<Expectation> {
    let (value, before) = values.split_last()?;
    let expected = expected_next(before, season)?;
    let p_value = expected.chance_of(*value)?;
    Some(Expectation {
        value: expected.value,
        low: expected.low,
        high: expected.high,
        p_value,
        p_adjusted: p_value,
    })
}

/// How often the same reckoning would have raised an alarm in the months before.
fn earlier(values: &[f64], season: usize) -> (usize, usize) {
    let mut found = (0, 0);
    for back in 1..=EARLIER {
        let Some(until) = values.len().checked_sub(back) else { break };
        let Some(expectation) = expectation(&values[..until], season) else { break };
        let is_far = expectation.p_value < ALARM / EARLIER as f64;
        let away = values[until - 1] - expectation.value;
        let beside = beside_the_year_before(values, until - 1, season);
        let is_no_season = beside.is_some_and(|beside| beside.agrees(away));
        found.0 += usize::from(is_far && is_no_season && is_seen(&values[..until], season));
        found.1 += 1;
    }
    found
}

/// What the same month of the year before lets expect; None without it, or where its level was not above 0.
fn carried_on(values: &[f64], at: usize, season: usize) -> Option<f64> {
    let then = at.checked_sub(season)?;
    let mean = |end: usize| {
        let months = values.get(end.checked_sub(LEVEL_MONTHS)?..end)?;
        Some(months.iter().sum::<f64>() / LEVEL_MONTHS as f64)
    };
    let growth = mean(at)? / mean(then)?;
    let expected = values[then] * growth;
    (growth > 0.0 && expected.is_finite()).then_some(expected)
}

/// None where too few months can be compared with a year before to know how far that goes astray.
fn beside_the_year_before(values: &[f64], at: usize, season: usize) -> Option<YearBefore> {
    let errors: Vec<f64> = (0..at)
        .filter_map(|earlier| Some(values[earlier] / carried_on(values, earlier, season)? - 1.0))
        .filter(|error| error.is_finite())
        .collect();
    let expected = carried_on(values, at, season)?;
    let away = values[at] - expected;
    if errors.len() < FEWEST_YEARLY || !away.is_finite() {
        return None;
    }
    let n = errors.len() as f64;
    let spread = (errors.iter().map(|error| error * error).sum::<f64>() / n).sqrt();
    // Errors grow with the level, so they are taken as shares of what was to be expected.
    let t = (away / expected).abs() / spread;
    let p_value = if t.is_finite() { 2.0 * (1.0 - student_t_cdf(t, n)) } else { 1.0 };
    Some(YearBefore { expected, away, p_value })
}

fn past(series: &Series, values: &[f64]) -> (Vec<Break>, Vec<Odd>) {
    let Some(found) = changes::find(values, &options(series.grain.season())) else {
        return (Vec::new(), Vec::new());
    };
    let period = |at: usize| series.points[at].period;
    let breaks =
        found.changes.iter().map(|c| Break { period: period(c.at), before: c.before, after: c.after });
    let odd = found.anomalies.iter().map(|a| Odd {
        period: period(a.at),
        value: a.value,
        expected: a.expected,
        low: a.low,
        high: a.high,
    });
    (breaks.collect(), odd.collect())
}

fn options(season: usize) -> Options {
    Options { period: season, threshold: THRESHOLD, penalty: 1.0 }
}

/// Whether the search over the whole past sees the last value as odd, or a change shortly before it.
fn is_seen(values: &[f64], season: usize) -> bool {
    let last = values.len().saturating_sub(1);
    changes::find(values, &options(season)).is_some_and(|found| {
        found.anomalies.iter().any(|a| a.at == last) || found.changes.iter().any(|c| c.at + LATELY > last)
    })
}

/// Corrects the chances for the number of metrics that were looked at, and says the verdicts; returns that number.
pub(super) fn correct(metrics: &mut [Move]) -> usize {
    let p_values: Vec<f64> =
        metrics.iter().map(|m| m.expectation.map_or(f64::NAN, |expectation| expectation.p_value)).collect();
    let n_tested = p_values.iter().filter(|p| !p.is_nan()).count();
    let adjusted = holm(&p_values);
    for (found, p_adjusted) in metrics.iter_mut().zip(adjusted) {
        let Some(expectation) = &mut found.expectation else { continue };
        expectation.p_adjusted = p_adjusted;
        let away = found.value.unwrap_or_default() - expectation.value;
        (found.verdict, found.why) = verdict(found, p_adjusted < ALARM, away, n_tested);
    }
    n_tested
}

fn verdict(found: &Move, is_far: bool, away: f64, n_tested: usize) -> (Verdict, String) {
    let said = |verdict: Verdict, words: &str| (verdict, words.to_string());
    match (is_far, found.is_seen, found.year_before) {
        (false, ..) => {
            let words =
                format!("It lies within what noise and season bring, with {n_tested} metrics looked at.");
            (Verdict::Within, words)
        }
        (true, false, _) => said(
            Verdict::Within,
            "It lies outside what the months before let expect, but months like it are in its past.",
        ),
        (true, true, None) => said(
            Verdict::CannotTell,
            "It lies outside what the months before let expect, but too few months can be held against a year before to tell it \
             from the season; that takes twenty.",
        ),
        (true, true, Some(beside)) if beside.agrees(away) => said(
            Verdict::Moved,
            "It lies outside what the months before let expect, the search over its whole past sees it too, and it is not the season \
             of the year before.",
        ),
        (true, true, Some(_)) => said(
            Verdict::Within,
            "It lies outside what the months before let expect, but the same month of the year before explains that.",
        ),
    }
}
