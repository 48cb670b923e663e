//! What is known about a customer at the end of a day: only rows until that day reach a column.

use crate::analyze::Day;
use crate::analyze::facts::{Kind, Orders};

/// The columns of numbers, in the order of [`of`].
pub const NAMES: [&str; 13] = [
    "recency_days",
    "silence",
    "n_orders",
    "tenure_days",
    "gap_days",
    "gap_spread",
    "recent_orders",
    "trend",
    "mean_value",
    "recent_value",
    "last_value",
    "returns",
    "consent",
];

/// The category: the channel from which the customer came.
pub const CATEGORY: &str = "source";

/// What is known of a consent to e-mails at a day: 1 given, 0 refused, not a number where nothing was said by then.
pub type Consent = f64;

/// The columns of a customer at the end of `day`; None for who is no customer then: bought nothing within `horizon` days.
///
/// **Units.** Days; money in minor units.
pub fn of(orders: Orders<'_>, day: Day, horizon: i32, consent: Consent) -> Option<[f64; NAMES.len()]> {
    let known = orders.until(day);
    let mut days = Days::default();
    let mut n_returns = 0u32;
    for (at, money, kind) in known.each() {
        match kind {
            Kind::Purchase => days.purchase(at, money, day, horizon),
            Kind::Return => n_returns += 1,
            Kind::Free | Kind::Nothing => {}
        }
    }
    let n = f64::from(days.n);
    let recency = f64::from(day.0 - days.last);
    if days.n == 0 || day.0 - days.last >= horizon {
        return None;
    }
    let gap = if days.n > 1 { f64::from(days.last - days.first) / (n - 1.0) } else { f64::NAN };
    let spread = (days.squares / (n - 1.0) - gap * gap).max(0.0).sqrt() / gap;
    let mean = days.money as f64 / n;
    Some([
        recency,
        recency / gap,
        n,
        f64::from(day.0 - days.first),
        gap,
        if days.n > 2 { spread } else { f64::NAN },
        f64::from(days.n_recent),
        f64::from(days.n_recent) - f64::from(days.n_before),
        mean,
        days.recent_money as f64,
        if days.n > 1 { days.last_money as f64 / mean } else { f64::NAN },
        f64::from(n_returns) / n,
        consent,
    ])
}

/// Whether somebody who was a customer at the end of `day` bought nothing in the `horizon` days after it.
pub fn left(orders: Orders<'_>, day: Day, horizon: i32) -> bool {
    !orders.until(day.plus(horizon)).purchases().any(|(at, _)| at > day.0)
}

/// Purchases by day: several of one day are one.
#[derive(Default)]
struct Days {
    n: u32,
    first: i32,
    last: i32,
    /// Sum of the squares of the gaps between days of purchase.
    squares: f64,
    n_recent: u32,
    n_before: u32,
    money: i64,
    recent_money: i64,
    last_money: i64,
}

impl Days {
    fn purchase(&mut self, at: i32, money: i64, day: Day, horizon: i32) {
        self.money += money;
        self.recent_money += if day.0 - at < 365 { money } else { 0 };
        if self.n > 0 && self.last == at {
            self.last_money += money;
            return;
        }
        if self.n == 0 {
            self.first = at;
        } else {
            self.squares += f64::from(at - self.last).powi(2);
        }
        (self.last, self.last_money) = (at, money);
        self.n += 1;
        let ago = day.0 - at;
        self.n_recent += u32::from(ago < horizon);
        self.n_before += u32::from((horizon..2 * horizon).contains(&ago));
    }
}

/// The days between days of purchase until `day`, appended to `gaps`.
pub fn gaps(orders: Orders<'_>, day: Day, gaps: &mut Vec<f64>) {
    let mut last = None;
    for (at, _) in orders.until(day).purchases() {
        if let Some(before) = last.filter(|before| *before != at) {
            gaps.push(f64::from(at - before));
        }
        last = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: [i32; 5] = [0, 10, 10, 30, 45];
    const MONEY: [i64; 5] = [1_000, 500, 500, -300, 4_000];
    const KINDS: [Kind; 5] = [Kind::Purchase, Kind::Purchase, Kind::Purchase, Kind::Return, Kind::Purchase];

    fn orders() -> Orders<'static> {
        Orders { days: &DAYS, values_minor: &MONEY, kinds: &KINDS }
    }

    fn value(of: &[f64], name: &str) -> f64 {
        of[NAMES.iter().position(|one| *one == name).unwrap()]
    }

    #[test]
    fn nothing_after_the_day_reaches_a_column() {
        let known = of(orders(), Day(40), 60, f64::NAN).unwrap();
        let whole = Orders { days: &DAYS[..4], values_minor: &MONEY[..4], kinds: &KINDS[..4] };
        let alone = of(whole, Day(40), 60, f64::NAN).unwrap();
        assert_eq!(format!("{known:?}"), format!("{alone:?}"));
        assert_eq!((value(&known, "recency_days"), value(&known, "n_orders")), (30.0, 2.0));
        assert_eq!((value(&known, "silence"), value(&known, "returns")), (3.0, 0.5));
        assert_eq!((value(&known, "mean_value"), value(&known, "last_value")), (1_000.0, 1.0));
    }

    #[test]
    fn who_bought_nothing_lately_is_no_customer_and_who_comes_back_has_not_left() {
        assert!(of(orders(), Day(40), 30, 1.0).is_none());
        assert!(!left(orders(), Day(40), 5) && left(orders(), Day(40), 4) && left(orders(), Day(45), 100));
        let mut found = Vec::new();
        gaps(orders(), Day(50), &mut found);
        assert_eq!(found, [10.0, 35.0]);
    }
}
