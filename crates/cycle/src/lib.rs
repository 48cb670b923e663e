//! The CRM cycle: plan → collect → process → analyze → interpret → act → measure.
//!
//! A stage may use the stages before it, never a later one; the loop closes through data. Records are in `records`,
//! mathematics in `statistics`, files in `tables`: this crate joins them.

pub mod act;
pub mod analyze;
pub mod calendar;
pub mod collect;
pub mod interpret;
pub mod jobs;
pub mod measure;
pub mod plan;
pub mod process;
pub mod turn;
pub mod undo;
pub mod words;
