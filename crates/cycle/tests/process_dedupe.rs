//! Duplicates from the point of view of who cleans up: what is proposed and why, what is not, and what a decision does.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use cycle::act::deliver::{Outgoing, Post};
use cycle::analyze::FactsCache;
use cycle::process::dedupe::{self, Cursor, Decision, Extent, Pair, Search};
use platform::clock::HOUR;
use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Store, jobs};
use records::merges::{self, Choices};
use records::people::{self, Defaults, Input};
use records::values::country::Country;
use records::{companies, tags};
use std::sync::Arc;

fn store(dir: &tempfile::TempDir) -> Store {
    let clock = Clock::held_at(1_772_409_600_000_000);
    Store::open(&Place::File(dir.path().join("rondel.db")), clock, IdMaker::seeded(3)).unwrap()
}

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_string())
}

/// Given name, family name, e-mail, phone, street, postcode, birthday.
type Line = [&'static str; 7];

fn input(line: Line) -> Input {
    let [given, family, email, phone, street, postcode, birthday] = line;
    Input {
        given_name: text(given),
        family_name: text(family),
        email: text(email),
        phone: text(phone),
        street: text(street),
        postcode: text(postcode),
        birthday: text(birthday),
        ..Input::default()
    }
}

fn add(store: &Store, lines: &[Line]) -> Vec<String> {
    let inputs: Vec<Input> = lines.iter().map(|line| input(*line)).collect();
    let germany = Defaults { country: Country::from_alpha2("DE") };
    store
        .write(By::user("usr_1"), move |tx| {
            inputs.iter().map(|input| Ok(people::create(tx, input, germany)?.id)).collect()
        })
        .wait()
        .unwrap()
}

/// A few hundred people of whom no two are one, so that names have their frequencies.
fn add_strangers(store: &Store) {
    let given =
        ["Anna", "Jonas", "Lea", "Paul", "Mia", "Emil", "Ida", "Karl", "Nora", "Hugo", "Vera", "Otto"];
    let family =
        ["Schmidt", "Weber", "Wagner", "Becker", "Hoffmann", "Koch", "Bauer", "Richter", "Klein", "Wolf"];
    let mut inputs = Vec::new();
    for n in 0..360_usize {
        let (given, family) = (given[n % 12], family[(n / 12) % 10]);
        let mut person = input([given, family, "", "", "", "", ""]);
        person.email = Some(format!("user{n:03}x{}@example.com", n * 7919 % 1000));
        person.street = Some(format!("Weg {}", n + 1));
        person.postcode = Some(format!("{}", 10_000 + n * 37 % 900));
        inputs.push(person);
    }
    store
        .write(By::console(), move |tx| {
            inputs.iter().try_for_each(|input| people::create(tx, input, Defaults::default()).map(drop))
        })
        .wait()
        .unwrap();
}

fn queue(store: &Store, kind: &'static str, state: &'static str) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    loop {
        let after: Option<Cursor> = pairs.last().map(Pair::cursor);
        let page = store.read(move |s| dedupe::queue(s, kind, state, after.as_ref(), 2)).wait().unwrap();
        let is_last = page.is_empty();
        pairs.extend(page);
        if is_last {
            return pairs;
        }
    }
}

fn reason<'a>(pair: &'a Pair, field: &str) -> &'a str {
    pair.reasons.iter().find(|reason| reason.field == field).map_or("", |reason| &reason.found)
}

fn decide(store: &Store, pair: &Pair, decision: Decision) -> platform::Result<Option<String>> {
    store.clock().advance(HOUR);
    let (left, right) = (pair.left_id.clone(), pair.right_id.clone());
    store.write(By::user("usr_1"), move |tx| dedupe::decide(tx, &left, &right, &decision)).wait()
}

const ELISABETH: Line = [
    "Elisabeth",
    "Grünwald",
    "e.gruenwald@example.com",
    "0171 2345678",
    "Hauptstraße 7",
    "50667",
    "1980-04-17",
];

#[test]
fn one_person_in_two_spellings_is_proposed_with_the_reasons() {
    let cases: [(Line, &str, &str); 7] = [
        (["Lisa", "Grünwald", "", "+49 171 2345678", "Hauptstr. 7", "50667", ""], "given_name", "nickname"),
        (
            ["Grünwald", "Elisabeth", "", "", "Hauptstr. 7", "50667", ""],
            "name",
            "given and family name swapped",
        ),
        (["Elisabeth", "Gruenwald", "", "", "", "", "1980-04-17"], "family_name", "same"),
        (
            ["Elisabeth", "Grünwalt", "lisa@example.org", "", "Hauptstraße 7", "50667", ""],
            "family_name",
            "spelt similarly",
        ),
        (["ELISABETH", "GRÜNWALD", "E.Gruenwald@EXAMPLE.com", "", "", "", ""], "email", "same"),
        (["E.", "Grünwald", "", "0171/2345678", "", "", "1980-04-17"], "phone", "same"),
        (
            ["Elisabeth", "Grünwald", "", "", "Hauptstr 7", "50667", "1980-17-04"],
            "birthday",
            "day and month swapped",
        ),
    ];
    for (line, field, found) in cases {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir);
        add_strangers(&store);
        add(&store, &[ELISABETH, line]);
        dedupe::run(&store, Extent::Everything).unwrap();
        let pairs = queue(&store, "person", "proposed");
        assert_eq!(pairs.len(), 1, "{line:?}: {pairs:?}");
        assert_eq!(reason(&pairs[0], field), found, "{line:?}: {:?}", pairs[0].reasons);
        assert!(dedupe::probability(pairs[0].score) >= 0.5);
        assert!(pairs[0].reasons.windows(2).all(|two| two[0].bits >= two[1].bits));
    }
}

#[test]
fn people_of_one_household_and_namesakes_are_not_proposed() {
    let others: [Line; 4] = [
        [
            "Martin",
            "Grünwald",
            "m.gruenwald@example.com",
            "0171 2345678",
            "Hauptstraße 7",
            "50667",
            "1978-01-02",
        ],
        ["Martin", "Grünwald", "", "0171 2345678", "Hauptstraße 7", "50667", ""],
        ["Paula", "Grünwald", "paula@example.com", "", "Hauptstraße 7", "50667", "2011-09-30"],
        ["Elisabeth", "Grünwald", "grw@example.net", "0151 9999999", "Ringweg 12", "10115", "1955-11-30"],
    ];
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_strangers(&store);
    for other in others {
        let ids = add(&store, &[ELISABETH, other]);
        dedupe::run(&store, Extent::Everything).unwrap();
        let pairs = queue(&store, "person", "proposed");
        assert_eq!(pairs, [], "{other:?}");
        store
            .write(By::console(), move |tx| ids.iter().try_for_each(|id| people::delete(tx, id)))
            .wait()
            .unwrap();
    }
}

#[test]
fn what_was_decided_is_never_proposed_again_and_only_changes_are_searched() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_strangers(&store);
    let lisa: Line = ["Lisa", "Grünwald", "", "+49 171 2345678", "Hauptstr. 7", "50667", ""];
    add(&store, &[ELISABETH, lisa]);
    let first = dedupe::run(&store, Extent::Changed).unwrap();
    assert_eq!((first.n_people, first.n_pairs), (362, 1), "the first search is of everything");
    let pair = queue(&store, "person", "proposed").remove(0);
    decide(&store, &pair, Decision::Different).unwrap();
    assert_eq!(queue(&store, "person", "proposed"), []);
    dedupe::run(&store, Extent::Everything).unwrap();
    assert_eq!(queue(&store, "person", "proposed"), []);
    assert_eq!(queue(&store, "person", "different").len(), 1);

    let again: Line = ["Elisabeth", "Grunwald", "e.gruenwald@example.com", "", "", "", ""];
    add(&store, &[again]);
    let second = dedupe::run(&store, Extent::Changed).unwrap();
    assert_eq!(second.n_people, 1);
    assert_eq!(queue(&store, "person", "proposed").len() as u64, second.n_pairs);
    assert!(second.n_pairs >= 1);
}

#[test]
fn a_proposal_that_no_longer_holds_goes_with_the_next_full_search() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_strangers(&store);
    let ids = add(&store, &[ELISABETH, ELISABETH]);
    dedupe::run(&store, Extent::Everything).unwrap();
    assert_eq!(queue(&store, "person", "proposed").len(), 1);
    store.clock().advance(HOUR);
    let id = ids[1].clone();
    store
        .write(By::console(), move |tx| {
            let other = input([
                "Bertha",
                "Zacharias",
                "b@example.org",
                "0151 1112223",
                "Am See 1",
                "80331",
                "1931-03-03",
            ]);
            people::update(tx, &id, &other, Defaults { country: Country::from_alpha2("DE") })
        })
        .wait()
        .unwrap();
    dedupe::run(&store, Extent::Everything).unwrap();
    assert_eq!(queue(&store, "person", "proposed"), []);
}

#[test]
fn three_cards_of_one_person_are_merged_in_a_chain_and_taken_apart_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_strangers(&store);
    let lisa: Line = ["Lisa", "Grünwald", "", "+49 171 2345678", "Hauptstr. 7", "50667", ""];
    let ids = add(&store, &[ELISABETH, lisa, ELISABETH]);
    dedupe::run(&store, Extent::Everything).unwrap();
    let n_pairs = queue(&store, "person", "proposed").len();
    assert_eq!(n_pairs, 3);
    let first = ids[0].clone();
    assert_eq!(store.read(move |s| dedupe::cluster_of(s, &first)).wait().unwrap().len(), 3);

    let pair = queue(&store, "person", "proposed").remove(0);
    let (left, right) = (pair.left_id.clone(), pair.right_id.clone());
    let detail = store.read(move |s| dedupe::person_detail(s, &left, &right)).wait().unwrap();
    assert!(detail.fields.iter().any(|field| field.field == "email"));
    let kept = detail.kept.id.clone();
    let choices = Choices::new();
    let merge = Decision::Merge { kept: kept.clone(), choices: choices.clone() };
    let first_merge = decide(&store, &pair, merge).unwrap().unwrap();
    assert_eq!(
        store.read(|s| dedupe::counts(s, "person", 100)).wait().unwrap(),
        1,
        "the third and the one kept"
    );

    let pair = queue(&store, "person", "proposed").remove(0);
    decide(&store, &pair, Decision::Merge { kept: pair.left_id.clone(), choices }).unwrap().unwrap();
    assert_eq!(queue(&store, "person", "proposed"), []);
    let history = store.read(|s| merges::list(s, None, 10)).wait().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].id, first_merge);

    for merge in history {
        let id = merge.id.clone();
        let conflicts = store.write(By::user("usr_1"), move |tx| dedupe::undo_merge(tx, &id)).wait().unwrap();
        assert_eq!(conflicts, []);
    }
    assert_eq!(queue(&store, "person", "proposed").len(), n_pairs);
}

#[test]
fn a_pair_is_decided_only_by_one_of_its_own_records() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_strangers(&store);
    add(&store, &[ELISABETH, ELISABETH]);
    dedupe::run(&store, Extent::Everything).unwrap();
    let pair = queue(&store, "person", "proposed").remove(0);
    let stranger = Decision::Merge { kept: "per_nobody".to_string(), choices: Choices::new() };
    assert!(decide(&store, &pair, stranger).is_err());
    decide(&store, &pair, Decision::Skip).unwrap();
    assert_eq!(queue(&store, "person", "skipped").len(), 1);
    decide(&store, &pair, Decision::Reopen).unwrap();
    assert_eq!(queue(&store, "person", "proposed").len(), 1);
}

#[test]
fn somebody_who_is_typed_in_again_is_warned_of() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_strangers(&store);
    let ids = add(&store, &[ELISABETH]);
    let typed: [Line; 4] = [
        ["", "", "E.GRUENWALD@example.com", "", "", "", ""],
        ["Elisabeth", "Grünwald", "", "", "", "", ""],
        ["Lisa", "Grunwald", "", "", "Hauptstr. 7", "50667", ""],
        ["Grünwald", "Elisabeth", "", "", "", "", ""],
    ];
    for line in typed {
        let input = input(line);
        let similar = store.read(move |s| dedupe::similar(s, &input, 5)).wait().unwrap();
        assert_eq!(similar.first().map(|one| &one.person.id), Some(&ids[0]), "{line:?}");
        assert!(!similar[0].reasons.is_empty());
    }
    let stranger = input(["Kunigunde", "Zabel", "k.zabel@example.org", "", "", "", ""]);
    assert_eq!(store.read(move |s| dedupe::similar(s, &stranger, 5)).wait().unwrap(), []);
}

#[test]
fn companies_are_proposed_whatever_their_legal_form_and_sisters_abroad_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let lines: [[&str; 4]; 7] = [
        ["Muster Kaffee GmbH", "muster-kaffee.de", "Bonn", "DE"],
        ["MUSTER KAFFEE", "", "Bonn", "DE"],
        ["Nordwind Logistik AG", "nordwind.example", "Kiel", "DE"],
        ["Nordwind Logistik S.A.", "nordwind-france.example", "Lyon", "FR"],
        ["Bäckerei Krause", "krause.example", "Köln", "DE"],
        ["Baeckerei Krause e.K.", "www.krause.example", "Köln", "DE"],
        ["Optik Lang", "", "Ulm", "DE"],
    ];
    let ids: Vec<String> = store
        .write(By::console(), move |tx| {
            lines
                .iter()
                .map(|[name, domain, city, country]| {
                    let input = companies::Input {
                        name: text(name),
                        domain: text(domain),
                        city: text(city),
                        country: text(country),
                        ..companies::Input::default()
                    };
                    Ok(companies::create(tx, &input, Defaults::default())?.id)
                })
                .collect()
        })
        .wait()
        .unwrap();
    let found = dedupe::run(&store, Extent::Everything).unwrap();
    assert_eq!(found.n_companies, 7);
    let mut pairs: Vec<(String, String)> =
        queue(&store, "company", "proposed").into_iter().map(|p| (p.left_id, p.right_id)).collect();
    pairs.sort();
    assert_eq!(pairs, [(ids[0].clone(), ids[1].clone()), (ids[4].clone(), ids[5].clone())]);

    let pair = queue(&store, "company", "proposed").remove(0);
    let (left, right) = (pair.left_id.clone(), pair.right_id.clone());
    let kept = store.read(move |s| dedupe::company_detail(s, &left, &right)).wait().unwrap().kept.id;
    let tagged = kept.clone();
    store.write(By::console(), move |tx| tags::add(tx, &tagged, "A")).wait().unwrap();
    decide(&store, &pair, Decision::Merge { kept, choices: Choices::new() }).unwrap().unwrap();
    assert_eq!(queue(&store, "company", "proposed").len(), 1);
}

#[test]
fn the_jobs_compute_the_board_and_search_duplicates() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_strangers(&store);
    add(&store, &[ELISABETH, ELISABETH]);
    store
        .write(By::system(), |tx| {
            jobs::enqueue(tx, jobs::NewJob::once("process.quality", "quality"), &())?;
            let search = Search { extent: Extent::Everything };
            jobs::enqueue(tx, jobs::NewJob::once("process.dedupe", "dedupe"), &search)
        })
        .wait()
        .unwrap();
    let outgoing = Outgoing { outbox: dir.path().join("outbox"), ..Outgoing::default() };
    let post = Arc::new(Post::open(outgoing).unwrap());
    let registry = Arc::new(cycle::jobs::registry(dir.path().to_path_buf(), &post, &FactsCache::default()));
    assert_eq!(jobs::run_due(&store, &registry).unwrap(), 2);
    assert_eq!(queue(&store, "person", "proposed").len(), 1);
    let board = store.read(cycle::process::quality::latest).wait().unwrap().unwrap().board;
    assert_eq!(board.n_records[&cycle::process::quality::Kind::People], 362);
}
