//! The verbs on a person: create, update, delete, restore, and the undoing of one of them.

use super::{COLUMNS, Defaults, Input, KIND, Person, apply, find, row_of};
use crate::values::fold::fold;
use crate::{consents, image, notes, orders, tags};
use platform::events::{self, Entry, Event};
use platform::store::{Param, Tx};
use platform::{Error, Problem, Result, params};

/// Adds a person.
///
/// **Errors** at every field that cannot be read, and when there is nothing to know the person by.
pub fn create(tx: &mut Tx<'_>, input: &Input, defaults: Defaults) -> Result<Person> {
    let mut person =
        Person { id: tx.new_id("per"), created_at: tx.now(), updated_at: tx.now(), ..Person::default() };
    let mut outcome = apply(&mut person, input, defaults);
    outcome.problems.extend(unknown_company(tx, &person, input)?);
    refuse(&person, outcome.problems)?;
    save(tx, None, &person)?;
    Ok(person)
}

/// Changes the fields that the input names.
///
/// **Errors** at every field that cannot be read; nothing is changed then.
pub fn update(tx: &mut Tx<'_>, id: &str, input: &Input, defaults: Defaults) -> Result<Person> {
    let before = find::get(tx, id)?;
    let mut person = before.clone();
    let mut outcome = apply(&mut person, input, defaults);
    outcome.problems.extend(unknown_company(tx, &person, input)?);
    refuse(&person, outcome.problems)?;
    if outcome.changed {
        person.updated_at = tx.now();
        save(tx, Some(&before), &person)?;
    }
    Ok(person)
}

/// The problem of an input that names a company which is not there.
fn unknown_company(tx: &mut Tx<'_>, person: &Person, input: &Input) -> Result<Option<Problem>> {
    let (Some(_), Some(id)) = (&input.company_id, &person.company_id) else { return Ok(None) };
    match crate::companies::get(tx, id) {
        Ok(company) if company.deleted_at.is_none() => Ok(None),
        Ok(_) | Err(Error::Missing { .. }) => Ok(Some(Problem {
            field: "company_id".to_string(),
            message: format!("there is no company {id}"),
        })),
        Err(other) => Err(other),
    }
}

fn refuse(person: &Person, mut problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() && person.name.is_empty() {
        problems.push(Problem {
            field: "name".to_string(),
            message: "a person needs a name, an e-mail address, a phone number or a customer number"
                .to_string(),
        });
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// Hides the person from lists and analyses; orders stay.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let before = find::get(tx, id)?;
    let person = Person { deleted_at: Some(tx.now()), updated_at: tx.now(), ..before.clone() };
    write(tx, &person)?;
    log(tx, "person.deleted", Some(&before), &person)
}

/// Brings a deleted person back.
pub fn restore(tx: &mut Tx<'_>, id: &str) -> Result<Person> {
    let before = find::get(tx, id)?;
    let person = Person { deleted_at: None, updated_at: tx.now(), ..before.clone() };
    write(tx, &person)?;
    log(tx, "person.restored", Some(&before), &person)?;
    Ok(person)
}

/// Writes a person that was created (`before` is None) or changed, and its event.
pub fn save(tx: &mut Tx<'_>, before: Option<&Person>, person: &Person) -> Result<()> {
    if before.is_some() {
        write(tx, person)?;
        return log(tx, "person.updated", before, person);
    }
    tx.insert_rows("people", COLUMNS, "", &row_of(person)?).map_err(|error| taken(error, person))?;
    log(tx, "person.created", None, person)
}

/// Adds many new people at once, each with its event.
pub fn insert_many(tx: &mut Tx<'_>, people: &[Person]) -> Result<()> {
    let mut rows: Vec<Param<'_>> = Vec::with_capacity(people.len() * COLUMNS.len());
    for person in people {
        rows.extend(row_of(person)?);
    }
    tx.insert_rows("people", COLUMNS, "", &rows)?;
    people.iter().try_for_each(|person| log(tx, "person.created", None, person))
}

fn taken(error: Error, person: &Person) -> Error {
    match (&error, &person.external_id) {
        (Error::Conflict(_), Some(number)) => {
            Error::invalid("external_id", format!("another person has the number {number}"))
        }
        _ => error,
    }
}

pub(super) fn write(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let assignments: Vec<String> =
        COLUMNS.iter().enumerate().skip(1).map(|(i, column)| format!("{column} = ${}", i + 1)).collect();
    let sql = format!("UPDATE people SET {} WHERE id = $1", assignments.join(", "));
    let n = tx.execute(&sql, &row_of(person)?).map_err(|error| taken(error, person))?;
    if n == 1 { Ok(()) } else { Err(Error::missing("person", &person.id)) }
}

fn log(tx: &mut Tx<'_>, verb: &str, before: Option<&Person>, person: &Person) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let id = person.id.as_str();
    events::append(
        tx,
        Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after: None },
    )?;
    Ok(())
}

/// Takes back one event on a person: the person is as it was before, or gone if the event created it.
///
/// **Errors** with a conflict when somebody changed the person after the event.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = image::if_there(find::get(tx, &event.record_id))?;
    let name = now.as_ref().map_or(event.record_id.as_str(), |person| person.name.as_str());
    image::refuse_if_overtaken(tx, event, &event.subject_id, name)?;
    match (&event.before_json, &now) {
        (None, _) => {
            refuse_if_anything_stands_on(tx, &event.record_id, name)?;
            tx.execute("DELETE FROM people WHERE id = $1", &params![event.record_id])?;
        }
        (Some(before), None) => {
            let before: Person = serde_json::from_str(before)?;
            tx.insert_rows("people", COLUMNS, "", &row_of(&before)?)?;
        }
        (Some(before), Some(now)) => {
            let before: Person = serde_json::from_str(before)?;
            // What the person bought is not part of what the event changed.
            let person = Person {
                n_orders: now.n_orders,
                revenue_minor: now.revenue_minor,
                first_order_at: now.first_order_at,
                last_order_at: now.last_order_at,
                ..before
            };
            write(tx, &person)?;
        }
    }
    let current = now.map(|now| serde_json::to_string(&now)).transpose()?;
    events::append_undone(tx, event, &event.subject_id, current).map(drop)
}

/// A person with orders, notes, tags or consents is not taken away under them.
fn refuse_if_anything_stands_on(tx: &mut Tx<'_>, id: &str, name: &str) -> Result<()> {
    let stands = [
        ("orders", !orders::of_person(tx, id, None, 1)?.is_empty()),
        ("notes", !notes::of_record(tx, id, None, 1)?.is_empty()),
        ("tags", !tags::of_record(tx, id)?.is_empty()),
        ("consents", !consents::of_person(tx, id)?.is_empty()),
    ];
    match stands.iter().find(|(_, there)| *there) {
        None => Ok(()),
        Some((what, _)) => Err(Error::Conflict(format!("{name} has {what}; the person stays"))),
    }
}

/// The folded texts by which a person is found and sorted.
pub(super) struct Keys {
    pub(super) name: String,
    pub(super) family: String,
    pub(super) email: Option<String>,
}

pub(super) fn keys(person: &Person) -> Keys {
    let family = format!(
        "{} {}",
        person.family_name.as_deref().unwrap_or(&person.name),
        person.given_name.as_deref().unwrap_or_default()
    );
    Keys {
        name: fold(&person.name),
        family: fold(&family),
        email: person.email.as_ref().map(|email| email.to_lowercase()),
    }
}

/// What to call a person: the names, else the e-mail address, phone or customer number.
pub(super) fn display_name(person: &Person) -> String {
    match (&person.given_name, &person.family_name) {
        (Some(given), Some(family)) => format!("{given} {family}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => {
            let other = person.email.as_ref().or(person.phone.as_ref()).cloned();
            other
                .or_else(|| person.external_id.as_ref().map(|number| format!("No. {number}")))
                .unwrap_or_default()
        }
    }
}
