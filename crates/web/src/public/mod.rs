//! Pages for people who have no account: they come by the signed links of our mails.
//!
//! They work without script, cookies and session, and say nothing that the reader of a forwarded mail should not learn: the
//! address is shown in part only. Looking at a page changes nothing; programs look at every link.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cycle::act::signed::{Key, Refusal, Use};
use cycle::act::{actions, clicks};
use platform::{Error, Micros, Snapshot, settings};
use records::people;

use crate::current::theme_of;
use crate::error::Result;
use crate::respond;
use crate::state::App;

pub(crate) mod click;
pub(crate) mod offers;
pub(crate) mod preferences;
pub(crate) mod unsubscribe;

/// What every page of these shows.
struct Frame {
    theme: &'static str,
    firm: String,
}

/// Whom a link is about.
struct Reader {
    person_id: String,
    /// `a…@example.com`; empty where no address is known.
    address: String,
    /// The mail that the link stood in, where it names one.
    message_id: Option<String>,
    campaign_id: Option<String>,
    /// What the mail was sent for.
    purpose: Option<String>,
}

/// Why a link leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DeadEnd {
    Token(Refusal),
    /// Nobody is known under what it names: a mail sent as a test, or a person who was deleted.
    Nobody,
}

#[derive(Template)]
#[template(path = "public/dead_end.html")]
struct DeadEndPage {
    frame: Frame,
    title: &'static str,
    words: &'static str,
}

impl DeadEnd {
    fn page(self, frame: Frame) -> Result {
        let (status, title, words) = match self {
            Self::Token(Refusal::Broken) => (
                StatusCode::NOT_FOUND,
                "This link is incomplete",
                "Mail programs sometimes cut a long link in two. Copy the whole link out of the mail, or press the one in \
                 another mail from us.",
            ),
            Self::Token(Refusal::Forged) => (
                StatusCode::NOT_FOUND,
                "This link was not made by us",
                "Something in it was changed on the way. Press the link in the mail itself; if that does not help, answer \
                 the mail and tell us.",
            ),
            Self::Token(Refusal::Expired) => (
                StatusCode::GONE,
                "This link is too old",
                "For your safety a link to your choices works for about a year. The link in a newer mail from us works; \
                 the link for unsubscribing works for ever.",
            ),
            Self::Nobody => (
                StatusCode::NOT_FOUND,
                "This link belongs to no mail that we know",
                "It may stand in a mail that was only a test, or what we knew of you was deleted. Nothing has to be done.",
            ),
        };
        Ok((status, quiet(respond::page(&DeadEndPage { frame, title, words })?)).into_response())
    }
}

/// Finds whom a link is about.
fn reader(
    snapshot: &mut Snapshot<'_>,
    used_for: Use,
    token: &str,
    now: Micros,
) -> platform::Result<std::result::Result<Reader, DeadEnd>> {
    let id = match opened(snapshot, used_for, token, now)? {
        Ok(id) => id,
        Err(dead_end) => return Ok(Err(dead_end)),
    };
    match known(snapshot, &id) {
        Ok(reader) => Ok(Ok(reader)),
        Err(Error::Missing { .. }) => Ok(Err(DeadEnd::Nobody)),
        Err(error) => Err(error),
    }
}

/// The id that a token names.
fn opened(
    snapshot: &mut Snapshot<'_>,
    used_for: Use,
    token: &str,
    now: Micros,
) -> platform::Result<std::result::Result<String, DeadEnd>> {
    let Some(key) = Key::read(snapshot)? else { return Ok(Err(DeadEnd::Token(Refusal::Forged))) };
    Ok(key.open(used_for, token, now).map_err(DeadEnd::Token))
}

fn known(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<Reader> {
    let is_person = id.starts_with("per_");
    let sent = if is_person { None } else { Some(clicks::sent(snapshot, id)?) };
    let purpose = match &sent {
        Some(sent) => Some(actions::get(snapshot, &sent.action_id)?.purpose),
        None => None,
    };
    let person = people::survivor(snapshot, sent.as_ref().map_or(id, |sent| &sent.person_id))?;
    Ok(Reader {
        address: person.email.as_deref().map_or_else(String::new, in_part),
        person_id: person.id,
        message_id: sent.is_some().then(|| id.to_string()),
        campaign_id: sent.map(|sent| sent.campaign_id),
        purpose,
    })
}

fn frame(snapshot: &mut Snapshot<'_>, headers: &HeaderMap) -> platform::Result<Frame> {
    let firm: Option<String> = settings::get(snapshot, settings::FIRM_NAME)?;
    Ok(Frame { theme: theme_of(headers).name(), firm: firm.unwrap_or_default() })
}

/// The page of a link that leads nowhere.
async fn dead_end(app: &App, headers: &HeaderMap, why: DeadEnd) -> Result {
    let headers = headers.clone();
    why.page(app.store.read(move |snapshot| frame(snapshot, &headers)).await?)
}

/// The answer, which no search engine shall keep.
fn quiet(mut answer: Response) -> Response {
    let robots = HeaderName::from_static("x-robots-tag");
    answer.headers_mut().insert(robots, HeaderValue::from_static("noindex, nofollow"));
    answer
}

/// `a…@example.com`: enough to know one's own address, too little to learn another's.
fn in_part(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

/// A purpose in the words of those who get the mail.
fn purpose_in_words(purpose: &str) -> String {
    match purpose {
        "marketing" => "News and offers".to_string(),
        "service" => "Messages about your orders and questions".to_string(),
        other => {
            let words = other.replace(['_', '-'], " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_in_part() {
        assert_eq!(in_part("ada.lovelace@example.com"), "a…@example.com");
        assert_eq!(in_part("Ünal@example.com"), "Ü…@example.com");
        assert_eq!(in_part(""), "…@");
    }

    #[test]
    fn a_purpose_is_told_in_words() {
        assert_eq!(purpose_in_words("marketing"), "News and offers");
        assert_eq!(purpose_in_words("customer_survey"), "Customer survey");
        assert_eq!(purpose_in_words(""), "");
    }
}
