//! A file of order lines with everything that an import must keep in mind from one chunk to the next.
//!
//! Lines of one order that stand far apart, equal lines of one order, returns, guests, and rows that are refused.

use std::fmt::Write as _;
use std::path::Path;

use super::chance::Chance;

/// Writes `n_rows` rows drawn from the seed.
pub fn write_orders(path: &Path, n_rows: u64, seed: u64) {
    let mut chance = Chance::seeded(seed);
    let mut text =
        "Customer No,E-mail,Order No,Order date,SKU,Product,Quantity,Unit price,Currency\n".to_string();
    let mut order = 0;
    for row in 0..n_rows {
        // Three lines to an order; one in ten goes to an order of long ago.
        if chance.below(3) == 0 || order == 0 {
            order += 1;
        }
        let number = if chance.below(10) == 0 { 1 + chance.below(order) } else { order };
        let customer = number % 997;
        let date = match chance.below(400) {
            0 => "2025-02-30".to_string(),
            _ => format!("2025-{:02}-{:02}", 1 + number % 12, 1 + number % 28),
        };
        let currency = if chance.below(500) == 0 { "USD" } else { "EUR" };
        let quantity: i64 = if number % 50 == 0 { -1 } else { 1 + (row % 3) as i64 };
        let sku = 100 + chance.below(40);
        writeln!(
            text,
            "C{customer},c{customer}@example.com,B{number:06},{date},S{sku},Product {sku},{quantity},{}.{:02},{currency}",
            1 + sku % 90,
            sku % 100
        )
        .expect("a text takes what is written to it");
    }
    std::fs::write(path, text).unwrap();
}

/// Writes a list of the people whom [`write_orders`] names, some with another name.
pub fn write_people(path: &Path) {
    let mut text = "Customer No,E-mail,First name,Last name\n".to_string();
    for customer in 0..300 {
        writeln!(text, "C{customer},c{customer}@example.com,Given{customer},Family{customer}")
            .expect("a text takes what is written to it");
    }
    std::fs::write(path, text).unwrap();
}
