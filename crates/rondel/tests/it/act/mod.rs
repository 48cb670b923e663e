//! Actions and their experiments: who is held out, what is frozen and what is refused.

mod kinds;
pub use kinds::insight;

use cycle::act::actions::{self, Action, Draft, Expected, Kind};
use cycle::act::experiments::{self, Design, Experiment, HOLDOUT, Unit};
use cycle::act::{call_lists, global_control, offers, power, segments, touch_points};
use cycle::calendar::Day;
use cycle::plan::metrics::MetricRef;
use cycle::plan::{preflight, turns};
use libtest_mimic::Trial;
use platform::clock::DAY;
use platform::{By, Error, Result, Store, Tx, params};
use records::filter::Filter;
use records::people::{self, Defaults};
use records::{companies, consents};
use std::collections::{BTreeMap, BTreeSet};

use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines, on_sqlite};

pub fn tests() -> Vec<Trial> {
    let mut tests = on_both_engines![
        a_launch_freezes_who_is_in_it_and_the_hash_gives_every_arm_again,
        an_action_needs_a_holdout_or_a_reason_and_a_lawful_basis,
        an_experiment_that_cannot_answer_is_refused_until_somebody_says_why,
        the_global_control_group_is_left_out_of_marketing_and_changes_with_the_turn,
        people_of_one_company_share_their_arm,
        who_cannot_be_reached_is_left_out_before_the_draw,
    ];
    tests.extend(kinds::tests());
    tests.extend(on_sqlite![a_large_audience_is_assigned_by_the_worker_and_goes_on_where_it_was_stopped]);
    tests
}

/// 2024-01-15 is the day of the tests.
const TODAY: i32 = 19_737;

fn write<T: Send + 'static>(
    store: &Store,
    verb: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    store.write(By::user("usr_1"), verb).wait()
}

/// Customers with e-mail and phone.
pub fn firm(store: &Store, n: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for from in (0..n).step_by(500) {
        let made = write(store, move |tx| {
            let mut made = Vec::new();
            for number in from..n.min(from + 500) {
                let input = people::Input {
                    name: Some(format!("Customer {number}")),
                    email: Some(format!("c{number}@example.com")),
                    phone: Some(format!("+4930{:07}", 1_000_000 + number)),
                    customer_since: Some(i64::from(TODAY - 400) * DAY),
                    ..people::Input::default()
                };
                made.push(people::create(tx, &input, Defaults::default())?.id);
            }
            Ok(made)
        });
        ids.extend(made.unwrap());
    }
    ids
}

pub fn allow_marketing(store: &Store) {
    write(store, |tx| {
        let input = preflight::Input {
            name: "Marketing".to_string(),
            lawful_basis: Some(preflight::LawfulBasis::LegitimateInterests),
            reason: Some("Customers expect to hear from their shop.".to_string()),
            dpia_note: None,
        };
        preflight::state(tx, "marketing", 1, &input)
    })
    .unwrap();
}

pub fn everybody(store: &Store) -> String {
    write(store, |tx| {
        let input =
            segments::Input { name: "Everybody".into(), description: None, filter: Filter::default() };
        segments::create(tx, &input)
    })
    .unwrap()
    .id
}

fn design(holdout_permille: i64) -> Design {
    Design {
        unit: Unit::Person,
        holdout_permille,
        variants: Vec::new(),
        metric: MetricRef { key: "active_customers".into(), version: 1 },
        window_days: 28,
        pre_days: 90,
        guardrails: Vec::new(),
    }
}

fn draft(kind: Kind, segment_id: &str) -> Draft {
    Draft {
        kind,
        name: "Ask them back".into(),
        hypothesis: "Whoever is asked comes back.".into(),
        goal_id: None,
        segment_id: Some(segment_id.to_string()),
        purpose: "marketing".into(),
        expected: Some(Expected { per_person: 0.1, low: None, high: None }),
        expected_how: "A guess.".into(),
        design: Some(design(200)),
        why_no_experiment: String::new(),
        call_list: Some(call_lists::Input { script: "Say hello.".into(), ..Default::default() }),
        offer: Some(offers::Input {
            percent_permille: Some(100),
            valid_until: Day(TODAY + 30).to_string(),
            ..Default::default()
        }),
        touch_point: Some(touch_points::Input {
            place: "shop".into(),
            what: "The basket shows the delivery day.".into(),
            changed_on: String::new(),
        }),
    }
}

fn create(store: &Store, draft: Draft) -> Result<Action> {
    write(store, move |tx| actions::create(tx, &draft))
}

/// Drafts, allows what power cannot promise, and launches.
fn launched(store: &Store, draft: Draft) -> (Action, Option<Experiment>) {
    let action = create(store, draft).unwrap();
    let id = action.id.clone();
    if let Some(experiment) = of_action(store, &id) {
        power::look_and_keep(store, By::user("usr_1"), &experiment.id).unwrap();
        write(store, move |tx| {
            experiments::underpowered(tx, &experiment.id, "The test is small on purpose.")
        })
        .unwrap();
    }
    let wanted = id.clone();
    let action = write(store, move |tx| actions::launch(tx, &wanted)).unwrap();
    (action, of_action(store, &id))
}

fn of_action(store: &Store, action_id: &str) -> Option<Experiment> {
    let id = action_id.to_string();
    store.read(move |s| experiments::of_action(s, &id)).wait().unwrap()
}

fn arms(store: &Store, experiment_id: &str) -> BTreeMap<String, String> {
    let id = experiment_id.to_string();
    let rows = store.read(move |s| {
        s.query(
            "SELECT person_id, arm FROM experiment_people WHERE experiment_id = $1 ORDER BY person_id",
            &params![id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    });
    rows.wait().unwrap().into_iter().collect()
}

#[track_caller]
fn refused_at<T: std::fmt::Debug>(result: Result<T>, field: &str) -> String {
    match result {
        Err(Error::Invalid(problems)) => {
            let found = problems.iter().find(|problem| problem.field == field);
            found.unwrap_or_else(|| panic!("no problem at {field}: {problems:?}")).message.clone()
        }
        other => panic!("expected a problem at {field}, found {other:?}"),
    }
}

fn a_launch_freezes_who_is_in_it_and_the_hash_gives_every_arm_again(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    let people = firm(store, 300);
    let segment = everybody(store);
    let mut wanted = draft(Kind::Offer, &segment);
    wanted.design.as_mut().unwrap().variants = vec!["A".into(), "B".into()];
    let (action, experiment) = launched(store, wanted);
    let experiment = experiment.unwrap();
    assert_eq!((action.state, experiment.state), (actions::State::Running, experiments::State::Running));
    let drawn = arms(store, &experiment.id);
    assert_eq!(drawn.keys().cloned().collect::<Vec<_>>(), people);
    for (person, arm) in &drawn {
        assert_eq!(experiments::arm_of(&experiment.assignment_key, person, &experiment.arms), arm);
    }
    let counted = |arm: &str| drawn.values().filter(|a| *a == arm).count();
    assert!((36..=84).contains(&counted(HOLDOUT)), "{} of 300 held out at 20 %", counted(HOLDOUT));
    assert!(counted("A") > 80 && counted("B") > 80);
    firm(store, 5);
    assert_eq!(arms(store, &experiment.id), drawn, "who comes later is not in it");
    let id = experiment.id.clone();
    let treated = store.read(move |s| experiments::treated(s, &id, "", 1_000)).wait().unwrap();
    assert!(treated.iter().all(|(person, arm)| arm != HOLDOUT && drawn[person] == *arm));
    assert_eq!(treated.len(), 300 - counted(HOLDOUT));
    let id = experiment.id.clone();
    let changed = write(store, move |tx| experiments::design(tx, &id, &design(300)));
    assert!(matches!(changed, Err(Error::Conflict(_))), "{changed:?}");
    let (id, version) = (action.id.clone(), action.version);
    let changed = write(store, move |tx| actions::update(tx, &id, version, &draft(Kind::Offer, "seg_1")));
    assert!(matches!(changed, Err(Error::Conflict(_))), "{changed:?}");
    let id = action.id.clone();
    let again = write(store, move |tx| actions::launch(tx, &id));
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    app.run_jobs();
    let id = action.id.clone();
    let stopped = write(store, move |tx| actions::stop(tx, &id, "It went wrong.")).unwrap();
    assert_eq!(
        (stopped.state, stopped.why_ended.as_deref()),
        (actions::State::Stopped, Some("It went wrong."))
    );
}

fn an_action_needs_a_holdout_or_a_reason_and_a_lawful_basis(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    firm(store, 10);
    let segment = everybody(store);
    for holdout in [0, 1000] {
        let wanted = Draft { design: Some(design(holdout)), ..draft(Kind::CallList, &segment) };
        refused_at(create(store, wanted), "holdout");
    }
    let without = Draft { design: None, ..draft(Kind::CallList, &segment) };
    refused_at(create(store, without.clone()), "why_no_experiment");
    refused_at(create(store, Draft { segment_id: None, ..draft(Kind::CallList, &segment) }), "segment");
    refused_at(create(store, Draft { name: " ".into(), ..draft(Kind::CallList, &segment) }), "name");
    let allowed = Draft { why_no_experiment: "The law asks us to call all of them.".into(), ..without };
    let action = create(store, allowed).unwrap();
    let id = action.id.clone();
    refused_at(write(store, move |tx| actions::launch(tx, &id)), "purpose");
    allow_marketing(store);
    let id = action.id.clone();
    assert_eq!(write(store, move |tx| actions::launch(tx, &id)).unwrap().state, actions::State::Running);
    let nobody = write(store, |tx| {
        let filter = serde_json::from_str(r#"{"field":{"name":"country","op":"is","value":"AQ"}}"#)?;
        segments::create(tx, &segments::Input { name: "Nobody".into(), description: None, filter })
    });
    let action = create(store, draft(Kind::CallList, &nobody.unwrap().id)).unwrap();
    refused_at(write(store, move |tx| actions::launch(tx, &action.id)), "segment");
    app.run_jobs();
}

fn an_experiment_that_cannot_answer_is_refused_until_somebody_says_why(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    let people = firm(store, 240);
    orders(store, &people);
    let segment = everybody(store);
    let small = Expected { per_person: 0.02, low: None, high: None };
    let action = create(store, Draft { expected: Some(small), ..draft(Kind::Offer, &segment) }).unwrap();
    let launch = |id: &str| {
        let id = id.to_string();
        write(store, move |tx| actions::launch(tx, &id))
    };
    let unreckoned = refused_at(launch(&action.id), "why_underpowered");
    assert!(unreckoned.contains("nobody has reckoned"), "{unreckoned}");
    let experiment = of_action(store, &action.id).unwrap();
    let (experiment, plan) = power::look_and_keep(store, By::user("usr_1"), &experiment.id).unwrap();
    assert_eq!((plan.n_people, plan.n_units, plan.answer), (240, 240, power::Answer::No));
    // A third ordered in the window; all of them before.
    assert!((plan.mean - 1.0 / 3.0).abs() < 1e-9, "{plan:?}");
    // python3, Fleiss by hand: ((c √(p̄q̄(1/f + 1/(1−f))) + 0.84162 √(p₁q₁/f + p₀q₀/(1−f))) / 0.02)² of both arms is 27,734
    // with c = 1.96 for one look and 31,423 with 2.14 for 28 daily looks.
    assert!((31_100..31_700).contains(&plan.needed.unwrap()), "{plan:?}");
    assert_eq!(plan.missing, plan.needed.unwrap() - 240);
    let said = refused_at(launch(&action.id), "why_underpowered");
    assert!(said.contains(&format!("{} more customers", cycle::words::count(plan.missing))), "{said}");
    let id = experiment.id.clone();
    refused_at(write(store, move |tx| experiments::underpowered(tx, &id, " ")), "why_underpowered");
    let id = experiment.id.clone();
    write(store, move |tx| experiments::underpowered(tx, &id, "We want to learn how to do it.")).unwrap();
    assert_eq!(launch(&action.id).unwrap().state, actions::State::Running);
    // With 25 points the same customers are enough.
    let large = Expected { per_person: 0.25, low: None, high: None };
    let action = create(store, Draft { expected: Some(large), ..draft(Kind::Offer, &segment) }).unwrap();
    let experiment = of_action(store, &action.id).unwrap();
    let (_, plan) = power::look_and_keep(store, By::user("usr_1"), &experiment.id).unwrap();
    assert_eq!((plan.answer, plan.missing), (power::Answer::Yes, 0), "{plan:?}");
    assert!(plan.detectable.unwrap() < 0.25 && plan.power.unwrap() > 0.8, "{plan:?}");
    launch(&action.id).unwrap();
    app.run_jobs();
}

/// Everybody ordered a hundred days ago, every third again last week.
fn orders(store: &Store, people: &[String]) {
    use records::orders::{NewLine, NewOrder, bulk, refresh_person_totals};
    let people = people.to_vec();
    write(store, move |tx| {
        let euro = records::values::currency::Currency::from_code("EUR").unwrap();
        let line = NewLine { quantity_milli: 1000, unit_price_micro: 20_000_000, ..NewLine::default() };
        let mut numbers = Vec::new();
        for number in 0..people.len() {
            numbers.push((number, format!("old {number}"), TODAY - 100));
            if number % 3 == 0 {
                numbers.push((number, format!("new {number}"), TODAY - 7));
            }
        }
        let orders: Vec<NewOrder<'_>> = numbers
            .iter()
            .map(|(person, number, day)| NewOrder {
                person_id: Some(&people[*person]),
                lines: vec![line],
                ..NewOrder::sale(number, i64::from(*day) * DAY, euro)
            })
            .collect();
        bulk::insert_many(tx, &orders)?;
        let ids: Vec<&str> = people.iter().map(String::as_str).collect();
        refresh_person_totals(tx, &ids)
    })
    .unwrap();
}

fn open_turn(store: &Store, start: i32) -> turns::Turn {
    write(store, move |tx| {
        let turn = turns::create(tx, &turns::Input::from(Day(start), turns::Cadence::Month))?;
        turns::open(tx, &turn.id)
    })
    .unwrap()
}

fn the_global_control_group_is_left_out_of_marketing_and_changes_with_the_turn(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    let people = firm(store, 400);
    let segment = everybody(store);
    let turn = open_turn(store, TODAY - 14);
    refused_at(write(store, |tx| global_control::state_share(tx, 60)), "share");
    write(store, |tx| global_control::state_share(tx, 50)).unwrap();
    let (action, experiment) = launched(store, draft(Kind::CallList, &segment));
    assert_eq!(action.turn_id.as_deref(), Some(turn.id.as_str()));
    app.run_jobs();
    let control = store.read(global_control::current).wait().unwrap().unwrap();
    assert_eq!((control.turn_id.clone(), control.holdout_permille), (Some(turn.id.clone()), 50));
    let held: BTreeSet<String> =
        arms(store, &control.id).into_iter().filter(|(_, arm)| arm == HOLDOUT).map(|(id, _)| id).collect();
    assert_eq!(arms(store, &control.id).len(), people.len(), "everybody has an arm");
    assert!((8..=34).contains(&held.len()), "{} of 400 at 5 %", held.len());
    let experiment = experiment.unwrap();
    let drawn = arms(store, &experiment.id);
    assert!(held.iter().all(|id| !drawn.contains_key(id)), "nobody of the group is in the experiment");
    assert_eq!((drawn.len() + held.len(), experiment.n_in_control), (people.len(), held.len() as i64));
    let service = Draft { purpose: "service".into(), ..draft(Kind::TouchPoint, &segment) };
    let (_, experiment) = launched(store, service);
    assert_eq!(arms(store, &experiment.unwrap().id).len(), people.len());
    let id = turn.id.clone();
    write(store, move |tx| turns::begin_close(tx, &id)).unwrap();
    write(store, move |tx| turns::close(tx, &turn.id)).unwrap();
    app.wait(20 * DAY);
    let next = open_turn(store, TODAY + 17);
    global_control::run(store).unwrap();
    global_control::run(store).unwrap();
    app.run_jobs();
    let newer = store.read(global_control::current).wait().unwrap().unwrap();
    assert_eq!(newer.turn_id, Some(next.id));
    let id = control.id.clone();
    let old = store.read(move |s| experiments::get(s, &id)).wait().unwrap();
    assert_eq!(old.state, experiments::State::Ended);
    let held_now: BTreeSet<String> =
        arms(store, &newer.id).into_iter().filter(|(_, arm)| arm == HOLDOUT).map(|(id, _)| id).collect();
    assert!(held_now.intersection(&held).count() < held.len() / 2, "another turn leaves others alone");
}

fn people_of_one_company_share_their_arm(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    let company_of = write(store, |tx| {
        let mut company_of = BTreeMap::new();
        for number in 0..60 {
            let input = companies::Input { name: Some(format!("Firm {number}")), ..Default::default() };
            let company = companies::create(tx, &input, Defaults::default())?;
            for part in 0..3 {
                let input = people::Input {
                    name: Some(format!("P {number} {part}")),
                    company_id: Some(company.id.clone()),
                    ..people::Input::default()
                };
                company_of.insert(people::create(tx, &input, Defaults::default())?.id, company.id.clone());
            }
        }
        Ok(company_of)
    })
    .unwrap();
    let segment = everybody(store);
    let design = Design { unit: Unit::Company, holdout_permille: 500, ..design(500) };
    let (_, experiment) = launched(store, Draft { design: Some(design), ..draft(Kind::Offer, &segment) });
    let mut arm_of: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for (person, arm) in arms(store, &experiment.unwrap().id) {
        arm_of.entry(&company_of[&person]).or_default().insert(arm);
    }
    assert_eq!(arm_of.len(), 60);
    assert!(arm_of.values().all(|arms| arms.len() == 1), "{arm_of:?}");
    assert_eq!(arm_of.values().flatten().collect::<BTreeSet<_>>().len(), 2);
    app.run_jobs();
}

fn who_cannot_be_reached_is_left_out_before_the_draw(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    let people = firm(store, 120);
    let refuser = people[7].clone();
    let without_mail = write(store, move |tx| {
        let statement = consents::Statement {
            person_id: &refuser,
            purpose: "marketing",
            channel: "email",
            state: consents::State::Denied,
            lawful_basis: consents::LawfulBasis::Consent,
            source: None,
            stated_at: tx.now(),
        };
        consents::state(tx, &statement)?;
        let input = people::Input { name: Some("No Mail".into()), ..people::Input::default() };
        people::create(tx, &input, Defaults::default())
    })
    .unwrap();
    let segment = everybody(store);
    let (_, experiment) = launched(store, draft(Kind::Campaign, &segment));
    let experiment = experiment.unwrap();
    let drawn = arms(store, &experiment.id);
    assert_eq!((drawn.len(), experiment.n_unreachable), (119, 2));
    assert!(!drawn.contains_key(&people[7]) && !drawn.contains_key(&without_mail.id));
}

fn a_large_audience_is_assigned_by_the_worker_and_goes_on_where_it_was_stopped(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    firm(store, 5_200);
    let segment = everybody(store);
    let (action, experiment) = launched(store, draft(Kind::Offer, &segment));
    assert!(action.is_launching() && action.state == actions::State::Draft);
    let id = experiment.unwrap().id;
    assert!(arms(store, &id).is_empty());
    app.run_jobs();
    let experiment = of_action(store, &action.id).unwrap();
    assert_eq!((experiment.state, experiment.n_people), (experiments::State::Running, 5_200));
    let drawn = arms(store, &id);
    assert_eq!(drawn.len(), 5_200);
    let held = drawn.values().filter(|arm| *arm == HOLDOUT).count();
    assert!((920..=1_160).contains(&held), "{held} of 5,200 at 20 %");
    // A worker that dies after its change was kept does it again from where it stood: nothing is drawn twice.
    let id = experiment.id.clone();
    let redo = write(store, move |tx| {
        tx.execute(
            "UPDATE experiments SET state = 'planned', assigned_up_to = '' WHERE id = $1",
            &params![id],
        )?;
        platform::jobs::enqueue(tx, platform::jobs::NewJob::new(experiments::ASSIGN_JOB), &id)
    });
    redo.unwrap();
    app.run_jobs();
    assert_eq!(arms(store, &experiment.id), drawn);
}
