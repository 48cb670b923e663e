//! What can be done to an order. Each verb appends one event and keeps the totals of the person right.

use super::amounts::at_line;
use super::rows;
use super::{
    KIND, LINES_PER_ORDER, NewLine, NewOrder, Order, Outcome, Status, bulk, by_number_key, get, number_key,
    refresh_person_totals, returns_of,
};
use crate::values::fold::tidy;
use platform::events::{self, Entry};
use platform::{Error, Problem, Result, Tx, params};

/// Longest number, channel, reason or description in characters.
const TEXT_CHARS: usize = 2_000;

/// Places an order, or writes down a return that came from outside; returns its id.
///
/// **Errors** with a field: `number` (missing, taken), `lines`, `lines.N.quantity`, `lines.N.product_id`, `person_id`,
/// `returned_order_id`, …; N counts from 0.
pub fn place(tx: &mut Tx<'_>, new: &NewOrder<'_>) -> Result<String> {
    check(tx, new, None)?;
    let ids = bulk::insert_many(tx, std::slice::from_ref(new)).map_err(without_place)?;
    let id = ids.into_iter().next().expect("one order went in, so one id came out");
    if let Some(person_id) = new.person_id {
        refresh_existing(tx, person_id)?;
    }
    Ok(id)
}

/// States the whole order anew, its lines included: what is None becomes empty.
///
/// **Errors** as [`place`], and when there is no such order.
pub fn update(tx: &mut Tx<'_>, id: &str, new: &NewOrder<'_>) -> Result<Outcome> {
    let order = get(tx, id)?;
    check(tx, new, Some(&order))?;
    let outcome = bulk::update(tx, id, new)?;
    if outcome == Outcome::Changed {
        if let Some(person_id) = new.person_id {
            refresh_existing(tx, person_id)?;
        }
        if order.person_id.as_deref() != new.person_id {
            refresh_person_totals(tx, &order.person_id.as_deref().into_iter().collect::<Vec<_>>())?;
        }
    }
    Ok(outcome)
}

/// Adds lines behind the last one; returns the number of the first new line.
///
/// **Errors** with a field: `lines`, `lines.N.quantity`, `lines.N.product_id`.
pub fn add_lines(tx: &mut Tx<'_>, id: &str, new: &[NewLine<'_>]) -> Result<i64> {
    let order = get(tx, id)?;
    if new.is_empty() {
        return Err(Error::invalid("lines", "there is no line to add"));
    }
    let n_before = usize::try_from(order.n_lines).unwrap_or_default();
    let problems = problems_of_lines(tx, new, n_before)?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let first_no = bulk::add_lines(tx, id, new)?;
    refresh_of(tx, &order)?;
    Ok(first_no)
}

/// Cancels an order, so that it counts nothing any more.
///
/// **Errors** at `status` when it is cancelled already, at `reason` without a reason; [`Error::Conflict`] when goods of
/// it were returned.
pub fn cancel(tx: &mut Tx<'_>, id: &str, reason: &str) -> Result<()> {
    let order = get(tx, id)?;
    let reason = tidy(reason);
    if order.status == Status::Cancelled {
        return Err(Error::invalid("status", format!("order {} is cancelled already", order.number)));
    }
    if reason.is_empty() {
        return Err(Error::invalid("reason", "say why the order is cancelled"));
    }
    refuse_with_returns(tx, &order)?;
    let (before, now) = (rows::before(tx, id)?, tx.now());
    tx.execute(
        "UPDATE orders SET status = 'cancelled', counted_minor = 0, reason = $2, updated_at = $3 WHERE id = $1",
        &params![id, reason.as_ref(), now],
    )?;
    rows::log(tx, "order.cancelled", id, order.subject_id(), before)?;
    refresh_of(tx, &order)
}

/// Removes an order and its lines; the log keeps them, so that the deletion can be taken back.
///
/// **Errors** with [`Error::Conflict`] when goods of it were returned.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let order = get(tx, id)?;
    refuse_with_returns(tx, &order)?;
    let before = rows::before(tx, id)?;
    rows::remove(tx, id)?;
    rows::log(tx, "order.deleted", id, order.subject_id(), before)?;
    refresh_of(tx, &order)
}

/// Gives all orders of one person to another, as merging two people does; returns how many.
pub fn reassign(tx: &mut Tx<'_>, from_person: &str, to_person: &str) -> Result<usize> {
    let ids: Vec<String> =
        tx.query("SELECT id FROM orders WHERE person_id = $1 ORDER BY id", &params![from_person], |row| {
            row.get(0)
        })?;
    let mut befores = Vec::with_capacity(ids.len());
    for id in &ids {
        befores.push(rows::before(tx, id)?);
    }
    let entries: Vec<Entry<'_>> = ids
        .iter()
        .zip(befores)
        .map(|(id, before)| Entry {
            verb: "order.reassigned",
            record_kind: KIND,
            record_id: id,
            subject_id: to_person,
            before,
            after: None,
        })
        .collect();
    let now = tx.now();
    tx.execute(
        "UPDATE orders SET person_id = $2, updated_at = $3 WHERE person_id = $1",
        &params![from_person, to_person, now],
    )?;
    events::append_many(tx, &entries)?;
    refresh_person_totals(tx, &[from_person, to_person])?;
    Ok(ids.len())
}

pub(super) fn refuse_with_returns(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    match returns_of(tx, &order.id)?.first() {
        None => Ok(()),
        Some(first) => Err(Error::Conflict(format!(
            "order {} has the return {}; take that back first",
            order.number, first.number
        ))),
    }
}

fn refresh_of(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    refresh_person_totals(tx, &order.person_id.as_deref().into_iter().collect::<Vec<_>>()).map(drop)
}

/// Refreshes the totals of a person who must exist.
fn refresh_existing(tx: &mut Tx<'_>, person_id: &str) -> Result<()> {
    match refresh_person_totals(tx, &[person_id])? {
        0 => Err(Error::invalid("person_id", format!("there is no person {person_id}"))),
        _ => Ok(()),
    }
}

/// Everything about the order itself and what it refers to; the arithmetic is checked where it is done.
fn check(tx: &mut Tx<'_>, new: &NewOrder<'_>, known: Option<&Order>) -> Result<()> {
    let mut problems = problems_of_lines(tx, &new.lines, 0)?;
    let mut problem = |field: &str, message: String| {
        problems.push(Problem { field: field.to_string(), message });
    };
    let key = number_key(new.number);
    if key.is_empty() {
        problem("number", "an order needs a number".to_string());
    } else if let Some(other) = by_number_key(tx, &key)?
        && known.is_none_or(|known| known.id != other.id)
    {
        problem("number", format!("{} is the number of another order", other.number));
    }
    let texts = [("number", Some(new.number)), ("channel", new.channel), ("reason", new.reason)];
    for (field, text) in texts {
        if text.is_some_and(|text| text.chars().count() > TEXT_CHARS) {
            problem(field, format!("at most {TEXT_CHARS} characters"));
        }
    }
    let total = super::amounts::amounts_of(new, &mut Vec::new());
    if new.is_return && total.as_ref().is_ok_and(|total| *total > 0) {
        problem("lines", "a return gives money back: its quantities are negative".to_string());
    }
    if let Err(message) = check_returned(tx, new, known)? {
        problem("returned_order_id", message);
    }
    if problems.is_empty() { total.map(drop) } else { Err(Error::Invalid(problems)) }
}

/// What is wrong with the order that this one returns, if anything.
fn check_returned(
    tx: &mut Tx<'_>,
    new: &NewOrder<'_>,
    known: Option<&Order>,
) -> Result<std::result::Result<(), String>> {
    let Some(returned) = new.returned_order_id else { return Ok(Ok(())) };
    if !new.is_return {
        return Ok(Err("only a return names the order that it returns".to_string()));
    }
    if known.is_some_and(|known| known.id == returned) {
        return Ok(Err("an order cannot return itself".to_string()));
    }
    Ok(match get(tx, returned) {
        Ok(order) if order.is_return => Err(format!("order {} is itself a return", order.number)),
        Ok(order) if order.currency != new.currency => {
            Err(format!("order {} is in {}", order.number, order.currency))
        }
        Ok(_) => Ok(()),
        Err(Error::Missing { .. }) => Err(format!("there is no order {returned}")),
        Err(other) => return Err(other),
    })
}

fn problems_of_lines(tx: &mut Tx<'_>, lines: &[NewLine<'_>], n_before: usize) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    if n_before + lines.len() > LINES_PER_ORDER {
        let message = format!("an order has at most {LINES_PER_ORDER} lines");
        return Ok(vec![Problem { field: "lines".to_string(), message }]);
    }
    for (index, line) in lines.iter().enumerate() {
        let mut problem = |field: &str, message: String| {
            if let Error::Invalid(found) = at_line(Error::invalid(field, message), index) {
                problems.extend(found);
            }
        };
        if let Some(id) = line.product_id
            && !crate::products::exists(tx, id)?
        {
            problem("product_id", format!("there is no product {id}"));
        }
        for (field, text) in [("sku", line.sku), ("description", line.description)] {
            if text.is_some_and(|text| text.chars().count() > TEXT_CHARS) {
                problem(field, format!("at most {TEXT_CHARS} characters"));
            }
        }
    }
    Ok(problems)
}

/// A problem of the only order among many is told without its place.
fn without_place(error: Error) -> Error {
    match error {
        Error::Invalid(mut problems) => {
            for problem in &mut problems {
                if let Some(field) = problem.field.strip_prefix("orders.0.") {
                    problem.field = field.to_string();
                }
            }
            Error::Invalid(problems)
        }
        other => other,
    }
}
