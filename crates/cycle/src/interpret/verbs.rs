//! What people do with an insight: review it, decide on it, refute it, take it up again.
//!
//! Each verb is an event with the state before it, and can be taken back. A run never changes what was decided here.

use super::keep::{KIND, log};
use super::read::{Decision, Insight, Status, get};
use platform::events::{self, Event, Standing};
use platform::store::Tx;
use platform::{Error, Result, params};
use serde::{Deserialize, Serialize};

/// The longest reason that is kept, in bytes.
const LONGEST_TEXT: usize = 10_000;

/// What is decided: why, and what is expected to change, said before anything is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deciding {
    pub why: String,
    pub expected_effect: String,
}

/// The part of an insight that people change: what an event keeps of before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    status: Status,
    decision: Option<Decision>,
}

/// Says that somebody looked at it.
///
/// **Errors** with a conflict when it was already taken further.
pub fn review(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let insight = get(tx, id)?;
    if insight.status != Status::New {
        return Err(taken_further(&insight));
    }
    change(
        tx,
        &insight,
        "insight.reviewed",
        State { status: Status::Reviewed, decision: insight.decision.clone() },
    )
}

/// Decides to act on it.
///
/// **Errors** at `why` and `expected_effect` when they are empty; with a conflict when it was refuted or is acted on.
pub fn decide(tx: &mut Tx<'_>, id: &str, deciding: &Deciding) -> Result<()> {
    let insight = get(tx, id)?;
    if !matches!(insight.status, Status::New | Status::Reviewed | Status::Decided) {
        return Err(taken_further(&insight));
    }
    let why = text("why", &deciding.why)?;
    let expected_effect = text("expected_effect", &deciding.expected_effect)?;
    let decision = Decision { by: tx.by().id.clone(), at: tx.now(), why, expected_effect };
    change(tx, &insight, "insight.decided", State { status: Status::Decided, decision: Some(decision) })
}

/// Says that it is acted on; the decision is recorded, the one of before where nothing new is said.
///
/// **Errors** at `why` and `expected_effect` when they are empty and nothing was decided; with a conflict when it was refuted.
pub fn act(tx: &mut Tx<'_>, id: &str, deciding: &Deciding) -> Result<()> {
    let insight = get(tx, id)?;
    if insight.status == Status::Refuted {
        return Err(taken_further(&insight));
    }
    let is_silent = deciding.why.trim().is_empty() && deciding.expected_effect.trim().is_empty();
    let decision = match insight.decision.clone().filter(|_| is_silent) {
        Some(decision) => decision,
        None => Decision {
            by: tx.by().id.clone(),
            at: tx.now(),
            why: text("why", &deciding.why)?,
            expected_effect: text("expected_effect", &deciding.expected_effect)?,
        },
    };
    change(tx, &insight, "insight.acted_on", State { status: Status::Acting, decision: Some(decision) })
}

/// Says that nothing is done about it after all: an action was dropped before it began. The decision stays.
pub fn set_back(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let insight = get(tx, id)?;
    if insight.status != Status::Acting {
        return Ok(());
    }
    let state = State { status: Status::Decided, decision: insight.decision.clone() };
    change(tx, &insight, "insight.set_back", state)
}

/// Says that what was done about it was compared with what would have come without.
///
/// **Errors** with a conflict when nothing was done about it.
pub fn measured(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let insight = get(tx, id)?;
    match insight.status {
        Status::Measured => Ok(()),
        Status::Acting => {
            let state = State { status: Status::Measured, decision: insight.decision.clone() };
            change(tx, &insight, "insight.measured", state)
        }
        _ => Err(Error::Conflict(format!(
            "the insight is {}: there is nothing to measure",
            insight.status.name()
        ))),
    }
}

/// Says that the claim does not hold. It stays refuted when a run finds it again.
///
/// **Errors** at `why` when it is empty; with a conflict when it is refuted already.
pub fn refute(tx: &mut Tx<'_>, id: &str, why: &str) -> Result<()> {
    let insight = get(tx, id)?;
    if insight.status == Status::Refuted {
        return Err(taken_further(&insight));
    }
    let why = text("why", why)?;
    let decision = Decision { by: tx.by().id.clone(), at: tx.now(), why, expected_effect: String::new() };
    change(tx, &insight, "insight.refuted", State { status: Status::Refuted, decision: Some(decision) })
}

/// Takes a decided or refuted insight up again, as one that was looked at.
///
/// **Errors** with a conflict when there is nothing to take up.
pub fn reopen(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let insight = get(tx, id)?;
    if !matches!(insight.status, Status::Decided | Status::Refuted | Status::Measured) {
        return Err(Error::Conflict(format!(
            "the insight is {}: there is nothing to reopen",
            insight.status.name()
        )));
    }
    change(tx, &insight, "insight.reopened", State { status: Status::Reviewed, decision: None })
}

/// Takes a verb back.
///
/// **Errors** with a conflict where something else happened to the insight since, or the event is not one of these verbs.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let Some(before) = event.before_json.as_deref().filter(|_| event.record_kind == KIND) else {
        return Err(Error::Conflict(format!("{} cannot be taken back", event.verb)));
    };
    let state: State = serde_json::from_str(before)
        .map_err(|_| Error::Conflict(format!("{} was done by a run and cannot be taken back", event.verb)))?;
    match events::standing(tx, event, &event.record_id)? {
        Standing::Latest => {}
        Standing::Undone => return Err(Error::Conflict("it was taken back already".to_string())),
        Standing::ChangedLater(later) => {
            return Err(Error::Conflict(format!("the insight was changed afterwards ({})", later.verb)));
        }
    }
    let insight = get(tx, &event.record_id)?;
    let now = serde_json::to_string(&State { status: insight.status, decision: insight.decision.clone() })?;
    write(tx, &insight.id, &state)?;
    events::append_undone(tx, event, &insight.id, Some(now))?;
    Ok(())
}

fn change(tx: &mut Tx<'_>, insight: &Insight, verb: &str, state: State) -> Result<()> {
    let before = State { status: insight.status, decision: insight.decision.clone() };
    write(tx, &insight.id, &state)?;
    log(tx, verb, &insight.id, Some(serde_json::to_string(&before)?), Some(serde_json::to_string(&state)?))?;
    Ok(())
}

fn write(tx: &mut Tx<'_>, id: &str, state: &State) -> Result<()> {
    let decision = state.decision.as_ref().map(serde_json::to_string).transpose()?;
    let now = tx.now();
    tx.execute(
        "UPDATE insights SET status = $2, decision_json = $3, updated_at = $4 WHERE id = $1",
        &params![id, state.status.name(), decision, now],
    )?;
    Ok(())
}

fn text(field: &str, value: &str) -> Result<String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Error::invalid(
            field,
            "say it in a sentence, so that it can be compared with what happens",
        ));
    }
    if value.len() > LONGEST_TEXT {
        return Err(Error::invalid(field, format!("at most {LONGEST_TEXT} letters are kept")));
    }
    Ok(value.to_string())
}

fn taken_further(insight: &Insight) -> Error {
    Error::Conflict(format!("the insight is {} already", insight.status.name()))
}
