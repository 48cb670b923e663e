//! Records as rows of small numbers: which fields are compared with which rule, and every cell in its dictionary.

use crate::dictionary::{Dictionary, Marks, NOTHING};
use crate::kind::Kind;
use crate::prepare;

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

/// Where the values of a slot come from.
#[derive(Debug, Clone)]
enum Feed {
    Names { given: Option<usize>, family: Option<usize>, full: Option<usize>, slots: [usize; 2] },
    Email { field: usize, slots: [usize; 3] },
    Street { number: Option<usize>, street: Option<usize>, slot: usize },
    One { field: usize, slot: usize, kind: Kind },
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

    fn slot(&mut self, marks: Marks) -> usize {
        self.dictionaries.push(Dictionary::new(marks));
        self.dictionary_of.push(self.dictionaries.len() - 1);
        self.dictionary_of.len() - 1
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
        let slots = [first, first + 1];
        let name = |field: Option<usize>, other: &str| {
            field.map_or(other.to_owned(), |field| self.fields[field].name.clone())
        };
        let both = [0, 1].map(|at| slots[at]);
        let comparisons =
            [(Rule::Given, name(given, "given name")), (Rule::Family, name(family, "family name"))];
        for (rule, name) in comparisons {
            self.comparisons.push(Comparison { rule, name, slots: [both[0], both[1], 0, 0] });
        }
        self.feeds.push(Feed::Names { given, family, full, slots });
    }

    fn lay_address(&mut self) {
        let [number, street] = [Kind::HouseNumber, Kind::Street].map(|kind| self.first(kind));
        if number.is_some() || street.is_some() {
            let slot = self.slot(Marks::Letters);
            let name = self.fields[street.or(number).expect("one of the two")].name.clone();
            self.comparisons.push(Comparison { rule: Rule::Street, name, slots: [slot, 0, 0, 0] });
            self.feeds.push(Feed::Street { number, street, slot });
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
                self.feeds.push(Feed::One { field, slot: slots[at], kind });
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
        self.feeds.push(Feed::One { field, slot, kind: about.kind });
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
        self.feeds.push(Feed::Email { field, slots });
    }

    /// Adds a record; `cells` are in the order of the fields. Missing cells are empty.
    pub fn push(&mut self, cells: &[&str]) -> u32 {
        let record = self.len() as u32;
        let start = self.cells.len();
        self.cells.resize(start + self.stride, NOTHING);
        for at in 0..self.feeds.len() {
            let feed = self.feeds[at].clone();
            self.fill(&feed, start, cells);
        }
        record
    }

    /// Takes the last record away again; its values stay known.
    pub(crate) fn pop(&mut self) {
        let start = self.cells.len() - self.stride;
        self.cells.truncate(start);
    }

    fn fill(&mut self, feed: &Feed, start: usize, cells: &[&str]) {
        let cell = |field: usize| cells.get(field).copied().unwrap_or_default();
        let optional = |field: &Option<usize>| field.map_or("", cell);
        match feed {
            Feed::Names { given, family, full, slots } => {
                let (mut first, mut last) = (prepare::name(optional(given)), prepare::name(optional(family)));
                if first.is_empty() && last.is_empty() {
                    (first, last) = prepare::full_name(optional(full));
                } else if last.is_empty() && first.contains(' ') && family.is_some() {
                    (first, last) = prepare::split_name(&first);
                }
                self.set(start, slots[0], &first);
                self.set(start, slots[1], &last);
            }
            Feed::Email { field, slots } => {
                let (local, domain) = prepare::email(cell(*field));
                self.set(start, slots[1], &local);
                self.set(start, slots[2], &domain);
                if !domain.is_empty() && !local.is_empty() {
                    self.set(start, slots[0], &format!("{local}@{domain}"));
                }
            }
            Feed::Street { number, street, slot } => {
                let value = prepare::street(optional(number), optional(street));
                self.set(start, *slot, &value);
            }
            Feed::One { field, slot, kind } => {
                let value = one(*kind, cell(*field));
                self.set(start, *slot, &value);
            }
        }
    }

    fn set(&mut self, start: usize, slot: usize, value: &str) {
        let code = self.dictionaries[self.dictionary_of[slot]].intern(value);
        self.cells[start + slot] = code;
    }
}

/// A cell in the one spelling of its kind.
fn one(kind: Kind, cell: &str) -> String {
    match kind {
        Kind::Date => prepare::dates::read(cell).map_or(String::new(), |day| format!("{day:08}")),
        Kind::Phone => prepare::phone(cell),
        Kind::Postcode => prepare::postcode(cell),
        Kind::Company => prepare::company(cell),
        Kind::Identifier => prepare::identifier(cell),
        Kind::Text => prepare::text(cell),
        Kind::Year | Kind::Number => prepare::number_text(cell),
        Kind::City | Kind::Region | Kind::Country => prepare::name(cell),
        _ => crate::fold::fold(cell),
    }
}
