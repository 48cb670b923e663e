//! `analyze sentiment`: how each text of a file sounds, and how well that agrees with labels.
//!
//! Judges texts one by one; it does not learn from the labels.

mod labels;
mod report;

use std::path::PathBuf;

use language::sentiment::{Customer, Score, Vader};
use rayon::prelude::*;
use serde_json::json;
use tables::columns::{self, ColumnOut, ReadOptions, Texts};

use crate::cost::timed;
use crate::left_out::LeftOut;
use crate::{Answer, Problem, written};

/// How each text sounds, from -1 to 1
///
/// The mode `customer` reads English reviews, complaints and tickets and abstains from texts in other languages. The mode
/// `vader` computes what the reference implementation of VADER 3.3.2 computes, for comparing. With a label (a number, or words
/// such as positive and negative) the answer says how well the two agree.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze sentiment reviews.csv --text review
  rondel analyze sentiment reviews.csv --text review --label stars --out judged.csv
  rondel analyze sentiment tweets.csv --text text --label rating --mode vader")]
pub struct Sentiment {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each text
    file: PathBuf,
    /// Column with the texts
    #[arg(long, value_name = "COLUMN")]
    text: String,
    /// Column with what people said of the texts: a number, or positive, neutral and negative
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// Which rules judge
    #[arg(long, value_name = "MODE", default_value = "customer")]
    mode: Mode,
    /// Writes one row for each text as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Which rules judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// What customers write about goods and service
    Customer,
    /// The reference implementation of VADER, quirks included
    Vader,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Customer => "customer",
            Mode::Vader => "vader",
        }
    }
}

/// How far from 0 a text is counted as positive or negative.
const LIMIT: f64 = 0.05;
/// Texts that one thread takes at a time.
const CHUNK: usize = 2048;

/// What was found about one text, in few bytes: there are as many as texts.
#[derive(Debug, Clone, Copy)]
struct Judged {
    figures: Option<Figures>,
    /// By its code of three letters; zeros where nobody asked.
    language: [u8; 3],
}

/// A score in the parts that it is rounded to: the compound in ten-thousandths, the shares in thousandths.
#[derive(Debug, Clone, Copy)]
struct Figures {
    compound: i16,
    positive: i16,
    neutral: i16,
    negative: i16,
}

impl Figures {
    fn of(score: Score) -> Figures {
        // They are whole numbers of parts but for the last bit.
        let parts = |value: f64, of: f64| (value * of + 0.5_f64.copysign(value)) as i16;
        Figures {
            compound: parts(score.compound, 1e4),
            positive: parts(score.positive, 1e3),
            neutral: parts(score.neutral, 1e3),
            negative: parts(score.negative, 1e3),
        }
    }
}

impl Judged {
    fn of(score: Score) -> Judged {
        Judged { figures: Some(Figures::of(score)), language: [0; 3] }
    }

    /// Nothing for an empty text and one in a language that is not read.
    fn score(&self) -> Option<Score> {
        self.figures.map(|figures| Score {
            compound: f64::from(figures.compound) / 1e4,
            positive: f64::from(figures.positive) / 1e3,
            neutral: f64::from(figures.neutral) / 1e3,
            negative: f64::from(figures.negative) / 1e3,
        })
    }

    fn language(&self) -> &str {
        let code = std::str::from_utf8(&self.language).expect("codes of languages are ASCII");
        code.trim_end_matches('\0')
    }
}

/// On which side a text is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tone {
    Negative,
    Neutral,
    Positive,
}

impl Tone {
    fn of(score: Score) -> Tone {
        match score.compound {
            c if c >= LIMIT => Tone::Positive,
            c if c <= -LIMIT => Tone::Negative,
            _ => Tone::Neutral,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Tone::Negative => "negative",
            Tone::Neutral => "neutral",
            Tone::Positive => "positive",
        }
    }
}

impl Sentiment {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let wanted: Vec<&str> = [Some(&self.text), self.label.as_ref()].into_iter().flatten().map(String::as_str).collect();
        let file = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let texts = file.texts(&self.text)?;
        let (judged, judging) = timed(|| judge(&texts, self.mode));
        let mut answer = Answer::of(texts.len());
        answer.tell("scoring_cpu_s", judging);
        answer.tell("mode", self.mode.name());
        report::tell(&mut answer, &texts, &judged, |row| file.row_number(row));
        if let Some(label) = &self.label {
            labels::compare(&mut answer, &file, label, &judged, &mut left_out)?;
        }
        left_out.tell(&mut answer);
        if let Some(out) = &self.out {
            let rows: Vec<i64> = (0..texts.len()).map(|row| file.row_number(row) as i64).collect();
            write(out, &rows, &judged)?;
        }
        Ok(answer)
    }
}

fn judge(texts: &Texts, mode: Mode) -> Vec<Judged> {
    let rows = (0..texts.len()).into_par_iter().with_min_len(CHUNK);
    match mode {
        Mode::Vader => rows
            .map_init(Vader::new, |vader, row| Judged::of(vader.score(texts.get(row))))
            .collect(),
        Mode::Customer => {
            rows.map_init(Customer::new, |customer, row| judge_customer(customer, texts.get(row))).collect()
        }
    }
}

fn judge_customer(customer: &mut Customer, text: &str) -> Judged {
    if text.trim().is_empty() {
        return Judged { figures: None, language: [0; 3] };
    }
    let judgement = customer.judge(text);
    let mut language = [0; 3];
    language.iter_mut().zip(judgement.language.code().bytes()).for_each(|(letter, byte)| *letter = byte);
    Judged { figures: judgement.score.map(Figures::of), language }
}

fn write(out: &std::path::Path, rows: &[i64], judged: &[Judged]) -> Result<(), Problem> {
    let figure = |pick: fn(Score) -> f64| -> Vec<f64> { judged.iter().map(|j| j.score().map_or(f64::NAN, pick)).collect() };
    let (compound, positive) = (figure(|s| s.compound), figure(|s| s.positive));
    let (neutral, negative) = (figure(|s| s.neutral), figure(|s| s.negative));
    let languages: Vec<&str> = judged.iter().map(Judged::language).collect();
    let tones: Vec<&str> = judged.iter().map(|j| j.score().map_or("abstained", |s| Tone::of(s).name())).collect();
    written(
        out,
        &[
            ("row", ColumnOut::Integers(rows)),
            ("language", ColumnOut::Words(&languages)),
            ("compound", ColumnOut::Numbers(&compound)),
            ("positive", ColumnOut::Numbers(&positive)),
            ("neutral", ColumnOut::Numbers(&neutral)),
            ("negative", ColumnOut::Numbers(&negative)),
            ("tone", ColumnOut::Words(&tones)),
        ],
    )
}

/// Texts to show, cut to a line.
fn shown(row: u64, text: &str, score: Score) -> serde_json::Value {
    let line: String = text.chars().take(160).map(|c| if c.is_control() { ' ' } else { c }).collect();
    json!({ "row": row, "compound": score.compound, "text": line })
}
