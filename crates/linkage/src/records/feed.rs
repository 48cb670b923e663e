//! From the cells of a row, or of whole columns, to the numbers of their values.

use std::ops::Range;

use super::Column;
use super::memo::Memo;
use crate::dictionary::{Dictionary, NOTHING};
use crate::kind::Kind;
use crate::prepare;

/// What fills some slots of a record that stand behind each other.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    pub(super) source: Source,
    pub(super) slots: Range<usize>,
    pub(super) dictionaries: Range<usize>,
}

/// Which fields the values of a feed come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// Given and family name, which share a dictionary.
    Names {
        given: Option<usize>,
        family: Option<usize>,
        full: Option<usize>,
    },
    /// The address, the mailbox and the domain.
    Email {
        field: usize,
    },
    Street {
        number: Option<usize>,
        street: Option<usize>,
    },
    One {
        field: usize,
        kind: Kind,
    },
}

impl Source {
    pub(super) fn fields(&self) -> impl Iterator<Item = usize> + use<> {
        let fields = match *self {
            Source::Names { given, family, full } => [given, family, full],
            Source::Street { number, street } => [number, street, None],
            Source::Email { field } | Source::One { field, .. } => [Some(field), None, None],
        };
        fields.into_iter().flatten()
    }
}

impl Feed {
    /// Writes the numbers of a row's values, a place for each slot; `cell` gives the cell of a field.
    pub(super) fn read<'a>(
        &self,
        cell: impl Fn(usize) -> &'a str,
        dictionaries: &mut [Dictionary],
        out: &mut [u32],
    ) {
        let optional = |field: Option<usize>| field.map_or("", &cell);
        match self.source {
            Source::Names { given, family, full } => {
                let (mut first, mut last) = (prepare::name(optional(given)), prepare::name(optional(family)));
                if first.is_empty() && last.is_empty() {
                    (first, last) = prepare::full_name(optional(full));
                } else if last.is_empty() && first.contains(' ') && family.is_some() {
                    (first, last) = prepare::split_name(&first);
                }
                out[1] = dictionaries[0].intern(&last);
                out[0] = dictionaries[0].intern(&first);
            }
            Source::Email { field } => {
                let (local, domain) = prepare::email(cell(field));
                out[1] = dictionaries[1].intern(&local);
                out[2] = dictionaries[2].intern(&domain);
                out[0] = dictionaries[0].intern_pair([out[1], out[2]]);
            }
            Source::Street { number, street } => {
                out[0] = dictionaries[0].intern(&prepare::street(optional(number), optional(street)));
            }
            Source::One { field, kind } => out[0] = dictionaries[0].intern(&one(kind, cell(field))),
        }
    }
}

/// The whole columns of a feed.
pub(super) struct Whole<'a, C> {
    pub(super) feed: &'a Feed,
    /// By the place of the field.
    pub(super) columns: Vec<(usize, C)>,
    pub(super) dictionaries: &'a mut [Dictionary],
}

impl<C: Column> Whole<'_, C> {
    /// The numbers of the values of `n` rows, row by row. Lets go of the columns, and closes the dictionaries.
    pub(super) fn read(self, n: usize) -> Vec<u32> {
        let Whole { feed, columns, dictionaries } = self;
        let cell = |field: usize, row: usize| {
            let column = columns.iter().find(|(of, _)| *of == field);
            column.map_or("", |(_, column)| column.cell(row))
        };
        let mut codes = vec![NOTHING; n * feed.slots.len()];
        let rows = codes.chunks_exact_mut(feed.slots.len()).enumerate();
        match feed.source {
            Source::One { field, kind } => {
                let mut known = Memo::new(n);
                for (row, out) in rows {
                    let cell = cell(field, row);
                    out[0] = known.get_or(cell, || dictionaries[0].intern(&one(kind, cell)));
                }
            }
            Source::Names { given: Some(given), family: Some(family), .. } => {
                let (mut given_names, mut family_names) = (Memo::new(n), Memo::new(n));
                for (row, out) in rows {
                    let (first, last) = (cell(given, row), cell(family, row));
                    out[1] = family_names.get_or(last, || dictionaries[0].intern(&prepare::name(last)));
                    if out[1] == NOTHING {
                        feed.read(|field| cell(field, row), dictionaries, out);
                    } else {
                        out[0] = given_names.get_or(first, || dictionaries[0].intern(&prepare::name(first)));
                    }
                }
            }
            _ => rows.for_each(|(row, out)| feed.read(|field| cell(field, row), dictionaries, out)),
        }
        dictionaries.iter_mut().for_each(Dictionary::close);
        codes
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
