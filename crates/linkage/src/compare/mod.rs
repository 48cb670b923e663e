//! What each comparison finds between two records: one of a few levels, and how rare the value is that they share.
//!
//! What a level weighs is learnt elsewhere (`learn`); nothing here knows a probability of a match.

mod contact;
mod levels;
mod names;
mod words;

pub(crate) use levels::{MISSING, MOST_LEVELS, Rarity, SAME, levels};

use crate::records::{Comparison, Records, Rule};

/// What one comparison found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seen {
    /// A place in [`levels`] of the rule; 0 where one of the two has nothing to compare.
    pub(crate) level: u8,
    /// log2 of the share of entities with the value, where the level takes it into account.
    pub(crate) rarity: f32,
}

impl Seen {
    pub(crate) const NOTHING: Seen = Seen { level: MISSING, rarity: 0.0 };

    const fn at(level: u8) -> Seen {
        Seen { level, rarity: 0.0 }
    }
}

/// log2 of the share of each value, by slot and code.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rarities {
    pub(crate) bits: Vec<Vec<f32>>,
    /// Of a value that was never seen.
    pub(crate) unseen: Vec<f32>,
}

impl Rarities {
    pub(crate) fn of(&self, slot: usize, code: u32) -> f32 {
        let known = self.bits[slot].get(code as usize);
        known.copied().unwrap_or(self.unseen[slot])
    }

    /// Brings what comparing pairs looks at into the cache: many loads that do not wait for each other, where a comparison
    /// waits for each of its own.
    fn touch(&self, records: &Records, pairs: impl Iterator<Item = (u32, u32)> + Clone) {
        let mut seen = 0;
        for (left, right) in pairs.clone() {
            let (left, right) = (records.row(left), records.row(right));
            seen ^= left[0] ^ right[0] ^ left[left.len() - 1] ^ right[right.len() - 1];
        }
        for (left, right) in pairs {
            let (left, right) = (records.row(left), records.row(right));
            for (slot, (&x, &y)) in left.iter().zip(right).enumerate() {
                if x == y {
                    seen ^= self.of(slot, x).to_bits();
                } else {
                    let dictionary = records.dictionary(slot);
                    seen ^= dictionary.touch(x) ^ dictionary.touch(y);
                }
            }
        }
        std::hint::black_box(seen);
    }

    /// Of the rarer of two values: a slip of the pen makes a rare value, so the rarer one tells how little chance there is.
    pub(crate) fn rarer(&self, slot: usize, left: u32, right: u32) -> f32 {
        self.of(slot, left).min(self.of(slot, right))
    }
}

/// Two rows and what is known about their values.
#[derive(Clone, Copy)]
pub(crate) struct Two<'a> {
    pub(crate) records: &'a Records,
    pub(crate) rarities: &'a Rarities,
    pub(crate) left: &'a [u32],
    pub(crate) right: &'a [u32],
}

impl<'a> Two<'a> {
    /// Two rows in an order of their own, so that a pair scores the same from either side.
    pub(crate) fn new(
        records: &'a Records,
        rarities: &'a Rarities,
        one: &'a [u32],
        other: &'a [u32],
    ) -> Two<'a> {
        let (left, right) = if one <= other { (one, other) } else { (other, one) };
        Two { records, rarities, left, right }
    }

    fn codes(&self, slot: usize) -> (u32, u32) {
        (self.left[slot], self.right[slot])
    }

    fn texts(&self, slot: usize) -> (&'a str, &'a str) {
        let dictionary = self.records.dictionary(slot);
        (dictionary.get(self.left[slot]), dictionary.get(self.right[slot]))
    }

    /// Letters that only one of the two values has.
    fn n_letters_apart(&self, slot: usize) -> u32 {
        let dictionary = self.records.dictionary(slot);
        (dictionary.letters(self.left[slot]) ^ dictionary.letters(self.right[slot])).count_ones()
    }

    /// Whether all letters of one of the two values are in the other.
    fn has_letters_within(&self, slot: usize) -> bool {
        let dictionary = self.records.dictionary(slot);
        let (x, y) = (dictionary.letters(self.left[slot]), dictionary.letters(self.right[slot]));
        x & !y == 0 || y & !x == 0
    }

    fn same(&self, slot: usize) -> Seen {
        Seen { level: SAME, rarity: self.rarities.of(slot, self.left[slot]) }
    }
}

/// Pairs whose values are brought into the cache together.
const AT_ONCE: usize = 32;

/// Calls `look` with what the comparisons find of each pair, in the order of the pairs.
pub(crate) fn compare_all<P>(
    records: &Records,
    rarities: &Rarities,
    pairs: &[P],
    of: impl Fn(&P) -> (u32, u32),
    mut look: impl FnMut(&P, &[Seen]),
) {
    let mut seen = vec![Seen::NOTHING; records.comparisons.len()];
    for pairs in pairs.chunks(AT_ONCE) {
        rarities.touch(records, pairs.iter().map(&of));
        for pair in pairs {
            let (left, right) = of(pair);
            compare(&Two::new(records, rarities, records.row(left), records.row(right)), &mut seen);
            look(pair, &seen);
        }
    }
}

/// Writes what each comparison finds into `out`, one place for each.
pub(crate) fn compare(two: &Two<'_>, out: &mut [Seen]) {
    for (at, comparison) in two.records.comparisons.iter().enumerate() {
        match comparison.rule {
            Rule::Given => (out[at], out[at + 1]) = names::names(two, comparison.slots),
            Rule::Family => {}
            _ => out[at] = one(two, comparison),
        }
    }
}

fn one(two: &Two<'_>, comparison: &Comparison) -> Seen {
    let slots = comparison.slots;
    let (left, right) = two.codes(slots[0]);
    if !matches!(comparison.rule, Rule::Place | Rule::Email | Rule::Company) {
        if left == 0 || right == 0 {
            return Seen::NOTHING;
        }
        if left == right && comparison.rule != Rule::Codes {
            return two.same(slots[0]);
        }
    }
    match comparison.rule {
        Rule::Given | Rule::Family => Seen::NOTHING,
        Rule::Date => Seen::at(contact::dates(two, slots[0])),
        Rule::Email => contact::emails(two, slots),
        Rule::Phone => Seen::at(contact::phones(two, slots[0])),
        Rule::Identifier => Seen::at(contact::identifiers(two, slots[0])),
        Rule::Street => Seen::at(contact::streets(two, slots[0])),
        Rule::Place => contact::places(two, slots),
        Rule::Company => words::companies(two, slots),
        Rule::Text | Rule::People => Seen::at(words::texts(two, slots[0])),
        Rule::Codes => Seen::at(words::codes(two, slots[0])),
        Rule::Category => Seen::at(words::categories(two, slots[0])),
        Rule::Year => Seen::at(words::years(two, slots[0])),
        Rule::Number => Seen::at(words::numbers(two, slots[0])),
    }
}
