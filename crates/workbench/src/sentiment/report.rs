//! Counts of tones and languages, and the texts at both ends.

use std::collections::BTreeMap;

use serde_json::json;
use tables::columns::Texts;

use super::{Judged, Tone, shown};
use crate::Answer;
use crate::aligned::{aligned, counted, percent};

/// How many texts are shown at each end.
const N_SHOWN: usize = 3;

pub(super) fn tell(answer: &mut Answer, texts: &Texts, judged: &[Judged], row_number: impl Fn(usize) -> u64) {
    let n = judged.len();
    let count = |tone: Tone| judged.iter().filter(|j| j.score().map(Tone::of) == Some(tone)).count();
    let counts = [Tone::Positive, Tone::Neutral, Tone::Negative].map(count);
    let n_judged: usize = counts.iter().sum();
    let n_empty = texts.iter().filter(|text| text.trim().is_empty()).count();
    let sum: f64 = judged.iter().filter_map(Judged::score).map(|s| s.compound).sum();
    let mean = if n_judged > 0 { Some(sum / n_judged as f64) } else { None };
    let mut languages: BTreeMap<&str, usize> = BTreeMap::new();
    for j in judged.iter().filter(|j| !j.language().is_empty()) {
        *languages.entry(j.language()).or_default() += 1;
    }
    answer.tell(
        "counts",
        json!({ "positive": counts[0], "neutral": counts[1], "negative": counts[2], "abstained": n - n_judged }),
    );
    answer.tell("n_judged", n_judged);
    answer.tell("n_empty", n_empty);
    answer.tell("coverage", if n > 0 { Some(n_judged as f64 / n as f64) } else { None });
    answer.tell("mean_compound", mean);
    answer.tell("languages", &languages);
    answer.line(format!("{} texts, {} judged", counted(n as u64), counted(n_judged as u64)));
    let named = ["positive (compound ≥ .05)", "neutral", "negative (≤ -.05)"];
    let rows: Vec<Vec<String>> = named
        .iter()
        .zip(counts)
        .map(|(name, c)| vec![(*name).to_owned(), counted(c as u64), percent(c as f64, n_judged as f64)])
        .collect();
    answer.line(aligned(&["tone", "texts", "of the judged"], &rows));
    if let Some(mean) = mean {
        answer.line(format!("mean compound {mean:.4}"));
    }
    tell_left_out(answer, &languages, n - n_judged, n_empty);
    tell_ends(answer, texts, judged, row_number);
}

fn tell_left_out(answer: &mut Answer, languages: &BTreeMap<&str, usize>, n_abstained: usize, n_empty: usize) {
    if n_abstained == 0 {
        return;
    }
    let others: Vec<String> = languages
        .iter()
        .filter(|(code, _)| **code != "eng")
        .map(|(code, n)| format!("{} {code}", counted(*n as u64)))
        .collect();
    answer.line(format!(
        "not judged: {} ({} empty; the others not in English; not English or too short to tell: {})",
        counted(n_abstained as u64),
        counted(n_empty as u64),
        if others.is_empty() { "none".to_owned() } else { others.join(", ") }
    ));
}

fn tell_ends(answer: &mut Answer, texts: &Texts, judged: &[Judged], row_number: impl Fn(usize) -> u64) {
    let mut order: Vec<(usize, f64)> =
        judged.iter().enumerate().filter_map(|(row, j)| Some((row, j.score()?.compound))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let example = |&(row, _): &(usize, f64)| shown(row_number(row), texts.get(row), judged[row].score().unwrap_or_default());
    let best: Vec<_> = order.iter().filter(|(_, c)| *c > 0.0).take(N_SHOWN).map(example).collect();
    let worst: Vec<_> = order.iter().rev().filter(|(_, c)| *c < 0.0).take(N_SHOWN).map(example).collect();
    for (title, examples) in [("most positive", &best), ("most negative", &worst)] {
        if !examples.is_empty() {
            answer.line(format!("\n{title}"));
        }
        for example in examples {
            let (row, compound) = (example["row"].as_u64().unwrap_or(0), example["compound"].as_f64().unwrap_or(0.0));
            answer.line(format!("  row {row}: {compound:+.4}  {}", example["text"].as_str().unwrap_or("")));
        }
    }
    answer.tell("examples", json!({ "most_positive": best, "most_negative": worst }));
}
