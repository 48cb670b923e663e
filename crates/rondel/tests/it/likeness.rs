//! Rows of a file that no key matches and that are people who are there: told in the dry run and the result, waiting in the
//! queue, or matched from a stated likeness on.

use std::fmt::Write as _;
use std::path::PathBuf;

use cycle::process::dedupe;
use libtest_mimic::Trial;
use platform::ids::IdMaker;
use platform::store::{Place, Store};
use platform::{By, Clock, settings};
use records::people;
use serde_json::Value;

use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        rows_that_are_people_who_are_there_are_told_and_wait_in_the_queue,
        sure_likeness_matches_when_the_plan_says_so_and_is_taken_back_exactly,
        two_obvious_duplicates_among_ten_people_are_found
    ]
}

const GIVEN: [&str; 12] =
    ["Anna", "Jonas", "Lea", "Paul", "Mia", "Emil", "Ida", "Karl", "Nora", "Hugo", "Vera", "Otto"];
const FAMILY: [&str; 10] =
    ["Schmidt", "Weber", "Wagner", "Becker", "Hoffmann", "Koch", "Bauer", "Richter", "Klein", "Wolf"];

/// A workspace of strangers and Elisabeth, all with addresses.
fn customers(installation: &Installation, n: usize) -> Store {
    let country = |tx: &mut platform::Tx<'_>| settings::set_text(tx, settings::DEFAULT_COUNTRY, Some("DE"));
    installation.store().write(By::console(), country).wait().unwrap();
    let mut text = String::from("First name,Last name,E-mail,Phone,Street,Postcode,City,Birthday\n");
    for n in 0..n {
        let (given, family) = (GIVEN[n % 12], FAMILY[(n / 12 + n) % 10]);
        let (postcode, number) = (10_000 + n * 37 % 900, n * 7919 % 1000);
        writeln!(
            text,
            "{given},{family},user{n:03}x{number}@example.com,0151 5{number:03}{n:03},Weg {},{postcode},Ort,",
            n + 1
        )
        .unwrap();
    }
    text.push_str(
        "Elisabeth,Grünwald,e.gruenwald@example.com,0171 2345678,Hauptstraße 7,50667,Köln,1980-04-17\n",
    );
    imported(installation, "customers.csv", &text, &[]);
    let place = match installation.database_url() {
        Some(url) => Place::Server(url),
        None => Place::File(installation.data().join("rondel.db")),
    };
    Store::open(&place, Clock::System, IdMaker::random()).unwrap()
}

const FAIR: &str = "First name,Last name,Street,Postcode,Birthday\n\
    Kunigunde,Zabel,Am Markt 1,80331,1961-02-03\n\
    Lisa,Gruenwald,Hauptstr. 7,50667,1980-04-17\n\
    Bogumil,Trzeciak,Ring 9,20095,1990-11-30\n";

fn written(installation: &Installation, name: &str, text: &str) -> PathBuf {
    let path = installation.data().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// What the command says about the one file.
fn imported(installation: &Installation, name: &str, text: &str, more: &[&str]) -> Value {
    let path = written(installation, name, text);
    let mut command = installation.rondel();
    let output = command.args(["--json", "import", "people"]).arg(path).args(more).output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    let told: Value = serde_json::from_str(&words)
        .unwrap_or_else(|_| panic!("{words}{}", String::from_utf8_lossy(&output.stderr)));
    told["imports"][0].clone()
}

fn proposed(store: &Store) -> Vec<dedupe::Pair> {
    store.read(|s| dedupe::queue(s, people::KIND, "proposed", None, 100)).wait().unwrap()
}

fn rows_that_are_people_who_are_there_are_told_and_wait_in_the_queue(installation: &Installation) {
    let store = customers(installation, 120);
    assert_eq!(proposed(&store), [], "strangers are not alike");
    let tried = imported(installation, "fair.csv", FAIR, &["--dry-run"]);
    let preview = &tried["preview"];
    assert_eq!(preview["n_alike"], 1, "{preview}");
    let alike = &preview["alike"][0];
    assert_eq!(
        (alike["other_name"].as_str(), alike["name"].as_str()),
        (Some("Elisabeth Grünwald"), Some("Lisa Gruenwald"))
    );
    assert!(alike["score"].as_f64().unwrap() > 3.0, "{alike}");
    let reasons = alike["reasons"].as_array().unwrap();
    let sum: f64 = reasons.iter().map(|reason| reason["bits"].as_f64().unwrap()).sum();
    assert!((sum - alike["score"].as_f64().unwrap()).abs() < 0.6, "the reasons add up: {alike}");
    assert_eq!(proposed(&store), [], "a dry run writes nothing");

    let done = imported(installation, "fair.csv", FAIR, &[]);
    assert_eq!((&done["counts"]["new"], &done["n_alike"]), (&3.into(), &1.into()), "{done}");
    assert_eq!(done["alike"][0]["row"], alike["row"]);
    let pairs = proposed(&store);
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    let difference = (pairs[0].score - alike["score"].as_f64().unwrap()).abs();
    assert!(difference < 1e-3, "the dry run told the score of the queue: {pairs:?} {alike}");
}

fn sure_likeness_matches_when_the_plan_says_so_and_is_taken_back_exactly(installation: &Installation) {
    let store = customers(installation, 120);
    let find = |s: &mut platform::Snapshot<'_>| people::by_email(s, "e.gruenwald@example.com");
    let before = store.read(find).wait().unwrap().unwrap();
    let n_people = || {
        store
            .read(|s| {
                s.one("SELECT count(*) FROM people WHERE deleted_at IS NULL", &[], |row| row.get::<i64>(0))
            })
            .wait()
            .unwrap()
    };
    let n_before = n_people();
    let refused = imported_words(installation, &["--match-by-likeness", "7"]);
    assert!(refused.contains("0.5 to 1"), "{refused}");

    let done = imported(installation, "fair.csv", FAIR, &["--match-by-likeness", "0.9"]);
    assert_eq!((&done["counts"]["new"], &done["counts"]["changed"]), (&2.into(), &1.into()), "{done}");
    let changed = store.read(find).wait().unwrap().unwrap();
    assert_eq!((changed.id.as_str(), changed.given_name.as_deref()), (before.id.as_str(), Some("Lisa")));
    assert_eq!(n_people(), n_before + 2);

    let id = done["id"].as_str().unwrap();
    let output = installation.rondel().args(["imports", "undo", id]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(store.read(find).wait().unwrap().unwrap(), before);
    assert_eq!(n_people(), n_before);
}

fn imported_words(installation: &Installation, more: &[&str]) -> String {
    let path = written(installation, "refused.csv", FAIR);
    let mut command = installation.rondel();
    let output = command.args(["import", "people"]).arg(path).args(more).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn two_obvious_duplicates_among_ten_people_are_found(installation: &Installation) {
    let store = customers(installation, 9);
    imported(
        installation,
        "more.csv",
        "First name,Last name,E-mail,Street,Postcode,City\n\
         Elisabeth,Gruenwald,elisabeth@example.org,Hauptstr. 7,50667,Köln\n\
         Anna,Schmidt,user000x0@example.org,Weg 1,10000,Ort\n",
        &[],
    );
    let pairs = proposed(&store);
    assert_eq!(pairs.len(), 2, "{pairs:?}");
    dedupe::run(&store, dedupe::Extent::Everything).unwrap();
    assert_eq!(proposed(&store).len(), 2);
    let versions = store.read(|s| dedupe::versions(s, dedupe::Noun::Person)).wait().unwrap();
    assert_eq!(versions[0].n_records, 12);
}
