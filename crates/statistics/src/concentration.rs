//! How much of the money comes from how few customers.
//!
//! It measures inequality at one time. It does not say whether it is too much: that depends on whether the few can leave
//! together. Values below 0 (customers who returned more than they bought) count as 0 and are reported.

use crate::distributions::normal_quantile;
use crate::intervals::Interval;

/// Values in ascending order with everything that the measures need.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// Ascending, none below 0.
    sorted: Vec<f64>,
    total: f64,
    /// Values that were below 0 and count as 0.
    pub n_negative: usize,
}

/// A point of the Lorenz curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LorenzPoint {
    /// Share of the customers, smallest first.
    pub customers: f64,
    /// Share of the value that they make together.
    pub value: f64,
}

impl Concentration {
    /// Sorts the values; `None` if nobody has a value above 0.
    ///
    /// **Units.** Minor units of one currency, one value for each customer. O(n log n).
    pub fn new(values_minor: &[i64]) -> Option<Self> {
        let n_negative = values_minor.iter().filter(|&&v| v < 0).count();
        let mut whole: Vec<i64> = values_minor.iter().map(|&v| v.max(0)).collect();
        whole.sort_unstable();
        let total = whole.iter().map(|&v| i128::from(v)).sum::<i128>() as f64;
        let sorted = whole.into_iter().map(|v| v as f64).collect();
        (total > 0.0).then_some(Self { sorted, total, n_negative })
    }

    /// Share of the value that the best `share` of the customers make (0.2 for the best fifth), with an interval at
    /// `level`. A part of a customer at the border counts in part.
    ///
    /// The interval takes the customers as a sample of those the firm might have had: it says how much of the number is
    /// chance.
    ///
    /// Returns `None` unless both arguments lie between 0 and 1.
    ///
    /// **Source.** Influence function of the Lorenz ordinate: Beach and Davidson (1983).
    pub fn top_share(&self, share: f64, level: f64) -> Option<Interval> {
        if !(share > 0.0 && share < 1.0 && level > 0.0 && level < 1.0) {
            return None;
        }
        let n = self.sorted.len() as f64;
        let wanted = share * n;
        let (whole, mean) = (wanted.floor() as usize, self.total / n);
        let from_top = |k: usize| self.sorted[self.sorted.len() - 1 - k];
        let border = from_top(whole.min(self.sorted.len() - 1));
        let top = (0..whole).map(from_top).sum::<f64>() + (wanted - whole as f64) * border;
        let estimate = top / self.total;
        let effect = |&y: &f64| ((y - border).max(0.0) + share * border - estimate * y) / mean;
        Some(self.around(estimate, effect_error(self.sorted.iter().map(effect)), level))
    }

    /// Gini's coefficient, 0 for equal values and near 1 when one customer makes all, with an interval at `level`.
    ///
    /// Returns `None` unless the level lies between 0 and 1.
    ///
    /// **Source.** Davidson, "Reliable inference for the Gini index", Journal of Econometrics 150 (2009).
    pub fn gini(&self, level: f64) -> Option<Interval> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        let n = self.sorted.len() as f64;
        let weighted: f64 = self.sorted.iter().zip(1u32..).map(|(y, i)| (2.0 * f64::from(i) - 1.0) * y).sum();
        let estimate = weighted / (n * self.total) - 1.0;
        let (mean, mut below) = (self.total / n, 0.0);
        let effects = self.sorted.iter().zip(1u32..).map(|(y, i)| {
            below += y;
            (-(estimate + 1.0) * y + (2.0 * f64::from(i) - 1.0) / n * y - 2.0 * below / n) / mean
        });
        let error = effect_error(effects);
        Some(self.around(estimate, error, level))
    }

    /// The smallest number of customers who make at least this share of the value together; `None` unless 0 < share ≤ 1.
    pub fn customers_for(&self, share: f64) -> Option<usize> {
        if !(share > 0.0 && share <= 1.0) {
            return None;
        }
        let (wanted, mut sum) = (share * self.total * (1.0 - 1e-12), 0.0);
        let found = self.sorted.iter().rev().position(|y| {
            sum += y;
            sum >= wanted
        });
        found.map(|place| place + 1)
    }

    /// The Lorenz curve at `n_steps` equal steps of the customers, smallest first, from (0, 0) to (1, 1).
    ///
    /// **Shape.** `n_steps` + 1 points; at least one step.
    pub fn lorenz(&self, n_steps: usize) -> Vec<LorenzPoint> {
        let (n, n_steps) = (self.sorted.len(), n_steps.max(1));
        let mut points = vec![LorenzPoint { customers: 0.0, value: 0.0 }];
        let (mut used, mut sum) = (0usize, 0.0);
        for step in 1..=n_steps {
            let end = (step as u128 * n as u128 / n_steps as u128) as usize;
            sum += self.sorted[used..end].iter().sum::<f64>();
            used = end;
            // Between two customers the curve is a straight line.
            let place = step as f64 * n as f64 / n_steps as f64;
            let part = self.sorted.get(end).map_or(0.0, |next| (place - end as f64).max(0.0) * next);
            points.push(LorenzPoint {
                customers: step as f64 / n_steps as f64,
                value: ((sum + part) / self.total).min(1.0),
            });
        }
        points
    }

    fn around(&self, estimate: f64, error: f64, level: f64) -> Interval {
        let half = normal_quantile(0.5 + 0.5 * level) * error;
        Interval { estimate, low: (estimate - half).max(0.0), high: (estimate + half).min(1.0) }
    }
}

/// The standard error of a mean of effects.
fn effect_error(effects: impl Iterator<Item = f64>) -> f64 {
    let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for effect in effects {
        n += 1.0;
        let off = effect - mean;
        mean += off / n;
        squares += off * (effect - mean);
    }
    squares.sqrt() / n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    #[test]
    fn small_cases_agree_with_counting_by_hand() {
        let found = Concentration::new(&[1, 2, 3, 4, 10]).expect("money");
        near(found.top_share(0.2, 0.9).expect("valid").estimate, 0.5, 1e-12);
        near(found.top_share(0.3, 0.9).expect("valid").estimate, 0.6, 1e-12);
        // Sum of all absolute differences over 2 n² mean: (2·40) / (2·25·4) = 0.4.
        near(found.gini(0.9).expect("valid").estimate, 0.4, 1e-12);
        assert_eq!(found.customers_for(0.5), Some(1));
        assert_eq!(found.customers_for(0.51), Some(2));
        assert_eq!(found.customers_for(1.0), Some(5));
        let curve = found.lorenz(5);
        near(curve[3].value, 0.3, 1e-12);
        near(curve[5].value, 1.0, 1e-12);
        near(found.lorenz(2)[1].value, 4.5 / 20.0, 1e-12);
    }

    #[test]
    fn equal_customers_have_no_concentration() {
        let found = Concentration::new(&[700; 50]).expect("money");
        near(found.gini(0.95).expect("valid").estimate, 0.0, 1e-12);
        near(found.top_share(0.2, 0.95).expect("valid").estimate, 0.2, 1e-12);
    }

    #[test]
    fn exponential_values_have_the_known_measures_and_the_intervals_hold() {
        // For the exponential distribution Gini is 1/2 and the top fifth has 0.2 (1 + ln 5).
        let truth = 0.2 * (1.0 + 5f64.ln());
        let mut g = Generator::from_seed(6);
        let (mut gini, mut top) = (0, 0);
        for _ in 0..600 {
            let values: Vec<i64> = (0..400).map(|_| (g.exponential(1.0) * 1e6) as i64).collect();
            let found = Concentration::new(&values).expect("money");
            let (a, b) = (found.gini(0.9).expect("valid"), found.top_share(0.2, 0.9).expect("valid"));
            gini += i32::from(a.low <= 0.5 && 0.5 <= a.high);
            top += i32::from(b.low <= truth && truth <= b.high);
        }
        near(f64::from(gini) / 600.0, 0.9, 0.04);
        near(f64::from(top) / 600.0, 0.9, 0.04);
    }

    #[test]
    fn hostile_values_give_none_or_are_counted() {
        assert_eq!(Concentration::new(&[]), None);
        assert_eq!(Concentration::new(&[0, -3]), None);
        let found = Concentration::new(&[-5, 10, i64::MAX]).expect("money");
        assert_eq!(found.n_negative, 1);
        assert!(
            found.gini(1.5).is_none()
                && found.top_share(0.0, 0.9).is_none()
                && found.customers_for(f64::NAN).is_none()
        );
        let one = Concentration::new(&[9]).expect("money");
        near(one.top_share(0.2, 0.9).expect("valid").estimate, 0.2, 1e-12);
    }
}
