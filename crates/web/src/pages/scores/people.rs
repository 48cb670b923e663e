//! The people whom a model names, page by page.

use cycle::analyze::scores::{Ranked, RankedRow, highest, scores_of};
use cycle::analyze::{Scores, churn, contracts, leads};
use platform::{Result as Found, Snapshot};

use super::{Reasons, of_churn, of_lead, points};
use crate::pages::named;
use crate::wording::{Words, percent};

/// People on a page.
const SHOWN: usize = 25;

/// A person in the list of a model.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) href: Option<String>,
    pub(super) score: String,
    /// From 0 to 100.
    pub(super) percent: f64,
    /// Money ahead of a customer; probability of a first order of a lead.
    pub(super) beside: String,
    pub(super) reasons: String,
}

/// Whom a model names.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) people: Vec<Person>,
    pub(super) next: Option<String>,
    /// What the score and the column beside it are.
    pub(super) heads: (&'static str, &'static str),
}

/// The people with the highest scores of a model behind a place; nobody for models that rank no people.
pub(super) fn listed(snapshot: &mut Snapshot<'_>, model: &str, after: Option<&str>) -> Found<Listed> {
    let (by, heads) = match model {
        churn::NAME => (Ranked::Churn, ("Probability", "Value ahead")),
        contracts::NAME => (Ranked::Contract, ("Risk", "Value ahead")),
        leads::NAME => (Ranked::Lead, ("Points", "First order")),
        _ => return Ok(Listed::default()),
    };
    let words = Words::read(snapshot)?;
    let mut rows = highest(snapshot, by, after, SHOWN + 1)?;
    let next = (rows.len() > SHOWN).then(|| rows[SHOWN - 1].place());
    rows.truncate(SHOWN);
    let ids: Vec<&str> = rows.iter().map(|row| row.person_id.as_str()).collect();
    let scores = scores_of(snapshot, &ids)?;
    let risks = match by {
        Ranked::Contract => contracts::running_of(snapshot, &ids)?,
        _ => Vec::new(),
    };
    let names = named::all(snapshot, ids.iter().copied())?;
    let person = |row: &RankedRow| {
        let named = names.get(&row.person_id);
        let mut person = Person {
            name: named.map_or(row.person_id.clone(), |named| named.name.clone()),
            href: named.and_then(|named| named.href.clone()),
            score: String::new(),
            percent: 0.0,
            beside: "–".to_string(),
            reasons: String::new(),
        };
        if let Some(scores) = scores.iter().find(|scores| scores.person_id == row.person_id) {
            match by {
                Ranked::Contract => contract(&mut person, row, &risks, &words),
                _ => say(&mut person, row, scores, &words),
            }
        }
        person
    };
    Ok(Listed { people: rows.iter().map(person).collect(), next, heads })
}

/// What a contract says of its customer: the risk, what it is expected to pay, and why.
fn contract(person: &mut Person, row: &RankedRow, running: &[contracts::Row], words: &Words) {
    person.score = percent(row.score);
    person.percent = 100.0 * row.score;
    let Some(own) = running.iter().find(|own| own.person_id == row.person_id) else { return };
    let word = |reason: &_| contracts::words::reason(reason, |minor| words.money(minor));
    person.reasons = Reasons::of(&own.reasons, word).line();
    person.beside = own.value.map_or("–".to_string(), |(expected, ..)| words.money(expected));
}

fn say(person: &mut Person, row: &RankedRow, scores: &Scores, words: &Words) {
    if let Some(lead) = &scores.lead {
        person.score = format!("{} · {} + {}", lead.grade, lead.fit, lead.engagement);
        person.percent = (row.score / 2.0).clamp(0.0, 100.0);
        let moved = of_lead(&lead.why.model).line();
        person.reasons = [points(&lead.why), moved]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ");
        if let Some(probability) = lead.probability {
            person.beside = percent(probability);
        }
        return;
    }
    person.score = percent(row.score);
    person.percent = 100.0 * row.score;
    person.reasons = of_churn(&scores.churn_reasons, words).line();
    if let Some(minor) = scores.lifetime_value_minor {
        person.beside = words.money(minor);
    }
}
