//! Turns: one pass of the loop as a record, opened, run and closed as a month is closed in accounting.
//!
//! There is one open turn at a time. What a turn found and did belongs to other records that carry its id; its gates,
//! agenda and close are worked out in `crate::turn`, which may look at every stage.

mod rows;

pub use super::periods::Cadence;
pub use rows::{Waiver, current, get, list, newest_closed, next_planned, waivers};

use super::closed_set::closed_set;
use super::history::{Refused, before, filled, log, log_undone, same_version};
use crate::calendar::Day;
use platform::events::{self, Entry, Event};
use platform::store::Tx;
use platform::{Error, Micros, Result, auth};
use records::values::fold::tidy;
use rows::{any, taken, write};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "turn";
pub const WAIVER_KIND: &str = "turn_waiver";

/// The longest turn. **Units:** days.
pub const MOST_DAYS: i32 = 400;

/// The last day of a turn that begins on `start`: the day before the same day of a later month.
pub fn last_day(start: Day, cadence: Cadence) -> Day {
    let day_of_month = start.0 - Day::first_of_month(start.month()).0;
    let month = start.month() + cadence.n_months();
    Day::first_of_month(month).plus(day_of_month - 1).min(Day::last_of_month(month))
}

closed_set! {
    /// How far a turn is.
    State {
        Planned = "planned",
        Running = "running",
        /// The wizard of the close is at work; nothing new begins.
        Closing = "closing",
        Closed = "closed",
    }
}

impl State {
    /// Running or being closed.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Closing)
    }
}

/// A turn. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    pub id: String,
    pub name: String,
    pub cadence: Cadence,
    /// The first and the last day.
    pub starts_on: Day,
    pub ends_on: Day,
    pub state: State,
    pub champion_id: Option<String>,
    pub previous_turn_id: Option<String>,
    /// In whose words the phases are shown; see `crate::turn::vocabulary`.
    pub vocabulary: String,
    pub business_need: Option<String>,
    pub customer_need: Option<String>,
    pub opened_at: Option<Micros>,
    pub closed_at: Option<Micros>,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub deleted_at: Option<Micros>,
    /// Grows with every change.
    pub version: i64,
}

impl Turn {
    /// Days until the last day; negative when it is over, never more than the whole turn where a clock jumped back.
    pub fn days_left(&self, today: Day) -> i64 {
        let left = i64::from(self.ends_on.0) - i64::from(today.0);
        left.min(i64::from(self.ends_on.0) - i64::from(self.starts_on.0) + 1)
    }

    /// From when on something counts as of this turn: the start of its first day, or the moment it was opened if earlier.
    pub fn begins_at(&self) -> Micros {
        let start = self.starts_on.start();
        self.opened_at.map_or(start, |opened| opened.min(start))
    }

    /// Until when something counts as of this turn.
    pub fn ends_at(&self) -> Micros {
        let end = self.ends_on.next().start();
        self.closed_at.map_or(end, |closed| closed.max(end))
    }
}

/// What somebody states about a turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub name: String,
    pub cadence: Cadence,
    pub starts_on: Day,
    pub ends_on: Day,
    pub champion_id: Option<String>,
}

impl Input {
    /// A turn of this cadence from `start` on, under the name of its months.
    pub fn from(start: Day, cadence: Cadence) -> Self {
        let name = name_of(start, cadence);
        Self { name, cadence, starts_on: start, ends_on: last_day(start, cadence), champion_id: None }
    }
}

/// The name of a turn between two days that nobody has named.
pub fn name_between(start: Day, end: Day, cadence: Cadence) -> String {
    match end == last_day(start, cadence) {
        true => name_of(start, cadence),
        false => format!("{} to {}", start.in_short(), end.in_short()),
    }
}

/// `2026-03`, or `2026 quarter 1`, for a turn that begins with its period; else its days, `6 Dec 2026 to 5 Mar 2027`.
fn name_of(start: Day, cadence: Cadence) -> String {
    let month = start.month();
    let begins_month = Day::first_of_month(month) == start;
    match cadence {
        Cadence::Month if begins_month => crate::calendar::month_in_words(month),
        Cadence::Quarter if begins_month && month.rem_euclid(3) == 0 => {
            format!("{} quarter {}", month.div_euclid(12), month.rem_euclid(12) / 3 + 1)
        }
        _ => format!("{} to {}", start.in_short(), last_day(start, cadence).in_short()),
    }
}

/// Plans a turn.
///
/// **Errors** at `name`, `starts_on`, `ends_on` and `champion_id`.
pub fn create(tx: &mut Tx<'_>, input: &Input) -> Result<Turn> {
    let now = tx.now();
    let previous = newest_closed(tx)?;
    let turn = Turn {
        id: tx.new_id("turn"),
        name: tidy(&input.name).into_owned(),
        cadence: input.cadence,
        starts_on: input.starts_on,
        ends_on: input.ends_on,
        state: State::Planned,
        champion_id: filled(input.champion_id.as_deref()),
        vocabulary: previous.as_ref().map_or_else(|| "rondel".to_string(), |turn| turn.vocabulary.clone()),
        previous_turn_id: current(tx)?.or(previous).map(|turn| turn.id),
        business_need: None,
        customer_need: None,
        opened_at: None,
        closed_at: None,
        created_by: tx.by().id.clone(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
        version: 1,
    };
    refuse(tx, &turn)?;
    write(tx, &turn)?;
    log::<Turn>(tx, "turn.created", KIND, &turn.id, None)?;
    Ok(turn)
}

/// States a turn anew; `version` is the one that the editor saw.
///
/// **Errors** as [`create`], and with a conflict when somebody changed it since or it is closed.
pub fn update(tx: &mut Tx<'_>, id: &str, version: i64, input: &Input) -> Result<Turn> {
    let was = get(tx, id)?;
    same_version(&was.name, was.version, version)?;
    still_open(&was)?;
    let turn = Turn {
        name: tidy(&input.name).into_owned(),
        cadence: input.cadence,
        starts_on: input.starts_on,
        ends_on: input.ends_on,
        champion_id: filled(input.champion_id.as_deref()),
        ..was.clone()
    };
    refuse(tx, &turn)?;
    change(tx, "turn.updated", &was, turn)
}

/// States what the business and what the customers need from this turn: asked before anything goes out.
///
/// **Errors** at `business_need` and `customer_need` when they are too long.
pub fn state_needs(
    tx: &mut Tx<'_>,
    id: &str,
    business: Option<&str>,
    customer: Option<&str>,
) -> Result<Turn> {
    let was = get(tx, id)?;
    still_open(&was)?;
    let mut refused = Refused::default();
    refused.text("business_need", business);
    refused.text("customer_need", customer);
    refused.end()?;
    let turn = Turn { business_need: filled(business), customer_need: filled(customer), ..was.clone() };
    change(tx, "turn.needs_stated", &was, turn)
}

/// Shows the phases in the words of a published model; nothing else changes.
pub fn choose_vocabulary(tx: &mut Tx<'_>, id: &str, vocabulary: &str) -> Result<Turn> {
    let was = get(tx, id)?;
    let turn = Turn { vocabulary: vocabulary.to_string(), ..was.clone() };
    change(tx, "turn.vocabulary_chosen", &was, turn)
}

/// Begins a planned turn.
///
/// **Errors** with a conflict while another turn is open, and at `ends_on` when its last day is over.
pub fn open(tx: &mut Tx<'_>, id: &str) -> Result<Turn> {
    let was = get(tx, id)?;
    expect_state(&was, State::Planned, "be opened")?;
    refuse_second(tx, &was)?;
    let today = Day::of(tx.now());
    if was.ends_on < today {
        let message = format!("the turn would have ended on {}; give it a later end", was.ends_on);
        return Err(Error::invalid("ends_on", message));
    }
    let turn = Turn { state: State::Running, opened_at: Some(tx.now()), ..was.clone() };
    change(tx, "turn.opened", &was, turn)
}

/// Begins the close of the running turn.
pub fn begin_close(tx: &mut Tx<'_>, id: &str) -> Result<Turn> {
    let was = get(tx, id)?;
    expect_state(&was, State::Running, "be closed")?;
    let turn = Turn { state: State::Closing, ..was.clone() };
    change(tx, "turn.close_begun", &was, turn)
}

/// Goes back from the close to the running turn.
pub fn resume(tx: &mut Tx<'_>, id: &str) -> Result<Turn> {
    let was = get(tx, id)?;
    expect_state(&was, State::Closing, "go on")?;
    let turn = Turn { state: State::Running, ..was.clone() };
    change(tx, "turn.resumed", &was, turn)
}

/// Ends a turn; `crate::turn::close` asks first whether its goals have verdicts.
pub fn close(tx: &mut Tx<'_>, id: &str) -> Result<Turn> {
    let was = get(tx, id)?;
    expect_state(&was, State::Closing, "be ended")?;
    // A clock that jumped back does not make a turn end before it began.
    let closed_at = was.opened_at.map_or(tx.now(), |opened| opened.max(tx.now()));
    let turn = Turn { state: State::Closed, closed_at: Some(closed_at), ..was.clone() };
    change(tx, "turn.closed", &was, turn)
}

/// Hides a turn that was planned and not begun.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let was = get(tx, id)?;
    expect_state(&was, State::Planned, "be deleted")?;
    let turn = Turn { deleted_at: Some(tx.now()), ..was.clone() };
    change(tx, "turn.deleted", &was, turn).map(drop)
}

/// Takes back one event: the turn is as it was before, under a new version.
///
/// **Errors** with a conflict when the turn was changed since, or when it would be open beside another.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = any(tx, &event.record_id)?;
    let was = match before::<Turn>(tx, event, &now.name)? {
        Some(was) => was,
        None if now.state == State::Planned => Turn { deleted_at: Some(tx.now()), ..now.clone() },
        None => return Err(Error::Conflict(format!("{} was begun; it cannot be taken back", now.name))),
    };
    let turn = Turn { version: now.version + 1, updated_at: tx.now(), ..was };
    if turn.deleted_at.is_none() {
        refuse(tx, &turn)?;
        if turn.state.is_open() {
            refuse_second(tx, &turn)?;
        }
    }
    write(tx, &turn)?;
    log_undone(tx, event, &now)
}

fn change(tx: &mut Tx<'_>, verb: &str, was: &Turn, turn: Turn) -> Result<Turn> {
    if turn == *was {
        return Ok(turn);
    }
    let turn = Turn { version: was.version + 1, updated_at: tx.now(), ..turn };
    write(tx, &turn)?;
    log(tx, verb, KIND, &turn.id, Some(was))?;
    Ok(turn)
}

fn expect_state(turn: &Turn, state: State, what: &str) -> Result<()> {
    if turn.state == state {
        return Ok(());
    }
    let message = format!("{} is {}: only a {} turn can {what}", turn.name, turn.state.name(), state.name());
    Err(Error::Conflict(message))
}

fn still_open(turn: &Turn) -> Result<()> {
    match turn.state {
        State::Closed => Err(Error::Conflict(format!("{} is closed and stays as it is", turn.name))),
        _ => Ok(()),
    }
}

/// Two turns at once would count each customer's answer twice.
fn refuse_second(tx: &mut Tx<'_>, turn: &Turn) -> Result<()> {
    match current(tx)? {
        Some(other) if other.id != turn.id => Err(Error::Conflict(format!(
            "{} is still open; close it first: there is one turn at a time",
            other.name
        ))),
        _ => Ok(()),
    }
}

fn refuse(tx: &mut Tx<'_>, turn: &Turn) -> Result<()> {
    let mut refused = Refused::default();
    refused.name("name", &turn.name, "a turn");
    if !turn.name.is_empty() && taken(tx, turn)? {
        refused.at("name", format!("there is already a turn called {}", turn.name));
    }
    let n_days = i64::from(turn.ends_on.0) - i64::from(turn.starts_on.0) + 1;
    if n_days < 1 {
        refused.at("ends_on", format!("a turn ends after it begins; it begins on {}", turn.starts_on));
    } else if n_days > i64::from(MOST_DAYS) {
        refused.at("ends_on", format!("a turn of {n_days} days is too long; at most {MOST_DAYS} are"));
    }
    if let Some(champion) = turn.champion_id.as_deref()
        && !is_user(tx, champion)?
    {
        refused.at("champion_id", format!("there is no user {champion}"));
    }
    refused.end()
}

/// Whether somebody signs in with this id.
pub(super) fn is_user(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    match auth::get(tx, id) {
        Ok(_) => Ok(true),
        Err(Error::Missing { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Lets a condition of a gate pass for this turn, with a reason; an empty reason takes the waiver away.
///
/// **Errors** at `note` when it is too long, with a conflict when the turn is closed.
pub fn waive(tx: &mut Tx<'_>, id: &str, condition: &str, note: &str) -> Result<()> {
    let turn = get(tx, id)?;
    still_open(&turn)?;
    let mut refused = Refused::default();
    refused.text("note", Some(note));
    refused.end()?;
    let was = waiver(tx, id, condition)?;
    let (now, by) = (tx.now(), tx.by().id.clone());
    let stated =
        filled(Some(note)).map(|note| Waiver { condition: condition.to_string(), note, by, at: now });
    rows::write_waiver(tx, id, condition, stated.as_ref())?;
    let verb = if stated.is_some() { "turn.condition_waived" } else { "turn.waiver_withdrawn" };
    let before = Some(serde_json::to_string(&was)?);
    let record_id = format!("{id}:{condition}");
    let entry =
        Entry { verb, record_kind: WAIVER_KIND, record_id: &record_id, subject_id: id, before, after: None };
    events::append(tx, entry).map(drop)
}

/// Takes a waiver, or its withdrawal, back.
pub fn undo_waiver(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let was: Option<Waiver> = before::<Option<Waiver>>(tx, event, "this condition")?.flatten();
    let condition = event.record_id.split_once(':').map_or("", |(_, condition)| condition);
    let now = waiver(tx, &event.subject_id, condition)?;
    rows::write_waiver(tx, &event.subject_id, condition, was.as_ref())?;
    log_undone(tx, event, &now)
}

fn waiver(tx: &mut Tx<'_>, turn_id: &str, condition: &str) -> Result<Option<Waiver>> {
    Ok(waivers(tx, turn_id)?.into_iter().find(|waiver| waiver.condition == condition))
}
