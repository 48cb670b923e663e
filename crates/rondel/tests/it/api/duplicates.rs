//! Duplicates over the API: proposed with their reasons, decided, merged, and the rows of a file that look like somebody.

use std::fmt::Write as _;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::program::{Program, id};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_program_reads_the_queue_with_its_reasons_and_decides_each_pair,
        a_merge_by_hand_decides_the_pair_that_it_is,
        rows_that_look_like_somebody_are_told_with_what_became_of_them,
    ]
}

const GIVEN: [&str; 12] =
    ["Anna", "Jonas", "Lea", "Paul", "Mia", "Emil", "Ida", "Karl", "Nora", "Hugo", "Vera", "Otto"];
const FAMILY: [&str; 10] =
    ["Schmidt", "Weber", "Wagner", "Becker", "Hoffmann", "Koch", "Bauer", "Richter", "Klein", "Wolf"];
/// Four people of whom another file has the same under other names of the same streets.
const KNOWN: [(&str, &str, &str, &str, &str); 4] = [
    ("Elisabeth", "Grünwald", "Hauptstraße 7", "50667", "1980-04-17"),
    ("Friedrich", "Oberländer", "Marktstraße 12", "80331", "1971-09-02"),
    ("Katharina", "Steinbrück", "Gartenstraße 31", "20095", "1988-12-24"),
    ("Sebastian", "Hohenfels", "Lindenstraße 4", "10115", "1965-01-30"),
];

/// Strangers and the four.
fn customers() -> String {
    let mut text = String::from("First name,Last name,E-mail,Street,Postcode,Birthday\n");
    for n in 0..120_usize {
        let (given, family) = (GIVEN[n % 12], FAMILY[(n / 12 + n) % 10]);
        let (postcode, number) = (10_000 + n * 37 % 900, n * 7919 % 1000);
        writeln!(text, "{given},{family},user{n:03}x{number}@example.com,Weg {},{postcode},", n + 1).unwrap();
    }
    for (given, family, street, postcode, born) in KNOWN {
        writeln!(text, "{given},{family},{family}@example.com,{street},{postcode},{born}").unwrap();
    }
    text
}

/// The same four, with short street names and no address by which a key would find them.
fn fair() -> String {
    let mut text = String::from("First name,Last name,Street,Postcode,Birthday\n");
    for (given, family, street, postcode, born) in KNOWN {
        writeln!(text, "{given},{family},{},{postcode},{born}", street.replace("straße", "str.")).unwrap();
    }
    text
}

/// Runs a file with this likeness from which on a row is taken for somebody; answers its address.
fn run(program: &Program, name: &str, text: &str, match_by_likeness: Option<f64>) -> String {
    let import = program.hand_in(&[("kind", "people")], name, text).is(201);
    let path = format!("/imports/{}", id(&import));
    let mut plan = import["plan"].clone();
    plan["match_by_likeness"] = json!(match_by_likeness);
    program.put(&format!("{path}/plan"), plan).is(200);
    program.post(&format!("{path}/run"), json!({})).is(202);
    program.app.run_jobs();
    assert_eq!(program.get(&path).is(200)["state"], "done");
    path
}

fn address(pair: &Value) -> String {
    format!("/duplicates/{}/{}", pair["left_id"].as_str().unwrap(), pair["right_id"].as_str().unwrap())
}

fn list(program: &Program, path: &str) -> Vec<Value> {
    program.get(path).is(200)["data"].as_array().unwrap().clone()
}

fn a_program_reads_the_queue_with_its_reasons_and_decides_each_pair(installation: &Installation) {
    let program = Program::new(installation);
    run(&program, "customers.csv", &customers(), None);
    run(&program, "fair.csv", &fair(), None);
    let first = program.get("/duplicates?limit=3").is(200);
    let next = first["next"].as_str().expect("four are more than three");
    let second = program.get(&format!("/duplicates?limit=3&after={next}")).is(200);
    let mut pairs = first["data"].as_array().unwrap().clone();
    pairs.extend(second["data"].as_array().unwrap().clone());
    assert_eq!((pairs.len(), &second["next"]), (4, &Value::Null));
    let chances: Vec<f64> = pairs.iter().map(|pair| pair["probability"].as_f64().unwrap()).collect();
    assert!(chances.is_sorted_by(|x, y| x >= y) && chances[3] > 0.5, "{chances:?}");
    for pair in &pairs {
        let bits: f64 = pair["reasons"].as_array().unwrap().iter().map(|r| r["bits"].as_f64().unwrap()).sum();
        let told = 1.0 / (1.0 + (-bits).exp2());
        assert!((told - pair["probability"].as_f64().unwrap()).abs() < 0.05, "the reasons add up: {pair}");
    }
    let shown = program.get(&address(&pairs[0])).is(200);
    assert_eq!((&shown["merge"], &shown["state"]), (&Value::Null, &json!("proposed")));
    let fields: Vec<&str> =
        shown["fields"].as_array().unwrap().iter().filter_map(|f| f["field"].as_str()).collect();
    assert!(fields.contains(&"street") && fields.contains(&"email"), "{shown}");
    let decide = |n: usize, body: Value| program.post(&format!("{}/decision", address(&pairs[n])), body);

    decide(0, json!({"decision": "different", "kept_id": shown["kept_id"]})).refused_at("kept_id");
    decide(0, json!({"decision": "merge", "kept_id": "per_other"})).refused_at("kept_id");
    decide(0, json!({"decision": "maybe"})).refused_at("decision");
    let merged = decide(0, json!({"decision": "merge", "choices": {"street": "lost"}})).is(200);
    assert_eq!((&merged["state"], &merged["merge"]["kept_id"]), (&json!("merged"), &shown["kept_id"]));
    decide(0, json!({"decision": "different"})).is(409);
    assert_eq!(decide(1, json!({"decision": "different"})).is(200)["state"], "different");
    assert_eq!(decide(2, json!({"decision": "skip"})).is(200)["state"], "skipped");
    assert_eq!(list(&program, "/duplicates").len(), 1);
    assert_eq!(list(&program, "/duplicates?state=different").len(), 1);
    assert_eq!(list(&program, "/duplicates?state=merged").len(), 1);
    assert_eq!(decide(2, json!({"decision": "reopen"})).is(200)["state"], "proposed");

    program.post(&format!("/merges/{}/undo", id(&merged["merge"])), json!({})).is(200);
    assert_eq!(program.get(&address(&pairs[0])).is(200)["state"], "proposed");
    program.post("/duplicate-searches", json!({})).is(202);
    assert_eq!(program.get("/duplicate-searches").is(200)["is_searching"], true);
    program.app.run_jobs();
    let searched = program.get("/duplicate-searches").is(200);
    assert_eq!((&searched["is_searching"], &searched["n_different"]), (&json!(false), &json!(1)));
    assert_eq!(searched["versions"][0]["n_records"], 128);
    assert_eq!(list(&program, "/duplicates").len(), 3, "what was told apart is not proposed again");
    program.get("/duplicates?kind=pets").refused_at("kind");
    program.get("/duplicates?after=nowhere").refused_at("after");
    program.get("/duplicates/per_a/per_b").is(404);
    assert_eq!(list(&program, "/duplicates?kind=company"), Vec::<Value>::new());
}

fn a_merge_by_hand_decides_the_pair_that_it_is(installation: &Installation) {
    let program = Program::new(installation);
    run(&program, "customers.csv", &customers(), None);
    run(&program, "fair.csv", &fair(), None);
    let pair = program.get("/duplicates?limit=1").is(200)["data"][0].clone();
    let merging = json!({"kept_id": pair["right_id"], "lost_id": pair["left_id"]});
    let merge = program.post("/merges", merging).is(201);
    let shown = program.get(&address(&pair)).is(200);
    assert_eq!((&shown["state"], &shown["merge"]["id"]), (&json!("merged"), &merge["id"]));
    assert_eq!(shown["kept_id"], pair["right_id"]);
}

fn rows_that_look_like_somebody_are_told_with_what_became_of_them(installation: &Installation) {
    let program = Program::new(installation);
    run(&program, "customers.csv", &customers(), None);
    assert_eq!(
        list(
            &program,
            &format!(
                "{}/likenesses",
                run(&program, "none.csv", "First name,Last name\nKunigunde,Zabel\n", None)
            )
        )
        .len(),
        0
    );
    let waiting = run(&program, "fair.csv", &fair(), None);
    let first = program.get(&format!("{waiting}/likenesses?limit=3")).is(200);
    let next = first["next"].as_str().expect("four are more than three");
    let rest = list(&program, &format!("{waiting}/likenesses?limit=3&after={next}"));
    assert_eq!((first["data"].as_array().unwrap().len(), rest.len()), (3, 1));
    let one = &first["data"][0];
    assert_eq!(one["state"], "proposed", "{one}");
    assert!(one["probability"].as_f64().unwrap() > 0.5 && !one["reasons"].as_array().unwrap().is_empty());
    let pair =
        format!("/duplicates/{}/{}", one["record_id"].as_str().unwrap(), one["other_id"].as_str().unwrap());
    program.post(&format!("{pair}/decision"), json!({"decision": "different"})).is(200);
    assert_eq!(list(&program, &format!("{waiting}/likenesses"))[0]["state"], "different");
    program.get(&format!("{waiting}/likenesses?after=x")).refused_at("after");
    program.post(&format!("{waiting}/undo"), json!({})).is(202);
    program.app.run_jobs();

    let matched = run(&program, "fair again.csv", &format!("{}\n", fair()), Some(0.9));
    let rows = list(&program, &format!("{matched}/likenesses"));
    assert_eq!(rows.len(), 4, "{rows:?}");
    for row in &rows {
        assert_eq!((&row["state"], &row["record_id"]), (&json!("matched"), &row["other_id"]));
        assert!(row["note"].as_str().unwrap().contains("by likeness"), "{row}");
    }
}
