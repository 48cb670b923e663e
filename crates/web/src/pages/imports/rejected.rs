//! Rejected rows: each with its reason at its column, mended in place and taken, or downloaded.

use askama::Template;
use axum::extract::{Path, Query, State};
use cycle::collect::imports::{self, Correction, Import, Rejected, State as Stands};
use serde::Deserialize;

use super::{At, Head, address, head, result};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::Fields;
use crate::layout::{Layout, Place};
use crate::parts::{Pager, Tab, Toast, Tone};
use crate::state::App;
use crate::{download as file, respond, words};

/// Rejected rows on one page.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "imports/rejected.html")]
struct Index {
    page: Layout,
    head: Head,
    may_mend: bool,
    address: String,
    tabs: Vec<Tab>,
    columns: Vec<String>,
    rows: Vec<Line>,
    pager: Pager,
    n_left: i64,
    after: i64,
}

/// A rejected row.
struct Line {
    number: i64,
    reason: String,
    cells: Vec<Cell>,
    is_taken: bool,
}

struct Cell {
    /// `cell_ROW_COLUMN`.
    name: String,
    label: String,
    value: String,
    is_at_fault: bool,
    width: usize,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    after: i64,
}

pub(crate) async fn index(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result {
    let after = wanted.after;
    let found = app.store.read(move |s| {
        let import = imports::get(s, &id)?;
        let rows = imports::rejected(s, import.import_no, after, SHOWN + 1)?;
        Ok((import, rows))
    });
    let (import, mut rows) = found.await?;
    if matches!(import.state, Stands::Mapping) || import.state.is_under_way() {
        return Ok(respond::redirect(&address(&import)));
    }
    let more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    let base = address(&import);
    let last = rows.last().map_or(0, |row| row.row);
    let counts = import.counts;
    respond::page(&Index {
        page: current.layout(Place::Imports, format!("Rejected rows of {}", import.file_name)),
        head: head(&import, At::Result),
        may_mend: current.may_write() && matches!(import.state, Stands::Done | Stands::Failed),
        tabs: result::tabs(&import, "rejected"),
        columns: import.plan.columns.iter().map(|column| column.header.clone()).collect(),
        pager: Pager {
            shown: words::counted(
                rows.len() as i64,
                "rejected row on this page",
                "rejected rows on this page",
            ),
            previous: (after > 0).then(|| format!("{base}/rejected")),
            next: more.then(|| format!("{base}/rejected?after={last}")),
            ..Pager::default()
        },
        rows: rows.iter().map(|row| line(&import, row)).collect(),
        n_left: (counts.conflict + counts.error - counts.replayed).max(0),
        after,
        address: base,
    })
}

fn line(import: &Import, row: &Rejected) -> Line {
    let cell = |(number, column): (usize, &imports::Column)| {
        let value = row.cells.get(number).cloned().unwrap_or_default();
        Cell {
            name: format!("cell_{}_{number}", row.row),
            label: format!("{}, row {}", column.header, row.row),
            is_at_fault: row.column.as_deref() == Some(column.header.as_str()),
            width: value.chars().count().clamp(6, 40),
            value,
        }
    };
    Line {
        number: row.row,
        reason: match &row.column {
            Some(column) => format!("{column}: {}", row.reason),
            None => row.reason.clone(),
        },
        cells: import.plan.columns.iter().enumerate().map(cell).collect(),
        is_taken: row.replayed_at.is_some(),
    }
}

/// Takes the rows of the page that were changed, or all that are left as they are.
pub(crate) async fn replay(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let after: i64 = fields.get("after").parse().unwrap_or(0);
    let back = format!("/imports/{id}/rejected?after={after}");
    let wanted = id.clone();
    let shown = app
        .store
        .read(move |s| {
            let import = imports::get(s, &wanted)?;
            imports::rejected(s, import.import_no, after, SHOWN)
        })
        .await?;
    let corrections: Vec<Correction> = shown
        .iter()
        .filter(|row| row.replayed_at.is_none())
        .filter_map(|row| corrected(row, &fields))
        .collect();
    if corrections.is_empty() && fields.get("rows") != "all" {
        let toast = Toast {
            text: "Nothing was changed yet: mend a cell first".into(),
            tone: Tone::Warning,
            undo: None,
        };
        return Ok(respond::redirect_with(&back, toast));
    }
    let corrections = if fields.get("rows") == "all" { Vec::new() } else { corrections };
    drop(current);
    let (n_taken, n_left) = app.blocking(move |store| imports::replay(store, &id, corrections)).await?;
    let toast = match n_left {
        0 => Toast::done(format!("{} taken", words::counted(n_taken, "row", "rows"))),
        _ => Toast {
            text: format!(
                "{} taken, {} still rejected: the reason stands beside each",
                words::counted(n_taken, "row", "rows"),
                words::count(n_left)
            ),
            tone: Tone::Warning,
            undo: None,
        },
    };
    Ok(respond::redirect_with(&back, toast))
}

/// The cells of a row as the form has them, if they differ from those that were rejected.
fn corrected(row: &Rejected, fields: &Fields) -> Option<Correction> {
    let prefix = format!("cell_{}_", row.row);
    let cells: Vec<String> = fields
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .map(|(_, value)| value.to_string())
        .collect();
    let is_changed =
        cells.iter().enumerate().any(|(n, cell)| row.cells.get(n).map_or("", String::as_str) != cell);
    (!cells.is_empty() && is_changed).then_some(Correction { row: row.row, cells })
}

pub(crate) async fn download(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let import = app.store.read(move |s| imports::get(s, &id)).await?;
    let name =
        format!("rejected-{}.csv", import.file_name.rsplit_once('.').map_or(&*import.file_name, |(n, _)| n));
    Ok(file::csv(&name, &app.store, move |store, out| imports::write_rejected(store, &import, out)))
}
