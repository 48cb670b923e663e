//! Leaving: one press in the mail program (RFC 8058), or one button on the page of the link.
//!
//! GET never unsubscribes, because programs follow links. POST does, at once, for whoever holds the link: without session,
//! token of a form or redirect, as RFC 8058 wants.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use cycle::act::preferences;
use cycle::act::signed::{Key, Use};
use platform::{By, Snapshot};
use records::consents;

use super::{DeadEnd, Frame, Reader};
use crate::error::Result;
use crate::respond;
use crate::state::App;

/// What a mail is for whose action names nothing.
const USUAL_PURPOSE: &str = "marketing";

#[derive(Template)]
#[template(path = "public/unsubscribe.html")]
struct Page {
    frame: Frame,
    address: String,
    purpose: String,
    action: String,
    /// The preference centre.
    choices: Option<String>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Asked,
    /// Nothing of this kind is sent any more, because somebody said so before.
    Before,
    Left,
    LeftEverything,
}

pub(crate) async fn show(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Result {
    let now = app.clock().now();
    let found = app.store.read(move |snapshot| {
        let frame = super::frame(snapshot, &headers)?;
        let reader = super::reader(snapshot, Use::Unsubscribe, &token, now)?;
        Ok(match reader {
            Ok(reader) => {
                let stage = if has_left(snapshot, &reader)? { Stage::Before } else { Stage::Asked };
                let choices = choices(snapshot, &reader, now)?;
                Ok(page(frame, &reader, &token, choices, stage))
            }
            Err(why) => Err((why, frame)),
        })
    });
    answer(found.await?)
}

pub(crate) async fn create(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result {
    // Mail programs send `List-Unsubscribe=One-Click` in either form of a form, some nothing: all of them mean it.
    let everything = body.windows(12).any(|part| part == b"everything=1");
    let found = app.store.write(By::system(), move |tx| {
        let now = tx.now();
        let frame = super::frame(tx, &headers)?;
        let reader = match super::reader(tx, Use::Unsubscribe, &token, now)? {
            Ok(reader) => reader,
            Err(why) => return Ok(Err((why, frame))),
        };
        let origin = reader.campaign_id.as_deref().map(preferences::origin_of);
        let origin = origin.as_deref().unwrap_or("preference centre");
        let stage = if everything {
            preferences::unsubscribe_from_everything(tx, &reader.person_id, origin)?;
            Stage::LeftEverything
        } else {
            preferences::unsubscribe(tx, &reader.person_id, purpose_of(&reader), origin)?;
            Stage::Left
        };
        let choices = choices(tx, &reader, now)?;
        Ok(Ok(page(frame, &reader, &token, choices, stage)))
    });
    answer(found.await?)
}

fn answer(found: std::result::Result<Page, (DeadEnd, Frame)>) -> Result {
    match found {
        Ok(page) => respond::page(&page).map(super::quiet),
        Err((why, frame)) => why.page(frame),
    }
}

fn page(frame: Frame, reader: &Reader, token: &str, choices: Option<String>, stage: Stage) -> Page {
    Page {
        frame,
        address: reader.address.clone(),
        purpose: super::purpose_in_words(purpose_of(reader)),
        action: format!("{}/{token}", Use::Unsubscribe.path()),
        choices,
        stage,
    }
}

fn purpose_of(reader: &Reader) -> &str {
    reader.purpose.as_deref().filter(|purpose| !purpose.is_empty()).unwrap_or(USUAL_PURPOSE)
}

fn has_left(snapshot: &mut Snapshot<'_>, reader: &Reader) -> platform::Result<bool> {
    let wishes = preferences::of_person(snapshot, &reader.person_id)?;
    let said = wishes.purposes.iter().find(|(purpose, _)| purpose == purpose_of(reader));
    let denied = said.is_some_and(|(_, state)| *state == Some(consents::State::Denied));
    Ok(denied || wishes.suppressed.is_some())
}

/// Where the preference centre of this reader is.
fn choices(
    snapshot: &mut Snapshot<'_>,
    reader: &Reader,
    now: platform::Micros,
) -> platform::Result<Option<String>> {
    let id = reader.message_id.as_deref().unwrap_or(&reader.person_id);
    Ok(Key::read(snapshot)?.map(|key| key.address("", Use::Preferences, id, now)))
}
