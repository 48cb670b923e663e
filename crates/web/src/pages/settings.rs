//! Settings of the firm (name, currency, time zone, country) and of the visitor (colours, password).

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse};
use platform::error::Problem;
use platform::{Error, Snapshot, Tx, auth, settings};
use records::values::{country::Country, currency::Currency};

use crate::current::{Administrator, Current};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place, Theme};
use crate::parts::{Choice, Tab, Toast};
use crate::respond;
use crate::state::App;

/// Longest name of a firm, in characters.
const FIRM_NAME_CHARACTERS: usize = 120;

#[derive(Template)]
#[template(path = "settings/show.html")]
struct Show {
    page: Layout,
    tabs: Vec<Tab>,
    may_administer: bool,
    firm_name: String,
    currencies: Vec<Choice>,
    time_zones: Vec<Choice>,
    countries: Vec<Choice>,
    problems: Problems,
}

/// The tabs that all pages of the settings share.
pub(crate) fn tabs(current: &Current, here: &str) -> Vec<Tab> {
    let mut tabs = vec![("General", "/settings"), ("API tokens", "/settings/tokens")];
    if current.may_administer() {
        tabs.extend([("Mail", "/settings/mail"), ("Users", "/settings/users"), ("Jobs", "/settings/jobs")]);
    }
    tabs.into_iter()
        .map(|(label, href)| Tab {
            label: label.into(),
            href: href.into(),
            current: href == here,
            count: None,
        })
        .collect()
}

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let fields = app.store.read(present).await?;
    respond::page(&filled(&current, &fields, Problems::default()))
}

/// The settings as the fields of their form.
fn present(snapshot: &mut Snapshot<'_>) -> platform::Result<Fields> {
    let mut value = |name| Ok::<_, Error>(settings::get::<String>(snapshot, name)?.unwrap_or_default());
    Ok(Fields::of(&[
        ("firm_name", &value(settings::FIRM_NAME)?),
        ("currency", &value(settings::CURRENCY)?),
        ("time_zone", &value(settings::TIME_ZONE)?),
        ("default_country", &value(settings::DEFAULT_COUNTRY)?),
    ]))
}

fn filled(current: &Current, fields: &Fields, problems: Problems) -> Show {
    let zone = fields.filled("time_zone").unwrap_or("UTC");
    let (currency, country) = (fields.get("currency"), fields.get("default_country"));
    let mut currencies = vec![Choice::new("", "Not set: euro is assumed", currency)];
    let mut countries = vec![Choice::new("", "Not set: numbers must say it", country)];
    currencies.extend(
        Currency::all().map(|c| Choice::new(c.code(), &format!("{} · {}", c.code(), c.name()), currency)),
    );
    countries.extend(Country::all().map(|c| Choice::new(c.alpha2(), c.name(), country)));
    countries[1..].sort_by(|a, b| a.label.cmp(&b.label));
    Show {
        page: current.layout(Place::Settings, "Settings"),
        tabs: tabs(current, "/settings"),
        may_administer: current.may_administer(),
        firm_name: fields.get("firm_name").to_string(),
        currencies,
        time_zones: zones().map(|name| Choice::new(&name, &name, zone)).collect(),
        countries,
        problems,
    }
}

/// The names of time zones that a form offers.
pub(crate) fn zones() -> impl Iterator<Item = String> {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    names.filter(|name| name.contains('/') && !name.starts_with("Etc/") || name == "UTC")
}

pub(crate) async fn update(
    State(app): State<App>,
    Administrator(current): Administrator,
    fields: Fields,
) -> Result {
    let wanted = fields.clone();
    let done = app.store.write(current.by(), move |tx| change(tx, &wanted)).await;
    match done {
        Ok(()) => Ok(respond::redirect_with("/settings", Toast::done("Settings saved"))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&filled(&current, &fields, problems))
        }
    }
}

fn change(tx: &mut Tx<'_>, fields: &Fields) -> platform::Result<()> {
    let mut problems = Vec::new();
    let mut refuse = |field: &str, message: String| problems.push(Problem { field: field.into(), message });
    let (currency, country) = (fields.trimmed("currency"), fields.trimmed("default_country"));
    let zone = fields.filled("time_zone").unwrap_or("UTC");
    if !currency.is_empty() && Currency::from_code(currency).is_none() {
        refuse("currency", format!("“{currency}” is no currency"));
    }
    if !country.is_empty() && Country::from_alpha2(country).is_none() {
        refuse("default_country", format!("“{country}” is no country"));
    }
    if jiff::tz::db().get(zone).is_err() {
        refuse("time_zone", format!("“{zone}” is no time zone"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let before = records::orders::workspace_currency(tx)?;
    settings::set_text(tx, settings::CURRENCY, Some(currency).filter(|v| !v.is_empty()))?;
    if records::orders::workspace_currency(tx)? != before {
        cycle::process::recount::enqueue(tx)?;
    }
    settings::set_text(tx, settings::DEFAULT_COUNTRY, Some(country).filter(|v| !v.is_empty()))?;
    settings::set_text(tx, settings::TIME_ZONE, Some(zone))?;
    name_firm(tx, fields.trimmed("firm_name"))
}

/// Gives the firm its name; an empty one leaves the program's own.
pub(crate) fn name_firm(tx: &mut Tx<'_>, name: &str) -> platform::Result<()> {
    if name.chars().count() > FIRM_NAME_CHARACTERS {
        let message = format!("may have at most {FIRM_NAME_CHARACTERS} characters");
        return Err(Error::invalid("firm_name", message));
    }
    settings::set_text(tx, settings::FIRM_NAME, Some(name).filter(|name| !name.is_empty()))
}

pub(crate) async fn choose_theme(State(app): State<App>, current: Current, fields: Fields) -> Result {
    let (id, theme) = (current.user().id.clone(), fields.get("theme").to_string());
    let name = Theme::from_name(&theme).name();
    app.store.write(current.by(), move |tx| auth::set_theme(tx, &id, &theme)).await?;
    let cookie = format!("{}={name}; Path=/; Max-Age=31536000; SameSite=Lax", Theme::COOKIE);
    let back = Some(fields.get("back")).filter(|path| respond::is_own_path(path)).unwrap_or("/settings");
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), respond::redirect(back)).into_response())
}

pub(crate) async fn change_password(State(app): State<App>, current: Current, fields: Fields) -> Result {
    let (by, user) = (current.by(), current.user().clone());
    let (old, new) = (fields.get("old_password").to_string(), fields.get("password").to_string());
    let done = app.hashing(move |store| {
        if let Err(Error::Invalid(_)) = auth::sign_in(store, &user.email, &old) {
            return Ok(Err(Error::invalid("old_password", "this is not your password")));
        }
        Ok(auth::set_password(store, by, &user.id, &new))
    });
    match done.await? {
        Ok(()) => Ok(respond::redirect("/sign-in")),
        Err(error) => {
            let problems = Problems::of(error)?;
            let fields = app.store.read(present).await?;
            respond::invalid(&filled(&current, &fields, problems))
        }
    }
}
