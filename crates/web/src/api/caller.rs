//! Who calls the API: the token's user, with what both of them may do.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use platform::By;
use platform::auth::tokens::ApiToken;
use platform::auth::{Role, User};

use crate::error::{Failure, Result};

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: User,
    pub(crate) token: ApiToken,
    pub(crate) role: Role,
}

impl Caller {
    /// The actor for `store.write`.
    pub(crate) fn by(&self) -> By {
        By::user(&self.user.id)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        parts.extensions.get::<Caller>().cloned().ok_or(Failure::NoToken)
    }
}

/// A caller who may change records.
#[derive(Debug, Clone)]
pub(crate) struct Writing(pub(crate) Caller);

impl<S: Sync> FromRequestParts<S> for Writing {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match caller.role.may_write() {
            true => Ok(Self(caller)),
            false => Err(Failure::forbidden("change anything: the role of this token is reader")),
        }
    }
}

impl std::ops::Deref for Writing {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.0
    }
}
