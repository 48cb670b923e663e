//! Passwords: argon2id with the parameters that the library recommends, in PHC strings.

use crate::{Error, Result, limits};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

/// Shortest password that is accepted, in characters.
pub const MIN_CHARACTERS: usize = 10;

/// The PHC string of a password; takes tens of milliseconds on purpose.
///
/// **Errors** at the field `password` when it is too short or too long.
pub fn hash(password: &str) -> Result<String> {
    if password.chars().count() < MIN_CHARACTERS {
        return Err(Error::invalid("password", format!("needs at least {MIN_CHARACTERS} characters")));
    }
    if password.len() > limits::PASSWORD_BYTES {
        return Err(Error::invalid("password", format!("may have at most {} bytes", limits::PASSWORD_BYTES)));
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(Error::database)?;
    Ok(hash.to_string())
}

pub fn matches(password: &str, hash: &str) -> bool {
    if password.len() > limits::PASSWORD_BYTES {
        return false;
    }
    PasswordHash::new(hash)
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_right_password_matches_and_a_short_one_is_refused() {
        let hash = super::hash("correct horse battery").unwrap();
        assert!(super::matches("correct horse battery", &hash));
        assert!(!super::matches("correct horse batterz", &hash));
        assert!(super::hash("short").unwrap_err().to_string().contains("at least 10"));
    }
}
