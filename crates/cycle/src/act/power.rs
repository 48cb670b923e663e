//! Whether an experiment can answer: reckoned before the launch from what the metric did before, and kept with the design.
//!
//! The mathematics is in `statistics::power`. An experiment that could not see the effect that is expected is refused,
//! unless somebody writes down why it shall run all the same.

use super::actions::{self, Action, Check};
use super::experiments::{self, Arm, Design, Experiment, State, Unit};
use super::segments;
use crate::calendar::{Day, last_day};
use crate::plan::metrics::{self, Kind, Metric, PeopleOf};
use platform::clock::DAY;
use platform::store::{Snapshot, Store, Tx};
use platform::{By, Error, Micros, Result};
use records::filter::Filter;
use serde::{Deserialize, Serialize};
use statistics::{always_valid, power as reckon};
use std::collections::HashMap;

/// Days over which new customers are counted to say how fast they come.
const INFLOW_DAYS: i64 = 90;
/// Units below which nothing is reckoned: normal approximations do not hold for fewer.
const LEAST_UNITS: u64 = 30;
/// Units that each arm must have, for the same reason.
const LEAST_IN_ARM: u64 = 20;
/// All daily looks together are wrong so rarely about an action that changes nothing.
const LEVEL: f64 = 0.95;
/// The probability of seeing an effect that is there.
const POWER: f64 = 0.8;
/// Nobody waits longer than this for enough customers.
const LONGEST_WAIT_DAYS: u64 = 3 * 365;
/// A plan older than this is made anew before a launch.
const STALE_DAYS: i64 = 7;

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It would see the effect that is expected, four times out of five.
    Yes,
    /// It would not; more customers are needed.
    No,
    /// Nobody said which effect is expected.
    NoExpectation,
    /// There are too few customers, or the metric never moved: nothing can be reckoned.
    CannotTell,
}

/// What an experiment can see.
///
/// **Units.** Effects in the metric's unit for one unit of the draw (a person or a company) over the window; money in minor
/// units, a share as a fraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub made_at: Micros,
    /// The window whose outcome was looked at ends on this day.
    pub last_day: String,
    pub segment_version: Option<i64>,
    pub n_people: u64,
    pub n_units: u64,
    pub n_held_out: u64,
    /// Of the largest comparison: one variant with those held out.
    pub n_treated: u64,
    pub mean: f64,
    pub deviation: f64,
    /// With the same unit's outcome before; 0 where there is none.
    pub correlation: f64,
    /// The smallest effect that it would see, four times out of five.
    pub detectable: Option<f64>,
    pub expected: Option<f64>,
    /// Probability of seeing the expected effect.
    pub power: Option<f64>,
    /// Units that are needed to see the expected effect, of all arms.
    pub needed: Option<u64>,
    /// How many more that are than there are now.
    pub missing: u64,
    pub inflow_per_day: f64,
    /// Days until the missing have come; None where nobody comes.
    pub days: Option<u64>,
    pub answer: Answer,
}

/// Reckons the plan of an experiment of an action, from the people who are in its segment now.
pub fn look(snapshot: &mut Snapshot<'_>, experiment: &Experiment) -> Result<Plan> {
    let action_id = experiment.action_id.as_deref().unwrap_or_default();
    let action = actions::get(snapshot, action_id)?;
    let (filter, segment_version) = match &action.segment_id {
        Some(id) => {
            let segment = segments::get(snapshot, id)?;
            (segment.filter, Some(segment.version))
        }
        None => (Filter::default(), None),
    };
    let asked = Asked {
        unit: experiment.unit,
        arms: experiment.arms.clone(),
        metric: metrics::get(snapshot, &experiment.metric)?,
        window_days: experiment.window_days,
        pre_days: experiment.pre_days,
        expected: action.expected.map(|expected| expected.per_person),
    };
    let known = know(snapshot, &asked, &filter, segment_version)?;
    Ok(plan(snapshot.now(), &asked, &known))
}

/// What a design would see, before it is anybody's experiment, beside the same with other shares left alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    pub plan: Plan,
    pub other_shares: Vec<OtherShare>,
}

/// The same design with another share left alone.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherShare {
    pub holdout_permille: i64,
    pub plan: Plan,
}

/// The shares that are shown beside the one that was chosen.
const SHARES: [i64; 4] = [100, 200, 300, 500];

/// Reckons what a design would see among the people of a filter, with a difference of `expected` for each.
pub fn preview(
    snapshot: &mut Snapshot<'_>,
    design: &Design,
    expected: Option<f64>,
    filter: &Filter,
) -> Result<Preview> {
    let mut asked = Asked {
        unit: design.unit,
        arms: design.arms(),
        metric: metrics::get(snapshot, &design.metric)?,
        window_days: design.window_days,
        pre_days: design.pre_days,
        expected,
    };
    let now = snapshot.now();
    let known = know(snapshot, &asked, filter, None)?;
    let own = plan(now, &asked, &known);
    let other_shares = SHARES
        .into_iter()
        .map(|holdout_permille| {
            asked.arms = Design { holdout_permille, ..design.clone() }.arms();
            OtherShare { holdout_permille, plan: plan(now, &asked, &known) }
        })
        .collect();
    Ok(Preview { plan: own, other_shares })
}

/// What is asked of the past.
struct Asked {
    unit: Unit,
    /// The holdout first.
    arms: Vec<Arm>,
    metric: Metric,
    window_days: i64,
    pre_days: i64,
    /// Of one person, in the metric's unit.
    expected: Option<f64>,
}

/// What the past says to it.
fn know(
    snapshot: &mut Snapshot<'_>,
    asked: &Asked,
    filter: &Filter,
    segment_version: Option<i64>,
) -> Result<Known> {
    let members = records::people::matching_ids(snapshot, filter)?;
    let last_day = end_of_data(snapshot)?;
    let history = history(snapshot, asked, &members, last_day)?;
    let inflow_per_day = inflow(snapshot, filter, last_day)?;
    Ok(Known { n_people: members.len() as u64, segment_version, last_day, history, inflow_per_day })
}

/// Reckons the plan and keeps it with the experiment.
///
/// **Errors** with a conflict after the launch.
pub fn look_and_keep(store: &Store, by: By, experiment_id: &str) -> Result<(Experiment, Plan)> {
    let id = experiment_id.to_string();
    let (version, plan) = store
        .scan(move |s| {
            let experiment = experiments::get(s, &id)?;
            Ok((experiment.version, look(s, &experiment)?))
        })
        .wait()?;
    let (id, kept) = (experiment_id.to_string(), plan.clone());
    let experiment = store.write(by, move |tx| keep(tx, &id, version, &kept)).wait()?;
    Ok((experiment, plan))
}

/// Keeps a plan that was reckoned for this version of the design.
pub fn keep(tx: &mut Tx<'_>, id: &str, version: i64, plan: &Plan) -> Result<Experiment> {
    experiments::plan_kept(tx, id, version, &serde_json::to_string(plan)?)
}

/// The plan that was kept, if one was.
pub fn kept(experiment: &Experiment) -> Result<Option<Plan>> {
    experiment.plan_json.as_deref().map(|text| serde_json::from_str(text).map_err(Error::from)).transpose()
}

/// What the check list says about the experiment's power.
pub(super) fn check(snapshot: &mut Snapshot<'_>, action: &Action, experiment: &Experiment) -> Result<Check> {
    let (field, name) = ("why_underpowered", "Can it answer?");
    if experiment.state != State::Planned {
        return Ok(Check::fine(field, name, "it was launched"));
    }
    let Some(plan) = kept(experiment)? else {
        return Ok(Check::refused(field, name, "nobody has reckoned yet whether the experiment can answer"));
    };
    let segment_version = match &action.segment_id {
        Some(id) => Some(segments::get(snapshot, id)?.version),
        None => None,
    };
    if plan.segment_version != segment_version || snapshot.now() - plan.made_at > STALE_DAYS * DAY {
        return Ok(Check::refused(field, name, "the plan is out of date; reckon it again"));
    }
    Ok(match (plan.answer, &experiment.why_underpowered) {
        (Answer::Yes, _) => Check::fine(field, name, "yes, four times out of five or better"),
        (_, Some(why)) => Check::fine(field, name, format!("hardly, and it shall run all the same: {why}")),
        (Answer::No, None) => Check::refused(field, name, plan.shortage()),
        (Answer::NoExpectation, None) => {
            Check::refused(field, name, "say what you expect for one customer; only then it can be reckoned")
        }
        (Answer::CannotTell, None) => {
            Check::refused(field, name, format!("{}; or say why it shall run all the same", plan.hindrance()))
        }
    })
}

impl Plan {
    /// Why nothing can be reckoned, and what would help: `only 10 of 50 would be left alone, and at least 20 must be: …`.
    pub fn hindrance(&self) -> String {
        let n = |n: u64| crate::words::count(n);
        let units = self.n_units;
        if units < 2 * LEAST_IN_ARM {
            return format!(
                "there are only {} in it, and fewer than {LEAST_IN_ARM} on a side say nothing: choose a larger audience",
                counted(units, "customer", "customers")
            );
        }
        if self.n_held_out < LEAST_IN_ARM {
            return format!(
                "only {} of {} would be left alone, and at least {LEAST_IN_ARM} must be: leave a larger share alone, or \
                 choose a larger audience",
                n(self.n_held_out),
                n(units)
            );
        }
        if self.n_treated < LEAST_IN_ARM {
            return format!(
                "only {} of {} would be treated alike, and at least {LEAST_IN_ARM} must be: leave a smaller share alone, \
                 or choose a larger audience",
                n(self.n_treated),
                n(units)
            );
        }
        "the figure never moved among these customers: judge by another one".to_string()
    }

    /// `needs 480 more customers, about 9 days` in a sentence.
    pub fn shortage(&self) -> String {
        match self.days.filter(|days| *days <= LONGEST_WAIT_DAYS) {
            Some(days) => format!(
                "it would miss the effect you expect; it needs {}, about {} at the pace at which new ones come",
                counted(self.missing, "more customer", "more customers"),
                counted(days, "day", "days")
            ),
            None => format!(
                "it would miss the effect you expect; it needs {}, and too few new ones come for that",
                counted(self.missing, "more customer", "more customers")
            ),
        }
    }
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", crate::words::count(n), if n == 1 { one } else { many })
}

/// What the past says.
struct Known {
    n_people: u64,
    segment_version: Option<i64>,
    last_day: Day,
    history: History,
    inflow_per_day: f64,
}

struct History {
    n_units: u64,
    mean: f64,
    deviation: f64,
    correlation: f64,
}

/// The last day of which the outcome is known: today where orders still come in, else that of the newest order.
fn end_of_data(snapshot: &mut Snapshot<'_>) -> Result<Day> {
    let now = snapshot.now();
    let newest = snapshot.first(
        "SELECT ordered_at FROM orders WHERE ordered_at <= $1 ORDER BY ordered_at DESC, id DESC LIMIT 1",
        &platform::params![now],
        |row| row.get::<Micros>(0),
    )?;
    Ok(last_day(None, newest.map(Day::of), Day::of(now)).0)
}

/// What the metric did for the members over one window that ends with the data, and over the time before it.
fn history(snapshot: &mut Snapshot<'_>, asked: &Asked, members: &[String], end: Day) -> Result<History> {
    let units = units(snapshot, asked.unit)?;
    let until = end.next().start();
    let from = until - asked.window_days * DAY;
    let outcome = totals(snapshot, &asked.metric, members, &units, (from, until))?;
    let before = match asked.pre_days {
        0 => Vec::new(),
        days => totals(snapshot, &asked.metric, members, &units, (from - days * DAY, from))?,
    };
    let values = linear(&asked.metric, &outcome);
    let earlier = linear(&asked.metric, &before);
    let (mean, deviation) = moments(&values);
    // Who is chosen for having bought once bought either before or after: such an opposition comes from the choice, does
    // not come again, and must not be counted on.
    let correlation = correlation(&values, &earlier).max(0.0);
    Ok(History { n_units: values.len() as u64, mean, deviation, correlation })
}

/// The company of each person, where companies are drawn as a whole.
fn units(snapshot: &mut Snapshot<'_>, unit: Unit) -> Result<HashMap<String, String>> {
    if unit == Unit::Person {
        return Ok(HashMap::new());
    }
    let sql = "SELECT id, company_id FROM people WHERE company_id IS NOT NULL AND merged_into IS NULL AND deleted_at IS NULL";
    Ok(snapshot.query(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

/// Numerator and denominator of each unit, in the order of the first of its people; `members` ascend.
fn totals(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    members: &[String],
    units: &HashMap<String, String>,
    (from, until): (Micros, Micros),
) -> Result<Vec<(f64, f64)>> {
    let mut found: Vec<(f64, f64)> = Vec::with_capacity(members.len());
    let mut place_of: HashMap<&str, usize> = HashMap::new();
    let mut next = 0;
    metrics::per_person(
        snapshot,
        &metric.reference(),
        from,
        until,
        &PeopleOf::Everybody,
        &mut |id, x, y| {
            while next < members.len() && members[next].as_str() < id {
                next += 1;
            }
            if next >= members.len() || members[next] != id {
                return;
            }
            match units.get(id) {
                None => found.push((x, y)),
                Some(unit) => {
                    let place = *place_of.entry(unit.as_str()).or_insert(found.len());
                    if place == found.len() {
                        found.push((x, y));
                    } else {
                        found[place].0 += x;
                        found[place].1 += y;
                    }
                }
            }
        },
    )?;
    Ok(found)
}

/// One value for each unit: the numerator, and for a ratio its part of the ratio's linearisation around the mean (delta
/// method), so that the deviation is that of the ratio.
fn linear(metric: &Metric, totals: &[(f64, f64)]) -> Vec<f64> {
    if !matches!(metric.kind, Kind::Ratio) {
        return totals.iter().map(|(x, _)| *x).collect();
    }
    let n = totals.len() as f64;
    let (sum_x, sum_y) = totals.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    if sum_y == 0.0 {
        return vec![0.0; totals.len()];
    }
    let (ratio, mean_y) = (sum_x / sum_y, sum_y / n);
    totals.iter().map(|(x, y)| ratio + (x - ratio * y) / mean_y).collect()
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if n < 2.0 {
        return (values.first().copied().unwrap_or(0.0), 0.0);
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// Pearson's correlation, 0 where one of the two never moved.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() || a.len() < 3 {
        return 0.0;
    }
    let ((mean_a, dev_a), (mean_b, dev_b)) = (moments(a), moments(b));
    if dev_a == 0.0 || dev_b == 0.0 {
        return 0.0;
    }
    let sum: f64 = a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)).sum();
    (sum / ((a.len() - 1) as f64 * dev_a * dev_b)).clamp(-0.99, 0.99)
}

/// How many of those in the segment became customers in the last days, a day.
fn inflow(snapshot: &mut Snapshot<'_>, filter: &Filter, end: Day) -> Result<f64> {
    let from = end.plus(1 - INFLOW_DAYS as i32).start();
    let mut condition = records::filter::condition(filter, snapshot.dialect(), snapshot.now())?;
    let place = condition.place(platform::Param::Int(from));
    let sql = format!(
        "SELECT count(*) FROM people WHERE {} AND COALESCE(first_order_at, customer_since, created_at) >= {place}",
        condition.text
    );
    let n = snapshot.one(&sql, &condition.params, |row| row.get::<i64>(0))?;
    Ok(n as f64 / INFLOW_DAYS as f64)
}

/// The result is looked at every day; the interval that allows it is a little wider than that of one look.
fn comparison(window_days: i64, share_treated: f64, correlation: f64) -> reckon::Design {
    let n_looks = u32::try_from(window_days).unwrap_or(1).max(1);
    let plain = reckon::Design::plain(share_treated);
    let critical = always_valid::last_critical(LEVEL, n_looks).unwrap_or(plain.critical);
    reckon::Design { power: POWER, critical, correlation, ..plain }
}

fn plan(now: Micros, asked: &Asked, known: &Known) -> Plan {
    let share = |arm: &Arm| arm.permille as f64 / 1000.0;
    let held = asked.arms.first().map_or(0.0, share);
    // The smallest variant against those held out; the other variants do not take part in that comparison.
    let variant = asked.arms.iter().skip(1).map(share).fold(f64::INFINITY, f64::min);
    let variant = if variant.is_finite() { variant } else { 0.0 };
    let compared = held + variant;
    let history = &known.history;
    let n_units = history.n_units;
    let in_comparison = (n_units as f64 * compared).floor() as u64;
    let design = comparison(asked.window_days, variant / compared, history.correlation);
    let is_binary = asked.metric.kind == Kind::Binary && asked.unit == Unit::Person;
    let expected = asked.expected;
    let (detectable, size, power) = if is_binary {
        let base = history.mean.clamp(0.0, 1.0);
        let moved = expected.map(|effect| (base + effect).clamp(0.0, 1.0));
        (
            reckon::shares_detectable(base, in_comparison, &design),
            moved.and_then(|moved| reckon::shares_size(base, moved, &design)),
            moved.and_then(|moved| reckon::shares_power(base, moved, in_comparison, &design)),
        )
    } else {
        let deviation = history.deviation;
        (
            (deviation > 0.0).then(|| reckon::means_detectable(in_comparison, deviation, &design)).flatten(),
            expected.and_then(|effect| reckon::means_size(effect, deviation, &design)),
            expected.and_then(|effect| reckon::means_power(effect, in_comparison, deviation, &design)),
        )
    };
    let needed = size.map(|size| (size.total() as f64 / compared).ceil() as u64);
    let n_held_out = (n_units as f64 * held).round() as u64;
    let n_treated = (n_units as f64 * variant).round() as u64;
    let is_enough = n_units >= LEAST_UNITS && n_held_out >= LEAST_IN_ARM && n_treated >= LEAST_IN_ARM;
    let (detectable, power) = if is_enough { (detectable, power) } else { (None, None) };
    let missing = needed.unwrap_or(0).saturating_sub(n_units);
    let answer = match (expected, needed) {
        (None, _) => Answer::NoExpectation,
        (Some(0.0), _) => Answer::NoExpectation,
        (Some(_), None) => Answer::CannotTell,
        (Some(_), Some(_)) if missing > 0 => Answer::No,
        (Some(_), Some(_)) if !is_enough => Answer::CannotTell,
        (Some(_), Some(_)) => Answer::Yes,
    };
    Plan {
        made_at: now,
        last_day: known.last_day.to_string(),
        segment_version: known.segment_version,
        n_people: known.n_people,
        n_units,
        n_held_out,
        n_treated,
        mean: history.mean,
        deviation: history.deviation,
        correlation: history.correlation,
        detectable,
        expected,
        power,
        needed,
        missing,
        inflow_per_day: known.inflow_per_day,
        days: (missing > 0).then(|| reckon::days_until(missing, known.inflow_per_day)).flatten(),
        answer,
    }
}
