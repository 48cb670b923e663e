//! Adding and editing a company.

use askama::Template;
use axum::extract::{Path, State};
use platform::{Snapshot, Tx};
use records::companies::{self, Company, Input};
use records::people;

use super::show;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::Toast;
use crate::query::Query;
use crate::respond;
use crate::state::App;

/// Name, label and kind of input.
const FIELDS: [(&str, &str, &str); 12] = [
    ("name", "Name", "text"),
    ("domain", "Domain", "text"),
    ("website", "Website", "text"),
    ("phone", "Phone", "tel"),
    ("industry", "Industry", "text"),
    ("n_employees", "Employees", "text"),
    ("street", "Street", "text"),
    ("postcode", "Postcode", "text"),
    ("city", "City", "text"),
    ("country", "Country", "text"),
    ("external_id", "Company number", "text"),
    ("source", "Source", "text"),
];

pub(super) struct Form {
    pub(super) action: String,
    pub(super) lines: Vec<Line>,
    pub(super) problems: Problems,
}

pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) error: String,
}

impl Form {
    fn new(action: String, fields: &Fields, problems: Problems) -> Self {
        let line = |(name, label, kind): (&'static str, &'static str, &'static str)| Line {
            name,
            label,
            kind,
            value: fields.get(name).to_string(),
            error: problems.at(name).to_string(),
        };
        Self { action, lines: FIELDS.map(line).into(), problems }
    }

    /// Where the form leads when nothing is to be saved: the company's own page.
    pub(super) fn cancel(&self) -> &str {
        &self.action
    }
}

#[derive(Template)]
#[template(path = "companies/new.html")]
struct New {
    page: Layout,
    form: Form,
}

pub(crate) async fn new(Writer(current): Writer, query: Query) -> Result {
    let fields = Fields::of(&[("name", query.get("name"))]);
    respond::page(&new_page(&current, &fields, Problems::default()))
}

fn new_page(current: &Current, fields: &Fields, problems: Problems) -> New {
    let form = Form::new("/companies".to_string(), fields, problems);
    New { page: current.layout(Place::Companies, "New company"), form }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let input = input_of(&fields, None);
    let write = move |tx: &mut Tx<'_>| {
        let defaults = people::defaults(tx)?;
        let company = companies::create(tx, &input, defaults)?;
        Ok((changes::of_newest(tx, &company.id)?, company))
    };
    match app.store.write(current.by(), write).await {
        Ok((undo, company)) => {
            let toast = Toast::done(format!("{} added", company.name)).undo(undo);
            Ok(respond::redirect_with(&format!("/companies/{}", company.id), toast))
        }
        Err(error) => respond::invalid(&new_page(&current, &fields, Problems::of(error)?)),
    }
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let sheet = read(&app, id).await?;
    let fields = Fields::from_pairs(pairs(&sheet.company));
    let form = Form::new(format!("/companies/{}", sheet.company.id), &fields, Problems::default());
    respond::page(&show::page(&current, sheet, Some(form)))
}

async fn read(app: &App, id: String) -> Result<show::Sheet> {
    let read = move |snapshot: &mut Snapshot<'_>| show::read(snapshot, &id, false, &Query::default());
    Ok(app.store.read(read).await?)
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (company_id, typed) = (id.clone(), fields.clone());
    let write = move |tx: &mut Tx<'_>| {
        let before = companies::get(tx, &company_id)?;
        let (input, defaults) = (input_of(&typed, Some(&before)), people::defaults(tx)?);
        let company = companies::update(tx, &company_id, &input, defaults)?;
        Ok((company != before, changes::of_newest(tx, &company_id)?, company.name))
    };
    let there = format!("/companies/{id}");
    match app.store.write(current.by(), write).await {
        Ok((false, ..)) => Ok(respond::redirect_with(&there, Toast::done("Nothing was different"))),
        Ok((true, undo, name)) => {
            Ok(respond::redirect_with(&there, Toast::done(format!("{name} saved")).undo(undo)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let sheet = read(&app, id).await?;
            let form = Form::new(there, &fields, problems);
            respond::invalid(&show::page(&current, sheet, Some(form)))
        }
    }
}

pub(crate) async fn delete(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let write = move |tx: &mut Tx<'_>| {
        let name = companies::get(tx, &id)?.name;
        companies::delete(tx, &id)?;
        Ok((name, changes::of_newest(tx, &id)?))
    };
    let (name, undo) = app.store.write(current.by(), write).await?;
    Ok(respond::redirect_with("/companies", Toast::done(format!("{name} deleted")).undo(undo)))
}

fn pairs(company: &Company) -> Vec<(String, String)> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        ("name", company.name.clone()),
        ("domain", text(&company.domain)),
        ("website", text(&company.website)),
        ("phone", text(&company.phone)),
        ("industry", text(&company.industry)),
        ("n_employees", company.n_employees.map(|n| n.to_string()).unwrap_or_default()),
        ("street", text(&company.street)),
        ("postcode", text(&company.postcode)),
        ("city", text(&company.city)),
        ("country", text(&company.country)),
        ("external_id", text(&company.external_id)),
        ("source", text(&company.source)),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .into()
}

/// What was typed, as a company's input: only what differs from before, so that what came in stays known of the rest.
fn input_of(fields: &Fields, before: Option<&Company>) -> Input {
    let old = before.map(pairs).unwrap_or_default();
    let changed = |name: &str| {
        let was = old.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let is_there = fields.iter().any(|(field, _)| field == name);
        is_there.then(|| fields.trimmed(name).to_string()).filter(|value| value != was)
    };
    Input {
        external_id: changed("external_id"),
        name: changed("name"),
        domain: changed("domain"),
        industry: changed("industry"),
        n_employees: changed("n_employees"),
        phone: changed("phone"),
        website: changed("website"),
        street: changed("street"),
        postcode: changed("postcode"),
        city: changed("city"),
        country: changed("country"),
        source: changed("source"),
        custom: Default::default(),
    }
}
