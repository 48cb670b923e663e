//! `rondel action`: what is done, and launching it.

use cycle::act::actions::{self, Check, State};
use platform::{By, Result, Store};
use serde_json::{Value, json};

use super::{Outcome, Program};

/// What is done about what was found: list, check, launch, stop
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel action list --state running
  rondel action check act_…                        what is still missing before the launch
  rondel action launch act_…                       freeze the audience, draw the lot, begin
  rondel action stop act_… --why \"wrong text\"      nobody more is contacted

What begins with a launch is done by the worker of the server (rondel serve).")]
pub(super) struct Action {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(clap::Subcommand)]
enum Asked {
    /// The newest actions
    List {
        /// Only those in this state: draft, approved, running, stopped, done
        #[arg(long)]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// What has to be in order before the launch
    Check { id: String },
    /// Freeze the audience, draw the lot, begin
    Launch { id: String },
    /// Contact nobody more
    Stop {
        id: String,
        /// Kept with the action
        #[arg(long)]
        why: String,
    },
}

impl Action {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        match self.asked {
            Asked::List { state, limit } => list(program, &store, state.as_deref(), limit.clamp(1, 1_000)),
            Asked::Check { id } => check(program, &store, id),
            Asked::Launch { id } => {
                let action = store.write(By::console(), move |tx| actions::launch(tx, &id)).wait()?;
                let words = match action.is_launching() {
                    true => "The lot is drawn by the worker: the audience is large",
                    false => "It runs",
                };
                program.answer(&as_json(&action), words);
                Ok(Outcome::Done)
            }
            Asked::Stop { id, why } => {
                let action = store.write(By::console(), move |tx| actions::stop(tx, &id, &why)).wait()?;
                program.answer(&as_json(&action), "Stopped");
                Ok(Outcome::Done)
            }
        }
    }
}

fn list(program: &Program, store: &Store, state: Option<&str>, limit: i64) -> Result<Outcome> {
    let state = match state {
        None => None,
        Some(name) => Some(State::from_name(name).ok_or_else(|| {
            platform::Error::invalid("state", format!("“{name}” is none of draft, approved, running, stopped, done"))
        })?),
    };
    let found =
        store.read(move |s| actions::list(s, &actions::List { state, limit, ..Default::default() })).wait()?;
    let line = |action: &actions::Action| {
        format!("{}  {:<8} {:<12} {}", action.id, action.state.name(), action.kind.name(), action.name)
    };
    let text: Vec<String> = found.iter().map(line).collect();
    let text = if text.is_empty() { "There is no action".to_string() } else { text.join("\n") };
    program.answer(&json!({ "actions": found.iter().map(as_json).collect::<Vec<Value>>() }), &text);
    Ok(Outcome::Done)
}

fn check(program: &Program, store: &Store, id: String) -> Result<Outcome> {
    let checks = store
        .scan(move |s| {
            let action = actions::get(s, &id)?;
            actions::checklist(s, &action)
        })
        .wait()?;
    let line = |check: &Check| match &check.problem {
        None => format!("  in order  {}: {}", check.name, check.words),
        Some(problem) => format!("  missing   {}: {problem}", check.name),
    };
    let text: Vec<String> = checks.iter().map(line).collect();
    let all: Vec<Value> = checks
        .iter()
        .map(|check| json!({ "field": check.field, "name": check.name, "problem": check.problem, "words": check.words }))
        .collect();
    let is_ready = checks.iter().all(|check| check.problem.is_none());
    program.answer(&json!({ "is_ready": is_ready, "checks": all }), &text.join("\n"));
    Ok(if is_ready { Outcome::Done } else { Outcome::Unwell })
}

fn as_json(action: &actions::Action) -> Value {
    json!({
        "id": action.id,
        "kind": action.kind.name(),
        "name": action.name,
        "state": action.state.name(),
        "is_launching": action.is_launching(),
        "turn_id": action.turn_id,
        "insight_id": action.insight_id,
        "goal_id": action.goal_id,
        "segment_id": action.segment_id,
        "audience_id": action.audience_id,
        "purpose": action.purpose,
        "why_no_experiment": action.why_no_experiment,
        "why_ended": action.why_ended,
    })
}
