//! DKIM signatures (RFC 6376, and RFC 8463 for Ed25519) over finished messages.
//!
//! Headers and body are signed in the *relaxed* form, which survives what relays do to white space. Looking up and
//! judging other people's signatures is not done here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

use crate::Problem;

/// What is signed, once for each time it stands in the message, and once more so that nobody can add another.
const SIGNED: [&str; 14] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Precedence",
];

/// A key of a domain, and the selector under which its public half stands in the DNS.
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}, {}._domainkey.{})", self.algorithm(), self.selector, self.domain)
    }
}

impl Signer {
    /// Reads a private key in PEM: RSA of 2048 bits and more (PKCS#8 or PKCS#1), or Ed25519 (PKCS#8).
    ///
    /// **Errors**: what is wrong with the key, the domain or the selector.
    pub fn from_pem(domain: &str, selector: &str, pem: &str) -> Result<Self, Problem> {
        let domain = crate::address::domain_for_the_wire(domain)
            .ok_or_else(|| Problem::new("domain", format!("{domain:?} is not a domain")))?;
        let selector = crate::address::domain_for_the_wire(selector)
            .ok_or_else(|| Problem::new("selector", format!("{selector:?} is not a selector")))?;
        let (label, der) = decode_pem(pem)?;
        let key = read_key(&label, &der)?;
        Ok(Self { domain, selector, key })
    }

    /// The signing domain.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The name of the DNS record and the text that has to stand in it.
    pub fn dns_record(&self) -> (String, String) {
        let (kind, public) = match &self.key {
            Key::Rsa(key) => ("rsa", BASE64.encode(subject_public_key_info(key.public_key().as_ref()))),
            Key::Ed25519(key) => ("ed25519", BASE64.encode(key.public_key().as_ref())),
        };
        (format!("{}._domainkey.{}", self.selector, self.domain), format!("v=DKIM1; k={kind}; p={public}"))
    }

    /// The message with this signature in front. Two signers after each other give two signatures.
    ///
    /// **Units**: `at` in microseconds since 1970 in UTC.
    ///
    /// **Source**: RFC 6376, 3.4.2, 3.4.4, 3.5, 3.7, 5.4; RFC 8463, 3.
    ///
    /// **Errors**: a message without headers or without a From.
    pub fn sign(&self, message: &[u8], at: i64) -> Result<Vec<u8>, Problem> {
        let (headers, body) = split(message)?;
        let mut signed_names = Vec::new();
        let mut to_sign = Vec::with_capacity(2048);
        for name in SIGNED {
            // From the bottom up, as a verifier takes them.
            for header in headers.iter().rev().filter(|h| h.name.eq_ignore_ascii_case(name)) {
                relaxed_header(header, &mut to_sign);
                signed_names.push(name);
            }
            if ONCE_ONLY.contains(&name) {
                signed_names.push(name);
            }
        }
        if !headers.iter().any(|h| h.name.eq_ignore_ascii_case("From")) {
            return Err(Problem::new("message", "a message without From cannot be signed"));
        }
        let body_hash = BASE64.encode(ring::digest::digest(&ring::digest::SHA256, &relaxed_body(body)));
        let mut signature = format!(
            "DKIM-Signature: v=1; a={}; c=relaxed/relaxed; d={}; s={};\r\n\tt={}; h={};\r\n\tbh={};\r\n\tb=",
            self.algorithm(),
            self.domain,
            self.selector,
            at.div_euclid(1_000_000),
            signed_names.join(":\r\n\t "),
            body_hash,
        );
        let (name, value) = signature.split_once(':').expect("the text above holds a colon");
        relaxed_header(&Header { name, value: value.as_bytes() }, &mut to_sign);
        to_sign.truncate(to_sign.len() - 2); // the signature's own line is hashed without its end
        let value = self.seal(&to_sign)?;
        for (n, line) in BASE64.encode(value).as_bytes().chunks(72).enumerate() {
            if n > 0 {
                signature.push_str("\r\n\t ");
            }
            signature.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        }
        signature.push_str("\r\n");
        let mut bytes = signature.into_bytes();
        bytes.extend_from_slice(message);
        Ok(bytes)
    }

    fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        }
    }

    fn seal(&self, data: &[u8]) -> Result<Vec<u8>, Problem> {
        match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                // PKCS#1 v1.5 takes no randomness; the generator only blinds the computation.
                key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), data, &mut signature)
                    .map_err(|_| Problem::new("key", "the RSA key cannot sign"))?;
                Ok(signature)
            }
            // RFC 8463 signs the hash of the headers, not the headers.
            Key::Ed25519(key) => {
                Ok(key.sign(ring::digest::digest(&ring::digest::SHA256, data).as_ref()).as_ref().to_vec())
            }
        }
    }
}

/// What a message has once: naming it once more in `h=` makes an added one break the signature (RFC 6376, 8.15).
const ONCE_ONLY: [&str; 6] = ["From", "To", "Subject", "Date", "List-Unsubscribe", "List-Unsubscribe-Post"];

struct Header<'a> {
    name: &'a str,
    value: &'a [u8],
}

fn split(message: &[u8]) -> Result<(Vec<Header<'_>>, &[u8]), Problem> {
    let wrong = || Problem::new("message", "these bytes are not headers, an empty line and a body");
    let end = message.windows(4).position(|w| w == b"\r\n\r\n").ok_or_else(wrong)?;
    let mut headers = Vec::new();
    let mut rest = &message[..end + 2];
    while !rest.is_empty() {
        let mut line_end = 0;
        loop {
            let break_at = rest[line_end..].windows(2).position(|w| w == b"\r\n").ok_or_else(wrong)?;
            line_end += break_at + 2;
            if !matches!(rest.get(line_end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let colon = rest[..line_end].iter().position(|b| *b == b':').ok_or_else(wrong)?;
        let name = std::str::from_utf8(&rest[..colon]).map_err(|_| wrong())?;
        headers.push(Header { name, value: &rest[colon + 1..line_end - 2] });
        rest = &rest[line_end..];
    }
    Ok((headers, &message[end + 4..]))
}

fn relaxed_header(header: &Header<'_>, into: &mut Vec<u8>) {
    into.extend(header.name.trim_end().bytes().map(|b| b.to_ascii_lowercase()));
    into.push(b':');
    let start = into.len();
    for byte in header.value {
        match byte {
            b'\r' | b'\n' => {}
            b' ' | b'\t' if into.len() == start || into.last() == Some(&b' ') => {}
            b' ' | b'\t' => into.push(b' '),
            other => into.push(*other),
        }
    }
    if into.len() > start && into.last() == Some(&b' ') {
        into.pop();
    }
    into.extend_from_slice(b"\r\n");
}

fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::with_capacity(body.len() + 2);
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = match rest.windows(2).position(|w| w == b"\r\n") {
            Some(at) => (&rest[..at], &rest[at + 2..]),
            None => (rest, &rest[rest.len()..]),
        };
        let start = relaxed.len();
        for byte in line {
            match byte {
                b' ' | b'\t' if relaxed.len() > start && relaxed.last() == Some(&b' ') => {}
                b' ' | b'\t' => relaxed.push(b' '),
                other => relaxed.push(*other),
            }
        }
        if relaxed.len() > start && relaxed.last() == Some(&b' ') {
            relaxed.pop();
        }
        relaxed.extend_from_slice(b"\r\n");
        rest = after;
    }
    while relaxed.ends_with(b"\r\n\r\n") {
        relaxed.truncate(relaxed.len() - 2);
    }
    if relaxed == b"\r\n" {
        relaxed.clear();
    }
    relaxed
}

fn decode_pem(pem: &str) -> Result<(String, Vec<u8>), Problem> {
    let wrong = |what: &str| Problem::new("key", format!("the key is not PEM: {what}"));
    let start = pem.find("-----BEGIN ").ok_or_else(|| wrong("no line begins with -----BEGIN"))?;
    let (label, rest) =
        pem[start + 11..].split_once("-----").ok_or_else(|| wrong("the first line has no end"))?;
    let (content, _) = rest.split_once("-----END ").ok_or_else(|| wrong("no line begins with -----END"))?;
    let content: String = content.chars().filter(|c| !c.is_whitespace()).collect();
    let der =
        BASE64.decode(content).map_err(|_| wrong("between the lines stands something else than base64"))?;
    Ok((label.to_owned(), der))
}

fn read_key(label: &str, der: &[u8]) -> Result<Key, Problem> {
    let refused = |why: String| Problem::new("key", why);
    match label {
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(der)
            .map(|key| Key::Rsa(Box::new(key)))
            .map_err(|e| refused(format!("the RSA key cannot be used ({e}); it needs 2048 bits or more"))),
        "PRIVATE KEY" => match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            Ok(key) => Ok(Key::Ed25519(Box::new(key))),
            Err(_) => RsaKeyPair::from_pkcs8(der).map(|key| Key::Rsa(Box::new(key))).map_err(|e| {
                refused(format!("the key is neither Ed25519 nor RSA of 2048 bits or more ({e})"))
            }),
        },
        "ENCRYPTED PRIVATE KEY" => Err(refused("the key has a password; give it without one".to_owned())),
        other => Err(refused(format!("{other:?} is not a private key"))),
    }
}

/// The algorithm's name before the key, as the DNS record wants it (RFC 6376, 3.6.1, RFC 5280, 4.1.2.7).
fn subject_public_key_info(public: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let mut bits = vec![0x03];
    push_length(&mut bits, public.len() + 1);
    bits.push(0);
    bits.extend_from_slice(public);
    let mut info = vec![0x30];
    push_length(&mut info, RSA_ENCRYPTION.len() + bits.len());
    info.extend_from_slice(&RSA_ENCRYPTION);
    info.extend_from_slice(&bits);
    info
}

fn push_length(der: &mut Vec<u8>, length: usize) {
    let bytes = length.to_be_bytes();
    let bytes = &bytes[bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len() - 1)..];
    if length > 127 {
        der.push(0x80 | u8::try_from(bytes.len()).expect("a length has at most eight bytes"));
    }
    der.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests;
