//! `analyze forecast`: what a number that is counted every month, week or day will be next.

mod report;

use std::path::PathBuf;

use clap::ValueEnum;
use rayon::prelude::*;
use statistics::forecast::errors::{mase, smape};
use statistics::forecast::{self, Options, Refusal};
use tables::columns::{self, NO_CODE, ReadOptions, Texts};

use crate::left_out::LeftOut;
use crate::timeline::{Grain, Moments, Series};
use crate::{Answer, Problem};

/// What a number that is counted every month, week or day will be next
///
/// Tries repeating the last season, exponential smoothing with trend and season, a damped trend and Theta on every series, and
/// takes what erred least at origins in the past. One file may hold many series, one row per series and date.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze forecast passengers.csv --date date --value value --horizon 12
  rondel analyze forecast m4.csv --series unique_id --date ds --value y --horizon 18 --holdout 18 --out next.csv")]
pub struct Forecast {
    /// CSV, XLSX, JSON Lines or Parquet
    file: PathBuf,
    /// Column with the date (or a plain number of the period)
    #[arg(long, value_name = "C")]
    date: String,
    /// Column with the number; rows of one period are summed
    #[arg(long, value_name = "C")]
    value: String,
    /// Column that names the series, where the file holds several
    #[arg(long, value_name = "C")]
    series: Option<String>,
    /// Periods ahead
    #[arg(long, value_name = "N")]
    horizon: usize,
    /// Periods in a season (default 12 for months, 4 for quarters, 52 for weeks, 7 for days, 24 for hours)
    #[arg(long, value_name = "N")]
    season: Option<usize>,
    /// Periods at the end of each series that are held back to measure the errors
    #[arg(long, value_name = "N", default_value_t = 0)]
    holdout: usize,
    /// What a period without a row means
    #[arg(long, value_name = "WHAT", default_value = "unknown")]
    missing: Missing,
    /// Probability that the interval of a period holds
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    level: f64,
    /// One row per series and period as CSV or Parquet, by the extension
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Missing {
    /// Not known; a straight line stands in for it
    Unknown,
    /// Nothing happened
    Zero,
}

const MOST_HORIZON: usize = 10_000;

/// What was found for one series.
struct Found {
    name: String,
    n: usize,
    n_filled: usize,
    /// Key of the last period.
    last: f64,
    ahead: Result<forecast::Forecast, Refusal>,
    last_value: f64,
    check: Option<Check>,
}

/// Errors on what was held back.
struct Check {
    smape: f64,
    mase: Option<f64>,
    naive_smape: f64,
    n_inside: usize,
    forecasts: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    actual: Vec<f64>,
}

impl Forecast {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if self.horizon == 0 || self.horizon > MOST_HORIZON {
            return Err(refused("horizon", "must lie between 1 and 10,000"));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(refused("level", "must lie between 0 and 1"));
        }
        if self.season == Some(0) {
            return Err(refused("season", "must be at least 1"));
        }
        let read = self.read()?;
        let period = self.season.unwrap_or_else(|| read.grain.season());
        let options = Options { horizon: self.horizon, period, level: self.level };
        let found: Vec<Found> =
            read.series.par_iter().map(|(code, series)| self.one(read.name(*code), series, &read, &options)).collect();
        report::answer(self, &read, period, &found)
    }

    /// All series on their grid, in order of first appearance.
    fn read(&self) -> Result<Read, Problem> {
        let mut wanted = vec![self.date.as_str(), self.value.as_str()];
        wanted.extend(self.series.as_deref());
        let file = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let (moments, values) = (Moments::read(&file, &self.date, &mut left_out)?, file.numbers(&self.value)?);
        left_out.doubt(&self.value, values.evidence.as_deref());
        let codes = self.series.as_deref().map(|series| file.codes(series)).transpose()?;
        let mut rows: Vec<(u32, f64, f64)> = Vec::with_capacity(file.n_rows());
        for row in 0..file.n_rows() {
            let code = codes.as_ref().map_or(0, |codes| codes.values[row]);
            let fault = if !moments.is_known(row) {
                Some((&self.date, "not a date"))
            } else if !values.values[row].is_finite() {
                Some((&self.value, "not a number"))
            } else if code == NO_CODE {
                Some((self.series.as_ref().unwrap_or(&self.date), "no series"))
            } else {
                None
            };
            match fault {
                Some((column, reason)) => {
                    left_out.row(file.row_number(row), column, file.texts(column)?.get(row), reason);
                }
                None => rows.push((code, moments.key(row), values.values[row])),
            }
        }
        if rows.is_empty() {
            return Err(Problem::CannotTell(format!("no row has a date and a number{}", left_out.words())));
        }
        rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let neighbours = rows.windows(2).filter(|w| w[0].0 == w[1].0).map(|w| w[1].1 - w[0].1);
        let grain = moments.grain(neighbours.collect());
        let mut read =
            Read { grain, series: Vec::new(), names: codes.map(|c| c.names), left_out, n_rows: rows.len(), n_summed: 0 };
        let mut own: Vec<(f64, f64)> = Vec::new();
        for same in rows.chunk_by(|a, b| a.0 == b.0) {
            own.clear();
            own.extend(same.iter().map(|row| (row.1, row.2)));
            let mut series = Series::new(&own, grain).ok_or_else(|| {
                Problem::CannotTell(format!(
                    "the dates of the series “{}” lie too far apart for periods of one {}",
                    read.name(same[0].0),
                    grain.name()
                ))
            })?;
            read.n_summed += series.n_summed;
            if self.missing == Missing::Zero {
                series.values.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.0);
            }
            read.series.push((same[0].0, series));
        }
        Ok(read)
    }

    fn one(&self, name: String, series: &Series, read: &Read, options: &Options) -> Found {
        let values = &series.values;
        let ahead = forecast::forecast(values, options);
        let check = (self.holdout > 0 && values.len() > self.holdout)
            .then(|| self.check(values, options))
            .flatten();
        let last = last_key(series, read.grain);
        Found {
            name,
            n: values.len(),
            n_filled: values.iter().filter(|v| v.is_nan()).count(),
            last,
            last_value: values.iter().rev().copied().find(|v| v.is_finite()).unwrap_or(f64::NAN),
            ahead,
            check,
        }
    }

    /// Forecasts what was held back.
    fn check(&self, values: &[f64], options: &Options) -> Option<Check> {
        let (history, actual) = values.split_at(values.len() - self.holdout);
        let made = forecast::forecast(history, &Options { horizon: self.holdout, ..*options }).ok()?;
        let known: Vec<usize> = (0..actual.len()).filter(|&h| actual[h].is_finite()).collect();
        let of = |all: &[f64]| -> Vec<f64> { known.iter().map(|&h| all[h]).collect() };
        let (came, said) = (of(actual), of(&made.values));
        let season = if history.len() > options.period { options.period } else { 1 };
        let naive: Vec<f64> = (0..actual.len()).map(|h| history[history.len() - season + h % season]).collect();
        let inside = known.iter().filter(|&&h| (made.low[h]..=made.high[h]).contains(&actual[h])).count();
        Some(Check {
            smape: smape(&came, &said)?,
            mase: mase(&came, &said, history, season),
            naive_smape: smape(&came, &of(&naive)).unwrap_or(f64::NAN),
            n_inside: inside,
            forecasts: said,
            low: of(&made.low),
            high: of(&made.high),
            actual: came,
        })
    }
}

/// What the file holds.
struct Read {
    grain: Grain,
    series: Vec<(u32, Series)>,
    names: Option<Texts>,
    left_out: LeftOut,
    n_rows: usize,
    n_summed: usize,
}

impl Read {
    fn name(&self, code: u32) -> String {
        self.names.as_ref().map_or_else(String::new, |names| names.get(code as usize).to_owned())
    }
}

/// The moment of the last period, from which dates are counted on.
fn last_key(series: &Series, grain: Grain) -> f64 {
    match grain {
        Grain::Time(us) => series.first + us as f64 * (series.values.len() - 1) as f64,
        Grain::Number(step) => series.first + step * (series.values.len() - 1) as f64,
        // Months are counted from the first, whose day they keep.
        Grain::Months(_) => series.first,
    }
}

fn refused(option: &'static str, message: &str) -> Problem {
    Problem::Option { option, message: message.to_owned() }
}
