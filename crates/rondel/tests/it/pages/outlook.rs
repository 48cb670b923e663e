//! What comes next, what moved, and what customers say: pages, API and ledger over the same turn.

use cycle::analyze::forecasts::Grain;
use cycle::analyze::results;
use cycle::calendar::Day;
use cycle::measure::{self, calibration};
use cycle::turn::{self, Options};
use libtest_mimic::Trial;
use platform::By;

use crate::api::program::Program;
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        pages_of_outlook_teach_what_to_do_before_anything_was_analysed,
        a_metric_is_foretold_noted_and_settled_when_its_month_is_over,
        a_metric_that_fell_names_the_channel_that_stopped,
        notes_are_read_once_grouped_and_open_from_their_topic,
    ]
}

fn pages_of_outlook_teach_what_to_do_before_anything_was_analysed(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    for (path, words) in [
        ("/forecasts", "Nothing is foretold yet"),
        ("/moves", "Nothing can be compared yet"),
        ("/texts", "No note was read yet"),
    ] {
        app.get(path).ok().shows(words);
    }
    app.get("/dictionary/revenue").ok();
    let answer = app.get("/texts/topics/0");
    assert_eq!(answer.status, axum::http::StatusCode::NOT_FOUND);
}

/// Two years of orders: each of 120 customers buys once in most months, more in December; those of `stopped` not in the
/// last month, and then without a better December.
fn orders(stopped: &str) -> String {
    let mut text =
        "Order no;Order date;Customer no;Customer name;E-mail;Source;SKU;Product;Quantity;Unit price\n"
            .to_string();
    let mut chance = statistics::pseudo_random::Generator::from_seed(4);
    let mut number = 0;
    for month in 0..24 {
        for customer in 1..=120 {
            let source = ["fair", "search", "friends"][customer % 3];
            let wanted = if month % 12 == 11 && stopped == "nobody" { 0.9 } else { 0.7 };
            if chance.uniform() > wanted || (month == 23 && source == stopped) {
                continue;
            }
            number += 1;
            let (year, month, day) = (2022 + month / 12, month % 12 + 1, 1 + chance.below(28));
            text.push_str(&format!(
                "O-{number};{day:02}.{month:02}.{year};{customer};Name{customer} Family{customer};c{customer}@shop.example;\
                 {source};P-{};Thing;1;{}.00\n",
                customer % 7,
                20 + chance.below(20)
            ));
        }
    }
    text
}

fn import(app: &TestApp, text: &str) {
    let answer = app.upload("/imports/new", &[], &[("files", "orders.csv", text.as_bytes())]);
    let path = answer.location().to_string();
    app.post(&format!("{path}/run"), &[]);
    assert_eq!(app.run_jobs(), 1);
    // Where a customer came from is stated on the person.
    app.store()
        .write(By::console(), |tx| {
            for customer in 1..=120usize {
                let source = ["fair", "search", "friends"][customer % 3];
                tx.execute(
                    "UPDATE people SET source = $2 WHERE external_id = $1",
                    &platform::params![customer.to_string(), source],
                )?;
            }
            Ok(())
        })
        .wait()
        .unwrap();
}

fn analyse(app: &TestApp, last_day: Option<&str>) {
    let last_day = last_day.map(|day| Day::parse(day).unwrap());
    turn::run(app.store(), &Options { last_day, ..Options::default() }, &mut |_| {}).unwrap();
    measure::daily(app.store()).unwrap();
}

fn ledger(app: &TestApp, subject: &str) -> calibration::Forecast {
    let lines =
        app.store().read(|s| calibration::list(s, Some("model:forecast_revenue"), None, 100)).wait().unwrap();
    lines
        .iter()
        .find(|line| line.subject == subject)
        .unwrap_or_else(|| panic!("{subject} of {lines:?}"))
        .clone()
}

fn a_metric_is_foretold_noted_and_settled_when_its_month_is_over(installation: &Installation) {
    let program = Program::new(installation);
    let app = &program.app;
    app.sign_in();
    import(app, &orders("nobody"));
    analyse(app, Some("2023-11-30"));
    let said = ledger(app, "revenue@1 month 2023-12-01");
    assert!(said.outcome.is_none() && said.low < Some(said.expected), "{said:?}");
    app.get("/forecasts").ok().shows("Revenue").shows("2023-12").shows("95 % interval").shows("Not foretold");
    app.get("/forecasts?by=week").ok().shows("Last week");

    analyse(app, Some("2023-12-31"));
    let report = app.store().read(results::latest_forecasts).wait().unwrap().unwrap().result;
    let revenue = report.of("revenue", Grain::Month).unwrap();
    let came = ledger(app, "revenue@1 month 2023-12-01");
    assert_eq!((came.id, came.expected), (said.id, said.expected), "what was said stays");
    assert_eq!(came.outcome, revenue.past.last().unwrap().value);
    assert!(came.settled_at.is_some() && ledger(app, "revenue@1 month 2024-01-01").outcome.is_none());

    let page =
        app.get("/dictionary/revenue").ok().shows("what comes next").shows("The last forecast was off by");
    page.shows("Next month").shows("What moved").shows("Where they came from").shows("friends");
    app.get("/moves").ok().shows("Was to be expected").shows("Revenue");
    app.get("/measure/calibration").ok().shows("Forecast of revenue");

    let all = program.get("/metric-forecasts").is(200);
    let all = all["data"].as_array().unwrap();
    let told = all.iter().find(|one| one["key"] == "revenue").unwrap();
    assert_eq!(told["ahead"].as_array().unwrap().len(), 6, "{told}");
    assert_eq!(program.get("/metrics/revenue/forecast").is(200)["last"]["first_day"], "2023-12-01");
    assert!(program.get("/metrics/email_reach/forecast").is(200)["abstained"].is_string());
    program.get("/metric-forecasts?by=day").refused_at("by");
    program.get("/metrics/win_rate/forecast").is(404);
    assert_eq!(program.get("/metrics/revenue/move").is(200)["first_day"], "2023-12-01");
}

fn a_metric_that_fell_names_the_channel_that_stopped(installation: &Installation) {
    let program = Program::new(installation);
    let app = &program.app;
    app.sign_in();
    import(app, &orders("search"));
    analyse(app, Some("2023-12-31"));
    let moved = program.get("/metrics/revenue/move").is(200);
    assert_eq!(moved["verdict"], "moved", "{moved}");
    let parts = moved["parts"].as_array().unwrap();
    let search = parts.iter().find(|part| part["label"] == "search" && part["side"] == "source").unwrap();
    assert!(
        search["p_adjusted"].as_f64().unwrap() < 0.05 && search["total"].as_f64().unwrap() < 0.0,
        "{search}"
    );
    app.get("/moves").ok().shows("Moved, for the worse");
    let page = app.get("/insights?kind=metric_moved").ok().shows("search");
    let href =
        page.body.split("href=\"/insights/ins_").nth(1).unwrap().split('"').next().unwrap().to_string();
    let page = app
        .get(&format!("/insights/ins_{href}"))
        .ok()
        .shows("What else might explain it")
        .shows("Who it is about");
    page.shows("Where they came from").shows("What would refute it");
}

const SAID: [(&str, &str); 4] = [
    ("The delivery was late again and the courier was rude, I am very angry about the delivery.", "courier"),
    ("Wonderful coffee, the beans taste excellent and the roast is delicious.", "beans"),
    ("The grinder broke after a week, the machine is useless and I am disappointed.", "grinder"),
    ("Die Lieferung kam leider viel zu spät und niemand hat sich bei mir gemeldet.", "Lieferung"),
];

fn notes_are_read_once_grouped_and_open_from_their_topic(installation: &Installation) {
    let program = Program::new(installation);
    let app = &program.app;
    app.sign_in();
    import(app, &orders("nobody"));
    let ids: Vec<String> = app
        .store()
        .write(By::console(), |tx| {
            let mut ids = Vec::new();
            for n in 0..80usize {
                let person = records::people::by_external_id(tx, &(1 + n % 120).to_string())?.unwrap();
                ids.push(records::notes::write(tx, &person.id, &format!("{} {n}", SAID[n % 4].0))?);
            }
            Ok(ids)
        })
        .wait()
        .unwrap();
    analyse(app, None);
    let topics = program.get("/texts/topics").is(200);
    let topics = topics["data"].as_array().unwrap().clone();
    assert!((2..=5).contains(&topics.len()), "{topics:?}");
    let n: u64 = topics.iter().map(|topic| topic["n"].as_u64().unwrap()).sum();
    assert!((40..=60).contains(&n), "the German notes have no tone and no topic: {topics:?}");
    let late = topics.iter().find(|topic| topic["tone"]["mean"].as_f64().unwrap() < -0.3).unwrap();
    assert!(late["value_minor"].as_i64().unwrap() > 0, "{late}");
    let beans = topics.iter().find(|topic| topic["keywords"].to_string().contains("beans")).unwrap();
    assert!(beans["tone"]["mean"].as_f64().unwrap() > 0.3, "{beans}");

    let number = late["number"].as_i64().unwrap();
    let first = program.get(&format!("/texts/topics/{number}/notes?limit=15")).is(200);
    let next = first["next"].as_str().unwrap();
    let rest = program.get(&format!("/texts/topics/{number}/notes?limit=15&after={next}")).is(200);
    let n = first["data"].as_array().unwrap().len() + rest["data"].as_array().unwrap().len();
    assert_eq!(n as u64, late["n"].as_u64().unwrap(), "every note of a topic opens, each once");
    app.get("/texts").ok().shows("What they are about").shows("German").shows("Tone is not read");
    let word = late["keywords"][0].as_str().unwrap();
    app.get(&format!("/texts/topics/{number}")).ok().shows(word);
    let person = app.store().read(|s| records::people::by_external_id(s, "1")).wait().unwrap().unwrap();
    app.get(&format!("/people/{}", person.id)).ok().shows("Tone of the notes");
    assert_eq!(
        program.get(&format!("/people/{}/tones", person.id)).is(200)["data"].as_array().unwrap().len(),
        1
    );

    // A changed note is read again; on the day after, those of the last ten minutes of reading are the others.
    let edit_id = ids[0].clone();
    app.wait(platform::clock::DAY);
    app.store()
        .write(By::console(), move |tx| {
            records::notes::edit(tx, &edit_id, "Thank you, everything is wonderful now.").map(drop)
        })
        .wait()
        .unwrap();
    assert_eq!(
        cycle::analyze::texts::update(app.store()).unwrap(),
        80,
        "the overlap of ten minutes, and the changed one"
    );
    app.wait(platform::clock::DAY);
    assert_eq!(cycle::analyze::texts::update(app.store()).unwrap(), 1, "only the newest lies in the overlap");
    let id = ids[0].clone();
    let tone = app.store().read(move |s| cycle::analyze::texts::of_notes(s, &[&id])).wait().unwrap();
    assert!(tone[&ids[0]].tone.unwrap() > 0.3);
}
