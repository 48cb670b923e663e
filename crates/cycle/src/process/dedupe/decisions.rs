//! What a person decides about a pair, and how a merge is taken back.

use super::queue::pair;
use platform::store::Tx;
use platform::{Error, Result, params};
use records::merges::{self, Choices, Conflict};
use records::{companies, people};

/// What becomes of a pair.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// They are one: `kept` is one of the two, the other is merged into it.
    Merge { kept: String, choices: Choices },
    /// They are two.
    Different,
    /// Nobody can tell now.
    Skip,
    /// Back into the queue.
    Reopen,
}

/// Decides a pair; returns the id of the merge, if it is one.
///
/// **Errors** when there is no such pair, when `kept` is not of it, and those of the merge.
pub fn decide(tx: &mut Tx<'_>, left_id: &str, right_id: &str, decision: &Decision) -> Result<Option<String>> {
    let found = pair(tx, left_id, right_id)?;
    let state = match decision {
        Decision::Merge { .. } => "merged",
        Decision::Different => "different",
        Decision::Skip => "skipped",
        Decision::Reopen => "proposed",
    };
    if found.state == "merged" {
        return Err(Error::Conflict("the two are merged; take the merge back first".to_string()));
    }
    let merge = match decision {
        Decision::Merge { kept, choices } => {
            let lost = match kept {
                kept if kept == left_id => right_id,
                kept if kept == right_id => left_id,
                _ => return Err(Error::invalid("kept", format!("{kept} is not of this pair"))),
            };
            let merge = merge_records(tx, kept, lost, choices)?;
            hand_on(tx, kept, lost)?;
            Some(merge)
        }
        _ => None,
    };
    let decided_at = (*decision != Decision::Reopen).then(|| tx.now());
    let decided_by = tx.by().id.clone().filter(|_| decided_at.is_some());
    tx.execute(
        "UPDATE duplicate_pairs SET state = $3, decided_at = $4, decided_by = $5 WHERE left_id = $1 AND right_id = $2",
        &params![left_id, right_id, state, decided_at, decided_by],
    )?;
    Ok(merge)
}

/// Merges two records, proposed or not; where they are a pair, that is decided with it. Returns the id of the merge.
///
/// **Errors** at `lost_id` when the two are not of one kind, and those of the merge.
pub fn merge(tx: &mut Tx<'_>, kept: &str, lost: &str, choices: Choices) -> Result<String> {
    let (left, right) = (kept.min(lost), kept.max(lost));
    let state = tx.first(
        "SELECT state FROM duplicate_pairs WHERE left_id = $1 AND right_id = $2",
        &params![left, right],
        |row| row.get::<String>(0),
    )?;
    if state.is_none_or(|state| state == "merged") {
        return merge_records(tx, kept, lost, &choices);
    }
    let merged = decide(tx, left, right, &Decision::Merge { kept: kept.to_string(), choices })?;
    Ok(merged.expect("a pair that is decided to be one has a merge"))
}

fn merge_records(tx: &mut Tx<'_>, kept: &str, lost: &str, choices: &Choices) -> Result<String> {
    match (kept.split('_').next(), lost.split('_').next()) {
        (Some("per"), Some("per")) => people::merge(tx, kept, lost, choices),
        (Some("com"), Some("com")) => companies::merge(tx, kept, lost, choices),
        _ => Err(Error::invalid("lost_id", "name two people, or two companies")),
    }
}

/// What was proposed or decided about the record that goes holds for the one that stays.
fn hand_on(tx: &mut Tx<'_>, kept: &str, lost: &str) -> Result<()> {
    let pairs = tx.query(
        "SELECT left_id, right_id, state FROM duplicate_pairs
         WHERE (left_id = $1 OR right_id = $1) AND state IN ('proposed', 'different')",
        &params![lost],
        |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?)),
    )?;
    for (left_id, right_id, state) in pairs {
        let other = if left_id == lost { &right_id } else { &left_id };
        if other == kept {
            continue;
        }
        let (first, second) = (kept.min(other.as_str()), kept.max(other.as_str()));
        tx.execute(
            "INSERT INTO duplicate_pairs (left_id, right_id, record_kind, score, reasons_json, state, found_at, seen_at,
               decided_at, decided_by)
             SELECT CAST($3 AS TEXT), CAST($4 AS TEXT), record_kind, score, reasons_json, CAST($5 AS TEXT), found_at, seen_at, decided_at, decided_by
             FROM duplicate_pairs WHERE left_id = $1 AND right_id = $2
             ON CONFLICT (left_id, right_id) DO NOTHING",
            &params![left_id, right_id, first, second, state],
        )?;
    }
    Ok(())
}

/// Takes a merge back and puts its pair into the queue again; returns what was changed since and stays.
pub fn undo_merge(tx: &mut Tx<'_>, merge_id: &str) -> Result<Vec<Conflict>> {
    let merge = merges::get(tx, merge_id)?;
    let conflicts = merges::unmerge(tx, merge_id)?;
    let (kept, merged) = (merge.kept_id.as_str(), merge.merged_id.as_str());
    tx.execute(
        "UPDATE duplicate_pairs SET state = 'proposed', decided_at = NULL, decided_by = NULL
         WHERE left_id = $1 AND right_id = $2 AND state = 'merged'",
        &params![kept.min(merged), kept.max(merged)],
    )?;
    Ok(conflicts)
}
