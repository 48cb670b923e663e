//! `analyze profile`: gaps, kinds, distinct values and what looks odd, on untidy files.

use crate::bench::{file, run, shared};
use serde_json::{Value, json};

fn profile(bytes: &[u8]) -> Result<Value, String> {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(&file, bytes).unwrap();
    run(&["profile", file.path().to_str().unwrap()])
}

#[test]
fn gaps_are_counted_however_they_are_written() {
    let text = "lead,source,score\n1,Select,5\n2,unknown,n/a\n3,,7\n4,Web,-\n5,Web,1000\n";
    let found = profile(text.as_bytes()).unwrap();
    let columns = found["columns"].as_array().unwrap();
    assert_eq!((columns[1]["n_null"].as_u64(), columns[1]["n_empty"].as_u64()), (Some(3), Some(1)));
    assert_eq!(columns[1]["null_words"], json!({ "Select": 1, "unknown": 1 }));
    assert_eq!(
        (columns[1]["n_distinct"].as_u64(), columns[1]["n_distinct_texts"].as_u64()),
        (Some(1), Some(3))
    );
    assert_eq!((columns[2]["type"].as_str(), columns[2]["n_null"].as_u64()), (Some("integer"), Some(2)));
    assert_eq!((columns[2]["min"].as_f64(), columns[2]["max"].as_f64()), (Some(5.0), Some(1000.0)));
    assert_eq!(found["likely_keys"], json!(["lead"]));
}

#[test]
fn telco_has_eleven_blank_charges_and_one_key() {
    let Some(path) = shared("telco_churn/Telco-Customer-Churn.csv") else { return };
    let found = run(&["profile", path.to_str().unwrap()]).unwrap();
    let column = |name: &str| {
        found["columns"].as_array().unwrap().iter().find(|column| column["name"] == name).cloned().unwrap()
    };
    assert_eq!((found["n"].as_u64(), found["likely_keys"].clone()), (Some(7043), json!(["customerID"])));
    let charges = column("TotalCharges");
    assert_eq!((charges["n_null"].as_u64(), charges["type"].as_str()), (Some(11), Some("decimal")));
    // pandas 2: to_numeric(errors="coerce") and describe().
    assert_eq!((charges["min"].as_f64(), charges["max"].as_f64()), (Some(18.8), Some(8684.8)));
    assert!((charges["mean"].as_f64().unwrap() - 2_283.300_440_841_866).abs() < 1e-6);
    assert_eq!(charges["median"].as_f64(), Some(1397.475));
    assert_eq!(column("Churn")["type"], "boolean");
    assert_eq!(column("Contract")["n_distinct"], 3);
    assert_eq!(column("gender")["personal"], "trait of a person");
}

#[test]
fn kinds_doubles_and_personal_data_are_seen_through_encodings() {
    let text = "mail;zip;seen;nr\nada@x.org;02133;31.12.2024;1,5\nada@x.org;02133;31.12.2024;1,5\nbob@y.de;10115;01.01.2025;2.000,25\n";
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
    ] {
        let found = profile(&bytes).unwrap();
        let kinds: Vec<_> =
            found["columns"].as_array().unwrap().iter().map(|one| one["type"].clone()).collect();
        assert_eq!(kinds, ["email", "code", "date", "decimal"]);
        assert_eq!(found["duplicate_rows"], 1);
        assert_eq!(
            (found["columns"][2]["min"].as_str(), found["columns"][3]["max"].as_f64()),
            (Some("2024-12-31"), Some(2000.25))
        );
        assert_eq!(found["personal_data"][0]["what"], "e-mail address");
    }
}

#[test]
fn empty_and_odd_files_have_a_profile_or_a_reason() {
    assert!(profile(b"").unwrap_err().contains("is empty"));
    let none = profile(b"a,b\n").unwrap();
    assert_eq!((none["n"].as_u64(), none["columns"][0]["type"].as_str()), (Some(0), Some("empty")));
    let equal = profile("a\n5\n5\n5\n".as_bytes()).unwrap();
    assert_eq!(
        (equal["columns"][0]["is_constant"].clone(), equal["duplicate_rows"].clone()),
        (json!(true), json!(2))
    );
    let odd = profile("x,y\nNaN,1\ninf,-9e300\n-1,2\n".as_bytes()).unwrap();
    assert_eq!(odd["columns"][1]["min"].as_f64(), Some(-9e300));
    assert_eq!(profile(b"a,b\n1,2,3\n4,5\n").unwrap()["rows_rejected"], 1);
}

#[test]
fn a_key_is_seen_behind_rows_that_stand_twice() {
    let rows: String = (0..50).map(|row| format!("C{row:03},{}\n", row % 7)).collect();
    let (_folder, path) = file("rows.csv", &format!("customer,n\n{rows}C007,0\nC008,1\n"));
    let found = run(&["profile", &path]).unwrap();
    assert_eq!((&found["duplicate_rows"], &found["likely_keys"]), (&2.into(), &json!([])));
    assert_eq!(found["likely_keys_without_duplicates"], json!(["customer"]));
}
