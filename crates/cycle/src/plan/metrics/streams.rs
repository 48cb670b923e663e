//! Purchases as they stream out of the store, customer by customer.
//!
//! All of them come out of a covering index in its own order, so that ten million take one pass; those of an audience are
//! looked up person by person.

use super::PeopleOf;
use super::purchases::Purchase;
use platform::store::{Param, Row, Snapshot};
use platform::{Micros, Result, params};
use records::filter;
use std::borrow::Cow;

pub(crate) type EachPerson<'a> = dyn FnMut(&str, &[Purchase]) -> Result<()> + 'a;

/// Everybody who bought something in the time, with their purchases in its order.
pub(crate) fn each_buyer(
    snapshot: &mut Snapshot<'_>,
    (from, to): (Micros, Micros),
    each: &mut EachPerson<'_>,
) -> Result<()> {
    let mut one = One::default();
    // The sums keep SQLite from looking up each order by its time, and then sorting them by person.
    snapshot.each(
        "SELECT person_id, ordered_at, is_return, counted_minor FROM orders
         WHERE person_id IS NOT NULL AND ordered_at + 0 >= $1 AND ordered_at + 0 < $2
         ORDER BY person_id, ordered_at, is_return, counted_minor",
        &params![from, to],
        |row| one.take(row, each),
    )?;
    one.give(each)
}

/// Orders that belong to nobody in particular.
pub(crate) fn each_of_nobody(
    snapshot: &mut Snapshot<'_>,
    (from, to): (Micros, Micros),
    each: &mut dyn FnMut(Purchase),
) -> Result<()> {
    snapshot.each(
        "SELECT ordered_at, is_return, counted_minor FROM orders
         WHERE person_id IS NULL AND ordered_at >= $1 AND ordered_at < $2",
        &params![from, to],
        |row| {
            each(purchase(row, 0)?);
            Ok(())
        },
    )
}

/// Everybody who is deleted or merged into somebody and still has orders, with those in the time.
pub(crate) fn each_of_absent(
    snapshot: &mut Snapshot<'_>,
    (from, to): (Micros, Micros),
    each: &mut EachPerson<'_>,
) -> Result<()> {
    let mut one = One::default();
    // A cross join, so that SQLite begins with the few who are gone and not with all orders.
    snapshot.each(
        "SELECT o.person_id, o.ordered_at, o.is_return, o.counted_minor FROM people p CROSS JOIN orders o
         WHERE o.person_id = p.id AND o.ordered_at >= $1 AND o.ordered_at < $2
           AND (p.deleted_at IS NOT NULL OR p.merged_into IS NOT NULL)
         ORDER BY o.person_id, o.ordered_at",
        &params![from, to],
        |row| one.take(row, each),
    )?;
    one.give(each)
}

/// Everybody who is asked, with their purchases in the time, which may be none. Who was in a list when it was made, and was
/// merged into somebody who is not, counts by the purchases of that person.
pub(super) fn each_of(
    snapshot: &mut Snapshot<'_>,
    people: &PeopleOf,
    (from, to): (Micros, Micros),
    each: &mut EachPerson<'_>,
) -> Result<()> {
    let mut chosen = Chosen::new(snapshot, people)?;
    let (from, to) = (chosen.place(Param::Int(from)), chosen.place(Param::Int(to)));
    let (joined, buyer) = match chosen.is_kept {
        true => {
            (format!("LEFT JOIN ({}) AS f ON f.id = p.id", followed(&chosen.people)), "COALESCE(f.who, p.id)")
        }
        false => (String::new(), "p.id"),
    };
    let sql = format!(
        "SELECT p.id, o.ordered_at, o.is_return, o.counted_minor FROM ({}) AS p {joined}
         LEFT JOIN orders o ON o.person_id = {buyer} AND o.ordered_at >= {from} AND o.ordered_at < {to}
         ORDER BY p.id",
        chosen.people
    );
    let mut one = One::default();
    snapshot.each(&sql, &chosen.params, |row| one.take(row, each))?;
    one.give(each)
}

/// Of these people (`id`) those who were merged into somebody outside of them (`who`): one, where several were merged into the same.
fn followed(people: &str) -> String {
    format!(
        "WITH RECURSIVE gone (id, who) AS (
           SELECT id, merged_into FROM people WHERE merged_into IS NOT NULL
           UNION SELECT gone.id, q.merged_into FROM gone JOIN people q ON q.id = gone.who WHERE q.merged_into IS NOT NULL)
         SELECT min(gone.id) AS id, gone.who FROM gone JOIN people q ON q.id = gone.who AND q.merged_into IS NULL
         WHERE gone.id IN ({people}) AND gone.who NOT IN ({people}) GROUP BY gone.who"
    )
}

/// The people who are asked as a query of their ids, with its parameters.
pub(super) struct Chosen {
    pub(super) people: String,
    /// A list that was made at some time and stays, whatever becomes of its people.
    is_kept: bool,
    pub(super) params: Vec<Param<'static>>,
}

impl Chosen {
    pub(super) fn new(snapshot: &mut Snapshot<'_>, people: &PeopleOf) -> Result<Self> {
        const PRESENT: &str = "SELECT id FROM people WHERE merged_into IS NULL AND deleted_at IS NULL";
        let by_id = |table: &str, id: &str| Self {
            people: format!("SELECT person_id AS id FROM {table}_people WHERE {table}_id = $1"),
            is_kept: true,
            params: vec![Param::Text(Cow::Owned(id.to_string()))],
        };
        Ok(match people {
            PeopleOf::Everybody => Self { people: PRESENT.to_string(), is_kept: false, params: Vec::new() },
            PeopleOf::Audience(id) => by_id("audience", id),
            PeopleOf::Experiment(id) => by_id("experiment", id),
            PeopleOf::Matching(filter) => {
                let condition = filter::condition(filter, snapshot.dialect(), snapshot.now())?;
                Self {
                    people: format!("SELECT id FROM people WHERE {}", condition.text),
                    is_kept: false,
                    params: condition.params,
                }
            }
        })
    }

    /// Adds a parameter; returns its place in the statement.
    pub(super) fn place(&mut self, param: Param<'static>) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }
}

/// The person whose rows are arriving.
#[derive(Default)]
struct One {
    id: String,
    is_there: bool,
    purchases: Vec<Purchase>,
}

impl One {
    fn take(&mut self, row: &Row<'_>, each: &mut EachPerson<'_>) -> Result<()> {
        let id = row.text(0)?;
        if !self.is_there || self.id != id {
            self.give(each)?;
            self.id.clear();
            self.id.push_str(id);
            self.is_there = true;
        }
        if row.get::<Option<i64>>(1)?.is_some() {
            self.purchases.push(purchase(row, 1)?);
        }
        Ok(())
    }

    fn give(&mut self, each: &mut EachPerson<'_>) -> Result<()> {
        if !self.is_there {
            return Ok(());
        }
        self.purchases.sort_by_key(|purchase| purchase.at);
        each(&self.id, &self.purchases)?;
        self.purchases.clear();
        Ok(())
    }
}

/// The columns from `at` on: moment, return, money.
fn purchase(row: &Row<'_>, at: usize) -> Result<Purchase> {
    let (is_return, value_minor): (bool, i64) = (row.get(at + 1)?, row.get(at + 2)?);
    Ok(Purchase { at: row.get(at)?, is_order: !is_return && value_minor > 0, value_minor })
}
