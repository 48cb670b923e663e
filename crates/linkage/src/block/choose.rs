//! Choosing blocking keys by their yield: true pairs found for each pair that has to be compared.
//!
//! Every atom is tried, and every two atoms of different fields where neither alone is cheap enough. How many pairs a key
//! gives, and how many of them are true, is seen on a sample of its blocks.

use rayon::prelude::*;

use super::atoms::{self, Atom, joined};
use super::parts::Parts;
use crate::extent::Extent;
use crate::learn::Drawn;
use crate::records::Records;

/// Records that a block may have at most. Larger ones say little about their records: other keys part them.
pub(crate) const LARGEST_BLOCK: usize = 100;
/// Keys that are tried.
const MOST_TRIED: usize = 120;
/// Pairs of candidates that are looked at for learning.
const MOST_DRAWN: f64 = 250_000.0;

/// A blocking key: one atom or two.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) first: usize,
    pub(crate) second: Option<usize>,
    pub(crate) width: usize,
    pub(crate) name: String,
    /// Pairs that the key gives, estimated.
    pub(crate) n_pairs: f64,
    /// Of how many blocks one was looked at for that.
    seen_one_in: u32,
    /// True pairs that only this key gave when it was chosen, estimated.
    pub(crate) n_new: f64,
}

/// Keys worth trying, with a sample of their pairs.
pub(crate) struct Tried {
    pub(crate) parts: Parts,
    pub(crate) keys: Vec<Key>,
    pub(crate) drawn: Vec<Drawn>,
    /// Which keys give each drawn pair, a bit each.
    pub(crate) given_by: Vec<u128>,
}

/// The most pairs that are compared in all.
pub(crate) fn budget(extent: Extent) -> f64 {
    (20.0 * f64::from(extent.n)).max(4e6)
}

/// Writes the values of a key in a record whose atoms are given.
pub(crate) fn key_values(key: &Key, starts: &[usize], atoms: &[u32], out: &mut [u32]) {
    let first = &atoms[starts[key.first]..starts[key.first + 1]];
    match key.second {
        None => out.copy_from_slice(&first[..key.width]),
        Some(second) => out[0] = joined(first[0], atoms[starts[second]]),
    }
}

/// Tries keys on samples of their blocks.
pub(crate) fn try_keys(records: &Records, extent: Extent) -> Tried {
    let parts = Parts::of(records);
    let atoms = &parts.atoms;
    let singles = (0..atoms.len()).map(|at| key(atoms, at, None)).collect();
    let n = f64::from(extent.n);
    let most = (3.0 * n).max(400_000.0);
    let one_in = (extent.n / 20_000).max(1);
    let (mut keys, _) = sampled(&parts, extent, singles, one_in, 0);
    let is_cheap: Vec<bool> = keys
        .iter()
        .map(|key| key.n_pairs <= most && atoms[key.first].is_whole() && !is_capped(key, n))
        .collect();
    let mut pairs = Vec::new();
    for first in 0..atoms.len() {
        for second in first + 1..atoms.len() {
            let narrow = atoms[first].width() == 1 && atoms[second].width() == 1;
            if narrow && atoms[first].field != atoms[second].field && !is_cheap[first] && !is_cheap[second] {
                pairs.push(key(atoms, first, Some(second)));
            }
        }
    }
    let (pairs, _) = sampled(&parts, extent, pairs, one_in * 4, 0);
    keys.extend(pairs);
    keys.retain(|key| key.n_pairs >= 1.0 && key.n_pairs <= most.max(6.0 * n));
    let keys = spread(keys, atoms);
    let all: f64 = keys.iter().map(|key| key.n_pairs).sum();
    let one_in = ((all / MOST_DRAWN).ceil() as u32).max(1);
    let (keys, found) = sampled(&parts, extent, keys, one_in, MOST_FOUND);
    let (drawn, given_by) = weighted(&parts, &keys, found, one_in);
    Tried { parts, keys, drawn, given_by }
}

/// Of the keys of the same fields those whose costs differ by half or more, the broad ones first.
fn spread(mut keys: Vec<Key>, atoms: &[Atom]) -> Vec<Key> {
    let fields = |key: &Key| (atoms[key.first].field, key.second.map(|second| atoms[second].field));
    keys.sort_by(|x, y| fields(x).cmp(&fields(y)).then(y.n_pairs.total_cmp(&x.n_pairs)));
    let mut kept: Vec<Key> = Vec::new();
    for key in keys {
        let is_near =
            kept.last().is_some_and(|last| fields(last) == fields(&key) && key.n_pairs > 0.5 * last.n_pairs);
        if !is_near || key.second.is_none() {
            kept.push(key);
        }
    }
    kept.sort_by(|x, y| y.n_pairs.total_cmp(&x.n_pairs));
    kept.truncate(MOST_TRIED);
    kept
}

/// Whether most records fall into blocks that are too large, so that other atoms must part them.
fn is_capped(key: &Key, n: f64) -> bool {
    key.n_new < 0.6 * n && key.n_new > 0.0
}

pub(crate) fn key(atoms: &[Atom], first: usize, second: Option<usize>) -> Key {
    let name = second.map_or(atoms[first].name.clone(), |second| {
        format!("{} · {}", atoms[first].name, atoms[second].name)
    });
    let width = if second.is_some() { 1 } else { atoms[first].width() };
    Key { first, second, width, name, n_pairs: 0.0, seen_one_in: u32::MAX, n_new: 0.0 }
}

type Found = Vec<(u32, u32)>;

/// Estimates the pairs of each key from the blocks whose number falls into the sample, unless a larger one told already, and
/// gives these pairs, `most` of them at most.
fn sampled(parts: &Parts, extent: Extent, mut keys: Vec<Key>, one_in: u32, most: usize) -> (Vec<Key>, Found) {
    let at_once = keys.len().div_ceil(rayon::current_num_threads()).max(1);
    let found: Vec<Found> =
        keys.par_chunks_mut(at_once).map(|keys| sampled_of(parts, extent, keys, one_in, most)).collect();
    let mut found = found.concat();
    found.truncate(most);
    (keys, found)
}

fn sampled_of(parts: &Parts, extent: Extent, keys: &mut [Key], one_in: u32, most: usize) -> Found {
    let mut entries: Vec<Vec<u64>> = vec![Vec::new(); keys.len()];
    // Key by key within a piece, which stays in the cache meanwhile.
    for piece in 0..parts.values.n_pieces() {
        for (key, entries) in keys.iter().zip(&mut entries) {
            let mut draw = |value: u32, record: u32| {
                if is_drawn(value, one_in) && value != 0 {
                    entries.push(u64::from(value) << 32 | u64::from(record));
                }
            };
            let first = parts.starts[key.first];
            match key.second {
                None => parts.values.rows_of(piece).for_each(|(record, row)| {
                    row[first..first + key.width].iter().for_each(|value| draw(*value, record));
                }),
                Some(second) => {
                    let second = parts.starts[second];
                    let rows = parts.values.rows_of(piece);
                    rows.for_each(|(record, row)| draw(joined(row[first], row[second]), record));
                }
            }
        }
    }
    let mut found = Vec::new();
    for (key, entries) in keys.iter_mut().zip(&mut entries) {
        entries.sort_unstable();
        let (mut n_pairs, mut n_in) = (0.0, 0.0);
        for block in entries.chunk_by(|x, y| x >> 32 == y >> 32) {
            if block.len() > LARGEST_BLOCK {
                continue;
            }
            n_in += block.len() as f64;
            for (at, one) in block.iter().enumerate() {
                for two in &block[at + 1..] {
                    if extent.has(*one as u32, *two as u32) {
                        n_pairs += 1.0;
                        if found.len() < most {
                            found.push((*one as u32, *two as u32));
                        }
                    }
                }
            }
        }
        // Where a key has few large blocks, a smaller sample may hold none of them.
        if one_in <= key.seen_one_in {
            key.seen_one_in = one_in;
            key.n_pairs = n_pairs * f64::from(one_in);
            key.n_new = n_in * f64::from(one_in);
        }
    }
    found
}

/// Whether the block of a value is in a sample of one in so many.
fn is_drawn(value: u32, one_in: u32) -> bool {
    (u64::from(value.wrapping_mul(0x9e37_79b1)) * u64::from(one_in)) >> 32 == 0
}

/// A bound on the memory of a sample.
const MOST_FOUND: usize = 3_000_000;

/// Each found pair once, with the number of candidates for which it stands: one over its chance to be found.
fn weighted(parts: &Parts, keys: &[Key], mut found: Found, one_in: u32) -> (Vec<Drawn>, Vec<u128>) {
    found.sort_unstable();
    found.dedup();
    let sizes = Sizes::of(parts, keys);
    let (mut drawn, mut given_by) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    for (left, right) in found {
        let (one, two) = (parts.values.row(left), parts.values.row(right));
        let bits = keys.iter().enumerate().fold(0_u128, |bits, (at, key)| {
            bits | (u128::from(agree(key, &parts.starts, one, two, |value| sizes.is_small(at, value))) << at)
        });
        let n_keys = bits.count_ones().max(1);
        let chance = 1.0 - (1.0 - 1.0 / f64::from(one_in)).powi(n_keys as i32);
        drawn.push(Drawn { left, right, weight: 1.0 / chance });
        given_by.push(bits);
    }
    (drawn, given_by)
}

fn agree(key: &Key, starts: &[usize], one: &[u32], two: &[u32], is_small: impl Fn(u32) -> bool) -> bool {
    let atom = |at: usize| (&one[starts[at]..starts[at + 1]], &two[starts[at]..starts[at + 1]]);
    let (x, y) = atom(key.first);
    let Some(second) = key.second else {
        let (x, y) = (&x[..key.width], &y[..key.width]);
        return x.iter().any(|value| *value != 0 && y.contains(value) && is_small(*value));
    };
    let (p, q) = atom(second);
    x[0] == y[0] && p[0] == q[0] && x[0] != 0 && p[0] != 0 && is_small(joined(x[0], p[0]))
}

/// How many records have each value of each key, roughly, by every so many records.
struct Sizes {
    counts: Vec<u8>,
    most: u8,
}

impl Sizes {
    const PLACES: usize = 1 << 17;
    const RECORDS: usize = 40_000;

    fn of(parts: &Parts, keys: &[Key]) -> Sizes {
        let step = parts.values.n_rows().div_ceil(Self::RECORDS).max(1);
        let mut counts = vec![0_u8; Self::PLACES * keys.len()];
        let mut out = [0; atoms::RARE_WORDS];
        for (_, row) in parts.values.rows().step_by(step) {
            for (key, counts) in keys.iter().zip(counts.chunks_mut(Self::PLACES)) {
                key_values(key, &parts.starts, row, &mut out[..key.width]);
                for &value in out[..key.width].iter().filter(|value| **value != 0) {
                    let count = &mut counts[value as usize % Self::PLACES];
                    *count = count.saturating_add(1);
                }
            }
        }
        Sizes { counts, most: (LARGEST_BLOCK / step).max(2) as u8 }
    }

    /// Whether the block of a value is small enough to be looked at.
    fn is_small(&self, key: usize, value: u32) -> bool {
        self.counts[key * Self::PLACES + value as usize % Self::PLACES] <= self.most
    }
}

/// Takes the key with the best yield again and again, until the next would cost too much for what it finds.
pub(crate) fn choose(tried: &Tried, expected: &[f64], extent: Extent) -> Vec<Key> {
    let mut left: Vec<(f64, u128)> = (tried.drawn.iter().zip(expected).zip(&tried.given_by))
        .filter(|((_, probability), _)| **probability > 0.05)
        .map(|((pair, probability), given_by)| (pair.weight * probability, *given_by))
        .collect();
    let (mut chosen, mut spent) = (Vec::new(), 0.0);
    let mut is_chosen = vec![false; tried.keys.len()];
    loop {
        let mut gain = vec![0.0; tried.keys.len()];
        for (weight, given_by) in &left {
            let mut bits = *given_by;
            while bits != 0 {
                gain[bits.trailing_zeros() as usize] += weight;
                bits &= bits - 1;
            }
        }
        let best = (0..tried.keys.len())
            .filter(|&at| !is_chosen[at] && spent + tried.keys[at].n_pairs <= budget(extent))
            .max_by(|&x, &y| {
                worth(gain[x], &tried.keys[x], spent)
                    .total_cmp(&worth(gain[y], &tried.keys[y], spent))
                    .then(y.cmp(&x))
            });
        let Some(best) = best else { break };
        let is_poor = gain[best] < LEAST_YIELD * tried.keys[best].n_pairs && spent > FREE_PAIRS;
        if chosen.len() >= MOST_CHOSEN || (!chosen.is_empty() && (gain[best] <= 0.0 || is_poor)) {
            break;
        }
        is_chosen[best] = true;
        spent += tried.keys[best].n_pairs;
        chosen.push(Key { n_new: gain[best], ..tried.keys[best].clone() });
        left.retain(|(_, given_by)| given_by >> best & 1 == 0);
    }
    chosen
}

/// Keys that are used at once.
const MOST_CHOSEN: usize = 20;

/// True pairs that a key has to find for each pair, once this many pairs are spent: so many cost no time worth mentioning.
const LEAST_YIELD: f64 = 1.0 / 1200.0;
const FREE_PAIRS: f64 = 1_000_000.0;

fn worth(gain: f64, key: &Key, spent: f64) -> f64 {
    gain / (key.n_pairs + if spent < FREE_PAIRS { 20_000.0 } else { 1000.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Kind};

    #[test]
    fn a_small_sample_that_misses_the_few_large_blocks_of_a_key_does_not_make_it_cheap() {
        const TOWNS: usize = 12;
        const OF_A_TOWN: usize = 98;
        let mut records = Records::new(&[Field { name: "town".into(), kind: Kind::City }]);
        for n in 0..TOWNS * OF_A_TOWN {
            records.push(&[&format!("{}stadt", char::from(b'a' + (n % TOWNS) as u8))]);
        }
        let (extent, parts) = (Extent { n: records.len() as u32, split: None }, Parts::of(&records));
        let town = parts.atoms.iter().position(|atom| atom.name == "town (town)").expect("towns are keys");
        let (keys, found) = sampled(&parts, extent, vec![key(&parts.atoms, town, None)], 1, MOST_FOUND);
        let cost = TOWNS * OF_A_TOWN * (OF_A_TOWN - 1) / 2;
        assert_eq!((keys[0].n_pairs, found.len()), (cost as f64, cost));
        let (keys, found) = sampled(&parts, extent, keys, 10_000, MOST_FOUND);
        assert_eq!((keys[0].n_pairs, found.len()), (cost as f64, 0));
    }
}
