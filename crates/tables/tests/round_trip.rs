//! What is written as CSV is read back as it was, also by another reader.

#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use tables::csv_out::{Cell, CsvWriter, WriteOptions, unguard};
use tables::{OpenOptions, Row, Table};

const NASTY: [&str; 22] = [
    "plain",
    "",
    " lead",
    "trail ",
    "a,b",
    "a;b|c\td",
    "say \"hi\"",
    "7\" record",
    "line\nbreak",
    "line\r\nbreak",
    "cr\ronly",
    "=1+2",
    "+49 30 123",
    "-",
    "@home",
    "'=quoted",
    "''=twice",
    "'tis",
    "{\"a\":1}",
    "sep=;",
    "\u{FEFF}mark",
    "Ωμέγα 😎",
];

fn written(options: WriteOptions) -> Vec<u8> {
    let mut writer = CsvWriter::new(Vec::new(), options);
    writer.write_row([Cell::Text("text"), Cell::Text("number")]).unwrap();
    for text in NASTY {
        writer.write_row([Cell::Text(text), Cell::Number("-12.30")]).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn everything_written_is_read_back_the_same() {
    for guard_formulas in [true, false] {
        for byte_order_mark in [true, false] {
            for separator in [b',', b';', b'\t'] {
                let bytes = written(WriteOptions { separator, guard_formulas, byte_order_mark });
                let options = OpenOptions { keep_formula_guards: !guard_formulas, ..OpenOptions::default() };
                let mut table = Table::from_reader(Box::new(Cursor::new(bytes)), "a.csv", &options).unwrap();
                assert_eq!(table.headers(), ["text", "number"]);
                let mut row = Row::default();
                for text in NASTY {
                    assert!(table.next_row(&mut row).unwrap());
                    assert_eq!((&row.problem, row.get(0), row.get(1)), (&None, text, "-12.30"));
                }
                assert!(!table.next_row(&mut row).unwrap());
            }
        }
    }
}

#[test]
fn another_reader_sees_the_guards_and_the_same_cells() {
    let bytes = written(WriteOptions::default());
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let cells: Vec<String> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
    assert_eq!(cells.iter().map(|cell| unguard(cell)).collect::<Vec<_>>(), NASTY);
    assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
}

#[test]
fn a_table_of_one_column_keeps_its_empty_cells() {
    let mut writer = CsvWriter::new(Vec::new(), WriteOptions::default());
    for text in ["name", "", "x", ""] {
        writer.write_row([Cell::Text(text)]).unwrap();
    }
    let bytes = writer.finish().unwrap();
    let mut table =
        Table::from_reader(Box::new(Cursor::new(bytes)), "a.csv", &OpenOptions::default()).unwrap();
    let mut row = Row::default();
    for text in ["", "x", ""] {
        assert!(table.next_row(&mut row).unwrap());
        assert_eq!(row.get(0), text);
    }
    assert!(!table.next_row(&mut row).unwrap());
}
