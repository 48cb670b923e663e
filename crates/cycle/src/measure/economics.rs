//! Acquisition against retention: what a new customer costs and is worth, and what keeping customers brought.
//!
//! Abstains, and says what it needs, wherever a cost was not stated or nothing was measured.

use super::effects::{self, Conclusion};
use crate::act::actions;
use crate::act::experiments;
use crate::analyze::{OrderCounts, results};
use crate::plan::budget;
use crate::plan::kept::{self, Kept};
use crate::plan::metrics;
use crate::plan::periods::Period;
use platform::store::Snapshot;
use platform::{Micros, Result};
use serde::Serialize;

/// The metric of actions that look for new customers.
const NEW_CUSTOMERS: &str = "new_customers";
/// Actions that are counted.
const MOST_ACTIONS: i64 = 1_000;
/// Months of a year.
const MONTHS: f64 = 12.0;

/// A figure, or what it needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Told {
    Value(f64),
    Needs(String),
}

impl Told {
    fn value(&self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(*value),
            Self::Needs(_) => None,
        }
    }
}

/// Both sides. **Units:** minor units of money, people, months.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Economics {
    pub n_new_customers: f64,
    /// When the turn counted the new customers, where they are not counted anew.
    #[serde(serialize_with = "kept::in_words")]
    pub counted_at: Option<Micros>,
    pub acquisition_cost_minor: i64,
    /// Cost of acquisition by new customer.
    pub cac_minor: Told,
    /// Expected revenue of a customer in the coming year.
    pub value_minor: Told,
    pub value_to_cac: Told,
    pub payback_months: Told,
    pub retention_cost_minor: i64,
    /// Revenue that measured actions for customers of before brought.
    pub saved_minor: Told,
    /// That by money spent on it.
    pub saved_by_cost: Told,
}

/// The economics of a period.
pub fn of(snapshot: &mut Snapshot<'_>, period: Period) -> Result<Economics> {
    let (n_new, counted_at) = new_customers(snapshot, period)?;
    let sides = Sides::of(snapshot, period)?;
    let cac = match (sides.acquisition_minor, n_new) {
        (0, _) => needs(
            "the cost of winning customers: state costs on actions whose metric is new customers, such as advertising",
        ),
        (_, n) if n <= 0.0 => needs("a period in which somebody became a customer"),
        (cost, n) => Told::Value(cost as f64 / n),
    };
    let value = yearly_value(snapshot)?;
    let ratio = match (value.value(), cac.value()) {
        (Some(value), Some(cac)) if cac > 0.0 => Told::Value(value / cac),
        _ => needs("both the cost of a new customer and a forecast of what one is worth"),
    };
    let payback = match (value.value(), cac.value()) {
        (Some(value), Some(cac)) if value > 0.0 => Told::Value(cac / (value / MONTHS)),
        _ => needs("both the cost of a new customer and a forecast of what one is worth"),
    };
    let saved_by_cost = match (sides.saved_minor, sides.retention_minor) {
        (Some(saved), cost) if cost > 0 => Told::Value(saved as f64 / cost as f64),
        _ => needs("a measured action with its cost"),
    };
    Ok(Economics {
        n_new_customers: n_new,
        counted_at,
        acquisition_cost_minor: sides.acquisition_minor,
        cac_minor: cac,
        value_minor: value,
        value_to_cac: ratio,
        payback_months: payback,
        retention_cost_minor: sides.retention_minor,
        saved_minor: match sides.saved_minor {
            Some(saved) => Told::Value(saved as f64),
            None => needs("an action for customers of before whose window is over"),
        },
        saved_by_cost,
    })
}

/// Customers whose first order lies in the period: as the turn kept them, with when it counted, or counted anew.
fn new_customers(snapshot: &mut Snapshot<'_>, period: Period) -> Result<(f64, Option<Micros>)> {
    if let Some(Kept { counted, counted_at }) = kept::read::<OrderCounts>(snapshot, kept::ORDERS)? {
        let n_new: u64 = counted.between(period.first, period.last).iter().map(|day| day.n_new).sum();
        return Ok((n_new as f64, Some(counted_at)));
    }
    let new = metrics::latest(snapshot, NEW_CUSTOMERS)?.reference();
    let found = metrics::series(snapshot, &new, None, &[period])?;
    Ok((found.first().map_or(0.0, |m| m.numerator), None))
}

fn needs(what: &str) -> Told {
    Told::Needs(what.to_string())
}

/// What a customer is expected to spend in the coming year, on average over those who bought.
fn yearly_value(snapshot: &mut Snapshot<'_>) -> Result<Told> {
    let group = results::latest_lifetime_value(snapshot)?.and_then(|latest| latest.result.everybody);
    Ok(match group {
        Some(group) if group.n_customers > 0 => {
            Told::Value(group.value_minor as f64 / group.n_customers as f64)
        }
        _ => needs("a forecast of lifetime value: run the turn with a year of orders"),
    })
}

/// Costs and measured revenue of actions launched in the period, by what they are for.
#[derive(Default)]
struct Sides {
    acquisition_minor: i64,
    retention_minor: i64,
    saved_minor: Option<i64>,
}

impl Sides {
    fn of(snapshot: &mut Snapshot<'_>, period: Period) -> Result<Self> {
        let mut sides = Self::default();
        let wanted = actions::List { limit: MOST_ACTIONS, ..actions::List::default() };
        let launched = |at: Option<i64>| at.is_some_and(|at| period.from() <= at && at < period.until());
        for action in actions::list(snapshot, &wanted)?.into_iter().filter(|a| launched(a.launched_at)) {
            let cost = budget::of_action(snapshot, &action.id)?.actual_minor;
            let experiment = experiments::of_action(snapshot, &action.id)?;
            if experiment.is_some_and(|experiment| experiment.metric.key == NEW_CUSTOMERS) {
                sides.acquisition_minor += cost;
                continue;
            }
            sides.retention_minor += cost;
            for effect in effects::latest_of_action(snapshot, &action.id)?.iter().filter(|e| e.is_final) {
                let proved = matches!(effect.conclusion, Conclusion::Works | Conclusion::Harms);
                let minor = effect.money.filter(|_| proved).map_or(0, |money| money.minor);
                *sides.saved_minor.get_or_insert(0) += minor;
            }
        }
        Ok(sides)
    }
}
