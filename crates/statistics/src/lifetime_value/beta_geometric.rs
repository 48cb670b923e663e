//! The likelihood that BG/NBD and MBG/NBD share: purchases at random until the customer leaves after one of them.
//!
//! The two differ in whether the first purchase already gives a chance to leave. See [`super::bg_nbd`] and
//! [`super::mbg_nbd`] for the models; this file only sums.

use super::compressed::Compressed;
use crate::newton::Evaluation;
use crate::special_functions::{digamma, ln_gamma, trigamma};

/// When a customer may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    /// After each repeat purchase: BG/NBD.
    AfterRepeat,
    /// After each purchase, the first one too: MBG/NBD.
    AfterAny,
}

impl Leaving {
    /// Chances to leave that a customer with `n_repeat` repeat purchases had.
    fn chances(self, n_repeat: u32) -> u32 {
        match self {
            Self::AfterRepeat => n_repeat,
            Self::AfterAny => n_repeat.saturating_add(1),
        }
    }
}

/// Log-likelihood, gradient and Hessian in (r, α, a, b).
///
/// With k chances to leave, u = −(r+x) ln(α+T) and v = ln a − ln(b+k−1) − (r+x) ln(α+tₓ) a customer contributes terms that
/// depend on x alone and ln(eᵘ + eᵛ), whose derivatives are mixtures of those of u and v with weight w = eᵛ / (eᵘ + eᵛ).
///
/// **Source.** Equation (6) of Fader, Hardie and Lee (2005) in the form of its technical note on fitting in a spreadsheet;
/// with one more chance, equation (5) of Batislam, Denizel and Filiztekin (2007).
pub(super) fn evaluate(rows: &Compressed, leaving: Leaving, &[r, alpha, a, b]: &[f64; 4]) -> Evaluation<4> {
    let mut total = Evaluation { value: 0.0, gradient: [0.0; 4], hessian: [[0.0; 4]; 4] };
    let shift = leaving.chances(0);
    add_count_terms(&mut total, rows, shift, &[r, alpha, a, b]);
    let ln_time: Vec<f64> = rows.times().iter().map(|t| (alpha + t).ln()).collect();
    let inverse: Vec<f64> = rows.times().iter().map(|t| 1.0 / (alpha + t)).collect();
    for group in rows.groups() {
        let exponent = r + f64::from(group.n_repeat);
        let mut sum = Sums::default();
        let chances = leaving.chances(group.n_repeat);
        if chances == 0 {
            for row in group.rows {
                let at = row.age as usize;
                sum.add(row.weight, 0.0, 0.0, ln_time[at], inverse[at], exponent);
                sum.value -= row.weight * exponent * ln_time[at];
            }
            sum.into_total(&mut total, None);
            continue;
        }
        let stays = b + f64::from(chances) - 1.0;
        let ln_leave = a.ln() - stays.ln();
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
        sum.into_total(&mut total, Some((1.0 / a, 1.0 / stays)));
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
/// ln Γ(r+x) − ln Γ(r) + r ln α + ln B(a, b+k) − ln B(a, b), with `shift` more chances k to leave than repeat purchases x.
fn add_count_terms(total: &mut Evaluation<4>, rows: &Compressed, shift: u32, &[r, alpha, a, b]: &[f64; 4]) {
    let n = rows.n_customers();
    total.value += n * r * alpha.ln();
    total.gradient[0] += n * alpha.ln();
    total.gradient[1] += n * r / alpha;
    total.hessian[0][1] += n / alpha;
    total.hessian[1][1] -= n * r / (alpha * alpha);
    let (mut of_r, mut of_b, mut of_ab) = (Rising::new(r), Rising::new(b), Rising::new(a + b));
    for group in rows.groups() {
        let (x, w) = (group.n_repeat, group.n_customers);
        let (r, b, ab) = (of_r.to(x), of_b.to(x.saturating_add(shift)), of_ab.to(x.saturating_add(shift)));
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
pub(super) struct Rising {
    z: f64,
    x: u32,
    sum: [f64; 3],
}

impl Rising {
    pub(super) fn new(z: f64) -> Self {
        Self { z, x: 0, sum: [0.0; 3] }
    }

    pub(super) fn to(&mut self, x: u32) -> [f64; 3] {
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
