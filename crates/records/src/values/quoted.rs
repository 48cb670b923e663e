//! How a wrong value is quoted inside a sentence that a person reads.
//!
//! It keeps messages short and printable; it does not escape for HTML or for a terminal, which is done where the
//! sentence is shown.

/// The most characters of a wrong value that a message repeats.
pub const MAX_SHOWN_CHARS: usize = 60;

/// The value in quotation marks, cut after [`MAX_SHOWN_CHARS`] and with control characters made visible.
///
/// ```
/// use records::values::quoted::quoted;
/// assert_eq!(quoted("a\tb"), "“a␉b”");
/// ```
pub fn quoted(value: &str) -> String {
    let mut shown = String::with_capacity(value.len().min(MAX_SHOWN_CHARS * 4) + 6);
    shown.push('“');
    for (at, sign) in value.chars().enumerate() {
        if at == MAX_SHOWN_CHARS {
            shown.push('…');
            break;
        }
        shown.push(visible(sign));
    }
    shown.push('”');
    shown
}

/// A control character as its Unicode picture, an invisible one as a box, anything else as itself.
fn visible(sign: char) -> char {
    match sign {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + sign as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => '\u{25a1}',
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_wrong_value_is_cut_in_the_message() {
        let shown = quoted(&"x".repeat(1_000_000));
        assert_eq!(shown.chars().count(), MAX_SHOWN_CHARS + 3);
        assert!(shown.ends_with("…”"));
    }

    #[test]
    fn a_direction_override_cannot_turn_the_sentence_around() {
        assert_eq!(quoted("a\u{202e}b"), "“a□b”");
    }
}
