//! The store: one way to read, one way to change, two engines.
//!
//! `store.read(…)` is a snapshot; `store.write(…)` the only way to change anything. Both take a plain synchronous
//! closure, run it where the engine wants it, and answer a [`Pending`] that a page awaits and a command waits for.
//! No ORM and no trait with one implementation: what differs between the engines is in `sqlite`, `postgres`, `dialect`.

mod check;
mod counters;
mod dialect;
mod directory;
mod migrate;
mod postgres;
mod sqlite;
mod tx;
mod value;

pub use check::{Examination, copy, examine};
pub use counters::Counters;
pub use dialect::Dialect;
pub use directory::{Directory, free_bytes};
pub use migrate::latest_version;
pub use tx::{Snapshot, Tx};
pub use value::{Cell, Column, IntoParam, Param, Row, places_from};

use crate::clock::Clock;
use crate::events::By;
use crate::ids::IdMaker;
use crate::{Error, Micros, Result};
use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::oneshot;

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file of the embedded engine.
    File(PathBuf),
    /// The address of a database server: `postgres://user@host/name`.
    Server(String),
}

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    clock: Clock,
    ids: IdMaker,
    version: AtomicU64,
    counting: counters::Counting,
    bell: Bell,
}

enum Engine {
    Sqlite(sqlite::Engine),
    Postgres(postgres::Engine),
}

impl Store {
    /// Opens the database, creates it where it is empty, and brings it to this program's version.
    ///
    /// **Errors** when it cannot be reached, is not a database, or belongs to a newer program.
    pub fn open(place: &Place, clock: Clock, ids: IdMaker) -> Result<Self> {
        let engine = match place {
            Place::File(path) => {
                migrate::sqlite(path, clock.now())?;
                Engine::Sqlite(sqlite::Engine::open(path)?)
            }
            Place::Server(url) => {
                migrate::postgres(url, clock.now())?;
                Engine::Postgres(postgres::Engine::open(url)?)
            }
        };
        let version = AtomicU64::new(1);
        let (counting, bell) = (counters::Counting::default(), Bell::default());
        Ok(Self(Arc::new(Inner { engine, clock, ids, version, counting, bell })))
    }

    pub fn now(&self) -> Micros {
        self.0.clock.now()
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Moves a held clock forward and wakes the worker for what became due.
    ///
    /// **Errors** when the clock is the system's, or `to` is in its past: what was recorded later would lie in the future.
    pub fn move_clock(&self, to: Micros) -> Result<()> {
        if !self.0.clock.is_held() {
            let words = "the clock of this program is the machine's; only a program started with --held-clock has one that can be moved";
            return Err(Error::Conflict(words.to_string()));
        }
        let now = self.now();
        if to < now {
            let (to, now) = (crate::clock::in_words(to), crate::clock::in_words(now));
            return Err(Error::invalid("at", format!("{to} is before {now}: a clock goes forward only")));
        }
        self.0.clock.advance(to - now);
        self.0.bell.ring();
        Ok(())
    }

    /// A number that grows with every change of a record in this process: what was computed at the same number is still true.
    pub fn data_version(&self) -> u64 {
        self.0.version.load(Ordering::SeqCst)
    }

    /// What was done since the store was opened.
    pub fn counters(&self) -> Counters {
        self.0.counting.now()
    }

    /// Comes back when the bell has rung more than `n_heard` times, so that a job may be waiting, or after `at_most`.
    pub(crate) fn wait_for_ring(&self, n_heard: u64, at_most: Duration) {
        self.0.bell.wait(n_heard, at_most);
    }

    /// How often the bell has rung.
    pub(crate) fn n_rings(&self) -> u64 {
        self.0.bell.n_rings()
    }

    /// Wakes the workers.
    pub(crate) fn ring(&self) {
        self.0.bell.ring();
    }

    /// Reads from one consistent snapshot.
    pub fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Snapshot<'_>) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        Pending::of(self.reading(Haste::Short, erased(read)))
    }

    /// Reads much, on a connection of its own, so that no page waits behind it: analyses, exports.
    pub fn scan<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Snapshot<'_>) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        Pending::of(self.reading(Haste::Long, erased(read)))
    }

    fn reading(&self, haste: Haste, read: Read) -> Receiver {
        let now = self.now();
        let (answer, receiver) = Answer::new();
        self.0.counting.read();
        match &self.0.engine {
            Engine::Sqlite(engine) => {
                let reading = Box::new(move |connection: Result<&rusqlite::Connection>| {
                    answer.give(connection.and_then(|connection| sqlite::snapshot(connection, now, read)));
                });
                match haste {
                    Haste::Short => unless(receiver, engine.reading(reading)),
                    Haste::Long => {
                        engine.long_reading(reading);
                        receiver
                    }
                }
            }
            Engine::Postgres(engine) => {
                let work = Box::new(move |session: Result<&mut postgres::Session>| {
                    answer.give(session.and_then(|session| session.snapshot(now, read)));
                });
                match haste {
                    Haste::Short => unless(receiver, engine.work(work)),
                    Haste::Long => {
                        engine.long_work(work);
                        receiver
                    }
                }
            }
        }
    }

    /// Changes the database, whole or not at all; answered when the change is durable.
    ///
    /// The closure may run more than once where changes collide, so it must not have effects outside the transaction.
    ///
    /// **Errors** with what the closure refused, [`Error::DiskFull`], [`Error::Busy`] when too much waits.
    pub fn write<T: Send + 'static>(
        &self,
        by: By,
        mut change: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        Pending::of(self.changing(by, Box::new(move |tx| change(tx).map(|value| Box::new(value) as Value))))
    }

    fn changing(&self, by: By, mut change: Change) -> Receiver {
        let (answer, receiver) = Answer::new();
        let inner = self.0.clone();
        match &self.0.engine {
            Engine::Sqlite(engine) => {
                let sent = engine.change(Box::new(move |connection| {
                    let result = catch(|| {
                        let connection = tx::Connection::Sqlite(connection?);
                        let snapshot = Snapshot { connection, now: inner.clock.now() };
                        let mut tx =
                            Tx { snapshot, ids: &inner.ids, by: by.clone(), done: tx::Done::default() };
                        let value = change(&mut tx)?;
                        Ok((value, tx.done))
                    });
                    let keep = result.is_ok();
                    let finish = move |fate: Result<()>| {
                        answer.give(inner.ended(match fate {
                            Ok(()) => result,
                            Err(lost) => result.and(Err(lost)),
                        }));
                    };
                    (keep, Box::new(finish))
                }));
                unless(receiver, sent)
            }
            Engine::Postgres(engine) => {
                let sent = engine.work(Box::new(move |session| {
                    let result =
                        session.and_then(|s| s.change(inner.clock.now(), &inner.ids, &by, &mut *change));
                    answer.give(inner.ended(result));
                }));
                unless(receiver, sent)
            }
        }
    }

    /// A store in which a change can be tried and taken back without anybody waiting for it: a copy of an embedded
    /// database in `folder`, the very store on a server, where a transaction that is taken back blocks nobody.
    pub fn rehearsal(&self, folder: &Path) -> Result<Rehearsal> {
        let Engine::Sqlite(engine) = &self.0.engine else {
            return Ok(Rehearsal { store: self.clone(), copy: None });
        };
        std::fs::create_dir_all(folder).map_err(|e| Error::file(folder, e))?;
        let copy = folder.join(format!("rehearsal-{}.db", crate::random::token()));
        let mut rehearsal = Rehearsal { store: self.clone(), copy: Some(copy.clone()) };
        engine.backup(&copy)?;
        let ids = IdMaker::random();
        rehearsal.store = Self::open(&Place::File(copy), self.0.clock.clone(), ids)?;
        Ok(rehearsal)
    }

    /// Writes a consistent copy of an embedded database to `to`, while work goes on.
    pub fn backup(&self, to: &Path) -> Result<()> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.backup(to),
            Engine::Postgres(_) => {
                Err(Error::invalid("backup", "a database server is backed up with its own tools: pg_dump"))
            }
        }
    }
}

impl Inner {
    /// What follows once a change is durable or was taken back.
    fn ended(&self, result: Result<(Value, tx::Done)>) -> Result<Value> {
        self.counting.change(&result);
        let (value, done) = result?;
        if done.records_changed {
            self.version.fetch_add(1, Ordering::SeqCst);
        }
        if done.wake {
            self.bell.ring();
        }
        Ok(value)
    }
}

/// Rings when a job was enqueued. Rings are counted, so that nobody misses one that comes before they wait.
#[derive(Default)]
struct Bell {
    rings: Mutex<u64>,
    heard: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rings.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
        self.heard.notify_all();
    }

    fn n_rings(&self) -> u64 {
        *self.rings.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Waits for a ring after the first `n_heard`.
    fn wait(&self, n_heard: u64, at_most: Duration) {
        let rings = self.rings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(self.heard.wait_timeout_while(rings, at_most, |rings| *rings == n_heard));
    }
}

/// A store for trying; its copy of the database goes when it is dropped.
pub struct Rehearsal {
    store: Store,
    copy: Option<PathBuf>,
}

impl Rehearsal {
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        let Some(copy) = &self.copy else { return };
        for suffix in ["", "-wal", "-shm"] {
            let mut path = copy.clone().into_os_string();
            path.push(suffix);
            if let Err(error) = std::fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "the copy of a dry run could not be removed");
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Haste {
    Short,
    Long,
}

/// An internal error in a closure takes back the change and is told to the caller; the store lives on.
pub(crate) fn catch<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|s| (*s).to_string());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::Panicked(text))
    })
}

/// What a reading or change answers, whatever its type: the engines pass it on and never look at it. So what they do is compiled
/// once, and not for each of the many types of answers.
pub(crate) type Value = Box<dyn Any + Send>;

type Read = Box<dyn FnOnce(&mut Snapshot<'_>) -> Result<Value> + Send>;
type Change = Box<dyn FnMut(&mut Tx<'_>) -> Result<Value> + Send>;
type Receiver = oneshot::Receiver<Result<Value>>;

fn erased<T: Send + 'static>(read: impl FnOnce(&mut Snapshot<'_>) -> Result<T> + Send + 'static) -> Read {
    Box::new(move |snapshot| read(snapshot).map(|value| Box::new(value) as Value))
}

struct Answer(oneshot::Sender<Result<Value>>);

impl Answer {
    fn new() -> (Self, Receiver) {
        let (send, receive) = oneshot::channel();
        (Self(send), receive)
    }

    fn give(self, value: Result<Value>) {
        // Nobody listens any more when a visitor has gone away: that is no error.
        drop(self.0.send(value));
    }
}

/// The receiver, or where nothing could be sent to the engine, one that already has the error.
fn unless(receiver: Receiver, sent: Result<()>) -> Receiver {
    let Err(error) = sent else { return receiver };
    let (answer, receiver) = Answer::new();
    answer.give(Err(error));
    receiver
}

/// An answer on its way: await it in a page, [`wait`](Pending::wait) for it in a command.
#[must_use = "the answer may be an error"]
pub struct Pending<T> {
    receiver: Receiver,
    of: PhantomData<fn() -> T>,
}

impl<T: 'static> Pending<T> {
    fn of(receiver: Receiver) -> Self {
        Self { receiver, of: PhantomData }
    }

    /// Blocks the thread until the answer is there; not to be called from asynchronous code.
    pub fn wait(self) -> Result<T> {
        opened(self.receiver.blocking_recv().unwrap_or(Err(Error::Closed)))
    }
}

impl<T: 'static> Future for Pending<T> {
    type Output = Result<T>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Pin::new(&mut self.receiver).poll(context).map(|answer| opened(answer.unwrap_or(Err(Error::Closed))))
    }
}

/// The answer as the type that was asked for: it was made by the closure that was handed in with it.
fn opened<T: 'static>(answer: Result<Value>) -> Result<T> {
    let value = answer?.downcast().expect("an answer has the type that its closure returns");
    Ok(*value)
}
