//! What must hold in the stages after the plan, and at the close.

use super::{Condition, Seen, condition, counted};
use crate::calendar::Day;
use crate::measure::effects::{self, Conclusion};
use crate::plan::sources;
use crate::plan::turns::Turn;
use crate::turn::chain::{self, Action, Chain};
use platform::Result;
use platform::store::Snapshot;

/// Something has come in, and what was agreed with each source holds, or its gap is stated.
pub(super) fn collect(snapshot: &mut Snapshot<'_>, turn: &Turn) -> Result<Vec<Condition>> {
    let now = snapshot.now();
    let (mut arrived, mut broken, mut n_agreed) = (Vec::new(), Vec::new(), 0);
    for source in sources::list(snapshot)? {
        let arrivals = sources::arrivals(snapshot, &source.key)?;
        if arrivals.last_at.is_some_and(|at| at >= turn.begins_at()) {
            arrived.push(source.name.clone());
        }
        let has_contract = source.contract != sources::Contract::default();
        n_agreed += usize::from(has_contract);
        let breaches = sources::breaches(&source, &arrivals, now);
        if source.gap.is_none()
            && let Some(first) = breaches.first()
        {
            broken.push(format!("{}: {}", source.name, first.words));
        }
    }
    let came = match arrived.is_empty() {
        true if turn.begins_at() > now => (false, not_begun(turn)),
        true => (false, format!("nothing has come in since {}", Day::of(turn.begins_at()))),
        false => (true, format!("{} came in", arrived.join(", "))),
    };
    let held = match (broken.is_empty(), n_agreed) {
        (false, _) => (false, broken.join("; ")),
        (true, 0) => (true, "nothing was agreed with any source, and nothing waits to be mended".to_string()),
        (true, n) => (true, format!("{} kept, or the gap is stated", counted(n, "agreement", "agreements"))),
    };
    Ok(vec![
        condition("collect.arrived", "Fresh data", came, "/sources"),
        condition("collect.contracts", "What was agreed holds", held, "/sources"),
    ])
}

/// What is to be done in a turn cannot have been done before it.
fn not_begun(turn: &Turn) -> String {
    format!("the turn begins on {}", Day::of(turn.begins_at()))
}

pub(super) fn process(seen: &Seen, turn: &Turn) -> Vec<Condition> {
    let came = seen.last_import_at.unwrap_or(0);
    let measured = match seen.quality_at {
        None => (false, "it was never measured".to_string()),
        Some(at) if at < came => (false, "data came in since it was measured last".to_string()),
        Some(_) if turn.begins_at() > seen.now => (false, not_begun(turn)),
        Some(at) if at < turn.begins_at() => (false, format!("it was measured last on {}", Day::of(at))),
        Some(at) => (true, format!("measured on {}", Day::of(at))),
    };
    let pairs = match seen.n_pairs {
        0 => (true, "no pair waits".to_string()),
        n => (false, format!("{} for a decision", counted(n as usize, "pair waits", "pairs wait"))),
    };
    vec![
        condition("process.quality", "Quality of the records", measured, "/quality"),
        condition("process.duplicates", "Duplicates looked at", pairs, "/duplicates"),
    ]
}

pub(super) fn fresh(seen: &Seen, turn: &Turn) -> Condition {
    let came = seen.last_import_at.unwrap_or(0);
    let found = match seen.run {
        None => (false, "they were never run".to_string()),
        Some((at, _)) if at < came => (false, "data came in since they ran last".to_string()),
        Some(_) if turn.begins_at() > seen.now => (false, not_begun(turn)),
        Some((at, _)) if at < turn.begins_at() => (false, format!("they ran last on {}", Day::of(at))),
        Some((_, last_day)) => (true, format!("they stand at the end of {last_day}")),
    };
    condition("analyze.fresh", "Analyses up to date", found, "/rfm")
}

pub(super) fn reviewed(seen: &Seen) -> Condition {
    let found = match seen.n_new_insights {
        None => (false, "they were not looked for yet".to_string()),
        Some(0) => (true, "nobody has left one unread".to_string()),
        Some(n) => (false, format!("{} to review", counted(n as usize, "insight", "insights"))),
    };
    condition("interpret.reviewed", "Insights reviewed", found, "/insights")
}

pub(super) fn act(chain: &Chain) -> Vec<Condition> {
    let launched: Vec<&Action> = chain.actions.iter().filter(|action| action.was_launched()).collect();
    let without: Vec<&str> = launched
        .iter()
        .filter(|action| action.experiment.is_none() && action.why_no_experiment.is_none())
        .map(|action| action.name.as_str())
        .collect();
    let n_excused = launched.iter().filter(|action| action.experiment.is_none()).count() - without.len();
    let begun = match (launched.len(), chain.actions.len()) {
        (0, 0) => (false, "nothing is planned yet".to_string()),
        (0, n) => (false, format!("{} planned, none begun", counted(n, "action", "actions"))),
        (n, _) => (true, format!("{} begun", counted(n, "action", "actions"))),
    };
    let tested = match (launched.len(), without.is_empty()) {
        (0, _) => (false, "no action has begun".to_string()),
        (_, false) => (false, format!("neither experiment nor reason: {}", without.join(", "))),
        (n, true) if n_excused > 0 => {
            (true, format!("{} with one, {n_excused} with a reason why not", n - n_excused))
        }
        (n, true) => (true, format!("{} with one", counted(n, "action", "actions"))),
    };
    vec![
        condition("act.launched", "Something was done", begun, "/actions"),
        condition("act.experiments", "Each with an experiment", tested, "/experiments"),
    ]
}

/// Every experiment has an effect to read, if only “can't tell yet”.
pub(super) fn measure(snapshot: &mut Snapshot<'_>, turn: &Turn, chain: &Chain) -> Result<Vec<Condition>> {
    let tested: Vec<_> = chain
        .actions
        .iter()
        .filter(|action| action.was_launched())
        .filter_map(|action| action.experiment.as_ref())
        .collect();
    let looks = effects::list(snapshot, &chain::effects_of(&turn.id))?;
    let unread: Vec<&str> = tested
        .iter()
        .filter(|experiment| !looks.iter().any(|look| look.experiment_id == experiment.id))
        .map(|experiment| experiment.name.as_str())
        .collect();
    let n_open = looks.iter().filter(|look| look.conclusion == Conclusion::CannotTellYet).count();
    let found = match (tested.len(), unread.is_empty()) {
        (0, _) => (false, "nothing was tried that could be measured".to_string()),
        (_, false) => (false, format!("not measured yet: {}", unread.join(", "))),
        (_, true) if n_open > 0 => {
            (true, format!("{} to read; {n_open} can’t tell yet", counted(looks.len(), "effect", "effects")))
        }
        (_, true) => (true, format!("{} to read", counted(looks.len(), "effect", "effects"))),
    };
    Ok(vec![condition("measure.effects", "Effects to read", found, "/measure")])
}

pub(super) fn close(snapshot: &mut Snapshot<'_>, turn: &Turn, chain: &Chain) -> Result<Vec<Condition>> {
    let asked: Vec<_> = chain.goals.iter().filter(|goal| !goal.is_dropped()).collect();
    let without: Vec<&str> =
        asked.iter().filter(|goal| !goal.has_verdict()).map(|goal| goal.name.as_str()).collect();
    let judged = match (asked.len(), without.is_empty()) {
        (0, _) => (true, "there is no goal to judge".to_string()),
        (_, false) => (false, format!("no verdict on {}", without.join(", "))),
        (n, true) => (true, format!("{} with a verdict", counted(n, "goal", "goals"))),
    };
    let review = crate::turn::close::review(snapshot, &turn.id)?;
    let written = match (review.worked.is_some(), review.stopped.is_some()) {
        (true, true) => (true, "what worked and what stops are written down".to_string()),
        (false, _) => (false, "what worked is not written down".to_string()),
        (true, false) => (false, "what to stop doing is not written down".to_string()),
    };
    let href = format!("/turns/{}/close", turn.id);
    Ok(vec![
        condition("close.verdicts", "A verdict on each goal", judged, &href),
        condition("close.review", "Lessons written down", written, &href),
    ])
}
