//! Plan: what is wanted. Turns, the dictionary of metrics, audiences, goals, strategy, personas, sources, budget, and what
//! must be settled before anything goes out.
//!
//! The first stage of the cycle: it reads records and tables, and calls no other stage. What later stages find out comes
//! back as data (the table of effects), so that a plan can be made from it.

pub mod audiences;
pub mod budget;
mod closed_set;
pub mod goals;
pub mod history;
pub mod kept;
pub mod known_effects;
pub mod lead_scoring;
pub mod metrics;
pub mod outlook;
pub mod periods;
pub mod personas;
pub mod preflight;
pub mod revenue_tree;
pub mod simulator;
pub mod sources;
pub mod strategy;
pub mod turns;

pub(crate) use closed_set::closed_set;
