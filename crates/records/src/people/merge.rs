//! Merging two people: which value of each field survives, and what moves to the one who is kept.
//!
//! A field is taken from where somebody chose; else it is the kept person's, or where that is empty the other's. A denied
//! consent on either side stays denied. How a merge is recorded and taken back is in `merges`.

use super::verbs::{display_name, write};
use super::{KIND, Person, get, save};
use crate::consents::{self, State, Statement};
use crate::merges::{self, Choices, Side};
use crate::values::fold::fold;
use crate::{notes, orders, tags};
use platform::events::{self, Entry};
use platform::store::{Snapshot, Tx};
use platform::{Error, Result, params};

/// The fields for which a side may be chosen, besides `custom.NAME`. `name` is given and family name together.
pub const MERGE_FIELDS: [&str; 13] = [
    "external_id",
    "name",
    "email",
    "phone",
    "company_id",
    "street",
    "postcode",
    "city",
    "country",
    "birthday",
    "language",
    "source",
    "customer_since",
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
        let person = get(tx, id)?;
        if !person.is_present() {
            return Err(Error::Conflict(format!("{} was deleted or merged already", person.name)));
        }
    }
    merges::carry_out(tx, KIND, (kept, lost), choices, |tx| perform(tx, (kept, lost), choices))
}

/// The person into whom this one was merged in the end; the person itself where it was not.
pub fn survivor(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Person> {
    let mut person = get(snapshot, id)?;
    while let Some(into) = person.merged_into.clone() {
        person = get(snapshot, &into)?;
    }
    Ok(person)
}

/// Moves everything to the kept person and unites the fields.
pub(crate) fn perform(tx: &mut Tx<'_>, (kept, lost): (&str, &str), choices: &Choices) -> Result<()> {
    orders::reassign(tx, lost, kept)?;
    notes::adopt(tx, lost, kept)?;
    tags::adopt(tx, lost, kept)?;
    unite_consents(tx, kept, lost)?;
    let (keeper, loser) = (get(tx, kept)?, get(tx, lost)?);
    let mut united = unite(&keeper, &loser, choices);
    united.updated_at = tx.now();
    let mut gone = loser.clone();
    gone.merged_into = Some(kept.to_string());
    gone.updated_at = tx.now();
    // Both numbers go on leading to the person: the kept one has one of them, the merged one the other.
    gone.external_id = None;
    write(tx, &gone)?;
    write(tx, &united)?;
    if united.external_id == loser.external_id && loser.external_id.is_some() {
        gone.external_id.clone_from(&keeper.external_id);
    } else {
        gone.external_id.clone_from(&loser.external_id);
    }
    write(tx, &gone)?;
    log(tx, "person.merged", &loser, &serde_json::json!({ "into": kept, "name": keeper.name }))?;
    log(tx, "person.absorbed", &keeper, &serde_json::json!({ "merged": lost, "name": loser.name }))
}

fn log(tx: &mut Tx<'_>, verb: &str, before: &Person, after: &serde_json::Value) -> Result<()> {
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

/// The most restrictive of both: what either denied is denied; the later time counts, so that no older statement that
/// comes in again loosens it.
fn unite_consents(tx: &mut Tx<'_>, kept: &str, lost: &str) -> Result<()> {
    let known = consents::of_person(tx, kept)?;
    for consent in consents::of_person(tx, lost)? {
        let same = |k: &&consents::Consent| k.purpose == consent.purpose && k.channel == consent.channel;
        let both = match known.iter().find(same) {
            Some(mine) => {
                let strict = if mine.state == State::Denied { mine } else { &consent };
                let stated_at = mine.stated_at.max(consent.stated_at);
                consents::Consent { stated_at, ..strict.clone() }
            }
            None => consent,
        };
        let statement = Statement {
            person_id: kept,
            purpose: &both.purpose,
            channel: &both.channel,
            state: both.state,
            lawful_basis: both.lawful_basis,
            source: both.source.as_deref(),
            stated_at: both.stated_at,
        };
        consents::state(tx, &statement)?;
    }
    Ok(())
}

/// The kept person with the surviving fields.
fn unite(kept: &Person, lost: &Person, choices: &Choices) -> Person {
    let mut united = kept.clone();
    let mut pick = Pick { choices, raw: &mut united.raw, lost };
    pick.field("external_id", &mut united.external_id, &lost.external_id);
    pick.field("email", &mut united.email, &lost.email);
    pick.field("phone", &mut united.phone, &lost.phone);
    pick.field("company_id", &mut united.company_id, &lost.company_id);
    pick.field("birthday", &mut united.birthday, &lost.birthday);
    pick.field("language", &mut united.language, &lost.language);
    pick.field("source", &mut united.source, &lost.source);
    // Half of one address and half of another is no address.
    let address = |p: &Person| [p.street.clone(), p.postcode.clone(), p.city.clone(), p.country.clone()];
    let fill = agree(&address(kept), &address(lost));
    pick.address("street", &mut united.street, &lost.street, fill);
    pick.address("postcode", &mut united.postcode, &lost.postcode, fill);
    pick.address("city", &mut united.city, &lost.city, fill);
    pick.address("country", &mut united.country, &lost.country, fill);
    if pick.takes("name", kept.given_name.is_none() && kept.family_name.is_none()) {
        pick.raw_text("name");
        united.given_name.clone_from(&lost.given_name);
        united.family_name.clone_from(&lost.family_name);
    }
    united.customer_since = match choices.get("customer_since") {
        Some(Side::Kept) => kept.customer_since,
        Some(Side::Lost) => lost.customer_since,
        None => [kept.customer_since, lost.customer_since].into_iter().flatten().min(),
    };
    for (key, value) in &lost.custom {
        let chosen = choices.get(&format!("custom.{key}")) == Some(&Side::Lost);
        if chosen || !united.custom.contains_key(key) {
            united.custom.insert(key.clone(), value.clone());
        }
    }
    united.name = display_name(&united);
    united
}

/// Whether no part of one address contradicts the other.
fn agree(kept: &[Option<String>], lost: &[Option<String>]) -> bool {
    kept.iter().zip(lost).all(|pair| match pair {
        (Some(mine), Some(other)) => fold(mine) == fold(other),
        _ => true,
    })
}

/// Chooses fields of the person who is merged, with the texts as they came in.
struct Pick<'a> {
    choices: &'a Choices,
    raw: &'a mut std::collections::BTreeMap<String, String>,
    lost: &'a Person,
}

impl Pick<'_> {
    fn takes(&self, field: &str, by_rule: bool) -> bool {
        self.choices.get(field).map_or(by_rule, |side| *side == Side::Lost)
    }

    fn field(&mut self, field: &str, kept: &mut Option<String>, lost: &Option<String>) {
        self.address(field, kept, lost, true);
    }

    fn address(&mut self, field: &str, kept: &mut Option<String>, lost: &Option<String>, fill: bool) {
        if self.takes(field, fill && kept.is_none() && lost.is_some()) {
            kept.clone_from(lost);
            self.raw_text(field);
        }
    }

    fn raw_text(&mut self, field: &str) {
        match self.lost.raw.get(field) {
            Some(text) => drop(self.raw.insert(field.to_string(), text.clone())),
            None => drop(self.raw.remove(field)),
        }
    }
}

/// Brings the name that follows from given and family name up to date, where a later change of one of them stayed.
pub(crate) fn name_anew(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let person = get(tx, id)?;
    let name = display_name(&person);
    if name != person.name {
        write(tx, &Person { name, ..person })?;
    }
    Ok(())
}

/// Gives the people of one company to another, as merging two companies does; returns how many.
pub(crate) fn move_to_company(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<usize> {
    let ids: Vec<String> =
        tx.query("SELECT id FROM people WHERE company_id = $1 ORDER BY id", &params![from], |row| {
            row.get(0)
        })?;
    for id in &ids {
        let before = get(tx, id)?;
        let after = Person { company_id: Some(to.to_string()), updated_at: tx.now(), ..before.clone() };
        save(tx, Some(&before), &after)?;
    }
    Ok(ids.len())
}
