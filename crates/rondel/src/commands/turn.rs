//! `rondel turn`: run every analysis once, and say what was found.

use std::path::PathBuf;

use cycle::analyze::FactsCache;
use cycle::calendar::Day;
use cycle::interpret::report;
use cycle::turn::{self, Options, TurnRun};
use platform::{Error, Result, Store};
use serde_json::{Value, json};

use super::progress::Progress;
use super::{Outcome, Program};

/// Run the analyses: quality, duplicates, RFM, cohorts, lifetime value, insights
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel turn run
  rondel turn run --as-of 2025-12-31     as if it were the evening of that day
  rondel turn report --out report.html   what was found, in one file with charts and tables

The analyses stand at the end of the data: at the newest order, or today where orders still come in. With --as-of,
nothing later is known to them.")]
pub(super) struct Turn {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Run every analysis once
    Run {
        /// The last day that the analyses know
        #[arg(long, value_name = "YYYY-MM-DD")]
        as_of: Option<String>,
    },
    /// Write what the last turn found into one HTML file
    Report {
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl Turn {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        match self.action {
            Action::Run { as_of } => {
                let last_day = as_of.as_deref().map(Day::parse).transpose()?;
                let run = run(program, &store, last_day)?;
                program.answer(&as_json(&run), &in_words(&run));
                Ok(Outcome::Done)
            }
            Action::Report { out } => {
                let html = store.scan(report::html).wait()?;
                std::fs::write(&out, &html).map_err(|error| Error::file(&out, error))?;
                let text = format!("The report is in {}", out.display());
                program.answer(&json!({ "file": out, "bytes": html.len() }), &text);
                Ok(Outcome::Done)
            }
        }
    }
}

/// Runs a turn with a line of progress on a terminal.
pub(super) fn run(program: &Program, store: &Store, last_day: Option<Day>) -> Result<TurnRun> {
    let line = Progress::steps(program, turn::STEPS.len() as u64);
    let options = Options { last_day, facts: FactsCache::default() };
    turn::run(store, &options, &mut |progress| line.step(progress.step_no as u64, progress.step, progress.n_rows))
}

pub(super) fn as_json(run: &TurnRun) -> Value {
    let steps: Vec<Value> = run
        .steps
        .iter()
        .map(|s| json!({ "name": s.name, "seconds": s.seconds, "rows": s.n_rows, "peak_mb": s.peak_mb }))
        .collect();
    let seconds: f64 = run.steps.iter().map(|step| step.seconds).sum();
    let peak_mb = run.steps.iter().filter_map(|step| step.peak_mb).max();
    json!({ "run": run.id, "last_day": run.last_day().to_string(), "seconds": seconds, "peak_mb": peak_mb, "steps": steps })
}

fn in_words(run: &TurnRun) -> String {
    let mut text = format!("The analyses stand at the end of {}.", run.last_day());
    for step in &run.steps {
        text.push_str(&format!("\n  {:<16} {:>9} rows {:>8.2} s", step.name, step.n_rows, step.seconds));
    }
    text
}
