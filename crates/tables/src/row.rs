//! One row of cells, kept in one buffer that is reused from row to row.
//!
//! Does not know where the row came from, nor what its cells mean.

use std::ops::Range;

/// One row: its number, its cells, and what was wrong with it.
#[derive(Debug, Default, Clone)]
pub struct Row {
    /// **Units**: rows as a spreadsheet shows them, the first row of the file is 1 and empty rows count.
    pub number: u64,
    /// The first physical line of the row as a text editor shows it; equals `number` in a sheet.
    pub line: u64,
    /// Why the row cannot be used. Its cells are then empty and the text stands in `raw`.
    pub problem: Option<RowProblem>,
    /// What was noticed though the row can be used (a formula error taken as empty, an unknown key).
    pub notes: Vec<RowNote>,
    text: String,
    spans: Vec<(u32, u32)>,
}

/// Why one row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Index of the column, from 0, if the fault has a place.
    pub column: Option<usize>,
    /// The reason, in words for the user.
    pub message: String,
    /// The text of the row as it stood in the file; bytes that are no text are shown as `\xNN`.
    pub raw: String,
}

/// What was noticed in a row that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowNote {
    /// Index of the column, from 0, if the note has a place.
    pub column: Option<usize>,
    pub message: String,
}

impl Row {
    /// A row of given cells, as when a rejected row is corrected.
    pub fn from_cells(number: u64, cells: &[String]) -> Self {
        let mut row = Self { number, line: number, ..Self::default() };
        for cell in cells {
            row.push(cell);
        }
        row
    }

    /// The text of a cell; empty where the row has no such cell.
    pub fn get(&self, column: usize) -> &str {
        match self.spans.get(column) {
            Some(&(start, end)) => &self.text[start as usize..end as usize],
            None => "",
        }
    }

    /// How many cells the row has; as many as there are headers unless the row has a problem.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The cells from left to right.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &str> {
        self.spans.iter().map(|&(start, end)| &self.text[start as usize..end as usize])
    }

    pub(crate) fn clear(&mut self, number: u64, line: u64) {
        self.number = number;
        self.line = line;
        self.problem = None;
        self.notes.clear();
        self.text.clear();
        self.spans.clear();
    }

    pub(crate) fn push(&mut self, cell: &str) {
        let start = self.text.len() as u32;
        self.text.push_str(cell);
        self.spans.push((start, self.text.len() as u32));
    }

    /// Takes the whole text of a record at once; cells are then marked in it by `mark`.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn mark(&mut self, span: Range<usize>) {
        self.spans.push((span.start as u32, span.end as u32));
    }

    /// Appends a quoted cell that stands at `span` of the text, its doubled quotes made single.
    pub(crate) fn mark_unescaped(&mut self, span: Range<usize>) {
        let unescaped = self.text[span].replace("\"\"", "\"");
        self.push(&unescaped);
    }

    pub(crate) fn truncate(&mut self, columns: usize) {
        self.spans.truncate(columns);
    }

    /// Makes the row as wide as the table; missing cells are empty.
    pub(crate) fn pad(&mut self, columns: usize) {
        let end = self.text.len() as u32;
        self.spans.resize(columns.max(self.spans.len()), (end, end));
    }

    /// Takes one apostrophe off each cell that `csv_out` guarded against being run as a formula.
    pub(crate) fn strip_formula_guards(&mut self) {
        if !self.text.contains('\'') {
            return;
        }
        for span in &mut self.spans {
            let cell = &self.text[span.0 as usize..span.1 as usize];
            if crate::csv_out::unguard(cell).len() < cell.len() {
                span.0 += 1;
            }
        }
    }

    pub(crate) fn set_problem(&mut self, column: Option<usize>, message: String, raw: String) {
        self.text.clear();
        self.spans.clear();
        self.problem = Some(RowProblem { column, message, raw });
    }

    pub(crate) fn note(&mut self, column: Option<usize>, message: String) {
        self.notes.push(RowNote { column, message });
    }
}

/// Shows bytes as text, those that are none as `\xNN`, so that nothing is lost.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}
