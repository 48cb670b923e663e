//! Metrics as pages show them: values in words, the chart of an outlook, choices of a form.

use cycle::analyze::forecasts::{self, MetricForecast};
use cycle::plan::metrics::values::in_words;
use cycle::plan::metrics::{Direction, Measured, Metric, Unit};
use cycle::plan::outlook::Point;
use records::values::currency::Currency;

use crate::charts::{Chart, Kind, Series, Unit as ChartUnit};
use crate::words;

/// "€12,400", "34 %"; a dash where nothing is known.
pub(crate) fn value(value: Option<f64>, metric: &Metric, currency: Currency) -> String {
    value.map_or_else(|| "–".to_string(), |value| in_words(value, metric.unit, currency))
}

/// "€12,000 – €13,000"; empty where nothing is known.
pub(crate) fn range(ends: Option<(f64, f64)>, metric: &Metric, currency: Currency) -> String {
    let told = |value: f64| in_words(value, metric.unit, currency);
    ends.map_or_else(String::new, |(low, high)| format!("{} – {}", told(low), told(high)))
}

pub(crate) fn direction(metric: &Metric) -> &'static str {
    match metric.direction {
        Direction::Up => "More is better",
        Direction::Down => "Less is better",
    }
}

/// The way from the newest value to a target, drawn over the periods ahead.
pub(crate) struct Target {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// What was measured, the corridor of the trend, and the way to a target if there is one.
pub(crate) fn chart(
    metric: &Metric,
    points: &[Point],
    target: Option<&Target>,
    subtitle: String,
    currency: Currency,
) -> Chart {
    let scale = match metric.unit {
        Unit::Money => 10_f64.powi(currency.digits() as i32),
        _ => 1.0,
    };
    let drawn = |value: f64| value / scale;
    let mut series = vec![Series {
        name: metric.name.clone(),
        values: points.iter().map(|point| point.value.map(drawn)).collect(),
        interval: None,
    }];
    if points.iter().any(|point| point.trend.is_some()) {
        let first = points.iter().find_map(|point| point.trend);
        let ends = |point: &Point| point.trend.or(first).map_or((0.0, 0.0), |trend| (trend.low, trend.high));
        // A band begins where the trend does: before, it is as narrow as a line on what was measured.
        let band = points.iter().map(|point| match (point.trend, point.value) {
            (None, Some(value)) => (drawn(value), drawn(value)),
            _ => (drawn(ends(point).0), drawn(ends(point).1)),
        });
        series.push(Series {
            name: "Trend, with the range of single periods".to_string(),
            values: points.iter().map(|point| point.trend.map(|trend| drawn(trend.estimate))).collect(),
            interval: Some(band.collect()),
        });
    }
    if let Some(target) = target.filter(|_| !points.is_empty()) {
        series.push(way(points, target, scale));
    }
    Chart {
        id: "outlook".to_string(),
        title: metric.name.clone(),
        subtitle,
        kind: Kind::Lines,
        label_name: "Period".to_string(),
        labels: points.iter().map(|point| point.period.to_string()).collect(),
        unit: unit(metric, currency),
        series,
    }
}

/// What was measured and what is foretold: the fan begins at the newest value.
pub(crate) fn fan(metric: &Metric, found: &MetricForecast, currency: Currency) -> Chart {
    let scale = match metric.unit {
        Unit::Money => 10_f64.powi(currency.digits() as i32),
        _ => 1.0,
    };
    let points = found.points();
    let newest = points.iter().rev().find_map(|point| point.value).unwrap_or_default();
    let ends = |point: &forecasts::Point| match (point.ahead, point.value) {
        (Some(ahead), _) => (ahead.low / scale, ahead.high / scale),
        (None, Some(value)) => (value / scale, value / scale),
        (None, None) => (newest / scale, newest / scale),
    };
    let last = points.iter().rposition(|point| point.value.is_some());
    let foretold = |(at, point): (usize, &forecasts::Point)| match point.ahead {
        Some(ahead) => Some(ahead.expected / scale),
        None => point.value.filter(|_| Some(at) == last).map(|value| value / scale),
    };
    let word = found.grain.word();
    Chart {
        id: format!("fan-{word}"),
        title: format!("{} by {word}: what comes next", metric.name),
        subtitle: format!(
            "Whole {word}s; in the band a {word} lies 19 times out of 20, if things go on as they did"
        ),
        kind: Kind::Lines,
        label_name: "Period".to_string(),
        labels: points.iter().map(|point| point.period.to_string()).collect(),
        unit: unit(metric, currency),
        series: vec![
            Series {
                name: "Measured".to_string(),
                values: points.iter().map(|point| point.value.map(|value| value / scale)).collect(),
                interval: None,
            },
            Series {
                name: "Forecast".to_string(),
                values: points.iter().enumerate().map(foretold).collect(),
                interval: Some(points.iter().map(ends).collect()),
            },
        ],
    }
}

fn way(points: &[Point], target: &Target, scale: f64) -> Series {
    let newest = points.iter().rposition(|point| point.value.is_some()).unwrap_or(0);
    let steps = (points.len() - 1 - newest).max(1) as f64;
    let at = |place: usize| match place < newest {
        true => None,
        false => Some((target.from + (target.to - target.from) * (place - newest) as f64 / steps) / scale),
    };
    Series {
        name: "Way to the target".to_string(),
        values: (0..points.len()).map(at).collect(),
        interval: None,
    }
}

fn unit(metric: &Metric, currency: Currency) -> ChartUnit {
    match metric.unit {
        Unit::Money => words::money_unit(currency.code()),
        Unit::Count => ChartUnit::Count,
        Unit::Share => ChartUnit::Share,
        Unit::Days => ChartUnit::Plain { digits: 1 },
        Unit::Ratio => ChartUnit::Plain { digits: 2 },
    }
}

/// What a figure is of: "of 1,204 customers who ordered", "from 1,204 customers".
pub(crate) fn denominator(metric: &Metric, measured: &Measured, currency: Currency) -> String {
    let Ok(shipped) = metric.shipped() else { return String::new() };
    if shipped.of_what.starts_with("money") {
        return format!("of {}", in_words(measured.denominator, Unit::Money, currency));
    }
    let word = if metric.kind.is_divided() { "of" } else { "from" };
    format!("{word} {} {}", words::count(measured.denominator.round() as i64), shipped.of_what)
}
