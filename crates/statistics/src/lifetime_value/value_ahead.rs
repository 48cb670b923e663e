//! What a customer will spend in a horizon, with an interval that holds both how often and how much.
//!
//! It forecasts revenue in the unit of money of the input, not profit: multiply by the margin outside. It takes the
//! parameters of both models as known and the discount as one factor for the customer.

use super::bg_nbd::Customer;
use super::buying::Buying;
use super::gamma_gamma::{self, Spender};
use super::purchases_ahead::PurchasesAhead;
use crate::distributions::normal_quantile;
use crate::special_functions::{incomplete_beta_from, ln_beta};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// How far ahead, in the unit of time of the customers.
    pub horizon: f64,
    /// Effective discount rate per unit of time: money at time t counts (1 + rate)^−t. 0 for none; for 10 % a year and
    /// weeks it is 1.1^(7/365.25) − 1.
    pub discount_rate: f64,
    /// Probability that the interval holds, such as 0.8 or 0.95.
    pub level: f64,
}

impl Question {
    /// Whether it can be answered: a horizon above 0, a level between 0 and 1, a discount rate above −1.
    pub fn is_possible(&self) -> bool {
        let discount = self.discount_rate > -1.0 && self.discount_rate.is_finite();
        self.horizon > 0.0 && self.horizon.is_finite() && self.level > 0.0 && self.level < 1.0 && discount
    }
}

/// The forecast for one customer.
///
/// **Units.** Money in the unit of the input, discounted to the day of observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueAhead {
    /// Expected spending.
    pub expected: f64,
    /// Lower end of the interval; 0 where buying nothing is likely enough.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Expected number of purchases.
    pub expected_purchases: f64,
    /// Probability of at least one purchase.
    pub probability_of_purchase: f64,
    /// Expected value of one purchase.
    pub mean_purchase_value: f64,
    /// Probability that the customer has not left; see [`super::history_missing`] before showing it.
    pub probability_alive: f64,
}

/// The horizon is cut into so many slices for discounting.
const SLICES: u32 = 12;
/// Purchase counts up to this one are told apart; of larger ones, those within a share of 1 / this are gathered, which is
/// far less than the values of so many purchases vary.
const FINE_COUNTS: usize = 12;
/// A part whose distribution function is nearer to 0 or 1 than this is not worked out.
const NEGLIGIBLE: f64 = 1e-10;

/// Forecasts one customer's spending.
///
/// The interval is that of the mixture over the number of purchases y with probabilities by
/// [`PurchasesAhead`]: given y, the sum of y purchases is the rate of the customer's gamma posterior times a beta-prime
/// variable with shapes p·y and p·x + q. Its quantiles are solved to 1e-6; numbers of purchases above 12 are gathered into
/// classes a twelfth wide, which moves an end by at most 0.05 %. A discount scales both ends by the ratio of discounted to
/// undiscounted expected purchases.
///
/// Returns `None` where the horizon is not above 0, the level is not between 0 and 1, the discount rate is at or below −1,
/// or the customer's mean spending does not exist (see [`gamma_gamma::Parameters::expected_mean_value`]).
///
/// **Source.** Fader, Hardie and Lee (2005) eq. (8) and (10); Fader and Hardie (2013) eq. (1) and (5).
pub fn value_ahead<B: Buying>(
    buying: &B,
    spending: &gamma_gamma::Parameters,
    customer: &Customer,
    spender: &Spender,
    question: &Question,
) -> Option<ValueAhead> {
    let Question { horizon, discount_rate, level } = *question;
    if !question.is_possible() {
        return None;
    }
    let mean_purchase_value = spending.expected_mean_value(spender)?;
    let expected_purchases = buying.expected_purchases(customer, horizon);
    let discounted = discounted_purchases(buying, customer, horizon, discount_rate);
    let ahead = buying.purchases_ahead(customer, horizon);
    let factor = if expected_purchases > 0.0 { discounted / expected_purchases } else { 1.0 };
    let tail = 0.5 * (1.0 - level);
    let total = TotalSpending::new(spending, spender, &ahead);
    Some(ValueAhead {
        expected: discounted * mean_purchase_value,
        low: factor * total.quantile(tail),
        high: factor * total.quantile(1.0 - tail),
        expected_purchases,
        probability_of_purchase: ahead.at_least_one(),
        mean_purchase_value,
        probability_alive: buying.probability_alive(customer),
    })
}

/// Expected purchases, each weighted by the discount at the middle of its slice of the horizon.
pub fn discounted_purchases<B: Buying>(buying: &B, customer: &Customer, horizon: f64, rate: f64) -> f64 {
    if rate == 0.0 {
        return buying.expected_purchases(customer, horizon);
    }
    let width = horizon / f64::from(SLICES);
    let (mut sum, mut before) = (0.0, 0.0);
    for slice in 1..=SLICES {
        let end = f64::from(slice) * width;
        let until = buying.expected_purchases(customer, end);
        sum += (until - before) * (1.0 + rate).powf(0.5 * width - end);
        before = until;
    }
    sum
}

/// The distribution of the sum of all purchases in a horizon.
struct TotalSpending {
    nothing: f64,
    /// (probability, first shape, logarithm of the beta function of both shapes) for each number of purchases.
    parts: Vec<(f64, f64, f64)>,
    shape: f64,
    rate: f64,
    /// Sums over the parts of probability · first shape, and of probability · first shape · (first shape + 1).
    mean: f64,
    square: f64,
}

impl TotalSpending {
    fn new(spending: &gamma_gamma::Parameters, spender: &Spender, ahead: &PurchasesAhead) -> Self {
        let (shape, rate) = spending.posterior(spender);
        let counts = &ahead.probabilities[1..];
        let mut parts = Vec::with_capacity(counts.len().min(4 * FINE_COUNTS));
        let (mut mean, mut square) = (0.0, 0.0);
        let mut start = 0;
        while start < counts.len() {
            let width = (start / FINE_COUNTS).max(1).min(counts.len() - start);
            let chunk = &counts[start..start + width];
            let probability: f64 = chunk.iter().sum();
            if probability > 0.0 {
                let weighted: f64 = chunk.iter().zip(1u32..).map(|(p, k)| p * f64::from(k)).sum();
                let first = spending.p * (start as f64 + weighted / probability);
                parts.push((probability, first, ln_beta(first, shape)));
                mean += probability * first;
                square += probability * first * (first + 1.0);
            }
            start += width;
        }
        Self { nothing: ahead.probabilities[0], parts, shape, rate, mean, square }
    }

    /// Where the search for a quantile begins: that of the lognormal distribution with the moments of the spending of those
    /// who buy, where these exist.
    fn start(&self, p: f64) -> f64 {
        let buying: f64 = self.parts.iter().map(|part| part.0).sum();
        if self.shape <= 2.0 || buying <= 0.0 {
            return self.mean * self.rate / (self.shape * buying.max(f64::MIN_POSITIVE));
        }
        let mean = self.mean * self.rate / (self.shape - 1.0) / buying;
        let square = self.square * self.rate * self.rate / ((self.shape - 1.0) * (self.shape - 2.0)) / buying;
        let variance = (square / (mean * mean)).max(1.0).ln();
        let share = ((p - self.nothing) / buying).clamp(1e-6, 1.0 - 1e-6);
        mean * (normal_quantile(share) * variance.sqrt() - 0.5 * variance).exp()
    }

    /// Distribution function, density in ln s and its derivative in ln s at the total s.
    fn at(&self, s: f64) -> (f64, f64, f64) {
        let (odds, share) = (s / self.rate, s / (s + self.rate));
        let (ln_share, ln_rest) = (share.ln(), -(odds.ln_1p()));
        let (mut below, mut density, mut bend) = (self.nothing, 0.0, 0.0);
        for &(probability, first, ln_beta) in &self.parts {
            let front = (first * ln_share + self.shape * ln_rest - ln_beta).exp();
            // The smaller tail is less than the front divided by its own shape and a number of the order of 1.
            below += if front > NEGLIGIBLE * first.min(self.shape) {
                probability * incomplete_beta_from(front, first, self.shape, share, NEGLIGIBLE)
            } else if share * self.shape > (1.0 - share) * first {
                probability
            } else {
                0.0
            };
            density += probability * front;
            bend += probability * front * (first * (1.0 - share) - self.shape * share);
        }
        (below, density, bend)
    }

    /// The total below which a share `p` lies, by Halley's method in ln s inside a bracket.
    fn quantile(&self, p: f64) -> f64 {
        let most: f64 = self.nothing + self.parts.iter().map(|part| part.0).sum::<f64>();
        if p <= self.nothing || self.parts.is_empty() {
            return 0.0;
        }
        let p = p.min(most * (1.0 - 1e-9));
        let mut s = self.start(p);
        let (mut low, mut high) = (0.0, f64::INFINITY);
        for _ in 0..200 {
            let (below, density, bend) = self.at(s);
            if below < p {
                low = s;
            } else {
                high = s;
            }
            let step = if density > 0.0 {
                let newton = (p - below) / density;
                (newton / (1.0 + 0.5 * newton * bend / density).max(0.5)).clamp(-1.5, 1.5)
            } else {
                1.5f64.copysign(p - below)
            };
            let mut next = s * step.exp();
            if next <= low || next >= high {
                next = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * low };
            }
            // Halley's method cubes the error at every step.
            if (next / s - 1.0).abs() < 3e-3 {
                return next;
            }
            s = next;
        }
        s
    }
}
