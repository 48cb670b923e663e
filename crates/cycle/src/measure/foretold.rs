//! Forecasts of metrics in the ledger: each coming month and week is noted as it was first foretold, and settled when it is over.

use super::calibration::{Foretold, Kind, note, settle};
use crate::analyze::forecasts::{MetricForecast, Report};
use crate::analyze::results;
use crate::plan::periods::Period;
use platform::Result;
use platform::store::Tx;

/// Notes the next period of every metric that is foretold, and settles those that are over by the newest run.
pub(super) fn run(tx: &mut Tx<'_>) -> Result<()> {
    let Some(latest) = results::latest_forecasts(tx)? else { return Ok(()) };
    for found in &latest.result.metrics {
        let open = open(tx, &made_by(&found.key))?;
        for past in &found.past {
            let subject = subject(found, past.period);
            if let Some(value) = past.value.filter(|_| open.contains(&subject)) {
                settle(tx, Kind::Metric, &subject, value, None)?;
            }
        }
        note_next(tx, &latest.result, found)?;
    }
    Ok(())
}

fn note_next(tx: &mut Tx<'_>, report: &Report, found: &MetricForecast) -> Result<()> {
    let Some(next) = found.ahead.first() else { return Ok(()) };
    let foretold = Foretold {
        kind: Kind::Metric,
        subject: subject(found, next.period),
        made_by: made_by(&found.key),
        // What it says was settled with the last day that it knows.
        made_at: report.last_day.next().start(),
        due_at: next.period.until(),
        expected: next.expected,
        low: Some(next.low),
        high: Some(next.high),
        level: Some(report.level),
        unit: found.key.clone(),
    };
    note(tx, &foretold)
}

/// One model for each metric, so that each is judged by itself.
fn made_by(key: &str) -> String {
    format!("model:forecast_{key}")
}

/// "revenue@1 month 2026-10": the definition belongs to it, since another version is another number.
fn subject(found: &MetricForecast, period: Period) -> String {
    format!("{}@{} {} {}", found.key, found.version, found.grain.word(), period.first)
}

/// Forecasts of one maker that wait for their period to be over.
const MOST_OPEN: i64 = 500;

fn open(tx: &mut Tx<'_>, made_by: &str) -> Result<Vec<String>> {
    tx.query(
        "SELECT subject FROM forecasts WHERE made_by = $1 AND kind = 'metric' AND settled_at IS NULL
         ORDER BY due_at, id LIMIT $2",
        &platform::params![made_by, MOST_OPEN],
        |row| row.get(0),
    )
}
