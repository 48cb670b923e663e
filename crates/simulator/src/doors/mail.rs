//! The mail of the world's people: taken from the product's outbox folder, or received over SMTP on this machine.
//!
//! The receiver takes everything, checks nothing, and speaks no encryption: it stands where a mail server stands in life.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// **Units**: bytes of one mail.
const LARGEST: usize = 20 << 20;
const SILENCE: Duration = Duration::from_secs(300);

/// A mail that reached somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whom it reached, in lower case.
    pub to: String,
    /// As the header writes it.
    pub subject: String,
    /// The address that takes somebody off the list at one click (RFC 8058), if there is one.
    pub unsubscribe: Option<String>,
}

impl Mail {
    /// Reads the headers of a message.
    fn of(message: &str, to: Option<&str>) -> Mail {
        let head = message.split("\r\n\r\n").next().unwrap_or("");
        let head = head.split("\n\n").next().unwrap_or("").replace("\r\n", "\n");
        let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
        let header = |name: &str| {
            unfolded.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let to = to.map(str::to_owned).or_else(|| header("To")).unwrap_or_default();
        let unsubscribe = header("List-Unsubscribe").and_then(|value| {
            value
                .split(',')
                .map(|part| part.trim().trim_matches(['<', '>']).to_owned())
                .find(|part| part.starts_with("http"))
        });
        Mail { to: bare(&to), subject: header("Subject").unwrap_or_default(), unsubscribe }
    }
}

/// The address in `"Name" <a@b>`, in lower case.
fn bare(address: &str) -> String {
    let inner = address.rsplit_once('<').map_or(address, |(_, rest)| rest);
    inner.trim().trim_end_matches('>').trim().to_lowercase()
}

/// What lies in an outbox folder behind the file of this name, in order of the names.
pub fn read_outbox(folder: &Path, after: Option<&str>) -> io::Result<Vec<(String, Mail)>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".eml") && after.is_none_or(|after| name.as_str() > after) {
            names.push(name);
        }
    }
    names.sort_unstable();
    names
        .into_iter()
        .map(|name| {
            let bytes = std::fs::read(folder.join(&name))?;
            let mail = Mail::of(&String::from_utf8_lossy(&bytes), None);
            Ok((name, mail))
        })
        .collect()
}

/// A mail server on a free port of this machine; it ends with this value.
#[derive(Debug)]
pub struct MailServer {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Mail>>>,
    stops: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MailServer {
    pub fn start() -> io::Result<MailServer> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let received = Arc::new(Mutex::new(Vec::new()));
        let stops = Arc::new(AtomicBool::new(false));
        let (into, stopped) = (received.clone(), stops.clone());
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(connection), into) = (connection, into.clone()) else { continue };
                std::thread::spawn(move || {
                    if let Err(error) = serve(connection, &into) {
                        // Whoever sends mail may go away in the middle; what was accepted is kept.
                        eprintln!("a connection for mail broke off: {error}");
                    }
                });
            }
        });
        Ok(MailServer { address, received, stops, thread: Some(thread) })
    }

    /// What came in since it was last asked.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.received.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::SeqCst);
        // A last visitor wakes the thread that waits for visitors.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn serve(connection: TcpStream, into: &Mutex<Vec<Mail>>) -> io::Result<()> {
    connection.set_read_timeout(Some(SILENCE))?;
    let mut lines = BufReader::new(connection.try_clone()?);
    let mut out = connection;
    let mut recipients: Vec<String> = Vec::new();
    out.write_all(b"220 world ready\r\n")?;
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => out.write_all(b"250-world\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")?,
            "RCPT" => {
                let address = line.split_once(':').map_or("", |(_, rest)| rest);
                recipients.push(bare(address.split('>').next().unwrap_or("")));
                out.write_all(b"250 known\r\n")?;
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let message = message(&mut lines)?;
                let mails = recipients.drain(..).map(|to| Mail::of(&message, Some(&to)));
                into.lock().unwrap_or_else(PoisonError::into_inner).extend(mails);
                out.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => return out.write_all(b"221 bye\r\n"),
            "HELO" | "MAIL" | "RSET" | "NOOP" => {
                if verb != "NOOP" {
                    recipients.clear();
                }
                out.write_all(b"250 well\r\n")?;
            }
            _ => out.write_all(b"502 not here\r\n")?,
        }
    }
}

/// A message up to the line with a single point, doubled points undone.
fn message(lines: &mut impl BufRead) -> io::Result<String> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 || message.len() > LARGEST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" || line == b".\n" {
            return Ok(String::from_utf8_lossy(&message).into_owned());
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "From: shop@example.com\r\nTo: \"Ada L\" <Ada@Example.com>\r\nSubject: New\r\n roasts\r\n\
        List-Unsubscribe: <mailto:x@example.com>, <https://shop.example/u/1>\r\n\r\nHello\r\n..\r\n";

    #[test]
    fn a_mail_that_is_sent_over_smtp_reaches_whom_it_was_sent_to() {
        let server = MailServer::start().unwrap();
        let mut connection = TcpStream::connect(server.address).unwrap();
        let mut answers = BufReader::new(connection.try_clone().unwrap());
        let mut says = |words: &str, expected: &str| {
            connection.write_all(words.as_bytes()).unwrap();
            let mut answer = String::new();
            while !answer.contains(expected) {
                answer.clear();
                assert!(answers.read_line(&mut answer).unwrap() > 0);
            }
        };
        says("EHLO me\r\n", "250 SMTPUTF8");
        says("MAIL FROM:<shop@example.com>\r\nRCPT TO:<ADA@example.com>\r\nDATA\r\n", "354");
        says(&format!("{MESSAGE}.\r\n"), "250 taken");
        says("QUIT\r\n", "221");
        let expected = Mail {
            to: "ada@example.com".to_owned(),
            subject: "New roasts".to_owned(),
            unsubscribe: Some("https://shop.example/u/1".to_owned()),
        };
        assert_eq!(server.take(), [expected]);
        assert_eq!(server.take(), []);
    }

    #[test]
    fn the_outbox_is_read_on_from_where_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["msg_1.eml", "msg_2.eml", "other.txt"] {
            std::fs::write(folder.path().join(name), MESSAGE).unwrap();
        }
        let all = read_outbox(folder.path(), None).unwrap();
        assert_eq!(all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["msg_1.eml", "msg_2.eml"]);
        assert_eq!(all[0].1.to, "ada@example.com");
        assert_eq!(read_outbox(folder.path(), Some("msg_1.eml")).unwrap().len(), 1);
    }
}
