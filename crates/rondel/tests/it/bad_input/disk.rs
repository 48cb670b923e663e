//! A disk that is full, and one that may not be written: on a file system of the test's own, in memory.
//!
//! It is mounted where only the processes of the test see it, which needs Linux and a user who may do that; the test is
//! skipped elsewhere.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use super::file;
use crate::support::{Installation, on_sqlite, skip};

pub fn tests() -> Vec<Trial> {
    on_sqlite![
        a_full_disk_is_told_and_loses_nothing_that_was_acknowledged,
        a_disk_that_is_not_written_is_told
    ]
}

/// Runs a shell script with `$1` the program, `$2` a folder to mount on and `$3` a file to import.
fn in_own_mounts(installation: &Installation, script: &str, input: &Path) -> String {
    let folder = installation.data().join("disk");
    std::fs::create_dir(&folder).unwrap();
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-eu", "-c", script, "test"]);
        command.arg(env!("CARGO_BIN_EXE_rondel")).arg(&folder).arg(input).output()
    };
    match run("mount -t tmpfs -o size=1m tmpfs \"$2\"") {
        Ok(output) if output.status.success() => {}
        _ => skip("this user may not mount a file system of its own (unshare, mount)"),
    }
    let output = run(script).unwrap();
    let words =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words}");
    words
}

/// Enough rows that their database does not fit on 6 MB.
fn people(folder: &Path) -> std::path::PathBuf {
    let mut text = "Customer No,Name,E-mail\n".to_string();
    for number in 0..12_000 {
        text.push_str(&format!("C{number},Given{number} Family{number},person{number}@example.com\n"));
    }
    file(folder, "people.csv", text.as_bytes())
}

/// The import stops at the full disk with its own exit code; what it had acknowledged is there, and with more room it goes
/// on behind it to the end.
fn a_full_disk_is_told_and_loses_nothing_that_was_acknowledged(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        mount -t tmpfs -o size=6m tmpfs "$2"
        code=0; "$1" --data "$2" --json import people "$3" || code=$?
        echo "ended with $code"
        mount -o remount,size=200m "$2"
        "$1" --data "$2" --json imports list
        echo
        id=$("$1" --data "$2" imports list | cut -d' ' -f1)
        "$1" --data "$2" --json imports resume "$id"
        "$1" --data "$2" doctor || true
        "$1" --data "$2" --json import people "$3"
    "#;
    let words = in_own_mounts(installation, script, &people(folder.path()));
    assert!(words.contains("ended with 6"), "{words}");
    assert!(words.contains("\"error\":\"the disk is full; nothing of the last change was kept"), "{words}");
    let rows: Vec<u64> = words
        .split("\"rows\":")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
        .collect();
    assert!(rows.len() == 3 && rows[0] < 12_000 && rows[1] == 12_000, "{rows:?} {words}");
    assert!(words.contains("\"new\":12000") && words.contains("\"same\":12000"), "each once: {words}");
    assert!(!words.contains("WRONG database"), "{words}");
}

fn a_disk_that_is_not_written_is_told(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let people = file(folder.path(), "people.csv", b"Customer No,Name\nC1,Ada\n");
    let script = r#"
        mount -t tmpfs -o size=20m tmpfs "$2"
        "$1" --data "$2" --json import people "$3" > /dev/null
        mount -o remount,ro "$2"
        code=0; "$1" --data "$2" --json import people "$3" || code=$?
        echo "ended with $code"
    "#;
    let words = in_own_mounts(installation, script, &people);
    assert!(words.contains("ended with 1") && words.to_lowercase().contains("read-only"), "{words}");
}
