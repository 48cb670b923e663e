//! Text made tidy (for keeping) and folded (for comparing and searching).
//!
//! Folding is for keys only: it forgets accents, case and punctuation on purpose and is never shown. It follows no
//! language: ü becomes u, not ue, because a folded key must be the same wherever the name was typed. Whoever wants
//! Müller and Mueller to meet does so in the comparison of duplicates.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in NFC, trimmed, with runs of white space as one space and invisible characters removed.
///
/// White space includes the no-break space that spreadsheets leave behind. Clean ASCII is borrowed, not copied.
///
/// ```
/// use records::values::fold::tidy;
/// assert_eq!(tidy("\u{feff} Ana\u{a0} \tMaria "), "Ana Maria");
/// ```
pub fn tidy(text: &str) -> Cow<'_, str> {
    if is_tidy_ascii(text) {
        return Cow::Borrowed(text);
    }
    // Invisible characters go first, for they may stand between a letter and its accent.
    let spaced = single_spaced(text);
    if is_nfc_quick(spaced.chars()) == IsNormalized::Yes {
        return Cow::Owned(spaced);
    }
    Cow::Owned(spaced.nfc().collect())
}

fn is_tidy_ascii(text: &str) -> bool {
    let mut before = b' ';
    for &byte in text.as_bytes() {
        if !(b' '..0x7f).contains(&byte) || (byte == b' ' && before == b' ') {
            return false;
        }
        before = byte;
    }
    before != b' ' || text.is_empty()
}

fn single_spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space_due = false;
    for sign in text.chars() {
        if sign.is_whitespace() {
            space_due = !out.is_empty();
        } else if !is_invisible(sign) {
            if space_due {
                out.push(' ');
                space_due = false;
            }
            out.push(sign);
        }
    }
    out
}

/// Characters that no one typed on purpose: controls, zero-width signs, direction marks, the byte order mark.
///
/// The zero-width joiner and non-joiner stay, for Persian and Indic names are spelt with them.
pub fn is_invisible(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The key of a text: ASCII letters and digits in lower case, words apart by one space, apostrophes dropped, `&` as
/// "and".
///
/// ```
/// use records::values::fold::fold;
/// assert_eq!(fold("Müller-Lüdenscheidt"), "muller ludenscheidt");
/// assert_eq!(fold("O’Brien & Søns"), "obrien and sons");
/// ```
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space_due = false;
    for sign in text.chars() {
        if sign.is_ascii() {
            push_folded(&mut out, &mut space_due, sign);
        } else if matches!(sign, '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{2b9}') {
            continue;
        } else {
            for ascii in deunicode::deunicode_char(sign).unwrap_or(" ").chars() {
                push_folded(&mut out, &mut space_due, ascii);
            }
        }
    }
    out
}

fn push_folded(out: &mut String, space_due: &mut bool, sign: char) {
    match sign {
        'a'..='z' | 'A'..='Z' | '0'..='9' => {
            if std::mem::take(space_due) && !out.is_empty() {
                out.push(' ');
            }
            out.push(sign.to_ascii_lowercase());
        }
        '\'' | '`' => {}
        '&' => {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str("and");
            *space_due = true;
        }
        _ => *space_due = true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_a_mac_with_split_accents_is_put_together() {
        assert_eq!(tidy("Jose\u{301} Mu\u{308}ller"), "José Müller");
        assert_eq!(fold("Jose\u{301}"), fold("José"));
    }

    #[test]
    fn folding_a_folded_key_changes_nothing() {
        for text in ["北京 有限公司", "Straße", "a&b", "  --x  ", "Łódź", "𝒳", "O'Neil", "&"] {
            let once = fold(text);
            assert_eq!(fold(&once), once, "{text}");
        }
    }

    #[test]
    fn clean_text_is_not_copied() {
        assert!(matches!(tidy("Ada Lovelace"), Cow::Borrowed(_)));
        assert!(matches!(tidy(""), Cow::Borrowed(_)));
        assert_eq!(tidy(" "), "");
    }
}
