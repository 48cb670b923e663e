//! The messages of a campaign as rows, and where their links lead.

use platform::store::{IntoParam, Param, Snapshot, Tx};
use platform::{Micros, Result, params};

use super::compose::Composer;
use crate::act::campaigns::Campaign;
use crate::act::experiments::{self, HOLDOUT, TREATED};
use crate::act::signed::Key;

/// One message, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub person_id: String,
    pub variant: String,
    pub state: String,
    pub address: Option<String>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub n_attempts: i64,
    pub handed_at: Option<Micros>,
    pub ended_at: Option<Micros>,
}

/// Some messages of a campaign in the order of their ids, after the id `after`; all states where none is named.
pub fn messages(
    snapshot: &mut Snapshot<'_>,
    campaign_id: &str,
    state: Option<&str>,
    after: &str,
    limit: usize,
) -> Result<Vec<Message>> {
    let states = match state {
        Some(_) => "state = $4",
        None => "state <> $4",
    };
    let sql = format!(
        "SELECT id, person_id, variant, state, address, reason, detail, n_attempts, handed_at, ended_at
         FROM messages WHERE campaign_id = $1 AND id > $2 AND {states} ORDER BY id LIMIT $3"
    );
    snapshot.query(&sql, &params![campaign_id, after, limit as i64, state.unwrap_or("")], |row| {
        Ok(Message {
            id: row.get(0)?,
            person_id: row.get(1)?,
            variant: row.get(2)?,
            state: row.get(3)?,
            address: row.get(4)?,
            reason: row.get(5)?,
            detail: row.get(6)?,
            n_attempts: row.get(7)?,
            handed_at: row.get(8)?,
            ended_at: row.get(9)?,
        })
    })
}

/// Writes down where the links of each arm's mail lead, as the campaign is launched.
///
/// **Errors** where a text cannot be compiled.
pub fn keep_links(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<()> {
    let key = Key::ensure(tx)?;
    let composer = Composer::compile(tx, campaign, key, "")?;
    let arms = match experiments::of_action(tx, &campaign.action_id)? {
        Some(experiment) => {
            experiment.arms.into_iter().map(|arm| arm.name).filter(|arm| arm != HOLDOUT).collect()
        }
        None => vec![TREATED.to_string()],
    };
    tx.execute("DELETE FROM campaign_links WHERE campaign_id = $1", &params![campaign.id])?;
    let mut rows: Vec<Param<'_>> = Vec::new();
    for arm in &arms {
        for (number, link) in (0_i64..).zip(composer.links(arm)) {
            rows.extend([
                campaign.id.param(),
                arm.param(),
                Param::Int(number),
                link.url.param(),
                link.words.param(),
            ]);
        }
    }
    tx.insert_rows("campaign_links", &["campaign_id", "variant", "link_no", "url", "words"], "", &rows)?;
    Ok(())
}
