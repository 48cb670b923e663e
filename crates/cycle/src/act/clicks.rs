//! Clicks: who followed a link of a mail. Scanners and prefetchers follow links too; they are kept apart, with the reason.
//!
//! A click never changes where the link leads. Opening a mail is not looked for: an image that was loaded says nothing.

use platform::clock::SECOND;
use platform::events::{self, Entry};
use platform::store::{Snapshot, Tx};
use platform::{Error, Micros, Result, params};

use super::experiments;

/// A link that is followed so soon after the mail was taken was not followed by a person.
const TOO_SOON: Micros = 3 * SECOND;
/// Two different links of one mail within this time were not followed by a person.
const AT_ONCE: Micros = 2 * SECOND;
/// Clicks that are kept of one message.
const MOST_KEPT: i64 = 200;
/// Words in the names of programs that look at links before or instead of a person.
const MACHINES: [&str; 26] = [
    "bot",
    "crawl",
    "spider",
    "scan",
    "preview",
    "prefetch",
    "curl",
    "wget",
    "python",
    "go-http",
    "java/",
    "okhttp",
    "headless",
    "phantom",
    "libwww",
    "httpclient",
    "barracuda",
    "proofpoint",
    "mimecast",
    "fireeye",
    "safelinks",
    "trendmicro",
    "symantec",
    "sophos",
    "googleimageproxy",
    "facebookexternalhit",
];

/// What is known of whoever follows a link.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visitor<'a> {
    pub user_agent: &'a str,
    /// The request only asks for the head, or says that it fetches ahead.
    pub is_fetching_ahead: bool,
}

/// Who followed a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Person,
    Machine(&'static str),
}

/// What is known of the message behind a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub campaign_id: String,
    pub action_id: String,
    pub person_id: String,
    pub state: String,
    pub ended_at: Option<Micros>,
}

/// The message behind a link.
pub fn sent(snapshot: &mut Snapshot<'_>, message_id: &str) -> Result<Sent> {
    let found = snapshot.first(
        "SELECT m.campaign_id, c.action_id, m.person_id, m.state, m.ended_at
         FROM messages m JOIN campaigns c ON c.id = m.campaign_id WHERE m.id = $1",
        &params![message_id],
        |row| {
            Ok(Sent {
                campaign_id: row.get(0)?,
                action_id: row.get(1)?,
                person_id: row.get(2)?,
                state: row.get(3)?,
                ended_at: row.get(4)?,
            })
        },
    )?;
    found.ok_or_else(|| Error::missing("message", message_id))
}

/// Where a link of a message leads; None where the message has no such link.
pub fn target(snapshot: &mut Snapshot<'_>, message_id: &str, link_no: i64) -> Result<Option<String>> {
    snapshot.first(
        "SELECT l.url FROM messages m JOIN campaign_links l ON l.campaign_id = m.campaign_id AND l.variant = m.variant
         WHERE m.id = $1 AND l.link_no = $2",
        &params![message_id, link_no],
        |row| row.get(0),
    )
}

/// Writes down that somebody followed a link, and says who it seems to have been.
///
/// The first click of a person stands in the person's timeline and counts as an exposure.
pub fn record(tx: &mut Tx<'_>, message_id: &str, url: &str, visitor: Visitor<'_>) -> Result<Who> {
    let sent = sent(tx, message_id)?;
    let now = tx.now();
    let earlier: Vec<(String, String, Micros)> = tx.query(
        "SELECT url, who, at FROM clicks WHERE message_id = $1 ORDER BY at LIMIT $2",
        &params![message_id, MOST_KEPT],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let who = who(&sent, &earlier, url, visitor, now);
    if earlier.len() as i64 >= MOST_KEPT {
        return Ok(who);
    }
    let id = tx.new_id("clk");
    let (word, why) = match who {
        Who::Person => ("person", None),
        Who::Machine(why) => ("machine", Some(why)),
    };
    tx.execute(
        "INSERT INTO clicks (id, message_id, campaign_id, person_id, url, who, why_machine, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &params![id, message_id, sent.campaign_id, sent.person_id, url, word, why, now],
    )?;
    if who == Who::Person && !earlier.iter().any(|(_, who, _)| who == "person") {
        first(tx, message_id, url, &sent)?;
    }
    if let Who::Machine("several links at once") = who {
        // What looked like a person a moment ago was the same machine.
        tx.execute(
            "UPDATE clicks SET who = 'machine', why_machine = 'several links at once'
             WHERE message_id = $1 AND who = 'person' AND at >= $2",
            &params![message_id, now - AT_ONCE],
        )?;
    }
    Ok(who)
}

fn first(tx: &mut Tx<'_>, message_id: &str, url: &str, sent: &Sent) -> Result<()> {
    let after = serde_json::json!({ "campaign": sent.campaign_id, "url": url }).to_string();
    events::append(
        tx,
        Entry {
            verb: "message.clicked",
            record_kind: "message",
            record_id: message_id,
            subject_id: &sent.person_id,
            before: None,
            after: Some(after),
        },
    )?;
    super::deliver::proved(tx, message_id)?;
    if let Some(experiment) = experiments::of_action(tx, &sent.action_id)? {
        experiments::expose(tx, &experiment.id, &sent.person_id, "click")?;
    }
    Ok(())
}

fn who(
    sent: &Sent,
    earlier: &[(String, String, Micros)],
    url: &str,
    visitor: Visitor<'_>,
    now: Micros,
) -> Who {
    let agent = visitor.user_agent.to_lowercase();
    if visitor.is_fetching_ahead {
        return Who::Machine("fetched ahead");
    }
    if agent.is_empty() || MACHINES.iter().any(|word| agent.contains(word)) {
        return Who::Machine("a program's name");
    }
    if sent.ended_at.is_none_or(|ended| now - ended < TOO_SOON) && sent.state != "doubtful" {
        return Who::Machine("too soon after sending");
    }
    if earlier.iter().any(|(other, _, at)| other != url && now - at < AT_ONCE) {
        return Who::Machine("several links at once");
    }
    Who::Person
}
