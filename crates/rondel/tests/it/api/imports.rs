//! Imports over the API: handed in, mapped, tried, run, mended, taken back.

use libtest_mimic::Trial;
use serde_json::json;

use super::program::{Program, id};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_file_is_mapped_tried_run_mended_and_taken_back,
        a_plan_that_cannot_work_is_refused_at_its_column,
        an_import_that_was_only_looked_at_is_forgotten,
    ]
}

const FILE: &str = "No;Name;Mail;Since\n1;Ada Lovelace;ada@example.com;01.02.2020\n2;;;\n;;;03.04.2021\n";

fn a_file_is_mapped_tried_run_mended_and_taken_back(installation: &Installation) {
    let program = Program::new(installation);
    let told = program.hand_in(&[("kind", "people"), ("source", "fair")], "people.csv", FILE);
    let import = told.is(201);
    assert_eq!(
        (&import["state"], &import["kind"], &import["plan"]["source"]),
        (&json!("mapping"), &json!("people"), &json!("fair"))
    );
    let path = format!("/imports/{}", id(&import));
    let mut plan = import["plan"].clone();
    plan["columns"][0]["field"] = json!("person.external_id");
    plan["keys"] = json!(["person.external_id"]);
    let changed = program.put(&format!("{path}/plan"), plan).is(200);
    assert_eq!(changed["plan"]["keys"], json!(["person.external_id"]));

    program.get(&format!("{path}/preview")).is(404);
    program.post(&format!("{path}/preview"), json!({})).is(202);
    assert_eq!(program.get(&format!("{path}/preview")).is(200)["is_under_way"], true);
    program.app.run_jobs();
    let preview = program.get(&format!("{path}/preview")).is(200);
    assert_eq!(
        (&preview["is_current"], &preview["counts"]["new"], &preview["counts"]["error"]),
        (&json!(true), &json!(2), &json!(1))
    );
    assert_eq!(program.get("/people").is(200)["data"], json!([]), "nothing was written");

    program.post(&format!("{path}/run"), json!({})).is(202);
    program.post(&format!("{path}/run"), json!({})).is(409);
    program.app.run_jobs();
    let done = program.get(&path).is(200);
    assert_eq!(
        (&done["state"], &done["counts"]["new"], &done["counts"]["error"]),
        (&json!("done"), &json!(2), &json!(1))
    );
    let ada = program.get("/people/by-external-id/1").is(200);
    assert_eq!((&ada["email"], &ada["source"]), (&json!("ada@example.com"), &json!("fair")));
    let rows = program.get(&format!("{path}/rows?limit=1")).is(200);
    assert_eq!((&rows["data"][0]["outcome"], &rows["data"][0]["record_id"]), (&json!("new"), &ada["id"]));
    assert!(rows["next"].is_string());

    let rejected = program.get(&format!("{path}/rejected")).is(200);
    let row = rejected["data"][0]["row"].clone();
    let mended = json!({"corrections": [{"row": row, "cells": ["3", "Grace Hopper", "", "03.04.2021"]}]});
    assert_eq!(program.post(&format!("{path}/replay"), mended).is(200), json!({"n_taken": 1, "n_left": 0}));
    assert_eq!(program.get("/people").is(200)["data"].as_array().unwrap().len(), 3);

    program.post(&format!("{path}/undo"), json!({})).is(202);
    program.app.run_jobs();
    assert_eq!(program.get(&path).is(200)["state"], "undone");
    assert_eq!(program.get("/people").is(200)["data"], json!([]));
    assert_eq!(program.get("/imports").is(200)["data"].as_array().unwrap().len(), 1);
}

fn a_plan_that_cannot_work_is_refused_at_its_column(installation: &Installation) {
    let program = Program::new(installation);
    let import = program.hand_in(&[], "people.csv", FILE).is(201);
    let path = format!("/imports/{}/plan", id(&import));
    let changed = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut plan = import["plan"].clone();
        change(&mut plan);
        program.put(&path, plan)
    };
    changed(&|plan| plan["columns"][1]["field"] = json!("person.shoe")).refused_at("columns.1.field");
    changed(&|plan| plan["columns"][1]["header"] = json!("Other")).refused_at("columns");
    changed(&|plan| plan["keys"] = json!(["person.phone"])).refused_at("keys");
    changed(&|plan| plan["currency"] = json!("Taler")).refused_at("currency");
    changed(&|plan| plan["decimal_mark"] = json!(";")).refused_at("decimal_mark");
    changed(&|plan| plan["kind"] = json!("pets")).refused_at("kind");
}

fn an_import_that_was_only_looked_at_is_forgotten(installation: &Installation) {
    let program = Program::new(installation);
    program.hand_in(&[("kind", "pets")], "people.csv", FILE).refused_at("kind");
    program.hand_in(&[("colour", "red")], "people.csv", FILE).refused_at("colour");
    program.hand_in(&[], "", FILE).refused_at("file");
    program.post("/imports", json!({})).is(415);
    let import = program.hand_in(&[], "people.csv", FILE).is(201);
    let path = format!("/imports/{}", id(&import));
    program.delete(&path).is(204);
    program.get(&path).is(404);
    program.delete(&path).is(404);
}
