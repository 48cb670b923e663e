//! All scores as CSV: a row for each person who has any, in the order of ids, streamed page by page.

use super::{Scores, scores_of};
use crate::analyze::models::Reason;
use platform::store::Snapshot;
use platform::{Error, Result, params};
use std::collections::HashMap;
use std::io::{self, Write};
use tables::csv_out::{Cell, CsvWriter, WriteOptions};

/// People held in memory at once.
const ROWS_AT_ONCE: i64 = 500;

const HEADS: [&str; 20] = [
    "Person",
    "Customer number",
    "Name",
    "Value tier",
    "RFM segment",
    "Probability alive",
    "Expected orders in 52 weeks",
    "Lifetime value (minor units)",
    "Lifetime value low",
    "Lifetime value high",
    "Probability of leaving",
    "Reasons of leaving",
    "Risk that the contract is not renewed",
    "Lead grade",
    "Lead fit",
    "Lead engagement",
    "Probability of a first order",
    "Next product",
    "Next product 2",
    "Next product 3",
];

/// Writes the scores of everybody who has any; returns how many.
///
/// **Errors** of the file as [`Error::File`] without a path.
pub fn write_file(snapshot: &mut Snapshot<'_>, out: impl Write) -> Result<u64> {
    let mut csv = CsvWriter::new(out, WriteOptions::default());
    csv.write_row(HEADS.iter().map(|head| Cell::Text(head))).map_err(of_file)?;
    let (mut after, mut n) = (String::new(), 0);
    loop {
        let page: Vec<(String, Option<String>, String)> = snapshot.query(
            "SELECT p.id, p.external_id, p.name FROM person_scores s JOIN people p ON p.id = s.person_id
             WHERE s.person_id > $1 AND p.merged_into IS NULL AND p.deleted_at IS NULL ORDER BY s.person_id LIMIT $2",
            &params![after, ROWS_AT_ONCE],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let Some((last, ..)) = page.last() else { break };
        after.clone_from(last);
        let ids: Vec<&str> = page.iter().map(|person| person.0.as_str()).collect();
        let scores: HashMap<String, Scores> =
            scores_of(snapshot, &ids)?.into_iter().map(|s| (s.person_id.clone(), s)).collect();
        for (id, number, name) in &page {
            let Some(scores) = scores.get(id) else { continue };
            let cells = cells(id, number.as_deref().unwrap_or(""), name, scores);
            csv.write_row(cells.iter().map(|cell| Cell::Text(cell))).map_err(of_file)?;
            n += 1;
        }
    }
    csv.finish().map_err(of_file)?;
    Ok(n)
}

fn cells(id: &str, number: &str, name: &str, scores: &Scores) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let real = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.4}"));
    let whole = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
    let reason = |Reason(column, effect, _): &Reason| format!("{column} {effect:+.2}");
    let lead = scores.lead.as_ref();
    let next = |place: usize| scores.next_products.get(place).map_or(String::new(), |next| next.sku.clone());
    vec![
        id.to_string(),
        number.to_string(),
        name.to_string(),
        text(&scores.tier),
        text(&scores.segment),
        real(scores.probability_alive),
        real(scores.expected_orders),
        whole(scores.lifetime_value_minor),
        whole(scores.lifetime_value_low_minor),
        whole(scores.lifetime_value_high_minor),
        real(scores.churn_probability),
        scores.churn_reasons.iter().map(reason).collect::<Vec<_>>().join("; "),
        real(scores.contract_risk),
        lead.map_or(String::new(), |lead| lead.grade.clone()),
        whole(lead.map(|lead| lead.fit)),
        whole(lead.map(|lead| lead.engagement)),
        real(lead.and_then(|lead| lead.probability)),
        next(0),
        next(1),
        next(2),
    ]
}

fn of_file(error: io::Error) -> Error {
    Error::file("", error)
}
