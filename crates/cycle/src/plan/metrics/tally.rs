//! Many periods in one pass: what the purchases of customers come to in each of a row of whole periods, by group.
//!
//! The recipes are those of `purchases`, which looks at one period at a time; a test holds both equal. This one is for
//! analyses that ask for every period of every group at once. Of everybody it knows how they vary from customer to customer,
//! of a group the totals only.

use super::evaluate::Sums;
use super::recipes::{OfPurchases, Recipe};
use super::streams::{each_of_absent, each_of_nobody};
use super::{Kind, Measured, Metric};
use crate::calendar::Day;
use crate::plan::periods::Period;
use platform::store::Snapshot;
use platform::{Micros, Result};

/// One order that counts, or return: day, money (less than nothing for a return), whether it is an order for money.
pub type Row = (i32, i64, bool);

/// What one customer did in one period, and the sum of that over customers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
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

impl Totals {
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

/// Sums over customers of squares and products of what each did in a period, for the error of what all of them did.
#[derive(Debug, Clone, Copy, Default)]
struct Squares {
    revenue_revenue: f64,
    revenue_orders: f64,
    orders_orders: f64,
    sold_sold: f64,
    sold_returned: f64,
    returned_returned: f64,
    /// Money of as many days before the period.
    before: f64,
    before_before: f64,
    before_revenue: f64,
}

impl Squares {
    fn add(&mut self, one: &Totals) {
        self.revenue_revenue += one.revenue * one.revenue;
        self.revenue_orders += one.revenue * one.orders;
        self.orders_orders += one.orders * one.orders;
        self.sold_sold += one.sold * one.sold;
        self.sold_returned += one.sold * one.returned;
        self.returned_returned += one.returned * one.returned;
    }

    fn add_before(&mut self, before: f64, revenue: f64) {
        self.before += before;
        self.before_before += before * before;
        self.before_revenue += before * revenue;
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
    /// For each period the first of as many days before it.
    before: Vec<i32>,
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
        let before = periods.iter().map(|period| period.first.0 - period.n_days()).collect();
        Self { periods, bounds, places, before }
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

    /// The first day that any period asks for, and the day after the last.
    fn span(&self) -> (i32, i32) {
        let first = self.before.iter().min().copied().unwrap_or_default();
        (first, self.bounds.last().copied().unwrap_or_default())
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
    pub periods: Vec<(usize, Totals)>,
    /// The period of the first order of all, if it lies in the calendar.
    pub first: Option<usize>,
    /// Money of as many days before a period, of those periods before which something was ordered or returned, in their order.
    before: Vec<(usize, f64)>,
    /// For each window the first and last bound of each stretch in which the customer was active.
    stretches: Vec<Vec<(usize, usize)>>,
}

impl One {
    /// Reads the rows of a customer in the order of days.
    fn read(&mut self, calendar: &Calendar, windows: &[i32], rows: impl Iterator<Item = Row>) {
        self.periods.clear();
        self.before.clear();
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
            self.note_before(calendar, day, value);
            let Some(place) = calendar.place(day) else { continue };
            if is_order && n_orders == 1 {
                self.first = Some(place);
            }
            if self.periods.last().is_none_or(|last| last.0 != place) {
                self.periods.push((place, Totals::default()));
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

    /// Adds the money of a day to the periods that are compared with days before them.
    fn note_before(&mut self, calendar: &Calendar, day: i32, value: i64) {
        for place in calendar.upper(day)..calendar.n() {
            if day < calendar.before[place] {
                return;
            }
            // Days come in order, and a day lies before one or two periods.
            match self.before.iter_mut().rev().take(2).find(|known| known.0 == place) {
                Some(known) => known.1 += value as f64,
                None => self.before.push((place, value as f64)),
            }
        }
    }

    /// Money before each period with the money in it.
    fn beside(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let mut within = self.periods.iter().peekable();
        self.before.iter().map(move |&(place, before)| {
            while within.next_if(|period| period.0 < place).is_some() {}
            let revenue =
                within.peek().filter(|period| period.0 == place).map_or(0.0, |period| period.1.revenue);
            (place, before, revenue)
        })
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
    pub groups: Vec<Vec<Totals>>,
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
            self.groups.push(vec![Totals::default(); n.saturating_sub(1)]);
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

/// What some customers did in each period, with how that varied from one to the other.
#[derive(Debug, Clone)]
struct Varied {
    totals: Vec<Totals>,
    squares: Vec<Squares>,
}

impl Varied {
    fn new(calendar: &Calendar) -> Self {
        Self {
            totals: vec![Totals::default(); calendar.n()],
            squares: vec![Squares::default(); calendar.n()],
        }
    }

    fn add(&mut self, one: &One) {
        for (place, totals) in &one.periods {
            self.totals[*place].add(totals);
            self.squares[*place].add(totals);
        }
        for (place, before, revenue) in one.beside() {
            self.squares[place].add_before(before, revenue);
        }
    }

    /// The sums of a recipe that looks at a period alone, or at the days before it.
    fn sums(&self, recipe: OfPurchases, place: usize) -> Sums {
        let (t, s) = (&self.totals[place], &self.squares[place]);
        let (x, y) = ratio(recipe, t);
        let of = |n: f64, xx: f64, xy: f64, yy: f64| Sums { x, y, xx, xy, yy, n };
        match recipe {
            OfPurchases::Revenue => of(t.paying, s.revenue_revenue, 0.0, 0.0),
            OfPurchases::Orders => of(t.active, s.orders_orders, 0.0, 0.0),
            OfPurchases::AverageOrderValue => {
                of(t.paying, s.revenue_revenue, s.revenue_orders, s.orders_orders)
            }
            OfPurchases::OrdersPerCustomer => of(t.active, s.orders_orders, x, y),
            OfPurchases::Active | OfPurchases::New => of(x, x, x, y),
            OfPurchases::Repeat => of(x, x, x, y),
            OfPurchases::Returned => of(x, s.returned_returned, s.sold_returned, s.sold_sold),
            OfPurchases::Growth => Sums {
                x: t.revenue - s.before,
                y: s.before,
                xx: s.revenue_revenue - 2.0 * s.before_revenue + s.before_before,
                xy: s.before_revenue - s.before_before,
                yy: s.before_before,
                n: t.paying,
            },
            OfPurchases::Retention | OfPurchases::Churn => Sums::default(),
        }
    }
}

/// The tally of everybody, and of orders of nobody in particular.
#[derive(Debug, Clone)]
pub struct Everybody {
    known: Varied,
    /// Each order as if somebody had bought that alone.
    unknown: Varied,
    windows: Tally,
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
        let all = Everybody {
            known: Varied::new(calendar),
            unknown: Varied::new(calendar),
            windows: Tally::new(calendar, 1, windows.len()),
        };
        Self { calendar, windows, one: One::default(), all }
    }

    /// Counts a customer by the rows in the order of days; what the customer came to can be added to tallies of groups.
    pub fn customer(&mut self, rows: impl Iterator<Item = Row>) -> &One {
        self.one.read(self.calendar, self.windows, rows);
        self.all.known.add(&self.one);
        self.all.windows.add_windows(0, &self.one);
        &self.one
    }

    /// Counts what facts of present people do not hold: orders of nobody in particular, and those of people who are gone.
    pub fn others(&mut self, snapshot: &mut Snapshot<'_>) -> Result<()> {
        let (first, end) = self.calendar.span();
        let until = Day(end).start();
        each_of_nobody(snapshot, (Day(first).start(), until), &mut |purchase| {
            let row = (Day::of(purchase.at).0, purchase.value_minor, purchase.is_order);
            self.one.read(self.calendar, &[], std::iter::once(row));
            self.all.unknown.add(&self.one);
        })?;
        each_of_absent(snapshot, (Micros::MIN, until), &mut |_, purchases| {
            self.customer(purchases.iter().map(|p| (Day::of(p.at).0, p.value_minor, p.is_order)));
            Ok(())
        })
    }

    pub fn finish(self) -> Everybody {
        self.all
    }
}

impl Everybody {
    /// A metric in each period, as `evaluate` has it; None for one that purchases do not make.
    ///
    /// `window` is the place of the metric's window among those that were counted.
    pub fn of(&self, metric: &Metric, calendar: &Calendar, window: usize) -> Option<Vec<Measured>> {
        let Recipe::Purchases(recipe) = metric.shipped().ok()?.recipe else { return None };
        let of_period = |place: usize| match recipe.counts_unknown() {
            true => self.known.sums(recipe, place).and(self.unknown.sums(recipe, place)),
            false => self.known.sums(recipe, place),
        };
        let sums: Vec<Sums> = match recipe.has_window() {
            // Who stayed or left is 1 above and below the line, so that the sum is the sum of squares.
            true => of_group(&self.windows, 0, recipe, window)
                .into_iter()
                .map(|(x, y)| Sums { x, y, xx: x, xy: x, yy: y, n: x })
                .collect(),
            false => (0..calendar.n()).map(of_period).collect(),
        };
        let measured = calendar.periods.iter().zip(sums).map(|(period, sums)| sums.measured(*period, metric));
        Some(measured.collect())
    }

    /// Orders of people who are known, in a period by its place.
    pub fn n_orders(&self, place: usize) -> f64 {
        self.known.totals[place].orders
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

fn ratio(recipe: OfPurchases, c: &Totals) -> (f64, f64) {
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
                    let mut alone = Sums::default();
                    for rows in &customers {
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
                        alone.add(x, y);
                    }
                    let alone = alone.measured(*period, &shipped.metric(0));
                    assert_eq!(found.numerator, alone.numerator, "{} in {period}", shipped.key);
                    assert_eq!(found.denominator, alone.denominator, "{} in {period}", shipped.key);
                    assert_eq!(found.value, alone.value, "{} in {period}", shipped.key);
                    let both = found.error.unwrap_or(-1.0) - alone.error.unwrap_or(-1.0);
                    assert!(both.abs() < 1e-9, "{} in {period}: {found:?} {alone:?}", shipped.key);
                }
            }
        }
    }
}
