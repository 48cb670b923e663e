//! What every integration test stands on: a fresh installation per test, on each engine, and honest skipping.
//!
//! A test is a plain function `fn name(installation: &Installation)` that its file lists in `tests()`; a function that is
//! not listed is dead code, which the lint turns into an error. No test waits by sleeping or shares data with another.

pub mod app;
pub mod postgres;
pub mod served;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Completion, Failed, Trial};
use platform::ids::IdMaker;
use platform::store::{Place, Store};
use platform::{Clock, Micros};
use tempfile::TempDir;

use self::postgres::{NoServer, PostgresDatabase};

/// The moment at which the clock of every test stands still: 2024-01-15 12:00 UTC.
pub const NOON: Micros = 1_705_320_000_000_000;

/// Where the data of an installation lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in the data folder.
    Sqlite,
    /// A database on the private server.
    Postgres,
}

/// An empty data folder and, on PostgreSQL, an empty database: what a newcomer has before the first command.
pub struct Installation {
    data: TempDir,
    database: Option<PostgresDatabase>,
}

impl Installation {
    /// A fresh one.
    ///
    /// **Errors**: PostgreSQL is wanted and there is no server.
    pub fn fresh(engine: Engine) -> Result<Installation, NoServer> {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(postgres::fresh_database()?),
        };
        let data = TempDir::with_prefix("rondel-test-").expect("the temporary folder is writable");
        Ok(Installation { data, database })
    }

    /// The engine under test.
    pub fn engine(&self) -> Engine {
        if self.database.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    /// The data folder (`--data`).
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The database address (`--database-url`), on PostgreSQL.
    pub fn database_url(&self) -> Option<String> {
        self.database.as_ref().map(PostgresDatabase::url)
    }

    /// The store of this installation, migrated, with the clock held at [`NOON`] and seeded ids.
    pub fn store(&self) -> Store {
        let place = match self.database_url() {
            Some(url) => Place::Server(url),
            None => Place::File(self.data().join("rondel.db")),
        };
        Store::open(&place, Clock::held_at(NOON), IdMaker::seeded(1)).expect("a fresh database opens")
    }

    /// The program under test, pointed at this installation and at nothing of the machine's own settings.
    pub fn rondel(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rondel"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.arg("--data").arg(self.data());
        if let Some(url) = self.database_url() {
            command.arg("--database-url").arg(url);
        }
        command
    }
}

/// Ends the running test, which is reported as ignored with this reason: for what the machine or the checkout lacks.
pub fn skip(reason: impl Into<String>) -> ! {
    resume_unwind(Box::new(Skipped(reason.into())))
}

struct Skipped(String);

/// A file of the shared sample data (`RONDEL_SHARED`, or `../shared` beside the repository); skips the test without it.
pub fn shared(path: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RONDEL_SHARED").map_or_else(beside, PathBuf::from);
    let file = folder.join(path);
    if !file.exists() {
        skip(format!("the sample data {path} are not here (set RONDEL_SHARED)"));
    }
    file
}

/// The tests of a file that run on SQLite and on PostgreSQL: `on_both_engines![one_test, another_test]`.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        [$($crate::support::on_each(concat!(module_path!(), "::", stringify!($test)), $test)),*]
            .into_iter().flatten().collect::<Vec<libtest_mimic::Trial>>()
    };
}

/// The tests of a file that are about the embedded engine alone.
macro_rules! on_sqlite {
    ($($test:ident),* $(,)?) => {
        [$($crate::support::on_each(concat!(module_path!(), "::", stringify!($test)), $test)),*]
            .into_iter().filter_map(|tests| tests.into_iter().next()).collect::<Vec<libtest_mimic::Trial>>()
    };
}

/// The tests of a file that need no database: `on_no_engine![one_test, another_test]`.
macro_rules! on_no_engine {
    ($($test:ident),* $(,)?) => {
        vec![$($crate::support::alone(concat!(module_path!(), "::", stringify!($test)), $test)),*]
    };
}

pub(crate) use {on_both_engines, on_no_engine, on_sqlite};

/// One test as two: `…::sqlite` and `…::postgres`.
pub fn on_each(name: &str, test: fn(&Installation)) -> [Trial; 2] {
    [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "postgres")].map(|(engine, suffix)| {
        Trial::ignorable_test(format!("{}::{suffix}", short(name)), move || {
            match Installation::fresh(engine) {
                Ok(installation) => run(|| test(&installation)),
                Err(NoServer(why)) if server_is_required() => Err(Failed::from(format!("no server: {why}"))),
                Err(NoServer(_)) => Ok(Completion::ignored_with("no PostgreSQL server")),
            }
        })
    })
}

/// A test that needs no database.
pub fn alone(name: &str, test: fn()) -> Trial {
    Trial::ignorable_test(short(name), move || run(test))
}

/// `it::pages::people::x` is listed as `pages::people::x`.
fn short(name: &str) -> &str {
    name.split_once("::").map_or(name, |(_, rest)| rest)
}

/// Runs a test body: done, skipped by [`skip`], or (by panic) failed.
pub fn run(test: impl FnOnce()) -> Result<Completion, Failed> {
    match catch_unwind(AssertUnwindSafe(test)) {
        Ok(()) => Ok(Completion::Completed),
        Err(payload) => match payload.downcast::<Skipped>() {
            Ok(skipped) => Ok(Completion::ignored_with(skipped.0)),
            Err(failure) => resume_unwind(failure),
        },
    }
}

/// CI installs a server, so there a missing one is a failure: `RONDEL_TEST_POSTGRES=required`.
fn server_is_required() -> bool {
    std::env::var_os("RONDEL_TEST_POSTGRES").is_some_and(|value| value == "required")
}
