//! Two records that are one: merged, and taken apart again exactly: `/merges`.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::process::dedupe;
use platform::Error;
use records::merges::{self, Side};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, Page};
use super::asked::{Asked, Body, PageAsked};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// A merge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Merge {
    id: String,
    /// `person` or `company`.
    record_kind: String,
    kept_id: String,
    /// The record that went.
    merged_id: String,
    merged_at: Time,
    /// The user's id; null from the command line.
    merged_by: Option<String>,
    undone_at: Option<Time>,
}

impl From<merges::Merge> for Merge {
    fn from(found: merges::Merge) -> Self {
        Self {
            id: found.id,
            record_kind: found.record_kind,
            kept_id: found.kept_id,
            merged_id: found.merged_id,
            merged_at: Time(found.merged_at),
            merged_by: found.merged_by,
            undone_at: found.undone_at.map(Time),
        }
    }
}

/// From which of the two a field is taken.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldFrom {
    Kept,
    Lost,
}

impl FieldFrom {
    pub(super) fn side(self) -> Side {
        match self {
            Self::Kept => Side::Kept,
            Self::Lost => Side::Lost,
        }
    }
}

/// Two people or two companies that are one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Merging {
    /// The record that stays.
    kept_id: String,
    /// The record that goes.
    lost_id: String,
    /// Which value a field gets, where both have one: `{"phone": "lost"}`. What is not named keeps the value of the record that
    /// stays, or takes the other's where it has none.
    #[serde(default)]
    choices: BTreeMap<String, FieldFrom>,
}

/// Merge two people or two companies. Orders, notes, tags and consents go over; nothing is lost, and it can be taken back.
/// Where the two are a pair of `/duplicates`, that is decided with it.
#[utoipa::path(post, path = "/merges", tag = "merges", request_body = Merging, responses((status = 201, body = Merge)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Merging>) -> Result {
    let merged = app.store.write(caller.by(), move |tx| {
        let choices = stated.choices.iter().map(|(field, from)| (field.clone(), from.side())).collect();
        let (kept, lost) = (stated.kept_id.as_str(), stated.lost_id.as_str());
        if kept == lost {
            return Err(Error::invalid("lost_id", "is the same record"));
        }
        let id = dedupe::merge(tx, kept, lost, choices)?;
        merges::get(tx, &id)
    });
    Ok(answers::json(StatusCode::CREATED, &Merge::from(merged.await?)))
}

/// List merges from the newest to the oldest.
#[utoipa::path(get, path = "/merges", tag = "merges", params(PageAsked), responses((status = 200, body = Page<Merge>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let limit = asked.limit()?;
    let found = app.store.read(move |s| merges::list(s, asked.after.as_deref(), limit + 1)).await?;
    answers::page(&Page::cut(found, limit, |merge| merge.id.clone(), Merge::from))
}

/// Show a merge.
#[utoipa::path(get, path = "/merges/{id}", tag = "merges", params(("id" = String, Path)), responses((status = 200, body = Merge)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| merges::get(s, &id)).await?;
    Ok(answers::json(StatusCode::OK, &Merge::from(found)))
}

/// A merge that was taken back, and what was changed since and stays as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Parted {
    merge: Merge,
    kept_changes: Vec<KeptChange>,
}

/// Something that was changed after the merge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptChange {
    table: String,
    record_id: String,
    /// Empty for a whole row.
    field: String,
    message: String,
}

/// Take a merge back: both records are there again as they were, but for what was changed since.
#[utoipa::path(post, path = "/merges/{id}/undo", tag = "merges", params(("id" = String, Path)), responses((status = 200, body = Parted)))]
pub(crate) async fn undo(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let parted = app.store.write(caller.by(), move |tx| {
        let conflicts = dedupe::undo_merge(tx, &id)?;
        Ok((merges::get(tx, &id)?, conflicts))
    });
    let (merge, conflicts) = parted.await?;
    let told = |conflict: merges::Conflict| KeptChange {
        table: conflict.table,
        record_id: conflict.record_id,
        field: conflict.field,
        message: conflict.message,
    };
    let kept_changes = conflicts.into_iter().map(told).collect();
    Ok(answers::json(StatusCode::OK, &Parted { merge: merge.into(), kept_changes }))
}
