//! How fast a turn is: fills a database of its own with customers, orders and lines, runs a turn, prints one JSON line.
//!
//! `cargo run --release -p cycle --example turn_speed -- [CUSTOMERS] [ORDERS] [LINES_PER_ORDER] [SUBSCRIBERS]` (1,000,000,
//! 10,000,000, 1 and none unless said). Subscribers are customers who pay for a product by the month beside what they buy; their
//! orders come on top. The filling goes past the verbs and their events, because it is not what is measured. Memory and processor
//! seconds are of the turn alone; the peak is what the system counts as resident, 0 where it does not tell.

#![allow(clippy::unwrap_used, reason = "a measurement stops where something is not as it should be")]

mod measured;

use cycle::act::segments;
use cycle::analyze::rows;
use cycle::calendar::Day;
use cycle::turn::{self, Options};
use measured::processor_seconds;
use platform::clock::{DAY, HOUR};
use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Param, Store};
use records::people::{self, ListQuery, Sort};
use records::products::{self, NewProduct};
use statistics::pseudo_random::Generator;
use std::time::Instant;

const CHUNK: usize = 10_000;
/// Two years until the end of 2025.
const FIRST: i32 = 19_723;
const LAST: i32 = 20_453;

fn main() {
    let mut given = std::env::args().skip(1).map(|a| a.parse::<usize>().unwrap());
    let n_customers = given.next().unwrap_or(1_000_000);
    let n_orders = given.next().unwrap_or(10 * n_customers);
    let n_lines = given.next().unwrap_or(1);
    let n_subscribers = given.next().unwrap_or(0);
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::held_at(Day(LAST).next().start());
    let place = Place::File(dir.path().join("rondel.db"));
    let store = Store::open(&place, clock, IdMaker::seeded(1)).unwrap();
    let filling = Instant::now();
    let n_orders = fill(&store, n_customers, n_orders, n_lines, n_subscribers);
    let fill_s = filling.elapsed().as_secs_f64();
    let (started, cpu) = (Instant::now(), processor_seconds());
    let run = turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    let (seconds, task_cpu_s) = (started.elapsed().as_secs_f64(), processor_seconds() - cpu);
    let again = Instant::now();
    turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    let peak_mb = run.steps.iter().filter_map(|step| step.peak_mb).max().unwrap_or(0);
    let again = again.elapsed().as_secs_f64();
    let opened: Vec<serde_json::Value> = opened(&store);
    let line = serde_json::json!({
        "task": "turn_speed", "customers": n_customers, "orders": n_orders, "order_lines": n_orders * n_lines,
        "subscribers": n_subscribers, "seconds": seconds, "task_cpu_s": task_cpu_s, "peak_mb": peak_mb, "second_turn_s": again, "opened": opened,
        "fill_s": fill_s, "database_mb": std::fs::metadata(dir.path().join("rondel.db")).unwrap().len() >> 20,
        "steps": run.steps,
    });
    println!("{line}");
}

/// How long it takes to count the people behind a figure, and to show the first 50 of them.
fn opened(store: &Store) -> Vec<serde_json::Value> {
    let figures = [
        ("high tier", rows::of_tier("high")),
        ("cannot lose", rows::of_segment("cannot_lose")),
        ("cell 1/5", rows::of_cell(1, 5)),
        ("cohort 2025-03", rows::of_cohort(Day::parse("2025-03-01").unwrap().month())),
        ("retained of it", rows::of_cohort_at(Day::parse("2025-03-01").unwrap().month(), 2)),
    ];
    let mut opened = Vec::new();
    for (figure, filter) in figures {
        let started = Instant::now();
        let counted = filter.clone();
        let n = store.read(move |s| segments::count(s, &counted, segments::COUNT_UP_TO)).wait().unwrap();
        let count_ms = started.elapsed().as_secs_f64() * 1e3;
        let started = Instant::now();
        let query = ListQuery { filter, sort: Sort::Revenue, descending: true, after: None, limit: 50 };
        let page = store.read(move |s| people::list(s, &query)).wait().unwrap();
        opened.push(serde_json::json!({
            "figure": figure, "n": n.n, "count_ms": count_ms, "shown": page.people.len(),
            "page_ms": started.elapsed().as_secs_f64() * 1e3,
        }));
    }
    opened
}

fn fill(store: &Store, n_customers: usize, n_orders: usize, n_lines: usize, n_subscribers: usize) -> usize {
    let mut g = Generator::from_seed(7);
    let mut next_order = 0;
    drop_index(store);
    let plan = (n_subscribers > 0).then(|| add_plan(store));
    for from in (0..n_customers).step_by(CHUNK / 10) {
        let to = (from + CHUNK / 10).min(n_customers);
        let customers = (from..to).map(|number| {
            let mut bought = orders(&mut g, n_orders as f64 / n_customers as f64);
            if number < n_subscribers {
                subscribe(&mut g, &mut bought);
            }
            bought
        });
        let customers: Vec<Vec<Bought>> = customers.collect();
        let (first_order, plan) = (next_order, plan.clone());
        next_order += customers.iter().map(Vec::len).sum::<usize>();
        store
            .write(By::system(), move |tx| {
                let mut rows = Rows { plan: plan.clone(), ..Rows::default() };
                let mut number = first_order;
                for (place, bought) in customers.iter().enumerate() {
                    let person = tx.new_id("per");
                    rows.person(&person, from + place, bought);
                    for bought in bought {
                        let order = tx.new_id("ord");
                        rows.order(&order, number, &person, bought, n_lines);
                        number += 1;
                    }
                }
                tx.insert_rows("people", PEOPLE, "", &rows.people)?;
                tx.insert_rows("orders", ORDERS, "", &rows.orders)?;
                tx.insert_rows("order_lines", LINES, "", &rows.lines)
            })
            .wait()
            .unwrap();
    }
    make_index(store);
    next_order
}

fn add_plan(store: &Store) -> String {
    let plan =
        NewProduct { sku: "PLAN", name: "Monthly plan", renews_months: Some(1), ..NewProduct::default() };
    store.write(By::system(), move |tx| products::create(tx, &plan)).wait().unwrap()
}

/// Orders by time are random in the order of filling: sorting them once is much faster.
fn drop_index(store: &Store) {
    store.write(By::system(), |tx| tx.execute("DROP INDEX orders_by_time", &[])).wait().unwrap();
}

fn make_index(store: &Store) {
    let sql = "CREATE INDEX orders_by_time ON orders (ordered_at, id)";
    store.write(By::system(), move |tx| tx.execute(sql, &[])).wait().unwrap();
}

/// One order.
struct Bought {
    at: i64,
    cents: i64,
    /// Whether it pays for a month of the product that renews.
    renews: bool,
}

/// Orders of one customer who comes back at an own rate and may leave; 0.63 of the mean would stay without leaving.
fn orders(g: &mut Generator, mean: f64) -> Vec<Bought> {
    let mut day = f64::from(FIRST) + g.uniform() * 550.0;
    let rate = g.gamma(1.2, 1.2) * mean / 370.0;
    let leaving = g.beta(0.5, 12.0);
    let usual = 1_500.0 + g.gamma(3.0, 0.001);
    let mut bought = Vec::new();
    while day <= f64::from(LAST) {
        let at = day as i64 * DAY + (8 + g.below(12) as i64) * HOUR;
        let cents = (usual * (0.4 + g.gamma(6.0, 10.0))) as i64 + 1;
        bought.push(Bought { at, cents, renews: false });
        if g.below(40) == 0 {
            bought.push(Bought { at, cents: -(cents / 2).max(1), renews: false });
        }
        if g.uniform() < leaving {
            break;
        }
        day += g.exponential(rate.max(1e-6));
    }
    bought.sort_unstable_by_key(|bought| (bought.at, bought.cents));
    bought
}

/// Adds monthly payments from the first order on, by a customer who may end it before each.
fn subscribe(g: &mut Generator, bought: &mut Vec<Bought>) {
    let (Some(first), ending) = (bought.first(), g.beta(0.7, 9.0)) else { return };
    let mut day = Day::of(first.at);
    while day.0 <= LAST {
        bought.push(Bought { at: day.start() + HOUR, cents: 2_900, renews: true });
        if g.uniform() < ending {
            break;
        }
        day = day.plus_months(1);
    }
    bought.sort_unstable_by_key(|bought| (bought.at, bought.cents));
}

const PEOPLE: &[&str] = &[
    "id",
    "external_id",
    "name",
    "name_key",
    "family_key",
    "given_name",
    "family_name",
    "email",
    "email_key",
    "country",
    "source",
    "n_orders",
    "revenue_minor",
    "first_order_at",
    "last_order_at",
    "created_at",
    "updated_at",
];
const ORDERS: &[&str] = &[
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
    "created_at",
    "updated_at",
];
const LINES: &[&str] = &[
    "order_id",
    "line_no",
    "sku",
    "description",
    "quantity_milli",
    "unit_price_micro",
    "amount_minor",
    "product_id",
];

#[derive(Default)]
struct Rows {
    /// The product that is paid for by the month.
    plan: Option<String>,
    people: Vec<Param<'static>>,
    orders: Vec<Param<'static>>,
    lines: Vec<Param<'static>>,
}

/// One of 1,200 given and 48,000 family names, as unevenly as a country has them.
fn names(number: usize) -> (String, String) {
    const START: [&str; 40] = [
        "ba", "be", "bo", "da", "de", "do", "fa", "fe", "fo", "ga", "ge", "go", "ha", "he", "ho", "ka", "ke",
        "ko", "la", "le", "lo", "ma", "me", "mo", "na", "ne", "no", "pa", "pe", "po", "ra", "re", "ro", "sa",
        "se", "so", "ta", "te", "to", "wi",
    ];
    const END: [&str; 30] = [
        "ber", "bert", "den", "der", "dorf", "feld", "fred", "gard", "ger", "hard", "helm", "ing", "kamp",
        "ker", "ler", "lin", "mann", "mar", "mer", "nau", "ner", "ning", "rich", "ring", "sen", "ster",
        "ter", "trud", "win", "zel",
    ];
    let mut g = Generator::from_seed(number as u64);
    let mut part = |parts: &[&'static str]| {
        // The square makes the first parts frequent and the last ones rare.
        let place = (g.uniform() * g.uniform() * parts.len() as f64) as usize;
        parts[place]
    };
    let (given, family) =
        ([part(&START), part(&END)].concat(), [part(&START), part(&START), part(&END)].concat());
    let upper = |name: String| name[..1].to_uppercase() + &name[1..];
    (upper(given), upper(family))
}

fn text(text: impl Into<String>) -> Param<'static> {
    Param::Text(text.into().into())
}

impl Rows {
    fn person(&mut self, id: &str, number: usize, bought: &[Bought]) {
        let purchases = || bought.iter().filter(|row| row.cents > 0);
        let (given, family) = names(number);
        let name = format!("{given} {family}");
        let time = |row: Option<&Bought>| row.map_or(Param::Null, |row| Param::Int(row.at));
        let first = purchases().next().map_or(0, |row| row.at);
        self.people.extend([
            text(id),
            text(number.to_string()),
            text(name.clone()),
            text(name.to_lowercase()),
            text(format!("{family} {given}").to_lowercase()),
            text(given),
            text(family),
            text(format!("customer{number}@example.com")),
            text(format!("customer{number}@example.com")),
            text(["DE", "AT", "CH", "FR"][number % 4]),
            text(["web", "fair", "newsletter", "shop", "partner"][number % 5]),
            Param::Int(purchases().count() as i64),
            Param::Int(bought.iter().map(|row| row.cents).sum()),
            time(purchases().next()),
            time(purchases().next_back()),
            Param::Int(first),
            Param::Int(first),
        ]);
    }

    fn order(&mut self, id: &str, number: usize, person: &str, bought: &Bought, n_lines: usize) {
        let Bought { at, cents, renews } = *bought;
        let n_lines = if renews { 1 } else { n_lines };
        let number = format!("{number:09}");
        self.orders.extend([
            text(id),
            text(number.clone()),
            text(number),
            text(person),
            Param::Int(at),
            Param::Int(i64::from(cents < 0)),
            text("placed"),
            text("EUR"),
            Param::Int(cents),
            Param::Int(cents),
            Param::Int(n_lines as i64),
            Param::Int(at),
            Param::Int(at),
        ]);
        for line in 1..=n_lines as i64 {
            let amount = if line == 1 {
                cents - cents / n_lines as i64 * (n_lines as i64 - 1)
            } else {
                cents / n_lines as i64
            };
            self.lines.extend([
                text(id),
                Param::Int(line),
                text(format!("SKU-{line:03}")),
                text("An article of the shop"),
                Param::Int(if cents < 0 { -1_000 } else { 1_000 }),
                Param::Int(amount.abs() * 10_000),
                Param::Int(amount),
                self.plan.as_ref().filter(|_| renews).map_or(Param::Null, text),
            ]);
        }
    }
}
