//! A private PostgreSQL server for this test process, and a fresh database for each test.
//!
//! The server is started by the first test that asks, on a free port of 127.0.0.1, as an unprivileged user, and is gone
//! when the process ends in any way: see `watchdog.sh`. It keeps nothing safe (`fsync` is off) and must never hold data that
//! anyone wants back. Where no server can be had, [`fresh_database`] says why and the caller reports the test as ignored.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use postgres::{Client, NoTls};

/// An empty database of its own; dropped with this value.
pub struct PostgresDatabase {
    port: u16,
    name: String,
}

/// Why there is no server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoServer(pub String);

/// The server of this process. The watchdog's standard input is the pipe that tells it whether we still live, so the child
/// is kept until the process ends.
struct Server {
    port: u16,
    _watchdog: Child,
}

/// An account of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    user: u32,
    group: u32,
}

/// Starting fails when another program takes the port between our look and the server's; then we look again.
const MAX_STARTS: usize = 3;

/// Makes an empty database with the C collation.
///
/// **Errors**: no server programs on this machine, or the server does not start: the test is to be reported as ignored.
/// A running server that refuses a database is a failed test: it panics.
pub fn fresh_database() -> Result<PostgresDatabase, NoServer> {
    static SERVER: OnceLock<Result<Server, NoServer>> = OnceLock::new();
    static N_DATABASES: AtomicU32 = AtomicU32::new(1);
    let server = SERVER.get_or_init(start).as_ref().map_err(Clone::clone)?;
    let name = format!("test_{}", N_DATABASES.fetch_add(1, Ordering::Relaxed));
    let database = PostgresDatabase { port: server.port, name };
    administer(server.port, &format!("create database {} template template0", database.name));
    Ok(database)
}

impl PostgresDatabase {
    /// The address, as `--database-url` takes it.
    pub fn url(&self) -> String {
        format!("postgres://rondel@127.0.0.1:{}/{}", self.port, self.name)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            administer(self.port, &format!("drop database if exists {} with (force)", self.name));
        }
    }
}

fn administer(port: u16, statement: &str) {
    let address = format!("postgres://rondel@127.0.0.1:{port}/postgres");
    let mut client =
        Client::connect(&address, NoTls).expect("the private server answers while the process lives");
    client.batch_execute(statement).expect("the owner of the server may make and drop databases");
}

fn start() -> Result<Server, NoServer> {
    let started = programs().and_then(|programs| {
        let mut last = NoServer(String::new());
        for _ in 0..MAX_STARTS {
            match start_once(&programs) {
                Ok(server) => return Ok(server),
                Err(problem) => last = problem,
            }
        }
        Err(last)
    });
    if let Err(NoServer(why)) = &started {
        eprintln!(
            "\nno PostgreSQL server for the tests: {why}\nTheir PostgreSQL half is reported as ignored.\n"
        );
    }
    started
}

fn start_once(programs: &Path) -> Result<Server, NoServer> {
    let explain = |what: &str, error: io::Error| NoServer(format!("{what}: {error}"));
    let folder = tempfile::Builder::new()
        .prefix("rondel-postgres-")
        .tempdir()
        .map_err(|e| explain("cannot make a temporary folder", e))?
        .keep();
    let account = unprivileged(&folder).map_err(NoServer)?;
    let port = free_port().map_err(|e| explain("no free port on 127.0.0.1", e))?;
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", include_str!("watchdog.sh"), "watchdog"])
        .arg(programs)
        .arg(&folder)
        .arg(port.to_string());
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
    // A process group of its own: Ctrl-C on the terminal reaches the tests, and the watchdog by their end.
    // Standard error is ours: whoever reads it to the end knows that the server and its folder are gone.
    command.process_group(0).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(Account { user, group }) = account {
        chown(&folder, Some(user), Some(group)).map_err(|e| explain("cannot hand over the folder", e))?;
        command.uid(user).gid(group);
    }
    let mut watchdog = command.spawn().map_err(|e| explain("cannot run /bin/sh", e))?;
    let mut answer = BufReader::new(watchdog.stdout.take().expect("its output is piped"));
    let mut first = String::new();
    answer.read_line(&mut first).map_err(|e| explain("cannot read from the watchdog", e))?;
    if first.trim() == "ready" {
        return Ok(Server { port, _watchdog: watchdog });
    }
    answer.read_to_string(&mut first).map_err(|e| explain("cannot read from the watchdog", e))?;
    let _ = fs::remove_dir_all(&folder); // the watchdog has removed it, unless its account could not even enter
    let why =
        if first.trim().is_empty() { "its account cannot use the temporary folder" } else { first.trim() };
    Err(NoServer(format!("it does not start: {why}")))
}

/// The folder with `initdb`, `postgres` and `pg_ctl`: beside the `initdb` in `PATH`, or the newest of Debian's.
fn programs() -> Result<PathBuf, NoServer> {
    let complete =
        |folder: &PathBuf| ["initdb", "postgres", "pg_ctl"].iter().all(|p| folder.join(p).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_owned))
        .find(complete);
    let installed = || {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut folders: Vec<PathBuf> =
            versions.flatten().map(|v| v.path().join("bin")).filter(complete).collect();
        folders.sort_by_key(|folder| version_of(folder));
        folders.pop()
    };
    in_path.or_else(installed).ok_or_else(|| {
        NoServer("`initdb` is neither in PATH nor in /usr/lib/postgresql/*/bin (Debian: apt-get install postgresql)".into())
    })
}

/// `15` of `/usr/lib/postgresql/15/bin`.
fn version_of(folder: &Path) -> u32 {
    let version = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|v| v.split('.').next()).and_then(|v| v.parse().ok()).unwrap_or(0)
}

/// PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`. `None`: we are unprivileged ourselves.
/// Who we are is read off a folder that we have just made.
fn unprivileged(own_folder: &Path) -> Result<Option<Account>, String> {
    let own = fs::metadata(own_folder).map_err(|e| format!("cannot tell who runs the tests: {e}"))?;
    if own.uid() != 0 {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").map_err(|e| format!("cannot read /etc/passwd: {e}"))?;
    let found = account(&accounts, "postgres").or_else(|| account(&accounts, "nobody"));
    found
        .map(Some)
        .ok_or_else(|| "it may not run as root, and there is no user `postgres` or `nobody`".into())
}

/// Finds an account in the text of `/etc/passwd`.
fn account(accounts: &str, name: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(Account { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
