//! Starts the built program several times on a fresh and on an existing folder; prints one JSON line.
//!
//! `cargo build --release && cargo run --release -p rondel --example start_speed -- target/release/rondel`
//!
//! **Units.** Milliseconds from the start of the process to the first page that says it is ready; memory in MB
//! (1,000,000 bytes) when nothing is asked of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const TARGET_READY_MS: f64 = 300.0;
const TARGET_IDLE_MB: f64 = 100.0;
const TARGET_BINARY_MB: f64 = 40.0;
const STARTS: usize = 7;
/// How long the program is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_secs(3);

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let Some(program) = std::env::args_os().nth(1) else {
        eprintln!("usage: start_speed PROGRAM");
        return ExitCode::from(2);
    };
    let folder = std::env::temp_dir().join(format!("start-speed-{}", std::process::id()));
    let measured = measure(Path::new(&program), &folder);
    if let Err(error) = std::fs::remove_dir_all(&folder) {
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

fn measure(program: &Path, folder: &Path) -> Result<serde_json::Value> {
    let mut first = Vec::new();
    let mut again = Vec::new();
    let mut idle_mb = None;
    for number in 0..STARTS {
        let data = folder.join(number.to_string());
        for times in [&mut first, &mut again] {
            let (mut child, ms) = start(program, &data)?;
            times.push(ms);
            if number + 1 == STARTS {
                std::thread::park_timeout(IDLE);
                idle_mb = memory_mb(child.id());
            }
            child.kill()?;
            child.wait()?;
        }
    }
    let binary_mb = std::fs::metadata(program)?.len() as f64 / 1e6;
    let (first_ms, again_ms) = (median(first), median(again));
    let reached = first_ms.max(again_ms) <= TARGET_READY_MS
        && idle_mb.is_none_or(|mb| mb <= TARGET_IDLE_MB)
        && binary_mb <= TARGET_BINARY_MB;
    Ok(serde_json::json!({
        "benchmark": "start", "starts": STARTS, "ready_ms_fresh_folder": round(first_ms), "ready_ms": round(again_ms),
        "idle_mb": idle_mb.map(round), "binary_mb": round(binary_mb), "target_ready_ms": TARGET_READY_MS,
        "target_idle_mb": TARGET_IDLE_MB, "target_binary_mb": TARGET_BINARY_MB, "reached": reached,
    }))
}

/// Comes back when `/readyz` says so, with the milliseconds it took from the start of the process.
fn start(program: &Path, data: &Path) -> Result<(Child, f64)> {
    let begun = Instant::now();
    let mut command = Command::new(program);
    command.arg("--json").arg("--data").arg(data).args(["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let out = child.stdout.take().ok_or("its output is piped")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let told: serde_json::Value = serde_json::from_str(&line)?;
    let address = told["listen"].as_str().ok_or("the program does not say where it listens")?;
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.starts_with("HTTP/1.1 200") {
        return Err(format!("the program is not ready: {answer}").into());
    }
    Ok((child, begun.elapsed().as_secs_f64() * 1000.0))
}

/// Where the system tells it: Linux.
fn memory_mb(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
