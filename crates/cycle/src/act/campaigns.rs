//! Campaigns: what an action of kind campaign sends by e-mail, and how far it is.
//!
//! draft → checked → approved → sending → done, with pause and stop on the way. A change of the content makes it a draft
//! again. Name, people, purpose and experiment stand with the action. Nothing is sent here: that is `deliver`.

mod check;
mod content;
mod letter;
mod list;
mod states;

pub use check::{
    CHECK_JOB, CheckList, Faulty, Line, Verdict, enqueue as enqueue_check, found as check_found,
    key as check_key, run as check, run_job as check_job,
};
pub use content::{Content, Format, MOST_VARIANTS, Variant, short_name};
pub use letter::Letter;
pub use list::{Counts, Row, Uplift, actions_without, counts, list, reasons, row};
pub use states::{Paused, approve, checked, ended, launch, needs_approval, pause, resume, stop};
pub(in crate::act) use states::{begun, reopened};

use platform::events::{self, Entry, Event, Standing};
use platform::store::{Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "campaign";

/// Campaigns that one list shows.
pub const MOST_LISTED: usize = 200;

/// How far a campaign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Draft,
    Checked,
    Approved,
    Sending,
    Paused,
    Done,
    Stopped,
}

impl State {
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Checked, Self::Approved, Self::Sending, Self::Paused, Self::Done, Self::Stopped];

    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Checked => "checked",
            Self::Approved => "approved",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Nothing has gone out, so the content may change.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Checked | Self::Approved)
    }
}

/// A campaign. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub id: String,
    pub action_id: String,
    pub content: Content,
    pub state: State,
    /// Why it was paused or stopped.
    pub why: Option<String>,
    /// Who wrote it last.
    pub edited_by: Option<String>,
    pub approved_by: Option<String>,
    pub approved_at: Option<Micros>,
    pub planned_up_to: String,
    pub is_planned: bool,
    /// What holds up everybody, as the mail server said it.
    pub trouble: Option<String>,
    pub trouble_since: Option<Micros>,
    pub launched_at: Option<Micros>,
    pub ended_at: Option<Micros>,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    /// Grows with every change.
    pub version: i64,
}

/// Begins the campaign of an action.
///
/// **Errors** at the fields of the content; with a conflict where the action has its campaign already.
pub fn create(tx: &mut Tx<'_>, action_id: &str, content: &Content) -> Result<Campaign> {
    if of_action(tx, action_id)?.is_some() {
        return Err(Error::Conflict("the action has its campaign already".to_string()));
    }
    let content = content.tidied();
    content.refuse(tx)?;
    let now = tx.now();
    let campaign = Campaign {
        id: tx.new_id("cmp"),
        action_id: action_id.to_string(),
        content,
        edited_by: tx.by().id.clone(),
        created_by: tx.by().id.clone(),
        ..Campaign::fresh(now)
    };
    insert(tx, &campaign)?;
    log(tx, "campaign.created", &campaign, None)?;
    Ok(campaign)
}

/// A campaign as it would be with this content, which is kept nowhere: for a preview.
pub fn draft_for_preview(
    snapshot: &mut Snapshot<'_>,
    action_id: &str,
    content: &Content,
) -> Result<Campaign> {
    let action = super::actions::get(snapshot, action_id)?;
    let now = snapshot.now();
    Ok(Campaign {
        id: "cmp_preview".to_string(),
        action_id: action.id,
        content: content.tidied(),
        ..Campaign::fresh(now)
    })
}

impl Campaign {
    fn fresh(now: Micros) -> Self {
        Self {
            id: String::new(),
            action_id: String::new(),
            content: Content::default(),
            state: State::Draft,
            why: None,
            edited_by: None,
            approved_by: None,
            approved_at: None,
            planned_up_to: String::new(),
            is_planned: false,
            trouble: None,
            trouble_since: None,
            launched_at: None,
            ended_at: None,
            created_by: None,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }
}

/// States the content anew; what was checked or approved before is a draft again.
///
/// **Errors** as [`create`]; with a conflict when somebody changed it since, or something has gone out.
pub fn update(tx: &mut Tx<'_>, id: &str, version: i64, content: &Content) -> Result<Campaign> {
    let before = get(tx, id)?;
    if before.version != version {
        return Err(Error::Conflict(format!(
            "the campaign was changed in the meantime (version {} now, {version} when you opened it); open it again",
            before.version
        )));
    }
    if !before.state.is_open() {
        return Err(Error::Conflict(format!(
            "the campaign is {}: what people have received cannot be changed any more",
            before.state.name()
        )));
    }
    let content = content.tidied();
    if content == before.content {
        return Ok(before);
    }
    content.refuse(tx)?;
    let campaign = Campaign {
        content,
        state: State::Draft,
        edited_by: tx.by().id.clone(),
        approved_by: None,
        approved_at: None,
        ..before.clone()
    };
    change(tx, "campaign.updated", &before, campaign)
}

/// Takes back one event of the content, as long as nothing has gone out.
///
/// **Errors** with a conflict when somebody changed it after the event, or the event is about sending.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = get(tx, &event.record_id)?;
    let before = event.before_json.as_deref().filter(|_| event.verb == "campaign.updated");
    let Some(before) = before.filter(|_| now.state.is_open()) else {
        return Err(Error::Conflict("what was sent, paused or approved cannot be taken back".to_string()));
    };
    match events::standing(tx, event, &now.id)? {
        Standing::Latest => {}
        Standing::Undone => return Err(Error::Conflict("this change was already taken back".to_string())),
        Standing::ChangedLater(later) => {
            return Err(Error::Conflict(format!(
                "the campaign was changed afterwards ({}); it is left as it is",
                later.verb
            )));
        }
    }
    let was: Campaign = serde_json::from_str(before)?;
    let campaign = Campaign {
        content: was.content,
        state: State::Draft,
        version: now.version + 1,
        updated_at: tx.now(),
        ..now.clone()
    };
    write(tx, &campaign)?;
    events::append_undone(tx, event, &now.id, Some(serde_json::to_string(&now)?)).map(drop)
}

/// Writes a changed campaign under a new version, with its event.
fn change(tx: &mut Tx<'_>, verb: &str, before: &Campaign, campaign: Campaign) -> Result<Campaign> {
    let campaign = Campaign { version: before.version + 1, updated_at: tx.now(), ..campaign };
    write(tx, &campaign)?;
    log(tx, verb, &campaign, Some(before))?;
    Ok(campaign)
}

fn log(tx: &mut Tx<'_>, verb: &str, campaign: &Campaign, before: Option<&Campaign>) -> Result<()> {
    let before = before.map(serde_json::to_string).transpose()?;
    let id = campaign.id.as_str();
    let after = Some(serde_json::json!({ "state": campaign.state, "why": campaign.why }).to_string());
    events::append(tx, Entry { verb, record_kind: KIND, record_id: id, subject_id: id, before, after })?;
    Ok(())
}

const COLUMNS: &str = "id, action_id, subject, preheader, format, body, variants_json, from_name, from_email, reply_to, topic, \
     utm_campaign, state, why, edited_by, approved_by, approved_at, planned_up_to, is_planned, trouble, trouble_since, \
     launched_at, ended_at, created_by, created_at, updated_at, version";

fn insert(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<()> {
    let (c, text) = (campaign, &campaign.content);
    let variants = serde_json::to_string(&text.variants)?;
    let sql = format!(
        "INSERT INTO campaigns ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
         $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)"
    );
    tx.execute(
        &sql,
        &params![
            c.id,
            c.action_id,
            text.subject,
            text.preheader,
            text.format.name(),
            text.body,
            variants,
            text.from_name,
            text.from_email,
            text.reply_to,
            text.topic,
            text.utm_campaign,
            c.state.name(),
            c.why,
            c.edited_by,
            c.approved_by,
            c.approved_at,
            c.planned_up_to,
            c.is_planned,
            c.trouble,
            c.trouble_since,
            c.launched_at,
            c.ended_at,
            c.created_by,
            c.created_at,
            c.updated_at,
            c.version
        ],
    )?;
    Ok(())
}

fn write(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<()> {
    let (c, text) = (campaign, &campaign.content);
    let variants = serde_json::to_string(&text.variants)?;
    tx.execute(
        "UPDATE campaigns SET subject = $2, preheader = $3, format = $4, body = $5, variants_json = $6, from_name = $7,
           from_email = $8, reply_to = $9, topic = $10, utm_campaign = $11, state = $12, why = $13, edited_by = $14,
           approved_by = $15, approved_at = $16, is_planned = $17, trouble = $18, trouble_since = $19, launched_at = $20,
           ended_at = $21, updated_at = $22, version = $23
         WHERE id = $1",
        &params![
            c.id, text.subject, text.preheader, text.format.name(), text.body, variants, text.from_name,
            text.from_email, text.reply_to, text.topic, text.utm_campaign, c.state.name(), c.why, c.edited_by,
            c.approved_by, c.approved_at, c.is_planned, c.trouble, c.trouble_since, c.launched_at, c.ended_at,
            c.updated_at, c.version
        ],
    )?;
    Ok(())
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Campaign> {
    let sql = format!("SELECT {COLUMNS} FROM campaigns WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

/// The campaign of an action, if it has one.
pub fn of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Option<Campaign>> {
    let sql = format!("SELECT {COLUMNS} FROM campaigns WHERE action_id = $1");
    snapshot.first(&sql, &params![action_id], read)
}

fn read(row: &platform::Row<'_>) -> Result<Campaign> {
    let (format, state) = (row.text(4)?, row.text(12)?);
    let unknown = |word: &str| Error::database(format!("a campaign cannot be {word}"));
    Ok(Campaign {
        id: row.get(0)?,
        action_id: row.get(1)?,
        content: Content {
            subject: row.get(2)?,
            preheader: row.get(3)?,
            format: Format::from_name(format).ok_or_else(|| unknown(format))?,
            body: row.get(5)?,
            variants: serde_json::from_str(row.text(6)?)?,
            from_name: row.get(7)?,
            from_email: row.get(8)?,
            reply_to: row.get(9)?,
            topic: row.get(10)?,
            utm_campaign: row.get(11)?,
        },
        state: State::from_name(state).ok_or_else(|| unknown(state))?,
        why: row.get(13)?,
        edited_by: row.get(14)?,
        approved_by: row.get(15)?,
        approved_at: row.get(16)?,
        planned_up_to: row.get(17)?,
        is_planned: row.get(18)?,
        trouble: row.get(19)?,
        trouble_since: row.get(20)?,
        launched_at: row.get(21)?,
        ended_at: row.get(22)?,
        created_by: row.get(23)?,
        created_at: row.get(24)?,
        updated_at: row.get(25)?,
        version: row.get(26)?,
    })
}
