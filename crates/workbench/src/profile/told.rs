//! The answer of `analyze profile`: one object for each column, a report, and a file.

use std::path::Path;

use serde_json::{Map, Value, json};
use tables::columns::{ColumnOut, Texts, day_text};

use super::Doubles;
use super::column::{Counted, Numeric, Profiled, SHARES};
use crate::aligned::{aligned, counted, percent};
use crate::{Answer, Problem};

pub(super) fn tell(answer: &mut Answer, found: &[Profiled], doubles: Doubles, n_rows: usize) {
    let n = n_rows as u64;
    let keys: Vec<&str> = found.iter().filter(|one| one.is_key()).map(|one| one.name.as_str()).collect();
    let personal: Vec<Value> = found
        .iter()
        .filter_map(|one| one.personal.map(|(what, why)| json!({ "column": one.name, "what": what, "by": why })))
        .collect();
    answer.tell("n_columns", found.len());
    answer.tell("columns", found.iter().map(|one| column(one, n)).collect::<Vec<Value>>());
    answer.tell("duplicate_rows", doubles.n);
    answer.tell("duplicate_rows_without_keys", doubles.n_without_keys);
    answer.tell("likely_keys", &keys);
    answer.tell("likely_keys_without_duplicates", keys_of_different_rows(found, doubles, n));
    answer.tell("personal_data", &personal);
    report(answer, found, doubles, n, &keys);
}

/// Where rows stand more than once: the columns that would be keys without the second ones.
fn keys_of_different_rows(found: &[Profiled], doubles: Doubles, n: u64) -> Vec<&str> {
    let is_key = |one: &&Profiled| one.n_null() == 0 && one.n_distinct == n - doubles.n;
    let some = found.iter().filter(|_| doubles.n > 0 && n > doubles.n + 1).filter(is_key);
    some.map(|one| one.name.as_str()).collect()
}

fn column(one: &Profiled, n: u64) -> Value {
    let mut told = Map::new();
    let mut tell = |key: &str, value: Value| {
        told.insert(key.to_owned(), value);
    };
    let share = |part: u64| if n == 0 { Value::Null } else { json!(part as f64 / n as f64) };
    tell("name", json!(one.name));
    tell("type", json!(one.kind.word()));
    tell("n", json!(n));
    tell("n_filled", json!(one.n_filled));
    tell("n_null", json!(one.n_null()));
    tell("null_share", share(one.n_null()));
    tell("n_empty", json!(one.n_empty));
    let words = |words: &[Counted]| words.iter().map(|word| (word.value.clone(), json!(word.n))).collect();
    tell("null_words", Value::Object(words(&one.null_words)));
    tell("rare_words", Value::Object(words(&one.rare_words)));
    tell("n_distinct", json!(one.n_distinct));
    tell("n_distinct_texts", json!(one.n_distinct_texts));
    tell("is_unique", json!(one.n_distinct == one.n_filled && one.n_filled > 0));
    tell("is_key", json!(one.is_key()));
    tell("is_constant", json!(one.n_distinct == 1));
    tell("n_not_of_type", json!(one.n_other));
    tell("not_of_type", list(&one.others, n));
    tell("top", list(&one.top, n));
    let patterns = one.patterns.iter().map(|found| {
        json!({ "pattern": found.pattern, "n": found.n, "share": share(found.n), "example": found.example })
    });
    tell("patterns", patterns.collect());
    tell("n_patterns", json!(one.n_patterns));
    tell("n_padded", json!(one.n_padded));
    let has_letters = one.n_filled > 0;
    tell("min_length", if has_letters { json!(one.lengths.0) } else { Value::Null });
    tell("max_length", if has_letters { json!(one.lengths.1) } else { Value::Null });
    tell("mean_length", if has_letters { json!(one.lengths.2) } else { Value::Null });
    tell("personal", json!(one.personal.map(|(what, _)| what)));
    let (min, max) = ends(one);
    tell("min", min);
    tell("max", max);
    tell("mean", json!(one.numeric.as_ref().map(|numeric| numeric.moments.mean())));
    if let Some(numeric) = &one.numeric {
        told.extend(of_numbers(numeric));
    } else {
        told.insert("quantiles".to_owned(), Value::Null);
        told.insert("n_outliers".to_owned(), Value::Null);
    }
    Value::Object(told)
}

fn list(values: &[Counted], n: u64) -> Value {
    let one = |one: &Counted| json!({ "value": one.value, "n": one.n, "share": one.n as f64 / n as f64 });
    values.iter().map(one).collect()
}

/// The least and the greatest value in the order of the kind.
fn ends(one: &Profiled) -> (Value, Value) {
    match (&one.numeric, one.days, &one.ends) {
        (Some(numeric), ..) => (json!(numeric.min), json!(numeric.max)),
        (_, Some((first, last)), _) => (json!(day_text(first)), json!(day_text(last))),
        (_, _, Some((first, last))) => (json!(first), json!(last)),
        _ => (Value::Null, Value::Null),
    }
}

fn of_numbers(numeric: &Numeric) -> Map<String, Value> {
    let quantiles = SHARES.iter().zip(&numeric.quantiles);
    let quantiles: Map<String, Value> =
        quantiles.map(|(share, value)| (format!("p{:02.0}", share * 100.0), json!(value))).collect();
    let outliers = &numeric.outliers;
    let told = json!({
        "sd": numeric.moments.variance().map(f64::sqrt),
        "sum": numeric.moments.sum(),
        "median": numeric.quantiles[4],
        "quantiles": quantiles,
        "n_zero": numeric.n_zero,
        "n_negative": numeric.n_negative,
        "n_outliers": outliers.n.0 + outliers.n.1,
        "outliers": {
            "low_fence": outliers.fences.0, "high_fence": outliers.fences.1,
            "n_low": outliers.n.0, "n_high": outliers.n.1, "n_far": outliers.n_far,
        },
    });
    match told {
        Value::Object(told) => told,
        _ => Map::new(),
    }
}

fn report(answer: &mut Answer, found: &[Profiled], doubles: Doubles, n: u64, keys: &[&str]) {
    answer.line(format!("{} rows, {} columns\n", counted(n), found.len()));
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|one| {
            let (min, max) = ends(one);
            vec![
                one.name.clone(),
                one.kind.word().to_owned(),
                percent(one.n_null() as f64, n as f64),
                counted(one.n_distinct),
                short(&min),
                one.numeric.as_ref().map_or(String::new(), |numeric| figure(numeric.quantiles[4])),
                short(&max),
                one.top.first().map_or(String::new(), |top| format!("{} ({})", cut(&top.value), counted(top.n))),
                remark(one),
            ]
        })
        .collect();
    let headings =
        ["column", "type", "gaps", "distinct", "least", "median", "greatest", "most frequent", "remarks"];
    answer.line(aligned(&headings, &rows));
    let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
    answer.line(format!("\nLikely keys (every row another value): {keys}"));
    answer.line(format!("Rows that stand more than once: {}", counted(doubles.n)));
    let without = keys_of_different_rows(found, doubles, n);
    if !without.is_empty() {
        answer.line(format!("Likely keys without them: {}", without.join(", ")));
    }
    if let Some(n) = doubles.n_without_keys {
        answer.line(format!("The same without the keys: {}", counted(n)));
    }
    let personal: Vec<String> = found
        .iter()
        .filter_map(|one| one.personal.map(|(what, why)| format!("{} ({what}, by {why})", one.name)))
        .collect();
    if !personal.is_empty() {
        answer.line(format!("Likely personal data: {}", personal.join(", ")));
    }
}

/// What an analyst should look at.
fn remark(one: &Profiled) -> String {
    let mut remarks = Vec::new();
    let words: Vec<String> =
        one.null_words.iter().take(3).map(|word| format!("“{}” {}", word.value, counted(word.n))).collect();
    if !words.is_empty() {
        remarks.push(format!("gaps written {}", words.join(", ")));
    }
    if one.n_distinct == 1 {
        remarks.push("constant".to_owned());
    }
    if one.n_other > 0 {
        remarks.push(format!("{} are no {}", counted(one.n_other), one.kind.word()));
    }
    if let Some(numeric) = &one.numeric
        && numeric.outliers.n_far > 0
    {
        remarks.push(format!("{} far out", counted(numeric.outliers.n_far)));
    }
    if one.n_padded > 0 {
        remarks.push(format!("{} with blanks at an end", counted(one.n_padded)));
    }
    remarks.join("; ")
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => cut(text),
        Value::Number(number) => number.as_f64().map_or(String::new(), figure),
        other => other.to_string(),
    }
}

fn figure(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return counted(value as i64);
    }
    let decimals = if value.abs() < 1.0 { 4 } else { 2 };
    format!("{value:.decimals$}")
}

fn cut(text: &str) -> String {
    const LETTERS: usize = 20;
    let line: String = text.chars().take(LETTERS).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().nth(LETTERS).is_some() { format!("{line}…") } else { line }
}

/// Writes one row for each column.
pub(super) fn write(path: &Path, found: &[Profiled], n_rows: usize) -> Result<(), Problem> {
    let texts = |of: fn(&Profiled) -> String| found.iter().map(of).collect::<Texts>();
    let wholes = |of: fn(&Profiled) -> u64| found.iter().map(|one| of(one) as i64).collect::<Vec<i64>>();
    let numbers = |of: fn(&Numeric) -> f64| -> Vec<f64> {
        found.iter().map(|one| one.numeric.as_ref().map_or(f64::NAN, of)).collect()
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let end = |at: usize| -> Texts {
        found
            .iter()
            .map(|one| {
                let (min, max) = ends(one);
                let value = if at == 0 { min } else { max };
                if value.is_null() { String::new() } else { plain(&value) }
            })
            .collect()
    };
    let n = vec![n_rows as i64; found.len()];
    let (names, kinds) = (texts(|one| one.name.clone()), texts(|one| one.kind.word().to_owned()));
    let (nulls, distinct) = (wholes(Profiled::n_null), wholes(|one| one.n_distinct));
    let others = wholes(|one| one.n_other);
    let (mean, median) = (numbers(|numeric| numeric.moments.mean()), numbers(|numeric| numeric.quantiles[4]));
    let top = texts(|one| one.top.first().map_or(String::new(), |top| top.value.clone()));
    let pattern = texts(|one| one.patterns.first().map_or(String::new(), |found| found.pattern.clone()));
    let personal = texts(|one| one.personal.map_or(String::new(), |(what, _)| what.to_owned()));
    let (min, max) = (end(0), end(1));
    crate::written(
        path,
        &[
            ("name", ColumnOut::Texts(&names)),
            ("type", ColumnOut::Texts(&kinds)),
            ("n", ColumnOut::Integers(&n)),
            ("n_null", ColumnOut::Integers(&nulls)),
            ("n_distinct", ColumnOut::Integers(&distinct)),
            ("n_not_of_type", ColumnOut::Integers(&others)),
            ("min", ColumnOut::Texts(&min)),
            ("max", ColumnOut::Texts(&max)),
            ("mean", ColumnOut::Numbers(&mean)),
            ("median", ColumnOut::Numbers(&median)),
            ("top", ColumnOut::Texts(&top)),
            ("pattern", ColumnOut::Texts(&pattern)),
            ("personal", ColumnOut::Texts(&personal)),
        ],
    )
}
