//! The first page of fifty people, with every sort and several filters, among a million; prints one JSON line.
//!
//! `cargo run --release -p records --example list_speed [-- PEOPLE DIR]`
//!
//! The people are made once and kept in DIR where one is given. **Units.** Milliseconds in the server, from the question to
//! the page of records: parameters, statement, rows; not the HTML.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use platform::clock::DAY;
use platform::ids::IdMaker;
use platform::store::{Param, Place, Store};
use platform::{By, Clock, Error, Micros, Result};
use records::filter::{FieldCondition, Filter, Op};
use records::people::{self, ListQuery, Person, Sort};

const TARGET_P95_MS: f64 = 20.0;
const PAGE: usize = 50;
/// Pages asked for of each kind.
const TIMES: usize = 20;
/// A kind of page that takes this long in all has missed; nobody needs to wait for the rest of it.
const LONG_MS: f64 = 2_000.0;
const PEOPLE_AT_ONCE: u64 = 5_000;
/// 2026-06-30 12:00 UTC.
const NOON: Micros = 1_782_820_800_000_000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let n_people = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let kept = arguments.next();
    let folder = kept
        .clone()
        .map_or_else(|| std::env::temp_dir().join(format!("list-speed-{}", std::process::id())), Into::into);
    let measured = measure(&folder, n_people);
    if kept.is_none()
        && let Err(error) = std::fs::remove_dir_all(&folder)
    {
        eprintln!("{}: {error}", folder.display());
    }
    match measured {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(folder: &Path, n_people: u64) -> Result<serde_json::Value> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    let place = Place::File(folder.join("rondel.db"));
    let store = Store::open(&place, Clock::held_at(NOON), IdMaker::random())?;
    let there: i64 = store.read(|s| s.one("SELECT count(*) FROM people", &[], |row| row.get(0))).wait()?;
    if there == 0 {
        fill(&store, n_people)?;
    }
    let mut kinds = Vec::new();
    let (mut n_missed, mut n_missed_alone) = (0, 0);
    for (name, filter) in filters() {
        for sort in Sort::ALL {
            for descending in [false, true] {
                let query = ListQuery { filter: filter.clone(), sort, descending, after: None, limit: PAGE };
                let times = times_of(&store, &query)?;
                let (p95, alone) = (p95(times.iter().map(|t| t.0)), p95(times.iter().map(|t| t.1)));
                n_missed += usize::from(p95 > TARGET_P95_MS);
                n_missed_alone += usize::from(alone > TARGET_P95_MS);
                let page =
                    format!("{name}, by {}{}", sort.name(), if descending { " from the last" } else { "" });
                kinds.push(
                    serde_json::json!({ "page": page, "p95_ms": round(p95), "p95_processor_ms": round(alone) }),
                );
            }
        }
    }
    let slowness = |kind: &serde_json::Value| kind["p95_processor_ms"].as_f64().unwrap_or(0.0);
    kinds.sort_by(|a, b| slowness(b).total_cmp(&slowness(a)));
    let n_kinds = kinds.len();
    kinds.truncate(8);
    Ok(serde_json::json!({
        "benchmark": "people list", "people": n_people, "page": PAGE, "kinds": n_kinds, "times_each": TIMES,
        "missed": n_missed, "missed_by_processor_time": n_missed_alone, "eight_slowest": kinds,
        "target_p95_ms": TARGET_P95_MS, "reached": n_missed == 0,
    }))
}

/// Milliseconds of each page: as the asker waits for it, and the processor's time alone, which other programs on the
/// machine do not lengthen (0 where the system does not tell it).
fn times_of(store: &Store, query: &ListQuery) -> Result<Vec<(f64, f64)>> {
    let mut times = Vec::with_capacity(TIMES);
    let begun = Instant::now();
    while times.len() < TIMES && begun.elapsed().as_secs_f64() * 1000.0 < LONG_MS {
        let (asked, query) = (Instant::now(), query.clone());
        let reading = store.read(move |snapshot| {
            let before = processor_ms();
            people::list(snapshot, &query)?;
            Ok(processor_ms() - before)
        });
        let alone = reading.wait()?;
        times.push((asked.elapsed().as_secs_f64() * 1000.0, alone));
    }
    Ok(times)
}

fn p95(times: impl Iterator<Item = f64>) -> f64 {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[(times.len() * 95).div_ceil(100) - 1]
}

/// What this thread has worked so far: Linux tells it in nanoseconds.
fn processor_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split_whitespace().next().and_then(|field| field.parse::<f64>().ok());
    nanoseconds.unwrap_or_default() / 1e6
}

/// Common and rare values of every indexed field, and none at all.
fn filters() -> Vec<(&'static str, Filter)> {
    let one = |name: &str, op, value: &str| {
        let condition = FieldCondition { name: name.to_string(), op, value: value.to_string() };
        Filter::All(vec![Filter::Field(condition)])
    };
    vec![
        ("everybody", Filter::default()),
        ("country of 40 %", one("country", Op::Is, "DE")),
        ("country of 3,000", one("country", Op::Is, "PT")),
        ("country of 10", one("country", Op::Is, "MT")),
        ("one e-mail address", one("email", Op::Is, "person4711@example.com")),
        ("e-mail that begins with person7", one("email", Op::StartsWith, "person7")),
        ("tier of 5 %", one("tier", Op::Is, "gold")),
        ("tier of 400", one("tier", Op::Is, "diamond")),
        ("ordered within 90 days", one("last_order", Op::WithinDays, "90")),
        ("ordered within 1 day", one("last_order", Op::WithinDays, "1")),
        ("ordered longer ago than 700 days", one("last_order", Op::OlderThanDays, "700")),
        ("revenue of 100 or more", one("revenue", Op::AtLeast, "100")),
        ("revenue of 9,990 or more", one("revenue", Op::AtLeast, "9990")),
        ("revenue of nothing", one("revenue", Op::AtMost, "0")),
        ("created within 2 days", one("created", Op::WithinDays, "2")),
        ("name that begins with zo", one("name", Op::StartsWith, "zo")),
        ("typed: zoe", typed("zoe")),
        ("typed: person7", typed("person7")),
        ("typed: weber4999", typed("weber4999")),
        ("typed: nobody at all", typed("nobody at all")),
        ("family name that begins with m", one("family_name", Op::StartsWith, "m")),
    ]
}

/// What the search field above the list asks for.
fn typed(text: &str) -> Filter {
    let way = |name: &str| {
        let name = name.to_string();
        Filter::Field(FieldCondition { name, op: Op::StartsWith, value: text.to_string() })
    };
    Filter::All(vec![Filter::Any(["name", "family_name", "email", "external_id"].map(way).to_vec())])
}

/// People without log and without orders, whose totals are those that orders would have left.
fn fill(store: &Store, n_people: u64) -> Result<()> {
    for begin in (0..n_people).step_by(PEOPLE_AT_ONCE as usize) {
        let numbers = begin..n_people.min(begin + PEOPLE_AT_ONCE);
        store
            .write(By::system(), move |tx| {
                let mut made = Vec::new();
                let mut scores = Vec::new();
                for number in numbers.clone() {
                    let person = Person { id: tx.new_id("per"), ..person(number) };
                    scores.extend([
                        Param::Text(person.id.clone().into()),
                        Param::Text("made up".into()),
                        Param::Text(tier(mixed(number)).into()),
                    ]);
                    made.push(person);
                }
                people::insert_many(tx, &made)?;
                tx.insert_rows("person_scores", &["person_id", "run_id", "tier"], "", &scores)
            })
            .wait()?;
    }
    Ok(())
}

fn person(number: u64) -> Person {
    let chance = mixed(number);
    let given = GIVEN[(chance % 20) as usize];
    let family = format!("{}{}", FAMILY[((chance >> 8) % 20) as usize], (chance >> 16) % 5_000);
    let n_orders = ((chance >> 24) % 4) as i64;
    let days_ago = ((chance >> 32) % 900) as i64;
    let created_at = NOON - (1_000_000 - number as i64) * 90_000_000;
    Person {
        external_id: Some(format!("C{number}")),
        name: format!("{given} {family}"),
        given_name: Some(given.to_string()),
        family_name: Some(family),
        email: Some(format!("person{}@example.com", scattered(number))),
        phone: Some(format!("+4930{number:08}")),
        city: Some("Berlin".to_string()),
        country: Some(country(chance >> 40).to_string()),
        source: Some("shop".to_string()),
        n_orders,
        revenue_minor: n_orders * ((chance >> 44) % 333_400) as i64,
        first_order_at: (n_orders > 0).then_some(NOON - 901 * DAY),
        last_order_at: (n_orders > 0).then_some(NOON - days_ago * DAY - (number % 1_000_000) as i64),
        created_at,
        updated_at: created_at,
        ..Person::default()
    }
}

const GIVEN: [&str; 20] = [
    "Ada", "Bruno", "Carla", "Dario", "Elif", "Femke", "Grace", "Hugo", "Ines", "Jonas", "Klara", "Luca",
    "Mira", "Nils", "Olga", "Pavel", "Rosa", "Sven", "Tilda", "Zoe",
];
const FAMILY: [&str; 20] = [
    "Abel", "Berg", "Costa", "Dahl", "Engel", "Fuchs", "Gruber", "Hansen", "Ivanov", "Jansen", "Keller",
    "Lopez", "Moretti", "Nowak", "Olsen", "Petrov", "Rossi", "Schmidt", "Torres", "Weber",
];

/// Another order of the numbers below a million, so that an address does not tell when its person was created.
fn scattered(number: u64) -> u64 {
    number / 1_000_000 * 1_000_000 + number % 1_000_000 * 377_773 % 1_000_000
}

fn country(chance: u64) -> &'static str {
    match chance % 100_000 {
        0 => "MT",
        1..=300 => "PT",
        301..=40_000 => "DE",
        40_001..=60_000 => "AT",
        60_001..=80_000 => "FR",
        _ => "NL",
    }
}

fn tier(chance: u64) -> &'static str {
    match (chance >> 50) % 2_500 {
        0 => "diamond",
        1..=125 => "gold",
        126..=700 => "silver",
        _ => "bronze",
    }
}

/// The mixing step of SplitMix64: near numbers come out far apart.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
