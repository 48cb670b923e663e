//! What can be done to a product. Each verb appends one event in its transaction.

use super::{KIND, MOST_MONTHS, NewProduct, Outcome, Product, SHAPE, by_sku_key, get, sku_key};
use crate::image;
use crate::values::fold::{fold, tidy};
use platform::events::{self, Entry, Event};
use platform::{Error, Micros, Problem, Result, Tx, params};

/// Longest SKU, name or category in characters.
const TEXT_CHARS: usize = 500;

/// Creates a product; returns its id.
///
/// **Errors** with a field: `sku`, `name`, `category`, `price`, `currency`; a SKU that is taken, also by a deleted
/// product.
pub fn create(tx: &mut Tx<'_>, new: &NewProduct<'_>) -> Result<String> {
    check(new)?;
    if let Some(other) = by_sku_key(tx, &sku_key(new.sku))? {
        return Err(taken(&other));
    }
    insert(tx, new)
}

/// States the whole product anew: what is None becomes empty.
///
/// **Errors** as [`create`], and when there is no such product or it is deleted.
pub fn update(tx: &mut Tx<'_>, id: &str, new: &NewProduct<'_>) -> Result<Outcome> {
    check(new)?;
    let product = living(tx, id)?;
    if let Some(other) = by_sku_key(tx, &sku_key(new.sku))?
        && other.id != id
    {
        return Err(taken(&other));
    }
    write(tx, &product, new)
}

/// Creates the product with this SKU or changes it; what is None stays as it is. A deleted product comes back.
///
/// Returns its id and what came of it. **Errors** as [`create`], except that the SKU may be known.
pub fn upsert_by_sku(tx: &mut Tx<'_>, new: &NewProduct<'_>) -> Result<(String, Outcome)> {
    check(new)?;
    let Some(known) = by_sku_key(tx, &sku_key(new.sku))? else {
        return Ok((insert(tx, new)?, Outcome::Created));
    };
    let merged = NewProduct {
        sku: &known.sku,
        name: new.name,
        category: new.category.or(known.category.as_deref()),
        price_minor: new.price_minor.or(known.price_minor),
        currency: if new.price_minor.is_some() { new.currency } else { known.currency },
        renews_months: new.renews_months.or(known.renews_months),
        raw_json: new.raw_json.or(known.raw_json.as_deref()),
        custom_json: new.custom_json.or(known.custom_json.as_deref()),
    };
    let outcome = write(tx, &known, &merged)?;
    Ok((known.id, outcome))
}

/// Takes the product out of the lists; its orders keep it.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    living(tx, id)?;
    let now = tx.now();
    set_deleted(tx, id, Some(now), "product.deleted")
}

/// Brings a deleted product back.
pub fn restore(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    if get(tx, id)?.deleted_at.is_none() {
        return Ok(());
    }
    set_deleted(tx, id, None, "product.restored")
}

/// Puts the product back to where it stood before `event`; a creation is taken away again.
///
/// **Errors** with [`Error::Conflict`] when something later stands on it: another change, or lines of orders.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    if event.before_json.is_none() && crate::orders::has_lines_of_product(tx, &event.record_id)? {
        let sku = get(tx, &event.record_id).map(|product| product.sku).unwrap_or_default();
        return Err(Error::Conflict(format!("product {sku} stands in orders and cannot be taken back")));
    }
    let key = ("id = $1", params![event.record_id]);
    image::undo_row(tx, event, &SHAPE, (key.0, &key.1), |row| {
        format!("product {}", row.and_then(|row| image::text(row, "sku")).unwrap_or(&event.record_id))
    })
}

fn check(new: &NewProduct<'_>) -> Result<()> {
    let mut problems = Vec::new();
    let mut problem = |field: &str, message: String| {
        problems.push(Problem { field: field.to_string(), message });
    };
    if tidy(new.sku).is_empty() {
        problem("sku", "a product needs a SKU".to_string());
    }
    if tidy(new.name).is_empty() {
        problem("name", "a product needs a name".to_string());
    }
    for (field, text) in [("sku", Some(new.sku)), ("name", Some(new.name)), ("category", new.category)] {
        if text.is_some_and(|text| text.chars().count() > TEXT_CHARS) {
            problem(field, format!("at most {TEXT_CHARS} characters"));
        }
    }
    if new.renews_months.is_some_and(|months| !(1..=MOST_MONTHS).contains(&months)) {
        problem("renews_months", format!("a product is paid for 1 to {MOST_MONTHS} months at a time"));
    }
    match (new.price_minor, new.currency) {
        (Some(price), _) if price < 0 => problem("price", "a price may not be negative".to_string()),
        (Some(_), None) => problem("currency", "a price needs a currency".to_string()),
        _ => {}
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn taken(other: &Product) -> Error {
    let deleted = if other.deleted_at.is_some() { "the deleted product " } else { "" };
    Error::invalid("sku", format!("{} is the SKU of {deleted}{}", other.sku, other.name))
}

fn living(tx: &mut Tx<'_>, id: &str) -> Result<Product> {
    let product = get(tx, id)?;
    if product.deleted_at.is_some() { Err(Error::missing(KIND, id)) } else { Ok(product) }
}

fn insert(tx: &mut Tx<'_>, new: &NewProduct<'_>) -> Result<String> {
    let (id, now) = (tx.new_id("prd"), tx.now());
    tx.execute(
        "INSERT INTO products (id, sku, sku_key, name, name_key, category, price_minor, currency, renews_months,
           raw_json, custom_json, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        &params![
            id,
            tidy(new.sku).as_ref(),
            sku_key(new.sku).as_ref(),
            tidy(new.name).as_ref(),
            fold(new.name),
            new.category.map(tidy).as_deref(),
            new.price_minor,
            new.currency.map(|currency| currency.code()),
            new.renews_months,
            new.raw_json,
            new.custom_json,
            now
        ],
    )?;
    log(tx, "product.created", &id, None)?;
    Ok(id)
}

fn write(tx: &mut Tx<'_>, product: &Product, new: &NewProduct<'_>) -> Result<Outcome> {
    let same = product.deleted_at.is_none()
        && product.sku == tidy(new.sku)
        && product.name == tidy(new.name)
        && product.category.as_deref() == new.category.map(tidy).as_deref()
        && (product.price_minor, product.currency) == (new.price_minor, new.currency)
        && product.renews_months == new.renews_months
        && product.custom_json.as_deref() == new.custom_json;
    if same {
        return Ok(Outcome::Same);
    }
    let (before, now) = (before(tx, &product.id)?, tx.now());
    tx.execute(
        "UPDATE products SET sku = $2, sku_key = $3, name = $4, name_key = $5, category = $6, price_minor = $7,
           currency = $8, renews_months = $9, raw_json = $10, custom_json = $11, updated_at = $12, deleted_at = NULL
         WHERE id = $1",
        &params![
            product.id,
            tidy(new.sku).as_ref(),
            sku_key(new.sku).as_ref(),
            tidy(new.name).as_ref(),
            fold(new.name),
            new.category.map(tidy).as_deref(),
            new.price_minor,
            new.currency.map(|currency| currency.code()),
            new.renews_months,
            new.raw_json,
            new.custom_json,
            now
        ],
    )?;
    log(tx, "product.updated", &product.id, before)?;
    Ok(Outcome::Changed)
}

fn set_deleted(tx: &mut Tx<'_>, id: &str, deleted_at: Option<Micros>, verb: &str) -> Result<()> {
    let (before, now) = (before(tx, id)?, tx.now());
    tx.execute(
        "UPDATE products SET deleted_at = $2, updated_at = $3 WHERE id = $1",
        &params![id, deleted_at, now],
    )?;
    log(tx, verb, id, before)
}

fn before(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>> {
    Ok(image::row(tx, &SHAPE, "id = $1", &params![id])?.map(image::to_json))
}

fn log(tx: &mut Tx<'_>, verb: &str, id: &str, before: Option<String>) -> Result<()> {
    let entry = Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after: None };
    events::append(tx, entry).map(drop)
}
