//! `analyze funnel`: how many went through the steps in their order, by two definitions.
//!
//! Says how many and how fast; not why somebody stopped.

use std::path::PathBuf;

use serde_json::{Value, json};
use statistics::funnel::{Definition, Events, From, Funnel as Found, NO_STEP};
use statistics::intervals::wilson;
use tables::columns::{self, Codes, ColumnOut, NO_CODE, NO_TIME, ReadOptions, Texts};

use crate::aligned::{aligned, counted, percent};
use crate::left_out::LeftOut;
use crate::{Answer, Problem};

/// How many customers went through an ordered list of steps
///
/// With `--from first` a customer begins once, at the first step one ever, and each further step is the first one later than
/// the step before; with `--from any` the best chain within the window counts, wherever it begins.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze funnel events.csv --customer user --event event --time ts --steps visit,signup,purchase
  rondel analyze funnel events.parquet --customer user --event event --time ts --steps visit,trial,purchase --within 30d --from any")]
pub struct Funnel {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each event
    file: PathBuf,
    /// Column that tells the customers apart
    #[arg(long, value_name = "COLUMN")]
    customer: String,
    /// Column with the name of the event
    #[arg(long, value_name = "COLUMN")]
    event: String,
    /// Column with the moment of the event
    #[arg(long, value_name = "COLUMN")]
    time: String,
    /// Names of the events in their order
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', required = true)]
    steps: Vec<String>,
    /// Longest time from step one to any other, such as 7d, 12h, 30m, 2w [default: no limit]
    #[arg(long, value_name = "TIME")]
    within: Option<String>,
    /// From which step one is counted
    #[arg(long, value_enum, default_value_t = Begin::First)]
    from: Begin,
    /// Writes one row for each customer who began as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// From which step one is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Begin {
    /// The first time ever
    First,
    /// Whichever leads furthest
    Any,
}

const US_PER_SECOND: i64 = 1_000_000;

impl Funnel {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let within = self.within.as_deref().map(seconds_of).transpose()?;
        let wanted = [self.customer.as_str(), &self.event, &self.time];
        let file = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let ((customers, events), times) = rayon::join(
            || (file.codes(&self.customer), file.codes(&self.event)),
            || file.times(&self.time),
        );
        let (customers, events, mut times) = (customers?, events?, times?);
        drop(file);
        left_out.cells(&self.time, &times.unreadable, "is not a moment");
        left_out.doubt(&self.time, times.evidence.as_deref());
        let (steps, mut steps_of_rows) = self.steps_of(&events, &mut left_out)?;
        drop(events);
        let Codes { values: mut rows, names } = customers;
        let is_usable = |customer: u32, time: i64| customer != NO_CODE && time != NO_TIME;
        let n_all = rows.len();
        if rows.iter().zip(&times.values).any(|(&customer, &time)| !is_usable(customer, time)) {
            let kept: Vec<usize> = (0..n_all).filter(|&at| is_usable(rows[at], times.values[at])).collect();
            rows = kept.iter().map(|&at| rows[at]).collect();
            times.values = kept.iter().map(|&at| times.values[at]).collect();
            steps_of_rows = kept.iter().map(|&at| steps_of_rows[at]).collect();
        }
        left_out.n_rows += n_all - rows.len();
        let mut gathered = Events::default();
        gathered.update(&rows, &steps_of_rows, &times.values);
        let n = rows.len();
        drop((rows, steps_of_rows, times));
        let from = if self.from == Begin::First { From::FirstTouch } else { From::AnyTouch };
        let definition = Definition { steps, within: within.map(|seconds| seconds * US_PER_SECOND), from };
        let found = gathered.finish(names.len(), &definition);
        if let Some(path) = &self.out {
            self.write(path, &found, &names)?;
        }
        let mut answer = Answer::of(n);
        self.tell(&mut answer, &found, names.len(), within);
        left_out.tell(&mut answer);
        Ok(answer)
    }

    /// The events that are steps by their numbers, and the number of every row's event.
    fn steps_of(&self, events: &Codes, left_out: &mut LeftOut) -> Result<(Vec<u8>, Vec<u8>), Problem> {
        let names: Vec<&str> = self.steps.iter().map(|step| step.trim()).collect();
        if names.len() >= usize::from(NO_STEP) || names.iter().any(|name| name.is_empty()) {
            let message = "needs 1 to 254 names of events, separated by commas".to_owned();
            return Err(Problem::Option { option: "steps", message });
        }
        let steps: Vec<u8> = names
            .iter()
            .map(|name| names.iter().position(|first| first == name).unwrap_or(0) as u8)
            .collect();
        let number = |event: &str| {
            let name = event.trim();
            names.iter().position(|step| *step == name).map_or(NO_STEP, |step| step as u8)
        };
        let by_code: Vec<u8> = events.names.iter().map(number).collect();
        let missing: Vec<&str> =
            names.iter().copied().filter(|name| !events.names.iter().any(|event| event.trim() == *name)).collect();
        let known = || events.names.iter().take(30).collect::<Vec<_>>().join(", ");
        if missing.len() == names.len() {
            let message = format!("none of them is in “{}”, which has: {}", self.event, known());
            return Err(Problem::Option { option: "steps", message });
        }
        if !missing.is_empty() {
            left_out.warn(format!("“{}” has no {}; it has: {}", self.event, missing.join(", "), known()));
        }
        let of_row = |&code: &u32| if code == NO_CODE { NO_STEP } else { by_code[code as usize] };
        Ok((steps, events.values.iter().map(of_row).collect()))
    }

    fn tell(&self, answer: &mut Answer, found: &Found, n_customers: usize, within: Option<i64>) {
        let n_first = found.steps.first().map_or(0, |step| step.n);
        let mut previous = n_first;
        let mut rows = Vec::new();
        let mut told: Vec<Value> = Vec::new();
        for (at, (step, name)) in found.steps.iter().zip(&self.steps).enumerate() {
            let share = |of: u64| (of > 0).then(|| step.n as f64 / of as f64);
            let interval = wilson(step.n, n_first, 0.95);
            let seconds = |time: Option<i64>| time.map(|time| time as f64 / US_PER_SECOND as f64);
            told.push(json!({
                "step": at + 1, "event": name.trim(), "n": step.n,
                "share": share(n_first), "low": interval.map(|i| i.low), "high": interval.map(|i| i.high),
                "share_of_previous": share(previous), "lost": previous.saturating_sub(step.n),
                "median_seconds_since_previous": seconds(step.median_since_previous),
                "median_seconds_since_first": seconds(step.median_since_first),
            }));
            rows.push(vec![
                (at + 1).to_string(),
                name.trim().to_owned(),
                counted(step.n),
                percent(step.n as f64, n_first as f64),
                percent(step.n as f64, previous as f64),
                step.median_since_previous.map_or(String::new(), |time| duration(time / US_PER_SECOND)),
            ]);
            previous = step.n;
        }
        let definition = match self.from {
            Begin::First => "first touch: from the first time that a customer did step one, each further step the first one later than the step before",
            Begin::Any => "any touch: the chain of steps that leads furthest, from whichever step one",
        };
        let window = within.map_or("without a limit of time".to_owned(), |within| format!("within {} of step one", duration(within)));
        answer.tell("customers", n_customers);
        answer.tell("funnel", found.steps.iter().map(|step| step.n).collect::<Vec<u64>>());
        answer.tell("steps", told);
        answer.tell("from", if self.from == Begin::First { "first" } else { "any" });
        answer.tell("within_seconds", within);
        answer.tell("definition", format!("{definition}, {window}"));
        answer.line(format!("{} customers, {} of whom began\n", counted(n_customers as u64), counted(n_first)));
        answer.line(aligned(&["", "step", "customers", "of step 1", "of the step before", "half need at most"], &rows));
        answer.line(format!("\nCounted by {definition}, {window}."));
    }

    fn write(&self, path: &std::path::Path, found: &Found, names: &Texts) -> Result<(), Problem> {
        let began: Vec<usize> = (0..found.reached.len()).filter(|&at| found.reached[at] > 0).collect();
        let who: Texts = began.iter().map(|&at| names.get(at)).collect();
        let reached: Vec<i64> = began.iter().map(|&at| i64::from(found.reached[at])).collect();
        let last: Vec<&str> =
            reached.iter().map(|&reached| self.steps[reached as usize - 1].trim()).collect();
        crate::written(
            path,
            &[
                ("customer", ColumnOut::Texts(&who)),
                ("steps_reached", ColumnOut::Integers(&reached)),
                ("last_step", ColumnOut::Words(&last)),
            ],
        )
    }
}

/// A length of time such as `7d`, `12h`, `90 min` or `2 weeks`; a number alone is days.
fn seconds_of(text: &str) -> Result<i64, Problem> {
    let wrong = || Problem::Option { option: "within", message: format!("“{text}” is no length of time such as 7d, 12h or 30m") };
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit.trim().to_lowercase().as_str() {
        "s" | "sec" | "second" | "seconds" => 1.0,
        "m" | "min" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3600.0,
        "" | "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 604_800.0,
        _ => return Err(wrong()),
    };
    let seconds = number * seconds;
    if (0.0..=9e12).contains(&seconds) { Ok(seconds.round() as i64) } else { Err(wrong()) }
}

/// Seconds in words: `3 d 4 h`, `25 min`.
fn duration(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, seconds) in [("7d", 604_800), ("12h", 43_200), ("1.5 hours", 5400), ("30", 2_592_000), ("2 Weeks", 1_209_600)] {
            assert_eq!(seconds_of(text).unwrap(), seconds, "{text}");
        }
        for text in ["", "d", "-3d", "7 moons", "1e99d", "9999999999999w"] {
            assert!(seconds_of(text).is_err(), "{text}");
        }
        assert_eq!((duration(90), duration(5000), duration(200_000)), ("90 s".into(), "83 min".into(), "2 d 7 h".into()));
    }
}
