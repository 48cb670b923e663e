//! Days, weeks, months, quarters and years as whole numbers, and back as words.

use std::ops::Range;

use tables::columns::{day_number, day_text};

/// The length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Grain {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Grain {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
        }
    }

    /// The period of a day since 1970.
    pub(crate) fn period(self, day: i32) -> i32 {
        match self {
            Grain::Day => day,
            // The first of January 1970 was a Thursday.
            Grain::Week => day.saturating_add(3).div_euclid(7),
            Grain::Month => month_of(day),
            Grain::Quarter => month_of(day).div_euclid(3),
            Grain::Year => month_of(day).div_euclid(12),
        }
    }

    /// Makes periods of days, all of them within `range`.
    pub(crate) fn periods(self, days: &mut [i32], range: Range<i32>) {
        const WORTH_A_TABLE: i64 = 1 << 20;
        if self == Grain::Day {
            return;
        }
        if i64::from(range.end) - i64::from(range.start) > WORTH_A_TABLE {
            days.iter_mut().for_each(|day| *day = self.period(*day));
            return;
        }
        let first = range.start;
        let table: Vec<i32> = range.map(|day| self.period(day)).collect();
        days.iter_mut().for_each(|day| *day = table[(*day - first) as usize]);
    }

    pub(crate) fn first_day(self, period: i32) -> i32 {
        let month = |month: i32| day_number(month.div_euclid(12) + 1970, month.rem_euclid(12) + 1, 1);
        match self {
            Grain::Day => period,
            Grain::Week => period * 7 - 3,
            Grain::Month => month(period),
            Grain::Quarter => month(period * 3),
            Grain::Year => month(period * 12),
        }
    }

    /// The period in words: `2026-01`, `2026-Q1`, `2026`, or its first day.
    pub(crate) fn name(self, period: i32) -> String {
        let day = day_text(self.first_day(period));
        match self {
            Grain::Day | Grain::Week => day,
            Grain::Month => day.get(..7).unwrap_or(&day).to_owned(),
            Grain::Quarter => format!("{}-Q{}", day.get(..4).unwrap_or(&day), period.rem_euclid(4) + 1),
            Grain::Year => day.get(..4).unwrap_or(&day).to_owned(),
        }
    }
}

/// Months since January 1970.
fn month_of(day: i32) -> i32 {
    // The year by its mean length, then put right by comparing with the first days of months.
    let mut month = (f64::from(day) / 30.436_875).floor() as i32;
    let first = |month: i32| day_number(month.div_euclid(12) + 1970, month.rem_euclid(12) + 1, 1);
    while first(month) > day {
        month -= 1;
    }
    while first(month + 1) <= day {
        month += 1;
    }
    month
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_lies_in_the_period_that_begins_before_it() {
        for grain in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
            for day in (-800_000..3_000_000).step_by(17).chain(-400..400) {
                let period = grain.period(day);
                assert!(grain.first_day(period) <= day && day < grain.first_day(period + 1), "{grain:?} {day}");
            }
        }
        assert_eq!((Grain::Week.name(Grain::Week.period(0)), Grain::Month.name(-1)), ("1969-12-29".into(), "1969-12".into()));
        assert_eq!((Grain::Quarter.name(1), Grain::Year.name(30)), ("1970-Q2".into(), "2000".into()));
    }
}
