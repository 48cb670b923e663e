//! E-mail addresses: one way of writing, and one key to compare by.
//!
//! The address keeps its local part as typed and its domain in small letters; the key is all small letters with the
//! domain in its ASCII form, so that `Jörg@Bücher.example` and `jörg@xn--bcher-kva.example` meet. Dots and `+tags` are
//! kept: whether they matter is the mailbox's business. Nothing here asks the network whether the mailbox exists.
//!
//! Stricter than RFC 5322 on purpose, for these are never a customer's address and often a slip: quoted local parts
//! (`"a b"@x.org`), comments, folding white space, address literals (`a@[192.0.2.1]`), domains without a dot and
//! all-digit top-level domains are refused. Letters beyond ASCII are allowed on both sides (RFC 6531).

use std::fmt;

use thiserror::Error;

use super::fold::{is_invisible, tidy};
use super::quoted::quoted;

/// The longest address: RFC 5321 allows a path of 256 bytes with its angle brackets.
pub const MAX_ADDRESS_BYTES: usize = 254;
/// The longest local part (RFC 5321, section 4.5.3.1.1).
pub const MAX_LOCAL_BYTES: usize = 64;
/// The longest label of a domain (RFC 1035, section 2.3.4).
pub const MAX_LABEL_BYTES: usize = 63;
/// The longest text in which an address is looked for: a display name may stand before it.
const MAX_TEXT_BYTES: usize = 2_000;

/// Why a text is not one e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the e-mail address is empty")]
    Empty,
    /// There is no `@`.
    #[error("{} is not an e-mail address: it has no @", quoted(.value))]
    NoAt {
        /// The text as it came.
        value: String,
    },
    /// More than one address stands in the text.
    #[error("{} holds more than one e-mail address; give one", quoted(.value))]
    Several {
        /// The text as it came.
        value: String,
    },
    /// The part before the `@` is wrong.
    #[error("{} is not an e-mail address: {why} before the @", quoted(.value))]
    Local {
        /// The text as it came.
        value: String,
        /// What is wrong, as part of a sentence.
        why: &'static str,
    },
    /// The part after the `@` is wrong.
    #[error("{} is not an e-mail address: {why} after the @", quoted(.value))]
    Domain {
        /// The text as it came.
        value: String,
        /// What is wrong, as part of a sentence.
        why: &'static str,
    },
    /// The address is longer than mail allows.
    #[error("{} is too long for an e-mail address (at most {MAX_ADDRESS_BYTES} bytes)", quoted(.value))]
    TooLong {
        /// The beginning of the text.
        value: String,
    },
}

/// A well-formed e-mail address.
///
/// Two addresses are equal when they are written alike; compare [`Email::key`] to ask whether they reach one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email {
    address: String,
    key: String,
    at: usize,
}

impl Email {
    /// The address as it is kept and written to: local part as typed, domain in small letters.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What equal mailboxes share: small letters, domain in ASCII.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        &self.address[..self.at]
    }

    /// The part after the `@`, in small letters.
    pub fn domain(&self) -> &str {
        &self.address[self.at + 1..]
    }

    /// Whether the domain gives mailboxes to anyone, so that it says nothing about an employer.
    pub fn is_free_provider(&self) -> bool {
        FREE_PROVIDERS.binary_search(&self.domain()).is_ok()
    }

    /// Whether the address belongs to a desk (`info@`, `sales@`) rather than to a person.
    pub fn is_role(&self) -> bool {
        let local = self.key.split(['@', '+']).next().unwrap_or_default();
        ROLES.binary_search(&local).is_ok()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// The address in a text such as `ann@example.org`, `mailto:ann@example.org` or `Ann <ann@example.org>`.
///
/// **Errors:** empty, no `@`, several addresses, a wrong local part or domain, too long.
///
/// ```
/// let email = records::values::email::parse(" \"Ann, Sales\" <Ann@Example.ORG> ").unwrap();
/// assert_eq!(email.address(), "Ann@example.org");
/// assert_eq!(email.key(), "ann@example.org");
/// ```
pub fn parse(text: &str) -> Result<Email, Problem> {
    let edged = text.trim_matches(is_edge);
    if edged.is_empty() {
        return Err(Problem::Empty);
    }
    if edged.len() > MAX_TEXT_BYTES {
        return Err(Problem::TooLong { value: edged.chars().take(100).collect() });
    }
    let raw = without_wrapping(edged);
    if raw.contains(char::is_control) {
        return Err(Problem::Local { value: edged.into(), why: "a control character stands" });
    }
    let (tidied, bare) = (tidy(edged), tidy(raw));
    let Some(at) = bare.rfind('@') else {
        return Err(Problem::NoAt { value: tidied.into_owned() });
    };
    let (local, domain) = (&bare[..at], &bare[at + 1..]);
    if local.contains('@') && bare.contains([',', ';', ' ', '/', '|']) && !local.starts_with('"') {
        return Err(Problem::Several { value: tidied.into_owned() });
    }
    if let Some(why) = fault_of_local(local) {
        return Err(Problem::Local { value: tidied.into_owned(), why });
    }
    let domain = lower_domain(domain);
    let ascii = match ascii_domain(&domain) {
        Ok(ascii) => ascii,
        Err(why) => return Err(Problem::Domain { value: tidied.into_owned(), why }),
    };
    if local.len() + 1 + ascii.len().max(domain.len()) > MAX_ADDRESS_BYTES {
        return Err(Problem::TooLong { value: tidied.into_owned() });
    }
    let mut key = lower(local);
    key.push('@');
    key.push_str(&ascii);
    Ok(Email { address: format!("{local}@{domain}"), key, at })
}

/// Edges that a spreadsheet or a mail program leaves around an address.
///
/// Control characters inside an address are refused instead: they hide a broken file.
fn is_edge(sign: char) -> bool {
    sign.is_whitespace() || (is_invisible(sign) && !sign.is_control())
}

/// Takes away `mailto:`, a display name with angle brackets, and a list's last separator.
fn without_wrapping(text: &str) -> &str {
    let mut bare = text.trim_end_matches([',', ';', ' ']);
    if let Some(inside) = bare.strip_suffix('>')
        && let Some(open) = inside.rfind('<')
    {
        bare = inside[open + 1..].trim();
    }
    match bare.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => {
            let address = &bare[7..];
            address.split('?').next().unwrap_or(address).trim()
        }
        _ => bare,
    }
}

fn fault_of_local(local: &str) -> Option<&'static str> {
    if local.is_empty() {
        return Some("nothing stands");
    }
    if local.len() > MAX_LOCAL_BYTES {
        return Some("more than 64 bytes stand");
    }
    if local.starts_with('"') {
        return Some("quotation marks stand");
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Some("a dot stands at an end or twice in a row");
    }
    let allowed = |sign: char| sign == '.' || is_atom(sign);
    match local.chars().find(|&sign| !allowed(sign)) {
        None => None,
        Some('@') => Some("another @ stands"),
        Some(sign) if sign.is_whitespace() => Some("a space stands"),
        Some('(' | ')') => Some("a comment in brackets stands"),
        Some(_) => Some("a character that mail does not allow stands"),
    }
}

/// `atext` of RFC 5322, and letters, digits and marks beyond ASCII (RFC 6531).
fn is_atom(sign: char) -> bool {
    if sign.is_ascii() {
        return sign.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(sign);
    }
    sign.is_alphanumeric() || unicode_normalization::char::is_combining_mark(sign)
}

fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { tidy(&text.to_lowercase()).into_owned() }
}

/// The domain in small letters, with full-width and ideographic dots made plain.
fn lower_domain(domain: &str) -> String {
    if domain.is_ascii() {
        return domain.to_ascii_lowercase();
    }
    lower(&domain.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], "."))
}

/// The domain as the name service knows it, or what is wrong with it.
fn ascii_domain(domain: &str) -> Result<String, &'static str> {
    if domain.is_empty() {
        return Err("nothing stands");
    }
    if domain.starts_with('[') {
        return Err("a number address in brackets stands");
    }
    let mut ascii = String::with_capacity(domain.len() + 8);
    let mut n_labels = 0;
    for label in domain.split('.') {
        if n_labels > 0 {
            ascii.push('.');
        }
        n_labels += 1;
        let before = ascii.len();
        push_label(&mut ascii, label)?;
        if ascii.len() - before > MAX_LABEL_BYTES {
            return Err("a part longer than 63 characters stands");
        }
    }
    if n_labels < 2 {
        return Err("no dot stands");
    }
    let top = ascii.rsplit('.').next().unwrap_or_default();
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a number instead of a country or .com stands");
    }
    Ok(ascii)
}

fn push_label(ascii: &mut String, label: &str) -> Result<(), &'static str> {
    if label.is_empty() {
        return Err("a dot stands at an end or twice in a row");
    }
    if label.len() > MAX_LABEL_BYTES * 4 {
        return Err("a part longer than 63 characters stands");
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err("a hyphen stands at the edge of a part");
    }
    if label.is_ascii() {
        if !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err("a character that a domain does not allow stands");
        }
        ascii.push_str(label);
        return Ok(());
    }
    let allowed = |sign: char| {
        sign == '-'
            || if sign.is_ascii() { sign.is_ascii_alphanumeric() } else { sign.is_alphanumeric() }
            || unicode_normalization::char::is_combining_mark(sign)
    };
    if !label.chars().all(allowed) {
        return Err("a character that a domain does not allow stands");
    }
    ascii.push_str("xn--");
    ascii.push_str(&super::punycode::encode(label).ok_or("a part too long for the name service stands")?);
    Ok(())
}

/// Providers of mailboxes for anyone. In order of the alphabet, for it is searched by halving.
const FREE_PROVIDERS: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "alice.it",
    "aol.com",
    "arcor.de",
    "bk.ru",
    "bluewin.ch",
    "bol.com.br",
    "btinternet.com",
    "centrum.cz",
    "comcast.net",
    "cox.net",
    "daum.net",
    "duck.com",
    "email.cz",
    "email.de",
    "fastmail.com",
    "free.fr",
    "freemail.hu",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "inbox.ru",
    "interia.pl",
    "jubii.dk",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.co.uk",
    "live.com",
    "live.de",
    "live.fr",
    "live.nl",
    "live.se",
    "mac.com",
    "mail.com",
    "mail.de",
    "mail.ru",
    "mailbox.org",
    "me.com",
    "msn.com",
    "naver.com",
    "neuf.fr",
    "o2.pl",
    "onet.pl",
    "online.de",
    "online.no",
    "op.pl",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "planet.nl",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "sapo.pt",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "sina.com",
    "skynet.be",
    "t-online.de",
    "talktalk.net",
    "telenet.be",
    "telia.com",
    "terra.com.br",
    "tiscali.it",
    "tuta.com",
    "tutanota.com",
    "ukr.net",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "xs4all.nl",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.br",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.it",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "ziggo.nl",
    "zoho.com",
];

/// Local parts that name a desk (RFC 2142 and everyday use). In order of the alphabet.
const ROLES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "anfrage",
    "bestellung",
    "billing",
    "bookings",
    "buchhaltung",
    "careers",
    "commercial",
    "compliance",
    "contact",
    "contacto",
    "contatti",
    "customerservice",
    "datenschutz",
    "einkauf",
    "enquiries",
    "export",
    "feedback",
    "finance",
    "ftp",
    "hello",
    "help",
    "helpdesk",
    "hostmaster",
    "hr",
    "info",
    "information",
    "inquiries",
    "invoice",
    "invoices",
    "jobs",
    "kontakt",
    "legal",
    "mail",
    "mailer-daemon",
    "marketing",
    "media",
    "news",
    "newsletter",
    "no-reply",
    "noc",
    "noreply",
    "office",
    "orders",
    "personal",
    "post",
    "postmaster",
    "press",
    "presse",
    "privacy",
    "purchasing",
    "reception",
    "rechnung",
    "recruiting",
    "root",
    "sales",
    "security",
    "sekretariat",
    "service",
    "shop",
    "staff",
    "support",
    "team",
    "vertrieb",
    "verwaltung",
    "webmaster",
    "welcome",
];

#[cfg(test)]
mod tests;
