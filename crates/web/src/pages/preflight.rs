//! Preflight: the purposes for which people are written to, and what in the law allows each.

use askama::Template;
use axum::extract::{Path, State};
use cycle::plan::preflight::{self, Input, LawfulBasis, Purpose};
use platform::{auth, events};

use super::turn::tabs;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Choice, Moment, Tab, Toast};
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "preflight/show.html")]
struct Show {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    purposes: Vec<Card>,
    fields: Fields,
    problems: Problems,
}

struct Card {
    purpose: Purpose,
    basis: &'static str,
    meaning: &'static str,
    stated: Option<(String, Moment)>,
    choices: Vec<Choice>,
    /// What was typed and refused here.
    fields: Fields,
    problems: Problems,
    is_open: bool,
}

/// The basis in a few words, and what it means.
fn in_words(basis: LawfulBasis) -> (&'static str, &'static str) {
    match basis {
        LawfulBasis::Consent => ("Consent", "Only people who said yes to this purpose are written to."),
        LawfulBasis::Contract => ("Contract", "It is needed to do what was agreed with the customer."),
        LawfulBasis::LegalObligation => ("Legal obligation", "A law demands it."),
        LawfulBasis::VitalInterests => ("Vital interests", "It protects somebody’s life."),
        LawfulBasis::PublicTask => ("Public task", "It is done in the public interest."),
        LawfulBasis::LegitimateInterests => {
            ("Legitimate interests", "Your interest was weighed against the customer’s, and they can say no.")
        }
    }
}

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    respond::page(&draw(&app, &current, "", Fields::default(), Problems::default()).await?)
}

/// `at` is the key of the purpose in whose form the typed fields and their problems belong; empty for the new one.
async fn draw(app: &App, current: &Current, at: &str, fields: Fields, problems: Problems) -> Result<Show> {
    let found = app.store.read(|s| Ok((preflight::list(s)?, auth::list(s)?)));
    let (purposes, users) = found.await?;
    let card = |purpose: Purpose| {
        let is_here = purpose.key == at;
        let fields = if is_here { fields.clone() } else { fields_of(&purpose) };
        let (basis, meaning) = purpose
            .lawful_basis
            .map_or(("not stated", "Nothing goes out for this purpose until it is stated."), in_words);
        let mut choices = vec![Choice::new("", "Not stated", fields.get("lawful_basis"))];
        choices.extend(
            LawfulBasis::ALL
                .iter()
                .map(|one| Choice::new(one.name(), in_words(*one).0, fields.get("lawful_basis"))),
        );
        let by = users.iter().find(|user| Some(&user.id) == purpose.stated_by.as_ref());
        let by = by.map_or_else(|| "the command line".to_string(), |user| user.name.clone());
        Card {
            stated: purpose.stated_at.map(|at| (by, words::moment(at, app.store.now(), current.zone()))),
            basis,
            meaning,
            choices,
            fields,
            problems: if is_here { problems.clone() } else { Problems::default() },
            is_open: is_here,
            purpose,
        }
    };
    let purposes = purposes.into_iter().map(card).collect();
    let is_new = at.is_empty();
    Ok(Show {
        page: current.layout(Place::Turn, "Preflight"),
        tabs: tabs("/preflight"),
        may_write: current.may_write(),
        purposes,
        fields: if is_new { fields } else { Fields::default() },
        problems: if is_new { problems } else { Problems::default() },
    })
}

fn fields_of(purpose: &Purpose) -> Fields {
    Fields::of(&[
        ("name", &purpose.name),
        ("lawful_basis", purpose.lawful_basis.map_or("", LawfulBasis::name)),
        ("reason", purpose.reason.as_deref().unwrap_or_default()),
        ("dpia_note", purpose.dpia_note.as_deref().unwrap_or_default()),
    ])
}

fn read(fields: &Fields) -> Input {
    Input {
        name: fields.get("name").to_string(),
        lawful_basis: LawfulBasis::from_name(fields.get("lawful_basis")),
        reason: fields.filled("reason").map(str::to_string),
        dpia_note: fields.filled("dpia_note").map(str::to_string),
    }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let (key, input) = (fields.get("key").to_string(), read(&fields));
    match app.store.write(current.by(), move |tx| preflight::create(tx, &key, &input)).await {
        Ok(kept) => Ok(respond::redirect_with("/preflight", Toast::done(format!("{} added", kept.name)))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, "", fields, problems).await?)
        }
    }
}

pub(crate) async fn state(
    State(app): State<App>,
    Writer(current): Writer,
    Path(key): Path<String>,
    fields: Fields,
) -> Result {
    let (input, wanted) = (read(&fields), key.clone());
    let version = fields.get("version").parse().unwrap_or_default();
    let kept = app.store.write(current.by(), move |tx| {
        let kept = preflight::state(tx, &wanted, version, &input)?;
        let newest = events::timeline(tx, &wanted, None, 1)?.pop();
        Ok((kept, newest.map(|event| changes::address_of(&event.id)).unwrap_or_default()))
    });
    match kept.await {
        Ok((kept, undo)) => {
            let done = Toast::done(format!("{} stated", kept.name)).undo(undo);
            Ok(respond::redirect_with("/preflight", done))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, &key, fields, problems).await?)
        }
    }
}
