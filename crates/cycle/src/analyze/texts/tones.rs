//! The tone of each note: read once, kept with the version of the reader, read again when the note changes.

use language::sentiment::Customer;
use platform::store::{Param, Row, Snapshot, Store};
use platform::{By, Micros, Result, params, settings};
use records::notes::{self, Note};
use std::borrow::Cow;
use std::collections::HashMap;

/// Changes when the reader changes, so that every note is read again.
pub const MODEL_VERSION: i64 = 1;
/// Notes that are read in one transaction.
const NOTES_AT_ONCE: usize = 10_000;
const IDS_AT_ONCE: usize = 200;
/// How far back reading begins again: on PostgreSQL the order of changes is not the order of commits.
const OVERLAP: Micros = 10 * platform::clock::MINUTE;
/// The setting that holds how far reading has come.
const CURSOR: &str = "texts.cursor";

/// The tone of a note.
///
/// **Units.** From −1 (angry) to 1 (glad); None where the text is in a language that is not read.
#[derive(Debug, Clone, PartialEq)]
pub struct Tone {
    pub note_id: String,
    pub written_at: Micros,
    pub language: String,
    pub tone: Option<f64>,
}

#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
struct Cursor {
    model_version: i64,
    changed_at: Micros,
    #[serde(default)]
    id: String,
}

/// Reads the notes that were written or changed since the last time; returns how many.
pub fn update(store: &Store) -> Result<u64> {
    let mut cursor: Cursor = store.read(|s| settings::get(s, CURSOR)).wait()?.unwrap_or_default();
    if cursor.model_version != MODEL_VERSION {
        cursor = Cursor { model_version: MODEL_VERSION, changed_at: Micros::MIN, id: String::new() };
    }
    let mut n_read = 0;
    loop {
        let (at, id) = (cursor.changed_at, cursor.id.clone());
        let chunk: Vec<(String, Micros, Micros, String)> = store
            .scan(move |s| {
                s.query(
                    "SELECT id, created_at, updated_at, body FROM notes WHERE (updated_at, id) > ($1, $2)
                     ORDER BY updated_at, id LIMIT $3",
                    &params![at, id, NOTES_AT_ONCE as i64],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
                )
            })
            .wait()?;
        let Some(last) = chunk.last() else { return Ok(n_read) };
        let is_end = chunk.len() < NOTES_AT_ONCE;
        cursor = match is_end {
            true => Cursor { changed_at: last.2 - OVERLAP, id: String::new(), ..cursor },
            false => Cursor { changed_at: last.2, id: last.0.clone(), ..cursor },
        };
        n_read += chunk.len() as u64;
        write(store, chunk, cursor.clone())?;
        if is_end {
            return Ok(n_read);
        }
    }
}

fn write(store: &Store, chunk: Vec<(String, Micros, Micros, String)>, cursor: Cursor) -> Result<()> {
    let mut reader = Customer::new();
    let read: Vec<(String, Micros, Micros, String, Option<f64>)> = chunk
        .into_iter()
        .map(|(id, written_at, changed_at, body)| {
            let judged = reader.judge(&body);
            let tone = judged.score.map(|score| score.compound);
            (id, written_at, changed_at, judged.language.code().to_string(), tone)
        })
        .collect();
    store
        .write(By::system(), move |tx| {
            let mut values = Vec::with_capacity(read.len() * 6);
            for (id, written_at, changed_at, language, tone) in &read {
                values.extend([
                    Param::Text(Cow::Borrowed(id)),
                    Param::Int(*written_at),
                    Param::Int(*changed_at),
                    Param::Text(Cow::Borrowed(language)),
                    tone.map_or(Param::Null, Param::Real),
                    Param::Int(MODEL_VERSION),
                ]);
            }
            let columns = ["note_id", "written_at", "read_of", "language", "tone", "model_version"];
            let again = "ON CONFLICT (note_id) DO UPDATE SET read_of = excluded.read_of, language = excluded.language,
                tone = excluded.tone, model_version = excluded.model_version";
            tx.insert_rows("note_tones", &columns, again, &values)?;
            settings::set(tx, CURSOR, &cursor)
        })
        .wait()
}

/// Writes down which note has which topic of this run; all others have none.
pub(crate) fn keep_topics(store: &Store, topics: Vec<(String, i64)>) -> Result<()> {
    store
        .write(By::system(), move |tx| {
            tx.execute("UPDATE note_tones SET topic = NULL WHERE topic IS NOT NULL", &[])?;
            for (id, topic) in &topics {
                tx.execute("UPDATE note_tones SET topic = $2 WHERE note_id = $1", &params![id, *topic])?;
            }
            Ok(())
        })
        .wait()
}

/// The tones of notes, by their ids; a note that was not read yet is not among them.
pub fn of_notes(snapshot: &mut Snapshot<'_>, ids: &[&str]) -> Result<HashMap<String, Tone>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_AT_ONCE) {
        let places: Vec<String> = (1..=chunk.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT note_id, written_at, language, tone FROM note_tones WHERE note_id IN ({})",
            places.join(", ")
        );
        let ids: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(Cow::Borrowed(*id))).collect();
        for tone in snapshot.query(&sql, &ids, tone)? {
            found.insert(tone.note_id.clone(), tone);
        }
    }
    Ok(found)
}

/// Notes of one record whose tones are shown.
const MOST_OF_RECORD: i64 = 200;

/// The tones of the newest notes about a record, the oldest first.
pub fn of_record(snapshot: &mut Snapshot<'_>, record_id: &str) -> Result<Vec<Tone>> {
    let mut found = snapshot.query(
        "SELECT t.note_id, t.written_at, t.language, t.tone FROM notes n JOIN note_tones t ON t.note_id = n.id
         WHERE n.record_id = $1 AND n.deleted_at IS NULL ORDER BY n.created_at DESC, n.id DESC LIMIT $2",
        &params![record_id, MOST_OF_RECORD],
        tone,
    )?;
    found.reverse();
    Ok(found)
}

/// A page of the notes of a topic of the last run with their tones, the newest first, after `after`.
pub fn of_topic(
    snapshot: &mut Snapshot<'_>,
    topic: i64,
    after: Option<&notes::Cursor>,
    limit: usize,
) -> Result<Vec<(Note, Tone)>> {
    let (at, id) = after.map_or((i64::MAX, "~"), |cursor| (cursor.created_at, cursor.id.as_str()));
    let tones = snapshot.query(
        "SELECT t.note_id, t.written_at, t.language, t.tone FROM note_tones t JOIN notes n ON n.id = t.note_id
         WHERE t.topic = $1 AND (t.written_at, t.note_id) < ($2, $3) AND n.deleted_at IS NULL
         ORDER BY t.written_at DESC, t.note_id DESC LIMIT $4",
        &params![topic, at, id, limit as i64],
        tone,
    )?;
    let ids: Vec<&str> = tones.iter().map(|tone| tone.note_id.as_str()).collect();
    let mut known: HashMap<String, Note> =
        notes::many(snapshot, &ids)?.into_iter().map(|note| (note.id.clone(), note)).collect();
    Ok(tones.into_iter().filter_map(|tone| Some((known.remove(&tone.note_id)?, tone))).collect())
}

fn tone(row: &Row<'_>) -> Result<Tone> {
    Ok(Tone { note_id: row.get(0)?, written_at: row.get(1)?, language: row.get(2)?, tone: row.get(3)? })
}
