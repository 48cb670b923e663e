//! `rondel turn`: open, look at and close the turn; run every analysis once, and say what was found.

use std::path::PathBuf;

use cycle::calendar::Day;
use cycle::interpret;
use cycle::plan::periods::Cadence;
use cycle::plan::turns::{self, Input, State, Turn as Record};
use cycle::turn::overview::{self, Overview};
use cycle::turn::{self, Options, TurnRun, cadence, close, report};
use platform::{By, Error, Result, Snapshot, Store};
use serde_json::{Value, json};

use super::progress::Progress;
use super::{Outcome, Program};

/// The turn: open it, see how it stands, run the analyses, close it, report
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel turn open                       the period that is suggested; or --from, --to, --cadence, --name
  rondel turn status                     days left, gates, goals
  rondel turn run
  rondel turn run --as-of 2025-12-31     as if it were the evening of that day
  rondel turn report --out report.html   the open turn, or the one closed last; report.pdf makes a PDF
  rondel turn close                      judges its goals, ends it and plans the next

The analyses stand at the end of the data: at the newest order, or today where orders still come in. With --as-of,
nothing later is known to them.")]
pub(super) struct Turn {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Run every analysis once
    Run {
        /// The last day that the analyses know
        #[arg(long, value_name = "YYYY-MM-DD")]
        as_of: Option<String>,
    },
    /// Plan a turn and open it
    Open {
        /// A name; that of the period where there is none
        #[arg(long)]
        name: Option<String>,
        /// The first day; today's period where there is none
        #[arg(long, value_name = "YYYY-MM-DD")]
        from: Option<String>,
        /// The last day
        #[arg(long, value_name = "YYYY-MM-DD")]
        to: Option<String>,
        /// month or quarter; as volume and goals suggest where it is left out
        #[arg(long)]
        cadence: Option<String>,
    },
    /// How the open turn stands
    Status,
    /// Judge the goals of the open turn from the data, end it, freeze its report, plan the next
    Close,
    /// Write the report of the turn into one file: HTML, or PDF where the name ends so
    Report {
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The turn's id; the open one, or the one closed last, where it is left out
        #[arg(long)]
        turn: Option<String>,
        /// What the analyses found instead; HTML only. So too where there is no turn
        #[arg(long)]
        findings: bool,
    },
}

impl Turn {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        match self.action {
            Action::Run { as_of } => {
                let last_day = as_of.as_deref().map(Day::parse).transpose()?;
                let run = run(program, &store, last_day)?;
                program.answer(&as_json(&run), &in_words(&run));
                Ok(Outcome::Done)
            }
            Action::Open { name, from, to, cadence } => open(program, &store, name, from, to, cadence),
            Action::Status => status(program, &store),
            Action::Close => end(program, &store),
            Action::Report { out, turn, findings } => {
                let bytes = written(&store, &out, turn, findings)?;
                std::fs::write(&out, &bytes).map_err(|error| Error::file(&out, error))?;
                let text = format!("The report is in {}", out.display());
                program.answer(&json!({ "file": out, "bytes": bytes.len() }), &text);
                Ok(Outcome::Done)
            }
        }
    }
}

fn open(
    program: &Program,
    store: &Store,
    name: Option<String>,
    from: Option<String>,
    to: Option<String>,
    wanted: Option<String>,
) -> Result<Outcome> {
    let cadence = match wanted.as_deref() {
        None => store.scan(cadence::of_data).wait()?.cadence,
        Some(word) => Cadence::parse(word)
            .ok_or_else(|| Error::invalid("cadence", format!("“{word}” is neither month nor quarter")))?,
    };
    let today = Day::of(store.now());
    let of_period = Day::first_of_month(today.month() - today.month().rem_euclid(cadence.n_months()));
    let start = from.as_deref().map(Day::parse).transpose()?.unwrap_or(of_period);
    let mut input = Input::from(start, cadence);
    if let Some(last) = to.as_deref().map(Day::parse).transpose()? {
        input.ends_on = last;
    }
    if let Some(name) = name {
        input.name = name;
    }
    let is_stated = input != Input::from(of_period, cadence);
    let turn = store.write(By::console(), move |tx| {
        // What was planned in the browser, or at the last close, is opened where nothing else is stated.
        let planned = if is_stated { None } else { turns::next_planned(tx)? };
        let turn = match planned {
            Some(planned) => planned,
            None => turns::create(tx, &input)?,
        };
        turns::open(tx, &turn.id)
    });
    let turn = turn.wait()?;
    program.answer(&turn_as_json(&turn), &format!("{} is open until {}", turn.name, turn.ends_on));
    Ok(Outcome::Done)
}

fn status(program: &Program, store: &Store) -> Result<Outcome> {
    let read = |s: &mut Snapshot<'_>| match turns::current(s)? {
        Some(turn) => overview::of_turn(s, turn).map(Some),
        None => Ok(None),
    };
    match store.scan(read).wait()? {
        Some(whole) => program.answer(&overview_as_json(&whole), &overview_in_words(&whole)),
        None => program.answer(&json!({ "turn": null }), "No turn is open; rondel turn open begins one"),
    }
    Ok(Outcome::Done)
}

fn end(program: &Program, store: &Store) -> Result<Outcome> {
    let done = store.write(By::console(), |tx| {
        let turn = turns::current(tx)?.ok_or_else(|| Error::Conflict("no turn is open".to_string()))?;
        if turn.state == State::Running {
            turns::begin_close(tx, &turn.id)?;
        }
        close::judge_all(tx, &turn.id)?;
        let next = turn.ends_on.max(Day::of(tx.now())).next();
        let next = Input { champion_id: turn.champion_id.clone(), ..Input::from(next, turn.cadence) };
        close::finish(tx, &turn.id, &next)
    });
    let done = done.wait()?;
    let json = json!({ "closed": turn_as_json(&done.closed), "next": turn_as_json(&done.next), "drafts": done.n_drafts });
    program.answer(&json, &format!("{} is closed; {} is planned", done.closed.name, done.next.name));
    Ok(Outcome::Done)
}

/// The report of a turn; what the analyses found where that is wanted, or where there is no turn.
fn written(store: &Store, out: &std::path::Path, id: Option<String>, findings: bool) -> Result<Vec<u8>> {
    let is_pdf = out.extension().is_some_and(|end| end.eq_ignore_ascii_case("pdf"));
    let found = store.scan(move |s| {
        let turn = match id {
            _ if findings => None,
            Some(id) => Some(id),
            None => match turns::current(s)? {
                Some(turn) => Some(turn.id),
                None => turns::newest_closed(s)?.map(|turn| turn.id),
            },
        };
        turn.map(|id| close::report_of(s, &id)).transpose()
    });
    match found.wait()? {
        Some(document) if is_pdf => Ok(report::pdf(&document)),
        Some(document) => Ok(report::html(&document).into_bytes()),
        None if is_pdf => {
            Err(Error::invalid("out", "what the analyses found is written as HTML; there is no turn to report on"))
        }
        None => Ok(store.scan(interpret::report::html).wait()?.into_bytes()),
    }
}

fn turn_as_json(turn: &Record) -> Value {
    json!({
        "id": turn.id, "name": turn.name, "state": turn.state.name(), "cadence": turn.cadence.name(),
        "starts_on": turn.starts_on, "ends_on": turn.ends_on, "previous_turn": turn.previous_turn_id,
    })
}

fn overview_as_json(whole: &Overview) -> Value {
    let gates: Vec<Value> = whole
        .gates
        .iter()
        .map(|gate| {
            let missing: Vec<Value> =
                gate.missing().map(|one| json!({ "condition": one.key, "found": one.words })).collect();
            json!({ "step": gate.of.name(), "state": gate.standing().name(), "missing": missing })
        })
        .collect();
    let goals: Vec<Value> = whole
        .chain
        .goals
        .iter()
        .map(|goal| json!({ "id": goal.id, "name": goal.name, "state": goal.state }))
        .collect();
    json!({
        "turn": turn_as_json(&whole.turn), "days_left": whole.days_left, "gates": gates, "goals": goals,
        "actions": whole.chain.actions.len(), "insights_to_decide": whole.n_insights,
        "planned_minor": whole.cost.planned_minor, "spent_minor": whole.cost.actual_minor,
        "in_the_way": whole.blockers.iter().map(|point| point.words.clone()).collect::<Vec<_>>(),
    })
}

fn overview_in_words(whole: &Overview) -> String {
    let turn = &whole.turn;
    let mut text =
        format!("{}, {} to {}, {} days left", turn.name, turn.starts_on, turn.ends_on, whole.days_left);
    for blocker in &whole.blockers {
        text.push_str(&format!("\n  in the way: {}", blocker.words));
    }
    for gate in &whole.gates {
        text.push_str(&format!("\n  {:<10} {}", gate.of.label(), gate.standing().name().replace('_', " ")));
        for one in gate.missing() {
            text.push_str(&format!("\n             {}: {}", one.label, one.words));
        }
    }
    for goal in &whole.chain.goals {
        text.push_str(&format!("\n  goal       {} ({})", goal.name, goal.state));
    }
    text
}

/// Runs a turn with a line of progress on a terminal.
pub(super) fn run(program: &Program, store: &Store, last_day: Option<Day>) -> Result<TurnRun> {
    let line = Progress::steps(program, turn::STEPS.len() as u64);
    let options = Options { last_day, facts: program.config.facts(), ..Options::default() };
    turn::run(store, &options, &mut |progress| line.step(progress.step_no as u64, progress.step, progress.n_rows))
}

pub(super) fn as_json(run: &TurnRun) -> Value {
    let steps: Vec<Value> = run
        .steps
        .iter()
        .map(|s| json!({ "name": s.name, "seconds": s.seconds, "rows": s.n_rows, "peak_mb": s.peak_mb }))
        .collect();
    let seconds: f64 = run.steps.iter().map(|step| step.seconds).sum();
    let peak_mb = run.steps.iter().filter_map(|step| step.peak_mb).max();
    json!({ "run": run.id, "last_day": run.last_day().to_string(), "seconds": seconds, "peak_mb": peak_mb, "steps": steps })
}

fn in_words(run: &TurnRun) -> String {
    let mut text = format!("The analyses stand at the end of {}.", run.last_day());
    for step in &run.steps {
        text.push_str(&format!("\n  {:<16} {:>9} rows {:>8.2} s", step.name, step.n_rows, step.seconds));
    }
    text
}
