//! Scores against a company whose truth is known: who will hardly buy, what the last period brought, what the pages, the filter,
//! the ledger and the API say of it.

use std::collections::BTreeMap;

use cycle::analyze::models::{self, Model, State};
use cycle::analyze::scores_of;
use cycle::measure::calibration;
use cycle::turn;
use libtest_mimic::Trial;
use platform::Store;
use records::filter::{FieldCondition, Filter, Op};
use records::people;

use crate::insights::{Known, everyday, known};
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        scores_hold_against_what_the_simulator_knows,
        rules_of_the_lead_score_are_edited_and_taken_back
    ]
}

fn model(store: &Store, name: &'static str) -> Model {
    store.read(move |s| models::get(s, name)).wait().unwrap()
}

fn field(name: &str, op: Op, value: &str) -> Filter {
    Filter::All(vec![Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })])
}

fn scores_hold_against_what_the_simulator_knows(installation: &Installation) {
    let known = known(installation.store(), installation.data(), everyday(1));
    churn_tells_who_will_hardly_buy(&known);
    the_next_product_beats_chance(&known.store);
    leads_have_grades_and_the_model_says_what_it_needs(&known.store);
    the_ledger_has_them(&known.store);
    the_same_data_give_the_same_version(&known.store);
    drop(known);
    pages_and_programs_show_them(installation);
}

fn churn_tells_who_will_hardly_buy(known: &Known) {
    let churn = model(&known.store, "churn");
    assert_eq!(churn.state, State::Used, "{:?}", churn.report.needs);
    let tried = churn.report.backtest.as_ref().unwrap();
    assert!(tried.quality.auc.unwrap().low > 0.6, "{:?}", tried.quality.auc);
    let off = (tried.expected - tried.came as f64).abs() / tried.came as f64;
    // A Christmas lies in the period that was judged: what came before knew nothing of it.
    assert!(off < 0.3, "expected {} and {} came", tried.expected, tried.came);
    assert!(churn.report.quality.as_ref().unwrap().ece < 0.06);
    // The simulator knows rate and leaving of everybody, and so what is to be expected; the model saw orders only.
    let mut risks: BTreeMap<bool, Vec<f64>> = BTreeMap::new();
    for (id, number) in numbers(&known.store) {
        let scores = known.store.read(move |s| scores_of(s, &[&id])).wait().unwrap().pop();
        let risk = scores.and_then(|scores| scores.churn_probability);
        if let (Some(risk), Some(row)) = (risk, known.customers.get(&number)) {
            let expected: f64 = row["expected_purchases_26_weeks"].parse().unwrap();
            risks.entry(expected >= 2.0).or_default().push(risk);
        }
    }
    let mean = |of: bool| risks[&of].iter().sum::<f64>() / risks[&of].len() as f64;
    assert!(mean(false) > mean(true) + 0.1, "few expected {:.2}, many {:.2}", mean(false), mean(true));
    let n: usize = risks.values().map(Vec::len).sum();
    let all = field("churn_probability", Op::AtLeast, "0");
    let counted = known.store.read(move |s| people::count_up_to(s, &all, 100_000)).wait().unwrap();
    assert!(n as i64 <= counted && counted as u64 == churn.n_scored, "{n} {counted} {}", churn.n_scored);
}

/// People by id, with their numbers.
fn numbers(store: &Store) -> Vec<(String, String)> {
    let read = |s: &mut platform::Snapshot<'_>| {
        s.query(
            "SELECT id, external_id FROM people WHERE external_id IS NOT NULL AND n_orders > 0 ORDER BY id LIMIT 1500",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    };
    store.read(read).wait().unwrap()
}

fn the_next_product_beats_chance(store: &Store) {
    let next = model(store, "next_product");
    assert_eq!(next.state, State::Used, "{:?}", next.report.needs);
    let rate = |row: &Vec<String>| {
        let digits: String = row[1].chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        digits.parse::<f64>()
    };
    let rates: BTreeMap<&str, f64> =
        next.report.tables[0].rows.iter().map(|row| (row[0].as_str(), rate(row).unwrap())).collect();
    assert!(rates["This model"] > 1.2 * rates["Chance"], "{rates:?}");
    assert!(rates["This model"] >= rates["What sells most"] - 3.0, "{rates:?}");
}

fn leads_have_grades_and_the_model_says_what_it_needs(store: &Store) {
    let lead = model(store, "lead");
    // Everybody came in with the orders: nobody was known before the first of them.
    assert_eq!(lead.state, State::Abstains);
    assert!(lead.report.needs[0].contains("200"), "{:?}", lead.report.needs);
    let graded: u64 = lead.report.grades.iter().flat_map(|row| row.1).sum();
    let filter = field("lead_grade", Op::IsSet, "");
    let counted = store.read(move |s| people::count_up_to(s, &filter, 100_000)).wait().unwrap();
    assert!(graded > 0 && counted as u64 == graded, "{graded} {counted}");
}

fn the_ledger_has_them(store: &Store) {
    calibration::run(store).unwrap();
    let lines = store.read(|s| calibration::list(s, Some("model:churn"), None, 10)).wait().unwrap();
    assert_eq!(lines.len(), 2, "the forecast, and the backtest: {lines:?}");
    assert_eq!(lines.iter().filter(|line| line.outcome.is_some()).count(), 1);
    assert!(lines.iter().all(|line| line.kind == calibration::Kind::Score));
}

fn the_same_data_give_the_same_version(store: &Store) {
    let before = model(store, "churn");
    turn::run(store, &turn::Options::default(), &mut |_| {}).unwrap();
    let after = model(store, "churn");
    assert_eq!((after.version, &after.report), (before.version, &before.report));
    assert_ne!(after.run_id, before.run_id);
}

fn pages_and_programs_show_them(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/scores").ok().shows("Churn").shows("Lead score").shows("Next product").shows("abstains");
    let page = app.get("/scores/churn").ok().shows("Said and come").shows("Highest scores").shows("BG/NBD");
    let next = page.body.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    app.get(&next.replace("&amp;", "&").replace("&#38;", "&")).ok().shows("rel=\"prev\"");
    app.get("/scores/lead").ok().shows("It needs").shows("Grades");
    app.get("/scores/next_product").ok().shows("Hit rate").shows("also buys");
    app.get("/scores/export").ok().shows("Probability of leaving").shows("recency_days");
    assert_eq!(app.get("/scores/weather").status, 404);
    let read = |s: &mut platform::Snapshot<'_>| {
        s.query(
            "SELECT person_id FROM person_scores WHERE churn_probability IS NOT NULL ORDER BY churn_probability DESC LIMIT 1",
            &[],
            |row| row.get::<String>(0),
        )
    };
    let person = app.store().read(read).wait().unwrap().remove(0);
    app.get(&format!("/people/{person}")).ok().shows("Likely to leave").shows("Likely next");
    app.get("/measure/calibration").ok().shows("Model of churn");
    // The imports ran in the hands of the test; their jobs find nothing left to do.
    app.run_jobs();
}

fn rules_of_the_lead_score_are_edited_and_taken_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let lead = app.post("/people", &[("name", "Ada"), ("phone", "+49 30 1234567")]).location().to_string();
    let id = lead.rsplit('/').next().unwrap().to_string();
    let graded = |app: &TestApp| {
        turn::run(app.store(), &turn::Options::default(), &mut |_| {}).unwrap();
        let id = id.clone();
        app.store().read(move |s| scores_of(s, &[&id])).wait().unwrap().pop().unwrap().lead.unwrap()
    };
    let shipped = graded(&app);
    assert_eq!(shipped.fit, 10, "a phone: {shipped:?}");
    app.get("/scores/lead/rules").ok().shows("Has a phone number");
    let mut fields = vec![
        ("version", "0"),
        ("fit_a", "40"),
        ("fit_b", "20"),
        ("engagement_1", "30"),
        ("engagement_2", "10"),
        ("most", "100"),
        ("signal_0", "phone"),
        ("points_0", "60"),
        ("fade_0", "never"),
    ];
    fields.push(("signal_1", "tag"));
    fields.push(("points_1", "5"));
    let refused = app.post("/scores/lead/rules", &fields);
    assert_eq!(refused.status, 422);
    refused.shows("say which");
    fields.push(("value_1", "fair"));
    assert_eq!(app.post("/scores/lead/rules", &fields).location(), "/scores/lead/rules");
    let stated = graded(&app);
    assert_eq!((stated.fit, stated.grade.as_str()), (60, "A3"), "{stated:?}");
    app.get(&format!("/people/{id}")).ok().shows("A3");
    let stale = app.post("/scores/lead/rules", &fields);
    assert_eq!(stale.status, 409, "somebody else changed them: {}", stale.status);
}
