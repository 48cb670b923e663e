//! The list of companies by name.

use askama::Template;
use axum::extract::State;
use cycle::collect::exports;
use records::companies::{self, Company};

use crate::current::Current;
use crate::download;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::attachments::Names;
use crate::pages::people::country_name;
use crate::parts::{Column, Pager};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::counted;
use crate::words;

/// Companies on one page.
const ROWS: usize = 50;
/// Names offered while somebody types.
const NAMES_OFFERED: usize = 12;

#[derive(Template)]
#[template(path = "companies/list.html")]
struct List {
    page: Layout,
    may_write: bool,
    typed: String,
    is_paged: bool,
    columns: Vec<Column>,
    companies: Vec<Row>,
    pager: Pager,
}

struct Row {
    company: Company,
    country: String,
    employees: String,
}

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let (typed, after) = (query.get("q").to_string(), query.filled("after").map(str::to_string));
    let found =
        app.store.read(move |snapshot| companies::list(snapshot, &typed, after.as_deref(), ROWS)).await?;
    let rows: Vec<Row> = found.companies.into_iter().map(row).collect();
    let shown = counted(rows.len() as i64, "company", "companies");
    respond::page(&List {
        page: current.layout(Place::Companies, "Companies"),
        may_write: current.may_write(),
        typed: query.get("q").to_string(),
        is_paged: !query.get("after").is_empty(),
        columns: ["Name", "Domain", "Industry", "City", "Country"]
            .iter()
            .map(|label| Column::text(label))
            .chain([Column::number("Employees")])
            .collect(),
        pager: query.pager("/companies", found.next.as_deref(), shown),
        companies: rows,
    })
}

fn row(company: Company) -> Row {
    Row {
        country: company.country.as_deref().map(country_name).unwrap_or_default().to_string(),
        employees: company.n_employees.map(words::count).unwrap_or_default(),
        company,
    }
}

/// Names that begin with what was typed, as options of a list.
pub(crate) async fn names(State(app): State<App>, _: Current, query: Query) -> Result {
    let typed = query.get("company").to_string();
    let found = app.store.read(move |snapshot| companies::search(snapshot, &typed, NAMES_OFFERED)).await?;
    respond::fragment(&Names { names: found.into_iter().map(|company| company.name).collect() })
}

pub(crate) async fn export(State(app): State<App>, _: Current) -> Result {
    Ok(download::csv_of_snapshot("companies.csv", &app.store, |snapshot, out| {
        exports::companies(snapshot, out).map(drop)
    }))
}
