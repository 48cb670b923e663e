//! What must hold before a turn counts as planned.

use super::{Condition, condition, counted};
use crate::plan::strategy::{Answer, Department};
use crate::plan::turns::Turn;
use crate::plan::{budget, personas, preflight, strategy};
use crate::turn::chain::Chain;
use platform::Result;
use platform::store::Snapshot;
use std::collections::BTreeSet;

pub(super) fn conditions(snapshot: &mut Snapshot<'_>, turn: &Turn, chain: &Chain) -> Result<Vec<Condition>> {
    let turn_href = format!("/turns/{}", turn.id);
    Ok(vec![
        condition("plan.goals", "Goals that can be checked", goals(chain), "/goals"),
        condition("plan.audience", "Whom each goal is about", audience(chain), "/goals"),
        condition("plan.personas", "Personas among the customers", of_personas(snapshot)?, "/personas"),
        condition("plan.strategy", "Strategy signed", of_strategy(snapshot)?, "/strategy"),
        condition("plan.champion", "A champion", champion(snapshot, turn)?, &turn_href),
        condition("plan.budget", "A budget", of_budget(snapshot, turn)?, "/budget"),
        condition("plan.needs", "What is needed, and by whom", needs(turn), &turn_href),
        condition("plan.basis", "What the law allows", basis(snapshot, chain)?, "/preflight"),
    ])
}

fn goals(chain: &Chain) -> (bool, String) {
    let standing: Vec<_> = chain.goals.iter().filter(|goal| !goal.is_dropped()).collect();
    let drafts: Vec<&str> =
        standing.iter().filter(|goal| goal.state == "draft").map(|goal| goal.name.as_str()).collect();
    match (standing.len(), drafts.len()) {
        (0, _) => (false, "no goal yet".to_string()),
        (n, 0) => (true, format!("{} open or judged", counted(n, "goal", "goals"))),
        (n, _) => (false, format!("{} of {n} still drafts: {}", drafts.len(), drafts.join(", "))),
    }
}

fn audience(chain: &Chain) -> (bool, String) {
    let open: Vec<_> =
        chain.goals.iter().filter(|goal| !goal.is_dropped() && goal.state != "draft").collect();
    let without: Vec<&str> = open
        .iter()
        .filter(|goal| goal.segment_id.is_some() && goal.audience_id.is_none())
        .map(|goal| goal.name.as_str())
        .collect();
    match (open.len(), without.is_empty()) {
        (0, _) => (false, "no goal is open yet".to_string()),
        (_, true) => (true, "kept as they were when the goals were opened".to_string()),
        (_, false) => (false, format!("not kept yet for {}", without.join(", "))),
    }
}

fn of_personas(snapshot: &mut Snapshot<'_>) -> Result<(bool, String)> {
    let all = personas::list(snapshot)?;
    let mut n_bound = 0;
    for persona in &all {
        if let Some(id) = persona.segment_id.as_deref()
            && personas::segment(snapshot, id)?.is_some()
        {
            n_bound += 1;
        }
    }
    Ok(match (all.len(), n_bound) {
        (0, _) => (false, "none is described yet".to_string()),
        (n, 0) => (false, format!("{} without a segment", counted(n, "persona", "personas"))),
        (_, n) => (true, format!("{} with a living segment", counted(n, "persona", "personas"))),
    })
}

fn of_strategy(snapshot: &mut Snapshot<'_>) -> Result<(bool, String)> {
    let Some(newest) = strategy::newest(snapshot)? else {
        return Ok((false, "nothing is written yet".to_string()));
    };
    let sign_offs = strategy::sign_offs(snapshot, &newest.id)?;
    let answer =
        |wanted: Department| sign_offs.iter().find(|one| one.department == wanted).map(|one| one.answer);
    let silent: Vec<&str> =
        Department::ALL.iter().filter(|d| answer(**d).is_none()).map(|d| d.name()).collect();
    let refused: Vec<&str> =
        Department::ALL.iter().filter(|d| answer(**d) == Some(Answer::Refused)).map(|d| d.name()).collect();
    let version = newest.version_no;
    Ok(match (refused.is_empty(), silent.is_empty()) {
        (false, _) => (false, format!("version {version} was refused by {}", refused.join(" and "))),
        (true, false) => (false, format!("version {version} waits for {}", silent.join(", "))),
        (true, true) => (true, format!("version {version}, by all three departments")),
    })
}

fn champion(snapshot: &mut Snapshot<'_>, turn: &Turn) -> Result<(bool, String)> {
    let Some(id) = turn.champion_id.as_deref() else {
        return Ok((false, "nobody keeps this turn going yet".to_string()));
    };
    match platform::auth::get(snapshot, id) {
        Ok(user) => Ok((true, user.name)),
        Err(platform::Error::Missing { .. }) => {
            Ok((false, "the champion has left; name another".to_string()))
        }
        Err(other) => Err(other),
    }
}

fn of_budget(snapshot: &mut Snapshot<'_>, turn: &Turn) -> Result<(bool, String)> {
    let costs = budget::list(snapshot, &turn.id)?;
    let n = costs.iter().filter(|cost| cost.side == budget::Side::Planned).count();
    Ok(match n {
        0 => (false, "no cost is planned, not even people's time".to_string()),
        n => (true, counted(n, "planned cost", "planned costs")),
    })
}

fn needs(turn: &Turn) -> (bool, String) {
    match (turn.business_need.is_some(), turn.customer_need.is_some()) {
        (true, true) => (true, "stated for the business and for the customers".to_string()),
        (true, false) => (false, "what the customers need is not stated".to_string()),
        (false, true) => (false, "what the business needs is not stated".to_string()),
        (false, false) => (false, "neither for the business nor for the customers".to_string()),
    }
}

/// Every purpose that an action of the turn names; before there are actions, that of marketing.
fn basis(snapshot: &mut Snapshot<'_>, chain: &Chain) -> Result<(bool, String)> {
    let mut purposes: BTreeSet<&str> = chain.actions.iter().map(|action| action.purpose.as_str()).collect();
    if purposes.is_empty() {
        purposes.insert("marketing");
    }
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for purpose in purposes {
        match preflight::basis_of(snapshot, purpose)? {
            Some(_) => with.push(purpose),
            None => without.push(purpose),
        }
    }
    Ok(match without.is_empty() {
        true => (true, format!("stated for {}", with.join(", "))),
        false => (false, format!("no lawful basis for {}: nothing goes out for it", without.join(", "))),
    })
}
