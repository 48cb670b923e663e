//! The editor: what a campaign says, with a preview as the person of one's choice.
//!
//! The preview is a page of its own inside a frame that may run nothing and load no script; the form posts itself there,
//! so that it works without script and shows what was not saved yet.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use cycle::act::campaigns::{self, Campaign, Content};
use cycle::act::deliver::{Composer, Recipient, sample_values};
use cycle::act::{actions, experiments, mail_rules, power, preferences, signed};
use platform::{Error, Snapshot, Tx};
use records::people::{self, Person};

use super::form::{self, content_of, fields_of};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Choice, Toast};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

/// What the preview may do in a browser: show itself and its pictures, and nothing else.
const PREVIEW_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; font-src https:; sandbox; \
     frame-ancestors 'self'";

#[derive(Template)]
#[template(path = "campaigns/edit.html")]
struct Edit {
    page: Layout,
    name: String,
    /// Where the form is posted to.
    action: String,
    back: String,
    action_id: String,
    version: i64,
    fields: Fields,
    is_letter: bool,
    format: String,
    /// Other ways to write the same: value and words of the button.
    other_ways: Vec<(&'static str, &'static str)>,
    topics: Vec<Choice>,
    arms: Vec<Arm>,
    known_fields: Vec<(&'static str, &'static str)>,
    experiment: Option<Readout>,
    problems: Problems,
}

/// An arm that may have a text of its own.
struct Arm {
    number: usize,
    name: String,
    subject: String,
    body: String,
    subject_problem: String,
    body_problem: String,
}

/// What the experiment would see, in words.
struct Readout {
    href: String,
    holdout: String,
    words: String,
    tone: &'static str,
}

/// What the editor needs to know beside what was typed.
struct Around {
    action: actions::Action,
    experiment: Option<experiments::Experiment>,
    topics: Vec<preferences::Topic>,
}

fn around(s: &mut Snapshot<'_>, action_id: &str) -> platform::Result<Around> {
    let action = actions::get(s, action_id)?;
    Ok(Around { experiment: experiments::of_action(s, action_id)?, topics: preferences::topics(s)?, action })
}

#[derive(Template)]
#[template(path = "campaigns/begin.html")]
struct Begin {
    page: Layout,
    waiting: Vec<(String, String)>,
}

/// A new campaign of an action; without one, the actions that wait for theirs.
pub(crate) async fn new(State(app): State<App>, Writer(current): Writer, query: Query) -> Result {
    let Some(action_id) = query.filled("action").map(str::to_string) else {
        let waiting = app.store.read(campaigns::actions_without).await?;
        return respond::page(&Begin { page: current.layout(Place::Campaigns, "New campaign"), waiting });
    };
    let read = app.store.read(move |s| {
        let known = campaigns::of_action(s, &action_id)?;
        Ok((around(s, &action_id)?, known, mail_rules::get(s)?))
    });
    let (around, known, rules) = read.await?;
    if let Some(campaign) = known {
        return Ok(respond::redirect(&format!("/campaigns/{}/edit", campaign.id)));
    }
    let content = Content {
        from_name: rules.from_name,
        from_email: rules.from_email,
        utm_campaign: campaigns::short_name(&around.action.name),
        ..Content::starter()
    };
    respond::page(&edit_page(&current, &around, None, fields_of(&content), Problems::default()))
}

/// The campaign of an action, or the place where it is begun.
pub(crate) async fn of_action(State(app): State<App>, _: Current, Path(action): Path<String>) -> Result {
    let wanted = action.clone();
    let known = app.store.read(move |s| campaigns::of_action(s, &wanted)).await?;
    Ok(respond::redirect(&match known {
        Some(campaign) => format!("/campaigns/{}", campaign.id),
        None => format!("/campaigns/new?action={action}"),
    }))
}

pub(crate) async fn edit(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    let read = app.store.read(move |s| {
        let campaign = campaigns::get(s, &id)?;
        Ok((around(s, &campaign.action_id)?, campaign))
    });
    let (around, campaign) = read.await?;
    let fields = fields_of(&campaign.content);
    respond::page(&edit_page(&current, &around, Some(&campaign), fields, Problems::default()))
}

fn edit_page(
    current: &Current,
    around: &Around,
    campaign: Option<&Campaign>,
    fields: Fields,
    problems: Problems,
) -> Edit {
    let address = campaign.map(|campaign| format!("/campaigns/{}", campaign.id));
    let mut topics = vec![Choice::new("", "None: only the purpose counts", fields.get("topic"))];
    topics
        .extend(around.topics.iter().map(|topic| Choice::new(&topic.key, &topic.name, fields.get("topic"))));
    Edit {
        page: current.layout(Place::Campaigns, around.action.name.as_str()),
        name: around.action.name.clone(),
        action: address.clone().unwrap_or_else(|| "/campaigns".to_string()),
        back: address.unwrap_or_else(|| "/campaigns".to_string()),
        action_id: around.action.id.clone(),
        version: campaign.map_or(0, |campaign| campaign.version),
        is_letter: form::is_letter(&fields),
        format: fields.get("format").to_string(),
        other_ways: form::other_ways(&fields),
        topics,
        arms: arms(around, &fields, &problems),
        known_fields: sample_values().to_vec(),
        experiment: around.experiment.as_ref().map(readout),
        problems,
        fields,
    }
}

/// Every arm that gets mail, where there are several.
fn arms(around: &Around, fields: &Fields, problems: &Problems) -> Vec<Arm> {
    let Some(experiment) = &around.experiment else { return Vec::new() };
    let names: Vec<&str> = experiment
        .arms
        .iter()
        .map(|arm| arm.name.as_str())
        .filter(|name| *name != experiments::HOLDOUT)
        .collect();
    if names.len() < 2 {
        return Vec::new();
    }
    let arm = |(number, name): (usize, &str)| Arm {
        number,
        name: name.to_string(),
        subject: fields.get(&format!("variants.{number}.subject")).to_string(),
        body: fields.get(&format!("variants.{number}.body")).to_string(),
        subject_problem: problems.at(&format!("variants.{number}.subject")).to_string(),
        body_problem: problems.at(&format!("variants.{number}.body")).to_string(),
    };
    names.into_iter().enumerate().map(arm).collect()
}

fn readout(experiment: &experiments::Experiment) -> Readout {
    let href = format!("/experiments/{}", experiment.id);
    let holdout = words::share(experiment.holdout_permille as f64 / 1000.0);
    let plan = power::kept(experiment).ok().flatten();
    let (told, tone) = match plan {
        None => ("Not reckoned yet whether it can answer.".to_string(), crate::parts::Tone::Warning),
        Some(plan) => match plan.answer {
            power::Answer::Yes => (
                "It would see the effect you expect, four times out of five.".to_string(),
                crate::parts::Tone::Good,
            ),
            power::Answer::No => (plan.shortage(), crate::parts::Tone::Warning),
            power::Answer::NoExpectation => (
                "Say at the action what you expect of one customer.".to_string(),
                crate::parts::Tone::Warning,
            ),
            power::Answer::CannotTell => {
                (format!("Nothing can be reckoned: {}.", plan.hindrance()), crate::parts::Tone::Warning)
            }
        },
    };
    Readout { href, holdout, words: told, tone: tone.class() }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let action_id = fields.get("action_id").to_string();
    save(&app, &current, fields, None, move |tx, content| campaigns::create(tx, &action_id, content)).await
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let version = fields.get("version").parse().unwrap_or(0);
    let wanted = id.clone();
    save(&app, &current, fields, Some(id), move |tx, content| {
        campaigns::update(tx, &wanted, version, content)
    })
    .await
}

/// Keeps what was written, or shows it again with what is wrong.
async fn save(
    app: &App,
    current: &Current,
    fields: Fields,
    id: Option<String>,
    verb: impl Fn(&mut Tx<'_>, &Content) -> platform::Result<Campaign> + Send + 'static,
) -> Result {
    if let Some(way) = fields.filled("as") {
        let other = form::rewritten(&fields, way);
        return respond::page(&drawn(app, current, other, id, Problems::default()).await?);
    }
    let (content, is_new) = (content_of(&fields), id.is_none());
    let stored = match form::checked(&fields) {
        Err(error) => Err(error),
        Ok(()) => {
            let write = move |tx: &mut Tx<'_>| {
                let campaign = verb(tx, &content)?;
                Ok((changes::of_newest(tx, &campaign.id)?, campaign))
            };
            app.store.write(current.by(), write).await
        }
    };
    match stored {
        Ok((undo, campaign)) => {
            let toast = Toast::done("The text is saved");
            let toast = if is_new { toast } else { toast.undo(undo) };
            Ok(respond::redirect_with(&format!("/campaigns/{}", campaign.id), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&drawn(app, current, fields, id, problems).await?)
        }
    }
}

/// The editor with what was typed.
async fn drawn(
    app: &App,
    current: &Current,
    fields: Fields,
    id: Option<String>,
    problems: Problems,
) -> Result<Edit> {
    let action_id = fields.get("action_id").to_string();
    let read = app.store.read(move |s| {
        let campaign = id.map(|id| campaigns::get(s, &id)).transpose()?;
        let action_id = campaign.as_ref().map_or(action_id, |campaign| campaign.action_id.clone());
        Ok((around(s, &action_id)?, campaign))
    });
    let (around, campaign) = read.await?;
    Ok(edit_page(current, &around, campaign.as_ref(), fields, problems))
}

#[derive(Template)]
#[template(path = "campaigns/preview.html")]
struct Preview {
    subject: String,
    to: String,
    html: Option<String>,
    text: String,
    problems: Vec<String>,
}

/// The mail as one person would get it, from what stands in the form now.
pub(crate) async fn preview(State(app): State<App>, _: Current, fields: Fields) -> Result {
    let base_url = app.options.post.base_url().to_string();
    let content = content_of(&fields);
    let (action_id, arm) = (fields.get("action_id").to_string(), fields.get("preview_arm").to_string());
    let (typed, wants_text) = (fields.trimmed("preview_as").to_string(), fields.ticked("preview_text"));
    let rendered = app.store.write(platform::By::system(), move |tx| {
        let key = signed::Key::ensure(tx)?;
        let person = somebody(tx, &action_id, &typed)?;
        let campaign = campaigns::draft_for_preview(tx, &action_id, &content)?;
        let composer = match Composer::compile(tx, &campaign, key, &base_url) {
            Ok(composer) => composer,
            Err(Error::Invalid(problems)) => {
                return Ok(Err(problems.into_iter().map(|p| p.message).collect()));
            }
            Err(other) => return Err(other),
        };
        let company = match &person.company_id {
            Some(id) => Some(records::companies::get(tx, id)?.name),
            None => None,
        };
        let to = Recipient {
            person: &person,
            company: company.as_deref(),
            arm: &arm,
            message_id: "msg_preview",
            now: tx.now(),
        };
        Ok(match composer.render(to) {
            Ok(mail) => Ok((mail, person.name.clone())),
            Err(fault) => Err(vec![format!("For {}: {fault}", person.name)]),
        })
    });
    let preview = match rendered.await? {
        Ok((mail, to)) => Preview {
            subject: mail.subject,
            to,
            html: mail.html.filter(|_| !wants_text),
            text: mail.text,
            problems: Vec::new(),
        },
        Err(problems) => {
            Preview { subject: String::new(), to: String::new(), html: None, text: String::new(), problems }
        }
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, PREVIEW_POLICY),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ];
    Ok((headers, respond::page(&preview)?).into_response())
}

/// The person who was typed; else somebody of the audience; else somebody made up.
fn somebody(s: &mut Snapshot<'_>, action_id: &str, typed: &str) -> platform::Result<Person> {
    if let Some(person) = people::search(s, typed, 1)?.pop() {
        return Ok(person);
    }
    if !typed.is_empty() {
        return Err(Error::invalid("preview_as", format!("nobody is called “{typed}”")));
    }
    let action = actions::get(s, action_id)?;
    if let Some(id) = &action.segment_id {
        let segment = cycle::act::segments::get(s, id)?;
        if let Some(person) = people::matching_after(s, &segment.filter, "", 1)?.pop() {
            return Ok(person);
        }
    }
    Ok(Person {
        id: "per_nobody".to_string(),
        name: "Ada Example".to_string(),
        given_name: Some("Ada".to_string()),
        family_name: Some("Example".to_string()),
        email: Some("ada@example.com".to_string()),
        ..Person::default()
    })
}
