//! Files that visitors hand in: streamed to the disk, never held in memory, gone again unless somebody keeps them.
//!
//! A route that takes files says so with `.layer(DefaultBodyLimit::disable())`; the bound is the setting `max_upload_mb`.

use std::io::Write;
use std::path::{Path, PathBuf};

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::Field;
use axum::http::StatusCode;
use platform::{Error, limits, random};
use tokio::sync::mpsc;

use crate::error::{Failure, Result};
use crate::forms::Fields;
use crate::state::App;

/// Pieces that may wait for the disk before the visitor's connection is slowed down.
const PIECES_WAITING: usize = 16;
/// Where files stay until somebody keeps them, below the folder of files.
const ARRIVING: &str = "arriving";
/// Longest name of a file that is kept. **Units:** characters.
const NAME_CHARACTERS: usize = 200;

/// A form with files.
#[derive(Debug, Default)]
pub struct Upload {
    pub fields: Fields,
    pub files: Vec<Received>,
}

/// A file that has arrived whole; it is removed from the disk when this value is dropped.
#[derive(Debug)]
pub struct Received {
    /// The field of the form.
    pub field: String,
    /// Its name on the visitor's computer, without folders.
    pub name: String,
    pub path: PathBuf,
    pub n_bytes: u64,
}

impl Drop for Received {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "an upload could not be removed");
    }
}

/// Removes uploads that the end of the process has broken off; at the start, when nobody uploads.
pub fn forget_broken_off(files: &Path) -> platform::Result<()> {
    let folder = files.join(ARRIVING);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(&folder, error)),
        _ => Ok(()),
    }
}

/// Takes in a form with files. An empty file field is no file.
///
/// **Errors** when a file or a field is too large, the disk is full, or the connection breaks; nothing is left then.
pub async fn receive(app: &App, mut form: Multipart) -> Result<Upload> {
    let folder = app.options.files.join(ARRIVING);
    let made = std::fs::create_dir_all(&folder);
    made.map_err(|error| Error::file(&folder, error))?;
    let mut upload = Upload::default();
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_string();
        match field.file_name().map(base_name) {
            None => upload.fields.push(name, text(field).await?),
            Some(file) if file.is_empty() => {}
            Some(file) => {
                let path = folder.join(random::hex(&random::bytes::<16>()));
                // From here on the file is removed, whatever happens.
                let mut received = Received { field: name, name: file, path, n_bytes: 0 };
                received.n_bytes = keep(field, &received, app.options.max_upload_bytes).await?;
                upload.files.push(received);
            }
        }
    }
    Ok(upload)
}

/// Browsers of old send the whole path; a hostile one may send anything.
fn base_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    base.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS).collect()
}

async fn text(mut field: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await? {
        if bytes.len() + piece.len() > limits::FORM_BYTES {
            return Err(too_large("a field of the form"));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::Http(StatusCode::BAD_REQUEST, "a field of the form is not UTF-8".to_string()))
}

fn too_large(what: &str) -> Failure {
    Failure::Http(StatusCode::PAYLOAD_TOO_LARGE, format!("{what} is larger than it may be"))
}

/// Streams one file to the disk; returns its size.
async fn keep(mut field: Field<'_>, received: &Received, max_bytes: usize) -> Result<u64> {
    let (send, pieces) = mpsc::channel(PIECES_WAITING);
    let path = received.path.clone();
    let writer = tokio::task::spawn_blocking(move || write(&path, pieces));
    let mut n_bytes = 0;
    while let Some(piece) = field.chunk().await? {
        n_bytes += piece.len();
        if n_bytes > max_bytes {
            return Err(too_large(&format!("“{}”", received.name)));
        }
        if send.send(piece).await.is_err() {
            break; // the writer has stopped, and says why below
        }
    }
    drop(send);
    writer.await.map_err(|stopped| Error::Panicked(stopped.to_string()))??;
    Ok(n_bytes as u64)
}

fn write(path: &Path, mut pieces: mpsc::Receiver<Bytes>) -> platform::Result<()> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::DiskFull,
        _ => Error::file(path, error),
    };
    let mut file = std::fs::File::create(path).map_err(failed)?;
    while let Some(piece) = pieces.blocking_recv() {
        file.write_all(&piece).map_err(failed)?;
    }
    file.flush().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    use axum::body::Body;
    use axum::extract::{DefaultBodyLimit, State};
    use axum::http::Request;
    use platform::ids::IdMaker;
    use platform::store::Place;
    use platform::{Clock, Store};
    use tower::ServiceExt;

    async fn handler(State(app): State<App>, form: Multipart) -> Result {
        let upload = receive(&app, form).await?;
        let [file] = &upload.files[..] else { panic!("one file, and none for the empty field") };
        let content = std::fs::read_to_string(&file.path).unwrap();
        let said = format!("{} {} {} {content}", upload.fields.get("kind"), file.name, file.n_bytes);
        Ok(axum::response::IntoResponse::into_response(said))
    }

    async fn send(app: &App, content: &str) -> (StatusCode, String) {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\npeople\r\n\
             --b\r\nContent-Disposition: form-data; name=\"more\"; filename=\"\"\r\n\r\n\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{content}\r\n--b--\r\n"
        );
        let request = Request::post("/").header("content-type", "multipart/form-data; boundary=b");
        let router = axum::Router::new()
            .route("/", axum::routing::post(handler).layer(DefaultBodyLimit::disable()))
            .with_state(app.clone());
        let response = router.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn a_file_arrives_whole_or_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::File(folder.path().join("rondel.db"));
        let store = Store::open(&place, Clock::held_at(0), IdMaker::seeded(1)).unwrap();
        let files = folder.path().join("files");
        let outgoing = cycle::act::deliver::Outgoing {
            outbox: folder.path().join("outbox"),
            ..cycle::act::deliver::Outgoing::default()
        };
        let options = crate::Options {
            files,
            post: std::sync::Arc::new(cycle::act::deliver::Post::open(outgoing).unwrap()),
            https: false,
            metrics_token: String::new(),
            max_upload_bytes: 3_000_000,
            timetable: |_| Ok(0),
        };
        let app = App::new(store, options);
        let large = "name\n".repeat(500_000);
        assert_eq!(send(&app, &large).await, (StatusCode::OK, format!("people a.csv 2500000 {large}")));
        assert_eq!(send(&app, &"x".repeat(3_000_001)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(std::fs::read_dir(folder.path().join("files/arriving")).unwrap().count(), 0);
    }

    #[test]
    fn a_file_keeps_its_name_and_loses_its_folders() {
        assert_eq!(base_name("C:\\Users\\Ada\\people.csv"), "people.csv");
        assert_eq!(base_name("../../etc/passwd"), "passwd");
        assert_eq!(base_name("Kunden März\n.csv"), "Kunden März.csv");
    }
}
