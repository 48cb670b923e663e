//! Lists of people: a filter, a sort, a page by key.

use super::steer::{Steered, steer, without_index};
use super::{COLUMNS, Person, read};
use crate::filter::{self, Filter};
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

    pub(super) fn column(self) -> &'static str {
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
    let steered = steer(snapshot, &query.filter, query.sort)?;
    let mut people = Vec::new();
    if !matches!(cursor, Some(Cursor::Missing { .. })) {
        people = valued(snapshot, query, &steered, cursor.as_ref())?;
    }
    if query.sort.may_be_missing() && !steered.asks_for_sorted && people.len() <= query.limit {
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
    let column = match steered.is_rare {
        false => query.sort.column().to_string(),
        true => without_index(query.sort.column()),
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
    let (column, order) = match steered.is_rare {
        false => (column.to_string(), format!("{column}, id")),
        true => (without_index(column), "(id || '')".to_string()),
    };
    let sql = format!(
        "SELECT {} FROM people WHERE {} AND {column} IS NULL AND id > {after} ORDER BY {order} LIMIT {limit}",
        COLUMNS.join(", "),
        condition.text
    );
    snapshot.query(&sql, &condition.params, read)
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
