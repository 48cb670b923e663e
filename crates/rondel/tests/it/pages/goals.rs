//! Goals and metrics in the browser and for programs: stated, held against the gate, opened, changed, given up.

use axum::http::StatusCode;
use cycle::act::segments;
use cycle::calendar::Day;
use cycle::plan::metrics::{self, PeopleOf, Recipe};
use cycle::plan::periods::{Cadence, Period};
use libtest_mimic::Trial;
use platform::By;
use records::filter::Filter;

use super::people::{add, undo_of};
use super::records::place;
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_goal_is_stated_opened_looked_at_and_given_up,
        a_goal_that_cannot_be_judged_comes_back_with_what_was_typed,
        a_definition_that_changes_makes_a_version_and_is_flagged_on_the_goal,
        every_metric_measures_everybody_an_audience_and_each_person,
        metrics_open_to_the_people_behind_them,
    ]
}

/// Ten customers with an order in each of the last five months, two of them with an e-mail address.
fn customers(app: &TestApp) {
    for n in 0..10 {
        let email = format!("customer{n}@example.com");
        let name = format!("Customer {n}");
        let mut fields = vec![("family_name", name.as_str())];
        if n < 2 {
            fields.push(("email", &email));
        }
        let id = add(app, &fields);
        for month in 1..=5 {
            place(app, &id, &format!("A-{n}-{month}"), 30 * month, "EUR");
        }
    }
}

fn due(app: &TestApp, days: i32) -> String {
    Day::of(app.store().now()).plus(days).to_string()
}

fn form<'a>(due: &'a str, owner: &'a str, target: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", "More who buy"),
        ("metric", "active_customers"),
        ("period", "month"),
        ("target", target),
        ("due_on", due),
        ("owner", owner),
        ("guardrail_1", "return_rate"),
    ]
}

/// The id of Ada, as the form offers her.
fn ada(app: &TestApp) -> String {
    let users = app.store().read(platform::auth::list).wait().unwrap();
    users[0].id.clone()
}

fn a_goal_is_stated_opened_looked_at_and_given_up(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/goals").ok().shows("No goal yet");
    customers(&app);
    let (due, owner) = (due(&app, 90), ada(&app));
    let stated = form(&due, &owner, "14");
    app.get("/goals/new?metric=active_customers").ok().shows("value=\"active_customers\" selected");
    let gate = app.post("/goals/check", &stated).ok();
    gate.shows("Active customers in the last whole period")
        .shows("lies beyond that")
        .shows("Customers who come back: from 10 to 14")
        .shows("No action has been measured");
    let there = app.post("/goals", &[&stated[..], &[("then", "keep")]].concat()).location().to_string();
    app.get(&there).ok().shows("kept as a draft").shows("Can it be judged?").shows("Open the goal");
    app.get(&format!("{there}/edit")).ok().shows("value=\"14\"").shows("value=\"More who buy\"");
    let opened = app.post(&format!("{there}/opening"), &[("version", "1")]);
    assert_eq!(opened.location(), there, "{}", opened.body);
    let page = app.get(&there).ok();
    let page = page.shows("More who buy is open").shows("Revenue taken apart").shows("Must not get worse");
    drop(page.shows("20.0 % (2 of 10)").shows("What it would take").shows("Way to the target"));
    app.get("/goals").ok().shows("More who buy").shows(&format!("{there}/now"));
    app.get_fragment(&format!("{there}/now")).ok().shows("95 % interval");
    app.post(&format!("{there}/dropping"), &[("why", " ")]).shows("say why");
    assert_eq!(
        app.post(&format!("{there}/dropping"), &[("why", "another matters more")]).location(),
        "/goals"
    );
    let list = app.get("/goals").ok().shows("No goal yet");
    assert_eq!(app.post(&undo_of(&list), &[]).status, StatusCode::SEE_OTHER);
    app.get(&there).ok().shows("Open").shows("another matters more");
}

fn a_goal_that_cannot_be_judged_comes_back_with_what_was_typed(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    customers(&app);
    let (due, past, owner) = (due(&app, 90), due(&app, -1), ada(&app));
    let send = |stated: Vec<(&str, &str)>| app.post("/goals", &[&stated[..], &[("then", "open")]].concat());
    let late = send(form(&past, &owner, "14"));
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    late.shows("the day is over").shows("value=\"14\"").shows("value=\"More who buy\"");
    send(form(&due, &owner, "4")).shows("so it asks for less");
    send(form(&due, "", "14")).shows("name one person");
    send(form("soon", &owner, "many")).shows("is no date").shows("“many” is no number");
    let nobody = app
        .store()
        .write(By::console(), |tx| {
            let input = segments::Input {
                name: "Nobody".to_string(),
                filter: Filter::Any(Vec::new()),
                ..segments::Input::default()
            };
            segments::create(tx, &input)
        })
        .wait()
        .unwrap();
    send([&form(&due, &owner, "14")[..], &[("worst_1", "much")]].concat()).shows("“much” is no");
    send([&form(&due, &owner, "14")[..], &[("worst_2", "5 %")]].concat())
        .shows("choose the metric of this limit");
    send([&form(&due, &owner, "14")[..], &[("guardrail_2", "orders"), ("worst_2", "5,000")]].concat())
        .shows("worse already than the 5,000 that is still accepted")
        .shows("value=\"5,000\"");
    let mut stated = form(&due, &owner, "14");
    stated.push(("segment", &nobody.id));
    send(stated).shows("nobody belongs to the audience now");
    app.get("/goals").ok().shows("No goal yet");
    let limited = send([&form(&due, &owner, "14")[..], &[("worst_1", "30 %")]].concat());
    app.get(limited.location()).ok().shows("no worse than 30");
}

fn a_definition_that_changes_makes_a_version_and_is_flagged_on_the_goal(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    customers(&app);
    let (due, owner) = (due(&app, 90), ada(&app));
    let mut stated = form(&due, &owner, "100 %");
    stated[1].1 = "retention";
    stated.push(("then", "open"));
    let there = app.post("/goals", &stated).location().to_string();
    let page = app.get("/dictionary/retention/edit").ok().shows("value=\"180\"");
    drop(page.shows("Change Retention"));
    let changed = |window: &'static str, reason: &'static str, version: &'static str| {
        let fields = [
            ("name", "Retention (no contract)"),
            ("definition", "Who stays."),
            ("window_days", window),
            ("reason", reason),
            ("version", version),
        ];
        app.post("/dictionary/retention/edit", &fields)
    };
    changed("90", "", "1").shows("say why it changes");
    changed("3", "Shorter", "1").shows("3 days is no window");
    changed("ninety", "Shorter", "1").shows("is no whole number");
    assert_eq!(changed("90", "Our customers order monthly", "1").location(), "/dictionary/retention");
    assert_eq!(changed("60", "Again", "1").status, StatusCode::CONFLICT);
    let page =
        app.get("/dictionary/retention").ok().shows("Our customers order monthly").shows("Window: 90 days");
    app.get(&there).ok().shows("version 2 is valid now, the goal keeps version 1");
    assert_eq!(app.post(&undo_of(&page), &[]).status, StatusCode::SEE_OTHER);
    app.get("/dictionary/retention").ok().shows("Window: 180 days");
}

fn every_metric_measures_everybody_an_audience_and_each_person(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    customers(&app);
    let today = Day::of(app.store().now());
    let periods = [Period::ending(today.plus(-31), Cadence::Month), Period::ending(today, Cadence::Month)];
    for shipped in metrics::SHIPPED {
        let answer = app
            .store()
            .scan(move |s| {
                let metric = metrics::latest(s, shipped.key)?;
                let one = std::slice::from_ref(&metric);
                let all = metrics::series_of_many(s, one, &PeopleOf::Everybody, &periods)?.remove(0);
                let some = PeopleOf::Matching(Filter::default());
                let (mut x, mut n) = (0.0, 0);
                if !matches!(shipped.recipe, Recipe::Seats | Recipe::Spending(_)) {
                    let same = metrics::series_of_many(s, one, &some, &periods)?.remove(0);
                    assert_eq!(same[1].numerator, all[1].numerator, "{}", shipped.key);
                    let (from, to) = (periods[1].from(), periods[1].until());
                    metrics::per_person(s, &metric.reference(), from, to, &some, &mut |_, above, _| {
                        x += above;
                        n += 1;
                    })?;
                    assert_eq!((x, n), (all[1].numerator, 10), "{}", shipped.key);
                }
                Ok(all)
            })
            .wait();
        match shipped.lacks() {
            Some(what) => assert!(answer.unwrap_err().to_string().contains(what)),
            None => assert_eq!(answer.unwrap().len(), 2, "{}", shipped.key),
        }
    }
}

fn metrics_open_to_the_people_behind_them(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    customers(&app);
    let list = app.get("/dictionary").ok().shows("Cost to serve").shows("survey answers");
    drop(list.shows("20\u{a0}%"));
    app.get("/dictionary/csat").ok().shows("It needs survey answers");
    assert_eq!(app.get("/dictionary/none").status, StatusCode::NOT_FOUND);
    let page = app.get("/dictionary/active_customers?by=month").ok().shows("from 10 customers");
    let figures = page.body.split("id=\"figures\"").nth(1).unwrap();
    let people = figures.split("href=\"/people?filter=").nth(1).unwrap().split('"').next().unwrap();
    app.get(&format!("/people?filter={people}")).ok().shows("10 people");
    app.get("/dictionary/retention?by=quarter").ok().shows("Months").shows("Quarters");
}
