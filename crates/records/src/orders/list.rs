//! Finding orders: one, those of a person, all of them page by page, and what was sold of a product.

use super::{KIND, Line, Order, Status, number_key};
use crate::image::{after_prefix, places};
use crate::values::currency::Currency;
use platform::{Error, Micros, Param, Result, Row, Snapshot, params};
use std::borrow::Cow;
use std::collections::HashMap;

const COLUMNS: &str =
    "id, number, number_key, person_id, ordered_at, is_return, status, currency, total_minor,
    counted_minor, n_lines, returned_order_id, channel, reason, raw_json, created_at, updated_at";

const LINE_COLUMNS: &str =
    "line_no, product_id, sku, description, quantity_milli, unit_price_micro, amount_minor,
    returned_line_no, import_no";

/// Keys asked for in one statement.
const KEYS_AT_ONCE: usize = 100;

/// Where a list continues: the last order of the page before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub ordered_at: Micros,
    pub id: String,
}

/// Which orders a list shows; None and empty do not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// From this instant on.
    pub from: Option<Micros>,
    /// Before this instant.
    pub until: Option<Micros>,
    pub status: Option<Status>,
    pub is_return: Option<bool>,
    pub currency: Option<Currency>,
    pub number_prefix: String,
}

/// What was sold of a product, in orders that count.
///
/// **Units.** `quantity_milli` in thousandths, `revenue_minor` in minor units of the workspace's currency, both less
/// returns; `n_orders` counts purchases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sold {
    pub n_orders: i64,
    pub quantity_milli: i64,
    pub revenue_minor: i64,
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Order> {
    let sql = format!("SELECT {COLUMNS} FROM orders WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

pub fn by_number_key(snapshot: &mut Snapshot<'_>, number_key: &str) -> Result<Option<Order>> {
    let sql = format!("SELECT {COLUMNS} FROM orders WHERE number_key = $1");
    snapshot.first(&sql, &params![number_key], read)
}

/// The orders with these number keys and their lines, by key; unknown keys are left out.
pub fn by_number_keys(
    snapshot: &mut Snapshot<'_>,
    number_keys: &[&str],
) -> Result<HashMap<String, (Order, Vec<Line>)>> {
    let mut found = HashMap::with_capacity(number_keys.len());
    for chunk in number_keys.chunks(KEYS_AT_ONCE) {
        let places = places(chunk.len());
        let keys: Vec<Param<'_>> = chunk.iter().map(|key| Param::Text(Cow::Borrowed(key))).collect();
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE number_key IN ({places})");
        let orders = snapshot.query(&sql, &keys, read)?;
        if orders.is_empty() {
            continue;
        }
        let mut of_order: HashMap<String, Vec<Line>> = HashMap::with_capacity(orders.len());
        let sql = format!(
            "SELECT {LINE_COLUMNS}, order_id FROM order_lines
             WHERE order_id IN (SELECT id FROM orders WHERE number_key IN ({places})) ORDER BY order_id, line_no"
        );
        snapshot.each(&sql, &keys, |row| {
            let line = read_line(row)?;
            match of_order.get_mut(row.text(9)?) {
                Some(lines) => lines.push(line),
                None => drop(of_order.insert(row.get(9)?, vec![line])),
            }
            Ok(())
        })?;
        for order in orders {
            let lines = of_order.remove(&order.id).unwrap_or_default();
            found.insert(order.number_key.clone(), (order, lines));
        }
    }
    Ok(found)
}

/// The lines of an order in their order.
pub fn lines(snapshot: &mut Snapshot<'_>, order_id: &str) -> Result<Vec<Line>> {
    let sql = format!("SELECT {LINE_COLUMNS} FROM order_lines WHERE order_id = $1 ORDER BY line_no");
    snapshot.query(&sql, &params![order_id], read_line)
}

/// The lines of many orders by the order's id, each in their order.
pub fn lines_of(snapshot: &mut Snapshot<'_>, order_ids: &[&str]) -> Result<HashMap<String, Vec<Line>>> {
    let mut found: HashMap<String, Vec<Line>> = HashMap::with_capacity(order_ids.len());
    for chunk in order_ids.chunks(KEYS_AT_ONCE) {
        let ids: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(Cow::Borrowed(id))).collect();
        let sql = format!(
            "SELECT {LINE_COLUMNS}, order_id FROM order_lines WHERE order_id IN ({}) ORDER BY order_id, line_no",
            places(chunk.len())
        );
        snapshot.each(&sql, &ids, |row| {
            found.entry(row.get(9)?).or_default().push(read_line(row)?);
            Ok(())
        })?;
    }
    Ok(found)
}

/// A page of a person's orders from the newest to the oldest, after `after`.
pub fn of_person(
    snapshot: &mut Snapshot<'_>,
    person_id: &str,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<Order>> {
    let (ordered_at, id) = after.map_or((i64::MAX, "~"), |cursor| (cursor.ordered_at, cursor.id.as_str()));
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE person_id = $1 AND (ordered_at, id) < ($2, $3)
         ORDER BY ordered_at DESC, id DESC LIMIT $4"
    );
    snapshot.query(&sql, &params![person_id, ordered_at, id, limit as i64], read)
}

/// A page of all orders that the filter lets through, from the newest to the oldest, after `after`.
pub fn list(
    snapshot: &mut Snapshot<'_>,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<Order>> {
    let (ordered_at, id) = after.map_or((i64::MAX, "~"), |cursor| (cursor.ordered_at, cursor.id.as_str()));
    let key = number_key(&filter.number_prefix);
    let key_end = after_prefix(&key);
    let mut values = vec![Param::Int(ordered_at), Param::Text(Cow::Borrowed(id)), Param::Int(limit as i64)];
    let mut sql = format!("SELECT {COLUMNS} FROM orders WHERE (ordered_at, id) < ($1, $2)");
    let mut narrow = |condition: &str, value: Option<Param<'_>>| {
        if let Some(value) = value {
            values.push(value.into_owned());
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        }
    };
    narrow("ordered_at >=", filter.from.map(Param::Int));
    narrow("ordered_at <", filter.until.map(Param::Int));
    narrow("status =", filter.status.map(|status| Param::Text(Cow::Borrowed(status.word()))));
    narrow("currency =", filter.currency.map(|currency| Param::Text(Cow::Borrowed(currency.code()))));
    narrow("is_return =", filter.is_return.map(|is_return| Param::Int(is_return.into())));
    if !key.is_empty() {
        narrow("number_key >=", Some(Param::Text(key)));
        narrow("number_key <", Some(Param::Text(Cow::Owned(key_end))));
    }
    sql.push_str(" ORDER BY ordered_at DESC, id DESC LIMIT $3");
    snapshot.query(&sql, &values, read)
}

/// The returns that name this sale and are not cancelled, the oldest first.
pub fn returns_of(snapshot: &mut Snapshot<'_>, order_id: &str) -> Result<Vec<Order>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM orders WHERE returned_order_id = $1 AND is_return = 1 AND status = 'placed'
         ORDER BY ordered_at, id LIMIT 1000"
    );
    snapshot.query(&sql, &params![order_id], read)
}

/// What was given back of a sale so far, in minor units, as a positive number.
pub fn returned_minor(snapshot: &mut Snapshot<'_>, order_id: &str) -> Result<i64> {
    let total: i64 = snapshot.one(
        "SELECT coalesce(sum(total_minor), 0) FROM orders
         WHERE returned_order_id = $1 AND is_return = 1 AND status = 'placed'",
        &params![order_id],
        |row| row.get(0),
    )?;
    Ok(total.saturating_neg())
}

/// Whether any order sold this product.
pub fn has_lines_of_product(snapshot: &mut Snapshot<'_>, product_id: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM order_lines WHERE product_id = $1 LIMIT 1";
    Ok(snapshot.first(sql, &params![product_id], |_| Ok(()))?.is_some())
}

/// What was sold of a product.
pub fn sold_of_product(snapshot: &mut Snapshot<'_>, product_id: &str) -> Result<Sold> {
    snapshot.one(
        "SELECT count(DISTINCT CASE WHEN o.is_return = 0 AND o.counted_minor > 0 THEN o.id END),
           coalesce(sum(l.quantity_milli), 0), coalesce(sum(l.amount_minor), 0)
         FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.product_id = $1 AND o.counted_minor <> 0",
        &params![product_id],
        |row| Ok(Sold { n_orders: row.get(0)?, quantity_milli: row.get(1)?, revenue_minor: row.get(2)? }),
    )
}

/// What was sold of many products, by product; products that were never sold are left out.
pub fn sold_of_products(snapshot: &mut Snapshot<'_>, product_ids: &[&str]) -> Result<HashMap<String, Sold>> {
    let mut found = HashMap::with_capacity(product_ids.len());
    for chunk in product_ids.chunks(KEYS_AT_ONCE) {
        let ids: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(Cow::Borrowed(id))).collect();
        let sql = format!(
            "SELECT l.product_id, count(DISTINCT CASE WHEN o.is_return = 0 AND o.counted_minor > 0 THEN o.id END),
               CAST(coalesce(sum(l.quantity_milli), 0) AS BIGINT), CAST(coalesce(sum(l.amount_minor), 0) AS BIGINT)
             FROM order_lines l JOIN orders o ON o.id = l.order_id
             WHERE l.product_id IN ({}) AND o.counted_minor <> 0 GROUP BY l.product_id",
            places(chunk.len())
        );
        snapshot.each(&sql, &ids, |row| {
            let sold =
                Sold { n_orders: row.get(1)?, quantity_milli: row.get(2)?, revenue_minor: row.get(3)? };
            found.insert(row.get(0)?, sold);
            Ok(())
        })?;
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Order> {
    let (status, currency) = (row.text(6)?, row.text(7)?);
    Ok(Order {
        id: row.get(0)?,
        number: row.get(1)?,
        number_key: row.get(2)?,
        person_id: row.get(3)?,
        ordered_at: row.get(4)?,
        is_return: row.get(5)?,
        status: Status::from_word(status)
            .ok_or_else(|| Error::database(format!("{status} is no status of an order")))?,
        currency: Currency::from_code(currency)
            .ok_or_else(|| Error::database(format!("{currency} is no currency")))?,
        total_minor: row.get(8)?,
        counted_minor: row.get(9)?,
        n_lines: row.get(10)?,
        returned_order_id: row.get(11)?,
        channel: row.get(12)?,
        reason: row.get(13)?,
        raw_json: row.get(14)?,
        created_at: row.get(15)?,
        updated_at: row.get(16)?,
    })
}

fn read_line(row: &Row<'_>) -> Result<Line> {
    Ok(Line {
        line_no: row.get(0)?,
        product_id: row.get(1)?,
        sku: row.get(2)?,
        description: row.get(3)?,
        quantity_milli: row.get(4)?,
        unit_price_micro: row.get(5)?,
        amount_minor: row.get(6)?,
        returned_line_no: row.get(7)?,
        import_no: row.get(8)?,
    })
}
