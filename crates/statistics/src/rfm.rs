//! Recency, frequency and money: where each customer stands among the others, with a name and a value tier.
//!
//! It describes the past in ranks. It does not say what a customer will do (see [`crate::lifetime_value`]), and its scores
//! are relative: they move when the other customers change.

mod purchases;

pub use purchases::{Customer, Purchases, TooMuch, fifths};

/// One customer's purchases until the day of observation.
///
/// **Units.** Days; orders; minor units of one currency, refunds deducted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// Days from the last order to the day of observation; 0 is the same day.
    pub recency_days: i32,
    /// Number of orders.
    pub n_orders: u32,
    /// Money of all orders.
    pub value_minor: i64,
}

/// Scores from 1 (worst fifth) to 5 (best fifth).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scores {
    /// 5 bought most recently.
    pub recency: u8,
    /// 5 ordered most often.
    pub frequency: u8,
    /// 5 spent most.
    pub money: u8,
}

/// Scores every buyer among all of them.
///
/// The score is 1 + ⌊5 · share of the buyers who are strictly worse⌋: a 5 says "at least 80 % are worse". Equal buyers
/// have equal scores, so that fifths are not equally large where many are equal; the order of the input does not matter.
/// Two rules for where ranks say nothing: a dimension in which all buyers are equal scores 3, and one order or none always
/// scores 1 in frequency.
///
/// **Shape.** One result for each buyer, in their order; O(n).
pub fn scores(buyers: &[Buyer]) -> Vec<Scores> {
    let recency = Fifths::new(buyers.iter().map(|b| -i64::from(b.recency_days)).collect());
    let frequency = Fifths::new(buyers.iter().map(|b| i64::from(b.n_orders)).collect());
    let money = Fifths::new(buyers.iter().map(|b| b.value_minor).collect());
    buyers
        .iter()
        .map(|b| Scores {
            recency: recency.score(-i64::from(b.recency_days)),
            frequency: if b.n_orders <= 1 { 1 } else { frequency.score(i64::from(b.n_orders)) },
            money: money.score(b.value_minor),
        })
        .collect()
}

/// The values that must be exceeded for scores 2 to 5.
struct Fifths {
    to_exceed: [i64; 4],
    all_equal: bool,
}

impl Fifths {
    fn new(mut values: Vec<i64>) -> Self {
        let n = values.len();
        let all_equal = values.windows(2).all(|pair| pair[0] == pair[1]);
        if all_equal {
            return Self { to_exceed: [0; 4], all_equal };
        }
        // At least k·n/5 buyers are strictly below a value exactly when it exceeds the value of that rank.
        let to_exceed = std::array::from_fn(|k| {
            let rank = ((k + 1) * n).div_ceil(5);
            *values.select_nth_unstable(rank - 1).1
        });
        Self { to_exceed, all_equal }
    }

    fn score(&self, value: i64) -> u8 {
        if self.all_equal {
            return 3;
        }
        1 + self.to_exceed.iter().map(|&limit| u8::from(value > limit)).sum::<u8>()
    }
}

/// What a place in the grid of recency and frequency is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// Bought just now and often.
    Champions,
    /// Often and rather recently.
    Loyal,
    /// Recently, more than once, not yet often.
    PotentialLoyal,
    /// The first order just now.
    New,
    /// The first order not long ago.
    Promising,
    /// In the middle of both.
    NeedAttention,
    /// Few orders, the last one some time ago.
    AboutToSleep,
    /// Were regular, silent for long.
    AtRisk,
    /// Were among the most frequent, silent for long.
    CannotLose,
    /// Few orders, long ago.
    Hibernating,
    /// Few orders, longest ago.
    Lost,
}

use Segment::{
    AboutToSleep, AtRisk, CannotLose, Champions, Hibernating, Lost, Loyal, NeedAttention, New,
    PotentialLoyal, Promising,
};

impl Segment {
    /// The name in stores, filters and files.
    pub fn name(self) -> &'static str {
        match self {
            Champions => "champions",
            Loyal => "loyal",
            PotentialLoyal => "potential_loyal",
            New => "new",
            Promising => "promising",
            NeedAttention => "need_attention",
            AboutToSleep => "about_to_sleep",
            AtRisk => "at_risk",
            CannotLose => "cannot_lose",
            Hibernating => "hibernating",
            Lost => "lost",
        }
    }
}

/// Every segment, best first.
pub const SEGMENTS: [Segment; 11] = [
    Champions,
    Loyal,
    PotentialLoyal,
    New,
    Promising,
    NeedAttention,
    AboutToSleep,
    AtRisk,
    CannotLose,
    Hibernating,
    Lost,
];

/// The whole table: rows are recency 1 to 5, columns frequency 1 to 5. Every cell has exactly one name.
///
/// **Source.** The usual naming of the recency–frequency grid in direct marketing (after Hughes, "Strategic Database
/// Marketing"); where usages differ, this table is the definition.
pub const GRID: [[Segment; 5]; 5] = [
    [Lost, Lost, AtRisk, AtRisk, CannotLose],
    [Hibernating, Hibernating, AtRisk, AtRisk, CannotLose],
    [AboutToSleep, AboutToSleep, NeedAttention, Loyal, Loyal],
    [Promising, PotentialLoyal, PotentialLoyal, Loyal, Loyal],
    [New, PotentialLoyal, PotentialLoyal, Champions, Champions],
];

impl Scores {
    /// The segment by [`GRID`].
    pub fn segment(&self) -> Segment {
        GRID[usize::from(self.recency.clamp(1, 5)) - 1][usize::from(self.frequency.clamp(1, 5)) - 1]
    }
}

/// Buyers and money in a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Number of buyers.
    pub n_buyers: u64,
    /// Their orders.
    pub n_orders: u64,
    /// Their money in minor units; wide enough for any sum of `i64`.
    pub value_minor: i128,
}

impl Sum {
    fn add(&mut self, buyer: &Buyer) {
        self.n_buyers += 1;
        self.n_orders += u64::from(buyer.n_orders);
        self.value_minor += i128::from(buyer.value_minor);
    }
}

/// Buyers and money in each cell of the grid: `[recency − 1][frequency − 1]`.
///
/// **Shape.** Both slices of equal length; a surplus of the longer one is left out.
pub fn cells(buyers: &[Buyer], scores: &[Scores]) -> [[Sum; 5]; 5] {
    let mut cells = [[Sum::default(); 5]; 5];
    for (buyer, score) in buyers.iter().zip(scores) {
        cells[usize::from(score.recency.clamp(1, 5)) - 1][usize::from(score.frequency.clamp(1, 5)) - 1]
            .add(buyer);
    }
    cells
}

/// A customer's place by money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// The best 20 % of the buyers by value.
    High,
    /// The next 30 %.
    Mid,
    /// The other half, and everybody whose money is not above 0.
    Low,
}

impl Tier {
    /// The name in stores, filters and files.
    pub fn name(self) -> &'static str {
        match self {
            Tier::High => "high",
            Tier::Mid => "mid",
            Tier::Low => "low",
        }
    }
}

/// Every tier, best first.
pub const TIERS: [Tier; 3] = [Tier::High, Tier::Mid, Tier::Low];
/// Share of the buyers in the first tier.
pub const HIGH_SHARE: f64 = 0.2;
/// Share of the buyers in the first two tiers.
pub const HIGH_AND_MID_SHARE: f64 = 0.5;

/// The value tier of each buyer.
///
/// A buyer stands at the share of the paying buyers who spent more, plus half of those who spent the same; up to
/// [`HIGH_SHARE`] is high, up to [`HIGH_AND_MID_SHARE`] mid. Equal buyers are kept together, so that a tier can be larger
/// or smaller than its share.
///
/// **Units.** Minor units of one currency. **Shape.** One tier for each value, in their order.
pub fn value_tiers(values_minor: &[i64]) -> Vec<Tier> {
    let mut paying: Vec<i64> = values_minor.iter().copied().filter(|&v| v > 0).collect();
    paying.sort_unstable_by(|a, b| b.cmp(a));
    let n = paying.len() as f64;
    // The smallest values that still are high, and high or mid.
    let (mut high_from, mut mid_from) = (None, None);
    let mut before = 0usize;
    for equal in paying.chunk_by(|a, b| a == b) {
        let standing = (before as f64 + 0.5 * equal.len() as f64) / n;
        if standing > HIGH_AND_MID_SHARE {
            break;
        }
        if standing <= HIGH_SHARE {
            high_from = Some(equal[0]);
        }
        mid_from = Some(equal[0]);
        before += equal.len();
    }
    let tier = |value: i64| match value {
        v if v <= 0 => Tier::Low,
        v if high_from.is_some_and(|from| v >= from) => Tier::High,
        v if mid_from.is_some_and(|from| v >= from) => Tier::Mid,
        _ => Tier::Low,
    };
    values_minor.iter().map(|&v| tier(v)).collect()
}

/// Buyers and money in each tier, best first.
///
/// **Shape.** Both slices of equal length; a surplus of the longer one is left out.
pub fn tier_sums(buyers: &[Buyer], tiers: &[Tier]) -> [Sum; 3] {
    let mut sums = [Sum::default(); 3];
    for (buyer, &tier) in buyers.iter().zip(tiers) {
        sums[tier as usize].add(buyer);
    }
    sums
}

/// How customers moved between tiers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Movement {
    /// `stayed_or_moved[before][after]`, tiers best first.
    pub stayed_or_moved: [[u64; 3]; 3],
    /// Customers of now who were none before, by their tier now.
    pub came: [u64; 3],
    /// Customers of before who are none now, by their tier before.
    pub went: [u64; 3],
}

impl Movement {
    /// Customers in a better tier than before.
    pub fn n_risen(&self) -> u64 {
        let m = &self.stayed_or_moved;
        m[1][0] + m[2][0] + m[2][1]
    }

    /// Customers in a worse tier than before.
    pub fn n_fallen(&self) -> u64 {
        let m = &self.stayed_or_moved;
        m[0][1] + m[0][2] + m[1][2]
    }
}

/// The migration matrix between two times.
///
/// **Shape.** The same customer at the same place of both slices; `None` where somebody was no customer at that time. A
/// surplus of the longer slice is left out.
pub fn movement(before: &[Option<Tier>], after: &[Option<Tier>]) -> Movement {
    let mut movement = Movement::default();
    for pair in before.iter().zip(after) {
        match pair {
            (Some(from), Some(to)) => movement.stayed_or_moved[*from as usize][*to as usize] += 1,
            (None, Some(to)) => movement.came[*to as usize] += 1,
            (Some(from), None) => movement.went[*from as usize] += 1,
            (None, None) => {}
        }
    }
    movement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn buyer(recency_days: i32, n_orders: u32, value_minor: i64) -> Buyer {
        Buyer { recency_days, n_orders, value_minor }
    }

    #[test]
    fn ten_different_buyers_fill_the_fifths_evenly() {
        let buyers: Vec<Buyer> =
            (0..10).map(|i| buyer(100 - 10 * i, i as u32 + 2, i64::from(i) * 500)).collect();
        let found = scores(&buyers);
        let expected: Vec<u8> = vec![1, 1, 2, 2, 3, 3, 4, 4, 5, 5];
        assert_eq!(found.iter().map(|s| s.recency).collect::<Vec<_>>(), expected);
        assert_eq!(found.iter().map(|s| s.frequency).collect::<Vec<_>>(), expected);
        assert_eq!(found.iter().map(|s| s.money).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn scores_are_the_share_of_strictly_worse_buyers() {
        let mut g = Generator::from_seed(2);
        let buyers: Vec<Buyer> = (0..997)
            .map(|_| buyer(g.below(60) as i32, g.below(9) as u32, g.below(300) as i64 - 20))
            .collect();
        for (b, s) in buyers.iter().zip(scores(&buyers)) {
            let share = |worse: usize| 1 + (5 * worse / buyers.len()) as u8;
            assert_eq!(s.recency, share(buyers.iter().filter(|o| o.recency_days > b.recency_days).count()));
            assert_eq!(s.money, share(buyers.iter().filter(|o| o.value_minor < b.value_minor).count()));
            let frequency = share(buyers.iter().filter(|o| o.n_orders < b.n_orders).count());
            assert_eq!(s.frequency, if b.n_orders <= 1 { 1 } else { frequency });
        }
    }

    #[test]
    fn equal_buyers_have_equal_scores_whatever_their_order() {
        let mut buyers: Vec<Buyer> =
            (0..50).map(|i| buyer(i % 7, (i % 3) as u32 + 1, i64::from(i % 5))).collect();
        let mut before: Vec<(Buyer, Scores)> = buyers.iter().copied().zip(scores(&buyers)).collect();
        buyers.reverse();
        let mut after: Vec<(Buyer, Scores)> = buyers.iter().copied().zip(scores(&buyers)).collect();
        let key = |p: &(Buyer, Scores)| (p.0.recency_days, p.0.n_orders, p.0.value_minor, p.1);
        before.sort_by_key(key);
        after.sort_by_key(key);
        assert_eq!(before, after);
    }

    #[test]
    fn where_ranks_say_nothing_the_score_is_the_middle_and_one_order_is_always_one() {
        assert_eq!(scores(&[]), vec![]);
        assert_eq!(scores(&[buyer(5, 1, 100)]), vec![Scores { recency: 3, frequency: 1, money: 3 }]);
        assert_eq!(scores(&[buyer(5, 4, 100); 3])[2], Scores { recency: 3, frequency: 3, money: 3 });
        let extremes = [buyer(i32::MIN, 0, i64::MIN), buyer(i32::MAX, u32::MAX, i64::MAX)];
        assert_eq!(scores(&extremes)[1], Scores { recency: 1, frequency: 3, money: 3 });
    }

    #[test]
    fn every_segment_has_a_place_in_the_grid() {
        for segment in SEGMENTS {
            assert!(GRID.iter().flatten().any(|&s| s == segment), "{segment:?}");
        }
        assert_eq!(Scores { recency: 5, frequency: 1, money: 1 }.segment(), New);
        assert_eq!(Scores { recency: 1, frequency: 5, money: 5 }.segment(), CannotLose);
    }

    #[test]
    fn cells_hold_every_buyer_and_every_cent() {
        let mut g = Generator::from_seed(4);
        let buyers: Vec<Buyer> = (0..1000)
            .map(|_| buyer(g.below(400) as i32, 1 + g.below(20) as u32, g.below(90_000) as i64))
            .collect();
        let cells = cells(&buyers, &scores(&buyers));
        let all = cells.iter().flatten();
        assert_eq!(all.clone().map(|c| c.n_buyers).sum::<u64>(), 1000);
        assert_eq!(
            all.map(|c| c.value_minor).sum::<i128>(),
            buyers.iter().map(|b| i128::from(b.value_minor)).sum()
        );
    }

    #[test]
    fn tiers_are_a_fifth_three_tenths_and_half_of_different_buyers() {
        let values: Vec<i64> = (1..=100).collect();
        let tiers = value_tiers(&values);
        let count = |tier| tiers.iter().filter(|&&t| t == tier).count();
        assert_eq!((count(Tier::High), count(Tier::Mid), count(Tier::Low)), (20, 30, 50));
        assert_eq!(tiers[99], Tier::High);
    }

    #[test]
    fn equal_and_worthless_buyers_are_kept_together() {
        assert_eq!(value_tiers(&[700; 9]), vec![Tier::Mid; 9]);
        assert_eq!(value_tiers(&[0, -5, i64::MIN]), vec![Tier::Low; 3]);
        assert_eq!(value_tiers(&[i64::MAX, 5, 5, 5, 5, 0])[0], Tier::High);
        assert_eq!(value_tiers(&[]), vec![]);
    }

    #[test]
    fn movement_counts_everybody_once() {
        use Tier::{High, Low, Mid};
        let before = [Some(High), Some(High), Some(Mid), Some(Low), None, Some(Low), None];
        let after = [Some(High), Some(Low), Some(High), Some(Low), Some(Mid), None, None];
        let found = movement(&before, &after);
        assert_eq!((found.n_risen(), found.n_fallen()), (1, 1));
        assert_eq!((found.came, found.went), ([0, 1, 0], [0, 0, 1]));
    }
}
