//! Applying a chunk of rows inside one transaction: what each row said becomes records, and what became of each row is
//! told. The ledger is written by the caller, so that a dry run can tell without writing.

use super::rows::{Rejection, Said};
use super::{companies, orders, people, products};
use crate::collect::likeness::Likeness;
use platform::{Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    New,
    Changed,
    Same,
    /// The row contradicts a record or another row; it is kept to be decided.
    Conflict,
    /// The row cannot be used; it is kept to be mended.
    Error,
}

impl Outcome {
    pub const ALL: [Self; 5] = [Self::New, Self::Changed, Self::Same, Self::Conflict, Self::Error];

    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Same => "same",
            Self::Conflict => "conflict",
            Self::Error => "error",
        }
    }
}

/// A field of a record before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub field: String,
    pub before: String,
    pub after: String,
}

/// What became of one row, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowOutcome {
    pub row: u64,
    pub outcome: Outcome,
    pub record_id: Option<String>,
    /// The column that a conflict or error is about.
    pub column: Option<String>,
    /// The reason of a conflict or error; fields that were left out of a row that was taken.
    pub note: Option<String>,
    /// Whether the row found its record by likeness and no key; the note tells why.
    #[serde(default)]
    pub is_by_likeness: bool,
    pub differences: Vec<Difference>,
}

impl RowOutcome {
    pub(super) fn taken(row: u64, outcome: Outcome, record_id: &str) -> Self {
        Self {
            row,
            outcome,
            record_id: Some(record_id.to_string()),
            column: None,
            note: None,
            is_by_likeness: false,
            differences: vec![],
        }
    }

    pub(super) fn refused(row: u64, outcome: Outcome, column: Option<String>, note: String) -> Self {
        let note = Some(note);
        Self { row, outcome, record_id: None, column, note, is_by_likeness: false, differences: vec![] }
    }

    pub(super) fn with_notes(mut self, notes: &[String]) -> Self {
        if !notes.is_empty() {
            self.note = Some(notes.join("; "));
        }
        self
    }
}

/// One row as it was read: its number and what it says or why it is rejected.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadRow {
    pub number: u64,
    pub said: std::result::Result<Said, Rejection>,
}

/// Who imports: the number that order lines carry and the origin that events carry.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) import_no: i64,
    pub(super) keys: Vec<String>,
    /// From which probability on a row without a key is the person whom it is like.
    pub(super) alike: Option<(Likeness, f64)>,
}

/// Applies the rows in their order.
pub(super) fn apply(tx: &mut Tx<'_>, run: &Run, rows: &[ReadRow]) -> Result<Vec<RowOutcome>> {
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut lines = Vec::new();
    let defaults = records::people::defaults(tx)?;
    for row in rows {
        match &row.said {
            Err(rejection) => outcomes.push(RowOutcome::refused(
                row.number,
                Outcome::Error,
                rejection.column.clone(),
                rejection.reason.clone(),
            )),
            Ok(Said::Person(person)) => outcomes.push(people::apply(tx, run, defaults, row.number, person)?),
            Ok(Said::Company(company)) => {
                outcomes.push(companies::apply(tx, run, defaults, row.number, company)?)
            }
            Ok(Said::Product(product)) => outcomes.push(products::apply(tx, row.number, product)?),
            Ok(Said::Line(line)) => lines.push((row.number, line.as_ref())),
        }
    }
    if !lines.is_empty() {
        outcomes.extend(orders::apply(tx, run, defaults, &lines)?);
        outcomes.sort_by_key(|outcome| outcome.row);
    }
    Ok(outcomes)
}

/// The fields in which two records differ; times of writing and raw texts aside.
pub(super) fn differences<T: Serialize>(before: &T, after: &T) -> Result<Vec<Difference>> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let mut found = Vec::new();
    differ(&before, &after, &mut found);
    Ok(found)
}

/// Adds what differs between two objects; an object within them is looked into.
fn differ(before: &Value, after: &Value, found: &mut Vec<Difference>) {
    let Some(fields) = after.as_object() else { return };
    for (field, value) in fields {
        let old = before.get(field).unwrap_or(&Value::Null);
        if old == value || ["updated_at", "raw"].contains(&field.as_str()) {
            continue;
        }
        if value.is_object() {
            differ(old, value, found);
        } else {
            found.push(Difference {
                field: field.clone(),
                before: text(field, old),
                after: text(field, value),
            });
        }
    }
}

/// The value as people read it.
fn text(field: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(at) if field.ends_with("_since") || field.ends_with("_at") => {
            at.as_i64().map(platform::clock::in_words).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

/// Whether this import already wrote the record: the same key stands twice in the file.
pub(super) fn written_by_this_import(tx: &mut Tx<'_>, record_id: &str) -> Result<bool> {
    let Some(origin) = tx.by().origin.clone() else { return Ok(false) };
    let sql = "SELECT 1 FROM events WHERE subject_id = $1 AND record_id = $1 AND origin = $2 LIMIT 1";
    Ok(tx.first(sql, &platform::params![record_id, origin], |_| Ok(()))?.is_some())
}
