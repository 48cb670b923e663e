//! Emoji as the words of their descriptions.

use super::lexicon::EMOJI;

/// The description of one emoji.
pub(super) fn description(sign: char) -> Option<&'static str> {
    if sign.is_ascii() {
        return None;
    }
    EMOJI.binary_search_by_key(&sign, |&(emoji, _)| emoji).ok().map(|place| EMOJI[place].1)
}

/// The text with every emoji of one character replaced by its description.
///
/// A blank is put before a description that follows something, never behind it: what stands right behind an emoji grows
/// together with its last word, as in the reference.
pub(super) fn in_words(text: &str, out: &mut String) {
    out.clear();
    let mut after_blank = true;
    for sign in text.chars() {
        if let Some(description) = description(sign) {
            if !after_blank {
                out.push(' ');
            }
            out.push_str(description);
            after_blank = false;
        } else {
            out.push(sign);
            after_blank = sign == ' ';
        }
    }
}
