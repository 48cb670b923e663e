//! How many people a comparison of two arms needs, and what it can see with those there are.
//!
//! Normal approximations for arms of any ratio, with the gain of a pre-period (CUPED). Not for arms of fewer than about
//! thirty people, and not for what happens when the interval is looked at more often than planned: the boundary that is
//! used goes into [`Design::critical`].

use crate::distributions::{normal_cdf, normal_quantile};

/// How two arms will be compared.
///
/// **Units.** Shares and probabilities from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// Share of the people who are treated; the rest is held out.
    pub share_treated: f64,
    /// Standard errors that the estimate must lie away from 0: 1.96 for one look at 95 %, a little more for daily looks
    /// (see [`crate::always_valid::last_critical`]).
    pub critical: f64,
    /// Probability of seeing an effect that is there.
    pub power: f64,
    /// Correlation of the outcome with the same person's pre-period; 0 without one.
    pub correlation: f64,
}

impl Design {
    /// One look at the end, two-sided 95 %, power 80 %, no pre-period.
    pub fn plain(share_treated: f64) -> Self {
        Self { share_treated, critical: normal_quantile(0.975), power: 0.8, correlation: 0.0 }
    }

    fn is_sound(&self) -> bool {
        self.share_treated > 0.0
            && self.share_treated < 1.0
            && self.critical > 0.0
            && self.critical.is_finite()
            && self.power > 0.0
            && self.power < 1.0
            && self.correlation.abs() < 1.0
    }

    /// What the pre-period leaves of the variance.
    fn left(&self) -> f64 {
        1.0 - self.correlation * self.correlation
    }

    fn critical_and_power(&self) -> f64 {
        self.critical + normal_quantile(self.power)
    }
}

/// How many people are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub n_treated: u64,
    pub n_held_out: u64,
}

impl Size {
    pub fn total(self) -> u64 {
        self.n_treated.saturating_add(self.n_held_out)
    }

    /// Whole people for a wanted total, at least one in each arm; `None` for what no firm has.
    fn of(total: f64, share_treated: f64) -> Option<Self> {
        (total.is_finite() && total < 1e15).then(|| Self {
            n_treated: ((total * share_treated).ceil() as u64).max(1),
            n_held_out: ((total * (1.0 - share_treated)).ceil() as u64).max(1),
        })
    }
}

/// People needed to see a difference of means of `effect` where one person's outcome has the standard deviation `deviation`.
///
/// Returns `None` for an effect of 0, a deviation that is not above 0, or an unsound design.
///
/// **Source.** Any textbook: n = (z_α/2 + z_β)² σ² (1 − ρ²) (1/f + 1/(1 − f)) / δ², f the share treated; the factor 1 − ρ²
/// is Deng, Xu, Kohavi and Walker (2013), equation (5).
///
/// ```
/// use statistics::power::{Design, means_size};
/// let size = means_size(1.0, 2.0, &Design::plain(0.5)).expect("a sound question");
/// assert_eq!(size.total(), 126);
/// ```
pub fn means_size(effect: f64, deviation: f64, design: &Design) -> Option<Size> {
    let variance = deviation * deviation * design.left();
    if !(design.is_sound() && effect.abs() > 0.0 && effect.is_finite() && variance > 0.0) {
        return None;
    }
    let f = design.share_treated;
    let total = design.critical_and_power().powi(2) * variance * (1.0 / f + 1.0 / (1.0 - f)) / effect.powi(2);
    Size::of(total, f)
}

/// The smallest difference of means that `n_people` in both arms together show with the design's power.
///
/// Returns `None` for nobody, a deviation below 0, or an unsound design.
pub fn means_detectable(n_people: u64, deviation: f64, design: &Design) -> Option<f64> {
    let error = means_error(n_people, deviation, design)?;
    Some(design.critical_and_power() * error)
}

/// Probability that `n_people` show a difference of means of `effect`.
pub fn means_power(effect: f64, n_people: u64, deviation: f64, design: &Design) -> Option<f64> {
    let error = means_error(n_people, deviation, design)?;
    if !effect.is_finite() || error == 0.0 {
        return None;
    }
    Some(two_sided_power(effect / error, design.critical))
}

fn means_error(n_people: u64, deviation: f64, design: &Design) -> Option<f64> {
    if !design.is_sound() || n_people == 0 || !(deviation >= 0.0 && deviation.is_finite()) {
        return None;
    }
    let (n, f) = (n_people as f64, design.share_treated);
    Some(deviation * (design.left() * (1.0 / f + 1.0 / (1.0 - f)) / n).sqrt())
}

fn two_sided_power(z: f64, critical: f64) -> f64 {
    normal_cdf(z - critical) + normal_cdf(-z - critical)
}

/// People needed to see that a share moves from `held_out` to `treated`.
///
/// Returns `None` for equal shares, shares outside [0, 1], or an unsound design.
///
/// **Source.** Fleiss, "Statistical Methods for Rates and Proportions" (1981), without continuity correction: the pooled
/// variance under "no difference", the arms' own under the alternative. The same as R's `power.prop.test` for equal arms.
///
/// ```
/// use statistics::power::{Design, shares_size};
/// let size = shares_size(0.50, 0.75, &Design { power: 0.9, ..Design::plain(0.5) }).expect("a sound question");
/// assert_eq!(size.n_treated, 77); // R prints 76.7 for each arm
/// ```
pub fn shares_size(held_out: f64, treated: f64, design: &Design) -> Option<Size> {
    let errors = ShareErrors::of(held_out, treated, design)?;
    if held_out == treated {
        return None;
    }
    let sum = design.critical * errors.without + normal_quantile(design.power) * errors.with;
    Size::of((sum / (treated - held_out)).powi(2), design.share_treated)
}

/// Probability that `n_people` show that a share moves from `held_out` to `treated`.
pub fn shares_power(held_out: f64, treated: f64, n_people: u64, design: &Design) -> Option<f64> {
    let errors = ShareErrors::of(held_out, treated, design)?;
    if n_people == 0 || errors.with == 0.0 {
        return None;
    }
    let root = (n_people as f64).sqrt();
    let bound = design.critical * errors.without;
    let moved = (treated - held_out) * root;
    Some(normal_cdf((moved - bound) / errors.with) + normal_cdf((-moved - bound) / errors.with))
}

/// The smallest rise of a share from `held_out` that `n_people` show with the design's power; `None` where not even a rise
/// to 100 % would show.
pub fn shares_detectable(held_out: f64, n_people: u64, design: &Design) -> Option<f64> {
    let shows =
        |treated: f64| shares_power(held_out, treated, n_people, design).is_some_and(|p| p >= design.power);
    if !(0.0..1.0).contains(&held_out) || !shows(1.0 - 1e-12) {
        return None;
    }
    let (mut low, mut high) = (held_out, 1.0 - 1e-12);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if shows(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high - held_out)
}

/// Standard errors of the difference for one person in all, without and with the effect.
struct ShareErrors {
    without: f64,
    with: f64,
}

impl ShareErrors {
    fn of(held_out: f64, treated: f64, design: &Design) -> Option<Self> {
        let in_range = |share: f64| (0.0..=1.0).contains(&share);
        if !(design.is_sound() && in_range(held_out) && in_range(treated)) {
            return None;
        }
        let f = design.share_treated;
        let pooled = f * treated + (1.0 - f) * held_out;
        let of_one = |share: f64| share * (1.0 - share) * design.left();
        Some(Self {
            without: (of_one(pooled) * (1.0 / f + 1.0 / (1.0 - f))).sqrt(),
            with: (of_one(treated) / f + of_one(held_out) / (1.0 - f)).sqrt(),
        })
    }
}

/// Whole days until `n_more` people have come at `per_day` a day; `None` where nobody comes.
pub fn days_until(n_more: u64, per_day: f64) -> Option<u64> {
    if n_more == 0 {
        return Some(0);
    }
    (per_day > 0.0 && per_day.is_finite()).then(|| (n_more as f64 / per_day).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn sizes_of_shares_agree_with_r_power_prop_test() {
        // R: power.prop.test(p1 = .50, p2 = .75, power = .90) prints n = 76.7 (76.65294 in full), the help page's example.
        let design = Design { power: 0.9, ..Design::plain(0.5) };
        assert_eq!(shares_size(0.5, 0.75, &design), Some(Size { n_treated: 77, n_held_out: 77 }));
        // The same page: with n = 50 in each arm the power is 0.740.
        near(shares_power(0.5, 0.75, 100, &design).unwrap(), 0.740, 5e-4);
    }

    #[test]
    fn a_lopsided_holdout_needs_more_people_and_a_pre_period_fewer() {
        let even = means_size(1.0, 10.0, &Design::plain(0.5)).unwrap().total();
        let lopsided = means_size(1.0, 10.0, &Design::plain(0.9)).unwrap().total();
        near(lopsided as f64 / even as f64, 0.25 / 0.09, 1e-2);
        let helped = Design { correlation: 0.6, ..Design::plain(0.5) };
        near(means_size(1.0, 10.0, &helped).unwrap().total() as f64 / even as f64, 0.64, 1e-2);
    }

    #[test]
    fn size_power_and_detectable_effect_agree_with_each_other() {
        for share in [0.5, 0.8, 0.95] {
            let design = Design { correlation: 0.3, critical: 2.1, ..Design::plain(share) };
            let size = means_size(0.4, 3.0, &design).unwrap().total();
            near(means_power(0.4, size, 3.0, &design).unwrap(), 0.8, 2e-3);
            near(means_detectable(size, 3.0, &design).unwrap(), 0.4, 1e-3);
            let size = shares_size(0.1, 0.13, &design).unwrap().total();
            near(shares_power(0.1, 0.13, size, &design).unwrap(), 0.8, 2e-3);
            near(shares_detectable(0.1, size, &design).unwrap(), 0.03, 1e-4);
        }
    }

    #[test]
    fn simulated_tests_find_the_effect_as_often_as_the_plan_says() {
        let design = Design::plain(0.8);
        let size = means_size(0.5, 2.0, &design).unwrap();
        let mut g = Generator::from_seed(3);
        let mut arm = |n: u64, mean: f64| {
            let values: Vec<f64> = (0..n).map(|_| mean + 2.0 * g.normal()).collect();
            values.iter().sum::<f64>() / n as f64
        };
        let error = 2.0 * (1.0 / size.n_treated as f64 + 1.0 / size.n_held_out as f64).sqrt();
        let shown = (0..2000)
            .filter(|_| (arm(size.n_treated, 0.5) - arm(size.n_held_out, 0.0)).abs() > 1.96 * error)
            .count();
        near(shown as f64 / 2000.0, 0.8, 0.03);
    }

    #[test]
    fn what_cannot_be_planned_is_none() {
        let plain = Design::plain(0.5);
        assert_eq!(means_size(0.0, 1.0, &plain), None);
        assert_eq!(means_size(f64::NAN, 1.0, &plain), None);
        assert_eq!(means_size(1.0, 0.0, &plain), None);
        assert_eq!(means_size(1e-200, 1e100, &plain), None);
        for broken in [0.0, 1.0, -1.0, f64::NAN] {
            assert_eq!(means_size(1.0, 1.0, &Design::plain(broken)), None);
            assert_eq!(shares_size(0.1, 0.2, &Design::plain(broken)), None);
        }
        assert_eq!(shares_size(0.2, 0.2, &plain), None);
        assert_eq!(shares_size(0.2, 1.2, &plain), None);
        assert_eq!(shares_detectable(0.2, 3, &plain), None);
        assert_eq!(means_detectable(0, 1.0, &plain), None);
        assert_eq!((days_until(5, 0.0), days_until(0, 0.0), days_until(9, 2.0)), (None, Some(0), Some(5)));
    }
}
