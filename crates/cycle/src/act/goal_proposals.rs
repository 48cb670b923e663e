//! A first goal from what the data say: the insight that is worth most, with the metric of its playbook.
//!
//! It proposes; the gate judges, and people decide.

use super::playbooks;
use crate::calendar::Day;
use crate::interpret::{self, Insight, List, Status};
use crate::plan::goals::{self, Input};
use crate::plan::metrics::{self, Direction, Unit};
use crate::plan::turns;
use platform::Result;
use platform::store::Snapshot;

/// A goal that could be stated.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub input: Input,
    /// Why it is proposed, and how its target was chosen.
    pub why: String,
}

/// How much better than where things go anyway a first target is.
const BETTER: f64 = 0.05;
/// Months to the due date where no turn is open.
const MONTHS: i32 = 3;

/// A goal that answers an insight.
///
/// **Errors** when there is no such insight.
pub fn from_insight(snapshot: &mut Snapshot<'_>, id: &str, owner_id: Option<&str>) -> Result<Proposal> {
    let insight = interpret::get(snapshot, id)?;
    propose(snapshot, &insight, owner_id)
}

/// A goal that answers the insight which is worth most and for which none stands; None before there are insights.
pub fn first(snapshot: &mut Snapshot<'_>, owner_id: Option<&str>) -> Result<Option<Proposal>> {
    for insight in interpret::list(snapshot, List::default())? {
        let is_about_customers =
            insight.kind != interpret::Kind::DataFault && insight.status != Status::Refuted;
        if is_about_customers && goals::of_insight(snapshot, &insight.id)?.is_empty() {
            return propose(snapshot, &insight, owner_id).map(Some);
        }
    }
    Ok(None)
}

fn propose(snapshot: &mut Snapshot<'_>, insight: &Insight, owner_id: Option<&str>) -> Result<Proposal> {
    let playbook = playbooks::of(insight);
    let metric = metrics::latest(snapshot, playbook.metric_key)?;
    let turn = turns::current(snapshot)?;
    let today = Day::of(snapshot.now());
    let due_on = turn.as_ref().map(|turn| turn.ends_on).filter(|day| *day > today);
    let due_on = due_on.unwrap_or_else(|| Day::last_of_month(today.month() + MONTHS));
    let mut input = Input {
        name: playbook.name(insight),
        metric: Some(metric.key.clone()),
        due_on: Some(due_on),
        owner_id: owner_id.map(str::to_string),
        guardrails: vec![("return_rate".to_string(), None)],
        turn_id: turn.map(|turn| turn.id),
        insight_id: Some(insight.id.clone()),
        ..Input::default()
    };
    let why = format!("It answers: {}", insight.claim);
    let baseline = goals::baseline_lately(snapshot, &metric, input.due_on)?;
    let Some(baseline) = baseline else { return Ok(Proposal { input, why }) };
    let anyway = match (baseline.low, baseline.high) {
        (Some(low), Some(high)) => 0.5 * (low + high),
        _ => baseline.value,
    };
    let best = if metric.direction.is_better(anyway, baseline.value) { anyway } else { baseline.value };
    let target = match metric.direction {
        Direction::Up => best * (1.0 + BETTER),
        Direction::Down => best * (1.0 - BETTER),
    };
    let most = if metric.unit == Unit::Share { 1.0 } else { f64::INFINITY };
    input.target = Some(three_digits(target).clamp(0.0, most));
    let why = format!(
        "{why} The target is a first proposal: 5 % better than now, or than where the trend leads if that is better. Set it \
         where you believe it can be reached."
    );
    Ok(Proposal { input, why })
}

/// A number that people can keep in mind.
fn three_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let step = 10_f64.powf(value.abs().log10().floor() - 2.0);
    (value / step).round() * step
}

#[cfg(test)]
mod tests {
    use super::three_digits;

    #[test]
    fn targets_are_round_numbers() {
        for (value, round) in [(123_456.0, 123_000.0), (0.0, 0.0), (999.6, 1000.0), (7.0, 7.0)] {
            assert!((three_digits(value) - round).abs() < 1e-6, "{value}");
        }
        assert!((three_digits(0.123_4) - 0.123).abs() < 1e-9);
    }
}
