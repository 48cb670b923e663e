//! Killing the built program when its work has come to a certain place, and waiting for what it does.

use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use platform::Store;

use crate::support::Installation;

/// Longer than any step of these tests takes on a busy machine; whoever waits longer waits for nothing.
const AT_MOST: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Starts a command whose words nobody reads.
pub fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until `figure` (a statement that answers one number) has come to `least`; false where the process ended before.
///
/// The database is looked at through a connection of its own, which is closed again: what the killed process leaves
/// behind is then found by the next one as after a real crash.
pub fn reaches(installation: &Installation, child: &mut Child, figure: &str, least: i64) -> bool {
    let store = installation.store();
    let begun = Instant::now();
    while number(&store, figure) < least {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(begun.elapsed() < AT_MOST, "“{figure}” does not come to {least}");
        std::thread::park_timeout(LOOK_EVERY);
    }
    true
}

/// Kills the process some microseconds from now with the signal that nobody can catch.
pub fn kill(mut child: Child, after_micros: u64) -> ExitStatus {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_micros(after_micros) {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap()
}

/// Whether the process was cut off, and had not ended by itself.
pub fn was_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(9)
}

/// The one number that a statement answers.
pub fn number(store: &Store, sql: &str) -> i64 {
    let sql = sql.to_string();
    store.read(move |snapshot| snapshot.one(&sql, &[], |row| row.get(0))).wait().unwrap()
}

/// The one text that a statement answers.
pub fn text(store: &Store, sql: &str) -> String {
    let sql = sql.to_string();
    store.read(move |snapshot| snapshot.one(&sql, &[], |row| row.get(0))).wait().unwrap()
}

/// Runs a command to its end, which must be one of these exit codes.
#[track_caller]
pub fn ends_with(command: &mut Command, codes: &[i32]) -> String {
    let output = command.output().unwrap();
    let words =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let code = output.status.code().unwrap_or(-1);
    assert!(codes.contains(&code), "ended with {code}: {words}");
    words
}
