//! Planning: a message for everybody who is treated, in chunks that can be broken off and gone on with.
//!
//! Who is treated was frozen at the launch: a segment that changes now changes nothing here.

use platform::jobs::Job;
use platform::store::{IntoParam, Param, Store, Tx};
use platform::{By, Result, params};

use crate::act::{actions, campaigns};

/// People for whom a message is planned in one transaction.
const CHUNK: i64 = 5_000;

/// Plans until everybody has a message; may stop anywhere and begin again.
pub fn run(store: &Store, job: &Job) -> Result<()> {
    let id: String = job.payload()?;
    loop {
        let id = id.clone();
        if !store.write(By::system(), move |tx| chunk(tx, &id)).wait()? {
            return Ok(());
        }
    }
}

/// Plans the next messages; false when nothing is left to do.
fn chunk(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    let campaign = campaigns::get(tx, id)?;
    if campaign.is_planned || campaign.state != campaigns::State::Sending {
        return Ok(false);
    }
    let action = actions::get(tx, &campaign.action_id)?;
    let found = actions::people(tx, &action, &campaign.planned_up_to, CHUNK)?;
    let Some((last, _)) = found.last() else {
        tx.execute("UPDATE campaigns SET is_planned = 1 WHERE id = $1", &params![id])?;
        super::enqueue_send(tx, id, None)?;
        return Ok(false);
    };
    let ids: Vec<String> = found.iter().map(|_| tx.new_id("msg")).collect();
    let now = tx.now();
    let mut rows: Vec<Param<'_>> = Vec::with_capacity(found.len() * 6);
    for (message, (person, arm)) in ids.iter().zip(&found) {
        let row =
            [message.param(), id.param(), person.param(), arm.param(), "queued".param(), Param::Int(now)];
        rows.extend(row);
    }
    tx.insert_rows(
        "messages",
        &["id", "campaign_id", "person_id", "variant", "state", "send_at"],
        "ON CONFLICT (campaign_id, person_id) DO NOTHING",
        &rows,
    )?;
    tx.execute("UPDATE campaigns SET planned_up_to = $2 WHERE id = $1", &params![id, last])?;
    Ok(true)
}
