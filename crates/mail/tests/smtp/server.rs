//! A mail server for tests: it follows the dialogue, except where a test tells it otherwise.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mail::smtp::{Envelope, Outcome, Security, Sender, Settings};

/// What the server does at a command.
pub(crate) enum Act {
    /// What the protocol asks for.
    Follow,
    Say(&'static str),
    SayAndClose(&'static str),
    Close,
    /// Says nothing until the client goes.
    Stall,
    /// Says a character of nonsense now and then, without end.
    Drip,
    /// Says as fast as it can, without a line end.
    Flood,
}

pub(crate) type Script = dyn Fn(&str, usize) -> Act + Send + Sync;

pub(crate) struct Server {
    pub(crate) port: u16,
    /// Commands, in order, of all connections.
    pub(crate) said: Arc<Mutex<Vec<String>>>,
    /// Messages whose end was seen.
    pub(crate) taken: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server whose script sees each command (`CONNECT` first, `END` after the data) and the number of the connection.
    pub(crate) fn start(script: impl Fn(&str, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::start_with(None, script)
    }

    pub(crate) fn start_with(
        tls: Option<Arc<rustls::ServerConfig>>,
        script: impl Fn(&str, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (said, taken) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let script: Arc<Script> = Arc::new(script);
        let (log, mails) = (Arc::clone(&said), Arc::clone(&taken));
        std::thread::spawn(move || {
            for (n, stream) in listener.incoming().enumerate() {
                let visit = Visit {
                    n,
                    script: Arc::clone(&script),
                    tls: tls.clone(),
                    said: Arc::clone(&log),
                    taken: Arc::clone(&mails),
                };
                std::thread::spawn(move || visit.hold(stream.unwrap()));
            }
        });
        Self { port, said, taken }
    }

    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::new("127.0.0.1", self.port, Security::Plain, "client.example");
        settings.timeout = Duration::from_millis(400);
        settings.end_timeout = Duration::from_millis(400);
        settings
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender::new(self.settings()).unwrap()
    }

    pub(crate) fn n_taken(&self) -> usize {
        self.taken.lock().unwrap().len()
    }
}

pub(crate) fn envelope(recipient: &str) -> Envelope {
    Envelope { return_path: "bounce+m1@shop.example".into(), recipient: recipient.into() }
}

pub(crate) fn send(sender: &Sender, recipient: &str) -> Outcome {
    sender.send(&envelope(recipient), b"Subject: x\r\n\r\n.dot\r\n", &mut || Ok(()))
}

/// One connection as the server sees it.
struct Visit {
    n: usize,
    script: Arc<Script>,
    tls: Option<Arc<rustls::ServerConfig>>,
    said: Arc<Mutex<Vec<String>>>,
    taken: Arc<Mutex<Vec<String>>>,
}

trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

impl Visit {
    fn hold(&self, stream: TcpStream) {
        // The client's end of the conversation is what the tests look at; here every failure just ends the visit.
        let _ = self.talk(Box::new(stream), false);
    }

    fn talk(&self, stream: Box<dyn Line>, inside_tls: bool) -> Option<()> {
        let mut reader = BufReader::new(stream);
        if !inside_tls {
            self.answer(&mut reader, "CONNECT", "220 mx.example")?;
        }
        loop {
            let command = line(&mut reader)?;
            self.said.lock().unwrap().push(command.clone());
            let verb = command.split([' ', ':']).next()?.to_uppercase();
            match verb.as_str() {
                "EHLO" if self.tls.is_some() && !inside_tls => {
                    self.answer(&mut reader, &command, "250-mx.example\r\n250 STARTTLS")?
                }
                "EHLO" => self.answer(
                    &mut reader,
                    &command,
                    "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 100000\r\n250 AUTH PLAIN LOGIN",
                )?,
                "STARTTLS" => {
                    self.answer(&mut reader, &command, "220 go on")?;
                    let tls = rustls::ServerConnection::new(self.tls.clone()?).ok()?;
                    let stream = rustls::StreamOwned::new(tls, reader.into_inner());
                    return self.talk(Box::new(stream), true);
                }
                "AUTH" => self.answer(&mut reader, &command, "235 welcome")?,
                "DATA" => {
                    self.answer(&mut reader, &command, "354 go on")?;
                    let mut data = String::new();
                    loop {
                        match line(&mut reader)?.as_str() {
                            "." => break,
                            text => data.push_str(&format!("{}\n", text.strip_prefix('.').unwrap_or(text))),
                        }
                    }
                    self.taken.lock().unwrap().push(data);
                    self.answer(&mut reader, "END", "250 2.0.0 queued")?;
                }
                "QUIT" => return self.answer(&mut reader, &command, "221 bye"),
                _ => self.answer(&mut reader, &command, "250 fine")?,
            }
        }
    }

    fn answer(&self, reader: &mut BufReader<Box<dyn Line>>, command: &str, usual: &str) -> Option<()> {
        let stream = reader.get_mut();
        match (self.script)(command, self.n) {
            Act::Follow => write!(stream, "{usual}\r\n").and_then(|()| stream.flush()).ok(),
            Act::Say(text) => write!(stream, "{text}\r\n").and_then(|()| stream.flush()).ok(),
            Act::SayAndClose(text) => {
                write!(stream, "{text}\r\n").and_then(|()| stream.flush()).ok()?;
                None
            }
            Act::Close => None,
            Act::Stall => {
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).ok()?;
                None
            }
            Act::Drip => loop {
                stream.write_all(b"2").ok()?;
                let (_keep, wait) = std::sync::mpsc::channel::<()>();
                let _ = wait.recv_timeout(Duration::from_millis(50));
            },
            Act::Flood => loop {
                stream.write_all(&[b'2'; 4_096]).ok()?;
            },
        }
    }
}

fn line(reader: &mut BufReader<Box<dyn Line>>) -> Option<String> {
    let mut line = Vec::new();
    match reader.read_until(b'\n', &mut line) {
        Ok(n) if n > 0 => Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()),
        _ => None,
    }
}
