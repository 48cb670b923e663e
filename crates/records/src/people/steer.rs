//! Steering the planner: whether a page of people is found by the index of a condition or by walking the list's own order.
//!
//! What few people have is looked up by its index, and the matches are sorted; what many have is met soon when the list is
//! walked in its order. The planner cannot know which it is, so we count up to [`RARE`] and write the other way in a form
//! for which no index fits: `(column + 0)`, `(column || '')`. It decides about speed only, never about who is found.

use super::list::Sort;
use crate::filter::{self, Condition, Field, FieldCondition, Filter, Kind, Op, ScoredAre};
use platform::Result;
use platform::store::{Param, Snapshot};
use std::collections::BTreeMap;

/// So many matches are few enough to be fetched by their index and sorted.
const RARE: i64 = 5_000;

/// A condition that the planner can only answer the way we want.
pub(super) struct Steered {
    pub(super) condition: Condition,
    /// Few match one of its parts, which is looked up by its index: the order must not be walked.
    pub(super) is_rare: bool,
    /// Only people match who have the value by which the list is sorted.
    pub(super) asks_for_sorted: bool,
}

pub(super) fn steer(snapshot: &mut Snapshot<'_>, filter: &Filter, sort: Sort) -> Result<Steered> {
    let many_scored = many_have_the_scores(snapshot, filter)?;
    let scored_are = if many_scored == Some(true) { ScoredAre::LookedUp } else { ScoredAre::Listed };
    let condition = filter::condition_where(filter, snapshot.dialect(), snapshot.now(), scored_are)?;
    let mut steered = Steered { condition, is_rare: many_scored == Some(false), asks_for_sorted: false };
    let Filter::All(parts) = filter else { return Ok(steered) };
    let mut by_column: BTreeMap<&str, Vec<&Filter>> = BTreeMap::new();
    for part in parts {
        if let Filter::Field(one) = part
            && let Some(field) = looked_up(one)
        {
            by_column.entry(field.column()).or_default().push(part);
        }
    }
    let mut frequent = Vec::new();
    for (column, parts) in by_column {
        // A condition on the sorted column itself says where the walk begins and ends.
        if column == sort.column() {
            steered.asks_for_sorted = true;
            continue;
        }
        let together = Filter::All(parts.into_iter().cloned().collect());
        match is_rare(snapshot, &together)? {
            true => steered.is_rare = true,
            false => frequent.push(column),
        }
    }
    for part in parts {
        let Filter::Any(ones) = part else { continue };
        let fields: Option<Vec<_>> = ones.iter().map(looked_up_alone).collect();
        let Some(fields) = fields.filter(|fields| !fields.is_empty()) else { continue };
        match is_rare(snapshot, part)? {
            true => steered.is_rare = true,
            false => frequent.extend(fields.into_iter().map(Field::column)),
        }
    }
    for column in frequent.into_iter().filter(|column| *column != sort.column()) {
        let text = &mut steered.condition.text;
        *text = text.replace(&format!("people.{column} "), &format!("{} ", without_index(column)));
    }
    Ok(steered)
}

/// The column in a form for which no index fits.
pub(super) fn without_index(column: &str) -> String {
    let is_text = filter::FIELDS
        .iter()
        .any(|field| field.column() == column && matches!(field.kind, Kind::Text | Kind::Folded));
    if is_text { format!("(people.{column} || '')") } else { format!("(people.{column} + 0)") }
}

/// The field of a condition that an index answers.
fn looked_up(condition: &FieldCondition) -> Option<&'static Field> {
    let field = filter::field(&condition.name).filter(|field| field.is_indexed && !field.is_score)?;
    let by_index = match condition.op {
        Op::Is | Op::StartsWith | Op::AtLeast | Op::AtMost | Op::WithinDays | Op::OlderThanDays => true,
        Op::IsNot | Op::Contains | Op::IsSet | Op::IsNotSet => false,
    };
    by_index.then_some(field)
}

fn looked_up_alone(filter: &Filter) -> Option<&'static Field> {
    match filter {
        Filter::Field(condition) => looked_up(condition),
        _ => None,
    }
}

/// Whether fewer than [`RARE`] match, counted in the index alone.
fn is_rare(snapshot: &mut Snapshot<'_>, filter: &Filter) -> Result<bool> {
    let mut condition = filter::condition_alone(filter, snapshot.dialect(), snapshot.now())?;
    let limit = condition.place(Param::Int(RARE));
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM people WHERE {} LIMIT {limit}) AS matches",
        condition.text
    );
    Ok(snapshot.one(&sql, &condition.params, |row| row.get::<i64>(0))? < RARE)
}

/// Whether at least [`RARE`] people have the scores that the filter asks for; None where it asks for none.
fn many_have_the_scores(snapshot: &mut Snapshot<'_>, filter: &Filter) -> Result<Option<bool>> {
    let condition = filter::condition_on_scores(filter, snapshot.dialect(), snapshot.now())?;
    let Some(mut condition) = condition else { return Ok(None) };
    let limit = condition.place(Param::Int(RARE));
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM person_scores s WHERE {} LIMIT {limit}) AS matches",
        condition.text
    );
    Ok(Some(snapshot.one(&sql, &condition.params, |row| row.get::<i64>(0))? >= RARE))
}
