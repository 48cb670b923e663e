//! Rows of JSON Lines: one object a line, its keys the columns.
//!
//! The columns come from the lines of a bounded sample. A key that first appears later has no column; its value is
//! kept in a note of its row. Does not read one big JSON array: that cannot be resumed or mended line by line.

use std::collections::HashMap;

use crate::Limits;
use crate::csv_in::{Stop, too_long};
use crate::json_object::flatten;
use crate::row::{Row, readable};
use crate::window::{Window, line_end};

pub(crate) struct JsonLinesReader {
    window: Window,
    limits: Limits,
    columns: HashMap<String, usize>,
    number: u64,
}

/// The keys of the lines in a sample, in the order of their first appearance.
pub(crate) fn keys(sample: &[u8], ended: bool, max_columns: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let mut seen = HashMap::new();
    let mut rest = sample;
    while !rest.is_empty() {
        let Some((text, whole)) = line_end(rest, ended) else { break };
        let pairs =
            std::str::from_utf8(&rest[..text]).map_err(drop).and_then(|text| flatten(text).map_err(drop));
        for (key, _) in pairs.unwrap_or_default() {
            if keys.len() < max_columns && seen.insert(key.clone(), ()).is_none() {
                keys.push(key);
            }
        }
        rest = &rest[whole..];
    }
    keys
}

impl JsonLinesReader {
    pub(crate) fn new(window: Window, limits: &Limits, headers: &[String]) -> JsonLinesReader {
        let columns = headers.iter().enumerate().map(|(column, key)| (key.clone(), column)).collect();
        JsonLinesReader { window, limits: limits.clone(), columns, number: 0 }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.window.bytes_read() - (self.window.pending().len() as u64).min(self.window.bytes_read())
    }

    /// Reads the next line that is not blank.
    pub(crate) fn next_row(&mut self, row: &mut Row) -> Result<bool, Stop> {
        loop {
            let (pending, ended) = (self.window.pending(), self.window.ended());
            if pending.is_empty() && ended {
                return Ok(false);
            }
            match if pending.is_empty() { None } else { line_end(pending, ended) } {
                None if pending.len() > self.limits.max_row_bytes => {
                    self.begin(row);
                    self.skip_long_line(row)?;
                    return Ok(true);
                }
                None => self.window.fill()?,
                Some((text, whole)) => {
                    let is_blank = pending[..text].trim_ascii().is_empty();
                    self.begin(row);
                    if !is_blank {
                        self.read_line(row, text);
                    }
                    self.window.take(whole);
                    if !is_blank {
                        return Ok(true);
                    }
                }
            }
        }
    }

    fn begin(&mut self, row: &mut Row) {
        self.number += 1;
        row.clear(self.number, self.number);
    }

    fn read_line(&self, row: &mut Row, text: usize) {
        let line = &self.window.pending()[..text];
        if text > self.limits.max_row_bytes {
            let message =
                format!("the line has {text} bytes, more than {} (max_row_bytes)", self.limits.max_row_bytes);
            row.set_problem(
                None,
                message,
                readable(&line[..self.limits.max_raw_bytes_of_long_row.min(text)]),
            );
            return;
        }
        let bad_byte = match (self.window.malformed_within(text), std::str::from_utf8(line)) {
            (Some(place), _) => place.file_byte,
            (None, Err(error)) => self.window.file_byte(error.valid_up_to()),
            (None, Ok(line)) => {
                match flatten(line) {
                    Ok(pairs) => self.place(row, pairs, line),
                    Err(message) => row.set_problem(None, message, readable(line.as_bytes())),
                }
                return;
            }
        };
        let message = format!("byte {} of the file is no text in this encoding", bad_byte + 1);
        row.set_problem(None, message, readable(line));
    }

    /// Puts each value into the column of its key.
    fn place(&self, row: &mut Row, pairs: Vec<(String, String)>, line: &str) {
        let mut cells: Vec<Option<String>> = vec![None; self.columns.len()];
        for (key, value) in pairs {
            match self.columns.get(&key).map(|column| (*column, &mut cells[*column])) {
                Some((column, Some(_))) => {
                    let message = format!("the key “{key}” stands twice in one object");
                    row.set_problem(Some(column), message, line.to_owned());
                    return;
                }
                Some((_, cell)) => *cell = Some(value),
                None => row.note(None, format!("the key “{key}” has no column; its value: {value}")),
            }
        }
        for cell in &cells {
            row.push(cell.as_deref().unwrap_or(""));
        }
    }

    fn skip_long_line(&mut self, row: &mut Row) -> Result<(), Stop> {
        let kept = self.limits.max_raw_bytes_of_long_row.min(self.window.pending().len());
        let raw = readable(&self.window.pending()[..kept]);
        let skipped = self.window.skip_line()?;
        row.set_problem(None, too_long(skipped, &self.limits), raw);
        Ok(())
    }
}
