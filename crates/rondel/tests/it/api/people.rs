//! People, companies and products over the API: the life of a record.

use std::collections::BTreeSet;

use axum::http::Method;
use libtest_mimic::Trial;
use platform::clock::SECOND;
use serde_json::{Value, json};

use super::program::{Program, id};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_person_is_created_read_changed_and_deleted,
        a_change_of_what_somebody_else_changed_is_refused,
        a_person_stated_by_number_is_there_once,
        problems_of_a_person_stand_at_their_fields,
        paging_shows_everybody_once,
        consents_tags_and_notes_belong_to_a_person,
        a_company_and_a_product_live_likewise,
        the_feed_tells_every_change_and_can_overlap,
    ]
}

fn a_person_is_created_read_changed_and_deleted(installation: &Installation) {
    let program = Program::new(installation);
    let told = program.post(
        "/people",
        json!({"name": "Ada Lovelace", "email": "Ada@Example.com", "country": "Germany",
        "phone": "030 901820", "birthday": "1815-12-10", "custom": {"shoe": "38"}}),
    );
    let address = told.answer.location().to_string();
    let made = told.is(201);
    let path = format!("/people/{}", id(&made));
    assert_eq!(address, format!("/api/v1{path}"));
    let expected = [
        ("given_name", "Ada"),
        ("family_name", "Lovelace"),
        ("country", "DE"),
        ("phone", "+4930901820"),
        ("created_at", "2024-01-15T12:00:00Z"),
        ("birthday", "1815-12-10"),
    ];
    for (field, value) in expected {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(made["revenue"], json!({"amount_minor": 0, "currency": "EUR"}));
    assert_eq!(program.get(&path).is(200), made);
    assert_eq!(program.get("/people").is(200), json!({"data": [made], "next": null}));

    let changed =
        program.patch(&path, json!({"city": "London", "phone": null, "custom": {"shoe": null}})).is(200);
    assert_eq!(
        (&changed["city"], &changed["phone"], &changed["email"]),
        (&json!("London"), &Value::Null, &made["email"])
    );
    assert_eq!(changed["custom"], json!({}));

    program.delete(&path).is(204);
    program.get(&path).is(404);
    program.patch(&path, json!({"city": "Paris"})).is(404);
    assert_eq!(program.get("/people").is(200)["data"], json!([]));
    assert_eq!(program.post(&format!("{path}/restoration"), json!({})).is(200)["city"], "London");
}

fn a_change_of_what_somebody_else_changed_is_refused(installation: &Installation) {
    let program = Program::new(installation);
    let told = program.post("/people", json!({"name": "Ada"}));
    let seen = told.tag();
    let path = format!("/people/{}", id(&told.json));
    program.app.wait(SECOND);
    let change = |tag: &str, city: &str| {
        program.call(Method::PATCH, &path, Some(json!({"city": city})), &[("if-match", tag)])
    };
    let newer = change(&seen, "London").tag();
    let refused = change(&seen, "Paris").is(412);
    assert_eq!(refused["title"], "Somebody changed it in the meantime");
    program.call(Method::DELETE, &path, None, &[("if-match", &seen)]).is(412);
    assert_eq!(program.get(&path).is(200)["city"], "London");
    change(&newer, "Paris").is(200);
}

fn a_person_stated_by_number_is_there_once(installation: &Installation) {
    let program = Program::new(installation);
    let path = "/people/by-external-id/C%201%2F7";
    let made = program.put(path, json!({"name": "Ada Lovelace", "city": "London"})).is(201);
    assert_eq!(made["external_id"], "C 1/7");
    assert_eq!(program.put(path, json!({"name": "Ada Lovelace"})).is(200), made, "what is left out stays");
    assert_eq!(program.get(path).is(200), made);
    program.put(path, json!({"external_id": "other"})).refused_at("external_id");
    program.post("/people", json!({"name": "Eve", "external_id": "C 1/7"})).refused_at("external_id");
    program.delete(&format!("/people/{}", id(&made))).is(204);
    program.get(path).is(404);
    assert_eq!(
        program.put(path, json!({"city": "Paris"})).is(200)["id"],
        made["id"],
        "who was deleted comes back"
    );
    assert_eq!(program.get("/people").is(200)["data"].as_array().unwrap().len(), 1);
}

fn problems_of_a_person_stand_at_their_fields(installation: &Installation) {
    let program = Program::new(installation);
    let body = json!({"name": "Ada", "email": "nowhere", "country": "Atlantis", "company_id": "com_none"});
    for field in ["email", "country", "company_id"] {
        program.post("/people", body.clone()).refused_at(field);
    }
    program.post("/people", json!({})).refused_at("name");
    program.post("/people", json!({"name": "Ada", "birthday": "10.12.1815"})).refused_at("birthday");
    program.post("/people", json!({"name": "Ada", "customer_since": "2024"})).refused_at("customer_since");
    assert_eq!(program.get("/people").is(200)["data"], json!([]));
}

fn paging_shows_everybody_once(installation: &Installation) {
    let program = Program::new(installation);
    let names = ["Ünal Öz", "Ada & Sons", "anna", "Anna", "李 雷", "Zoë 100%", "Bob+Ann"];
    for name in names {
        program.post("/people", json!({"name": name, "country": "DE"})).is(201);
    }
    for sort in ["created", "name", "family_name", "revenue", "last_order"] {
        for descending in ["true", "false"] {
            let (mut seen, mut n_seen, mut after) = (BTreeSet::new(), 0, String::new());
            loop {
                let page = program
                    .get(&format!("/people?sort={sort}&descending={descending}&limit=2{after}"))
                    .is(200);
                for person in page["data"].as_array().unwrap() {
                    seen.insert(id(person));
                    n_seen += 1;
                }
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={}", web::forms::percent(next));
            }
            assert_eq!((seen.len(), n_seen), (names.len(), names.len()), "{sort} {descending}");
        }
    }
    let filter = r#"{"all":[{"field":{"name":"name","op":"starts_with","value":"anna"}}]}"#;
    let found = program.get(&format!("/people?filter={}", web::forms::percent(filter))).is(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 2);
    let unknown = r#"{"field":{"name":"shoe","op":"is","value":"1"}}"#;
    let told = program.get(&format!("/people?filter={}", web::forms::percent(unknown)));
    assert!(told.is(422)["errors"][0]["field"].as_str().unwrap().starts_with("filter"));
}

fn consents_tags_and_notes_belong_to_a_person(installation: &Installation) {
    let program = Program::new(installation);
    let path = format!("/people/{}", id(&program.post("/people", json!({"name": "Ada"})).is(201)));
    let say = |state: &str, at: &str| {
        let said = json!({"purpose": "newsletter", "channel": "email", "state": state, "stated_at": at});
        program.post(&format!("{path}/consents"), said).is(200)["outcome"].clone()
    };
    assert_eq!(say("granted", "2024-01-10T00:00:00Z"), "counts");
    assert_eq!(say("granted", "2024-01-10T00:00:00Z"), "same");
    assert_eq!(say("denied", "2024-01-09T00:00:00Z"), "older");
    let known = program.get(&format!("{path}/consents")).is(200);
    assert_eq!(
        (known["data"][0]["state"].as_str(), known["data"][0]["stated_at"].as_str()),
        (Some("granted"), Some("2024-01-10T00:00:00Z"))
    );

    program.put(&format!("{path}/tags/VIP"), json!({})).is(200);
    let tags = program.put(&format!("{path}/tags/vip"), json!({})).is(200);
    assert_eq!(tags["data"], json!(["VIP"]));
    program.delete(&format!("{path}/tags/Vip")).is(204);
    program.delete(&format!("{path}/tags/Vip")).is(404);

    program.post(&format!("{path}/notes"), json!({"body": " "})).refused_at("body");
    let note = program.post(&format!("{path}/notes"), json!({"body": "Likes engines"})).is(201);
    let address = format!("/notes/{}", id(&note));
    assert!(note["author_id"].as_str().unwrap().starts_with("usr_"));
    program.patch(&address, json!({"body": "Likes difference engines"})).is(200);
    assert_eq!(program.get(&format!("{path}/notes")).is(200)["data"][0]["body"], "Likes difference engines");
    program.delete(&address).is(204);
    program.get(&address).is(404);
}

fn a_company_and_a_product_live_likewise(installation: &Installation) {
    let program = Program::new(installation);
    let company = program
        .put("/companies/by-external-id/7", json!({"name": "Engines GmbH", "n_employees": 12}))
        .is(201);
    assert_eq!((&company["n_employees"], &company["external_id"]), (&json!(12), &json!("7")));
    let path = format!("/companies/{}", id(&company));
    assert_eq!(program.patch(&path, json!({"n_employees": null})).is(200)["n_employees"], Value::Null);
    program.post("/people", json!({"name": "Ada", "company_id": id(&company)})).is(201);
    assert_eq!(program.get("/companies?name=engi").is(200)["data"].as_array().unwrap().len(), 1);
    program.delete(&path).is(204);
    program.get(&path).is(404);
    program.post(&format!("{path}/restoration"), json!({})).is(200);
    program.post("/companies", json!({})).refused_at("name");

    let price = json!({"amount_minor": 1250, "currency": "EUR"});
    let product = program.put("/products/by-sku/E-1", json!({"name": "Engine", "price": price})).is(201);
    assert_eq!(product["price"], price);
    assert_eq!(program.put("/products/by-sku/e-1", json!({"category": "Machines"})).is(200)["price"], price);
    program.put("/products/by-sku/e-1", json!({"sku": "e-2"})).refused_at("sku");
    program.post("/products", json!({"sku": "E-1", "name": "Other"})).refused_at("sku");
    let wrong = json!({"sku": "X", "name": "X", "price": {"amount_minor": 1, "currency": "XQX"}});
    program.post("/products", wrong).refused_at("price.currency");
    let path = format!("/products/{}", id(&product));
    assert_eq!(program.patch(&path, json!({"price": null})).is(200)["price"], Value::Null);
    program.delete(&path).is(204);
    program.get(&path).is(404);
    assert_eq!(program.get("/products").is(200)["data"], json!([]));
}

fn the_feed_tells_every_change_and_can_overlap(installation: &Installation) {
    let program = Program::new(installation);
    let start = program.get("/events?limit=200").is(200)["next"].as_str().unwrap().to_string();
    let person = program.post("/people", json!({"name": "Ada"})).is(201);
    program.app.wait(10 * SECOND);
    program.patch(&format!("/people/{}", id(&person)), json!({"city": "London"})).is(200);
    let verbs = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|e| e["verb"].as_str().unwrap().to_string()).collect()
    };
    let first = program.get(&format!("/events?after={start}&limit=1")).is(200);
    assert_eq!(verbs(&first), ["person.created"]);
    let next = first["next"].as_str().unwrap();
    let second = program.get(&format!("/events?after={next}")).is(200);
    assert_eq!(verbs(&second), ["person.updated"]);
    assert_eq!(second["data"][0]["before"]["name"], "Ada");
    let last = second["next"].as_str().unwrap();
    assert_eq!(program.get(&format!("/events?after={last}")).is(200), json!({"data": [], "next": null}));
    let again = program.get(&format!("/events?after={last}&overlap_s=5")).is(200);
    assert_eq!(verbs(&again), ["person.updated"]);
    let since = program.get("/events?since=2024-01-15T12:00:05Z").is(200);
    assert_eq!(verbs(&since), ["person.updated"]);
    program.get("/events?after=per_1").refused_at("after");
    let timeline = program.get(&format!("/records/{}/events", id(&person))).is(200);
    assert_eq!(verbs(&timeline), ["person.updated", "person.created"]);
}
