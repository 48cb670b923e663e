//! Merging and unmerging: nothing is lost, and what was one becomes two again exactly.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use platform::clock::{DAY, HOUR};
use platform::ids::IdMaker;
use platform::store::{Cell, Place};
use platform::{By, Clock, Error, Store, Tx, events};
use records::consents::{self, LawfulBasis, State, Statement};
use records::merges::{self, Choices, Conflict, Side};
use records::orders::{self, NewLine, NewOrder};
use records::people::{self, Defaults, Input};
use records::values::currency::Currency;
use records::{companies, notes, tags};

const NOW: i64 = 1_700_000_000_000_000;

fn store(dir: &tempfile::TempDir) -> Store {
    Store::open(&Place::File(dir.path().join("rondel.db")), Clock::held_at(NOW), IdMaker::seeded(7)).unwrap()
}

fn write<T: Send + 'static>(
    store: &Store,
    mut change: impl FnMut(&mut Tx<'_>) -> platform::Result<T> + Send + 'static,
) -> T {
    store.write(By::user("usr_1"), move |tx| change(tx)).wait().unwrap()
}

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_string())
}

/// Every row of every table that a merge may touch.
fn dump(store: &Store) -> Vec<String> {
    let tables = [
        "people id, external_id, given_name, family_name, name, name_key, family_key, email, email_key, phone, company_id, \
         street, postcode, city, country, birthday, language, source, customer_since, raw_json, custom_json, n_orders, \
         revenue_minor, first_order_at, last_order_at, created_at, updated_at, merged_into, deleted_at",
        "companies id, external_id, name, name_key, domain, industry, n_employees, phone, website, street, postcode, city, \
         country, source, raw_json, custom_json, created_at, updated_at, merged_into, deleted_at",
        "orders id, number, number_key, person_id, ordered_at, is_return, status, currency, total_minor, counted_minor, \
         n_lines, returned_order_id, channel, reason, raw_json, created_at, updated_at",
        "order_lines order_id, line_no, product_id, sku, description, quantity_milli, unit_price_micro, amount_minor",
        "consents person_id, purpose, channel, state, lawful_basis, source, stated_at",
        "tags record_id, name_key, name, created_at",
        "notes id, record_kind, record_id, body, author_id, created_at, updated_at, deleted_at",
    ];
    store
        .read(move |s| {
            let mut rows = Vec::new();
            for table in tables {
                let (name, columns) = table.split_once(' ').unwrap();
                let n = columns.split(',').count();
                s.each(&format!("SELECT {columns} FROM {name}"), &[], |row| {
                    let cells: Vec<String> = (0..n)
                        .map(|i| match row.cell(i).unwrap() {
                            Cell::Null => "NULL".to_string(),
                            Cell::Int(v) => v.to_string(),
                            Cell::Real(v) => v.to_string(),
                            Cell::Text(v) => format!("{v:?}"),
                        })
                        .collect();
                    rows.push(format!("{name}: {}", cells.join(" | ")));
                    Ok(())
                })?;
            }
            rows.sort();
            Ok(rows)
        })
        .wait()
        .unwrap()
}

/// Chance that is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.below(texts.len() as u64) as usize]
    }
}

fn drawn_input(dice: &mut Dice, number: usize) -> Input {
    let mut custom = std::collections::BTreeMap::new();
    if dice.below(2) == 0 {
        custom.insert("size".to_string(), dice.one_of(&["S", "M", "L"]).to_string());
    }
    Input {
        external_id: if dice.below(3) > 0 { Some(format!("K{number}")) } else { None },
        given_name: text(dice.one_of(&["ANNA", "Anne", ""])),
        family_name: text(dice.one_of(&["Meyer", "MAIER", "Mayr"])),
        email: text(dice.one_of(&["", " A.Meyer@Example.COM", "anna@example.org"])),
        phone: text(dice.one_of(&["", "+49 171 1234567"])),
        street: text(dice.one_of(&["", "Hauptstr. 1", "Ring 7"])),
        city: text(dice.one_of(&["", "Bonn", "Köln"])),
        country: text(dice.one_of(&["", "Deutschland", "AT"])),
        birthday: text(dice.one_of(&["", "1980-02-03"])),
        source: text(dice.one_of(&["", "shop"])),
        customer_since: (dice.below(2) == 0).then_some(NOW - 900 * DAY),
        custom,
        ..Input::default()
    }
}

/// A person with orders, notes, tags and consents as the dice fall.
fn draw_person(tx: &mut Tx<'_>, dice: &mut Dice, number: usize) -> platform::Result<String> {
    let id = people::create(tx, &drawn_input(dice, number), Defaults::default())?.id;
    for nth in 0..dice.below(4) {
        let order = format!("B-{number}-{nth}");
        let at = NOW - dice.below(400) as i64 * DAY;
        let line = NewLine { quantity_milli: 2_000, unit_price_micro: 4_500_000, ..NewLine::default() };
        let euro = Currency::from_code("EUR").unwrap();
        let sale = NewOrder { person_id: Some(&id), lines: vec![line], ..NewOrder::sale(&order, at, euro) };
        orders::place(tx, &sale)?;
    }
    for tag in ["Gold", "gold ", "Fair 2023"] {
        if dice.below(2) == 0 {
            tags::add(tx, &id, tag)?;
        }
    }
    if dice.below(2) == 0 {
        notes::write(tx, &id, &format!("note on {number}"))?;
    }
    for channel in ["email", "phone"] {
        let state = match dice.below(3) {
            0 => continue,
            1 => State::Granted,
            _ => State::Denied,
        };
        let stated_at = NOW - dice.below(100) as i64 * DAY;
        consents::state(tx, &statement(&id, channel, state, stated_at))?;
    }
    Ok(id)
}

fn statement<'a>(person_id: &'a str, channel: &'a str, state: State, stated_at: i64) -> Statement<'a> {
    let lawful_basis = LawfulBasis::Consent;
    Statement {
        person_id,
        purpose: "newsletter",
        channel,
        state,
        lawful_basis,
        source: Some("form"),
        stated_at,
    }
}

fn drawn_choices(dice: &mut Dice) -> Choices {
    let mut choices = Choices::new();
    for field in people::MERGE_FIELDS {
        match dice.below(4) {
            0 => drop(choices.insert(field.to_string(), Side::Lost)),
            1 => drop(choices.insert(field.to_string(), Side::Kept)),
            _ => {}
        }
    }
    choices
}

fn merge(store: &Store, kept: &str, lost: &str, choices: Choices) -> String {
    store.clock().advance(HOUR);
    let (kept, lost) = (kept.to_string(), lost.to_string());
    write(store, move |tx| people::merge(tx, &kept, &lost, &choices))
}

fn unmerge(store: &Store, id: &str) -> Vec<Conflict> {
    store.clock().advance(HOUR);
    let id = id.to_string();
    write(store, move |tx| merges::unmerge(tx, &id))
}

#[test]
fn people_merged_in_any_chain_and_unmerged_in_any_order_are_exactly_as_before() {
    for seed in 0..25 {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir);
        let mut dice = Dice(seed);
        let mut drawing = Dice(seed + 1000);
        let mut ids: Vec<String> = store
            .write(By::console(), move |tx| (0..5).map(|n| draw_person(tx, &mut drawing, n)).collect())
            .wait()
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let original = dump(&store);
        let mut stages = vec![original.clone()];
        let mut done: Vec<String> = Vec::new();
        while ids.len() > 1 {
            let lost: String = ids.remove(dice.below(ids.len() as u64) as usize);
            let kept: &String = &ids[dice.below(ids.len() as u64) as usize];
            done.push(merge(&store, kept, &lost, drawn_choices(&mut dice)));
            stages.push(dump(&store));
        }
        // From the newest to the oldest, each stage comes back as it was.
        for (id, stage) in done.iter().rev().zip(stages.iter().rev().skip(1)) {
            assert_eq!(unmerge(&store, id), [], "seed {seed}");
            assert_eq!(dump(&store), *stage, "seed {seed}");
        }
    }
}

#[test]
fn merges_undone_from_the_middle_leave_the_later_ones_and_all_undone_is_the_beginning() {
    for seed in 0..15 {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir);
        let mut dice = Dice(seed);
        let mut drawing = Dice(seed + 500);
        let mut ids: Vec<String> = store
            .write(By::console(), move |tx| (0..6).map(|n| draw_person(tx, &mut drawing, n)).collect())
            .wait()
            .unwrap();
        let original = dump(&store);
        let mut done: Vec<String> = Vec::new();
        while ids.len() > 1 {
            let lost: String = ids.remove(dice.below(ids.len() as u64) as usize);
            let kept = ids[dice.below(ids.len() as u64) as usize].clone();
            done.push(merge(&store, &kept, &lost, drawn_choices(&mut dice)));
        }
        while !done.is_empty() {
            let id = done.remove(dice.below(done.len() as u64) as usize);
            assert_eq!(unmerge(&store, &id), [], "seed {seed}");
            let gone = store.read(move |s| merges::get(s, &id)).wait().unwrap();
            let person = store.read(move |s| people::get(s, &gone.merged_id)).wait().unwrap();
            assert_eq!(person.merged_into, None);
        }
        assert_eq!(dump(&store), original, "seed {seed}");
    }
}

fn person(store: &Store, given: &str, email: &str, number: &str) -> String {
    let input = Input {
        given_name: text(given),
        family_name: text("Meyer"),
        email: text(email),
        external_id: text(number),
        ..Input::default()
    };
    write(store, move |tx| Ok(people::create(tx, &input, Defaults::default())?.id))
}

fn get(store: &Store, id: &str) -> people::Person {
    let id = id.to_string();
    store.read(move |s| people::get(s, &id)).wait().unwrap()
}

#[test]
fn what_was_changed_after_the_merge_survives_and_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (anna, double) = (person(&store, "Anna", "", "K1"), person(&store, "Ann", "ann@example.com", "K2"));
    let merge_id = merge(&store, &anna, &double, Choices::new());
    assert_eq!(get(&store, &anna).email.as_deref(), Some("ann@example.com"));
    let her = anna.clone();
    write(&store, move |tx| {
        let input = Input { email: text("new@example.com"), city: text("Bonn"), ..Input::default() };
        people::update(tx, &her, &input, Defaults::default())?;
        let euro = Currency::from_code("EUR").unwrap();
        let line = NewLine { quantity_milli: 1_000, unit_price_micro: 1_000_000, ..NewLine::default() };
        let sale = NewOrder { person_id: Some(&her), lines: vec![line], ..NewOrder::sale("B-9", NOW, euro) };
        orders::place(tx, &sale)
    });
    let conflicts = unmerge(&store, &merge_id);
    let fields: Vec<&str> = conflicts.iter().map(|c| c.field.as_str()).collect();
    assert_eq!(fields, ["email"], "{conflicts:?}");
    let (anna, double) = (get(&store, &anna), get(&store, &double));
    assert_eq!(anna.email.as_deref(), Some("new@example.com"));
    assert_eq!((anna.city.as_deref(), anna.n_orders), (Some("Bonn"), 1));
    assert_eq!((double.email.as_deref(), double.n_orders), (Some("ann@example.com"), 0));
    assert!(double.is_present());
}

#[test]
fn both_customer_numbers_go_on_leading_to_the_person() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (anna, double) = (person(&store, "Anna", "", "K1"), person(&store, "Ann", "", "K2"));
    let chosen = Choices::from([("external_id".to_string(), Side::Lost)]);
    let before = dump(&store);
    let merge_id = merge(&store, &anna, &double, chosen);
    for number in ["K1", "K2"] {
        let found = store
            .read(move |s| {
                let found = people::by_external_id(s, number)?.unwrap();
                people::survivor(s, &found.id)
            })
            .wait()
            .unwrap();
        assert_eq!(found.id, anna, "{number}");
    }
    assert_eq!(get(&store, &anna).external_id.as_deref(), Some("K2"));
    assert_eq!(unmerge(&store, &merge_id), []);
    assert_eq!(dump(&store), before);
}

#[test]
fn a_denied_consent_stays_denied_whichever_side_said_it_and_whenever() {
    for (mine, theirs) in [(5, 90), (90, 5)] {
        for denied_by_kept in [true, false] {
            let dir = tempfile::tempdir().unwrap();
            let store = store(&dir);
            let (anna, double) = (person(&store, "Anna", "", ""), person(&store, "Ann", "", ""));
            let (kept, lost) = (anna.clone(), double.clone());
            write(&store, move |tx| {
                let state = |denies: bool| if denies { State::Denied } else { State::Granted };
                let (a, b) = (state(denied_by_kept), state(!denied_by_kept));
                consents::state(tx, &statement(&kept, "email", a, NOW - mine * DAY))?;
                consents::state(tx, &statement(&lost, "email", b, NOW - theirs * DAY))
            });
            merge(&store, &anna, &double, Choices::new());
            let may = store.read(move |s| consents::may_contact(s, &anna, "newsletter", "email"));
            assert!(!may.wait().unwrap(), "{mine} {theirs} {denied_by_kept}");
        }
    }
}

#[test]
fn a_merge_is_refused_where_it_makes_no_sense_and_undone_only_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (anna, double) = (person(&store, "Anna", "", ""), person(&store, "Ann", "", ""));
    let try_merge = |kept: &str, lost: &str, choices: Choices| {
        let (kept, lost) = (kept.to_string(), lost.to_string());
        store.write(By::console(), move |tx| people::merge(tx, &kept, &lost, &choices)).wait()
    };
    assert!(matches!(try_merge(&anna, &anna, Choices::new()), Err(Error::Invalid(_))));
    let unknown = Choices::from([("shoe".to_string(), Side::Lost)]);
    assert!(matches!(try_merge(&anna, &double, unknown), Err(Error::Invalid(_))));
    let id = try_merge(&anna, &double, Choices::new()).unwrap();
    assert!(matches!(try_merge(&anna, &double, Choices::new()), Err(Error::Conflict(_))));
    assert_eq!(unmerge(&store, &id), []);
    let again = store.write(By::console(), move |tx| merges::unmerge(tx, &id)).wait();
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
}

#[test]
fn every_event_of_a_merge_carries_its_id_and_is_said_to_be_undone() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let mut dice = Dice(4);
    let ids: Vec<String> = store
        .write(By::console(), move |tx| (0..2).map(|n| draw_person(tx, &mut dice, n)).collect())
        .wait()
        .unwrap();
    let id = merge(&store, &ids[0], &ids[1], Choices::new());
    let count = |id: String| store.read(move |s| events::of_origin(s, &id, None, 500)).wait().unwrap().len();
    let n = count(id.clone());
    assert!(n >= 2);
    unmerge(&store, &id);
    assert_eq!(count(id), 2 * n);
}

#[test]
fn companies_merge_with_their_people_and_come_apart_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let ids = write(&store, |tx| {
        let company = |name: &str, domain: &str, number: &str| companies::Input {
            name: text(name),
            domain: text(domain),
            external_id: text(number),
            ..companies::Input::default()
        };
        let kept = companies::create(tx, &company("Muster GmbH", "", ""), Defaults::default())?.id;
        let lost = companies::create(tx, &company("MUSTER AG", "muster.de", "F7"), Defaults::default())?.id;
        tags::add(tx, &lost, "Key account")?;
        notes::write(tx, &lost, "called")?;
        for given in ["Anna", "Bo"] {
            let input = Input { given_name: text(given), company_id: Some(lost.clone()), ..Input::default() };
            people::create(tx, &input, Defaults::default())?;
        }
        Ok((kept, lost))
    });
    let before = dump(&store);
    store.clock().advance(DAY);
    let (kept, lost) = ids.clone();
    let id = write(&store, move |tx| companies::merge(tx, &kept, &lost, &Choices::new()));
    let kept = ids.0.clone();
    let (n_people, company) = store
        .read(move |s| Ok((companies::people_of(s, &kept, 10)?.len(), companies::get(s, &kept)?)))
        .wait()
        .unwrap();
    assert_eq!((n_people, company.domain.as_deref()), (2, Some("muster.de")));
    assert_eq!(company.external_id.as_deref(), Some("F7"));
    assert_eq!(unmerge(&store, &id), []);
    assert_eq!(dump(&store), before);
}
