//! `rondel import`: files become people, companies, products and orders.

use std::path::{Path, PathBuf};

use cycle::collect::imports::{self, Counts, Format, Import as Record, Incoming, Kind, Outcome as RowOutcome, Plan, Preview};
use cycle::collect::likeness::{Alike, probability};
use cycle::process::dedupe;
use platform::{By, Error, Result, Store};
use serde_json::{Value, json};

use super::progress::Progress;
use super::{Outcome, Program};

/// Import people, companies, products or orders from CSV, XLSX or JSON Lines files
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel import people customers.csv
  rondel import auto export-of-the-old-system/
  rondel import orders orders-2025.csv orders-2026.csv --dry-run
  rondel import orders sales.txt --map external_id='column 1' --map date='column 3' --map amount='column 5'
  rondel import people list.xlsx --map email='Contact address' --key email
  rondel import people fair.csv --match-by-likeness 0.99

What happens:
  Separator, encoding, dates and decimal marks are found by looking; columns are matched by their headers, and --map
  changes that. Rows are matched with records by their keys (customer number, e-mail, order number, SKU), so that a file
  may be imported again. Rows that cannot be used are kept with their reason: `rondel imports show ID`.
  A whole import is taken back with `rondel imports undo ID`. One file of order lines may hold customers, products and
  orders at once.")]
pub(super) struct Import {
    /// people, companies, products or orders; auto finds out for each file
    #[arg(value_parser = kind)]
    kind: Wanted,
    /// The files, taken in this order; a folder stands for the files in it
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A field and the column that holds it; an empty FIELD leaves the column out
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = pair)]
    maps: Vec<(String, String)>,
    /// The field by which rows are matched with records that are there
    #[arg(long, value_name = "FIELD")]
    key: Option<String>,
    /// From this probability on (0.5 to 1, such as 0.99) a row of people that no key matches changes the one person whom it
    /// is like [default: it makes a new person, and the pair waits in the queue of duplicates]
    #[arg(long, value_name = "P")]
    match_by_likeness: Option<String>,
    /// Show what would happen, row by row, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The sign between two cells [default: found by looking]
    #[arg(long, value_name = "SIGN")]
    separator: Option<char>,
    /// UTF-8, Windows-1252 … [default: found by looking]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// none, or the number of the row that holds the headers [default: found by looking]
    #[arg(long, value_name = "ROW")]
    header: Option<String>,
    /// The order of day, month and year in dates made of numbers: dmy, mdy or ymd [default: found by looking]
    #[arg(long, value_name = "ORDER")]
    date_order: Option<String>,
    /// The currency of rows that name none [default: the workspace's]
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Where these people come from, such as `fair` or `shop`
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

/// What the rows of a file are about, or None where it is to be found out.
type Wanted = Option<Kind>;

fn kind(name: &str) -> std::result::Result<Wanted, String> {
    match (name, Kind::parse(name)) {
        ("auto", _) => Ok(None),
        (_, Some(kind)) => Ok(Some(kind)),
        (_, None) => Err("is people, companies, products, orders or auto".to_string()),
    }
}

/// The files, with folders replaced by the files in them by name.
fn in_folders(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in files {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).map_err(|e| Error::file(path, e))?;
        let mut inside = Vec::new();
        for entry in entries {
            let inner = entry.map_err(|e| Error::file(path, e))?.path();
            let hidden = inner.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if inner.is_file() && !hidden {
                inside.push(inner);
            }
        }
        if inside.is_empty() {
            return Err(Error::file(path, "there is no file in this folder"));
        }
        inside.sort();
        found.extend(inside);
    }
    Ok(found)
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    let parts = text.split_once('=').ok_or("is FIELD=COLUMN, such as email='E-mail address'")?;
    Ok((parts.0.trim().to_string(), parts.1.trim().to_string()))
}

impl Import {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        let folder = program.files();
        let mut told = Vec::new();
        let mut rejected = false;
        for file in &in_folders(&self.files)? {
            let import = self.arrive(&store, &folder, file)?;
            let (counts, value, text) = if self.dry_run {
                let preview = imports::preview(&store, &folder, &import, u64::MAX, |_| {})?;
                let id = import.id.clone();
                store.write(By::console(), move |tx| imports::discard(tx, &id)).wait()?;
                (preview.counts, json!({ "file": file, "dry_run": true, "preview": preview }), preview_text(&import, &preview))
            } else {
                let done = run(program, &store, &folder, &import)?;
                let alike = alike(&store, &done)?;
                let mut value = imported(&done);
                value["n_alike"] = json!(alike.0);
                value["alike"] = json!(alike.1);
                (done.counts, value, imported_text(&done) + &alike_text(alike.0, &alike.1))
            };
            rejected |= counts.conflict + counts.error > counts.replayed;
            program.say(&text);
            told.push(value);
        }
        if program.json {
            program.answer(&json!({ "imports": told }), "");
        }
        Ok(if rejected { Outcome::RowsRejected } else { Outcome::Done })
    }

    fn arrive(&self, store: &Store, folder: &Path, file: &Path) -> Result<Record> {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let incoming = Incoming {
            path: file.to_path_buf(),
            name,
            kind: self.kind,
            format: Format {
                separator: self.separator,
                encoding: self.encoding.clone(),
                sheet: self.sheet.clone(),
                header: self.header.clone(),
                ..Format::default()
            },
            source: self.source.clone(),
        };
        let mut import = imports::arrive(store, folder, By::console(), &incoming)?;
        if let Err(error) = self.change(&mut import.plan) {
            let id = import.id.clone();
            store.write(By::console(), move |tx| imports::discard(tx, &id)).wait()?;
            return Err(error);
        }
        let (id, plan) = (import.id.clone(), import.plan.clone());
        store.write(By::console(), move |tx| imports::set_plan(tx, &id, &plan)).wait()?;
        Ok(import)
    }

    fn change(&self, plan: &mut Plan) -> Result<()> {
        for (field, column) in &self.maps {
            plan.map(field, column)?;
        }
        if let Some(key) = &self.key {
            plan.set_key(key)?;
        }
        if let Some(least) = self.match_by_likeness.as_ref().filter(|_| plan.kind == Kind::People || self.kind.is_some()) {
            plan.set_match_by_likeness(least)?;
        }
        if let Some(order) = &self.date_order {
            if !["dmy", "mdy", "ymd"].contains(&order.as_str()) {
                return Err(Error::invalid("date-order", "is dmy, mdy or ymd"));
            }
            plan.date_order.clone_from(order);
        }
        if let Some(currency) = &self.currency {
            plan.currency = currency.to_uppercase();
        }
        plan.check()
    }
}

/// Runs an import to its end, with a bar on a terminal.
pub(super) fn run(program: &Program, store: &Store, folder: &Path, import: &Record) -> Result<Record> {
    let bar = Progress::bytes(program, "importing", u64::try_from(import.n_bytes).unwrap_or_default());
    let id = import.id.clone();
    store.write(By::console(), move |tx| imports::start_here(tx, &id)).wait()?;
    let mut before = 0;
    imports::run(store, folder, &import.id, &mut |_, share| {
        let now = (share * import.n_bytes as f64) as u64;
        bar.advance(now.saturating_sub(before));
        before = now;
    })
}

/// How many rows made a record that looks like one that was there, and the first of them.
fn alike(store: &Store, import: &Record) -> Result<(i64, Vec<Alike>)> {
    if import.counts.new == 0 {
        return Ok((0, Vec::new()));
    }
    dedupe::after_import(store, &import.id)?;
    let import = import.clone();
    store
        .read(move |s| Ok((dedupe::n_alike_in(s, import.import_no)?, dedupe::alike_in(s, &import, imports::SHOWN)?)))
        .wait()
}

/// The first rows that are alike, with whom and why.
fn alike_text(n: i64, alike: &[Alike]) -> String {
    if n == 0 {
        return String::new();
    }
    let mut text = format!("\n  {n} look like a record that is there already; decide them in the queue of duplicates");
    for one in alike.iter().take(10) {
        let for_it = one.reasons.iter().filter(|reason| reason.bits > 0.0);
        let why: Vec<String> = for_it.map(|reason| format!("{} {}", reason.field, reason.found)).collect();
        let likely = 100.0 * probability(one.score);
        text.push_str(&format!("\n  row {} {}: {likely:.1} % likely {} ({})", one.row, one.name, one.other_name, why.join(", ")));
    }
    text
}

/// An import as one JSON object.
pub(super) fn imported(import: &Record) -> Value {
    json!({
        "id": import.id,
        "kind": import.kind.name(),
        "file": import.file_name,
        "format": import.format.words,
        "state": import.state.name(),
        "rows": import.counts.rows(),
        "counts": import.counts,
        "error": import.error,
    })
}

/// An import in a few lines.
pub(super) fn imported_text(import: &Record) -> String {
    let mut text = format!("{} → {}  ({})\n  {}", import.file_name, import.kind.name(), import.id, import.format.words);
    text.push_str(&format!("\n  {}", counts_text(&import.counts)));
    if import.counts.conflict + import.counts.error > import.counts.replayed {
        text.push_str(&format!("\n  rejected rows are kept: rondel imports show {}", import.id));
    }
    text
}

fn counts_text(counts: &Counts) -> String {
    let parts: Vec<String> = RowOutcome::ALL
        .iter()
        .filter(|outcome| counts.of(**outcome) > 0)
        .map(|outcome| format!("{} {}", counts.of(*outcome), outcome.name()))
        .collect();
    let of = if parts.is_empty() { "nothing to take".to_string() } else { parts.join(", ") };
    format!("{} rows: {of}", counts.rows())
}

fn preview_text(import: &Record, preview: &Preview) -> String {
    let mut text = format!("{} → {}  (dry run, nothing is written)\n  {}\n", import.file_name, import.kind.name(), import.format.words);
    for column in &import.plan.columns {
        let field = column.field.as_deref().unwrap_or("–");
        text.push_str(&format!("  {:<28} {:<24} {}\n", column.header, field, column.samples.join(" · ")));
    }
    text.push_str(&format!("  matched by {}\n  {}\n", import.plan.keys.join(", then "), counts_text(&preview.counts)));
    for outcome in [RowOutcome::Changed, RowOutcome::Conflict, RowOutcome::Error] {
        for row in preview.of(outcome).take(10) {
            let column = row.column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default();
            let reason = row.note.clone().unwrap_or_default();
            let changes: Vec<String> =
                row.differences.iter().map(|d| format!("{}: {} → {}", d.field, d.before, d.after)).collect();
            text.push_str(&format!("  row {} {}: {column}{reason}{}\n", row.row, outcome.name(), changes.join("; ")));
        }
        if preview.counts.of(outcome) > 10 {
            text.push_str(&format!("  … {} more {}\n", preview.counts.of(outcome) - 10, outcome.name()));
        }
    }
    text + &alike_text(preview.n_alike, &preview.alike)
}
