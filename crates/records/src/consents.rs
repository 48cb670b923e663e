//! Consent: what a person allows or forbids, for each purpose and channel.
//!
//! The newest statement counts, by the time at which it was made, in whatever order statements arrive; of two made at
//! the same instant the denial counts. Every statement is in the log, also one that no longer counts. Whether one person may
//! be contacted is asked with [`may_contact`]; whoever sends to many asks by the same table in a statement of their own, and
//! by the lawful basis of the purpose: consent must be granted, any other basis must not be denied.

use crate::image::{self, Shape};
use crate::people;
use crate::values::fold::tidy;
use platform::events::{self, Entry, Event};
use platform::{Error, Micros, Result, Row, Snapshot, Tx, params};

pub const KIND: &str = "consent";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Granted,
    Denied,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Granted, Self::Denied].into_iter().find(|state| state.word() == word)
    }
}

/// Why personal data may be processed.
///
/// **Source.** GDPR, article 6 (1) a to f.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LawfulBasis {
    Consent,
    Contract,
    LegalObligation,
    VitalInterests,
    PublicTask,
    LegitimateInterests,
}

impl LawfulBasis {
    pub const ALL: [Self; 6] = [
        Self::Consent,
        Self::Contract,
        Self::LegalObligation,
        Self::VitalInterests,
        Self::PublicTask,
        Self::LegitimateInterests,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalObligation => "legal_obligation",
            Self::VitalInterests => "vital_interests",
            Self::PublicTask => "public_task",
            Self::LegitimateInterests => "legitimate_interests",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.word() == word)
    }
}

/// What a person allows now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub purpose: String,
    pub channel: String,
    pub state: State,
    pub lawful_basis: LawfulBasis,
    pub source: Option<String>,
    pub stated_at: Micros,
}

/// What a person says: `purpose` such as "newsletter", `channel` such as "email".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    pub person_id: &'a str,
    pub purpose: &'a str,
    pub channel: &'a str,
    pub state: State,
    pub lawful_basis: LawfulBasis,
    /// Where it was said: a form, an import, a call.
    pub source: Option<&'a str>,
    pub stated_at: Micros,
}

/// What came of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It counts now.
    Counts,
    /// It was known already.
    Same,
    /// A newer one counts; this one is only in the log.
    Older,
}

pub(crate) const SHAPE: Shape = Shape {
    table: "consents",
    subject: "person_id",
    columns: &["person_id", "purpose", "channel", "state", "lawful_basis", "source", "stated_at"],
};

const KEY: &str = "person_id = $1 AND purpose = $2 AND channel = $3";

/// Longest purpose or channel in characters.
const WORD_CHARS: usize = 60;

/// Writes down what a person said.
///
/// **Errors** with a field: `person_id`, `purpose`, `channel`, `stated_at` (in the future).
pub fn state(tx: &mut Tx<'_>, statement: &Statement<'_>) -> Result<Outcome> {
    let purpose = word("purpose", statement.purpose)?;
    let channel = word("channel", statement.channel)?;
    if statement.stated_at > tx.now() + platform::clock::DAY {
        return Err(Error::invalid("stated_at", "a consent cannot be stated in the future"));
    }
    match people::get(tx, statement.person_id) {
        Ok(_) => {}
        Err(Error::Missing { id, .. }) => {
            return Err(Error::invalid("person_id", format!("there is no person {id}")));
        }
        Err(other) => return Err(other),
    }
    let known = one(tx, statement.person_id, &purpose, &channel)?;
    let outcome = match &known {
        Some(known) if is_same(known, statement) => return Ok(Outcome::Same),
        Some(known) if !counts_over(statement, known) => Outcome::Older,
        _ => Outcome::Counts,
    };
    let key = params![statement.person_id, purpose, channel];
    let before = image::row(tx, &SHAPE, KEY, &key)?.map(image::to_json);
    if outcome == Outcome::Counts {
        tx.execute(
            "INSERT INTO consents (person_id, purpose, channel, state, lawful_basis, source, stated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (person_id, purpose, channel) DO UPDATE SET state = excluded.state,
               lawful_basis = excluded.lawful_basis, source = excluded.source, stated_at = excluded.stated_at",
            &params![
                statement.person_id,
                purpose,
                channel,
                statement.state.word(),
                statement.lawful_basis.word(),
                statement.source,
                statement.stated_at
            ],
        )?;
    }
    let after = serde_json::json!({
        "purpose": purpose,
        "channel": channel,
        "state": statement.state.word(),
        "lawful_basis": statement.lawful_basis.word(),
        "source": statement.source,
        "stated_at": statement.stated_at,
        "counts": outcome == Outcome::Counts,
    });
    let entry = Entry {
        verb: "consent.stated",
        record_kind: KIND,
        record_id: &format!("{}:{purpose}:{channel}", statement.person_id),
        subject_id: statement.person_id,
        before,
        after: Some(after.to_string()),
    };
    events::append(tx, entry)?;
    Ok(outcome)
}

/// States everything that `from` said for `to` as well, as merging two people does; returns how many now count.
pub fn adopt(tx: &mut Tx<'_>, from: &str, to: &str) -> Result<usize> {
    let mut n_counting = 0;
    for consent in of_person(tx, from)? {
        let statement = Statement {
            person_id: to,
            purpose: &consent.purpose,
            channel: &consent.channel,
            state: consent.state,
            lawful_basis: consent.lawful_basis,
            source: consent.source.as_deref(),
            stated_at: consent.stated_at,
        };
        n_counting += usize::from(state(tx, &statement)? == Outcome::Counts);
    }
    Ok(n_counting)
}

/// What a person allows and forbids, by purpose and channel.
pub fn of_person(snapshot: &mut Snapshot<'_>, person_id: &str) -> Result<Vec<Consent>> {
    snapshot.query(
        "SELECT purpose, channel, state, lawful_basis, source, stated_at FROM consents
         WHERE person_id = $1 ORDER BY purpose, channel",
        &params![person_id],
        read,
    )
}

/// Whether the person's newest statement allows this; silence does not.
pub fn may_contact(
    snapshot: &mut Snapshot<'_>,
    person_id: &str,
    purpose: &str,
    channel: &str,
) -> Result<bool> {
    let (purpose, channel) = (word("purpose", purpose)?, word("channel", channel)?);
    Ok(one(snapshot, person_id, &purpose, &channel)?.is_some_and(|consent| consent.state == State::Granted))
}

/// Puts the consent back to where it stood before the statement; the first statement is taken away.
///
/// **Errors** with [`Error::Conflict`] when there was a later statement.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let mut parts = event.record_id.splitn(3, ':');
    let (person_id, purpose, channel) = (parts.next(), parts.next(), parts.next());
    let name = |_: Option<&image::Image>| {
        format!("consent to {} by {}", purpose.unwrap_or_default(), channel.unwrap_or_default())
    };
    image::undo_row(tx, event, &SHAPE, (KEY, &params![person_id, purpose, channel]), name)
}

fn one(
    snapshot: &mut Snapshot<'_>,
    person_id: &str,
    purpose: &str,
    channel: &str,
) -> Result<Option<Consent>> {
    snapshot.first(
        "SELECT purpose, channel, state, lawful_basis, source, stated_at FROM consents
         WHERE person_id = $1 AND purpose = $2 AND channel = $3",
        &params![person_id, purpose, channel],
        read,
    )
}

fn is_same(known: &Consent, statement: &Statement<'_>) -> bool {
    known.state == statement.state
        && known.lawful_basis == statement.lawful_basis
        && known.source.as_deref() == statement.source
        && known.stated_at == statement.stated_at
}

fn counts_over(statement: &Statement<'_>, known: &Consent) -> bool {
    match statement.stated_at.cmp(&known.stated_at) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => statement.state == State::Denied || known.state == State::Granted,
    }
}

/// A purpose or channel as one word for all who write it: tidy and in lower case.
fn word(field: &str, text: &str) -> Result<String> {
    let word = tidy(text).to_lowercase();
    if word.is_empty() {
        return Err(Error::invalid(field, format!("a consent needs a {field}")));
    }
    if word.contains(':') || word.chars().count() > WORD_CHARS {
        let message = format!("a {field} has at most {WORD_CHARS} characters and no colon");
        return Err(Error::invalid(field, message));
    }
    Ok(word)
}

fn read(row: &Row<'_>) -> Result<Consent> {
    let (state, basis) = (row.text(2)?, row.text(3)?);
    Ok(Consent {
        purpose: row.get(0)?,
        channel: row.get(1)?,
        state: State::from_word(state)
            .ok_or_else(|| Error::database(format!("{state} is no state of a consent")))?,
        lawful_basis: LawfulBasis::from_word(basis)
            .ok_or_else(|| Error::database(format!("{basis} is no lawful basis")))?,
        source: row.get(4)?,
        stated_at: row.get(5)?,
    })
}
