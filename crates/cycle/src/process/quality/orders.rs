//! Orders on the board: their checks, orders that look written twice, and what each source sold on each day.

use super::checks::ORDERS;
use super::oddities::{self, Sales};
use super::rows::page;
use super::{Board, Check, Dimension, FaultyRow, Kind, RowPage};
use platform::clock::DAY;
use platform::store::Snapshot;
use platform::{Error, Result, params};
use std::collections::HashMap;

pub(super) const TWICE: &str = "orders.twice.uniqueness";

/// Sources whose days are compared; a channel column with more different values is no channel.
const SOURCES: usize = 200;

pub(super) fn scan(snapshot: &mut Snapshot<'_>, board: &mut Board) -> Result<()> {
    let mut sources: HashMap<String, Sales> = HashMap::new();
    let extra = ", ordered_at, counted_minor, is_return";
    super::scan::table(snapshot, &ORDERS, extra, board, |row, source| {
        let (ordered_at, counted_minor): (i64, i64) = (row.get(2)?, row.get(3)?);
        let is_sale = counted_minor > 0 && !row.get::<bool>(4)?;
        if !is_sale {
            return Ok(());
        }
        let day = ordered_at.div_euclid(DAY);
        if let Some(sales) = sources.get_mut(source) {
            sales.add(day, counted_minor);
        } else if sources.len() < SOURCES {
            sources.entry(source.to_string()).or_default().add(day, counted_minor);
        }
        Ok(())
    })?;
    let mut sources: Vec<(String, Sales)> = sources.into_iter().collect();
    sources.sort_by(|a, b| a.0.cmp(&b.0));
    for (source, sales) in &sources {
        board.oddities.extend(oddities::of_source(source, sales));
    }
    board.checks.push(twice(snapshot)?);
    Ok(())
}

/// Groups of orders that agree in everything that two orders by chance do not share.
const SAME: &str = "SELECT person_id, ordered_at, is_return, counted_minor, count(*) AS n FROM orders
     WHERE person_id IS NOT NULL AND counted_minor <> 0
     GROUP BY person_id, ordered_at, is_return, counted_minor";

fn twice(snapshot: &mut Snapshot<'_>) -> Result<Check> {
    let sql = format!(
        "SELECT CAST(coalesce(sum(n), 0) AS BIGINT),
           CAST(coalesce(sum(CASE WHEN n > 1 THEN n - 1 ELSE 0 END), 0) AS BIGINT) FROM ({SAME}) AS same"
    );
    let (n_checked, n_again) = snapshot.one(&sql, &[], |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))?;
    Ok(Check {
        name: TWICE.to_string(),
        kind: Kind::Orders,
        field: "twice".to_string(),
        label: "Written once".to_string(),
        dimension: Dimension::Uniqueness,
        definition: "No other order of the same customer has the same time and the same total under another number. Where a \
            file gives only days, two equal purchases on one day are taken for one written twice. Checked: orders of known \
            customers that count; of a group of equal orders all but one are at fault."
            .to_string(),
        n_checked: n_checked.unsigned_abs(),
        n_good: (n_checked - n_again).unsigned_abs(),
        by_source: Vec::new(),
        filter: None,
    })
}

/// All orders of the groups, each group together.
pub(super) fn rows_twice(snapshot: &mut Snapshot<'_>, after: Option<&str>, limit: usize) -> Result<RowPage> {
    let (person, at, id) = match after {
        None => (String::new(), i64::MIN, String::new()),
        Some(cursor) => twice_cursor(cursor)?,
    };
    let sql = format!(
        "SELECT o.id, o.number, o.person_id, o.ordered_at FROM ({SAME} HAVING count(*) > 1) AS same
         JOIN orders o ON o.person_id = same.person_id AND o.ordered_at = same.ordered_at
           AND o.is_return = same.is_return AND o.counted_minor = same.counted_minor
         WHERE (o.person_id, o.ordered_at, o.id) > ($1, $2, $3)
         ORDER BY o.person_id, o.ordered_at, o.id LIMIT $4"
    );
    let rows = snapshot.query(&sql, &params![person, at, id, limit as i64 + 1], |row| {
        let cursor = format!("{} {} {}", row.text(2)?, row.get::<i64>(3)?, row.text(0)?);
        let shown = platform::clock::in_words(row.get(3)?);
        Ok((cursor, FaultyRow { kind: Kind::Orders, id: row.get(0)?, label: row.get(1)?, shown }))
    })?;
    let cursors: HashMap<String, String> =
        rows.iter().map(|(cursor, row)| (row.id.clone(), cursor.clone())).collect();
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    Ok(page(rows, limit, |row| cursors.get(&row.id).cloned().unwrap_or_default()))
}

fn twice_cursor(cursor: &str) -> Result<(String, i64, String)> {
    let mut parts = cursor.split(' ');
    let mut read = || {
        let (person, at, id) = (parts.next()?, parts.next()?, parts.next()?);
        Some((person.to_string(), at.parse().ok()?, id.to_string()))
    };
    read().ok_or_else(|| Error::invalid("after", format!("“{cursor}” is no place in this list")))
}
