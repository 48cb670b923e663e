//! One action: what and why, whom, whether it can be answered, the check list, what its kind does, what happened.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::actions::{self, Action, Check, Kind, State as Stage};
use cycle::act::experiments::{self, ArmCount, Experiment};
use cycle::act::power::{self, Plan};
use cycle::act::segments;
use cycle::interpret;
use cycle::plan::audiences;
use cycle::plan::metrics::{self, Metric};
use platform::events::Event;
use platform::{Result as Found, Snapshot, auth};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::kinds::{KindPart, kind_part};
use super::{state_label, state_tone};
use crate::current::Current;
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::experiments::{ArmRow, PowerPart, arm_rows, power_part, values};
use crate::parts::{Crumb, Moment};
use crate::respond;
use crate::state::App;
use crate::words;

/// Events of its history.
const HISTORY_SHOWN: usize = 30;

#[derive(Template)]
#[template(path = "actions/show.html")]
pub(super) struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    address: String,
    name: String,
    kind: &'static str,
    state: &'static str,
    tone: &'static str,
    is_launching: bool,
    hypothesis: String,
    facts: Vec<Fact>,
    /// How many are left alone and why, in words for somebody who never heard of it.
    holdout: Option<String>,
    power: Option<PowerPart>,
    checks: Vec<Check>,
    is_ready: bool,
    arms: Vec<ArmRow>,
    experiment_href: Option<String>,
    part: KindPart,
    why_ended: Option<String>,
    may: May,
    fields: Fields,
    problems: Problems,
    history: Vec<Past>,
}

/// What may be pressed.
pub(super) struct May {
    edit: bool,
    approve: bool,
    launch: bool,
    stop: bool,
}

struct Fact {
    label: &'static str,
    value: String,
    href: Option<String>,
}

struct Past {
    words: String,
    by: String,
    at: Moment,
}

struct Read {
    action: Action,
    experiment: Option<Experiment>,
    plan: Option<Plan>,
    metric: Option<Metric>,
    arms: Vec<ArmCount>,
    checks: Vec<Check>,
    whom: Option<(String, String)>,
    insight: Option<(String, String)>,
    goal: Option<(String, String)>,
    part: KindPart,
    currency: Currency,
    users: Vec<auth::User>,
    history: Vec<Event>,
}

fn read(snapshot: &mut Snapshot<'_>, id: &str) -> Found<Read> {
    let action = actions::get(snapshot, id)?;
    let experiment = experiments::of_action(snapshot, id)?;
    let (mut plan, mut metric, mut arms) = (None, None, Vec::new());
    if let Some(experiment) = &experiment {
        plan = power::kept(experiment)?;
        metric = Some(metrics::get(snapshot, &experiment.metric)?);
        arms = experiments::arms(snapshot, experiment)?;
    }
    let checks = if action.is_open() { actions::checklist(snapshot, &action)? } else { Vec::new() };
    let insight = match &action.insight_id {
        Some(insight_id) => {
            let insight = interpret::get(snapshot, insight_id)?;
            Some((insight.claim, format!("/insights/{insight_id}")))
        }
        None => None,
    };
    Ok(Read {
        whom: whom(snapshot, &action)?,
        goal: super::goal_of(snapshot, &action)?,
        part: kind_part(snapshot, &action)?,
        currency: workspace_currency(snapshot)?,
        users: auth::list(snapshot)?,
        history: platform::events::timeline(snapshot, id, None, HISTORY_SHOWN)?,
        action,
        experiment,
        plan,
        metric,
        arms,
        checks,
        insight,
    })
}

/// The people: as they were at the launch, or who is in the segment now.
fn whom(snapshot: &mut Snapshot<'_>, action: &Action) -> Found<Option<(String, String)>> {
    let Some(segment_id) = &action.segment_id else { return Ok(None) };
    let name = match segments::get(snapshot, segment_id) {
        Ok(segment) => segment.name,
        Err(platform::Error::Missing { .. }) => "a segment that was deleted".to_string(),
        Err(error) => return Err(error),
    };
    let words = match &action.audience_id {
        Some(audience_id) => {
            let n = audiences::get(snapshot, audience_id)?.n_people;
            format!("{name}: {} at the launch", words::counted(n, "person", "people"))
        }
        None => name,
    };
    Ok(Some((words, format!("/segments/{segment_id}"))))
}

pub(crate) async fn show(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    respond::page(&page(&app, &current, id, Fields::default(), Problems::default()).await?)
}

pub(super) async fn page(
    app: &App,
    current: &Current,
    id: String,
    fields: Fields,
    problems: Problems,
) -> Result<Show> {
    let found = app.store.read(move |s| read(s, &id)).await?;
    let (action, now) = (&found.action, app.store.now());
    let moment = |at| words::moment(at, now, current.zone());
    let by = |event: &Event| {
        let user = found.users.iter().find(|user| Some(&user.id) == event.actor_id.as_ref());
        user.map_or_else(|| "the program".to_string(), |user| user.name.clone())
    };
    Ok(Show {
        page: current.layout(Place::Actions, action.name.clone()),
        crumbs: vec![Crumb { label: "Actions".to_string(), href: "/actions".to_string() }],
        address: format!("/actions/{}", action.id),
        name: action.name.clone(),
        kind: action.kind.label(),
        state: state_label(action),
        tone: state_tone(action.state).class(),
        is_launching: action.is_launching(),
        hypothesis: action.hypothesis.clone(),
        facts: facts(&found),
        holdout: holdout(&found),
        power: found
            .experiment
            .as_ref()
            .zip(found.metric.as_ref())
            .map(|(experiment, metric)| power_part(experiment, found.plan.as_ref(), metric, found.currency)),
        is_ready: found.checks.iter().all(|check| check.problem.is_none()),
        arms: arm_rows(&found.arms, found.experiment.as_ref()),
        experiment_href: found
            .experiment
            .as_ref()
            .map(|experiment| format!("/experiments/{}", experiment.id)),
        why_ended: action.why_ended.clone(),
        may: may(current, action),
        history: found
            .history
            .iter()
            .map(|event| Past { words: happened(&event.verb), by: by(event), at: moment(event.at) })
            .collect(),
        checks: found.checks,
        part: found.part,
        fields,
        problems,
    })
}

fn may(current: &Current, action: &Action) -> May {
    let may_write = current.may_write();
    May {
        edit: may_write && action.is_open(),
        approve: may_write && action.state == Stage::Draft && action.is_open(),
        launch: may_write && action.is_open(),
        stop: may_write && action.state == Stage::Running,
    }
}

fn facts(found: &Read) -> Vec<Fact> {
    let action = &found.action;
    let mut facts = Vec::new();
    let mut add = |label, value: String, href| facts.push(Fact { label, value, href });
    let linked = |pair: &Option<(String, String)>| pair.clone().map(|(value, href)| (value, Some(href)));
    if let Some((value, href)) = linked(&found.insight) {
        add("Answers", value, href);
    }
    match linked(&found.whom) {
        Some((value, href)) => add("For whom", value, href),
        None => add("For whom", "Everybody who comes by".to_string(), None),
    }
    if let Some((value, href)) = linked(&found.goal) {
        add("Goal", value, href);
    }
    add("Purpose", action.purpose.clone(), None);
    if let Some(metric) = &found.metric {
        add("Judged by", metric.name.clone(), Some(format!("/dictionary/{}", metric.key)));
        if let Some(expected) = action.expected {
            let value = values::in_words(expected.per_person, metric, found.currency);
            add("Expected more of one customer", value, None);
        }
    }
    if !action.expected_how.is_empty() {
        add("Why that much", action.expected_how.clone(), None);
    }
    if let Some(why) = &action.why_no_experiment {
        add("Without an experiment", why.clone(), None);
    }
    facts
}

/// "12 of 60 customers will not get this …".
fn holdout(found: &Read) -> Option<String> {
    let experiment = found.experiment.as_ref()?;
    let what = match found.action.kind {
        Kind::Campaign => "get this e-mail",
        Kind::CallList => "be called",
        Kind::Offer => "get this offer",
        Kind::TouchPoint => "meet this change",
    };
    let held = found.arms.iter().find(|arm| arm.name == experiments::HOLDOUT).map_or(0, |arm| arm.n_people);
    if experiment.n_people > 0 {
        return Some(format!(
            "{} of {} do not {what}, so that you can see what would have happened without it. The lot decided who.",
            words::count(held),
            words::counted(experiment.n_people, "customer", "customers")
        ));
    }
    let plan = found.plan.as_ref()?;
    let about = plan.n_people * experiment.holdout_permille.unsigned_abs() / 1000;
    Some(format!(
        "About {} of {} will not {what}, so that you can see what would have happened without it. The lot decides who.",
        words::count(about as i64),
        words::counted(plan.n_people, "customer", "customers")
    ))
}

fn happened(verb: &str) -> String {
    let known = match verb {
        "action.created" => "Drafted",
        "action.updated" => "Changed",
        "action.approved" => "Approved",
        "action.launched" => "Launched: the audience was frozen",
        "action.began" => "Began",
        "action.stopped" => "Stopped",
        "action.discarded" => "Dropped",
        "action.done" => "Done",
        "experiment.created" => "Experiment designed",
        "experiment.designed" => "Experiment designed anew",
        "experiment.planned" => "Reckoned whether it can answer",
        "experiment.allowed_underpowered" => "Allowed although it can hardly answer",
        "experiment.launched" => "Everybody was given an arm",
        "experiment.ended" => "Experiment ended",
        "experiment.withdrawn" => "Experiment taken out",
        "effect.seen" => "Looked at: the conclusion is another one",
        "effect.final" => "Looked at for the last time",
        "cost.stated" => "Cost noted",
        "touch_point.recorded" => "Change recorded",
        "touch_point.ended" => "Change taken back",
        other => return other.replace(['.', '_'], " "),
    };
    known.to_string()
}
