//! People on the embedded engine: verbs, undo, filters and pages.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Error, Store, events};
use records::filter::{FieldCondition, Filter, Op};
use records::people::{self, Defaults, Input, ListQuery, Sort};

const NOW: i64 = 1_700_000_000_000_000;

fn store(dir: &tempfile::TempDir) -> Store {
    Store::open(&Place::File(dir.path().join("rondel.db")), Clock::held_at(NOW), IdMaker::seeded(7)).unwrap()
}

fn input(given: &str, family: &str, email: &str, country: &str) -> Input {
    let text = |value: &str| Some(value.to_string());
    Input {
        given_name: text(given),
        family_name: text(family),
        email: text(email),
        country: text(country),
        ..Input::default()
    }
}

fn filled(dir: &tempfile::TempDir) -> Store {
    let store = store(dir);
    store
        .write(By::console(), |tx| {
            for number in 0..25 {
                let country = if number % 5 == 0 { "Österreich" } else { "Germany" };
                let email = format!("Person{number}@Example.COM");
                people::create(
                    tx,
                    &input("Anna", &format!("Müller {number:02}"), &email, country),
                    Defaults::default(),
                )?;
                tx.execute(
                    "UPDATE people SET last_order_at = $1 WHERE email_key = $2",
                    &platform::params![
                        (number % 3 > 0).then_some(NOW - i64::from(number)),
                        email.to_lowercase()
                    ],
                )?;
            }
            Ok(())
        })
        .wait()
        .unwrap();
    store
}

fn is(name: &str, value: &str) -> Filter {
    Filter::Field(FieldCondition { name: name.to_string(), op: Op::Is, value: value.to_string() })
}

#[test]
fn what_comes_in_is_normalised_and_the_raw_text_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let person = store(&dir)
        .write(By::console(), |tx| {
            people::create(
                tx,
                &input("ANNA", "MEYER", " Anna.Meyer@EXAMPLE.com ", "Deutschland"),
                Defaults::default(),
            )
        })
        .wait()
        .unwrap();
    assert_eq!(person.name, "Anna Meyer");
    assert_eq!(person.country.as_deref(), Some("DE"));
    assert_eq!(person.raw["country"], "Deutschland");
    assert_eq!(person.email.as_deref(), Some("Anna.Meyer@example.com"));
}

#[test]
fn a_wrong_address_is_refused_at_its_field_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let refused = store
        .write(By::console(), |tx| {
            people::create(tx, &input("A", "B", "no-at-sign", ""), Defaults::default())
        })
        .wait();
    let Err(Error::Invalid(problems)) = refused else { panic!("{refused:?}") };
    assert_eq!(problems[0].field, "email");
    let n = store.read(|s| people::count_up_to(s, &Filter::default(), 10)).wait().unwrap();
    assert_eq!(n, 0);
}

#[test]
fn an_update_is_undone_exactly_and_not_over_a_later_change() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let write = |input: Input, id: Option<String>| {
        store
            .write(By::console().within("imp_1"), move |tx| match &id {
                None => people::create(tx, &input, Defaults::default()),
                Some(id) => people::update(tx, id, &input, Defaults::default()),
            })
            .wait()
            .unwrap()
    };
    let created = write(input("Anna", "Meyer", "a@example.com", "DE"), None);
    let id = created.id.clone();
    write(input("Anna", "Maier", "b@example.com", "AT"), Some(id.clone()));
    let undo = |id: String| {
        store.write(By::console(), move |tx| {
            let newest = events::timeline(tx, &id, None, 10)?;
            let update = newest.iter().find(|e| e.verb == "person.updated").unwrap();
            people::undo_event(tx, update)?;
            people::get(tx, &id)
        })
    };
    assert_eq!(undo(id.clone()).wait().unwrap(), created);
    let hers = id.clone();
    store
        .write(By::user("usr_1"), move |tx| {
            people::update(tx, &hers, &input("Anna", "Mayr", "c@e.org", "CH"), Defaults::default())
        })
        .wait()
        .unwrap();
    let refused = store
        .write(By::console(), move |tx| {
            let all = events::timeline(tx, &id, None, 10)?;
            let first = all.iter().find(|e| e.verb == "person.created").unwrap();
            people::undo_event(tx, first)
        })
        .wait();
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

#[test]
fn pages_by_key_show_everybody_once_in_every_sort() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    for sort in Sort::ALL {
        for descending in [false, true] {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let query = ListQuery { filter: Filter::default(), sort, descending, after, limit: 7 };
                let page = store.read(move |s| people::list(s, &query)).wait().unwrap();
                seen.extend(page.people.into_iter().map(|p| p.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let n = seen.len();
            seen.sort();
            seen.dedup();
            assert_eq!((n, seen.len()), (25, 25), "{sort:?} {descending}");
        }
    }
}

#[test]
fn a_filter_counts_who_matches_and_not_means_all_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    let count = |filter: Filter| store.read(move |s| people::count_up_to(s, &filter, 100)).wait();
    assert_eq!(count(is("country", "AT")).unwrap(), 5);
    assert_eq!(count(Filter::Not(Box::new(is("country", "AT")))).unwrap(), 20);
    assert_eq!(count(Filter::Not(Box::new(is("city", "Wien")))).unwrap(), 25);
    assert_eq!(count(Filter::Any(vec![])).unwrap(), 0);
    let ordered =
        Filter::Field(FieldCondition { name: "last_order".into(), op: Op::WithinDays, value: "1".into() });
    assert_eq!(count(ordered).unwrap(), 16);
    let text = r#"{"all":[{"orders":{"measure":"count","op":"at_least","value":"1","within_days":30}}]}"#;
    assert_eq!(count(serde_json::from_str(text).unwrap()).unwrap(), 0);
    assert_eq!(count(is("tier", "high")).unwrap(), 0);
}

#[test]
fn a_filter_on_an_unknown_field_says_where_and_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let filter = Filter::All(vec![Filter::default(), is("shoe_size", "42")]);
    let error = store(&dir).read(move |s| people::count_up_to(s, &filter, 1)).wait().unwrap_err().to_string();
    assert!(error.starts_with("filter.all.2: there is no field “shoe_size”; there are name, "), "{error}");
}

#[test]
fn a_person_is_found_by_the_first_letters_of_any_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir);
    let found = |typed: &'static str| store.read(move |s| people::search(s, typed, 50)).wait().unwrap().len();
    assert_eq!(found("muller 0"), 10);
    assert_eq!(found("anna"), 25);
    assert_eq!(found("person7@"), 1);
    assert_eq!(found("nobody"), 0);
}
