//! `analyze attribution`: who gets the credit for a success, by every usual rule side by side.
//!
//! None of these proves that a channel changed anything; the report says so. What was proved comes from `analyze uplift`.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use statistics::attribution::{CountedPath, Journey, Removal, Rule, by_rule, removal, shapley, shared};
use tables::columns::{self, ColumnOut, Columns, ReadOptions, Texts};

use crate::aligned::{aligned, counted};
use crate::left_out::LeftOut;
use crate::{Answer, Problem};

/// Who gets the credit for a success: first, last, linear, position, time decay, Markov and Shapley
///
/// Each row is a path of channels with how often it led to success, and how often to nothing. Every rule gives out exactly the
/// successes of the paths that touched a channel.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze attribution paths.csv --path path --conversions conversions --null nothing
  rondel analyze attribution paths.csv --path path --conversions n --value revenue --null lost --separator '|'")]
pub struct Attribution {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each path
    file: PathBuf,
    /// Column with the channels of the path, in order
    #[arg(long, value_name = "COLUMN")]
    path: String,
    /// Column with how often the path led to success
    #[arg(long, value_name = "COLUMN")]
    conversions: String,
    /// Column with what these successes were worth together
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// Column with how often the path led to nothing; without it Markov knows of successes only
    #[arg(long, value_name = "COLUMN")]
    null: Option<String>,
    /// What stands between two channels
    #[arg(long, value_name = "TEXT", default_value = ">")]
    separator: String,
    /// Touches earlier at which time decay gives half as much
    #[arg(long, value_name = "TOUCHES", default_value_t = 1.0)]
    half_life: f64,
    /// Writes one row for each channel and model as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What a model gives each channel.
struct Credit {
    model: String,
    conversions: Vec<f64>,
    value: Option<Vec<f64>>,
}

/// The paths of a file and the names of their channels.
struct Paths {
    channels: Vec<String>,
    paths: Vec<CountedPath>,
    /// Successes of paths without any channel.
    unclaimed: f64,
}

/// What usually stands between channels.
const SEPARATORS: [&str; 7] = ["->", ">", "|", "→", "»", ";", ","];

/// Where no path has two channels but most cells hold another usual separator: a sentence that says so.
fn other_separator(texts: &Texts, read: &Paths, separator: &str) -> Option<String> {
    if read.paths.iter().any(|path| path.touches.len() > 1) {
        return None;
    }
    let n_with = |other: &str| texts.iter().filter(|text| text.contains(other)).count();
    let (other, n) = SEPARATORS.iter().filter(|s| **s != separator).map(|s| (s, n_with(s))).max_by_key(|(_, n)| *n)?;
    (n * 2 > texts.len()).then(|| {
        format!("no path has “{separator}” between channels, but {n} of {} hold “{other}”: is that what --separator should be?", texts.len())
    })
}

/// Channels beyond which a cell is no path of channels.
const MOST_CHANNELS: usize = 2_000;

impl Attribution {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if self.separator.is_empty() {
            return Err(Problem::Option { option: "separator", message: "must not be empty".into() });
        }
        if self.half_life.is_nan() || self.half_life <= 0.0 {
            return Err(Problem::Option { option: "half-life", message: "must be above 0".into() });
        }
        let mut wanted: Vec<&str> = vec![&self.path, &self.conversions];
        wanted.extend(self.value.iter().chain(&self.null).map(String::as_str));
        let table = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&table);
        let read = self.paths(&table, &mut left_out)?;
        let total: f64 = read.paths.iter().map(|p| p.conversions).sum();
        if total <= 0.0 {
            return Err(Problem::CannotTell(format!("no path with a channel led to success{}", left_out.words())));
        }
        let removals: Vec<Option<Removal>> =
            (1..=3).map(|order| removal(&read.paths, read.channels.len(), order)).collect();
        let credits = self.credits(&read, &removals);
        let nothing: f64 = read.paths.iter().map(|p| p.nothing).sum();
        let mut answer = Answer::of((total + nothing + read.unclaimed).round() as usize);
        self.tell(&mut answer, &read, &credits, &removals);
        left_out.tell(&mut answer);
        self.write(&read, &credits)?;
        Ok(answer)
    }

    fn paths(&self, table: &Columns, left_out: &mut LeftOut) -> Result<Paths, Problem> {
        let texts = table.texts(&self.path)?;
        let mut numbers = |name: &str| -> Result<Vec<f64>, Problem> {
            let found = table.numbers(name)?;
            left_out.cells(name, &found.unreadable, "is not a number");
            Ok(found.values)
        };
        let conversions = numbers(&self.conversions)?;
        let value = self.value.as_deref().map(&mut numbers).transpose()?;
        let nothing = self.null.as_deref().map(&mut numbers).transpose()?;
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut read = Paths { channels: Vec::new(), paths: Vec::new(), unclaimed: 0.0 };
        let mut n_negative = 0;
        for (row, text) in texts.iter().enumerate() {
            // An empty cell of a count is none.
            let count = |values: &Option<Vec<f64>>| values.as_ref().map_or(0.0, |v| if v[row].is_nan() { 0.0 } else { v[row] });
            let successes = if conversions[row].is_nan() { 0.0 } else { conversions[row] };
            let (value, nothing) = (count(&value), count(&nothing));
            if successes < 0.0 || nothing < 0.0 {
                n_negative += 1;
                continue;
            }
            let names = text.split(self.separator.trim_matches(' ')).map(str::trim).filter(|name| !name.is_empty());
            let touches: Vec<usize> = names
                .map(|name| {
                    *places.entry(name.to_owned()).or_insert_with(|| {
                        read.channels.push(name.to_owned());
                        read.channels.len() - 1
                    })
                })
                .collect();
            match touches.is_empty() {
                true => read.unclaimed += successes,
                false => read.paths.push(CountedPath { touches, conversions: successes, value, nothing }),
            }
        }
        if n_negative > 0 {
            left_out.n_rows += n_negative;
            left_out.warn(format!("{n_negative} rows with a negative count are left out"));
        }
        if read.unclaimed > 0.0 {
            left_out.warn(format!("{} successes had no channel at all: nobody gets them", read.unclaimed));
        }
        if self.null.is_none() {
            left_out.warn("without --null Markov knows of successful paths only, and removal effects are too large".into());
        }
        if let Some(message) = other_separator(&texts, &read, &self.separator) {
            left_out.warn(message);
        }
        if read.channels.len() > MOST_CHANNELS {
            let message = format!("“{}” has {} different channels; is “{}” what stands between them?", self.path, read.channels.len(), self.separator);
            return Err(Problem::Option { option: "separator", message });
        }
        Ok(read)
    }

    fn credits(&self, read: &Paths, removals: &[Option<Removal>]) -> Vec<Credit> {
        let n = read.channels.len();
        let journeys = |worth: fn(&CountedPath) -> f64| -> Vec<Journey> {
            let touches = |p: &CountedPath| {
                let last = p.touches.len() - 1;
                p.touches.iter().enumerate().map(|(at, c)| (*c, (last - at) as f64)).collect()
            };
            read.paths.iter().map(|p| Journey { touches: touches(p), value: worth(p) }).collect()
        };
        let by_conversions = journeys(|p| p.conversions);
        let by_value = self.value.as_ref().map(|_| journeys(|p| p.value));
        let rules = [
            ("first", Rule::First),
            ("last", Rule::Last),
            ("linear", Rule::Linear),
            ("position", Rule::Position),
            ("time_decay", Rule::TimeDecay { half_life_days: self.half_life }),
        ];
        let mut found: Vec<Credit> = rules
            .into_iter()
            .map(|(model, rule)| Credit {
                model: model.to_owned(),
                conversions: by_rule(&by_conversions, n, rule),
                value: by_value.as_ref().map(|j| by_rule(j, n, rule)),
            })
            .collect();
        found.push(Credit {
            model: "shapley".to_owned(),
            conversions: shapley(&by_conversions, n),
            value: by_value.as_ref().map(|j| shapley(j, n)),
        });
        let total: f64 = read.paths.iter().map(|p| p.conversions).sum();
        let worth: f64 = read.paths.iter().map(|p| p.value).sum();
        for (order, removal) in (1..).zip(removals) {
            let Some(removal) = removal else { continue };
            let Some(conversions) = shared(&removal.of_conversions, total) else { continue };
            let value = self.value.as_ref().and_then(|_| shared(&removal.of_value, worth));
            found.push(Credit { model: format!("markov_{order}"), conversions, value });
        }
        found
    }

    fn tell(&self, answer: &mut Answer, read: &Paths, credits: &[Credit], removals: &[Option<Removal>]) {
        let total: f64 = read.paths.iter().map(|p| p.conversions).sum();
        let nothing: f64 = read.paths.iter().map(|p| p.nothing).sum();
        answer.tell("n_paths", read.paths.len());
        answer.tell("conversions", total);
        answer.tell("null", nothing);
        answer.tell("value", self.value.as_ref().map(|_| read.paths.iter().map(|p| p.value).sum::<f64>()));
        answer.tell("conversions_without_channel", read.unclaimed);
        let mut models = Map::new();
        for credit in credits {
            let channels: Vec<Value> = (0..read.channels.len())
                .map(|c| {
                    let value = credit.value.as_ref().map(|v| v[c]);
                    json!({ "channel": read.channels[c], "conversions": credit.conversions[c], "value": value })
                })
                .collect();
            if credit.model == "markov_1" {
                models.insert("markov".into(), Value::from(channels.clone()));
            }
            models.insert(credit.model.clone(), Value::from(channels));
        }
        answer.tell("models", models);
        let effects = |removal: &Removal| -> Map<String, Value> {
            read.channels.iter().cloned().zip(removal.of_conversions.iter().map(|e| json!(e))).collect()
        };
        answer.tell("removal_effects", removals[0].as_ref().map(effects));
        let by_order: Map<String, Value> =
            (1..).zip(removals).map(|(order, r)| (format!("markov_{order}"), json!(r.as_ref().map(effects)))).collect();
        answer.tell("removal_effects_by_order", by_order);
        let value_effects = |removal: &Removal| -> Map<String, Value> {
            read.channels.iter().cloned().zip(removal.of_value.iter().map(|e| json!(e))).collect()
        };
        answer.tell("removal_effects_value", removals[0].as_ref().filter(|_| self.value.is_some()).map(value_effects));
        let channels: Vec<Value> = (0..read.channels.len())
            .map(|c| {
                let mut channel: Map<String, Value> =
                    credits.iter().map(|credit| (credit.model.clone(), json!(credit.conversions[c]))).collect();
                channel.insert("channel".into(), json!(read.channels[c]));
                channel.insert("removal_effect".into(), json!(removals[0].as_ref().map(|r| r.of_conversions[c])));
                Value::Object(channel)
            })
            .collect();
        answer.tell("channels", channels);
        self.report(answer, read, credits, removals);
    }

    fn report(&self, answer: &mut Answer, read: &Paths, credits: &[Credit], removals: &[Option<Removal>]) {
        let total: f64 = read.paths.iter().map(|p| p.conversions).sum();
        answer.line(format!(
            "{} successes on {} different paths through {} channels; each column gives out all of them",
            counted(total.round() as i64),
            counted(read.paths.len()),
            read.channels.len()
        ));
        let mut order: Vec<usize> = (0..read.channels.len()).collect();
        order.sort_by(|a, b| credits[2].conversions[*b].total_cmp(&credits[2].conversions[*a]));
        let headings: Vec<&str> = std::iter::once("channel").chain(credits.iter().map(|c| c.model.as_str())).chain(["removal"]).collect();
        let rows: Vec<Vec<String>> = order
            .into_iter()
            .map(|c| {
                let mut row = vec![read.channels[c].clone()];
                row.extend(credits.iter().map(|credit| format!("{:.1}", credit.conversions[c])));
                row.push(removals[0].as_ref().map_or("–".into(), |r| format!("{:.3}", r.of_conversions[c])));
                row
            })
            .collect();
        answer.line(aligned(&headings, &rows));
        answer.line("time decay: half as much for each touch earlier, or as --half-life says; removal: share of all success lost without the channel (order 1)");
        answer.line("None of this proves that a channel changed anything: it divides what happened. A holdout proves (analyze uplift).");
    }

    fn write(&self, read: &Paths, credits: &[Credit]) -> Result<(), Problem> {
        let Some(out) = &self.out else { return Ok(()) };
        let each = || credits.iter().flat_map(|credit| (0..read.channels.len()).map(move |c| (credit, c)));
        let models: Vec<&str> = each().map(|(credit, _)| credit.model.as_str()).collect();
        let channels: Vec<&str> = each().map(|(_, c)| read.channels[c].as_str()).collect();
        let conversions: Vec<f64> = each().map(|(credit, c)| credit.conversions[c]).collect();
        let value: Vec<f64> = each().map(|(credit, c)| credit.value.as_ref().map_or(f64::NAN, |v| v[c])).collect();
        let found = [
            ("model", ColumnOut::Words(&models)),
            ("channel", ColumnOut::Words(&channels)),
            ("conversions", ColumnOut::Numbers(&conversions)),
            ("value", ColumnOut::Numbers(&value)),
        ];
        columns::write(out, &found).map_err(|source| Problem::Write { file: out.display().to_string(), source })
    }
}
