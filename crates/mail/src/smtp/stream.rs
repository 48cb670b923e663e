//! The bytes between us and a server, in the open or in TLS, until a deadline and up to a length.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// **Units**: bytes of a line of an answer. RFC 5321, 4.5.3.1.5 allows 512.
const MAX_LINE: usize = 4_096;

pub(super) enum Stream {
    Open(TcpStream),
    Closed(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// A stream with what was read too much, and the time at which patience ends.
pub(super) struct Wire {
    stream: Stream,
    read: Vec<u8>,
    deadline: Instant,
}

impl Wire {
    pub(super) fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<Self> {
        let deadline = Instant::now() + timeout;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name leads to no machine");
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(deadline)?) {
                Ok(stream) => {
                    // The end of the data is a packet of its own, and must not wait for an acknowledgement.
                    stream.set_nodelay(true)?;
                    return Ok(Self { stream: Stream::Open(stream), read: Vec::new(), deadline });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(super) fn allow(&mut self, timeout: Duration) {
        self.deadline = Instant::now() + timeout;
    }

    /// Goes on in TLS.
    ///
    /// **Errors**: also when the server said more than it was asked: somebody in between could have.
    pub(super) fn into_tls(self, host: &str, config: &Arc<ClientConfig>) -> io::Result<Self> {
        let Stream::Open(mut stream) = self.stream else {
            return Err(io::Error::other("TLS inside TLS"));
        };
        if !self.read.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server spoke before TLS began"));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            let left = left(self.deadline)?;
            stream.set_read_timeout(Some(left))?;
            stream.set_write_timeout(Some(left))?;
            tls.complete_io(&mut stream)?;
        }
        let stream = Stream::Closed(Box::new(StreamOwned::new(tls, stream)));
        Ok(Self { stream, read: Vec::new(), deadline: self.deadline })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        // In pieces, so that a server that takes a byte now and then meets the deadline.
        for piece in bytes.chunks(16 * 1024) {
            self.patience()?;
            match &mut self.stream {
                Stream::Open(stream) => stream.write_all(piece),
                Stream::Closed(stream) => stream.write_all(piece),
            }
            .map_err(told)?;
        }
        match &mut self.stream {
            Stream::Open(stream) => stream.flush(),
            Stream::Closed(stream) => stream.flush(),
        }
        .map_err(told)
    }

    /// A line without its end.
    pub(super) fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.read.iter().position(|b| *b == b'\n') {
                let mut line: Vec<u8> = self.read.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.read.len() > MAX_LINE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the server's line has no end"));
            }
            self.patience()?;
            let mut piece = [0; 1_024];
            let n = match &mut self.stream {
                Stream::Open(stream) => stream.read(&mut piece),
                Stream::Closed(stream) => stream.read(&mut piece),
            }
            .map_err(told)?;
            if n == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
            }
            self.read.extend_from_slice(&piece[..n]);
        }
    }

    /// The next read or write waits no longer than until the deadline.
    fn patience(&mut self) -> io::Result<()> {
        let left = left(self.deadline)?;
        let stream = match &self.stream {
            Stream::Open(stream) => stream,
            Stream::Closed(stream) => stream.get_ref(),
        };
        stream.set_read_timeout(Some(left))?;
        stream.set_write_timeout(Some(left))
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left < Duration::from_millis(1) { Err(too_slow()) } else { Ok(left) }
}

/// A time-out has two names, neither of which says what happened.
fn told(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => too_slow(),
        _ => error,
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server did not answer in time")
}
