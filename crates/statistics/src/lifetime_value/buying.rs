//! What every model of buying can do, and the search for its parameters that they share.
//!
//! Each model brings its likelihood; the checks of the input, the start on a part of large data, the weak prior where
//! the data leave a parameter open, and the standard errors are the same for all. Not for models with covariates.

use super::FitError;
use super::bg_nbd::Customer;
use super::compressed::Compressed;
use super::purchases_ahead::PurchasesAhead;
use crate::newton::{Evaluation, Maximum, maximise, ran_away, with_weak_prior};

/// A model of how often a customer without a contract buys, with its four parameters known.
pub trait Buying: Copy {
    /// Names of the parameters in the order of [`Buying::to_array`].
    const NAMES: [&'static str; 4];

    /// The parameters from their values in order.
    fn from_array(values: [f64; 4]) -> Self;

    /// The values of the parameters in order.
    fn to_array(&self) -> [f64; 4];

    /// The probability that the customer has not left for good by the day of observation.
    fn probability_alive(&self, customer: &Customer) -> f64;

    /// The expected number of purchases in the `horizon` after the day of observation, in the customers' unit of time.
    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64;

    /// The distribution of that number.
    fn purchases_ahead(&self, customer: &Customer, horizon: f64) -> PurchasesAhead;

    /// The probability of no purchase in the horizon.
    fn probability_of_none(&self, customer: &Customer, horizon: f64) -> f64 {
        self.purchases_ahead(customer, horizon).probabilities[0]
    }

    /// All three figures of a customer, which may share work.
    fn outlook(&self, customer: &Customer, horizon: f64) -> Outlook {
        Outlook {
            alive: self.probability_alive(customer),
            purchases: self.expected_purchases(customer, horizon),
            none: self.probability_of_none(customer, horizon),
        }
    }
}

/// What a model says of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// See [`Buying::probability_alive`].
    pub alive: f64,
    /// See [`Buying::expected_purchases`].
    pub purchases: f64,
    /// See [`Buying::probability_of_none`].
    pub none: f64,
}

/// A fitted model with what it was fitted on.
///
/// The `fit` functions of the models return the **errors** [`FitError::TooFewCustomers`] and
/// [`FitError::TooFewRepeaters`] below [`FEWEST_CUSTOMERS`] and [`FEWEST_REPEATERS`]; [`FitError::Impossible`] names the first customer whose
/// numbers cannot be; [`FitError::NoVariation`] where the customers are (nearly) all alike; [`FitError::NotDetermined`]
/// where the search finds no maximum even with a weak prior. The prior is used only where the likelihood alone has no maximum
/// inside the parameter space, as when nobody ever leaves; [`Fit::prior_used`] says so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit<P> {
    /// The maximum-likelihood estimate.
    pub parameters: P,
    /// Their standard errors from the observed information; `None` where the data do not determine all four.
    pub standard_errors: Option<P>,
    /// Covariance of the logarithms of the parameters in order; `None` where `standard_errors` is.
    pub log_covariance: Option<[[f64; 4]; 4]>,
    /// Log-likelihood at the estimate, without constants left out.
    pub log_likelihood: f64,
    /// Customers that were used.
    pub n_customers: usize,
    /// Customers with at least one repeat purchase.
    pub n_repeaters: usize,
    /// Rows left after merging identical customers.
    pub n_distinct: usize,
    /// Evaluations of the likelihood on all customers.
    pub n_evaluations: u32,
    /// Whether a weak prior was needed, because the likelihood has no maximum inside the parameter space: then the data say
    /// nothing about some parameter but that it is very large or very small.
    pub prior_used: bool,
    /// Whether the search ended at a maximum. A fit that did not is refused, so this is always true.
    pub converged: bool,
}

/// Fewer customers than this give standard errors as large as the parameters.
pub const FEWEST_CUSTOMERS: usize = 100;
/// Ten repeat buyers for each of the four parameters.
pub const FEWEST_REPEATERS: usize = 40;
/// Above this many distinct histories the search starts from the estimate on an evenly drawn part of them.
const WARM_START_ABOVE: usize = 60_000;

/// Customers that were checked and merged.
pub(super) struct Histories {
    pub(super) rows: Compressed,
    n_customers: usize,
    n_repeaters: usize,
}

impl Histories {
    pub(super) fn new(customers: &[Customer]) -> Result<Self, FitError> {
        if let Some((index, reason)) =
            customers.iter().enumerate().find_map(|(i, c)| c.fault().map(|f| (i, f)))
        {
            return Err(FitError::Impossible { index, reason });
        }
        let n_repeaters = customers.iter().filter(|c| c.n_repeat > 0).count();
        if customers.len() < FEWEST_CUSTOMERS {
            return Err(FitError::TooFewCustomers { found: customers.len(), needed: FEWEST_CUSTOMERS });
        }
        if n_repeaters < FEWEST_REPEATERS {
            return Err(FitError::TooFewRepeaters { found: n_repeaters, needed: FEWEST_REPEATERS });
        }
        let rows = Compressed::new(customers);
        if rows.n_distinct() < 5 {
            return Err(FitError::NoVariation { distinct: rows.n_distinct() });
        }
        Ok(Self { rows, n_customers: customers.len(), n_repeaters })
    }

    /// Maximises a likelihood from `centre`, which must be of the order of magnitude of the answer.
    pub(super) fn fit<P: Buying>(
        &self,
        centre: [f64; 4],
        evaluate: impl Fn(&Compressed, &[f64; 4]) -> Evaluation<4>,
    ) -> Result<Fit<P>, FitError> {
        let rows = &self.rows;
        let start = if rows.n_distinct() > WARM_START_ABOVE {
            let part = rows.every(rows.n_distinct() / (WARM_START_ABOVE / 4));
            let found = search(centre, |p| evaluate(&part, p));
            if found.converged && !ran_away(&found.parameters) { found.parameters } else { centre }
        } else {
            centre
        };
        let mut found = search(start, |p| evaluate(rows, p));
        let prior_used = !found.converged || has_no_inside_maximum(&found.parameters, &centre);
        if prior_used {
            found = maximise(centre, |p| with_weak_prior(evaluate(rows, p), p, &centre));
            if !found.converged || ran_away(&found.parameters) {
                return Err(FitError::NotDetermined { parameters: found.parameters.to_vec() });
            }
            found.value = evaluate(rows, &found.parameters).value;
        }
        Ok(Fit {
            parameters: P::from_array(found.parameters),
            standard_errors: found.standard_errors().map(P::from_array),
            log_covariance: found.log_covariance,
            log_likelihood: found.value,
            n_customers: self.n_customers,
            n_repeaters: self.n_repeaters,
            n_distinct: rows.n_distinct(),
            n_evaluations: found.n_evaluations,
            prior_used,
            converged: true,
        })
    }
}

/// True when the search stopped only because the likelihood had become flat on its way to infinity or zero.
fn has_no_inside_maximum(parameters: &[f64; 4], centre: &[f64; 4]) -> bool {
    const FAR: f64 = 1e4;
    parameters.iter().zip(centre).any(|(p, c)| !(1.0 / FAR..=FAR).contains(&(p / c)))
}

/// Newton's method from `start`, and from two other places where that fails.
fn search(start: [f64; 4], evaluate: impl Fn(&[f64; 4]) -> Evaluation<4>) -> Maximum<4> {
    let [first, second, third, fourth] = start;
    let mut best = maximise(start, &evaluate);
    let others =
        [[0.3 * first, 0.3 * second, 0.5 * third, 2.0 * fourth], [3.0 * first, second, 0.1 * third, fourth]];
    for other in others {
        if best.converged {
            break;
        }
        let found = maximise(other, &evaluate);
        if found.converged || found.value > best.value {
            best = found;
        }
    }
    best
}
