//! How long contracts last that can be ended at each renewal, and how many of them come to the renewals ahead.
//!
//! At each renewal a customer leaves with an own probability that never changes; over customers it varies by a beta
//! distribution. Those who stay are ever more those who rarely leave, so that the share that is lost falls from renewal to
//! renewal. It knows no price, no season and no campaign, and does not say who leaves.
//!
//! **Source.** Fader and Hardie, "How to Project Customer Retention", Journal of Interactive Marketing 21 (2007) 76–90.

mod doubt;

use crate::newton::{self, Evaluation};
use std::fmt;

/// What came of one renewal, over all contracts that faced it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Contracts that came to this renewal and of which is known what they did.
    pub n_faced: u64,
    /// Of them, those that were not renewed.
    pub n_lost: u64,
}

/// Why nothing was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FitError {
    /// Nobody faced a second renewal: one share cannot tell how customers differ.
    OneRenewal,
    /// Nobody left, or nobody stayed.
    NoVariation,
    /// More were lost than faced this renewal (counted from 1), or more faced it than had stayed before.
    Impossible { renewal: usize },
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneRenewal => write!(f, "at least two renewals in a row have to be known"),
            Self::NoVariation => write!(f, "some have to have left and some to have stayed"),
            Self::Impossible { renewal } => {
                write!(f, "renewal {renewal}: more were lost or came to it than can have")
            }
        }
    }
}

impl std::error::Error for FitError {}

/// The fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// First shape of the beta distribution of leaving; its mean is alpha / (alpha + beta).
    pub alpha: f64,
    /// Second shape.
    pub beta: f64,
    pub log_likelihood: f64,
    /// Of alpha and beta; None where the data do not determine both.
    pub standard_errors: Option<[f64; 2]>,
    /// Whether customers are so alike that a weak prior had to keep the parameters finite.
    pub is_held: bool,
    /// The shapes that the data leave open.
    likely: Vec<doubt::Likely>,
}

/// Where the search begins and the weak prior lies: a third leaves at the first renewal.
const CENTRE: [f64; 2] = [1.0, 2.0];
/// Shapes together beyond which all customers are alike as far as data can tell.
const ALIKE: f64 = 1e4;
/// Renewals beyond this number are refused.
const MOST_RENEWALS: usize = 5_000;

/// Fits the model by maximum likelihood.
///
/// **Shape.** `renewals[i]` is the renewal number i + 1 of a contract.
///
/// **Errors.** See [`FitError`].
///
/// **Source.** Equations 5 to 7: P(leaves at t) = B(α + 1, β + t − 1) / B(α, β), S(t) = B(α, β + t) / B(α, β). Their
/// logarithms are sums over the renewals before, so that the counts of each renewal are all that is needed.
///
/// ```
/// use statistics::shifted_beta_geometric::{Renewal, fit};
/// let seen = [(1_000, 369), (631, 163), (468, 86)].map(|(n_faced, n_lost)| Renewal { n_faced, n_lost });
/// let found = fit(&seen)?;
/// assert!((found.survival(3) - 0.382).abs() < 0.01);
/// # Ok::<(), statistics::shifted_beta_geometric::FitError>(())
/// ```
pub fn fit(renewals: &[Renewal]) -> Result<Fit, FitError> {
    check(renewals)?;
    let plain = newton::maximise(CENTRE, |at| evaluate(renewals, at));
    let is_held = !plain.converged
        || plain.log_covariance.is_none()
        || plain.parameters[0] + plain.parameters[1] > ALIKE;
    let found = if is_held {
        let weak = |at: &[f64; 2]| newton::with_weak_prior(evaluate(renewals, at), at, &CENTRE);
        newton::maximise(CENTRE, weak)
    } else {
        plain
    };
    let [alpha, beta] = found.parameters;
    Ok(Fit {
        alpha,
        beta,
        log_likelihood: evaluate(renewals, &found.parameters).value,
        standard_errors: found.standard_errors(),
        is_held,
        likely: doubt::likely(renewals, found.parameters),
    })
}

fn check(renewals: &[Renewal]) -> Result<(), FitError> {
    let mut most = u64::MAX;
    for (at, renewal) in renewals.iter().enumerate() {
        if renewal.n_lost > renewal.n_faced || renewal.n_faced > most || at >= MOST_RENEWALS {
            return Err(FitError::Impossible { renewal: at + 1 });
        }
        most = renewal.n_faced - renewal.n_lost;
    }
    if renewals.iter().filter(|renewal| renewal.n_faced > 0).count() < 2 {
        return Err(FitError::OneRenewal);
    }
    let n_lost: u64 = renewals.iter().map(|renewal| renewal.n_lost).sum();
    let n_stayed: u64 = renewals.iter().map(|renewal| renewal.n_faced - renewal.n_lost).sum();
    if n_lost == 0 || n_stayed == 0 { Err(FitError::NoVariation) } else { Ok(()) }
}

/// Log-likelihood with derivatives: at renewal i the share α / (α + β + i − 1) of those who face it leaves.
fn evaluate(renewals: &[Renewal], &[alpha, beta]: &[f64; 2]) -> Evaluation<2> {
    let (mut value, mut gradient, mut hessian) = (0.0, [0.0; 2], [[0.0; 2]; 2]);
    for (at, renewal) in renewals.iter().enumerate() {
        let (faced, lost) = (renewal.n_faced as f64, renewal.n_lost as f64);
        let stayed = faced - lost;
        let (b, all) = (beta + at as f64, alpha + beta + at as f64);
        value += lost * alpha.ln() + stayed * b.ln() - faced * all.ln();
        gradient[0] += lost / alpha - faced / all;
        gradient[1] += stayed / b - faced / all;
        let curve = faced / (all * all);
        hessian[0][0] += curve - lost / (alpha * alpha);
        hessian[0][1] += curve;
        hessian[1][1] += curve - stayed / (b * b);
    }
    hessian[1][0] = hessian[0][1];
    Evaluation { value, gradient, hessian }
}

impl Fit {
    /// The share of contracts that outlives `n` renewals.
    pub fn survival(&self, n: u32) -> f64 {
        self.outlives(0, n)
    }

    /// The share that leaves at renewal `n` (from 1) of those who come to it.
    ///
    /// **Source.** Equation 8: 1 − r(t) = α / (α + β + t − 1).
    pub fn loss_at(&self, n: u32) -> f64 {
        self.alpha / (self.alpha + self.beta + f64::from(n.max(1)) - 1.0)
    }

    /// The probability that a contract that outlived `n_before` renewals outlives `n` more.
    pub fn outlives(&self, n_before: u32, n: u32) -> f64 {
        let stays = |at: u32| {
            let b = self.beta + f64::from(at);
            b.ln() - (self.alpha + b).ln()
        };
        (n_before..n_before.saturating_add(n)).map(stays).sum::<f64>().exp()
    }

    /// The interval in which [`Self::survival`] lies with a probability of `level`, for what is not known of the shapes. It is
    /// of the share of very many contracts.
    ///
    /// The middle part of the posterior of the shapes, on a grid; widened where the estimate, which is that of maximum
    /// likelihood, lies beside it.
    pub fn survival_interval(&self, n: u32, level: f64) -> (f64, f64) {
        let (low, high) = doubt::interval(&self.likely, n, level);
        let share = self.survival(n);
        (low.min(share), high.max(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn of_survivors(survivors: &[u64]) -> Vec<Renewal> {
        survivors.windows(2).map(|pair| Renewal { n_faced: pair[0], n_lost: pair[0] - pair[1] }).collect()
    }

    fn renewals(pairs: &[(u64, u64)]) -> Vec<Renewal> {
        pairs.iter().map(|&(n_faced, n_lost)| Renewal { n_faced, n_lost }).collect()
    }

    #[test]
    fn the_parameters_are_those_of_fader_and_hardie_2007() {
        let regular = fit(&of_survivors(&[1000, 631, 468, 382, 326, 289, 262, 241])).unwrap();
        assert!(
            (regular.alpha - 0.704).abs() < 0.0006 && (regular.beta - 1.182).abs() < 0.0006,
            "{regular:?}"
        );
        let high_end = fit(&of_survivors(&[1000, 869, 743, 653, 593, 551, 517, 491])).unwrap();
        assert!(
            (high_end.alpha - 0.668).abs() < 0.0006 && (high_end.beta - 3.806).abs() < 0.0006,
            "{high_end:?}"
        );
        assert!(!regular.is_held && !high_end.is_held);
        // The paper's point: from seven years it tells the twelfth, here of the regular customers 18.2 %.
        assert!((regular.survival(12) - 0.182).abs() < 0.015, "{}", regular.survival(12));
    }

    #[test]
    fn a_contract_that_stayed_long_is_likelier_to_stay() {
        let found = fit(&of_survivors(&[1000, 631, 468, 382, 326, 289, 262, 241])).unwrap();
        assert!((found.loss_at(1) - 0.704 / (0.704 + 1.182)).abs() < 1e-3);
        assert!(found.outlives(5, 1) > found.outlives(1, 1));
        assert!((found.survival(7) - found.survival(3) * found.outlives(3, 4)).abs() < 1e-12);
        assert_eq!(found.survival(0), 1.0);
    }

    /// How many of 200 made firms have an interval at 80 % that holds the truth.
    fn n_held((alpha, beta): (f64, f64), n_contracts: u32, n_seen: usize, ahead: u32) -> u32 {
        let of_any = fit(&renewals(&[(10, 4), (6, 2)])).unwrap();
        let truth = Fit { alpha, beta, ..of_any }.survival(ahead);
        let mut held = 0;
        for seed in 0..200u64 {
            let mut chance = Generator::from_seed(seed * 7_919 + 3);
            let mut seen = vec![Renewal::default(); n_seen];
            for _ in 0..n_contracts {
                let leaves = chance.beta(alpha, beta);
                for renewal in &mut seen {
                    renewal.n_faced += 1;
                    if chance.uniform() < leaves {
                        renewal.n_lost += 1;
                        break;
                    }
                }
            }
            let (low, high) = fit(&seen).unwrap().survival_interval(ahead, 0.8);
            held += u32::from(low <= truth && truth <= high);
        }
        held
    }

    #[test]
    fn the_truth_lies_in_the_interval_as_often_as_it_says_also_of_few_contracts_and_far_ahead() {
        let firms = [(5_000, 6, 12), (600, 6, 24), (150, 6, 12), (150, 3, 15), (60, 6, 18)];
        for (n_contracts, n_seen, ahead) in firms {
            for shapes in [(0.8, 2.4), (0.3, 2.7)] {
                let held = n_held(shapes, n_contracts, n_seen, ahead);
                assert!(
                    (146..=178).contains(&held),
                    "{held} of 200 at 80 %: {n_contracts} {ahead} {shapes:?}"
                );
            }
        }
    }

    #[test]
    fn of_customers_who_are_nearly_alike_the_interval_is_somewhat_too_narrow_where_little_was_seen() {
        let much = n_held((5.0, 95.0), 5_000, 6, 12);
        let little = n_held((5.0, 95.0), 150, 3, 15);
        assert!((146..=178).contains(&much) && (125..=160).contains(&little), "{much} {little}");
    }

    #[test]
    fn an_interval_holds_its_estimate_and_is_found_at_any_number_of_contracts() {
        for scale in [1, 100, 1_000_000] {
            for seen in [[(12, 3), (9, 1)], [(12, 1), (11, 10)], [(12, 1), (11, 1)], [(12, 11), (1, 0)]] {
                let scaled: Vec<_> = seen.iter().map(|(faced, lost)| (faced * scale, lost * scale)).collect();
                let found = fit(&renewals(&scaled)).unwrap();
                for n in [0, 1, 2, 12, 400] {
                    let (low, high) = found.survival_interval(n, 0.8);
                    let share = found.survival(n);
                    assert!(0.0 <= low && low <= share && share <= high && high <= 1.0, "{scaled:?} {n}");
                }
                let (narrow, wide) = (found.survival_interval(2, 0.5), found.survival_interval(2, 0.95));
                assert!(wide.0 <= narrow.0 && narrow.1 <= wide.1);
            }
        }
    }

    #[test]
    fn customers_who_are_all_alike_are_told_apart_no_more_than_the_data_can() {
        let alike = fit(&renewals(&[(10_000, 2_000), (8_000, 1_600), (6_400, 1_280)])).unwrap();
        assert!(alike.is_held);
        assert!((alike.loss_at(1) - 0.2).abs() < 0.005 && (alike.loss_at(5) - 0.2).abs() < 0.02, "{alike:?}");
    }

    #[test]
    fn what_cannot_be_is_refused_and_what_says_too_little_is_not_fitted() {
        assert_eq!(fit(&[]), Err(FitError::OneRenewal));
        assert_eq!(fit(&renewals(&[(10, 5)])), Err(FitError::OneRenewal));
        assert_eq!(fit(&renewals(&[(10, 5), (0, 0)])), Err(FitError::OneRenewal));
        assert_eq!(fit(&renewals(&[(10, 0), (10, 0)])), Err(FitError::NoVariation));
        assert_eq!(fit(&renewals(&[(10, 11), (1, 0)])), Err(FitError::Impossible { renewal: 1 }));
        assert_eq!(fit(&renewals(&[(10, 5), (6, 1)])), Err(FitError::Impossible { renewal: 2 }));
        let many = vec![Renewal { n_faced: u64::MAX / 2, n_lost: 0 }; 6_000];
        assert_eq!(fit(&many), Err(FitError::Impossible { renewal: 5_001 }));
        let huge = fit(&renewals(&[(4_000_000_000, 1_000_000_000), (3_000_000_000, 500_000_000)])).unwrap();
        assert!(huge.survival(u32::from(u16::MAX)).is_finite());
        let few = fit(&renewals(&[(3, 1), (2, 1)])).unwrap();
        assert!(few.survival(40) > 0.0 && few.survival(40) < 1.0);
    }
}
