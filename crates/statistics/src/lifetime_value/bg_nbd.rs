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
use super::compressed::Compressed;
use super::purchases_ahead::PurchasesAhead;
use crate::newton::{Evaluation, Maximum, maximise, ran_away, with_weak_prior};
use crate::special_functions::{digamma, hypergeometric_2f1, ln_gamma, trigamma};

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
    fn fault(&self) -> Option<&'static str> {
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

/// A fitted model with what it was fitted on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The maximum-likelihood estimate.
    pub parameters: Parameters,
    /// Their standard errors from the observed information; `None` where the data do not determine all four.
    pub standard_errors: Option<Parameters>,
    /// Covariance of the logarithms of (r, alpha, a, b); `None` where `standard_errors` is.
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
    /// nothing about some parameter but that it is very large or very small. See also [`Fit::nobody_seen_leaving`].
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

/// Fits the model by maximum likelihood.
///
/// The result does not depend on the order of the customers, on the unit of time (but for `alpha`) or on threads.
///
/// **Errors.** [`FitError::TooFewCustomers`] and [`FitError::TooFewRepeaters`] below [`FEWEST_CUSTOMERS`] and
/// [`FEWEST_REPEATERS`]; [`FitError::Impossible`] names the first customer whose numbers cannot be;
/// [`FitError::NoVariation`] where the customers are (nearly) all alike; [`FitError::NotDetermined`] where the search
/// finds no maximum even with a weak prior. The prior is used only where the likelihood alone has no maximum inside the
/// parameter space, as when nobody ever leaves; [`Fit::prior_used`] says so.
pub fn fit(customers: &[Customer]) -> Result<Fit, FitError> {
    if let Some((index, reason)) = customers.iter().enumerate().find_map(|(i, c)| c.fault().map(|f| (i, f))) {
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
    let centre = [1.0, rows.mean_age(), 1.0, 2.0];
    let mut found = search(&rows, warm_start(&rows, centre));
    let prior_used = !found.converged || has_no_inside_maximum(&found.parameters, rows.mean_age());
    if prior_used {
        found = maximise(centre, |p| with_weak_prior(evaluate(&rows, p), p, &centre));
        if !found.converged || ran_away(&found.parameters) {
            return Err(FitError::NotDetermined { parameters: found.parameters.to_vec() });
        }
        found.value = evaluate(&rows, &found.parameters).value;
    }
    Ok(Fit {
        parameters: Parameters::from(found.parameters),
        standard_errors: found.standard_errors().map(Parameters::from),
        log_covariance: found.log_covariance,
        log_likelihood: found.value,
        n_customers: customers.len(),
        n_repeaters,
        n_distinct: rows.n_distinct(),
        n_evaluations: found.n_evaluations,
        prior_used,
        converged: true,
    })
}

/// True when the search stopped only because the likelihood had become flat on its way to infinity or zero.
fn has_no_inside_maximum(&[r, alpha, a, b]: &[f64; 4], mean_age: f64) -> bool {
    const FAR: f64 = 1e4;
    let far = |v: f64| !(1.0 / FAR..=FAR).contains(&v);
    far(r) || far(alpha / mean_age) || far(a) || far(b)
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
    let p = [parameters.r, parameters.alpha, parameters.a, parameters.b];
    evaluate(&Compressed::new(customers), &p).value
}

impl From<[f64; 4]> for Parameters {
    fn from([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }
}

/// For many distinct histories, the estimate on every k-th of them: then the full data need few evaluations.
fn warm_start(rows: &Compressed, cold: [f64; 4]) -> [f64; 4] {
    if rows.n_distinct() <= WARM_START_ABOVE {
        return cold;
    }
    let found = search(&rows.every(rows.n_distinct() / (WARM_START_ABOVE / 4)), cold);
    if found.converged && !ran_away(&found.parameters) { found.parameters } else { cold }
}

/// Newton's method from `start`, and from two other places where that fails.
fn search(rows: &Compressed, start: [f64; 4]) -> Maximum<4> {
    let [r, alpha, a, b] = start;
    let mut best = maximise(start, |p| evaluate(rows, p));
    for other in [[0.3 * r, 0.3 * alpha, 0.5 * a, 2.0 * b], [3.0 * r, alpha, 0.1 * a, b]] {
        if best.converged {
            break;
        }
        let found = maximise(other, |p| evaluate(rows, p));
        if found.converged || found.value > best.value {
            best = found;
        }
    }
    best
}

/// Log-likelihood, gradient and Hessian in (r, α, a, b).
///
/// With u = −(r+x) ln(α+T) and v = ln a − ln(b+x−1) − (r+x) ln(α+tₓ) a customer contributes terms that depend on x alone
/// and ln(eᵘ + eᵛ), whose derivatives are mixtures of those of u and v with weight w = eᵛ / (eᵘ + eᵛ).
///
/// **Source.** Equation (6) of the paper in the form of its technical note on fitting in a spreadsheet.
fn evaluate(rows: &Compressed, &[r, alpha, a, b]: &[f64; 4]) -> Evaluation<4> {
    let mut total = Evaluation { value: 0.0, gradient: [0.0; 4], hessian: [[0.0; 4]; 4] };
    add_count_terms(&mut total, rows, r, alpha, a, b);
    let ln_time: Vec<f64> = rows.times().iter().map(|t| (alpha + t).ln()).collect();
    let inverse: Vec<f64> = rows.times().iter().map(|t| 1.0 / (alpha + t)).collect();
    for group in rows.groups() {
        let (x, exponent) = (f64::from(group.n_repeat), r + f64::from(group.n_repeat));
        let mut sum = Sums::default();
        if group.n_repeat == 0 {
            for row in group.rows {
                let at = row.age as usize;
                sum.add(row.weight, 0.0, 0.0, ln_time[at], inverse[at], exponent);
                sum.value -= row.weight * exponent * ln_time[at];
            }
            sum.into_total(&mut total, None);
            continue;
        }
        let ln_leave = a.ln() - (b + x - 1.0).ln();
        for row in group.rows {
            let (age, last) = (row.age as usize, row.recency as usize);
            let u = -exponent * ln_time[age];
            let v = ln_leave - exponent * ln_time[last];
            let small = (-(v - u).abs()).exp();
            let w = if v > u { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
            sum.value += row.weight * (u.max(v) + small.ln_1p());
            sum.add_pair(
                row.weight,
                w,
                [ln_time[age], inverse[age]],
                [ln_time[last], inverse[last]],
                exponent,
            );
        }
        sum.into_total(&mut total, Some((1.0 / a, 1.0 / (b + x - 1.0))));
    }
    total
}

/// Sums over the customers with one number of purchases, of everything that needs the single customer.
#[derive(Default)]
struct Sums {
    value: f64,
    r: f64,
    alpha: f64,
    leave: f64,
    rr: f64,
    r_alpha: f64,
    alpha_alpha: f64,
    spread: f64,
    r_leave: f64,
    alpha_leave: f64,
}

impl Sums {
    /// Adds a customer whose likelihood has one term, at `ln_time` and `inverse`.
    fn add(&mut self, weight: f64, w: f64, spread: f64, ln_time: f64, inverse: f64, exponent: f64) {
        self.r -= weight * ln_time;
        self.alpha -= weight * exponent * inverse;
        self.r_alpha -= weight * inverse;
        self.alpha_alpha += weight * exponent * inverse * inverse;
        self.leave += weight * w;
        self.spread += weight * spread;
    }

    /// Adds a customer whose likelihood mixes a term at the age with one at the last purchase (weight `w`).
    #[inline]
    fn add_pair(&mut self, weight: f64, w: f64, age: [f64; 2], last: [f64; 2], exponent: f64) {
        let rest = 1.0 - w;
        let (mean_ln, mean_inverse) = (rest * age[0] + w * last[0], rest * age[1] + w * last[1]);
        let mean_square = rest * age[1] * age[1] + w * last[1] * last[1];
        // The derivatives of v − u, whose products are weighted by the spread w (1 − w).
        let (d_r, d_alpha) = (age[0] - last[0], exponent * (age[1] - last[1]));
        let spread = weight * w * rest;
        self.r -= weight * mean_ln;
        self.alpha -= weight * exponent * mean_inverse;
        self.leave += weight * w;
        self.rr += spread * d_r * d_r;
        self.r_alpha += spread * d_r * d_alpha - weight * mean_inverse;
        self.alpha_alpha += spread * d_alpha * d_alpha + weight * exponent * mean_square;
        self.spread += spread;
        self.r_leave += spread * d_r;
        self.alpha_leave += spread * d_alpha;
    }

    /// Adds these sums to the total. `leave` holds 1/a and 1/(b+x−1), the derivatives of ln a − ln(b+x−1).
    fn into_total(self, total: &mut Evaluation<4>, leave: Option<(f64, f64)>) {
        let h = &mut total.hessian;
        total.value += self.value;
        total.gradient[0] += self.r;
        total.gradient[1] += self.alpha;
        h[0][0] += self.rr;
        h[0][1] += self.r_alpha;
        h[1][1] += self.alpha_alpha;
        let Some((of_a, of_b)) = leave else { return };
        total.gradient[2] += self.leave * of_a;
        total.gradient[3] -= self.leave * of_b;
        h[0][2] += self.r_leave * of_a;
        h[0][3] -= self.r_leave * of_b;
        h[1][2] += self.alpha_leave * of_a;
        h[1][3] -= self.alpha_leave * of_b;
        h[2][2] += (self.spread - self.leave) * of_a * of_a;
        h[2][3] -= self.spread * of_a * of_b;
        h[3][3] += (self.spread + self.leave) * of_b * of_b;
    }
}

/// Adds the terms that depend on the number of purchases alone:
/// ln Γ(r+x) − ln Γ(r) + r ln α + ln B(a, b+x) − ln B(a, b).
fn add_count_terms(total: &mut Evaluation<4>, rows: &Compressed, r: f64, alpha: f64, a: f64, b: f64) {
    let n = rows.n_customers();
    total.value += n * r * alpha.ln();
    total.gradient[0] += n * alpha.ln();
    total.gradient[1] += n * r / alpha;
    total.hessian[0][1] += n / alpha;
    total.hessian[1][1] -= n * r / (alpha * alpha);
    let (mut of_r, mut of_b, mut of_ab) = (Rising::new(r), Rising::new(b), Rising::new(a + b));
    for group in rows.groups() {
        let (x, w) = (group.n_repeat, group.n_customers);
        let (r, b, ab) = (of_r.to(x), of_b.to(x), of_ab.to(x));
        total.value += w * (r[0] + b[0] - ab[0]);
        total.gradient[0] += w * r[1];
        total.gradient[2] -= w * ab[1];
        total.gradient[3] += w * (b[1] - ab[1]);
        total.hessian[0][0] += w * r[2];
        total.hessian[2][2] -= w * ab[2];
        total.hessian[2][3] -= w * ab[2];
        total.hessian[3][3] += w * (b[2] - ab[2]);
    }
}

/// ln Γ(z+x) − ln Γ(z) with its two derivatives in z, for x in ascending order.
struct Rising {
    z: f64,
    x: u32,
    sum: [f64; 3],
}

impl Rising {
    fn new(z: f64) -> Self {
        Self { z, x: 0, sum: [0.0; 3] }
    }

    fn to(&mut self, x: u32) -> [f64; 3] {
        /// A longer step is cheaper through the functions themselves.
        const LONG: u32 = 64;
        if x - self.x > LONG {
            let end = self.z + f64::from(x);
            self.sum = [
                ln_gamma(end) - ln_gamma(self.z),
                digamma(end) - digamma(self.z),
                trigamma(end) - trigamma(self.z),
            ];
        } else {
            for k in self.x..x {
                let factor = self.z + f64::from(k);
                self.sum[0] += factor.ln();
                self.sum[1] += 1.0 / factor;
                self.sum[2] -= 1.0 / (factor * factor);
            }
        }
        self.x = x;
        self.sum
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
