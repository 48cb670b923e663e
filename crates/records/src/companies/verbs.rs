//! The verbs on a company and how companies are found.

use super::{Company, Input, KIND, Page};
use crate::field_writer::{FieldWriter, write_custom};
use crate::image;
use crate::people::{Defaults, Outcome};
use crate::values::{company_name, country, fold, phone};
use platform::events::{self, Entry, Event};
use platform::store::{Param, Row, Snapshot, Tx};
use platform::{Error, Problem, Result, params};

pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "external_id",
    "name",
    "name_key",
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
    "raw_json",
    "custom_json",
    "created_at",
    "updated_at",
    "merged_into",
    "deleted_at",
];

fn row_of(c: &Company) -> Result<Vec<Param<'static>>> {
    let (raw, custom) = (crate::json_or_null(&c.raw)?, crate::json_or_null(&c.custom)?);
    Ok(params![
        c.id,
        c.external_id,
        c.name,
        key(&c.name),
        c.domain,
        c.industry,
        c.n_employees,
        c.phone,
        c.website,
        c.street,
        c.postcode,
        c.city,
        c.country,
        c.source,
        raw,
        custom,
        c.created_at,
        c.updated_at,
        c.merged_into,
        c.deleted_at,
    ]
    .map(Param::into_owned)
    .into())
}

/// The text by which a company is found and compared: folded, without its legal form.
fn key(name: &str) -> String {
    company_name::parse(name).map_or_else(|_| fold::fold(name), |name| name.key().to_string())
}

fn read(row: &Row<'_>) -> Result<Company> {
    Ok(Company {
        id: row.get(0)?,
        external_id: row.get(1)?,
        name: row.get(2)?,
        domain: row.get(4)?,
        industry: row.get(5)?,
        n_employees: row.get(6)?,
        phone: row.get(7)?,
        website: row.get(8)?,
        street: row.get(9)?,
        postcode: row.get(10)?,
        city: row.get(11)?,
        country: row.get(12)?,
        source: row.get(13)?,
        raw: crate::from_json(row.text(14)?)?,
        custom: crate::from_json(row.text(15)?)?,
        created_at: row.get(16)?,
        updated_at: row.get(17)?,
        merged_into: row.get(18)?,
        deleted_at: row.get(19)?,
    })
}

/// Puts the input's fields into the company.
pub fn apply(company: &mut Company, input: &Input, defaults: Defaults) -> Outcome {
    let before = company.clone();
    let mut problems = Vec::new();
    let mut name = Some(company.name.clone()).filter(|name| !name.is_empty());
    let mut writer = FieldWriter { raw: &mut company.raw, problems: &mut problems };
    writer.parsed("name", &mut name, &input.name, |text| {
        company_name::parse(text).map(|name| name.name().to_string()).map_err(|problem| problem.to_string())
    });
    writer.plain("external_id", &mut company.external_id, &input.external_id);
    writer.plain("industry", &mut company.industry, &input.industry);
    writer.plain("website", &mut company.website, &input.website);
    writer.plain("street", &mut company.street, &input.street);
    writer.plain("postcode", &mut company.postcode, &input.postcode);
    writer.plain("city", &mut company.city, &input.city);
    writer.plain("source", &mut company.source, &input.source);
    writer.parsed("domain", &mut company.domain, &input.domain, domain);
    writer.parsed("n_employees", &mut company.n_employees, &input.n_employees, |text| {
        text.parse::<i64>().map_err(|_| format!("“{text}” is no number of employees"))
    });
    writer.parsed("country", &mut company.country, &input.country, |text| {
        country::parse(text)
            .map(|country| country.alpha2().to_string())
            .map_err(|problem| problem.to_string())
    });
    let home = company.country.as_deref().and_then(country::Country::from_alpha2).or(defaults.country);
    writer.parsed("phone", &mut company.phone, &input.phone, |text| {
        phone::parse(text, home).map(|phone| phone.e164().to_string()).map_err(|problem| problem.to_string())
    });
    company.name = name.unwrap_or_default();
    write_custom(&mut company.custom, &input.custom);
    let raw = std::mem::replace(&mut company.raw, before.raw.clone());
    let changed = *company != before;
    // Another spelling of the same values is no change; the text that came first stays.
    if changed || !problems.is_empty() {
        company.raw = raw;
    }
    Outcome { changed: *company != before, problems }
}

/// `https://www.Example.com/shop` and `Example.com` are both `example.com`.
fn domain(text: &str) -> std::result::Result<String, String> {
    let lower = text.to_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let plausible = host.contains('.') && !host.contains(char::is_whitespace) && !host.contains('@');
    if plausible {
        Ok(host.to_string())
    } else {
        Err(format!("“{text}” is no domain such as example.com"))
    }
}

/// Adds a company.
///
/// **Errors** at every field that cannot be read, and when it has no name.
pub fn create(tx: &mut Tx<'_>, input: &Input, defaults: Defaults) -> Result<Company> {
    let now = tx.now();
    let mut company =
        Company { id: tx.new_id("com"), created_at: now, updated_at: now, ..Company::default() };
    let outcome = apply(&mut company, input, defaults);
    refuse(&company, outcome.problems)?;
    save(tx, None, &company)?;
    Ok(company)
}

/// Changes the fields that the input names.
pub fn update(tx: &mut Tx<'_>, id: &str, input: &Input, defaults: Defaults) -> Result<Company> {
    let before = get(tx, id)?;
    let mut company = before.clone();
    let outcome = apply(&mut company, input, defaults);
    refuse(&company, outcome.problems)?;
    if outcome.changed {
        company.updated_at = tx.now();
        save(tx, Some(&before), &company)?;
    }
    Ok(company)
}

fn refuse(company: &Company, mut problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() && company.name.is_empty() {
        problems.push(Problem { field: "name".to_string(), message: "a company needs a name".to_string() });
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// Writes a company that was created (`before` is None) or changed, and its event.
pub fn save(tx: &mut Tx<'_>, before: Option<&Company>, company: &Company) -> Result<()> {
    if before.is_none() {
        return insert_many(tx, std::slice::from_ref(company));
    }
    write(tx, company)?;
    log(tx, "company.updated", before, company)
}

/// Adds many new companies at once, each with its event.
pub fn insert_many(tx: &mut Tx<'_>, companies: &[Company]) -> Result<()> {
    let mut rows: Vec<Param<'_>> = Vec::with_capacity(companies.len() * COLUMNS.len());
    for company in companies {
        rows.extend(row_of(company)?);
    }
    tx.insert_rows("companies", COLUMNS, "", &rows)?;
    companies.iter().try_for_each(|company| log(tx, "company.created", None, company))
}

pub(super) fn write(tx: &mut Tx<'_>, company: &Company) -> Result<()> {
    let assignments: Vec<String> =
        COLUMNS.iter().enumerate().skip(1).map(|(i, column)| format!("{column} = ${}", i + 1)).collect();
    let n = tx.execute(
        &format!("UPDATE companies SET {} WHERE id = $1", assignments.join(", ")),
        &row_of(company)?,
    )?;
    if n == 1 { Ok(()) } else { Err(Error::missing("company", &company.id)) }
}

/// Hides the company; its people stay.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let before = get(tx, id)?;
    let company = Company { deleted_at: Some(tx.now()), updated_at: tx.now(), ..before.clone() };
    write(tx, &company)?;
    log(tx, "company.deleted", Some(&before), &company)
}

/// Brings a deleted company back.
pub fn restore(tx: &mut Tx<'_>, id: &str) -> Result<Company> {
    let before = get(tx, id)?;
    let company = Company { deleted_at: None, updated_at: tx.now(), ..before.clone() };
    write(tx, &company)?;
    log(tx, "company.restored", Some(&before), &company)?;
    Ok(company)
}

fn log(tx: &mut Tx<'_>, verb: &str, before: Option<&Company>, company: &Company) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let id = company.id.as_str();
    events::append(
        tx,
        Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after: None },
    )?;
    Ok(())
}

/// Takes back one event on a company: it is as it was before, or gone if the event created it.
///
/// **Errors** with a conflict when somebody changed the company after the event.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = image::if_there(get(tx, &event.record_id))?;
    let name = now.as_ref().map_or(event.record_id.as_str(), |company| company.name.as_str());
    image::refuse_if_overtaken(tx, event, &event.subject_id, name)?;
    match (&event.before_json, &now) {
        (None, _) => {
            tx.execute("DELETE FROM companies WHERE id = $1", &params![event.record_id])?;
        }
        (Some(before), None) => {
            let before: Company = serde_json::from_str(before)?;
            tx.insert_rows("companies", COLUMNS, "", &row_of(&before)?)?;
        }
        (Some(before), Some(_)) => write(tx, &serde_json::from_str(before)?)?,
    }
    let current = now.map(|now| serde_json::to_string(&now)).transpose()?;
    events::append_undone(tx, event, &event.subject_id, current).map(drop)
}

fn select(condition: &str) -> String {
    format!("SELECT {} FROM companies WHERE {condition}", COLUMNS.join(", "))
}

const PRESENT: &str = "merged_into IS NULL AND deleted_at IS NULL";

/// The company, deleted and merged ones included.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Company> {
    snapshot.first(&select("id = $1"), &params![id], read)?.ok_or_else(|| Error::missing("company", id))
}

/// The companies with these ids, in no order; unknown ids are left out.
pub fn many(snapshot: &mut Snapshot<'_>, ids: &[String]) -> Result<Vec<Company>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let params: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(id.as_str().into())).collect();
        let condition = format!("id IN ({})", image::places(chunk.len()));
        found.extend(snapshot.query(&select(&condition), &params, read)?);
    }
    Ok(found)
}

/// Ids asked for in one statement.
const IDS_AT_ONCE: usize = 200;

pub fn by_external_id(snapshot: &mut Snapshot<'_>, number: &str) -> Result<Option<Company>> {
    snapshot.first(&select("external_id = $1"), &params![number], read)
}

/// The oldest present company with this name, whatever its spelling and legal form; where there is none, the one into which
/// a company with it was merged.
pub fn by_name(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Option<Company>> {
    let condition = "name_key = $1 AND deleted_at IS NULL
         ORDER BY CASE WHEN merged_into IS NULL THEN 0 ELSE 1 END, id LIMIT 1";
    match snapshot.first(&select(condition), &params![key(name)], read)? {
        Some(company) if company.merged_into.is_some() => {
            Ok(Some(super::survivor(snapshot, &company.id)?).filter(|kept| kept.deleted_at.is_none()))
        }
        found => Ok(found),
    }
}

/// Companies whose name begins with the typed letters.
pub fn search(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Result<Vec<Company>> {
    let prefix = fold::fold(typed);
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    let end = format!("{prefix}\u{10ffff}");
    let condition = format!("name_key >= $1 AND name_key < $2 AND {PRESENT} ORDER BY name_key, id LIMIT $3");
    snapshot.query(&select(&condition), &params![prefix, end, limit as i64], read)
}

/// One page of the companies by name, after the cursor of the page before; `prefix` narrows to names that begin so.
pub fn list(snapshot: &mut Snapshot<'_>, prefix: &str, after: Option<&str>, limit: usize) -> Result<Page> {
    let prefix = fold::fold(prefix);
    let (id, name) = after.and_then(|after| after.split_once('.')).unwrap_or_default();
    let condition = format!(
        "(name_key, id) > ($1, $2) AND name_key >= $3 AND name_key < $4 AND {PRESENT} ORDER BY name_key, id LIMIT $5"
    );
    let end = format!("{prefix}\u{10ffff}");
    let one_more = limit as i64 + 1;
    let mut companies =
        snapshot.query(&select(&condition), &params![name, id, prefix, end, one_more], read)?;
    let more = companies.len() > limit;
    companies.truncate(limit);
    let next = companies.last().filter(|_| more).map(|last| format!("{}.{}", last.id, key(&last.name)));
    Ok(Page { companies, next })
}

/// How many companies are present.
pub fn count(snapshot: &mut Snapshot<'_>) -> Result<i64> {
    snapshot.one(&format!("SELECT count(*) FROM companies WHERE {PRESENT}"), &[], |row| row.get(0))
}

/// The ids of the people of a company.
pub fn people_of(snapshot: &mut Snapshot<'_>, id: &str, limit: usize) -> Result<Vec<String>> {
    snapshot.query(
        &format!("SELECT id FROM people WHERE company_id = $1 AND {PRESENT} ORDER BY id LIMIT $2"),
        &params![id, limit as i64],
        |row| row.get(0),
    )
}
