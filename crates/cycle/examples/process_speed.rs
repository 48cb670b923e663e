//! How long the quality board and the search for duplicates take: prints one JSON line.
//!
//! `cargo run --release -p cycle --example process_speed -- 1000000` makes a workspace of so many people (every twentieth
//! written twice), an order for each and three lines for each order, in a directory that is removed at the end. It says
//! nothing about how good the proposals are: that is in `tests/process_dedupe_measured.rs`.

mod measured;

use cycle::process::{dedupe, quality};
use measured::processor_seconds;
use platform::clock::{DAY, SECOND};
use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Param, Result, Store, Tx, params};
use records::people::{self, Person};
use statistics::pseudo_random::Generator;

const AT_ONCE: usize = 5_000;
const NOW: i64 = 1_772_409_600_000_000;

fn main() -> Result<()> {
    let n_people = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let dir = tempfile::tempdir().map_err(|error| platform::Error::file("temporary directory", error))?;
    let place = Place::File(dir.path().join("rondel.db"));
    let store = Store::open(&place, Clock::System, IdMaker::random())?;
    fill(&store, n_people)?;
    let (_, board_s) = timed(|| quality::run(&store))?;
    let (found, full_s) = timed(|| dedupe::run(&store, dedupe::Extent::Everything))?;
    let (_, changes_s) = timed(|| dedupe::run(&store, dedupe::Extent::Changed))?;
    let typed = people::Input {
        given_name: Some("Kara".to_string()),
        family_name: Some("Temisson".to_string()),
        email: Some("kara.temisson@example.com".to_string()),
        ..people::Input::default()
    };
    let (similar, typing_s) = timed(|| store.read(move |s| dedupe::similar(s, &typed, 5)).wait())?;
    println!(
        "{}",
        serde_json::json!({
            "people": n_people, "order_lines": 3 * n_people, "quality_s": board_s, "dedupe_full_s": full_s,
            "dedupe_pairs": found.n_pairs, "dedupe_changes_s": changes_s, "warning_s": typing_s,
            "warnings": similar.len(), "peak_memory_mb": peak_memory_mb(),
        })
    );
    Ok(())
}

/// What a piece of work took: by the clock, and of the processor (what it takes on a quiet machine).
fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, [f64; 2])> {
    let (began, cpu) = (Clock::System.now(), processor_seconds());
    let value = work()?;
    let seconds = (Clock::System.now() - began) as f64 / SECOND as f64;
    Ok((value, [seconds, processor_seconds() - cpu].map(|s| (s * 1000.0).round() / 1000.0)))
}

/// **Units.** MiB, as the system counts it; 0 where it does not say.
fn peak_memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or_default() / 1024
}

const SYLLABLES: [&str; 24] = [
    "ka", "ra", "te", "mi", "so", "lu", "ven", "dor", "han", "bel", "rik", "jo", "na", "fi", "gus", "wal",
    "ber", "ste", "ot", "pau", "mar", "lin", "ed", "tor",
];

/// A name out of syllables; low numbers, which are frequent, make short names.
fn name(chance: &mut Generator, n_syllables: usize, end: &str) -> String {
    // The square makes some syllables frequent and others rare, as names are.
    let syllable = |u: f64| SYLLABLES[(u * u * SYLLABLES.len() as f64) as usize];
    let letters: String = (0..n_syllables).map(|_| syllable(chance.uniform())).collect();
    let mut signs = letters.chars();
    signs
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + signs.as_str() + end)
        .unwrap_or_default()
}

fn draw(tx: &Tx<'_>, chance: &mut Generator, number: usize) -> Person {
    let (given, family) = (name(chance, 2, ""), name(chance, 3, "son"));
    let email_known = chance.uniform() < 0.9;
    let (phone_known, street_known) = (chance.uniform() < 0.7, chance.uniform() < 0.8);
    let birthday_known = chance.uniform() < 0.5;
    let year = 1940 + chance.below(65);
    let birthday = format!("{year}-{:02}-{:02}", 1 + chance.below(12), 1 + chance.below(28));
    let email =
        format!("{}.{}{}@example.com", given.to_lowercase(), family.to_lowercase(), chance.below(900));
    let phone = format!("+49171{:07}", chance.below(10_000_000));
    let street = format!("{}straße {}", name(chance, 2, ""), 1 + chance.below(150));
    Person {
        id: tx.new_id("per"),
        external_id: Some(format!("K{number}")),
        name: format!("{given} {family}"),
        given_name: Some(given),
        family_name: Some(family),
        email: email_known.then_some(email),
        phone: phone_known.then_some(phone),
        street: street_known.then_some(street),
        postcode: Some(format!("{:05}", 1000 + 11 * chance.below(8000))),
        city: Some("Ort".to_string()),
        country: Some("DE".to_string()),
        birthday: birthday_known.then_some(birthday),
        source: Some(["shop", "fair", "phone"][chance.below(3)].to_string()),
        created_at: NOW,
        updated_at: NOW - chance.below(800) as i64 * DAY,
        ..Person::default()
    }
}

fn fill(store: &Store, n_people: usize) -> Result<()> {
    for first in (0..n_people).step_by(AT_ONCE) {
        let n = AT_ONCE.min(n_people - first);
        let write = move |tx: &mut Tx<'_>| {
            let mut chance = Generator::from_seed(first as u64);
            let mut people: Vec<Person> = Vec::with_capacity(n);
            for number in first..first + n {
                let mut person = draw(tx, &mut chance, number);
                if number % 20 == 19 {
                    let twin = people[people.len() - 1 - chance.below(10)].clone();
                    let (id, external_id) = (person.id, person.external_id);
                    person = Person { id, external_id, email: None, ..twin };
                }
                people.push(person);
            }
            people::insert_many(tx, &people)?;
            add_orders(tx, &mut chance, &people)
        };
        store.write(By::system(), write).wait()?;
    }
    Ok(())
}

fn add_orders(tx: &mut Tx<'_>, chance: &mut Generator, people: &[Person]) -> Result<()> {
    let (mut orders, mut lines): (Vec<Param<'_>>, Vec<Param<'_>>) = (Vec::new(), Vec::new());
    for person in people {
        let id = tx.new_id("ord");
        let at = NOW - chance.below(700) as i64 * DAY - chance.below(80_000) as i64 * SECOND;
        let minor = 300 + chance.below(4000) as i64;
        let (total, zero, three) = (3 * minor, 0_i64, 3_i64);
        let channel = ["shop", "market"][chance.below(2)];
        for line_no in 1..=3_i64 {
            let (sku, price) = (format!("A{}", chance.below(500)), minor * 10_000);
            let line = params![id, line_no, sku, 1000_i64, price, minor];
            lines.extend(line.map(Param::into_owned));
        }
        let order = params![
            id, id, id, person.id, at, zero, "placed", "EUR", total, total, three, channel, zero, zero
        ];
        orders.extend(order.map(Param::into_owned));
    }
    let columns = [
        "id",
        "number",
        "number_key",
        "person_id",
        "ordered_at",
        "is_return",
        "status",
        "currency",
        "total_minor",
        "counted_minor",
        "n_lines",
        "channel",
        "created_at",
        "updated_at",
    ];
    tx.insert_rows("orders", &columns, "", &orders)?;
    let columns = ["order_id", "line_no", "sku", "quantity_milli", "unit_price_micro", "amount_minor"];
    tx.insert_rows("order_lines", &columns, "", &lines).map(drop)
}
