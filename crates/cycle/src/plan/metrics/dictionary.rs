//! The versions of metrics as records.

use super::shipped::{self, SHIPPED, Shipped};
use super::{Direction, Kind, Params, Unit};
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use serde::{Deserialize, Serialize};

/// Which version of which metric.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MetricRef {
    pub key: String,
    pub version: i64,
}

/// One version of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    pub key: String,
    pub version: i64,
    pub name: String,
    pub definition: String,
    pub unit: Unit,
    pub direction: Direction,
    pub grain: String,
    pub kind: Kind,
    pub params: Params,
    /// The user who answers for it; None is the firm's owner.
    pub owner_id: Option<String>,
    /// Why this version was made.
    pub reason: Option<String>,
    pub valid_from: Micros,
    pub created_by: Option<String>,
}

impl Metric {
    pub fn reference(&self) -> MetricRef {
        MetricRef { key: self.key.clone(), version: self.version }
    }

    /// How the program computes it.
    pub fn shipped(&self) -> Result<&'static Shipped> {
        shipped::by_key(&self.key).ok_or_else(|| Error::missing(KIND, &self.key))
    }

    /// Whether it is a share of people or users who were counted one by one, so that a share's own interval fits.
    pub fn is_share_of_people(&self) -> bool {
        const KEYS: [&str; 8] = [
            "repeat_purchase_rate",
            "retention",
            "churn",
            "churn_contract",
            "email_reach",
            "marketing_consent",
            "duplicate_rate",
            "active_seats",
        ];
        KEYS.contains(&self.key.as_str())
    }

    /// What it still needs before it can be computed.
    pub fn lacks(&self) -> Option<&'static str> {
        shipped::by_key(&self.key).and_then(Shipped::lacks)
    }
}

pub const KIND: &str = "metric";

/// Versions that one metric may have.
const MOST_VERSIONS: i64 = 1_000;

const COLUMNS: &str =
    "key, version, name, definition, unit, direction, grain, kind, params_json, owner_id, reason,
    valid_from, created_by";

/// Writes down the versions that the program brings and the database does not know yet.
pub fn ship(tx: &mut Tx<'_>) -> Result<()> {
    for metric in SHIPPED {
        insert(tx, &metric.metric(tx.now()))?;
    }
    Ok(())
}

/// Writes a version down, unless the database has it.
pub(super) fn insert(tx: &mut Tx<'_>, m: &Metric) -> Result<()> {
    let words = (m.unit.name(), m.direction.name(), m.kind.name());
    let open = serde_json::to_string(&m.params)?;
    tx.execute(
        "INSERT INTO metrics (key, version, name, definition, unit, direction, grain, kind, params_json, owner_id, reason,
           valid_from, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (key, version) DO NOTHING",
        &params![
            m.key, m.version, m.name, m.definition, words.0, words.1, m.grain, words.2, open, m.owner_id, m.reason,
            m.valid_from, m.created_by
        ],
    )?;
    Ok(())
}

/// One version of a metric.
///
/// **Errors** when there is none.
pub fn get(snapshot: &mut Snapshot<'_>, wanted: &MetricRef) -> Result<Metric> {
    let sql = format!("SELECT {COLUMNS} FROM metrics WHERE key = $1 AND version = $2");
    if let Some(metric) = snapshot.first(&sql, &params![wanted.key, wanted.version], read)? {
        return Ok(metric);
    }
    let shipped = shipped::by_key(&wanted.key).filter(|metric| metric.version == wanted.version);
    shipped
        .map(|metric| metric.metric(0))
        .ok_or_else(|| Error::missing(KIND, format!("{} (version {})", wanted.key, wanted.version)))
}

/// The version of a metric that is valid now.
///
/// **Errors** when there is no metric with this key.
pub fn latest(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Metric> {
    let newest = all_versions(snapshot, key)?.into_iter().next();
    newest.ok_or_else(|| Error::missing(KIND, key))
}

/// Every version of a metric, the newest first.
pub fn all_versions(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Vec<Metric>> {
    let sql = format!("SELECT {COLUMNS} FROM metrics WHERE key = $1 ORDER BY version DESC LIMIT $2");
    let mut found = snapshot.query(&sql, &params![key, MOST_VERSIONS], read)?;
    // A program that is newer than the rows brings a version of its own.
    if let Some(shipped) = shipped::by_key(key)
        && found.iter().all(|metric| metric.version != shipped.version)
    {
        found.push(shipped.metric(0));
        found.sort_by_key(|metric| std::cmp::Reverse(metric.version));
    }
    Ok(found)
}

/// The valid version of every metric that this program can read, in the order of the dictionary.
pub fn list(snapshot: &mut Snapshot<'_>) -> Result<Vec<Metric>> {
    let newest = format!(
        "SELECT {COLUMNS} FROM metrics m WHERE version = (SELECT max(n.version) FROM metrics n WHERE n.key = m.key)
         ORDER BY key"
    );
    let known = snapshot.query(&newest, &[], read)?;
    let of = |shipped: &Shipped| {
        let row = known.iter().find(|metric| metric.key == shipped.key && metric.version >= shipped.version);
        row.cloned().unwrap_or_else(|| shipped.metric(0))
    };
    Ok(SHIPPED.iter().map(of).collect())
}

fn read(row: &Row<'_>) -> Result<Metric> {
    let unknown = |what: &str, value: &str| Error::database(format!("“{value}” is no {what} of a metric"));
    Ok(Metric {
        key: row.get(0)?,
        version: row.get(1)?,
        name: row.get(2)?,
        definition: row.get(3)?,
        unit: Unit::parse(row.text(4)?).ok_or_else(|| unknown("unit", row.text(4).unwrap_or_default()))?,
        direction: Direction::parse(row.text(5)?)
            .ok_or_else(|| unknown("direction", row.text(5).unwrap_or_default()))?,
        grain: row.get(6)?,
        kind: Kind::parse(row.text(7)?).ok_or_else(|| unknown("kind", row.text(7).unwrap_or_default()))?,
        params: serde_json::from_str(row.text(8)?)?,
        owner_id: row.get(9)?,
        reason: row.get(10)?,
        valid_from: row.get(11)?,
        created_by: row.get(12)?,
    })
}
