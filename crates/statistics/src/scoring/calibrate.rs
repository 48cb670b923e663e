//! Setting probabilities right after the fact: what was said 30 times in a hundred should happen 30 times.
//!
//! A calibration is learnt from rows that the model had not seen. It does not make a ranking better.

use super::quality::surprise;
use super::{log_odds, probability};

/// Fewest rows of either kind for the free curve; with fewer it would follow chance.
pub const FEWEST_FOR_CURVE: usize = 500;

/// How a model's probability becomes the one that is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Calibration {
    /// It is believed as it is.
    AsIs,
    /// Log-odds times a slope plus a shift.
    Platt { slope: f64, shift: f64 },
    /// A curve that never falls: (probability of the model, probability told) at its knots, straight between them.
    Isotonic(Vec<(f64, f64)>),
}

impl Calibration {
    /// The probability to tell for the model's probability.
    pub fn apply(&self, p: f64) -> f64 {
        match self {
            Self::AsIs => p,
            Self::Platt { slope, shift } => probability(slope * log_odds(p) + shift),
            Self::Isotonic(knots) => along(knots, p),
        }
    }

    /// The name of the method, for a report.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AsIs => "none",
            Self::Platt { .. } => "platt",
            Self::Isotonic(_) => "isotonic",
        }
    }
}

/// Slope and shift of the log-odds by maximum likelihood.
///
/// Returns [`Calibration::AsIs`] where all or none happened, or no finite maximum is found.
///
/// **Source.** Platt (1999), with the targets (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2) that keep it finite.
pub fn platt(probabilities: &[f64], happened: &[bool]) -> Calibration {
    let positive = happened.iter().filter(|h| **h).count() as f64;
    let negative = happened.len() as f64 - positive;
    if positive < 1.0 || negative < 1.0 || probabilities.len() != happened.len() {
        return Calibration::AsIs;
    }
    let (high, low) = ((positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0));
    let (mut slope, mut shift) = (1.0, 0.0);
    for _ in 0..50 {
        let (mut g, mut h) = ([0.0; 2], [1e-9, 0.0, 1e-9]);
        for (p, happened) in probabilities.iter().zip(happened) {
            let x = log_odds(*p);
            let told = probability(slope * x + shift);
            let (rest, weight) = (if *happened { high } else { low } - told, told * (1.0 - told));
            g[0] += rest * x;
            g[1] += rest;
            h[0] += weight * x * x;
            h[1] += weight * x;
            h[2] += weight;
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        let step = [(g[0] * h[2] - g[1] * h[1]) / determinant, (g[1] * h[0] - g[0] * h[1]) / determinant];
        let length = step[0].abs().max(step[1].abs());
        if !length.is_finite() {
            return Calibration::AsIs;
        }
        let shrink = if length > 2.0 { 2.0 / length } else { 1.0 };
        slope += shrink * step[0];
        shift += shrink * step[1];
        if length < 1e-9 {
            break;
        }
    }
    // A slope that is not above 0 would turn the ranking round: then nothing was learnt.
    if slope > 0.0 && slope.is_finite() && shift.is_finite() {
        Calibration::Platt { slope, shift }
    } else {
        Calibration::AsIs
    }
}

/// The never falling curve nearest to what happened.
///
/// **Source.** Pool adjacent violators: Ayer et al. (1955); for probabilities: Zadrozny and Elkan (2002). Each level is
/// shrunk by half a row of either kind, so that nothing is told as certain.
pub fn isotonic(probabilities: &[f64], happened: &[bool]) -> Calibration {
    let mut rows: Vec<(f64, bool)> = probabilities.iter().copied().zip(happened.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Blocks of (sum of probabilities, hits, rows).
    let mut blocks: Vec<(f64, f64, f64)> = Vec::new();
    for ties in rows.chunk_by(|a, b| a.0 == b.0) {
        let n = ties.len() as f64;
        let hits = ties.iter().filter(|t| t.1).count() as f64;
        blocks.push((ties[0].0 * n, hits, n));
        while let [.., a, b] = blocks[..] {
            if a.1 * b.2 < b.1 * a.2 {
                break;
            }
            blocks.pop();
            blocks.pop();
            blocks.push((a.0 + b.0, a.1 + b.1, a.2 + b.2));
        }
    }
    let knots: Vec<(f64, f64)> =
        blocks.iter().map(|(sum, hits, n)| (sum / n, (hits + 0.5 * 0.5) / (n + 0.5))).collect();
    if knots.is_empty() { Calibration::AsIs } else { Calibration::Isotonic(rising(knots)) }
}

/// Shrinking may have turned two small neighbours round: the later is lifted to the earlier.
fn rising(mut knots: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let mut highest: f64 = 0.0;
    for knot in &mut knots {
        highest = highest.max(knot.1);
        knot.1 = highest;
    }
    knots
}

fn along(knots: &[(f64, f64)], p: f64) -> f64 {
    let after = knots.partition_point(|k| k.0 < p);
    match (after.checked_sub(1).map(|i| knots[i]), knots.get(after)) {
        (None, Some(first)) => first.1,
        (Some(last), None) => last.1,
        (Some(a), Some(b)) => a.1 + (b.1 - a.1) * ((p - a.0) / (b.0 - a.0)).clamp(0.0, 1.0),
        (None, None) => p,
    }
}

/// Learns a calibration from probabilities and what happened.
type Way = fn(&[f64], &[bool]) -> Calibration;

/// Chooses how to calibrate, by what each way would have told about folds that it did not learn from; gives the way learnt
/// from all rows, and the probabilities told for each row by the way learnt from the other folds.
///
/// **Shape.** For each row the probability of a model that had not seen it, what happened, and its fold.
pub fn choose(
    probabilities: &[f64],
    happened: &[bool],
    folds: &[usize],
    n_folds: usize,
) -> (Calibration, Vec<f64>) {
    let n_rare = happened.iter().filter(|h| **h).count().min(happened.iter().filter(|h| !**h).count());
    let mut ways: Vec<Way> = vec![platt];
    if n_rare >= FEWEST_FOR_CURVE {
        ways.push(isotonic);
    }
    let loss = |told: &[f64]| told.iter().zip(happened).map(|(p, h)| surprise(*p, *h)).sum::<f64>();
    let mut best = (Calibration::AsIs, probabilities.to_vec());
    let mut least = loss(probabilities);
    for way in ways {
        let told = crosswise(way, probabilities, happened, folds, n_folds);
        let found = loss(&told);
        // A way must be worth its freedom: more than a thousandth of the loss.
        if found < least * 0.999 {
            least = found;
            best = (way(probabilities, happened), told);
        }
    }
    best
}

fn crosswise(
    way: Way,
    probabilities: &[f64],
    happened: &[bool],
    folds: &[usize],
    n_folds: usize,
) -> Vec<f64> {
    let mut told = probabilities.to_vec();
    for fold in 0..n_folds {
        let rest = || (0..folds.len()).filter(|r| folds[*r] != fold);
        let others: Vec<f64> = rest().map(|r| probabilities[r]).collect();
        let outcomes: Vec<bool> = rest().map(|r| happened[r]).collect();
        let learnt = way(&others, &outcomes);
        (0..folds.len()).filter(|r| folds[*r] == fold).for_each(|r| told[r] = learnt.apply(probabilities[r]));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;
    use crate::scoring::quality::judge;

    /// A model that is too sure of itself: it tells log-odds twice as large as they are.
    fn too_sure(n: usize) -> (Vec<f64>, Vec<bool>) {
        let mut g = Generator::from_seed(3);
        (0..n)
            .map(|_| {
                let x = 1.5 * g.normal() - 1.0;
                (probability(2.0 * x + 0.5), g.uniform() < probability(x))
            })
            .unzip()
    }

    #[test]
    fn a_model_that_is_too_sure_is_brought_back() {
        let (told, happened) = too_sure(20_000);
        let Calibration::Platt { slope, shift } = platt(&told, &happened) else { panic!("no maximum") };
        assert!((slope - 0.5).abs() < 0.02 && (shift + 0.25).abs() < 0.05, "{slope} {shift}");
        let folds: Vec<usize> = (0..told.len()).map(|r| r % 5).collect();
        let (_, right) = choose(&told, &happened, &folds, 5);
        assert!(judge(&told, &happened).unwrap().ece > 0.05);
        assert!(judge(&right, &happened).unwrap().ece < 0.012);
    }

    #[test]
    fn the_free_curve_never_falls_and_never_says_certain() {
        let (told, happened) = too_sure(3_000);
        let curve = isotonic(&told, &happened);
        let along: Vec<f64> = (0..=100).map(|i| curve.apply(f64::from(i) / 100.0)).collect();
        assert!(along.windows(2).all(|w| w[0] <= w[1]));
        assert!(along[0] > 0.0 && along[100] < 1.0);
    }

    #[test]
    fn nothing_is_learnt_from_nothing() {
        assert_eq!(platt(&[0.5, 0.6], &[true, true]), Calibration::AsIs);
        assert_eq!(platt(&[], &[]), Calibration::AsIs);
        assert_eq!(isotonic(&[], &[]), Calibration::AsIs);
    }
}
