//! Payments for products that renew, read from order lines; what was given back is taken off.

use crate::analyze::Day;
use crate::analyze::facts::Facts;
use platform::store::{Row, Snapshot};
use platform::{Result, params};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Months that one line pays for, at most.
const MOST_MONTHS: i64 = 600;

/// A product that is paid by period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: String,
    pub name: String,
    /// Months that one unit pays for.
    pub months: i64,
}

/// Money that came on a day for some months of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// Number of the facts.
    pub customer: u32,
    pub day: i32,
    /// Place among the products.
    pub product: u16,
    pub months: i32,
    pub amount_minor: i64,
    /// What is left of it after returns.
    kept_minor: i64,
    /// The order, as a hash of its id.
    order: u64,
}

/// All payments, by customer and day.
#[derive(Debug, Default)]
pub struct Payments {
    pub rows: Vec<Payment>,
    pub products: Vec<Product>,
    /// Payments of which at least half was given back: they count as never made.
    pub n_taken_back: u64,
}

/// Money that was given back: a line of a return.
struct Given {
    customer: u32,
    day: i32,
    /// None for a line that names no product.
    product: Option<u16>,
    /// The order that it takes back, where it says so.
    order: Option<u64>,
    amount_minor: i64,
}

/// Lines of renewing products, looked up product by product; cancelled orders and those in another currency count nothing.
const LINES: &str = "SELECT o.person_id, o.ordered_at, o.id, o.is_return, o.returned_order_id, l.product_id, l.quantity_milli,
      l.amount_minor
    FROM products p CROSS JOIN order_lines l CROSS JOIN orders o
    WHERE p.renews_months IS NOT NULL AND l.product_id = p.id AND o.id = l.order_id AND o.person_id IS NOT NULL
      AND o.status = 'placed' AND o.currency = $2 AND o.ordered_at < $1";
/// Lines without a product of returns that name an order with a renewing product. The sum keeps SQLite from going by time:
/// few orders are returns that name one.
const AMOUNTS: &str = "SELECT o.person_id, o.ordered_at, o.returned_order_id, l.amount_minor
    FROM orders o CROSS JOIN order_lines l
    WHERE l.order_id = o.id AND o.returned_order_id > '' AND o.is_return = 1 AND o.status = 'placed' AND o.currency = $2
      AND o.ordered_at + 0 < $1 AND o.person_id IS NOT NULL AND l.product_id IS NULL
      AND EXISTS (SELECT 1 FROM order_lines s JOIN products p ON p.id = s.product_id
        WHERE s.order_id = o.returned_order_id AND p.renews_months IS NOT NULL)";

impl Payments {
    /// Reads all payments until the end of `last_day`; one short question where no product renews.
    pub fn read(snapshot: &mut Snapshot<'_>, facts: &Facts, last_day: Day) -> Result<Self> {
        let products = snapshot.query(
            "SELECT id, name, renews_months FROM products WHERE renews_months IS NOT NULL ORDER BY id LIMIT $1",
            &params![i64::from(u16::MAX)],
            |row| Ok(Product { id: row.get(0)?, name: row.get(1)?, months: row.get(2)? }),
        )?;
        if products.is_empty() {
            return Ok(Self::default());
        }
        let places: HashMap<&str, u16> = products.iter().map(|p| p.id.as_str()).zip(0..).collect();
        let (until, currency) = (last_day.next().start(), facts.currency.code());
        let (mut rows, mut given) = (Vec::new(), Vec::new());
        snapshot.each(LINES, &params![until, currency], |row| {
            let Some(customer) = facts.find(row.text(0)?) else { return Ok(()) };
            let Some(product) = places.get(row.text(5)?).copied() else { return Ok(()) };
            let (day, amount_minor) = (Day::of(row.get(1)?).0, row.get::<i64>(7)?);
            if row.get::<i64>(3)? == 1 {
                given.push(Given {
                    customer,
                    day,
                    product: Some(product),
                    order: named(row, 4)?,
                    amount_minor,
                });
                return Ok(());
            }
            let units = (row.get::<i64>(6)? + 500).div_euclid(1_000).max(1);
            let months = units.saturating_mul(products[usize::from(product)].months).min(MOST_MONTHS) as i32;
            let order = hash(row.text(2)?);
            rows.push(Payment {
                customer,
                day,
                product,
                months,
                amount_minor,
                kept_minor: amount_minor,
                order,
            });
            Ok(())
        })?;
        snapshot.each(AMOUNTS, &params![until, currency], |row| {
            let Some(customer) = facts.find(row.text(0)?) else { return Ok(()) };
            let (day, order) = (Day::of(row.get(1)?).0, named(row, 2)?);
            given.push(Given { customer, day, product: None, order, amount_minor: row.get(3)? });
            Ok(())
        })?;
        let (rows, n_taken_back) = less(rows, given);
        Ok(Self { rows, products, n_taken_back })
    }
}

fn named(row: &Row<'_>, place: usize) -> Result<Option<u64>> {
    Ok(row.get::<Option<String>>(place)?.map(|id| hash(&id)))
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The payments in their order, without those of which at least half was given back, and how many those were.
///
/// What is given back is taken off the order that the return names, else off the newest payment for the product before it.
fn less(mut rows: Vec<Payment>, given: Vec<Given>) -> (Vec<Payment>, u64) {
    rows.sort_unstable_by_key(|p| (p.customer, p.day, p.product, p.order));
    let mut is_back = vec![false; rows.len()];
    for back in given {
        let from = rows.partition_point(|p| p.customer < back.customer);
        let until = from + rows[from..].partition_point(|p| p.customer == back.customer && p.day <= back.day);
        let mut left = back.amount_minor.saturating_neg();
        for at in (from..until).rev() {
            let row = &mut rows[at];
            let of_product = back.product.is_none_or(|product| product == row.product);
            let of_order = back.order.is_none_or(|order| order == row.order);
            if !of_product || !of_order || is_back[at] {
                continue;
            }
            let taken = left.clamp(0, row.kept_minor.max(0));
            row.kept_minor -= taken;
            left -= taken;
            is_back[at] = row.kept_minor.saturating_mul(2) <= row.amount_minor;
            if left <= 0 {
                break;
            }
        }
    }
    let n_taken_back = is_back.iter().filter(|back| **back).count() as u64;
    let mut is_back = is_back.into_iter();
    rows.retain(|_| !is_back.next().unwrap_or(false));
    (rows, n_taken_back)
}

#[cfg(test)]
impl Payment {
    pub(super) fn made(customer: u32, day: i32, product: u16, months: i32, amount_minor: i64) -> Self {
        let order = (u64::from(customer) << 32) + u64::from(day.unsigned_abs());
        Self { customer, day, product, months, amount_minor, kept_minor: amount_minor, order }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_that_was_given_back_counts_as_never_made() {
        let rows = vec![
            Payment::made(2, 31, 0, 1, 1_000),
            Payment::made(1, 0, 0, 1, 1_000),
            Payment::made(1, 31, 0, 1, 1_000),
            Payment::made(1, 59, 1, 1, 2_000),
        ];
        let given =
            |day, product, order, amount_minor| Given { customer: 1, day, product, order, amount_minor };
        let order = rows[2].order;
        let days =
            |given| less(rows.clone(), given).0.iter().map(|p| (p.customer, p.day)).collect::<Vec<_>>();
        assert_eq!(days(vec![given(70, Some(0), None, -1_000)]), [(1, 0), (1, 59), (2, 31)]);
        assert_eq!(days(vec![given(70, None, Some(order), -1_000)]), [(1, 0), (1, 59), (2, 31)]);
        assert_eq!(days(vec![given(70, Some(1), None, -300)]), [(1, 0), (1, 31), (1, 59), (2, 31)]);
        assert_eq!(less(rows.clone(), vec![given(20, Some(0), None, -900)]).1, 1);
        assert_eq!(less(rows.clone(), vec![given(-5, Some(0), None, -900)]).1, 0);
    }
}
