//! What the columns of a file are: how it is read, which column is which field, by what its rows are matched.

use askama::Template;
use axum::extract::{Path, State};
use cycle::collect::imports::{self, Column, Format, Import, Kind, Plan, dry_run, fields_of};
use platform::Error;
use records::values::currency::Currency;
use records::values::fold::fold;

use super::{At, Head, address, head, kind_label};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::Choice;
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "imports/mapping.html")]
struct Mapping {
    page: Layout,
    head: Head,
    may_write: bool,
    address: String,
    /// How the file was understood, in words.
    words: String,
    notes: Vec<String>,
    kinds: Vec<Choice>,
    separators: Vec<Choice>,
    encodings: Vec<Choice>,
    sheets: Vec<Choice>,
    headers: Vec<Choice>,
    is_separated: bool,
    columns: Vec<Line>,
    keys: Vec<Choice>,
    date_orders: Vec<Choice>,
    decimal_marks: Vec<Choice>,
    currencies: Vec<Choice>,
    time_zones: Vec<Choice>,
    source: String,
    takes_source: bool,
    /// None where rows are not matched by likeness.
    likeness: Option<Vec<Choice>>,
    has_dry_run: bool,
    problems: Problems,
}

/// A column of the file.
struct Line {
    number: usize,
    header: String,
    samples: Vec<String>,
    why: String,
    is_guess: bool,
    fields: Vec<Choice>,
    error: String,
}

pub(super) async fn show(app: &App, current: &Current, import: Import) -> Result {
    respond::page(&page(app, current, &import, Problems::default()).await?)
}

async fn page(app: &App, current: &Current, import: &Import, problems: Problems) -> Result<Mapping> {
    let (folder, wanted) = (app.options.files.clone(), import.clone());
    let tried = app.blocking(move |_| dry_run::kept(&folder, &wanted)).await?;
    let (plan, format) = (&import.plan, &import.format);
    let kind = plan.kind;
    let offered = records_of(kind);
    Ok(Mapping {
        page: current.layout(Place::Imports, format!("Columns of {}", import.file_name)),
        head: head(import, At::Columns),
        may_write: current.may_write(),
        address: address(import),
        words: format.words.clone(),
        notes: format.notes.clone(),
        kinds: Kind::ALL.map(|k| Choice::new(k.name(), kind_label(k), kind.name())).to_vec(),
        separators: separators(format),
        encodings: encodings(format),
        sheets: sheets(format),
        headers: headers(format),
        is_separated: format.is_separated,
        columns: plan
            .columns
            .iter()
            .enumerate()
            .map(|(number, column)| line(kind, number, column, &offered, &problems))
            .collect(),
        keys: keys(plan),
        likeness: likeness(plan),
        date_orders: [
            ("dmy", "Day, month, year: 31.12.2025"),
            ("mdy", "Month, day, year: 12/31/2025"),
            ("ymd", "Year, month, day: 2025-12-31"),
        ]
        .map(|(value, label)| Choice::new(value, label, &plan.date_order))
        .to_vec(),
        decimal_marks: [(".", "Point: 1,234.50"), (",", "Comma: 1.234,50")]
            .map(|(value, label)| Choice::new(value, label, &plan.decimal_mark))
            .to_vec(),
        currencies: Currency::all()
            .map(|c| Choice::new(c.code(), &format!("{} · {}", c.code(), c.name()), &plan.currency))
            .collect(),
        time_zones: crate::pages::settings::zones()
            .map(|name| Choice::new(&name, &name, &plan.time_zone))
            .collect(),
        source: plan.source.clone().unwrap_or_default(),
        takes_source: matches!(kind, Kind::People | Kind::Companies),
        has_dry_run: tried.is_some_and(|tried| tried.is_of(import)),
        problems,
    })
}

/// Every field that a column may be, with the record before it where the file speaks of several.
fn records_of(kind: Kind) -> Vec<(&'static str, String)> {
    let label = |field: &imports::Field| match (kind, field.name.split('.').next()) {
        (Kind::Orders, Some("person" | "address")) => format!("Customer: {}", field.label),
        (Kind::Orders, Some("product")) => format!("Product: {}", field.label),
        (Kind::Orders, Some("order")) => format!("Order: {}", field.label),
        (Kind::Orders, Some("line")) => format!("Line: {}", field.label),
        _ => field.label.to_string(),
    };
    fields_of(kind).map(|field| (field.name, label(field))).collect()
}

fn line(
    kind: Kind,
    number: usize,
    column: &Column,
    offered: &[(&'static str, String)],
    problems: &Problems,
) -> Line {
    let now = column.field.as_deref().unwrap_or("");
    let mut fields = vec![Choice::new("", "Leave out", now)];
    fields.extend(offered.iter().map(|(name, label)| Choice::new(name, label, now)));
    if kind.keeps_unknown_columns() {
        let own = match now.strip_prefix("custom.") {
            Some(name) => name.to_string(),
            None => fold(&column.header).replace(' ', "_"),
        };
        fields.push(Choice::new(&format!("custom.{own}"), &format!("Own field “{own}”"), now));
    }
    Line {
        number,
        header: column.header.clone(),
        samples: column.samples.iter().map(|sample| shortened(sample)).collect(),
        is_guess: column.field.is_some() && column.why.starts_with("by "),
        why: column.why.clone(),
        fields,
        error: problems.at(&format!("column_{number}")).to_string(),
    }
}

/// A sample that fits into a table.
fn shortened(sample: &str) -> String {
    const LONGEST: usize = 40;
    match sample.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &sample[..end]),
        None => sample.to_string(),
    }
}

fn separators(format: &Format) -> Vec<Choice> {
    let now = format.separator.map(String::from).unwrap_or_default();
    [("", "Guess"), (",", "Comma ,"), (";", "Semicolon ;"), ("\t", "Tab"), ("|", "Bar |")]
        .map(|(value, label)| Choice::new(value, label, &now))
        .to_vec()
}

fn encodings(format: &Format) -> Vec<Choice> {
    let now = format.encoding.as_deref().unwrap_or("");
    let known = [
        "UTF-8",
        "Windows-1252",
        "ISO-8859-2",
        "ISO-8859-15",
        "Windows-1250",
        "Windows-1251",
        "Shift_JIS",
        "GB18030",
        "UTF-16LE",
        "UTF-16BE",
    ];
    let mut choices = vec![Choice::new("", "Guess", now)];
    choices.extend(known.map(|name| Choice::new(name, name, now)));
    choices
}

fn sheets(format: &Format) -> Vec<Choice> {
    let now = format.sheet.as_deref().unwrap_or("");
    let mut choices = vec![Choice::new("", "First with cells", now)];
    choices.extend(format.sheets.iter().map(|name| Choice::new(name, name, now)));
    choices
}

fn headers(format: &Format) -> Vec<Choice> {
    let now = format.header.as_deref().unwrap_or("");
    let mut choices = vec![Choice::new("", "Guess", now), Choice::new("none", "There is none", now)];
    choices.extend((1..=10).map(|n| Choice::new(&n.to_string(), &format!("Row {n}"), now)));
    choices
}

/// By what rows are matched: all that the columns offer, the surest first, or one of them.
fn keys(plan: &Plan) -> Vec<Choice> {
    let label = |key: &str| imports::field(plan.kind, key).map_or(key, |field| field.label).to_string();
    let usual = plan.usual_keys();
    let now = if plan.keys == usual { "" } else { plan.keys.first().map_or("", String::as_str) };
    let all: Vec<String> = usual.iter().map(|key| label(key)).collect();
    let all = match all.as_slice() {
        [] => "Nothing: every row is new".to_string(),
        keys => format!("{} (recommended)", keys.join(", then ")),
    };
    let mut choices = vec![Choice::new("", &all, now)];
    choices.extend(
        Plan::possible_keys(plan.kind)
            .iter()
            .map(|key| Choice::new(key, &format!("{} only", label(key)), now)),
    );
    choices
}

/// From which probability on a row without a key is the person whom it is like.
fn likeness(plan: &Plan) -> Option<Vec<Choice>> {
    if plan.kind != Kind::People {
        return None;
    }
    let now = plan.match_by_likeness.map_or(String::new(), |least| least.to_string());
    let mut choices = vec![Choice::new("", "Never: I decide in the queue", &now)];
    for (value, label) in [("0.9", "90 %"), ("0.99", "99 %"), ("0.999", "99.9 %")] {
        choices.push(Choice::new(value, &format!("From {label} on"), &now));
    }
    if choices.iter().all(|choice| !choice.chosen) {
        choices.push(Choice::new(&now, &format!("From {now} on"), &now));
    }
    Some(choices)
}

/// Reads the file anew in another way.
pub(crate) async fn read_again(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let import = app.store.read(move |s| imports::get(s, &id)).await?;
    let kind = Kind::parse(fields.get("kind")).unwrap_or(import.plan.kind);
    let filled = |name: &str| fields.filled(name).map(str::to_string);
    let format = Format {
        separator: fields.get("separator").chars().next(),
        encoding: filled("encoding"),
        sheet: filled("sheet"),
        header: filled("header"),
        ..Format::default()
    };
    let (folder, by, id) = (app.options.files.clone(), current.by(), import.id.clone());
    let wanted = format.clone();
    let read =
        app.blocking(move |store| Ok(imports::read_again(store, &folder, by, &id, kind, &wanted))).await?;
    match read {
        Ok(import) => Ok(respond::redirect(&address(&import))),
        Err(error) => {
            let problems = Problems::of(error)?;
            let mut shown = import;
            shown.format = Format { words: shown.format.words, sheets: shown.format.sheets, ..format };
            shown.format.is_separated = shown.format.sheets.is_empty();
            respond::invalid(&page(&app, &current, &shown, problems).await?)
        }
    }
}

/// Keeps what the form says about the columns, then goes on: to the dry run, or to the import.
pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let import = app.store.read(move |s| imports::get(s, &id)).await?;
    let mut plan = import.plan.clone();
    let wanted = choose(&mut plan, &fields).and_then(|()| plan.check());
    let mut problems = Problems::default();
    if let Err(error) = wanted {
        problems = Problems::of(error)?;
    }
    if !problems.list().is_empty() {
        let shown = Import { plan: as_typed(plan, &fields), ..import };
        return respond::invalid(&page(&app, &current, &shown, problems).await?);
    }
    let (id, runs) = (import.id.clone(), fields.get("then") == "run");
    app.store
        .write(current.by(), move |tx| {
            imports::set_plan(tx, &id, &plan)?;
            if runs { imports::start(tx, &id) } else { dry_run::start(tx, &id) }
        })
        .await?;
    let next = if runs { address(&import) } else { format!("{}/dry-run", address(&import)) };
    Ok(respond::redirect(&next))
}

fn choose(plan: &mut Plan, fields: &Fields) -> platform::Result<()> {
    let columns: Vec<String> =
        (0..plan.columns.len()).map(|n| fields.trimmed(&format!("column_{n}")).to_string()).collect();
    plan.currency = fields.trimmed("currency").to_string();
    plan.time_zone = fields.trimmed("time_zone").to_string();
    plan.source = fields.filled("source").map(str::to_string);
    let mut problems = Vec::new();
    let mut keep = |done: platform::Result<()>| match done {
        Err(Error::Invalid(found)) => {
            problems.extend(found);
            Ok(())
        }
        done => done,
    };
    keep(plan.map_all(&columns))?;
    if plan.kind == Kind::People {
        keep(plan.set_match_by_likeness(fields.get("match_by_likeness")))?;
    }
    keep(plan.set_reading(fields.get("date_order"), fields.get("decimal_mark")))?;
    if let Some(key) = fields.filled("key") {
        keep(plan.set_key(key))?;
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// The plan with the columns as they were chosen, right or wrong, so that nothing typed is lost.
fn as_typed(mut plan: Plan, fields: &Fields) -> Plan {
    for (n, column) in plan.columns.iter_mut().enumerate() {
        column.field = fields.filled(&format!("column_{n}")).map(str::to_string);
    }
    if let Some(key) = fields.filled("key") {
        plan.keys = vec![key.to_string()];
    }
    plan
}
