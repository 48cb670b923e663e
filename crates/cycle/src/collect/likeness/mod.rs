//! Likeness: which records are probably one, by the method of `linkage`, learnt from the workspace's own records.
//!
//! Asked by the form in which a person is typed, by imports and by the search for duplicates. Nothing is decided here:
//! `process::dedupe` keeps what a person decides. The sheet is `docs/methods/duplicates.md`.

mod arrivals;
mod learnt;
mod reasons;
mod rows;
pub(crate) mod search;
mod similar;

pub use arrivals::{Alike, Arrivals};
pub use learnt::{Version, versions};
pub use linkage::{bits_of, probability};
pub use reasons::{BEFORE, ELSE, Reason};
pub use rows::Noun;
pub use similar::{Likeness, Similar, similar};

/// From this score on a pair is proposed: it is then at least as likely one record as two.
///
/// **Units.** Bits: log2 of the odds.
pub const THRESHOLD: f64 = 0.0;
