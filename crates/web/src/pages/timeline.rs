//! What happened to a record, newest first: events of the log, and the orders of a person at the time of the order.
//!
//! An imported order stands in the log at the time of the import; readers want it where it was placed. So events and
//! orders are two streams by key, laid together here.

use std::collections::{HashMap, HashSet};

use cycle::act::call_lists;
use platform::events::{self, Event, Wanted};
use platform::{Micros, Result, Snapshot, auth};
use records::notes::{self, Note};
use records::orders::{self, Order, Status};
use serde_json::{Map, Value};

use super::changes;
use crate::parts::{Happening, Tab, Tone};
use crate::query::Query;
use crate::wording::{Words, amount, counted};

/// Entries on one page of a timeline.
const ENTRIES: usize = 25;

/// Kinds of entries that a reader can ask for: name, label, kinds of records in the log.
const KINDS: [(&str, &str, &[&str]); 6] = [
    ("", "All", &[]),
    ("orders", "Orders", &["order"]),
    ("notes", "Notes", &["note"]),
    ("changes", "Changes", &["person", "company", "product", "tag"]),
    ("mail", "Mail", &["message", "suppression"]),
    ("consents", "Consents", &["consent", "topic"]),
];

/// Which timeline is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) subject_id: &'a str,
    /// The record as it is now, in the form of its before-images.
    pub(crate) now: Value,
    pub(crate) has_orders: bool,
    /// Only what happened to this record of those that stand in the timeline.
    pub(crate) only: Option<&'a str>,
    pub(crate) may_write: bool,
    pub(crate) query: &'a Query,
}

/// One page of it.
pub(crate) struct Timeline {
    pub(crate) kinds: Vec<Tab>,
    pub(crate) entries: Vec<Happening>,
    /// The address of the entries before these.
    pub(crate) older: Option<String>,
    pub(crate) is_first: bool,
}

/// Where a page ends, in both streams: `evt_…~time.ord_…`.
#[derive(Default)]
struct Place {
    event: Option<String>,
    order: Option<orders::Cursor>,
}

impl Place {
    fn parse(text: &str) -> Self {
        let (event, order) = text.split_once('~').unwrap_or((text, ""));
        let order = order
            .split_once('.')
            .and_then(|(at, id)| Some(orders::Cursor { ordered_at: at.parse().ok()?, id: id.to_string() }));
        Self { event: Some(event.to_string()).filter(|event| !event.is_empty()), order }
    }

    fn text(&self) -> String {
        let order = self.order.as_ref().map(|order| format!("{}.{}", order.ordered_at, order.id));
        format!("{}~{}", self.event.as_deref().unwrap_or(""), order.unwrap_or_default())
    }
}

enum Entry {
    Event(Event),
    Order(Order),
}

impl Entry {
    fn at(&self) -> Micros {
        match self {
            Self::Event(event) => event.at,
            Self::Order(order) => order.ordered_at,
        }
    }
}

/// Reads one page of a record's timeline at `path`.
pub(crate) fn read(
    snapshot: &mut Snapshot<'_>,
    asked: &Asked<'_>,
    path: &str,
    words: &Words,
) -> Result<Timeline> {
    let kind = asked.query.get("kind");
    let wanted = KINDS.iter().find(|(name, ..)| *name == kind).map_or(&[][..], |(.., kinds)| *kinds);
    let mut place = Place::parse(asked.query.get("older"));
    let mut entries = entries(snapshot, asked, wanted, &place)?;
    let has_more = entries.len() > ENTRIES;
    entries.truncate(ENTRIES);
    for entry in &entries {
        match entry {
            Entry::Event(event) => place.event = Some(event.id.clone()),
            Entry::Order(order) => {
                place.order = Some(orders::Cursor { ordered_at: order.ordered_at, id: order.id.clone() });
            }
        }
    }
    let is_first = asked.query.get("older").is_empty();
    let mut teller = Teller::new(snapshot, asked, words, &entries, is_first)?;
    let mut told = Vec::with_capacity(entries.len());
    for entry in &entries {
        told.push(match entry {
            Entry::Event(event) => teller.event(snapshot, event)?,
            Entry::Order(order) => told_order(order, words),
        });
    }
    let here = Query::default().with("kind", kind);
    Ok(Timeline {
        kinds: kinds(asked, path, kind),
        entries: told,
        older: has_more.then(|| here.with("older", &place.text()).at(path)),
        is_first,
    })
}

fn kinds(asked: &Asked<'_>, path: &str, current: &str) -> Vec<Tab> {
    let tab = |(name, label, _): &(&str, &str, &[&str])| Tab {
        label: label.to_string(),
        href: Query::default().with("kind", name).at(path),
        current: *name == current,
        count: None,
    };
    if asked.only.is_some() {
        return Vec::new();
    }
    let is_person = asked.subject_id.starts_with("per_");
    KINDS
        .iter()
        .filter(|(name, ..)| match *name {
            "orders" => asked.has_orders,
            "consents" | "mail" => is_person,
            _ => true,
        })
        .map(tab)
        .collect()
}

/// One more than a page of entries, newest first.
fn entries(
    snapshot: &mut Snapshot<'_>,
    asked: &Asked<'_>,
    kinds: &[&str],
    place: &Place,
) -> Result<Vec<Entry>> {
    let without: &[&str] = if asked.has_orders { &["order.placed", "order.returned"] } else { &[] };
    let wanted = Wanted { record_kinds: kinds, without_verbs: without, record_id: asked.only };
    let events =
        events::timeline_of(snapshot, asked.subject_id, wanted, place.event.as_deref(), ENTRIES + 1)?;
    let mut entries: Vec<Entry> = events.into_iter().map(Entry::Event).collect();
    if asked.has_orders && (kinds.is_empty() || kinds.contains(&orders::KIND)) {
        let orders = orders::of_person(snapshot, asked.subject_id, place.order.as_ref(), ENTRIES + 1)?;
        entries.extend(orders.into_iter().map(Entry::Order));
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at()));
    Ok(entries)
}

fn told_order(order: &Order, words: &Words) -> Happening {
    let what = if order.is_return { "Return" } else { "Order" };
    let cancelled = order.status == Status::Cancelled;
    let mut title = format!("{what} {} for {}", order.number, amount(order.total_minor, order.currency));
    if cancelled {
        title.push_str(", cancelled");
    }
    let mut body = vec![counted(order.n_lines, "line", "lines")];
    body.extend(order.reason.clone());
    Happening {
        at: words.moment(order.ordered_at),
        icon: "order",
        tone: match (cancelled, order.is_return) {
            (true, _) => Tone::Neutral,
            (_, true) => Tone::Warning,
            _ => Tone::Good,
        },
        title,
        href: Some(format!("/orders/{}", order.id)),
        body: body.join(" · "),
        by: order.channel.clone().unwrap_or_else(|| what.to_lowercase()),
        machine: false,
        changes: Vec::new(),
        undo: None,
    }
}

/// What is needed to put events into words.
struct Teller<'a> {
    asked: &'a Asked<'a>,
    words: &'a Words,
    users: HashMap<String, String>,
    notes: HashMap<String, Note>,
    /// Records whose newest event was told: only that one can be taken back.
    told: HashSet<String>,
    is_first: bool,
}

impl<'a> Teller<'a> {
    fn new(
        snapshot: &mut Snapshot<'_>,
        asked: &'a Asked<'a>,
        words: &'a Words,
        entries: &[Entry],
        is_first: bool,
    ) -> Result<Self> {
        let users = auth::list(snapshot)?.into_iter().map(|user| (user.id, user.name)).collect();
        let ids: Vec<&str> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Event(event) if event.verb == "note.written" => Some(event.record_id.as_str()),
                _ => None,
            })
            .collect();
        let notes = notes::many(snapshot, &ids)?.into_iter().map(|note| (note.id.clone(), note)).collect();
        Ok(Self { asked, words, users, notes, told: HashSet::new(), is_first })
    }

    fn event(&mut self, snapshot: &mut Snapshot<'_>, event: &Event) -> Result<Happening> {
        let is_newest = self.told.insert(event.record_id.clone());
        let undone = event.verb.ends_with(".undone");
        let own_creation = event.before_json.is_none() && event.record_id == event.subject_id;
        let may_undo = self.is_first
            && is_newest
            && !undone
            && !own_creation
            && self.asked.may_write
            && (records::may_undo(&event.record_kind) || event.record_kind == call_lists::KIND)
            && changes::is_by_hand(event);
        let is_import = event.origin.as_deref().is_some_and(|origin| origin.starts_with("imp"));
        let (title, body) = self.title(event);
        Ok(Happening {
            at: self.words.moment(event.at),
            icon: icon_of(event),
            tone: tone_of(event),
            title,
            href: place_of_event(event),
            body,
            by: if is_import { "Import".to_string() } else { self.by(event) },
            machine: is_import || event.actor_kind == "system",
            changes: self.changes(snapshot, event)?,
            undo: may_undo.then(|| changes::address_of(&event.id)),
        })
    }

    fn by(&self, event: &Event) -> String {
        match (event.actor_kind.as_str(), event.actor_id.as_deref()) {
            ("user", Some(id)) => self.users.get(id).cloned().unwrap_or_else(|| "A former user".to_string()),
            ("console", _) => "Command line".to_string(),
            ("system", _) => "Rondel".to_string(),
            (kind, _) => kind.to_string(),
        }
    }

    /// The sentence, and more lines under it.
    fn title(&self, event: &Event) -> (String, String) {
        let after = object(event.after_json.as_deref());
        let before = object(event.before_json.as_deref());
        let text = |map: &Map<String, Value>, name: &str| {
            map.get(name).and_then(Value::as_str).unwrap_or_default().to_string()
        };
        let number = || text(&before, "number");
        let tag = || {
            let name = text(&after, "name");
            if name.is_empty() {
                event.record_id.rsplit(':').next().unwrap_or_default().to_string()
            } else {
                name
            }
        };
        let verb = event.verb.strip_suffix(".undone").unwrap_or(&event.verb);
        let (title, body) = match verb {
            "tag.added" => (format!("Tag “{}” added", tag()), String::new()),
            "tag.removed" => (format!("Tag “{}” removed", tag()), String::new()),
            "note.written" => match self.notes.get(&event.record_id) {
                Some(note) => ("Note".to_string(), note.body.clone()),
                None => ("Note, deleted since".to_string(), String::new()),
            },
            "note.edited" => ("Note changed".to_string(), String::new()),
            "note.deleted" => ("Note deleted".to_string(), text(&before, "body")),
            "note.moved" => ("Note taken over by a merge".to_string(), text(&before, "body")),
            "consent.stated" => (consent(event, &after), text(&after, "source")),
            "order.placed" => ("Order placed".to_string(), String::new()),
            "order.returned" => ("Returned".to_string(), String::new()),
            "order.cancelled" => (format!("Order {} cancelled", number()), String::new()),
            "order.updated" => (format!("Order {} changed", number()), String::new()),
            "order.deleted" => (format!("Order {} deleted", number()), String::new()),
            "order.lines_added" => (format!("Lines added to order {}", number()), String::new()),
            "order.reassigned" => (format!("Order {} taken over by a merge", number()), String::new()),
            _ if is_of_mail(event) => of_mail(verb, &after),
            other => {
                let words = other.split_once('.').map_or(other, |(_, what)| what).replace('_', " ");
                (capital(&words), String::new())
            }
        };
        match event.verb.ends_with(".undone") {
            true => (format!("Taken back: {}", lower(&title)), String::new()),
            false => (title, body),
        }
    }

    /// Field by field, what an update changed; afterwards is how the next change found it, or how it is now.
    fn changes(&self, snapshot: &mut Snapshot<'_>, event: &Event) -> Result<Vec<(String, String, String)>> {
        if event.record_id != event.subject_id || !event.verb.ends_with(".updated") {
            return Ok(Vec::new());
        }
        let Some(before) = event.before_json.as_deref() else { return Ok(Vec::new()) };
        let after = match events::next_on_record(snapshot, event)?.and_then(|next| next.before_json) {
            Some(json) => object(Some(&json)),
            None => self.asked.now.as_object().cloned().unwrap_or_default(),
        };
        Ok(differences(&object(Some(before)), &after))
    }
}

/// Whether it is about mail that we sent to a person.
fn is_of_mail(event: &Event) -> bool {
    matches!(event.record_kind.as_str(), "message" | "suppression" | "topic")
}

fn of_mail(verb: &str, after: &Map<String, Value>) -> (String, String) {
    let text = |name: &str| after.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
    let reason = |title: &str| match text("reason") {
        reason if reason.is_empty() => title.to_string(),
        reason => format!("{title}: {reason}"),
    };
    match verb {
        "message.sent" => ("Mail sent".to_string(), text("subject")),
        "message.clicked" => ("Followed a link".to_string(), text("url")),
        "message.bounced" => (reason("Mail came back"), text("detail")),
        "message.complained" => ("Called a mail spam".to_string(), text("detail")),
        "message.answered" => ("An automatic answer came".to_string(), text("detail")),
        "suppression.added" => ("Gets no more mail".to_string(), text("reason").replace('_', " ")),
        "suppression.removed" => ("May be written to again".to_string(), String::new()),
        "topic.chosen" => {
            let wanted = after.get("wanted").and_then(Value::as_bool) != Some(false);
            (
                format!("{} mail about {}", if wanted { "Wants" } else { "Wants no" }, text("topic")),
                text("source"),
            )
        }
        other => {
            let words = other.split_once('.').map_or(other, |(_, what)| what).replace('_', " ");
            (capital(&words), String::new())
        }
    }
}

/// The page of what an event is about, where that is another than the one that is looked at.
fn place_of_event(event: &Event) -> Option<String> {
    if event.record_kind == orders::KIND && event.record_id != event.subject_id {
        return Some(changes::place_of(&event.record_id));
    }
    let campaign = object(event.after_json.as_deref());
    let campaign = campaign.get("campaign").and_then(Value::as_str).filter(|_| is_of_mail(event))?;
    Some(format!("/campaigns/{campaign}"))
}

fn consent(event: &Event, after: &Map<String, Value>) -> String {
    let word = |name: &str| after.get(name).and_then(Value::as_str).unwrap_or_default();
    if word("state").is_empty() {
        let about = event.record_id.split_once(':').map_or("", |(_, about)| about);
        return format!("Consent to {}", about.replace(':', " by "));
    }
    format!("{} {} by {}", capital(word("state")), word("purpose"), word("channel"))
}

fn object(json: Option<&str>) -> Map<String, Value> {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// Columns that follow from others or that no reader cares about.
const SILENT: [&str; 14] = [
    "id",
    "raw",
    "raw_json",
    "created_at",
    "updated_at",
    "n_orders",
    "revenue_minor",
    "first_order_at",
    "last_order_at",
    "merged_into",
    "deleted_at",
    "name_key",
    "sku_key",
    "family_key",
];

fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<(String, String, String)> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let mut found = Vec::new();
    for name in names.into_iter().filter(|name| !SILENT.contains(&name.as_str())) {
        match (before.get(name), after.get(name)) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                found.extend(differences(before, after))
            }
            (before, after) if before != after => {
                found.push((label(name), printed(before), printed(after)));
            }
            _ => {}
        }
    }
    found
}

fn printed(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// "Given name" for `given_name`.
pub(crate) fn label(name: &str) -> String {
    capital(&name.trim_end_matches("_id").replace('_', " "))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn lower(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn icon_of(event: &Event) -> &'static str {
    match (event.record_kind.as_str(), event.verb.as_str()) {
        (_, verb) if verb.ends_with(".undone") => "undo",
        (_, verb) if verb.ends_with(".deleted") => "trash",
        (_, verb) if verb.contains("merge") => "merge",
        ("note", _) => "note",
        ("tag", _) => "tag",
        ("order", _) => "order",
        ("consent" | "message" | "suppression" | "topic", _) => "mail",
        (_, verb) if verb.ends_with(".created") => "plus",
        _ => "edit",
    }
}

fn tone_of(event: &Event) -> Tone {
    match event.verb.as_str() {
        "note.written" => Tone::Accent,
        "order.cancelled" => Tone::Warning,
        "message.bounced" | "suppression.added" => Tone::Warning,
        "message.complained" => Tone::Bad,
        verb if verb.ends_with(".deleted") => Tone::Bad,
        _ => Tone::Neutral,
    }
}
