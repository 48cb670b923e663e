//! The best question to ask the rows of a leaf.

use super::bins::Cuts;
use super::grow::{Limits, Pair, Units};

/// Which bins go left.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Numbers up to the bin `last` go left, and the unknown where it says so.
    UpTo { last: u8, unknown: Side },
    /// Categories whose bit is set go left.
    OneOf([u64; 4]),
}

/// Where the unknown go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    /// None was seen in training: they go where most rows go.
    Unseen,
}

impl Rule {
    pub fn goes_left(&self, bin: u8) -> bool {
        match self {
            Self::UpTo { last, unknown } if bin == 0 => *unknown == Side::Left && *last > 0,
            Self::UpTo { last, .. } => bin <= *last,
            Self::OneOf(set) => set[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1,
        }
    }

    /// Settles where the unknown go that training never showed.
    pub fn unseen_follow_the_larger(&mut self, left_is_larger: bool) {
        if let Self::UpTo { unknown, .. } = self
            && *unknown == Side::Unseen
        {
            *unknown = if left_is_larger { Side::Left } else { Side::Right };
        }
    }
}

/// A split and what it gains.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub gain: f64,
    pub column: usize,
    pub rule: Rule,
}

/// Weight with which a category's own mean is drawn to 0 before categories are put in order.
const CATEGORY_RIDGE: f64 = 10.0;

/// What a leaf's split is measured with.
struct Measure<'a> {
    limits: &'a Limits,
    units: &'a Units,
    gradient: f64,
    weight: f64,
    total: Pair,
    /// Rows for each unit of weight.
    rows: f64,
    /// What the leaf is worth unsplit.
    unsplit: f64,
}

impl Measure<'_> {
    /// The gain of a split whose left side has these sums; `None` where a side is too small.
    fn gain(&self, left: Pair, ridge: f64) -> Option<f64> {
        let (g, w) = self.units.of(left);
        let (other_g, other_w) = (self.gradient - g, self.weight - w);
        let fewest = self.limits.fewest_rows;
        if w * self.rows < fewest || other_w * self.rows < fewest {
            return None;
        }
        Some(g * g / (w + ridge) + other_g * other_g / (other_w + ridge) - self.unsplit)
    }
}

/// The split with the highest gain over all columns; the first column and the lowest bin of equal ones.
///
/// **Shape.** `sums` holds `width` bins for each column. Gains are in units of the loss.
///
/// **Source.** Chen and Guestrin, "XGBoost" (2016), equation (7) and algorithm 3 (unknown values); categories in the order
/// of their mean: Fisher, "On grouping for maximum homogeneity" (1958).
pub fn best(
    cuts: &Cuts,
    sums: &[Pair],
    width: usize,
    rows: f64,
    limits: &Limits,
    units: &Units,
) -> Option<Candidate> {
    let total: Pair = sums[..width].iter().sum();
    let (gradient, weight) = units.of(total);
    if weight <= 0.0 {
        return None;
    }
    let unsplit = gradient * gradient / (weight + limits.ridge);
    let measure = Measure { limits, units, gradient, weight, total, rows: rows / weight, unsplit };
    let mut best: Option<Candidate> = None;
    for column in 0..cuts.n_columns() {
        let bins = &sums[column * width..column * width + cuts.n_bins(column)];
        let found = match cuts.is_categories(column) {
            true => best_set(&measure, bins),
            false => best_threshold(&measure, bins),
        };
        if let Some((gain, rule)) = found
            && gain > best.as_ref().map_or(0.0, |b| b.gain)
        {
            best = Some(Candidate { gain, column, rule });
        }
    }
    best
}

fn best_threshold(measure: &Measure<'_>, bins: &[Pair]) -> Option<(f64, Rule)> {
    let unknown = bins[0];
    let ways: &[(Pair, Side)] =
        if unknown == 0 { &[(0, Side::Unseen)] } else { &[(unknown, Side::Left), (0, Side::Right)] };
    let mut best: Option<(f64, Rule)> = None;
    for (start, side) in ways {
        let mut left = *start;
        for (bin, sum) in bins.iter().enumerate().skip(1) {
            left += sum;
            if *sum == 0 || left == measure.total {
                continue;
            }
            if let Some(gain) = measure.gain(left, measure.limits.ridge)
                && gain > best.as_ref().map_or(0.0, |b| b.0)
            {
                best = Some((gain, Rule::UpTo { last: bin as u8, unknown: *side }));
            }
        }
    }
    best
}

fn best_set(measure: &Measure<'_>, bins: &[Pair]) -> Option<(f64, Rule)> {
    let mean = |sum: Pair| {
        let (g, w) = measure.units.of(sum);
        g / (w + CATEGORY_RIDGE)
    };
    let mut order: Vec<usize> = (0..bins.len()).filter(|b| bins[*b] != 0).collect();
    order.sort_by(|a, b| mean(bins[*a]).total_cmp(&mean(bins[*b])));
    let (mut left, mut set) = (0, [0u64; 4]);
    let mut best: Option<(f64, Rule)> = None;
    for bin in order.iter().take(order.len().saturating_sub(1)) {
        left += bins[*bin];
        set[bin >> 6] |= 1 << (bin & 63);
        // Choosing the best of many sets gains by chance alone, so that a set must gain more.
        if let Some(gain) = measure.gain(left, measure.limits.ridge + CATEGORY_RIDGE)
            && gain > best.as_ref().map_or(0.0, |b| b.0)
        {
            best = Some((gain, Rule::OneOf(set)));
        }
    }
    best
}
