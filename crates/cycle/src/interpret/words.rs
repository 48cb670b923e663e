//! Figures of insights as words, in their units.

use super::found::{Figure, Unit};
pub use crate::words::{chance, count, customers, money, number, percent};
use records::values::currency::Currency;

/// A value in its unit.
pub fn value(value: f64, unit: Unit, currency: Currency) -> String {
    match unit {
        Unit::Count => number(value.round()),
        Unit::Share => percent(value),
        Unit::Money => money(value.round() as i64, currency),
        Unit::Days => format!("{} days", number(value.round())),
        Unit::Number => number(value),
    }
}

/// The interval of a figure: `€1,200 to €1,900 (80 %)`; empty where it has none.
pub fn interval(figure: &Figure, currency: Currency) -> String {
    match (figure.low, figure.high, figure.level) {
        (Some(low), Some(high), Some(level)) => format!(
            "{} to {} ({})",
            value(low, figure.unit, currency),
            value(high, figure.unit, currency),
            percent(level)
        ),
        _ => String::new(),
    }
}
