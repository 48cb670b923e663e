//! A mail to try with: rendered as one person would get it and sent to anybody's address. It is counted nowhere.

use mail::address::Mailbox;
use mail::message::Message;
use platform::events::{self, Entry};
use platform::jobs::{self, Job, NewJob};
use platform::store::{Snapshot, Store, Tx};
use platform::{By, Error, Result, settings};
use records::people::{self, Person};
use serde::{Deserialize, Serialize};

use super::compose::{Composer, Recipient};
use super::post::{Answer, Envelope, Post};
use crate::act::signed::Key;
use crate::act::{actions, campaigns, mail_rules, segments};

pub const TEST_JOB: &str = "campaigns.test";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Wanted {
    campaign_id: String,
    person_id: String,
    to: String,
    /// The key of the mail, so that trying again makes no second one in the outbox.
    id: String,
}

/// Asks the worker to send one. `as_whom` is what somebody typed: a name or an address; empty is somebody of the audience.
///
/// **Errors** at `to` and `person`.
pub fn enqueue(tx: &mut Tx<'_>, campaign_id: &str, to: &str, as_whom: &str) -> Result<()> {
    let campaign = campaigns::get(tx, campaign_id)?;
    let to = records::values::email::parse(to).map_err(|wrong| Error::invalid("to", wrong.to_string()))?;
    let person = match as_whom.trim() {
        "" => first_of_audience(tx, &campaign.action_id)?,
        typed => people::search(tx, typed, 1)?.pop(),
    };
    let person = person.ok_or_else(|| match as_whom.trim() {
        "" => Error::invalid("person", "nobody is in the audience; name somebody"),
        typed => Error::invalid("person", format!("nobody is called “{typed}”")),
    })?;
    let wanted = Wanted {
        campaign_id: campaign.id,
        person_id: person.id,
        to: to.address().to_string(),
        id: tx.new_id("tst"),
    };
    let job = NewJob { max_attempts: 1, ..NewJob::new(TEST_JOB) };
    jobs::enqueue(tx, job, &wanted).map(drop)
}

fn first_of_audience(tx: &mut Tx<'_>, action_id: &str) -> Result<Option<Person>> {
    let action = actions::get(tx, action_id)?;
    let Some(segment_id) = &action.segment_id else { return Ok(None) };
    let segment = segments::get(tx, segment_id)?;
    Ok(people::matching_after(tx, &segment.filter, "", 1)?.pop())
}

/// Sends the test of a job, and writes down at the campaign how it went.
pub fn run(store: &Store, post: &Post, job: &Job) -> Result<()> {
    let wanted: Wanted = job.payload()?;
    let (outcome, id) = match send(store, post, &wanted) {
        Ok(detail) => (format!("to {}: {detail}", wanted.to), wanted.campaign_id.clone()),
        Err(Error::Invalid(problems)) => {
            let why: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
            (format!("to {}: not sent: {}", wanted.to, why.join("; ")), wanted.campaign_id.clone())
        }
        Err(other) => return Err(other),
    };
    let write = store.write(By::system(), move |tx| {
        let entry = Entry {
            verb: "campaign.tested",
            record_kind: campaigns::KIND,
            record_id: &id,
            subject_id: &id,
            before: None,
            after: Some(serde_json::json!({ "outcome": outcome }).to_string()),
        };
        events::append(tx, entry).map(drop)
    });
    write.wait()
}

fn send(store: &Store, post: &Post, wanted: &Wanted) -> Result<String> {
    let (asked, base_url) = (wanted.clone(), post.base_url().to_string());
    let key = store.write(By::system(), Key::ensure).wait()?;
    let composed = store.read(move |s| {
        let campaign = campaigns::get(s, &asked.campaign_id)?;
        let composer = Composer::compile(s, &campaign, key, &base_url)?;
        let person = people::get(s, &asked.person_id)?;
        let company = match &person.company_id {
            Some(id) => Some(records::companies::get(s, id)?.name),
            None => None,
        };
        Ok((composer, person, company, s.now()))
    });
    let (composer, person, company, now) = composed.wait()?;
    let arm =
        composer.campaign().content.variants.first().map(|variant| variant.arm.clone()).unwrap_or_default();
    let to =
        Recipient { person: &person, company: company.as_deref(), arm: &arm, message_id: &wanted.id, now };
    let bytes = composer.message(post, to, &wanted.to).map_err(|why| Error::invalid("body", why))?;
    let from = post.return_path(&composer.campaign().content.from_email, &wanted.id);
    let envelope = Envelope { id: &wanted.id, from: &from, to: &wanted.to, bytes: &bytes };
    match post.deliver(envelope, &mut || true) {
        Answer::Accepted(detail) => Ok(detail),
        Answer::Later(detail)
        | Answer::Refused { detail, .. }
        | Answer::NotSent(detail)
        | Answer::Unanswered(detail) => Err(Error::invalid("to", detail)),
        Answer::Withheld => Err(Error::invalid("to", "it was held back")),
    }
}

/// A mail that only tries the settings.
pub const SETTINGS_TEST_JOB: &str = "mail.test";

/// The setting that holds how the last try of the settings went.
const LAST_TRY: &str = "mail_test";

/// How the last try of the settings went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    pub to: String,
    pub at: platform::Micros,
    pub was_taken: bool,
    pub words: String,
}

pub fn last_try(snapshot: &mut Snapshot<'_>) -> Result<Option<Try>> {
    settings::get(snapshot, LAST_TRY)
}

/// Asks the worker to send a few words to an address, so that the settings are tried.
///
/// **Errors** at `to`, and at `from_email` where no sender is set.
pub fn enqueue_settings_test(tx: &mut Tx<'_>, to: &str) -> Result<()> {
    let to = records::values::email::parse(to).map_err(|wrong| Error::invalid("to", wrong.to_string()))?;
    if mail_rules::get(tx)?.from_email.is_empty() {
        return Err(Error::invalid("from_email", "say first from which address mail comes"));
    }
    let id = tx.new_id("tst");
    let job = NewJob { max_attempts: 1, ..NewJob::new(SETTINGS_TEST_JOB) };
    jobs::enqueue(tx, job, &(id, to.address())).map(drop)
}

/// Sends the words of a job, and keeps how it went.
pub fn run_settings_test(store: &Store, post: &Post, job: &Job) -> Result<()> {
    let (id, to): (String, String) = job.payload()?;
    let rules = store.read(mail_rules::get).wait()?;
    let now = store.now();
    let name = Some(rules.from_name).filter(|name| !name.is_empty());
    let message = Message {
        from: Mailbox { name, address: rules.from_email.clone() },
        to: Mailbox { name: None, address: to.clone() },
        reply_to: None,
        subject: "A test of the settings".to_string(),
        html: None,
        text: format!("This mail came out of Rondel by {}.\n", post.destination()),
        message_id: mail::message::message_id(&id, &mail::address::domain_of(&rules.from_email)),
        sent_at: now,
        list: None,
    };
    let written = message.to_bytes().and_then(|bytes| post.signed(bytes, now));
    let (was_taken, words) = match written {
        Err(problem) => (false, problem.to_string()),
        Ok(bytes) => {
            let from = post.return_path(&rules.from_email, &id);
            match post.deliver(Envelope { id: &id, from: &from, to: &to, bytes: &bytes }, &mut || true) {
                Answer::Accepted(words) => (true, words),
                Answer::Later(words) | Answer::NotSent(words) | Answer::Unanswered(words) => (false, words),
                Answer::Refused { detail, .. } => (false, detail),
                Answer::Withheld => (false, "it was held back".to_string()),
            }
        }
    };
    let told = Try { to, at: now, was_taken, words };
    store.write(By::system(), move |tx| settings::set(tx, LAST_TRY, &told)).wait()
}
