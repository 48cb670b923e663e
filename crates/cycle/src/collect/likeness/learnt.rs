//! What the last full search has learnt about a kind of record: kept with its version, the data it saw and its quality, so
//! that a record that is written later, or is just being typed, is scored as the search scored it.

use std::collections::HashMap;

use super::rows::{Noun, Rows};
use linkage::{Learnt, Model, ValueShare};
use platform::store::{Param, Snapshot, Store, Tx, places_from};
use platform::{By, Micros, Result, params};

/// Versions of a kind that are kept.
const MOST_VERSIONS: i64 = 5;
/// Parts of a record that may have values of their own; more than any kind has.
const MOST_SLOTS: i64 = 24;
/// Values written in one transaction.
const VALUES_AT_ONCE: usize = 10_000;
/// Values asked for in one statement.
const VALUES_ASKED: usize = 500;

/// A version of the model of duplicates of one kind of record.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub version: i64,
    pub learnt_at: Micros,
    pub n_records: i64,
    /// When the first and the last record that it saw were written.
    pub written: Option<(Micros, Micros)>,
    /// Pairs that were compared.
    pub n_compared: i64,
    /// Pairs that it proposes, and how many of them it expects to be right.
    pub n_proposed: i64,
    pub expected_right: f64,
}

/// A model that is in use.
#[derive(Debug, Clone)]
pub(crate) struct InUse {
    noun: Noun,
    version: i64,
    pub(crate) learnt_at: Micros,
    pub(crate) n_records: u64,
    pub(crate) learnt: Learnt,
}

/// The versions of a kind, the newest first.
pub fn versions(snapshot: &mut Snapshot<'_>, noun: Noun) -> Result<Vec<Version>> {
    snapshot.query(
        "SELECT version, learnt_at, n_records, written_from, written_until, n_compared, n_proposed, expected_right
         FROM linkage_models WHERE record_kind = $1 ORDER BY version DESC LIMIT $2",
        &params![noun.name(), MOST_VERSIONS],
        |row| {
            let (from, until): (Option<Micros>, Option<Micros>) = (row.get(3)?, row.get(4)?);
            Ok(Version {
                version: row.get(0)?,
                learnt_at: row.get(1)?,
                n_records: row.get(2)?,
                written: from.zip(until),
                n_compared: row.get(5)?,
                n_proposed: row.get(6)?,
                expected_right: row.get(7)?,
            })
        },
    )
}

/// The model in use; None before the first search, and where this program reads its text no more.
pub(crate) fn in_use(snapshot: &mut Snapshot<'_>, noun: Noun) -> Result<Option<InUse>> {
    let found = snapshot.first(
        "SELECT version, learnt_at, n_records, learnt_text FROM linkage_models WHERE record_kind = $1
         ORDER BY version DESC LIMIT 1",
        &params![noun.name()],
        |row| Ok((row.get::<i64>(0)?, row.get::<Micros>(1)?, row.get::<i64>(2)?, row.get::<String>(3)?)),
    )?;
    let read = |(version, learnt_at, n_records, text): (i64, Micros, i64, String)| {
        let learnt = Learnt::from_text(&text, &noun.fields())?;
        Some(InUse { noun, version, learnt_at, n_records: n_records as u64, learnt })
    };
    Ok(found.and_then(read))
}

/// What is believed of so many records where nothing was learnt yet.
pub(crate) fn believed(noun: Noun, n_records: u64) -> InUse {
    let n = u32::try_from(n_records).unwrap_or(u32::MAX);
    InUse { noun, version: 0, learnt_at: 0, n_records, learnt: Learnt::believed(&noun.fields(), n) }
}

impl InUse {
    /// The model for all records: every frequent value is read.
    pub(crate) fn model_for_all(&self, snapshot: &mut Snapshot<'_>, rows: &Rows) -> Result<Model> {
        let mut shares: HashMap<(u32, u64), f32> = HashMap::new();
        snapshot.each(
            "SELECT slot, value_key, bits FROM linkage_values WHERE record_kind = $1 AND version = $2",
            &params![self.noun.name(), self.version],
            |row| {
                let (slot, key): (i64, i64) = (row.get(0)?, row.get(1)?);
                shares.insert((slot as u32, key as u64), row.get::<f64>(2)? as f32);
                Ok(())
            },
        )?;
        Ok(self.learnt.model(&rows.records, |slot, key| shares.get(&(slot, key)).copied()))
    }

    /// The model for a few records: only the shares of their values are asked for.
    pub(crate) fn model_for_few(&self, snapshot: &mut Snapshot<'_>, rows: &Rows) -> Result<Model> {
        let mut shares: HashMap<(u32, u64), f32> = HashMap::new();
        if self.version > 0 {
            let values = Learnt::values_of(&rows.records);
            for of_slot in values.chunk_by(|x, y| x.0 == y.0) {
                for chunk in of_slot.chunks(VALUES_ASKED) {
                    self.ask(snapshot, chunk, &mut shares)?;
                }
            }
        }
        Ok(self.learnt.model(&rows.records, |slot, key| shares.get(&(slot, key)).copied()))
    }

    fn ask(
        &self,
        snapshot: &mut Snapshot<'_>,
        values: &[(u32, u64)],
        shares: &mut HashMap<(u32, u64), f32>,
    ) -> Result<()> {
        let slot = values[0].0;
        let sql = format!(
            "SELECT value_key, bits FROM linkage_values
             WHERE record_kind = $1 AND version = $2 AND slot = $3 AND value_key IN ({})",
            places_from(4, values.len())
        );
        let (kind, of_slot) = (self.noun.name(), i64::from(slot));
        let mut asked = params![kind, self.version, of_slot].to_vec();
        asked.extend(values.iter().map(|(_, key)| Param::Int(*key as i64)));
        snapshot.each(&sql, &asked, |row| {
            shares.insert((slot, row.get::<i64>(0)? as u64), row.get::<f64>(1)? as f32);
            Ok(())
        })
    }
}

/// Keeps what a search has learnt as the version in use from now on.
pub(crate) fn keep(
    store: &Store,
    noun: Noun,
    learnt: &Learnt,
    values: impl Iterator<Item = ValueShare>,
    mut told: Version,
) -> Result<()> {
    let last = store.read(move |s| Ok(versions(s, noun)?.first().map_or(0, |last| last.version))).wait()?;
    told.version = last + 1;
    let version = told.version;
    // Values of a search that did not come to its end may stand under this number.
    forget(store, noun, version, version)?;
    let mut values = values.peekable();
    while values.peek().is_some() {
        let mut params: Vec<Param<'static>> = Vec::with_capacity(VALUES_AT_ONCE * 5);
        for value in values.by_ref().take(VALUES_AT_ONCE) {
            params.extend([
                Param::Text(noun.name().into()),
                Param::Int(version),
                Param::Int(i64::from(value.slot)),
                Param::Int(value.key as i64),
                Param::Real(f64::from(value.bits)),
            ]);
        }
        let columns = ["record_kind", "version", "slot", "value_key", "bits"];
        let again = "ON CONFLICT (record_kind, version, slot, value_key) DO NOTHING";
        let write = move |tx: &mut Tx<'_>| tx.insert_rows("linkage_values", &columns, again, &params);
        store.write(By::system(), write).wait()?;
    }
    let text = learnt.to_text();
    store.write(By::system(), move |tx| use_from_now_on(tx, noun, &text, &told)).wait()?;
    forget(store, noun, version - 1, version - 1)
}

fn use_from_now_on(tx: &mut Tx<'_>, noun: Noun, text: &str, told: &Version) -> Result<()> {
    let (from, until) = (told.written.map(|of| of.0), told.written.map(|of| of.1));
    let now = tx.now();
    tx.execute(
        "INSERT INTO linkage_models (record_kind, version, learnt_text, learnt_at, n_records, written_from, written_until,
           n_compared, n_proposed, expected_right) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &params![
            noun.name(), told.version, text, now, told.n_records, from, until, told.n_compared, told.n_proposed,
            told.expected_right
        ],
    )?;
    tx.execute(
        "DELETE FROM linkage_models WHERE record_kind = $1 AND version <= $2",
        &params![noun.name(), told.version - MOST_VERSIONS],
    )?;
    Ok(())
}

/// Forgets the values of versions that are not in use; one part of a record after the other, so that nobody waits long.
fn forget(store: &Store, noun: Noun, from: i64, to: i64) -> Result<()> {
    for slot in 0..MOST_SLOTS {
        let sql = "DELETE FROM linkage_values WHERE record_kind = $1 AND version >= $2 AND version <= $3 AND slot = $4";
        let delete = move |tx: &mut Tx<'_>| tx.execute(sql, &params![noun.name(), from, to, slot]);
        store.write(By::system(), delete).wait()?;
    }
    Ok(())
}
