//! The one error type of the lower crates: what went wrong, with the value that was wrong.
//!
//! It does not know HTTP; `web::error` maps it to a status, `rondel` to an exit code.

use std::path::PathBuf;

pub type Result<T> = std::result::Result<T, Error>;

/// One problem of input: the field it belongs to and a sentence for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: String,
    pub message: String,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Input that cannot be accepted; every problem stands at its field.
    #[error("{}", problems_in_words(.0))]
    Invalid(Vec<Problem>),
    #[error("there is no {kind} {id}")]
    Missing { kind: &'static str, id: String },
    /// A value that must be unique is taken, or the record changed in the meantime.
    #[error("{0}")]
    Conflict(String),
    #[error("you may not {0}")]
    Forbidden(String),
    #[error("the data directory {} is in use by process {holder}; stop it first, or use its pages", path.display())]
    InUse { path: PathBuf, holder: String },
    #[error(
        "the database is at version {database}, this program knows versions up to {program}; start the newer program, or restore a backup"
    )]
    Newer { database: u32, program: u32 },
    #[error("the disk is full; nothing of the last change was kept, free some space and try again")]
    DiskFull,
    #[error("too many changes are waiting; try again in a moment")]
    Busy,
    #[error("database: {message}{}", in_statement(.statement))]
    Database { message: String, statement: Option<String> },
    #[error("{}: {message}", path.display())]
    File { path: PathBuf, message: String },
    #[error("the store is closed")]
    Closed,
    #[error("a change stopped with an internal error and was taken back: {0}")]
    Panicked(String),
}

impl Error {
    /// One problem at one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { field: field.into(), message: message.into() }])
    }

    pub fn missing(kind: &'static str, id: impl Into<String>) -> Self {
        Self::Missing { kind, id: id.into() }
    }

    pub fn file(path: impl Into<PathBuf>, error: impl std::fmt::Display) -> Self {
        Self::File { path: path.into(), message: error.to_string() }
    }

    pub fn database(message: impl std::fmt::Display) -> Self {
        Self::Database { message: message.to_string(), statement: None }
    }

    /// Names the statement in an error of the database that does not name one yet.
    pub(crate) fn in_statement(self, sql: &str) -> Self {
        match self {
            Self::Database { message, statement: None } => {
                Self::Database { message, statement: Some(sql.to_string()) }
            }
            other => other,
        }
    }
}

fn problems_in_words(problems: &[Problem]) -> String {
    let words: Vec<String> = problems
        .iter()
        .map(|p| if p.field.is_empty() { p.message.clone() } else { format!("{}: {}", p.field, p.message) })
        .collect();
    words.join("; ")
}

fn in_statement(statement: &Option<String>) -> String {
    statement.as_ref().map(|s| format!(" (in: {})", s.trim())).unwrap_or_default()
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::database(format!("stored JSON cannot be read: {error}"))
    }
}
