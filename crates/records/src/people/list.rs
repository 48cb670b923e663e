//! Lists of people: a filter, a sort, a page by key.

use super::{COLUMNS, Person, read};
use crate::filter::{self, Condition, FieldCondition, Filter, Op, ScoredAre};
use platform::store::{Param, Snapshot};
use platform::{Error, Result};

/// By what a list may be sorted; each has an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Created,
    Name,
    FamilyName,
    Revenue,
    LastOrder,
}

impl Sort {
    pub const ALL: [Self; 5] = [Self::Created, Self::Name, Self::FamilyName, Self::Revenue, Self::LastOrder];

    /// The name in a URL, which is that of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Name => "name",
            Self::FamilyName => "family_name",
            Self::Revenue => "revenue",
            Self::LastOrder => "last_order",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    fn column(self) -> &'static str {
        match self {
            Self::Created => "created_at",
            Self::Name => "name_key",
            Self::FamilyName => "family_key",
            Self::Revenue => "revenue_minor",
            Self::LastOrder => "last_order_at",
        }
    }

    /// People without the value stand at the end, whichever way the list is sorted.
    fn may_be_missing(self) -> bool {
        self == Self::LastOrder
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ListQuery {
    pub filter: Filter,
    pub sort: Sort,
    pub descending: bool,
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub people: Vec<Person>,
    /// Where the next page begins; None on the last.
    pub next: Option<String>,
}

/// One page of the people who match.
///
/// **Errors** at the filter's condition that cannot be read, and at `after` when it is no cursor of this list.
pub fn list(snapshot: &mut Snapshot<'_>, query: &ListQuery) -> Result<Page> {
    let cursor = query.after.as_deref().map(Cursor::parse).transpose()?;
    let steered = steer(snapshot, &query.filter)?;
    let mut people = Vec::new();
    if !matches!(cursor, Some(Cursor::Missing { .. })) {
        people = valued(snapshot, query, &steered, cursor.as_ref())?;
    }
    if query.sort.may_be_missing() && people.len() <= query.limit {
        let after = match &cursor {
            Some(Cursor::Missing { id }) => id.as_str(),
            _ => "",
        };
        let room = query.limit + 1 - people.len();
        people.extend(unvalued(snapshot, query, &steered, after, room)?);
    }
    let more = people.len() > query.limit;
    people.truncate(query.limit);
    let next = people.last().filter(|_| more).map(|last| Cursor::of(last, query.sort).text());
    Ok(Page { people, next })
}

fn valued(
    snapshot: &mut Snapshot<'_>,
    query: &ListQuery,
    steered: &Steered,
    cursor: Option<&Cursor>,
) -> Result<Vec<Person>> {
    let mut condition = steered.condition.clone();
    // In this form no index fits the order, so that few matches are fetched by their own index and sorted.
    let column = match (steered.is_rare, query.sort) {
        (false, sort) => sort.column().to_string(),
        (true, Sort::Name | Sort::FamilyName) => format!("({} || '')", query.sort.column()),
        (true, sort) => format!("({} + 0)", sort.column()),
    };
    let (sign, order) = if query.descending { ("<", "DESC") } else { (">", "ASC") };
    if query.sort.may_be_missing() {
        condition.text.push_str(&format!(" AND {column} IS NOT NULL"));
    }
    if let Some(Cursor::At { value, id }) = cursor {
        let (value, id) = (condition.place(value.clone()), condition.place(Param::Text(id.clone().into())));
        condition.text.push_str(&format!(" AND ({column}, id) {sign} ({value}, {id})"));
    }
    let limit = condition.place(Param::Int(query.limit as i64 + 1));
    let sql = format!(
        "SELECT {} FROM people WHERE {} ORDER BY {column} {order}, id {order} LIMIT {limit}",
        COLUMNS.join(", "),
        condition.text
    );
    snapshot.query(&sql, &condition.params, read)
}

fn unvalued(
    snapshot: &mut Snapshot<'_>,
    query: &ListQuery,
    steered: &Steered,
    after: &str,
    limit: usize,
) -> Result<Vec<Person>> {
    let mut condition = steered.condition.clone();
    let after = condition.place(Param::Text(after.to_string().into()));
    let limit = condition.place(Param::Int(limit as i64));
    let column = query.sort.column();
    let sql = format!(
        "SELECT {} FROM people WHERE {} AND {column} IS NULL AND id > {after} ORDER BY {column}, id LIMIT {limit}",
        COLUMNS.join(", "),
        condition.text
    );
    snapshot.query(&sql, &condition.params, read)
}

/// A condition that the planner can only answer the way we want.
struct Steered {
    condition: Condition,
    /// Few match one of its parts, which is looked up by indexes.
    is_rare: bool,
}

/// So many matches are few enough to be fetched by their index and sorted.
const RARE: i64 = 2_000;

/// A value that few people have is looked up by its index and the matches are sorted; one that many have is met soon
/// when the list's own order is walked. The planner cannot know which it is, so we count up to [`RARE`] and write a
/// frequent condition in a form (`coalesce`) for which no index fits.
fn steer(snapshot: &mut Snapshot<'_>, filter: &Filter) -> Result<Steered> {
    let scored_are =
        if many_have_the_scores(snapshot, filter)? { ScoredAre::LookedUp } else { ScoredAre::Listed };
    let mut condition = filter::condition_where(filter, snapshot.dialect(), snapshot.now(), scored_are)?;
    let mut is_rare = false;
    let Filter::All(parts) = filter else { return Ok(Steered { condition, is_rare }) };
    for part in parts {
        let frequent = match part {
            Filter::Field(one) if is_lookup(one) && one.op == Op::Is => {
                count_up_to(snapshot, part, RARE)? >= RARE
            }
            Filter::Any(ones) if are_lookups(ones) => {
                is_rare |= count_up_to(snapshot, part, RARE)? < RARE;
                continue;
            }
            _ => continue,
        };
        if let (true, Filter::Field(one)) = (frequent, part) {
            let column = filter::field(&one.name).map(filter::Field::column).unwrap_or_default();
            let plain = format!("people.{column} = ");
            condition.text = condition.text.replace(&plain, &format!("coalesce(people.{column}, '') = "));
        }
    }
    Ok(Steered { condition, is_rare })
}

/// Whether an index answers the condition: what somebody types into a search field becomes several of these.
fn is_lookup(condition: &FieldCondition) -> bool {
    filter::field(&condition.name).is_some_and(|field| field.is_indexed && !field.is_score)
        && matches!(condition.op, Op::Is | Op::StartsWith)
}

fn are_lookups(parts: &[Filter]) -> bool {
    !parts.is_empty() && parts.iter().all(|part| matches!(part, Filter::Field(one) if is_lookup(one)))
}

/// Whether at least [`RARE`] people have the scores that the filter asks for.
fn many_have_the_scores(snapshot: &mut Snapshot<'_>, filter: &Filter) -> Result<bool> {
    let condition = filter::condition_on_scores(filter, snapshot.dialect(), snapshot.now())?;
    let Some(mut condition) = condition else { return Ok(false) };
    let limit = condition.place(Param::Int(RARE));
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM person_scores s WHERE {} LIMIT {limit}) AS matches",
        condition.text
    );
    Ok(snapshot.one(&sql, &condition.params, |row| row.get::<i64>(0))? >= RARE)
}

/// How many people match, counted no further than `at_most`.
pub fn count_up_to(snapshot: &mut Snapshot<'_>, filter: &Filter, at_most: i64) -> Result<i64> {
    let mut condition = filter::condition(filter, snapshot.dialect(), snapshot.now())?;
    let limit = condition.place(Param::Int(at_most));
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM people WHERE {} LIMIT {limit}) AS matches",
        condition.text
    );
    snapshot.one(&sql, &condition.params, |row| row.get(0))
}

/// The ids of all who match, in the order of their ids; for segments and bulk work.
pub fn matching_ids(snapshot: &mut Snapshot<'_>, filter: &Filter) -> Result<Vec<String>> {
    let condition = filter::condition(filter, snapshot.dialect(), snapshot.now())?;
    let sql = format!("SELECT id FROM people WHERE {} ORDER BY id", condition.text);
    snapshot.query(&sql, &condition.params, |row| row.get(0))
}

/// The next people who match, in the order of their ids, after the id `after`: for exports and other bulk work.
pub fn matching_after(
    snapshot: &mut Snapshot<'_>,
    filter: &Filter,
    after: &str,
    limit: usize,
) -> Result<Vec<Person>> {
    let mut condition = filter::condition(filter, snapshot.dialect(), snapshot.now())?;
    let after = condition.place(Param::Text(after.to_string().into()));
    let limit = condition.place(Param::Int(limit as i64));
    let sql = format!(
        "SELECT {} FROM people WHERE {} AND id > {after} ORDER BY id LIMIT {limit}",
        COLUMNS.join(", "),
        condition.text
    );
    snapshot.query(&sql, &condition.params, read)
}

/// Where a page ends: the sort value and id of its last person.
#[derive(Debug, PartialEq)]
enum Cursor {
    At {
        value: Param<'static>,
        id: String,
    },
    /// Among the people without the value.
    Missing {
        id: String,
    },
}

impl Cursor {
    fn of(person: &Person, sort: Sort) -> Self {
        let keys = super::verbs::keys(person);
        let value = match sort {
            Sort::Created => Param::Int(person.created_at),
            Sort::Name => Param::Text(keys.name.into()),
            Sort::FamilyName => Param::Text(keys.family.into()),
            Sort::Revenue => Param::Int(person.revenue_minor),
            Sort::LastOrder => match person.last_order_at {
                Some(at) => Param::Int(at),
                None => return Self::Missing { id: person.id.clone() },
            },
        };
        Self::At { value, id: person.id.clone() }
    }

    fn text(&self) -> String {
        match self {
            Self::At { value: Param::Int(value), id } => format!("{id}.i{value}"),
            Self::At { value: Param::Text(value), id } => format!("{id}.t{value}"),
            Self::At { id, .. } | Self::Missing { id } => format!("{id}.m"),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::invalid("after", format!("“{text}” is no place in this list"));
        let (id, value) = text.split_once('.').ok_or_else(wrong)?;
        let id = id.to_string();
        match value.split_at_checked(1) {
            Some(("i", number)) => {
                Ok(Self::At { value: Param::Int(number.parse().map_err(|_| wrong())?), id })
            }
            Some(("t", text)) => Ok(Self::At { value: Param::Text(text.to_string().into()), id }),
            Some(("m", "")) => Ok(Self::Missing { id }),
            _ => Err(wrong()),
        }
    }
}
