//! What a report consists of, before it is judged: its fields, its words, and the message that it returns.

use mail_parser::{Address, HeaderValue, Message, MessagePart, MimeHeaders, PartType};

use super::words;

/// **Units**: bytes of text that are looked through.
const MAX_WORDS: usize = 60_000;

/// The parts of a report.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The subject in lower case.
    pub(super) subject: String,
    /// Sent by a mail system and not by a person.
    pub(super) from_a_mail_system: bool,
    /// Addresses that headers name as failed.
    pub(super) named: Vec<String>,
    pub(super) came_to: Vec<String>,
    /// Groups of fields of `message/delivery-status`; the first is of the message, the others of recipients.
    pub(super) groups: Vec<Vec<(String, String)>>,
    /// Fields of `message/feedback-report`.
    pub(super) feedback: Vec<(String, String)>,
    /// The words for people, without the returned message.
    pub(super) text: String,
    /// All text, for notices in JSON.
    pub(super) whole: String,
    pub(super) original_id: Option<String>,
    pub(super) original_to: Option<String>,
}

impl Facts {
    pub(super) fn has_delivery_status(&self) -> bool {
        self.groups
            .iter()
            .flatten()
            .any(|(name, _)| name == "action" || name == "status" || name == "final-recipient")
    }
}

/// The value of a field.
pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub(super) fn collect(message: &Message<'_>) -> Facts {
    let mut facts =
        Facts { subject: message.subject().unwrap_or("").trim().to_lowercase(), ..Facts::default() };
    let from = message.from().and_then(Address::first).and_then(|a| a.address()).unwrap_or("").to_lowercase();
    let returned = message.header_raw("Return-Path").map(str::trim);
    let local = from.split('@').next().unwrap_or("").replace(['-', '_', '.'], "");
    facts.from_a_mail_system = returned == Some("<>")
        || words::SYSTEMS.iter().any(|name| local.starts_with(name))
        || words::SUBJECTS.iter().any(|subject| facts.subject.contains(subject))
        || message.content_type().is_some_and(|t| t.attribute("report-type") == Some("delivery-status"));
    for name in ["X-Failed-Recipients", "Final-Recipient"] {
        if let Some(value) = message.header_raw(name) {
            facts.named.extend(addresses_in(value));
            facts.from_a_mail_system = true;
        }
    }
    for name in ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"] {
        for value in message.header_values(name.to_owned()) {
            facts.came_to.extend(addresses_of(value));
        }
    }
    for part in &message.parts {
        take(part, &mut facts);
    }
    if facts.whole.trim().is_empty() {
        let raw = String::from_utf8_lossy(message.raw_message());
        let body = raw.split_once("\n\n").or_else(|| raw.split_once("\r\n\r\n")).map_or("", |(_, body)| body);
        facts.whole = body.chars().take(MAX_WORDS).collect();
    }
    let whole = std::mem::take(&mut facts.whole);
    let cut = words::start_of_original(&whole);
    facts.text = whole[..cut].to_owned();
    original(&whole[cut..], &mut facts);
    facts.whole = whole;
    facts
}

fn take(part: &MessagePart<'_>, facts: &mut Facts) {
    let bytes = part.contents();
    match kind_of(part).as_str() {
        "message/delivery-status" | "message/global-delivery-status" => {
            facts.groups.extend(groups(&decoded(bytes)));
        }
        "message/feedback-report" => {
            facts.feedback = groups(&String::from_utf8_lossy(bytes)).concat();
        }
        "message/rfc822" | "text/rfc822-headers" | "message/rfc822-headers" | "message/global" => {
            let text = match &part.body {
                PartType::Message(inner) => {
                    // A report that was passed on stands inside another.
                    let reports =
                        inner.parts.iter().filter(|part| kind_of(part) == "message/delivery-status");
                    if facts.groups.is_empty() {
                        reports.for_each(|part| take(part, facts));
                    }
                    String::from_utf8_lossy(inner.raw_message()).into_owned()
                }
                _ => String::from_utf8_lossy(bytes).into_owned(),
            };
            original(&text, facts);
        }
        _ => {
            let text = match &part.body {
                PartType::Text(text) => text.to_string(),
                PartType::Html(html) if facts.whole.is_empty() => crate::plain_text::from_html(html),
                _ => return,
            };
            if facts.whole.len() + text.len() < MAX_WORDS {
                facts.whole.push_str(&text);
                facts.whole.push('\n');
            }
        }
    }
}

fn kind_of(part: &MessagePart<'_>) -> String {
    part.content_type().map_or_else(String::new, |t| {
        format!("{}/{}", t.ctype(), t.subtype().unwrap_or("")).to_ascii_lowercase()
    })
}

/// Fields are ASCII, but Japanese servers write their own letters into them.
fn decoded(bytes: &[u8]) -> String {
    match bytes.windows(2).any(|w| w == b"\x1b$") {
        true => encoding_rs::ISO_2022_JP.decode(bytes).0.into_owned(),
        false => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Fields in groups parted by empty lines, names in lower case, values unfolded (RFC 3464, 2.1).
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups = vec![Vec::new()];
    for line in text.lines() {
        let group: &mut Vec<(String, String)> = groups.last_mut().expect("there is one from the start");
        if line.trim().is_empty() {
            if !group.is_empty() {
                groups.push(Vec::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Reads the headers of the returned message that are asked for later.
fn original(text: &str, facts: &mut Facts) {
    for line in text.lines().take(400) {
        let Some((name, value)) = line.trim_start_matches(['>', ' ']).split_once(':') else { continue };
        match name.trim().to_ascii_lowercase().as_str() {
            "message-id" if facts.original_id.is_none() => {
                let id = value.trim().trim_start_matches('<').split(['>', ' ']).next().unwrap_or("");
                facts.original_id = Some(id.to_owned()).filter(|id| id.contains('@'));
            }
            "to" if facts.original_to.is_none() => {
                facts.original_to = addresses_in(value).into_iter().next();
            }
            _ => {}
        }
    }
}

fn addresses_of(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Address(list) => list.iter().filter_map(|a| a.address().map(str::to_owned)).collect(),
        HeaderValue::Text(text) => addresses_in(text),
        HeaderValue::TextList(texts) => texts.iter().flat_map(|text| addresses_in(text)).collect(),
        _ => Vec::new(),
    }
}

/// Everything in a text that looks like an address.
pub(super) fn addresses_in(text: &str) -> Vec<String> {
    let end = |c: char| c.is_whitespace() || c.is_control() || "<>\"'()[],;:".contains(c);
    let words = text.split(end).map(|word| word.trim_matches('.'));
    words
        .filter(|word| {
            word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        })
        .filter(|word| crate::address::for_the_wire(word).is_ok())
        .map(str::to_owned)
        .collect()
}
