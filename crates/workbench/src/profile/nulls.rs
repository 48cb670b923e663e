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
    if text.len() > LONGEST {
        return false;
    }
    let edge = |letter: char| letter.is_whitespace() || matches!(letter, '-' | '.' | '(' | ')' | '<' | '>' | '?' | '[' | ']' | '_' | '–' | '—');
    let word = text.trim_matches(edge);
    // Nothing but dashes, dots, question marks or blanks.
    if word.is_empty() {
        return true;
    }
    let first = word.as_bytes()[0].to_ascii_lowercase();
    matches!(first, b'n' | b'u' | b'm' | b'b' | b'e' | b's' | b'p' | b'c' | b't' | b'\\' | b'#' | b'k' | b'i' | b'd')
        && word.len() <= 14
        && WORDS.iter().any(|known| known.len() == word.len() && word.eq_ignore_ascii_case(known))
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
