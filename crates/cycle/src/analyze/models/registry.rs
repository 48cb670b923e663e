//! The table of models: a version is kept, superseded by the next, settled when its day has come, and forgotten in the end.

use super::{MOST_VERSIONS, Report, Trained};
use crate::analyze::Day;
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};

/// What a version is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its scores stand at the people.
    Used,
    /// There is too little data; the report says what is needed.
    Abstains,
    /// A newer version took its place.
    Superseded,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Abstains => "abstains",
            Self::Superseded => "superseded",
        }
    }

    fn read(name: &str) -> Result<Self> {
        [Self::Used, Self::Abstains, Self::Superseded]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| Error::database(format!("“{name}” is no state of a model")))
    }
}

/// One version of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub id: String,
    pub name: String,
    pub version: i64,
    pub run_id: String,
    pub state: State,
    pub trained_at: Micros,
    pub data_from: Option<Day>,
    pub data_until: Day,
    pub n_rows: u64,
    pub n_positive: u64,
    pub report: Report,
    pub n_scored: u64,
    pub expected: Option<f64>,
    pub expected_low: Option<f64>,
    pub expected_high: Option<f64>,
    pub due_on: Option<Day>,
    /// How many it happened to in the end.
    pub came: Option<f64>,
}

/// Keeps what a run trained; training again on the same data gives the same version.
pub fn keep(tx: &mut Tx<'_>, run_id: &str, trained: &Trained) -> Result<()> {
    let report = serde_json::to_string(&trained.report)?;
    let newest = tx.first(
        "SELECT id, version, data_until, n_rows, n_positive, report_json FROM models WHERE name = $1
         ORDER BY version DESC LIMIT 1",
        &params![trained.name],
        |row| {
            let same = row.text(2)? == trained.data_until.to_string()
                && row.get::<i64>(3)?.unsigned_abs() == trained.n_rows
                && row.get::<i64>(4)?.unsigned_abs() == trained.n_positive
                && row.text(5)? == report;
            Ok((row.get::<String>(0)?, row.get::<i64>(1)?, same))
        },
    )?;
    if let Some((id, _, true)) = &newest {
        let now = tx.now();
        return tx
            .execute(
                "UPDATE models SET run_id = $2, trained_at = $3 WHERE id = $1",
                &params![id, run_id, now],
            )
            .map(drop);
    }
    tx.execute(
        "UPDATE models SET state = 'superseded' WHERE name = $1 AND state <> 'superseded'",
        &params![trained.name],
    )?;
    insert(tx, run_id, newest.map_or(1, |(_, version, _)| version + 1), trained, report)?;
    forget(tx, trained.name)
}

fn insert(tx: &mut Tx<'_>, run_id: &str, version: i64, trained: &Trained, report: String) -> Result<()> {
    let (id, now) = (tx.new_id("mod"), tx.now());
    let state = if trained.is_used() { State::Used } else { State::Abstains };
    let outlook = trained.outlook.as_ref();
    tx.execute(
        "INSERT INTO models (id, name, version, run_id, state, trained_at, data_from, data_until, n_rows, n_positive,
           report_json, n_scored, expected, expected_low, expected_high, due_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        &params![
            id,
            trained.name,
            version,
            run_id,
            state.name(),
            now,
            trained.data_from.map(|day| day.to_string()),
            trained.data_until.to_string(),
            trained.n_rows as i64,
            trained.n_positive as i64,
            report,
            outlook.map_or(0, |outlook| outlook.n_scored as i64),
            outlook.map(|outlook| outlook.expected),
            outlook.map(|outlook| outlook.low),
            outlook.map(|outlook| outlook.high),
            outlook.map(|outlook| outlook.due_on.to_string())
        ],
    )
    .map(drop)
}

/// Forgets versions beyond those that are kept.
fn forget(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM models WHERE name = $1
           AND version <= (SELECT max(m.version) FROM models m WHERE m.name = $1) - $2",
        &params![name, MOST_VERSIONS],
    )
    .map(drop)
}

const COLUMNS: &str =
    "id, name, version, run_id, state, trained_at, data_from, data_until, n_rows, n_positive, report_json,
    n_scored, expected, expected_low, expected_high, due_on, came";

/// The newest version of each model, in the order of names.
pub fn list(snapshot: &mut Snapshot<'_>) -> Result<Vec<Model>> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE state <> 'superseded' ORDER BY name, version DESC");
    snapshot.query(&sql, &[], read)
}

/// The newest version of a model; None before the first run.
pub fn latest(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Option<Model>> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE name = $1 ORDER BY version DESC LIMIT 1");
    snapshot.first(&sql, &params![name], read)
}

/// The newest version of a model.
///
/// **Errors** when there is none of this name.
pub fn get(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Model> {
    latest(snapshot, name)?.ok_or_else(|| Error::missing("model", name))
}

/// Every version that is kept, the newest first.
pub fn versions(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Vec<Model>> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE name = $1 ORDER BY version DESC LIMIT $2");
    snapshot.query(&sql, &params![name, MOST_VERSIONS], read)
}

/// The versions whose day has come by the end of `last_day` and of which nobody said what came.
pub fn unsettled(snapshot: &mut Snapshot<'_>, name: &str, last_day: Day) -> Result<Vec<Model>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM models WHERE name = $1 AND expected IS NOT NULL AND came IS NULL AND due_on <= $2
         ORDER BY version LIMIT $3"
    );
    snapshot.query(&sql, &params![name, last_day.to_string(), MOST_VERSIONS], read)
}

/// Says what came of a version's forecast.
pub fn settle(tx: &mut Tx<'_>, id: &str, came: f64) -> Result<()> {
    tx.execute("UPDATE models SET came = $2 WHERE id = $1 AND came IS NULL", &params![id, came]).map(drop)
}

fn read(row: &Row<'_>) -> Result<Model> {
    let day = |place: usize| -> Result<Option<Day>> {
        row.get::<Option<String>>(place)?.map(|text| Day::parse(&text)).transpose()
    };
    Ok(Model {
        id: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        run_id: row.get(3)?,
        state: State::read(row.text(4)?)?,
        trained_at: row.get(5)?,
        data_from: day(6)?,
        data_until: Day::parse(row.text(7)?)?,
        n_rows: row.get::<i64>(8)?.unsigned_abs(),
        n_positive: row.get::<i64>(9)?.unsigned_abs(),
        report: serde_json::from_str(row.text(10)?)?,
        n_scored: row.get::<i64>(11)?.unsigned_abs(),
        expected: row.get(12)?,
        expected_low: row.get(13)?,
        expected_high: row.get(14)?,
        due_on: day(15)?,
        came: row.get(16)?,
    })
}
