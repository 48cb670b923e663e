//! Facts: what people bought and returned, streamed from the store into columns, customer by customer.
//!
//! One row an order that counts, in the order of customer and time; a million customers with ten million orders take about
//! 170 MB. People who are deleted or merged into others are not in it. It holds what happened, not what it means, and it
//! knows no day of analysis: whoever reads asks for the rows until a day.

use super::Day;
use platform::clock::Micros;
use platform::store::{Row, Snapshot, Store};
use platform::{Error, Result};
use records::values::currency::Currency;
use std::sync::{Arc, Mutex, PoisonError};

/// Orders and returns of all present customers.
#[derive(Debug)]
pub struct Facts {
    ids: Ids,
    /// Where the rows of each customer begin; one more than there are customers.
    starts: Vec<u32>,
    days: Vec<i32>,
    values_minor: Vec<i64>,
    is_purchase: Vec<bool>,
    /// For each customer a place in `source_names`.
    sources: Vec<u16>,
    source_names: Vec<String>,
    /// The currency of every value.
    pub currency: Currency,
    pub left_out: LeftOut,
}

/// What is in the store and not in the facts, so that it can be said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LeftOut {
    /// Orders without a person.
    pub n_orders_without_person: u64,
    /// Orders that count nothing: cancelled, in another currency, or free of charge.
    pub n_orders_uncounted: u64,
    /// Orders dated after now.
    pub n_orders_in_future: u64,
    /// Orders of people who are deleted.
    pub n_orders_of_absent: u64,
}

/// The orders and returns of one customer, oldest first.
///
/// **Units.** Days since 1970-01-01; minor units of the facts' currency, negative for a return.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    pub days: &'a [i32],
    pub values_minor: &'a [i64],
    /// Whether the row is a purchase; else it is a return or a correction, which only lowers the money.
    pub is_purchase: &'a [bool],
}

impl<'a> Orders<'a> {
    /// The rows of the day `last` and before.
    pub fn until(self, last: Day) -> Self {
        let end = self.days.partition_point(|&day| day <= last.0);
        Self {
            days: &self.days[..end],
            values_minor: &self.values_minor[..end],
            is_purchase: &self.is_purchase[..end],
        }
    }

    /// (day, money, whether it is a purchase) of each row.
    pub fn each(self) -> impl DoubleEndedIterator<Item = (i32, i64, bool)> + 'a {
        let rows = self.days.iter().zip(self.values_minor).zip(self.is_purchase);
        rows.map(|((&day, &value), &is_purchase)| (day, value, is_purchase))
    }
}

impl Facts {
    pub fn n_customers(&self) -> u32 {
        self.sources.len() as u32
    }

    pub fn n_orders(&self) -> usize {
        self.days.len()
    }

    /// The person's id of the customer with this number, counted from 0 in the order of ids.
    pub fn id(&self, customer: u32) -> &str {
        self.ids.get(customer as usize)
    }

    /// The number of the customer with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.ids.find(id)
    }

    pub fn orders(&self, customer: u32) -> Orders<'_> {
        let place = customer as usize;
        let range = self.starts[place] as usize..self.starts[place + 1] as usize;
        Orders {
            days: &self.days[range.clone()],
            values_minor: &self.values_minor[range.clone()],
            is_purchase: &self.is_purchase[range],
        }
    }

    /// The channel from which the customer came; empty where it is not known.
    pub fn source(&self, customer: u32) -> &str {
        &self.source_names[usize::from(self.sources[customer as usize])]
    }

    /// The place of the customer's channel in [`Facts::source_names`].
    pub fn source_number(&self, customer: u32) -> u16 {
        self.sources[customer as usize]
    }

    /// Every channel; the first is the empty one.
    pub fn source_names(&self) -> &[String] {
        &self.source_names
    }

    /// The first and last day with an order or return.
    pub fn span(&self) -> Option<(Day, Day)> {
        let (first, last) = (self.days.iter().min()?, self.days.iter().max()?);
        Some((Day(*first), Day(*last)))
    }

    /// What it takes in memory, in bytes.
    pub fn n_bytes(&self) -> usize {
        self.ids.text.capacity()
            + 4 * (self.ids.ends.capacity() + self.starts.capacity() + self.days.capacity())
            + 8 * self.values_minor.capacity()
            + self.is_purchase.capacity()
            + 2 * self.sources.capacity()
    }
}

/// Ids one after another in one text, ascending.
#[derive(Debug, Default)]
struct Ids {
    text: String,
    ends: Vec<u32>,
}

impl Ids {
    fn push(&mut self, id: &str) -> Result<()> {
        self.text.push_str(id);
        let end = u32::try_from(self.text.len())
            .map_err(|_| Error::database("the customers' ids take more than 4 GiB; that is more than one machine analyses"))?;
        self.ends.push(end);
        Ok(())
    }

    fn get(&self, place: usize) -> &str {
        let start = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        &self.text[start..self.ends[place] as usize]
    }

    fn last(&self) -> Option<&str> {
        self.ends.len().checked_sub(1).map(|place| self.get(place))
    }

    fn find(&self, id: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }
}

/// The covering index `orders_facts` answers this in its own order.
const ORDERS: &str = "SELECT person_id, ordered_at, is_return, counted_minor FROM orders
    WHERE person_id IS NOT NULL ORDER BY person_id, ordered_at, is_return, counted_minor";
const PEOPLE: &str = "SELECT id, CASE WHEN merged_into IS NULL AND deleted_at IS NULL THEN 1 ELSE 0 END, source FROM people";

/// Reads all facts from one snapshot.
///
/// **Errors** when the database sorts texts by the rules of a language, or has more orders than can be numbered.
pub fn load(snapshot: &mut Snapshot<'_>) -> Result<Facts> {
    let currency = records::orders::workspace_currency(snapshot)?;
    let without_person =
        snapshot.one("SELECT count(*) FROM orders WHERE person_id IS NULL", &[], |row| row.get::<i64>(0))?;
    let mut loading = Loading { now: snapshot.now(), ..Loading::default() };
    snapshot.each(ORDERS, &[], |row| loading.order(row))?;
    loading.starts.push(loading.days.len() as u32);
    loading.sources = vec![ABSENT; loading.ids.ends.len()];
    loading.source_names = vec![String::new()];
    snapshot.each(PEOPLE, &[], |row| loading.person(row))?;
    loading.left_out.n_orders_without_person = without_person.unsigned_abs();
    loading.without_absent()?;
    Ok(loading.finish(currency))
}

/// A customer of whom no present person was met.
const ABSENT: u16 = u16::MAX;
/// Channels that are told apart; the rest count as not known.
const MOST_SOURCES: usize = 10_000;

#[derive(Default)]
struct Loading {
    now: Micros,
    ids: Ids,
    starts: Vec<u32>,
    days: Vec<i32>,
    values_minor: Vec<i64>,
    is_purchase: Vec<bool>,
    sources: Vec<u16>,
    source_names: Vec<String>,
    /// Where the person after the last one would be: people come mostly in the order of their ids.
    next_person: usize,
    left_out: LeftOut,
}

impl Loading {
    fn order(&mut self, row: &Row<'_>) -> Result<()> {
        let (at, is_return, value): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        if value == 0 {
            self.left_out.n_orders_uncounted += 1;
            return Ok(());
        }
        if at > self.now {
            self.left_out.n_orders_in_future += 1;
            return Ok(());
        }
        let id = row.text(0)?;
        let last = self.ids.last();
        if last != Some(id) {
            if last.is_some_and(|last| last > id) {
                return Err(Error::database(
                    "the database does not sort texts by their bytes: create it with the C collation (see docs/sql.md)",
                ));
            }
            let start = u32::try_from(self.days.len())
                .map_err(|_| Error::database("there are more orders than one machine analyses (4,294,967,295)"))?;
            self.ids.push(id)?;
            self.starts.push(start);
        }
        self.days.push(Day::of(at).0);
        self.values_minor.push(value);
        self.is_purchase.push(is_return == 0 && value > 0);
        Ok(())
    }

    fn person(&mut self, row: &Row<'_>) -> Result<()> {
        let id = row.text(0)?;
        let expected = self.next_person;
        let here = expected < self.sources.len() && self.ids.get(expected) == id;
        let found = if here { Some(expected) } else { self.ids.find(id).map(|place| place as usize) };
        // A person without orders has no facts.
        let Some(place) = found else { return Ok(()) };
        self.next_person = place + 1;
        if row.get::<i64>(1)? == 1 {
            self.sources[place] = self.source(row.text(2)?);
        }
        Ok(())
    }

    fn source(&mut self, name: &str) -> u16 {
        let known = self.source_names.iter().position(|source| source == name);
        let place = known.unwrap_or_else(|| {
            if self.source_names.len() >= MOST_SOURCES {
                return 0;
            }
            self.source_names.push(name.to_string());
            self.source_names.len() - 1
        });
        place as u16
    }

    /// Closes the gaps that people who are deleted, merged or unknown would leave.
    fn without_absent(&mut self) -> Result<()> {
        if !self.sources.contains(&ABSENT) {
            return Ok(());
        }
        let (ids, starts) = (std::mem::take(&mut self.ids), std::mem::take(&mut self.starts));
        let mut end = 0;
        for (place, source) in self.sources.iter().enumerate() {
            let rows = starts[place] as usize..starts[place + 1] as usize;
            if *source == ABSENT {
                self.left_out.n_orders_of_absent += rows.len() as u64;
                continue;
            }
            self.ids.push(ids.get(place))?;
            self.starts.push(end as u32);
            let n_rows = rows.len();
            self.days.copy_within(rows.clone(), end);
            self.values_minor.copy_within(rows.clone(), end);
            self.is_purchase.copy_within(rows, end);
            end += n_rows;
        }
        self.starts.push(end as u32);
        self.days.truncate(end);
        self.values_minor.truncate(end);
        self.is_purchase.truncate(end);
        self.sources.retain(|source| *source != ABSENT);
        Ok(())
    }

    fn finish(mut self, currency: Currency) -> Facts {
        self.ids.text.shrink_to_fit();
        self.ids.ends.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.days.shrink_to_fit();
        self.values_minor.shrink_to_fit();
        self.is_purchase.shrink_to_fit();
        Facts {
            ids: self.ids,
            starts: self.starts,
            days: self.days,
            values_minor: self.values_minor,
            is_purchase: self.is_purchase,
            sources: self.sources,
            source_names: self.source_names,
            currency,
            left_out: self.left_out,
        }
    }
}

/// Keeps the facts as long as no record changes; cheap to clone, owned by the program.
#[derive(Clone, Default)]
pub struct FactsCache(Arc<Mutex<Option<(State, Arc<Facts>)>>>);

/// The state of the database of which facts were read: changes of this process, and the newest event of all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    data_version: u64,
    newest_event: Option<String>,
    /// What was in the future yesterday is a fact today.
    today: Day,
}

impl FactsCache {
    /// The facts of the present data: the kept ones, or those just read from the store.
    ///
    /// It blocks while it reads, so it is not for asynchronous code.
    pub fn get(&self, store: &Store) -> Result<Arc<Facts>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let state = state(store)?;
        if let Some((known, facts)) = kept.as_ref()
            && *known == state
        {
            return Ok(facts.clone());
        }
        // Two sets of facts never stand in memory at once.
        *kept = None;
        let facts = Arc::new(store.scan(load).wait()?);
        *kept = Some((state, facts.clone()));
        Ok(facts)
    }

    /// Frees the memory; the next reader reads anew.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn state(store: &Store) -> Result<State> {
    let data_version = store.data_version();
    let newest_event = store
        .read(|s| s.one("SELECT max(id) FROM events", &[], |row| row.get::<Option<String>>(0)))
        .wait()?;
    Ok(State { data_version, newest_event, today: Day::of(store.now()) })
}
