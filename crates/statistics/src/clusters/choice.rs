//! How many groups there are, if any: the silhouette beside that of data with the same spread and no groups.

use rayon::prelude::*;

use super::{Points, apart, k_means};
use crate::matrices::cholesky_skipping;
use crate::pseudo_random::{Generator, thinned};

/// One number of groups that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    pub k: usize,
    /// Mean silhouette, from −1 to 1.
    pub silhouette: f64,
    /// The highest silhouette that data without groups reached.
    pub without_groups: f64,
}

/// How many groups to take.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// `None` where no number of groups looks better than data without any.
    pub k: Option<usize>,
    pub tried: Vec<Tried>,
}

/// Rows on which silhouettes are worked out.
const ROWS: usize = 1_000;
/// Data sets without groups, half of them even and half of them bell-shaped.
const REFERENCES: usize = 6;
/// How much better than all of those the data must look.
const MARGIN: f64 = 0.04;
const STARTS: usize = 6;

/// Tries from 2 to `most` groups.
///
/// The data without groups have the same covariance: even in a slanted box, or normal. The number with the best silhouette of
/// those that beat all of them is chosen.
///
/// **Source.** Silhouette: Rousseeuw (1987); the comparison with data without groups: Tibshirani, Walther and Hastie, "Estimating
/// the number of clusters in a data set via the gap statistic" (2001).
pub fn choose(points: Points<'_>, most: usize, seed: u64) -> Choice {
    let values = points.some(thinned(points.len(), ROWS).into_iter());
    let some = Points { values: &values, n_columns: points.n_columns };
    let references: Vec<Vec<f64>> = (0..REFERENCES).filter_map(|r| without_groups(some, r, seed)).collect();
    let ks: Vec<usize> = (2..=most.min(some.len().saturating_sub(1))).collect();
    let of = |values: &[f64], k: usize| {
        let points = Points { values, n_columns: points.n_columns };
        k_means(points, k, STARTS, seed).map(|found| silhouette(points, &found.labels, k))
    };
    let tried: Vec<Tried> = ks
        .into_par_iter()
        .filter_map(|k| {
            let silhouette = of(&values, k)?;
            let without_groups = references.iter().filter_map(|r| of(r, k)).fold(f64::NEG_INFINITY, f64::max);
            Some(Tried { k, silhouette, without_groups })
        })
        .collect();
    let better = tried.iter().filter(|t| !references.is_empty() && t.silhouette > t.without_groups + MARGIN);
    let k = better.max_by(|a, b| a.silhouette.total_cmp(&b.silhouette).then(b.k.cmp(&a.k))).map(|t| t.k);
    Choice { k, tried }
}

/// Mean of (b − a)/max(a, b), a the mean distance to the own group, b to the nearest other; a group of one counts 0.
fn silhouette(points: Points<'_>, labels: &[u32], k: usize) -> f64 {
    let mut sizes = vec![0.0; k];
    labels.iter().for_each(|l| sizes[*l as usize] += 1.0);
    let of = |row: usize| {
        let mut sums = vec![0.0; k];
        (0..points.len())
            .for_each(|o| sums[labels[o] as usize] += apart(points.row(row), points.row(o)).sqrt());
        let own = labels[row] as usize;
        if sizes[own] < 2.0 {
            return 0.0;
        }
        let a = sums[own] / (sizes[own] - 1.0);
        let others = (0..k).filter(|g| *g != own && sizes[*g] > 0.0).map(|g| sums[g] / sizes[g]);
        let b = others.fold(f64::INFINITY, f64::min);
        if b.is_finite() && a.max(b) > 0.0 { (b - a) / a.max(b) } else { 0.0 }
    };
    (0..points.len()).map(of).sum::<f64>() / points.len().max(1) as f64
}

/// As many rows with the same mean and covariance, and no groups.
fn without_groups(points: Points<'_>, which: usize, seed: u64) -> Option<Vec<f64>> {
    let (n, d) = (points.len(), points.n_columns);
    let factor = covariance_factor(points)?;
    let mut generator = Generator::from_seed(seed.wrapping_add(77 + which as u64));
    let root = 3.0f64.sqrt();
    let mut values = Vec::with_capacity(n * d);
    for _ in 0..n {
        let drawn: Vec<f64> = (0..d)
            .map(|_| {
                if which.is_multiple_of(2) {
                    root * (2.0 * generator.uniform() - 1.0)
                } else {
                    generator.normal()
                }
            })
            .collect();
        for i in 0..d {
            values.push((0..=i).map(|j| factor[i * d + j] * drawn[j]).sum());
        }
    }
    Some(values)
}

/// Lower Cholesky factor of the covariance, with a little added so that columns that say the same do no harm.
fn covariance_factor(points: Points<'_>) -> Option<Vec<f64>> {
    let (n, d) = (points.len() as f64, points.n_columns);
    let mean: Vec<f64> =
        (0..d).map(|c| (0..points.len()).map(|r| points.row(r)[c]).sum::<f64>() / n).collect();
    let mut matrix = vec![0.0; d * d];
    for row in 0..points.len() {
        let row = points.row(row);
        for i in 0..d {
            for j in 0..=i {
                matrix[i * d + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / n;
            }
        }
    }
    let largest = (0..d).map(|i| matrix[i * d + i]).fold(0.0, f64::max);
    if largest <= 0.0 {
        return None;
    }
    (0..d).for_each(|i| matrix[i * d + i] += 1e-9 * largest);
    (0..d).for_each(|i| (0..i).for_each(|j| matrix[j * d + i] = matrix[i * d + j]));
    Some(cholesky_skipping(&matrix, d).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points around centres, with a deviation of 1.
    pub(super) fn around(centres: &[[f64; 2]], n_each: usize, seed: u64) -> Vec<f64> {
        let mut g = Generator::from_seed(seed);
        let mut values = Vec::new();
        for _ in 0..n_each {
            for centre in centres {
                values.extend([centre[0] + g.normal(), centre[1] + g.normal()]);
            }
        }
        values
    }

    #[test]
    fn the_number_of_groups_that_were_made_is_found() {
        let centres = [[0.0, 0.0], [6.0, 0.0], [0.0, 6.0], [7.0, 7.0]];
        for k in 2..=4 {
            let values = around(&centres[..k], 200, 3);
            assert_eq!(choose(Points::new(&values, 2).unwrap(), 8, 1).k, Some(k));
        }
    }

    #[test]
    fn data_without_groups_have_none() {
        let mut g = Generator::from_seed(4);
        let even: Vec<f64> = (0..2_000).map(|_| g.uniform()).collect();
        let bell: Vec<f64> = (0..3_000).map(|_| g.normal()).collect();
        let slanted: Vec<f64> = (0..1_000)
            .flat_map(|_| {
                let x = g.normal();
                [x, 0.95 * x + 0.2 * g.normal()]
            })
            .collect();
        assert_eq!(choose(Points::new(&even, 2).unwrap(), 8, 1).k, None);
        assert_eq!(choose(Points::new(&bell, 3).unwrap(), 8, 1).k, None);
        assert_eq!(choose(Points::new(&slanted, 2).unwrap(), 8, 1).k, None);
        let equal = [1.0; 100];
        assert_eq!(choose(Points::new(&equal, 2).unwrap(), 8, 1).k, None);
        assert_eq!(choose(Points::new(&[], 2).unwrap(), 8, 1).k, None);
    }
}
