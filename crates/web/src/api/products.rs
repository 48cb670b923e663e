//! Products: `/products`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use platform::{Error, Snapshot, Tx};
use records::products::{self as verbs, Cursor, NewProduct, Outcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, Page};
use super::asked::{self, Asked, Body, IfMatch, PageAsked};
use super::values::{Money, Text, Time, currency_of};
use super::{Caller, Writing, removal};
use crate::error::Result;
use crate::state::App;

/// What the firm sells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Product {
    id: String,
    sku: String,
    name: String,
    category: Option<String>,
    price: Option<Money>,
    /// Months that one unit pays for; null where it is not paid by period.
    renews_months: Option<i64>,
    created_at: Time,
    updated_at: Time,
}

impl From<verbs::Product> for Product {
    fn from(product: verbs::Product) -> Self {
        Self {
            id: product.id,
            sku: product.sku,
            name: product.name,
            category: product.category,
            price: product
                .price_minor
                .zip(product.currency)
                .map(|(amount, currency)| Money::new(amount, currency)),
            renews_months: product.renews_months,
            created_at: Time(product.created_at),
            updated_at: Time(product.updated_at),
        }
    }
}

/// What is stated about a product. A field left out stays as it is; null or an empty text clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductInput)]
pub(crate) struct Stated {
    /// Known in any case of letters.
    #[serde(default)]
    sku: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    category: Text,
    #[serde(default)]
    price: Price,
    /// Months that one unit pays for, 1 to 60.
    #[serde(default)]
    renews_months: Months,
}

/// A price in a change: left out it stays as it is, null clears it.
#[derive(Debug, Default, ToSchema)]
#[schema(value_type = Option<Money>)]
pub(crate) struct Price(Option<Option<Money>>);

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Option::<Money>::deserialize(deserializer).map(|price| Self(Some(price)))
    }
}

/// Months in a change: left out they stay as they are, null clears them.
#[derive(Debug, Default, ToSchema)]
#[schema(value_type = Option<i64>)]
pub(crate) struct Months(Option<Option<i64>>);

impl<'de> Deserialize<'de> for Months {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Option::<i64>::deserialize(deserializer).map(|months| Self(Some(months)))
    }
}

impl Stated {
    /// The product as it is stated over what it was.
    fn over<'a>(&'a self, before: &'a NewProduct<'a>) -> platform::Result<NewProduct<'a>> {
        let (price_minor, currency) = match &self.price.0 {
            None => (before.price_minor, before.currency),
            Some(None) => (None, None),
            Some(Some(price)) => {
                (Some(price.amount_minor), Some(currency_of(&price.currency, "price.currency")?))
            }
        };
        Ok(NewProduct {
            sku: self.sku.over(Some(before.sku)).unwrap_or_default(),
            name: self.name.over(Some(before.name)).unwrap_or_default(),
            category: self.category.over(before.category),
            price_minor,
            currency,
            renews_months: self.renews_months.0.unwrap_or(before.renews_months),
            ..*before
        })
    }
}

fn living(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<verbs::Product> {
    let product = verbs::get(snapshot, id)?;
    if product.deleted_at.is_some() { Err(Error::missing("product", id)) } else { Ok(product) }
}

fn told(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<(i64, Product)> {
    let product = verbs::get(snapshot, id)?;
    Ok((product.updated_at, product.into()))
}

fn address(product: &Product) -> String {
    format!("/api/v1/products/{}", product.id)
}

/// List products by name.
#[utoipa::path(get, path = "/products", tag = "products", params(PageAsked), responses((status = 200, body = Page<Product>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let limit = asked.limit()?;
    let cursor = asked.after.as_deref().map(cursor).transpose()?;
    let found = app.store.read(move |s| verbs::list(s, cursor.as_ref(), limit + 1)).await?;
    let place = |product: &verbs::Product| format!("{}.{}", product.id, product.name_key);
    answers::page(&Page::cut(found, limit, place, Product::from))
}

fn cursor(after: &str) -> Result<Cursor> {
    let (id, name_key) = after.split_once('.').ok_or_else(|| asked::no_place(after))?;
    Ok(Cursor { name_key: name_key.to_string(), id: id.to_string() })
}

/// Add a product.
#[utoipa::path(post, path = "/products", tag = "products", request_body = Stated, responses((status = 201, body = Product)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let created = app.store.write(caller.by(), move |tx| {
        let nothing = NewProduct::default();
        let id = verbs::create(tx, &stated.over(&nothing)?)?;
        told(tx, &id)
    });
    let (stamp, product) = created.await?;
    answers::stated(true, &address(&product), stamp, &product)
}

/// Show a product.
#[utoipa::path(get, path = "/products/{id}", tag = "products", params(("id" = String, Path)), responses((status = 200, body = Product)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let product = app.store.read(move |s| living(s, &id)).await?;
    answers::record(StatusCode::OK, product.updated_at, &Product::from(product))
}

/// Change the fields that are named.
#[utoipa::path(patch, path = "/products/{id}", tag = "products", params(("id" = String, Path)), request_body = Stated,
    responses((status = 200, body = Product)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
    Body(stated): Body<Stated>,
) -> Result {
    let changed = app.store.write(caller.by(), move |tx| {
        let before = living(tx, &id)?;
        if !if_match.holds(before.updated_at) {
            return Ok(None);
        }
        change(tx, &before, &stated)?;
        told(tx, &id).map(Some)
    });
    let (stamp, product) = answers::unchanged_since(changed.await?)?;
    answers::record(StatusCode::OK, stamp, &product)
}

fn change(tx: &mut Tx<'_>, before: &verbs::Product, stated: &Stated) -> platform::Result<Outcome> {
    let as_it_was = before.as_new();
    verbs::update(tx, &before.id, &stated.over(&as_it_was)?)
}

/// Delete a product. Its orders keep it; stating its SKU again brings it back.
#[utoipa::path(delete, path = "/products/{id}", tag = "products", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn destroy(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result {
    removal::destroy(&app, &caller, if_match, id, |tx, id| Ok(living(tx, id)?.updated_at), verbs::delete)
        .await
}

/// Show the product with this SKU.
#[utoipa::path(get, path = "/products/by-sku/{sku}", tag = "products", params(("sku" = String, Path)),
    responses((status = 200, body = Product)))]
pub(crate) async fn show_by_sku(State(app): State<App>, _: Caller, Path(sku): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        let product =
            verbs::by_sku_key(s, &verbs::sku_key(&sku))?.filter(|product| product.deleted_at.is_none());
        product.ok_or_else(|| Error::missing("product", &sku))
    });
    let product = found.await?;
    answers::record(StatusCode::OK, product.updated_at, &Product::from(product))
}

/// State the product with this SKU: created, or changed in the fields that are named. Saying it again changes nothing.
#[utoipa::path(put, path = "/products/by-sku/{sku}", tag = "products", params(("sku" = String, Path)),
    request_body = Stated, responses((status = 200, body = Product), (status = 201, body = Product)))]
pub(crate) async fn state(
    State(app): State<App>,
    caller: Writing,
    Path(sku): Path<String>,
    Body(stated): Body<Stated>,
) -> Result {
    if let Some(other) = stated.sku.0.as_deref()
        && verbs::sku_key(other) != verbs::sku_key(&sku)
    {
        return Err(Error::invalid("sku", format!("“{other}” is not the SKU {sku} that is stated")).into());
    }
    let done = app.store.write(caller.by(), move |tx| {
        let Some(known) = verbs::by_sku_key(tx, &verbs::sku_key(&sku))? else {
            let nothing = NewProduct { sku: &sku, ..NewProduct::default() };
            let id = verbs::create(tx, &stated.over(&nothing)?)?;
            return Ok((true, told(tx, &id)?));
        };
        verbs::restore(tx, &known.id)?;
        change(tx, &known, &stated)?;
        Ok((false, told(tx, &known.id)?))
    });
    let (is_new, (stamp, product)) = done.await?;
    answers::stated(is_new, &address(&product), stamp, &product)
}
