//! Sending: a batch of a campaign over several connections, each with one message on its way at a time.
//!
//! A batch is bounded, so that other jobs get their turn between two. Nothing is remembered here that matters after a
//! crash: that is in the row of each message.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use platform::clock::{HOUR, MINUTE, SECOND};
use platform::jobs::Job;
use platform::store::{Store, Tx};
use platform::{By, Error, Micros, Result, params};
use records::people::{self, Person};

use super::compose::{Composer, Recipient};
use super::gate::{self, Gate, Left};
use super::post::{Answer, Envelope, Post};
use super::settle::{self, Handing, Settled};
use super::{Since, settle_abandoned};
use crate::act::campaigns::{self, Campaign, Paused, State};
use crate::act::signed::Key;

/// Messages of one batch.
const BATCH: i64 = 2_000;
/// Unanswered messages in one batch, per connection, after which the server is no longer fed.
const MOST_DOUBTS: usize = 2;
/// The longest pause before a server that cannot be reached is tried again.
const LONGEST_PAUSE: Micros = 15 * MINUTE;

/// A message of the batch.
struct Item {
    id: String,
    person: Person,
    company: Option<String>,
    arm: String,
    address: String,
}

/// Why the batch ends before its last message.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Halt {
    /// Somebody held it, or the hours are quiet until then.
    Held(Option<Micros>),
    /// The server cannot be reached.
    Trouble(String),
    /// It takes messages and does not answer.
    TooManyDoubts,
}

/// Sends one batch of the campaign of the job, and sees to what comes next.
///
/// **Errors** where the database fails; the job is tried again then.
pub fn run(store: &Store, post: &Post, job: &Job) -> Result<()> {
    let id: String = job.payload()?;
    settle_abandoned(store, post, Since::Long)?;
    let Some(composer) = composer(store, post, &id)? else { return Ok(()) };
    let items = batch(store, &composer)?;
    let batch = Batch {
        store,
        post,
        composer: &composer,
        queue: Mutex::new(items.into()),
        halt: Mutex::new(None),
        error: Mutex::new(None),
        n_doubts: AtomicUsize::new(0),
    };
    std::thread::scope(|scope| {
        for _ in 0..post.connections() {
            scope.spawn(|| batch.work());
        }
    });
    if let Some(error) = batch.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let halt = batch.halt.into_inner().unwrap_or_else(PoisonError::into_inner);
    let give_up = post.give_up_after;
    store.write(By::system(), move |tx| go_on(tx, &id, halt.as_ref(), give_up)).wait()
}

/// The compiled campaign, if it is being sent. A text that cannot be compiled any more holds it.
fn composer(store: &Store, post: &Post, id: &str) -> Result<Option<Composer>> {
    let (id, base_url) = (id.to_string(), post.base_url().to_string());
    let compiled = store.write(By::system(), move |tx| {
        let campaign = campaigns::get(tx, &id)?;
        if campaign.state != State::Sending {
            return Ok(None);
        }
        let key = Key::ensure(tx)?;
        match Composer::compile(tx, &campaign, key, &base_url) {
            Ok(composer) => Ok(Some(composer)),
            Err(Error::Invalid(problems)) => {
                let why = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
                campaigns::pause(tx, &id, Paused::ByTrouble(&why))?;
                Ok(None)
            }
            Err(other) => Err(other),
        }
    });
    compiled.wait()
}

/// The next messages that are due, without those who may not get it now: these are written down as left out.
fn batch(store: &Store, composer: &Composer) -> Result<Vec<Item>> {
    let (campaign, needs_company) = (composer.campaign().clone(), composer.needs_company());
    let found = store.read(move |s| {
        let now = s.now();
        let due: Vec<(String, String, String)> = s.query(
            "SELECT id, person_id, variant FROM messages
             WHERE campaign_id = $1 AND state = 'queued' AND send_at <= $2 ORDER BY send_at, id LIMIT $3",
            &params![campaign.id, now, BATCH],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        let gate = Gate::read(s, &campaign)?;
        let ids: Vec<&str> = due.iter().map(|(_, person, _)| person.as_str()).collect();
        let mut standing: HashMap<String, gate::Standing> =
            gate::standing(s, &gate, &ids)?.into_iter().map(|one| (one.person_id.clone(), one)).collect();
        let owned: Vec<String> = ids.into_iter().map(str::to_string).collect();
        let mut persons: HashMap<String, Person> =
            people::many(s, &owned)?.into_iter().map(|person| (person.id.clone(), person)).collect();
        let (mut items, mut left) = (Vec::with_capacity(due.len()), Vec::new());
        for (id, person_id, arm) in due {
            let one = standing.remove(&person_id);
            match (one, persons.remove(&person_id)) {
                (Some(gate::Standing { address: Some(address), .. }), Some(person)) => {
                    let company = match (&person.company_id, needs_company) {
                        (Some(company), true) => Some(records::companies::get(s, company)?.name),
                        _ => None,
                    };
                    items.push(Item { id, person, company, arm, address });
                }
                (one, _) => left.push((id, one.and_then(|one| one.left).unwrap_or(Left::Gone))),
            }
        }
        Ok((items, left))
    });
    let (items, left) = found.wait()?;
    if !left.is_empty() {
        let write = store.write(By::system(), move |tx| {
            left.iter().try_for_each(|(id, reason)| settle::leave_out(tx, id, reason.name(), None))
        });
        write.wait()?;
    }
    Ok(items)
}

struct Batch<'a> {
    store: &'a Store,
    post: &'a Post,
    composer: &'a Composer,
    queue: Mutex<VecDeque<Item>>,
    halt: Mutex<Option<Halt>>,
    error: Mutex<Option<Error>>,
    n_doubts: AtomicUsize,
}

impl Batch<'_> {
    /// One connection's work: message after message, until none is left or somebody says halt.
    fn work(&self) {
        while let Some(item) = self.next() {
            if let Err(error) = self.one(&item) {
                *self.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                return;
            }
        }
    }

    fn next(&self) -> Option<Item> {
        let is_halted = self.halt.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        let has_failed = self.error.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if is_halted || has_failed {
            return None;
        }
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn halt(&self, halt: Halt) {
        self.halt.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(halt);
    }

    fn one(&self, item: &Item) -> Result<()> {
        let now = self.store.now();
        if let Some(until) = self.post.wait_for(&item.address, now) {
            return self.postpone(item, until);
        }
        let to = Recipient {
            person: &item.person,
            company: item.company.as_deref(),
            arm: &item.arm,
            message_id: &item.id,
            now,
        };
        let bytes = match self.composer.message(self.post, to, &item.address) {
            Ok(bytes) => bytes,
            Err(detail) => return self.settle(item, Settled::Unwritten { detail }),
        };
        let from = self.post.return_path(&self.composer.campaign().content.from_email, &item.id);
        let envelope = Envelope { id: &item.id, from: &from, to: &item.address, bytes: &bytes };
        let mut handing = None;
        let answer = self.post.deliver(envelope, &mut || {
            let handed = self.hand_over(item);
            let goes = matches!(handed, Ok(Handing::Go));
            handing = Some(handed);
            goes
        });
        if let Some(Err(error)) = handing {
            return Err(error);
        }
        self.answered(item, answer, handing.and_then(Result::ok))
    }

    fn hand_over(&self, item: &Item) -> Result<Handing> {
        let (campaign, id) = (self.composer.campaign().clone(), item.id.clone());
        let to = self.post.destination();
        self.store.write(By::system(), move |tx| settle::hand_over(tx, &campaign, &id, &to)).wait()
    }

    fn answered(&self, item: &Item, answer: Answer, handing: Option<Handing>) -> Result<()> {
        let settled = match answer {
            Answer::Accepted(detail) => Settled::Accepted { detail },
            Answer::Later(detail) => Settled::Later { reason: reason_of(&detail), detail },
            Answer::Refused { detail, is_unknown_address } => {
                let reason =
                    if is_unknown_address { "unknown_address".to_string() } else { reason_of(&detail) };
                Settled::Refused {
                    reason,
                    detail,
                    unknown_address: is_unknown_address.then(|| item.address.clone()),
                }
            }
            Answer::NotSent(detail) => {
                self.halt(Halt::Trouble(detail));
                Settled::Again
            }
            Answer::Unanswered(detail) => {
                if self.n_doubts.fetch_add(1, Ordering::SeqCst) + 1 >= MOST_DOUBTS * self.post.connections() {
                    self.halt(Halt::TooManyDoubts);
                }
                Settled::Doubtful { detail }
            }
            Answer::Withheld => {
                if let Some(Handing::Halt(until)) = handing {
                    self.halt(Halt::Held(until));
                }
                return Ok(());
            }
        };
        self.settle(item, settled)
    }

    fn settle(&self, item: &Item, settled: Settled) -> Result<()> {
        let (campaign, id) = (self.composer.campaign().clone(), item.id.clone());
        let give_up = self.post.give_up_after;
        self.store.write(By::system(), move |tx| settle::settle(tx, &campaign, &id, &settled, give_up)).wait()
    }

    /// Its domain has had enough for now.
    fn postpone(&self, item: &Item, until: Micros) -> Result<()> {
        let id = item.id.clone();
        let write = self.store.write(By::system(), move |tx| {
            let sql = "UPDATE messages SET send_at = $2 WHERE id = $1 AND state = 'queued'";
            tx.execute(sql, &params![id, until]).map(drop)
        });
        write.wait()
    }
}

/// What comes after a batch: the end, the next batch, a pause.
fn go_on(tx: &mut Tx<'_>, id: &str, halt: Option<&Halt>, give_up: Micros) -> Result<()> {
    let campaign = campaigns::get(tx, id)?;
    if campaign.state != State::Sending {
        return Ok(());
    }
    let now = tx.now();
    match halt {
        Some(Halt::Held(None)) => return Ok(()),
        Some(Halt::Held(Some(until))) => return super::enqueue_next(tx, id, Some(*until)),
        Some(Halt::TooManyDoubts) => {
            let why = "the mail server takes messages and does not say that it has them";
            return campaigns::pause(tx, id, Paused::ByTrouble(why)).map(drop);
        }
        Some(Halt::Trouble(why)) => return trouble(tx, &campaign, why, give_up),
        None => {}
    }
    if campaign.trouble.is_some() {
        tx.execute("UPDATE campaigns SET trouble = NULL, trouble_since = NULL WHERE id = $1", &params![id])?;
    }
    if campaigns::ended(tx, id)? {
        return Ok(());
    }
    let next = tx.first(
        "SELECT send_at FROM messages WHERE campaign_id = $1 AND state = 'queued' ORDER BY send_at, id LIMIT 1",
        &params![id],
        |row| row.get::<Micros>(0),
    )?;
    // Where nothing waits, some are still in another program's hands: they are looked after later.
    let next = next.unwrap_or(now + 5 * MINUTE);
    super::enqueue_next(tx, id, (next > now).then_some(next))
}

/// The server cannot be reached: it is tried again, later and later, and in the end somebody has to see to it.
fn trouble(tx: &mut Tx<'_>, campaign: &Campaign, why: &str, give_up: Micros) -> Result<()> {
    let now = tx.now();
    let since = campaign.trouble_since.unwrap_or(now);
    if now - since > give_up {
        let words = format!("the mail server could not be reached for {} hours: {why}", (now - since) / HOUR);
        return campaigns::pause(tx, &campaign.id, Paused::ByTrouble(&words)).map(drop);
    }
    tx.execute(
        "UPDATE campaigns SET trouble = $2, trouble_since = $3 WHERE id = $1",
        &params![campaign.id, why, since],
    )?;
    let pause = (now - since).clamp(30 * SECOND, LONGEST_PAUSE);
    super::enqueue_next(tx, &campaign.id, Some(now + pause))
}

/// A word for what the server said, by the kinds of RFC 3463, so that refusals can be counted.
pub(super) fn reason_of(detail: &str) -> String {
    let subject = detail.split_whitespace().find_map(|word| {
        let mut parts = word.split('.');
        let (class, subject, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let is_number =
            |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
        (matches!(class, "4" | "5") && is_number(subject) && is_number(rest))
            .then(|| (subject.to_string(), rest.to_string()))
    });
    let word = match subject.as_ref().map(|(subject, rest)| (subject.as_str(), rest.as_str())) {
        Some(("1", "1" | "2" | "3" | "6" | "10")) => "unknown_address",
        Some(("1", _)) => "address",
        Some(("2", "2")) => "mailbox_full",
        Some(("2", _)) => "mailbox",
        Some(("3", _)) => "mail_system",
        Some(("4", _)) => "network",
        Some(("5", _)) => "protocol",
        Some(("6", _)) => "content",
        Some(("7", _)) => "policy",
        _ => "other",
    };
    word.to_string()
}

#[cfg(test)]
mod tests {
    use super::reason_of;

    #[test]
    fn a_refusal_is_counted_by_what_the_server_said() {
        assert_eq!(reason_of("550 5.1.1 <ada@example.com>: user unknown"), "unknown_address");
        assert_eq!(reason_of("452 4.2.2 mailbox full"), "mailbox_full");
        assert_eq!(reason_of("554 5.7.1 rejected, see https://example.com/1.2.3"), "policy");
        assert_eq!(reason_of("421 try again at 10.0.0.1"), "other");
        assert_eq!(reason_of(""), "other");
    }
}
