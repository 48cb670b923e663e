//! One customer's purchases, and what each recipe makes of them in a period.

use super::recipes::OfPurchases;
use platform::Micros;

/// One order that counts, or return (less than nothing).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purchase {
    pub(crate) at: Micros,
    /// A sale for money is an order; returns and what was free only change the money.
    pub(crate) is_order: bool,
    pub(crate) value_minor: i64,
}

/// The numerator and denominator of one customer from the moment `from` until before `to`.
///
/// `purchases` are in the order of time. `window` is the time without a purchase after which a customer counts as gone.
pub(super) fn figure(
    recipe: OfPurchases,
    purchases: &[Purchase],
    (from, to): (Micros, Micros),
    window: Micros,
) -> (f64, f64) {
    let within = between(purchases, from, to);
    let n_orders = || within.iter().filter(|p| p.is_order).count() as f64;
    let revenue = || sum(within);
    match recipe {
        OfPurchases::Revenue => (revenue(), 1.0),
        OfPurchases::Orders => (n_orders(), 1.0),
        OfPurchases::AverageOrderValue => (revenue(), n_orders()),
        OfPurchases::OrdersPerCustomer => (n_orders(), one(n_orders() > 0.0)),
        OfPurchases::Active => (one(n_orders() > 0.0), 1.0),
        OfPurchases::New => (one(first_order(purchases).is_some_and(|at| from <= at && at < to)), 1.0),
        OfPurchases::Repeat => {
            let n_until = between(purchases, Micros::MIN, to).iter().filter(|p| p.is_order).take(2).count();
            let bought = n_orders() > 0.0;
            (one(bought && n_until > 1), one(bought))
        }
        OfPurchases::Retention | OfPurchases::Churn => {
            let had = is_active(purchases, from, window);
            let kept = had && is_active(purchases, to, window);
            (one(if recipe == OfPurchases::Retention { kept } else { had && !kept }), one(had))
        }
        OfPurchases::Returned => {
            let (sold, back) = within.iter().fold((0, 0), |(sold, back), p| match p.value_minor {
                value if value < 0 => (sold, back - value),
                value => (sold + value, back),
            });
            (back as f64, sold as f64)
        }
        OfPurchases::Growth => {
            let before = sum(between(purchases, from - (to - from), from));
            (revenue() - before, before)
        }
    }
}

/// Whether a customer bought within the window before a moment.
fn is_active(purchases: &[Purchase], at: Micros, window: Micros) -> bool {
    between(purchases, at.saturating_sub(window), at).iter().any(|p| p.is_order)
}

fn first_order(purchases: &[Purchase]) -> Option<Micros> {
    purchases.iter().find(|p| p.is_order).map(|p| p.at)
}

fn between(purchases: &[Purchase], from: Micros, to: Micros) -> &[Purchase] {
    let start = purchases.partition_point(|p| p.at < from);
    let end = purchases.partition_point(|p| p.at < to);
    &purchases[start..end.max(start)]
}

fn sum(purchases: &[Purchase]) -> f64 {
    purchases.iter().map(|p| p.value_minor).sum::<i64>() as f64
}

fn one(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bought(at: Micros, value_minor: i64) -> Purchase {
        Purchase { at, is_order: value_minor > 0, value_minor }
    }

    #[test]
    fn each_recipe_agrees_with_a_customer_counted_by_hand() {
        // Bought at 5, 12 and 14, returned at 16; the period is 10 to 20, the window 10.
        let orders = [bought(5, 1000), bought(12, 300), bought(14, 500), bought(16, -100)];
        let of = |recipe| figure(recipe, &orders, (10, 20), 10);
        assert_eq!(of(OfPurchases::Revenue), (700.0, 1.0));
        assert_eq!(of(OfPurchases::Orders), (2.0, 1.0));
        assert_eq!(of(OfPurchases::AverageOrderValue), (700.0, 2.0));
        assert_eq!(of(OfPurchases::OrdersPerCustomer), (2.0, 1.0));
        assert_eq!(of(OfPurchases::Active), (1.0, 1.0));
        assert_eq!(of(OfPurchases::New), (0.0, 1.0));
        assert_eq!(of(OfPurchases::Repeat), (1.0, 1.0));
        assert_eq!(of(OfPurchases::Retention), (1.0, 1.0));
        assert_eq!(of(OfPurchases::Churn), (0.0, 1.0));
        assert_eq!(of(OfPurchases::Returned), (100.0, 800.0));
        assert_eq!(of(OfPurchases::Growth), (-300.0, 1000.0));
    }

    #[test]
    fn who_falls_silent_for_the_window_is_lost_and_who_never_bought_cannot_be() {
        let orders = [bought(5, 1000)];
        let of = |recipe, period| figure(recipe, &orders, period, 10);
        assert_eq!(of(OfPurchases::Retention, (6, 10)), (1.0, 1.0));
        assert_eq!(of(OfPurchases::Retention, (6, 16)), (0.0, 1.0));
        assert_eq!(of(OfPurchases::Churn, (6, 16)), (1.0, 1.0));
        assert_eq!(of(OfPurchases::Churn, (16, 30)), (0.0, 0.0));
        assert_eq!(of(OfPurchases::Repeat, (0, 10)), (0.0, 1.0));
        assert_eq!(of(OfPurchases::New, (5, 6)), (1.0, 1.0));
        assert_eq!(figure(OfPurchases::Revenue, &[], (0, 10), 10), (0.0, 1.0));
    }
}
