//! Dates of a series as places in equal distances, and back: months, weeks, days, hours or plain numbers.
//!
//! For forecasts and changes, which need to know what is missing between two rows.

use jiff::civil::{Date, DateTime, date};
use jiff::{Span, ToSpan};
use tables::FileError;
use tables::columns::{Columns, NO_TIME};

use crate::left_out::LeftOut;

const US_PER_SECOND: i64 = 1_000_000;
const US_PER_DAY: i64 = 86_400 * US_PER_SECOND;

/// The distance between two periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Grain {
    /// So many months of the calendar.
    Months(i64),
    /// So many microseconds.
    Time(i64),
    /// Plain numbers, so far apart.
    Number(f64),
}

/// When each row was: microseconds since 1970, or a plain number.
pub(crate) enum Moments {
    Times(Vec<i64>),
    Numbers(Vec<f64>),
}

impl Moments {
    /// Reads a column of dates; of plain numbers where hardly any cell is a date. Notes where the order of day and month is open.
    pub(crate) fn read(file: &Columns, name: &str, left_out: &mut LeftOut) -> Result<Moments, FileError> {
        let times = file.times(name)?;
        let n_times = times.values.iter().filter(|t| **t != NO_TIME).count();
        let numbers = file.numbers(name)?;
        let n_numbers = numbers.values.iter().filter(|v| v.is_finite()).count();
        if n_times * 2 < n_numbers {
            return Ok(Moments::Numbers(numbers.values));
        }
        left_out.doubt(name, times.evidence.as_deref());
        Ok(Moments::Times(times.values))
    }

    pub(crate) fn is_known(&self, row: usize) -> bool {
        match self {
            Moments::Times(times) => times[row] != NO_TIME,
            Moments::Numbers(numbers) => numbers[row].is_finite(),
        }
    }

    /// A number that sorts as the moments do.
    pub(crate) fn key(&self, row: usize) -> f64 {
        match self {
            Moments::Times(times) => times[row] as f64,
            Moments::Numbers(numbers) => numbers[row],
        }
    }

    /// The usual distance between neighbours of one series: the median of `distances` of keys.
    pub(crate) fn grain(&self, mut distances: Vec<f64>) -> Grain {
        distances.retain(|d| *d > 0.0);
        if distances.is_empty() {
            return Grain::Time(US_PER_DAY);
        }
        let middle = distances.len() / 2;
        let median = *distances.select_nth_unstable_by(middle, f64::total_cmp).1;
        match self {
            Moments::Numbers(_) => Grain::Number(median),
            Moments::Times(_) => {
                let days = median / US_PER_DAY as f64;
                for months in [1i64, 2, 3, 4, 6, 12] {
                    let usual = 30.437 * months as f64;
                    if (days - usual).abs() <= 2.5 + 0.3 * months as f64 {
                        return Grain::Months(months);
                    }
                }
                Grain::Time((median as i64).max(1))
            }
        }
    }
}

fn moment_of(key: f64) -> DateTime {
    let us = key as i64;
    let days = us.div_euclid(US_PER_DAY);
    let rest = us.rem_euclid(US_PER_DAY);
    let start = date(1970, 1, 1).to_datetime(jiff::civil::Time::midnight());
    start.saturating_add(days.days()).saturating_add(Span::new().microseconds(rest))
}

impl Grain {
    /// Periods in a season, as they usually are.
    pub(crate) fn season(self) -> usize {
        match self {
            Grain::Months(months) => (12 / months).max(1) as usize,
            Grain::Time(us) if us == 7 * US_PER_DAY => 52,
            Grain::Time(us) if us == US_PER_DAY => 7,
            Grain::Time(us) if us < US_PER_DAY && US_PER_DAY % us == 0 && US_PER_DAY / us <= 96 => {
                (US_PER_DAY / us) as usize
            }
            Grain::Time(_) | Grain::Number(_) => 1,
        }
    }

    pub(crate) fn name(self) -> String {
        match self {
            Grain::Months(1) => "month".to_owned(),
            Grain::Months(3) => "quarter".to_owned(),
            Grain::Months(12) => "year".to_owned(),
            Grain::Months(months) => format!("{months} months"),
            Grain::Time(us) if us == 7 * US_PER_DAY => "week".to_owned(),
            Grain::Time(us) if us == US_PER_DAY => "day".to_owned(),
            Grain::Time(us) if us == US_PER_DAY / 24 => "hour".to_owned(),
            Grain::Time(us) if us % US_PER_DAY == 0 => format!("{} days", us / US_PER_DAY),
            Grain::Time(us) => format!("{} seconds", us as f64 / US_PER_SECOND as f64),
            Grain::Number(step) => format!("step of {step}"),
        }
    }

    /// The place of a moment, counted from `first`.
    pub(crate) fn place(self, first: f64, key: f64) -> i64 {
        let month = |key: f64| {
            let moment = moment_of(key);
            i64::from(moment.year()) * 12 + i64::from(moment.month())
        };
        match self {
            Grain::Months(months) => ((month(key) - month(first)) as f64 / months as f64).round() as i64,
            Grain::Time(us) => ((key - first) / us as f64).round() as i64,
            Grain::Number(step) => ((key - first) / step).round() as i64,
        }
    }

    /// The moment so many periods after another, as text.
    pub(crate) fn text_after(self, key: f64, periods: i64) -> String {
        match self {
            Grain::Number(step) => format!("{}", key + step * periods as f64),
            Grain::Time(us) => text_of(moment_of(key + us as f64 * periods as f64)),
            Grain::Months(months) => {
                let from = moment_of(key);
                let moved = from.saturating_add((months * periods).months());
                let at_end = |d: Date| d.day() == d.days_in_month();
                // The last day of a month stays the last day.
                let day = if at_end(from.date()) && from.day() > 27 {
                    moved.date().last_of_month()
                } else {
                    moved.date()
                };
                text_of(day.to_datetime(moved.time()))
            }
        }
    }
}

fn text_of(moment: DateTime) -> String {
    if moment.time() == jiff::civil::Time::midnight() {
        moment.date().to_string()
    } else {
        moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// One series on its grid: sums of the rows of each period, NaN where there is no row.
pub(crate) struct Series {
    pub(crate) first: f64,
    pub(crate) values: Vec<f64>,
    /// Rows that shared their period with an earlier one.
    pub(crate) n_summed: usize,
}

/// Longer series, with what is missing between, are refused.
const LONGEST: i64 = 1_000_000;

impl Series {
    /// From (key, value) in ascending order of keys; `None` if the grid would be absurdly long.
    pub(crate) fn new(rows: &[(f64, f64)], grain: Grain) -> Option<Series> {
        let first = rows.first()?.0;
        let n = grain.place(first, rows.last()?.0) + 1;
        if n > LONGEST.min(1000 + 50 * rows.len() as i64) {
            return None;
        }
        let mut series = Series { first, values: vec![f64::NAN; n as usize], n_summed: 0 };
        for &(key, value) in rows {
            let at = &mut series.values[grain.place(first, key).clamp(0, n - 1) as usize];
            if at.is_nan() {
                *at = value;
            } else {
                *at += value;
                series.n_summed += 1;
            }
        }
        Some(series)
    }
}
