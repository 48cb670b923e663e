//! The files of firms and of CSV test suites: every well-formed case equals its published JSON, every bad one is refused.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use tables::parse::{self, DateOrder, Guess};
use tables::{FileError, HeaderRow, OpenOptions, Row, Table, open};

/// The folder of shared data, or nothing where it is not on this machine.
fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RONDEL_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = root.join("data").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn cells(row: &Row) -> Vec<String> {
    row.cells().map(str::to_owned).collect()
}

/// All rows, the header first when the table has one; a row problem fails the test.
fn all_rows(table: &mut Table) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Row::default();
    while table.next_row(&mut row).unwrap() {
        assert_eq!(row.problem, None);
        rows.push(cells(&row));
    }
    rows
}

/// The rows as the JSON has them: lists with the header, or objects keyed by header.
fn expected_rows(json: &Value, headers: &[String]) -> Vec<Vec<String>> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    json.as_array()
        .unwrap()
        .iter()
        .map(|row| match row {
            Value::Array(cells) => cells.iter().map(text).collect(),
            Value::Object(cells) => {
                assert_eq!(cells.len(), headers.len());
                headers.iter().map(|header| text(&cells[header])).collect()
            }
            other => panic!("unexpected {other}"),
        })
        .collect()
}

fn assert_equal_to_json(csv: &Path, json: &Path) {
    let json: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    let lists = json.as_array().unwrap().first().is_some_and(Value::is_array);
    let header = if lists { HeaderRow::Absent } else { HeaderRow::At(1) };
    let mut table = open(csv, &OpenOptions { header, ..OpenOptions::default() }).unwrap();
    let headers = table.headers().to_vec();
    assert_eq!(all_rows(&mut table), expected_rows(&json, &headers), "{}", csv.display());
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_well_formed_case_of_csv_test_data_equals_its_json() {
    let Some(folder) = shared("csv/cases_csv") else { return };
    let mut n = 0;
    for csv in files_in(&folder) {
        let json = folder.with_file_name("cases_json").join(csv.with_extension("json").file_name().unwrap());
        if json.exists() {
            assert_equal_to_json(&csv, &json);
            n += 1;
        }
    }
    assert_eq!(n, 18);
}

#[test]
fn every_case_of_csv_spectrum_equals_its_json() {
    let Some(folder) = shared("csv/spectrum_csv") else { return };
    let mut n = 0;
    for csv in files_in(&folder) {
        let name = csv.with_extension("json").file_name().unwrap().to_owned();
        if name == "location_coordinates.json" {
            continue;
        }
        assert_equal_to_json(&csv, &folder.with_file_name("spectrum_json").join(name));
        n += 1;
    }
    assert_eq!(n, 11);
}

#[test]
fn arc_seconds_in_an_unquoted_cell_are_text_as_csv_spectrum_has_it() {
    let Some(csv) = shared("csv/spectrum_csv/location_coordinates.csv") else { return };
    let json =
        std::fs::read_to_string(shared("csv/spectrum_json/location_coordinates.json").unwrap()).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let mut table = open(&csv, &OpenOptions::default()).unwrap();
    let headers = table.headers().to_vec();
    let rows = all_rows(&mut table);
    assert_eq!(rows.len(), 1);
    // The published JSON has another telephone number than the CSV beside it; the other cells agree.
    for (header, cell) in headers.iter().zip(&rows[0]).skip(1) {
        assert_eq!(json[header].as_str().unwrap(), cell);
    }
}

#[test]
fn every_bad_case_is_refused_with_its_row_and_reason() {
    let Some(folder) = shared("csv/cases_csv") else { return };
    let row_faults = [
        ("bad-header-less-fields.csv", 2, "the row has 2 cells, the header 3 cells"),
        ("bad-header-more-fields.csv", 3, "the row has 4 cells, the header 3 cells"),
        ("bad-missing-quote.csv", 1, "is never closed"),
        ("bad-quotes-with-unescaped-quote.csv", 1, "must be doubled"),
        ("bad-unescaped-quote.csv", 1, "double the quotes"),
    ];
    for (name, column, reason) in row_faults {
        let mut table = open(&folder.join(name), &OpenOptions::default()).unwrap();
        assert_eq!(table.headers(), ["foo", "bar", "baz"], "{name}");
        let mut row = Row::default();
        assert!(table.next_row(&mut row).unwrap());
        let problem = row.problem.clone().expect(name);
        assert_eq!((row.number, row.line), (2, 2), "{name}");
        assert!(problem.message.contains(reason), "{name}: {}", problem.message);
        assert_eq!(problem.column, Some(column), "{name}");
        assert!(problem.raw.starts_with('1'), "{name}: {}", problem.raw);
        assert!(!table.next_row(&mut row).unwrap());
    }
    let empty = open(&folder.join("bad-header-no-header.csv"), &OpenOptions::default());
    assert!(matches!(empty, Err(FileError::Empty { .. })));
    let other = open(&folder.join("bad-header-wrong-header.csv"), &OpenOptions::default()).unwrap();
    let error = other.require_columns(&["foo", "bar", "baz"]).unwrap_err().to_string();
    assert!(
        error.contains("lacks the columns “foo”, “bar”, “baz”; it has: “qux”, “quux”, “quuz”"),
        "{error}"
    );
}

#[test]
fn the_online_retail_sample_reads_to_its_published_count() {
    let Some(path) = shared("online_retail_sample/online_retail_sample.csv") else { return };
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(table.headers().len(), 8);
    let rows = all_rows(&mut table);
    assert_eq!(rows.len(), 24_009);
    let customers: std::collections::HashSet<&str> =
        rows.iter().map(|row| row[6].as_str()).filter(|customer| !customer.is_empty()).collect();
    assert_eq!(customers.len(), 221);
    assert!(rows.iter().any(|row| row[2] == "RECORD FRAME 7\" SINGLE SIZE "));
    assert_eq!(table.bytes_read(), table.total_bytes().unwrap());
    for row in &rows {
        parse::number(&row[5], parse::DecimalMark::Point).unwrap();
        assert!(parse::date_time(&row[4], DateOrder::YearMonthDay).unwrap().has_time);
    }
}

#[test]
fn the_crm_pipeline_sums_to_its_published_won_value() {
    let Some(path) = shared("crm_pipeline/sales_pipeline.csv") else { return };
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    let rows = all_rows(&mut table);
    assert_eq!(rows.len(), 8_800);
    let won: Vec<i64> = rows
        .iter()
        .filter(|row| row[4] == "Won")
        .map(|row| parse::number(&row[7], parse::DecimalMark::Point).unwrap().at_scale(0).unwrap())
        .collect();
    assert_eq!((won.len(), won.iter().sum::<i64>()), (4_238, 10_005_534));
}

#[test]
fn the_complete_journey_reads_without_a_problem() {
    let Some(folder) = shared("complete_journey") else { return };
    let counts = [("transactions_sample.csv", 75_000), ("demographics.csv", 801), ("products.csv", 92_331)];
    for (name, n) in counts {
        let mut table = open(&folder.join(name), &OpenOptions::default()).unwrap();
        assert_eq!(all_rows(&mut table).len(), n, "{name}");
    }
}

#[test]
fn complaints_have_a_mark_and_dates_with_the_day_first() {
    let Some(path) = shared("complaints/Comcast_telecom_complaints_data.csv") else { return };
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(table.headers()[0], "Ticket #");
    let rows = all_rows(&mut table);
    assert_eq!(rows.len(), 2_224);
    let guess = parse::guess_date_order(rows.iter().map(|row| row[2].as_str()));
    assert!(matches!(guess, Guess::Decided { value: DateOrder::DayMonthYear, .. }), "{guess:?}");
    for row in &rows {
        let by_numbers = parse::date_time(&row[2], DateOrder::DayMonthYear).unwrap();
        let by_name = parse::date_time(&row[3], DateOrder::DayMonthYear).unwrap();
        assert_eq!(by_numbers, by_name);
        parse::date_time(&format!("{} {}", row[3], row[4]), DateOrder::DayMonthYear).unwrap();
    }
}

#[test]
fn the_bank_file_is_separated_by_semicolons() {
    let Some(path) = shared("bank_marketing_sample/bank-additional.csv") else { return };
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(table.format().separator, Some(b';'));
    assert_eq!(table.headers().len(), 21);
    assert_eq!(all_rows(&mut table).len(), 4_119);
}
