//! Proper case for names that were typed in one case only.
//!
//! Text in mixed case is somebody's spelling and is left alone; there is no list of famous spellings.

use super::fold::tidy;

/// The text in proper case if it holds letters of one case only; otherwise as it is.
///
/// `small_words` are written small unless they come first. Letters after a hyphen, an apostrophe (`O'Brien`), a dot
/// (`J.R.`) and `Mc` are capitals; single letters are initials.
///
/// ```
/// use records::values::letter_case::proper_case;
/// assert_eq!(proper_case("JEAN-LUC O'NEIL", &[]), "Jean-Luc O'Neil");
/// assert_eq!(proper_case("frankfurt AM main", &["am"]), "frankfurt AM main");
/// ```
pub fn proper_case(text: &str, small_words: &[&str]) -> String {
    if !is_one_case(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let small = word.to_lowercase();
        if at > 0 && small_words.contains(&small.as_str()) {
            out.push_str(&small);
        } else {
            push_proper(&mut out, &small);
        }
    }
    // Some letters fall apart when their case changes (İ), so they are put together again.
    if out.is_ascii() { out } else { tidy(&out).into_owned() }
}

/// Whether a text has letters with case, and of one case only.
pub fn is_one_case(text: &str) -> bool {
    let mut has_upper = false;
    let mut has_lower = false;
    for sign in text.chars() {
        has_upper |= sign.is_uppercase();
        has_lower |= sign.is_lowercase();
    }
    has_upper != has_lower
}

fn push_proper(out: &mut String, small: &str) {
    let begin = out.len();
    let mut capital_due = true;
    for (at, sign) in small.char_indices() {
        if capital_due && sign.is_alphabetic() {
            push_capital(out, sign);
            capital_due = false;
        } else {
            out.push(sign);
        }
        capital_due |= match sign {
            '-' | '.' | '(' | '/' | '\u{2010}' | '"' | '“' => true,
            '\'' | '’' => at <= 1 && small[at..].chars().count() > 2,
            'c' => &out[begin..] == "Mc" && small.len() > 4,
            _ => false,
        };
    }
}

/// The capital of a letter; of a ligature only the first letter is one (`ﬁ` becomes `Fi`).
fn push_capital(out: &mut String, sign: char) {
    let mut capitals = sign.to_uppercase();
    out.extend(capitals.next());
    out.extend(capitals.flat_map(char::to_lowercase));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shouted_and_whispered_names_become_proper() {
        for (text, wanted) in [
            ("MCDONALD", "McDonald"),
            ("o'brien", "O'Brien"),
            ("anna-maria", "Anna-Maria"),
            ("j.r. smith", "J.R. Smith"),
            ("ÉMILE ZOLA", "Émile Zola"),
            ("ludwig van beethoven", "Ludwig van Beethoven"),
            ("D’ANGELO", "D’Angelo"),
            ("macy's", "Macy's"),
            ("ST. JOHN'S", "St. John's"),
            ("123", "123"),
            ("王", "王"),
        ] {
            assert_eq!(proper_case(text, &["van"]), wanted);
        }
    }

    #[test]
    fn mixed_case_is_somebodys_spelling() {
        for text in ["van der Berg", "DeVito", "eBay", "Ludwig VAN Beethoven"] {
            assert_eq!(proper_case(text, &["van"]), text);
        }
    }
}
