//! What earlier actions were measured to bring: the table that the last stage writes, read by the first.
//!
//! This is where the loop closes: through data, not through a call.

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
