//! Finding people by id, by the keys under which others know them, and by a few typed letters.

use super::{COLUMNS, Person, read};
use crate::values::fold::fold;
use platform::store::{Param, Snapshot};
use platform::{Error, Result, params};

fn select(condition: &str) -> String {
    format!("SELECT {} FROM people WHERE {condition}", COLUMNS.join(", "))
}

/// The person, deleted and merged ones included.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Person> {
    snapshot.first(&select("id = $1"), &params![id], read)?.ok_or_else(|| Error::missing("person", id))
}

/// The people with these ids, in no order; unknown ids are left out.
pub fn many(snapshot: &mut Snapshot<'_>, ids: &[String]) -> Result<Vec<Person>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(200) {
        let params: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(id.as_str().into())).collect();
        found.extend(snapshot.query(
            &select(&format!("id IN ({})", crate::image::places(chunk.len()))),
            &params,
            read,
        )?);
    }
    Ok(found)
}

pub fn by_external_id(snapshot: &mut Snapshot<'_>, number: &str) -> Result<Option<Person>> {
    snapshot.first(&select("external_id = $1"), &params![number], read)
}

/// The oldest present person with this e-mail address, whatever its case; where there is none, the one into whom somebody
/// with it was merged.
pub fn by_email(snapshot: &mut Snapshot<'_>, email: &str) -> Result<Option<Person>> {
    oldest(snapshot, "email_key", &email.to_lowercase())
}

/// The oldest present person with this phone number in E.164; where there is none, the one into whom somebody with it was
/// merged.
pub fn by_phone(snapshot: &mut Snapshot<'_>, phone: &str) -> Result<Option<Person>> {
    oldest(snapshot, "phone", phone)
}

fn oldest(snapshot: &mut Snapshot<'_>, column: &str, value: &str) -> Result<Option<Person>> {
    let condition = format!(
        "{column} = $1 AND deleted_at IS NULL ORDER BY CASE WHEN merged_into IS NULL THEN 0 ELSE 1 END, id LIMIT 1"
    );
    match snapshot.first(&select(&condition), &params![value], read)? {
        Some(person) if person.merged_into.is_some() => {
            Ok(Some(super::survivor(snapshot, &person.id)?).filter(Person::is_present))
        }
        found => Ok(found),
    }
}

/// People whose name, family name, e-mail address, phone or customer number begins with the typed letters.
///
/// Every word after the first must appear in the name as well.
pub fn search(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Result<Vec<Person>> {
    let folded = fold(typed);
    let mut found: Vec<Person> = Vec::new();
    let tries = [
        ("name_key", folded.clone()),
        ("family_key", folded),
        ("email_key", typed.trim().to_lowercase()),
        ("phone", typed.split_whitespace().collect()),
        ("external_id", typed.trim().to_string()),
    ];
    for (column, prefix) in tries {
        if prefix.is_empty() || found.len() >= limit {
            continue;
        }
        let condition = format!(
            "{column} >= $1 AND {column} < $2 AND merged_into IS NULL AND deleted_at IS NULL ORDER BY {column}, id LIMIT $3"
        );
        // U+10FFFF sorts after every character that a key can hold.
        let end = format!("{prefix}\u{10ffff}");
        for person in snapshot.query(&select(&condition), &params![prefix, end, limit as i64], read)? {
            if found.len() < limit && found.iter().all(|other| other.id != person.id) {
                found.push(person);
            }
        }
    }
    Ok(found)
}

/// The countries in which people live, by code.
pub fn countries(snapshot: &mut Snapshot<'_>) -> Result<Vec<String>> {
    // Each step seeks the next country in the index, so that it takes as long as there are countries, not people.
    snapshot.query(
        "WITH RECURSIVE found (country) AS (
           SELECT min(country) FROM people
           UNION ALL
           SELECT (SELECT min(country) FROM people WHERE country > found.country) FROM found
           WHERE found.country IS NOT NULL)
         SELECT country FROM found WHERE country IS NOT NULL ORDER BY country",
        &[],
        |row| row.get(0),
    )
}

/// What the people of a company come to.
///
/// **Units.** `revenue_minor` in minor units of the workspace's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub n_people: i64,
    pub n_orders: i64,
    pub revenue_minor: i64,
}

/// What the present people of a company have bought, together.
pub fn totals_of_company(snapshot: &mut Snapshot<'_>, company_id: &str) -> Result<Totals> {
    snapshot.one(
        "SELECT count(*), CAST(coalesce(sum(n_orders), 0) AS BIGINT), CAST(coalesce(sum(revenue_minor), 0) AS BIGINT)
         FROM people WHERE company_id = $1 AND merged_into IS NULL AND deleted_at IS NULL",
        &params![company_id],
        |row| Ok(Totals { n_people: row.get(0)?, n_orders: row.get(1)?, revenue_minor: row.get(2)? }),
    )
}
