//! Dates of birth: read from the usual ways of writing and checked for what can be true.
//!
//! It does not guess whether day or month comes first: the caller says so. Dates of orders are read by the import,
//! which sees whole columns.

use jiff::civil::Date;
use thiserror::Error;

use super::quoted::quoted;

/// The greatest age that is believed. **Units:** years. The greatest on record is 122.
pub const MAX_AGE_YEARS: i16 = 120;

/// Which part of a written date comes first, where the year does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `31.12.1980`, `31/12/1980`
    DayMonth,
    /// `12/31/1980`
    MonthDay,
}

/// Why a text is not a date of birth.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the date of birth is empty")]
    Empty,
    /// Not written as a date.
    #[error("{} is not a date; write it as 1980-12-31", quoted(.value))]
    NotADate {
        /// The text as it came.
        value: String,
    },
    /// The calendar has no such day.
    #[error("{} is a day that the calendar does not have", quoted(.value))]
    Impossible {
        /// The text as it came.
        value: String,
    },
    /// Two digits cannot say which century.
    #[error("{} has no century; write the year with four digits", quoted(.value))]
    NoCentury {
        /// The text as it came.
        value: String,
    },
    /// After today.
    #[error("{date} lies in the future, so nobody was born on it yet")]
    Future {
        /// The date.
        date: Date,
    },
    /// Longer ago than anyone's life.
    #[error("{date} would make the person {age} years old")]
    TooOld {
        /// The date.
        date: Date,
        /// **Units:** whole years.
        age: i16,
    },
}

/// Whether a date of birth is likely one that a program filled in.
///
/// The first of January 1900, 1901 and 1970 are the noughts of spreadsheets and clocks. They are possible; the quality
/// board counts them apart.
pub fn is_placeholder(date: Date) -> bool {
    date.month() == 1 && date.day() == 1 && matches!(date.year(), 1900 | 1901 | 1970)
}

/// The whole years between a birthday and today.
///
/// **Units:** years. Someone born on 29 February grows older on 1 March in common years.
pub fn age_years(birthday: Date, today: Date) -> i16 {
    let had_birthday = (today.month(), today.day()) >= (birthday.month(), birthday.day());
    today.year() - birthday.year() - i16::from(!had_birthday)
}

/// The date of birth in a text: `1980-12-31`, `19801231`, `31.12.1980`, `31/12/1980`, `1980-12-31T00:00:00Z`.
///
/// **Errors:** empty, not a date, impossible, no century, in the future, too long ago.
///
/// ```
/// use jiff::civil::date;
/// use records::values::date::{DateOrder, parse_birthday};
/// let today = date(2026, 1, 1);
/// assert_eq!(parse_birthday("31.12.1980", DateOrder::DayMonth, today), Ok(date(1980, 12, 31)));
/// assert!(parse_birthday("31.02.1980", DateOrder::DayMonth, today).is_err());
/// ```
pub fn parse_birthday(text: &str, order: DateOrder, today: Date) -> Result<Date, Problem> {
    let date = parse(text, order)?;
    let age = age_years(date, today);
    if date > today {
        return Err(Problem::Future { date });
    }
    if age > MAX_AGE_YEARS {
        return Err(Problem::TooOld { date, age });
    }
    Ok(date)
}

/// The date in a text, plausible or not.
///
/// **Errors:** empty, not a date, impossible, no century.
pub fn parse(text: &str, order: DateOrder) -> Result<Date, Problem> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(Problem::Empty);
    }
    let value = || trimmed.chars().take(100).collect::<String>();
    let not_a_date = || Problem::NotADate { value: value() };
    if trimmed.len() > 40 || !trimmed.is_ascii() {
        return Err(not_a_date());
    }
    let day_part = without_time(trimmed);
    let (first, second, third) = if day_part.len() == 8 && day_part.bytes().all(|byte| byte.is_ascii_digit())
    {
        (&day_part[..4], &day_part[4..6], &day_part[6..])
    } else {
        let mut parts = day_part.split(['-', '.', '/']).map(str::trim);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(first), Some(second), Some(third), None) => (first, second, third),
            _ => return Err(not_a_date()),
        }
    };
    let (year, month, day) = match (first.len(), third.len(), order) {
        (4, 1..=2, _) => (first, second, third),
        (1..=2, 4, DateOrder::DayMonth) => (third, second, first),
        (1..=2, 4, DateOrder::MonthDay) => (third, first, second),
        (1..=2, 1..=2, _) => return Err(Problem::NoCentury { value: value() }),
        _ => return Err(not_a_date()),
    };
    let number = |text: &str| match text.len() {
        1..=4 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse::<i16>().ok(),
        _ => None,
    };
    let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
        return Err(not_a_date());
    };
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
        return Err(Problem::Impossible { value: value() });
    };
    Date::new(year, month, day).map_err(|_| Problem::Impossible { value: value() })
}

/// Takes off a time that a database or a spreadsheet added to the day.
fn without_time(text: &str) -> &str {
    match text.find(['T', ' ']) {
        Some(at) if text[at + 1..].contains(':') => &text[..at],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn birthdays_are_read_as_the_caller_says() {
        for (text, order, wanted) in [
            ("1980-12-31", DateOrder::DayMonth, date(1980, 12, 31)),
            ("19801231", DateOrder::DayMonth, date(1980, 12, 31)),
            ("1.2.1980", DateOrder::DayMonth, date(1980, 2, 1)),
            ("1/2/1980", DateOrder::MonthDay, date(1980, 1, 2)),
            ("1980-12-31T10:00:00Z", DateOrder::DayMonth, date(1980, 12, 31)),
            ("1980/12/31 00:00:00", DateOrder::MonthDay, date(1980, 12, 31)),
            ("29.02.2000", DateOrder::DayMonth, date(2000, 2, 29)),
        ] {
            assert_eq!(parse(text, order), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn impossible_and_implausible_birthdays_say_why() {
        let today = date(2026, 11, 22);
        for (text, sentence) in [
            ("31.02.1980", "“31.02.1980” is a day that the calendar does not have"),
            ("soon", "“soon” is not a date; write it as 1980-12-31"),
            ("31.12.80", "“31.12.80” has no century; write the year with four digits"),
            ("23.11.2026", "2026-11-23 lies in the future, so nobody was born on it yet"),
            ("01.01.1850", "1850-01-01 would make the person 176 years old"),
            ("0000-00-00", "“0000-00-00” is a day that the calendar does not have"),
        ] {
            assert_eq!(parse_birthday(text, DateOrder::DayMonth, today).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn age_grows_on_the_birthday_and_placeholders_are_seen() {
        assert_eq!(age_years(date(1980, 11, 22), date(2026, 11, 22)), 46);
        assert_eq!(age_years(date(1980, 11, 23), date(2026, 11, 22)), 45);
        assert_eq!(age_years(date(2000, 2, 29), date(2025, 2, 28)), 24);
        assert!(is_placeholder(date(1970, 1, 1)) && !is_placeholder(date(1971, 1, 1)));
    }
}
