//! `analyze process`: the paths of cases through their stages, from a file of events.
//!
//! Reads one row for each event. It describes what was recorded and proposes no model of what should happen.

mod report;

use std::path::PathBuf;

use statistics::process::{self, Deviation, Log, UsualPath, Variant};
use tables::columns::{self, Codes, ColumnOut, Columns, NO_CODE, NO_TIME, ReadOptions};

use crate::left_out::LeftOut;
use crate::{Answer, Problem, written};

/// Paths, times in stages, loops and bottlenecks of cases
///
/// One row of the file is one event: a case entered (or completed) a stage at a time. Time in a stage is from its event to the
/// next one of the case; with --moment completed it is from the event before to this one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze process tickets.csv --case ticket --activity status --time changed_at
  rondel analyze process log.csv --case CaseID --activity ActivityID --time CompleteTimestamp --moment completed --out cases.csv")]
pub struct Process {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each event
    file: PathBuf,
    /// Column that tells the cases apart
    #[arg(long, value_name = "COLUMN")]
    case: String,
    /// Column with the activity or stage
    #[arg(long, value_name = "COLUMN")]
    activity: String,
    /// Column with the day or moment
    #[arg(long, value_name = "COLUMN")]
    time: String,
    /// What the time says of the stage
    #[arg(long, value_name = "MOMENT", default_value = "entered")]
    moment: Moment,
    /// Writes one row for each case as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What the time of an event says of its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Moment {
    /// The stage began: it lasts until the next event
    Entered,
    /// The stage ended: it lasted since the event before
    Completed,
}

/// A log with the names of its cases and activities and what was found.
struct Found {
    log: Log,
    cases: Codes,
    activities: Codes,
    variants: Vec<Variant>,
    usual: Option<UsualPath>,
    /// For each variant, how it differs from the usual path.
    deviations: Vec<Option<Deviation>>,
    moment: Moment,
}

impl Process {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let file = columns::read(&self.file, &[&self.case, &self.activity, &self.time], &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let found = self.found(&file, &mut left_out)?;
        let mut answer = Answer::of(found.log.n_events());
        report::tell(&mut answer, &found);
        left_out.tell(&mut answer);
        if let Some(out) = &self.out {
            write(out, &found)?;
        }
        Ok(answer)
    }

    fn found(&self, file: &Columns, left_out: &mut LeftOut) -> Result<Found, Problem> {
        let cases = file.codes(&self.case)?;
        let activities = file.codes(&self.activity)?;
        let times = file.times(&self.time)?;
        left_out.cells(&self.time, &times.unreadable, "is not a day or moment");
        left_out.doubt(&self.time, times.evidence.as_deref());
        let usable = |row: &usize| {
            cases.values[*row] != NO_CODE && activities.values[*row] != NO_CODE && times.values[*row] != NO_TIME
        };
        let rows: Vec<usize> = (0..file.n_rows()).filter(usable).collect();
        let n_unusable = file.n_rows() - rows.len();
        left_out.n_rows += n_unusable;
        if n_unusable > 0 {
            left_out.warn(format!("{n_unusable} events lack a case, an activity or a time"));
        }
        if rows.is_empty() {
            let why = left_out.words();
            return Err(Problem::CannotTell(format!("the file has no event with a case, an activity and a time{why}")));
        }
        let picked = |values: &[u32]| -> Vec<u32> { rows.iter().map(|&row| values[row]).collect() };
        let moments: Vec<i64> = rows.iter().map(|&row| times.values[row]).collect();
        let log = Log::of(&picked(&cases.values), &picked(&activities.values), &moments);
        let variants = process::variants(&log);
        let usual = process::usual_path(&variants);
        let deviations = variants
            .iter()
            .map(|variant| usual.as_ref().and_then(|usual| process::deviation(&variant.path, &usual.path)))
            .collect();
        Ok(Found { log, cases, activities, variants, usual, deviations, moment: self.moment })
    }
}

impl Found {
    fn activity(&self, code: u32) -> &str {
        self.activities.names.get(code as usize)
    }

    fn named(&self, path: &[u32]) -> Vec<&str> {
        path.iter().map(|&code| self.activity(code)).collect()
    }
}

fn write(out: &std::path::Path, found: &Found) -> Result<(), Problem> {
    let log = &found.log;
    let mut variant_of = vec![0usize; log.n_cases()];
    for (place, variant) in found.variants.iter().enumerate() {
        variant.cases.iter().for_each(|&at| variant_of[at as usize] = place);
    }
    let places = 0..log.n_cases();
    let names: Vec<&str> = places.clone().map(|at| found.cases.names.get(log.case(at) as usize)).collect();
    let n_events: Vec<i64> = places.clone().map(|at| log.path(at).len() as i64).collect();
    let first: Vec<i64> = places.clone().map(|at| log.times(at).first().copied().unwrap_or(NO_TIME)).collect();
    let last: Vec<i64> = places.clone().map(|at| log.times(at).last().copied().unwrap_or(NO_TIME)).collect();
    let variants: Vec<i64> = variant_of.iter().map(|&place| place as i64 + 1).collect();
    let distances: Vec<i64> = variant_of
        .iter()
        .map(|&place| found.deviations[place].as_ref().map_or(i64::MIN, |d| d.distance() as i64))
        .collect();
    let paths: Vec<String> =
        places.map(|at| found.named(&log.path(at)[..log.path(at).len().min(report::N_STEPS)]).join(" > ")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    written(
        out,
        &[
            ("case", ColumnOut::Words(&names)),
            ("n_events", ColumnOut::Integers(&n_events)),
            ("first_at", ColumnOut::Times(&first)),
            ("last_at", ColumnOut::Times(&last)),
            ("seconds", ColumnOut::Numbers(&log.durations())),
            ("variant", ColumnOut::Integers(&variants)),
            ("distance_from_usual", ColumnOut::Integers(&distances)),
            ("path", ColumnOut::Words(&paths)),
        ],
    )
}
