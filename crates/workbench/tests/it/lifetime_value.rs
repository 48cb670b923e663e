//! `analyze lifetime-value` on the CDNOW customers and on files that cannot be right.

use std::fmt::Write as _;

use serde_json::Value;

use crate::bench::{run, shared};

/// The CDNOW purchases as a CSV with a header.
fn cdnow(folder: &std::path::Path) -> Option<String> {
    let text = std::fs::read_to_string(shared("cdnow/CDNOW_sample.txt")?).expect("readable");
    let mut csv = "customer,date,dollars\n".to_owned();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        writeln!(csv, "{},{},{}", fields[1], fields[2], fields[4]).expect("written");
    }
    let path = folder.join("cdnow.csv");
    std::fs::write(&path, csv).expect("written");
    Some(path.display().to_string())
}

fn near(answer: &Value, key: &str, expected: f64, half_digit: f64) {
    let found = answer.pointer(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    assert!((found - expected).abs() <= half_digit, "{key}: {found} is not {expected}");
}

#[test]
fn cdnow_has_the_published_parameters_holdout_and_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(file) = cdnow(folder.path()) else { return };
    let out = folder.path().join("customers.csv").display().to_string();
    let purchases =
        ["--customer", "customer", "--date", "date", "--value", "dollars", "--until", "1997-09-30"];
    let ask = |more: &[&str]| {
        let all: Vec<&str> =
            ["lifetime-value", &file].into_iter().chain(purchases).chain(more.iter().copied()).collect();
        run(&all).expect("an answer")
    };
    let found = ask(&["--model", "bg-nbd", "--horizon", "39", "--out", &out]);
    near(&found, "/parameters/r", 0.243, 0.0005);
    near(&found, "/parameters/alpha", 4.414, 0.0005);
    near(&found, "/log_likelihood", -9582.43, 0.005);
    near(&found, "/standard_errors/r", 0.01256, 0.00001);
    near(&found, "/gamma_gamma/p", 6.25, 0.005);
    near(&found, "/gamma_gamma/log_likelihood", -4055.92, 0.005);
    near(&found, "/holdout/actual", 1882.0, 0.0);
    near(&found, "/holdout/buyers", 684.0, 0.0);
    assert_eq!(found["n_customers"], 2357);
    let rows = std::fs::read_to_string(&out).expect("written");
    assert_eq!(rows.lines().count(), 2358);
    assert!(rows.starts_with("customer,frequency,recency,T,p_alive,expected_purchases"), "{rows:.80}");
    near(&ask(&["--model", "pareto-nbd"]), "/log_likelihood", -9594.98, 0.005);
    let auto = ask(&[]);
    assert_eq!(
        (auto["model"].as_str(), auto["candidates"].as_array().map(Vec::len)),
        (Some("mbg-nbd"), Some(3))
    );
}

#[test]
fn a_summary_is_recognised_by_its_header_and_donors_by_their_periods() {
    if let Some(summary) = shared("cdnow/cdnow_customers_summary.csv") {
        let found =
            run(&["lifetime-value", &summary.display().to_string(), "--model", "bg-nbd"]).expect("an answer");
        near(&found, "/log_likelihood", -9582.4256, 0.00005);
        assert!(found["gamma_gamma"].is_null() && found["gamma_gamma_missing"].is_string());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("donors.csv");
    // Table 1 of Fader, Hardie and Shang (2010).
    let table = "frequency,recency,periods,weights\n0,0,6,3464\n1,1,6,1091\n1,2,6,277\n1,3,6,129\n1,4,6,78\n1,5,6,119\n\
        1,6,6,129\n2,2,6,613\n2,3,6,255\n2,4,6,155\n2,5,6,173\n2,6,6,234\n3,3,6,322\n3,4,6,181\n3,5,6,225\n3,6,6,357\n\
        4,4,6,240\n4,5,6,284\n4,6,6,512\n5,5,6,335\n5,6,6,728\n6,6,6,1203\n";
    std::fs::write(&path, table).expect("written");
    let found = run(&["lifetime-value", &path.display().to_string(), "--horizon", "5"]).expect("an answer");
    assert_eq!(found["model"], "bg-bb");
    near(&found, "/log_likelihood", -33_225.6, 0.05);
    near(&found, "/parameters/gamma", 0.657, 0.0005);
}

#[test]
fn files_that_cannot_be_right_are_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.csv");
    let file = path.display().to_string();
    let columns = ["--customer", "who", "--date", "day", "--value", "paid"];
    let ask = |text: &str| {
        std::fs::write(&path, text).expect("written");
        let all: Vec<&str> = ["lifetime-value", &file].into_iter().chain(columns).collect();
        run(&all)
    };
    for text in
        ["", "who,day,paid\n", "who,day,paid\na,2024-01-01,5\n", "who,day,paid\na,never,5\n,2024-01-01,5\n"]
    {
        let refusal = ask(text).expect_err("no answer");
        assert!(!refusal.is_empty(), "{text}");
    }
    let refusal = ask("a,b\n1,2\n").expect_err("no answer");
    assert!(refusal.contains("who") && refusal.contains("a"), "{refusal}");
    let summary = run(&["lifetime-value", &file]).expect_err("no summary");
    assert!(summary.contains("frequency"), "{summary}");
    // Refunds, unreadable cells and days before 1900 are counted and spoil nothing.
    let mut text = "\u{feff}who;day;paid\n".to_owned();
    for i in 0..400 {
        for k in 0..1 + i % 6 {
            writeln!(
                text,
                "c{i};{:02}/{:02}/1899;{},50",
                1 + (i * 7 + k * 3) % 28,
                1 + (i % 3 + k * 2) % 12,
                10 + (i * 13 + k) % 90
            )
            .expect("written");
        }
    }
    text.push_str("c1;13/01/1899;-500,00\nc2;32/01/1899;5,00\nc3;14/01/1899;abc\n;14/01/1899;5,00\n");
    let found = ask(&text).expect("an answer");
    assert_eq!(found["rows_rejected"], 3);
    assert_eq!(found["rejected"].as_array().map(Vec::len), Some(3));
    assert!(found["warnings"].to_string().contains("came back"), "{}", found["warnings"]);
}
