//! Events: the feed of all changes, and the timeline of one record: `/events`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use platform::clock::SECOND;
use platform::{Error, events as log, ids};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{self, Asked, PageAsked};
use super::values::{Time, time};
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// One change of a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    id: String,
    at: Time,
    /// `user`, `console` or `system`.
    actor_kind: String,
    actor_id: Option<String>,
    /// The record and what happened to it, such as `person.updated`.
    verb: String,
    record_kind: String,
    record_id: String,
    /// The record in whose timeline it stands.
    subject_id: String,
    /// The record before the change, as the store keeps it; null for a creation.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What cannot be seen in the record.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// The import, merge or undo to which the change belongs.
    origin: Option<String>,
}

impl From<log::Event> for Event {
    fn from(event: log::Event) -> Self {
        let value = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            id: event.id,
            at: Time(event.at),
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            verb: event.verb,
            record_kind: event.record_kind,
            record_id: event.record_id,
            subject_id: event.subject_id,
            before: value(event.before_json),
            after: value(event.after_json),
            origin: event.origin,
        }
    }
}

/// Where to read on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedAsked {
    /// The id of the last event that was read, or the `next` of the page before.
    #[serde(default, deserialize_with = "asked::filled")]
    after: Option<String>,
    /// Begin at this time; not together with `after`.
    #[serde(default, deserialize_with = "asked::filled")]
    #[param(format = DateTime)]
    since: Option<String>,
    /// Begin so many seconds before `after`: events that were committed late are then seen; known ones come again.
    #[param(minimum = 0, maximum = 86400, default = 0)]
    overlap_s: Option<u32>,
    /// Events on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
}

impl FeedAsked {
    /// The id behind which the page begins.
    fn start(&self) -> Result<String> {
        let overlap_s = self.overlap_s.unwrap_or(0);
        if overlap_s > 86_400 {
            return Err(Error::invalid("overlap_s", "is at most 86400, a day").into());
        }
        match (&self.after, &self.since) {
            (Some(_), Some(_)) => Err(Error::invalid("since", "name either since or after").into()),
            (None, None) => Ok(String::new()),
            (None, Some(since)) => {
                let at = time(since).map_err(|message| Error::invalid("since", message))?;
                Ok(ids::first_at("evt", at))
            }
            (Some(after), None) => {
                let made_at = ids::made_at(after).filter(|_| after.starts_with("evt_"));
                let made_at = made_at.ok_or_else(|| asked::no_place(after))?;
                match overlap_s {
                    0 => Ok(after.clone()),
                    seconds => Ok(ids::first_at("evt", made_at - i64::from(seconds) * SECOND)),
                }
            }
        }
    }
}

/// Read the changes of all records in the order in which they were made. `next` is there even on the last page that has
/// events, so that a reader goes on from it later; it is null only where there was nothing new.
#[utoipa::path(get, path = "/events", tag = "events", params(FeedAsked), responses((status = 200, body = Page<Event>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<FeedAsked>) -> Result {
    let (start, limit) = (asked.start()?, asked::limit(asked.limit)?);
    let found = app.store.read(move |s| log::behind(s, &start, limit)).await?;
    let next = found.last().map(|event| event.id.clone());
    answers::page(&Page { data: found.into_iter().map(Event::from).collect(), next })
}

/// Read the timeline of a record from the newest change to the oldest.
#[utoipa::path(get, path = "/records/{id}/events", tag = "events", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<Event>)))]
pub(crate) async fn timeline(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let found = app.store.read(move |s| log::timeline(s, &id, asked.after.as_deref(), limit + 1)).await?;
    answers::page(&Page::cut(found, limit, |event| event.id.clone(), Event::from))
}

/// Take a change back, by a change of its own. What an import or a merge did is taken back there, as a whole.
#[utoipa::path(post, path = "/events/{id}/undo", tag = "events", params(("id" = String, Path)),
    responses((status = 200, body = Event)))]
pub(crate) async fn undo(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let undone = app.store.write(caller.by(), move |tx| cycle::undo::undo_event(tx, &id)).await?;
    Ok(answers::json(StatusCode::OK, &Event::from(undone)))
}
