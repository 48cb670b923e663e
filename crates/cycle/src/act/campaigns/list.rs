//! Campaigns as lists show them: what was sent and what came of it, with its denominators.

use super::{Campaign, State};
use crate::plan::metrics::{self, MetricRef, Unit};
use platform::store::{Row as Columns, Snapshot};
use platform::{Micros, Result, params};
use std::collections::BTreeMap;

/// What became of a campaign's messages. Opening is not among it: nobody can know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Everybody for whom a message was planned; the denominator of the next six.
    pub planned: i64,
    pub queued: i64,
    pub handed: i64,
    /// The mail server took it.
    pub accepted: i64,
    pub refused: i64,
    pub left_out: i64,
    pub doubtful: i64,
    /// Taken by the server and come back for good.
    pub bounced: i64,
    pub complained: i64,
    /// People who followed a link, machines apart.
    pub clicked: i64,
    pub unsubscribed: i64,
}

impl Counts {
    /// Accepted and not come back: the denominator of clicks.
    pub fn delivered(&self) -> i64 {
        self.accepted - self.bounced
    }
}

/// A measured difference per person, as it was written last.
///
/// **Units.** That of the metric; minor units where it is money.
#[derive(Debug, Clone, PartialEq)]
pub struct Uplift {
    pub metric_key: String,
    pub is_money: bool,
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
    /// `works`, `harms`, `no_effect_shown` or `cannot_tell_yet`.
    pub conclusion: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: String,
    pub action_id: String,
    pub name: String,
    pub subject: String,
    pub state: State,
    pub trouble: Option<String>,
    pub created_at: Micros,
    pub launched_at: Option<Micros>,
    pub counts: Counts,
    pub uplift: Option<Uplift>,
}

const SELECT: &str =
    "SELECT c.id, c.action_id, a.name, c.subject, c.state, c.trouble, c.created_at, c.launched_at
     FROM campaigns c JOIN actions a ON a.id = c.action_id";

/// One page of campaigns, the newest first, before the one named.
pub fn list(snapshot: &mut Snapshot<'_>, before: Option<&str>, limit: usize) -> Result<Vec<Row>> {
    let sql = format!("{SELECT} WHERE c.id < $1 ORDER BY c.id DESC LIMIT $2");
    let limit = limit.min(super::MOST_LISTED + 1) as i64;
    let mut rows = snapshot.query(&sql, &params![before.unwrap_or("~"), limit], read)?;
    for row in &mut rows {
        complete(snapshot, row)?;
    }
    Ok(rows)
}

/// Actions that are to send mail and have nothing to send yet, the newest first: (id, name).
pub fn actions_without(snapshot: &mut Snapshot<'_>) -> Result<Vec<(String, String)>> {
    snapshot.query(
        "SELECT a.id, a.name FROM actions a
         WHERE a.kind = 'campaign' AND a.state IN ('draft','approved')
           AND NOT EXISTS (SELECT 1 FROM campaigns c WHERE c.action_id = a.id)
         ORDER BY a.created_at DESC, a.id DESC LIMIT $1",
        &params![super::MOST_LISTED as i64],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// One campaign as lists show it.
pub fn row(snapshot: &mut Snapshot<'_>, campaign: &Campaign) -> Result<Row> {
    let sql = format!("{SELECT} WHERE c.id = $1");
    let mut row = snapshot.one(&sql, &params![campaign.id], read)?;
    complete(snapshot, &mut row)?;
    Ok(row)
}

fn complete(snapshot: &mut Snapshot<'_>, row: &mut Row) -> Result<()> {
    row.counts = counts(snapshot, &row.id)?;
    row.uplift = uplift(snapshot, &row.action_id)?;
    Ok(())
}

/// What became of the messages so far.
pub fn counts(snapshot: &mut Snapshot<'_>, campaign_id: &str) -> Result<Counts> {
    let by_state: BTreeMap<String, i64> = snapshot
        .query(
            "SELECT state, count(*) FROM messages WHERE campaign_id = $1 GROUP BY state ORDER BY state",
            &params![campaign_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .into_iter()
        .collect();
    let returned: BTreeMap<String, i64> = snapshot
        .query(
            "SELECT kind, count(DISTINCT person_id) FROM returned_mail
             WHERE campaign_id = $1 AND person_id IS NOT NULL GROUP BY kind ORDER BY kind",
            &params![campaign_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .into_iter()
        .collect();
    let clicked = snapshot.one(
        "SELECT count(DISTINCT person_id) FROM clicks WHERE campaign_id = $1 AND who = 'person'",
        &params![campaign_id],
        |row| row.get(0),
    )?;
    let unsubscribed = snapshot.one(
        "SELECT count(DISTINCT subject_id) FROM events WHERE origin = $1",
        &params![super::super::preferences::origin_of(campaign_id)],
        |row| row.get(0),
    )?;
    let of = |map: &BTreeMap<String, i64>, name: &str| map.get(name).copied().unwrap_or(0);
    Ok(Counts {
        planned: by_state.values().sum(),
        queued: of(&by_state, "queued"),
        handed: of(&by_state, "handed"),
        accepted: of(&by_state, "accepted"),
        refused: of(&by_state, "refused"),
        left_out: of(&by_state, "left_out"),
        doubtful: of(&by_state, "doubtful"),
        bounced: of(&returned, "hard"),
        complained: of(&returned, "complaint"),
        clicked,
        unsubscribed,
    })
}

/// Why people were left out or refused, the most frequent first: (state, reason, people).
pub fn reasons(snapshot: &mut Snapshot<'_>, campaign_id: &str) -> Result<Vec<(String, String, i64)>> {
    snapshot.query(
        "SELECT state, coalesce(reason, ''), count(*) FROM messages
         WHERE campaign_id = $1 AND state IN ('left_out','refused','doubtful')
         GROUP BY state, coalesce(reason, '') ORDER BY 3 DESC, 1, 2",
        &params![campaign_id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// The newest look at the action's experiment that could say something; the first arm by name where there are several.
fn uplift(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Option<Uplift>> {
    let found = snapshot.first(
        "SELECT metric_key, metric_version, estimate, always_low, always_high, conclusion FROM effects
         WHERE action_id = $1 AND estimate IS NOT NULL AND always_low IS NOT NULL AND always_high IS NOT NULL
         ORDER BY as_of DESC, arm LIMIT 1",
        &params![action_id],
        |row| {
            let metric = MetricRef { key: row.get(0)?, version: row.get(1)? };
            Ok((metric, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        },
    )?;
    let Some((metric, estimate, low, high, conclusion)) = found else { return Ok(None) };
    let is_money = metrics::get(snapshot, &metric)?.unit == Unit::Money;
    Ok(Some(Uplift { metric_key: metric.key, is_money, estimate, low, high, conclusion }))
}

fn read(row: &Columns<'_>) -> Result<Row> {
    let state = row.text(4)?;
    Ok(Row {
        id: row.get(0)?,
        action_id: row.get(1)?,
        name: row.get(2)?,
        subject: row.get(3)?,
        state: State::from_name(state)
            .ok_or_else(|| platform::Error::database(format!("a campaign cannot be {state}")))?,
        trouble: row.get(5)?,
        created_at: row.get(6)?,
        launched_at: row.get(7)?,
        counts: Counts::default(),
        uplift: None,
    })
}
