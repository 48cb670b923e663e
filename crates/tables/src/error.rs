//! The one error of this crate: why a whole file cannot be read, in words for the person who brought it.
//!
//! Problems of a single row are not errors but data: see [`crate::RowProblem`].

use std::io;

/// Why a file as a whole cannot be read, or cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("there is no file “{file}”")]
    Missing { file: String },
    #[error("“{file}” is a folder, not a file")]
    Folder { file: String },
    #[error("“{file}” cannot be read: {source}")]
    Io { file: String, source: io::Error },
    #[error("“{file}” is empty: it has no header row and no data")]
    Empty { file: String },
    /// The content is something else than a table, whatever the name says.
    #[error("“{file}” looks like {looks_like}; {advice}")]
    NotATable { file: String, looks_like: String, advice: String },
    #[error("“{name}” is not an encoding we know; examples: UTF-8, UTF-16LE, Windows-1252, ISO-8859-15")]
    UnknownEncoding { name: String },
    #[error("the separator must be a printable ASCII character or a tab, not a quote or a line end")]
    BadSeparator,
    #[error("“{file}” has no sheet named “{sheet}”; it has: {}", .sheets.join(", "))]
    NoSuchSheet { file: String, sheet: String, sheets: Vec<String> },
    /// A named limit of [`crate::Limits`] was passed.
    #[error("“{file}” is refused: {what} is {found}, the limit {limit} ({limit_name})")]
    TooLarge { file: String, what: String, found: u64, limit: u64, limit_name: &'static str },
    #[error("“{file}”, row {row}: the header row cannot be read: {message}")]
    BadHeader { file: String, row: u64, message: String },
    #[error("“{file}” lacks the column{} {}; it has: {}", if .missing.len() == 1 { "" } else { "s" }, quoted(.missing), quoted(.found))]
    MissingColumns { file: String, missing: Vec<String>, found: Vec<String> },
    /// Quotes are broken so often that the rows can no longer be told apart.
    #[error("“{file}”, row {row}: quotes are broken so often that the rows cannot be told apart any more")]
    TooBroken { file: String, row: u64 },
    /// The container (ZIP, XML) is damaged.
    #[error("“{file}” is damaged{}: {message}", .row.map(|row| format!(" after row {row}")).unwrap_or_default())]
    Damaged { file: String, row: Option<u64>, message: String },
    #[error("“{file}” has no row {row}: it ends before")]
    EndedBefore { file: String, row: u64 },
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", ")
}
