//! The only place that draws chance from the operating system: secrets and seeds.

/// Fills `N` bytes from the operating system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the one place that may draw chance from the system")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0u8; N];
    getrandom::fill(&mut out).expect("the operating system gives random bytes");
    out
}

/// 32 random bytes in lower-case hex: session tokens, CSRF tokens.
pub fn token() -> String {
    hex(&bytes::<32>())
}

pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from_digit(u32::from(byte >> 4), 16).expect("a nibble is a hex digit"));
        out.push(char::from_digit(u32::from(byte & 15), 16).expect("a nibble is a hex digit"));
    }
    out
}
