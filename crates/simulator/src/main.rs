//! Makes a simulated company's export, or puts a product to the trial, and prints one JSON line about it.

use clap::{Parser, Subcommand};
use jiff::Span;
use jiff::civil::Date;
use serde_json::{Value, json};
use simulator::doors::Where;
use simulator::subscriptions::Subscriptions;
use simulator::trial;
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
    /// Writes the plans and payments of customers who pay by period, and the truth about their contracts if asked
    Subscribers(SubscriberArguments),
    /// Lets fresh products measure experiments in worlds whose truth is known, and prints how right they were
    Truth(TruthArguments),
}

#[derive(Debug, clap::Args)]
struct TruthArguments {
    /// Worlds, each with three experiments: one that works, one that does nothing, one that harms
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// The product's program; without it the one beside this program
    #[arg(long)]
    rondel: Option<PathBuf>,
    /// People in each experiment
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(50..=100_000))]
    people: u32,
    /// Days of each experiment, with a look on every day
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(2..=120))]
    days: u32,
    /// Products that run at the same time
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// Where the products keep their data meanwhile; without it the folder for temporary files
    #[arg(long)]
    work: Option<PathBuf>,
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

#[derive(Debug, clap::Args)]
struct SubscriberArguments {
    /// Where the files go; made if it is missing
    #[arg(long)]
    out: PathBuf,
    /// Where the truth about each contract goes; without it no truth is written
    #[arg(long)]
    truth: Option<PathBuf>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Customers who ever subscribed
    #[arg(long, default_value_t = 2_000)]
    customers: u32,
    /// Months since the first subscription
    #[arg(long, default_value_t = 36)]
    months: u32,
    /// The last day of the files, such as 2026-11-22
    #[arg(long, default_value = "2026-11-22")]
    today: Date,
}

fn subscribers(arguments: SubscriberArguments) -> Result<Value, Box<dyn std::error::Error>> {
    let opening = arguments.today.saturating_sub(Span::new().try_months(arguments.months)?);
    let shop = Subscriptions {
        seed: arguments.seed,
        n_customers: arguments.customers,
        opening,
        last_day: arguments.today,
    };
    make_directory(&arguments.out)?;
    let (files, n_payments) = shop.write(&arguments.out)?;
    let n_contracts = arguments.truth.map(|truth| shop.write_truth(&truth)).transpose()?;
    Ok(json!({ "files": files, "payments": n_payments, "contracts": n_contracts }))
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Export(arguments) => run(arguments),
        Command::Subscribers(arguments) => subscribers(arguments),
        Command::Truth(arguments) => truth(arguments),
    };
    match done {
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

fn truth(arguments: TruthArguments) -> Result<Value, Box<dyn std::error::Error>> {
    let work = arguments
        .work
        .unwrap_or_else(std::env::temp_dir)
        .join(format!("rondel-truth-{}", std::process::id()));
    make_directory(&work)?;
    let settings = trial::Settings {
        program: Where::find(arguments.rondel.as_deref())?,
        work: work.clone(),
        first_seed: arguments.first_seed,
        n_seeds: arguments.seeds,
        n_people: arguments.people,
        n_days: arguments.days,
        at_once: arguments.at_once,
    };
    let told = trial::run(&settings, &|words| eprintln!("{words}"));
    std::fs::remove_dir_all(&work)?;
    Ok(told?)
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
