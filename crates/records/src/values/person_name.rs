//! Names of persons: title, given names, family name and suffix out of one text, and a key to sort and search by.
//!
//! It follows the customs of Europe and the Americas: the family name is the last word with its particles (`van der
//! Berg`), or what stands before a comma. Two family names without a comma (`Gabriel García Márquez`) and family names
//! that come first cannot be told from the text; whoever has two columns gives both to [`from_parts`]. Nicknames and
//! sex are not guessed.

use std::fmt;

use thiserror::Error;

use super::fold::{fold, tidy};
use super::letter_case::proper_case;
use super::quoted::quoted;

/// The longest name. **Units:** bytes.
const MAX_BYTES: usize = 300;

/// Why a text is not the name of a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// Digits and signs only.
    #[error("{} is not a name: it has no letter", quoted(.value))]
    NoLetters {
        /// The text as it came.
        value: String,
    },
    /// An e-mail address in the field of the name.
    #[error("{} is an e-mail address, not a name", quoted(.value))]
    IsEmail {
        /// The text as it came.
        value: String,
    },
    /// Longer than any name.
    #[error("{} is too long for a name (at most {MAX_BYTES} bytes)", quoted(.value))]
    TooLong {
        /// The beginning of the text.
        value: String,
    },
}

/// The name of a person in its parts; parts that are not there are empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PersonName {
    /// Such as `Dr.`, as typed.
    pub title: String,
    /// All given names.
    pub given: String,
    /// The family name with its particles.
    pub family: String,
    /// Such as `Jr.` or `PhD`, as typed.
    pub suffix: String,
}

impl PersonName {
    /// What the name is sorted, searched and compared by: family name, then given names, folded, without title.
    pub fn sort_key(&self) -> String {
        let mut key = fold(&self.family);
        let given = fold(&self.given);
        if !key.is_empty() && !given.is_empty() {
            key.push(' ');
        }
        key.push_str(&given);
        if key.is_empty() { self.to_string().to_lowercase() } else { key }
    }

    /// The form that loses nothing when parsed again: `García Márquez, Dr. Gabriel, Jr.`
    pub fn listed(&self) -> String {
        let first = joined([self.title.as_str(), self.given.as_str()]);
        if self.family.is_empty() {
            return joined([first.as_str(), self.suffix.as_str()]);
        }
        let mut out = format!("{}, {first}", self.family);
        if !self.suffix.is_empty() {
            out.push_str(", ");
            out.push_str(&self.suffix);
        }
        out
    }
}

impl fmt::Display for PersonName {
    /// As one writes it on an envelope: title, given names, family name, suffix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&joined([&self.title, &self.given, &self.family, &self.suffix].map(String::as_str)))
    }
}

fn joined<const N: usize>(parts: [&str; N]) -> String {
    let mut out = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

/// Titles, folded. In order of the alphabet.
const TITLES: &[&str] = &[
    "dame",
    "dipl ing",
    "don",
    "dona",
    "dott",
    "dottssa",
    "doctor",
    "dr",
    "drs",
    "dra",
    "fraulein",
    "frau",
    "fru",
    "herr",
    "herrn",
    "hr",
    "ing",
    "ir",
    "lady",
    "lord",
    "m",
    "mademoiselle",
    "madame",
    "mag",
    "mevr",
    "mevrouw",
    "mag",
    "miss",
    "mister",
    "mlle",
    "mme",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "mx",
    "prof",
    "professor",
    "rev",
    "senor",
    "senora",
    "sig",
    "signor",
    "signora",
    "sigra",
    "sir",
    "sr",
    "sra",
    "srta",
];

/// Suffixes, folded. In order of the alphabet.
const SUFFIXES: &[&str] = &[
    "ba", "bsc", "cpa", "dds", "esq", "ii", "iii", "iv", "jnr", "jr", "junior", "llm", "ma", "mba", "md",
    "mp", "msc", "obe", "phd", "senior", "snr", "sr",
];

/// Words that begin a family name. Those before `la` also when typed with a capital.
const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "dos", "ten", "ter", "vom", "zur", "la", "le", "du",
    "di", "da", "das", "do", "des", "zu", "af", "av", "bin", "ibn", "el", "al", "los", "las", "san", "degli",
    "dei", "op", "het", "'t", "y", "e", "und",
];
/// How many of [`PARTICLES`] are no given names either when typed with a capital.
const N_CAPITAL_PARTICLES: usize = 12;

/// The name in a text such as `Dr. Anna van der Berg`, `BERG, ANNA` or `anna berg`.
///
/// **Errors:** empty, no letter, an e-mail address, too long.
///
/// ```
/// let name = records::values::person_name::parse("DE LA CRUZ, MARIA").unwrap();
/// assert_eq!((name.given.as_str(), name.family.as_str()), ("Maria", "de la Cruz"));
/// assert_eq!(name.sort_key(), "de la cruz maria");
/// ```
pub fn parse(text: &str) -> Result<PersonName, Problem> {
    let tidied = checked(text)?;
    let (title, rest) = split_title(tidied.trim_matches([',', ';', ' ']));
    let (rest, suffix) = split_suffix(rest);
    let mut name = PersonName { title: title.to_owned(), suffix: suffix.to_owned(), ..PersonName::default() };
    match rest.split_once(',') {
        Some((family, first)) if !family.trim().is_empty() && !first.trim().is_empty() => {
            let (title, given) = split_title(first.trim());
            if name.title.is_empty() {
                title.clone_into(&mut name.title);
            }
            name.given = tidy(&given.replace(',', " ")).into_owned();
            family.trim().clone_into(&mut name.family);
        }
        _ => split_words(rest.trim_matches([',', ' ']), &mut name),
    }
    Ok(cased(name, &tidied))
}

/// The name out of two columns: given names and family name; one of them may be empty.
///
/// **Errors:** as [`parse`]; empty only when both are.
pub fn from_parts(given: &str, family: &str) -> Result<PersonName, Problem> {
    if family.trim().is_empty() {
        let mut name = parse(given)?;
        if name.family.is_empty() || given.contains(',') {
            return Ok(name);
        }
        name.given = joined([&name.given, &name.family].map(String::as_str));
        name.family.clear();
        return Ok(name);
    }
    let family = checked(family)?;
    let given = if given.trim().is_empty() { String::new() } else { checked(given)? };
    let (title, first) = split_title(&given);
    let (last, suffix) = split_suffix(&family);
    let name = PersonName {
        title: title.to_owned(),
        given: first.to_owned(),
        family: last.to_owned(),
        suffix: suffix.to_owned(),
    };
    Ok(cased(name, &format!("{given} {family}")))
}

fn checked(text: &str) -> Result<String, Problem> {
    let trimmed = text.trim();
    if trimmed.len() > MAX_BYTES {
        return Err(Problem::TooLong { value: trimmed.chars().take(100).collect() });
    }
    let value = tidy(trimmed).into_owned();
    if value.is_empty() {
        return Err(Problem::Empty);
    }
    if value.contains('@') && super::email::parse(&value).is_ok() {
        return Err(Problem::IsEmail { value });
    }
    if !value.chars().any(char::is_alphabetic) {
        return Err(Problem::NoLetters { value });
    }
    Ok(value)
}

/// Titles at the beginning and what follows; a title alone is a name.
fn split_title(text: &str) -> (&str, &str) {
    let mut end = 0;
    loop {
        let rest = text[end..].trim_start();
        let Some((word, behind)) = rest.split_once(' ') else { break };
        if behind.trim().is_empty() || !is_word_of(TITLES, word) {
            break;
        }
        end = text.len() - behind.len();
    }
    (text[..end].trim(), text[end..].trim_start())
}

/// A suffix at the end, with or without a comma, if at least two words stay.
fn split_suffix(text: &str) -> (&str, &str) {
    let Some(at) = text.rfind([' ', ',']) else { return (text, "") };
    let (before, word) = (text[..at].trim_end_matches([' ', ',']), &text[at + 1..]);
    let is_suffix = is_word_of(SUFFIXES, word) && !word.chars().all(char::is_lowercase);
    let needs_comma = matches!(fold(word).as_str(), "ma" | "ba" | "md" | "mp");
    let has_comma = text[..=at].trim_end().ends_with(',');
    if is_suffix && before.contains([' ', ',']) && (has_comma || !needs_comma) {
        (before, word)
    } else {
        (text, "")
    }
}

fn is_word_of(list: &[&str], word: &str) -> bool {
    if word.len() > 20 || !word.starts_with(char::is_alphabetic) {
        return false;
    }
    let folded = fold(&word.replace('.', if word.contains("-") { " " } else { "" }));
    list.contains(&folded.as_str())
}

fn split_words(text: &str, name: &mut PersonName) {
    let Some(last) = text.rfind(' ') else {
        text.clone_into(&mut name.given);
        return;
    };
    let mut family_at = last + 1;
    let mut at = 0;
    for word in text.split(' ') {
        if at > 0 && at < family_at && is_particle(word) {
            family_at = at;
            break;
        }
        at += word.len() + 1;
    }
    text[..family_at].trim_end().clone_into(&mut name.given);
    text[family_at..].clone_into(&mut name.family);
}

fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
        || (word.is_ascii()
            && PARTICLES[..N_CAPITAL_PARTICLES].iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// Proper case for every part, if the whole text had one case only.
fn cased(name: PersonName, whole: &str) -> PersonName {
    if !super::letter_case::is_one_case(whole) {
        return name;
    }
    let given = proper_case(&name.given, &[]);
    // The particle that begins a family name stays small: the first word is put before it and taken off again.
    let family = proper_case(&format!("x {}", name.family.to_lowercase()), PARTICLES).split_off(2);
    let family = if family.contains(' ') { family } else { proper_case(&family.to_lowercase(), &[]) };
    PersonName { title: proper_case(&name.title, &[]), given, family, suffix: name.suffix }
}

#[cfg(test)]
mod tests;
