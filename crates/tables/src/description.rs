//! What the user may say about a file, and how the file was understood, in words.
//!
//! Does not read anything.

use crate::Limits;

/// What the user may say about a file instead of leaving it to be guessed.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// The byte between two cells. `None`: guessed among comma, semicolon, tab and bar.
    pub separator: Option<u8>,
    /// The name of the encoding (`Windows-1252`, `ISO-8859-15`, `UTF-16LE` …). `None`: mark, then guess.
    pub encoding: Option<String>,
    /// The name of the sheet. `None`: the first visible one that has cells.
    pub sheet: Option<String>,
    pub header: HeaderRow,
    /// Cells keep the apostrophe that [`crate::csv_out`] puts before a formula; otherwise it is taken off.
    pub keep_formula_guards: bool,
    pub limits: Limits,
}

/// Where the names of the columns stand. JSON Lines has its names in every line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeaderRow {
    /// The first row that is no title and has no value in every cell; else none.
    #[default]
    Guess,
    /// The row of this number, from 1; the rows above it are skipped.
    At(u64),
    /// There is none: columns are called “column 1”, “column 2” …
    Absent,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    SeparatedText,
    Sheet,
    JsonLines,
}

/// How a file was understood, to be shown to the user before anything is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub kind: Kind,
    /// The name of the encoding; empty for a sheet.
    pub encoding: String,
    pub separator: Option<u8>,
    /// The sheet that is read.
    pub sheet: Option<String>,
    /// All sheets, hidden ones too.
    pub sheets: Vec<String>,
    /// False: the first row is data, or the format needs no header row.
    pub has_header: bool,
    /// The row of the header, from 1; 0 without one.
    pub header_row: u64,
    /// What was changed or skipped to get names for the columns.
    pub notes: Vec<String>,
    /// All of it in one sentence.
    pub words: String,
}

/// Says what happened above the first row of data.
pub(crate) fn note_start(notes: &mut Vec<String>, has_header: bool, n_skipped: u64, width: usize) {
    if !has_header {
        // Made-up names need no note each.
        notes.clear();
        notes.push(format!("the first row is data, so the {width} columns have no names of their own"));
    } else if n_skipped > 0 {
        notes.push(format!("{n_skipped} title rows above the header are skipped"));
    }
}

/// The whole description in one sentence.
pub(crate) fn in_words(description: &Description) -> String {
    let what = match (description.kind, description.separator) {
        (Kind::Sheet, _) => {
            let sheet = description.sheet.as_deref().unwrap_or_default();
            match description.sheets.len() {
                0 | 1 => format!("XLSX, sheet “{sheet}”"),
                n => format!("XLSX, sheet “{sheet}” of {n}"),
            }
        }
        (Kind::JsonLines, _) => format!("JSON Lines, {}, one object a line", description.encoding),
        (Kind::SeparatedText, Some(b'\t')) => format!("TSV, {}, separated by tabs", description.encoding),
        (Kind::SeparatedText, separator) => {
            let separator = match separator.unwrap_or(b',') {
                b',' => "commas".to_owned(),
                b';' => "semicolons".to_owned(),
                b'|' => "bars (|)".to_owned(),
                other => format!("“{}”", char::from(other)),
            };
            format!("CSV, {}, separated by {separator}", description.encoding)
        }
    };
    match (description.kind, description.has_header, description.header_row) {
        (Kind::JsonLines, _, _) => what,
        (_, true, row) => format!("{what}, names of the columns in row {row}"),
        (_, false, _) => format!("{what}, without a header row"),
    }
}
