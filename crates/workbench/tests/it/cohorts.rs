//! `analyze cohorts` against DuckDB on real purchases.

use crate::bench::{run, shared};

#[test]
fn the_triangle_of_cdnow_is_the_one_of_duckdb() {
    let Some(path) = shared("cdnow/CDNOW_sample.txt") else { return };
    let path = path.to_str().unwrap();
    let found = run(&["cohorts", path, "--customer", "column 1", "--date", "column 3"]).unwrap();
    let first = &found["cohorts"][0];
    assert_eq!((first["cohort"].as_str(), first["n"].as_u64()), (Some("1997-01"), Some(781)));
    let retained: Vec<u64> =
        first["retained"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    // DuckDB 2.0: date_trunc('month'), count(distinct customer).
    assert_eq!(retained, [781, 124, 95, 70, 65, 77, 65, 53, 52, 45, 62, 59, 45, 47, 63, 37, 37, 33]);
    assert_eq!(
        (found["cohorts"][1]["n"].as_u64(), found["cohorts"][1]["retained"][1].as_u64()),
        (Some(857), Some(134))
    );
    assert_eq!(found["customers"], 2357);
    let until =
        run(&["cohorts", path, "--customer", "column 1", "--date", "column 3", "--until", "1997-02-28"])
            .unwrap();
    assert_eq!(
        (until["cohorts"].as_array().unwrap().len(), until["cohorts"][0]["retained"][1].as_u64()),
        (2, Some(124))
    );
}

#[test]
fn a_stray_date_asks_for_longer_periods() {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(&file, "who,day\nAda,0001-01-01\nBob,9999-12-31\n").unwrap();
    let path = file.path().to_str().unwrap();
    let refusal =
        run(&["cohorts", path, "--customer", "who", "--date", "day", "--grain", "day"]).unwrap_err();
    assert!(refusal.contains("--grain"), "{refusal}");
    std::fs::write(&file, "who,day\nAda,x\n").unwrap();
    assert!(
        run(&["cohorts", path, "--customer", "who", "--date", "day"]).unwrap_err().contains("can't tell")
    );
}
