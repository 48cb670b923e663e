//! Where mail goes: to an SMTP server, or to a folder that people can look into while no server is named.

use std::path::PathBuf;

use mail::dkim::Signer;
use mail::outbox::Outbox;
use mail::smtp::{self, Outcome, Sender, Stage};
use platform::{Error, Micros, Result};

/// Threads that write into the outbox.
const OUTBOX_AT_ONCE: usize = 4;

/// What the administrator has set about mail.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// None: to the outbox.
    pub smtp: Option<smtp::Settings>,
    /// Domain, selector, and the private key in PEM.
    pub dkim: Option<(String, String, String)>,
    /// Where bounces go to, `bounces@example.com`: each mail gets `bounces+KEY@example.com`. Empty: to the sender.
    pub bounce_address: String,
    /// The folder of the outbox.
    pub outbox: PathBuf,
    /// The folder in which mail that came back is put for us to read.
    pub returned: PathBuf,
    /// Under which address people reach the program, without a slash at its end.
    pub base_url: String,
    /// How long a message is tried. **Units:** microseconds.
    pub give_up_after: Micros,
}

/// What sends, opened once and used by all jobs.
pub struct Post {
    outgoing: Outgoing,
    signer: Option<Signer>,
    sender: Option<Sender>,
    outbox: Outbox,
    pub give_up_after: Micros,
}

/// Recognises the return paths of our messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnPaths(Option<String>);

impl ReturnPaths {
    /// The message whose return path an address is.
    pub fn message_of(&self, address: &str) -> Option<String> {
        mail::address::key_of_return_path(address, self.0.as_deref()?).map(str::to_owned)
    }
}

/// One message on its way.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    pub id: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub bytes: &'a [u8],
}

/// What came of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Accepted(String),
    /// Not taken; it may be taken another time.
    Later(String),
    /// Not taken, for good.
    Refused {
        detail: String,
        is_unknown_address: bool,
    },
    /// The server could not be reached or broke off before it could take anything.
    NotSent(String),
    /// It may have been taken; nobody knows.
    Unanswered(String),
    /// We held it back at the last moment: surely not taken.
    Withheld,
}

impl Post {
    /// What a message is handed to where no server is named.
    pub const OUTBOX: &'static str = "the outbox";

    /// **Errors** at `dkim_key_file` and the settings of the server, and where the outbox cannot be made.
    pub fn open(outgoing: Outgoing) -> Result<Self> {
        let signer = match &outgoing.dkim {
            None => None,
            Some((domain, selector, pem)) => Some(
                Signer::from_pem(domain, selector, pem)
                    .map_err(|problem| Error::invalid("dkim_key_file", problem.to_string()))?,
            ),
        };
        let outbox = Outbox::open(&outgoing.outbox).map_err(|error| Error::file(&outgoing.outbox, error))?;
        let sender = outgoing.smtp.clone().map(Sender::new).transpose().map_err(|problems| {
            let named = |problem: mail::Problem| platform::Problem {
                field: format!("smtp_{}", problem.field),
                message: problem.message,
            };
            Error::Invalid(problems.into_iter().map(named).collect())
        })?;
        Ok(Self { give_up_after: outgoing.give_up_after, signer, sender, outbox, outgoing })
    }

    pub fn base_url(&self) -> &str {
        &self.outgoing.base_url
    }

    pub fn connections(&self) -> usize {
        self.outgoing.smtp.as_ref().map_or(OUTBOX_AT_ONCE, |smtp| smtp.max_connections)
    }

    pub fn returned(&self) -> &std::path::Path {
        &self.outgoing.returned
    }

    /// Where mail goes to, in words.
    pub fn destination(&self) -> String {
        match &self.outgoing.smtp {
            None => Self::OUTBOX.to_string(),
            Some(smtp) => format!("{}:{}", smtp.host, smtp.port),
        }
    }

    pub fn is_outbox(&self) -> bool {
        self.outgoing.smtp.is_none()
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The name and text of the DNS record for the signature.
    pub fn dns_record(&self) -> Option<(String, String)> {
        self.signer.as_ref().map(Signer::dns_record)
    }

    pub(super) fn signed(&self, message: Vec<u8>, at: Micros) -> std::result::Result<Vec<u8>, mail::Problem> {
        match &self.signer {
            Some(signer) => signer.sign(&message, at),
            None => Ok(message),
        }
    }

    /// The return path of a message.
    pub(super) fn return_path(&self, from: &str, message_id: &str) -> String {
        let bounces = self.outgoing.bounce_address.split_once('@');
        bounces
            .and_then(|(local, domain)| mail::address::return_path(local, message_id, domain).ok())
            .unwrap_or_else(|| from.to_string())
    }

    /// How the return paths of our messages look.
    pub fn return_paths(&self) -> ReturnPaths {
        ReturnPaths(self.outgoing.bounce_address.split_once('@').map(|(local, _)| local.to_string()))
    }

    pub fn lies_in_outbox(&self, message_id: &str) -> Result<bool> {
        self.outbox.has(message_id).map_err(|error| Error::file(self.outbox.folder(), error))
    }

    /// How long a mail to this address has to wait for its domain; None: it may go, and is counted.
    pub(super) fn wait_for(&self, address: &str, now: Micros) -> Option<Micros> {
        let wait = self.sender.as_ref()?.turn(address).err()?;
        Some(now.saturating_add(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Hands one message over. `may_go` is asked at the last moment, when only the end of the message is missing.
    pub(super) fn deliver(&self, envelope: Envelope<'_>, may_go: &mut dyn FnMut() -> bool) -> Answer {
        let Some(sender) = &self.sender else { return self.put(envelope, may_go) };
        let mut is_withheld = false;
        let wire =
            smtp::Envelope { return_path: envelope.from.to_string(), recipient: envelope.to.to_string() };
        let outcome = sender.send(&wire, envelope.bytes, &mut || {
            is_withheld = !may_go();
            if is_withheld { Err(std::io::Error::other("held back")) } else { Ok(()) }
        });
        if is_withheld { Answer::Withheld } else { answer_of(outcome) }
    }

    fn put(&self, envelope: Envelope<'_>, may_go: &mut dyn FnMut() -> bool) -> Answer {
        if !may_go() {
            return Answer::Withheld;
        }
        match self.outbox.put(envelope.id, envelope.bytes) {
            Ok(_) => Answer::Accepted(Self::OUTBOX.to_string()),
            Err(error) => Answer::Later(format!("the outbox cannot be written: {error}")),
        }
    }
}

fn answer_of(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Accepted(answer) => Answer::Accepted(answer.to_string()),
        Outcome::InDoubt(answer) => Answer::Unanswered(answer.to_string()),
        // What the server says about itself or the sender holds for everybody: none of them is to blame.
        Outcome::RetryLater(answer) | Outcome::Refused(answer) if answer.stage.concerns_all() => {
            Answer::NotSent(answer.to_string())
        }
        Outcome::RetryLater(answer) => Answer::Later(answer.to_string()),
        Outcome::Refused(answer) => {
            let is_about_recipient = answer.stage == Stage::Recipient && answer.code.is_some();
            let detail = answer.to_string();
            let is_unknown_address =
                is_about_recipient && super::send::reason_of(&detail) == "unknown_address";
            Answer::Refused { detail, is_unknown_address }
        }
    }
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Post(to {})", self.destination())
    }
}
