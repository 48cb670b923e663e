//! Rows of separated text (CSV, TSV and their kin), read strictly and in bounded memory.
//!
//! Strict, because a lenient reader turns a forgotten quote into wrong cells without a word: a quote may only open a
//! cell, close it, or be doubled inside it. One kindness: a quote right after a digit in an unquoted cell is an inch or
//! arc-second mark (`7" record`). Line ends may be LF, CRLF or CR, mixed. After a fault, reading goes on at the next
//! physical line, so that a forgotten quote costs one row and not the rest of the file.

use std::io;

use crate::row::{Row, readable};
use crate::window::{Window, line_end};
use crate::{FileError, Limits};

/// Where a cell stands in its record, without its quotes.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
    has_doubled_quotes: bool,
}

/// What the scanner found at the start of some text.
enum Scan {
    /// The record does not end within the text.
    NeedMore,
    /// **Units**: `text` bytes of cells, then a line end; `whole` bytes together.
    Record {
        text: usize,
        whole: usize,
    },
    Fault {
        column: usize,
        scanned: usize,
        message: &'static str,
    },
}

const BARE_QUOTE: &str =
    "a quote (\") stands inside a cell that is not quoted; quote the whole cell and double the quotes in it";
const AFTER_QUOTE: &str =
    "text follows the closing quote (\") of a cell; quotes inside a quoted cell must be doubled";
const UNCLOSED: &str = "the quote (\") that opens this cell is never closed";
const NUL: &str = "a zero byte (NUL) is no text";
const TOO_MANY_COLUMNS: &str = "more columns than a table may have (max_columns)";

/// Splits text into records.
pub(crate) struct Scanner {
    stops: [bool; 256],
    separator: u8,
    max_columns: usize,
    spans: Vec<Span>,
}

impl Scanner {
    pub(crate) fn new(separator: u8, max_columns: usize) -> Scanner {
        let mut stops = [false; 256];
        for stop in [separator, b'"', b'\n', b'\r', 0] {
            stops[usize::from(stop)] = true;
        }
        Scanner { stops, separator, max_columns, spans: Vec::new() }
    }

    fn scan(&mut self, bytes: &[u8], ended: bool) -> Scan {
        self.spans.clear();
        let mut at = 0;
        loop {
            let column = self.spans.len();
            if column >= self.max_columns {
                return Scan::Fault { column, scanned: at, message: TOO_MANY_COLUMNS };
            }
            let cell = if bytes.get(at) == Some(&b'"') {
                self.quoted_cell(bytes, at, ended)
            } else {
                self.plain_cell(bytes, at)
            };
            at = match cell {
                Ok(end) => end,
                Err(Some((scanned, message))) => return Scan::Fault { column, scanned, message },
                Err(None) => return Scan::NeedMore,
            };
            match bytes.get(at) {
                Some(&byte) if byte == self.separator => at += 1,
                Some(b'\n') => return Scan::Record { text: at, whole: at + 1 },
                Some(_) => match bytes.get(at + 1) {
                    Some(b'\n') => return Scan::Record { text: at, whole: at + 2 },
                    None if !ended => return Scan::NeedMore,
                    _ => return Scan::Record { text: at, whole: at + 1 },
                },
                None if ended => return Scan::Record { text: at, whole: at },
                None => return Scan::NeedMore,
            }
        }
    }

    /// Returns where the cell ends: at a separator, a line end or the end of the text.
    #[inline]
    fn plain_cell(&mut self, bytes: &[u8], start: usize) -> Result<usize, Option<(usize, &'static str)>> {
        let mut at = start;
        loop {
            while at < bytes.len() && !self.stops[usize::from(bytes[at])] {
                at += 1;
            }
            match bytes.get(at) {
                Some(b'"') if bytes[at - 1].is_ascii_digit() && at > start => at += 1,
                Some(b'"') => return Err(Some((at, BARE_QUOTE))),
                Some(0) => return Err(Some((at, NUL))),
                _ => break,
            }
        }
        self.spans.push(Span { start: start as u32, end: at as u32, has_doubled_quotes: false });
        Ok(at)
    }

    fn quoted_cell(
        &mut self,
        bytes: &[u8],
        start: usize,
        ended: bool,
    ) -> Result<usize, Option<(usize, &'static str)>> {
        let mut at = start + 1;
        let mut has_doubled_quotes = false;
        loop {
            while at < bytes.len() && bytes[at] != b'"' && bytes[at] != 0 {
                at += 1;
            }
            match (bytes.get(at), bytes.get(at + 1)) {
                (None, _) => return Err(ended.then_some((at, UNCLOSED))),
                (Some(0), _) => return Err(Some((at, NUL))),
                (_, Some(b'"')) => {
                    has_doubled_quotes = true;
                    at += 2;
                }
                (_, None) if !ended => return Err(None),
                (_, Some(&next)) if next != self.separator && next != b'\n' && next != b'\r' => {
                    return Err(Some((at + 1, AFTER_QUOTE)));
                }
                _ => break,
            }
        }
        self.spans.push(Span { start: start as u32 + 1, end: at as u32, has_doubled_quotes });
        Ok(at + 1)
    }

    /// Reads the first records of a sample, without taking them; `None` stands for one that has a fault.
    pub(crate) fn sample(&mut self, mut bytes: &[u8], ended: bool, n_records: usize) -> Vec<Option<Row>> {
        let mut records = Vec::new();
        while !bytes.is_empty() && records.len() < n_records {
            match self.scan(bytes, ended) {
                Scan::NeedMore => break,
                Scan::Record { text, whole } => {
                    let mut row = Row::default();
                    row.clear(records.len() as u64 + 1, 0);
                    let readable = std::str::from_utf8(&bytes[..text]).is_ok();
                    if readable {
                        self.hand_over(&bytes[..text], &mut row);
                    }
                    records.push(readable.then_some(row));
                    bytes = &bytes[whole..];
                }
                Scan::Fault { .. } => match line_end(bytes, ended) {
                    Some((_, whole)) => {
                        records.push(None);
                        bytes = &bytes[whole..];
                    }
                    None => break,
                },
            }
        }
        records
    }

    /// Puts the record that was scanned last into `row`.
    fn hand_over(&self, text: &[u8], row: &mut Row) -> bool {
        let Ok(text) = std::str::from_utf8(text) else {
            return false;
        };
        row.set_text(text);
        for span in &self.spans {
            let range = span.start as usize..span.end as usize;
            if span.has_doubled_quotes {
                row.mark_unescaped(range);
            } else {
                row.mark(range);
            }
        }
        true
    }

    /// In which column a byte of the record that was scanned last stands.
    fn column_of(&self, at: usize) -> Option<usize> {
        self.spans.iter().position(|span| at <= span.end as usize)
    }
}

/// Reads rows from a window. Knows the header only by its width.
pub(crate) struct CsvReader {
    window: Window,
    scanner: Scanner,
    limits: Limits,
    /// Columns of the table; 0 while the header is not read yet.
    pub(crate) width: usize,
    number: u64,
    line: u64,
    n_bytes_reread: u64,
}

/// Why reading a row stopped altogether.
pub(crate) enum Stop {
    Io(io::Error),
    TooBroken { row: u64 },
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

impl Stop {
    pub(crate) fn of_file(self, file: &str) -> FileError {
        match self {
            Stop::Io(source) => FileError::Io { file: file.to_owned(), source },
            Stop::TooBroken { row } => FileError::TooBroken { file: file.to_owned(), row },
        }
    }
}

impl CsvReader {
    pub(crate) fn new(window: Window, separator: u8, limits: &Limits, lines_before: u64) -> CsvReader {
        let scanner = Scanner::new(separator, limits.max_columns);
        let limits = limits.clone();
        CsvReader { window, scanner, limits, width: 0, number: 0, line: lines_before, n_bytes_reread: 0 }
    }

    /// Where in the file the next row begins (exact for UTF-8 only).
    pub(crate) fn next_byte(&self) -> u64 {
        self.window.file_byte(0)
    }

    /// The number of the row that was read last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.window.bytes_read() - (self.window.pending().len() as u64).min(self.window.bytes_read())
    }

    /// Reads the next row that is not empty; an empty line counts as a row, and in a table of one column is one.
    pub(crate) fn next_row(&mut self, row: &mut Row) -> Result<bool, Stop> {
        loop {
            if self.window.pending().is_empty() {
                if self.window.ended() {
                    return Ok(false);
                }
                self.window.fill()?;
                continue;
            }
            match self.scanner.scan(self.window.pending(), self.window.ended()) {
                Scan::NeedMore if self.window.pending().len() > self.limits.max_row_bytes => {
                    self.begin(row);
                    self.give_up_on_length(row)?;
                    return Ok(true);
                }
                Scan::NeedMore => self.window.fill()?,
                Scan::Record { text, whole } => {
                    self.begin(row);
                    self.take_record(row, text, whole);
                    if row.problem.is_some() || self.width <= 1 || row.cells().any(|cell| !cell.is_empty()) {
                        return Ok(true);
                    }
                }
                Scan::Fault { column, scanned, message } => {
                    self.begin(row);
                    self.take_faulty_line(row, column, scanned, message)?;
                    return Ok(true);
                }
            }
        }
    }

    fn begin(&mut self, row: &mut Row) {
        self.number += 1;
        row.clear(self.number, self.line + 1);
    }

    fn take_record(&mut self, row: &mut Row, text: usize, whole: usize) {
        let record = &self.window.pending()[..text];
        self.line += count_lines(record) + 1;
        if let Some(problem) = self.not_text(text) {
            row.set_problem(problem.0, problem.1, readable(record));
        } else if text > self.limits.max_row_bytes {
            let message =
                format!("the row has {text} bytes, more than {} (max_row_bytes)", self.limits.max_row_bytes);
            let kept = &record[..self.limits.max_raw_bytes_of_long_row.min(text)];
            row.set_problem(None, message, readable(kept));
        } else {
            self.scanner.hand_over(record, row);
            self.check_shape(row, text);
        }
        self.window.take(whole);
    }

    /// Says where the record holds bytes that are no text, if it does.
    fn not_text(&self, text: usize) -> Option<(Option<usize>, String)> {
        if let Some(place) = self.window.malformed_within(text) {
            let column = self.scanner.column_of(self.window.within_pending(place));
            return Some((
                column,
                format!("byte {} of the file is no text in this encoding", place.file_byte + 1),
            ));
        }
        let record = &self.window.pending()[..text];
        let at = std::str::from_utf8(record).err()?.valid_up_to();
        let byte = self.window.file_byte(at) + 1;
        let message =
            format!("byte {byte} of the file (0x{:02X}) is not UTF-8; is the file Windows-1252?", record[at]);
        Some((self.scanner.column_of(at), message))
    }

    /// Compares the row with the header and with the limits.
    fn check_shape(&self, row: &mut Row, text: usize) {
        let raw = |reader: &CsvReader| readable(&reader.window.pending()[..text]);
        let max = self.limits.max_field_bytes;
        let too_long = (0..row.len()).find(|column| text > max && row.get(*column).len() > max);
        if let Some(column) = too_long {
            let message =
                format!("the cell has {} bytes, more than {max} (max_field_bytes)", row.get(column).len());
            row.set_problem(Some(column), message, raw(self));
            return;
        }
        if self.width == 0 || row.len() == self.width {
            return;
        }
        if text == 0 {
            row.pad(self.width);
        } else if row.len() > self.width && (self.width..row.len()).all(|column| row.get(column).is_empty()) {
            row.truncate(self.width);
        } else {
            let message = format!("the row has {}, the header {}", cells(row.len()), cells(self.width));
            row.set_problem(Some(row.len().min(self.width)), message, raw(self));
        }
    }

    fn take_faulty_line(
        &mut self,
        row: &mut Row,
        column: usize,
        scanned: usize,
        message: &'static str,
    ) -> Result<(), Stop> {
        let (text, whole) = loop {
            if let Some(end) = line_end(self.window.pending(), self.window.ended()) {
                break end;
            }
            if self.window.pending().len() > self.limits.max_row_bytes {
                return self.give_up_on_length(row);
            }
            self.window.fill()?;
        };
        row.set_problem(Some(column), message.to_owned(), readable(&self.window.pending()[..text]));
        self.count_reread(scanned.saturating_sub(whole))?;
        self.window.take(whole);
        self.line += 1;
        Ok(())
    }

    /// A record that does not end within the limit: either its quote is not closed, or its line is that long.
    fn give_up_on_length(&mut self, row: &mut Row) -> Result<(), Stop> {
        let pending = self.window.pending();
        if let Some((text, whole)) = line_end(pending, false) {
            let message = format!(
                "the quote (\") that opens this cell is not closed within {} bytes (max_row_bytes)",
                self.limits.max_row_bytes
            );
            let scanned = pending.len();
            let column = self.scanner.spans.iter().filter(|span| (span.end as usize) < text).count();
            row.set_problem(Some(column), message, readable(&pending[..text]));
            self.count_reread(scanned - whole)?;
            self.window.take(whole);
        } else {
            self.skip_long_line(row)?;
        }
        self.line += 1;
        Ok(())
    }

    fn skip_long_line(&mut self, row: &mut Row) -> Result<(), Stop> {
        let kept = self.limits.max_raw_bytes_of_long_row.min(self.window.pending().len());
        let raw = readable(&self.window.pending()[..kept]);
        let skipped = self.window.skip_line()?;
        row.set_problem(None, too_long(skipped, &self.limits), raw);
        Ok(())
    }

    fn count_reread(&mut self, n_bytes: usize) -> Result<(), Stop> {
        self.n_bytes_reread += n_bytes as u64;
        if self.n_bytes_reread > self.limits.max_reread_bytes + self.window.bytes_read() {
            return Err(Stop::TooBroken { row: self.number });
        }
        Ok(())
    }
}

/// The message for a line that was skipped because of its length.
pub(crate) fn too_long(skipped: u64, limits: &Limits) -> String {
    let max = limits.max_row_bytes;
    format!("the line has {skipped} bytes, more than {max} (max_row_bytes); it was skipped to its end")
}

fn cells(n: usize) -> String {
    if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") }
}

/// Line ends within a record: those in its quoted cells.
fn count_lines(record: &[u8]) -> u64 {
    let mut n = 0;
    let mut before = 0;
    for &byte in record {
        n += u64::from(byte == b'\r' || (byte == b'\n' && before != b'\r'));
        before = byte;
    }
    n
}
