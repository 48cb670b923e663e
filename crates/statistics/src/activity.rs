//! In which periods (days, weeks, months) each customer was there: the common ground of recency, frequency and retention.
//!
//! Mergeable (update, merge, finish), so that it streams, uses several threads and runs on parts. Keeps one bit for each
//! customer and period where the periods are close together, and sorted pairs where a stray date makes them many. It does
//! not know calendars: a period is a whole number.

use std::ops::Range;

/// Bits that may be kept before sorted pairs are cheaper: 256 MiB.
const MOST_WORDS: usize = 32 << 20;
/// Rows that one thread takes at once.
const ROWS_PER_PART: usize = 1 << 20;
/// Bits small enough to be kept by several threads at once.
const WORDS_PER_PART: usize = 1 << 19;

/// Which customer was active in which period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    n_customers: usize,
    held: Held,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    /// Bit `period − first` of the customer's `words` words.
    Bits { first: i32, words: usize, bits: Vec<u64> },
    /// Customer in the upper half, period in the lower; sorted and without doubles.
    Pairs(Vec<u64>),
}

/// A period of a customer as one number that sorts by customer, then by period.
#[inline]
fn pair(customer: u32, period: i32) -> u64 {
    u64::from(customer) << 32 | u64::from(period as u32 ^ 1 << 31)
}

#[inline]
fn period_of(pair: u64) -> i32 {
    (pair as u32 ^ 1 << 31) as i32
}

/// What a customer's periods come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First and last period.
    pub first: i32,
    pub last: i32,
    /// Different periods.
    pub n: u32,
}

impl Activity {
    /// Nobody was there yet.
    ///
    /// **Shape.** Customers are numbered below `n_customers`; every period lies in `periods`. Two that are to be merged need
    /// the same of both.
    pub fn new(n_customers: usize, periods: Range<i32>) -> Self {
        let n_periods = (i64::from(periods.end) - i64::from(periods.start)).max(0) as usize;
        let words = n_periods.div_ceil(64);
        let held = match n_customers.checked_mul(words) {
            Some(n) if n <= MOST_WORDS => Held::Bits { first: periods.start, words, bits: vec![0; n] },
            _ => Held::Pairs(Vec::new()),
        };
        Self { n_customers, held }
    }

    /// The activity of rows that are all at hand, by as many threads as there are.
    ///
    /// **Shape.** One customer below `n_customers` and one period for each row; the result does not depend on their order.
    ///
    /// ```
    /// use statistics::activity::Activity;
    /// let active = Activity::of(2, &[0, 1, 0, 0], &[7, 3, 9, 7]);
    /// let span = active.span(0).unwrap();
    /// assert_eq!((span.first, span.last, span.n), (7, 9, 2));
    /// assert_eq!(active.periods(0).collect::<Vec<_>>(), [7, 9]);
    /// ```
    pub fn of(n_customers: usize, customers: &[u32], periods: &[i32]) -> Self {
        use rayon::prelude::*;
        let range = range_of(periods);
        let mut all = Self::new(n_customers, range.clone());
        let is_small = matches!(&all.held, Held::Bits { bits, .. } if bits.len() <= WORDS_PER_PART);
        if !is_small || customers.len() < 2 * ROWS_PER_PART {
            all.update(customers, periods);
            return all;
        }
        let rows_per_part = ROWS_PER_PART.max(customers.len() / 16 + 1);
        let parts: Vec<Self> = customers
            .par_chunks(rows_per_part)
            .zip(periods.par_chunks(rows_per_part))
            .map(|(customers, periods)| {
                let mut part = Self::new(n_customers, range.clone());
                part.update(customers, periods);
                part
            })
            .collect();
        parts.into_iter().for_each(|part| all.merge(part));
        all
    }

    /// Adds rows: each customer was there in a period.
    ///
    /// **Shape.** Slices of equal length (a surplus of the longer one is left out), within what was said at the start.
    pub fn update(&mut self, customers: &[u32], periods: &[i32]) {
        let rows = customers.iter().zip(periods);
        match &mut self.held {
            Held::Bits { first, words, bits } => {
                let (first, words) = (*first, *words);
                for (&customer, &period) in rows {
                    let bit = period.wrapping_sub(first) as u32 as usize;
                    bits[customer as usize * words + bit / 64] |= 1 << (bit % 64);
                }
            }
            Held::Pairs(pairs) => {
                pairs.extend(rows.map(|(&customer, &period)| pair(customer, period)));
                sort(pairs);
            }
        }
    }

    /// Joins what was gathered elsewhere about the same customers.
    ///
    /// **Shape.** Both made with the same customers and periods.
    pub fn merge(&mut self, other: Self) {
        match (&mut self.held, other.held) {
            (Held::Bits { bits, .. }, Held::Bits { bits: more, .. }) => {
                bits.iter_mut().zip(more).for_each(|(mine, more)| *mine |= more);
            }
            (Held::Pairs(pairs), Held::Pairs(more)) => {
                pairs.extend(more);
                sort(pairs);
            }
            _ => unreachable!("what is merged was made with the same customers and periods"),
        }
    }

    /// How many customers there can be.
    pub fn n_customers(&self) -> usize {
        self.n_customers
    }

    /// First, last and number of the periods of a customer; `None` for one who never was there.
    pub fn span(&self, customer: u32) -> Option<Span> {
        match &self.held {
            Held::Bits { first, words, bits } => {
                let mine = &bits[customer as usize * words..][..*words];
                let from = mine.iter().position(|word| *word != 0)?;
                let to = mine.iter().rposition(|word| *word != 0)?;
                Some(Span {
                    first: first + (from * 64) as i32 + mine[from].trailing_zeros() as i32,
                    last: first + (to * 64) as i32 + 63 - mine[to].leading_zeros() as i32,
                    n: mine[from..=to].iter().map(|word| word.count_ones()).sum(),
                })
            }
            Held::Pairs(pairs) => {
                let mine = pairs_of(pairs, customer);
                let (first, last) = (*mine.first()?, *mine.last()?);
                Some(Span { first: period_of(first), last: period_of(last), n: mine.len() as u32 })
            }
        }
    }

    /// The periods of a customer, ascending.
    pub fn periods(&self, customer: u32) -> impl Iterator<Item = i32> + '_ {
        let (first, words, pairs) = match &self.held {
            Held::Bits { first, words, bits } => {
                (*first, &bits[customer as usize * words..][..*words], [].as_slice())
            }
            Held::Pairs(pairs) => (0, [].as_slice(), pairs_of(pairs, customer)),
        };
        let of_word = move |(at, &word): (usize, &u64)| {
            let base = first + (at * 64) as i32;
            std::iter::successors((word != 0).then_some(word), |word| {
                let rest = word & (word - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |word| base + word.trailing_zeros() as i32)
        };
        words.iter().enumerate().flat_map(of_word).chain(pairs.iter().map(|&pair| period_of(pair)))
    }
}

fn pairs_of(pairs: &[u64], customer: u32) -> &[u64] {
    let from = pairs.partition_point(|&pair| (pair >> 32) < u64::from(customer));
    let to = from + pairs[from..].partition_point(|&pair| (pair >> 32) == u64::from(customer));
    &pairs[from..to]
}

fn sort(pairs: &mut Vec<u64>) {
    use rayon::slice::ParallelSliceMut;
    pairs.par_sort_unstable();
    pairs.dedup();
}

/// The smallest range that holds every period; empty for none.
pub fn range_of(periods: &[i32]) -> Range<i32> {
    let (least, most) = periods.iter().fold((i32::MAX, i32::MIN), |(a, b), &p| (a.min(p), b.max(p)));
    if least > most { 0..0 } else { least..most.saturating_add(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;
    use std::collections::BTreeSet;

    fn rows(n: usize, n_customers: usize, n_periods: usize, stray: Option<i32>) -> (Vec<u32>, Vec<i32>) {
        let mut g = Generator::from_seed(5);
        let mut periods: Vec<i32> = (0..n).map(|_| g.below(n_periods) as i32 - 40).collect();
        periods.extend(stray);
        ((0..periods.len()).map(|_| g.below(n_customers) as u32).collect(), periods)
    }

    #[test]
    fn bits_and_pairs_tell_the_same_as_a_set() {
        for stray in [None, Some(i32::MAX - 1), Some(i32::MIN)] {
            let (customers, periods) = rows(5000, 300, 200, stray);
            let set: BTreeSet<(u32, i32)> = customers.iter().copied().zip(periods.iter().copied()).collect();
            let active = Activity::of(300, &customers, &periods);
            for customer in 0..300 {
                let mine: Vec<i32> = set.iter().filter(|row| row.0 == customer).map(|row| row.1).collect();
                assert_eq!(active.periods(customer).collect::<Vec<_>>(), mine);
                let span = active.span(customer);
                assert_eq!(
                    span.map(|s| (s.first, s.last, s.n as usize)),
                    mine.first().map(|&first| { (first, *mine.last().unwrap(), mine.len()) })
                );
            }
        }
    }

    #[test]
    fn parts_merged_in_any_order_are_the_whole() {
        for stray in [None, Some(2_000_000_000)] {
            let (customers, periods) = rows(999, 50, 90, stray);
            let whole = Activity::of(50, &customers, &periods);
            let mut merged = Activity::new(50, range_of(&periods));
            let parts: Vec<_> = customers.chunks(100).zip(periods.chunks(100)).collect();
            for (customers, periods) in parts.into_iter().rev() {
                let mut part = Activity::new(50, range_of(&[-40, stray.unwrap_or(49)]));
                part.update(customers, periods);
                merged.merge(part);
            }
            assert!((0..50).all(|c| merged.periods(c).eq(whole.periods(c))));
        }
    }

    #[test]
    fn nobody_has_no_span() {
        let active = Activity::of(3, &[], &[]);
        assert_eq!((active.span(2), active.periods(0).count()), (None, 0));
        assert_eq!(Activity::of(0, &[], &[]).n_customers(), 0);
    }
}
