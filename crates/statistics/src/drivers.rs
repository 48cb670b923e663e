//! Which segments moved a number: a change taken apart into rate (each segment behaves differently) and mix (the segments
//! have other shares), so that the parts sum to the change.
//!
//! It is bookkeeping, not proof of cause: it says where a number moved, not why.

/// A segment in one period: a ratio is numerator / denominator, such as revenue / orders or returns / customers.
///
/// **Units.** Any, the same for all segments; the denominator is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Part {
    /// What is counted or summed.
    pub numerator: f64,
    /// What it is divided by.
    pub denominator: f64,
}

/// What one segment added to the change of the ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// By its own ratio having changed.
    pub rate: f64,
    /// By its share having changed, against the ratio of all: a segment above the average that grows lifts the ratio.
    pub mix: f64,
}

impl Effect {
    /// Both together.
    pub fn sum(&self) -> f64 {
        self.rate + self.mix
    }
}

/// The change of a ratio and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct RatioChange {
    /// The ratio before.
    pub before: f64,
    /// The ratio after.
    pub after: f64,
    /// One effect for each segment, in their order; all of them sum to after − before.
    pub effects: Vec<Effect>,
}

/// The change of a total (such as revenue) and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct TotalChange {
    /// The total before: the sum of the numerators.
    pub before: f64,
    /// The total after.
    pub after: f64,
    /// What the sum of the denominators having changed adds: more orders at the average revenue of an order.
    pub volume: f64,
    /// One effect for each segment, in their order; with `volume` they sum to after − before.
    pub effects: Vec<Effect>,
}

/// Takes the change of a ratio apart.
///
/// With share wₛ and ratio rₛ of a segment and R of all, and bars for the mean of before and after, the rate effect is
/// w̄ₛ·Δrₛ and the mix effect (r̄ₛ − R̄)·Δwₛ. Using the means makes it symmetric: looking back gives the same with other
/// signs, and no interaction term is left. A segment that is in one period only has no rate effect.
///
/// **Shape.** The same segment at the same place of both slices.
///
/// Returns `None` for slices of unequal length, numbers that are not finite, a negative denominator, a numerator without
/// a denominator, or a period whose denominators sum to 0.
///
/// **Source.** Kitagawa, "Components of a difference between two rates" (1955).
pub fn ratio_change(before: &[Part], after: &[Part]) -> Option<RatioChange> {
    if before.len() != after.len() {
        return None;
    }
    let (old, new) = (sum(before)?, sum(after)?);
    let (old_ratio, new_ratio) = (old.numerator / old.denominator, new.numerator / new.denominator);
    let middle = 0.5 * (old_ratio + new_ratio);
    let effects = before.iter().zip(after).map(|(b, a)| {
        let (old_share, new_share) = (b.denominator / old.denominator, a.denominator / new.denominator);
        let (old_rate, new_rate) = match (b.denominator > 0.0, a.denominator > 0.0) {
            (true, true) => (b.numerator / b.denominator, a.numerator / a.denominator),
            (true, false) => (b.numerator / b.denominator, b.numerator / b.denominator),
            (false, true) => (a.numerator / a.denominator, a.numerator / a.denominator),
            (false, false) => (middle, middle),
        };
        Effect {
            rate: 0.5 * (old_share + new_share) * (new_rate - old_rate),
            mix: (0.5 * (old_rate + new_rate) - middle) * (new_share - old_share),
        }
    });
    Some(RatioChange { before: old_ratio, after: new_ratio, effects: effects.collect() })
}

/// Takes the change of a total apart into volume, and rate and mix of each segment.
///
/// A total is the sum of the denominators times the ratio; the change of the first at the mean ratio is the volume effect,
/// that of the ratio at the mean volume is taken apart as in [`ratio_change`].
///
/// **Shape**, and what returns `None`: as for [`ratio_change`].
pub fn total_change(before: &[Part], after: &[Part]) -> Option<TotalChange> {
    let ratio = ratio_change(before, after)?;
    let (old, new) = (sum(before)?, sum(after)?);
    let middle_volume = 0.5 * (old.denominator + new.denominator);
    let scaled = |e: Effect| Effect { rate: e.rate * middle_volume, mix: e.mix * middle_volume };
    Some(TotalChange {
        before: old.numerator,
        after: new.numerator,
        volume: 0.5 * (ratio.before + ratio.after) * (new.denominator - old.denominator),
        effects: ratio.effects.into_iter().map(scaled).collect(),
    })
}

/// What one segment added to the change of a total.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Contribution {
    /// Its numerator after, less before: the sum of the three parts.
    pub total: f64,
    /// By each of its units being worth more or less.
    pub rate: f64,
    /// By its share of all units having changed.
    pub mix: f64,
    /// By all units together having become more or fewer, at its mean share and worth.
    pub volume: f64,
}

/// What each segment added to the change of the sum of the numerators.
///
/// A segment's numerator is all units × its share of them × what one of its units is worth. Each factor's change is taken at
/// the mean of the others, so that the three parts of a segment sum to its own change, and all segments to that of the total.
/// A segment that is in one period only has no rate part.
///
/// **Shape.** The same segment at the same place of both slices.
///
/// Returns `None` for slices of unequal length or numbers that are not finite.
///
/// ```
/// use statistics::drivers::{contributions, Part};
/// let part = |numerator, denominator| Part { numerator, denominator };
/// let found = contributions(&[part(10.0, 5.0), part(20.0, 5.0)], &[part(30.0, 10.0), part(20.0, 5.0)]).unwrap();
/// assert_eq!(found.iter().map(|c| c.total).sum::<f64>(), 20.0);
/// assert!((found[0].rate + found[0].mix + found[0].volume - 20.0).abs() < 1e-12);
/// ```
///
/// **Source.** As [`ratio_change`], applied to each segment's product.
pub fn contributions(before: &[Part], after: &[Part]) -> Option<Vec<Contribution>> {
    let finite = |p: &Part| p.numerator.is_finite() && p.denominator.is_finite();
    if before.len() != after.len() || !before.iter().chain(after).all(finite) {
        return None;
    }
    let units = |parts: &[Part]| parts.iter().map(|p| p.denominator).sum::<f64>();
    let (old_units, new_units) = (units(before), units(after));
    let share = |part: &Part, all: f64| if all > 0.0 { part.denominator / all } else { 0.0 };
    let one = |(b, a): (&Part, &Part)| {
        let worth = |p: &Part| (p.denominator > 0.0).then(|| p.numerator / p.denominator);
        let total = a.numerator - b.numerator;
        let (old, new) = match (worth(b), worth(a)) {
            (Some(old), Some(new)) => (old, new),
            (Some(only), None) | (None, Some(only)) => (only, only),
            (None, None) => return Contribution { total, rate: total, ..Contribution::default() },
        };
        let worth = 0.5 * (old + new);
        let rate = 0.5 * (b.denominator + a.denominator) * (new - old);
        let (old_share, new_share) = (share(b, old_units), share(a, new_units));
        let mix = worth * 0.5 * (old_units + new_units) * (new_share - old_share);
        let volume = worth * 0.5 * (old_share + new_share) * (new_units - old_units);
        Contribution { total, rate, mix, volume }
    };
    Some(before.iter().zip(after).map(one).collect())
}

/// All segments together, or `None` where a number cannot be.
fn sum(parts: &[Part]) -> Option<Part> {
    let mut all = Part::default();
    for part in parts {
        let possible = part.numerator.is_finite()
            && part.denominator.is_finite()
            && part.denominator >= 0.0
            && (part.denominator > 0.0 || part.numerator == 0.0);
        if !possible {
            return None;
        }
        all.numerator += part.numerator;
        all.denominator += part.denominator;
    }
    (all.denominator > 0.0 && all.denominator.is_finite() && all.numerator.is_finite()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn part(numerator: f64, denominator: f64) -> Part {
        Part { numerator, denominator }
    }

    #[test]
    fn a_pure_change_of_mix_has_no_rate_effect_and_the_other_way_round() {
        // Ratios stay 10 and 20, the shares turn from half and half to one and three quarters.
        let mix =
            ratio_change(&[part(500.0, 50.0), part(1000.0, 50.0)], &[part(250.0, 25.0), part(1500.0, 75.0)])
                .expect("valid");
        assert_eq!((mix.before, mix.after), (15.0, 17.5));
        assert!(mix.effects.iter().all(|e| e.rate == 0.0));
        let rate =
            ratio_change(&[part(500.0, 50.0), part(1000.0, 50.0)], &[part(600.0, 50.0), part(1000.0, 50.0)])
                .expect("valid");
        assert_eq!(rate.effects[0], Effect { rate: 1.0, mix: 0.0 });
        assert_eq!(rate.effects[1], Effect { rate: 0.0, mix: 0.0 });
    }

    #[test]
    fn simpsons_paradox_is_seen_as_mix() {
        // Both segments improve, the whole gets worse, because the worse segment grows.
        let before = [part(81.0, 87.0), part(55.0, 80.0)];
        let after = [part(19.0, 20.0), part(190.0, 263.0)];
        let found = ratio_change(&before, &after).expect("valid");
        assert!(found.after < found.before);
        assert!(found.effects.iter().all(|e| e.rate > 0.0));
        assert!(found.effects.iter().map(|e| e.mix).sum::<f64>() < 0.0);
    }

    #[test]
    fn parts_always_sum_to_the_change_and_look_back_symmetrically() {
        let mut g = Generator::from_seed(9);
        for _ in 0..500 {
            let mut side = || -> Vec<Part> {
                (0..6)
                    .map(|_| {
                        if g.uniform() < 0.2 {
                            Part::default()
                        } else {
                            part(1000.0 * g.normal(), 1.0 + 99.0 * g.uniform())
                        }
                    })
                    .collect()
            };
            let (before, after) = (side(), side());
            let (Some(ratio), Some(total)) = (ratio_change(&before, &after), total_change(&before, &after))
            else {
                continue;
            };
            let sum: f64 = ratio.effects.iter().map(Effect::sum).sum();
            assert!((sum - (ratio.after - ratio.before)).abs() < 1e-9);
            let sum: f64 = total.volume + total.effects.iter().map(Effect::sum).sum::<f64>();
            assert!((sum - (total.after - total.before)).abs() < 1e-7);
            let back = ratio_change(&after, &before).expect("valid both ways");
            for (one, other) in ratio.effects.iter().zip(&back.effects) {
                assert!((one.rate + other.rate).abs() < 1e-9 && (one.mix + other.mix).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn impossible_parts_have_no_answer() {
        let good = [part(1.0, 2.0)];
        assert_eq!(ratio_change(&good, &[]), None);
        assert_eq!(ratio_change(&[], &[]), None);
        for bad in
            [part(f64::NAN, 1.0), part(1.0, -1.0), part(1.0, 0.0), part(0.0, 0.0), part(1.0, f64::INFINITY)]
        {
            assert_eq!(ratio_change(&good, &[bad]), None);
            assert_eq!(total_change(&[bad], &good), None);
        }
    }
}
