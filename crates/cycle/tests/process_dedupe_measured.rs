//! How well duplicates are found, on data whose truth is known: febrl, fake_1000, and the simulator's customers.
//!
//! The data stand outside the repository (`RONDEL_SHARED`, else `../shared`); the simulator's in `RONDEL_SIMULATED`, a
//! directory that `simulator export --out DIR --truth DIR` filled. What is missing is skipped and says so.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use cycle::process::dedupe::{self, Cursor, Extent};
use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Store};
use records::people::{self, Defaults, Input};
use records::values::country::Country;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

fn store(dir: &tempfile::TempDir) -> Store {
    let clock = Clock::held_at(1_772_409_600_000_000);
    Store::open(&Place::File(dir.path().join("rondel.db")), clock, IdMaker::seeded(3)).unwrap()
}

fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("RONDEL_SHARED").map_or(root, PathBuf::from);
    let path = root.join("data").join(name);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}

/// Rows of a file whose values hold neither quotes with separators nor line breaks inside, by column name.
fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let bytes = std::fs::read(path).unwrap();
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|wrong| wrong.into_bytes().iter().map(|b| char::from(*b)).collect());
    let text = text.trim_start_matches('\u{feff}');
    let separator = if text.lines().next().unwrap().contains(';') { ';' } else { ',' };
    let cells = |line: &str| -> Vec<String> {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        for sign in line.chars() {
            match sign {
                '"' => quoted = !quoted,
                sign if sign == separator && !quoted => {
                    cells.push(std::mem::take(&mut cell).trim().to_string())
                }
                sign => cell.push(sign),
            }
        }
        cells.push(cell.trim().to_string());
        cells
    };
    let mut lines = text.lines();
    let names = cells(lines.next().unwrap());
    lines.map(|line| names.iter().cloned().zip(cells(line)).collect()).collect()
}

/// Adds people as an import does: what cannot be read stays empty.
fn add(store: &Store, inputs: Vec<Input>) -> Vec<String> {
    let germany = Defaults { country: Country::from_alpha2("DE") };
    store
        .write(By::console(), move |tx| {
            let mut people = Vec::with_capacity(inputs.len());
            for input in &inputs {
                let now = tx.now();
                let mut person = people::Person {
                    id: tx.new_id("per"),
                    created_at: now,
                    updated_at: now,
                    ..people::Person::default()
                };
                people::apply(&mut person, input, germany);
                people.push(person);
            }
            people::insert_many(tx, &people)?;
            Ok(people.into_iter().map(|person| person.id).collect())
        })
        .wait()
        .unwrap()
}

fn proposed(store: &Store) -> Vec<(String, String, f64)> {
    let mut pairs = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let cursor = after.take();
        let page =
            store.read(move |s| dedupe::queue(s, "person", "proposed", cursor.as_ref(), 500)).wait().unwrap();
        after = page.last().map(dedupe::Pair::cursor);
        pairs.extend(page.into_iter().map(|pair| (pair.left_id, pair.right_id, pair.score)));
        if after.is_none() {
            return pairs;
        }
    }
}

type Pairs = HashSet<(usize, usize)>;

/// Precision, recall and their harmonic mean.
#[derive(Debug)]
#[allow(dead_code, reason = "all of it is printed")]
struct Quality {
    n_true: usize,
    n_found: usize,
    precision: f64,
    recall: f64,
    f1: f64,
}

fn quality(found: &Pairs, truth: &Pairs) -> Quality {
    let hits = found.intersection(truth).count() as f64;
    let (precision, recall) = (hits / found.len().max(1) as f64, hits / truth.len().max(1) as f64);
    let f1 = 2.0 * hits / (found.len() + truth.len()).max(1) as f64;
    Quality { n_true: truth.len(), n_found: found.len(), precision, recall, f1 }
}

/// All pairs within groups of the same name.
fn pairs_of_groups(groups: &[String]) -> Pairs {
    let mut members: HashMap<&String, Vec<usize>> = HashMap::new();
    for (place, group) in groups.iter().enumerate() {
        members.entry(group).or_default().push(place);
    }
    let of = |m: &Vec<usize>| {
        m.iter().enumerate().flat_map(|(n, a)| m[n + 1..].iter().map(move |b| (*a, *b))).collect::<Vec<_>>()
    };
    members.values().flat_map(of).collect()
}

/// What hangs together by pairs is one group.
fn chained(n: usize, pairs: &Pairs) -> Pairs {
    let mut group: Vec<usize> = (0..n).collect();
    fn root(group: &mut [usize], mut at: usize) -> usize {
        while group[at] != at {
            group[at] = group[group[at]];
            at = group[at];
        }
        at
    }
    for (a, b) in pairs {
        let (a, b) = (root(&mut group, *a), root(&mut group, *b));
        group[a] = b;
    }
    let names: Vec<String> = (0..n).map(|at| root(&mut group, at).to_string()).collect();
    pairs_of_groups(&names)
}

fn find(inputs: Vec<Input>, truth: &Pairs, name: &str) -> (Quality, Quality) {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let names: Vec<String> = inputs.iter().map(|i| format!("{i:?}")).collect();
    let ids = add(&store, inputs);
    let places: HashMap<&String, usize> = ids.iter().enumerate().map(|(place, id)| (id, place)).collect();
    dedupe::run(&store, Extent::Everything).unwrap();
    let scored = proposed(&store);
    let found: Pairs =
        scored.iter().map(|(l, r, _)| (places[l].min(places[r]), places[l].max(places[r]))).collect();
    if std::env::var_os("RONDEL_SHOW_MISSES").is_some() {
        let short = |at: &usize| names[*at].replace("Some(", "").replace("None", "-").replace(')', "");
        for (a, b) in truth.difference(&found).take(40) {
            println!("missed\n  {}\n  {}", short(a), short(b));
        }
        for (a, b) in found.difference(truth).take(40) {
            println!("wrong\n  {}\n  {}", short(a), short(b));
        }
    }
    let result = (quality(&found, truth), quality(&chained(ids.len(), &found), truth));
    println!("{name}: pairs {:.4?}", result.0);
    println!("{name}: chained {:.4?}", result.1);
    result
}

fn text(row: &HashMap<String, String>, name: &str) -> Option<String> {
    row.get(name).filter(|value| !value.is_empty()).cloned()
}

#[test]
fn fake_1000_is_resolved_at_least_as_well_as_by_the_published_rule() {
    let Some(path) = shared("fake_1000/fake_1000.csv") else { return };
    let rows = rows(&path);
    let inputs = rows.iter().map(|row| Input {
        given_name: text(row, "first_name"),
        family_name: text(row, "surname"),
        birthday: text(row, "dob"),
        city: text(row, "city"),
        email: text(row, "email"),
        ..Input::default()
    });
    let groups: Vec<String> = rows.iter().map(|row| row["cluster"].clone()).collect();
    let (pairs, chained) = find(inputs.collect(), &pairs_of_groups(&groups), "fake_1000");
    assert!(pairs.precision > 0.99 && chained.f1 > 0.91, "{pairs:?} {chained:?}");
}

fn febrl(name: &str) -> Option<(Quality, Quality)> {
    let path = shared(&format!("febrl/{name}.csv"))?;
    let rows = rows(&path);
    let inputs = rows.iter().map(|row| {
        let dob = row["date_of_birth"].clone();
        let street = format!("{} {}", row["street_number"], row["address_1"]);
        let birthday = dob.is_ascii().then(|| dob.clone()).filter(|dob| dob.len() == 8);
        Input {
            given_name: text(row, "given_name"),
            family_name: text(row, "surname"),
            street: Some(street.trim().to_string()),
            city: text(row, "suburb"),
            postcode: text(row, "postcode"),
            birthday: birthday.map(|d| format!("{}-{}-{}", &d[..4], &d[4..6], &d[6..])),
            ..Input::default()
        }
    });
    let groups: Vec<String> =
        rows.iter().map(|row| row["rec_id"].split('-').nth(1).unwrap().to_string()).collect();
    Some(find(inputs.collect(), &pairs_of_groups(&groups), name))
}

#[test]
fn febrl_dataset_1_is_resolved_without_its_insurance_number() {
    if let Some((pairs, _)) = febrl("dataset1") {
        assert!(pairs.precision > 0.99 && pairs.f1 > 0.97, "{pairs:?}");
    }
}

#[test]
fn febrl_dataset_2_is_resolved_well() {
    if let Some((pairs, chained)) = febrl("dataset2") {
        assert!(pairs.precision > 0.99 && chained.f1 > 0.97, "{pairs:?} {chained:?}");
    }
}

#[test]
fn second_cards_of_the_simulated_shop_are_found() {
    let Some(dir) = std::env::var_os("RONDEL_SIMULATED").map(PathBuf::from) else {
        println!("skipped: RONDEL_SIMULATED names no directory of the simulator");
        return;
    };
    let rows = rows(&dir.join("customers.csv"));
    let inputs = rows.iter().map(|row| Input {
        external_id: text(row, "Customer No"),
        given_name: text(row, "First name"),
        family_name: text(row, "Last name"),
        email: text(row, "E-mail"),
        phone: text(row, "Phone"),
        street: text(row, "Street"),
        postcode: text(row, "Postcode"),
        city: text(row, "City"),
        country: text(row, "Country"),
        birthday: text(row, "Birthday").and_then(|day| {
            let parts: Vec<&str> = day.split('.').collect();
            (parts.len() == 3).then(|| format!("{}-{}-{}", parts[2], parts[1], parts[0]))
        }),
        ..Input::default()
    });
    let places: HashMap<&String, usize> =
        rows.iter().enumerate().map(|(place, row)| (&row["Customer No"], place)).collect();
    let truth: Pairs = self::rows(&dir.join("truth-duplicates.csv"))
        .iter()
        .map(|row| (places[&row["customer_no"]], places[&row["duplicate_of"]]))
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect();
    let (pairs, _) = find(inputs.collect(), &truth, "simulated shop");
    assert!(pairs.recall > 0.98 && pairs.f1 > 0.97, "{pairs:?}");
}
