//! Records that an import makes although one that was there before is probably the same.

use std::collections::HashMap;

use super::reasons::Reason;
use super::rows::Noun;
use super::search;
use platform::Result;
use platform::store::Snapshot;
use serde::{Deserialize, Serialize};

/// A row whose new record looks like one that was there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alike {
    pub row: i64,
    pub name: String,
    pub record_id: String,
    pub other_name: String,
    pub other_id: String,
    /// **Units.** Bits, as in the queue.
    pub score: f64,
    /// The strongest first.
    pub reasons: Vec<Reason>,
}

/// The records that an import has made so far, by the rows that made them.
#[derive(Debug, Clone)]
pub struct Arrivals {
    noun: Noun,
    rows: HashMap<String, i64>,
}

impl Arrivals {
    pub fn new(noun: Noun) -> Arrivals {
        Arrivals { noun, rows: HashMap::new() }
    }

    pub fn add(&mut self, row: u64, record_id: &str) {
        self.rows.insert(record_id.to_string(), row as i64);
    }

    /// How many of them look like a record that was there before, and the surest of these.
    pub fn alike(&self, snapshot: &mut Snapshot<'_>, at_most: usize) -> Result<(i64, Vec<Alike>)> {
        if self.rows.is_empty() || !self.has_others(snapshot)? {
            return Ok((0, Vec::new()));
        }
        let Some(matches) = search::run_within(snapshot, self.noun, |id, _| self.rows.contains_key(id))?
        else {
            return Ok((0, Vec::new()));
        };
        let mut met: HashMap<i64, ()> = HashMap::new();
        let mut found = Vec::new();
        for (at, (left, right)) in matches.ids().enumerate() {
            let (row, record_id, other_id) = match (self.rows.get(left), self.rows.get(right)) {
                (Some(row), None) => (*row, left, right),
                (None, Some(row)) => (*row, right, left),
                _ => continue,
            };
            if met.insert(row, ()).is_none() && found.len() < at_most {
                let proposal = matches.proposal(at);
                found.push(Alike {
                    row,
                    name: self.name(snapshot, record_id)?,
                    record_id: record_id.to_string(),
                    other_name: self.name(snapshot, other_id)?,
                    other_id: other_id.to_string(),
                    score: proposal.score,
                    reasons: proposal.reasons,
                });
            }
        }
        Ok((met.len() as i64, found))
    }

    /// Whether there is any record beside those that arrived.
    fn has_others(&self, snapshot: &mut Snapshot<'_>) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) FROM {} WHERE merged_into IS NULL AND deleted_at IS NULL",
            self.noun.table()
        );
        let n: i64 = snapshot.one(&sql, &[], |row| row.get(0))?;
        Ok(n > self.rows.len() as i64)
    }

    fn name(&self, snapshot: &mut Snapshot<'_>, id: &str) -> Result<String> {
        let sql = format!("SELECT name FROM {} WHERE id = $1", self.noun.table());
        snapshot.one(&sql, &platform::params![id], |row| row.get(0))
    }
}
