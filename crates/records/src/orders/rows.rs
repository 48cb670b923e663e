//! Orders and lines as rows: writing them many at once, and their images. No rule is decided here.

use super::{KIND, NewLine, NewOrder, Order, amounts, number_key};
use crate::image::{self, Image, Shape};
use crate::values::currency::Currency;
use crate::values::fold::tidy;
use platform::events::{self, Entry};
use platform::{Micros, Param, Result, Snapshot, Tx, params};
use serde_json::Value;
use std::borrow::Cow;

pub(crate) const ORDERS: Shape = Shape {
    table: "orders",
    subject: "person_id",
    columns: &[
        "id",
        "number",
        "number_key",
        "person_id",
        "ordered_at",
        "is_return",
        "status",
        "currency",
        "total_minor",
        "counted_minor",
        "n_lines",
        "returned_order_id",
        "channel",
        "reason",
        "raw_json",
        "created_at",
        "updated_at",
    ],
};

pub(super) const LINES: Shape = Shape {
    table: "order_lines",
    subject: "order_id",
    columns: &[
        "order_id",
        "line_no",
        "product_id",
        "sku",
        "description",
        "quantity_milli",
        "unit_price_micro",
        "amount_minor",
        "returned_line_no",
        "import_no",
    ],
};

/// What an order comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) total_minor: i64,
    pub(super) counted_minor: i64,
}

/// An order on its way into its row.
pub(super) struct Fresh<'a> {
    pub(super) id: &'a str,
    pub(super) order: &'a NewOrder<'a>,
    pub(super) sum: Sum,
    pub(super) created_at: Micros,
}

/// Inserts the rows of orders, without lines.
pub(super) fn insert_orders(tx: &mut Tx<'_>, orders: &[Fresh<'_>]) -> Result<()> {
    let now = tx.now();
    let mut values = Vec::with_capacity(orders.len() * ORDERS.columns.len());
    for Fresh { id, order, sum, created_at } in orders {
        values.extend([
            text(id),
            Param::Text(tidy(order.number)),
            Param::Text(number_key(order.number)),
            maybe(order.person_id),
            Param::Int(order.ordered_at),
            Param::Int(order.is_return.into()),
            text(order.status.word()),
            text(order.currency.code()),
            Param::Int(sum.total_minor),
            Param::Int(sum.counted_minor),
            Param::Int(order.lines.len() as i64),
            maybe(order.returned_order_id),
            maybe(order.channel),
            maybe(order.reason),
            maybe(order.raw_json),
            Param::Int(*created_at),
            Param::Int(now),
        ]);
    }
    tx.insert_rows(ORDERS.table, ORDERS.columns, "", &values).map(drop)
}

/// The columns of lines, one line after another; `amounts` has one for each.
pub(super) fn line_values<'a>(
    values: &mut Vec<Param<'a>>,
    order_id: &'a str,
    lines: &[NewLine<'a>],
    amounts: &[i64],
    first_no: i64,
) {
    for ((line, amount_minor), line_no) in lines.iter().zip(amounts).zip(first_no..) {
        values.extend([
            text(order_id),
            Param::Int(line_no),
            maybe(line.product_id),
            maybe(line.sku),
            maybe(line.description),
            Param::Int(line.quantity_milli),
            Param::Int(line.unit_price_micro),
            Param::Int(*amount_minor),
            line.returned_line_no.map_or(Param::Null, Param::Int),
            line.import_no.map_or(Param::Null, Param::Int),
        ]);
    }
}

pub(super) fn insert_lines(tx: &mut Tx<'_>, values: &[Param<'_>]) -> Result<()> {
    tx.insert_rows(LINES.table, LINES.columns, "", values).map(drop)
}

/// Sets what an order comes to after its lines changed.
pub(super) fn set_sum(tx: &mut Tx<'_>, id: &str, sum: Sum, n_lines: usize) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE orders SET total_minor = $2, counted_minor = $3, n_lines = $4, updated_at = $5 WHERE id = $1",
        &params![id, sum.total_minor, sum.counted_minor, n_lines as i64, now],
    )?;
    Ok(())
}

/// Removes an order and its lines, without a word in the log.
pub(super) fn remove(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM order_lines WHERE order_id = $1", &params![id])?;
    tx.execute("DELETE FROM orders WHERE id = $1", &params![id])?;
    Ok(())
}

/// The order with all its columns, and its lines under `lines`.
pub(super) fn image(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Option<Image>> {
    let Some(mut image) = image::row(snapshot, &ORDERS, "id = $1", &params![id])? else { return Ok(None) };
    let lines = image::rows(snapshot, &LINES, "order_id = $1 ORDER BY line_no", &params![id])?;
    image.insert("lines".to_string(), Value::Array(lines.into_iter().map(Value::Object).collect()));
    Ok(Some(image))
}

/// Inserts an order and its lines as the image shows them.
pub(super) fn insert_image(tx: &mut Tx<'_>, image: &Image) -> Result<()> {
    image::insert(tx, &ORDERS, image)?;
    for line in image.get("lines").and_then(Value::as_array).into_iter().flatten() {
        if let Value::Object(line) = line {
            image::insert(tx, &LINES, line)?;
        }
    }
    Ok(())
}

pub(super) fn before(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>> {
    Ok(image(tx, id)?.map(image::to_json))
}

pub(super) fn log(
    tx: &mut Tx<'_>,
    verb: &str,
    id: &str,
    subject_id: &str,
    before: Option<String>,
) -> Result<()> {
    let entry = Entry { verb, record_kind: KIND, record_id: id, subject_id, before, after: None };
    events::append(tx, entry).map(drop)
}

/// Total and counted amount of an order; the amounts of its lines go into `amounts`.
pub(super) fn sum(order: &NewOrder<'_>, workspace: Currency, amounts: &mut Vec<i64>) -> Result<Sum> {
    let total_minor = amounts::amounts_of(order, amounts)?;
    let counted_minor = amounts::counted(total_minor, order.currency, order.status, workspace);
    Ok(Sum { total_minor, counted_minor })
}

/// The sum of an order whose total becomes `total_minor`.
pub(super) fn sum_of(order: &Order, total_minor: i64, workspace: Currency) -> Sum {
    let counted_minor = amounts::counted(total_minor, order.currency, order.status, workspace);
    Sum { total_minor, counted_minor }
}

fn text(text: &str) -> Param<'_> {
    Param::Text(Cow::Borrowed(text))
}

fn maybe(value: Option<&str>) -> Param<'_> {
    value.map_or(Param::Null, text)
}
