//! What customers say: `/texts/topics`, the notes of a topic, the tones of a person's notes.

use axum::extract::{Path, State};
use cycle::analyze::results;
use cycle::analyze::texts::{self, Group};
use platform::{Error, Snapshot};
use records::notes::Cursor;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Caller;
use super::answers::{self, Page};
use super::asked::{Asked, filled, limit};
use super::values::Time;
use crate::error::Result;
use crate::state::App;

/// A mean tone from −1 (angry) to 1 (glad) with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeanTone {
    mean: f64,
    low: f64,
    high: f64,
    n: u64,
}

impl From<Group> for MeanTone {
    fn from(group: Group) -> Self {
        Self { mean: group.mean, low: group.low, high: group.high, n: group.n }
    }
}

/// What some of the notes of the last two years are about, by the last turn.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextTopic {
    number: i64,
    name: String,
    n: u64,
    keywords: Vec<String>,
    phrases: Vec<String>,
    /// How often its leading words stand together, −1 to 1.
    coherence: f64,
    tone: Option<MeanTone>,
    /// Its notes in the last three months, of all then; and before.
    n_lately: u64,
    n_all_lately: u64,
    n_before: u64,
    n_all_before: u64,
    /// The chance that its share changed like this by itself, corrected for all topics.
    p_share: Option<f64>,
    tone_lately: Option<MeanTone>,
    tone_of_others: Option<f64>,
    /// The chance that its tone differs like this by itself, corrected.
    p_tone: Option<f64>,
    /// Ids of the notes that are most like it.
    examples: Vec<String>,
    n_people: u64,
    /// What they spent in the last 365 days, minor units.
    value_minor: i64,
}

/// List what notes are about, the largest topic first; this list has one page, and is empty where there are too few texts.
#[utoipa::path(get, path = "/texts/topics", tag = "analyses", responses((status = 200, body = Page<TextTopic>)))]
pub(crate) async fn topics(State(app): State<App>, _: Caller) -> Result {
    let latest = app.store.read(results::latest_texts).await?;
    let told = |topic: texts::Topic| TextTopic {
        number: topic.number,
        name: topic.name,
        n: topic.n,
        keywords: topic.keywords,
        phrases: topic.phrases,
        coherence: topic.coherence,
        tone: topic.tone.map(MeanTone::from),
        n_lately: topic.lately.0,
        n_all_lately: topic.lately.1,
        n_before: topic.before.0,
        n_all_before: topic.before.1,
        p_share: topic.p_share,
        tone_lately: topic.tone_lately.map(MeanTone::from),
        tone_of_others: topic.tone_of_others,
        p_tone: topic.p_tone,
        examples: topic.examples,
        n_people: topic.n_people,
        value_minor: topic.value_minor,
    };
    let data = latest.into_iter().flat_map(|latest| latest.result.topics).map(told).collect();
    answers::page(&Page { data, next: None })
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotesAsked {
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    #[serde(default, deserialize_with = "filled")]
    after: Option<String>,
}

/// A note with its tone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TonedNote {
    note_id: String,
    written_at: Time,
    /// ISO 639-3; `und` where it cannot be told.
    language: String,
    /// From −1 (angry) to 1 (glad); null where the language is not read.
    tone: Option<f64>,
    body: Option<String>,
    record_id: Option<String>,
}

impl From<texts::Tone> for TonedNote {
    fn from(tone: texts::Tone) -> Self {
        Self {
            note_id: tone.note_id,
            written_at: Time(tone.written_at),
            language: tone.language,
            tone: tone.tone,
            body: None,
            record_id: None,
        }
    }
}

/// List the notes of a topic, the newest first.
#[utoipa::path(get, path = "/texts/topics/{number}/notes", tag = "analyses", params(("number" = i64, Path), NotesAsked),
    responses((status = 200, body = Page<TonedNote>)))]
pub(crate) async fn notes(
    State(app): State<App>,
    _: Caller,
    Path(number): Path<i64>,
    Asked(asked): Asked<NotesAsked>,
) -> Result {
    let limit = limit(asked.limit)?;
    let after = asked.after.as_deref().map(cursor).transpose()?;
    let read = move |s: &mut Snapshot<'_>| texts::of_topic(s, number, after.as_ref(), limit + 1);
    let mut found = app.store.read(read).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next =
        found.last().filter(|_| has_more).map(|(_, tone)| format!("{}.{}", tone.written_at, tone.note_id));
    let data = found.into_iter().map(|(note, tone)| TonedNote {
        body: Some(note.body),
        record_id: Some(note.record_id),
        ..TonedNote::from(tone)
    });
    answers::page(&Page { data: data.collect(), next })
}

fn cursor(text: &str) -> Result<Cursor> {
    let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_string())));
    let (created_at, id) =
        parts.ok_or_else(|| Error::invalid("after", format!("“{text}” is no place that a page named")))?;
    Ok(Cursor { created_at, id })
}

/// List the tones of the newest notes about a person, the oldest first; this list has one page.
#[utoipa::path(get, path = "/people/{id}/tones", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = Page<TonedNote>)))]
pub(crate) async fn of_person(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let read = move |s: &mut Snapshot<'_>| {
        let person = records::people::get(s, &id)?;
        texts::of_record(s, &person.id)
    };
    let found = app.store.read(read).await?;
    answers::page(&Page { data: found.into_iter().map(TonedNote::from).collect(), next: None })
}
