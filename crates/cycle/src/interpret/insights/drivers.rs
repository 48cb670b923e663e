//! Which part of a cohort explains that it comes back worse: channel, country, first till, first article.
//!
//! Every value of every attribute is tested within the cohort, all tests together corrected by Holm; then the gap to the
//! other cohorts is taken apart into what a part does differently and into its larger share. Where nothing stands out it
//! says so: a driver is where a number moved, not why.

use crate::interpret::View;
use crate::interpret::checks::{ALARM, FEWEST, named, two_sided};
use platform::Result;
use platform::store::{Param, Snapshot, places_from};
use statistics::drivers::{Part, ratio_change};
use statistics::multiple::holm;
use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// Customers of other cohorts whose attributes are read; with more, every so many-th is taken.
const MOST_OTHERS: usize = 20_000;
const MOST_OWN: usize = 20_000;
const IDS_AT_ONCE: usize = 200;

/// A customer of a cohort and whether it came back within the compared months.
#[derive(Debug, Clone, Copy)]
pub(super) struct CohortMember {
    pub(super) customer: u32,
    pub(super) came_back: bool,
}

/// One value of one attribute, in the cohort and in the others.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) attribute: &'static str,
    pub(super) value: String,
    /// (came back, customers)
    pub(super) own: (u64, u64),
    pub(super) rest: (u64, u64),
    pub(super) others: (u64, u64),
    /// Of "comes back as the rest of the cohort", after Holm's correction over all segments; NaN where not tested.
    pub(super) p_adjusted: f64,
    /// What it adds to the gap to the other cohorts, in shares of the cohort.
    pub(super) by_rate: f64,
    pub(super) by_mix: f64,
}

impl Segment {
    pub(super) fn share(counts: (u64, u64)) -> f64 {
        if counts.1 > 0 { counts.0 as f64 / counts.1 as f64 } else { 0.0 }
    }

    /// It comes back worse than the rest of its cohort beyond chance, and it widens the gap to the other cohorts.
    fn is_driver(&self) -> bool {
        self.p_adjusted < ALARM
            && Self::share(self.own) < Self::share(self.rest)
            && self.by_rate + self.by_mix < 0.0
    }
}

/// What was compared.
pub(super) struct Drivers {
    /// By adjusted chance, the smallest first.
    pub(super) segments: Vec<Segment>,
    pub(super) n_tested: usize,
}

impl Drivers {
    /// The part that explains most, if any part does.
    pub(super) fn main(&self) -> Option<&Segment> {
        let drivers = self.segments.iter().filter(|segment| segment.is_driver());
        drivers.min_by(|a, b| (a.by_rate + a.by_mix).total_cmp(&(b.by_rate + b.by_mix)))
    }
}

/// Compares the parts of a cohort.
pub(super) fn find(
    view: &View<'_>,
    snapshot: &mut Snapshot<'_>,
    own: &[CohortMember],
    others: &[CohortMember],
) -> Result<Drivers> {
    let own = thinned(own, MOST_OWN);
    let others = thinned(others, MOST_OTHERS);
    let own_attributes = attributes(view, snapshot, &own)?;
    let other_attributes = attributes(view, snapshot, &others)?;
    let mut segments = Vec::new();
    for (place, attribute) in ATTRIBUTES.iter().enumerate() {
        let own = counted(&own, &own_attributes, place);
        let others = counted(&others, &other_attributes, place);
        segments.extend(of_attribute(attribute, &own, &others));
    }
    let p_values: Vec<f64> = segments.iter().map(|segment| segment.p_adjusted).collect();
    let n_tested = p_values.iter().filter(|p| !p.is_nan()).count();
    for (segment, adjusted) in segments.iter_mut().zip(holm(&p_values)) {
        segment.p_adjusted = adjusted;
    }
    segments.retain(|segment| !segment.p_adjusted.is_nan());
    segments.sort_by(|a, b| {
        a.p_adjusted
            .total_cmp(&b.p_adjusted)
            .then_with(|| (a.attribute, &a.value).cmp(&(b.attribute, &b.value)))
    });
    Ok(Drivers { segments, n_tested })
}

const ATTRIBUTES: [&str; 4] = ["channel", "country", "sales channel of the first order", "first article"];

/// Every so many-th, so that at most `most` remain.
fn thinned(members: &[CohortMember], most: usize) -> Vec<CohortMember> {
    members.iter().copied().step_by(members.len().div_ceil(most).max(1)).collect()
}

/// The values of each attribute; empty is not known.
type Attributes = HashMap<u32, [String; 4]>;

fn attributes(view: &View<'_>, snapshot: &mut Snapshot<'_>, members: &[CohortMember]) -> Result<Attributes> {
    let facts = view.facts();
    let mut found = Attributes::with_capacity(members.len());
    for chunk in members.chunks(IDS_AT_ONCE) {
        let ids: Vec<&str> = chunk.iter().map(|member| facts.id(member.customer)).collect();
        let countries: HashMap<String, String> = snapshot
            .query(&within("SELECT id, country FROM people WHERE id IN", ids.len()), &texts(&ids), |row| {
                Ok((row.get(0)?, row.text(1)?.to_string()))
            })?
            .into_iter()
            .collect();
        let firsts = first_orders(snapshot, &ids)?;
        let order_ids: Vec<&str> = firsts.values().map(|first| first.0.as_str()).collect();
        let articles = first_articles(snapshot, &order_ids)?;
        for (member, id) in chunk.iter().zip(&ids) {
            let first = firsts.get(*id);
            found.insert(
                member.customer,
                [
                    facts.source(member.customer).to_string(),
                    countries.get(*id).cloned().unwrap_or_default(),
                    first.map(|first| first.1.clone()).unwrap_or_default(),
                    first.and_then(|first| articles.get(&first.0)).cloned().unwrap_or_default(),
                ],
            );
        }
    }
    Ok(found)
}

fn within(start: &str, n: usize) -> String {
    format!("{start} ({})", places_from(1, n))
}

fn texts<'a>(ids: &[&'a str]) -> Vec<Param<'a>> {
    ids.iter().map(|id| Param::Text(Cow::Borrowed(id))).collect()
}

/// By person: id and channel of the first purchase.
fn first_orders(snapshot: &mut Snapshot<'_>, ids: &[&str]) -> Result<HashMap<String, (String, String)>> {
    let sql = within(
        "SELECT person_id, id, channel FROM orders WHERE is_return = 0 AND counted_minor > 0 AND person_id IN",
        ids.len(),
    );
    let mut firsts = HashMap::with_capacity(ids.len());
    snapshot.each(&format!("{sql} ORDER BY person_id, ordered_at, id"), &texts(ids), |row| {
        let person: String = row.get(0)?;
        if let Entry::Vacant(first) = firsts.entry(person) {
            first.insert((row.get(1)?, row.text(2)?.to_string()));
        }
        Ok(())
    })?;
    Ok(firsts)
}

/// By order: the article with the largest amount.
fn first_articles(snapshot: &mut Snapshot<'_>, order_ids: &[&str]) -> Result<HashMap<String, String>> {
    if order_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = within(
        "SELECT order_id, coalesce(description, sku) FROM order_lines WHERE order_id IN",
        order_ids.len(),
    );
    let mut articles = HashMap::with_capacity(order_ids.len());
    snapshot.each(
        &format!("{sql} ORDER BY order_id, amount_minor DESC, line_no"),
        &texts(order_ids),
        |row| {
            let order: String = row.get(0)?;
            if let Entry::Vacant(article) = articles.entry(order) {
                article.insert(row.text(1)?.to_string());
            }
            Ok(())
        },
    )?;
    Ok(articles)
}

/// (came back, customers) by value of an attribute.
fn counted(members: &[CohortMember], attributes: &Attributes, place: usize) -> BTreeMap<String, (u64, u64)> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for member in members {
        let value = attributes.get(&member.customer).map_or("", |values| values[place].as_str());
        let count = counts.entry(value.to_string()).or_default();
        count.0 += u64::from(member.came_back);
        count.1 += 1;
    }
    counts
}

fn of_attribute(
    attribute: &'static str,
    own: &BTreeMap<String, (u64, u64)>,
    others: &BTreeMap<String, (u64, u64)>,
) -> Vec<Segment> {
    let sum = |counts: &BTreeMap<String, (u64, u64)>| {
        counts.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let all = sum(own);
    // Rare values are one part in the bookkeeping, and are not tested.
    let mut values: Vec<&String> =
        own.iter().filter(|(_, one)| one.1 >= FEWEST).map(|(value, _)| value).collect();
    values.sort();
    let part = |one: (u64, u64)| Part { numerator: one.0 as f64, denominator: one.1 as f64 };
    let split = |counts: &BTreeMap<String, (u64, u64)>| -> Vec<(u64, u64)> {
        let mut parts: Vec<(u64, u64)> =
            values.iter().map(|value| counts.get(*value).copied().unwrap_or_default()).collect();
        let (named, all) =
            (parts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)), sum(counts));
        parts.push((all.0 - named.0, all.1 - named.1));
        parts
    };
    let (own_parts, other_parts) = (split(own), split(others));
    let change = ratio_change(
        &other_parts.iter().copied().map(part).collect::<Vec<_>>(),
        &own_parts.iter().copied().map(part).collect::<Vec<_>>(),
    );
    let segments = values.iter().enumerate().map(|(place, value)| {
        let counts = own_parts[place];
        let rest = (all.0 - counts.0, all.1 - counts.1);
        let effect = change
            .as_ref()
            .map_or((0.0, 0.0), |change| (change.effects[place].rate, change.effects[place].mix));
        Segment {
            attribute,
            value: named(value).to_string(),
            own: counts,
            rest,
            others: other_parts[place],
            p_adjusted: if rest.1 >= FEWEST { two_sided(counts, rest).unwrap_or(f64::NAN) } else { f64::NAN },
            by_rate: effect.0,
            by_mix: effect.1,
        }
    });
    segments.collect()
}
