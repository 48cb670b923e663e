//! Money: a whole number of the smallest unit and a currency.
//!
//! Sums are exact and overflow is an error, never a wrong figure. Nothing is converted between currencies and nothing
//! is ever a floating-point number. Where a price has more digits than its currency, [`amount_rounded`] says that it
//! rounded.

use std::fmt;

use thiserror::Error;

use super::currency::{self, Currency};
use super::decimal::{self, Decimal, DecimalMark};
use super::fold::tidy;
use super::quoted::quoted;

/// Why a text is not an amount, or a sum cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the amount is empty")]
    Empty,
    /// The number in the amount is wrong.
    #[error("{} is not an amount: {problem}", quoted(.value))]
    Number {
        /// The text as it came.
        value: String,
        /// What is wrong with the number.
        problem: decimal::Problem,
    },
    /// The currency in the amount is wrong.
    #[error("{} is not an amount: {problem}", quoted(.value))]
    Currency {
        /// The text as it came.
        value: String,
        /// What is wrong with the currency.
        problem: currency::Problem,
    },
    /// No currency stands in the amount and none was given beside it.
    #[error("{} has no currency", quoted(.value))]
    NoCurrency {
        /// The text as it came.
        value: String,
    },
    /// More decimals than the currency has.
    #[error("{amount} has more decimals than {currency} has ({})", .currency.digits())]
    TooPrecise {
        /// The amount as a plain decimal.
        amount: String,
        /// The currency.
        currency: Currency,
    },
    /// The amount does not fit into 64 bits of minor units.
    #[error("the amount is too large: {what}")]
    TooLarge {
        /// The amount or the sum that did not fit.
        what: String,
    },
    /// Two currencies cannot be added.
    #[error("{left} and {right} cannot be added without a rate of exchange")]
    MixedCurrencies {
        /// The first currency.
        left: Currency,
        /// The second currency.
        right: Currency,
    },
}

/// An amount of money.
///
/// **Units:** `amount_minor` counts the smallest unit of the currency (cents; yen; fils).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount in minor units, negative for money given back.
    pub amount_minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// An amount and whether rounding changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounded {
    /// The amount, halves away from nought.
    pub money: Money,
    /// Whether nothing was rounded away.
    pub is_exact: bool,
}

impl Money {
    /// An amount in minor units.
    pub fn new(amount_minor: i64, currency: Currency) -> Money {
        Money { amount_minor, currency }
    }

    /// No money in this currency.
    pub fn zero(currency: Currency) -> Money {
        Money { amount_minor: 0, currency }
    }

    /// The sum.
    ///
    /// **Errors:** mixed currencies, too large.
    pub fn checked_add(self, other: Money) -> Result<Money, Problem> {
        self.same_currency(other)?;
        let sum = self.amount_minor.checked_add(other.amount_minor);
        self.with(sum, || format!("{self} and {other}"))
    }

    /// The difference.
    ///
    /// **Errors:** mixed currencies, too large.
    pub fn checked_sub(self, other: Money) -> Result<Money, Problem> {
        self.same_currency(other)?;
        let rest = self.amount_minor.checked_sub(other.amount_minor);
        self.with(rest, || format!("{self} less {other}"))
    }

    /// The amount with the other sign.
    ///
    /// **Errors:** too large (the least 64-bit number has no opposite).
    pub fn checked_neg(self) -> Result<Money, Problem> {
        self.with(self.amount_minor.checked_neg(), || format!("the opposite of {self}"))
    }

    /// The amount times a quantity, rounded to the minor unit.
    ///
    /// **Errors:** too large.
    pub fn times(self, quantity: Decimal) -> Result<Rounded, Problem> {
        amount_times(self.to_decimal(), quantity, self.currency)
    }

    /// The amount as an exact decimal.
    pub fn to_decimal(self) -> Decimal {
        Decimal { mantissa: i128::from(self.amount_minor), scale: self.currency.digits() }
    }

    /// Plain digits with a point, without currency and grouping, as files carry them: `-1234.50`.
    pub fn to_plain(self) -> String {
        self.to_decimal().to_string()
    }

    fn same_currency(self, other: Money) -> Result<(), Problem> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(Problem::MixedCurrencies { left: self.currency, right: other.currency })
    }

    fn with(self, amount_minor: Option<i64>, what: impl FnOnce() -> String) -> Result<Money, Problem> {
        match amount_minor {
            Some(amount_minor) => Ok(Money { amount_minor, ..self }),
            None => Err(Problem::TooLarge { what: what() }),
        }
    }
}

impl fmt::Display for Money {
    /// For people: `€1,234.50`, `-$3.00`, `SEK 1,234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.amount_minor < 0 {
            f.write_str("-")?;
        }
        match self.currency.symbol() {
            Some(symbol) => f.write_str(symbol)?,
            None => write!(f, "{}\u{a0}", self.currency.code())?,
        }
        let plain = self.to_plain();
        let unsigned = plain.trim_start_matches('-');
        let (whole, broken) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        if broken.is_empty() { Ok(()) } else { write!(f, ".{broken}") }
    }
}

/// The amount of a decimal that fits its currency exactly.
///
/// **Errors:** too precise, too large.
pub fn amount_exact(amount: Decimal, currency: Currency) -> Result<Money, Problem> {
    let rounded = amount_rounded(amount, currency)?;
    if rounded.is_exact {
        return Ok(rounded.money);
    }
    Err(Problem::TooPrecise { amount: amount.to_string(), currency })
}

/// The amount of a decimal, rounded to the minor unit, halves away from nought.
///
/// **Errors:** too large.
pub fn amount_rounded(amount: Decimal, currency: Currency) -> Result<Rounded, Problem> {
    let too_large = || Problem::TooLarge { what: format!("{amount} {currency}") };
    let (minor, is_exact) = amount.rounded_to(currency.digits()).ok_or_else(too_large)?;
    let amount_minor = i64::try_from(minor).map_err(|_| too_large())?;
    Ok(Rounded { money: Money { amount_minor, currency }, is_exact })
}

/// A unit price times a quantity, rounded once, at the end.
///
/// The price may have more digits than the currency: 1,000 pieces at €0.0125 are €12.50.
///
/// **Errors:** too large.
pub fn amount_times(unit_price: Decimal, quantity: Decimal, currency: Currency) -> Result<Rounded, Problem> {
    let too_large = || Problem::TooLarge { what: format!("{unit_price} times {quantity} {currency}") };
    amount_rounded(unit_price.checked_mul(quantity).ok_or_else(too_large)?, currency)
}

/// The sum of amounts in one currency.
///
/// **Errors:** mixed currencies, too large.
pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Money>) -> Result<Money, Problem> {
    amounts.into_iter().try_fold(Money::zero(currency), Money::checked_add)
}

/// The amount that a text writes, such as `€1,234.50`, `1.234,50 EUR` or `12.50` with a default currency.
///
/// **Errors:** empty, a wrong number or currency, no currency, more decimals than the currency has, too large.
///
/// ```
/// use records::values::{decimal::DecimalMark, money};
/// let money = money::parse("1.234,50 €", None, DecimalMark::Unknown).unwrap();
/// assert_eq!((money.amount_minor, money.to_string().as_str()), (123_450, "€1,234.50"));
/// ```
pub fn parse(text: &str, default: Option<Currency>, mark: DecimalMark) -> Result<Money, Problem> {
    let (amount, currency) = parse_price(text, default, mark)?;
    amount_exact(amount, currency)
}

/// A price that may have more digits than its currency.
///
/// **Errors:** as [`parse`], except that extra decimals are kept.
pub fn parse_price(
    text: &str,
    default: Option<Currency>,
    mark: DecimalMark,
) -> Result<(Decimal, Currency), Problem> {
    if text.len() > 200 && text.trim().len() > 200 {
        let value: String = text.trim().chars().take(100).collect();
        return Err(Problem::Number { problem: decimal::Problem::TooLong { value: value.clone() }, value });
    }
    let tidied = tidy(text);
    if tidied.is_empty() {
        return Err(Problem::Empty);
    }
    let (number, sign) = split_currency(&tidied);
    let amount = decimal::parse(&number, mark)
        .map_err(|problem| Problem::Number { value: tidied.clone().into_owned(), problem })?;
    if sign.is_empty() {
        return match default {
            Some(currency) => Ok((amount, currency)),
            None => Err(Problem::NoCurrency { value: tidied.into_owned() }),
        };
    }
    match currency::parse(&sign, default) {
        Ok(currency) => Ok((amount, currency)),
        Err(problem) => Err(Problem::Currency { value: tidied.into_owned(), problem }),
    }
}

/// Parts a text into its number and the currency before or behind it; a minus before the currency stays with the
/// number.
fn split_currency(text: &str) -> (String, String) {
    let is_number = |sign: char| sign.is_ascii_digit();
    let (Some(first), Some(last)) = (text.find(is_number), text.rfind(is_number)) else {
        return (text.to_owned(), String::new());
    };
    let of_number = |sign: char| matches!(sign, '-' | '+' | '\u{2212}' | '(' | ')');
    let first = first - usize::from(text[..first].ends_with(['.', ',']));
    let (before, behind) = (&text[..first], &text[last + 1..]);
    let (mut number, mut sign) = (String::with_capacity(text.len()), String::new());
    number.extend(before.chars().filter(|&sign| of_number(sign)));
    number.push_str(&text[first..=last]);
    number.extend(behind.chars().filter(|&sign| of_number(sign)));
    sign.extend(
        before.chars().chain(behind.chars()).filter(|&sign| !of_number(sign) && !sign.is_whitespace()),
    );
    (number, sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::from_code(code).unwrap()
    }

    fn decimal(text: &str) -> Decimal {
        decimal::parse(text, DecimalMark::Point).unwrap()
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, default, minor, code) in [
            ("€1,234.50", None, 123_450, "EUR"),
            ("1.234,50 €", None, 123_450, "EUR"),
            ("EUR 12", None, 1_200, "EUR"),
            ("-£3.20", None, -320, "GBP"),
            ("£-3.20", None, -320, "GBP"),
            ("(5.00) GBP", None, -500, "GBP"),
            ("$5", Some("USD"), 500, "USD"),
            ("12.5", Some("EUR"), 1_250, "EUR"),
            ("JPY 1,000,000", None, 1_000_000, "JPY"),
            ("1 234,56 kr", Some("SEK"), 123_456, "SEK"),
            ("KWD 1.2345678", None, 0, ""),
            ("€.50", None, 50, "EUR"),
        ] {
            let money = parse(text, default.map(currency), DecimalMark::Unknown);
            match code {
                "" => assert!(matches!(money, Err(Problem::TooPrecise { .. })), "{text}"),
                _ => assert_eq!(money, Ok(Money::new(minor, currency(code))), "{text}"),
            }
        }
    }

    #[test]
    fn an_amount_without_currency_or_with_a_shared_sign_is_refused() {
        assert!(matches!(parse("12.50", None, DecimalMark::Unknown), Err(Problem::NoCurrency { .. })));
        assert!(matches!(parse("$12.50", None, DecimalMark::Unknown), Err(Problem::Currency { .. })));
        assert!(matches!(parse("12.50 QQQ", None, DecimalMark::Unknown), Err(Problem::Currency { .. })));
        let sentence = parse("€12.505", None, DecimalMark::Point).unwrap_err().to_string();
        assert_eq!(sentence, "12.505 has more decimals than EUR has (2)");
    }

    #[test]
    fn a_line_is_rounded_once_at_its_end() {
        let line = amount_times(decimal("0.0125"), Decimal::whole(1000), currency("EUR")).unwrap();
        assert_eq!((line.money.to_plain().as_str(), line.is_exact), ("12.50", true));
        let line = amount_times(decimal("1.335"), Decimal::whole(1), currency("EUR")).unwrap();
        assert_eq!((line.money.to_plain().as_str(), line.is_exact), ("1.34", false));
        let line = Money::new(999, currency("EUR")).times(decimal("0.333")).unwrap();
        assert_eq!(line.money.amount_minor, 333);
    }

    #[test]
    fn overflow_and_mixed_currencies_are_errors() {
        let most = Money::new(i64::MAX, currency("EUR"));
        assert!(matches!(most.checked_add(Money::new(1, currency("EUR"))), Err(Problem::TooLarge { .. })));
        assert!(matches!(Money::new(i64::MIN, currency("EUR")).checked_neg(), Err(Problem::TooLarge { .. })));
        assert!(matches!(most.times(Decimal::whole(i64::MAX)), Err(Problem::TooLarge { .. })));
        assert!(matches!(
            most.checked_add(Money::zero(currency("USD"))),
            Err(Problem::MixedCurrencies { .. })
        ));
    }

    #[test]
    fn money_is_shown_for_people_and_for_files() {
        for (minor, code, shown, plain) in [
            (123_456_789, "EUR", "€1,234,567.89", "1234567.89"),
            (-300, "USD", "-$3.00", "-3.00"),
            (1_234, "JPY", "¥1,234", "1234"),
            (5, "KWD", "KWD\u{a0}0.005", "0.005"),
            (0, "GBP", "£0.00", "0.00"),
            (i64::MIN, "EUR", "-€92,233,720,368,547,758.08", "-92233720368547758.08"),
        ] {
            let money = Money::new(minor, currency(code));
            assert_eq!((money.to_string().as_str(), money.to_plain().as_str()), (shown, plain));
            assert_eq!(parse(shown, Some(currency(code)), DecimalMark::Point), Ok(money));
        }
    }
}
