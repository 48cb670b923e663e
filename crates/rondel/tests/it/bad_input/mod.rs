//! Bad input at the command line of the built program: a clear error at its place, the right exit code, nothing lost.

mod database;
mod disk;
mod files;
mod rows;

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::Installation;

pub fn tests() -> Vec<Trial> {
    [database::tests(), disk::tests(), files::tests(), rows::tests()].into_iter().flatten().collect()
}

/// What the program said with `--json`, which is one object on standard output whatever happened, and how it ended.
#[track_caller]
fn said(command: &mut Command) -> (i32, Value) {
    let output = command.arg("--json").output().unwrap();
    let (out, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!log.contains("panicked"), "{log}");
    let mut objects = serde_json::Deserializer::from_str(&out).into_iter::<Value>();
    let first = objects.next().and_then(Result::ok);
    let first = first.unwrap_or_else(|| panic!("no JSON on standard output: {out}{log}"));
    assert!(first.is_object() && objects.next().is_none(), "one object: {out}");
    (output.status.code().unwrap_or(-1), first)
}

/// Why the program refused; it must have ended with this code.
#[track_caller]
fn refused(command: &mut Command, code: i32) -> String {
    let (ended, answer) = said(command);
    assert_eq!(ended, code, "{answer}");
    assert_eq!(answer["exit_code"], code, "{answer}");
    answer["error"].as_str().unwrap_or_else(|| panic!("no reason: {answer}")).to_string()
}

/// Writes a file and imports it; the outcome of the import.
#[track_caller]
fn imported(installation: &Installation, kind: &str, content: &[u8], more: &[&str]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "input.csv", content);
    let (code, answer) = said(installation.rondel().args(["import", kind]).arg(path).args(more));
    (code, answer["imports"][0].clone())
}

fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// The rejected rows of an import: number, column, reason.
#[track_caller]
fn rejected(installation: &Installation, import: &Value) -> Vec<(i64, String, String)> {
    let id = import["id"].as_str().unwrap_or_else(|| panic!("no import: {import}"));
    let (code, shown) = said(installation.rondel().args(["imports", "show", id]));
    assert_eq!(code, 0, "{shown}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let rows = shown["rejected"].as_array().unwrap();
    rows.iter()
        .map(|row| (row["row"].as_i64().unwrap(), text(&row["column"]), text(&row["reason"])))
        .collect()
}

/// One rejected row with its number, its column and a part of its reason.
#[track_caller]
fn assert_rejected(found: &[(i64, String, String)], wanted: &[(i64, &str, &str)]) {
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        let fits = found.0 == wanted.0 && found.1 == wanted.1 && found.2.contains(wanted.2);
        assert!(fits, "found {found:?}, wanted {wanted:?}");
    }
}
