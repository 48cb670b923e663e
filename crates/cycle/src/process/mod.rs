//! Process: facts become clean. Quality figures, duplicates, merges.

pub mod dedupe;
pub mod quality;
pub mod recount;
