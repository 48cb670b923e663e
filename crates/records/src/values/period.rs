//! Months and weeks as whole numbers, so that cohorts and charts can count and compare them.
//!
//! All in UTC: one customer's month must not depend on who looks. Weeks are those of ISO 8601, from Monday.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use thiserror::Error;

use super::quoted::quoted;

/// Why a text is not a month or a week.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Not written as a month.
    #[error("{} is not a month; write it as 2026-11", quoted(.value))]
    NotAMonth {
        /// The text as it came.
        value: String,
    },
    /// Not written as a week.
    #[error("{} is not a week; write it as 2026-W47", quoted(.value))]
    NotAWeek {
        /// The text as it came.
        value: String,
    },
}

/// A month of the calendar, counted from January of the year 0.
///
/// **Units:** months. The difference of two is the number of months between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(pub i32);

impl Month {
    /// The month of a day.
    pub fn of(date: Date) -> Month {
        Month(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    /// The month of a moment in UTC; nothing for moments that the calendar does not hold.
    ///
    /// **Units:** microseconds since 1970.
    pub fn of_micros(at: i64) -> Option<Month> {
        day_of_micros(at).map(Month::of)
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month of the year, from 1.
    pub fn month(self) -> i32 {
        self.0.rem_euclid(12) + 1
    }

    /// The quarter of the year, from 1.
    pub fn quarter(self) -> i32 {
        (self.month() - 1) / 3 + 1
    }

    /// The month that many months later (or earlier).
    pub fn plus(self, n_months: i32) -> Month {
        Month(self.0.saturating_add(n_months))
    }

    /// The first day; nothing beyond the years that the calendar holds.
    pub fn first_day(self) -> Option<Date> {
        Date::new(i16::try_from(self.year()).ok()?, self.month() as i8, 1).ok()
    }

    /// How many months this lies after another.
    pub fn months_since(self, earlier: Month) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The month of a key such as `2026-11`.
    ///
    /// **Errors:** not a month.
    pub fn parse(text: &str) -> Result<Month, Problem> {
        let wrong = || Problem::NotAMonth { value: text.chars().take(100).collect() };
        let (year, month) = text.trim().split_once('-').ok_or_else(wrong)?;
        match (digits(year, 4), digits(month, 2)) {
            (Some(year), Some(month @ 1..=12)) => Ok(Month(year * 12 + month - 1)),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Month {
    /// The ISO key: `2026-11`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

/// A week from Monday to Sunday, counted from the one that holds 1 January 1970.
///
/// **Units:** weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Week(pub i32);

/// 1 January 1970 was a Thursday: three days after its Monday.
const DAYS_BEFORE_EPOCH: i64 = 3;
const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Week {
    /// The week of a day.
    pub fn of(date: Date) -> Week {
        Week((days_since_epoch(date) + DAYS_BEFORE_EPOCH).div_euclid(7) as i32)
    }

    /// The week of a moment in UTC.
    ///
    /// **Units:** microseconds since 1970.
    pub fn of_micros(at: i64) -> Week {
        Week((at.div_euclid(MICROS_PER_DAY) + DAYS_BEFORE_EPOCH).div_euclid(7) as i32)
    }

    /// The Monday; nothing beyond the years that the calendar holds.
    pub fn monday(self) -> Option<Date> {
        let days = i64::from(self.0) * 7 - DAYS_BEFORE_EPOCH;
        day_of_micros(days.checked_mul(MICROS_PER_DAY)?)
    }

    /// The week that many weeks later (or earlier).
    pub fn plus(self, n_weeks: i32) -> Week {
        Week(self.0.saturating_add(n_weeks))
    }

    /// The week of a key such as `2026-W47`.
    ///
    /// **Errors:** not a week.
    pub fn parse(text: &str) -> Result<Week, Problem> {
        let wrong = || Problem::NotAWeek { value: text.chars().take(100).collect() };
        let (year, week) = text.trim().split_once("-W").ok_or_else(wrong)?;
        let (Some(year), Some(number @ 1..=53)) = (digits(year, 4), digits(week, 2)) else {
            return Err(wrong());
        };
        let fourth = Date::new(year as i16, 1, 4).map_err(|_| wrong())?;
        let found = Week::of(fourth).plus(number - 1);
        if found.to_string() == text.trim() { Ok(found) } else { Err(wrong()) }
    }
}

impl fmt::Display for Week {
    /// The ISO key: `2026-W47`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.monday() {
            Some(monday) => {
                let week = monday.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            None => write!(f, "week {}", self.0),
        }
    }
}

/// The day of a moment in UTC; nothing for moments that the calendar does not hold.
///
/// **Units:** microseconds since 1970.
pub fn day_of_micros(at: i64) -> Option<Date> {
    Some(Timestamp::from_microsecond(at).ok()?.to_zoned(TimeZone::UTC).date())
}

/// The first moment of a day in UTC.
///
/// **Units:** microseconds since 1970.
pub fn micros_of_day(date: Date) -> i64 {
    days_since_epoch(date) * MICROS_PER_DAY
}

fn days_since_epoch(date: Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(date).map_or(0, |span| i64::from(span.get_days()))
}

fn digits(text: &str, length: usize) -> Option<i32> {
    let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_count_through_the_turn_of_the_year() {
        let november = Month::of(date(2026, 11, 22));
        assert_eq!(november.to_string(), "2026-11");
        assert_eq!(november.plus(2).to_string(), "2027-01");
        assert_eq!(november.plus(2).months_since(november), 2);
        assert_eq!((november.quarter(), november.plus(2).first_day()), (4, Some(date(2027, 1, 1))));
        assert_eq!(Month::parse("2026-11"), Ok(november));
        assert!(Month::parse("2026-13").is_err() && Month::parse("26-1").is_err());
    }

    /// ISO 8601: the first week holds the year's first Thursday.
    #[test]
    fn weeks_are_those_of_iso_8601() {
        for (day, key) in [
            (date(2026, 11, 22), "2026-W47"),
            (date(2021, 1, 3), "2020-W53"),
            (date(2021, 1, 4), "2021-W01"),
            (date(2018, 12, 31), "2019-W01"),
            (date(1969, 12, 28), "1969-W52"),
            (date(1970, 1, 1), "1970-W01"),
        ] {
            let week = Week::of(day);
            assert_eq!(week.to_string(), key);
            assert_eq!(Week::parse(key), Ok(week));
            assert_eq!(Week::of_micros(micros_of_day(day)), week);
        }
        assert!(Week::parse("2021-W53").is_err());
    }

    #[test]
    fn moments_fall_on_their_day_in_utc_even_before_1970() {
        assert_eq!(day_of_micros(-1), Some(date(1969, 12, 31)));
        assert_eq!(Month::of_micros(-1), Some(Month::of(date(1969, 12, 1))));
        assert_eq!(
            day_of_micros(micros_of_day(date(2024, 2, 29)) + MICROS_PER_DAY - 1),
            Some(date(2024, 2, 29))
        );
        assert_eq!(Month::of_micros(i64::MAX), None);
    }
}
