//! What earlier actions were measured to bring: the table that the last stage writes, read by the first.
//!
//! This is where the loop closes: through data, not through a call.

use platform::store::{Row, Snapshot};
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

/// The columns of an effect, and what every query asks of it.
const KNOWN: &str = "SELECT action_id, action_kind, metric_key, estimate, low, high, n_treated FROM effects
     WHERE is_final = 1 AND metric_key = $1 AND action_id IS NOT NULL AND action_kind IS NOT NULL
       AND estimate IS NOT NULL AND low IS NOT NULL AND high IS NOT NULL";

/// The final effects of actions on a metric; the global control group is about all actions together and not among them.
pub fn on_metric(snapshot: &mut Snapshot<'_>, key: &str) -> Result<Vec<KnownEffect>> {
    let sql = format!("{KNOWN} ORDER BY as_of DESC, id DESC LIMIT $2");
    snapshot.query(&sql, &params![key, MOST_EFFECTS], read)
}

/// The final effects, on a metric, of actions that were made from insights of one kind.
pub fn of_insights(snapshot: &mut Snapshot<'_>, key: &str, insight_kind: &str) -> Result<Vec<KnownEffect>> {
    let sql = format!("{KNOWN} AND insight_kind = $2 ORDER BY as_of DESC, id DESC LIMIT $3");
    snapshot.query(&sql, &params![key, insight_kind, MOST_EFFECTS], read)
}

fn read(row: &Row<'_>) -> Result<KnownEffect> {
    Ok(KnownEffect {
        action_id: row.get(0)?,
        action_kind: row.get(1)?,
        metric_key: row.get(2)?,
        estimate: row.get(3)?,
        low: row.get(4)?,
        high: row.get(5)?,
        n_treated: row.get(6)?,
    })
}

/// What several effects say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    pub n_known: usize,
    /// Mean effect for each person, weighted by how sure each was, with its interval.
    pub per_person: f64,
    pub low: f64,
    pub high: f64,
}

/// The mean of effects, each counted by how sure it is (one over the square of its interval's width), with an interval that
/// also knows how much they differ from one another. Effects without an interval are left out; None where none remains.
pub fn pool<'a>(known: impl IntoIterator<Item = &'a KnownEffect>) -> Option<Pooled> {
    let known: Vec<&KnownEffect> = known.into_iter().filter(|effect| effect.high > effect.low).collect();
    let weight = |effect: &KnownEffect| (effect.high - effect.low).powi(-2);
    let all: f64 = known.iter().map(|effect| weight(effect)).sum();
    let per_person = known.iter().map(|effect| weight(effect) * effect.estimate).sum::<f64>() / all;
    let n = known.len() as f64;
    let between = match known.len() {
        0 => return None,
        1 => 0.0,
        _ => {
            let spread: f64 = known.iter().map(|effect| (effect.estimate - per_person).powi(2)).sum();
            4.0 * spread / (n - 1.0) / n
        }
    };
    let half = (0.25 / all + between).sqrt();
    Some(Pooled { n_known: known.len(), per_person, low: per_person - half, high: per_person + half })
}
