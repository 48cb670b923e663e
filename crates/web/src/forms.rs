//! Forms: what was typed, kept as it was typed, and what is wrong with it, field by field.

use axum::extract::{Form, FromRequest, Request};
use platform::{Error, error::Problem};

use crate::error::{Failure, Result};

/// The field in which a form carries the token of its session.
pub const CSRF_FIELD: &str = "csrf_token";

/// The fields of a form in their order, as they were typed: nothing is lost when the form is shown again.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    pub(crate) fn push(&mut self, name: String, value: String) {
        self.0.push((name, value));
    }

    /// Fields that are filled in already.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// What was typed into a field; empty where the form has no such field.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The same without spaces around it.
    pub fn trimmed(&self, name: &str) -> &str {
        self.get(name).trim()
    }

    /// The same, or None where nothing was typed.
    pub fn filled(&self, name: &str) -> Option<&str> {
        Some(self.trimmed(name)).filter(|value| !value.is_empty())
    }

    /// True for a box that was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All values of a field that may be there more than once.
    pub fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every field in order, without the session's token.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(key, _)| key != CSRF_FIELD).map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        // In a box, because every handler of a form would have a copy of how it is read.
        Box::pin(read(request)).await
    }
}

async fn read(request: Request) -> Result<Fields> {
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &()).await?;
    Ok(Fields(pairs))
}

/// What is wrong with a form; empty when it is shown for the first time.
#[derive(Debug, Clone, Default)]
pub struct Problems(Vec<(String, String)>);

impl Problems {
    /// Takes the problems of input out of an error; any other error goes on to the visitor as a failure.
    pub fn of(error: Error) -> Result<Self> {
        match error {
            Error::Invalid(problems) => Ok(problems.into()),
            other => Err(other.into()),
        }
    }

    /// The sentence at a field; empty where nothing is wrong.
    pub fn at(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, message)| message)
    }

    /// For `form::errors`: every (field, message).
    pub fn list(&self) -> &[(String, String)] {
        &self.0
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems.into_iter().map(|p| (p.field, p.message)).collect())
    }
}

/// Percent-encodes everything but letters, digits and `-_.~`: for one value in an address or a cookie.
pub fn percent(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Takes [`percent`] back; None where it is broken.
pub(crate) fn plain(value: &str) -> Option<String> {
    let (mut out, mut bytes) = (Vec::with_capacity(value.len()), value.bytes());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (high, low) =
                (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
            out.push((high * 16 + low) as u8);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}
