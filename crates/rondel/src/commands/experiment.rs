//! `rondel experiment`: whether one can answer, and how it stands.

use cycle::act::experiments::{self, ArmCount, Experiment as Record};
use cycle::act::{actions, power};
use cycle::measure::effects::{self, Effect};
use platform::{By, Error, Result, Snapshot, Store};
use serde_json::{Value, json};

use super::{Outcome, Program};

/// Whether an experiment can answer, and how it stands
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel experiment list
  rondel experiment plan exp_…      reckon whether it can answer, and keep the answer
  rondel experiment show exp_…      arms, what reached whom, what came out so far

Instead of the experiment's id, that of its action does as well.")]
pub(super) struct Experiment {
    #[command(subcommand)]
    action: Asked,
}

#[derive(clap::Subcommand)]
enum Asked {
    /// The newest experiments
    List {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Reckon whether it can answer
    Plan {
        /// The experiment or its action
        id: String,
    },
    /// How it stands
    Show {
        /// The experiment or its action
        id: String,
    },
}

impl Experiment {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        match self.action {
            Asked::List { limit } => list(program, &store, limit.clamp(1, 1_000)),
            Asked::Plan { id } => plan(program, &store, id),
            Asked::Show { id } => show(program, &store, id),
        }
    }
}

fn find(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Record> {
    match experiments::find(snapshot, id)? {
        Some(experiment) => Ok(experiment),
        None => experiments::of_action(snapshot, id)?.ok_or_else(|| Error::missing("experiment", id)),
    }
}

fn list(program: &Program, store: &Store, limit: i64) -> Result<Outcome> {
    let found = store
        .read(move |s| experiments::list(s, &experiments::List { limit, ..Default::default() }))
        .wait()?;
    let text: Vec<String> = found
        .iter()
        .map(|one| format!("{}  {:<8} {:>9} people  {}", one.id, one.state.name(), one.n_people, one.name))
        .collect();
    let all: Vec<Value> = found.iter().map(as_json).collect();
    let text = if text.is_empty() { "There is no experiment yet".to_string() } else { text.join("\n") };
    program.answer(&json!({ "experiments": all }), &text);
    Ok(Outcome::Done)
}

/// Reckons and keeps it; of one that was launched, shows what was kept.
fn plan(program: &Program, store: &Store, id: String) -> Result<Outcome> {
    let experiment = store.read(move |s| find(s, &id)).wait()?;
    let (experiment, plan) = match experiment.state {
        experiments::State::Planned if !experiment.is_global_control() => {
            power::look_and_keep(store, By::console(), &experiment.id)?
        }
        _ => {
            let plan = power::kept(&experiment)?
                .ok_or_else(|| Error::Conflict("it was launched without a plan".to_string()))?;
            (experiment, plan)
        }
    };
    let words = match plan.answer {
        power::Answer::Yes => "It can answer.".to_string(),
        power::Answer::No => format!("It cannot answer: {}.", plan.shortage()),
        power::Answer::NoExpectation => "Say with the action what is expected of one customer.".to_string(),
        power::Answer::CannotTell => {
            format!("Nothing can be reckoned: {}.", plan.hindrance())
        }
    };
    let text = format!(
        "{words}\n  people         {:>12}\n  treated        {:>12}\n  held out       {:>12}\n  detectable     {:>12}\n  \
         expected       {:>12}\n  chance to see  {:>12}\n  needed         {:>12}",
        plan.n_people,
        plan.n_treated,
        plan.n_held_out,
        number(plan.detectable),
        number(plan.expected),
        number(plan.power),
        plan.needed.map_or("can't tell".to_string(), |n| n.to_string()),
    );
    program.answer(&json!({ "experiment": as_json(&experiment), "plan": plan }), &text);
    Ok(Outcome::Done)
}

fn number(value: Option<f64>) -> String {
    value.map_or("can't tell".to_string(), |value| format!("{value:.4}"))
}

fn show(program: &Program, store: &Store, id: String) -> Result<Outcome> {
    let (experiment, name, arms, exposed, results) = store
        .scan(move |s| {
            let experiment = find(s, &id)?;
            let name = match &experiment.action_id {
                Some(action_id) => Some(actions::get(s, action_id)?.name),
                None => None,
            };
            let arms = experiments::arms(s, &experiment)?;
            let exposed = experiments::exposed_by_arm(s, &experiment.id)?;
            let results = effects::latest(s, &experiment.id)?;
            Ok((experiment, name, arms, exposed, results))
        })
        .wait()?;
    let mut text = format!("{} ({})", name.unwrap_or_else(|| experiment.name.clone()), experiment.state.name());
    for arm in &arms {
        text.push_str(&format!("\n  {:<16} {:>9} people, {} ‰ planned", arm.name, arm.n_people, arm.permille));
    }
    for (arm, kind, n) in &exposed {
        text.push_str(&format!("\n  {arm}: {kind} reached {n}"));
    }
    for result in &results {
        text.push_str(&format!("\n  {}: {}", result.arm, result.why));
    }
    if results.is_empty() {
        text.push_str("\n  Nothing was measured yet.");
    }
    let lot = experiments::lot(&arms);
    let answer = json!({
        "experiment": as_json(&experiment),
        "arms": arms.iter().map(arm_as_json).collect::<Vec<Value>>(),
        "sample_ratio_p": lot.map(|lot| lot.p_value),
        "sample_ratio_alarm": lot.is_some_and(|lot| lot.rings()),
        "exposed": exposed
            .iter()
            .map(|(arm, kind, n)| json!({ "arm": arm, "kind": kind, "n_people": n }))
            .collect::<Vec<Value>>(),
        "results": results.iter().map(result_as_json).collect::<Vec<Value>>(),
    });
    program.answer(&answer, &text);
    Ok(Outcome::Done)
}

fn as_json(one: &Record) -> Value {
    json!({
        "id": one.id,
        "action_id": one.action_id,
        "turn_id": one.turn_id,
        "name": one.name,
        "state": one.state.name(),
        "unit": one.unit.name(),
        "holdout_permille": one.holdout_permille,
        "metric": one.metric.key,
        "metric_version": one.metric.version,
        "window_days": one.window_days,
        "n_people": one.n_people,
        "n_in_control": one.n_in_control,
        "n_unreachable": one.n_unreachable,
        "why_underpowered": one.why_underpowered,
    })
}

fn arm_as_json(arm: &ArmCount) -> Value {
    json!({ "name": arm.name, "permille": arm.permille, "n_people": arm.n_people })
}

fn result_as_json(one: &Effect) -> Value {
    json!({
        "arm": one.arm,
        "as_of": one.as_of,
        "conclusion": one.conclusion.name(),
        "why": one.why,
        "is_final": one.is_final,
        "found": one.found,
    })
}
