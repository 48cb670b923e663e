//! Signed links: what stands in mails for people who have no account. A link names a message or a person and proves that
//! we made it; it holds no personal data, and nobody can make one up for somebody else.
//!
//! Each use signs under a name of its own, so that a link for one thing cannot serve for another.

use mail::tokens;
pub use mail::tokens::Refusal;
use platform::clock::DAY;
use platform::store::{Snapshot, Tx};
use platform::{Micros, Result, settings};

/// The setting with the secret; it never leaves the database.
const SECRET: &str = "link_secret";
/// How long a link to the preference centre works. Leaving works for ever, as the law wants. **Units:** days.
const PREFERENCES_DAYS: i64 = 400;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Unsubscribe,
    Preferences,
    Click,
    /// The page of what a person may use: codes of offers.
    Landing,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Self::Unsubscribe => "unsubscribe",
            Self::Preferences => "preferences",
            Self::Click => "click",
            Self::Landing => "landing",
        }
    }

    /// The address below that of the program, which the token follows.
    pub fn path(self) -> &'static str {
        match self {
            Self::Unsubscribe => "/mail/unsubscribe",
            Self::Preferences => "/mail/preferences",
            Self::Click => "/mail/click",
            Self::Landing => "/mail/offers",
        }
    }
}

/// The secret of this installation.
#[derive(Clone)]
pub struct Key(String);

impl Key {
    /// The key, where one was made already.
    pub fn read(snapshot: &mut Snapshot<'_>) -> Result<Option<Self>> {
        Ok(settings::get(snapshot, SECRET)?.map(Self))
    }

    /// The key; made and kept where there is none yet.
    pub fn ensure(tx: &mut Tx<'_>) -> Result<Self> {
        if let Some(key) = Self::read(tx)? {
            return Ok(key);
        }
        let secret = platform::random::token();
        settings::set(tx, SECRET, &secret)?;
        Ok(Self(secret))
    }

    /// The token for a message (`msg_…`) or, for preferences, a person (`per_…`).
    pub fn token(&self, used_for: Use, id: &str, now: Micros) -> String {
        let last_day = (used_for == Use::Preferences).then(|| now.div_euclid(DAY) + PREFERENCES_DAYS);
        tokens::sign(self.0.as_bytes(), used_for.name(), &[id], last_day)
    }

    /// The whole address; `base` is that of the program, without a slash at its end.
    pub fn address(&self, base: &str, used_for: Use, id: &str, now: Micros) -> String {
        format!("{base}{}/{}", used_for.path(), self.token(used_for, id, now))
    }

    /// The id that a token names.
    pub fn open(&self, used_for: Use, token: &str, now: Micros) -> std::result::Result<String, Refusal> {
        let fields = tokens::read(self.0.as_bytes(), used_for.name(), token, now.div_euclid(DAY))?;
        fields.into_iter().next().ok_or(Refusal::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_for_its_own_use_and_only_leaving_works_for_ever() {
        let key = Key("secret".to_string());
        let now = 1_705_320_000_000_000;
        let token = key.token(Use::Preferences, "msg_1", now);
        assert_eq!(key.open(Use::Preferences, &token, now), Ok("msg_1".to_string()));
        assert_eq!(key.open(Use::Unsubscribe, &token, now), Err(Refusal::Forged));
        assert_eq!(key.open(Use::Preferences, &token, now + 401 * DAY), Err(Refusal::Expired));
        let token = key.token(Use::Unsubscribe, "msg_1", now);
        assert_eq!(key.open(Use::Unsubscribe, &token, now + 4000 * DAY), Ok("msg_1".to_string()));
    }
}
