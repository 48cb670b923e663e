//! Signing in and out, and the first visit.

use axum::http::StatusCode;
use libtest_mimic::Trial;
use platform::auth::Role;
use platform::clock::{DAY, MINUTE};

use crate::support::app::{EMAIL, PASSWORD, TestApp};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        the_first_visitor_becomes_the_owner,
        a_stranger_on_the_network_cannot_take_a_fresh_installation,
        the_right_password_opens_the_page_that_was_wanted,
        a_wrong_password_is_told_at_its_field_and_keeps_the_address,
        too_many_wrong_passwords_have_to_wait_a_minute,
        nobody_is_sent_to_another_site_after_signing_in,
        signing_out_ends_the_session,
        a_session_ends_after_a_fortnight_without_a_visit,
        a_new_password_ends_all_sessions,
    ]
}

fn the_first_visitor_becomes_the_owner(installation: &Installation) {
    let app = TestApp::new(installation);
    assert_eq!(app.get("/").location(), "/sign-in");
    assert_eq!(app.get("/sign-in").location(), "/setup");
    app.get("/setup").ok().shows("Welcome to Rondel");
    let fields = [("firm_name", "Analytical Engines"), ("name", "Ada"), ("email", EMAIL)];
    app.post("/setup", &fields).shows("needs at least 10 characters").shows("value=\"Analytical Engines\"");
    let answer = app.post("/setup", &[&fields[..], &[("password", PASSWORD)]].concat());
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"));
    app.get("/").ok().shows("Analytical Engines");
    app.get("/settings/users").ok().shows("owner");
    assert_eq!(app.get("/setup").location(), "/sign-in", "the door is shut behind the first");
}

fn a_stranger_on_the_network_cannot_take_a_fresh_installation(installation: &Installation) {
    let app = TestApp::new(installation);
    let proxied = |method: &str| {
        let request = axum::http::Request::builder().method(method).uri("/setup");
        request.header("x-forwarded-for", "203.0.113.7").body(axum::body::Body::empty()).unwrap()
    };
    app.send(proxied("GET")).ok().shows("rondel user add");
    assert_eq!(app.send(proxied("POST")).status, StatusCode::FORBIDDEN);
}

fn the_right_password_opens_the_page_that_was_wanted(installation: &Installation) {
    let app = TestApp::new(installation);
    app.add_user(EMAIL, Role::Owner);
    let wanted = app.get("/settings/users?page=2");
    assert_eq!(wanted.location(), "/sign-in?next=%2Fsettings%2Fusers%3Fpage%3D2");
    app.get(wanted.location()).ok().shows("value=\"/settings/users?page=2\"");
    let form = [("email", " ADA@example.com "), ("password", PASSWORD), ("next", "/settings/users?page=2")];
    assert_eq!(app.post("/sign-in", &form).location(), "/settings/users?page=2");
    app.get("/settings/users?page=2").ok().shows("Ada Lovelace");
}

fn a_wrong_password_is_told_at_its_field_and_keeps_the_address(installation: &Installation) {
    let app = TestApp::new(installation);
    app.add_user(EMAIL, Role::Owner);
    for email in [EMAIL, "nobody@example.com"] {
        let answer = app.post("/sign-in", &[("email", email), ("password", "wrong horse battery")]);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answer.shows("this address and password do not belong together").shows(&format!("value=\"{email}\""));
    }
}

fn too_many_wrong_passwords_have_to_wait_a_minute(installation: &Installation) {
    let app = TestApp::new(installation);
    app.add_user(EMAIL, Role::Owner);
    for _ in 0..5 {
        app.post("/sign-in", &[("email", EMAIL), ("password", "wrong horse battery")]);
    }
    let right = [("email", EMAIL), ("password", PASSWORD)];
    app.post("/sign-in", &right).shows("too many attempts; wait a minute");
    app.wait(MINUTE + 1);
    assert_eq!(app.post("/sign-in", &right).status, StatusCode::SEE_OTHER);
}

fn nobody_is_sent_to_another_site_after_signing_in(installation: &Installation) {
    let app = TestApp::new(installation);
    app.add_user(EMAIL, Role::Owner);
    for elsewhere in ["https://evil.example/", "//evil.example/", "/\\evil.example"] {
        let form = [("email", EMAIL), ("password", PASSWORD), ("next", elsewhere)];
        assert_eq!(app.post("/sign-in", &form).location(), "/", "{elsewhere}");
        app.forget_cookies();
    }
}

fn signing_out_ends_the_session(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/settings").ok();
    assert_eq!(app.post("/sign-out", &[]).location(), "/sign-in");
    assert_eq!(app.get("/settings").location(), "/sign-in?next=%2Fsettings");
}

fn a_session_ends_after_a_fortnight_without_a_visit(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    for _ in 0..3 {
        app.wait(10 * DAY);
        app.get("/settings").ok();
    }
    app.wait(15 * DAY);
    assert_eq!(app.get("/settings").status, StatusCode::SEE_OTHER);
}

fn a_new_password_ends_all_sessions(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let wrong = [("old_password", "not my password"), ("password", "another horse battery")];
    app.post("/settings/password", &wrong).shows("this is not your password");
    let right = [("old_password", PASSWORD), ("password", "another horse battery")];
    assert_eq!(app.post("/settings/password", &right).location(), "/sign-in");
    assert_eq!(app.get("/settings").status, StatusCode::SEE_OTHER);
    let again = [("email", EMAIL), ("password", "another horse battery")];
    assert_eq!(app.post("/sign-in", &again).location(), "/");
}
