//! The forecasts of scores in the ledger: how many of the scored it was expected to happen to, and to how many it did.

use super::{Foretold, Kind, note, settle};
use crate::analyze::Day;
use crate::analyze::models::{self, LEVEL, Model};
use platform::Result;
use platform::store::Tx;

/// Notes what the models expect, and settles what a later turn has counted.
pub(super) fn run(tx: &mut Tx<'_>) -> Result<()> {
    for newest in models::list(tx)? {
        let mut versions = models::versions(tx, &newest.name)?;
        versions.reverse();
        for version in &versions {
            of_version(tx, version)?;
        }
        backtest(tx, &newest)?;
    }
    Ok(())
}

fn of_version(tx: &mut Tx<'_>, version: &Model) -> Result<()> {
    let (Some(expected), Some(due_on)) = (version.expected, version.due_on) else { return Ok(()) };
    let foretold = Foretold {
        kind: Kind::Score,
        subject: subject(&version.name, version.data_until, due_on),
        made_by: format!("model:{}", version.name),
        made_at: version.data_until.next().start(),
        due_at: due_on.next().start(),
        expected,
        low: version.expected_low,
        high: version.expected_high,
        level: Some(LEVEL),
        unit: "people".to_string(),
    };
    note(tx, &foretold)?;
    match version.came {
        Some(came) => settle(tx, Kind::Score, &foretold.subject, came, None),
        None => Ok(()),
    }
}

/// The same model as it would have been a period ago; where it was there in truth, that line stays.
fn backtest(tx: &mut Tx<'_>, model: &Model) -> Result<()> {
    let Some(tried) = &model.report.backtest else { return Ok(()) };
    let (from, until) = (Day::parse(&tried.known_until)?, Day::parse(&tried.judged_until)?);
    let foretold = Foretold {
        kind: Kind::Score,
        subject: subject(&model.name, from, until),
        made_by: format!("model:{}", model.name),
        made_at: from.next().start(),
        due_at: until.next().start(),
        expected: tried.expected,
        low: None,
        high: None,
        level: None,
        unit: "people".to_string(),
    };
    note(tx, &foretold)?;
    settle(tx, Kind::Score, &foretold.subject, tried.came as f64, None)
}

/// One line for each day from which was foretold, however often the turn runs on the same data.
fn subject(name: &str, from: Day, until: Day) -> String {
    format!("{name}@{from}+{}d", until.0 - from.0)
}
