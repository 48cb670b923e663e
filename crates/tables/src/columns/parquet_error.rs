//! What is wrong with a Parquet file, in the words of this crate.

use parquet::errors::ParquetError;

use crate::FileError;

pub(crate) fn damaged(file: &str, error: &ParquetError) -> FileError {
    FileError::Damaged { file: file.to_owned(), row: None, message: error.to_string() }
}

pub(crate) fn not_a_table(file: &str, looks_like: &str, advice: &str) -> FileError {
    FileError::NotATable {
        file: file.to_owned(),
        looks_like: looks_like.to_owned(),
        advice: advice.to_owned(),
    }
}
