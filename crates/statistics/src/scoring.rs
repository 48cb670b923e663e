//! The probability that something happens to a row: churn, a won deal, an answer to a campaign.
//!
//! Two models on the same columns, [`logistic`] and boosted [`trees`], each taking numbers with gaps and categories as they
//! are; how good a probability is ([`quality`]), how it is set right ([`calibrate`]), and which columns know the answer
//! ([`leakage`]). It does not choose columns, and it does not know what a row is.

pub mod calibrate;
pub mod design;
pub mod folds;
pub mod leakage;
pub mod logistic;
pub mod quality;
pub mod training;
pub mod trees;

/// The code of a category that is not known.
pub const UNKNOWN: u32 = u32::MAX;

/// One column of what is known about the rows.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// Numbers; one that is not finite is unknown.
    Numbers(&'a [f64]),
    /// Categories 0 .. `n`; [`UNKNOWN`] and codes from `n` on are unknown.
    Codes { values: &'a [u32], n: usize },
}

impl Column<'_> {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        match self {
            Column::Numbers(values) => values.len(),
            Column::Codes { values, .. } => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// 1 / (1 + e^−x) without overflow.
pub fn probability(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + (-log_odds).exp())
    } else {
        let e = log_odds.exp();
        e / (1.0 + e)
    }
}

/// ln(p / (1 − p)), with p kept away from 0 and 1 so that it stays finite.
pub fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(1e-12, 1.0 - 1e-12);
    (p / (1.0 - p)).ln()
}
