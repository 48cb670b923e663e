//! The plan of an import: which column is which field, by what rows are matched, and how texts are read.
//!
//! It is guessed from headers and samples, shown, changed by whoever imports, and kept with the import.

use super::fields::{self, Field, Holds, Kind, fields_of};
use platform::{Error, Problem, Result};
use records::values::currency::Currency;
use records::values::fold::fold;
use serde::{Deserialize, Serialize};
use tables::parse::{DateOrder, DecimalMark, Guess, date_time, guess_date_order, guess_decimal_mark};

/// How a file is read and what its columns mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub kind: Kind,
    pub columns: Vec<Column>,
    /// By what a row is matched with a record that is there, tried in this order: field names such as `email`.
    pub keys: Vec<String>,
    /// `dmy`, `mdy` or `ymd`: the order of day and month in dates made of numbers.
    pub date_order: String,
    /// `.` or `,`.
    pub decimal_mark: String,
    /// ISO 4217 code for rows that name none.
    pub currency: String,
    /// IANA name of the time zone of times without an offset.
    pub time_zone: String,
    /// Where people and companies of this file come from, unless a column says it.
    pub source: Option<String>,
    /// From which probability on a row of people that no key matches changes the one person whom it is like, instead of
    /// making a second. None: never, a person decides in the queue.
    ///
    /// **Units.** From 0.5 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_by_likeness: Option<f64>,
}

/// One column of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub header: String,
    /// A field's name, `custom.NAME`, or None for a column that is left out.
    pub field: Option<String>,
    /// A few cells, to show.
    pub samples: Vec<String>,
    /// Why this field was guessed, in words.
    pub why: String,
}

/// What the workspace assumes where a file does not say it.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumptions {
    pub currency: String,
    pub time_zone: String,
}

/// Guesses the plan from the headers and some rows of the file.
///
/// A `remembered` plan for the same headers gives the mapping; how dates and numbers are written is seen in each file
/// anew, and only where its cells leave that open it is as it was remembered.
pub fn guess(
    kind: Kind,
    headers: &[String],
    rows: &[Vec<String>],
    assumed: &Assumptions,
    remembered: Option<Plan>,
) -> Plan {
    let fields = assign(kind, headers, rows);
    let cells = |index: usize| rows.iter().map(move |row| row.get(index).map_or("", String::as_str));
    let columns = named_columns(kind, headers, rows, &fields);
    let holding = |wanted: &[Holds]| -> Vec<usize> {
        let fits = |index: &usize| fields[*index].is_some_and(|(field, _)| wanted.contains(&field.holds));
        (0..headers.len()).filter(fits).collect()
    };
    let dates = holding(&[Holds::Date]);
    let numbers = holding(&[Holds::Number]);
    let date_order = guess_date_order(dates.iter().flat_map(|index| cells(*index)));
    let decimal_mark = guess_decimal_mark(numbers.iter().flat_map(|index| cells(*index)));
    if let Some(mut plan) = remembered {
        let remembered_reads = dates
            .iter()
            .flat_map(|index| cells(*index))
            .any(|cell| date_time(cell, plan.date_order()).is_ok());
        let order = if remembered_reads { decided(&date_order) } else { date_order.likely() };
        if let Some(order) = order {
            plan.date_order = date_order_name(order).to_string();
        }
        if let Some(mark) = decided(&decimal_mark) {
            plan.decimal_mark = decimal_mark_name(mark).to_string();
        }
        for (column, fresh) in plan.columns.iter_mut().zip(columns) {
            column.samples = fresh.samples;
            column.why = "as in the last file with these columns".to_string();
        }
        return plan;
    }
    let mut plan = Plan {
        kind,
        columns,
        keys: Vec::new(),
        date_order: date_order_name(date_order.likely().unwrap_or(DateOrder::DayMonthYear)).to_string(),
        decimal_mark: decimal_mark_name(decimal_mark.likely().unwrap_or(DecimalMark::Point)).to_string(),
        currency: assumed.currency.clone(),
        time_zone: assumed.time_zone.clone(),
        source: None,
        match_by_likeness: None,
    };
    plan.keys = plan.usual_keys();
    plan
}

/// The columns with the fields they were found to hold, some cells to show, and why.
fn named_columns(kind: Kind, headers: &[String], rows: &[Vec<String>], fields: &[Named]) -> Vec<Column> {
    let column = |(index, header): (usize, &String)| {
        let cells = rows.iter().map(|row| row.get(index).map_or("", String::as_str));
        let samples = cells.filter(|cell| !cell.is_empty()).take(3).map(str::to_string).collect();
        let (field, why) = match fields[index] {
            Some((field, why)) => (Some(field.name.to_string()), why),
            None if kind.keeps_unknown_columns() => {
                (Some(format!("custom.{}", fold(header).replace(' ', "_"))), "kept as a field of your own")
            }
            None => (None, "left out"),
        };
        Column { header: header.clone(), field, samples, why: why.to_string() }
    };
    headers.iter().enumerate().map(column).collect()
}

type Named = Option<(&'static Field, &'static str)>;

/// Each field goes to the column that names it best; a column without a telling header may tell by its cells.
fn assign(kind: Kind, headers: &[String], rows: &[Vec<String>]) -> Vec<Named> {
    let mut assigned: Vec<Named> = vec![None; headers.len()];
    let mut taken: Vec<&str> = Vec::new();
    for fit in [2, 1] {
        for field in fields_of(kind) {
            if taken.contains(&field.name) {
                continue;
            }
            let free = |index: &usize| assigned[*index].is_none();
            let best =
                (0..headers.len()).filter(free).find(|index| field.fits(&fold(&headers[*index])) == fit);
            if let Some(index) = best {
                assigned[index] = Some((field, "by its header"));
                taken.push(field.name);
            }
        }
    }
    let by_content = fields_of(kind).find(|field| field.holds == Holds::Email);
    if let Some(field) = by_content.filter(|field| !taken.contains(&field.name)) {
        let looks_like = |index: &usize| {
            let filled: Vec<&str> = rows
                .iter()
                .filter_map(|row| row.get(*index))
                .map(String::as_str)
                .filter(|c| !c.is_empty())
                .collect();
            let n_fit = filled.iter().filter(|cell| records::values::email::parse(cell).is_ok()).count();
            assigned[*index].is_none() && n_fit > 2 && n_fit * 10 >= filled.len() * 8
        };
        if let Some(index) = (0..headers.len()).find(looks_like) {
            assigned[index] = Some((field, "by its cells, which are e-mail addresses"));
        }
    }
    assigned
}

/// What most of the telling cells say; None where none tells.
fn decided<T: Copy>(guess: &Guess<T>) -> Option<T> {
    match guess {
        Guess::Decided { value, .. } => Some(*value),
        Guess::Mixed { likely, .. } => Some(*likely),
        Guess::Ambiguous { .. } | Guess::Nothing => None,
    }
}

fn decimal_mark_name(mark: DecimalMark) -> &'static str {
    if mark == DecimalMark::Comma { "," } else { "." }
}

fn date_order_name(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayMonthYear => "dmy",
        DateOrder::MonthDayYear => "mdy",
        DateOrder::YearMonthDay => "ymd",
    }
}

impl Plan {
    /// The index of the column that holds a field.
    pub fn column_of(&self, field: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.field.as_deref() == Some(field))
    }

    /// By what records of a kind can be found, the surest first.
    pub fn possible_keys(kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::People | Kind::Orders => &["person.external_id", "person.email", "person.phone"],
            Kind::Companies => &["company.external_id", "company.name"],
            Kind::Products => &["product.sku"],
        }
    }

    /// The keys that the mapped columns offer, the surest first.
    pub fn usual_keys(&self) -> Vec<String> {
        let mapped = |key: &&&str| self.column_of(key).is_some();
        let keys: Vec<String> =
            Self::possible_keys(self.kind).iter().filter(mapped).map(|key| (*key).to_string()).collect();
        // A phone number is shared in a household: it is a key only where nothing surer is there.
        let surer = keys.iter().any(|key| key != "person.phone");
        keys.into_iter().filter(|key| !(surer && key == "person.phone")).collect()
    }

    /// Maps a column to a field, as `--map FIELD=COLUMN` and the form do; an empty field leaves the column out.
    ///
    /// **Errors** at `map` when there is no such column or field.
    pub fn map(&mut self, field: &str, header: &str) -> Result<()> {
        let wanted = fold(header);
        let index = self
            .columns
            .iter()
            .position(|column| column.header == header)
            .or_else(|| self.columns.iter().position(|column| fold(&column.header) == wanted));
        let Some(index) = index else {
            let there: Vec<&str> = self.columns.iter().map(|column| column.header.as_str()).collect();
            return Err(Error::invalid(
                "map",
                format!("there is no column “{header}”; there are {}", there.join(", ")),
            ));
        };
        let name = if field.is_empty() {
            None
        } else if field.starts_with("custom.") {
            Some(field.to_string())
        } else {
            let known = fields::field(self.kind, field).ok_or_else(|| {
                let names: Vec<&str> = fields_of(self.kind).map(|field| field.name).collect();
                Error::invalid("map", format!("there is no field “{field}”; there are {}", names.join(", ")))
            })?;
            Some(known.name.to_string())
        };
        for column in &mut self.columns {
            if column.field == name {
                column.field = None;
            }
        }
        self.columns[index].field = name;
        self.columns[index].why = "chosen".to_string();
        self.keys = self.usual_keys();
        Ok(())
    }

    /// Maps every column at once, as the form does: one field's name, `custom.NAME` or nothing for each.
    ///
    /// **Errors** at `column_N`, counted from 0, where a field is unknown or chosen for two columns.
    pub fn map_all(&mut self, wanted: &[String]) -> Result<()> {
        let mut problems = Vec::new();
        let mut refuse =
            |n: usize, message: String| problems.push(Problem { field: format!("column_{n}"), message });
        for n in 0..self.columns.len() {
            let name = wanted.get(n).map_or("", String::as_str);
            let known = fields::fields_of(self.kind).find(|field| field.name == name);
            let is_own = name.strip_prefix("custom.").is_some_and(|rest| !rest.is_empty());
            if !name.is_empty() && known.is_none() && !(is_own && self.kind.keeps_unknown_columns()) {
                refuse(n, format!("there is no field “{name}”"));
                continue;
            }
            if let Some(other) = wanted.iter().take(n).position(|other| !name.is_empty() && other == name) {
                let label = known.map_or(name, |field| field.label);
                let other = &self.columns[other].header;
                refuse(
                    n,
                    format!("“{label}” is taken from the column “{other}” already: choose one of them"),
                );
            }
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        for (column, name) in self.columns.iter_mut().zip(wanted) {
            let name = Some(name.clone()).filter(|name| !name.is_empty());
            if column.field != name {
                column.field = name;
                column.why = "chosen".to_string();
            }
        }
        self.keys = self.usual_keys();
        Ok(())
    }

    /// Sets how dates made of numbers and decimal fractions are read.
    ///
    /// **Errors** at `date_order` and `decimal_mark` when the word is unknown.
    pub fn set_reading(&mut self, date_order: &str, decimal_mark: &str) -> Result<()> {
        if !["dmy", "mdy", "ymd"].contains(&date_order) {
            return Err(Error::invalid("date_order", "is dmy, mdy or ymd"));
        }
        if ![".", ","].contains(&decimal_mark) {
            return Err(Error::invalid("decimal_mark", "is a point or a comma"));
        }
        self.date_order = date_order.to_string();
        self.decimal_mark = decimal_mark.to_string();
        Ok(())
    }

    /// Sets the key by which rows are matched.
    ///
    /// **Errors** at `key` when no column is mapped to it or records are not looked up by it.
    pub fn set_key(&mut self, key: &str) -> Result<()> {
        let field = fields::field(self.kind, key)
            .filter(|field| self.column_of(field.name).is_some())
            .ok_or_else(|| Error::invalid("key", format!("no column of the file is mapped to “{key}”")))?;
        if !Self::possible_keys(self.kind).contains(&field.name) {
            return Err(Error::invalid("key", format!("records are not found by “{}”", field.label)));
        }
        self.keys = vec![field.name.to_string()];
        Ok(())
    }

    /// Sets from which probability on a row that no key matches is the person whom it is like; empty: never.
    ///
    /// **Errors** at `match_by_likeness` for what is no number from 0.5 to 1, and for rows that are not people.
    pub fn set_match_by_likeness(&mut self, text: &str) -> Result<()> {
        let refused = |message: &str| Err(Error::invalid("match_by_likeness", message));
        let text = text.trim();
        if text.is_empty() {
            self.match_by_likeness = None;
            return Ok(());
        }
        if self.kind != Kind::People {
            return refused("only rows of people are matched by likeness");
        }
        match text.replace(',', ".").parse::<f64>() {
            Ok(least) if (0.5..=1.0).contains(&least) => {
                self.match_by_likeness = Some(least);
                Ok(())
            }
            _ => refused("is a probability from 0.5 to 1, such as 0.99"),
        }
    }

    /// Refuses a plan that cannot work, with every reason at its place.
    pub fn check(&self) -> Result<()> {
        let mut problems = Vec::new();
        let mut need = |fields: &[&str], words: &str| {
            if fields.iter().all(|field| self.column_of(field).is_none()) {
                problems.push(Problem { field: "map".to_string(), message: words.to_string() });
            }
        };
        match self.kind {
            Kind::People => need(
                &[
                    "person.external_id",
                    "person.name",
                    "person.given_name",
                    "person.family_name",
                    "person.email",
                    "person.phone",
                ],
                "no column says who the person is: map a name, an e-mail address or a customer number",
            ),
            Kind::Companies => need(&["company.name"], "no column is mapped to the name of the company"),
            Kind::Products => need(&["product.sku"], "no column is mapped to the SKU"),
            Kind::Orders => {
                need(&["order.date"], "no column is mapped to the date of the order");
                need(
                    &["order.number", "person.external_id", "person.email"],
                    "no column tells orders apart: map the order number, or at least the customer",
                );
                need(&["line.amount", "line.unit_price"], "no column is mapped to an amount or a unit price");
            }
        }
        if Currency::from_code(&self.currency).is_none() {
            let message = format!("“{}” is no currency code such as EUR", self.currency);
            problems.push(Problem { field: "currency".to_string(), message });
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            let message = format!("“{}” is no time zone such as Europe/Berlin", self.time_zone);
            problems.push(Problem { field: "time_zone".to_string(), message });
        }
        if self.match_by_likeness.is_some_and(|least| !(0.5..=1.0).contains(&least)) {
            let message = "is a probability from 0.5 to 1, such as 0.99".to_string();
            problems.push(Problem { field: "match_by_likeness".to_string(), message });
        }
        if problems.is_empty() {
            return Ok(());
        }
        let columns: Vec<&str> = self.columns.iter().map(|column| column.header.as_str()).collect();
        let message = format!("the columns of the file are {}", columns.join(", "));
        problems.push(Problem { field: String::new(), message });
        Err(Error::Invalid(problems))
    }

    pub(super) fn date_order(&self) -> DateOrder {
        match self.date_order.as_str() {
            "mdy" => DateOrder::MonthDayYear,
            "ymd" => DateOrder::YearMonthDay,
            _ => DateOrder::DayMonthYear,
        }
    }

    pub(super) fn decimal_mark(&self) -> DecimalMark {
        if self.decimal_mark == "," { DecimalMark::Comma } else { DecimalMark::Point }
    }
}
