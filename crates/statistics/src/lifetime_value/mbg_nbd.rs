//! MBG/NBD: as BG/NBD, but a customer may leave after the first purchase already.
//!
//! BG/NBD calls everybody alive who never bought again; here they may have left, so that P(alive) says something about them
//! too. In the literature it is also called CBG/NBD. It knows no season, no price and no campaign.
//!
//! **Source.** Batislam, Denizel and Filiztekin, "Empirical validation and comparison of models for customer base
//! analysis", International Journal of Research in Marketing 24 (2007) 201–209; Wagner and Hoppe, "Erratum on the MBG/NBD
//! Model", ibid. 25 (2008) 225–226.

use super::FitError;
use super::beta_geometric::{Leaving, evaluate};
use super::bg_nbd::{self, Customer};
use super::buying::{self, Buying, Histories};
use super::compressed::Compressed;
use super::purchases_ahead::{PurchasesAhead, Rate};

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

/// A fitted MBG/NBD model.
pub type Fit = buying::Fit<Parameters>;

/// Fits the model by maximum likelihood.
///
/// **Errors.** Those of every model, see [`buying::Fit`].
pub fn fit(customers: &[Customer]) -> Result<Fit, FitError> {
    let histories = Histories::new(customers)?;
    let mean_age = histories.rows.mean_age();
    histories.fit([1.0, mean_age, 1.0, 2.0], |rows, p| evaluate(rows, Leaving::AfterAny, p))
}

/// The log-likelihood of given parameters, for comparison with other programs.
pub fn log_likelihood(customers: &[Customer], parameters: &Parameters) -> f64 {
    evaluate(&Compressed::new(customers), Leaving::AfterAny, &parameters.to_array()).value
}

impl Parameters {
    /// Given that the customer is alive, the future is that of BG/NBD with one more chance to leave behind the customer.
    fn as_bg_nbd(&self) -> bg_nbd::Parameters {
        bg_nbd::Parameters { r: self.r, alpha: self.alpha, a: self.a, b: self.b + 1.0 }
    }
}

impl Buying for Parameters {
    const NAMES: [&'static str; 4] = ["r", "alpha", "a", "b"];

    fn from_array([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }

    fn to_array(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    /// **Source.** Equation (7) of Batislam, Denizel and Filiztekin (2007).
    fn probability_alive(&self, customer: &Customer) -> f64 {
        let x = f64::from(customer.n_repeat);
        let ln_odds_left = self.a.ln() - (self.b + x).ln()
            + (self.r + x) * ((self.alpha + customer.age).ln() - (self.alpha + customer.recency).ln());
        1.0 / (1.0 + ln_odds_left.exp())
    }

    /// **Source.** Wagner and Hoppe (2008), in the form of Euler's transformation (see [`super::bg_nbd`]).
    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64 {
        self.probability_alive(customer) * self.as_bg_nbd().expected_if_alive(customer, horizon)
    }

    fn purchases_ahead(&self, customer: &Customer, horizon: f64) -> PurchasesAhead {
        let x = f64::from(customer.n_repeat);
        let rate = Rate { shape: self.r + x, rate: self.alpha + customer.age };
        let alive = self.probability_alive(customer);
        PurchasesAhead::leaving_after_purchases(alive, rate, [self.a, self.b + x + 1.0], horizon)
    }
}
