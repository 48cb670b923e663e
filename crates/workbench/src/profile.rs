//! `analyze profile`: what stands in every column of a file, counted exactly.
//!
//! Describes and points at what looks odd. It mends nothing and does not know what a column ought to hold.

mod column;
mod kinds;
mod nulls;
mod personal;
mod shape;
mod told;

use std::path::PathBuf;

use rayon::prelude::*;
use tables::columns::{self, ReadOptions, Texts};

use crate::left_out::LeftOut;
use crate::{Answer, Problem};
use column::{Profiled, profiled};

/// What stands in every column: types, gaps, distinct values, quantiles, patterns, outliers, doubles
///
/// All counts are exact. A word such as “Select”, “unknown”, “n/a” or “-” counts as a gap and is told apart from an empty cell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze profile customers.csv
  rondel analyze profile orders.parquet --columns status,total --out columns.csv")]
pub struct Profile {
    /// CSV, XLSX, JSON Lines or Parquet
    file: PathBuf,
    /// Only these columns
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    columns: Vec<String>,
    /// Writes one row for each column as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Rows that stand more than once: each after the first is a double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Doubles {
    n: u64,
    /// The same without the columns that are keys; `None` where there is no key, or nothing but keys.
    n_without_keys: Option<u64>,
}

impl Profile {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let wanted: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let file = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        if file.n_rows() == 0 {
            left_out.warn("the file has no rows of data".to_owned());
        }
        if !file.lists().is_empty() {
            left_out.warn(format!("columns that hold lists are not read: {}", file.lists().join(", ")));
        }
        let texts: Result<Vec<(&String, Texts)>, _> =
            file.names().iter().map(|name| Ok((name, file.texts(name)?))).collect();
        let texts: Vec<(&String, Texts)> = texts.map_err(|error: tables::FileError| Problem::File(error))?;
        let found: Vec<Profiled> = texts.par_iter().map(|(name, texts)| profiled(name, texts)).collect();
        let doubles = doubles(&found, file.n_rows());
        let mut answer = Answer::of(file.n_rows());
        answer.tell("file", file.description());
        if let Some(path) = &self.out {
            told::write(path, &found, file.n_rows())?;
        }
        told::tell(&mut answer, &found, doubles, file.n_rows());
        left_out.n_rows = file.rejected().n;
        left_out.tell(&mut answer);
        Ok(answer)
    }
}

fn doubles(found: &[Profiled], n_rows: usize) -> Doubles {
    let all: Vec<&[u32]> = found.iter().map(|column| column.codes.as_slice()).collect();
    let others: Vec<&[u32]> =
        found.iter().filter(|column| !column.is_key()).map(|column| column.codes.as_slice()).collect();
    let has_key = others.len() < all.len();
    Doubles {
        n: if has_key { 0 } else { n_doubles(&all, n_rows) },
        n_without_keys: (has_key && !others.is_empty()).then(|| n_doubles(&others, n_rows)),
    }
}

/// Rows that are equal to an earlier one, in columns given as codes.
fn n_doubles(columns: &[&[u32]], n_rows: usize) -> u64 {
    let n_different = columns::n_distinct_rows(columns, n_rows);
    (n_rows - n_different) as u64
}
