//! Work in the background: what runs, what waits, what could not be done.

use askama::Template;
use axum::extract::{Path, State};
use platform::Snapshot;
use platform::jobs::{self, Listed};

use crate::current::Administrator;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Tab, Toast};
use crate::respond;
use crate::state::App;

/// Jobs shown of each state.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "jobs/index.html")]
struct Index {
    page: Layout,
    tabs: Vec<Tab>,
    groups: Vec<Group>,
}

struct Group {
    title: &'static str,
    meaning: &'static str,
    is_dead: bool,
    jobs: Vec<Line>,
    /// How many there are beyond those shown.
    n_more: i64,
}

struct Line {
    job: Listed,
    at: String,
    progress: String,
}

pub(crate) async fn index(State(app): State<App>, Administrator(current): Administrator) -> Result {
    let groups = app.store.read(read).await?;
    let tabs = super::settings::tabs(&current, "/settings/jobs");
    respond::page(&Index { page: current.layout(Place::Settings, "Jobs"), tabs, groups })
}

fn read(snapshot: &mut Snapshot<'_>) -> platform::Result<Vec<Group>> {
    let counts = jobs::counts(snapshot)?;
    let groups = [
        ("dead", "Dead letters", "Tried as often as a job may be, and failed every time."),
        ("running", "Running", "Taken by the worker."),
        ("queued", "Waiting", "Next when their time has come."),
    ];
    groups
        .into_iter()
        .map(|(state, title, meaning)| {
            let jobs: Vec<Line> = jobs::list(snapshot, state, SHOWN)?.into_iter().map(line).collect();
            let n = counts.iter().find(|(name, _)| name == state).map_or(0, |(_, n)| *n);
            let n_more = (n - jobs.len() as i64).max(0);
            Ok(Group { title, meaning, is_dead: state == "dead", jobs, n_more })
        })
        .collect()
}

fn line(job: Listed) -> Line {
    let progress = match job.progress_total {
        Some(total) => format!("{} of {total}", job.progress_done),
        None if job.progress_done > 0 => job.progress_done.to_string(),
        None => String::new(),
    };
    Line { at: platform::clock::in_words(job.run_at), progress, job }
}

pub(crate) async fn retry(
    State(app): State<App>,
    Administrator(current): Administrator,
    Path(id): Path<String>,
) -> Result {
    app.store.write(current.by(), move |tx| jobs::retry(tx, &id)).await?;
    Ok(respond::redirect_with("/settings/jobs", Toast::done("The job is tried again")))
}
