//! Which language a text is written in: English by its small words, others by their three-letter sequences.
//!
//! Small words decide most English texts in no time; only where they do not is the slower detector asked. It names a language
//! or nothing, and short texts often get nothing.

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    /// Another language, by its code of ISO 639-3.
    Other(&'static str),
    /// No language of ours, although none was recognised: small words or letters of others.
    Foreign,
    /// Too short to tell, or no letters at all.
    Unknown,
}

impl Language {
    /// The code of ISO 639-3; "und" where the language is not known.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "eng",
            Language::Other(code) => code,
            Language::Foreign | Language::Unknown => "und",
        }
    }
}

/// The language of a text.
///
/// ```
/// use language::detect::{Language, language};
/// assert_eq!(language("The parcel has not arrived and nobody answers my mails."), Language::English);
/// assert_eq!(language("Das Paket ist nicht angekommen und niemand antwortet.").code(), "deu");
/// assert_eq!(language(":-) 12"), Language::Unknown);
/// ```
pub fn language(text: &str) -> Language {
    crate::sentiment::Customer::new().judge(text).language
}

/// What a reader has counted in a text: its words, and how many of them are small words of English, small words of others,
/// and words that carry a tone in English.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Words {
    pub n: usize,
    pub n_english: usize,
    pub n_foreign: usize,
    pub n_laden: usize,
}

/// The language of a text whose words were counted.
pub(crate) fn of_words(text: &str, words: Words) -> Language {
    let Words { n, n_english, n_foreign, n_laden } = words;
    // The words of an emoji's description are not the writer's.
    if !text.is_ascii() && !text.chars().any(char::is_alphabetic) {
        return Language::Unknown;
    }
    if n_english > n_foreign && 8 * n_english >= n {
        return Language::English;
    }
    if n_foreign == 0 && text.is_ascii() && (n < 2 || n_laden > 0) {
        return Language::Unknown;
    }
    match whatlang::detect(head(text)) {
        Some(found) if found.lang() == whatlang::Lang::Eng => Language::English,
        Some(found) if found.is_reliable() || n_foreign > n_english => Language::Other(found.lang().code()),
        Some(found) if found.script() != whatlang::Script::Latin => Language::Other(found.lang().code()),
        _ if n_foreign > n_english => Language::Foreign,
        _ => Language::Unknown,
    }
}

/// As much of a text as tells its language.
fn head(text: &str) -> &str {
    const ENOUGH: usize = 2000;
    if text.len() <= ENOUGH {
        return text;
    }
    let end = (ENOUGH..text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len());
    &text[..end]
}
