//! Actions and experiments over the API, and on the command line over the same records.

use libtest_mimic::Trial;
use serde_json::json;

use super::program::{Program, id};
use crate::act::{allow_marketing, everybody, firm, insight};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        an_offer_is_drafted_planned_launched_and_redeemed,
        an_insight_alone_is_enough_for_a_draft,
        commands_list_plan_and_show_what_was_made,
    ]
}

fn offer(segment: &str) -> serde_json::Value {
    json!({
        "kind": "offer", "name": "Ten off", "hypothesis": "A discount brings them.", "segment_id": segment,
        "purpose": "marketing", "expected_per_person": 0.05,
        "experiment": {"holdout_permille": 200, "metric": "active_customers", "window_days": 28, "pre_days": 90},
        "offer": {"percent_permille": 100, "valid_until": "2024-02-15"}
    })
}

fn an_offer_is_drafted_planned_launched_and_redeemed(installation: &Installation) {
    let program = Program::new(installation);
    let store = program.app.store();
    firm(store, 60);
    let segment = everybody(store);
    let mut wrong = offer(&segment);
    wrong["experiment"]["holdout_permille"] = json!(1000);
    program.post("/actions", wrong.clone()).refused_at("holdout");
    wrong["experiment"]["metric"] = json!("happiness");
    program.post("/actions", wrong).refused_at("experiment.metric");
    let action = program.post("/actions", offer(&segment)).is(201);
    let path = format!("/actions/{}", id(&action));
    program.get(&format!("{path}/people")).is(409);
    let checks = program.get(&format!("{path}/checks")).is(200);
    assert!(
        checks
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["field"] == "purpose" && !check["problem"].is_null())
    );
    allow_marketing(store);
    program.post(&format!("{path}/launch"), json!({})).refused_at("why_underpowered");
    let experiments = program.get(&format!("/experiments?action_id={}", id(&action))).is(200);
    let experiment = id(&experiments["data"][0]);
    let plan = program.post(&format!("/experiments/{experiment}/plan"), json!({})).is(200);
    assert_eq!((&plan["answer"], &plan["n_people"]), (&json!("no"), &json!(60)), "{plan}");
    let why = json!({"why": "To learn how."});
    program.post(&format!("/experiments/{experiment}/allowance"), why).is(200);
    assert_eq!(program.post(&format!("{path}/launch"), json!({})).is(200)["state"], "running");
    program.post(&format!("/experiments/{experiment}/plan"), json!({})).is(409);
    program.app.run_jobs();
    let standing = program.get(&format!("/experiments/{experiment}/standing")).is(200);
    let n_of = |arm: usize| standing["arms"][arm]["n_people"].as_i64().unwrap();
    assert_eq!(n_of(0) + n_of(1), 60);
    assert_eq!(standing["sample_ratio_alarm"], false);
    let codes = program.get(&format!("{path}/codes?limit=200")).is(200)["data"].as_array().unwrap().clone();
    assert_eq!(codes.len() as i64, n_of(1));
    let people = program.get(&format!("{path}/people?limit=200")).is(200)["data"].as_array().unwrap().len();
    assert_eq!(people as i64, n_of(1));
    let used = json!({"code": codes[0]["code"], "order_number": "R-1", "order_minor": 5_000});
    assert_eq!(program.post("/coupons/redemptions", used.clone()).is(200)["discount_minor"], 500);
    program.post("/coupons/redemptions", used).is(200);
    let again = json!({"code": codes[0]["code"], "order_number": "R-2", "order_minor": 5_000});
    program.post("/coupons/redemptions", again).refused_at("code");
    program.get("/coupons/NONE").is(404);
    assert_eq!(program.post(&format!("{path}/completion"), json!({})).is(200)["state"], "done");
}

fn an_insight_alone_is_enough_for_a_draft(installation: &Installation) {
    let program = Program::new(installation);
    let store = program.app.store();
    let people = firm(store, 30);
    let insight = insight(store, "tier_drop", &people);
    let action = program.post("/actions", json!({"insight_id": insight})).is(201);
    assert_eq!((&action["kind"], &action["insight_id"]), (&json!("call_list"), &json!(insight)));
    allow_marketing(store);
    let path = format!("/actions/{}", id(&action));
    let experiments = program.get(&format!("/experiments?action_id={}", id(&action))).is(200);
    let experiment = id(&experiments["data"][0]);
    program.post(&format!("/experiments/{experiment}/plan"), json!({})).is(200);
    program.post(&format!("/experiments/{experiment}/allowance"), json!({"why": "To learn how."})).is(200);
    program.post(&format!("{path}/launch"), json!({})).is(200);
    program.app.run_jobs();
    let calls = program.get(&format!("{path}/calls")).is(200)["data"].as_array().unwrap().clone();
    assert!(!calls.is_empty());
    let call = format!("/calls/{}/outcome", calls[0]["id"].as_str().unwrap());
    program.post(&call, json!({"outcome": "perhaps"})).refused_at("outcome");
    assert_eq!(program.post(&call, json!({"outcome": "reached"})).is(200)["is_open"], false);
    program.post(&call, json!({"outcome": "reached"})).is(409);
    let standing = program.get(&format!("/experiments/{experiment}/standing")).is(200);
    assert_eq!(standing["exposed"], json!([{"arm": "treated", "kind": "called", "n_people": 1}]));
    let point = json!({"place": "shop", "what": "New form.", "changed_on": "2024-01-10"});
    let point = program.post("/touch-points", point).is(201);
    assert_eq!(
        program.post(&format!("/touch-points/{}/end", id(&point)), json!({})).is(200)["ended_on"],
        "2024-01-15"
    );
    assert_eq!(program.get("/touch-points").is(200)["data"].as_array().unwrap().len(), 1);
}

fn commands_list_plan_and_show_what_was_made(installation: &Installation) {
    let run = |arguments: &[&str], code: i32| {
        let out = installation.rondel().arg("--json").args(arguments).output().unwrap();
        let words = String::from_utf8_lossy(&out.stdout).into_owned();
        assert_eq!(out.status.code(), Some(code), "{words}{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_str::<serde_json::Value>(&words).unwrap()
    };
    let (action, experiment) = {
        let program = Program::new(installation);
        firm(program.app.store(), 60);
        allow_marketing(program.app.store());
        let segment = everybody(program.app.store());
        let action = id(&program.post("/actions", offer(&segment)).is(201));
        let experiments = program.get(&format!("/experiments?action_id={action}")).is(200);
        (action, id(&experiments["data"][0]))
    };
    assert_eq!(run(&["action", "list"], 0)["actions"][0]["id"], json!(action));
    assert_eq!(run(&["action", "check", &action], 1)["is_ready"], false);
    let planned = run(&["experiment", "plan", &action], 0);
    assert_eq!(
        (&planned["plan"]["n_people"], &planned["experiment"]["id"]),
        (&json!(60), &json!(experiment))
    );
    run(&["action", "launch", &action], 1);
    let shown = run(&["experiment", "show", &experiment], 0);
    assert_eq!(shown["experiment"]["state"], "planned");
    run(&["experiment", "show", "exp_none"], 1);
    assert_eq!(run(&["experiment", "list"], 0)["experiments"].as_array().unwrap().len(), 1);
}
