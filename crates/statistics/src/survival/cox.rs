//! Cox's proportional hazards: what goes with an earlier end, each covariate with the others held.
//!
//! The coefficients are logarithms of hazard ratios. Ties are treated by Efron or Breslow. A covariate that is constant or a
//! combination of others is left out and marked; where a covariate tells events and others apart completely, so that the
//! likelihood rises for ever, a weak prior on it alone keeps it finite and it is marked. Hazard ratios are assumed not to
//! change with time.
//!
//! **Source.** Cox, "Regression Models and Life-Tables" (1972); Breslow (1974); Efron, "The Efficiency of Cox's Likelihood
//! Function for Censored Data" (1977); the diverging likelihood: Heinze and Schemper (2001).

mod likelihood;

use super::concordance::{Pairs, pairs_in_order};
use super::{SurvivalError, check};
use crate::matrices::{back_substitute, cholesky, cholesky_skipping, inverse_from};
use likelihood::Sorted;

/// How events at the same time are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// Close to averaging over the orders in which they may have happened.
    Efron,
    /// All before any of them leaves those at risk: quicker, and nearer to 0 with many ties.
    Breslow,
}

/// What was found about a covariate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Estimated by maximum likelihood.
    Estimated,
    /// Constant, or a combination of covariates before it: left out.
    Dependent,
    /// It tells events apart completely; the coefficient is held by a weak prior and only its sign means much.
    Separates,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Logarithms of the hazard ratios for one more of each covariate; 0 where it was left out.
    pub coefficients: Vec<f64>,
    /// Their standard errors from the observed information; NaN where left out.
    pub standard_errors: Vec<f64>,
    /// Covariance of the coefficients, row by row.
    pub covariance: Vec<f64>,
    /// One for each covariate.
    pub verdicts: Vec<Verdict>,
    /// Logarithm of the partial likelihood at the coefficients.
    pub log_likelihood: f64,
    /// The same with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Rows.
    pub n: usize,
    /// Rows with an event.
    pub n_events: usize,
    /// Newton steps.
    pub n_steps: u32,
    /// Pairs ordered by the linear predictor.
    pub pairs: Pairs,
    /// How ties were treated.
    pub ties: Ties,
}

impl Fit {
    /// Twice the gain in log-likelihood over no covariates: chi-square with as many degrees of freedom as were estimated.
    pub fn likelihood_ratio(&self) -> f64 {
        2.0 * (self.log_likelihood - self.log_likelihood_null)
    }
}

const MOST_STEPS: u32 = 60;
/// A standardised coefficient beyond this has a hazard ratio above e¹⁰ for one standard deviation: it runs away. So does one whose
/// standard error, the others known, is above this.
const FAR: f64 = 10.0;
/// Standard deviation of the prior of a coefficient that runs away, per standard deviation of its covariate.
const PRIOR_DEVIATION: f64 = 3.0;

/// Fits the model.
///
/// **Shape.** `covariates[j][i]` is covariate j of row i.
///
/// **Errors** as for [`super::kaplan_meier::curve`]; [`SurvivalError::NoEvents`]; [`SurvivalError::NotConverged`].
///
/// ```
/// use statistics::survival::cox::{fit, Ties};
/// let found = fit(&[2., 3., 5., 7., 9.], &[true, true, false, true, true], &[&[1., 1., 0., 1., 0.]], Ties::Efron)?;
/// assert!(found.coefficients[0] > 0.0);
/// # Ok::<(), statistics::survival::SurvivalError>(())
/// ```
pub fn fit(
    durations: &[f64],
    events: &[bool],
    covariates: &[&[f64]],
    ties: Ties,
) -> Result<Fit, SurvivalError> {
    let sorted = sort(durations, events, covariates)?;
    fitted(&sorted, durations, events, ties, None)
}

/// Fits the model with both treatments of ties, sorting once: Efron's first.
///
/// **Shape** and **Errors** as for [`fit`].
pub fn fit_both(
    durations: &[f64],
    events: &[bool],
    covariates: &[&[f64]],
) -> Result<(Fit, Fit), SurvivalError> {
    let sorted = sort(durations, events, covariates)?;
    let efron = fitted(&sorted, durations, events, Ties::Efron, None)?;
    let breslow = fitted(&sorted, durations, events, Ties::Breslow, Some(&efron))?;
    Ok((efron, breslow))
}

fn sort(durations: &[f64], events: &[bool], covariates: &[&[f64]]) -> Result<Sorted, SurvivalError> {
    check(durations, events)?;
    for column in covariates {
        if column.len() != durations.len() {
            return Err(SurvivalError::Lengths);
        }
        if let Some(index) = column.iter().position(|v| !v.is_finite()) {
            return Err(SurvivalError::Impossible { index });
        }
    }
    if !events.contains(&true) {
        return Err(SurvivalError::NoEvents);
    }
    Ok(Sorted::new(durations, events, covariates))
}

/// Fits in standardised covariates, from another fit's coefficients where there is one, and counts the pairs.
fn fitted(
    sorted: &Sorted,
    durations: &[f64],
    events: &[bool],
    ties: Ties,
    near: Option<&Fit>,
) -> Result<Fit, SurvivalError> {
    let p = sorted.n_columns();
    let mut prior = vec![0.0; p];
    let start = near.map_or_else(|| vec![0.0; p], |fit| sorted.standardised(&fit.coefficients));
    let null = sorted.evaluate(&vec![0.0; p], ties);
    let dependent = cholesky_skipping(&null.information, p).1;
    let mut found = search(sorted, ties, &start, &prior, &dependent);
    let mut verdicts: Vec<Verdict> = dependent
        .iter()
        .map(|&left_out| if left_out { Verdict::Dependent } else { Verdict::Estimated })
        .collect();
    let away: Vec<bool> = (0..p).map(|j| verdicts[j] == Verdict::Estimated && found.runs_away(j)).collect();
    // A search that failed without one that ran away is helped by a prior on all.
    let all = !found.converged && !away.contains(&true);
    for (j, verdict) in verdicts.iter_mut().enumerate() {
        if *verdict == Verdict::Estimated && (all || away[j]) {
            *verdict = Verdict::Separates;
            prior[j] = 1.0 / (PRIOR_DEVIATION * PRIOR_DEVIATION);
        }
    }
    if verdicts.contains(&Verdict::Separates) {
        found = search(sorted, ties, &vec![0.0; p], &prior, &dependent);
    }
    if !found.converged {
        return Err(SurvivalError::NotConverged);
    }
    let deviation = sorted.deviations();
    let mut covariance = inverse_from(&found.factor, p);
    for (at, value) in covariance.iter_mut().enumerate() {
        *value /= deviation[at / p] * deviation[at % p];
    }
    let risk = sorted.linear_predictor(&found.coefficients);
    let standard_errors = (0..p).map(|j| match verdicts[j] {
        Verdict::Dependent => f64::NAN,
        _ => covariance[j * p + j].sqrt(),
    });
    Ok(Fit {
        standard_errors: standard_errors.collect(),
        coefficients: found.coefficients.iter().zip(deviation).map(|(b, s)| b / s).collect(),
        covariance,
        verdicts,
        log_likelihood: found.log_likelihood,
        log_likelihood_null: null.log_likelihood,
        n: durations.len(),
        n_events: events.iter().filter(|e| **e).count(),
        n_steps: found.n_steps,
        pairs: pairs_in_order(sorted.order(), durations, events, &risk),
        ties,
    })
}

/// Where Newton's method ended, in standardised covariates.
struct Found {
    coefficients: Vec<f64>,
    log_likelihood: f64,
    factor: Vec<f64>,
    n_steps: u32,
    converged: bool,
}

impl Found {
    fn runs_away(&self, j: usize) -> bool {
        let p = self.coefficients.len();
        let flat = self.factor[j * p + j].powi(2) < 1.0 / (FAR * FAR);
        self.coefficients[j].abs() > FAR || !self.coefficients[j].is_finite() || flat
    }
}

/// Newton's method with halved steps; `prior` is the weight of a normal prior around 0 on each coefficient.
fn search(sorted: &Sorted, ties: Ties, start: &[f64], prior: &[f64], left_out: &[bool]) -> Found {
    let p = start.len();
    let mut coefficients = start.to_vec();
    let mut here = penalised(sorted, ties, &coefficients, prior, left_out);
    let (mut n_steps, mut converged) = (0, false);
    let mut factor = vec![0.0; p * p];
    while n_steps < MOST_STEPS {
        n_steps += 1;
        factor = match cholesky_of(&here.information, left_out) {
            Some(factor) => factor,
            None => break,
        };
        let step = back_substitute(&factor, &here.gradient);
        let gain: f64 = 0.5 * step.iter().zip(&here.gradient).map(|(s, g)| s * g).sum::<f64>();
        if gain.abs() < 1e-10 + 1e-14 * here.log_likelihood.abs() {
            // The last step is taken without working out the likelihood again: it gains nothing that can be seen.
            for (b, s) in coefficients.iter_mut().zip(&step) {
                *b += s;
            }
            converged = true;
            break;
        }
        let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let mut shrink = if longest > 5.0 { 5.0 / longest } else { 1.0 };
        let mut next = None;
        for _ in 0..30 {
            let tried: Vec<f64> = coefficients.iter().zip(&step).map(|(b, s)| b + shrink * s).collect();
            let there = penalised(sorted, ties, &tried, prior, left_out);
            if there.log_likelihood >= here.log_likelihood - 1e-12 * here.log_likelihood.abs() {
                next = Some((tried, there));
                break;
            }
            shrink *= 0.5;
        }
        let Some((tried, there)) = next else { break };
        (coefficients, here) = (tried, there);
        if prior.iter().all(|w| *w == 0.0) && coefficients.iter().any(|b| b.abs() > 4.0 * FAR) {
            break;
        }
    }
    let unpenalised = 0.5 * prior.iter().zip(&coefficients).map(|(w, b)| w * b * b).sum::<f64>();
    Found { log_likelihood: here.log_likelihood + unpenalised, coefficients, factor, n_steps, converged }
}

fn penalised(
    sorted: &Sorted,
    ties: Ties,
    coefficients: &[f64],
    prior: &[f64],
    left_out: &[bool],
) -> likelihood::At {
    let p = coefficients.len();
    let mut at = sorted.evaluate(coefficients, ties);
    for j in 0..p {
        at.log_likelihood -= 0.5 * prior[j] * coefficients[j] * coefficients[j];
        at.gradient[j] -= prior[j] * coefficients[j];
        at.information[j * p + j] += prior[j];
        if left_out[j] {
            at.gradient[j] = 0.0;
        }
    }
    at
}

/// The factor of the information with the rows of what was left out at 0.
fn cholesky_of(information: &[f64], left_out: &[bool]) -> Option<Vec<f64>> {
    let p = left_out.len();
    let mut kept = information.to_vec();
    for j in (0..p).filter(|&j| left_out[j]) {
        for k in 0..p {
            kept[j * p + k] = 0.0;
            kept[k * p + j] = 0.0;
        }
        kept[j * p + j] = 1.0;
    }
    let mut factor = cholesky(&kept, p)?;
    for j in (0..p).filter(|&j| left_out[j]) {
        factor[j * p + j] = 0.0;
    }
    Some(factor)
}
