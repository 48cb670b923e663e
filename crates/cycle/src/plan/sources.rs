//! The register of sources: where facts come from, what was agreed with each, and whether it holds.
//!
//! The sources that the program takes in itself are always there; others are stated (a survey that is kept elsewhere, a
//! mailbox), so that a goal can say what it needs and what it does not have. What arrived is read from the imports, the
//! records and the log of events: nobody keeps it up by hand.

mod arrivals;

pub use arrivals::{Arrivals, ByMonth, MONTHS, arrivals, by_month, columns_of_newest, orders_by_month};

use super::closed_set::closed_set;
use super::history::{Refused, before, filled, log, log_undone, same_version};
use super::turns::is_user;
use platform::clock::DAY;
use platform::events::Event;
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use records::values::fold::tidy;
use serde::{Deserialize, Serialize};

pub const KIND: &str = "source";
/// Sources that one workspace may have.
pub const MOST_SOURCES: i64 = 200;
/// Columns in a contract.
pub const MOST_COLUMNS: usize = 200;

closed_set! {
    Structure {
        Structured = "structured",
        SemiStructured = "semi_structured",
        Unstructured = "unstructured",
    }
}

closed_set! {
    Nature {
        Quantitative = "quantitative",
        Qualitative = "qualitative",
    }
}

closed_set! {
    Origin {
        Internal = "internal",
        External = "external",
    }
}

/// A source that the program takes in itself: key and name.
pub const SHIPPED: &[(&str, &str)] = &[
    ("orders", "Orders"),
    ("people", "People"),
    ("companies", "Companies"),
    ("products", "Products"),
    ("clicks", "Clicks in campaigns"),
];

/// What was agreed: at least this often, so many rows in a month, these columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    pub every_days: Option<i64>,
    pub rows_low: Option<i64>,
    pub rows_high: Option<i64>,
    pub columns: Vec<String>,
}

/// A gap that is known and lived with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    pub note: String,
    pub by: Option<String>,
    pub at: Micros,
}

/// A source. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub key: String,
    pub name: String,
    pub origin: Origin,
    pub structure: Structure,
    pub nature: Nature,
    pub owner_id: Option<String>,
    pub contract: Contract,
    pub gap: Option<Gap>,
    /// 0 for one that the program ships and nobody has stated anything about.
    pub version: i64,
    pub updated_at: Micros,
    pub deleted_at: Option<Micros>,
}

/// What somebody states about a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub name: String,
    pub origin: Origin,
    pub structure: Structure,
    pub nature: Nature,
    pub owner_id: Option<String>,
    pub contract: Contract,
    /// The gap that is lived with; empty takes the statement away.
    pub gap_note: Option<String>,
}

/// A breach of the contract, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// `late`, `silent`, `too_few`, `too_many`, `columns` or `rejected`.
    pub kind: &'static str,
    pub words: String,
}

/// Adds a source that the program does not take in itself.
///
/// **Errors** at `key`, `name`, `owner_id`, `every_days`, `rows_low`, `rows_high`, `columns`, `gap_note`.
pub fn create(tx: &mut Tx<'_>, key: &str, input: &Input) -> Result<Source> {
    let key = key.trim().to_lowercase();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if key.is_empty() || key.len() > 40 || !key.chars().all(is_word) {
        return Err(Error::invalid("key", "a key has 1 to 40 letters, digits or underscores"));
    }
    let known = list(tx)?;
    if known.iter().any(|source| source.key == key) {
        return Err(Error::invalid("key", format!("there is already a source {key}")));
    }
    if known.len() as i64 >= MOST_SOURCES {
        return Err(Error::invalid("key", format!("there are {MOST_SOURCES} sources already")));
    }
    let source = stated(tx, &unstated(&key, ""), input)?;
    write(tx, &source)?;
    log::<Source>(tx, "source.created", KIND, &key, None)?;
    Ok(source)
}

/// States what is agreed with a source; `version` is the one that the editor saw.
///
/// **Errors** as [`create`], and with a conflict when somebody changed it since.
pub fn state(tx: &mut Tx<'_>, key: &str, version: i64, input: &Input) -> Result<Source> {
    let was = get(tx, key)?;
    same_version(&was.name, was.version, version)?;
    let source = stated(tx, &was, input)?;
    write(tx, &source)?;
    log(tx, "source.stated", KIND, key, Some(&was))?;
    Ok(source)
}

/// Takes a source out of the register that was added by hand.
///
/// **Errors** with a conflict for one that the program takes in itself.
pub fn delete(tx: &mut Tx<'_>, key: &str) -> Result<()> {
    let was = get(tx, key)?;
    if SHIPPED.iter().any(|(shipped, _)| *shipped == key) {
        return Err(Error::Conflict(format!("{} is taken in by the program itself and stays", was.name)));
    }
    write(tx, &Source { deleted_at: Some(tx.now()), version: was.version + 1, ..was.clone() })?;
    log(tx, "source.deleted", KIND, key, Some(&was)).map(drop)
}

/// Takes one event back.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM sources WHERE key = $1");
    let now = tx.first(&sql, &params![event.record_id], read)?;
    let now = now.ok_or_else(|| Error::missing(KIND, &event.record_id))?;
    let was = before::<Source>(tx, event, &now.name)?;
    let was = was.unwrap_or_else(|| Source { deleted_at: Some(tx.now()), ..now.clone() });
    write(tx, &Source { version: now.version + 1, updated_at: tx.now(), ..was })?;
    log_undone(tx, event, &now)
}

fn unstated(key: &str, name: &str) -> Source {
    Source {
        key: key.to_string(),
        name: name.to_string(),
        origin: Origin::Internal,
        structure: Structure::Structured,
        nature: Nature::Quantitative,
        owner_id: None,
        contract: Contract::default(),
        gap: None,
        version: 0,
        updated_at: 0,
        deleted_at: None,
    }
}

fn stated(tx: &mut Tx<'_>, was: &Source, input: &Input) -> Result<Source> {
    let mut contract = input.contract.clone();
    contract.columns = contract.columns.iter().filter_map(|column| filled(Some(column))).collect();
    contract.columns.dedup();
    let gap = filled(input.gap_note.as_deref()).map(|note| match &was.gap {
        Some(gap) if gap.note == note => gap.clone(),
        _ => Gap { note, by: tx.by().id.clone(), at: tx.now() },
    });
    let source = Source {
        key: was.key.clone(),
        name: tidy(&input.name).into_owned(),
        origin: input.origin,
        structure: input.structure,
        nature: input.nature,
        owner_id: filled(input.owner_id.as_deref()),
        contract,
        gap,
        version: was.version + 1,
        updated_at: tx.now(),
        deleted_at: None,
    };
    refuse(tx, &source)?;
    Ok(source)
}

fn refuse(tx: &mut Tx<'_>, source: &Source) -> Result<()> {
    let mut refused = Refused::default();
    refused.name("name", &source.name, "a source");
    refused.text("gap_note", source.gap.as_ref().map(|gap| gap.note.as_str()));
    let contract = &source.contract;
    if contract.every_days.is_some_and(|days| !(1..=366).contains(&days)) {
        refused.at("every_days", "say a number of days between 1 and 366");
    }
    if contract.rows_low.is_some_and(|n| n < 0) {
        refused.at("rows_low", "a number of rows is 0 or more");
    }
    match (contract.rows_low, contract.rows_high) {
        (Some(low), Some(high)) if high < low => {
            refused.at("rows_high", format!("the most is less than the fewest, {low}"));
        }
        (_, Some(high)) if high < 0 => refused.at("rows_high", "a number of rows is 0 or more"),
        _ => {}
    }
    if contract.columns.len() > MOST_COLUMNS {
        refused.at("columns", format!("at most {MOST_COLUMNS} columns are kept"));
    }
    if let Some(owner) = source.owner_id.as_deref()
        && !is_user(tx, owner)?
    {
        refused.at("owner_id", format!("there is no user {owner}"));
    }
    refused.end()
}

/// Where the contract does not hold at the time `now`; empty where it does, and where nothing was agreed.
pub fn breaches(source: &Source, arrived: &Arrivals, now: Micros) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut breach = |kind, words: String| found.push(Breach { kind, words });
    let contract = &source.contract;
    match (contract.every_days, arrived.last_at) {
        (Some(days), None) => breach("silent", format!("nothing has come; every {days} days was agreed")),
        (Some(days), Some(last)) if now - last > days * DAY => {
            let since = (now - last) / DAY;
            breach("late", format!("the last came {since} days ago; every {days} days was agreed"));
        }
        _ => {}
    }
    let n = arrived.n_rows_30_days;
    if let Some(low) = contract.rows_low.filter(|low| n < *low) {
        breach("too_few", format!("{n} rows in the last 30 days; at least {low} were agreed"));
    }
    if let Some(high) = contract.rows_high.filter(|high| n > *high) {
        breach("too_many", format!("{n} rows in the last 30 days; at most {high} were agreed"));
    }
    if !arrived.newest_columns.is_empty() {
        let is_missing = |column: &&String| !arrived.newest_columns.contains(column);
        let missing: Vec<&str> = contract.columns.iter().filter(is_missing).map(String::as_str).collect();
        if !missing.is_empty() {
            breach("columns", format!("the newest file lacks {}", missing.join(", ")));
        }
    }
    if arrived.n_quarantined > 0 {
        breach("rejected", format!("{} rows were rejected and wait to be mended", arrived.n_quarantined));
    }
    found
}

const COLUMNS: &str = "key, name, is_external, structure, nature, owner_id, every_days, rows_low, rows_high,
    columns_json, gap_note, gap_by, gap_at, version, updated_at, deleted_at";

/// All sources: first those that the program takes in itself, then the others by name.
pub fn list(snapshot: &mut Snapshot<'_>) -> Result<Vec<Source>> {
    let sql = format!("SELECT {COLUMNS} FROM sources WHERE deleted_at IS NULL ORDER BY name, key LIMIT $1");
    let mut stated = snapshot.query(&sql, &params![MOST_SOURCES], read)?;
    let mut all = Vec::with_capacity(SHIPPED.len() + stated.len());
    for (key, name) in SHIPPED {
        match stated.iter().position(|source| source.key == *key) {
            Some(place) => all.push(stated.remove(place)),
            None => all.push(unstated(key, name)),
        }
    }
    all.extend(stated);
    Ok(all)
}

pub fn get(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Source> {
    let found = list(snapshot)?.into_iter().find(|source| source.key == key);
    found.ok_or_else(|| Error::missing(KIND, key))
}

/// Goals looked at for what they need.
const GOALS_LOOKED_AT: i64 = 500;

/// Goals that are not over and name this source among those they need: id and name.
pub fn goals_served(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    snapshot.each(
        "SELECT id, name, sources_json FROM goals WHERE state IN ('draft','open') ORDER BY created_at DESC, id DESC LIMIT $1",
        &params![GOALS_LOOKED_AT],
        |row| {
            let needed: serde_json::Value = serde_json::from_str(row.text(2)?)?;
            let names_it =
                |one: &serde_json::Value| one["key"].as_str() == Some(key) && one["is_needed"] == true;
            if needed.as_array().is_some_and(|all| all.iter().any(names_it)) {
                found.push((row.get(0)?, row.get(1)?));
            }
            Ok(())
        },
    )?;
    Ok(found)
}

fn write(tx: &mut Tx<'_>, s: &Source) -> Result<()> {
    let (is_external, columns) = (s.origin == Origin::External, serde_json::to_string(&s.contract.columns)?);
    let gap = s.gap.as_ref();
    tx.execute(
        "INSERT INTO sources (key, name, is_external, structure, nature, owner_id, every_days, rows_low, rows_high,
           columns_json, gap_note, gap_by, gap_at, version, updated_at, deleted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, is_external = excluded.is_external,
           structure = excluded.structure, nature = excluded.nature, owner_id = excluded.owner_id,
           every_days = excluded.every_days, rows_low = excluded.rows_low, rows_high = excluded.rows_high,
           columns_json = excluded.columns_json, gap_note = excluded.gap_note, gap_by = excluded.gap_by,
           gap_at = excluded.gap_at, version = excluded.version, updated_at = excluded.updated_at,
           deleted_at = excluded.deleted_at",
        &params![
            s.key,
            s.name,
            is_external,
            s.structure.name(),
            s.nature.name(),
            s.owner_id,
            s.contract.every_days,
            s.contract.rows_low,
            s.contract.rows_high,
            columns,
            gap.map(|gap| gap.note.as_str()),
            gap.and_then(|gap| gap.by.as_deref()),
            gap.map(|gap| gap.at),
            s.version,
            s.updated_at,
            s.deleted_at
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Source> {
    let gap_note: Option<String> = row.get(10)?;
    let (gap_by, gap_at): (Option<String>, Option<i64>) = (row.get(11)?, row.get(12)?);
    Ok(Source {
        key: row.get(0)?,
        name: row.get(1)?,
        origin: if row.get::<i64>(2)? == 1 { Origin::External } else { Origin::Internal },
        structure: Structure::read(row.text(3)?)?,
        nature: Nature::read(row.text(4)?)?,
        owner_id: row.get(5)?,
        contract: Contract {
            every_days: row.get(6)?,
            rows_low: row.get(7)?,
            rows_high: row.get(8)?,
            columns: serde_json::from_str(row.text(9)?)?,
        },
        gap: gap_note.map(|note| Gap { note, by: gap_by, at: gap_at.unwrap_or_default() }),
        version: row.get(13)?,
        updated_at: row.get(14)?,
        deleted_at: row.get(15)?,
    })
}
