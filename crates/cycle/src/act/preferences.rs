//! What people want to get: topics, how often, and leaving. For the preference centre and for those who write it down.
//!
//! Whether anything may be sent at all is consent, per purpose; a topic only narrows it. The person who is asked for is
//! found by a signed link (`signed`); these verbs know nothing of links.

use platform::events::{self, Entry};
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Problem, Result, params};
use records::consents::{self, LawfulBasis, Statement};
use records::people;
use records::values::fold::{fold, tidy};

use super::suppression::{self, About, Reason};

pub const KIND: &str = "topic";
/// The channel under which consents to mail are kept.
pub const CHANNEL: &str = "email";
/// Topics that one workspace may have.
pub const MOST_TOPICS: i64 = 100;

/// Something that people can choose to get or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub key: String,
    pub name: String,
    pub description: String,
    pub purpose: String,
    /// Whether the preference centre offers it.
    pub is_listed: bool,
}

/// Adds a topic or states it anew.
///
/// **Errors** at `name` and `purpose`.
pub fn state_topic(tx: &mut Tx<'_>, topic: &Topic) -> Result<Topic> {
    let name = tidy(&topic.name).into_owned();
    let key = match topic.key.is_empty() {
        true => fold(&name).split_whitespace().collect::<Vec<_>>().join("-"),
        false => topic.key.clone(),
    };
    let mut problems = Vec::new();
    let mut problem =
        |field: &str, message: String| problems.push(Problem { field: field.to_string(), message });
    if name.is_empty() || name.chars().count() > 80 {
        problem("name", "a topic needs a name of at most 80 characters".to_string());
    }
    if topic.purpose.trim().is_empty() {
        problem("purpose", "say to which purpose it belongs".to_string());
    }
    let n = tx.one("SELECT count(*) FROM topics", &[], |row| row.get::<i64>(0))?;
    let before = self::topic(tx, &key)?;
    if before.is_none() && n >= MOST_TOPICS {
        problem("name", format!("there are {MOST_TOPICS} topics already"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let now = tx.now();
    let stated = Topic { key, name, ..topic.clone() };
    tx.execute(
        "INSERT INTO topics (key, name, description, purpose, is_listed, created_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, description = excluded.description,
           purpose = excluded.purpose, is_listed = excluded.is_listed",
        &params![stated.key, stated.name, stated.description.trim(), stated.purpose.trim(), stated.is_listed, now],
    )?;
    let before = before
        .map(|topic| serde_json::json!({ "name": topic.name, "is_listed": topic.is_listed }).to_string());
    let id = stated.key.as_str();
    events::append(
        tx,
        Entry { verb: "topic.stated", record_kind: KIND, record_id: id, subject_id: id, before, after: None },
    )?;
    Ok(stated)
}

pub fn topic(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Option<Topic>> {
    snapshot.first(
        "SELECT key, name, description, purpose, is_listed FROM topics WHERE key = $1",
        &params![key],
        read_topic,
    )
}

/// All topics by name.
pub fn topics(snapshot: &mut Snapshot<'_>) -> Result<Vec<Topic>> {
    snapshot.query(
        "SELECT key, name, description, purpose, is_listed FROM topics ORDER BY name, key LIMIT $1",
        &params![MOST_TOPICS],
        read_topic,
    )
}

fn read_topic(row: &Row<'_>) -> Result<Topic> {
    Ok(Topic {
        key: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        purpose: row.get(3)?,
        is_listed: row.get(4)?,
    })
}

/// What one person wants, as the preference centre shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wishes {
    pub person_id: String,
    pub name: String,
    pub email: Option<String>,
    /// Each listed topic, and whether it is wanted; a topic that nobody spoke about is wanted where its purpose is allowed.
    pub topics: Vec<(Topic, bool)>,
    /// Purposes with what the person said about mail for them.
    pub purposes: Vec<(String, Option<consents::State>)>,
    /// What the person said about other channels: purpose, channel, whether it is allowed.
    pub other_channels: Vec<(String, String, bool)>,
    pub most_in_30_days: Option<i64>,
    /// Why nothing is sent at all, if so.
    pub suppressed: Option<Reason>,
}

/// What the person has said so far.
pub fn of_person(snapshot: &mut Snapshot<'_>, person_id: &str) -> Result<Wishes> {
    let person = people::survivor(snapshot, person_id)?;
    let said: Vec<(String, bool)> = snapshot.query(
        "SELECT topic, wanted FROM topic_choices WHERE person_id = $1 ORDER BY topic",
        &params![person.id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let consents = consents::of_person(snapshot, &person.id)?;
    let state_of = |purpose: &str| {
        consents.iter().find(|c| c.purpose == purpose && c.channel == CHANNEL).map(|c| c.state)
    };
    let mut topics = Vec::new();
    for topic in self::topics(snapshot)?.into_iter().filter(|topic| topic.is_listed) {
        let wanted = said.iter().find(|(key, _)| *key == topic.key).map(|(_, wanted)| *wanted);
        let allowed = state_of(&topic.purpose) != Some(consents::State::Denied);
        topics.push((topic, wanted.unwrap_or(true) && allowed));
    }
    let mut purposes: Vec<String> =
        consents.iter().filter(|c| c.channel == CHANNEL).map(|c| c.purpose.clone()).collect();
    purposes.extend(topics.iter().map(|(topic, _)| topic.purpose.clone()));
    purposes.sort();
    purposes.dedup();
    let purposes =
        purposes.into_iter().map(|purpose| (state_of(&purpose), purpose)).map(|(s, p)| (p, s)).collect();
    let other_channels = consents
        .iter()
        .filter(|c| c.channel != CHANNEL)
        .map(|c| (c.purpose.clone(), c.channel.clone(), c.state == consents::State::Granted))
        .collect();
    let most_in_30_days = snapshot.first(
        "SELECT most_in_30_days FROM mail_frequencies WHERE person_id = $1",
        &params![person.id],
        |row| row.get(0),
    )?;
    let suppressed = match &person.email {
        Some(email) => suppression::get(snapshot, email)?.map(|entry| entry.reason),
        None => None,
    };
    Ok(Wishes {
        person_id: person.id,
        name: person.name,
        email: person.email,
        topics,
        purposes,
        other_channels,
        most_in_30_days,
        suppressed,
    })
}

/// What the person chooses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Purposes for which mail is allowed or forbidden.
    pub purposes: Vec<(String, bool)>,
    /// Purpose, channel, and whether it is allowed.
    pub other_channels: Vec<(String, String, bool)>,
    pub topics: Vec<(String, bool)>,
    /// Some(None): as often as there is something; Some(Some(n)): at most n in 30 days.
    pub most_in_30_days: Option<Option<i64>>,
}

/// Writes down what a person chose, each as a statement of its own.
///
/// **Errors** at `topics`, `most_in_30_days`.
pub fn choose(tx: &mut Tx<'_>, person_id: &str, choice: &Choice, source: &str) -> Result<()> {
    let person = people::survivor(tx, person_id)?;
    for (purpose, wanted) in &choice.purposes {
        let state = if *wanted { consents::State::Granted } else { consents::State::Denied };
        state_consent(tx, &person.id, (purpose, CHANNEL), state, source)?;
        if *wanted {
            forgive(tx, person.email.as_deref())?;
        }
    }
    for (purpose, channel, wanted) in &choice.other_channels {
        let known = consents::of_person(tx, &person.id)?;
        // Only what the person was asked for before can be answered here.
        if known.iter().any(|c| c.purpose == *purpose && c.channel == *channel) {
            let state = if *wanted { consents::State::Granted } else { consents::State::Denied };
            state_consent(tx, &person.id, (purpose, channel), state, source)?;
        }
    }
    let now = tx.now();
    for (key, wanted) in &choice.topics {
        if topic(tx, key)?.is_none() {
            return Err(Error::invalid("topics", format!("there is no topic {key}")));
        }
        let before = tx.first(
            "SELECT wanted FROM topic_choices WHERE person_id = $1 AND topic = $2",
            &params![person.id, key],
            |row| row.get::<bool>(0),
        )?;
        if before == Some(*wanted) {
            continue;
        }
        tx.execute(
            "INSERT INTO topic_choices (person_id, topic, wanted, source, stated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (person_id, topic) DO UPDATE SET wanted = excluded.wanted, source = excluded.source,
               stated_at = excluded.stated_at",
            &params![person.id, key, *wanted, source, now],
        )?;
        let before = before.map(|wanted| serde_json::json!({ "wanted": wanted }).to_string());
        let after = serde_json::json!({ "topic": key, "wanted": wanted, "source": source }).to_string();
        log(tx, "topic.chosen", &format!("{}:{key}", person.id), &person.id, before, after)?;
    }
    if let Some(most) = choice.most_in_30_days {
        choose_frequency(tx, &person.id, most)?;
    }
    Ok(())
}

fn choose_frequency(tx: &mut Tx<'_>, person_id: &str, most: Option<i64>) -> Result<()> {
    if most.is_some_and(|most| !(1..=60).contains(&most)) {
        return Err(Error::invalid("most_in_30_days", "from 1 to 60 mails in 30 days"));
    }
    let before = tx.first(
        "SELECT most_in_30_days FROM mail_frequencies WHERE person_id = $1",
        &params![person_id],
        |row| row.get::<i64>(0),
    )?;
    if before == most {
        return Ok(());
    }
    let now = tx.now();
    match most {
        Some(most) => tx.execute(
            "INSERT INTO mail_frequencies (person_id, most_in_30_days, stated_at) VALUES ($1, $2, $3)
             ON CONFLICT (person_id) DO UPDATE SET most_in_30_days = excluded.most_in_30_days,
               stated_at = excluded.stated_at",
            &params![person_id, most, now],
        )?,
        None => tx.execute("DELETE FROM mail_frequencies WHERE person_id = $1", &params![person_id])?,
    };
    let told = |most: Option<i64>| serde_json::json!({ "most_in_30_days": most }).to_string();
    log(tx, "person.mail_frequency", person_id, person_id, before.map(|b| told(Some(b))), told(most))
}

/// Leaves: no mail for this purpose any more. Pressing it twice is the same as once.
pub fn unsubscribe(tx: &mut Tx<'_>, person_id: &str, purpose: &str, source: &str) -> Result<()> {
    let person = people::survivor(tx, person_id)?;
    state_consent(tx, &person.id, (purpose, CHANNEL), consents::State::Denied, source)
}

/// Leaves for good: nothing is sent to this address any more, whatever the purpose.
pub fn unsubscribe_from_everything(tx: &mut Tx<'_>, person_id: &str, source: &str) -> Result<()> {
    let person = people::survivor(tx, person_id)?;
    let Wishes { purposes, .. } = of_person(tx, &person.id)?;
    for (purpose, _) in purposes {
        state_consent(tx, &person.id, (&purpose, CHANNEL), consents::State::Denied, source)?;
    }
    if let Some(email) = &person.email {
        let about = About { detail: Some(source), person_id: Some(&person.id), message_id: None };
        suppression::add(tx, email, Reason::Unsubscribed, about)?;
    }
    Ok(())
}

/// The person asks for mail again: an address that had asked to be left alone, or complained, is taken off the list. One
/// that does not exist stays.
fn forgive(tx: &mut Tx<'_>, email: Option<&str>) -> Result<()> {
    let Some(email) = email else { return Ok(()) };
    match suppression::get(tx, email)? {
        Some(entry) if entry.reason != Reason::HardBounce => suppression::forgive(tx, &entry.address),
        _ => Ok(()),
    }
}

fn state_consent(
    tx: &mut Tx<'_>,
    person_id: &str,
    (purpose, channel): (&str, &str),
    state: consents::State,
    source: &str,
) -> Result<()> {
    let known = consents::of_person(tx, person_id)?;
    let known = known.iter().find(|c| c.purpose == purpose && c.channel == channel);
    if known.is_some_and(|known| known.state == state) {
        return Ok(());
    }
    let stated_at: Micros = tx.now();
    let statement = Statement {
        person_id,
        purpose,
        channel,
        state,
        lawful_basis: known.map_or(LawfulBasis::Consent, |known| known.lawful_basis),
        source: Some(source),
        stated_at,
    };
    consents::state(tx, &statement).map(drop)
}

fn log(
    tx: &mut Tx<'_>,
    verb: &str,
    record_id: &str,
    person_id: &str,
    before: Option<String>,
    after: String,
) -> Result<()> {
    let entry =
        Entry { verb, record_kind: KIND, record_id, subject_id: person_id, before, after: Some(after) };
    events::append(tx, entry).map(drop)
}

/// The origin of what people say by a link of a campaign, so that a campaign knows who left because of it.
pub fn origin_of(campaign_id: &str) -> String {
    format!("left:{campaign_id}")
}
