//! One order: its lines, what came back of it, and the forms that give money back or cancel it.

use askama::Template;
use axum::extract::{Path, State};
use platform::{Result as Found, Snapshot};
use records::orders::{self, Line, Order, Status};
use records::people;

use super::list::{Row, rows};
use crate::current::Current;
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::timeline::{self, Timeline};
use crate::parts::Moment;
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, amount, quantity};

#[derive(Template)]
#[template(path = "orders/show.html")]
pub(super) struct Show {
    page: Layout,
    may_write: bool,
    sheet: Sheet,
    fields: Fields,
    problems: Problems,
}

pub(super) struct Sheet {
    order: Order,
    title: String,
    total: String,
    /// What may still be given back; none where nothing may.
    left: Option<String>,
    may_cancel: bool,
    at: Moment,
    buyer: Option<(String, String)>,
    /// The sale that a return undoes.
    sale: Option<(String, String)>,
    /// Says why an order in another currency counts nothing.
    counts_nothing: bool,
    lines: Vec<LineRow>,
    /// Pieces of lines were typed in.
    has_pieces: bool,
    returns: Vec<Row>,
    history: Timeline,
}

struct LineRow {
    line_no: i64,
    sku: String,
    product_href: Option<String>,
    description: String,
    quantity: String,
    unit_price: String,
    amount: String,
    field: String,
    typed: String,
    error: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    query: Query,
) -> Result {
    respond::page(&read_page(&app, &current, id, query, (Fields::default(), Problems::default())).await?)
}

/// The page, with what was typed into its forms and what is wrong with it.
pub(super) async fn read_page(
    app: &App,
    current: &Current,
    id: String,
    query: Query,
    (fields, problems): (Fields, Problems),
) -> Result<Show> {
    let (typed, wrong) = (fields.clone(), problems.clone());
    let may_write = current.may_write();
    let sheet =
        app.store.read(move |snapshot| read(snapshot, &id, (&query, may_write), (&typed, &wrong))).await?;
    Ok(Show { page: current.layout(Place::Orders, sheet.title.clone()), may_write, sheet, fields, problems })
}

fn read(
    snapshot: &mut Snapshot<'_>,
    id: &str,
    (query, may_write): (&Query, bool),
    (fields, problems): (&Fields, &Problems),
) -> Found<Sheet> {
    let order = orders::get(snapshot, id)?;
    let words = Words::read(snapshot)?;
    let subject_id = order.person_id.as_deref().unwrap_or(id);
    let asked = timeline::Asked {
        subject_id,
        now: serde_json::Value::Null,
        has_orders: false,
        only: Some(id),
        may_write,
        query,
    };
    let history = timeline::read(snapshot, &asked, &format!("/orders/{id}"), &words)?;
    let lines = orders::lines(snapshot, id)?;
    let returns = orders::returns_of(snapshot, id)?;
    let returned = orders::returned_minor(snapshot, id)?;
    let placed = order.status == Status::Placed;
    let left = order.total_minor.saturating_sub(returned);
    let buyer = match &order.person_id {
        Some(person_id) => Some((format!("/people/{person_id}"), people::get(snapshot, person_id)?.name)),
        None => None,
    };
    let sale = match &order.returned_order_id {
        Some(sale) => Some((format!("/orders/{sale}"), orders::get(snapshot, sale)?.number)),
        None => None,
    };
    let what = if order.is_return { "Return" } else { "Order" };
    Ok(Sheet {
        title: format!("{what} {}", order.number),
        total: amount(order.total_minor, order.currency),
        left: (placed && !order.is_return && left > 0).then(|| amount(left, order.currency)),
        may_cancel: placed && returns.is_empty(),
        at: words.moment(order.ordered_at),
        counts_nothing: placed && order.currency != words.currency,
        lines: lines
            .iter()
            .enumerate()
            .map(|(place, line)| line_row(place, line, &order, fields, problems))
            .collect(),
        has_pieces: lines.iter().any(|line| fields.filled(&format!("line.{}", line.line_no)).is_some()),
        returns: rows(snapshot, &returns)?,
        history,
        buyer,
        sale,
        order,
    })
}

fn line_row(place: usize, line: &Line, order: &Order, fields: &Fields, problems: &Problems) -> LineRow {
    let field = format!("line.{}", line.line_no);
    let error = match problems.at(&field) {
        "" => problems.at(&format!("lines.{place}.quantity")),
        error => error,
    };
    LineRow {
        line_no: line.line_no,
        sku: line.sku.clone().unwrap_or_default(),
        product_href: line.product_id.as_ref().map(|id| format!("/products/{id}")),
        description: line.description.clone().unwrap_or_default(),
        quantity: quantity(line.quantity_milli),
        unit_price: price(line.unit_price_micro, order),
        amount: amount(line.amount_minor, order.currency),
        typed: fields.get(&field).to_string(),
        error: error.to_string(),
        field,
    }
}

/// A price as money, with the digits beyond the currency's own where there are any.
fn price(micro: i64, order: &Order) -> String {
    let unit = 10_i64.pow(6_u32.saturating_sub(order.currency.digits()));
    match micro % unit {
        0 => amount(micro / unit, order.currency),
        _ => format!("{} {}", order.currency.code(), micro as f64 / 1e6),
    }
}
