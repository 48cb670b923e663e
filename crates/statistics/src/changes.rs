//! When a number that is counted every period changed its level or its slope, and which single values stand out.
//!
//! The season is taken out, single spikes are tamed, and the series is cut where that pays for itself: exactly, by dynamic
//! programming, not by looking for one change at a time. A value stands out if it lies far from its stretch and its season,
//! measured by a spread that outliers do not move. It says when, not why.
//!
//! **Source.** Killick, Fearnhead and Eckley, "Optimal Detection of Changepoints With a Linear Computational Cost" (2012);
//! penalty: Zhang and Siegmund (2007); spread: Rousseeuw and Croux (1993).

mod stretches;

use crate::distributions::normal_upper_tail;
use crate::forecast::season::is_seasonal;
use stretches::{Shape, cut};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Periods in a season; 1 for none. 52 are the weeks of a year of 365.25 days, so that the season stays with the calendar.
    pub period: usize,
    /// A value stands out from this many robust standard deviations on; 3.5 is usual.
    pub threshold: f64,
    /// How much a change must pay for itself; 1 is usual, less finds more changes.
    pub penalty: f64,
}

/// A change of level or slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Place of the first value after the change.
    pub at: usize,
    /// What the stretches before and after it say at this place, without season.
    pub before: f64,
    pub after: f64,
    /// Slope per period of the stretches before and after; 0 where stretches are level.
    pub slope_before: f64,
    pub slope_after: f64,
    /// The difference in standard errors of the two stretches.
    pub z: f64,
}

/// A value that stands out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// Its place.
    pub at: usize,
    pub value: f64,
    /// What stretch and season say, and the range in which values do not stand out.
    pub expected: f64,
    pub low: f64,
    pub high: f64,
    /// Distance from the expected value in robust standard deviations.
    pub z: f64,
    /// Probability of such a value or one farther out in all of the series, if values were normal: Šidák's correction.
    pub p_value: f64,
}

/// What was found in a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub changes: Vec<Change>,
    pub anomalies: Vec<Anomaly>,
    /// What stretch and season say at each place.
    pub expected: Vec<f64>,
    /// Seasonal part by place in the season; empty without a season.
    pub season: Vec<f64>,
    /// Robust standard deviation around the expected values.
    pub noise: f64,
    /// Whether stretches have slopes or are level.
    pub sloped: bool,
    /// Whether a number that wanders by chance, each value from the one before, explains the series better than the stretches do: then
    /// the changes may be no more than its wandering.
    pub wanders: bool,
    /// Whether season and noise grow with the level, so that the search was done in logarithms: then the season multiplies, and
    /// the noise is a share.
    pub relative: bool,
}

/// Fewer values tell nothing.
pub const FEWEST_VALUES: usize = 8;

/// Finds changes and values that stand out.
///
/// **Shape.** `values` are in equal distances of time; NaN where a period is missing.
///
/// Returns `None` below [`FEWEST_VALUES`] known values, for an infinite value, or a threshold or penalty not above 0.
///
/// ```
/// let visits: Vec<f64> = (0..60).map(|t| if t < 40 { 100.0 } else { 130.0 } + [3.0, -2.0, -1.0][t % 3]).collect();
/// let options = statistics::changes::Options { period: 1, threshold: 3.5, penalty: 1.0 };
/// let found = statistics::changes::find(&visits, &options).expect("long enough");
/// assert_eq!(found.changes[0].at, 40);
/// ```
pub fn find(values: &[f64], options: &Options) -> Option<Found> {
    let known: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let possible = options.threshold > 0.0 && options.penalty > 0.0;
    if known.len() < FEWEST_VALUES || known.iter().any(|v| v.is_infinite()) || !possible {
        return None;
    }
    if !grows_with_level(&known, options.period) {
        return Some(search(values, options));
    }
    let logarithms: Vec<f64> = values.iter().map(|v| v.ln()).collect();
    Some(back_from_logarithms(search(&logarithms, options), values))
}

/// Whether what is left over a running median is larger where the values are, about in proportion.
fn grows_with_level(known: &[f64], period: usize) -> bool {
    if known.iter().any(|v| *v <= 0.0) {
        return false;
    }
    let around = running_median(known, period.max(5) | 1);
    let mut pairs: Vec<(f64, f64)> = around.iter().zip(known).map(|(a, v)| (*a, (v - a).abs())).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (low, high) = pairs.split_at(pairs.len() / 2);
    let of = |half: &[(f64, f64)], part: fn(&(f64, f64)) -> f64| median(half.iter().map(part).collect());
    let level = of(high, |p| p.0) / of(low, |p| p.0);
    let spread = of(high, |p| p.1) / of(low, |p| p.1);
    level > 1.3 && spread > level.sqrt()
}

fn back_from_logarithms(found: Found, values: &[f64]) -> Found {
    let change = |c: &Change| {
        let (before, after) = (c.before.exp(), c.after.exp());
        let (slope_before, slope_after) = (before * c.slope_before, after * c.slope_after);
        Change { before, after, slope_before, slope_after, ..*c }
    };
    let anomaly = |a: &Anomaly| Anomaly {
        value: values[a.at],
        expected: a.expected.exp(),
        low: a.low.exp(),
        high: a.high.exp(),
        ..*a
    };
    Found {
        changes: found.changes.iter().map(change).collect(),
        anomalies: found.anomalies.iter().map(anomaly).collect(),
        expected: found.expected.iter().map(|e| e.exp()).collect(),
        season: found.season.iter().map(|s| s.exp()).collect(),
        relative: true,
        ..found
    }
}

/// The search itself, for at least [`FEWEST_VALUES`] finite values.
fn search(values: &[f64], options: &Options) -> Found {
    let known: Vec<(usize, f64)> = values.iter().copied().enumerate().filter(|v| !v.1.is_nan()).collect();
    let season = season(values, options.period);
    let seasonal = |at: usize| if season.is_empty() { 0.0 } else { season[place(at, season.len())] };
    let level: Vec<f64> = known.iter().map(|&(at, v)| v - seasonal(at)).collect();
    let tamed = tamed(&level);
    let fit = best_cut(&tamed, options.penalty);
    let residuals: Vec<f64> = level.iter().zip(&fit.line).map(|(v, l)| v - l).collect();
    let noise = robust_deviation(&residuals).max(1e-9 * greatest(&level));
    let mut expected: Vec<f64> = (0..values.len()).map(seasonal).collect();
    let mut place = 0;
    for (at, e) in expected.iter_mut().enumerate() {
        while place + 1 < known.len() && known[place].0 < at {
            place += 1;
        }
        *e += fit.line[place];
    }
    let n = known.len() as f64;
    let anomalies = known.iter().filter_map(|&(at, value)| {
        let z = (value - expected[at]) / noise;
        let one = 2.0 * normal_upper_tail(z.abs());
        let reach = options.threshold * noise;
        (z.abs() > options.threshold).then(|| Anomaly {
            at,
            value,
            expected: expected[at],
            low: expected[at] - reach,
            high: expected[at] + reach,
            z,
            p_value: -(n * (-one).ln_1p()).exp_m1(),
        })
    });
    let anomalies = anomalies.collect();
    let changes = fit.changes(noise).into_iter().map(|c| Change { at: known[c.at].0, ..c }).collect();
    let sloped = fit.shape == Shape::Sloped;
    Found {
        changes,
        anomalies,
        expected,
        season,
        noise,
        sloped,
        wanders: wanders(&tamed, &fit),
        relative: false,
    }
}

fn greatest(values: &[f64]) -> f64 {
    values.iter().fold(1e-300, |m, v| m.max(v.abs()))
}

/// Weeks that a season of a year has places for, and weeks in a year of 365.25 days.
const WEEKS: (usize, f64) = (52, 365.25 / 7.0);

/// The place in its season of the value at `at`.
fn place(at: usize, period: usize) -> usize {
    if period != WEEKS.0 {
        return at % period;
    }
    let share = at as f64 % WEEKS.1 / WEEKS.1;
    ((share * period as f64) as usize).min(period - 1)
}

/// Seasonal parts around 0 as medians of what is left over a running median of one season; empty without a clear season.
fn season(values: &[f64], period: usize) -> Vec<f64> {
    let is_known = |at: &usize| !values[*at].is_nan();
    let known: Vec<usize> = (0..values.len()).filter(is_known).collect();
    if period < 2 || known.len() < 3 * period {
        return Vec::new();
    }
    let trend = running_median(values, period | 1);
    let left: Vec<f64> = values.iter().zip(&trend).map(|(v, t)| v - t).collect();
    let spread = robust_deviation(&known.iter().map(|at| left[*at]).collect::<Vec<_>>());
    // A missing value says nothing of the season, and the others keep their distance.
    let clipped: Vec<f64> =
        left.iter().map(|v| if v.is_nan() { 0.0 } else { v.clamp(-5.0 * spread, 5.0 * spread) }).collect();
    if spread == 0.0 || !is_seasonal(&clipped, period) {
        return Vec::new();
    }
    let mut own: Vec<Vec<f64>> = vec![Vec::new(); period];
    known.iter().for_each(|&at| own[place(at, period)].push(left[at]));
    let mut season: Vec<f64> = own.into_iter().map(median).collect();
    let mean = season.iter().sum::<f64>() / period as f64;
    season.iter_mut().for_each(|s| *s -= mean);
    season
}

/// Whether steps from value to value are so small that stretches explain no more than a number that wanders would.
fn wanders(values: &[f64], fit: &stretches::Fit) -> bool {
    let n = values.len() as f64;
    let squared: f64 = values.iter().zip(&fit.line).map(|(v, l)| (v - l) * (v - l)).sum();
    let steps: f64 = values.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum();
    fit.starts.len() > 1 && n * (steps / (n - 1.0)).ln() < n * (squared / n).ln() + fit.price()
}

/// Values with single spikes drawn in to three deviations of a short running median.
fn tamed(values: &[f64]) -> Vec<f64> {
    let around = running_median(values, 7);
    let left: Vec<f64> = values.iter().zip(&around).map(|(v, m)| v - m).collect();
    let reach = 3.0 * robust_deviation(&left);
    if reach == 0.0 {
        return around;
    }
    left.iter().zip(&around).map(|(l, m)| m + l.clamp(-reach, reach)).collect()
}

/// Level or sloped stretches, whichever pay more, with the noise measured twice: neighbouring values may be alike.
fn best_cut(values: &[f64], penalty: f64) -> stretches::Fit {
    let differences: Vec<f64> = values.windows(2).map(|w| w[1] - w[0]).collect();
    let least = 1e-9 * greatest(values);
    let noise = (robust_deviation(&differences) / std::f64::consts::SQRT_2).max(least);
    let of_shape = |shape: Shape| {
        let first = cut(values, noise, penalty, shape);
        let left: Vec<f64> = values.iter().zip(&first.line).map(|(v, l)| v - l).collect();
        let alike = autocorrelation(&left).clamp(0.0, 0.7);
        let own = robust_deviation(&left).max(least);
        let widened = own * ((1.0 + alike) / (1.0 - alike)).sqrt();
        cut(values, widened.max(noise * 0.5), penalty, shape)
    };
    let (level, sloped) = (of_shape(Shape::Level), of_shape(Shape::Sloped));
    // Both are judged by the same noise: that of the closer fit.
    let noise = level.noise.min(sloped.noise);
    if sloped.cost(values, noise, penalty) < level.cost(values, noise, penalty) { sloped } else { level }
}

fn autocorrelation(values: &[f64]) -> f64 {
    let all: f64 = values.iter().map(|v| v * v).sum();
    if all > 0.0 { values.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / all } else { 0.0 }
}

/// The median; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let high = *values.select_nth_unstable_by(middle, f64::total_cmp).1;
    if values.len() % 2 == 1 {
        return high;
    }
    let low = values[..middle].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    0.5 * (low + high)
}

/// The median distance from the median, as a standard deviation of normal values; where half the values are equal, that of the
/// mean distance.
fn robust_deviation(values: &[f64]) -> f64 {
    let centre = median(values.to_vec());
    let distances: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    let mean = distances.iter().sum::<f64>() / distances.len().max(1) as f64;
    let deviation = 1.4826 * median(distances);
    if deviation > 0.0 { deviation } else { 1.2533 * mean }
}

/// The median of `width` (odd) values around each place, fewer at the ends and where values are missing.
fn running_median(values: &[f64], width: usize) -> Vec<f64> {
    let half = width / 2;
    let n = values.len();
    let around = |at: usize| &values[at.saturating_sub(half)..(at + half + 1).min(n)];
    (0..n).map(|at| median(around(at).iter().copied().filter(|v| !v.is_nan()).collect())).collect()
}
