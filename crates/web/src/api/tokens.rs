//! Who calls, and with which tokens: `/me`, `/tokens`. A token is made by its user in the settings, never by a token.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use platform::Error;
use platform::auth::tokens::{self as verbs, ApiToken};
use serde::Serialize;
use utoipa::ToSchema;

use super::Caller;
use super::answers::{self, Page};
use super::values::Time;
use crate::error::Result;
use crate::state::App;

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    user_id: String,
    email: String,
    name: String,
    /// What this token may do: `reader`, `member`, `administrator` or `owner`.
    role: &'static str,
    token: Token,
}

/// A token with which a program comes in; its secret is never shown again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Token {
    id: String,
    name: String,
    /// The most that it may do.
    role: &'static str,
    created_at: Time,
    /// To the hour.
    last_used_at: Option<Time>,
}

impl From<ApiToken> for Token {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            role: token.role.name(),
            created_at: Time(token.created_at),
            last_used_at: token.last_used_at.map(Time),
        }
    }
}

/// Show who calls and what this token may do.
#[utoipa::path(get, path = "/me", tag = "tokens", responses((status = 200, body = Me)))]
pub(crate) async fn me(caller: Caller) -> Result {
    let me = Me {
        user_id: caller.user.id,
        email: caller.user.email,
        name: caller.user.name,
        role: caller.role.name(),
        token: caller.token.into(),
    };
    Ok(answers::json(StatusCode::OK, &me))
}

/// List the tokens of this user.
#[utoipa::path(get, path = "/tokens", tag = "tokens", responses((status = 200, body = Page<Token>)))]
pub(crate) async fn index(State(app): State<App>, caller: Caller) -> Result {
    let found = app.store.read(move |s| verbs::list(s, &caller.user.id)).await?;
    answers::page(&Page { data: found.into_iter().map(Token::from).collect(), next: None })
}

/// Revoke a token of this user, such as this one.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result {
    let done = app.store.write(caller.by(), move |tx| {
        let token = verbs::get(tx, &id)?;
        if token.user_id != caller.user.id || token.revoked_at.is_some() {
            return Err(Error::missing("token", &id));
        }
        verbs::revoke(tx, &id)
    });
    done.await?;
    answers::done()
}
