//! The products of orders, by customer and day: what is learnt from, and what everybody bought lately.

use super::MOST_BEFORE;
use crate::analyze::Day;
use crate::analyze::facts::Facts;
use platform::store::{Param, Row, Snapshot, places_from};
use platform::{Result, params};
use statistics::baskets::{Baskets, History};
use statistics::pseudo_random::thinned;
use std::borrow::Cow;
use std::collections::HashMap;

/// The newest orders that are read, so that a firm with millions of them does not wait for all their lines.
pub const MOST_ORDERS: usize = 200_000;
/// Orders of drawn customers that are then learnt from: they lie all over the disk.
const MOST_DRAWN: usize = 50_000;
/// Customers whose lines are asked for in one statement.
const CUSTOMERS_AT_ONCE: usize = 200;

/// Customer, day and product.
pub(super) type Bought = (u32, i32, u32);

/// One row for each product of a customer's day of purchase, in this order.
#[derive(Debug, Default)]
pub struct Lines {
    /// What is learnt from: all orders, or those of customers drawn evenly from all.
    learnt: Vec<Bought>,
    /// The newest orders, where not all were read.
    newest: Option<Vec<Bought>>,
    /// Customers that were drawn, where not all orders were read.
    n_drawn: usize,
    skus: Vec<String>,
    names: Vec<String>,
    /// Of the lines of each product among what is learnt from.
    sold: Vec<Sold>,
}

/// Number of lines, their money and its square.
#[derive(Debug, Clone, Copy, Default)]
struct Sold {
    n: u64,
    money: f64,
    squares: f64,
}

/// Lines while they are read: rows, and what was sold of each product.
struct Reading<'a> {
    facts: &'a Facts,
    places: &'a HashMap<String, u32>,
    rows: Vec<Bought>,
    sold: Vec<Sold>,
}

impl<'a> Reading<'a> {
    fn new(facts: &'a Facts, places: &'a HashMap<String, u32>) -> Self {
        Self { facts, places, rows: Vec::new(), sold: vec![Sold::default(); places.len()] }
    }

    /// Takes a row of [`lines_of`].
    fn take(&mut self, row: &Row<'_>) -> Result<()> {
        let (Some(customer), Some(product)) = (self.facts.find(row.text(0)?), self.places.get(row.text(2)?))
        else {
            return Ok(());
        };
        self.rows.push((customer, Day::of(row.get(1)?).0, *product));
        let (sold, money) = (&mut self.sold[*product as usize], row.get::<i64>(3)? as f64);
        sold.n += 1;
        sold.money += money;
        sold.squares += money * money;
        Ok(())
    }

    /// The rows in order, each once, and what was sold.
    fn done(mut self) -> (Vec<Bought>, Vec<Sold>) {
        self.rows.sort_unstable();
        self.rows.dedup();
        (self.rows, self.sold)
    }
}

/// Person, moment, product and money of the lines that were sold for money, of the orders in `orders` that count and match `whose`.
fn lines_of(orders: &str, whose: &str) -> String {
    format!(
        "SELECT o.person_id, o.ordered_at, l.product_id, l.amount_minor
         FROM {orders} o JOIN order_lines l ON l.order_id = o.id
         WHERE {whose} AND o.is_return = 0 AND o.counted_minor > 0 AND l.product_id IS NOT NULL AND l.amount_minor > 0"
    )
}

impl Lines {
    /// Reads the lines of orders until the end of `last_day`.
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
        let mut learnt = Reading::new(facts, &places);
        if facts.n_orders() <= MOST_ORDERS {
            let sql = lines_of("orders", "o.person_id IS NOT NULL AND o.ordered_at < $1");
            snapshot.each(&sql, &params![until], |row| learnt.take(row))?;
        } else {
            let mut newest = Reading::new(facts, &places);
            let orders = "(SELECT id, person_id, ordered_at, is_return, counted_minor FROM orders WHERE ordered_at < $1
                           ORDER BY ordered_at DESC, id DESC LIMIT $2)";
            let sql = lines_of(orders, "o.person_id IS NOT NULL");
            snapshot.each(&sql, &params![until, MOST_ORDERS as i64], |row| newest.take(row))?;
            lines.newest = Some(newest.done().0);
            let wanted = facts.n_customers() as usize * MOST_DRAWN / facts.n_orders();
            let drawn = thinned(facts.n_customers() as usize, wanted);
            lines.n_drawn = drawn.len();
            for customers in drawn.chunks(CUSTOMERS_AT_ONCE) {
                let mut asked = vec![Param::Int(until)];
                asked.extend(customers.iter().map(|at| Param::Text(Cow::Borrowed(facts.id(*at as u32)))));
                let whose =
                    format!("o.person_id IN ({}) AND o.ordered_at < $1", places_from(2, customers.len()));
                snapshot.each(&lines_of("orders", &whose), &asked, |row| learnt.take(row))?;
            }
        }
        (lines.learnt, lines.sold) = learnt.done();
        Ok(lines)
    }

    /// Whether there are more orders than were read.
    pub fn is_cut(&self) -> bool {
        self.newest.is_some()
    }

    /// Customers that were drawn to learn from, where there are more orders than are read.
    pub(super) fn n_drawn(&self) -> usize {
        self.n_drawn
    }

    /// Products that are known, sold or not.
    pub(super) fn n_known(&self) -> usize {
        self.skus.len()
    }

    /// What is learnt from, a customer at a time: customer, and days and products in their order.
    pub(super) fn by_customer(&self) -> impl Iterator<Item = &[Bought]> {
        self.learnt.chunk_by(|a, b| a.0 == b.0)
    }

    /// Mean and standard deviation of the money of a line of the product, and the number of lines; None where none was sold.
    ///
    /// **Units.** Minor units of the workspace's currency.
    pub(super) fn amounts(&self, product: u32) -> Option<(f64, f64, u64)> {
        let Sold { n, money, squares } = *self.sold.get(product as usize)?;
        let mean = money / n as f64;
        let variance = (squares / n as f64 - mean * mean).max(0.0);
        (n > 0).then(|| (mean, variance.sqrt(), n))
    }

    /// Customers' days with the product after `from` until `until`, among what is learnt from.
    pub(super) fn n_sold(&self, product: u32, from: Day, until: Day) -> usize {
        let within = |row: &&Bought| row.2 == product && from.0 < row.1 && row.1 <= until.0;
        self.learnt.iter().filter(within).count()
    }

    pub(super) fn n_products(&self) -> usize {
        let mut seen = vec![false; self.skus.len()];
        self.learnt.iter().for_each(|row| seen[row.2 as usize] = true);
        seen.into_iter().filter(|seen| *seen).count()
    }

    pub(super) fn n_baskets(&self) -> usize {
        self.learnt.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).count()
    }

    pub(super) fn first_day(&self) -> Option<Day> {
        self.learnt.iter().map(|row| Day(row.1)).min()
    }

    pub(super) fn skus(&self) -> &[String] {
        &self.skus
    }

    pub(super) fn name(&self, product: u32) -> &str {
        &self.names[product as usize]
    }

    /// All baskets until the end of a day.
    pub(super) fn baskets_until(&self, day: Day) -> Baskets {
        let known = self.learnt.iter().filter(|row| row.1 <= day.0);
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

    /// Every customer of whom the newest orders are known, and the newest baskets of each until the end of a day, oldest first.
    pub(super) fn customers(&self, day: Day) -> (Vec<u32>, Vec<History>) {
        let of_customer = |rows: &[Bought]| {
            let before = newest(baskets(rows.iter().filter(|row| row.1 <= day.0)));
            (rows[0].0, History { is_same_basket: false, before, next: Vec::new() })
        };
        let rows = self.newest.as_ref().unwrap_or(&self.learnt);
        let all = rows.chunk_by(|a, b| a.0 == b.0).map(of_customer);
        all.filter(|(_, history)| !history.before.is_empty()).unzip()
    }

    /// What customers bought first after `from` and until `until`, with what they had bought before.
    pub(super) fn histories(&self, from: Day, until: Day) -> Vec<History> {
        let of_customer = |rows: &[Bought]| {
            let before = newest(baskets(rows.iter().filter(|row| row.1 <= from.0)));
            let first = rows.iter().find(|row| row.1 > from.0 && row.1 <= until.0)?.1;
            let next = rows.iter().filter(|row| row.1 == first).map(|row| row.2).collect();
            (!before.is_empty()).then_some(History { is_same_basket: false, before, next })
        };
        self.by_customer().filter_map(of_customer).collect()
    }
}

/// The products of each day.
fn baskets<'a>(rows: impl Iterator<Item = &'a Bought>) -> Vec<Vec<u32>> {
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
impl Lines {
    /// Lines of `n` products of 10.00 each, named by their numbers.
    pub(super) fn made(mut rows: Vec<Bought>, n: u32) -> Self {
        rows.sort_unstable();
        rows.dedup();
        let names: Vec<String> = (0..n).map(|product| product.to_string()).collect();
        let sold = vec![Sold { n: 9, money: 9_000.0, squares: 9_000_000.0 }; n as usize];
        Self { learnt: rows, skus: names.clone(), names, sold, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Lines {
        let names: Vec<String> = ["tea", "cup", "pot"].map(str::to_string).to_vec();
        let learnt = vec![(0, 1, 0), (0, 1, 1), (0, 9, 2), (3, 2, 0), (3, 20, 1)];
        Lines { learnt, skus: names.clone(), names, ..Lines::default() }
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
