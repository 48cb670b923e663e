//! The turn in the browser: planned, opened, let through its gates, moved, shown in other words, taken back.

use axum::http::StatusCode;
use libtest_mimic::Trial;

use super::people::undo_of;
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_turn_is_planned_opened_and_seen_on_every_page,
        a_plan_that_cannot_be_read_comes_back_as_it_was_typed,
        a_gate_is_let_through_with_a_reason_and_that_can_be_taken_back,
        the_same_turn_is_shown_in_five_other_vocabularies,
        a_second_turn_is_not_opened_beside_the_first,
        the_pages_of_the_plan_take_what_is_typed_and_tell_what_is_wrong,
        a_turn_is_closed_step_by_step_and_the_next_one_is_planned,
    ]
}

pub const QUARTER: [(&str, &str); 5] = [
    ("name", "Winter"),
    ("cadence", "quarter"),
    ("starts_on", "2024-01-01"),
    ("ends_on", "2024-03-31"),
    ("champion_id", ""),
];

/// Plans a turn; its address.
pub fn planned(app: &TestApp) -> String {
    app.post("/turns", &QUARTER).location().to_string()
}

/// Plans and opens a turn; its address.
pub fn opened(app: &TestApp) -> String {
    let there = planned(app);
    assert_eq!(app.post(&format!("{there}/opening"), &[]).location(), there);
    there
}

fn a_turn_is_planned_opened_and_seen_on_every_page(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/turn").ok().shows("No turn is open").shows("a quarter is suggested");
    app.get("/turns/new").ok().shows("value=\"2024 quarter 1\"").shows("value=\"2024-03-31\"");
    app.get("/turns/new?cadence=month").ok().shows("value=\"2024-01\"");
    let there = planned(&app);
    app.get("/turn").ok().shows("One is planned");
    app.get(&there).ok().shows("Open the turn").shows("not begun");
    app.post(&format!("{there}/opening"), &[]);
    app.get("/turn")
        .ok()
        .shows("<h1>Winter</h1>")
        .shows("76 days left")
        .shows("no goal yet")
        .shows("Begin the close");
    app.get("/people").ok().shows("<strong>Winter</strong>").shows("76 days left");
    app.get("/turns").ok().shows("Winter").shows("running");
    let calendar = app.get(&format!("{there}/agenda.ics")).ok().shows("DTSTART;VALUE=DATE:20240215");
    assert_eq!(calendar.headers["content-type"], "text/calendar; charset=utf-8");
    let moved = [("on", "2024-02-20"), ("minutes", "Half of it is done"), ("was_held", "1")];
    let moved = app.post(&format!("{there}/meetings/middle"), &moved);
    assert_eq!(moved.location(), there);
    let page = app.get(&there).ok().shows("Half of it is done").shows("2024-02-20");
    app.post(&undo_of(&page), &[]);
    let page = app.get(&there).ok();
    assert!(!page.body.contains("Half of it is done"));
    let late = app.post(&format!("{there}/meetings/middle"), &[("on", "2024-04-20")]);
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    late.shows("the turn lasts from 2024-01-01 to 2024-03-31");
}

fn a_plan_that_cannot_be_read_comes_back_as_it_was_typed(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let mut form = QUARTER.to_vec();
    form[3].1 = "31.02.2024";
    let answer = app.post("/turns", &form);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("“31.02.2024” is no date").shows("value=\"Winter\"");
    form[3].1 = "2023-03-31";
    app.post("/turns", &form).shows("a turn ends after it begins").shows("value=\"2023-03-31\"");
    let there = planned(&app);
    app.post("/turns", &QUARTER).shows("there is already a turn called Winter");
    app.post(&there, &[&QUARTER[..], &[("version", "1")]].concat());
    let stale = app.post(&there, &[&QUARTER[1..], &[("name", "Spring"), ("version", "0")]].concat());
    assert_eq!(stale.status, StatusCode::CONFLICT);
}

fn a_gate_is_let_through_with_a_reason_and_that_can_be_taken_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = opened(&app);
    let waiver = [("condition", "plan.personas"), ("note", "everybody is the same to us")];
    app.post(&format!("{there}/waivers"), &waiver);
    let page = app.get(&there).ok().shows("Let pass by Ada Lovelace").shows("everybody is the same to us");
    app.post(&undo_of(&page), &[]);
    let page = app.get(&there).ok();
    assert!(!page.body.contains("everybody is the same to us"));
    let unknown = app.post(&format!("{there}/waivers"), &[("condition", "plan.luck"), ("note", "x")]);
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let needs = [("business_need", "more repeat orders"), ("customer_need", "less paper")];
    app.post(&format!("{there}/needs"), &needs);
    app.get(&there).ok().shows("stated for the business and for the customers").shows("more repeat orders");
}

fn the_same_turn_is_shown_in_five_other_vocabularies(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = opened(&app);
    let words = [
        ("analysis", "Data interpretation"),
        ("lifecycle", "Retention &#38; loyalty"),
        ("process", "Implementation"),
        ("steps", "Strategy development"),
        ("intelligence", "Intelligence management cycle"),
    ];
    for (key, shown) in words {
        app.post(&format!("{there}/vocabulary"), &[("vocabulary", key)]);
        app.get(&there).ok().shows(shown).shows("Duplicates looked at");
    }
}

fn a_second_turn_is_not_opened_beside_the_first(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    opened(&app);
    let mut form = QUARTER.to_vec();
    form[0].1 = "Spring";
    let second = app.post("/turns", &form).location().to_string();
    let refused = app.post(&format!("{second}/opening"), &[]);
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.shows("Winter is still open");
    let gone = app.post(&format!("{second}/deletion"), &[]);
    assert_eq!(gone.location(), "/turns");
    let list = app.get("/turns").ok();
    app.post(&undo_of(&list), &[]);
    app.get("/turns").ok().shows("Spring");
}

fn the_pages_of_the_plan_take_what_is_typed_and_tell_what_is_wrong(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = opened(&app);
    let turn_id = there.trim_start_matches("/turns/");
    app.get("/preflight").ok().shows("nothing goes out");
    let basis = [("name", "Marketing"), ("version", "1"), ("lawful_basis", "legitimate_interests")];
    app.post("/preflight/marketing", &basis).shows("legitimate interests are weighed");
    let basis = [&basis[..], &[("reason", "they bought last year")]].concat();
    assert_eq!(app.post("/preflight/marketing", &basis).location(), "/preflight");
    app.get(&there).ok().shows("stated for marketing");

    app.get("/strategy").ok().shows("Nothing is written yet");
    let strategy = [("seen", "0"), ("focus", "marketing"), ("task.0", "Letters"), ("responsible.0", "Ada")];
    app.post("/strategy", &strategy)
        .shows("say what is to be reached")
        .shows("Letters: say who is accountable");
    let strategy = [&strategy[..], &[("objectives", "Win back"), ("accountable.0", "Ada")]].concat();
    assert_eq!(app.post("/strategy", &strategy).location(), "/strategy");
    let page = app.get("/strategy").ok().shows("Personal marketing").shows("Win back");
    let id = page.body.split("/strategy/strategy_").nth(1).unwrap().split('/').next().unwrap().to_string();
    let sign = |department: &str| {
        app.post(
            &format!("/strategy/strategy_{id}/sign-offs"),
            &[("department", department), ("answer", "approved")],
        )
    };
    for department in ["sales", "marketing", "service"] {
        assert_eq!(sign(department).location(), "/strategy");
    }
    app.get(&there).ok().shows("version 1, by all three departments");

    app.post("/hourly-rates", &[("rate_role", "Caller"), ("hourly_rate", "40")]);
    let cost = [("turn_id", turn_id), ("description", "Calls"), ("side", "actual"), ("kind", "time")];
    app.post("/costs", &[&cost[..], &[("minutes", "90")]].concat()).shows("choose a role");
    app.post("/costs", &[&cost[..], &[("minutes", "90"), ("role", "Caller")]].concat());
    app.get("/budget").ok().shows("60.00").shows("90 minutes");

    app.post("/personas", &[("name", " ")]).shows("a persona needs a name");
    app.post("/personas", &[("name", "Thrifty Thea"), ("needs", "<b>bargains</b>")]);
    app.get("/personas").ok().shows("Thrifty Thea").shows("&#60;b&#62;bargains").shows("No segment");

    app.get("/sources").ok().shows("Orders").shows("nothing agreed");
    let source = [("name", "Orders"), ("version", "0"), ("every_days", "x")];
    app.post("/sources/orders", &source).shows("“x” is no whole number");
    let source = [("name", "Orders"), ("version", "0"), ("every_days", "7"), ("columns", "number\ndate")];
    assert_eq!(app.post("/sources/orders", &source).location(), "/sources");
    app.get("/sources")
        .ok()
        .shows("every 7 days, 2 columns")
        .shows("nothing has come; every 7 days was agreed");
}

fn a_turn_is_closed_step_by_step_and_the_next_one_is_planned(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = opened(&app);
    assert_eq!(app.post(&format!("{there}/closing"), &[]).location(), format!("{there}/close"));
    app.get(&format!("{there}/close")).ok().shows("The turn had no goal");
    let keep = |step: &str, version: &str, field: &str, text: &str| {
        app.post(&format!("{there}/close"), &[("step", step), ("version", version), (field, text)])
    };
    assert_eq!(
        keep("worked", "0", "worked", "the second letter").location(),
        format!("{there}/close?step=stop")
    );
    assert_eq!(keep("stop", "0", "stopped", "x").status, StatusCode::CONFLICT);
    keep("stop", "1", "stopped", "the first letter");
    keep("learned", "2", "learned", "we hope too much");
    app.get(&format!("{there}/close?step=learned"))
        .ok()
        .shows("we hope too much")
        .shows("nobody can tell how good");
    let proposal = [("step", "next"), ("version", "3"), ("name.0", "More orders"), ("metric.0", "orders")];
    let wrong = app.post(&format!("{there}/close"), &[&proposal[..], &[("target.0", "many")]].concat());
    wrong.shows("“many” is no number");
    let right = [&proposal[..], &[("target.0", "120"), ("taken.0", "1")]].concat();
    assert_eq!(app.post(&format!("{there}/close"), &right).location(), format!("{there}/close?step=end"));
    app.get(&format!("{there}/close?step=end"))
        .ok()
        .shows("2024 quarter 2")
        .shows("Close Winter and plan the next");
    let next =
        [("name", "Spring"), ("cadence", "quarter"), ("starts_on", "2024-04-01"), ("ends_on", "2024-06-30")];
    let next = app.post(&format!("{there}/closure"), &next).location().to_string();
    let after = app.get(&next).ok().shows("Winter is closed; Spring is planned").shows("More orders");
    after.shows("the turn begins on 2024-04-01");
    let report =
        app.get(&format!("{there}/report")).ok().shows("the second letter").shows("More orders (taken)");
    assert!(report.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    let pdf = app.get(&format!("{there}/report.pdf")).ok();
    assert_eq!(pdf.headers["content-type"], "application/pdf");
}
