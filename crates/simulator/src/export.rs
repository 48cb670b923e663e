//! The files that the shop system hands over: customers, companies, products, order lines and returns.
//!
//! Up to [`MOST_IN_TIME_ORDER`] customers, order lines stand in order of the day; above, customer by customer, so that
//! memory stays flat. Second cards stand at the end of the customer file. In everyday files the order file of last year
//! is the old till's (Windows-1252, semicolons, decimal commas), and the credit notes of the years before this one are
//! in `returns.jsonl`.

use crate::cards::{self, Blemish};
use crate::catalogue::{MISSPELT, PRODUCTS};
use crate::company::{Cards, Company};
use crate::history::Order;
use crate::order_files::OrderFiles;
use crate::settings::{Dirt, Error};
use crate::table::{Style, Table, written_date};
use std::collections::BTreeMap;
use std::path::Path;

/// Up to this many customers the orders are sorted by day before they are written.
pub const MOST_IN_TIME_ORDER: u32 = 50_000;

/// What was written, and the truth about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Export {
    pub files: Vec<ExportedFile>,
    pub n_customers: u32,
    /// Rows of the customer file: every customer and the second cards.
    pub n_cards: u64,
    pub n_companies: u64,
    pub n_products: u64,
    /// Kept orders, without cancelled ones and credit notes.
    pub n_orders: u64,
    pub n_cancelled: u64,
    pub n_credit_notes: u64,
    /// Order lines in all files, those of cancelled orders and credit notes included.
    pub n_lines: u64,
    /// **Units**: minor units; kept orders less credit notes, as they truly were.
    pub revenue_minor: i64,
    pub truth: Ledger,
}

/// A file of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    pub name: String,
    pub kind: Kind,
    /// Data rows, the header not counted.
    pub rows: u64,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Customers,
    Companies,
    Products,
    Orders,
}

impl Kind {
    /// The kind as the program's output writes it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Customers => "customers",
            Kind::Companies => "companies",
            Kind::Products => "products",
            Kind::Orders => "orders",
        }
    }
}

/// Everything that the export did to the data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    pub faults: Vec<Fault>,
    pub second_cards: Vec<Duplicate>,
    /// How often each blemish of [`Blemish::name`] stands on a first card.
    pub blemishes: BTreeMap<&'static str, u64>,
    /// Lines that show the other spelling of the misspelt product.
    pub n_misspelt_lines: u64,
    /// Lines without a customer number.
    pub n_guest_lines: u64,
    /// Lines with amounts a hundred times too large.
    pub n_swollen_lines: u64,
    /// **Units**: minor units; how much the swollen lines exceed the truth, cancelled orders left
    /// out, faulty rows counted as if repaired.
    pub swollen_excess_minor: i64,
}

/// A value that cannot be taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// Counted from 1 with the header.
    pub row: u64,
    pub column: &'static str,
    pub value: String,
    /// What it should have been.
    pub right: String,
    pub reason: &'static str,
    /// Whether the row as a whole is lost without the value; else the rest of the row can be kept.
    pub rejects_row: bool,
}

/// Two cards of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    pub first: String,
    pub second: String,
    pub changes: Vec<Blemish>,
}

/// Who an order is booked to.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub number: String,
    pub email: String,
}

impl Company {
    /// Writes all files into a directory that exists, replacing files of the same names.
    ///
    /// **Errors**: a file cannot be written.
    pub fn write_export(&self, dir: &Path) -> Result<Export, Error> {
        let mut export = Export { n_customers: self.settings().n_customers, ..Export::default() };
        self.write_customers(dir, &mut export)?;
        self.write_companies(dir, &mut export)?;
        self.write_products(dir, &mut export)?;
        self.write_orders(dir, &mut export)?;
        Ok(export)
    }

    fn dirty(&self) -> bool {
        self.settings().dirt == Dirt::Everyday
    }

    fn write_customers(&self, dir: &Path, export: &mut Export) -> Result<(), Error> {
        const NAME: &str = "customers.csv";
        let style = if self.dirty() { Style::OFFICE } else { Style::TIDY };
        let mut table = Table::create(&dir.join(NAME), style, &cards::HEADER)?;
        let mut waiting = Vec::new();
        for index in 0..self.settings().n_customers {
            let traits = self.traits(index);
            let person = self.person(index, &traits);
            let mut n_second = waiting.len() as u32;
            let Cards { first, blemishes, second } = self.cards(index, &traits, &person, &mut n_second);
            for blemish in blemishes {
                *export.truth.blemishes.entry(blemish.name()).or_default() += 1;
                let row = table.row_number();
                let right = match blemish {
                    Blemish::EmailWithoutAt => person.email(),
                    Blemish::ImpossibleBirthday => {
                        person.birthday.map(|day| written_date(day, style.dates)).unwrap_or_default()
                    }
                    _ => continue,
                };
                export.truth.faults.extend(card_fault(NAME, row, blemish, &first, right));
            }
            cards::write_card(&mut table, &first)?;
            if let Some(second) = second {
                let (first, number) = (first.number, second.card.number.clone());
                let changes = second.changes;
                export.truth.second_cards.push(Duplicate { first, second: number, changes });
                waiting.push((second.card, person));
            }
        }
        for (card, person) in waiting {
            // What was wrong on the first card was copied to the second one.
            let row = table.row_number();
            if !card.email.is_empty() && !card.email.contains('@') {
                let fault = card_fault(NAME, row, Blemish::EmailWithoutAt, &card, person.email());
                export.truth.faults.extend(fault);
            }
            let birthday = person.birthday.map(|day| written_date(day, style.dates)).unwrap_or_default();
            if card.birthday != birthday {
                let fault = card_fault(NAME, row, Blemish::ImpossibleBirthday, &card, birthday);
                export.truth.faults.extend(fault);
            }
            cards::write_card(&mut table, &card)?;
        }
        export.n_cards = table.finish()?;
        export.add_file(NAME, Kind::Customers, export.n_cards);
        Ok(())
    }

    fn write_companies(&self, dir: &Path, export: &mut Export) -> Result<(), Error> {
        const NAME: &str = "companies.csv";
        let header = [
            "Company No",
            "Company",
            "Domain",
            "Industry",
            "Employees",
            "Street",
            "Postcode",
            "City",
            "Country",
        ];
        let mut table = Table::create(&dir.join(NAME), Style::TIDY, &header)?;
        for firm in self.firms() {
            table.text(&format!("F{:05}", 10_001 + firm.index));
            table.text(&firm.name);
            table.text(&firm.domain);
            table.text(firm.industry);
            table.whole(i64::from(firm.n_employees));
            table.text(&firm.address.street);
            table.text(firm.address.postcode);
            table.text(firm.address.city);
            table.text(firm.address.country.tidy_name());
            table.end_row()?;
        }
        export.n_companies = table.finish()?;
        export.add_file(NAME, Kind::Companies, export.n_companies);
        Ok(())
    }

    fn write_products(&self, dir: &Path, export: &mut Export) -> Result<(), Error> {
        const NAME: &str = "products.csv";
        let header = ["SKU", "Product", "Category", "Unit price", "Unit cost", "VAT %", "Currency"];
        let mut table = Table::create(&dir.join(NAME), Style::TIDY, &header)?;
        let (misspelt, other_sku, other_name) = MISSPELT;
        let other = self.dirty().then(|| (other_sku, other_name, &PRODUCTS[misspelt]));
        let listed = PRODUCTS.iter().map(|product| (product.sku, product.name, product));
        for (sku, name, product) in listed.chain(other) {
            table.text(sku);
            table.text(name);
            table.text(product.category);
            table.money(product.price_minor);
            table.money(product.cost_minor);
            table.whole(i64::from(product.vat_percent));
            table.text(&self.settings().currency);
            table.end_row()?;
        }
        export.n_products = table.finish()?;
        export.add_file(NAME, Kind::Products, export.n_products);
        Ok(())
    }

    fn write_orders(&self, dir: &Path, export: &mut Export) -> Result<(), Error> {
        let mut files = OrderFiles::open(self, dir)?;
        let mut n_second = 0;
        let in_time_order = self.settings().n_customers <= MOST_IN_TIME_ORDER;
        let mut accounts: Vec<Account> = Vec::new();
        let mut placed: Vec<(u32, u32, usize, usize, Order)> = Vec::new();
        for index in 0..self.settings().n_customers {
            let history = self.history(index);
            if !in_time_order {
                accounts.clear();
                files.numbers.clear();
            }
            let base = accounts.len();
            let second_since = self.open_accounts(index, &history.traits, &mut n_second, &mut accounts);
            let days: Vec<u32> = history.orders.iter().map(|order| order.day).collect();
            for (place, order) in history.orders.into_iter().enumerate() {
                // A credit note goes where its order went.
                let origin = order.credit_for.unwrap_or(place);
                let to_second = second_since.is_some_and(|since| days[origin] >= since) && origin % 3 != 0;
                placed.push((order.day, index, place, base + usize::from(to_second), order));
            }
            if !in_time_order {
                placed.sort_by_key(|(day, _, place, ..)| (*day, *place));
                for (_, index, place, account, order) in placed.drain(..) {
                    files.write_order(index, place, &order, &accounts[account], export)?;
                }
            }
        }
        placed.sort_by_key(|(day, index, place, ..)| (*day, *index, *place));
        for (_, index, place, account, order) in placed {
            files.write_order(index, place, &order, &accounts[account], export)?;
        }
        files.finish(export)
    }

    /// Adds the account of a customer and, if there is one, the second; returns since when the second one exists.
    fn open_accounts(
        &self,
        index: u32,
        traits: &crate::Traits,
        n_second: &mut u32,
        accounts: &mut Vec<Account>,
    ) -> Option<u32> {
        let person = self.person(index, traits);
        let Cards { first, second, .. } = self.cards(index, traits, &person, n_second);
        // The shop sends its receipts to the true address, whatever the card says; without one it sends none.
        let true_email = if first.email.is_empty() { String::new() } else { person.email() };
        let second_email = |card: &cards::Card| {
            if card.email.contains('_') { card.email.clone() } else { true_email.clone() }
        };
        let second = second
            .map(|s| (s.since, Account { email: second_email(&s.card), number: s.card.number.clone() }));
        accounts.push(Account { number: first.number, email: true_email });
        second.map(|(since, account)| {
            accounts.push(account);
            since
        })
    }
}

impl Export {
    pub(crate) fn add_file(&mut self, name: &str, kind: Kind, rows: u64) {
        self.files.push(ExportedFile { name: name.to_owned(), kind, rows });
    }
}

fn card_fault(file: &str, row: u64, blemish: Blemish, card: &cards::Card, right: String) -> Option<Fault> {
    let (column, value) = match blemish {
        Blemish::EmailWithoutAt => ("E-mail", &card.email),
        Blemish::ImpossibleBirthday => ("Birthday", &card.birthday),
        _ => return None,
    };
    let (file, value, reason) = (file.to_owned(), value.clone(), blemish.name());
    Some(Fault { file, row, column, value, right, reason, rejects_row: false })
}
