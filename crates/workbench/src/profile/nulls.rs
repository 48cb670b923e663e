//! Words that say that nothing is known, as forms and exports write them.

/// Compared in lower case, without blanks around and without dashes, brackets or dots at the ends.
const WORDS: [&str; 37] = [
    "null", "nil", "none", "nan", "na", "n/a", "n.a", "unknown", "unk", "not available", "not applicable",
    "not specified", "not provided", "not set", "not known", "undefined", "missing", "blank", "empty", "no data",
    "select", "select one", "please select", "choose", "choose one", "tbd", "tba", "\\n", "#n/a", "#value!", "#ref!",
    "unbekannt", "keine angabe", "k.a", "inconnu", "desconocido", "sconosciuto",
];

/// True for a text that names no value: `Select`, `unknown`, `n/a`, `-`, `NULL`, `(blank)`.
pub(super) fn is_null_word(text: &str) -> bool {
    const LONGEST: usize = 24;
    if text.len() > LONGEST || !may_begin(text.as_bytes()) {
        return false;
    }
    let edge = |letter: char| letter.is_whitespace() || matches!(letter, '-' | '.' | '(' | ')' | '<' | '>' | '?' | '[' | ']' | '_' | '–' | '—');
    let word = text.trim_matches(edge);
    // Nothing but dashes, dots, question marks or blanks.
    if word.is_empty() {
        return true;
    }
    may_begin(word.as_bytes())
        && word.len() <= 14
        && WORDS.iter().any(|known| known.len() == word.len() && word.eq_ignore_ascii_case(known))
}

/// Whether one of the words can begin so: most values of a column cannot, and are passed over fast.
fn may_begin(text: &[u8]) -> bool {
    let [first, rest @ ..] = text else { return true };
    let second = rest.first().map_or(0, u8::to_ascii_lowercase);
    match first.to_ascii_lowercase() {
        b'n' => matches!(second, b'u' | b'i' | b'o' | b'a' | b'/' | b'.'),
        b'u' | b'i' => second == b'n',
        b'm' => second == b'i',
        b'b' => second == b'l',
        b'e' => second == b'm',
        b's' => matches!(second, b'e' | b'c'),
        b'p' => second == b'l',
        b'c' => second == b'h',
        b't' => second == b'b',
        b'k' => matches!(second, b'e' | b'.'),
        b'd' => second == b'e',
        letter => !letter.is_ascii_alphanumeric(),
    }
}

/// True for a word that can also be a name (Nan, Null, Blank are surnames): nothing but letters.
pub(super) fn may_be_a_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_exports_say_nothing_in_many_ways() {
        for text in ["Select", "unknown", "N/A", "-", " – ", "NULL", "(blank)", "-- Select --", "?", "n.a.", "<NA>", "Keine Angabe", "\\N", "..."] {
            assert!(is_null_word(text), "{text}");
        }
        for text in ["0", "Selection", "no", "Nate", "unknown artist", "x", "NaNa", "-5", "."] {
            assert_eq!(is_null_word(text), text == ".", "{text}");
        }
    }
}
