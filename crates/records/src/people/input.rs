//! What somebody types or a file holds about a person, and how it becomes a person: trimmed, checked, normalised.

use super::{Person, verbs};
use crate::field_writer::{FieldWriter, write_custom};
use crate::values::{country, email, person_name, phone};
use platform::store::Snapshot;
use platform::{Micros, Problem, Result, settings};
use std::collections::BTreeMap;

/// Fields as they came. None leaves a field as it is; an empty text clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub external_id: Option<String>,
    /// The whole name in one field; `given_name` and `family_name` go before it.
    pub name: Option<String>,
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub company_id: Option<String>,
    pub street: Option<String>,
    pub postcode: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    /// `YYYY-MM-DD`; who reads a file brings its dates into this form.
    pub birthday: Option<String>,
    pub language: Option<String>,
    pub source: Option<String>,
    pub customer_since: Option<Micros>,
    pub custom: BTreeMap<String, String>,
}

/// What the workspace assumes where a value does not say it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Defaults {
    /// The country of a phone number without a country code.
    pub country: Option<country::Country>,
}

/// The workspace's assumptions, from its settings.
pub fn defaults(snapshot: &mut Snapshot<'_>) -> Result<Defaults> {
    let code: Option<String> = settings::get(snapshot, "default_country")?;
    Ok(Defaults { country: code.as_deref().and_then(country::Country::from_alpha2) })
}

/// What came of applying an input: whether the person changed, and the fields that could not be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    pub changed: bool,
    /// A field that could not be read keeps its old value; the text that came is kept in `raw`.
    pub problems: Vec<Problem>,
}

/// Puts the input's fields into the person.
pub fn apply(person: &mut Person, input: &Input, defaults: Defaults) -> Outcome {
    let before = person.clone();
    let mut problems = Vec::new();
    let mut writer = FieldWriter { raw: &mut person.raw, problems: &mut problems };
    writer.plain("external_id", &mut person.external_id, &input.external_id);
    writer.plain("company_id", &mut person.company_id, &input.company_id);
    writer.plain("street", &mut person.street, &input.street);
    writer.plain("postcode", &mut person.postcode, &input.postcode);
    writer.plain("city", &mut person.city, &input.city);
    writer.plain("birthday", &mut person.birthday, &input.birthday);
    writer.plain("language", &mut person.language, &input.language);
    writer.plain("source", &mut person.source, &input.source);
    writer.parsed("email", &mut person.email, &input.email, |text| {
        email::parse(text).map(|email| email.address().to_string()).map_err(|problem| problem.to_string())
    });
    writer.parsed("country", &mut person.country, &input.country, |text| {
        country::parse(text)
            .map(|country| country.alpha2().to_string())
            .map_err(|problem| problem.to_string())
    });
    let home = person.country.as_deref().and_then(country::Country::from_alpha2).or(defaults.country);
    writer.parsed("phone", &mut person.phone, &input.phone, |text| {
        phone::parse(text, home).map(|phone| phone.e164().to_string()).map_err(|problem| problem.to_string())
    });
    if input.customer_since.is_some() {
        person.customer_since = input.customer_since;
    }
    write_custom(&mut person.custom, &input.custom);
    apply_name(person, input, &mut problems);
    let raw = std::mem::replace(&mut person.raw, before.raw.clone());
    let changed = *person != before;
    // Another spelling of the same values is no change; the text that came first stays.
    if changed || !problems.is_empty() {
        person.raw = raw;
    }
    Outcome { changed: *person != before, problems }
}

/// The names: out of their own fields, or out of one field that holds the whole name.
fn apply_name(person: &mut Person, input: &Input, problems: &mut Vec<Problem>) {
    let parts = input.given_name.is_some() || input.family_name.is_some();
    let given = input.given_name.as_ref().or(person.given_name.as_ref()).cloned().unwrap_or_default();
    let family = input.family_name.as_ref().or(person.family_name.as_ref()).cloned().unwrap_or_default();
    let typed = match &input.name {
        Some(whole) if !parts => whole.clone(),
        _ => format!("{given} {family}"),
    };
    let read = match &input.name {
        _ if typed.trim().is_empty() => Ok(person_name::PersonName::default()),
        Some(whole) if !parts => person_name::parse(whole),
        _ if parts => person_name::from_parts(&given, &family),
        _ => return person.name = verbs::display_name(person),
    };
    match read {
        Ok(name) => {
            person.given_name = Some(name.given).filter(|given| !given.is_empty());
            person.family_name = Some(name.family).filter(|family| !family.is_empty());
        }
        Err(problem) => problems.push(Problem { field: "name".to_string(), message: problem.to_string() }),
    }
    person.name = verbs::display_name(person);
    if typed.trim().is_empty() || typed == person.name {
        person.raw.remove("name");
    } else {
        person.raw.insert("name".to_string(), typed);
    }
}
