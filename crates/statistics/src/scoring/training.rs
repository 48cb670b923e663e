//! Training a model and judging it on rows that it has not seen: cross-validation with the choice of its own settings.

use rayon::prelude::*;

use super::trees::bins::{Binned, Cuts};
use super::trees::{self, Forest, Options};
use super::{Column, logistic};
use crate::pseudo_random::thinned;

/// Which model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Logistic,
    Trees,
}

/// A trained model, ready for rows of the same columns.
#[derive(Debug, Clone)]
pub enum Model {
    Logistic(Box<logistic::Regression>),
    Trees { cuts: Cuts, forest: Forest },
}

/// A model with what its folds told.
#[derive(Debug, Clone)]
pub struct Trained {
    pub model: Model,
    /// Log-odds of each row from a model that had not seen its fold.
    pub out_of_fold: Vec<f64>,
    /// The ridge of the regression, or the number of trees.
    pub setting: f64,
}

/// Rows from which one fold is enough to see how many trees are needed.
const MANY_ROWS: usize = 20_000;
/// Rows on which the ridge is chosen, at most.
const ROWS_FOR_RIDGE: usize = 8_000;
/// Ridges to choose from.
const RIDGES: [f64; 6] = [0.3, 1.0, 3.0, 10.0, 40.0, 200.0];
const BINS: usize = 64;

/// Trains a model on all rows, after judging it by folds.
///
/// **Shape.** One outcome and one fold for each row of the columns. The settings (the ridge, the number of trees) are chosen by the
/// same folds; they are one number, so that little is lost of the judgement's honesty.
///
/// Returns `None` where a fold lacks rows of either kind, or there is no column.
pub fn train(kind: Kind, columns: &[Column<'_>], happened: &[bool], folds: &[usize]) -> Option<Trained> {
    if columns.is_empty() {
        return None;
    }
    match kind {
        Kind::Logistic => train_logistic(columns, happened, folds),
        Kind::Trees => train_trees(columns, happened, folds),
    }
}

/// Rows inside and outside of each fold.
fn parted(folds: &[usize]) -> Vec<(Vec<u32>, Vec<u32>)> {
    let n_folds = folds.iter().max().map_or(0, |f| f + 1);
    (0..n_folds).map(|fold| (0..folds.len() as u32).partition(|r| folds[*r as usize] != fold)).collect()
}

fn train_logistic(columns: &[Column<'_>], happened: &[bool], folds: &[usize]) -> Option<Trained> {
    let rows: Vec<u32> = (0..happened.len() as u32).collect();
    let some: Vec<u32> = thinned(rows.len(), ROWS_FOR_RIDGE).into_iter().map(|r| rows[r]).collect();
    let ridge = logistic::choose_ridge(columns, happened, &some, folds, &RIDGES)?;
    let mut out_of_fold = vec![0.0; rows.len()];
    let told: Option<Vec<(Vec<u32>, Vec<f64>)>> = parted(folds)
        .into_par_iter()
        .map(|(inside, outside)| {
            let fitted = logistic::fit(columns, happened, &inside, ridge)?;
            let scores = fitted.scores(columns, &outside);
            Some((outside, scores))
        })
        .collect();
    for (rows, scores) in told? {
        rows.iter().zip(scores).for_each(|(r, s)| out_of_fold[*r as usize] = s);
    }
    let model = Model::Logistic(Box::new(logistic::fit(columns, happened, &rows, ridge)?));
    Some(Trained { model, out_of_fold, setting: ridge })
}

/// How trees are grown on so many rows: slowly where they are few, with larger trees where they are many.
pub fn options_for(n_rows: usize) -> Options {
    let (step, leaves) = match n_rows {
        0..30_000 => (0.06, 8),
        30_000..300_000 => (0.18, 8),
        _ => (0.15, 24),
    };
    let fewest_rows = if n_rows < 5_000 { 10.0 } else { 20.0 };
    Options { trees: 600, step, leaves, depth: 10, fewest_rows, ridge: 4.0, patience: 25 }
}

fn train_trees(columns: &[Column<'_>], happened: &[bool], folds: &[usize]) -> Option<Trained> {
    let cuts = Cuts::of(columns, BINS);
    let binned = cuts.apply(columns);
    let ground = Ground { cuts: &cuts, binned: &binned, happened, options: options_for(happened.len()) };
    let parts = parted(folds);
    let n_rows = happened.len();
    let (n_trees, out_of_fold) = match n_rows < MANY_ROWS {
        true => ground.watch_all(&parts)?,
        false => ground.watch_first(&parts)?,
    };
    let rows: Vec<u32> = (0..n_rows as u32).collect();
    let forest = ground.grow(&rows, &[], n_trees)?.forest;
    Some(Trained { model: Model::Trees { cuts, forest }, out_of_fold, setting: n_trees as f64 })
}

struct Ground<'a> {
    cuts: &'a Cuts,
    binned: &'a Binned,
    happened: &'a [bool],
    options: Options,
}

impl Ground<'_> {
    fn grow(&self, rows: &[u32], watch: &[u32], n_trees: usize) -> Option<trees::Watched> {
        let options = Options { trees: n_trees, ..self.options };
        trees::grow(self.cuts, self.binned, self.happened, rows, watch, &options)
    }

    /// Every fold watches; the number of trees is that with the least loss over all.
    fn watch_all(&self, parts: &[(Vec<u32>, Vec<u32>)]) -> Option<(usize, Vec<f64>)> {
        let grown: Option<Vec<trees::Watched>> = parts
            .par_iter()
            .map(|(inside, outside)| self.grow(inside, outside, self.options.trees))
            .collect();
        let grown = grown?;
        let longest = grown.iter().map(|g| g.losses.len()).max()?;
        // A fold that stopped earlier is taken to stay where it stopped.
        let at = |g: &trees::Watched, n: usize| g.losses[n.min(g.losses.len() - 1)];
        let loss = |n: usize| grown.iter().zip(parts).map(|(g, p)| at(g, n) * p.1.len() as f64).sum::<f64>();
        let n_trees = (0..longest).min_by(|a, b| loss(*a).total_cmp(&loss(*b)))?;
        let forests = grown.into_iter().map(|g| g.forest.truncated(n_trees)).collect();
        Some((n_trees, self.told(forests, parts)))
    }

    /// The first fold tells how many trees are needed, the others grow so many.
    fn watch_first(&self, parts: &[(Vec<u32>, Vec<u32>)]) -> Option<(usize, Vec<f64>)> {
        let (first, others) = parts.split_first()?;
        let grown = self.grow(&first.0, &first.1, self.options.trees)?;
        let n_trees = (0..grown.losses.len()).min_by(|a, b| grown.losses[*a].total_cmp(&grown.losses[*b]))?;
        let rest: Option<Vec<Forest>> =
            others.par_iter().map(|(inside, _)| Some(self.grow(inside, &[], n_trees)?.forest)).collect();
        let forests = std::iter::once(grown.forest.truncated(n_trees)).chain(rest?).collect();
        Some((n_trees, self.told(forests, parts)))
    }

    fn told(&self, forests: Vec<Forest>, parts: &[(Vec<u32>, Vec<u32>)]) -> Vec<f64> {
        let mut out_of_fold = vec![0.0; self.happened.len()];
        let scores: Vec<Vec<f64>> =
            forests.par_iter().zip(parts).map(|(forest, part)| forest.scores(self.binned, &part.1)).collect();
        for ((_, outside), scores) in parts.iter().zip(scores) {
            outside.iter().zip(scores).for_each(|(r, s)| out_of_fold[*r as usize] = s);
        }
        out_of_fold
    }
}

/// Rows that are scored together by one thread.
const BATCH: usize = 4_096;

impl Model {
    /// Log-odds of all rows of columns of the same kinds.
    pub fn scores(&self, columns: &[Column<'_>]) -> Vec<f64> {
        let n_rows = columns.first().map_or(0, Column::len);
        let rows: Vec<u32> = (0..n_rows as u32).collect();
        match self {
            Self::Logistic(fitted) => {
                rows.par_chunks(BATCH).flat_map_iter(|rows| fitted.scores(columns, rows)).collect()
            }
            Self::Trees { cuts, forest } => {
                let binned = cuts.apply(columns);
                rows.par_chunks(BATCH).flat_map_iter(|rows| forest.scores(&binned, rows)).collect()
            }
        }
    }

    /// What each column adds to the log-odds of each of `rows`, beside the mean or middle row of the training.
    pub fn contributions(&self, columns: &[Column<'_>], rows: &[u32]) -> Vec<Vec<f64>> {
        match self {
            Self::Logistic(fitted) => {
                rows.par_iter().map(|r| fitted.contributions(columns, *r as usize).1).collect()
            }
            Self::Trees { cuts, forest } => {
                let binned = cuts.apply(columns);
                rows.par_iter().map(|r| forest.contributions(&binned, *r as usize).columns).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;
    use crate::scoring::folds::stratified;
    use crate::scoring::probability;
    use crate::scoring::quality::auc;

    /// It happens by a sum of two numbers; a third is noise.
    fn plain(n: usize) -> ([Vec<f64>; 3], Vec<bool>, Vec<f64>) {
        let mut g = Generator::from_seed(8);
        let [a, b, c] = std::array::from_fn(|_| (0..n).map(|_| g.normal()).collect::<Vec<f64>>());
        let truth: Vec<f64> = a.iter().zip(&b).map(|(a, b)| probability(0.9 * a - 0.6 * b - 1.0)).collect();
        let happened = truth.iter().map(|p| g.uniform() < *p).collect();
        ([a, b, c], happened, truth)
    }

    #[test]
    fn both_models_come_near_to_what_can_be_known_and_the_plain_one_nearer() {
        let ([a, b, c], happened, truth) = plain(6_000);
        let columns = [Column::Numbers(&a), Column::Numbers(&b), Column::Numbers(&c)];
        let folds = stratified(&happened, None, 5, 1);
        let of = |scores: &[f64]| auc(scores, &happened, 0.95).unwrap().estimate;
        let logistic = train(Kind::Logistic, &columns, &happened, &folds).unwrap();
        let trees = train(Kind::Trees, &columns, &happened, &folds).unwrap();
        assert!(of(&logistic.out_of_fold) > of(&truth) - 0.003);
        assert!(of(&trees.out_of_fold) > of(&truth) - 0.02);
        assert!(of(&logistic.out_of_fold) > of(&trees.out_of_fold));
        for trained in [logistic, trees] {
            let told = trained.model.contributions(&columns, &[3])[0].clone();
            let rest: Vec<f64> = trained.model.scores(&columns[..])[..4].to_vec();
            assert!(told[2].abs() < told[0].abs() + told[1].abs() && rest.iter().all(|s| s.is_finite()));
        }
    }

    #[test]
    fn the_result_does_not_depend_on_the_number_of_threads() {
        let ([a, b, c], happened, _) = plain(2_000);
        let columns = [Column::Numbers(&a), Column::Numbers(&b), Column::Numbers(&c)];
        let folds = stratified(&happened, None, 4, 1);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let all = |kind| pool.install(|| train(kind, &columns, &happened, &folds).unwrap().out_of_fold);
            (all(Kind::Logistic), all(Kind::Trees))
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn what_cannot_be_trained_is_none() {
        let x = [1.0, 2.0, 3.0, 4.0];
        let folds = [0, 1, 0, 1];
        for kind in [Kind::Logistic, Kind::Trees] {
            assert!(train(kind, &[Column::Numbers(&x)], &[true; 4], &folds).is_none());
            assert!(train(kind, &[], &[true, false, true, false], &folds).is_none());
            assert!(train(kind, &[Column::Numbers(&[])], &[], &[]).is_none());
        }
    }

    #[test]
    fn strange_values_do_no_harm() {
        let mut x: Vec<f64> = (0..400).map(|i| f64::from(i % 7)).collect();
        x[3] = f64::INFINITY;
        x[5] = f64::NAN;
        x[7] = -1e300;
        x[9] = 1e300;
        let names: Vec<u32> = (0..400).collect();
        let happened: Vec<bool> = (0..400).map(|i| i % 7 > 4).collect();
        let columns = [Column::Numbers(&x), Column::Codes { values: &names, n: 100_000 }];
        let folds = stratified(&happened, None, 4, 1);
        for kind in [Kind::Logistic, Kind::Trees] {
            let trained = train(kind, &columns, &happened, &folds).unwrap();
            assert!(trained.out_of_fold.iter().all(|s| s.is_finite()), "{kind:?}");
        }
    }
}
