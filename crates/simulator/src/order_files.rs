//! The order files of the export: one for each calendar year, and the credit notes of the returns desk.
//!
//! It also spoils a few lines and swells those of the faulty week, and enters each in the ledger. Who buys what was
//! decided before, in `history`.

use crate::calendar::within;
use crate::catalogue::{MISSPELT, PRODUCTS};
use crate::company::Company;
use crate::export::{Account, Export, Fault, Kind, Ledger};
use crate::history::{Order, Status, Till};
use crate::random::{Chance, Purpose};
use crate::settings::{Dirt, Error};
use crate::table::{Style, Table, written_date, written_money};
use jiff::civil::Date;
use std::collections::HashMap;
use std::path::Path;

/// The columns of the order files.
///
/// **Units**: `Unit price` is gross for one piece, `Discount` gross for the whole line; a line is worth
/// quantity × unit price − discount. A credit note has its own number, negative quantities, and the number of the order
/// under `Credit for`.
pub const ORDER_HEADER: [&str; 13] = [
    "Customer No",
    "E-mail",
    "Order No",
    "Order date",
    "SKU",
    "Product",
    "Quantity",
    "Unit price",
    "Discount",
    "Currency",
    "Sales channel",
    "Status",
    "Credit for",
];

/// The order files while they are written.
pub(crate) struct OrderFiles<'a> {
    company: &'a Company,
    first_year: i16,
    /// One for each calendar year, with its name.
    years: Vec<(String, Table)>,
    returns: Option<Table>,
    n_orders: u64,
    n_credits: u64,
    /// Numbers of the orders, so that credit notes can name them.
    pub numbers: HashMap<(u32, usize), String>,
}

const RETURNS: &str = "returns.jsonl";

impl<'a> OrderFiles<'a> {
    pub fn open(company: &'a Company, dir: &Path) -> Result<OrderFiles<'a>, Error> {
        let calendar = company.calendar();
        let first_year = calendar.opening.year();
        let last_year = calendar.date(calendar.n_days - 1).year();
        let dirty = is_dirty(company);
        let mut years = Vec::new();
        for year in first_year..=last_year {
            let name = format!("orders-{year}.csv");
            let style = if dirty && year == last_year - 1 { Style::TILL } else { Style::TIDY };
            let table = Table::create(&dir.join(&name), style, &ORDER_HEADER)?;
            years.push((name, table));
        }
        let has_returns = dirty && first_year < last_year;
        let returns =
            if has_returns { Some(Table::create_bare(&dir.join(RETURNS), Style::TIDY)?) } else { None };
        Ok(OrderFiles {
            company,
            first_year,
            years,
            returns,
            n_orders: 0,
            n_credits: 0,
            numbers: HashMap::new(),
        })
    }

    pub fn write_order(
        &mut self,
        index: u32,
        place: usize,
        order: &Order,
        account: &Account,
        export: &mut Export,
    ) -> Result<(), Error> {
        let year = self.company.calendar().date(order.day).year();
        let number = self.next_number(order.status, year);
        count_order(order, export);
        let credit_for = match order.credit_for {
            Some(credited) => self.numbers.get(&(index, credited)).cloned().unwrap_or_default(),
            None => String::new(),
        };
        let file = usize::try_from(year - self.first_year).expect("no order is older than the shop");
        let is_last = file + 1 == self.years.len();
        if let (Some(returns), Status::Returned, false) = (&mut self.returns, order.status, is_last) {
            return write_return_lines(returns, self.company, order, account, [&number, &credit_for]);
        }
        let mut chance =
            Chance::new(self.company.settings().seed, Purpose::Guest, u64::from(index) << 20 | place as u64);
        let guest = is_dirty(self.company) && !account.email.is_empty() && chance.happens(0.01);
        if guest {
            export.truth.n_guest_lines += order.lines.len() as u64;
        }
        let customer = if guest { "" } else { &account.number };
        let (name, table) = &mut self.years[file];
        let heading =
            Heading { file: name, customer, email: &account.email, number: &number, credit_for: &credit_for };
        for line in 0..order.lines.len() {
            write_line(table, self.company, order, line, &heading, &mut export.truth)?;
        }
        if order.status == Status::Completed {
            self.numbers.insert((index, place), number);
        }
        Ok(())
    }

    fn next_number(&mut self, status: Status, year: i16) -> String {
        if status == Status::Returned {
            self.n_credits += 1;
            format!("G-{year}-{:06}", self.n_credits)
        } else {
            self.n_orders += 1;
            format!("B-{year}-{:06}", self.n_orders)
        }
    }

    pub fn finish(self, export: &mut Export) -> Result<(), Error> {
        for (name, table) in self.years {
            let rows = table.finish()?;
            export.add_file(&name, Kind::Orders, rows);
        }
        if let Some(returns) = self.returns {
            let rows = returns.finish()?;
            export.add_file(RETURNS, Kind::Orders, rows);
        }
        Ok(())
    }
}

fn count_order(order: &Order, export: &mut Export) {
    let amount: i64 = order.lines.iter().map(|line| line.amount_minor()).sum();
    export.n_lines += order.lines.len() as u64;
    match order.status {
        Status::Completed => {
            export.n_orders += 1;
            export.revenue_minor += amount;
        }
        Status::Cancelled => export.n_cancelled += 1,
        Status::Returned => {
            export.n_credit_notes += 1;
            export.revenue_minor += amount;
        }
    }
}

/// What all lines of an order share in the file.
struct Heading<'a> {
    file: &'a str,
    customer: &'a str,
    email: &'a str,
    number: &'a str,
    credit_for: &'a str,
}

fn write_line(
    table: &mut Table,
    company: &Company,
    order: &Order,
    nth: usize,
    heading: &Heading<'_>,
    truth: &mut Ledger,
) -> Result<(), Error> {
    let line = &order.lines[nth];
    let dirty = is_dirty(company);
    let date = company.calendar().date(order.day);
    let currency = company.settings().currency.as_str();
    let swollen = dirty && order.till == Till::Marketplace && within(company.calendar().fault, order.day);
    let factor = if swollen { 100 } else { 1 };
    if swollen {
        truth.n_swollen_lines += 1;
        if order.status != Status::Cancelled {
            truth.swollen_excess_minor += 99 * line.amount_minor();
        }
    }
    let (mut sku, mut name) = (PRODUCTS[line.product].sku, PRODUCTS[line.product].name);
    if dirty && line.product == MISSPELT.0 && table.style() == Style::TILL && table.n_rows() % 5 < 2 {
        (sku, name) = (MISSPELT.1, MISSPELT.2);
        truth.n_misspelt_lines += 1;
    }
    let price = line.unit_price_minor * factor;
    let may_spoil = dirty && order.status != Status::Returned;
    let fault = if may_spoil { draw_fault(table, heading.file, date, price, currency) } else { None };
    let wrong =
        |column: &str| fault.as_ref().filter(|fault| fault.column == column).map(|fault| &fault.value);
    table.text(heading.customer);
    table.text(heading.email);
    table.text(heading.number);
    match wrong("Order date") {
        Some(value) => table.text(value),
        None => table.date(date),
    }
    table.text(sku);
    table.text(name);
    table.whole(i64::from(line.quantity));
    match wrong("Unit price") {
        Some(value) => table.text(value),
        None => table.money(price),
    }
    table.money(line.discount_minor * factor);
    table.text(wrong("Currency").map_or(currency, |value| value));
    table.text(order.till.name());
    table.text(order.status.name());
    table.text(heading.credit_for);
    truth.faults.extend(fault);
    table.end_row()
}

/// Spoils one value in a fixed few of each thousand lines, spread over the file.
fn draw_fault(table: &Table, file: &str, date: Date, price_minor: i64, currency: &str) -> Option<Fault> {
    let (row, nth, style) = (table.row_number(), table.n_rows(), table.style());
    let (column, value, right, reason) = if nth % 701 == 97 {
        let right = written_date(date, style.dates);
        ("Order date", impossible_date(style, date.year(), row), right, "impossible_date")
    } else if nth % 1103 == 211 {
        let value = ["XXX", "ERU", "??"][row as usize % 3];
        ("Currency", value.to_owned(), currency.to_owned(), "unknown_currency")
    } else if nth % 1499 == 305 {
        let value = if row.is_multiple_of(2) { "n/a" } else { "#VALUE!" };
        ("Unit price", value.to_owned(), written_money(price_minor, style.decimal_mark), "not_a_number")
    } else {
        return None;
    };
    Some(Fault { file: file.to_owned(), row, column, value, right, reason, rejects_row: true })
}

fn impossible_date(style: Style, year: i16, row: u64) -> String {
    match (style == Style::TILL, row.is_multiple_of(2)) {
        (true, true) => format!("31.02.{year}"),
        (true, false) => format!("00.00.{year}"),
        (false, true) => format!("{year}-02-30"),
        (false, false) => format!("{year}-13-01"),
    }
}

/// Writes a credit note of the returns desk as JSON Lines, with the names of the order columns as keys.
fn write_return_lines(
    table: &mut Table,
    company: &Company,
    order: &Order,
    account: &Account,
    [number, credit_for]: [&str; 2],
) -> Result<(), Error> {
    let date = written_date(company.calendar().date(order.day), table.style().dates);
    for line in &order.lines {
        let product = &PRODUCTS[line.product];
        let texts = [account.number.as_str(), &account.email, number, &date, product.sku, product.name]
            .map(|text| serde_json::Value::from(text).to_string());
        let tail = [company.settings().currency.as_str(), order.till.name(), order.status.name(), credit_for]
            .map(|text| serde_json::Value::from(text).to_string());
        let numbers = [
            line.quantity.to_string(),
            written_money(line.unit_price_minor, b'.'),
            written_money(line.discount_minor, b'.'),
        ];
        let pairs: Vec<String> = ORDER_HEADER
            .iter()
            .zip(texts.iter().chain(&numbers).chain(&tail))
            .map(|(key, value)| format!("\"{key}\":{value}"))
            .collect();
        table.bare_line(&format!("{{{}}}", pairs.join(",")))?;
    }
    Ok(())
}

fn is_dirty(company: &Company) -> bool {
    company.settings().dirt == Dirt::Everyday
}
