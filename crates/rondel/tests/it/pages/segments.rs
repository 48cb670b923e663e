//! Segments: conditions built line by line, counted while they are built, kept, changed and deleted.

use axum::http::StatusCode;
use libtest_mimic::Trial;

use super::people::{add, undo_of};
use super::records::place;
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_segment_is_built_counted_kept_and_opened_as_a_list,
        a_wrong_condition_is_told_at_its_line_and_nothing_is_lost,
        a_segment_that_somebody_else_changed_is_not_overwritten,
        a_narrowed_list_becomes_a_segment,
    ]
}

const GERMANS: [(&str, &str); 5] = [
    ("name", "Good Germans"),
    ("match.0", "all"),
    ("field.0.0", "country"),
    ("operator.0.0", "is"),
    ("value.0.0", "DE"),
];

fn a_segment_is_built_counted_kept_and_opened_as_a_list(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/segments").ok().shows("No segment yet");
    let anna = add(&app, &[("given_name", "Anna"), ("country", "DE")]);
    add(&app, &[("given_name", "Bernd"), ("country", "DE")]);
    add(&app, &[("given_name", "Claire"), ("country", "FR")]);
    place(&app, &anna, "A-1", 5, "EUR");
    let grown = app.post("/segments/draft", &[&GERMANS[..], &[("change", "add 0")]].concat()).ok();
    drop(grown.shows("name=\"field.0.1\"").shows("data-fresh").shows("value=\"Good Germans\""));
    app.post("/segments/draft", &[&GERMANS[..], &[("change", "group 0")]].concat())
        .ok()
        .shows("name=\"match.0.1\"");
    app.post("/segments/count", &GERMANS).ok().shows("2 people").shows("Anna").shows("Bernd");
    let bought = [("field.0.1", "orders.count"), ("operator.0.1", "at_least"), ("value.0.1", "1 in 30 days")];
    let form = [&GERMANS[..], &bought].concat();
    app.post("/segments/count", &form).ok().shows("1 person").shows("Anna");
    let there = app.post("/segments", &form).location().to_string();
    app.get(&there)
        .ok()
        .shows("Good Germans saved")
        .shows("value=\"1 in 30 days\"")
        .shows("value=\"DE\" selected");
    let list = app
        .get("/segments")
        .ok()
        .shows("Country is Germany and number of orders at least 1 in the last 30 days");
    app.get_fragment(&format!("{there}/count")).ok().shows("1 person");
    let people = list.body.split("href=\"/people?filter=").nth(1).unwrap().split('"').next().unwrap();
    app.get(&format!("/people?filter={people}")).ok().shows("1 person").shows("Anna");
    assert_eq!(app.post(&format!("{there}/deletion"), &[]).location(), "/segments");
    let list = app.get("/segments").ok().shows("No segment yet");
    assert_eq!(app.post(&undo_of(&list), &[]).status, StatusCode::SEE_OTHER);
    app.get("/segments").ok().shows("Good Germans");
    app.get_fragment("/segments/starters").ok();
}

fn a_wrong_condition_is_told_at_its_line_and_nothing_is_lost(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let wrong = [("field.0.1", "n_orders"), ("operator.0.1", "at_least"), ("value.0.1", "many")];
    let answer = app.post("/segments", &[&GERMANS[..], &wrong].concat());
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("id=\"problem-0.1\"").shows("“many” is no whole number").shows("value=\"many\"");
    let empty = [("field.0.1", "tag"), ("operator.0.1", "is"), ("value.0.1", "")];
    let answer = app.post("/segments", &[&GERMANS[..], &empty].concat());
    answer.shows("say with what to compare").shows("id=\"problem-0.1\"");
    app.post("/segments/count", &[&GERMANS[..], &wrong].concat()).ok().shows("Can’t count yet");
    let nameless = [("name", " "), ("match.0", "all")];
    app.post("/segments", &nameless).shows("a segment needs a name");
}

fn a_segment_that_somebody_else_changed_is_not_overwritten(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = app.post("/segments", &GERMANS).location().to_string();
    let renamed = |name: &'static str, version: &'static str| {
        let mut form = GERMANS.to_vec();
        form[0].1 = name;
        form.extend([("version", version), ("segment_id", there.trim_start_matches("/segments/"))]);
        app.post(&there, &form)
    };
    assert_eq!(renamed("Better Germans", "1").location(), there);
    assert_eq!(renamed("Best Germans", "1").status, StatusCode::CONFLICT);
    app.get(&there).ok().shows("<h1>Better Germans</h1>");
    app.post("/segments", &[("name", "better germans"), ("match.0", "all")])
        .shows("there is already a segment");
}

fn a_narrowed_list_becomes_a_segment(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    add(&app, &[("given_name", "Anna"), ("country", "DE")]);
    let list = app.get("/people?country=DE&orders=none").ok();
    let link = list.body.split("href=\"/segments/new?filter=").nth(1).unwrap().split('"').next().unwrap();
    let builder = app.get(&format!("/segments/new?filter={link}")).ok();
    builder.shows("value=\"DE\" selected").shows("value=\"n_orders\" selected");
    assert_eq!(app.get("/segments/new?filter=nonsense").status, StatusCode::UNPROCESSABLE_ENTITY);
}
