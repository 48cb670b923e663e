//! The close of a turn: lessons written down, proposals for the next goals, the report frozen, the next turn planned.

use crate::plan::history::{Refused, filled};
use crate::plan::turns::{self, State};
use platform::events::{self, Entry};
use platform::store::{Snapshot, Tx};
use platform::{Error, Result, params};
use serde::{Deserialize, Serialize};

pub const REVIEW_KIND: &str = "turn_review";
/// Proposals for the next goals.
pub const MOST_PROPOSALS: usize = 50;

/// A goal that somebody, or what was measured, proposes for the next turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub name: String,
    pub metric_key: String,
    pub segment_id: Option<String>,
    /// In the unit of the metric; None leaves it to whoever opens the goal.
    pub target: Option<f64>,
    pub why: String,
    /// Whether it becomes a draft in the next turn.
    pub is_taken: bool,
}

/// What was written down while closing a turn. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Review {
    pub worked: Option<String>,
    /// What to stop doing.
    pub stopped: Option<String>,
    /// What was learned about our own forecasts.
    pub learned: Option<String>,
    pub proposals: Vec<Proposal>,
    /// 0 before anything was written.
    pub version: i64,
}

/// What was written down so far; nothing is an empty review.
pub fn review(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Review> {
    let found = snapshot.first(
        "SELECT worked, stopped, learned, proposals_json, version FROM turn_reviews WHERE turn_id = $1",
        &params![turn_id],
        |row| {
            Ok(Review {
                worked: row.get(0)?,
                stopped: row.get(1)?,
                learned: row.get(2)?,
                proposals: serde_json::from_str(row.text(3)?)?,
                version: row.get(4)?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// Writes the lessons down; `review.version` is the one that the editor saw.
///
/// **Errors** at `worked`, `stopped`, `learned`, `proposals`; with a conflict when the turn is closed, or somebody wrote since.
pub fn state_review(tx: &mut Tx<'_>, turn_id: &str, stated: &Review) -> Result<Review> {
    let turn = turns::get(tx, turn_id)?;
    if !matches!(turn.state, State::Running | State::Closing) {
        return Err(Error::Conflict(format!(
            "{} is {}: there is nothing to review",
            turn.name,
            turn.state.name()
        )));
    }
    let was = review(tx, turn_id)?;
    if was.version != stated.version {
        return Err(Error::Conflict("somebody wrote here in the meantime; open it again".to_string()));
    }
    let mut refused = Refused::default();
    for (field, text) in
        [("worked", &stated.worked), ("stopped", &stated.stopped), ("learned", &stated.learned)]
    {
        refused.text(field, text.as_deref());
    }
    if stated.proposals.len() > MOST_PROPOSALS {
        refused.at("proposals", format!("at most {MOST_PROPOSALS} proposals are kept"));
    }
    for proposal in &stated.proposals {
        refused.name("proposals", proposal.name.trim(), "a proposal");
        if proposal.target.is_some_and(|target| !target.is_finite()) {
            refused.at("proposals", format!("{}: the target is no number", proposal.name));
        }
    }
    refused.end()?;
    let now = Review {
        worked: filled(stated.worked.as_deref()),
        stopped: filled(stated.stopped.as_deref()),
        learned: filled(stated.learned.as_deref()),
        proposals: stated.proposals.clone(),
        version: was.version + 1,
    };
    let (proposals, at) = (serde_json::to_string(&now.proposals)?, tx.now());
    tx.execute(
        "INSERT INTO turn_reviews (turn_id, worked, stopped, learned, proposals_json, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (turn_id) DO UPDATE SET worked = excluded.worked, stopped = excluded.stopped,
           learned = excluded.learned, proposals_json = excluded.proposals_json, updated_at = excluded.updated_at,
           version = excluded.version",
        &params![turn_id, now.worked, now.stopped, now.learned, proposals, at, now.version],
    )?;
    let before = (was.version > 0).then(|| serde_json::to_string(&was)).transpose()?;
    let entry = Entry {
        verb: "turn.reviewed",
        record_kind: REVIEW_KIND,
        record_id: turn_id,
        subject_id: turn_id,
        before,
        after: None,
    };
    events::append(tx, entry)?;
    Ok(now)
}
