//! The quality board on records with known faults: every figure counts them, and its rows are those that were spoiled.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

use cycle::process::quality::{self, OddityKind, QualityRun};
use platform::clock::DAY;
use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Store, params};
use records::people::{self, Defaults, Input, ListQuery, Sort};

/// 2026-03-02, a Monday.
const NOW: i64 = 1_772_409_600_000_000;

fn store(dir: &tempfile::TempDir) -> Store {
    Store::open(&Place::File(dir.path().join("rondel.db")), Clock::held_at(NOW), IdMaker::seeded(3)).unwrap()
}

fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_string())
}

fn person(name: &str, email: &str, phone: &str, source: &str) -> Input {
    Input {
        name: text(name),
        email: text(email),
        phone: text(phone),
        country: text("DE"),
        source: text(source),
        ..Input::default()
    }
}

/// People as an import keeps them: a field that cannot be read stays empty and its text is kept.
fn add_people(store: &Store) {
    let inputs = vec![
        person("Anna Meyer", "anna@example.com", "0171 1234567", "shop"),
        person("Anna Meier", "ANNA@example.com", "", "shop"),
        person("Bo Lund", "bo(at)example.com", "+46 70 174 05 12", "fair"),
        person("Test", "", "0171 1234567", "fair"),
        Input { birthday: text("1970-01-01"), ..person("Cem Kaya", "cem@example.com", "12", "") },
        Input { birthday: text("1980-05-17"), ..person("Dora Stern", "dora@example.com", "", "") },
    ];
    store
        .write(By::console(), move |tx| {
            for input in &inputs {
                let mut person = people::Person {
                    id: tx.new_id("per"),
                    created_at: tx.now(),
                    updated_at: tx.now() - if input.source.is_none() { 400 * DAY } else { 0 },
                    ..people::Person::default()
                };
                people::apply(&mut person, input, Defaults::default());
                people::insert_many(tx, &[person])?;
            }
            Ok(())
        })
        .wait()
        .unwrap();
}

fn figure(run: &QualityRun, name: &str) -> (u64, u64) {
    let check = run.board.check(name).unwrap_or_else(|| panic!("no check {name}"));
    (check.n_faulty(), check.n_checked)
}

fn row_labels(store: &Store, name: &'static str, source: Option<&'static str>) -> Vec<String> {
    let mut labels = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let cursor = after.clone();
        let page = store.read(move |s| quality::rows(s, name, source, cursor.as_deref(), 2)).wait().unwrap();
        labels.extend(page.rows.into_iter().map(|row| row.label));
        after = page.next;
        if after.is_none() {
            return labels;
        }
    }
}

#[test]
fn an_empty_workspace_has_a_board_without_shares() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    assert_eq!(store.read(quality::latest).wait().unwrap(), None);
    let run = quality::run(&store).unwrap();
    assert!(run.board.checks.iter().all(|check| check.n_checked == 0 && check.share().is_none()));
    assert_eq!(store.read(quality::latest).wait().unwrap(), Some(run));
}

#[test]
fn every_figure_counts_the_faults_and_finds_their_rows() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_people(&store);
    let run = quality::run(&store).unwrap();
    assert_eq!(figure(&run, "people.email.completeness"), (2, 6));
    assert_eq!(figure(&run, "people.email.validity"), (1, 5));
    assert_eq!(figure(&run, "people.email.uniqueness"), (2, 4));
    assert_eq!(figure(&run, "people.phone.validity"), (1, 4));
    assert_eq!(figure(&run, "people.phone.uniqueness"), (2, 3));
    assert_eq!(figure(&run, "people.phone.consistency"), (1, 3));
    assert_eq!(figure(&run, "people.birthday.validity"), (1, 2));
    assert_eq!(figure(&run, "people.name.validity"), (1, 6));
    assert_eq!(figure(&run, "people.record.freshness"), (2, 6));
    assert_eq!(figure(&run, "people.contact.completeness"), (0, 6));
    assert_eq!(row_labels(&store, "people.email.uniqueness", None), ["Anna Meyer", "Anna Meier"]);
    assert_eq!(row_labels(&store, "people.phone.uniqueness", Some("fair")), ["Test"]);
    assert_eq!(row_labels(&store, "people.phone.consistency", None), ["Bo Lund"]);
    assert_eq!(row_labels(&store, "people.record.freshness", None), ["Cem Kaya", "Dora Stern"]);
    let unknown = store.read(|s| quality::rows(s, "people.shoes.validity", None, None, 5)).wait();
    assert!(unknown.unwrap_err().to_string().contains("people.shoes.validity"));
}

#[test]
fn every_check_finds_as_many_rows_as_it_counts() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_people(&store);
    add_orders(&store, &spoiled_orders());
    let run = quality::run(&store).unwrap();
    for check in &run.board.checks {
        let name: &'static str = Box::leak(check.name.clone().into_boxed_str());
        let n_rows = row_labels(&store, name, None).len() as u64;
        let expected =
            if name == "orders.twice.uniqueness" { 2 * check.n_faulty() } else { check.n_faulty() };
        assert_eq!(n_rows, expected, "{name}");
        let of_sources: u64 = check.by_source.iter().map(|s| s.n_checked - s.n_good).sum();
        assert!(check.by_source.is_empty() || of_sources == check.n_faulty(), "{name}");
    }
}

#[test]
fn a_missing_field_is_a_filter_that_lists_the_same_people() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_people(&store);
    let run = quality::run(&store).unwrap();
    for check in run.board.checks.iter().filter(|check| check.filter.is_some()) {
        let filter = check.filter.clone().unwrap();
        let query = ListQuery { filter, sort: Sort::Created, descending: false, after: None, limit: 50 };
        let people = store.read(move |s| people::list(s, &query)).wait().unwrap().people;
        assert_eq!(people.len() as u64, check.n_faulty(), "{}", check.name);
    }
}

struct Placed {
    number: String,
    at: i64,
    channel: &'static str,
    minor: i64,
    n_copies: i64,
}

/// Three sales a day through the market, each about 30.00; twenty through the shop; on six days the market's are
/// a hundred times as much; one day's shop file was read three times over.
fn spoiled_orders() -> Vec<Placed> {
    let mut orders = Vec::new();
    let mut add = |day: i64, channel: &'static str, minor: i64| {
        let number = format!("B-{}", orders.len());
        let at = NOW + (day - 200) * DAY + orders.len() as i64 * 1_000_000;
        orders.push(Placed { number, at, channel, minor, n_copies: 0 });
    };
    for day in 0..200 {
        for nth in 0..3 {
            let minor = 2_000 + (day * 7 + nth * 311) % 2_500;
            add(day, "market", if (90..96).contains(&day) { 100 * minor } else { minor });
        }
        for nth in 0..if day == 150 { 70 } else { 20 } {
            add(day, "shop", 1_500 + (day * 13 + nth * 97) % 3_000);
        }
    }
    orders[0].at = orders[1].at;
    orders[0].minor = orders[1].minor;
    for order in orders.iter_mut().skip(2).take(5) {
        order.n_copies = 1;
    }
    orders
}

fn add_orders(store: &Store, orders: &[Placed]) {
    let rows: Vec<(String, i64, &'static str, i64, i64)> =
        orders.iter().map(|o| (o.number.clone(), o.at, o.channel, o.minor, o.n_copies)).collect();
    store
        .write(By::console(), move |tx| {
            let person = tx.first("SELECT id FROM people ORDER BY id LIMIT 1", &[], |r| r.get::<String>(0))?;
            for (number, at, channel, minor, n_copies) in &rows {
                let n_lines = n_copies + 1;
                tx.execute(
                    "INSERT INTO orders (id, number, number_key, person_id, ordered_at, is_return, status, currency,
                       total_minor, counted_minor, n_lines, channel, created_at, updated_at)
                     VALUES ($1, $1, $1, $2, $3, 0, 'placed', 'EUR', $4, $4, $5, $6, 0, 0)",
                    &params![number, person, *at, *minor * n_lines, n_lines, *channel],
                )?;
                for line_no in 1..=n_lines {
                    tx.execute(
                        "INSERT INTO order_lines (order_id, line_no, sku, quantity_milli, unit_price_micro, amount_minor)
                         VALUES ($1, $2, 'A', 1000, $3, $4)",
                        &params![number, line_no, *minor * 10_000, *minor],
                    )?;
                }
            }
            tx.execute("UPDATE order_lines SET unit_price_micro = 1 WHERE order_id = 'B-50'", &[])?;
            tx.execute("UPDATE orders SET person_id = NULL WHERE id = 'B-60'", &[])?;
            Ok(())
        })
        .wait()
        .unwrap();
}

#[test]
fn a_week_with_cents_for_euros_and_a_day_read_thrice_are_found_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    add_people(&store);
    add_orders(&store, &spoiled_orders());
    let run = quality::run(&store).unwrap();
    let found: Vec<_> = run.board.oddities.iter().map(|o| (o.kind, o.source.as_str())).collect();
    assert_eq!(found, [(OddityKind::AmountJump, "market"), (OddityKind::VolumeJump, "shop")]);
    let jump = &run.board.oddities[0];
    assert_eq!(jump.from_at, Some(NOW + (90 - 200) * DAY));
    assert_eq!(jump.until_at, Some(NOW + (96 - 200) * DAY));
    assert_eq!(jump.n_rows, 18);
    let times = jump.found / jump.typical;
    assert!((85.0..115.0).contains(&times), "{times}");
    assert!(jump.words.contains("cents"), "{}", jump.words);
    assert_eq!(figure(&run, "orders.person.completeness"), (1, 4650));
    assert_eq!(figure(&run, "orders.twice.uniqueness"), (1, 4649));
    assert_eq!(figure(&run, "order_lines.copy.uniqueness"), (5, 4655));
    assert_eq!(figure(&run, "order_lines.amount.consistency"), (1, 4655));
    let id: &'static str = Box::leak(format!("oddity.{}", jump.id).into_boxed_str());
    assert_eq!(row_labels(&store, id, None).len(), 18);
}

#[test]
fn one_product_in_two_spellings_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    store
        .write(By::console(), |tx| {
            let products = [
                ("CF-250-NORD", "Nordlicht Espresso 250g"),
                ("CF 250 NORD", "Nordlicht-Espresso 250 g"),
                ("CF-250-BRA", "Brasil Fazenda Clara 250 g"),
            ];
            for (sku, name) in products {
                let (sku_key, name_key) = (sku.to_lowercase(), records::values::fold::fold(name));
                tx.execute(
                    "INSERT INTO products (id, sku, sku_key, name, name_key, created_at, updated_at)
                     VALUES ($1, $1, $2, $3, $4, 0, 0)",
                    &params![sku, sku_key, name, name_key],
                )?;
            }
            Ok(())
        })
        .wait()
        .unwrap();
    let run = quality::run(&store).unwrap();
    assert_eq!(figure(&run, "products.spelling.consistency"), (2, 3));
    assert_eq!(row_labels(&store, "products.spelling.consistency", None).len(), 2);
}

#[test]
fn the_trend_has_each_run_and_old_runs_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    for _ in 0..quality::RUNS_KEPT + 2 {
        quality::run(&store).unwrap();
        store.clock().advance(DAY);
    }
    add_people(&store);
    quality::run(&store).unwrap();
    let trend = store.read(|s| quality::trend(s, 1000)).wait().unwrap();
    assert_eq!(trend.len() as i64, quality::RUNS_KEPT);
    assert!(trend.windows(2).all(|pair| pair[0].ran_at < pair[1].ran_at));
    assert!((trend.last().unwrap().shares["people.email.completeness"] - 4.0 / 6.0).abs() < 1e-12);
}
