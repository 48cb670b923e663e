//! From the cells of a row to what they say: an input for a person, company or product, or a line of an order.
//!
//! Reading is pure: it looks up nothing. A row that cannot be used is rejected at the column that is wrong; a field
//! that cannot be read but is not needed is left out and noted.

use super::fields::Kind;
use super::plan::Plan;
use platform::{Error, Micros, Result};
use records::orders::Status;
use records::values::currency::Currency;
use records::values::quoted::quoted;
use records::{companies, people};
use std::collections::BTreeMap;
use tables::Row;
use tables::parse::{DateOrder, Decimal, DecimalMark, date_time, number};

/// Texts by which records are found: they stand in indexes, whose entries have a bound on a database server.
const BOUNDED: [&str; 7] = [
    "person.external_id",
    "company.external_id",
    "product.sku",
    "product.name",
    "order.number",
    "order.credit_for",
    "person.tags",
];
/// **Units:** bytes.
const MAX_BOUNDED_BYTES: usize = 500;

/// The largest amount of one line, so that thousands of lines can be summed. **Units:** minor units of its currency.
const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000_000;

/// Why a row is not taken, and at which column.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    pub column: Option<String>,
    pub reason: String,
}

/// What one row says.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    Person(Box<PersonRow>),
    Company(Box<companies::Input>),
    Product(ProductRow),
    Line(Box<LineRow>),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct PersonRow {
    pub input: people::Input,
    pub company: Option<String>,
    pub newsletter: Option<bool>,
    pub tags: Vec<String>,
    pub note: Option<String>,
    /// Fields that were left out, in words.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProductRow {
    pub sku: String,
    pub name: Option<String>,
    pub category: Option<String>,
    pub price_minor: Option<i64>,
    pub currency: Option<Currency>,
    pub renews_months: Option<i64>,
}

/// **Units.** Quantity in thousandths, unit price in millionths of the currency's unit, amount in minor units.
#[derive(Debug, Clone, PartialEq)]
pub struct LineRow {
    pub number: String,
    pub ordered_at: Micros,
    pub currency: Currency,
    pub status: Status,
    pub channel: Option<String>,
    pub credit_for: Option<String>,
    pub person: PersonRow,
    pub sku: Option<String>,
    pub product: Option<String>,
    pub category: Option<String>,
    pub quantity_milli: i64,
    pub unit_price_micro: i64,
    pub amount_minor: Option<i64>,
    pub notes: Vec<String>,
}

/// A plan made ready: the index of each field's column.
pub struct Reader {
    kind: Kind,
    columns: BTreeMap<String, usize>,
    custom: Vec<(String, usize)>,
    headers: Vec<String>,
    /// Columns of texts that stand in an index.
    bounded: Vec<usize>,
    date_order: DateOrder,
    decimal_mark: DecimalMark,
    currency: Currency,
    zone: jiff::tz::TimeZone,
    source: Option<String>,
}

impl Reader {
    /// **Errors** as [`Plan::check`].
    pub fn new(plan: &Plan) -> Result<Self> {
        plan.check()?;
        let mut columns = BTreeMap::new();
        let mut custom = Vec::new();
        for (index, column) in plan.columns.iter().enumerate() {
            match column.field.as_deref() {
                None => {}
                Some(field) => match field.strip_prefix("custom.") {
                    Some(name) => custom.push((name.to_string(), index)),
                    None => drop(columns.insert(field.to_string(), index)),
                },
            }
        }
        let unknown = || Error::invalid("currency", format!("“{}” is no currency", plan.currency));
        let bounded = BOUNDED.iter().filter_map(|field| columns.get(*field).copied()).collect();
        Ok(Self {
            kind: plan.kind,
            columns,
            bounded,
            custom,
            headers: plan.columns.iter().map(|column| column.header.clone()).collect(),
            date_order: plan.date_order(),
            decimal_mark: plan.decimal_mark(),
            currency: Currency::from_code(&plan.currency).ok_or_else(unknown)?,
            zone: jiff::tz::TimeZone::get(&plan.time_zone)
                .map_err(|e| Error::invalid("time_zone", e.to_string()))?,
            source: plan.source.clone(),
        })
    }

    /// What the row says.
    ///
    /// **Errors** with the column that cannot be used and why.
    pub fn read(&self, row: &Row) -> std::result::Result<Said, Rejection> {
        if let Some(problem) = &row.problem {
            let column = problem.column.and_then(|index| self.headers.get(index)).cloned();
            return Err(Rejection { column, reason: problem.message.clone() });
        }
        let too_long = self.bounded.iter().find(|index| row.get(**index).len() > MAX_BOUNDED_BYTES);
        if let Some(index) = too_long {
            let reason =
                format!("{} is too long (at most {MAX_BOUNDED_BYTES} bytes)", quoted(row.get(*index)));
            return Err(Rejection { column: self.headers.get(*index).cloned(), reason });
        }
        let cells = Cells { reader: self, row };
        match self.kind {
            Kind::People => Ok(Said::Person(Box::new(cells.person(true)?))),
            Kind::Companies => Ok(Said::Company(Box::new(cells.company()?))),
            Kind::Products => cells.product().map(Said::Product),
            Kind::Orders => Ok(Said::Line(Box::new(cells.line()?))),
        }
    }
}

struct Cells<'a> {
    reader: &'a Reader,
    row: &'a Row,
}

impl<'a> Cells<'a> {
    /// The cell of a field; empty where no column holds it.
    fn get(&self, field: &str) -> &'a str {
        self.reader.columns.get(field).map_or("", |index| self.row.get(*index)).trim()
    }

    /// The cell where it is not empty.
    fn filled(&self, field: &str) -> Option<&'a str> {
        Some(self.get(field)).filter(|cell| !cell.is_empty())
    }

    /// The cell as an input's field: an empty cell leaves the record's field as it is.
    fn input(&self, field: &str) -> Option<String> {
        let index = self.reader.columns.get(field)?;
        Some(self.row.get(*index)).filter(|cell| !cell.trim().is_empty()).map(str::to_string)
    }

    fn reject(&self, field: &str, reason: impl std::fmt::Display) -> Rejection {
        let column =
            self.reader.columns.get(field).and_then(|index| self.reader.headers.get(*index)).cloned();
        let cell = self.get(field);
        let reason = if cell.is_empty() { reason.to_string() } else { format!("{}: {reason}", quoted(cell)) };
        Rejection { column, reason }
    }

    fn at(&self, field: &str) -> std::result::Result<Option<Micros>, Rejection> {
        let Some(text) = self.filled(field) else { return Ok(None) };
        let moment = date_time(text, self.reader.date_order).map_err(|e| self.reject(field, e))?;
        let zone = match moment.offset_seconds {
            Some(seconds) => jiff::tz::Offset::from_seconds(seconds).map(|o| o.to_time_zone()),
            None => Ok(self.reader.zone.clone()),
        };
        let zoned =
            zone.and_then(|zone| moment.date_time.to_zoned(zone)).map_err(|e| self.reject(field, e))?;
        Ok(Some(zoned.timestamp().as_microsecond()))
    }

    fn number(&self, field: &str) -> std::result::Result<Option<Decimal>, Rejection> {
        let Some(text) = self.filled(field) else { return Ok(None) };
        number(text, self.reader.decimal_mark).map(Some).map_err(|e| self.reject(field, e))
    }

    fn scaled(&self, field: &str, decimal: Decimal, digits: u8) -> std::result::Result<i64, Rejection> {
        rounded(decimal, digits).ok_or_else(|| self.reject(field, "is too large"))
    }

    fn person(&self, strict: bool) -> std::result::Result<PersonRow, Rejection> {
        let mut said = PersonRow::default();
        let input = &mut said.input;
        input.external_id = self.input("person.external_id").map(|number| whole_number_text(&number));
        input.given_name = self.input("person.given_name");
        input.family_name = self.input("person.family_name");
        input.name = self.input("person.name");
        input.email = self.input("person.email");
        input.country = self.input("address.country").or_else(|| self.input("person.country"));
        said.company = self.filled("person.company").map(str::to_string);
        if !strict {
            input.source.clone_from(&self.reader.source);
            return Ok(said);
        }
        input.phone = self.input("person.phone");
        input.street = self.input("address.street");
        input.postcode = self.input("address.postcode");
        input.city = self.input("address.city");
        input.language = self.input("person.language");
        input.source = self.input("person.source").or_else(|| self.reader.source.clone());
        input.custom = self.custom();
        let anything = [
            &input.external_id,
            &input.given_name,
            &input.family_name,
            &input.name,
            &input.email,
            &input.phone,
        ];
        if anything.iter().all(|field| field.is_none()) {
            let reason =
                "the row names nobody: no name, e-mail address, phone or customer number".to_string();
            return Err(Rejection { column: None, reason });
        }
        match self.at("person.customer_since") {
            Ok(at) => input.customer_since = at,
            Err(wrong) => said.notes.push(in_words(wrong)),
        }
        match self.filled("person.birthday").map(|text| date_time(text, self.reader.date_order)) {
            None => {}
            Some(Ok(moment)) => input.birthday = Some(moment.date_time.date().to_string()),
            Some(Err(wrong)) => said.notes.push(in_words(self.reject("person.birthday", wrong))),
        }
        said.newsletter = self.filled("person.newsletter").and_then(yes_or_no);
        said.tags = self
            .get("person.tags")
            .split([',', ';', '|'])
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
            .map(str::to_string)
            .collect();
        said.note = self.filled("person.note").map(str::to_string);
        Ok(said)
    }

    fn custom(&self) -> BTreeMap<String, String> {
        let filled = self.reader.custom.iter().filter(|(_, index)| !self.row.get(*index).trim().is_empty());
        filled.map(|(name, index)| (name.clone(), self.row.get(*index).to_string())).collect()
    }

    fn company(&self) -> std::result::Result<companies::Input, Rejection> {
        if self.filled("company.name").is_none() {
            return Err(self.reject("company.name", "the company has no name"));
        }
        Ok(companies::Input {
            external_id: self.input("company.external_id"),
            name: self.input("company.name"),
            domain: self.input("company.domain"),
            industry: self.input("company.industry"),
            n_employees: self.input("company.n_employees"),
            phone: self.input("company.phone"),
            website: self.input("company.website"),
            street: self.input("address.street"),
            postcode: self.input("address.postcode"),
            city: self.input("address.city"),
            country: self.input("address.country"),
            source: self.input("company.source").or_else(|| self.reader.source.clone()),
            custom: self.custom(),
        })
    }

    fn product(&self) -> std::result::Result<ProductRow, Rejection> {
        let sku =
            self.filled("product.sku").ok_or_else(|| self.reject("product.sku", "the product has no SKU"))?;
        let currency = self.currency()?;
        let price = self.number("product.price")?;
        let digits = currency.digits() as u8;
        let price_minor = price.map(|price| self.scaled("product.price", price, digits)).transpose()?;
        if price_minor.is_some_and(|price| price < 0) {
            return Err(self.reject("product.price", "a price cannot be negative"));
        }
        let months = self.number("product.renews_months")?;
        let renews_months =
            months.map(|months| self.scaled("product.renews_months", months, 0)).transpose()?;
        Ok(ProductRow {
            sku: sku.to_string(),
            name: self.filled("product.name").map(str::to_string),
            category: self.filled("product.category").map(str::to_string),
            price_minor,
            currency: Some(currency),
            renews_months,
        })
    }

    fn currency(&self) -> std::result::Result<Currency, Rejection> {
        match self.filled("order.currency") {
            None => Ok(self.reader.currency),
            Some(code) => Currency::from_code(code)
                .ok_or(())
                .or_else(|()| records::values::currency::parse(code, Some(self.reader.currency)))
                .map_err(|problem| Rejection {
                    reason: problem.to_string(),
                    ..self.reject("order.currency", "")
                }),
        }
    }

    fn line(&self) -> std::result::Result<LineRow, Rejection> {
        let ordered_at =
            self.at("order.date")?.ok_or_else(|| self.reject("order.date", "the order has no date"))?;
        let person = self.person(false)?;
        let number = self.order_number(&person, ordered_at)?;
        let currency = self.currency()?;
        let mut line = LineRow {
            number,
            ordered_at,
            currency,
            status: status(self.get("order.status")),
            channel: self.filled("order.channel").map(str::to_string),
            credit_for: self.filled("order.credit_for").map(str::to_string),
            person,
            sku: self.filled("product.sku").map(str::to_string),
            product: self.filled("product.name").map(str::to_string),
            category: self.filled("product.category").map(str::to_string),
            quantity_milli: 1_000,
            unit_price_micro: 0,
            amount_minor: None,
            notes: Vec::new(),
        };
        self.price(&mut line)?;
        Ok(line)
    }

    /// Quantity, unit price and amount: two of the three give the third; a discount lowers the amount.
    fn price(&self, line: &mut LineRow) -> std::result::Result<(), Rejection> {
        let digits = line.currency.digits() as u8;
        if let Some(quantity) = self.number("line.quantity")? {
            line.quantity_milli = self.scaled("line.quantity", quantity, 3)?;
        }
        let unit = self.number("line.unit_price")?;
        let amount = self.number("line.amount")?;
        let discount = self.number("line.discount")?;
        if unit.is_some_and(|unit| unit.mantissa < 0) {
            return Err(self.reject(
                "line.unit_price",
                "a unit price cannot be negative; a return has a negative quantity",
            ));
        }
        if let Some(unit) = unit {
            line.unit_price_micro = self.scaled("line.unit_price", unit, 6)?;
        }
        line.amount_minor = match (amount, unit, discount) {
            (Some(amount), ..) => Some(self.scaled("line.amount", amount, digits)?),
            (None, None, _) => {
                return Err(self.reject("line.unit_price", "the line has neither an amount nor a unit price"));
            }
            (None, Some(_), None) => None,
            (None, Some(_), Some(discount)) => {
                let off = self.scaled("line.discount", discount, digits)?;
                Some(self.plain_amount(line)?.saturating_sub(off))
            }
        };
        self.refuse_beyond_counting(line)?;
        if unit.is_none() && line.quantity_milli != 0 {
            let minor = line.amount_minor.unwrap_or_default();
            let micro = records::orders::unit_price_of(minor, line.quantity_milli, line.currency);
            line.unit_price_micro = micro.map_err(|e| self.reject("line.amount", e))?;
        }
        if line.amount_minor.unwrap_or(line.unit_price_micro) == 0 {
            line.notes.push("the line costs nothing: it does not count as a purchase".to_string());
        }
        Ok(())
    }

    /// A line so large that a few like it cannot be summed any more.
    fn refuse_beyond_counting(&self, line: &LineRow) -> std::result::Result<(), Rejection> {
        let (field, amount) = match line.amount_minor {
            Some(amount) if self.filled("line.amount").is_some() => ("line.amount", amount),
            Some(amount) => ("line.discount", amount),
            None => ("line.unit_price", self.plain_amount(line)?),
        };
        if amount.unsigned_abs() <= MAX_AMOUNT_MINOR.unsigned_abs() {
            return Ok(());
        }
        Err(self.reject(field, "the line comes to an amount that is too large to count"))
    }

    fn plain_amount(&self, line: &LineRow) -> std::result::Result<i64, Rejection> {
        let plain = records::orders::NewLine {
            quantity_milli: line.quantity_milli,
            unit_price_micro: line.unit_price_micro,
            ..Default::default()
        };
        records::orders::line_amount(&plain, line.currency).map_err(|e| self.reject("line.quantity", e))
    }

    /// The order's number; where the file has none, one order is what a customer bought on one day.
    fn order_number(&self, person: &PersonRow, ordered_at: Micros) -> std::result::Result<String, Rejection> {
        if self.reader.columns.contains_key("order.number") {
            let number = self.filled("order.number");
            return number
                .map(str::to_string)
                .ok_or_else(|| self.reject("order.number", "the order has no number"));
        }
        let who = person.input.external_id.as_ref().or(person.input.email.as_ref());
        let who =
            who.ok_or_else(|| self.reject("person.external_id", "neither an order number nor a customer"))?;
        let day = platform::clock::in_words(ordered_at);
        Ok(format!("{who}/{}", &day[..10]))
    }
}

fn in_words(rejection: Rejection) -> String {
    match rejection.column {
        Some(column) => format!("{column}: {}", rejection.reason),
        None => rejection.reason,
    }
}

/// The decimal as a whole number of 10^-digits, halves away from zero.
fn rounded(decimal: Decimal, digits: u8) -> Option<i64> {
    if let Some(exact) = decimal.at_scale(digits) {
        return Some(exact);
    }
    let too_fine = u32::from(decimal.scale.checked_sub(digits)?);
    let by = 10_i128.checked_pow(too_fine)?;
    let doubled = i128::from(decimal.mantissa).abs() * 2 + by;
    let whole = i64::try_from(doubled / (by * 2)).ok()?;
    Some(if decimal.mantissa < 0 { -whole } else { whole })
}

/// `15100.0`, as spreadsheets and data frames write the number 15100, is `15100`.
fn whole_number_text(text: &str) -> String {
    let text = text.trim();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, zeros)) if digits(whole) && !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => {
            whole.to_string()
        }
        _ => text.to_string(),
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "ja" | "j" | "oui" | "si" | "x" | "subscribed" | "on" => Some(true),
        "no" | "n" | "false" | "0" | "nein" | "non" | "nee" | "unsubscribed" | "off" => Some(false),
        _ => None,
    }
}

fn status(text: &str) -> Status {
    let lower = text.to_lowercase();
    let cancelled = ["cancel", "storn", "annul", "void"].iter().any(|word| lower.contains(word));
    if cancelled { Status::Cancelled } else { Status::Placed }
}
