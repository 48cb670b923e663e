//! BG/BB: customers who can buy at given times only (a yearly donation, a weekly market), once at each.
//!
//! At every opportunity a customer who is still there buys with an own probability, and before it leaves for good with
//! another; both vary over customers by beta distributions. It knows no amount, no season and no campaign. Not for purchases
//! at any time: see [`super::pareto_nbd`].
//!
//! **Source.** Fader, Hardie and Shang, "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", Marketing
//! Science 29 (2010) 1086–1108.

use super::FitError;
use super::bg_nbd::Customer;
use super::buying::{self, Buying, Histories};
use super::compressed::{Compressed, Row};
use super::purchases_ahead::PurchasesAhead;
use crate::newton::Evaluation;
use crate::special_functions::{ln_beta, ln_gamma};

/// The four parameters of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// First shape of the beta distribution of buying probabilities; their mean is alpha / (alpha + beta).
    pub alpha: f64,
    /// Second shape of that distribution.
    pub beta: f64,
    /// First shape of the beta distribution of leaving probabilities; their mean is gamma / (gamma + delta).
    pub gamma: f64,
    /// Second shape of that distribution.
    pub delta: f64,
}

/// A fitted BG/BB model.
pub type Fit = buying::Fit<Parameters>;

/// The customer's history counted in opportunities: `n_repeat` of the first `recency` of `age` were used.
///
/// Several purchases between two opportunities count once; the opportunity in which the customer first bought is number 0
/// and is not counted. `days_per_unit` is the time from one opportunity to the next.
///
/// Returns `None` when nothing was bought until `end_day`.
pub fn from_purchase_days(purchase_days: &[i32], end_day: i32, days_per_unit: i32) -> Option<Customer> {
    let seen = &purchase_days[..purchase_days.partition_point(|&day| day <= end_day)];
    let first = i64::from(*seen.first()?);
    let number = |day: i64| (day - first) / i64::from(days_per_unit.max(1));
    let (mut last, mut n_repeat) = (0, 0u32);
    for &day in seen {
        let opportunity = number(i64::from(day));
        n_repeat += u32::from(opportunity > last);
        last = last.max(opportunity);
    }
    Some(Customer { n_repeat, recency: last as f64, age: number(i64::from(end_day)) as f64 })
}

/// Fits the model by maximum likelihood.
///
/// **Shape.** Recency and age are whole numbers of opportunities, and a customer has used at most as many as there were.
///
/// **Errors.** Those of every model, see [`buying::Fit`]; [`FitError::Impossible`] also for numbers that are not whole.
pub fn fit(customers: &[Customer]) -> Result<Fit, FitError> {
    if let Some((index, reason)) = customers.iter().enumerate().find_map(|(i, c)| fault(c).map(|f| (i, f))) {
        return Err(FitError::Impossible { index, reason });
    }
    Histories::new(customers)?.fit([1.0, 1.0, 1.0, 2.0], evaluate)
}

/// The log-likelihood of given parameters, for comparison with other programs.
pub fn log_likelihood(customers: &[Customer], parameters: &Parameters) -> f64 {
    evaluate(&Compressed::new(customers), &parameters.to_array()).value
}

/// Opportunities beyond this number are refused: the sums would take minutes.
const MOST_OPPORTUNITIES: f64 = 5_000.0;

fn fault(customer: &Customer) -> Option<&'static str> {
    if customer.recency.fract() != 0.0 || customer.age.fract() != 0.0 {
        Some("recency and age must be whole numbers of opportunities")
    } else if f64::from(customer.n_repeat) > customer.recency {
        Some("there cannot be more purchases than opportunities until the last of them")
    } else if customer.age > MOST_OPPORTUNITIES {
        Some("more than 5,000 opportunities: take a longer unit of time")
    } else {
        None
    }
}

/// ln Γ(z + k) − ln Γ(z) with two derivatives, for k = 0, 1, 2 …
struct Table(Vec<[f64; 3]>);

impl Table {
    fn new(z: f64, longest: usize) -> Self {
        let mut table = Vec::with_capacity(longest + 1);
        let mut sum = [0.0; 3];
        for k in 0..=longest {
            table.push(sum);
            let factor = z + k as f64;
            sum = [sum[0] + factor.ln(), sum[1] + 1.0 / factor, sum[2] - 1.0 / (factor * factor)];
        }
        Self(table)
    }
}

/// The logarithm of one term B(α+x, β+k−x)/B(α,β) · B(γ+e, δ+k)/B(γ,δ), whose gradient is (α−αβ, β−αβ, γ−γδ, δ−γδ) in the
/// derivatives of its tables and whose Hessian has two blocks.
#[derive(Clone, Copy)]
struct Term {
    value: f64,
    gradient: [f64; 4],
    /// ∂αα, ∂αβ, ∂ββ, ∂γγ, ∂γδ, ∂δδ.
    blocks: [f64; 6],
}

struct Tables {
    alpha: Table,
    beta: Table,
    both: Table,
    gamma: Table,
    delta: Table,
    leaving: Table,
}

impl Tables {
    fn new(&[alpha, beta, gamma, delta]: &[f64; 4], longest: usize) -> Self {
        Self {
            alpha: Table::new(alpha, longest),
            beta: Table::new(beta, longest),
            both: Table::new(alpha + beta, longest),
            gamma: Table::new(gamma, 1),
            delta: Table::new(delta, longest),
            leaving: Table::new(gamma + delta, longest + 1),
        }
    }

    /// `left` is 1 for somebody who left after opportunity k, and 0 for somebody who was there after it.
    fn term(&self, x: usize, k: usize, left: usize) -> Term {
        let (a, b, ab) = (&self.alpha.0[x], &self.beta.0[k - x], &self.both.0[k]);
        let (g, d, gd) = (&self.gamma.0[left], &self.delta.0[k], &self.leaving.0[k + left]);
        Term {
            value: a[0] + b[0] - ab[0] + g[0] + d[0] - gd[0],
            gradient: [a[1] - ab[1], b[1] - ab[1], g[1] - gd[1], d[1] - gd[1]],
            blocks: [a[2] - ab[2], -ab[2], b[2] - ab[2], g[2] - gd[2], -gd[2], d[2] - gd[2]],
        }
    }
}

/// A sum of exponentials of terms with the moments of their derivatives, relative to the greatest.
#[derive(Clone, Copy)]
struct Mixture {
    highest: f64,
    sum: f64,
    gradient: [f64; 4],
    hessian: [[f64; 4]; 4],
}

impl Mixture {
    const EMPTY: Self =
        Self { highest: f64::NEG_INFINITY, sum: 0.0, gradient: [0.0; 4], hessian: [[0.0; 4]; 4] };

    fn add(&mut self, term: &Term) {
        if term.value > self.highest {
            let shrink = (self.highest - term.value).exp();
            self.sum *= shrink;
            self.gradient = self.gradient.map(|g| g * shrink);
            self.hessian = self.hessian.map(|row| row.map(|h| h * shrink));
            self.highest = term.value;
        }
        let weight = (term.value - self.highest).exp();
        self.sum += weight;
        let g = &term.gradient;
        for i in 0..4 {
            self.gradient[i] += weight * g[i];
            for j in i..4 {
                self.hessian[i][j] += weight * g[i] * g[j];
            }
        }
        let [aa, ab, bb, gg, gd, dd] = term.blocks.map(|b| weight * b);
        let h = &mut self.hessian;
        h[0][0] += aa;
        h[0][1] += ab;
        h[1][1] += bb;
        h[2][2] += gg;
        h[2][3] += gd;
        h[3][3] += dd;
    }

    /// Adds the logarithm of the sum to the total, `weight` times.
    fn add_to(&self, total: &mut Evaluation<4>, weight: f64) {
        total.value += weight * (self.highest + self.sum.ln());
        let gradient = self.gradient.map(|g| g / self.sum);
        for i in 0..4 {
            total.gradient[i] += weight * gradient[i];
            for j in i..4 {
                total.hessian[i][j] += weight * (self.hessian[i][j] / self.sum - gradient[i] * gradient[j]);
            }
        }
    }
}

/// Log-likelihood, gradient and Hessian in (α, β, γ, δ).
///
/// The sum over the opportunity after which the customer may have left is shared by customers with equal x and tₓ.
///
/// **Source.** Equation (5) of the paper.
fn evaluate(rows: &Compressed, parameters: &[f64; 4]) -> Evaluation<4> {
    let times = rows.times();
    let longest = times.last().map_or(0, |&t| t as usize);
    let tables = Tables::new(parameters, longest);
    let mut total = Evaluation { value: 0.0, gradient: [0.0; 4], hessian: [[0.0; 4]; 4] };
    for group in rows.groups() {
        let x = group.n_repeat as usize;
        let mut sorted: Vec<&Row> = group.rows.iter().collect();
        sorted.sort_unstable_by_key(|row| (row.recency, row.age));
        for same in sorted.chunk_by(|a, b| a.recency == b.recency) {
            let mut left = Mixture::EMPTY;
            let mut next = times[same[0].recency as usize] as usize;
            for row in same {
                let age = times[row.age as usize] as usize;
                while next < age {
                    left.add(&tables.term(x, next, 1));
                    next += 1;
                }
                let mut all = left;
                all.add(&tables.term(x, age, 0));
                all.add_to(&mut total, row.weight);
            }
        }
    }
    total
}

impl Parameters {
    /// The distributions of buying and of leaving for this customer, if still there.
    fn given(&self, customer: &Customer) -> Self {
        let x = f64::from(customer.n_repeat);
        Self {
            alpha: self.alpha + x,
            beta: self.beta + customer.age - x,
            gamma: self.gamma,
            delta: self.delta + customer.age,
        }
    }

    /// Logarithm of the likelihood of having left after opportunity `k`, divided by that of being there after `age`.
    fn ln_left_at(&self, x: f64, k: f64, age: f64) -> f64 {
        ln_beta(self.alpha + x, self.beta + k - x) + ln_beta(self.gamma + 1.0, self.delta + k)
            - ln_beta(self.alpha + x, self.beta + age - x)
            - ln_beta(self.gamma, self.delta + age)
    }
}

impl Buying for Parameters {
    const NAMES: [&'static str; 4] = ["alpha", "beta", "gamma", "delta"];

    fn from_array([alpha, beta, gamma, delta]: [f64; 4]) -> Self {
        Self { alpha, beta, gamma, delta }
    }

    fn to_array(&self) -> [f64; 4] {
        [self.alpha, self.beta, self.gamma, self.delta]
    }

    /// The probability of being there after the last opportunity that was watched.
    ///
    /// **Source.** Equation (11) of the paper for the present opportunity.
    fn probability_alive(&self, customer: &Customer) -> f64 {
        let (x, age) = (f64::from(customer.n_repeat), customer.age.floor());
        let mut k = customer.recency.floor();
        if k >= age {
            return 1.0;
        }
        // From one opportunity to the next the term changes by a simple factor.
        let mut ln_term = self.ln_left_at(x, k, age);
        let (mut highest, mut sum) = (0.0f64, 1.0);
        while k < age {
            if ln_term > highest {
                sum *= (highest - ln_term).exp();
                highest = ln_term;
            }
            sum += (ln_term - highest).exp();
            ln_term += ((self.beta + k - x) / (self.alpha + self.beta + k)).ln()
                + ((self.delta + k) / (self.gamma + self.delta + k + 1.0)).ln();
            k += 1.0;
        }
        (-highest).exp() / sum
    }

    /// **Source.** Equation (13) of the paper as the sum of the chances of being there at each of the next opportunities. A
    /// horizon that is not whole counts its last opportunity in part.
    fn expected_purchases(&self, customer: &Customer, horizon: f64) -> f64 {
        if horizon.is_nan() || horizon <= 0.0 {
            return 0.0;
        }
        let now = self.given(customer);
        let (mut stays, mut times, mut k) = (1.0, 0.0, 0.0);
        while k < horizon && stays > 1e-300 {
            stays *= (now.delta + k) / (now.gamma + now.delta + k);
            times += stays * (horizon - k).min(1.0);
            k += 1.0;
        }
        self.probability_alive(customer) * now.alpha / (now.alpha + now.beta) * times
    }

    /// **Source.** Equation (7) of the paper with the customer's own distributions; the horizon is rounded up.
    fn purchases_ahead(&self, customer: &Customer, horizon: f64) -> PurchasesAhead {
        if horizon.is_nan() || horizon <= 0.0 {
            return PurchasesAhead::nothing();
        }
        let (alive, now) = (self.probability_alive(customer), self.given(customer));
        let n = horizon.min(MOST_OPPORTUNITIES).ceil() as usize;
        let mut probabilities = vec![0.0; n + 1];
        let (ln_buying, ln_leaving) = (ln_beta(now.alpha, now.beta), ln_beta(now.gamma, now.delta));
        let (mut stays, mut leaves) = (Vec::with_capacity(n + 1), Vec::with_capacity(n + 1));
        for k in 0..=n {
            let k = k as f64;
            stays.push(ln_beta(now.gamma, now.delta + k) - ln_leaving);
            leaves.push(ln_beta(now.gamma + 1.0, now.delta + k) - ln_leaving);
        }
        for (y, probability) in probabilities.iter_mut().enumerate() {
            for (k, &leave) in leaves.iter().enumerate().skip(y) {
                let ln_stay = if k == n { stays[n] } else { leave };
                let (k, y) = (k as f64, y as f64);
                let ln_count = ln_gamma(k + 1.0) - ln_gamma(y + 1.0) - ln_gamma(k - y + 1.0)
                    + ln_beta(now.alpha + y, now.beta + k - y)
                    - ln_buying;
                *probability += alive * (ln_count + ln_stay).exp();
            }
        }
        probabilities[0] += 1.0 - alive;
        PurchasesAhead { probabilities, rest: 0.0 }
    }
}
