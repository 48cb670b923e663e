//! Tokens with which programs come in: a random secret of which only the hash is kept, in the name of one user.
//!
//! A token may do at most what its role allows and at most what its user may now; it dies with its user. It opens no
//! session and no page.

use super::users::{self, Role, User};
use crate::clock::HOUR;
use crate::events::{self, Entry};
use crate::store::{Row, Snapshot, Tx};
use crate::{Error, Micros, Result, limits, params, random};
use sha2::Digest;

/// How every secret begins, so that one that leaks is recognised.
pub const PREFIX: &str = "rondel_";

/// Longest name in characters.
const NAME_CHARACTERS: usize = 80;

/// A token as its owner sees it; the secret is not among this.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiToken {
    pub id: String,
    pub user_id: String,
    /// What it is for.
    pub name: String,
    /// The most that it may do.
    pub role: Role,
    pub created_at: Micros,
    /// To the hour.
    pub last_used_at: Option<Micros>,
    pub revoked_at: Option<Micros>,
}

impl ApiToken {
    /// What a request with this token may do: what both the token and its user may.
    pub fn role_of(&self, user: &User) -> Role {
        self.role.min(user.role)
    }

    /// Whether the use is worth a write.
    pub fn needs_touch(&self, now: Micros) -> bool {
        self.last_used_at.is_none_or(|at| now - at >= HOUR)
    }
}

/// Makes a token for a user; returns it with its secret, which is stored nowhere and shown only now.
///
/// **Errors** at `name` (empty, too long, too many tokens) and at `role` (above the user's own).
pub fn create(tx: &mut Tx<'_>, user_id: &str, name: &str, role: Role) -> Result<(ApiToken, String)> {
    let user = users::get(tx, user_id)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS {
        return Err(Error::invalid("name", format!("needs 1 to {NAME_CHARACTERS} characters")));
    }
    if role > user.role {
        let message = format!("{} is {}; a token cannot do more", user.name, user.role.name());
        return Err(Error::invalid("role", message));
    }
    let count = "SELECT count(*) FROM api_tokens WHERE user_id = $1 AND revoked_at IS NULL";
    let n: i64 = tx.one(count, &params![user_id], |row| row.get(0))?;
    if n >= limits::TOKENS_PER_USER {
        return Err(Error::invalid("name", format!("there are {n} tokens already; revoke one first")));
    }
    let (id, secret, now) = (tx.new_id("tok"), format!("{PREFIX}{}", random::token()), tx.now());
    tx.execute(
        "INSERT INTO api_tokens (id, token_hash, user_id, name, role, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        &params![id, hash(&secret), user_id, name, role.name(), now],
    )?;
    log(tx, "token.created", &id, user_id, name)?;
    Ok((get(tx, &id)?, secret))
}

/// Ends a token.
///
/// **Errors** when there is no such token; ending it again changes nothing.
pub fn revoke(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let (token, now) = (get(tx, id)?, tx.now());
    if token.revoked_at.is_some() {
        return Ok(());
    }
    tx.execute("UPDATE api_tokens SET revoked_at = $2 WHERE id = $1", &params![id, now])?;
    log(tx, "token.revoked", id, &token.user_id, &token.name)
}

fn log(tx: &mut Tx<'_>, verb: &str, id: &str, user_id: &str, name: &str) -> Result<()> {
    let after = Some(serde_json::json!({ "name": name }).to_string());
    let entry = Entry { verb, record_kind: "token", record_id: id, subject_id: user_id, before: None, after };
    events::append(tx, entry).map(drop)
}

/// The token of a secret and its user, if both may still come in.
pub fn find(snapshot: &mut Snapshot<'_>, secret: &str) -> Result<Option<(ApiToken, User)>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL
           AND EXISTS (SELECT 1 FROM users WHERE users.id = api_tokens.user_id AND disabled_at IS NULL)"
    );
    let Some(token) = snapshot.first(&sql, &params![hash(secret)], read)? else { return Ok(None) };
    let user = users::get(snapshot, &token.user_id)?;
    Ok(Some((token, user)))
}

/// Notes that a token is used.
pub fn touch(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1", &params![id, now])?;
    Ok(())
}

/// The tokens of a user that were not revoked, the oldest first.
pub fn list(snapshot: &mut Snapshot<'_>, user_id: &str) -> Result<Vec<ApiToken>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM api_tokens WHERE user_id = $1 AND revoked_at IS NULL ORDER BY user_id, id LIMIT $2"
    );
    snapshot.query(&sql, &params![user_id, limits::TOKENS_PER_USER], read)
}

/// The token, revoked ones included.
pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<ApiToken> {
    let sql = format!("SELECT {COLUMNS} FROM api_tokens WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("token", id))
}

const COLUMNS: &str = "id, user_id, name, role, created_at, last_used_at, revoked_at";

fn read(row: &Row<'_>) -> Result<ApiToken> {
    let role = row.text(3)?;
    Ok(ApiToken {
        id: row.get(0)?,
        user_id: row.get(1)?,
        name: row.get(2)?,
        role: Role::parse(role).ok_or_else(|| Error::database(format!("unknown role {role}")))?,
        created_at: row.get(4)?,
        last_used_at: row.get(5)?,
        revoked_at: row.get(6)?,
    })
}

fn hash(secret: &str) -> String {
    random::hex(&sha2::Sha256::digest(secret.as_bytes()))
}
