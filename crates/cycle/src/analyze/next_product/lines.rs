//! The products of the newest orders, by customer and day.

use super::MOST_BEFORE;
use crate::analyze::Day;
use crate::analyze::facts::Facts;
use platform::store::Snapshot;
use platform::{Result, params};
use statistics::baskets::{Baskets, History};
use std::collections::HashMap;

/// Orders that are read, the newest: so that a firm with millions of orders does not wait for lines of long ago.
pub const MOST_ORDERS: i64 = 200_000;

/// One row for each product of a customer's day of purchase, in this order.
#[derive(Debug, Default)]
pub struct Lines {
    /// Customer, day, product.
    rows: Vec<(u32, i32, u32)>,
    skus: Vec<String>,
    names: Vec<String>,
    n_orders: i64,
}

impl Lines {
    /// Reads the lines of the newest orders until the end of `last_day`.
    pub fn read(snapshot: &mut Snapshot<'_>, facts: &Facts, last_day: Day) -> Result<Self> {
        let mut products: Vec<(String, String, String)> = snapshot.query(
            "SELECT id, sku, name FROM products WHERE deleted_at IS NULL ORDER BY id",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let places: HashMap<String, u32> =
            products.iter_mut().zip(0..).map(|(product, at)| (std::mem::take(&mut product.0), at)).collect();
        let mut lines = Self::default();
        (lines.skus, lines.names) = products.into_iter().map(|(_, sku, name)| (sku, name)).unzip();
        let until = last_day.next().start();
        snapshot.each(
            "SELECT o.person_id, o.ordered_at, l.product_id
             FROM (SELECT id, person_id, ordered_at, is_return, counted_minor FROM orders WHERE ordered_at < $1
                   ORDER BY ordered_at DESC, id DESC LIMIT $2) o
             JOIN order_lines l ON l.order_id = o.id
             WHERE o.person_id IS NOT NULL AND o.is_return = 0 AND o.counted_minor > 0 AND l.product_id IS NOT NULL
               AND l.amount_minor > 0",
            &params![until, MOST_ORDERS],
            |row| {
                let (Some(customer), Some(product)) = (facts.find(row.text(0)?), places.get(row.text(2)?)) else {
                    return Ok(());
                };
                lines.rows.push((customer, Day::of(row.get(1)?).0, *product));
                Ok(())
            },
        )?;
        lines.n_orders = snapshot.one(
            "SELECT count(*) FROM (SELECT 1 FROM orders WHERE ordered_at < $1 LIMIT $2) AS newest",
            &params![until, MOST_ORDERS],
            |row| row.get(0),
        )?;
        lines.rows.sort_unstable();
        lines.rows.dedup();
        Ok(lines)
    }

    /// Whether there are more orders than were read.
    pub fn is_cut(&self) -> bool {
        self.n_orders >= MOST_ORDERS
    }

    pub(super) fn n_products(&self) -> usize {
        let mut seen = vec![false; self.skus.len()];
        self.rows.iter().for_each(|row| seen[row.2 as usize] = true);
        seen.into_iter().filter(|seen| *seen).count()
    }

    pub(super) fn n_baskets(&self) -> usize {
        self.rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).count()
    }

    pub(super) fn first_day(&self) -> Option<Day> {
        self.rows.iter().map(|row| Day(row.1)).min()
    }

    pub(super) fn skus(&self) -> &[String] {
        &self.skus
    }

    pub(super) fn name(&self, product: u32) -> &str {
        &self.names[product as usize]
    }

    /// All baskets until the end of a day.
    pub(super) fn baskets_until(&self, day: Day) -> Baskets {
        let known = self.rows.iter().filter(|row| row.1 <= day.0);
        let (mut pairs, mut last, mut n) = (Vec::new(), None, 0u32);
        for row in known {
            if last.is_some_and(|last| last != (row.0, row.1)) {
                n += 1;
            }
            last = Some((row.0, row.1));
            pairs.push((n, row.2));
        }
        let n_baskets = if last.is_some() { n as usize + 1 } else { 0 };
        super::baskets_of(&pairs, n_baskets)
    }

    /// Every customer, and the newest baskets of each until the end of a day, oldest first.
    pub(super) fn customers(&self, day: Day) -> (Vec<u32>, Vec<History>) {
        let of_customer = |rows: &[(u32, i32, u32)]| {
            let before = newest(baskets(rows.iter().filter(|row| row.1 <= day.0)));
            (rows[0].0, History { is_same_basket: false, before, next: Vec::new() })
        };
        let all = self.rows.chunk_by(|a, b| a.0 == b.0).map(of_customer);
        all.filter(|(_, history)| !history.before.is_empty()).unzip()
    }

    /// What customers bought first after `from` and until `until`, with what they had bought before.
    pub(super) fn histories(&self, from: Day, until: Day) -> Vec<History> {
        let of_customer = |rows: &[(u32, i32, u32)]| {
            let before = newest(baskets(rows.iter().filter(|row| row.1 <= from.0)));
            let first = rows.iter().find(|row| row.1 > from.0 && row.1 <= until.0)?.1;
            let next = rows.iter().filter(|row| row.1 == first).map(|row| row.2).collect();
            (!before.is_empty()).then_some(History { is_same_basket: false, before, next })
        };
        self.rows.chunk_by(|a, b| a.0 == b.0).filter_map(of_customer).collect()
    }
}

/// The products of each day.
fn baskets<'a>(rows: impl Iterator<Item = &'a (u32, i32, u32)>) -> Vec<Vec<u32>> {
    let (mut baskets, mut last): (Vec<Vec<u32>>, Option<i32>) = (Vec::new(), None);
    for (_, day, product) in rows {
        match baskets.last_mut().filter(|_| last == Some(*day)) {
            Some(basket) => basket.push(*product),
            None => baskets.push(vec![*product]),
        }
        last = Some(*day);
    }
    baskets
}

fn newest(mut baskets: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    baskets.drain(..baskets.len().saturating_sub(MOST_BEFORE));
    baskets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Lines {
        let names: Vec<String> = ["tea", "cup", "pot"].map(str::to_string).to_vec();
        let rows = vec![(0, 1, 0), (0, 1, 1), (0, 9, 2), (3, 2, 0), (3, 20, 1)];
        Lines { rows, skus: names.clone(), names, n_orders: 4 }
    }

    #[test]
    fn a_history_ends_where_the_next_basket_begins() {
        let found = lines().histories(Day(5), Day(15));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].before.as_slice(), found[0].next.as_slice()), (&[vec![0, 1]][..], &[2][..]));
        assert_eq!(lines().baskets_until(Day(5)).len(), 2);
        let (customers, histories) = lines().customers(Day(30));
        assert_eq!(
            (customers.as_slice(), histories[1].before.as_slice()),
            (&[0, 3][..], &[vec![0], vec![1]][..])
        );
        assert_eq!((lines().n_products(), lines().n_baskets()), (3, 4));
    }
}
