//! Experiments: `/experiments`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::act::experiments::{self as verbs, List};
use cycle::act::power;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::actions::Why;
use super::answers::{self, Page};
use super::asked::{Asked, Body, PageAsked};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// A comparison of customers who were treated with customers who were left alone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Experiment {
    id: String,
    /// Null for the global control group of a turn.
    action_id: Option<String>,
    turn_id: Option<String>,
    name: String,
    /// `planned`, `running` or `ended`.
    state: String,
    /// `person` or `company`.
    unit: String,
    /// With the unit's id it decides the arm: SHA-256 over key, a zero byte and the id.
    assignment_key: String,
    arms: Vec<ExperimentArm>,
    metric: String,
    metric_version: i64,
    window_days: i64,
    pre_days: i64,
    guardrails: Vec<String>,
    /// Why it runs though it can hardly answer.
    why_underpowered: Option<String>,
    n_people: i64,
    /// Left out before the draw: in the global control group, or not to be reached.
    n_in_control: i64,
    n_unreachable: i64,
    launched_at: Option<Time>,
    ends_at: Option<Time>,
    ended_at: Option<Time>,
    version: i64,
}

/// An arm; `holdout` is left alone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExperimentArm {
    name: String,
    /// Planned share in thousandths.
    permille: i64,
}

impl From<verbs::Experiment> for Experiment {
    fn from(one: verbs::Experiment) -> Self {
        let arm = |arm: verbs::Arm| ExperimentArm { name: arm.name, permille: arm.permille };
        Self {
            state: one.state.name().to_string(),
            unit: one.unit.name().to_string(),
            arms: one.arms.into_iter().map(arm).collect(),
            metric: one.metric.key,
            metric_version: one.metric.version,
            guardrails: one.guardrails.into_iter().map(|guard| guard.key).collect(),
            launched_at: one.launched_at.map(Time),
            ends_at: one.ends_at.map(Time),
            ended_at: one.ended_at.map(Time),
            id: one.id,
            action_id: one.action_id,
            turn_id: one.turn_id,
            name: one.name,
            assignment_key: one.assignment_key,
            window_days: one.window_days,
            pre_days: one.pre_days,
            why_underpowered: one.why_underpowered,
            n_people: one.n_people,
            n_in_control: one.n_in_control,
            n_unreachable: one.n_unreachable,
            version: one.version,
        }
    }
}

/// Which experiments are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ListAsked {
    /// planned, running or ended
    state: Option<String>,
    /// Only that of this action
    action_id: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// List experiments, the newest first.
#[utoipa::path(get, path = "/experiments", tag = "experiments", params(ListAsked), responses((status = 200, body = Page<Experiment>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<ListAsked>) -> Result {
    let limit = PageAsked { after: None, limit: asked.limit }.limit()?;
    let list = List {
        state: asked.state.as_deref().and_then(verbs::State::from_name),
        before: asked.after,
        limit: limit as i64 + 1,
    };
    let found = app.store.read(move |s| match &asked.action_id {
        Some(action_id) => Ok(verbs::of_action(s, action_id)?.into_iter().collect()),
        None => verbs::list(s, &list),
    });
    answers::page(&Page::cut(found.await?, limit, |one| one.id.clone(), Experiment::from))
}

/// Show an experiment.
#[utoipa::path(get, path = "/experiments/{id}", tag = "experiments", params(("id" = String, Path)), responses((status = 200, body = Experiment)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let one = app.store.read(move |s| verbs::get(s, &id)).await?;
    answers::record(StatusCode::OK, one.version, &Experiment::from(one))
}

/// What an experiment can see. Effects are in the unit of the metric, for one unit of the draw.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PowerPlan {
    /// `yes`, `no`, `no_expectation` or `cannot_tell`.
    answer: String,
    n_people: u64,
    n_units: u64,
    n_held_out: u64,
    n_treated: u64,
    mean: f64,
    deviation: f64,
    correlation: f64,
    detectable: Option<f64>,
    expected: Option<f64>,
    power: Option<f64>,
    needed: Option<u64>,
    missing: u64,
    inflow_per_day: f64,
    days: Option<u64>,
    last_day: String,
}

impl From<power::Plan> for PowerPlan {
    fn from(plan: power::Plan) -> Self {
        let answer = match plan.answer {
            power::Answer::Yes => "yes",
            power::Answer::No => "no",
            power::Answer::NoExpectation => "no_expectation",
            power::Answer::CannotTell => "cannot_tell",
        };
        Self {
            answer: answer.to_string(),
            n_people: plan.n_people,
            n_units: plan.n_units,
            n_held_out: plan.n_held_out,
            n_treated: plan.n_treated,
            mean: plan.mean,
            deviation: plan.deviation,
            correlation: plan.correlation,
            detectable: plan.detectable,
            expected: plan.expected,
            power: plan.power,
            needed: plan.needed,
            missing: plan.missing,
            inflow_per_day: plan.inflow_per_day,
            days: plan.days,
            last_day: plan.last_day,
        }
    }
}

/// Reckon whether an experiment can answer, and keep it.
#[utoipa::path(post, path = "/experiments/{id}/plan", tag = "experiments", params(("id" = String, Path)), responses((status = 200, body = PowerPlan)))]
pub(crate) async fn plan(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let looked = app.store.scan(move |s| {
        let experiment = verbs::get(s, &id)?;
        let plan = power::look(s, &experiment)?;
        Ok((experiment, plan))
    });
    let (experiment, plan) = looked.await?;
    let kept = plan.clone();
    app.store
        .write(caller.by(), move |tx| power::keep(tx, &experiment.id, experiment.version, &kept).map(drop))
        .await?;
    Ok(answers::json(StatusCode::OK, &PowerPlan::from(plan)))
}

/// Say why an experiment shall run although it can hardly answer.
#[utoipa::path(post, path = "/experiments/{id}/allowance", tag = "experiments", params(("id" = String, Path)), request_body = Why,
    responses((status = 200, body = Experiment)))]
pub(crate) async fn allow(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(why): Body<Why>,
) -> Result {
    let one = app.store.write(caller.by(), move |tx| verbs::underpowered(tx, &id, &why.why)).await?;
    answers::record(StatusCode::OK, one.version, &Experiment::from(one))
}

/// How the arms of an experiment stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExperimentStanding {
    arms: Vec<ArmStanding>,
    /// Probability of sizes so far from the plan by chance; null before the draw.
    sample_ratio_p: Option<f64>,
    sample_ratio_alarm: bool,
    exposed: Vec<ArmExposure>,
}

/// One arm.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArmStanding {
    name: String,
    permille: i64,
    n_people: i64,
}

/// What reached how many people of an arm.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArmExposure {
    arm: String,
    kind: String,
    n_people: i64,
}

/// Show the sizes of the arms, whether the lot was fair, and what reached whom.
#[utoipa::path(get, path = "/experiments/{id}/standing", tag = "experiments", params(("id" = String, Path)),
    responses((status = 200, body = ExperimentStanding)))]
pub(crate) async fn standing(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| {
        let experiment = verbs::get(s, &id)?;
        Ok((verbs::arms(s, &experiment)?, verbs::exposed_by_arm(s, &id)?))
    });
    let (arms, exposed) = found.await?;
    let lot = verbs::lot(&arms);
    let arm =
        |arm: verbs::ArmCount| ArmStanding { name: arm.name, permille: arm.permille, n_people: arm.n_people };
    let exposure = |(arm, kind, n_people)| ArmExposure { arm, kind, n_people };
    let standing = ExperimentStanding {
        sample_ratio_p: lot.map(|lot| lot.p_value),
        sample_ratio_alarm: lot.is_some_and(|lot| lot.rings()),
        arms: arms.into_iter().map(arm).collect(),
        exposed: exposed.into_iter().map(exposure).collect(),
    };
    Ok(answers::json(StatusCode::OK, &standing))
}
