//! Whether a series has a season, and its indices by the classical decomposition.
//!
//! One season only: a daily series with a weekly and a yearly one keeps the latter in its level.

/// How a season acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It adds the same amount at every level.
    Added,
    /// It multiplies the level.
    Multiplied,
}

/// Whether the values repeat with this period, at 90 %: the autocorrelation at one season, against that of a series whose
/// shorter autocorrelations are as they are.
///
/// **Source.** Assimakopoulos and Nikolopoulos (2000), as the M4 competition used it.
pub fn is_seasonal(values: &[f64], period: usize) -> bool {
    if period < 2 || values.len() < 3 * period {
        return false;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    if variance <= 0.0 {
        return false;
    }
    let correlation = |lag: usize| {
        let pairs = values.iter().zip(&values[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / variance
    };
    let before: f64 = (1..period).map(|lag| correlation(lag).powi(2)).sum();
    correlation(period).abs() > 1.645 * ((1.0 + 2.0 * before) / n).sqrt()
}

/// Seasonal indices by place in the season, the first value at place 0: around 1 if multiplied, around 0 if added.
///
/// Centred moving averages give the level; the indices are the means of what is left over.
///
/// Returns `None` for fewer than two seasons, or values that are not all above 0 for a multiplied season.
pub fn indices(values: &[f64], period: usize, kind: Kind) -> Option<Vec<f64>> {
    if period < 2
        || values.len() < 2 * period
        || (kind == Kind::Multiplied && values.iter().any(|v| *v <= 0.0))
    {
        return None;
    }
    let half = period / 2;
    let (mut sums, mut counts) = (vec![0.0; period], vec![0.0; period]);
    for at in half..values.len() - half {
        let level = centred_mean(values, at, period);
        let left = match kind {
            Kind::Added => values[at] - level,
            Kind::Multiplied => values[at] / level,
        };
        if left.is_finite() {
            sums[at % period] += left;
            counts[at % period] += 1.0;
        }
    }
    if counts.contains(&0.0) {
        return None;
    }
    let mut indices: Vec<f64> = sums.iter().zip(&counts).map(|(s, n)| s / n).collect();
    let mean = indices.iter().sum::<f64>() / period as f64;
    for index in &mut indices {
        match kind {
            Kind::Added => *index -= mean,
            Kind::Multiplied => *index = (*index / mean).max(1e-3),
        }
    }
    Some(indices)
}

/// The mean of one season around a place; for an even period the two ends count half.
fn centred_mean(values: &[f64], at: usize, period: usize) -> f64 {
    let half = period / 2;
    let window = &values[at - half..=(at + half).min(values.len() - 1)];
    if period % 2 == 1 {
        return window.iter().sum::<f64>() / window.len() as f64;
    }
    let ends = 0.5 * (window[0] + window[window.len() - 1]);
    (window[1..window.len() - 1].iter().sum::<f64>() + ends) / period as f64
}
