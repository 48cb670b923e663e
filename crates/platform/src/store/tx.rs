//! What a verb holds in its hand: a snapshot to read, a transaction to change.

use super::value::{Param, Row};
use super::{postgres, sqlite};
use crate::clock::Micros;
use crate::events::By;
use crate::ids::IdMaker;
use crate::{Error, Result};

pub(super) enum Connection<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a mut postgres::Session),
}

/// A consistent view of the database at one instant.
pub struct Snapshot<'a> {
    pub(super) connection: Connection<'a>,
    pub(super) now: Micros,
}

impl Snapshot<'_> {
    /// The time of the request or transaction, in microseconds.
    pub fn now(&self) -> Micros {
        self.now
    }

    pub fn dialect(&self) -> super::Dialect {
        match self.connection {
            Connection::Sqlite(_) => super::Dialect::Sqlite,
            Connection::Postgres(_) => super::Dialect::Postgres,
        }
    }

    /// Calls `visit` for each row as it arrives; nothing is collected.
    pub fn each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        match &mut self.connection {
            Connection::Sqlite(connection) => sqlite::each(connection, sql, params, &mut visit),
            Connection::Postgres(session) => session.each(sql, params, &mut visit),
        }
        .map_err(|error| error.in_statement(sql))
    }

    pub fn query<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.each(sql, params, |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The first row, if there is one.
    pub fn first<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        self.each(sql, params, |row| {
            if found.is_none() {
                found = Some(read(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The only row of an aggregate.
    pub fn one<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.first(sql, params, read)?
            .ok_or_else(|| Error::database("no row where one was expected").in_statement(sql))
    }
}

/// A change in progress: it happens whole or not at all. Reads see what it has written.
pub struct Tx<'a> {
    pub(super) snapshot: Snapshot<'a>,
    pub(super) ids: &'a IdMaker,
    pub(super) by: By,
    pub(super) done: Done,
}

/// What the store has to do once the change is durable.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) wake: bool,
    pub(super) records_changed: bool,
}

impl<'a> std::ops::Deref for Tx<'a> {
    type Target = Snapshot<'a>;
    fn deref(&self) -> &Snapshot<'a> {
        &self.snapshot
    }
}

impl<'a> std::ops::DerefMut for Tx<'a> {
    fn deref_mut(&mut self) -> &mut Snapshot<'a> {
        &mut self.snapshot
    }
}

impl Tx<'_> {
    /// Who changes, as the log of events will say.
    pub fn by(&self) -> &By {
        &self.by
    }

    /// Lets the rest of the transaction belong to an import, merge or undo; returns what it belonged to before.
    pub fn set_origin(&mut self, origin: Option<String>) -> Option<String> {
        std::mem::replace(&mut self.by.origin, origin)
    }

    pub fn new_id(&self, prefix: &str) -> String {
        self.ids.next(prefix, self.snapshot.now)
    }

    /// Runs a statement; returns the number of rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        match &mut self.snapshot.connection {
            Connection::Sqlite(connection) => sqlite::execute(connection, sql, params),
            Connection::Postgres(session) => session.execute(sql, params),
        }
        .map_err(|error| error.in_statement(sql))
    }

    /// Inserts many rows of `columns` into `table`; `on_conflict` is empty or a whole `ON CONFLICT …` clause.
    ///
    /// **Shape.** `values` holds the rows one after another, `columns.len()` parameters each.
    pub fn insert_rows(
        &mut self,
        table: &str,
        columns: &[&str],
        on_conflict: &str,
        values: &[Param<'_>],
    ) -> Result<u64> {
        assert!(values.len().is_multiple_of(columns.len()), "rows of {table} have {} columns", columns.len());
        let rows_at_once = match &self.snapshot.connection {
            Connection::Sqlite(_) => 1,
            Connection::Postgres(_) => crate::limits::ROWS_PER_INSERT,
        };
        let mut n_rows = 0;
        let mut statement = (0, String::new());
        for chunk in values.chunks(rows_at_once * columns.len()) {
            let n = chunk.len() / columns.len();
            if statement.0 != n {
                statement = (n, insert_statement(table, columns, on_conflict, n));
            }
            n_rows += self.execute(&statement.1, chunk)?;
        }
        Ok(n_rows)
    }

    /// Tells the worker after the commit that there is a job to do.
    pub(crate) fn wake_worker(&mut self) {
        self.done.wake = true;
    }

    /// What was computed from the records before this change is out of date after it.
    pub fn records_changed(&mut self) {
        self.done.records_changed = true;
    }
}

fn insert_statement(table: &str, columns: &[&str], on_conflict: &str, n_rows: usize) -> String {
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    for row in 0..n_rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns.len() {
            let comma = if column == 1 { "" } else { ", " };
            sql.push_str(&format!("{comma}${}", row * columns.len() + column));
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(on_conflict);
    sql
}
