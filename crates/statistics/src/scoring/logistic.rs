//! Logistic regression with a ridge, by Newton's method on blocks of rows.
//!
//! The plain model: one weight for each term, a probability, and a reason that can be said in words. It does not find
//! interactions; [`super::trees`] do.

use super::design::{Design, Seen};
use super::quality::surprise;
use super::{Column, log_odds, probability};

/// A fitted regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    design: Design,
    /// The intercept, then a weight for each term.
    weights: Vec<f64>,
    columns: Vec<usize>,
}

/// Rows that are worked on together.
const BLOCK: usize = 128;
const MOST_STEPS: usize = 30;

/// Fits the regression on `rows`, with `ridge` times half of the sum of squared weights as penalty.
///
/// **Shape.** `happened` has an entry for each row of the columns. **Units.** Numbers are scaled to a deviation of 1, so that the
/// ridge means the same for each; it is the precision of a normal prior on a weight.
///
/// Returns `None` where all or none of `rows` happened, or the equations cannot be solved.
///
/// **Source.** Le Cessie and van Houwelingen, "Ridge estimators in logistic regression" (1992).
pub fn fit(columns: &[Column<'_>], happened: &[bool], rows: &[u32], ridge: f64) -> Option<Regression> {
    fit_design(Design::of(columns, happened, rows), columns, happened, rows, ridge)
}

fn fit_design(
    design: Design,
    columns: &[Column<'_>],
    happened: &[bool],
    rows: &[u32],
    ridge: f64,
) -> Option<Regression> {
    let n_positive = rows.iter().filter(|r| happened[**r as usize]).count();
    if n_positive == 0 || n_positive == rows.len() || !(ridge >= 0.0 && ridge.is_finite()) {
        return None;
    }
    let n = design.n_terms() + 1;
    let mut weights = vec![0.0; n];
    weights[0] = log_odds(n_positive as f64 / rows.len() as f64);
    let data = Data::of(&design, columns, happened, rows);
    let mut here = data.evaluate(&weights, ridge);
    for _ in 0..MOST_STEPS {
        let mut matrix = here.hessian.clone();
        // So little that only terms which say the same as others feel it.
        (0..n).for_each(|i| matrix[i * n + i] += 1e-9 * rows.len() as f64);
        let step = solve(&mut matrix, &here.gradient, n)?;
        let gain: f64 = step.iter().zip(&here.gradient).map(|(s, g)| s * g).sum();
        if gain < 1e-9 * rows.len() as f64 {
            break;
        }
        let mut share = 1.0;
        loop {
            let next: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w + share * s).collect();
            let there = data.evaluate(&next, ridge);
            if there.loss <= here.loss {
                (weights, here) = (next, there);
                break;
            }
            share *= 0.5;
            if share < 1e-6 {
                return Some(Regression { columns: design.columns(), design, weights });
            }
        }
    }
    Some(Regression { columns: design.columns(), design, weights })
}

/// The ridge of `ridges` with the least loss on folds that the regression did not see; the stronger of equal ones.
///
/// **Shape.** `folds` has the fold of each row of the columns; only `rows` are used. Returns `None` where no fold can be fitted.
pub fn choose_ridge(
    columns: &[Column<'_>],
    happened: &[bool],
    rows: &[u32],
    folds: &[usize],
    ridges: &[f64],
) -> Option<f64> {
    let n_folds = rows.iter().map(|r| folds[*r as usize] + 1).max()?;
    let mut losses = vec![0.0; ridges.len()];
    for fold in 0..n_folds {
        let (inside, outside): (Vec<u32>, Vec<u32>) = rows.iter().partition(|r| folds[**r as usize] != fold);
        let design = Design::of(columns, happened, &inside);
        for (loss, ridge) in losses.iter_mut().zip(ridges) {
            match fit_design(design.clone(), columns, happened, &inside, *ridge) {
                None => *loss = f64::INFINITY,
                Some(fitted) => {
                    let told = fitted.scores(columns, &outside);
                    let one = |(r, s): (&u32, &f64)| surprise(probability(*s), happened[*r as usize]);
                    *loss += outside.iter().zip(&told).map(one).sum::<f64>();
                }
            }
        }
    }
    let best = (0..ridges.len())
        .min_by(|a, b| losses[*a].total_cmp(&losses[*b]).then(ridges[*b].total_cmp(&ridges[*a])))?;
    losses[best].is_finite().then_some(ridges[best])
}

impl Regression {
    /// Log-odds of rows that the regression has not seen.
    pub fn scores(&self, columns: &[Column<'_>], rows: &[u32]) -> Vec<f64> {
        let mut terms = vec![0.0; self.design.n_terms()];
        let score = |row: &u32| {
            self.design.fill(columns, *row as usize, Seen::Never, &mut terms);
            self.weights[0] + terms.iter().zip(&self.weights[1..]).map(|(t, w)| t * w).sum::<f64>()
        };
        rows.iter().map(score).collect()
    }

    /// What each column adds to the log-odds of a row, beside the row in the middle of the training rows.
    ///
    /// **Shape.** One number for each column; with the score of the row in the middle they sum to the row's score.
    pub fn contributions(&self, columns: &[Column<'_>], row: usize) -> (f64, Vec<f64>) {
        let mut terms = vec![0.0; self.design.n_terms()];
        self.design.fill(columns, row, Seen::Never, &mut terms);
        let mut found = vec![0.0; columns.len()];
        for ((column, term), weight) in self.columns.iter().zip(&terms).zip(&self.weights[1..]) {
            found[*column] += term * weight;
        }
        (self.weights[0], found)
    }
}

struct Data<'a> {
    design: &'a Design,
    columns: &'a [Column<'a>],
    happened: &'a [bool],
    rows: &'a [u32],
    /// The terms of all blocks where they fit, so that they are worked out once.
    kept: Vec<f64>,
}

/// Numbers beyond which the terms are worked out anew in each step.
const MOST_KEPT: usize = 24_000_000;

/// Penalised loss, its falling direction and its curvature.
struct Evaluation {
    loss: f64,
    gradient: Vec<f64>,
    /// Row by row; only the lower triangle is filled.
    hessian: Vec<f64>,
}

impl<'a> Data<'a> {
    fn of(design: &'a Design, columns: &'a [Column<'a>], happened: &'a [bool], rows: &'a [u32]) -> Self {
        let mut data = Self { design, columns, happened, rows, kept: Vec::new() };
        let n = design.n_terms() + 1;
        if n * (rows.len() + BLOCK) <= MOST_KEPT {
            let mut block = Block::new(n);
            let mut kept = Vec::with_capacity(n * (rows.len() + BLOCK));
            for rows in rows.chunks(BLOCK) {
                data.fill(&mut block, rows);
                kept.extend_from_slice(&block.columns);
            }
            data.kept = kept;
        }
        data
    }

    fn evaluate(&self, weights: &[f64], ridge: f64) -> Evaluation {
        let n = weights.len();
        let mut found = Evaluation { loss: 0.0, gradient: vec![0.0; n], hessian: vec![0.0; n * n] };
        for (i, weight) in weights.iter().enumerate().skip(1) {
            found.loss += 0.5 * ridge * weight * weight;
            found.gradient[i] -= ridge * weight;
            found.hessian[i * n + i] += ridge;
        }
        let mut block = Block::new(n);
        for (place, rows) in self.rows.chunks(BLOCK).enumerate() {
            match self.kept.get(place * n * BLOCK..(place + 1) * n * BLOCK) {
                Some(kept) => self.take(&mut block, kept, rows),
                None => self.fill(&mut block, rows),
            }
            block.add_to(&mut found, weights);
        }
        found
    }

    fn take(&self, block: &mut Block, kept: &[f64], rows: &[u32]) {
        block.n_rows = rows.len();
        block.columns.copy_from_slice(kept);
        let outcome = |row: &u32| f64::from(u8::from(self.happened[*row as usize]));
        block.outcomes.iter_mut().zip(rows).for_each(|(o, row)| *o = outcome(row));
    }

    fn fill(&self, block: &mut Block, rows: &[u32]) {
        block.n_rows = rows.len();
        for (place, row) in rows.iter().enumerate() {
            self.design.fill(self.columns, *row as usize, Seen::InTraining, &mut block.terms);
            block.columns[place] = 1.0;
            for (i, term) in block.terms.iter().enumerate() {
                block.columns[(i + 1) * BLOCK + place] = *term;
            }
            block.outcomes[place] = f64::from(u8::from(self.happened[*row as usize]));
        }
    }
}

/// Some rows, term by term.
struct Block {
    n_rows: usize,
    terms: Vec<f64>,
    columns: Vec<f64>,
    weighted: Vec<f64>,
    outcomes: Vec<f64>,
}

impl Block {
    fn new(n: usize) -> Self {
        Self {
            n_rows: 0,
            terms: vec![0.0; n - 1],
            columns: vec![0.0; n * BLOCK],
            weighted: vec![0.0; BLOCK],
            outcomes: vec![0.0; BLOCK],
        }
    }

    fn column(&self, i: usize) -> &[f64] {
        &self.columns[i * BLOCK..(i + 1) * BLOCK]
    }

    fn add_to(&mut self, found: &mut Evaluation, weights: &[f64]) {
        let n = weights.len();
        let mut scores = [0.0; BLOCK];
        for (i, weight) in weights.iter().enumerate() {
            scores.iter_mut().zip(self.column(i)).for_each(|(s, x)| *s += weight * x);
        }
        // Rows beyond the end of the last block have rest and curvature 0.
        let (mut rests, mut curvatures) = ([0.0; BLOCK], [0.0; BLOCK]);
        for r in 0..self.n_rows {
            let p = probability(scores[r]);
            rests[r] = self.outcomes[r] - p;
            curvatures[r] = p * (1.0 - p);
            // ln(1 + e^s) − y·s, written so that e^s cannot run over.
            found.loss +=
                scores[r].max(0.0) + (-scores[r].abs()).exp().ln_1p() - self.outcomes[r] * scores[r];
        }
        for i in 0..n {
            found.gradient[i] += dot(self.column(i), &rests);
            let column = &self.columns[i * BLOCK..(i + 1) * BLOCK];
            self.weighted.iter_mut().zip(column).zip(&curvatures).for_each(|((w, x), c)| *w = x * c);
            for j in 0..=i {
                found.hessian[i * n + j] += dot(&self.weighted, self.column(j));
            }
        }
    }
}

/// A sum of products in eight lanes, in an order that does not depend on the machine.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (a, _) = a.as_chunks::<8>();
    let (b, _) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum()
}

/// Solves a symmetric positive definite system of which the lower triangle is given, by Cholesky's factors.
pub(crate) fn solve(matrix: &mut [f64], right: &[f64], n: usize) -> Option<Vec<f64>> {
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| matrix[i * n + k] * matrix[j * n + k]).sum();
            let rest = matrix[i * n + j] - sum;
            if i == j {
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                matrix[i * n + i] = rest.sqrt();
            } else {
                matrix[i * n + j] = rest / matrix[j * n + j];
            }
        }
    }
    let mut x = right.to_vec();
    for i in 0..n {
        let known: f64 = (0..i).map(|k| matrix[i * n + k] * x[k]).sum();
        x[i] = (x[i] - known) / matrix[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| matrix[k * n + i] * x[k]).sum();
        x[i] = (x[i] - known) / matrix[i * n + i];
    }
    x.iter().all(|v| v.is_finite()).then_some(x)
}
