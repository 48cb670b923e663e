//! `analyze rfm` against DuckDB's NTILE on real purchases, and on files that are not as they should be.

use crate::bench::{run, shared};

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(&file, text).unwrap();
    file
}

fn rfm(text: &str, more: &[&str]) -> Result<serde_json::Value, String> {
    let file = file(text);
    let path = file.path().to_str().unwrap();
    run(&[&["rfm", path, "--customer", "who", "--date", "day", "--value", "paid"], more].concat())
}

#[test]
fn cells_of_cdnow_are_those_of_ntile_in_duckdb() {
    let Some(path) = shared("cdnow/CDNOW_sample.txt") else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let found = run(&[
        "rfm",
        path.to_str().unwrap(),
        "--customer",
        "column 2",
        "--date",
        "column 3",
        "--value",
        "column 5",
        "--as-of",
        "1998-07-01",
        "--out",
        out.to_str().unwrap(),
    ])
    .unwrap();
    // DuckDB 2.0: ntile(5) over (order by …, id), day differences, sums as decimal(12,2).
    assert_eq!((found["n"].as_u64(), found["customers"].as_u64()), (Some(6919), Some(2357)));
    assert_eq!((found["total"].as_f64(), found["n_cells"].as_u64()), (Some(244_091.94), Some(67)));
    let cells = found["cells"].as_array().unwrap();
    let cell = |recency: u64, frequency: u64, money: u64| {
        let of = |cell: &&serde_json::Value| {
            (cell["recency"].as_u64(), cell["frequency"].as_u64(), cell["monetary"].as_u64())
                == (Some(recency), Some(frequency), Some(money))
        };
        cells.iter().find(of).map(|cell| (cell["n"].as_u64().unwrap(), cell["value"].as_f64().unwrap()))
    };
    assert_eq!(cell(1, 1, 1), Some((171, 2109.81)));
    assert_eq!(cell(1, 1, 3), Some((88, 3795.15)));
    assert_eq!(cell(5, 5, 5), Some((247, 102_356.53)));
    let written = tables::columns::read(&out, &[], &tables::columns::ReadOptions::default()).unwrap();
    assert_eq!(written.n_rows(), 2357);
    assert_eq!(written.amounts("monetary").unwrap().values.iter().sum::<i64>(), 24_409_194);
}

#[test]
fn cents_add_up_and_later_purchases_are_left_out() {
    let text = "who;day;paid\nAda;31.01.2026;1.234,10\nAda;31.01.2026;0,20\nBob;01.02.2026;-5,00\nBob;15.02.2026;9,99\n";
    let found = rfm(text, &["--as-of", "2026-02-01"]).unwrap();
    assert_eq!((found["n"].as_u64(), found["total_exact"].as_str()), (Some(3), Some("1229.30")));
    assert_eq!(found["rows_rejected"], 1);
    assert!(found["warnings"][0].as_str().unwrap().contains("after the day"));
}

#[test]
fn cells_that_cannot_be_read_are_shown_with_their_row() {
    let text =
        "who,day,paid\nAda,2026-01-31,10\n,2026-01-31,10\nBob,31/31/2026,10\nCat,2026-01-30,ten\nDan,,1\n";
    let found = rfm(text, &[]).unwrap();
    assert_eq!((found["n"].as_u64(), found["rows_rejected"].as_u64()), (Some(1), Some(4)));
    let rows: Vec<_> =
        found["rejected"].as_array().unwrap().iter().map(|row| row["row"].as_u64().unwrap()).collect();
    assert_eq!(rows, [4, 5]);
}

#[test]
fn what_cannot_be_answered_is_said() {
    assert!(rfm("who,day,paid\n", &[]).unwrap_err().contains("can't tell"));
    assert!(rfm("who,day\nAda,2026-01-01\n", &[]).unwrap_err().contains("lacks the column “paid”"));
    assert!(rfm("", &[]).unwrap_err().contains("is empty"));
    assert!(rfm("who,day,paid\nAda,2026-01-01,5\n", &["--as-of", "soon"]).unwrap_err().contains("--as-of"));
    let one = rfm("who,day,paid\nAda,1850-01-01,5\n", &[]).unwrap();
    assert_eq!((one["customers"].as_u64(), one["as_of"].as_str()), (Some(1), Some("1850-01-01")));
    let huge = rfm("who,day,paid\nAda,2026-01-01,9e18\nAda,2026-01-01,9e18\n", &[]);
    assert!(huge.is_ok() || huge.unwrap_err().contains("too large"));
}
