//! Writes delimited text files as other shop systems do: their separator, decimal mark, date order and encoding.
//!
//! It writes only; reading is the business of whoever imports the files.

use crate::settings::Error;
use jiff::civil::Date;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const BUFFER_BYTES: usize = 1 << 16;

/// The habits of the system that writes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    pub separator: u8,
    pub decimal_mark: u8,
    pub dates: DateStyle,
    pub encoding: Encoding,
}

/// How a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateStyle {
    /// `2026-03-04`
    Iso,
    /// `04.03.2026`
    German,
}

/// How letters become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf8WithMark,
    Windows1252,
}

impl Style {
    /// Commas, decimal points, ISO dates, UTF-8.
    pub const TIDY: Style =
        Style { separator: b',', decimal_mark: b'.', dates: DateStyle::Iso, encoding: Encoding::Utf8 };
    /// What a spreadsheet of a German office saves.
    pub const OFFICE: Style = Style {
        separator: b';',
        decimal_mark: b',',
        dates: DateStyle::German,
        encoding: Encoding::Utf8WithMark,
    };
    /// What an elderly till writes.
    pub const TILL: Style = Style { encoding: Encoding::Windows1252, ..Style::OFFICE };
}

/// A file that grows row by row.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    style: Style,
    row_begun: bool,
    n_rows: u64,
}

impl Table {
    /// Makes the file, replacing one of that name, and writes the header.
    ///
    /// **Errors**: the file cannot be made.
    pub fn create(path: &Path, style: Style, header: &[&str]) -> Result<Table, Error> {
        let mut table = Table::create_bare(path, style)?;
        if style.encoding == Encoding::Utf8WithMark {
            table.buffer.extend_from_slice("\u{feff}".as_bytes());
        }
        header.iter().for_each(|name| table.text(name));
        table.end_row()?;
        table.n_rows = 0;
        Ok(table)
    }

    /// Makes the file without a header.
    ///
    /// **Errors**: the file cannot be made.
    pub fn create_bare(path: &Path, style: Style) -> Result<Table, Error> {
        let file =
            File::create(path).map_err(|source| Error::Write { path: path.display().to_string(), source })?;
        let buffer = Vec::with_capacity(BUFFER_BYTES + 1024);
        Ok(Table { path: path.to_owned(), file, buffer, style, row_begun: false, n_rows: 0 })
    }

    /// The habits of the file.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Data rows so far, the header not counted.
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// The row number, counted from 1 with the header, of the row that is being written or comes next.
    pub fn row_number(&self) -> u64 {
        self.n_rows + 2
    }

    /// Adds a field, quoted where it must be.
    pub fn text(&mut self, text: &str) {
        self.begin_field();
        let must_quote =
            text.bytes().any(|b| b == self.style.separator || b == b'"' || b == b'\n' || b == b'\r');
        if must_quote {
            let quoted = format!("\"{}\"", text.replace('"', "\"\""));
            self.encode(&quoted);
        } else {
            self.encode(text);
        }
    }

    /// Adds a whole number.
    pub fn whole(&mut self, number: i64) {
        self.begin_field();
        push_digits(&mut self.buffer, number);
    }

    /// Adds an amount in the file's decimal notation. **Units**: minor units, two decimals.
    pub fn money(&mut self, minor: i64) {
        self.begin_field();
        push_money(&mut self.buffer, minor, self.style.decimal_mark);
    }

    /// Adds a fraction with the given number of decimals, always with a point.
    pub fn fraction(&mut self, value: f64, decimals: usize) {
        self.begin_field();
        self.buffer.extend_from_slice(format!("{value:.decimals$}").as_bytes());
    }

    /// Adds a day in the file's notation.
    pub fn date(&mut self, date: Date) {
        self.begin_field();
        push_date(&mut self.buffer, date, self.style.dates);
    }

    /// Adds a line as it stands, for files that are not delimited.
    ///
    /// **Errors**: the disk does not take it.
    pub fn bare_line(&mut self, line: &str) -> Result<(), Error> {
        self.buffer.extend_from_slice(line.as_bytes());
        self.end_row()
    }

    /// Ends the row.
    ///
    /// **Errors**: the disk does not take it.
    pub fn end_row(&mut self) -> Result<(), Error> {
        self.buffer.push(b'\n');
        self.row_begun = false;
        self.n_rows += 1;
        if self.buffer.len() >= BUFFER_BYTES { self.pour() } else { Ok(()) }
    }

    /// Writes what is left and returns the number of data rows.
    ///
    /// **Errors**: the disk does not take it.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.pour()?;
        Ok(self.n_rows)
    }

    fn pour(&mut self) -> Result<(), Error> {
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|source| Error::Write { path: self.path.display().to_string(), source })
    }

    fn begin_field(&mut self) {
        if self.row_begun {
            self.buffer.push(self.style.separator);
        }
        self.row_begun = true;
    }

    fn encode(&mut self, text: &str) {
        if self.style.encoding == Encoding::Windows1252 && !text.is_ascii() {
            self.buffer.extend_from_slice(&encoding_rs::WINDOWS_1252.encode(text).0);
        } else {
            self.buffer.extend_from_slice(text.as_bytes());
        }
    }
}

/// A day in a notation.
pub fn written_date(date: Date, style: DateStyle) -> String {
    let mut bytes = Vec::with_capacity(10);
    push_date(&mut bytes, date, style);
    bytes.into_iter().map(char::from).collect()
}

/// An amount in a notation. **Units**: minor units, two decimals.
pub fn written_money(minor: i64, decimal_mark: u8) -> String {
    let mut bytes = Vec::with_capacity(12);
    push_money(&mut bytes, minor, decimal_mark);
    bytes.into_iter().map(char::from).collect()
}

fn push_date(buffer: &mut Vec<u8>, date: Date, style: DateStyle) {
    let (year, month, day) = (date.year() as u32, date.month() as u32, date.day() as u32);
    let two = |n: u32| [b'0' + (n / 10 % 10) as u8, b'0' + (n % 10) as u8];
    match style {
        DateStyle::Iso => {
            buffer.extend_from_slice(&two(year / 100));
            buffer.extend_from_slice(&two(year));
            buffer.push(b'-');
            buffer.extend_from_slice(&two(month));
            buffer.push(b'-');
            buffer.extend_from_slice(&two(day));
        }
        DateStyle::German => {
            buffer.extend_from_slice(&two(day));
            buffer.push(b'.');
            buffer.extend_from_slice(&two(month));
            buffer.push(b'.');
            buffer.extend_from_slice(&two(year / 100));
            buffer.extend_from_slice(&two(year));
        }
    }
}

fn push_money(buffer: &mut Vec<u8>, minor: i64, decimal_mark: u8) {
    if minor < 0 {
        buffer.push(b'-');
    }
    let size = minor.unsigned_abs();
    push_digits(buffer, (size / 100) as i64);
    buffer.push(decimal_mark);
    buffer.push(b'0' + (size / 10 % 10) as u8);
    buffer.push(b'0' + (size % 10) as u8);
}

fn push_digits(buffer: &mut Vec<u8>, number: i64) {
    if number < 0 {
        buffer.push(b'-');
    }
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut left = number.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn amounts_and_days_are_written_in_the_notation_of_the_file() {
        assert_eq!(written_money(-5, b','), "-0,05");
        assert_eq!(written_money(129_000, b'.'), "1290.00");
        assert_eq!(written_date(date(2026, 3, 4), DateStyle::German), "04.03.2026");
        assert_eq!(written_date(date(2026, 3, 4), DateStyle::Iso), "2026-03-04");
    }
}
