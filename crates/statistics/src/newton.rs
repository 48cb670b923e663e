//! Maximisation of a likelihood in few positive parameters, with analytic gradient and Hessian.
//!
//! The parameters are searched on the log scale, so that they stay positive and their units do not matter. It is a
//! damped Newton method (Levenberg–Marquardt) for two to six parameters, not a general optimiser.

/// A function value with its first and second derivatives in the parameters themselves (not their logarithms).
#[derive(Debug, Clone, Copy)]
pub struct Evaluation<const N: usize> {
    /// The log-likelihood.
    pub value: f64,
    /// ∂ value / ∂ parameter.
    pub gradient: [f64; N],
    /// ∂² value / ∂ parameter²; the upper triangle is enough.
    pub hessian: [[f64; N]; N],
}

/// Where the search ended.
#[derive(Debug, Clone, Copy)]
pub struct Maximum<const N: usize> {
    /// The parameters.
    pub parameters: [f64; N],
    /// The log-likelihood there.
    pub value: f64,
    /// Covariance of the logarithms of the parameters: the inverse of the observed information (the negative Hessian), or
    /// `None` where that is not positive definite: the data do not determine all parameters.
    pub log_covariance: Option<[[f64; N]; N]>,
    /// Accepted and refused steps together.
    pub n_evaluations: u32,
    /// True when the step that Newton's method still proposes would gain less than 1e-9 in log-likelihood.
    pub converged: bool,
}

const MOST_EVALUATIONS: u32 = 300;
/// The gain in log-likelihood that is no longer worth a step.
const GAIN: f64 = 1e-9;
/// No parameter changes by more than e² in one step.
const LONGEST_STEP: f64 = 2.0;
/// Parameters outside e^±LIMIT count as run away.
const LIMIT: f64 = 18.0;

/// Searches the maximum of `evaluate` from `start` (all > 0).
pub fn maximise<const N: usize>(
    start: [f64; N],
    mut evaluate: impl FnMut(&[f64; N]) -> Evaluation<N>,
) -> Maximum<N> {
    let mut log_parameters = start.map(f64::ln);
    let mut here = evaluate(&start);
    let (mut n_evaluations, mut damping, mut converged) = (1, 1e-3, false);
    while n_evaluations < MOST_EVALUATIONS && here.value.is_finite() {
        let parameters = log_parameters.map(f64::exp);
        let (gradient, information) = on_log_scale(&parameters, &here);
        // Undamped step first for the stopping rule: half of gradient · step is the gain it promises.
        if let Some(step) = solve(&information, &gradient, 0.0) {
            let gain = 0.5 * dot(&gradient, &step);
            if gain < GAIN {
                converged = true;
                break;
            }
        }
        let Some(step) = solve(&information, &gradient, damping) else {
            damping *= 10.0;
            if damping > 1e12 {
                break;
            }
            continue;
        };
        let longest = step.iter().fold(0.0f64, |m, s| m.max(s.abs()));
        let shrink = if longest > LONGEST_STEP { LONGEST_STEP / longest } else { 1.0 };
        let next: [f64; N] =
            std::array::from_fn(|i| (log_parameters[i] + shrink * step[i]).clamp(-LIMIT, LIMIT));
        if next == log_parameters {
            break;
        }
        let there = evaluate(&next.map(f64::exp));
        n_evaluations += 1;
        // Near the top the rounding of a large sum hides the gain, so a loss of that size is accepted.
        if there.value >= here.value - 1e-13 * here.value.abs() {
            log_parameters = next;
            here = there;
            damping = (damping * 0.1).max(1e-12);
        } else {
            damping = (damping * 10.0).max(1e-6);
            if damping > 1e12 {
                break;
            }
        }
    }
    let parameters = log_parameters.map(f64::exp);
    let (_, information) = on_log_scale(&parameters, &here);
    Maximum { parameters, value: here.value, log_covariance: inverse(&information), n_evaluations, converged }
}

impl<const N: usize> Maximum<N> {
    /// Standard errors of the parameters: each is the parameter times the standard error of its logarithm.
    pub fn standard_errors(&self) -> Option<[f64; N]> {
        self.log_covariance.map(|c| std::array::from_fn(|i| self.parameters[i] * c[i][i].sqrt()))
    }
}

/// Standard deviation, on the log scale, of the prior in [`with_weak_prior`]: 95 % of it lies within a factor of 400.
pub const PRIOR_DEVIATION: f64 = 3.0;

/// Adds to a likelihood a log-normal prior around `centre` that weighs about as much as one observation.
///
/// For data whose likelihood rises for ever in some direction (nobody ever leaves, all customers alike): then a weak prior
/// keeps the parameters finite and moves nothing that the data do determine.
pub fn with_weak_prior<const N: usize>(
    mut at: Evaluation<N>,
    parameters: &[f64; N],
    centre: &[f64; N],
) -> Evaluation<N> {
    let weight = 1.0 / (PRIOR_DEVIATION * PRIOR_DEVIATION);
    for i in 0..N {
        let off = (parameters[i] / centre[i]).ln();
        at.value -= 0.5 * weight * off * off;
        at.gradient[i] -= weight * off / parameters[i];
        at.hessian[i][i] += weight * (off - 1.0) / (parameters[i] * parameters[i]);
    }
    at
}

/// True when a search ended at the edge of what it may try.
pub fn ran_away<const N: usize>(parameters: &[f64; N]) -> bool {
    parameters.iter().any(|p| p.ln().abs() >= LIMIT - 1e-9)
}

/// Gradient and negative Hessian with respect to the logarithms of the parameters.
fn on_log_scale<const N: usize>(parameters: &[f64; N], at: &Evaluation<N>) -> ([f64; N], [[f64; N]; N]) {
    let gradient: [f64; N] = std::array::from_fn(|i| parameters[i] * at.gradient[i]);
    let mut information = [[0.0; N]; N];
    for i in 0..N {
        for j in i..N {
            let second =
                parameters[i] * parameters[j] * at.hessian[i][j] + if i == j { gradient[i] } else { 0.0 };
            information[i][j] = -second;
            information[j][i] = -second;
        }
    }
    (gradient, information)
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Lower Cholesky factor, or `None` when the matrix is not positive definite.
fn cholesky<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut factor = [[0.0; N]; N];
    for i in 0..N {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            let rest = matrix[i][j] - sum;
            if i == j {
                if rest.is_nan() || rest <= 1e-14 * matrix[i][i].abs() {
                    return None;
                }
                factor[i][i] = rest.sqrt();
            } else {
                factor[i][j] = rest / factor[j][j];
            }
        }
    }
    Some(factor)
}

/// Solves (matrix + damping · |diagonal|) · x = right.
fn solve<const N: usize>(matrix: &[[f64; N]; N], right: &[f64; N], damping: f64) -> Option<[f64; N]> {
    let mut damped = *matrix;
    for (i, row) in damped.iter_mut().enumerate() {
        row[i] += damping * row[i].abs().max(1e-12);
    }
    let factor = cholesky(&damped)?;
    Some(back_substitute(&factor, right))
}

fn back_substitute<const N: usize>(factor: &[[f64; N]; N], right: &[f64; N]) -> [f64; N] {
    let mut y = [0.0; N];
    for i in 0..N {
        let sum: f64 = (0..i).map(|k| factor[i][k] * y[k]).sum();
        y[i] = (right[i] - sum) / factor[i][i];
    }
    let mut x = [0.0; N];
    for i in (0..N).rev() {
        let sum: f64 = (i + 1..N).map(|k| factor[k][i] * x[k]).sum();
        x[i] = (y[i] - sum) / factor[i][i];
    }
    x
}

/// The inverse, or `None` when the matrix is not positive definite.
fn inverse<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let factor = cholesky(matrix)?;
    // The inverse of a symmetric matrix is symmetric, so that its columns may stand as rows.
    Some(std::array::from_fn(|i| {
        let mut unit = [0.0; N];
        unit[i] = 1.0;
        back_substitute(&factor, &unit)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;
    use crate::special_functions::{digamma, ln_gamma, trigamma};

    #[test]
    fn the_maximum_of_a_gamma_likelihood_recovers_shape_and_rate() {
        let mut g = Generator::from_seed(3);
        let sample: Vec<f64> = (0..20_000).map(|_| g.gamma(2.5, 0.01)).collect();
        let n = sample.len() as f64;
        let (sum, sum_ln) = (sample.iter().sum::<f64>(), sample.iter().map(|x| x.ln()).sum::<f64>());
        let found = maximise([1.0, 1.0], |&[shape, rate]| Evaluation {
            value: n * (shape * rate.ln() - ln_gamma(shape)) + (shape - 1.0) * sum_ln - rate * sum,
            gradient: [n * (rate.ln() - digamma(shape)) + sum_ln, n * shape / rate - sum],
            hessian: [[-n * trigamma(shape), n / rate], [0.0, -n * shape / (rate * rate)]],
        });
        assert!(found.converged);
        let errors = found.standard_errors().expect("the sample determines both");
        assert!((found.parameters[0] - 2.5).abs() < 3.0 * errors[0]);
        assert!((found.parameters[1] - 0.01).abs() < 3.0 * errors[1]);
    }
}
