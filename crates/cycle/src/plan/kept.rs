//! Months that the newest turn counted for everybody, so that a page need not count millions of orders again.
//!
//! They are kept only where counting takes longer than a page may; in smaller workspaces every page counts anew. What was
//! changed since the turn comes with the next one.

use super::dictionary::Metric;
use super::evaluate::Measured;
use super::tally;
use crate::calendar::Day;
use crate::plan::periods::Period;
use platform::store::{Param, Snapshot, Tx};
use platform::{Micros, Result};

/// Orders from which on the months of a turn are kept: counting so many takes about a tenth of a second.
pub const KEPT_FROM: usize = 200_000;

/// What a metric was in a period, as a turn counted it.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    pub key: String,
    pub version: i64,
    pub period: Period,
    pub numerator: f64,
    pub denominator: f64,
}

/// All that the newest turn kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    rows: Vec<Counted>,
    /// When it was counted; None where nothing is kept.
    pub counted_at: Option<Micros>,
}

/// Keeps what a turn counted instead of what the one before did.
pub fn keep(tx: &mut Tx<'_>, counted: &[Counted]) -> Result<()> {
    const COLUMNS: &[&str] =
        &["metric_key", "version", "first_on", "last_on", "numerator", "denominator", "counted_at"];
    tx.execute("DELETE FROM metric_values", &[])?;
    let now = tx.now();
    let mut rows = Vec::with_capacity(counted.len() * COLUMNS.len());
    for one in counted {
        rows.extend([
            Param::Text(one.key.clone().into()),
            Param::Int(one.version),
            Param::Text(one.period.first.to_string().into()),
            Param::Text(one.period.last.to_string().into()),
            Param::Real(one.numerator),
            Param::Real(one.denominator),
            Param::Int(now),
        ]);
    }
    tx.insert_rows("metric_values", COLUMNS, "", &rows).map(drop)
}

/// Reads what the newest turn kept.
pub fn kept(snapshot: &mut Snapshot<'_>) -> Result<Kept> {
    let mut counted_at = None;
    let rows = snapshot.query(
        "SELECT metric_key, version, first_on, last_on, numerator, denominator, counted_at FROM metric_values
         ORDER BY metric_key, version, last_on",
        &[],
        |row| {
            counted_at = Some(row.get(6)?);
            Ok(Counted {
                key: row.get(0)?,
                version: row.get(1)?,
                period: Period { first: Day::parse(row.text(2)?)?, last: Day::parse(row.text(3)?)? },
                numerator: row.get(4)?,
                denominator: row.get(5)?,
            })
        },
    )?;
    Ok(Kept { rows, counted_at })
}

impl Kept {
    /// What was kept of a metric, the oldest period first; nothing where it was defined anew since.
    pub fn of(&self, metric: &Metric) -> Vec<Measured> {
        let own = self.rows.iter().filter(|row| row.key == metric.key && row.version == metric.version);
        own.map(|row| Measured {
            period: row.period,
            numerator: row.numerator,
            denominator: row.denominator,
            value: tally::value(metric, (row.numerator, row.denominator)),
            error: None,
        })
        .collect()
    }
}
