//! How long the effect report of an experiment with a million people takes; prints one JSON line.
//!
//! `cargo run --release -p cycle --example effect_speed -- [people] [orders per person]` fills a fresh database in the
//! temporary folder first, which is not counted.

use cycle::measure::effects;
use cycle::plan::metrics;
use platform::clock::DAY;
use platform::ids::IdMaker;
use platform::store::{Param, Place, Store};
use platform::{By, Clock, Result, params};
use statistics::pseudo_random::Generator;
use std::time::Instant;

const LAUNCH: i64 = 1_705_276_800_000_000;
const WINDOW_DAYS: i64 = 28;
/// Days of orders before the launch: two years of history that the report must step over.
const HISTORY_DAYS: i64 = 730;
const CHUNK: usize = 20_000;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let n_people: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let n_orders: usize = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let clock = Clock::held_at(LAUNCH);
    let place = Place::File(folder.path().join("rondel.db"));
    let store = Store::open(&place, clock.clone(), IdMaker::seeded(1))?;
    store.write(By::console(), metrics::ship).wait()?;
    let mut g = Generator::from_seed(1);
    for first in (0..n_people).step_by(CHUNK) {
        fill(&store, &mut g, first..(first + CHUNK).min(n_people), n_orders)?;
    }
    store.write(By::console(), launch).wait()?;
    clock.advance(14 * DAY);
    let first = timed(&store)?;
    clock.advance(DAY);
    // The second look also asks what was known at the first, for their correlation.
    let second = timed(&store)?;
    println!(
        "{}",
        serde_json::json!({ "people": n_people, "orders": n_people * n_orders, "first_look_s": first, "next_look_s": second })
    );
    Ok(())
}

fn timed(store: &Store) -> Result<f64> {
    let started = Instant::now();
    let seen = effects::measure(store, "exp_1")?;
    assert!(seen.iter().all(|effect| effect.found.is_some()), "a million people are enough to say something");
    Ok(started.elapsed().as_secs_f64())
}

fn fill(store: &Store, g: &mut Generator, people: std::ops::Range<usize>, n_orders: usize) -> Result<()> {
    let (mut rows, mut drawn, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    for i in people {
        let id = format!("per_{i:08}");
        let arm = if g.uniform() < 0.1 { "holdout" } else { "treated" };
        rows.extend(owned(&params![id, id, id, id, LAUNCH, LAUNCH]));
        drawn.extend(owned(&params!["exp_1", id, arm, LAUNCH]));
        for k in 0..n_orders {
            let number = format!("{i}-{k}");
            let at =
                LAUNCH - HISTORY_DAYS * DAY + g.below(((HISTORY_DAYS + WINDOW_DAYS) * DAY) as usize) as i64;
            let cents = (2_000.0 * f64::exp(0.8 * g.normal())) as i64;
            let order =
                params![number, number, number, id, at, false, "placed", "EUR", cents, cents, 1, at, at]
                    .to_vec();
            orders.extend(owned(&order));
        }
    }
    store
        .write(By::console(), move |tx| {
            tx.insert_rows(
                "people",
                &["id", "name", "name_key", "family_key", "created_at", "updated_at"],
                "",
                &rows,
            )?;
            tx.insert_rows(
                "experiment_people",
                &["experiment_id", "person_id", "arm", "assigned_at"],
                "",
                &drawn,
            )?;
            tx.insert_rows("orders", &ORDER, "", &orders)
        })
        .wait()
        .map(drop)
}

const ORDER: [&str; 13] = [
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

fn launch(tx: &mut platform::Tx<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO experiments (id, name, unit, assignment_key, holdout_permille, arms_json, metric_key, metric_version,
           window_days, pre_days, guardrails_json, state, n_people, n_in_control, n_unreachable, launched_at, ends_at,
           created_at, updated_at, version)
         VALUES ('exp_1', 'Speed', 'person', 'k', 100, $1, 'revenue', 1, $2, 90, $3, 'running', 0, 0, 0, $4, $5, $4, $4, 1)",
        &params![
            r#"[{"name":"holdout","permille":100},{"name":"treated","permille":900}]"#,
            WINDOW_DAYS,
            r#"[{"key":"return_rate","version":1}]"#,
            LAUNCH,
            LAUNCH + WINDOW_DAYS * DAY
        ],
    )
    .map(drop)
}

fn owned(values: &[Param<'_>]) -> Vec<Param<'static>> {
    values.iter().map(|value| value.clone().into_owned()).collect()
}
