//! From scores to the probability that the best class is right.

/// What the scores of one text look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// Score of the best class.
    pub best: f64,
    /// How far the second lies below it.
    pub lead: f64,
    /// Share of the words that are known.
    pub known: f64,
}

impl Evidence {
    fn row(self) -> [f64; N] {
        [1.0, self.best, self.lead, self.known]
    }
}

const N: usize = 4;

/// A logistic regression of "the best class is right" on the evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    coefficients: [f64; N],
    /// Best score and share of known words below which a text is unlike those that were learned from.
    least: (f64, f64),
}

impl Calibration {
    /// Fits by Newton's method with a weak ridge, which keeps the coefficients finite where all were right.
    ///
    /// Of the texts told right, `mistaken` lie below the least best score, and as many below the least share of known words.
    pub(super) fn fit(evidence: &[(Evidence, bool)], mistaken: f64) -> Calibration {
        let mut b = [0.0; N];
        for _ in 0..50 {
            let mut gradient = b.map(|b| -RIDGE * b);
            let mut curvature = [[0.0; N]; N];
            for (i, row) in curvature.iter_mut().enumerate() {
                row[i] = RIDGE;
            }
            for (evidence, right) in evidence {
                let x = evidence.row();
                let p = logistic(dot(&b, &x));
                let residual = f64::from(u8::from(*right)) - p;
                for i in 0..N {
                    gradient[i] += residual * x[i];
                    for j in 0..N {
                        curvature[i][j] += p * (1.0 - p) * x[i] * x[j];
                    }
                }
            }
            let step = solve(curvature, gradient);
            let size = step.iter().fold(0.0f64, |a, s| a.max(s.abs()));
            // A bounded step keeps the first ones from overshooting.
            let scale = if size > 4.0 { 4.0 / size } else { 1.0 };
            (0..N).for_each(|i| b[i] += scale * step[i]);
            if size < 1e-9 {
                break;
            }
        }
        let quantile = |pick: fn(&Evidence) -> f64| {
            let mut of_right: Vec<f64> =
                evidence.iter().filter(|(_, right)| *right).map(|(e, _)| pick(e)).collect();
            of_right.sort_by(f64::total_cmp);
            of_right
                .get((of_right.len() as f64 * mistaken / 2.0) as usize)
                .copied()
                .unwrap_or(f64::NEG_INFINITY)
        };
        let least = (quantile(|e| e.best).min(SURELY_KNOWN.0), quantile(|e| e.known).min(SURELY_KNOWN.1));
        Calibration { coefficients: b, least }
    }

    pub(super) fn in_scope(&self, evidence: Evidence) -> bool {
        evidence.best >= self.least.0 && evidence.known >= self.least.1
    }

    pub(super) fn probability(&self, evidence: Evidence) -> f64 {
        logistic(dot(&self.coefficients, &evidence.row()))
    }
}

const RIDGE: f64 = 0.5;
/// A text on the right side of the plane of its class, or of which half the words are known, is never called strange, however
/// alike the texts were that were learned from.
const SURELY_KNOWN: (f64, f64) = (0.0, 0.5);

fn dot(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Gauss with the largest pivot; the ridge keeps the matrix regular.
fn solve(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for i in 0..N {
        let pivot = (i..N).max_by(|&p, &q| a[p][i].abs().total_cmp(&a[q][i].abs())).unwrap_or(i);
        a.swap(i, pivot);
        b.swap(i, pivot);
        for j in i + 1..N {
            let factor = a[j][i] / a[i][i];
            let row = a[i];
            (i..N).for_each(|k| a[j][k] -= factor * row[k]);
            b[j] -= factor * b[i];
        }
    }
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    b
}
