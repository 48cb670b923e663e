//! The kinds of insights, a file each.

mod bad_cohort;
mod concentration;
mod cross_sell;
mod data_fault;
mod drivers;
mod likely_lost;
mod metric_moved;
mod renewal_at_risk;
mod second_order;
mod tier_drop;
mod topic_grows;

pub(super) use concentration::curve;

use super::View;
use super::found::{Found, Silent};
use platform::Result;
use platform::store::Snapshot;

/// What a kind answers: its insights, or why there is none.
type Answer = Result<std::result::Result<Vec<Found>, Silent>>;

/// Every kind, data faults first.
pub(super) const ALL: [fn(&View<'_>, &mut Snapshot<'_>) -> Answer; 10] = [
    data_fault::find,
    likely_lost::find,
    second_order::find,
    cross_sell::find,
    renewal_at_risk::find,
    tier_drop::find,
    concentration::find,
    bad_cohort::find,
    metric_moved::find,
    topic_grows::find,
];
