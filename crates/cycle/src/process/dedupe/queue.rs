//! What pages read: pairs by score, one pair side by side, the records that hang together.

use super::Reason;
use platform::store::{Param, Row, Snapshot};
use platform::{Error, Micros, Result, params};
use records::companies::{self, Company};
use records::merges::Side;
use records::people::{self, Person};
use std::collections::BTreeSet;

/// A proposal or decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub left_id: String,
    pub right_id: String,
    pub left_name: String,
    pub right_name: String,
    /// **Units.** Bits; see [`super::probability`].
    pub score: f64,
    /// The strongest first.
    pub reasons: Vec<Reason>,
    /// `proposed`, `merged`, `different` or `skipped`.
    pub state: String,
    pub found_at: Micros,
}

/// Where the queue continues: the last pair of the page before.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub score: f64,
    pub left_id: String,
    pub right_id: String,
}

impl Pair {
    pub fn cursor(&self) -> Cursor {
        Cursor { score: self.score, left_id: self.left_id.clone(), right_id: self.right_id.clone() }
    }
}

/// The table of a kind of record: `person` or `company`.
fn table(kind: &str) -> Result<&'static str> {
    match kind {
        people::KIND => Ok("people"),
        companies::KIND => Ok("companies"),
        _ => Err(Error::invalid("kind", format!("“{kind}” is neither person nor company"))),
    }
}

fn select(kind: &str) -> Result<String> {
    let table = table(kind)?;
    Ok(format!(
        "SELECT p.left_id, p.right_id, l.name, r.name, p.score, p.reasons_json, p.state, p.found_at
         FROM duplicate_pairs p JOIN {table} l ON l.id = p.left_id JOIN {table} r ON r.id = p.right_id"
    ))
}

const BOTH_PRESENT: &str =
    "l.merged_into IS NULL AND l.deleted_at IS NULL AND r.merged_into IS NULL AND r.deleted_at IS NULL";

/// A page of the pairs of one kind and state, the surest first, after `after`. Proposals are of present records only.
pub fn queue(
    snapshot: &mut Snapshot<'_>,
    kind: &str,
    state: &str,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<Pair>> {
    let present = if state == "proposed" { BOTH_PRESENT } else { "1 = 1" };
    let (score, left, right) =
        after.map_or((f64::MAX, "~", "~"), |c| (c.score, c.left_id.as_str(), c.right_id.as_str()));
    let sql = format!(
        "{} WHERE p.record_kind = $1 AND p.state = $2 AND (p.score, p.left_id, p.right_id) < ($3, $4, $5) AND {present}
         ORDER BY p.score DESC, p.left_id DESC, p.right_id DESC LIMIT $6",
        select(kind)?
    );
    snapshot.query(&sql, &params![kind, state, score, left, right, limit as i64], read)
}

/// How many pairs of a kind wait, counted no further than `at_most`.
pub fn counts(snapshot: &mut Snapshot<'_>, kind: &str, at_most: i64) -> Result<i64> {
    let table = table(kind)?;
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM duplicate_pairs p JOIN {table} l ON l.id = p.left_id
           JOIN {table} r ON r.id = p.right_id
           WHERE p.record_kind = $1 AND p.state = 'proposed' AND {BOTH_PRESENT} LIMIT $2) AS waiting"
    );
    snapshot.one(&sql, &params![kind, at_most], |row| row.get(0))
}

pub(super) fn pair(snapshot: &mut Snapshot<'_>, left_id: &str, right_id: &str) -> Result<Pair> {
    let kind: Option<String> = snapshot.first(
        "SELECT record_kind FROM duplicate_pairs WHERE left_id = $1 AND right_id = $2",
        &params![left_id, right_id],
        |row| row.get(0),
    )?;
    let missing = || Error::missing("pair", format!("{left_id} and {right_id}"));
    let sql =
        format!("{} WHERE p.left_id = $1 AND p.right_id = $2", select(kind.as_deref().ok_or_else(missing)?)?);
    snapshot.first(&sql, &params![left_id, right_id], read)?.ok_or_else(missing)
}

fn read(row: &Row<'_>) -> Result<Pair> {
    Ok(Pair {
        left_id: row.get(0)?,
        right_id: row.get(1)?,
        left_name: row.get(2)?,
        right_name: row.get(3)?,
        score: row.get(4)?,
        reasons: serde_json::from_str(row.text(5)?)?,
        state: row.get(6)?,
        found_at: row.get(7)?,
    })
}

/// One field of two records, and from which it is taken unless somebody chooses otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPair {
    /// The name by which a side is chosen in a merge.
    pub field: String,
    pub kept: String,
    pub lost: String,
    pub default: Side,
}

/// Two people side by side: `kept` is the one whose record has more to it.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonDetail {
    pub pair: Pair,
    pub kept: Person,
    pub lost: Person,
    pub fields: Vec<FieldPair>,
}

/// Two companies side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct CompanyDetail {
    pub pair: Pair,
    pub kept: Company,
    pub lost: Company,
    pub fields: Vec<FieldPair>,
}

/// A pair of people with all their fields; the one with more orders is kept, else the older.
pub fn person_detail(snapshot: &mut Snapshot<'_>, left_id: &str, right_id: &str) -> Result<PersonDetail> {
    let pair = pair(snapshot, left_id, right_id)?;
    let (left, right) = (people::get(snapshot, left_id)?, people::get(snapshot, right_id)?);
    let worth = |p: &Person| (p.n_orders, -p.created_at);
    let (kept, lost) = if worth(&right) > worth(&left) { (right, left) } else { (left, right) };
    let fields = people::MERGE_FIELDS
        .iter()
        .map(|field| (field.to_string(), person_text(&kept, field), person_text(&lost, field)))
        .chain(custom_fields(&kept.custom, &lost.custom));
    let fields = field_pairs(fields);
    Ok(PersonDetail { pair, kept, lost, fields })
}

fn person_text(p: &Person, field: &str) -> String {
    let text = match field {
        "external_id" => &p.external_id,
        "name" => return p.name.clone(),
        "email" => &p.email,
        "phone" => &p.phone,
        "company_id" => &p.company_id,
        "street" => &p.street,
        "postcode" => &p.postcode,
        "city" => &p.city,
        "country" => &p.country,
        "birthday" => &p.birthday,
        "language" => &p.language,
        "source" => &p.source,
        _ => return p.customer_since.map(platform::clock::in_words).unwrap_or_default(),
    };
    text.clone().unwrap_or_default()
}

/// A pair of companies with all their fields; the one with more people is kept, else the older.
pub fn company_detail(snapshot: &mut Snapshot<'_>, left_id: &str, right_id: &str) -> Result<CompanyDetail> {
    /// People counted to tell which company has more of them.
    const PEOPLE: usize = 1000;
    let pair = pair(snapshot, left_id, right_id)?;
    let (left, right) = (companies::get(snapshot, left_id)?, companies::get(snapshot, right_id)?);
    let mut worth = |c: &Company| -> Result<(usize, i64)> {
        Ok((companies::people_of(snapshot, &c.id, PEOPLE)?.len(), -c.created_at))
    };
    let (kept, lost) = if worth(&right)? > worth(&left)? { (right, left) } else { (left, right) };
    let fields = companies::MERGE_FIELDS
        .iter()
        .map(|field| (field.to_string(), company_text(&kept, field), company_text(&lost, field)))
        .chain(custom_fields(&kept.custom, &lost.custom));
    let fields = field_pairs(fields);
    Ok(CompanyDetail { pair, kept, lost, fields })
}

fn company_text(c: &Company, field: &str) -> String {
    let text = match field {
        "external_id" => &c.external_id,
        "name" => return c.name.clone(),
        "domain" => &c.domain,
        "industry" => &c.industry,
        "phone" => &c.phone,
        "website" => &c.website,
        "street" => &c.street,
        "postcode" => &c.postcode,
        "city" => &c.city,
        "country" => &c.country,
        "source" => &c.source,
        _ => return c.n_employees.map(|n| n.to_string()).unwrap_or_default(),
    };
    text.clone().unwrap_or_default()
}

type Custom = std::collections::BTreeMap<String, String>;

fn custom_fields<'a>(
    kept: &'a Custom,
    lost: &'a Custom,
) -> impl Iterator<Item = (String, String, String)> + 'a {
    let names: BTreeSet<&String> = kept.keys().chain(lost.keys()).collect();
    let value = |of: &Custom, name: &str| of.get(name).cloned().unwrap_or_default();
    names.into_iter().map(move |name| (format!("custom.{name}"), value(kept, name), value(lost, name)))
}

/// Fields that at least one of the two has.
fn field_pairs(fields: impl Iterator<Item = (String, String, String)>) -> Vec<FieldPair> {
    fields
        .filter(|(_, kept, lost)| !kept.is_empty() || !lost.is_empty())
        .map(|(field, kept, lost)| {
            let earlier = field == "customer_since" && !lost.is_empty() && lost < kept;
            let default = if kept.is_empty() || earlier { Side::Lost } else { Side::Kept };
            FieldPair { field, kept, lost, default }
        })
        .collect()
}

/// Records that one cluster may have.
const CLUSTER: usize = 50;

/// The records that hang together with this one by proposals, itself included: candidates for one merge of many.
pub fn cluster_of(snapshot: &mut Snapshot<'_>, record_id: &str) -> Result<Vec<String>> {
    let mut known = BTreeSet::from([record_id.to_string()]);
    let mut waiting = vec![record_id.to_string()];
    while let Some(id) = waiting.pop() {
        if known.len() >= CLUSTER {
            break;
        }
        let others = snapshot.query(
            "SELECT right_id FROM duplicate_pairs WHERE left_id = $1 AND state = 'proposed'
             UNION SELECT left_id FROM duplicate_pairs WHERE right_id = $1 AND state = 'proposed'",
            &[Param::Text(id.as_str().into())],
            |row| row.get::<String>(0),
        )?;
        waiting.extend(others.into_iter().filter(|other| known.insert(other.clone())));
    }
    Ok(known.into_iter().collect())
}

/// How the proposals of a kind were decided, beside what was expected of them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Judged {
    pub n_merged: i64,
    pub n_different: i64,
    /// How many of these the scores expected to be one.
    pub expected: f64,
}

/// Decisions that are looked at: the surest pairs of each answer.
const JUDGED: i64 = 1000;

/// Judges the scores of a kind by what people decided: the check that no mathematics replaces.
pub fn judged(snapshot: &mut Snapshot<'_>, kind: &str) -> Result<Judged> {
    let mut judged = Judged::default();
    for state in ["merged", "different"] {
        snapshot.each(
            "SELECT score FROM duplicate_pairs WHERE record_kind = $1 AND state = $2 AND decided_at IS NOT NULL
             ORDER BY score DESC LIMIT $3",
            &params![kind, state, JUDGED],
            |row| {
                judged.expected += super::probability(row.get::<f64>(0)?);
                judged.n_merged += i64::from(state == "merged");
                judged.n_different += i64::from(state == "different");
                Ok(())
            },
        )?;
    }
    Ok(judged)
}
