//! Styles, scripts and drawings: embedded by `build.rs`, named by their content, served for ever.
//!
//! After [`edit_in`] (the setting `browser_dir`), the style sheets come straight from
//! there, so that an edit shows on reload. Scripts and drawings always come from the binary.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use axum::extract::Path as UrlPath;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;

/// A file inside the binary.
struct Embedded {
    /// The name by which templates ask for it.
    name: &'static str,
    /// The name under which the browser gets it: it changes with the content.
    path: &'static str,
    packed: &'static [u8],
    /// Unpacked for those who cannot do it themselves, when the first of them asks.
    plain: OnceLock<Vec<u8>>,
}

impl Embedded {
    const fn new(name: &'static str, path: &'static str, packed: &'static [u8]) -> Self {
        Self { name, path, packed, plain: OnceLock::new() }
    }

    fn plain(&self) -> &[u8] {
        self.plain.get_or_init(|| unpacked(self.packed))
    }
}

/// What `build.rs` packed.
pub(crate) fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut plain).expect("the program was built with what it packed");
    plain
}

mod embedded {
    use super::Embedded;
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

use embedded::{EMBEDDED, HAS_SCRIPT};

/// Where every asset lives.
const ROOT: &str = "/assets/";
/// The folder below [`ROOT`] that stands for the sources while styles are being edited.
const SOURCES: &str = "sources/";

/// The address of an asset, as `assets::url("app.css")`.
///
/// An unknown name gives an address that answers 404, so that a page never fails for a missing drawing.
pub fn url(name: &str) -> String {
    if name == "app.css" && sources().is_some() {
        return format!("{ROOT}{SOURCES}css/app.css");
    }
    let path = EMBEDDED.iter().find(|asset| asset.name == name).map_or(name, |asset| asset.path);
    format!("{ROOT}{path}")
}

/// False where the program was built without Node: pages then load no script.
pub fn has_script() -> bool {
    HAS_SCRIPT
}

/// The whole style sheet, for files that must stand alone (the turn report).
pub fn styles() -> &'static str {
    text("app.css")
}

/// The sprite of icons, for files that must stand alone.
pub fn icons() -> &'static str {
    text("icons.svg")
}

/// Every embedded file with the name under which the browser gets it.
pub fn all() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    EMBEDDED.iter().map(|asset| (asset.path, asset.plain()))
}

fn text(name: &str) -> &'static str {
    EMBEDDED
        .iter()
        .find(|asset| asset.name == name)
        .and_then(|asset| std::str::from_utf8(asset.plain()).ok())
        .unwrap_or_default()
}

/// Answers `GET /assets/{*path}`.
pub async fn serve(UrlPath(path): UrlPath<String>, headers: HeaderMap) -> Response {
    if let Some(name) = path.strip_prefix(SOURCES) {
        return match source_file(name) {
            Some(bytes) => {
                ([(header::CACHE_CONTROL, "no-store")], typed(name, Cow::Owned(bytes))).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    let Some(asset) = EMBEDDED.iter().find(|asset| asset.path == path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kept =
        [(header::CACHE_CONTROL, "public, max-age=31536000, immutable"), (header::VARY, "accept-encoding")];
    match accepts_gzip(&headers) {
        true => (kept, [(header::CONTENT_ENCODING, "gzip")], typed(asset.name, Cow::Borrowed(asset.packed)))
            .into_response(),
        false => (kept, typed(asset.name, Cow::Borrowed(asset.plain()))).into_response(),
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|v| v.contains("gzip"))
}

fn typed(name: &str, bytes: Cow<'static, [u8]>) -> impl IntoResponse + use<> {
    let content_type = match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    ([(header::CONTENT_TYPE, content_type)], bytes)
}

/// The folder of the sources while styles are being edited.
static SOURCE_FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// Takes the style sheets from the `browser` folder of the sources from now on; the first call counts.
pub fn edit_in(folder: PathBuf) {
    SOURCE_FOLDER.get_or_init(|| folder);
}

fn sources() -> Option<&'static Path> {
    SOURCE_FOLDER.get().map(PathBuf::as_path)
}

/// A style sheet of the sources. Only `css/` is open, and no way leads out of it.
fn source_file(name: &str) -> Option<Vec<u8>> {
    let inside = Path::new(name);
    let plain = inside.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || !inside.starts_with("css") {
        return None;
    }
    std::fs::read(sources()?.join(inside)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_under_the_address_that_pages_print() {
        let address = url("app.css");
        let path = address.strip_prefix(ROOT).expect("addresses start at the root");
        assert!(EMBEDDED.iter().any(|asset| asset.path == path), "{address}");
        assert!(styles().contains("--accent"));
        assert!(icons().contains("<symbol"));
    }

    #[tokio::test]
    async fn an_asset_is_kept_for_ever_and_packed_for_those_who_can_unpack() {
        let path = url("app.css").strip_prefix(ROOT).expect("addresses start at the root").to_owned();
        let packing =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, "gzip, br".parse().expect("a header"))]);
        let packed = serve(UrlPath(path.clone()), packing).await;
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        let plain = serve(UrlPath(path), HeaderMap::new()).await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(plain.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert!(plain.headers()[header::CACHE_CONTROL].to_str().is_ok_and(|v| v.contains("immutable")));
        let old = serve(UrlPath("app-00000000.css".to_owned()), HeaderMap::new()).await;
        assert_eq!(old.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn no_way_leads_out_of_the_styles() {
        assert!(source_file("css/../package.json").is_none());
        assert!(source_file("/etc/hosts").is_none());
        assert!(source_file("ts/app.ts").is_none());
    }
}
