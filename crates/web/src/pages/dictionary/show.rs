//! One metric: its definition, its past with the corridor of the trend, the figures with their rows, its versions.

use askama::Template;
use axum::extract::{Path, State};
use cycle::analyze::results;
use cycle::plan::goals::{self, Goal, List, known_until};
use cycle::plan::metrics::{self, Measured, Metric, rows as metric_rows};
use cycle::plan::outlook;
use cycle::plan::periods::Cadence;
use platform::{Micros, Snapshot, auth};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::super::metric_words;
use crate::charts::Chart;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::{forecasts, moves, rows};
use crate::parts::{Crumb, Moment, Tab};
use crate::query::Query;
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "dictionary/show.html")]
struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    may_write: bool,
    may_change: bool,
    key: String,
    name: String,
    definition: String,
    lacks: Option<&'static str>,
    tabs: Vec<Tab>,
    chart: Option<Chart>,
    figures: Vec<Figure>,
    /// When the turn counted the figures, where the page does not count anew.
    counted_at: Option<Moment>,
    rows_words: &'static str,
    facts: Vec<(&'static str, String)>,
    versions: Vec<Version>,
    goals: Vec<(String, String)>,
    forecast: Option<forecasts::Told>,
    moved: Option<moves::Told>,
}

/// The metric in a period.
struct Figure {
    period: String,
    value: String,
    range: String,
    of: String,
    href: Option<String>,
}

struct Version {
    number: i64,
    at: Option<Moment>,
    by: String,
    reason: String,
    definition: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(key): Path<String>,
    query: Query,
) -> Result {
    let cadence = Cadence::parse(query.get("by")).unwrap_or(Cadence::Month);
    let read = move |s: &mut Snapshot<'_>| read(s, &key, cadence);
    let found = app.store.scan(read).await?;
    let (metric, now) = (&found.metric, app.store.now());
    let tab = |label: &str, name: &str| Tab {
        label: label.to_string(),
        href: format!("/dictionary/{}?by={name}", metric.key),
        current: cadence.name() == name,
        count: None,
    };
    let chart = found.series.iter().any(|m| m.value.is_some()).then(|| chart(&found, cadence));
    let version = |metric: &Metric| Version {
        number: metric.version,
        at: (metric.valid_from > 0).then(|| words::moment(metric.valid_from, now, current.zone())),
        by: who(metric.created_by.as_ref(), &found.users),
        reason: metric.reason.clone().unwrap_or_else(|| "as the program brings it".to_string()),
        definition: format!("{} {}", metric.definition, window(metric)),
    };
    respond::page(&Show {
        page: current.layout(Place::Goals, metric.name.clone()),
        crumbs: vec![
            Crumb { label: "Goals".to_string(), href: "/goals".to_string() },
            Crumb { label: "Metrics".to_string(), href: "/dictionary".to_string() },
        ],
        may_write: current.may_write(),
        may_change: current.may_write(),
        key: metric.key.clone(),
        name: metric.name.clone(),
        definition: metric.definition.clone(),
        lacks: metric.lacks(),
        tabs: vec![tab("Months", "month"), tab("Quarters", "quarter")],
        chart,
        figures: found.series.iter().rev().map(|m| figure(metric, m, found.currency)).collect(),
        counted_at: found.counted_at.map(|at| words::moment(at, now, current.zone())),
        rows_words: metric_rows::in_words(metric),
        facts: facts(metric, &found.users),
        versions: found.versions.iter().map(version).collect(),
        goals: found.goals.iter().map(|goal| (format!("/goals/{}", goal.id), goal.name.clone())).collect(),
        forecast: found.forecast,
        moved: found.moved,
    })
}

struct Found {
    metric: Metric,
    versions: Vec<Metric>,
    series: Vec<Measured>,
    counted_at: Option<Micros>,
    goals: Vec<Goal>,
    users: Vec<auth::User>,
    currency: Currency,
    as_of: String,
    forecast: Option<forecasts::Told>,
    moved: Option<moves::Told>,
}

fn read(s: &mut Snapshot<'_>, key: &str, cadence: Cadence) -> platform::Result<Found> {
    let metric = metrics::latest(s, key)?;
    let as_of = known_until(s)?;
    let (mut series, counted_at) = match metric.lacks() {
        Some(_) => (Vec::new(), None),
        None => goals::measured_lately(s, std::slice::from_ref(&metric), cadence, as_of)?,
    };
    let mut goals = goals::list(s, List::Standing)?;
    goals.retain(|goal| goal.metric.as_ref().is_some_and(|metric| metric.key == key));
    let currency = workspace_currency(s)?;
    let foretold = results::latest_forecasts(s)?;
    let moved = results::latest_moves(s)?;
    Ok(Found {
        forecast: foretold.and_then(|latest| forecasts::told(&latest.result, &metric, currency)),
        moved: moved.and_then(|latest| moves::told(&latest.result, &metric, currency)),
        versions: metrics::all_versions(s, key)?,
        metric,
        series: series.pop().unwrap_or_default(),
        counted_at,
        goals,
        users: auth::list(s)?,
        currency,
        as_of: as_of.to_string(),
    })
}

fn chart(found: &Found, cadence: Cadence) -> Chart {
    let points = outlook::of(&found.series, cadence, AHEAD);
    let subtitle = format!(
        "Whole {}s until {}, of everybody; the band is where single {}s of the trend lie, 19 times out of 20",
        cadence.name(),
        found.as_of,
        cadence.name()
    );
    metric_words::chart(&found.metric, &points, None, subtitle, found.currency)
}

/// Periods ahead that are drawn.
const AHEAD: u32 = 3;

fn figure(metric: &Metric, measured: &Measured, currency: Currency) -> Figure {
    Figure {
        period: measured.period.to_string(),
        value: metric_words::value(measured.value, metric, currency),
        range: metric_words::range(goals::interval(metric, measured), metric, currency),
        of: metric_words::denominator(metric, measured, currency),
        href: metric_rows::of(metric, measured.period)
            .filter(|_| measured.value.is_some())
            .map(|filter| rows::people(&filter)),
    }
}

fn facts(metric: &Metric, users: &[auth::User]) -> Vec<(&'static str, String)> {
    let shipped = metric.shipped().ok();
    let mut facts = vec![
        ("Query", shipped.map(|shipped| shipped.query.to_string()).unwrap_or_default()),
        ("Counted by", metric.grain.clone()),
        ("Of what", shipped.map(|shipped| shipped.of_what.to_string()).unwrap_or_default()),
        ("Which way is good", metric_words::direction(metric).to_string()),
        ("Owner", who(metric.owner_id.as_ref(), users)),
        ("Version", metric.version.to_string()),
    ];
    let window = window(metric);
    if !window.is_empty() {
        facts.insert(1, ("Window", window));
    }
    facts
}

fn window(metric: &Metric) -> String {
    metric.params.window_days.map_or(String::new(), |days| format!("Window: {days} days."))
}

fn who(id: Option<&String>, users: &[auth::User]) -> String {
    let user = users.iter().find(|user| Some(&user.id) == id);
    user.map_or_else(|| "nobody in particular".to_string(), |user| user.name.clone())
}
