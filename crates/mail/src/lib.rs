//! What a campaign needs on the wire: messages, templates, links, DKIM, SMTP, the outbox folder, and what comes back.
//!
//! A leaf: bytes and plain structs in, bytes and plain structs out. It knows no person, consent or campaign, opens no
//! database, and asks neither the clock nor chance for anything that ends up in a message.

pub mod address;
pub mod bounce;
pub mod dkim;
pub mod links;
pub mod message;
pub mod outbox;
pub mod plain_text;
pub mod smtp;
pub mod template;
pub mod tokens;

/// Something wrong with what was given, at the field where it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Problem {
    /// The field of the struct, for example `subject`.
    pub field: &'static str,
    /// A sentence that says what was found and what to do.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}
