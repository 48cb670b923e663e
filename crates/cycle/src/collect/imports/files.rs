//! Files that people hand in: kept as they came, opened as tables, and their arrival as an import.

use super::fields::{Kind, fields_of};
use super::import::{self, Arrived, Format, Import};
use super::plan::{Assumptions, Plan, guess};
use platform::events::By;
use platform::{Error, Result, Snapshot, Store, Tx, params, settings};
use records::values::fold::fold;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tables::{FileError, HeaderRow, OpenOptions, Row, Table};

/// Rows that are looked at to guess the plan.
const SAMPLE_ROWS: usize = 200;

/// A file that somebody hands in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Where it is now; it is copied from there.
    pub path: PathBuf,
    /// Its name on the computer it came from.
    pub name: String,
    /// What its rows are about; None is guessed from the headers.
    pub kind: Option<Kind>,
    pub format: Format,
    /// Where its people come from, unless a column says it.
    pub source: Option<String>,
}

/// Keeps the file and makes an import of it, with a plan guessed or remembered from a file with the same headers.
///
/// **Errors** at `file` when it cannot be read as a table.
pub fn arrive(store: &Store, folder: &Path, by: By, incoming: &Incoming) -> Result<Import> {
    let (headers, rows, format) = sample(&incoming.path, &incoming.name, &incoming.format)?;
    let kept = keep(folder, &incoming.path, &incoming.name)?;
    let (incoming, by_kind) = (incoming.clone(), incoming.kind);
    store
        .write(by, move |tx| {
            let remembered =
                remembered(tx, &headers)?.filter(|plan| by_kind.is_none_or(|kind| kind == plan.kind));
            let kind = by_kind.unwrap_or_else(|| likely_kind(&headers));
            let mut plan = guess(kind, &headers, &rows, &assumptions(tx)?, remembered);
            if incoming.source.is_some() {
                plan.source.clone_from(&incoming.source);
            }
            let id = import::insert(
                tx,
                &Arrived {
                    file_name: incoming.name.clone(),
                    stored_name: kept.name.clone(),
                    sha256: kept.sha256.clone(),
                    n_bytes: kept.n_bytes,
                    format: format.clone(),
                    plan,
                },
            )?;
            import::get(tx, &id)
        })
        .wait()
}

/// What the workspace assumes where a file does not say it.
pub fn assumptions(snapshot: &mut Snapshot<'_>) -> Result<Assumptions> {
    let currency: Option<String> = settings::get(snapshot, "currency")?;
    let time_zone: Option<String> = settings::get(snapshot, "time_zone")?;
    Ok(Assumptions {
        currency: currency.unwrap_or_else(|| "EUR".to_string()),
        time_zone: time_zone.unwrap_or_else(|| "UTC".to_string()),
    })
}

/// The plan guessed anew for another kind of rows, as when somebody says what the file is about.
pub fn guess_again(snapshot: &mut Snapshot<'_>, folder: &Path, import: &Import, kind: Kind) -> Result<Plan> {
    let (headers, rows, _) = sample(&stored(folder, import), &import.file_name, &import.format)?;
    Ok(guess(kind, &headers, &rows, &assumptions(snapshot)?, None))
}

/// Reads the file anew as somebody says it is made, and guesses its plan from what is seen now.
///
/// **Errors** at `separator`, `encoding`, `sheet` or `header` where it cannot be read in this way; nothing is changed
/// then. With a conflict once the import runs.
pub fn read_again(
    store: &Store,
    folder: &Path,
    by: By,
    id: &str,
    kind: Kind,
    format: &Format,
) -> Result<Import> {
    let wanted = id.to_string();
    let import = store.read(move |s| import::get(s, &wanted)).wait()?;
    let (headers, rows, format) = sample(&stored(folder, &import), &import.file_name, format)?;
    store
        .write(by, move |tx| {
            let mut plan = guess(kind, &headers, &rows, &assumptions(tx)?, None);
            plan.source.clone_from(&import.plan.source);
            import::set_format(tx, &import.id, &format, &plan)?;
            import::get(tx, &import.id)
        })
        .wait()
}

/// The kind whose fields the headers name best.
fn likely_kind(headers: &[String]) -> Kind {
    let folded: Vec<String> = headers.iter().map(|header| fold(header)).collect();
    let score = |kind: Kind| -> u32 {
        let named = fields_of(kind).filter(|field| folded.iter().any(|header| field.fits(header) == 2));
        named.map(|field| if field.name.starts_with(own(kind)) { 3 } else { 1 }).sum()
    };
    let orders = score(Kind::Orders) > 0
        && fields_of(Kind::Orders)
            .any(|field| field.name == "order.date" && folded.iter().any(|header| field.fits(header) > 0))
        && fields_of(Kind::Orders).any(|field| {
            field.name.starts_with("line.") && folded.iter().any(|header| field.fits(header) > 0)
        });
    if orders {
        return Kind::Orders;
    }
    [Kind::People, Kind::Companies, Kind::Products]
        .into_iter()
        .max_by_key(|kind| score(*kind))
        .unwrap_or(Kind::People)
}

fn own(kind: Kind) -> &'static str {
    match kind {
        Kind::People => "person.",
        Kind::Companies => "company.",
        Kind::Products => "product.",
        Kind::Orders => "order.",
    }
}

/// Headers, the first rows, and the format with what was found about it.
type Sample = (Vec<String>, Vec<Vec<String>>, Format);

fn sample(path: &Path, name: &str, format: &Format) -> Result<Sample> {
    let mut table = open_at(path, name, format)?;
    let headers = table.headers().to_vec();
    let mut rows = Vec::new();
    let mut row = Row::default();
    while rows.len() < SAMPLE_ROWS && table.next_row(&mut row).map_err(told)? {
        if row.problem.is_none() {
            rows.push(row.cells().map(str::to_string).collect());
        }
    }
    let found = table.format();
    let format = Format {
        words: found.words.clone(),
        notes: found.notes.clone(),
        sheets: found.sheets.clone(),
        is_separated: found.kind == tables::Kind::SeparatedText,
        ..format.clone()
    };
    Ok((headers, rows, format))
}

/// Opens the kept file of an import.
pub(super) fn open(folder: &Path, import: &Import) -> Result<Table> {
    open_at(&stored(folder, import), &import.file_name, &import.format)
}

fn open_at(path: &Path, name: &str, format: &Format) -> Result<Table> {
    let header = match format.header.as_deref() {
        None | Some("guess") => HeaderRow::Guess,
        Some("none") => HeaderRow::Absent,
        Some(number) => HeaderRow::At(
            number.parse().map_err(|_| Error::invalid("header", "is guess, none or the number of a row"))?,
        ),
    };
    let separator = format.separator.map(u8::try_from).transpose();
    let options = OpenOptions {
        separator: separator.map_err(|_| Error::invalid("separator", "must be one ASCII character"))?,
        encoding: format.encoding.clone(),
        sheet: format.sheet.clone(),
        header,
        ..OpenOptions::default()
    };
    // The file is kept under a number; its own name is what the reader of a message knows.
    let kept = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    tables::open(path, &options)
        .map_err(|error| Error::invalid("file", error.to_string().replace(&kept, name)))
}

pub(super) fn told(error: FileError) -> Error {
    Error::invalid("file", error.to_string())
}

fn stored(folder: &Path, import: &Import) -> PathBuf {
    folder.join(&import.stored_name)
}

struct Kept {
    name: String,
    sha256: String,
    n_bytes: i64,
}

/// Copies a file into the folder, under its hash, so that the same file is kept once; durable when it returns.
fn keep(folder: &Path, path: &Path, name: &str) -> Result<Kept> {
    std::fs::create_dir_all(folder).map_err(|e| Error::file(folder, e))?;
    let mut source = File::open(path).map_err(|e| Error::file(path, e))?;
    let temporary = folder.join(format!("arriving-{}", platform::random::token()));
    let copied = copy(&mut source, &temporary);
    let (sha256, n_bytes) = match copied {
        Ok(copied) => copied,
        Err(error) => {
            drop(std::fs::remove_file(&temporary));
            return Err(match error.kind() {
                std::io::ErrorKind::StorageFull => Error::DiskFull,
                _ => Error::file(&temporary, error),
            });
        }
    };
    let extension = Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase());
    let extension = extension.filter(|e| e.len() <= 8 && e.bytes().all(|b| b.is_ascii_alphanumeric()));
    let extension = extension.map(|e| format!(".{e}")).unwrap_or_default();
    let name = format!("{}{extension}", &sha256[..32]);
    let kept = folder.join(&name);
    std::fs::rename(&temporary, &kept).map_err(|e| Error::file(&kept, e))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| Error::file(folder, e))?;
    Ok(Kept { name, sha256, n_bytes })
}

fn copy(source: &mut File, to: &Path) -> std::io::Result<(String, i64)> {
    let mut out = File::create(to)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    let mut n_bytes = 0;
    loop {
        let n = source.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        out.write_all(&buffer[..n])?;
        n_bytes += n as i64;
    }
    out.sync_all()?;
    Ok((platform::random::hex(&hash.finalize()), n_bytes))
}

fn headers_hash(headers: &[String]) -> String {
    platform::random::hex(&Sha256::digest(headers.join("\u{1f}").as_bytes()))
}

/// The plan that was last used for a file with these headers.
fn remembered(snapshot: &mut Snapshot<'_>, headers: &[String]) -> Result<Option<Plan>> {
    let found = snapshot.first(
        "SELECT plan_json FROM saved_plans WHERE headers_sha256 = $1",
        &params![headers_hash(headers)],
        |row| row.get::<String>(0),
    )?;
    found.map(|text| serde_json::from_str(&text).map_err(Into::into)).transpose()
}

/// Keeps a plan for the next file with the same headers.
pub(super) fn remember(tx: &mut Tx<'_>, plan: &Plan) -> Result<()> {
    let headers: Vec<String> = plan.columns.iter().map(|column| column.header.clone()).collect();
    let (hash, text, now) = (headers_hash(&headers), serde_json::to_string(plan)?, tx.now());
    tx.execute(
        "INSERT INTO saved_plans (headers_sha256, plan_json, used_at) VALUES ($1, $2, $3)
         ON CONFLICT (headers_sha256) DO UPDATE SET plan_json = excluded.plan_json, used_at = excluded.used_at",
        &params![hash, text, now],
    )?;
    Ok(())
}
