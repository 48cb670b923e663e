//! Lines of orders: customer, product and order may all be new in a row; lines of one order may stand anywhere in the
//! file, and a file that was imported before changes nothing.
//!
//! A line of an order that was there before this import is matched with one that says the same, else with one of the
//! same product, which it changes; else it is added. Lines that this import wrote are never matched again, so that two
//! equal lines of one file stay two.

use super::apply::{Difference, Outcome, RowOutcome, Run};
use super::people::{self as person_rows, Match};
use super::rows::LineRow;
use platform::{Error, Result, Tx};
use records::orders::{self, Line, NewLine, NewOrder, Order, Status};
use records::people::{self, Defaults, Person};
use records::products::{self, NewProduct};
use std::collections::HashMap;

type Rows<'a> = [(u64, &'a LineRow)];

/// Applies the lines; the outcomes are in no order.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    run: &Run,
    defaults: Defaults,
    rows: &Rows<'_>,
) -> Result<Vec<RowOutcome>> {
    let mut chunk = Chunk { run, defaults, people: HashMap::new(), products: HashMap::new() };
    chunk.products(tx, rows)?;
    if let Some((_, first)) = rows.first() {
        orders::adopt_currency(tx, first.currency)?;
    }
    let groups = grouped(rows);
    let mut wanted: Vec<String> =
        groups.iter().map(|group| orders::number_key(&rows[group[0]].1.number).into_owned()).collect();
    wanted.extend(
        rows.iter()
            .filter_map(|(_, line)| line.credit_for.as_deref())
            .map(|n| orders::number_key(n).into_owned()),
    );
    let keys: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let known = orders::by_number_keys(tx, &keys)?;
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut fresh: Vec<(Vec<usize>, NewOrder<'_>)> = Vec::new();
    let mut touched: Vec<String> = Vec::new();
    for group in &groups {
        let first = rows[group[0]].1;
        let (members, refused) = agreeing(rows, group);
        outcomes.extend(refused);
        let person = match chunk.person(tx, first)? {
            Ok(person) => person,
            Err(note) => {
                let told = |i: &usize| RowOutcome::refused(rows[*i].0, Outcome::Conflict, None, note.clone());
                outcomes.extend(members.iter().map(told));
                continue;
            }
        };
        touched.extend(person.clone());
        let key = orders::number_key(&first.number);
        match known.get(key.as_ref()) {
            Some((order, lines)) => {
                let change = Change { order, lines, rows, members: &members, person: person.as_deref() };
                outcomes.extend(chunk.change(tx, &change)?);
                touched.extend(order.person_id.clone());
            }
            None => {
                let credited = first
                    .credit_for
                    .as_deref()
                    .and_then(|number| known.get(orders::number_key(number).as_ref()));
                let order = chunk.new_order(rows, &members, credited.map(|(order, _)| order))?;
                fresh.push((members, order));
            }
        }
    }
    outcomes.extend(chunk.place(tx, rows, fresh)?);
    touched.sort_unstable();
    touched.dedup();
    let touched: Vec<&str> = touched.iter().map(String::as_str).collect();
    orders::refresh_person_totals(tx, &touched)?;
    Ok(outcomes)
}

/// The rows of each order, in the order in which the file first names it.
fn grouped(rows: &Rows<'_>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut by_number: HashMap<String, usize> = HashMap::new();
    for (index, (_, line)) in rows.iter().enumerate() {
        let key = orders::number_key(&line.number).into_owned();
        let group = *by_number.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(index);
    }
    groups
}

/// The rows that agree with the first on currency, and conflicts for the others.
fn agreeing(rows: &Rows<'_>, group: &[usize]) -> (Vec<usize>, Vec<RowOutcome>) {
    let first = rows[group[0]].1;
    let (members, others): (Vec<usize>, Vec<usize>) =
        group.iter().partition(|index| rows[**index].1.currency == first.currency);
    let refused = others.into_iter().map(|index| {
        let (row, line) = rows[index];
        let note = format!(
            "order {} is in {}, this line in {}",
            line.number,
            first.currency.code(),
            line.currency.code()
        );
        RowOutcome::refused(row, Outcome::Conflict, None, note)
    });
    (members, refused.collect())
}

struct Chunk<'r> {
    run: &'r Run,
    defaults: Defaults,
    /// Customers that rows of this chunk named, by what they were named with; None is nobody.
    people: HashMap<Named, Option<String>>,
    /// Ids by SKU key.
    products: HashMap<String, String>,
}

/// What a row names its customer with: number, e-mail address, name.
type Named = (Option<String>, Option<String>, Option<String>);

fn named(line: &LineRow) -> Named {
    let input = &line.person.input;
    (input.external_id.clone(), input.email.clone(), input.name.clone().or(input.family_name.clone()))
}

/// An order that is there, and the rows that speak of it.
struct Change<'a> {
    order: &'a Order,
    lines: &'a [Line],
    rows: &'a Rows<'a>,
    members: &'a [usize],
    person: Option<&'a str>,
}

impl Chunk<'_> {
    /// Looks up the products of the rows and adds those that are new.
    ///
    /// A code without a digit (`POST`, `M`, `BANK CHARGES`) that nobody stated as a product is a charge: its lines keep the code
    /// only.
    fn products(&mut self, tx: &mut Tx<'_>, rows: &Rows<'_>) -> Result<()> {
        let mut named: HashMap<String, &LineRow> = HashMap::new();
        for (_, line) in rows {
            let Some(sku) = line.sku.as_deref() else { continue };
            let entry = named.entry(products::sku_key(sku).into_owned()).or_insert(line);
            if entry.product.is_none() {
                *entry = line;
            }
        }
        let keys: Vec<&str> = named.keys().map(String::as_str).collect();
        self.products = products::ids_by_sku_keys(tx, &keys)?;
        let mut missing: Vec<(String, &LineRow)> =
            named.into_iter().filter(|(key, _)| !self.products.contains_key(key)).collect();
        missing.retain(|(key, _)| key.bytes().any(|b| b.is_ascii_digit()));
        missing.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (key, line) in missing {
            let sku = line.sku.as_deref().unwrap_or_default();
            let name = line.product.as_deref().unwrap_or(sku);
            let new = NewProduct { sku, name, category: line.category.as_deref(), ..NewProduct::default() };
            match products::create(tx, &new) {
                Ok(id) => drop(self.products.insert(key, id)),
                // A text that cannot name a product stays with its line.
                Err(Error::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The customer of a row, created where new; the inner error is why the row cannot be matched.
    fn person(
        &mut self,
        tx: &mut Tx<'_>,
        line: &LineRow,
    ) -> Result<std::result::Result<Option<String>, String>> {
        let input = &line.person.input;
        let named = named(line);
        if let Some(known) = self.people.get(&named) {
            return Ok(Ok(known.clone()));
        }
        let found = match person_rows::find(tx, self.run, input, self.defaults)? {
            Match::Found(person) => Some(person.id),
            Match::InTrash(person) => {
                return Ok(Err(format!("{} is in the trash; bring the person back first", person.name)));
            }
            Match::Nobody if input.external_id.is_none() && input.email.is_none() => None,
            Match::Nobody => self.new_person(tx, line)?,
        };
        self.people.insert(named, found.clone());
        Ok(Ok(found))
    }

    fn new_person(&self, tx: &mut Tx<'_>, line: &LineRow) -> Result<Option<String>> {
        let mut input = line.person.input.clone();
        if let Some(name) = line.person.company.as_deref() {
            input.company_id = person_rows::company(tx, name, self.defaults)?;
        }
        let now = tx.now();
        let mut person = Person {
            created_at: now,
            updated_at: now,
            customer_since: Some(line.ordered_at),
            ..Person::default()
        };
        people::apply(&mut person, &input, self.defaults);
        if person.name.is_empty() {
            return Ok(None);
        }
        person.id = tx.new_id("per");
        people::save(tx, None, &person)?;
        Ok(Some(person.id))
    }

    fn new_line<'a>(&'a self, line: &'a LineRow) -> NewLine<'a> {
        let product = line.sku.as_deref().and_then(|sku| self.products.get(products::sku_key(sku).as_ref()));
        NewLine {
            product_id: product.map(String::as_str),
            sku: line.sku.as_deref(),
            description: line.product.as_deref(),
            quantity_milli: line.quantity_milli,
            unit_price_micro: line.unit_price_micro,
            amount_minor: line.amount_minor,
            returned_line_no: None,
            import_no: Some(self.run.import_no),
        }
    }

    /// An order whose lines come to less than nothing is a return. Its customer is set when it is placed.
    fn new_order<'a>(
        &self,
        rows: &Rows<'a>,
        members: &[usize],
        credited: Option<&'a Order>,
    ) -> Result<NewOrder<'a>> {
        let first = rows[members[0]].1;
        let mut total = 0_i64;
        for index in members {
            let line = self.new_line(rows[*index].1);
            total = total.saturating_add(orders::line_amount(&line, first.currency)?);
        }
        Ok(NewOrder {
            is_return: total < 0,
            status: first.status,
            channel: first.channel.as_deref(),
            returned_order_id: credited.filter(|_| total < 0).map(|order| order.id.as_str()),
            ..NewOrder::sale(&first.number, first.ordered_at, first.currency)
        })
    }

    /// Places the new orders at once.
    fn place(
        &self,
        tx: &mut Tx<'_>,
        rows: &Rows<'_>,
        fresh: Vec<(Vec<usize>, NewOrder<'_>)>,
    ) -> Result<Vec<RowOutcome>> {
        let mut placed = Vec::with_capacity(fresh.len());
        for (members, order) in &fresh {
            let first = rows[members[0]].1;
            let named = named(first);
            let lines = members.iter().map(|index| self.new_line(rows[*index].1)).collect();
            let person_id = self.people.get(&named).and_then(Option::as_deref);
            placed.push(NewOrder { person_id, lines, ..order.clone() });
        }
        let ids = orders::bulk::insert_many(tx, &placed)?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for ((members, _), id) in fresh.iter().zip(&ids) {
            let told = |index: &usize| {
                let (row, line) = rows[*index];
                RowOutcome::taken(row, Outcome::New, id).with_notes(&line.notes)
            };
            outcomes.extend(members.iter().map(told));
        }
        Ok(outcomes)
    }

    /// Confirms, changes and adds lines of an order that is there.
    fn change(&self, tx: &mut Tx<'_>, change: &Change<'_>) -> Result<Vec<RowOutcome>> {
        let Change { order, lines, rows, members, .. } = *change;
        let first = rows[members[0]].1;
        if first.currency != order.currency {
            let note = format!("order {} is in {}", order.number, order.currency.code());
            let told = |i: &usize| RowOutcome::refused(rows[*i].0, Outcome::Conflict, None, note.clone());
            return Ok(members.iter().map(told).collect());
        }
        let matched = self.matched(change);
        let mut stated: Vec<NewLine<'_>> = lines.iter().map(Line::as_new).collect();
        let mut added = Vec::new();
        let mut confirmed = Vec::new();
        let mut outcomes = Vec::with_capacity(members.len());
        for (index, fit) in members.iter().zip(&matched) {
            let (row, said) = rows[*index];
            let line = self.new_line(said);
            let mut told = RowOutcome::taken(row, Outcome::Changed, &order.id).with_notes(&said.notes);
            match fit {
                Fit::Same(at) => {
                    confirmed.push(lines[*at].line_no);
                    told.outcome = Outcome::Same;
                }
                Fit::Changes(at) => {
                    told.differences = line_differences(&lines[*at], &line);
                    stated[*at] =
                        NewLine { product_id: lines[*at].product_id.as_deref().or(line.product_id), ..line };
                }
                Fit::New => {
                    added.push(line);
                    told.outcome = Outcome::New;
                }
            }
            outcomes.push(told);
        }
        // Within one import, the first line of an order has said what the order is.
        let is_first = lines.iter().all(|line| line.import_no != Some(self.run.import_no));
        let header = if is_first { header_differences(change) } else { Vec::new() };
        let lines_changed = matched.iter().any(|fit| matches!(fit, Fit::Changes(_)));
        if header.is_empty() && !lines_changed {
            orders::bulk::confirm_lines(tx, &order.id, &confirmed, self.run.import_no)?;
            if !added.is_empty() {
                orders::bulk::add_lines(tx, &order.id, &added)?;
            }
            return Ok(outcomes);
        }
        stated.extend(added);
        self.restate(tx, change, stated)?;
        if let Some(told) = outcomes.first_mut().filter(|_| !header.is_empty()) {
            told.outcome = Outcome::Changed;
            told.differences.extend(header);
        }
        Ok(outcomes)
    }

    fn restate(&self, tx: &mut Tx<'_>, change: &Change<'_>, mut lines: Vec<NewLine<'_>>) -> Result<()> {
        let (order, first) = (change.order, change.rows[change.members[0]].1);
        for line in &mut lines {
            line.import_no = Some(self.run.import_no);
        }
        let total: i64 =
            lines.iter().map(|line| orders::line_amount(line, order.currency)).sum::<Result<i64>>()?;
        let new = NewOrder {
            lines,
            person_id: change.person.or(order.person_id.as_deref()),
            ordered_at: first.ordered_at,
            status: first.status,
            channel: first.channel.as_deref().or(order.channel.as_deref()),
            is_return: total < 0,
            ..order.as_new(&[])
        };
        orders::bulk::update(tx, &order.id, &new).map(drop)
    }

    /// With which line of the order each row fits; lines that this import wrote are not matched again.
    fn matched(&self, change: &Change<'_>) -> Vec<Fit> {
        let mut free: Vec<bool> =
            change.lines.iter().map(|line| line.import_no != Some(self.run.import_no)).collect();
        let mut fits: Vec<Fit> = vec![Fit::New; change.members.len()];
        for exact in [true, false] {
            for (fit, index) in fits.iter_mut().zip(change.members) {
                if *fit != Fit::New {
                    continue;
                }
                let said = self.new_line(change.rows[*index].1);
                let fitting = |line: &Line| {
                    let same_sku = line.sku.as_deref() == said.sku;
                    same_sku && (!exact || line_differences(line, &said).is_empty())
                };
                if let Some(at) = (0..change.lines.len()).find(|at| free[*at] && fitting(&change.lines[*at]))
                {
                    free[at] = false;
                    *fit = if exact { Fit::Same(at) } else { Fit::Changes(at) };
                }
            }
        }
        fits
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fit {
    Same(usize),
    Changes(usize),
    New,
}

fn line_differences(line: &Line, said: &NewLine<'_>) -> Vec<Difference> {
    let amount = said.amount_minor.map_or(String::new(), |amount| amount.to_string());
    let before = if said.amount_minor.is_some() { line.amount_minor.to_string() } else { String::new() };
    let pairs = [
        ("quantity_milli", line.quantity_milli.to_string(), said.quantity_milli.to_string()),
        ("unit_price_micro", line.unit_price_micro.to_string(), said.unit_price_micro.to_string()),
        ("amount_minor", before, amount),
        (
            "description",
            line.description.clone().unwrap_or_default(),
            said.description.unwrap_or_default().to_string(),
        ),
    ];
    let differing = pairs.into_iter().filter(|(_, before, after)| before != after);
    differing.map(|(field, before, after)| Difference { field: field.to_string(), before, after }).collect()
}

fn header_differences(change: &Change<'_>) -> Vec<Difference> {
    let (order, first) = (change.order, change.rows[change.members[0]].1);
    let at = |micros| platform::clock::in_words(micros);
    let status = |status: Status| status.word().to_string();
    let channel = first.channel.clone().or(order.channel.clone());
    let person = change.person.map(str::to_string).or(order.person_id.clone());
    let pairs = [
        ("status", status(order.status), status(first.status)),
        ("ordered_at", at(order.ordered_at), at(first.ordered_at)),
        ("channel", order.channel.clone().unwrap_or_default(), channel.unwrap_or_default()),
        ("person_id", order.person_id.clone().unwrap_or_default(), person.unwrap_or_default()),
    ];
    let differing = pairs.into_iter().filter(|(_, before, after)| before != after);
    differing.map(|(field, before, after)| Difference { field: field.to_string(), before, after }).collect()
}
