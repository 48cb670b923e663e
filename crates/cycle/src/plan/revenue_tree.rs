//! Revenue taken apart: customers who order × orders of each × value of an order.
//!
//! The three multiply to the revenue of known customers exactly; orders of nobody in particular stand beside them.

use crate::plan::metrics::{self, Measured, PeopleOf};
use crate::plan::periods::Period;
use platform::Result;
use platform::store::Snapshot;
use records::filter::Filter;

/// The parts of revenue in one period.
///
/// **Units.** Money in minor units.
#[derive(Debug, Clone, PartialEq)]
pub struct RevenueTree {
    pub period: Period,
    /// All revenue.
    pub revenue: f64,
    /// Of orders that no known customer placed.
    pub of_nobody: f64,
    pub active: f64,
    /// Of the active: those whose first order it was.
    pub new: f64,
    pub orders_per_customer: Option<f64>,
    pub average_order_value: Option<f64>,
}

/// The keys from which the tree is made.
const KEYS: [&str; 5] =
    ["revenue", "active_customers", "new_customers", "orders_per_customer", "average_order_value"];

/// Takes the revenue of some people apart, for each period.
pub fn of(snapshot: &mut Snapshot<'_>, people: &PeopleOf, periods: &[Period]) -> Result<Vec<RevenueTree>> {
    let mut wanted = Vec::new();
    for key in KEYS {
        wanted.push(metrics::latest(snapshot, key)?);
    }
    // Everybody in particular: without the orders of nobody, so that the parts multiply to the whole.
    let known = match people {
        PeopleOf::Everybody => PeopleOf::Matching(Filter::default()),
        some => some.clone(),
    };
    let parts = metrics::series_of_many(snapshot, &wanted, &known, periods)?;
    let all = match people {
        PeopleOf::Everybody => metrics::series_of_many(snapshot, &wanted[..1], people, periods)?,
        _ => parts[..1].to_vec(),
    };
    let value = |series: &[Measured], at: usize| series.get(at).and_then(|m| m.value);
    Ok((0..periods.len())
        .map(|at| {
            let revenue = value(&all[0], at).unwrap_or(0.0);
            RevenueTree {
                period: periods[at],
                revenue,
                of_nobody: revenue - value(&parts[0], at).unwrap_or(0.0),
                active: value(&parts[1], at).unwrap_or(0.0),
                new: value(&parts[2], at).unwrap_or(0.0),
                orders_per_customer: value(&parts[3], at),
                average_order_value: value(&parts[4], at),
            }
        })
        .collect())
}
