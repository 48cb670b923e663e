//! Files that are broken, disguised or made to hurt: each gets a clear answer at its place, in bounded memory.

#![allow(clippy::unwrap_used)]

use std::io::{self, Read, Write};
use std::path::PathBuf;

use tables::{FileError, Kind, Limits, OpenOptions, Row, Table, open};

fn table(bytes: &[u8], name: &str) -> Result<Table, FileError> {
    Table::from_reader(Box::new(io::Cursor::new(bytes.to_vec())), name, &OpenOptions::default())
}

/// Each row as its cells joined with `|`, or `!` and the reason.
fn read(table: &mut Table) -> Vec<(u64, String)> {
    let mut rows = Vec::new();
    let mut row = Row::default();
    while table.next_row(&mut row).unwrap() {
        let text = match &row.problem {
            Some(problem) => format!("! {}", problem.message),
            None => row.cells().collect::<Vec<_>>().join("|"),
        };
        rows.push((row.number, text));
    }
    rows
}

fn reads_as(bytes: &[u8], expected: &[(u64, &str)]) {
    let rows = read(&mut table(bytes, "a.csv").unwrap());
    let rows: Vec<(u64, &str)> = rows.iter().map(|(number, text)| (*number, text.as_str())).collect();
    assert_eq!(rows, expected);
}

fn error_of(bytes: &[u8], name: &str) -> String {
    match table(bytes, name) {
        Ok(table) => panic!("opened as {}", table.format().words),
        Err(error) => error.to_string(),
    }
}

/// A header, one line of any length without an end, and a good row after it.
struct LongLine {
    start: io::Cursor<&'static [u8]>,
    left: u64,
    end: io::Cursor<&'static [u8]>,
}

impl Read for LongLine {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let n = self.start.read(room)?;
        if n > 0 {
            return Ok(n);
        }
        if self.left == 0 {
            return self.end.read(room);
        }
        let n = (room.len() as u64).min(self.left) as usize;
        room[..n].fill(b'x');
        self.left -= n as u64;
        Ok(n)
    }
}

/// **Units**: bytes; the highest memory of this process so far.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib << 10)
}

#[test]
fn a_line_of_one_gigabyte_fails_alone_and_in_bounded_memory() {
    for start in ["a,b\n1,2\n", "a,b\n1,2\n\""] {
        let line = LongLine {
            start: io::Cursor::new(start.as_bytes()),
            left: 1 << 30,
            end: io::Cursor::new(b"\n3,4\n"),
        };
        let mut table = Table::from_reader(Box::new(line), "big.csv", &OpenOptions::default()).unwrap();
        let mut row = Row::default();
        assert!(table.next_row(&mut row).unwrap());
        assert_eq!(row.get(1), "2");
        assert!(table.next_row(&mut row).unwrap());
        let problem = row.problem.clone().unwrap();
        assert!(problem.message.contains("bytes, more than 1048576 (max_row_bytes)"), "{}", problem.message);
        assert_eq!((row.number, problem.raw.len()), (3, 4096));
        assert!(table.next_row(&mut row).unwrap());
        assert_eq!((row.number, row.get(0), row.get(1)), (4, "3", "4"));
        assert!(!table.next_row(&mut row).unwrap());
    }
    if let Some(peak) = peak_memory() {
        assert!(peak < 300 << 20, "{} MiB", peak >> 20);
    }
}

#[test]
fn a_forgotten_quote_costs_one_row_and_not_the_rest() {
    let mut text = "a,b\n1,\"forgot\n".to_owned();
    for n in 0..200_000 {
        text.push_str(&format!("{n},fine\n"));
    }
    let rows = read(&mut table(text.as_bytes(), "a.csv").unwrap());
    assert_eq!(rows.len(), 200_001);
    assert!(rows[0].1.contains("is not closed within 1048576 bytes"), "{}", rows[0].1);
    assert_eq!(rows[1], (3, "0|fine".to_owned()));
}

#[test]
fn quotes_broken_on_every_line_end_in_an_error_and_not_in_hours() {
    let text = format!("a,b\n{}", "5\",\"\n".repeat(400_000));
    let limits = Limits { max_reread_bytes: 1 << 20, ..Limits::default() };
    let options = OpenOptions { limits, separator: Some(b','), ..OpenOptions::default() };
    let mut table =
        Table::from_reader(Box::new(io::Cursor::new(text.into_bytes())), "a.csv", &options).unwrap();
    let mut row = Row::default();
    let error = loop {
        match table.next_row(&mut row) {
            Ok(true) => {}
            Ok(false) => panic!("read to the end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, FileError::TooBroken { .. }), "{error}");
}

#[test]
fn line_ends_of_all_kinds_may_be_mixed_and_empty_lines_count_as_rows() {
    reads_as(b"a,b\r\n1,2\r3,4\n\n5,6", &[(2, "1|2"), (3, "3|4"), (5, "5|6")]);
}

#[test]
fn bytes_that_are_no_utf_8_fail_their_row_with_their_position() {
    let mut bytes = "a,b\nJosé,é\n".as_bytes().to_vec();
    bytes.extend_from_slice(b"x,Jos\xE9\nz,2\n");
    let message = "! byte 19 of the file (0xE9) is not UTF-8; is the file Windows-1252?";
    reads_as(&bytes, &[(2, "José|é"), (3, message), (4, "z|2")]);
    let mut table = table(&bytes, "a.csv").unwrap();
    let mut row = Row::default();
    table.next_row(&mut row).unwrap();
    table.next_row(&mut row).unwrap();
    let problem = row.problem.unwrap();
    assert_eq!((problem.column, problem.raw.as_str()), (Some(1), "x,Jos\\xE9"));
}

#[test]
fn windows_1252_and_utf_16_are_seen_and_read() {
    reads_as(b"name;city\nJos\xE9;M\xFCnchen\nPaul;5 \x80\n", &[(2, "José|München"), (3, "Paul|5 €")]);
    let latin = table(b"name;city\nJos\xE9;M\xFCnchen\n", "a.csv").unwrap();
    assert_eq!(
        latin.format().words,
        "CSV, windows-1252, separated by semicolons, names of the columns in row 1"
    );
    let text = "name\tcity\nJosé\tΑθήνα\nAnna\t東京\n";
    for (mark, big) in [(true, false), (true, true), (false, false), (false, true)] {
        let mark = if mark { "\u{FEFF}" } else { "" };
        let text = if mark.is_empty() {
            text.replace("Α", "A").replace("東京", "Kyoto")
        } else {
            text.to_owned()
        };
        let units = format!("{mark}{text}").encode_utf16().collect::<Vec<u16>>();
        let bytes: Vec<u8> =
            units.iter().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
        let rows = read(&mut table(&bytes, "a.txt").unwrap());
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert!(rows[0].1.starts_with("José|"), "{rows:?}");
    }
}

#[test]
fn a_half_letter_in_utf_16_fails_its_row() {
    let mut bytes = vec![0xFF, 0xFE];
    for unit in "a,b\n1,".encode_utf16().chain([0xD800]).chain("\n3,4\n".encode_utf16()) {
        bytes.extend_from_slice(&unit.to_le_bytes());
    }
    reads_as(&bytes, &[(2, "! byte 15 of the file is no text in this encoding"), (3, "3|4")]);
}

#[test]
fn bytes_that_windows_1252_does_not_have_fail_their_row() {
    reads_as(
        b"a,b\nJos\xE9,M\xFC\n1,\x81\n3,4\n",
        &[(2, "José|Mü"), (3, "! byte 15 of the file is no text in this encoding"), (4, "3|4")],
    );
}

#[test]
fn a_late_accent_still_decides_the_encoding_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("late.csv");
    let mut bytes = b"a,b\n".to_vec();
    while bytes.len() < 3 << 20 {
        bytes.extend_from_slice(b"plain,plain\n");
    }
    bytes.extend_from_slice(b"Jos\xE9,last\n");
    std::fs::write(&path, bytes).unwrap();
    let mut table = open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(table.format().encoding, "windows-1252");
    assert_eq!(read(&mut table).last().unwrap().1, "José|last");
}

#[test]
fn zero_bytes_fail_their_row() {
    reads_as(b"a,b\n1,x\0y\n3,4\n", &[(2, "! a zero byte (NUL) is no text"), (3, "3|4")]);
}

#[test]
fn names_that_are_empty_or_stand_twice_are_made_distinct_and_reported() {
    let table = table(b"name,,name,name (2),NAME\n1,2,3,4,5\n", "a.csv").unwrap();
    assert_eq!(table.headers(), ["name", "column 2", "name (2)", "name (2) (2)", "NAME"]);
    assert_eq!(table.format().notes.len(), 3);
}

#[test]
fn titles_above_the_header_are_skipped_and_said() {
    let mut table =
        table(b"Sales report\n\nid,name,city\n1,Ada,London\n2,Grace,New York\n", "a.csv").unwrap();
    assert_eq!(table.headers(), ["id", "name", "city"]);
    assert_eq!(table.format().header_row, 3);
    assert_eq!(table.format().notes, ["2 title rows above the header are skipped"]);
    assert_eq!(read(&mut table)[0].0, 4);
}

#[test]
fn a_first_row_of_values_is_data_and_not_a_header() {
    let mut table = table(b"1,a@b.example,2024-01-31\n2,c@d.example,2024-02-01\n", "a.csv").unwrap();
    assert_eq!(table.headers(), ["column 1", "column 2", "column 3"]);
    assert_eq!(read(&mut table)[0], (1, "1|a@b.example|2024-01-31".to_owned()));
}

#[test]
fn the_separator_is_seen_in_spite_of_commas_in_numbers_and_quotes() {
    let semicolons = table(b"name;price;note\nA;1,50;\"x;y, z\"\nB;2,75;\nC;3,00;\n", "a.csv").unwrap();
    assert_eq!(semicolons.format().separator, Some(b';'));
    let bars = table(b"a|b\n1|2,3\n4|5\n", "a.txt").unwrap();
    assert_eq!(bars.format().separator, Some(b'|'));
    let named = table(b"sep=;\r\na;b\r\n1;2\r\n", "a.csv").unwrap();
    assert_eq!((named.format().separator, named.format().header_row), (Some(b';'), 1));
}

#[test]
fn what_is_no_table_is_named() {
    assert!(error_of(b"", "a.csv").contains("is empty"));
    assert!(error_of(b"\xEF\xBB\xBF", "a.csv").contains("is empty"));
    assert!(error_of(b"%PDF-1.7\n...", "a.csv").contains("looks like a PDF document"));
    assert!(error_of(b"\x89PNG\r\n\x1a\n\0\0\0", "a.csv").contains("a PNG image"));
    assert!(error_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "a.xls").contains("old Excel (.xls)"));
    assert!(error_of(b"<html><table>", "a.xls").contains("a web page"));
    assert!(error_of(b"[{\"a\":1}]", "a.json").contains("one JSON array"));
    assert!(error_of(b"{\n \"a\": 1\n}\n", "a.json").contains("JSON spread over several lines"));
    let noise: Vec<u8> = (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 & 31).collect();
    assert!(error_of(&noise, "a.csv").contains("binary data"));
    let missing = open(&PathBuf::from("/nowhere/at/all.csv"), &OpenOptions::default());
    assert!(matches!(missing, Err(FileError::Missing { .. })));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(open(folder.path(), &OpenOptions::default()), Err(FileError::Folder { .. })));
    let zip = folder.path().join("a.csv");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&zip).unwrap());
    writer.start_file("readme.txt", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(b"hello").unwrap();
    writer.finish().unwrap();
    let error = open(&zip, &OpenOptions::default()).err().unwrap().to_string();
    assert!(error.contains("a ZIP archive without a workbook"), "{error}");
}

#[test]
fn json_lines_are_flattened_and_keep_their_digits() {
    let text = "{\"id\":1,\"who\":{\"name\":\"Ada\",\"tags\":[1,\"x\"]},\"sum\":1.10}\n\
                {\"sum\":12345678901234567.89,\"id\":2,\"who\":null}\n\n\
                {\"id\":3,\n\
                {\"id\":4,\"id\":5}\n[1]\n";
    let mut table = table(text.as_bytes(), "a.jsonl").unwrap();
    assert_eq!(table.format().kind, Kind::JsonLines);
    assert_eq!(table.headers(), ["id", "who.name", "who.tags", "sum", "who"]);
    let rows = read(&mut table);
    assert_eq!(rows[0], (1, "1|Ada|[1,\"x\"]|1.10|".to_owned()));
    assert_eq!(rows[1], (2, "2|||12345678901234567.89|".to_owned()));
    assert!(rows[2].0 == 4 && rows[2].1.starts_with("! not valid JSON at character"), "{:?}", rows[2]);
    assert_eq!(rows[3], (5, "! the key “id” stands twice in one object".to_owned()));
    assert_eq!(rows[4], (6, "! the line is not a JSON object ({…})".to_owned()));
}

#[test]
fn a_key_that_comes_after_the_sample_is_noted_at_its_row() {
    let mut text = "{\"a\":1}\n".repeat(100_000);
    text.push_str("{\"a\":2,\"late\":true}\n");
    let limits = Limits { sample_bytes: 4096, ..Limits::default() };
    let options = OpenOptions { limits, ..OpenOptions::default() };
    let mut table =
        Table::from_reader(Box::new(io::Cursor::new(text.into_bytes())), "a.jsonl", &options).unwrap();
    assert_eq!(table.headers(), ["a"]);
    table.skip_to(100_000).unwrap();
    let mut row = Row::default();
    assert!(table.next_row(&mut row).unwrap());
    assert_eq!((row.number, row.get(0), &row.problem), (100_001, "2", &None));
    assert_eq!(row.notes[0].message, "the key “late” has no column; its value: true");
}

/// Tables of three columns with any mixture of quoting and line ends, most of which no writer would choose.
fn mixtures() -> impl Iterator<Item = String> {
    const CELLS: [&str; 10] =
        ["", "x", "\"\"", "\"a,b\"", "\"a\nb\"", "\"a\r\nb\"", "\"a\"\"b\"", "\"\"\"\"", " 1 ", "\"\n\""];
    const ENDS: [&str; 4] = ["\n", "\r\n", "\r", "\n\n"];
    let mut state = 88_172_645_463_325_252u64;
    let mut choose = move |n: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n) as usize
    };
    (0..5_000).map(move |_| {
        let mut text = "a,b,c\n".to_owned();
        for _ in 0..=choose(8) {
            let (first, second, third) = (CELLS[choose(10)], CELLS[choose(10)], CELLS[choose(10)]);
            text.push_str(&format!("{first},{second},{third}{}", ENDS[choose(4)]));
        }
        text
    })
}

#[test]
fn rows_of_any_mixture_of_quotes_and_line_ends_agree_with_another_reader() {
    let options =
        OpenOptions { separator: Some(b','), header: tables::HeaderRow::At(1), ..OpenOptions::default() };
    for text in mixtures() {
        let source = Box::new(io::Cursor::new(text.clone().into_bytes()));
        let rows: Vec<String> = read(&mut Table::from_reader(source, "a.csv", &options).unwrap())
            .into_iter()
            .map(|row| row.1)
            .collect();
        let mut other = csv::Reader::from_reader(text.as_bytes());
        let expected: Vec<String> = other
            .records()
            .map(|record| record.unwrap().iter().collect::<Vec<_>>().join("|"))
            .filter(|record| record != "||")
            .collect();
        assert_eq!(rows, expected, "{text:?}");
    }
}

#[test]
fn reading_goes_on_after_a_crash_at_the_next_row() {
    let text = format!("a,b\n{}", (2..1000).map(|n| format!("{n},x\n")).collect::<String>());
    let mut again = table(text.as_bytes(), "a.csv").unwrap();
    again.skip_to(500).unwrap();
    assert_eq!(again.position(), 500);
    let mut row = Row::default();
    again.next_row(&mut row).unwrap();
    assert_eq!((row.number, row.get(0)), (501, "501"));
    assert!(matches!(again.skip_to(5_000), Err(FileError::EndedBefore { row: 5_000, .. })));
}
