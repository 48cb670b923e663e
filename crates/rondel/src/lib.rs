//! The program as a library: `main.rs` runs it, the integration tests hold it in their hands.
//!
//! It knows how the pieces are put together and how they are called from a terminal; what they do is in the other crates.

pub mod app;
pub mod commands;
pub mod config;
pub mod schedule;
pub mod year;

pub use commands::main;
