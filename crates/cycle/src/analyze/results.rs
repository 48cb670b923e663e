//! The results of runs: kept as JSON, one row an analysis and run, read back typed.
//!
//! Visible are the results of the newest run whose analyses are complete, whatever became of the steps after them; a run
//! that fails or is stopped before leaves the earlier results in place.

use super::{cohorts, contracts, forecasts, lifetime_value, moves, rfm, texts};
use platform::store::{Snapshot, Tx};
use platform::{Micros, Result, params};
use serde::de::DeserializeOwned;

pub const RFM: &str = "rfm";
pub const COHORTS: &str = "cohorts";
pub const LIFETIME_VALUE: &str = "lifetime_value";
pub const FORECASTS: &str = "forecasts";
pub const MOVES: &str = "moves";
pub const TEXTS: &str = "texts";
pub const CONTRACTS: &str = "contracts";
/// What the analyses stand on: the day, the facts, what was left out.
pub const BASIS: &str = "basis";

/// A result with the run it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Latest<T> {
    pub run_id: String,
    pub computed_at: Micros,
    pub result: T,
}

/// What the analyses of a run stand on.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Basis {
    /// Nothing after the end of this day is known to the analyses.
    pub last_day: super::Day,
    pub why: crate::calendar::AsOfReason,
    /// `why` as a sentence.
    pub in_words: String,
    pub currency: String,
    /// The first and last day with an order.
    pub first_order: Option<super::Day>,
    pub newest_order: Option<super::Day>,
    pub n_customers: u64,
    /// Orders and returns.
    pub n_orders: u64,
    pub left_out: super::facts::LeftOut,
}

/// Keeps the results of a run; a repetition replaces them.
pub fn publish(tx: &mut Tx<'_>, run_id: &str, results: &[(&'static str, String)]) -> Result<()> {
    let now = tx.now();
    for (name, result) in results {
        tx.execute(
            "INSERT INTO analyses (run_id, name, result_json, computed_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (run_id, name) DO UPDATE SET result_json = excluded.result_json, computed_at = excluded.computed_at",
            &params![run_id, name, result, now],
        )?;
    }
    Ok(())
}

/// The newest result of an analysis; None before the first run.
pub fn latest<T: DeserializeOwned>(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Option<Latest<T>>> {
    let found = snapshot.first(
        "SELECT a.run_id, a.computed_at, a.result_json FROM turn_runs r JOIN analyses a ON a.run_id = r.id
         WHERE a.name = $1 ORDER BY r.started_at DESC, r.id DESC LIMIT 1",
        &params![name],
        |row| Ok((row.get(0)?, row.get(1)?, row.get::<String>(2)?)),
    )?;
    let Some((run_id, computed_at, json)) = found else { return Ok(None) };
    Ok(Some(Latest { run_id, computed_at, result: serde_json::from_str(&json)? }))
}

pub fn latest_basis(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<Basis>>> {
    latest(snapshot, BASIS)
}

pub fn latest_rfm(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<rfm::Report>>> {
    latest(snapshot, RFM)
}

/// None also where no month of the orders is over.
pub fn latest_cohorts(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<cohorts::Report>>> {
    Ok(latest::<Option<cohorts::Report>>(snapshot, COHORTS)?.and_then(|latest| {
        let Latest { run_id, computed_at, result } = latest;
        result.map(|result| Latest { run_id, computed_at, result })
    }))
}

pub fn latest_lifetime_value(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<lifetime_value::Report>>> {
    latest(snapshot, LIFETIME_VALUE)
}

pub fn latest_forecasts(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<forecasts::Report>>> {
    latest(snapshot, FORECASTS)
}

pub fn latest_moves(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<moves::Report>>> {
    latest(snapshot, MOVES)
}

pub fn latest_contracts(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<contracts::Report>>> {
    latest(snapshot, CONTRACTS)
}

pub fn latest_texts(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<texts::Report>>> {
    latest(snapshot, TEXTS)
}
