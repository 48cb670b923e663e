//! What the newest turn counted for pages, so that they need not count millions of orders again.
//!
//! It is kept only where counting takes longer than a page may; in smaller workspaces every page counts anew, to the same
//! figures. What was changed since the turn comes with the next one, so a page says when its figures were counted.

use platform::store::{Snapshot, Tx};
use platform::{Micros, Result, params};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

/// Orders from which on what a turn counted is kept: counting so many takes about a tenth of a second.
pub const FROM_ORDERS: usize = 200_000;

/// Metrics of everybody, month by month and quarter by quarter.
pub const METRICS: &str = "metrics";
/// Orders by day, and of the last two years.
pub const ORDERS: &str = "orders";
/// Orders as records by month, for the register of sources.
pub const ARRIVALS: &str = "arrivals";
/// How many people are in each segment to begin with.
pub const STARTERS: &str = "starters";

/// What a turn counted, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    pub counted: T,
    pub counted_at: Micros,
}

/// When something was counted, as the API says it.
pub(crate) fn in_words<S: Serializer>(at: &Option<Micros>, to: S) -> std::result::Result<S::Ok, S::Error> {
    at.map(platform::clock::in_words).serialize(to)
}

/// What is to be kept: names with what was counted, as JSON.
#[derive(Debug, Default)]
pub struct Counts(Vec<(&'static str, String)>);

impl Counts {
    pub fn add<T: Serialize>(&mut self, name: &'static str, counted: &T) -> Result<()> {
        self.0.push((name, serde_json::to_string(counted)?));
        Ok(())
    }

    /// How many there are.
    pub fn n(&self) -> usize {
        self.0.len()
    }
}

/// Keeps what a turn counted instead of what the one before did.
pub fn replace(tx: &mut Tx<'_>, counts: &Counts) -> Result<()> {
    let now = tx.now();
    tx.execute("DELETE FROM kept_counts", &[])?;
    for (name, json) in &counts.0 {
        tx.execute(
            "INSERT INTO kept_counts (name, counted_json, counted_at) VALUES ($1, $2, $3)",
            &params![name, json, now],
        )?;
    }
    Ok(())
}

/// What the newest turn kept under a name; None where pages count anew, as they do where another version kept it in another form.
pub fn read<T: DeserializeOwned>(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Option<Kept<T>>> {
    let found = snapshot.first(
        "SELECT counted_json, counted_at FROM kept_counts WHERE name = $1",
        &params![name],
        |row| Ok((row.get::<String>(0)?, row.get::<Micros>(1)?)),
    )?;
    let Some((json, counted_at)) = found else { return Ok(None) };
    Ok(serde_json::from_str(&json).ok().map(|counted| Kept { counted, counted_at }))
}
