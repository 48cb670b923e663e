//! `rondel analyze` without the rest of the program, for benchmarks and for trying a method while it is being written.
//!
//! `cargo run --release -p workbench --example analyze -- power --rate 0.05 --effect 0.01`

use std::process::ExitCode;

use clap::Parser;
use workbench::Analysis;

/// The allocator of the program, so that figures are its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Arguments {
    /// Print one JSON object
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    analysis: Analysis,
}

fn main() -> ExitCode {
    let Arguments { json, analysis } = Arguments::parse();
    match analysis.run() {
        Ok(answer) if json => println!("{}", serde_json::Value::Object(answer.json)),
        Ok(answer) => println!("{}", answer.text.trim_end()),
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
