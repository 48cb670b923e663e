//! From keys to candidate pairs, within bounds: no block of equal keys costs more than its size times a constant.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Blocks up to this size are compared each with each …
pub(super) const BLOCK_SIZE: usize = 16;
/// … in larger ones each card with so many neighbours in the order of their texts.
pub(super) const NEIGHBOURS: usize = 5;
/// Pairs that one search keeps: the best ones.
pub(super) const PAIRS_KEPT: usize = 200_000;

/// A key out of texts; None where one is unknown.
pub(super) fn hash(texts: &[&str]) -> Option<u64> {
    if texts.iter().any(|text| text.is_empty()) {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    Some(hasher.finish())
}

/// Two cards by their places, the smaller first, and how surely they are one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    pub(super) left: u32,
    pub(super) right: u32,
    /// **Units.** Bits.
    pub(super) score: f64,
}

/// Finds the pairs that score at least `threshold`.
///
/// `key` gives the key of a card under a rule, `order` the text by which neighbours are found in large blocks, `score`
/// compares two cards. Pairs of which neither card changed are left out.
pub(super) fn pairs(
    n_cards: usize,
    n_rules: usize,
    changed: &[bool],
    threshold: f64,
    key: impl Fn(usize, usize) -> Option<u64> + Sync,
    order: impl Fn(usize) -> String + Sync,
    score: impl Fn(usize, usize) -> f64 + Sync,
) -> Vec<Scored> {
    let next_rule = AtomicUsize::new(0);
    let of_some_rules = || {
        let mut best: HashMap<(u32, u32), f64> = HashMap::new();
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        loop {
            let rule = next_rule.fetch_add(1, Ordering::Relaxed);
            if rule >= n_rules {
                return best;
            }
            keyed.clear();
            keyed.extend((0..n_cards).filter_map(|card| Some((key(rule, card)?, card as u32))));
            keyed.sort_unstable();
            for block in keyed.chunk_by(|a, b| a.0 == b.0).filter(|block| block.len() > 1) {
                candidates(block, &order, |left, right| {
                    let (left, right) = (left.min(right), left.max(right));
                    let is_new = changed[left as usize] || changed[right as usize];
                    if is_new && !best.contains_key(&(left, right)) {
                        let found = score(left as usize, right as usize);
                        if found >= threshold {
                            best.insert((left, right), found);
                        }
                    }
                });
            }
        }
    };
    let mut best = std::thread::scope(|scope| {
        let others: Vec<_> = (1..n_threads()).map(|_| scope.spawn(of_some_rules)).collect();
        let mut best = of_some_rules();
        for other in others {
            best.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        best
    });
    if best.len() > PAIRS_KEPT {
        keep_best(&mut best);
    }
    let mut found: Vec<Scored> =
        best.into_iter().map(|((left, right), score)| Scored { left, right, score }).collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.left, a.right).cmp(&(b.left, b.right))));
    found
}

/// Threads that compare side by side: one for each processor, up to four.
fn n_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(4))
}

/// Leaves about [`PAIRS_KEPT`] pairs: those with the best scores.
fn keep_best(best: &mut HashMap<(u32, u32), f64>) {
    let mut scores: Vec<f64> = best.values().copied().collect();
    scores.sort_unstable_by(|a, b| b.total_cmp(a));
    let least = scores[PAIRS_KEPT];
    best.retain(|_, score| *score > least);
}

/// How much oftener, in bits, pairs are one than `expected` pairs would say: the share of duplicates that these scores
/// themselves imply, by expectation and maximisation of that one parameter.
pub(super) fn shift(found: &[Scored], expected: f64) -> f64 {
    let mut shift = 0.0_f64;
    for _ in 0..30 {
        let implied: f64 = found.iter().map(|pair| super::probability(pair.score + shift)).sum();
        let next = (implied / expected).max(f64::MIN_POSITIVE).log2().clamp(-LEAST_SHIFT, MOST_SHIFT);
        if (next - shift).abs() < 0.01 {
            return next;
        }
        shift = next;
    }
    shift
}

/// Bounds of the shift: between every eightieth record and every record having a second one and more.
const LEAST_SHIFT: f64 = 2.0;
pub(super) const MOST_SHIFT: f64 = 5.0;

fn candidates(block: &[(u64, u32)], order: &impl Fn(usize) -> String, mut visit: impl FnMut(u32, u32)) {
    if block.len() <= BLOCK_SIZE {
        for (nth, (_, left)) in block.iter().enumerate() {
            block[nth + 1..].iter().for_each(|(_, right)| visit(*left, *right));
        }
        return;
    }
    let mut sorted: Vec<(String, u32)> =
        block.iter().map(|(_, card)| (order(*card as usize), *card)).collect();
    sorted.sort_unstable();
    for (nth, (_, left)) in sorted.iter().enumerate() {
        sorted[nth + 1..].iter().take(NEIGHBOURS).for_each(|(_, right)| visit(*left, *right));
    }
}

/// How often values occur; only those that occur more than once are kept.
#[derive(Debug)]
pub(super) struct Frequencies {
    counts: HashMap<u64, u32>,
    /// How often a value is that was not counted.
    otherwise: f64,
}

impl Default for Frequencies {
    fn default() -> Self {
        Self::guessed(1.0)
    }
}

impl Frequencies {
    pub(super) fn of(values: impl Iterator<Item = Option<u64>>) -> Self {
        let mut values: Vec<u64> = values.flatten().collect();
        values.sort_unstable();
        let counts = values.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
        Self { counts: counts.map(|same| (same[0], same.len() as u32)).collect(), otherwise: 1.0 }
    }

    /// Every value is taken to be in so many records.
    pub(super) fn guessed(otherwise: f64) -> Self {
        Self { counts: HashMap::new(), otherwise }
    }

    /// How many records have the text; at least 1.
    pub(super) fn count(&self, text: &str) -> f64 {
        hash(&[text]).and_then(|key| self.counts.get(&key)).map_or(self.otherwise, |n| f64::from(*n))
    }
}
