//! Doubt: the end of a message went out, or may have, and nobody saw the server's answer.
//!
//! Sent again, somebody might get it twice; not sent again, somebody might never get it. So it is shown, and a person
//! decides with the server's log, or a click, a bounce or an unsubscription proves that it had arrived.

use platform::clock::MINUTE;
use platform::events::{self, Entry};
use platform::store::{Snapshot, Store, Tx};
use platform::{By, Error, Micros, Result, params};

use super::post::Post;
use super::settle::{self, Settled};
use crate::act::campaigns;

/// Longer than any connection waits for an answer: a message handed so long ago is in nobody's hands.
const ABANDONED_AFTER: Micros = 15 * MINUTE;
/// Doubts that one page shows, and that are settled in one transaction.
const AT_ONCE: i64 = 500;

/// A message of which nobody knows whether the server took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub message_id: String,
    pub person_id: String,
    pub address: String,
    pub detail: String,
    pub handed_at: Option<Micros>,
}

/// The doubtful messages of a campaign.
pub fn doubtful(snapshot: &mut Snapshot<'_>, campaign_id: &str) -> Result<Vec<Doubt>> {
    snapshot.query(
        "SELECT id, person_id, coalesce(address, ''), coalesce(detail, ''), handed_at FROM messages
         WHERE campaign_id = $1 AND state = 'doubtful' ORDER BY id LIMIT $2",
        &params![campaign_id, AT_ONCE],
        |row| {
            Ok(Doubt {
                message_id: row.get(0)?,
                person_id: row.get(1)?,
                address: row.get(2)?,
                detail: row.get(3)?,
                handed_at: row.get(4)?,
            })
        },
    )
}

/// What somebody found out about a doubtful message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    WasTaken,
    /// The server's log does not know it: it is sent again.
    WasNotTaken,
}

/// Ends a doubt.
///
/// **Errors** with a conflict when the message is in no doubt.
pub fn resolve(tx: &mut Tx<'_>, message_id: &str, found: Found) -> Result<()> {
    let (campaign_id, person_id) = in_doubt(tx, message_id)?
        .ok_or_else(|| Error::Conflict("this message is in no doubt any more".to_string()))?;
    let campaign = campaigns::get(tx, &campaign_id)?;
    let now = tx.now();
    match found {
        Found::WasTaken => {
            settle::accepted(tx, &campaign, message_id, &person_id, "found in the server's log")?
        }
        Found::WasNotTaken => {
            tx.execute(
                "UPDATE messages SET state = 'queued', send_at = $2, reason = NULL, detail = NULL, handed_at = NULL,
                   ended_at = NULL WHERE id = $1",
                &params![message_id, now],
            )?;
            campaigns::reopened(tx, &campaign_id)?;
            super::enqueue_next(tx, &campaign_id, None)?;
        }
    }
    let word = if found == Found::WasTaken { "taken" } else { "sent_again" };
    let entry = Entry {
        verb: "message.resolved",
        record_kind: "message",
        record_id: message_id,
        subject_id: &campaign_id,
        before: None,
        after: Some(serde_json::json!({ "found": word }).to_string()),
    };
    events::append(tx, entry).map(drop)
}

/// A click, a bounce or an unsubscription proves that a doubtful message had arrived.
pub fn proved(tx: &mut Tx<'_>, message_id: &str) -> Result<()> {
    let Some((campaign_id, person_id)) = in_doubt(tx, message_id)? else { return Ok(()) };
    let campaign = campaigns::get(tx, &campaign_id)?;
    settle::accepted(tx, &campaign, message_id, &person_id, "proved by an answer")
}

fn in_doubt(snapshot: &mut Snapshot<'_>, message_id: &str) -> Result<Option<(String, String)>> {
    snapshot.first(
        "SELECT campaign_id, person_id FROM messages WHERE id = $1 AND state = 'doubtful'",
        &params![message_id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Since when a handed message counts as in nobody's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// The caller is alone with the database, so whoever handed it is gone.
    AtOnce,
    /// Another program may be handing it just now.
    Long,
}

/// Looks after messages that were handed by a program that is gone. What lies in the outbox was taken; what was on its way
/// to the outbox and does not lie there goes there again; what was handed to a server is doubtful. Returns how many.
pub fn settle_abandoned(store: &Store, post: &Post, since: Since) -> Result<usize> {
    let mut n = 0;
    loop {
        let found = store.read(move |s| {
            let before = match since {
                Since::AtOnce => i64::MAX,
                Since::Long => s.now() - ABANDONED_AFTER,
            };
            s.query(
                "SELECT m.id, m.campaign_id, coalesce(m.detail, '') FROM campaigns c
                 JOIN messages m ON m.campaign_id = c.id AND m.state = 'handed'
                 WHERE m.handed_at < $1 ORDER BY m.id LIMIT $2",
                &params![before, AT_ONCE],
                |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?)),
            )
        });
        let found = found.wait()?;
        if found.is_empty() {
            return Ok(n);
        }
        n += found.len();
        let mut settled = Vec::with_capacity(found.len());
        for (id, campaign_id, to) in found {
            let lies_there = post.lies_in_outbox(&id)?;
            let fate = match (lies_there, to == Post::OUTBOX) {
                (true, _) => Settled::Accepted { detail: Post::OUTBOX.to_string() },
                (false, true) => Settled::Again,
                (false, false) => Settled::Doubtful {
                    detail: format!(
                        "the program stopped between the end of the message and the answer of {to}"
                    ),
                },
            };
            settled.push((id, campaign_id, fate));
        }
        let give_up = post.give_up_after;
        let write = store.write(By::system(), move |tx| {
            for (id, campaign_id, fate) in &settled {
                let campaign = campaigns::get(tx, campaign_id)?;
                settle::settle(tx, &campaign, id, fate, give_up)?;
                super::enqueue_next(tx, campaign_id, None)?;
            }
            Ok(())
        });
        write.wait()?;
    }
}
