//! Measure: what was done is checked against what was planned.
//!
//! Effects come from holding out; everything else here (verdicts, returns, credit, scorecards, what to stop) is arithmetic
//! on effects, costs and goals, and says "can't tell" where they do not answer.

pub mod attribution;
pub mod calibration;
pub mod economics;
pub mod effects;
mod foretold;
pub mod returns;
pub mod scorecards;
pub mod spending;
pub mod verdicts;

use platform::{Result, Store};

/// What is measured every day: what was spent, the experiments, the goals that are due, and the ledger of what was foretold.
pub fn daily(store: &Store) -> Result<()> {
    spending::run(store)?;
    effects::run(store)?;
    verdicts::run(store)?;
    calibration::run(store)
}
