//! What the last run found about each customer: one row a customer, written in small transactions, read by id.
//!
//! People who never bought have the scores of a lead and nothing else. A row names its run; while a run writes, rows of two runs stand side by side, and a
//! run that was stopped in the middle is healed by the next one, which writes every row.

mod file;
mod ranked;

pub use file::write_file;
pub use ranked::{Ranked, Row as RankedRow, highest};

use super::Day;
use super::churn::Churn;
use super::contracts;
use super::facts::Facts;
use super::leads::{self, Leads};
use super::lifetime_value::{Abstained, LifetimeValue};
use super::models::Reason;
use super::next_product::{Next, NextProduct};
use super::rfm::Rfm;
use platform::store::{Param, Row, Snapshot, Store, places_from};
use platform::{By, Result, params};
use statistics::rfm::Tier;
use std::borrow::Cow;
use std::sync::Arc;

/// Rows in one transaction: about a tenth of a second, so that nobody waits long behind it.
pub const ROWS_AT_ONCE: usize = 10_000;

pub(super) const COLUMNS: &[&str] = &[
    "person_id",
    "run_id",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "rfm_segment",
    "tier",
    "previous_tier",
    "probability_alive",
    "expected_orders",
    "lifetime_value_minor",
    "lifetime_value_low_minor",
    "lifetime_value_high_minor",
    "abstained",
    "churn_probability",
    "churn_reasons",
    "lead_points",
    "lead_fit",
    "lead_engagement",
    "lead_grade",
    "lead_probability",
    "lead_reasons",
    "next_product",
    "next_products",
    "contract_until_at",
    "contract_ended_at",
    "contract_risk",
];

/// What is written: the analyses of one day over the same facts.
#[derive(Clone)]
pub struct Scored {
    pub run_id: Arc<str>,
    pub facts: Arc<Facts>,
    pub rfm: Arc<Rfm>,
    pub lifetime_value: Arc<LifetimeValue>,
    pub churn: Arc<Churn>,
    pub contracts: Arc<contracts::Analysis>,
    pub next_product: Arc<NextProduct>,
    pub leads: Arc<Leads>,
}

/// Writes the scores of all customers and removes those of people who are no customers any more.
///
/// `progress` hears how many rows are written. Returns their number.
pub fn write(store: &Store, scored: &Scored, progress: &mut dyn FnMut(usize)) -> Result<usize> {
    let n_customers = scored.lifetime_value.customers.len();
    let n = n_customers + scored.leads.all.len();
    let on_conflict = on_conflict();
    let mut done = 0;
    while done < n {
        let end = (done + ROWS_AT_ONCE).min(n);
        let (part, on_conflict) = (scored.clone(), on_conflict.clone());
        store
            .write(By::system(), move |tx| {
                let mut values = Vec::with_capacity((end - done) * COLUMNS.len());
                for at in done..end {
                    match at.checked_sub(n_customers) {
                        None => part.row(at, &mut values),
                        Some(place) => part.lead(place, &mut values),
                    }
                }
                tx.insert_rows("person_scores", COLUMNS, &on_conflict, &values)
            })
            .wait()?;
        done = end;
        progress(done);
    }
    remove_others(store, &scored.run_id)?;
    Ok(n)
}

fn on_conflict() -> String {
    let set: Vec<String> =
        COLUMNS.iter().skip(1).map(|column| format!("{column} = excluded.{column}")).collect();
    format!("ON CONFLICT (person_id) DO UPDATE SET {}", set.join(", "))
}

impl Scored {
    /// The row of the customer at a place of the analyses, appended to `values`.
    fn row<'a>(&'a self, at: usize, values: &mut Vec<Param<'a>>) {
        let text = |text: &'static str| Param::Text(Cow::Borrowed(text));
        let customer = self.lifetime_value.customers[at];
        let forecast = &self.lifetime_value.forecasts[at];
        // Who has only had orders free of charge has no place in RFM.
        let place = self.rfm.place(customer);
        let scores = place.map(|place| self.rfm.scores[place]);
        let tier = place.map(|place| self.rfm.tiers[place]);
        let previous = place.and_then(|place| self.rfm.previous_tiers.get(place).copied().flatten());
        let name = |tier: Option<Tier>| tier.map_or(Param::Null, |tier| text(tier.name()));
        let score = |score: Option<u8>| score.map_or(Param::Null, |score| Param::Int(score.into()));
        let real = |value: Option<f64>| value.map_or(Param::Null, Param::Real);
        let int = |value: Option<i64>| value.map_or(Param::Null, Param::Int);
        values.extend([
            Param::Text(Cow::Borrowed(self.facts.id(customer))),
            Param::Text(Cow::Borrowed(&*self.run_id)),
            score(scores.map(|scores| scores.recency)),
            score(scores.map(|scores| scores.frequency)),
            score(scores.map(|scores| scores.money)),
            scores.map_or(Param::Null, |scores| text(scores.segment().name())),
            name(tier),
            name(previous),
            real(forecast.probability_alive),
            real(forecast.expected_orders),
            int(forecast.value.map(|value| value.expected_minor)),
            int(forecast.value.map(|value| value.low_minor)),
            int(forecast.value.map(|value| value.high_minor)),
            forecast.abstained.map_or(Param::Null, |why| text(why.code())),
            real(self.churn.probability(customer).map(rounded)),
            json(self.churn.reasons(customer)),
        ]);
        values.extend((0..N_OF_LEADS).map(|_| Param::Null));
        let next = self.next_product.of(customer);
        let first = next.first().map(|next| Param::Text(Cow::Owned(next.sku.clone())));
        let contract = self.contracts.of(customer);
        let start = |day: Option<i32>| day.map_or(Param::Null, |day| Param::Int(Day(day).start()));
        values.extend([
            first.unwrap_or(Param::Null),
            json(&next),
            start(contract.until),
            start(contract.ended),
            real(contract.risk.map(rounded)),
        ]);
    }
}

impl Scored {
    /// The row of a person who never bought, appended to `values`.
    fn lead<'a>(&'a self, place: usize, values: &mut Vec<Param<'a>>) {
        let lead = &self.leads.all[place];
        values.push(Param::Text(Cow::Borrowed(&lead.id)));
        values.push(Param::Text(Cow::Borrowed(&*self.run_id)));
        values.extend((0..N_BEFORE_LEADS).map(|_| Param::Null));
        let why = serde_json::to_string(&self.leads.why(lead)).ok();
        let points = &lead.points;
        values.extend([
            Param::Int(points.fit + points.engagement),
            Param::Int(points.fit),
            Param::Int(points.engagement),
            Param::Text(Cow::Borrowed(points.grade)),
            lead.probability.map_or(Param::Null, |p| Param::Real(rounded(p))),
            why.map_or(Param::Null, |why| Param::Text(Cow::Owned(why))),
        ]);
        values.extend((0..N_AFTER_LEADS).map(|_| Param::Null));
    }
}

/// Columns between the run and those of leads.
const N_BEFORE_LEADS: usize = 14;
/// Columns that only people who never bought have.
const N_OF_LEADS: usize = 6;
/// Columns after them: products to come, and the contract.
const N_AFTER_LEADS: usize = 5;

/// A probability as it is kept: more digits would say nothing and make each run a change.
fn rounded(probability: f64) -> f64 {
    (probability * 10_000.0).round() / 10_000.0
}

/// A list as JSON; an empty one is not kept.
fn json<T: serde::Serialize>(list: &[T]) -> Param<'static> {
    let text = if list.is_empty() { None } else { serde_json::to_string(list).ok() };
    text.map_or(Param::Null, |text| Param::Text(Cow::Owned(text)))
}

/// Deletes the rows that this run did not write: deleted and merged people, and those whose orders are gone.
fn remove_others(store: &Store, run_id: &Arc<str>) -> Result<()> {
    let run = run_id.clone();
    let others = store
        .scan(move |s| {
            let sql = "SELECT person_id FROM person_scores WHERE run_id <> $1 ORDER BY person_id";
            s.query(sql, &params![&*run], |row| row.get::<String>(0))
        })
        .wait()?;
    for chunk in others.chunks(ROWS_AT_ONCE) {
        let (chunk, run) = (chunk.to_vec(), run_id.clone());
        store
            .write(By::system(), move |tx| {
                for id in &chunk {
                    tx.execute(
                        "DELETE FROM person_scores WHERE person_id = $1 AND run_id <> $2",
                        &params![id, &*run],
                    )?;
                }
                Ok(())
            })
            .wait()?;
    }
    Ok(())
}

/// What the last run found about one customer.
///
/// **Units.** Scores 1 to 5; money in minor units of the workspace's currency over the coming 52 weeks, the interval at 80 %.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    pub person_id: String,
    pub run_id: String,
    /// None, as the tier and segment, for who has only had orders free of charge.
    pub recency: Option<i64>,
    pub frequency: Option<i64>,
    pub money: Option<i64>,
    pub segment: Option<String>,
    pub tier: Option<String>,
    /// The tier a quarter before; None for who had not bought by then or where history is too short.
    pub previous_tier: Option<String>,
    pub probability_alive: Option<f64>,
    pub expected_orders: Option<f64>,
    pub lifetime_value_minor: Option<i64>,
    pub lifetime_value_low_minor: Option<i64>,
    pub lifetime_value_high_minor: Option<i64>,
    /// Why a number is missing.
    pub abstained: Option<Abstained>,
    /// Probability that the customer buys nothing more for the period of the churn model; None for who is no customer now.
    pub churn_probability: Option<f64>,
    pub churn_reasons: Vec<Reason>,
    /// Probability that the running contract is not renewed; None without one, or where the model abstains.
    pub contract_risk: Option<f64>,
    /// Of a person who never bought; None for customers.
    pub lead: Option<LeadScore>,
    /// The products that the customer most likely buys next, the likeliest first.
    pub next_products: Vec<Next>,
}

/// The lead score of a person who never bought.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadScore {
    pub fit: i64,
    pub engagement: i64,
    /// A1 to C3.
    pub grade: String,
    /// Probability of a first order within the period of the lead model; None where it abstains.
    pub probability: Option<f64>,
    pub why: leads::Why,
}

/// Ids asked for in one statement.
const IDS_AT_ONCE: usize = 200;

/// The scores of these people, in no order; people without scores are left out.
pub fn scores_of(snapshot: &mut Snapshot<'_>, ids: &[&str]) -> Result<Vec<Scores>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let ids: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(Cow::Borrowed(id))).collect();
        let sql = format!(
            "SELECT {} FROM person_scores WHERE person_id IN ({})",
            COLUMNS.join(", "),
            places_from(1, chunk.len())
        );
        found.extend(snapshot.query(&sql, &ids, read)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Scores> {
    Ok(Scores {
        person_id: row.get(0)?,
        run_id: row.get(1)?,
        recency: row.get(2)?,
        frequency: row.get(3)?,
        money: row.get(4)?,
        segment: row.get(5)?,
        tier: row.get(6)?,
        previous_tier: row.get(7)?,
        probability_alive: row.get(8)?,
        expected_orders: row.get(9)?,
        lifetime_value_minor: row.get(10)?,
        lifetime_value_low_minor: row.get(11)?,
        lifetime_value_high_minor: row.get(12)?,
        abstained: Abstained::from_code(row.text(13)?),
        churn_probability: row.get(14)?,
        churn_reasons: list(row, 15)?,
        lead: lead(row)?,
        next_products: list(row, 23)?,
        contract_risk: row.get(26)?,
    })
}

/// A list that was kept as JSON; an empty one where there is none.
fn list<T: serde::de::DeserializeOwned>(row: &Row<'_>, place: usize) -> Result<Vec<T>> {
    match row.get::<Option<String>>(place)? {
        Some(text) => Ok(serde_json::from_str(&text)?),
        None => Ok(Vec::new()),
    }
}

fn lead(row: &Row<'_>) -> Result<Option<LeadScore>> {
    let (Some(fit), Some(engagement), Some(grade)) =
        (row.get::<Option<i64>>(17)?, row.get::<Option<i64>>(18)?, row.get::<Option<String>>(19)?)
    else {
        return Ok(None);
    };
    let why = row.get::<Option<String>>(21)?.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Some(LeadScore { fit, engagement, grade, probability: row.get(20)?, why: why.unwrap_or_default() }))
}
