//! Values of metrics as people read them, the same on the pages of the turn and in its report.

use crate::interpret::words;
use crate::plan::metrics::Unit;
use records::values::currency::Currency;

/// A value with its unit: money in minor units, a share from 0 to 1.
pub fn value(value: f64, unit: Option<Unit>, currency: &str) -> String {
    if !value.is_finite() {
        return "can’t tell".to_string();
    }
    match unit {
        Some(Unit::Money) => money(value.round() as i64, currency),
        Some(Unit::Share) => words::percent(value),
        Some(Unit::Days) => format!("{value:.1} days"),
        Some(Unit::Ratio) => format!("{value:.2}"),
        Some(Unit::Count) | None => words::number(value),
    }
}

/// Money in minor units of a currency by its code.
pub fn money(minor: i64, currency: &str) -> String {
    match Currency::from_code(currency) {
        Some(currency) => words::money(minor, currency),
        None => format!("{minor} {currency}").trim_end().to_string(),
    }
}
