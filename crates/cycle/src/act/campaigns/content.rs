//! What a campaign says: subject, text, sender, variants. Only its shape is checked here; whether it renders for everybody
//! is asked by the check list.

use platform::store::Snapshot;
use platform::{Error, Problem, Result};
use records::values::email;
use records::values::fold::tidy;
use serde::{Deserialize, Serialize};

use super::letter::Letter;
use crate::act::preferences;

/// Longest subject in characters, and longest body in bytes.
pub const SUBJECT_LENGTH: usize = 300;
pub const BODY_BYTES: usize = 400_000;
/// Arms that may have a text of their own.
pub const MOST_VARIANTS: usize = 8;

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// MJML, which becomes HTML that mail programs show alike.
    Mjml,
    /// Plain text and nothing else.
    Text,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mjml => "mjml",
            Self::Text => "text",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Mjml, Self::Text].into_iter().find(|format| format.name() == name)
    }
}

/// What one arm gets instead; an empty text is that of the campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub arm: String,
    #[serde(default)]
    pub subject: String,
    #[serde(default)]
    pub body: String,
}

/// What somebody writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// With fields of the person, such as `{{ person.given_name | default("there") }}`.
    pub subject: String,
    /// The line that mail programs show behind the subject.
    pub preheader: String,
    pub format: Format,
    pub body: String,
    pub variants: Vec<Variant>,
    pub from_name: String,
    pub from_email: String,
    /// Empty: answers go to the sender.
    pub reply_to: String,
    /// What the person may choose in the preference centre; None: only the purpose counts.
    pub topic: Option<String>,
    /// What links carry as `utm_campaign`; empty: nothing is added to links.
    pub utm_campaign: String,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            subject: String::new(),
            preheader: String::new(),
            format: Format::Mjml,
            body: String::new(),
            variants: Vec::new(),
            from_name: String::new(),
            from_email: String::new(),
            reply_to: String::new(),
            topic: None,
            utm_campaign: String::new(),
        }
    }
}

/// What the starter says and links to, to be replaced.
pub(super) const SAMPLE_TEXT: &str = "Say here in two sentences what is in it for the reader.";
pub(super) const SAMPLE_LINK: &str = "https://example.com/";

/// A name for web statistics out of the name of an action: `win-back-lost-customers`.
pub fn short_name(name: &str) -> String {
    let folded = records::values::fold::fold(name);
    let words: Vec<&str> =
        folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(60).collect()
}

impl Content {
    /// To begin with.
    pub fn starter() -> Self {
        Self {
            subject: "{{ person.given_name | default(\"Hello\") }}, something for you".to_string(),
            body: Letter {
                text: format!("Hello {{{{ person.given_name | default(\"there\") }}}},\n\n{SAMPLE_TEXT}"),
                button: "Have a look".to_string(),
                address: SAMPLE_LINK.to_string(),
            }
            .to_mjml(),
            ..Self::default()
        }
    }

    /// Subject and body of an arm.
    pub fn of_arm(&self, arm: &str) -> (&str, &str) {
        let variant = self.variants.iter().find(|variant| variant.arm == arm);
        let subject = variant.map(|v| v.subject.as_str()).filter(|text| !text.trim().is_empty());
        let body = variant.map(|v| v.body.as_str()).filter(|text| !text.trim().is_empty());
        (subject.unwrap_or(&self.subject), body.unwrap_or(&self.body))
    }

    pub(super) fn tidied(&self) -> Self {
        let line = |text: &str| tidy(text).into_owned();
        Self {
            subject: line(&self.subject),
            preheader: line(&self.preheader),
            body: self.body.replace("\r\n", "\n"),
            variants: self
                .variants
                .iter()
                .map(|v| Variant {
                    arm: line(&v.arm),
                    subject: line(&v.subject),
                    body: v.body.replace("\r\n", "\n"),
                })
                .collect(),
            from_name: line(&self.from_name),
            from_email: line(&self.from_email),
            reply_to: line(&self.reply_to),
            topic: self.topic.as_deref().map(line).filter(|topic| !topic.is_empty()),
            utm_campaign: line(&self.utm_campaign),
            ..self.clone()
        }
    }

    /// **Errors** with every problem at its field.
    pub(super) fn refuse(&self, snapshot: &mut Snapshot<'_>) -> Result<()> {
        let mut problems = Vec::new();
        let mut problem =
            |field: &str, message: String| problems.push(Problem { field: field.to_string(), message });
        subject("subject", &self.subject, &mut problem);
        body("body", &self.body, &mut problem);
        for (number, variant) in self.variants.iter().enumerate() {
            if variant.arm.is_empty() {
                problem(&format!("variants.{number}.arm"), "say for which arm this text is".to_string());
            }
            if !variant.subject.is_empty() {
                subject(&format!("variants.{number}.subject"), &variant.subject, &mut problem);
            }
            if !variant.body.trim().is_empty() {
                body(&format!("variants.{number}.body"), &variant.body, &mut problem);
            }
        }
        if self.variants.len() > MOST_VARIANTS {
            problem("variants", format!("at most {MOST_VARIANTS} arms may have a text of their own"));
        }
        if self.from_name.chars().any(char::is_control) || self.from_name.chars().count() > 120 {
            problem("from_name", "the sender's name is one line of at most 120 characters".to_string());
        }
        for (field, text) in [("from_email", &self.from_email), ("reply_to", &self.reply_to)] {
            if text.is_empty() {
                if field == "from_email" {
                    problem(field, "say from which address it comes".to_string());
                }
            } else if let Err(wrong) = email::parse(text) {
                problem(field, wrong.to_string());
            }
        }
        if let Some(topic) = &self.topic
            && preferences::topic(snapshot, topic)?.is_none()
        {
            problem("topic", format!("there is no topic {topic}"));
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }
}

fn subject(field: &str, text: &str, problem: &mut impl FnMut(&str, String)) {
    if text.is_empty() {
        problem(field, "a mail needs a subject".to_string());
    } else if text.chars().count() > SUBJECT_LENGTH {
        problem(field, format!("a subject has at most {SUBJECT_LENGTH} characters"));
    } else if text.chars().any(char::is_control) {
        problem(field, "a subject is one line".to_string());
    }
}

fn body(field: &str, text: &str, problem: &mut impl FnMut(&str, String)) {
    if text.trim().is_empty() {
        problem(field, "a mail needs a text".to_string());
    } else if text.len() > BODY_BYTES {
        problem(field, format!("a text has at most {BODY_BYTES} bytes; this one has {}", text.len()));
    }
}
