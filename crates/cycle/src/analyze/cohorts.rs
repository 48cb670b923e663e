//! Retention cohorts: of those who first bought in one month, how many bought in each later month, and for how much.
//!
//! Months are those of UTC; only months that are over are shown. A return lowers the money of the month of the customer's
//! last purchase before it, because a month with nothing but a return is no month of buying. Cohorts are also told apart
//! by the channel that the customers came from, for whoever looks for a driver. Why a cohort is worse is not said here.

use super::facts::{Facts, Kind, Orders};
use super::rfm::whole;
use super::{Day, rows};
use crate::calendar::month_in_words;
use platform::{Error, Result};
use records::filter::Filter;
use serde::{Deserialize, Serialize};
use statistics::cohorts::{self, Cohorts, Comparison, Triangle};
use statistics::intervals::{Interval, wilson};
use std::collections::BTreeMap;

/// Cohorts are compared by who came back within so many months, or fewer where history is short.
pub const COMPARED_MONTHS: usize = 6;
/// Level of the intervals.
pub const LEVEL: f64 = 0.95;
/// A cohort is flagged when the chance of its returns, corrected for looking at every cohort, is below this.
pub const ALARM: f64 = 0.05;
/// With fewer cohorts than this the first is compared too; see [`Report::first_may_hold_older`].
const FEW_COHORTS: usize = 4;

/// The triangle and the channels within it.
#[derive(Debug)]
pub struct Analysis {
    pub last_day: Day,
    pub triangle: Triangle,
    /// (month of the first purchase, channel) → customers, and who of them came back within the compared months.
    pub by_source: BTreeMap<(i32, u16), (u64, u64)>,
    pub compared_months: usize,
    pub comparisons: Vec<Comparison>,
    pub first_may_hold_older: bool,
}

/// Counts all customers until the last month that is over at the end of `last_day`; None where no month is over.
///
/// **Errors** for a customer whose purchases are more than 100 years apart: a date is wrong.
pub fn analyze(facts: &Facts, last_day: Day) -> Result<Option<Analysis>> {
    let last_month =
        if last_day.next().month() > last_day.month() { last_day.month() } else { last_day.month() - 1 };
    let mut counting = Cohorts::default();
    let mut first_month = i32::MAX;
    let mut months = MonthTable::default();
    for customer in 0..facts.n_customers() {
        let mut current: Option<(i32, i64)> = None;
        for (day, value, kind) in facts.orders(customer).until(last_day).each() {
            let is_purchase = kind == Kind::Purchase;
            let month = months.month(day);
            match &mut current {
                // Before the first purchase there is nothing that a return could undo.
                None if !is_purchase => {}
                Some((known, sum)) if *known == month || !is_purchase => *sum = sum.saturating_add(value),
                _ => {
                    if let Some((month, sum)) = current.replace((month, value)) {
                        add(&mut counting, facts, customer, month, sum)?;
                    }
                    first_month = first_month.min(month);
                }
            }
        }
        if let Some((month, sum)) = current {
            add(&mut counting, facts, customer, month, sum)?;
        }
    }
    if first_month > last_month {
        return Ok(None);
    }
    let triangle = counting.finish(last_month).map_err(|error| wrong_date(facts, &error))?;
    Ok(Some(compared(facts, last_day, last_month, triangle, &mut months)))
}

fn add(counting: &mut Cohorts, facts: &Facts, customer: u32, month: i32, sum: i64) -> Result<()> {
    counting.update(u64::from(customer), month, sum).map_err(|error| wrong_date(facts, &error))
}

fn wrong_date(facts: &Facts, error: &cohorts::TooFarApart) -> Error {
    let id = u32::try_from(error.customer).map(|customer| facts.id(customer)).unwrap_or_default();
    let (first, last) = (month_in_words(error.months.0), month_in_words(error.months.1));
    Error::invalid(
        "ordered_at",
        format!(
            "person {id} bought in {first} and in {last}: one of these dates must be wrong; correct it and run again"
        ),
    )
}

fn compared(
    facts: &Facts,
    last_day: Day,
    last_month: i32,
    triangle: Triangle,
    months: &mut MonthTable,
) -> Analysis {
    let oldest = triangle.cohorts.first().map_or(last_month, |cohort| cohort.month);
    let compared_months = COMPARED_MONTHS.min((last_month - oldest).max(1) as usize);
    let first_may_hold_older = triangle.cohorts.len() >= FEW_COHORTS;
    let others = triangle.cohorts.iter().skip(usize::from(first_may_hold_older)).cloned().collect();
    let comparisons = Triangle { cohorts: others }.compare(compared_months);
    let by_source = by_source(facts, last_day, last_month, compared_months, months);
    Analysis { last_day, triangle, by_source, compared_months, comparisons, first_may_hold_older }
}

/// Customers of each cohort and channel who came back, of cohorts old enough to say.
fn by_source(
    facts: &Facts,
    last_day: Day,
    last_month: i32,
    within: usize,
    months: &mut MonthTable,
) -> BTreeMap<(i32, u16), (u64, u64)> {
    let mut found = BTreeMap::new();
    for customer in 0..facts.n_customers() {
        let Some((first, second)) = first_two_months(facts.orders(customer).until(last_day), months) else {
            continue;
        };
        if first + within as i32 > last_month {
            continue;
        }
        let counts: &mut (u64, u64) = found.entry((first, facts.source_number(customer))).or_default();
        counts.0 += 1;
        counts.1 += u64::from(second.is_some_and(|second| second <= first + within as i32));
    }
    found
}

/// The month of the first purchase, and the first later month with one.
fn first_two_months(orders: Orders<'_>, months: &mut MonthTable) -> Option<(i32, Option<i32>)> {
    let mut bought = orders.purchases().map(|(day, _)| day);
    let first = months.month(bought.next()?);
    Some((first, bought.map(|day| months.month(day)).find(|&month| month > first)))
}

/// The month of each day, looked up instead of computed ten million times.
#[derive(Default)]
struct MonthTable {
    from: i32,
    months: Vec<i32>,
}

impl MonthTable {
    /// Days kept: about 180 years; others are computed.
    const MOST_DAYS: usize = 65_536;

    fn month(&mut self, day: i32) -> i32 {
        if self.months.is_empty() {
            self.from = day.saturating_sub(Self::MOST_DAYS as i32 / 2);
            self.months = vec![i32::MIN; Self::MOST_DAYS];
        }
        let place = usize::try_from(i64::from(day) - i64::from(self.from)).unwrap_or(usize::MAX);
        let Some(kept) = self.months.get_mut(place) else { return Day(day).month() };
        if *kept == i32::MIN {
            *kept = Day(day).month();
        }
        *kept
    }
}

/// The result that pages show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub last_day: Day,
    pub currency: String,
    /// The last month that is over.
    pub last_month: String,
    pub level: f64,
    pub cohorts: Vec<Cohort>,
    /// Returns within so many months are compared.
    pub compared_months: usize,
    /// The first month of the data likely holds customers who bought before: it is shown but not compared.
    pub first_may_hold_older: bool,
    pub sources: Vec<Source>,
}

/// The customers who first bought in one month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    pub month: String,
    pub n_customers: u64,
    pub rows: Filter,
    /// By age in months, from 0.
    pub ages: Vec<Age>,
    pub comparison: Option<Compared>,
}

/// A cohort at one age.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Age {
    pub retained: u64,
    /// Share of the cohort, with the ends of its interval.
    pub share: f64,
    pub low: f64,
    pub high: f64,
    /// Money of the month, returns taken off.
    pub value_minor: i64,
    pub rows: Filter,
}

/// One cohort against all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Customers who came back, and how many would have at the rate of all.
    pub returned: u64,
    pub expected: f64,
    /// Share that came back minus that of the others; None where the cohort is too young.
    pub difference: Option<Difference>,
    /// None where nothing can be compared.
    pub p_adjusted: Option<f64>,
    pub is_worse: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// Customers of one channel within one cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub month: String,
    /// Empty where it is not known.
    pub source: String,
    pub n_customers: u64,
    /// Who came back within the compared months.
    pub n_returned: u64,
    pub share: f64,
    pub low: f64,
    pub high: f64,
    pub rows: Filter,
}

impl Analysis {
    pub fn report(&self, facts: &Facts) -> Report {
        let last_month = self.triangle.cohorts.first().map_or(0, |c| c.month + c.cells.len() as i32 - 1);
        Report {
            last_day: self.last_day,
            currency: facts.currency.code().to_string(),
            last_month: month_in_words(last_month),
            level: LEVEL,
            cohorts: self.triangle.cohorts.iter().map(|cohort| self.cohort(cohort)).collect(),
            compared_months: self.compared_months,
            first_may_hold_older: self.first_may_hold_older,
            sources: self.sources(facts),
        }
    }

    fn cohort(&self, cohort: &cohorts::Cohort) -> Cohort {
        let ages = cohort.cells.iter().zip(0..).map(|(cell, age)| {
            let share = cohort.retention(age as usize, LEVEL).unwrap_or(NOTHING);
            Age {
                retained: cell.retained,
                share: share.estimate,
                low: share.low,
                high: share.high,
                value_minor: whole(cell.value_minor),
                rows: rows::of_cohort_at(cohort.month, age),
            }
        });
        let comparison = self.comparisons.iter().find(|comparison| comparison.month == cohort.month);
        Cohort {
            month: month_in_words(cohort.month),
            n_customers: cohort.n_customers,
            rows: rows::of_cohort(cohort.month),
            ages: ages.collect(),
            comparison: comparison.map(in_result),
        }
    }

    fn sources(&self, facts: &Facts) -> Vec<Source> {
        let source = |(&(month, number), &(n_customers, n_returned)): (&(i32, u16), &(u64, u64))| {
            let source = facts.source_names()[usize::from(number)].clone();
            let share = wilson(n_returned, n_customers, LEVEL).unwrap_or(NOTHING);
            Source {
                month: month_in_words(month),
                rows: rows::of_cohort_and_source(month, &source),
                source,
                n_customers,
                n_returned,
                share: share.estimate,
                low: share.low,
                high: share.high,
            }
        };
        let mut sources: Vec<Source> = self.by_source.iter().map(source).collect();
        // The numbers of sources follow the order of customers; the names read the same in every database.
        sources.sort_by(|a, b| (&a.month, &a.source).cmp(&(&b.month, &b.source)));
        sources
    }
}

const NOTHING: Interval = Interval { estimate: 0.0, low: 0.0, high: 1.0 };

fn in_result(comparison: &Comparison) -> Compared {
    let p_adjusted = comparison.p_adjusted.is_finite().then_some(comparison.p_adjusted);
    Compared {
        returned: comparison.returned,
        expected: comparison.expected,
        difference: comparison.difference.map(|d| Difference {
            estimate: d.estimate,
            low: d.low,
            high: d.high,
        }),
        p_adjusted,
        is_worse: p_adjusted.is_some_and(|p| p < ALARM),
    }
}
