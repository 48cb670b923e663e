//! Dates and times from text, in the forms that exports and people use.
//!
//! Refuses what is no day of the calendar, with the reason. Does not know time zones by name (only offsets) and does
//! not guess the order of day and month; see `guess`.

use jiff::civil::{Date, DateTime, Time};

use super::months;
use super::number::{DecimalMark, number};

/// A date with or without a time of day, as it stands on the calendar of whoever wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub date_time: DateTime,
    /// **Units**: seconds east of UTC, where the text says so.
    pub offset_seconds: Option<i32>,
    /// False: the text names a day only and `date_time` is its midnight.
    pub has_time: bool,
}

/// The order in which day, month and year stand in dates of numbers. A year of four digits in front is always seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// 31.01.2024
    DayMonthYear,
    /// 01/31/2024
    MonthDayYear,
    /// 24-01-31
    YearMonthDay,
}

/// Why a text is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("the cell is empty")]
    Empty,
    #[error("this is not a date")]
    NotADate,
    #[error("there is no month {month}; does the day stand before the month?")]
    NoSuchMonth { month: i64 },
    #[error("{year}-{month:02} has no day {day}")]
    NoSuchDay { year: i64, month: i64, day: i64 },
    #[error("“{text}” is no time of day")]
    NoSuchTime { text: String },
    #[error("this number lies outside the calendar")]
    OutsideCalendar,
}

/// Reads a date, with a time and an offset where they stand.
///
/// Years of two digits: 00–68 are 2000–2068, 69–99 are 1969–1999 (as POSIX has it).
///
/// **Errors**: why the text is no date under this order.
///
/// ```
/// use tables::parse::{DateOrder, date_time};
/// let moment = date_time("31 Jan 2024, 5:30 PM", DateOrder::DayMonthYear)?;
/// assert_eq!(moment.date_time.to_string(), "2024-01-31T17:30:00");
/// assert!(date_time("31.02.2024", DateOrder::DayMonthYear).is_err());
/// # Ok::<(), tables::parse::DateError>(())
/// ```
pub fn date_time(text: &str, order: DateOrder) -> Result<Moment, DateError> {
    let text = text.trim();
    if let Some(moment) = iso(text.as_bytes()) {
        return Ok(moment);
    }
    if text.is_empty() {
        return Err(DateError::Empty);
    }
    let (date_text, time_text) = split_time(text);
    let (date, time_inside) = date(date_text, order)?;
    let (time, offset_seconds) = match (time_text, time_inside) {
        (Some(time_text), None) => time_of_day(time_text)?,
        (None, Some(time)) => (time, None),
        (None, None) => {
            return Ok(Moment {
                date_time: date.to_datetime(Time::midnight()),
                offset_seconds: None,
                has_time: false,
            });
        }
        (Some(_), Some(_)) => return Err(DateError::NotADate),
    };
    Ok(Moment { date_time: date.to_datetime(time), offset_seconds, has_time: true })
}

/// The fast path: `YYYY-MM-DD`, then maybe ` hh:mm:ss` or `Thh:mm:ss`, maybe with decimals and a `Z`.
#[inline]
fn iso(text: &[u8]) -> Option<Moment> {
    if text.len() < 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = digits(&text[0..4])? as i16;
    let date = Date::new(year, digits(&text[5..7])? as i8, digits(&text[8..10])? as i8).ok()?;
    if text.len() == 10 {
        return Some(Moment {
            date_time: date.to_datetime(Time::midnight()),
            offset_seconds: None,
            has_time: false,
        });
    }
    if text.len() < 19 || !matches!(text[10], b' ' | b'T') || text[13] != b':' || text[16] != b':' {
        return None;
    }
    let (hour, minute, second) = (digits(&text[11..13])?, digits(&text[14..16])?, digits(&text[17..19])?);
    let (rest, offset_seconds) = match &text[19..] {
        [rest @ .., b'Z'] => (rest, Some(0)),
        rest => (rest, None),
    };
    let nanosecond = match rest {
        [] => 0,
        [b'.', decimals @ ..] if (1..=9).contains(&decimals.len()) => {
            digits(decimals)? * 10_i32.pow(9 - decimals.len() as u32)
        }
        _ => return None,
    };
    let time = Time::new(hour as i8, minute as i8, second as i8, nanosecond).ok()?;
    Some(Moment { date_time: date.to_datetime(time), offset_seconds, has_time: true })
}

#[inline]
fn digits(text: &[u8]) -> Option<i32> {
    let mut value = 0;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i32::from(byte - b'0');
    }
    Some(value)
}

/// Cuts before the hour: the digits before the first colon.
fn split_time(text: &str) -> (&str, Option<&str>) {
    let Some(colon) = text.find(':') else {
        return (text, None);
    };
    let hour = text[..colon].trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    let date = text[..hour]
        .trim_end_matches(|letter: char| letter.is_whitespace() || matches!(letter, 'T' | 't' | ','));
    (date, Some(&text[hour..]))
}

/// A date, and the time of day if it is written together with it (`20240131173000`).
fn date(text: &str, order: DateOrder) -> Result<(Date, Option<Time>), DateError> {
    let mut numbers: Vec<&str> = Vec::new();
    let mut month_name = None;
    let is_edge = |letter: char| !letter.is_alphanumeric();
    for part in text.split(is_edge).filter(|part| !part.is_empty()) {
        for token in letters_apart_from_digits(part) {
            if token.as_bytes()[0].is_ascii_digit() {
                numbers.push(token);
            } else if let Some(month) = months::month(token).filter(|_| month_name.is_none()) {
                month_name = Some((month, numbers.len()));
            } else if !months::says_nothing(token) && !is_ordinal(token) {
                return Err(DateError::NotADate);
            }
        }
    }
    match (numbers.as_slice(), month_name) {
        ([all], None) if all.len() == 8 => {
            Ok((calendar(value(&all[..4])?, value(&all[4..6])?, value(&all[6..])?)?, None))
        }
        ([all], None) if all.len() == 14 => {
            let date = calendar(value(&all[..4])?, value(&all[4..6])?, value(&all[6..8])?)?;
            let wrong = || DateError::NoSuchTime { text: all[8..].to_owned() };
            let (hour, minute, second) = (value(&all[8..10])?, value(&all[10..12])?, value(&all[12..])?);
            let time = Time::new(hour as i8, minute as i8, second as i8, 0).map_err(|_| wrong())?;
            Ok((date, Some(time)))
        }
        ([a, b, c], None) => Ok((numeric_date([a, b, c], order)?, None)),
        ([a, b], Some((month, at))) => {
            let year_first = a.len() == 4 || (b.len() != 4 && order == DateOrder::YearMonthDay && at == 1);
            let (day, year) = if year_first { (b, a) } else { (a, b) };
            Ok((calendar(full_year(year)?, i64::from(month), short_value(day)?)?, None))
        }
        _ => Err(DateError::NotADate),
    }
}

fn numeric_date([a, b, c]: [&str; 3], order: DateOrder) -> Result<Date, DateError> {
    let order = if a.len() == 4 { DateOrder::YearMonthDay } else { order };
    let (year, month, day) = match order {
        DateOrder::DayMonthYear => (c, b, a),
        DateOrder::MonthDayYear => (c, a, b),
        DateOrder::YearMonthDay => (a, b, c),
    };
    calendar(full_year(year)?, short_value(month)?, short_value(day)?)
}

/// Cuts `31Jan2024` and `1st` where letters meet digits.
fn letters_apart_from_digits(part: &str) -> impl Iterator<Item = &str> {
    let mut rest = part;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?.is_ascii_digit();
        let end = rest.find(|letter: char| letter.is_ascii_digit() != first).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

fn is_ordinal(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "st" | "nd" | "rd" | "th" | "er" | "e" | "º" | "ª")
}

fn value(text: &str) -> Result<i64, DateError> {
    text.parse().map_err(|_| DateError::NotADate)
}

/// A day or a month: one or two digits.
fn short_value(text: &str) -> Result<i64, DateError> {
    if text.len() > 2 { Err(DateError::NotADate) } else { value(text) }
}

fn full_year(text: &str) -> Result<i64, DateError> {
    let year = value(text)?;
    match text.len() {
        4 => Ok(year),
        2 if year <= 68 => Ok(2000 + year),
        2 => Ok(1900 + year),
        _ => Err(DateError::NotADate),
    }
}

fn calendar(year: i64, month: i64, day: i64) -> Result<Date, DateError> {
    if !(1..=12).contains(&month) {
        return Err(DateError::NoSuchMonth { month });
    }
    if !(1..=9999).contains(&year) {
        return Err(DateError::OutsideCalendar);
    }
    let no_such_day = DateError::NoSuchDay { year, month, day };
    if !(1..=31).contains(&day) {
        return Err(no_such_day);
    }
    Date::new(year as i16, month as i8, day as i8).map_err(|_| no_such_day)
}

/// Reads `5:30 PM`, `17:30:00.250`, `17:30:00+02:00`, `17:30 Uhr`.
fn time_of_day(text: &str) -> Result<(Time, Option<i32>), DateError> {
    let wrong = || DateError::NoSuchTime { text: text.to_owned() };
    let clock_end = text
        .find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, ':' | '.' | ','))
        .unwrap_or(text.len());
    let (clock, rest) = text.split_at(clock_end);
    let (clock, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let mut parts = clock
        .split(':')
        .map(|part| if part.len() > 2 { None } else { digits(part.as_bytes()).filter(|_| !part.is_empty()) });
    let mut next = || parts.next().map(|part| part.ok_or_else(wrong));
    let (hour, minute, second) =
        (next().ok_or_else(wrong)??, next().ok_or_else(wrong)??, next().unwrap_or(Ok(0))?);
    if next().is_some() || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let nanosecond = digits(format!("{fraction:0<9}").as_bytes()).ok_or_else(wrong)?;
    let (half, rest) = half_of_day(rest.trim());
    let hour = match (half, hour) {
        (None, hour) => hour,
        (Some(_), hour) if !(1..=12).contains(&hour) => return Err(wrong()),
        (Some(is_afternoon), hour) => hour % 12 + if is_afternoon { 12 } else { 0 },
    };
    let offset = offset(rest.trim()).ok_or_else(wrong)?;
    let time = Time::new(hour as i8, minute as i8, second as i8, nanosecond).map_err(|_| wrong())?;
    Ok((time, offset))
}

/// Takes AM or PM off the front; true is the afternoon.
fn half_of_day(text: &str) -> (Option<bool>, &str) {
    for (word, is_afternoon) in [("a.m.", false), ("p.m.", true), ("am", false), ("pm", true)] {
        if text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return (Some(is_afternoon), &text[word.len()..]);
        }
    }
    (None, text)
}

/// `None`: no offset in this text. `Some(None)`: there is none and need not be.
fn offset(text: &str) -> Option<Option<i32>> {
    if text.is_empty() || text.eq_ignore_ascii_case("uhr") || text.eq_ignore_ascii_case("h") {
        return Some(None);
    }
    if ["z", "utc", "gmt"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
        return Some(Some(0));
    }
    let rest = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    let (sign, rest) = match rest.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, rest.strip_prefix(['-', '−'])?),
    };
    let (hours, minutes) = match (rest.split_once(':'), rest.len()) {
        (Some(parts), _) => parts,
        (None, 4) if rest.is_ascii() => rest.split_at(2),
        _ => (rest, "0"),
    };
    let (hours, minutes) = (digits(hours.as_bytes())?, digits(minutes.as_bytes())?);
    (hours <= 15 && minutes < 60).then_some(Some(sign * (hours * 3600 + minutes * 60)))
}

/// Reads the day number of a spreadsheet (1900 system): 45322.5 is 2024-01-31 12:00.
///
/// **Errors**: `NotADate`, `OutsideCalendar` (below 1 March 1900, where spreadsheets disagree, or above 9999).
pub fn excel_serial(text: &str) -> Result<Moment, DateError> {
    let serial = number(text, DecimalMark::Point).map_err(|_| DateError::NotADate)?;
    let divisor = 10i128.pow(u32::from(serial.scale));
    let seconds = (i128::from(serial.mantissa) * 86_400 * 2 + divisor).div_euclid(divisor * 2);
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    if !(61..=2_958_465).contains(&day) {
        return Err(DateError::OutsideCalendar);
    }
    let start = jiff::civil::date(1899, 12, 30).to_datetime(Time::midnight());
    let span = jiff::SignedDuration::from_secs(day as i64 * 86_400 + second as i64);
    let date_time = start.checked_add(span).map_err(|_| DateError::OutsideCalendar)?;
    Ok(Moment { date_time, offset_seconds: None, has_time: second != 0 })
}

/// Reads seconds (up to 11 digits), milliseconds (to 14) or microseconds (more) since 1970, in UTC.
///
/// **Errors**: `NotADate`, `OutsideCalendar`.
pub fn epoch(text: &str) -> Result<Moment, DateError> {
    let value: i64 = text.trim().parse().map_err(|_| DateError::NotADate)?;
    let timestamp = match value.unsigned_abs().checked_ilog10().unwrap_or(0) + 1 {
        ..=11 => jiff::Timestamp::from_second(value),
        12..=14 => jiff::Timestamp::from_millisecond(value),
        _ => jiff::Timestamp::from_microsecond(value),
    };
    let timestamp = timestamp.map_err(|_| DateError::OutsideCalendar)?;
    let date_time = jiff::tz::Offset::UTC.to_datetime(timestamp);
    Ok(Moment { date_time, offset_seconds: Some(0), has_time: true })
}
