//! Giving money back: a return order that names the sale and never gives more than what is left of it.

use super::amounts::{part_of, unit_price_of};
use super::{Line, NewLine, NewOrder, Order, Status, bulk, by_number_key, get, lines, number_key};
use super::{refresh_person_totals, returned_minor};
use crate::values::fold::tidy;
use crate::values::money::Money;
use platform::{Error, Micros, Result, Tx, params};
use std::collections::HashMap;

/// What is given back.
///
/// **Units.** Amounts in minor units of the order's currency, above zero; quantities in thousandths, signed like the
/// line's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<'a> {
    /// Everything that is left.
    Rest,
    Amount(i64),
    /// Numbers of lines, and how much of each.
    Lines(&'a [(i64, i64)]),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund<'a> {
    pub order_id: &'a str,
    pub given: Given<'a>,
    pub reason: Option<&'a str>,
    pub at: Micros,
}

/// Numbers tried for a return before giving up.
const NUMBERS_TRIED: usize = 1_000;

/// Gives money back for a sale; returns the id of the return.
///
/// **Errors** at `order_id` (a return, cancelled), `amount` (nothing, more than what is left), `lines.N.quantity` (N
/// counts from 0), `at` (before the order).
pub fn refund(tx: &mut Tx<'_>, refund: &Refund<'_>) -> Result<String> {
    let order = get(tx, refund.order_id)?;
    let left = left_of(tx, &order, refund.at)?;
    let old_lines = lines(tx, &order.id)?;
    let returned: Vec<NewLine<'_>> = match refund.given {
        Given::Rest => vec![amount_line(left, &order)?],
        Given::Amount(amount) => vec![amount_line(amount, &order)?],
        Given::Lines(wanted) => returned_lines(tx, &order, &old_lines, wanted)?,
    };
    let given: i128 = returned.iter().map(|line| -i128::from(line.amount_minor.unwrap_or(0))).sum();
    if given <= 0 {
        return Err(Error::invalid("amount", "an amount to give back is above zero"));
    }
    if given > i128::from(left) {
        let left = Money::new(left, order.currency);
        return Err(Error::invalid("amount", format!("at most {left} is left of order {}", order.number)));
    }
    let number = free_number(tx, &order)?;
    let reason = refund.reason.map(tidy);
    let new = NewOrder {
        person_id: order.person_id.as_deref(),
        lines: returned,
        is_return: true,
        returned_order_id: Some(&order.id),
        channel: order.channel.as_deref(),
        reason: reason.as_deref().filter(|reason| !reason.is_empty()),
        ..NewOrder::sale(&number, refund.at, order.currency)
    };
    let ids = bulk::insert_many(tx, &[new])?;
    refresh_person_totals(tx, &order.person_id.as_deref().into_iter().collect::<Vec<_>>())?;
    Ok(ids.into_iter().next().expect("one order went in, so one id came out"))
}

/// What is left to give back of a sale, in minor units.
fn left_of(tx: &mut Tx<'_>, order: &Order, at: Micros) -> Result<i64> {
    let number = &order.number;
    if order.is_return {
        return Err(Error::invalid("order_id", format!("order {number} is itself a return")));
    }
    if order.status == Status::Cancelled {
        return Err(Error::invalid("order_id", format!("order {number} is cancelled")));
    }
    if at < order.ordered_at {
        return Err(Error::invalid("at", "money cannot be given back before the order"));
    }
    let left = order.total_minor.saturating_sub(returned_minor(tx, &order.id)?);
    if left <= 0 {
        return Err(Error::invalid("amount", format!("nothing is left of order {number} to give back")));
    }
    Ok(left)
}

/// One line that gives an amount back without saying for what.
fn amount_line(amount: i64, order: &Order) -> Result<NewLine<'static>> {
    let given = amount.checked_neg().filter(|given| *given < 0);
    let given = given.ok_or_else(|| Error::invalid("amount", "an amount to give back is above zero"))?;
    Ok(NewLine {
        description: Some("Refund"),
        quantity_milli: -1_000,
        unit_price_micro: unit_price_of(amount, 1_000, order.currency)?,
        amount_minor: Some(given),
        ..NewLine::default()
    })
}

/// The lines that go back, each worth its share of the line that was sold.
fn returned_lines<'a>(
    tx: &mut Tx<'_>,
    order: &Order,
    sold: &'a [Line],
    wanted: &[(i64, i64)],
) -> Result<Vec<NewLine<'a>>> {
    if wanted.is_empty() {
        return Err(Error::invalid("lines", "no line is given back"));
    }
    let mut gone = returned_so_far(tx, &order.id)?;
    let mut returned = Vec::with_capacity(wanted.len());
    for (index, (line_no, quantity)) in wanted.iter().enumerate() {
        let field = format!("lines.{index}.quantity");
        let Some(line) = sold.iter().find(|line| line.line_no == *line_no) else {
            let message = format!("order {} has no line {line_no}", order.number);
            return Err(Error::invalid(format!("lines.{index}.line_no"), message));
        };
        let (gone_quantity, gone_amount) = gone.get(line_no).copied().unwrap_or((0, 0));
        let left = line.quantity_milli.saturating_sub(gone_quantity);
        if *quantity == 0 || quantity.signum() != line.quantity_milli.signum() {
            return Err(Error::invalid(field, "a quantity to give back is above zero"));
        }
        if quantity.unsigned_abs() > left.unsigned_abs() || left.signum() != line.quantity_milli.signum() {
            let left = left as f64 / 1_000.0;
            return Err(Error::invalid(field, format!("at most {left} of line {line_no} are left")));
        }
        // The last piece takes what is left, so that all pieces together come to the line exactly.
        let amount = match *quantity == left {
            true => line.amount_minor.saturating_sub(gone_amount),
            false => part_of(line.amount_minor, *quantity, line.quantity_milli),
        };
        gone.insert(*line_no, (gone_quantity + quantity, gone_amount.saturating_add(amount)));
        returned.push(NewLine {
            quantity_milli: quantity.saturating_neg(),
            amount_minor: Some(amount.saturating_neg()),
            returned_line_no: Some(*line_no),
            import_no: None,
            ..line.as_new()
        });
    }
    Ok(returned)
}

/// Quantity and amount that earlier returns took of each line.
fn returned_so_far(tx: &mut Tx<'_>, order_id: &str) -> Result<HashMap<i64, (i64, i64)>> {
    let mut gone = HashMap::new();
    tx.each(
        "SELECT l.returned_line_no, sum(l.quantity_milli), sum(l.amount_minor)
         FROM orders r JOIN order_lines l ON l.order_id = r.id
         WHERE r.returned_order_id = $1 AND r.is_return = 1 AND r.status = 'placed'
           AND l.returned_line_no IS NOT NULL
         GROUP BY l.returned_line_no",
        &params![order_id],
        |row| {
            let (quantity, amount): (i64, i64) = (row.get(1)?, row.get(2)?);
            gone.insert(row.get(0)?, (quantity.saturating_neg(), amount.saturating_neg()));
            Ok(())
        },
    )?;
    Ok(gone)
}

/// `1001-R1`, or the next that nobody has.
fn free_number(tx: &mut Tx<'_>, order: &Order) -> Result<String> {
    for count in 1..=NUMBERS_TRIED {
        let number = format!("{}-R{count}", order.number);
        if by_number_key(tx, &number_key(&number))?.is_none() {
            return Ok(number);
        }
    }
    Err(Error::Conflict(format!("order {} has {NUMBERS_TRIED} returns; no number is free", order.number)))
}
