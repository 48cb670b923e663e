//! How wrong a forecast was: sMAPE and MASE, as the M competitions define them.
//!
//! sMAPE punishes forecasts below more than above and jumps near zero; MASE compares with repeating the last season.

/// Symmetric mean absolute percentage error, from 0 to 200 (per cent): the mean of 200·|y − f| / (|y| + |f|). A pair of
/// zeros counts as no error.
///
/// Returns `None` for slices of unequal length or none.
///
/// **Source.** Makridakis and Hibon, "The M3-Competition" (2000).
///
/// ```
/// assert_eq!(statistics::forecast::errors::smape(&[100.0, 0.0], &[100.0, 0.0]), Some(0.0));
/// ```
pub fn smape(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    if actual.is_empty() || actual.len() != forecast.len() {
        return None;
    }
    let of = |(y, f): (&f64, &f64)| {
        let size = y.abs() + f.abs();
        if size > 0.0 { 200.0 * (y - f).abs() / size } else { 0.0 }
    };
    Some(actual.iter().zip(forecast).map(of).sum::<f64>() / actual.len() as f64)
}

/// Mean absolute error divided by that of repeating the last season inside `history`; below 1 is better than that.
///
/// Returns `None` for slices of unequal length or none, a history that is not longer than a season, or one that repeats
/// itself exactly.
///
/// **Source.** Hyndman and Koehler, "Another look at measures of forecast accuracy" (2006).
pub fn mase(actual: &[f64], forecast: &[f64], history: &[f64], season: usize) -> Option<f64> {
    if actual.is_empty() || actual.len() != forecast.len() {
        return None;
    }
    let scale = naive_error(history, season)?;
    let error = actual.iter().zip(forecast).map(|(y, f)| (y - f).abs()).sum::<f64>() / actual.len() as f64;
    Some(error / scale)
}

/// Mean absolute error of repeating the last season inside `history`; values that are missing (NaN) are passed over.
pub(super) fn naive_error(history: &[f64], season: usize) -> Option<f64> {
    let season = season.max(1);
    let (mut sum, mut n) = (0.0, 0usize);
    for (before, after) in history.iter().zip(history.get(season..)?) {
        if before.is_finite() && after.is_finite() {
            sum += (after - before).abs();
            n += 1;
        }
    }
    (n > 0 && sum > 0.0).then(|| sum / n as f64)
}
