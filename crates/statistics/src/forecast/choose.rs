//! One forecast of one series: candidates, their errors at origins in the past, the choice, and its interval.
//!
//! The candidates are repeating the last season, the best form of exponential smoothing, a damped trend, and Theta. Each is
//! fitted again at several origins in the past and asked for the periods after it, which it has not seen; a combination of
//! those that do nearly as well as the best is taken unless one alone is clearly better. The interval is as wide as the errors
//! of the chosen method were at each distance, widened by how much larger its errors on unseen periods were.

use super::errors::{mase, naive_error, smape};
use super::season::{self, Kind, Verdict};
use super::smoothing::{self, Form, Smoothing, Trend};
use super::theta::{self, Theta};
use crate::distributions::student_t_quantile;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Periods ahead.
    pub horizon: usize,
    /// Periods in a season; 1 for none.
    pub period: usize,
    /// Probability that the interval of a period holds, such as 0.95.
    pub level: f64,
}

/// How the forecast was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The last season again (the last value, without a season).
    SeasonalNaive,
    /// The form of exponential smoothing that the likelihood prefers.
    Smoothing(Form),
    /// Exponential smoothing with a damped trend.
    DampedTrend,
    Theta,
    /// The mean of several.
    Combination,
    /// All values are equal.
    Constant,
}

/// The forecast of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Of the next periods.
    pub values: Vec<f64>,
    /// Ends of the interval of each period.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
    pub method: Method,
    /// Which methods a combination is the mean of.
    pub parts: Vec<Method>,
    /// sMAPE and MASE of this choice over the origins in the past; `None` for a series too short for any.
    pub rolling_smape: Option<f64>,
    pub rolling_mase: Option<f64>,
    /// Origins in the past that were tried.
    pub n_origins: usize,
    /// Missing periods inside the series, which were interpolated.
    pub n_filled: usize,
}

/// Why there is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too few values for anything but repeating the last.
    TooShort { found: usize, needed: usize },
    /// A value is infinite.
    Infinite,
    /// A horizon of 0 or a level outside 0 and 1.
    Question,
}

/// Fewer values are not forecast.
pub const FEWEST_VALUES: usize = 4;
/// Origins in the past that are tried at most.
const MOST_ORIGINS: usize = 4;
/// A candidate joins the combination if its errors are at most this multiple of the least.
const NEARLY_AS_GOOD: f64 = 1.25;
/// One method alone must have errors below this share of the combination's.
const CLEARLY_BETTER: f64 = 0.95;

/// Forecasts a series.
///
/// **Shape.** `values` are in equal distances of time; NaN where a period is missing.
///
/// **Errors.** See [`Refusal`].
///
/// ```
/// use statistics::forecast::{forecast, Options};
/// let sales: Vec<f64> = (0..48).map(|t| 100.0 + t as f64 + [0.0, 20.0, -10.0, 5.0][t % 4]).collect();
/// let next = forecast(&sales, &Options { horizon: 4, period: 4, level: 0.9 }).expect("long enough");
/// assert!((next.values[1] - 169.0).abs() < 2.0);
/// ```
pub fn forecast(values: &[f64], options: &Options) -> Result<Forecast, Refusal> {
    let Options { horizon, level, .. } = *options;
    if horizon == 0 || !(level > 0.0 && level < 1.0) {
        return Err(Refusal::Question);
    }
    if values.iter().any(|v| v.is_infinite()) {
        return Err(Refusal::Infinite);
    }
    let (filled, n_filled) = without_gaps(values);
    if filled.len() < FEWEST_VALUES {
        return Err(Refusal::TooShort { found: filled.len(), needed: FEWEST_VALUES });
    }
    if filled.iter().all(|v| *v == filled[0]) {
        return Ok(constant(filled[0], horizon, n_filled));
    }
    let candidates = Candidates::fit(&filled, options);
    let origins = Origins::new(&filled, options, &candidates);
    let chosen = origins.choose(&candidates);
    let mut of_chosen = candidates.mean(&chosen, filled.len(), horizon);
    let spread = spread(&filled, &candidates, &chosen, &origins, horizon);
    let never_negative = filled.iter().all(|v| *v >= 0.0);
    let quantile = student_t_quantile(0.5 + 0.5 * level, (filled.len() as f64 - 3.0).max(3.0));
    if never_negative {
        of_chosen.iter_mut().for_each(|v| *v = v.max(0.0));
    }
    let end = |sign: f64| -> Vec<f64> {
        let ends = of_chosen.iter().zip(&spread).map(|(v, s)| v + sign * quantile * s);
        ends.map(|v| if never_negative { v.max(0.0) } else { v }).collect()
    };
    let (rolling_smape, rolling_mase) = origins.errors(&filled, &chosen, options.period);
    let method = if let [only] = chosen[..] { candidates.method(only) } else { Method::Combination };
    Ok(Forecast {
        low: end(-1.0),
        high: end(1.0),
        values: of_chosen,
        method,
        parts: chosen.iter().map(|&c| candidates.method(c)).collect(),
        rolling_smape,
        rolling_mase,
        n_origins: origins.windows.len(),
        n_filled,
    })
}

fn constant(value: f64, horizon: usize, n_filled: usize) -> Forecast {
    let values = vec![value; horizon];
    Forecast {
        low: values.clone(),
        high: values.clone(),
        values,
        method: Method::Constant,
        parts: vec![Method::Constant],
        rolling_smape: Some(0.0),
        rolling_mase: None,
        n_origins: 0,
        n_filled,
    }
}

/// The series from its first to its last value, with straight lines over what is missing between.
fn without_gaps(values: &[f64]) -> (Vec<f64>, usize) {
    let (Some(first), Some(last)) =
        (values.iter().position(|v| !v.is_nan()), values.iter().rposition(|v| !v.is_nan()))
    else {
        return (Vec::new(), 0);
    };
    let mut filled = values[first..=last].to_vec();
    let (mut n_filled, mut known) = (0, 0);
    for at in 1..filled.len() {
        if filled[at].is_nan() {
            continue;
        }
        let gap = at - known;
        for k in 1..gap {
            filled[known + k] = filled[known] + (filled[at] - filled[known]) * k as f64 / gap as f64;
            n_filled += 1;
        }
        known = at;
    }
    (filled, n_filled)
}

/// The methods of the candidates by place.
const N_CANDIDATES: usize = 4;
const NAIVE: usize = 0;
const SMOOTHED: usize = 1;
const DAMPED: usize = 2;
// The last place, 3, is that of Theta.

/// The candidates, fitted to one stretch of a series.
struct Candidates {
    last: Vec<f64>,
    seasonal: bool,
    smoothed: Option<Smoothing>,
    damped: Option<Smoothing>,
    theta: Option<Theta>,
    period: usize,
}

impl Candidates {
    /// Fits all, choosing the form of smoothing by AICc.
    fn fit(values: &[f64], options: &Options) -> Self {
        let period = options.period.max(1);
        let verdict = season::verdict(values, period);
        let positive = values.iter().all(|v| *v > 0.0);
        let fits = forms(verdict, positive, values.len()).into_iter();
        let mut fits: Vec<Smoothing> = fits.filter_map(|form| smoothing::fit(values, period, form)).collect();
        let criterion =
            |fit: &Smoothing| if verdict == Verdict::Seasonal { fit.aicc_besides_season } else { fit.aicc };
        let least = |a: &&Smoothing, b: &&Smoothing| criterion(a).total_cmp(&criterion(b));
        let smoothed = fits.iter().min_by(least).cloned();
        let seasonal = match verdict {
            Verdict::Open => smoothed.as_ref().is_some_and(|best| best.form.season.is_some()),
            verdict => verdict == Verdict::Seasonal,
        };
        fits.retain(|f| f.form.season.is_some() == seasonal || verdict != Verdict::Open);
        let damped = fits.iter().filter(|f| f.form.trend == Trend::Damped).min_by(least).cloned();
        let theta = theta::fit(values, if seasonal { period } else { 1 });
        Self { last: values.to_vec(), seasonal, smoothed, damped, theta, period }
    }

    /// Fits the same forms to a part of the series.
    fn fit_again(&self, values: &[f64]) -> Self {
        let again = |fitted: &Option<Smoothing>| {
            fitted.as_ref().and_then(|fitted| smoothing::fit(values, self.period, fitted.form))
        };
        let same = match (&self.smoothed, &self.damped) {
            (Some(a), Some(b)) => a.form == b.form,
            _ => false,
        };
        let smoothed = again(&self.smoothed);
        let damped = if same { smoothed.clone() } else { again(&self.damped) };
        let theta = theta::fit(values, if self.seasonal { self.period } else { 1 });
        Self { last: values.to_vec(), seasonal: self.seasonal, smoothed, damped, theta, period: self.period }
    }

    fn method(&self, candidate: usize) -> Method {
        match candidate {
            NAIVE => Method::SeasonalNaive,
            SMOOTHED => self.smoothed.as_ref().map_or(Method::SeasonalNaive, |s| Method::Smoothing(s.form)),
            DAMPED => Method::DampedTrend,
            _ => Method::Theta,
        }
    }

    /// What a candidate says before value `origin` about the next periods; `None` where it could not be fitted.
    fn ahead(&self, candidate: usize, origin: usize, horizon: usize) -> Option<Vec<f64>> {
        let found = match candidate {
            NAIVE => {
                let season = if self.seasonal { self.period } else { 1 };
                let start = origin.checked_sub(season)?;
                (0..horizon).map(|h| self.last[start + h % season]).collect()
            }
            SMOOTHED => self.smoothed.as_ref()?.ahead_at(origin, horizon),
            DAMPED => self.damped.as_ref()?.ahead_at(origin, horizon),
            _ => self.theta.as_ref()?.ahead_at(origin, horizon),
        };
        found.iter().all(|v| v.is_finite()).then_some(found)
    }

    /// The mean of what several candidates say.
    fn mean(&self, chosen: &[usize], origin: usize, horizon: usize) -> Vec<f64> {
        let (mut sum, mut n) = (vec![0.0; horizon], 0.0);
        for found in chosen.iter().filter_map(|&c| self.ahead(c, origin, horizon)) {
            sum.iter_mut().zip(found).for_each(|(s, v)| *s += v);
            n += 1.0;
        }
        if n == 0.0 {
            return vec![self.last[origin - 1]; horizon];
        }
        sum.iter().map(|s| s / n).collect()
    }
}

/// The forms of smoothing that are worth trying; where the season is open, with and without.
fn forms(season: Verdict, positive: bool, n: usize) -> Vec<Form> {
    let mut forms = Vec::new();
    let trends: &[Trend] =
        if n >= 8 { &[Trend::None, Trend::Straight, Trend::Damped] } else { &[Trend::None] };
    for &trend in trends {
        if season != Verdict::None {
            forms.push(Form { trend, season: Some(Kind::Added), relative_errors: false });
            if positive {
                forms.push(Form { trend, season: Some(Kind::Multiplied), relative_errors: true });
            }
        }
        if season != Verdict::Seasonal {
            forms.push(Form { trend, season: None, relative_errors: false });
            if positive {
                forms.push(Form { trend, season: None, relative_errors: true });
            }
        }
    }
    forms
}

/// What the candidates said at origins in the past, and what came.
struct Origins {
    /// (first value not seen, forecasts by candidate)
    windows: Vec<(usize, [Option<Vec<f64>>; N_CANDIDATES])>,
    actual: Vec<f64>,
    scale: f64,
}

impl Origins {
    fn new(values: &[f64], options: &Options, candidates: &Candidates) -> Self {
        let n = values.len();
        let period = if candidates.seasonal { options.period } else { 1 };
        let fewest = (3 * period).max(2 * FEWEST_VALUES).max(n / 2);
        let length = options.horizon.min((n / 4).max(1));
        let room = n.saturating_sub(length + fewest);
        let step = (length / 2).max(1).max(room / (2 * MOST_ORIGINS));
        let mut windows = Vec::new();
        for k in 0..MOST_ORIGINS {
            let Some(origin) = (n - length).checked_sub(k * step).filter(|o| *o >= fewest) else { break };
            let again = candidates.fit_again(&values[..origin]);
            windows.push((origin, std::array::from_fn(|c| again.ahead(c, origin, length))));
        }
        let scale = naive_error(values, 1).unwrap_or(1.0);
        Self { windows, actual: values.to_vec(), scale }
    }

    /// Mean absolute error of the mean of some candidates, over all origins.
    fn error(&self, chosen: &[usize]) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for (origin, said) in &self.windows {
            let Some(mean) = mean_of(said, chosen) else { return f64::INFINITY };
            for (y, f) in self.actual[*origin..].iter().zip(&mean) {
                sum += (y - f).abs() / self.scale;
                n += 1.0;
            }
        }
        if n > 0.0 { sum / n } else { f64::INFINITY }
    }

    fn choose(&self, candidates: &Candidates) -> Vec<usize> {
        let possible: Vec<usize> =
            (0..N_CANDIDATES).filter(|&c| candidates.ahead(c, candidates.last.len(), 1).is_some()).collect();
        let errors: Vec<f64> = possible.iter().map(|&c| self.error(&[c])).collect();
        let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
        let without_naive: Vec<usize> = possible.iter().copied().filter(|c| *c != NAIVE).collect();
        if !least.is_finite() {
            return if without_naive.is_empty() { possible } else { without_naive };
        }
        let near = possible.iter().zip(&errors).filter(|(_, e)| **e <= NEARLY_AS_GOOD * least);
        let near: Vec<usize> = near.map(|(c, _)| *c).collect();
        let mut best = (self.error(&near), near);
        if !without_naive.is_empty() {
            let error = self.error(&without_naive);
            if error < best.0 {
                best = (error, without_naive);
            }
        }
        for (&c, &error) in possible.iter().zip(&errors) {
            if error < CLEARLY_BETTER * best.0 {
                best = (error / CLEARLY_BETTER, vec![c]);
            }
        }
        best.1
    }

    /// sMAPE and MASE over the origins.
    fn errors(&self, values: &[f64], chosen: &[usize], period: usize) -> (Option<f64>, Option<f64>) {
        let (mut smapes, mut mases) = (Vec::new(), Vec::new());
        for (origin, said) in &self.windows {
            let Some(mean) = mean_of(said, chosen) else { continue };
            let actual = &values[*origin..*origin + mean.len()];
            smapes.extend(smape(actual, &mean));
            mases.extend(mase(actual, &mean, &values[..*origin], period));
        }
        let mean = |all: &[f64]| (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64);
        (mean(&smapes), mean(&mases))
    }
}

fn mean_of(said: &[Option<Vec<f64>>; N_CANDIDATES], chosen: &[usize]) -> Option<Vec<f64>> {
    let found: Vec<&Vec<f64>> = chosen.iter().filter_map(|&c| said[c].as_ref()).collect();
    let first = found.first()?;
    let at = |h: usize| found.iter().map(|f| f[h]).sum::<f64>() / found.len() as f64;
    Some((0..first.len()).map(at).collect())
}

/// Standard deviation of the error at each distance.
///
/// From what the chosen methods, as fitted to the whole series, would have said before each of its values; the errors are
/// taken relative to the level where the errors grow with it. They are widened by how much larger the errors were at the
/// origins that a fit had not seen, and never shrink with distance.
fn spread(
    values: &[f64],
    candidates: &Candidates,
    chosen: &[usize],
    origins: &Origins,
    horizon: usize,
) -> Vec<f64> {
    let n = values.len();
    let relative = candidates.smoothed.as_ref().is_some_and(|s| s.form.relative_errors);
    let first = if candidates.seasonal { candidates.period + 1 } else { 2 }.max(n / 10).min(n - 1);
    let (mut squares, mut counts) = (vec![0.0; horizon], vec![0.0f64; horizon]);
    let size = |f: f64| if relative { f.abs().max(1e-300) } else { 1.0 };
    for origin in first..n {
        let said = candidates.mean(chosen, origin, horizon.min(n - origin));
        for (h, f) in said.iter().enumerate() {
            let error = (values[origin + h] - f) / size(*f);
            squares[h] += error * error;
            counts[h] += 1.0;
        }
    }
    let (mut seen, mut unseen) = (0.0, 0.0);
    for (origin, said) in &origins.windows {
        let Some(mean) = mean_of(said, chosen) else { continue };
        for (h, f) in mean.iter().enumerate().filter(|(h, _)| counts[*h] > 0.0) {
            let error = (values[origin + h] - f) / size(*f);
            unseen += error * error;
            seen += squares[h] / counts[h];
        }
    }
    let parameters = (n as f64 / (n as f64 - 4.0).max(1.0)).sqrt();
    let widened = if seen > 0.0 { (unseen / seen).sqrt().clamp(1.0, 2.0).sqrt() } else { 1.15 };
    let ahead = candidates.mean(chosen, n, horizon);
    let mut greatest = 0.0f64;
    (0..horizon)
        .map(|h| {
            // With few errors at a distance, that of a random walk from the last well-known distance is the least.
            let own = if counts[h] >= 3.0 || (h == 0 && counts[h] > 0.0) {
                (squares[h] / counts[h]).sqrt()
            } else {
                greatest * ((h + 1) as f64 / h.max(1) as f64).sqrt()
            };
            greatest = greatest.max(own);
            greatest * parameters * widened * size(ahead[h])
        })
        .collect()
}
