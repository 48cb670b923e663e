//! One life story through the built program: from the first user to a copy of everything on another machine.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;
use simulator::{Company, Settings};

use crate::crash::picture::{assert_same, records};
use crate::support::{Engine, Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![a_firm_brings_its_files_and_takes_everything_away_again]
}

/// What a command answers with `--json`; it may leave rows rejected.
#[track_caller]
fn says(command: &mut Command) -> Value {
    let output = command.arg("--json").output().unwrap();
    let (out, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {out}{log}", output.status);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{log}"))
}

fn a_firm_brings_its_files_and_takes_everything_away_again(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let rondel = |arguments: &[&str]| says(installation.rondel().args(arguments));
    let user = rondel(&["user", "add", "ada@example.com", "--name", "Ada", "--role", "owner"]);
    assert_eq!(user["role"], "owner");

    let export = simulated(folder.path());
    let n_rows = imported(installation, folder.path());
    assert!(n_rows >= export.n_lines, "{n_rows} rows of {} lines", export.n_lines);
    let untouched = records(&installation.store());

    let turn = rondel(&["turn", "run"]);
    assert!(turn["steps"].as_array().is_some_and(|steps| steps.len() > 3), "{turn}");
    let report = folder.path().join("report.html");
    rondel(&["turn", "report", "--out", report.to_str().unwrap()]);
    let html = std::fs::read_to_string(&report).unwrap();
    assert!(html.contains("<table") && html.trim_end().ends_with("</html>"));
    assert_same(&records(&installation.store()), &untouched);

    what_is_exported_comes_back_as_the_same(installation, folder.path());
    an_import_of_strangers_is_taken_back(installation, folder.path());
    assert_same(&records(&installation.store()), &untouched);

    let doctor = rondel(&["doctor"]);
    assert_eq!(doctor["ok"], true, "{doctor}");
    if installation.engine() == Engine::Sqlite {
        a_copy_on_another_machine_says_the_same(installation, folder.path());
    }
}

/// The files of a small firm, dirt included.
fn simulated(folder: &Path) -> simulator::Export {
    let today = jiff::civil::date(2026, 6, 30);
    let settings = Settings { n_customers: 150, months: 18, seed: 7, ..Settings::demo(today) };
    Company::new(settings).unwrap().write_export(folder).unwrap()
}

/// Imports the files as a newcomer would, a kind after the other; rows that were read.
fn imported(installation: &Installation, folder: &Path) -> u64 {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut n_rows = 0;
    for (kind, start) in
        [("companies", "companies"), ("people", "customers"), ("products", "products"), ("orders", "orders")]
    {
        let named =
            |path: &&std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(start);
        let of_kind: Vec<_> = files.iter().filter(named).collect();
        assert!(!of_kind.is_empty(), "the firm has no {kind}");
        let answer = says(installation.rondel().args(["import", kind]).args(of_kind));
        for import in answer["imports"].as_array().unwrap() {
            assert_eq!(import["state"], "done", "{import}");
            let (rows, error) =
                (import["rows"].as_u64().unwrap(), import["counts"]["error"].as_u64().unwrap());
            assert!(error * 10 < rows, "a tenth of the rows is refused: {import}");
            n_rows += rows;
        }
    }
    n_rows
}

/// Who exports and imports again has changed nothing.
fn what_is_exported_comes_back_as_the_same(installation: &Installation, folder: &Path) {
    let path = folder.join("exported.csv");
    let answer = says(installation.rondel().args(["export", "people", "--out"]).arg(&path));
    let n_rows = answer["rows"].as_u64().unwrap();
    assert!(n_rows >= 150, "{answer}");
    let answer = says(installation.rondel().args(["import", "people"]).arg(&path));
    let counts = &answer["imports"][0]["counts"];
    assert_eq!((&counts["same"], &counts["new"]), (&n_rows.into(), &0.into()), "{answer}");
}

fn an_import_of_strangers_is_taken_back(installation: &Installation, folder: &Path) {
    let path = folder.join("strangers.csv");
    let text = "Customer No,Name,E-mail,Order No,Order date,SKU,Product,Quantity,Unit price\n\
                Z1,Zoe Zander,zoe@example.org,Z-1,2026-01-02,Z-SKU,Zither,1,99.00\n";
    std::fs::write(&path, text).unwrap();
    let answer = says(installation.rondel().args(["import", "orders"]).arg(&path));
    let id = answer["imports"][0]["id"].as_str().unwrap().to_string();
    let undone = says(installation.rondel().args(["imports", "undo", &id]));
    assert_eq!(undone["state"], "undone", "{undone}");
}

fn a_copy_on_another_machine_says_the_same(installation: &Installation, folder: &Path) {
    let backup = folder.join("backup.zip");
    says(installation.rondel().arg("backup").arg(&backup));
    let other = Installation::fresh(Engine::Sqlite).unwrap();
    says(other.rondel().arg("restore").arg(&backup));
    assert_same(&records(&other.store()), &records(&installation.store()));
    let insights = "SELECT kind, about, claim, status FROM insights ORDER BY kind, about";
    let found = |one: &Installation| {
        let rows = one.store().read(move |s| {
            s.query(insights, &[], |row| {
                Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?))
            })
        });
        rows.wait().unwrap()
    };
    assert_eq!(found(&other), found(installation));
    assert_eq!(says(other.rondel().arg("doctor"))["ok"], true);
}
