//! Segments to begin with, offered where the data have people for them.
//!
//! They are suggestions: nothing is written before somebody takes one.

use super::{LiveCount, count, list};
use crate::plan::kept;
use platform::store::Snapshot;
use platform::{Micros, Result};
use records::filter::{FieldCondition, Filter, Op};
use records::values::fold::fold;

/// Above so many people a suggestion says "more than".
const COUNTED_TO: i64 = 10_000;

/// A suggested segment and how many people it would have now.
#[derive(Debug, Clone, PartialEq)]
pub struct Starter {
    pub name: &'static str,
    pub description: &'static str,
    pub filter: Filter,
    pub count: LiveCount,
}

/// The suggestions that have somebody in them and whose name no segment has taken; where the newest turn counted so many people
/// that a page cannot, with when that was.
pub fn starters(snapshot: &mut Snapshot<'_>) -> Result<(Vec<Starter>, Option<Micros>)> {
    let taken: Vec<String> = list(snapshot)?.iter().map(|segment| fold(&segment.name)).collect();
    let kept = kept::read::<Vec<(String, LiveCount)>>(snapshot, kept::STARTERS)?;
    let (counted, counted_at) = kept.map(|kept| (kept.counted, kept.counted_at)).unzip();
    let counted = counted.unwrap_or_default();
    let mut found = Vec::new();
    for (name, description, filter) in suggestions() {
        if taken.contains(&fold(name)) {
            continue;
        }
        let count = match counted.iter().find(|(known, _)| known == name) {
            Some((_, count)) => *count,
            None => count(snapshot, &filter, COUNTED_TO)?,
        };
        if count.n > 0 {
            found.push(Starter { name, description, filter, count });
        }
    }
    Ok((found, counted_at))
}

/// Counts every suggestion by its name, for a turn to keep.
pub fn count_starters(snapshot: &mut Snapshot<'_>) -> Result<Vec<(String, LiveCount)>> {
    let count =
        |(name, _, filter): (&str, _, Filter)| Ok((name.to_string(), count(snapshot, &filter, COUNTED_TO)?));
    suggestions().into_iter().map(count).collect()
}

fn field(name: &str, op: Op, value: &str) -> Filter {
    Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })
}

fn suggestions() -> Vec<(&'static str, &'static str, Filter)> {
    let all = Filter::All;
    let is = |name: &str, value: &str| field(name, Op::Is, value);
    vec![
        (
            "Valuable customers",
            "The high value tier: the fifth that spent most in the last twelve months.",
            all(vec![is("tier", "high")]),
        ),
        (
            "Valuable and likely lost",
            "High value a quarter ago and probably gone: a personal word costs little.",
            all(vec![is("previous_tier", "high"), field("probability_alive", Op::AtMost, "0.5")]),
        ),
        (
            "Fell out of the high tier",
            "Were of high value a quarter ago and are not now.",
            all(vec![is("previous_tier", "high"), field("tier", Op::IsNot, "high")]),
        ),
        ("Champions", "Bought most recently and most often.", all(vec![is("rfm_segment", "champions")])),
        (
            "Cannot lose",
            "Were among the most frequent buyers and have been silent for long.",
            all(vec![is("rfm_segment", "cannot_lose")]),
        ),
        ("At risk", "Were regular and have been silent for long.", all(vec![is("rfm_segment", "at_risk")])),
        (
            "First order, not yet the second",
            "Bought once: the second order decides whether they become customers.",
            all(vec![is("n_orders", "1")]),
        ),
        ("New", "The first order just now.", all(vec![is("rfm_segment", "new")])),
        (
            "Never ordered",
            "People without an order: leads, contacts, or customers whose orders are not here.",
            all(vec![is("n_orders", "0")]),
        ),
        (
            "Cannot be reached",
            "Neither e-mail address nor phone number.",
            all(vec![field("email", Op::IsNotSet, ""), field("phone", Op::IsNotSet, "")]),
        ),
    ]
}
