//! Segments: their verbs, versions, undo and members.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod firm;

use cycle::act::segments::{self, Input};
use firm::Bought;
use platform::{By, Error, Store, events};
use records::filter::Filter;
use records::people::{ListQuery, Sort};

fn filter(json: &str) -> Filter {
    serde_json::from_str(json).unwrap()
}

fn input(name: &str, json: &str) -> Input {
    Input { name: name.to_string(), description: None, filter: filter(json) }
}

const BOUGHT_TWICE: &str = r#"{"all":[{"field":{"name":"n_orders","op":"at_least","value":"2"}}]}"#;

fn filled(dir: &tempfile::TempDir) -> Store {
    let store = firm::store(dir);
    let customers = (0..30).map(|number| {
        let orders = (0..=number % 3).map(|n| Bought { day: 19_000 + n, cents: 1_000 });
        (Some(if number % 2 == 0 { "fair" } else { "web" }), orders.collect())
    });
    firm::fill(&store, customers.collect());
    store
}

fn create(store: &Store, input: Input) -> platform::Result<segments::Segment> {
    store.write(By::user("usr_1"), move |tx| segments::create(tx, &input)).wait()
}

#[test]
fn a_segment_counts_who_matches_now_and_pages_through_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    let segment = create(&store, input("  Bought   twice ", BOUGHT_TWICE)).unwrap();
    assert_eq!((segment.name.as_str(), segment.version), ("Bought twice", 1));
    let count = |at_most| {
        let filter = segment.filter.clone();
        store.read(move |s| segments::count(s, &filter, at_most)).wait().unwrap()
    };
    assert_eq!(count(100), segments::LiveCount { n: 20, is_more: false });
    assert_eq!(count(20), segments::LiveCount { n: 20, is_more: false });
    assert_eq!(count(19), segments::LiveCount { n: 19, is_more: true });
    let query = ListQuery {
        filter: filter(r#"{"field":{"name":"source","op":"is","value":"fair"}}"#),
        sort: Sort::Created,
        descending: false,
        after: None,
        limit: 6,
    };
    let (mine, ids) = store
        .read({
            let segment = segment.clone();
            move |s| Ok((segments::members(s, &segment, &query)?, segments::ids(s, &segment)?))
        })
        .wait()
        .unwrap();
    assert_eq!((mine.people.len(), mine.next.is_some(), ids.len()), (6, true, 20));
    assert!(
        mine.people.iter().all(|person| person.source.as_deref() == Some("fair") && person.n_orders >= 2)
    );
    let first = ids[0].clone();
    let of_first = store.read(move |s| segments::of_person(s, &first)).wait().unwrap();
    assert_eq!(of_first, vec![segment]);
}

#[test]
fn a_filter_that_cannot_be_read_and_a_name_that_is_taken_are_told_at_their_fields() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    create(&store, input("Regulars", BOUGHT_TWICE)).unwrap();
    let wrong = r#"{"all":[{"tag":"x"},{"field":{"name":"shoe_size","op":"is","value":"42"}}]}"#;
    let Err(Error::Invalid(problems)) = create(&store, input("REGULARS", wrong)) else {
        panic!("it was taken")
    };
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["name", "filter.all.2"]);
}

#[test]
fn a_change_makes_a_version_that_an_older_editor_cannot_overwrite_and_undo_takes_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    let made = create(&store, input("Regulars", BOUGHT_TWICE)).unwrap();
    let change = |version: i64, name: &'static str| {
        let id = made.id.clone();
        store
            .write(By::user("usr_2"), move |tx| {
                segments::update(tx, &id, version, &input(name, BOUGHT_TWICE))
            })
            .wait()
    };
    assert_eq!(change(1, "Regular buyers").unwrap().version, 2);
    assert_eq!(change(2, "Regular buyers").unwrap().version, 2, "the same again changes nothing");
    assert!(matches!(change(1, "Others"), Err(Error::Conflict(_))));
    let undo = |verb: &'static str| {
        let id = made.id.clone();
        store
            .write(By::user("usr_2"), move |tx| {
                let log = events::timeline(tx, &id, None, 10)?;
                let event = log.into_iter().find(|event| event.verb == verb).unwrap();
                segments::undo_event(tx, &event)?;
                segments::list(tx)
            })
            .wait()
    };
    assert!(matches!(undo("segment.created"), Err(Error::Conflict(_))));
    let left = undo("segment.updated").unwrap();
    assert_eq!((left[0].name.as_str(), left[0].version), ("Regulars", 3));
    assert_eq!(undo("segment.created").unwrap(), vec![]);
}

#[test]
fn a_deleted_segment_is_gone_until_it_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    let made = create(&store, input("Regulars", BOUGHT_TWICE)).unwrap();
    let id = made.id.clone();
    store.write(By::console(), move |tx| segments::delete(tx, &id)).wait().unwrap();
    assert_eq!(store.read(segments::list).wait().unwrap(), vec![]);
    create(&store, input("Regulars", BOUGHT_TWICE)).unwrap();
    let refused = store.write(By::console(), move |tx| segments::restore(tx, &made.id)).wait();
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}

#[test]
fn starters_are_offered_only_where_they_have_people() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    let offered = store.read(segments::starters).wait().unwrap().0;
    let names: Vec<(&str, i64)> = offered.iter().map(|starter| (starter.name, starter.count.n)).collect();
    assert_eq!(names, [("First order, not yet the second", 10), ("Cannot be reached", 30)]);
    create(&store, Input { name: "cannot be REACHED".into(), ..input("", BOUGHT_TWICE) }).unwrap();
    assert_eq!(store.read(segments::starters).wait().unwrap().0.len(), 1);
}
