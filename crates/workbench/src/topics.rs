//! `analyze topics`: what the texts of a file are about, and what they speak of more or less than before.
//!
//! Groups texts by what is said together; knows no list of subjects.

use std::path::PathBuf;

use language::topics::{self, Keyword, Topic};
use serde_json::{Value, json};
use statistics::trend::{self, FEWEST_PERIODS};
use tables::columns::{self, ColumnOut, NO_DAY, ReadOptions, Texts, day_text};

use crate::aligned::{aligned, counted, percent};
use crate::left_out::LeftOut;
use crate::{Answer, Problem, written};

/// What texts are about: keywords, phrases, topics with names and examples, and their trend
///
/// The number of topics is chosen by how well their leading words go together, unless --topics says it. With --time each
/// topic's share of the texts is followed over weeks or months.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze topics complaints.csv --text complaint
  rondel analyze topics complaints.csv --text complaint --time date --out topic_of_each.csv
  rondel analyze topics tickets.xlsx --text subject --topics 15")]
pub struct Topics {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each text
    file: PathBuf,
    /// Column with the texts
    #[arg(long, value_name = "COLUMN")]
    text: String,
    /// Column with the day or moment of the text
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// Number of topics [default: chosen]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..=200))]
    topics: Option<u16>,
    /// Writes one row for each text as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Examples and periods that are told of each topic.
const N_EXAMPLES: usize = 3;
/// Confidence of the interval of a trend.
const LEVEL: f64 = 0.95;

/// The texts in equal stretches of time.
struct Periods {
    unit: &'static str,
    /// For each text, its period from 0; nothing where there is no date.
    of: Vec<Option<usize>>,
    /// Texts in each period, and the first day of each.
    n_texts: Vec<usize>,
    first_days: Vec<i32>,
}

impl Topics {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let wanted: Vec<&str> =
            [Some(&self.text), self.time.as_ref()].into_iter().flatten().map(String::as_str).collect();
        let file = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let texts = file.texts(&self.text)?;
        let all: Vec<&str> = texts.iter().collect();
        let periods = match &self.time {
            Some(time) => {
                let days = file.days(time)?;
                left_out.cells(time, &days.unreadable, "is not a date");
                left_out.doubt(time, days.evidence.as_deref());
                periods(&days.values)
            }
            None => None,
        };
        let found = topics::topics(&all, self.topics.map(usize::from))
            .map_err(|why| Problem::CannotTell(why.to_string()))?;
        let mut answer = Answer::of(texts.len());
        self.tell(&mut answer, &found, &texts, periods.as_ref(), |row| file.row_number(row));
        if self.time.is_some() && periods.is_none() {
            left_out.warn(format!("no trend: the dates span fewer than {FEWEST_PERIODS} weeks with texts"));
        }
        left_out.tell(&mut answer);
        if let Some(out) = &self.out {
            let rows: Vec<i64> = (0..texts.len()).map(|row| file.row_number(row) as i64).collect();
            write(out, &rows, &found)?;
        }
        Ok(answer)
    }

    fn tell(
        &self,
        answer: &mut Answer,
        found: &topics::Topics,
        texts: &Texts,
        periods: Option<&Periods>,
        row_number: impl Fn(usize) -> u64,
    ) {
        let n = texts.len();
        let n_assigned = n - found.without.len();
        answer.tell("n_assigned", n_assigned);
        answer.tell("n_topics", found.topics.len());
        answer.tell("keywords", found.keywords.iter().map(told).collect::<Vec<_>>());
        let tried: Vec<Value> = found.tried.iter().map(|(k, c)| json!({ "n_topics": k, "score": c })).collect();
        answer.tell("number_of_topics", json!({ "chosen": self.topics.is_none(), "tried": tried }));
        tell_periods(answer, periods);
        answer.line(format!(
            "{} texts, {} topics ({}), {} texts without a topic (no words in common with others)",
            counted(n as u64),
            found.topics.len(),
            if self.topics.is_some() { "as asked" } else { "chosen by coherence" },
            counted(found.without.len() as u64)
        ));
        let trends: Vec<Option<trend::Trend>> =
            found.topics.iter().map(|topic| periods.and_then(|p| trend_of(topic, p))).collect();
        let rows: Vec<Vec<String>> = found
            .topics
            .iter()
            .zip(&trends)
            .map(|(topic, trend)| {
                let words: Vec<&str> = topic.keywords.iter().take(6).map(|k| k.text.as_str()).collect();
                vec![
                    topic.name.clone(),
                    counted(topic.texts.len() as u64),
                    percent(topic.texts.len() as f64, n_assigned as f64),
                    trend.map_or(String::new(), |t| direction(&t).to_owned()),
                    words.join(" "),
                ]
            })
            .collect();
        answer.line(aligned(&["topic", "texts", "share", "trend", "keywords"], &rows));
        let shown: Vec<Value> = found
            .topics
            .iter()
            .zip(&trends)
            .map(|(topic, trend)| {
                let examples: Vec<Value> = examples(topic, texts)
                    .into_iter()
                    .map(|i| json!({ "row": row_number(i), "text": shortened(texts.get(i)) }))
                    .collect();
                json!({
                    "name": topic.name, "n": topic.texts.len(), "share": topic.texts.len() as f64 / n_assigned.max(1) as f64,
                    "keywords": topic.keywords.iter().map(told).collect::<Vec<_>>(),
                    "phrases": topic.phrases.iter().map(told).collect::<Vec<_>>(),
                    "examples": examples, "coherence": topic.coherence,
                    "trend": trend.map(|t| told_trend(&t, periods.map_or("", |p| p.unit), topic, periods)),
                })
            })
            .collect();
        for (topic, told) in found.topics.iter().zip(&shown) {
            answer.line(format!("\n{}", topic.name));
            let phrases: Vec<&str> = topic.phrases.iter().take(5).map(|k| k.text.as_str()).collect();
            answer.line(format!("  phrases: {}", phrases.join("; ")));
            for example in told["examples"].as_array().into_iter().flatten() {
                answer.line(format!("  row {}: {}", example["row"], example["text"].as_str().unwrap_or("")));
            }
        }
        answer.tell("topics", shown);
    }
}

fn tell_periods(answer: &mut Answer, periods: Option<&Periods>) {
    let Some(Periods { unit, n_texts, first_days, .. }) = periods else { return };
    let first_days: Vec<Option<String>> = first_days.iter().map(|&day| (day != i32::MAX).then(|| day_text(day))).collect();
    answer.tell("periods", json!({ "unit": unit, "n_texts": n_texts, "first_day": first_days }));
}

fn told(keyword: &Keyword) -> Value {
    json!({ "text": keyword.text, "n": keyword.n, "n_all": keyword.n_all, "z": (keyword.z * 100.0).round() / 100.0 })
}

/// Different texts that lie most in the topic.
fn examples(topic: &Topic, texts: &Texts) -> Vec<usize> {
    let mut shown: Vec<usize> = Vec::new();
    for &i in &topic.texts {
        let is_new = shown.iter().all(|&other| !texts.get(other).eq_ignore_ascii_case(texts.get(i)));
        if is_new && shown.len() < N_EXAMPLES {
            shown.push(i);
        }
    }
    shown
}

fn shortened(text: &str) -> String {
    text.chars().take(160).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn direction(trend: &trend::Trend) -> &'static str {
    match trend.slope {
        slope if slope.low > 0.0 => "rising",
        slope if slope.high < 0.0 => "falling",
        _ => "none seen",
    }
}

fn told_trend(trend: &trend::Trend, unit: &str, topic: &Topic, periods: Option<&Periods>) -> Value {
    json!({
        "direction": direction(trend), "unit": unit, "n_periods": trend.n,
        "slope": trend.slope.estimate, "low": trend.slope.low, "high": trend.slope.high, "level": LEVEL,
        "p_value": trend.p_value, "shares": periods.map(|p| shares(topic, p)),
    })
}

/// Weeks where all lies within half a year, else months; nothing for fewer than four with texts.
fn periods(days: &[i32]) -> Option<Periods> {
    let known = || days.iter().copied().filter(|&day| day != NO_DAY);
    let (first, last) = (known().min()?, known().max()?);
    let by_week = i64::from(last) - i64::from(first) <= 182;
    // Weeks begin on Monday; the first of January 1970 was a Thursday.
    let place = |day: i32| -> i32 {
        if by_week { (day + 3).div_euclid(7) } else { month(day) }
    };
    let (from, to) = (place(first), place(last));
    let n = (to - from + 1) as usize;
    if !(FEWEST_PERIODS..=5000).contains(&n) {
        return None;
    }
    let of: Vec<Option<usize>> = days.iter().map(|&d| (d != NO_DAY).then(|| (place(d) - from) as usize)).collect();
    let mut n_texts = vec![0; n];
    let mut first_days = vec![i32::MAX; n];
    for (period, &day) in of.iter().zip(days) {
        if let Some(period) = *period {
            n_texts[period] += 1;
            first_days[period] = first_days[period].min(day);
        }
    }
    let unit = if by_week { "week" } else { "month" };
    (n_texts.iter().filter(|&&n| n > 0).count() >= FEWEST_PERIODS).then_some(Periods { unit, of, n_texts, first_days })
}

/// Months since year 0 of a day since 1970.
fn month(day: i32) -> i32 {
    let (year, month, _) = civil(day);
    year * 12 + month - 1
}

fn civil(day: i32) -> (i32, i32, i32) {
    let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day));
    date.map_or((0, 1, 1), |d| (i32::from(d.year()), i32::from(d.month()), i32::from(d.day())))
}

/// The topic's share of the texts in each period; nothing where there are none.
fn shares(topic: &Topic, periods: &Periods) -> Vec<Option<f64>> {
    let mut n = vec![0usize; periods.n_texts.len()];
    topic.texts.iter().filter_map(|&i| periods.of[i]).for_each(|period| n[period] += 1);
    n.iter().zip(&periods.n_texts).map(|(&k, &all)| (all > 0).then(|| k as f64 / all as f64)).collect()
}

/// A line through the shares; periods without texts are left out.
fn trend_of(topic: &Topic, periods: &Periods) -> Option<trend::Trend> {
    let shares: Vec<f64> = shares(topic, periods).into_iter().flatten().collect();
    trend::fit(&shares, LEVEL)
}

fn write(out: &std::path::Path, rows: &[i64], found: &topics::Topics) -> Result<(), Problem> {
    let mut topic_of = vec![(i64::MIN, ""); rows.len()];
    for (number, topic) in found.topics.iter().enumerate() {
        topic.texts.iter().for_each(|&i| topic_of[i] = (number as i64 + 1, topic.name.as_str()));
    }
    let numbers: Vec<i64> = topic_of.iter().map(|t| t.0).collect();
    let names: Vec<&str> = topic_of.iter().map(|t| t.1).collect();
    written(
        out,
        &[
            ("row", ColumnOut::Integers(rows)),
            ("topic", ColumnOut::Integers(&numbers)),
            ("name", ColumnOut::Words(&names)),
        ],
    )
}
