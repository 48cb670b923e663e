//! CSV out: quoted right, safe to open in a spreadsheet, and read back by this crate without loss.
//!
//! A cell that starts with `=`, `+`, `-` or `@` is run as a formula by spreadsheets, which a stranger can abuse through
//! a form. Text cells of that kind get a leading apostrophe, which the reader of this crate takes off again; numbers
//! stay numbers. Does not write XLSX.

use std::io::{self, Write};

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    pub separator: u8,
    /// Puts an apostrophe before text that a spreadsheet would run.
    pub guard_formulas: bool,
    /// Starts with a byte order mark, by which old Excel versions know UTF-8.
    pub byte_order_mark: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        WriteOptions { separator: b',', guard_formulas: true, byte_order_mark: false }
    }
}

/// A cell and how it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    Text(&'a str),
    /// A number, a date or another text that the program itself made; never guarded.
    Number(&'a str),
}

/// Writes rows of cells, lines ended by CRLF as RFC 4180 says.
pub struct CsvWriter<W: Write> {
    out: W,
    options: WriteOptions,
    line: Vec<u8>,
    started: bool,
}

impl<W: Write> CsvWriter<W> {
    /// `out` should be buffered.
    pub fn new(out: W, options: WriteOptions) -> CsvWriter<W> {
        CsvWriter { out, options, line: Vec::new(), started: false }
    }

    /// Writes one row.
    ///
    /// **Errors**: those of the file; `InvalidInput` for a text with a zero byte, which no CSV file can hold.
    pub fn write_row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) -> io::Result<()> {
        self.line.clear();
        if !self.started && self.options.byte_order_mark {
            self.line.extend_from_slice("\u{FEFF}".as_bytes());
        }
        let start = self.line.len();
        let mut n_cells = 0;
        for cell in cells {
            if n_cells > 0 {
                self.line.push(self.options.separator);
            }
            n_cells += 1;
            self.put(cell)?;
        }
        if n_cells == 1 && self.line.len() == start {
            // An empty line would be no row.
            self.line.extend_from_slice(b"\"\"");
        }
        self.line.extend_from_slice(b"\r\n");
        self.started = true;
        self.out.write_all(&self.line)
    }

    fn put(&mut self, cell: Cell<'_>) -> io::Result<()> {
        let (text, guard) = match cell {
            Cell::Number(text) => (text, false),
            Cell::Text(text) => (text, self.options.guard_formulas && needs_guard(text)),
        };
        if text.contains('\0') {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a text with a zero byte cannot stand in CSV",
            ));
        }
        let quoted = needs_quotes(text, self.options.separator);
        if quoted {
            self.line.push(b'"');
        }
        if guard {
            self.line.push(b'\'');
        }
        for byte in text.bytes() {
            if byte == b'"' {
                self.line.push(b'"');
            }
            self.line.push(byte);
        }
        if quoted {
            self.line.push(b'"');
        }
        Ok(())
    }

    /// Hands back the file, flushed.
    ///
    /// **Errors**: those of the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Quotes whatever a reader could take for a separator, an edge or the start of something else than CSV.
fn needs_quotes(text: &str, separator: u8) -> bool {
    let special =
        |byte: u8| byte == separator || matches!(byte, b'"' | b'\r' | b'\n' | b',' | b';' | b'\t' | b'|');
    text.bytes().any(special)
        || text.starts_with([' ', '{', '[', '<', '%', '\u{FEFF}'])
        || text.ends_with(' ')
        || text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep="))
}

fn starts_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text that was guarded already gets one more apostrophe, so that taking one off always gives the text back.
fn needs_guard(text: &str) -> bool {
    starts_formula(text.trim_start_matches('\''))
}

/// Takes off the apostrophe that a guarded cell has; any other text is returned as it is.
pub fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if needs_guard(rest) => rest,
        _ => text,
    }
}
