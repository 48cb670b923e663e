//! Adding and editing a person: all fields in one form, problems at their fields, nothing that was typed is lost.

use askama::Template;
use axum::extract::{Path, State};
use platform::{Error, Problem, Result as Done, Snapshot, Tx};
use records::companies;
use records::people::{self, Input, Person};
use records::values::period::micros_of_day;

use super::show;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::pages::timeline::label;
use crate::parts::Toast;
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::Words;

/// Name, label, kind of input, and what a browser may fill in.
const FIELDS: [(&str, &str, &str, &str); 15] = [
    ("given_name", "First name", "text", "off"),
    ("family_name", "Last name", "text", "off"),
    ("email", "E-mail", "text", "off"),
    ("phone", "Phone", "tel", "off"),
    ("company", "Company", "text", "off"),
    ("street", "Street", "text", "off"),
    ("postcode", "Postcode", "text", "off"),
    ("city", "City", "text", "off"),
    ("country", "Country", "text", "off"),
    ("external_id", "Customer number", "text", "off"),
    ("source", "Source", "text", "off"),
    ("customer_since", "Customer since", "date", "off"),
    ("birthday", "Birthday", "date", "off"),
    ("language", "Language", "text", "off"),
    ("name", "Whole name", "text", "off"),
];

/// The form: its fields with what was typed, and what is wrong.
pub(super) struct Form {
    pub(super) action: String,
    pub(super) cancel: String,
    pub(super) lines: Vec<Line>,
    pub(super) problems: Problems,
    /// The person who is edited; empty for a new one.
    pub(super) person_id: String,
}

pub(super) struct Line {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) kind: &'static str,
    pub(super) value: String,
    pub(super) error: String,
}

impl Form {
    fn new(person_id: &str, own_fields: &[&str], fields: &Fields, problems: Problems) -> Self {
        let known = FIELDS.iter().filter(|(name, ..)| *name != "name" || !problems.at("name").is_empty());
        let known = known.map(|(name, label, kind, _)| (name.to_string(), label.to_string(), *kind));
        let own = own_fields.iter().map(|name| (format!("custom.{name}"), label(name), "text"));
        let line = |(name, label, kind): (String, String, &'static str)| Line {
            value: fields.get(&name).to_string(),
            error: problems.at(&name).to_string(),
            name,
            label,
            kind,
        };
        let there = if person_id.is_empty() { "/people".to_string() } else { format!("/people/{person_id}") };
        Self {
            lines: known.chain(own).map(line).collect(),
            action: there.clone(),
            cancel: there,
            problems,
            person_id: person_id.to_string(),
        }
    }
}

#[derive(Template)]
#[template(path = "people/new.html")]
struct New {
    page: Layout,
    form: Form,
}

pub(crate) async fn new(Writer(current): Writer, query: Query) -> Result {
    let typed = [("email", query.get("email")), ("given_name", query.get("given_name"))];
    respond::page(&new_page(&current, &Fields::of(&typed), Problems::default()))
}

fn new_page(current: &Current, fields: &Fields, problems: Problems) -> New {
    New { page: current.layout(Place::People, "New person"), form: Form::new("", &[], fields, problems) }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let typed = fields.clone();
    let write = move |tx: &mut Tx<'_>| {
        let (input, defaults) = (input_of(tx, &typed, None)?, people::defaults(tx)?);
        let person = people::create(tx, &input, defaults)?;
        Ok((changes::of_newest(tx, &person.id)?, person))
    };
    match app.store.write(current.by(), write).await {
        Ok((undo, person)) => {
            let toast = Toast::done(format!("{} added", person.name)).undo(undo);
            Ok(respond::redirect_with(&format!("/people/{}", person.id), toast))
        }
        Err(error) => respond::invalid(&new_page(&current, &fields, Problems::of(error)?)),
    }
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let (sheet, company, words) = read(&app, id).await?;
    let fields = Fields::from_pairs(pairs(&sheet.person, company.as_deref(), &words));
    let form = form_of(&sheet.person, &fields, Problems::default());
    respond::page(&show::page(&current, sheet, Some(form)))
}

async fn read(app: &App, id: String) -> Result<(show::Sheet, Option<String>, Words)> {
    let read = move |snapshot: &mut Snapshot<'_>| {
        let sheet = show::read(snapshot, &id, false, &Query::default())?;
        let company = company_name(snapshot, &sheet.person)?;
        Ok((sheet, company, Words::read(snapshot)?))
    };
    Ok(app.store.read(read).await?)
}

fn company_name(snapshot: &mut Snapshot<'_>, person: &Person) -> Done<Option<String>> {
    let Some(id) = &person.company_id else { return Ok(None) };
    Ok(companies::many(snapshot, std::slice::from_ref(id))?.pop().map(|company| company.name))
}

fn form_of(person: &Person, fields: &Fields, problems: Problems) -> Form {
    let own: Vec<&str> = person.custom.keys().map(String::as_str).collect();
    Form::new(&person.id, &own, fields, problems)
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (person_id, typed) = (id.clone(), fields.clone());
    let write = move |tx: &mut Tx<'_>| {
        let before = people::get(tx, &person_id)?;
        let (input, defaults) = (input_of(tx, &typed, Some(&before))?, people::defaults(tx)?);
        let person = people::update(tx, &person_id, &input, defaults)?;
        Ok((person != before, changes::of_newest(tx, &person_id)?, person.name))
    };
    let there = format!("/people/{id}");
    match app.store.write(current.by(), write).await {
        Ok((false, ..)) => Ok(respond::redirect_with(&there, Toast::done("Nothing was different"))),
        Ok((true, undo, name)) => {
            Ok(respond::redirect_with(&there, Toast::done(format!("{name} saved")).undo(undo)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let (sheet, ..) = read(&app, id).await?;
            let form = form_of(&sheet.person, &fields, problems);
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
        let name = people::get(tx, &id)?.name;
        people::delete(tx, &id)?;
        Ok((name, changes::of_newest(tx, &id)?))
    };
    let (name, undo) = app.store.write(current.by(), write).await?;
    Ok(respond::redirect_with("/people", Toast::done(format!("{name} deleted")).undo(undo)))
}

pub(crate) async fn restore(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let there = changes::place_of(&id);
    let person = app.store.write(current.by(), move |tx| people::restore(tx, &id)).await?;
    Ok(respond::redirect_with(&there, Toast::done(format!("{} is back", person.name))))
}

/// The person's values as the form shows them.
fn pairs(person: &Person, company: Option<&str>, words: &Words) -> Vec<(String, String)> {
    let known = [
        ("given_name", person.given_name.clone()),
        ("family_name", person.family_name.clone()),
        ("email", person.email.clone()),
        ("phone", person.phone.clone()),
        ("company", company.map(str::to_string)),
        ("street", person.street.clone()),
        ("postcode", person.postcode.clone()),
        ("city", person.city.clone()),
        ("country", person.country.clone()),
        ("external_id", person.external_id.clone()),
        ("source", person.source.clone()),
        ("customer_since", person.customer_since.map(|at| words.date_field(at))),
        ("birthday", person.birthday.clone()),
        ("language", person.language.clone()),
    ];
    let known = known.into_iter().map(|(name, value)| (name.to_string(), value.unwrap_or_default()));
    let own = person.custom.iter().map(|(name, value)| (format!("custom.{name}"), value.clone()));
    known.chain(own).collect()
}

/// What was typed, as a person's input: only what differs from before, so that what came in stays known of the rest.
///
/// **Errors** at `company`, `customer_since` and `birthday`.
fn input_of(tx: &mut Tx<'_>, fields: &Fields, before: Option<&Person>) -> Done<Input> {
    let words = Words::read(tx)?;
    let company_before = before.map_or(Ok(None), |person| company_name(tx, person))?;
    let old = before.map_or_else(Vec::new, |person| pairs(person, company_before.as_deref(), &words));
    let was =
        |name: &str| old.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let changed = |name: &str| {
        fields
            .iter()
            .any(|(field, _)| field == name)
            .then(|| fields.trimmed(name).to_string())
            .filter(|v| v != was(name))
    };
    let mut problems = Vec::new();
    let mut date = |name: &str| match changed(name) {
        Some(text) if !text.is_empty() => match text.parse::<jiff::civil::Date>() {
            Ok(date) => Some((text, Some(micros_of_day(date)))),
            Err(_) => {
                let message = format!("“{text}” is no date such as 2026-01-31");
                problems.push(Problem { field: name.to_string(), message });
                None
            }
        },
        Some(text) => Some((text, None)),
        None => None,
    };
    let (birthday, since) = (date("birthday"), date("customer_since"));
    let company_id = match changed("company") {
        Some(name) if !name.is_empty() => match companies::by_name(tx, &name)? {
            Some(company) => Some(company.id),
            None => {
                let message = format!("there is no company “{name}” yet; add it first");
                problems.push(Problem { field: "company".to_string(), message });
                None
            }
        },
        other => other,
    };
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let own = fields.iter().filter_map(|(name, value)| Some((name, name.strip_prefix("custom.")?, value)));
    Ok(Input {
        external_id: changed("external_id"),
        name: changed("name"),
        given_name: changed("given_name"),
        family_name: changed("family_name"),
        email: changed("email"),
        phone: changed("phone"),
        company_id,
        street: changed("street"),
        postcode: changed("postcode"),
        city: changed("city"),
        country: changed("country"),
        birthday: birthday.map(|(text, _)| text),
        language: changed("language"),
        source: changed("source"),
        customer_since: since.and_then(|(_, at)| at),
        custom: own
            .filter(|(name, _, value)| value.trim() != was(name))
            .map(|(_, key, value)| (key.to_string(), value.to_string()))
            .collect(),
    })
}
