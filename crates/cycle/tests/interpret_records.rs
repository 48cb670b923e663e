//! Insights as records: too few data abstain, a second run updates, people decide and take back, what is gone is marked.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod firm;

use cycle::interpret::{self, Deciding, Insight, Kind, List, Status};
use cycle::turn::{self, Options};
use firm::Bought;
use platform::events::Event;
use platform::{By, Error, Store};
use records::people;
use statistics::pseudo_random::Generator;

/// 2022-01-01 and 2023-12-31, the day before the clock's.
const FIRST: i32 = 18_993;
const LAST: i32 = 19_722;

type Customers = Vec<(Option<&'static str>, Vec<Bought>)>;

/// Customers with their own rhythm; every fourth stops for good at some time.
fn customers(n: usize) -> Customers {
    let mut g = Generator::from_seed(5);
    let one = |number: usize| {
        let mut day = FIRST + g.below(400) as i32;
        let gap = 8.0 + 30.0 * g.uniform();
        let end = if number.is_multiple_of(4) { day + 100 + g.below(300) as i32 } else { LAST };
        let mean = 2_000.0 + 8_000.0 * g.uniform();
        let mut bought = Vec::new();
        while day <= end.min(LAST) {
            bought.push(Bought { day, cents: (mean * (0.5 + g.uniform())) as i64 });
            day += 1 + g.exponential(1.0 / gap) as i32;
        }
        (Some(["fair", "newsletter"][g.below(2)]), bought)
    };
    (0..n).map(one).collect()
}

fn turn(store: &Store) {
    turn::run(store, &Options::default(), &mut |_| {}).unwrap();
}

fn list(store: &Store, wanted: List) -> Vec<Insight> {
    store.read(move |s| interpret::list(s, wanted)).wait().unwrap()
}

fn get(store: &Store, id: &str) -> Insight {
    let id = id.to_string();
    store.read(move |s| interpret::get(s, &id)).wait().unwrap()
}

fn history(store: &Store, id: &str) -> Vec<Event> {
    let id = id.to_string();
    store.read(move |s| interpret::history(s, &id, None, 50)).wait().unwrap()
}

fn verbs(store: &Store, id: &str) -> Vec<String> {
    history(store, id).into_iter().map(|event| event.verb).collect()
}

#[test]
fn a_firm_with_five_customers_gets_reasons_and_no_insight() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(5));
    turn(&store);
    assert!(list(&store, List::default()).is_empty());
    let summary = store.read(interpret::latest_summary).wait().unwrap().unwrap().result;
    assert_eq!(summary.silent.len(), Kind::ALL.len());
    for silent in &summary.silent {
        assert!(!silent.why.is_empty(), "{:?}", silent.kind);
    }
    let few = [Kind::LikelyLost, Kind::SecondOrder, Kind::Concentration];
    assert!(summary.silent.iter().filter(|silent| few.contains(&silent.kind)).all(|silent| silent.abstained));
}

#[test]
fn a_firm_without_orders_gets_reasons_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    turn(&store);
    assert!(list(&store, List::default()).is_empty());
}

#[test]
fn every_claim_has_evidence_a_way_to_its_rows_checks_and_what_would_refute_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(400));
    turn(&store);
    let found = list(&store, List::default());
    assert!(found.iter().any(|insight| insight.kind == Kind::LikelyLost), "every fourth customer left");
    let worth: Vec<f64> = found.iter().map(|insight| insight.worth).collect();
    assert!(worth.is_sorted_by(|a, b| a >= b), "the most worth stands first: {worth:?}");
    for insight in found {
        let evidence = &insight.evidence;
        assert!(
            !insight.claim.is_empty()
                && !insight.refuted_by.is_empty()
                && !insight.suggested_action.is_empty()
        );
        assert!(
            !evidence.definition.is_empty() && evidence.last_day == "2024-01-01",
            "{}",
            evidence.last_day
        );
        assert!(evidence.figures.iter().any(|figure| figure.low.is_some()), "{}", insight.claim);
        assert!(insight.checks.len() >= 3, "{}", insight.claim);
        assert!((0.0..=1.0).contains(&insight.confidence));
        if let Some(money) = insight.money {
            assert!(money.low_minor <= money.expected_minor && money.expected_minor <= money.high_minor);
        }
        let (id, filter) = (insight.id.clone(), evidence.filter.clone().unwrap());
        let (page, n_by_filter) = store
            .read(move |s| {
                Ok((interpret::people(s, &id, 0, 10_000)?, people::count_up_to(s, &filter, 10_000)?))
            })
            .wait()
            .unwrap();
        assert_eq!(page.rows.len() as u64, insight.n_customers, "{}", insight.claim);
        assert!(page.rows.iter().all(|row| !row.figures.is_empty()));
        assert!(n_by_filter > 0, "the filter opens nobody: {}", insight.claim);
    }
}

#[test]
fn the_people_of_an_insight_come_page_by_page_without_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(400));
    turn(&store);
    let insight = list(&store, List::default()).remove(0);
    let (mut ids, mut from) = (Vec::new(), Some(0));
    while let Some(place) = from {
        let id = insight.id.clone();
        let page = store.read(move |s| interpret::people(s, &id, place, 7)).wait().unwrap();
        ids.extend(page.rows.into_iter().map(|row| row.person_id));
        from = page.next;
    }
    assert_eq!(ids.len() as u64, insight.n_customers);
    let first = ids[0].clone();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len() as u64, insight.n_customers);
    let of_person = store.read(move |s| interpret::of_person(s, &first)).wait().unwrap();
    assert!(of_person.iter().any(|other| other.id == insight.id));
}

#[test]
fn a_second_run_keeps_the_record_and_what_people_said_about_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(400));
    turn(&store);
    let first = list(&store, List::default());
    let (id, other) = (first[0].id.clone(), first[1].id.clone());
    let (decided, refuted) = (id.clone(), other.clone());
    store
        .write(By::user("usr_1"), move |tx| {
            interpret::review(tx, &decided)?;
            let deciding = Deciding { why: "worth a call".into(), expected_effect: "ten come back".into() };
            interpret::decide(tx, &decided, &deciding)?;
            interpret::refute(tx, &refuted, "the shop was closed")
        })
        .wait()
        .unwrap();
    turn(&store);
    let again = list(&store, List::default());
    assert_eq!(again.len(), first.len());
    assert_eq!(again.last().unwrap().id, other, "refuted ones stand last");
    let kept = get(&store, &id);
    assert_eq!((kept.status, kept.found_at), (Status::Decided, first[0].found_at));
    let decision = kept.decision.unwrap();
    assert_eq!((decision.by.as_deref(), decision.why.as_str()), (Some("usr_1"), "worth a call"));
    assert_eq!(get(&store, &other).status, Status::Refuted);
    assert_eq!(
        verbs(&store, &id),
        ["insight.decided", "insight.reviewed", "insight.found"],
        "an equal run logs nothing"
    );
    let counts = store.read(interpret::counts).wait().unwrap();
    assert_eq!(counts[&Status::Decided], 1);
}

#[test]
fn a_verb_is_taken_back_unless_something_came_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(400));
    turn(&store);
    let id = list(&store, List::default())[0].id.clone();
    let (one, two) = (id.clone(), id.clone());
    store.write(By::console(), move |tx| interpret::review(tx, &one)).wait().unwrap();
    store.write(By::console(), move |tx| interpret::refute(tx, &two, "known already")).wait().unwrap();
    let events = history(&store, &id);
    let undo = |event: Event| store.write(By::console(), move |tx| interpret::undo_event(tx, &event)).wait();
    assert!(
        matches!(undo(events[1].clone()), Err(Error::Conflict(_))),
        "the review was followed by the refutation"
    );
    undo(events[0].clone()).unwrap();
    assert_eq!(get(&store, &id).status, Status::Reviewed);
    assert!(matches!(undo(events[0].clone()), Err(Error::Conflict(_))), "taken back once only");
    undo(events[1].clone()).unwrap();
    assert_eq!(get(&store, &id).status, Status::New);
    assert!(matches!(undo(events[2].clone()), Err(Error::Conflict(_))), "what a run found is not taken back");
}

#[test]
fn a_decision_without_a_reason_or_after_a_refutation_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(400));
    turn(&store);
    let id = list(&store, List::default())[0].id.clone();
    let decide = |why: &'static str| {
        let (id, deciding) = (id.clone(), Deciding { why: why.into(), expected_effect: "more".into() });
        store.write(By::console(), move |tx| interpret::decide(tx, &id, &deciding)).wait()
    };
    let Err(Error::Invalid(problems)) = decide("  ") else { panic!("an empty reason is refused") };
    assert_eq!(problems[0].field, "why");
    let refuted = id.clone();
    store.write(By::console(), move |tx| interpret::refute(tx, &refuted, "no")).wait().unwrap();
    assert!(matches!(decide("because"), Err(Error::Conflict(_))));
    let reopened = id.clone();
    store.write(By::console(), move |tx| interpret::reopen(tx, &reopened)).wait().unwrap();
    decide("because").unwrap();
    let missing = store.write(By::console(), |tx| interpret::review(tx, "ins_none")).wait();
    assert!(matches!(missing, Err(Error::Missing { .. })));
}

#[test]
fn what_is_no_longer_true_is_marked_and_comes_back_when_it_is_true_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let ids = firm::fill(&store, customers(400));
    turn(&store);
    let lost = list(&store, List { kind: Some(Kind::LikelyLost), ..List::default() }).remove(0);
    let people = ids.clone();
    let delete =
        store.write(By::console(), move |tx| people.iter().skip(5).try_for_each(|id| people::delete(tx, id)));
    delete.wait().unwrap();
    turn(&store);
    assert!(list(&store, List::default()).is_empty());
    let gone = list(&store, List { gone: true, ..List::default() });
    assert!(gone.iter().any(|insight| insight.id == lost.id && insight.gone_at.is_some()));
    let people = ids.clone();
    let restore = store.write(By::console(), move |tx| {
        people.iter().skip(5).try_for_each(|id| people::restore(tx, id).map(drop))
    });
    restore.wait().unwrap();
    turn(&store);
    assert_eq!(get(&store, &lost.id).gone_at, None);
    assert_eq!(verbs(&store, &lost.id), ["insight.found_again", "insight.gone", "insight.found"]);
}

#[test]
fn who_ordered_only_free_of_charge_stands_in_nobodys_way() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let mut made = customers(400);
    // Somebody in the middle and somebody at the end who have a value model's history and no RFM score.
    made.insert(200, (None, vec![Bought { day: FIRST, cents: 0 }, Bought { day: FIRST + 30, cents: 0 }]));
    made.push((None, vec![Bought { day: FIRST + 10, cents: 0 }]));
    firm::fill(&store, made);
    turn(&store);
    assert!(list(&store, List::default()).iter().any(|insight| insight.kind == Kind::LikelyLost));
}
