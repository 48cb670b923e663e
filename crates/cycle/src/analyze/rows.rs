//! From a figure to the people behind it: one filter for each cell, segment, tier, move and cohort.
//!
//! A filter on scores finds what the last run wrote; one on orders finds what is true now.

use super::Day;
use records::filter::{FieldCondition, Filter, Measure, Op, OrdersCondition};

fn is(name: &str, value: impl ToString) -> Filter {
    compare(name, Op::Is, value)
}

fn compare(name: &str, op: Op, value: impl ToString) -> Filter {
    Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })
}

fn is_not_set(name: &str) -> Filter {
    compare(name, Op::IsNotSet, "")
}

/// The customers in one cell of the grid of recency and frequency.
pub fn of_cell(recency: u8, frequency: u8) -> Filter {
    Filter::All(vec![is("recency_score", recency), is("frequency_score", frequency)])
}

/// The customers of an RFM segment.
pub fn of_segment(name: &str) -> Filter {
    Filter::All(vec![is("rfm_segment", name)])
}

/// The customers of a value tier.
pub fn of_tier(name: &str) -> Filter {
    Filter::All(vec![is("tier", name)])
}

/// The customers who moved from one tier (None: had not bought yet) to another.
pub fn of_move(from: Option<&str>, to: &str) -> Filter {
    let before = from.map_or_else(|| is_not_set("previous_tier"), |from| is("previous_tier", from));
    Filter::All(vec![before, is("tier", to)])
}

/// The customers whose first purchase was in a month.
pub fn of_cohort(month: i32) -> Filter {
    Filter::All(first_order_in(month))
}

/// Those of a cohort who came from a channel; the empty channel is "not known".
pub fn of_cohort_and_source(month: i32, source: &str) -> Filter {
    let mut parts = first_order_in(month);
    parts.push(if source.is_empty() { is_not_set("source") } else { is("source", source) });
    Filter::All(parts)
}

/// Those of a cohort who bought in the month of an age.
pub fn of_cohort_at(month: i32, age: i32) -> Filter {
    let mut parts = first_order_in(month);
    let (from, until) = (Day::first_of_month(month + age), Day::last_of_month(month + age));
    parts.push(Filter::Orders(OrdersCondition {
        from: Some(from.to_string()),
        until: Some(until.to_string()),
        ..ordered()
    }));
    Filter::All(parts)
}

/// The customers who bought since a day, have the one product and not the other.
pub fn of_pair(since: Day, sku: &str, other_sku: &str) -> Filter {
    let has = |sku: &str| Filter::Orders(OrdersCondition { sku: Some(sku.to_string()), ..ordered() });
    Filter::All(vec![
        compare("last_order", Op::AtLeast, since),
        has(sku),
        Filter::Not(Box::new(has(other_sku))),
    ])
}

/// At least one order.
fn ordered() -> OrdersCondition {
    OrdersCondition {
        measure: Measure::Count,
        op: Op::AtLeast,
        value: "1".to_string(),
        within_days: None,
        from: None,
        until: None,
        sku: None,
    }
}

fn first_order_in(month: i32) -> Vec<Filter> {
    vec![
        compare("first_order", Op::AtLeast, Day::first_of_month(month)),
        compare("first_order", Op::AtMost, Day::last_of_month(month)),
    ]
}

/// The customers with a probability of being alive from `low` (included) up to `high` (not included; 1 is included).
pub fn of_alive(low: f64, high: f64) -> Filter {
    let mut parts = vec![compare("probability_alive", Op::AtLeast, low)];
    if high < 1.0 {
        parts.push(Filter::Not(Box::new(compare("probability_alive", Op::AtLeast, high))));
    }
    Filter::All(parts)
}

/// The customers about whom the lifetime-value model cannot tell, for one reason.
pub fn of_abstained(code: &str) -> Filter {
    Filter::All(vec![is("abstained", code)])
}
