//! Retention cohorts: of those who first bought in one month, how many bought in each later month, and for how much.
//!
//! The aggregate is mergeable (update, merge, finish), so that it streams and runs on parts. It counts a month in which a
//! customer bought; it does not say why, and a purchase in the month of the first one is no return.

use crate::distributions::normal_upper_tail;
use crate::intervals::{Interval, newcombe_difference, wilson};
use crate::multiple::holm;
use std::collections::BTreeMap;
use std::fmt;

mod of_activity;

pub use of_activity::{MOST_CELLS, TooManyPeriods};

/// Months from the first to a later purchase that can be counted: 100 years.
pub const OLDEST_MONTHS: i32 = 1200;

/// A purchase that cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooFarApart {
    /// The customer.
    pub customer: u64,
    /// First and last month of the customer, more than [`OLDEST_MONTHS`] apart: likely a wrong date.
    pub months: (i32, i32),
}

impl fmt::Display for TooFarApart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.months;
        write!(
            f,
            "customer {} bought in months {first} and {last}, more than {OLDEST_MONTHS} months apart",
            self.customer
        )
    }
}

impl std::error::Error for TooFarApart {}

/// The aggregate over a run of rows.
///
/// **Shape.** All rows of one customer must follow each other; their months may come in any order. Merging is for two runs
/// of which the second follows the first, and a customer may be cut between them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cohorts {
    counted: BTreeMap<i32, Vec<Counts>>,
    /// The first customer of the run, who may have begun in the run before.
    first: Option<Customer>,
    /// The last customer of the run if it is not the first, who may go on in the run after.
    open: Option<Customer>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Customer {
    id: u64,
    /// (month, money), one for each month, not sorted.
    months: Vec<(i32, i128)>,
}

/// What a cohort did at one age.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    active: u64,
    /// Customers whose first return was at this age.
    returned: u64,
    value_minor: i128,
}

impl Cohorts {
    /// Adds one row: a customer bought in a month (counted from any fixed month) for some money.
    ///
    /// **Units.** Months; minor units of one currency.
    ///
    /// **Errors.** [`TooFarApart`], about the customer before, whose rows have then been left out.
    pub fn update(&mut self, customer: u64, month: i32, value_minor: i64) -> Result<(), TooFarApart> {
        let value = i128::from(value_minor);
        let current = if self.open.is_some() { &mut self.open } else { &mut self.first };
        if let Some(known) = current
            && known.id == customer
        {
            known.add(month, value);
            return Ok(());
        }
        let next = Customer { id: customer, months: vec![(month, value)] };
        if self.first.is_none() {
            self.first = Some(next);
            return Ok(());
        }
        match self.open.replace(next) {
            Some(done) => self.count(done),
            None => Ok(()),
        }
    }

    /// Joins the aggregate of the rows that follow.
    ///
    /// **Errors.** [`TooFarApart`] for a customer at the seam, whose rows have then been left out.
    pub fn merge(&mut self, after: Self) -> Result<(), TooFarApart> {
        for (cohort, ages) in after.counted {
            let mine = self.counted.entry(cohort).or_default();
            if mine.len() < ages.len() {
                mine.resize(ages.len(), Counts::default());
            }
            for (sum, more) in mine.iter_mut().zip(ages) {
                sum.active += more.active;
                sum.returned += more.returned;
                sum.value_minor += more.value_minor;
            }
        }
        let Some(seam) = after.first else { return Ok(()) };
        let mut result = Ok(());
        let current = if self.open.is_some() { &mut self.open } else { &mut self.first };
        match current {
            Some(known) if known.id == seam.id => {
                for (month, value) in seam.months {
                    known.add(month, value);
                }
            }
            None => self.first = Some(seam),
            Some(_) => {
                if let Some(done) = self.open.replace(seam) {
                    result = self.count(done);
                }
            }
        }
        if let Some(open) = after.open
            && let Some(done) = self.open.replace(open)
        {
            result = result.and(self.count(done));
        }
        result
    }

    /// Counts a customer of whom all rows are known.
    fn count(&mut self, mut customer: Customer) -> Result<(), TooFarApart> {
        customer.months.sort_unstable();
        let (Some(&(first, _)), Some(&(last, _))) = (customer.months.first(), customer.months.last()) else {
            return Ok(());
        };
        if i64::from(last) - i64::from(first) > i64::from(OLDEST_MONTHS) {
            return Err(TooFarApart { customer: customer.id, months: (first, last) });
        }
        let ages = self.counted.entry(first).or_default();
        let oldest = (last - first) as usize;
        if ages.len() <= oldest {
            ages.resize(oldest + 1, Counts::default());
        }
        for (place, (month, value)) in customer.months.into_iter().enumerate() {
            let cell = &mut ages[(month - first) as usize];
            cell.active += 1;
            cell.returned += u64::from(place == 1);
            cell.value_minor += value;
        }
        Ok(())
    }

    /// The triangle until `last_month`, the last month that is over; what came later is left out.
    ///
    /// **Errors.** [`TooFarApart`] for the first or last customer.
    pub fn finish(mut self, last_month: i32) -> Result<Triangle, TooFarApart> {
        for customer in [self.first.take(), self.open.take()].into_iter().flatten() {
            self.count(customer)?;
        }
        let until_last = self.counted.into_iter().take_while(|(cohort, _)| *cohort <= last_month);
        let cohorts = until_last
            .map(|(month, mut ages)| {
                let observed =
                    (i64::from(last_month) - i64::from(month)).min(i64::from(OLDEST_MONTHS)) as usize;
                ages.resize(observed + 1, Counts::default());
                let n_customers = ages[0].active;
                let cells = ages.into_iter().map(|c| Cell {
                    retained: c.active,
                    first_returns: c.returned,
                    value_minor: c.value_minor,
                });
                Cohort { month, n_customers, cells: cells.collect() }
            })
            .collect();
        Ok(Triangle { cohorts })
    }
}

impl Customer {
    fn add(&mut self, month: i32, value: i128) {
        // Rows mostly come in order of time, so that the month is the last one or new.
        match self.months.iter_mut().rev().find(|known| known.0 == month) {
            Some(known) => known.1 += value,
            None => self.months.push((month, value)),
        }
    }
}

/// Retention of every cohort at every age that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Triangle {
    /// Ascending by month; months in which nobody bought first are missing.
    pub cohorts: Vec<Cohort>,
}

/// The customers who first bought in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// Month of the first purchase.
    pub month: i32,
    /// How many there are.
    pub n_customers: u64,
    /// By age in months; the first is the month of the first purchase, in which all are retained.
    pub cells: Vec<Cell>,
}

/// A cohort at one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Customers who bought in this month.
    pub retained: u64,
    /// Customers whose first return was in this month.
    pub first_returns: u64,
    /// Money of this month in minor units.
    pub value_minor: i128,
}

impl Cohort {
    /// Share of the cohort that bought at an age, with Wilson's interval; `None` where the age is not over.
    pub fn retention(&self, age: usize, level: f64) -> Option<Interval> {
        wilson(self.cells.get(age)?.retained, self.n_customers, level)
    }

    /// Customers who came back within so many months after the first; `None` where these are not over.
    pub fn returned_within(&self, months: usize) -> Option<u64> {
        Some(self.cells.get(1..=months)?.iter().map(|c| c.first_returns).sum())
    }
}

/// One cohort against all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The cohort's month.
    pub month: i32,
    /// Its customers.
    pub n_customers: u64,
    /// First returns of the cohort in the ages compared.
    pub returned: u64,
    /// First returns it would have had with the pooled rate of all cohorts at the same ages.
    pub expected: f64,
    /// p-value of "it comes back no worse than the others", one-sided. NaN where nothing can be compared.
    pub p_value: f64,
    /// The same after Holm's correction for looking at every cohort.
    pub p_adjusted: f64,
    /// Share that came back within all ages compared, minus that of the other cohorts old enough, with Newcombe's 95 %
    /// interval; `None` where the cohort or all others are too young.
    pub difference: Option<Interval>,
}

impl Triangle {
    /// Tests for each cohort whether it comes back worse than the others within the first `months` months.
    ///
    /// At every age, those of each cohort who have not come back yet are compared with those of the others, and the ages
    /// are pooled by Mantel and Haenszel: that is the log-rank test of the time to the first return, in which each customer
    /// counts once and young cohorts count as far as they have been observed. Holm's correction covers all cohorts.
    ///
    /// **Source.** Mantel, "Evaluation of survival data" (1966); Holm (1979).
    pub fn compare(&self, months: usize) -> Vec<Comparison> {
        let mut found: Vec<Comparison> =
            self.cohorts.iter().map(|cohort| self.compare_one(cohort, months)).collect();
        let p_values: Vec<f64> = found.iter().map(|c| c.p_value).collect();
        for (comparison, adjusted) in found.iter_mut().zip(holm(&p_values)) {
            comparison.p_adjusted = adjusted;
        }
        found
    }

    fn compare_one(&self, cohort: &Cohort, months: usize) -> Comparison {
        let mut waiting: Vec<u64> = self.cohorts.iter().map(|c| c.n_customers).collect();
        let (mut returned, mut expected, mut variance) = (0, 0.0, 0.0);
        for age in 1..=months.min(cohort.cells.len().saturating_sub(1)) {
            let (mut n_own, mut hits_own, mut n_all, mut hits_all) = (0, 0, 0, 0);
            for (other, waiting) in self.cohorts.iter().zip(&mut waiting) {
                let Some(cell) = other.cells.get(age) else { continue };
                n_all += *waiting;
                hits_all += cell.first_returns;
                if other.month == cohort.month {
                    (n_own, hits_own) = (*waiting, cell.first_returns);
                }
                *waiting -= cell.first_returns;
            }
            // With nobody to compare with, an age says nothing.
            if n_all <= n_own || n_all < 2 {
                continue;
            }
            let (n, hits, own) = (n_all as f64, hits_all as f64, n_own as f64);
            returned += hits_own;
            expected += own * hits / n;
            variance += own * (n - own) * hits * (n - hits) / (n * n * (n - 1.0));
        }
        let p_value = if variance > 0.0 {
            normal_upper_tail((expected - returned as f64) / variance.sqrt())
        } else {
            f64::NAN
        };
        Comparison {
            month: cohort.month,
            n_customers: cohort.n_customers,
            returned,
            expected,
            p_value,
            p_adjusted: f64::NAN,
            difference: self.difference(cohort, months),
        }
    }

    fn difference(&self, cohort: &Cohort, months: usize) -> Option<Interval> {
        let own = (cohort.returned_within(months)?, cohort.n_customers);
        let others = self.cohorts.iter().filter(|c| c.month != cohort.month);
        let others = others.filter_map(|c| Some((c.returned_within(months)?, c.n_customers)));
        let others = others.fold((0, 0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
        newcombe_difference(own, others, 0.95)
    }
}
