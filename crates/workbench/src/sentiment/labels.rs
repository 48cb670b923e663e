//! How well the tone agrees with what people said: correlation with numbers, share told right of classes.

use std::collections::BTreeMap;

use serde_json::json;
use tables::columns::{Columns, Unreadable};

use super::{Judged, LIMIT, Tone};
use crate::left_out::LeftOut;
use crate::{Answer, Problem};

/// The labels of a file.
enum Labels {
    /// Numbers; NaN where there is none.
    Numbers(Vec<f64>),
    /// Sides by their names.
    Sides(Vec<Option<Tone>>),
}

pub(super) fn compare(
    answer: &mut Answer,
    file: &Columns,
    column: &str,
    judged: &[Judged],
    left_out: &mut LeftOut,
) -> Result<(), Problem> {
    let (kind, sides, numbers) = match read(file, column, left_out)? {
        Labels::Sides(sides) => ("classes", sides.clone(), sides.iter().map(as_number).collect()),
        Labels::Numbers(numbers) => {
            let (kind, sides) = sides_of(&numbers);
            (kind, sides, numbers)
        }
    };
    answer.tell("label_kind", kind);
    let n_labelled = numbers.iter().filter(|n| !n.is_nan()).count();
    answer.tell("n_labelled", n_labelled);
    let pairs: Vec<(f64, f64)> = judged
        .iter()
        .zip(&numbers)
        .filter_map(|(j, &label)| Some((j.score()?.compound, label)).filter(|_| label.is_finite()))
        .collect();
    let correlation = correlation(&pairs);
    answer.tell("correlation", correlation);
    match correlation {
        Some(r) => answer.line(format!("\ncorrelation with “{column}”: {r:.4} over {} texts", pairs.len())),
        None => answer.line(format!("\ncorrelation with “{column}”: can't tell, fewer than 2 texts or all alike")),
    }
    tell_accuracy(answer, judged, &sides);
    Ok(())
}

fn as_number(side: &Option<Tone>) -> f64 {
    match side {
        Some(Tone::Negative) => -1.0,
        Some(Tone::Neutral) => 0.0,
        Some(Tone::Positive) => 1.0,
        None => f64::NAN,
    }
}

fn read(file: &Columns, column: &str, left_out: &mut LeftOut) -> Result<Labels, Problem> {
    let numbers = file.numbers(column)?;
    let n_numbers = numbers.values.iter().filter(|v| v.is_finite()).count();
    if n_numbers > numbers.unreadable.n {
        left_out.cells(column, &numbers.unreadable, "is not a number");
        return Ok(Labels::Numbers(numbers.values));
    }
    let texts = file.texts(column)?;
    let mut unknown = Unreadable::default();
    let sides: Vec<Option<Tone>> = (0..texts.len())
        .map(|row| {
            let side = side(texts.get(row));
            if side.is_none() && !texts.get(row).trim().is_empty() {
                unknown.n += 1;
                if unknown.first.len() < 20 {
                    unknown.first.push((file.row_number(row), texts.get(row).chars().take(80).collect()));
                }
            }
            side
        })
        .collect();
    if sides.iter().all(Option::is_none) && !sides.is_empty() {
        return Err(Problem::Option {
            option: "label",
            message: format!(
                "“{column}” has neither numbers nor words such as positive, neutral and negative (found “{}”)",
                unknown.first.first().map_or("nothing", |(_, text)| text)
            ),
        });
    }
    left_out.cells(column, &unknown, "is no label such as positive, neutral or negative");
    Ok(Labels::Sides(sides))
}

/// The side that a word names.
fn side(label: &str) -> Option<Tone> {
    match label.trim().to_lowercase().as_str() {
        "positive" | "pos" | "good" | "praise" | "happy" | "satisfied" | "yes" | "true" | "+" => Some(Tone::Positive),
        "negative" | "neg" | "bad" | "complaint" | "unhappy" | "dissatisfied" | "no" | "false" | "-" => Some(Tone::Negative),
        "neutral" | "neu" | "mixed" | "none" | "0" => Some(Tone::Neutral),
        _ => None,
    }
}

/// Numbers as sides: two different ones are bad and good, three bad, neutral and good; more take the sign, if both occur.
fn sides_of(numbers: &[f64]) -> (&'static str, Vec<Option<Tone>>) {
    let mut different: Vec<f64> = Vec::new();
    for &number in numbers.iter().filter(|n| n.is_finite()) {
        if !different.contains(&number) {
            different.push(number);
        }
        if different.len() > 3 {
            break;
        }
    }
    different.sort_by(f64::total_cmp);
    let both_signs = numbers.iter().any(|&n| n < 0.0) && numbers.iter().any(|&n| n > 0.0);
    let rank = |number: f64| different.iter().position(|&d| d == number);
    match different.len() {
        2 => ("binary", map(numbers, |n| if rank(n) == Some(1) { Tone::Positive } else { Tone::Negative })),
        3 => (
            "classes",
            map(numbers, |n| [Tone::Negative, Tone::Neutral, Tone::Positive][rank(n).unwrap_or(1)]),
        ),
        _ if both_signs => ("numeric", map(numbers, |n| if n > 0.0 { Tone::Positive } else { Tone::Negative })),
        _ => ("numeric", vec![None; numbers.len()]),
    }
}

fn map(numbers: &[f64], side: impl Fn(f64) -> Tone) -> Vec<Option<Tone>> {
    numbers.iter().map(|&n| n.is_finite().then(|| side(n))).collect()
}

/// Pearson's correlation; nothing below two pairs or where one side does not vary.
fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (mean_a, mean_b) = pairs.iter().fold((0.0, 0.0), |(a, b), p| (a + p.0 / n, b + p.1 / n));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs.iter().map(|p| (p.0 - mean_a, p.1 - mean_b)) {
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    let r = ab / (aa * bb).sqrt();
    (pairs.len() > 1 && r.is_finite()).then_some(r)
}

/// The share told right. Without a neutral label a text is called positive above the limit, else negative.
fn tell_accuracy(answer: &mut Answer, judged: &[Judged], sides: &[Option<Tone>]) {
    let has_neutral = sides.contains(&Some(Tone::Neutral));
    let told = |j: &Judged| {
        let score = j.score()?;
        Some(match () {
            () if has_neutral => Tone::of(score),
            () if score.compound > LIMIT => Tone::Positive,
            () => Tone::Negative,
        })
    };
    let pairs: Vec<(Tone, Tone)> =
        judged.iter().zip(sides).filter_map(|(j, side)| Some(((*side)?, told(j)?))).collect();
    if pairs.is_empty() {
        return;
    }
    let n_right = pairs.iter().filter(|(label, told)| label == told).count();
    let accuracy = n_right as f64 / pairs.len() as f64;
    answer.tell("accuracy", accuracy);
    answer.line(format!("told right: {n_right} of {} ({:.1} %)", pairs.len(), 100.0 * accuracy));
    let mut confusion: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (label, told) in &pairs {
        *confusion.entry(label.name()).or_default().entry(told.name()).or_default() += 1;
    }
    let per_class: BTreeMap<&str, serde_json::Value> = confusion
        .iter()
        .map(|(label, row)| {
            let right = row.get(label).copied().unwrap_or(0);
            let n: usize = row.values().sum();
            let n_told: usize = confusion.values().filter_map(|row| row.get(label)).sum();
            let precision = (n_told > 0).then(|| right as f64 / n_told as f64);
            let recall = right as f64 / n as f64;
            (*label, json!({ "n": n, "precision": precision, "recall": recall }))
        })
        .collect();
    for (label, figures) in &per_class {
        answer.line(format!(
            "  {label}: {} texts, {:.1} % of them found, {:.1} % of those called so are",
            figures["n"],
            100.0 * figures["recall"].as_f64().unwrap_or(0.0),
            100.0 * figures["precision"].as_f64().unwrap_or(0.0)
        ));
    }
    answer.tell("per_class", per_class);
    answer.tell("confusion", confusion);
}
