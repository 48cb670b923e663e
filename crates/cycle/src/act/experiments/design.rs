//! Designing an experiment before its launch, and ending it after.

use super::{Arm, Experiment, HOLDOUT, KIND, State, TREATED, Unit, get};
use crate::plan::metrics::MetricRef;
use platform::events::{self, Entry};
use platform::store::Tx;
use platform::{Error, Problem, Result, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Variants beside the holdout.
pub const MOST_VARIANTS: usize = 4;
/// Longest window of the outcome, and longest time before it.
pub const MOST_WINDOW_DAYS: i64 = 365;
const MOST_PRE_DAYS: i64 = 730;
/// Share of the units that may be held out, in thousandths: less tells nothing, more is no action.
const HOLDOUT_FROM: i64 = 10;
const HOLDOUT_TO: i64 = 900;
/// Longest name of a variant in characters.
const VARIANT_LENGTH: usize = 40;
/// Metrics that may stand guard.
const MOST_GUARDRAILS: usize = 5;

/// What somebody states about an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Design {
    pub unit: Unit,
    pub holdout_permille: i64,
    /// Empty is one variant.
    pub variants: Vec<String>,
    pub metric: MetricRef,
    pub window_days: i64,
    pub pre_days: i64,
    pub guardrails: Vec<MetricRef>,
}

impl Design {
    /// The arms, the holdout first; what does not divide evenly goes to the first variants.
    pub fn arms(&self) -> Vec<Arm> {
        let one = [TREATED.to_string()];
        let variants = if self.variants.is_empty() { &one[..] } else { &self.variants[..] };
        let (rest, n) = (1000 - self.holdout_permille, variants.len() as i64);
        let mut arms = vec![Arm { name: HOLDOUT.to_string(), permille: self.holdout_permille }];
        for (place, name) in (0..).zip(variants) {
            let permille = rest / n + i64::from(place < rest % n);
            arms.push(Arm { name: name.clone(), permille });
        }
        arms
    }
}

/// What speaks against a design, at `holdout`, `variants`, `window_days`, `pre_days` and `guardrails`.
pub fn problems(design: &Design) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut problem = |field: &str, message: &str| {
        found.push(Problem { field: field.to_string(), message: message.to_string() });
    };
    match design.holdout_permille {
        ..=0 => problem(
            "holdout",
            "with 0 % nobody is left alone, and nothing can be compared; take 20 %, or do without an experiment and \
             write down why",
        ),
        1000.. => problem("holdout", "with 100 % everybody is left alone, and nothing is done; take 20 %"),
        share if !(HOLDOUT_FROM..=HOLDOUT_TO).contains(&share) => {
            problem("holdout", "hold out at least 1 % and at most 90 %");
        }
        _ => {}
    }
    let names: BTreeSet<&str> = design.variants.iter().map(|name| name.trim()).collect();
    if design.variants.len() > MOST_VARIANTS {
        problem("variants", "compare at most 4 variants: each more needs more customers");
    } else if names.len() < design.variants.len() {
        problem("variants", "two variants have the same name");
    } else if names.iter().any(|name| name.is_empty() || name.chars().count() > VARIANT_LENGTH) {
        problem("variants", "a variant needs a name of at most 40 characters");
    } else if names.contains(HOLDOUT) {
        problem("variants", "“holdout” is the name of those who are left alone");
    }
    if !(1..=MOST_WINDOW_DAYS).contains(&design.window_days) {
        problem("window_days", "look at the outcome for 1 to 365 days");
    }
    if !(0..=MOST_PRE_DAYS).contains(&design.pre_days) {
        problem("pre_days", "look back between 0 and 730 days");
    }
    if design.guardrails.len() > MOST_GUARDRAILS {
        problem("guardrails", "at most 5 metrics stand guard");
    }
    found
}

/// An experiment as it is made with its action.
pub(in crate::act) fn new(
    tx: &mut Tx<'_>,
    action_id: Option<&str>,
    name: &str,
    design: &Design,
) -> Experiment {
    let now = tx.now();
    Experiment {
        id: tx.new_id("exp"),
        action_id: action_id.map(str::to_string),
        turn_id: None,
        name: name.to_string(),
        unit: design.unit,
        assignment_key: tx.new_id("key"),
        holdout_permille: design.holdout_permille,
        arms: design.arms(),
        metric: design.metric.clone(),
        window_days: design.window_days,
        pre_days: design.pre_days,
        guardrails: design.guardrails.clone(),
        plan_json: None,
        why_underpowered: None,
        state: State::Planned,
        assigned_up_to: None,
        n_people: 0,
        n_in_control: 0,
        n_unreachable: 0,
        launched_at: None,
        ends_at: None,
        ended_at: None,
        decision_json: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// Designs the experiment anew; what was reckoned before is forgotten.
///
/// **Errors** with a conflict after the launch, and at the fields of the design.
pub fn design(tx: &mut Tx<'_>, id: &str, design: &Design) -> Result<Experiment> {
    let before = get(tx, id)?;
    refuse_after_launch(&before)?;
    let problems = problems(design);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let experiment = Experiment {
        unit: design.unit,
        holdout_permille: design.holdout_permille,
        arms: design.arms(),
        metric: design.metric.clone(),
        window_days: design.window_days,
        pre_days: design.pre_days,
        guardrails: design.guardrails.clone(),
        plan_json: None,
        why_underpowered: None,
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &experiment)?;
    log(tx, "experiment.designed", &experiment, Some(&before))?;
    Ok(experiment)
}

/// Keeps what was reckoned about the power of the design with this version.
///
/// **Errors** with a conflict when the design was changed meanwhile, or launched.
pub fn plan_kept(tx: &mut Tx<'_>, id: &str, version: i64, plan_json: &str) -> Result<Experiment> {
    let before = get(tx, id)?;
    refuse_after_launch(&before)?;
    if before.version != version {
        return Err(Error::Conflict(
            "the experiment was changed while it was reckoned; plan it again".into(),
        ));
    }
    let experiment = Experiment {
        plan_json: Some(plan_json.to_string()),
        why_underpowered: None,
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &experiment)?;
    log(tx, "experiment.planned", &experiment, Some(&before))?;
    Ok(experiment)
}

/// Writes down why it shall run though it can hardly answer.
///
/// **Errors** at `why_underpowered` when it is empty; with a conflict after the launch.
pub fn underpowered(tx: &mut Tx<'_>, id: &str, why: &str) -> Result<Experiment> {
    let before = get(tx, id)?;
    refuse_after_launch(&before)?;
    let why = crate::act::actions::sentence("why_underpowered", why)?;
    let experiment = Experiment {
        why_underpowered: Some(why),
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &experiment)?;
    log(tx, "experiment.allowed_underpowered", &experiment, Some(&before))?;
    Ok(experiment)
}

/// Ends a running experiment: nobody is exposed any more, and what happened until now is what is measured.
pub fn end(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let before = get(tx, id)?;
    if before.state == State::Ended {
        return Ok(());
    }
    let now = tx.now();
    let experiment = Experiment {
        state: State::Ended,
        assigned_up_to: None,
        ended_at: Some(now),
        updated_at: now,
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &experiment)?;
    log(tx, "experiment.ended", &experiment, Some(&before))
}

/// Takes the experiment out of a draft that shall do without one.
pub(in crate::act) fn withdraw(tx: &mut Tx<'_>, experiment: &Experiment) -> Result<()> {
    refuse_after_launch(experiment)?;
    tx.execute("DELETE FROM experiments WHERE id = $1", &params![experiment.id])?;
    log(tx, "experiment.withdrawn", experiment, Some(experiment))
}

fn refuse_after_launch(experiment: &Experiment) -> Result<()> {
    if experiment.state == State::Planned && experiment.assigned_up_to.is_none() {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "“{}” was launched, and an experiment is frozen from then on: changing it would make its answer worthless. \
         Stop the action and make a new one",
        experiment.name
    )))
}

pub(in crate::act) fn insert(tx: &mut Tx<'_>, experiment: &Experiment) -> Result<()> {
    let e = experiment;
    tx.execute(
        "INSERT INTO experiments (id, action_id, turn_id, name, unit, assignment_key, holdout_permille, arms_json,
           metric_key, metric_version, window_days, pre_days, guardrails_json, state, n_people, n_in_control,
           n_unreachable, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, 0, $15, $16, $17)",
        &params![
            e.id,
            e.action_id,
            e.turn_id,
            e.name,
            e.unit.name(),
            e.assignment_key,
            e.holdout_permille,
            serde_json::to_string(&e.arms)?,
            e.metric.key,
            e.metric.version,
            e.window_days,
            e.pre_days,
            serde_json::to_string(&e.guardrails)?,
            e.state.name(),
            e.created_at,
            e.updated_at,
            e.version
        ],
    )?;
    log(tx, "experiment.created", experiment, None)
}

pub(in crate::act) fn write(tx: &mut Tx<'_>, experiment: &Experiment) -> Result<()> {
    let e = experiment;
    tx.execute(
        "UPDATE experiments SET turn_id = $2, name = $3, unit = $4, holdout_permille = $5, arms_json = $6,
           metric_key = $7, metric_version = $8, window_days = $9, pre_days = $10, guardrails_json = $11, plan_json = $12,
           why_underpowered = $13, state = $14, assigned_up_to = $15, n_people = $16, n_in_control = $17,
           n_unreachable = $18, launched_at = $19, ends_at = $20, ended_at = $21, decision_json = $22, updated_at = $23,
           version = $24
         WHERE id = $1",
        &params![
            e.id,
            e.turn_id,
            e.name,
            e.unit.name(),
            e.holdout_permille,
            serde_json::to_string(&e.arms)?,
            e.metric.key,
            e.metric.version,
            e.window_days,
            e.pre_days,
            serde_json::to_string(&e.guardrails)?,
            e.plan_json,
            e.why_underpowered,
            e.state.name(),
            e.assigned_up_to,
            e.n_people,
            e.n_in_control,
            e.n_unreachable,
            e.launched_at,
            e.ends_at,
            e.ended_at,
            e.decision_json,
            e.updated_at,
            e.version
        ],
    )?;
    Ok(())
}

/// The event stands in the timeline of the action, that of a global control group in its own.
pub(in crate::act) fn log(
    tx: &mut Tx<'_>,
    verb: &str,
    experiment: &Experiment,
    before: Option<&Experiment>,
) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let subject_id = experiment.action_id.as_deref().unwrap_or(&experiment.id);
    let entry = Entry { verb, record_kind: KIND, record_id: &experiment.id, subject_id, before, after: None };
    events::append(tx, entry).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(holdout_permille: i64, variants: &[&str]) -> Design {
        Design {
            unit: Unit::Person,
            holdout_permille,
            variants: variants.iter().map(|name| name.to_string()).collect(),
            metric: MetricRef { key: "revenue".to_string(), version: 1 },
            window_days: 28,
            pre_days: 90,
            guardrails: Vec::new(),
        }
    }

    #[test]
    fn nobody_and_everybody_cannot_be_held_out() {
        for (share, refused) in [(-1, true), (0, true), (9, true), (10, false), (900, false), (1000, true)] {
            let found = problems(&design(share, &[]));
            assert_eq!(found.iter().any(|problem| problem.field == "holdout"), refused, "{share}: {found:?}");
        }
    }

    #[test]
    fn the_shares_of_all_arms_add_up_whatever_the_number_of_variants() {
        for (share, names) in [(200, vec![]), (200, vec!["A", "B", "C"]), (333, vec!["A", "B"])] {
            let arms = design(share, &names).arms();
            assert_eq!(arms.iter().map(|arm| arm.permille).sum::<i64>(), 1000, "{arms:?}");
            assert_eq!((arms[0].name.as_str(), arms[0].permille), (HOLDOUT, share));
        }
    }

    #[test]
    fn variants_have_names_of_their_own() {
        for names in [vec!["A", "A"], vec![""], vec!["holdout"], vec!["1", "2", "3", "4", "5"]] {
            assert!(problems(&design(200, &names)).iter().any(|p| p.field == "variants"), "{names:?}");
        }
    }
}
