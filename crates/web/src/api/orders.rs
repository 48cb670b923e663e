//! Orders with lines, refunds and cancellation: `/orders`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use platform::{Error, Snapshot};
use records::orders::{self as verbs, Cursor, Filter, Given, Outcome, Refund, workspace_currency};
use records::values::currency::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{self, Asked, Body, IfMatch, PageAsked};
use super::order_input::{Change, State as OrderState, Stated};
use super::values::{Money, Time, currency_of, time};
use super::{Caller, Writing, removal};
use crate::error::Result;
use crate::state::App;

/// An order, or something given back, which is an order with a negative total.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Order {
    id: String,
    number: String,
    person_id: Option<String>,
    ordered_at: Time,
    is_return: bool,
    status: OrderState,
    currency: String,
    /// The sum of the lines.
    total: Money,
    /// What analyses count, in the workspace's currency: 0 when cancelled or in another currency.
    counted: Money,
    n_lines: i64,
    /// On a return: the order that was given back.
    returned_order_id: Option<String>,
    channel: Option<String>,
    /// Why it was cancelled or returned.
    reason: Option<String>,
    created_at: Time,
    updated_at: Time,
    /// Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lines: Option<Vec<Line>>,
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub(crate) struct Line {
    /// Counts from 1 within its order.
    line_no: i64,
    product_id: Option<String>,
    sku: Option<String>,
    description: Option<String>,
    /// Thousandths of a piece.
    quantity_milli: i64,
    /// Millionths of the currency's unit.
    unit_price_micro: i64,
    amount: Money,
    /// On a return: the line of the returned order.
    returned_line_no: Option<i64>,
}

impl Order {
    fn told(order: verbs::Order, workspace: Currency) -> Self {
        Self {
            id: order.id,
            number: order.number,
            person_id: order.person_id,
            ordered_at: Time(order.ordered_at),
            is_return: order.is_return,
            status: order.status.into(),
            currency: order.currency.code().to_string(),
            total: Money::new(order.total_minor, order.currency),
            counted: Money::new(order.counted_minor, workspace),
            n_lines: order.n_lines,
            returned_order_id: order.returned_order_id,
            channel: order.channel,
            reason: order.reason,
            created_at: Time(order.created_at),
            updated_at: Time(order.updated_at),
            lines: None,
        }
    }
}

fn line_told(line: verbs::Line, currency: Currency) -> Line {
    Line {
        line_no: line.line_no,
        product_id: line.product_id,
        sku: line.sku,
        description: line.description,
        quantity_milli: line.quantity_milli,
        unit_price_micro: line.unit_price_micro,
        amount: Money::new(line.amount_minor, currency),
        returned_line_no: line.returned_line_no,
    }
}

/// Which orders, from the newest to the oldest.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAsked {
    /// From this time on.
    #[serde(default, deserialize_with = "asked::filled")]
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this time.
    #[serde(default, deserialize_with = "asked::filled")]
    #[param(format = DateTime)]
    until: Option<String>,
    #[param(inline)]
    status: Option<OrderState>,
    is_return: Option<bool>,
    /// Only orders in this currency.
    #[serde(default, deserialize_with = "asked::filled")]
    currency: Option<String>,
    /// Only numbers that begin so.
    #[serde(default, deserialize_with = "asked::filled")]
    number: Option<String>,
    /// Orders on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "asked::filled")]
    after: Option<String>,
}

impl ListAsked {
    pub(super) fn filter(&self) -> Result<Filter> {
        let at = |field: &str, text: &Option<String>| {
            let read = text.as_deref().map(time).transpose();
            read.map_err(|message| Error::invalid(field, message))
        };
        Ok(Filter {
            from: at("from", &self.from)?,
            until: at("until", &self.until)?,
            status: self.status.map(Into::into),
            is_return: self.is_return,
            currency: self.currency.as_deref().map(|code| currency_of(code, "currency")).transpose()?,
            number_prefix: self.number.clone().unwrap_or_default(),
        })
    }
}

fn told(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<(i64, Order)> {
    let order = verbs::get(snapshot, id)?;
    let (stamp, currency) = (order.updated_at, order.currency);
    let lines = verbs::lines(snapshot, id)?.into_iter().map(|line| line_told(line, currency)).collect();
    let workspace = workspace_currency(snapshot)?;
    Ok((stamp, Order { lines: Some(lines), ..Order::told(order, workspace) }))
}

fn address(order: &Order) -> String {
    format!("/api/v1/orders/{}", order.id)
}

fn cursor(after: &str) -> Result<Cursor> {
    let (at, id) = after.split_once('.').ok_or_else(|| asked::no_place(after))?;
    let ordered_at = at.parse().map_err(|_| asked::no_place(after))?;
    Ok(Cursor { ordered_at, id: id.to_string() })
}

fn place(order: &verbs::Order) -> String {
    format!("{}.{}", order.ordered_at, order.id)
}

/// List orders from the newest to the oldest.
#[utoipa::path(get, path = "/orders", tag = "orders", params(ListAsked), responses((status = 200, body = Page<Order>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<ListAsked>) -> Result {
    let (filter, limit) = (asked.filter()?, asked::limit(asked.limit)?);
    let cursor = asked.after.as_deref().map(cursor).transpose()?;
    let found = app.store.read(move |s| {
        let found = verbs::list(s, &filter, cursor.as_ref(), limit + 1)?;
        Ok((found, workspace_currency(s)?))
    });
    let (found, workspace) = found.await?;
    answers::page(&Page::cut(found, limit, place, |order| Order::told(order, workspace)))
}

/// List a person's orders from the newest to the oldest.
#[utoipa::path(get, path = "/people/{id}/orders", tag = "orders", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<Order>)))]
pub(crate) async fn of_person(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let cursor = asked.after.as_deref().map(cursor).transpose()?;
    let found = app.store.read(move |s| {
        super::people::living(s, &id)?;
        let found = verbs::of_person(s, &id, cursor.as_ref(), limit + 1)?;
        Ok((found, workspace_currency(s)?))
    });
    let (found, workspace) = found.await?;
    answers::page(&Page::cut(found, limit, place, |order| Order::told(order, workspace)))
}

/// Place an order. The same order under the same number again is answered with 200 and changes nothing; another order
/// under a number that is taken is a conflict.
#[utoipa::path(post, path = "/orders", tag = "orders", request_body = Stated,
    responses((status = 200, body = Order), (status = 201, body = Order)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        let links = stated.links(tx)?;
        let (id, outcome) = verbs::place_once(tx, &stated.order(&stated.number, &links)?)?;
        Ok((outcome, told(tx, &id)?))
    });
    let (outcome, (stamp, order)) = done.await?;
    answers::stated(outcome == Outcome::Created, &address(&order), stamp, &order)
}

/// State the order with this number, its lines included: created, or replaced. Saying it again changes nothing.
#[utoipa::path(put, path = "/orders/by-number/{number}", tag = "orders", params(("number" = String, Path)),
    request_body = Stated, responses((status = 200, body = Order), (status = 201, body = Order)))]
pub(crate) async fn state(
    State(app): State<App>,
    caller: Writing,
    Path(number): Path<String>,
    Body(stated): Body<Stated>,
) -> Result {
    if !stated.number.is_empty() && verbs::number_key(&stated.number) != verbs::number_key(&number) {
        let message = format!("“{}” is not the number {number} that is stated", stated.number);
        return Err(Error::invalid("number", message).into());
    }
    let done = app.store.write(caller.by(), move |tx| {
        let links = stated.links(tx)?;
        let (id, outcome) = verbs::state(tx, &stated.order(&number, &links)?)?;
        Ok((outcome, told(tx, &id)?))
    });
    let (outcome, (stamp, order)) = done.await?;
    answers::stated(outcome == Outcome::Created, &address(&order), stamp, &order)
}

/// Show the order with this number.
#[utoipa::path(get, path = "/orders/by-number/{number}", tag = "orders", params(("number" = String, Path)),
    responses((status = 200, body = Order)))]
pub(crate) async fn show_by_number(State(app): State<App>, _: Caller, Path(number): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        let order = verbs::by_number_key(s, &verbs::number_key(&number))?;
        let order = order.ok_or_else(|| Error::missing("order", &number))?;
        told(s, &order.id)
    });
    let (stamp, order) = found.await?;
    answers::record(StatusCode::OK, stamp, &order)
}

/// Show an order with its lines.
#[utoipa::path(get, path = "/orders/{id}", tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Order)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let (stamp, order) = app.store.read(move |s| told(s, &id)).await?;
    answers::record(StatusCode::OK, stamp, &order)
}

/// Change what is named.
#[utoipa::path(patch, path = "/orders/{id}", tag = "orders", params(("id" = String, Path)), request_body = Change,
    responses((status = 200, body = Order)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
    Body(change): Body<Change>,
) -> Result {
    let changed = app.store.write(caller.by(), move |tx| {
        let (order, lines) = (verbs::get(tx, &id)?, verbs::lines(tx, &id)?);
        if !if_match.holds(order.updated_at) {
            return Ok(None);
        }
        let links = change.links(tx)?;
        verbs::update(tx, &id, &change.over(order.as_new(&lines), &order, &links)?)?;
        told(tx, &id).map(Some)
    });
    let (stamp, order) = answers::unchanged_since(changed.await?)?;
    answers::record(StatusCode::OK, stamp, &order)
}

/// Delete an order and its lines. One of which something was given back is a conflict.
#[utoipa::path(delete, path = "/orders/{id}", tag = "orders", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn destroy(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result {
    removal::destroy(&app, &caller, if_match, id, |tx, id| Ok(verbs::get(tx, id)?.updated_at), verbs::delete)
        .await
}

/// Why an order is cancelled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancellation {
    reason: String,
}

/// Cancel an order, so that it counts nothing any more.
#[utoipa::path(post, path = "/orders/{id}/cancellation", tag = "orders", params(("id" = String, Path)),
    request_body = Cancellation, responses((status = 200, body = Order)))]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
    Body(wanted): Body<Cancellation>,
) -> Result {
    let cancelled = app.store.write(caller.by(), move |tx| {
        if !if_match.holds(verbs::get(tx, &id)?.updated_at) {
            return Ok(None);
        }
        verbs::cancel(tx, &id, &wanted.reason)?;
        told(tx, &id).map(Some)
    });
    let (stamp, order) = answers::unchanged_since(cancelled.await?)?;
    answers::record(StatusCode::OK, stamp, &order)
}

/// What is given back: an amount, lines, or everything that is left where neither is named.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RefundInput)]
pub(crate) struct RefundAsked {
    amount: Option<Money>,
    lines: Option<Vec<RefundLine>>,
    reason: Option<String>,
    /// When; now where it is left out.
    at: Option<Time>,
}

/// How much of a line goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundLine {
    line_no: i64,
    /// Thousandths of a piece.
    quantity_milli: i64,
}

/// Give money back. The answer is the return, an order of its own. Two requests give back twice, as long as something is
/// left; a return with a number of its own, placed as an order, is taken only once.
#[utoipa::path(post, path = "/orders/{id}/refunds", tag = "orders", params(("id" = String, Path)),
    request_body = RefundAsked, responses((status = 201, body = Order)))]
pub(crate) async fn refund(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(asked): Body<RefundAsked>,
) -> Result {
    if asked.amount.is_some() && asked.lines.is_some() {
        return Err(Error::invalid("lines", "name an amount or lines, not both").into());
    }
    let done = app.store.write(caller.by(), move |tx| {
        let order = verbs::get(tx, &id)?;
        let lines: Vec<(i64, i64)> =
            asked.lines.iter().flatten().map(|line| (line.line_no, line.quantity_milli)).collect();
        let given = match (&asked.amount, &asked.lines) {
            (Some(amount), _) => Given::Amount(amount.amount_in(order.currency, "amount")?),
            (None, Some(_)) => Given::Lines(&lines),
            (None, None) => Given::Rest,
        };
        let at = asked.at.map_or(tx.now(), |time| time.0);
        let refund = Refund { order_id: &id, given, reason: asked.reason.as_deref(), at };
        let returned = verbs::refund(tx, &refund)?;
        told(tx, &returned)
    });
    let (stamp, order) = done.await?;
    answers::stated(true, &address(&order), stamp, &order)
}

/// List what was given back of an order, the oldest first.
#[utoipa::path(get, path = "/orders/{id}/refunds", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Page<Order>)))]
pub(crate) async fn refunds(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        verbs::get(s, &id)?;
        Ok((verbs::returns_of(s, &id)?, workspace_currency(s)?))
    });
    let (found, workspace) = found.await?;
    let data = found.into_iter().map(|order| Order::told(order, workspace)).collect();
    answers::page(&Page { data, next: None })
}
