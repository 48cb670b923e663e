//! BG/NBD: how often a customer without a contract will buy again, and whether the customer is still alive.
//!
//! While alive a customer buys at random with an own rate; after every purchase the customer may leave for good with an
//! own probability. Rates vary over customers by a gamma, leaving probabilities by a beta distribution. The model knows
//! no season, no price and no campaign, and it says "alive" of everybody who never bought again: see
//! [`super::history_missing`].
//!
//! **Source.** Fader, Hardie and Lee, "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model",
//! Marketing Science 24 (2005) 275–284.

use super::FitError;
use super::beta_geometric::{Leaving, evaluate};
use super::buying::{self, Buying, Histories};
pub use super::buying::{FEWEST_CUSTOMERS, FEWEST_REPEATERS};
use super::compressed::Compressed;
use super::purchases_ahead::PurchasesAhead;
use crate::special_functions::hypergeometric_2f1;

/// What a customer did until the day of observation.
///
/// **Units.** `recency` and `age` are in any one unit of time (days, weeks), the same for all customers; horizons are in
/// it too. Purchases on one day count once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// Purchases after the first one.
    pub n_repeat: u32,
    /// Time from the first purchase to the last one; 0 without a repeat purchase.
    pub recency: f64,
    /// Time from the first purchase to the day of observation.
    pub age: f64,
}

impl Customer {
    /// Summarises one customer's purchase days.
    ///
    /// **Shape.** `purchase_days` in ascending order, several purchases of a day are merged; days after `end_day` are
    /// left out (they belong to the holdout). `days_per_unit` is 7 for weeks, 1 for days.
    ///
    /// Returns `None` when nothing was bought until `end_day`.
    pub fn from_purchase_days(purchase_days: &[i32], end_day: i32, days_per_unit: f64) -> Option<Self> {
        let seen = &purchase_days[..purchase_days.partition_point(|&day| day <= end_day)];
        let (first, last) = (*seen.first()?, *seen.last()?);
        let n_repeat = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let span = |from: i32, to: i32| (f64::from(to) - f64::from(from)) / days_per_unit;
        Some(Self {
            n_repeat: u32::try_from(n_repeat).unwrap_or(u32::MAX),
            recency: span(first, last),
            age: span(first, end_day),
        })
    }

    /// What is impossible about this customer, if anything is.
    pub fn fault(&self) -> Option<&'static str> {
        if !(self.recency.is_finite() && self.age.is_finite()) {
            Some("recency and age must be finite numbers")
        } else if self.recency < 0.0 || self.age < self.recency {
            Some("recency must lie between 0 and age")
        } else if (self.n_repeat == 0) != (self.recency == 0.0) {
            Some("recency must be above 0 with repeat purchases, and 0 without")
        } else {
            None
        }
    }
}

/// The four parameters of the model.
///
/// **Units.** `alpha` is in the unit of time of the customers; the others have none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Shape of the gamma distribution of purchase rates; the mean rate is r / alpha.
    pub r: f64,
    /// Rate of that gamma distribution.
    pub alpha: f64,
    /// First shape of the beta distribution of leaving probabilities; their mean is a / (a + b).
    pub a: f64,
    /// Second shape of that beta distribution.
    pub b: f64,
}

/// A fitted BG/NBD model.
pub type Fit = buying::Fit<Parameters>;

/// Fits the model by maximum likelihood.
///
/// The result does not depend on the order of the customers, on the unit of time (but for `alpha`) or on threads.
///
/// **Errors.** Those of every model, see [`buying::Fit`].
pub fn fit(customers: &[Customer]) -> Result<Fit, FitError> {
    let histories = Histories::new(customers)?;
    let mean_age = histories.rows.mean_age();
    histories.fit([1.0, mean_age, 1.0, 2.0], |rows, p| evaluate(rows, Leaving::AfterRepeat, p))
}

impl Fit {
    /// True when the data show no sign that anybody leaves: then P(alive) is near 1 for everybody and says nothing.
    pub fn nobody_seen_leaving(&self) -> bool {
        let Parameters { a, b, .. } = self.parameters;
        self.prior_used && a / (a + b) < 0.01
    }
}

/// The log-likelihood of given parameters, for comparison with other programs.
pub fn log_likelihood(customers: &[Customer], parameters: &Parameters) -> f64 {
    evaluate(&Compressed::new(customers), Leaving::AfterRepeat, &parameters.to_array()).value
}

impl Buying for Parameters {
    const NAMES: [&'static str; 4] = ["r", "alpha", "a", "b"];

    fn from_array([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }

    fn to_array(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    fn probability_alive(&self, customer: &Customer) -> f64 {
        self.probability_alive(customer)
    }

    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64 {
        self.expected_purchases(customer, horizon)
    }

    fn purchases_ahead(&self, customer: &Customer, horizon: f64) -> PurchasesAhead {
        PurchasesAhead::new(self, customer, horizon)
    }

    fn probability_of_none(&self, customer: &Customer, horizon: f64) -> f64 {
        PurchasesAhead::probability_of_none(self, customer, horizon)
    }
}

impl Parameters {
    /// The probability that the customer has not left for good.
    ///
    /// It is 1 for a customer without a repeat purchase, because the model lets nobody leave before the second purchase:
    /// do not show that 1 as knowledge (see [`super::history_missing`]).
    ///
    /// **Source.** Fader, Hardie and Lee, "Computing P(alive) Using the BG/NBD Model" (2008).
    pub fn probability_alive(&self, customer: &Customer) -> f64 {
        if customer.n_repeat == 0 {
            return 1.0;
        }
        let x = f64::from(customer.n_repeat);
        let ln_odds_left = self.a.ln() - (self.b + x - 1.0).ln()
            + (self.r + x) * ((self.alpha + customer.age).ln() - (self.alpha + customer.recency).ln());
        1.0 / (1.0 + ln_odds_left.exp())
    }

    /// The expected number of purchases in the `horizon` after the day of observation.
    ///
    /// **Units.** `horizon` in the unit of time of the customers.
    ///
    /// **Source.** Equation (10) of the paper after Euler's transformation
    /// ₂F₁(r+x, b+x; a+b+x−1; z) = (1−z)^(a−1−r−x) ₂F₁(a−1, a+b−1−r; a+b+x−1; z), which cannot overflow for large x.
    pub fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64 {
        self.probability_alive(customer) * self.expected_if_alive(customer, horizon)
    }

    /// Expected purchases in the horizon of a customer who is alive.
    pub(super) fn expected_if_alive(&self, customer: &Customer, horizon: f64) -> f64 {
        if horizon.is_nan() || horizon <= 0.0 {
            return 0.0;
        }
        // The formula divides by a − 1, where the expectation itself is smooth: go round the point.
        const NEAR: f64 = 1e-4;
        if (self.a - 1.0).abs() < NEAR {
            let at = |a: f64| Self { a, ..*self }.expected_away_from_one(customer, horizon);
            let (below, above) = (at(1.0 - NEAR), at(1.0 + NEAR));
            return below + (above - below) * (self.a - 1.0 + NEAR) / (2.0 * NEAR);
        }
        // For a large a the power and the series go to 0 and infinity together, while purchases become few.
        const LARGE: f64 = 20.0;
        if self.a > LARGE {
            let alive = self.probability_alive(customer);
            return if alive > 0.0 {
                PurchasesAhead::new(self, customer, horizon).mean() / alive
            } else {
                0.0
            };
        }
        self.expected_away_from_one(customer, horizon)
    }

    fn expected_away_from_one(&self, customer: &Customer, horizon: f64) -> f64 {
        let x = f64::from(customer.n_repeat);
        let now = self.alpha + customer.age;
        let z = horizon / (now + horizon);
        // With x = 0 and a + b = 1 the third parameter of the series would be 0; the limit is reached from beside it.
        let mut c = self.a + self.b + x - 1.0;
        if c.abs() < 1e-9 {
            c = 1e-9;
        }
        let series = hypergeometric_2f1(self.a - 1.0, self.a + self.b - 1.0 - self.r, c, z);
        let ln_rest = (self.a - 1.0) * (now / (now + horizon)).ln();
        (c / (self.a - 1.0) * (1.0 - ln_rest.exp() * series)).max(0.0)
    }
}
