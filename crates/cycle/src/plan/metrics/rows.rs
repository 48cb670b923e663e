//! From a figure of a metric to the people behind it: a filter for the list of people.

use super::recipes::{OfContracts, OfPurchases, OfStanding, Recipe};
use super::{Metric, Unit};
use crate::calendar::Day;
use crate::plan::periods::Period;
use records::filter::{ConsentCondition, FieldCondition, Filter, Measure, Op, OrdersCondition};

/// The people who make the figure of a period; None where it is not made of people.
pub fn of(metric: &Metric, period: Period) -> Option<Filter> {
    let parts = match metric.shipped().ok()?.recipe {
        Recipe::Purchases(recipe) => purchases(recipe, metric, period),
        Recipe::Standing(what) => vec![standing(what)?],
        Recipe::Contracts(what) => contracts(what, period),
        Recipe::Mail(_) | Recipe::Spending(_) | Recipe::Seats | Recipe::Lacking(_) => return None,
    };
    Some(Filter::All(parts))
}

/// What the list shows, since a share is opened to the people above the line.
pub fn in_words(metric: &Metric) -> &'static str {
    match metric.unit {
        Unit::Share => "the people who make the share",
        _ => "the people behind it",
    }
}

fn purchases(recipe: OfPurchases, metric: &Metric, period: Period) -> Vec<Filter> {
    let window = i32::try_from(metric.params.window_days.unwrap_or_default()).unwrap_or(i32::MAX);
    let bought = || ordered(1, Some(period.first), period.last);
    let before = || ordered(1, Some(period.first.plus(-window)), period.first.plus(-1));
    let still = || ordered(1, Some(period.last.plus(1 - window)), period.last);
    match recipe {
        OfPurchases::New => {
            vec![
                field("first_order", Op::AtLeast, period.first),
                field("first_order", Op::AtMost, period.last),
            ]
        }
        OfPurchases::Repeat => vec![bought(), ordered(2, None, period.last)],
        OfPurchases::Retention => vec![before(), still()],
        OfPurchases::Churn => vec![before(), Filter::Not(Box::new(still()))],
        _ => vec![bought()],
    }
}

/// The people whose contract ended in the period, or whose contract runs now.
fn contracts(what: OfContracts, period: Period) -> Vec<Filter> {
    match what {
        OfContracts::Churn => vec![
            field("contract_ended_at", Op::AtLeast, period.first),
            field("contract_ended_at", Op::AtMost, period.last),
        ],
        OfContracts::Recurring => vec![field("contract_until_at", Op::IsSet, "")],
    }
}

fn standing(what: OfStanding) -> Option<Filter> {
    match what {
        OfStanding::LifetimeValue => Some(field("lifetime_value_minor", Op::IsSet, "")),
        OfStanding::Reachable => Some(field("email", Op::IsSet, "")),
        OfStanding::Consenting => Some(Filter::Consent(ConsentCondition {
            purpose: "marketing".to_string(),
            channel: "email".to_string(),
            state: "granted".to_string(),
        })),
        OfStanding::Completeness | OfStanding::Duplicate => None,
    }
}

fn ordered(at_least: u32, from: Option<Day>, until: Day) -> Filter {
    Filter::Orders(OrdersCondition {
        measure: Measure::Count,
        op: Op::AtLeast,
        value: at_least.to_string(),
        within_days: None,
        from: from.map(|day| day.to_string()),
        until: Some(until.to_string()),
        sku: None,
    })
}

fn field(name: &str, op: Op, value: impl ToString) -> Filter {
    Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })
}
