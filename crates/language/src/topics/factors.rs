//! A matrix of texts and terms as the product of few topics, none of them negative.
//!
//! Hierarchical alternating least squares from a start that is computed, not drawn, so that the same texts always give the
//! same topics.

/// A matrix in rows of (column, value).
pub(super) struct Sparse {
    pub rows: Vec<Vec<(u32, f64)>>,
    pub n_columns: usize,
}

/// The factors: how much of each topic is in each text, and of each term in each topic.
#[derive(Debug, Clone)]
pub(super) struct Factors {
    /// `texts[row][topic]`.
    pub texts: Vec<Vec<f64>>,
    /// `terms[topic][column]`.
    pub terms: Vec<Vec<f64>>,
}

/// Walks at most, and the change of the fit at which they end.
const N_WALKS: usize = 60;
const TOLERANCE: f64 = 1e-4;
/// Keeps a factor from becoming exactly nothing, which it could never leave.
const LEAST: f64 = 1e-12;

/// Finds `k` topics.
///
/// **Source.** Cichocki and Phan, "Fast Local Algorithms for Large Scale Nonnegative Matrix and Tensor Factorizations", IEICE
/// Transactions E92-A (2009), algorithm 2; the start takes, one after another, the text that is least explained.
pub(super) fn factors(matrix: &Sparse, k: usize) -> Factors {
    let mut terms = start(matrix, k);
    let n = matrix.rows.len();
    let mut texts = vec![vec![0.1; k]; n];
    let mut last = f64::INFINITY;
    for _ in 0..N_WALKS {
        update_texts(matrix, &mut texts, &terms);
        let explained = update_terms(matrix, &texts, &mut terms);
        if (last - explained).abs() < TOLERANCE * explained.abs().max(LEAST) {
            break;
        }
        last = explained;
    }
    update_texts(matrix, &mut texts, &terms);
    Factors { texts, terms }
}

/// A first row of terms for each topic: the neighbourhood of a text that those before leave least explained.
fn start(matrix: &Sparse, k: usize) -> Vec<Vec<f64>> {
    let mut terms: Vec<Vec<f64>> = Vec::with_capacity(k);
    // How much of each text lies along the topics so far.
    let mut nearest = vec![0.0f64; matrix.rows.len()];
    for _ in 0..k {
        let weight = |i: usize| matrix.rows[i].len().min(6) as f64 * (1.0 - nearest[i]);
        let far = (0..matrix.rows.len()).max_by(|&a, &b| weight(a).total_cmp(&weight(b)).then(b.cmp(&a)));
        let mut centre = vec![0.0; matrix.n_columns];
        if let Some(far) = far {
            matrix.rows[far].iter().for_each(|&(c, v)| centre[c as usize] = v);
        }
        // Twice the mean of what is near, so that one odd text makes no topic.
        for _ in 0..2 {
            let mut mean = vec![0.0; matrix.n_columns];
            for row in &matrix.rows {
                let along: f64 = row.iter().map(|&(c, v)| v * centre[c as usize]).sum();
                if along > 0.15 {
                    row.iter().for_each(|&(c, v)| mean[c as usize] += along * v);
                }
            }
            let length = mean.iter().map(|v| v * v).sum::<f64>().sqrt();
            if length > 0.0 {
                mean.iter_mut().for_each(|v| *v /= length);
                centre = mean;
            }
        }
        for (near, row) in nearest.iter_mut().zip(&matrix.rows) {
            let along: f64 = row.iter().map(|&(c, v)| v * centre[c as usize]).sum();
            *near = near.max(along.min(1.0));
        }
        centre.iter_mut().for_each(|v| *v += LEAST);
        terms.push(centre);
    }
    terms
}

fn update_texts(matrix: &Sparse, texts: &mut [Vec<f64>], terms: &[Vec<f64>]) {
    let k = terms.len();
    let gram = products(terms);
    let mut by_column = vec![0.0; matrix.n_columns * k];
    for (topic, row) in terms.iter().enumerate() {
        row.iter().enumerate().for_each(|(c, &v)| by_column[c * k + topic] = v);
    }
    let mut along = vec![0.0; k];
    for (row, weights) in matrix.rows.iter().zip(texts) {
        along.fill(0.0);
        for &(c, v) in row {
            let from = c as usize * k;
            along.iter_mut().zip(&by_column[from..from + k]).for_each(|(a, t)| *a += v * t);
        }
        for _ in 0..2 {
            for topic in 0..k {
                let told: f64 = weights.iter().zip(&gram[topic]).map(|(w, g)| w * g).sum();
                let step = (along[topic] - told) / gram[topic][topic].max(LEAST);
                weights[topic] = (weights[topic] + step).max(0.0);
            }
        }
    }
}

/// Also returns how much is explained, for the end of the walks.
fn update_terms(matrix: &Sparse, texts: &[Vec<f64>], terms: &mut [Vec<f64>]) -> f64 {
    let k = terms.len();
    let mut gram = vec![vec![0.0; k]; k];
    let mut along = vec![vec![0.0; matrix.n_columns]; k];
    for (row, weights) in matrix.rows.iter().zip(texts) {
        for (a, &wa) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
            gram[a].iter_mut().zip(weights).for_each(|(g, wb)| *g += wa * wb);
            row.iter().for_each(|&(c, v)| along[a][c as usize] += wa * v);
        }
    }
    for topic in 0..k {
        let divisor = gram[topic][topic].max(LEAST);
        for c in 0..matrix.n_columns {
            let told: f64 = (0..k).map(|other| gram[topic][other] * terms[other][c]).sum();
            terms[topic][c] = (terms[topic][c] + (along[topic][c] - told) / divisor).max(LEAST);
        }
        let length = terms[topic].iter().map(|v| v * v).sum::<f64>().sqrt().max(LEAST);
        terms[topic].iter_mut().for_each(|v| *v /= length);
    }
    (0..k).map(|a| terms[a].iter().zip(&along[a]).map(|(t, x)| t * x).sum::<f64>()).sum()
}

fn products(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    rows.iter().map(|a| rows.iter().map(|b| product(a, b)).collect()).collect()
}
