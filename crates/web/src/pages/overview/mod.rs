//! The first page after signing in: how the loop stands, what to do next, the key figures with their roots.

use askama::Template;
use axum::extract::State;
use cycle::analyze::results;
use cycle::calendar::{AsOfReason, Day};
use cycle::interpret::{self, List, Status};
use cycle::turn::{self, Standing};
use platform::jobs;

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place, Step, TurnStrip};
use crate::loop_bar::{self, NextStep};
use crate::pages::{insights, turn_runs, value};
use crate::parts::{Moment, Progress, Stat, Tone};
use crate::state::App;
use crate::{respond, words};

/// Imports shown.
const IMPORTS_SHOWN: usize = 4;
/// Insights shown, the most worth first.
const INSIGHTS_SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "overview/show.html")]
struct Show {
    page: Layout,
    may_write: bool,
    is_empty: bool,
    about: String,
    work: Option<Progress>,
    next: Option<NextStep>,
    steps: Vec<Card>,
    stats: Vec<Stat>,
    insights: Vec<insights::Card>,
    imports: Vec<Came>,
    run: Option<Ran>,
}

/// A step of the loop.
struct Card {
    number: usize,
    name: &'static str,
    meaning: &'static str,
    href: Option<String>,
    state: &'static str,
    tone: &'static str,
    note: String,
}

struct Came {
    href: String,
    name: String,
    at: Moment,
    rows: String,
}

/// The last turn.
struct Ran {
    state: String,
    tone: &'static str,
    at: Moment,
    seconds: String,
    error: Option<String>,
    steps: Vec<(String, String, String)>,
}

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let found = app.store.read(|s| {
        let standing = turn::standing(s)?;
        let basis = results::latest_basis(s)?;
        let job = jobs::under_way(s, turn::JOB)?;
        Ok((standing, basis, results::latest_lifetime_value(s)?, job, interpret::list(s, List::default())?))
    });
    let (standing, basis, lifetime, job, insights) = found.await?;
    let strip = loop_bar::strip(&standing);
    let now = app.store.now();
    let mut stats = match basis.as_ref().filter(|basis| basis.result.n_customers > 0) {
        Some(basis) => value::stats(&basis.result, lifetime.as_ref().map(|latest| &latest.result)),
        None => Vec::new(),
    };
    stats.push(of_the_data(&standing));
    respond::page(&Show {
        page: current.layout(Place::Overview, "Overview"),
        may_write: current.may_write(),
        is_empty: standing.collect.newest.is_empty() && standing.newest.is_none(),
        about: basis.map_or_else(
            || "What came in, what it says, and what to do next.".to_string(),
            |basis| stands_at(&basis.result, Day::of(now)),
        ),
        work: job.as_ref().map(turn_runs::work),
        next: loop_bar::next_step(&standing),
        steps: cards(strip),
        stats,
        insights: insights
            .iter()
            .filter(|insight| insight.status != Status::Refuted)
            .take(INSIGHTS_SHOWN)
            .map(insights::card)
            .collect(),
        imports: came(&standing, &current, now),
        run: ran(&standing, &current, now),
    })
}

/// At which day the analysis stands, and how long ago that is where days have passed since.
fn stands_at(basis: &results::Basis, today: Day) -> String {
    let days = today.0.saturating_sub(basis.last_day.0);
    match basis.why {
        AsOfReason::Today if days == 0 => format!("{} That is today.", basis.in_words),
        AsOfReason::Today => format!(
            "{} That is {} ago: what came in since is not in it until the analyses run again.",
            basis.in_words,
            words::counted(i64::from(days), "day", "days")
        ),
        _ => basis.in_words.clone(),
    }
}

/// How good the data are.
fn of_the_data(standing: &Standing) -> Stat {
    let definition = "Share of all checked values that are complete, valid, unique, fresh and consistent.";
    match standing.quality.and_then(|quality| Some((quality, quality.share()?))) {
        Some((quality, share)) => Stat::new("Quality of the data", words::share(share), definition)
            .unit(&format!("of {}", words::count(quality.n_checked)))
            .rows("/quality"),
        None => Stat::cannot_tell("Quality of the data", "was not measured yet", definition),
    }
}

fn cards(strip: TurnStrip) -> Vec<Card> {
    strip.steps.into_iter().enumerate().map(|(n, step)| card(n + 1, step)).collect()
}

fn card(number: usize, step: Step) -> Card {
    use crate::layout::{Stage, StepState};
    let tone = match step.state {
        StepState::Waiting => Tone::Neutral,
        StepState::Running => Tone::Accent,
        StepState::Done => Tone::Good,
        StepState::Attention => Tone::Warning,
    };
    Card {
        number,
        name: step.stage.label(),
        meaning: match step.stage {
            Stage::Plan => "Goals, whom they are about, and what may be spent on them.",
            Stage::Collect => "Files of customers and orders come in.",
            Stage::Process => "Faults and duplicates are found and mended.",
            Stage::Analyze => "Value, cohorts and what customers will be worth.",
            Stage::Interpret => "What the figures mean, checked against other explanations.",
            Stage::Act => "What is done for whom, with some left alone so that it can be measured.",
            Stage::Measure => "What came of it, against the plan and against those who were left alone.",
        },
        href: step.href,
        state: step.state.spoken(),
        tone: tone.class(),
        note: step.note,
    }
}

fn came(standing: &Standing, current: &Current, now: platform::Micros) -> Vec<Came> {
    let newest = standing.collect.newest.iter().take(IMPORTS_SHOWN);
    newest
        .map(|import| Came {
            href: format!("/imports/{}", import.id),
            name: import.file_name.clone(),
            at: words::moment(import.created_at, now, current.zone()),
            rows: words::counted(import.counts.rows(), "row", "rows"),
        })
        .collect()
}

fn ran(standing: &Standing, current: &Current, now: platform::Micros) -> Option<Ran> {
    let run = standing.newest.as_ref()?;
    let seconds: f64 = run.steps.iter().map(|step| step.seconds).sum();
    Some(Ran {
        tone: match run.state.as_str() {
            "done" => Tone::Good.class(),
            "failed" => Tone::Bad.class(),
            _ => Tone::Accent.class(),
        },
        state: run.state.clone(),
        at: words::moment(run.started_at, now, current.zone()),
        seconds: format!("{seconds:.1} s"),
        error: run.error.clone(),
        steps: run
            .steps
            .iter()
            .map(|step| {
                let rows = if step.n_rows == 0 { String::new() } else { words::count(step.n_rows) };
                (turn_runs::step_words(&step.name).to_string(), rows, format!("{:.2} s", step.seconds))
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_analysis_of_another_day_is_not_called_of_today() {
        let day = |text: &str| Day::parse(text).expect("a date");
        let last_day = day("2026-11-23");
        let basis = results::Basis {
            last_day,
            why: AsOfReason::Today,
            in_words: AsOfReason::Today.in_words(last_day),
            currency: "EUR".to_string(),
            first_order: None,
            newest_order: None,
            n_customers: 1,
            n_orders: 1,
            left_out: cycle::analyze::facts::LeftOut::default(),
        };
        assert!(stands_at(&basis, last_day).ends_with("2026-11-23. That is today."));
        let later = stands_at(&basis, day("2027-01-22"));
        assert!(later.contains("60 days ago") && !later.contains("today"), "{later}");
    }
}
