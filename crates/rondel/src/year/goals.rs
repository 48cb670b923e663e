//! The goals of the year: one for each turn, set by where the metric stands, judged when the turn closes.

use super::Year;
use cycle::calendar::Day;
use cycle::plan::goals::{self, Concluded, Input, Standing};
use platform::{Error, Result};
use serde_json::json;

/// What is wanted, turn after turn: the name, the metric, and how much more than now.
const WANTED: [(&str, &str, f64); 4] = [
    ("More customers order", "active_customers", 1.10),
    ("More orders", "orders", 1.05),
    ("More revenue", "revenue", 1.05),
    ("More of those who order come again", "repeat_purchase_rate", 1.02),
];

impl Year<'_> {
    /// Sets the goal of a turn; none where the gate refuses it.
    pub(super) fn set_goal(&self, turn: usize, turn_id: &str, last: Day) -> Result<Option<String>> {
        let (name, metric, more) = WANTED[turn % WANTED.len()];
        let input = Input {
            name: name.to_string(),
            metric: Some(metric.to_string()),
            due_on: Some(last),
            owner_id: Some(self.owner_id.clone()),
            turn_id: Some(turn_id.to_string()),
            ..Input::default()
        };
        let asked = input.clone();
        let prepared = self.read(move |s| goals::prepare(s, &asked))?;
        let target = prepared.baseline.as_ref().map(|baseline| baseline.value * more);
        let input = Input { target, ..input };
        let asked = input.clone();
        let prepared = self.read(move |s| goals::prepare(s, &asked))?;
        let opened = self.write(move |tx| {
            let goal = goals::create(tx, &input, &prepared)?;
            goals::open(tx, &goal.id, goal.version, &prepared)
        });
        match opened {
            Ok(goal) => Ok(Some(goal.id)),
            // The figures do not carry a goal yet; the owner does without one in this turn.
            Err(Error::Invalid(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Judges the goals of a turn by where their metrics stand at its end.
    pub(super) fn judge_goals(&self, turn_id: &str) -> Result<()> {
        let id = turn_id.to_string();
        let open = self.read(move |s| goals::of_turn(s, &id))?;
        for goal in open.into_iter().filter(|goal| goal.state == goals::State::Open) {
            let seen = goal.clone();
            let Some(progress) = self.read(move |s| goals::progress(s, &seen))? else { continue };
            let concluded = match progress.standing {
                Standing::Reached => Concluded::Met,
                Standing::NotYet => Concluded::Missed,
                Standing::CannotTellYet | Standing::Unknown => Concluded::CannotTell,
            };
            let verdict = json!({
                "value": progress.now.value, "low": progress.low, "high": progress.high, "target": goal.target,
                "as_of": progress.as_of.to_string(),
            });
            self.write(move |tx| goals::conclude(tx, &goal.id, concluded, &verdict).map(drop))?;
        }
        Ok(())
    }
}
