//! Sessions: a random token in a cookie, its hash in the database, a CSRF token beside it.

use super::users::{self, User};
use crate::clock::{DAY, HOUR};
use crate::store::{Snapshot, Tx};
use crate::{Error, Micros, Result, limits, params, random};
use sha2::Digest;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub user: User,
    /// Every form and fragment request that changes something carries it.
    pub csrf_token: String,
    pub seen_at: Micros,
}

/// Opens a session; returns the token for the cookie, which is stored nowhere else.
pub fn open(tx: &mut Tx<'_>, user_id: &str) -> Result<String> {
    let (token, csrf, now) = (random::token(), random::token(), tx.now());
    tx.execute(
        "INSERT INTO sessions (token_hash, user_id, csrf_token, created_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $4, $5)",
        &params![hash(&token), user_id, csrf, now, now + limits::SESSION_DAYS * DAY],
    )?;
    Ok(token)
}

/// The session of a cookie's token, if it is open.
pub fn find(snapshot: &mut Snapshot<'_>, token: &str) -> Result<Option<Session>> {
    let now = snapshot.now();
    let found = snapshot.first(
        "SELECT user_id, csrf_token, seen_at FROM sessions WHERE token_hash = $1 AND expires_at > $2 AND seen_at > $3",
        &params![hash(token), now, now - limits::SESSION_IDLE_DAYS * DAY],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?)),
    )?;
    let Some((user_id, csrf_token, seen_at)) = found else { return Ok(None) };
    match users::get(snapshot, &user_id) {
        Ok(user) => Ok(Some(Session { user, csrf_token, seen_at })),
        Err(Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Session {
    /// Whether the visit is worth a write: once an hour is enough to keep a session alive.
    pub fn needs_touch(&self, now: Micros) -> bool {
        now - self.seen_at > HOUR
    }
}

/// Keeps a session alive.
pub fn touch(tx: &mut Tx<'_>, token: &str) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE sessions SET seen_at = $2 WHERE token_hash = $1", &params![hash(token), now])?;
    Ok(())
}

pub fn close(tx: &mut Tx<'_>, token: &str) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE token_hash = $1", &params![hash(token)])?;
    Ok(())
}

/// Removes sessions that have ended.
pub fn sweep(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        "DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2",
        &params![now, now - limits::SESSION_IDLE_DAYS * DAY],
    )
}

fn hash(token: &str) -> String {
    random::hex(&sha2::Sha256::digest(token.as_bytes()))
}
