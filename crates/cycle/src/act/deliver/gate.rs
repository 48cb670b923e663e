//! The gate: whether this person may get this mail now. Asked in the transaction in which a message is handed over, and
//! for everybody at once by the check list before the launch.

use platform::clock::DAY;
use platform::store::{Param, Snapshot, places_from};
use platform::{Micros, Result, params};

use crate::act::mail_rules::{self, CAP_PERIOD, Rules};
use crate::act::preferences::CHANNEL;
use crate::act::{actions, campaigns::Campaign};
use crate::plan::preflight::{self, LawfulBasis};

/// The period in which the wish of a person counts.
const WISH_PERIOD: Micros = 30 * DAY;

/// Why somebody does not get a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Left {
    /// Deleted, or merged into another.
    Gone,
    NoAddress,
    Suppressed,
    /// The purpose stands on consent, and there is none.
    NoConsent,
    /// The person has said no.
    Objected,
    NotThisTopic,
    Capped,
    /// Somebody else with this address gets it.
    SameAddress,
    /// Nobody has stated a lawful basis for the purpose.
    NoBasis,
}

impl Left {
    pub const ALL: [Self; 9] = [
        Self::Gone,
        Self::NoAddress,
        Self::Suppressed,
        Self::NoConsent,
        Self::Objected,
        Self::NotThisTopic,
        Self::Capped,
        Self::SameAddress,
        Self::NoBasis,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::NoAddress => "no_address",
            Self::Suppressed => "suppressed",
            Self::NoConsent => "no_consent",
            Self::Objected => "objected",
            Self::NotThisTopic => "not_this_topic",
            Self::Capped => "capped",
            Self::SameAddress => "same_address",
            Self::NoBasis => "no_basis",
        }
    }
}

/// What holds for all recipients of a campaign.
#[derive(Debug, Clone)]
pub struct Gate {
    campaign_id: String,
    topic: Option<String>,
    purpose: String,
    basis: Option<LawfulBasis>,
    rules: Rules,
}

/// How one person stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub person_id: String,
    /// Where it goes to; None where it does not.
    pub address: Option<String>,
    pub left: Option<Left>,
}

impl Gate {
    pub fn read(snapshot: &mut Snapshot<'_>, campaign: &Campaign) -> Result<Self> {
        let action = actions::get(snapshot, &campaign.action_id)?;
        Ok(Self {
            campaign_id: campaign.id.clone(),
            topic: campaign.content.topic.clone(),
            basis: preflight::basis_of(snapshot, &action.purpose)?,
            purpose: action.purpose,
            rules: mail_rules::get(snapshot)?,
        })
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Mail that serves what was bought does not count against the cap.
    fn is_service(&self) -> bool {
        self.purpose == actions::SERVICE
    }
}

/// How these people stand now, in no order; unknown ids are left out.
pub fn standing(snapshot: &mut Snapshot<'_>, gate: &Gate, people: &[&str]) -> Result<Vec<Standing>> {
    let now = snapshot.now();
    let (week, month) = (now - CAP_PERIOD, now - WISH_PERIOD);
    let mut found = Vec::with_capacity(people.len());
    for chunk in people.chunks(200) {
        let topic = gate.topic.clone().unwrap_or_default();
        let mut values: Vec<Param<'_>> =
            params![gate.purpose, CHANNEL, topic, gate.campaign_id, week, month].to_vec();
        let first = values.len() + 1;
        values.extend(chunk.iter().map(|id| Param::Text((*id).into())));
        let sql = format!(
            "SELECT p.id, p.email, CASE WHEN p.merged_into IS NULL AND p.deleted_at IS NULL THEN 0 ELSE 1 END,
               s.reason, c.state, t.wanted, f.most_in_30_days,
               (SELECT count(*) FROM messages m WHERE m.person_id = p.id AND m.handed_at > $5
                  AND m.state IN ('handed','accepted','doubtful') AND m.campaign_id <> $4),
               (SELECT count(*) FROM messages m WHERE m.person_id = p.id AND m.handed_at > $6
                  AND m.state IN ('handed','accepted','doubtful') AND m.campaign_id <> $4),
               (SELECT count(*) FROM messages m WHERE m.campaign_id = $4 AND m.address = p.email_key
                  AND m.address IS NOT NULL AND m.person_id <> p.id)
             FROM people p
             LEFT JOIN suppressions s ON s.address_key = p.email_key
             LEFT JOIN consents c ON c.person_id = p.id AND c.purpose = $1 AND c.channel = $2
             LEFT JOIN topic_choices t ON t.person_id = p.id AND t.topic = $3
             LEFT JOIN mail_frequencies f ON f.person_id = p.id
             WHERE p.id IN ({})",
            places_from(first, chunk.len())
        );
        snapshot.each(&sql, &values, |row| {
            let known = Known {
                is_gone: row.get(2)?,
                is_suppressed: !row.text(3)?.is_empty(),
                consent: row.get(4)?,
                wants_topic: row.get(5)?,
                most_in_30_days: row.get(6)?,
                n_in_7_days: row.get(7)?,
                n_in_30_days: row.get(8)?,
                n_same_address: row.get(9)?,
            };
            let email: Option<String> = row.get(1)?;
            let left = left(gate, &known, email.is_some());
            let address = email.filter(|_| left.is_none());
            found.push(Standing { person_id: row.get(0)?, address, left });
            Ok(())
        })?;
    }
    Ok(found)
}

/// What the database knows of one person.
struct Known {
    is_gone: bool,
    is_suppressed: bool,
    consent: Option<String>,
    wants_topic: Option<bool>,
    most_in_30_days: Option<i64>,
    n_in_7_days: i64,
    n_in_30_days: i64,
    n_same_address: i64,
}

/// The first reason that holds, from what can be helped least to what can be helped soonest.
fn left(gate: &Gate, known: &Known, has_address: bool) -> Option<Left> {
    let consent = known.consent.as_deref();
    let reasons = [
        (gate.basis.is_none(), Left::NoBasis),
        (known.is_gone, Left::Gone),
        (!has_address, Left::NoAddress),
        (known.is_suppressed, Left::Suppressed),
        (consent == Some("denied"), Left::Objected),
        (gate.basis == Some(LawfulBasis::Consent) && consent != Some("granted"), Left::NoConsent),
        (gate.topic.is_some() && known.wants_topic == Some(false), Left::NotThisTopic),
        (known.n_same_address > 0, Left::SameAddress),
        (!gate.is_service() && is_capped(gate, known), Left::Capped),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason)
}

fn is_capped(gate: &Gate, known: &Known) -> bool {
    known.n_in_7_days >= gate.rules.most_in_7_days
        || known.most_in_30_days.is_some_and(|most| known.n_in_30_days >= most)
}
