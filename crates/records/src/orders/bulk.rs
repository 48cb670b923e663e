//! Many orders at once, as imports need it: the same rules and events, but the totals of the people are left to the
//! caller, who refreshes them once for all ([`super::refresh_person_totals`]).
//!
//! Nothing here looks up what a row refers to: the importer has resolved people and products already.

use super::rows::{self, Fresh, Sum};
use super::{KIND, Line, NewLine, NewOrder, Order, Outcome, amounts, get, lines, workspace_currency};
use crate::values::fold::tidy;
use platform::events::{self, Entry};
use platform::{Error, Result, Tx, params};

/// Orders whose rows are built in memory at once.
const ORDERS_AT_ONCE: usize = 1_000;

/// Inserts orders with lines and events; returns their ids in the same order.
///
/// **Errors** at `orders.N.lines.M.quantity` and the like (counted from 0); [`Error::Conflict`] when a number is taken.
pub fn insert_many(tx: &mut Tx<'_>, orders: &[NewOrder<'_>]) -> Result<Vec<String>> {
    let workspace = workspace_currency(tx)?;
    let now = tx.now();
    let ids: Vec<String> = orders.iter().map(|_| tx.new_id("ord")).collect();
    let mut amounts = Vec::new();
    for (chunk, (orders, ids)) in orders.chunks(ORDERS_AT_ONCE).zip(ids.chunks(ORDERS_AT_ONCE)).enumerate() {
        amounts.clear();
        let mut fresh = Vec::with_capacity(orders.len());
        let mut entries = Vec::with_capacity(orders.len());
        for (index, (order, id)) in orders.iter().zip(ids).enumerate() {
            let place = |error| amounts::at(error, &format!("orders.{}", chunk * ORDERS_AT_ONCE + index));
            let sum = rows::sum(order, workspace, &mut amounts).map_err(place)?;
            fresh.push(Fresh { id, order, sum, created_at: now });
            entries.push(created(order, id));
        }
        let mut values = Vec::with_capacity(amounts.len() * rows::LINES.columns.len());
        let mut rest = amounts.as_slice();
        for Fresh { id, order, .. } in &fresh {
            let (of_order, others) = rest.split_at(order.lines.len());
            rows::line_values(&mut values, id, &order.lines, of_order, 1);
            rest = others;
        }
        rows::insert_orders(tx, &fresh)?;
        rows::insert_lines(tx, &values)?;
        events::append_many(tx, &entries)?;
    }
    Ok(ids)
}

fn created<'a>(order: &NewOrder<'a>, id: &'a str) -> Entry<'a> {
    Entry {
        verb: if order.is_return { "order.returned" } else { "order.placed" },
        record_kind: KIND,
        record_id: id,
        subject_id: order.person_id.unwrap_or(id),
        before: None,
        after: None,
    }
}

/// Whether stating `new` would change nothing. Raw values and the number of the import do not count.
pub fn is_same(order: &Order, lines: &[Line], new: &NewOrder<'_>) -> bool {
    order.number == tidy(new.number)
        && order.person_id.as_deref() == new.person_id
        && order.ordered_at == new.ordered_at
        && order.currency == new.currency
        && order.is_return == new.is_return
        && order.status == new.status
        && order.returned_order_id.as_deref() == new.returned_order_id
        && order.channel.as_deref() == new.channel
        && order.reason.as_deref() == new.reason
        && lines.len() == new.lines.len()
        && lines.iter().zip(&new.lines).all(|(old, new)| is_same_line(old, new, order))
}

/// Whether a line says the same as `new`, apart from the import that wrote it.
fn is_same_line(line: &Line, new: &NewLine<'_>, order: &Order) -> bool {
    line.product_id.as_deref() == new.product_id
        && line.sku.as_deref() == new.sku
        && line.description.as_deref() == new.description
        && line.quantity_milli == new.quantity_milli
        && line.unit_price_micro == new.unit_price_micro
        && line.returned_line_no == new.returned_line_no
        && amounts::line_amount(new, order.currency).is_ok_and(|amount| amount == line.amount_minor)
}

/// States the whole order anew, its lines included; its event holds the order as it was.
///
/// The caller refreshes the totals of the person before and after. **Errors** as [`super::update`], without looking up
/// what the order refers to.
pub fn update(tx: &mut Tx<'_>, id: &str, new: &NewOrder<'_>) -> Result<Outcome> {
    let (order, old_lines) = (get(tx, id)?, lines(tx, id)?);
    if is_same(&order, &old_lines, new) {
        return Ok(Outcome::Same);
    }
    let workspace = workspace_currency(tx)?;
    let mut amounts = Vec::with_capacity(new.lines.len());
    let sum = rows::sum(new, workspace, &mut amounts)?;
    let before = rows::before(tx, id)?;
    rows::remove(tx, id)?;
    rows::insert_orders(tx, &[Fresh { id, order: new, sum, created_at: order.created_at }])?;
    let mut values = Vec::with_capacity(amounts.len() * rows::LINES.columns.len());
    rows::line_values(&mut values, id, &new.lines, &amounts, 1);
    rows::insert_lines(tx, &values)?;
    rows::log(tx, "order.updated", id, new.person_id.unwrap_or(id), before)?;
    Ok(Outcome::Changed)
}

/// Adds lines behind the last one; returns the number of the first new line.
///
/// The caller refreshes the totals of the person. **Errors** at `lines.N.quantity` and `lines`.
pub fn add_lines(tx: &mut Tx<'_>, id: &str, new: &[NewLine<'_>]) -> Result<i64> {
    let order = get(tx, id)?;
    let workspace = workspace_currency(tx)?;
    let mut amounts = Vec::with_capacity(new.len());
    let mut total_minor = order.total_minor;
    for (index, line) in new.iter().enumerate() {
        let amount = amounts::line_amount(line, order.currency).map_err(|e| amounts::at_line(e, index))?;
        total_minor = total_minor
            .checked_add(amount)
            .ok_or_else(|| Error::invalid("lines", "the sum of the lines is too large to count"))?;
        amounts.push(amount);
    }
    let last_no = tx.one(
        "SELECT coalesce(max(line_no), 0) FROM order_lines WHERE order_id = $1",
        &params![id],
        |row| row.get::<i64>(0),
    )?;
    let before = rows::before(tx, id)?;
    let mut values = Vec::with_capacity(new.len() * rows::LINES.columns.len());
    rows::line_values(&mut values, id, new, &amounts, last_no + 1);
    rows::insert_lines(tx, &values)?;
    let sum: Sum = rows::sum_of(&order, total_minor, workspace);
    let n_lines = usize::try_from(order.n_lines).unwrap_or_default() + new.len();
    rows::set_sum(tx, id, sum, n_lines)?;
    rows::log(tx, "order.lines_added", id, order.subject_id(), before)?;
    Ok(last_no + 1)
}

/// Notes that an import saw these lines again, unchanged. That changes no record, so the log does not hear of it.
pub fn confirm_lines(tx: &mut Tx<'_>, order_id: &str, line_nos: &[i64], import_no: i64) -> Result<()> {
    for line_no in line_nos {
        tx.execute(
            "UPDATE order_lines SET import_no = $3 WHERE order_id = $1 AND line_no = $2",
            &params![order_id, line_no, import_no],
        )?;
    }
    Ok(())
}
