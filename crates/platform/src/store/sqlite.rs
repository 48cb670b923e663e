//! The embedded engine: one writer thread that commits in groups, several reader threads, write-ahead log.
//!
//! Changes that wait at the same moment share one commit and one flush of the disk; each behind the first runs in its own
//! savepoint, so that one that fails takes back only itself, and each is answered only after the commit is durable.

use super::tx::{Connection as AnyConnection, Snapshot};
use super::value::{Cell, Param, Row};
use crate::{Error, Result, limits};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

type Answer = Box<dyn FnOnce(Result<()>) + Send>;
/// A change: runs inside its savepoint, or hears why it cannot; says whether to keep it, and how to answer once the fate
/// of the commit is known.
pub(super) type Change = Box<dyn FnOnce(Result<&Connection>) -> (bool, Answer) + Send>;
type Reading = Box<dyn FnOnce(Result<&Connection>) + Send>;

pub(super) struct Engine {
    path: PathBuf,
    writer: mpsc::Sender<Change>,
    waiting: Arc<AtomicUsize>,
    readers: mpsc::Sender<Reading>,
}

impl Engine {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let connection = connect(path, Access::Write)?;
        let (writer, changes) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let left = waiting.clone();
        spawn("store-writer", move || write_in_groups(&connection, &changes, &left));
        let (readers, readings) = mpsc::channel();
        let readings = Arc::new(Mutex::new(readings));
        for number in 0..limits::READERS {
            let connection = connect(path, Access::Read)?;
            let readings = readings.clone();
            spawn(&format!("store-reader-{number}"), move || answer_readings(&connection, &readings));
        }
        Ok(Self { path: path.to_path_buf(), writer, waiting, readers })
    }

    pub(super) fn change(&self, change: Change) -> Result<()> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= limits::WRITES_WAITING {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Error::Busy);
        }
        self.writer.send(change).map_err(|_| Error::Closed)
    }

    pub(super) fn reading(&self, reading: Reading) -> Result<()> {
        self.readers.send(reading).map_err(|_| Error::Closed)
    }

    /// A reading on a thread and connection of its own, for what takes long, so that no page waits behind it.
    pub(super) fn long_reading(&self, reading: Reading) {
        let path = self.path.clone();
        spawn("store-scan", move || match connect(&path, Access::Scan) {
            Ok(connection) => reading(Ok(&connection)),
            Err(error) => reading(Err(error)),
        });
    }

    /// A consistent copy of the whole database, while work goes on.
    pub(super) fn backup(&self, to: &Path) -> Result<()> {
        copy(&self.path, to)
    }
}

/// A consistent copy of the whole database, while this or another process changes it. It is made in one step, which
/// holds up no writer, because one of many steps would begin again with every change.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    let from = connect(from, Access::Read)?;
    let mut copy = Connection::open(to).map_err(|e| at(to, e))?;
    let backup = rusqlite::backup::Backup::new(&from, &mut copy).map_err(error)?;
    backup.run_to_completion(i32::MAX, std::time::Duration::ZERO, None).map_err(error)?;
    drop(backup);
    copy.execute_batch("PRAGMA journal_mode = delete").map_err(|e| at(to, e))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().name(name.to_string()).spawn(work).expect("the system can start a thread");
}

fn write_in_groups(connection: &Connection, changes: &mpsc::Receiver<Change>, waiting: &AtomicUsize) {
    while let Ok(first) = changes.recv() {
        let mut next = Some(first);
        let mut answers = Vec::new();
        let mut fate = connection.execute_batch("BEGIN IMMEDIATE").map_err(error);
        while let Some(change) = next.take() {
            waiting.fetch_sub(1, Ordering::SeqCst);
            answers.push(match &fate {
                Ok(()) if answers.is_empty() => run_alone(connection, change),
                Ok(()) => run_in_savepoint(connection, change),
                Err(problem) => refused(change, problem.clone()),
            });
            // A full disk or a broken page makes SQLite end the whole transaction by itself.
            if fate.is_ok() && connection.is_autocommit() {
                fate = Err(Error::DiskFull);
            }
            if answers.len() < limits::WRITES_PER_COMMIT && fate.is_ok() {
                next = changes.try_recv().ok();
            }
        }
        if fate.is_ok() {
            fate = connection.execute_batch("COMMIT").map_err(error);
        }
        if fate.is_err() && !connection.is_autocommit() {
            let undone = connection.execute_batch("ROLLBACK");
            tracing::error!(?fate, ?undone, "a group of changes was taken back");
        }
        for answer in answers {
            answer(fate.clone());
        }
    }
}

/// The first change of a group needs no savepoint: taking back the transaction takes back only this change. A large change
/// is spared the copies of pages that SQLite keeps for a savepoint.
fn run_alone(connection: &Connection, change: Change) -> Answer {
    let (keep, answer) = change(Ok(connection));
    if keep {
        return answer;
    }
    match connection.execute_batch("ROLLBACK; BEGIN IMMEDIATE").map_err(error) {
        Ok(()) => answer,
        Err(problem) => Box::new(move |fate| answer(fate.and(Err(problem)))),
    }
}

fn run_in_savepoint(connection: &Connection, change: Change) -> Answer {
    if let Err(problem) = cached(connection, "SAVEPOINT change") {
        return refused(change, problem);
    }
    let (keep, answer) = change(Ok(connection));
    let end = if keep { "RELEASE change" } else { "ROLLBACK TO change" };
    match cached(connection, end) {
        Ok(()) => answer,
        // The transaction is gone or the savepoint cannot be closed: the caller hears why.
        Err(problem) => Box::new(move |fate| answer(fate.and(Err(problem)))),
    }
}

/// A change that cannot be run: its caller hears why.
fn refused(change: Change, problem: Error) -> Answer {
    change(Err(problem)).1
}

fn cached(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.raw_execute()).map(drop).map_err(error)
}

fn answer_readings(connection: &Connection, readings: &Mutex<mpsc::Receiver<Reading>>) {
    loop {
        let reading = readings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
        match reading {
            Ok(reading) => reading(Ok(connection)),
            Err(mpsc::RecvError) => return,
        }
    }
}

pub(super) fn connect_for_migration(path: &Path) -> Result<Connection> {
    connect(path, Access::Write)
}

pub(super) fn connect_for_reading(path: &Path) -> Result<Connection> {
    connect(path, Access::Read)
}

/// Version and checksum of the migrations that were applied, in order.
pub(super) fn migrations(connection: &Connection) -> Result<Vec<(i64, String)>> {
    let mut done = Vec::new();
    each(connection, "SELECT version, checksum FROM migrations ORDER BY version", &[], &mut |row| {
        done.push((row.get(0)?, row.get(1)?));
        Ok(())
    })?;
    Ok(done)
}

#[derive(Clone, Copy, PartialEq)]
enum Access {
    Write,
    Read,
    Scan,
}

fn connect(path: &Path, access: Access) -> Result<Connection> {
    let mode = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Read | Access::Scan => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let connection =
        Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|e| at(path, e))?;
    let settings = match access {
        Access::Write => {
            "PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA foreign_keys = on;
             PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 134217728"
        }
        Access::Read => "PRAGMA query_only = on; PRAGMA cache_size = -8192; PRAGMA mmap_size = 8589934592",
        // A scan reads each page once: mapping the file would count the whole of it as memory of the program.
        Access::Scan => "PRAGMA query_only = on; PRAGMA cache_size = -65536; PRAGMA mmap_size = 0",
    };
    connection
        .execute_batch(settings)
        .and_then(|()| connection.execute_batch("PRAGMA temp_store = memory; PRAGMA busy_timeout = 10000"))
        .map_err(|e| at(path, e))?;
    connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_KEPT);
    Ok(connection)
}

fn at(path: &Path, problem: rusqlite::Error) -> Error {
    match error(problem) {
        Error::Database { message, .. } => Error::file(path, message),
        other => other,
    }
}

/// Runs `read` in one read transaction: all its statements see the same instant.
pub(super) fn snapshot<T>(
    connection: &Connection,
    now: crate::Micros,
    read: impl FnOnce(&mut Snapshot<'_>) -> Result<T>,
) -> Result<T> {
    cached(connection, "BEGIN DEFERRED")?;
    let answer = super::catch(|| read(&mut Snapshot { connection: AnyConnection::Sqlite(connection), now }));
    cached(connection, "COMMIT")?;
    answer
}

pub(super) fn each(
    connection: &Connection,
    sql: &str,
    params: &[Param<'_>],
    visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(error)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(error)? {
        visit(&Row::Sqlite(row))?;
    }
    Ok(())
}

pub(super) fn execute(connection: &Connection, sql: &str, params: &[Param<'_>]) -> Result<u64> {
    let mut statement = connection.prepare_cached(sql).map_err(error)?;
    bind(&mut statement, params)?;
    let mut rows = statement.raw_query();
    while rows.next().map_err(error)?.is_some() {}
    drop(rows);
    Ok(connection.changes())
}

pub(super) fn batch(connection: &Connection, sql: &str) -> Result<()> {
    connection.execute_batch(sql).map_err(error)
}

/// SQLite takes `$2` for a name, not for a number: each name is bound to the parameter whose number it is.
fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Param<'_>]) -> Result<()> {
    for index in 1..=statement.parameter_count() {
        let number = statement.parameter_name(index).and_then(|name| name[1..].parse::<usize>().ok());
        let param = number.and_then(|number| params.get(number - 1)).ok_or_else(|| {
            Error::database(format!(
                "parameter {index} of the statement has no value ({} given)",
                params.len()
            ))
        })?;
        statement.raw_bind_parameter(index, Bound(param)).map_err(error)?;
    }
    Ok(())
}

struct Bound<'a>(&'a Param<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Param::Null => ToSqlOutput::Owned(Value::Null),
            Param::Int(v) => ToSqlOutput::Owned(Value::Integer(*v)),
            Param::Real(v) => ToSqlOutput::Owned(Value::Real(*v)),
            Param::Text(v) => ToSqlOutput::Borrowed(ValueRef::Text(v.as_bytes())),
        })
    }
}

pub(super) fn cell<'r>(row: &'r rusqlite::Row<'r>, index: usize) -> Result<Cell<'r>> {
    Ok(match row.get_ref(index).map_err(error)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(v) => Cell::Int(v),
        ValueRef::Real(v) => Cell::Real(v),
        ValueRef::Text(v) => {
            Cell::Text(std::str::from_utf8(v).map_err(|e| Error::database(format!("column {index}: {e}")))?)
        }
        ValueRef::Blob(_) => return Err(Error::database(format!("column {index} holds bytes"))),
    })
}

pub(super) fn error(problem: rusqlite::Error) -> Error {
    match &problem {
        rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
            ErrorCode::DiskFull => Error::DiskFull,
            ErrorCode::ConstraintViolation => {
                Error::Conflict(message.clone().unwrap_or_else(|| problem.to_string()))
            }
            _ => Error::database(&problem),
        },
        _ => Error::database(&problem),
    }
}
