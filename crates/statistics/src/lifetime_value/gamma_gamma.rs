//! Gamma-Gamma: what a customer spends in one purchase on average, shrunk to the others where the history is short.
//!
//! The values of a customer's purchases vary around an own mean, and the means vary over customers. It assumes that how
//! often and how much somebody buys are not related; [`Fit::correlation`] says how true that is. It is not for values
//! that can be zero or negative: net the refunds first.
//!
//! **Source.** Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).

use super::FitError;
use crate::distributions::normal_quantile;
use crate::newton::{Evaluation, maximise, ran_away, with_weak_prior};
use crate::special_functions::{digamma, gamma_quantile, ln_gamma, trigamma};

/// What a customer spent in the repeat purchases.
///
/// **Units.** `mean_value` in any unit of money, the same for all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spender {
    /// Repeat purchases, at least 1 to be used in a fit.
    pub n_repeat: u32,
    /// Their mean value; above 0 to be used in a fit.
    pub mean_value: f64,
}

/// The three parameters of the model.
///
/// **Units.** `v` is in the unit of money of the customers; the others have none. In the paper `v` is γ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Shape of the gamma distribution of one customer's purchase values.
    pub p: f64,
    /// Shape of the gamma distribution of the customers' rates.
    pub q: f64,
    /// Rate of that gamma distribution.
    pub v: f64,
}

/// A fitted model with what it was fitted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The maximum-likelihood estimate.
    pub parameters: Parameters,
    /// Their standard errors from the observed information; `None` where the data do not determine all three.
    pub standard_errors: Option<Parameters>,
    /// Covariance of the logarithms of (p, q, v); `None` where `standard_errors` is.
    pub log_covariance: Option<[[f64; 3]; 3]>,
    /// Log-likelihood at the estimate.
    pub log_likelihood: f64,
    /// Customers with a repeat purchase of positive value, the ones that were used.
    pub n_repeaters: usize,
    /// Customers that were left out: no repeat purchase, or a mean value that is not above 0.
    pub n_left_out: usize,
    /// Pearson correlation of the number of repeat purchases with their mean value over the repeaters. The model assumes
    /// 0; see [`Fit::frequency_and_value_correlate`].
    pub correlation: f64,
    /// Evaluations of the likelihood.
    pub n_evaluations: u32,
    /// Whether a weak prior was needed, because the likelihood has no maximum inside the parameter space, as when all
    /// customers spend alike.
    pub prior_used: bool,
    /// Whether the search ended at a maximum. A fit that did not is refused, so this is always true.
    pub converged: bool,
}

/// Ten repeat buyers for each of the three parameters, and ten to spare.
pub const FEWEST_REPEATERS: usize = 40;
/// Above this correlation in either direction the values are likely bent by the assumption of independence.
pub const CORRELATION_TO_WARN: f64 = 0.3;

impl Fit {
    /// True when number and value of purchases are so related that the model's assumption is in doubt:
    /// |correlation| above [`CORRELATION_TO_WARN`] and significant at 1 % (Fisher's transformation).
    pub fn frequency_and_value_correlate(&self) -> bool {
        let z = self.correlation.atanh().abs() * (self.n_repeaters as f64 - 3.0).max(0.0).sqrt();
        self.correlation.abs() > CORRELATION_TO_WARN && z > normal_quantile(0.995)
    }
}

/// Fits the model by maximum likelihood on the customers with repeat purchases of positive value.
///
/// **Errors.** [`FitError::Impossible`] for a value that is not finite; [`FitError::TooFewRepeaters`] below
/// [`FEWEST_REPEATERS`]; [`FitError::NoVariation`] when all values are equal; [`FitError::NotDetermined`] where the
/// search finds no maximum even with a weak prior (see [`Fit::prior_used`]); [`FitError::NoMean`] where the customers differ so wildly (q ≤ 1) that a mean over
/// them does not exist.
pub fn fit(spenders: &[Spender]) -> Result<Fit, FitError> {
    if let Some(index) = spenders.iter().position(|s| !s.mean_value.is_finite()) {
        return Err(FitError::Impossible { index, reason: "the mean value must be a finite number" });
    }
    let mut used: Vec<(u32, f64)> = spenders
        .iter()
        .filter(|s| s.n_repeat > 0 && s.mean_value > 0.0)
        .map(|s| (s.n_repeat, s.mean_value))
        .collect();
    if used.len() < FEWEST_REPEATERS {
        return Err(FitError::TooFewRepeaters { found: used.len(), needed: FEWEST_REPEATERS });
    }
    used.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (low, high) = used.iter().fold((f64::MAX, 0.0f64), |(l, h), s| (l.min(s.1), h.max(s.1)));
    if high <= low * (1.0 + 1e-9) {
        return Err(FitError::NoVariation { distinct: 1 });
    }
    let groups = group(&used);
    let mean = used.iter().map(|s| s.1).sum::<f64>() / used.len() as f64;
    let mut found = maximise([2.0, 3.0, mean], |p| evaluate(&groups, p));
    if !found.converged {
        found = maximise([0.5, 1.5, 2.0 * mean], |p| evaluate(&groups, p));
    }
    let prior_used = !found.converged || has_no_inside_maximum(&found.parameters, mean);
    if prior_used {
        let centre = [2.0, 3.0, mean];
        found = maximise(centre, |p| with_weak_prior(evaluate(&groups, p), p, &centre));
        if !found.converged || ran_away(&[found.parameters[0], found.parameters[1]]) {
            return Err(FitError::NotDetermined { parameters: found.parameters.to_vec() });
        }
        found.value = evaluate(&groups, &found.parameters).value;
    }
    let parameters = Parameters::from(found.parameters);
    if parameters.q <= 1.0 {
        return Err(FitError::NoMean { q: parameters.q });
    }
    Ok(Fit {
        parameters,
        standard_errors: found.standard_errors().map(Parameters::from),
        log_covariance: found.log_covariance,
        log_likelihood: found.value,
        n_repeaters: used.len(),
        n_left_out: spenders.len() - used.len(),
        correlation: correlation(&used),
        n_evaluations: found.n_evaluations,
        prior_used,
        converged: true,
    })
}

/// True when the search stopped only because the likelihood had become flat on its way to infinity or zero.
fn has_no_inside_maximum(&[p, q, v]: &[f64; 3], mean: f64) -> bool {
    const FAR: f64 = 1e4;
    let far = |value: f64| !(1.0 / FAR..=FAR).contains(&value);
    far(p) || far(q) || far(v / mean)
}

impl From<[f64; 3]> for Parameters {
    fn from([p, q, v]: [f64; 3]) -> Self {
        Self { p, q, v }
    }
}

/// Customers with one number of purchases.
struct Group {
    n_repeat: f64,
    sum_ln_value: f64,
    /// Total spent by each customer: number times mean value.
    totals: Vec<f64>,
}

/// Groups customers that are sorted by number of purchases.
fn group(used: &[(u32, f64)]) -> Vec<Group> {
    used.chunk_by(|a, b| a.0 == b.0)
        .map(|same| {
            let n_repeat = f64::from(same[0].0);
            Group {
                n_repeat,
                sum_ln_value: same.iter().map(|s| s.1.ln()).sum(),
                totals: same.iter().map(|s| n_repeat * s.1).collect(),
            }
        })
        .collect()
}

/// Log-likelihood, gradient and Hessian in (p, q, v).
///
/// **Source.** Equation (1a) of the paper.
fn evaluate(groups: &[Group], &[p, q, v]: &[f64; 3]) -> Evaluation<3> {
    let mut value = 0.0;
    let mut g = [0.0; 3];
    let mut h = [[0.0; 3]; 3];
    let (ln_gamma_q, digamma_q, trigamma_q, ln_v) = (ln_gamma(q), digamma(q), trigamma(q), v.ln());
    for group in groups {
        let (x, n) = (group.n_repeat, group.totals.len() as f64);
        let (mut ln_sum, mut inverse, mut square) = (0.0, 0.0, 0.0);
        for total in &group.totals {
            let one = 1.0 / (total + v);
            ln_sum += (total + v).ln();
            inverse += one;
            square += one * one;
        }
        let (px, shape) = (p * x, p * x + q);
        let (d_px, d_shape) = (digamma(px), digamma(shape));
        let (t_px, t_shape) = (trigamma(px), trigamma(shape));
        value += n * (ln_gamma(shape) - ln_gamma(px) - ln_gamma_q + q * ln_v + px * x.ln());
        value += (px - 1.0) * group.sum_ln_value - shape * ln_sum;
        g[0] += x * (n * (d_shape - d_px + x.ln()) + group.sum_ln_value - ln_sum);
        g[1] += n * (d_shape - digamma_q + ln_v) - ln_sum;
        g[2] += n * q / v - shape * inverse;
        h[0][0] += n * x * x * (t_shape - t_px);
        h[0][1] += n * x * t_shape;
        h[0][2] -= x * inverse;
        h[1][1] += n * (t_shape - trigamma_q);
        h[1][2] += n / v - inverse;
        h[2][2] += shape * square - n * q / (v * v);
    }
    Evaluation { value, gradient: g, hessian: h }
}

/// The log-likelihood of given parameters, for comparison with other programs.
pub fn log_likelihood(spenders: &[Spender], parameters: &Parameters) -> f64 {
    let mut used: Vec<(u32, f64)> = spenders.iter().map(|s| (s.n_repeat, s.mean_value)).collect();
    used.retain(|s| s.0 > 0 && s.1 > 0.0);
    used.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    evaluate(&group(&used), &[parameters.p, parameters.q, parameters.v]).value
}

/// Pearson's correlation; 0 where one side does not vary.
fn correlation(pairs: &[(u32, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean_x = pairs.iter().map(|p| f64::from(p.0)).sum::<f64>() / n;
    let mean_y = pairs.iter().map(|p| p.1).sum::<f64>() / n;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for &(x, y) in pairs {
        let (dx, dy) = (f64::from(x) - mean_x, y - mean_y);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    let scale = (xx * yy).sqrt();
    if scale > 0.0 { xy / scale } else { 0.0 }
}

impl Parameters {
    /// The mean value of a purchase over all customers; `None` where q ≤ 1, because then it does not exist.
    pub fn population_mean(&self) -> Option<f64> {
        (self.q > 1.0).then(|| self.p * self.v / (self.q - 1.0))
    }

    /// The expected mean value of this customer's purchases: the population's without a repeat purchase, nearer to the
    /// own mean the more there are. `None` where no mean exists.
    ///
    /// **Source.** Equation (5) of the paper.
    pub fn expected_mean_value(&self, spender: &Spender) -> Option<f64> {
        let (shape, rate) = self.posterior(spender);
        (shape > 1.0).then(|| self.p * rate / (shape - 1.0))
    }

    /// The interval that holds this customer's true mean purchase value with probability `level` (0.8 for 80 %), with
    /// equal tails.
    ///
    /// The true mean is p / ν, and ν given the data is gamma distributed; the quantiles are exact but for the bisection.
    ///
    /// **Source.** The posterior from which the paper derives its equation (5).
    pub fn mean_value_interval(&self, spender: &Spender, level: f64) -> (f64, f64) {
        let (shape, rate) = self.posterior(spender);
        let tail = 0.5 * (1.0 - level);
        let quantile = |share: f64| self.p * rate / gamma_quantile(shape, share);
        (quantile(1.0 - tail), quantile(tail))
    }

    /// Shape and rate of the gamma distribution of ν given the customer's purchases.
    pub(super) fn posterior(&self, spender: &Spender) -> (f64, f64) {
        let x = f64::from(spender.n_repeat);
        let spent = if spender.mean_value > 0.0 { x * spender.mean_value } else { 0.0 };
        if spent > 0.0 { (self.p * x + self.q, self.v + spent) } else { (self.q, self.v) }
    }
}
