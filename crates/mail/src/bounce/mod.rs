//! What comes back: bounces, complaints and automatic answers, read into a kind, a reason and an address.
//!
//! Standard reports (RFC 3464, RFC 5965) are read by their fields, all others by their words. What follows for the person
//! is decided by the caller. A report can be forged: match it to a message that was sent before acting on it.

use mail_parser::{Message, MessageParser};

mod complaint;
mod facts;
mod failed;
mod notice;
mod reason;
mod words;

pub use reason::Reason;

/// **Units**: bytes of a report that are read; what is behind is the returned message.
pub const MAX_REPORT: usize = 2_000_000;
/// **Units**: characters of a server's words that are kept.
const MAX_TEXT: usize = 500;

/// What a message that came back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The address does not work, and will not.
    Hard,
    /// This message was not delivered; another may be.
    Soft,
    /// The recipient called it spam, or asked the provider to be left alone.
    Complaint,
    /// Away, on holiday, or a machine that thanks for every message.
    AutoReply,
    /// Nothing of these: read it.
    NotABounce,
}

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub kind: Kind,
    pub reason: Reason,
    /// The address that failed; the first one, where a report speaks of many.
    pub recipient: Option<String>,
    /// Three digits of SMTP.
    pub code: Option<u16>,
    /// The enhanced code of RFC 3463, such as `5.1.1`.
    pub status: Option<String>,
    /// What the server said.
    pub text: String,
    /// The Message-ID of the message that failed, without angle brackets.
    pub message_id: Option<String>,
    /// Addresses to which the report came: one of them may be our return path.
    pub came_to: Vec<String>,
}

impl Report {
    fn of(kind: Kind, reason: Reason) -> Self {
        Self {
            kind,
            reason,
            recipient: None,
            code: None,
            status: None,
            text: String::new(),
            message_id: None,
            came_to: Vec::new(),
        }
    }
}

/// Reads a message that came back.
///
/// **Errors**: none. What cannot be understood is [`Kind::NotABounce`].
pub fn read(raw: &[u8]) -> Report {
    let raw = &raw[..raw.len().min(MAX_REPORT)];
    let Some(message) = MessageParser::default().parse(raw) else {
        return Report::of(Kind::NotABounce, Reason::Unclear);
    };
    let facts = facts::collect(&message);
    let mut report = complaint::read(&facts)
        .or_else(|| notice::read(&facts))
        .or_else(|| auto_reply(&message, &facts))
        .or_else(|| failed::read(&facts))
        .unwrap_or_else(|| Report::of(Kind::NotABounce, Reason::Unclear));
    report.came_to = facts.came_to;
    report.message_id = report.message_id.or(facts.original_id);
    report.text = report.text.chars().take(MAX_TEXT).collect();
    report
}

/// Answers of machines (RFC 3834), unless they report a failure.
fn auto_reply(message: &Message<'_>, facts: &facts::Facts) -> Option<Report> {
    if facts.has_delivery_status() || facts.from_a_mail_system {
        return None;
    }
    let header =
        |name: &str| message.header_raw(name.to_owned()).map(|value| value.trim().to_ascii_lowercase());
    let replied = header("Auto-Submitted").is_some_and(|value| value.starts_with("auto-replied"));
    let marked =
        ["X-Autoreply", "X-Autorespond", "X-Autoresponder"].iter().any(|name| header(name).is_some());
    let precedence = header("Precedence").is_some_and(|value| value == "auto_reply");
    let subject = facts.subject.trim_start_matches("re: ").trim_start_matches("aw: ");
    let away = words::AWAY.iter().any(|start| subject.starts_with(start));
    (replied || marked || precedence || away).then(|| Report {
        text: message.subject().unwrap_or("").to_owned(),
        ..Report::of(Kind::AutoReply, Reason::Unclear)
    })
}

#[cfg(test)]
mod tests;
