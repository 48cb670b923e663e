//! Delivery: who gets a message is written down first, then each is handed to the mail server once.
//!
//! queued → handed → accepted or refused. *Handed* is committed before the server may take the message, and what the
//! server answered right after; so a message is sent again only where the server cannot have it. Where the answer was
//! never seen (the program was killed in between, the connection broke), it is *doubtful*: shown, never sent again by
//! itself. Decision 0011 tells why.

mod compose;
mod doubts;
mod gate;
mod letters;
mod list;
mod plan;
mod post;
mod send;
mod settle;
mod test_mail;

pub use compose::{Composer, Recipient, sample_values};
pub use doubts::{Doubt, Found, Since, doubtful, proved, resolve, settle_abandoned};
pub use gate::{Gate, Left, Standing, standing};
pub use letters::{About, Letter, about as about_letters, names as letter_names, source as letter_source};
pub use list::{Message, keep_links, messages};
pub use plan::run as plan;
pub use post::{Outgoing, Post, ReturnPaths};
pub use send::run as send;
pub use settle::{Handing, Settled, hand_over, settle};
pub use test_mail::{
    SETTINGS_TEST_JOB, TEST_JOB, Try, enqueue as enqueue_test, enqueue_settings_test, last_try,
    run as send_test, run_settings_test,
};

use platform::jobs::{self, NewJob};
use platform::store::{Snapshot, Tx};
use platform::{Micros, Result, params};

/// Writes down a message for each recipient.
pub const PLAN_JOB: &str = "campaigns.plan";
/// Hands messages to the mail server.
pub const SEND_JOB: &str = "campaigns.send";

/// Asks the worker to plan the messages of a campaign.
pub fn enqueue_plan(tx: &mut Tx<'_>, campaign_id: &str) -> Result<()> {
    jobs::enqueue(tx, NewJob::once(PLAN_JOB, format!("plan {campaign_id}")), &campaign_id).map(drop)
}

/// Asks the worker to go on sending a campaign, not before `run_at` where one is given.
pub fn enqueue_send(tx: &mut Tx<'_>, campaign_id: &str, run_at: Option<Micros>) -> Result<()> {
    let job = NewJob { run_at, ..NewJob::once(SEND_JOB, format!("send {campaign_id}")) };
    jobs::enqueue(tx, job, &campaign_id).map(drop)
}

/// The same from within the job itself, whose own key is still taken: the key of the next has one mark more or less.
fn enqueue_next(tx: &mut Tx<'_>, campaign_id: &str, run_at: Option<Micros>) -> Result<()> {
    let keys = [format!("send {campaign_id}"), format!("send {campaign_id} on")];
    for key in keys {
        let is_waiting = jobs::under_way(tx, &key)?.is_some_and(|job| job.state == "queued");
        if is_waiting {
            return Ok(());
        }
        let job = NewJob { run_at, unique_key: Some(key), ..NewJob::new(SEND_JOB) };
        if jobs::enqueue(tx, job, &campaign_id)?.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

/// Lets every campaign that is being sent go on, after all mail was stopped.
pub fn wake_all(tx: &mut Tx<'_>) -> Result<()> {
    for (id, is_planned) in sending(tx)? {
        match is_planned {
            true => enqueue_next(tx, &id, None)?,
            false => enqueue_plan(tx, &id)?,
        }
    }
    Ok(())
}

/// The campaigns that are being sent, and whether all of their messages are planned.
fn sending(snapshot: &mut Snapshot<'_>) -> Result<Vec<(String, bool)>> {
    snapshot.query(
        "SELECT id, is_planned FROM campaigns WHERE state = 'sending' ORDER BY id LIMIT $1",
        &params![1_000_i64],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
