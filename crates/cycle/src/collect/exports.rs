//! Exports: people, companies and orders as CSV under headers that an import knows again.
//!
//! Everything streams in pages by key, so that memory stays flat whatever the size; one snapshot makes the file
//! consistent. Numbers that follow from orders are not exported with people: an import of the orders makes them anew.

use platform::{Error, Micros, Result, Snapshot};
use records::companies::{self, Company};
use records::filter::Filter;
use records::orders::{self, Line, Order};
use records::people::{self, Person};
use records::tags;
use records::values::money::Money;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use tables::csv_out::{Cell, CsvWriter, WriteOptions};

/// Records held in memory at once.
const ROWS_AT_ONCE: usize = 500;

const PEOPLE: [&str; 15] = [
    "Customer number",
    "First name",
    "Last name",
    "E-mail",
    "Phone",
    "Company",
    "Street",
    "Postcode",
    "City",
    "Country",
    "Birthday",
    "Language",
    "Source",
    "Customer since",
    "Tags",
];
const COMPANIES: [&str; 12] = [
    "Company number",
    "Company name",
    "Domain",
    "Industry",
    "Employees",
    "Phone",
    "Website",
    "Street",
    "Postcode",
    "City",
    "Country",
    "Source",
];
const ORDERS: [&str; 14] = [
    "Order number",
    "Order date",
    "Status",
    "Customer number",
    "Customer name",
    "Customer email",
    "SKU",
    "Product",
    "Quantity",
    "Unit price",
    "Line amount",
    "Currency",
    "Sales channel",
    "Credit for",
];

/// Which people are written.
#[derive(Debug, Clone)]
pub enum Whom {
    Matching(Filter),
    /// Those with these ids, in this order.
    Ids(Vec<String>),
}

/// Writes people with their tags and own fields; returns how many.
///
/// **Errors** of the file as [`Error::File`] without a path; at the filter's condition that cannot be read.
pub fn people(snapshot: &mut Snapshot<'_>, whom: &Whom, out: impl Write) -> Result<u64> {
    let mut own: BTreeSet<String> = BTreeSet::new();
    pages_of_people(snapshot, whom, |_, people| {
        own.extend(people.iter().flat_map(|person| person.custom.keys().cloned()));
        Ok(())
    })?;
    let mut csv = CsvWriter::new(out, WriteOptions::default());
    let heads = PEOPLE.iter().copied().chain(own.iter().map(String::as_str));
    csv.write_row(heads.map(Cell::Text)).map_err(not_written)?;
    let mut employers = Names::default();
    let mut n = 0;
    pages_of_people(snapshot, whom, |snapshot, people| {
        let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
        let tags = tags::of_records(snapshot, &ids)?;
        employers.learn(snapshot, people.iter().filter_map(|person| person.company_id.as_deref()))?;
        for person in people {
            let tags = tags.get(&person.id).map(|tags| tags.join(", ")).unwrap_or_default();
            let company =
                person.company_id.as_ref().and_then(|id| employers.0.get(id)).map_or("", String::as_str);
            write_person(&mut csv, person, company, &tags, &own).map_err(not_written)?;
        }
        n += people.len() as u64;
        Ok(())
    })?;
    csv.finish().map_err(not_written)?;
    Ok(n)
}

/// Hands over the people page by page.
fn pages_of_people(
    snapshot: &mut Snapshot<'_>,
    whom: &Whom,
    mut visit: impl FnMut(&mut Snapshot<'_>, &[Person]) -> Result<()>,
) -> Result<()> {
    match whom {
        Whom::Ids(ids) => {
            for chunk in ids.chunks(ROWS_AT_ONCE) {
                let mut people = people::many(snapshot, chunk)?;
                people.retain(Person::is_present);
                people.sort_by_key(|person| chunk.iter().position(|id| *id == person.id));
                visit(snapshot, &people)?;
            }
            Ok(())
        }
        Whom::Matching(filter) => {
            let mut after = String::new();
            loop {
                let people = people::matching_after(snapshot, filter, &after, ROWS_AT_ONCE)?;
                let Some(last) = people.last() else { return Ok(()) };
                after.clone_from(&last.id);
                visit(snapshot, &people)?;
            }
        }
    }
}

fn write_person(
    csv: &mut CsvWriter<impl Write>,
    person: &Person,
    company: &str,
    tags: &str,
    own: &BTreeSet<String>,
) -> io::Result<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let known = [
        text(&person.external_id),
        text(&person.given_name),
        text(&person.family_name),
        text(&person.email),
        text(&person.phone),
        company.to_string(),
        text(&person.street),
        text(&person.postcode),
        text(&person.city),
        text(&person.country),
        text(&person.birthday),
        text(&person.language),
        text(&person.source),
        person.customer_since.map(moment).unwrap_or_default(),
        tags.to_string(),
    ];
    let own = own.iter().map(|name| person.custom.get(name).map_or("", String::as_str));
    csv.write_row(known.iter().map(String::as_str).chain(own).map(Cell::Text))
}

/// Writes the companies by name; returns how many.
pub fn companies(snapshot: &mut Snapshot<'_>, out: impl Write) -> Result<u64> {
    let mut csv = CsvWriter::new(out, WriteOptions::default());
    let mut own: BTreeSet<String> = BTreeSet::new();
    pages_of_companies(snapshot, |companies| {
        own.extend(companies.iter().flat_map(|company| company.custom.keys().cloned()));
        Ok(())
    })?;
    let heads = COMPANIES.iter().copied().chain(own.iter().map(String::as_str));
    csv.write_row(heads.map(Cell::Text)).map_err(not_written)?;
    let mut n = 0;
    pages_of_companies(snapshot, |companies| {
        for company in companies {
            write_company(&mut csv, company, &own).map_err(not_written)?;
        }
        n += companies.len() as u64;
        Ok(())
    })?;
    csv.finish().map_err(not_written)?;
    Ok(n)
}

fn pages_of_companies(
    snapshot: &mut Snapshot<'_>,
    mut visit: impl FnMut(&[Company]) -> Result<()>,
) -> Result<()> {
    let mut after: Option<String> = None;
    loop {
        let page = companies::list(snapshot, "", after.as_deref(), ROWS_AT_ONCE)?;
        visit(&page.companies)?;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn write_company(
    csv: &mut CsvWriter<impl Write>,
    company: &Company,
    own: &BTreeSet<String>,
) -> io::Result<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let known = [
        text(&company.external_id),
        company.name.clone(),
        text(&company.domain),
        text(&company.industry),
        company.n_employees.map(|n| n.to_string()).unwrap_or_default(),
        text(&company.phone),
        text(&company.website),
        text(&company.street),
        text(&company.postcode),
        text(&company.city),
        text(&company.country),
        text(&company.source),
    ];
    let own = own.iter().map(|name| company.custom.get(name).map_or("", String::as_str));
    csv.write_row(known.iter().map(String::as_str).chain(own).map(Cell::Text))
}

/// Writes the lines of the orders that the filter lets through, the newest order first; returns how many lines.
pub fn orders(snapshot: &mut Snapshot<'_>, filter: &orders::Filter, out: impl Write) -> Result<u64> {
    let mut csv = CsvWriter::new(out, WriteOptions::default());
    csv.write_row(ORDERS.map(Cell::Text)).map_err(not_written)?;
    let (mut n, mut after) = (0, None);
    loop {
        let page = orders::list(snapshot, filter, after.as_ref(), ROWS_AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = Some(orders::Cursor { ordered_at: last.ordered_at, id: last.id.clone() });
        let around = Around::read(snapshot, &page)?;
        for order in &page {
            n += write_order(&mut csv, order, &around).map_err(not_written)?;
        }
    }
    csv.finish().map_err(not_written)?;
    Ok(n)
}

/// What stands around a page of orders: lines, buyers, and the sales that returns undo.
struct Around {
    lines: HashMap<String, Vec<Line>>,
    buyers: HashMap<String, Person>,
    sales: HashMap<String, String>,
}

impl Around {
    fn read(snapshot: &mut Snapshot<'_>, page: &[Order]) -> Result<Self> {
        let ids: Vec<&str> = page.iter().map(|order| order.id.as_str()).collect();
        let mut buyers: Vec<String> = page.iter().filter_map(|order| order.person_id.clone()).collect();
        buyers.sort();
        buyers.dedup();
        let mut sales = HashMap::new();
        for id in page.iter().filter_map(|order| order.returned_order_id.as_deref()) {
            sales.insert(id.to_string(), orders::get(snapshot, id)?.number);
        }
        let buyers = people::many(snapshot, &buyers)?;
        Ok(Self {
            lines: orders::lines_of(snapshot, &ids)?,
            buyers: buyers.into_iter().map(|person| (person.id.clone(), person)).collect(),
            sales,
        })
    }
}

fn write_order(csv: &mut CsvWriter<impl Write>, order: &Order, around: &Around) -> io::Result<u64> {
    let buyer = order.person_id.as_ref().and_then(|id| around.buyers.get(id));
    let of_buyer = |value: Option<&Option<String>>| value.cloned().flatten().unwrap_or_default();
    let number = of_buyer(buyer.map(|person| &person.external_id));
    let email = of_buyer(buyer.map(|person| &person.email));
    let name = buyer.filter(|person| person.given_name.is_some() || person.family_name.is_some());
    let name = name.map_or("", |person| person.name.as_str());
    let credit =
        order.returned_order_id.as_ref().and_then(|id| around.sales.get(id)).map_or("", String::as_str);
    let when = moment(order.ordered_at);
    let lines = around.lines.get(&order.id).map_or(&[][..], Vec::as_slice);
    for line in lines {
        let (quantity, price) = (scaled(line.quantity_milli, 3), scaled(line.unit_price_micro, 6));
        let amount = Money::new(line.amount_minor, order.currency).to_plain();
        csv.write_row([
            Cell::Text(&order.number),
            Cell::Number(&when),
            Cell::Text(order.status.word()),
            Cell::Text(&number),
            Cell::Text(name),
            Cell::Text(&email),
            Cell::Text(line.sku.as_deref().unwrap_or("")),
            Cell::Text(line.description.as_deref().unwrap_or("")),
            Cell::Number(&quantity),
            Cell::Number(&price),
            Cell::Number(&amount),
            Cell::Text(order.currency.code()),
            Cell::Text(order.channel.as_deref().unwrap_or("")),
            Cell::Text(credit),
        ])?;
    }
    Ok(lines.len() as u64)
}

/// Names of companies, learnt as they are met.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn learn<'i>(&mut self, snapshot: &mut Snapshot<'_>, ids: impl Iterator<Item = &'i str>) -> Result<()> {
        let mut unknown: Vec<String> =
            ids.filter(|id| !self.0.contains_key(*id)).map(str::to_string).collect();
        unknown.sort();
        unknown.dedup();
        for company in companies::many(snapshot, &unknown)? {
            self.0.insert(company.id, company.name);
        }
        Ok(())
    }
}

/// A whole number of parts of ten as a decimal without needless zeros: 1500 and 3 are "1.5".
fn scaled(value: i64, digits: usize) -> String {
    let unsigned = format!("{:0>width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, rest) = unsigned.split_at(unsigned.len() - digits);
    let sign = if value < 0 { "-" } else { "" };
    match rest.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest}"),
    }
}

/// `2026-05-03T14:00:00Z`: the offset says that it is UTC, whatever zone the firm lives in.
fn moment(at: Micros) -> String {
    platform::clock::in_words(at)
}

fn not_written(error: io::Error) -> Error {
    Error::file("", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_prices_are_written_exactly() {
        for (value, digits, expected) in [
            (1_500, 3, "1.5"),
            (-2_000, 3, "-2"),
            (0, 3, "0"),
            (12_500, 6, "0.0125"),
            (-1, 6, "-0.000001"),
            (i64::MIN, 3, "-9223372036854775.808"),
        ] {
            assert_eq!(scaled(value, digits), expected);
        }
        assert_eq!(moment(1_780_315_200_000_000), "2026-06-01T12:00:00Z");
    }
}
