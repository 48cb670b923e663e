//! `rondel imports`: what was imported, what was rejected, and taking it back.

use std::path::PathBuf;

use cycle::collect::imports::{self, Correction, Import};
use platform::{By, Error, Result, Store};
use serde_json::json;
use tables::csv_out::{Cell, CsvWriter, WriteOptions};

use super::import::{imported, imported_text, run};
use super::{Outcome, Program};

/// List imports, show rejected rows, replay them, take an import back
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel imports list
  rondel imports show imp_06c… --rejected rejected.csv     then correct the file in a spreadsheet
  rondel imports replay imp_06c… --file rejected.csv
  rondel imports undo imp_06c…")]
pub(super) struct Imports {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List the newest imports
    List,
    /// Show one import and the rows that were rejected
    Show {
        id: String,
        /// Write the rejected rows to this CSV file, with their row number and reason
        #[arg(long, value_name = "FILE")]
        rejected: Option<PathBuf>,
    },
    /// Go on with an import that was cut off
    Resume { id: String },
    /// Take an import back: what it created goes, what it changed is as it was
    Undo { id: String },
    /// Take rejected rows again, corrected by a file that `show --rejected` wrote, or as they are
    Replay {
        id: String,
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

impl Imports {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        match self.action {
            Action::List => list(program, &store),
            Action::Show { id, rejected } => show(program, &store, id, rejected),
            Action::Resume { id } => {
                let import = get(&store, &id)?;
                let done = run(program, &store, &program.files(), &import)?;
                program.answer(&imported(&done), &imported_text(&done));
                Ok(Outcome::Done)
            }
            Action::Undo { id } => undo(program, &store, id),
            Action::Replay { id, file } => replay(program, &store, id, file),
        }
    }
}

fn get(store: &Store, id: &str) -> Result<Import> {
    let id = id.to_string();
    store.read(move |snapshot| imports::get(snapshot, &id)).wait()
}

fn list(program: &Program, store: &Store) -> Result<Outcome> {
    let found = store.read(|snapshot| imports::list(snapshot, None, 100)).wait()?;
    let text: Vec<String> = found
        .iter()
        .map(|import| {
            let at = platform::clock::in_words(import.created_at);
            format!("{}  {at}  {:<9} {:<8} {:>8} rows  {}", import.id, import.kind.name(), import.state.name(),
                import.counts.rows(), import.file_name)
        })
        .collect();
    let text = if text.is_empty() { "nothing was imported yet".to_string() } else { text.join("\n") };
    program.answer(&json!({ "imports": found.iter().map(imported).collect::<Vec<_>>() }), &text);
    Ok(Outcome::Done)
}

fn show(program: &Program, store: &Store, id: String, to: Option<PathBuf>) -> Result<Outcome> {
    let import = get(store, &id)?;
    let mut rows = Vec::new();
    let mut after = 0;
    loop {
        let number = import.import_no;
        let page = store.read(move |snapshot| imports::rejected(snapshot, number, after, 1_000)).wait()?;
        let Some(last) = page.last() else { break };
        after = last.row;
        rows.extend(page.into_iter().filter(|row| row.replayed_at.is_none()));
    }
    if let Some(path) = to {
        write_rejected(&path, &import, &rows).map_err(|error| Error::file(&path, error))?;
    }
    let mut text = imported_text(&import);
    for row in rows.iter().take(50) {
        let column = row.column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default();
        text.push_str(&format!("\n  row {}  {column}{}", row.row, row.reason));
    }
    if rows.len() > 50 {
        text.push_str(&format!("\n  … {} more; --rejected FILE writes them all", rows.len() - 50));
    }
    let rejected: Vec<_> = rows
        .iter()
        .map(|row| json!({ "row": row.row, "column": row.column, "reason": row.reason, "cells": row.cells }))
        .collect();
    program.answer(&json!({ "import": imported(&import), "rejected": rejected }), &text);
    Ok(Outcome::Done)
}

/// The rejected rows with two columns before their own: the number of the row and the reason.
fn write_rejected(path: &std::path::Path, import: &Import, rows: &[imports::Rejected]) -> std::io::Result<()> {
    let mut out = CsvWriter::new(std::fs::File::create(path)?, WriteOptions::default());
    let headers = import.plan.columns.iter().map(|column| Cell::Text(&column.header));
    out.write_row([Cell::Text(ROW), Cell::Text(REASON)].into_iter().chain(headers))?;
    for row in rows {
        let number = row.row.to_string();
        let cells = row.cells.iter().map(|cell| Cell::Text(cell));
        out.write_row([Cell::Number(&number), Cell::Text(&row.reason)].into_iter().chain(cells))?;
    }
    out.finish()?.sync_all()
}

const ROW: &str = "Row in the file";
const REASON: &str = "Why it was rejected";

fn undo(program: &Program, store: &Store, id: String) -> Result<Outcome> {
    let wanted = id.clone();
    let state = get(store, &id)?.state;
    if state != imports::State::Undoing {
        store.write(By::console(), move |tx| imports::undo::begin(tx, &wanted)).wait()?;
    }
    let undone = imports::undo::run(store, &id, &mut |_| {})?;
    let left = undone.counts.left_by_undo;
    let mut text = format!("{} is taken back", undone.file_name);
    if left > 0 {
        text.push_str(&format!("; {left} changes were left, because somebody changed the records since:"));
        let number = undone.import_no;
        for reason in store.read(move |snapshot| imports::undo_conflicts(snapshot, number, 20)).wait()? {
            text.push_str(&format!("\n  {reason}"));
        }
    }
    program.answer(&imported(&undone), &text);
    Ok(Outcome::Done)
}

fn replay(program: &Program, store: &Store, id: String, file: Option<PathBuf>) -> Result<Outcome> {
    let corrections = match file {
        Some(path) => corrections(&path)?,
        None => Vec::new(),
    };
    let (taken, left) = imports::replay(store, &id, corrections)?;
    let text = format!("{taken} rows taken, {left} still rejected");
    program.answer(&json!({ "id": id, "taken": taken, "rejected": left }), &text);
    Ok(if left == 0 { Outcome::Done } else { Outcome::RowsRejected })
}

fn corrections(path: &std::path::Path) -> Result<Vec<Correction>> {
    let told = |error: tables::FileError| Error::invalid("file", error.to_string());
    let mut table = tables::open(path, &tables::OpenOptions::default()).map_err(told)?;
    table.require_columns(&[ROW, REASON]).map_err(told)?;
    let mut row = tables::Row::default();
    let mut corrections = Vec::new();
    while table.next_row(&mut row).map_err(told)? {
        if let Some(problem) = &row.problem {
            return Err(Error::invalid("file", format!("row {}: {}", row.number, problem.message)));
        }
        let number = row.get(0).parse();
        let number = number.map_err(|_| Error::invalid("file", format!("row {}: “{}” is no row number", row.number, row.get(0))))?;
        corrections.push(Correction { row: number, cells: row.cells().skip(2).map(str::to_string).collect() });
    }
    Ok(corrections)
}
