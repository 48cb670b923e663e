//! Spending that the product knows of by itself: mails that were sent, and the time of the calls that were made.
//!
//! It is noted beside what people note, and restated as it grows. A redeemed discount is no cost here: revenue is what was
//! paid, so that the discount is missing from it already.

use crate::plan::budget::{self, Amount, CostKind, Input, Side};
use platform::store::{Snapshot, Tx};
use platform::{By, Result, Store, params};

/// Actions whose spending is looked at in one go.
const MOST_ACTIONS: i64 = 10_000;

/// What one action has used up.
struct Used {
    action_id: String,
    turn_id: String,
    amount: Amount,
    kind: CostKind,
    words: String,
}

/// Notes what was sent and called in the turns that are not closed, at the prices that were stated; without a price
/// nothing is noted.
pub fn run(store: &Store) -> Result<()> {
    store.write(By::system(), note).wait()
}

fn note(tx: &mut Tx<'_>) -> Result<()> {
    let mut used = Vec::new();
    if let Some(price) = budget::mail_price(tx)? {
        used.extend(mails(tx, price)?);
    }
    if let Some(rate) = budget::call_rate(tx)? {
        used.extend(calls(tx, rate)?);
    }
    for one in used {
        let input = Input {
            source_key: Some(format!("{} of {}", one.kind.name(), one.action_id)),
            turn_id: one.turn_id,
            action_id: Some(one.action_id),
            kind: one.kind,
            side: Side::Actual,
            amount: one.amount,
            team: None,
            description: one.words,
            at: None,
        };
        budget::state(tx, &input)?;
    }
    Ok(())
}

/// Mails that a server has taken, or may have.
fn mails(snapshot: &mut Snapshot<'_>, thousand_minor: i64) -> Result<Vec<Used>> {
    let counted = snapshot.query(
        "SELECT a.id, a.turn_id, count(*) FROM actions a
         JOIN campaigns c ON c.action_id = a.id JOIN messages m ON m.campaign_id = c.id
         JOIN turns t ON t.id = a.turn_id
         WHERE t.state <> 'closed' AND m.state IN ('accepted', 'doubtful')
         GROUP BY a.id, a.turn_id ORDER BY a.id LIMIT $1",
        &params![MOST_ACTIONS],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?)),
    )?;
    let cost = |n: i64| i64::try_from((i128::from(n) * i128::from(thousand_minor) + 500) / 1_000);
    Ok(counted
        .into_iter()
        .map(|(action_id, turn_id, n)| Used {
            action_id,
            turn_id,
            amount: Amount::Minor(cost(n).unwrap_or(i64::MAX)),
            kind: CostKind::Send,
            words: format!("{n} mails sent"),
        })
        .collect())
}

/// Calls that were made, each with the minutes that the list allows for it.
fn calls(snapshot: &mut Snapshot<'_>, hourly_rate_minor: i64) -> Result<Vec<Used>> {
    snapshot.query(
        "SELECT a.id, a.turn_id, CAST(sum(k.n_attempts) AS BIGINT), l.minutes_per_call FROM actions a
         JOIN call_lists l ON l.action_id = a.id JOIN tasks k ON k.action_id = a.id
         JOIN turns t ON t.id = a.turn_id
         WHERE t.state <> 'closed' AND k.n_attempts > 0
         GROUP BY a.id, a.turn_id, l.minutes_per_call ORDER BY a.id LIMIT $1",
        &params![MOST_ACTIONS],
        |row| {
            let (n, minutes) = (row.get::<i64>(2)?, row.get::<i64>(3)?);
            Ok(Used {
                action_id: row.get(0)?,
                turn_id: row.get(1)?,
                amount: Amount::Time { minutes: n * minutes, hourly_rate_minor },
                kind: CostKind::Time,
                words: format!("{n} calls made"),
            })
        },
    )
}
