//! Growing one tree, the leaf that gains most first, from sums of gradients in bins.
//!
//! Gradients are whole numbers here: sums of them do not depend on the order, so a tree is the same for any number of
//! threads, and a leaf's larger half is the leaf less its smaller half, exactly.

use super::bins::{Binned, Cuts};
use super::split::{self, Candidate, Rule};

/// Gain below which a leaf is not split, in units of the loss.
const LEAST_GAIN: f64 = 1e-6;

/// What holds a tree back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub leaves: usize,
    pub depth: usize,
    /// Rows of a leaf, at least (estimated from the weights).
    pub fewest_rows: f64,
    /// Weight added to every leaf, which pulls its value to 0.
    pub ridge: f64,
}

/// A place in a tree: a leaf, or a question with two answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// `None` for a leaf.
    pub split: Option<Split>,
    /// Log-odds that a leaf adds.
    pub value: f64,
    /// Rows that came here in training.
    pub rows: f64,
}

/// A question to one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    pub column: usize,
    pub rule: Rule,
    pub left: usize,
    pub right: usize,
}

/// A tree; the first node is its root.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub nodes: Vec<Node>,
}

impl Tree {
    /// The leaf of a row.
    pub fn leaf(&self, row: &[u8]) -> &Node {
        let mut node = &self.nodes[0];
        while let Some(split) = &node.split {
            node =
                &self.nodes[if split.rule.goes_left(row[split.column]) { split.left } else { split.right }];
        }
        node
    }
}

/// Gradient and weight of a row in one number: the gradient in the upper half, the weight in the lower.
///
/// The lower half never runs over, because weights are not negative and their sum over all rows fits.
pub type Pair = i64;

pub fn pair(gradient: i64, weight: i64) -> Pair {
    (gradient << 32) + weight
}

/// Gradient and weight of a sum of pairs.
pub fn parts(sum: Pair) -> (f64, f64) {
    ((sum >> 32) as f64, (sum & 0xffff_ffff) as f64)
}

/// How many whole units a gradient of 1 and a weight of 1 are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Units {
    pub gradient: f64,
    pub weight: f64,
}

impl Units {
    /// The largest powers of two at which the sums over all rows fit into 31 bits, rounding included.
    pub fn fitting(gradients: f64, weights: f64, n_rows: usize) -> Self {
        let unit = |sum: f64| {
            let room = f64::from(1u32 << 30) - 0.5 * n_rows as f64;
            // Never so fine that one row alone runs over: a single value is at most 1.
            (room / sum.max(1.0)).log2().floor().exp2().min(f64::from(1u32 << 24))
        };
        Self { gradient: unit(gradients), weight: unit(weights) }
    }

    /// Gradient and weight of a sum of pairs.
    pub fn of(&self, sum: Pair) -> (f64, f64) {
        let (gradient, weight) = parts(sum);
        (gradient / self.gradient, weight / self.weight)
    }
}

/// A leaf of a grown tree: its node, its rows, and the sum of their pairs.
pub struct Leaf {
    pub node: usize,
    pub rows: std::ops::Range<usize>,
    pub sum: Pair,
}

/// A leaf while the tree grows: a stretch of the rows, their sums in bins, and its best split.
struct Growing {
    node: usize,
    depth: usize,
    from: usize,
    to: usize,
    sums: Vec<Pair>,
    best: Option<Candidate>,
}

/// What the growing of every tree shares.
pub struct Ground<'a> {
    pub cuts: &'a Cuts,
    pub binned: &'a Binned,
    pub limits: Limits,
    pub units: Units,
    /// Bins of the widest column, rounded up to a power of two.
    pub width: usize,
}

impl<'a> Ground<'a> {
    pub fn new(cuts: &'a Cuts, binned: &'a Binned, limits: Limits) -> Self {
        let widest = (0..cuts.n_columns()).map(|c| cuts.n_bins(c)).max().unwrap_or(2);
        let width = if widest <= 64 { 64 } else { 256 };
        Self { cuts, binned, limits, units: Units { gradient: 1.0, weight: 1.0 }, width }
    }

    fn sums(&self, rows: &[u32], pairs: &[Pair]) -> Vec<Pair> {
        let mut sums = vec![0; self.width * self.cuts.n_columns()];
        match self.width {
            64 => count::<64>(self.binned, rows, pairs, &mut sums),
            _ => count::<256>(self.binned, rows, pairs, &mut sums),
        }
        sums
    }

    fn best(&self, sums: &[Pair], rows: usize, depth: usize) -> Option<Candidate> {
        if depth >= self.limits.depth || (rows as f64) < 2.0 * self.limits.fewest_rows {
            return None;
        }
        split::best(self.cuts, sums, self.width, rows as f64, &self.limits, &self.units)
    }

    /// Grows a tree over `rows` (reordered so that each leaf's rows lie together) and gives the rows of each leaf.
    ///
    /// Leaf values are left at 0: the caller knows how far to believe a tree.
    pub fn grow(&self, rows: &mut [u32], pairs: &[Pair]) -> (Tree, Vec<Leaf>) {
        let mut tree = Tree { nodes: vec![leaf(rows.len())] };
        let sums = self.sums(rows, pairs);
        let best = self.best(&sums, rows.len(), 0);
        let mut growing = vec![Growing { node: 0, depth: 0, from: 0, to: rows.len(), sums, best }];
        let mut spare = Vec::with_capacity(rows.len());
        while growing.len() < self.limits.leaves {
            let gain = |g: &Growing| g.best.as_ref().map_or(0.0, |b| b.gain);
            // The first of equal gains, so that the order of work decides nothing.
            let Some(at) =
                (0..growing.len()).rev().max_by(|a, b| gain(&growing[*a]).total_cmp(&gain(&growing[*b])))
            else {
                break;
            };
            let Some(best) = growing[at].best.take().filter(|b| b.gain > LEAST_GAIN) else { break };
            let parent = growing.swap_remove(at);
            let (left, right) = self.divide(&mut tree, parent, best, rows, pairs, &mut spare);
            growing.extend([left, right]);
        }
        let width = self.width;
        let leaf = |g: Growing| Leaf { node: g.node, rows: g.from..g.to, sum: g.sums[..width].iter().sum() };
        (tree, growing.into_iter().map(leaf).collect())
    }

    fn divide(
        &self,
        tree: &mut Tree,
        mut parent: Growing,
        best: Candidate,
        rows: &mut [u32],
        pairs: &[Pair],
        spare: &mut Vec<u32>,
    ) -> (Growing, Growing) {
        let middle = parent.from + self.part(&mut rows[parent.from..parent.to], &best, spare);
        let (left, right) = (tree.nodes.len(), tree.nodes.len() + 1);
        tree.nodes.push(leaf(middle - parent.from));
        tree.nodes.push(leaf(parent.to - middle));
        let Candidate { column, mut rule, .. } = best;
        rule.unseen_follow_the_larger(middle - parent.from >= parent.to - middle);
        tree.nodes[parent.node].split = Some(Split { column, rule, left, right });
        // The smaller half is counted, the larger is what remains.
        let left_is_smaller = middle - parent.from < parent.to - middle;
        let smaller = if left_is_smaller { &rows[parent.from..middle] } else { &rows[middle..parent.to] };
        let counted = self.sums(smaller, pairs);
        parent.sums.iter_mut().zip(&counted).for_each(|(p, c)| *p -= c);
        let (left_sums, right_sums) =
            if left_is_smaller { (counted, parent.sums) } else { (parent.sums, counted) };
        let depth = parent.depth + 1;
        let child = |node, from, to, sums: Vec<Pair>| {
            let best = self.best(&sums, to - from, depth);
            Growing { node, depth, from, to, sums, best }
        };
        (child(left, parent.from, middle, left_sums), child(right, middle, parent.to, right_sums))
    }

    /// Moves the rows that go left to the front, keeping their order; gives how many they are.
    fn part(&self, rows: &mut [u32], best: &Candidate, spare: &mut Vec<u32>) -> usize {
        spare.clear();
        let (bins, n_columns) = (&self.binned.bins, self.binned.n_columns);
        let table: [bool; 256] = std::array::from_fn(|bin| best.rule.goes_left(bin as u8));
        let mut kept = 0;
        for i in 0..rows.len() {
            let row = rows[i];
            if table[bins[row as usize * n_columns + best.column] as usize] {
                rows[kept] = row;
                kept += 1;
            } else {
                spare.push(row);
            }
        }
        rows[kept..].copy_from_slice(spare);
        kept
    }
}

fn leaf(rows: usize) -> Node {
    Node { split: None, value: 0.0, rows: rows as f64 }
}

/// Adds each row's pair to the bin of each of its columns.
fn count<const WIDTH: usize>(binned: &Binned, rows: &[u32], pairs: &[Pair], sums: &mut [Pair]) {
    let (columns, _) = sums.as_chunks_mut::<WIDTH>();
    for row in rows {
        let pair = pairs[*row as usize];
        for (sums, bin) in columns.iter_mut().zip(binned.row(*row as usize)) {
            // A bin is below WIDTH; the mask only tells so to the compiler.
            sums[*bin as usize & (WIDTH - 1)] += pair;
        }
    }
}
