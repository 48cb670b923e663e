//! Days and months as numbers, and the day on which an analysis stands.
//!
//! Days are those of UTC. Nothing here reads a clock.

use jiff::civil::Date;
use platform::clock::DAY;
use platform::{Error, Micros, Result};
use serde::{Deserialize, Serialize};

/// A day of UTC as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Orders no older than this many days are the present of the firm; older ones are history that was imported.
pub const FRESH_DAYS: i32 = 31;

impl Day {
    pub fn of(at: Micros) -> Self {
        let day = at.div_euclid(DAY);
        Self(i32::try_from(day).unwrap_or(if day < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Midnight at the start of the day.
    pub fn start(self) -> Micros {
        i64::from(self.0) * DAY
    }

    pub fn next(self) -> Self {
        self.plus(1)
    }

    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Months since year 0, so that months can be subtracted.
    pub fn month(self) -> i32 {
        let date = self.date();
        i32::from(date.year()) * 12 + i32::from(date.month()) - 1
    }

    /// The first day of a month by its number.
    pub fn first_of_month(month: i32) -> Self {
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let year = i16::try_from(year).unwrap_or(9999).clamp(-9999, 9999);
        Self::from_date(jiff::civil::date(year, month as i8, 1))
    }

    /// The last day of a month by its number.
    pub fn last_of_month(month: i32) -> Self {
        Self::first_of_month(month + 1).plus(-1)
    }

    /// `6 Dec 2026`.
    pub fn in_short(self) -> String {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let date = self.date();
        format!("{} {} {}", date.day(), MONTHS[date.month() as usize - 1], date.year())
    }

    /// The same day of the month so many months later, or the last day of a month that is shorter.
    pub fn plus_months(self, months: i32) -> Self {
        let (month, later) = (self.month(), self.month().saturating_add(months));
        let within = self.0 - Self::first_of_month(month).0;
        Self::first_of_month(later)
            .plus(within.min(Self::last_of_month(later).0 - Self::first_of_month(later).0))
    }

    fn date(self) -> Date {
        let span = jiff::Span::new().try_days(self.0);
        span.and_then(|span| EPOCH.checked_add(span)).unwrap_or(if self.0 < 0 {
            Date::MIN
        } else {
            Date::MAX
        })
    }

    fn from_date(date: Date) -> Self {
        let days = EPOCH.until((jiff::Unit::Day, date)).map_or(0, |span| span.get_days());
        Self(days)
    }

    /// Reads `2011-12-09`.
    ///
    /// **Errors** at the field `as_of`.
    pub fn parse(text: &str) -> Result<Self> {
        let date = text
            .trim()
            .parse()
            .map_err(|_| Error::invalid("as_of", format!("“{text}” is no date such as 2026-01-31")))?;
        Ok(Self::from_date(date))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.date().fmt(f)
    }
}

/// As JSON a day is its date.
impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// `2011-12` for a month by its number.
pub fn month_in_words(month: i32) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// Why an analysis stands on its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsOfReason {
    /// Somebody asked for the day.
    Asked,
    /// The newest order is fresh, so silence until today says something.
    Today,
    /// The newest order is long ago: what was imported ends there, and silence after it says nothing about customers.
    EndOfData,
    /// There is no order.
    NoOrders,
}

impl AsOfReason {
    /// A sentence for whoever reads the result.
    pub fn in_words(self, last_day: Day) -> String {
        match self {
            Self::Asked => format!("The analysis stands at the end of {last_day}, as asked."),
            // It is read on later days too: how long ago that is, the page says.
            Self::Today => format!("The analysis stands at the end of {last_day}."),
            Self::EndOfData => format!(
                "The newest order is of {last_day}: the data end there, and so does the analysis. Silence since then is \
                 not held against any customer."
            ),
            Self::NoOrders => "There are no orders yet.".to_string(),
        }
    }
}

/// The last day that an analysis knows: the one asked for; today where the newest order is at most [`FRESH_DAYS`] old;
/// else the day of the newest order, because imported history may have ended years ago.
///
/// `newest` is the newest order that is not in the future.
pub fn last_day(asked: Option<Day>, newest: Option<Day>, today: Day) -> (Day, AsOfReason) {
    match (asked, newest) {
        (Some(day), _) => (day, AsOfReason::Asked),
        (None, None) => (today, AsOfReason::NoOrders),
        (None, Some(newest)) if newest.plus(FRESH_DAYS) >= today => (today, AsOfReason::Today),
        (None, Some(newest)) => (newest, AsOfReason::EndOfData),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_agree_with_the_calendar() {
        let day = Day::parse("2000-02-29").unwrap();
        assert_eq!((day.0, day.to_string()), (11_016, "2000-02-29".to_string()));
        assert_eq!(month_in_words(day.month()), "2000-02");
        assert_eq!(Day::first_of_month(day.month()).to_string(), "2000-02-01");
        assert_eq!(Day::last_of_month(day.month()), day);
        assert_eq!(Day::of(-1).to_string(), "1969-12-31");
        assert_eq!(Day(i32::MAX).to_string(), "9999-12-31");
        assert!(Day::parse("2001-02-29").is_err());
    }

    #[test]
    fn an_imported_history_is_analysed_at_its_end_and_a_living_one_today() {
        let (old, today) = (Day(10_000), Day(20_000));
        assert_eq!(last_day(None, Some(old), today), (old, AsOfReason::EndOfData));
        assert_eq!(last_day(None, Some(today.plus(-31)), today), (today, AsOfReason::Today));
        assert_eq!(last_day(Some(old), Some(today), today), (old, AsOfReason::Asked));
        assert_eq!(last_day(None, None, today), (today, AsOfReason::NoOrders));
    }
}
