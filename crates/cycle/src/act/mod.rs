//! Act: meaning becomes deeds. Segments, actions and their experiments, the global control group, call lists, offers,
//! changes at touch points, e-mail campaigns.
//!
//! Nothing here reckons an effect: what was done and to whom is written down, and measured later.

pub mod actions;
pub mod bounces;
pub mod call_lists;
pub mod campaigns;
pub mod clicks;
pub mod deliver;
pub mod experiments;
pub mod global_control;
pub mod goal_proposals;
pub mod mail_rules;
pub mod offers;
pub mod people_out;
pub mod playbooks;
pub mod power;
pub mod preferences;
pub mod segments;
pub mod signed;
pub mod suppression;
pub mod touch_points;

use crate::plan::metrics::{self, MetricRef};
use crate::plan::turns;
use platform::Result;
use platform::store::Snapshot;

/// The turn that is open now.
fn current_turn(snapshot: &mut Snapshot<'_>) -> Result<Option<String>> {
    Ok(turns::current(snapshot)?.map(|turn| turn.id))
}

/// The version of a metric that is valid now.
fn metric_now(snapshot: &mut Snapshot<'_>, key: &str) -> Result<MetricRef> {
    Ok(metrics::latest(snapshot, key)?.reference())
}
