//! The list of models.

use askama::Template;
use axum::extract::State;
use cycle::analyze::models::{self, Model};
use cycle::analyze::scores::write_file;

use super::{KNOWN, about, state};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::state::App;
use crate::{download, respond, words};

#[derive(Template)]
#[template(path = "scores/list.html")]
struct List {
    page: Layout,
    may_write: bool,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    label: String,
    question: &'static str,
    state: (&'static str, &'static str),
    version: String,
    until: String,
    rows: String,
    scored: String,
    auc: String,
    expected: String,
    /// Where it abstains.
    needs: String,
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let found = app.store.read(models::list).await?;
    let order =
        |model: &Model| KNOWN.iter().position(|known| known.name == model.name).unwrap_or(KNOWN.len());
    let mut found: Vec<Model> = found.into_iter().filter(|model| about(&model.name).is_some()).collect();
    found.sort_by_key(order);
    respond::page(&List {
        page: current.layout(Place::Scores, "Scores"),
        may_write: current.may_write(),
        rows: found.iter().map(row).collect(),
    })
}

/// All scores as a file.
pub(crate) async fn export(State(app): State<App>, _: Current) -> Result {
    Ok(download::csv_of_snapshot("scores.csv", &app.store, |snapshot, out| {
        write_file(snapshot, out).map(drop)
    }))
}

fn row(model: &Model) -> Row {
    let known = about(&model.name);
    let auc = model.report.quality.as_ref().and_then(|quality| quality.auc);
    Row {
        href: format!("/scores/{}", model.name),
        label: known.map_or(model.name.clone(), |known| known.label.to_string()),
        question: known.map_or("", |known| known.question),
        state: state(model.state),
        version: words::count(model.version),
        until: model.data_until.to_string(),
        rows: words::count(model.n_rows as i64),
        scored: words::count(model.n_scored as i64),
        auc: auc.map_or("–".to_string(), |auc| {
            format!("{:.2} ({:.2} – {:.2})", auc.estimate, auc.low, auc.high)
        }),
        expected: super::quality::expected(model),
        needs: model.report.needs.join(" "),
    }
}
