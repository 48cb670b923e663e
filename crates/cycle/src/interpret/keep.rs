//! Keeping what a run found: a new insight becomes a record, one found again is brought up to date, one no longer found is
//! marked as gone.
//!
//! What people did with an insight (status, decision) is never touched here. Each insight is one transaction, so that nobody
//! waits behind the run.

use super::found::{Found, Kind, Silent};
use super::read::{self, Insight};
use super::{Outcome, TrackRecords, words};
use crate::analyze::results;
use platform::events::{self, Entry};
use platform::store::{IntoParam, Param, Store, Tx};
use platform::{By, Result, params};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The name under which the summary of a run stands among the results of the analyses.
pub const RESULT: &str = "insights";
/// The kind of the record in the log of events.
pub const KIND: &str = "insight";

/// What a run said about each kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub found: Vec<FoundKind>,
    /// The kinds of which nothing is said, with the reason.
    pub silent: Vec<Silent>,
    /// See [`Outcome::curve`].
    #[serde(default)]
    pub curve: Vec<(f64, f64)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundKind {
    pub kind: Kind,
    pub n_insights: u64,
}

/// Keeps the outcome of a run; returns how many insights stand. What acting on their kind brought decides their place.
pub fn save(
    store: &Store,
    run_id: &str,
    currency: &'static str,
    outcome: Outcome,
    records: &TrackRecords,
) -> Result<u64> {
    let n = outcome.found.len() as u64;
    let summary = summary(&outcome);
    let mut names = Vec::with_capacity(outcome.found.len());
    for mut found in outcome.found {
        names.push((found.kind.name().to_string(), found.about.clone()));
        found.checks.extend(records.check(found.kind));
        let (worth, found, run_id) = (records.worth(&found), Arc::new(found), run_id.to_string());
        store.write(By::system(), move |tx| keep(tx, &run_id, currency, &found, worth)).wait()?;
    }
    let (run_id, names) = (run_id.to_string(), Arc::new(names));
    let text = serde_json::to_string(&summary)?;
    store
        .write(By::system(), move |tx| {
            mark_gone(tx, &names)?;
            results::publish(tx, &run_id, &[(RESULT, text.clone())])
        })
        .wait()?;
    Ok(n)
}

fn summary(outcome: &Outcome) -> Summary {
    let found = Kind::ALL.into_iter().map(|kind| FoundKind {
        kind,
        n_insights: outcome.found.iter().filter(|found| found.kind == kind).count() as u64,
    });
    Summary {
        found: found.filter(|found| found.n_insights > 0).collect(),
        silent: outcome.silent.clone(),
        curve: outcome.curve.clone(),
    }
}

/// Writes one insight with its people.
fn keep(tx: &mut Tx<'_>, run_id: &str, currency: &str, found: &Found, worth: f64) -> Result<()> {
    let known = read::by_name(tx, found.kind, &found.about)?;
    let id = match &known {
        None => insert(tx, run_id, currency, found, worth)?,
        Some(known) => {
            update(tx, run_id, currency, found, &known.id, worth)?;
            known.id.clone()
        }
    };
    let verb = match &known {
        None => Some("insight.found"),
        Some(known) if known.gone_at.is_some() => Some("insight.found_again"),
        Some(known) if known.claim != found.claim => Some("insight.updated"),
        Some(_) => None,
    };
    if let Some(verb) = verb {
        let before = known.as_ref().map(|known| serde_json::json!({ "claim": known.claim }).to_string());
        let after = Some(serde_json::json!({ "claim": found.claim }).to_string());
        log(tx, verb, &id, before, after)?;
    }
    write_people(tx, &id, found)
}

fn insert(tx: &mut Tx<'_>, run_id: &str, currency: &str, found: &Found, worth: f64) -> Result<String> {
    let (id, now) = (tx.new_id("ins"), tx.now());
    let (evidence, checks) = (serde_json::to_string(&found.evidence)?, serde_json::to_string(&found.checks)?);
    let money = found.money;
    tx.execute(
        "INSERT INTO insights (id, run_id, kind, about, claim, evidence_json, n_customers, money_minor, money_low_minor,
           money_high_minor, money_how, currency, counter_checks_json, confidence, worth, refuted_by, suggested_action,
           status, found_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'new', $18, $18)",
        &params![
            id,
            run_id,
            found.kind.name(),
            found.about,
            found.claim,
            evidence,
            found.n_customers as i64,
            money.map(|money| money.expected_minor),
            money.map(|money| money.low_minor),
            money.map(|money| money.high_minor),
            found.money_how,
            currency,
            checks,
            found.confidence,
            worth,
            found.refuted_by,
            found.suggested_action,
            now
        ],
    )?;
    Ok(id)
}

fn update(tx: &mut Tx<'_>, run_id: &str, currency: &str, found: &Found, id: &str, worth: f64) -> Result<()> {
    let now = tx.now();
    let (evidence, checks) = (serde_json::to_string(&found.evidence)?, serde_json::to_string(&found.checks)?);
    let money = found.money;
    tx.execute(
        "UPDATE insights SET run_id = $2, claim = $3, evidence_json = $4, n_customers = $5, money_minor = $6,
           money_low_minor = $7, money_high_minor = $8, money_how = $9, currency = $10, counter_checks_json = $11,
           confidence = $12, worth = $13, refuted_by = $14, suggested_action = $15, updated_at = $16, gone_at = NULL
         WHERE id = $1",
        &params![
            id,
            run_id,
            found.claim,
            evidence,
            found.n_customers as i64,
            money.map(|money| money.expected_minor),
            money.map(|money| money.low_minor),
            money.map(|money| money.high_minor),
            found.money_how,
            currency,
            checks,
            found.confidence,
            worth,
            found.refuted_by,
            found.suggested_action,
            now
        ],
    )?;
    Ok(())
}

fn write_people(tx: &mut Tx<'_>, id: &str, found: &Found) -> Result<()> {
    tx.execute("DELETE FROM insight_people WHERE insight_id = $1", &params![id])?;
    let mut figures = Vec::with_capacity(found.people.len());
    for member in &found.people {
        figures.push(serde_json::to_string(&member.figures)?);
    }
    let mut values = Vec::with_capacity(4 * found.people.len());
    for ((member, figures), place) in found.people.iter().zip(&figures).zip(0i64..) {
        values.extend([id.param(), Param::Int(place), member.person_id.param(), figures.param()]);
    }
    tx.insert_rows("insight_people", &["insight_id", "place", "person_id", "figures_json"], "", &values)?;
    Ok(())
}

/// Marks what stood and was not found any more.
fn mark_gone(tx: &mut Tx<'_>, names: &[(String, String)]) -> Result<()> {
    let standing =
        tx.query("SELECT id, kind, about FROM insights WHERE gone_at IS NULL ORDER BY id", &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?))
        })?;
    let now = tx.now();
    for (id, kind, about) in standing {
        if names.iter().any(|name| name.0 == kind && name.1 == about) {
            continue;
        }
        tx.execute("UPDATE insights SET gone_at = $2, updated_at = $2 WHERE id = $1", &params![id, now])?;
        log(tx, "insight.gone", &id, None, None)?;
    }
    Ok(())
}

pub(super) fn log(
    tx: &mut Tx<'_>,
    verb: &str,
    id: &str,
    before: Option<String>,
    after: Option<String>,
) -> Result<String> {
    let entry = Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after };
    events::append(tx, entry)
}

impl Insight {
    /// The confidence as a word.
    pub fn confidence_in_words(&self) -> &'static str {
        super::confidence_in_words(self.confidence)
    }

    /// The money in words: `€1,200 (€900 to €1,600)`; None where there is none.
    pub fn money_in_words(&self) -> Option<String> {
        let currency = self.currency;
        self.money.map(|money| {
            format!(
                "{} ({} to {})",
                words::money(money.expected_minor, currency),
                words::money(money.low_minor, currency),
                words::money(money.high_minor, currency)
            )
        })
    }
}
