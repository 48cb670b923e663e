//! Would the same groups come again from other rows of the same kind?

use rayon::prelude::*;

use super::{Clustering, Points, k_means};
use crate::pseudo_random::{Generator, thinned};

/// How alike groupings of resampled rows are.
#[derive(Debug, Clone, PartialEq)]
pub struct Stability {
    /// Mean adjusted Rand index: 1 the same groups every time, 0 no more alike than by chance.
    pub rand_index: f64,
    /// For each group the mean Jaccard similarity to the most similar group of a resample; above .75 a group is stable.
    pub jaccard: Vec<f64>,
}

const ROWS: usize = 4_000;
const STARTS: usize = 3;

/// Groups `n_resamples` bootstrap samples again and compares.
///
/// Returns `None` for no rows or no resample that could be grouped.
///
/// **Source.** Hennig, "Cluster-wise assessment of cluster stability" (2007); Hubert and Arabie, "Comparing partitions" (1985).
pub fn stability(points: Points<'_>, found: &Clustering, n_resamples: usize, seed: u64) -> Option<Stability> {
    let k = found.centres.len();
    let rows = thinned(points.len(), ROWS);
    let own: Vec<u32> = rows.iter().map(|r| found.labels[*r]).collect();
    let one = |resample: usize| {
        let mut generator = Generator::from_seed(seed.wrapping_mul(31).wrapping_add(resample as u64));
        let drawn = (0..rows.len()).map(|_| rows[generator.below(rows.len())]);
        let values = points.some(drawn);
        let again = k_means(Points { values: &values, n_columns: points.n_columns }, k, STARTS, seed)?;
        let labels: Vec<u32> = rows.iter().map(|r| again.group(points.row(*r)) as u32).collect();
        Some((rand_index(&own, &labels)?, jaccard(&own, &labels, k)))
    };
    let compared: Vec<(f64, Vec<f64>)> = (0..n_resamples).into_par_iter().filter_map(one).collect();
    if compared.is_empty() {
        return None;
    }
    let n = compared.len() as f64;
    let mean = |group: usize| compared.iter().map(|c| c.1[group]).sum::<f64>() / n;
    Some(Stability {
        rand_index: compared.iter().map(|c| c.0).sum::<f64>() / n,
        jaccard: (0..k).map(mean).collect(),
    })
}

/// Rows in each pair of groups.
fn table(a: &[u32], b: &[u32]) -> Vec<Vec<f64>> {
    let size = |labels: &[u32]| labels.iter().max().map_or(0, |m| *m as usize + 1);
    let mut table = vec![vec![0.0; size(b)]; size(a)];
    a.iter().zip(b).for_each(|(a, b)| table[*a as usize][*b as usize] += 1.0);
    table
}

/// Agreement of two groupings of the same rows, 0 on average for chance.
///
/// Returns `None` for different lengths, fewer than two rows, or where both have one group only or one group for each row.
///
/// ```
/// use statistics::clusters::rand_index;
/// assert_eq!(rand_index(&[0, 0, 1, 1], &[1, 1, 0, 0]), Some(1.0));
/// ```
pub fn rand_index(a: &[u32], b: &[u32]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let table = table(a, b);
    let both: f64 = table.iter().flatten().map(|n| pairs(*n)).sum();
    let of_a: f64 = table.iter().map(|row| pairs(row.iter().sum())).sum();
    let n_columns = table.first().map_or(0, Vec::len);
    let of_b: f64 = (0..n_columns).map(|c| pairs(table.iter().map(|row| row[c]).sum())).sum();
    let by_chance = of_a * of_b / pairs(a.len() as f64);
    let most = 0.5 * (of_a + of_b);
    (most != by_chance).then(|| (both - by_chance) / (most - by_chance))
}

fn jaccard(a: &[u32], b: &[u32], k: usize) -> Vec<f64> {
    let table = table(a, b);
    let n_columns = table.first().map_or(0, Vec::len);
    let column = |c: usize| table.iter().map(|row| row[c]).sum::<f64>();
    let of = |group: usize| {
        let Some(row) = table.get(group) else { return 0.0 };
        let own: f64 = row.iter().sum();
        (0..n_columns).map(|c| row[c] / (own + column(c) - row[c]).max(1.0)).fold(0.0, f64::max)
    };
    (0..k).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rand_index_agrees_with_scikit_learn() {
        // sklearn.metrics.adjusted_rand_score([0,0,0,1,1,1], [0,0,1,1,2,2]) and of one swapped row.
        assert!(
            (rand_index(&[0, 0, 0, 1, 1, 1], &[0, 0, 1, 1, 2, 2]).unwrap() - 0.242_424_242_424_242_43).abs()
                < 1e-12
        );
        assert_eq!(rand_index(&[0, 0], &[0, 0]), None);
        assert_eq!(rand_index(&[0], &[0]), None);
    }

    #[test]
    fn groups_that_are_there_come_again_and_others_do_not() {
        let mut g = Generator::from_seed(2);
        let values: Vec<f64> =
            (0..600).flat_map(|i| [f64::from(i % 3) * 8.0 + g.normal(), g.normal()]).collect();
        let points = Points::new(&values, 2).unwrap();
        let found = k_means(points, 3, 5, 1).unwrap();
        let stable = stability(points, &found, 10, 1).unwrap();
        assert!(stable.rand_index > 0.98 && stable.jaccard.iter().all(|j| *j > 0.97), "{stable:?}");
        let forced = k_means(points, 5, 5, 1).unwrap();
        assert!(stability(points, &forced, 10, 1).unwrap().rand_index < 0.95);
    }

    #[test]
    fn what_cannot_be_grouped_is_none() {
        let values = [1.0, 1.0, 1.0];
        let points = Points::new(&values, 1).unwrap();
        assert_eq!(k_means(points, 2, 3, 1), None);
        assert_eq!(k_means(points, 0, 3, 1), None);
        assert!(Points::new(&[f64::NAN], 1).is_none() && Points::new(&[1.0], 0).is_none());
        assert_eq!(k_means(points, 1, 3, 1).unwrap().inertia, 0.0);
    }
}
