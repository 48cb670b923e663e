//! Segments, scores and turns over the API.

use axum::http::Method;
use libtest_mimic::Trial;
use serde_json::json;

use super::program::{Program, id};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![a_segment_lives_and_has_members, a_turn_is_asked_for_and_its_scores_are_read]
}

fn a_segment_lives_and_has_members(installation: &Installation) {
    let program = Program::new(installation);
    for (name, country) in [("Ada", "DE"), ("Grace", "DE"), ("Alan", "FR")] {
        program.post("/people", json!({"name": name, "country": country})).is(201);
    }
    let filter = json!({"field": {"name": "country", "op": "is", "value": "DE"}});
    let told = program.post("/segments", json!({"name": "Germans", "filter": filter}));
    let seen = told.tag();
    let segment = told.is(201);
    assert_eq!(segment["filter"], filter);
    let path = format!("/segments/{}", id(&segment));
    assert_eq!(program.get(&format!("{path}/count")).is(200), json!({"n": 2, "is_more": false}));
    let members = program.get(&format!("{path}/members?sort=name&limit=1")).is(200);
    assert_eq!(members["data"][0]["name"], "Ada");
    assert!(members["next"].is_string());
    let change = json!({"filter": {"field": {"name": "country", "op": "is", "value": "FR"}}});
    program.call(Method::PATCH, &path, Some(change.clone()), &[("if-match", &seen)]).is(200);
    program.call(Method::PATCH, &path, Some(change), &[("if-match", &seen)]).is(412);
    assert_eq!(program.get(&format!("{path}/count")).is(200)["n"], 1);
    program.post("/segments", json!({"name": "Germans", "filter": {"all": []}})).refused_at("name");
    program.post("/segments", json!({"name": "X", "filter": {"every": []}})).refused_at("filter");
    assert_eq!(program.get("/segments").is(200)["data"].as_array().unwrap().len(), 1);
    program.delete(&path).is(204);
    program.get(&path).is(404);
}

fn a_turn_is_asked_for_and_its_scores_are_read(installation: &Installation) {
    let program = Program::new(installation);
    let person = id(&program.post("/people", json!({"name": "Ada"})).is(201));
    program.get("/turn-runs/latest").is(404);
    program.get(&format!("/scores/{person}")).is(404);
    for number in 1..=3 {
        let order = json!({"number": format!("{number}"), "person_id": person, "currency": "EUR",
            "ordered_at": format!("2024-01-0{number}T08:00:00Z"),
            "lines": [{"quantity_milli": 1000, "unit_price_micro": 10_000_000}]});
        program.post("/orders", order).is(201);
    }
    let queued = program.post("/turn-runs", json!({})).is(202);
    assert_eq!(queued["is_new"], true);
    assert_eq!(program.post("/turn-runs", json!({})).is(202)["is_new"], false, "one waits already");
    program.post("/turn-runs", json!({"last_day": "soon"})).refused_at("last_day");
    program.app.run_jobs();
    let run = program.get("/turn-runs/latest").is(200);
    assert_eq!(run["state"], "done", "{run}");
    assert_eq!(program.get("/turn-runs").is(200)["data"].as_array().unwrap().len(), 1);
    let scores = program.get(&format!("/scores/{person}")).is(200);
    assert_eq!((&scores["person_id"], &scores["run_id"]), (&json!(person), &run["id"]));
}
