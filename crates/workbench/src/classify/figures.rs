//! How well the classes were told: over the answered texts, over all, by class, and what is taken for what.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tables::columns::NO_CODE;

use super::{Judged, Names, UNSEEN};
use crate::Answer;
use crate::aligned::{aligned, counted};

/// Cells of the confusion that are told at most.
const N_CELLS: usize = 5000;
/// Classes and confusions that the report shows.
const N_SHOWN: usize = 12;

/// Accuracy and coverage only.
pub(super) fn accuracy(judged: &[Judged], threshold: f64) -> Value {
    let labelled: Vec<&Judged> = judged.iter().filter(|j| j.label != NO_CODE).collect();
    let answered: Vec<&&Judged> = labelled.iter().filter(|j| j.is_answered(threshold)).collect();
    let n_right = answered.iter().filter(|j| j.is_right()).count();
    let n_best_right = labelled.iter().filter(|j| j.is_right()).count();
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    json!({
        "accuracy": share(n_right, answered.len()),
        "coverage": share(answered.len(), labelled.len()),
        "accuracy_all": share(n_best_right, labelled.len()),
        "n_answered": answered.len(),
        "n_right": n_right,
        "n_labelled": labelled.len(),
    })
}

pub(super) fn tell(answer: &mut Answer, judged: &[Judged], names: &Names<'_>, threshold: f64, about: &str) {
    let figures = accuracy(judged, threshold);
    let n_labelled = figures["n_labelled"].as_u64().unwrap_or(0);
    answer.tell("validation", about);
    answer.tell("n_classes", names.names.len());
    answer.tell("threshold", threshold);
    answer.line(format!("{} classes, {} texts with a label, figures from {}", names.names.len(), n_labelled, about.replace('_', " ")));
    if n_labelled == 0 {
        let n_answered = judged.iter().filter(|j| j.is_answered(threshold)).count();
        answer.tell("accuracy", Value::Null);
        answer.tell("coverage", (!judged.is_empty()).then(|| n_answered as f64 / judged.len() as f64));
        answer.line(format!("answered: {n_answered} of {}; no labels, so nobody can say how many are right", judged.len()));
        return;
    }
    for (key, value) in figures.as_object().into_iter().flatten() {
        answer.tell(key, value);
    }
    let percent = |key: &str| figures[key].as_f64().map_or("–".to_owned(), |share| format!("{:.2} %", 100.0 * share));
    answer.line(format!(
        "answered: {} ({}), of these right {} ({}); had all been answered, {} would be right",
        figures["n_answered"],
        percent("coverage"),
        figures["n_right"],
        percent("accuracy"),
        percent("accuracy_all")
    ));
    tell_calibration(answer, judged);
    tell_out_of_scope(answer, judged, threshold);
    tell_classes(answer, judged, names, threshold);
    tell_confusion(answer, judged, names, threshold);
}

/// How far the stated probabilities lie from what came true, in ten classes of probability.
fn tell_calibration(answer: &mut Answer, judged: &[Judged]) {
    let mut bins = [(0usize, 0.0, 0usize); 10];
    for j in judged.iter().filter(|j| j.label < UNSEEN) {
        let bin = &mut bins[((j.prediction.probability * 10.0) as usize).min(9)];
        bin.0 += 1;
        bin.1 += j.prediction.probability;
        bin.2 += usize::from(j.is_right());
    }
    let n: usize = bins.iter().map(|b| b.0).sum();
    let ece = bins.iter().map(|b| (b.1 - b.2 as f64).abs()).sum::<f64>() / n.max(1) as f64;
    let reliability: Vec<Value> = bins
        .iter()
        .filter(|b| b.0 > 0)
        .map(|b| json!({ "n": b.0, "said": b.1 / b.0 as f64, "right": b.2 as f64 / b.0 as f64 }))
        .collect();
    answer.tell("ece", ece);
    answer.tell("reliability", reliability);
    answer.line(format!("calibration: stated and true probability differ by {ece:.4} on average"));
}

fn tell_out_of_scope(answer: &mut Answer, judged: &[Judged], threshold: f64) {
    let unseen: Vec<&Judged> = judged.iter().filter(|j| j.label == UNSEEN).collect();
    if unseen.is_empty() {
        return;
    }
    let n_abstained = unseen.iter().filter(|j| !j.is_answered(threshold)).count();
    answer.tell("out_of_scope", json!({ "n": unseen.len(), "n_abstained": n_abstained }));
    answer.line(format!(
        "{} texts have a label that was not learned; {n_abstained} of them were left undecided, the others count as wrong",
        unseen.len()
    ));
}

fn tell_classes(answer: &mut Answer, judged: &[Judged], names: &Names<'_>, threshold: f64) {
    #[derive(Default, Clone)]
    struct Class {
        n: usize,
        n_answered: usize,
        n_right: usize,
        n_called: usize,
    }
    let mut classes = vec![Class::default(); names.names.len()];
    for j in judged.iter().filter(|j| j.label != NO_CODE) {
        let answered = j.is_answered(threshold);
        if answered {
            classes[j.prediction.class as usize].n_called += 1;
        }
        if let Some(class) = classes.get_mut(j.label as usize) {
            class.n += 1;
            class.n_answered += usize::from(answered);
            class.n_right += usize::from(answered && j.is_right());
        }
    }
    let mut told: Vec<(f64, Value)> = classes
        .iter()
        .enumerate()
        .filter(|(_, c)| c.n > 0 || c.n_called > 0)
        .map(|(code, c)| {
            let recall = (c.n > 0).then(|| c.n_right as f64 / c.n as f64);
            let precision = (c.n_called > 0).then(|| c.n_right as f64 / c.n_called as f64);
            let sum = recall.unwrap_or(0.0) + precision.unwrap_or(0.0);
            let f1 = if sum > 0.0 { 2.0 * recall.unwrap_or(0.0) * precision.unwrap_or(0.0) / sum } else { 0.0 };
            let value = json!({
                "class": names.of(code as u32), "n": c.n, "n_answered": c.n_answered, "n_right": c.n_right,
                "precision": precision, "recall": recall, "f1": f1
            });
            (f1, value)
        })
        .collect();
    told.sort_by(|a, b| a.0.total_cmp(&b.0));
    let macro_f1 = told.iter().map(|(f1, _)| f1).sum::<f64>() / told.len().max(1) as f64;
    answer.tell("macro_f1", macro_f1);
    let cell = |v: &Value| v.as_f64().map_or("–".to_owned(), |v| format!("{v:.3}"));
    let rows: Vec<Vec<String>> = told
        .iter()
        .take(N_SHOWN)
        .map(|(_, c)| {
            let name = c["class"].as_str().unwrap_or("").chars().take(50).collect();
            vec![name, counted(c["n"].as_u64().unwrap_or(0)), cell(&c["precision"]), cell(&c["recall"]), cell(&c["f1"])]
        })
        .collect();
    answer.line("\nClasses told worst (undecided texts count as not found)");
    answer.line(aligned(&["class", "texts", "precision", "recall", "F1"], &rows));
    answer.tell("per_class", told.into_iter().map(|(_, c)| c).collect::<Vec<_>>());
}

fn tell_confusion(answer: &mut Answer, judged: &[Judged], names: &Names<'_>, threshold: f64) {
    let mut cells: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for j in judged.iter().filter(|j| j.label != NO_CODE && j.is_answered(threshold)) {
        *cells.entry((j.label, j.prediction.class)).or_default() += 1;
    }
    let mut cells: Vec<((u32, u32), usize)> = cells.into_iter().collect();
    cells.sort_by_key(|&(pair, n)| (pair.0 == pair.1, std::cmp::Reverse(n), pair));
    let rows: Vec<Vec<String>> = cells
        .iter()
        .filter(|((label, predicted), _)| label != predicted)
        .take(N_SHOWN)
        .map(|((label, predicted), n)| vec![names.of(*label).to_owned(), names.of(*predicted).to_owned(), counted(*n as u64)])
        .collect();
    if !rows.is_empty() {
        answer.line("\nTaken for each other");
        answer.line(aligned(&["label", "taken for", "texts"], &rows));
    }
    let told: Vec<Value> = cells
        .iter()
        .take(N_CELLS)
        .map(|((label, predicted), n)| json!({ "label": names.of(*label), "predicted": names.of(*predicted), "n": n }))
        .collect();
    answer.tell("confusion", told);
}
