//! The firm's rules for all outgoing mail: how often at most, when, from how many recipients on somebody must approve, and
//! the switch that stops everything.

use platform::events::{self, Entry};
use platform::store::{Snapshot, Tx};
use platform::{Error, Micros, Problem, Result, settings};
use serde::{Deserialize, Serialize};

/// The setting that holds them.
const NAME: &str = "mail_rules";

/// The period in which the cap counts. **Units:** microseconds.
pub const CAP_PERIOD: Micros = 7 * platform::clock::DAY;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// More recipients than this need somebody's approval.
    pub approval_above: i64,
    /// Mails that one person gets at most in 7 days, mails of service apart.
    pub most_in_7_days: i64,
    /// Nothing goes out from this hour … **Units:** hours of the firm's day, 0 to 23.
    pub quiet_from: Option<i64>,
    /// … until this one.
    pub quiet_until: Option<i64>,
    /// Nothing goes out at all.
    pub is_stopped: bool,
    pub why_stopped: String,
    /// Who writes, where a campaign does not say it yet.
    pub from_name: String,
    pub from_email: String,
    /// The firm's address by post, which many countries want under every mail.
    pub postal_address: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            approval_above: 500,
            most_in_7_days: 3,
            quiet_from: None,
            quiet_until: None,
            is_stopped: false,
            why_stopped: String::new(),
            from_name: String::new(),
            from_email: String::new(),
            postal_address: String::new(),
        }
    }
}

pub fn get(snapshot: &mut Snapshot<'_>) -> Result<Rules> {
    Ok(settings::get(snapshot, NAME)?.unwrap_or_default())
}

/// **Errors** at the field.
pub fn set(tx: &mut Tx<'_>, rules: &Rules) -> Result<()> {
    let mut problems = Vec::new();
    let mut problem = |field: &str, message: &str| {
        problems.push(Problem { field: field.to_string(), message: message.to_string() });
    };
    if !(0..=10_000_000).contains(&rules.approval_above) {
        problem("approval_above", "a number of recipients from 0 to 10,000,000");
    }
    if !(1..=100).contains(&rules.most_in_7_days) {
        problem("most_in_7_days", "from 1 to 100 mails in 7 days");
    }
    for (field, hour) in [("quiet_from", rules.quiet_from), ("quiet_until", rules.quiet_until)] {
        if hour.is_some_and(|hour| !(0..24).contains(&hour)) {
            problem(field, "an hour of the day from 0 to 23");
        }
    }
    if rules.quiet_from.is_some() != rules.quiet_until.is_some() {
        problem("quiet_until", "quiet hours need a beginning and an end; leave both empty for none");
    }
    if !rules.from_email.is_empty()
        && let Err(wrong) = records::values::email::parse(&rules.from_email)
    {
        problem("from_email", &wrong.to_string());
    }
    if rules.from_name.chars().any(char::is_control) {
        problem("from_name", "the sender's name is one line");
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let before = get(tx)?;
    if before == *rules {
        return Ok(());
    }
    settings::set(tx, NAME, rules)?;
    let entry = Entry {
        verb: "setting.changed",
        record_kind: "setting",
        record_id: NAME,
        subject_id: NAME,
        before: Some(serde_json::to_string(&before)?),
        after: Some(serde_json::to_string(rules)?),
    };
    events::append(tx, entry).map(drop)
}

/// Stops all outgoing mail at once, whatever is being sent.
pub fn stop_everything(tx: &mut Tx<'_>, why: &str) -> Result<()> {
    let rules = get(tx)?;
    set(tx, &Rules { is_stopped: true, why_stopped: why.trim().to_string(), ..rules })
}

/// Lets mail go out again; campaigns that were sending go on.
pub fn let_go(tx: &mut Tx<'_>) -> Result<()> {
    let rules = get(tx)?;
    set(tx, &Rules { is_stopped: false, why_stopped: String::new(), ..rules })?;
    super::deliver::wake_all(tx)
}

impl Rules {
    /// When the quiet hours end, if they hold now.
    pub fn quiet_until(&self, now: Micros, zone: &jiff::tz::TimeZone) -> Option<Micros> {
        let (from, until) = (self.quiet_from?, self.quiet_until?);
        let local = jiff::Timestamp::from_microsecond(now).ok()?.to_zoned(zone.clone());
        let hour = i64::from(local.hour());
        let is_quiet = match from <= until {
            true => (from..until).contains(&hour),
            false => hour >= from || hour < until,
        };
        if !is_quiet {
            return None;
        }
        let end = local.date().at(i8::try_from(until).ok()?, 0, 0, 0).to_zoned(zone.clone()).ok()?;
        let end = if end.timestamp().as_microsecond() <= now { end.tomorrow().ok()? } else { end };
        Some(end.timestamp().as_microsecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::clock::HOUR;

    #[test]
    fn quiet_hours_end_in_the_morning_of_the_firm() {
        let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let rules = Rules { quiet_from: Some(21), quiet_until: Some(8), ..Rules::default() };
        let noon = 1_705_320_000_000_000; // 2024-01-15 12:00 UTC, 13:00 in Berlin
        assert_eq!(rules.quiet_until(noon, &zone), None);
        let morning = noon + 19 * HOUR; // 08:00 in Berlin of the next day
        assert_eq!(rules.quiet_until(noon + 8 * HOUR, &zone), Some(morning));
        assert_eq!(rules.quiet_until(noon + 15 * HOUR, &zone), Some(morning));
        assert_eq!(rules.quiet_until(morning, &zone), None);
        assert_eq!(Rules::default().quiet_until(noon + 12 * HOUR, &zone), None);
    }
}
