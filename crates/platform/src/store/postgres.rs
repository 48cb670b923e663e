//! The server engine: a few threads, each with a PostgreSQL connection of its own, that run readings and changes.
//!
//! Changes are serializable transactions; one that collides with another is run again a bounded number of times.

use super::Value;
use super::tx::{Connection as AnyConnection, Done, Snapshot, Tx};
use super::value::{Cell, Param, Row};
use crate::events::By;
use crate::ids::IdMaker;
use crate::{Error, Result, limits};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use postgres::{Client, NoTls, Statement};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock, mpsc};

type Work = Box<dyn FnOnce(Result<&mut Session>) + Send>;

pub(super) struct Engine {
    url: String,
    work: mpsc::Sender<Work>,
}

impl Engine {
    pub(super) fn open(url: &str) -> Result<Self> {
        let first = Session::connect(url)?;
        let (work, queue) = mpsc::channel::<Work>();
        let queue = Arc::new(Mutex::new(queue));
        let mut first = Some(first);
        for number in 0..limits::SERVER_CONNECTIONS {
            let (queue, url, session) = (queue.clone(), url.to_string(), first.take());
            std::thread::Builder::new()
                .name(format!("store-server-{number}"))
                .spawn(move || serve(&queue, &url, session))
                .expect("the system can start a thread");
        }
        Ok(Self { url: url.to_string(), work })
    }

    pub(super) fn work(&self, work: Work) -> Result<()> {
        self.work.send(work).map_err(|_| Error::Closed)
    }

    /// A reading on a connection of its own, for what takes long.
    pub(super) fn long_work(&self, work: Work) {
        let url = self.url.clone();
        std::thread::Builder::new()
            .name("store-scan".to_string())
            .spawn(move || match Session::connect(&url) {
                Ok(mut session) => work(Ok(&mut session)),
                Err(error) => work(Err(error)),
            })
            .expect("the system can start a thread");
    }
}

fn serve(queue: &Mutex<mpsc::Receiver<Work>>, url: &str, mut session: Option<Session>) {
    loop {
        let work = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).recv();
        let Ok(work) = work else { return };
        if session.as_ref().is_some_and(|session| session.client.is_closed()) {
            session = None;
        }
        let connected = match session.take() {
            Some(session) => Ok(session),
            None => Session::connect(url),
        };
        match connected {
            Ok(open) => work(Ok(session.insert(open))),
            Err(error) => work(Err(error)),
        }
    }
}

/// One connection with its prepared statements.
pub struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Session {
    pub(super) fn connect(url: &str) -> Result<Self> {
        let mut client = Client::connect(url, NoTls).map_err(error)?;
        client.batch_execute("SET TIME ZONE 'UTC'; SET client_min_messages = warning").map_err(error)?;
        Ok(Self { client, statements: HashMap::new() })
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        if self.statements.len() >= limits::STATEMENTS_KEPT {
            self.statements.clear();
        }
        let statement = self.client.prepare(sql).map_err(error)?;
        self.statements.insert(sql.to_string(), statement.clone());
        Ok(statement)
    }

    pub(super) fn batch(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(error)
    }

    pub(super) fn each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let statement = self.prepared(sql)?;
        let mut rows = self.client.query_raw(&statement, params.iter().map(Bound)).map_err(error)?;
        while let Some(row) = rows.next().map_err(error)? {
            visit(&Row::Postgres(&row))?;
        }
        Ok(())
    }

    pub(super) fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        let statement = self.prepared(sql)?;
        let bound: Vec<Bound<'_>> = params.iter().map(Bound).collect();
        let refs: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        self.client.execute(&statement, &refs).map_err(error)
    }

    pub(super) fn snapshot(
        &mut self,
        now: crate::Micros,
        read: impl FnOnce(&mut Snapshot<'_>) -> Result<Value>,
    ) -> Result<Value> {
        self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        let answer =
            super::catch(|| read(&mut Snapshot { connection: AnyConnection::Postgres(&mut *self), now }));
        self.batch(if answer.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        answer
    }

    /// Runs a change, again where it collides with another.
    pub(super) fn change(
        &mut self,
        now: crate::Micros,
        ids: &IdMaker,
        by: &By,
        change: &mut dyn FnMut(&mut Tx<'_>) -> Result<Value>,
    ) -> Result<(Value, Done)> {
        let mut attempt = 1;
        loop {
            match self.change_in_turn(attempt, now, ids, by, change) {
                Err(Error::Database { message, .. })
                    if message.starts_with(COLLISION) && attempt < limits::WRITE_ATTEMPTS =>
                {
                    attempt += 1;
                }
                Err(Error::Database { message, .. }) if message.starts_with(COLLISION) => {
                    return Err(Error::Busy);
                }
                other => return other,
            }
        }
    }

    /// First attempts run side by side. A change that has collided runs with no other change of this process beside it:
    /// many that want the same row would otherwise collide again and again, and none of them would be the fault.
    fn change_in_turn(
        &mut self,
        attempt: u32,
        now: crate::Micros,
        ids: &IdMaker,
        by: &By,
        change: &mut dyn FnMut(&mut Tx<'_>) -> Result<Value>,
    ) -> Result<(Value, Done)> {
        use std::sync::PoisonError;
        static TURN: RwLock<()> = RwLock::new(());
        if attempt == 1 {
            let _beside_others = TURN.read().unwrap_or_else(PoisonError::into_inner);
            return self.change_once(now, ids, by, change);
        }
        let _alone = TURN.write().unwrap_or_else(PoisonError::into_inner);
        self.change_once(now, ids, by, change)
    }

    fn change_once(
        &mut self,
        now: crate::Micros,
        ids: &IdMaker,
        by: &By,
        change: &mut dyn FnMut(&mut Tx<'_>) -> Result<Value>,
    ) -> Result<(Value, Done)> {
        self.batch("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
        let answer = super::catch(|| {
            let snapshot = Snapshot { connection: AnyConnection::Postgres(&mut *self), now };
            let mut tx = Tx { snapshot, ids, by: by.clone(), done: Done::default() };
            let value = change(&mut tx)?;
            Ok((value, tx.done))
        });
        match answer {
            Ok(answer) => self.batch("COMMIT").map(|()| answer),
            Err(error) => {
                self.batch("ROLLBACK")?;
                Err(error)
            }
        }
    }
}

#[derive(Debug)]
struct Bound<'a>(&'a Param<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self.0, ty) {
            (Param::Null, _) => Ok(IsNull::Yes),
            (Param::Int(v), &Type::FLOAT8) => (*v as f64).to_sql(ty, out),
            (Param::Int(v), &Type::INT4) => i32::try_from(*v)?.to_sql(ty, out),
            (Param::Int(v), &Type::BOOL) => (*v != 0).to_sql(ty, out),
            (Param::Int(v), &Type::INT8) => v.to_sql(ty, out),
            (Param::Real(v), &Type::FLOAT8) => v.to_sql(ty, out),
            (Param::Text(v), &Type::TEXT | &Type::VARCHAR | &Type::UNKNOWN) => v.as_ref().to_sql(ty, out),
            (param, ty) => Err(format!("{param:?} was given where {ty} is expected").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column as it came, whatever its type.
struct Raw<'r>(Type, Option<&'r [u8]>);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(
        ty: &Type,
        raw: &'r [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(ty.clone(), Some(raw)))
    }

    fn from_sql_null(ty: &Type) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(ty.clone(), None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

pub(super) fn cell<'r>(row: &'r postgres::Row, index: usize) -> Result<Cell<'r>> {
    let Raw(ty, raw) = row.try_get(index).map_err(error)?;
    let Some(raw) = raw else { return Ok(Cell::Null) };
    let wrong = |problem: &dyn std::fmt::Display| Error::database(format!("column {index}: {problem}"));
    Ok(match ty {
        Type::INT8 => Cell::Int(i64::from_sql(&ty, raw).map_err(|e| wrong(&e))?),
        Type::INT4 => Cell::Int(i32::from_sql(&ty, raw).map_err(|e| wrong(&e))?.into()),
        Type::BOOL => Cell::Int(bool::from_sql(&ty, raw).map_err(|e| wrong(&e))?.into()),
        Type::FLOAT8 => Cell::Real(f64::from_sql(&ty, raw).map_err(|e| wrong(&e))?),
        Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => {
            Cell::Text(<&str>::from_sql(&ty, raw).map_err(|e| wrong(&e))?)
        }
        Type::NUMERIC => numeric(raw).ok_or_else(|| wrong(&"a number out of range"))?,
        other => return Err(wrong(&format!("type {other} is not one that the store reads"))),
    })
}

/// PostgreSQL's NUMERIC, in which it answers sums and averages of BIGINT: groups of four decimal digits.
fn numeric(raw: &[u8]) -> Option<Cell<'static>> {
    let short = |at: usize| Some(i16::from_be_bytes(raw.get(at..at + 2)?.try_into().ok()?));
    let (n_groups, weight, sign) = (short(0)?, short(2)?, short(4)?);
    let negative = sign == 0x4000;
    let fractional = n_groups > weight + 1;
    let mut whole: i128 = 0;
    let mut real = 0.0;
    for group in 0..n_groups.max(weight + 1) {
        let digits = if group < n_groups { short(8 + 2 * group as usize)? } else { 0 };
        if group <= weight {
            whole = whole.checked_mul(10_000)?.checked_add(i128::from(digits))?;
        }
        real += f64::from(digits) * 10f64.powi(4 * i32::from(weight - group));
    }
    Some(match (fractional, negative) {
        (false, _) => Cell::Int(i64::try_from(if negative { -whole } else { whole }).ok()?),
        (true, _) => Cell::Real(if negative { -real } else { real }),
    })
}

/// How the message of a serialization failure or deadlock begins.
const COLLISION: &str = "two changes collided";

pub(super) fn error(problem: postgres::Error) -> Error {
    use postgres::error::SqlState;
    let Some(db) = problem.as_db_error() else {
        return Error::database(source_in_words(&problem));
    };
    let code = db.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        Error::database(format!("{COLLISION}: {}", db.message()))
    } else if *code == SqlState::UNIQUE_VIOLATION || *code == SqlState::CHECK_VIOLATION {
        Error::Conflict(db.message().to_string())
    } else if *code == SqlState::DISK_FULL {
        Error::DiskFull
    } else {
        Error::database(db.message())
    }
}

fn source_in_words(problem: &postgres::Error) -> String {
    match std::error::Error::source(problem) {
        Some(source) => format!("{problem}: {source}"),
        None => problem.to_string(),
    }
}
