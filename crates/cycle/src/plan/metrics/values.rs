//! Values of metrics as people write and read them.

use super::Unit;
use crate::words;
use platform::{Error, Result};
use records::values::currency::Currency;
use records::values::decimal::{self, Decimal, DecimalMark};
use records::values::money;

/// A value in its unit: `€12,400`, `34 %`, `1,204`, `12 days`, `1.8`.
pub fn in_words(value: f64, unit: Unit, currency: Currency) -> String {
    match unit {
        Unit::Money => words::money(value.round() as i64, currency),
        Unit::Count => words::number(value.round()),
        Unit::Share => words::percent(value),
        Unit::Days => format!("{} days", words::number(value)),
        Unit::Ratio if value.abs() < 100.0 => format!("{value:.2}"),
        Unit::Ratio => words::number(value),
    }
}

/// As somebody would type it into a field: without signs and groups, a share in per cent.
pub fn as_typed(value: f64, unit: Unit, currency: Currency) -> String {
    let plain = |value: f64| {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    match unit {
        Unit::Money => {
            let text = money::Money::new(value.round() as i64, currency).to_plain();
            text.strip_suffix(".00").map_or(text.clone(), str::to_string)
        }
        Unit::Share => format!("{} %", plain(100.0 * value)),
        Unit::Count | Unit::Days | Unit::Ratio => plain(value),
    }
}

/// Reads what somebody typed: money in whole units of the currency, a share as `35 %` or `0.35`.
///
/// **Errors** at `field`.
pub fn parse(field: &str, text: &str, unit: Unit, currency: Currency) -> Result<f64> {
    let refused = |why: String| Error::invalid(field, why);
    let text = text.trim();
    if unit == Unit::Money {
        let money = money::parse(text, Some(currency), DecimalMark::Unknown)
            .or_else(|_| money::parse(text, Some(currency), DecimalMark::Point))
            .map_err(|problem| refused(problem.to_string()))?;
        return match money.currency == currency {
            true => Ok(money.amount_minor as f64),
            false => Err(refused(format!("goals are in {}; {} is another currency", currency.code(), text))),
        };
    }
    let (digits, has_sign) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), true),
        None => (text, false),
    };
    let value =
        number(digits).ok_or_else(|| refused(format!("“{text}” is no number such as 1200 or 34.5")))?;
    match (unit, has_sign) {
        (Unit::Share, true) => Ok(value / 100.0),
        (Unit::Share, false) if value.abs() < 1.0 => Ok(value),
        (Unit::Share, false) => Err(refused(format!("write a share with its sign, such as {text} %"))),
        (_, true) => Err(refused("this is not measured in per cent; write a plain number".to_string())),
        (_, false) => Ok(value),
    }
}

fn number(text: &str) -> Option<f64> {
    let read =
        decimal::parse(text, DecimalMark::Unknown).or_else(|_| decimal::parse(text, DecimalMark::Point));
    let Decimal { mantissa, scale } = read.ok()?;
    Some(mantissa as f64 / 10_f64.powi(i32::try_from(scale).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_in_its_unit_and_doubt_is_told() {
        let euro = Currency::from_code("EUR").unwrap();
        let read = |text: &str, unit| parse("target", text, unit, euro).map_err(|e| e.to_string());
        assert_eq!(read("12,000", Unit::Money), Ok(1_200_000.0));
        assert_eq!(read("€12.50", Unit::Money), Ok(1250.0));
        assert_eq!(read("35 %", Unit::Share), Ok(0.35));
        assert_eq!(read("0.35", Unit::Share), Ok(0.35));
        assert_eq!(read("1,234", Unit::Count), Ok(1234.0));
        for (wrong, unit) in
            [("35", Unit::Share), ("many", Unit::Count), ("", Unit::Money), ("5 %", Unit::Count)]
        {
            assert!(read(wrong, unit).is_err(), "{wrong}");
        }
        assert!(read("$12", Unit::Money).is_err());
        for (value, unit) in [(0.355, Unit::Share), (1250.0, Unit::Money), (1.8, Unit::Ratio)] {
            assert_eq!(read(&as_typed(value, unit, euro), unit), Ok(value));
        }
    }
}
