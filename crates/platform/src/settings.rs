//! Settings that people change while the program runs; each is one JSON value under a name.
//!
//! What the administrator sets once per machine (address, directory, database) is in the configuration file instead.

use crate::store::{Snapshot, Tx};
use crate::{Result, params};
use serde::{Serialize, de::DeserializeOwned};

/// The value of a setting, or None where it was never set.
pub fn get<T: DeserializeOwned>(snapshot: &mut Snapshot<'_>, name: &str) -> Result<Option<T>> {
    let text = snapshot.first("SELECT value_json FROM settings WHERE name = $1", &params![name], |row| {
        row.get::<String>(0)
    })?;
    text.map(|text| serde_json::from_str(&text).map_err(Into::into)).transpose()
}

pub fn set<T: Serialize>(tx: &mut Tx<'_>, name: &str, value: &T) -> Result<()> {
    let text = serde_json::to_string(value)?;
    let now = tx.now();
    tx.execute(
        "INSERT INTO settings (name, value_json, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET value_json = excluded.value_json, changed_at = excluded.changed_at",
        &params![name, text, now],
    )?;
    Ok(())
}
