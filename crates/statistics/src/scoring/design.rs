//! Columns as the terms of a regression: scaled numbers, indicators of gaps, one term for each frequent category, and the
//! rate of what happened for categories that are too many.
//!
//! Everything is learnt from the training rows alone. A row's own outcome never reaches its own terms.

use super::{Column, UNKNOWN, log_odds};

/// Categories of a column that have a term of their own, at most.
pub const MOST_LEVELS: usize = 40;
/// Rows below which a category, or the gaps of a column, have no term of their own.
const FEWEST_ROWS: usize = 10;
/// Skewness above which a number that is not negative enters by its logarithm.
const SKEWED: f64 = 2.0;
/// Standard deviations beyond which a number counts no more.
const FARTHEST: f64 = 6.0;
/// Parts of the training rows for the rates of categories: a row's rate comes from the other parts.
const PARTS: usize = 5;
/// Rows with the common rate that are added to each category.
const SHRINK: f64 = 20.0;

/// The terms that a set of columns has.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    terms: Vec<Term>,
    n_terms: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    column: usize,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Number {
        log_unit: Option<f64>,
        mean: f64,
        deviation: f64,
    },
    Gap {
        mean: f64,
    },
    /// For each code 1 + its place among the terms, or 0; and the share of each.
    Levels {
        place: Vec<u16>,
        shares: Vec<f64>,
    },
    /// Log-odds of each code less the common ones: learnt without each part of the rows, and from all of them.
    Rates {
        by_part: Vec<Vec<f64>>,
        deviation: f64,
    },
}

/// Whether a row helped to learn the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    InTraining,
    Never,
}

impl Design {
    /// Learns the terms from `rows`. **Shape.** `happened` has an entry for each row of the columns.
    pub fn of(columns: &[Column<'_>], happened: &[bool], rows: &[u32]) -> Self {
        let mut terms = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            let kinds = match column {
                Column::Numbers(values) => number(values, rows),
                Column::Codes { values, n } => category(values, *n, happened, rows),
            };
            terms.extend(kinds.into_iter().map(|kind| Term { column: place, kind }));
        }
        let n_terms = terms.iter().map(Term::len).sum();
        Self { terms, n_terms }
    }

    /// Numbers that a row becomes.
    pub fn n_terms(&self) -> usize {
        self.n_terms
    }

    /// The column of each term.
    pub fn columns(&self) -> Vec<usize> {
        self.terms.iter().flat_map(|t| std::iter::repeat_n(t.column, t.len())).collect()
    }

    /// Writes the terms of a row, each with mean 0 over the training rows.
    pub fn fill(&self, columns: &[Column<'_>], row: usize, seen: Seen, out: &mut [f64]) {
        let mut rest = out;
        for term in &self.terms {
            let (here, after) = rest.split_at_mut(term.len());
            rest = after;
            match (&term.kind, columns[term.column]) {
                (Kind::Number { log_unit, mean, deviation }, Column::Numbers(values)) => {
                    let x = values[row];
                    let scaled = (bent(x, *log_unit) - mean) / deviation;
                    here[0] = if x.is_finite() { scaled.clamp(-FARTHEST, FARTHEST) } else { 0.0 };
                }
                (Kind::Gap { mean }, Column::Numbers(values)) => {
                    here[0] = f64::from(u8::from(!values[row].is_finite())) - mean;
                }
                (Kind::Levels { place, shares }, Column::Codes { values, .. }) => {
                    here.iter_mut().zip(shares).for_each(|(h, share)| *h = -share);
                    let found = place.get(values[row] as usize).copied().unwrap_or(0);
                    if found > 0 {
                        here[usize::from(found) - 1] += 1.0;
                    }
                }
                (Kind::Rates { by_part, deviation }, Column::Codes { values, .. }) => {
                    let part = if seen == Seen::InTraining { row % PARTS } else { PARTS };
                    let rate = by_part[part].get(values[row] as usize).copied().unwrap_or(0.0);
                    here[0] = rate / deviation;
                }
                _ => here.fill(0.0), // another kind of column than was learnt from: nothing is known
            }
        }
    }
}

impl Term {
    fn len(&self) -> usize {
        match &self.kind {
            Kind::Levels { shares, .. } => shares.len(),
            _ => 1,
        }
    }
}

/// A number, by its logarithm where that was chosen.
fn bent(x: f64, log_unit: Option<f64>) -> f64 {
    match log_unit {
        Some(unit) => (x.max(0.0) / unit).ln_1p(),
        None => x,
    }
}

fn number(values: &[f64], rows: &[u32]) -> Vec<Kind> {
    let known = || rows.iter().map(|r| values[*r as usize]).filter(|v| v.is_finite());
    let n = known().count();
    let mut kinds = Vec::new();
    let n_gaps = rows.len() - n;
    if n_gaps >= FEWEST_ROWS && n >= FEWEST_ROWS {
        kinds.push(Kind::Gap { mean: n_gaps as f64 / rows.len() as f64 });
    }
    let log_unit = log_unit(known, n);
    let (mean, deviation) = spread(|| known().map(|x| bent(x, log_unit)), n);
    if deviation > 1e-12 * mean.abs().max(1e-300) && deviation.is_finite() {
        kinds.push(Kind::Number { log_unit, mean, deviation });
    }
    kinds
}

/// The unit for the logarithm of a number that is never negative and very skewed.
fn log_unit<I: Iterator<Item = f64>>(known: impl Fn() -> I, n: usize) -> Option<f64> {
    let (mean, deviation) = spread(&known, n);
    let lowest = known().fold(f64::INFINITY, f64::min);
    if n < FEWEST_ROWS || lowest < 0.0 || deviation.is_nan() || deviation <= 0.0 {
        return None;
    }
    let skewness = known().map(|x| ((x - mean) / deviation).powi(3)).sum::<f64>() / n as f64;
    let n_positive = known().filter(|x| *x > 0.0).count();
    let unit = mean * n as f64 / n_positive.max(1) as f64;
    (skewness > SKEWED && unit > 0.0 && unit.is_finite()).then_some(unit)
}

fn spread<I: Iterator<Item = f64>>(values: impl Fn() -> I, n: usize) -> (f64, f64) {
    let count = n.max(1) as f64;
    let mean = values().sum::<f64>() / count;
    (mean, (values().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt())
}

fn category(values: &[u32], n: usize, happened: &[bool], rows: &[u32]) -> Vec<Kind> {
    let mut counts = vec![0usize; n];
    for row in rows {
        if let Some(count) = counts.get_mut(values[*row as usize] as usize) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..n).filter(|c| counts[*c] >= FEWEST_ROWS).collect();
    order.sort_by_key(|c| (std::cmp::Reverse(counts[*c]), *c));
    let too_many = order.len() > MOST_LEVELS || counts.iter().filter(|c| **c > 0).count() > 2 * MOST_LEVELS;
    order.truncate(MOST_LEVELS);
    if order.len() > 1 && order.iter().map(|c| counts[*c]).sum::<usize>() == rows.len() {
        order.pop(); // the rest of the row is then known from the others
    }
    let mut place = vec![0u16; n];
    order.iter().zip(1..).for_each(|(code, at)| place[*code] = at);
    let shares: Vec<f64> = order.iter().map(|c| counts[*c] as f64 / rows.len() as f64).collect();
    let mut kinds = Vec::new();
    if !shares.is_empty() {
        kinds.push(Kind::Levels { place, shares });
    }
    if too_many {
        kinds.extend(rates(values, n, happened, rows));
    }
    kinds
}

fn rates(values: &[u32], n: usize, happened: &[bool], rows: &[u32]) -> Option<Kind> {
    let n_positive = rows.iter().filter(|r| happened[**r as usize]).count();
    let common = n_positive as f64 / rows.len().max(1) as f64;
    if common <= 0.0 || common >= 1.0 {
        return None;
    }
    let mut sums = vec![[(0.0, 0.0); PARTS + 1]; n];
    for row in rows {
        let row = *row as usize;
        if values[row] == UNKNOWN || values[row] as usize >= n {
            continue;
        }
        let hit = f64::from(u8::from(happened[row]));
        for (part, sum) in sums[values[row] as usize].iter_mut().enumerate() {
            if part != row % PARTS {
                sum.0 += hit;
                sum.1 += 1.0;
            }
        }
    }
    let rate = |(hits, n): (f64, f64)| log_odds((hits + SHRINK * common) / (n + SHRINK)) - log_odds(common);
    let by_part: Vec<Vec<f64>> =
        (0..=PARTS).map(|part| sums.iter().map(|s| rate(s[part])).collect()).collect();
    let told = |row: &u32| {
        by_part[*row as usize % PARTS].get(values[*row as usize] as usize).copied().unwrap_or(0.0)
    };
    let deviation = (rows.iter().map(|r| told(r).powi(2)).sum::<f64>() / rows.len() as f64).sqrt();
    (deviation > 1e-9).then_some(Kind::Rates { by_part, deviation })
}
