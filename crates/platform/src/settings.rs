//! Settings that people change while the program runs; each is one JSON value under a name.
//!
//! What the administrator sets once per machine (address, directory, database) is in the configuration file instead.

use crate::events::{self, Entry};
use crate::store::{Snapshot, Tx};
use crate::{Result, params};
use serde::{Serialize, de::DeserializeOwned};

/// Name of the firm, as pages and reports print it.
pub const FIRM_NAME: &str = "firm_name";
/// ISO 4217 code of the currency of amounts that come without one.
pub const CURRENCY: &str = "currency";
/// IANA name of the zone in which days begin and end, such as `Europe/Berlin`.
pub const TIME_ZONE: &str = "time_zone";
/// ISO 3166 code of the country to which a telephone number without one belongs.
pub const DEFAULT_COUNTRY: &str = "default_country";

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

/// Sets a text, or forgets it, and logs who did it with the value of before; one that stays the same is not logged.
pub fn set_text(tx: &mut Tx<'_>, name: &str, value: Option<&str>) -> Result<()> {
    let before: Option<String> = get(tx, name)?;
    if before.as_deref() == value {
        return Ok(());
    }
    match value {
        Some(value) => set(tx, name, &value)?,
        None => {
            tx.execute("DELETE FROM settings WHERE name = $1", &params![name])?;
        }
    }
    let before = before.map(|text| serde_json::to_string(&text)).transpose()?;
    let after = Some(serde_json::to_string(&value)?);
    let entry = Entry {
        verb: "setting.changed",
        record_kind: "setting",
        record_id: name,
        subject_id: name,
        before,
        after,
    };
    events::append(tx, entry)?;
    Ok(())
}
