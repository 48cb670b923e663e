//! A look at a person from the list, without leaving it.

use askama::Template;
use axum::extract::{Path, State};
use cycle::analyze::scores_of;
use platform::{Result as Found, Snapshot};
use records::orders;
use records::people::{self, Person};
use records::{companies, tags};

use super::scores::{Told, told};
use super::show::{OrderLine, order_line};
use crate::current::Current;
use crate::error::Result;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, hue, initials};

/// Orders that the peek shows.
const ORDERS: usize = 5;

#[derive(Template)]
#[template(path = "people/peek.html")]
struct Peek {
    person: Person,
    href: String,
    initials: String,
    hue: u8,
    company: Option<String>,
    revenue: String,
    tags: Vec<String>,
    orders: Vec<OrderLine>,
    told: Option<Told>,
}

pub(crate) async fn show(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    respond::fragment(&app.store.read(move |snapshot| read(snapshot, &id)).await?)
}

fn read(snapshot: &mut Snapshot<'_>, id: &str) -> Found<Peek> {
    let person = people::get(snapshot, id)?;
    let words = Words::read(snapshot)?;
    let company = match &person.company_id {
        Some(company_id) => Some(companies::get(snapshot, company_id)?.name),
        None => None,
    };
    let scores = scores_of(snapshot, &[id])?.pop();
    let newest = orders::of_person(snapshot, id, None, ORDERS)?;
    Ok(Peek {
        href: format!("/people/{id}"),
        initials: initials(&person.name),
        hue: hue(id),
        company,
        revenue: words.money(person.revenue_minor),
        tags: tags::of_record(snapshot, id)?,
        orders: newest.iter().map(|order| order_line(order, &words)).collect(),
        told: scores.map(|scores| told(&scores, &words)),
        person,
    })
}
