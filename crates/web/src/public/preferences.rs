//! The preference centre: which mails, about what, how often, or none at all.
//!
//! A box that nobody touched changes nothing: that it was ticked when the page was opened is no consent.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use cycle::act::preferences::{self, Choice as Chosen, Wishes};
use cycle::act::signed::Use;
use platform::{By, Error};
use records::consents;
use serde::Deserialize;

use super::{DeadEnd, Frame, Reader};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::parts::Choice;
use crate::respond;
use crate::state::App;

/// How often, as the page offers it. **Units:** mails in 30 days.
const OFTEN: [(i64, &str); 4] = [
    (1, "At most one mail a month"),
    (2, "At most two a month"),
    (4, "At most one a week"),
    (8, "At most two a week"),
];

#[derive(Template)]
#[template(path = "public/preferences.html")]
struct Page {
    frame: Frame,
    address: String,
    action: String,
    purposes: Vec<Box>,
    topics: Vec<Box>,
    channels: Vec<Box>,
    often: Vec<Choice>,
    /// Why nothing is sent whatever is ticked; empty where mail is sent.
    silence: &'static str,
    is_saved: bool,
    problems: Problems,
}

/// A box to tick.
struct Box {
    /// Field name and key, in one: `purpose:marketing`.
    name: String,
    label: String,
    hint: String,
    ticked: bool,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    saved: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result {
    let is_saved = asked.saved == "1";
    let found = read(&app, headers, token, Problems::default(), is_saved).await?;
    match found {
        Ok(page) => respond::page(&page).map(super::quiet),
        Err((why, frame)) => why.page(frame),
    }
}

pub(crate) async fn update(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result {
    let here = format!("{}/{token}?saved=1", Use::Preferences.path());
    let link = token.clone();
    let written = app.store.write(By::system(), move |tx| {
        let now = tx.now();
        let reader = match super::reader(tx, Use::Preferences, &link, now)? {
            Ok(reader) => reader,
            Err(why) => return Ok(Err(why)),
        };
        let origin = reader.campaign_id.as_deref().map(preferences::origin_of);
        let origin = origin.as_deref().unwrap_or("preference centre");
        if fields.get("everything") == "1" {
            preferences::unsubscribe_from_everything(tx, &reader.person_id, origin)?;
        } else {
            preferences::choose(tx, &reader.person_id, &chosen(&fields)?, origin)?;
        }
        Ok(Ok(()))
    });
    match written.await {
        Ok(Ok(())) => Ok(super::quiet(respond::redirect(&here))),
        Ok(Err(why)) => super::dead_end(&app, &headers, why).await,
        Err(error) => match read(&app, headers, token, Problems::of(error)?, false).await? {
            Ok(page) => respond::invalid(&page).map(super::quiet),
            Err((why, frame)) => why.page(frame),
        },
    }
}

async fn read(
    app: &App,
    headers: HeaderMap,
    token: String,
    problems: Problems,
    is_saved: bool,
) -> Result<std::result::Result<Page, (DeadEnd, Frame)>> {
    let now = app.clock().now();
    let found = app.store.read(move |snapshot| {
        let frame = super::frame(snapshot, &headers)?;
        Ok(match super::reader(snapshot, Use::Preferences, &token, now)? {
            Ok(reader) => {
                let wishes = preferences::of_person(snapshot, &reader.person_id)?;
                let action = format!("{}/{token}", Use::Preferences.path());
                Ok(Page { is_saved, problems, ..page(frame, &reader, wishes, action) })
            }
            Err(why) => Err((why, frame)),
        })
    });
    Ok(found.await?)
}

fn page(frame: Frame, reader: &Reader, wishes: Wishes, action: String) -> Page {
    // Who gets nothing has nothing ticked, so that ticking says something.
    let gets_mail = wishes.suppressed.is_none();
    let purpose = |(purpose, state): &(String, Option<consents::State>)| Box {
        name: format!("purpose:{purpose}"),
        label: super::purpose_in_words(purpose),
        hint: String::new(),
        ticked: gets_mail && *state != Some(consents::State::Denied),
    };
    let topic = |(topic, wanted): &(preferences::Topic, bool)| Box {
        name: format!("topic:{}", topic.key),
        label: topic.name.clone(),
        hint: topic.description.clone(),
        ticked: gets_mail && *wanted,
    };
    let channel = |(purpose, channel, allowed): &(String, String, bool)| Box {
        name: format!("channel:{channel}:{purpose}"),
        label: format!("{} by {channel}", super::purpose_in_words(purpose)),
        hint: String::new(),
        ticked: *allowed,
    };
    let most = wishes.most_in_30_days;
    let mut often = vec![Choice {
        value: String::new(),
        label: "Whenever there is something".into(),
        chosen: most.is_none(),
    }];
    often.extend(OFTEN.iter().map(|(n, words)| Choice {
        value: n.to_string(),
        label: (*words).to_string(),
        chosen: most == Some(*n),
    }));
    if let Some(own) = most.filter(|most| !OFTEN.iter().any(|(n, _)| n == most)) {
        often.push(Choice {
            value: own.to_string(),
            label: format!("At most {own} in 30 days"),
            chosen: true,
        });
    }
    Page {
        frame,
        address: reader.address.clone(),
        action,
        purposes: wishes.purposes.iter().map(purpose).collect(),
        topics: wishes.topics.iter().map(topic).collect(),
        channels: wishes.other_channels.iter().map(channel).collect(),
        often,
        silence: silence(&wishes),
        is_saved: false,
        problems: Problems::default(),
    }
}

/// Why nothing is sent at all.
fn silence(wishes: &Wishes) -> &'static str {
    use cycle::act::suppression::Reason;
    match wishes.suppressed {
        None if wishes.email.is_none() => "We have no e-mail address of yours, so you get no mail from us.",
        None => "",
        Some(Reason::HardBounce) => {
            "Mail to your address came back as undeliverable, so we send none. Answer one of our mails to tell us that it works."
        }
        Some(_) => "You get no mail from us at all. Tick what you want to get again, and save.",
    }
}

/// What was changed: boxes that are not as they were when the page was shown.
fn chosen(fields: &Fields) -> platform::Result<Chosen> {
    let mut chosen = Chosen::default();
    for shown in fields.all("shown") {
        let Some((name, before)) = shown.rsplit_once('=') else { continue };
        let wanted = !fields.get(name).is_empty();
        if wanted == (before == "1") {
            continue;
        }
        match name.split_once(':') {
            Some(("purpose", key)) => chosen.purposes.push((key.to_string(), wanted)),
            Some(("topic", key)) => chosen.topics.push((key.to_string(), wanted)),
            Some(("channel", rest)) => {
                let Some((channel, purpose)) = rest.split_once(':') else { continue };
                chosen.other_channels.push((purpose.to_string(), channel.to_string(), wanted));
            }
            _ => {}
        }
    }
    if fields.all("often").next().is_some() {
        let most = fields.get("often");
        let number =
            || most.parse().map_err(|_| Error::invalid("most_in_30_days", "choose one of the answers"));
        chosen.most_in_30_days = Some(if most.is_empty() { None } else { Some(number()?) });
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_box_that_was_touched_says_something() {
        let fields = Fields::of(&[
            ("shown", "purpose:marketing=1"),
            ("shown", "purpose:survey=1"),
            ("shown", "topic:chairs=0"),
            ("shown", "topic:tables=0"),
            ("purpose:marketing", "1"),
            ("topic:chairs", "1"),
            ("shown", "channel:phone:marketing=1"),
            ("often", "4"),
        ]);
        let said = chosen(&fields).unwrap();
        assert_eq!(said.purposes, [("survey".to_string(), false)]);
        assert_eq!(said.other_channels, [("marketing".to_string(), "phone".to_string(), false)]);
        assert_eq!(said.topics, [("chairs".to_string(), true)]);
        assert_eq!(said.most_in_30_days, Some(Some(4)));
    }

    #[test]
    fn what_is_typed_by_hand_is_refused_and_does_no_harm() {
        assert!(chosen(&Fields::of(&[("often", "lots")])).is_err());
        let odd = Fields::of(&[("shown", "x"), ("shown", "a:b=1"), ("shown", "=1"), ("often", "")]);
        assert_eq!(chosen(&odd).unwrap(), Chosen { most_in_30_days: Some(None), ..Chosen::default() });
    }
}
