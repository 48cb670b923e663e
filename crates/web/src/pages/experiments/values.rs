//! Values of a metric as people type and read them: money in whole units, shares as so many of a hundred customers.

use cycle::plan::metrics::{Kind, Metric, Unit};
use records::values::currency::Currency;

use crate::words;

/// What one typed unit is in the unit of the metric.
fn scale(metric: &Metric, currency: Currency) -> f64 {
    match metric.unit {
        Unit::Money => 10_f64.powi(currency.digits() as i32),
        Unit::Share => 0.01,
        _ if metric.kind == Kind::Binary => 0.01,
        Unit::Count | Unit::Days | Unit::Ratio => 1.0,
    }
}

/// A number as it was typed, in the unit of the metric; None for what is no number.
pub(crate) fn typed(text: &str, metric: &Metric, currency: Currency) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let number: f64 = text.trim_start_matches('+').parse().ok()?;
    number.is_finite().then(|| number * scale(metric, currency))
}

/// The same back into a field.
pub(crate) fn field(value: f64, metric: &Metric, currency: Currency) -> String {
    let shown = format!("{:.3}", value / scale(metric, currency));
    shown.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// "€4.50", "5 of 100", "0.3".
pub(crate) fn in_words(value: f64, metric: &Metric, currency: Currency) -> String {
    match metric.unit {
        Unit::Money => words::money(value.round() as i64, currency.code()),
        Unit::Share => hundredths(value),
        _ if metric.kind == Kind::Binary => hundredths(value),
        Unit::Days => format!("{} days", plain(value)),
        Unit::Count | Unit::Ratio => plain(value),
    }
}

/// An interval, its unit said once: "−13.7 to 34.2 of 100".
pub(crate) fn between(low: f64, high: f64, metric: &Metric, currency: Currency) -> String {
    let (low, high) = (in_words(low, metric, currency), in_words(high, metric, currency));
    let low = if high.ends_with(OF_HUNDRED) { low.trim_end_matches(OF_HUNDRED) } else { &low };
    format!("{} to {}", low.replacen('-', "−", 1), high.replacen('-', "−", 1))
}

const OF_HUNDRED: &str = " of 100";

fn hundredths(share: f64) -> String {
    format!("{}{OF_HUNDRED}", plain(share * 100.0))
}

fn plain(value: f64) -> String {
    let digits = match value.abs() {
        x if x >= 100.0 => 0,
        x if x >= 1.0 => 1,
        _ => 3,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

/// What to type for one customer.
pub(crate) fn what_to_type(metric: &Metric, currency: Currency) -> String {
    match metric.unit {
        Unit::Money => format!("{} for one customer, such as 4.50", currency.code()),
        Unit::Share => "points of a hundred: 5 means five more of 100".to_string(),
        _ if metric.kind == Kind::Binary => "5 means five more of 100 customers".to_string(),
        Unit::Days => "days".to_string(),
        Unit::Count | Unit::Ratio => "for one customer, such as 0.2".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cycle::plan::metrics::{Direction, Params};

    fn metric(unit: Unit, kind: Kind) -> Metric {
        Metric {
            key: "m".to_string(),
            version: 1,
            name: "M".to_string(),
            definition: String::new(),
            unit,
            direction: Direction::Up,
            grain: "order".to_string(),
            kind,
            params: Params::default(),
            owner_id: None,
            reason: None,
            valid_from: 0,
            created_by: None,
        }
    }

    #[test]
    fn what_is_typed_comes_back_as_it_was() {
        let euro = Currency::from_code("EUR").unwrap();
        for (metric, text, value, words) in [
            (metric(Unit::Money, Kind::Sum), "4.5", 450.0, "€4.50"),
            (metric(Unit::Money, Kind::Sum), "-2", -200.0, "€-2.00"),
            (metric(Unit::Count, Kind::Binary), "5", 0.05, "5 of 100"),
            (metric(Unit::Share, Kind::Ratio), "0.5", 0.005, "0.5 of 100"),
            (metric(Unit::Count, Kind::Sum), "0.25", 0.25, "0.25"),
        ] {
            assert!((typed(text, &metric, euro).unwrap() - value).abs() < 1e-12, "{text}");
            assert_eq!(field(value, &metric, euro), text);
            assert_eq!(in_words(value, &metric, euro).replace('−', "-").replace("-€2.00", "€-2.00"), words);
        }
        for wrong in ["", "many", "1e999", "NaN"] {
            assert_eq!(typed(wrong, &metric(Unit::Count, Kind::Sum), euro), None, "{wrong}");
        }
    }
}
