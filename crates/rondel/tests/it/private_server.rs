//! The tests' own PostgreSQL: every database is fresh and in the C collation, and nothing outlives the tests.
//!
//! These are tests of the tests: an engine that is silently missing or shared would make all others worthless.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Completion, Trial};
use postgres::{Client, NoTls};

use crate::support::postgres::{NoServer, fresh_database};
use crate::support::{Engine, Installation, on_both_engines, on_no_engine, run, shared, skip};

/// Set in the child process of `the_server_is_gone_after_kill_9`.
const HOLDER: &str = "RONDEL_TEST_HOLDS_A_SERVER";

pub fn tests() -> Vec<Trial> {
    let mut tests = on_both_engines![an_installation_starts_empty, the_program_explains_itself];
    tests.extend(on_no_engine![
        a_missing_sample_is_ignored_and_not_passed,
        databases_are_separate_and_sort_by_bytes,
        the_server_is_gone_after_kill_9,
    ]);
    tests
}

fn an_installation_starts_empty(installation: &Installation) {
    assert_eq!(std::fs::read_dir(installation.data()).unwrap().count(), 0);
    let Some(url) = installation.database_url() else {
        return assert_eq!(installation.engine(), Engine::Sqlite);
    };
    assert_eq!(installation.engine(), Engine::Postgres);
    let mut client = Client::connect(&url, NoTls).unwrap();
    let row = client.query_one("select count(*) from pg_tables where schemaname = 'public'", &[]).unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

fn the_program_explains_itself(installation: &Installation) {
    let output = installation.rondel().arg("--help").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn a_missing_sample_is_ignored_and_not_passed() {
    let outcome = run(|| drop(shared("no/such/sample.csv"))).unwrap();
    assert!(
        matches!(outcome, Completion::Ignored { reason: Some(why) } if why.contains("no/such/sample.csv"))
    );
}

fn databases_are_separate_and_sort_by_bytes() {
    let (Ok(one), Ok(other)) = (fresh_database(), fresh_database()) else { skip("no PostgreSQL server") };
    let mut client = Client::connect(&one.url(), NoTls).unwrap();
    client
        .batch_execute("create table names (name text); insert into names values ('b'), ('B'), ('ä'), ('a')")
        .unwrap();
    let rows = client.query("select name from names order by name", &[]).unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ["B", "a", "b", "ä"]);
    let mut client = Client::connect(&other.url(), NoTls).unwrap();
    assert!(client.query("select name from names", &[]).is_err());
}

fn the_server_is_gone_after_kill_9() {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .env(HOLDER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut url).unwrap();
    if url.trim().is_empty() {
        holder.wait().unwrap();
        skip("no PostgreSQL server");
    }
    let mut client = Client::connect(url.trim(), NoTls).unwrap();
    let cluster: String = client.query_one("show data_directory", &[]).unwrap().get(0);
    let port: String = client.query_one("show port", &[]).unwrap().get(0);

    holder.kill().unwrap(); // SIGKILL: the process can do nothing more
    holder.wait().unwrap();
    // The watchdog holds standard error until it has stopped the server and removed its folder.
    holder.stderr.take().unwrap().read_to_string(&mut String::new()).unwrap();

    let folder = std::path::Path::new(&cluster).parent().unwrap();
    assert!(!folder.exists(), "{} was left behind", folder.display());
    assert!(TcpStream::connect(format!("127.0.0.1:{port}")).is_err(), "the server still answers");
}

/// In the child of `the_server_is_gone_after_kill_9`: starts a server, prints its address and waits to be killed.
pub fn hold_a_server_if_asked() -> Option<ExitCode> {
    std::env::var_os(HOLDER)?;
    match fresh_database() {
        Ok(database) => {
            println!("{}", database.url());
            std::io::stdin().read_to_string(&mut String::new()).ok();
            Some(ExitCode::SUCCESS)
        }
        Err(NoServer(_)) => Some(ExitCode::FAILURE),
    }
}
