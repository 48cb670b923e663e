//! Reading insights: the list, one of them, what happened to it, and the people behind it.

use super::found::{Check, Evidence, Kind, MemberFigure, Money};
use super::keep::{RESULT, Summary};
use crate::analyze::results::{self, Latest};
use platform::events::{self, Event};
use platform::store::{Param, Row, Snapshot};
use platform::{Error, Micros, Result, params};
use records::values::currency::Currency;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Probability with which the interval of the money of every kind holds.
const MONEY_LEVEL: f64 = 0.8;
/// Insights shown in one list: the kinds are few, and what is gone is shown by itself.
const MOST_LISTED: i64 = 500;

/// How far an insight is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    New,
    Reviewed,
    Decided,
    Acting,
    Measured,
    Refuted,
}

impl Status {
    pub const ALL: [Self; 6] =
        [Self::New, Self::Reviewed, Self::Decided, Self::Acting, Self::Measured, Self::Refuted];

    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reviewed => "reviewed",
            Self::Decided => "decided",
            Self::Acting => "acting",
            Self::Measured => "measured",
            Self::Refuted => "refuted",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// Who decided (or refuted) what and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The user's id; None from the command line.
    pub by: Option<String>,
    pub at: Micros,
    pub why: String,
    /// What is expected to change, as it was said beforehand; empty for a refutation.
    pub expected_effect: String,
}

/// An insight as a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Insight {
    pub id: String,
    pub run_id: String,
    pub kind: Kind,
    pub about: String,
    pub claim: String,
    pub evidence: Evidence,
    pub n_customers: u64,
    pub money: Option<Money>,
    pub money_how: String,
    /// That of every amount here.
    pub currency: Currency,
    pub checks: Vec<Check>,
    pub confidence: f64,
    pub worth: f64,
    pub refuted_by: String,
    pub suggested_action: String,
    pub status: Status,
    pub decision: Option<Decision>,
    pub found_at: Micros,
    pub updated_at: Micros,
    /// When a run no longer found it.
    pub gone_at: Option<Micros>,
}

/// Which insights are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct List {
    /// None is every status.
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    /// Those that the last run no longer found, instead of those that stand.
    pub gone: bool,
}

const COLUMNS: &str = "id, run_id, kind, about, claim, evidence_json, n_customers, money_minor, money_low_minor,
    money_high_minor, money_how, currency, counter_checks_json, confidence, worth, refuted_by, suggested_action, status,
    decision_json, found_at, updated_at, gone_at";

/// The insights, the most worth first: low end of the money times confidence, times what acting on
/// their kind brought of what was expected. Refuted ones stand last.
pub fn list(snapshot: &mut Snapshot<'_>, wanted: List) -> Result<Vec<Insight>> {
    let gone = if wanted.gone { "IS NOT NULL" } else { "IS NULL" };
    let mut condition = format!("gone_at {gone}");
    let mut parameters: Vec<Param<'_>> = Vec::new();
    let named = [("status", wanted.status.map(Status::name)), ("kind", wanted.kind.map(Kind::name))];
    for (column, value) in named {
        if let Some(value) = value {
            parameters.push(Param::Text(Cow::Borrowed(value)));
            condition.push_str(&format!(" AND {column} = ${}", parameters.len()));
        }
    }
    parameters.push(Param::Int(MOST_LISTED));
    let sql = format!(
        "SELECT {COLUMNS} FROM insights WHERE {condition}
         ORDER BY CASE WHEN status = 'refuted' THEN 1 ELSE 0 END, worth DESC, id LIMIT ${}",
        parameters.len()
    );
    snapshot.query(&sql, &parameters, read)
}

/// How many insights that stand have each status.
pub fn counts(snapshot: &mut Snapshot<'_>) -> Result<BTreeMap<Status, u64>> {
    let rows = snapshot.query(
        "SELECT status, count(*) FROM insights WHERE gone_at IS NULL GROUP BY status",
        &[],
        |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
    )?;
    Ok(rows.into_iter().filter_map(|(name, n)| Some((Status::from_name(&name)?, n.unsigned_abs()))).collect())
}

/// One insight.
///
/// **Errors** when there is none with this id.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Insight> {
    let sql = format!("SELECT {COLUMNS} FROM insights WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("insight", id))
}

/// The insight with this name.
pub(super) fn by_name(snapshot: &mut Snapshot<'_>, kind: Kind, about: &str) -> Result<Option<Insight>> {
    let sql = format!("SELECT {COLUMNS} FROM insights WHERE kind = $1 AND about = $2");
    snapshot.first(&sql, &params![kind.name(), about], read)
}

/// What happened to an insight, the newest first.
pub fn history(
    snapshot: &mut Snapshot<'_>,
    id: &str,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<Event>> {
    events::timeline(snapshot, id, before, limit)
}

/// What the last run said about each kind, also why it said nothing; None before the first run.
pub fn latest_summary(snapshot: &mut Snapshot<'_>) -> Result<Option<Latest<Summary>>> {
    results::latest(snapshot, RESULT)
}

/// A person behind an insight.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRow {
    pub person_id: String,
    pub figures: Vec<MemberFigure>,
}

/// Some of the people behind an insight, the one with the most money first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PeoplePage {
    pub rows: Vec<PersonRow>,
    /// Where the next page begins; None on the last.
    pub next: Option<i64>,
}

/// A page of the people who make an insight, with the figures that made them part of it, from the place `from` on.
pub fn people(snapshot: &mut Snapshot<'_>, id: &str, from: i64, limit: usize) -> Result<PeoplePage> {
    let found = snapshot.query(
        "SELECT place, person_id, figures_json FROM insight_people WHERE insight_id = $1 AND place >= $2
         ORDER BY insight_id, place LIMIT $3",
        &params![id, from, limit as i64 + 1],
        |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<String>(2)?)),
    )?;
    let next = found.get(limit).map(|row| row.0);
    let mut rows = Vec::with_capacity(found.len().min(limit));
    for (_, person_id, figures) in found.into_iter().take(limit) {
        rows.push(PersonRow { person_id, figures: serde_json::from_str(&figures)? });
    }
    Ok(PeoplePage { rows, next })
}

/// The insights that stand and that a person is part of, for the person's page.
pub fn of_person(snapshot: &mut Snapshot<'_>, person_id: &str) -> Result<Vec<Insight>> {
    let columns =
        COLUMNS.split(',').map(|column| format!("i.{}", column.trim())).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {columns} FROM insight_people p JOIN insights i ON i.id = p.insight_id
         WHERE p.person_id = $1 AND i.gone_at IS NULL ORDER BY i.worth DESC, i.id"
    );
    snapshot.query(&sql, &params![person_id], read)
}

fn read(row: &Row<'_>) -> Result<Insight> {
    let unknown = |what: &str, value: &str| Error::database(format!("“{value}” is no {what} of an insight"));
    let money = match (row.get::<Option<i64>>(7)?, row.get::<Option<i64>>(8)?, row.get::<Option<i64>>(9)?) {
        (Some(expected_minor), Some(low_minor), Some(high_minor)) => {
            Some(Money { expected_minor, low_minor, high_minor, level: MONEY_LEVEL })
        }
        _ => None,
    };
    let decision = match row.text(18)? {
        "" => None,
        text => Some(serde_json::from_str(text)?),
    };
    Ok(Insight {
        id: row.get(0)?,
        run_id: row.get(1)?,
        kind: Kind::from_name(row.text(2)?)
            .ok_or_else(|| unknown("kind", row.text(2).unwrap_or_default()))?,
        about: row.get(3)?,
        claim: row.get(4)?,
        evidence: serde_json::from_str(row.text(5)?)?,
        n_customers: row.get::<i64>(6)?.unsigned_abs(),
        money,
        money_how: row.get(10)?,
        currency: Currency::from_code(row.text(11)?)
            .ok_or_else(|| unknown("currency", row.text(11).unwrap_or_default()))?,
        checks: serde_json::from_str(row.text(12)?)?,
        confidence: row.get(13)?,
        worth: row.get(14)?,
        refuted_by: row.get(15)?,
        suggested_action: row.get(16)?,
        status: Status::from_name(row.text(17)?)
            .ok_or_else(|| unknown("status", row.text(17).unwrap_or_default()))?,
        decision,
        found_at: row.get(19)?,
        updated_at: row.get(20)?,
        gone_at: row.get(21)?,
    })
}
