//! Actions, with what their kinds do: `/actions`, `/calls`, `/coupons`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::act::actions::{self as verbs, Draft, Expected, Kind, List};
use cycle::act::call_lists;
use cycle::act::experiments::{Design, Unit};
use cycle::act::{offers, power, touch_points};
use cycle::interpret::Deciding;
use cycle::plan::metrics;
use platform::{Error, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{Asked, Body, PageAsked};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// Something that is done about customers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Action {
    id: String,
    /// `campaign`, `call_list`, `offer` or `touch_point`.
    kind: String,
    name: String,
    hypothesis: String,
    /// `draft`, `approved`, `running`, `stopped` or `done`.
    state: String,
    /// The audience is frozen, and the lot is being drawn.
    is_launching: bool,
    turn_id: Option<String>,
    insight_id: Option<String>,
    goal_id: Option<String>,
    segment_id: Option<String>,
    audience_id: Option<String>,
    purpose: String,
    /// In the unit of the experiment's metric, for one customer.
    expected_per_person: Option<f64>,
    expected_how: String,
    why_no_experiment: Option<String>,
    why_ended: Option<String>,
    launched_at: Option<Time>,
    ended_at: Option<Time>,
    created_at: Time,
    version: i64,
}

impl From<verbs::Action> for Action {
    fn from(action: verbs::Action) -> Self {
        Self {
            kind: action.kind.name().to_string(),
            state: action.state.name().to_string(),
            is_launching: action.is_launching(),
            expected_per_person: action.expected.map(|expected| expected.per_person),
            launched_at: action.launched_at.map(Time),
            ended_at: action.ended_at.map(Time),
            created_at: Time(action.created_at),
            id: action.id,
            name: action.name,
            hypothesis: action.hypothesis,
            turn_id: action.turn_id,
            insight_id: action.insight_id,
            goal_id: action.goal_id,
            segment_id: action.segment_id,
            audience_id: action.audience_id,
            purpose: action.purpose,
            expected_how: action.expected_how,
            why_no_experiment: action.why_no_experiment,
            why_ended: action.why_ended,
            version: action.version,
        }
    }
}

/// How an action is compared with doing nothing.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExperimentDesign)]
pub(crate) struct Designed {
    /// `person` or `company`; `person` where it is left out.
    unit: Option<String>,
    /// In thousandths: 200 leaves a fifth of the customers alone.
    holdout_permille: i64,
    #[serde(default)]
    variants: Vec<String>,
    /// The key of a metric.
    metric: String,
    window_days: i64,
    #[serde(default)]
    pre_days: i64,
    /// Keys of metrics that must not get worse.
    #[serde(default)]
    guardrails: Vec<String>,
}

/// What the codes of an offer take off.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferInput)]
pub(crate) struct OfferStated {
    percent_permille: Option<i64>,
    amount_minor: Option<i64>,
    #[serde(default)]
    least_order_minor: i64,
    valid_from: Option<String>,
    valid_until: String,
    budget_minor: Option<i64>,
    #[serde(default)]
    prefix: String,
}

/// What is said on the telephone.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CallListInput)]
pub(crate) struct CallListStated {
    script: String,
    assignee_id: Option<String>,
    minutes_per_call: Option<i64>,
    most_attempts: Option<i64>,
}

/// A change that customers meet.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TouchPointInput)]
pub(crate) struct TouchPointStated {
    place: String,
    what: String,
    /// Empty is today.
    #[serde(default)]
    changed_on: String,
}

/// A new action. With `insight_id` alone, everything else is filled in from its playbook.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ActionInput)]
pub(crate) struct Stated {
    kind: Option<String>,
    name: Option<String>,
    hypothesis: Option<String>,
    insight_id: Option<String>,
    goal_id: Option<String>,
    segment_id: Option<String>,
    purpose: Option<String>,
    expected_per_person: Option<f64>,
    expected_how: Option<String>,
    experiment: Option<Designed>,
    /// Instead of an experiment.
    why_no_experiment: Option<String>,
    call_list: Option<CallListStated>,
    offer: Option<OfferStated>,
    touch_point: Option<TouchPointStated>,
    /// The decision that is kept with the insight.
    why: Option<String>,
    expected_effect: Option<String>,
}

impl Stated {
    /// What is stated, over what the playbook of the insight or an empty draft says.
    fn draft(&self, tx: &mut Tx<'_>) -> platform::Result<(Draft, Deciding)> {
        let kind = match self.kind.as_deref() {
            None => None,
            Some(name) => Some(Kind::from_name(name).ok_or_else(|| {
                Error::invalid("kind", format!("“{name}” is none of campaign, call_list, offer, touch_point"))
            })?),
        };
        let (draft, proposed) = match &self.insight_id {
            Some(id) => {
                let insight = cycle::interpret::get(tx, id)?;
                let proposal = verbs::propose(tx, &insight)?;
                (proposal.draft, (proposal.why, proposal.expected_effect))
            }
            None => (verbs::blank(tx, kind.unwrap_or_default())?, Default::default()),
        };
        let mut draft = match kind {
            Some(kind) => draft.of_kind(kind),
            None => draft,
        };
        let over = |stated: &Option<String>, field: &mut String| {
            if let Some(stated) = stated {
                field.clone_from(stated);
            }
        };
        over(&self.name, &mut draft.name);
        over(&self.hypothesis, &mut draft.hypothesis);
        over(&self.purpose, &mut draft.purpose);
        over(&self.expected_how, &mut draft.expected_how);
        draft.goal_id = self.goal_id.clone().or(draft.goal_id);
        draft.segment_id = self.segment_id.clone().or(draft.segment_id);
        if let Some(per_person) = self.expected_per_person {
            draft.expected = Some(Expected { per_person, low: None, high: None });
        }
        if let Some(why) = &self.why_no_experiment {
            (draft.design, draft.why_no_experiment) = (None, why.clone());
        }
        if let Some(designed) = &self.experiment {
            draft.design = Some(designed.design(tx)?);
        }
        self.of_kind(&mut draft);
        let deciding = Deciding {
            why: self.why.clone().unwrap_or(proposed.0),
            expected_effect: self.expected_effect.clone().unwrap_or(proposed.1),
        };
        Ok((draft, deciding))
    }

    fn of_kind(&self, draft: &mut Draft) {
        if let Some(list) = &self.call_list {
            let usual = call_lists::Input::default();
            draft.call_list = Some(call_lists::Input {
                script: list.script.clone(),
                assignee_id: list.assignee_id.clone(),
                minutes_per_call: list.minutes_per_call.unwrap_or(usual.minutes_per_call),
                most_attempts: list.most_attempts.unwrap_or(usual.most_attempts),
            });
        }
        if let Some(offer) = &self.offer {
            draft.offer = Some(offers::Input {
                percent_permille: offer.percent_permille,
                amount_minor: offer.amount_minor,
                least_order_minor: offer.least_order_minor,
                valid_from: offer.valid_from.clone().unwrap_or_default(),
                valid_until: offer.valid_until.clone(),
                budget_minor: offer.budget_minor,
                prefix: offer.prefix.clone(),
            });
        }
        if let Some(point) = &self.touch_point {
            draft.touch_point = Some(point.input());
        }
    }
}

impl TouchPointStated {
    pub(super) fn input(&self) -> touch_points::Input {
        touch_points::Input {
            place: self.place.clone(),
            what: self.what.clone(),
            changed_on: self.changed_on.clone(),
        }
    }
}

impl Designed {
    fn design(&self, tx: &mut Tx<'_>) -> platform::Result<Design> {
        let mut known = |field: &str, key: &str| match metrics::latest(tx, key) {
            Ok(metric) => Ok(metric.reference()),
            Err(Error::Missing { .. }) => Err(Error::invalid(field, format!("there is no metric “{key}”"))),
            Err(error) => Err(error),
        };
        let metric = known("experiment.metric", &self.metric)?;
        let mut guardrails = Vec::with_capacity(self.guardrails.len());
        for key in &self.guardrails {
            guardrails.push(known("experiment.guardrails", key)?);
        }
        let unit = match self.unit.as_deref() {
            None => Unit::Person,
            Some(name) => Unit::from_name(name)
                .ok_or_else(|| Error::invalid("experiment.unit", "it is person or company"))?,
        };
        Ok(Design {
            unit,
            holdout_permille: self.holdout_permille,
            variants: self.variants.clone(),
            metric,
            window_days: self.window_days,
            pre_days: self.pre_days,
            guardrails,
        })
    }
}

/// Which actions are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ListAsked {
    /// draft, approved, running, stopped or done
    state: Option<String>,
    /// campaign, call_list, offer or touch_point
    kind: Option<String>,
    turn_id: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

/// List actions, the newest first.
#[utoipa::path(get, path = "/actions", tag = "actions", params(ListAsked), responses((status = 200, body = Page<Action>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<ListAsked>) -> Result {
    let limit = PageAsked { after: None, limit: asked.limit }.limit()?;
    let list = List {
        state: asked.state.as_deref().and_then(verbs::State::from_name),
        kind: asked.kind.as_deref().and_then(Kind::from_name),
        turn_id: asked.turn_id,
        before: asked.after,
        limit: limit as i64 + 1,
    };
    let found = app.store.read(move |s| verbs::list(s, &list)).await?;
    answers::page(&Page::cut(found, limit, |action| action.id.clone(), Action::from))
}

/// Draft an action, with its experiment; from an insight also its segment and the decision.
#[utoipa::path(post, path = "/actions", tag = "actions", request_body = Stated, responses((status = 201, body = Action)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let created = app.store.write(caller.by(), move |tx| {
        let (draft, deciding) = stated.draft(tx)?;
        match &stated.insight_id {
            Some(id) => verbs::from_insight(tx, id, &draft, &deciding),
            None => verbs::create(tx, &draft),
        }
    });
    let action = created.await?;
    answers::stated(true, &format!("/api/v1/actions/{}", action.id), action.version, &Action::from(action))
}

/// Show an action.
#[utoipa::path(get, path = "/actions/{id}", tag = "actions", params(("id" = String, Path)), responses((status = 200, body = Action)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let action = app.store.read(move |s| verbs::get(s, &id)).await?;
    answers::record(StatusCode::OK, action.version, &Action::from(action))
}

/// One line of the check list before a launch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActionCheck {
    field: String,
    name: String,
    /// Null: it is in order.
    problem: Option<String>,
    words: String,
}

/// Show what has to be in order before the launch.
#[utoipa::path(get, path = "/actions/{id}/checks", tag = "actions", params(("id" = String, Path)),
    responses((status = 200, body = [ActionCheck])))]
pub(crate) async fn checks(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| {
        let action = verbs::get(s, &id)?;
        verbs::checklist(s, &action)
    });
    let told = |check: verbs::Check| ActionCheck {
        field: check.field.to_string(),
        name: check.name.to_string(),
        problem: check.problem,
        words: check.words,
    };
    let checks: Vec<ActionCheck> = found.await?.into_iter().map(told).collect();
    Ok(answers::json(StatusCode::OK, &checks))
}

/// Approve a draft.
#[utoipa::path(post, path = "/actions/{id}/approval", tag = "actions", params(("id" = String, Path)), responses((status = 200, body = Action)))]
pub(crate) async fn approve(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    changed(app.store.write(caller.by(), move |tx| verbs::approve(tx, &id)).await?)
}

/// Launch an action: freeze the audience, draw the lot, begin.
#[utoipa::path(post, path = "/actions/{id}/launch", tag = "actions", params(("id" = String, Path)), responses((status = 200, body = Action)))]
pub(crate) async fn launch(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let wanted = id.clone();
    let unreckoned = app.store.scan(move |s| match cycle::act::experiments::of_action(s, &wanted)? {
        Some(experiment) if experiment.plan_json.is_none() => {
            let plan = power::look(s, &experiment)?;
            Ok(Some((experiment, plan)))
        }
        _ => Ok(None),
    });
    let unreckoned = unreckoned.await?;
    let launched = app.store.write(caller.by(), move |tx| {
        if let Some((experiment, plan)) = &unreckoned {
            power::keep(tx, &experiment.id, experiment.version, plan)?;
        }
        verbs::launch(tx, &id)
    });
    changed(launched.await?)
}

/// A sentence that is kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    pub(super) why: String,
}

/// Stop a running action: nobody more is contacted.
#[utoipa::path(post, path = "/actions/{id}/stop", tag = "actions", params(("id" = String, Path)), request_body = Why, responses((status = 200, body = Action)))]
pub(crate) async fn stop(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(why): Body<Why>,
) -> Result {
    changed(app.store.write(caller.by(), move |tx| verbs::stop(tx, &id, &why.why)).await?)
}

/// Say that everything of an action is done; its outcome is still watched.
#[utoipa::path(post, path = "/actions/{id}/completion", tag = "actions", params(("id" = String, Path)), responses((status = 200, body = Action)))]
pub(crate) async fn complete(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    changed(app.store.write(caller.by(), move |tx| verbs::finish(tx, &id)).await?)
}

/// Drop a draft.
#[utoipa::path(post, path = "/actions/{id}/removal", tag = "actions", params(("id" = String, Path)), request_body = Why, responses((status = 200, body = Action)))]
pub(crate) async fn discard(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(why): Body<Why>,
) -> Result {
    changed(app.store.write(caller.by(), move |tx| verbs::discard(tx, &id, &why.why)).await?)
}

fn changed(action: verbs::Action) -> Result {
    answers::record(StatusCode::OK, action.version, &Action::from(action))
}

/// Somebody who is treated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Treated {
    person_id: String,
    arm: String,
}

/// List the people who are treated, by id; those who are held out are not among them.
#[utoipa::path(get, path = "/actions/{id}/people", tag = "actions", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<Treated>)))]
pub(crate) async fn people(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let after = asked.after.unwrap_or_default();
    let found = app.store.read(move |s| {
        let action = verbs::get(s, &id)?;
        if action.is_open() || action.is_launching() {
            return Err(Error::Conflict("it was not launched: nobody knows yet who is held out".to_string()));
        }
        verbs::people(s, &action, &after, limit as i64 + 1)
    });
    let told = |(person_id, arm)| Treated { person_id, arm };
    answers::page(&Page::cut(found.await?, limit, |(id, _)| id.clone(), told))
}
