//! One look: what is known until when, every metric of every arm, and what follows.

use super::compare::{Compared, Pair, compare};
use super::conclude::{Seen, conclude};
use super::outcomes::{self, Asked, Outcomes};
use super::read;
use super::{Effect, EffectMetric, Estimate, LEVEL, MoneyEffect, Role};
use crate::act::actions::{self, Action};
use crate::act::experiments::{self, Experiment};
use crate::calendar::{Day, FRESH_DAYS};
use crate::interpret;
use crate::plan::budget;
use crate::plan::metrics::{self, Kind, Metric, MetricRef};
use platform::clock::DAY;
use platform::store::Snapshot;
use platform::{Micros, Result, params};
use statistics::always_valid::{Looks, WIDEST};
use statistics::sample_ratio;

/// Days after the newest order that still count as known: a small firm does not sell every day.
const SILENCE_DAYS: Micros = 3;

/// What a look found; not kept yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub experiment: Experiment,
    pub action: Option<Action>,
    /// One for each arm that is treated, with its metrics.
    pub arms: Vec<(Effect, Vec<EffectMetric>)>,
}

/// Looks at an experiment as it is known now; None where it has no outcome yet.
///
/// A look stands at the end of the last day that is over, or at the end of the window.
pub fn look(snapshot: &mut Snapshot<'_>, experiment_id: &str) -> Result<Option<Look>> {
    let experiment = experiments::get(snapshot, experiment_id)?;
    let Some(window) = window(snapshot, &experiment)? else { return Ok(None) };
    let action = match &experiment.action_id {
        Some(id) => actions::find(snapshot, id)?,
        None => None,
    };
    let asked = Questions::of(snapshot, &experiment, action.as_ref(), &window)?;
    let outcomes = outcomes::read(snapshot, &experiment, &asked.list)?;
    let context = Context::of(snapshot, &experiment, action.as_ref(), window.clone())?;
    let ratio = sample_ratio::check(&outcomes.n_units(), &weights(&experiment, &outcomes.arm_names));
    let mut arms = Vec::new();
    for arm in 1..outcomes.arm_names.len() {
        let mut found = Vec::with_capacity(asked.metrics.len());
        for question in &asked.metrics {
            let name = &outcomes.arm_names[arm];
            let past = read::past_looks(
                snapshot,
                &experiment.id,
                name,
                (question.role, &question.metric.reference()),
                &window.as_of,
            )?;
            found.push(measured(&outcomes, arm, question, &past, &window));
        }
        let srm_p = ratio.map(|ratio| ratio.p_value);
        arms.push(context.effect(&asked.metrics[0].metric, &outcomes, arm, srm_p, found));
    }
    Ok(Some(Look { experiment, action, arms }))
}

/// From when until when outcomes count.
#[derive(Debug, Clone)]
pub(super) struct Window {
    from: Micros,
    until: Micros,
    /// The look before this one, until when it knew.
    before: Option<Micros>,
    time_share: f64,
    as_of: String,
    is_final: bool,
}

fn window(snapshot: &mut Snapshot<'_>, experiment: &Experiment) -> Result<Option<Window>> {
    let (Some(from), Some(planned_end), None) =
        (experiment.launched_at, experiment.ends_at, &experiment.assigned_up_to)
    else {
        return Ok(None);
    };
    let now = snapshot.now();
    let end = experiment.ended_at.map_or(planned_end, |ended| ended.min(planned_end));
    let known = if now > end + Micros::from(FRESH_DAYS) * DAY { end } else { known_until(snapshot, now)? };
    let is_final = now >= end && known >= end;
    let until = if is_final { end } else { Day::of(now).start().min(known).min(end) };
    if until <= from || planned_end <= from {
        return Ok(None);
    }
    let as_of = Day::of(until - 1).to_string();
    let before = read::look_before(snapshot, &experiment.id, &as_of)?;
    let time_share = ((until - from) as f64 / (planned_end - from) as f64).clamp(0.0, 1.0);
    Ok(Some(Window { from, until, before, time_share, as_of, is_final }))
}

/// Until when orders are known: what is imported once a month says nothing about yesterday.
fn known_until(snapshot: &mut Snapshot<'_>, now: Micros) -> Result<Micros> {
    let newest: Option<i64> =
        snapshot.one("SELECT max(ordered_at) FROM orders WHERE ordered_at <= $1", &params![now], |row| {
            row.get(0)
        })?;
    Ok(newest.map_or(0, |at| Day::of(at).next().start() + SILENCE_DAYS * DAY))
}

/// A metric that is looked at, and where its figures stand among those that were asked.
struct Question {
    role: Role,
    metric: Metric,
    now: usize,
    before: Option<usize>,
    pre_period: Option<usize>,
}

struct Questions {
    metrics: Vec<Question>,
    list: Vec<Asked>,
}

impl Questions {
    fn of(
        snapshot: &mut Snapshot<'_>,
        experiment: &Experiment,
        action: Option<&Action>,
        window: &Window,
    ) -> Result<Self> {
        let mut wanted = vec![(Role::Primary, metrics::get(snapshot, &experiment.metric)?)];
        wanted.push((Role::Money, metrics::latest(snapshot, "revenue")?));
        if let Some(metric) = goal_metric(snapshot, action)? {
            wanted.push((Role::Goal, metric));
        }
        for guardrail in &experiment.guardrails {
            wanted.push((Role::Guardrail, metrics::get(snapshot, guardrail)?));
        }
        let mut questions = Self { metrics: Vec::new(), list: Vec::new() };
        for (role, metric) in wanted.into_iter().filter(|(_, metric)| metric.lacks().is_none()) {
            questions.add(role, metric, experiment, window);
        }
        Ok(questions)
    }

    fn add(&mut self, role: Role, metric: Metric, experiment: &Experiment, window: &Window) {
        let reference = metric.reference();
        let has_past = experiment.pre_days > 0 && matches!(metric.kind, Kind::Sum | Kind::Binary);
        let pre_from = window.from - experiment.pre_days * DAY;
        let now = self.ask(&reference, window.from, window.until);
        let before = window.before.map(|before| self.ask(&reference, window.from, before));
        let pre_period = has_past.then(|| self.ask(&reference, pre_from, window.from));
        self.metrics.push(Question { role, metric, now, before, pre_period });
    }

    /// Where the answer will stand; the same question is asked once.
    fn ask(&mut self, metric: &MetricRef, from: Micros, until: Micros) -> usize {
        let asked = (metric.clone(), from, until);
        if let Some(known) = self.list.iter().position(|known| *known == asked) {
            return known;
        }
        self.list.push(asked);
        self.list.len() - 1
    }
}

/// The metric of the goal that an action serves, where it is another than its own.
fn goal_metric(snapshot: &mut Snapshot<'_>, action: Option<&Action>) -> Result<Option<Metric>> {
    let Some(goal_id) = action.and_then(|action| action.goal_id.as_deref()) else { return Ok(None) };
    let found = snapshot.first(
        "SELECT metric_key, metric_version FROM goals WHERE id = $1 AND metric_key IS NOT NULL",
        &params![goal_id],
        |row| Ok(MetricRef { key: row.get(0)?, version: row.get(1)? }),
    )?;
    found.map(|metric| metrics::get(snapshot, &metric)).transpose()
}

fn pair(outcomes: &Outcomes, asked: usize, arm: usize) -> Pair {
    Pair { treated: outcomes.of_arm(asked, arm), held_out: outcomes.of_arm(asked, 0) }
}

/// One metric of one arm: the estimate, and the interval that its look may claim after the looks before.
fn measured(
    outcomes: &Outcomes,
    arm: usize,
    question: &Question,
    past: &[(f64, f64)],
    window: &Window,
) -> EffectMetric {
    let before = question.pre_period.map(|asked| pair(outcomes, asked, arm));
    let compare_at = |asked| compare(question.metric.kind, &pair(outcomes, asked, arm), before.as_ref());
    let now = compare_at(question.now);
    let mut found = EffectMetric {
        role: question.role,
        metric: question.metric.reference(),
        mean_treated: now.mean_treated,
        mean_holdout: now.mean_holdout,
        found: None,
        correlation: None,
        critical: None,
        method: now.method.clone(),
    };
    let Some(contrast) = now.contrast else { return found };
    let correlation = match question.before.filter(|_| !past.is_empty()) {
        Some(asked) => with_before(&now, &compare_at(asked)),
        None => 0.0,
    };
    // With several arms each gets its part of the chance of being wrong.
    let n_arms = (outcomes.arm_names.len() - 1).max(1) as f64;
    let critical = Looks::new(1.0 - (1.0 - LEVEL) / n_arms).and_then(|mut looks| {
        past.iter().for_each(|(time, correlation)| {
            looks.next(*time, *correlation);
        });
        looks.next(window.time_share, correlation)
    });
    let Some(critical) = critical else { return found };
    found.correlation = Some(correlation);
    found.critical = Some(critical);
    found.found =
        contrast.at_level(LEVEL).zip(contrast.interval(critical.min(WIDEST))).map(|(once, always)| {
            Estimate {
                estimate: once.estimate,
                low: once.low,
                high: once.high,
                always_low: always.low,
                always_high: always.high,
            }
        });
    found
}

fn with_before(now: &Compared, before: &Compared) -> f64 {
    statistics::effects::correlation((&now.parts.0, &before.parts.0), (&now.parts.1, &before.parts.1))
}

/// The planned shares of the arms, in the order of `names`.
fn weights(experiment: &Experiment, names: &[String]) -> Vec<f64> {
    let share =
        |name: &String| experiment.arms.iter().find(|arm| arm.name == *name).map_or(0, |a| a.permille);
    names.iter().map(|name| share(name) as f64).collect()
}

/// What is the same for every arm of a look.
struct Context<'a> {
    experiment: &'a Experiment,
    action: Option<&'a Action>,
    insight_kind: Option<String>,
    cost_minor: Option<i64>,
    window: Window,
    now: Micros,
}

impl<'a> Context<'a> {
    fn of(
        snapshot: &mut Snapshot<'_>,
        experiment: &'a Experiment,
        action: Option<&'a Action>,
        window: Window,
    ) -> Result<Self> {
        let insight_kind = match action.and_then(|action| action.insight_id.as_deref()) {
            Some(id) => Some(interpret::get(snapshot, id)?.kind.name().to_string()),
            None => None,
        };
        let cost_minor = match action {
            Some(action) => {
                let totals = budget::of_action(snapshot, &action.id)?;
                (totals.actual_minor != 0).then_some(totals.actual_minor)
            }
            None => None,
        };
        Ok(Self { experiment, action, insight_kind, cost_minor, window, now: snapshot.now() })
    }

    fn effect(
        &self,
        metric: &Metric,
        outcomes: &Outcomes,
        arm: usize,
        srm_p: Option<f64>,
        found: Vec<EffectMetric>,
    ) -> (Effect, Vec<EffectMetric>) {
        let n_treated = outcomes.n_people[arm];
        let primary = &found[0];
        let money = found.iter().find(|metric| metric.role == Role::Money).and_then(|metric| metric.found);
        let seen = Seen {
            metric,
            found: primary.found,
            is_final: self.window.is_final,
            srm_p,
            expected: self.action.and_then(|action| action.expected),
            plan_json: self.experiment.plan_json.as_deref(),
            guardrails: &found,
        };
        let (conclusion, why) = conclude(&seen);
        let effect = Effect {
            id: String::new(),
            experiment_id: self.experiment.id.clone(),
            action_id: self.experiment.action_id.clone(),
            turn_id: match self.action {
                Some(action) => action.turn_id.clone(),
                None => self.experiment.turn_id.clone(),
            },
            arm: outcomes.arm_names[arm].clone(),
            insight_kind: self.insight_kind.clone(),
            action_kind: self.action.map(|action| action.kind.name().to_string()),
            metric: metric.reference(),
            as_of: self.window.as_of.clone(),
            until_at: self.window.until,
            time_share: self.window.time_share,
            n_treated: n_treated as i64,
            n_holdout: outcomes.n_people[0] as i64,
            mean_treated: primary.mean_treated,
            mean_holdout: primary.mean_holdout,
            found: primary.found,
            method: primary.method.clone(),
            total_effect: primary.found.map(|found| found.estimate * n_treated as f64),
            money: money.map(|found| money_of(&found.times(n_treated as f64))),
            cost_minor: self.cost_minor,
            conclusion,
            why,
            is_final: self.window.is_final,
            srm_p,
            computed_at: self.now,
        };
        (effect, found)
    }
}

fn money_of(total: &Estimate) -> MoneyEffect {
    MoneyEffect {
        minor: total.estimate.round() as i64,
        low_minor: total.always_low.floor() as i64,
        high_minor: total.always_high.ceil() as i64,
    }
}
