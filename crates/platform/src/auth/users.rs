//! Users of the program and what their role allows.

use super::password;
use crate::clock::SECOND;
use crate::events::{self, Entry};
use crate::store::{Row, Snapshot, Store, Tx};
use crate::{By, Error, Micros, Result, limits, params};

/// From all to least: an owner may do everything, a reader changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Reader,
    Member,
    Administrator,
    Owner,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Administrator => "administrator",
            Self::Owner => "owner",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Reader, Self::Member, Self::Administrator, Self::Owner].into_iter().find(|r| r.name() == name)
    }

    /// Change records: everybody but readers.
    pub fn may_write(self) -> bool {
        self >= Self::Member
    }

    /// Add users, undo other people's imports, change settings.
    pub fn may_administer(self) -> bool {
        self >= Self::Administrator
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// `system`, `light` or `dark`.
    pub theme: String,
    pub created_at: Micros,
}

#[derive(Debug, Clone)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password: String,
}

/// Adds a user. The password is hashed before the transaction, because hashing takes long on purpose.
///
/// **Errors** at the fields `email`, `name`, `password`; a conflict when the address is taken.
pub fn create(store: &Store, by: By, user: NewUser) -> Result<User> {
    let email = user.email.trim().to_lowercase();
    if !email.contains('@') || email.contains(char::is_whitespace) {
        return Err(Error::invalid("email", format!("“{email}” is no e-mail address")));
    }
    let name = user.name.trim().to_string();
    if name.is_empty() {
        return Err(Error::invalid("name", "is needed"));
    }
    let hash = password::hash(&user.password)?;
    store
        .write(by, move |tx| {
            let (id, now) = (tx.new_id("usr"), tx.now());
            if tx.first("SELECT 1 FROM users WHERE email = $1", &params![email], |_| Ok(()))?.is_some() {
                return Err(Error::invalid("email", format!("{email} is a user already")));
            }
            tx.execute(
                "INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
                &params![id, email, name, user.role.name(), hash, now],
            )?;
            log(tx, "user.created", &id)?;
            get(tx, &id)
        })
        .wait()
}

fn log(tx: &mut Tx<'_>, verb: &str, id: &str) -> Result<()> {
    events::append(tx, Entry { verb, ..about(id) }).map(drop)
}

fn about(id: &str) -> Entry<'_> {
    Entry { record_kind: "user", record_id: id, subject_id: id, ..Entry::default() }
}

const COLUMNS: &str = "id, email, name, role, theme, created_at";

fn read(row: &Row<'_>) -> Result<User> {
    let role = row.text(3)?;
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        role: Role::parse(role).ok_or_else(|| Error::database(format!("unknown role {role}")))?,
        theme: row.get(4)?,
        created_at: row.get(5)?,
    })
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<User> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing("user", id))
}

pub fn list(snapshot: &mut Snapshot<'_>) -> Result<Vec<User>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE disabled_at IS NULL ORDER BY name, id LIMIT 1000");
    snapshot.query(&sql, &[], read)
}

/// Whether nobody has been added yet.
pub fn is_empty(snapshot: &mut Snapshot<'_>) -> Result<bool> {
    Ok(snapshot.first("SELECT 1 FROM users LIMIT 1", &[], |_| Ok(()))?.is_none())
}

pub fn set_theme(tx: &mut Tx<'_>, id: &str, theme: &str) -> Result<()> {
    if !["system", "light", "dark"].contains(&theme) {
        return Err(Error::invalid("theme", "is system, light or dark"));
    }
    tx.execute("UPDATE users SET theme = $2 WHERE id = $1", &params![id, theme])?;
    Ok(())
}

/// Gives a user another role.
///
/// **Errors** at the field `role` when nobody would be left who owns the installation.
pub fn set_role(tx: &mut Tx<'_>, id: &str, role: Role) -> Result<()> {
    let before = get(tx, id)?;
    keeps_an_owner(tx, &before, role == Role::Owner, "role")?;
    tx.execute("UPDATE users SET role = $2 WHERE id = $1", &params![id, role.name()])?;
    let (before, after) = (serde_json::to_string(before.role.name())?, serde_json::to_string(role.name())?);
    let entry = Entry { verb: "user.role_changed", before: Some(before), after: Some(after), ..about(id) };
    events::append(tx, entry).map(drop)
}

/// Lets a user in no longer and ends that user's sessions; what the user did stays in the log.
///
/// **Errors** when nobody would be left who owns the installation.
pub fn disable(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let (before, now) = (get(tx, id)?, tx.now());
    keeps_an_owner(tx, &before, false, "user")?;
    tx.execute("UPDATE users SET disabled_at = $2 WHERE id = $1", &params![id, now])?;
    tx.execute("DELETE FROM sessions WHERE user_id = $1", &params![id])?;
    log(tx, "user.disabled", id)
}

fn keeps_an_owner(tx: &mut Tx<'_>, user: &User, stays_owner: bool, field: &str) -> Result<()> {
    if user.role != Role::Owner || stays_owner {
        return Ok(());
    }
    let other = "SELECT 1 FROM users WHERE role = 'owner' AND id <> $1 AND disabled_at IS NULL LIMIT 1";
    match tx.first(other, &params![user.id], |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(Error::invalid(
            field,
            format!("{} is the only owner; make somebody else owner first", user.name),
        )),
    }
}

/// Gives a user another password and ends all sessions of that user.
pub fn set_password(store: &Store, by: By, id: &str, new: &str) -> Result<()> {
    let (id, hash) = (id.to_string(), password::hash(new)?);
    store
        .write(by, move |tx| {
            tx.execute("UPDATE users SET password_hash = $2 WHERE id = $1", &params![id, hash])?;
            tx.execute("DELETE FROM sessions WHERE user_id = $1", &params![id])?;
            log(tx, "user.password_changed", &id)
        })
        .wait()
}

/// The user to whom address and password belong.
///
/// **Errors** with the same sentence for an unknown address and a wrong password, which take the same time; after
/// [`limits::SIGN_IN_FAILURES`] failures the address waits.
pub fn sign_in(store: &Store, email: &str, attempt: &str) -> Result<User> {
    let email = email.trim().to_lowercase();
    let key = email.clone();
    let (known, wait) = store
        .read(move |snapshot| {
            let known = snapshot.first(
                "SELECT id, password_hash FROM users WHERE email = $1 AND disabled_at IS NULL",
                &params![key],
                |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)),
            )?;
            Ok((known, has_to_wait(snapshot, &key)?))
        })
        .wait()?;
    if wait {
        return Err(Error::invalid("email", "too many attempts; wait a minute"));
    }
    // A hash nobody knows the password of, so that an unknown address takes as long as a wrong password.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$ilq4jmF3Y1gqsHsjKzYxkA$O5ps0BbS1qHpWsFxE1tY3YB2q0T3cD8kqLDe7xpX3Wc";
    let hash = known.as_ref().map_or(NOBODY, |(_, hash)| hash.as_str());
    let matches = password::matches(attempt, hash);
    let id = known.filter(|_| matches).map(|(id, _)| id);
    store
        .write(By::system(), move |tx| match &id {
            Some(id) => {
                tx.execute("DELETE FROM sign_in_failures WHERE email_key = $1", &params![email])?;
                get(tx, id).map(Some)
            }
            None => {
                count_failure(tx, &email)?;
                Ok(None)
            }
        })
        .wait()?
        .ok_or_else(|| Error::invalid("password", "this address and password do not belong together"))
}

fn has_to_wait(snapshot: &mut Snapshot<'_>, email: &str) -> Result<bool> {
    let since = snapshot.now() - limits::SIGN_IN_WAIT_SECONDS * SECOND;
    let found = snapshot.first(
        "SELECT 1 FROM sign_in_failures WHERE email_key = $1 AND n_failures >= $2 AND last_at > $3",
        &params![email, limits::SIGN_IN_FAILURES, since],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

fn count_failure(tx: &mut Tx<'_>, email: &str) -> Result<()> {
    let now = tx.now();
    let fresh_since = now - limits::SIGN_IN_WAIT_SECONDS * SECOND;
    tx.execute("DELETE FROM sign_in_failures WHERE last_at < $1", &params![fresh_since])?;
    tx.execute(
        "INSERT INTO sign_in_failures (email_key, n_failures, last_at) VALUES ($1, 1, $2)
         ON CONFLICT (email_key) DO UPDATE SET n_failures = sign_in_failures.n_failures + 1, last_at = excluded.last_at",
        &params![email, now],
    )?;
    Ok(())
}
