//! One connection: greeting, TLS, sign-in, and messages one after the other.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::ClientConfig;

use super::dialogue::{self, Abilities, Reply};
use super::stream::Wire;
use super::{Answer, Envelope, Outcome, Security, Settings, Stage};

pub(super) struct Connection {
    wire: Wire,
    abilities: Abilities,
    timeout: Duration,
    end_timeout: Duration,
    used_at: Instant,
    n_sent: usize,
    usable: bool,
}

/// **Units**: the time for a goodbye that nobody waits for.
const GOODBYE: Duration = Duration::from_millis(500);

impl Connection {
    /// Reaches the server and signs in.
    pub(super) fn open(settings: &Settings, tls: &Arc<ClientConfig>) -> Result<Self, Answer> {
        let broken = |error: io::Error| network(Stage::Connect, &error);
        let mut wire = Wire::connect(&settings.host, settings.port, settings.timeout).map_err(broken)?;
        if settings.security == Security::Implicit {
            wire = wire.into_tls(&settings.host, tls).map_err(broken)?;
        }
        let mut connection = Self {
            wire,
            abilities: Abilities::default(),
            timeout: settings.timeout,
            end_timeout: settings.end_timeout,
            used_at: Instant::now(),
            n_sent: 0,
            usable: true,
        };
        connection.expect_good(Stage::Connect)?;
        connection.hello(settings)?;
        if settings.security == Security::StartTls {
            if !connection.abilities.starttls {
                let text = "the server does not offer STARTTLS".to_owned();
                return Err(Answer { stage: Stage::Connect, code: None, text });
            }
            connection.say(Stage::Connect, "STARTTLS")?;
            connection.expect_good(Stage::Connect)?;
            connection.wire = connection.wire.into_tls(&settings.host, tls).map_err(broken)?;
            connection.hello(settings)?;
        }
        connection.sign_in(settings)?;
        Ok(connection)
    }

    fn hello(&mut self, settings: &Settings) -> Result<(), Answer> {
        self.say(Stage::Connect, &format!("EHLO {}", settings.hello_name))?;
        let reply = self.expect_good(Stage::Connect)?;
        self.abilities = Abilities::of(&reply);
        Ok(())
    }

    fn sign_in(&mut self, settings: &Settings) -> Result<(), Answer> {
        let Some(login) = &settings.login else { return Ok(()) };
        let offered = |name: &str| self.abilities.sign_ins.iter().any(|known| known == name);
        if offered("PLAIN") {
            let secret = BASE64.encode(format!("\0{}\0{}", login.user, login.password));
            self.say(Stage::SignIn, &format!("AUTH PLAIN {secret}"))?;
        } else if offered("LOGIN") {
            for line in ["AUTH LOGIN".to_owned(), BASE64.encode(&login.user), BASE64.encode(&login.password)]
            {
                if line != "AUTH LOGIN" {
                    self.expect(Stage::SignIn, |code| code == 334)?;
                }
                self.say(Stage::SignIn, &line)?;
            }
        } else {
            let text = "the server offers neither AUTH PLAIN nor AUTH LOGIN".to_owned();
            return Err(Answer { stage: Stage::SignIn, code: None, text });
        }
        self.expect_good(Stage::SignIn).map(drop)
    }

    /// Names sender and recipient, up to where the server waits for the data.
    pub(super) fn begin(&mut self, envelope: &Envelope, size: usize) -> Result<(), Answer> {
        let local = |stage, text: &str| Answer { stage, code: None, text: text.to_owned() };
        let beyond_ascii = !envelope.recipient.is_ascii() || !envelope.return_path.is_ascii();
        if beyond_ascii && !self.abilities.utf8 {
            return Err(Answer {
                code: Some(553),
                ..local(Stage::Recipient, "the server takes addresses in ASCII only")
            });
        }
        if self.abilities.max_size.is_some_and(|max| size > max) {
            return Err(Answer {
                code: Some(552),
                ..local(Stage::Content, "the message is larger than the server takes")
            });
        }
        let size = self.abilities.max_size.map_or_else(String::new, |_| format!(" SIZE={size}"));
        let utf8 = if beyond_ascii { " SMTPUTF8" } else { "" };
        let commands = [
            (Stage::Sender, format!("MAIL FROM:<{}>{size}{utf8}", envelope.return_path)),
            (Stage::Recipient, format!("RCPT TO:<{}>", envelope.recipient)),
            (Stage::Content, "DATA".to_owned()),
        ];
        let result = match self.abilities.pipelining {
            true => self.all_at_once(&commands),
            false => self.one_by_one(&commands),
        };
        if let Err(answer) = &result {
            self.forget(answer);
        }
        result
    }

    fn all_at_once(&mut self, commands: &[(Stage, String); 3]) -> Result<(), Answer> {
        let lines: Vec<&str> = commands.iter().map(|(_, line)| line.as_str()).collect();
        self.say(Stage::Sender, &lines.join("\r\n"))?;
        let mut refusal = None;
        for (stage, _) in commands {
            let wanted =
                |code: u16| if *stage == Stage::Content { code == 354 } else { (200..300).contains(&code) };
            match self.expect(*stage, wanted) {
                Ok(_) if refusal.is_some() && *stage == Stage::Content => {
                    // The server waits for data although it took no recipient: it gets none (RFC 2920, 3.1).
                    self.say(Stage::Content, ".")?;
                    self.expect(Stage::Content, |_| true)?;
                }
                Ok(_) => {}
                Err(answer) if answer.code.is_none() || answer.code == Some(421) => {
                    return Err(refusal.unwrap_or(answer));
                }
                // What is said after the first refusal follows from it.
                Err(answer) => refusal = refusal.or(Some(answer)),
            }
        }
        refusal.map_or(Ok(()), Err)
    }

    fn one_by_one(&mut self, commands: &[(Stage, String); 3]) -> Result<(), Answer> {
        for (stage, line) in commands {
            self.say(*stage, line)?;
            match stage {
                Stage::Content => self.expect(*stage, |code| code == 354)?,
                _ => self.expect_good(*stage)?,
            };
        }
        Ok(())
    }

    /// Writes the data, lets the caller write down that the end comes next, and waits for the answer.
    pub(super) fn finish(
        &mut self,
        message: &[u8],
        before_end: &mut dyn FnMut() -> io::Result<()>,
    ) -> Outcome {
        self.wire.allow(self.end_timeout);
        if let Err(error) = self.wire.write(&dialogue::with_dots(message)) {
            self.usable = false;
            return Outcome::RetryLater(self.last_words(Stage::Content, &error));
        }
        if let Err(error) = before_end() {
            // Without the end of the data the server throws the message away (RFC 5321, 4.1.1.4).
            self.usable = false;
            return Outcome::RetryLater(Answer {
                stage: Stage::Content,
                code: None,
                text: error.to_string(),
            });
        }
        self.wire.allow(self.end_timeout);
        let said = self.wire.write(b".\r\n").and_then(|()| dialogue::read(&mut self.wire));
        self.used_at = Instant::now();
        match said {
            Ok(reply) => {
                self.n_sent += 1;
                self.usable = reply.code != 421;
                let answer = answered(Stage::End, &reply);
                match reply.code {
                    200..300 => Outcome::Accepted(answer),
                    400.. => class(answer),
                    _ => {
                        self.usable = false;
                        Outcome::InDoubt(answer)
                    }
                }
            }
            Err(error) => {
                self.usable = false;
                Outcome::InDoubt(network(Stage::End, &error))
            }
        }
    }

    /// A server that breaks off while data come may have said why.
    fn last_words(&mut self, stage: Stage, error: &io::Error) -> Answer {
        self.wire.allow(GOODBYE);
        match dialogue::read(&mut self.wire) {
            Ok(reply) if reply.code >= 400 => answered(stage, &reply),
            _ => network(stage, error),
        }
    }

    /// After a refusal the next message begins anew.
    fn forget(&mut self, answer: &Answer) {
        if answer.code.is_none() || answer.code == Some(421) {
            self.usable = false;
        } else if self.usable {
            let reset = self.say(Stage::Sender, "RSET").and_then(|()| self.expect_good(Stage::Sender));
            self.usable = reset.is_ok();
        }
    }

    /// Says goodbye without insisting.
    pub(super) fn quit(mut self) {
        self.wire.allow(GOODBYE);
        if self.usable && self.wire.write(b"QUIT\r\n").is_ok() {
            // The answer changes nothing: the messages were answered for.
            let _ = dialogue::read(&mut self.wire);
        }
    }

    pub(super) fn is_usable(&self) -> bool {
        self.usable
    }

    pub(super) fn n_sent(&self) -> usize {
        self.n_sent
    }

    pub(super) fn waited(&self) -> Duration {
        self.used_at.elapsed()
    }

    fn say(&mut self, stage: Stage, line: &str) -> Result<(), Answer> {
        self.wire.allow(self.timeout);
        let written = self.wire.write(format!("{line}\r\n").as_bytes());
        written.map_err(|error| {
            self.usable = false;
            network(stage, &error)
        })
    }

    fn expect_good(&mut self, stage: Stage) -> Result<Reply, Answer> {
        self.expect(stage, |code| (200..300).contains(&code))
    }

    fn expect(&mut self, stage: Stage, wanted: impl Fn(u16) -> bool) -> Result<Reply, Answer> {
        self.used_at = Instant::now();
        self.wire.allow(self.timeout);
        let reply = dialogue::read(&mut self.wire).map_err(|error| {
            self.usable = false;
            network(stage, &error)
        })?;
        if wanted(reply.code) { Ok(reply) } else { Err(answered(stage, &reply)) }
    }
}

/// What a message comes to that was not accepted. Only a code of 500 and more is for good.
pub(super) fn class(answer: Answer) -> Outcome {
    match answer.code {
        Some(code) if code >= 500 => Outcome::Refused(answer),
        _ => Outcome::RetryLater(answer),
    }
}

fn answered(stage: Stage, reply: &Reply) -> Answer {
    Answer { stage, code: Some(reply.code), text: reply.text() }
}

fn network(stage: Stage, error: &io::Error) -> Answer {
    Answer { stage, code: None, text: error.to_string() }
}
