//! From rows of purchases to one buyer for each customer: mergeable (update, merge, finish) and exact.
//!
//! Frequency is the number of different days, so that two receipts of one day are one visit.

use std::ops::Range;

use super::Buyer;
use crate::activity::{Activity, range_of};

/// Purchases of numbered customers, added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchases {
    days: Activity,
    n_rows: Vec<u32>,
    value: Vec<i64>,
    /// A customer whose money does not fit 64 bits.
    too_much: Option<u32>,
}

/// The money of a customer does not fit 64 bits, so that no sum of it would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMuch {
    pub customer: u32,
}

/// One customer's purchases: what the scores look at, and how many rows they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Customer {
    pub customer: u32,
    /// `n_orders` counts different days.
    pub buyer: Buyer,
    pub n_rows: u32,
    /// The first and the last day.
    pub first_day: i32,
    pub last_day: i32,
}

impl Purchases {
    /// Nothing was bought yet.
    ///
    /// **Shape.** Customers are numbered below `n_customers`; every day lies in `days`.
    pub fn new(n_customers: usize, days: Range<i32>) -> Self {
        Self {
            days: Activity::new(n_customers, days),
            n_rows: vec![0; n_customers],
            value: vec![0; n_customers],
            too_much: None,
        }
    }

    /// The purchases of rows that are all at hand, on two threads if there are.
    ///
    /// **Shape.** One customer, day and value for each row; the result does not depend on their order.
    ///
    /// ```
    /// use statistics::rfm::Purchases;
    /// let purchases = Purchases::of(2, &[1, 1, 1], &[10, 10, 40], &[500, 250, -50]);
    /// let customers = purchases.finish(41)?;
    /// let ada = customers[0];
    /// assert_eq!((ada.customer, ada.buyer.recency_days, ada.buyer.n_orders, ada.buyer.value_minor), (1, 1, 2, 700));
    /// # Ok::<(), statistics::rfm::TooMuch>(())
    /// ```
    pub fn of(n_customers: usize, customers: &[u32], days: &[i32], values_minor: &[i64]) -> Self {
        let mut purchases = Self::new(0, 0..0);
        purchases.n_rows = vec![0; n_customers];
        purchases.value = vec![0; n_customers];
        let (active, ()) = rayon::join(
            || {
                let mut active = Activity::new(n_customers, range_of(days));
                active.update(customers, days);
                active
            },
            || purchases.add_values(customers, values_minor),
        );
        purchases.days = active;
        purchases
    }

    /// Adds rows.
    ///
    /// **Units.** Days since any fixed day; minor units of one currency. **Shape.** Slices of equal length.
    pub fn update(&mut self, customers: &[u32], days: &[i32], values_minor: &[i64]) {
        self.days.update(customers, days);
        self.add_values(customers, values_minor);
    }

    fn add_values(&mut self, customers: &[u32], values_minor: &[i64]) {
        for (&customer, &value) in customers.iter().zip(values_minor) {
            let at = customer as usize;
            self.n_rows[at] += 1;
            let (sum, is_wrong) = self.value[at].overflowing_add(value);
            self.value[at] = sum;
            if is_wrong {
                self.too_much = Some(customer);
            }
        }
    }

    /// Joins what was gathered elsewhere about the same customers and days.
    pub fn merge(&mut self, other: Self) {
        self.days.merge(other.days);
        self.n_rows.iter_mut().zip(other.n_rows).for_each(|(mine, more)| *mine += more);
        for (customer, (mine, more)) in self.value.iter_mut().zip(other.value).enumerate() {
            let (sum, is_wrong) = mine.overflowing_add(more);
            *mine = sum;
            if is_wrong {
                self.too_much = Some(customer as u32);
            }
        }
        self.too_much = self.too_much.or(other.too_much);
    }

    /// One entry for each customer who bought, in the order of their numbers.
    ///
    /// **Units.** Recency is `as_of − last day`. **Errors.** [`TooMuch`].
    pub fn finish(self, as_of: i32) -> Result<Vec<Customer>, TooMuch> {
        if let Some(customer) = self.too_much {
            return Err(TooMuch { customer });
        }
        let customers = (0..self.n_rows.len() as u32).filter_map(|customer| {
            let span = self.days.span(customer)?;
            let buyer = Buyer {
                recency_days: as_of.saturating_sub(span.last),
                n_orders: span.n,
                value_minor: self.value[customer as usize],
            };
            let n_rows = self.n_rows[customer as usize];
            Some(Customer { customer, buyer, n_rows, first_day: span.first, last_day: span.last })
        });
        Ok(customers.collect())
    }
}

/// Fifths of equal size: 1 for the lowest keys, 5 for the highest, equal keys in the order of `tie`.
///
/// The `NTILE(5)` of SQL: of n = 5q + r members the first r fifths have q + 1. Equal customers can stand in different fifths;
/// which of them does is decided by `tie`, never by chance.
///
/// **Shape.** One result for each key; `tie` has a different number for each.
///
/// ```
/// use statistics::rfm::fifths;
/// assert_eq!(fifths(&[7, 7, 7, 1, 9, 7], &[0, 1, 2, 3, 4, 5]), [1, 2, 3, 1, 5, 4]);
/// ```
pub fn fifths(keys: &[i64], tie: &[u32]) -> Vec<u8> {
    let n = keys.len();
    let mut members: Vec<(i64, u32)> = keys.iter().copied().zip(tie.iter().copied()).collect();
    let (each, rest) = (n / 5, n % 5);
    let mut begins = Vec::new();
    let mut from = 0;
    for fifth in 1..5 {
        let rank = fifth * each + fifth.min(rest);
        if rank >= n {
            break;
        }
        let (_, begin, _) = members[from..].select_nth_unstable(rank - from);
        begins.push(*begin);
        from = rank;
    }
    let of = |key: (i64, u32)| 1 + begins.iter().map(|&begin| u8::from(key >= begin)).sum::<u8>();
    keys.iter().copied().zip(tie.iter().copied()).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn fifths_are_those_of_a_full_sort() {
        let mut g = Generator::from_seed(8);
        for n in [0, 1, 2, 4, 5, 6, 7, 99, 100, 101, 1003] {
            let keys: Vec<i64> = (0..n).map(|_| g.below(12) as i64 - 6).collect();
            let tie: Vec<u32> = (0..n as u32).rev().collect();
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by_key(|&at| (keys[at], tie[at]));
            let found = fifths(&keys, &tie);
            let mut rank = 0;
            for fifth in 0..5 {
                for _ in 0..n / 5 + usize::from(fifth < n % 5) {
                    assert_eq!(usize::from(found[order[rank]]), fifth + 1);
                    rank += 1;
                }
            }
        }
    }

    #[test]
    fn parts_merged_are_the_whole_and_no_cent_is_lost() {
        let mut g = Generator::from_seed(1);
        let n = 4000;
        let customers: Vec<u32> = (0..n).map(|_| g.below(300) as u32).collect();
        let days: Vec<i32> = (0..n).map(|_| g.below(700) as i32 - 100).collect();
        let values: Vec<i64> = (0..n).map(|_| g.below(1_000_000) as i64 - 1000).collect();
        let whole = Purchases::of(301, &customers, &days, &values);
        let mut merged = Purchases::new(301, range_of(&days));
        for at in (0..n).step_by(700).rev() {
            let rows = at..n.min(at + 700);
            let mut part = Purchases::new(301, range_of(&days));
            part.update(&customers[rows.clone()], &days[rows.clone()], &values[rows]);
            merged.merge(part);
        }
        assert_eq!(whole, merged);
        let found = whole.finish(600).unwrap();
        assert_eq!(found.iter().map(|c| c.buyer.value_minor).sum::<i64>(), values.iter().sum::<i64>());
        assert_eq!(found.iter().map(|c| c.n_rows as usize).sum::<usize>(), n);
        assert!(found.iter().all(|c| c.customer < 300 && c.buyer.n_orders <= c.n_rows));
    }

    #[test]
    fn money_that_does_not_fit_is_an_error() {
        let purchases = Purchases::of(2, &[1, 1], &[0, 0], &[i64::MAX, 1]);
        assert_eq!(purchases.finish(0), Err(TooMuch { customer: 1 }));
    }
}
