//! Records as rows of small numbers: which fields are compared with which rule, and every cell in its dictionary.

mod feed;
mod memo;

use rayon::prelude::*;

use crate::dictionary::{Dictionary, Marks, NOTHING};
use crate::fold::mix;
use crate::kind::Kind;
use feed::{Feed, Source, Whole};

/// A column of cells that is given as a whole.
pub trait Column: Send {
    /// The cell of a row; empty where nothing is known.
    fn cell(&self, row: usize) -> &str;
}

/// A column that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
}

/// How a comparison looks at its slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rule {
    Given,
    Family,
    Date,
    Email,
    Phone,
    Street,
    Place,
    Company,
    Text,
    /// Numbers and codes among the words of a text: models, parts, sizes.
    Codes,
    People,
    Year,
    Number,
    Category,
    Identifier,
}

/// One thing that is said about a pair.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) rule: Rule,
    pub(crate) name: String,
    /// Slots of a record; what a rule does not need is slot 0 and always empty. Behind a rule's own slots stand those of
    /// other fields that it looks into: names into mailboxes, companies into their domains.
    pub(crate) slots: [usize; 4],
}

impl Comparison {
    /// The slots whose values are this comparison's own.
    pub(crate) fn own_slots(&self) -> &[usize] {
        match self.rule {
            Rule::Given => &self.slots[..2],
            Rule::Family => &self.slots[1..2],
            Rule::Email => &self.slots[..3],
            Rule::Place => &self.slots,
            _ => &self.slots[..1],
        }
    }
}

/// Records that are ready to be compared.
#[derive(Debug, Clone)]
pub struct Records {
    fields: Vec<Field>,
    pub(crate) comparisons: Vec<Comparison>,
    feeds: Vec<Feed>,
    /// The dictionary of each slot; given and family name share one, so that they can be compared with each other.
    pub(crate) dictionary_of: Vec<usize>,
    pub(crate) dictionaries: Vec<Dictionary>,
    pub(crate) stride: usize,
    cells: Vec<u32>,
}

impl Records {
    /// No records yet, of the given fields. Fields of kind [`Kind::Ignored`] take their place in a row but are not compared.
    pub fn new(fields: &[Field]) -> Records {
        let mut records = Records {
            fields: fields.to_vec(),
            comparisons: Vec::new(),
            feeds: Vec::new(),
            dictionary_of: Vec::new(),
            dictionaries: Vec::new(),
            stride: 0,
            cells: Vec::new(),
        };
        records.slot(Marks::None);
        records.lay_names();
        records.lay_address();
        for (at, field) in fields.iter().enumerate() {
            records.lay(at, field);
        }
        records.look_into_mail();
        records.stride = records.dictionary_of.len();
        records
    }

    /// The fields in the order in which a row gives their cells.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Records that were pushed.
    pub fn len(&self) -> usize {
        self.cells.len() / self.stride
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Whether there is anything to compare.
    pub fn has_comparisons(&self) -> bool {
        !self.comparisons.is_empty()
    }

    pub(crate) fn row(&self, record: u32) -> &[u32] {
        let start = record as usize * self.stride;
        &self.cells[start..start + self.stride]
    }

    pub(crate) fn dictionary(&self, slot: usize) -> &Dictionary {
        &self.dictionaries[self.dictionary_of[slot]]
    }

    /// A number for a value that is the same in every run and for every set of records.
    pub(crate) fn key(&self, slot: usize, code: u32) -> u64 {
        let dictionary = self.dictionary(slot);
        match dictionary.pair(code) {
            None => dictionary.key(code),
            // An address: its mailbox and its domain have the next two slots.
            Some([mailbox, domain]) => {
                mix(self.key(slot + 1, mailbox) ^ self.key(slot + 2, domain).rotate_left(32))
            }
        }
    }

    fn slot(&mut self, marks: Marks) -> usize {
        self.dictionaries.push(Dictionary::new(marks));
        self.dictionary_of.push(self.dictionaries.len() - 1);
        self.dictionary_of.len() - 1
    }

    /// Feeds the slots from this one on.
    fn feed(&mut self, first: usize, source: Source) {
        let slots = first..self.dictionary_of.len();
        let dictionaries = self.dictionary_of[first]..self.dictionaries.len();
        self.feeds.push(Feed { source, slots, dictionaries });
    }

    fn first(&self, kind: Kind) -> Option<usize> {
        self.fields.iter().position(|field| field.kind == kind)
    }

    fn lay_names(&mut self) {
        let [given, family, full] =
            [Kind::GivenName, Kind::FamilyName, Kind::FullName].map(|kind| self.first(kind));
        if given.is_none() && family.is_none() && full.is_none() {
            return;
        }
        let first = self.slot(Marks::Names);
        self.dictionary_of.push(self.dictionary_of[first]);
        let name = |field: Option<usize>, other: &str| {
            field.map_or(other.to_owned(), |field| self.fields[field].name.clone())
        };
        let comparisons =
            [(Rule::Given, name(given, "given name")), (Rule::Family, name(family, "family name"))];
        for (rule, name) in comparisons {
            self.comparisons.push(Comparison { rule, name, slots: [first, first + 1, 0, 0] });
        }
        self.feed(first, Source::Names { given, family, full });
    }

    fn lay_address(&mut self) {
        let [number, street] = [Kind::HouseNumber, Kind::Street].map(|kind| self.first(kind));
        if number.is_some() || street.is_some() {
            let slot = self.slot(Marks::Letters);
            let name = self.fields[street.or(number).expect("one of the two")].name.clone();
            self.comparisons.push(Comparison { rule: Rule::Street, name, slots: [slot, 0, 0, 0] });
            self.feed(slot, Source::Street { number, street });
        }
        let parts =
            [Kind::Postcode, Kind::City, Kind::Region, Kind::Country].map(|kind| (self.first(kind), kind));
        if parts.iter().any(|(field, _)| field.is_some()) {
            let mut slots = [0; 4];
            let mut names = Vec::new();
            for (at, (field, kind)) in parts.into_iter().enumerate() {
                let Some(field) = field else { continue };
                slots[at] = self.slot(Marks::Letters);
                names.push(self.fields[field].name.clone());
                self.feed(slots[at], Source::One { field, kind });
            }
            self.comparisons.push(Comparison { rule: Rule::Place, name: names.join("+"), slots });
        }
    }

    fn lay(&mut self, field: usize, about: &Field) {
        let name = about.name.clone();
        let rule = match about.kind {
            Kind::Email => return self.lay_email(field, name),
            Kind::Date => Rule::Date,
            Kind::Phone => Rule::Phone,
            Kind::Company => Rule::Company,
            Kind::Text => Rule::Text,
            Kind::People => Rule::People,
            Kind::Year => Rule::Year,
            Kind::Number => Rule::Number,
            Kind::Category => Rule::Category,
            Kind::Identifier => Rule::Identifier,
            _ => return,
        };
        let marks = match rule {
            Rule::Text | Rule::People | Rule::Company | Rule::Category => Marks::Words,
            Rule::Year | Rule::Number => Marks::None,
            _ => Marks::Letters,
        };
        let slot = self.slot(marks);
        self.comparisons.push(Comparison { rule, name: name.clone(), slots: [slot, 0, 0, 0] });
        if rule == Rule::Text {
            self.comparisons.push(Comparison {
                rule: Rule::Codes,
                name: format!("{name} (codes)"),
                slots: [slot, 0, 0, 0],
            });
        }
        self.feed(slot, Source::One { field, kind: about.kind });
    }

    fn look_into_mail(&mut self) {
        let Some(email) = self.comparisons.iter().find(|comparison| comparison.rule == Rule::Email) else {
            return;
        };
        let [_, mailbox, domain, _] = email.slots;
        for comparison in &mut self.comparisons {
            match comparison.rule {
                Rule::Given => comparison.slots[2] = mailbox,
                Rule::Company => comparison.slots[1] = domain,
                _ => {}
            }
        }
    }

    fn lay_email(&mut self, field: usize, name: String) {
        let slots = [self.slot(Marks::None), self.slot(Marks::Letters), self.slot(Marks::Domains)];
        let names = self.comparisons.iter().find(|c| c.rule == Rule::Given).map_or(0, |c| c.slots[0]);
        self.comparisons.push(Comparison {
            rule: Rule::Email,
            name,
            slots: [slots[0], slots[1], slots[2], names],
        });
        self.feed(slots[0], Source::Email { field });
    }

    /// Adds a record; `cells` are in the order of the fields. Missing cells are empty.
    pub fn push(&mut self, cells: &[&str]) -> u32 {
        let record = self.len() as u32;
        let start = self.cells.len();
        self.cells.resize(start + self.stride, NOTHING);
        let cell = |field: usize| cells.get(field).copied().unwrap_or_default();
        for feed in &self.feeds {
            let dictionaries = &mut self.dictionaries[feed.dictionaries.clone()];
            feed.read(cell, dictionaries, &mut self.cells[start..][feed.slots.clone()]);
        }
        record
    }

    /// Adds `n` records whose cells stand in columns, in the order of the fields; missing columns are empty. The records are
    /// those that `n` times [`Records::push`] would give, but each column is let go as soon as it was read, several at once.
    pub fn push_columns<C: Column>(&mut self, columns: Vec<C>, n: usize) {
        let mut columns: Vec<Option<C>> = columns.into_iter().map(Some).collect();
        let mut take = |field: usize| Some((field, columns.get_mut(field)?.take()?));
        let mut rest = &mut self.dictionaries[1..];
        let mut tasks = Vec::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            let (dictionaries, others) = rest.split_at_mut(feed.dictionaries.len());
            rest = others;
            tasks.push(Whole {
                feed,
                columns: feed.source.fields().filter_map(&mut take).collect(),
                dictionaries,
            });
        }
        drop(columns);
        let codes: Vec<Vec<u32>> = tasks.into_par_iter().with_max_len(1).map(|task| task.read(n)).collect();
        let (start, stride) = (self.cells.len(), self.stride);
        self.cells.resize(start + n * stride, NOTHING);
        let write = |(at, cells): (usize, &mut [u32])| {
            for (row, cells) in cells.chunks_exact_mut(stride).enumerate() {
                for (feed, codes) in self.feeds.iter().zip(&codes) {
                    let width = feed.slots.len();
                    let codes = &codes[(at * ROWS_AT_ONCE + row) * width..][..width];
                    cells[feed.slots.clone()].copy_from_slice(codes);
                }
            }
        };
        self.cells[start..].par_chunks_mut(ROWS_AT_ONCE * stride).enumerate().for_each(write);
    }

    /// Gives back the memory that only adding records needs, until one is added.
    pub fn close(&mut self) {
        self.dictionaries.iter_mut().for_each(Dictionary::close);
    }

    /// Makes ready for adding records, so that the first of them need not wait for it.
    pub(crate) fn open(&mut self) {
        self.dictionaries.iter_mut().for_each(Dictionary::open);
    }

    /// Takes the last record away again; its values stay known.
    pub(crate) fn pop(&mut self) {
        let start = self.cells.len() - self.stride;
        self.cells.truncate(start);
    }
}

/// Rows that are put together in one piece.
const ROWS_AT_ONCE: usize = 4096;
