//! Columns as days of the calendar and as moments.
//!
//! The order of day and month is guessed from the column and told. Whole numbers are days where they are written
//! `yyyymmdd`, years, or moments since 1970 in seconds, milli-, micro- or nanoseconds by their length. Does not know time
//! zones: a moment without an offset is taken as UTC.

use jiff::civil::Date;

use super::Unreadable;
use super::numbers::{each_text, is_missing_word, samples};
use super::rows::RowNumbers;
use super::stored::Stored;
use super::texts::Texts;
use crate::parse::{DateOrder, Guess, Moment, date_time, epoch, guess_date_order};

/// A column as days.
#[derive(Debug, Clone)]
pub struct Days {
    /// Days since 1970-01-01, as the calendar of whoever wrote them has it; [`NO_DAY`] where empty or unreadable.
    pub values: Vec<i32>,
    pub unreadable: Unreadable,
    /// How the order of day and month was found, where the file does not tell.
    pub evidence: Option<String>,
}

/// A column as moments.
#[derive(Debug, Clone)]
pub struct Times {
    /// Microseconds since 1970-01-01 00:00 UTC; [`NO_TIME`] where empty or unreadable.
    pub values: Vec<i64>,
    pub unreadable: Unreadable,
    /// How the order of day and month was found, where the file does not tell.
    pub evidence: Option<String>,
}

/// No day.
pub const NO_DAY: i32 = i32::MIN;
/// No moment.
pub const NO_TIME: i64 = i64::MIN;

const US_PER_SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub const US_PER_DAY: i64 = 86_400 * US_PER_SECOND;

/// Days since 1970 of a date of the calendar, counted in years that begin in March and eras of 400 years.
#[inline]
pub fn day_number(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// A day as `2026-01-31`; empty for [`NO_DAY`].
pub fn day_text(day: i32) -> String {
    if day == NO_DAY { String::new() } else { calendar(day).map_or(String::new(), |date| date.to_string()) }
}

fn calendar(day: i32) -> Option<Date> {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// A moment as `2026-01-31 17:30:00`; empty for [`NO_TIME`].
pub fn time_text(time: i64) -> String {
    if time == NO_TIME {
        return String::new();
    }
    match jiff::Timestamp::from_microsecond(time) {
        Ok(timestamp) => jiff::tz::Offset::UTC.to_datetime(timestamp).to_string().replacen('T', " ", 1),
        Err(_) => String::new(),
    }
}

fn day_of(moment: &Moment) -> i32 {
    let date = moment.date_time.date();
    day_number(i32::from(date.year()), i32::from(date.month()), i32::from(date.day()))
}

fn time_of(moment: &Moment) -> i64 {
    let time = moment.date_time.time();
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
        - i64::from(moment.offset_seconds.unwrap_or(0));
    i64::from(day_of(moment)) * US_PER_DAY
        + seconds * US_PER_SECOND
        + i64::from(time.subsec_nanosecond()) / 1000
}

/// One cell, by the order of its column.
fn moment(text: &str, order: DateOrder) -> Result<Option<Moment>, ()> {
    match date_time(text, order) {
        Ok(moment) => Ok(Some(moment)),
        Err(_) if is_missing_word(text) => Ok(None),
        Err(_) => whole_or_month(text.trim()).map(Some).ok_or(()),
    }
}

/// `2024`, `2024-01`, `2024Q1`, or a number of seconds and their like since 1970.
fn whole_or_month(text: &str) -> Option<Moment> {
    let first = |year: i16, month: i8| {
        let date = Date::new(year, month, 1).ok()?;
        Some(Moment { date_time: date.at(0, 0, 0, 0), offset_seconds: None, has_time: false })
    };
    let is_whole = text.strip_prefix('-').unwrap_or(text).bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        4 if is_whole => first(text.parse().ok().filter(|year| (1000..3000).contains(year))?, 1),
        9.. if is_whole && text.len() <= 20 => whole(text.parse().ok()?),
        6..=7 if text.is_char_boundary(4) => {
            let year: i16 = text[..4].parse().ok().filter(|year| (1000..3000).contains(year))?;
            let rest = text[4..].trim_start_matches(['-', '/', '.', ' ']);
            match rest.strip_prefix(['Q', 'q']) {
                Some(quarter) => {
                    first(year, quarter.parse::<i8>().ok().filter(|q| (1..=4).contains(q))? * 3 - 2)
                }
                None if rest.len() < text.len() - 4 => first(year, rest.parse().ok()?),
                None => None,
            }
        }
        _ => None,
    }
}

/// A whole number as a moment: by its size.
fn whole(value: i64) -> Option<Moment> {
    let digits = value.unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
    match digits {
        18.. => epoch(&(value / 1000).to_string()).ok(),
        _ => epoch(&value.to_string()).ok(),
    }
}

/// A number of the file as a moment in microseconds: `yyyymmdd`, a year, or time since 1970.
fn time_of_whole(value: i64) -> Option<i64> {
    match value {
        1000..3000 => Some(i64::from(day_number(value as i32, 1, 1)) * US_PER_DAY),
        10_000_101..=29_991_231 => {
            date_time(&value.to_string(), DateOrder::YearMonthDay).ok().map(|m| time_of(&m))
        }
        _ if value.unsigned_abs() >= 100_000_000 => whole(value).map(|moment| time_of(&moment)),
        _ => None,
    }
}

fn order_of(texts: &Texts) -> (DateOrder, Option<String>) {
    match guess_date_order(samples(texts)) {
        Guess::Decided { value, evidence }
        | Guess::Ambiguous { likely: value, evidence }
        | Guess::Mixed { likely: value, evidence } => (value, Some(evidence)),
        Guess::Nothing => (DateOrder::YearMonthDay, None),
    }
}

pub(crate) fn days(stored: &Stored, row_numbers: &RowNumbers) -> Days {
    if let Stored::Day(values) = stored {
        return Days { values: values.clone(), unreadable: Unreadable::default(), evidence: None };
    }
    if let Stored::Texts(texts) = stored {
        let (order, evidence) = order_of(texts);
        let read = |text: &str| Ok(moment(text, order)?.map(|moment| day_of(&moment)));
        let (values, unreadable) = each_text(texts, NO_DAY, row_numbers, read);
        return Days { values, unreadable, evidence };
    }
    let Times { values, unreadable, evidence } = times(stored, row_numbers);
    let day = |time: i64| if time == NO_TIME { NO_DAY } else { time.div_euclid(US_PER_DAY) as i32 };
    Days { values: values.into_iter().map(day).collect(), unreadable, evidence }
}

pub(crate) fn times(stored: &Stored, row_numbers: &RowNumbers) -> Times {
    let plain = |values| Times { values, unreadable: Unreadable::default(), evidence: None };
    match stored {
        Stored::Time(values) => plain(values.clone()),
        Stored::Day(values) => {
            let time = |day: i32| if day == NO_DAY { NO_TIME } else { i64::from(day) * US_PER_DAY };
            plain(values.iter().map(|&day| time(day)).collect())
        }
        Stored::Texts(texts) => {
            let (order, evidence) = order_of(texts);
            let read = |text: &str| Ok(moment(text, order)?.map(|moment| time_of(&moment)));
            let (values, unreadable) = each_text(texts, NO_TIME, row_numbers, read);
            Times { values, unreadable, evidence }
        }
        Stored::Whole(values) => {
            let (values, unreadable) =
                of_numbers(values, row_numbers, |value| (value != i64::MIN).then_some(value));
            Times { values, unreadable, evidence: None }
        }
        Stored::Decimal(values, scale) => {
            let by = 10_i64.pow(u32::from(*scale).min(18));
            let (values, unreadable) =
                of_numbers(values, row_numbers, |value| (value != i64::MIN).then(|| value / by));
            Times { values, unreadable, evidence: None }
        }
        Stored::Float(values) => {
            let (values, unreadable) =
                of_numbers(values, row_numbers, |value| (!value.is_nan()).then_some(value as i64));
            Times { values, unreadable, evidence: None }
        }
    }
}

fn of_numbers<T: Copy + ToString>(
    values: &[T],
    row_numbers: &RowNumbers,
    whole: impl Fn(T) -> Option<i64>,
) -> (Vec<i64>, Unreadable) {
    let mut unreadable = Unreadable::default();
    let mut time = |(row, &value): (usize, &T)| {
        let Some(number) = whole(value) else { return NO_TIME };
        time_of_whole(number).unwrap_or_else(|| {
            unreadable.add(row_numbers.get(row), &value.to_string());
            NO_TIME
        })
    };
    (values.iter().enumerate().map(&mut time).collect(), unreadable)
}
