//! What texts say: their language, their tone, their topics, the class they belong to.
//!
//! Texts in, figures out. Deliberately absent: files, a database, a clock, chance that is not seeded, and models that would
//! have to be fetched from elsewhere.

pub mod classify;
pub mod detect;
mod pseudo_random;
pub mod sentiment;
pub mod topics;
