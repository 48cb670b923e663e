//! Budget and full cost: what a turn and its actions were meant to cost, and what they did.
//!
//! **Units:** minor units of the workspace's currency. People's time is minutes at an hourly rate.

use super::closed_set::closed_set;
use super::history::{Refused, before, filled, log, log_undone};
use super::turns;
use platform::events::Event;
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params, settings};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const KIND: &str = "cost";
/// The setting that holds what an hour of each role costs. **Units:** minor units an hour.
pub const RATES: &str = "hourly_rates";
/// The setting that holds what the sending of a thousand mails costs. **Units:** minor units.
pub const MAIL_PRICE: &str = "thousand_mails_minor";
/// The role whose hourly rate counts for the calls of call lists, where there are several roles.
pub const CALLS: &str = "Calls";
/// Costs in one list.
pub const MOST_LISTED: i64 = 1_000;
/// The most that one cost may be, and the most minutes: beyond, somebody mistyped.
const MOST_MINOR: i64 = 1_000_000_000_000;
const MOST_MINUTES: i64 = 10_000_000;

closed_set! {
    /// What money was spent on.
    CostKind {
        /// Sending: postage, fees of a mail service, advertisements.
        Send = "send",
        /// What was given away: discounts, vouchers, gifts.
        Discount = "discount",
        /// People's time.
        Time = "time",
        Other = "other",
    }
}

closed_set! {
    /// What was meant, or what was spent.
    Side {
        Planned = "planned",
        Actual = "actual",
    }
}

/// How much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Minor(i64),
    Time { minutes: i64, hourly_rate_minor: i64 },
}

/// What somebody, or a program, states about a cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub turn_id: String,
    pub action_id: Option<String>,
    /// A name under which the same cost is stated again: it is replaced, not added.
    pub source_key: Option<String>,
    pub kind: CostKind,
    pub side: Side,
    pub amount: Amount,
    pub team: Option<String>,
    pub description: String,
    /// When it was spent; None is now.
    pub at: Option<Micros>,
}

/// A planned or actual cost. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub id: String,
    pub turn_id: String,
    pub action_id: Option<String>,
    pub source_key: Option<String>,
    pub kind: CostKind,
    pub side: Side,
    pub amount_minor: i64,
    pub minutes: Option<i64>,
    pub hourly_rate_minor: Option<i64>,
    pub team: Option<String>,
    pub description: String,
    pub at: Micros,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub deleted_at: Option<Micros>,
}

/// Sums of planned and actual cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    pub planned_minor: i64,
    pub actual_minor: i64,
    /// Planned and actual by kind of cost.
    pub by_kind: BTreeMap<&'static str, (i64, i64)>,
    /// Minutes worked.
    pub minutes: i64,
}

impl Totals {
    /// What of the plan is spent; None where nothing was planned.
    pub fn share_spent(&self) -> Option<f64> {
        (self.planned_minor > 0).then(|| self.actual_minor as f64 / self.planned_minor as f64)
    }
}

/// States a cost. With a `source_key` that is known, the cost is replaced.
///
/// **Errors** at `turn_id`, `description`, `amount`, `minutes`, `hourly_rate`.
pub fn state(tx: &mut Tx<'_>, input: &Input) -> Result<Cost> {
    let (amount_minor, minutes, hourly_rate_minor) = refuse(tx, input)?;
    let known = match input.source_key.as_deref() {
        Some(key) => by_source(tx, key)?,
        None => None,
    };
    let now = tx.now();
    let cost = Cost {
        id: known.as_ref().map_or_else(|| tx.new_id("cost"), |known| known.id.clone()),
        turn_id: input.turn_id.clone(),
        action_id: filled(input.action_id.as_deref()),
        source_key: filled(input.source_key.as_deref()),
        kind: input.kind,
        side: input.side,
        amount_minor,
        minutes,
        hourly_rate_minor,
        team: filled(input.team.as_deref()),
        description: input.description.trim().to_string(),
        at: input.at.unwrap_or(now),
        created_by: tx.by().id.clone(),
        created_at: known.as_ref().map_or(now, |known| known.created_at),
        deleted_at: None,
    };
    let is_same = |known: &Cost| {
        (known.amount_minor, known.deleted_at, &known.description)
            == (cost.amount_minor, None, &cost.description)
    };
    if let Some(known) = known.as_ref().filter(|known| is_same(known)) {
        return Ok(known.clone());
    }
    write(tx, &cost)?;
    log(tx, "cost.stated", KIND, &cost.id, known.as_ref())?;
    Ok(cost)
}

/// Takes a cost out of the sums.
pub fn remove(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let was = get(tx, id)?;
    write(tx, &Cost { deleted_at: Some(tx.now()), ..was.clone() })?;
    log(tx, "cost.removed", KIND, id, Some(&was)).map(drop)
}

/// Takes one event back.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = any(tx, &event.record_id)?;
    let was = before::<Cost>(tx, event, &now.description)?;
    let was = was.unwrap_or_else(|| Cost { deleted_at: Some(tx.now()), ..now.clone() });
    write(tx, &was)?;
    log_undone(tx, event, &now)
}

fn refuse(tx: &mut Tx<'_>, input: &Input) -> Result<(i64, Option<i64>, Option<i64>)> {
    let mut refused = Refused::default();
    match turns::get(tx, &input.turn_id) {
        Ok(turn) if turn.state == turns::State::Closed => {
            refused.at("turn_id", format!("{} is closed; its costs stay as they are", turn.name));
        }
        Ok(_) => {}
        Err(Error::Missing { .. }) => refused.at("turn_id", format!("there is no turn {}", input.turn_id)),
        Err(other) => return Err(other),
    }
    refused.name("description", input.description.trim(), "a cost");
    let worked_out = match input.amount {
        Amount::Minor(minor) if !(0..=MOST_MINOR).contains(&minor) => {
            refused.at("amount", "a cost is an amount of money of 0 or more");
            (0, None, None)
        }
        Amount::Minor(minor) => (minor, None, None),
        Amount::Time { minutes, hourly_rate_minor: rate } => {
            if !(1..=MOST_MINUTES).contains(&minutes) {
                refused.at("minutes", "say how many minutes were worked, 1 or more");
            }
            if !(0..=MOST_MINOR / MOST_MINUTES).contains(&rate) {
                refused.at("hourly_rate", "say what an hour costs");
            }
            (of_time(minutes, rate), Some(minutes), Some(rate))
        }
    };
    refused.end()?;
    Ok(worked_out)
}

/// What so many minutes cost, to the nearest minor unit.
fn of_time(minutes: i64, hourly_rate_minor: i64) -> i64 {
    let product = i128::from(minutes) * i128::from(hourly_rate_minor);
    i64::try_from((product + 30).div_euclid(60)).unwrap_or(i64::MAX)
}

/// Planned and actual cost of a turn, its actions included.
pub fn of_turn(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Totals> {
    totals(snapshot, "turn_id", turn_id)
}

/// Planned and actual cost of one action.
pub fn of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Totals> {
    totals(snapshot, "action_id", action_id)
}

fn totals(snapshot: &mut Snapshot<'_>, column: &str, id: &str) -> Result<Totals> {
    let sql = format!(
        "SELECT kind, is_planned, CAST(sum(amount_minor) AS BIGINT), CAST(sum(COALESCE(minutes, 0)) AS BIGINT)
         FROM costs WHERE {column} = $1 AND deleted_at IS NULL GROUP BY kind, is_planned"
    );
    let mut totals = Totals::default();
    snapshot.each(&sql, &params![id], |row| {
        let (kind, is_planned) = (CostKind::read(row.text(0)?)?, row.get::<i64>(1)? == 1);
        let (minor, minutes): (i64, i64) = (row.get(2)?, row.get(3)?);
        let of_kind = totals.by_kind.entry(kind.name()).or_default();
        if is_planned {
            of_kind.0 += minor;
            totals.planned_minor += minor;
        } else {
            of_kind.1 += minor;
            totals.actual_minor += minor;
            totals.minutes += minutes;
        }
        Ok(())
    })?;
    Ok(totals)
}

/// The costs of a turn, the newest first; at most [`MOST_LISTED`].
pub fn list(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Vec<Cost>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM costs WHERE turn_id = $1 AND deleted_at IS NULL ORDER BY at DESC, id DESC LIMIT $2"
    );
    snapshot.query(&sql, &params![turn_id, MOST_LISTED], read)
}

/// What an hour of each role costs, by its name.
pub fn hourly_rates(snapshot: &mut Snapshot<'_>) -> Result<BTreeMap<String, i64>> {
    Ok(settings::get(snapshot, RATES)?.unwrap_or_default())
}

/// States what an hour of a role costs; None forgets the role.
///
/// **Errors** at `role` and `hourly_rate`.
pub fn state_hourly_rate(tx: &mut Tx<'_>, role: &str, minor: Option<i64>) -> Result<()> {
    let role = role.trim();
    let mut refused = Refused::default();
    refused.name("role", role, "a role");
    if minor.is_some_and(|minor| !(0..=MOST_MINOR / MOST_MINUTES).contains(&minor)) {
        refused.at("hourly_rate", "say what an hour costs");
    }
    refused.end()?;
    let was = hourly_rates(tx)?;
    let mut rates = was.clone();
    match minor {
        Some(minor) => drop(rates.insert(role.to_string(), minor)),
        None => drop(rates.remove(role)),
    }
    settings::set(tx, RATES, &rates)?;
    log(tx, "hourly_rate.stated", "setting", RATES, Some(&was)).map(drop)
}

/// What an hour of those who call costs: the rate of the role [`CALLS`], else that of the only role there is.
pub fn call_rate(snapshot: &mut Snapshot<'_>) -> Result<Option<i64>> {
    let rates = hourly_rates(snapshot)?;
    let named = rates.iter().find(|(role, _)| role.eq_ignore_ascii_case(CALLS));
    let only = rates.iter().next().filter(|_| rates.len() == 1);
    Ok(named.or(only).map(|(_, rate)| *rate))
}

/// What the sending of a thousand mails costs, if somebody has stated it. **Units:** minor units.
pub fn mail_price(snapshot: &mut Snapshot<'_>) -> Result<Option<i64>> {
    settings::get(snapshot, MAIL_PRICE)
}

/// States what the sending of a thousand mails costs; None forgets it.
///
/// **Errors** at `mail_price`.
pub fn state_mail_price(tx: &mut Tx<'_>, minor: Option<i64>) -> Result<()> {
    let mut refused = Refused::default();
    if minor.is_some_and(|minor| !(0..=MOST_MINOR / MOST_MINUTES).contains(&minor)) {
        refused.at("mail_price", "say what the sending of a thousand mails costs");
    }
    refused.end()?;
    let was = mail_price(tx)?;
    settings::set(tx, MAIL_PRICE, &minor)?;
    log(tx, "mail_price.stated", "setting", MAIL_PRICE, Some(&was)).map(drop)
}

const COLUMNS: &str =
    "id, turn_id, action_id, source_key, kind, is_planned, amount_minor, minutes, hourly_rate_minor,
    team, description, at, created_by, created_at, deleted_at";

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Cost> {
    let cost = any(snapshot, id)?;
    if cost.deleted_at.is_some() { Err(Error::missing(KIND, id)) } else { Ok(cost) }
}

fn any(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Cost> {
    let sql = format!("SELECT {COLUMNS} FROM costs WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

fn by_source(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Option<Cost>> {
    let sql = format!("SELECT {COLUMNS} FROM costs WHERE source_key = $1");
    snapshot.first(&sql, &params![key], read)
}

fn write(tx: &mut Tx<'_>, c: &Cost) -> Result<()> {
    let is_planned = c.side == Side::Planned;
    tx.execute(
        "INSERT INTO costs (id, turn_id, action_id, source_key, kind, is_planned, amount_minor, minutes,
           hourly_rate_minor, team, description, at, created_by, created_at, deleted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (id) DO UPDATE SET turn_id = excluded.turn_id, action_id = excluded.action_id,
           kind = excluded.kind, is_planned = excluded.is_planned, amount_minor = excluded.amount_minor,
           minutes = excluded.minutes, hourly_rate_minor = excluded.hourly_rate_minor, team = excluded.team,
           description = excluded.description, at = excluded.at, deleted_at = excluded.deleted_at",
        &params![
            c.id,
            c.turn_id,
            c.action_id,
            c.source_key,
            c.kind.name(),
            is_planned,
            c.amount_minor,
            c.minutes,
            c.hourly_rate_minor,
            c.team,
            c.description,
            c.at,
            c.created_by,
            c.created_at,
            c.deleted_at
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Cost> {
    let is_planned = row.get::<i64>(5)? == 1;
    Ok(Cost {
        id: row.get(0)?,
        turn_id: row.get(1)?,
        action_id: row.get(2)?,
        source_key: row.get(3)?,
        kind: CostKind::read(row.text(4)?)?,
        side: if is_planned { Side::Planned } else { Side::Actual },
        amount_minor: row.get(6)?,
        minutes: row.get(7)?,
        hourly_rate_minor: row.get(8)?,
        team: row.get(9)?,
        description: row.get(10)?,
        at: row.get(11)?,
        created_by: row.get(12)?,
        created_at: row.get(13)?,
        deleted_at: row.get(14)?,
    })
}
