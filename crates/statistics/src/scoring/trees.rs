//! Boosted trees: many small trees, each mending what those before it got wrong.
//!
//! Numbers need no scaling, gaps go to the side that suits them, categories are divided into sets. The result depends on the
//! rows and the options only, not on threads. It tells nothing about causes, and does not reach beyond the values it saw.

pub mod bins;
mod contributions;
mod grow;
mod split;

pub use contributions::Contributions;

use bins::{Binned, Cuts};
use grow::{Ground, Limits, Pair, Tree, Units, pair};

use super::log_odds;
use super::quality::surprise;

/// How trees are grown.
///
/// **Units.** `ridge` in rows with probability one half times four; `step` is the share of a tree that is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    pub trees: usize,
    pub step: f64,
    pub leaves: usize,
    pub depth: usize,
    pub fewest_rows: f64,
    pub ridge: f64,
    /// Trees without a gain on the watched rows after which growing stops.
    pub patience: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { trees: 400, step: 0.1, leaves: 31, depth: 12, fewest_rows: 20.0, ridge: 1.0, patience: 20 }
    }
}

/// A grown forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// Log-odds before the first tree.
    pub start: f64,
    trees: Vec<Tree>,
}

/// A forest with what the watched rows lost, on average, after 0, 1, 2, … trees.
#[derive(Debug, Clone)]
pub struct Watched {
    pub forest: Forest,
    pub losses: Vec<f64>,
}

/// Rows beyond this leave too few digits to the gradients.
pub const MOST_ROWS: usize = 4_000_000;

/// Grows trees on the rows `rows`, and stops when those of `watch` gain no more (never, when `watch` is empty).
///
/// **Shape.** `happened` has an entry for each row of `binned`; `rows` and `watch` are places in it.
///
/// Returns `None` where all or none of `rows` happened, there are more than [`MOST_ROWS`], or there is no column.
///
/// **Source.** Friedman, "Greedy function approximation" (2001); second order: Chen and Guestrin (2016); histograms and leaves
/// by gain: Ke et al., "LightGBM" (2017); whole gradients: Shi et al., "Quantized training of gradient boosting" (2022).
pub fn grow(
    cuts: &Cuts,
    binned: &Binned,
    happened: &[bool],
    rows: &[u32],
    watch: &[u32],
    options: &Options,
) -> Option<Watched> {
    let n_positive = rows.iter().filter(|r| happened[**r as usize]).count();
    if n_positive == 0 || n_positive == rows.len() || rows.len() > MOST_ROWS || cuts.n_columns() == 0 {
        return None;
    }
    let start = log_odds(n_positive as f64 / rows.len() as f64);
    let limits = Limits {
        leaves: options.leaves.max(2),
        depth: options.depth,
        fewest_rows: options.fewest_rows,
        ridge: options.ridge,
    };
    let mut ground = Ground::new(cuts, binned, limits);
    let mut boosting = Boosting::new(start, happened, rows, watch);
    let mut forest = Forest { start, trees: Vec::new() };
    let mut best = 0;
    for n_trees in 1..=options.trees {
        let Some(tree) = boosting.next(&mut ground, options) else { break };
        forest.trees.push(tree);
        if boosting.losses.last() < boosting.losses.get(best) {
            best = n_trees;
        }
        if !watch.is_empty() && n_trees - best >= options.patience {
            break;
        }
    }
    Some(Watched { forest, losses: boosting.losses })
}

/// The nearest whole number.
fn nearest(x: f64) -> i64 {
    (x + 0.5f64.copysign(x)) as i64
}

/// [`super::probability`] to twelve digits, in steps that the compiler can take for several rows at once and that give the
/// same bits on every machine.
fn logistic(score: f64) -> f64 {
    // e^−x = 2^k · e^r with |r| ≤ ln 2 / 2; adding `MAGIC` rounds to a whole k and leaves it in the lowest bits.
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    let x = (-score).clamp(-700.0, 700.0);
    let shifted = x * std::f64::consts::LOG2_E + MAGIC;
    let r = x - (shifted - MAGIC) * std::f64::consts::LN_2;
    const INVERSE_FACTORIALS: [f64; 11] = [
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let series = INVERSE_FACTORIALS.iter().fold(0.0, |sum, c| sum * r + c);
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    1.0 / (1.0 + series * power)
}

/// What changes from tree to tree.
struct Boosting<'a> {
    happened: &'a [bool],
    watch: &'a [u32],
    /// Log-odds of every row, so far, and the probability that they mean.
    scores: Vec<f64>,
    probabilities: Vec<f64>,
    pairs: Vec<Pair>,
    in_order: Vec<u32>,
    rows: Vec<u32>,
    losses: Vec<f64>,
}

impl<'a> Boosting<'a> {
    fn new(start: f64, happened: &'a [bool], rows: &[u32], watch: &'a [u32]) -> Self {
        let scores = vec![start; happened.len()];
        let mut in_order = rows.to_vec();
        in_order.sort_unstable();
        let mut boosting = Self {
            happened,
            watch,
            probabilities: vec![0.0; scores.len()],
            scores,
            pairs: vec![0; happened.len()],
            rows: in_order.clone(),
            in_order,
            losses: Vec::new(),
        };
        boosting.look();
        boosting
    }

    /// Gradient and weight of every row as whole numbers, and their units.
    fn differentiate(&mut self) -> Units {
        self.probabilities.iter_mut().zip(&self.scores).for_each(|(p, s)| *p = logistic(*s));
        let (mut gradients, mut weights) = (0.0, 0.0);
        for row in &self.in_order {
            let p = self.probabilities[*row as usize];
            gradients += if self.happened[*row as usize] { 1.0 - p } else { p };
            weights += p * (1.0 - p);
        }
        let units = Units::fitting(gradients, weights, self.in_order.len());
        for row in &self.in_order {
            let row = *row as usize;
            let p = self.probabilities[row];
            let gradient = f64::from(u8::from(self.happened[row])) - p;
            self.pairs[row] = pair(nearest(gradient * units.gradient), nearest(p * (1.0 - p) * units.weight));
        }
        units
    }

    fn look(&mut self) {
        let loss = |r: &u32| surprise(logistic(self.scores[*r as usize]), self.happened[*r as usize]);
        if !self.watch.is_empty() {
            self.losses.push(self.watch.iter().map(loss).sum::<f64>() / self.watch.len() as f64);
        }
    }

    /// One more tree; `None` when nothing is left to gain.
    fn next(&mut self, ground: &mut Ground<'_>, options: &Options) -> Option<Tree> {
        ground.units = self.differentiate();
        self.rows.copy_from_slice(&self.in_order);
        let (mut tree, leaves) = ground.grow(&mut self.rows, &self.pairs);
        if tree.nodes.len() == 1 {
            return None;
        }
        for leaf in leaves {
            let (gradient, weight) = ground.units.of(leaf.sum);
            let value = options.step * gradient / (weight + options.ridge);
            tree.nodes[leaf.node].value = value;
            self.rows[leaf.rows].iter().for_each(|row| self.scores[*row as usize] += value);
        }
        for row in self.watch {
            self.scores[*row as usize] += tree.leaf(ground.binned.row(*row as usize)).value;
        }
        self.look();
        Some(tree)
    }
}

impl Forest {
    pub fn n_trees(&self) -> usize {
        self.trees.len()
    }

    /// The same forest with its first trees only.
    pub fn truncated(mut self, n_trees: usize) -> Self {
        self.trees.truncate(n_trees);
        self
    }

    /// Log-odds of rows.
    ///
    /// **Shape.** `rows` are places in `binned`, which must have been cut by the same cuts.
    pub fn scores(&self, binned: &Binned, rows: &[u32]) -> Vec<f64> {
        let score = |row: &u32| {
            let row = binned.row(*row as usize);
            self.start + self.trees.iter().map(|t| t.leaf(row).value).sum::<f64>()
        };
        rows.iter().map(score).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;
    use crate::scoring::quality::{auc, judge};
    use crate::scoring::{Column, UNKNOWN, probability};

    #[test]
    fn the_quick_logistic_agrees_with_the_exact_one() {
        for x in -8000..=8000 {
            let x = f64::from(x) / 100.0;
            assert!((logistic(x) - probability(x)).abs() < 1e-12 * probability(x), "{x}");
        }
        assert!(logistic(1e300) == 1.0 && logistic(-1e300) < 1e-300);
    }

    /// It happens where a and b differ in sign, more for the category 3, and where c is not known.
    struct World {
        a: Vec<f64>,
        b: Vec<f64>,
        c: Vec<f64>,
        kind: Vec<u32>,
        truth: Vec<f64>,
        happened: Vec<bool>,
    }

    fn world(n: usize, seed: u64) -> World {
        let mut g = Generator::from_seed(seed);
        let mut w = World { a: vec![], b: vec![], c: vec![], kind: vec![], truth: vec![], happened: vec![] };
        for _ in 0..n {
            let (a, b) = (g.normal(), g.normal());
            let c = if g.uniform() < 0.2 { f64::NAN } else { g.normal() };
            let kind = if g.uniform() < 0.05 { UNKNOWN } else { g.below(6) as u32 };
            let score = -1.0
                + if a * b < 0.0 { 1.5 } else { -0.5 }
                + if kind == 3 { 1.0 } else { 0.0 }
                + if c.is_nan() { 1.0 } else { 0.0 };
            w.a.push(a);
            w.b.push(b);
            w.c.push(c);
            w.kind.push(kind);
            w.truth.push(probability(score));
            w.happened.push(g.uniform() < probability(score));
        }
        w
    }

    impl World {
        fn columns(&self) -> [Column<'_>; 4] {
            let kind = Column::Codes { values: &self.kind, n: 6 };
            [Column::Numbers(&self.a), Column::Numbers(&self.b), Column::Numbers(&self.c), kind]
        }
    }

    fn small() -> Options {
        Options { trees: 150, leaves: 8, ..Options::default() }
    }

    #[test]
    fn trees_find_an_interaction_gaps_and_categories_almost_as_well_as_the_truth() {
        let (train, test) = (world(20_000, 1), world(10_000, 2));
        let cuts = Cuts::of(&train.columns(), 64);
        let rows: Vec<u32> = (0..20_000).collect();
        let grown =
            grow(&cuts, &cuts.apply(&train.columns()), &train.happened, &rows, &[], &small()).unwrap();
        let scores = grown.forest.scores(&cuts.apply(&test.columns()), &rows[..10_000]);
        let told: Vec<f64> = scores.iter().map(|s| probability(*s)).collect();
        let found = judge(&told, &test.happened).unwrap();
        let best = auc(&test.truth, &test.happened, 0.95).unwrap().estimate;
        assert!(found.auc.unwrap().estimate > best - 0.01, "{:?} of {best}", found.auc);
        assert!(found.ece < 0.03, "{}", found.ece);
    }

    #[test]
    fn growing_stops_where_the_watched_rows_gain_no_more() {
        let w = world(3_000, 3);
        let cuts = Cuts::of(&w.columns(), 64);
        let (rows, watch): (Vec<u32>, Vec<u32>) = (0..3_000).partition(|r| r % 5 != 0);
        let options = Options { trees: 1_000, ..Options::default() };
        let grown = grow(&cuts, &cuts.apply(&w.columns()), &w.happened, &rows, &watch, &options).unwrap();
        assert!(grown.forest.n_trees() < 300 && grown.losses.len() == grown.forest.n_trees() + 1);
    }

    #[test]
    fn contributions_are_the_shapley_values_of_the_forest_and_sum_to_the_score() {
        let w = world(2_000, 4);
        let cuts = Cuts::of(&w.columns(), 64);
        let binned = cuts.apply(&w.columns());
        let rows: Vec<u32> = (0..2_000).collect();
        let forest =
            grow(&cuts, &binned, &w.happened, &rows, &[], &Options { trees: 5, ..small() }).unwrap().forest;
        for row in [0, 17, 1_999] {
            let found = forest.contributions(&binned, row);
            let score = forest.scores(&binned, &[row as u32])[0];
            assert!((found.base + found.columns.iter().sum::<f64>() - score).abs() < 1e-9);
            let worth =
                |known: u32| forest.trees.iter().map(|t| given(t, 0, binned.row(row), known)).sum::<f64>();
            let shares = crate::shapley::shares(4, worth).unwrap();
            for (a, b) in found.columns.iter().zip(&shares) {
                assert!((a - b).abs() < 1e-9, "{:?} {shares:?}", found.columns);
            }
        }
    }

    /// Mean value of a tree over the rows of the training where only some columns of a row are known.
    fn given(tree: &Tree, node: usize, row: &[u8], known: u32) -> f64 {
        let node = &tree.nodes[node];
        let Some(split) = &node.split else { return node.value };
        if known >> split.column & 1 == 1 {
            let next = if split.rule.goes_left(row[split.column]) { split.left } else { split.right };
            return given(tree, next, row, known);
        }
        let side = |child: usize| tree.nodes[child].rows / node.rows * given(tree, child, row, known);
        side(split.left) + side(split.right)
    }

    #[test]
    fn nothing_grows_from_nothing() {
        let w = world(50, 5);
        let columns = w.columns();
        let cuts = Cuts::of(&columns, 64);
        let binned = cuts.apply(&columns);
        let rows: Vec<u32> = (0..50).collect();
        assert!(grow(&cuts, &binned, &[true; 50], &rows, &[], &small()).is_none());
        assert!(grow(&cuts, &binned, &w.happened, &[], &[], &small()).is_none());
        let none = Cuts::of(&[], 64);
        assert!(grow(&none, &none.apply(&[]), &w.happened, &rows, &[], &small()).is_none());
        // Columns that say nothing leave the base rate.
        let flat = [1.0; 50];
        let cuts = Cuts::of(&[Column::Numbers(&flat)], 64);
        let binned = cuts.apply(&[Column::Numbers(&flat)]);
        assert_eq!(grow(&cuts, &binned, &w.happened, &rows, &[], &small()).unwrap().forest.n_trees(), 0);
    }
}
