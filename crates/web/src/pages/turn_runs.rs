//! The turn: runs it on demand and shows how far it is.

use askama::Template;
use axum::extract::State;
use cycle::turn::{self, Payload, STEPS};
use platform::jobs::{self, Listed};

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::parts::{Progress, Toast, Tone};
use crate::respond;
use crate::state::App;

/// What a step does, for whoever waits.
pub(super) fn step_words(name: &str) -> &str {
    match name {
        "quality" => "Measuring the quality of the records",
        "duplicates" | "dedupe" => "Looking for duplicates",
        "facts" => "Reading the orders",
        "rfm" => "Recency, frequency and money",
        "cohorts" => "Cohorts",
        "lifetime_value" => "Lifetime value",
        "churn" => "Who is likely to leave",
        "contracts" => "Contracts and their renewals",
        "leads" => "Who is likely to buy first",
        "next_product" => "What is bought next",
        "forecasts" => "Forecasts and changes",
        "texts" => "Texts",
        "scores" => "Writing the scores of each customer",
        "insights" => "Looking for insights",
        "counts" => "Keeping what large pages show",
        "report" => "Writing the report",
        other => other,
    }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer) -> Result {
    app.store.write(current.by(), |tx| turn::enqueue(tx, &Payload::default())).await?;
    Ok(respond::redirect("/"))
}

/// How far the turn is that a worker has, or will have.
pub(super) fn work(job: &Listed) -> Progress {
    let (done, n_steps) = (usize::try_from(job.progress_done).unwrap_or(0), STEPS.len());
    let is_waiting = job.state == "queued";
    let step = STEPS.get(done.min(n_steps.saturating_sub(1))).map_or("", |step| step_words(step.name));
    Progress {
        label: "The turn runs".to_string(),
        percent: (!is_waiting).then(|| done as f64 / n_steps.max(1) as f64 * 100.0),
        note: match (is_waiting, job.last_error.as_deref()) {
            (true, Some(error)) => format!("It failed and is tried again: {error}"),
            (true, None) => "Waiting for the work before it".to_string(),
            (false, _) => format!("Step {} of {n_steps}: {step}", done + 1),
        },
        again: Some("/turn-runs/progress".to_string()),
    }
}

#[derive(Template)]
#[template(path = "imports/progress.html")]
struct Fragment {
    work: Progress,
    then: Option<String>,
}

pub(crate) async fn progress(State(app): State<App>, _: Current) -> Result {
    let found = app.store.read(|s| Ok((jobs::under_way(s, turn::JOB)?, turn::newest(s)?)));
    let (job, newest) = found.await?;
    if let Some(job) = job {
        return respond::fragment(&Fragment { work: work(&job), then: None });
    }
    let error = newest.and_then(|run| run.error);
    let ended = Progress {
        label: "The turn has ended".to_string(),
        percent: Some(100.0),
        note: error.clone().unwrap_or_else(|| "Everything is up to date".to_string()),
        again: None,
    };
    let answer = respond::fragment(&Fragment { work: ended, then: Some("/".to_string()) })?;
    let toast = match error {
        None => Toast::done("The turn is done: everything below is up to date"),
        Some(error) => Toast { text: format!("The turn stopped: {error}"), tone: Tone::Bad, undo: None },
    };
    Ok(respond::with_toast(answer, toast))
}
