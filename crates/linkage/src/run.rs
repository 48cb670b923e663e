//! The whole way: learn, choose keys, compare, learn once more with the groups that were found, and group.

use rayon::prelude::*;

use crate::block::Blocks;
use crate::block::choose;
use crate::cluster::{Pair, cluster, one_to_one};
use crate::compare::compare_all;
use crate::extent::Extent;
use crate::learn::{Drawn, expected, learn};
use crate::model::{Model, bits_of};
use crate::records::Records;

/// Files with no more pairs than this are compared each with each.
const ALL_PAIRS: f64 = 1_200_000.0;
/// Pairs below this score are forgotten. **Units.** Bits.
const LEAST_BITS: f32 = -10.0;
/// Files with fewer records than this are grouped and learnt anew twice; in larger ones once changes nothing any more.
const FEW_RECORDS: u32 = 20_000;

/// Pairs that one thread scores before it takes others.
const PIECE: usize = 4096;

/// What shall count as one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// From this probability on two records are one. **Units.** From 0 to 1.
    pub threshold: f64,
    /// How records of two files belong together.
    pub relation: Matching,
}

/// How records of two files belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Each record has at most one partner.
    OneToOne,
    /// A record may have several.
    Many,
}

impl Default for Options {
    fn default() -> Options {
        Options { threshold: 0.5, relation: Matching::OneToOne }
    }
}

/// A blocking key that was used, and what it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct UsedKey {
    pub name: String,
    /// Pairs with the key, estimated before.
    pub n_pairs: f64,
    /// True pairs that no key before it gave, estimated before.
    pub n_new: f64,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    pub model: Model,
    /// Pairs that were compared.
    pub n_candidates: u64,
    /// All pairs that could be one, in order of their records; also those below the threshold, down to one in a thousand.
    pub pairs: Vec<Pair>,
    /// Pairs of two files that belong together; empty for one file.
    pub links: Vec<Pair>,
    /// The smallest record of its group for each record.
    pub cluster_of: Vec<u32>,
    /// Keys in the order of their choice; empty if all pairs were compared.
    pub keys: Vec<UsedKey>,
    pub(crate) blocks: Option<Blocks>,
}

/// Finds which records of one file, or of two whose second begins at record `split`, are one.
///
/// **Shape.** `pairs` and `links` name records by the order in which they were pushed.
///
/// ```
/// use linkage::{Field, Kind, Options, Records, find};
/// let mut records = Records::new(&[
///     Field { name: "first".into(), kind: Kind::GivenName },
///     Field { name: "last".into(), kind: Kind::FamilyName },
///     Field { name: "mail".into(), kind: Kind::Email },
/// ]);
/// for row in [["Anna", "Meyer", "anna.meyer7@example.org"], ["Bob", "Stone", "bob@example.com"], ["Anna", "Meier", "anna.meyer7@example.org"]] {
///     records.push(&row);
/// }
/// let found = find(&records, None, &Options::default());
/// assert_eq!(found.cluster_of, [0, 1, 0]);
/// ```
pub fn find(records: &Records, split: Option<u32>, options: &Options) -> Found {
    let extent = Extent { n: records.len() as u32, split };
    let least = bits_of(options.threshold) as f32;
    if !records.has_comparisons() || extent.n_pairs() < 1.0 {
        return nothing(records, extent);
    }
    let (drawn, blocks, mut model) = candidates(records, extent);
    let (n_candidates, mut pairs) = compared(&model, records, extent, blocks.as_ref());
    for round in 0..if extent.n < FEW_RECORDS { 2 } else { 1 } {
        let cluster_of = grouped(&model, records, extent, &pairs, options, 0.0).1;
        model = learn(records, extent, &drawn, Some(&cluster_of));
        if blocks.is_none() || round == 0 && extent.n < FEW_RECORDS {
            pairs = compared(&model, records, extent, blocks.as_ref()).1;
        } else {
            pairs = scored_anew(&model, records, &pairs);
        }
    }
    let (links, cluster_of) = grouped(&model, records, extent, &pairs, options, least);
    pairs.sort_unstable_by_key(|pair| (pair.left, pair.right));
    let used = |key: &choose::Key| UsedKey { name: key.name.clone(), n_pairs: key.n_pairs, n_new: key.n_new };
    let keys = blocks.iter().flat_map(|blocks| blocks.keys.iter().map(used)).collect();
    Found { model, n_candidates, pairs, links, cluster_of, keys, blocks }
}

/// The answer where there is nothing to compare.
fn nothing(records: &Records, extent: Extent) -> Found {
    let model = learn(records, extent, &[], None);
    let cluster_of = (0..extent.n).collect();
    Found {
        model,
        n_candidates: 0,
        pairs: Vec::new(),
        links: Vec::new(),
        cluster_of,
        keys: Vec::new(),
        blocks: None,
    }
}

/// Pairs to learn from, and blocks where there are too many pairs to compare them all.
fn candidates(records: &Records, extent: Extent) -> (Vec<Drawn>, Option<Blocks>, Model) {
    if extent.n_pairs() <= ALL_PAIRS {
        let all = extent.all().map(|(left, right)| Drawn { left, right, weight: 1.0 });
        let all: Vec<Drawn> = all.collect();
        let model = learn(records, extent, &all, None);
        return (all, None, model);
    }
    let tried = choose::try_keys(records, extent);
    let model = learn(records, extent, &tried.drawn, None);
    let expected = expected(&model, records, &tried.drawn);
    let keys = choose::choose(&tried, &expected, extent);
    let blocks = Blocks::new(tried.parts, keys);
    (tried.drawn, Some(blocks), model)
}

fn compared(model: &Model, records: &Records, extent: Extent, blocks: Option<&Blocks>) -> (u64, Vec<Pair>) {
    let look = |pairs: &[(u32, u32)]| model.alike(records, pairs, LEAST_BITS);
    if let Some(blocks) = blocks {
        return blocks.candidates(extent, None, look);
    }
    let lefts: Vec<u32> = (0..extent.split.unwrap_or(extent.n)).collect();
    let of_left = |left: &u32| {
        let rights = extent.split.unwrap_or(left + 1)..extent.n;
        look(&rights.map(|right| (*left, right)).collect::<Vec<(u32, u32)>>())
    };
    let found: Vec<Vec<Pair>> = lefts.par_iter().map(of_left).collect();
    (extent.n_pairs() as u64, found.into_iter().flatten().collect())
}

fn scored_anew(model: &Model, records: &Records, pairs: &[Pair]) -> Vec<Pair> {
    let of_piece = |piece: &[Pair]| {
        let mut scored = Vec::with_capacity(piece.len());
        let both = |pair: &Pair| (pair.left, pair.right);
        compare_all(records, &model.rarities, piece, both, |pair, seen| {
            scored.push(Pair { bits: model.bits(seen), ..*pair });
        });
        scored
    };
    pairs.par_chunks(PIECE).flat_map_iter(of_piece).collect()
}

fn grouped(
    model: &Model,
    records: &Records,
    extent: Extent,
    pairs: &[Pair],
    options: &Options,
    least: f32,
) -> (Vec<Pair>, Vec<u32>) {
    if extent.split.is_none() {
        return (Vec::new(), cluster(model, records, pairs, least));
    }
    let links = match options.relation {
        Matching::OneToOne => one_to_one(pairs, records.len(), least),
        Matching::Many => pairs.iter().filter(|pair| pair.bits >= least).copied().collect(),
    };
    let mut cluster_of: Vec<u32> = (0..extent.n).collect();
    for link in &links {
        let (one, two) = (root(&cluster_of, link.left), root(&cluster_of, link.right));
        cluster_of[one.max(two) as usize] = one.min(two);
    }
    for record in 0..extent.n {
        cluster_of[record as usize] = root(&cluster_of, record);
    }
    (links, cluster_of)
}

fn root(cluster_of: &[u32], mut record: u32) -> u32 {
    while cluster_of[record as usize] != record {
        record = cluster_of[record as usize];
    }
    record
}
