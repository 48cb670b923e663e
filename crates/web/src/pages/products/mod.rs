//! Products: the list with what was sold, one product's page, and its form.

mod form;

pub(crate) use form::{create, delete, edit, new, update};

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use platform::{Result as Found, Snapshot};
use records::orders::{self, Sold};
use records::products::{self, Cursor, Product};
use records::tags;

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::timeline::{self, Timeline};
use crate::parts::{Column, Pager, Stat};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, amount, counted, quantity};
use crate::words;

/// Products on one page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "products/list.html")]
struct List {
    page: Layout,
    may_write: bool,
    typed: String,
    is_paged: bool,
    columns: Vec<Column>,
    products: Vec<Row>,
    /// Where the same list is had with what was sold, while it stands without.
    sold_href: Option<String>,
    pager: Pager,
}

struct Row {
    product: Product,
    price: String,
    /// Orders, pieces and money; none while they were not counted.
    sold: Option<[String; 3]>,
}

/// The list; what was sold is counted only when asked for, because bestsellers have very many lines.
pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let (asked, counts) = (query.clone(), query.get("sold") == "1");
    let read = move |snapshot: &mut Snapshot<'_>| read(snapshot, &asked, counts);
    let (rows, next) = match counts {
        true => app.store.scan(read).await?,
        false => app.store.read(read).await?,
    };
    respond::page(&List {
        page: current.layout(Place::Products, "Products"),
        may_write: current.may_write(),
        typed: query.get("q").to_string(),
        is_paged: query.filled("after").is_some(),
        columns: columns(),
        sold_href: (!counts).then(|| query.with("sold", "1").at("/products")),
        pager: query.without(&["sold"]).pager(
            "/products",
            next.as_deref(),
            counted(rows.len() as i64, "product", "products"),
        ),
        products: rows,
    })
}

fn read(snapshot: &mut Snapshot<'_>, query: &Query, counts: bool) -> Found<(Vec<Row>, Option<String>)> {
    let words = Words::read(snapshot)?;
    let after = query.filled("after").and_then(|text| {
        let (id, name_key) = text.split_once('.')?;
        Some(Cursor { name_key: name_key.to_string(), id: id.to_string() })
    });
    let mut found = match query.filled("q") {
        Some(typed) => products::beginning_with(snapshot, typed, ROWS)?,
        None => products::list(snapshot, after.as_ref(), ROWS + 1)?,
    };
    let has_more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| has_more).map(|last| format!("{}.{}", last.id, last.name_key));
    let ids: Vec<&str> = found.iter().map(|product| product.id.as_str()).collect();
    let sold = if counts { orders::sold_of_products(snapshot, &ids)? } else { HashMap::new() };
    let row = |product: Product| Row {
        price: price(&product),
        sold: counts.then(|| sold_words(sold.get(&product.id).copied().unwrap_or_default(), &words)),
        product,
    };
    Ok((found.into_iter().map(row).collect(), next))
}

fn price(product: &Product) -> String {
    match (product.price_minor, product.currency) {
        (Some(minor), Some(currency)) => amount(minor, currency),
        _ => String::new(),
    }
}

fn sold_words(sold: Sold, words: &Words) -> [String; 3] {
    [words::count(sold.n_orders), quantity(sold.quantity_milli), words.money(sold.revenue_minor)]
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("Product"),
        Column::text("SKU"),
        Column::text("Category"),
        Column::number("Price"),
        Column::number("Orders").meaning("Purchases with this product that count"),
        Column::number("Pieces").meaning("Sold less returned"),
        Column::number("Revenue").meaning("Sold less returned, in the firm’s currency"),
    ]
}

#[derive(Template)]
#[template(path = "products/show.html")]
struct Show {
    page: Layout,
    may_write: bool,
    product: Product,
    price: String,
    buyers_href: String,
    stats: Vec<Stat>,
    tags: Vec<String>,
    timeline: Timeline,
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    query: Query,
) -> Result {
    let may_write = current.may_write();
    let read = move |snapshot: &mut Snapshot<'_>| {
        let product = products::get(snapshot, &id)?;
        let words = Words::read(snapshot)?;
        let sold = orders::sold_of_product(snapshot, &id)?;
        let (subject_id, now) = (id.as_str(), serde_json::Value::Null);
        let asked =
            timeline::Asked { subject_id, now, has_orders: false, only: None, may_write, query: &query };
        let timeline = timeline::read(snapshot, &asked, &format!("/products/{id}"), &words)?;
        Ok((product, sold_words(sold, &words), tags::of_record(snapshot, &id)?, timeline))
    };
    let (product, sold, tags, timeline) = app.store.scan(read).await?;
    let filter = serde_json::json!({ "all": [{ "orders": {
        "measure": "count", "op": "at_least", "value": "1", "sku": product.sku } }] });
    respond::page(&Show {
        page: current.layout(Place::Products, product.name.clone()),
        may_write,
        price: price(&product),
        buyers_href: Query::default().with("filter", &filter.to_string()).at("/people"),
        stats: stats(sold),
        tags,
        timeline,
        product,
    })
}

fn stats([n_orders, pieces, revenue]: [String; 3]) -> Vec<Stat> {
    vec![
        Stat::new("Orders", n_orders, "Purchases with this product that were not cancelled."),
        Stat::new("Pieces", pieces, "Sold less returned."),
        Stat::new("Revenue", revenue, "Sold less returned, in the firm’s currency."),
    ]
}
