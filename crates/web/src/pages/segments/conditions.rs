//! One condition of the builder: what is compared, how, and with what; and the filter that it means.
//!
//! A condition that the builder has no fields for (an order period between two dates, say) is shown as it stands in the
//! filter, so that nothing is lost by opening a segment.

use records::filter::{
    ConsentCondition, EventsCondition, FIELDS, FieldCondition, Filter, Kind, Measure, Op, OrdersCondition,
    field,
};

use super::rules::Known;
use crate::pages::people::{SEGMENTS, TIERS, country_name};
use crate::parts::{Choice, RuleLine};

/// What was chosen and typed on one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    subject: String,
    operator: String,
    value: String,
}

const TAG: &str = "tag";
const CONSENT: &str = "consent";
const BOUGHT: &str = "bought";
const COUNT: &str = "orders.count";
const REVENUE: &str = "orders.revenue";
const RAW: &str = "raw";

/// Subjects beside the attributes: name and label.
const OTHERS: [(&str, &str); 10] = [
    (TAG, "Tag"),
    (BOUGHT, "Product bought (SKU)"),
    (COUNT, "Number of orders, in a period"),
    (REVENUE, "Revenue, in a period"),
    (CONSENT, "Consent"),
    ("event:note.written", "Times a note was written"),
    ("event:person.updated", "Times the person was changed"),
    ("event:order.cancelled", "Times an order was cancelled"),
    ("event:tag.added", "Times a tag was added"),
    (RAW, "As written in the filter"),
];

/// Comparisons: name and words.
const OPERATORS: [(Op, &str, &str); 10] = [
    (Op::Is, "is", "is"),
    (Op::IsNot, "is_not", "is not"),
    (Op::AtLeast, "at_least", "is at least"),
    (Op::AtMost, "at_most", "is at most"),
    (Op::StartsWith, "starts_with", "begins with"),
    (Op::Contains, "contains", "contains"),
    (Op::WithinDays, "within_days", "was within days"),
    (Op::OlderThanDays, "older_than_days", "was more days ago than"),
    (Op::IsSet, "is_set", "is known"),
    (Op::IsNotSet, "is_not_set", "is not known"),
];

fn op_named(name: &str) -> Option<Op> {
    OPERATORS.iter().find(|(_, known, _)| *known == name).map(|(op, ..)| *op)
}

fn name_of(op: Op) -> &'static str {
    OPERATORS.iter().find(|(known, ..)| *known == op).map_or("is", |(_, name, _)| name)
}

/// The condition that a filter means.
pub(super) fn of(filter: &Filter) -> Condition {
    let condition = |subject: &str, operator: &str, value: String| Condition {
        subject: subject.to_string(),
        operator: operator.to_string(),
        value,
    };
    match filter {
        Filter::Field(one) => condition(&one.name, name_of(one.op), one.value.clone()),
        Filter::Tag(tag) => condition(TAG, "is", tag.clone()),
        Filter::Not(inner) => match inner.as_ref() {
            Filter::Tag(tag) => condition(TAG, "is_not", tag.clone()),
            Filter::Orders(one) if is_bought(one) => {
                condition(BOUGHT, "is_not", with_days(one.sku.as_deref().unwrap_or(""), one.within_days))
            }
            _ => condition(RAW, "is", json(filter)),
        },
        Filter::Consent(one) => condition(CONSENT, &one.state, format!("{} by {}", one.purpose, one.channel)),
        Filter::Orders(one) if one.from.is_some() || one.until.is_some() => {
            condition(RAW, "is", json(filter))
        }
        Filter::Orders(one) if is_bought(one) => {
            condition(BOUGHT, "is", with_days(one.sku.as_deref().unwrap_or(""), one.within_days))
        }
        Filter::Orders(one) if one.sku.is_none() => {
            let subject = if one.measure == Measure::Count { COUNT } else { REVENUE };
            condition(subject, name_of(one.op), with_days(&one.value, one.within_days))
        }
        Filter::Events(one)
            if OTHERS.iter().any(|(name, _)| name.strip_prefix("event:") == Some(&one.verb)) =>
        {
            let subject = format!("event:{}", one.verb);
            condition(&subject, name_of(one.op), with_days(&one.value, one.within_days))
        }
        other => condition(RAW, "is", json(other)),
    }
}

fn is_bought(one: &OrdersCondition) -> bool {
    one.measure == Measure::Count
        && one.op == Op::AtLeast
        && one.value == "1"
        && one.sku.as_deref().is_some_and(|sku| !sku.is_empty())
        && one.from.is_none()
        && one.until.is_none()
}

fn json(filter: &Filter) -> String {
    serde_json::to_string(filter).unwrap_or_default()
}

/// "2 in 90 days".
fn with_days(value: &str, days: Option<u32>) -> String {
    days.map_or_else(|| value.to_string(), |days| format!("{value} in {days} days"))
}

/// Takes [`with_days`] apart.
fn days_of(typed: &str) -> Result<(String, Option<u32>), String> {
    let Some((value, rest)) = typed.rsplit_once(" in ") else { return Ok((typed.trim().to_string(), None)) };
    let days = rest.trim().trim_end_matches("days").trim_end_matches("day").trim();
    match days.parse() {
        Ok(days) => Ok((value.trim().to_string(), Some(days))),
        Err(_) => Err(format!("“{rest}” is no number of days; write “2 in 90 days”")),
    }
}

impl Condition {
    /// The condition that a new line begins with.
    pub(super) fn first() -> Self {
        Self { subject: "country".to_string(), operator: "is".to_string(), value: String::new() }
    }

    /// A line of a form. A comparison that the subject does not know becomes its first one.
    pub(super) fn read(subject: &str, operator: &str, value: &str) -> Self {
        let mut read = Self {
            subject: subject.to_string(),
            operator: operator.to_string(),
            value: value.trim().to_string(),
        };
        let known = read.operators();
        if !known.iter().any(|(name, _)| *name == read.operator) {
            read.operator = known.first().map_or("is", |(name, _)| name).to_string();
        }
        read
    }

    fn kind(&self) -> Option<Kind> {
        if self.subject.starts_with("custom.") {
            return Some(Kind::Text);
        }
        field(&self.subject).map(|field| field.kind)
    }

    /// The comparisons that make sense for the subject.
    fn operators(&self) -> Vec<(&'static str, &'static str)> {
        let named = |ops: &[Op]| -> Vec<(&'static str, &'static str)> {
            OPERATORS
                .iter()
                .filter(|(op, ..)| ops.contains(op))
                .map(|(_, name, words)| (*name, *words))
                .collect()
        };
        match (self.subject.as_str(), self.kind()) {
            (TAG, _) => named(&[Op::Is, Op::IsNot]),
            (BOUGHT, _) => vec![("is", "includes"), ("is_not", "does not include")],
            (CONSENT, _) => vec![("granted", "is granted for"), ("denied", "is denied for")],
            (RAW, _) => named(&[Op::Is]),
            (_, None) => named(&[Op::AtLeast, Op::AtMost, Op::Is, Op::IsNot]),
            ("country" | "tier" | "previous_tier" | "rfm_segment" | "company", _) => {
                named(&[Op::Is, Op::IsNot, Op::IsSet, Op::IsNotSet])
            }
            (_, Some(Kind::Text | Kind::Folded)) => {
                named(&[Op::Is, Op::IsNot, Op::StartsWith, Op::Contains, Op::IsSet, Op::IsNotSet])
            }
            (_, Some(Kind::Number | Kind::Real | Kind::Money)) => {
                named(&[Op::AtLeast, Op::AtMost, Op::Is, Op::IsNot, Op::IsSet, Op::IsNotSet])
            }
            (_, Some(Kind::Time)) => {
                named(&[Op::WithinDays, Op::OlderThanDays, Op::AtLeast, Op::AtMost, Op::IsSet, Op::IsNotSet])
            }
        }
    }

    /// Type of the input; empty where no value is asked for.
    fn input(&self) -> &'static str {
        let takes_none = ["is_set", "is_not_set"].contains(&self.operator.as_str());
        match self.kind() {
            _ if takes_none => "",
            Some(Kind::Time) if self.operator.ends_with("_days") => "number",
            Some(Kind::Time) => "date",
            Some(Kind::Number | Kind::Real | Kind::Money) => "number",
            _ => "text",
        }
    }

    fn answers(&self, known: &Known) -> Vec<Choice> {
        let chosen = self.value.as_str();
        let mut answers: Vec<Choice> = match self.subject.as_str() {
            _ if self.input().is_empty() => return Vec::new(),
            "country" => {
                known.countries.iter().map(|code| Choice::new(code, country_name(code), chosen)).collect()
            }
            "tier" | "previous_tier" => {
                TIERS.iter().map(|(name, label, _)| Choice::new(name, label, chosen)).collect()
            }
            "rfm_segment" => SEGMENTS.iter().map(|(name, label)| Choice::new(name, label, chosen)).collect(),
            _ => return Vec::new(),
        };
        if !chosen.is_empty() && !answers.iter().any(|answer| answer.chosen) {
            answers.push(Choice::new(chosen, country_name(chosen), chosen));
        }
        answers
    }

    /// The line as it is drawn.
    pub(super) fn line(
        &self,
        path: String,
        depth: u8,
        known: &Known,
        problem: String,
        fresh: bool,
    ) -> RuleLine {
        let attributes = FIELDS.iter().map(|field| (field.name, field.label));
        let mut fields: Vec<Choice> = attributes
            .chain(OTHERS)
            .filter(|(name, _)| *name != RAW || self.subject == RAW)
            .map(|(name, label)| Choice::new(name, label, &self.subject))
            .collect();
        if !fields.iter().any(|choice| choice.chosen) {
            let label = self.subject.trim_start_matches("custom.");
            fields.push(Choice::new(&self.subject, label, &self.subject));
        }
        let operators = self.operators().into_iter();
        RuleLine::Condition {
            path,
            depth,
            fields,
            operators: operators.map(|(name, words)| Choice::new(name, words, &self.operator)).collect(),
            value: self.value.clone(),
            kind: self.input(),
            answers: self.answers(known),
            problem,
            fresh,
        }
    }

    /// The filter that the line means, or what is wrong with it.
    pub(super) fn filter(&self) -> Result<Filter, String> {
        let value = self.value.trim();
        let op = op_named(&self.operator).unwrap_or(Op::Is);
        if value.is_empty() && !self.input().is_empty() {
            return Err("say with what to compare".to_string());
        }
        let orders = |measure| {
            let (value, within_days) = days_of(value)?;
            Ok(Filter::Orders(OrdersCondition {
                measure,
                op,
                value,
                within_days,
                from: None,
                until: None,
                sku: None,
            }))
        };
        match self.subject.as_str() {
            TAG => Ok(turned(op, Filter::Tag(value.to_string()))),
            BOUGHT => {
                let (sku, within_days) = days_of(value)?;
                let bought = OrdersCondition {
                    measure: Measure::Count,
                    op: Op::AtLeast,
                    value: "1".to_string(),
                    within_days,
                    from: None,
                    until: None,
                    sku: Some(sku),
                };
                Ok(turned(op, Filter::Orders(bought)))
            }
            CONSENT => match value.split_once(" by ") {
                Some((purpose, channel)) => Ok(Filter::Consent(ConsentCondition {
                    purpose: purpose.trim().to_lowercase(),
                    channel: channel.trim().to_lowercase(),
                    state: self.operator.clone(),
                })),
                None => Err("write purpose and channel, such as “newsletter by email”".to_string()),
            },
            COUNT => orders(Measure::Count),
            REVENUE => orders(Measure::Revenue),
            RAW => serde_json::from_str(value).map_err(|error| format!("this is no filter: {error}")),
            subject => match subject.strip_prefix("event:") {
                Some(verb) => {
                    let (value, within_days) = days_of(value)?;
                    Ok(Filter::Events(EventsCondition { verb: verb.to_string(), op, value, within_days }))
                }
                None => Ok(Filter::Field(FieldCondition {
                    name: subject.to_string(),
                    op,
                    value: value.to_string(),
                })),
            },
        }
    }
}

fn turned(op: Op, filter: Filter) -> Filter {
    if op == Op::IsNot { Filter::Not(Box::new(filter)) } else { filter }
}
