//! k-means from several seeded starts.

use rayon::prelude::*;

use super::{Points, apart};
use crate::pseudo_random::{Generator, thinned};

/// Rows in groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// One row of numbers for each group, the largest group first.
    pub centres: Vec<Vec<f64>>,
    /// The group of each row.
    pub labels: Vec<u32>,
    /// Sum of squared distances to the own centre.
    pub inertia: f64,
}

/// Rows on which the starts are tried.
const ROWS_FOR_STARTS: usize = 20_000;
const MOST_STEPS: usize = 100;
const BATCH: usize = 8_192;

/// Groups rows into `k` groups, from the best of `n_starts` starts.
///
/// Returns `None` for no group, or more groups than different rows.
///
/// **Source.** Lloyd (1982); starts by k-means++: Arthur and Vassilvitskii (2007).
///
/// ```
/// use statistics::clusters::{Points, k_means};
/// let values = [0.0, 0.1, 9.0, 9.1, 0.2];
/// let found = k_means(Points::new(&values, 1).expect("rows"), 2, 3, 1).expect("two groups");
/// assert_eq!(found.labels, [0, 0, 1, 1, 0]);
/// ```
pub fn k_means(points: Points<'_>, k: usize, n_starts: usize, seed: u64) -> Option<Clustering> {
    if k == 0 || points.len() < k {
        return None;
    }
    let values = points.some(thinned(points.len(), ROWS_FOR_STARTS).into_iter());
    let some = Points { values: &values, n_columns: points.n_columns };
    let starts: Vec<Option<(f64, Vec<Vec<f64>>)>> = (0..n_starts.max(1))
        .into_par_iter()
        .map(|start| {
            let mut generator = Generator::from_seed(seed.wrapping_mul(1_000_003).wrapping_add(start as u64));
            let centres = spread_out(some, k, &mut generator)?;
            Some(settled(some, centres))
        })
        .collect();
    let best = starts.into_iter().flatten().min_by(|a, b| a.0.total_cmp(&b.0))?;
    let (_, centres) = if some.len() < points.len() { settled(points, best.1) } else { best };
    Some(finished(points, centres))
}

/// Centres drawn far from each other.
fn spread_out(points: Points<'_>, k: usize, generator: &mut Generator) -> Option<Vec<Vec<f64>>> {
    let mut centres = vec![points.row(generator.below(points.len())).to_vec()];
    let mut nearest = vec![f64::INFINITY; points.len()];
    while centres.len() < k {
        let newest = &centres[centres.len() - 1];
        for (row, near) in nearest.iter_mut().enumerate() {
            *near = near.min(apart(points.row(row), newest));
        }
        let sum: f64 = nearest.iter().sum();
        if sum <= 0.0 {
            return None;
        }
        let mut left = generator.uniform() * sum;
        let drawn = nearest.iter().position(|near| {
            left -= near;
            left <= 0.0 && *near > 0.0
        });
        let drawn = drawn.or_else(|| nearest.iter().rposition(|near| *near > 0.0))?;
        centres.push(points.row(drawn).to_vec());
    }
    Some(centres)
}

fn nearest_of(row: &[f64], centres: &[Vec<f64>]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (place, centre) in centres.iter().enumerate() {
        let distance = apart(row, centre);
        if distance < best.1 {
            best = (place, distance);
        }
    }
    best
}

/// Sums of the rows of each group, their numbers, and the inertia; batch by batch in order, so that threads change nothing.
fn sums(points: Points<'_>, centres: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<usize>, f64) {
    let d = points.n_columns;
    let zero = || (vec![vec![0.0; d]; centres.len()], vec![0usize; centres.len()], 0.0);
    let of_batch = |batch: usize| {
        let mut found = zero();
        for row in batch * BATCH..((batch + 1) * BATCH).min(points.len()) {
            let (place, distance) = nearest_of(points.row(row), centres);
            found.0[place].iter_mut().zip(points.row(row)).for_each(|(s, v)| *s += v);
            found.1[place] += 1;
            found.2 += distance;
        }
        found
    };
    let batches: Vec<_> = (0..points.len().div_ceil(BATCH)).into_par_iter().map(of_batch).collect();
    batches.into_iter().fold(zero(), |mut all, one| {
        for (all, one) in all.0.iter_mut().zip(one.0) {
            all.iter_mut().zip(one).for_each(|(a, o)| *a += o);
        }
        all.1.iter_mut().zip(one.1).for_each(|(a, o)| *a += o);
        all.2 += one.2;
        all
    })
}

fn settled(points: Points<'_>, mut centres: Vec<Vec<f64>>) -> (f64, Vec<Vec<f64>>) {
    let mut last = f64::INFINITY;
    for _ in 0..MOST_STEPS {
        let (sums, counts, inertia) = sums(points, &centres);
        for ((centre, sum), count) in centres.iter_mut().zip(sums).zip(&counts) {
            if *count > 0 {
                *centre = sum.into_iter().map(|s| s / *count as f64).collect();
            }
        }
        if inertia >= last * (1.0 - 1e-6) {
            return (inertia, centres);
        }
        last = inertia;
    }
    (last, centres)
}

fn finished(points: Points<'_>, centres: Vec<Vec<f64>>) -> Clustering {
    let nearest: Vec<(usize, f64)> =
        (0..points.len()).into_par_iter().map(|row| nearest_of(points.row(row), &centres)).collect();
    let mut counts = vec![0usize; centres.len()];
    nearest.iter().for_each(|(place, _)| counts[*place] += 1);
    let mut order: Vec<usize> = (0..centres.len()).collect();
    order.sort_by(|a, b| counts[*b].cmp(&counts[*a]).then(a.cmp(b)));
    let mut place_of = vec![0u32; centres.len()];
    order.iter().zip(0..).for_each(|(old, new)| place_of[*old] = new);
    Clustering {
        centres: order.iter().map(|old| centres[*old].clone()).collect(),
        labels: nearest.iter().map(|(place, _)| place_of[*place]).collect(),
        inertia: nearest.iter().map(|(_, distance)| distance).sum(),
    }
}

impl Clustering {
    /// The group of any row.
    pub fn group(&self, row: &[f64]) -> usize {
        nearest_of(row, &self.centres).0
    }
}
