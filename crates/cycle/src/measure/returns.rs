//! Returns: what each action brought, less its full cost, and what should be stopped.
//!
//! The money is revenue that was measured against people held out, before the cost of goods: nobody states those yet. An
//! action without a stated cost has no return, and says so.

use super::effects::{self, Conclusion, Effect, MoneyEffect};
use crate::act::actions::{self, Action};
use crate::act::experiments;
use crate::plan::budget;
use platform::Result;
use platform::params;
use platform::store::Snapshot;
use serde::Serialize;

/// Actions that the list of what to stop looks at.
const MOST_LOOKED_AT: i64 = 500;

/// One result with what it cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Return {
    /// Of the action, or of the global control group.
    pub name: String,
    pub effect: Effect,
    /// Money brought less cost; None where either is unknown.
    pub net: Option<MoneyEffect>,
}

/// A page of results with their returns: the registry of everything that was ever measured.
pub fn list(snapshot: &mut Snapshot<'_>, wanted: &effects::List) -> Result<Vec<Return>> {
    let found = effects::list(snapshot, wanted)?;
    found.into_iter().map(|effect| one(snapshot, effect)).collect()
}

/// A result with its return.
pub fn one(snapshot: &mut Snapshot<'_>, effect: Effect) -> Result<Return> {
    let name = match &effect.action_id {
        Some(id) => actions::find(snapshot, id)?.map(|action| action.name),
        None => experiments::find(snapshot, &effect.experiment_id)?.map(|experiment| experiment.name),
    };
    let net = effect.money.zip(effect.cost_minor).map(|(money, cost)| less(money, cost));
    Ok(Return { name: name.unwrap_or_default(), effect, net })
}

fn less(money: MoneyEffect, cost_minor: i64) -> MoneyEffect {
    MoneyEffect {
        minor: money.minor - cost_minor,
        low_minor: money.low_minor - cost_minor,
        high_minor: money.high_minor - cost_minor,
    }
}

/// Sums over results whose window is over.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    pub n_final: i64,
    pub n_works: i64,
    pub n_harms: i64,
    pub n_no_effect: i64,
    pub n_cannot_tell: i64,
    /// Full cost of the actions with a final result.
    pub cost_minor: i64,
    /// Revenue brought, by those that were shown to work or to harm.
    pub proved_minor: i64,
}

/// Sums over the final results of a turn, or of all.
pub fn totals(snapshot: &mut Snapshot<'_>, turn_id: Option<&str>) -> Result<Totals> {
    let mut totals = Totals::default();
    snapshot.each(
        "SELECT conclusion, CAST(COALESCE(money_minor, 0) AS BIGINT), CAST(COALESCE(cost_minor, 0) AS BIGINT)
         FROM effects WHERE is_final = 1 AND action_id IS NOT NULL AND ($1 = '' OR turn_id = $1)",
        &params![turn_id.unwrap_or("")],
        |row| {
            let conclusion = Conclusion::from_name(row.text(0)?);
            totals.n_final += 1;
            totals.cost_minor += row.get::<i64>(2)?;
            if matches!(conclusion, Some(Conclusion::Works | Conclusion::Harms)) {
                totals.proved_minor += row.get::<i64>(1)?;
            }
            let count = match conclusion {
                Some(Conclusion::Works) => &mut totals.n_works,
                Some(Conclusion::Harms) => &mut totals.n_harms,
                Some(Conclusion::NoEffectShown) => &mut totals.n_no_effect,
                Some(Conclusion::CannotTellYet) | None => &mut totals.n_cannot_tell,
            };
            *count += 1;
            Ok(())
        },
    )?;
    Ok(totals)
}

/// Why something should be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It did the opposite of what was wanted.
    Harms,
    /// It cost something and no effect was shown.
    NoEffect,
    /// It was shown to work, and costs more than it brings even at the upper end.
    CostsMoreThanItBrings,
    /// It costs something and nobody was held out, so nobody will ever know.
    NotMeasured,
}

/// Something to stop, or to measure at last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stop {
    pub action_id: String,
    pub name: String,
    pub reason: Reason,
    pub cost_minor: i64,
    pub money: Option<MoneyEffect>,
}

/// What has cost without showing an effect: the dearest first.
pub fn to_stop(snapshot: &mut Snapshot<'_>) -> Result<Vec<Stop>> {
    let wanted = actions::List { limit: MOST_LOOKED_AT, ..actions::List::default() };
    let mut stops = Vec::new();
    for action in actions::list(snapshot, &wanted)?.into_iter().filter(|action| action.launched_at.is_some())
    {
        let cost_minor = budget::of_action(snapshot, &action.id)?.actual_minor;
        let effects = effects::latest_of_action(snapshot, &action.id)?;
        stops.extend(stop(&action, cost_minor, &effects));
    }
    stops.sort_by_key(|stop| (std::cmp::Reverse(stop.cost_minor), stop.reason));
    Ok(stops)
}

fn stop(action: &Action, cost_minor: i64, effects: &[Effect]) -> Option<Stop> {
    let of = |reason, money| Stop {
        action_id: action.id.clone(),
        name: action.name.clone(),
        reason,
        cost_minor,
        money,
    };
    if effects.is_empty() {
        let never = action.why_no_experiment.is_some() && cost_minor > 0;
        return never.then(|| of(Reason::NotMeasured, None));
    }
    // What harms is stopped as soon as it shows; what does nothing only when its window is over.
    if let Some(harm) = effects.iter().find(|effect| effect.conclusion == Conclusion::Harms) {
        return Some(of(Reason::Harms, harm.money));
    }
    let ended = |effect: &&Effect| effect.is_final;
    if effects.iter().filter(ended).all(|e| e.conclusion == Conclusion::NoEffectShown) && effects[0].is_final
    {
        return Some(of(Reason::NoEffect, effects[0].money));
    }
    let works = effects.iter().filter(ended).find(|effect| effect.conclusion == Conclusion::Works)?;
    let money = works.money?;
    (cost_minor > 0 && money.high_minor < cost_minor).then(|| of(Reason::CostsMoreThanItBrings, Some(money)))
}
