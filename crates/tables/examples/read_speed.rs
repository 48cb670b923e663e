//! Reads a file to its end and prints one JSON line: rows, problems, seconds, rows per second.
//!
//! `cargo run --release -p tables --example read_speed -- FILE`

use std::path::Path;
use std::process::ExitCode;

use tables::{OpenOptions, Row, open};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: read_speed FILE");
        return ExitCode::from(2);
    };
    match measure(Path::new(&path)) {
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

fn measure(path: &Path) -> Result<serde_json::Value, tables::FileError> {
    let start = std::time::Instant::now();
    let mut table = open(path, &OpenOptions::default())?;
    let opened = start.elapsed().as_secs_f64();
    let mut row = Row::default();
    let (mut n_rows, mut n_problems, mut n_cell_bytes) = (0u64, 0u64, 0usize);
    let mut first_problem = None;
    while table.next_row(&mut row)? {
        n_rows += 1;
        n_cell_bytes += row.cells().map(str::len).sum::<usize>();
        if let Some(problem) = &row.problem {
            n_problems += 1;
            first_problem.get_or_insert_with(|| format!("row {}: {}", row.number, problem.message));
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(serde_json::json!({
        "format": table.format().words,
        "columns": table.headers().len(),
        "rows": n_rows,
        "problems": n_problems,
        "first_problem": first_problem,
        "cell_bytes": n_cell_bytes,
        "open_seconds": opened,
        "seconds": seconds,
        "rows_per_second": (n_rows as f64 / seconds).round(),
    }))
}
