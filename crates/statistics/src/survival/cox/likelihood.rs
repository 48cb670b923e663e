//! The partial likelihood with gradient and information, over rows that are sorted once.
//!
//! It walks from the last time to the first, so that those at risk only grow. It does not search: see [`super`].

use super::Ties;

/// Rows in descending time, at one time the censored first, with standardised covariates row by row.
pub(super) struct Sorted {
    order: Vec<u32>,
    /// (rows of one time that were cut short, rows with an event), the latest time first.
    times: Vec<(usize, usize)>,
    rows: Vec<f64>,
    deviation: Vec<f64>,
    n_columns: usize,
}

/// Log-likelihood, gradient and negative Hessian (full matrix, row by row).
pub(super) struct At {
    pub(super) log_likelihood: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) information: Vec<f64>,
}

impl Sorted {
    pub(super) fn new(durations: &[f64], events: &[bool], covariates: &[&[f64]]) -> Self {
        let mut keys: Vec<(u64, u32)> =
            durations.iter().zip(0u32..).map(|(t, i)| (!(t + 0.0).to_bits(), i)).collect();
        keys.sort_unstable_by_key(|&(time, i)| (time, events[i as usize], i));
        let times = keys
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| {
                let n_events = same.iter().filter(|k| events[k.1 as usize]).count();
                (same.len() - n_events, n_events)
            })
            .collect();
        let order: Vec<u32> = keys.into_iter().map(|key| key.1).collect();
        let n_columns = covariates.len();
        let (mut rows, mut deviation) = (vec![0.0; order.len() * n_columns], Vec::with_capacity(n_columns));
        for (j, column) in covariates.iter().enumerate() {
            let Some((mean, spread)) = mean_and_deviation(column) else {
                // A constant column stays 0, and is found to depend on the others.
                deviation.push(1.0);
                continue;
            };
            deviation.push(spread);
            for (row, &i) in rows.chunks_exact_mut(n_columns).zip(&order) {
                row[j] = (column[i as usize] - mean) / spread;
            }
        }
        Self { order, times, rows, deviation, n_columns }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.n_columns
    }

    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// Standard deviations of the covariates; 1 for a constant one.
    pub(super) fn deviations(&self) -> &[f64] {
        &self.deviation
    }

    /// Coefficients of the covariates as coefficients of the standardised ones.
    pub(super) fn standardised(&self, coefficients: &[f64]) -> Vec<f64> {
        coefficients.iter().zip(&self.deviation).map(|(b, s)| b * s).collect()
    }

    /// Risk of each row in the caller's order.
    pub(super) fn linear_predictor(&self, coefficients: &[f64]) -> Vec<f64> {
        let mut risk = vec![0.0; self.order.len()];
        for (k, &i) in self.order.iter().enumerate() {
            risk[i as usize] = dot(self.row(k), coefficients);
        }
        risk
    }

    fn row(&self, k: usize) -> &[f64] {
        &self.rows[k * self.n_columns..(k + 1) * self.n_columns]
    }

    /// Works out the likelihood at these coefficients of the standardised covariates.
    pub(super) fn evaluate(&self, coefficients: &[f64], ties: Ties) -> At {
        match self.n_columns {
            1 => self.evaluate_with::<1>(coefficients, ties),
            2 => self.evaluate_with::<2>(coefficients, ties),
            3 => self.evaluate_with::<3>(coefficients, ties),
            4 => self.evaluate_with::<4>(coefficients, ties),
            5 => self.evaluate_with::<5>(coefficients, ties),
            6 => self.evaluate_with::<6>(coefficients, ties),
            7 => self.evaluate_with::<7>(coefficients, ties),
            8 => self.evaluate_with::<8>(coefficients, ties),
            _ => self.evaluate_with::<0>(coefficients, ties),
        }
    }

    /// With a known number of columns the inner loops are unrolled; 0 stands for any number.
    fn evaluate_with<const P: usize>(&self, coefficients: &[f64], ties: Ties) -> At {
        let p = if P > 0 { P } else { self.n_columns };
        let shift = self.greatest_predictor(coefficients);
        let mut at = At { log_likelihood: 0.0, gradient: vec![0.0; p], information: vec![0.0; p * p] };
        let (mut at_risk, mut ending) = (Sums::new(p), Sums::new(p));
        let mut row = 0;
        for &(n_censored, n_events) in &self.times {
            for k in row..row + n_censored {
                let x = &self.rows[k * p..(k + 1) * p];
                at_risk.add::<P>((dot(x, coefficients) - shift).exp(), x);
            }
            row += n_censored;
            if n_events == 0 {
                continue;
            }
            ending.clear();
            for k in row..row + n_events {
                let x = &self.rows[k * p..(k + 1) * p];
                let predictor = dot(x, coefficients) - shift;
                at.log_likelihood += predictor;
                for (g, v) in at.gradient.iter_mut().zip(x) {
                    *g += v;
                }
                ending.add::<P>(predictor.exp(), x);
            }
            row += n_events;
            at_risk.join(&ending);
            add_events(&mut at, &at_risk, &ending, n_events, ties);
        }
        for i in 0..p {
            for j in 0..i {
                at.information[i * p + j] = at.information[j * p + i];
            }
        }
        at
    }

    /// The greatest linear predictor, so that no exponential overflows.
    fn greatest_predictor(&self, coefficients: &[f64]) -> f64 {
        if coefficients.iter().all(|b| *b == 0.0) {
            return 0.0;
        }
        let rows = self.rows.chunks_exact(self.n_columns.max(1));
        rows.map(|x| dot(x, coefficients)).fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Subtracts what those at risk contribute at one time with `n_events` events, whose sums are `ending`.
///
/// Efron's l-th factor has the sums of those at risk less the share l/d of those that end; all factors share one matrix of
/// second moments, so that each event costs a few scalars.
fn add_events(at: &mut At, at_risk: &Sums, ending: &Sums, n_events: usize, ties: Ties) {
    let d = n_events as f64;
    // Sums over l of f^a / S^b: (0,1), (1,1), (0,2), (1,2), (2,2).
    let mut s = [0.0; 5];
    match ties {
        Ties::Breslow => {
            let one = 1.0 / at_risk.weight;
            at.log_likelihood -= d * at_risk.weight.ln();
            (s[0], s[2]) = (d * one, d * one * one);
        }
        Ties::Efron => {
            let mut product = 1.0f64;
            for l in 0..n_events {
                let share = l as f64 / d;
                let left = at_risk.weight - share * ending.weight;
                let one = 1.0 / left;
                product *= left;
                // One logarithm for many factors.
                if !(1e-100..1e100).contains(&product) || l + 1 == n_events {
                    at.log_likelihood -= product.ln();
                    product = 1.0;
                }
                let (by_share, square) = (share * one, one * one);
                s[0] += one;
                s[1] += by_share;
                s[2] += square;
                s[3] += share * square;
                s[4] += by_share * by_share;
            }
        }
    }
    let p = at.gradient.len();
    let (r, e) = (&at_risk.first, &ending.first);
    let mut packed = 0;
    for i in 0..p {
        at.gradient[i] -= s[0] * r[i] - s[1] * e[i];
        for j in i..p {
            at.information[i * p + j] += s[0] * at_risk.second[packed]
                - s[1] * ending.second[packed]
                - (s[2] * r[i] * r[j] - s[3] * (r[i] * e[j] + e[i] * r[j]) + s[4] * e[i] * e[j]);
            packed += 1;
        }
    }
}

/// Sums of w, w x and w x xᵀ (upper triangle, packed).
struct Sums {
    weight: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    fn new(p: usize) -> Self {
        Self { weight: 0.0, first: vec![0.0; p], second: vec![0.0; p * (p + 1) / 2] }
    }

    fn clear(&mut self) {
        self.weight = 0.0;
        self.first.fill(0.0);
        self.second.fill(0.0);
    }

    #[inline]
    fn add<const P: usize>(&mut self, weight: f64, x: &[f64]) {
        let p = if P > 0 { P } else { x.len() };
        let (x, first, second) = (&x[..p], &mut self.first[..p], &mut self.second[..p * (p + 1) / 2]);
        self.weight += weight;
        let mut packed = 0;
        for i in 0..p {
            let part = weight * x[i];
            first[i] += part;
            for &value in &x[i..] {
                second[packed] += part * value;
                packed += 1;
            }
        }
    }

    fn join(&mut self, other: &Self) {
        self.weight += other.weight;
        for (a, b) in self.first.iter_mut().zip(&other.first) {
            *a += b;
        }
        for (a, b) in self.second.iter_mut().zip(&other.second) {
            *a += b;
        }
    }
}

#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Mean and standard deviation; `None` for a constant column, but for rounding.
fn mean_and_deviation(column: &[f64]) -> Option<(f64, f64)> {
    let n = column.len() as f64;
    let mean = column.iter().map(|v| v / n).sum::<f64>();
    let deviation = column.iter().map(|v| (v - mean) * (v - mean) / n).sum::<f64>().sqrt();
    (deviation > 1e-12 * mean.abs()).then_some((mean, deviation))
}
