//! Verdicts: whether a goal was met, and whose doing that was.
//!
//! The value is counted, not estimated, so "met" and "missed" are facts where the metric is a sum over everybody; where it
//! comes from few people, and the target lies within what chance does to so few, the verdict is "can't tell". The share of each
//! action is what holding out has shown; everything else is the rest, and is printed as that.

use super::effects::{self, Conclusion, Effect, Role};
use crate::act::actions;
use crate::calendar::Day;
use crate::plan::goals::{self, Concluded, Goal, State};
use crate::plan::metrics::values::in_words;
use crate::plan::metrics::{Direction, Kind, MetricRef};
use platform::store::{Snapshot, Store, Tx};
use platform::{By, Error, Result, params};
use records::orders::workspace_currency;
use serde::{Deserialize, Serialize};

/// People (or orders) below which a ratio or a share is too uncertain to judge.
const FEWEST: f64 = 30.0;

/// What one action contributed to a goal.
///
/// **Units.** Those of the goal's metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    pub action_id: String,
    pub name: String,
    /// None where it was not shown on the goal's metric.
    pub moved: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub conclusion: Option<Conclusion>,
    /// Only effects that were shown count; others are listed, and belong to the rest.
    pub counts: bool,
}

/// What became of a goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// `met`, `missed` or `cannot_tell`.
    pub state: State,
    pub why: String,
    pub baseline: Option<f64>,
    pub value: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub target: Option<f64>,
    /// Value less baseline.
    pub change: Option<f64>,
    pub shares: Vec<Share>,
    /// The change less what was shown: season, chance, competitors, everything that nobody measured.
    pub rest: Option<f64>,
    pub as_of: String,
}

impl Verdict {
    /// For [`goals::conclude`].
    pub fn concluded(&self) -> Concluded {
        match self.state {
            State::Met => Concluded::Met,
            State::Missed => Concluded::Missed,
            _ => Concluded::CannotTell,
        }
    }
}

/// Judges a goal by what is known now; it is not written down.
///
/// **Errors** with a conflict for a goal that was never opened, or was dropped.
pub fn judge(snapshot: &mut Snapshot<'_>, goal: &Goal) -> Result<Verdict> {
    if matches!(goal.state, State::Draft | State::Dropped) {
        return Err(Error::Conflict(format!(
            "goal {} is {}: there is nothing to judge",
            goal.name,
            goal.state.name()
        )));
    }
    let Some(progress) = goals::progress(snapshot, goal)? else {
        return Err(Error::Conflict(format!("goal {} has no metric", goal.name)));
    };
    let (value, target) = (progress.now.value, goal.target);
    let baseline = goal.baseline.as_ref().map(|baseline| baseline.value);
    let change = value.zip(baseline).map(|(value, baseline)| value - baseline);
    let shares = match &goal.metric {
        Some(metric) => shares(snapshot, goal, metric, (progress.metric.kind, progress.now.denominator))?,
        None => Vec::new(),
    };
    let shown: f64 = shares.iter().filter(|share| share.counts).filter_map(|share| share.moved).sum();
    let is_over = goal.due_on.is_some_and(|due| progress.as_of >= due);
    let ends = progress.low.zip(progress.high);
    let (state, why) = decide(&Seen {
        value,
        target,
        direction: progress.metric.direction,
        ends,
        n: progress.now.denominator,
        is_ratio: progress.metric.kind.is_divided(),
        is_over,
    });
    let (unit, currency) = (progress.metric.unit, workspace_currency(snapshot)?);
    Ok(Verdict {
        state,
        why: format!("{why}{}", figures(value, ends, target, &|value| in_words(value, unit, currency))),
        baseline,
        value,
        low: progress.low,
        high: progress.high,
        target,
        change,
        rest: change.map(|change| change - shown),
        shares,
        as_of: progress.as_of.to_string(),
    })
}

/// On which figures a verdict stands, as a sentence behind its own.
fn figures(
    value: Option<f64>,
    ends: Option<(f64, f64)>,
    target: Option<f64>,
    say: &dyn Fn(f64) -> String,
) -> String {
    let (Some(value), Some(target)) = (value, target) else { return String::new() };
    let chance =
        ends.map(|(low, high)| format!(" (by chance it could as well be {} to {})", say(low), say(high)));
    format!(" It came to {}{}; {} was wanted.", say(value), chance.unwrap_or_default(), say(target))
}

/// Judges a goal and writes the verdict down with it.
///
/// **Errors** as [`judge`].
pub fn conclude(tx: &mut Tx<'_>, goal_id: &str) -> Result<Verdict> {
    let goal = goals::get(tx, goal_id)?;
    let verdict = judge(tx, &goal)?;
    goals::conclude(tx, goal_id, verdict.concluded(), &serde_json::to_value(&verdict)?)?;
    Ok(verdict)
}

/// Goals that one run judges.
const MOST_DUE: i64 = 100;

/// Judges every open goal whose due date is over and whose period is whole; returns how many. Those that the data do not
/// reach yet wait; who does not want to wait judges by hand.
pub fn run(store: &Store) -> Result<usize> {
    let due: Vec<String> = store
        .read(|s| {
            let today = Day::of(s.now()).to_string();
            s.query(
                "SELECT id FROM goals WHERE state = 'open' AND due_on IS NOT NULL AND due_on < $1 ORDER BY id LIMIT $2",
                &params![today, MOST_DUE],
                |row| row.get(0),
            )
        })
        .wait()?;
    let mut n_judged = 0;
    for id in due {
        let judged = store.write(By::system(), move |tx| {
            let goal = goals::get(tx, &id)?;
            let as_of = goals::progress(tx, &goal)?.map(|progress| progress.as_of);
            if as_of < goal.due_on {
                return Ok(0);
            }
            conclude(tx, &id).map(|_| 1)
        });
        n_judged += judged.wait()?;
    }
    Ok(n_judged)
}

struct Seen {
    value: Option<f64>,
    target: Option<f64>,
    direction: Direction,
    ends: Option<(f64, f64)>,
    n: f64,
    is_ratio: bool,
    is_over: bool,
}

fn decide(seen: &Seen) -> (State, String) {
    let say = |state, why: &str| (state, why.to_string());
    let (Some(value), Some(target)) = (seen.value, seen.target) else {
        return say(State::CannotTell, "There is no figure for the period that ends on the due date.");
    };
    let is_reached = !seen.direction.is_better(target, value);
    if !seen.is_over && !is_reached {
        return say(State::CannotTell, "The data end before the due date, so the period is not whole.");
    }
    if seen.is_ratio && seen.n < FEWEST {
        return say(State::CannotTell, "The figure comes from so few that it could as well be another.");
    }
    let is_near = seen.ends.is_some_and(|(low, high)| low < target && target < high);
    if seen.is_ratio && is_near {
        return say(
            State::CannotTell,
            "The target lies within what chance does to a figure from so many customers.",
        );
    }
    match is_reached {
        true => say(State::Met, "The target was reached."),
        false => say(State::Missed, "The target was not reached."),
    }
}

/// What the actions of a goal moved, in the unit of its metric.
fn shares(
    snapshot: &mut Snapshot<'_>,
    goal: &Goal,
    metric: &MetricRef,
    (kind, denominator): (Kind, f64),
) -> Result<Vec<Share>> {
    let mut shares = Vec::new();
    for action in actions::of_goal(snapshot, &goal.id)? {
        let effects = effects::latest_of_action(snapshot, &action.id)?;
        let mut share = Share {
            action_id: action.id,
            name: action.name,
            moved: None,
            low: None,
            high: None,
            conclusion: effects.first().map(|effect| effect.conclusion),
            counts: false,
        };
        for effect in &effects {
            add(snapshot, &mut share, effect, metric, (kind, denominator))?;
        }
        shares.push(share);
    }
    Ok(shares)
}

fn add(
    snapshot: &mut Snapshot<'_>,
    share: &mut Share,
    effect: &Effect,
    metric: &MetricRef,
    (kind, denominator): (Kind, f64),
) -> Result<()> {
    let of_metric = effects::metrics_of(snapshot, &effect.id)?
        .into_iter()
        .filter(|one| one.role != Role::Guardrail && one.metric.key == metric.key)
        .find_map(|one| one.found);
    let Some(found) = of_metric else { return Ok(()) };
    // A sum grows by every person treated; a ratio by their part of those it is counted from.
    let people = match kind {
        Kind::Sum | Kind::Binary => effect.n_treated as f64,
        Kind::Ratio | Kind::Snapshot if denominator > 0.0 => (effect.n_treated as f64 / denominator).min(1.0),
        Kind::Ratio | Kind::Snapshot => return Ok(()),
    };
    let total = found.times(people);
    let plus = |sum: &mut Option<f64>, value: f64| *sum = Some(sum.unwrap_or_default() + value);
    plus(&mut share.moved, total.estimate);
    plus(&mut share.low, total.always_low);
    plus(&mut share.high, total.always_high);
    share.counts |= found.always_low > 0.0 || found.always_high < 0.0;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(value: f64, is_over: bool) -> Seen {
        Seen {
            value: Some(value),
            target: Some(100.0),
            direction: Direction::Up,
            ends: Some((value - 5.0, value + 5.0)),
            n: 500.0,
            is_ratio: false,
            is_over,
        }
    }

    #[test]
    fn a_sum_that_reached_its_target_is_met_and_one_that_did_not_is_missed() {
        assert_eq!(decide(&seen(101.0, true)).0, State::Met);
        assert_eq!(decide(&seen(99.0, true)).0, State::Missed);
        assert_eq!(decide(&seen(99.0, false)).0, State::CannotTell);
        assert_eq!(decide(&Seen { value: None, ..seen(0.0, true) }).0, State::CannotTell);
    }

    #[test]
    fn a_ratio_near_its_target_or_from_few_cannot_be_told() {
        assert_eq!(decide(&Seen { is_ratio: true, ..seen(102.0, true) }).0, State::CannotTell);
        assert_eq!(decide(&Seen { is_ratio: true, ..seen(120.0, true) }).0, State::Met);
        assert_eq!(decide(&Seen { is_ratio: true, n: 12.0, ..seen(120.0, true) }).0, State::CannotTell);
    }

    #[test]
    fn where_less_is_better_less_is_met() {
        assert_eq!(decide(&Seen { direction: Direction::Down, ..seen(90.0, true) }).0, State::Met);
        assert_eq!(decide(&Seen { direction: Direction::Down, ..seen(110.0, true) }).0, State::Missed);
    }
}
