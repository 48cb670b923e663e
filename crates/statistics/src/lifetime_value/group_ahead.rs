//! What a group of customers will spend together, with an interval that holds chance and the doubt about the model.
//!
//! For one customer use [`super::value_ahead`]: there chance is nearly all. In a group chance averages out, and what
//! remains is how well the parameters are known. Season, campaigns and prices are not in it.

use super::bg_nbd::Customer;
use super::buying::{self, Buying, Outlook};
use super::gamma_gamma::{self, Spender};
use super::purchases_ahead::PurchasesAhead;
use super::value_ahead::{Question, discounted_purchases};
use crate::intervals::Interval;
use crate::special_functions::gamma_quantile;

/// The forecast for a group.
///
/// **Units.** Money in the unit of the input, discounted to the day of observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupAhead {
    /// Members of the group.
    pub n_members: usize,
    /// Members who are expected to buy at all: the sum of their probabilities.
    pub expected_buyers: f64,
    /// Expected number of their purchases.
    pub expected_purchases: f64,
    /// Expected spending.
    pub expected: f64,
    /// Its interval; `None` where the variance does not exist (q ≤ 2 and members without a repeat purchase) or the fits
    /// have no standard errors.
    pub interval: Option<Interval>,
}

/// Step in the logarithm of a parameter for the derivative of the total.
const STEP: f64 = 1e-4;
/// In larger groups the variances are those of about so many members, evenly drawn, times the size of the group: that is
/// some hundredths off at most. The expectations are always those of all members.
const MOST_FOR_VARIANCES: usize = 20_000;

/// Forecasts the spending of all members together.
///
/// The variance is the sum of the members' own (purchases and values, independent given the parameters) and that which
/// comes from the parameters by the delta method on their logarithms. The interval is that of a gamma distribution with this
/// mean and variance: it is skewed for small groups and normal for large ones.
///
/// **Shape.** `spenders[i]` belongs to `customers[i]`.
///
/// Returns `None` for slices of unequal length, an impossible question, or spending without a mean.
///
/// **Source.** As [`super::value_ahead::value_ahead`]; delta method: Davison, "Statistical Models" (2003), section 2.2.
pub fn group_ahead<B: Buying>(
    buying: &buying::Fit<B>,
    spending: &gamma_gamma::Fit,
    customers: &[Customer],
    spenders: &[Spender],
    question: &Question,
) -> Option<GroupAhead> {
    if customers.len() != spenders.len() || !question.is_possible() {
        return None;
    }
    let (mut expected, mut expected_buyers, mut expected_purchases) = (0.0, 0.0, 0.0);
    let parameters = &buying.parameters;
    let mut last: Option<(Customer, f64, f64, f64)> = None;
    for (customer, spender) in customers.iter().zip(spenders) {
        // Callers that bring equal histories together have each worked out once.
        let (_, buys, purchases, discounted) = match last {
            Some(known) if known.0 == *customer => known,
            _ => {
                let Outlook { purchases, none, .. } = parameters.outlook(customer, question.horizon);
                let discounted = if question.discount_rate == 0.0 {
                    purchases
                } else {
                    discounted_purchases(parameters, customer, question.horizon, question.discount_rate)
                };
                (*customer, 1.0 - none, purchases, discounted)
            }
        };
        last = Some((*customer, buys, purchases, discounted));
        expected_buyers += buys;
        expected_purchases += purchases;
        expected += discounted * spending.parameters.expected_mean_value(spender)?;
    }
    let every = customers.len().div_ceil(MOST_FOR_VARIANCES).max(1);
    let drawn_customers: Vec<Customer> = customers.iter().step_by(every).copied().collect();
    let drawn_spenders: Vec<Spender> = spenders.iter().step_by(every).copied().collect();
    let drawn = Members { customers: &drawn_customers, spenders: &drawn_spenders, question };
    let scale =
        if drawn_customers.is_empty() { 1.0 } else { customers.len() as f64 / drawn_customers.len() as f64 };
    let own_variance = drawn.own_variance(buying, spending).map(|variance| variance * scale);
    let parameter_variance =
        drawn.parameter_variance(buying, spending).map(|variance| variance * scale * scale);
    let variance = own_variance.zip(parameter_variance).map(|(own, model)| own + model);
    let interval = variance.map(|variance| around(expected, variance, question.level));
    Some(GroupAhead { n_members: customers.len(), expected_buyers, expected_purchases, expected, interval })
}

/// Variance of one customer's spending, undiscounted; `None` where it does not exist.
///
/// Given ν, the spending of Y purchases has mean Y·p/ν and variance Y·p/ν².
fn variance(spending: &gamma_gamma::Parameters, spender: &Spender, ahead: &PurchasesAhead) -> Option<f64> {
    let (shape, rate) = spending.posterior(spender);
    if shape <= 2.0 {
        return None;
    }
    let (mut mean, mut square) = (0.0, 0.0);
    for (probability, y) in ahead.probabilities.iter().zip(0u32..) {
        let y = f64::from(y);
        mean += probability * y;
        square += probability * y * y;
    }
    let (of_inverse, of_square) = (rate / (shape - 1.0), rate * rate / ((shape - 1.0) * (shape - 2.0)));
    let p = spending.p;
    Some((mean * p + square * p * p) * of_square - (mean * p * of_inverse).powi(2))
}

/// The gamma interval with a given mean and variance.
fn around(mean: f64, variance: f64, level: f64) -> Interval {
    if mean <= 0.0 || variance <= 0.0 {
        return Interval { estimate: mean, low: mean, high: mean };
    }
    let (shape, scale) = (mean * mean / variance, variance / mean);
    let quantile = |share: f64| scale * gamma_quantile(shape, share);
    Interval { estimate: mean, low: quantile(0.5 - 0.5 * level), high: quantile(0.5 + 0.5 * level) }
}

struct Members<'a> {
    customers: &'a [Customer],
    spenders: &'a [Spender],
    question: &'a Question,
}

impl Members<'_> {
    /// Expected spending of all; `None` where a mean does not exist.
    fn total<B: Buying>(&self, buying: &B, spending: &gamma_gamma::Parameters) -> Option<f64> {
        let Question { horizon, discount_rate, .. } = *self.question;
        self.customers.iter().zip(self.spenders).try_fold(0.0, |sum, (customer, spender)| {
            let purchases = discounted_purchases(buying, customer, horizon, discount_rate);
            Some(sum + purchases * spending.expected_mean_value(spender)?)
        })
    }

    /// The sum of the members' own variances.
    fn own_variance<B: Buying>(&self, buying: &buying::Fit<B>, spending: &gamma_gamma::Fit) -> Option<f64> {
        self.customers.iter().zip(self.spenders).try_fold(0.0, |sum, (customer, spender)| {
            let ahead = buying.parameters.purchases_ahead(customer, self.question.horizon);
            Some(sum + variance(&spending.parameters, spender, &ahead)?)
        })
    }

    /// Variance of the expected total that comes from not knowing the parameters exactly.
    fn parameter_variance<B: Buying>(
        &self,
        buying: &buying::Fit<B>,
        spending: &gamma_gamma::Fit,
    ) -> Option<f64> {
        let (b, s) = (buying.parameters, spending.parameters);
        let mut of_buying = [0.0; 4];
        for (i, slope) in of_buying.iter_mut().enumerate() {
            let moved = |step: f64| {
                let mut p = b.to_array();
                p[i] *= step.exp();
                self.total(&B::from_array(p), &s)
            };
            *slope = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
        }
        let mut of_spending = [0.0; 3];
        for (i, slope) in of_spending.iter_mut().enumerate() {
            let moved = |step: f64| {
                let mut p = [s.p, s.q, s.v];
                p[i] *= step.exp();
                self.total(&b, &p.into())
            };
            *slope = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
        }
        Some(
            quadratic(&of_buying, &buying.log_covariance?)
                + quadratic(&of_spending, &spending.log_covariance?),
        )
    }
}

/// slopeᵀ · covariance · slope.
fn quadratic<const N: usize>(slope: &[f64; N], covariance: &[[f64; N]; N]) -> f64 {
    let row = |i: usize| covariance[i].iter().zip(slope).map(|(c, s)| c * s).sum::<f64>();
    (0..N).map(|i| slope[i] * row(i)).sum()
}
