//! What is said: answers of a server read, and what it can do.

use std::io;

use super::stream::Wire;

/// **Units**: lines of one answer.
const MAX_LINES: usize = 100;
/// **Units**: characters of an answer that are kept.
const MAX_TEXT: usize = 1_000;

/// An answer: three digits and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) fn text(&self) -> String {
        self.lines.join(" ").chars().take(MAX_TEXT).collect()
    }
}

/// Reads one answer (RFC 5321, 4.2.1).
///
/// **Errors**: what the network says, or that this is no answer.
pub(super) fn read(wire: &mut Wire) -> io::Result<Reply> {
    let mut lines = Vec::new();
    loop {
        let line = wire.line()?;
        let (code, last, text) = parse(&line).ok_or_else(|| {
            let shown: String =
                String::from_utf8_lossy(&line).chars().filter(|c| !c.is_control()).take(60).collect();
            io::Error::new(io::ErrorKind::InvalidData, format!("the server does not speak SMTP: {shown:?}"))
        })?;
        lines.push(text);
        if last {
            return Ok(Reply { code, lines });
        }
        if lines.len() >= MAX_LINES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the server's answer has no end"));
        }
    }
}

fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let code =
        std::str::from_utf8(line.get(..3)?).ok()?.parse::<u16>().ok().filter(|c| (200..600).contains(c))?;
    let last = match line.get(3) {
        None | Some(b' ') => true,
        Some(b'-') => false,
        Some(_) => return None,
    };
    let text = String::from_utf8_lossy(line.get(4..).unwrap_or_default());
    Some((code, last, text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()))
}

/// What a server can do, out of its answer to EHLO.
#[derive(Clone, Debug, Default)]
pub(super) struct Abilities {
    pub(super) starttls: bool,
    pub(super) pipelining: bool,
    pub(super) utf8: bool,
    /// **Units**: bytes of a message; none where the server does not say.
    pub(super) max_size: Option<usize>,
    pub(super) sign_ins: Vec<String>,
}

impl Abilities {
    pub(super) fn of(reply: &Reply) -> Self {
        let mut found = Self::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("STARTTLS") => found.starttls = true,
                Some("PIPELINING") => found.pipelining = true,
                Some("SMTPUTF8") => found.utf8 = true,
                Some("SIZE") => found.max_size = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0),
                Some("AUTH") => found.sign_ins.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        found
    }
}

/// The message with a dot before each line that begins with one (RFC 5321, 4.5.2), and its last line ended.
pub(super) fn with_dots(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + 64);
    let mut at_start = true;
    for byte in message {
        if at_start && *byte == b'.' {
            wire.push(b'.');
        }
        wire.push(*byte);
        at_start = *byte == b'\n';
    }
    if !at_start {
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_an_answer_is_three_digits_and_words() {
        assert_eq!(parse(b"250-SIZE 10"), Some((250, false, "SIZE 10".into())));
        assert_eq!(parse(b"354"), Some((354, true, String::new())));
        for bad in
            [&b"25"[..], b"abc", b"+25 x", b"099 x", b"600 x", b"250_x", b"HTTP/1.1 400", b"\xff\xff\xff"]
        {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn abilities_are_read_in_any_spelling() {
        let lines =
            ["mx.example", "pipelining", "SIZE 1000", "AUTH PLAIN LOGIN", "AUTH=LOGIN", "StartTLS", "X"];
        let found = Abilities::of(&Reply { code: 250, lines: lines.map(str::to_owned).to_vec() });
        assert!(found.pipelining && found.starttls && !found.utf8);
        assert_eq!((found.max_size, found.sign_ins.len()), (Some(1_000), 3));
    }

    #[test]
    fn lines_that_begin_with_a_dot_do_not_end_the_data() {
        assert_eq!(with_dots(b".\r\n..a\r\nb."), b"..\r\n...a\r\nb.\r\n");
    }
}
