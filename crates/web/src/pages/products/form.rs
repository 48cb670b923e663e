//! Adding and editing a product.

use askama::Template;
use axum::extract::{Path, State};
use platform::{Error, Result as Found, Snapshot, Tx};
use records::orders::workspace_currency;
use records::products::{self, NewProduct, Product};
use records::values::currency::Currency;
use records::values::decimal::DecimalMark;
use records::values::money::{self, Money};

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::Toast;
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "products/form.html")]
struct Form {
    page: Layout,
    title: String,
    /// Where it is sent, and the page before.
    address: String,
    back: String,
    currency: &'static str,
    fields: Fields,
    problems: Problems,
}

/// The product that is changed, if it is one, and the currency in which a price is typed.
struct Known {
    product: Option<Product>,
    currency: Currency,
}

impl Known {
    fn read(snapshot: &mut Snapshot<'_>, id: Option<&str>) -> Found<Self> {
        let product = id.map(|id| products::get(snapshot, id)).transpose()?;
        let currency = match product.as_ref().and_then(|product| product.currency) {
            Some(currency) => currency,
            None => workspace_currency(snapshot)?,
        };
        Ok(Self { product, currency })
    }

    fn fields(&self) -> Fields {
        let Some(product) = &self.product else { return Fields::default() };
        let price = product.price_minor.map(|minor| Money::new(minor, self.currency).to_plain());
        let months = product.renews_months.map(|months| months.to_string());
        Fields::of(&[
            ("name", &product.name),
            ("sku", &product.sku),
            ("category", product.category.as_deref().unwrap_or_default()),
            ("price", &price.unwrap_or_default()),
            ("renews_months", &months.unwrap_or_default()),
        ])
    }

    fn page(self, current: &Current, fields: Fields, problems: Problems) -> Form {
        let (title, address, back) = match &self.product {
            Some(product) => {
                let own = format!("/products/{}", product.id);
                (product.name.clone(), own.clone(), own)
            }
            None => ("New product".to_string(), "/products".to_string(), "/products".to_string()),
        };
        Form {
            page: current.layout(Place::Products, title.clone()),
            title,
            address,
            back,
            currency: self.currency.code(),
            fields,
            problems,
        }
    }
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer) -> Result {
    let known = app.store.read(|s| Known::read(s, None)).await?;
    respond::page(&known.page(&current, Fields::default(), Problems::default()))
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let known = app.store.read(move |s| Known::read(s, Some(&id))).await?;
    let fields = known.fields();
    respond::page(&known.page(&current, fields, Problems::default()))
}

pub(crate) async fn create(State(app): State<App>, writer: Writer, fields: Fields) -> Result {
    save(&app, &writer.0, None, fields).await
}

pub(crate) async fn update(
    State(app): State<App>,
    writer: Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    save(&app, &writer.0, Some(id), fields).await
}

async fn save(app: &App, current: &Current, id: Option<String>, fields: Fields) -> Result {
    let (typed, known_id) = (fields.clone(), id.clone());
    let write = move |tx: &mut Tx<'_>| {
        let known = Known::read(tx, known_id.as_deref())?;
        let before = known.product.as_ref().map(Product::as_new);
        let product = typed_product(&typed, before.as_ref(), known.currency)?;
        let id = match &known_id {
            Some(id) => products::update(tx, id, &product).map(|_| id.clone())?,
            None => products::create(tx, &product)?,
        };
        Ok((changes::of_newest(tx, &id)?, product.name.to_string(), id))
    };
    match app.store.write(current.by(), write).await {
        Ok((undo, name, id)) => {
            let toast = Toast::done(format!("{name} saved")).undo(undo);
            Ok(respond::redirect_with(&format!("/products/{id}"), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let known = app.store.read(move |s| Known::read(s, id.as_deref())).await?;
            respond::invalid(&known.page(current, fields, problems))
        }
    }
}

/// What was typed, over what the product was.
fn typed_product<'a>(
    fields: &'a Fields,
    before: Option<&NewProduct<'a>>,
    currency: Currency,
) -> Found<NewProduct<'a>> {
    let price = match fields.filled("price") {
        None => None,
        Some(text) => {
            let read = money::parse(text, Some(currency), DecimalMark::Unknown);
            let read = read.map_err(|problem| Error::invalid("price", problem.to_string()))?;
            Some((read.amount_minor, read.currency))
        }
    };
    let renews_months = match fields.filled("renews_months") {
        None => None,
        Some(text) => Some(text.parse::<i64>().map_err(|_| {
            Error::invalid("renews_months", format!("“{text}” is no whole number of months"))
        })?),
    };
    Ok(NewProduct {
        sku: fields.trimmed("sku"),
        name: fields.trimmed("name"),
        category: fields.filled("category"),
        price_minor: price.map(|(minor, _)| minor),
        currency: price.map(|(_, currency)| currency),
        renews_months,
        raw_json: before.and_then(|product| product.raw_json),
        custom_json: before.and_then(|product| product.custom_json),
    })
}

pub(crate) async fn delete(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let write = move |tx: &mut Tx<'_>| {
        let name = products::get(tx, &id)?.name;
        products::delete(tx, &id)?;
        Ok((name, changes::of_newest(tx, &id)?))
    };
    let (name, undo) = app.store.write(current.by(), write).await?;
    Ok(respond::redirect_with("/products", Toast::done(format!("{name} deleted")).undo(undo)))
}
