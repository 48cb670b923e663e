//! Imports: a file is handed in, its plan changed, tried, run, mended and taken back: `/imports`.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use cycle::collect::imports::{self as verbs, Correction, Format, Incoming, Outcome, dry_run};
use cycle::collect::likeness::{Alike, Reason, probability};
use platform::Error;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{self, Asked, Body, PageAsked};
use super::import_plan::{Plan, kind_of};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::{Failure, Result};
use crate::forms::Fields;
use crate::state::App;
use crate::uploads;

/// A file on its way into the records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Import {
    id: String,
    /// `people`, `companies`, `products` or `orders`.
    kind: String,
    file_name: String,
    sha256: String,
    n_bytes: i64,
    /// How the file is made, in words.
    format: String,
    plan: Plan,
    /// `mapping`, `queued`, `running`, `done`, `failed`, `undoing` or `undone`.
    state: String,
    counts: Counts,
    bytes_done: i64,
    /// Why it failed.
    error: Option<String>,
    created_by: Option<String>,
    created_at: Time,
    finished_at: Option<Time>,
}

/// Rows by what became of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportCounts)]
pub(crate) struct Counts {
    new: i64,
    changed: i64,
    same: i64,
    conflict: i64,
    error: i64,
    /// Rejected rows that were mended and taken later.
    replayed: i64,
    /// Changes that an undo left, because somebody had changed the record since.
    left_by_undo: i64,
}

impl From<verbs::Counts> for Counts {
    fn from(counts: verbs::Counts) -> Self {
        Self {
            new: counts.new,
            changed: counts.changed,
            same: counts.same,
            conflict: counts.conflict,
            error: counts.error,
            replayed: counts.replayed,
            left_by_undo: counts.left_by_undo,
        }
    }
}

impl From<verbs::Import> for Import {
    fn from(import: verbs::Import) -> Self {
        Self {
            id: import.id,
            kind: import.kind.name().to_string(),
            file_name: import.file_name,
            sha256: import.sha256,
            n_bytes: import.n_bytes,
            format: import.format.words,
            plan: import.plan.into(),
            state: import.state.name().to_string(),
            counts: import.counts.into(),
            bytes_done: import.bytes_done,
            error: import.error,
            created_by: import.created_by,
            created_at: Time(import.created_at),
            finished_at: import.finished_at.map(Time),
        }
    }
}

fn address(id: &str) -> String {
    format!("/api/v1/imports/{id}")
}

/// List imports from the newest to the oldest.
#[utoipa::path(get, path = "/imports", tag = "imports", params(PageAsked), responses((status = 200, body = Page<Import>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let limit = asked.limit()?;
    let found = app.store.read(move |s| verbs::list(s, asked.after.as_deref(), limit + 1)).await?;
    answers::page(&Page::cut(found, limit, |import| import.id.clone(), Import::from))
}

/// The form with which a file is handed in.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it only describes the form; the file is streamed to the disk")]
pub(crate) struct ImportForm {
    /// CSV in any usual form, XLSX, or JSON Lines.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// `people`, `companies`, `products` or `orders`; left out, it is guessed from the headers.
    kind: Option<String>,
    /// Where its people come from, unless a column says it.
    source: Option<String>,
    /// One ASCII character; left out, it is seen in the file.
    separator: Option<String>,
    encoding: Option<String>,
    sheet: Option<String>,
    /// `guess`, `none`, or the number of the row.
    header: Option<String>,
}

/// Hand in a file. Nothing is imported yet: the answer holds the plan that was guessed.
#[utoipa::path(post, path = "/imports", tag = "imports",
    request_body(content = ImportForm, content_type = "multipart/form-data"), responses((status = 201, body = Import)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Writing,
    form: std::result::Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result {
    let unsupported = |refused: axum::extract::multipart::MultipartRejection| {
        Failure::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE, refused.body_text())
    };
    let upload = uploads::receive(&app, form.map_err(unsupported)?).await?;
    known_fields(&upload.fields)?;
    let [file] = &upload.files[..] else {
        return Err(Error::invalid("file", "hand in one file, with its name").into());
    };
    let fields = &upload.fields;
    let incoming = Incoming {
        path: file.path.clone(),
        name: file.name.clone(),
        kind: fields.filled("kind").map(kind_of).transpose()?,
        format: format_of(fields)?,
        source: fields.filled("source").map(str::to_string),
    };
    let (folder, by) = (app.options.files.clone(), caller.by());
    let import = app.blocking(move |store| verbs::arrive(store, &folder, by, &incoming)).await?;
    answers::stated(true, &address(&import.id), import.created_at, &Import::from(import))
}

fn known_fields(fields: &Fields) -> Result<()> {
    const KNOWN: [&str; 6] = ["kind", "source", "separator", "encoding", "sheet", "header"];
    if let Some((name, _)) = fields.iter().find(|(_, value)| value.contains('\0')) {
        return Err(Error::invalid(name, "has the character NUL, which no text may have").into());
    }
    match fields.iter().find(|(name, _)| !KNOWN.contains(name)) {
        None => Ok(()),
        Some((name, _)) => {
            Err(Error::invalid(name, format!("is unknown; there are file, {}", KNOWN.join(", "))).into())
        }
    }
}

fn format_of(fields: &Fields) -> Result<Format> {
    let mut letters = fields.get("separator").chars();
    let separator = letters.next();
    if letters.next().is_some() || separator.is_some_and(|letter| !letter.is_ascii()) {
        return Err(Error::invalid("separator", "must be one ASCII character").into());
    }
    let text = |name: &str| fields.filled(name).map(str::to_string);
    Ok(Format {
        separator,
        encoding: text("encoding"),
        sheet: text("sheet"),
        header: text("header"),
        ..Format::default()
    })
}

/// Show an import.
#[utoipa::path(get, path = "/imports/{id}", tag = "imports", params(("id" = String, Path)), responses((status = 200, body = Import)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let import = app.store.read(move |s| verbs::get(s, &id)).await?;
    Ok(answers::json(StatusCode::OK, &Import::from(import)))
}

/// Forget an import that has not begun.
#[utoipa::path(delete, path = "/imports/{id}", tag = "imports", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn destroy(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        verbs::get(tx, &id)?;
        verbs::discard(tx, &id)
    });
    done.await?;
    answers::done()
}

/// State the plan of an import that has not begun: take the one that was guessed, change it and hand it back.
#[utoipa::path(put, path = "/imports/{id}/plan", tag = "imports", params(("id" = String, Path)), request_body = Plan,
    responses((status = 200, body = Import)))]
pub(crate) async fn set_plan(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(stated): Body<Plan>,
) -> Result {
    let (folder, kind) = (app.options.files.clone(), stated.kind()?);
    let done = app.store.write(caller.by(), move |tx| {
        let import = verbs::get(tx, &id)?;
        let guessed = match import.kind == kind {
            true => import.plan.clone(),
            false => verbs::guess_again(tx, &folder, &import, kind)?,
        };
        verbs::set_plan(tx, &id, &stated.over(guessed)?)?;
        verbs::get(tx, &id)
    });
    Ok(answers::json(StatusCode::OK, &Import::from(done.await?)))
}

/// What the import would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub(crate) struct Preview {
    /// Whether the worker has yet to end it; ask again in a while.
    is_under_way: bool,
    /// Whether it was made with the plan that the import has now.
    is_current: bool,
    counts: Option<Counts>,
    /// The first rows of each outcome.
    rows: Vec<Row>,
    /// Rows that would make a new record although one that is there is probably the same.
    n_alike: i64,
    /// The surest of them.
    alike: Vec<AlikeRow>,
    /// Why the file could not be read to its end.
    error: Option<String>,
}

/// A row that would make a new record although one that is there is probably the same.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportAlikeRow)]
struct AlikeRow {
    row: i64,
    name: String,
    other_id: String,
    other_name: String,
    /// That both are one, from 0.5 to 1.
    probability: f64,
    /// What each field says; they add up to the log2 of the odds.
    reasons: Vec<AlikeReason>,
}

/// What one field says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportAlikeReason)]
pub(super) struct AlikeReason {
    field: String,
    found: String,
    /// Above zero speaks for one record, below for two.
    bits: f64,
}

impl From<Reason> for AlikeReason {
    fn from(reason: Reason) -> Self {
        Self { field: reason.field, found: reason.found, bits: reason.bits }
    }
}

fn alike_told(told: Alike) -> AlikeRow {
    AlikeRow {
        row: told.row,
        name: told.name,
        other_id: told.other_id,
        other_name: told.other_name,
        probability: probability(told.score),
        reasons: told.reasons.into_iter().map(AlikeReason::from).collect(),
    }
}

/// What becomes of a row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportPreviewRow)]
struct Row {
    row: u64,
    /// `new`, `changed`, `same`, `conflict` or `error`.
    outcome: &'static str,
    record_id: Option<String>,
    /// The column that a conflict or error is about.
    column: Option<String>,
    note: Option<String>,
    differences: Vec<Difference>,
}

/// A field of a record before and after.
#[derive(Debug, Serialize, ToSchema)]
struct Difference {
    field: String,
    before: String,
    after: String,
}

fn row_told(told: verbs::RowOutcome) -> Row {
    let difference = |d: verbs::Difference| Difference { field: d.field, before: d.before, after: d.after };
    Row {
        row: told.row,
        outcome: told.outcome.name(),
        record_id: told.record_id,
        column: told.column,
        note: told.note,
        differences: told.differences.into_iter().map(difference).collect(),
    }
}

/// Try the whole import without writing. The worker does it; `GET` of the same address tells what came of it.
#[utoipa::path(post, path = "/imports/{id}/preview", tag = "imports", params(("id" = String, Path)), responses((status = 202, body = Import)))]
pub(crate) async fn preview(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        dry_run::start(tx, &id)?;
        verbs::get(tx, &id)
    });
    Ok(answers::json(StatusCode::ACCEPTED, &Import::from(done.await?)))
}

/// Show what the last preview found.
#[utoipa::path(get, path = "/imports/{id}/preview", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = Preview)))]
pub(crate) async fn show_preview(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let folder = app.options.files.clone();
    let found = app.blocking(move |store| {
        let (import, job) =
            store.read(move |s| Ok((verbs::get(s, &id)?, dry_run::under_way(s, &id)?))).wait()?;
        Ok((dry_run::kept(&folder, &import)?, import, job.is_some()))
    });
    let (kept, import, is_under_way) = found.await?;
    let preview = match kept {
        None if is_under_way => {
            let (rows, alike) = (Vec::new(), Vec::new());
            Preview { is_under_way, is_current: false, counts: None, rows, n_alike: 0, alike, error: None }
        }
        None => return Err(Error::missing("preview of import", import.id).into()),
        Some(dry) => Preview {
            is_under_way,
            is_current: dry.is_of(&import),
            counts: Some(dry.preview.counts.into()),
            rows: dry.preview.rows.into_iter().map(row_told).collect(),
            n_alike: dry.preview.n_alike,
            alike: dry.preview.alike.into_iter().map(alike_told).collect(),
            error: dry.error,
        },
    };
    Ok(answers::json(StatusCode::OK, &preview))
}

/// Run an import. The worker does it; `GET /imports/{id}` tells how far it is.
#[utoipa::path(post, path = "/imports/{id}/run", tag = "imports", params(("id" = String, Path)), responses((status = 202, body = Import)))]
pub(crate) async fn run(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        verbs::start(tx, &id)?;
        verbs::get(tx, &id)
    });
    Ok(answers::json(StatusCode::ACCEPTED, &Import::from(done.await?)))
}

/// Take back everything that an import did. What somebody changed since stays and is counted.
#[utoipa::path(post, path = "/imports/{id}/undo", tag = "imports", params(("id" = String, Path)), responses((status = 202, body = Import)))]
pub(crate) async fn undo(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        verbs::start_undo(tx, &id)?;
        verbs::get(tx, &id)
    });
    Ok(answers::json(StatusCode::ACCEPTED, &Import::from(done.await?)))
}

/// Which rows of an import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RowsAsked {
    /// Only rows of which this became: `new`, `changed`, `same`, `conflict` or `error`.
    #[serde(default, deserialize_with = "asked::filled")]
    outcome: Option<String>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "asked::filled")]
    after: Option<String>,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportRow {
    row: i64,
    outcome: String,
    record_id: Option<String>,
    note: Option<String>,
}

/// The row after which a page begins.
fn row_of(after: Option<&str>) -> Result<i64> {
    after.map_or(Ok(0), |after| after.parse().map_err(|_| asked::no_place(after)))
}

/// List what became of the rows, in the order of the file.
#[utoipa::path(get, path = "/imports/{id}/rows", tag = "imports", params(("id" = String, Path), RowsAsked),
    responses((status = 200, body = Page<ImportRow>)))]
pub(crate) async fn rows(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(wanted): Asked<RowsAsked>,
) -> Result {
    let (limit, after) = (asked::limit(wanted.limit)?, row_of(wanted.after.as_deref())?);
    let outcome = wanted.outcome.as_deref().map(|word| {
        let found = Outcome::ALL.into_iter().find(|outcome| outcome.name() == word);
        found.ok_or_else(|| Error::invalid("outcome", format!("“{word}” is no outcome of a row")))
    });
    let outcome = outcome.transpose()?;
    let found = app.store.read(move |s| {
        let import = verbs::get(s, &id)?;
        verbs::ledger(s, import.import_no, outcome, after, limit + 1)
    });
    let told = |row: verbs::LedgerRow| ImportRow {
        row: row.row,
        outcome: row.outcome,
        record_id: row.record_id,
        note: row.note,
    };
    answers::page(&Page::cut(found.await?, limit, |row| row.row.to_string(), told))
}

/// A row that was not taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectedRow {
    row: i64,
    column: Option<String>,
    reason: String,
    /// The cells in the order of the file's columns.
    cells: Vec<String>,
    /// When it was taken after all.
    replayed_at: Option<Time>,
}

/// List the rows that were not taken, in the order of the file.
#[utoipa::path(get, path = "/imports/{id}/rejected", tag = "imports", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<RejectedRow>)))]
pub(crate) async fn rejected(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(wanted): Asked<PageAsked>,
) -> Result {
    let (limit, after) = (wanted.limit()?, row_of(wanted.after.as_deref())?);
    let found = app.store.read(move |s| {
        let import = verbs::get(s, &id)?;
        verbs::rejected(s, import.import_no, after, limit + 1)
    });
    let told = |row: verbs::Rejected| RejectedRow {
        row: row.row,
        column: row.column,
        reason: row.reason,
        cells: row.cells,
        replayed_at: row.replayed_at.map(Time),
    };
    answers::page(&Page::cut(found.await?, limit, |row| row.row.to_string(), told))
}

/// Rows that are mended. Without corrections, every rejected row is tried again as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    #[serde(default)]
    corrections: Vec<RowCorrection>,
}

/// The corrected cells of a rejected row, in the order of the file's columns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RowCorrection {
    row: i64,
    cells: Vec<String>,
}

/// How a replay ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replayed {
    n_taken: usize,
    n_left: usize,
}

/// Take rejected rows, corrected or as they are.
#[utoipa::path(post, path = "/imports/{id}/replay", tag = "imports", params(("id" = String, Path)), request_body = Replay,
    responses((status = 200, body = Replayed)))]
pub(crate) async fn replay(
    State(app): State<App>,
    _: Writing,
    Path(id): Path<String>,
    Body(wanted): Body<Replay>,
) -> Result {
    let correction = |c: RowCorrection| Correction { row: c.row, cells: c.cells };
    let corrections = wanted.corrections.into_iter().map(correction).collect();
    let (n_taken, n_left) = app.blocking(move |store| verbs::replay(store, &id, corrections)).await?;
    Ok(answers::json(StatusCode::OK, &Replayed { n_taken, n_left }))
}
