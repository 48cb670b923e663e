//! Signing in and out.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse};
use platform::clock::{DAY, SECOND};
use platform::{By, auth, limits, settings};
use serde::Deserialize;

use crate::current::{SESSION_COOKIE, cookie, theme_of};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "session/new.html")]
struct New {
    theme: &'static str,
    firm: String,
    email: String,
    next: String,
    problems: Problems,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    next: String,
}

pub(crate) async fn new(State(app): State<App>, Query(wanted): Query<Wanted>, headers: HeaderMap) -> Result {
    if app.store.read(auth::is_empty).await? {
        return Ok(respond::redirect("/setup"));
    }
    respond::page(&form(&app, &headers, String::new(), wanted.next, Problems::default()).await?)
}

async fn form(
    app: &App,
    headers: &HeaderMap,
    email: String,
    next: String,
    problems: Problems,
) -> Result<New> {
    let firm = app.store.read(|snapshot| settings::get(snapshot, settings::FIRM_NAME)).await?;
    Ok(New { theme: theme_of(headers).name(), firm: firm.unwrap_or_default(), email, next, problems })
}

pub(crate) async fn create(State(app): State<App>, headers: HeaderMap, fields: Fields) -> Result {
    let (email, password) = (fields.get("email").to_string(), fields.get("password").to_string());
    let attempt = app.hashing(move |store| Ok(auth::sign_in(store, &email, &password))).await?;
    let user = match attempt {
        Ok(user) => user,
        Err(error) => {
            let problems = Problems::of(error)?;
            let (email, next) = (fields.get("email").to_string(), fields.get("next").to_string());
            return respond::invalid(&form(&app, &headers, email, next, problems).await?);
        }
    };
    open(&app, &user, &headers, fields.get("next")).await
}

/// Opens a session and sends the visitor on. A session of before ends, so that nobody can plant one.
pub(crate) async fn open(app: &App, user: &auth::User, headers: &HeaderMap, next: &str) -> Result {
    let before = cookie(headers, SESSION_COOKIE).map(str::to_string);
    let id = user.id.clone();
    let token = app.store.write(By::user(&user.id), move |tx| {
        if let Some(before) = &before {
            auth::close(tx, before)?;
        }
        auth::open(tx, &id)
    });
    let age_seconds = limits::SESSION_DAYS * DAY / SECOND;
    let cookie = session_cookie(app, &token.await?, age_seconds);
    let next = if respond::is_own_path(next) { next } else { "/" };
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), respond::redirect(next)).into_response())
}

pub(crate) async fn destroy(State(app): State<App>, headers: HeaderMap) -> Result {
    if let Some(token) = cookie(&headers, SESSION_COOKIE).map(str::to_string) {
        app.store.write(By::system(), move |tx| auth::close(tx, &token)).await?;
    }
    let gone = session_cookie(&app, "", 0);
    Ok((AppendHeaders([(header::SET_COOKIE, gone)]), respond::redirect("/sign-in")).into_response())
}

fn session_cookie(app: &App, token: &str, age_seconds: i64) -> String {
    let secure = if app.options.https { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={age_seconds}; HttpOnly; SameSite=Lax{secure}")
}
