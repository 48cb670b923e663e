//! The only place that reads the time of day.
//!
//! A test or the simulator holds the clock; everything else takes the time from its transaction or request.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Microseconds since 1970-01-01T00:00:00 UTC.
pub type Micros = i64;

pub const SECOND: Micros = 1_000_000;
pub const MINUTE: Micros = 60 * SECOND;
pub const HOUR: Micros = 60 * MINUTE;
pub const DAY: Micros = 24 * HOUR;

#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// Stands still until it is set; for tests and simulations.
    Held(Arc<AtomicI64>),
}

impl Clock {
    pub fn held_at(at: Micros) -> Self {
        Self::Held(Arc::new(AtomicI64::new(at)))
    }

    pub fn now(&self) -> Micros {
        match self {
            Self::System => system_now(),
            Self::Held(at) => at.load(Ordering::SeqCst),
        }
    }

    /// True for a clock that stands still until somebody moves it.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Held(_))
    }

    /// Moves a held clock; a system clock does not care.
    pub fn advance(&self, by: Micros) {
        if let Self::Held(at) = self {
            at.fetch_add(by, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that may read the system clock")]
fn system_now() -> Micros {
    jiff::Timestamp::now().as_microsecond()
}

/// The moment that an RFC 3339 text names, or the beginning of a day, in UTC.
///
/// **Errors** with a sentence that says what is expected.
pub fn read(text: &str) -> Result<Micros, String> {
    let whole = if text.contains(['T', 't', ' ']) { text.to_string() } else { format!("{text}T00:00:00Z") };
    let at: jiff::Timestamp = whole.parse().map_err(|_| {
        format!("“{text}” is no time such as 2026-01-31T08:00:00Z, and no day such as 2026-01-31")
    })?;
    Ok(at.as_microsecond())
}

/// RFC 3339 in UTC with seconds, for people and JSON.
pub fn in_words(at: Micros) -> String {
    match jiff::Timestamp::from_second(at.div_euclid(SECOND)) {
        Ok(timestamp) => timestamp.to_string(),
        Err(_) => format!("{at} µs"),
    }
}
