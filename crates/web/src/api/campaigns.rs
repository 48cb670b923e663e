//! Campaigns, their messages, suppressed addresses, mail that came back: `/campaigns`, `/suppressions`, `/returned-mail`.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::act::bounces;
use cycle::act::campaigns::{self as verbs, Content, Paused};
use cycle::act::deliver;
use cycle::act::suppression::{self, About, Reason};
use platform::{Error, Snapshot, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{Asked, Body, PageAsked};
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// What an action of kind campaign sends, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Campaign {
    id: String,
    action_id: String,
    /// `draft`, `checked`, `approved`, `sending`, `paused`, `done` or `stopped`.
    state: &'static str,
    /// Why it was paused or stopped.
    why: Option<String>,
    /// What the mail server said last that holds up everybody.
    trouble: Option<String>,
    #[schema(value_type = Object)]
    content: Content,
    counts: Counts,
    /// Grows with every change; `PUT` the content with the version that you read.
    version: i64,
    created_at: Time,
    updated_at: Time,
    launched_at: Option<Time>,
    ended_at: Option<Time>,
}

/// What became of the messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignCounts)]
pub(crate) struct Counts {
    planned: i64,
    queued: i64,
    handed: i64,
    accepted: i64,
    refused: i64,
    left_out: i64,
    doubtful: i64,
    /// Accepted and not come back for good.
    delivered: i64,
    bounced: i64,
    complained: i64,
    clicked: i64,
    unsubscribed: i64,
}

fn told(s: &mut Snapshot<'_>, campaign: verbs::Campaign) -> platform::Result<Campaign> {
    let counts = verbs::counts(s, &campaign.id)?;
    Ok(Campaign {
        state: campaign.state.name(),
        why: campaign.why,
        trouble: campaign.trouble,
        content: campaign.content,
        counts: Counts {
            planned: counts.planned,
            queued: counts.queued,
            handed: counts.handed,
            accepted: counts.accepted,
            refused: counts.refused,
            left_out: counts.left_out,
            doubtful: counts.doubtful,
            delivered: counts.delivered(),
            bounced: counts.bounced,
            complained: counts.complained,
            clicked: counts.clicked,
            unsubscribed: counts.unsubscribed,
        },
        version: campaign.version,
        created_at: Time(campaign.created_at),
        updated_at: Time(campaign.updated_at),
        launched_at: campaign.launched_at.map(Time),
        ended_at: campaign.ended_at.map(Time),
        action_id: campaign.action_id,
        id: campaign.id,
    })
}

/// A new campaign of an action.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignInput)]
pub(crate) struct Stated {
    action_id: String,
    /// `subject`, `preheader`, `format` (`mjml` or `text`), `body`, `variants`, `from_name`, `from_email`, `reply_to`,
    /// `topic`, `utm_campaign`.
    #[schema(value_type = Object)]
    content: Content,
}

/// The content anew, for the version that was read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignContent)]
pub(crate) struct Changed {
    version: i64,
    #[schema(value_type = Object)]
    content: Content,
}

/// Why, where that is worth saying.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CampaignDeed)]
pub(crate) struct Deed {
    why: String,
}

/// List campaigns, the newest first.
#[utoipa::path(get, path = "/campaigns", tag = "campaigns", params(PageAsked), responses((status = 200, body = Page<Campaign>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<PageAsked>) -> Result {
    let (limit, after) = (asked.limit()?, asked.after);
    let read = app.store.read(move |s| {
        let rows = verbs::list(s, after.as_deref(), limit + 1)?;
        rows.into_iter()
            .map(|row| {
                let campaign = verbs::get(s, &row.id)?;
                told(s, campaign)
            })
            .collect::<platform::Result<Vec<_>>>()
    });
    answers::page(&Page::cut(read.await?, limit, |campaign| campaign.id.clone(), |campaign| campaign))
}

/// Begin the campaign of an action.
#[utoipa::path(post, path = "/campaigns", tag = "campaigns", request_body = Stated, responses((status = 201, body = Campaign)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let created = app.store.write(caller.by(), move |tx| {
        let campaign = verbs::create(tx, &stated.action_id, &stated.content)?;
        told(tx, campaign)
    });
    let campaign = created.await?;
    answers::stated(true, &format!("/api/v1/campaigns/{}", campaign.id), campaign.version, &campaign)
}

/// Show a campaign.
#[utoipa::path(get, path = "/campaigns/{id}", tag = "campaigns", params(("id" = String, Path)), responses((status = 200, body = Campaign)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let read = app.store.read(move |s| {
        let campaign = verbs::get(s, &id)?;
        told(s, campaign)
    });
    let campaign = read.await?;
    answers::record(StatusCode::OK, campaign.version, &campaign)
}

/// State the content anew; what was checked or approved is a draft again.
#[utoipa::path(put, path = "/campaigns/{id}/content", tag = "campaigns", params(("id" = String, Path)), request_body = Changed,
    responses((status = 200, body = Campaign)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(changed): Body<Changed>,
) -> Result {
    let write = app.store.write(caller.by(), move |tx| {
        let campaign = verbs::update(tx, &id, changed.version, &changed.content)?;
        told(tx, campaign)
    });
    let campaign = write.await?;
    answers::record(StatusCode::OK, campaign.version, &campaign)
}

async fn deed(
    app: &App,
    caller: &Writing,
    id: String,
    verb: impl Fn(&mut Tx<'_>, &str) -> platform::Result<()> + Send + 'static,
) -> Result {
    let write = app.store.write(caller.by(), move |tx| {
        verb(tx, &id)?;
        let campaign = verbs::get(tx, &id)?;
        told(tx, campaign)
    });
    let campaign = write.await?;
    answers::record(StatusCode::OK, campaign.version, &campaign)
}

/// Look at everybody whom it is for; the worker does it, and the check list says what hinders.
#[utoipa::path(post, path = "/campaigns/{id}/check", tag = "campaigns", params(("id" = String, Path)), responses((status = 200, body = Campaign)))]
pub(crate) async fn check(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    deed(&app, &caller, id, verbs::enqueue_check).await
}

/// The check list, as it was found last.
#[utoipa::path(get, path = "/campaigns/{id}/check", tag = "campaigns", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn show_check(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let read = app.store.read(move |s| {
        let campaign = verbs::get(s, &id)?;
        verbs::check_found(s, &campaign)?.ok_or_else(|| Error::missing("check list", id.clone()))
    });
    Ok(answers::json(StatusCode::OK, &read.await?))
}

/// Approve what was checked.
#[utoipa::path(post, path = "/campaigns/{id}/approval", tag = "campaigns", params(("id" = String, Path)), responses((status = 200, body = Campaign)))]
pub(crate) async fn approve(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    deed(&app, &caller, id, |tx, id| verbs::approve(tx, id).map(drop)).await
}

/// Freeze the audience, draw the arms, and let mail go out.
#[utoipa::path(post, path = "/campaigns/{id}/launch", tag = "campaigns", params(("id" = String, Path)), responses((status = 200, body = Campaign)))]
pub(crate) async fn launch(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    deed(&app, &caller, id, |tx, id| verbs::launch(tx, id).map(drop)).await
}

/// Hold it at once.
#[utoipa::path(post, path = "/campaigns/{id}/hold", tag = "campaigns", params(("id" = String, Path)), request_body = Deed,
    responses((status = 200, body = Campaign)))]
pub(crate) async fn hold(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(why): Body<Deed>,
) -> Result {
    let words = if why.why.trim().is_empty() { "by hand".to_string() } else { why.why };
    deed(&app, &caller, id, move |tx, id| verbs::pause(tx, id, Paused::ByHand(&words)).map(drop)).await
}

/// Go on where it was held.
#[utoipa::path(post, path = "/campaigns/{id}/resumption", tag = "campaigns", params(("id" = String, Path)), responses((status = 200, body = Campaign)))]
pub(crate) async fn resume(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    deed(&app, &caller, id, |tx, id| verbs::resume(tx, id).map(drop)).await
}

/// End it for good; who does not have it yet will not get it.
#[utoipa::path(post, path = "/campaigns/{id}/stop", tag = "campaigns", params(("id" = String, Path)), request_body = Deed,
    responses((status = 200, body = Campaign)))]
pub(crate) async fn stop(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(why): Body<Deed>,
) -> Result {
    deed(&app, &caller, id, move |tx, id| verbs::stop(tx, id, &why.why).map(drop)).await
}

/// A message of a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    id: String,
    person_id: String,
    /// The arm whose text the person gets.
    variant: String,
    /// `queued`, `handed`, `accepted`, `refused`, `left_out` or `doubtful`.
    state: String,
    address: Option<String>,
    reason: Option<String>,
    /// What the mail server said.
    detail: Option<String>,
    n_attempts: i64,
    ended_at: Option<Time>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessagesAsked {
    /// Only messages in this state.
    state: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    limit: Option<usize>,
}

/// List the messages of a campaign.
#[utoipa::path(get, path = "/campaigns/{id}/messages", tag = "campaigns", params(("id" = String, Path), MessagesAsked),
    responses((status = 200, body = Page<Message>)))]
pub(crate) async fn messages(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
    Asked(asked): Asked<MessagesAsked>,
) -> Result {
    let limit = PageAsked { after: None, limit: asked.limit }.limit()?;
    let read = app.store.read(move |s| {
        verbs::get(s, &id)?;
        deliver::messages(s, &id, asked.state.as_deref(), asked.after.as_deref().unwrap_or(""), limit + 1)
    });
    let told = |message: deliver::Message| Message {
        id: message.id,
        person_id: message.person_id,
        variant: message.variant,
        state: message.state,
        address: message.address,
        reason: message.reason,
        detail: message.detail,
        n_attempts: message.n_attempts,
        ended_at: message.ended_at.map(Time),
    };
    answers::page(&Page::cut(read.await?, limit, |message| message.id.clone(), told))
}

/// An address to which nothing is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suppression {
    address: String,
    /// `hard_bounce`, `complaint`, `unsubscribed` or `by_hand`.
    reason: &'static str,
    detail: Option<String>,
    created_at: Time,
}

/// An address to which nothing shall be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SuppressionInput)]
pub(crate) struct Suppressing {
    address: String,
    why: Option<String>,
}

fn suppressed(entry: suppression::Suppressed) -> Suppression {
    Suppression {
        address: entry.address,
        reason: entry.reason.name(),
        detail: entry.detail,
        created_at: Time(entry.created_at),
    }
}

/// Put an address on the list of those to which nothing is sent.
#[utoipa::path(post, path = "/suppressions", tag = "campaigns", request_body = Suppressing, responses((status = 200, body = Suppression)))]
pub(crate) async fn suppress(
    State(app): State<App>,
    caller: Writing,
    Body(asked): Body<Suppressing>,
) -> Result {
    let write = app.store.write(caller.by(), move |tx| {
        let about = About { detail: asked.why.as_deref(), ..About::default() };
        suppression::add(tx, &asked.address, Reason::ByHand, about)?;
        suppression::get(tx, &asked.address)?
            .ok_or_else(|| Error::missing(suppression::KIND, asked.address.clone()))
    });
    Ok(answers::json(StatusCode::OK, &suppressed(write.await?)))
}

/// Show why nothing is sent to an address.
#[utoipa::path(get, path = "/suppressions/{address}", tag = "campaigns", params(("address" = String, Path)),
    responses((status = 200, body = Suppression)))]
pub(crate) async fn show_suppression(
    State(app): State<App>,
    _: Caller,
    Path(address): Path<String>,
) -> Result {
    let read = app.store.read(move |s| {
        suppression::get(s, &address)?.ok_or_else(|| Error::missing(suppression::KIND, address.clone()))
    });
    Ok(answers::json(StatusCode::OK, &suppressed(read.await?)))
}

/// Take an address off the list.
#[utoipa::path(delete, path = "/suppressions/{address}", tag = "campaigns", params(("address" = String, Path)), responses((status = 204)))]
pub(crate) async fn unsuppress(
    State(app): State<App>,
    caller: Writing,
    Path(address): Path<String>,
) -> Result {
    app.store.write(caller.by(), move |tx| suppression::remove(tx, &address)).await?;
    answers::done()
}

/// What came of a mail that was handed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Taken {
    /// `hard`, `soft`, `complaint`, `auto_reply`, `unmatched` or `known`.
    outcome: &'static str,
}

/// Hand in a bounce or complaint as it came, headers and all.
#[utoipa::path(post, path = "/returned-mail", tag = "campaigns", request_body(content = String, content_type = "message/rfc822"),
    responses((status = 200, body = Taken)))]
pub(crate) async fn take_in(State(app): State<App>, caller: Writing, raw: Bytes) -> Result {
    let paths = app.options.post.return_paths();
    let raw = raw.to_vec();
    let outcome = app.store.write(caller.by(), move |tx| bounces::take_in(tx, &paths, &raw)).await?;
    Ok(answers::json(StatusCode::OK, &Taken { outcome: outcome.name() }))
}
