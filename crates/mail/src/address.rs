//! Addresses as they stand in an envelope and in a header. Whether an address is alive is not asked here.

use crate::Problem;

/// **Units**: bytes of a whole address (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MAX_ADDRESS: usize = 254;
/// **Units**: bytes of a local part (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// **Units**: characters of a display name; longer ones make headers that servers refuse.
const MAX_NAME: usize = 200;

/// A name and an address, as in `Ada <ada@example.com>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    pub name: Option<String>,
    pub address: String,
}

impl Mailbox {
    pub fn new(name: Option<&str>, address: &str) -> Self {
        Self { name: name.map(str::to_owned), address: address.to_owned() }
    }

    /// Checks name and address, so that neither can end a header or begin another.
    pub(crate) fn check(&self, field: &'static str) -> Result<lettre::message::Mailbox, Problem> {
        let name = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = name {
            if let Some(found) = name.chars().find(|c| c.is_control()) {
                let message = format!("the name holds the control character {found:?}; take it out");
                return Err(Problem::new(field, message));
            }
            if name.chars().count() > MAX_NAME {
                return Err(Problem::new(field, format!("the name is longer than {MAX_NAME} characters")));
            }
        }
        let address = for_the_wire(&self.address).map_err(|why| Problem::new(field, why))?;
        let address = address
            .parse::<lettre::Address>()
            .map_err(|_| Problem::new(field, format!("{:?} is not an e-mail address", self.address)))?;
        Ok(lettre::message::Mailbox::new(name.map(str::to_owned), address))
    }
}

/// The address as a server takes it: checked for shape, with its domain in ASCII.
///
/// **Errors**: a sentence that says what is wrong with it.
pub fn for_the_wire(address: &str) -> Result<String, String> {
    let wrong = || format!("{address:?} is not an e-mail address");
    let (local, domain) = address.rsplit_once('@').ok_or_else(wrong)?;
    let bad_local = |c: char| c.is_control() || c.is_whitespace() || "<>()[],;:\\\"@".contains(c);
    if local.is_empty() || local.len() > MAX_LOCAL || local.contains(bad_local) {
        return Err(wrong());
    }
    let domain = domain_for_the_wire(domain).ok_or_else(wrong)?;
    if local.len() + 1 + domain.len() > MAX_ADDRESS {
        return Err(format!("{address:?} is longer than {MAX_ADDRESS} characters"));
    }
    Ok(format!("{local}@{domain}"))
}

/// The domain of an address in lower case and ASCII; the key for the pace of sending.
pub fn domain_of(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    domain_for_the_wire(domain).unwrap_or_else(|| domain.to_lowercase())
}

pub(crate) fn domain_for_the_wire(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (ascii.len() <= 253 && ascii.split('.').all(label)).then_some(ascii)
}

/// A return path that tells from which message a bounce came back: `bounce+KEY@mail.example.com`.
///
/// **Errors**: the key holds other than letters, digits, `-` and `_`, or the address becomes too long.
pub fn return_path(local: &str, key: &str, domain: &str) -> Result<String, Problem> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if key.is_empty() || !key.bytes().all(plain) {
        return Err(Problem::new("return_path", format!("{key:?} cannot stand in an address")));
    }
    for_the_wire(&format!("{local}+{key}@{domain}")).map_err(|why| Problem::new("return_path", why))
}

/// The key of a return path made by [`return_path`], out of the address to which a bounce came.
///
/// **Shape**: servers may fold the local part to lower case; give keys that survive that.
pub fn key_of_return_path<'a>(address: &'a str, local: &str) -> Option<&'a str> {
    let (found, _) = address.trim().trim_start_matches('<').trim_end_matches('>').rsplit_once('@')?;
    let (prefix, key) = found.split_once('+')?;
    (prefix.eq_ignore_ascii_case(local) && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_of_other_letters_travels_in_ascii() {
        assert_eq!(for_the_wire("ada@Bücher.example").as_deref(), Ok("ada@xn--bcher-kva.example"));
        assert_eq!(domain_of("ada@BÜCHER.example"), "xn--bcher-kva.example");
    }

    #[test]
    fn what_could_end_an_envelope_is_no_address() {
        for bad in [
            "",
            "ada",
            "@x.de",
            "ada@",
            "a b@x.de",
            "a>b@x.de",
            "a\r\nRCPT TO:<c@x.de>@x.de",
            "a@x..de",
            "a@-x.de",
        ] {
            assert!(for_the_wire(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_bounce_finds_its_message_by_the_return_path() {
        let path = return_path("bounce", "msg_01HX", "mail.example.com").expect("a plain key");
        assert_eq!(key_of_return_path(&path, "bounce"), Some("msg_01HX"));
        assert_eq!(key_of_return_path("other+x@mail.example.com", "bounce"), None);
        assert!(return_path("bounce", "a@b", "example.com").is_err());
    }
}
