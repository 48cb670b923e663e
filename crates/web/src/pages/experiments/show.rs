//! One experiment: its arms, whether the lot was fair, what reached whom, what came out so far.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::actions::{self, Action};
use cycle::act::experiments::{self, ArmCount, Experiment, HOLDOUT};
use cycle::act::power::Plan;
use cycle::measure::effects::{self, Effect};
use cycle::plan::metrics::{self, Metric};
use platform::{Result as Found, Snapshot};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::{ArmRow, PowerPart, arm_rows, in_words, plan_of, power_part, state_label, state_tone, values};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Crumb, Moment, Stat};
use crate::respond;
use crate::state::App;
use crate::words;

#[derive(Template)]
#[template(path = "experiments/show.html")]
struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    name: String,
    state: &'static str,
    tone: &'static str,
    is_control: bool,
    action: Option<(String, String)>,
    /// Where every look stands, day by day.
    days: String,
    hypothesis: String,
    /// What is done here, for somebody who sees an experiment for the first time.
    in_short: String,
    stats: Vec<Stat>,
    arms: Vec<ArmRow>,
    lot: Option<Lot>,
    exposed: Vec<Exposed>,
    breach: Option<String>,
    power: PowerPart,
    results: Vec<ResultRow>,
    starts: Option<Moment>,
    ends: Option<Moment>,
    guardrails: Vec<String>,
    unit: &'static str,
    left_out: String,
}

/// Whether the arms have the sizes that were planned.
struct Lot {
    is_fair: bool,
    text: String,
}

/// What reached the people of one arm.
struct Exposed {
    arm: String,
    what: String,
    n_people: String,
    of: String,
}

/// What was measured of one variant.
struct ResultRow {
    arm: String,
    conclusion: &'static str,
    tone: &'static str,
    why: String,
    estimate: String,
    interval: String,
    money: String,
    as_of: String,
    is_final: bool,
}

struct Read {
    experiment: Experiment,
    action: Option<Action>,
    metric: Metric,
    guardrails: Vec<String>,
    plan: Option<Plan>,
    arms: Vec<ArmCount>,
    exposed: Vec<(String, String, i64)>,
    effects: Vec<Effect>,
    currency: Currency,
}

fn read(snapshot: &mut Snapshot<'_>, id: &str) -> Found<Read> {
    let experiment = experiments::get(snapshot, id)?;
    let action = match &experiment.action_id {
        Some(action_id) => Some(actions::get(snapshot, action_id)?),
        None => None,
    };
    let mut guardrails = Vec::new();
    for guard in &experiment.guardrails {
        guardrails.push(metrics::get(snapshot, guard)?.name);
    }
    Ok(Read {
        metric: metrics::get(snapshot, &experiment.metric)?,
        plan: plan_of(&experiment)?,
        arms: experiments::arms(snapshot, &experiment)?,
        exposed: experiments::exposed_by_arm(snapshot, id)?,
        effects: effects::latest(snapshot, id)?,
        currency: workspace_currency(snapshot)?,
        guardrails,
        action,
        experiment,
    })
}

pub(crate) async fn show(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| read(s, &id)).await?;
    let experiment = &found.experiment;
    let now = app.store.now();
    let moment = |at| words::moment(at, now, current.zone());
    let n_held = found.arms.iter().find(|arm| arm.name == HOLDOUT).map_or(0, |arm| arm.n_people);
    respond::page(&Show {
        page: current.layout(Place::Experiments, experiment.name.clone()),
        crumbs: vec![Crumb { label: "Experiments".to_string(), href: "/experiments".to_string() }],
        name: experiment.name.clone(),
        state: state_label(experiment),
        tone: state_tone(experiment.state).class(),
        is_control: experiment.is_global_control(),
        action: found.action.as_ref().map(|action| (action.name.clone(), format!("/actions/{}", action.id))),
        days: format!("/measure/results/{}", experiment.id),
        hypothesis: found.action.as_ref().map(|action| action.hypothesis.clone()).unwrap_or_default(),
        in_short: in_short(&found, n_held, now),
        stats: stats(&found, n_held),
        arms: arm_rows(&found.arms, Some(experiment)),
        lot: lot(experiment, &found.arms),
        exposed: exposed(&found),
        breach: breach(&found, n_held),
        power: power_part(experiment, found.plan.as_ref(), &found.metric, found.currency),
        results: found.effects.iter().map(|effect| result(effect, &found)).collect(),
        starts: experiment.launched_at.map(moment),
        ends: experiment.ends_at.map(moment),
        guardrails: found.guardrails.clone(),
        unit: match experiment.unit {
            experiments::Unit::Person => "each customer alone",
            experiments::Unit::Company => "all people of a company together",
        },
        left_out: left_out(experiment),
    })
}

/// What is compared with what, and when the answer comes.
fn in_short(found: &Read, n_held: i64, now: platform::Micros) -> String {
    let experiment = &found.experiment;
    let n_treated = experiment.n_people - n_held;
    if experiment.n_people == 0 || experiment.is_global_control() {
        return String::new();
    }
    let metric = found.metric.name.to_lowercase();
    let compared = format!(
        "{} get it, {} are left alone; the lot decided who. What differs between the two in {metric} is what the action \
         brought, and not the season or chance, once the interval leaves out zero.",
        words::count(n_treated),
        words::count(n_held)
    );
    let is_final = found.effects.iter().any(|effect| effect.is_final);
    let when = match experiment.ends_at {
        _ if is_final => "This is the final answer.".to_string(),
        Some(ends) if now < ends => format!(
            "The final answer comes when {} days are over; it is looked at every day until then.",
            experiment.window_days
        ),
        _ => "The days are over; the final answer comes with the orders of the last of them: import them."
            .to_string(),
    };
    format!("{compared} {when}")
}

fn stats(found: &Read, n_held: i64) -> Vec<Stat> {
    let experiment = &found.experiment;
    let mut stats = vec![Stat::new("Judged by", found.metric.name.clone(), &found.metric.definition)];
    if experiment.n_people > 0 {
        stats.push(Stat::new(
            "In the experiment",
            words::count(experiment.n_people),
            "People whom the lot gave a group.",
        ));
        stats.push(Stat::new(
            "Held out",
            words::count(n_held),
            "Left alone, so that their outcome shows what would have happened anyway.",
        ));
    }
    stats.push(Stat::new(
        "Watched for",
        words::counted(experiment.window_days, "day", "days"),
        "The outcome counts from the launch for so long, for both sides alike.",
    ));
    stats
}

/// People who were left out before the draw.
fn left_out(experiment: &Experiment) -> String {
    let mut parts = Vec::new();
    if experiment.n_in_control > 0 {
        parts.push(format!("{} in the global control group", words::count(experiment.n_in_control)));
    }
    if experiment.n_unreachable > 0 {
        parts.push(format!("{} who cannot be reached", words::count(experiment.n_unreachable)));
    }
    match parts.is_empty() {
        true => String::new(),
        false => format!("Left out before the draw: {}.", parts.join(" and ")),
    }
}

/// Whether the arms are as large as planned. Companies are drawn as a whole: there the number of people says little.
fn lot(experiment: &Experiment, arms: &[ArmCount]) -> Option<Lot> {
    if experiment.n_people == 0 || experiment.unit == experiments::Unit::Company {
        return None;
    }
    let found = experiments::lot(arms)?;
    Some(match found.rings() {
        true => Lot {
            is_fair: false,
            text: format!(
                "Chance alone would give sizes so far from the plan in {} of all draws. Something took people out of one group: \
                 the comparison cannot be trusted.",
                words::share(found.p_value)
            ),
        },
        false => Lot {
            is_fair: true,
            text: "The groups are as large as planned, but for what chance does.".to_string(),
        },
    })
}

fn exposed(found: &Read) -> Vec<Exposed> {
    let n_of = |arm: &str| found.arms.iter().find(|one| one.name == arm).map_or(0, |one| one.n_people);
    found
        .exposed
        .iter()
        .map(|(arm, kind, n)| Exposed {
            arm: if arm == HOLDOUT { "Held out".to_string() } else { super::capital(arm) },
            what: kind.replace('_', " "),
            n_people: words::count(*n),
            of: words::share(*n as f64 / n_of(arm).max(1) as f64),
        })
        .collect()
}

/// Somebody who is held out was reached all the same.
fn breach(found: &Read, n_held: i64) -> Option<String> {
    let most = found.exposed.iter().filter(|(arm, _, _)| arm == HOLDOUT).map(|(_, _, n)| *n).max()?;
    Some(format!(
        "{} of {} held-out customers were reached all the same. They stay where the lot put them, so the measured difference is \
         smaller than the true one.",
        words::count(most),
        words::count(n_held)
    ))
}

fn result(effect: &Effect, found: &Read) -> ResultRow {
    let say = |value: f64| values::in_words(value, &found.metric, found.currency);
    let money = |minor: i64| words::money_whole(minor, found.currency.code());
    let estimate = effect.found.as_ref();
    ResultRow {
        arm: super::capital(&effect.arm),
        conclusion: in_words(effect.conclusion),
        tone: super::conclusion_tone(effect.conclusion),
        why: effect.why.clone(),
        estimate: estimate.map_or("can’t tell".to_string(), |one| say(one.estimate)),
        interval: estimate.map_or(String::new(), |one| {
            values::between(one.always_low, one.always_high, &found.metric, found.currency)
        }),
        money: effect.money.map_or(String::new(), |one| {
            format!("{} ({} to {})", money(one.minor), money(one.low_minor), money(one.high_minor))
        }),
        as_of: effect.as_of.clone(),
        is_final: effect.is_final,
    }
}
