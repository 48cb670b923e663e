//! The goals of the year: one for each turn, set by where the metric stands, judged at the close.

use super::Year;
use cycle::calendar::Day;
use cycle::plan::goals::{self, Input};
use platform::{Error, Result};

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
}
