//! From a filter to one SQL condition with parameters.

use super::{
    ConsentCondition, EventsCondition, FIELDS, Field, FieldCondition, Filter, Kind, MAX_CONDITIONS, MAX_DEPTH,
};
use super::{Measure, Op, OrdersCondition, field};
use crate::values::fold::fold;
use platform::clock::DAY;
use platform::store::{Dialect, Param};
use platform::{Error, Micros, Result};

/// A condition on a row of `people`, and its parameters from `$1` on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    pub text: String,
    pub params: Vec<Param<'static>>,
}

impl Condition {
    /// Adds a parameter; returns its place in the statement.
    pub fn place(&mut self, param: Param<'static>) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }

    fn text(&mut self, value: &str) -> String {
        self.place(Param::Text(value.to_string().into()))
    }

    fn int(&mut self, value: i64) -> String {
        self.place(Param::Int(value))
    }
}

/// The condition of a filter at the time `now`; people who are deleted or merged are never in it.
///
/// **Errors** at the path of a condition (`all.2.field`) that names no field, or whose value cannot be read.
pub fn condition(filter: &Filter, dialect: Dialect, now: Micros) -> Result<Condition> {
    condition_where(filter, dialect, now, ScoredAre::Listed)
}

/// How people with certain scores are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScoredAre {
    /// From their scores to the people: good where they are few, and for counting.
    Listed,
    /// From each person to the scores: good where they are many and a page needs only the first.
    LookedUp,
}

/// As [`condition`], with a word on how to find people by their scores.
pub(crate) fn condition_where(
    filter: &Filter,
    dialect: Dialect,
    now: Micros,
    scored_are: ScoredAre,
) -> Result<Condition> {
    let mut builder = Builder { out: Condition::default(), dialect, now, n_conditions: 0, scored_are };
    let text = builder.filter(filter, "filter", 0)?;
    builder.out.text = format!("merged_into IS NULL AND deleted_at IS NULL AND {text}");
    Ok(builder.out)
}

/// The condition of a filter alone, which deleted and merged people may fulfil too: an index alone can count it.
pub(crate) fn condition_alone(filter: &Filter, dialect: Dialect, now: Micros) -> Result<Condition> {
    let scored_are = ScoredAre::Listed;
    let mut builder = Builder { out: Condition::default(), dialect, now, n_conditions: 0, scored_are };
    builder.out.text = builder.filter(filter, "filter", 0)?;
    Ok(builder.out)
}

/// The condition on a row `s` of `person_scores` that must hold for everybody in the filter; None where it asks for no score.
pub(crate) fn condition_on_scores(
    filter: &Filter,
    dialect: Dialect,
    now: Micros,
) -> Result<Option<Condition>> {
    let parts = match filter {
        Filter::All(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut builder =
        Builder { out: Condition::default(), dialect, now, n_conditions: 0, scored_are: ScoredAre::Listed };
    let mut texts = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        if let Some((field, condition)) = wanted_score(part) {
            texts.push(builder.score(field, condition, &format!("filter.all.{}", number + 1))?);
        }
    }
    builder.out.text = texts.join(" AND ");
    Ok((!texts.is_empty()).then_some(builder.out))
}

/// The score that a condition asks everybody to have; "is not" and "is not set" hold for people without scores too.
fn wanted_score(filter: &Filter) -> Option<(&'static Field, &FieldCondition)> {
    let Filter::Field(condition) = filter else { return None };
    let field = field(&condition.name).filter(|field| field.is_score)?;
    (!matches!(condition.op, Op::IsNot | Op::IsNotSet)).then_some((field, condition))
}

struct Builder {
    out: Condition,
    dialect: Dialect,
    now: Micros,
    n_conditions: usize,
    scored_are: ScoredAre,
}

impl Builder {
    fn filter(&mut self, filter: &Filter, path: &str, depth: usize) -> Result<String> {
        self.count_one(path, depth)?;
        match filter {
            Filter::All(parts) => self.all(parts, &format!("{path}.all"), depth),
            Filter::Any(parts) => self.any(parts, &format!("{path}.any"), depth),
            Filter::Not(part) => {
                let text = self.filter(part, &format!("{path}.not"), depth + 1)?;
                // A comparison with NULL is neither true nor false; "not" must still mean "all the others".
                Ok(format!("NOT (CASE WHEN {text} THEN 1 = 1 ELSE 1 = 0 END)"))
            }
            Filter::Field(condition) => self.field(condition, path),
            Filter::Tag(name) => {
                let key = self.out.text(&fold(name));
                Ok(format!(
                    "EXISTS (SELECT 1 FROM tags t WHERE t.record_id = people.id AND t.name_key = {key})"
                ))
            }
            Filter::Consent(condition) => self.consent(condition, path),
            Filter::Orders(condition) => self.orders(condition, path),
            Filter::Events(condition) => self.events(condition, path),
            Filter::Insight(id) => {
                let id = self.out.text(id);
                Ok(format!(
                    "people.id IN (SELECT i.person_id FROM insight_people i WHERE i.insight_id = {id})"
                ))
            }
        }
    }

    fn count_one(&mut self, path: &str, depth: usize) -> Result<()> {
        self.n_conditions += 1;
        if depth > MAX_DEPTH || self.n_conditions > MAX_CONDITIONS {
            let message =
                format!("a filter has at most {MAX_CONDITIONS} conditions, nested at most {MAX_DEPTH} deep");
            return Err(Error::invalid(path, message));
        }
        Ok(())
    }

    /// Scores that all are asked for stand in one row of scores, so that they are looked up together.
    fn all(&mut self, parts: &[Filter], path: &str, depth: usize) -> Result<String> {
        let (mut texts, mut scores) = (Vec::with_capacity(parts.len()), Vec::new());
        for (number, part) in parts.iter().enumerate() {
            let path = format!("{path}.{}", number + 1);
            match wanted_score(part) {
                Some((field, condition)) => {
                    self.count_one(&path, depth + 1)?;
                    scores.push(self.score(field, condition, &path)?);
                }
                None => texts.push(self.filter(part, &path, depth + 1)?),
            }
        }
        if !scores.is_empty() {
            texts.push(self.scored(&scores.join(" AND ")));
        }
        Ok(if texts.is_empty() { "1 = 1".to_string() } else { format!("({})", texts.join(" AND ")) })
    }

    fn any(&mut self, parts: &[Filter], path: &str, depth: usize) -> Result<String> {
        let mut texts = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter().enumerate() {
            texts.push(self.filter(part, &format!("{path}.{}", number + 1), depth + 1)?);
        }
        Ok(if texts.is_empty() { "1 = 0".to_string() } else { format!("({})", texts.join(" OR ")) })
    }

    fn score(&mut self, field: &Field, condition: &FieldCondition, path: &str) -> Result<String> {
        self.compared(&format!("s.{}", field.column()), field.kind, condition, path)
    }

    /// The people whose row of scores has `inner`.
    fn scored(&self, inner: &str) -> String {
        match self.scored_are {
            ScoredAre::Listed => {
                format!("people.id IN (SELECT s.person_id FROM person_scores s WHERE {inner})")
            }
            ScoredAre::LookedUp => {
                format!("EXISTS (SELECT 1 FROM person_scores s WHERE s.person_id = people.id AND {inner})")
            }
        }
    }

    fn field(&mut self, condition: &FieldCondition, path: &str) -> Result<String> {
        if let Some(key) = condition.name.strip_prefix("custom.") {
            if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(Error::invalid(path, format!("“{key}” cannot be the name of a field")));
            }
            let column = self.dialect.json_text("people.custom_json", key);
            return self.compared(&column, Kind::Text, condition, path);
        }
        let field = field(&condition.name).ok_or_else(|| {
            let known: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
            Error::invalid(
                path,
                format!("there is no field “{}”; there are {}", condition.name, known.join(", ")),
            )
        })?;
        if !field.is_score {
            return self.compared(&format!("people.{}", field.column()), field.kind, condition, path);
        }
        let inner = self.score(field, condition, path)?;
        let scores = "SELECT 1 FROM person_scores s WHERE s.person_id = people.id";
        Ok(match condition.op {
            Op::IsNotSet => format!("NOT EXISTS ({scores} AND s.{} IS NOT NULL)", field.column()),
            Op::IsNot => format!("NOT EXISTS ({scores} AND NOT ({inner}))"),
            _ => self.scored(&inner),
        })
    }

    fn compared(
        &mut self,
        column: &str,
        kind: Kind,
        condition: &FieldCondition,
        path: &str,
    ) -> Result<String> {
        let value = condition.value.trim();
        Ok(match condition.op {
            Op::IsSet => format!("{column} IS NOT NULL"),
            Op::IsNotSet => format!("{column} IS NULL"),
            Op::Is => format!("{column} = {}", self.value(kind, value, path)?),
            Op::IsNot => format!("{column} IS DISTINCT FROM {}", self.value(kind, value, path)?),
            Op::AtLeast => format!("{column} >= {}", self.value(kind, value, path)?),
            Op::AtMost if kind == Kind::Time => {
                let end = day_start(value, path)? + DAY;
                format!("{column} < {}", self.out.int(end))
            }
            Op::AtMost => format!("{column} <= {}", self.value(kind, value, path)?),
            Op::StartsWith | Op::Contains => self.like(column, kind, condition.op, value, path)?,
            Op::WithinDays => format!("{column} >= {}", self.days_ago(kind, value, path)?),
            Op::OlderThanDays => format!("{column} < {}", self.days_ago(kind, value, path)?),
        })
    }

    fn like(&mut self, column: &str, kind: Kind, op: Op, value: &str, path: &str) -> Result<String> {
        let text = match kind {
            Kind::Folded => fold(value),
            Kind::Text if column.ends_with("email_key") => value.to_lowercase(),
            Kind::Text => value.to_string(),
            _ => return Err(Error::invalid(path, "only texts can begin with or contain something")),
        };
        if op == Op::StartsWith {
            let (from, to) = (self.out.text(&text), self.out.text(&format!("{text}\u{10ffff}")));
            return Ok(format!("({column} >= {from} AND {column} < {to})"));
        }
        let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        Ok(format!("lower({column}) LIKE {} ESCAPE '\\'", self.out.text(&format!("%{escaped}%"))))
    }

    fn days_ago(&mut self, kind: Kind, value: &str, path: &str) -> Result<String> {
        if kind != Kind::Time {
            return Err(Error::invalid(path, "only times can be compared with days ago"));
        }
        let days: u32 =
            value.parse().map_err(|_| Error::invalid(path, format!("“{value}” is no number of days")))?;
        Ok(self.out.int(self.now - i64::from(days) * DAY))
    }

    fn value(&mut self, kind: Kind, value: &str, path: &str) -> Result<String> {
        let wrong = |what: &str| Error::invalid(path, format!("“{value}” is no {what}"));
        Ok(match kind {
            Kind::Text => self.out.text(value),
            Kind::Folded => self.out.text(&fold(value)),
            Kind::Number => {
                let number = value.parse().map_err(|_| wrong("whole number"))?;
                self.out.int(number)
            }
            Kind::Real => {
                let number: f64 = value.parse().map_err(|_| wrong("number"))?;
                self.out.place(Param::Real(number))
            }
            Kind::Money => {
                let minor = minor_units(value).ok_or_else(|| wrong("amount such as 12.50"))?;
                self.out.int(minor)
            }
            Kind::Time => {
                let at = day_start(value, path)?;
                self.out.int(at)
            }
        })
    }

    fn consent(&mut self, condition: &ConsentCondition, path: &str) -> Result<String> {
        if !["granted", "denied"].contains(&condition.state.as_str()) {
            return Err(Error::invalid(path, "a consent is granted or denied"));
        }
        let purpose = self.out.text(&condition.purpose);
        let channel = self.out.text(&condition.channel);
        let state = self.out.text(&condition.state);
        Ok(format!(
            "EXISTS (SELECT 1 FROM consents c WHERE c.person_id = people.id AND c.purpose = {purpose}
             AND c.channel = {channel} AND c.state = {state})"
        ))
    }

    fn orders(&mut self, condition: &OrdersCondition, path: &str) -> Result<String> {
        let (measure, kind) = match condition.measure {
            Measure::Count => {
                ("count(CASE WHEN o.is_return = 0 AND o.counted_minor > 0 THEN 1 END)", Kind::Number)
            }
            Measure::Revenue => ("CAST(coalesce(sum(o.counted_minor), 0) AS BIGINT)", Kind::Money),
        };
        let sign = comparison(condition.op, path)?;
        let mut period = self.since(condition.within_days, "o.ordered_at");
        if let Some(from) = &condition.from {
            let from = day_start(from.trim(), path)?;
            period.push_str(&format!(" AND o.ordered_at >= {}", self.out.int(from)));
        }
        if let Some(until) = &condition.until {
            let end = day_start(until.trim(), path)? + DAY;
            period.push_str(&format!(" AND o.ordered_at < {}", self.out.int(end)));
        }
        let with_product = match condition.sku.as_deref().map(str::trim).filter(|sku| !sku.is_empty()) {
            None => String::new(),
            Some(sku) => {
                let sku = self.out.text(sku);
                format!(" AND EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.sku = {sku})")
            }
        };
        let value = self.value(kind, condition.value.trim(), path)?;
        Ok(format!(
            "(SELECT {measure} FROM orders o WHERE o.person_id = people.id{period}{with_product}) {sign} {value}"
        ))
    }

    fn events(&mut self, condition: &EventsCondition, path: &str) -> Result<String> {
        let sign = comparison(condition.op, path)?;
        let verb = self.out.text(&condition.verb);
        let since = self.since(condition.within_days, "e.at");
        let value = self.value(Kind::Number, condition.value.trim(), path)?;
        Ok(format!(
            "(SELECT count(*) FROM events e WHERE e.subject_id = people.id AND e.verb = {verb}{since}) {sign} {value}"
        ))
    }

    fn since(&mut self, within_days: Option<u32>, column: &str) -> String {
        within_days.map_or_else(String::new, |days| {
            let from = self.out.int(self.now - i64::from(days) * DAY);
            format!(" AND {column} >= {from}")
        })
    }
}

fn comparison(op: Op, path: &str) -> Result<&'static str> {
    match op {
        Op::Is => Ok("="),
        Op::IsNot => Ok("<>"),
        Op::AtLeast => Ok(">="),
        Op::AtMost => Ok("<="),
        _ => Err(Error::invalid(path, "an amount is compared by is, is_not, at_least or at_most")),
    }
}

/// Midnight UTC at the start of a typed date.
fn day_start(value: &str, path: &str) -> Result<Micros> {
    let date: jiff::civil::Date = value
        .parse()
        .map_err(|_| Error::invalid(path, format!("“{value}” is no date such as 2026-01-31")))?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|e| Error::invalid(path, e.to_string()))?;
    Ok(midnight.timestamp().as_microsecond())
}

/// `12`, `12.5` or `12.50` in hundredths.
fn minor_units(value: &str) -> Option<i64> {
    let (whole, cents) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.is_empty() || text.bytes().all(|b| b.is_ascii_digit());
    if cents.len() > 2 || !digits(cents) {
        return None;
    }
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let whole: i64 = whole.parse().ok()?;
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    whole.checked_mul(100)?.checked_add(sign * cents)
}
