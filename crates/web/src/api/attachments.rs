//! What is attached to a person: consents, tags, notes.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use platform::Error;
use records::consents::{self, LawfulBasis, Outcome, Statement};
use records::notes::{self, Cursor};
use records::tags;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, Page};
use super::asked::{self, Asked, Body, PageAsked};
use super::people::living;
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// What a person allows or forbids now, for one purpose and channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Consent {
    /// Such as `newsletter`.
    purpose: String,
    /// Such as `email`.
    channel: String,
    state: ConsentState,
    lawful_basis: Basis,
    /// Where it was said: a form, an import, a call.
    source: Option<String>,
    stated_at: Time,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsentState {
    Granted,
    Denied,
}

/// Why personal data may be processed: GDPR, article 6 (1) a to f.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LawfulBasis)]
pub(crate) enum Basis {
    #[default]
    Consent,
    Contract,
    LegalObligation,
    VitalInterests,
    PublicTask,
    LegitimateInterests,
}

impl From<consents::State> for ConsentState {
    fn from(state: consents::State) -> Self {
        match state {
            consents::State::Granted => Self::Granted,
            consents::State::Denied => Self::Denied,
        }
    }
}

impl From<ConsentState> for consents::State {
    fn from(state: ConsentState) -> Self {
        match state {
            ConsentState::Granted => Self::Granted,
            ConsentState::Denied => Self::Denied,
        }
    }
}

const BASES: [(Basis, LawfulBasis); 6] = [
    (Basis::Consent, LawfulBasis::Consent),
    (Basis::Contract, LawfulBasis::Contract),
    (Basis::LegalObligation, LawfulBasis::LegalObligation),
    (Basis::VitalInterests, LawfulBasis::VitalInterests),
    (Basis::PublicTask, LawfulBasis::PublicTask),
    (Basis::LegitimateInterests, LawfulBasis::LegitimateInterests),
];

fn basis_told(wanted: LawfulBasis) -> Basis {
    BASES.iter().find(|(_, basis)| *basis == wanted).map_or(Basis::Consent, |(told, _)| *told)
}

fn basis_of(told: Basis) -> LawfulBasis {
    BASES[told as usize].1
}

fn consent_told(consent: consents::Consent) -> Consent {
    Consent {
        purpose: consent.purpose,
        channel: consent.channel,
        state: consent.state.into(),
        lawful_basis: basis_told(consent.lawful_basis),
        source: consent.source,
        stated_at: Time(consent.stated_at),
    }
}

/// What a person said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentStatement {
    purpose: String,
    channel: String,
    state: ConsentState,
    #[serde(default)]
    lawful_basis: Basis,
    source: Option<String>,
    /// When it was said; now where it is left out.
    stated_at: Option<Time>,
}

/// What came of a statement, and what counts now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentAnswer {
    /// `counts`, `same` (known already) or `older` (a newer statement counts; this one is only in the log).
    outcome: &'static str,
    data: Vec<Consent>,
}

/// List what a person allows and forbids.
#[utoipa::path(get, path = "/people/{id}/consents", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = Page<Consent>)))]
pub(crate) async fn consents_of(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        living(s, &id)?;
        consents::of_person(s, &id)
    });
    let data = found.await?.into_iter().map(consent_told).collect();
    answers::page(&Page { data, next: None })
}

/// Write down what a person said. The newest statement counts, in whatever order they arrive.
#[utoipa::path(post, path = "/people/{id}/consents", tag = "people", params(("id" = String, Path)),
    request_body = ConsentStatement, responses((status = 200, body = ConsentAnswer)))]
pub(crate) async fn state_consent(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(said): Body<ConsentStatement>,
) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        living(tx, &id)?;
        let statement = Statement {
            person_id: &id,
            purpose: &said.purpose,
            channel: &said.channel,
            state: said.state.into(),
            lawful_basis: basis_of(said.lawful_basis),
            source: said.source.as_deref(),
            stated_at: said.stated_at.map_or(tx.now(), |time| time.0),
        };
        let outcome = consents::state(tx, &statement)?;
        Ok((outcome, consents::of_person(tx, &id)?))
    });
    let (outcome, known) = done.await?;
    let outcome = match outcome {
        Outcome::Counts => "counts",
        Outcome::Same => "same",
        Outcome::Older => "older",
    };
    let data = known.into_iter().map(consent_told).collect();
    Ok(answers::json(StatusCode::OK, &ConsentAnswer { outcome, data }))
}

/// The words that stand on a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tags {
    data: Vec<String>,
}

/// List the tags of a person.
#[utoipa::path(get, path = "/people/{id}/tags", tag = "people", params(("id" = String, Path)), responses((status = 200, body = Tags)))]
pub(crate) async fn tags_of(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        living(s, &id)?;
        tags::of_record(s, &id)
    });
    Ok(answers::json(StatusCode::OK, &Tags { data: found.await? }))
}

/// Put a tag on a person. Putting it on again changes nothing.
#[utoipa::path(put, path = "/people/{id}/tags/{tag}", tag = "people", params(("id" = String, Path), ("tag" = String, Path)),
    responses((status = 200, body = Tags)))]
pub(crate) async fn add_tag(
    State(app): State<App>,
    caller: Writing,
    Path((id, tag)): Path<(String, String)>,
) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        living(tx, &id)?;
        tags::add(tx, &id, &tag)?;
        tags::of_record(tx, &id)
    });
    Ok(answers::json(StatusCode::OK, &Tags { data: done.await? }))
}

/// Take a tag off a person.
#[utoipa::path(delete, path = "/people/{id}/tags/{tag}", tag = "people",
    params(("id" = String, Path), ("tag" = String, Path)), responses((status = 204)))]
pub(crate) async fn remove_tag(
    State(app): State<App>,
    caller: Writing,
    Path((id, tag)): Path<(String, String)>,
) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        living(tx, &id)?;
        match tags::remove(tx, &id, &tag)? {
            true => Ok(()),
            false => Err(Error::missing("tag", &tag)),
        }
    });
    done.await?;
    answers::done()
}

/// What somebody wrote about a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Note {
    id: String,
    record_kind: String,
    record_id: String,
    /// Plain text.
    body: String,
    /// The user who wrote it; null for an import or the program.
    author_id: Option<String>,
    created_at: Time,
    updated_at: Time,
}

impl From<notes::Note> for Note {
    fn from(note: notes::Note) -> Self {
        Self {
            id: note.id,
            record_kind: note.record_kind,
            record_id: note.record_id,
            body: note.body,
            author_id: note.author_id,
            created_at: Time(note.created_at),
            updated_at: Time(note.updated_at),
        }
    }
}

/// The text of a note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteInput {
    body: String,
}

/// List the notes about a person from the newest to the oldest.
#[utoipa::path(get, path = "/people/{id}/notes", tag = "people", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<Note>)))]
pub(crate) async fn notes_of(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<PageAsked>,
) -> Result {
    let limit = asked.limit()?;
    let cursor = asked.after.as_deref().map(cursor).transpose()?;
    let found = app.store.read(move |s| {
        living(s, &id)?;
        notes::of_record(s, &id, cursor.as_ref(), limit + 1)
    });
    let place = |note: &notes::Note| format!("{}.{}", note.created_at, note.id);
    answers::page(&Page::cut(found.await?, limit, place, Note::from))
}

fn cursor(after: &str) -> Result<Cursor> {
    let (at, id) = after.split_once('.').ok_or_else(|| asked::no_place(after))?;
    let created_at = at.parse().map_err(|_| asked::no_place(after))?;
    Ok(Cursor { created_at, id: id.to_string() })
}

/// Write a note about a person. Two requests write two notes.
#[utoipa::path(post, path = "/people/{id}/notes", tag = "people", params(("id" = String, Path)), request_body = NoteInput,
    responses((status = 201, body = Note)))]
pub(crate) async fn write_note(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(said): Body<NoteInput>,
) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        living(tx, &id)?;
        let note = notes::write(tx, &id, &said.body)?;
        notes::get(tx, &note)
    });
    let note = done.await?;
    answers::stated(true, &format!("/api/v1/notes/{}", note.id), note.updated_at, &Note::from(note))
}

/// Show a note.
#[utoipa::path(get, path = "/notes/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = Note)))]
pub(crate) async fn show_note(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let note = app.store.read(move |s| notes::get(s, &id)).await?;
    answers::record(StatusCode::OK, note.updated_at, &Note::from(note))
}

/// Write a note anew.
#[utoipa::path(patch, path = "/notes/{id}", tag = "people", params(("id" = String, Path)), request_body = NoteInput,
    responses((status = 200, body = Note)))]
pub(crate) async fn edit_note(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(said): Body<NoteInput>,
) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        notes::edit(tx, &id, &said.body)?;
        notes::get(tx, &id)
    });
    let note = done.await?;
    answers::record(StatusCode::OK, note.updated_at, &Note::from(note))
}

/// Take a note out of sight.
#[utoipa::path(delete, path = "/notes/{id}", tag = "people", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn delete_note(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    app.store.write(caller.by(), move |tx| notes::delete(tx, &id)).await?;
    answers::done()
}
