//! What is bought together: frequent sets of items, rules between them, and the item that comes next.
//!
//! Counts are exact. A rule says what goes together, not that one brings about the other.

mod frequent;
mod next;
mod rules;

pub use frequent::{ItemSet, frequent};
pub use next::{Because, Compared, History, Hits, Mix, Named, Shop, hits};
pub use rules::{Rule, rules};

/// Baskets of items 0 .. `n_items`, each item once in a basket.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Baskets {
    first: Vec<usize>,
    items: Vec<u32>,
    n_items: usize,
}

impl Baskets {
    /// Baskets from pairs of basket and item, in any order and with repetitions; a basket without an item stays empty.
    ///
    /// ```
    /// use statistics::baskets::Baskets;
    /// let baskets = Baskets::of(&[(0, 3), (1, 2), (0, 1), (0, 3)], 2);
    /// assert_eq!(baskets.basket(0), [1, 3]);
    /// ```
    pub fn of(pairs: &[(u32, u32)], n_baskets: usize) -> Self {
        let mut first = vec![0usize; n_baskets + 1];
        pairs.iter().filter(|p| (p.0 as usize) < n_baskets).for_each(|p| first[p.0 as usize + 1] += 1);
        for basket in 0..n_baskets {
            first[basket + 1] += first[basket];
        }
        let mut place = first.clone();
        let mut items = vec![0; first[n_baskets]];
        for (basket, item) in pairs.iter().filter(|p| (p.0 as usize) < n_baskets) {
            items[place[*basket as usize]] = *item;
            place[*basket as usize] += 1;
        }
        let mut baskets = Self { first: vec![0], items: Vec::with_capacity(items.len()), n_items: 0 };
        for basket in 0..n_baskets {
            let own = &mut items[first[basket]..first[basket + 1]];
            own.sort_unstable();
            let start = baskets.items.len();
            for item in own {
                if baskets.items.len() == start || baskets.items[baskets.items.len() - 1] != *item {
                    baskets.items.push(*item);
                }
            }
            baskets.first.push(baskets.items.len());
        }
        baskets.n_items = baskets.items.iter().map(|i| *i as usize + 1).max().unwrap_or(0);
        baskets
    }

    pub fn len(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// The items of a basket, ascending.
    pub fn basket(&self, basket: usize) -> &[u32] {
        &self.items[self.first[basket]..self.first[basket + 1]]
    }
}
