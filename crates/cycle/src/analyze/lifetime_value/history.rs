//! From a customer's orders and returns to what the models of purchases and values take.
//!
//! Purchases of one day are one; one free of charge is a purchase of nothing, because it is a sign of life. A return on a day
//! of purchase lowers that day's money; a day that it brings to nothing is no purchase. Later returns lower all purchases of the customer in the same proportion, because which purchase a return
//! undoes is often not known.

use crate::analyze::Day;
use crate::analyze::facts::{Kind, Orders};
use statistics::lifetime_value::bg_nbd::Customer;

const DAYS_PER_WEEK: f64 = 7.0;

/// What the models take of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Times in weeks; None where no day of purchase came to more than nothing.
    pub customer: Option<Customer>,
    /// Mean money of a repeat purchase day in minor units, returns taken off; 0 without one.
    pub mean_of_repeats: f64,
}

/// The history until the end of a day; None for who had ordered nothing by then.
pub fn history(orders: Orders<'_>, last_day: Day) -> Option<History> {
    let orders = orders.until(last_day);
    if !orders.kinds.iter().any(|kind| matches!(kind, Kind::Purchase | Kind::Free)) {
        return None;
    }
    let (mut first, mut last, mut n_days) = (None, 0, 0u32);
    let (mut bought, mut bought_again, mut given_back) = (0.0, 0.0, 0.0);
    for day in days(orders) {
        if !day.counts() {
            given_back += day.money_minor.min(0) as f64;
            continue;
        }
        bought += day.money_minor as f64;
        if first.is_some() {
            bought_again += day.money_minor as f64;
        }
        first.get_or_insert(day.number);
        last = day.number;
        n_days += 1;
    }
    let Some(first) = first else { return Some(History { customer: None, mean_of_repeats: 0.0 }) };
    let weeks = |from: i32, to: i32| (f64::from(to) - f64::from(from)) / DAYS_PER_WEEK;
    let n_repeat = n_days - 1;
    let kept = if given_back < 0.0 { ((bought + given_back) / bought).clamp(0.0, 1.0) } else { 1.0 };
    let mean_of_repeats = if n_repeat == 0 { 0.0 } else { kept * bought_again / f64::from(n_repeat) };
    let customer = Customer { n_repeat, recency: weeks(first, last), age: weeks(first, last_day.0) };
    Some(History { customer: (kept > 0.0).then_some(customer), mean_of_repeats })
}

/// Days of purchase after `from` until `last_day`, those on which nothing was left left out.
pub(super) fn purchase_days_after(orders: Orders<'_>, from: Day, last_day: Day) -> u32 {
    let counted = days(orders.until(last_day)).filter(|day| day.number > from.0 && day.counts());
    u32::try_from(counted.count()).unwrap_or(u32::MAX)
}

/// All rows of one day.
struct OneDay {
    number: i32,
    money_minor: i64,
    bought: bool,
    gave_back: bool,
}

impl OneDay {
    /// Whether it is a day of purchase: something was bought, and what was given back the same day left something.
    fn counts(&self) -> bool {
        self.bought && (self.money_minor > 0 || !self.gave_back)
    }
}

fn days(orders: Orders<'_>) -> impl Iterator<Item = OneDay> + '_ {
    let mut rest = orders.each().peekable();
    std::iter::from_fn(move || {
        let number = rest.peek()?.0;
        let mut day = OneDay { number, money_minor: 0, bought: false, gave_back: false };
        while let Some((_, money, kind)) = rest.next_if(|next| next.0 == number) {
            day.money_minor = day.money_minor.saturating_add(money);
            day.bought |= kind != Kind::Return;
            day.gave_back |= kind == Kind::Return;
        }
        Some(day)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(rows: &[(i32, i64)]) -> Option<History> {
        let days: Vec<i32> = rows.iter().map(|row| row.0).collect();
        let values: Vec<i64> = rows.iter().map(|row| row.1).collect();
        let kind = |cents: i64| match cents {
            0 => Kind::Free,
            1.. => Kind::Purchase,
            _ => Kind::Return,
        };
        let kinds: Vec<Kind> = rows.iter().map(|row| kind(row.1)).collect();
        history(Orders { days: &days, values_minor: &values, kinds: &kinds }, Day(70))
    }

    #[test]
    fn purchases_of_a_day_are_one_and_returns_lower_the_mean() {
        let found = made(&[(0, 1000), (7, 600), (7, 400), (14, 1000), (20, -750)]).unwrap();
        assert_eq!(found.customer, Some(Customer { n_repeat: 2, recency: 2.0, age: 10.0 }));
        assert!((found.mean_of_repeats - 750.0).abs() < 1e-9);
    }

    #[test]
    fn a_day_that_came_to_nothing_is_no_purchase_and_a_future_one_is_not_known() {
        let found = made(&[(0, 1000), (7, 500), (7, -500), (71, 1000)]).unwrap();
        assert_eq!(found.customer, Some(Customer { n_repeat: 0, recency: 0.0, age: 10.0 }));
        assert_eq!(made(&[(0, 1000), (3, -1000)]).unwrap().customer, None);
        assert_eq!(made(&[(0, 1000), (0, -1000)]).unwrap().customer, None);
        let free = made(&[(0, 0), (7, 0)]).unwrap();
        assert_eq!(free.customer, Some(Customer { n_repeat: 1, recency: 1.0, age: 10.0 }));
        assert_eq!(made(&[(0, -1000)]), None);
        assert_eq!(made(&[(71, 1000)]), None);
    }
}
