//! Periods: the stretches of days over which a metric is measured.

use crate::calendar::{Day, month_in_words};
use platform::Micros;
use serde::{Deserialize, Serialize};

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    Month,
    Quarter,
}

impl Cadence {
    pub const ALL: [Self; 2] = [Self::Month, Self::Quarter];

    pub fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cadence| cadence.name() == name)
    }

    pub fn n_months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
        }
    }
}

/// Days from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    pub first: Day,
    pub last: Day,
}

impl Period {
    /// The first moment of the period.
    pub fn from(self) -> Micros {
        self.first.start()
    }

    /// The first moment after the period.
    pub fn until(self) -> Micros {
        self.last.next().start()
    }

    pub fn n_days(self) -> i32 {
        self.last.0 - self.first.0 + 1
    }

    /// The period of this length whose last day is `last`: whole months where a month ends on that day.
    pub fn ending(last: Day, cadence: Cadence) -> Self {
        let month = last.month() - cadence.n_months();
        let first = match last == Day::last_of_month(last.month()) {
            true => Day::first_of_month(month + 1),
            // The day after the same day some months before; where that month is too short, after its last day.
            false => {
                let same = Day::first_of_month(month).0 + (last.0 - Day::first_of_month(last.month()).0);
                Day(same.min(Day::last_of_month(month).0)).next()
            }
        };
        Self { first, last }
    }

    /// The last `n` whole calendar months or quarters that were over by the end of `by`, the oldest first.
    pub fn complete(cadence: Cadence, by: Day, n: usize) -> Vec<Self> {
        let length = cadence.n_months();
        // The month after the newest one that is over.
        let next = by.next().month();
        let end = next - next.rem_euclid(length);
        let n = i32::try_from(n).unwrap_or(i32::MAX / 16);
        (1..=n)
            .rev()
            .map(|back| {
                let first = end - back * length;
                Self { first: Day::first_of_month(first), last: Day::last_of_month(first + length - 1) }
            })
            .collect()
    }

    /// The whole period after this one, which ends with a month.
    pub fn following(self, cadence: Cadence) -> Self {
        let first = self.last.next();
        Self { first, last: Day::last_of_month(first.month() + cadence.n_months() - 1) }
    }

    /// How many periods of this length lie between the end of `self` and the end of `later`, rounded up; at least one.
    pub fn n_until(self, later: Day, cadence: Cadence) -> u32 {
        let months = later.next().month() - self.last.next().month();
        u32::try_from((months + cadence.n_months() - 1).div_euclid(cadence.n_months())).unwrap_or(0).max(1)
    }
}

/// `2026-03`, `2026-Q1`, or the two days.
impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (first, last) = (self.first.month(), self.last.month());
        let whole = self.first == Day::first_of_month(first) && self.last == Day::last_of_month(last);
        match last - first {
            0 if whole => f.write_str(&month_in_words(first)),
            2 if whole && first.rem_euclid(3) == 0 => {
                write!(f, "{:04}-Q{}", first.div_euclid(12), first.rem_euclid(12) / 3 + 1)
            }
            _ => write!(f, "{} – {}", self.first, self.last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_period_that_ends_with_a_month_is_that_month() {
        let february = Period::ending(day("2024-02-29"), Cadence::Month);
        assert_eq!((february.first, february.n_days()), (day("2024-02-01"), 29));
        assert_eq!(february.to_string(), "2024-02");
        let quarter = Period::ending(day("2024-03-31"), Cadence::Quarter);
        assert_eq!((quarter.first, quarter.to_string()), (day("2024-01-01"), "2024-Q1".to_string()));
        let odd = Period::ending(day("2024-03-30"), Cadence::Month);
        assert_eq!((odd.first, odd.to_string()), (day("2024-03-01"), "2024-03-01 – 2024-03-30".to_string()));
        assert_eq!(Period::ending(day("2024-05-15"), Cadence::Quarter).first, day("2024-02-16"));
    }

    #[test]
    fn only_periods_that_are_over_are_complete() {
        let months = Period::complete(Cadence::Month, day("2024-03-30"), 2);
        assert_eq!(months.iter().map(Period::to_string).collect::<Vec<_>>(), ["2024-01", "2024-02"]);
        let months = Period::complete(Cadence::Month, day("2024-03-31"), 1);
        assert_eq!(months[0].to_string(), "2024-03");
        let quarters = Period::complete(Cadence::Quarter, day("2024-05-31"), 2);
        assert_eq!(quarters.iter().map(Period::to_string).collect::<Vec<_>>(), ["2023-Q4", "2024-Q1"]);
    }

    #[test]
    fn periods_ahead_are_counted_to_the_due_day() {
        let last = Period::complete(Cadence::Month, day("2024-03-31"), 1)[0];
        assert_eq!(last.n_until(day("2024-04-30"), Cadence::Month), 1);
        assert_eq!(last.n_until(day("2024-05-15"), Cadence::Month), 1);
        assert_eq!(last.n_until(day("2024-06-30"), Cadence::Month), 3);
        assert_eq!(last.n_until(day("2024-06-30"), Cadence::Quarter), 1);
        assert_eq!(last.n_until(day("2024-03-31"), Cadence::Month), 1);
    }
}
