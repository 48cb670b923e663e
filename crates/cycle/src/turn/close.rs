//! The close of a turn: lessons written down, proposals for the next goals, the report frozen, the next turn planned.

use super::chain::{self, Chain};
use super::gates::{self, Of};
use super::report;
use crate::measure::effects::{self, Conclusion, Effect};
use crate::measure::verdicts;
use crate::plan::goals::{self, Concluded};
use crate::plan::history::{Refused, filled};
use crate::plan::turns::{self, State, Turn};
use paper::Document;
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

/// Gives a goal its verdict by hand, with the reason: for what the data cannot judge.
///
/// **Errors** at `why` when it is empty; with a conflict for a goal that was never opened.
pub fn judge_by_hand(tx: &mut Tx<'_>, goal_id: &str, concluded: Concluded, why: &str) -> Result<()> {
    let Some(why) = filled(Some(why)) else {
        return Err(Error::invalid("why", "say what the verdict stands on"));
    };
    let verdict = serde_json::json!({ "why": why, "by_hand": true, "by": tx.by().id });
    goals::conclude(tx, goal_id, concluded, &verdict).map(drop)
}

/// Gives every goal of the turn that is open its verdict, from the data; returns how many.
///
/// A verdict by hand stays. A goal without a metric is left to [`judge_by_hand`].
pub fn judge_all(tx: &mut Tx<'_>, turn_id: &str) -> Result<usize> {
    let chain = chain::of_turn(tx, turn_id)?;
    let is_by_hand = |goal: &chain::Goal| goal.verdict.as_ref().is_some_and(|one| one["by_hand"] == true);
    let asked = chain.goals.iter().filter(|goal| {
        goal.metric_key.is_some() && !matches!(goal.state.as_str(), "draft" | "dropped") && !is_by_hand(goal)
    });
    let mut n = 0;
    for goal in asked {
        verdicts::conclude(tx, &goal.id)?;
        n += 1;
    }
    Ok(n)
}

/// What the turn found that a next turn could begin with; nothing is taken yet.
pub fn proposals(chain: &Chain, looks: &[Effect]) -> Vec<Proposal> {
    let mut found = Vec::new();
    for goal in &chain.goals {
        let Some(metric_key) = goal.metric_key.clone() else { continue };
        let (name, why) = match goal.state.as_str() {
            "missed" => {
                (format!("{}, again", goal.name), "missed: the same target, with what was learnt".to_string())
            }
            "cannot_tell" => {
                (format!("{}, with more people or more time", goal.name), "nobody could tell".to_string())
            }
            "met" => (format!("Hold: {}", goal.name), "met: see that it stays so".to_string()),
            _ => continue,
        };
        // A share that was proposed by a formula has more digits than anybody would state.
        let target = goal
            .target
            .map(|target| if target.abs() < 1.0 { (target * 1000.0).round() / 1000.0 } else { target });
        let segment_id = goal.segment_id.clone();
        found.push(Proposal { name, metric_key, segment_id, target, why, is_taken: false });
    }
    for look in looks.iter().filter(|look| look.conclusion == Conclusion::Works) {
        let Some(action) = chain.actions.iter().find(|one| Some(&one.id) == look.action_id.as_ref()) else {
            continue;
        };
        found.push(Proposal {
            name: format!("More of what worked: {}", action.name),
            metric_key: look.metric.key.clone(),
            segment_id: None,
            target: None,
            why: look.why.clone(),
            is_taken: false,
        });
    }
    found.truncate(MOST_PROPOSALS);
    found
}

/// What was shown to work, in words.
pub fn that_worked(chain: &Chain, looks: &[Effect]) -> Vec<String> {
    in_words(chain, looks, |conclusion| conclusion == Conclusion::Works)
}

/// What could be stopped, in words: actions that harmed, or that showed no effect.
pub fn to_stop(chain: &Chain, looks: &[Effect]) -> Vec<String> {
    in_words(chain, looks, |one| matches!(one, Conclusion::Harms | Conclusion::NoEffectShown))
}

fn in_words(chain: &Chain, looks: &[Effect], wanted: impl Fn(Conclusion) -> bool) -> Vec<String> {
    looks
        .iter()
        .filter(|look| wanted(look.conclusion))
        .filter_map(|look| {
            let action = chain.actions.iter().find(|one| Some(&one.id) == look.action_id.as_ref())?;
            Some(format!("{}: {}", action.name, look.why))
        })
        .collect()
}

/// What the close came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    pub closed: Turn,
    /// The turn that comes next: planned already, or planned now.
    pub next: Turn,
    /// Drafts that were made of the proposals.
    pub n_drafts: usize,
}

/// Ends a turn that is being closed: its report is frozen, and the next turn is planned with the goals that were taken.
///
/// **Errors** with a conflict while a goal has no verdict, unless that was waived; at the fields of `next`.
pub fn finish(tx: &mut Tx<'_>, turn_id: &str, next: &turns::Input) -> Result<Finished> {
    let turn = turns::get(tx, turn_id)?;
    let chain = chain::of_turn(tx, turn_id)?;
    let all = gates::of_turn(tx, &turn, &chain)?;
    let of_close = all.iter().filter(|gate| gate.of == Of::Close).flat_map(|gate| &gate.conditions);
    if let Some(missing) = of_close.clone().find(|one| one.key == "close.verdicts" && !one.lets_pass()) {
        return Err(Error::Conflict(format!("{} cannot be closed yet: {}", turn.name, missing.words)));
    }
    let closed = turns::close(tx, turn_id)?;
    let document = report::document(tx, &closed)?;
    freeze(tx, turn_id, &document)?;
    let next = match turns::next_planned(tx)? {
        Some(planned) => planned,
        None => turns::create(tx, next)?,
    };
    let mut n_drafts = 0;
    for proposal in review(tx, turn_id)?.proposals.into_iter().filter(|proposal| proposal.is_taken) {
        draft(tx, &next, proposal)?;
        n_drafts += 1;
    }
    Ok(Finished { closed, next, n_drafts })
}

fn draft(tx: &mut Tx<'_>, next: &Turn, proposal: Proposal) -> Result<()> {
    let input = goals::Input {
        name: proposal.name,
        metric: Some(proposal.metric_key),
        period: next.cadence,
        segment_id: proposal.segment_id,
        target: proposal.target,
        due_on: Some(next.ends_on),
        owner_id: next.champion_id.clone(),
        turn_id: Some(next.id.clone()),
        ..goals::Input::default()
    };
    let prepared = goals::prepare(tx, &input)?;
    goals::create(tx, &input, &prepared).map(drop)
}

/// Keeps the report as it is now.
fn freeze(tx: &mut Tx<'_>, turn_id: &str, document: &Document) -> Result<()> {
    let (json, now) = (serde_json::to_string(document)?, tx.now());
    tx.execute(
        "INSERT INTO turn_reviews (turn_id, proposals_json, report_json, updated_at, version)
         VALUES ($1, '[]', $2, $3, 1)
         ON CONFLICT (turn_id) DO UPDATE SET report_json = excluded.report_json",
        &params![turn_id, json, now],
    )?;
    Ok(())
}

/// The report of a turn: as it was frozen at the close, else as things stand.
pub fn report_of(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Document> {
    let turn = turns::get(snapshot, turn_id)?;
    let frozen: Option<Option<String>> = snapshot.first(
        "SELECT report_json FROM turn_reviews WHERE turn_id = $1",
        &params![turn_id],
        |row| row.get(0),
    )?;
    match frozen.flatten() {
        Some(json) if turn.state == State::Closed => Ok(serde_json::from_str(&json)?),
        _ => report::document(snapshot, &turn),
    }
}

/// The newest looks at the turn's experiments.
pub fn looks(snapshot: &mut Snapshot<'_>, turn_id: &str) -> Result<Vec<Effect>> {
    effects::list(snapshot, &chain::effects_of(turn_id))
}

/// How the forecasts of one maker have come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub made_by: String,
    /// Forecasts that came due and have an outcome.
    pub n_settled: i64,
    /// Those among them that had an interval, and those whose outcome lay within.
    pub n_with_interval: i64,
    pub n_within: i64,
}

/// The forecasts that have come due, by who made them.
pub fn forecasts(snapshot: &mut Snapshot<'_>) -> Result<Vec<Kept>> {
    snapshot.query(
        "SELECT made_by, count(*), CAST(sum(CASE WHEN low IS NOT NULL AND high IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT),
           CAST(sum(CASE WHEN outcome >= low AND outcome <= high THEN 1 ELSE 0 END) AS BIGINT)
         FROM forecasts WHERE outcome IS NOT NULL GROUP BY made_by ORDER BY made_by LIMIT 50",
        &[],
        |row| {
            Ok(Kept {
                made_by: row.get(0)?,
                n_settled: row.get(1)?,
                n_with_interval: row.get(2)?,
                n_within: row.get(3)?,
            })
        },
    )
}
