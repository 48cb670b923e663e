//! The demo's year, small: what the product measures agrees with what only the world knows.

use cycle::act::actions;
use cycle::analyze::{results, texts};
use cycle::calendar::Day;
use cycle::collect::imports::{self, Format, Incoming, Kind};
use cycle::interpret::{self, Question, Status};
use cycle::measure::effects::Conclusion;
use cycle::plan::{goals, turns};
use jiff::civil::date;
use libtest_mimic::Trial;
use platform::auth::{self, NewUser, Role};
use platform::clock::HOUR;
use platform::ids::IdMaker;
use platform::{By, Clock, Store};
use rondel::app::{self, App};
use rondel::config::Config;
use rondel::year::{self, Played, Year};
use simulator::world::{Said, Subject, Tone, World};
use simulator::{Company, Dirt, Settings};

use std::collections::HashMap;

use crate::api::program::{self, Program};
use crate::api::reads;
use crate::pages::links;
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines, on_sqlite};

pub fn tests() -> Vec<Trial> {
    let mut tests = on_both_engines![a_turn_goes_from_an_insight_to_a_verdict_that_agrees_with_the_truth];
    tests.extend(on_sqlite![a_year_has_a_win_a_refuted_idea_and_one_that_nobody_can_tell]);
    tests
}

/// A small company with two years behind it, and the first turns of its year played.
fn played(installation: &Installation, seed: u64, n_customers: u32, n_turns: i32) -> (Store, Played) {
    let today = date(2026, 1, 1);
    let first = Day::parse("2026-01-01").unwrap();
    let config = Config {
        data: installation.data().to_owned(),
        database_url: installation.database_url().unwrap_or_default(),
        ..Config::default()
    };
    let clock = Clock::held_at(first.start() + 8 * HOUR);
    let App { store, registry, web, .. } = app::build(config, clock, IdMaker::seeded(seed)).unwrap();
    let (files, export) = (installation.data().join("files"), installation.data().join("export"));
    std::fs::create_dir_all(&export).unwrap();
    std::fs::create_dir_all(&files).unwrap();
    let settings = Settings { seed, n_customers, dirt: Dirt::Clean, ..Settings::demo(today) };
    let company = Company::new(settings).unwrap();
    let made = company.write_export(&export).unwrap();
    for wanted in [simulator::Kind::Customers, simulator::Kind::Products, simulator::Kind::Orders] {
        for file in made.files.iter().filter(|file| file.kind == wanted) {
            let kind = match wanted {
                simulator::Kind::Customers => Kind::People,
                simulator::Kind::Products => Kind::Products,
                _ => Kind::Orders,
            };
            let (path, name) = (export.join(&file.name), file.name.clone());
            let incoming = Incoming { path, name, kind: Some(kind), format: Format::default(), source: None };
            let import = imports::arrive(&store, &files, By::console(), &incoming).unwrap();
            let id = import.id.clone();
            store.write(By::console(), move |tx| imports::start_here(tx, &id)).wait().unwrap();
            imports::run(&store, &files, &import.id, &mut |_, _| ()).unwrap();
        }
    }
    let owner = NewUser {
        email: "ada@example.com".to_string(),
        name: "Ada".to_string(),
        role: Role::Owner,
        password: "correct horse battery".to_string(),
    };
    let owner = auth::create(&store, By::console(), owner).unwrap();
    let month = |number: i32| Day::first_of_month(first.month() + number);
    let turns: Vec<(Day, Day)> =
        (0..n_turns).map(|number| (month(number), month(number + 1).plus(-1))).collect();
    let world = World::of(company, year::ideas());
    let until = month(n_turns).plus(-1);
    let year = Year::new(&store, (&registry, &web.options.post), (&files, &export), &owner.id, world);
    let played = year.play(&turns, until, &mut |_| ()).unwrap();
    (store, played)
}

fn a_turn_goes_from_an_insight_to_a_verdict_that_agrees_with_the_truth(installation: &Installation) {
    let (store, played) = played(installation, 3, 500, 2);
    let invited = &played.tried[0];
    let (estimate, low, high) = invited.estimate.expect("500 customers are enough to say something");
    assert!(invited.is_final, "{invited:?}");
    assert!(low <= invited.truth && invited.truth <= high, "the truth is outside: {invited:?}");
    assert!((estimate - invited.truth).abs() < 0.2, "{invited:?}");
    let insights = store.read(|s| interpret::list(s, interpret::List::default())).wait().unwrap();
    let acted_on = insights.iter().find(|insight| insight.kind == interpret::Kind::SecondOrder).unwrap();
    let expected = match invited.conclusion {
        Some(Conclusion::Works | Conclusion::CannotTellYet) => Status::Measured,
        _ => Status::Refuted,
    };
    assert_eq!(acted_on.status, expected);
    let closed = store.read(turns::newest_closed).wait().unwrap().expect("the first turn is closed");
    let goals = store.read(move |s| goals::of_turn(s, &closed.id)).wait().unwrap();
    assert!(
        goals.iter().all(|goal| !matches!(goal.state, goals::State::Draft | goals::State::Open)),
        "a closed turn has verdicts: {goals:?}"
    );
    drop(store);
    let app = TestApp::new(installation);
    app.sign_in();
    let n_pages = links::follow_all(&app);
    assert!(n_pages > 100, "a firm with a year behind it has more pages: {n_pages}");
    let secret = program::token(&app, Role::Owner);
    let n_answered = reads::ask_all(&Program { app, secret });
    assert!(n_answered > 80, "a firm with a year behind it has more to be read: {n_answered}");
}

fn a_year_has_a_win_a_refuted_idea_and_one_that_nobody_can_tell(installation: &Installation) {
    let (store, played) = played(installation, 1, 2_000, 5);
    let ended = |wanted: &[Conclusion]| {
        played
            .tried
            .iter()
            .any(|tried| tried.is_final && tried.conclusion.is_some_and(|c| wanted.contains(&c)))
    };
    assert!(ended(&[Conclusion::Works]), "no win: {:#?}", played.tried);
    assert!(ended(&[Conclusion::Harms, Conclusion::NoEffectShown]), "nothing refuted: {:#?}", played.tried);
    assert!(ended(&[Conclusion::CannotTellYet]), "all is known: {:#?}", played.tried);
    for tried in played.tried.iter().filter(|tried| tried.is_final) {
        let wrong = match tried.conclusion {
            Some(Conclusion::Works) => tried.truth <= 0.0,
            Some(Conclusion::Harms) => tried.truth >= 0.0,
            _ => false,
        };
        assert!(!wrong, "measured against the truth: {tried:?}");
    }
    what_was_measured_leads_the_next_plan(&store);
    texts_are_read_as_they_were_meant(&store, &played);
}

/// Topics and tones against what only the world knows of each text.
fn texts_are_read_as_they_were_meant(store: &Store, played: &Played) {
    let report = store.read(results::latest_texts).wait().unwrap().unwrap().result;
    assert!(played.said.len() > 100, "customers write: {}", played.said.len());
    // The subject that most notes of a topic have is taken as the topic's.
    let truth: HashMap<&str, &Said> =
        played.said.iter().map(|(_, said)| (said.text.as_str(), said)).collect();
    let (mut n_of_subject, mut n_all, mut n_right, mut n_told) = (0, 0, 0, 0);
    for topic in &report.topics {
        let number = topic.number;
        let notes = store.read(move |s| texts::of_topic(s, number, None, 10_000)).wait().unwrap();
        let mut counts: HashMap<Subject, usize> = HashMap::new();
        for (note, tone) in &notes {
            let body = note.body.split_once("/10. ").map_or(note.body.as_str(), |(_, body)| body);
            let Some(said) = truth.get(body) else { continue };
            *counts.entry(said.subject).or_default() += 1;
            n_all += 1;
            if said.tone != Tone::Plain {
                n_told += 1;
                n_right += usize::from((tone.tone > Some(0.0)) == (said.tone == Tone::Glad));
            }
        }
        n_of_subject += counts.values().copied().max().unwrap_or(0);
    }
    let right = f64::from(n_right as u32) / f64::from(n_told);
    assert!(right > 0.9, "{n_right} of {n_told} tones are as they were meant");
    assert!(n_all > 70, "{n_all} notes stand in topics");
    let purity = n_of_subject as f64 / n_all as f64;
    println!(
        "tones: {n_right} of {n_told} right; topics: {n_of_subject} of {n_all} of their topic's subject"
    );
    assert!(purity > 0.75, "{n_of_subject} of {n_all} stand in the topic of their subject");
}

/// An insight of a kind that was acted on stands where its record puts it, and the next action expects what was measured.
fn what_was_measured_leads_the_next_plan(store: &Store) {
    let insights = store.read(|s| interpret::list(s, interpret::List::default())).wait().unwrap();
    let again = insights.into_iter().find(|insight| insight.kind == interpret::Kind::SecondOrder).unwrap();
    let record = again.checks.iter().find(|check| check.question == Question::TrackRecord);
    assert!(record.is_some_and(|check| check.words.contains("measured action")), "{:?}", again.checks);
    let by_claim = again.money.unwrap().low_minor as f64 * again.confidence;
    assert!(again.worth > 0.0 && again.worth != by_claim, "{} is not moved by its record", again.worth);
    let proposal = store.read(move |s| actions::propose(s, &again)).wait().unwrap();
    assert!(proposal.expected_effect.starts_with("Measured here"), "{}", proposal.expected_effect);
}
