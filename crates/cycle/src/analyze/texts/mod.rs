//! What customers say: the tone of every note, and what the notes are about.
//!
//! The tone is read once for each note and kept with the version of the reader; a note in a language that is not read has
//! none. Topics are found anew at each run over the newest notes. Mathematics and words are in `language`: here stand which
//! texts are read, and whose money stands behind them.

mod subjects;
mod tones;

pub use subjects::{Group, Month, Report, Topic};
pub(crate) use tones::keep_topics;
pub use tones::{MODEL_VERSION, Tone, of_notes, of_record, of_topic, update};

pub(crate) use subjects::{analyze, spent};

/// The newest so many notes are grouped into topics.
pub const MOST_TEXTS: usize = 10_000;
/// Notes of the last so many months are grouped.
pub const MONTHS: i32 = 24;
/// The last so many months are compared with those before.
pub const LATELY: i32 = 3;
