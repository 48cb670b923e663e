//! The table of jobs: enqueue, claim, finish, fail, retry.

use crate::clock::{Micros, SECOND};
use crate::store::{Param, Row, Snapshot, Tx, places_from};
use crate::{Error, Result, limits, params};
use serde::Serialize;
use std::borrow::Cow;

/// A job that a worker holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: String,
    pub kind: String,
    pub payload_json: String,
    pub n_attempts: i64,
    pub max_attempts: i64,
}

impl Job {
    /// The payload as it was enqueued.
    pub fn payload<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.payload_json)?)
    }
}

/// What a verb wants done.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    pub kind: &'a str,
    /// While a job with this key waits or runs, another is not enqueued.
    pub unique_key: Option<String>,
    /// Not before this time; None is at once.
    pub run_at: Option<Micros>,
    pub max_attempts: i64,
}

impl<'a> NewJob<'a> {
    pub fn new(kind: &'a str) -> Self {
        Self { kind, unique_key: None, run_at: None, max_attempts: limits::JOB_ATTEMPTS }
    }

    pub fn once(kind: &'a str, unique_key: impl Into<String>) -> Self {
        Self { unique_key: Some(unique_key.into()), ..Self::new(kind) }
    }
}

/// Enqueues a job in the transaction; None where one with the same unique key already waits or runs.
pub fn enqueue<T: Serialize>(tx: &mut Tx<'_>, job: NewJob<'_>, payload: &T) -> Result<Option<String>> {
    let (id, now) = (tx.new_id("job"), tx.now());
    let payload = serde_json::to_string(payload)?;
    let n = tx.execute(
        "INSERT INTO jobs (id, kind, payload_json, unique_key, state, run_at, max_attempts, created_at)
         VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7) ON CONFLICT DO NOTHING",
        &params![id, job.kind, payload, job.unique_key, job.run_at.unwrap_or(now), job.max_attempts, now],
    )?;
    tx.wake_worker();
    Ok((n == 1).then_some(id))
}

/// Which kinds of jobs a worker takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kinds {
    All,
    Only(Vec<&'static str>),
    Except(Vec<&'static str>),
}

impl Kinds {
    /// The condition on the column `kind`, its values as parameters from `$3` on.
    fn condition(&self) -> (String, &[&'static str]) {
        let places = |kinds: &[&str]| places_from(3, kinds.len());
        match self {
            Self::Only(kinds) if kinds.is_empty() => ("AND 1 = 0".to_string(), &[]),
            Self::Only(kinds) => (format!("AND kind IN ({})", places(kinds)), kinds),
            Self::Except(kinds) if !kinds.is_empty() => {
                (format!("AND kind NOT IN ({})", places(kinds)), kinds)
            }
            Self::All | Self::Except(_) => (String::new(), &[]),
        }
    }
}

/// Takes the job of these kinds that has waited longest, for [`limits::JOB_LEASE_SECONDS`].
pub fn claim(tx: &mut Tx<'_>, kinds: &Kinds) -> Result<Option<Job>> {
    let now = tx.now();
    let (condition, named) = kinds.condition();
    let sql = format!(
        "UPDATE jobs SET state = 'running', n_attempts = n_attempts + 1, lease_until = $2
         WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND run_at <= $1 {condition} ORDER BY run_at, id LIMIT 1)
           AND state = 'queued'
         RETURNING id, kind, payload_json, n_attempts, max_attempts"
    );
    let mut parameters = vec![Param::Int(now), Param::Int(lease_end(now))];
    parameters.extend(named.iter().map(|kind| Param::Text(Cow::Borrowed(kind))));
    tx.first(&sql, &parameters, |row| {
        Ok(Job {
            id: row.get(0)?,
            kind: row.get(1)?,
            payload_json: row.get(2)?,
            n_attempts: row.get(3)?,
            max_attempts: row.get(4)?,
        })
    })
}

fn lease_end(now: Micros) -> Micros {
    now + limits::JOB_LEASE_SECONDS * SECOND
}

/// Tells how far a job is, and that its worker lives. `total` is None while it is unknown.
pub fn progress(tx: &mut Tx<'_>, id: &str, done: i64, total: Option<i64>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE jobs SET progress_done = $2, progress_total = $3, lease_until = $4 WHERE id = $1",
        &params![id, done, total, lease_end(now)],
    )?;
    Ok(())
}

/// A sign of life from the worker that holds the job.
pub(super) fn renew(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE jobs SET lease_until = $2 WHERE id = $1 AND state = 'running'",
        &params![id, lease_end(now)],
    )?;
    Ok(())
}

pub fn finish(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE jobs SET state = 'done', finished_at = $2, lease_until = NULL, last_error = NULL WHERE id = $1",
        &params![id, now],
    )?;
    Ok(())
}

/// Puts a job that failed back for later, or among the dead letters after its last attempt.
pub fn fail(tx: &mut Tx<'_>, job: &Job, error: &str) -> Result<()> {
    let now = tx.now();
    let dead = job.n_attempts >= job.max_attempts;
    let wait = (5 * SECOND) << job.n_attempts.clamp(0, 9);
    tx.execute(
        "UPDATE jobs SET state = $2, run_at = $3, last_error = $4, lease_until = NULL, finished_at = $5 WHERE id = $1",
        &params![job.id, if dead { "dead" } else { "queued" }, now + wait, error, dead.then_some(now)],
    )?;
    Ok(())
}

/// Frees jobs whose worker gave no sign of life since their lease ended by `lease_ended_by`; a job that broke its worker
/// every time dies. They keep their place before those that were enqueued later, which may build on what they do.
///
/// With `i64::MAX`, every running job is free: right at the start of the only process that can hold one.
pub fn requeue_abandoned(tx: &mut Tx<'_>, lease_ended_by: Micros) -> Result<u64> {
    tx.execute(
        "UPDATE jobs SET state = CASE WHEN n_attempts >= max_attempts THEN 'dead' ELSE 'queued' END,
                         lease_until = NULL, last_error = 'the worker stopped in the middle'
         WHERE state = 'running' AND lease_until <= $1",
        &params![lease_ended_by],
    )
}

/// Gives a dead letter another set of attempts.
pub fn retry(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let now = tx.now();
    let n = tx.execute(
        "UPDATE jobs SET state = 'queued', run_at = $2, n_attempts = 0, finished_at = NULL WHERE id = $1 AND state = 'dead'",
        &params![id, now],
    )?;
    tx.wake_worker();
    if n == 1 { Ok(()) } else { Err(Error::missing("dead job", id)) }
}

/// A job as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub id: String,
    pub kind: String,
    pub state: String,
    pub run_at: Micros,
    pub n_attempts: i64,
    pub max_attempts: i64,
    pub last_error: Option<String>,
    pub progress_done: i64,
    pub progress_total: Option<i64>,
    pub created_at: Micros,
}

/// The newest jobs in a state.
pub fn list(snapshot: &mut Snapshot<'_>, state: &str, limit: usize) -> Result<Vec<Listed>> {
    snapshot.query(
        "SELECT id, kind, state, run_at, n_attempts, max_attempts, last_error, progress_done, progress_total, created_at
         FROM jobs WHERE state = $1 ORDER BY run_at DESC, id DESC LIMIT $2",
        &params![state, limit as i64],
        listed,
    )
}

/// The job with this key that waits or runs.
pub fn under_way(snapshot: &mut Snapshot<'_>, unique_key: &str) -> Result<Option<Listed>> {
    snapshot.first(
        "SELECT id, kind, state, run_at, n_attempts, max_attempts, last_error, progress_done, progress_total, created_at
         FROM jobs WHERE unique_key = $1 AND state IN ('queued','running')",
        &params![unique_key],
        listed,
    )
}

fn listed(row: &Row<'_>) -> Result<Listed> {
    Ok(Listed {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: row.get(2)?,
        run_at: row.get(3)?,
        n_attempts: row.get(4)?,
        max_attempts: row.get(5)?,
        last_error: row.get(6)?,
        progress_done: row.get(7)?,
        progress_total: row.get(8)?,
        created_at: row.get(9)?,
    })
}

/// How many jobs run, or wait and are due by now.
pub fn n_due(snapshot: &mut Snapshot<'_>) -> Result<i64> {
    let now = snapshot.now();
    snapshot.one(
        "SELECT count(*) FROM jobs WHERE state = 'running' OR (state = 'queued' AND run_at <= $1)",
        &params![now],
        |row| row.get(0),
    )
}

/// How many jobs wait, run and are dead.
pub fn counts(snapshot: &mut Snapshot<'_>) -> Result<Vec<(String, i64)>> {
    snapshot.query(
        "SELECT state, count(*) FROM jobs WHERE state IN ('queued','running','dead') GROUP BY state ORDER BY state",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
