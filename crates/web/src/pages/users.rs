//! Who may come in and what they may do.

use askama::Template;
use axum::extract::{Path, State};
use platform::auth::{self, NewUser, Role, User};
use platform::{Error, random};

use crate::current::{Administrator, Current};
use crate::error::{Failure, Result};
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Choice, Tab, Toast};
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "users/index.html")]
struct Index {
    page: Layout,
    tabs: Vec<Tab>,
    users: Vec<Line>,
    roles: Vec<Choice>,
    fields: Fields,
    problems: Problems,
}

struct Line {
    user: User,
    since: String,
    is_self: bool,
    /// May be changed by this visitor: an administrator does not command an owner.
    may_change: bool,
    roles: Vec<Choice>,
}

pub(crate) async fn index(State(app): State<App>, Administrator(current): Administrator) -> Result {
    respond::page(&list(&app, &current, Fields::default(), Problems::default()).await?)
}

async fn list(app: &App, current: &Current, fields: Fields, problems: Problems) -> Result<Index> {
    let users = app.store.read(auth::list).await?;
    let wanted = if fields.get("role").is_empty() { "member" } else { fields.get("role") };
    Ok(Index {
        page: current.layout(Place::Settings, "Users"),
        tabs: super::settings::tabs(current, "/settings/users"),
        roles: roles(current, wanted),
        users: users.into_iter().map(|user| line(current, user)).collect(),
        fields,
        problems,
    })
}

fn line(current: &Current, user: User) -> Line {
    Line {
        since: platform::clock::in_words(user.created_at).chars().take(10).collect(),
        is_self: user.id == current.user().id,
        may_change: user.role <= current.user().role,
        roles: roles(current, user.role.name()),
        user,
    }
}

/// Roles that this visitor may give: none above the own.
fn roles(current: &Current, chosen: &str) -> Vec<Choice> {
    [Role::Reader, Role::Member, Role::Administrator, Role::Owner]
        .into_iter()
        .filter(|role| *role <= current.user().role)
        .map(|role| Choice::new(role.name(), role.name(), chosen))
        .collect()
}

pub(crate) async fn create(
    State(app): State<App>,
    Administrator(current): Administrator,
    fields: Fields,
) -> Result {
    let role = wanted_role(&current, &fields)?;
    let password = random::token()[..20].to_string();
    let user = NewUser {
        email: fields.get("email").to_string(),
        name: fields.get("name").to_string(),
        role,
        password: password.clone(),
    };
    let by = current.by();
    match app.hashing(move |store| Ok(auth::create(store, by, user))).await? {
        Ok(user) => tell_password(&current, &user, &password),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&list(&app, &current, fields, problems).await?)
        }
    }
}

fn wanted_role(current: &Current, fields: &Fields) -> Result<Role> {
    let role = Role::parse(fields.get("role"))
        .ok_or_else(|| Error::invalid("role", format!("“{}” is no role", fields.get("role"))))?;
    if role > current.user().role {
        return Err(Failure::forbidden("give a role above your own"));
    }
    Ok(role)
}

/// The only time that a password is shown: it is stored nowhere in clear.
#[derive(Template)]
#[template(path = "users/password.html")]
struct Password<'a> {
    page: Layout,
    user: &'a User,
    password: &'a str,
}

fn tell_password(current: &Current, user: &User, password: &str) -> Result {
    let page = current.layout(Place::Settings, format!("Password of {}", user.name));
    respond::page(&Password { page, user, password })
}

pub(crate) async fn change_role(
    State(app): State<App>,
    Administrator(current): Administrator,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let role = wanted_role(&current, &fields)?;
    let user = subordinate(&app, &current, id).await?;
    let id = user.id.clone();
    app.store.write(current.by(), move |tx| auth::set_role(tx, &id, role)).await?;
    let done = Toast::done(format!("{} is {} now", user.name, role.name()));
    Ok(respond::redirect_with("/settings/users", done))
}

pub(crate) async fn reset_password(
    State(app): State<App>,
    Administrator(current): Administrator,
    Path(id): Path<String>,
) -> Result {
    let user = subordinate(&app, &current, id).await?;
    let password = random::token()[..20].to_string();
    let (by, id, new) = (current.by(), user.id.clone(), password.clone());
    app.hashing(move |store| auth::set_password(store, by, &id, &new)).await?;
    tell_password(&current, &user, &password)
}

pub(crate) async fn remove(
    State(app): State<App>,
    Administrator(current): Administrator,
    Path(id): Path<String>,
) -> Result {
    let user = subordinate(&app, &current, id).await?;
    let id = user.id.clone();
    app.store.write(current.by(), move |tx| auth::disable(tx, &id)).await?;
    let done = Toast::done(format!("{} may not come in any more", user.name));
    Ok(respond::redirect_with("/settings/users", done))
}

/// A user whom this visitor may change.
async fn subordinate(app: &App, current: &Current, id: String) -> Result<User> {
    let user = app.store.read(move |snapshot| auth::get(snapshot, &id)).await?;
    match user.role <= current.user().role {
        true => Ok(user),
        false => Err(Failure::forbidden("change a user whose role is above your own")),
    }
}
