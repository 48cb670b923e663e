//! The table of contracts: written by a run in small transactions, read page by page.

use super::Analysis;
use crate::analyze::Day;
use crate::analyze::facts::Facts;
use crate::analyze::models::Reason;
use crate::analyze::scores::ROWS_AT_ONCE;
use platform::store::{self, Param, Snapshot, Store};
use platform::{Error, Result, params};
use std::borrow::Cow;
use std::sync::Arc;

const COLUMNS: &[&str] = &[
    "person_id",
    "started_on",
    "run_id",
    "product_id",
    "covered_until",
    "ended_on",
    "period_months",
    "monthly_minor",
    "paid_minor",
    "n_payments",
    "n_late",
    "risk",
    "risk_reasons",
    "value_minor",
    "value_low_minor",
    "value_high_minor",
];

/// Writes all contracts and removes those that are none any more; returns how many there are.
pub fn write(store: &Store, run_id: &str, facts: &Arc<Facts>, found: &Arc<Analysis>) -> Result<u64> {
    let n = found.contracts.all.len();
    let set: Vec<String> = COLUMNS.iter().skip(2).map(|c| format!("{c} = excluded.{c}")).collect();
    let on_conflict = format!("ON CONFLICT (person_id, started_on) DO UPDATE SET {}", set.join(", "));
    let (mut done, mut n_running) = (0, 0);
    while done < n {
        let end = (done + ROWS_AT_ONCE).min(n);
        let (facts, part, run, on_conflict) =
            (facts.clone(), found.clone(), run_id.to_string(), on_conflict.clone());
        let first_running = n_running;
        n_running += found.contracts.all[done..end].iter().filter(|c| c.ended.is_none()).count();
        store
            .write(platform::By::system(), move |tx| {
                let mut values = Vec::with_capacity((end - done) * COLUMNS.len());
                let mut running = first_running;
                for at in done..end {
                    part.row(at, running, (&facts, &run), &mut values);
                    running += usize::from(part.contracts.all[at].ended.is_none());
                }
                tx.insert_rows("contracts", COLUMNS, &on_conflict, &values)
            })
            .wait()?;
        done = end;
    }
    remove_others(store, run_id)?;
    Ok(n as u64)
}

impl Analysis {
    /// The row of the contract at a place, appended to `values`; `running` counts the running ones before it.
    fn row<'a>(
        &'a self,
        at: usize,
        running: usize,
        (facts, run): (&'a Facts, &'a str),
        values: &mut Vec<Param<'a>>,
    ) {
        let contract = &self.contracts.all[at];
        let (terms, newest) = (self.contracts.terms(contract), self.contracts.newest(contract));
        let told = self.told.get(running).filter(|_| contract.ended.is_none());
        let text = |text: String| Param::Text(Cow::Owned(text));
        let day = |day: i32| text(Day(day).to_string());
        let worth = told.and_then(|told| told.worth);
        let money = |minor: Option<i64>| minor.map_or(Param::Null, Param::Int);
        let risk = told.and_then(|told| told.risk).map(|risk| (risk * 10_000.0).round() / 10_000.0);
        let reasons = told.filter(|told| !told.reasons.is_empty());
        let reasons = reasons.and_then(|told| serde_json::to_string(&told.reasons).ok());
        values.extend([
            Param::Text(Cow::Borrowed(facts.id(contract.customer))),
            day(terms[0].paid),
            Param::Text(Cow::Borrowed(run)),
            Param::Text(Cow::Borrowed(&self.contracts.products[usize::from(newest.product)].id)),
            day(newest.until),
            contract.ended.map_or(Param::Null, day),
            Param::Int(newest.months.into()),
            Param::Int(newest.monthly_minor),
            Param::Int(terms.iter().map(|term| term.amount_minor).sum()),
            Param::Int(terms.len() as i64),
            Param::Int(terms.iter().filter(|term| term.n_late > 0).count() as i64),
            risk.map_or(Param::Null, Param::Real),
            reasons.map_or(Param::Null, text),
            money(worth.map(|worth| worth.expected_minor)),
            money(worth.map(|worth| worth.low_minor)),
            money(worth.map(|worth| worth.high_minor)),
        ]);
    }
}

/// Deletes the rows that this run did not write.
fn remove_others(store: &Store, run_id: &str) -> Result<()> {
    loop {
        let run = run_id.to_string();
        let n = store
            .write(platform::By::system(), move |tx| {
                tx.execute(
                    "DELETE FROM contracts WHERE (person_id, started_on) IN
                       (SELECT person_id, started_on FROM contracts WHERE run_id <> $1 LIMIT $2)",
                    &params![run, ROWS_AT_ONCE as i64],
                )
            })
            .wait()?;
        if n < ROWS_AT_ONCE as u64 {
            return Ok(());
        }
    }
}

/// People asked for in one statement.
const IDS_AT_ONCE: usize = 200;

/// A contract as it is shown.
///
/// **Units.** Money in minor units of the workspace's currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub person_id: String,
    pub person: String,
    pub product_id: String,
    pub product: String,
    pub started_on: String,
    /// The first day that is not paid for: the day of the renewal.
    pub covered_until: String,
    pub ended_on: Option<String>,
    pub period_months: i64,
    pub monthly_minor: i64,
    pub paid_minor: i64,
    pub n_payments: i64,
    pub n_late: i64,
    pub risk: Option<f64>,
    pub reasons: Vec<Reason>,
    pub value: Option<(i64, i64, i64)>,
}

/// Which contracts are listed, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Running ones, the highest risk first.
    Risk,
    /// Running ones, the next renewal first.
    Renewal,
    /// Those that ended, the newest first.
    End,
    /// All of one product (by its id), those that are paid for longest first.
    Product(String),
}

impl By {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "risk" => Some(Self::Risk),
            "renewal" => Some(Self::Renewal),
            "end" => Some(Self::End),
            _ => None,
        }
    }
}

/// Where a page begins: behind this contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    key: String,
    person_id: String,
    started_on: String,
}

impl Place {
    /// **Errors** at `after` that is no place.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, ':').map(str::to_string);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(key), Some(person_id), Some(started_on)) => Ok(Self { key, person_id, started_on }),
            _ => Err(Error::invalid("after", "this is no place in the list")),
        }
    }
}

impl Row {
    /// Where the next page begins behind this row.
    pub fn place(&self, by: &By) -> String {
        let key = match by {
            By::Risk => self.risk.unwrap_or_default().to_string(),
            By::Renewal | By::Product(_) => self.covered_until.clone(),
            By::End => self.ended_on.clone().unwrap_or_default(),
        };
        format!("{key}:{}:{}", self.person_id, self.started_on)
    }
}

const SHOWN: &str = "c.person_id, p.name, c.product_id, r.name, c.started_on, c.covered_until, c.ended_on, c.period_months,
    c.monthly_minor, c.paid_minor, c.n_payments, c.n_late, c.risk, c.risk_reasons, c.value_minor, c.value_low_minor,
    c.value_high_minor";
/// People who are deleted or merged since the last run are left out. Cross joins, so that SQLite goes through the contracts in
/// the order of their index and looks up the others.
const FROM: &str = "FROM contracts c CROSS JOIN people p CROSS JOIN products r
    WHERE p.id = c.person_id AND p.merged_into IS NULL AND p.deleted_at IS NULL AND r.id = c.product_id";

/// A page of contracts behind a place.
///
/// **Errors** at `after` that is no place.
pub fn list(snapshot: &mut Snapshot<'_>, by: &By, after: Option<&Place>, limit: usize) -> Result<Vec<Row>> {
    let limit = limit as i64;
    let (person, start) =
        after.map_or(("~", "~"), |place| (place.person_id.as_str(), place.started_on.as_str()));
    let key = |beyond: &'static str| after.map_or(beyond, |place| place.key.as_str()).to_string();
    let sql = |condition: &str, column: &str, way: &str| {
        let beyond = if way == "DESC" { "<" } else { ">" };
        format!(
            "SELECT {SHOWN} {FROM} AND {condition} AND ({column}, c.person_id, c.started_on) {beyond} ($1, $2, $3)
             ORDER BY {column} {way}, c.person_id {way}, c.started_on {way} LIMIT $4"
        )
    };
    match by {
        By::Risk => {
            let wrong = |_| Error::invalid("after", "this is no place in the list");
            let risk = after.map_or(Ok(f64::MAX), |place| place.key.parse::<f64>().map_err(wrong))?;
            let sql = sql("c.ended_on IS NULL AND c.risk IS NOT NULL", "c.risk", "DESC");
            snapshot.query(&sql, &params![risk, person, start, limit], read)
        }
        By::Renewal => {
            let (person, start) = if after.is_some() { (person, start) } else { ("", "") };
            let sql = sql("c.ended_on IS NULL", "c.covered_until", "ASC");
            snapshot.query(&sql, &params![key(""), person, start, limit], read)
        }
        By::End => {
            let sql = sql("c.ended_on IS NOT NULL", "c.ended_on", "DESC");
            snapshot.query(&sql, &params![key("~"), person, start, limit], read)
        }
        By::Product(product) => {
            let sql = sql("c.product_id = $5", "c.covered_until", "DESC");
            snapshot.query(&sql, &params![key("~"), person, start, limit, product], read)
        }
    }
}

/// Contracts of one person, the newest first, at most `limit`.
pub fn of_person(snapshot: &mut Snapshot<'_>, person_id: &str, limit: usize) -> Result<Vec<Row>> {
    let sql = format!("SELECT {SHOWN} {FROM} AND c.person_id = $1 ORDER BY c.started_on DESC LIMIT $2");
    snapshot.query(&sql, &params![person_id, limit as i64], read)
}

/// The running contracts of these people, in no order.
pub fn running_of(snapshot: &mut Snapshot<'_>, person_ids: &[&str]) -> Result<Vec<Row>> {
    let mut found = Vec::with_capacity(person_ids.len());
    for chunk in person_ids.chunks(IDS_AT_ONCE) {
        let ids: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(Cow::Borrowed(id))).collect();
        let places = store::places_from(1, chunk.len());
        let sql = format!("SELECT {SHOWN} {FROM} AND c.person_id IN ({places}) AND c.ended_on IS NULL");
        found.extend(snapshot.query(&sql, &ids, read)?);
    }
    Ok(found)
}

fn read(row: &store::Row<'_>) -> Result<Row> {
    let reasons = row.get::<Option<String>>(13)?.map(|text| serde_json::from_str(&text)).transpose()?;
    let value: (Option<i64>, Option<i64>, Option<i64>) = (row.get(14)?, row.get(15)?, row.get(16)?);
    Ok(Row {
        person_id: row.get(0)?,
        person: row.get(1)?,
        product_id: row.get(2)?,
        product: row.get(3)?,
        started_on: row.get(4)?,
        covered_until: row.get(5)?,
        ended_on: row.get(6)?,
        period_months: row.get(7)?,
        monthly_minor: row.get(8)?,
        paid_minor: row.get(9)?,
        n_payments: row.get(10)?,
        n_late: row.get(11)?,
        risk: row.get(12)?,
        reasons: reasons.unwrap_or_default(),
        value: value.0.zip(value.1).zip(value.2).map(|((expected, low), high)| (expected, low, high)),
    })
}
