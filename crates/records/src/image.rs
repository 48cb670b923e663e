//! Images of records: rows as JSON with every column, and back again, so that a change can be taken back exactly.
//!
//! An image names its columns, so that one from before a new column still fits. It knows no rules of any record.

use platform::events::{self, Event, Standing};
use platform::store::{Cell, places_from};
use platform::{Error, Param, Result, Snapshot, Tx};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A table and its columns, all of them.
pub(crate) struct Shape {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    /// The column that names the record in whose timeline the row stands.
    pub(crate) subject: &'static str,
}

/// One row: its columns by name.
pub(crate) type Image = Map<String, Value>;

/// The rows for which `condition` holds, in its order.
pub(crate) fn rows(
    snapshot: &mut Snapshot<'_>,
    shape: &Shape,
    condition: &str,
    params: &[Param<'_>],
) -> Result<Vec<Image>> {
    let sql = format!("SELECT {} FROM {} WHERE {condition}", shape.columns.join(", "), shape.table);
    snapshot.query(&sql, params, |row| {
        let mut image = Image::new();
        for (index, column) in shape.columns.iter().enumerate() {
            let value = match row.cell(index)? {
                Cell::Null => Value::Null,
                Cell::Int(v) => Value::from(v),
                Cell::Real(v) => Value::from(v),
                Cell::Text(v) => Value::from(v),
            };
            image.insert((*column).to_string(), value);
        }
        Ok(image)
    })
}

/// The only row for which `condition` holds, if there is one.
pub(crate) fn row(
    snapshot: &mut Snapshot<'_>,
    shape: &Shape,
    condition: &str,
    params: &[Param<'_>],
) -> Result<Option<Image>> {
    Ok(rows(snapshot, shape, condition, params)?.into_iter().next())
}

/// Inserts a row as its image shows it; keys of the image that are no columns are left out.
pub(crate) fn insert(tx: &mut Tx<'_>, shape: &Shape, image: &Image) -> Result<()> {
    let mut columns = Vec::with_capacity(shape.columns.len());
    let mut values = Vec::with_capacity(shape.columns.len());
    for column in shape.columns {
        if let Some(value) = image.get(*column) {
            columns.push(*column);
            values.push(param(value, column)?);
        }
    }
    tx.insert_rows(shape.table, &columns, "", &values)?;
    Ok(())
}

pub(crate) fn param<'a>(value: &'a Value, column: &str) -> Result<Param<'a>> {
    match value {
        Value::Null => Ok(Param::Null),
        Value::String(text) => Ok(Param::Text(Cow::Borrowed(text))),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Ok(Param::Int(whole)),
            (None, Some(real)) => Ok(Param::Real(real)),
            (None, None) => Err(Error::database(format!("{column}: {number} is out of range"))),
        },
        other => Err(Error::database(format!("{column}: {other} is no value of a column"))),
    }
}

/// The text in column `name`, where the image has one.
pub(crate) fn text<'a>(image: &'a Image, name: &str) -> Option<&'a str> {
    image.get(name).and_then(Value::as_str)
}

pub(crate) fn to_json(image: Image) -> String {
    Value::Object(image).to_string()
}

/// The before-image of an event; None where the event created its record.
pub(crate) fn before(event: &Event) -> Result<Option<Image>> {
    event.before_json.as_deref().map(|json| serde_json::from_str(json).map_err(Error::from)).transpose()
}

/// Refuses to take back an event that something later stands on; `name` is what the reader calls the record.
///
/// **Errors** with [`Error::Conflict`] when the event was taken back already or its record was changed after it.
pub(crate) fn refuse_if_overtaken(
    snapshot: &mut Snapshot<'_>,
    event: &Event,
    subject_now: &str,
    name: &str,
) -> Result<()> {
    match events::standing(snapshot, event, subject_now)? {
        Standing::Latest => Ok(()),
        Standing::Undone => Err(Error::Conflict(format!("{name}: {} was taken back already", event.verb))),
        Standing::ChangedLater(later) => Err(Error::Conflict(format!(
            "{name} was changed later ({} at {}); take that back first",
            later.verb,
            platform::clock::in_words(later.at)
        ))),
    }
}

/// A record that is one row of one table: puts it back to the before-image, and says so in the log.
///
/// **Errors** as [`refuse_if_overtaken`].
pub(crate) fn undo_row(
    tx: &mut Tx<'_>,
    event: &Event,
    shape: &Shape,
    key: (&str, &[Param<'_>]),
    name: impl FnOnce(Option<&Image>) -> String,
) -> Result<()> {
    let (condition, params) = key;
    let current = row(tx, shape, condition, params)?;
    let before = before(event)?;
    let subject_in = |image: Option<&Image>| {
        image.and_then(|image| text(image, shape.subject)).unwrap_or(&event.subject_id).to_string()
    };
    let subject_now = subject_in(current.as_ref());
    refuse_if_overtaken(tx, event, &subject_now, &name(current.as_ref().or(before.as_ref())))?;
    if current.is_some() {
        tx.execute(&format!("DELETE FROM {} WHERE {condition}", shape.table), params)?;
    }
    if let Some(before) = &before {
        insert(tx, shape, before)?;
    }
    let subject_then = subject_in(before.as_ref().or(current.as_ref()));
    events::append_undone(tx, event, &subject_then, current.map(to_json))?;
    Ok(())
}

/// The record, or None where there is none.
pub(crate) fn if_there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(record) => Ok(Some(record)),
        Err(Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `$1, $2, …`: places for `n` parameters.
pub(crate) fn places(n: usize) -> String {
    places_from(1, n)
}

/// The end of the range of texts that begin with `prefix`.
pub(crate) fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}
