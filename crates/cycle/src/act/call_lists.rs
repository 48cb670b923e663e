//! Call lists: a task for each treated customer, worked through one after another, the most valuable first.
//!
//! Rondel does not dial. Whoever calls says how it went; that is the exposure of the experiment.

use super::actions::{self, Action};
use super::experiments;
use platform::events::{self, Entry};
use platform::jobs::{self, Job, NewJob};
use platform::store::{IntoParam, Param, Row, Snapshot, Store, Tx};
use platform::{By, Error, Micros, Problem, Result, params};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "task";
/// Makes the tasks of a list that began, chunk by chunk.
pub const FILL_JOB: &str = "act.call_list";
const CHUNK: i64 = 1_000;
const LONGEST_TEXT: usize = 10_000;
const MOST_MINUTES: i64 = 480;
const MOST_ATTEMPTS: i64 = 10;

/// How one call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody talked to them.
    Reached,
    NotReached,
    /// They want no such calls.
    Refused,
    /// What was wanted is done: they ordered, or it is settled.
    Done,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Reached, Self::NotReached, Self::Refused, Self::Done];

    pub fn name(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NotReached => "not_reached",
            Self::Refused => "refused",
            Self::Done => "done",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Reached => "Reached",
            Self::NotReached => "Not reached",
            Self::Refused => "Refused",
            Self::Done => "Done",
        }
    }
}

/// What belongs to a call list beside its action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallList {
    pub script: String,
    pub assignee_id: Option<String>,
    pub minutes_per_call: i64,
    pub most_attempts: i64,
}

/// What somebody states about a call list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub script: String,
    pub assignee_id: Option<String>,
    pub minutes_per_call: i64,
    pub most_attempts: i64,
}

impl Default for Input {
    fn default() -> Self {
        Self { script: String::new(), assignee_id: None, minutes_per_call: 10, most_attempts: 3 }
    }
}

/// A customer to call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub id: String,
    pub action_id: String,
    pub experiment_id: Option<String>,
    pub person_id: String,
    pub arm: String,
    pub priority: i64,
    pub assignee_id: Option<String>,
    pub is_open: bool,
    pub outcome: Option<Outcome>,
    pub note: Option<String>,
    pub n_attempts: i64,
    pub last_attempt_at: Option<Micros>,
    pub closed_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub version: i64,
}

/// What speaks against a call list, at `script`, `minutes_per_call` and `most_attempts`.
pub(super) fn problems(input: &Input) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut problem =
        |field: &str, message: &str| found.push(Problem { field: field.into(), message: message.into() });
    match input.script.trim().len() {
        0 => problem("script", "say what the call is about, so that everybody says the same"),
        n if n > LONGEST_TEXT => problem("script", "at most 10,000 letters are kept"),
        _ => {}
    }
    if !(1..=MOST_MINUTES).contains(&input.minutes_per_call) {
        problem("minutes_per_call", "a call takes 1 to 480 minutes");
    }
    if !(1..=MOST_ATTEMPTS).contains(&input.most_attempts) {
        problem("most_attempts", "try between 1 and 10 times");
    }
    found
}

pub(super) fn write(tx: &mut Tx<'_>, action: &Action, input: &Input) -> Result<()> {
    tx.execute(
        "INSERT INTO call_lists (action_id, script, assignee_id, minutes_per_call, most_attempts)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (action_id) DO UPDATE SET script = excluded.script, assignee_id = excluded.assignee_id,
           minutes_per_call = excluded.minutes_per_call, most_attempts = excluded.most_attempts",
        &params![
            action.id,
            input.script.trim(),
            input.assignee_id,
            input.minutes_per_call,
            input.most_attempts
        ],
    )?;
    Ok(())
}

/// The call list of an action.
pub fn of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Option<CallList>> {
    snapshot.first(
        "SELECT script, assignee_id, minutes_per_call, most_attempts FROM call_lists WHERE action_id = $1",
        &params![action_id],
        |row| {
            Ok(CallList {
                script: row.get(0)?,
                assignee_id: row.get(1)?,
                minutes_per_call: row.get(2)?,
                most_attempts: row.get(3)?,
            })
        },
    )
}

pub(super) fn begun(tx: &mut Tx<'_>, action: &Action) -> Result<()> {
    jobs::enqueue(tx, NewJob::once(FILL_JOB, format!("calls {}", action.id)), &action.id).map(drop)
}

/// Makes a task for everybody who is treated and has none; may stop anywhere and begin again.
pub fn fill(store: &Store, job: &Job) -> Result<()> {
    let id: String = job.payload()?;
    let mut after = String::new();
    loop {
        let (id, from) = (id.clone(), after.clone());
        let last = store.write(By::system(), move |tx| fill_chunk(tx, &id, &from)).wait()?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

fn fill_chunk(tx: &mut Tx<'_>, action_id: &str, after: &str) -> Result<Option<String>> {
    let action = actions::get(tx, action_id)?;
    if action.state != actions::State::Running {
        return Ok(None);
    }
    let people = actions::people(tx, &action, after, CHUNK)?;
    let Some((last, _)) = people.last().cloned() else { return Ok(None) };
    let experiment_id = experiments::of_action(tx, action_id)?.map(|experiment| experiment.id);
    let assignee_id = of_action(tx, action_id)?.and_then(|list| list.assignee_id);
    let worth = worth_of(tx, &people)?;
    let now = tx.now();
    let ids: Vec<String> = people.iter().map(|_| tx.new_id("tsk")).collect();
    let mut rows: Vec<Param<'_>> = Vec::with_capacity(people.len() * 12);
    for ((person, arm), id) in people.iter().zip(&ids) {
        let priority = worth.get(person).copied().unwrap_or(0);
        rows.extend([
            id.param(),
            action_id.param(),
            experiment_id.param(),
            person.param(),
            arm.param(),
            Param::Int(priority),
            assignee_id.param(),
            "open".param(),
            Param::Int(0),
            Param::Int(now),
            Param::Int(now),
            Param::Int(1),
        ]);
    }
    tx.insert_rows(
        "tasks",
        &[
            "id",
            "action_id",
            "experiment_id",
            "person_id",
            "arm",
            "priority",
            "assignee_id",
            "state",
            "n_attempts",
            "created_at",
            "updated_at",
            "version",
        ],
        "ON CONFLICT (action_id, person_id) DO NOTHING",
        &rows,
    )?;
    Ok(Some(last))
}

fn worth_of(tx: &mut Tx<'_>, people: &[(String, String)]) -> Result<std::collections::HashMap<String, i64>> {
    let ids: Vec<String> = people.iter().map(|(id, _)| id.clone()).collect();
    let found = records::people::many(tx, &ids)?;
    Ok(found.into_iter().map(|person| (person.id, person.revenue_minor)).collect())
}

/// Says how a call ended. Who was not reached is tried again after all the others, until the list's attempts are used up.
///
/// **Errors** at `note` when it is far too long; with a conflict when the task was closed, or the action does not run.
pub fn call(tx: &mut Tx<'_>, task_id: &str, outcome: Outcome, note: &str) -> Result<Task> {
    let before = get(tx, task_id)?;
    if !before.is_open {
        return Err(Error::Conflict("somebody has closed this call meanwhile".into()));
    }
    let action = actions::get(tx, &before.action_id)?;
    if action.state != actions::State::Running {
        return Err(Error::Conflict(format!(
            "“{}” is {}: nobody more is called",
            action.name,
            action.state.name()
        )));
    }
    if note.len() > LONGEST_TEXT {
        return Err(Error::invalid("note", "at most 10,000 letters are kept"));
    }
    let most = of_action(tx, &before.action_id)?.map_or(1, |list| list.most_attempts);
    let now = tx.now();
    let note = note.trim();
    let task = Task {
        outcome: Some(outcome),
        note: if note.is_empty() { before.note.clone() } else { Some(note.to_string()) },
        n_attempts: before.n_attempts + 1,
        last_attempt_at: Some(now),
        is_open: outcome == Outcome::NotReached && before.n_attempts + 1 < most,
        closed_by: tx.by().id.clone(),
        updated_at: now,
        version: before.version + 1,
        ..before.clone()
    };
    write_task(tx, &task)?;
    log(tx, "task.called", &task, Some(&before))?;
    if let (Some(experiment_id), true) = (&task.experiment_id, outcome != Outcome::NotReached) {
        experiments::expose(tx, experiment_id, &task.person_id, "called")?;
    }
    Ok(task)
}

/// Takes the last word on a call back.
///
/// The exposure stays: somebody may have been talked to.
///
/// **Errors** with a conflict where something else happened to the task since.
pub fn undo_event(tx: &mut Tx<'_>, event: &events::Event) -> Result<()> {
    let (Some(before), true) = (event.before_json.as_deref(), event.record_kind == KIND) else {
        return Err(Error::Conflict(format!("{} cannot be taken back", event.verb)));
    };
    let now = get(tx, &event.record_id)?;
    match events::standing(tx, event, &now.person_id)? {
        events::Standing::Latest => {}
        events::Standing::Undone => return Err(Error::Conflict("it was taken back already".into())),
        events::Standing::ChangedLater(later) => {
            return Err(Error::Conflict(format!("the call was changed afterwards ({})", later.verb)));
        }
    }
    let was: Task = serde_json::from_str(before)?;
    let task = Task { version: now.version + 1, updated_at: tx.now(), ..was };
    write_task(tx, &task)?;
    events::append_undone(tx, event, &task.person_id, Some(serde_json::to_string(&now)?)).map(drop)
}

const COLUMNS: &str =
    "id, action_id, experiment_id, person_id, arm, priority, assignee_id, state, outcome, note, n_attempts,
    last_attempt_at, closed_by, created_at, updated_at, version";

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Task> {
    snapshot
        .first(&format!("SELECT {COLUMNS} FROM tasks WHERE id = $1"), &params![id], read)?
        .ok_or_else(|| Error::missing(KIND, id))
}

/// The next calls: those not tried yet before those tried, the most valuable customers first.
pub fn next(snapshot: &mut Snapshot<'_>, action_id: &str, limit: i64) -> Result<Vec<Task>> {
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM tasks WHERE action_id = $1 AND state = 'open'
             ORDER BY n_attempts, priority DESC, id LIMIT $2"
        ),
        &params![action_id, limit],
        read,
    )
}

/// The calls that are over, the last first.
pub fn closed(snapshot: &mut Snapshot<'_>, action_id: &str, limit: i64) -> Result<Vec<Task>> {
    snapshot.query(
        &format!(
            "SELECT {COLUMNS} FROM tasks WHERE action_id = $1 AND state = 'closed'
             ORDER BY last_attempt_at DESC, id DESC LIMIT $2"
        ),
        &params![action_id, limit],
        read,
    )
}

/// How a list stands: tasks by state and outcome.
pub fn counts(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Vec<(bool, Option<Outcome>, i64)>> {
    snapshot.query(
        "SELECT state, outcome, count(*) FROM tasks WHERE action_id = $1 GROUP BY state, outcome ORDER BY state, outcome NULLS FIRST",
        &params![action_id],
        |row| Ok((row.text(0)? == "open", Outcome::from_name(row.text(1)?), row.get(2)?)),
    )
}

fn write_task(tx: &mut Tx<'_>, task: &Task) -> Result<()> {
    tx.execute(
        "UPDATE tasks SET state = $2, outcome = $3, note = $4, n_attempts = $5, last_attempt_at = $6, closed_by = $7,
           updated_at = $8, version = $9
         WHERE id = $1",
        &params![
            task.id,
            if task.is_open { "open" } else { "closed" },
            task.outcome.map(Outcome::name),
            task.note,
            task.n_attempts,
            task.last_attempt_at,
            task.closed_by,
            task.updated_at,
            task.version
        ],
    )?;
    Ok(())
}

/// A call stands in the timeline of the person who was called.
fn log(tx: &mut Tx<'_>, verb: &str, task: &Task, before: Option<&Task>) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let after = serde_json::json!({ "outcome": task.outcome, "note": task.note }).to_string();
    let entry = Entry {
        verb,
        record_kind: KIND,
        record_id: &task.id,
        subject_id: &task.person_id,
        before,
        after: Some(after),
    };
    events::append(tx, entry).map(drop)
}

fn read(row: &Row<'_>) -> Result<Task> {
    Ok(Task {
        id: row.get(0)?,
        action_id: row.get(1)?,
        experiment_id: row.get(2)?,
        person_id: row.get(3)?,
        arm: row.get(4)?,
        priority: row.get(5)?,
        assignee_id: row.get(6)?,
        is_open: row.text(7)? == "open",
        outcome: Outcome::from_name(row.text(8)?),
        note: row.get(9)?,
        n_attempts: row.get(10)?,
        last_attempt_at: row.get(11)?,
        closed_by: row.get(12)?,
        created_at: row.get(13)?,
        updated_at: row.get(14)?,
        version: row.get(15)?,
    })
}
