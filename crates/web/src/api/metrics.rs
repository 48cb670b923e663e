//! The dictionary of metrics: `/metrics`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::plan::goals::{interval, known_until, measured};
use cycle::plan::metrics::{self as verbs, PeopleOf};
use cycle::plan::periods::Cadence;
use platform::{Error, Snapshot};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{Asked, Body, IfMatch};
use super::values::{Text, Time};
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// One version of a metric.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Metric {
    key: String,
    version: i64,
    name: String,
    definition: String,
    /// `money` (minor units), `count`, `share`, `days` or `ratio`.
    unit: &'static str,
    /// `up` where more is better, or `down`.
    direction: &'static str,
    /// One row of what it is counted from.
    grain: String,
    /// Days without an order after which a customer counts as gone, where the metric has such a window.
    window_days: Option<u32>,
    owner_id: Option<String>,
    /// Why this version was made.
    reason: Option<String>,
    valid_from: Time,
    /// What it needs before it can be measured; null where it can be.
    needs: Option<&'static str>,
}

impl From<verbs::Metric> for Metric {
    fn from(metric: verbs::Metric) -> Self {
        Self {
            needs: metric.lacks(),
            unit: metric.unit.name(),
            direction: metric.direction.name(),
            window_days: metric.params.window_days,
            valid_from: Time(metric.valid_from),
            key: metric.key,
            version: metric.version,
            name: metric.name,
            definition: metric.definition,
            grain: metric.grain,
            owner_id: metric.owner_id,
            reason: metric.reason,
        }
    }
}

/// List the valid version of every metric; this list has one page.
#[utoipa::path(get, path = "/metrics", tag = "goals", responses((status = 200, body = Page<Metric>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller) -> Result {
    let found = app.store.read(verbs::list).await?;
    answers::page(&Page { data: found.into_iter().map(Metric::from).collect(), next: None })
}

/// Show the valid version of a metric.
#[utoipa::path(get, path = "/metrics/{key}", tag = "goals", params(("key" = String, Path)),
    responses((status = 200, body = Metric)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(key): Path<String>) -> Result {
    let metric = app.store.read(move |s| verbs::latest(s, &key)).await?;
    answers::record(StatusCode::OK, metric.version, &Metric::from(metric))
}

/// A change of a definition: what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricChange {
    name: Option<String>,
    definition: Option<String>,
    #[serde(default)]
    owner_id: Text,
    window_days: Option<u32>,
    /// Why it changes.
    reason: String,
}

/// Make a new version; goals and experiments that were agreed on an older one keep it.
#[utoipa::path(patch, path = "/metrics/{key}", tag = "goals", params(("key" = String, Path)),
    request_body = MetricChange, responses((status = 200, body = Metric)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(key): Path<String>,
    Body(stated): Body<MetricChange>,
) -> Result {
    let changed = app.store.write(caller.by(), move |tx| {
        let before = verbs::latest(tx, &key)?;
        if !if_match.holds(before.version) {
            return Ok(None);
        }
        let change = verbs::Change {
            name: stated.name.clone().unwrap_or(before.name),
            definition: stated.definition.clone().unwrap_or(before.definition),
            owner_id: stated.owner_id.over(before.owner_id.as_deref()).map(str::to_string),
            window_days: stated.window_days,
            reason: stated.reason.clone(),
        };
        verbs::change(tx, &key, before.version, &change).map(Some)
    });
    let metric = answers::unchanged_since(changed.await?)?;
    answers::record(StatusCode::OK, metric.version, &Metric::from(metric))
}

/// Over what a metric is measured.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesAsked {
    /// `month` or `quarter`; months where left out.
    by: Option<String>,
    /// An audience by its id; everybody where left out.
    audience: Option<String>,
}

/// A metric in one period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricValue {
    first_day: String,
    last_day: String,
    value: Option<f64>,
    /// 95 % interval: how far chance alone may have moved it.
    low: Option<f64>,
    high: Option<f64>,
    numerator: f64,
    denominator: f64,
}

/// Measure a metric over the last whole periods, the oldest first.
#[utoipa::path(get, path = "/metrics/{key}/series", tag = "goals", params(("key" = String, Path), SeriesAsked),
    responses((status = 200, body = Page<MetricValue>)))]
pub(crate) async fn series(
    State(app): State<App>,
    _: Caller,
    Path(key): Path<String>,
    Asked(asked): Asked<SeriesAsked>,
) -> Result {
    let by = asked.by.as_deref().unwrap_or("month");
    let cadence = Cadence::parse(by)
        .ok_or_else(|| Error::invalid("by", format!("“{by}” is neither month nor quarter")))?;
    let people = asked.audience.map_or(PeopleOf::Everybody, PeopleOf::Audience);
    let read = move |s: &mut Snapshot<'_>| {
        let metric = verbs::latest(s, &key)?;
        let as_of = known_until(s)?;
        let series = measured(s, std::slice::from_ref(&metric), &people, cadence, as_of)?;
        Ok((series.into_iter().next().unwrap_or_default(), metric))
    };
    let (series, metric) = app.store.scan(read).await?;
    let value = |m: &verbs::Measured| {
        let ends = interval(&metric, m);
        MetricValue {
            first_day: m.period.first.to_string(),
            last_day: m.period.last.to_string(),
            value: m.value,
            low: ends.map(|ends| ends.0),
            high: ends.map(|ends| ends.1),
            numerator: m.numerator,
            denominator: m.denominator,
        }
    };
    answers::page(&Page { data: series.iter().map(value).collect(), next: None })
}
