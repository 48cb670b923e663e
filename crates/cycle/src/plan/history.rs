//! What the records of the plan share: their events with the record as it was, taking one back, and checking text.

use crate::calendar::Day;
use platform::events::{self, Entry, Event, Standing};
use platform::store::Tx;
use platform::{Error, Problem, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest name in characters.
pub const NAME_LENGTH: usize = 120;
/// Longest text in characters.
pub const TEXT_LENGTH: usize = 10_000;

/// Appends the event of a verb with the record as it was before; a creation has none.
pub(super) fn log<T: Serialize>(
    tx: &mut Tx<'_>,
    verb: &str,
    record_kind: &str,
    id: &str,
    before: Option<&T>,
) -> Result<String> {
    let before = before.map(serde_json::to_string).transpose()?;
    events::append(tx, Entry { verb, record_kind, record_id: id, subject_id: id, before, after: None })
}

/// The record before the event, where it can be taken back; None for a creation.
///
/// **Errors** with a conflict when it was taken back already, or the record changed since.
pub(crate) fn before<T: DeserializeOwned>(tx: &mut Tx<'_>, event: &Event, name: &str) -> Result<Option<T>> {
    match events::standing(tx, event, &event.subject_id)? {
        Standing::Latest => {
            event.before_json.as_deref().map(serde_json::from_str).transpose().map_err(Error::from)
        }
        Standing::Undone => Err(Error::Conflict("this change was already taken back".to_string())),
        Standing::ChangedLater(later) => Err(Error::Conflict(format!(
            "{name} was changed afterwards ({}); it is left as it is",
            later.verb
        ))),
    }
}

/// Appends that an event was taken back; `was` is the record until now.
pub(crate) fn log_undone<T: Serialize>(tx: &mut Tx<'_>, event: &Event, was: &T) -> Result<()> {
    events::append_undone(tx, event, &event.subject_id, Some(serde_json::to_string(was)?)).map(drop)
}

/// **Errors** with a conflict where the editor saw an older version.
pub(super) fn same_version(what: &str, now: i64, seen: i64) -> Result<()> {
    if now == seen {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "{what} was changed in the meantime (version {now} now, {seen} when you opened it); open it again"
    )))
}

/// Problems of input that are collected before anything is refused.
#[derive(Debug, Default)]
pub struct Refused(Vec<Problem>);

impl Refused {
    pub fn at(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(Problem { field: field.to_string(), message: message.into() });
    }

    /// A name: there, and not too long.
    pub fn name(&mut self, field: &str, name: &str, what: &str) {
        if name.is_empty() {
            self.at(field, format!("{what} needs a name"));
        } else if name.chars().count() > NAME_LENGTH {
            self.at(field, format!("a name has at most {NAME_LENGTH} characters"));
        }
    }

    /// A text that may be empty.
    pub fn text(&mut self, field: &str, text: Option<&str>) {
        let n = text.map_or(0, |text| text.chars().count());
        if n > TEXT_LENGTH {
            self.at(field, format!("this has {n} characters; at most {TEXT_LENGTH} are kept"));
        }
    }

    pub fn end(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// The text without spaces around it; None where nothing is left.
pub fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_string)
}

/// Reads a day that somebody typed into `field`.
pub fn day_at(field: &str, text: &str) -> Result<Day> {
    Day::parse(text)
        .map_err(|_| Error::invalid(field, format!("“{}” is no date such as 2026-01-31", text.trim())))
}
