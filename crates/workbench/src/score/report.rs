//! What a score tells: figures, reasons, and the file of rows.

use std::path::Path;

use serde_json::{Value, json};
use statistics::pseudo_random::thinned;
use statistics::scoring::quality::{self, Quality};
use statistics::scoring::training::Kind;
use tables::columns::{self, ColumnOut, Columns};

use super::Judged;
use super::copies::Copies;
use super::features::{Feature, FeatureKind, Features};
use super::suspects::Suspect;
use super::target::Target;
use crate::aligned::counted;
use crate::{Answer, Problem};

/// Reasons told for a row.
const MOST_REASONS: usize = 4;
/// Rows over which the weight of a column is averaged.
const ROWS_FOR_WEIGHTS: usize = 200;
/// A contribution below this many log-odds is no reason.
const LEAST_REASON: f64 = 0.01;

/// Rows with the probabilities that were told of them.
pub struct Scored<'a> {
    pub table: &'a Columns,
    pub features: &'a Features,
    pub told: &'a [f64],
    pub judged: &'a Judged,
    pub threshold: f64,
    pub id: Option<&'a str>,
}

pub fn about_file(answer: &mut Answer, table: &Columns, target: &Target) {
    answer.tell("base_rate", target.base_rate());
    answer.tell("n_positive", target.n_positive());
    answer.tell("n_unknown_target", target.n_unknown);
    answer.tell("rows_rejected", table.rejected().n);
    let rejected: Vec<Value> =
        table.rejected().first.iter().map(|(row, why)| json!({ "row": row, "reason": why })).collect();
    answer.tell("rejected", rejected);
    answer.line(table.description());
    answer.line(format!(
        "{} rows with a known target, {} of them “{}” ({:.2} %); {} without a target, {} unreadable",
        target.rows.len(),
        target.n_positive(),
        target.value,
        100.0 * target.base_rate(),
        target.n_unknown,
        table.rejected().n
    ));
}

/// The answer of a score that has too little to go on.
pub fn abstain(mut answer: Answer, target: &Target, reason: &str) -> Answer {
    for key in ["auc", "brier", "log_loss", "ece", "model"] {
        answer.tell(key, Value::Null);
    }
    for key in ["lift_by_decile", "leakage_warnings", "reasons", "warnings"] {
        answer.tell(key, json!([]));
    }
    let (n, positive) = (target.rows.len(), target.n_positive());
    answer.tell("abstains", format!("can't tell: {reason}"));
    answer.tell("cannot_tell", reason);
    answer.tell(
        "needs",
        json!({ "rows": super::FEWEST_ROWS, "of_either_kind": super::FEWEST_OF_A_KIND, "has_rows": n,
            "has_positive": positive, "has_negative": n - positive }),
    );
    answer.line(format!("can't tell: {reason}"));
    answer
}

pub fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Logistic => "logistic",
        Kind::Trees => "trees",
    }
}

/// The keys of a quality, for a training and a test alike.
fn figures(quality: &Quality) -> Value {
    let auc = quality.auc;
    let lifts: Vec<f64> = quality.deciles.iter().map(|d| d.lift).collect();
    let deciles: Vec<Value> = quality
        .deciles
        .iter()
        .zip(1..)
        .map(|(d, decile)| {
            json!({ "decile": decile, "n": d.n, "n_positive": d.n_positive, "expected": d.expected, "rate": d.rate,
                "lift": d.lift, "captured": d.captured })
        })
        .collect();
    let reliability: Vec<Value> = quality
        .reliability
        .iter()
        .map(|r| json!({ "n": r.n, "expected": r.expected, "rate": r.rate }))
        .collect();
    json!({ "n": quality.n, "base_rate": quality.base_rate, "auc": auc.map(|a| a.estimate), "auc_low": auc.map(|a| a.low),
        "auc_high": auc.map(|a| a.high), "brier": quality.brier, "log_loss": quality.log_loss, "ece": quality.ece,
        "lift_by_decile": lifts, "deciles": deciles, "reliability": reliability })
}

/// Each model that was tried, so that the choice can be followed.
pub fn compare(answer: &mut Answer, judged: &[Judged]) {
    let mut models = serde_json::Map::new();
    for one in judged {
        let auc = one.quality.auc.map(|a| a.estimate);
        models.insert(
            name_of(one.kind).into(),
            json!({ "auc": auc, "brier": one.quality.brier, "log_loss": one.quality.log_loss, "ece": one.quality.ece,
                "setting": one.trained.setting }),
        );
    }
    answer.tell("models", models);
}

pub fn about_model(answer: &mut Answer, judged: &Judged, features: &Features) {
    let quality = &judged.quality;
    let Value::Object(figures) = figures(quality) else { return };
    answer.json.extend(figures);
    answer.tell("model", name_of(judged.kind));
    answer.tell("calibration", judged.calibration.name());
    let left_out: Vec<Value> =
        features.left_out.iter().map(|(column, reason)| json!({ "column": column, "reason": reason })).collect();
    answer.tell("columns_left_out", left_out);
    answer.tell("columns", features.all.iter().map(|f| f.name.as_str()).collect::<Vec<_>>());
    let unreadable: Vec<Value> = features
        .all
        .iter()
        .filter(|f| f.n_unreadable > 0)
        .map(|f| json!({ "column": f.name, "n": f.n_unreadable }))
        .collect();
    answer.tell("unreadable_cells", unreadable);
    let auc = quality.auc;
    let mut warnings: Vec<String> = Vec::new();
    if auc.is_some_and(|a| a.low <= 0.5) {
        warnings.push("the score ranks no better than chance: the columns say nothing about the target".into());
    }
    if auc.is_some_and(|a| a.estimate >= 0.99) {
        warnings.push("the score is too good: look for columns that were filled after the outcome".into());
    }
    answer.line(format!("model: {} (calibration: {}), judged on rows it had not seen", name_of(judged.kind), judged.calibration.name()));
    tell_quality(answer, quality);
    for (column, reason) in &features.left_out {
        answer.line(format!("left out: “{column}”, {reason}"));
    }
    warnings.iter().for_each(|w| answer.line(format!("warning: {w}")));
    answer.tell("warnings", warnings);
}

fn tell_quality(answer: &mut Answer, quality: &Quality) {
    if let Some(auc) = quality.auc {
        answer.line(format!("  AUC       {:.4}   (95 %: {:.4} to {:.4})", auc.estimate, auc.low, auc.high));
    }
    answer.line(format!("  Brier     {:.4}   (saying {:.4} for everybody: {:.4})", quality.brier, quality.base_rate, quality.base_rate * (1.0 - quality.base_rate)));
    answer.line(format!("  log-loss  {:.4}", quality.log_loss));
    answer.line(format!("  ECE       {:.4}   (mean distance of probability and share, ten classes)", quality.ece));
    answer.line("  tenth       rows  expected      seen   lift  captured");
    for (decile, place) in quality.deciles.iter().zip(1..) {
        answer.line(format!(
            "  {place:>5} {:>10} {:>8.2} % {:>7.2} % {:>6.2} {:>7.1} %",
            decile.n,
            100.0 * decile.expected,
            100.0 * decile.rate,
            decile.lift,
            100.0 * decile.captured
        ));
    }
}

pub fn about_suspects(
    answer: &mut Answer,
    features: &Features,
    found: &[Suspect],
    without: Option<&Judged>,
    judged: &Judged,
) {
    let name = |s: &Suspect| features.all[s.column].name.clone();
    let warnings: Vec<Value> = found
        .iter()
        .map(|s| json!({ "column": name(s), "kind": s.kind, "reason": s.reason, "auc": s.auc }))
        .collect();
    answer.tell("leakage_warnings", warnings);
    for suspect in found {
        answer.line(format!("LEAKAGE? “{}”: {}", name(suspect), suspect.reason));
    }
    let rest = without.map(|w| {
        let columns: Vec<String> = found.iter().map(name).collect();
        let auc = w.quality.auc.map(|a| a.estimate);
        if let (Some(rest), Some(whole)) = (auc, judged.quality.auc) {
            answer.line(format!("without {}: AUC {rest:.4} instead of {:.4}", columns.join(", "), whole.estimate));
        }
        json!({ "columns": columns, "auc": auc, "brier": w.quality.brier, "log_loss": w.quality.log_loss, "ece": w.quality.ece })
    });
    answer.tell("without_warned_columns", rest);
}

/// A loss of AUC below this is no reason to warn of copies.
const WORTH_A_WARNING: f64 = 0.01;

/// Rows that are copies of others, and the figures when copies stay together.
pub fn about_copies(answer: &mut Answer, found: Option<&Copies>, together: Option<&Judged>, judged: &Judged) {
    let (Some(found), Some(together)) = (found, together) else {
        answer.tell("copies", Value::Null);
        return;
    };
    let quality = &together.quality;
    let (whole, rest) = (judged.quality.auc.map(|a| a.estimate), quality.auc.map(|a| a.estimate));
    answer.tell(
        "copies",
        json!({ "n": found.n, "auc": rest, "brier": quality.brier, "log_loss": quality.log_loss, "ece": quality.ece }),
    );
    let (Some(whole), Some(rest)) = (whole, rest) else { return };
    if whole - rest < WORTH_A_WARNING {
        return;
    }
    let warning = format!(
        "{} rows are copies of others and stand in several folds: AUC {rest:.4} instead of {whole:.4} where copies stay together \
         (--id does the same for rows of one name)",
        counted(found.n)
    );
    answer.line(format!("warning: {warning}"));
    if let Some(Value::Array(warnings)) = answer.json.get_mut("warnings") {
        warnings.push(json!(warning));
    }
}

/// The probability above which as many rows lie as it happened in: where a label is given.
pub fn threshold(told: &[f64], happened: &[bool]) -> f64 {
    let mut sorted = told.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let n_positive = happened.iter().filter(|h| **h).count();
    sorted.get(n_positive.saturating_sub(1)).copied().unwrap_or(0.5)
}

/// Examples of reasons, the weight of each column, and how good the label is.
pub fn about_rows(answer: &mut Answer, scored: &Scored<'_>, target: &Target) -> Result<(), Problem> {
    let labelled = || target.rows.iter().map(|r| scored.told[*r] >= scored.threshold).zip(&target.happened);
    let n_labelled = labelled().filter(|(l, _)| *l).count();
    let n_right = labelled().filter(|(l, h)| *l && **h).count();
    let share = |n: usize, of: usize| if of > 0 { Some(n as f64 / of as f64) } else { None };
    answer.tell(
        "threshold",
        json!({ "probability": scored.threshold, "precision": share(n_right, n_labelled),
            "recall": share(n_right, target.n_positive()) }),
    );
    let examples = scored.examples()?;
    answer.tell("reasons", &examples);
    let weights = scored.weights();
    answer.tell("importance", weights.iter().map(|(c, s)| json!({ "column": c, "share": s })).collect::<Vec<_>>());
    answer.line("what moves the score most (share of all contributions):");
    for (column, share) in weights.iter().take(10) {
        answer.line(format!("  {:>5.1} %  {column}", 100.0 * share));
    }
    answer.line("examples, with what moved each score (log-odds):");
    for example in &examples {
        answer.line(format!("  row {}: {:.1} %  {}", example["row"], 100.0 * example["probability"].as_f64().unwrap_or(0.0), example["text"].as_str().unwrap_or("")));
    }
    Ok(())
}

/// The same figures on the other file, under `test`.
pub fn about_test(answer: &mut Answer, scored: &Scored<'_>, column: &str, positive: &str) -> Result<(), Problem> {
    let has_target = scored.table.texts(column).is_ok();
    let target = has_target.then(|| Target::read(scored.table, column, positive));
    let quality = match target {
        Some(Ok(target)) => {
            let told: Vec<f64> = target.rows.iter().map(|r| scored.told[*r]).collect();
            quality::judge(&told, &target.happened)
        }
        Some(Err(problem)) => {
            answer.line(format!("the test file cannot be judged: {problem}"));
            None
        }
        None => None,
    };
    match quality {
        Some(quality) => {
            answer.line(format!("on the test file, {} rows with a known target:", quality.n));
            tell_quality(answer, &quality);
            answer.tell("test", figures(&quality));
        }
        None => answer.tell("test", json!({ "n": scored.table.n_rows(), "auc": null, "brier": null, "log_loss": null, "ece": null })),
    }
    Ok(())
}

impl Scored<'_> {
    /// Rows from the highest, the middle and the lowest probabilities, with their reasons.
    fn examples(&self) -> Result<Vec<Value>, Problem> {
        let mut order: Vec<usize> = (0..self.told.len()).collect();
        order.sort_by(|a, b| self.told[*b].total_cmp(&self.told[*a]));
        let middle = order.len() / 2;
        let mut places: Vec<usize> = (0..5).chain(middle..middle + 2).chain(order.len().saturating_sub(3)..order.len()).collect();
        places.retain(|p| *p < order.len());
        places.dedup();
        let rows: Vec<u32> = places.iter().map(|p| order[*p] as u32).collect();
        let ids = self.id.map(|id| self.table.texts(id)).transpose()?;
        let contributions = self.judged.trained.model.contributions(&self.features.columns(), &rows);
        let example = |(row, contributions): (&u32, &Vec<f64>)| {
            let row = *row as usize;
            let reasons: Vec<Value> = self
                .strongest(contributions)
                .into_iter()
                .map(|(column, by)| {
                    let feature = &self.features.all[column];
                    json!({ "column": feature.name, "value": feature.shown(row), "contribution": by,
                        "effect": if by > 0.0 { "raises" } else { "lowers" } })
                })
                .collect();
            json!({ "row": self.table.row_number(row), "id": ids.as_ref().map(|t| t.get(row).to_owned()),
                "probability": self.told[row], "reasons": reasons, "text": self.in_words(row, contributions) })
        };
        Ok(rows.iter().zip(&contributions).map(example).collect())
    }

    /// The columns that moved a row most, with their contributions.
    fn strongest(&self, contributions: &[f64]) -> Vec<(usize, f64)> {
        let mut order: Vec<(usize, f64)> = contributions.iter().copied().enumerate().collect();
        order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        order.retain(|(_, by)| by.abs() >= LEAST_REASON);
        order.truncate(MOST_REASONS);
        order
    }

    fn in_words(&self, row: usize, contributions: &[f64]) -> String {
        let word = |(column, by): (usize, f64)| {
            let feature = &self.features.all[column];
            format!("{} = {} ({by:+.2})", feature.name, feature.shown(row))
        };
        self.strongest(contributions).into_iter().map(word).collect::<Vec<_>>().join("; ")
    }

    /// Each column's share of all contributions, over some rows.
    fn weights(&self) -> Vec<(String, f64)> {
        let rows: Vec<u32> = thinned(self.told.len(), ROWS_FOR_WEIGHTS).into_iter().map(|r| r as u32).collect();
        let contributions = self.judged.trained.model.contributions(&self.features.columns(), &rows);
        let mut sums = vec![0.0; self.features.n_columns()];
        contributions.iter().for_each(|c| sums.iter_mut().zip(c).for_each(|(s, c)| *s += c.abs()));
        let all: f64 = sums.iter().sum::<f64>().max(1e-300);
        let mut found: Vec<(String, f64)> =
            self.features.all.iter().zip(&sums).map(|(f, s)| (f.name.clone(), s / all)).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    }

    /// Writes the rows, where a file was asked for.
    pub fn write(&self, out: Option<&Path>, positive: &str) -> Result<(), Problem> {
        let Some(out) = out else { return Ok(()) };
        let n_rows = self.told.len();
        let rows: Vec<u32> = (0..n_rows as u32).collect();
        let contributions = self.judged.trained.model.contributions(&self.features.columns(), &rows);
        let reasons: Vec<String> = contributions.iter().enumerate().map(|(row, c)| self.in_words(row, c)).collect();
        let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
        let numbers: Vec<i64> = (0..n_rows).map(|r| self.table.row_number(r) as i64).collect();
        let other = format!("not {positive}");
        let labels: Vec<&str> =
            self.told.iter().map(|p| if *p >= self.threshold { positive } else { other.as_str() }).collect();
        let ids = self.id.map(|id| self.table.texts(id)).transpose()?;
        let mut found: Vec<(&str, ColumnOut<'_>)> = vec![("row", ColumnOut::Integers(&numbers))];
        if let (Some(id), Some(texts)) = (self.id, &ids) {
            found.push((id, ColumnOut::Texts(texts)));
        }
        found.push(("probability", ColumnOut::Numbers(self.told)));
        found.push(("label", ColumnOut::Words(&labels)));
        found.push(("reasons", ColumnOut::Words(&reasons)));
        columns::write(out, &found).map_err(|source| Problem::Write { file: out.display().to_string(), source })
    }
}

impl Feature {
    /// The value of a row as a person reads it.
    fn shown(&self, row: usize) -> String {
        match &self.kind {
            FeatureKind::Numbers(values) if values[row].is_finite() => format!("{}", values[row]),
            FeatureKind::Days(values) if values[row].is_finite() => columns::day_text(values[row] as i32),
            FeatureKind::Codes { values, names, n } if (values[row] as usize) < *n => {
                names.get(values[row] as usize).to_owned()
            }
            FeatureKind::Codes { values, n, .. } if values[row] == *n as u32 => "a new value".into(),
            _ => "unknown".into(),
        }
    }
}
