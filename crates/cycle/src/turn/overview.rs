//! A turn as a whole: its chain, gates, agenda, and what stands in the way.

use super::agenda::{self, Dated, Point};
use super::chain::{self, Chain};
use super::gates::{self, Gate};
use crate::calendar::Day;
use crate::interpret::{self, Insight, List, Status};
use crate::plan::goals::{self, Progress};
use crate::plan::turns::{State, Turn};
use crate::plan::{budget, preflight};
use platform::store::Snapshot;
use platform::{Error, Result};
use std::collections::BTreeSet;

/// Insights that are shown with a turn, the most worth first.
const INSIGHTS_SHOWN: usize = 5;

/// A turn as a whole.
#[derive(Debug, Clone)]
pub struct Overview {
    pub turn: Turn,
    /// Until the last day; negative after it.
    pub days_left: i64,
    pub chain: Chain,
    pub gates: Vec<Gate>,
    pub agenda: Vec<Dated>,
    pub blockers: Vec<Point>,
    /// Insights that wait for a decision, the most worth first.
    pub insights: Vec<Insight>,
    pub n_insights: usize,
    pub cost: budget::Totals,
}

/// Reads a turn as a whole.
pub fn of_turn(snapshot: &mut Snapshot<'_>, turn: Turn) -> Result<Overview> {
    let chain = chain::of_turn(snapshot, &turn.id)?;
    let gates = gates::of_turn(snapshot, &turn, &chain)?;
    let agenda = agenda::of_turn(snapshot, &turn, &gates)?;
    let today = Day::of(snapshot.now());
    let blockers = blockers(snapshot, &turn, &chain, today)?;
    let mut insights = interpret::list(snapshot, List::default())?;
    insights.retain(|insight| matches!(insight.status, Status::New | Status::Reviewed));
    let n_insights = insights.len();
    insights.truncate(INSIGHTS_SHOWN);
    let cost = budget::of_turn(snapshot, &turn.id)?;
    let days_left = turn.days_left(today);
    Ok(Overview { turn, days_left, chain, gates, agenda, blockers, insights, n_insights, cost })
}

/// What stands in the way of the turn, the worst first.
fn blockers(snapshot: &mut Snapshot<'_>, turn: &Turn, chain: &Chain, today: Day) -> Result<Vec<Point>> {
    let mut found = Vec::new();
    let mut blocker = |words: String, href: &str| found.push(Point { words, href: href.to_string() });
    let waiting = chain.actions.iter().filter(|action| !action.was_launched() && action.state != "stopped");
    let purposes: BTreeSet<&str> = waiting.map(|action| action.purpose.as_str()).collect();
    for purpose in purposes {
        if preflight::basis_of(snapshot, purpose)?.is_none() {
            let words = format!("Nothing can go out for {purpose}: nobody has stated what the law allows");
            blocker(words, "/preflight");
        }
    }
    if turn.state == State::Running && turn.ends_on < today {
        let words = format!("The turn was to end on {}; close it, or give it a later end", turn.ends_on);
        blocker(words, &format!("/turns/{}", turn.id));
    }
    for goal in chain.goals.iter().filter(|goal| goal.state == "open") {
        let href = format!("/goals/{}", goal.id);
        if goal.metric_changed() {
            let (name, version) = (goal.metric_name.as_deref().unwrap_or("the metric"), goal.metric_version);
            blocker(
                format!("{name} was defined anew; “{}” keeps version {}", goal.name, version.unwrap_or(1)),
                &href,
            );
        }
        if goal.due_on.is_some_and(|due| due < today) {
            blocker(format!("“{}” was due and has no verdict", goal.name), &href);
        }
    }
    let cost = budget::of_turn(snapshot, &turn.id)?;
    if cost.planned_minor > 0 && cost.actual_minor > cost.planned_minor {
        blocker("More was spent than was planned".to_string(), "/budget");
    }
    Ok(found)
}

/// How each goal stands, by the newest whole period; None for one without a metric, or whose data are not here.
pub fn goals_now(snapshot: &mut Snapshot<'_>, chain: &Chain) -> Result<Vec<Option<Progress>>> {
    let mut found = Vec::with_capacity(chain.goals.len());
    for goal in &chain.goals {
        let goal = goals::get(snapshot, &goal.id)?;
        found.push(match goals::progress(snapshot, &goal) {
            Ok(progress) => progress,
            Err(Error::Invalid(_) | Error::Missing { .. }) => None,
            Err(other) => return Err(other),
        });
    }
    Ok(found)
}
