//! What can be done with a goal: stated, changed while it is a draft, opened, judged, dropped.

use super::{Gate, Goal, Input, KIND, MOST_GOALS, NAME_LENGTH, Prepared, State, gate, read};
use crate::plan::audiences;
use platform::events::{self, Entry, Event, Standing};
use platform::store::Tx;
use platform::{Error, Problem, Result, auth, params};
use records::orders::workspace_currency;
use records::values::fold::tidy;

/// Keeps a goal as a draft, with what [`prepare`](super::prepare) read for it.
///
/// **Errors** at `name`, `owner`, `turn`.
pub fn create(tx: &mut Tx<'_>, input: &Input, prepared: &Prepared) -> Result<Goal> {
    let now = tx.now();
    let n =
        tx.one("SELECT count(*) FROM goals WHERE state IN ('draft', 'open')", &[], |row| row.get::<i64>(0))?;
    if n >= MOST_GOALS {
        return Err(Error::invalid("name", format!("there are {MOST_GOALS} goals already; drop one first")));
    }
    let goal = Goal {
        id: tx.new_id("goal"),
        turn_id: None,
        insight_id: None,
        name: String::new(),
        metric: None,
        period: input.period,
        segment_id: None,
        audience_id: None,
        baseline: None,
        target: None,
        due_on: None,
        owner_id: None,
        guardrails: Vec::new(),
        sources: Vec::new(),
        state: State::Draft,
        verdict: None,
        opened_at: None,
        created_by: tx.by().id.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let goal = stated(goal, input, prepared);
    refuse(tx, &goal)?;
    insert(tx, &goal)?;
    log(tx, "goal.created", &goal, None, None)?;
    Ok(goal)
}

/// States a draft anew; `version` is the one that the editor saw.
///
/// **Errors** as [`create`]; with a conflict when somebody changed it since, or when it is no longer a draft.
pub fn update(tx: &mut Tx<'_>, id: &str, version: i64, input: &Input, prepared: &Prepared) -> Result<Goal> {
    let before = seen(tx, id, version)?;
    drafted(&before)?;
    let goal = stated(before.clone(), input, prepared);
    refuse(tx, &goal)?;
    changed(tx, "goal.updated", goal, &before, None)
}

/// Opens a draft: the gate is asked, the audience is taken, baseline and metric version are fixed.
///
/// **Errors** with everything that the gate refuses, each at its field; with a conflict as [`update`].
pub fn open(tx: &mut Tx<'_>, id: &str, version: i64, prepared: &Prepared) -> Result<Goal> {
    let before = seen(tx, id, version)?;
    drafted(&before)?;
    let mut goal = stated(before.clone(), &before.input(), prepared);
    let Gate { problems, warnings, .. } = gate(&goal.input(), prepared, workspace_currency(tx)?);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if let Some(segment) = &goal.segment_id {
        goal.audience_id = Some(audiences::snapshot(tx, segment)?.id);
    }
    if let Some(baseline) = &mut goal.baseline {
        baseline.warnings = warnings;
    }
    goal.state = State::Open;
    goal.opened_at = Some(tx.now());
    changed(tx, "goal.opened", goal, &before, None)
}

/// What became of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concluded {
    Met,
    Missed,
    CannotTell,
}

/// Gives an open goal its verdict; a verdict may be given anew.
///
/// **Errors** with a conflict when the goal was never opened, or was dropped.
pub fn conclude(
    tx: &mut Tx<'_>,
    id: &str,
    concluded: Concluded,
    verdict: &serde_json::Value,
) -> Result<Goal> {
    let before = read::get(tx, id)?;
    if matches!(before.state, State::Draft | State::Dropped) {
        let words = format!(
            "goal {} is {} and cannot be judged",
            before.name,
            before.state.in_words().to_lowercase()
        );
        return Err(Error::Conflict(words));
    }
    let state = match concluded {
        Concluded::Met => State::Met,
        Concluded::Missed => State::Missed,
        Concluded::CannotTell => State::CannotTell,
    };
    let goal = Goal { state, verdict: Some(verdict.clone()), ..before.clone() };
    changed(tx, "goal.concluded", goal, &before, None)
}

/// Gives a goal up, with the reason.
///
/// **Errors** at `why` when none is given; with a conflict when the goal was judged already.
pub fn drop_goal(tx: &mut Tx<'_>, id: &str, why: &str) -> Result<Goal> {
    let before = read::get(tx, id)?;
    if !matches!(before.state, State::Draft | State::Open) {
        return Err(Error::Conflict(format!("goal {} is over; there is nothing to drop", before.name)));
    }
    let why = why.trim();
    if why.is_empty() && before.state == State::Open {
        return Err(Error::invalid("why", "say why, so that the next plan can learn from it"));
    }
    let goal = Goal { state: State::Dropped, ..before.clone() };
    let after = serde_json::json!({ "why": why }).to_string();
    changed(tx, "goal.dropped", goal, &before, Some(after))
}

/// Takes back one event: the goal is as it was before, under a new version; a creation is dropped.
///
/// **Errors** with a conflict when somebody changed the goal after the event.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = read::get(tx, &event.record_id)?;
    match events::standing(tx, event, &now.id)? {
        Standing::Latest => {}
        Standing::Undone => return Err(Error::Conflict("this change was already taken back".to_string())),
        Standing::ChangedLater(later) => {
            let words =
                format!("goal {} was changed afterwards ({}); it is left as it is", now.name, later.verb);
            return Err(Error::Conflict(words));
        }
    }
    let was = match &event.before_json {
        None => Goal { state: State::Dropped, ..now.clone() },
        Some(before) => serde_json::from_str(before)?,
    };
    write(tx, &Goal { version: now.version + 1, updated_at: tx.now(), ..was })?;
    events::append_undone(tx, event, &now.id, Some(serde_json::to_string(&now)?)).map(drop)
}

fn seen(tx: &mut Tx<'_>, id: &str, version: i64) -> Result<Goal> {
    let goal = read::get(tx, id)?;
    match goal.version == version {
        true => Ok(goal),
        false => Err(Error::Conflict(format!(
            "goal {} was changed in the meantime (version {} now, {version} when you opened it); open it again",
            goal.name, goal.version
        ))),
    }
}

fn drafted(goal: &Goal) -> Result<()> {
    match goal.state {
        State::Draft => Ok(()),
        _ => Err(Error::Conflict(format!(
            "goal {} is {}: it stays as it was agreed. Drop it and state a new one",
            goal.name,
            goal.state.in_words().to_lowercase()
        ))),
    }
}

fn stated(goal: Goal, input: &Input, prepared: &Prepared) -> Goal {
    Goal {
        turn_id: input.turn_id.clone(),
        insight_id: input.insight_id.clone(),
        name: tidy(&input.name).into_owned(),
        metric: prepared.metric.as_ref().map(|metric| metric.reference()),
        period: input.period,
        segment_id: input.segment_id.clone(),
        baseline: prepared.baseline.clone(),
        target: input.target,
        due_on: input.due_on,
        owner_id: input.owner_id.clone(),
        guardrails: prepared.guardrails.clone(),
        sources: prepared.sources.clone(),
        ..goal
    }
}

fn refuse(tx: &mut Tx<'_>, goal: &Goal) -> Result<()> {
    let mut problems = Vec::new();
    let mut problem = |field: &str, message: &str| {
        problems.push(Problem { field: field.to_string(), message: message.to_string() });
    };
    if goal.name.is_empty() {
        problem("name", "a goal needs a name");
    } else if goal.name.chars().count() > NAME_LENGTH {
        problem("name", &format!("a name has at most {NAME_LENGTH} characters"));
    }
    if goal.target.is_some_and(|target| !target.is_finite()) {
        problem("target", "this is no number that can be reached");
    }
    if let Some(owner) = &goal.owner_id
        && !auth::list(tx)?.iter().any(|user| user.id == *owner)
    {
        problem("owner", "there is no such user; choose one who can sign in");
    }
    let mut keys: Vec<&str> = goal.guardrails.iter().map(|g| g.metric.key.as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        problem("guardrails", "a metric is named twice");
    }
    if goal.metric.as_ref().is_some_and(|metric| keys.contains(&metric.key.as_str())) {
        problem("guardrails", "the goal's own metric cannot guard it; choose another");
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn changed(tx: &mut Tx<'_>, verb: &str, goal: Goal, before: &Goal, after: Option<String>) -> Result<Goal> {
    if goal == *before {
        return Ok(goal);
    }
    let goal = Goal { version: before.version + 1, updated_at: tx.now(), ..goal };
    write(tx, &goal)?;
    log(tx, verb, &goal, Some(before), after)?;
    Ok(goal)
}

fn log(tx: &mut Tx<'_>, verb: &str, goal: &Goal, before: Option<&Goal>, after: Option<String>) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let id = goal.id.as_str();
    events::append(tx, Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after })?;
    Ok(())
}

fn insert(tx: &mut Tx<'_>, g: &Goal) -> Result<()> {
    tx.execute(
        "INSERT INTO goals (id, name, period, baseline_series_json, guardrails_json, sources_json, state, created_by,
           created_at, updated_at, version)
         VALUES ($1, $2, $3, '{}', '[]', '[]', $4, $5, $6, $7, $8)",
        &params![g.id, g.name, g.period.name(), g.state.name(), g.created_by, g.created_at, g.updated_at, g.version],
    )?;
    write(tx, g)
}

fn write(tx: &mut Tx<'_>, g: &Goal) -> Result<()> {
    let (key, metric_version) = g.metric.as_ref().map(|m| (m.key.clone(), m.version)).unzip();
    let baseline = g.baseline.as_ref();
    let series = baseline.map(serde_json::to_string).transpose()?.unwrap_or_else(|| "{}".to_string());
    let guardrails = serde_json::to_string(&g.guardrails)?;
    let sources = serde_json::to_string(&g.sources)?;
    let verdict = g.verdict.as_ref().map(serde_json::Value::to_string);
    let due_on = g.due_on.map(|day| day.to_string());
    tx.execute(
        "UPDATE goals SET turn_id = $2, insight_id = $3, name = $4, metric_key = $5, metric_version = $6, period = $7,
           segment_id = $8, audience_id = $9, baseline = $10, baseline_low = $11, baseline_high = $12,
           baseline_series_json = $13, target = $14, due_on = $15, owner_id = $16, guardrails_json = $17,
           sources_json = $18, state = $19, verdict_json = $20, opened_at = $21, updated_at = $22, version = $23
         WHERE id = $1",
        &params![
            g.id, g.turn_id, g.insight_id, g.name, key, metric_version, g.period.name(), g.segment_id, g.audience_id,
            baseline.map(|b| b.value), baseline.and_then(|b| b.low), baseline.and_then(|b| b.high), series, g.target,
            due_on, g.owner_id, guardrails, sources, g.state.name(), verdict, g.opened_at, g.updated_at, g.version
        ],
    )?;
    Ok(())
}
