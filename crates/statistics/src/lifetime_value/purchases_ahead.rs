//! The whole distribution of a customer's number of purchases in a horizon, and intervals from it.
//!
//! It is the exact distribution under the BG/NBD model with the parameters taken as known. The uncertainty of the
//! parameters themselves is not in it: for one customer it is small beside chance once the model has hundreds of repeat
//! buyers.

use super::bg_nbd::{Customer, Parameters};

/// The probabilities of 0, 1, 2 … purchases in a horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct PurchasesAhead {
    /// `probabilities[y]` is that of exactly y purchases; they sum to 1 but for `rest`.
    pub probabilities: Vec<f64>,
    /// The probability of more purchases than are listed, below 1e-6 unless the list was cut at its greatest length.
    pub rest: f64,
}

/// The list ends when so little probability is left.
const REST: f64 = 1e-6;
/// No list is longer, whatever the horizon.
const LONGEST: usize = 100_000;

/// A gamma distribution of purchase rates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) shape: f64,
    pub(super) rate: f64,
}

impl PurchasesAhead {
    /// The distribution for one customer.
    ///
    /// Given the history, and if alive, the rate is Gamma(r + x, α + T) and the probability of leaving Beta(a, b + x), both
    /// independent: so the paper's distribution for a new customer holds with these parameters, and a customer who has left
    /// adds to 0.
    ///
    /// **Units.** `horizon` in the unit of time of the customer.
    ///
    /// **Source.** Equation (8) of Fader, Hardie and Lee (2005).
    pub fn new(parameters: &Parameters, customer: &Customer, horizon: f64) -> Self {
        let alive = parameters.probability_alive(customer);
        let x = f64::from(customer.n_repeat);
        let rate = Rate { shape: parameters.r + x, rate: parameters.alpha + customer.age };
        Self::leaving_after_purchases(alive, rate, [parameters.a, parameters.b + x], horizon)
    }

    /// Purchases of somebody who is `alive` with a probability, buys at a gamma-distributed rate and leaves after each
    /// purchase with a beta-distributed probability.
    pub(super) fn leaving_after_purchases(alive: f64, rate: Rate, [a, b]: [f64; 2], horizon: f64) -> Self {
        if horizon.is_nan() || horizon <= 0.0 {
            return Self::nothing();
        }
        let Rate { shape, rate } = rate;
        let share = horizon / (rate + horizon);
        // `ln_count` is the log-probability of y purchases of somebody who never leaves, `more` that of at least y.
        let (mut ln_count, mut more) = (shape * (rate / (rate + horizon)).ln(), 1.0);
        let mut stay = 1.0;
        Self::listed(1.0 - alive + alive * ln_count.exp(), |k| {
            more = (more - ln_count.exp()).max(0.0);
            ln_count += ((shape + k - 1.0) / k * share).ln();
            let leave = stay * a / (a + b + k - 1.0);
            stay *= (b + k - 1.0) / (a + b + k - 1.0);
            alive * (stay * ln_count.exp() + leave * more)
        })
    }

    /// Purchases of somebody who is `alive` with a probability, buys at a gamma-distributed rate and leaves at some time:
    /// `spans` lists (probability, time that remains), with probabilities that sum to 1.
    pub(super) fn leaving_in_time(alive: f64, rate: Rate, spans: &[(f64, f64)]) -> Self {
        let Rate { shape, rate } = rate;
        let mut counts: Vec<(f64, f64, f64)> = spans
            .iter()
            .filter(|(weight, _)| *weight > 0.0)
            .map(|&(weight, time)| {
                (
                    weight,
                    shape * (rate / (rate + time)).ln(),
                    (time / (rate + time)).max(f64::MIN_POSITIVE).ln(),
                )
            })
            .collect();
        let none: f64 = counts.iter().map(|(weight, ln_count, _)| weight * ln_count.exp()).sum();
        Self::listed(1.0 - alive + alive * none, |k| {
            let ln_step = ((shape + k - 1.0) / k).ln();
            let mut sum = 0.0;
            for (weight, ln_count, ln_share) in &mut counts {
                *ln_count += ln_step + *ln_share;
                sum += *weight * ln_count.exp();
            }
            alive * sum
        })
    }

    /// Certainty of no purchase.
    pub(super) fn nothing() -> Self {
        Self { probabilities: vec![1.0], rest: 0.0 }
    }

    /// The list from its first probability and those of 1, 2 … purchases, until little is left.
    fn listed(none: f64, mut next: impl FnMut(f64) -> f64) -> Self {
        let mut probabilities = vec![none];
        let mut rest = 1.0 - none;
        for y in 1..LONGEST {
            if rest < REST {
                break;
            }
            let probability = next(y as f64);
            probabilities.push(probability);
            rest -= probability;
        }
        Self { probabilities, rest: rest.max(0.0) }
    }

    /// The probability of no purchase, without the rest of the distribution.
    pub fn probability_of_none(parameters: &Parameters, customer: &Customer, horizon: f64) -> f64 {
        if horizon.is_nan() || horizon <= 0.0 {
            return 1.0;
        }
        let alive = parameters.probability_alive(customer);
        let (shape, rate) = (parameters.r + f64::from(customer.n_repeat), parameters.alpha + customer.age);
        1.0 - alive + alive * (shape * (rate / (rate + horizon)).ln()).exp()
    }

    /// The mean number of purchases; [`Parameters::expected_purchases`] has it in closed form.
    pub fn mean(&self) -> f64 {
        let listed: f64 = self.probabilities.iter().zip(0u32..).map(|(p, y)| p * f64::from(y)).sum();
        listed + self.rest * self.probabilities.len() as f64
    }

    /// The probability of at least one purchase.
    pub fn at_least_one(&self) -> f64 {
        1.0 - self.probabilities[0]
    }

    /// The smallest number of purchases that at least a share `p` of such customers does not exceed.
    pub fn quantile(&self, p: f64) -> u32 {
        let mut sum = 0.0;
        for (y, probability) in (0u32..).zip(&self.probabilities) {
            sum += probability;
            if sum >= p - 1e-12 {
                return y;
            }
        }
        self.probabilities.len() as u32
    }

    /// The numbers between which the purchases fall with probability `level` or more (0.8 for 80 %), equal tails.
    ///
    /// Purchases are whole numbers, so that the true coverage is often above the level.
    pub fn interval(&self, level: f64) -> (u32, u32) {
        let tail = 0.5 * (1.0 - level);
        (self.quantile(tail), self.quantile(1.0 - tail))
    }
}
