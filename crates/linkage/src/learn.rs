//! Learning the weights from the data themselves, without labels.
//!
//! *u* comes from pairs by lot, *m* and the relations from expectation and maximisation over candidate pairs, where each pair
//! is one of: the same, in a relation, strangers. What strangers look like stays fixed meanwhile, and the number of pairs is
//! that of all pairs, so that blocking does not bend the prior. Beliefs (`compare::levels`) hold the balance where the data
//! are few.
//!
//! **Source.** Fellegi and Sunter, *A theory for record linkage* (1969), equations 1 to 7; Winkler, *Using the EM algorithm for
//! weight computation in the Fellegi–Sunter model* (1988), equations 3 to 6, here with more than two classes.

use rayon::prelude::*;

use crate::compare::{MISSING, MOST_LEVELS, Rarity, SAME, Seen, compare_all, levels};
use crate::extent::Extent;
use crate::model::{Model, Weight, rarity_at};
use crate::records::{Records, Rule};
use crate::relations::{possible, usual_shares};
use crate::shares;

/// Comparisons that are spent on pairs drawn by lot, to see what strangers look like.
const DRAWN: u32 = 1_500_000;
/// Rounds of expectation and maximisation.
const MOST_ROUNDS: usize = 60;
/// How many true pairs the beliefs about *m* are worth.
const BELIEF: f64 = 12.0;
/// Pairs that are looked at in one piece; the pieces are summed in order, so that threads do not change the sums.
const PIECE: usize = 4096;

/// A candidate pair that was drawn, with the number of candidates for which it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) weight: f64,
}

impl Drawn {
    fn both(&self) -> (u32, u32) {
        (self.left, self.right)
    }
}

/// Learns a model; `cluster_of` tells the entity of each record, where that is known from a round before.
pub(crate) fn learn(
    records: &Records,
    extent: Extent,
    candidates: &[Drawn],
    cluster_of: Option<&[u32]>,
) -> Model {
    let mut model = beliefs(records, extent, cluster_of);
    strangers(&mut model, records, extent, cluster_of);
    let evidence = Evidence::of(&model, records, candidates);
    maximise(&mut model, &evidence, extent);
    model
}

/// The probability of each candidate to be a true pair.
pub(crate) fn expected(model: &Model, records: &Records, candidates: &[Drawn]) -> Vec<f64> {
    let of_piece = |piece: &[Drawn]| {
        let mut expected = Vec::with_capacity(piece.len());
        compare_all(records, &model.rarities, piece, Drawn::both, |_, seen| {
            expected.push(crate::model::probability(f64::from(model.bits(seen))));
        });
        expected
    };
    candidates.par_chunks(PIECE).flat_map_iter(of_piece).collect()
}

/// What is believed before any pair was seen.
fn beliefs(records: &Records, extent: Extent, cluster_of: Option<&[u32]>) -> Model {
    let shares = shares::count(records, cluster_of);
    let prior = (0.1 * f64::from(extent.n) / extent.n_pairs().max(1.0)).min(0.3);
    let prior = (prior / (1.0 - prior)).log2() as f32;
    let weights = records.comparisons.iter().map(|comparison| {
        let of = levels(comparison.rule);
        let mut m = [f32::MIN_POSITIVE.log2(); MOST_LEVELS];
        let mut centre = [f32::NAN; MOST_LEVELS];
        for (at, level) in of.iter().enumerate().skip(1) {
            m[at] = level.m.log2() as f32;
            if rarity_at(comparison.rule, at) == Rarity::Shared {
                centre[at] = 0.0;
            }
        }
        let slot = comparison.slots[usize::from(comparison.rule == Rule::Family)];
        let mut u = [0.0; MOST_LEVELS];
        u[usize::from(SAME)] = shares.same[slot];
        centre[usize::from(SAME)] = if comparison.rule == Rule::Codes { f32::NAN } else { shares.same[slot] };
        Weight { rule: comparison.rule, m, u, centre }
    });
    let weights = weights.collect();
    Model {
        weights,
        relations: possible(&records.comparisons, prior - 1.0),
        rarities: shares.rarities,
        prior,
    }
}

/// Counts at which level strangers stand.
fn strangers(model: &mut Model, records: &Records, extent: Extent, cluster_of: Option<&[u32]>) {
    let n_comparisons = model.weights.len();
    let drawn = extent.drawn((DRAWN / n_comparisons.max(2) as u32).max(150_000));
    let apart = |pair: &&(u32, u32)| cluster_of.is_none_or(|of| of[pair.0 as usize] != of[pair.1 as usize]);
    let pieces: Vec<Counts> = drawn
        .par_chunks(PIECE)
        .map(|piece| {
            let mut counts = Counts::new(n_comparisons);
            let apart: Vec<(u32, u32)> = piece.iter().filter(apart).copied().collect();
            compare_all(records, &model.rarities, &apart, |pair| *pair, |_, seen| counts.add(seen));
            counts
        })
        .collect();
    let mut counts = Counts::new(n_comparisons);
    pieces.iter().for_each(|piece| counts.add_all(piece));
    for (at, weight) in model.weights.iter_mut().enumerate() {
        set_strangers(weight, &counts.n[at], &counts.inverse[at]);
    }
}

/// How often each level was seen, and the sum of one over the share of the value.
struct Counts {
    n: Vec<[f64; MOST_LEVELS]>,
    inverse: Vec<[f64; MOST_LEVELS]>,
}

impl Counts {
    fn new(n_comparisons: usize) -> Counts {
        Counts {
            n: vec![[0.0; MOST_LEVELS]; n_comparisons],
            inverse: vec![[0.0; MOST_LEVELS]; n_comparisons],
        }
    }

    fn add(&mut self, seen: &[Seen]) {
        for (at, seen) in seen.iter().enumerate() {
            let level = usize::from(seen.level);
            self.n[at][level] += 1.0;
            self.inverse[at][level] += f64::from(-seen.rarity).exp2();
        }
    }

    fn add_all(&mut self, other: &Counts) {
        for at in 0..self.n.len() {
            for level in 0..MOST_LEVELS {
                self.n[at][level] += other.n[at][level];
                self.inverse[at][level] += other.inverse[at][level];
            }
        }
    }
}

/// How many strangers the beliefs about *u* are worth.
const STRANGERS: f64 = 30.0;

/// Levels that fewer strangers than this were seen at are taken by the rule of thumb of their kind.
const FEW: f64 = 12.0;

fn set_strangers(weight: &mut Weight, n: &[f64; MOST_LEVELS], inverse: &[f64; MOST_LEVELS]) {
    let n_levels = levels(weight.rule).len();
    let known: f64 = n[1..n_levels].iter().sum();
    let exact = weight.rule != Rule::Codes;
    for level in 1..n_levels {
        if exact && level == usize::from(SAME) {
            continue;
        }
        let belief = if level == different(weight.rule) { 0.98 } else { 0.02 / (n_levels - 2) as f64 };
        let share = (n[level] + 0.2 + STRANGERS * belief) / (known + 0.2 * n_levels as f64 + STRANGERS);
        let rarity = rarity_at(weight.rule, level);
        let (u, centre) = match rarity {
            Rarity::None => (share.log2(), f64::NAN),
            _ if n[level] >= FEW => (share.log2(), (n[level] / inverse[level]).log2()),
            Rarity::Shared => (0.0, 0.0),
            Rarity::Near => (share.log2(), f64::NAN),
        };
        weight.u[level] = u as f32;
        weight.centre[level] = centre as f32;
    }
}

/// Candidate pairs as levels, with what strangers' chances of them are.
struct Evidence {
    n_comparisons: usize,
    seen: Vec<Seen>,
    weights: Vec<f64>,
}

impl Evidence {
    /// Leaves out candidates that no round could make a pair of any kind.
    fn of(model: &Model, records: &Records, candidates: &[Drawn]) -> Evidence {
        let n_comparisons = model.weights.len();
        let pieces: Vec<(Vec<Seen>, Vec<f64>)> = candidates
            .par_chunks(PIECE)
            .map(|piece| {
                let (mut all, mut weights) = (Vec::new(), Vec::new());
                compare_all(records, &model.rarities, piece, Drawn::both, |pair, seen| {
                    let related = |bits: f32, relation: &crate::model::Relation| {
                        bits.max(relation.bits(&model.weights, seen))
                    };
                    if model.relations.iter().fold(model.bits(seen), related) > -14.0 {
                        all.extend_from_slice(seen);
                        weights.push(pair.weight);
                    }
                });
                (all, weights)
            })
            .collect();
        let mut evidence = Evidence { n_comparisons, seen: Vec::new(), weights: Vec::new() };
        for (seen, weights) in pieces {
            evidence.seen.extend(seen);
            evidence.weights.extend(weights);
        }
        evidence
    }
}

/// Expected numbers of true pairs and of each relation, by comparison and level.
struct Expected {
    n: Vec<f64>,
    levels: Vec<Vec<[f64; MOST_LEVELS]>>,
}

impl Expected {
    fn new(n_classes: usize, n_comparisons: usize) -> Expected {
        Expected { n: vec![0.0; n_classes], levels: vec![vec![[0.0; MOST_LEVELS]; n_comparisons]; n_classes] }
    }

    fn add_all(&mut self, other: &Expected) {
        for class in 0..self.n.len() {
            self.n[class] += other.n[class];
            for (mine, theirs) in self.levels[class].iter_mut().zip(&other.levels[class]) {
                mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
            }
        }
    }
}

fn maximise(model: &mut Model, evidence: &Evidence, extent: Extent) {
    for _ in 0..MOST_ROUNDS {
        let expected = expect(model, evidence);
        let before: Vec<[f32; MOST_LEVELS]> = model.weights.iter().map(|weight| weight.m).collect();
        let prior = model.prior;
        update(model, &expected, extent);
        let moved =
            model.weights.iter().zip(&before).flat_map(|(weight, before)| weight.m.iter().zip(before));
        let most = moved.map(|(x, y)| (x.exp2() - y.exp2()).abs()).fold(0.0, f32::max);
        if most < 2e-4 && (model.prior - prior).abs() < 1e-3 {
            break;
        }
    }
}

fn expect(model: &Model, evidence: &Evidence) -> Expected {
    let (n_classes, n) = (1 + model.relations.len(), evidence.n_comparisons);
    let pieces: Vec<Expected> = evidence
        .weights
        .par_chunks(PIECE)
        .zip(evidence.seen.par_chunks(PIECE * n.max(1)))
        .map(|(weights, all)| {
            let mut expected = Expected::new(n_classes, n);
            let mut odds = vec![0.0_f64; n_classes];
            for (weight, seen) in weights.iter().zip(all.chunks(n.max(1))) {
                let fields: f32 =
                    model.weights.iter().zip(seen).map(|(weight, seen)| weight.bits(*seen)).sum();
                let one = model.prior + fields;
                odds[0] = f64::from(one).min(80.0).exp2();
                for (class, relation) in model.relations.iter().enumerate() {
                    let bits = relation.bits_beside(one, &model.weights, seen);
                    odds[class + 1] = f64::from(bits).min(80.0).exp2();
                }
                let whole = 1.0 + odds.iter().sum::<f64>();
                for (class, odds) in odds.iter().enumerate() {
                    let share = weight * odds / whole;
                    expected.n[class] += share;
                    for (at, seen) in seen.iter().enumerate() {
                        expected.levels[class][at][usize::from(seen.level)] += share;
                    }
                }
            }
            expected
        })
        .collect();
    let mut expected = Expected::new(n_classes, n);
    pieces.iter().for_each(|piece| expected.add_all(piece));
    expected
}

fn update(model: &mut Model, expected: &Expected, extent: Extent) {
    let odds = |n: f64| {
        let share = (n.max(0.5) / extent.n_pairs().max(1.0)).min(0.5);
        (share / (1.0 - share)).log2() as f32
    };
    model.prior = odds(expected.n[0]);
    for (at, weight) in model.weights.iter_mut().enumerate() {
        let beliefs = levels(weight.rule).iter().map(|level| level.m);
        let shares = mixed(&expected.levels[0][at], beliefs, BELIEF);
        set_m(weight, shares);
    }
    for (class, relation) in model.relations.iter_mut().enumerate() {
        relation.prior = odds(expected.n[class + 1]).min(model.prior + relation.most);
        for (at, weight) in model.weights.iter().enumerate() {
            let n_levels = levels(weight.rule).len();
            let beliefs = usual_shares(weight.rule).into_iter().take(n_levels);
            let shares = mixed(&expected.levels[class + 1][at], beliefs, BELIEF);
            relation.h[at] = shares.map(|share| share.max(1e-6).log2() as f32);
        }
    }
}

/// Shares of what was counted together with what was believed.
fn mixed(counts: &[f64; MOST_LEVELS], beliefs: impl Iterator<Item = f64>, worth: f64) -> [f64; MOST_LEVELS] {
    let mut shares = *counts;
    shares[usize::from(MISSING)] = 0.0;
    for (share, belief) in shares.iter_mut().zip(beliefs).skip(1) {
        *share += worth * belief;
    }
    let whole: f64 = shares[1..].iter().sum();
    shares.map(|share| share / whole.max(1e-12))
}

/// Sets *m*, within what can be true of any data: being the same speaks for one, being different against.
fn set_m(weight: &mut Weight, shares: [f64; MOST_LEVELS]) {
    let last = different(weight.rule);
    let most = if tells_apart(weight.rule) { 0.4 } else { 0.7 };
    for (level, share) in shares.iter().enumerate().skip(1) {
        let share = if level == last { share.min(most) } else { *share };
        weight.m[level] = share.max(1e-6).log2() as f32;
    }
    weight.m[last] = weight.m[last].min(weight.u[last]);
}

/// The level that says "different".
fn different(rule: Rule) -> usize {
    let named = levels(rule).iter().position(|level| level.name == "different");
    named.unwrap_or(levels(rule).len() - 1)
}

fn tells_apart(rule: Rule) -> bool {
    matches!(rule, Rule::Given | Rule::Family | Rule::Date | Rule::Identifier | Rule::Text | Rule::People)
}
