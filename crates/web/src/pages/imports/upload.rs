//! Handing in files: each becomes an import that waits for somebody to look at its columns.

use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use cycle::collect::imports::{self, Format, Import, Incoming, Kind};
use platform::Error;

use super::kind_label;
use crate::current::{Current, Writer};
use crate::error::{Failure, Result};
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Choice, Crumb, Toast};
use crate::state::App;
use crate::uploads::{self, Received};
use crate::{respond, words};

/// Longest name of a source, in characters.
const SOURCE_CHARACTERS: usize = 200;

#[derive(Template)]
#[template(path = "imports/new.html")]
struct New {
    page: Layout,
    crumbs: Vec<Crumb>,
    kinds: Vec<Choice>,
    source: String,
    /// "200 MB".
    largest: String,
    problems: Problems,
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer) -> Result {
    respond::page(&form(&app, &current, &Fields::default(), Problems::default()))
}

fn form(app: &App, current: &Current, typed: &Fields, problems: Problems) -> New {
    let kind = typed.trimmed("kind");
    let mut kinds = vec![Choice::new("", "Guess from the headers", kind)];
    kinds.extend(Kind::ALL.map(|k| Choice::new(k.name(), kind_label(k), kind)));
    New {
        page: current.layout(Place::Imports, "Import files"),
        crumbs: vec![Crumb { label: "Imports".to_string(), href: "/imports".to_string() }],
        kinds,
        source: typed.get("source").to_string(),
        largest: words::bytes(i64::try_from(app.options.max_upload_bytes).unwrap_or(i64::MAX)),
        problems,
    }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, parts: Multipart) -> Result {
    let upload = match uploads::receive(&app, parts).await {
        Ok(upload) => upload,
        Err(Failure::Http(StatusCode::PAYLOAD_TOO_LARGE, what)) => {
            return refused(&app, &current, &Fields::default(), format!("{what} on this installation"));
        }
        Err(failure) => return Err(failure),
    };
    if upload.files.is_empty() {
        return refused(&app, &current, &upload.fields, "choose a file".to_string());
    }
    let (mut taken, mut wrong) = (Vec::new(), Vec::new());
    for file in &upload.files {
        match arrive(&app, &current, file, &upload.fields).await {
            Ok(import) => taken.push(import),
            Err(Failure::Verb(Error::Invalid(problems))) => {
                wrong.extend(problems.into_iter().map(|p| format!("{}: {}", file.name, p.message)));
            }
            Err(failure) => return Err(failure),
        }
    }
    if !wrong.is_empty() {
        return refused(&app, &current, &upload.fields, wrong.join("; "));
    }
    Ok(match taken.as_slice() {
        [only] => respond::redirect(&super::address(only)),
        several => respond::redirect_with(
            "/imports",
            Toast::done(format!(
                "{} files are here; look at the columns of each, then run it",
                several.len()
            )),
        ),
    })
}

fn refused(app: &App, current: &Current, typed: &Fields, why: String) -> Result {
    let problems = Problems::of(Error::invalid("files", why))?;
    respond::invalid(&form(app, current, typed, problems))
}

async fn arrive(app: &App, current: &Current, file: &Received, typed: &Fields) -> Result<Import> {
    let incoming = Incoming {
        path: file.path.clone(),
        name: file.name.clone(),
        kind: Kind::parse(typed.trimmed("kind")),
        format: Format::default(),
        source: typed.filled("source").map(|text| text.chars().take(SOURCE_CHARACTERS).collect()),
    };
    let (folder, by) = (app.options.files.clone(), current.by());
    app.blocking(move |store| imports::arrive(store, &folder, by, &incoming)).await
}

/// Small files that show what the program can read.
pub(crate) async fn sample(_: Current, Path(name): Path<String>) -> Result {
    let text = match name.as_str() {
        "people.csv" => include_str!("../../../samples/people.csv"),
        "orders.csv" => include_str!("../../../samples/orders.csv"),
        _ => return Err(Error::missing("sample file", name).into()),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, text).into_response())
}
