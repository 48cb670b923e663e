//! Who may call, and how a request that cannot be answered is refused.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use libtest_mimic::Trial;
use platform::By;
use platform::auth::{self, Role, tokens};
use platform::clock::HOUR;
use serde_json::{Value, json};

use super::program::{Program, token, told};
use crate::support::app::{EMAIL, TestApp};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        without_a_token_nothing_is_told_and_nothing_changed,
        a_cookie_opens_no_door_of_the_api,
        a_token_does_what_its_role_allows_and_no_more,
        a_token_dies_when_it_is_revoked_or_its_user_goes,
        every_address_of_the_description_is_there_and_asks_for_a_token,
        a_body_that_cannot_be_read_is_refused_with_the_reason,
        a_text_with_nul_is_refused_before_a_database_sees_it,
    ]
}

fn bare(app: &TestApp, method: Method, path: &str) -> super::program::Told {
    told(app.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()))
}

fn without_a_token_nothing_is_told_and_nothing_changed(installation: &Installation) {
    let app = TestApp::new(installation);
    for (method, path) in
        [(Method::GET, "/api/v1/people"), (Method::POST, "/api/v1/people"), (Method::GET, "/api/v1/nothing")]
    {
        let refused = bare(&app, method, path);
        assert_eq!(refused.answer.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(refused.answer.headers[header::WWW_AUTHENTICATE], "Bearer realm=\"rondel\"");
        assert_eq!(refused.is(401)["title"], "A token is needed");
    }
    let description = bare(&app, Method::GET, "/openapi.json").is(200);
    assert_eq!(description["openapi"], "3.1.0");
}

fn a_cookie_opens_no_door_of_the_api(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    assert_eq!(app.get("/settings").status, StatusCode::OK);
    bare(&app, Method::GET, "/api/v1/people").is(401);
    let csrf = app.csrf_token();
    let request =
        Request::post("/api/v1/people").header("x-csrf-token", csrf).header("sec-fetch-site", "same-origin");
    told(app.send(request.body(Body::empty()).unwrap())).is(401);
}

fn a_token_does_what_its_role_allows_and_no_more(installation: &Installation) {
    let mut program = Program::new(installation);
    let me = program.get("/me").is(200);
    assert_eq!((&me["email"], &me["role"]), (&json!(EMAIL), &json!("member")));
    let person = program.post("/people", json!({"name": "Grace Hopper"})).is(201);
    program.secret = token(&program.app, Role::Reader);
    program.get("/people").is(200);
    let refused = program.post("/people", json!({"name": "Ada"})).is(403);
    assert!(refused["detail"].as_str().unwrap().contains("role of this token is reader"), "{refused}");
    program.delete(&format!("/people/{}", super::program::id(&person))).is(403);
}

fn a_token_dies_when_it_is_revoked_or_its_user_goes(installation: &Installation) {
    let mut program = Program::new(installation);
    program.app.add_user("owner@example.com", Role::Owner);
    let used = program.get("/tokens").is(200);
    assert_eq!(used["data"][0]["last_used_at"], "2024-01-15T12:00:00Z");
    program.app.wait(2 * HOUR);
    program.get("/me").is(200);
    let used = program.get("/tokens").is(200);
    assert_eq!(used["data"][0]["last_used_at"], "2024-01-15T14:00:00Z");
    let first = used["data"][0]["id"].as_str().unwrap().to_string();
    program.delete("/tokens/tok_of_nobody").is(404);
    program.delete(&format!("/tokens/{first}")).is(204);
    program.get("/me").is(401);

    program.secret = token(&program.app, Role::Member);
    let user = program.get("/me").is(200)["user_id"].as_str().unwrap().to_string();
    let id = user.clone();
    program.app.store().write(By::system(), move |tx| auth::disable(tx, &id)).wait().unwrap();
    program.get("/me").is(401);
    let above = program.app.store().write(By::system(), move |tx| {
        auth::set_role(tx, &user, Role::Reader)?;
        tokens::create(tx, &user, "shop", Role::Member)
    });
    let words = above.wait().unwrap_err().to_string();
    assert_eq!(words, "role: Ada Lovelace is reader; a token cannot do more");
}

fn every_address_of_the_description_is_there_and_asks_for_a_token(installation: &Installation) {
    let program = Program::new(installation);
    let description = bare(&program.app, Method::GET, "/openapi.json").is(200);
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() > 40);
    for (path, item) in paths {
        let address = path.replace(['{', '}'], "");
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            bare(&program.app, method.clone(), &format!("/api/v1{address}")).is(401);
            let answer = program.call(method.clone(), &address, None, &[]).answer;
            assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert!(!answer.body.contains("no such address"), "{method} {path}");
            assert!(!answer.status.is_server_error(), "{method} {path}: {}", answer.body);
        }
    }
    program.app.run_jobs();
}

fn a_body_that_cannot_be_read_is_refused_with_the_reason(installation: &Installation) {
    let program = Program::new(installation);
    let unknown =
        program.post("/people", json!({"name": "Ada", "nickname": "Countess"})).refused_at("nickname");
    assert!(unknown.starts_with("unknown field `nickname`"), "{unknown}");
    let wrong = program.post("/people", json!({"name": 7})).refused_at("name");
    assert!(wrong.contains("expected a string"), "{wrong}");
    program.get("/people?limit=201").refused_at("limit");
    program.get("/people?limt=2").refused_at("limt");
    program.get("/people?after=nowhere").refused_at("after");
    program.get("/people?filter=%7B").refused_at("filter");
    let send = |kind: &str, body: String| {
        let request = Request::post("/api/v1/people")
            .header(header::AUTHORIZATION, format!("Bearer {}", program.secret))
            .header(header::CONTENT_TYPE, kind);
        told(program.app.send(request.body(Body::from(body)).unwrap()))
    };
    send("application/json", "{".to_string()).is(400);
    send("text/plain", "{}".to_string()).is(415);
    send("application/json", "x".repeat(5 << 20)).is(413);
    let nobody: Value = program.get("/people").is(200);
    assert_eq!(nobody["data"], json!([]));
}

fn a_text_with_nul_is_refused_before_a_database_sees_it(installation: &Installation) {
    let program = Program::new(installation);
    program.post("/people", json!({"name": "Ada", "city": "Lon\0don"})).is(400);
    let order =
        json!({"number": "1", "ordered_at": "2024-01-10T08:00:00Z", "currency": "EUR", "channel": "a\0b"});
    program.post("/orders", order).is(400);
    for path in ["/people/per%00", "/people/by-external-id/%00", "/orders?number=%00", "/people?after=a.t%00"]
    {
        program.get(path).is(400);
    }
    program.hand_in(&[("source", "fa\0ir")], "people.csv", "Name\nAda\n").refused_at("source");
    assert_eq!(program.get("/people").is(200)["data"], json!([]));
}
