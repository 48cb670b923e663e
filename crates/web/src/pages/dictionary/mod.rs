//! The dictionary of metrics: every number of the program with its definition, and the page of one.

mod change;
mod show;

pub(crate) use change::{edit, update};
pub(crate) use show::show;

use askama::Template;
use axum::extract::State;
use cycle::plan::goals::{self, known_until};
use cycle::plan::metrics::{self, Metric};
use cycle::plan::periods::Cadence;
use platform::Snapshot;
use records::orders::workspace_currency;

use super::metric_words;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::Moment;
use crate::respond;
use crate::state::App;
use crate::words;

#[derive(Template)]
#[template(path = "dictionary/list.html")]
struct Index {
    page: Layout,
    as_of: String,
    /// When the turn counted the months, where the page does not count anew.
    counted_at: Option<Moment>,
    known: Vec<Row>,
    lacking: Vec<Lacking>,
}

struct Row {
    href: String,
    name: String,
    definition: String,
    direction: &'static str,
    value: String,
    period: String,
    of: String,
    past: Vec<f64>,
    meaning: String,
}

struct Lacking {
    href: String,
    name: String,
    definition: String,
    needs: &'static str,
}

/// Months of the small drawing beside a metric.
const DRAWN: usize = 13;

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let read = |s: &mut Snapshot<'_>| {
        let as_of = known_until(s)?;
        let metrics = metrics::list(s)?;
        let (lacking, known): (Vec<_>, Vec<_>) = metrics.into_iter().partition(|m| m.lacks().is_some());
        let (series, counted_at) = goals::measured_lately(s, &known, Cadence::Month, as_of)?;
        let currency = workspace_currency(s)?;
        let rows: Vec<Row> =
            known.iter().zip(series).map(|(metric, series)| row(metric, &series, currency)).collect();
        Ok((rows, lacking, as_of, counted_at, s.now()))
    };
    let (known, lacking, as_of, counted_at, now) = app.store.scan(read).await?;
    let without = |metric: Metric| Lacking {
        href: format!("/dictionary/{}", metric.key),
        needs: metric.lacks().unwrap_or_default(),
        name: metric.name,
        definition: metric.definition,
    };
    respond::page(&Index {
        page: current.layout(Place::Goals, "Metrics"),
        as_of: as_of.to_string(),
        counted_at: counted_at.map(|at| words::moment(at, now, current.zone())),
        known,
        lacking: lacking.into_iter().map(without).collect(),
    })
}

fn row(metric: &Metric, series: &[metrics::Measured], currency: records::values::currency::Currency) -> Row {
    let newest = series.iter().rev().find(|m| m.value.is_some());
    let past: Vec<f64> = series.iter().rev().map_while(|m| m.value).take(DRAWN).collect();
    Row {
        href: format!("/dictionary/{}", metric.key),
        name: metric.name.clone(),
        definition: metric.definition.clone(),
        direction: metric_words::direction(metric),
        value: metric_words::value(newest.and_then(|m| m.value), metric, currency),
        period: newest.map(|m| m.period.to_string()).unwrap_or_default(),
        of: newest.map(|m| metric_words::denominator(metric, m, currency)).unwrap_or_default(),
        meaning: format!("{} over the last {} months", metric.name, past.len()),
        past: past.into_iter().rev().collect(),
    }
}
