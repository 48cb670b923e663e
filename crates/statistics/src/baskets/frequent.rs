//! Frequent sets of items by the baskets that hold each item.

use rayon::prelude::*;

use super::Baskets;

/// Items that stand together in some baskets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSet {
    /// Ascending.
    pub items: Vec<u32>,
    /// Baskets that hold them all.
    pub n: u32,
}

/// All sets of at most `most_items` items that stand together in at least `fewest` baskets, the single items first.
///
/// Returns `None` for more than `most_sets` sets: then `fewest` is too small to be of use.
///
/// **Source.** Zaki, "Scalable algorithms for association mining" (2000): depth first, by intersecting lists of baskets.
pub fn frequent(baskets: &Baskets, fewest: u32, most_items: usize, most_sets: usize) -> Option<Vec<ItemSet>> {
    let fewest = fewest.max(1);
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); baskets.n_items()];
    for basket in 0..baskets.len() {
        baskets.basket(basket).iter().for_each(|item| holders[*item as usize].push(basket as u32));
    }
    let mut singles: Vec<(u32, Vec<u32>)> =
        (0..).zip(holders).filter(|(_, h)| h.len() >= fewest as usize).collect();
    // Rare items first: their lists are short, and so is everything below them.
    singles.sort_by_key(|(item, h)| (h.len(), *item));
    let pairs = if most_items > 1 { frequent_pairs(baskets, &singles, fewest) } else { Vec::new() };
    let below: Vec<Vec<ItemSet>> = pairs
        .par_iter()
        .enumerate()
        .map(|(place, others)| {
            let own = &singles[place].1;
            let next: Vec<(u32, Vec<u32>)> =
                others.iter().map(|o| (singles[*o].0, intersection(own, &singles[*o].1))).collect();
            let mut found = Vec::new();
            extend(&[singles[place].0], &next, fewest, most_items, most_sets, &mut found);
            found
        })
        .collect();
    if singles.len() + below.iter().map(Vec::len).sum::<usize>() > most_sets {
        return None;
    }
    let of_single = |(item, h): &(u32, Vec<u32>)| ItemSet { items: vec![*item], n: h.len() as u32 };
    let mut found: Vec<ItemSet> = singles.iter().map(of_single).chain(below.into_iter().flatten()).collect();
    found.sort_unstable_by(|a, b| a.items.len().cmp(&b.items.len()).then_with(|| a.items.cmp(&b.items)));
    Some(found)
}

/// Most frequent items whose pairs are counted in one table; beyond, lists are intersected.
const MOST_IN_TABLE: usize = 6_000;

/// For each frequent item, the later ones with which it makes a frequent pair.
fn frequent_pairs(baskets: &Baskets, singles: &[(u32, Vec<u32>)], fewest: u32) -> Vec<Vec<usize>> {
    let n = singles.len();
    if n > MOST_IN_TABLE {
        let later = |place: usize| {
            let is_frequent =
                |o: &usize| intersection(&singles[place].1, &singles[*o].1).len() >= fewest as usize;
            (place + 1..n).filter(is_frequent).collect()
        };
        return (0..n).into_par_iter().map(later).collect();
    }
    let mut place_of = vec![usize::MAX; baskets.n_items()];
    singles.iter().enumerate().for_each(|(place, (item, _))| place_of[*item as usize] = place);
    let mut counts = vec![0u32; n * n];
    let mut places = Vec::new();
    for basket in 0..baskets.len() {
        places.clear();
        places.extend(
            baskets.basket(basket).iter().map(|i| place_of[*i as usize]).filter(|p| *p != usize::MAX),
        );
        places.sort_unstable();
        for (i, a) in places.iter().enumerate() {
            places[i + 1..].iter().for_each(|b| counts[a * n + b] += 1);
        }
    }
    (0..n).map(|a| (a + 1..n).filter(|b| counts[a * n + b] >= fewest).collect()).collect()
}

fn extend(
    prefix: &[u32],
    next: &[(u32, Vec<u32>)],
    fewest: u32,
    most_items: usize,
    most_sets: usize,
    found: &mut Vec<ItemSet>,
) {
    for (place, (item, holders)) in next.iter().enumerate() {
        let mut items = prefix.to_vec();
        items.push(*item);
        let mut sorted = items.clone();
        sorted.sort_unstable();
        found.push(ItemSet { items: sorted, n: holders.len() as u32 });
        if items.len() >= most_items || found.len() > most_sets {
            continue;
        }
        let deeper: Vec<(u32, Vec<u32>)> = next[place + 1..]
            .iter()
            .map(|(other, others)| (*other, intersection(holders, others)))
            .filter(|(_, both)| both.len() >= fewest as usize)
            .collect();
        if !deeper.is_empty() {
            extend(&items, &deeper, fewest, most_items, most_sets, found);
        }
    }
}

fn intersection(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut both = Vec::with_capacity(a.len().min(b.len()));
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        if x == y {
            both.push(x);
        }
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn every_set_is_found_that_counting_all_sets_finds() {
        let mut g = Generator::from_seed(3);
        let pairs: Vec<(u32, u32)> =
            (0..60u32).flat_map(|b| (0..7u32).map(move |i| (b, i))).filter(|_| g.uniform() < 0.45).collect();
        let baskets = Baskets::of(&pairs, 60);
        let found = frequent(&baskets, 6, 7, 1_000).unwrap();
        let mut expected = 0;
        for set in 1u32..128 {
            let items: Vec<u32> = (0..7).filter(|i| set >> i & 1 == 1).collect();
            let n = (0..60).filter(|b| items.iter().all(|i| baskets.basket(*b).contains(i))).count() as u32;
            if n >= 6 {
                expected += 1;
                assert!(found.contains(&ItemSet { items, n }));
            }
        }
        assert_eq!(found.len(), expected);
        assert!(frequent(&baskets, 6, 2, 1_000).unwrap().iter().all(|s| s.items.len() <= 2));
        assert_eq!(frequent(&baskets, 1, 7, 20), None);
    }

    #[test]
    fn no_baskets_have_no_sets() {
        assert_eq!(frequent(&Baskets::of(&[], 0), 1, 3, 10), Some(vec![]));
        assert_eq!(frequent(&Baskets::of(&[], 5), 1, 3, 10), Some(vec![]));
    }
}
