//! Files that are written while they are sent: however long a list is, memory stays flat.

use std::io::{self, BufWriter, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use platform::{Snapshot, Store};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Pieces that wait to be sent, and the size of one in bytes.
const PIECES_WAITING: usize = 8;
const PIECE_BYTES: usize = 1 << 16;

type Piece = Result<Bytes, io::Error>;

/// A CSV file under this name; `write` runs on a thread that may block. A failure in the middle breaks the download off,
/// so that nobody takes half a file for a whole one.
pub fn csv(
    file_name: &str,
    store: &Store,
    write: impl FnOnce(&Store, &mut dyn Write) -> platform::Result<()> + Send + 'static,
) -> Response {
    let (sender, receiver) = channel(PIECES_WAITING);
    let store = store.clone();
    tokio::task::spawn_blocking(move || {
        let mut out = BufWriter::with_capacity(PIECE_BYTES, Out(sender.clone()));
        let written = write(&store, &mut out);
        let flushed = out.flush();
        if let Err(error) = written.map_err(io::Error::other).and(flushed) {
            tracing::warn!(%error, "a download was broken off");
            // Nobody listens any more where this fails.
            drop(sender.blocking_send(Err(error)));
        }
    });
    answer(file_name, receiver)
}

/// The same out of one snapshot, on a connection that no page waits for.
pub fn csv_of_snapshot(
    file_name: &str,
    store: &Store,
    write: impl FnOnce(&mut Snapshot<'_>, &mut dyn Write) -> platform::Result<()> + Send + 'static,
) -> Response {
    let (sender, receiver) = channel(PIECES_WAITING);
    let pieces = sender.clone();
    let written = store.scan(move |snapshot| {
        let mut out = BufWriter::with_capacity(PIECE_BYTES, Out(pieces));
        write(snapshot, &mut out)?;
        out.flush().map_err(|error| platform::Error::file("", error))
    });
    tokio::spawn(async move {
        if let Err(error) = written.await {
            tracing::warn!(%error, "a download was broken off");
            // Nobody listens any more where this fails.
            drop(sender.send(Err(io::Error::other(error))).await);
        }
    });
    answer(file_name, receiver)
}

fn answer(file_name: &str, receiver: Receiver<Piece>) -> Response {
    let disposition = format!("attachment; filename=\"{}\"", plain(file_name));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_string()),
    ];
    (headers, Body::new(In(receiver))).into_response()
}

/// A name that needs no quoting in a header.
fn plain(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    name.chars().map(keep).collect()
}

struct Out(Sender<Piece>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the visitor went away"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct In(Receiver<Piece>);

impl HttpBody for In {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
