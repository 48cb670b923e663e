//! Brings a database to this program's version: numbered steps, each once, each whole.
//!
//! The steps are the same SQL for both engines. A database of a newer program is refused, never touched.

use super::{postgres::Session, sqlite};
use crate::{Error, Micros, Result};
use std::path::Path;

const STEPS: &[&str] = &[
    include_str!("../../../../migrations/0001_platform.sql"),
    include_str!("../../../../migrations/0002_records.sql"),
    include_str!("../../../../migrations/0003_collect.sql"),
    include_str!("../../../../migrations/0004_process.sql"),
    include_str!("../../../../migrations/0005_analyze.sql"),
    include_str!("../../../../migrations/0006_interpret.sql"),
    include_str!("../../../../migrations/0007_plan.sql"),
    include_str!("../../../../migrations/0008_turn.sql"),
    include_str!("../../../../migrations/0009_act.sql"),
    include_str!("../../../../migrations/0010_campaigns.sql"),
    include_str!("../../../../migrations/0011_measure.sql"),
    include_str!("../../../../migrations/0012_models.sql"),
    include_str!("../../../../migrations/0013_texts.sql"),
    include_str!("../../../../migrations/0014_linkage.sql"),
    include_str!("../../../../migrations/0015_contracts.sql"),
    include_str!("../../../../migrations/0016_metric_values.sql"),
    include_str!("../../../../migrations/0017_kept_counts.sql"),
];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)";

pub fn latest_version() -> u32 {
    STEPS.len() as u32
}

pub(super) fn sqlite(path: &Path, now: Micros) -> Result<()> {
    let connection = sqlite::connect_for_migration(path)?;
    sqlite::batch(&connection, TABLE)?;
    let done = sqlite::migrations(&connection)?;
    for step in missing_steps(&done)? {
        let sql = format!("BEGIN IMMEDIATE; {}; {}; COMMIT", step.sql, step.record(now));
        if let Err(error) = sqlite::batch(&connection, &sql) {
            drop(sqlite::batch(&connection, "ROLLBACK"));
            return Err(error);
        }
    }
    Ok(())
}

pub(super) fn postgres(url: &str, now: Micros) -> Result<()> {
    let mut session = Session::connect(url)?;
    // One program at a time migrates; the others wait here and then find nothing to do.
    session.batch("SELECT pg_advisory_lock(7070)")?;
    session.batch(TABLE)?;
    let mut done = Vec::new();
    session.each("SELECT version, checksum FROM migrations ORDER BY version", &[], &mut |row| {
        done.push((row.get(0)?, row.get(1)?));
        Ok(())
    })?;
    for step in missing_steps(&done)? {
        session.batch(&format!("BEGIN; {}; {}; COMMIT", step.sql, step.record(now)))?;
    }
    session.batch("SELECT pg_advisory_unlock(7070)")
}

struct Step {
    version: u32,
    sql: &'static str,
}

impl Step {
    fn record(&self, now: Micros) -> String {
        let (version, checksum) = (self.version, checksum(self.sql));
        format!(
            "INSERT INTO migrations (version, checksum, applied_at) VALUES ({version}, '{checksum}', {now})"
        )
    }
}

/// Steps that the database does not have yet.
///
/// **Errors** when the database has steps that this program does not know, or a step was changed after it was applied.
fn missing_steps(done: &[(i64, String)]) -> Result<Vec<Step>> {
    let newest = done.last().map_or(0, |(version, _)| *version);
    if newest > i64::from(latest_version()) {
        return Err(Error::Newer { database: newest as u32, program: latest_version() });
    }
    for ((version, found), sql) in done.iter().zip(STEPS) {
        if *found != checksum(sql) {
            return Err(Error::database(format!(
                "migration {version} is not the one that this program knows"
            )));
        }
    }
    let numbered = STEPS.iter().enumerate().skip(done.len());
    Ok(numbered.map(|(i, sql)| Step { version: i as u32 + 1, sql }).collect())
}

fn checksum(sql: &str) -> String {
    use sha2::Digest;
    crate::random::hex(&sha2::Sha256::digest(sql.as_bytes()))
}
