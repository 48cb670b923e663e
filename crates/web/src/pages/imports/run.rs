//! Running an import and taking it back: the deed, and how far the worker is.

use axum::extract::{Path, State};
use cycle::collect::imports::{self, Import, State as Stands};

use super::dry_run::{Fragment, Work};
use super::{At, address, head};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::layout::Place;
use crate::parts::{Progress, Toast, Tone};
use crate::state::App;
use crate::{respond, words};

pub(crate) async fn start(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let next = format!("/imports/{id}");
    app.store.write(current.by(), move |tx| imports::start(tx, &id)).await?;
    Ok(respond::redirect(&next))
}

pub(crate) async fn undo(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let next = format!("/imports/{id}");
    app.store.write(current.by(), move |tx| imports::start_undo(tx, &id)).await?;
    Ok(respond::redirect(&next))
}

/// Forgets a file that was never run.
pub(crate) async fn discard(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    app.store.write(current.by(), move |tx| imports::discard(tx, &id)).await?;
    Ok(respond::redirect_with("/imports", Toast::done("The file is forgotten; nothing was written of it")))
}

pub(super) fn show(current: &Current, import: &Import) -> Result {
    let (title, advice) = match import.state {
        Stands::Undoing => (
            "Undoing",
            "The newest change goes first. What somebody has changed since stays as it is and is told at the end.",
        ),
        _ => (
            "Importing",
            "You may leave this page: the work goes on, and goes on where it was if the server stops in between.",
        ),
    };
    respond::page(&Work {
        page: current.layout(Place::Imports, format!("{title} {}", import.file_name)),
        head: head(import, At::Running),
        work: work(import),
        advice,
    })
}

fn work(import: &Import) -> Progress {
    let counts = import.counts;
    let again = Some(format!("{}/progress", address(import)));
    if import.state == Stands::Undoing {
        return Progress {
            label: format!("Taking back {}", import.file_name),
            percent: None,
            note: words::counted(counts.new + counts.changed, "row to take back", "rows to take back"),
            again,
        };
    }
    let is_plain = import.format.sheets.is_empty() && import.n_bytes > 0;
    let share = import.bytes_done as f64 / import.n_bytes.max(1) as f64;
    Progress {
        label: format!("Importing {}", import.file_name),
        percent: is_plain.then_some((share * 100.0).clamp(0.0, 100.0)),
        note: match import.state {
            Stands::Queued => "Waiting for the work before it".to_string(),
            _ => format!(
                "{}: {} new, {} changed, {} rejected",
                words::counted(counts.rows(), "row", "rows"),
                words::count(counts.new),
                words::count(counts.changed),
                words::count(counts.conflict + counts.error)
            ),
        },
        again,
    }
}

pub(crate) async fn progress(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let import = app.store.read(move |s| imports::get(s, &id)).await?;
    if import.state.is_under_way() {
        return respond::fragment(&Fragment { work: work(&import), then: None });
    }
    let ended = Progress { again: None, percent: Some(100.0), ..work(&import) };
    let answer = respond::fragment(&Fragment { work: ended, then: Some(address(&import)) })?;
    Ok(respond::with_toast(answer, told(&import)))
}

/// What is said once the work has ended.
fn told(import: &Import) -> Toast {
    let counts = import.counts;
    match import.state {
        Stands::Undone => Toast::done(match counts.left_by_undo {
            0 => "The import is taken back whole".to_string(),
            n => format!("The import is taken back; {} stayed", words::counted(n, "change", "changes")),
        }),
        Stands::Failed => Toast {
            text: "The import stopped early".to_string(),
            tone: Tone::Bad,
            undo: Some(format!("{}/undo", address(import))),
        },
        _ => {
            let text = format!(
                "{} new and {} changed, {} rejected",
                words::count(counts.new),
                words::count(counts.changed),
                words::count(counts.conflict + counts.error)
            );
            Toast::done(text).undo(format!("{}/undo", address(import)))
        }
    }
}
