//! From checked to done: the verbs that let a campaign go out, hold it and end it.
//!
//! Pausing and stopping need nothing but this row: whoever hands a message over reads it in the same transaction.

use super::{Campaign, State, change, get};
use crate::act::{actions, deliver, mail_rules};
use platform::store::{Snapshot, Tx};
use platform::{Error, Result, auth, params};

/// Why a campaign is held: by somebody, or because the mail server makes trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paused<'a> {
    ByHand(&'a str),
    ByTrouble(&'a str),
}

/// The check list has no refusal for this version of the content.
///
/// **Errors** with a conflict when it was changed since the check began.
pub fn checked(tx: &mut Tx<'_>, id: &str, version: i64) -> Result<Campaign> {
    let before = get(tx, id)?;
    if before.version != version {
        return Err(Error::Conflict(
            "the campaign was changed while it was checked; check it again".to_string(),
        ));
    }
    match before.state {
        State::Draft => {
            change(tx, "campaign.checked", &before, Campaign { state: State::Checked, ..before.clone() })
        }
        _ => Ok(before),
    }
}

/// Approves what was checked.
///
/// **Errors** with a conflict when it is not checked, and when its author approves it though others could.
pub fn approve(tx: &mut Tx<'_>, id: &str) -> Result<Campaign> {
    let before = get(tx, id)?;
    if before.state != State::Checked {
        return Err(Error::Conflict(match before.state {
            State::Draft => {
                "check the campaign first: what nobody has checked cannot be approved".to_string()
            }
            other => format!("the campaign is {} already", other.name()),
        }));
    }
    let by = tx.by().id.clone();
    let wrote = [&before.edited_by, &before.created_by].into_iter().any(|who| who.is_some() && *who == by);
    let n_writers = auth::list(tx)?.into_iter().filter(|user| user.role.may_write()).count();
    if wrote && n_writers >= 2 {
        return Err(Error::Conflict(
            "whoever wrote a campaign does not approve it: ask one of the others who may".to_string(),
        ));
    }
    let now = tx.now();
    let campaign =
        Campaign { state: State::Approved, approved_by: by, approved_at: Some(now), ..before.clone() };
    change(tx, "campaign.approved", &before, campaign)
}

/// Whether so many recipients need somebody's approval.
pub fn needs_approval(snapshot: &mut Snapshot<'_>, n_recipients: i64) -> Result<bool> {
    Ok(n_recipients > mail_rules::get(snapshot)?.approval_above)
}

/// Freezes the audience, draws the arms, and lets the campaign go out.
///
/// **Errors** with a conflict when it is not checked, or approved where that is needed; at the fields of the action's own
/// check list.
pub fn launch(tx: &mut Tx<'_>, id: &str) -> Result<Campaign> {
    let before = get(tx, id)?;
    let n_recipients = super::check_found(tx, &before)?.map_or(0, |check| check.n_recipients);
    match before.state {
        State::Checked if needs_approval(tx, n_recipients)? => {
            let most = mail_rules::get(tx)?.approval_above;
            return Err(Error::Conflict(format!(
                "more than {most} people would get it, so somebody must approve it first"
            )));
        }
        State::Checked | State::Approved => {}
        State::Draft => {
            return Err(Error::Conflict(
                "check the campaign first: its content was changed since".to_string(),
            ));
        }
        other => return Err(Error::Conflict(format!("the campaign is {} already", other.name()))),
    }
    let rules = mail_rules::get(tx)?;
    if rules.is_stopped {
        return Err(Error::Conflict(format!(
            "all outgoing mail is stopped ({}); let it go in the settings first",
            rules.why_stopped
        )));
    }
    let now = tx.now();
    let campaign = Campaign { state: State::Sending, launched_at: Some(now), ..before.clone() };
    let campaign = change(tx, "campaign.launched", &before, campaign)?;
    deliver::keep_links(tx, &campaign)?;
    let action = actions::launch(tx, &campaign.action_id)?;
    if action.state == actions::State::Running {
        deliver::enqueue_plan(tx, &campaign.id)?;
    }
    Ok(campaign)
}

/// The action's people have their arms: planning begins, if the campaign was launched.
pub(in crate::act) fn begun(tx: &mut Tx<'_>, action_id: &str) -> Result<()> {
    match super::of_action(tx, action_id)? {
        Some(campaign) if campaign.state == State::Sending => deliver::enqueue_plan(tx, &campaign.id),
        _ => Ok(()),
    }
}

/// Holds the campaign at once: what was not handed to the server stays here.
///
/// **Errors** with a conflict when it is not being sent.
pub fn pause(tx: &mut Tx<'_>, id: &str, why: Paused<'_>) -> Result<Campaign> {
    let before = get(tx, id)?;
    if before.state != State::Sending {
        return Err(Error::Conflict(format!(
            "the campaign is {}: there is nothing to hold",
            before.state.name()
        )));
    }
    let (Paused::ByHand(words) | Paused::ByTrouble(words)) = why;
    let campaign = Campaign { state: State::Paused, why: Some(words.to_string()), ..before.clone() };
    change(tx, "campaign.paused", &before, campaign)
}

/// Goes on where it was held.
///
/// **Errors** with a conflict when it is not held.
pub fn resume(tx: &mut Tx<'_>, id: &str) -> Result<Campaign> {
    let before = get(tx, id)?;
    if before.state != State::Paused {
        return Err(Error::Conflict(format!("the campaign is {}: it is not held", before.state.name())));
    }
    let campaign =
        Campaign { state: State::Sending, why: None, trouble: None, trouble_since: None, ..before.clone() };
    let campaign = change(tx, "campaign.resumed", &before, campaign)?;
    match campaign.is_planned {
        true => deliver::enqueue_send(tx, &campaign.id, None)?,
        false => deliver::enqueue_plan(tx, &campaign.id)?,
    }
    Ok(campaign)
}

/// Ends it before everybody has it; nobody else gets it any more.
///
/// **Errors** with a conflict when nothing is being sent.
pub fn stop(tx: &mut Tx<'_>, id: &str, why: &str) -> Result<Campaign> {
    let before = get(tx, id)?;
    if !matches!(before.state, State::Sending | State::Paused) {
        return Err(Error::Conflict(format!(
            "the campaign is {}: there is nothing to stop",
            before.state.name()
        )));
    }
    let now = tx.now();
    tx.execute(
        "UPDATE messages SET state = 'left_out', reason = 'stopped', ended_at = $2
         WHERE campaign_id = $1 AND state = 'queued'",
        &params![id, now],
    )?;
    let why = Some(why.trim().to_string()).filter(|why| !why.is_empty());
    let campaign = Campaign { state: State::Stopped, why, ended_at: Some(now), ..before.clone() };
    change(tx, "campaign.stopped", &before, campaign)
}

/// Everybody has got it or never will: nothing is left to send. Returns whether it is done now.
pub fn ended(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    let before = get(tx, id)?;
    if before.state != State::Sending || !before.is_planned {
        return Ok(false);
    }
    let left = tx.first(
        "SELECT 1 FROM messages WHERE campaign_id = $1 AND state IN ('queued','handed') LIMIT 1",
        &params![id],
        |row| row.get::<i64>(0),
    )?;
    if left.is_some() {
        return Ok(false);
    }
    let now = tx.now();
    let campaign = Campaign {
        state: State::Done,
        ended_at: Some(now),
        trouble: None,
        trouble_since: None,
        ..before.clone()
    };
    change(tx, "campaign.done", &before, campaign)?;
    Ok(true)
}

/// A doubt was ended by sending again: a campaign that was done has something to do.
pub(in crate::act) fn reopened(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let before = get(tx, id)?;
    if before.state != State::Done {
        return Ok(());
    }
    let campaign = Campaign { state: State::Sending, ended_at: None, ..before.clone() };
    change(tx, "campaign.resumed", &before, campaign).map(drop)
}
