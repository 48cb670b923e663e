//! The rejected rows of an import as a CSV file: mended in a spreadsheet, it can be handed in like any other.

use super::import::{self, Import};
use platform::{Error, Result, Store};
use std::io::Write;
use tables::csv_out::{Cell, CsvWriter, WriteOptions};

const ROWS_AT_ONCE: usize = 1_000;

/// Writes the rows that were rejected and not taken since: the file's columns, then row, column and reason.
pub fn write_rejected(store: &Store, import: &Import, out: impl Write) -> Result<()> {
    let mut csv = CsvWriter::new(out, WriteOptions::default());
    let headers = import.plan.columns.iter().map(|column| Cell::Text(&column.header));
    let told = ["rejected row", "rejected column", "rejected because"].map(Cell::Text);
    csv.write_row(headers.chain(told)).map_err(unwritten)?;
    let mut after = 0;
    loop {
        let number = import.import_no;
        let page = store.read(move |s| import::rejected(s, number, after, ROWS_AT_ONCE)).wait()?;
        let Some(last) = page.last() else { break };
        after = last.row;
        for row in page.iter().filter(|row| row.replayed_at.is_none()) {
            let number = row.row.to_string();
            let width = import.plan.columns.len();
            let cells = row.cells.iter().map(String::as_str).chain(std::iter::repeat("")).take(width);
            let told = [
                Cell::Number(&number),
                Cell::Text(row.column.as_deref().unwrap_or("")),
                Cell::Text(&row.reason),
            ];
            csv.write_row(cells.map(Cell::Text).chain(told)).map_err(unwritten)?;
        }
    }
    csv.finish().map_err(unwritten).map(drop)
}

fn unwritten(error: std::io::Error) -> Error {
    Error::file(std::path::Path::new("rejected rows"), error)
}
