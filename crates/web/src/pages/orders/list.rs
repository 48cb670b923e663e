//! All orders from the newest to the oldest, narrowed by period, status, kind, currency and number.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use cycle::collect::exports;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platform::clock::DAY;
use platform::{Error, Micros, Result as Found, Snapshot};
use records::orders::{self, Cursor, Filter, Order, Status};
use records::people;
use records::values::currency::Currency;

use crate::current::Current;
use crate::download;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::people::{OrderLine, order_line};
use crate::parts::{Choice, Column, Pager};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, counted};
use crate::words;

/// Orders on one page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "orders/list.html")]
struct List {
    page: Layout,
    asked: Query,
    statuses: Vec<Choice>,
    kinds: Vec<Choice>,
    export_href: String,
    is_narrowed: bool,
    columns: Vec<Column>,
    orders: Vec<Row>,
    pager: Pager,
}

pub(super) struct Row {
    pub(super) line: OrderLine,
    pub(super) buyer: Option<(String, String)>,
    pub(super) n_lines: String,
    pub(super) channel: String,
}

/// What the address asks for.
///
/// **Errors** at `from`, `until` and `currency`.
fn filter_of(query: &Query, zone: &TimeZone) -> Found<Filter> {
    let until = day_start(query, "until", zone)?;
    Ok(Filter {
        from: day_start(query, "from", zone)?,
        until: until.map(|start| start + DAY),
        status: Status::from_word(query.get("status")),
        is_return: match query.get("kind") {
            "sales" => Some(false),
            "returns" => Some(true),
            _ => None,
        },
        currency: match query.filled("currency") {
            None => None,
            Some(code) => {
                Some(Currency::from_code(&code.to_uppercase()).ok_or_else(|| {
                    Error::invalid("currency", format!("“{code}” is no currency such as EUR"))
                })?)
            }
        },
        number_prefix: query.get("q").to_string(),
    })
}

fn day_start(query: &Query, name: &str, zone: &TimeZone) -> Found<Option<Micros>> {
    let Some(text) = query.filled(name) else { return Ok(None) };
    let wrong = || Error::invalid(name, format!("“{text}” is no date such as 2026-01-31"));
    let date: Date = text.parse().map_err(|_| wrong())?;
    let start = date.to_zoned(zone.clone()).map_err(|_| wrong())?;
    Ok(Some(start.timestamp().as_microsecond()))
}

fn cursor(text: &str) -> Option<Cursor> {
    let (at, id) = text.split_once('.')?;
    Some(Cursor { ordered_at: at.parse().ok()?, id: id.to_string() })
}

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let filter = filter_of(&query, current.zone())?;
    let after = query.filled("after").and_then(cursor);
    let read = move |snapshot: &mut Snapshot<'_>| {
        let mut found = orders::list(snapshot, &filter, after.as_ref(), ROWS + 1)?;
        let has_more = found.len() > ROWS;
        found.truncate(ROWS);
        let next = found.last().filter(|_| has_more).map(|last| format!("{}.{}", last.ordered_at, last.id));
        Ok((rows(snapshot, &found)?, next))
    };
    let (rows, next) = app.store.read(read).await?;
    respond::page(&page(&current, query, rows, next.as_deref()))
}

/// Rows with the names of the buyers, asked for once for all of them.
pub(super) fn rows(snapshot: &mut Snapshot<'_>, found: &[Order]) -> Found<Vec<Row>> {
    let words = Words::read(snapshot)?;
    let mut ids: Vec<String> = found.iter().filter_map(|order| order.person_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let names: HashMap<String, String> =
        people::many(snapshot, &ids)?.into_iter().map(|person| (person.id, person.name)).collect();
    let buyer = |order: &Order| {
        let id = order.person_id.as_ref()?;
        Some((format!("/people/{id}"), names.get(id).cloned().unwrap_or_default()))
    };
    let row = |order: &Order| Row {
        line: order_line(order, &words),
        buyer: buyer(order),
        n_lines: words::count(order.n_lines),
        channel: order.channel.clone().unwrap_or_default(),
    };
    Ok(found.iter().map(row).collect())
}

fn page(current: &Current, query: Query, orders: Vec<Row>, next: Option<&str>) -> List {
    let choice = |name: &str, answers: &[(&str, &str)]| -> Vec<Choice> {
        answers.iter().map(|(value, label)| Choice::new(value, label, query.get(name))).collect()
    };
    let narrowing = ["q", "from", "until", "status", "kind", "currency"];
    List {
        page: current.layout(Place::Orders, "Orders"),
        statuses: choice("status", &[("", "Any"), ("placed", "Placed"), ("cancelled", "Cancelled")]),
        kinds: choice("kind", &[("", "Any"), ("sales", "Sales"), ("returns", "Returns")]),
        export_href: query.first_page().at("/orders/export"),
        is_narrowed: narrowing.iter().any(|name| query.filled(name).is_some()),
        columns: vec![
            Column::text("Order"),
            Column::text("Customer"),
            Column::number("Date"),
            Column::text("State"),
            Column::text("Channel"),
            Column::number("Lines"),
            Column::number("Total").meaning("In the order’s own currency; returns are negative"),
        ],
        pager: query.pager("/orders", next, counted(orders.len() as i64, "order", "orders")),
        orders,
        asked: query,
    }
}

pub(crate) async fn export(State(app): State<App>, current: Current, query: Query) -> Result {
    let filter = filter_of(&query, current.zone())?;
    Ok(download::csv_of_snapshot("orders.csv", &app.store, move |snapshot, out| {
        exports::orders(snapshot, &filter, out).map(drop)
    }))
}
