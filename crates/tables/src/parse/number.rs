//! Exact decimal numbers from text, as people and programs write them.
//!
//! No floating point: money keeps its digits. Does not guess which mark is the decimal one; see `guess`.

use std::fmt;

/// An exact decimal number: `mantissa × 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    pub mantissa: i64,
    /// Digits after the decimal mark, at most 18.
    pub scale: u8,
}

/// Which mark stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecimalMark {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("the cell is empty")]
    Empty,
    #[error("this is not a number")]
    NotANumber,
    #[error("the thousands are not grouped by threes; is the other mark the decimal one?")]
    Grouping,
    #[error("the number has two decimal marks")]
    TwoDecimalMarks,
    #[error("the number has more than 18 digits")]
    TooLong,
}

impl Decimal {
    /// The number in units of `10^-scale`, e.g. cents for 2. `None` if digits would be lost or it is too large.
    pub fn at_scale(self, scale: u8) -> Option<i64> {
        if scale >= self.scale {
            return self.mantissa.checked_mul(10i64.checked_pow(u32::from(scale - self.scale))?);
        }
        let divisor = 10i64.checked_pow(u32::from(self.scale - scale))?;
        (self.mantissa % divisor == 0).then(|| self.mantissa / divisor)
    }

    /// The number as a float, for statistics only.
    pub fn to_f64(self) -> f64 {
        self.mantissa as f64 / 10f64.powi(i32::from(self.scale))
    }

    /// The same number without zeros at the end of its decimals.
    pub fn normalized(mut self) -> Decimal {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.mantissa);
        }
        let divisor = 10u64.pow(u32::from(self.scale));
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let size = self.mantissa.unsigned_abs();
        write!(f, "{sign}{}.{:0width$}", size / divisor, size % divisor, width = usize::from(self.scale))
    }
}

/// Reads a number: signs before or after, `(12.30)` as negative, currency signs and codes, grouped thousands.
///
/// **Errors**: why the text is no number under this decimal mark.
///
/// ```
/// use tables::parse::{DecimalMark, number};
/// assert_eq!(number("-€ 1.234,50", DecimalMark::Comma)?.to_string(), "-1234.50");
/// assert_eq!(number("(12.30)", DecimalMark::Point)?.at_scale(2), Some(-1230));
/// assert_eq!(number("1.5e+3", DecimalMark::Point)?.to_string(), "1500");
/// # Ok::<(), tables::parse::NumberError>(())
/// ```
pub fn number(text: &str, mark: DecimalMark) -> Result<Decimal, NumberError> {
    match plain(text.as_bytes(), mark) {
        Some(decimal) => Ok(decimal),
        None => match scientific(text, mark) {
            Some(decimal) => Ok(decimal),
            None => dressed(text, mark),
        },
    }
}

/// `4.440892e-16`, `1.5E+3`: as programs write very small and very large numbers.
fn scientific(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let (digits, exponent) = text.trim().split_once(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let decimal = plain(digits.as_bytes(), mark)?;
    let scale = i32::from(decimal.scale) - exponent;
    if scale >= 0 {
        return Some(Decimal { mantissa: decimal.mantissa, scale: u8::try_from(scale).ok()? });
    }
    let factor = 10_i64.checked_pow(u32::try_from(-scale).ok()?)?;
    Some(Decimal { mantissa: decimal.mantissa.checked_mul(factor)?, scale: 0 })
}

/// The fast path: an optional minus, at most 18 digits and one decimal mark.
#[inline]
fn plain(text: &[u8], mark: DecimalMark) -> Option<Decimal> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 18 || !digits[0].is_ascii_digit() {
        return None;
    }
    let mark = if mark == DecimalMark::Point { b'.' } else { b',' };
    let mut mantissa = 0i64;
    let mut decimals_from = None;
    for (at, &byte) in digits.iter().enumerate() {
        if byte.is_ascii_digit() {
            mantissa = mantissa * 10 + i64::from(byte - b'0');
        } else if byte == mark && decimals_from.is_none() {
            decimals_from = Some(at + 1);
        } else {
            return None;
        }
    }
    let scale = decimals_from.map_or(0, |from| digits.len() - from) as u8;
    Some(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale })
}

fn dressed(text: &str, mark: DecimalMark) -> Result<Decimal, NumberError> {
    let mut rest = trim(text);
    if rest.is_empty() {
        return Err(NumberError::Empty);
    }
    let mut negative = false;
    if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        negative = true;
        rest = trim(inner);
    }
    let mut signs = 0;
    loop {
        let before = rest;
        if let Some(after) = rest.strip_prefix(['-', '−', '–']).or_else(|| rest.strip_suffix(['-', '−']))
        {
            negative = true;
            signs += 1;
            rest = trim(after);
        } else if let Some(after) = rest.strip_prefix('+') {
            signs += 1;
            rest = trim(after);
        }
        rest = trim(without_currency(rest));
        if rest == before {
            break;
        }
    }
    if signs > 1 || (signs == 1 && text.contains('(')) {
        return Err(NumberError::NotANumber);
    }
    let (digits, exponent) = exponent(rest)?;
    let decimal = grouped(digits, mark)?;
    let mantissa = if negative { -decimal.mantissa } else { decimal.mantissa };
    shift(Decimal { mantissa, scale: decimal.scale }, exponent)
}

fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter.is_whitespace() || matches!(letter, '\u{A0}' | '\u{202F}' | '\u{FEFF}')
    })
}

/// Takes off one currency sign or code at either end.
fn without_currency(text: &str) -> &str {
    const SIGNS: [char; 14] = ['€', '$', '£', '¥', '₹', '₽', '₩', '₺', '₴', '₪', '₫', '฿', '₱', '₿'];
    const WORDS: [&str; 9] = ["kr.", "kr", "zł", "Kč", "Ft", "Fr.", "R$", "US$", "Rs."];
    for word in WORDS {
        if let Some(rest) = text.strip_prefix(word).or_else(|| text.strip_suffix(word)) {
            return rest;
        }
    }
    if let Some(rest) = text.strip_prefix(SIGNS).or_else(|| text.strip_suffix(SIGNS)) {
        return rest;
    }
    let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_uppercase());
    match (text.get(..3), text.len().checked_sub(3).and_then(|at| text.get(at..))) {
        (Some(code), _) if is_code(code) && text.len() > 3 => &text[3..],
        (_, Some(code)) if is_code(code) && text.len() > 3 => &text[..text.len() - 3],
        _ => text,
    }
}

/// Splits `1.2E+3` into its digits and its power of ten.
fn exponent(text: &str) -> Result<(&str, i32), NumberError> {
    match text.split_once(['e', 'E']) {
        None => Ok((text, 0)),
        Some((digits, power)) => {
            let power: i32 = power.parse().map_err(|_| NumberError::NotANumber)?;
            if power.abs() > 36 { Err(NumberError::TooLong) } else { Ok((digits, power)) }
        }
    }
}

fn shift(decimal: Decimal, exponent: i32) -> Result<Decimal, NumberError> {
    let scale = i32::from(decimal.scale) - exponent;
    if scale >= 0 {
        let mut shifted = decimal;
        // Zeros at the end may go, so that 1.50E-18 still fits.
        let mut scale = scale;
        while scale > 18 && shifted.mantissa % 10 == 0 && shifted.mantissa != 0 {
            shifted.mantissa /= 10;
            scale -= 1;
        }
        let scale = if shifted.mantissa == 0 { scale.min(18) } else { scale };
        return match u8::try_from(scale) {
            Ok(scale) if scale <= 18 => Ok(Decimal { mantissa: shifted.mantissa, scale }),
            _ => Err(NumberError::TooLong),
        };
    }
    let factor = 10i64.checked_pow(scale.unsigned_abs()).ok_or(NumberError::TooLong)?;
    let mantissa = decimal.mantissa.checked_mul(factor).ok_or(NumberError::TooLong)?;
    Ok(Decimal { mantissa, scale: 0 })
}

/// Reads digits with grouped thousands and at most one decimal mark.
fn grouped(text: &str, mark: DecimalMark) -> Result<Decimal, NumberError> {
    let (mark, other) = if mark == DecimalMark::Point { ('.', ',') } else { (',', '.') };
    let (whole, decimals) = match text.split_once(mark) {
        Some((_, decimals)) if decimals.contains(mark) => {
            let all_groups = text.split(mark).skip(1).all(|group| group.len() == 3);
            return Err(if all_groups { NumberError::Grouping } else { NumberError::TwoDecimalMarks });
        }
        Some(parts) => parts,
        None => (text, ""),
    };
    if whole.is_empty() && decimals.is_empty() || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(if decimals.contains(other) { NumberError::Grouping } else { NumberError::NotANumber });
    }
    let is_group_mark = |letter: char| {
        letter == other || letter == '\'' || letter == '’' || (letter.is_whitespace() && letter != '\n')
    };
    let mut mantissa = 0i64;
    let groups: Vec<&str> = whole.split(is_group_mark).collect();
    let used: Vec<char> = whole.chars().filter(|letter| is_group_mark(*letter)).collect();
    if !groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(NumberError::NotANumber);
    }
    if !grouping_is_right(&groups) || used.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(NumberError::Grouping);
    }
    for byte in groups.iter().copied().chain([decimals]).flat_map(str::bytes) {
        mantissa = mantissa
            .checked_mul(10)
            .and_then(|mantissa| mantissa.checked_add(i64::from(byte - b'0')))
            .ok_or(NumberError::TooLong)?;
    }
    if decimals.len() > 18 {
        return Err(NumberError::TooLong);
    }
    Ok(Decimal { mantissa, scale: decimals.len() as u8 })
}

/// Groups of three after the first; in India of two, the last of three.
fn grouping_is_right(groups: &[&str]) -> bool {
    let Some((last, before)) = groups.split_last().filter(|(_, before)| !before.is_empty()) else {
        return true;
    };
    let middle = &before[1..];
    let first = before[0].len();
    last.len() == 3
        && ((1..=3).contains(&first) && middle.iter().all(|group| group.len() == 3)
            || (1..=2).contains(&first) && middle.iter().all(|group| group.len() == 2))
}
