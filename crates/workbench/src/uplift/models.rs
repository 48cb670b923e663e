//! Whom the action moves: models learnt from every other row, and judged on the rows between.

use std::path::Path;

use serde_json::{Value, json};
use statistics::pseudo_random::thinned;
use statistics::uplift::{Method, Ranking, predict, rank};
use tables::columns::{self, ColumnOut, Columns};

use super::effect::Outcome;
use super::{Arms, refused};
use crate::score::features::Features;
use crate::{Answer, Problem};

/// Hits of either arm in either half without which nothing is learnt.
const FEWEST_HITS: usize = 25;

/// One arm against the control, one outcome that happens or not.
struct Case<'a> {
    outcome: &'a Outcome,
    /// Rows of the file.
    rows: Vec<usize>,
    hits: Vec<bool>,
    treated: Vec<bool>,
    /// Whether a row is learnt from; it is judged otherwise.
    is_learnt: Vec<bool>,
}

/// A model of a case.
struct Found {
    arm: String,
    outcome: String,
    method: Method,
    ranking: Ranking,
    /// (row of the file, expected difference, whether it was learnt from).
    expected: Vec<(usize, f64, bool)>,
}

/// Learns and judges, tells `uplift_models`, `qini` and `auuc`, and writes the rows where a file was asked for.
pub fn tell(
    answer: &mut Answer,
    table: &Columns,
    arms: &Arms,
    outcomes: &[Outcome],
    covariates: &[String],
    out: Option<&Path>,
) -> Result<(), Problem> {
    let mut found: Vec<Found> = Vec::new();
    let mut why_not = match () {
        () if covariates.is_empty() => "no --covariates were named".to_owned(),
        () if !outcomes.iter().any(|o| o.is_share) => "Qini and AUUC are for outcomes that happen or not".to_owned(),
        () => "no covariate tells anything".to_owned(),
    };
    if !covariates.is_empty() {
        let left: Vec<String> = table.names().iter().filter(|n| !is_among(n, covariates)).cloned().collect();
        let features = Features::learn(table, &left)?;
        for outcome in outcomes.iter().filter(|o| o.is_share) {
            for arm in 1..arms.names.len() {
                let case = Case::of(arms, arm, outcome);
                match features.n_columns() > 0 && case.is_enough() {
                    true => found.extend(case.models(&features, &arms.names[arm])),
                    false => why_not = format!("fewer than {FEWEST_HITS} hits or misses in a half of an arm"),
                }
            }
        }
    }
    let best = found.iter().filter(|f| f.arm == found[0].arm && f.outcome == found[0].outcome);
    let best = best.max_by(|a, b| a.ranking.qini.total_cmp(&b.ranking.qini));
    answer.tell("qini", best.map(|b| b.ranking.qini));
    answer.tell("auuc", best.map(|b| b.ranking.auuc));
    answer.tell("uplift_model", best.map(|b| name_of(b.method)));
    answer.tell("uplift_models", found.iter().map(Found::json).collect::<Vec<_>>());
    answer.tell("qini_definition", DEFINITION);
    if best.is_none() {
        answer.tell("no_uplift_model", &why_not);
        answer.line(format!("\nWhom it moves: can't tell, {why_not}"));
    } else {
        answer.line(format!("\nWhom it moves (learnt from every other row, judged on the rows between; {DEFINITION}):"));
        for f in &found {
            answer.line(format!(
                "  {} of {}, {}: Qini {:.4}, AUUC {:.4}, difference among the best 30 %: {:.3} %",
                f.outcome,
                f.arm,
                name_of(f.method),
                f.ranking.qini,
                f.ranking.auuc,
                100.0 * f.ranking.at_30
            ));
        }
    }
    match (out, best) {
        (Some(out), Some(best)) => write(out, table, arms, best),
        (Some(_), None) => Err(refused("out", format!("there is nothing to write: {why_not}"))),
        (None, _) => Ok(()),
    }
}

const DEFINITION: &str = "area between the curve and the straight line, as a share of that of the best possible order; \
    0 is chance, 1 cannot be beaten";

fn is_among(name: &str, covariates: &[String]) -> bool {
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    covariates.iter().any(|c| folded(c) == folded(name))
}

fn name_of(method: Method) -> &'static str {
    match method {
        Method::TwoModels => "two_model",
        Method::TransformedOutcome => "transformed_outcome",
        Method::ClassTransformation => "class_transformation",
    }
}

impl<'a> Case<'a> {
    fn of(arms: &Arms, arm: usize, outcome: &'a Outcome) -> Case<'a> {
        let is_in = |row: &usize| {
            let of_row = arms.of_row[*row];
            (of_row == Some(arm) || of_row == Some(0)) && outcome.values[*row].is_finite()
        };
        let rows: Vec<usize> = (0..arms.of_row.len()).filter(is_in).collect();
        let hits = rows.iter().map(|r| outcome.values[*r] == 1.0).collect();
        let treated: Vec<bool> = rows.iter().map(|r| arms.of_row[*r] == Some(arm)).collect();
        Case { outcome, rows, hits, is_learnt: halves(&treated), treated }
    }

    fn is_enough(&self) -> bool {
        let mut counts = [0usize; 8];
        for ((hit, treated), learnt) in self.hits.iter().zip(&self.treated).zip(&self.is_learnt) {
            counts[usize::from(*learnt) * 4 + usize::from(*hit) * 2 + usize::from(*treated)] += 1;
        }
        counts.iter().all(|c| *c >= FEWEST_HITS)
    }

    fn models(&self, features: &Features, arm: &str) -> Vec<Found> {
        let own = features.rows(&self.rows);
        let everybody: Vec<u32> = (0..self.rows.len() as u32).collect();
        let (learn, judge): (Vec<u32>, Vec<u32>) = everybody.iter().partition(|p| self.is_learnt[**p as usize]);
        let of_judged = |all: &[bool]| judge.iter().map(|p| all[*p as usize]).collect::<Vec<bool>>();
        let (hits, treated) = (of_judged(&self.hits), of_judged(&self.treated));
        let one = |method: Method| {
            let expected = predict(method, &own.columns(), &self.hits, &self.treated, &learn, &everybody)?;
            let judged: Vec<f64> = judge.iter().map(|p| expected[*p as usize]).collect();
            let ranking = rank(&judged, &hits, &treated)?;
            let people = self.rows.iter().zip(&expected).zip(&self.is_learnt);
            let expected = people.map(|((row, e), learnt)| (*row, *e, *learnt));
            Some(Found {
                arm: arm.to_owned(),
                outcome: self.outcome.name.clone(),
                method,
                ranking,
                expected: expected.collect(),
            })
        };
        [Method::TwoModels, Method::TransformedOutcome, Method::ClassTransformation].into_iter().filter_map(one).collect()
    }
}

/// Every other row, unless the file alternates between the arms: then half of the rows as drawn by a fixed lot.
fn halves(treated: &[bool]) -> Vec<bool> {
    let n = treated.len();
    let every_other: Vec<bool> = (0..n).map(|place| place % 2 == 0).collect();
    let share = |half: bool| {
        let own: Vec<bool> = treated.iter().zip(&every_other).filter(|(_, h)| **h == half).map(|(t, _)| *t).collect();
        own.iter().filter(|t| **t).count() as f64 / own.len().max(1) as f64
    };
    if (share(true) - share(false)).abs() < 0.1 {
        return every_other;
    }
    let mut drawn = vec![false; n];
    thinned(n, n / 2).into_iter().for_each(|place| drawn[place] = true);
    drawn
}

impl Found {
    fn json(&self) -> Value {
        let Ranking { qini, auuc, at_30 } = self.ranking;
        json!({ "model": name_of(self.method), "arm": self.arm, "outcome": self.outcome, "qini": qini, "auuc": auuc,
            "uplift_at_30": at_30, "n_learnt": self.expected.iter().filter(|e| e.2).count(),
            "n_judged": self.expected.iter().filter(|e| !e.2).count() })
    }
}

fn write(out: &Path, table: &Columns, arms: &Arms, best: &Found) -> Result<(), Problem> {
    let rows: Vec<i64> = best.expected.iter().map(|e| table.row_number(e.0) as i64).collect();
    let names: Vec<&str> = best.expected.iter().map(|e| arms.of_row[e.0].map_or("", |a| &arms.names[a])).collect();
    let expected: Vec<f64> = best.expected.iter().map(|e| e.1).collect();
    let learnt: Vec<&str> = best.expected.iter().map(|e| if e.2 { "learnt from" } else { "judged" }).collect();
    let found = [
        ("row", ColumnOut::Integers(&rows)),
        ("arm", ColumnOut::Words(&names)),
        ("uplift", ColumnOut::Numbers(&expected)),
        ("split", ColumnOut::Words(&learnt)),
    ];
    columns::write(out, &found).map_err(|source| Problem::Write { file: out.display().to_string(), source })
}
