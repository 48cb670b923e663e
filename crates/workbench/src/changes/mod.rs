//! `analyze changes`: when a number changed, which values stand out, and which segments moved it.

mod drivers;
mod report;

use std::path::PathBuf;

use statistics::changes::{self, Found, Options};
use tables::columns::{self, Columns, ReadOptions};

use crate::left_out::LeftOut;
use crate::timeline::{Grain, Moments, Series};
use crate::{Answer, Problem};
use drivers::{Drivers, Split};

/// When a number changed, which values stand out, and which segments moved it
///
/// The number is summed over the rows of each period (see --mean). Changes of level or slope are found beside season and
/// spikes; values stand out against their stretch and season. The change is then taken apart by the columns of --by into what
/// each segment added: by each row being worth more (rate), by its share of the rows (mix), and by there being more rows.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze changes visits.csv --date day --value visits
  rondel analyze changes orders.csv --date day --value paid --by country,channel --split 2025-06-01")]
pub struct Changes {
    /// CSV, XLSX, JSON Lines or Parquet
    file: PathBuf,
    /// Column with the date (or a plain number of the period)
    #[arg(long, value_name = "C")]
    date: String,
    /// Column with the number
    #[arg(long, value_name = "C")]
    value: String,
    /// Columns whose segments may have moved the number
    #[arg(long, value_name = "C,…", value_delimiter = ',')]
    by: Vec<String>,
    /// Take the mean of the rows of a period instead of their sum
    #[arg(long)]
    mean: bool,
    /// Column with the units that a row stands for, such as customers or visits (default: each row is one)
    #[arg(long, value_name = "C")]
    per: Option<String>,
    /// Begin of the later of the two times that --by compares (default: the last change, else the last period)
    #[arg(long, value_name = "DATE")]
    split: Option<String>,
    /// Periods in a season (default 12 for months, 4 for quarters, 52 for weeks, 7 for days, 24 for hours)
    #[arg(long, value_name = "N")]
    season: Option<usize>,
    /// A value stands out from this many robust standard deviations on
    #[arg(long, value_name = "X", default_value_t = 3.5)]
    threshold: f64,
    /// How much a change must pay for itself; less finds more changes
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    penalty: f64,
    /// One row per period as CSV or Parquet, by the extension
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A row that can be used: its place among the rows of the file, and its numbers.
struct Row {
    at: usize,
    key: f64,
    value: f64,
    units: f64,
}

/// The number on its grid.
struct Number {
    grain: Grain,
    first: f64,
    values: Vec<f64>,
    /// Place of each row on the grid.
    places: Vec<usize>,
}

impl Changes {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if !(self.threshold > 0.0 && self.penalty > 0.0) {
            return Err(refused("threshold", "threshold and penalty must be above 0"));
        }
        if self.season == Some(0) {
            return Err(refused("season", "must be at least 1"));
        }
        let mut wanted = vec![self.date.as_str(), self.value.as_str()];
        wanted.extend(self.per.as_deref());
        wanted.extend(self.by.iter().map(String::as_str));
        let file = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let (rows, mut left_out, moments) = self.rows(&file)?;
        let number = self.number(&rows, &moments)?;
        let period = self.season.unwrap_or_else(|| number.grain.season());
        let options = Options { period, threshold: self.threshold, penalty: self.penalty };
        let found = changes::find(&number.values, &options);
        let mut answer = Answer::of(rows.len());
        report::tell_number(&mut answer, &number, period, found.as_ref());
        if let Some(found) = &found {
            report::doubts(&number, period, found).into_iter().for_each(|doubt| left_out.warn(doubt));
        }
        if !self.by.is_empty() {
            let split = self.split(&number, found.as_ref(), &moments)?;
            let drivers = Drivers::new(&file, &self.by, &rows, &number, &split, self.mean)?;
            report::tell_drivers(&mut answer, &number, &split, &drivers);
        } else {
            answer.tell("drivers", Vec::<i32>::new());
        }
        left_out.tell(&mut answer);
        if let Some(path) = &self.out {
            report::write_periods(path, &number, found.as_ref())?;
        }
        Ok(answer)
    }

    fn rows(&self, file: &Columns) -> Result<(Vec<Row>, LeftOut, Moments), Problem> {
        let mut left_out = LeftOut::of(file);
        let (moments, values) = (Moments::read(file, &self.date, &mut left_out)?, file.numbers(&self.value)?);
        left_out.doubt(&self.value, values.evidence.as_deref());
        let units = self.per.as_deref().map(|per| file.numbers(per)).transpose()?;
        let mut rows = Vec::with_capacity(file.n_rows());
        for at in 0..file.n_rows() {
            let units = units.as_ref().map_or(1.0, |units| units.values[at]);
            let fault = if !moments.is_known(at) {
                Some((&self.date, "not a date"))
            } else if !values.values[at].is_finite() {
                Some((&self.value, "not a number"))
            } else if !(units >= 0.0 && units.is_finite()) {
                Some((self.per.as_ref().unwrap_or(&self.value), "units are not a number from 0"))
            } else {
                None
            };
            match fault {
                Some((column, reason)) => left_out.row(file.row_number(at), column, file.texts(column)?.get(at), reason),
                None => rows.push(Row { at, key: moments.key(at), value: values.values[at], units }),
            }
        }
        if rows.is_empty() {
            return Err(Problem::CannotTell(format!("no row has a date and a number{}", left_out.words())));
        }
        rows.sort_by(|a, b| a.key.total_cmp(&b.key));
        Ok((rows, left_out, moments))
    }

    fn number(&self, rows: &[Row], moments: &Moments) -> Result<Number, Problem> {
        let grain = moments.grain(rows.windows(2).map(|w| w[1].key - w[0].key).collect());
        let too_long = || Problem::CannotTell(format!("the dates lie too far apart for periods of one {}", grain.name()));
        let pairs: Vec<(f64, f64)> = rows.iter().map(|row| (row.key, row.value)).collect();
        let series = Series::new(&pairs, grain).ok_or_else(too_long)?;
        let (first, mut values) = (series.first, series.values);
        let last = values.len() - 1;
        let places: Vec<usize> = rows.iter().map(|row| (grain.place(first, row.key).max(0) as usize).min(last)).collect();
        if self.mean {
            let mut units = vec![0.0; values.len()];
            rows.iter().zip(&places).for_each(|(row, &place)| units[place] += row.units);
            values.iter_mut().zip(&units).for_each(|(value, units)| *value /= units);
        }
        Ok(Number { grain, first, values, places })
    }

    /// Which two times are compared: around the date that was asked for, the last change, or the last period.
    fn split(&self, number: &Number, found: Option<&Found>, moments: &Moments) -> Result<Split, Problem> {
        let n = number.values.len();
        if n < 2 {
            return Err(Problem::CannotTell("one period alone cannot have changed".to_owned()));
        }
        if let Some(text) = &self.split {
            let key = key_of(text, moments).ok_or_else(|| refused("split", &format!("“{text}” is not a date such as 2025-06-30")))?;
            let at = number.grain.place(number.first, key);
            if at <= 0 || at >= n as i64 {
                return Err(refused("split", &format!("“{text}” must lie inside the dates of the file, after the first period")));
            }
            return Ok(Split { from: 0, at: at as usize, end: n, why: "as asked" });
        }
        let changes = found.map_or(&[][..], |found| &found.changes[..]);
        Ok(match changes.split_last() {
            Some((last, earlier)) => {
                Split { from: earlier.last().map_or(0, |c| c.at), at: last.at, end: n, why: "at the last change" }
            }
            None => Split { from: n - 2, at: n - 1, end: n, why: "the last period beside the one before" },
        })
    }
}

fn key_of(text: &str, moments: &Moments) -> Option<f64> {
    match moments {
        Moments::Numbers(_) => text.trim().parse().ok(),
        Moments::Times(_) => {
            let date: jiff::civil::Date = text.trim().parse().ok()?;
            let days = date.since(jiff::civil::Date::constant(1970, 1, 1)).ok()?.get_days();
            Some(f64::from(days) * 86_400e6)
        }
    }
}

fn refused(option: &'static str, message: &str) -> Problem {
    Problem::Option { option, message: message.to_owned() }
}
