//! Turns over the API: the whole of one, and what each step refuses.

use libtest_mimic::Trial;
use serde_json::json;

use super::program::{Program, id};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_turn_is_planned_run_and_closed_by_a_program,
        what_a_turn_is_planned_with_is_stated_by_a_program
    ]
}

fn winter(program: &Program) -> String {
    let stated = json!({"name": "Winter", "cadence": "quarter", "starts_on": "2024-01-01"});
    let turn = program.post("/turns", stated).is(201);
    assert_eq!(turn["ends_on"], "2024-03-31");
    id(&turn)
}

fn a_turn_is_planned_run_and_closed_by_a_program(installation: &Installation) {
    let program = Program::new(installation);
    program.get("/turns/current").is(404);
    program.post("/turns", json!({"cadence": "week", "starts_on": "2024-01-01"})).refused_at("cadence");
    program.post("/turns", json!({"cadence": "month", "starts_on": "soon"})).refused_at("starts_on");
    let path = format!("/turns/{}", winter(&program));
    assert_eq!(program.post(&format!("{path}/opening"), json!({})).is(200)["state"], "running");
    program.post(&format!("{path}/opening"), json!({})).is(409);
    assert_eq!(program.get("/turns/current").is(200)["name"], "Winter");
    let gates = program.get(&format!("{path}/gates")).is(200);
    assert_eq!((&gates["data"][0]["step"], &gates["data"][0]["state"]), (&json!("plan"), &json!("not_yet")));
    let waiver = json!({"condition": "plan.personas", "note": "one kind of customer"});
    program.post(&format!("{path}/waivers"), waiver).is(204);
    program
        .post(&format!("{path}/waivers"), json!({"condition": "luck", "note": "x"}))
        .refused_at("condition");
    program.post(&format!("{path}/closure"), json!({})).is(409);
    program.post(&format!("{path}/closing"), json!({})).is(200);
    let review = json!({"worked": "letters", "stopped": "calls", "version": 0, "proposals":
        [{"name": "More orders", "metric": "orders", "target": 120.0, "is_taken": true}]});
    assert_eq!(program.put(&format!("{path}/review"), review.clone()).is(200)["version"], 1);
    program.put(&format!("{path}/review"), review).is(409);
    let done = program.post(&format!("{path}/closure"), json!({})).is(200);
    assert_eq!(
        (&done["closed"]["state"], &done["next"]["name"]),
        (&json!("closed"), &json!("2024 quarter 2"))
    );
    assert_eq!(done["n_drafts"], 1);
    let report = program.get(&format!("{path}/report")).is(200);
    assert!(report["title"].as_str().unwrap().starts_with("Winter"), "{report}");
    assert_eq!(program.get("/turns").is(200)["data"].as_array().unwrap().len(), 2);
}

fn what_a_turn_is_planned_with_is_stated_by_a_program(installation: &Installation) {
    let program = Program::new(installation);
    let path = format!("/turns/{}/costs", winter(&program));
    let cost = json!({"kind": "time", "side": "actual", "minutes": 30, "hourly_rate_minor": 4000, "description": "calls"});
    assert_eq!(program.post(&path, cost).is(200)["amount_minor"], 2000);
    let cost = json!({"kind": "time", "side": "actual", "description": "calls"});
    program.post(&path, cost).refused_at("amount_minor");
    assert_eq!(program.get(&path).is(200)["data"].as_array().unwrap().len(), 1);
    let basis = json!({"name": "Marketing", "lawful_basis": "consent"});
    assert_eq!(program.put("/purposes/marketing", basis).is(200)["lawful_basis"], "consent");
    let basis = json!({"name": "Marketing", "lawful_basis": "curiosity"});
    program.put("/purposes/marketing", basis).refused_at("lawful_basis");
    program.put("/purposes/newsletter", json!({"name": "Newsletter"})).is(200);
    assert_eq!(program.get("/purposes").is(200)["data"].as_array().unwrap().len(), 3);
    program.post("/personas", json!({"name": "Thrifty Thea"})).is(201);
    program.post("/personas", json!({"name": "thrifty thea"})).refused_at("name");
    program.get("/strategy").is(404);
    let strategy = json!({"version": 0, "focus": "service", "objectives": "Fewer complaints"});
    assert_eq!(program.put("/strategy", strategy).is(200)["version"], 1);
    program.post("/strategy/sign-offs", json!({"department": "sales", "answer": "approved"})).is(204);
    assert_eq!(program.get("/strategy").is(200)["signed_by"], json!(["sales"]));
    let sources = program.get("/sources").is(200);
    assert_eq!(sources["data"][0]["key"], "orders");
}
