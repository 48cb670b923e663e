//! The outbox as people look at it: which mails lie there, to whom, and what each says.

use platform::store::Snapshot;
use platform::{Error, Micros, Result, ids, params};

use super::post::Post;

/// Mails of which one page is made.
const MOST_LOOKED_AT: usize = 200_000;

/// A mail in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The message's id, or that of a test.
    pub id: String,
    pub at: Option<Micros>,
    /// Of a message of a campaign.
    pub about: Option<About>,
}

/// What is known of a message in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub campaign_id: String,
    pub campaign: String,
    pub person_id: String,
    pub address: String,
}

/// The names of the mails in the outbox, the newest first, before the one named.
pub fn names(post: &Post, before: Option<&str>, limit: usize) -> Result<Vec<String>> {
    let outbox = post.outbox();
    let mut names =
        outbox.names(None, MOST_LOOKED_AT).map_err(|error| Error::file(outbox.folder(), error))?;
    // Ids sort by time behind their prefix; tests and messages lie side by side.
    names.sort_by(|a, b| key(b).cmp(key(a)));
    names.retain(|name| before.is_none_or(|before| key(name) < key(before)));
    names.truncate(limit);
    Ok(names)
}

fn key(name: &str) -> &str {
    name.split_once('_').map_or(name, |(_, time)| time)
}

/// What is known of these mails.
pub fn about(snapshot: &mut Snapshot<'_>, names: Vec<String>) -> Result<Vec<Letter>> {
    let mut letters = Vec::with_capacity(names.len());
    for id in names {
        let about = snapshot.first(
            "SELECT m.campaign_id, a.name, m.person_id, coalesce(m.address, '') FROM messages m
             JOIN campaigns c ON c.id = m.campaign_id JOIN actions a ON a.id = c.action_id WHERE m.id = $1",
            &params![id],
            |row| {
                Ok(About {
                    campaign_id: row.get(0)?,
                    campaign: row.get(1)?,
                    person_id: row.get(2)?,
                    address: row.get(3)?,
                })
            },
        )?;
        letters.push(Letter { at: ids::made_at(&id), about, id });
    }
    Ok(letters)
}

/// A mail as it lies there.
///
/// **Errors** where there is none of this name.
pub fn source(post: &Post, name: &str) -> Result<String> {
    let outbox = post.outbox();
    let bytes = outbox.get(name).map_err(|error| Error::file(outbox.folder(), error))?;
    let bytes = bytes.ok_or_else(|| Error::missing("mail", name))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
