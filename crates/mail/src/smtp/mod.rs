//! Handing messages to a mail server, and knowing of each what became of it.
//!
//! One message, one recipient. The dialogue has an end in time and in size whatever the server does. Which messages are
//! sent, and when one is tried again, is decided by the caller.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Problem;
use crate::address::{domain_for_the_wire, for_the_wire};

mod connection;
mod dialogue;
mod pace;
mod stream;
mod tls;

use connection::Connection;
use pace::Pace;

/// How the way to the server is closed to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// In the open first, then TLS (port 587). A server that does not offer it is not used.
    StartTls,
    /// TLS from the first byte (port 465).
    Implicit,
    /// In the open; on this machine only.
    Plain,
}

/// Name and password of a sign-in.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Login({}, …)", self.user)
    }
}

/// How a server is reached, and how fast.
#[derive(Clone, Debug)]
pub struct Settings {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<Login>,
    /// What we call ourselves: a domain that leads to this machine.
    pub hello_name: String,
    /// Certificates in PEM that are believed beside the public ones.
    pub extra_roots: Option<String>,
    pub max_connections: usize,
    pub messages_per_connection: usize,
    /// **Units**: messages a minute to one recipient domain; 0 is without limit.
    pub per_domain_per_minute: u32,
    /// Domains with a pace of their own, in the same unit.
    pub domain_paces: HashMap<String, u32>,
    /// The time for one step of the dialogue.
    pub timeout: Duration,
    /// The time for the answer after the end of the data, in which a server may look for viruses. RFC 5321 says ten minutes.
    pub end_timeout: Duration,
}

impl Settings {
    /// Settings for a server, with the usual limits.
    pub fn new(host: &str, port: u16, security: Security, hello_name: &str) -> Self {
        Self {
            host: host.to_owned(),
            port,
            security,
            login: None,
            hello_name: hello_name.to_owned(),
            extra_roots: None,
            max_connections: 4,
            messages_per_connection: 100,
            per_domain_per_minute: 0,
            domain_paces: HashMap::new(),
            timeout: Duration::from_secs(30),
            end_timeout: Duration::from_secs(600),
        }
    }

    /// What is wrong with these settings, field by field.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut say = |field, message: String| found.push(Problem::new(field, message));
        if self.host.is_empty() || rustls::pki_types::ServerName::try_from(self.host.as_str()).is_err() {
            say("host", format!("{:?} is not the name of a server", self.host));
        }
        if self.port == 0 {
            say("port", "a server listens at a port from 1 to 65535; 587 is the usual one".to_owned());
        }
        if self.security == Security::Plain && !self.is_on_this_machine() {
            say("security", "without TLS mail is handed over on this machine only".to_owned());
        }
        let nameless = |login: &Login| {
            login.user.is_empty() || login.user.contains('\0') || login.password.contains('\0')
        };
        if self.login.as_ref().is_some_and(nameless) {
            say("user", "a sign-in needs a name, and no character NUL".to_owned());
        }
        if domain_for_the_wire(&self.hello_name).is_none() {
            say("hello_name", format!("{:?} is not a domain", self.hello_name));
        }
        if self.max_connections == 0 || self.messages_per_connection == 0 {
            say("max_connections", "at least one connection and one message on it".to_owned());
        }
        if let Err(problem) = tls::roots(self.extra_roots.as_deref()) {
            found.push(problem);
        }
        found
    }

    fn is_on_this_machine(&self) -> bool {
        let ip = self.host.parse::<std::net::IpAddr>();
        self.host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
    }
}

/// Who takes a message back, and who gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub return_path: String,
    pub recipient: String,
}

/// Where in the dialogue an answer was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reaching the server, TLS, its greeting.
    Connect,
    SignIn,
    /// The return path.
    Sender,
    Recipient,
    /// Before the end of the data.
    Content,
    /// After the end of the data.
    End,
}

impl Stage {
    /// Whether it concerns the server or the sender, so that the next message fares no better.
    pub fn concerns_all(self) -> bool {
        matches!(self, Stage::Connect | Stage::SignIn | Stage::Sender)
    }
}

/// What was said, by the server (then with a code) or by the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub stage: Stage,
    pub code: Option<u16>,
    pub text: String,
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code} {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server is responsible now.
    Accepted(Answer),
    /// It was certainly not taken; later it may be.
    RetryLater(Answer),
    /// It was certainly not taken, and will not be.
    Refused(Answer),
    /// The connection broke between the end of the data and the answer: taken or not, nobody here knows.
    InDoubt(Answer),
}

/// Connections to one server, for any number of threads.
pub struct Sender {
    settings: Settings,
    tls: Arc<rustls::ClientConfig>,
    idle: Mutex<Vec<Connection>>,
    open: Mutex<usize>,
    freed: Condvar,
    pace: Mutex<Pace>,
}

/// **Units**: how long a connection may wait for its next message; servers end them after some minutes.
const MAX_IDLE: Duration = Duration::from_secs(30);

impl Sender {
    /// **Errors**: what is wrong with the settings.
    pub fn new(settings: Settings) -> Result<Self, Vec<Problem>> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let tls = tls::config(settings.extra_roots.as_deref()).map_err(|problem| vec![problem])?;
        let pace = Pace::new(settings.per_domain_per_minute, &settings.domain_paces);
        Ok(Self {
            settings,
            tls,
            idle: Mutex::new(Vec::new()),
            open: Mutex::new(0),
            freed: Condvar::new(),
            pace: Mutex::new(pace),
        })
    }

    /// Takes the next place in the pace of a recipient's domain, or says how long there is none.
    pub fn turn(&self, recipient: &str) -> Result<(), Duration> {
        let domain = crate::address::domain_of(recipient);
        locked(&self.pace).turn(&domain, Instant::now())
    }

    /// Hands over a message, and waits for the answer. The pace is the caller's to ask for ([`Sender::turn`]).
    ///
    /// `before_end` is called when everything but the end of the data is written. Until then the server cannot have taken
    /// the message. What it writes down, and an [`Outcome`] that does not follow, is all that a crash leaves in doubt. If it
    /// fails, the message is not sent.
    pub fn send(
        &self,
        envelope: &Envelope,
        message: &[u8],
        before_end: &mut dyn FnMut() -> std::io::Result<()>,
    ) -> Outcome {
        let envelope = match checked(envelope, message) {
            Ok(envelope) => envelope,
            Err(answer) => return Outcome::Refused(answer),
        };
        let _place = match self.place() {
            Ok(place) => place,
            Err(answer) => return Outcome::RetryLater(answer),
        };
        while let Some(mut connection) = self.waiting_connection() {
            // A server may have ended a connection that waited. Nothing was sent on it yet, so another is tried.
            match connection.begin(&envelope, message.len()) {
                Err(answer) if answer.code.is_none_or(|code| code == 421) => {}
                begun => return self.go_on(connection, begun, message, before_end),
            }
        }
        match Connection::open(&self.settings, &self.tls) {
            Ok(mut connection) => {
                let begun = connection.begin(&envelope, message.len());
                self.go_on(connection, begun, message, before_end)
            }
            // A server that refuses us for good has said nothing about this message.
            Err(answer) => Outcome::RetryLater(answer),
        }
    }

    /// Reaches the server, signs in and says goodbye: what a test of the settings wants to know.
    pub fn greet(&self) -> Result<(), Answer> {
        Connection::open(&self.settings, &self.tls).map(Connection::quit)
    }

    /// Ends the connections that wait.
    pub fn close(&self) {
        let waiting = std::mem::take(&mut *locked(&self.idle));
        waiting.into_iter().for_each(Connection::quit);
    }

    fn go_on(
        &self,
        mut connection: Connection,
        begun: Result<(), Answer>,
        message: &[u8],
        before_end: &mut dyn FnMut() -> std::io::Result<()>,
    ) -> Outcome {
        let outcome = match begun {
            Ok(()) => connection.finish(message, before_end),
            Err(answer) => connection::class(answer),
        };
        if connection.n_sent() >= self.settings.messages_per_connection {
            connection.quit();
        } else if connection.is_usable() {
            locked(&self.idle).push(connection);
        }
        outcome
    }

    fn waiting_connection(&self) -> Option<Connection> {
        let mut idle = locked(&self.idle);
        idle.retain(|connection| connection.waited() < MAX_IDLE);
        idle.pop()
    }

    /// Waits until one more connection may be in use.
    fn place(&self) -> Result<Place<'_>, Answer> {
        let open = locked(&self.open);
        let full = |open: &mut usize| *open >= self.settings.max_connections;
        let waited = self.freed.wait_timeout_while(open, self.settings.end_timeout, full);
        let (mut open, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            let text = "all connections are in use".to_owned();
            return Err(Answer { stage: Stage::Connect, code: None, text });
        }
        *open += 1;
        Ok(Place(self))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.close();
    }
}

/// One of the connections that may be in use; given back when dropped.
struct Place<'a>(&'a Sender);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *locked(&self.0.open) -= 1;
        self.0.freed.notify_one();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded stays whole when a thread dies: counts, and connections that are out of the list while in use.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn checked(envelope: &Envelope, message: &[u8]) -> Result<Envelope, Answer> {
    let refused = |stage, text| Answer { stage, code: None, text };
    let recipient = for_the_wire(&envelope.recipient).map_err(|why| refused(Stage::Recipient, why))?;
    let return_path = for_the_wire(&envelope.return_path).map_err(|why| refused(Stage::Sender, why))?;
    let mut before = 0;
    for (n, byte) in message.iter().enumerate() {
        let alone = match byte {
            b'\n' => before != b'\r',
            b'\r' => message.get(n + 1) != Some(&b'\n'),
            _ => false,
        };
        // Servers disagree on what such a line end means, which lets a body smuggle in a second message.
        if alone {
            return Err(refused(Stage::Content, "a line of the message does not end with CRLF".to_owned()));
        }
        before = *byte;
    }
    Ok(Envelope { return_path, recipient })
}
