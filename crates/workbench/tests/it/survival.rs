//! `analyze survival` on files: groups, covariates of all kinds, and files that cannot be right.

use std::fmt::Write as _;

use serde_json::Value;

use crate::bench::{file, run, shared};

/// Freireich's leukaemia patients (1963): weeks, relapse, arm.
const PATIENTS: &str = "weeks,relapse,arm\n6,1,drug\n6,1,drug\n6,1,drug\n6,0,drug\n7,1,drug\n9,0,drug\n10,1,drug\n10,0,drug\n\
    11,0,drug\n13,1,drug\n16,1,drug\n17,0,drug\n19,0,drug\n20,0,drug\n22,1,drug\n23,1,drug\n25,0,drug\n32,0,drug\n32,0,drug\n\
    34,0,drug\n35,0,drug\n1,1,placebo\n1,1,placebo\n2,1,placebo\n2,1,placebo\n3,1,placebo\n4,1,placebo\n4,1,placebo\n\
    5,1,placebo\n5,1,placebo\n8,1,placebo\n8,1,placebo\n8,1,placebo\n8,1,placebo\n11,1,placebo\n11,1,placebo\n12,1,placebo\n\
    12,1,placebo\n15,1,placebo\n17,1,placebo\n22,1,placebo\n23,1,placebo\n";

fn number(answer: &Value, pointer: &str) -> f64 {
    answer.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

#[test]
fn the_leukaemia_patients_have_the_printed_test_and_hazards() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("patients.csv");
    std::fs::write(&path, PATIENTS).expect("written");
    let file = path.display().to_string();
    let out = folder.path().join("curve.parquet").display().to_string();
    let found = run(&[
        "survival",
        &file,
        "--duration",
        "weeks",
        "--event",
        "relapse",
        "--group",
        "arm",
        "--out",
        &out,
    ]);
    let found = found.expect("an answer");
    assert!((number(&found, "/log_rank/chi_square") - 16.793).abs() < 0.0005, "{found}");
    assert_eq!(found["groups"][0]["median"], 23.0);
    assert_eq!(found["groups"][1]["median"], 8.0);
    assert!(std::path::Path::new(&out).exists());
    let found = run(&["survival", &file, "--duration", "weeks", "--event", "relapse", "--covariates", "arm"]);
    let found = found.expect("an answer");
    assert!((number(&found, "/coefficients/arm=placebo") - 1.5721).abs() < 0.0001, "{found}");
    assert!((number(&found, "/standard_errors/arm=placebo") - 0.4124).abs() < 0.0001);
    assert!((number(&found, "/breslow/coefficients/arm=placebo") - 1.5092).abs() < 0.0001);
    assert!((number(&found, "/concordance") - 0.690).abs() < 0.0006);
}

#[test]
fn churn_of_a_phone_company_is_read_with_its_words_and_blanks() {
    let Some(path) = shared("telco_churn/Telco-Customer-Churn.csv") else { return };
    let file = path.display().to_string();
    let found = run(&[
        "survival",
        &file,
        "--duration",
        "tenure",
        "--event",
        "Churn",
        "--covariates",
        "Contract,TotalCharges,customerID",
    ]);
    let found = found.expect("an answer");
    assert_eq!((found["n"].as_u64(), found["n_events"].as_u64()), (Some(7043), Some(1869)));
    assert_eq!((found["n_cox"].as_u64(), found["rows_rejected"].as_u64()), (Some(7032), Some(11)));
    assert!(number(&found, "/coefficients/Contract=Two year") < -2.0);
    assert!(found["warnings"].to_string().contains("customerID"));
}

#[test]
fn files_that_cannot_be_right_are_refused_and_odd_rows_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.csv");
    let file = path.display().to_string();
    let ask = |text: &str, more: &[&str]| {
        std::fs::write(&path, text).expect("written");
        let start = ["survival", &file, "--duration", "t", "--event", "e"];
        run(&start.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    };
    for text in ["", "t,e\n", "t,e\nx,1\n", "t,e\n-3,1\n", "t,e\n3,maybe\n"] {
        assert!(ask(text, &[]).is_err(), "{text}");
    }
    let found = ask("t,e\n3,yes\n-1,no\nnever,no\n5,no\n6,perhaps\n", &[]).expect("an answer");
    assert_eq!((found["n"].as_u64(), found["rows_rejected"].as_u64()), (Some(2), Some(3)));
    assert_eq!(found["rejected"][0]["row"], 3);
    let two = ask("t,e\n3,1\n4,2\n5,2\n6,1\n", &[]).expect("an answer");
    assert_eq!(two["n_events"], 2);
    assert!(ask("t,e\n3,1\n", &["--event-value", "gone"]).is_err());
    // A covariate that tells the event, one that is constant, and one with a category per row.
    let mut text = "t,e,tells,same,own\n".to_owned();
    for i in 0..300 {
        writeln!(text, "{},{},{},5,id{i}", 1 + i * 37 % 101, i % 3 % 2, i % 3 % 2).expect("written");
    }
    let found = ask(&text, &["--covariates", "tells,same,own"]).expect("an answer");
    assert!(number(&found, "/coefficients/tells") > 0.0);
    assert!(found["standard_errors"]["same"].is_null());
    assert_eq!(found["warnings"].as_array().map(Vec::len), Some(3), "{}", found["warnings"]);
}

#[test]
fn at_each_time_stand_those_at_risk_then_and_what_happened_since_the_time_before() {
    let (_folder, path) = file("patients.csv", PATIENTS);
    let found =
        run(&["survival", &path, "--duration", "weeks", "--event", "relapse", "--times", "10,5"]).unwrap();
    let at = found["survival_at"].as_array().unwrap();
    let told = |row: usize, key: &str| at[row][key].as_u64().unwrap();
    assert_eq!((told(0, "at_risk"), told(0, "events"), told(0, "censored")), (35, 9, 0));
    assert_eq!((told(1, "at_risk"), told(1, "events"), told(1, "censored")), (23, 9, 3));
}

#[test]
fn a_refusal_of_covariates_says_why_each_cannot_be_used() {
    let rows: String = (0..60).map(|row| format!("{},1,name {row}\n", row % 7 + 1)).collect();
    let (_folder, path) = file("rows.csv", &format!("weeks,event,name\n{rows}"));
    let refusal =
        run(&["survival", &path, "--duration", "weeks", "--event", "event", "--covariates", "name"]);
    let refusal = refusal.unwrap_err();
    assert!(refusal.contains("“name” has 60 different texts"), "{refusal}");
    let same = "weeks,event,city\n".to_owned() + &"5,1,Graz\n".repeat(60);
    let (_folder, path) = file("rows.csv", &same);
    let refusal =
        run(&["survival", &path, "--duration", "weeks", "--event", "event", "--covariates", "city"]);
    assert!(refusal.unwrap_err().contains("“city” is “Graz” wherever it is filled"));
}

#[test]
fn rows_without_a_group_stay_in_the_curve_of_all() {
    let text = format!("{PATIENTS}9,1,\n40,0,\n");
    let (_folder, path) = file("patients.csv", &text);
    let ask = ["survival", &path, "--duration", "weeks", "--event", "relapse", "--group", "arm"];
    let found = run(&ask).unwrap();
    assert_eq!((&found["n"], &found["rows_rejected"]), (&44.into(), &0.into()));
    assert!((number(&found, "/log_rank/chi_square") - 16.793).abs() < 0.0005, "{found}");
    assert!(found["warnings"].to_string().contains("2 rows without “arm”"), "{found}");
}
