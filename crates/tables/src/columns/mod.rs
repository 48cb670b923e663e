//! A whole file as typed columns: CSV, XLSX, JSON Lines and Parquet in, CSV and Parquet out.
//!
//! For analyses, which need a few columns of all rows at once. A cell that says nothing in the type that was asked for is
//! counted and kept with its row, never invented: number marks and date orders are guessed from the column and told.
//! Does not look back at the file: what was not asked for is not held.
//!
//! ```
//! use tables::columns::{self, ReadOptions};
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("orders.csv");
//! std::fs::write(&path, "customer;day;paid\nAda;31/01/2024;1.234,50\nBob;01/02/2024;none\n").unwrap();
//! let orders = columns::read(&path, &["customer", "paid", "day"], &ReadOptions::default())?;
//! let paid = orders.numbers("paid")?;
//! assert_eq!(paid.values[0], 1234.5);
//! assert!(paid.values[1].is_nan());
//! assert_eq!(orders.days("day")?.values, [19_753, 19_754]);
//! assert_eq!(orders.codes("Customer")?.names.get(1), "Bob");
//! # Ok::<(), tables::FileError>(())
//! ```

mod codes;
mod csv_blocks;
mod dates;
mod numbers;
mod parquet_error;
mod parquet_general;
mod parquet_in;
mod parquet_out;
mod parquet_pages;
mod parquet_texts;
mod rows;
mod stored;
mod texts;
mod write;

use std::path::Path;

pub use codes::{Codes, Distinct, NO_CODE, n_distinct_rows};
pub use dates::{Days, NO_DAY, NO_TIME, Times, US_PER_DAY, day_number, day_text, time_text};
pub use numbers::{Amounts, NO_AMOUNT, Numbers, is_missing_word};
pub use rows::RowNumbers;
pub use texts::Texts;
pub use write::{ColumnOut, write};

use crate::{FileError, OpenOptions};
pub(crate) use csv_blocks::Plain;
use stored::Stored;

/// What may be said about a file instead of leaving it to be guessed.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Encoding, separator, sheet, header row and limits.
    pub open: OpenOptions,
}

/// Cells or rows that could not be used: how many, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unreadable {
    pub n: usize,
    /// Number of the row in the file and the text, for the first [`N_SHOWN`].
    pub first: Vec<(u64, String)>,
}

/// How many unreadable cells are kept with their text.
pub const N_SHOWN: usize = 20;

impl Unreadable {
    pub(crate) fn add(&mut self, row_number: u64, text: &str) {
        self.n += 1;
        if self.first.len() < N_SHOWN {
            let cut = text.floor_char_boundary(200);
            self.first.push((row_number, text[..cut].to_owned()));
        }
    }
}

/// The wanted columns of a file.
#[derive(Debug)]
pub struct Columns {
    file: String,
    names: Vec<String>,
    stored: Vec<Stored>,
    n_rows: usize,
    row_numbers: RowNumbers,
    rejected: Unreadable,
    description: String,
    lists: Vec<String>,
}

/// Reads the wanted columns of a file, or all if none is named.
///
/// A name is matched exactly, then ignoring case and blanks around it. Rows that cannot be read are left out and counted in
/// [`Columns::rejected`].
///
/// **Errors**: why this file can be no table; `MissingColumns` with the columns that it has.
pub fn read(path: &Path, wanted: &[&str], options: &ReadOptions) -> Result<Columns, FileError> {
    if parquet_in::is_parquet(path) {
        parquet_in::read(path, wanted)
    } else {
        rows::read(path, wanted, options)
    }
}

impl Columns {
    /// How many rows were read, the rejected ones not counted.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The names of the columns that were read, as they stand in the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How the file was understood, in one sentence.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Names of the columns that hold lists, which are not read.
    pub fn lists(&self) -> &[String] {
        &self.lists
    }

    /// The number of a row as a spreadsheet shows it; in Parquet, counted from 1.
    pub fn row_number(&self, row: usize) -> u64 {
        self.row_numbers.get(row)
    }

    /// Rows that could not be read at all, with the reason.
    pub fn rejected(&self) -> &Unreadable {
        &self.rejected
    }

    /// A column as texts.
    ///
    /// **Errors**: `MissingColumns`.
    pub fn texts(&self, name: &str) -> Result<Texts, FileError> {
        Ok(self.stored(name)?.texts())
    }

    /// A column as codes of its different texts.
    ///
    /// **Errors**: `MissingColumns`.
    pub fn codes(&self, name: &str) -> Result<Codes, FileError> {
        Ok(self.stored(name)?.codes())
    }

    /// The codes of texts of this file, each known by the row in which it first stands.
    ///
    /// **Shape.** For fewer than 2^32 rows.
    pub fn distinct(texts: &Texts) -> Distinct {
        codes::distinct(texts)
    }

    /// A column as numbers for statistics.
    ///
    /// **Errors**: `MissingColumns`.
    pub fn numbers(&self, name: &str) -> Result<Numbers, FileError> {
        Ok(numbers::numbers(self.stored(name)?, &self.row_numbers))
    }

    /// A column as exact amounts, for sums of money.
    ///
    /// **Errors**: `MissingColumns`.
    pub fn amounts(&self, name: &str) -> Result<Amounts, FileError> {
        Ok(numbers::amounts(self.stored(name)?, &self.row_numbers))
    }

    /// A column as days of the calendar.
    ///
    /// **Errors**: `MissingColumns`.
    pub fn days(&self, name: &str) -> Result<Days, FileError> {
        Ok(dates::days(self.stored(name)?, &self.row_numbers))
    }

    /// A column as moments.
    ///
    /// **Errors**: `MissingColumns`.
    pub fn times(&self, name: &str) -> Result<Times, FileError> {
        Ok(dates::times(self.stored(name)?, &self.row_numbers))
    }

    /// The numbers of all rows; everything else is let go.
    pub fn into_row_numbers(self) -> RowNumbers {
        self.row_numbers
    }

    /// The place of a column by its name.
    ///
    /// **Errors**: `MissingColumns`.
    fn stored(&self, name: &str) -> Result<&Stored, FileError> {
        place_of(name, &self.names).map(|place| &self.stored[place]).ok_or_else(|| {
            FileError::MissingColumns {
                file: self.file.clone(),
                missing: vec![name.to_owned()],
                found: self.names.clone(),
            }
        })
    }
}

/// Where a column stands: the same name, else the only one that differs in case and blanks.
fn place_of(name: &str, names: &[String]) -> Option<usize> {
    let folded = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let wanted = folded(name);
    names
        .iter()
        .position(|known| known == name)
        .or_else(|| names.iter().position(|known| folded(known) == wanted))
}

/// The places of the wanted columns, each once, or of all.
fn places_of(wanted: &[&str], names: &[String], file: &str) -> Result<Vec<usize>, FileError> {
    if wanted.is_empty() {
        return Ok((0..names.len()).collect());
    }
    let mut places = Vec::new();
    let mut missing = Vec::new();
    for name in wanted {
        match place_of(name, names) {
            Some(place) if places.contains(&place) => {}
            Some(place) => places.push(place),
            None => missing.push((*name).to_owned()),
        }
    }
    if missing.is_empty() {
        return Ok(places);
    }
    Err(FileError::MissingColumns { file: file.to_owned(), missing, found: names.to_vec() })
}

/// The last part of a path, as messages name the file.
fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
