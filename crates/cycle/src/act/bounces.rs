//! Mail that came back: bounces and complaints, read and brought to the person.
//!
//! A report can be forged, so it counts only where it belongs to a message that we sent: by its return path, its
//! Message-ID, or the address to which we wrote lately. A bounce for good suppresses the address; a complaint suppresses it
//! and takes the consent back; one that may pass is counted.

use std::path::{Path, PathBuf};

use mail::bounce::{self, Kind, Report};
use platform::clock::DAY;
use platform::events::{self, Entry};
use platform::store::{Row, Snapshot, Store, Tx};
use platform::{By, Error, Micros, Result, params};
use sha2::{Digest, Sha256};

use super::deliver::{self, Post, ReturnPaths};
use super::suppression::{self, About, Reason};
use super::{actions, campaigns, preferences};

/// Reads what was put into the folder of returned mail.
pub const JOB: &str = "mail.returned";

/// A report about an address belongs to a message that went there no longer ago than this.
const LATELY: Micros = 30 * DAY;
/// Files that one run reads.
const FILES_AT_ONCE: usize = 2_000;
/// Where files go that were read.
const READ_FOLDER: &str = "read";

/// What came of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was brought to a person, as this kind.
    Counted(Kind),
    /// It belongs to nothing that we sent, or is no report; it is kept and changes nothing.
    Unmatched,
    /// It was read before.
    Known,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Counted(kind) => kind_name(kind),
            Self::Unmatched => "unmatched",
            Self::Known => "known",
        }
    }
}

/// A report that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    pub id: String,
    /// `hard`, `soft`, `complaint`, `auto_reply` or `unknown`.
    pub kind: String,
    pub reason: String,
    pub address: Option<String>,
    pub message_id: Option<String>,
    pub campaign_id: Option<String>,
    pub person_id: Option<String>,
    pub detail: String,
    pub received_at: Micros,
}

/// The message to which a report belongs.
struct Sent {
    message_id: String,
    campaign_id: String,
    person_id: String,
    address: Option<String>,
}

/// Takes in one mail that came back, as it came. The same mail twice counts once.
pub fn take_in(tx: &mut Tx<'_>, paths: &ReturnPaths, raw: &[u8]) -> Result<Outcome> {
    let digest = platform::random::hex(&Sha256::digest(raw));
    let known =
        tx.first("SELECT 1 FROM returned_mail WHERE digest = $1", &params![digest], |row| row.get::<i64>(0))?;
    if known.is_some() {
        return Ok(Outcome::Known);
    }
    let report = bounce::read(raw);
    let sent = match report.kind {
        Kind::NotABounce => None,
        _ => sent(tx, paths, &report)?,
    };
    keep(tx, &digest, &report, sent.as_ref())?;
    let Some(sent) = sent else { return Ok(Outcome::Unmatched) };
    apply(tx, &report, &sent)?;
    Ok(Outcome::Counted(report.kind))
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Hard => "hard",
        Kind::Soft => "soft",
        Kind::Complaint => "complaint",
        Kind::AutoReply => "auto_reply",
        Kind::NotABounce => "unknown",
    }
}

fn keep(tx: &mut Tx<'_>, digest: &str, report: &Report, sent: Option<&Sent>) -> Result<()> {
    let (id, now) = (tx.new_id("ret"), tx.now());
    let address = report.recipient.as_deref().map(suppression::key);
    tx.execute(
        "INSERT INTO returned_mail (id, digest, kind, reason, address, message_id, campaign_id, person_id, detail, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &params![
            id,
            digest,
            kind_name(report.kind),
            report.reason.words(),
            address,
            sent.map(|sent| sent.message_id.as_str()),
            sent.map(|sent| sent.campaign_id.as_str()),
            sent.map(|sent| sent.person_id.as_str()),
            report.text,
            now
        ],
    )?;
    Ok(())
}

/// The message to which a report belongs, by what is surest first.
fn sent(tx: &mut Tx<'_>, paths: &ReturnPaths, report: &Report) -> Result<Option<Sent>> {
    let by_path = report.came_to.iter().find_map(|address| paths.message_of(address));
    let by_id = report.message_id.as_deref().and_then(|id| id.split('@').next()).map(str::to_string);
    for id in [by_path, by_id].into_iter().flatten() {
        let found = tx.first(
            "SELECT id, campaign_id, person_id, address FROM messages WHERE id = $1 AND state IN ('accepted','doubtful','handed')",
            &params![id],
            read_sent,
        )?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let Some(address) = &report.recipient else { return Ok(None) };
    let since = tx.now() - LATELY;
    tx.first(
        "SELECT m.id, m.campaign_id, m.person_id, m.address FROM people p JOIN messages m ON m.person_id = p.id
         WHERE p.email_key = $1 AND m.handed_at > $2 AND m.state IN ('accepted','doubtful')
         ORDER BY m.handed_at DESC, m.id DESC LIMIT 1",
        &params![suppression::key(address), since],
        read_sent,
    )
}

fn read_sent(row: &Row<'_>) -> Result<Sent> {
    Ok(Sent {
        message_id: row.get(0)?,
        campaign_id: row.get(1)?,
        person_id: row.get(2)?,
        address: row.get(3)?,
    })
}

/// What follows for the person.
fn apply(tx: &mut Tx<'_>, report: &Report, sent: &Sent) -> Result<()> {
    deliver::proved(tx, &sent.message_id)?;
    let after = serde_json::json!({
        "campaign": sent.campaign_id, "kind": kind_name(report.kind), "reason": report.reason.words(),
        "detail": report.text,
    });
    let verb = match report.kind {
        Kind::Complaint => "message.complained",
        Kind::AutoReply => "message.answered",
        Kind::Hard | Kind::Soft | Kind::NotABounce => "message.bounced",
    };
    let entry = Entry {
        verb,
        record_kind: "message",
        record_id: &sent.message_id,
        subject_id: &sent.person_id,
        before: None,
        after: Some(after.to_string()),
    };
    events::append(tx, entry)?;
    let reason = match report.kind {
        Kind::Hard => Reason::HardBounce,
        Kind::Complaint => Reason::Complaint,
        Kind::Soft | Kind::AutoReply | Kind::NotABounce => return Ok(()),
    };
    if let Some(address) = &sent.address {
        let about = About {
            detail: Some(&report.text),
            person_id: Some(&sent.person_id),
            message_id: Some(&sent.message_id),
        };
        suppression::add(tx, address, reason, about)?;
    }
    if report.kind == Kind::Complaint {
        let campaign = campaigns::get(tx, &sent.campaign_id)?;
        let purpose = actions::get(tx, &campaign.action_id)?.purpose;
        let outer = tx.set_origin(Some(preferences::origin_of(&sent.campaign_id)));
        let done = preferences::unsubscribe(tx, &sent.person_id, &purpose, "a complaint");
        tx.set_origin(outer);
        done?;
    }
    Ok(())
}

/// What was read from a folder or a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub hard: usize,
    pub soft: usize,
    pub complaints: usize,
    pub auto_replies: usize,
    pub unmatched: usize,
    pub known: usize,
}

impl Tally {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Counted(Kind::Hard) => self.hard += 1,
            Outcome::Counted(Kind::Soft) => self.soft += 1,
            Outcome::Counted(Kind::Complaint) => self.complaints += 1,
            Outcome::Counted(Kind::AutoReply) => self.auto_replies += 1,
            Outcome::Counted(Kind::NotABounce) | Outcome::Unmatched => self.unmatched += 1,
            Outcome::Known => self.known += 1,
        }
    }

    /// How many mails were looked at.
    pub fn all(&self) -> usize {
        self.hard + self.soft + self.complaints + self.auto_replies + self.unmatched + self.known
    }
}

/// Reads one file, or every file of a folder, and leaves them where they are.
///
/// **Errors** where the path cannot be read.
pub fn read_path(store: &Store, post: &Post, path: &Path) -> Result<Tally> {
    let mut tally = Tally::default();
    for file in files(path)? {
        tally.count(read_file(store, post, &file)?);
    }
    Ok(tally)
}

/// Reads what lies in the folder of returned mail, and puts it aside.
pub fn run(store: &Store, post: &Post) -> Result<()> {
    let folder = post.returned();
    if !folder.is_dir() {
        return Ok(());
    }
    let aside = folder.join(READ_FOLDER);
    std::fs::create_dir_all(&aside).map_err(|error| Error::file(&aside, error))?;
    for file in files(folder)? {
        read_file(store, post, &file)?;
        let to = aside.join(file.file_name().unwrap_or_default());
        std::fs::rename(&file, &to).map_err(|error| Error::file(&file, error))?;
    }
    Ok(())
}

fn read_file(store: &Store, post: &Post, file: &Path) -> Result<Outcome> {
    let raw = std::fs::read(file).map_err(|error| Error::file(file, error))?;
    take_in_at(store, post, raw)
}

/// Takes in one mail that came back, in a transaction of its own.
pub fn take_in_at(store: &Store, post: &Post, raw: Vec<u8>) -> Result<Outcome> {
    let paths = post.return_paths();
    store.write(By::system(), move |tx| take_in(tx, &paths, &raw)).wait()
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| Error::file(path, error))? {
        let entry = entry.map_err(|error| Error::file(path, error))?.path();
        if entry.is_file() && found.len() < FILES_AT_ONCE {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// The newest reports, before the one named.
pub fn list(snapshot: &mut Snapshot<'_>, before: Option<&str>, limit: usize) -> Result<Vec<Returned>> {
    snapshot.query(
        "SELECT id, kind, reason, address, message_id, campaign_id, person_id, detail, received_at FROM returned_mail
         WHERE id < $1 ORDER BY id DESC LIMIT $2",
        &params![before.unwrap_or("~"), limit as i64],
        |row| {
            Ok(Returned {
                id: row.get(0)?,
                kind: row.get(1)?,
                reason: row.get(2)?,
                address: row.get(3)?,
                message_id: row.get(4)?,
                campaign_id: row.get(5)?,
                person_id: row.get(6)?,
                detail: row.get(7)?,
                received_at: row.get(8)?,
            })
        },
    )
}
