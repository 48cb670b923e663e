//! Segments: groups of people by a filter: `/segments`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::act::segments::{self as verbs, Input};
use records::filter::Filter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, Page};
use super::asked::{Asked, Body, IfMatch, PageAsked};
use super::people::{ListAsked, Person, page_of};
use super::values::{Text, Time};
use super::{Caller, Writing, removal};
use crate::error::Result;
use crate::state::App;

/// A group of people by a filter. Who belongs to it is asked when it is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Segment {
    id: String,
    name: String,
    description: Option<String>,
    /// As in `GET /people`.
    #[schema(value_type = Object)]
    filter: Filter,
    /// Grows with every change; it is the entity tag.
    version: i64,
    created_by: Option<String>,
    created_at: Time,
    updated_at: Time,
}

impl From<verbs::Segment> for Segment {
    fn from(segment: verbs::Segment) -> Self {
        Self {
            id: segment.id,
            name: segment.name,
            description: segment.description,
            filter: segment.filter,
            version: segment.version,
            created_by: segment.created_by,
            created_at: Time(segment.created_at),
            updated_at: Time(segment.updated_at),
        }
    }
}

/// A new segment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentInput)]
pub(crate) struct Stated {
    name: String,
    description: Option<String>,
    #[schema(value_type = Object, example = json!({"field": {"name": "country", "op": "is", "value": "DE"}}))]
    filter: Filter,
}

/// A change of a segment: what is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SegmentChange)]
pub(crate) struct Change {
    name: Option<String>,
    #[serde(default)]
    description: Text,
    #[schema(value_type = Option<Object>)]
    filter: Option<Filter>,
}

fn told(segment: verbs::Segment) -> (i64, Segment) {
    (segment.version, segment.into())
}

/// List segments by name.
#[utoipa::path(get, path = "/segments", tag = "segments", params(PageAsked), responses((status = 200, body = Page<Segment>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let limit = asked.limit()?;
    let mut found = app.store.read(verbs::list).await?;
    if let Some(after) = asked.after {
        let last = found.iter().position(|segment| segment.id == after);
        let last = last.ok_or_else(|| super::asked::no_place(&after))?;
        found.drain(..=last);
    }
    answers::page(&Page::cut(found, limit, |segment| segment.id.clone(), Segment::from))
}

/// Add a segment.
#[utoipa::path(post, path = "/segments", tag = "segments", request_body = Stated, responses((status = 201, body = Segment)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let input = Input { name: stated.name, description: stated.description, filter: stated.filter };
    let created = app.store.write(caller.by(), move |tx| verbs::create(tx, &input).map(told));
    let (stamp, segment) = created.await?;
    answers::stated(true, &format!("/api/v1/segments/{}", segment.id), stamp, &segment)
}

/// Show a segment.
#[utoipa::path(get, path = "/segments/{id}", tag = "segments", params(("id" = String, Path)), responses((status = 200, body = Segment)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let (stamp, segment) = app.store.read(move |s| verbs::get(s, &id).map(told)).await?;
    answers::record(StatusCode::OK, stamp, &segment)
}

/// Change what is named.
#[utoipa::path(patch, path = "/segments/{id}", tag = "segments", params(("id" = String, Path)), request_body = Change,
    responses((status = 200, body = Segment)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
    Body(change): Body<Change>,
) -> Result {
    let changed = app.store.write(caller.by(), move |tx| {
        let before = verbs::get(tx, &id)?;
        if !if_match.holds(before.version) {
            return Ok(None);
        }
        let input = Input {
            name: change.name.clone().unwrap_or(before.name),
            description: change.description.over(before.description.as_deref()).map(str::to_string),
            filter: change.filter.clone().unwrap_or(before.filter),
        };
        verbs::update(tx, &id, before.version, &input).map(told).map(Some)
    });
    let (stamp, segment) = answers::unchanged_since(changed.await?)?;
    answers::record(StatusCode::OK, stamp, &segment)
}

/// Delete a segment; its people stay.
#[utoipa::path(delete, path = "/segments/{id}", tag = "segments", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn destroy(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result {
    removal::destroy(&app, &caller, if_match, id, |tx, id| Ok(verbs::get(tx, id)?.version), verbs::delete)
        .await
}

/// List the people who belong to a segment now; a filter narrows them further.
#[utoipa::path(get, path = "/segments/{id}/members", tag = "segments", params(("id" = String, Path), ListAsked),
    responses((status = 200, body = Page<Person>)))]
pub(crate) async fn members(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<ListAsked>,
) -> Result {
    let query = asked.query()?;
    let page = app.store.read(move |s| {
        let segment = verbs::get(s, &id)?;
        let page = verbs::members(s, &segment, &query)?;
        page_of(s, page)
    });
    answers::page(&page.await?)
}

/// How many people belong to a segment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SegmentCount {
    n: i64,
    /// There are more than `n`: counting stopped there.
    is_more: bool,
}

/// Count the people who belong to a segment now.
#[utoipa::path(get, path = "/segments/{id}/count", tag = "segments", params(("id" = String, Path)),
    responses((status = 200, body = SegmentCount)))]
pub(crate) async fn count(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let count = app.store.read(move |s| {
        let segment = verbs::get(s, &id)?;
        verbs::count(s, &segment.filter, verbs::COUNT_UP_TO)
    });
    let count = count.await?;
    Ok(answers::json(StatusCode::OK, &SegmentCount { n: count.n, is_more: count.is_more }))
}
