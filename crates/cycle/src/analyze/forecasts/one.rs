//! One series: what comes next, and what would have been said of its last period.

use super::series::{Grain, Series};
use super::{FEWEST_PERIODS, LEVEL, standing_words};
use crate::plan::metrics::Unit;
use crate::plan::periods::Period;
use serde::{Deserialize, Serialize};
use statistics::distributions::{student_t_cdf, student_t_quantile};
use statistics::forecast::{self, Forecast, Method, Options};

/// Periods of the past that are kept to be drawn.
const DRAWN: usize = 36;

/// The forecast of one metric over one kind of period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricForecast {
    pub key: String,
    pub version: i64,
    pub grain: Grain,
    /// The newest periods that are over, the oldest first.
    pub past: Vec<Past>,
    /// Periods that the forecast is made from.
    pub n_periods: usize,
    /// The coming periods; empty where nothing is foretold.
    pub ahead: Vec<Ahead>,
    /// How it was made, as a sentence without its point.
    pub method: String,
    /// Errors at origins in the past: in per cent of the size, and against repeating the season before (below 1 is better).
    pub smape: Option<f64>,
    pub mase: Option<f64>,
    pub n_origins: usize,
    /// What would have been said of the last period before it began, and what came.
    pub last: Option<LastOne>,
    /// Why nothing is foretold, and what it takes.
    pub abstained: Option<String>,
}

/// A period that is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Past {
    pub period: Period,
    pub value: Option<f64>,
}

/// A period to come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    pub period: Period,
    pub expected: f64,
    pub low: f64,
    pub high: f64,
}

/// A point of past or future for those who draw both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub period: Period,
    pub value: Option<f64>,
    pub ahead: Option<Ahead>,
}

/// The last period that is over: foretold without knowing it, and measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LastOne {
    pub period: Period,
    pub expected: f64,
    pub low: f64,
    pub high: f64,
    pub value: f64,
}

impl LastOne {
    /// What came less what was foretold.
    pub fn error(&self) -> f64 {
        self.value - self.expected
    }

    /// The error by what was foretold; None where nothing was.
    pub fn relative(&self) -> Option<f64> {
        (self.expected != 0.0).then(|| self.error() / self.expected.abs())
    }

    pub fn held(&self) -> bool {
        self.low <= self.value && self.value <= self.high
    }
}

impl MetricForecast {
    /// Past and future in one row.
    pub fn points(&self) -> Vec<Point> {
        let past = self.past.iter().map(|past| Point { period: past.period, value: past.value, ahead: None });
        let ahead = self.ahead.iter().map(|a| Point { period: a.period, value: None, ahead: Some(*a) });
        past.chain(ahead).collect()
    }
}

/// Foretells a series, or says what it takes.
pub(super) fn of(series: &Series) -> MetricForecast {
    let values = numbers(series);
    let n = values.iter().filter(|value| !value.is_nan()).count();
    let skipped = series.points.len().saturating_sub(DRAWN);
    let mut found = MetricForecast {
        key: series.metric.key.clone(),
        version: series.metric.version,
        grain: series.grain,
        past: series.points[skipped..]
            .iter()
            .map(|point| Past { period: point.period, value: point.value })
            .collect(),
        n_periods: n,
        ahead: Vec::new(),
        method: String::new(),
        smape: None,
        mase: None,
        n_origins: 0,
        last: None,
        abstained: None,
    };
    let newest = series.points.last().map(|point| point.period);
    let (Some(newest), true, true) =
        (newest, n >= FEWEST_PERIODS, values.last().is_some_and(|v| !v.is_nan()))
    else {
        found.abstained = Some(too_few(series, n));
        return found;
    };
    let options = Options { horizon: series.grain.horizon(), period: series.grain.season(), level: LEVEL };
    match forecast::forecast(&values, &options) {
        Ok(made) => {
            found.ahead = ahead(series, &made, newest);
            found.method = in_words(&made, series.grain);
            (found.smape, found.mase) = (made.rolling_smape, made.rolling_mase);
            found.n_origins = made.n_origins;
            found.last = last_one(series, &values, newest);
        }
        Err(_) => found.abstained = Some(too_few(series, n)),
    }
    found
}

/// The values of a series; NaN where there was nothing to measure.
pub(crate) fn numbers(series: &Series) -> Vec<f64> {
    series.points.iter().map(|point| point.value.unwrap_or(f64::NAN)).collect()
}

fn too_few(series: &Series, n: usize) -> String {
    if series.is_standing {
        return standing_words(&series.metric, n);
    }
    let word = series.grain.word();
    if n >= FEWEST_PERIODS {
        return format!(
            "nothing was measured in the last {word}; a forecast goes on from a value that is known"
        );
    }
    format!(
        "{n} whole {word}{} have a value, and a forecast needs {FEWEST_PERIODS}",
        if n == 1 { "" } else { "s" }
    )
}

fn ahead(series: &Series, made: &Forecast, newest: Period) -> Vec<Ahead> {
    let mut period = newest;
    let mut all = Vec::with_capacity(made.values.len());
    for ((&expected, &low), &high) in made.values.iter().zip(&made.low).zip(&made.high) {
        period = series.grain.following(period);
        let within = |value: f64| bounded(series, value);
        all.push(Ahead { period, expected: within(expected), low: within(low), high: within(high) });
    }
    all
}

/// A share of people lies from 0 to 1, whatever a line through the past says; growth may lie anywhere.
fn bounded(series: &Series, value: f64) -> f64 {
    match series.metric.unit {
        Unit::Share if series.metric.key != "sales_growth" => value.clamp(0.0, 1.0),
        _ => value,
    }
}

fn last_one(series: &Series, values: &[f64], newest: Period) -> Option<LastOne> {
    let (value, before) = values.split_last()?;
    let expected = expected_next(before, series.grain.season())?;
    let within = |value: f64| bounded(series, value);
    Some(LastOne {
        period: newest,
        expected: within(expected.value),
        low: within(expected.low),
        high: within(expected.high),
        value: *value,
    })
}

/// What a series lets expect of its next period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Degrees of freedom of the interval.
    degrees: f64,
}

impl Expected {
    /// The two-sided chance of a value this far off, where the series only goes on; None for a series without any noise.
    pub(crate) fn chance_of(&self, value: f64) -> Option<f64> {
        // An end may be cut at 0, so the farther one says how wide the interval is.
        let half = (self.high - self.value).max(self.value - self.low);
        let spread = half / student_t_quantile(0.5 + 0.5 * LEVEL, self.degrees);
        let t = (value - self.value).abs() / spread;
        t.is_finite().then(|| 2.0 * (1.0 - student_t_cdf(t, self.degrees)))
    }
}

/// What comes after the values; None with too few of them.
pub(crate) fn expected_next(values: &[f64], season: usize) -> Option<Expected> {
    let n = values.iter().filter(|value| !value.is_nan()).count();
    if n < FEWEST_PERIODS {
        return None;
    }
    let options = Options { horizon: 1, period: season, level: LEVEL };
    let made = forecast::forecast(values, &options).ok()?;
    let degrees = (n as f64 - 3.0).max(3.0);
    Some(Expected {
        value: *made.values.first()?,
        low: *made.low.first()?,
        high: *made.high.first()?,
        degrees,
    })
}

fn in_words(made: &Forecast, grain: Grain) -> String {
    let of = |method: &Method| match method {
        Method::SeasonalNaive => "the last season again".to_string(),
        Method::Smoothing(form) => match form.season {
            Some(_) => format!("exponential smoothing with a season of {} {}s", grain.season(), grain.word()),
            None => "exponential smoothing".to_string(),
        },
        Method::DampedTrend => "a trend that flattens".to_string(),
        Method::Theta => "the Theta method".to_string(),
        Method::Combination => "a combination".to_string(),
        Method::Constant => "the value that never changed".to_string(),
    };
    let mut parts: Vec<String> = made.parts.iter().map(of).collect();
    parts.dedup();
    match &parts[..] {
        [] => of(&made.method),
        [only] => only.clone(),
        [first @ .., last] => format!("the mean of {} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::Day;
    use crate::plan::metrics::{Measured, SHIPPED};
    use crate::plan::periods::Cadence;

    fn series(key: &str, values: &[Option<f64>]) -> Series {
        let metric = SHIPPED.iter().find(|metric| metric.key == key).unwrap().metric(0);
        let periods = Period::complete(Cadence::Month, Day::parse("2026-06-30").unwrap(), values.len());
        let point = |(period, value): (Period, &Option<f64>)| Measured {
            period,
            numerator: value.unwrap_or(0.0),
            denominator: f64::from(u8::from(value.is_some())),
            value: *value,
            error: None,
        };
        let points = periods.into_iter().zip(values).map(point).collect();
        Series { metric, grain: Grain::Month, points, is_standing: false }
    }

    #[test]
    fn a_short_series_says_what_it_needs_and_a_long_one_how_wrong_it_was_last_time() {
        let short = of(&series("return_rate", &[Some(0.1); 5]));
        assert!(short.ahead.is_empty() && short.last.is_none());
        assert_eq!(short.abstained.as_deref(), Some("5 whole months have a value, and a forecast needs 8"));

        let wavy = |at: usize| Some(1000.0 + 10.0 * at as f64 + [3.0, -8.0, 5.0][at % 3]);
        let mut values: Vec<Option<f64>> = (0..24).map(wavy).collect();
        values.push(Some(900.0));
        let found = of(&series("orders", &values));
        assert_eq!((found.abstained, found.ahead.len()), (None, Grain::Month.horizon()));
        assert_eq!(found.ahead[0].period.to_string(), "2026-07");
        let last = found.last.unwrap();
        assert!((last.expected - 1240.0).abs() < 25.0, "{last:?}");
        assert!(!last.held() && last.error() < -250.0, "the last month fell out of the range: {last:?}");
        let before = expected_next(&values[..24].iter().map(|v| v.unwrap()).collect::<Vec<_>>(), 12).unwrap();
        assert!(before.chance_of(900.0).unwrap() < 1e-6);
        assert!(before.chance_of(1240.0).unwrap() > 0.05);
    }

    #[test]
    fn a_share_stays_a_share_and_a_series_without_its_last_value_is_not_carried_on() {
        let values: Vec<Option<f64>> = (0..20).map(|at| Some(0.90 + 0.005 * f64::from(at))).collect();
        let found = of(&series("retention", &values));
        assert!(found.ahead.iter().all(|a| a.high <= 1.0 && a.expected <= 1.0));
        let mut ended = values;
        ended.push(None);
        assert!(of(&series("retention", &ended)).abstained.unwrap().contains("last month"));
    }
}
