//! The close of a turn, step by step: verdicts, what worked, what to stop, our own forecasts, the next goals, the end.

use askama::Template;
use axum::extract::{Path, State};
use cycle::calendar::Day;
use cycle::measure::effects::{Conclusion, Effect};
use cycle::plan::goals::Concluded;
use cycle::plan::history::day_at;
use cycle::plan::metrics::{self, Metric, values};
use cycle::plan::turns::{self, Cadence, Input, State as TurnState, Turn};
use cycle::turn::chain::{self, Chain};
use cycle::turn::close::{self, Proposal, Review};
use cycle::turn::{gates, words as turn_words};
use platform::{Snapshot, auth};
use records::orders::workspace_currency;
use records::values::currency::Currency;
use std::collections::HashMap;

use super::cards::goal_state;
use super::{currency_of, form};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::experiments::values as values_of;
use crate::pages::measure::maker;
use crate::parts::{Choice, Crumb, Toast};
use crate::query::Query;
use crate::state::App;
use crate::{respond, words};

/// The steps: name in the address, words.
const STEPS: [(&str, &str); 6] = [
    ("verdicts", "Verdicts"),
    ("worked", "What worked"),
    ("stop", "What to stop"),
    ("learned", "Our own forecasts"),
    ("next", "Next goals"),
    ("end", "Close"),
];

#[derive(Template)]
#[template(path = "turn/close.html")]
struct Wizard {
    page: Layout,
    crumbs: Vec<Crumb>,
    turn: Turn,
    may_write: bool,
    step: &'static str,
    /// Address, words, whether it is this one, whether it lies behind.
    steps: Vec<(String, &'static str, bool, bool)>,
    back: Option<String>,
    goals: Vec<GoalRow>,
    n_open: usize,
    results: Vec<ResultRow>,
    to_stop: Vec<String>,
    forecasts: Vec<(String, String, String)>,
    review: Review,
    /// What is not over yet, when a turn is closed before its end.
    left: String,
    proposals: Vec<ProposalRow>,
    metrics: Vec<Choice>,
    conditions: Vec<(bool, &'static str, String)>,
    cadences: Vec<Choice>,
    fields: Fields,
    problems: Problems,
}

struct GoalRow {
    id: String,
    name: String,
    href: String,
    state: &'static str,
    tone: &'static str,
    why: String,
}

struct ResultRow {
    name: String,
    href: String,
    conclusion: &'static str,
    tone: &'static str,
    /// For one customer, with its interval, in the unit of what it was judged by.
    difference: String,
    money: String,
    why: String,
}

struct ProposalRow {
    i: usize,
    proposal: Proposal,
    target: String,
}

struct Found {
    turn: Turn,
    chain: Chain,
    looks: Vec<Effect>,
    review: Review,
    gates: Vec<gates::Gate>,
    metrics: Vec<Metric>,
    forecasts: Vec<close::Kept>,
    users: HashMap<String, String>,
    currency: Currency,
    next: Input,
    today: Day,
}

fn read(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<Found> {
    let turn = turns::get(snapshot, id)?;
    let chain = chain::of_turn(snapshot, id)?;
    let gates = gates::of_turn(snapshot, &turn, &chain)?;
    let today = Day::of(snapshot.now());
    let next = Input::from(next_start(&turn, today), turn.cadence);
    Ok(Found {
        looks: close::looks(snapshot, id)?,
        review: close::review(snapshot, id)?,
        metrics: metrics::list(snapshot)?,
        forecasts: close::forecasts(snapshot)?,
        users: auth::list(snapshot)?.into_iter().map(|user| (user.id, user.name)).collect(),
        currency: workspace_currency(snapshot)?,
        turn,
        chain,
        gates,
        next,
        today,
    })
}

/// When the next turn begins: behind this one, unless that is so long ago that it would be over by now.
fn next_start(turn: &Turn, today: Day) -> Day {
    let behind = turn.ends_on.next();
    if turns::last_day(behind, turn.cadence) < today { today } else { behind }
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    query: Query,
) -> Result {
    let step = step_named(query.get("step"));
    respond::page(&draw(&app, &current, id, step, None, Problems::default()).await?)
}

fn step_named(name: &str) -> usize {
    STEPS.iter().position(|(known, _)| *known == name).unwrap_or(0)
}

async fn draw(
    app: &App,
    current: &Current,
    id: String,
    step: usize,
    typed: Option<Fields>,
    problems: Problems,
) -> Result<Wizard> {
    let wanted = id.clone();
    let found = app.store.scan(move |s| read(s, &wanted)).await?;
    let address = |step: usize| format!("/turns/{id}/close?step={}", STEPS[step].0);
    let steps = STEPS.iter().enumerate();
    let currency = currency_of(current).to_string();
    let fields = typed.unwrap_or_else(|| form::typed(&found.next));
    let asked = found.chain.goals.iter().filter(|goal| !goal.is_dropped());
    Ok(Wizard {
        page: current.layout(Place::Turn, format!("Close {}", found.turn.name)),
        crumbs: vec![
            Crumb { label: "Turn".to_string(), href: "/turn".to_string() },
            Crumb { label: found.turn.name.clone(), href: format!("/turns/{id}") },
        ],
        may_write: current.may_write() && found.turn.state == TurnState::Closing,
        step: STEPS[step].0,
        steps: steps.map(|(i, (_, words))| (address(i), *words, i == step, i < step)).collect(),
        back: step.checked_sub(1).map(address),
        n_open: asked.clone().filter(|goal| !goal.has_verdict()).count(),
        goals: asked.map(goal_row).collect(),
        results: in_order(&found.looks).map(|look| result_row(look, &found, &currency)).collect(),
        to_stop: close::to_stop(&found.chain, &found.looks),
        forecasts: found.forecasts.iter().map(|kept| forecast_row(kept, &found.users)).collect(),
        proposals: proposal_rows(&found),
        metrics: metric_choices(&found.metrics),
        conditions: found
            .gates
            .iter()
            .filter(|gate| gate.of == gates::Of::Close)
            .flat_map(|gate| &gate.conditions)
            .map(|one| (one.lets_pass(), one.label, one.words.clone()))
            .collect(),
        cadences: vec![
            Choice::new("month", "A month", fields.get("cadence")),
            Choice::new("quarter", "A quarter", fields.get("cadence")),
        ],
        left: days_left(&found),
        review: suggested(found.review, &found.chain, &found.looks),
        turn: found.turn,
        fields,
        problems,
    })
}

fn goal_row(goal: &chain::Goal) -> GoalRow {
    let (state, tone) = goal_state(&goal.state);
    let why = goal.verdict.as_ref().and_then(|verdict| verdict["why"].as_str()).unwrap_or_default();
    GoalRow {
        id: goal.id.clone(),
        name: goal.name.clone(),
        href: format!("/goals/{}", goal.id),
        state,
        tone: tone.class(),
        why: why.to_string(),
    }
}

/// What was shown first, what nobody can tell last.
fn in_order(looks: &[Effect]) -> impl Iterator<Item = &Effect> {
    let mut sorted: Vec<&Effect> = looks.iter().collect();
    sorted.sort_by_key(|look| look.conclusion);
    sorted.into_iter()
}

fn result_row(look: &Effect, found: &Found, currency: &str) -> ResultRow {
    let metric = found.metrics.iter().find(|metric| metric.key == look.metric.key);
    let difference = metric.zip(look.found).map(|(metric, seen)| {
        let interval = values_of::between(seen.always_low, seen.always_high, metric, found.currency);
        format!("{} ({interval})", values_of::in_words(seen.estimate, metric, found.currency))
    });
    let action = found.chain.actions.iter().find(|action| Some(&action.id) == look.action_id.as_ref());
    let (conclusion, tone) = match look.conclusion {
        Conclusion::Works => ("works", "good"),
        Conclusion::Harms => ("harms", "bad"),
        Conclusion::NoEffectShown => ("no effect shown", "neutral"),
        Conclusion::CannotTellYet => ("can’t tell yet", "warning"),
    };
    let money = |minor| turn_words::money(minor, currency);
    ResultRow {
        name: action.map_or_else(|| "All actions together".to_string(), |action| action.name.clone()),
        href: format!("/experiments/{}", look.experiment_id),
        conclusion,
        tone,
        difference: difference.unwrap_or_else(|| "can’t tell".to_string()),
        money: look.money.map_or_else(
            || "can’t tell".to_string(),
            |one| format!("{} ({} to {})", money(one.minor), money(one.low_minor), money(one.high_minor)),
        ),
        why: look.why.clone(),
    }
}

fn forecast_row(kept: &close::Kept, users: &HashMap<String, String>) -> (String, String, String) {
    let held = match kept.n_with_interval {
        0 => "can’t tell".to_string(),
        n => format!("{} of {n}", kept.n_within),
    };
    (maker(&kept.made_by, users), kept.n_settled.to_string(), held)
}

/// What was written; where nothing was, what the results say, to be put into one's own words.
fn suggested(mut review: Review, chain: &Chain, looks: &[Effect]) -> Review {
    if review.worked.is_none() {
        let worked = close::that_worked(chain, looks);
        review.worked = Some(worked.join("\n")).filter(|text| !text.is_empty());
    }
    if review.stopped.is_none() {
        review.stopped = Some(close::to_stop(chain, looks).join("\n")).filter(|text| !text.is_empty());
    }
    review
}

fn days_left(found: &Found) -> String {
    let left = found.turn.days_left(found.today);
    let open = found.looks.iter().filter(|look| !look.is_final && look.action_id.is_some()).count();
    if left <= 0 {
        return String::new();
    }
    let open = match open {
        0 => String::new(),
        n => format!(
            " {} not answered yet; what they show later stands with them, but not in this report.",
            words::counted(n as i64, "experiment is", "experiments are")
        ),
    };
    format!("The turn was meant to go on for {}.{open}", words::counted(left, "day more", "days more"))
}

/// What was kept; before anything was, what the turn itself proposes; and one line that is free.
fn proposal_rows(found: &Found) -> Vec<ProposalRow> {
    let mut all = match found.review.proposals.is_empty() {
        true => close::proposals(&found.chain, &found.looks),
        false => found.review.proposals.clone(),
    };
    let free = Proposal {
        name: String::new(),
        metric_key: String::new(),
        segment_id: None,
        target: None,
        why: String::new(),
        is_taken: false,
    };
    all.push(free);
    let row = |(i, proposal): (usize, Proposal)| ProposalRow {
        i,
        target: target_typed(found, &proposal).unwrap_or_default(),
        proposal,
    };
    all.into_iter().enumerate().map(row).collect()
}

/// The target as somebody would type it: per cent for a share, an amount for money.
fn target_typed(found: &Found, proposal: &Proposal) -> Option<String> {
    let metric = found.metrics.iter().find(|metric| metric.key == proposal.metric_key)?;
    proposal.target.map(|target| values::as_typed(target, metric.unit, found.currency))
}

fn metric_choices(metrics: &[Metric]) -> Vec<Choice> {
    let known = metrics.iter().filter(|metric| metric.lacks().is_none());
    known.map(|metric| Choice::new(&metric.key, &metric.name, "")).collect()
}

/// Keeps what was typed in a step and goes on to the next.
pub(crate) async fn keep(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let step = step_named(fields.get("step"));
    let (wanted, typed) = (id.clone(), fields.clone());
    let kept = app.store.write(current.by(), move |tx| {
        let mut review = close::review(tx, &wanted)?;
        let text = |name: &str| typed.filled(name).map(str::to_string);
        review.version = typed.get("version").parse().unwrap_or_default();
        match STEPS[step].0 {
            "worked" => review.worked = text("worked"),
            "stop" => review.stopped = text("stopped"),
            "learned" => review.learned = text("learned"),
            "next" => {
                let (known, currency) = (metrics::list(tx)?, workspace_currency(tx)?);
                review.proposals = read_proposals(&typed, &known, currency)?;
            }
            _ => return Ok(()),
        }
        close::state_review(tx, &wanted, &review).map(drop)
    });
    match kept.await {
        Ok(()) => {
            let next = STEPS[(step + 1).min(STEPS.len() - 1)].0;
            Ok(respond::redirect(&format!("/turns/{id}/close?step={next}")))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, id, step, Some(fields), problems).await?)
        }
    }
}

fn read_proposals(
    fields: &Fields,
    metrics: &[Metric],
    currency: Currency,
) -> platform::Result<Vec<Proposal>> {
    let mut found = Vec::new();
    for i in 0..=close::MOST_PROPOSALS {
        let cell = |name: &str| fields.trimmed(&format!("{name}.{i}")).to_string();
        if cell("name").is_empty() {
            continue;
        }
        let unit = metrics.iter().find(|metric| metric.key == cell("metric")).map(|metric| metric.unit);
        let target = match (cell("target"), unit) {
            (text, Some(unit)) if !text.is_empty() => {
                Some(values::parse("proposals", &text, unit, currency)?)
            }
            _ => None,
        };
        found.push(Proposal {
            name: cell("name"),
            metric_key: cell("metric"),
            segment_id: Some(cell("segment")).filter(|id| !id.is_empty()),
            target,
            why: cell("why"),
            is_taken: fields.ticked(&format!("taken.{i}")),
        });
    }
    Ok(found)
}

/// Verdicts from the data, for every goal that nobody judged by hand.
pub(crate) async fn judge_all(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    let n = app.store.write(current.by(), move |tx| close::judge_all(tx, &wanted)).await?;
    let text = format!("{} judged from the data", words::counted(n as i64, "goal", "goals"));
    Ok(respond::redirect_with(&format!("/turns/{id}/close?step=verdicts"), Toast::done(text)))
}

/// A verdict by hand, with its reason.
pub(crate) async fn judge(
    State(app): State<App>,
    Writer(current): Writer,
    Path((id, goal_id)): Path<(String, String)>,
    fields: Fields,
) -> Result {
    let why = fields.get("why").to_string();
    let concluded = match fields.get("verdict") {
        "met" => Concluded::Met,
        "missed" => Concluded::Missed,
        _ => Concluded::CannotTell,
    };
    let verb = move |tx: &mut platform::Tx<'_>| close::judge_by_hand(tx, &goal_id, concluded, &why);
    match app.store.write(current.by(), verb).await {
        Ok(()) => {
            let there = format!("/turns/{id}/close?step=verdicts");
            Ok(respond::redirect_with(&there, Toast::done("Verdict noted")))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, id, 0, None, problems).await?)
        }
    }
}

/// The end: the turn is closed, its report frozen, the next one planned.
pub(crate) async fn finish(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (wanted, typed) = (id.clone(), fields.clone());
    let done = app.store.write(current.by(), move |tx| {
        let next = Input {
            name: typed.get("name").to_string(),
            cadence: Cadence::parse(typed.get("cadence")).unwrap_or(Cadence::Quarter),
            starts_on: day_at("starts_on", typed.get("starts_on"))?,
            ends_on: day_at("ends_on", typed.get("ends_on"))?,
            champion_id: turns::get(tx, &wanted)?.champion_id,
        };
        close::finish(tx, &wanted, &form::followed(&typed, next))
    });
    match done.await {
        Ok(done) => {
            let text = format!("{} is closed; {} is planned", done.closed.name, done.next.name);
            Ok(respond::redirect_with(&format!("/turns/{}", done.next.id), Toast::done(text)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, id, STEPS.len() - 1, Some(fields), problems).await?)
        }
    }
}
