//! From a figure to its rows: what is at fault, found by the condition that counted it.

use super::checks::TABLES;
use super::scan::{at_fault, bind};
use super::{Kind, lines, oddities, orders, spellings};
use platform::store::{Param, Snapshot};
use platform::{Error, Result};

/// One row at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultyRow {
    pub kind: Kind,
    /// The record; for an order line its order.
    pub id: String,
    pub label: String,
    /// The value at fault, where one can be shown; raw texts are JSON by field.
    pub shown: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowPage {
    pub rows: Vec<FaultyRow>,
    /// Where the next page begins; None on the last.
    pub next: Option<String>,
}

/// A page of the rows at fault in the check `name`, or behind the oddity of that id, after the cursor of the page before.
///
/// `source` narrows to one source, as the figures name it; None is all.
///
/// **Errors** when there is no such check or oddity.
pub fn rows(
    snapshot: &mut Snapshot<'_>,
    name: &str,
    source: Option<&str>,
    after: Option<&str>,
    limit: usize,
) -> Result<RowPage> {
    if let Some(id) = name.strip_prefix("oddity.") {
        return oddities::rows(snapshot, id, after, limit);
    }
    match name {
        spellings::NAME => return spellings::rows(snapshot, after, limit),
        orders::TWICE => return orders::rows_twice(snapshot, after, limit),
        lines::AMOUNT | lines::COPY => return lines::rows(snapshot, name, after, limit),
        _ => {}
    }
    let missing = || Error::missing("check", name);
    let (table, rule) = TABLES
        .iter()
        .flat_map(|table| table.rules.iter().map(move |rule| (*table, rule)))
        .find(|(table, rule)| table.name(rule) == name)
        .ok_or_else(missing)?;
    let sql = format!(
        "SELECT id, {}, {} FROM {} WHERE {} AND {}",
        table.label,
        rule.shown,
        table.kind.word(),
        table.present,
        at_fault(rule)
    );
    let (mut sql, mut params) = bind(snapshot, table.kind, &sql)?;
    if let Some(source) = source {
        params.push(Param::Text(source.to_string().into()));
        sql.push_str(&format!(" AND coalesce({}, '') = ${}", table.source, params.len()));
    }
    params.push(Param::Text(after.unwrap_or_default().to_string().into()));
    params.push(Param::Int(limit as i64 + 1));
    let n = params.len();
    sql.push_str(&format!(" AND id > ${} ORDER BY id LIMIT ${n}", n - 1));
    let kind = table.kind;
    let found = snapshot.query(&sql, &params, |row| {
        Ok(FaultyRow { kind, id: row.get(0)?, label: row.get(1)?, shown: row.text(2)?.to_string() })
    })?;
    Ok(page(found, limit, |row| row.id.clone()))
}

/// Cuts one row too many off and makes the cursor from the last row that stays.
pub(super) fn page(mut rows: Vec<FaultyRow>, limit: usize, cursor: impl Fn(&FaultyRow) -> String) -> RowPage {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(cursor);
    RowPage { rows, next }
}
