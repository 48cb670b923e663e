//! The rules of the lead score: points for who somebody is (fit) and for what somebody did (engagement), with caps and decay.
//!
//! It says what is wanted; the points of people are reckoned in `analyze::leads`. As long as nobody states anything, the
//! rules are those that the program ships.

use super::closed_set::closed_set;
use super::history::{Refused, before, log, log_undone, same_version};
use platform::events::Event;
use platform::settings::{self, DEFAULT_COUNTRY};
use platform::store::{Snapshot, Tx};
use platform::{Micros, Result, params};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "lead_scoring";
/// The only one of a workspace.
const ID: &str = "lead_scoring";
pub const MOST_RULES: usize = 40;
/// A rule gives or takes at most so many points.
pub const MOST_POINTS: i64 = 100;
const MOST_FADE_DAYS: i64 = 1_825;

closed_set! {
    /// Who somebody is, or what somebody did.
    Axis {
        Fit = "fit",
        Engagement = "engagement",
    }
}

closed_set! {
    /// What a rule looks at.
    Signal {
        Company = "company",
        BusinessEmail = "business_email",
        Phone = "phone",
        Country = "country",
        Source = "source",
        Tag = "tag",
        Known = "known",
        Click = "click",
        Note = "note",
        Task = "task",
        ConsentGiven = "consent_given",
        ConsentRefused = "consent_refused",
    }
}

impl Signal {
    pub fn axis(self) -> Axis {
        match self {
            Self::Company | Self::BusinessEmail | Self::Phone | Self::Country | Self::Source | Self::Tag => {
                Axis::Fit
            }
            Self::Known
            | Self::Click
            | Self::Note
            | Self::Task
            | Self::ConsentGiven
            | Self::ConsentRefused => Axis::Engagement,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Company => "Belongs to a company",
            Self::BusinessEmail => "Has a business e-mail",
            Self::Phone => "Has a phone number",
            Self::Country => "Country is",
            Self::Source => "Came from",
            Self::Tag => "Has the tag",
            Self::Known => "Became known",
            Self::Click => "Followed a link in a mail",
            Self::Note => "A note was written",
            Self::Task => "A call or visit was done",
            Self::ConsentGiven => "Wants e-mails",
            Self::ConsentRefused => "Wants no e-mails",
        }
    }

    /// Whether the rule names a value.
    pub fn has_value(self) -> bool {
        matches!(self, Self::Country | Self::Source | Self::Tag)
    }
}

closed_set! {
    /// How points fade with the age of what gave them.
    Fade {
        Never = "never",
        /// Evenly down to nothing.
        Linear = "linear",
        /// Half of it gone after these days, and again half.
        HalfLife = "half_life",
    }
}

/// Points for one signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub signal: Signal,
    /// The country, source or tag; empty for signals without one.
    pub value: String,
    /// For each time it happened; below 0 they are taken.
    pub points: i64,
    /// The most that this rule gives or takes altogether; None without a cap.
    pub cap: Option<i64>,
    pub fade: Fade,
    pub fade_days: i64,
}

impl Rule {
    /// What it is about, in words.
    pub fn label(&self) -> String {
        match self.signal.has_value() {
            true => format!("{} {}", self.signal.label(), self.value),
            false => self.signal.label().to_string(),
        }
    }

    /// The share of the points that is left after so many days.
    pub fn left_after(&self, days: i64) -> f64 {
        let age = days.max(0) as f64 / self.fade_days.max(1) as f64;
        match self.fade {
            Fade::Never => 1.0,
            Fade::Linear => (1.0 - age).max(0.0),
            Fade::HalfLife => 0.5f64.powf(age),
        }
    }

    /// The points for what happened so many days ago, within the cap.
    pub fn points_for(&self, ages: impl Iterator<Item = i64>) -> f64 {
        let share: f64 = ages.map(|days| self.left_after(days)).sum();
        let most = self.cap.map_or(f64::INFINITY, |cap| cap as f64);
        (share * self.points as f64).clamp(-most, most)
    }
}

/// The rules with their grades. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadScoring {
    pub rules: Vec<Rule>,
    /// From so many points of fit on the letter is A, or B.
    pub fit: (i64, i64),
    /// From so many points of engagement on the number is 1, or 2.
    pub engagement: (i64, i64),
    /// The most points of either axis.
    pub most: i64,
    /// 0 as long as nobody stated anything.
    #[serde(default)]
    pub version: i64,
    #[serde(default)]
    pub updated_at: Micros,
}

impl LeadScoring {
    /// The rules that the program ships; `country` is the firm's own.
    pub fn shipped(country: Option<&str>) -> Self {
        let rule = |signal, points, cap, fade, fade_days| Rule {
            signal,
            value: String::new(),
            points,
            cap,
            fade,
            fade_days,
        };
        let mut rules = vec![
            rule(Signal::Company, 25, None, Fade::Never, 0),
            rule(Signal::BusinessEmail, 15, None, Fade::Never, 0),
            rule(Signal::Phone, 10, None, Fade::Never, 0),
            rule(Signal::Known, 20, None, Fade::Linear, 60),
            rule(Signal::Click, 10, Some(40), Fade::HalfLife, 30),
            rule(Signal::Note, 8, Some(24), Fade::HalfLife, 60),
            rule(Signal::Task, 10, Some(30), Fade::HalfLife, 60),
            rule(Signal::ConsentGiven, 15, None, Fade::Linear, 365),
            rule(Signal::ConsentRefused, -15, None, Fade::Never, 0),
        ];
        if let Some(country) = country {
            let home = Rule { value: country.to_string(), ..rule(Signal::Country, 15, None, Fade::Never, 0) };
            rules.insert(3, home);
        }
        Self { rules, fit: (40, 20), engagement: (30, 12), most: 100, version: 0, updated_at: 0 }
    }

    /// The grade of points: A1 is best, C3 least.
    pub fn grade(&self, fit: i64, engagement: i64) -> &'static str {
        let place = |points: i64, (first, second): (i64, i64)| match points {
            p if p >= first => 0,
            p if p >= second => 1,
            _ => 2,
        };
        GRADES[place(fit, self.fit)][place(engagement, self.engagement)]
    }
}

/// Every grade: a row for each letter.
pub const GRADES: [[&str; 3]; 3] = [["A1", "A2", "A3"], ["B1", "B2", "B3"], ["C1", "C2", "C3"]];

/// The rules that hold.
pub fn get(snapshot: &mut Snapshot<'_>) -> Result<LeadScoring> {
    let stated = snapshot.first(
        "SELECT rules_json, version, updated_at FROM lead_scorings WHERE id = $1",
        &params![ID],
        |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?)),
    )?;
    match stated {
        Some((json, version, updated_at)) => {
            Ok(LeadScoring { version, updated_at, ..serde_json::from_str(&json)? })
        }
        None => {
            let country: Option<String> = settings::get(snapshot, DEFAULT_COUNTRY)?;
            Ok(LeadScoring::shipped(country.as_deref()))
        }
    }
}

/// States the rules; `version` is the one that the editor saw.
///
/// **Errors** at `rules.N.points`, `rules.N.value`, `rules.N.cap`, `rules.N.fade_days`, `rules`, `fit`, `engagement`, `most`; with
/// a conflict when somebody changed them since.
pub fn state(tx: &mut Tx<'_>, version: i64, wanted: &LeadScoring) -> Result<LeadScoring> {
    let was = get(tx)?;
    same_version("the lead score", was.version, version)?;
    refuse(wanted)?;
    let stated = LeadScoring { version: was.version + 1, updated_at: tx.now(), ..wanted.clone() };
    write(tx, &stated)?;
    log(tx, "lead_scoring.stated", KIND, ID, Some(&was))?;
    Ok(stated)
}

/// Takes one event back.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = get(tx)?;
    if let Some(was) = before::<LeadScoring>(tx, event, "the lead score")? {
        write(tx, &LeadScoring { version: now.version + 1, updated_at: tx.now(), ..was })?;
    }
    log_undone(tx, event, &now)
}

fn write(tx: &mut Tx<'_>, stated: &LeadScoring) -> Result<()> {
    let json = serde_json::to_string(stated)?;
    tx.execute(
        "INSERT INTO lead_scorings (id, rules_json, version, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET rules_json = excluded.rules_json, version = excluded.version,
           updated_at = excluded.updated_at",
        &params![ID, json, stated.version, stated.updated_at],
    )
    .map(drop)
}

fn refuse(wanted: &LeadScoring) -> Result<()> {
    let mut refused = Refused::default();
    if wanted.rules.len() > MOST_RULES {
        refused.at("rules", format!("at most {MOST_RULES} rules are kept"));
    }
    for (at, rule) in wanted.rules.iter().enumerate() {
        if rule.points == 0 || rule.points.abs() > MOST_POINTS {
            refused.at(
                &format!("rules.{at}.points"),
                format!("say points from -{MOST_POINTS} to {MOST_POINTS}, not 0"),
            );
        }
        if rule.signal.has_value() == rule.value.trim().is_empty() {
            let message = match rule.signal.has_value() {
                true => "say which",
                false => "this signal has no value",
            };
            refused.at(&format!("rules.{at}.value"), message);
        }
        if rule.cap.is_some_and(|cap| cap <= 0) {
            refused.at(&format!("rules.{at}.cap"), "a cap is more than 0");
        }
        if rule.fade != Fade::Never && !(1..=MOST_FADE_DAYS).contains(&rule.fade_days) {
            refused.at(
                &format!("rules.{at}.fade_days"),
                format!("say a number of days from 1 to {MOST_FADE_DAYS}"),
            );
        }
    }
    for (field, (first, second)) in [("fit", wanted.fit), ("engagement", wanted.engagement)] {
        if first <= second {
            refused.at(field, "the better grade needs more points than the next");
        }
    }
    if !(1..=1_000).contains(&wanted.most) {
        refused.at("most", "say a number from 1 to 1,000");
    }
    refused.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fade_by_age_and_never_pass_the_cap() {
        let scoring = LeadScoring::shipped(Some("DE"));
        let click = scoring.rules.iter().find(|rule| rule.signal == Signal::Click).unwrap();
        assert!((click.points_for([30].into_iter()) - 5.0).abs() < 1e-12);
        assert!((click.points_for([0; 9].into_iter()) - 40.0).abs() < 1e-12);
        let known = scoring.rules.iter().find(|rule| rule.signal == Signal::Known).unwrap();
        assert!((known.points_for([45].into_iter()) - 5.0).abs() < 1e-12);
        assert!(known.points_for([61].into_iter()).abs() < 1e-12);
        assert_eq!((scoring.grade(40, 12), scoring.grade(0, 0)), ("A2", "C3"));
    }

    #[test]
    fn rules_that_say_nothing_are_refused() {
        let mut scoring = LeadScoring::shipped(None);
        assert!(refuse(&scoring).is_ok());
        scoring.rules[0].points = 0;
        scoring.fit = (10, 10);
        assert!(refuse(&scoring).is_err());
    }
}
