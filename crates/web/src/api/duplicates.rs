//! Pairs of records that are probably one, why, and what was decided: `/duplicates`.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::process::dedupe::{
    self as verbs, Cursor, Decision, Extent, FieldPair, Noun, Pair, Reason, Search,
};
use platform::jobs::{self, NewJob};
use platform::store::Snapshot;
use platform::{Error, Result as Done};
use records::merges::{self, Side};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{self, Asked, Body};
use super::merges::{FieldFrom, Merge};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// The kind of the job that searches.
const JOB: &str = "process.dedupe";

/// Two records that are probably one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Duplicate {
    /// `person` or `company`.
    record_kind: &'static str,
    /// The two ids in their order; together they are the address `/duplicates/{left_id}/{right_id}`.
    left_id: String,
    left_name: String,
    right_id: String,
    right_name: String,
    /// That both are one, from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    probability: f64,
    /// What each field says, the strongest first; they add up to the log2 of the odds.
    reasons: Vec<PairReason>,
    /// `proposed`, `merged`, `different` or `skipped`.
    state: String,
    found_at: Time,
}

/// What one field says about a pair.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairReason {
    /// `before` is what is believed before any field is compared, `otherwise` what no field says alone.
    field: String,
    found: String,
    /// Above zero speaks for one record, below for two.
    bits: f64,
}

impl From<Reason> for PairReason {
    fn from(reason: Reason) -> Self {
        Self { field: reason.field, found: reason.found, bits: reason.bits }
    }
}

impl From<Pair> for Duplicate {
    fn from(pair: Pair) -> Self {
        Self {
            record_kind: if pair.left_id.starts_with("com_") { "company" } else { "person" },
            probability: verbs::probability(pair.score),
            reasons: pair.reasons.into_iter().map(PairReason::from).collect(),
            left_id: pair.left_id,
            left_name: pair.left_name,
            right_id: pair.right_id,
            right_name: pair.right_name,
            state: pair.state,
            found_at: Time(pair.found_at),
        }
    }
}

/// A word of the query that says of what the duplicates are.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordKind {
    #[default]
    Person,
    Company,
}

impl RecordKind {
    fn noun(self) -> Noun {
        match self {
            Self::Person => Noun::Person,
            Self::Company => Noun::Company,
        }
    }
}

/// How a pair stands.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PairState {
    #[default]
    Proposed,
    Merged,
    Different,
    Skipped,
}

impl PairState {
    fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Merged => "merged",
            Self::Different => "different",
            Self::Skipped => "skipped",
        }
    }
}

/// Which pairs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PairsAsked {
    /// Left out: people.
    #[serde(default)]
    #[param(inline)]
    kind: RecordKind,
    /// Left out: those that wait to be decided.
    #[serde(default)]
    #[param(inline)]
    state: PairState,
    /// Pairs on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "asked::filled")]
    after: Option<String>,
}

/// Where a pair stands in the queue, as the caller gives it back.
fn place(pair: &Pair) -> String {
    format!("{}~{}~{}", pair.score, pair.left_id, pair.right_id)
}

fn cursor(after: &str) -> Result<Cursor> {
    let mut parts = after.splitn(3, '~');
    let score = parts.next().and_then(|score| score.parse().ok());
    match (score, parts.next(), parts.next()) {
        (Some(score), Some(left), Some(right)) => {
            Ok(Cursor { score, left_id: left.to_string(), right_id: right.to_string() })
        }
        _ => Err(asked::no_place(after)),
    }
}

/// List pairs that are probably one record, the surest first.
#[utoipa::path(get, path = "/duplicates", tag = "duplicates", params(PairsAsked), responses((status = 200, body = Page<Duplicate>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(wanted): Asked<PairsAsked>) -> Result {
    let limit = asked::limit(wanted.limit)?;
    let after = wanted.after.as_deref().map(cursor).transpose()?;
    let (kind, state) = (wanted.kind.noun().name(), wanted.state.name());
    let found = app.store.read(move |s| verbs::queue(s, kind, state, after.as_ref(), limit + 1)).await?;
    answers::page(&Page::cut(found, limit, place, Duplicate::from))
}

/// A pair with its fields side by side.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DuplicateInFull {
    #[serde(flatten)]
    pair: Duplicate,
    /// The record that stays unless somebody chooses otherwise: the one with more to it.
    kept_id: String,
    lost_id: String,
    fields: Vec<FieldOfBoth>,
    /// The merge that stands; null where the two are two.
    merge: Option<Merge>,
}

/// A field of both records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldOfBoth {
    /// The name by which `choices` of a decision names it.
    field: String,
    kept: String,
    lost: String,
    /// From which it is taken unless somebody chooses otherwise.
    from: FieldFrom,
}

impl From<FieldPair> for FieldOfBoth {
    fn from(pair: FieldPair) -> Self {
        let from = if pair.default == Side::Lost { FieldFrom::Lost } else { FieldFrom::Kept };
        Self { field: pair.field, kept: pair.kept, lost: pair.lost, from }
    }
}

/// The ids of a pair in their order, however the address names them.
fn in_order((one, two): (String, String)) -> (String, String) {
    if one <= two { (one, two) } else { (two, one) }
}

fn in_full(snapshot: &mut Snapshot<'_>, left: &str, right: &str) -> Done<DuplicateInFull> {
    let (pair, kept_id, lost_id, fields) = if left.starts_with("com_") {
        let found = verbs::company_detail(snapshot, left, right)?;
        (found.pair, found.kept.id, found.lost.id, found.fields)
    } else {
        let found = verbs::person_detail(snapshot, left, right)?;
        (found.pair, found.kept.id, found.lost.id, found.fields)
    };
    let is_of_both = |merge: &merges::Merge| merge.kept_id == right || merge.merged_id == right;
    let merge = merges::of_record(snapshot, left)?.into_iter().find(is_of_both);
    let (kept_id, lost_id) = match &merge {
        Some(merge) => (merge.kept_id.clone(), merge.merged_id.clone()),
        None => (kept_id, lost_id),
    };
    Ok(DuplicateInFull {
        pair: pair.into(),
        kept_id,
        lost_id,
        fields: fields.into_iter().map(FieldOfBoth::from).collect(),
        merge: merge.map(Merge::from),
    })
}

/// Show a pair with its fields side by side.
#[utoipa::path(get, path = "/duplicates/{left_id}/{right_id}", tag = "duplicates",
    params(("left_id" = String, Path), ("right_id" = String, Path)), responses((status = 200, body = DuplicateInFull)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(ids): Path<(String, String)>) -> Result {
    let (left, right) = in_order(ids);
    let found = app.store.read(move |s| in_full(s, &left, &right)).await?;
    Ok(answers::json(StatusCode::OK, &found))
}

/// What becomes of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// They are one: the other record is merged into `kept_id`.
    Merge,
    /// They are two, and are not proposed again.
    Different,
    /// Nobody can tell now.
    Skip,
    /// Back into the queue.
    Reopen,
}

/// A decision about a pair.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairDecision {
    decision: Verdict,
    /// With `merge`: the record that stays; left out, the one with more to it.
    #[serde(default)]
    kept_id: Option<String>,
    /// With `merge`: which value a field gets, where both have one: `{"phone": "lost"}`.
    #[serde(default)]
    choices: BTreeMap<String, FieldFrom>,
}

impl PairDecision {
    fn verb(self, proposed_to_stay: String) -> Done<Decision> {
        let is_merge = self.decision == Verdict::Merge;
        if !is_merge && self.kept_id.is_some() {
            return Err(Error::invalid("kept_id", "is only said with the decision merge"));
        }
        if !is_merge && !self.choices.is_empty() {
            return Err(Error::invalid("choices", "are only said with the decision merge"));
        }
        Ok(match self.decision {
            Verdict::Merge => Decision::Merge {
                kept: self.kept_id.unwrap_or(proposed_to_stay),
                choices: self.choices.into_iter().map(|(field, from)| (field, from.side())).collect(),
            },
            Verdict::Different => Decision::Different,
            Verdict::Skip => Decision::Skip,
            Verdict::Reopen => Decision::Reopen,
        })
    }
}

/// Decide a pair: one record, two, or later. A merge is taken back at `/merges/{id}/undo`, every other decision by `reopen`.
#[utoipa::path(post, path = "/duplicates/{left_id}/{right_id}/decision", tag = "duplicates",
    params(("left_id" = String, Path), ("right_id" = String, Path)), request_body = PairDecision,
    responses((status = 200, body = DuplicateInFull)))]
pub(crate) async fn decide(
    State(app): State<App>,
    caller: Writing,
    Path(ids): Path<(String, String)>,
    Body(stated): Body<PairDecision>,
) -> Result {
    let (left, right) = in_order(ids);
    let decided = app.store.write(caller.by(), move |tx| {
        let proposed = in_full(tx, &left, &right)?.kept_id;
        let decision = stated.clone().verb(proposed)?;
        verbs::decide(tx, &left, &right, &decision).map_err(at_kept_id)?;
        in_full(tx, &left, &right)
    });
    Ok(answers::json(StatusCode::OK, &decided.await?))
}

/// The verb calls the record that stays `kept`.
fn at_kept_id(error: Error) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in problems.iter_mut().filter(|problem| problem.field == "kept") {
        problem.field = "kept_id".to_string();
    }
    Error::Invalid(problems)
}

/// From what the probabilities of a kind were learnt, and how people's decisions bore them out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DuplicateSearches {
    /// Whether a search waits or is under way.
    is_searching: bool,
    /// The versions that are kept, the newest first; empty before the first search.
    versions: Vec<LinkageVersion>,
    n_merged: i64,
    n_different: i64,
    /// How many of those that were decided the probabilities expected to be one.
    expected_merged: f64,
}

/// What one full search has learnt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkageVersion {
    version: i64,
    learnt_at: Time,
    n_records: i64,
    n_pairs_compared: i64,
    n_pairs_proposed: i64,
    /// How many of the proposed it expects to be one.
    expected_right: f64,
}

/// Of what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KindAsked {
    /// Left out: people.
    #[serde(default)]
    #[param(inline)]
    kind: RecordKind,
}

/// Show what the searches have learnt, and how it was borne out.
#[utoipa::path(get, path = "/duplicate-searches", tag = "duplicates", params(KindAsked), responses((status = 200, body = DuplicateSearches)))]
pub(crate) async fn searches(State(app): State<App>, _: Caller, Asked(wanted): Asked<KindAsked>) -> Result {
    let noun = wanted.kind.noun();
    let told = app.store.read(move |s| searched(s, noun)).await?;
    Ok(answers::json(StatusCode::OK, &told))
}

fn searched(snapshot: &mut Snapshot<'_>, noun: Noun) -> Done<DuplicateSearches> {
    let judged = verbs::judged(snapshot, noun.name())?;
    let told = |version: verbs::Version| LinkageVersion {
        version: version.version,
        learnt_at: Time(version.learnt_at),
        n_records: version.n_records,
        n_pairs_compared: version.n_compared,
        n_pairs_proposed: version.n_proposed,
        expected_right: version.expected_right,
    };
    Ok(DuplicateSearches {
        is_searching: jobs::under_way(snapshot, JOB)?.is_some(),
        versions: verbs::versions(snapshot, noun)?.into_iter().map(told).collect(),
        n_merged: judged.n_merged,
        n_different: judged.n_different,
        expected_merged: judged.expected,
    })
}

/// Search all people and companies for duplicates. The worker does it; while one search waits, no second is begun.
#[utoipa::path(post, path = "/duplicate-searches", tag = "duplicates", responses((status = 202, body = DuplicateSearches)))]
pub(crate) async fn search(State(app): State<App>, caller: Writing) -> Result {
    let begun = app.store.write(caller.by(), |tx| {
        jobs::enqueue(tx, NewJob::once(JOB, JOB), &Search { extent: Extent::Everything })?;
        searched(tx, Noun::Person)
    });
    Ok(answers::json(StatusCode::ACCEPTED, &begun.await?))
}
