//! The first visit: whoever installs the program makes the first user, its owner.
//!
//! Only from the machine itself, so that a stranger who finds a fresh installation first cannot take it; elsewhere the
//! page says which command to run.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use platform::auth::{self, NewUser, Role};
use platform::{By, Error};

use crate::current::theme_of;
use crate::error::{Failure, Result};
use crate::forms::{Fields, Problems};
use crate::guard::loopback;
use crate::pages::{session, settings};
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "setup/new.html")]
struct New {
    theme: &'static str,
    is_local: bool,
    fields: Fields,
    problems: Problems,
}

pub(crate) async fn new(State(app): State<App>, request: Request) -> Result {
    if !app.store.read(auth::is_empty).await? {
        return Ok(respond::redirect("/sign-in"));
    }
    let is_local = loopback::is_local(request.extensions(), request.headers());
    let theme = theme_of(request.headers()).name();
    respond::page(&New { theme, is_local, fields: Fields::default(), problems: Problems::default() })
}

pub(crate) async fn create(State(app): State<App>, request: Request) -> Result {
    let headers = request.headers().clone();
    if !loopback::is_local(request.extensions(), &headers) {
        return Err(Failure::forbidden(
            "set up the program from another machine: run `rondel user add` on its own",
        ));
    }
    let fields = <Fields as axum::extract::FromRequest<App>>::from_request(request, &app).await?;
    match first_user(&app, &fields).await? {
        Ok(user) => session::open(&app, &user, &headers, "/").await,
        Err(error) => again(&headers, fields, error),
    }
}

fn again(headers: &HeaderMap, fields: Fields, error: Error) -> Result {
    let problems = Problems::of(error)?;
    respond::invalid(&New { theme: theme_of(headers).name(), is_local: true, fields, problems })
}

async fn first_user(app: &App, fields: &Fields) -> Result<platform::Result<auth::User>> {
    if !app.store.read(auth::is_empty).await? {
        return Ok(Err(Error::Forbidden("set up a program that has users already".to_string())));
    }
    let user = NewUser {
        email: fields.get("email").to_string(),
        name: fields.get("name").to_string(),
        role: Role::Owner,
        password: fields.get("password").to_string(),
    };
    let firm = fields.trimmed("firm_name").to_string();
    app.hashing(move |store| {
        Ok(auth::create(store, By::system(), user).and_then(|user| {
            let by = By::user(&user.id);
            store.write(by, move |tx| settings::name_firm(tx, &firm)).wait()?;
            Ok(user)
        }))
    })
    .await
}
