//! Where mail goes: to an SMTP server, or to a folder that people can look into while no server is named.

use std::path::PathBuf;

use mail::dkim::Signer;
use mail::outbox::Outbox;
use platform::{Error, Micros, Result};

/// What the administrator has set about mail.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// Connections that are open at the same time.
    pub connections: usize,
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
    outbox: Outbox,
    pub give_up_after: Micros,
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

    /// **Errors** at `dkim_key_file` and where the outbox cannot be made.
    pub fn open(outgoing: Outgoing) -> Result<Self> {
        let signer = match &outgoing.dkim {
            None => None,
            Some((domain, selector, pem)) => Some(
                Signer::from_pem(domain, selector, pem)
                    .map_err(|problem| Error::invalid("dkim_key_file", problem.to_string()))?,
            ),
        };
        let outbox = Outbox::open(&outgoing.outbox).map_err(|error| Error::file(&outgoing.outbox, error))?;
        Ok(Self { give_up_after: outgoing.give_up_after, signer, outbox, outgoing })
    }

    pub fn base_url(&self) -> &str {
        &self.outgoing.base_url
    }

    pub fn connections(&self) -> usize {
        self.outgoing.connections.clamp(1, 64)
    }

    pub fn returned(&self) -> &std::path::Path {
        &self.outgoing.returned
    }

    /// Where mail goes to, in words.
    pub fn destination(&self) -> String {
        Self::OUTBOX.to_string()
    }

    pub fn is_outbox(&self) -> bool {
        true
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

    /// The message whose return path an address is.
    pub fn message_of_return_path(&self, address: &str) -> Option<String> {
        let (local, _) = self.outgoing.bounce_address.split_once('@')?;
        mail::address::key_of_return_path(address, local).map(str::to_owned)
    }

    pub fn lies_in_outbox(&self, message_id: &str) -> Result<bool> {
        self.outbox.has(message_id).map_err(|error| Error::file(self.outbox.folder(), error))
    }

    /// Hands one message over. `may_go` is asked at the last moment, when the server is about to take it.
    pub(super) fn deliver(
        &self,
        _line: &mut Line,
        envelope: Envelope<'_>,
        may_go: &mut dyn FnMut() -> bool,
    ) -> Answer {
        self.put(envelope, may_go)
    }

    /// Hands over one message by itself.
    pub(super) fn deliver_once(&self, envelope: Envelope<'_>) -> Answer {
        let mut line = Line::default();
        let answer = self.deliver(&mut line, envelope, &mut || true);
        self.give_back(line);
        answer
    }

    pub(super) fn wait_for(&self, _address: &str, _now: Micros) -> Option<Micros> {
        None
    }

    pub(super) fn give_back(&self, _line: Line) {}

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

/// The connection of one sending thread, opened when it is needed.
#[derive(Default)]
pub(super) struct Line;

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Post(to {})", self.destination())
    }
}
