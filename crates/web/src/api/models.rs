//! The models of this workspace: `/models`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::analyze::Day;
use cycle::analyze::models::{self as verbs, Backtest, Driver, Model, Quality};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::Page;
use super::values::Time;
use super::{Caller, answers};
use crate::error::Result;
use crate::state::App;

/// One version of a model: what it was trained on, how good it is, what it expects, what it needs where it abstains.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub(crate) struct Told {
    name: String,
    version: i64,
    /// used, abstains or superseded.
    state: &'static str,
    run_id: String,
    trained_at: Time,
    #[schema(value_type = Option<String>, format = Date)]
    data_from: Option<Day>,
    #[schema(value_type = String, format = Date)]
    data_until: Day,
    n_rows: u64,
    /// Rows in which what is foretold happened.
    n_positive: u64,
    definition: String,
    horizon_days: Option<i32>,
    method: String,
    /// What is missing, where it abstains.
    needs: Vec<String>,
    notes: Vec<String>,
    /// Judged on rows that each part of the model had not seen: auc, brier, log_loss, ece, reliability, deciles.
    #[schema(value_type = Option<Object>)]
    quality: Option<Quality>,
    /// The model as it would have been a period ago, judged on what came since.
    #[schema(value_type = Option<Object>)]
    backtest: Option<Backtest>,
    #[schema(value_type = Vec<Object>)]
    drivers: Vec<Driver>,
    n_scored: u64,
    /// How many of the scored it is expected to happen to until `due_on`, with the interval at 80 %.
    expected: Option<f64>,
    expected_low: Option<f64>,
    expected_high: Option<f64>,
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<Day>,
    /// How many it happened to.
    came: Option<f64>,
}

impl From<Model> for Told {
    fn from(model: Model) -> Self {
        let report = model.report;
        Self {
            name: model.name,
            version: model.version,
            state: model.state.name(),
            run_id: model.run_id,
            trained_at: Time(model.trained_at),
            data_from: model.data_from,
            data_until: model.data_until,
            n_rows: model.n_rows,
            n_positive: model.n_positive,
            definition: report.definition,
            horizon_days: report.horizon_days,
            method: report.method,
            needs: report.needs,
            notes: report.notes,
            quality: report.quality,
            backtest: report.backtest,
            drivers: report.drivers,
            n_scored: model.n_scored,
            expected: model.expected,
            expected_low: model.expected_low,
            expected_high: model.expected_high,
            due_on: model.due_on,
            came: model.came,
        }
    }
}

/// List the newest version of each model; this list has one page.
#[utoipa::path(get, path = "/models", tag = "analyses", responses((status = 200, body = Page<Told>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller) -> Result {
    let found = app.store.read(verbs::list).await?;
    answers::page(&Page { data: found.into_iter().map(Told::from).collect(), next: None })
}

/// Show the versions of a model that are kept, the newest first; this list has one page.
#[utoipa::path(get, path = "/models/{name}", tag = "analyses", params(("name" = String, Path)),
    responses((status = 200, body = Page<Told>)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Result {
    let read = move |s: &mut platform::Snapshot<'_>| {
        verbs::get(s, &name)?;
        verbs::versions(s, &name)
    };
    let data = app.store.read(read).await?.into_iter().map(Told::from).collect();
    Ok(answers::json(StatusCode::OK, &Page { data, next: None }))
}
