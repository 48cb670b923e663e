//! What each kind of action does with its people, and the step from an insight.

use std::collections::BTreeSet;

use cycle::act::actions::{self, Draft, Kind};
use cycle::act::experiments::{self, HOLDOUT};
use cycle::act::{call_lists, global_control, offers, segments, touch_points};
use cycle::calendar::Day;
use cycle::interpret::{self, Deciding};
use libtest_mimic::Trial;
use platform::clock::DAY;
use platform::{Error, Store, params};

use super::{
    TODAY, allow_marketing, arms, create, draft, everybody, firm, launched, of_action, open_turn, refused_at,
    write,
};
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_call_list_has_a_task_for_each_treated_customer_and_for_nobody_else,
        codes_are_unique_and_good_for_one_order_within_time_and_budget,
        an_insight_becomes_segment_action_and_experiment_in_one_step,
        a_change_at_a_touch_point_is_recorded_with_its_days,
        without_an_experiment_all_are_treated_but_the_control_group,
        a_turn_that_is_closed_late_draws_no_second_control_group,
    ]
}

fn a_call_list_has_a_task_for_each_treated_customer_and_for_nobody_else(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    firm(store, 80);
    let segment = everybody(store);
    let (action, experiment) = launched(store, draft(Kind::CallList, &segment));
    let experiment = experiment.unwrap();
    app.run_jobs();
    let id = action.id.clone();
    let tasks = store.read(move |s| call_lists::next(s, &id, 1_000)).wait().unwrap();
    let drawn = arms(store, &experiment.id);
    let treated: BTreeSet<&String> =
        drawn.iter().filter(|(_, arm)| *arm != HOLDOUT).map(|(id, _)| id).collect();
    assert_eq!(tasks.iter().map(|task| &task.person_id).collect::<BTreeSet<_>>(), treated);
    let call = |task: &str, outcome| {
        let task = task.to_string();
        write(store, move |tx| call_lists::call(tx, &task, outcome, "Rang twice."))
    };
    let first = call(&tasks[0].id, call_lists::Outcome::Done).unwrap();
    assert!(!first.is_open);
    assert!(matches!(call(&tasks[0].id, call_lists::Outcome::Done), Err(Error::Conflict(_))));
    for left in [true, true, false] {
        assert_eq!(call(&tasks[1].id, call_lists::Outcome::NotReached).unwrap().is_open, left);
    }
    let id = experiment.id.clone();
    let exposed = store.read(move |s| experiments::exposed_by_arm(s, &id)).wait().unwrap();
    assert_eq!(exposed, [("treated".to_string(), "called".to_string(), 1)]);
    let (id, person) = (action.id.clone(), tasks[0].person_id.clone());
    let event =
        store.read(move |s| platform::events::timeline(s, &person, None, 1)).wait().unwrap().remove(0);
    write(store, move |tx| call_lists::undo_event(tx, &event)).unwrap();
    let open = store.read(move |s| call_lists::next(s, &id, 1_000)).wait().unwrap();
    assert_eq!((open.len(), open[0].id.as_str()), (tasks.len() - 1, tasks[0].id.as_str()));
}

fn codes_are_unique_and_good_for_one_order_within_time_and_budget(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    firm(store, 90);
    let segment = everybody(store);
    let input = offers::Input {
        percent_permille: Some(150),
        least_order_minor: 2_000,
        valid_until: Day(TODAY + 10).to_string(),
        budget_minor: Some(2_000),
        prefix: "back".into(),
        ..Default::default()
    };
    for (wrong, field) in [
        (offers::Input { percent_permille: None, ..input.clone() }, "discount"),
        (offers::Input { amount_minor: Some(5), ..input.clone() }, "discount"),
        (offers::Input { percent_permille: Some(1_001), ..input.clone() }, "discount"),
        (offers::Input { valid_until: Day(TODAY - 1).to_string(), ..input.clone() }, "valid_until"),
        (offers::Input { valid_until: "soon".into(), ..input.clone() }, "valid_until"),
        (offers::Input { budget_minor: Some(0), ..input.clone() }, "budget"),
    ] {
        refused_at(create(store, Draft { offer: Some(wrong), ..draft(Kind::Offer, &segment) }), field);
    }
    let (action, experiment) = launched(store, Draft { offer: Some(input), ..draft(Kind::Offer, &segment) });
    app.run_jobs();
    let id = action.id.clone();
    let codes = store.read(move |s| offers::codes(s, &id, "", 1_000)).wait().unwrap();
    let drawn = arms(store, &experiment.unwrap().id);
    assert_eq!(codes.len(), drawn.values().filter(|arm| *arm != HOLDOUT).count());
    assert_eq!(codes.iter().map(|code| &code.code).collect::<BTreeSet<_>>().len(), codes.len());
    assert!(codes.iter().all(|code| code.code.starts_with("BACK-") && code.code.len() == 15));
    let redeem = |code: &str, order: &str, order_minor| {
        let redemption = offers::Redemption {
            code: code.to_lowercase(),
            order_number: Some(order.to_string()),
            order_minor,
            discount_minor: None,
        };
        write(store, move |tx| offers::redeem(tx, &redemption))
    };
    refused_at(redeem("BACK-NOSUCHCODE", "R-1", 5_000), "code");
    refused_at(redeem(&codes[0].code, "R-1", 1_999), "order");
    let used = redeem(&codes[0].code, "R-1", 10_000).unwrap();
    assert_eq!(used.discount_minor, Some(1_500));
    assert_eq!(redeem(&codes[0].code, "R-1", 10_000).unwrap(), used, "the same order again changes nothing");
    refused_at(redeem(&codes[0].code, "R-2", 10_000), "code");
    assert_eq!(redeem(&codes[1].code, "R-3", 10_000).unwrap().discount_minor, Some(500), "what is left");
    refused_at(redeem(&codes[2].code, "R-4", 10_000), "code");
    let id = action.id.clone();
    let standing = store.read(move |s| offers::standing(s, &id)).wait().unwrap();
    assert_eq!((standing.n_redeemed, standing.given_minor, standing.ordered_minor), (2, 2_000, 20_000));
    app.wait(11 * DAY);
    let late = refused_at(redeem(&codes[3].code, "R-5", 10_000), "code");
    assert!(late.contains("the code holds from"), "{late}");
}

fn an_insight_becomes_segment_action_and_experiment_in_one_step(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    let people = firm(store, 40);
    let some: Vec<String> = people[..25].to_vec();
    let insight_id = insight(store, "tier_drop", &some);
    let id = insight_id.clone();
    let proposal = store
        .read(move |s| {
            let insight = interpret::get(s, &id)?;
            actions::propose(s, &insight)
        })
        .wait()
        .unwrap();
    assert_eq!((proposal.n_people, proposal.draft.kind), (25, Kind::CallList));
    let designed = proposal.draft.design.clone().unwrap();
    assert_eq!((designed.holdout_permille, designed.metric.key.as_str()), (200, "revenue"));
    // 100,000 of 25 people, a tenth of it, 60 of 365 days: 65.75 each.
    assert_eq!(proposal.draft.expected.unwrap().per_person, 66.0);
    let deciding = Deciding { why: proposal.why.clone(), expected_effect: proposal.expected_effect.clone() };
    let (id, wanted, said) = (insight_id.clone(), proposal.draft.clone(), deciding.clone());
    let action = write(store, move |tx| actions::from_insight(tx, &id, &wanted, &said)).unwrap();
    let (id, segment_id) = (insight_id.clone(), action.segment_id.clone().unwrap());
    let (insight, segment, members) = store
        .read(move |s| {
            let segment = segments::get(s, &segment_id)?;
            let members = segments::ids(s, &segment)?;
            Ok((interpret::get(s, &id)?, segment, members))
        })
        .wait()
        .unwrap();
    assert_eq!((segment.name.as_str(), members), (proposal.segment_name.as_str(), some));
    assert_eq!(insight.status, interpret::Status::Acting);
    assert_eq!(insight.decision.unwrap().why, deciding.why);
    assert!(of_action(store, &action.id).is_some());
    // A second action about the same insight gets a segment of its own.
    let (id, wanted) = (insight_id.clone(), proposal.draft.clone());
    let second =
        write(store, move |tx| actions::from_insight(tx, &id, &wanted, &Deciding::default())).unwrap();
    assert_ne!(second.segment_id, action.segment_id);
    let status = |id: &str| {
        let id = id.to_string();
        store.read(move |s| interpret::get(s, &id)).wait().unwrap().status
    };
    let id = action.id.clone();
    refused_at(write(store, move |tx| actions::discard(tx, &id, "")), "why");
    let id = action.id.clone();
    write(store, move |tx| actions::discard(tx, &id, "Too dear.")).unwrap();
    assert_eq!(status(&insight_id), interpret::Status::Acting, "the second action still stands");
    write(store, move |tx| actions::discard(tx, &second.id, "Too dear.")).unwrap();
    assert_eq!(status(&insight_id), interpret::Status::Decided);
    let id = insight_id.clone();
    write(store, move |tx| interpret::refute(tx, &id, "It was the season.")).unwrap();
    let refuted = write(store, move |tx| actions::from_insight(tx, &insight_id, &proposal.draft, &deciding));
    assert!(matches!(refuted, Err(Error::Conflict(_))), "{refuted:?}");
}

/// An insight about these people, as a run would have kept it.
pub fn insight(store: &Store, kind: &'static str, people: &[String]) -> String {
    let people = people.to_vec();
    write(store, move |tx| {
        let (id, now) = (tx.new_id("ins"), tx.now());
        let evidence = serde_json::to_string(&interpret::Evidence::default())?;
        tx.execute(
            "INSERT INTO insights (id, run_id, kind, about, claim, evidence_json, n_customers, money_minor,
               money_low_minor, money_high_minor, money_how, currency, counter_checks_json, confidence, worth, refuted_by,
               suggested_action, status, found_at, updated_at)
             VALUES ($1, 'run_1', $2, 'all', '25 customers buy less.', $3, $4, 100000, 50000, 200000, 'Summed.', 'EUR',
               '[]', 0.8, 40000.0, 'They buy again.', 'Call them.', 'new', $5, $5)",
            &params![id, kind, evidence, people.len() as i64, now],
        )?;
        for (person, place) in people.iter().zip(0i64..) {
            tx.execute(
                "INSERT INTO insight_people (insight_id, place, person_id, figures_json) VALUES ($1, $2, $3, '[]')",
                &params![id, place, person],
            )?;
        }
        Ok(id)
    })
    .unwrap()
}

fn a_change_at_a_touch_point_is_recorded_with_its_days(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    let record = |place: &str, what: &str, on: &str| {
        let input = touch_points::Input { place: place.into(), what: what.into(), changed_on: on.into() };
        write(store, move |tx| touch_points::record(tx, &input, None))
    };
    refused_at(record("", "New form.", ""), "place");
    refused_at(record("shop", "", ""), "what");
    refused_at(record("shop", "New form.", "31/12/2023"), "changed_on");
    refused_at(record("shop", "New form.", "2024-01-16"), "changed_on");
    let point = record("shop", "New form.", "2024-01-10").unwrap();
    let between = |from: i32, to: i32| {
        store.read(move |s| touch_points::between(s, Day(from), Day(to), 10)).wait().unwrap().len()
    };
    assert_eq!((between(TODAY - 30, TODAY - 6), between(TODAY - 5, TODAY), between(TODAY, TODAY)), (0, 1, 1));
    let id = point.id.clone();
    write(store, move |tx| touch_points::end(tx, &id)).unwrap();
    assert_eq!((between(TODAY, TODAY), between(TODAY + 1, TODAY + 9)), (1, 0));
    let everybody = Draft {
        segment_id: None,
        design: None,
        why_no_experiment: "Everybody sees the shop.".into(),
        purpose: "service".into(),
        ..draft(Kind::TouchPoint, "")
    };
    let (action, _) = launched(store, everybody);
    assert_eq!(action.state, actions::State::Running);
    write(store, move |tx| actions::stop(tx, &action.id, "Nobody liked it.")).unwrap();
    assert_eq!(between(TODAY + 1, TODAY + 9), 0);
}

fn without_an_experiment_all_are_treated_but_the_control_group(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    allow_marketing(store);
    let people = firm(store, 100);
    let segment = everybody(store);
    open_turn(store, TODAY - 14);
    let bare = Draft {
        design: None,
        why_no_experiment: "A recall concerns all.".into(),
        ..draft(Kind::CallList, &segment)
    };
    let (action, experiment) = launched(store, bare);
    assert!(experiment.is_none());
    let control = store.read(global_control::current).wait().unwrap().unwrap();
    let mut all: Vec<String> = Vec::new();
    loop {
        let (action, after) = (action.clone(), all.last().cloned().unwrap_or_default());
        let page = store.read(move |s| actions::people(s, &action, &after, 7)).wait().unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page.into_iter().map(|(id, _)| id));
    }
    let expected: Vec<String> =
        people.into_iter().filter(|id| !global_control::holds_out(&control, id)).collect();
    assert_eq!(all, expected);
    app.run_jobs();
}

fn a_turn_that_is_closed_late_draws_no_second_control_group(installation: &Installation) {
    let app = TestApp::new(installation);
    let store = app.store();
    firm(store, 50);
    open_turn(store, TODAY - 14);
    global_control::run(store).unwrap();
    app.run_jobs();
    let control = store.read(global_control::current).wait().unwrap().unwrap();
    write(store, move |tx| experiments::end(tx, &control.id)).unwrap();
    global_control::run(store).unwrap();
    assert!(store.read(global_control::current).wait().unwrap().is_none());
    app.run_jobs();
}
