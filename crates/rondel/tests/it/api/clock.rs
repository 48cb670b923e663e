//! The clock of the program: shown to everybody, moved by an administrator, and only where it is held.

use libtest_mimic::Trial;
use platform::auth::Role;
use serde_json::json;

use super::program::{Program, token};
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_held_clock_goes_forward_and_what_becomes_due_is_asked_for,
        a_clock_is_moved_by_an_administrator_and_never_back,
        pages_say_that_the_clock_is_held,
    ]
}

fn owner(installation: &Installation) -> Program {
    let mut program = Program::new(installation);
    program.secret = token(&program.app, Role::Owner);
    program
}

fn a_held_clock_goes_forward_and_what_becomes_due_is_asked_for(installation: &Installation) {
    let program = owner(installation);
    let before = program.get("/clock").is(200);
    assert_eq!((&before["is_held"], &before["is_idle"]), (&json!(true), &json!(true)), "{before}");
    let moved = program.put("/clock", json!({"at": "2031-01-01T08:00:00Z", "wait_s": 0})).is(200);
    assert_eq!(moved["now"], "2031-01-01T08:00:00Z");
    assert_eq!(
        moved["is_idle"], false,
        "the timetable was looked at, and nothing works in this test: {moved}"
    );
    program.put("/clock", json!({"at": "2031-01-02T08:00:00Z", "wait_s": 0})).is(409);
    assert!(program.app.run_jobs() > 0);
    assert_eq!(program.get("/clock?wait_s=30").is(200)["is_idle"], true);
    let person = program.post("/people", json!({"name": "Ada"})).is(201);
    assert_eq!(person["created_at"], "2031-01-01T08:00:00Z", "records take their time from the clock");
}

fn a_clock_is_moved_by_an_administrator_and_never_back(installation: &Installation) {
    let mut program = owner(installation);
    program.put("/clock", json!({"at": "2001-01-01T08:00:00Z"})).refused_at("at");
    program.put("/clock", json!({"at": "soon"})).refused_at("at");
    program.put("/clock", json!({"at": "2031-01-01T08:00:00Z", "wait_s": 601})).refused_at("wait_s");
    program.secret = token(&program.app, Role::Member);
    program.put("/clock", json!({"at": "2031-01-01T08:00:00Z"})).is(403);
}

fn pages_say_that_the_clock_is_held(installation: &Installation) {
    TestApp::signed_in(installation).get("/people").ok().shows("Simulated time.");
}
