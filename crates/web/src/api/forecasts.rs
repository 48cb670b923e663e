//! What is foretold of metrics, and what moved them: `/metric-forecasts`, `/metric-moves`, `/metrics/{key}/forecast`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::analyze::forecasts::{Grain, MetricForecast};
use cycle::analyze::moves::{Move, Verdict};
use cycle::analyze::results;
use cycle::plan::periods::Period;
use platform::{Error, Snapshot};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Caller;
use super::answers::{self, Page};
use super::asked::Asked;
use crate::error::Result;
use crate::state::App;

/// Over what a forecast goes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForecastAsked {
    /// `month` or `week`; months where left out.
    by: Option<String>,
}

impl ForecastAsked {
    fn grain(&self) -> Result<Grain> {
        let by = self.by.as_deref().unwrap_or("month");
        Ok(Grain::parse(by)
            .ok_or_else(|| Error::invalid("by", format!("“{by}” is neither month nor week")))?)
    }
}

/// A metric in a period, measured or foretold. Money is in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForetoldPeriod {
    first_day: String,
    last_day: String,
    /// What was measured.
    value: Option<f64>,
    /// What is foretold, or would have been without knowing the period, with its 95 % interval.
    expected: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl ForetoldPeriod {
    fn new(period: Period, value: Option<f64>, foretold: Option<(f64, f64, f64)>) -> Self {
        Self {
            first_day: period.first.to_string(),
            last_day: period.last.to_string(),
            value,
            expected: foretold.map(|foretold| foretold.0),
            low: foretold.map(|foretold| foretold.1),
            high: foretold.map(|foretold| foretold.2),
        }
    }
}

/// The forecast of one metric.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricOutlook {
    key: String,
    version: i64,
    /// `month` or `week`.
    by: &'static str,
    /// Periods that it is made from.
    n_periods: usize,
    /// The last period that is over, with what would have been foretold of it.
    last: Option<ForetoldPeriod>,
    ahead: Vec<ForetoldPeriod>,
    method: String,
    /// Mean error over origins in the past, in per cent of the size.
    smape: Option<f64>,
    /// The same beside repeating the season before; below 1 is better.
    mase: Option<f64>,
    /// Why nothing is foretold, and what it takes.
    abstained: Option<String>,
}

impl From<&MetricForecast> for MetricOutlook {
    fn from(found: &MetricForecast) -> Self {
        let last = found.last.map(|last| {
            ForetoldPeriod::new(last.period, Some(last.value), Some((last.expected, last.low, last.high)))
        });
        let ahead = found.ahead.iter();
        Self {
            key: found.key.clone(),
            version: found.version,
            by: found.grain.name(),
            n_periods: found.n_periods,
            last,
            ahead: ahead
                .map(|a| ForetoldPeriod::new(a.period, None, Some((a.expected, a.low, a.high))))
                .collect(),
            method: found.method.clone(),
            smape: found.smape,
            mase: found.mase,
            abstained: found.abstained.clone(),
        }
    }
}

/// List what is foretold of every metric; this list has one page, and is empty before the first turn.
#[utoipa::path(get, path = "/metric-forecasts", tag = "goals", params(ForecastAsked),
    responses((status = 200, body = Page<MetricOutlook>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<ForecastAsked>) -> Result {
    let grain = asked.grain()?;
    let latest = app.store.read(results::latest_forecasts).await?;
    let all = latest.iter().flat_map(|latest| &latest.result.metrics);
    let data = all.filter(|found| found.grain == grain).map(MetricOutlook::from).collect();
    answers::page(&Page { data, next: None })
}

/// Show what is foretold of a metric.
#[utoipa::path(get, path = "/metrics/{key}/forecast", tag = "goals", params(("key" = String, Path), ForecastAsked),
    responses((status = 200, body = MetricOutlook)))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Caller,
    Path(key): Path<String>,
    Asked(asked): Asked<ForecastAsked>,
) -> Result {
    let grain = asked.grain()?;
    let read = move |s: &mut Snapshot<'_>| {
        let latest = results::latest_forecasts(s)?;
        let found = latest.as_ref().and_then(|latest| latest.result.of(&key, grain));
        found.map(MetricOutlook::from).ok_or_else(|| Error::missing("forecast of a metric", key))
    };
    let found = app.store.read(read).await?;
    answers::record(StatusCode::OK, found.version, &found)
}

/// What one group of customers added to the change of a metric.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MovedPart {
    /// `source`, `country`, `tier`, `segment`, `age` or `category`.
    side: String,
    label: String,
    before: Option<f64>,
    now: Option<f64>,
    /// What it added to the change since the month before.
    total: f64,
    /// The chance that its share of the whole left its own past by itself, corrected; null where not asked.
    p_adjusted: Option<f64>,
}

/// A metric in the last month that is over.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricMove {
    key: String,
    version: i64,
    first_day: Option<String>,
    value: Option<f64>,
    /// In the month before.
    before: Option<f64>,
    /// What the months before let expect, with its 95 % interval.
    expected: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// The chance of such a value if nothing changed, corrected for all metrics.
    p_adjusted: Option<f64>,
    /// `moved`, `within` (noise and season) or `cannot_tell`.
    verdict: &'static str,
    why: String,
    parts: Vec<MovedPart>,
}

fn moved_metric(found: &Move, period: Option<Period>) -> MetricMove {
    let parts = found.dimensions.iter().flat_map(|d| d.parts.iter().map(move |part| (d.side, part)));
    let expected = found.expectation;
    MetricMove {
        key: found.key.clone(),
        version: found.version,
        first_day: period.map(|period| period.first.to_string()),
        value: found.value,
        before: found.before,
        expected: expected.map(|e| e.value),
        low: expected.map(|e| e.low),
        high: expected.map(|e| e.high),
        p_adjusted: expected.map(|e| e.p_adjusted),
        verdict: match found.verdict {
            Verdict::Moved => "moved",
            Verdict::Within => "within",
            Verdict::CannotTell => "cannot_tell",
        },
        why: found.why.clone(),
        parts: parts
            .map(|(side, part)| MovedPart {
                side: side.name().to_string(),
                label: part.label.clone(),
                before: part.before,
                now: part.now,
                total: part.total,
                p_adjusted: part.p_adjusted,
            })
            .collect(),
    }
}

/// List every metric in the last month beside what its past lets expect; this list has one page.
#[utoipa::path(get, path = "/metric-moves", tag = "goals", responses((status = 200, body = Page<MetricMove>)))]
pub(crate) async fn moves(State(app): State<App>, _: Caller) -> Result {
    let latest = app.store.read(results::latest_moves).await?;
    let data = latest.iter().flat_map(|latest| {
        latest.result.metrics.iter().map(|found| moved_metric(found, latest.result.period))
    });
    answers::page(&Page { data: data.collect(), next: None })
}

/// Show what moved a metric in the last month.
#[utoipa::path(get, path = "/metrics/{key}/move", tag = "goals", params(("key" = String, Path)),
    responses((status = 200, body = MetricMove)))]
pub(crate) async fn moved(State(app): State<App>, _: Caller, Path(key): Path<String>) -> Result {
    let read = move |s: &mut Snapshot<'_>| {
        let latest = results::latest_moves(s)?;
        let found =
            latest.as_ref().and_then(|l| l.result.of(&key).map(|found| moved_metric(found, l.result.period)));
        found.ok_or_else(|| Error::missing("move of a metric", key))
    };
    let found = app.store.read(read).await?;
    answers::record(StatusCode::OK, found.version, &found)
}
