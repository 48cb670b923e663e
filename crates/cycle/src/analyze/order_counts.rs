//! Orders by day, and of the two years that end on a day: what figures of the whole firm are summed from.
//!
//! Counted out of the facts by a turn, or out of the store by a page, through the same few lines. Orders of people who are
//! gone and of nobody in particular count too; orders dated before 1970 do not.

use super::facts::Kind;
use super::{Day, Facts};
use crate::plan::metrics::tally::Row;
use crate::plan::metrics::{Purchase, each_buyer, each_of_absent, each_of_nobody};
use platform::store::Snapshot;
use platform::{Micros, Result};
use serde::{Deserialize, Serialize};

/// Days of a year.
const YEAR: i32 = 365;

/// What was bought until the end of a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderCounts {
    pub last_day: Day,
    /// Days on which something was bought or returned for money, in their order.
    pub days: Vec<OfDay>,
    /// The year that ends on the last day, and the one before it.
    pub years: [OfYear; 2],
}

/// One day. **Units:** minor units of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfDay {
    pub day: Day,
    pub n_orders: u64,
    /// Customers whose first order it was.
    pub n_new: u64,
    /// Returns taken off.
    pub revenue_minor: i64,
    /// Returns not taken off.
    pub sold_minor: i64,
}

/// One year. **Units:** minor units of money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct OfYear {
    pub n_orders: u64,
    pub n_buyers: u64,
    /// Customers with two orders or more in the year.
    pub n_repeaters: u64,
    /// Returns taken off.
    pub revenue_minor: i64,
    /// Returns not taken off.
    pub sold_minor: i64,
    /// Sum of the squares of the orders’ values.
    pub squares: f64,
}

impl OrderCounts {
    /// Counts the facts, and what they do not hold.
    pub fn of_facts(snapshot: &mut Snapshot<'_>, facts: &Facts, last_day: Day) -> Result<Self> {
        let mut counting = Counting::new(last_day);
        for customer in 0..facts.n_customers() {
            let rows = facts.orders(customer).until(last_day).each();
            counting.customer(rows.map(|(day, value, kind)| (day, value, kind == Kind::Purchase)));
        }
        let all = counting.span();
        each_of_absent(snapshot, all, &mut |_, purchases| {
            counting.customer(purchases.iter().map(row));
            Ok(())
        })?;
        each_of_nobody(snapshot, all, &mut |purchase| counting.order(row(&purchase)))?;
        Ok(counting.finish())
    }

    /// Counts what stands in the store.
    pub fn read(snapshot: &mut Snapshot<'_>, last_day: Day) -> Result<Self> {
        let mut counting = Counting::new(last_day);
        let all = counting.span();
        each_buyer(snapshot, all, &mut |_, purchases| {
            counting.customer(purchases.iter().map(row));
            Ok(())
        })?;
        each_of_nobody(snapshot, all, &mut |purchase| counting.order(row(&purchase)))?;
        Ok(counting.finish())
    }

    /// The days from one to another, both included.
    pub fn between(&self, first: Day, last: Day) -> &[OfDay] {
        let from = self.days.partition_point(|of| of.day < first);
        let until = self.days.partition_point(|of| of.day <= last);
        &self.days[from..until.max(from)]
    }
}

fn row(purchase: &Purchase) -> Row {
    (Day::of(purchase.at).0, purchase.value_minor, purchase.is_order)
}

/// Counts orders as they pass by.
struct Counting {
    last_day: Day,
    /// Every day from 1970-01-01 on.
    days: Vec<OfDay>,
    years: [OfYear; 2],
}

impl Counting {
    fn new(last_day: Day) -> Self {
        let of = |day| OfDay { day: Day(day), n_orders: 0, n_new: 0, revenue_minor: 0, sold_minor: 0 };
        Self { last_day, days: (0..=last_day.0).map(of).collect(), years: [OfYear::default(); 2] }
    }

    /// All moments that are read: an order of before 1970 counts nothing, but its customer is not new later.
    fn span(&self) -> (Micros, Micros) {
        (Micros::MIN, self.last_day.next().start())
    }

    /// Whether the day lies in the year, or in the one before it.
    fn year(&self, day: i32) -> Option<usize> {
        usize::try_from((self.last_day.0 - day) / YEAR).ok().filter(|year| *year < self.years.len())
    }

    fn order(&mut self, (day, value, is_order): Row) {
        let year = self.year(day);
        let Some(of_day) = usize::try_from(day).ok().and_then(|at| self.days.get_mut(at)) else { return };
        of_day.revenue_minor = of_day.revenue_minor.saturating_add(value);
        if is_order {
            of_day.n_orders += 1;
            of_day.sold_minor = of_day.sold_minor.saturating_add(value);
        }
        let Some(of_year) = year.map(|year| &mut self.years[year]) else { return };
        of_year.revenue_minor = of_year.revenue_minor.saturating_add(value);
        if is_order {
            of_year.n_orders += 1;
            of_year.sold_minor = of_year.sold_minor.saturating_add(value);
            of_year.squares += value as f64 * value as f64;
        }
    }

    /// One customer, by the rows in the order of days.
    fn customer(&mut self, rows: impl Iterator<Item = Row>) {
        let (mut is_new, mut n_orders) = (true, [0_u64; 2]);
        for row in rows {
            self.order(row);
            let (day, _, is_order) = row;
            if !is_order {
                continue;
            }
            if let Some(year) = self.year(day) {
                n_orders[year] += 1;
            }
            if is_new && let Some(of_day) = usize::try_from(day).ok().and_then(|at| self.days.get_mut(at)) {
                of_day.n_new += 1;
            }
            is_new = false;
        }
        for (year, n) in self.years.iter_mut().zip(n_orders) {
            year.n_buyers += u64::from(n > 0);
            year.n_repeaters += u64::from(n > 1);
        }
    }

    fn finish(self) -> OrderCounts {
        let is_something = |of: &OfDay| of.n_orders > 0 || of.revenue_minor != 0;
        OrderCounts {
            last_day: self.last_day,
            days: self.days.into_iter().filter(is_something).collect(),
            years: self.years,
        }
    }
}
