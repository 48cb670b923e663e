//! Products that are one product in two spellings: the same letters and digits under different punctuation.

use super::rows::page;
use super::{Board, Check, Dimension, FaultyRow, Kind, RowPage};
use platform::Result;
use platform::store::Snapshot;
use std::collections::HashMap;

pub(super) const NAME: &str = "products.spelling.consistency";

struct Product {
    id: String,
    sku: String,
    name: String,
}

/// What two spellings of one product share: letters and digits without anything between them.
fn letters(key: &str) -> String {
    key.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Products that share the letters of their number or their name with another one, in the order of their ids.
fn twins(snapshot: &mut Snapshot<'_>) -> Result<(u64, Vec<(Product, String)>)> {
    let products = snapshot.query(
        "SELECT id, sku, name, name_key FROM products WHERE deleted_at IS NULL ORDER BY id",
        &[],
        |row| Ok((Product { id: row.get(0)?, sku: row.get(1)?, name: row.get(2)? }, letters(row.text(3)?))),
    )?;
    let mut by_letters: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, (product, name)) in products.iter().enumerate() {
        by_letters.entry(format!("sku {}", letters(&product.sku))).or_default().push(place);
        if !name.is_empty() {
            by_letters.entry(format!("name {name}")).or_default().push(place);
        }
    }
    let mut other: HashMap<usize, usize> = HashMap::new();
    for places in by_letters.values().filter(|places| places.len() > 1) {
        for (nth, place) in places.iter().enumerate() {
            let twin = places[if nth == 0 { 1 } else { 0 }];
            other.entry(*place).and_modify(|known| *known = twin.min(*known)).or_insert(twin);
        }
    }
    let names: Vec<String> = products.iter().map(|(p, _)| format!("{} {}", p.sku, p.name)).collect();
    let n_products = products.len() as u64;
    let twins = products
        .into_iter()
        .enumerate()
        .filter_map(|(place, (product, _))| other.get(&place).map(|twin| (product, names[*twin].clone())));
    Ok((n_products, twins.collect()))
}

pub(super) fn products(snapshot: &mut Snapshot<'_>, board: &mut Board) -> Result<()> {
    let (n_checked, twins) = twins(snapshot)?;
    board.checks.push(Check {
        name: NAME.to_string(),
        kind: Kind::Products,
        field: "spelling".to_string(),
        label: "Spelling".to_string(),
        dimension: Dimension::Consistency,
        definition: "No other product has the same letters and digits in its number or its name, such as “CF-250” and \
            “CF 250”: one product in two spellings divides its sales. Checked: every product."
            .to_string(),
        n_checked,
        n_good: n_checked - twins.len() as u64,
        by_source: Vec::new(),
        filter: None,
    });
    Ok(())
}

pub(super) fn rows(snapshot: &mut Snapshot<'_>, after: Option<&str>, limit: usize) -> Result<RowPage> {
    let (_, twins) = twins(snapshot)?;
    let after = after.unwrap_or_default();
    let rows = twins
        .into_iter()
        .filter(|(product, _)| product.id.as_str() > after)
        .take(limit + 1)
        .map(|(product, twin)| FaultyRow {
            kind: Kind::Products,
            id: product.id,
            label: format!("{} {}", product.sku, product.name),
            shown: format!("as {twin}"),
        })
        .collect();
    Ok(page(rows, limit, |row| row.id.clone()))
}
