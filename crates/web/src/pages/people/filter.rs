//! The filter of the list of people as its address says it: the fields of the bar, and a whole tree as JSON.

use platform::{Error, Result, Snapshot};
use records::filter::{FieldCondition, Filter, Op};
use records::people;
use records::values::country::Country;

use super::scores::{SEGMENTS, TIERS, label_of};
use crate::parts::Choice;
use crate::query::Query;

/// Answers for how many orders somebody has placed.
const ORDERS: [(&str, &str, Op, &str); 4] = [
    ("none", "None", Op::Is, "0"),
    ("once", "One", Op::Is, "1"),
    ("repeat", "Two or more", Op::AtLeast, "2"),
    ("regular", "Five or more", Op::AtLeast, "5"),
];

/// Answers for when somebody ordered last.
const LAST_ORDER: [(&str, &str, Op, &str); 6] = [
    ("30", "Within 30 days", Op::WithinDays, "30"),
    ("90", "Within 90 days", Op::WithinDays, "90"),
    ("365", "Within a year", Op::WithinDays, "365"),
    ("older90", "Over 90 days ago", Op::OlderThanDays, "90"),
    ("older365", "Over a year ago", Op::OlderThanDays, "365"),
    ("never", "Never", Op::IsNotSet, ""),
];

/// The names in an address that narrow the list.
pub(super) const NAMES: [&str; 11] = [
    "q",
    "country",
    "source",
    "tier",
    "segment",
    "tag",
    "orders",
    "last_order",
    "revenue",
    "company",
    "filter",
];

/// What the address asks for.
///
/// **Errors** at `filter` when it is no filter.
pub(crate) fn filter_of(query: &Query) -> Result<Filter> {
    let mut parts = Vec::new();
    if let Some(typed) = query.filled("q") {
        parts.push(begins_with(typed));
    }
    for (name, field) in [
        ("country", "country"),
        ("source", "source"),
        ("tier", "tier"),
        ("segment", "rfm_segment"),
        ("company", "company"),
    ] {
        parts.extend(query.filled(name).map(|value| compare(field, Op::Is, value)));
    }
    parts.extend(query.filled("tag").map(|tag| Filter::Tag(tag.to_string())));
    parts
        .extend(answer(&ORDERS, query.get("orders")).map(|(_, _, op, value)| compare("n_orders", op, value)));
    parts.extend(
        answer(&LAST_ORDER, query.get("last_order"))
            .map(|(_, _, op, value)| compare("last_order", op, value)),
    );
    parts.extend(query.filled("revenue").map(|amount| compare("revenue", Op::AtLeast, amount)));
    if let Some(json) = query.filled("filter") {
        match parse(json)? {
            Filter::All(more) => parts.extend(more),
            one => parts.push(one),
        }
    }
    Ok(Filter::All(parts))
}

/// The tree of conditions in an address or a form.
///
/// **Errors** at `filter`.
pub(crate) fn parse(json: &str) -> Result<Filter> {
    serde_json::from_str(json).map_err(|error| {
        Error::invalid("filter", format!("the filter in the address cannot be read: {error}"))
    })
}

fn compare(name: &str, op: Op, value: &str) -> Filter {
    Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })
}

/// People whose name, address, phone or number begins with what was typed; each is looked up in its index.
fn begins_with(typed: &str) -> Filter {
    let mut ways = vec![
        compare("name", Op::StartsWith, typed),
        compare("family_name", Op::StartsWith, typed),
        compare("email", Op::StartsWith, typed),
        compare("external_id", Op::StartsWith, typed),
    ];
    let dialled: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if dialled.starts_with('+') {
        ways.push(compare("phone", Op::StartsWith, &dialled));
    }
    Filter::Any(ways)
}

type Answer = (&'static str, &'static str, Op, &'static str);

fn answer(answers: &[Answer], chosen: &str) -> Option<Answer> {
    answers.iter().copied().find(|(name, ..)| *name == chosen)
}

/// The selects of the bar.
pub(super) struct Bar {
    pub(super) countries: Vec<Choice>,
    pub(super) tiers: Vec<Choice>,
    pub(super) segments: Vec<Choice>,
    pub(super) orders: Vec<Choice>,
    pub(super) last_order: Vec<Choice>,
}

impl Bar {
    pub(super) fn read(snapshot: &mut Snapshot<'_>, query: &Query) -> Result<Self> {
        let codes = people::countries(snapshot)?;
        let named = codes.iter().map(|code| (code.as_str(), country_name(code)));
        Ok(Self {
            countries: choices(named, query.get("country")),
            tiers: choices(TIERS.iter().map(|(name, label, _)| (*name, *label)), query.get("tier")),
            segments: choices(SEGMENTS, query.get("segment")),
            orders: choices(ORDERS.map(|(name, label, ..)| (name, label)), query.get("orders")),
            last_order: choices(LAST_ORDER.map(|(name, label, ..)| (name, label)), query.get("last_order")),
        })
    }
}

/// The name of a country, or its code where it has none.
pub(crate) fn country_name(code: &str) -> &str {
    Country::from_alpha2(code).map_or(code, |country| country.name())
}

/// "Any", and then each answer.
fn choices<'c>(answers: impl IntoIterator<Item = (&'c str, &'c str)>, chosen: &str) -> Vec<Choice> {
    let any = Choice::new("", "Any", chosen);
    std::iter::once(any)
        .chain(answers.into_iter().map(|(name, label)| Choice::new(name, label, chosen)))
        .collect()
}

/// A condition that holds, and the list without it.
pub(super) struct Chip {
    pub(super) field: String,
    pub(super) words: String,
    pub(super) href: String,
}

/// What narrows the list now and is not seen in a select of the bar.
pub(super) fn chips(query: &Query, filter: &Filter, company: Option<&str>) -> Vec<Chip> {
    let here = query.first_page();
    let chip = |name: &str, field: &str, words: String| Chip {
        field: field.to_string(),
        words,
        href: here.without(&[name]).at("/people"),
    };
    let mut chips = Vec::new();
    for (name, field) in [("source", "Source"), ("tag", "Tag")] {
        chips.extend(query.filled(name).map(|value| chip(name, field, format!("is {value}"))));
    }
    chips.extend(
        query.filled("revenue").map(|amount| chip("revenue", "Revenue", format!("at least {amount}"))),
    );
    chips.extend(
        query.filled("company").map(|id| chip("company", "Company", format!("is {}", company.unwrap_or(id)))),
    );
    if query.filled("filter").is_some() {
        let words = query.filled("filter").and_then(|json| parse(json).ok());
        let words = crate::pages::filter_words::in_words(words.as_ref().unwrap_or(filter));
        chips.push(chip("filter", "Condition", words));
    }
    chips
}

/// The label of an RFM segment by its name.
pub(super) fn segment_label(name: &str) -> &str {
    label_of(&SEGMENTS, name)
}
