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

/// Counts every order anew and then every person: what a change of the workspace's currency needs.
///
/// It reads all orders, so it belongs into a job.
pub fn recount(tx: &mut Tx<'_>) -> Result<()> {
    let workspace = workspace_currency(tx)?.code();
    tx.execute(
        "UPDATE orders SET counted_minor =
           CASE WHEN currency = $1 AND status = 'placed' THEN total_minor ELSE 0 END",
        &params![workspace],
    )?;
    tx.execute(
        "UPDATE people SET (n_orders, revenue_minor, first_order_at, last_order_at) = (
           SELECT count(*) FILTER (WHERE o.is_return = 0 AND o.counted_minor > 0),
             CAST(coalesce(sum(o.counted_minor), 0) AS BIGINT),
             min(o.ordered_at) FILTER (WHERE o.is_return = 0 AND o.counted_minor > 0),
             max(o.ordered_at) FILTER (WHERE o.is_return = 0 AND o.counted_minor > 0)
           FROM orders o WHERE o.person_id = people.id)",
        &[],
    )?;
    Ok(())
}
