//! Rows that an analysis leaves out: how many, and the first of them with the cell and the reason.

use serde_json::{Value, json};
use tables::columns::{Columns, Unreadable};

use crate::Answer;

/// Rows that were left out.
#[derive(Debug, Default)]
pub(crate) struct Rejected {
    n: usize,
    first: Vec<Value>,
}

/// How many are shown.
const N_SHOWN: usize = 20;

impl Rejected {
    /// Begins with the rows of the file that could not be read at all.
    pub(crate) fn of(file: &Columns) -> Rejected {
        let mut rejected = Rejected::default();
        let Unreadable { n, first } = file.rejected();
        rejected.n = *n;
        rejected.first = first
            .iter()
            .map(|(row, why)| json!({"row": row, "column": null, "value": null, "reason": why}))
            .collect();
        rejected
    }

    /// Adds a row because of one cell.
    pub(crate) fn add(&mut self, row_number: u64, column: &str, value: &str, reason: &str) {
        self.n += 1;
        if self.first.len() < N_SHOWN {
            self.first.push(json!({"row": row_number, "column": column, "value": value, "reason": reason}));
        }
    }

    /// How many were left out and why the first, to end the sentence of a refusal; empty if none was.
    pub(crate) fn words(&self) -> String {
        let Some(first) = self.first.first() else { return String::new() };
        let text = |key: &str| first[key].as_str().unwrap_or_default();
        let (row, column, value, reason) = (&first["row"], text("column"), text("value"), text("reason"));
        format!(
            "; {} rows were left out, the first is row {row}, column “{column}”, “{value}”: {reason}",
            self.n
        )
    }

    /// Sets `rows_rejected` and `rejected`, and tells the report.
    pub(crate) fn tell(&self, answer: &mut Answer) {
        answer.tell("rows_rejected", self.n);
        answer.tell("rejected", &self.first);
        if self.n == 0 {
            return;
        }
        answer.line(format!("{} rows left out:", self.n));
        for row in self.first.iter().take(5) {
            let text = |key: &str| row[key].as_str().map_or(String::new(), |t| format!(" {t}"));
            answer.line(format!(
                "  row {}:{} “{}”: {}",
                row["row"],
                text("column"),
                text("value").trim(),
                text("reason").trim()
            ));
        }
    }
}
