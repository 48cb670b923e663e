//! The dry run: what the file would do to the records, row by row, before anything is done.

use askama::Template;
use axum::extract::{Path, Query, State};
use cycle::collect::imports::dry_run::{self, DryRun};
use cycle::collect::imports::{self, Counts, Import, Outcome, RowOutcome, SHOWN, State as Stands};
use serde::Deserialize;

use super::{At, Head, address, alike, fate, head, outcome_named};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::named;
use crate::parts::{DiffRow, FateCount, Progress};
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "imports/dry_run.html")]
struct Show {
    page: Layout,
    head: Head,
    may_write: bool,
    address: String,
    counts: Vec<FateCount>,
    rows: Vec<DiffRow>,
    /// "The first 100 of 1,204 new rows".
    shown: String,
    /// The mapping was changed since this was tried.
    is_stale: bool,
    error: Option<String>,
    /// "Import 1,204 rows".
    deed: String,
    n_rejected: i64,
    /// "3 rows look like people who are there already"; empty for none.
    alike_words: String,
    alike: Vec<alike::Line>,
}

/// The page while the worker still tries the file.
#[derive(Template)]
#[template(path = "imports/work.html")]
pub(super) struct Work {
    pub(super) page: Layout,
    pub(super) head: Head,
    pub(super) work: Progress,
    pub(super) advice: &'static str,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    outcome: String,
}

pub(crate) async fn start(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let next = format!("/imports/{id}/dry-run");
    app.store.write(current.by(), move |tx| dry_run::start(tx, &id)).await?;
    Ok(respond::redirect(&next))
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result {
    let found = app.store.read(move |s| Ok((imports::get(s, &id)?, dry_run::under_way(s, &id)?)));
    let (import, job) = found.await?;
    if import.state != Stands::Mapping {
        return Ok(respond::redirect(&address(&import)));
    }
    if let Some(job) = job {
        return respond::page(&Work {
            page: current.layout(Place::Imports, format!("Dry run of {}", import.file_name)),
            head: head(&import, At::DryRun),
            work: work(&import, job.progress_done),
            advice: "Every row is tried on a copy: nothing is written. You may leave this page and come back.",
        });
    }
    let (folder, wanted_import) = (app.options.files.clone(), import.clone());
    match app.blocking(move |_| dry_run::kept(&folder, &wanted_import)).await? {
        Some(tried) => respond::page(&page(&app, &current, import, tried, &wanted.outcome).await?),
        None => Ok(respond::redirect(&address(&import))),
    }
}

async fn page(app: &App, current: &Current, import: Import, tried: DryRun, wanted: &str) -> Result<Show> {
    let counts = tried.preview.counts;
    let first = Outcome::ALL.into_iter().find(|outcome| counts.of(*outcome) > 0);
    let outcome = outcome_named(wanted).or(first).unwrap_or(Outcome::New);
    let rows: Vec<RowOutcome> = tried.preview.of(outcome).cloned().collect();
    let ids: Vec<String> = rows.iter().filter_map(|row| row.record_id.clone()).collect();
    let is_there = !matches!(outcome, Outcome::New);
    let names =
        app.store.read(move |s| named::all(s, ids.iter().filter(|_| is_there).map(String::as_str))).await?;
    let n = counts.of(outcome);
    let label = fate(outcome).label().to_lowercase();
    let shown = match rows.len() as i64 {
        0 => format!("No row is {label}."),
        all if all == n => format!("{}, {label}.", words::counted(n, "row", "rows")),
        some => format!("The first {} of {} rows, {label}.", words::count(some), words::count(n)),
    };
    debug_assert!(rows.len() <= SHOWN);
    let n_taken = counts.new + counts.changed + counts.same;
    Ok(Show {
        page: current.layout(Place::Imports, format!("Dry run of {}", import.file_name)),
        head: head(&import, At::DryRun),
        may_write: current.may_write(),
        counts: strip(&counts, Some(outcome), &format!("{}/dry-run", address(&import))),
        rows: rows.iter().map(|row| diff_row(row, &names)).collect(),
        shown,
        is_stale: !tried.is_of(&import),
        error: tried.error,
        deed: format!("Import {}", words::counted(n_taken, "row", "rows")),
        n_rejected: counts.conflict + counts.error,
        alike_words: alike_words(tried.preview.n_alike),
        alike: tried.preview.alike.iter().take(alike::SHOWN).map(alike::tried).collect(),
        address: address(&import),
    })
}

/// How many rows are alike, in words; nothing for none.
pub(super) fn alike_words(n: i64) -> String {
    match n {
        0 => String::new(),
        1 => "1 row looks like a record that is there already".to_string(),
        n => format!("{} rows look like records that are there already", words::count(n)),
    }
}

/// The bar of outcomes above rows; each leads to its own rows.
pub(super) fn strip(counts: &Counts, current: Option<Outcome>, base: &str) -> Vec<FateCount> {
    let all = counts.rows().max(1) as f64;
    Outcome::ALL
        .into_iter()
        .map(|outcome| FateCount {
            fate: fate(outcome),
            count: words::count(counts.of(outcome)),
            percent: counts.of(outcome) as f64 / all * 100.0,
            href: format!("{base}?outcome={}", outcome.name()),
            current: current == Some(outcome),
        })
        .collect()
}

fn diff_row(row: &RowOutcome, names: &std::collections::HashMap<String, named::Named>) -> DiffRow {
    let known = row.record_id.as_ref().and_then(|id| names.get(id));
    DiffRow {
        number: row.row,
        fate: fate(row.outcome),
        record: known.map_or_else(|| "–".to_string(), |known| known.name.clone()),
        href: known.and_then(|known| known.href.clone()),
        fields: row
            .differences
            .iter()
            .map(|d| (field_label(&d.field), d.before.clone(), d.after.clone()))
            .collect(),
        reason: match (&row.column, &row.note) {
            (Some(column), Some(note)) => format!("Column {column}: {note}"),
            (_, note) => note.clone().unwrap_or_default(),
        },
    }
}

/// A name such as `family_name` as people read it.
pub(crate) fn field_label(name: &str) -> String {
    let words = name.trim_start_matches("custom.").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn work(import: &Import, n_rows: i64) -> Progress {
    Progress {
        label: format!("Trying {}", import.file_name),
        percent: None,
        note: match n_rows {
            0 => "Comparing with what is known".to_string(),
            n => format!("{} compared with what is known", words::counted(n, "row", "rows")),
        },
        again: Some(format!("{}/dry-run/progress", address(import))),
    }
}

#[derive(Template)]
#[template(path = "imports/progress.html")]
pub(super) struct Fragment {
    pub(super) work: Progress,
    /// Where the visitor goes now that it is done.
    pub(super) then: Option<String>,
}

pub(crate) async fn progress(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| Ok((imports::get(s, &id)?, dry_run::under_way(s, &id)?)));
    let (import, job) = found.await?;
    let work = work(&import, job.as_ref().map_or(0, |job| job.progress_done));
    respond::fragment(&match job {
        Some(_) => Fragment { work, then: None },
        None => Fragment {
            work: Progress { again: None, percent: Some(100.0), note: "Done".to_string(), ..work },
            then: Some(format!("{}/dry-run", address(&import))),
        },
    })
}
