//! Drafting an action, changing the draft, and ending it.

use super::{Action, KIND, Kind, State, get};
use crate::act::experiments::{self, Design};
use crate::act::{call_lists, offers, segments, touch_points};
use crate::interpret;
use platform::events::{self, Entry};
use platform::store::Tx;
use platform::{Error, Problem, Result, params};
use records::values::fold::tidy;
use serde::{Deserialize, Serialize};

/// Longest name in characters, and longest text in bytes.
const NAME_LENGTH: usize = 120;
const LONGEST_TEXT: usize = 10_000;

/// What one treated customer is expected to bring more than one who is left alone.
///
/// **Units.** That of the metric, over the window of the experiment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    pub per_person: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// What somebody states about an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub kind: Kind,
    pub name: String,
    pub hypothesis: String,
    pub goal_id: Option<String>,
    pub segment_id: Option<String>,
    pub purpose: String,
    pub expected: Option<Expected>,
    pub expected_how: String,
    /// None: then `why_no_experiment` says why.
    pub design: Option<Design>,
    pub why_no_experiment: String,
    /// For the kinds that have more to say; the others ignore it.
    pub call_list: Option<call_lists::Input>,
    pub offer: Option<offers::Input>,
    pub touch_point: Option<touch_points::Input>,
}

/// Drafts an action with its experiment.
///
/// **Errors** at `name`, `hypothesis`, `segment`, `purpose`, `expected`, `why_no_experiment`, at the fields of the design
/// and at those of the kind.
pub fn create(tx: &mut Tx<'_>, draft: &Draft) -> Result<Action> {
    create_for(tx, draft, None)
}

pub(super) fn create_for(tx: &mut Tx<'_>, draft: &Draft, insight_id: Option<&str>) -> Result<Action> {
    let now = tx.now();
    let action = Action {
        id: tx.new_id("act"),
        turn_id: crate::act::current_turn(tx)?,
        insight_id: insight_id.map(str::to_string),
        goal_id: draft.goal_id.clone(),
        kind: draft.kind,
        name: tidy(&draft.name).into_owned(),
        hypothesis: draft.hypothesis.trim().to_string(),
        state: State::Draft,
        segment_id: draft.segment_id.clone(),
        audience_id: None,
        purpose: draft.purpose.trim().to_lowercase(),
        expected: draft.expected,
        expected_how: draft.expected_how.trim().to_string(),
        why_no_experiment: None,
        why_ended: None,
        approved_by: None,
        launched_at: None,
        ended_at: None,
        created_by: tx.by().id.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let action = refused_or_whole(tx, action, draft)?;
    insert(tx, &action)?;
    log(tx, "action.created", &action, None)?;
    write_kind(tx, &action, draft)?;
    if let Some(design) = &draft.design {
        let mut experiment = experiments::new(tx, Some(&action.id), &action.name, design);
        experiment.turn_id = action.turn_id.clone();
        experiments::insert(tx, &experiment)?;
    }
    Ok(action)
}

/// States a draft anew; `version` is the one that the editor saw. A changed design forgets what was reckoned.
///
/// **Errors** as [`create`], and with a conflict after the launch or when somebody changed it since.
pub fn update(tx: &mut Tx<'_>, id: &str, version: i64, draft: &Draft) -> Result<Action> {
    let before = get(tx, id)?;
    refuse_closed(&before)?;
    if before.version != version {
        return Err(Error::Conflict(format!(
            "“{}” was changed in the meantime (version {} now, {version} when you opened it); open it again",
            before.name, before.version
        )));
    }
    if draft.kind != before.kind {
        return Err(Error::invalid("kind", "an action keeps its kind; make another one"));
    }
    let action = Action {
        goal_id: draft.goal_id.clone(),
        name: tidy(&draft.name).into_owned(),
        hypothesis: draft.hypothesis.trim().to_string(),
        state: State::Draft,
        approved_by: None,
        segment_id: draft.segment_id.clone(),
        purpose: draft.purpose.trim().to_lowercase(),
        expected: draft.expected,
        expected_how: draft.expected_how.trim().to_string(),
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    let action = refused_or_whole(tx, action, draft)?;
    write(tx, &action)?;
    log(tx, "action.updated", &action, Some(&before))?;
    write_kind(tx, &action, draft)?;
    match (experiments::of_action(tx, id)?, &draft.design) {
        (Some(experiment), Some(design)) => {
            let is_same = experiment.arms == design.arms()
                && (experiment.unit, experiment.window_days, experiment.pre_days)
                    == (design.unit, design.window_days, design.pre_days)
                && (&experiment.metric, &experiment.guardrails) == (&design.metric, &design.guardrails)
                && before.segment_id == action.segment_id
                && before.expected == action.expected;
            if !is_same {
                experiments::design(tx, &experiment.id, design)?;
            }
        }
        (None, Some(design)) => {
            let experiment = experiments::new(tx, Some(&action.id), &action.name, design);
            experiments::insert(tx, &experiment)?;
        }
        (Some(experiment), None) => experiments::withdraw(tx, &experiment)?,
        (None, None) => {}
    }
    Ok(action)
}

/// Drops a draft: it was never launched. The insight is left as decided.
///
/// **Errors** at `why` when it is empty; with a conflict after the launch.
pub fn discard(tx: &mut Tx<'_>, id: &str, why: &str) -> Result<Action> {
    let before = get(tx, id)?;
    refuse_closed(&before)?;
    let action = ended(tx, &before, "action.discarded", sentence("why", why)?)?;
    if let Some(experiment) = experiments::of_action(tx, id)? {
        experiments::end(tx, &experiment.id)?;
    }
    if let Some(insight_id) = &action.insight_id {
        let others = super::of_insight(tx, insight_id)?;
        if others.iter().all(|other| other.state == State::Stopped && other.launched_at.is_none()) {
            interpret::set_back(tx, insight_id)?;
        }
    }
    Ok(action)
}

/// Stops a running action at once: nobody more is contacted. What was done is still measured.
///
/// **Errors** at `why` when it is empty; with a conflict when it does not run.
pub fn stop(tx: &mut Tx<'_>, id: &str, why: &str) -> Result<Action> {
    let before = get(tx, id)?;
    if before.state != State::Running {
        return Err(Error::Conflict(format!(
            "“{}” is {}: there is nothing to stop",
            before.name,
            before.state.name()
        )));
    }
    let why = sentence("why", why)?;
    let action = ended(tx, &before, "action.stopped", why)?;
    super::launch::closed(tx, &action)?;
    Ok(action)
}

/// Everything of the action is done; its outcome is looked at until the window is over.
///
/// **Errors** with a conflict when it does not run.
pub fn finish(tx: &mut Tx<'_>, id: &str) -> Result<Action> {
    let before = get(tx, id)?;
    if before.state != State::Running {
        return Err(Error::Conflict(format!("“{}” is {}, not running", before.name, before.state.name())));
    }
    let now = tx.now();
    let action = Action {
        state: State::Done,
        ended_at: Some(now),
        updated_at: now,
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &action)?;
    log(tx, "action.done", &action, Some(&before))?;
    super::launch::closed(tx, &action)?;
    Ok(action)
}

/// A launch that the worker could not bring to its end: the action is stopped and says why.
pub(in crate::act) fn could_not_begin(tx: &mut Tx<'_>, id: &str, why: &str) -> Result<()> {
    let before = get(tx, id)?;
    ended(tx, &before, "action.stopped", why.to_string())?;
    if let Some(experiment) = experiments::of_action(tx, id)? {
        experiments::end(tx, &experiment.id)?;
    }
    Ok(())
}

fn ended(tx: &mut Tx<'_>, before: &Action, verb: &str, why: String) -> Result<Action> {
    let now = tx.now();
    let action = Action {
        state: State::Stopped,
        why_ended: Some(why),
        ended_at: Some(now),
        updated_at: now,
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &action)?;
    log(tx, verb, &action, Some(before))?;
    Ok(action)
}

/// A sentence that somebody has to write.
///
/// **Errors** at `field` when it is empty or far too long.
pub fn sentence(field: &str, value: &str) -> Result<String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Error::invalid(field, "say why in a sentence: whoever reads the result will ask"));
    }
    if value.len() > LONGEST_TEXT {
        return Err(Error::invalid(field, format!("at most {LONGEST_TEXT} letters are kept")));
    }
    Ok(value.to_string())
}

pub(super) fn refuse_closed(action: &Action) -> Result<()> {
    if action.is_open() {
        return Ok(());
    }
    let state = if action.is_launching() { "being launched" } else { action.state.name() };
    Err(Error::Conflict(format!(
        "“{}” is {state}; what was launched is not changed any more, so that its effect can be read",
        action.name
    )))
}

/// The action with its reason, or everything that speaks against it.
fn refused_or_whole(tx: &mut Tx<'_>, mut action: Action, draft: &Draft) -> Result<Action> {
    let mut found = Vec::new();
    let mut problem =
        |field: &str, message: &str| found.push(Problem { field: field.into(), message: message.into() });
    if action.name.is_empty() {
        problem("name", "an action needs a name");
    } else if action.name.chars().count() > NAME_LENGTH {
        problem("name", "a name has at most 120 characters");
    }
    if action.hypothesis.is_empty() {
        problem("hypothesis", "say in a sentence what will change for whom, and why");
    } else if action.hypothesis.len() > LONGEST_TEXT {
        problem("hypothesis", "at most 10,000 letters are kept");
    }
    if action.purpose.is_empty() {
        problem("purpose", "say what the contact is for, such as marketing");
    }
    if let Some(expected) = &action.expected {
        let all = [Some(expected.per_person), expected.low, expected.high];
        if all.iter().flatten().any(|value| !value.is_finite()) {
            problem("expected", "that is no number");
        }
    }
    let why = draft.why_no_experiment.trim();
    match &draft.design {
        Some(design) => found.extend(experiments::problems(design)),
        None if why.is_empty() => problem(
            "why_no_experiment",
            "without an experiment nobody will know what the action changed; hold some customers out, or say why not",
        ),
        None => action.why_no_experiment = Some(why.to_string()),
    }
    match &action.segment_id {
        Some(id) => {
            if let Err(error) = segments::get(tx, id) {
                match error {
                    Error::Missing { .. } => {
                        found.push(Problem {
                            field: "segment".into(),
                            message: "there is no such segment".into(),
                        });
                    }
                    other => return Err(other),
                }
            }
        }
        None if action.kind.contacts() || draft.design.is_some() => {
            found.push(Problem { field: "segment".into(), message: "choose whom it is for".into() });
        }
        None => {}
    }
    found.extend(kind_problems(tx, &action, draft)?);
    if found.is_empty() { Ok(action) } else { Err(Error::Invalid(found)) }
}

fn kind_problems(tx: &mut Tx<'_>, action: &Action, draft: &Draft) -> Result<Vec<Problem>> {
    Ok(match action.kind {
        Kind::Campaign => Vec::new(),
        Kind::CallList => call_lists::problems(&draft.call_list.clone().unwrap_or_default()),
        Kind::Offer => offers::problems(tx, &draft.offer.clone().unwrap_or_default())?,
        Kind::TouchPoint => touch_points::problems(&draft.touch_point.clone().unwrap_or_default()),
    })
}

fn write_kind(tx: &mut Tx<'_>, action: &Action, draft: &Draft) -> Result<()> {
    match action.kind {
        Kind::Campaign => Ok(()),
        Kind::CallList => call_lists::write(tx, action, &draft.call_list.clone().unwrap_or_default()),
        Kind::Offer => offers::write(tx, action, &draft.offer.clone().unwrap_or_default()),
        Kind::TouchPoint => {
            touch_points::of_draft(tx, action, &draft.touch_point.clone().unwrap_or_default())
        }
    }
}

fn insert(tx: &mut Tx<'_>, action: &Action) -> Result<()> {
    let a = action;
    tx.execute(
        "INSERT INTO actions (id, turn_id, insight_id, goal_id, kind, name, hypothesis, state, segment_id, purpose,
           expected_how, created_by, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &params![
            a.id,
            a.turn_id,
            a.insight_id,
            a.goal_id,
            a.kind.name(),
            a.name,
            a.hypothesis,
            a.state.name(),
            a.segment_id,
            a.purpose,
            a.expected_how,
            a.created_by,
            a.created_at,
            a.updated_at,
            a.version
        ],
    )?;
    write(tx, action)
}

pub(super) fn write(tx: &mut Tx<'_>, action: &Action) -> Result<()> {
    let a = action;
    tx.execute(
        "UPDATE actions SET turn_id = $2, goal_id = $3, name = $4, hypothesis = $5, state = $6, segment_id = $7,
           audience_id = $8, purpose = $9, expected_per_person = $10, expected_low = $11, expected_high = $12,
           expected_how = $13, why_no_experiment = $14, why_ended = $15, approved_by = $16, launched_at = $17,
           ended_at = $18, updated_at = $19, version = $20
         WHERE id = $1",
        &params![
            a.id,
            a.turn_id,
            a.goal_id,
            a.name,
            a.hypothesis,
            a.state.name(),
            a.segment_id,
            a.audience_id,
            a.purpose,
            a.expected.map(|expected| expected.per_person),
            a.expected.and_then(|expected| expected.low),
            a.expected.and_then(|expected| expected.high),
            a.expected_how,
            a.why_no_experiment,
            a.why_ended,
            a.approved_by,
            a.launched_at,
            a.ended_at,
            a.updated_at,
            a.version
        ],
    )?;
    Ok(())
}

pub(super) fn log(tx: &mut Tx<'_>, verb: &str, action: &Action, before: Option<&Action>) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let id = action.id.as_str();
    let entry = Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after: None };
    events::append(tx, entry).map(drop)
}
