//! Forecasts: what every metric will be if things go on as they did, beside how wrong the last forecast was.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use cycle::analyze::forecasts::{Grain, LastOne, MetricForecast, Report};
use cycle::analyze::results;
use cycle::calendar::Day;
use cycle::plan::metrics::{self, Metric, Unit as MetricUnit};
use platform::Snapshot;
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::metric_words;
use crate::charts::Chart;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Stat, Tab};
use crate::query::Query;
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "forecasts/list.html")]
struct Index {
    page: Layout,
    may_write: bool,
    is_known: bool,
    as_of: String,
    word: &'static str,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    /// Address, name and reason.
    silent: Vec<(String, String, String)>,
}

/// One metric that is foretold.
struct Row {
    href: String,
    name: String,
    past: Vec<f64>,
    meaning: String,
    value: String,
    period: String,
    foretold: String,
    error: String,
    held: Option<(&'static str, &'static str)>,
    next: String,
    next_period: String,
    interval: String,
    usual: String,
    compared: String,
}

/// Periods of the small drawing beside a metric.
const DRAWN: usize = 13;

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let grain = Grain::parse(query.get("by")).unwrap_or(Grain::Month);
    let read =
        |s: &mut Snapshot<'_>| Ok((results::latest_forecasts(s)?, metrics::list(s)?, workspace_currency(s)?));
    let (latest, known, currency) = app.store.read(read).await?;
    let report = latest.map(|latest| latest.result);
    let found = report.as_ref().map(|report| rows(report, grain, &known, currency)).unwrap_or_default();
    let tab = |label: &str, one: Grain| Tab {
        label: label.to_string(),
        href: format!("/forecasts?by={}", one.name()),
        current: one == grain,
        count: None,
    };
    respond::page(&Index {
        page: current.layout(Place::Forecasts, "Forecasts"),
        may_write: current.may_write(),
        is_known: !found.0.is_empty() || !found.1.is_empty(),
        as_of: report.map(|report| report.last_day.to_string()).unwrap_or_default(),
        word: grain.word(),
        tabs: vec![tab("Months", Grain::Month), tab("Weeks", Grain::Week)],
        rows: found.0,
        silent: found.1,
    })
}

type Rows = (Vec<Row>, Vec<(String, String, String)>);

fn rows(report: &Report, grain: Grain, known: &[Metric], currency: Currency) -> Rows {
    let by_key: HashMap<&str, &Metric> = known.iter().map(|metric| (metric.key.as_str(), metric)).collect();
    let mut found = Rows::default();
    for one in report.metrics.iter().filter(|one| one.grain == grain) {
        let Some(metric) = by_key.get(one.key.as_str()) else { continue };
        let href = format!("/dictionary/{}", one.key);
        match &one.abstained {
            Some(why) => found.1.push((href, metric.name.clone(), why.clone())),
            None => found.0.push(row(metric, one, href, currency)),
        }
    }
    found
}

fn row(metric: &Metric, found: &MetricForecast, href: String, currency: Currency) -> Row {
    let told = |value: Option<f64>| metric_words::value(value, metric, currency);
    let past: Vec<f64> = found.past.iter().rev().map_while(|past| past.value).take(DRAWN).collect();
    let newest = found.past.last();
    let next = found.ahead.first();
    Row {
        href,
        name: metric.name.clone(),
        meaning: format!("{} over the last {} {}s", metric.name, past.len(), found.grain.word()),
        past: past.into_iter().rev().collect(),
        value: told(newest.and_then(|past| past.value)),
        period: newest.map(|past| past.period.to_string()).unwrap_or_default(),
        foretold: told(found.last.map(|last| last.expected)),
        error: found.last.map_or("–".to_string(), |last| off_by(&last, metric)),
        held: found.last.map(|last| held(last.held())),
        next: told(next.map(|ahead| ahead.expected)),
        next_period: next.map(|ahead| ahead.period.to_string()).unwrap_or_default(),
        interval: metric_words::range(next.map(|ahead| (ahead.low, ahead.high)), metric, currency),
        usual: found.smape.map_or("–".to_string(), |smape| format!("{smape:.1} %")),
        compared: found.mase.map_or(String::new(), |mase| format!("{mase:.2} of the season before")),
    }
}

fn held(held: bool) -> (&'static str, &'static str) {
    if held { ("Within the range", "good") } else { ("Outside the range", "warning") }
}

/// What came less what was foretold, by the latter; of a share in points.
fn off_by(last: &LastOne, metric: &Metric) -> String {
    let (far, unit) = match metric.unit {
        MetricUnit::Share => (Some(last.error()), "points"),
        _ => (last.relative(), "%"),
    };
    let Some(far) = far else { return "–".to_string() };
    let sign = if far < 0.0 { "−" } else { "+" };
    format!("{sign}{:.1} {unit}", 100.0 * far.abs())
}

/// The forecast of one metric, as its page and the pages of goals on it show it.
pub(crate) struct Told {
    pub(crate) abstained: String,
    pub(crate) stats: Vec<Stat>,
    pub(crate) charts: Vec<Chart>,
    pub(crate) method: String,
}

/// What is foretold of a metric; None before the first run, or for one that is not measured over time at all.
pub(crate) fn told(report: &Report, metric: &Metric, currency: Currency) -> Option<Told> {
    let found = report.of(&metric.key, Grain::Month)?;
    if let Some(why) = &found.abstained {
        return Some(Told {
            abstained: why.clone(),
            stats: Vec::new(),
            charts: Vec::new(),
            method: String::new(),
        });
    }
    let weekly = report.of(&metric.key, Grain::Week).filter(|week| week.abstained.is_none());
    let charts = [Some(found), weekly].into_iter().flatten();
    Some(Told {
        abstained: String::new(),
        stats: stats(metric, found, currency),
        charts: charts.map(|found| metric_words::fan(metric, found, currency)).collect(),
        method: format!(
            "By {}, chosen by its errors at {} starting points in the past, from {} whole months.",
            found.method, found.n_origins, found.n_periods
        ),
    })
}

/// The next month, the last one beside what was foretold of it, and the usual error.
pub(crate) fn stats(metric: &Metric, found: &MetricForecast, currency: Currency) -> Vec<Stat> {
    let told = |value: f64| metric_words::value(Some(value), metric, currency);
    let mut stats = Vec::new();
    if let Some(next) = found.ahead.first() {
        let meaning = format!("{} Foretold for {}.", metric.definition, next.period);
        let range = metric_words::range(Some((next.low, next.high)), metric, currency);
        stats.push(
            Stat::new("Next month", told(next.expected), &meaning)
                .unit(&next.period.to_string())
                .interval(range, "95 % interval"),
        );
    }
    if let Some(last) = &found.last {
        let meaning = format!(
            "What came, less what would have been foretold without knowing the month: {} came, {} was foretold.",
            told(last.value),
            told(last.expected)
        );
        let range = metric_words::range(Some((last.low, last.high)), metric, currency);
        stats.push(
            Stat::new("The last forecast was off by", off_by(last, metric), &meaning)
                .unit(&last.period.to_string())
                .interval(range, "foretold, 95 %"),
        );
    }
    let meaning = "Mean error over earlier months in per cent of the size (sMAPE), and beside that of repeating the season \
                   before (MASE).";
    stats.push(match (found.smape, found.mase) {
        (Some(smape), Some(mase)) => Stat::new("Usual error", format!("{smape:.1} %"), meaning)
            .interval(format!("{mase:.2}"), "of the error of repeating the season before"),
        (Some(smape), None) => Stat::new("Usual error", format!("{smape:.1} %"), meaning),
        _ => Stat::cannot_tell("Usual error", "too few months to try it on the past", meaning),
    });
    stats
}

/// Where a metric goes by itself until the day on which a goal is due.
pub(crate) fn until(forecast: &MetricForecast, due: Day, metric: &Metric, currency: Currency) -> Stat {
    let meaning = "What the metric will be by itself, by the forecast of the last turn; it knows of no plan and no action.";
    if let Some(why) = &forecast.abstained {
        return Stat::cannot_tell("Forecast", why.clone(), meaning);
    }
    let Some(ahead) =
        forecast.ahead.iter().find(|ahead| ahead.period.first <= due && due <= ahead.period.last)
    else {
        let why = format!("the forecast goes {} months ahead", forecast.ahead.len());
        return Stat::cannot_tell("Forecast", why, meaning);
    };
    let range = metric_words::range(Some((ahead.low, ahead.high)), metric, currency);
    let value = metric_words::value(Some(ahead.expected), metric, currency);
    Stat::new("Forecast", value, meaning).unit(&ahead.period.to_string()).interval(range, "95 % interval")
}
