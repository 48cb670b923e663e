//! Settings of mail: where it goes, the firm's rules for all of it, topics that people can choose, a mail to try with.

use askama::Template;
use axum::extract::State;
use cycle::act::deliver::{self, Try};
use cycle::act::mail_rules::{self, Rules};
use cycle::act::preferences::{self, Topic};
use cycle::plan::preflight;
use platform::error::Problem;
use platform::{Error, Snapshot};

use super::settings::tabs;
use crate::current::{Administrator, Current};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Choice, Moment, Tab, Toast};
use crate::respond;
use crate::state::App;
use crate::words;

#[derive(Template)]
#[template(path = "settings/mail.html")]
struct Page {
    page: Layout,
    tabs: Vec<Tab>,
    destination: String,
    is_outbox: bool,
    dns: Option<(String, String)>,
    fields: Fields,
    topics: Vec<Topic>,
    purposes: Vec<Choice>,
    last_try: Option<(Moment, Try)>,
    problems: Problems,
}

fn fields_of(rules: &Rules) -> Fields {
    let hour = |hour: Option<i64>| hour.map(|hour| hour.to_string()).unwrap_or_default();
    Fields::of(&[
        ("from_name", &rules.from_name),
        ("from_email", &rules.from_email),
        ("postal_address", &rules.postal_address),
        ("approval_above", &rules.approval_above.to_string()),
        ("most_in_7_days", &rules.most_in_7_days.to_string()),
        ("quiet_from", &hour(rules.quiet_from)),
        ("quiet_until", &hour(rules.quiet_until)),
    ])
}

/// The rules as they were typed, on top of what the form does not hold.
fn rules_of(fields: &Fields, before: Rules) -> platform::Result<Rules> {
    let mut problems = Vec::new();
    let mut whole = |name: &str| match fields.filled(name).map(str::parse::<i64>) {
        None => None,
        Some(Ok(number)) => Some(number),
        Some(Err(_)) => {
            let message = format!("“{}” is no whole number", fields.trimmed(name));
            problems.push(Problem { field: name.to_string(), message });
            None
        }
    };
    let rules = Rules {
        from_name: fields.trimmed("from_name").to_string(),
        from_email: fields.trimmed("from_email").to_string(),
        postal_address: fields.trimmed("postal_address").to_string(),
        approval_above: whole("approval_above").unwrap_or(before.approval_above),
        most_in_7_days: whole("most_in_7_days").unwrap_or(before.most_in_7_days),
        quiet_from: whole("quiet_from"),
        quiet_until: whole("quiet_until"),
        ..before
    };
    if problems.is_empty() { Ok(rules) } else { Err(Error::Invalid(problems)) }
}

pub(crate) async fn show(State(app): State<App>, Administrator(current): Administrator) -> Result {
    respond::page(&page(&app, &current, None, Problems::default()).await?)
}

async fn page(app: &App, current: &Current, typed: Option<Fields>, problems: Problems) -> Result<Page> {
    let read = |s: &mut Snapshot<'_>| {
        Ok((
            mail_rules::get(s)?,
            preferences::topics(s)?,
            preflight::list(s)?,
            deliver::last_try(s)?,
            s.now(),
        ))
    };
    let (rules, topics, purposes, last_try, now) = app.store.read(read).await?;
    let post = &app.options.post;
    Ok(Page {
        page: current.layout(Place::Settings, "Mail"),
        tabs: tabs(current, "/settings/mail"),
        destination: post.destination(),
        is_outbox: post.is_outbox(),
        dns: post.dns_record(),
        fields: typed.unwrap_or_else(|| fields_of(&rules)),
        topics,
        purposes: purposes
            .iter()
            .map(|purpose| Choice::new(&purpose.key, &purpose.name, "marketing"))
            .collect(),
        last_try: last_try.map(|last| (words::moment(last.at, now, current.zone()), last)),
        problems,
    })
}

pub(crate) async fn update(
    State(app): State<App>,
    Administrator(current): Administrator,
    fields: Fields,
) -> Result {
    let typed = fields.clone();
    let done = app.store.write(current.by(), move |tx| {
        let rules = rules_of(&typed, mail_rules::get(tx)?)?;
        mail_rules::set(tx, &rules)
    });
    match done.await {
        Ok(()) => Ok(respond::redirect_with("/settings/mail", Toast::done("Settings of mail saved"))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, Some(fields), problems).await?)
        }
    }
}

/// Sends a few words to an address, so that the settings are tried.
pub(crate) async fn test(
    State(app): State<App>,
    Administrator(current): Administrator,
    fields: Fields,
) -> Result {
    let to = fields.trimmed("to").to_string();
    let wanted = to.clone();
    match app.store.write(current.by(), move |tx| deliver::enqueue_settings_test(tx, &wanted)).await {
        Ok(()) => {
            let text = format!("A test goes to {to}; load this page again to see how it went");
            Ok(respond::redirect_with("/settings/mail", Toast::done(text)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, None, problems).await?)
        }
    }
}

/// Adds a topic that people can choose, or states it anew.
pub(crate) async fn state_topic(
    State(app): State<App>,
    Administrator(current): Administrator,
    fields: Fields,
) -> Result {
    let topic = Topic {
        key: fields.trimmed("key").to_string(),
        name: fields.trimmed("topic_name").to_string(),
        description: fields.trimmed("topic_description").to_string(),
        purpose: fields.trimmed("topic_purpose").to_string(),
        is_listed: fields.ticked("is_listed"),
    };
    match app.store.write(current.by(), move |tx| preferences::state_topic(tx, &topic)).await {
        Ok(topic) => {
            Ok(respond::redirect_with("/settings/mail", Toast::done(format!("{} saved", topic.name))))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, None, problems).await?)
        }
    }
}
