//! XLSX workbooks, built here part by part: dates, errors, titles, several sheets, and bombs.

#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};

use tables::{FileError, Limits, OpenOptions, Row, open};
use zip::write::SimpleFileOptions;

const RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
const ROOT_RELS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Orders" sheetId="1" r:id="rId1"/><sheet name="More" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
const STYLES: &str = r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;

fn sheet(rows: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    )
}

fn text(cell: &str, text: &str) -> String {
    format!(r#"<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

fn workbook(
    folder: &Path,
    first: &str,
    second: &str,
    more: impl FnOnce(&mut zip::ZipWriter<std::fs::File>),
) -> PathBuf {
    let path = folder.join("book.xlsx");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let parts = [
        ("_rels/.rels", ROOT_RELS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", RELS),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", first),
        ("xl/worksheets/sheet2.xml", second),
    ];
    for (name, content) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    more(&mut zip);
    zip.finish().unwrap();
    path
}

fn orders() -> String {
    let header = ["id", "day", "moment", "sum", "note"];
    let names: String =
        header.iter().zip(["A3", "B3", "C3", "D3", "E3"]).map(|(name, at)| text(at, name)).collect();
    sheet(&format!(
        r##"<row r="1">{title}</row><row r="3">{names}</row>
        <row r="4"><c r="A4"><v>7</v></c><c r="B4" s="1"><v>45322</v></c><c r="C4" s="2"><v>45322.5</v></c><c r="D4"><v>19.990000000000002</v></c>{note}</row>
        <row r="6"><c r="A6"><v>8</v></c><c r="B6" s="1"><v>-5</v></c><c r="D6" t="e"><v>#N/A</v></c><c r="G6"><v>1</v></c></row>
        <row r="7"><c r="A7"><v>9</v></c><c r="B7" t="b"><v>1</v></c></row>"##,
        title = text("A1", "Orders of 2024"),
        note = text("E4", "a &amp; b"),
    ))
}

#[test]
fn a_workbook_gives_iso_dates_short_numbers_and_notes_for_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = workbook(folder.path(), &orders(), &sheet(""), |_| {});
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(table.headers()[..5], ["id", "day", "moment", "sum", "note"]);
    assert_eq!(table.format().words, "XLSX, sheet “Orders” of 2, names of the columns in row 3");
    let mut row = Row::default();
    assert!(table.next_row(&mut row).unwrap());
    let cells: Vec<&str> = row.cells().collect();
    assert_eq!(cells[..5], ["7", "2024-01-31", "2024-01-31 12:00:00", "19.99", "a & b"]);
    assert!(table.next_row(&mut row).unwrap());
    assert_eq!((row.number, row.get(1), row.get(3)), (6, "-5", ""));
    let notes: Vec<String> =
        row.notes.iter().map(|note| format!("{:?} {}", note.column, note.message)).collect();
    assert!(
        notes.iter().any(|note| note.contains("Some(3) the formula error #N/A is taken as empty")),
        "{notes:?}"
    );
    assert!(notes.iter().any(|note| note.contains("styled as a date")), "{notes:?}");
    assert!(table.next_row(&mut row).unwrap());
    assert_eq!((row.number, row.get(1)), (7, "true"));
    assert!(!table.next_row(&mut row).unwrap());
}

#[test]
fn a_sheet_is_chosen_by_name_and_an_unknown_one_is_refused_with_the_names() {
    let folder = tempfile::tempdir().unwrap();
    let second = sheet(&format!(r#"<row r="1">{}{}</row>"#, text("A1", "x"), text("B1", "y")));
    let path = workbook(folder.path(), &orders(), &second, |_| {});
    let more = OpenOptions { sheet: Some("More".to_owned()), ..OpenOptions::default() };
    assert_eq!(open(&path, &more).unwrap().headers(), ["x", "y"]);
    let none = OpenOptions { sheet: Some("None".to_owned()), ..OpenOptions::default() };
    let error = open(&path, &none).err().unwrap().to_string();
    assert!(error.ends_with("has no sheet named “None”; it has: Orders, More"), "{error}");
}

#[test]
fn many_rows_stream_and_a_reader_may_stop_early() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = format!(r#"<row r="1">{}{}</row>"#, text("A1", "id"), text("B1", "name"));
    for n in 2..=30_000 {
        rows.push_str(&format!(
            r#"<row r="{n}"><c r="A{n}"><v>{n}</v></c>{}</row>"#,
            text(&format!("B{n}"), "n")
        ));
    }
    let path = workbook(folder.path(), &sheet(&rows), &sheet(""), |_| {});
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    table.skip_to(20_000).unwrap();
    let mut row = Row::default();
    let mut n = 0;
    while table.next_row(&mut row).unwrap() {
        assert_eq!(row.get(0), row.number.to_string());
        n += 1;
    }
    assert_eq!(n, 10_000);
    drop(open(&path, &OpenOptions::default()).unwrap());
}

#[test]
fn a_zip_bomb_is_refused_before_anything_is_parsed() {
    let folder = tempfile::tempdir().unwrap();
    let path = workbook(folder.path(), &orders(), &sheet(""), |zip| {
        zip.start_file("xl/worksheets/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
        let block = vec![b' '; 1 << 20];
        for _ in 0..24 {
            zip.write_all(&block).unwrap();
        }
    });
    assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20);
    let error = open(&path, &OpenOptions::default()).err().unwrap();
    assert!(matches!(error, FileError::TooLarge { limit_name: "max_xlsx_ratio", .. }), "{error}");
    let limits = Limits { max_xlsx_ratio: 5_000, max_xlsx_shared_bytes: 20 << 20, ..Limits::default() };
    let error = open(&path, &OpenOptions { limits, ..OpenOptions::default() }).err().unwrap();
    assert!(matches!(error, FileError::TooLarge { limit_name: "max_xlsx_shared_bytes", .. }), "{error}");
}

#[test]
fn a_zip_bomb_that_lies_about_its_size_is_refused_by_its_real_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = workbook(folder.path(), &orders(), &sheet(""), |zip| {
        zip.start_file("xl/worksheets/sheet9.xml", SimpleFileOptions::default()).unwrap();
        let block = b"<c/>".repeat(1 << 18);
        for _ in 0..24 {
            zip.write_all(&block).unwrap();
        }
    });
    // Both headers of the part are made to declare 1,000 bytes instead of 24 MiB.
    let mut bytes = std::fs::read(&path).unwrap();
    let real = (24u32 << 20).to_le_bytes();
    let mut n = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == real {
            bytes[at..at + 4].copy_from_slice(&1_000u32.to_le_bytes());
            n += 1;
        }
    }
    assert!(n >= 1);
    std::fs::write(&path, bytes).unwrap();
    let error = open(&path, &OpenOptions::default()).err().unwrap();
    let is_refused = matches!(error, FileError::TooLarge { .. } | FileError::Damaged { .. });
    assert!(is_refused, "{error}");
    println!("{error}");
}

#[test]
fn too_many_parts_and_broken_containers_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = workbook(folder.path(), &orders(), &sheet(""), |zip| {
        for n in 0..5_000 {
            zip.start_file(format!("x/{n}"), SimpleFileOptions::default()).unwrap();
        }
    });
    let error = open(&path, &OpenOptions::default()).err().unwrap();
    assert!(matches!(error, FileError::TooLarge { limit_name: "max_xlsx_entries", .. }), "{error}");
    let path = workbook(folder.path(), &orders(), &sheet(""), |_| {});
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(matches!(open(&path, &OpenOptions::default()), Err(FileError::Damaged { .. })));
    let path = workbook(folder.path(), "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"", &sheet(""), |_| {});
    assert!(open(&path, &OpenOptions::default()).is_err());
}

#[test]
fn a_cell_in_the_last_corner_costs_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rows = format!(
        r#"<row r="1">{}{}</row><row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>"#,
        text("A1", "id"),
        text("B1", "name")
    );
    let path = workbook(folder.path(), &sheet(&rows), &sheet(""), |_| {});
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    let mut row = Row::default();
    assert!(table.next_row(&mut row).unwrap());
    assert_eq!((row.number, row.get(0)), (1_048_576, "1"));
    assert!(!table.next_row(&mut row).unwrap());
}
