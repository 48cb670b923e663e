//! Preflight: why people are written to, and what in the law allows it.
//!
//! Every action has a purpose. Nothing goes out for a purpose without a lawful basis; whoever sends asks [`basis_of`].
//! Whether this person may be written to (consent, suppression) is another question, asked at the moment of sending.

use super::closed_set::closed_set;
use super::history::{Refused, before, filled, log, log_undone, same_version};
use platform::events::Event;
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "purpose";
/// Purposes that one workspace may have.
pub const MOST_PURPOSES: i64 = 100;
/// Longest key in characters.
const KEY_LENGTH: usize = 40;

closed_set! {
    /// What allows personal data to be used: the six of the General Data Protection Regulation, article 6(1).
    LawfulBasis {
        Consent = "consent",
        Contract = "contract",
        LegalObligation = "legal_obligation",
        VitalInterests = "vital_interests",
        PublicTask = "public_task",
        LegitimateInterests = "legitimate_interests",
    }
}

/// Why people are written to. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Purpose {
    /// `marketing`, `service`: as actions and consents name it.
    pub key: String,
    pub name: String,
    pub lawful_basis: Option<LawfulBasis>,
    /// Why the basis holds.
    pub reason: Option<String>,
    /// What an assessment of the risk for those concerned came to.
    pub dpia_note: Option<String>,
    pub stated_by: Option<String>,
    pub stated_at: Option<Micros>,
    pub version: i64,
}

/// What somebody states about a purpose.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub name: String,
    pub lawful_basis: Option<LawfulBasis>,
    pub reason: Option<String>,
    pub dpia_note: Option<String>,
}

/// What allows this purpose; None where nobody has stated it, and for a purpose that nobody knows.
pub fn basis_of(snapshot: &mut Snapshot<'_>, purpose: &str) -> Result<Option<LawfulBasis>> {
    Ok(find(snapshot, purpose)?.and_then(|purpose| purpose.lawful_basis))
}

/// Adds a purpose.
///
/// **Errors** at `key`, `name`, `reason`, `dpia_note`.
pub fn create(tx: &mut Tx<'_>, key: &str, input: &Input) -> Result<Purpose> {
    let key = key.trim().to_lowercase();
    let mut refused = Refused::default();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if key.is_empty() || key.len() > KEY_LENGTH || !key.chars().all(is_word) {
        refused.at("key", format!("a key has 1 to {KEY_LENGTH} letters, digits or underscores"));
    } else if find(tx, &key)?.is_some() {
        refused.at("key", format!("there is already a purpose {key}"));
    }
    if list(tx)?.len() as i64 >= MOST_PURPOSES {
        refused.at("key", format!("there are {MOST_PURPOSES} purposes already"));
    }
    refused.end()?;
    let purpose = stated(tx, &Purpose::unstated(key), input)?;
    write(tx, &purpose)?;
    log::<Purpose>(tx, "purpose.created", KIND, &purpose.key, None)?;
    Ok(purpose)
}

/// States what allows a purpose; `version` is the one that the editor saw.
///
/// **Errors** at `name`, `lawful_basis`, `reason`, `dpia_note`, and with a conflict when somebody changed it since.
pub fn state(tx: &mut Tx<'_>, key: &str, version: i64, input: &Input) -> Result<Purpose> {
    let was = get(tx, key)?;
    same_version(&was.name, was.version, version)?;
    let purpose = stated(tx, &was, input)?;
    write(tx, &purpose)?;
    log(tx, "purpose.stated", KIND, key, Some(&was))?;
    Ok(purpose)
}

/// Takes one statement back.
///
/// **Errors** with a conflict when the purpose was changed since, or was created by the event: actions may name it.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = get(tx, &event.record_id)?;
    let Some(was) = before::<Purpose>(tx, event, &now.name)? else {
        return Err(Error::Conflict("a purpose stays once it was created: actions may name it".to_string()));
    };
    write(tx, &Purpose { version: now.version + 1, ..was })?;
    log_undone(tx, event, &now)
}

impl Purpose {
    fn unstated(key: String) -> Self {
        Self {
            key,
            name: String::new(),
            lawful_basis: None,
            reason: None,
            dpia_note: None,
            stated_by: None,
            stated_at: None,
            version: 0,
        }
    }
}

fn stated(tx: &mut Tx<'_>, was: &Purpose, input: &Input) -> Result<Purpose> {
    let mut refused = Refused::default();
    let name = input.name.trim().to_string();
    refused.name("name", &name, "a purpose");
    refused.text("reason", input.reason.as_deref());
    refused.text("dpia_note", input.dpia_note.as_deref());
    let needs_weighing = input.lawful_basis == Some(LawfulBasis::LegitimateInterests);
    if needs_weighing && filled(input.reason.as_deref()).is_none() {
        refused.at("reason", "legitimate interests are weighed against those of the customer: say how");
    }
    refused.end()?;
    Ok(Purpose {
        key: was.key.clone(),
        name,
        lawful_basis: input.lawful_basis,
        reason: filled(input.reason.as_deref()),
        dpia_note: filled(input.dpia_note.as_deref()),
        stated_by: tx.by().id.clone(),
        stated_at: Some(tx.now()),
        version: was.version + 1,
    })
}

const COLUMNS: &str = "key, name, lawful_basis, reason, dpia_note, stated_by, stated_at, version";

/// All purposes by name; there are at most [`MOST_PURPOSES`].
pub fn list(snapshot: &mut Snapshot<'_>) -> Result<Vec<Purpose>> {
    let sql = format!("SELECT {COLUMNS} FROM purposes ORDER BY name, key LIMIT $1");
    snapshot.query(&sql, &params![MOST_PURPOSES], read)
}

pub fn get(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Purpose> {
    find(snapshot, key)?.ok_or_else(|| Error::missing(KIND, key))
}

fn find(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Option<Purpose>> {
    let sql = format!("SELECT {COLUMNS} FROM purposes WHERE key = $1");
    snapshot.first(&sql, &params![key], read)
}

fn write(tx: &mut Tx<'_>, p: &Purpose) -> Result<()> {
    let basis = p.lawful_basis.map(LawfulBasis::name);
    tx.execute(
        "INSERT INTO purposes (key, name, lawful_basis, reason, dpia_note, stated_by, stated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, lawful_basis = excluded.lawful_basis,
           reason = excluded.reason, dpia_note = excluded.dpia_note, stated_by = excluded.stated_by,
           stated_at = excluded.stated_at, version = excluded.version",
        &params![p.key, p.name, basis, p.reason, p.dpia_note, p.stated_by, p.stated_at, p.version],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Purpose> {
    let basis: Option<String> = row.get(2)?;
    Ok(Purpose {
        key: row.get(0)?,
        name: row.get(1)?,
        lawful_basis: basis.as_deref().map(LawfulBasis::read).transpose()?,
        reason: row.get(3)?,
        dpia_note: row.get(4)?,
        stated_by: row.get(5)?,
        stated_at: row.get(6)?,
        version: row.get(7)?,
    })
}
