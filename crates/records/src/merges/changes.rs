//! What a merge did to rows: recorded by comparing before and after, put back column by column.

use super::Conflict;
use crate::image::{self, Image, Shape};
use crate::{companies, consents, notes, orders, people, tags};
use platform::store::{Param, Snapshot, Tx};
use platform::{Error, Result, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const PEOPLE: Shape = Shape { table: "people", columns: people::COLUMNS, subject: "id" };
const COMPANIES: Shape = Shape { table: "companies", columns: companies::COLUMNS, subject: "id" };

/// A table that a merge may change: what identifies a row, and which rows belong to the two records `$1` and `$2`.
struct Watched {
    shape: &'static Shape,
    key: &'static [&'static str],
    rows: &'static str,
}

static OF_PEOPLE: [Watched; 5] = [
    Watched { shape: &PEOPLE, key: &["id"], rows: "id IN ($1, $2)" },
    Watched { shape: &orders::ORDERS, key: &["id"], rows: "person_id IN ($1, $2)" },
    Watched { shape: &notes::SHAPE, key: &["id"], rows: "record_id IN ($1, $2)" },
    Watched { shape: &tags::SHAPE, key: &["record_id", "name_key"], rows: "record_id IN ($1, $2)" },
    Watched {
        shape: &consents::SHAPE,
        key: &["person_id", "purpose", "channel"],
        rows: "person_id IN ($1, $2)",
    },
];

static OF_COMPANIES: [Watched; 4] = [
    Watched { shape: &COMPANIES, key: &["id"], rows: "id IN ($1, $2)" },
    Watched { shape: &PEOPLE, key: &["id"], rows: "company_id IN ($1, $2)" },
    Watched { shape: &notes::SHAPE, key: &["id"], rows: "record_id IN ($1, $2)" },
    Watched { shape: &tags::SHAPE, key: &["record_id", "name_key"], rows: "record_id IN ($1, $2)" },
];

fn watched(kind: &str) -> &'static [Watched] {
    if kind == people::KIND { &OF_PEOPLE } else { &OF_COMPANIES }
}

/// Columns that follow from orders or from other columns: they are computed anew, not put back.
const DERIVED: [&str; 4] = ["n_orders", "revenue_minor", "first_order_at", "last_order_at"];
/// Columns of which nobody wants to hear when they stay.
const SILENT: [&str; 5] = ["updated_at", "name_key", "family_key", "email_key", "name"];

/// What happened to one row. Of a row that stayed, only the columns that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Change {
    table: String,
    key: Vec<Value>,
    before: Option<Image>,
    after: Option<Image>,
}

type Rows = BTreeMap<(usize, String), Image>;

/// Watches the rows of two records while they are merged.
pub(crate) struct Recorder {
    kind: String,
    ids: (String, String),
    before: Rows,
}

impl Recorder {
    pub(crate) fn start(snapshot: &mut Snapshot<'_>, kind: &str, (kept, lost): (&str, &str)) -> Result<Self> {
        let ids = (kept.to_string(), lost.to_string());
        let before = rows_of(snapshot, kind, &ids)?;
        Ok(Self { kind: kind.to_string(), ids, before })
    }

    /// What changed since, as JSON.
    pub(crate) fn finish(self, snapshot: &mut Snapshot<'_>) -> Result<String> {
        let mut after = rows_of(snapshot, &self.kind, &self.ids)?;
        let mut changes = Vec::new();
        for ((place, key), old) in self.before {
            let new = after.remove(&(place, key));
            let change = match new {
                Some(new) if new == old => continue,
                Some(new) => {
                    let (old, new): (Image, Image) = differing(old.clone(), new);
                    (Some(old), Some(new))
                }
                None => (Some(old.clone()), None),
            };
            changes.push(row_change(&self.kind, place, &old, change));
        }
        for ((place, _), new) in after {
            changes.push(row_change(&self.kind, place, &new.clone(), (None, Some(new))));
        }
        Ok(serde_json::to_string(&changes)?)
    }
}

fn row_change(
    kind: &str,
    place: usize,
    row: &Image,
    (before, after): (Option<Image>, Option<Image>),
) -> Change {
    let table = &watched(kind)[place];
    let key = table.key.iter().map(|column| row.get(*column).cloned().unwrap_or_default()).collect();
    Change { table: table.shape.table.to_string(), key, before, after }
}

fn rows_of(snapshot: &mut Snapshot<'_>, kind: &str, (kept, lost): &(String, String)) -> Result<Rows> {
    let mut rows = Rows::new();
    for (place, table) in watched(kind).iter().enumerate() {
        for row in image::rows(snapshot, table.shape, table.rows, &params![kept, lost])? {
            let key: Vec<&Value> = table.key.iter().filter_map(|column| row.get(*column)).collect();
            let key = serde_json::to_string(&key)?;
            rows.insert((place, key), row);
        }
    }
    Ok(rows)
}

fn differing(mut old: Image, mut new: Image) -> (Image, Image) {
    let same: Vec<String> = old
        .iter()
        .filter(|(column, value)| new.get(*column) == Some(value))
        .map(|(c, _)| c.clone())
        .collect();
    for column in same {
        old.remove(&column);
        new.remove(&column);
    }
    (old, new)
}

/// How a row is found again.
struct Place {
    table: &'static Watched,
    condition: String,
    key: Vec<Value>,
}

impl Place {
    fn of(change: &Change) -> Result<Self> {
        let table = OF_PEOPLE.iter().chain(&OF_COMPANIES).find(|t| t.shape.table == change.table);
        let table =
            table.ok_or_else(|| Error::database(format!("a merge knows no table {}", change.table)))?;
        let columns = table.key.iter().enumerate();
        let condition: Vec<String> =
            columns.map(|(number, column)| format!("{column} = ${}", number + 1)).collect();
        Ok(Self { table, condition: condition.join(" AND "), key: change.key.clone() })
    }

    fn params(&self) -> Result<Vec<Param<'_>>> {
        self.key.iter().map(|value| image::param(value, "key")).collect()
    }

    fn id(&self) -> String {
        self.key.first().and_then(Value::as_str).unwrap_or_default().to_string()
    }

    fn conflict(&self, field: &str, message: &str) -> Conflict {
        let table = self.table.shape.table.to_string();
        Conflict { table, record_id: self.id(), field: field.to_string(), message: message.to_string() }
    }

    fn set(&self, tx: &mut Tx<'_>, columns: &Image) -> Result<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let mut values = self.params()?;
        let mut assignments = Vec::with_capacity(columns.len());
        for (column, value) in columns {
            values.push(image::param(value, column)?);
            assignments.push(format!("{column} = ${}", values.len()));
        }
        let table = self.table.shape.table;
        let sql = format!("UPDATE {table} SET {} WHERE {}", assignments.join(", "), self.condition);
        tx.execute(&sql, &values).map(drop)
    }
}

/// Undoes recorded changes; returns what was changed since and therefore stays.
pub(super) fn put_back(tx: &mut Tx<'_>, changes: &str) -> Result<Vec<Conflict>> {
    let changes: Vec<Change> = serde_json::from_str(changes)?;
    let mut conflicts = Vec::new();
    let mut sets: Vec<(Place, Image)> = Vec::new();
    for change in &changes {
        let place = Place::of(change)?;
        let now = image::row(tx, place.table.shape, &place.condition, &place.params()?)?;
        match (&change.before, &change.after, now) {
            (Some(before), Some(after), Some(now)) => {
                let columns = columns_to_set(&place, before, after, &now, &mut conflicts);
                sets.push((place, columns));
            }
            (_, Some(_), None) => conflicts.push(place.conflict("", "was removed after the merge")),
            (None, Some(after), Some(now)) if *after == now => {
                let table = place.table.shape.table;
                tx.execute(&format!("DELETE FROM {table} WHERE {}", place.condition), &place.params()?)?;
            }
            (None, Some(_), Some(_)) => {
                conflicts.push(place.conflict("", "was changed after the merge and stays"));
            }
            (Some(before), None, None) => image::insert(tx, place.table.shape, before)?,
            (Some(_), None, Some(_)) => {
                conflicts.push(place.conflict("", "was written anew after the merge"))
            }
            (None, None, _) => {}
        }
    }
    set_all(tx, sets, &mut conflicts)?;
    Ok(conflicts)
}

/// The columns that still are as the merge left them, with their values before it.
fn columns_to_set(
    place: &Place,
    before: &Image,
    after: &Image,
    now: &Image,
    conflicts: &mut Vec<Conflict>,
) -> Image {
    let mut columns = Image::new();
    for (column, old) in before {
        if DERIVED.contains(&column.as_str()) {
            continue;
        }
        if now.get(column) == after.get(column) {
            columns.insert(column.clone(), old.clone());
        } else if now.get(column) != Some(old) && !SILENT.contains(&column.as_str()) {
            conflicts.push(place.conflict(column, "was changed after the merge; the later value stays"));
        }
    }
    columns
}

/// Two records may swap a number that only one may have: all are freed before any is set.
fn set_all(tx: &mut Tx<'_>, sets: Vec<(Place, Image)>, conflicts: &mut Vec<Conflict>) -> Result<()> {
    const NUMBER: &str = "external_id";
    for (place, columns) in &sets {
        if columns.contains_key(NUMBER) {
            place.set(tx, &Image::from_iter([(NUMBER.to_string(), Value::Null)]))?;
        }
    }
    for (place, mut columns) in sets {
        if let Some(number) = columns.get(NUMBER).and_then(Value::as_str).map(str::to_owned) {
            let sql = format!("SELECT id FROM {} WHERE external_id = $1", place.table.shape.table);
            if tx.first(&sql, &params![number], |row| row.get::<String>(0))?.is_some() {
                let message = format!("the number {number} was given to another record after the merge");
                conflicts.push(place.conflict(NUMBER, &message));
                columns.remove(NUMBER);
            }
        }
        place.set(tx, &columns)?;
    }
    Ok(())
}
