//! Looks at a database without changing it: version, damage, sort order, dead letters. For `rondel doctor` and backups.
//!
//! It brings nothing up to date, so it may look at the database of a newer program and of one that is running.

use super::migrate::latest_version;
use super::tx::{Connection, Snapshot};
use super::{Place, postgres, sqlite};
use crate::{Error, Result};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// Name and version of the engine.
    pub engine: String,
    /// Steps of the migrations that the database has, and that this program knows.
    pub version: u32,
    pub latest_version: u32,
    /// **Units:** bytes.
    pub size_bytes: u64,
    /// Damage and wrong settings, each a sentence; empty when all is well.
    pub problems: Vec<String>,
    pub n_users: i64,
    pub n_dead_jobs: i64,
}

/// Examines a database that exists.
///
/// **Errors** when it cannot be reached or is not a database.
pub fn examine(place: &Place) -> Result<Examination> {
    match place {
        Place::File(path) => {
            if !path.exists() {
                return Err(Error::file(path, "there is no database yet: `rondel serve` makes one"));
            }
            let connection = sqlite::connect_for_reading(path)?;
            let mut snapshot = Snapshot { connection: Connection::Sqlite(&connection), now: 0 };
            let mut problems = text_column(&mut snapshot, "PRAGMA quick_check(20)")?;
            problems.retain(|line| line != "ok");
            let engine = text_column(&mut snapshot, "SELECT 'SQLite ' || sqlite_version()")?;
            let size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
            report(&mut snapshot, engine, problems, size)
        }
        Place::Server(url) => {
            let mut session = postgres::Session::connect(url)?;
            let mut snapshot = Snapshot { connection: Connection::Postgres(&mut session), now: 0 };
            let mut problems = Vec::new();
            let collation =
                "SELECT CAST(datcollate AS TEXT) FROM pg_database WHERE datname = current_database()";
            for found in text_column(&mut snapshot, collation)? {
                if found != "C" && found != "POSIX" {
                    problems.push(format!(
                        "the database sorts text by {found}: lists may skip rows. Create it with \
                         CREATE DATABASE … TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'"
                    ));
                }
            }
            let engine =
                text_column(&mut snapshot, "SELECT 'PostgreSQL ' || current_setting('server_version')")?;
            report(&mut snapshot, engine, problems, "SELECT pg_database_size(current_database())")
        }
    }
}

fn report(
    snapshot: &mut Snapshot<'_>,
    engine: Vec<String>,
    problems: Vec<String>,
    size: &str,
) -> Result<Examination> {
    let mut number = |sql: &str| snapshot.one(sql, &[], |row| row.get::<i64>(0));
    Ok(Examination {
        engine: engine.into_iter().next().unwrap_or_default(),
        version: number("SELECT coalesce(max(version), 0) FROM migrations")? as u32,
        latest_version: latest_version(),
        size_bytes: number(size)? as u64,
        problems,
        n_users: number("SELECT count(*) FROM users WHERE disabled_at IS NULL")?,
        n_dead_jobs: number("SELECT count(*) FROM jobs WHERE state = 'dead'")?,
    })
}

fn text_column(snapshot: &mut Snapshot<'_>, sql: &str) -> Result<Vec<String>> {
    snapshot.query(sql, &[], |row| row.get(0))
}

/// Writes a consistent copy of an embedded database to `to`, while another process may be changing it.
pub fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    sqlite::copy(from, to)
}
