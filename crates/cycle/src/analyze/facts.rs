//! Facts: what people bought and returned, streamed from the store into columns, customer by customer.
//!
//! One row an order that counts, in the order of customer and time; a million customers with ten million orders take about
//! 170 MB. People who are deleted or merged into others are not in it. It holds what happened, not what it means, and it
//! knows no day of analysis: whoever reads asks for the rows until a day.

use super::Day;
use platform::clock::Micros;
use platform::store::{Row, Snapshot, Store};
use platform::{Error, Result, params};
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
    kinds: Vec<Kind>,
    /// For each customer a place in `source_names`.
    sources: Vec<u16>,
    source_names: Vec<String>,
    /// For each customer a place in `country_names`.
    countries: Vec<u16>,
    country_names: Vec<String>,
    /// The currency of every value.
    pub currency: Currency,
    pub left_out: LeftOut,
}

/// What is in the store and not in the facts, so that it can be said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LeftOut {
    /// Orders without a person.
    pub n_orders_without_person: u64,
    /// Orders that count nothing: cancelled, or in another currency.
    pub n_orders_uncounted: u64,
    /// Orders dated after now.
    pub n_orders_in_future: u64,
    /// Orders of people who are deleted.
    pub n_orders_of_absent: u64,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// An order for money: what is counted as an order everywhere.
    Purchase,
    /// An order free of charge: a sign of life, but no order that is counted.
    Free,
    /// A return or a correction, which only lowers the money.
    Return,
    /// Counts nothing; only while loading.
    Nothing,
}

/// The orders and returns of one customer, oldest first.
///
/// **Units.** Days since 1970-01-01; minor units of the facts' currency, negative for a return.
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    pub days: &'a [i32],
    pub values_minor: &'a [i64],
    pub kinds: &'a [Kind],
}

impl<'a> Orders<'a> {
    /// The rows of the day `last` and before.
    pub fn until(self, last: Day) -> Self {
        let end = self.days.partition_point(|&day| day <= last.0);
        Self { days: &self.days[..end], values_minor: &self.values_minor[..end], kinds: &self.kinds[..end] }
    }

    /// (day, money, kind) of each row.
    pub fn each(self) -> impl DoubleEndedIterator<Item = (i32, i64, Kind)> + 'a {
        let rows = self.days.iter().zip(self.values_minor).zip(self.kinds);
        rows.map(|((&day, &value), &kind)| (day, value, kind))
    }

    /// (day, money) of each purchase.
    pub fn purchases(self) -> impl Iterator<Item = (i32, i64)> + 'a {
        self.each().filter(|row| row.2 == Kind::Purchase).map(|(day, value, _)| (day, value))
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
            kinds: &self.kinds[range],
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

    /// The place of the customer's country in [`Facts::country_names`].
    pub fn country_number(&self, customer: u32) -> u16 {
        self.countries[customer as usize]
    }

    /// Every country by its code; the first is the empty one, of those whose country is not known.
    pub fn country_names(&self) -> &[String] {
        &self.country_names
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
            + self.kinds.capacity()
            + 2 * (self.sources.capacity() + self.countries.capacity())
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
        let end = u32::try_from(self.text.len()).map_err(|_| {
            Error::database("the customers' ids take more than 4 GiB; that is more than one machine analyses")
        })?;
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
/// Orders that count 0 and are neither cancelled nor in another currency: free of charge. In the order of the index, so that
/// only rows that count 0 are looked up.
const FREE: &str = "SELECT person_id, ordered_at FROM orders
    WHERE counted_minor = 0 AND is_return = 0 AND total_minor = 0 AND status = 'placed' AND currency = $1
      AND person_id IS NOT NULL ORDER BY person_id, ordered_at, is_return, counted_minor";
const PEOPLE: &str = "SELECT id, CASE WHEN merged_into IS NULL AND deleted_at IS NULL THEN 1 ELSE 0 END, source, country FROM people";

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
    if loading.n_nothing > 0 {
        snapshot.each(FREE, &params![currency.code()], |row| loading.free(row))?;
    }
    loading.sources = vec![ABSENT; loading.ids.ends.len()];
    loading.countries = vec![0; loading.ids.ends.len()];
    loading.source_names = vec![String::new()];
    loading.country_names = vec![String::new()];
    snapshot.each(PEOPLE, &[], |row| loading.person(row))?;
    loading.left_out.n_orders_without_person = without_person.unsigned_abs();
    loading.compact()?;
    Ok(loading.finish(currency))
}

/// A customer of whom no present person was met.
const ABSENT: u16 = u16::MAX;
/// Channels, and countries, that are told apart; the rest count as not known.
const MOST_NAMES: usize = 10_000;

#[derive(Default)]
struct Loading {
    now: Micros,
    ids: Ids,
    starts: Vec<u32>,
    days: Vec<i32>,
    values_minor: Vec<i64>,
    kinds: Vec<Kind>,
    /// Rows of the last kind, of which it is not known yet whether they are free.
    n_nothing: u64,
    sources: Vec<u16>,
    source_names: Vec<String>,
    countries: Vec<u16>,
    country_names: Vec<String>,
    /// Where the person after the last one would be: people come mostly in the order of their ids.
    next_person: usize,
    left_out: LeftOut,
}

impl Loading {
    fn order(&mut self, row: &Row<'_>) -> Result<()> {
        let (at, is_return, value): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
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
            let start = u32::try_from(self.days.len()).map_err(|_| {
                Error::database("there are more orders than one machine analyses (4,294,967,295)")
            })?;
            self.ids.push(id)?;
            self.starts.push(start);
        }
        self.days.push(Day::of(at).0);
        self.values_minor.push(value);
        self.kinds.push(match (is_return, value) {
            (_, 0) => Kind::Nothing,
            (0, 1..) => Kind::Purchase,
            _ => Kind::Return,
        });
        self.n_nothing += u64::from(value == 0);
        Ok(())
    }

    fn free(&mut self, row: &Row<'_>) -> Result<()> {
        let day = Day::of(row.get(1)?).0;
        let Some(customer) = self.ids.find(row.text(0)?) else { return Ok(()) };
        let (start, end) =
            (self.starts[customer as usize] as usize, self.starts[customer as usize + 1] as usize);
        let same = |&place: &usize| self.days[place] == day && self.kinds[place] == Kind::Nothing;
        if let Some(place) = (start..end).find(same) {
            self.kinds[place] = Kind::Free;
            self.n_nothing -= 1;
        }
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
            self.sources[place] = numbered(&mut self.source_names, row.text(2)?);
            self.countries[place] = numbered(&mut self.country_names, row.text(3)?);
        }
        Ok(())
    }

    /// Closes the gaps of what does not count: rows of nothing, and people who are deleted, merged or unknown.
    fn compact(&mut self) -> Result<()> {
        self.left_out.n_orders_uncounted = self.n_nothing;
        if self.n_nothing == 0 && !self.sources.contains(&ABSENT) {
            return Ok(());
        }
        let (ids, starts) = (std::mem::take(&mut self.ids), std::mem::take(&mut self.starts));
        let sources = std::mem::take(&mut self.sources);
        let countries = std::mem::take(&mut self.countries);
        let mut end = 0;
        for (place, source) in sources.into_iter().enumerate() {
            let rows = starts[place] as usize..starts[place + 1] as usize;
            if source == ABSENT {
                self.left_out.n_orders_of_absent += rows.len() as u64;
                continue;
            }
            let start = end;
            for row in rows {
                if self.kinds[row] != Kind::Nothing {
                    self.days[end] = self.days[row];
                    self.values_minor[end] = self.values_minor[row];
                    self.kinds[end] = self.kinds[row];
                    end += 1;
                }
            }
            if end > start {
                self.ids.push(ids.get(place))?;
                self.starts.push(start as u32);
                self.sources.push(source);
                self.countries.push(countries[place]);
            }
        }
        self.starts.push(end as u32);
        self.days.truncate(end);
        self.values_minor.truncate(end);
        self.kinds.truncate(end);
        Ok(())
    }

    fn finish(mut self, currency: Currency) -> Facts {
        self.ids.text.shrink_to_fit();
        self.ids.ends.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.days.shrink_to_fit();
        self.values_minor.shrink_to_fit();
        self.kinds.shrink_to_fit();
        Facts {
            ids: self.ids,
            starts: self.starts,
            days: self.days,
            values_minor: self.values_minor,
            kinds: self.kinds,
            sources: self.sources,
            source_names: self.source_names,
            countries: self.countries,
            country_names: self.country_names,
            currency,
            left_out: self.left_out,
        }
    }
}

/// The place of a name among those that were met, where it is put if it is new.
fn numbered(names: &mut Vec<String>, name: &str) -> u16 {
    let known = names.iter().position(|known| known == name);
    let place = known.unwrap_or_else(|| {
        if names.len() >= MOST_NAMES {
            return 0;
        }
        names.push(name.to_string());
        names.len() - 1
    });
    place as u16
}

/// Keeps the facts as long as no record changes; cheap to clone, owned by the program.
#[derive(Clone, Default)]
pub struct FactsCache {
    kept: Arc<Mutex<Option<Kept>>>,
    /// **Units.** MiB that the analyses of the facts may take; None is without limit.
    most_mib: Option<u64>,
}

struct Kept {
    state: State,
    facts: Arc<Facts>,
}

/// The state of the database of which facts were read: changes of this process, and the newest event of all.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    data_version: u64,
    newest_event: Option<String>,
    /// What was in the future yesterday is a fact today.
    today: Day,
}

/// Bytes that a turn takes at its peak for a customer and for an order, measured at 1,000,000 and 10,287,455 (`turn_speed`).
const BYTES_PER_CUSTOMER: u64 = 600;
const BYTES_PER_ORDER: u64 = 50;
/// What the program takes without any facts.
const BASE_MIB: u64 = 64;

/// MiB that the analyses of so many customers and orders take at their peak.
fn needed_mib(n_customers: u64, n_orders: u64) -> u64 {
    BASE_MIB + (n_customers * BYTES_PER_CUSTOMER + n_orders * BYTES_PER_ORDER) / (1 << 20)
}

impl FactsCache {
    /// Facts are read only where their analyses take at most so many MiB.
    pub fn within(most_mib: u64) -> Self {
        Self { most_mib: Some(most_mib), ..Self::default() }
    }

    /// The facts of the present data: the kept ones, or those just read from the store.
    ///
    /// It blocks while it reads, so it is not for asynchronous code.
    ///
    /// **Errors** at `analysis_memory_mb` where the analyses would take more than they may.
    pub fn get(&self, store: &Store) -> Result<Arc<Facts>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let state = state(store)?;
        if let Some(known) = kept.as_ref().filter(|known| known.state == state) {
            return Ok(known.facts.clone());
        }
        // Two sets of facts never stand in memory at once.
        *kept = None;
        if let Some(most_mib) = self.most_mib {
            store.scan(move |s| fits(s, most_mib)).wait()?;
        }
        let facts = Arc::new(store.scan(load).wait()?);
        *kept = Some(Kept { state, facts: facts.clone() });
        Ok(facts)
    }

    /// Frees the memory; the next reader reads anew.
    pub fn clear(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn fits(snapshot: &mut Snapshot<'_>, most_mib: u64) -> Result<()> {
    let count = |sql: &str, snapshot: &mut Snapshot<'_>| snapshot.one(sql, &[], |row| row.get::<i64>(0));
    let n_customers = count("SELECT count(*) FROM people", snapshot)?;
    let n_orders = count("SELECT count(*) FROM orders", snapshot)?;
    let needed = needed_mib(n_customers.unsigned_abs(), n_orders.unsigned_abs());
    if needed <= most_mib {
        return Ok(());
    }
    Err(Error::invalid(
        "analysis_memory_mb",
        format!(
            "the analyses of {n_customers} people with {n_orders} orders take about {needed} MiB of memory and may take \
             {most_mib}; give them more in the configuration, or run the turn on a machine that has more"
        ),
    ))
}

fn state(store: &Store) -> Result<State> {
    let data_version = store.data_version();
    let newest_event = store
        .read(|s| s.one("SELECT max(id) FROM events", &[], |row| row.get::<Option<String>>(0)))
        .wait()?;
    Ok(State { data_version, newest_event, today: Day::of(store.now()) })
}
