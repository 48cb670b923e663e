//! What each column contributed to one row's score: Shapley values of the forest.

use super::grow::Tree;
use super::{Binned, Forest};

/// The score of a row, taken apart.
///
/// **Units.** Log-odds. `base` and all `columns` together are the row's score.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Mean score over the rows of the training.
    pub base: f64,
    pub columns: Vec<f64>,
}

/// One step of a path: a column, the share of rows that would go this way without knowing it, whether this row does, and the
/// weights of the sets of columns that came before.
#[derive(Clone, Copy)]
struct Step {
    column: usize,
    unknown: f64,
    known: f64,
    weight: f64,
}

const NOWHERE: usize = usize::MAX;

impl Forest {
    /// Takes the score of a row apart.
    ///
    /// **Source.** Lundberg, Erion and Lee, "Consistent individualized feature attribution for tree ensembles" (2018),
    /// algorithm 2 (path-dependent TreeSHAP).
    pub fn contributions(&self, binned: &Binned, row: usize) -> Contributions {
        let mut found = Contributions { base: self.start, columns: vec![0.0; binned.n_columns] };
        let row = binned.row(row);
        for tree in &self.trees {
            found.base += expected(tree, 0);
            walk(
                tree,
                0,
                row,
                &mut found.columns,
                &[],
                Step { column: NOWHERE, unknown: 1.0, known: 1.0, weight: 0.0 },
            );
        }
        found
    }
}

/// Mean value of a subtree over the rows of the training.
fn expected(tree: &Tree, node: usize) -> f64 {
    let node = &tree.nodes[node];
    match &node.split {
        None => node.value,
        Some(split) => {
            let side = |child: usize| tree.nodes[child].rows / node.rows * expected(tree, child);
            side(split.left) + side(split.right)
        }
    }
}

fn walk(tree: &Tree, node: usize, row: &[u8], found: &mut [f64], path: &[Step], step: Step) {
    let mut path = path.to_vec();
    extend(&mut path, step);
    let node = &tree.nodes[node];
    let Some(split) = &node.split else {
        for i in 1..path.len() {
            let weight: f64 = unwound_sum(&path, i);
            found[path[i].column] += weight * (path[i].known - path[i].unknown) * node.value;
        }
        return;
    };
    let goes_left = split.rule.goes_left(row[split.column]);
    let (hot, cold) = if goes_left { (split.left, split.right) } else { (split.right, split.left) };
    let (mut unknown, mut known) = (1.0, 1.0);
    if let Some(before) = path.iter().position(|s| s.column == split.column) {
        (unknown, known) = (path[before].unknown, path[before].known);
        unwind(&mut path, before);
    }
    let share = |child: usize| tree.nodes[child].rows / node.rows;
    let step = |child: usize, known: f64| Step {
        column: split.column,
        unknown: unknown * share(child),
        known,
        weight: 0.0,
    };
    walk(tree, hot, row, found, &path, step(hot, known));
    walk(tree, cold, row, found, &path, step(cold, 0.0));
}

fn extend(path: &mut Vec<Step>, step: Step) {
    let length = path.len();
    path.push(Step { weight: if length == 0 { 1.0 } else { 0.0 }, ..step });
    for i in (0..length).rev() {
        path[i + 1].weight += step.known * path[i].weight * (i + 1) as f64 / (length + 1) as f64;
        path[i].weight = step.unknown * path[i].weight * (length - i) as f64 / (length + 1) as f64;
    }
}

/// Takes a step out of a path, as if it had never been made.
fn unwind(path: &mut Vec<Step>, at: usize) {
    let last = path.len() - 1;
    let Step { unknown, known, .. } = path[at];
    let mut next = path[last].weight;
    for i in (0..last).rev() {
        if known != 0.0 {
            let before = path[i].weight;
            path[i].weight = next * (last + 1) as f64 / ((i + 1) as f64 * known);
            next = before - path[i].weight * unknown * (last - i) as f64 / (last + 1) as f64;
        } else {
            path[i].weight *= (last + 1) as f64 / (unknown * (last - i) as f64);
        }
    }
    for i in at..last {
        let Step { column, unknown, known, .. } = path[i + 1];
        path[i] = Step { column, unknown, known, weight: path[i].weight };
    }
    path.pop();
}

/// The sum of the weights that would be left after taking a step out.
fn unwound_sum(path: &[Step], at: usize) -> f64 {
    let last = path.len() - 1;
    let Step { unknown, known, .. } = path[at];
    let (mut next, mut total) = (path[last].weight, 0.0);
    for i in (0..last).rev() {
        if known != 0.0 {
            let left = next * (last + 1) as f64 / ((i + 1) as f64 * known);
            total += left;
            next = path[i].weight - left * unknown * (last - i) as f64 / (last + 1) as f64;
        } else {
            total += path[i].weight * (last + 1) as f64 / (unknown * (last - i) as f64);
        }
    }
    total
}
