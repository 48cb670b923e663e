//! The commands as somebody at a terminal meets them: what they print and how they end.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use libtest_mimic::Trial;
use platform::{By, settings};

use crate::support::served::Served;
use crate::support::{Engine, Installation, on_both_engines, on_sqlite};

pub fn tests() -> Vec<Trial> {
    let mut tests = on_both_engines![
        a_user_is_added_listed_and_given_another_password,
        a_served_installation_answers_and_stops_when_told,
        a_folder_in_use_is_told_with_its_own_exit_code,
        a_database_of_a_newer_program_is_told_with_its_own_exit_code,
        the_doctor_finds_a_fresh_installation_well,
        the_doctor_finds_a_dead_letter,
        a_backup_brings_everything_back,
        wrong_settings_are_told_before_anything_is_touched,
    ];
    tests.extend(on_sqlite![
        the_doctor_finds_a_damaged_database,
        a_damaged_backup_replaces_nothing,
        a_backup_is_made_while_the_server_runs,
    ]);
    tests
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{status}: {}{}", text(&stdout), text(&stderr));
    text(&stdout)
}

#[track_caller]
fn fails(command: &mut Command, code: i32) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let words = text(&stdout) + &text(&stderr);
    assert_eq!(status.code(), Some(code), "{words}");
    words
}

fn a_user_is_added_listed_and_given_another_password(installation: &Installation) {
    let words = succeeds(installation.rondel().args(["user", "add", "ada@example.com", "--role", "owner"]));
    assert!(words.contains("ada@example.com") && words.contains("with the password"), "{words}");
    let again = fails(installation.rondel().args(["user", "add", "Ada@example.com"]), 1);
    assert!(again.contains("ada@example.com is a user already"), "{again}");
    let list = succeeds(installation.rondel().args(["--json", "user", "list"]));
    assert!(list.contains("\"role\":\"owner\"") && !list.contains("password"), "{list}");
    let mut command = installation.rondel();
    command.args(["user", "password", "ada@example.com", "--password-stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"another horse battery\n").unwrap();
    assert!(child.wait().unwrap().success());
    let store = installation.store();
    platform::auth::sign_in(&store, "ada@example.com", "another horse battery").unwrap();
}

fn a_served_installation_answers_and_stops_when_told(installation: &Installation) {
    let served = Served::start(installation);
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(served.get("/").contains("location: /sign-in"));
    assert!(served.get("/metrics").contains("rondel_http_request_seconds"));
    let (status, log) = served.stop();
    assert!(status.success() && log.contains("stopped"), "{status}: {log}");
    assert!(log.contains("route=\"/readyz\" status=200"), "{log}");
}

fn a_folder_in_use_is_told_with_its_own_exit_code(installation: &Installation) {
    let _served = Served::start(installation);
    let words = fails(installation.rondel().args(["serve", "--listen", "127.0.0.1:0"]), 4);
    assert!(words.contains("is in use by process"), "{words}");
}

fn a_database_of_a_newer_program_is_told_with_its_own_exit_code(installation: &Installation) {
    let store = installation.store();
    let newer = "INSERT INTO migrations (version, checksum, applied_at) VALUES (999, 'x', 0)";
    store.write(By::system(), move |tx| tx.execute(newer, &[])).wait().unwrap();
    drop(store);
    let words = fails(installation.rondel().args(["user", "list"]), 5);
    assert!(words.contains("version 999") && words.contains("start the newer program"), "{words}");
    let words = fails(installation.rondel().args(["--json", "user", "list"]), 5);
    assert!(words.contains("\"exit_code\":5"), "{words}");
    assert!(fails(installation.rondel().arg("doctor"), 1).contains("version 999"));
}

fn the_doctor_finds_a_fresh_installation_well(installation: &Installation) {
    drop(installation.store());
    let words = succeeds(installation.rondel().arg("doctor"));
    assert!(words.contains("not in use") && words.contains("no dead letters"), "{words}");
    let _served = Served::start(installation);
    assert!(succeeds(installation.rondel().arg("doctor")).contains("in use by process"));
}

fn the_doctor_finds_a_dead_letter(installation: &Installation) {
    use platform::jobs::{self, NewJob};
    let store = installation.store();
    let job = || NewJob { max_attempts: 1, ..NewJob::new("doomed") };
    store.write(By::system(), move |tx| jobs::enqueue(tx, job(), &())).wait().unwrap();
    jobs::run_due(&store, &jobs::Registry::default().into()).unwrap();
    let words = fails(installation.rondel().args(["--json", "doctor"]), 1);
    assert!(words.contains("1 failed for good"), "{words}");
}

fn the_doctor_finds_a_damaged_database(installation: &Installation) {
    drop(installation.store());
    let path = installation.data().join("rondel.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at..].fill(7);
    std::fs::write(&path, bytes).unwrap();
    assert!(fails(installation.rondel().arg("doctor"), 1).contains("WRONG database"));
}

/// An installation with something in it.
fn filled(installation: &Installation) {
    let store = installation.store();
    store
        .write(By::system(), |tx| settings::set_text(tx, settings::FIRM_NAME, Some("Engines")))
        .wait()
        .unwrap();
    let files = installation.data().join("files/2026");
    std::fs::create_dir_all(&files).unwrap();
    std::fs::write(files.join("people.csv"), "name\nAda\n").unwrap();
}

fn firm_name(installation: &Installation) -> Option<String> {
    installation.store().read(|s| settings::get(s, settings::FIRM_NAME)).wait().unwrap()
}

fn a_backup_brings_everything_back(installation: &Installation) {
    filled(installation);
    let backup = installation.data().join("backup.zip");
    let mut make = installation.rondel();
    make.arg("backup").arg(&backup);
    if installation.engine() == Engine::Postgres {
        return assert!(fails(&mut make, 1).contains("pg_dump"));
    }
    assert!(succeeds(&mut make).contains("1 files that were handed in"));
    assert!(fails(&mut make, 1).contains("exists already"));

    let fresh = Installation::fresh(Engine::Sqlite).unwrap_or_else(|_| unreachable!("needs no server"));
    succeeds(fresh.rondel().arg("restore").arg(&backup));
    assert_eq!(firm_name(&fresh).as_deref(), Some("Engines"));
    let file = std::fs::read_to_string(fresh.data().join("files/2026/people.csv")).unwrap();
    assert_eq!(file, "name\nAda\n");

    let refused = fails(fresh.rondel().arg("restore").arg(&backup), 1);
    assert!(refused.contains("--force"), "{refused}");
    std::fs::write(fresh.data().join("files/2026/people.csv"), "changed").unwrap();
    let words = succeeds(fresh.rondel().args(["restore", "--force"]).arg(&backup));
    let aside = words.split("What was there is in ").nth(1).unwrap().trim();
    let kept = std::fs::read_to_string(format!("{aside}/files/2026/people.csv")).unwrap();
    assert_eq!(kept, "changed");
    assert_eq!(firm_name(&fresh).as_deref(), Some("Engines"));
}

fn a_damaged_backup_replaces_nothing(installation: &Installation) {
    filled(installation);
    let backup = installation.data().join("backup.zip");
    succeeds(installation.rondel().arg("backup").arg(&backup));
    let whole = std::fs::read(&backup).unwrap();
    let mut flipped = whole.clone();
    // A single byte may only say where the same zeros are copied from, which unpacks to the same file.
    flipped[whole.len() / 3..][..64].iter_mut().for_each(|byte| *byte ^= 0x55);
    for damaged in [&whole[..whole.len() / 2], &flipped, b"not a backup"] {
        std::fs::write(&backup, damaged).unwrap();
        let words = fails(installation.rondel().args(["restore", "--force"]).arg(&backup), 1);
        assert!(words.contains("backup"), "{words}");
        assert_eq!(firm_name(installation).as_deref(), Some("Engines"));
        assert!(installation.data().join("files/2026/people.csv").exists());
    }
}

fn a_backup_is_made_while_the_server_runs(installation: &Installation) {
    filled(installation);
    let served = Served::start(installation);
    let backup = installation.data().join("backup.zip");
    succeeds(installation.rondel().arg("backup").arg(&backup));
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(
        std::fs::read_dir(installation.data())
            .unwrap()
            .flatten()
            .filter(|f| {
                let name = f.file_name().to_string_lossy().into_owned();
                name.ends_with(".part") || name.ends_with(".database")
            })
            .count(),
        0,
        "nothing half-made is left"
    );
}

fn wrong_settings_are_told_before_anything_is_touched(installation: &Installation) {
    let path = installation.data().join("rondel.toml");
    std::fs::write(&path, "max_upload_mb = \"many\"\n").unwrap();
    let words = fails(installation.rondel().arg("--config").arg(&path).arg("doctor"), 1);
    assert!(
        words.contains("rondel.toml") && words.contains("line 1") && words.contains("max_upload_mb"),
        "{words}"
    );
    assert!(fails(installation.rondel().arg("no-such-command"), 2).contains("--help"));
    assert!(!installation.data().join("rondel.db").exists());
}
