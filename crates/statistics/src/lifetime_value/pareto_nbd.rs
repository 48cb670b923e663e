//! Pareto/NBD: a customer buys at random with an own rate and leaves at a random time of an own rate, purchase or not.
//!
//! Rates of purchase and of leaving vary over customers by gamma distributions. Unlike BG/NBD it lets somebody leave
//! between purchases, so that it says something about those who never bought again. It knows no season, no price and no
//! campaign.
//!
//! **Source.** Schmittlein, Morrison and Colombo, "Counting Your Customers: Who Are They and What Will They Do Next?",
//! Management Science 33 (1987) 1–24; Fader and Hardie, "A Note on Deriving the Pareto/NBD Model and Related Expressions"
//! (2005).

mod tail;

use super::FitError;
use super::beta_geometric::Rising;
use super::bg_nbd::Customer;
use super::buying::{self, Buying, Histories, Outlook};
use super::compressed::{Compressed, Group};
use super::purchases_ahead::{PurchasesAhead, Rate};
use crate::newton::Evaluation;
use crate::quadrature::gauss_legendre_16;
use tail::{LogTail, Tail};

/// The four parameters of the model.
///
/// **Units.** `alpha` and `beta` are in the unit of time of the customers; the others have none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Shape of the gamma distribution of purchase rates; the mean rate is r / alpha.
    pub r: f64,
    /// Rate of that gamma distribution.
    pub alpha: f64,
    /// Shape of the gamma distribution of rates of leaving; their mean is s / beta.
    pub s: f64,
    /// Rate of that gamma distribution.
    pub beta: f64,
}

/// A fitted Pareto/NBD model.
pub type Fit = buying::Fit<Parameters>;

/// Fits the model by maximum likelihood.
///
/// **Errors.** Those of every model, see [`buying::Fit`].
pub fn fit(customers: &[Customer]) -> Result<Fit, FitError> {
    let histories = Histories::new(customers)?;
    let mean_age = histories.rows.mean_age();
    histories.fit([1.0, mean_age, 1.0, mean_age], evaluate)
}

/// The log-likelihood of given parameters, for comparison with other programs.
pub fn log_likelihood(customers: &[Customer], parameters: &Parameters) -> f64 {
    evaluate(&Compressed::new(customers), &parameters.to_array()).value
}

/// Log-likelihood, gradient and Hessian in (r, α, s, β).
///
/// A customer with x purchases, the last at tₓ, who is watched until T, either left after tₓ before buying again, or would
/// have bought again after T before leaving:
///
/// L = Γ(r+x)/Γ(r) αʳ βˢ [ s ∫ from tₓ of (α+τ)^−(r+x) (β+τ)^−(s+1) dτ + (r+x) ∫ from T of (α+τ)^−(r+x+1) (β+τ)^−s dτ ]
///
/// which is Fader and Hardie's equation (18) after an integration by parts. Both terms are positive, so that nothing
/// cancels, and each depends on one time only, so that it is worked out once for all customers who share it.
fn evaluate(rows: &Compressed, &[r, alpha, s, beta]: &[f64; 4]) -> Evaluation<4> {
    let mut total = Evaluation { value: 0.0, gradient: [0.0; 4], hessian: [[0.0; 4]; 4] };
    let n = rows.n_customers();
    total.value += n * (r * alpha.ln() + s * beta.ln());
    total.gradient = [n * alpha.ln(), n * r / alpha, n * beta.ln(), n * s / beta];
    total.hessian[0][1] += n / alpha;
    total.hessian[1][1] -= n * r / (alpha * alpha);
    total.hessian[2][3] += n / beta;
    total.hessian[3][3] -= n * s / (beta * beta);
    let mut of_r = Rising::new(r);
    let (mut left, mut again) = (Tails::new(rows), Tails::new(rows));
    for group in rows.groups() {
        let rising = of_r.to(group.n_repeat);
        total.value += group.n_customers * rising[0];
        total.gradient[0] += group.n_customers * rising[1];
        total.hessian[0][0] += group.n_customers * rising[2];
        let x = r + f64::from(group.n_repeat);
        left.work_out(rows, &group, |row| row.recency, |time| leaves_first(time, x, &[alpha, s, beta]));
        again.work_out(rows, &group, |row| row.age, |time| buys_first(time, x, &[alpha, s, beta]));
        for row in group.rows {
            add_mixture(&mut total, row.weight, left.at(row.recency), again.at(row.age));
        }
    }
    total
}

/// ln of s ∫ from `time` of (α+τ)^−x (β+τ)^−(s+1) dτ: left before buying again. Here `x` stands for r + x.
fn leaves_first(time: f64, x: f64, &[alpha, s, beta]: &[f64; 3]) -> LogTail {
    let mut tail = Tail { a: alpha + time, b: beta + time, of_a: x, of_b: s + 1.0 }.with_derivatives();
    tail.value += s.ln();
    tail.gradient[2] += 1.0 / s;
    tail.hessian[2][2] -= 1.0 / (s * s);
    tail
}

/// ln of x ∫ from `time` of (α+τ)^−(x+1) (β+τ)^−s dτ: buys again before leaving. Here `x` stands for r + x.
fn buys_first(time: f64, x: f64, &[alpha, s, beta]: &[f64; 3]) -> LogTail {
    let mut tail = Tail { a: alpha + time, b: beta + time, of_a: x + 1.0, of_b: s }.with_derivatives();
    tail.value += x.ln();
    tail.gradient[0] += 1.0 / x;
    tail.hessian[0][0] -= 1.0 / (x * x);
    tail
}

/// Adds ln(eᵘ + eᵛ) with its derivatives, `weight` times.
#[inline]
fn add_mixture(total: &mut Evaluation<4>, weight: f64, u: &LogTail, v: &LogTail) {
    let small = (-(v.value - u.value).abs()).exp();
    let w = if v.value > u.value { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    total.value += weight * (u.value.max(v.value) + small.ln_1p());
    let spread = w * (1.0 - w);
    let apart: [f64; 4] = std::array::from_fn(|i| v.gradient[i] - u.gradient[i]);
    for i in 0..4 {
        total.gradient[i] += weight * (u.gradient[i] + w * apart[i]);
        for j in i..4 {
            let mean = (1.0 - w) * u.hessian[i][j] + w * v.hessian[i][j];
            total.hessian[i][j] += weight * (mean + spread * apart[i] * apart[j]);
        }
    }
}

/// The tails of one group of customers, each worked out once.
struct Tails {
    /// Place among `found` for each distinct time, valid where `group_of` has the present group.
    place: Vec<u32>,
    group_of: Vec<u32>,
    group: u32,
    found: Vec<LogTail>,
}

impl Tails {
    fn new(rows: &Compressed) -> Self {
        let n = rows.times().len();
        Self { place: vec![0; n], group_of: vec![0; n], group: 0, found: Vec::new() }
    }

    fn work_out(
        &mut self,
        rows: &Compressed,
        group: &Group<'_>,
        time_of: impl Fn(&super::compressed::Row) -> u32,
        tail: impl Fn(f64) -> LogTail,
    ) {
        self.group += 1;
        self.found.clear();
        for row in group.rows {
            let time = time_of(row) as usize;
            if self.group_of[time] != self.group {
                self.group_of[time] = self.group;
                self.place[time] = self.found.len() as u32;
                self.found.push(tail(rows.times()[time]));
            }
        }
    }

    fn at(&self, time: u32) -> &LogTail {
        &self.found[self.place[time as usize] as usize]
    }
}

impl Parameters {
    /// (1 − (1 + t/(β+T))^−(s−1)) / (s − 1), smooth at s = 1.
    fn mean_share(&self, age: f64, horizon: f64) -> f64 {
        let ln_growth = (horizon / (self.beta + age)).ln_1p();
        let y = (self.s - 1.0) * ln_growth;
        if y.abs() < 1e-9 { ln_growth * (1.0 - 0.5 * y) } else { -(-y).exp_m1() / (self.s - 1.0) }
    }
}

impl Parameters {
    /// Expected purchases in the horizon of a customer who is alive.
    fn expected_if_alive(&self, customer: &Customer, horizon: f64) -> f64 {
        if horizon.is_nan() || horizon <= 0.0 {
            return 0.0;
        }
        let rate = (self.r + f64::from(customer.n_repeat)) / (self.alpha + customer.age);
        rate * (self.beta + customer.age) * self.mean_share(customer.age, horizon)
    }

    /// The probability that a customer who is alive buys nothing in the horizon.
    fn none_if_alive(&self, customer: &Customer, horizon: f64) -> f64 {
        if horizon.is_nan() || horizon <= 0.0 {
            return 1.0;
        }
        let (shape, rate) = (self.r + f64::from(customer.n_repeat), self.alpha + customer.age);
        let spans = self.spans(customer.age, horizon);
        spans.iter().map(|(weight, time)| weight * (-shape * (time / rate).ln_1p()).exp()).sum()
    }

    /// (probability, time that remains) inside the horizon of somebody who is alive.
    fn spans(&self, age: f64, horizon: f64) -> [(f64, f64); 17] {
        let scale = self.beta + age;
        let stays = (-self.s * (horizon / scale).ln_1p()).exp();
        let leaves = 1.0 - stays;
        let mut spans = [(stays, horizon); 17];
        for (span, (node, weight)) in spans[1..].iter_mut().zip(gauss_legendre_16()) {
            let ln_survival = (-leaves * node).ln_1p();
            *span = (leaves * weight, scale * (-ln_survival / self.s).exp_m1());
        }
        spans
    }
}

impl Buying for Parameters {
    const NAMES: [&'static str; 4] = ["r", "alpha", "s", "beta"];

    fn from_array([r, alpha, s, beta]: [f64; 4]) -> Self {
        Self { r, alpha, s, beta }
    }

    fn to_array(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }

    /// **Source.** Equation (11) of Schmittlein, Morrison and Colombo (1987) as a ratio of positive integrals.
    fn probability_alive(&self, customer: &Customer) -> f64 {
        let &Self { r, alpha, s, beta } = self;
        let (x, age) = (r + f64::from(customer.n_repeat), customer.age);
        let ln_left =
            Tail { a: alpha + customer.recency, b: beta + customer.recency, of_a: x, of_b: s + 1.0 }
                .ln_integral()
                + s.ln();
        let ln_again = Tail { a: alpha + age, b: beta + age, of_a: x + 1.0, of_b: s }.ln_integral() + x.ln();
        let ln_alive = -x * (alpha + age).ln() - s * (beta + age).ln();
        let most = ln_left.max(ln_again);
        let ln_all = most + ((ln_left - most).exp() + (ln_again - most).exp()).ln();
        (ln_alive - ln_all).exp().min(1.0)
    }

    /// **Source.** Equation (22) of Schmittlein, Morrison and Colombo (1987).
    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64 {
        self.probability_alive(customer) * self.expected_if_alive(customer, horizon)
    }

    /// The time that remains is Lomax(s, β + T) for a customer who is alive; the counts are negative binomial given that
    /// time, mixed over 16 Gauss–Legendre points of its distribution inside the horizon.
    fn purchases_ahead(&self, customer: &Customer, horizon: f64) -> PurchasesAhead {
        if horizon.is_nan() || horizon <= 0.0 {
            return PurchasesAhead::nothing();
        }
        let spans = self.spans(customer.age, horizon);
        let rate = Rate { shape: self.r + f64::from(customer.n_repeat), rate: self.alpha + customer.age };
        PurchasesAhead::leaving_in_time(self.probability_alive(customer), rate, &spans)
    }

    fn probability_of_none(&self, customer: &Customer, horizon: f64) -> f64 {
        1.0 - self.probability_alive(customer) * (1.0 - self.none_if_alive(customer, horizon))
    }

    fn outlook(&self, customer: &Customer, horizon: f64) -> Outlook {
        let alive = self.probability_alive(customer);
        Outlook {
            alive,
            purchases: alive * self.expected_if_alive(customer, horizon),
            none: 1.0 - alive * (1.0 - self.none_if_alive(customer, horizon)),
        }
    }
}
