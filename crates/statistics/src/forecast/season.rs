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

/// What a series says of its season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Seasonal,
    /// Hidden behind a trend: the closer fit may decide.
    Open,
    None,
}

/// Whether a series has a season.
///
/// From three seasons on by [`is_seasonal`], and where that says no, by what is left over a moving average, which no trend hides.
/// From two seasons on by how alike they are, at 99 %.
pub fn verdict(values: &[f64], period: usize) -> Verdict {
    if period < 2 || values.len() < 2 * period {
        return Verdict::None;
    }
    if values.len() < 3 * period {
        return if seasons_are_alike(values, period) { Verdict::Seasonal } else { Verdict::None };
    }
    if is_seasonal(values, period) {
        return Verdict::Seasonal;
    }
    let half = period / 2;
    let left: Vec<f64> =
        (half..values.len() - half).map(|at| values[at] - centred_mean(values, at, period)).collect();
    let of_lag = |lag: usize| left.iter().zip(&left[lag..]).map(|(a, b)| a * b).sum::<f64>();
    let all = of_lag(0);
    let stands_out = all > 0.0 && of_lag(period) > (2.0 / (left.len() as f64).sqrt()).min(0.3) * all;
    if stands_out { Verdict::Open } else { Verdict::None }
}

/// Whether what is left over a straight line correlates with itself a season later, by Fisher's transformation.
fn seasons_are_alike(values: &[f64], period: usize) -> bool {
    let n_pairs = values.len() - period;
    if n_pairs < 5 {
        return false;
    }
    let n = values.len() as f64;
    let middle = 0.5 * (n - 1.0);
    let mean = values.iter().sum::<f64>() / n;
    let from_middle = |at: usize| at as f64 - middle;
    let cross: f64 = values.iter().enumerate().map(|(at, v)| from_middle(at) * (v - mean)).sum();
    let slope = cross / (n * (n * n - 1.0) / 12.0);
    let left: Vec<f64> =
        values.iter().enumerate().map(|(at, v)| v - mean - slope * from_middle(at)).collect();
    let (first, second) = (&left[..n_pairs], &left[period..]);
    let centre = |values: &[f64]| values.iter().sum::<f64>() / n_pairs as f64;
    let (a, b) = (centre(first), centre(second));
    let sum = |x: &[f64], x0: f64, y: &[f64], y0: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - x0) * (y - y0)).sum()
    };
    let size = (sum(first, a, first, a) * sum(second, b, second, b)).sqrt();
    let correlation = if size > 0.0 { sum(first, a, second, b) / size } else { 0.0 };
    correlation.min(1.0 - 1e-12).atanh() * (n_pairs as f64 - 3.0).sqrt() > 2.33
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
