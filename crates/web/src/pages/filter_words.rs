//! A filter as a sentence, for chips and for lists of segments.

use records::filter::{Filter, Kind, Measure, Op, field};
use records::values::country::Country;

use super::people::{SEGMENTS, TIERS, label_of};
use super::timeline::label;

/// "Country is Germany and last order is over 90 days ago".
pub(crate) fn in_words(filter: &Filter) -> String {
    match filter {
        Filter::All(parts) if parts.is_empty() => "everybody".to_string(),
        Filter::Any(parts) if parts.is_empty() => "nobody".to_string(),
        Filter::All(parts) => joined(parts, " and "),
        Filter::Any(parts) => joined(parts, " or "),
        Filter::Not(part) => format!("not ({})", in_words(part)),
        Filter::Field(one) => {
            let known = field(&one.name);
            let named = match one.name.strip_prefix("custom.") {
                Some(custom) => label(custom),
                None => known.map_or(one.name.clone(), |field| field.label.to_string()),
            };
            let value = value_in_words(&one.name, &one.value);
            let kind = known.map_or(Kind::Text, |field| field.kind);
            format!("{named} {}", compared(one.op, &value, kind))
        }
        Filter::Tag(tag) => format!("tag is {tag}"),
        Filter::Consent(one) => format!("{} for {} by {}", one.state, one.purpose, one.channel),
        Filter::Orders(one) => {
            let what = match one.measure {
                Measure::Count => "number of orders",
                Measure::Revenue => "revenue",
            };
            let mut words = format!("{what} {}", compared(one.op, &one.value, Kind::Number));
            if let Some(sku) = one.sku.as_deref().filter(|sku| !sku.is_empty()) {
                words.push_str(&format!(" with product {sku}"));
            }
            if let Some(from) = &one.from {
                words.push_str(&format!(" from {from}"));
            }
            if let Some(until) = &one.until {
                words.push_str(&format!(" until {until}"));
            }
            words + &within(one.within_days)
        }
        Filter::Events(one) => {
            let words =
                format!("“{}” happened {} times", one.verb, compared(one.op, &one.value, Kind::Number));
            words + &within(one.within_days)
        }
        Filter::Insight(_) => "is one of the people kept with the insight".to_string(),
    }
}

fn within(days: Option<u32>) -> String {
    days.map(|days| format!(" in the last {days} days")).unwrap_or_default()
}

fn joined(parts: &[Filter], with: &str) -> String {
    let words = |part: &Filter| match part {
        Filter::All(inner) | Filter::Any(inner) if inner.len() > 1 && parts.len() > 1 => {
            format!("({})", in_words(part))
        }
        _ => in_words(part),
    };
    parts.iter().map(words).collect::<Vec<_>>().join(with)
}

/// Names that the store writes as codes.
fn value_in_words(name: &str, value: &str) -> String {
    match name {
        "country" => Country::from_alpha2(value).map_or(value, |country| country.name()).to_string(),
        "tier" | "previous_tier" => {
            TIERS.iter().find(|(code, ..)| *code == value).map_or(value, |(_, label, _)| label).to_string()
        }
        "rfm_segment" => label_of(&SEGMENTS, value).to_string(),
        _ => value.to_string(),
    }
}

fn compared(op: Op, value: &str, kind: Kind) -> String {
    match op {
        Op::Is => format!("is {value}"),
        Op::IsNot => format!("is not {value}"),
        Op::AtLeast if kind == Kind::Time => format!("from {value}"),
        Op::AtMost if kind == Kind::Time => format!("until {value}"),
        Op::AtLeast => format!("at least {value}"),
        Op::AtMost => format!("at most {value}"),
        Op::StartsWith => format!("begins with {value}"),
        Op::Contains => format!("contains {value}"),
        Op::WithinDays => format!("within {value} days"),
        Op::OlderThanDays => format!("over {value} days ago"),
        Op::IsSet => "is known".to_string(),
        Op::IsNotSet => "is not known".to_string(),
    }
}
