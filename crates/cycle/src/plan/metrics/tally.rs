//! Many periods in one pass: what the purchases of customers come to in each of a row of whole periods, by group.
//!
//! The recipes are those of `purchases`, which looks at one period at a time; a test holds both equal. This one is for
//! analyses that ask for every period of every group at once. It knows totals, not how they vary from customer to customer.

use super::recipes::{OfPurchases, Recipe};
use super::streams::{each_of_absent, each_of_nobody};
use super::{Kind, Metric};
use crate::calendar::Day;
use crate::plan::periods::Period;
use platform::store::Snapshot;
use platform::{Micros, Result};

/// One order that counts, or return: day, money (less than nothing for a return), whether it is an order for money.
pub type Row = (i32, i64, bool);

/// What one customer did in one period, and the sum of that over customers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counted {
    pub revenue: f64,
    pub orders: f64,
    pub sold: f64,
    pub returned: f64,
    pub active: f64,
    pub new: f64,
    pub repeat: f64,
    /// Customers of whom money came or went back.
    paying: f64,
}

impl Counted {
    /// Adds a customer.
    fn add(&mut self, other: &Self) {
        self.revenue += other.revenue;
        self.orders += other.orders;
        self.sold += other.sold;
        self.returned += other.returned;
        self.active += other.active;
        self.new += other.new;
        self.repeat += other.repeat;
        self.paying += f64::from(u8::from(other.revenue != 0.0));
    }

    fn row(&mut self, value_minor: i64, is_order: bool) {
        let value = value_minor as f64;
        self.revenue += value;
        self.orders += f64::from(u8::from(is_order));
        self.sold += value.max(0.0);
        self.returned += (-value).max(0.0);
    }
}

/// Whole periods without a gap between them.
#[derive(Debug, Clone)]
pub struct Calendar {
    pub periods: Vec<Period>,
    /// The first day of each period, and the day after the last.
    bounds: Vec<i32>,
    /// For each day from `bounds[0]` on, how many bounds lie on it or before.
    places: Vec<u16>,
}

impl Calendar {
    /// **Shape.** Each period begins on the day after the one before it.
    pub fn new(periods: Vec<Period>) -> Self {
        let mut bounds: Vec<i32> = periods.iter().map(|period| period.first.0).collect();
        bounds.extend(periods.last().map(|period| period.last.0 + 1));
        let mut places = Vec::new();
        for (at, pair) in bounds.windows(2).enumerate() {
            places.extend((pair[0]..pair[1]).map(|_| at as u16 + 1));
        }
        Self { periods, bounds, places }
    }

    fn n(&self) -> usize {
        self.periods.len()
    }

    /// How many bounds lie on the day or before.
    fn upper(&self, day: i32) -> usize {
        let Some(first) = self.bounds.first() else { return 0 };
        if day < *first {
            return 0;
        }
        let at = (day - first) as usize;
        self.places.get(at).map_or(self.bounds.len(), |place| usize::from(*place))
    }

    /// The period that holds a day.
    pub fn place(&self, day: i32) -> Option<usize> {
        self.upper(day).checked_sub(1).filter(|place| *place < self.n())
    }
}

/// What one customer comes to, made anew for each.
#[derive(Debug, Default)]
pub struct One {
    /// Periods in which something was ordered or returned, in their order.
    pub periods: Vec<(usize, Counted)>,
    /// The period of the first order of all, if it lies in the calendar.
    pub first: Option<usize>,
    /// For each window the first and last bound of each stretch in which the customer was active.
    stretches: Vec<Vec<(usize, usize)>>,
}

impl One {
    /// Reads the rows of a customer in the order of days.
    fn read(&mut self, calendar: &Calendar, windows: &[i32], rows: impl Iterator<Item = Row>) {
        self.periods.clear();
        self.first = None;
        self.stretches.resize_with(windows.len(), Vec::new);
        self.stretches.iter_mut().for_each(Vec::clear);
        let mut n_orders = 0u32;
        for (day, value, is_order) in rows {
            if is_order {
                n_orders += 1;
                for (window, stretches) in windows.iter().zip(&mut self.stretches) {
                    stretch(calendar, stretches, day, *window);
                }
            }
            let Some(place) = calendar.place(day) else { continue };
            if is_order && n_orders == 1 {
                self.first = Some(place);
            }
            if self.periods.last().is_none_or(|last| last.0 != place) {
                self.periods.push((place, Counted::default()));
            }
            let Some((_, counted)) = self.periods.last_mut() else { continue };
            counted.row(value, is_order);
            if is_order {
                counted.active = 1.0;
                counted.new = f64::from(u8::from(self.first == Some(place)));
                counted.repeat = f64::from(u8::from(n_orders > 1));
            }
        }
    }
}

/// Adds the bounds at which an order of `day` makes its customer active.
fn stretch(calendar: &Calendar, stretches: &mut Vec<(usize, usize)>, day: i32, window: i32) {
    let (low, after) = (calendar.upper(day), calendar.upper(day.saturating_add(window)));
    if after <= low {
        return;
    }
    match stretches.last_mut() {
        Some(last) if low <= last.1 + 1 => last.1 = last.1.max(after - 1),
        _ => stretches.push((low, after - 1)),
    }
}

/// Sums by group and period.
#[derive(Debug, Clone)]
pub struct Tally {
    pub groups: Vec<Vec<Counted>>,
    /// By group and window: changes of how many were active at a bound, and of how many stayed until the next.
    had: Vec<Vec<Vec<f64>>>,
    kept: Vec<Vec<Vec<f64>>>,
    n_bounds: usize,
    n_windows: usize,
}

impl Tally {
    pub fn new(calendar: &Calendar, n_groups: usize, n_windows: usize) -> Self {
        let mut tally = Self {
            groups: Vec::new(),
            had: Vec::new(),
            kept: Vec::new(),
            n_bounds: calendar.bounds.len(),
            n_windows,
        };
        tally.reach(n_groups);
        tally
    }

    /// Makes room for at least so many groups.
    pub fn reach(&mut self, n_groups: usize) {
        let n = self.n_bounds;
        while self.groups.len() < n_groups {
            self.groups.push(vec![Counted::default(); n.saturating_sub(1)]);
            self.had.push(vec![vec![0.0; n + 1]; self.n_windows]);
            self.kept.push(vec![vec![0.0; n + 1]; self.n_windows]);
        }
    }

    /// Adds a customer to a group.
    pub fn add(&mut self, group: usize, one: &One) {
        for (place, counted) in &one.periods {
            self.groups[group][*place].add(counted);
        }
        self.add_windows(group, one);
    }

    /// Adds a customer who counts as new in the period of the first order, and as returning in those after it.
    pub fn add_by_age(&mut self, (new, returning): (usize, usize), one: &One) {
        for (place, counted) in &one.periods {
            let group = if one.first == Some(*place) { new } else { returning };
            self.groups[group][*place].add(counted);
        }
        self.add_windows(returning, one);
    }

    fn add_windows(&mut self, group: usize, one: &One) {
        for (window, stretches) in one.stretches.iter().enumerate() {
            for (low, high) in stretches {
                self.had[group][window][*low] += 1.0;
                self.had[group][window][high + 1] -= 1.0;
                self.kept[group][window][*low] += 1.0;
                self.kept[group][window][*high] -= 1.0;
            }
        }
    }

    /// How many were active at the beginning of each period, and how many of them still at its end.
    fn stayed(&self, group: usize, window: usize) -> Vec<(f64, f64)> {
        let (mut had, mut kept) = (0.0, 0.0);
        let both = self.had[group][window].iter().zip(&self.kept[group][window]);
        let all = both.map(|(h, k)| {
            had += h;
            kept += k;
            (had, kept)
        });
        all.take(self.n_bounds.saturating_sub(1)).collect()
    }
}

/// The tally of everybody, and of orders of nobody in particular.
#[derive(Debug, Clone)]
pub struct Everybody {
    pub known: Tally,
    unknown: Vec<Counted>,
    /// Money by day from `first_day` on, of everybody and nobody, for what compares days before a period.
    by_day: Vec<f64>,
    first_day: i32,
}

/// Counts customers as they pass by.
pub struct Counter<'a> {
    calendar: &'a Calendar,
    windows: &'a [i32],
    one: One,
    all: Everybody,
}

impl<'a> Counter<'a> {
    /// `windows` are the days of silence of metrics that have such a window.
    pub fn new(calendar: &'a Calendar, windows: &'a [i32]) -> Self {
        let first = calendar.bounds.first().copied().unwrap_or_default();
        let end = calendar.bounds.last().copied().unwrap_or_default();
        // A period is compared with as many days before it.
        let first_day = first - calendar.periods.first().map_or(0, |period| period.n_days());
        let all = Everybody {
            known: Tally::new(calendar, 1, windows.len()),
            unknown: vec![Counted::default(); calendar.n()],
            by_day: vec![0.0; usize::try_from(end - first_day).unwrap_or_default()],
            first_day,
        };
        Self { calendar, windows, one: One::default(), all }
    }

    /// Counts a customer by the rows in the order of days; what the customer came to can be added to tallies of groups.
    pub fn customer(&mut self, rows: impl Iterator<Item = Row>) -> &One {
        let (by_day, first_day) = (&mut self.all.by_day, self.all.first_day);
        let noted = rows.inspect(|(day, value, _)| {
            if let Some(sum) = usize::try_from(day - first_day).ok().and_then(|at| by_day.get_mut(at)) {
                *sum += *value as f64;
            }
        });
        self.one.read(self.calendar, self.windows, noted);
        self.all.known.add(0, &self.one);
        &self.one
    }

    /// Counts what facts of present people do not hold: orders of nobody in particular, and those of people who are gone.
    pub fn others(&mut self, snapshot: &mut Snapshot<'_>) -> Result<()> {
        let end = self.calendar.bounds.last().copied().unwrap_or_default();
        let from = Day(self.all.first_day).start();
        let (calendar, all) = (self.calendar, &mut self.all);
        each_of_nobody(snapshot, (from, Day(end).start()), &mut |purchase| {
            let day = Day::of(purchase.at).0;
            if let Some(sum) = usize::try_from(day - all.first_day).ok().and_then(|at| all.by_day.get_mut(at))
            {
                *sum += purchase.value_minor as f64;
            }
            if let Some(place) = calendar.place(day) {
                let mut one = Counted::default();
                one.row(purchase.value_minor, purchase.is_order);
                all.unknown[place].add(&one);
            }
        })?;
        each_of_absent(snapshot, (Micros::MIN, Day(end).start()), &mut |_, purchases| {
            self.customer(purchases.iter().map(|p| (Day::of(p.at).0, p.value_minor, p.is_order)));
            Ok(())
        })
    }

    pub fn finish(self) -> Everybody {
        self.all
    }
}

impl Everybody {
    /// Numerator and denominator of a metric in each period, as `evaluate` has them; None for one that purchases do not make.
    ///
    /// `window` is the place of the metric's window among those that were counted.
    pub fn of(&self, metric: &Metric, calendar: &Calendar, window: usize) -> Option<Vec<(f64, f64)>> {
        let Recipe::Purchases(recipe) = metric.shipped().ok()?.recipe else { return None };
        if recipe == OfPurchases::Growth {
            return Some(calendar.periods.iter().map(|period| self.growth(*period)).collect());
        }
        let known = of_group(&self.known, 0, recipe, window);
        let of_all = |(place, (x, y)): (usize, (f64, f64))| {
            let (more, below) =
                if recipe.counts_unknown() { ratio(recipe, &self.unknown[place]) } else { (0.0, 0.0) };
            (x + more, y + below)
        };
        Some(known.into_iter().enumerate().map(of_all).collect())
    }

    /// How many people and orders of nobody a sum or number is from in each period; None for a metric that is divided by
    /// something else.
    pub fn from(&self, metric: &Metric) -> Option<Vec<f64>> {
        let Recipe::Purchases(recipe) = metric.shipped().ok()?.recipe else { return None };
        let of = |(known, nobody): (&Counted, &Counted)| match recipe {
            OfPurchases::Revenue => Some(known.paying + nobody.paying),
            OfPurchases::Orders => Some(known.active + nobody.orders),
            OfPurchases::Active => Some(known.active),
            OfPurchases::New => Some(known.new),
            _ => None,
        };
        self.known.groups[0].iter().zip(&self.unknown).map(of).collect()
    }

    fn growth(&self, period: Period) -> (f64, f64) {
        let sum = |from: i32, to: i32| -> f64 {
            let place = |day: i32| usize::try_from(day - self.first_day).unwrap_or(0).min(self.by_day.len());
            self.by_day[place(from)..place(to).max(place(from))].iter().sum()
        };
        let (from, to) = (period.first.0, period.last.0 + 1);
        let before = sum(from - (to - from), from);
        (sum(from, to) - before, before)
    }
}

/// Numerator and denominator of a metric of purchases in each period of a group.
pub fn of_group(tally: &Tally, group: usize, recipe: OfPurchases, window: usize) -> Vec<(f64, f64)> {
    match recipe {
        OfPurchases::Retention => {
            tally.stayed(group, window).into_iter().map(|(had, kept)| (kept, had)).collect()
        }
        OfPurchases::Churn => {
            tally.stayed(group, window).into_iter().map(|(had, kept)| (had - kept, had)).collect()
        }
        _ => tally.groups[group].iter().map(|counted| ratio(recipe, counted)).collect(),
    }
}

fn ratio(recipe: OfPurchases, c: &Counted) -> (f64, f64) {
    match recipe {
        OfPurchases::Revenue | OfPurchases::AverageOrderValue => (c.revenue, c.orders),
        OfPurchases::Orders | OfPurchases::OrdersPerCustomer => (c.orders, c.active),
        OfPurchases::Active => (c.active, c.active),
        OfPurchases::New => (c.new, c.active),
        OfPurchases::Repeat => (c.repeat, c.active),
        OfPurchases::Returned => (c.returned, c.sold),
        OfPurchases::Retention | OfPurchases::Churn | OfPurchases::Growth => (0.0, 0.0),
    }
}

/// The value of a metric from numerator and denominator; None where there is nothing to divide by.
pub fn value(metric: &Metric, (x, y): (f64, f64)) -> Option<f64> {
    match metric.kind {
        Kind::Ratio | Kind::Snapshot => (y > 0.0).then(|| x / y),
        Kind::Sum | Kind::Binary => Some(x),
    }
}

#[cfg(test)]
mod tests {
    use super::super::purchases::{Purchase, figure};
    use super::super::shipped::SHIPPED;
    use super::*;
    use platform::clock::DAY;
    use statistics::pseudo_random::Generator;

    #[test]
    fn many_periods_at_once_agree_with_each_period_alone() {
        let mut chance = Generator::from_seed(11);
        let calendar = Calendar::new(Period::complete(
            crate::plan::periods::Cadence::Month,
            Day::parse("2025-03-31").unwrap(),
            9,
        ));
        let (start, end) = (calendar.bounds[0], *calendar.bounds.last().unwrap());
        let customers: Vec<Vec<Row>> = (0..60)
            .map(|_| {
                let n = (8.0 * chance.uniform()) as usize;
                let span = f64::from(end - start + 260);
                let day = |u: f64| start - 250 + (u * span) as i32;
                let mut rows: Vec<Row> = (0..n)
                    .map(|_| {
                        let value = (200.0 * chance.uniform()) as i64 - 40;
                        (day(chance.uniform()), value, value > 0)
                    })
                    .collect();
                rows.sort_unstable_by_key(|row| row.0);
                rows
            })
            .collect();
        let windows = [180, 45];
        let mut counter = Counter::new(&calendar, &windows);
        for rows in &customers {
            counter.customer(rows.iter().copied());
        }
        let all = counter.finish();
        for shipped in SHIPPED {
            let Recipe::Purchases(recipe) = shipped.recipe else { continue };
            for (place_of_window, window) in windows.iter().enumerate() {
                let found = all.of(&shipped.metric(0), &calendar, place_of_window).unwrap();
                for (period, found) in calendar.periods.iter().zip(found) {
                    let alone = customers.iter().fold((0.0, 0.0), |sum, rows| {
                        let purchases: Vec<Purchase> = rows
                            .iter()
                            .map(|row| Purchase {
                                at: i64::from(row.0) * DAY,
                                is_order: row.2,
                                value_minor: row.1,
                            })
                            .collect();
                        let (x, y) = figure(
                            recipe,
                            &purchases,
                            (period.from(), period.until()),
                            i64::from(*window) * DAY,
                        );
                        (sum.0 + x, sum.1 + y)
                    });
                    assert_eq!(found.0, alone.0, "{} in {period}", shipped.key);
                    if shipped.kind.is_divided() {
                        assert_eq!(found.1, alone.1, "{} in {period}, below the line", shipped.key);
                    }
                }
            }
        }
    }
}
