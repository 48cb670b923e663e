//! Exact decimals for prices and quantities: a whole number and how many of its digits stand behind the point.
//!
//! No binary fractions: `0.1` is 1 with scale 1. It multiplies and rounds, which is all that money needs; it is not a
//! general arithmetic.

use std::fmt;

use thiserror::Error;

use super::quoted::quoted;

/// The most digits behind the point.
pub const MAX_SCALE: u32 = 18;

/// Why a text is not a decimal, or a result is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the number is empty")]
    Empty,
    /// The text is not a plain decimal.
    #[error("{} is not a number", quoted(.value))]
    NotANumber {
        /// The text as it came.
        value: String,
    },
    /// A group of three digits after a single mark: thousands or decimals.
    #[error("{} may be read in two ways, with thousands or with decimals; say which mark is the decimal one", quoted(.value))]
    Ambiguous {
        /// The text as it came.
        value: String,
    },
    /// More digits than are kept.
    #[error("{} has more digits than can be kept", quoted(.value))]
    TooLong {
        /// The text as it came.
        value: String,
    },
}

/// Which sign stands between the whole and the broken part of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
    /// Whichever the number itself proves; a number that proves neither is refused.
    Unknown,
}

/// An exact decimal: `mantissa` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// All digits, with sign.
    pub mantissa: i128,
    /// How many of them stand behind the point.
    pub scale: u32,
}

impl Decimal {
    /// A whole number.
    pub fn whole(value: i64) -> Decimal {
        Decimal { mantissa: i128::from(value), scale: 0 }
    }

    /// The same value without noughts at the end of the broken part.
    pub fn shortest(self) -> Decimal {
        let mut short = self;
        while short.scale > 0 && short.mantissa % 10 == 0 {
            short.mantissa /= 10;
            short.scale -= 1;
        }
        short
    }

    /// The product, exactly; nothing if it does not fit.
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        let (a, b) = (self.shortest(), other.shortest());
        Some(Decimal { mantissa: a.mantissa.checked_mul(b.mantissa)?, scale: a.scale.checked_add(b.scale)? })
    }

    /// The value in units of ten to the power of minus `scale`, halves away from nought, and whether that was exact;
    /// nothing if it does not fit.
    pub fn rounded_to(self, scale: u32) -> Option<(i128, bool)> {
        if self.scale <= scale {
            let factor = 10_i128.checked_pow(scale - self.scale)?;
            return Some((self.mantissa.checked_mul(factor)?, true));
        }
        let Some(divisor) = 10_i128.checked_pow(self.scale - scale) else {
            return Some((0, self.mantissa == 0));
        };
        let (quotient, rest) = (self.mantissa / divisor, self.mantissa % divisor);
        if rest == 0 {
            return Some((quotient, true));
        }
        let away = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
        Some((quotient + if away { rest.signum() } else { 0 }, false))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        let (a, b) = (self.shortest(), other.shortest());
        (a.mantissa, a.scale) == (b.mantissa, b.scale)
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    /// Plain digits with a point and no grouping, as files carry them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let scale = self.scale as usize;
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, broken) = digits.split_at(digits.len() - scale);
        write!(f, "{sign}{whole}.{broken}")
    }
}

/// The decimal that a text writes, with or without marks between thousands.
///
/// Accounting brackets `(12.50)` and a minus at the end mean a negative number.
///
/// **Errors:** empty, not a number, ambiguous, too many digits.
///
/// ```
/// use records::values::decimal::{DecimalMark, parse};
/// assert_eq!(parse("1.234,50", DecimalMark::Unknown).unwrap().to_string(), "1234.50");
/// assert!(parse("1,234", DecimalMark::Unknown).is_err());
/// ```
pub fn parse(text: &str, mark: DecimalMark) -> Result<Decimal, Problem> {
    let bare = text.trim();
    if bare.is_empty() {
        return Err(Problem::Empty);
    }
    let value = || bare.chars().take(200).collect::<String>();
    if bare.len() > 100 {
        return Err(Problem::TooLong { value: value() });
    }
    let (negative, unsigned) = split_sign(bare).ok_or_else(|| Problem::NotANumber { value: value() })?;
    let decimal_mark = match mark {
        DecimalMark::Point => Some('.'),
        DecimalMark::Comma => Some(','),
        DecimalMark::Unknown => {
            guessed_mark(unsigned).ok_or_else(|| Problem::Ambiguous { value: value() })?
        }
    };
    let (whole, broken) = match decimal_mark.and_then(|mark| unsigned.rsplit_once(mark)) {
        Some((whole, broken)) => (whole, broken),
        None => (unsigned, ""),
    };
    let digits = ungrouped(whole, decimal_mark).ok_or_else(|| Problem::NotANumber { value: value() })?;
    if !broken.bytes().all(|byte| byte.is_ascii_digit()) || (digits.is_empty() && broken.is_empty()) {
        return Err(Problem::NotANumber { value: value() });
    }
    let broken = if broken.len() > MAX_SCALE as usize { broken.trim_end_matches('0') } else { broken };
    if broken.len() > MAX_SCALE as usize || digits.len() + broken.len() > 36 {
        return Err(Problem::TooLong { value: value() });
    }
    let mantissa = (digits + broken).parse::<i128>().map_err(|_| Problem::NotANumber { value: value() })?;
    Ok(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale: broken.len() as u32 })
}

/// The sign and what stands beside it.
fn split_sign(text: &str) -> Option<(bool, &str)> {
    if let Some(inside) = text.strip_prefix('(') {
        return Some((true, inside.strip_suffix(')')?.trim()));
    }
    for minus in ['-', '\u{2212}'] {
        if let Some(rest) = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
            return Some((true, rest.trim()));
        }
    }
    Some((false, text.strip_prefix('+').unwrap_or(text)))
}

/// The decimal mark that a number proves: `Some(None)` if it has none, nothing if it could be either.
fn guessed_mark(number: &str) -> Option<Option<char>> {
    let (points, commas) = (number.matches('.').count(), number.matches(',').count());
    let (mark, n_mark, n_other) = match (number.rfind('.'), number.rfind(',')) {
        (None, None) => return Some(None),
        (Some(point), Some(comma)) if point < comma => (',', commas, points),
        (None, Some(_)) => (',', commas, points),
        _ => ('.', points, commas),
    };
    if n_other > 0 {
        return Some(Some(mark));
    }
    if n_mark > 1 {
        return Some(Some(if mark == '.' { ',' } else { '.' }));
    }
    let (whole, broken) = number.rsplit_once(mark)?;
    let looks_grouped = broken.len() == 3 && (1..=3).contains(&whole.len()) && whole != "0";
    let spaced = whole.contains([' ', '\u{a0}', '\u{202f}', '\'', '’']);
    if looks_grouped && !spaced { None } else { Some(Some(mark)) }
}

/// The digits of the whole part without the marks between thousands, which must stand before groups of three.
fn ungrouped(whole: &str, decimal_mark: Option<char>) -> Option<String> {
    let is_group_mark = |sign: char| {
        Some(sign) != decimal_mark && matches!(sign, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’')
    };
    let mut groups = whole.split(is_group_mark);
    let mut digits = groups.next().unwrap_or_default().to_owned();
    let mut n_groups = 0;
    for group in groups {
        let fits = group.len() == 3 || group.len() == 2;
        if !fits || digits.is_empty() || (n_groups == 0 && digits.len() > 3) {
            return None;
        }
        digits.push_str(group);
        n_groups += 1;
    }
    let last_is_three =
        n_groups == 0 || whole.rsplit(is_group_mark).next().is_some_and(|last| last.len() == 3);
    (last_is_three && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, mark: DecimalMark) -> String {
        parse(text, mark).unwrap_or_else(|problem| panic!("{problem}")).to_string()
    }

    #[test]
    fn numbers_of_several_countries_are_read_exactly() {
        for (text, wanted) in [
            ("1234.56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1.234,56", "1234.56"),
            ("1 234,56", "1234.56"),
            ("1'234.56", "1234.56"),
            ("12,34,567.00", "1234567.00"),
            ("-0,5", "-0.5"),
            ("(12.50)", "-12.50"),
            ("12.50-", "-12.50"),
            ("1.234.567", "1234567"),
            ("0.125", "0.125"),
            ("1\u{a0}234,5", "1234.5"),
            (".5", "0.5"),
            ("7", "7"),
            ("1234,567", "1234.567"),
        ] {
            assert_eq!(plain(text, DecimalMark::Unknown), wanted, "{text}");
        }
        assert_eq!(plain("1,234", DecimalMark::Point), "1234");
        assert_eq!(plain("1,234", DecimalMark::Comma), "1.234");
    }

    #[test]
    fn what_could_be_thousands_or_decimals_is_not_guessed() {
        assert!(matches!(parse("1,234", DecimalMark::Unknown), Err(Problem::Ambiguous { .. })));
        assert!(matches!(parse("12.500", DecimalMark::Unknown), Err(Problem::Ambiguous { .. })));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["abc", "1.2.3,4,5", "--5", "1e5", "12.34.56", ".", "-", "1,23,4", "NaN", "(5", "٣"] {
            assert!(parse(text, DecimalMark::Unknown).is_err(), "{text}");
        }
        assert!(matches!(parse(&"9".repeat(50), DecimalMark::Point), Err(Problem::TooLong { .. })));
    }

    #[test]
    fn halves_are_rounded_away_from_nought() {
        let rounded = |text: &str| parse(text, DecimalMark::Point).unwrap().rounded_to(2).unwrap();
        assert_eq!(rounded("1.005"), (101, false));
        assert_eq!(rounded("-1.005"), (-101, false));
        assert_eq!(rounded("1.0049"), (100, false));
        assert_eq!(rounded("1.5"), (150, true));
    }
}
