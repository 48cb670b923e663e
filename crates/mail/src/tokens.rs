//! Signed tokens for links in messages: they say what was meant, nobody can make one, and they hold no personal data.
//!
//! A token is text of the alphabet of URLs: `FIELDS.SIGNATURE`, the fields parted by `~`. It is signed, not secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::hmac;

/// **Units**: bytes of the signature that are kept: 128 bits, which nobody guesses.
const KEPT: usize = 16;

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not of the shape of a token: cut off by a mail program, most often.
    #[error("this link is incomplete")]
    Broken,
    /// Its signature is not ours, or was made for another purpose.
    #[error("this link was not made by us")]
    Forged,
    /// Its last day has passed.
    #[error("this link is no longer valid")]
    Expired,
}

/// Makes a token for a purpose (`click`, `preferences`) out of ids.
///
/// **Shape**: a field holds letters, digits, `-`, `_` and `:`; other characters make the token unreadable, and are
/// a mistake of the caller. `last_day` is the number of the last valid day since 1970, or none for a token without end.
pub fn sign(secret: &[u8], purpose: &str, fields: &[&str], last_day: Option<i64>) -> String {
    debug_assert!(fields.iter().all(|f| f.bytes().all(is_plain)), "a field of a token holds {fields:?}");
    let mut token = last_day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    for field in fields {
        token.push('~');
        token.push_str(field);
    }
    let signature = BASE64.encode(&signature(secret, purpose, &token).as_ref()[..KEPT]);
    token.push('.');
    token.push_str(&signature);
    token
}

/// The fields of a token that was made by [`sign`] with the same secret and purpose.
///
/// **Errors**: why it is not believed. An expired token is only called so when its signature is right.
pub fn read(secret: &[u8], purpose: &str, token: &str, today: i64) -> Result<Vec<String>, Refusal> {
    let (said, sealed) = token.rsplit_once('.').ok_or(Refusal::Broken)?;
    if said.len() > 500 || !said.bytes().all(|b| is_plain(b) || b == b'~') {
        return Err(Refusal::Broken);
    }
    let sealed = BASE64.decode(sealed).map_err(|_| Refusal::Broken)?;
    if sealed.len() != KEPT {
        return Err(Refusal::Broken);
    }
    let ours = signature(secret, purpose, said);
    // The time that this takes does not tell how many bytes were right.
    let differs = ours.as_ref().iter().zip(&sealed).fold(0, |found, (a, b)| found | (a ^ b));
    if differs != 0 {
        return Err(Refusal::Forged);
    }
    let mut parts = said.split('~');
    let last_day = parts.next().ok_or(Refusal::Broken)?;
    if last_day != "-" && last_day.parse::<i64>().map_err(|_| Refusal::Broken)? < today {
        return Err(Refusal::Expired);
    }
    Ok(parts.map(str::to_owned).collect())
}

fn signature(secret: &[u8], purpose: &str, said: &str) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    context.update(purpose.as_bytes());
    context.update(b"\0");
    context.update(said.as_bytes());
    context.sign()
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a secret of the workspace";

    #[test]
    fn a_link_says_what_it_was_made_for() {
        let token = sign(SECRET, "click", &["msg_01", "3"], Some(20_000));
        assert_eq!(read(SECRET, "click", &token, 20_000), Ok(vec!["msg_01".to_owned(), "3".to_owned()]));
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~:".contains(&b)), "{token}");
    }

    #[test]
    fn a_changed_link_is_forged_and_an_old_one_expired() {
        let token = sign(SECRET, "click", &["msg_01", "3"], Some(20_000));
        assert_eq!(read(SECRET, "click", &token.replace("msg_01", "msg_02"), 1), Err(Refusal::Forged));
        assert_eq!(read(SECRET, "preferences", &token, 1), Err(Refusal::Forged));
        assert_eq!(read(b"another secret", "click", &token, 1), Err(Refusal::Forged));
        assert_eq!(read(SECRET, "click", &token, 20_001), Err(Refusal::Expired));
        assert_eq!(read(SECRET, "click", &token.replace("20000", "90000"), 20_001), Err(Refusal::Forged));
    }

    #[test]
    fn a_link_that_a_mail_program_cut_off_is_incomplete() {
        let token = sign(SECRET, "click", &["msg_01"], None);
        for end in 0..token.len() {
            assert!(read(SECRET, "click", &token[..end], 1).is_err());
        }
        for bad in ["", ".", "~.", "é.AAAA", "-~a.AAAA", &"x".repeat(10_000)] {
            assert_eq!(read(SECRET, "click", bad, 1), Err(Refusal::Broken), "{bad:?}");
        }
    }
}
