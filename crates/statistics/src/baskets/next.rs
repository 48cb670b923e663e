//! The item that comes next: what goes with the last basket, what the customer bought before, and what everybody buys.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Baskets;

/// A customer's baskets before the one that is foretold, oldest first, and what that one held.
///
/// Without customers: the other items of the basket as the only earlier one, and the item that was taken out.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The next item lies in the same basket: none of those before comes again.
    pub is_same_basket: bool,
    pub before: Vec<Vec<u32>>,
    pub next: Vec<u32>,
}

/// Share of the histories whose next basket held one of the first 1, 5 and 10 items that were named.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hits {
    pub n: usize,
    pub at: [f64; 3],
}

/// How items are ranked for one who comes again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mix {
    /// Weight of what the customer bought before, halved for each basket earlier.
    own: f64,
    /// Weight of what goes with the last basket.
    together: f64,
}

impl Mix {
    /// What sells most, for everybody the same.
    pub const POPULARITY: Self = Self { own: 0.0, together: 0.0 };
    /// What the customer bought lately.
    pub const RECENCY: Self = Self { own: 1.0, together: 0.0 };
    /// Both the own past and what goes with the last basket.
    pub const BOTH: Self = Self { own: 1.0, together: 1.0 };
    const CHOICE: [Self; 5] = [
        Self::RECENCY,
        Self { own: 0.0, together: 1.0 },
        Self { own: 1.0, together: 0.3 },
        Self::BOTH,
        Self { own: 1.0, together: 3.0 },
    ];
}

/// Why an item is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The customer bought it before.
    Own,
    /// It goes with this item of the last basket.
    With(u32),
    /// It sells most.
    Popular,
}

/// An item that may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Named {
    pub item: u32,
    /// Higher is more likely; no probability.
    pub score: f64,
    pub because: Because,
}

const CUTS: [usize; 3] = [1, 5, 10];
/// Baskets with an item that are added when a share of them is taken: a rare item should not promise much.
const SHRINK: f64 = 10.0;
/// Histories that may be used to choose the mix.
const MOST_TO_CHOOSE: usize = 1_000;

/// Hits of what sells most, of what the customer bought lately, and of both with what goes together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    pub popularity: Hits,
    pub recency: Hits,
    pub model: Hits,
}

/// Tries to foretell the next basket of each history from `learnt`, in which none of them stands.
///
/// How far the customer's own past and what goes together are believed is chosen on `to_choose`, which should be older.
///
/// Returns `None` where there is nothing to learn from or to foretell.
pub fn hits(learnt: &Baskets, to_choose: &[History], judged: &[History]) -> Option<Compared> {
    if learnt.is_empty() || judged.is_empty() {
        return None;
    }
    let shop = Shop::of(learnt);
    let best = shop.choose(to_choose);
    Some(Compared {
        popularity: shop.hits(judged, Mix::POPULARITY)?,
        recency: shop.hits(judged, Mix::RECENCY)?,
        model: shop.hits(judged, best)?,
    })
}

/// What is known of all baskets.
#[derive(Debug)]
pub struct Shop {
    counts: Vec<u32>,
    n_baskets: f64,
    /// For each item, the others that stood in a basket with it, and how often.
    together: Vec<Vec<(u32, u32)>>,
    popular: Vec<u32>,
}

impl Shop {
    /// Learns what sells, and what goes together.
    pub fn of(baskets: &Baskets) -> Self {
        let n = baskets.n_items();
        let mut counts = vec![0u32; n];
        let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
        for basket in 0..baskets.len() {
            let items = baskets.basket(basket);
            items.iter().for_each(|i| counts[*i as usize] += 1);
            // A basket of hundreds of items says little about any pair of them.
            for (place, a) in items.iter().enumerate().take(100) {
                items[place + 1..].iter().take(100).for_each(|b| *pairs.entry((*a, *b)).or_default() += 1);
            }
        }
        let mut together: Vec<Vec<(u32, u32)>> = vec![Vec::new(); n];
        for ((a, b), count) in pairs.into_iter().filter(|(_, count)| *count > 1) {
            together[a as usize].push((b, count));
            together[b as usize].push((a, count));
        }
        together.iter_mut().for_each(|t| t.sort_unstable());
        let mut popular: Vec<u32> = (0..n as u32).collect();
        popular.sort_by_key(|i| (std::cmp::Reverse(counts[*i as usize]), *i));
        popular.truncate(1_000);
        Self { counts, n_baskets: baskets.len() as f64, together, popular }
    }

    /// How far the own past and what goes together are to be believed, by these histories; both where there are none.
    pub fn choose(&self, histories: &[History]) -> Mix {
        let some = &histories[..histories.len().min(MOST_TO_CHOOSE)];
        let worth = |mix: &Mix| self.hits(some, *mix).map_or(0.0, |h| h.at.iter().sum::<f64>());
        let best = Mix::CHOICE.into_iter().rev().max_by(|a, b| worth(a).total_cmp(&worth(b)));
        best.filter(|_| !some.is_empty()).unwrap_or(Mix::BOTH)
    }

    /// In how many of the histories one of the first `cut` named items was in the next basket; a cut of more than ten is ten.
    pub fn n_hits(&self, histories: &[History], mix: Mix, cut: usize) -> usize {
        let is_hit = |history: &&History| {
            let named = self.ranked(history, mix);
            named.iter().take(cut.min(CUTS[2])).any(|item| history.next.contains(&item.0))
        };
        histories.par_iter().filter(is_hit).count()
    }

    /// The items that most likely come next, the likeliest first; at most ten.
    pub fn named(&self, history: &History, mix: Mix) -> Vec<Named> {
        let is_own = |item: u32| history.before.iter().any(|basket| basket.contains(&item));
        let with = |item: u32| {
            let last = history.before.last().into_iter().flatten();
            let pair = |one: &u32| {
                let others = self.together.get(*one as usize)?;
                let at = others.binary_search_by_key(&item, |other| other.0).ok()?;
                Some((f64::from(others[at].1) / (f64::from(self.counts[*one as usize]) + SHRINK), *one))
            };
            last.filter_map(pair).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        };
        let because = |item: u32| {
            if mix.own > 0.0 && is_own(item) {
                return Because::Own;
            }
            let share = f64::from(self.counts[item as usize]) / self.n_baskets;
            match with(item).filter(|(part, _)| mix.together > 0.0 && mix.together * part > 0.1 * share) {
                Some((_, one)) => Because::With(one),
                None => Because::Popular,
            }
        };
        let named = |(item, score)| Named { item, score, because: because(item) };
        self.ranked(history, mix).into_iter().map(named).collect()
    }

    /// The first `cut` named items of each history.
    pub fn named_all(&self, histories: &[History], mix: Mix, cut: usize) -> Vec<Vec<Named>> {
        let first = |history: &History| {
            let mut named = self.named(history, mix);
            named.truncate(cut);
            named
        };
        histories.par_iter().map(first).collect()
    }

    fn hits(&self, histories: &[History], mix: Mix) -> Option<Hits> {
        if histories.is_empty() {
            return None;
        }
        let one = |history: &History| {
            let named = self.ranked(history, mix);
            CUTS.map(|cut| u32::from(named.iter().take(cut).any(|item| history.next.contains(&item.0))))
        };
        let found: Vec<[u32; 3]> = histories.par_iter().map(one).collect();
        let n = histories.len();
        let at = |cut: usize| f64::from(found.iter().map(|f| f[cut]).sum::<u32>()) / n as f64;
        Some(Hits { n, at: [at(0), at(1), at(2)] })
    }

    /// The ten items that are named, with their scores.
    fn ranked(&self, history: &History, mix: Mix) -> Vec<(u32, f64)> {
        let mut scores: HashMap<u32, f64> = HashMap::new();
        let share =
            |item: u32| f64::from(self.counts.get(item as usize).copied().unwrap_or(0)) / self.n_baskets;
        self.popular.iter().take(50).for_each(|i| *scores.entry(*i).or_default() += share(*i) * 0.1);
        let last = history.before.len().saturating_sub(1);
        for (place, basket) in history.before.iter().enumerate() {
            let weight = mix.own * 0.5f64.powi((last - place) as i32);
            for item in basket {
                if weight > 0.0 {
                    *scores.entry(*item).or_default() += weight * (0.5 + share(*item));
                }
            }
        }
        for item in history.before.last().into_iter().flatten().filter(|_| mix.together > 0.0) {
            let Some(others) = self.together.get(*item as usize) else { continue };
            let all = f64::from(self.counts[*item as usize]) + SHRINK;
            others
                .iter()
                .for_each(|(o, n)| *scores.entry(*o).or_default() += mix.together * f64::from(*n) / all);
        }
        if history.is_same_basket {
            scores.retain(|item, _| !history.before.iter().any(|basket| basket.contains(item)));
        }
        let mut order: Vec<(u32, f64)> = scores.into_iter().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        order.truncate(CUTS[2]);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn items_that_go_together_are_foretold_better_than_by_what_sells_most() {
        let mut g = Generator::from_seed(8);
        // Items come in pairs 2i, 2i + 1; which pair is drawn says which other item comes.
        let basket = |g: &mut Generator| {
            let pair = g.below(50) as u32;
            vec![2 * pair, 2 * pair + 1]
        };
        let pairs: Vec<(u32, u32)> =
            (0..3_000u32).flat_map(|b| basket(&mut g).into_iter().map(move |i| (b, i))).collect();
        let mut history = |_| {
            let items = basket(&mut g);
            History { is_same_basket: true, before: vec![vec![items[0]]], next: vec![items[1]] }
        };
        let (older, judged): (Vec<History>, Vec<History>) =
            ((0..200).map(&mut history).collect(), (0..500).map(&mut history).collect());
        let found = hits(&Baskets::of(&pairs, 3_000), &older, &judged).unwrap();
        assert!(found.model.at[0] > 0.95 && found.popularity.at[0] < 0.1, "{found:?}");
        let shop = Shop::of(&Baskets::of(&pairs, 3_000));
        assert_eq!(shop.n_hits(&judged, Mix::BOTH, 10), judged.len());
        let history = History { is_same_basket: true, before: vec![vec![6]], next: vec![] };
        let first = shop.named(&history, Mix::BOTH)[0];
        assert_eq!((first.item, first.because), (7, Because::With(6)));
    }

    #[test]
    fn a_customer_of_habit_is_foretold_by_the_own_past() {
        let history =
            |c: u32| History { is_same_basket: false, before: vec![vec![c], vec![c]], next: vec![c] };
        let pairs: Vec<(u32, u32)> = (0..400).map(|b| (b, b % 40)).collect();
        let judged: Vec<History> = (0..40).map(history).collect();
        let found = hits(&Baskets::of(&pairs, 400), &[], &judged).unwrap();
        assert!(
            found.recency.at[0] > 0.99 && found.model.at[0] > 0.99 && found.popularity.at[2] < 0.3,
            "{found:?}"
        );
        assert_eq!(hits(&Baskets::default(), &[], &judged), None);
    }
}
