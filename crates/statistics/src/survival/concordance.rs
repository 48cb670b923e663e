//! Harrell's C: of the pairs whose order of ends is known, the share that a score puts in that order.
//!
//! A half is chance, one is perfect. A pair counts where the earlier of the two ends is an event; of two who end at the same
//! time it counts where only one of them is an event, which is taken to be the earlier; equal scores count half.
//!
//! **Source.** Harrell, Califf, Pryor, Lee and Rosati (1982); counting by a tree of ranks as in Newson (2006).

use super::{SurvivalError, check};

/// The pairs behind the figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pairs {
    /// The one with the higher risk ended first.
    pub concordant: u64,
    /// The one with the lower risk ended first.
    pub discordant: u64,
    /// Both have the same risk.
    pub tied: u64,
}

impl Pairs {
    /// (concordant + tied / 2) / all; `None` where no pair's order is known.
    pub fn index(&self) -> Option<f64> {
        let all = self.concordant + self.discordant + self.tied;
        (all > 0).then(|| (self.concordant as f64 + 0.5 * self.tied as f64) / all as f64)
    }
}

/// Counts the pairs in O(n log n).
///
/// **Shape.** A higher `risk[i]` says that row i ends sooner.
///
/// **Errors** as for [`super::kaplan_meier::curve`]; [`SurvivalError::Impossible`] also for a risk that is not a number.
///
/// ```
/// let pairs = statistics::survival::concordance::pairs(&[1., 2., 3.], &[true, true, false], &[3., 2., 1.])?;
/// assert_eq!(pairs.index(), Some(1.0));
/// # Ok::<(), statistics::survival::SurvivalError>(())
/// ```
pub fn pairs(durations: &[f64], events: &[bool], risk: &[f64]) -> Result<Pairs, SurvivalError> {
    check(durations, events)?;
    if risk.len() != durations.len() {
        return Err(SurvivalError::Lengths);
    }
    if let Some(index) = risk.iter().position(|r| r.is_nan()) {
        return Err(SurvivalError::Impossible { index });
    }
    let mut order: Vec<(u64, u32)> =
        durations.iter().zip(0u32..).map(|(t, i)| ((t + 0.0).to_bits(), i)).collect();
    // The latest first; at the same time the censored first, because they end later.
    order.sort_unstable_by_key(|&(time, i)| (std::cmp::Reverse(time), events[i as usize], i));
    let sorted: Vec<u32> = order.iter().map(|o| o.1).collect();
    Ok(pairs_in_order(&sorted, durations, events, risk))
}

/// Counts the pairs of rows that are given the latest first, at the same time the censored first.
pub(super) fn pairs_in_order(order: &[u32], durations: &[f64], events: &[bool], risk: &[f64]) -> Pairs {
    let (ranks, n_ranks) = ranks(risk);
    let mut tree = Tree::new(n_ranks);
    let mut found = Pairs { concordant: 0, discordant: 0, tied: 0 };
    let mut start = 0;
    while start < order.len() {
        let time = durations[order[start] as usize];
        let same = order[start..].iter().take_while(|&&i| durations[i as usize] == time).count();
        let group = &order[start..start + same];
        let n_censored = group.iter().take_while(|&&i| !events[i as usize]).count();
        for &i in &group[..n_censored] {
            tree.add(ranks[i as usize]);
        }
        for &i in &group[n_censored..] {
            let rank = ranks[i as usize];
            let (below, equal) = (tree.below(rank), tree.counts[rank as usize]);
            found.concordant += u64::from(below);
            found.tied += u64::from(equal);
            found.discordant += u64::from(tree.n - below - equal);
        }
        for &i in &group[n_censored..] {
            tree.add(ranks[i as usize]);
        }
        start += same;
    }
    found
}

/// Dense ranks from 0, equal risks alike, and their number.
fn ranks(risk: &[f64]) -> (Vec<u32>, usize) {
    // Bits in an order that sorts as the numbers do.
    let key = |r: f64| {
        let bits = (r + 0.0).to_bits();
        if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
    };
    let mut order: Vec<(u64, u32)> = risk.iter().zip(0u32..).map(|(&r, i)| (key(r), i)).collect();
    order.sort_unstable();
    let mut ranks = vec![0u32; risk.len()];
    let mut rank = 0;
    for (place, &(bits, i)) in order.iter().enumerate() {
        rank += u32::from(place > 0 && order[place - 1].0 != bits);
        ranks[i as usize] = rank;
    }
    (ranks, rank as usize + 1)
}

/// Counts by rank with sums below a rank: single counts, sums of 64 and a tree over those, so that little memory is touched.
struct Tree {
    counts: Vec<u32>,
    blocks: Vec<u32>,
    sums: Vec<u32>,
    n: u32,
}

const BLOCK: usize = 64;

impl Tree {
    fn new(n_ranks: usize) -> Self {
        let n_blocks = n_ranks.div_ceil(BLOCK);
        Self {
            counts: vec![0; n_ranks],
            blocks: vec![0; n_blocks],
            sums: vec![0; n_blocks.div_ceil(BLOCK) + 1],
            n: 0,
        }
    }

    fn add(&mut self, rank: u32) {
        let block = rank as usize / BLOCK;
        self.counts[rank as usize] += 1;
        self.blocks[block] += 1;
        self.n += 1;
        // A Fenwick tree over 64 blocks each.
        let mut at = block / BLOCK + 1;
        while at < self.sums.len() {
            self.sums[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn below(&self, rank: u32) -> u32 {
        let rank = rank as usize;
        let block = rank / BLOCK;
        let first_block = block / BLOCK * BLOCK;
        let mut sum: u32 = self.counts[block * BLOCK..rank].iter().sum();
        sum += self.blocks[first_block..block].iter().sum::<u32>();
        let mut at = block / BLOCK;
        while at > 0 {
            sum += self.sums[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn counting_by_ranks_agrees_with_looking_at_every_pair() {
        let mut g = Generator::from_seed(4);
        for n in [1usize, 2, 17, 300] {
            let durations: Vec<f64> = (0..n).map(|_| (g.uniform() * 12.0).floor()).collect();
            let events: Vec<bool> = (0..n).map(|_| g.uniform() < 0.6).collect();
            let risk: Vec<f64> = (0..n).map(|_| (g.uniform() * 40.0).floor() - 20.0).collect();
            let mut slow = Pairs { concordant: 0, discordant: 0, tied: 0 };
            for i in 0..n {
                for j in 0..n {
                    let first = durations[i] < durations[j] || (durations[i] == durations[j] && !events[j]);
                    if i != j && events[i] && first {
                        match risk[i].total_cmp(&risk[j]) {
                            std::cmp::Ordering::Greater => slow.concordant += 1,
                            std::cmp::Ordering::Equal => slow.tied += 1,
                            std::cmp::Ordering::Less => slow.discordant += 1,
                        }
                    }
                }
            }
            assert_eq!(pairs(&durations, &events, &risk), Ok(slow));
        }
    }
}
