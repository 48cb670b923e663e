//! Insights, files, merges and the way back over the API.

use axum::http::StatusCode;
use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::program::{Program, id};
use crate::act::{firm, insight};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        an_insight_is_read_decided_and_refuted_by_a_program,
        records_leave_as_files_that_a_filter_narrows,
        two_people_become_one_and_two_again,
        a_change_is_taken_back_by_its_event_and_only_once,
    ]
}

fn an_insight_is_read_decided_and_refuted_by_a_program(installation: &Installation) {
    let program = Program::new(installation);
    let people = firm(program.app.store(), 12);
    let found = insight(program.app.store(), "likely_lost", &people[..7]);
    let list = program.get("/insights").is(200);
    assert_eq!(list["data"][0]["id"], json!(found));
    assert_eq!(program.get("/insights?kind=second_order").is(200)["data"], json!([]));
    program.get("/insights?status=lost").refused_at("status");
    program.get("/insights/ins_none").is(404);
    let path = format!("/insights/{found}");
    let shown = program.get(&path).is(200);
    assert_eq!((&shown["kind"], &shown["status"]), (&json!("likely_lost"), &json!("new")));
    assert!(shown["money"]["low"]["amount_minor"].is_i64() || shown["money"].is_null(), "{shown}");
    let first = program.get(&format!("{path}/people?limit=5")).is(200);
    let next = first["next"].as_str().expect("seven are more than five").to_string();
    let second = program.get(&format!("{path}/people?limit=5&after={next}")).is(200);
    assert_eq!((first["data"].as_array().unwrap().len(), second["data"].as_array().unwrap().len()), (5, 2));
    assert_eq!(program.post(&format!("{path}/review"), json!({})).is(200)["status"], "reviewed");
    program
        .post(&format!("{path}/decision"), json!({"why": " ", "expected_effect": "more"}))
        .refused_at("why");
    let decided = json!({"why": "They matter.", "expected_effect": "A tenth comes back."});
    let decided = program.post(&format!("{path}/decision"), decided).is(200);
    assert_eq!(
        (&decided["status"], &decided["decision"]["why"]),
        (&json!("decided"), &json!("They matter."))
    );
    assert_eq!(program.post(&format!("{path}/reopening"), json!({})).is(200)["status"], "reviewed");
    let refuted = program.post(&format!("{path}/refutation"), json!({"why": "A data fault."})).is(200);
    assert_eq!(refuted["status"], "refuted");
    program.post(&format!("{path}/refutation"), json!({"why": "Again."})).is(409);
    let events = program.get(&format!("/records/{found}/events")).is(200);
    let newest = id(&events["data"][0]);
    program.post(&format!("/events/{newest}/undo"), json!({})).is(200);
    assert_eq!(program.get(&path).is(200)["status"], "reviewed");
}

fn records_leave_as_files_that_a_filter_narrows(installation: &Installation) {
    let program = Program::new(installation);
    for (name, country) in [("Ada Lovelace", "GB"), ("Grace Hopper", "US")] {
        program.post("/people", json!({"name": name, "country": country})).is(201);
    }
    program.post("/companies", json!({"name": "Engines Ltd"})).is(201);
    let file = |path: &str| {
        let answer = program.download(path);
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        answer.body
    };
    let all = file("/exports/people.csv");
    assert!(all.contains("Ada") && all.contains("Grace"), "{all}");
    let british =
        "%7B%22field%22%3A%7B%22name%22%3A%22country%22%2C%22op%22%3A%22is%22%2C%22value%22%3A%22GB%22%7D%7D";
    let narrowed = file(&format!("/exports/people.csv?filter={british}"));
    assert!(narrowed.contains("Ada") && !narrowed.contains("Grace"), "{narrowed}");
    program.get("/exports/people.csv?filter=nonsense").refused_at("filter");
    assert!(file("/exports/companies.csv").contains("Engines Ltd"));
    assert!(
        file("/exports/orders.csv").starts_with("\u{feff}Order")
            || file("/exports/orders.csv").contains("Currency")
    );
}

fn two_people_become_one_and_two_again(installation: &Installation) {
    let program = Program::new(installation);
    let person = |body: Value| id(&program.post("/people", body).is(201));
    let kept = person(json!({"name": "Ada Lovelace", "email": "ada@example.com"}));
    let lost = person(json!({"name": "A. Lovelace", "phone": "+44 20 7946 0018", "city": "London"}));
    let company = id(&program.post("/companies", json!({"name": "Engines Ltd"})).is(201));
    let merging = |kept: &str, lost: &str| json!({"kept_id": kept, "lost_id": lost});
    program.post("/merges", merging(&kept, &kept)).refused_at("lost_id");
    program.post("/merges", merging(&kept, &company)).refused_at("lost_id");
    let chosen = json!({"kept_id": kept, "lost_id": lost, "choices": {"shoe": "lost"}});
    program.post("/merges", chosen).refused_at("shoe");
    let merge = program.post("/merges", merging(&kept, &lost)).is(201);
    let one = program.get(&format!("/people/{kept}")).is(200);
    assert_eq!((&one["email"], &one["city"]), (&json!("ada@example.com"), &json!("London")));
    program.post("/merges", merging(&kept, &lost)).is(409);
    let path = format!("/merges/{}", id(&merge));
    assert_eq!(program.get("/merges").is(200)["data"][0]["kept_id"], json!(kept));
    program.patch(&format!("/people/{kept}"), json!({"city": "Paris"})).is(200);
    let parted = program.post(&format!("{path}/undo"), json!({})).is(200);
    assert!(parted["merge"]["undone_at"].is_string());
    assert_eq!(parted["kept_changes"][0]["field"], "city", "{parted}");
    assert_eq!(program.get(&format!("/people/{lost}")).is(200)["city"], "London");
    program.post(&format!("{path}/undo"), json!({})).is(409);
}

fn a_change_is_taken_back_by_its_event_and_only_once(installation: &Installation) {
    let program = Program::new(installation);
    let person = id(&program.post("/people", json!({"name": "Ada", "city": "London"})).is(201));
    program.patch(&format!("/people/{person}"), json!({"city": "Paris"})).is(200);
    let newest = |program: &Program| {
        let events = program.get(&format!("/records/{person}/events")).is(200);
        id(&events["data"][0])
    };
    let moved = newest(&program);
    let undone = program.post(&format!("/events/{moved}/undo"), json!({})).is(200);
    assert_eq!(undone["id"], json!(moved));
    assert_eq!(program.get(&format!("/people/{person}")).is(200)["city"], "London");
    program.post(&format!("/events/{moved}/undo"), json!({})).is(409);
    program.post("/events/evt_none/undo", json!({})).is(404);
}
