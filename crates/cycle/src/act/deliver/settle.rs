//! The two transactions of a message: handed over, with everything that must hold at that moment; and settled, with what
//! the server said.

use jiff::tz::TimeZone;
use platform::clock::{HOUR, MINUTE};
use platform::events::{self, Entry};
use platform::store::Tx;
use platform::{Micros, Result, ids, params, settings};

use super::gate::{self, Gate, Left};
use crate::act::campaigns::{Campaign, State};
use crate::act::suppression::{self, About, Reason};
use crate::act::{experiments, mail_rules::Rules};

/// How long the next attempt waits at most. **Units:** microseconds.
const LONGEST_WAIT: Micros = 4 * HOUR;

/// What came of handing over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handing {
    /// It is committed as handed: the server may have it now.
    Go,
    /// This person does not get it, and that is written down.
    Left(Left),
    /// Somebody else did something about this message.
    Gone,
    /// The campaign is held, or all mail is, or the hours are quiet until then.
    Halt(Option<Micros>),
}

/// Hands a message over, if everything holds now: the campaign is being sent, nothing is stopped, the hours are not quiet,
/// and this person may get it. `to` says where it is handed, for whoever finds it in doubt.
pub fn hand_over(tx: &mut Tx<'_>, campaign: &Campaign, message_id: &str, to: &str) -> Result<Handing> {
    let found = tx.first(
        "SELECT m.person_id, m.state, c.state FROM messages m JOIN campaigns c ON c.id = m.campaign_id WHERE m.id = $1",
        &params![message_id],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?)),
    )?;
    let Some((person_id, state, campaign_state)) = found else { return Ok(Handing::Gone) };
    if state != "queued" {
        return Ok(Handing::Gone);
    }
    if campaign_state != State::Sending.name() {
        return Ok(Handing::Halt(None));
    }
    let gate = Gate::read(tx, campaign)?;
    if let Some(halt) = halted(tx, gate.rules())? {
        return Ok(halt);
    }
    let standing = gate::standing(tx, &gate, &[&person_id])?.pop();
    let address = match standing {
        Some(gate::Standing { address: Some(address), .. }) => address,
        Some(gate::Standing { left, .. }) => {
            let left = left.unwrap_or(Left::NoAddress);
            leave_out(tx, message_id, left.name(), None)?;
            return Ok(Handing::Left(left));
        }
        None => {
            leave_out(tx, message_id, Left::Gone.name(), None)?;
            return Ok(Handing::Left(Left::Gone));
        }
    };
    let now = tx.now();
    tx.execute(
        "UPDATE messages SET state = 'handed', handed_at = $2, n_attempts = n_attempts + 1, address = $3, reason = NULL,
           detail = $4
         WHERE id = $1",
        &params![message_id, now, suppression::key(&address), to],
    )?;
    Ok(Handing::Go)
}

/// Whether all mail is stopped, or the hours are quiet.
fn halted(tx: &mut Tx<'_>, rules: &Rules) -> Result<Option<Handing>> {
    if rules.is_stopped {
        return Ok(Some(Handing::Halt(None)));
    }
    let zone: Option<String> = settings::get(tx, settings::TIME_ZONE)?;
    let zone = zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC);
    Ok(rules.quiet_until(tx.now(), &zone).map(|until| Handing::Halt(Some(until))))
}

/// What the server said about a message, or did not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    Accepted {
        detail: String,
    },
    /// For good.
    ///
    /// `unknown_address` is the address, where the server says that there is no such mailbox.
    Refused {
        reason: String,
        detail: String,
        unknown_address: Option<String>,
    },
    /// Not taken, and worth another attempt.
    Later {
        reason: String,
        detail: String,
    },
    /// The end of the message was sent and the answer never came.
    Doubtful {
        detail: String,
    },
    /// Surely not taken, for no fault of its own: it goes as soon as it can.
    Again,
    /// The message cannot be written for this person.
    Unwritten {
        detail: String,
    },
}

/// Writes down what came of a message. What is settled already stays as it is.
pub fn settle(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    message_id: &str,
    settled: &Settled,
    give_up: Micros,
) -> Result<()> {
    let found = tx.first(
        "SELECT person_id, state, n_attempts FROM messages WHERE id = $1",
        &params![message_id],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?)),
    )?;
    let Some((person_id, state, n_attempts)) = found else { return Ok(()) };
    if !matches!(state.as_str(), "queued" | "handed") {
        return Ok(());
    }
    let now = tx.now();
    match settled {
        Settled::Accepted { detail } => accepted(tx, campaign, message_id, &person_id, detail),
        Settled::Unwritten { detail } => leave_out(tx, message_id, "cannot_be_written", Some(detail)),
        Settled::Doubtful { detail } => tx
            .execute(
                "UPDATE messages SET state = 'doubtful', reason = 'no_answer', detail = $2, ended_at = $3 WHERE id = $1",
                &params![message_id, detail, now],
            )
            .map(drop),
        Settled::Again => tx
            .execute("UPDATE messages SET state = 'queued', handed_at = NULL, detail = NULL WHERE id = $1", &params![message_id])
            .map(drop),
        Settled::Later { reason, detail } => {
            let begun = ids::made_at(message_id).unwrap_or(now);
            let wait = LONGEST_WAIT.min((5 * MINUTE) << n_attempts.clamp(0, 10));
            if now.saturating_add(wait) > begun.saturating_add(give_up) {
                let detail = format!("gave up: {detail}");
                return refused(tx, message_id, reason, &detail);
            }
            tx.execute(
                "UPDATE messages SET state = 'queued', send_at = $2, reason = $3, detail = $4, handed_at = NULL,
                   n_attempts = $5 WHERE id = $1",
                &params![message_id, now + wait, reason, detail, n_attempts + i64::from(state == "queued")],
            )
            .map(drop)
        }
        Settled::Refused { reason, detail, unknown_address } => {
            refused(tx, message_id, reason, detail)?;
            let Some(address) = unknown_address else { return Ok(()) };
            let about = About { detail: Some(detail), person_id: Some(&person_id), message_id: Some(message_id) };
            suppression::add(tx, address, Reason::HardBounce, about).map(drop)
        }
    }
}

/// The server has it: it stands in the person's timeline, and counts as an exposure.
pub(super) fn accepted(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    message_id: &str,
    person_id: &str,
    detail: &str,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE messages SET state = 'accepted', reason = NULL, detail = $2, ended_at = $3 WHERE id = $1",
        &params![message_id, detail, now],
    )?;
    let after =
        serde_json::json!({ "campaign": campaign.id, "subject": campaign.content.subject }).to_string();
    events::append(
        tx,
        Entry {
            verb: "message.sent",
            record_kind: "message",
            record_id: message_id,
            subject_id: person_id,
            before: None,
            after: Some(after),
        },
    )?;
    match experiments::of_action(tx, &campaign.action_id)? {
        Some(experiment) => experiments::expose(tx, &experiment.id, person_id, "mail"),
        None => Ok(()),
    }
}

fn refused(tx: &mut Tx<'_>, message_id: &str, reason: &str, detail: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE messages SET state = 'refused', reason = $2, detail = $3, handed_at = NULL, ended_at = $4 WHERE id = $1",
        &params![message_id, reason, detail, now],
    )?;
    Ok(())
}

/// This person does not get it. The address is free for somebody else who has it too.
pub(super) fn leave_out(tx: &mut Tx<'_>, message_id: &str, reason: &str, detail: Option<&str>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE messages SET state = 'left_out', reason = $2, detail = $3, address = NULL, ended_at = $4
         WHERE id = $1 AND state IN ('queued','handed')",
        &params![message_id, reason, detail, now],
    )?;
    Ok(())
}
