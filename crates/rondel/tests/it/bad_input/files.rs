//! Files that cannot be imported at all: the reason names the file, and no import is left behind.

use std::io::Write;

use libtest_mimic::Trial;

use super::{file, refused, said};
use crate::support::{Installation, on_sqlite};

pub fn tests() -> Vec<Trial> {
    on_sqlite![
        a_file_that_is_no_table_is_refused_by_name,
        a_zip_bomb_as_xlsx_is_refused,
        columns_and_fields_that_do_not_exist_are_named,
        options_that_mean_nothing_are_told,
        a_dry_run_writes_nothing,
        a_reader_that_goes_away_is_no_error,
    ]
}

/// Imports that stand in the list.
fn n_imports(installation: &Installation) -> usize {
    said(installation.rondel().args(["imports", "list"])).1["imports"].as_array().unwrap().len()
}

fn a_file_that_is_no_table_is_refused_by_name(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("nothing-inside");
    std::fs::create_dir(&empty).unwrap();
    let bad = [
        (folder.path().join("no-such-file.csv"), "no-such-file.csv"),
        (empty, "no file in this folder"),
        (file(folder.path(), "empty.csv", b""), "is empty"),
        (file(folder.path(), "photo.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "photo.csv"),
        (file(folder.path(), "book.xlsx", b"PK\x03\x04 and then nothing"), "book.xlsx"),
        (file(folder.path(), "page.csv", b"<!DOCTYPE html><html><body>404</body></html>"), "page.csv"),
    ];
    for (path, part) in bad {
        let mut command = installation.rondel();
        let why = refused(command.args(["import", "people"]).arg(&path), 1);
        assert!(why.contains(part), "{}: {why}", path.display());
    }
    assert_eq!(n_imports(installation), 0);
    let kept = std::fs::read_dir(installation.data().join("files")).map_or(0, Iterator::count);
    assert_eq!(kept, 0, "a file that was refused is not kept");
}

/// 24 MiB of blanks that pack into some kilobytes, where a sheet should be.
fn a_zip_bomb_as_xlsx_is_refused(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.xlsx");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in [("xl/workbook.xml", "<workbook/>"), ("[Content_Types].xml", "<Types/>")] {
        zip.start_file(name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    for _ in 0..24 {
        zip.write_all(&[b' '; 1 << 20]).unwrap();
    }
    zip.finish().unwrap();
    let why = refused(installation.rondel().args(["import", "people"]).arg(&path), 1);
    assert!(why.contains("bomb.xlsx") && why.contains("max_xlsx_ratio"), "{why}");
    assert_eq!(n_imports(installation), 0);
}

fn columns_and_fields_that_do_not_exist_are_named(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let people = file(folder.path(), "people.csv", b"Customer No,Name\nC1,Ada\n");
    let import = |arguments: &[&str]| {
        let mut command = installation.rondel();
        refused(command.args(["import", "people"]).arg(&people).args(arguments), 1)
    };
    let why = import(&["--map", "email=Contact address"]);
    assert!(why.contains("Contact address"), "{why}");
    let why = import(&["--map", "shoe_size=Name"]);
    assert!(why.contains("shoe_size"), "{why}");
    let why = import(&["--key", "shoe_size"]);
    assert!(why.contains("shoe_size"), "{why}");
    let why = refused(installation.rondel().args(["import", "orders"]).arg(&people), 1);
    assert!(why.to_lowercase().contains("date"), "an order needs a date: {why}");
    assert_eq!(n_imports(installation), 0);
}

fn options_that_mean_nothing_are_told(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let people = file(folder.path(), "people.csv", b"Customer No,Name\nC1,Ada\n");
    let bad = [
        (["--encoding", "klingon"], "klingon"),
        (["--currency", "XQZ"], "XQZ"),
        (["--separator", "ü"], "separator"),
        (["--date-order", "ymmd"], "date-order"),
        (["--header", "first"], "header"),
    ];
    for (arguments, part) in bad {
        let mut command = installation.rondel();
        let why = refused(command.args(["import", "people"]).arg(&people).args(arguments), 1);
        assert!(why.contains(part), "{arguments:?}: {why}");
    }
    let missing = refused(installation.rondel().args(["imports", "undo", "imp_nothing"]), 1);
    assert!(missing.contains("there is no import imp_nothing"), "{missing}");
    assert_eq!(n_imports(installation), 0);
}

fn a_dry_run_writes_nothing(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let people = file(folder.path(), "people.csv", b"Customer No,Name\nC1,Ada\nC1,Eve\n");
    let (code, answer) = said(installation.rondel().args(["import", "people", "--dry-run"]).arg(&people));
    let counts = &answer["imports"][0]["preview"]["counts"];
    assert_eq!((code, &counts["new"], &counts["conflict"]), (3, &1.into(), &1.into()), "{answer}");
    assert_eq!(n_imports(installation), 0);
    let store = installation.store();
    for table in ["people", "events", "import_rows", "rejected_rows"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let n: i64 = store.read(move |s| s.one(&sql, &[], |row| row.get(0))).wait().unwrap();
        assert_eq!(n, 0, "{table}");
    }
}

/// `rondel … | head` closes the pipe early.
fn a_reader_that_goes_away_is_no_error(installation: &Installation) {
    let mut command = installation.rondel();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.args(["imports", "list"]).stdout(writer).stderr(std::process::Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!words.contains("panicked"), "{words}");
}
