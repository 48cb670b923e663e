//! Columns out: CSV or Parquet by the extension of the file.
//!
//! Writes beside the file and renames it when it is whole, so that a reader never sees half of it. No XLSX.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::dates::{day_text, time_text};
use super::parquet_out;
use super::stored::float_text;
use super::{NO_DAY, NO_TIME, Texts};
use crate::csv_out::{Cell, CsvWriter, WriteOptions};
use crate::parse::Decimal;

/// The values of a column that is written.
#[derive(Debug, Clone, Copy)]
pub enum ColumnOut<'a> {
    Texts(&'a Texts),
    /// Texts that are put together elsewhere.
    Words(&'a [&'a str]),
    /// NaN becomes an empty cell.
    Numbers(&'a [f64]),
    /// `i64::MIN` becomes an empty cell.
    Integers(&'a [i64]),
    /// In units of `10^-scale`; `i64::MIN` becomes an empty cell.
    Amounts(&'a [i64], u8),
    /// Days since 1970; [`NO_DAY`] becomes an empty cell.
    Days(&'a [i32]),
    /// Microseconds since 1970; [`NO_TIME`] becomes an empty cell.
    Times(&'a [i64]),
    Truths(&'a [bool]),
}

impl ColumnOut<'_> {
    pub fn len(&self) -> usize {
        match self {
            ColumnOut::Texts(values) => values.len(),
            ColumnOut::Words(values) => values.len(),
            ColumnOut::Numbers(values) => values.len(),
            ColumnOut::Integers(values) | ColumnOut::Amounts(values, _) | ColumnOut::Times(values) => {
                values.len()
            }
            ColumnOut::Days(values) => values.len(),
            ColumnOut::Truths(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Writes columns of equal length; `.parquet` and `.pq` give Parquet, `.tsv` tabs, all else CSV.
///
/// **Errors**: those of the file; `InvalidInput` for columns of different lengths.
pub fn write(path: &Path, columns: &[(&str, ColumnOut<'_>)]) -> io::Result<()> {
    let n_rows = columns.first().map_or(0, |(_, column)| column.len());
    if let Some((name, column)) = columns.iter().find(|(_, column)| column.len() != n_rows) {
        let message = format!("the column “{name}” has {} rows, the first has {n_rows}", column.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let extension = path.extension().map_or(String::new(), |text| text.to_string_lossy().to_lowercase());
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    let file = File::create(beside)?;
    let written = match extension.as_str() {
        "parquet" | "pq" => parquet_out::write(file, columns, n_rows),
        "tsv" => write_rows(file, columns, n_rows, b'\t'),
        _ => write_rows(file, columns, n_rows, b','),
    };
    match written {
        Ok(()) => std::fs::rename(beside, path),
        Err(error) => {
            // The error that counts is the one of writing; a leftover is harmless.
            std::fs::remove_file(beside).ok();
            Err(error)
        }
    }
}

fn write_rows(file: File, columns: &[(&str, ColumnOut<'_>)], n_rows: usize, separator: u8) -> io::Result<()> {
    let options = WriteOptions { separator, ..WriteOptions::default() };
    let mut out = CsvWriter::new(BufWriter::with_capacity(1 << 18, file), options);
    out.write_row(columns.iter().map(|(name, _)| Cell::Text(name)))?;
    let mut cells: Vec<String> = vec![String::new(); columns.len()];
    for row in 0..n_rows {
        for ((_, column), cell) in columns.iter().zip(&mut cells) {
            cell.clear();
            put(column, row, cell);
        }
        out.write_row(columns.iter().zip(&cells).map(|((_, column), cell)| match column {
            ColumnOut::Texts(_) | ColumnOut::Words(_) => Cell::Text(cell),
            _ => Cell::Number(cell),
        }))?;
    }
    out.finish()?.into_inner().map_err(|error| error.into_error())?.flush()
}

fn put(column: &ColumnOut<'_>, row: usize, cell: &mut String) {
    use std::fmt::Write as _;
    match column {
        ColumnOut::Texts(values) => cell.push_str(values.get(row)),
        ColumnOut::Words(values) => cell.push_str(values[row]),
        ColumnOut::Numbers(values) => cell.push_str(&float_text(values[row])),
        ColumnOut::Integers(values) | ColumnOut::Amounts(values, _) if values[row] == i64::MIN => {}
        // Writing into a text cannot fail.
        ColumnOut::Integers(values) => write!(cell, "{}", values[row]).unwrap_or_default(),
        ColumnOut::Amounts(values, scale) => {
            write!(cell, "{}", Decimal { mantissa: values[row], scale: *scale }).unwrap_or_default();
        }
        ColumnOut::Days(values) if values[row] == NO_DAY => {}
        ColumnOut::Days(values) => cell.push_str(&day_text(values[row])),
        ColumnOut::Times(values) if values[row] == NO_TIME => {}
        ColumnOut::Times(values) => cell.push_str(&time_text(values[row])),
        ColumnOut::Truths(values) => cell.push_str(if values[row] { "true" } else { "false" }),
    }
}
