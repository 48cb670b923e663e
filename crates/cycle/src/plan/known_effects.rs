//! What earlier actions were measured to bring: the table that the last stage writes, read by the first.
//!
//! This is where the loop closes: through data, not through a call.

use platform::store::Snapshot;
use platform::{Result, params};

/// Effects that are looked at for one metric, the newest first.
const MOST_EFFECTS: i64 = 500;

/// A measured difference that is final.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownEffect {
    pub action_id: Option<String>,
    pub action_kind: String,
    pub metric_key: String,
    /// Per person who was to be treated, in the metric's unit, with its interval.
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
    pub n_treated: i64,
}

/// The final effects of actions on a metric; the global control group is about all actions together and not among them.
pub fn on_metric(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Vec<KnownEffect>> {
    snapshot.query(
        "SELECT action_id, action_kind, metric_key, estimate, low, high, n_treated FROM effects
         WHERE is_final = 1 AND metric_key = $1 AND action_id IS NOT NULL AND action_kind IS NOT NULL
           AND estimate IS NOT NULL AND low IS NOT NULL AND high IS NOT NULL
         ORDER BY as_of DESC, id DESC LIMIT $2",
        &params![key, MOST_EFFECTS],
        |row| {
            Ok(KnownEffect {
                action_id: row.get(0)?,
                action_kind: row.get(1)?,
                metric_key: row.get(2)?,
                estimate: row.get(3)?,
                low: row.get(4)?,
                high: row.get(5)?,
                n_treated: row.get(6)?,
            })
        },
    )
}
