//! Whole files as columns: what was written comes back, what says nothing is counted, and every format agrees.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use std::path::{Path, PathBuf};

use tables::FileError;
use tables::columns::{self, ColumnOut, NO_AMOUNT, NO_CODE, NO_DAY, NO_TIME, ReadOptions, Texts};

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn read(path: &Path, wanted: &[&str]) -> columns::Columns {
    columns::read(path, wanted, &ReadOptions::default()).unwrap()
}

#[test]
fn what_is_written_comes_back_from_csv_and_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let names: Texts =
        ["Ada", "", "Grace \"Amazing\" Hopper, Rear Admiral\nNavy", "=1+1"].into_iter().collect();
    let numbers = [1.5, f64::NAN, -0.1, 1e21];
    let wholes = [1, i64::MIN, -9, 1 << 60];
    let cents = [1999, 5, i64::MIN, -250];
    let days = [0, NO_DAY, -25_567, 20_000];
    let times = [0, 1_700_000_000_123_456, NO_TIME, -1];
    for name in ["out.csv", "out.tsv", "out.parquet"] {
        let path = folder.path().join(name);
        let out = [
            ("name", ColumnOut::Texts(&names)),
            ("number", ColumnOut::Numbers(&numbers)),
            ("whole", ColumnOut::Integers(&wholes)),
            ("paid", ColumnOut::Amounts(&cents, 2)),
            ("day", ColumnOut::Days(&days)),
            ("at", ColumnOut::Times(&times)),
            ("is", ColumnOut::Truths(&[true, false, false, true])),
        ];
        columns::write(&path, &out).unwrap();
        let back = read(&path, &[]);
        assert_eq!(back.n_rows(), 4, "{name}");
        assert_eq!(back.texts("name").unwrap().iter().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
        let found = back.numbers("number").unwrap();
        assert!(found.values[1].is_nan() && found.unreadable.n == 0);
        assert_eq!((found.values[0], found.values[2], found.values[3]), (1.5, -0.1, 1e21));
        let paid = back.amounts("paid").unwrap();
        assert_eq!((paid.values, paid.scale, paid.is_exact), (vec![1999, 5, NO_AMOUNT, -250], 2, true));
        assert_eq!(back.days("day").unwrap().values, days);
        assert_eq!(back.times("at").unwrap().values, times);
        assert_eq!(back.texts("is").unwrap().get(1), "false");
        assert_eq!(back.amounts("whole").unwrap().values[3], 1 << 60);
    }
}

#[test]
fn codes_come_in_the_order_of_first_appearance_and_empty_cells_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.csv", b"who,n\nb,7\na,7\n,8\nb,\nc,9\n");
    let found = read(&path, &["who", "n"]);
    let codes = found.codes("who").unwrap();
    assert_eq!(codes.values, [0, 1, NO_CODE, 0, 2]);
    assert_eq!(codes.names.iter().collect::<Vec<_>>(), ["b", "a", "c"]);
    assert_eq!(found.codes("n").unwrap().values, [0, 0, 1, NO_CODE, 2]);
}

#[test]
fn a_column_is_found_by_its_name_in_any_case_and_a_missing_one_names_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.csv", b"\xef\xbb\xbf Customer  ID ;day\n1;2024-01-31\n");
    assert_eq!(read(&path, &["customer id"]).names(), ["Customer ID"]);
    let error = columns::read(&path, &["client", "day"], &ReadOptions::default()).unwrap_err();
    assert!(matches!(&error, FileError::MissingColumns { missing, .. } if missing == &["client"]));
    assert!(error.to_string().contains("“Customer ID”"), "{error}");
}

#[test]
fn cells_that_say_nothing_are_counted_with_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let text = "x;d\n1.234,50;31/12/2024\nabc;13/13/2024\nn/a;-\n2,5;2024-02-30\ninf;01/01/1899\n";
    let path = file(folder.path(), "a.csv", text.as_bytes());
    let found = read(&path, &[]);
    let numbers = found.numbers("x").unwrap();
    assert_eq!((numbers.values[0], numbers.values[3]), (1234.5, 2.5));
    assert_eq!(numbers.unreadable.first, [(3, "abc".to_owned()), (6, "inf".to_owned())]);
    let days = found.days("d").unwrap();
    assert_eq!(days.values, [20_088, NO_DAY, NO_DAY, NO_DAY, -25_932]);
    assert_eq!(days.unreadable.n, 2);
}

#[test]
fn days_and_moments_are_read_in_the_forms_that_files_have() {
    let folder = tempfile::tempdir().unwrap();
    let read_all = |cells: &[&str]| {
        let path = file(folder.path(), "a.csv", format!("at,x\n{},1\n", cells.join(",1\n")).as_bytes());
        read(&path, &["at"])
    };
    let noon = 1_706_702_400_000_000;
    let forms = [
        "2024-01-31 12:00:00",
        "2024-01-31T13:00:00+01:00",
        "1706702400",
        "1706702400000",
        "1706702400000000000",
    ];
    for form in forms {
        assert_eq!(read_all(&[form]).times("at").unwrap().values, [noon], "{form}");
    }
    for form in ["20240131", "2024-01-31T23:59:59.999999Z", "31 Jan 2024", "2024/01/31"] {
        assert_eq!(read_all(&[form]).days("at").unwrap().values, [19_753], "{form}");
    }
    assert_eq!(read_all(&["2024-01", "2024", "2024Q2"]).days("at").unwrap().values, [19_723, 19_723, 19_814]);
    assert_eq!(read_all(&["0001-01-01", "9999-12-31"]).days("at").unwrap().values, [-719_162, 2_932_896]);
    assert_eq!(read_all(&["17", "99999"]).days("at").unwrap().unreadable.n, 2);
}

#[test]
fn rows_that_cannot_be_read_are_left_out_with_their_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.csv", b"a,b\n1,2\n1,2,3\n3,\"4\"x\n5,6\n");
    let found = read(&path, &[]);
    assert_eq!((found.n_rows(), found.rejected().n), (2, 2));
    assert_eq!(found.rejected().first[0].0, 3);
    assert_eq!((found.row_number(0), found.row_number(1)), (2, 5));
}

#[test]
fn other_encodings_and_formats_give_the_same_columns() {
    let folder = tempfile::tempdir().unwrap();
    let utf16: Vec<u8> = "\u{feff}name\tn\r\nZoë\t5\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("a.txt", utf16),
        ("b.csv", b"name;n\nZo\xeb;5\n".to_vec()),
        ("c.jsonl", "{\"name\":\"Zoë\",\"n\":5}\n".as_bytes().to_vec()),
    ] {
        let found = read(&file(folder.path(), name, &bytes), &["n", "name"]);
        assert_eq!(found.texts("name").unwrap().get(0), "Zoë", "{name}");
        assert_eq!(found.numbers("n").unwrap().values, [5.0], "{name}");
    }
}

#[test]
fn a_damaged_parquet_file_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.parquet", b"PAR1 this is nothing more than a start");
    let error = columns::read(&path, &[], &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
}

/// A table of several megabytes with quotes, line ends in cells, empty lines and letters beyond ASCII.
fn untidy(n_rows: usize, line_end: &str) -> (Vec<[String; 3]>, String) {
    let mut state = 1u64;
    let mut below = move |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let words =
        ["plain", "Zoë", "a \"word\"", "two\nlines", "semi;colon", "comma,", "'=guarded", "", "ß\r\nx"];
    let (mut rows, mut text) = (Vec::new(), format!("a,b,c{line_end}"));
    for row in 0..n_rows {
        let mut cells = [String::new(), String::new(), row.to_string()];
        for cell in &mut cells[..2] {
            (0..below(4)).for_each(|_| cell.push_str(words[below(9) as usize]));
        }
        let quoted: Vec<String> = cells
            .iter()
            .map(|cell| match cell.contains(['"', '\n', '\r', ',']) || below(9) == 0 {
                true => format!("\"{}\"", cell.replace('"', "\"\"")),
                false => cell.clone(),
            })
            .collect();
        text.push_str(&quoted.join(","));
        text.push_str(line_end);
        if below(50) == 0 {
            text.push_str(line_end);
        }
        cells.iter_mut().for_each(|cell| *cell = tables::csv_out::unguard(cell).to_owned());
        rows.push(cells);
    }
    (rows, text)
}

#[test]
fn reading_by_blocks_gives_the_rows_of_the_strict_reader() {
    let folder = tempfile::tempdir().unwrap();
    for line_end in ["\n", "\r\n"] {
        let (rows, text) = untidy(150_000, line_end);
        let path = file(folder.path(), "a.csv", text.as_bytes());
        let fast = read(&path, &[]);
        let mut strict = tables::open(&path, &tables::OpenOptions::default()).unwrap();
        let mut row = tables::Row::default();
        let (a, b, c) = (fast.texts("a").unwrap(), fast.texts("b").unwrap(), fast.texts("c").unwrap());
        for (at, expected) in rows.iter().enumerate() {
            assert!(strict.next_row(&mut row).unwrap());
            assert_eq!([a.get(at), b.get(at), c.get(at)], [&expected[0], &expected[1], &expected[2]]);
            assert_eq!([row.get(0), row.get(1), row.get(2)], [&expected[0], &expected[1], &expected[2]]);
            assert_eq!(fast.row_number(at), row.number);
        }
        assert_eq!((fast.n_rows(), fast.rejected().n), (rows.len(), 0));
        // One faulty row sends the file to the strict reader, which leaves out that row only.
        let broken =
            file(folder.path(), "b.csv", format!("{text}x,\"y\"z,1{line_end}1,2,3{line_end}").as_bytes());
        let found = read(&broken, &["c"]);
        assert_eq!((found.n_rows(), found.rejected().n), (rows.len() + 1, 1));
    }
}

#[test]
fn records_without_quotes_are_read_alike_whichever_columns_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("a,b,c,d\n");
    let cell = |row: usize, column: usize| match (row * 7 + column * 3) % 11 {
        0 => String::new(),
        1 => "Zoë".to_owned(),
        2 => "'=1+1".to_owned(),
        _ => format!("{}", row * (column + 3)),
    };
    let n_rows = 300_000;
    for row in 0..n_rows {
        let cells: Vec<String> = (0..3).map(|column| cell(row, column)).collect();
        text.push_str(&format!("{},{row}{}", cells.join(","), if row + 1 < n_rows { "\n" } else { "" }));
        if row % 1_000 == 7 {
            text.push('\n');
        }
    }
    assert!(text.len() > 6 << 20, "more than one window");
    let path = file(folder.path(), "a.csv", text.as_bytes());
    let all = read(&path, &[]);
    for wanted in [&["a"][..], &["c"], &["d"], &["d", "b"], &["a", "b", "c", "d"]] {
        let found = read(&path, wanted);
        assert_eq!((found.n_rows(), found.rejected().n), (n_rows, 0));
        for name in wanted {
            let (texts, whole) = (found.texts(name).unwrap(), all.texts(name).unwrap());
            assert!(texts.iter().eq(whole.iter()), "{name} of {wanted:?}");
        }
    }
    let (b, d) = (all.texts("b").unwrap(), all.texts("d").unwrap());
    for row in (0..n_rows).step_by(997) {
        assert_eq!(
            (b.get(row), d.get(row)),
            (tables::csv_out::unguard(&cell(row, 1)), row.to_string().as_str())
        );
        assert_eq!(all.row_number(row), (row + 2 + (row + 992) / 1_000) as u64);
    }
    // Too few cells, too many, before and behind the wanted one: the strict reader leaves out the row.
    for faulty in ["1", "1,2,3", "1,2,3,4,5"] {
        let broken = file(folder.path(), "b.csv", format!("{text}\n{faulty}\n1,2,3,4\n").as_bytes());
        for wanted in ["a", "d"] {
            let found = read(&broken, &[wanted]);
            assert_eq!((found.n_rows(), found.rejected().n), (n_rows + 1, 1), "{faulty} {wanted}");
        }
    }
}

#[test]
fn codes_of_many_and_of_few_different_texts_are_those_of_a_map() {
    for n_different in [7u64, 1_000, 90_000, u64::MAX] {
        let mut state = 7u64;
        let texts: Texts = (0..200_000u64)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match (state >> 20) % n_different {
                    0 => String::new(),
                    value => format!("value number {value}"),
                }
            })
            .collect();
        let found = columns::Columns::distinct(&texts);
        let mut known = std::collections::HashMap::new();
        for (row, text) in texts.iter().enumerate() {
            let n = known.len() as u32;
            let expected = if text.is_empty() { NO_CODE } else { *known.entry(text).or_insert(n) };
            assert_eq!(found.values[row], expected, "{n_different} {row}");
        }
        assert_eq!(found.first_rows.len(), known.len());
        assert!(found.first_rows.iter().is_sorted());
        let rows = columns::n_distinct_rows(&[&found.values, &found.values], texts.len());
        assert_eq!(rows, known.len() + usize::from(texts.iter().any(str::is_empty)));
    }
}

#[test]
fn amounts_keep_every_digit_and_never_pretend_to() {
    let folder = tempfile::tempdir().unwrap();
    let amounts = |cells: &str| {
        let path = file(folder.path(), "a.csv", format!("paid;x\n{cells}").as_bytes());
        read(&path, &["paid"]).amounts("paid").unwrap()
    };
    let digits = amounts("99999999999999999;1\n-0.5;1\nn/a;1\nten;1\n");
    assert_eq!(
        (digits.values.as_slice(), digits.scale),
        ([999_999_999_999_999_990, -5, NO_AMOUNT, NO_AMOUNT].as_slice(), 1)
    );
    assert!(digits.is_exact && digits.unreadable.first == [(5, "ten".to_owned())]);
    let mixed = amounts("1e18;1\n0.000000000001;1\n12345678901234567890;1\n");
    assert_eq!(
        (mixed.values.as_slice(), mixed.is_exact),
        ([1_000_000_000_000_000_000, 0, NO_AMOUNT].as_slice(), false)
    );
    assert_eq!((mixed.unreadable.n, mixed.unreadable.first[0].0), (1, 4));
}

/// A Parquet file with a number and a list of numbers in each of two rows.
fn with_a_list(path: &std::path::Path) {
    use parquet::data_type::Int64Type;
    use parquet::file::writer::SerializedFileWriter;
    let schema = "message m { required int64 n; repeated int64 parts; }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let file = std::fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[5, 6], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[1, 2, 3], Some(&[1, 1, 1]), Some(&[0, 1, 0])).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn columns_of_parquet_that_hold_lists_are_named_and_the_others_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lists.parquet");
    with_a_list(&path);
    let read = columns::read(&path, &[], &ReadOptions::default()).unwrap();
    assert_eq!((read.names(), read.lists()), (&["n".to_owned()][..], &["parts".to_owned()][..]));
    assert_eq!(read.numbers("n").unwrap().values, [5.0, 6.0]);
}
