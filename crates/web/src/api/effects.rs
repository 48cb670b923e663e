//! What actions changed, and what follows from it: `/effects`, `/experiments/{id}/effects`, `/measure`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::calendar::Day;
use cycle::measure::effects::{self as verbs, Effect, EffectMetric, List};
use cycle::measure::{attribution, calibration, economics, returns, scorecards};
use cycle::plan::periods::{Cadence, Period};
use records::orders::workspace_currency;
use records::values::currency::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{Asked, PageAsked, filled};
use super::values::{Money, Time};
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// An estimate for one customer, treated less left alone, in the unit of the metric (minor units for money).
#[derive(Debug, Serialize, ToSchema)]
struct EffectEstimate {
    estimate: f64,
    /// The interval of 95 % for who looks once, at this look.
    low: f64,
    high: f64,
    /// The interval of 95 % over all daily looks together.
    always_low: f64,
    always_high: f64,
}

/// Money with the ends of its interval over all daily looks.
#[derive(Debug, Serialize, ToSchema)]
struct MoneyBetween {
    expected: Money,
    low: Money,
    high: Money,
}

/// One look at one arm of an experiment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Effect)]
pub(crate) struct Told {
    id: String,
    experiment_id: String,
    action_id: Option<String>,
    turn_id: Option<String>,
    arm: String,
    metric_key: String,
    metric_version: i64,
    /// The last day that the look knows.
    as_of: String,
    known_until: Time,
    /// Of the planned window, how much is over.
    #[schema(minimum = 0, maximum = 1)]
    time_share: f64,
    n_treated: i64,
    n_holdout: i64,
    mean_treated: Option<f64>,
    mean_holdout: Option<f64>,
    /// Null where too few did anything.
    found: Option<EffectEstimate>,
    method: String,
    /// The estimate times the people treated.
    total_effect: Option<f64>,
    /// Revenue that the treated brought more, all together.
    money: Option<MoneyBetween>,
    /// Null where nobody stated a cost.
    cost: Option<Money>,
    /// `works`, `harms`, `no_effect_shown` or `cannot_tell_yet`.
    conclusion: &'static str,
    why: String,
    is_final: bool,
    /// How likely arms of these sizes are by chance; below 0.001 nothing is concluded.
    sample_ratio_p: Option<f64>,
}

impl Told {
    fn of(effect: Effect, currency: Currency) -> Self {
        let money = |minor: i64| Money::new(minor, currency);
        Self {
            id: effect.id,
            experiment_id: effect.experiment_id,
            action_id: effect.action_id,
            turn_id: effect.turn_id,
            arm: effect.arm,
            metric_key: effect.metric.key,
            metric_version: effect.metric.version,
            as_of: effect.as_of,
            known_until: Time(effect.until_at),
            time_share: effect.time_share,
            n_treated: effect.n_treated,
            n_holdout: effect.n_holdout,
            mean_treated: effect.mean_treated,
            mean_holdout: effect.mean_holdout,
            found: effect.found.map(estimate),
            method: effect.method,
            total_effect: effect.total_effect,
            money: effect.money.map(|found| between(found, currency)),
            cost: effect.cost_minor.map(money),
            conclusion: effect.conclusion.name(),
            why: effect.why,
            is_final: effect.is_final,
            sample_ratio_p: effect.srm_p,
        }
    }
}

fn between(found: verbs::MoneyEffect, currency: Currency) -> MoneyBetween {
    let money = |minor: i64| Money::new(minor, currency);
    MoneyBetween { expected: money(found.minor), low: money(found.low_minor), high: money(found.high_minor) }
}

fn estimate(found: verbs::Estimate) -> EffectEstimate {
    EffectEstimate {
        estimate: found.estimate,
        low: found.low,
        high: found.high,
        always_low: found.always_low,
        always_high: found.always_high,
    }
}

/// List the newest look of every experiment, the newest first: all results there are.
#[utoipa::path(get, path = "/effects", tag = "measure", params(PageAsked), responses((status = 200, body = Page<Told>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let limit = asked.limit()?;
    let list = List { before: asked.after, limit: limit as i64 + 1, ..List::default() };
    let (found, currency) =
        app.store.read(move |s| Ok((verbs::list(s, &list)?, workspace_currency(s)?))).await?;
    answers::page(&Page::cut(found, limit, |effect| effect.id.clone(), |effect| Told::of(effect, currency)))
}

/// One metric of a look: for one customer, treated less left alone, in its unit (minor units for money). The figures are null
/// where too few did anything.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EffectMetric)]
struct ToldMetric {
    /// `primary`, `money`, `goal` or `guardrail`.
    role: &'static str,
    /// The key of the metric.
    metric: String,
    version: i64,
    mean_treated: Option<f64>,
    mean_holdout: Option<f64>,
    estimate: Option<f64>,
    /// The interval of 95 % for who looks once, at this look.
    low: Option<f64>,
    high: Option<f64>,
    /// The interval of 95 % over all daily looks together.
    always_low: Option<f64>,
    always_high: Option<f64>,
    method: String,
}

impl From<EffectMetric> for ToldMetric {
    fn from(one: EffectMetric) -> Self {
        let value = |pick: fn(&verbs::Estimate) -> f64| one.found.as_ref().map(pick);
        Self {
            role: one.role.name(),
            version: one.metric.version,
            mean_treated: one.mean_treated,
            mean_holdout: one.mean_holdout,
            estimate: value(|found| found.estimate),
            low: value(|found| found.low),
            high: value(|found| found.high),
            always_low: value(|found| found.always_low),
            always_high: value(|found| found.always_high),
            metric: one.metric.key,
            method: one.method,
        }
    }
}

/// A look with all its metrics.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Look {
    #[serde(flatten)]
    effect: Told,
    metrics: Vec<ToldMetric>,
}

/// List all looks at an experiment, the oldest first; this list has one page. The metrics are those of each look.
#[utoipa::path(get, path = "/experiments/{id}/effects", tag = "measure", params(("id" = String, Path)),
    responses((status = 200, body = Page<Look>)))]
pub(crate) async fn looks(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        cycle::act::experiments::get(s, &id)?;
        let currency = workspace_currency(s)?;
        let mut looks = Vec::new();
        for effect in verbs::history(s, &id)? {
            let metrics = verbs::metrics_of(s, &effect.id)?.into_iter().map(ToldMetric::from).collect();
            looks.push(Look { effect: Told::of(effect, currency), metrics });
        }
        Ok(looks)
    });
    answers::page(&Page { data: found.await?, next: None })
}

/// Look at an experiment now, at what is known until the end of the last day that is over. Nothing comes back where there
/// is nothing to see yet. A look at the same day replaces the one before.
#[utoipa::path(post, path = "/experiments/{id}/looks", tag = "measure", params(("id" = String, Path)),
    responses((status = 200, body = Page<Told>)))]
pub(crate) async fn look(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let seen = app.store.scan(move |s| Ok((verbs::look(s, &id)?, workspace_currency(s)?)));
    let (seen, currency) = seen.await?;
    let kept = match seen {
        None => Vec::new(),
        Some(seen) => {
            let seen = Arc::new(seen);
            app.store.write(caller.by(), move |tx| verbs::keep(tx, &seen)).await?
        }
    };
    answers::page(&Page {
        data: kept.into_iter().map(|effect| Told::of(effect, currency)).collect(),
        next: None,
    })
}

/// Which forecasts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForecastsAsked {
    /// Of one maker, such as `playbook:likely_lost`.
    #[serde(default, deserialize_with = "filled")]
    made_by: Option<String>,
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "filled")]
    after: Option<String>,
}

/// One line of the calibration ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Forecast)]
pub(crate) struct ToldForecast {
    id: String,
    /// `effect`, `goal`, `goal_trend`, `orders`, `score` or `metric`.
    kind: &'static str,
    subject: String,
    made_by: String,
    made_at: Time,
    due_at: Time,
    expected: f64,
    low: Option<f64>,
    high: Option<f64>,
    unit: String,
    outcome: Option<f64>,
    settled_at: Option<Time>,
}

/// List what was foretold and what came, the newest first.
#[utoipa::path(get, path = "/forecasts", tag = "measure", params(ForecastsAsked),
    responses((status = 200, body = Page<ToldForecast>)))]
pub(crate) async fn forecasts(
    State(app): State<App>,
    _: Caller,
    Asked(asked): Asked<ForecastsAsked>,
) -> Result {
    let limit = super::asked::limit(asked.limit)?;
    let found = app.store.read(move |s| {
        calibration::list(s, asked.made_by.as_deref(), asked.after.as_deref(), limit as i64 + 1)
    });
    let told = |f: calibration::Forecast| ToldForecast {
        id: f.id,
        kind: f.kind.name(),
        subject: f.subject,
        made_by: f.made_by,
        made_at: Time(f.made_at),
        due_at: Time(f.due_at),
        expected: f.expected,
        low: f.low,
        high: f.high,
        unit: f.unit,
        outcome: f.outcome,
        settled_at: f.settled_at.map(Time),
    };
    answers::page(&Page::cut(found.await?, limit, |f| f.id.clone(), told))
}

/// What follows from the results: sums, the list of what to stop, credit, departments, economics, who foretells well. Money
/// in minor units of the workspace's currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    #[schema(value_type = Object)]
    totals: returns::Totals,
    #[schema(value_type = Vec<Object>)]
    to_stop: Vec<returns::Stop>,
    /// Orders of the last 90 days.
    #[schema(value_type = Object)]
    credit: attribution::Shared,
    /// Null where more than 16 departments took part.
    #[schema(value_type = Option<Vec<Object>>)]
    departments: Option<Vec<scorecards::Scorecard>>,
    /// Of the last three months.
    #[schema(value_type = Object)]
    economics: economics::Economics,
    #[schema(value_type = Vec<Object>)]
    calibration: Vec<calibration::Record>,
}

/// Show what follows from all results.
#[utoipa::path(get, path = "/measure", tag = "measure", responses((status = 200, body = Summary)))]
pub(crate) async fn summary(State(app): State<App>, _: Caller) -> Result {
    let found = app.store.scan(|s| {
        let now = s.now();
        Ok(Summary {
            totals: returns::totals(s, None)?,
            to_stop: returns::to_stop(s)?,
            credit: attribution::share(s, Day::of(now).plus(1 - attribution::DAYS), now)?,
            departments: scorecards::list(s, None)?,
            economics: economics::of(s, Period::ending(Day::of(now), Cadence::Quarter))?,
            calibration: calibration::records(s)?,
        })
    });
    Ok(answers::json(StatusCode::OK, &found.await?))
}
