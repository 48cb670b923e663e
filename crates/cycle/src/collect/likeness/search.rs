//! A search: among all records it learns from them, among changed ones it uses what was learnt.

use super::THRESHOLD;
use super::learnt::{self, Version};
use super::reasons::{self, Reason};
use super::rows::{Noun, Rows};
use linkage::{Found, Learnt, Model, Options, Pair, find, probability};
use platform::store::{Snapshot, Store};
use platform::{Micros, Result};

/// Pairs that one search keeps: the best ones.
const PAIRS_KEPT: usize = 200_000;

/// A pair before it is written down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Proposal {
    pub(crate) left_id: String,
    pub(crate) right_id: String,
    pub(crate) score: f64,
    pub(crate) reasons: Vec<Reason>,
}

/// What a search among one kind of record comes to.
#[derive(Debug)]
pub(crate) struct Matches {
    /// Records that were compared with all others.
    pub(crate) n_compared: u64,
    /// Whether all records were compared, so that what was proposed before and is not any more goes.
    pub(crate) is_of_all: bool,
    rows: Rows,
    model: Model,
    pairs: Vec<Pair>,
    /// What the search has learnt, if it did.
    fresh: Option<Found>,
}

/// Whether a search learns from the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Learn,
    /// Only where nothing that fits was learnt before.
    UseWhatIsKnown,
}

/// All records, which of them are to be compared, and with which model, if they are not to teach one.
struct Asked {
    rows: Rows,
    changed: Vec<bool>,
    learnt: Option<(Learnt, Model)>,
}

/// Searches the records that `is_wanted` names by id and time of writing, against all; None if there are none.
///
/// Where no model was learnt yet, or the records have become so many more or others that it knows them no longer, all are
/// searched and a model is learnt.
pub(crate) fn run(
    store: &Store,
    noun: Noun,
    depth: Depth,
    is_wanted: impl FnMut(&str, Micros) -> bool + Send + 'static,
) -> Result<Option<Matches>> {
    let asked = store.scan(move |s| ask(s, noun, depth, is_wanted)).wait()?;
    Ok(asked.map(answer))
}

/// As [`run`], in one transaction that may see what others do not see yet.
pub(crate) fn run_within(
    snapshot: &mut Snapshot<'_>,
    noun: Noun,
    is_wanted: impl FnMut(&str, Micros) -> bool,
) -> Result<Option<Matches>> {
    Ok(ask(snapshot, noun, Depth::UseWhatIsKnown, is_wanted)?.map(answer))
}

fn ask(
    snapshot: &mut Snapshot<'_>,
    noun: Noun,
    depth: Depth,
    mut is_wanted: impl FnMut(&str, Micros) -> bool,
) -> Result<Option<Asked>> {
    let known = if depth == Depth::Learn { None } else { learnt::in_use(snapshot, noun)? };
    let learnt_at = known.as_ref().map_or(Micros::MIN, |known| known.learnt_at);
    let (mut changed, mut n_later) = (Vec::new(), 0_u64);
    let rows = Rows::all(snapshot, noun, |id, written_at| {
        changed.push(is_wanted(id, written_at));
        n_later += u64::from(written_at > learnt_at);
    })?;
    if !changed.contains(&true) {
        return Ok(None);
    }
    let in_use = known.filter(|in_use| {
        let (n, n_then) = (rows.len() as u64, in_use.n_records);
        n_later * 5 <= n && n * 5 <= n_then * 6 && n_then * 5 <= n * 6
    });
    let learnt = match in_use {
        Some(in_use) => Some((in_use.learnt.clone(), in_use.model_for_all(snapshot, &rows)?)),
        None => None,
    };
    Ok(Some(Asked { rows, changed, learnt }))
}

fn answer(asked: Asked) -> Matches {
    let Asked { rows, changed, learnt } = asked;
    let n_compared = changed.iter().filter(|changed| **changed).count() as u64;
    let (model, mut pairs, fresh) = match learnt {
        Some((learnt, model)) => {
            let pairs = learnt.find_changed(&rows.records, &model, &changed, probability(THRESHOLD));
            (model, pairs, None)
        }
        None => {
            let mut found = find(&rows.records, None, &Options::default());
            let pairs = std::mem::take(&mut found.pairs);
            (found.model.clone(), pairs, Some(found))
        }
    };
    pairs.retain(|pair| f64::from(pair.bits) >= THRESHOLD);
    pairs.sort_by(|x, y| y.bits.total_cmp(&x.bits).then((x.left, x.right).cmp(&(y.left, y.right))));
    pairs.truncate(PAIRS_KEPT);
    let is_of_all = fresh.is_some();
    let n_compared = if is_of_all { rows.len() as u64 } else { n_compared };
    Matches { n_compared, is_of_all, rows, model, pairs, fresh }
}

impl Matches {
    pub(crate) fn n_pairs(&self) -> usize {
        self.pairs.len()
    }

    /// The ids of the pairs, the surest first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|pair| (self.rows.id(pair.left), self.rows.id(pair.right)))
    }

    /// A pair with its reasons, by its place among the surest.
    pub(crate) fn proposal(&self, at: usize) -> Proposal {
        let pair = self.pairs[at];
        let (left, right) = (self.rows.id(pair.left), self.rows.id(pair.right));
        let (score, reasons) = reasons::of_pair(&self.model, &self.rows, pair.left, pair.right);
        let (first, second) = (left.min(right), left.max(right));
        Proposal { left_id: first.to_string(), right_id: second.to_string(), score, reasons }
    }

    /// Keeps what was learnt, if anything was.
    pub(crate) fn keep(&self, store: &Store, noun: Noun) -> Result<()> {
        let Some(found) = &self.fresh else { return Ok(()) };
        let told = Version {
            version: 0,
            learnt_at: 0,
            n_records: self.rows.len() as i64,
            written: self.rows.written,
            n_compared: found.n_candidates as i64,
            n_proposed: self.pairs.len() as i64,
            expected_right: self.pairs.iter().map(Pair::probability).sum(),
        };
        learnt::keep(store, noun, &found.learnt(), found.frequent_values(&self.rows.records), told)
    }
}
