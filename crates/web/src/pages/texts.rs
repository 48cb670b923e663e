//! Texts: what customers say, in what tone, and whose money stands behind it.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use cycle::analyze::results;
use cycle::analyze::texts::{self, Group, Report, Tone, Topic};
use platform::{Error, Snapshot};
use records::notes::{Cursor, Note};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use crate::charts::{Chart, Kind, Series, Unit};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Crumb, Moment, Pager};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

#[derive(Template)]
#[template(path = "texts/list.html")]
struct Index {
    page: Layout,
    may_write: bool,
    about: String,
    chart: Option<Chart>,
    topics: Vec<Row>,
    abstained: String,
    languages: Vec<(String, String, &'static str)>,
    examples: Vec<Example>,
}

/// One topic.
struct Row {
    href: String,
    name: String,
    keywords: String,
    n: String,
    by_month: Vec<f64>,
    meaning: String,
    lately: String,
    grows: Option<&'static str>,
    tone: String,
    interval: String,
    people: String,
    money: String,
}

/// A note that is most like its topic.
struct Example {
    topic: String,
    body: String,
}

const SHOWN_CHARS: usize = 180;

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let read = |s: &mut Snapshot<'_>| {
        let latest = results::latest_texts(s)?.map(|latest| latest.result);
        let ids: Vec<String> = latest
            .iter()
            .flat_map(|report| report.topics.iter().flat_map(|t| t.examples.first().cloned()))
            .collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        Ok((latest, records::notes::many(s, &ids)?, workspace_currency(s)?))
    };
    let (report, notes, currency) = app.store.read(read).await?;
    let report = report.filter(|report| !report.languages.is_empty());
    let bodies: HashMap<&str, &str> =
        notes.iter().map(|note| (note.id.as_str(), note.body.as_str())).collect();
    let topics = report.iter().flat_map(|report| &report.topics);
    let example = |topic: &Topic| {
        let body = bodies.get(topic.examples.first()?.as_str())?;
        Some(Example { topic: topic.name.clone(), body: shortened(body) })
    };
    respond::page(&Index {
        page: current.layout(Place::Texts, "Texts"),
        may_write: current.may_write(),
        about: report.as_ref().map(about).unwrap_or_default(),
        chart: report.as_ref().and_then(chart),
        examples: topics.clone().filter_map(example).collect(),
        topics: topics.map(|topic| row(topic, currency)).collect(),
        abstained: report.as_ref().and_then(|report| report.abstained.clone()).unwrap_or_default(),
        languages: report.iter().flat_map(|report| &report.languages).map(language).collect(),
    })
}

fn about(report: &Report) -> String {
    format!(
        "What {} say and in what tone, from −1 (angry) to 1 (glad); topics are grouped anew at each turn.",
        words::counted(report.n_texts as i64, "note of the last two years", "notes of the last two years")
    )
}

fn shortened(body: &str) -> String {
    match body.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{} …", body[..end].trim_end()),
        None => body.to_string(),
    }
}

fn language((code, n, is_read): &(String, u64, bool)) -> (String, String, &'static str) {
    let name = match code.as_str() {
        "eng" => "English",
        "deu" => "German",
        "fra" => "French",
        "spa" => "Spanish",
        "ita" => "Italian",
        "nld" => "Dutch",
        "und" => "Not to be told",
        other => other,
    };
    let told = if *is_read { "Tone is read" } else { "Tone is not read: it reads English" };
    (name.to_string(), words::count(*n as i64), told)
}

fn chart(report: &Report) -> Option<Chart> {
    let known: Vec<(&str, Group)> =
        report.months.iter().filter_map(|month| Some((month.month.as_str(), month.tone?))).collect();
    (known.len() > 1).then(|| Chart {
        id: "tone".to_string(),
        title: "Tone of the notes by month".to_string(),
        subtitle: "Mean from −1 (angry) to 1 (glad), with its 95 % interval; months with two notes or more"
            .to_string(),
        kind: Kind::Lines,
        label_name: "Month".to_string(),
        labels: known.iter().map(|(month, _)| (*month).to_string()).collect(),
        unit: Unit::Plain { digits: 2 },
        series: vec![Series {
            name: "Tone".to_string(),
            values: known.iter().map(|(_, tone)| Some(tone.mean)).collect(),
            interval: Some(known.iter().map(|(_, tone)| (tone.low, tone.high)).collect()),
        }],
    })
}

fn row(topic: &Topic, currency: Currency) -> Row {
    let share = |(n, of): (u64, u64)| match of {
        0 => "–".to_string(),
        of => words::share(n as f64 / of as f64),
    };
    let grows = match (topic.grows(ALARM), topic.sounds_worse(ALARM)) {
        (true, true) => Some("grows, in a worse tone"),
        (true, false) => Some("grows"),
        _ => None,
    };
    Row {
        href: format!("/texts/topics/{}", topic.number),
        name: topic.name.clone(),
        keywords: topic.keywords.join(", "),
        n: words::count(topic.n as i64),
        by_month: topic.by_month.iter().map(|n| *n as f64).collect(),
        meaning: format!("Notes on {} by month", topic.name),
        lately: format!("{} now, {} before", share(topic.lately), share(topic.before)),
        grows,
        tone: topic.tone.map_or("–".to_string(), |tone| tone_in_words(tone.mean)),
        interval: topic
            .tone
            .map_or(String::new(), |t| format!("{} to {}", tone_in_words(t.low), tone_in_words(t.high))),
        people: words::count(topic.n_people as i64),
        money: cycle::words::money(topic.value_minor, currency),
    }
}

/// Growth is marked beyond this chance, corrected for all topics.
const ALARM: f64 = 0.05;

/// "+0.42", "−0.30".
pub(crate) fn tone_in_words(tone: f64) -> String {
    format!("{tone:+.2}").replacen('-', "−", 1)
}

#[derive(Template)]
#[template(path = "texts/topic.html")]
struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    name: String,
    about: String,
    notes: Vec<Said>,
    pager: Pager,
}

/// A note of a topic.
struct Said {
    href: String,
    body: String,
    at: Moment,
    tone: String,
    badge: &'static str,
}

const NOTES_A_PAGE: usize = 50;

/// The notes of one topic, the newest first.
pub(crate) async fn topic(
    State(app): State<App>,
    current: Current,
    Path(number): Path<i64>,
    query: Query,
) -> Result {
    let after = cursor(query.get("after"));
    let read = move |s: &mut Snapshot<'_>| {
        let report = results::latest_texts(s)?.map(|latest| latest.result);
        let topic = report.and_then(|report| report.topics.into_iter().find(|topic| topic.number == number));
        let topic = topic.ok_or_else(|| Error::missing("topic", number.to_string()))?;
        Ok((topic, texts::of_topic(s, number, after.as_ref(), NOTES_A_PAGE + 1)?))
    };
    let (topic, mut found) = app.store.read(read).await?;
    let has_more = found.len() > NOTES_A_PAGE;
    found.truncate(NOTES_A_PAGE);
    let next =
        found.last().filter(|_| has_more).map(|(_, tone)| format!("{}.{}", tone.written_at, tone.note_id));
    let shown = words::counted(found.len() as i64, "note", "notes");
    let now = app.store.now();
    respond::page(&Show {
        page: current.layout(Place::Texts, topic.name.clone()),
        crumbs: vec![Crumb { label: "Texts".to_string(), href: "/texts".to_string() }],
        about: format!(
            "{} by {}, marked by the words {}.",
            words::counted(topic.n as i64, "note", "notes"),
            words::counted(topic.n_people as i64, "customer", "customers"),
            topic.keywords.join(", ")
        ),
        notes: found.iter().map(|(note, tone)| said(note, tone, now, &current)).collect(),
        pager: query.pager(&format!("/texts/topics/{number}"), next.as_deref(), shown),
        name: topic.name,
    })
}

/// "1700000000000000.not_1" as a place in the list; None from the beginning, or for what no page wrote.
fn cursor(text: &str) -> Option<Cursor> {
    let (at, id) = text.split_once('.')?;
    Some(Cursor { created_at: at.parse().ok()?, id: id.to_string() })
}

fn said(note: &Note, tone: &Tone, now: platform::Micros, current: &Current) -> Said {
    let folder = match note.record_kind.as_str() {
        "company" => "companies",
        "order" => "orders",
        "product" => "products",
        _ => "people",
    };
    Said {
        href: format!("/{folder}/{}", note.record_id),
        body: note.body.clone(),
        at: words::moment(tone.written_at, now, current.zone()),
        tone: tone.tone.map_or("not read".to_string(), tone_in_words),
        badge: match tone.tone {
            Some(tone) if tone < -0.05 => "bad",
            Some(tone) if tone > 0.05 => "good",
            _ => "neutral",
        },
    }
}

/// The tone of one record's notes over time, as its page shows it.
pub(crate) struct OfRecord {
    pub(crate) tones: Vec<f64>,
    pub(crate) meaning: String,
    pub(crate) mean: String,
    pub(crate) newest: String,
    pub(crate) words: String,
}

/// None where no note has a tone.
pub(crate) fn of_record(tones: &[Tone]) -> Option<OfRecord> {
    let read: Vec<f64> = tones.iter().filter_map(|tone| tone.tone).collect();
    let newest = *read.last()?;
    let n_not_read = tones.len() - read.len();
    let mean = read.iter().sum::<f64>() / read.len() as f64;
    let mut told = format!("Of {}", words::counted(read.len() as i64, "note", "notes"));
    if n_not_read > 0 {
        told.push_str(&format!("; {n_not_read} in a language that is not read"));
    }
    Some(OfRecord {
        meaning: format!(
            "Tone of {} from the oldest to the newest",
            words::counted(read.len() as i64, "note", "notes")
        ),
        mean: tone_in_words(mean),
        newest: tone_in_words(newest),
        words: told,
        tones: read,
    })
}
