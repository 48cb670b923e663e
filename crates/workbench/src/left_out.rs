//! What of a file was not used, and why: shown with every answer, never silent.

use serde_json::{Value, json};
use tables::columns::{Columns, N_SHOWN, Unreadable};

use crate::Answer;
use crate::aligned::counted;

/// Rows and cells that an analysis could not use.
#[derive(Debug, Default, Clone)]
pub(crate) struct LeftOut {
    /// Rows that are not in the answer.
    pub(crate) n_rows: usize,
    rejected: Vec<Value>,
    warnings: Vec<String>,
}

impl LeftOut {
    /// Begins with the rows that could not be read at all.
    pub(crate) fn of(columns: &Columns) -> LeftOut {
        let mut left_out = LeftOut::default();
        let rejected = columns.rejected();
        left_out.n_rows = rejected.n;
        for (row, message) in &rejected.first {
            left_out.show(json!({ "row": row, "reason": message }));
        }
        left_out
    }

    /// A row that is left out because of one cell.
    pub(crate) fn row(&mut self, row_number: u64, column: &str, value: &str, reason: &str) {
        self.n_rows += 1;
        self.show(json!({ "row": row_number, "column": column, "value": value, "reason": reason }));
    }

    /// Cells of a column that say nothing in the type that was asked for.
    pub(crate) fn cells(&mut self, column: &str, unreadable: &Unreadable, reason: &str) {
        for (row, text) in &unreadable.first {
            self.show(json!({ "row": row, "column": column, "value": text, "reason": reason }));
        }
        if unreadable.n > 0 {
            self.warn(format!("{} cells of “{column}” are left out: {reason}", counted(unreadable.n as u64)));
        }
    }

    /// Says so where the cells of a column may be read in more than one way, or speak against each other.
    pub(crate) fn doubt(&mut self, column: &str, evidence: Option<&str>) {
        if let Some(evidence) = evidence.filter(|e| e.contains("more than one way") || e.contains("; but ")) {
            self.warn(format!("“{column}”: {evidence}"));
        }
    }

    fn show(&mut self, rejected: Value) {
        if self.rejected.len() < N_SHOWN {
            self.rejected.push(rejected);
        }
    }

    /// How many rows were left out and why the first, to end the sentence of a refusal; empty if none was.
    pub(crate) fn words(&self) -> String {
        let Some(first) = self.rejected.first().filter(|_| self.n_rows > 0) else { return String::new() };
        format!("; {} rows were left out, the first is {}", counted(self.n_rows as u64), in_words(first))
    }

    /// Something that the reader of the answer should know.
    pub(crate) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    /// What the reader should know, in one line, for a refusal that comes of it.
    pub(crate) fn warned(&self) -> String {
        self.warnings.join("; ")
    }

    /// Puts `rows_rejected`, `rejected` and `warnings` into the answer, and the words into the report.
    pub(crate) fn tell(self, answer: &mut Answer) {
        if self.n_rows > 0 {
            answer.line(format!("\nLeft out: {} rows", counted(self.n_rows as u64)));
            for shown in self.rejected.iter().take(5) {
                answer.line(format!("  {}", in_words(shown)));
            }
        }
        for warning in &self.warnings {
            answer.line(format!("Note: {warning}"));
        }
        answer.tell("rows_rejected", self.n_rows);
        answer.tell("rejected", self.rejected);
        answer.tell("warnings", self.warnings);
    }
}

/// A row that was left out: where it stands, what its cell says and why that cannot be used.
fn in_words(rejected: &Value) -> String {
    let of = |key: &str| rejected.get(key).and_then(Value::as_str).unwrap_or("");
    let row = rejected["row"].as_u64().unwrap_or(0);
    match of("column") {
        "" => format!("row {row}: {}", of("reason")),
        column => format!("row {row}, {column}: “{}” {}", of("value"), of("reason")),
    }
}
