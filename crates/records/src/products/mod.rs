//! Products: what the firm sells, known by its SKU.
//!
//! A deleted product keeps its SKU, so that its orders keep their meaning. How much of it was sold is asked of
//! [`crate::orders`].

mod verbs;

pub use verbs::{create, delete, restore, undo_event, update, upsert_by_sku};

use crate::image::Shape;
use crate::values::currency::Currency;
use crate::values::fold::{fold, tidy};
use platform::{Error, Micros, Param, Result, Row, Snapshot, params};
use std::borrow::Cow;
use std::collections::HashMap;

pub const KIND: &str = "product";

/// Months that one unit of a product may pay for, at most.
pub const MOST_MONTHS: i64 = 60;

/// **Units.** `price_minor`: minor units of `currency`. `renews_months`: months that one unit pays for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: String,
    pub sku: String,
    pub sku_key: String,
    pub name: String,
    pub name_key: String,
    pub category: Option<String>,
    pub price_minor: Option<i64>,
    pub currency: Option<Currency>,
    /// None: it is bought, not paid by period.
    pub renews_months: Option<i64>,
    pub raw_json: Option<String>,
    pub custom_json: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub deleted_at: Option<Micros>,
}

/// A product as somebody states it, for creating and for updating alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewProduct<'a> {
    pub sku: &'a str,
    pub name: &'a str,
    pub category: Option<&'a str>,
    pub price_minor: Option<i64>,
    pub currency: Option<Currency>,
    pub renews_months: Option<i64>,
    pub raw_json: Option<&'a str>,
    pub custom_json: Option<&'a str>,
}

impl Product {
    /// The product as it would be stated again: where an update starts from.
    pub fn as_new(&self) -> NewProduct<'_> {
        NewProduct {
            sku: &self.sku,
            name: &self.name,
            category: self.category.as_deref(),
            price_minor: self.price_minor,
            currency: self.currency,
            renews_months: self.renews_months,
            raw_json: self.raw_json.as_deref(),
            custom_json: self.custom_json.as_deref(),
        }
    }
}

/// What came of stating a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Changed,
    Same,
}

/// Where a list continues: the last product of the page before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub name_key: String,
    pub id: String,
}

pub(crate) const SHAPE: Shape = Shape {
    table: "products",
    subject: "id",
    columns: &[
        "id",
        "sku",
        "sku_key",
        "name",
        "name_key",
        "category",
        "price_minor",
        "currency",
        "renews_months",
        "raw_json",
        "custom_json",
        "created_at",
        "updated_at",
        "deleted_at",
    ],
};

const COLUMNS: &str =
    "id, sku, sku_key, name, name_key, category, price_minor, currency, renews_months, raw_json,
    custom_json, created_at, updated_at, deleted_at";

/// Keys asked for in one statement.
const KEYS_AT_ONCE: usize = 100;

/// The key by which a SKU is compared: tidy and in lower case; its punctuation counts.
pub fn sku_key(sku: &str) -> Cow<'_, str> {
    match tidy(sku) {
        Cow::Borrowed(same) if same.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) => {
            Cow::Borrowed(same)
        }
        tidied => Cow::Owned(tidied.to_lowercase()),
    }
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Product> {
    let sql = format!("SELECT {COLUMNS} FROM products WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

/// Whether there is such a product, deleted or not.
pub fn exists(snapshot: &mut Snapshot<'_>, id: &str) -> Result<bool> {
    Ok(snapshot.first("SELECT 1 FROM products WHERE id = $1", &params![id], |_| Ok(()))?.is_some())
}

/// The product with this SKU, deleted or not.
pub fn by_sku_key(snapshot: &mut Snapshot<'_>, sku_key: &str) -> Result<Option<Product>> {
    let sql = format!("SELECT {COLUMNS} FROM products WHERE sku_key = $1");
    snapshot.first(&sql, &params![sku_key], read)
}

/// The ids of the products with these SKU keys, by key; unknown keys are left out.
pub fn ids_by_sku_keys(snapshot: &mut Snapshot<'_>, sku_keys: &[&str]) -> Result<HashMap<String, String>> {
    let mut found = HashMap::with_capacity(sku_keys.len());
    for chunk in sku_keys.chunks(KEYS_AT_ONCE) {
        let sql = format!(
            "SELECT sku_key, id FROM products WHERE sku_key IN ({})",
            crate::image::places(chunk.len())
        );
        let keys: Vec<Param<'_>> = chunk.iter().map(|key| Param::Text(Cow::Borrowed(key))).collect();
        snapshot.each(&sql, &keys, |row| {
            found.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
    }
    Ok(found)
}

/// A page of the products that are not deleted, by name, after `after`.
pub fn list(snapshot: &mut Snapshot<'_>, after: Option<&Cursor>, limit: usize) -> Result<Vec<Product>> {
    let (name_key, id) = after.map_or(("", ""), |cursor| (cursor.name_key.as_str(), cursor.id.as_str()));
    let sql = format!(
        "SELECT {COLUMNS} FROM products WHERE (name_key, id) > ($1, $2) AND deleted_at IS NULL
         ORDER BY name_key, id LIMIT $3"
    );
    snapshot.query(&sql, &params![name_key, id, limit as i64], read)
}

/// The products whose name or SKU begins with `typed`, by name.
pub fn beginning_with(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Result<Vec<Product>> {
    let (name_key, sku_key) = (fold(typed), sku_key(typed).into_owned());
    if sku_key.is_empty() {
        return Ok(Vec::new());
    }
    let (name_end, sku_end) = (crate::image::after_prefix(&name_key), crate::image::after_prefix(&sku_key));
    let sql = format!(
        "SELECT {COLUMNS} FROM products
         WHERE ((name_key >= $1 AND name_key < $2 AND $1 <> '') OR (sku_key >= $3 AND sku_key < $4))
           AND deleted_at IS NULL
         ORDER BY name_key, id LIMIT $5"
    );
    snapshot.query(&sql, &params![name_key, name_end, sku_key, sku_end, limit as i64], read)
}

fn read(row: &Row<'_>) -> Result<Product> {
    Ok(Product {
        id: row.get(0)?,
        sku: row.get(1)?,
        sku_key: row.get(2)?,
        name: row.get(3)?,
        name_key: row.get(4)?,
        category: row.get(5)?,
        price_minor: row.get(6)?,
        currency: row.get::<Option<String>>(7)?.as_deref().and_then(Currency::from_code),
        renews_months: row.get(8)?,
        raw_json: row.get(9)?,
        custom_json: row.get(10)?,
        created_at: row.get(11)?,
        updated_at: row.get(12)?,
        deleted_at: row.get(13)?,
    })
}
