//! What the kinds of actions do: calls and how they ended, codes and where they were used, changes at touch points.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::act::call_lists::{self, Outcome, Task};
use cycle::act::offers::{self, Code, Redemption};
use cycle::act::touch_points::{self, TouchPoint};
use platform::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions::TouchPointStated;
use super::answers::{self, Page};
use super::asked::{Asked, Body, PageAsked};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// A customer to call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Call {
    id: String,
    action_id: String,
    person_id: String,
    arm: String,
    is_open: bool,
    /// `reached`, `not_reached`, `refused` or `done`.
    outcome: Option<String>,
    note: Option<String>,
    n_attempts: i64,
    last_attempt_at: Option<Time>,
}

impl From<Task> for Call {
    fn from(task: Task) -> Self {
        Self {
            id: task.id,
            action_id: task.action_id,
            person_id: task.person_id,
            arm: task.arm,
            is_open: task.is_open,
            outcome: task.outcome.map(|outcome| outcome.name().to_string()),
            note: task.note,
            n_attempts: task.n_attempts,
            last_attempt_at: task.last_attempt_at.map(Time),
        }
    }
}

/// List the next calls of a list: those not tried yet first, the most valuable customers before the others.
#[utoipa::path(get, path = "/actions/{id}/calls", tag = "actions", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<Call>)))]
pub(crate) async fn calls(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let found = app.store.read(move |s| call_lists::next(s, &id, limit as i64)).await?;
    answers::page(&Page { data: found.into_iter().map(Call::from).collect(), next: None })
}

/// How a call ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallOutcome {
    /// `reached`, `not_reached`, `refused` or `done`.
    outcome: String,
    #[serde(default)]
    note: String,
}

/// Say how a call ended.
#[utoipa::path(post, path = "/calls/{id}/outcome", tag = "actions", params(("id" = String, Path)), request_body = CallOutcome,
    responses((status = 200, body = Call)))]
pub(crate) async fn call(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(stated): Body<CallOutcome>,
) -> Result {
    let called = app.store.write(caller.by(), move |tx| {
        let outcome = Outcome::from_name(&stated.outcome)
            .ok_or_else(|| Error::invalid("outcome", "it is reached, not_reached, refused or done"))?;
        call_lists::call(tx, &id, outcome, &stated.note)
    });
    Ok(answers::json(StatusCode::OK, &Call::from(called.await?)))
}

/// A customer's code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Coupon {
    code: String,
    action_id: String,
    person_id: String,
    arm: String,
    issued_at: Time,
    redeemed_at: Option<Time>,
    order_number: Option<String>,
    order_minor: Option<i64>,
    discount_minor: Option<i64>,
}

impl From<Code> for Coupon {
    fn from(code: Code) -> Self {
        Self {
            code: code.code,
            action_id: code.action_id,
            person_id: code.person_id,
            arm: code.arm,
            issued_at: Time(code.issued_at),
            redeemed_at: code.redeemed_at.map(Time),
            order_number: code.order_number,
            order_minor: code.order_minor,
            discount_minor: code.discount_minor,
        }
    }
}

/// List the codes of an offer, by person.
#[utoipa::path(get, path = "/actions/{id}/codes", tag = "actions", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<Coupon>)))]
pub(crate) async fn codes(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let after = asked.after.unwrap_or_default();
    let found = app.store.read(move |s| offers::codes(s, &id, &after, limit as i64 + 1)).await?;
    answers::page(&Page::cut(found, limit, |code| code.person_id.clone(), Coupon::from))
}

/// A code that a shop was shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedemptionInput {
    code: String,
    order_number: Option<String>,
    /// The order before the discount, in minor units.
    order_minor: i64,
    /// What the shop took off; what the offer says where it is left out.
    discount_minor: Option<i64>,
}

/// Record that a code was used; the same order again changes nothing.
#[utoipa::path(post, path = "/coupons/redemptions", tag = "actions", request_body = RedemptionInput, responses((status = 200, body = Coupon)))]
pub(crate) async fn redeem(
    State(app): State<App>,
    caller: Writing,
    Body(stated): Body<RedemptionInput>,
) -> Result {
    let redemption = Redemption {
        code: stated.code,
        order_number: stated.order_number,
        order_minor: stated.order_minor,
        discount_minor: stated.discount_minor,
    };
    let code = app.store.write(caller.by(), move |tx| offers::redeem(tx, &redemption)).await?;
    Ok(answers::json(StatusCode::OK, &Coupon::from(code)))
}

/// Show a code.
#[utoipa::path(get, path = "/coupons/{code}", tag = "actions", params(("code" = String, Path)), responses((status = 200, body = Coupon)))]
pub(crate) async fn coupon(State(app): State<App>, _: Caller, Path(code): Path<String>) -> Result {
    let found = app.store.read(move |s| offers::find(s, &code)?.ok_or_else(|| Error::missing("code", &code)));
    Ok(answers::json(StatusCode::OK, &Coupon::from(found.await?)))
}

/// A change that customers met.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TouchPointChange {
    id: String,
    action_id: Option<String>,
    place: String,
    what: String,
    segment_id: Option<String>,
    changed_on: String,
    ended_on: Option<String>,
}

impl From<TouchPoint> for TouchPointChange {
    fn from(point: TouchPoint) -> Self {
        Self {
            id: point.id,
            action_id: point.action_id,
            place: point.place,
            what: point.what,
            segment_id: point.segment_id,
            changed_on: point.changed_on.to_string(),
            ended_on: point.ended_on.map(|day| day.to_string()),
        }
    }
}

/// List changes at touch points, the newest first.
#[utoipa::path(get, path = "/touch-points", tag = "actions", params(PageAsked), responses((status = 200, body = Page<TouchPointChange>)))]
pub(crate) async fn touch_points(
    State(app): State<App>,
    _: Caller,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let before = asked.after;
    let found = app.store.read(move |s| touch_points::list(s, before.as_deref(), limit as i64 + 1)).await?;
    answers::page(&Page::cut(found, limit, |point| point.id.clone(), TouchPointChange::from))
}

/// Record a change at a touch point that is no action of its own.
#[utoipa::path(post, path = "/touch-points", tag = "actions", request_body = TouchPointStated, responses((status = 201, body = TouchPointChange)))]
pub(crate) async fn record(
    State(app): State<App>,
    caller: Writing,
    Body(stated): Body<TouchPointStated>,
) -> Result {
    let input = stated.input();
    let point = app.store.write(caller.by(), move |tx| touch_points::record(tx, &input, None)).await?;
    Ok(answers::json(StatusCode::CREATED, &TouchPointChange::from(point)))
}

/// Say that a change was taken back today.
#[utoipa::path(post, path = "/touch-points/{id}/end", tag = "actions", params(("id" = String, Path)), responses((status = 200, body = TouchPointChange)))]
pub(crate) async fn end(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let point = app.store.write(caller.by(), move |tx| touch_points::end(tx, &id)).await?;
    Ok(answers::json(StatusCode::OK, &TouchPointChange::from(point)))
}
