//! From pairs to groups: who belongs together, so that a chain of middling likenesses does not tie strangers together.

use crate::model::Model;
use crate::records::Records;

/// A pair with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub left: u32,
    pub right: u32,
    /// **Units.** Bits: log2 of the odds that the two are one.
    pub bits: f32,
}

impl Pair {
    /// The probability that the two are one.
    pub fn probability(&self) -> f64 {
        crate::model::probability(f64::from(self.bits))
    }
}

/// How much one pair may say when two groups meet. **Units.** Bits.
const MOST: f32 = 10.0;
/// Pairs that are looked at when two groups meet.
const MOST_PAIRS: usize = 256;

/// Groups by the strongest pairs first: two groups become one where all pairs between them, taken together, speak for it.
///
/// **Shape.** The smallest record of its group for each record.
pub(crate) fn cluster(model: &Model, records: &Records, pairs: &[Pair], least: f32) -> Vec<u32> {
    let mut order: Vec<&Pair> = pairs.iter().filter(|pair| pair.bits >= least).collect();
    order.sort_by(|x, y| y.bits.total_cmp(&x.bits).then(x.left.cmp(&y.left)).then(x.right.cmp(&y.right)));
    let mut group_of: Vec<u32> = (0..records.len() as u32).collect();
    let mut members: std::collections::HashMap<u32, Vec<u32>> = std::collections::HashMap::new();
    for pair in order {
        let (one, two) = (group_of[pair.left as usize], group_of[pair.right as usize]);
        if one == two {
            continue;
        }
        let (one, two) = (one.min(two), one.max(two));
        let left = members.remove(&one).unwrap_or_else(|| vec![one]);
        let right = members.remove(&two).unwrap_or_else(|| vec![two]);
        if left.len() + right.len() > 2 && !belong(model, records, &left, &right, least) {
            members.insert(one, left);
            members.insert(two, right);
            continue;
        }
        for &member in &right {
            group_of[member as usize] = one;
        }
        let mut whole = left;
        whole.extend(right);
        members.insert(one, whole);
    }
    group_of
}

fn belong(model: &Model, records: &Records, left: &[u32], right: &[u32], least: f32) -> bool {
    let n_pairs = left.len() * right.len();
    let step = n_pairs.div_ceil(MOST_PAIRS);
    let mut sum = 0.0;
    for at in (0..n_pairs).step_by(step) {
        let (x, y) = (left[at / right.len()], right[at % right.len()]);
        let bits = model.score(records, records.row(x.min(y)), records.row(x.max(y)));
        sum += (bits - least).clamp(-MOST, MOST);
    }
    sum >= 0.0
}

/// One partner for each record of two files: the strongest pairs first, each record once.
pub(crate) fn one_to_one(pairs: &[Pair], n: usize, least: f32) -> Vec<Pair> {
    let mut order: Vec<&Pair> = pairs.iter().filter(|pair| pair.bits >= least).collect();
    order.sort_by(|x, y| y.bits.total_cmp(&x.bits).then(x.left.cmp(&y.left)).then(x.right.cmp(&y.right)));
    let mut taken = vec![false; n];
    let mut chosen = Vec::new();
    for pair in order {
        if !taken[pair.left as usize] && !taken[pair.right as usize] {
            taken[pair.left as usize] = true;
            taken[pair.right as usize] = true;
            chosen.push(*pair);
        }
    }
    chosen
}
