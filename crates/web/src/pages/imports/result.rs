//! What became of a file: its counts, its ledger row by row, what an undo left.

use askama::Template;
use cycle::collect::imports::{self, Import, LedgerRow, State as Stands};
use cycle::collect::likeness::Alike;
use cycle::process::dedupe;
use platform::Snapshot;
use serde::Deserialize;

use super::dry_run::{alike_words, strip};
use super::{At, Head, address, alike, fate, head, outcome_named, state_tone, state_words};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::named;
use crate::parts::{FateCount, Pager, Tab};
use crate::state::App;
use crate::{respond, words};

/// Rows of the ledger on one page.
const SHOWN: usize = 50;
/// Changes shown that an undo left.
const LEFT_SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "imports/result.html")]
struct Show {
    page: Layout,
    head: Head,
    address: String,
    state: &'static str,
    tone: &'static str,
    error: Option<String>,
    counts: Vec<FateCount>,
    tabs: Vec<Tab>,
    rows: Vec<Line>,
    pager: Pager,
    n_rejected: i64,
    rejected: String,
    may_undo: bool,
    may_go_on: bool,
    left: Vec<String>,
    n_left: i64,
    is_undone: bool,
    mapping: Vec<(String, String)>,
    /// How many rows looked like records that were there; empty for none.
    alike_words: String,
    alike: Vec<alike::Line>,
}

/// A row of the ledger.
struct Line {
    number: i64,
    fate: &'static str,
    sign: &'static str,
    label: &'static str,
    record: String,
    href: Option<String>,
    note: String,
}

#[derive(Deserialize, Clone)]
pub(crate) struct Wanted {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    after: i64,
}

pub(super) async fn show(app: &App, current: &Current, import: Import, wanted: Wanted) -> Result {
    let (shown, asked) = (import.clone(), wanted.clone());
    let (rows, more, left, (n_alike, alike)) = app.store.read(move |s| read(s, &shown, &asked)).await?;
    let counts = import.counts;
    let base = address(&import);
    let n_rejected = (counts.conflict + counts.error - counts.replayed).max(0);
    let last = rows.last().map_or(0, |row| row.number);
    let is_ended = matches!(import.state, Stands::Done | Stands::Failed);
    let filter = outcome_named(&wanted.outcome).map_or(String::new(), |o| format!("outcome={}&", o.name()));
    let page = |after: i64| format!("{base}?{filter}after={after}");
    respond::page(&Show {
        page: current.layout(Place::Imports, &*import.file_name),
        head: head(&import, At::Result),
        state: state_words(import.state),
        tone: state_tone(import.state).class(),
        error: import.error.clone(),
        counts: strip(&counts, outcome_named(&wanted.outcome), &base),
        tabs: tabs(&import, "ledger"),
        pager: Pager {
            shown: match (rows.first(), rows.last()) {
                (Some(first), Some(last)) => {
                    format!(
                        "Rows {} to {} of the file",
                        words::count(first.number),
                        words::count(last.number)
                    )
                }
                _ => "No rows".to_string(),
            },
            previous: (wanted.after > 0).then(|| page(0)),
            next: more.then(|| page(last)),
            ..Pager::default()
        },
        rows,
        n_rejected,
        rejected: words::counted(n_rejected, "row was", "rows were"),
        may_undo: is_ended && current.may_write(),
        may_go_on: import.state == Stands::Failed && current.may_write(),
        left,
        n_left: counts.left_by_undo,
        is_undone: import.state == Stands::Undone,
        mapping: mapping(&import),
        alike_words: alike_words(n_alike),
        alike: alike.iter().map(alike::waiting).collect(),
        address: base,
    })
}

type Read = (Vec<Line>, bool, Vec<String>, (i64, Vec<Alike>));

fn read(snapshot: &mut Snapshot<'_>, import: &Import, wanted: &Wanted) -> platform::Result<Read> {
    let outcome = outcome_named(&wanted.outcome);
    let mut rows = imports::ledger(snapshot, import.import_no, outcome, wanted.after, SHOWN + 1)?;
    let more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    let names = named::all(snapshot, rows.iter().filter_map(|row| row.record_id.as_deref()))?;
    let lines = rows.into_iter().map(|row| line(row, &names)).collect();
    let left = match import.counts.left_by_undo {
        0 => Vec::new(),
        _ => imports::undo_conflicts(snapshot, import.import_no, LEFT_SHOWN)?,
    };
    let alike = dedupe::alike_in(snapshot, import, alike::SHOWN)?;
    Ok((lines, more, left, (dedupe::n_alike_in(snapshot, import.import_no)?, alike)))
}

fn line(row: LedgerRow, names: &std::collections::HashMap<String, named::Named>) -> Line {
    let known = row.record_id.as_ref().and_then(|id| names.get(id));
    let what = outcome_named(&row.outcome).map(fate);
    Line {
        number: row.row,
        fate: what.map_or("same", |fate| fate.class()),
        sign: what.map_or("", |fate| fate.sign()),
        label: what.map_or("", |fate| fate.label()),
        record: known.map_or_else(|| "–".to_string(), |known| known.name.clone()),
        href: known.and_then(|known| known.href.clone()),
        note: row.note.unwrap_or_default(),
    }
}

/// The two views of an import that has ended.
pub(super) fn tabs(import: &Import, here: &str) -> Vec<Tab> {
    let counts = import.counts;
    let n_rejected = (counts.conflict + counts.error - counts.replayed).max(0);
    let tab = |label: &str, href: String, name: &str, n: i64| Tab {
        label: label.to_string(),
        href,
        current: name == here,
        count: Some(words::count(n)),
    };
    vec![
        tab("Ledger", address(import), "ledger", counts.rows()),
        tab("Rejected rows", format!("{}/rejected", address(import)), "rejected", n_rejected),
    ]
}

/// Which column became which field, in words.
fn mapping(import: &Import) -> Vec<(String, String)> {
    let plan = &import.plan;
    let label = |name: &str| match name.strip_prefix("custom.") {
        Some(own) => format!("own field “{own}”"),
        None => imports::field(plan.kind, name).map_or(name, |field| field.label).to_string(),
    };
    let of = |column: &imports::Column| {
        let field = column.field.as_deref().map_or_else(|| "left out".to_string(), label);
        (column.header.clone(), field)
    };
    plan.columns.iter().map(of).collect()
}
