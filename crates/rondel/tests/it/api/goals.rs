//! Goals and metrics over the API.

use axum::http::Method;
use libtest_mimic::Trial;
use serde_json::json;

use super::program::{Program, id};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![a_goal_is_checked_kept_opened_and_given_up, a_metric_has_versions_and_a_past]
}

/// Four customers, each with an order in every month from September to December 2023; it is January 15, 2024.
fn customers(program: &Program) {
    for n in 0..4 {
        let person = program.post("/people", json!({"name": format!("Customer {n}")})).is(201);
        for (month, place) in ["2023-09", "2023-10", "2023-11", "2023-12"].iter().zip(0..) {
            let order = json!({
                "number": format!("A-{n}-{place}"), "person_id": id(&person), "currency": "EUR",
                "ordered_at": format!("{month}-0{}T10:00:00Z", n + 1),
                "lines": [{"description": "Mug", "quantity_milli": 1000, "unit_price_micro": 10_000_000}],
            });
            program.post("/orders", order).is(201);
        }
    }
}

fn a_goal_is_checked_kept_opened_and_given_up(installation: &Installation) {
    let program = Program::new(installation);
    customers(&program);
    let owner = program.get("/me").is(200)["user_id"].clone();
    let mut goal = json!({"name": "More orders", "metric": "orders", "target": 8, "due_on": "2024-03-31"});
    let gate = program.post("/goals/check", goal.clone()).is(200);
    assert_eq!((gate["is_open"].clone(), gate["baseline"].clone()), (json!(false), json!(4.0)));
    assert_eq!(gate["problems"][0]["field"], "owner");
    goal["owner_id"] = owner;
    goal["guardrails"] = json!(["return_rate", {"metric": "revenue", "worst": 100}]);
    let told = program.post("/goals", goal);
    let seen = told.tag();
    let goal = told.is(201);
    assert_eq!(goal["guardrails"][1]["worst"], 100.0);
    let path = format!("/goals/{}", id(&goal));
    program.call(Method::PATCH, &path, Some(json!({"target": 3})), &[("if-match", &seen)]).is(200);
    program.call(Method::PATCH, &path, Some(json!({"target": 9})), &[("if-match", &seen)]).is(412);
    program.post(&format!("{path}/opening"), json!({})).refused_at("target");
    program.call(Method::PATCH, &path, Some(json!({"target": 9})), &[]).is(200);
    assert_eq!(program.post(&format!("{path}/opening"), json!({})).is(200)["state"], "open");
    program.call(Method::PATCH, &path, Some(json!({"target": 10})), &[]).is(409);
    let progress = program.get(&format!("{path}/progress")).is(200);
    assert_eq!((progress["standing"].clone(), progress["value"].clone()), (json!("not_yet"), json!(4.0)));
    program.post(&format!("{path}/dropping"), json!({"why": ""})).refused_at("why");
    program.post(&format!("{path}/dropping"), json!({"why": "too late"})).is(200);
    assert_eq!(program.get("/goals").is(200)["data"], json!([]));
    assert_eq!(program.get("/goals?state=dropped").is(200)["data"].as_array().unwrap().len(), 1);
    program.get("/goals?state=maybe").refused_at("state");
    program.post("/goals", json!({"name": "X", "metric": "csat"})).refused_at("metric");
    program.post("/goals", json!({"name": "X", "period": "week"})).refused_at("period");
    program.post("/goals", json!({"name": ""})).refused_at("name");
}

fn a_metric_has_versions_and_a_past(installation: &Installation) {
    let program = Program::new(installation);
    customers(&program);
    let all = program.get("/metrics").is(200);
    assert!(all["data"].as_array().unwrap().len() > 25);
    let series = program.get("/metrics/revenue/series").is(200);
    let values: Vec<f64> =
        series["data"].as_array().unwrap().iter().map(|m| m["value"].as_f64().unwrap()).collect();
    assert_eq!(values, [4000.0; 3]);
    assert_eq!(program.get("/metrics/churn").is(200)["window_days"], 180);
    let change = json!({"window_days": 90, "reason": "Shorter cycle"});
    assert_eq!(program.call(Method::PATCH, "/metrics/churn", Some(change), &[]).is(200)["version"], 2);
    let change = json!({"window_days": 60});
    program.call(Method::PATCH, "/metrics/churn", Some(change), &[]).refused_at("reason");
    program.get("/metrics/none").is(404);
    program.get("/metrics/revenue/series?by=week").refused_at("by");
}
