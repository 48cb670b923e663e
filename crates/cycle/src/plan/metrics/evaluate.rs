//! Evaluation: what a metric was in each period, and for each person.
//!
//! Every metric that is counted from purchases looks at each customer once, whatever the number of metrics and periods.
//! What a period measured is a sum over customers who come independently, and that is where its error comes from.

use super::dictionary::{self, Metric, MetricRef};
use super::purchases::{Purchase, figure};
use super::recipes::{OfPurchases, Recipe};
use super::streams::{each_buyer, each_of, each_of_nobody};
use super::tally::{Calendar, Everybody};
use super::{contracts, mail, spending, standing};
use crate::calendar::Day;
use crate::plan::periods::Period;
use platform::clock::DAY;
use platform::store::Snapshot;
use platform::{Error, Micros, Result};
use records::filter::Filter;
use serde::{Deserialize, Serialize};

/// What a metric was in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub period: Period,
    pub numerator: f64,
    /// What the numerator is divided by; for a sum or a number of people, how many people (and orders of nobody) it is from.
    pub denominator: f64,
    /// None where there is nothing to divide by.
    pub value: Option<f64>,
    /// Standard error of the value, had other customers come by the same chances; None where nothing can be said.
    pub error: Option<f64>,
}

/// Of whom something is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum PeopleOf {
    /// Everybody who is in the database now.
    Everybody,
    /// By the audience's id.
    Audience(String),
    /// By the experiment's id: everybody who was assigned.
    Experiment(String),
    /// Everybody who matches a filter now.
    Matching(Filter),
}

/// What a metric was in each of some periods, of everybody or of an audience.
///
/// **Errors** when the metric has no such version, or its facts do not exist yet.
pub fn series(
    snapshot: &mut Snapshot<'_>,
    metric: &MetricRef,
    audience: Option<&str>,
    periods: &[Period],
) -> Result<Vec<Measured>> {
    let metric = dictionary::get(snapshot, metric)?;
    let people = audience.map_or(PeopleOf::Everybody, |id| PeopleOf::Audience(id.to_string()));
    let mut found = series_of_many(snapshot, std::slice::from_ref(&metric), &people, periods)?;
    Ok(found.pop().unwrap_or_default())
}

/// As [`series`] for many metrics with one pass over the purchases; one list for each, in their order.
///
/// Everybody includes orders of nobody in particular, where the metric counts them.
pub fn series_of_many(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    people: &PeopleOf,
    periods: &[Period],
) -> Result<Vec<Vec<Measured>>> {
    assembled(snapshot, metrics, people, periods, |snapshot, asked| {
        of_purchases(snapshot, asked, people, periods)
    })
}

/// As [`series_of_many`] for everybody, where `all` counted the purchases in the periods of the calendar.
///
/// `windows` are the days of silence that were counted.
pub fn series_of_counted(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    all: &Everybody,
    calendar: &Calendar,
    windows: &[i32],
) -> Result<Vec<Vec<Measured>>> {
    assembled(snapshot, metrics, &PeopleOf::Everybody, &calendar.periods, |_, asked| {
        let place = |metric: &Metric| {
            let days = metric.params.window_days.and_then(|days| i32::try_from(days).ok());
            days.and_then(|days| windows.iter().position(|window| *window == days)).unwrap_or(0)
        };
        Ok(asked
            .iter()
            .map(|asked| all.of(asked.metric, calendar, place(asked.metric)).unwrap_or_default())
            .collect())
    })
}

/// Measures metrics of every kind; `count` answers for those of purchases.
fn assembled(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    people: &PeopleOf,
    periods: &[Period],
    count: impl FnOnce(&mut Snapshot<'_>, &[Asked<'_>]) -> Result<Vec<Vec<Measured>>>,
) -> Result<Vec<Vec<Measured>>> {
    let customers = spending::customers(snapshot, metrics, periods)?;
    let mut asked = Vec::new();
    for metric in metrics.iter().chain(&customers) {
        if let Recipe::Purchases(recipe) = recipe(metric)? {
            asked.push(Asked { recipe, window: window(metric), metric });
        }
    }
    let mut counted = count(snapshot, &asked)?;
    let of_customers = counted.split_off(counted.len() - customers.len());
    let mut counted = counted.into_iter();
    let mut found = Vec::with_capacity(metrics.len());
    for metric in metrics {
        found.push(match recipe(metric)? {
            Recipe::Purchases(_) => counted.next().unwrap_or_default(),
            Recipe::Standing(what) => standing::series(snapshot, metric, what, people, periods)?,
            Recipe::Mail(what) => mail::series(snapshot, metric, what, people, periods)?,
            Recipe::Spending(what) => {
                let place = customers.iter().position(|customers| customers.key == what.customers());
                let of_customers = place.map(|place| of_customers[place].as_slice());
                spending::series(snapshot, metric, what, people, periods, of_customers)?
            }
            Recipe::Contracts(what) => contracts::series(snapshot, metric, what, people, periods)?,
            Recipe::Seats => standing::seats(snapshot, metric, periods)?,
            Recipe::Lacking(what) => return Err(lacking(metric, what)),
        });
    }
    Ok(found)
}

/// A metric that is known only as it stands, over everybody, as of today; None for any other.
pub fn standing_today(snapshot: &mut Snapshot<'_>, metric: &Metric) -> Result<Option<Measured>> {
    let today = Day::of(snapshot.now());
    match recipe(metric)? {
        Recipe::Standing(what) => {
            let sums = standing::sums(snapshot, what)?;
            Ok(Some(sums.measured(Period { first: today, last: today }, metric)))
        }
        _ => Ok(None),
    }
}

fn of_purchases(
    snapshot: &mut Snapshot<'_>,
    asked: &[Asked<'_>],
    people: &PeopleOf,
    periods: &[Period],
) -> Result<Vec<Vec<Measured>>> {
    if asked.is_empty() || periods.is_empty() {
        return Ok(vec![Vec::new(); asked.len()]);
    }
    let mut sums = vec![vec![Sums::default(); periods.len()]; asked.len()];
    let (from, to) = span(asked, periods, snapshot.now());
    let mut add = |purchases: &[Purchase], is_known: bool| {
        for (asked, sums) in asked.iter().zip(&mut sums) {
            if !is_known && !asked.recipe.counts_unknown() {
                continue;
            }
            for (period, sums) in periods.iter().zip(sums) {
                let (x, y) = figure(asked.recipe, purchases, (period.from(), period.until()), asked.window);
                sums.add(x, y);
            }
        }
    };
    let mut known = |_: &str, purchases: &[Purchase]| {
        add(purchases, true);
        Ok(())
    };
    match people {
        PeopleOf::Everybody => each_buyer(snapshot, (from, to), &mut known)?,
        some => each_of(snapshot, some, (from, to), &mut known)?,
    }
    if *people == PeopleOf::Everybody && asked.iter().any(|asked| asked.recipe.counts_unknown()) {
        each_of_nobody(snapshot, (from, to), &mut |purchase| add(&[purchase], false))?;
    }
    let measured = |asked: &Asked<'_>, sums: Vec<Sums>| {
        periods.iter().zip(sums).map(|(period, sums)| sums.measured(*period, asked.metric)).collect()
    };
    Ok(asked.iter().zip(sums).map(|(asked, sums)| measured(asked, sums)).collect())
}

/// Calls `each` with the id, numerator and denominator of every person, in the order of ids, from the moment `from` until
/// before `to`; who did nothing is among them.
///
/// **Units.** Money in minor units; a number of people as 0 or 1 of 1; a ratio as what is to be summed above and below.
///
/// **Errors** when the metric has no such version, its facts do not exist yet, or it is not measured on people.
pub fn per_person(
    snapshot: &mut Snapshot<'_>,
    metric: &MetricRef,
    from: Micros,
    to: Micros,
    people: &PeopleOf,
    each: &mut dyn FnMut(&str, f64, f64),
) -> Result<()> {
    let wanted = [(metric.clone(), from, to)];
    per_person_many(snapshot, &wanted, people, &mut |id, figures| each(id, figures[0].0, figures[0].1))
}

/// Takes one person and the numerator and denominator of each metric.
pub type EachPerson<'a> = dyn FnMut(&str, &[(f64, f64)]) + 'a;

/// As [`per_person`] for several metrics and times in one pass over the purchases; one pair for each, in their order.
pub fn per_person_many(
    snapshot: &mut Snapshot<'_>,
    wanted: &[(MetricRef, Micros, Micros)],
    people: &PeopleOf,
    each: &mut EachPerson<'_>,
) -> Result<()> {
    let mut metrics = Vec::with_capacity(wanted.len());
    for (metric, _, _) in wanted {
        metrics.push(dictionary::get(snapshot, metric)?);
    }
    let mut columns = Vec::with_capacity(wanted.len());
    for (metric, (_, from, to)) in metrics.iter().zip(wanted) {
        columns.push(column(snapshot, metric, (*from, *to), people)?);
    }
    let counted = || {
        columns.iter().filter_map(|column| if let OfOne::Counted(one) = column { Some(one) } else { None })
    };
    let first = counted().map(|(asked, (from, to))| earliest(asked, *from, *to)).min().unwrap_or(Micros::MAX);
    let last = counted().map(|(_, (_, to))| *to).max().unwrap_or(Micros::MIN);
    let mut figures = vec![(0.0, 0.0); columns.len()];
    let mut place = 0;
    each_of(snapshot, people, (first, last.min(snapshot.now().saturating_add(1))), &mut |id, purchases| {
        for (column, found) in columns.iter().zip(&mut figures) {
            *found = match column {
                OfOne::Counted((asked, period)) => figure(asked.recipe, purchases, *period, asked.window),
                OfOne::Read(values) => *values.get(place).unwrap_or(&(0.0, 0.0)),
            };
        }
        place += 1;
        each(id, &figures);
        Ok(())
    })
}

/// Where the figures of one metric come from while the people pass by.
enum OfOne<'a> {
    Counted((Asked<'a>, (Micros, Micros))),
    /// Read before, in the same order of the same people.
    Read(Vec<(f64, f64)>),
}

fn column<'a>(
    snapshot: &mut Snapshot<'_>,
    metric: &'a Metric,
    period: (Micros, Micros),
    people: &PeopleOf,
) -> Result<OfOne<'a>> {
    match recipe(metric)? {
        Recipe::Purchases(recipe) => {
            Ok(OfOne::Counted((Asked { recipe, window: window(metric), metric }, period)))
        }
        Recipe::Standing(what) => {
            let mut values = Vec::new();
            standing::per_person(snapshot, what, people, &mut |_, x, y| values.push((x, y)))?;
            Ok(OfOne::Read(values))
        }
        Recipe::Mail(what) => {
            let mut values = Vec::new();
            mail::per_person(snapshot, what, period, people, &mut |_, x, y| values.push((x, y)))?;
            Ok(OfOne::Read(values))
        }
        Recipe::Contracts(what) => {
            let mut values = Vec::new();
            contracts::per_person(snapshot, what, period, people, &mut |_, x, y| values.push((x, y)))?;
            Ok(OfOne::Read(values))
        }
        Recipe::Seats | Recipe::Spending(_) => {
            let words = format!("{} is not counted from people, so it has no figure for each", metric.name);
            Err(Error::invalid("metric", words))
        }
        Recipe::Lacking(what) => Err(lacking(metric, what)),
    }
}

struct Asked<'a> {
    recipe: OfPurchases,
    window: Micros,
    metric: &'a Metric,
}

fn recipe(metric: &Metric) -> Result<Recipe> {
    Ok(metric.shipped()?.recipe)
}

fn lacking(metric: &Metric, what: &str) -> Error {
    Error::invalid("metric", format!("{} cannot be measured yet: it needs {what}", metric.name))
}

fn window(metric: &Metric) -> Micros {
    Micros::from(metric.params.window_days.unwrap_or_default()) * DAY
}

/// The purchases that are needed for all that is asked.
fn span(asked: &[Asked<'_>], periods: &[Period], now: Micros) -> (Micros, Micros) {
    let from = asked
        .iter()
        .flat_map(|asked| periods.iter().map(|p| earliest(asked, p.from(), p.until())))
        .min()
        .unwrap_or(Micros::MAX);
    let to = periods.iter().map(|period| period.until()).max().unwrap_or(Micros::MIN);
    (from, to.min(now.saturating_add(1)))
}

fn earliest(asked: &Asked<'_>, from: Micros, to: Micros) -> Micros {
    match asked.recipe {
        recipe if recipe.needs_history() => Micros::MIN,
        recipe if recipe.has_window() => from.saturating_sub(asked.window),
        OfPurchases::Growth => from.saturating_sub(to - from),
        _ => from,
    }
}

/// Sums over customers: of what is counted, of what it is divided by, of their squares and products.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) xx: f64,
    pub(super) xy: f64,
    pub(super) yy: f64,
    /// Customers of whom there is something to count.
    pub(super) n: f64,
}

impl Sums {
    pub(super) fn add(&mut self, x: f64, y: f64) {
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
        self.n += f64::from(u8::from(x != 0.0));
    }

    /// The sums over these and other customers.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            x: self.x + other.x,
            y: self.y + other.y,
            xx: self.xx + other.xx,
            xy: self.xy + other.xy,
            yy: self.yy + other.yy,
            n: self.n + other.n,
        }
    }

    /// The error of a sum over customers who come by chance is √Σx²; of a ratio R = Σx/Σy, √Σ(x − Ry)² / Σy.
    pub(super) fn measured(self, period: Period, metric: &Metric) -> Measured {
        let Self { x, y, xx, xy, yy, n } = self;
        if !metric.kind.is_divided() {
            let error = (n > 0.0).then(|| xx.sqrt());
            return Measured { period, numerator: x, denominator: n, value: Some(x), error };
        }
        let value = (y > 0.0).then(|| x / y);
        let error = value.map(|ratio| (xx - 2.0 * ratio * xy + ratio * ratio * yy).max(0.0).sqrt() / y);
        Measured { period, numerator: x, denominator: y, value, error }
    }
}
