//! Tokens: what programs come in with. Each is the visitor's own; its secret is shown once.

use askama::Template;
use axum::extract::{Path, State};
use platform::Error;
use platform::auth::Role;
use platform::auth::tokens::{self, ApiToken};

use super::settings::tabs;
use crate::current::Current;
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Choice, Moment, Tab, Toast};
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "tokens/index.html")]
struct Index {
    page: Layout,
    tabs: Vec<Tab>,
    tokens: Vec<Line>,
    roles: Vec<Choice>,
    /// The secret of the token that was just made: the only time that it is seen.
    secret: Option<(String, String)>,
    fields: Fields,
    problems: Problems,
}

struct Line {
    token: ApiToken,
    made: Moment,
    used: Option<Moment>,
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    respond::page(&draw(&app, &current, None, Fields::default(), Problems::default()).await?)
}

async fn draw(
    app: &App,
    current: &Current,
    secret: Option<(String, String)>,
    fields: Fields,
    problems: Problems,
) -> Result<Index> {
    let user_id = current.user().id.clone();
    let found = app.store.read(move |s| tokens::list(s, &user_id)).await?;
    let moment = |at| words::moment(at, app.store.now(), current.zone());
    let wanted = fields.filled("role").unwrap_or("reader");
    let roles = [
        (Role::Reader, "Reader: reads"),
        (Role::Member, "Member: reads and changes records"),
        (Role::Administrator, "Administrator"),
        (Role::Owner, "Owner"),
    ];
    let may_give = roles.into_iter().filter(|(role, _)| *role <= current.user().role);
    let line = |token: ApiToken| Line {
        made: moment(token.created_at),
        used: token.last_used_at.map(moment),
        token,
    };
    Ok(Index {
        page: current.layout(Place::Settings, "API tokens"),
        tabs: tabs(current, "/settings/tokens"),
        roles: may_give.map(|(role, label)| Choice::new(role.name(), label, wanted)).collect(),
        tokens: found.into_iter().map(line).collect(),
        secret,
        fields,
        problems,
    })
}

pub(crate) async fn create(State(app): State<App>, current: Current, fields: Fields) -> Result {
    let (user, name) = (current.user().clone(), fields.get("name").trim().to_string());
    let wanted = fields.get("role").to_string();
    let made = app.store.write(current.by(), move |tx| {
        let role = Role::parse(&wanted).filter(|role| *role <= user.role);
        let role = role.ok_or_else(|| Error::invalid("role", "choose a role that is not above your own"))?;
        tokens::create(tx, &user.id, &name, role)
    });
    match made.await {
        Ok((token, secret)) => {
            let shown = Some((token.name, secret));
            respond::page(&draw(&app, &current, shown, Fields::default(), Problems::default()).await?)
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, None, fields, problems).await?)
        }
    }
}

pub(crate) async fn revoke(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    let user_id = current.user().id.clone();
    let revoked = app.store.write(current.by(), move |tx| {
        let token = tokens::get(tx, &id)?;
        if token.user_id != user_id {
            return Err(Error::missing("token", &id));
        }
        tokens::revoke(tx, &id)
    });
    revoked.await?;
    Ok(respond::redirect_with("/settings/tokens", Toast::done("The token opens nothing any more")))
}
