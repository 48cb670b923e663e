//! What a mark may not hold, because the engine's fuel does not pay for it: lists made of lists and their like.
//!
//! Comparing two of them takes a time that doubles with each level, and no step is counted meanwhile. So a list in a
//! message is written out (`person.country in ["DE", "AT"]`), and nothing is added or multiplied.

/// Looks over what stands between the braces.
///
/// **Errors**: where, in bytes, and a sentence.
pub(super) fn check(inner: &str) -> Result<(), (usize, String)> {
    let words = words_of(inner);
    for (n, word) in words.iter().enumerate() {
        let before = n.checked_sub(1).map(|n| words[n].text);
        match word.text {
            "+" | "*" => {
                return Err((
                    word.at,
                    format!("{:?} cannot be used in a message: nothing is computed here", word.text),
                ));
            }
            "{" => return Err((word.at, "a map cannot be made in a message".to_owned())),
            "[" if !before.is_some_and(ends_value) => list_of_constants(&words[n + 1..])?,
            _ => {}
        }
    }
    Ok(())
}

fn list_of_constants(words: &[Word<'_>]) -> Result<(), (usize, String)> {
    for word in words {
        let constant =
            word.text.starts_with(['"', '\'']) || word.text.starts_with(|c: char| c.is_ascii_digit());
        match word.text {
            "]" => return Ok(()),
            "," | "-" | "." => {}
            _ if constant => {}
            _ => return Err((word.at, "a list in a message may hold texts and numbers only".to_owned())),
        }
    }
    Ok(()) // the engine says that the list has no end
}

struct Word<'a> {
    at: usize,
    text: &'a str,
}

/// Names, numbers, quoted texts and single signs.
fn words_of(inner: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '"' || c == '\'' {
            let mut escaped = false;
            for (next, d) in chars.by_ref() {
                end = next + d.len_utf8();
                if d == c && !escaped {
                    break;
                }
                escaped = d == '\\' && !escaped;
            }
        } else if c.is_alphanumeric() || c == '_' {
            while let Some((next, d)) = chars.next_if(|(_, d)| d.is_alphanumeric() || *d == '_') {
                end = next + d.len_utf8();
            }
        }
        words.push(Word { at, text: &inner[at..end] });
    }
    words
}

fn ends_value(word: &str) -> bool {
    let operator = ["in", "and", "or", "not", "if", "elif", "else", "is", "for", "set"].contains(&word);
    let name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    !operator && (name || word == ")" || word == "]" || word.starts_with(['"', '\'']))
}
