//! `analyze score` on the shared data and on files that are hostile.

use serde_json::Value;

use crate::bench::{file, run, shared};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn shared_text(name: &str) -> Option<String> {
    shared(name).map(|path| path.to_str().unwrap().to_owned())
}

#[test]
fn telco_churn_is_foretold_as_well_as_by_logistic_regression_of_others() {
    let Some(path) = shared_text("telco_churn/Telco-Customer-Churn.csv") else { return };
    let found =
        run(&["score", &path, "--target", "Churn", "--positive", "Yes", "--id", "customerID"]).unwrap();
    // scikit-learn's logistic regression in five folds: AUC .845, Brier .136.
    assert!(number(&found["auc"]) >= 0.845 && number(&found["brier"]) <= 0.136, "{found}");
    assert!(number(&found["models"]["logistic"]["auc"]) >= 0.843);
    assert_eq!((found["n"].as_u64(), found["lift_by_decile"].as_array().unwrap().len()), (Some(7_043), 10));
    assert_eq!(found["leakage_warnings"].as_array().unwrap().len(), 0);
    assert!(found["reasons"][0]["reasons"][0]["column"].is_string());
}

#[test]
fn the_length_of_the_call_is_named_as_a_column_that_knows_the_answer() {
    let Some(path) = shared_text("bank_marketing_sample/bank-additional.csv") else { return };
    let found = run(&["score", &path, "--target", "y", "--positive", "yes"]).unwrap();
    let warnings = found["leakage_warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["column"], "duration");
    assert!((0.75..0.82).contains(&number(&found["without_warned_columns"]["auc"])));
}

#[test]
fn trees_find_in_3333_customers_what_the_plain_model_does_not() {
    let Some(path) = shared_text("churn_3333/churn_3333.csv") else { return };
    let found = run(&["score", &path, "--target", "churn", "--positive", "T"]).unwrap();
    assert_eq!(found["model"], "trees");
    assert!(number(&found["auc"]) > 0.9 && number(&found["models"]["logistic"]["auc"]) > 0.805);
    assert_eq!(found["columns_left_out"][0]["column"], "phonenumber");
}

/// Rows whose target follows from the first column, with a column that is filled where it happened.
fn leaking(n: usize) -> String {
    let mut text = String::from("id,visits,city,reason,bought\n");
    for i in 0..n {
        let bought = (i * 7919) % 100 < 20 + i % 10 * 5;
        let reason = if bought { "price" } else { "" };
        text.push_str(&format!(
            "c{i},{},town {},{reason},{}\n",
            i % 10,
            i * 31 % n,
            if bought { "yes" } else { "no" }
        ));
    }
    text
}

#[test]
fn a_column_that_is_filled_only_where_it_happened_is_named() {
    let (_folder, path) = file("leak.csv", &leaking(600));
    let found = run(&["score", &path, "--target", "bought", "--positive", "YES", "--id", "id"]).unwrap();
    assert_eq!(found["leakage_warnings"][0]["column"], "reason", "{found}");
    assert!(number(&found["auc"]) > 0.99);
    assert!(number(&found["without_warned_columns"]["auc"]) < 0.8);
}

#[test]
fn too_few_rows_and_a_constant_target_abstain_and_say_what_they_need() {
    let (_folder, path) = file("few.csv", &leaking(40));
    let found = run(&["score", &path, "--target", "bought", "--positive", "yes"]).unwrap();
    assert!(found["abstains"].as_str().unwrap().contains("at least 100 rows"), "{found}");
    assert_eq!(found["auc"], Value::Null);
    let constant: String =
        std::iter::once("x,y\n".to_owned()).chain((0..300).map(|i| format!("{i},1\n"))).collect();
    let (_folder, path) = file("constant.csv", &constant);
    let found = run(&["score", &path, "--target", "y", "--positive", "1"]).unwrap();
    assert!(found["abstains"].as_str().unwrap().contains("nothing to tell apart"));
}

#[test]
fn wrong_names_and_values_are_refused_with_what_the_file_has() {
    let (_folder, path) = file("leak.csv", &leaking(200));
    let refusal = run(&["score", &path, "--target", "bougth", "--positive", "yes"]).unwrap_err();
    assert!(refusal.contains("bougth") && refusal.contains("visits"), "{refusal}");
    let refusal = run(&["score", &path, "--target", "bought", "--positive", "maybe"]).unwrap_err();
    assert!(refusal.contains("maybe") && refusal.contains("no"), "{refusal}");
    let refusal =
        run(&["score", &path, "--target", "bought", "--positive", "yes", "--drop", "nothing"]).unwrap_err();
    assert!(refusal.contains("nothing"), "{refusal}");
}

#[test]
fn another_file_is_scored_and_judged_and_written_with_reasons() {
    let (folder, path) = file("train.csv", &leaking(800));
    let test = folder.path().join("test.csv");
    std::fs::write(&test, leaking(300).replace("town 4,", "nowhere,")).unwrap();
    let out = folder.path().join("out.csv");
    let (test, out) = (test.to_str().unwrap(), out.to_str().unwrap());
    let found = run(&[
        "score",
        &path,
        "--target",
        "bought",
        "--positive",
        "yes",
        "--id",
        "id",
        "--drop",
        "reason",
        "--test",
        test,
        "--out",
        out,
    ])
    .unwrap();
    assert_eq!(found["test"]["n"].as_u64(), Some(300));
    assert!(number(&found["test"]["auc"]) > 0.6);
    let written = std::fs::read_to_string(out).unwrap();
    assert_eq!(written.lines().count(), 301);
    assert!(written.starts_with("row,id,probability,label,reasons") && written.contains("visits = "));
}

#[test]
fn strange_cells_and_a_column_with_as_many_values_as_rows_do_no_harm() {
    let mut text = String::from("\u{feff}amount;when;name;city;y\n");
    for i in 0..1_000 {
        let amount = match i % 50 {
            0 => "NaN".to_owned(),
            1 => "-3,5".to_owned(),
            2 => "inf".to_owned(),
            _ => format!("{},25", i % 17),
        };
        let year = if i == 5 { 1066 } else { 2020 };
        text.push_str(&format!("{amount};01.02.{year};n{i};c{};{}\n", i * 7 % 700, u8::from(i % 17 > 9)));
    }
    let (_folder, path) = file("strange.csv", &text);
    let found = run(&["score", &path, "--target", "y", "--positive", "1"]).unwrap();
    assert!(number(&found["auc"]) > 0.9, "{found}");
    let left: Vec<&str> =
        found["columns_left_out"].as_array().unwrap().iter().filter_map(|c| c["column"].as_str()).collect();
    assert!(left.contains(&"name"), "{left:?}");
}

/// Rows of noise, each written three times, whose target follows from nothing.
fn written_thrice(n: usize) -> String {
    let mut text = String::from("amount;since;left\n");
    for _ in 0..3 {
        for i in 0..n {
            let mixed = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            let day = jiff::civil::date(2020, 1, 1) + jiff::Span::new().days((mixed % 1_500) as i64);
            let left = if mixed % 1_000 < 300 { "ja" } else { "nein" };
            let amount = (mixed / 1_000 % 1_000_003) as f64 / 7.0;
            text.push_str(&format!(
                "{};{};{left}\n",
                format!("{amount:.2}").replace('.', ","),
                day.strftime("%d.%m.%Y")
            ));
        }
    }
    text
}

#[test]
fn rows_that_are_copies_are_told_of_with_what_is_left_where_they_stay_together() {
    let (_folder, path) = file("thrice.csv", &written_thrice(600));
    let found = run(&["score", &path, "--target", "left", "--positive", "ja", "--model", "trees"]).unwrap();
    assert_eq!(found["copies"]["n"], 1_200);
    assert!(number(&found["auc"]) > number(&found["copies"]["auc"]) + 0.05, "{found}");
    assert!(
        found["warnings"].to_string().contains("1,200 rows are copies of others"),
        "{}",
        found["warnings"]
    );
    let reasons = found["reasons"].to_string();
    assert!(reasons.contains("since = 202") && !reasons.contains("day 1"), "{reasons}");
}

#[test]
fn a_file_that_could_not_be_written_for_want_of_a_score_is_told_of() {
    let (folder, path) = file("few.csv", "a,left\n1,yes\n2,no\n");
    let out = folder.path().join("scores.csv");
    let ask = ["score", &path, "--target", "left", "--positive", "yes", "--out", out.to_str().unwrap()];
    let found = run(&ask).unwrap();
    assert_eq!((&found["written"], out.exists()), (&Value::Bool(false), false));
}

#[test]
fn rows_that_are_equal_because_columns_have_few_values_are_no_copies() {
    let rows: String =
        (0..900).map(|i| format!("{},{},{}\n", i % 7, i % 3, if i * 31 % 10 < 4 { 1 } else { 0 })).collect();
    let (_folder, path) = file("few.csv", &format!("rooms,floor,left\n{rows}"));
    let found = run(&["score", &path, "--target", "left", "--positive", "1"]).unwrap();
    assert!(found["copies"].is_null(), "{}", found["copies"]);
}
