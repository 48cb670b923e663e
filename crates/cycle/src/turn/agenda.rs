//! The agenda of a turn: the meeting on the plan, the look in the middle, the close. Days and points make themselves.
//!
//! A meeting falls on its day of the turn, moved off the weekend; what is to be talked about is what the gates miss by
//! then. Only what somebody moves, notes or holds is kept.

use super::gates::{Gate, Of};
use super::vocabulary::Stage;
use crate::calendar::Day;
use crate::plan::closed_set;
use crate::plan::history::{Refused, before, filled, log_undone};
use crate::plan::turns::{self, Turn};
use platform::events::{self, Entry, Event};
use platform::store::{Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "turn_meeting";

closed_set! {
    Meeting {
        Plan = "plan",
        Middle = "middle",
        Close = "close",
    }
}

impl Meeting {
    pub fn label(self) -> &'static str {
        match self {
            Self::Plan => "Plan the turn",
            Self::Middle => "Look at it half-way",
            Self::Close => "Close it",
        }
    }

    /// The gates that are talked about.
    fn looks_at(self, of: Of) -> bool {
        match (self, of) {
            (Self::Plan, Of::Stage(stage)) => stage == Stage::Plan,
            (Self::Middle, Of::Stage(stage)) => !matches!(stage, Stage::Plan | Stage::Measure),
            (Self::Close, Of::Stage(stage)) => stage == Stage::Measure,
            (Self::Close, Of::Close) => true,
            (_, Of::Close) => false,
        }
    }
}

/// One meeting with its day and its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Dated {
    pub meeting: Meeting,
    pub on: Day,
    /// What was noted.
    pub minutes: Option<String>,
    pub held_at: Option<Micros>,
    pub points: Vec<Point>,
}

/// Something to talk about, and where it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    pub words: String,
    pub href: String,
}

/// The day of a meeting by the dates of the turn: its first, its middle, its last; never on a weekend if the turn has
/// another day near.
pub fn day_of(meeting: Meeting, starts_on: Day, ends_on: Day) -> Day {
    let (wanted, step) = match meeting {
        Meeting::Plan => (starts_on, 1),
        Meeting::Middle => (Day(starts_on.0 + (ends_on.0 - starts_on.0) / 2), 1),
        Meeting::Close => (ends_on, -1),
    };
    let working = (0..3).map(|n| wanted.plus(n * step)).find(|day| !is_weekend(*day)).unwrap_or(wanted);
    if (starts_on..=ends_on).contains(&working) { working } else { wanted }
}

/// 1970-01-01 was a Thursday.
fn is_weekend(day: Day) -> bool {
    matches!((day.0 + 3).rem_euclid(7), 5 | 6)
}

/// What is kept of a meeting. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    on: Option<Day>,
    minutes: Option<String>,
    held_at: Option<Micros>,
}

fn kept(snapshot: &mut Snapshot<'_>, turn_id: &str, meeting: Meeting) -> Result<Kept> {
    let found = snapshot.first(
        "SELECT on_day, minutes, held_at FROM turn_meetings WHERE turn_id = $1 AND kind = $2",
        &params![turn_id, meeting.name()],
        |row| {
            let on: Option<String> = row.get(0)?;
            let on = on.as_deref().map(Day::parse).transpose()?;
            Ok(Kept { on, minutes: row.get(1)?, held_at: row.get(2)? })
        },
    )?;
    Ok(found.unwrap_or_default())
}

fn keep(tx: &mut Tx<'_>, turn_id: &str, meeting: Meeting, kept: &Kept) -> Result<()> {
    let on = kept.on.map(|on| on.to_string());
    tx.execute(
        "INSERT INTO turn_meetings (turn_id, kind, on_day, minutes, held_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (turn_id, kind) DO UPDATE
           SET on_day = excluded.on_day, minutes = excluded.minutes, held_at = excluded.held_at",
        &params![turn_id, meeting.name(), on, kept.minutes, kept.held_at],
    )?;
    Ok(())
}

/// The meetings of a turn in their order, with what is to be talked about.
pub fn of_turn(snapshot: &mut Snapshot<'_>, turn: &Turn, gates: &[Gate]) -> Result<Vec<Dated>> {
    let mut agenda = Vec::with_capacity(Meeting::ALL.len());
    for meeting in Meeting::ALL.iter().copied() {
        let known = kept(snapshot, &turn.id, meeting)?;
        let missing = gates.iter().filter(|gate| meeting.looks_at(gate.of)).flat_map(Gate::missing);
        agenda.push(Dated {
            meeting,
            on: known.on.unwrap_or(day_of(meeting, turn.starts_on, turn.ends_on)),
            minutes: known.minutes,
            held_at: known.held_at,
            points: missing
                .map(|one| Point { words: format!("{}: {}", one.label, one.words), href: one.href.clone() })
                .collect(),
        });
    }
    Ok(agenda)
}

/// The next meeting that was not held.
pub fn next(agenda: &[Dated]) -> Option<&Dated> {
    agenda.iter().filter(|dated| dated.held_at.is_none()).min_by_key(|dated| dated.on)
}

/// What somebody says about a meeting.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    /// None leaves it where the turn's dates put it.
    pub on: Option<Day>,
    pub minutes: Option<String>,
    pub was_held: bool,
}

/// Moves a meeting, notes what was said, marks it as held.
///
/// **Errors** at `on` outside the turn, at `minutes` when they are too long; with a conflict when the turn is closed.
pub fn state(tx: &mut Tx<'_>, turn_id: &str, meeting: Meeting, input: &Input) -> Result<()> {
    let turn = turns::get(tx, turn_id)?;
    if turn.state == turns::State::Closed {
        return Err(Error::Conflict(format!("{} is closed and stays as it is", turn.name)));
    }
    let mut refused = Refused::default();
    refused.text("minutes", input.minutes.as_deref());
    if input.on.is_some_and(|on| !(turn.starts_on..=turn.ends_on).contains(&on)) {
        refused.at("on", format!("the turn lasts from {} to {}", turn.starts_on, turn.ends_on));
    }
    refused.end()?;
    let was = kept(tx, turn_id, meeting)?;
    let now = Kept {
        on: input.on,
        minutes: filled(input.minutes.as_deref()),
        held_at: input.was_held.then(|| was.held_at.unwrap_or(tx.now())),
    };
    keep(tx, turn_id, meeting, &now)?;
    let id = format!("{turn_id}:{}", meeting.name());
    let entry = Entry {
        verb: "turn.meeting_stated",
        record_kind: KIND,
        record_id: &id,
        subject_id: turn_id,
        before: Some(serde_json::to_string(&was)?),
        after: None,
    };
    events::append(tx, entry).map(drop)
}

/// Takes back what was said about a meeting.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let was = before::<Kept>(tx, event, "this meeting")?.unwrap_or_default();
    let meeting = event.record_id.split_once(':').map_or("", |(_, kind)| kind);
    let meeting = Meeting::read(meeting)?;
    let now = kept(tx, &event.subject_id, meeting)?;
    keep(tx, &event.subject_id, meeting, &was)?;
    log_undone(tx, event, &now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meetings_fall_on_working_days_of_the_turn() {
        let day = |text| Day::parse(text).unwrap();
        // A Saturday to a Sunday.
        let (start, end) = (day("2024-06-01"), day("2024-06-30"));
        assert_eq!(day_of(Meeting::Plan, start, end), day("2024-06-03"));
        assert_eq!(day_of(Meeting::Middle, start, end), day("2024-06-17"));
        assert_eq!(day_of(Meeting::Close, start, end), day("2024-06-28"));
        // A turn of one Sunday keeps its day.
        assert_eq!(day_of(Meeting::Close, end, end), end);
    }
}
