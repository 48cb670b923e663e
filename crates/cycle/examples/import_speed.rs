//! Imports files into a fresh embedded database and prints one JSON line about the order lines among them.
//!
//! `cargo run --release -p cycle --example import_speed -- customers.csv products.csv orders-*.csv`
//!
//! Files of a simulated company: `cargo run --release -p simulator -- export --out DIR --customers 60000 --lines 1000000
//! --clean`. **Units.** Memory in MB (1,000,000 bytes), the highest that the process ever held; processor time in seconds
//! over all threads.

mod measured;

use measured::processor_seconds;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use cycle::collect::imports::{self, Format, Incoming, Kind};
use platform::ids::IdMaker;
use platform::store::{Place, Store};
use platform::{By, Clock, Error, Result};

const TARGET_PER_SECOND: f64 = 25_000.0;
const TARGET_MB: f64 = 300.0;

fn main() -> ExitCode {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        eprintln!("usage: import_speed FILE…");
        return ExitCode::from(2);
    }
    let own = std::env::temp_dir().join(format!("import-speed-{}", std::process::id()));
    let measured = measure(&own, &files);
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

fn measure(folder: &Path, files: &[PathBuf]) -> Result<serde_json::Value> {
    std::fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
    let place = Place::File(folder.join("rondel.db"));
    let store = Store::open(&place, Clock::System, IdMaker::random())?;
    let kept = folder.join("files");
    let (mut n_rows, mut n_rejected, mut seconds, mut cpu_seconds) = (0, 0, 0.0, 0.0);
    for path in files {
        let (begun, cpu) = (Instant::now(), processor_seconds());
        let import = arrive(&store, &kept, path)?;
        let id = import.id.clone();
        store.write(By::console(), move |tx| imports::start_here(tx, &id)).wait()?;
        let done = imports::run(&store, &kept, &import.id, &mut |_, _| ())?;
        if import.plan.kind == Kind::Orders {
            n_rows += done.counts.rows();
            n_rejected += done.counts.conflict + done.counts.error;
            seconds += begun.elapsed().as_secs_f64();
            cpu_seconds += processor_seconds() - cpu;
        }
    }
    let per_second = n_rows as f64 / seconds;
    let peak_mb = peak_memory_mb();
    Ok(serde_json::json!({
        "benchmark": "import of order lines", "files": files.len(), "rows": n_rows, "rejected": n_rejected,
        "seconds": round(seconds), "rows_per_second": per_second.round(), "processor_seconds": round(cpu_seconds),
        "rows_per_processor_second": (n_rows as f64 / cpu_seconds).round(),
        "peak_mb": peak_mb, "target_rows_per_second": TARGET_PER_SECOND, "target_peak_mb": TARGET_MB,
        "reached": per_second >= TARGET_PER_SECOND && peak_mb.is_none_or(|mb| mb <= TARGET_MB),
    }))
}

/// Takes the file in and guesses what it holds by its headers.
fn arrive(store: &Store, kept: &Path, path: &Path) -> Result<imports::Import> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let incoming =
        Incoming { path: path.to_path_buf(), name, kind: None, format: Format::default(), source: None };
    imports::arrive(store, kept, By::console(), &incoming)
}

/// Where the system tells it: Linux.
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(round(kib * 1024.0 / 1e6))
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
