//! What arrived from a source: when last, how much, how much was refused, with which columns.
//!
//! Read where it is written down anyway: the imports, the rows that they refused, and the records themselves.

use crate::calendar::Day;
use crate::plan::kept::{self, Kept};
use platform::clock::DAY;
use platform::store::Snapshot;
use platform::{Micros, Result, params};
use serde::Serialize;

/// The source of orders.
const ORDERS: &str = "orders";
/// Months of which the volume is told.
pub const MONTHS: usize = 12;

/// What arrived from a source.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Arrivals {
    /// When something came last, by file or by hand.
    pub last_at: Option<Micros>,
    /// When that which was told happened last, such as the newest order.
    pub newest_fact_at: Option<Micros>,
    /// Rows of files in the last 30 days, or records that tell of these days, whichever are more.
    pub n_rows_30_days: i64,
    /// Rows of files that were refused and wait to be mended.
    pub n_quarantined: i64,
    /// Columns of the newest file; empty where none came.
    pub newest_columns: Vec<String>,
}

/// Where the records of a source lie: the table, the column of the time that they tell of, and the condition that counts.
struct Place {
    table: &'static str,
    told_at: &'static str,
    /// When a row came to be written.
    made_at: &'static str,
    counts: &'static str,
    comes_in_files: bool,
}

fn place(key: &str) -> Option<Place> {
    // What was merged or deleted since has arrived all the same.
    let of = |table, told_at| Place {
        table,
        told_at,
        made_at: "created_at",
        counts: "1 = 1",
        comes_in_files: true,
    };
    match key {
        ORDERS => Some(of("orders", "ordered_at")),
        "people" => Some(of("people", "created_at")),
        "companies" => Some(of("companies", "created_at")),
        "products" => Some(of("products", "created_at")),
        "clicks" => Some(Place {
            made_at: "at",
            counts: "who = 'person'",
            comes_in_files: false,
            ..of("clicks", "at")
        }),
        _ => None,
    }
}

/// What arrived from the source with this key up to now; nothing is known about one that is kept elsewhere.
pub fn arrivals(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Arrivals> {
    let Some(place) = place(key) else { return Ok(Arrivals::default()) };
    let now = snapshot.now();
    let (table, told_at, counts) = (place.table, place.told_at, place.counts);
    // Ids are in the order of time, so the newest record is found without an index on its creation.
    let sql = format!("SELECT {} FROM {table} ORDER BY id DESC LIMIT 1", place.made_at);
    let last_made: Option<Micros> = snapshot.first(&sql, &[], |row| row.get(0))?;
    let sql = format!("SELECT max({told_at}) FROM {table} WHERE {told_at} <= $1 AND {counts}");
    let newest_fact_at = snapshot.one(&sql, &params![now], |row| row.get(0))?;
    let mut found = Arrivals { last_at: last_made, newest_fact_at, ..Arrivals::default() };
    let sql = format!("SELECT count(*) FROM {table} WHERE {told_at} > $1 AND {told_at} <= $2 AND {counts}");
    found.n_rows_30_days = snapshot.one(&sql, &params![now - 30 * DAY, now], |row| row.get(0))?;
    if place.comes_in_files {
        in_files(snapshot, key, now, &mut found)?;
    }
    Ok(found)
}

/// Records of a source by month of what they tell: number of the month and records, the oldest first, up to this month.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ByMonth {
    pub months: Vec<(i32, i64)>,
    /// When the newest turn counted the months that were over, where they are not counted anew.
    pub counted_at: Option<Micros>,
}

/// How much came by month from the source with this key; nothing is known about one that is kept elsewhere.
pub fn by_month(snapshot: &mut Snapshot<'_>, key: &str) -> Result<ByMonth> {
    let kept = match key {
        ORDERS => kept::read::<Vec<(i32, i64)>>(snapshot, kept::ARRIVALS)?,
        _ => None,
    };
    let Some(Kept { mut counted, counted_at }) = kept else {
        return Ok(ByMonth { months: count_by_month(snapshot, key, &[])?, counted_at: None });
    };
    // The turn saw a part of its own month only.
    counted.pop();
    Ok(ByMonth { months: count_by_month(snapshot, key, &counted)?, counted_at: Some(counted_at) })
}

/// All orders by month, for a turn to keep.
pub fn orders_by_month(snapshot: &mut Snapshot<'_>) -> Result<Vec<(i32, i64)>> {
    count_by_month(snapshot, ORDERS, &[])
}

fn count_by_month(snapshot: &mut Snapshot<'_>, key: &str, known: &[(i32, i64)]) -> Result<Vec<(i32, i64)>> {
    let Some(place) = place(key) else { return Ok(Vec::new()) };
    let this = Day::of(snapshot.now()).month();
    let first = this - MONTHS as i32 + 1;
    let (table, told_at, counts) = (place.table, place.told_at, place.counts);
    let sql = format!("SELECT count(*) FROM {table} WHERE {told_at} >= $1 AND {told_at} < $2 AND {counts}");
    (first..=this)
        .map(|month| {
            if let Some(known) = known.iter().find(|known| known.0 == month) {
                return Ok(*known);
            }
            let (from, to) = (Day::first_of_month(month).start(), Day::first_of_month(month + 1).start());
            Ok((month, snapshot.one(&sql, &params![from, to], |row| row.get(0))?))
        })
        .collect()
}

fn in_files(snapshot: &mut Snapshot<'_>, key: &str, now: Micros, found: &mut Arrivals) -> Result<()> {
    let (last_file, n_rows): (Option<Micros>, Option<i64>) = snapshot.one(
        "SELECT max(finished_at), CAST(sum(CASE WHEN finished_at > $2
             THEN n_new + n_changed + n_same + n_conflict + n_error ELSE 0 END) AS BIGINT)
         FROM imports WHERE kind = $1 AND state IN ('done','failed') AND finished_at <= $3",
        &params![key, now - 30 * DAY, now],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    found.last_at = found.last_at.max(last_file);
    found.n_rows_30_days = found.n_rows_30_days.max(n_rows.unwrap_or_default());
    found.n_quarantined = snapshot.one(
        "SELECT count(*) FROM rejected_rows WHERE replayed_at IS NULL AND import_no IN
           (SELECT import_no FROM imports WHERE kind = $1 AND state IN ('done','failed'))",
        &params![key],
        |row| row.get(0),
    )?;
    found.newest_columns = columns_of_newest(snapshot, key)?;
    Ok(())
}

/// The columns of the newest file of a source: what a contract is proposed from.
pub fn columns_of_newest(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Vec<String>> {
    let plan: Option<serde_json::Value> = snapshot.first(
        "SELECT plan_json FROM imports WHERE kind = $1 AND state IN ('done','failed')
         ORDER BY created_at DESC, id DESC LIMIT 1",
        &params![key],
        |row| Ok(serde_json::from_str(row.text(0)?)?),
    )?;
    let columns = plan.as_ref().and_then(|plan| plan["columns"].as_array());
    let header = |column: &serde_json::Value| column["header"].as_str().map(str::to_string);
    Ok(columns.map(|columns| columns.iter().filter_map(header).collect()).unwrap_or_default())
}
