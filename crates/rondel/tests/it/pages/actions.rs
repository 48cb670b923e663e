//! Actions in the browser: from an insight to a launch, the calls, the codes, and what is told when it is refused.

use axum::http::StatusCode;
use libtest_mimic::Trial;

use super::people::add;
use super::records::place;
use crate::act::{allow_marketing, everybody, firm, insight};
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        an_insight_is_acted_on_and_the_calls_are_worked_through,
        the_form_tells_while_it_is_filled_in_how_small_an_effect_would_show,
        a_refused_form_keeps_what_was_typed_and_says_what_is_wrong,
        an_offer_is_launched_its_codes_taken_away_and_one_is_used,
        an_experiment_shows_its_arms_and_the_list_of_experiments_opens_it,
    ]
}

fn an_insight_is_acted_on_and_the_calls_are_worked_through(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/actions").ok().shows("Nothing is done yet");
    let people = firm(app.store(), 40);
    let id = insight(app.store(), "tier_drop", &people[..25]);
    let page = app.get(&format!("/insights/{id}")).ok();
    drop(page.shows(&format!("href=\"/actions/new?insight={id}\"")).shows("Act on this"));
    let form = app.get(&format!("/actions/new?insight={id}")).ok();
    form.shows("25 customers of this insight")
        .shows("left alone: the <strong>holdout</strong>")
        .shows("value=\"20\"")
        .shows("Call customers who buy less than before");
    let typed = [
        ("kind", "call_list"),
        ("insight", &id),
        ("name", "Call them"),
        ("hypothesis", "A call helps."),
        ("segment", ""),
        ("purpose", "marketing"),
        ("experiment", "yes"),
        ("holdout", "20"),
        ("metric", "revenue"),
        ("window_days", "60"),
        ("pre_days", "180"),
        ("unit", "person"),
        ("expected", "4.5"),
        ("expected_how", "A guess."),
        ("script", "Ask what went wrong."),
        ("minutes_per_call", "10"),
        ("most_attempts", "2"),
        ("why", "They buy less."),
        ("expected_effect", "They buy as before."),
    ];
    let there = app.post("/actions", &typed).location().to_string();
    assert!(there.starts_with("/actions/act_"), "{there}");
    app.get(&there)
        .ok()
        .shows("About 5 of 25 customers will not be called, so that you can see what would have happened without it.")
        .shows("€4.50")
        .shows("nobody has stated what allows contacts")
        .shows("It can be launched when all of these are in order");
    app.get(&format!("/insights/{id}")).ok().shows("Call them").shows("Acting");
    let refused = app.post(&format!("{there}/launch"), &[]);
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    allow_marketing(app.store());
    assert_eq!(
        app.post(&format!("{there}/allowance"), &[("why_underpowered", "")]).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    app.post(&format!("{there}/allowance"), &[("why_underpowered", "To learn how.")]);
    assert_eq!(app.post(&format!("{there}/launch"), &[]).location(), there);
    app.run_jobs();
    let page = app.get(&there).ok();
    drop(page.shows("of 25 customers do not be called").shows("Work through the calls"));
    calls_are_worked_through(&app, &there);
    assert_eq!(app.post(&format!("{there}/stop"), &[("why", "")]).status, StatusCode::UNPROCESSABLE_ENTITY);
    app.post(&format!("{there}/stop"), &[("why", "Enough.")]);
    app.get(&there).ok().shows("Stopped").shows("Enough.");
    app.get(&format!("{there}/calls")).ok().shows("nobody is to be called");
    app.get("/actions").ok().shows("Call them").shows("Buying less than before");
}

fn the_form_tells_while_it_is_filled_in_how_small_an_effect_would_show(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let people = firm(app.store(), 200);
    for (n, person) in people.iter().take(60).enumerate() {
        place(&app, person, &format!("P-{n}"), 3, "EUR");
    }
    let id = insight(app.store(), "tier_drop", &people[..150]);
    app.get(&format!("/actions/new?insight={id}")).ok().shows("hx-post=\"/actions/power\"");
    let typed = |changes: &[(&'static str, &'static str)]| {
        let usual = [
            ("insight", id.as_str()),
            ("experiment", "yes"),
            ("holdout", "20"),
            ("metric", "revenue"),
            ("window_days", "60"),
            ("pre_days", "180"),
            ("unit", "person"),
        ];
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let kept = usual.into_iter().filter(|(name, _)| !is_changed(name));
        let fields: Vec<(&str, &str)> = kept.chain(changes.iter().copied()).collect();
        app.post("/actions/power", &fields).ok()
    };
    let page = typed(&[]).shows("30 of 150 are left alone").shows("Say what you expect of one customer");
    drop(page.shows("20 % <span class=\"muted\">chosen</span>").shows("50 %"));
    typed(&[("holdout", "40")]).shows("60 of 150 are left alone").shows("40 % <span");
    typed(&[("expected", "1000")])
        .shows("If the effect is as large as you expect")
        .shows("you expect €1,000.00");
    typed(&[("experiment", "no")]).shows("nothing to reckon");
    typed(&[("insight", "")]).shows("Choose for whom it is");
    typed(&[("holdout", "100")]).shows("with 100 % everybody is left alone");
    typed(&[("expected", "much")]).shows("“much” is no number");
    assert!(!app.get("/actions").ok().body.contains("act_"), "nothing is stored");
}

fn calls_are_worked_through(app: &TestApp, there: &str) {
    let page = app.get(&format!("{there}/calls")).ok();
    let first =
        page.body.split(&format!("action=\"{there}/calls/")).nth(1).unwrap().split('"').next().unwrap();
    let first = format!("{there}/calls/{first}");
    drop(page.shows("Ask what went wrong.").shows("please do not call them").shows("Attempt 1 of 2"));
    assert_eq!(app.post(&first, &[("outcome", "")]).status, StatusCode::UNPROCESSABLE_ENTITY);
    app.post(&first, &[("outcome", "done"), ("note", "Ordered at once.")]);
    let page = app.get(&format!("{there}/calls")).ok().shows("Ordered at once.");
    let undo = page.body.split("action=\"/events/").nth(1).unwrap().split('"').next().unwrap();
    app.post(&format!("/events/{undo}"), &[]);
    assert!(!app.get(&format!("{there}/calls")).ok().body.contains("Ordered at once.</span>"));
}

fn a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    add(&app, &[("given_name", "Anna")]);
    app.get("/actions/new").ok().shows("New action");
    app.get("/actions/new?kind=offer").ok().shows("Codes begin with");
    let segment = everybody(app.store());
    let typed = [
        ("kind", "offer"),
        ("name", "Ten off"),
        ("hypothesis", ""),
        ("segment", segment.as_str()),
        ("purpose", "marketing"),
        ("experiment", "yes"),
        ("holdout", "0"),
        ("metric", "active_customers"),
        ("window_days", "many"),
        ("expected", "a lot"),
        ("discount", "ten"),
        ("discount_by", "percent"),
        ("valid_until", "2023-01-01"),
    ];
    let answer = app.post("/actions", &typed);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer
        .shows("“ten” is no percentage such as 20")
        .shows("“a lot” is no number")
        .shows("“many” is no whole number")
        .shows("value=\"Ten off\"");
    let mut readable = typed.to_vec();
    for (field, value) in [("window_days", "28"), ("expected", "5"), ("discount", "10")] {
        readable.retain(|(name, _)| *name != field);
        readable.push((field, value));
    }
    app.post("/actions", &readable)
        .shows("with 0 % nobody is left alone")
        .shows("that day is over")
        .shows("say in a sentence what will change");
    assert_eq!(app.get("/actions/act_none").status, StatusCode::NOT_FOUND);
}

fn an_offer_is_launched_its_codes_taken_away_and_one_is_used(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    firm(app.store(), 50);
    allow_marketing(app.store());
    let segment = everybody(app.store());
    let typed = [
        ("kind", "offer"),
        ("name", "Ten off"),
        ("hypothesis", "A discount brings them."),
        ("segment", segment.as_str()),
        ("purpose", "marketing"),
        ("experiment", "no"),
        ("why_no_experiment", "Promised to all of them."),
        ("discount", "10"),
        ("discount_by", "percent"),
        ("valid_until", "2024-02-15"),
        ("prefix", "ten"),
    ];
    let there = app.post("/actions", &typed).location().to_string();
    app.get(&there).ok().shows("There is no experiment.").shows("10 % off, from 2024-01-15 to 2024-02-15.");
    app.get(&format!("{there}/edit")).ok().shows("value=\"TEN\"").shows("Promised to all of them.");
    app.post(&format!("{there}/launch"), &[]);
    app.run_jobs();
    let file = app.get(&format!("{there}/codes.csv")).ok();
    assert_eq!(file.body.lines().count(), 51);
    let code = file.body.lines().nth(1).unwrap().split(',').next().unwrap().to_string();
    let wrong = app.post(&format!("{there}/redemptions"), &[("code", "TEN-NONE"), ("order", "50")]);
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    drop(wrong.shows("there is no code TEN-NONE"));
    app.post(&format!("{there}/redemptions"), &[("code", &code), ("order", "50"), ("order_number", "R-1")]);
    app.get(&there).ok().shows(&format!("{code} is used")).shows("€5.00");
}

fn an_experiment_shows_its_arms_and_the_list_of_experiments_opens_it(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/experiments").ok().shows("No experiment here");
    firm(app.store(), 200);
    allow_marketing(app.store());
    let segment = everybody(app.store());
    let typed = [
        ("kind", "touch_point"),
        ("name", "Delivery day in the basket"),
        ("hypothesis", "Who knows the day orders more."),
        ("segment", segment.as_str()),
        ("purpose", "service"),
        ("experiment", "yes"),
        ("holdout", "50"),
        ("metric", "active_customers"),
        ("window_days", "28"),
        ("expected", "10"),
        ("variants", "large, small"),
        ("place", "shop"),
        ("what", "The basket shows the delivery day."),
    ];
    let there = app.post("/actions", &typed).location().to_string();
    app.post(&format!("{there}/allowance"), &[("why_underpowered", "To learn how.")]);
    app.post(&format!("{there}/launch"), &[]);
    let list = app.get("/experiments").ok().shows("Delivery day in the basket");
    let href = list.body.split("href=\"/experiments/exp_").nth(1).unwrap().split('"').next().unwrap();
    let page = app.get(&format!("/experiments/exp_{href}")).ok();
    page.shows("Held out")
        .shows("Large")
        .shows("Small")
        .shows("The groups are as large as planned")
        .shows("Nothing was measured yet")
        .shows("It runs all the same: To learn how.");
    let file = app.get(&format!("{there}/people.csv")).ok();
    let n = file.body.lines().count() - 1;
    assert!((70..=130).contains(&n), "{n} of 200 are treated at 50 %");
}
