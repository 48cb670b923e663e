//! Many writers at once, each waiting until its change is durable; prints one JSON line.
//!
//! `cargo run --release -p platform --example write_speed [-- WRITERS SECONDS DIR]`
//!
//! Each write is what the smallest verb does: one setting changed and one event appended. It is answered after the flush
//! of the disk, so the figure depends on the disk; changes that wait at the same moment share a flush.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use platform::events::{self, Entry};
use platform::ids::IdMaker;
use platform::store::{Place, Store};
use platform::{By, Clock, Result, params};

const TARGET_PER_SECOND: f64 = 5_000.0;
const TARGET_P99_MS: f64 = 100.0;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let n_writers = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(64);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let folder = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let own = folder.join(format!("write-speed-{}", std::process::id()));
    let measured = std::fs::create_dir_all(&own)
        .map_err(|error| platform::Error::file(&own, error))
        .and_then(|()| measure(&own, n_writers, Duration::from_secs(seconds)));
    if let Err(error) = std::fs::remove_dir_all(&own) {
        eprintln!("{}: {error}", own.display());
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

fn measure(folder: &Path, n_writers: usize, time: Duration) -> Result<serde_json::Value> {
    let store = Store::open(&Place::File(folder.join("rondel.db")), Clock::System, IdMaker::random())?;
    let begun = Instant::now();
    let writers: Vec<_> = (0..n_writers)
        .map(|number| {
            let store = store.clone();
            std::thread::spawn(move || write_for(&store, number, time))
        })
        .collect();
    let mut waits = Vec::new();
    for writer in writers {
        waits.extend(writer.join().expect("a writer does not panic")?);
    }
    let seconds = begun.elapsed().as_secs_f64();
    waits.sort_unstable();
    let n_events: i64 = store.read(|s| s.one("SELECT count(*) FROM events", &[], |row| row.get(0))).wait()?;
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let per_second = waits.len() as f64 / seconds;
    Ok(serde_json::json!({
        "benchmark": "durable writes", "writers": n_writers, "writes": waits.len(), "durable": n_events,
        "seconds": round(seconds), "writes_per_second": per_second.round(), "p50_ms": round(at(0.5)),
        "p99_ms": round(at(0.99)), "worst_ms": round(at(1.0)), "target_writes_per_second": TARGET_PER_SECOND,
        "target_p99_ms": TARGET_P99_MS, "reached": per_second >= TARGET_PER_SECOND && at(0.99) <= TARGET_P99_MS,
    }))
}

fn write_for(store: &Store, number: usize, time: Duration) -> Result<Vec<Duration>> {
    let begun = Instant::now();
    let mut waits = Vec::new();
    while begun.elapsed() < time {
        let (asked, name) = (Instant::now(), format!("writer-{number}"));
        store
            .write(By::console(), move |tx| {
                let now = tx.now();
                tx.execute(
                    "INSERT INTO settings (name, value_json, changed_at) VALUES ($1, '1', $2)
                     ON CONFLICT (name) DO UPDATE SET changed_at = excluded.changed_at",
                    &params![name, now],
                )?;
                let entry = Entry {
                    verb: "setting.changed",
                    record_kind: "setting",
                    record_id: &name,
                    subject_id: &name,
                    before: Some("1".to_string()),
                    after: None,
                };
                events::append(tx, entry)
            })
            .wait()?;
        waits.push(asked.elapsed());
    }
    Ok(waits)
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
