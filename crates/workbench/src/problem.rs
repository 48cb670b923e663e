//! Why an analysis gives no answer, in words for the person who asked.

use tables::FileError;

/// Why an analysis gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    File(#[from] FileError),
    /// An option that does not fit the data or another option.
    #[error("--{option}: {message}")]
    Option { option: &'static str, message: String },
    /// The data do not carry the answer: too few, all equal, or not what the method speaks of.
    #[error("can't tell: {0}")]
    CannotTell(String),
    #[error("“{file}” cannot be written: {source}")]
    Write { file: String, source: std::io::Error },
}
