//! Who asks, and the frame that is drawn around what they see.
//!
//! The sign-in guard finds the session once per request; handlers take [`Current`], [`Writer`] or [`Administrator`] as
//! an argument and so cannot forget to ask.

use std::future::ready;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use jiff::tz::TimeZone;
use platform::auth::{self, Session, User};
use platform::clock::SECOND;
use platform::{By, Micros, Snapshot, Store, settings};

use crate::error::{Failure, Result};
use crate::layout::{Layout, Place, Theme, TurnStrip, Waiting};
use crate::loop_bar;
use crate::parts::Toast;
use crate::respond;
use crate::state::App;
use crate::words;

/// The cookie that holds the token of the session.
pub const SESSION_COOKIE: &str = "rondel_session";
/// Folds the navigation; the script sets it.
const NAVIGATION_COOKIE: &str = "rondel_nav";
/// How long a computed frame is shown although another process may have changed something. **Units:** microseconds.
const FRAME_AGE: Micros = 10 * SECOND;

/// The signed-in visitor of this request.
#[derive(Debug, Clone)]
pub struct Current {
    pub session: Session,
    /// Path and query of this request.
    pub path: String,
    frame: Arc<Frame>,
    narrow_navigation: bool,
    held_at: Option<Micros>,
    toast: Option<Toast>,
}

impl Current {
    pub fn user(&self) -> &User {
        &self.session.user
    }

    /// The actor for `store.write`.
    pub fn by(&self) -> By {
        By::user(&self.session.user.id)
    }

    pub fn csrf_token(&self) -> &str {
        &self.session.csrf_token
    }

    /// True if this visitor may change records: templates leave out what they may not press.
    pub fn may_write(&self) -> bool {
        self.session.user.role.may_write()
    }

    /// The zone in which the firm's days begin and end.
    pub fn zone(&self) -> &TimeZone {
        &self.frame.zone
    }

    /// The currency of amounts that come without one; empty where none was chosen.
    pub fn currency(&self) -> &str {
        &self.frame.currency
    }

    pub fn may_administer(&self) -> bool {
        self.session.user.role.may_administer()
    }

    /// The frame of a page: `Show { page: current.layout(Place::People, "People"), … }`.
    pub fn layout(&self, place: Place, title: impl Into<String>) -> Layout {
        Layout {
            title: title.into(),
            user_name: self.session.user.name.clone(),
            user_email: self.session.user.email.clone(),
            firm: self.frame.firm.clone(),
            theme: Theme::from_name(&self.session.user.theme),
            narrow_navigation: self.narrow_navigation,
            csrf_token: self.session.csrf_token.clone(),
            path: self.path.clone(),
            current: place,
            waiting: self.frame.waiting.clone(),
            turn: self.frame.turn.clone(),
            held_at: self.held_at.map(|at| words::minute(at, self.zone())),
            toast: self.toast.clone(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Current {
    type Rejection = Failure;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self>> {
        ready(Self::of(parts))
    }
}

/// A visitor who may change records.
#[derive(Debug, Clone)]
pub struct Writer(pub Current);

/// A visitor who may add users and change settings.
#[derive(Debug, Clone)]
pub struct Administrator(pub Current);

impl<S: Sync> FromRequestParts<S> for Writer {
    type Rejection = Failure;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self>> {
        ready(Self::of(parts))
    }
}

impl<S: Sync> FromRequestParts<S> for Administrator {
    type Rejection = Failure;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self>> {
        ready(Self::of(parts))
    }
}

// Not inlined, because every handler of a page would have a copy.
impl Current {
    #[inline(never)]
    fn of(parts: &Parts) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::SignedOut)
    }
}

impl Writer {
    #[inline(never)]
    fn of(parts: &Parts) -> Result<Self> {
        let current = Current::of(parts)?;
        match current.may_write() {
            true => Ok(Self(current)),
            false => {
                Err(Failure::forbidden("change anything: your role is reader. Ask an administrator for more"))
            }
        }
    }
}

impl Administrator {
    #[inline(never)]
    fn of(parts: &Parts) -> Result<Self> {
        let current = Current::of(parts)?;
        match current.may_administer() {
            true => Ok(Self(current)),
            false => Err(Failure::forbidden("do this: it takes an administrator or the owner")),
        }
    }
}

impl std::ops::Deref for Writer {
    type Target = Current;
    fn deref(&self) -> &Current {
        &self.0
    }
}

impl std::ops::Deref for Administrator {
    type Target = Current;
    fn deref(&self) -> &Current {
        &self.0
    }
}

/// What stands around every page and is the same for everybody.
#[derive(Debug)]
pub(crate) struct Frame {
    version: u64,
    read_at: Micros,
    firm: String,
    zone: TimeZone,
    currency: String,
    waiting: Vec<Waiting>,
    turn: Option<TurnStrip>,
}

impl Frame {
    fn read(snapshot: &mut Snapshot<'_>, version: u64) -> platform::Result<Self> {
        let firm: Option<String> = settings::get(snapshot, settings::FIRM_NAME)?;
        let zone: Option<String> = settings::get(snapshot, settings::TIME_ZONE)?;
        let currency: Option<String> = settings::get(snapshot, settings::CURRENCY)?;
        let standing = cycle::turn::standing(snapshot)?;
        Ok(Self {
            version,
            read_at: snapshot.now(),
            zone: zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC),
            currency: currency.unwrap_or_default(),
            firm: firm.unwrap_or_else(|| "Rondel".to_string()),
            waiting: loop_bar::waiting(&standing),
            turn: Some(loop_bar::strip(&standing)),
        })
    }

    pub(crate) fn holds(&self, store: &Store) -> bool {
        self.version == store.data_version() && (0..FRAME_AGE).contains(&(store.now() - self.read_at))
    }
}

/// What of a request tells who asks and for what.
pub(crate) struct Asked {
    token: Option<String>,
    path: String,
    narrow_navigation: bool,
    pub(crate) toast: Option<Toast>,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            token: cookie(request.headers(), SESSION_COOKIE).map(str::to_string),
            path: path_of(request),
            narrow_navigation: cookie(request.headers(), NAVIGATION_COOKIE) == Some("narrow"),
            toast: respond::toast_of(request),
        }
    }
}

/// Finds out who asks; None where nobody is signed in.
pub(crate) async fn find(app: &App, asked: Asked) -> Result<Option<Current>> {
    let Some(token) = asked.token else { return Ok(None) };
    let (cached, version) = (app.cached_frame(), app.store.data_version());
    let found = app.store.read({
        let token = token.clone();
        move |snapshot| {
            let Some(session) = auth::find(snapshot, &token)? else { return Ok(None) };
            let frame = match cached {
                Some(frame) => frame,
                None => Arc::new(Frame::read(snapshot, version)?),
            };
            Ok(Some((session, frame)))
        }
    });
    let Some((session, frame)) = found.await? else { return Ok(None) };
    app.keep_frame(frame.clone());
    if session.needs_touch(app.store.now()) {
        app.store.write(By::system(), move |tx| auth::touch(tx, &token)).await?;
    }
    let Asked { path, narrow_navigation, toast, .. } = asked;
    let held_at = app.clock().is_held().then(|| app.store.now());
    Ok(Some(Current { session, path, frame, narrow_navigation, held_at, toast }))
}

/// Where a visitor who signs in, or whose form failed, comes back to.
pub(crate) fn path_of(request: &Request) -> String {
    if request.method() != Method::GET {
        return "/".to_string();
    }
    request.uri().path_and_query().map_or_else(|| "/".to_string(), ToString::to_string)
}

pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The colours of a visitor who has not signed in.
pub(crate) fn theme_of(headers: &HeaderMap) -> Theme {
    Theme::from_name(cookie(headers, Theme::COOKIE).unwrap_or(""))
}
