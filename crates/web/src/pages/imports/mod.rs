//! Imports: hand in a file, say what its columns are, try it, run it, look at what became of each row, take it back.

pub(crate) mod alike;
mod dry_run;
mod mapping;
mod rejected;
mod result;
mod run;
mod upload;

pub(crate) use dry_run::{
    field_label, progress as dry_run_progress, show as dry_run, start as start_dry_run,
};
pub(crate) use mapping::{read_again, update as update_plan};
pub(crate) use rejected::{download, index as rejected, replay};
pub(crate) use run::{discard, progress, start, undo};
pub(crate) use upload::{create, new, sample};

use askama::Template;
use axum::extract::{Path, Query, State};
use cycle::collect::imports::{self, Import, Kind, Outcome, State as Stands};
use serde::Deserialize;

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Crumb, Moment, Pager, RowFate, Tone};
use crate::state::App;
use crate::{respond, words};

/// Imports on one page of the list.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "imports/index.html")]
struct Index {
    page: Layout,
    may_write: bool,
    imports: Vec<Line>,
    pager: Pager,
    is_empty: bool,
}

struct Line {
    href: String,
    number: i64,
    file_name: String,
    kind: &'static str,
    at: Moment,
    state: &'static str,
    tone: &'static str,
    rows: String,
    new: String,
    changed: String,
    rejected: String,
    /// Where the rejected rows are mended, while some are left.
    rejected_href: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<String>,
}

pub(crate) async fn index(
    State(app): State<App>,
    current: Current,
    Query(Before { before }): Query<Before>,
) -> Result {
    let (now, from) = (app.store.now(), before.clone());
    let mut found = app.store.read(move |s| imports::list(s, from.as_deref(), SHOWN + 1)).await?;
    let next = (found.len() > SHOWN).then(|| format!("/imports?before={}", found[SHOWN - 1].id));
    found.truncate(SHOWN);
    let lines: Vec<Line> = found.iter().map(|import| line(import, now, &current)).collect();
    respond::page(&Index {
        page: current.layout(Place::Imports, "Imports"),
        may_write: current.may_write(),
        is_empty: lines.is_empty() && before.is_none(),
        pager: Pager {
            shown: words::counted(lines.len() as i64, "import", "imports"),
            previous: before.map(|_| "/imports".to_string()),
            next,
            ..Pager::default()
        },
        imports: lines,
    })
}

fn line(import: &Import, now: platform::Micros, current: &Current) -> Line {
    let counts = import.counts;
    let n_rejected = (counts.conflict + counts.error - counts.replayed).max(0);
    let has_run = import.state != Stands::Mapping && import.state != Stands::Queued;
    let figure = |n: i64| if has_run { words::count(n) } else { String::new() };
    Line {
        href: address(import),
        number: import.import_no,
        file_name: import.file_name.clone(),
        kind: kind_label(import.plan.kind),
        at: words::moment(import.created_at, now, current.zone()),
        state: state_words(import.state),
        tone: state_tone(import.state).class(),
        rows: figure(counts.rows()),
        new: figure(counts.new),
        changed: figure(counts.changed),
        rejected: figure(n_rejected),
        rejected_href: (n_rejected > 0).then(|| format!("{}/rejected", address(import))),
    }
}

/// The page of an import, which is the one of the step at which it stands.
pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    Query(wanted): Query<result::Wanted>,
) -> Result {
    let import = app.store.read(move |s| imports::get(s, &id)).await?;
    match import.state {
        Stands::Mapping => mapping::show(&app, &current, import).await,
        Stands::Queued | Stands::Running | Stands::Undoing => run::show(&current, &import),
        Stands::Done | Stands::Failed | Stands::Undone => result::show(&app, &current, import, wanted).await,
    }
}

/// What stands above each page of an import.
struct Head {
    crumbs: Vec<Crumb>,
    title: String,
    /// "orders, 1.2 MB, handed in 2 hours ago".
    about: String,
    steps: Vec<Stage>,
}

/// A step on the way of an import.
struct Stage {
    label: &'static str,
    is_done: bool,
    is_here: bool,
}

/// The steps that an import goes through, in their order.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum At {
    Columns,
    DryRun,
    Running,
    Result,
}

fn head(import: &Import, at: At) -> Head {
    let stages = [
        ("File", None),
        ("Columns", Some(At::Columns)),
        ("Dry run", Some(At::DryRun)),
        ("Import", Some(At::Running)),
        ("Result", Some(At::Result)),
    ];
    Head {
        crumbs: vec![Crumb { label: "Imports".to_string(), href: "/imports".to_string() }],
        title: import.file_name.clone(),
        about: format!(
            "Import {} of {}, {}",
            import.import_no,
            kind_label(import.plan.kind).to_lowercase(),
            words::bytes(import.n_bytes)
        ),
        steps: stages
            .into_iter()
            .map(|(label, step)| Stage {
                label,
                is_done: step.is_none_or(|step| step < at),
                is_here: step == Some(at),
            })
            .collect(),
    }
}

fn address(import: &Import) -> String {
    format!("/imports/{}", import.id)
}

fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::People => "People",
        Kind::Companies => "Companies",
        Kind::Products => "Products",
        Kind::Orders => "Order lines",
    }
}

fn state_words(state: Stands) -> &'static str {
    match state {
        Stands::Mapping => "Not run yet",
        Stands::Queued => "Waiting",
        Stands::Running => "Running",
        Stands::Done => "Done",
        Stands::Failed => "Stopped early",
        Stands::Undoing => "Being undone",
        Stands::Undone => "Undone",
    }
}

fn state_tone(state: Stands) -> Tone {
    match state {
        Stands::Mapping => Tone::Warning,
        Stands::Queued | Stands::Running | Stands::Undoing => Tone::Accent,
        Stands::Done => Tone::Good,
        Stands::Failed => Tone::Bad,
        Stands::Undone => Tone::Neutral,
    }
}

fn fate(outcome: Outcome) -> RowFate {
    match outcome {
        Outcome::New => RowFate::New,
        Outcome::Changed => RowFate::Changed,
        Outcome::Same => RowFate::Same,
        Outcome::Conflict => RowFate::Conflict,
        Outcome::Error => RowFate::Error,
    }
}

fn outcome_named(name: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)
}
