//! Evaluation: purchases stream out of the store customer by customer, and every metric that was asked for looks at each
//! customer once.
//!
//! All purchases come out of a covering index in its own order, so that ten million of them take one pass; those of an
//! audience are looked up person by person. What a period measured is a sum over independent customers, and that is where
//! its error comes from.

use super::dictionary::{self, Metric, MetricRef};
use super::purchases::{Purchase, figure};
use super::recipes::{OfPurchases, Recipe};
use crate::plan::periods::Period;
use platform::clock::DAY;
use platform::store::{Param, Row, Snapshot};
use platform::{Error, Micros, Result, params};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleOf {
    /// Everybody who is in the database now.
    Everybody,
    /// By the audience's id.
    Audience(String),
    /// By the experiment's id: everybody who was assigned.
    Experiment(String),
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
    let mut found = series_of_many(snapshot, std::slice::from_ref(&metric), audience, periods)?;
    Ok(found.pop().unwrap_or_default())
}

/// As [`series`] for many metrics in one pass over the purchases; one list for each, in their order.
pub fn series_of_many(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    audience: Option<&str>,
    periods: &[Period],
) -> Result<Vec<Vec<Measured>>> {
    let mut asked = Vec::new();
    for metric in metrics {
        asked.push(Asked { recipe: of_purchases(metric)?, window: window(metric), metric });
    }
    let mut sums = vec![vec![Sums::default(); periods.len()]; asked.len()];
    let (from, to) = span(&asked, periods, snapshot.now());
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
    match audience {
        None => each_buyer(snapshot, (from, to), &mut |_, purchases| {
            add(purchases, true);
            Ok(())
        })?,
        Some(id) => {
            each_of(snapshot, &PeopleOf::Audience(id.to_string()), (from, to), &mut |_, purchases| {
                add(purchases, true);
                Ok(())
            })?
        }
    }
    if audience.is_none() && asked.iter().any(|asked| asked.recipe.counts_unknown()) {
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

/// As [`per_person`] for several metrics and times in one pass over the purchases; one pair for each, in their order.
pub fn per_person_many(
    snapshot: &mut Snapshot<'_>,
    wanted: &[(MetricRef, Micros, Micros)],
    people: &PeopleOf,
    each: &mut dyn FnMut(&str, &[(f64, f64)]),
) -> Result<()> {
    let mut metrics = Vec::with_capacity(wanted.len());
    for (metric, _, _) in wanted {
        metrics.push(dictionary::get(snapshot, metric)?);
    }
    let mut asked = Vec::with_capacity(wanted.len());
    for (metric, (_, from, to)) in metrics.iter().zip(wanted) {
        asked.push((Asked { recipe: of_purchases(metric)?, window: window(metric), metric }, *from, *to));
    }
    let earliest = asked.iter().map(|(a, from, to)| earliest(a, *from, *to)).min().unwrap_or_default();
    let latest = asked.iter().map(|(_, _, to)| *to).max().unwrap_or_default();
    let mut figures = vec![(0.0, 0.0); asked.len()];
    let span = (earliest, latest.min(snapshot.now().saturating_add(1)));
    each_of(snapshot, people, span, &mut |id, purchases| {
        for ((asked, from, to), found) in asked.iter().zip(&mut figures) {
            *found = figure(asked.recipe, purchases, (*from, *to), asked.window);
        }
        each(id, &figures);
        Ok(())
    })
}

struct Asked<'a> {
    recipe: OfPurchases,
    window: Micros,
    metric: &'a Metric,
}

fn of_purchases(metric: &Metric) -> Result<OfPurchases> {
    match metric.shipped()?.recipe {
        Recipe::Purchases(recipe) => Ok(recipe),
        Recipe::Lacking(what) => {
            Err(Error::invalid("metric", format!("{} cannot be measured yet: it needs {what}", metric.name)))
        }
    }
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
struct Sums {
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
    n: f64,
}

impl Sums {
    fn add(&mut self, x: f64, y: f64) {
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
        self.n += f64::from(u8::from(x != 0.0));
    }

    /// The error of a sum over customers who come by chance is √Σx²; of a ratio R = Σx/Σy, √Σ(x − Ry)² / Σy.
    fn measured(self, period: Period, metric: &Metric) -> Measured {
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

type EachPerson<'a> = dyn FnMut(&str, &[Purchase]) -> Result<()> + 'a;

/// Everybody who bought something in the time, with their purchases in its order.
fn each_buyer(
    snapshot: &mut Snapshot<'_>,
    (from, to): (Micros, Micros),
    each: &mut EachPerson<'_>,
) -> Result<()> {
    let mut one = One::default();
    snapshot.each(
        "SELECT person_id, ordered_at, is_return, counted_minor FROM orders
         WHERE person_id IS NOT NULL AND ordered_at >= $1 AND ordered_at < $2
         ORDER BY person_id, ordered_at, is_return, counted_minor",
        &params![from, to],
        |row| one.take(row, each),
    )?;
    one.give(each)
}

/// Orders that belong to nobody in particular.
fn each_of_nobody(
    snapshot: &mut Snapshot<'_>,
    (from, to): (Micros, Micros),
    each: &mut dyn FnMut(Purchase),
) -> Result<()> {
    snapshot.each(
        "SELECT ordered_at, is_return, counted_minor FROM orders
         WHERE person_id IS NULL AND ordered_at >= $1 AND ordered_at < $2",
        &params![from, to],
        |row| {
            each(purchase(row, 0)?);
            Ok(())
        },
    )
}

/// Everybody who is asked, with their purchases in the time, which may be none.
fn each_of(
    snapshot: &mut Snapshot<'_>,
    people: &PeopleOf,
    (from, to): (Micros, Micros),
    each: &mut EachPerson<'_>,
) -> Result<()> {
    let mut values = params![from, to].to_vec();
    let (person, source) = match people {
        PeopleOf::Everybody => ("p.id", "people p"),
        PeopleOf::Audience(_) => ("p.person_id", "audience_people p"),
        PeopleOf::Experiment(_) => ("p.person_id", "experiment_people p"),
    };
    let narrowed = match people {
        PeopleOf::Everybody => "p.merged_into IS NULL AND p.deleted_at IS NULL",
        PeopleOf::Audience(_) => "p.audience_id = $3",
        PeopleOf::Experiment(_) => "p.experiment_id = $3",
    };
    if let PeopleOf::Audience(id) | PeopleOf::Experiment(id) = people {
        values.push(Param::Text(Cow::Borrowed(id)));
    }
    let sql = format!(
        "SELECT {person}, o.ordered_at, o.is_return, o.counted_minor FROM {source}
         LEFT JOIN orders o ON o.person_id = {person} AND o.ordered_at >= $1 AND o.ordered_at < $2
         WHERE {narrowed} ORDER BY {person}"
    );
    let mut one = One::default();
    snapshot.each(&sql, &values, |row| one.take(row, each))?;
    one.give(each)
}

/// The person whose rows are arriving.
#[derive(Default)]
struct One {
    id: String,
    is_there: bool,
    purchases: Vec<Purchase>,
}

impl One {
    fn take(&mut self, row: &Row<'_>, each: &mut EachPerson<'_>) -> Result<()> {
        let id = row.text(0)?;
        if !self.is_there || self.id != id {
            self.give(each)?;
            self.id.clear();
            self.id.push_str(id);
            self.is_there = true;
        }
        if row.get::<Option<i64>>(1)?.is_some() {
            self.purchases.push(purchase(row, 1)?);
        }
        Ok(())
    }

    fn give(&mut self, each: &mut EachPerson<'_>) -> Result<()> {
        if !self.is_there {
            return Ok(());
        }
        self.purchases.sort_by_key(|purchase| purchase.at);
        each(&self.id, &self.purchases)?;
        self.purchases.clear();
        Ok(())
    }
}

/// The columns from `at` on: moment, return, money.
fn purchase(row: &Row<'_>, at: usize) -> Result<Purchase> {
    let (is_return, value_minor): (bool, i64) = (row.get(at + 1)?, row.get(at + 2)?);
    Ok(Purchase { at: row.get(at)?, is_order: !is_return && value_minor > 0, value_minor })
}
