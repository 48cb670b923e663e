//! What a person bought, kept beside the person, so that lists can sort and filter by it.
//!
//! These four columns are the only thing that orders write into people; they follow from the orders and are in no event.

use super::workspace_currency;
use platform::{Result, Tx, params};

/// Counts the orders of these people anew; returns how many of the people there are.
///
/// `n_orders`, `first_order_at` and `last_order_at` are of purchases; `revenue_minor` is less returns.
pub fn refresh_person_totals(tx: &mut Tx<'_>, person_ids: &[&str]) -> Result<u64> {
    let mut n_found = 0;
    for person_id in person_ids {
        n_found += tx.execute(
            "UPDATE people SET (n_orders, revenue_minor, first_order_at, last_order_at) = (
               SELECT count(*) FILTER (WHERE is_return = 0 AND counted_minor > 0),
                 CAST(coalesce(sum(counted_minor), 0) AS BIGINT),
                 min(ordered_at) FILTER (WHERE is_return = 0 AND counted_minor > 0),
                 max(ordered_at) FILTER (WHERE is_return = 0 AND counted_minor > 0)
               FROM orders WHERE person_id = $1)
             WHERE id = $1",
            &params![person_id],
        )?;
    }
    Ok(n_found)
}

/// Counts the orders behind `after` anew, by their ids, and the people of those that changed: what a change of the
/// workspace's currency needs. Returns the last id, or None when no order is left.
///
/// There may be millions of orders, so a job calls it chunk by chunk.
pub fn recount(tx: &mut Tx<'_>, after: &str, limit: usize) -> Result<Option<String>> {
    let workspace = workspace_currency(tx)?.code();
    let last = tx.first(
        "SELECT max(id) FROM (SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT $2) AS page",
        &params![after, limit as i64],
        |row| row.get::<Option<String>>(0),
    )?;
    let Some(last) = last.flatten() else { return Ok(None) };
    let people = tx.query(
        "UPDATE orders SET counted_minor = CASE WHEN currency = $1 AND status = 'placed' THEN total_minor ELSE 0 END
         WHERE id > $2 AND id <= $3
           AND counted_minor <> CASE WHEN currency = $1 AND status = 'placed' THEN total_minor ELSE 0 END
         RETURNING person_id",
        &params![workspace, after, last],
        |row| row.get::<Option<String>>(0),
    )?;
    let mut people: Vec<String> = people.into_iter().flatten().collect();
    people.sort_unstable();
    people.dedup();
    refresh_person_totals(tx, &people.iter().map(String::as_str).collect::<Vec<_>>())?;
    tx.records_changed();
    Ok(Some(last))
}
