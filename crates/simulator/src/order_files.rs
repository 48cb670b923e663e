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
use std::collections::HashMap;
use std::path::Path;

/// The columns of the order files.
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

/// How a line is spoilt, if it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoil {
    Nothing,
    Date,
    Currency,
    Price,
}

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
    let line = order.lines[nth];
    let dirty = is_dirty(company);
    let date = company.calendar().date(order.day);
    let currency = company.settings().currency.as_str();
    let spoil =
        if dirty && order.status != Status::Returned { spoil_of(table.n_rows()) } else { Spoil::Nothing };
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
    let row = table.row_number();
    table.text(heading.customer);
    table.text(heading.email);
    table.text(heading.number);
    match spoil {
        Spoil::Date => {
            let wrong = impossible_date(table.style(), date.year(), row);
            table.text(&wrong);
            let right = written_date(date, table.style().dates);
            truth.faults.push(line_fault(heading.file, row, "Order date", wrong, right, "impossible_date"));
        }
        _ => table.date(date),
    }
    table.text(sku);
    table.text(name);
    table.whole(i64::from(line.quantity));
    let price = line.unit_price_minor * factor;
    match spoil {
        Spoil::Price => {
            let wrong = if row.is_multiple_of(2) { "n/a" } else { "#VALUE!" };
            table.text(wrong);
            let right = written_money(price, table.style().decimal_mark);
            truth.faults.push(line_fault(
                heading.file,
                row,
                "Unit price",
                wrong.to_owned(),
                right,
                "not_a_number",
            ));
        }
        _ => table.money(price),
    }
    table.money(line.discount_minor * factor);
    match spoil {
        Spoil::Currency => {
            let wrong = ["XXX", "ERU", "??"][row as usize % 3];
            table.text(wrong);
            let right = currency.to_owned();
            truth.faults.push(line_fault(
                heading.file,
                row,
                "Currency",
                wrong.to_owned(),
                right,
                "unknown_currency",
            ));
        }
        _ => table.text(currency),
    }
    table.text(order.till.name());
    table.text(order.status.name());
    table.text(heading.credit_for);
    table.end_row()
}

/// Which lines are spoilt: a fixed few of each thousand, spread over the file, and some in every file.
fn spoil_of(nth_row: u64) -> Spoil {
    match () {
        () if nth_row % 701 == 97 => Spoil::Date,
        () if nth_row % 1103 == 211 => Spoil::Currency,
        () if nth_row % 1499 == 305 => Spoil::Price,
        () => Spoil::Nothing,
    }
}

fn impossible_date(style: Style, year: i16, row: u64) -> String {
    match (style == Style::TILL, row.is_multiple_of(2)) {
        (true, true) => format!("31.02.{year}"),
        (true, false) => format!("00.00.{year}"),
        (false, true) => format!("{year}-02-30"),
        (false, false) => format!("{year}-13-01"),
    }
}

fn line_fault(
    file: &str,
    row: u64,
    column: &'static str,
    value: String,
    right: String,
    reason: &'static str,
) -> Fault {
    Fault { file: file.to_owned(), row, column, value, right, reason, rejects_row: true }
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
