//! Makes a simulated company's export from the command line and prints one JSON line about it.

use clap::{Parser, Subcommand};
use jiff::civil::Date;
use serde_json::{Value, json};
use simulator::{Company, Dirt, Export, Settings, World};
use std::path::PathBuf;
use std::process::ExitCode;

/// A company with known truth.
#[derive(Debug, Parser)]
#[command(name = "simulator", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the files of a shop's export, and the truth about them if asked
    Export(ExportArguments),
}

#[derive(Debug, clap::Args)]
struct ExportArguments {
    /// Where the files go; made if it is missing
    #[arg(long)]
    out: PathBuf,
    /// Where the truth goes; without it no truth is written
    #[arg(long)]
    truth: Option<PathBuf>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Real customers; second cards of the same people come on top
    #[arg(long, default_value_t = 2_000)]
    customers: u32,
    /// About how many order lines are wanted; without it baskets have their natural size
    #[arg(long)]
    lines: Option<u64>,
    /// Months since the shop opened
    #[arg(long, default_value_t = 24)]
    months: u32,
    /// The day of the export, such as 2026-11-22
    #[arg(long, default_value = "2026-11-22")]
    today: Date,
    /// No duplicates, faults or mixed formats: UTF-8, commas, ISO dates
    #[arg(long)]
    clean: bool,
    /// BG/NBD and Gamma-Gamma exactly, without season, campaign, business customers and silent leavers
    #[arg(long)]
    textbook: bool,
}

fn main() -> ExitCode {
    let Command::Export(arguments) = Arguments::parse().command;
    match run(arguments) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: ExportArguments) -> Result<Value, Box<dyn std::error::Error>> {
    let settings = Settings {
        seed: arguments.seed,
        n_customers: arguments.customers,
        months: arguments.months,
        n_lines: arguments.lines,
        dirt: if arguments.clean { Dirt::Clean } else { Dirt::Everyday },
        world: if arguments.textbook { World::Textbook } else { World::Lively },
        ..Settings::demo(arguments.today)
    };
    let company = Company::new(settings)?;
    make_directory(&arguments.out)?;
    let export = company.write_export(&arguments.out)?;
    if let Some(truth) = &arguments.truth {
        make_directory(truth)?;
        export.write_truth(&company, truth)?;
    }
    Ok(report(&export, &arguments))
}

fn make_directory(path: &PathBuf) -> Result<(), String> {
    std::fs::create_dir_all(path).map_err(|error| format!("cannot make {}: {error}", path.display()))
}

fn report(export: &Export, arguments: &ExportArguments) -> Value {
    let files: Vec<Value> = export
        .files
        .iter()
        .map(|file| json!({ "name": file.name, "kind": file.kind.name(), "rows": file.rows }))
        .collect();
    json!({
        "out": arguments.out, "truth": arguments.truth, "seed": arguments.seed, "customers": export.n_customers,
        "customer_rows": export.n_cards, "orders": export.n_orders, "cancelled_orders": export.n_cancelled,
        "credit_notes": export.n_credit_notes, "order_lines": export.n_lines,
        "duplicates": export.truth.second_cards.len(), "faults": export.truth.faults.len(), "files": files,
    })
}
