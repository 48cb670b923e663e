//! Databases that cannot be used: in use, newer than the program, broken, on a folder that may not be written.

use libtest_mimic::Trial;
use platform::By;

use super::{file, refused, said};
use crate::support::served::Served;
use crate::support::{Installation, on_both_engines, on_sqlite};

pub fn tests() -> Vec<Trial> {
    let mut tests = on_both_engines![a_database_of_a_newer_program_takes_no_import];
    tests.extend(on_sqlite![
        a_folder_in_use_names_its_holder,
        a_broken_database_is_named_and_left_as_it_is,
        a_file_in_the_place_of_the_folder_is_named,
    ]);
    tests
}

const PEOPLE: &[u8] = b"Customer No,Name\nC1,Ada\n";

fn a_database_of_a_newer_program_takes_no_import(installation: &Installation) {
    let store = installation.store();
    let newer = "INSERT INTO migrations (version, checksum, applied_at) VALUES (999, 'x', 0)";
    store.write(By::system(), move |tx| tx.execute(newer, &[])).wait().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let people = file(folder.path(), "people.csv", PEOPLE);
    let why = refused(installation.rondel().args(["import", "people"]).arg(&people), 5);
    assert!(why.contains("version 999") && why.contains("start the newer program"), "{why}");
    let n: i64 = store.read(|s| s.one("SELECT count(*) FROM imports", &[], |row| row.get(0))).wait().unwrap();
    assert_eq!(n, 0);
}

fn a_folder_in_use_names_its_holder(installation: &Installation) {
    let served = Served::start(installation);
    let folder = tempfile::tempdir().unwrap();
    let people = file(folder.path(), "people.csv", PEOPLE);
    let holder = format!("in use by process {}", served.process());
    for arguments in [&["imports", "list"][..], &["user", "list"], &["turn", "run"]] {
        let why = refused(installation.rondel().args(arguments), 4);
        assert!(why.contains(&holder), "{arguments:?}: {why}");
    }
    let why = refused(installation.rondel().args(["import", "people"]).arg(&people), 4);
    assert!(why.contains(&holder), "{why}");
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));
}

fn a_broken_database_is_named_and_left_as_it_is(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let people = file(folder.path(), "people.csv", PEOPLE);
    let path = installation.data().join("rondel.db");
    let noise: Vec<u8> = (0..100_000_u64).map(|n| (n * n % 251) as u8).collect();
    std::fs::write(&path, &noise).unwrap();
    let why = refused(installation.rondel().args(["import", "people"]).arg(&people), 1);
    assert!(why.contains("rondel.db") && why.contains("not a database"), "{why}");
    assert_eq!(std::fs::read(&path).unwrap(), noise);

    // Half of a good database, as a copy that was cut off leaves it.
    std::fs::remove_file(&path).unwrap();
    said(installation.rondel().args(["import", "people"]).arg(&people));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let why = refused(installation.rondel().args(["import", "people"]).arg(&people), 1);
    assert!(why.contains("malformed") || why.contains("damaged"), "{why}");
}

fn a_file_in_the_place_of_the_folder_is_named(installation: &Installation) {
    let path = file(installation.data(), "taken", b"not a folder");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rondel"));
    let why = refused(command.env_clear().arg("--data").arg(&path).args(["imports", "list"]), 1);
    assert!(why.contains("taken"), "{why}");
    assert_eq!(std::fs::read(&path).unwrap(), b"not a folder");
}
