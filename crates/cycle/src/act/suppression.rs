//! Suppression: addresses to which nothing is sent, whatever the purpose, and why.
//!
//! It is about the address, not the person: who changes the address can be written to again. What a person allows is
//! consent, and stands there.

use platform::events::{self, Entry};
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use records::values::email;

pub const KIND: &str = "suppression";

/// Why nothing is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    HardBounce,
    Complaint,
    /// Somebody asked to be left alone altogether.
    Unsubscribed,
    ByHand,
}

impl Reason {
    pub const ALL: [Self; 4] = [Self::HardBounce, Self::Complaint, Self::Unsubscribed, Self::ByHand];

    pub fn name(self) -> &'static str {
        match self {
            Self::HardBounce => "hard_bounce",
            Self::Complaint => "complaint",
            Self::Unsubscribed => "unsubscribed",
            Self::ByHand => "by_hand",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    pub address: String,
    pub reason: Reason,
    pub detail: Option<String>,
    pub person_id: Option<String>,
    pub message_id: Option<String>,
    pub created_at: Micros,
}

/// What is known when an address is put on the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    pub detail: Option<&'a str>,
    pub person_id: Option<&'a str>,
    pub message_id: Option<&'a str>,
}

/// The form under which addresses are compared.
pub fn key(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Puts an address on the list; false where it stood there already.
///
/// **Errors** at `address`.
pub fn add(tx: &mut Tx<'_>, address: &str, reason: Reason, about: About<'_>) -> Result<bool> {
    let parsed = email::parse(address).map_err(|wrong| Error::invalid("address", wrong.to_string()))?;
    let (address, now) = (key(parsed.address()), tx.now());
    let n = tx.execute(
        "INSERT INTO suppressions (address_key, reason, detail, person_id, message_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        &params![address, reason.name(), about.detail, about.person_id, about.message_id, now],
    )?;
    if n == 1 {
        let after =
            serde_json::json!({ "address": address, "reason": reason.name(), "detail": about.detail });
        log(tx, "suppression.added", &address, about.person_id, None, Some(after.to_string()))?;
    }
    Ok(n == 1)
}

/// Takes an address off the list, when its owner asks to be written to again.
///
/// **Errors** when it is not on the list, and with a conflict for somebody who complained.
pub fn remove(tx: &mut Tx<'_>, address: &str) -> Result<()> {
    let address = key(address);
    let known = get(tx, &address)?.ok_or_else(|| Error::missing(KIND, &address))?;
    if known.reason == Reason::Complaint {
        return Err(Error::Conflict(format!(
            "{address} complained about our mail; who complained can only come back by asking in the preference centre"
        )));
    }
    take_off(tx, &known)
}

/// Takes an address off the list because its owner asked for mail again, whatever the reason was.
pub(super) fn forgive(tx: &mut Tx<'_>, address: &str) -> Result<()> {
    match get(tx, address)? {
        Some(known) => take_off(tx, &known),
        None => Ok(()),
    }
}

fn take_off(tx: &mut Tx<'_>, known: &Suppressed) -> Result<()> {
    let address = &known.address;
    tx.execute("DELETE FROM suppressions WHERE address_key = $1", &params![address])?;
    let before =
        serde_json::json!({ "address": address, "reason": known.reason.name(), "detail": known.detail });
    log(tx, "suppression.removed", address, known.person_id.as_deref(), Some(before.to_string()), None)
}

fn log(
    tx: &mut Tx<'_>,
    verb: &str,
    address: &str,
    person_id: Option<&str>,
    before: Option<String>,
    after: Option<String>,
) -> Result<()> {
    let subject_id = person_id.unwrap_or(address);
    events::append(tx, Entry { verb, record_kind: KIND, record_id: address, subject_id, before, after })
        .map(drop)
}

const COLUMNS: &str = "address_key, reason, detail, person_id, message_id, created_at";

pub fn get(snapshot: &mut Snapshot<'_>, address: &str) -> Result<Option<Suppressed>> {
    let sql = format!("SELECT {COLUMNS} FROM suppressions WHERE address_key = $1");
    snapshot.first(&sql, &params![key(address)], read)
}

/// The newest first, before the entry `before` (time and address) if one is given.
pub fn list(
    snapshot: &mut Snapshot<'_>,
    before: Option<(Micros, &str)>,
    limit: usize,
) -> Result<Vec<Suppressed>> {
    let (at, address) = before.unwrap_or((i64::MAX, ""));
    let sql = format!(
        "SELECT {COLUMNS} FROM suppressions WHERE (created_at, address_key) < ($1, $2)
         ORDER BY created_at DESC, address_key DESC LIMIT $3"
    );
    snapshot.query(&sql, &params![at, address, limit as i64], read)
}

/// How many addresses there are for each reason.
pub fn counts(snapshot: &mut Snapshot<'_>) -> Result<Vec<(Reason, i64)>> {
    let found = snapshot.query(
        "SELECT reason, count(*) FROM suppressions GROUP BY reason ORDER BY reason",
        &[],
        |row| Ok((reason(row.text(0)?)?, row.get(1)?)),
    )?;
    Ok(found)
}

fn reason(word: &str) -> Result<Reason> {
    Reason::from_name(word).ok_or_else(|| Error::database(format!("{word} is no reason of a suppression")))
}

fn read(row: &Row<'_>) -> Result<Suppressed> {
    Ok(Suppressed {
        address: row.get(0)?,
        reason: reason(row.text(1)?)?,
        detail: row.get(2)?,
        person_id: row.get(3)?,
        message_id: row.get(4)?,
        created_at: row.get(5)?,
    })
}
