//! One search over people, companies, orders and products: the page behind `/`, and the palette's answers.

use askama::Template;
use axum::extract::State;
use platform::{Result as Found, Snapshot};
use records::{companies, orders, people, products};

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, amount};

/// Records of each kind on the page, and in the palette.
const ON_PAGE: usize = 12;
const IN_PALETTE: usize = 5;

/// What can be done from anywhere: words, address, symbol.
const COMMANDS: [(&str, &str, &str); 7] = [
    ("New person", "/people/new", "plus"),
    ("New company", "/companies/new", "plus"),
    ("New segment", "/segments/new", "plus"),
    ("Export people", "/people/export", "download"),
    ("Export companies", "/companies/export", "download"),
    ("Export orders", "/orders/export", "download"),
    ("Users", "/settings/users", "user"),
];

/// A record that was found.
struct Hit {
    href: String,
    icon: &'static str,
    name: String,
    note: String,
}

struct Group {
    title: &'static str,
    /// The list with the same search.
    href: String,
    hits: Vec<Hit>,
}

#[derive(Template)]
#[template(path = "search/page.html")]
struct Page {
    page: Layout,
    typed: String,
    groups: Vec<Group>,
}

pub(crate) async fn page(State(app): State<App>, current: Current, query: Query) -> Result {
    let typed = query.get("q").to_string();
    let groups = app.store.read(move |snapshot| find(snapshot, &typed, ON_PAGE)).await?;
    respond::page(&Page {
        page: current.layout(Place::Overview, "Search"),
        typed: query.get("q").to_string(),
        groups: groups.into_iter().filter(|group| !group.hits.is_empty()).collect(),
    })
}

#[derive(Template)]
#[template(path = "search/palette.html")]
struct Palette {
    hits: Vec<Hit>,
}

pub(crate) async fn palette(State(app): State<App>, _: Current, query: Query) -> Result {
    let typed = query.get("q").to_string();
    let wanted: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_string).collect();
    let groups = app.store.read(move |snapshot| find(snapshot, &typed, IN_PALETTE)).await?;
    let commands = COMMANDS.iter().filter(|(words, ..)| {
        let words = words.to_lowercase();
        !wanted.is_empty() && wanted.iter().all(|one| words.split(' ').any(|word| word.starts_with(one)))
    });
    let commands = commands.map(|(words, href, icon)| Hit {
        href: href.to_string(),
        icon,
        name: words.to_string(),
        note: "Command".to_string(),
    });
    let records = groups.into_iter().flat_map(|group| group.hits);
    respond::fragment(&Palette { hits: commands.chain(records).collect() })
}

fn find(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Found<Vec<Group>> {
    if typed.trim().is_empty() {
        return Ok(Vec::new());
    }
    let list = |path: &str| Query::default().with("q", typed).at(path);
    let group = |title, path, hits| Group { title, href: list(path), hits };
    Ok(vec![
        group("People", "/people", of_people(snapshot, typed, limit)?),
        group("Companies", "/companies", of_companies(snapshot, typed, limit)?),
        group("Orders", "/orders", of_orders(snapshot, typed, limit)?),
        group("Products", "/products", of_products(snapshot, typed, limit)?),
    ])
}

fn of_people(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Found<Vec<Hit>> {
    let hit = |person: people::Person| Hit {
        href: format!("/people/{}", person.id),
        icon: "people",
        note: person.email.or(person.phone).or(person.city).unwrap_or_else(|| "Person".to_string()),
        name: person.name,
    };
    Ok(people::search(snapshot, typed, limit)?.into_iter().map(hit).collect())
}

fn of_companies(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Found<Vec<Hit>> {
    let hit = |company: companies::Company| Hit {
        href: format!("/companies/{}", company.id),
        icon: "company",
        note: company.domain.or(company.city).unwrap_or_else(|| "Company".to_string()),
        name: company.name,
    };
    Ok(companies::search(snapshot, typed, limit)?.into_iter().map(hit).collect())
}

fn of_orders(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Found<Vec<Hit>> {
    let words = Words::read(snapshot)?;
    let filter = orders::Filter { number_prefix: typed.to_string(), ..orders::Filter::default() };
    let hit = |order: orders::Order| Hit {
        href: format!("/orders/{}", order.id),
        icon: "order",
        note: format!("{} · {}", words.day(order.ordered_at), amount(order.total_minor, order.currency)),
        name: format!("Order {}", order.number),
    };
    Ok(orders::list(snapshot, &filter, None, limit)?.into_iter().map(hit).collect())
}

fn of_products(snapshot: &mut Snapshot<'_>, typed: &str, limit: usize) -> Found<Vec<Hit>> {
    let hit = |product: products::Product| Hit {
        href: format!("/products/{}", product.id),
        icon: "product",
        note: product.sku,
        name: product.name,
    };
    Ok(products::beginning_with(snapshot, typed, limit)?.into_iter().map(hit).collect())
}
