//! Columns that know the answer: found by what they alone tell, by where they are filled, by what is lost without them, and by
//! what they are called.

use rayon::prelude::*;
use statistics::pseudo_random::thinned;
use statistics::scoring::training::{self, Kind};
use statistics::scoring::{folds, leakage, quality};

use super::features::Features;
use super::target::Target;

/// A column that may have been filled after the target was known.
pub struct Suspect {
    pub column: usize,
    pub kind: &'static str,
    pub reason: String,
    /// How well the column alone ranks the rows.
    pub auc: f64,
}

/// AUC of one column alone from which it is hardly a forecast.
const NEARLY_PERFECT: f64 = 0.97;
/// AUC of one column alone from which what is lost without it is worked out.
const STRONG: f64 = 0.7;
/// Loss of AUC without a column, as a share of what the score has above chance, from which the column carries the score.
const CARRIES: f64 = 0.15;
/// AUC of one column alone from which a telling name is told.
const NAMED: f64 = 0.6;
/// Columns for which the loss is worked out.
const MOST_TRIED: usize = 3;
/// Rows on which it is worked out.
const ROWS_TRIED: usize = 6_000;

/// The suspects, the one that knows most first.
pub fn find(features: &Features, target: &Target, folds: &[usize]) -> Vec<Suspect> {
    let happened = &target.happened;
    let alone: Vec<f64> = features
        .all
        .par_iter()
        .map(|feature| leakage::alone(feature.column(), happened, folds).unwrap_or(0.5))
        .collect();
    let mut found: Vec<Suspect> = Vec::new();
    for (column, feature) in features.all.iter().enumerate() {
        let auc = alone[column];
        let (kind, reason) = if auc >= NEARLY_PERFECT {
            ("knows", format!("alone it ranks almost perfectly (AUC {auc:.3})"))
        } else if let Some(filling) = leakage::filling(feature.column(), happened) {
            let (filled, gaps) = (100.0 * filling.rate_filled, 100.0 * filling.rate_gaps);
            let (n, m) = (filling.n_filled, filling.n_gaps);
            ("filled", format!("where it is filled {filled:.1} % of {n} are “{}”, where it is empty {gaps:.1} % of {m}", target.value))
        } else if auc >= NAMED && has_telling_name(&feature.name) {
            ("named", format!("its name says that it may come after the outcome, and alone it ranks with AUC {auc:.3}"))
        } else {
            continue;
        };
        found.push(Suspect { column, kind, reason, auc });
    }
    found.extend(carriers(features, target, &alone, &found));
    found.sort_by(|a, b| b.auc.total_cmp(&a.auc).then(a.column.cmp(&b.column)));
    found
}

/// Words in names of columns that are written when the matter is over.
fn has_telling_name(name: &str) -> bool {
    const WORDS: [&str; 20] = [
        "outcome", "result", "reason", "closed", "close", "cancelled", "canceled", "cancellation", "churned", "won", "lost",
        "ended", "final", "termination", "terminated", "resolution", "refund", "refunded", "converted", "conversion",
    ];
    let lower = name.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// Strong columns without which most of the score is gone.
fn carriers(features: &Features, target: &Target, alone: &[f64], known: &[Suspect]) -> Vec<Suspect> {
    let mut strong: Vec<usize> = (0..alone.len()).filter(|c| alone[*c] >= STRONG).collect();
    strong.retain(|c| known.iter().all(|s| s.column != *c));
    strong.sort_by(|a, b| alone[*b].total_cmp(&alone[*a]));
    strong.truncate(MOST_TRIED);
    if strong.is_empty() {
        return Vec::new();
    }
    let some = thinned(target.rows.len(), ROWS_TRIED);
    let happened: Vec<bool> = some.iter().map(|r| target.happened[*r]).collect();
    // What is known already must not hide what else knows the answer.
    let base: Vec<usize> = known.iter().map(|s| s.column).collect();
    let auc_without = |places: &[usize]| {
        let rest = features.without(places).rows(&some);
        let parts = folds::stratified(&happened, None, 3, super::SEED);
        let trained = training::train(Kind::Trees, &rest.columns(), &happened, &parts)?;
        Some(quality::auc(&trained.out_of_fold, &happened, 0.95)?.estimate)
    };
    let Some(whole) = auc_without(&base) else { return Vec::new() };
    let tried = strong.into_iter().filter_map(|column| {
        let rest = auc_without(&base.iter().copied().chain([column]).collect::<Vec<_>>()).unwrap_or(0.5);
        let auc = alone[column];
        let carries = whole - rest >= CARRIES * (whole - 0.5);
        carries.then(|| Suspect {
            column,
            kind: "carries",
            reason: format!(
                "it carries the score: AUC {whole:.3} with it, {rest:.3} without it, {auc:.3} by itself; \
                 is it known before the outcome?"
            ),
            auc,
        })
    });
    tried.collect()
}
