//! Who calls the API: the token's user, with what both of them may do.

use std::future::ready;

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
    /// Not inlined, because every handler would have a copy.
    #[inline(never)]
    fn of(parts: &Parts) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::NoToken)
    }

    /// The actor for `store.write`.
    pub(crate) fn by(&self) -> By {
        By::user(&self.user.id)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self>> {
        ready(Self::of(parts))
    }
}

/// A caller who may change records.
#[derive(Debug, Clone)]
pub(crate) struct Writing(pub(crate) Caller);

impl<S: Sync> FromRequestParts<S> for Writing {
    type Rejection = Failure;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self>> {
        ready(Self::of(parts))
    }
}

impl Writing {
    #[inline(never)]
    fn of(parts: &Parts) -> Result<Self> {
        let caller = Caller::of(parts)?;
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
