//! Duplicates (F36): pairs of records that are probably one person or one company, with the reasons.
//!
//! A search proposes and a person decides; nothing is merged by itself. What was decided is never proposed again. The
//! method is that of Fellegi and Sunter; its numbers are in `docs/methods/duplicates.md`.

mod cards;
mod companies;
mod compare;
mod decisions;
mod nicknames;
mod people;
mod queue;
mod search;

pub use compare::Reason;
pub use decisions::{Decision, decide, undo_merge};
pub use people::{Similar, similar};
pub use queue::{
    CompanyDetail, Cursor, FieldPair, Pair, PersonDetail, cluster_of, company_detail, counts, person_detail,
    queue,
};

use platform::jobs::Job;
use platform::store::{Param, Snapshot, Store};
use platform::{By, Micros, Result, params, settings};
use serde::{Deserialize, Serialize};

/// From this score on a pair is proposed: it is then at least as likely one record as two.
///
/// **Units.** Bits: log2 of the odds.
pub const THRESHOLD: f64 = 0.0;

/// Pairs written in one transaction.
const PAIRS_AT_ONCE: usize = 500;

/// The probability that belongs to a score.
pub fn probability(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp2())
}

/// What to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All records against all.
    Everything,
    /// Records that were written since the last search, against all.
    Changed,
}

/// The payload of the job `process.dedupe`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    pub extent: Extent,
}

/// What a search found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Records that were compared with all others.
    pub n_people: u64,
    pub n_companies: u64,
    /// Pairs that score enough, those already decided among them.
    pub n_pairs: u64,
}

/// A pair before it is written down.
#[derive(Debug, Clone, PartialEq)]
struct Proposal {
    left_id: String,
    right_id: String,
    score: f64,
    reasons: Vec<Reason>,
}

/// What a search among one kind of record comes to.
#[derive(Debug, Default)]
struct Matches {
    n_compared: u64,
    shift: f64,
    proposals: Vec<Proposal>,
}

/// What the last search knew.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Mark {
    /// Records written later were not compared yet.
    until: Micros,
    n_people: u64,
    /// How much oftener than the prior says records of these data are second ones. **Units.** Bits.
    people_shift: f64,
    companies_shift: f64,
}

const MARK: &str = "dedupe.mark";
/// How far a search looks back behind the last one, for changes that were on their way when it began.
const OVERLAP: Micros = 60 * platform::clock::SECOND;

/// The handler of the job `process.dedupe`.
pub(crate) fn job(store: &Store, job: &Job) -> Result<()> {
    let search = if job.payload_json == "null" {
        Search { extent: Extent::Changed }
    } else {
        job.payload::<Search>()?
    };
    run(store, search.extent).map(drop)
}

/// Searches people and companies and writes down what it proposes.
pub fn run(store: &Store, extent: Extent) -> Result<Found> {
    let (mark, n_people, now) = store
        .read(|s| {
            let mark: Option<Mark> = settings::get(s, MARK)?;
            Ok((mark, n_people(s)?, s.now()))
        })
        .wait()?;
    let mark = mark.filter(|_| extent == Extent::Changed);
    let since = mark.map_or(Micros::MIN, |mark| mark.until - OVERLAP);
    let shifts = mark.map(|mark| (mark.people_shift, mark.companies_shift));
    let (people, companies) = store
        .scan(move |s| {
            let people = people::find(s, since, shifts.map(|(people, _)| people))?;
            Ok((people, companies::find(s, since, shifts.map(|(_, companies)| companies))?))
        })
        .wait()?;
    let found = Found {
        n_people: people.n_compared,
        n_companies: companies.n_compared,
        n_pairs: (people.proposals.len() + companies.proposals.len()) as u64,
    };
    write(store, "person", people.proposals, now)?;
    write(store, "company", companies.proposals, now)?;
    let all = mark.is_none();
    let (people_shift, companies_shift) = shifts.unwrap_or((people.shift, companies.shift));
    let n_people = if all { found.n_people } else { n_people as u64 };
    let mark = Mark { until: now, n_people, people_shift, companies_shift };
    store
        .write(By::system(), move |tx| {
            if all {
                tx.execute(
                    "DELETE FROM duplicate_pairs WHERE state = 'proposed' AND seen_at < $1",
                    &params![now],
                )?;
            }
            settings::set(tx, MARK, &mark)
        })
        .wait()?;
    Ok(found)
}

/// How many people there were at the last search; a guess where there was none.
fn n_people(snapshot: &mut Snapshot<'_>) -> Result<f64> {
    let mark: Option<Mark> = settings::get(snapshot, MARK)?;
    Ok(mark.map_or(10_000.0, |mark| mark.n_people as f64))
}

fn write(store: &Store, kind: &'static str, proposals: Vec<Proposal>, now: Micros) -> Result<()> {
    let mut proposals = proposals;
    while !proposals.is_empty() {
        let rest = proposals.split_off(PAIRS_AT_ONCE.min(proposals.len()));
        let chunk = std::mem::replace(&mut proposals, rest);
        let write = move |tx: &mut platform::Tx<'_>| {
            let mut values: Vec<Param<'static>> = Vec::with_capacity(chunk.len() * 8);
            for pair in &chunk {
                let reasons = serde_json::to_string(&pair.reasons)?;
                let row =
                    params![pair.left_id, pair.right_id, kind, pair.score, reasons, "proposed", now, now];
                values.extend(row.map(Param::into_owned));
            }
            let columns = [
                "left_id",
                "right_id",
                "record_kind",
                "score",
                "reasons_json",
                "state",
                "found_at",
                "seen_at",
            ];
            let again = "ON CONFLICT (left_id, right_id) DO UPDATE SET score = excluded.score,
                 reasons_json = excluded.reasons_json, seen_at = excluded.seen_at
                 WHERE duplicate_pairs.state = 'proposed'";
            tx.insert_rows("duplicate_pairs", &columns, again, &values).map(drop)
        };
        store.write(By::system(), write).wait()?;
    }
    Ok(())
}
