//! Merging two companies: which value of each field survives; their people move to the one that is kept.

use super::verbs::write;
use super::{Company, KIND, get};
use crate::merges::{self, Choices, Side};
use crate::{notes, people, tags};
use platform::events::{self, Entry};
use platform::store::{Snapshot, Tx};
use platform::{Error, Result};

/// The fields for which a side may be chosen, besides `custom.NAME`.
pub const MERGE_FIELDS: [&str; 12] = [
    "external_id",
    "name",
    "domain",
    "industry",
    "n_employees",
    "phone",
    "website",
    "street",
    "postcode",
    "city",
    "country",
    "source",
];

/// Merges `lost` into `kept`; returns the id of the merge, by which it can be taken back.
///
/// **Errors** at a choice that names no field; with [`Error::Conflict`] when one of the two is deleted or merged already.
pub fn merge(tx: &mut Tx<'_>, kept: &str, lost: &str, choices: &Choices) -> Result<String> {
    for field in choices.keys() {
        if !MERGE_FIELDS.contains(&field.as_str()) && !field.starts_with("custom.") {
            let known = MERGE_FIELDS.join(", ");
            return Err(Error::invalid(field, format!("there is no field “{field}”; there are {known}")));
        }
    }
    for id in [kept, lost] {
        let company = get(tx, id)?;
        if company.merged_into.is_some() || company.deleted_at.is_some() {
            return Err(Error::Conflict(format!("{} was deleted or merged already", company.name)));
        }
    }
    merges::carry_out(tx, KIND, (kept, lost), choices, |tx| perform(tx, (kept, lost), choices))
}

/// The company into which this one was merged in the end; the company itself where it was not.
pub fn survivor(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Company> {
    let mut company = get(snapshot, id)?;
    while let Some(into) = company.merged_into.clone() {
        company = get(snapshot, &into)?;
    }
    Ok(company)
}

/// Moves people, notes and tags to the kept company and unites the fields.
pub(crate) fn perform(tx: &mut Tx<'_>, (kept, lost): (&str, &str), choices: &Choices) -> Result<()> {
    people::move_to_company(tx, lost, kept)?;
    notes::adopt(tx, lost, kept)?;
    tags::adopt(tx, lost, kept)?;
    let (keeper, loser) = (get(tx, kept)?, get(tx, lost)?);
    let mut united = unite(&keeper, &loser, choices);
    united.updated_at = tx.now();
    let mut gone = loser.clone();
    gone.merged_into = Some(kept.to_string());
    gone.updated_at = tx.now();
    // Both numbers go on leading to the company: the kept one has one of them, the merged one the other.
    gone.external_id = None;
    write(tx, &gone)?;
    write(tx, &united)?;
    let taken = united.external_id == loser.external_id && loser.external_id.is_some();
    gone.external_id.clone_from(if taken { &keeper.external_id } else { &loser.external_id });
    write(tx, &gone)?;
    log(tx, "company.merged", &loser, &serde_json::json!({ "into": kept, "name": keeper.name }))?;
    log(tx, "company.absorbed", &keeper, &serde_json::json!({ "merged": lost, "name": loser.name }))
}

fn log(tx: &mut Tx<'_>, verb: &str, before: &Company, after: &serde_json::Value) -> Result<()> {
    let entry = Entry {
        verb,
        record_kind: KIND,
        record_id: &before.id,
        subject_id: &before.id,
        before: Some(serde_json::to_string(before)?),
        after: Some(after.to_string()),
    };
    events::append(tx, entry).map(drop)
}

/// The kept company with the surviving fields.
fn unite(kept: &Company, lost: &Company, choices: &Choices) -> Company {
    let mut united = kept.clone();
    let takes = |field: &str, by_rule: bool| choices.get(field).map_or(by_rule, |side| *side == Side::Lost);
    let mut raw = kept.raw.clone();
    let mut from_lost = |field: &str| match lost.raw.get(field) {
        Some(text) => drop(raw.insert(field.to_string(), text.clone())),
        None => drop(raw.remove(field)),
    };
    let address = [&kept.street, &kept.postcode, &kept.city];
    // Half of one address and half of another is no address.
    let no_address = address.iter().all(|part| part.is_none());
    let fields = [
        ("external_id", &mut united.external_id, &lost.external_id, true),
        ("domain", &mut united.domain, &lost.domain, true),
        ("industry", &mut united.industry, &lost.industry, true),
        ("phone", &mut united.phone, &lost.phone, true),
        ("website", &mut united.website, &lost.website, true),
        ("street", &mut united.street, &lost.street, no_address),
        ("postcode", &mut united.postcode, &lost.postcode, no_address),
        ("city", &mut united.city, &lost.city, no_address),
        ("country", &mut united.country, &lost.country, true),
        ("source", &mut united.source, &lost.source, true),
    ];
    for (field, mine, other, fill) in fields {
        if takes(field, fill && mine.is_none() && other.is_some()) {
            mine.clone_from(other);
            from_lost(field);
        }
    }
    if takes("n_employees", kept.n_employees.is_none() && lost.n_employees.is_some()) {
        united.n_employees = lost.n_employees;
        from_lost("n_employees");
    }
    if takes("name", false) {
        united.name.clone_from(&lost.name);
        from_lost("name");
    }
    for (key, value) in &lost.custom {
        let chosen = choices.get(&format!("custom.{key}")) == Some(&Side::Lost);
        if chosen || !united.custom.contains_key(key) {
            united.custom.insert(key.clone(), value.clone());
        }
    }
    united.raw = raw;
    united
}
