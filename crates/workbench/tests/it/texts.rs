//! What texts say and which way cases go: sentiment, classes, topics, process.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::bench::{run, shared};

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file in a folder of the test");
    path.display().to_string()
}

fn number(answer: &Value, key: &str) -> f64 {
    answer[key].as_f64().unwrap_or_else(|| panic!("{key} is {}", answer[key]))
}

#[test]
fn sentiment_counts_tones_and_leaves_other_languages_out() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "id,text,label\n1,The staff was great and kind,positive\n2,Waste of money. Never again!,negative\n\
               3,Das Essen war leider kalt und der Kellner sehr unfreundlich,negative\n4,,positive\n5,😍😍,positive\n";
    let path = file(folder.path(), "t.csv", csv);
    let out = folder.path().join("o.csv").display().to_string();
    let answer = run(&["sentiment", &path, "--text", "text", "--label", "label", "--out", &out]).unwrap();
    assert_eq!(answer["n"], 5);
    let counts = &answer["counts"];
    assert_eq!(
        (&counts["positive"], &counts["negative"], &counts["abstained"]),
        (&2.into(), &1.into(), &2.into())
    );
    assert_eq!(number(&answer, "accuracy"), 1.0);
    assert_eq!(answer["languages"]["deu"], 1);
    let written = fs::read_to_string(&out).unwrap();
    assert!(written.starts_with("row,language,compound,positive,neutral,negative,tone"), "{written}");
    assert_eq!(written.lines().count(), 6);
}

#[test]
fn the_vader_mode_judges_every_text_as_the_reference_does() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "text;stars\nThe hotline is not helpful.;1\nThe parcel came early and the driver was VERY KIND!!!;5\n;3\nok;4\n";
    let path = file(folder.path(), "t.csv", csv);
    let out = folder.path().join("o.csv").display().to_string();
    let line = ["sentiment", &path, "--text", "TEXT", "--label", "stars", "--mode", "vader", "--out", &out];
    let answer = run(&line).unwrap();
    assert_eq!((&answer["mode"], &answer["counts"]["abstained"]), (&"vader".into(), &0.into()));
    assert!(number(&answer, "correlation") > 0.8);
    let written = fs::read_to_string(&out).unwrap();
    assert!(written.contains("-0.3252") && written.contains("0.7926"), "{written}");
}

#[test]
fn a_label_that_is_neither_number_nor_tone_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "t.csv", "text,label\ngood,apple\nbad,pear\n");
    let refusal = run(&["sentiment", &path, "--text", "text", "--label", "label"]).unwrap_err();
    assert!(refusal.contains("label") && refusal.contains("apple"), "{refusal}");
    let refusal = run(&["sentiment", &path, "--text", "words"]).unwrap_err();
    assert!(refusal.contains("words") && refusal.contains("text"), "{refusal}");
}

#[test]
fn yelp_sentences_are_told_at_least_as_well_as_by_vader() {
    let Some(path) = shared("sentiment/yelp_labelled.txt") else { return };
    let folder = tempfile::tempdir().unwrap();
    let lines = fs::read_to_string(path).unwrap();
    let rows = lines.lines().filter_map(|l| l.split_once('\t'));
    let csv: String = rows.map(|(t, l)| format!("\"{}\",{}\n", t.replace('"', "\"\""), l.trim())).collect();
    let path = file(folder.path(), "y.csv", &format!("text,label\n{csv}"));
    let accuracy = |mode: &str| {
        let line = ["sentiment", &path, "--text", "text", "--label", "label", "--mode", mode];
        number(&run(&line).unwrap(), "accuracy")
    };
    assert_eq!(accuracy("vader"), 0.817);
    assert!(accuracy("customer") > 0.88);
}

/// Three subjects in sentences that are put together from a few words each.
fn three_subjects(n: usize) -> String {
    let parts = [
        ("billing", ["invoice", "charged twice", "refund payment", "credit card bill", "wrong amount"]),
        ("network", ["internet slow", "router connection", "wifi drops", "download speed", "outage signal"]),
        (
            "delivery",
            ["parcel late", "courier lost box", "tracking number", "shipping address", "package damaged"],
        ),
    ];
    let mut csv = String::from("text,label,day\n");
    for i in 0..n {
        let (label, words) = &parts[i % 3];
        let (a, b, c) = (words[i / 3 % 5], words[i / 15 % 5], words[(i / 3 + 2) % 5]);
        csv.push_str(&format!(
            "My {a} and the {b} with {c} again,{label},2024-{:02}-{:02}\n",
            i * 12 / n + 1,
            i % 28 + 1
        ));
    }
    csv
}

#[test]
fn classes_that_differ_are_told_apart_and_strange_texts_are_left_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "c.csv", &three_subjects(300));
    let test = file(
        folder.path(),
        "test.csv",
        "text,label\nthe invoice was charged twice,billing\nwifi and router connection slow,network\nhow do I bake a cake,cooking\n",
    );
    let answer = run(&["classify", &path, "--text", "text", "--label", "label"]).unwrap();
    assert!(number(&answer, "accuracy") > 0.99 && number(&answer, "coverage") > 0.95, "{answer}");
    assert_eq!(answer["n_classes"], 3);
    let out = folder.path().join("o.csv").display().to_string();
    let line = ["classify", &path, "--text", "text", "--label", "label", "--test", &test, "--out", &out];
    let answer = run(&line).unwrap();
    assert_eq!(answer["out_of_scope"]["n_abstained"], 1);
    let written = fs::read_to_string(&out).unwrap();
    assert_eq!(written.lines().count(), 4, "{written}");
}

#[test]
fn too_few_texts_and_one_class_give_no_classifier() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "c.csv", "text,label\na,b\n");
    assert!(
        run(&["classify", &path, "--text", "text", "--label", "label"]).unwrap_err().contains("can't tell")
    );
    let path = file(folder.path(), "d.csv", &format!("text,label\n{}", "same words,one\n".repeat(50)));
    assert!(run(&["classify", &path, "--text", "text", "--label", "label"]).unwrap_err().contains("classes"));
}

#[test]
fn three_subjects_come_out_as_topics_with_a_trend() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "c.csv", &three_subjects(300));
    let line = ["topics", &path, "--text", "text", "--time", "day", "--topics", "3"];
    let answer = run(&line).unwrap();
    let topics = answer["topics"].as_array().unwrap();
    assert_eq!(topics.iter().map(|t| t["n"].as_u64().unwrap()).collect::<Vec<_>>(), [100, 100, 100]);
    assert_eq!(topics[0]["trend"]["direction"], "none seen");
    assert_eq!(run(&line).unwrap()["topics"], answer["topics"]);
    let path = file(folder.path(), "e.csv", "text\n\n\n");
    assert!(run(&["topics", &path, "--text", "text"]).is_err());
}

#[test]
fn complaints_have_topics_of_a_telecom_firm_over_months() {
    let Some(path) = shared("complaints/Comcast_telecom_complaints_data.csv") else { return };
    let path = path.display().to_string();
    let answer = run(&["topics", &path, "--text", "Customer Complaint", "--time", "Date"]).unwrap();
    assert_eq!(answer["n"], 2224);
    assert_eq!(
        (&answer["periods"]["unit"], answer["periods"]["n_texts"].as_array().unwrap().len()),
        (&"month".into(), 12)
    );
    let keywords = answer["topics"].to_string();
    for word in ["data cap", "billing", "speed"] {
        assert!(keywords.contains(word), "{word}");
    }
}

/// Figures of pandas 2.3 and pm4py 2.7.23 over the same file.
#[test]
fn the_help_desk_log_gives_the_figures_of_pm4py() {
    let Some(path) = shared("ticket_log/helpdesk.csv") else { return };
    let path = path.display().to_string();
    let line =
        ["process", &path, "--case", "CaseID", "--activity", "ActivityID", "--time", "CompleteTimestamp"];
    let answer = run(&line).unwrap();
    assert_eq!(
        (&answer["n"], &answer["cases"], &answer["n_variants"]),
        (&13710.into(), &3804.into(), &154.into())
    );
    let variants = answer["variants"].as_array().unwrap();
    assert_eq!((&variants[0]["n"], &variants[1]["n"]), (&2173.into(), &276.into()));
    assert_eq!(variants[0]["path"], serde_json::json!(["1", "8", "6"]));
    assert_eq!(answer["transitions"].as_array().unwrap().len(), 33);
    assert_eq!(
        (&answer["transitions"][0]["n"], &answer["transitions"][1]["n"]),
        (&3483.into(), &3286.into())
    );
    assert_eq!(answer["case_seconds"]["median"], 339_363.0);
    assert!((answer["case_seconds"]["mean"].as_f64().unwrap() - 760_160.825_184).abs() < 1e-4);
    let stage = |name: &str| {
        answer["stages"].as_array().unwrap().iter().find(|s| s["activity"] == name).unwrap().clone()
    };
    let first = stage("1");
    assert_eq!((&first["n"], &first["n_cases"]), (&4144.into(), &3749.into()));
    assert_eq!(first["median_seconds"], 7482.5);
    assert!((number(&first, "p90_seconds") - 634_085.0).abs() < 1e-6);
    assert_eq!(first["seconds_since_previous"]["median"], 1534.0);
    assert_eq!(stage("9")["median_seconds"], 444_765.5);
}

#[test]
fn a_log_with_holes_says_what_it_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "case,stage,at\n1,new,2024-01-01 10:00:00\n1,done,2024-01-01 11:00:00\n2,new,never\n,new,2024-01-02 09:00:00\n\
               3,new,2024-01-03 09:00:00\n";
    let path = file(folder.path(), "l.csv", csv);
    let answer = run(&["process", &path, "--case", "case", "--activity", "stage", "--time", "at"]).unwrap();
    assert_eq!((&answer["cases"], &answer["rows_rejected"]), (&2.into(), &2.into()));
    assert_eq!(answer["deviation"]["usual_path"], Value::Null);
    let path = file(folder.path(), "m.csv", "case,stage,at\n");
    assert!(run(&["process", &path, "--case", "case", "--activity", "stage", "--time", "at"]).is_err());
}
