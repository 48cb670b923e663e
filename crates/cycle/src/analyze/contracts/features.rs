//! What is known about a contract on a day before its renewal: only payments and orders until that day reach a column.

use super::terms::{Contract, Contracts, GRACE_DAYS, Term};
use crate::analyze::Day;
use crate::analyze::facts::{Facts, Kind};

/// The columns of numbers, in the order of [`of`].
pub const NAMES: [&str; 11] = [
    "tenure_days",
    "n_payments",
    "period_months",
    "monthly_minor",
    "days_left",
    "late_share",
    "last_late",
    "price_change",
    "other_orders",
    "returns",
    "contracts_before",
];

/// The category: the channel from which the customer came.
pub const CATEGORY: &str = "source";

/// The term that stands on a day: the place of the newest payment until then, while the contract runs.
pub(super) fn standing(terms: &[Term], day: Day) -> Option<usize> {
    let place = terms.partition_point(|term| term.paid <= day.0).checked_sub(1)?;
    (day.0 < terms[place].until + GRACE_DAYS).then_some(place)
}

/// The columns of a contract at the end of `day`, whose newest payment by then is the one at `place`.
///
/// **Units.** Days; money in minor units.
pub(super) fn of(
    contracts: &Contracts,
    contract: &Contract,
    facts: &Facts,
    (day, place): (Day, usize),
) -> [f64; 11] {
    let terms = &contracts.terms(contract)[..=place];
    let (first, newest) = (terms[0], terms[place]);
    let n_renewals = place as f64;
    let n_late = terms[1..].iter().filter(|term| term.n_late > 0).count() as f64;
    let before = place.checked_sub(1).map(|before| terms[before].monthly_minor as f64);
    let year = day.0 - 365;
    let (mut n_orders, mut n_returns) = (0u32, 0u32);
    for (at, _, kind) in facts.orders(contract.customer).until(day).each().rev() {
        if at <= year {
            break;
        }
        n_orders += u32::from(kind == Kind::Purchase);
        n_returns += u32::from(kind == Kind::Return);
    }
    let n_paid = terms.iter().filter(|term| term.paid > year && term.amount_minor > 0).count() as u32;
    [
        f64::from(day.0 - first.paid),
        n_renewals + 1.0,
        f64::from(newest.months),
        newest.monthly_minor as f64,
        f64::from(newest.until - day.0),
        if place > 0 { n_late / n_renewals } else { f64::NAN },
        if place > 0 { f64::from(newest.n_late) } else { f64::NAN },
        before
            .filter(|before| *before > 0.0)
            .map_or(f64::NAN, |before| newest.monthly_minor as f64 / before - 1.0),
        f64::from(n_orders.saturating_sub(n_paid)),
        f64::from(n_returns),
        f64::from(contract.n_before),
    ]
}
