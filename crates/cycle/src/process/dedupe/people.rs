//! Duplicates among people: all of them, or those that changed against all.

use super::cards::{Card, Cards, RULES, Text};
use super::compare::{Known, Reason, score};
use super::search;
use super::{Matches, Proposal, THRESHOLD};
use platform::Result;
use platform::store::Snapshot;
use records::people::{self, Input, Person};
use records::values::fold::fold;

/// The pairs of present people that are probably one; only pairs with a person written after `since`.
///
/// `shift` is the correction of the prior that a full search found; None finds it.
pub(super) fn find(snapshot: &mut Snapshot<'_>, since: i64, shift: Option<f64>) -> Result<Matches> {
    let cards = Cards::load(snapshot, since)?;
    let n_compared = cards.changed.iter().filter(|changed| **changed).count() as u64;
    if n_compared == 0 {
        return Ok(Matches::default());
    }
    let known = Known { n: (cards.len() as f64).max(100.0) };
    let found = search::pairs(
        cards.len(),
        RULES.len(),
        &cards.changed,
        THRESHOLD - search::MOST_SHIFT,
        |rule, card| RULES[rule](&cards.get(card)),
        |card| order(&cards.get(card)),
        |left, right| score(&known, &cards.get(left), &cards.get(right), |_, _, _| {}),
    );
    let shift = shift.unwrap_or_else(|| search::shift(&found, cards.len() as f64 / 20.0));
    let proposals = found.into_iter().filter(|pair| pair.score + shift >= THRESHOLD).map(|pair| {
        let (left, right) = (cards.get(pair.left as usize), cards.get(pair.right as usize));
        proposal(&known, &left, &right, pair.score + shift)
    });
    Ok(Matches { n_compared, shift, proposals: proposals.collect() })
}

/// What stands next to each other where a block is too large to compare all.
fn order(card: &Card<'_>) -> String {
    [Text::Family, Text::Given, Text::Postcode, Text::Street, Text::Birthday]
        .map(|text| card.text(text))
        .join(" ")
}

fn proposal(known: &Known, left: &Card<'_>, right: &Card<'_>, score: f64) -> Proposal {
    let (left_id, right_id) = (left.text(Text::Id), right.text(Text::Id));
    let (first, second) = (left_id.min(right_id), left_id.max(right_id));
    let reasons = reasons(known, left, right);
    Proposal { left_id: first.to_string(), right_id: second.to_string(), score, reasons }
}

fn reasons(known: &Known, left: &Card<'_>, right: &Card<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    score(known, left, right, |field, found, bits| {
        let bits = (bits * 10.0).round() / 10.0;
        reasons.push(Reason { field: field.to_string(), found: found.to_string(), bits });
    });
    reasons.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    reasons
}

/// A person who may be the one who is being typed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    pub person: Person,
    /// **Units.** Bits, as in the queue.
    pub score: f64,
    pub reasons: Vec<Reason>,
}

/// Candidates that one index gives.
const CANDIDATES: usize = 50;

/// People who may be the one who is being typed in, the surest first: a warning before a record is written twice.
///
/// Only indexes are asked: e-mail address, phone, names and the first letters of the family name.
pub fn similar(snapshot: &mut Snapshot<'_>, input: &Input, limit: usize) -> Result<Vec<Similar>> {
    let mut typed = Person::default();
    people::apply(&mut typed, input, people::defaults(snapshot)?);
    let mut found: Vec<Person> = Vec::new();
    for (condition, order, value) in lookups(&typed) {
        let end = format!("{value}\u{10ffff}");
        let sql = format!(
            "SELECT id FROM people WHERE {condition} AND merged_into IS NULL AND deleted_at IS NULL
             ORDER BY {order} LIMIT {CANDIDATES}"
        );
        let params = platform::params![value, end];
        let n_params = if condition.contains("$2") { 2 } else { 1 };
        let ids = snapshot.query(&sql, &params[..n_params], |row| row.get::<String>(0))?;
        let new: Vec<String> = ids.into_iter().filter(|id| found.iter().all(|p| p.id != *id)).collect();
        found.extend(people::many(snapshot, &new)?);
    }
    let known = Known { n: super::n_people(snapshot)?.max(100.0) };
    let mut cards = Cards::default();
    cards.push_person(&typed);
    found.iter().for_each(|person| cards.push_person(person));
    cards.guess_counts(known.usual_counts());
    let mut similar: Vec<Similar> = found
        .into_iter()
        .enumerate()
        .filter_map(|(place, person)| {
            let (typed, other) = (cards.get(0), cards.get(place + 1));
            let score = score(&known, &typed, &other, |_, _, _| {});
            (score >= WARNING).then(|| Similar { person, score, reasons: reasons(&known, &typed, &other) })
        })
        .collect();
    similar.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.person.id.cmp(&b.person.id)));
    similar.truncate(limit);
    Ok(similar)
}

/// While somebody types, little is known yet: a warning comes earlier than a proposal.
const WARNING: f64 = -8.0;

/// Conditions that an index answers, in the order of that index, with their value.
fn lookups(typed: &Person) -> Vec<(&'static str, &'static str, String)> {
    const BY_PREFIX: (&str, &str) = ("family_key >= $1 AND family_key < $2", "family_key, id");
    let mut lookups = Vec::new();
    let mut add = |(condition, order), value| lookups.push((condition, order, value));
    if let Some(email) = &typed.email {
        add(("email_key = $1", "id"), email.to_lowercase());
    }
    if let Some(phone) = &typed.phone {
        add(("phone = $1", "id"), phone.clone());
    }
    let given = fold(typed.given_name.as_deref().unwrap_or_default());
    let family = fold(typed.family_name.as_deref().unwrap_or_default());
    if !given.is_empty() && !family.is_empty() {
        add(("name_key = $1", "id"), format!("{given} {family}"));
        add(("name_key = $1", "id"), format!("{family} {given}"));
        let initial: String = given.chars().take(1).collect();
        add(BY_PREFIX, format!("{family} {initial}"));
    }
    if family.len() >= 3 {
        add(BY_PREFIX, format!("{family} "));
        let letters: String = family.chars().take(4).collect();
        add(BY_PREFIX, letters);
    }
    lookups
}
