//! Duplicates (F36): pairs of records that are probably one person or one company, with the reasons.
//!
//! A search proposes and a person decides; nothing is merged by itself. What was decided is never proposed again. Which
//! pairs are alike and why comes from `collect::likeness`; the sheet is `docs/methods/duplicates.md`.

mod arrivals;
mod decisions;
mod queue;

pub use crate::collect::likeness::{
    BEFORE, ELSE, Likeness, Noun, Reason, Similar, THRESHOLD, Version, probability, similar, versions,
};
pub use arrivals::{Settled, after_import, alike_in, n_alike_in, settled_in};
pub use decisions::{Decision, decide, merge, undo_merge};
pub use queue::{
    CompanyDetail, Cursor, FieldPair, Judged, Pair, PersonDetail, cluster_of, company_detail, counts, judged,
    person_detail, queue,
};

use crate::collect::likeness::search::{self, Depth, Proposal};
use platform::jobs::Job;
use platform::store::{Param, Store};
use platform::{By, Micros, Result, params, settings};
use serde::{Deserialize, Serialize};

/// Pairs written in one transaction.
const PAIRS_AT_ONCE: usize = 500;

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

/// What the last search knew.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Mark {
    /// Records written later were not compared yet.
    until: Micros,
    n_people: u64,
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
    let (mark, now) = store.read(|s| Ok((settings::get::<Mark>(s, MARK)?, s.now()))).wait()?;
    let since = mark.filter(|_| extent == Extent::Changed).map(|mark| mark.until - OVERLAP);
    let (n_people, of_people) = search_one(store, Noun::Person, since, now)?;
    let (n_companies, of_companies) = search_one(store, Noun::Company, since, now)?;
    let n_known = mark.filter(|_| since.is_some()).map_or(0, |mark| mark.n_people);
    let mark = Mark { until: now, n_people: n_known.max(n_people) };
    store.write(By::system(), move |tx| settings::set(tx, MARK, &mark)).wait()?;
    Ok(Found { n_people, n_companies, n_pairs: of_people + of_companies })
}

/// Searches one kind of record; says how many were compared with all others, and how many pairs score enough.
fn search_one(store: &Store, noun: Noun, since: Option<Micros>, now: Micros) -> Result<(u64, u64)> {
    if !is_any_written(store, noun, since)? {
        return Ok((0, 0));
    }
    let is_wanted = move |_: &str, written_at| since.is_none_or(|since| written_at > since);
    let depth = if since.is_none() { Depth::Learn } else { Depth::UseWhatIsKnown };
    let Some(matches) = search::run(store, noun, depth, is_wanted)? else {
        return Ok((0, 0));
    };
    for first in (0..matches.n_pairs()).step_by(PAIRS_AT_ONCE) {
        let last = (first + PAIRS_AT_ONCE).min(matches.n_pairs());
        write(store, noun, (first..last).map(|at| matches.proposal(at)).collect(), now)?;
    }
    if matches.is_of_all {
        let gone =
            "DELETE FROM duplicate_pairs WHERE record_kind = $1 AND state = 'proposed' AND seen_at < $2";
        store.write(By::system(), move |tx| tx.execute(gone, &params![noun.name(), now])).wait()?;
        matches.keep(store, noun)?;
    }
    Ok((matches.n_compared, matches.n_pairs() as u64))
}

/// Whether there is anything to search: reading all records for nothing takes seconds where there are a million.
fn is_any_written(store: &Store, noun: Noun, since: Option<Micros>) -> Result<bool> {
    let sql = format!(
        "SELECT 1 FROM {} WHERE updated_at > $1 AND merged_into IS NULL AND deleted_at IS NULL LIMIT 1",
        noun.table()
    );
    let since = since.unwrap_or(Micros::MIN);
    Ok(store.scan(move |s| s.first(&sql, &params![since], |_| Ok(()))).wait()?.is_some())
}

fn write(store: &Store, noun: Noun, chunk: Vec<Proposal>, now: Micros) -> Result<()> {
    let write = move |tx: &mut platform::Tx<'_>| {
        let mut values: Vec<Param<'static>> = Vec::with_capacity(chunk.len() * 8);
        for pair in &chunk {
            let reasons = serde_json::to_string(&pair.reasons)?;
            let kind = noun.name();
            let row = params![pair.left_id, pair.right_id, kind, pair.score, reasons, "proposed", now, now];
            values.extend(row.map(Param::into_owned));
        }
        let columns =
            ["left_id", "right_id", "record_kind", "score", "reasons_json", "state", "found_at", "seen_at"];
        let again = "ON CONFLICT (left_id, right_id) DO UPDATE SET score = excluded.score,
             reasons_json = excluded.reasons_json, seen_at = excluded.seen_at
             WHERE duplicate_pairs.state = 'proposed'";
        tx.insert_rows("duplicate_pairs", &columns, again, &values).map(drop)
    };
    store.write(By::system(), write).wait()
}
