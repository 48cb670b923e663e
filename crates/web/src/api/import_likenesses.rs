//! The rows of an import that look like a record that was there before, and what became of the likeness.

use axum::extract::{Path, State};
use cycle::collect::imports as verbs;
use cycle::process::dedupe::{self, probability};
use serde::Serialize;
use utoipa::ToSchema;

use super::Caller;
use super::answers::{self, Page};
use super::asked::{self, Asked, PageAsked};
use super::imports::AlikeReason;
use crate::error::Result;
use crate::state::App;

/// A row of an import that looks like a record that was there before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportLikeness)]
pub(crate) struct LikenessTold {
    row: i64,
    /// The record that the row made, or was matched with.
    record_id: String,
    name: String,
    /// The record that was there before.
    other_id: String,
    other_name: String,
    /// `matched` where the plan's `match_by_likeness` took the row for the record that was there; else how the pair of
    /// `/duplicates/{record_id}/{other_id}` stands: `proposed`, `merged`, `different`, `skipped`, or `gone` where a later
    /// search proposes it no more.
    state: String,
    /// That both are one, from 0.5 to 1; null for `gone`, and for `matched`, where `note` says it.
    probability: Option<f64>,
    reasons: Vec<AlikeReason>,
    /// The remark of the row.
    note: Option<String>,
}

/// List the rows that look like a record that was there before, decided or not, in the order of the file.
#[utoipa::path(get, path = "/imports/{id}/likenesses", tag = "imports", params(("id" = String, Path), PageAsked),
    responses((status = 200, body = Page<LikenessTold>)))]
pub(crate) async fn index(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(wanted): Asked<PageAsked>,
) -> Result {
    let limit = wanted.limit()?;
    let after = wanted.after.as_deref().unwrap_or("0~");
    let place = after.split_once('~').and_then(|(row, other)| Some((row.parse().ok()?, other.to_string())));
    let (row_no, other_id): (i64, String) = place.ok_or_else(|| asked::no_place(after))?;
    let found = app.store.read(move |s| {
        let import = verbs::get(s, &id)?;
        dedupe::settled_in(s, &import, (row_no, &other_id), limit + 1)
    });
    let told = |row: dedupe::Settled| LikenessTold {
        row: row.row,
        record_id: row.record_id,
        name: row.name,
        other_id: row.other_id,
        other_name: row.other_name,
        state: row.state,
        probability: row.score.map(probability),
        reasons: row.reasons.into_iter().map(AlikeReason::from).collect(),
        note: row.note,
    };
    answers::page(&Page::cut(found.await?, limit, |row| format!("{}~{}", row.row, row.other_id), told))
}
