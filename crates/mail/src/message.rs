//! One message to one recipient, as RFC 5322 bytes. Nothing in a field can begin another header.
//!
//! The envelope (who takes it back, who gets it) is [`crate::smtp`]'s; signatures are [`crate::dkim`]'s.

use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, MultiPartKind, SinglePart};

use crate::Problem;
use crate::address::{Mailbox, domain_for_the_wire};

/// **Units**: characters of a subject. Mail programs show 70 of them.
pub const MAX_SUBJECT: usize = 500;
/// **Units**: bytes of text and HTML together. Large providers cut what they show at 102 kB and refuse at 20 MB.
pub const MAX_BODY: usize = 2_000_000;
/// **Units**: bytes of an address in a header, which may not fold (RFC 5322, 2.1.1).
const MAX_URL: usize = 900;

/// What is sent, to one person.
#[derive(Clone, Debug)]
pub struct Message {
    pub from: Mailbox,
    pub to: Mailbox,
    pub reply_to: Option<Mailbox>,
    pub subject: String,
    pub html: Option<String>,
    pub text: String,
    /// Without angle brackets, at the sender's own domain: see [`message_id`].
    pub message_id: String,
    /// **Units**: microseconds since 1970 in UTC.
    pub sent_at: i64,
    /// Present on everything that a person may unsubscribe from.
    pub list: Option<List>,
}

/// What makes a message leave a list at one press (RFC 2369, RFC 2919, RFC 8058).
#[derive(Clone, Debug)]
pub struct List {
    /// The list's own name in the form of a domain: `newsletter.example.com`.
    pub id: String,
    /// Takes the POST of RFC 8058; has to be https in the open.
    pub unsubscribe_url: String,
    /// An address that unsubscribes by mail.
    pub unsubscribe_mailto: Option<String>,
    /// `campaign:customer:kind:sender`, for the complaint statistics of large providers.
    pub feedback_id: Option<String>,
}

/// A Message-ID out of a key that is unique and stays the same when the message is tried again.
pub fn message_id(key: &str, domain: &str) -> String {
    format!("{key}@{domain}")
}

impl Message {
    /// The message as it goes over the wire, lines ended by CRLF.
    ///
    /// **Errors**: a field that is empty, too long, not an address or holds what could begin another header.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Problem> {
        let mut builder = lettre::Message::builder()
            .from(self.from.check("from")?)
            .to(self.to.check("to")?)
            .subject(self.checked_subject()?)
            .message_id(Some(format!("<{}>", self.checked_id()?)))
            .date(self.date()?);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.check("reply_to")?);
        }
        if self.text.len() + self.html.as_ref().map_or(0, String::len) > MAX_BODY {
            return Err(Problem::new("html", format!("the message is larger than {} kB", MAX_BODY / 1000)));
        }
        let built = match &self.html {
            Some(html) => builder.multipart(
                MultiPart::builder()
                    .kind(MultiPartKind::Alternative)
                    .boundary(self.boundary())
                    .singlepart(SinglePart::plain(self.text.clone()))
                    .singlepart(SinglePart::html(html.clone())),
            ),
            None => builder.singlepart(SinglePart::plain(self.text.clone())),
        };
        let mut built = built.map_err(|e| Problem::new("message", e.to_string()))?;
        for (name, value) in self.list_headers()? {
            built.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
        }
        Ok(built.formatted())
    }

    fn checked_subject(&self) -> Result<&str, Problem> {
        let subject = self.subject.trim();
        if subject.is_empty() {
            return Err(Problem::new("subject", "a message needs a subject"));
        }
        if let Some(found) = subject.chars().find(|c| c.is_control()) {
            let message = format!("the subject holds the control character {found:?}; it has to be one line");
            return Err(Problem::new("subject", message));
        }
        if subject.chars().count() > MAX_SUBJECT {
            let message = format!("the subject is longer than {MAX_SUBJECT} characters");
            return Err(Problem::new("subject", message));
        }
        Ok(subject)
    }

    fn checked_id(&self) -> Result<&str, Problem> {
        let plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\,;:\"".contains(c);
        let whole = self.message_id.split_once('@').filter(|(key, domain)| {
            !key.is_empty() && key.chars().all(plain) && domain_for_the_wire(domain).is_some()
        });
        match whole {
            Some(_) if self.message_id.len() <= 250 => Ok(&self.message_id),
            _ => Err(Problem::new("message_id", format!("{:?} is not a Message-ID", self.message_id))),
        }
    }

    fn date(&self) -> Result<SystemTime, Problem> {
        // From 1970 to the end of 9999: what four digits of a year can say.
        let seconds = u64::try_from(self.sent_at / 1_000_000).ok().filter(|s| *s < 253_402_300_800);
        let seconds = seconds
            .ok_or_else(|| Problem::new("sent_at", format!("{} is no date of a message", self.sent_at)))?;
        Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    /// The line between the parts: the same for the same message, and found in neither part.
    fn boundary(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.message_id.as_bytes());
        let mut boundary = String::from("part_");
        for byte in &digest.as_ref()[..12] {
            boundary.push_str(&format!("{byte:02x}"));
        }
        while self.text.contains(&boundary) || self.html.as_ref().is_some_and(|html| html.contains(&boundary))
        {
            boundary.push('x');
        }
        boundary
    }

    fn list_headers(&self) -> Result<Vec<(&'static str, String)>, Problem> {
        let Some(list) = &self.list else { return Ok(Vec::new()) };
        let id = domain_for_the_wire(&list.id).ok_or_else(|| {
            Problem::new("list.id", format!("{:?} is not a name in the form of a domain", list.id))
        })?;
        let url = checked_url("list.unsubscribe_url", &list.unsubscribe_url)?;
        let mut unsubscribe = format!("<{url}>");
        if let Some(mailto) = &list.unsubscribe_mailto {
            let address = crate::address::for_the_wire(mailto)
                .map_err(|why| Problem::new("list.unsubscribe_mailto", why))?;
            unsubscribe.push_str(&format!(", <mailto:{address}?subject=unsubscribe>"));
        }
        let mut headers = vec![
            ("List-Id", format!("<{id}>")),
            ("List-Unsubscribe", unsubscribe),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
            ("Precedence", "bulk".to_owned()),
        ];
        if let Some(feedback_id) = &list.feedback_id {
            if feedback_id.is_empty()
                || feedback_id.len() > 250
                || !feedback_id.bytes().all(|b| b.is_ascii_graphic())
            {
                return Err(Problem::new(
                    "list.feedback_id",
                    format!("{feedback_id:?} cannot stand in a header"),
                ));
            }
            headers.push(("Feedback-ID", feedback_id.clone()));
        }
        Ok(headers)
    }
}

fn checked_url<'a>(field: &'static str, url: &'a str) -> Result<&'a str, Problem> {
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\".contains(&b));
    if !plain || url.len() > MAX_URL || !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(Problem::new(field, format!("{url:?} is not an address of the web")));
    }
    Ok(url)
}

#[cfg(test)]
pub(crate) mod tests;
